// SPDX-License-Identifier: Apache-2.0
// Publishes a question and changes its header and its key while the host reads them. What the host takes is one snapshot.
#include "kit_ring.h"

static void attack(struct xvm_instance *instance) {
    (void)instance;
    static const uint32_t key[2] = {4, 0x61616161};
    struct ring ring = ring_open();
    uint64_t at = ring.position;
    ring_frame(&ring, XVM_FRAME_GET_OBJECT, key, 2);
    volatile uint32_t *header = (volatile uint32_t *)ring_at(at);
    __atomic_store_n((uint64_t *)(XVM_ADDRESS_W2H + 0x80), ring.position, __ATOMIC_RELEASE);
    ring_wake();
    for (uint32_t turn = 0;; turn++) {
        header[0] = turn & 1 ? 8 : 0xffffffff;
        header[5] = turn & 2 ? 0x61616161 : 0x62626262;
        header[4] = turn & 4 ? 4 : 0x7fffffff;
    }
}
