// SPDX-License-Identifier: Apache-2.0
// Takes back what was written: protocolBreach.
#include "kit.h"

static void attack(struct xvm_instance *instance) {
    (void)instance;
    __atomic_store_n((uint64_t *)(XVM_ADDRESS_W2H + 0x80), 0, __ATOMIC_SEQ_CST);
    attack_call(202, (long)(XVM_ADDRESS_W2H + 0x80), 1, 1, 0, 0, 0);
    for (;;) __asm__ volatile("pause");
}
