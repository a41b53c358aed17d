// SPDX-License-Identifier: Apache-2.0
// A worker that speaks the protocol and breaks it from a seed (argument 0): about argument 1 honest posted frames of every type and size,
// then one of the lies of the W list, chosen by the seed.
#include "kit_ring.h"

static uint64_t state;
static uint64_t next(void) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

// Room for `size` bytes in front of the ring's end; pads where there is none.
static void make_room(struct ring *ring, uint64_t size) {
    uint64_t left = XVM_RING_CAPACITY - (ring->position & (XVM_RING_CAPACITY - 1));
    if (left < size) {
        ring_header(ring->position, (struct xvm_frame_header){(uint32_t)left - 16, XVM_FRAME_PAD, 0, ring->sequence++, 0});
        ring->position += left;
    }
    while (ring->position + size - host_head() > XVM_RING_CAPACITY - 64) __asm__ volatile("pause");
}

static void honest(struct ring *ring) {
    uint32_t words[70] = {0};
    uint32_t count = 1 + (uint32_t)(next() % 60);
    uint16_t type;
    words[0] = 4 * (count - 1);
    switch (next() % 4) {
        case 0: type = XVM_FRAME_POST_LOG; break;
        case 1: type = XVM_FRAME_DELETE_OBJECT; break;
        case 2: type = XVM_FRAME_PUT_OBJECT; count++; break;  // an empty value behind the key
        default: type = XVM_FRAME_EMIT_EVENT; count++; break;
    }
    for (uint32_t index = 1; index < count; index++) words[index] = (uint32_t)next();
    if (type == XVM_FRAME_PUT_OBJECT || type == XVM_FRAME_EMIT_EVENT) words[count - 1] = 0;
    make_room(ring, XVM_RING_HEADER_SIZE + 16 + 4 * (uint64_t)count);
    ring_frame(ring, type, words, count);
}

static void lie(struct ring *ring) {
    struct xvm_frame_header header = {4, XVM_FRAME_POST_LOG, 0, ring->sequence, ring->correlation};
    make_room(ring, 4096);
    switch (next() % 13) {
        case 0: ring_publish(ring->position + XVM_RING_CAPACITY + 16 * (1 + next() % 4096)); return;
        case 1: ring_publish(ring->position - 16 * (1 + next() % 64)); return;
        case 2: ring_publish(ring->position + 1 + next() % 15); return;
        case 3: ring_publish(next()); return;
        case 4: header.length = (uint32_t)next() | 0x10000; break;
        case 5: header.type = (uint16_t)next(); break;
        case 6: header.flags = (uint16_t)(next() | 1); break;
        case 7: header.sequence = (uint32_t)next() | 1u << 31; break;
        case 8: header.correlation = (uint32_t)next() | 1u << 31; break;
        case 9: header = (struct xvm_frame_header){(uint32_t)(next() % 200), XVM_FRAME_OUTCOME, 0, ring->sequence, ring->correlation}; break;
        case 10: attack_call(231, (long)(next() % 256), 0, 0, 0, 0, 0); return;
        case 11: *(volatile int *)0 = 1; return;
        default: attack_call((long)(next() % 471), 0, 0, 0, 0, 0, 0); return;
    }
    ring_header(ring->position, header);
    // The host may look at the header while it changes.
    ring_publish(ring->position + 256);
    for (int turn = 0; turn < 1000; turn++) {
        volatile uint32_t *words = (volatile uint32_t *)ring_at(ring->position);
        words[0] = (uint32_t)next();
        words[0] = header.length;
    }
}

static void attack(struct xvm_instance *instance) {
    (void)instance;
    state = attack_arguments[0] * 2654435769u + 88172645463325252u;
    struct ring ring = ring_open();
    uint64_t count = attack_arguments[1] / 2 + next() % (attack_arguments[1] + 1);
    for (uint64_t frame = 0; frame < count; frame++) {
        honest(&ring);
        if (next() % 8 == 0 || frame + 1 == count) ring_publish(ring.position);
    }
    lie(&ring);
    ring_wait_for_the_end();
}
