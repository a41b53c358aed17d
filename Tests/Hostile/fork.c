// SPDX-License-Identifier: Apache-2.0
// Forks: violation(57).
#include "kit.h"

static void attack(struct xvm_instance *instance) {
    (void)instance;
    attack_call(57, 0, 0, 0, 0, 0, 0);
    attack_survived();
}
