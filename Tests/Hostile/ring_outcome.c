// SPDX-License-Identifier: Apache-2.0
// An Outcome of any words: ending and trap, pages, gas (two words), status, message size, body size, slot count. All arguments are
// 32-bit words of the payload.
#include "kit_ring.h"

static void attack(struct xvm_instance *instance) {
    (void)instance;
    uint32_t words[8];
    for (int index = 0; index < 8; index++) words[index] = (uint32_t)attack_arguments[index];
    struct ring ring = ring_open();
    ring_frame(&ring, XVM_FRAME_OUTCOME, words, 8);
    ring_publish(ring.position);
    ring_wait_for_the_end();
}
