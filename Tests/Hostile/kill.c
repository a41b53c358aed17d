// SPDX-License-Identifier: Apache-2.0
// Kills every process it may: violation(62).
#include "kit.h"

static void attack(struct xvm_instance *instance) {
    (void)instance;
    attack_call(62, -1, 9, 0, 0, 0, 0);
    attack_survived();
}
