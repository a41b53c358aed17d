// SPDX-License-Identifier: Apache-2.0
// The most harmless of calls is a violation too: violation(39).
#include "kit.h"

static void attack(struct xvm_instance *instance) {
    (void)instance;
    attack_call(39, 0, 0, 0, 0, 0, 0);
    attack_survived();
}
