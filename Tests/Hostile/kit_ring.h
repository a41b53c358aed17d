// SPDX-License-Identifier: Apache-2.0
// The worker's side of the wire by hand, for attacks that speak it: frames written straight into the ring, without the worker's
// own bookkeeping (which is wrong afterwards: an attack that uses this never returns, it ends by itself or waits to be ended).
#ifndef XVM_HOSTILE_KIT_RING_H
#define XVM_HOSTILE_KIT_RING_H

#include "kit.h"
#include "xvm_ring.h"

static inline volatile uint64_t *ring_tail(void) { return (volatile uint64_t *)(XVM_ADDRESS_W2H + 0x80); }
static inline volatile uint64_t *ring_head_of_host(void) { return (volatile uint64_t *)(XVM_ADDRESS_W2H + 0x100); }
static inline uint64_t host_tail(void) { return __atomic_load_n((const uint64_t *)(XVM_ADDRESS_H2W + 0x80), __ATOMIC_ACQUIRE); }
static inline uint64_t host_head(void) { return __atomic_load_n((const uint64_t *)(XVM_ADDRESS_H2W + 0x100), __ATOMIC_ACQUIRE); }
static inline uint8_t *ring_at(uint64_t position) {
    return (uint8_t *)(uintptr_t)(XVM_ADDRESS_W2H + XVM_RING_CONTROL_SIZE + (position & (XVM_RING_CAPACITY - 1)));
}

struct ring {
    uint64_t position;     // of the next frame
    uint32_t sequence;     // of the next frame
    uint32_t correlation;  // of the newest invocation
};

// Reads both rings from their begin; neither may have wrapped yet.
static inline struct ring ring_open(void) {
    struct ring ring = {0, 0, 0};
    for (uint64_t end = *ring_tail(); ring.position < end; ring.sequence++) {
        const struct xvm_frame_header *header = (const void *)ring_at(ring.position);
        ring.position += XVM_RING_HEADER_SIZE + ((header->length + 15u) & ~15u);
    }
    for (uint64_t at = 0, end = host_tail(); at < end;) {
        const struct xvm_frame_header *header = (const void *)(uintptr_t)(XVM_ADDRESS_H2W + XVM_RING_CONTROL_SIZE + at);
        if (header->type == XVM_FRAME_INVOCATION) ring.correlation = header->correlation;
        at += XVM_RING_HEADER_SIZE + ((header->length + 15u) & ~15u);
    }
    return ring;
}

static inline void ring_wake(void) {
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    attack_call(202, (long)(XVM_ADDRESS_W2H + 0x80), 1, 1, 0, 0, 0);
}

static inline void ring_publish(uint64_t tail) {
    __atomic_store_n((uint64_t *)(XVM_ADDRESS_W2H + 0x80), tail, __ATOMIC_RELEASE);
    ring_wake();
}

static inline void ring_header(uint64_t position, struct xvm_frame_header header) {
    volatile uint32_t *words = (volatile uint32_t *)ring_at(position);
    words[0] = header.length;
    words[1] = (uint32_t)header.type | (uint32_t)header.flags << 16;
    words[2] = header.sequence;
    words[3] = header.correlation;
}

// A whole frame, not yet visible; its payload is given in 32-bit words. Must not reach the ring's end.
static inline void ring_frame(struct ring *ring, uint16_t type, const uint32_t *words, uint32_t count) {
    ring_header(ring->position, (struct xvm_frame_header){4 * count, type, 0, ring->sequence, ring->correlation});
    volatile uint32_t *payload = (volatile uint32_t *)ring_at(ring->position + XVM_RING_HEADER_SIZE);
    for (uint32_t index = 0; index < ((count + 3) & ~3u); index++) payload[index] = index < count ? words[index] : 0;
    ring->position += XVM_RING_HEADER_SIZE + ((4 * count + 15u) & ~15u);
    ring->sequence++;
}

// "Returned", nothing used, nothing said.
static inline void ring_outcome(struct ring *ring) {
    static const uint32_t words[8] = {0, 1, 0, 0, 0, 0, 0, 0};
    ring_frame(ring, XVM_FRAME_OUTCOME, words, 8);
}

static inline void ring_wait_for_the_end(void) {
    for (;;) __asm__ volatile("pause");
}

#endif
