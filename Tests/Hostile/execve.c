// SPDX-License-Identifier: Apache-2.0
// Starts a shell: violation(59).
#include "kit.h"

static void attack(struct xvm_instance *instance) {
    (void)instance;
    attack_call(59, (long)"/bin/sh", 0, 0, 0, 0, 0);
    attack_survived();
}
