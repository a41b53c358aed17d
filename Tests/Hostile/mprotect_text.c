// SPDX-License-Identifier: Apache-2.0
// Makes its own code writable: violation(10).
#include "kit.h"

static void attack(struct xvm_instance *instance) {
    (void)instance;
    attack_call(10, (long)((uintptr_t)attack & ~4095ul), 4096, 7, 0, 0, 0);
    attack_survived();
}
