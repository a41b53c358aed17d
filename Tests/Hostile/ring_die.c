// SPDX-License-Identifier: Apache-2.0
// Publishes and dies. Argument 0: what stands in the ring (0: a header that promises more than is there, 1: nothing but a new tail
// over zeros, 2: a whole log line). Argument 1: how it dies (0: exit, 1: a wild store, 2: a system call).
#include "kit_ring.h"

static void attack(struct xvm_instance *instance) {
    (void)instance;
    static const uint32_t line[2] = {4, 0x6c6c6c6c};
    struct ring ring = ring_open();
    uint64_t at = ring.position;
    if (attack_arguments[0] == 0) {
        ring_header(at, (struct xvm_frame_header){4096, XVM_FRAME_PUT_OBJECT, 0, ring.sequence, ring.correlation});
    } else if (attack_arguments[0] == 2) {
        ring_frame(&ring, XVM_FRAME_POST_LOG, line, 2);
    }
    __atomic_store_n((uint64_t *)(XVM_ADDRESS_W2H + 0x80), at + 32, __ATOMIC_RELEASE);
    switch (attack_arguments[1]) {
    case 0: attack_call(231, 0, 0, 0, 0, 0, 0); break;
    case 1: *(volatile uint32_t *)16 = 1; break;
    default: attack_call(39, 0, 0, 0, 0, 0, 0); break;
    }
    attack_survived();
}
