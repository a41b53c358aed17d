// SPDX-License-Identifier: Apache-2.0
// FUTEX_WAKE on an address that is not the ring word: violation(202).
#include "kit.h"

static void attack(struct xvm_instance *instance) {
    static uint32_t word;
    (void)instance;
    attack_call(202, (long)&word, 1, 1, 0, 0, 0);
    attack_survived();
}
