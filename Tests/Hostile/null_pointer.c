// SPDX-License-Identifier: Apache-2.0
// A wild store outside the arena is a signal, not a Trap.
#include "kit.h"

static void attack(struct xvm_instance *instance) {
    (void)instance;
    *(volatile uint32_t *)16 = 1;
    attack_survived();
}
