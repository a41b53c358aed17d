// SPDX-License-Identifier: Apache-2.0
// Makes linear memory executable: violation(10).
#include "kit.h"

static void attack(struct xvm_instance *instance) {
    (void)instance;
    attack_call(10, (long)XVM_ADDRESS_ARENA, 65536, 7, 0, 0, 0);
    attack_survived();
}
