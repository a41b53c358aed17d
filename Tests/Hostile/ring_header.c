// SPDX-License-Identifier: Apache-2.0
// One frame with any header. Arguments: length, type, flags, error of the sequence, error of the correlation, bytes published,
// first word of the payload, second word.
#include "kit_ring.h"

static void attack(struct xvm_instance *instance) {
    (void)instance;
    const uint64_t *a = attack_arguments;
    struct ring ring = ring_open();
    ring_header(ring.position, (struct xvm_frame_header){
        (uint32_t)a[0], (uint16_t)a[1], (uint16_t)a[2], ring.sequence + (uint32_t)a[3], ring.correlation + (uint32_t)a[4]});
    volatile uint32_t *payload = (volatile uint32_t *)ring_at(ring.position + XVM_RING_HEADER_SIZE);
    payload[0] = (uint32_t)a[6];
    payload[1] = (uint32_t)a[7];
    ring_publish(ring.position + a[5]);
    ring_wait_for_the_end();
}
