// SPDX-License-Identifier: Apache-2.0
// Stores to the host-written segment, which is mapped read-only: SIGSEGV outside the arena.
#include "kit.h"

static void attack(struct xvm_instance *instance) {
    (void)instance;
    *(volatile uint64_t *)(XVM_ADDRESS_H2W + 0x80) = 1;
    attack_survived();
}
