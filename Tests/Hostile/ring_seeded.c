// SPDX-License-Identifier: Apache-2.0
// A worker that speaks the protocol and breaks it: from a seed (argument 0) about argument 1 honest posted frames of every type and size,
// then the way of the W list (sandbox reference, section 16) that argument 2 names. HostileFramesTests has the same list, with how each
// must end.
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

enum way {
    // W1: the tail
    TAIL_BEYOND, TAIL_BACKWARDS, TAIL_UNALIGNED, TAIL_ANYWHERE, TAIL_PLUS_4_GIB, TAIL_LOW_HALF,
    // W2: lengths
    LENGTH_ZERO, LENGTH_ABOVE_MAX, LENGTH_ALL_ONES, LENGTH_ANY, LENGTH_UNPUBLISHED, LENGTH_ODD, INNER_LENGTH,
    // W3: what changes while it is read
    RACED_LENGTH, RACED_HEADER, RACED_PAYLOAD,
    // W4: type, flags, order
    HOST_TYPE, UNKNOWN_TYPE, FLAGS, SEQUENCE, CORRELATION, OUTCOME_OF_ANOTHER, OUTCOME_RANDOM, OUTCOME_TWICE, ASKS_TWICE, PAD_WRONG,
    PIECE_OF_A_LOG, PIECE_SHORT, PIECE_INTERRUPTED,
    // W5: floods
    OVERTAKES, NEVER_TAKES_ANSWERS, ASKS_FOR_EVER,
    // W6: no end
    SPINS, SLEEPS, DRIPS,
    // W7: publishes and dies
    DIES_BY_EXIT, DIES_BY_STORE, DIES_BY_CALL,
    // W8
    WAKES,
    // W9: says again that it is sealed, or that it failed
    SEALED_AGAIN, FAILED_LATE,
    // W10
    FLIPS,
};

// What `lie` leaves in the ring is one frame of `type` with these words, then the tail.
static void say(struct ring *ring, uint16_t type, const uint32_t *words, uint32_t count) {
    make_room(ring, 4096);
    ring_frame(ring, type, words, count);
    ring_publish(ring->position);
}

static void promise_more(struct ring *ring) {
    make_room(ring, 8192);
    ring_header(ring->position, (struct xvm_frame_header){4096, XVM_FRAME_PUT_OBJECT, 0, ring->sequence, ring->correlation});
    __atomic_store_n((uint64_t *)(XVM_ADDRESS_W2H + 0x80), ring->position + 32, __ATOMIC_RELEASE);
}

static void race(struct ring *ring, uint32_t first, uint32_t last) {
    static const uint32_t line[2] = {4, 0x6c6c6c6c};
    make_room(ring, 4096);
    uint64_t at = ring->position;
    ring_frame(ring, XVM_FRAME_POST_LOG, line, 2);
    volatile uint32_t *words = (volatile uint32_t *)ring_at(at);
    uint32_t good[6];
    for (int index = 0; index < 6; index++) good[index] = words[index];
    __atomic_store_n((uint64_t *)(XVM_ADDRESS_W2H + 0x80), ring->position, __ATOMIC_RELEASE);
    ring_wake();
    for (uint32_t turn = 0; turn < 20000; turn++) {
        for (uint32_t index = first; index <= last; index++) words[index] = next() % 4 == 0 ? (uint32_t)next() : good[index];
    }
}

