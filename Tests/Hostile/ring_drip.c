// SPDX-License-Identifier: Apache-2.0
// One log line now and then, and never an end: only the deadline ends it.
#include "kit_ring.h"

static void attack(struct xvm_instance *instance) {
    (void)instance;
    static const uint32_t line[2] = {4, 0x6c6c6c6c};
    struct ring ring = ring_open();
    for (;;) {
        ring_frame(&ring, XVM_FRAME_POST_LOG, line, 2);
        ring_publish(ring.position);
        for (uint32_t pause = 0; pause < 20000; pause++) __asm__ volatile("pause");
    }
}
