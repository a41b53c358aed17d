// SPDX-License-Identifier: Apache-2.0
// Opens a socket: violation(41).
#include "kit.h"

static void attack(struct xvm_instance *instance) {
    (void)instance;
    attack_call(41, 2, 1, 0, 0, 0, 0);
    attack_survived();
}
