// SPDX-License-Identifier: Apache-2.0
// Posts frames without end, as fast as the host takes them (argument 0 is 0) or faster (1): log lines, or of type argument 1.
#include "kit_ring.h"

static void attack(struct xvm_instance *instance) {
    (void)instance;
    static const uint32_t line[2] = {4, 0x6c6c6c6c};
    uint16_t type = attack_arguments[1] == 0 ? XVM_FRAME_POST_LOG : (uint16_t)attack_arguments[1];
    struct ring ring = ring_open();
    for (;;) {
        // 32 bytes each; SEALED has a multiple of 16, so one PAD of 16 bytes may be needed before the ring's end.
        if ((ring.position & (XVM_RING_CAPACITY - 1)) == XVM_RING_CAPACITY - 16) {
            ring_header(ring.position, (struct xvm_frame_header){0, XVM_FRAME_PAD, 0, ring.sequence++, 0});
            ring.position += 16;
        }
        while (attack_arguments[0] == 0 && ring.position - host_head() > XVM_RING_CAPACITY - 64) __asm__ volatile("pause");
        ring_frame(&ring, type, line, 2);
        ring_publish(ring.position);
    }
}