static void lie(struct ring *ring, enum way way) {
    static const uint32_t line[2] = {4, 0x6c6c6c6c}, key[2] = {4, 0x6b6b6b6b}, none[1] = {0};
    static const uint32_t sealed[6] = {XVM_WIRE_VERSION, 0, 1, 1, 1, 0};
    make_room(ring, 8192);
    struct xvm_frame_header header = {8, XVM_FRAME_POST_LOG, 0, ring->sequence, ring->correlation};
    uint32_t words[64];
    for (int index = 0; index < 64; index++) words[index] = (uint32_t)next();
    switch (way) {
        case TAIL_BEYOND: ring_publish(ring->position + XVM_RING_CAPACITY + 16 * (1 + next() % 4096)); return;
        case TAIL_BACKWARDS: ring_publish(ring->position - 16 * (1 + next() % 64)); return;
        case TAIL_UNALIGNED: ring_publish(ring->position + 1 + next() % 15); return;
        case TAIL_ANYWHERE: ring_publish(next() | 1ull << 62); return;
        case TAIL_PLUS_4_GIB: ring_publish(ring->position + (1ull << 32)); return;
        case TAIL_LOW_HALF: ring_publish((ring->position & 0xffffffff) | (1 + next() % 1000) << 32); return;

        case LENGTH_ZERO: header.length = 0; break;
        case LENGTH_ABOVE_MAX: header.length = 4 + XVM_LOG_SIZE_MAX + 1 + (uint32_t)(next() % 64); break;
        case LENGTH_ALL_ONES: header.length = 0xffffffff - (uint32_t)(next() % 16); break;
        case LENGTH_ANY: header.length = (uint32_t)next() | 0x10000; break;
        case LENGTH_UNPUBLISHED: header.length = 1024 + (uint32_t)(next() % 1024); break;
        case LENGTH_ODD: header.length = 1 + (uint32_t)(next() % 3); break;
        case INNER_LENGTH:
            words[0] = 5 + (uint32_t)(next() % 0xfffffff0);
            say(ring, XVM_FRAME_POST_LOG, words, 2);
            return;

        case RACED_LENGTH: race(ring, 0, 0); return;
        case RACED_HEADER: race(ring, 0, 3); return;
        case RACED_PAYLOAD: race(ring, 4, 5); return;

        case HOST_TYPE: header.type = next() % 2 ? XVM_FRAME_INVOCATION : XVM_FRAME_RESULT; break;
        case UNKNOWN_TYPE: header.type = (uint16_t)(next() | 0x100); break;
        case FLAGS: header.flags = (uint16_t)(next() | 2); break;
        case SEQUENCE: header.sequence += 1 + (uint32_t)(next() % 0xfffffffe); break;
        case CORRELATION: header.correlation += 1 + (uint32_t)(next() % 0xfffffffe); break;
        case OUTCOME_OF_ANOTHER:
            ring->correlation += 1 + (uint32_t)(next() % 0xfffffffe);
            make_room(ring, 4096);
            ring_outcome(ring);
            ring_publish(ring->position);
            return;
        case OUTCOME_RANDOM:
            // An ending that there is not, then anything.
            words[0] |= 0xff;
            say(ring, XVM_FRAME_OUTCOME, words, 1 + (uint32_t)(next() % 40));
            return;
        case OUTCOME_TWICE:
            make_room(ring, 4096);
            ring_outcome(ring);
            ring_outcome(ring);
            ring_publish(ring->position);
            return;
        case ASKS_TWICE:
            make_room(ring, 4096);
            ring_frame(ring, XVM_FRAME_GET_OBJECT, key, 2);
            ring_frame(ring, next() % 2 ? XVM_FRAME_GET_OBJECT : XVM_FRAME_POST_LOG, key, 2);
            ring_publish(ring->position);
            return;
        case PAD_WRONG: header = (struct xvm_frame_header){16 * (1 + (uint32_t)(next() % 100)), XVM_FRAME_PAD, 0, ring->sequence, 0}; break;
        case PIECE_OF_A_LOG: header.flags = XVM_FLAG_CONTINUES; break;
        case PIECE_SHORT:
            header.type = XVM_FRAME_PUT_OBJECT;
            header.flags = XVM_FLAG_CONTINUES;
            break;
        case PIECE_INTERRUPTED: {
            uint32_t size = XVM_PAYLOAD_SIZE_MAX;
            make_room(ring, size + 64);
            ring_header(
                ring->position, (struct xvm_frame_header){size, XVM_FRAME_PUT_OBJECT, XVM_FLAG_CONTINUES, ring->sequence++, ring->correlation});
            ring->position += XVM_RING_HEADER_SIZE + size;
            say(ring, XVM_FRAME_POST_LOG, line, 2);
            return;
        }

        case OVERTAKES:
            for (;;) {
                uint64_t left = XVM_RING_CAPACITY - (ring->position & (XVM_RING_CAPACITY - 1));
                if (left == 16) {
                    ring_header(ring->position, (struct xvm_frame_header){0, XVM_FRAME_PAD, 0, ring->sequence++, 0});
                    ring->position += 16;
                }
                ring_frame(ring, XVM_FRAME_POST_LOG, line, 2);
                ring_publish(ring->position);
            }
        case NEVER_TAKES_ANSWERS:
            for (uint64_t seen = host_tail();; seen = host_tail()) {
                make_room(ring, 4096);
                ring_frame(ring, XVM_FRAME_GET_OBJECT, key, 2);
                ring_publish(ring->position);
                while (host_tail() == seen) __asm__ volatile("pause");
            }
        case ASKS_FOR_EVER:
            for (;;) {
                say(ring, XVM_FRAME_FLUSH, none, 0);
                uint64_t end = host_tail();
                for (uint64_t seen = end; end == seen; end = host_tail()) __asm__ volatile("pause");
                // What the worker says that it has taken.
                __atomic_store_n((uint64_t *)(XVM_ADDRESS_W2H + 0x100), end, __ATOMIC_RELEASE);
            }

        case SPINS: return;
        case SLEEPS: for (;;) attack_call(202, (long)(XVM_ADDRESS_H2W + 0x80), 0, (long)(uint32_t)host_tail(), 0, 0, 0);
        case DRIPS:
            for (;;) {
                say(ring, XVM_FRAME_POST_LOG, line, 2);
                for (uint32_t pause = 0; pause < 20000; pause++) __asm__ volatile("pause");
            }

        case DIES_BY_EXIT:
            promise_more(ring);
            attack_call(231, (long)(next() % 64), 0, 0, 0, 0, 0);
            return;
        case DIES_BY_STORE:
            promise_more(ring);
            *(volatile uint32_t *)(next() % 65536) = 1;
            return;
        case DIES_BY_CALL:
            promise_more(ring);
            attack_call(39, 0, 0, 0, 0, 0, 0);
            return;

        case WAKES: for (;;) ring_wake();

        case SEALED_AGAIN: say(ring, XVM_FRAME_SEALED, sealed, 5); return;
        case FAILED_LATE: say(ring, XVM_FRAME_SETUP_FAILED, sealed, 3); return;

        case FLIPS:
            for (;;) {
                say(ring, XVM_FRAME_POST_LOG, line, 2);
                uint64_t place = next() % 8 == 0 ? next() % XVM_RING_CONTROL_SIZE : XVM_RING_CONTROL_SIZE + next() % XVM_RING_CAPACITY;
                if (next() % 4 == 0) place = XVM_RING_CONTROL_SIZE + ((ring->position - next() % 64) & (XVM_RING_CAPACITY - 1));
                __atomic_fetch_xor((uint8_t *)XVM_ADDRESS_W2H + place, (uint8_t)(1u << next() % 8), __ATOMIC_RELAXED);
            }
    }
    ring_header(ring->position, header);
    volatile uint32_t *payload = (volatile uint32_t *)ring_at(ring->position + XVM_RING_HEADER_SIZE);
    payload[0] = 4;
    payload[1] = 0;
    // Published as a frame of this length would be, where it would fit.
    uint64_t size = XVM_RING_HEADER_SIZE + ((header.length + 15ull) & ~15ull);
    ring_publish(ring->position + (way == LENGTH_UNPUBLISHED ? 32 : size > 4096 ? 4096 : size));
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
    lie(&ring, (enum way)attack_arguments[2]);
    ring_wait_for_the_end();
}
