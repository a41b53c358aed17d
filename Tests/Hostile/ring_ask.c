// SPDX-License-Identifier: Apache-2.0
// Asks for a value and does not wait for it: then asks again (argument 0 is 0), says that it is done (1), posts a log line (2), or asks
// for ever without taking an answer (3).
#include "kit_ring.h"

static void attack(struct xvm_instance *instance) {
    (void)instance;
    static const uint32_t key[2] = {4, 0x6b6b6b6b};
    static const uint32_t line[2] = {4, 0x6c6c6c6c};
    struct ring ring = ring_open();
    ring_frame(&ring, XVM_FRAME_GET_OBJECT, key, 2);
    switch (attack_arguments[0]) {
    case 0: ring_frame(&ring, XVM_FRAME_GET_OBJECT, key, 2); break;
    case 1: ring_outcome(&ring); break;
    case 2: ring_frame(&ring, XVM_FRAME_POST_LOG, line, 2); break;
    default:
        for (uint64_t seen = host_tail();; seen = host_tail()) {
            ring_publish(ring.position);
            while (host_tail() == seen) __asm__ volatile("pause");
            ring_frame(&ring, XVM_FRAME_GET_OBJECT, key, 2);
        }
    }
    ring_publish(ring.position);
    ring_wait_for_the_end();
}
