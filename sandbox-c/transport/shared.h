// SPDX-License-Identifier: Apache-2.0
// The only accesses to shared words: one atomic operation each; the futex calls; the processor's number.
// Run by: worker and host, any stage. No libc inside: the run stage forbids it.
#ifndef XVM_TRANSPORT_SHARED_H
#define XVM_TRANSPORT_SHARED_H

#include <errno.h>
#include <linux/futex.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/rseq.h>
#include <sys/syscall.h>

#include "xvm_ring.h"

// The two symbols live in the dynamic linker. A strong reference would make it a second DT_NEEDED of the worker; a weak one
// is resolved all the same, and is NULL before glibc 2.35.
#pragma weak __rseq_offset
#pragma weak __rseq_size

static inline const struct xvm_ring_control *xvm_shared_peer(const uint8_t *segment) {
    return (const struct xvm_ring_control *)(const void *)segment;
}
static inline struct xvm_ring_control *xvm_shared_own(uint8_t *segment) {
    return (struct xvm_ring_control *)(void *)segment;
}

// Acquire, pairs with the release of xvm_shared_store_tail and of xvm_shared_store_head.
static inline uint64_t xvm_shared_load(const uint64_t *position) { return __atomic_load_n(position, __ATOMIC_ACQUIRE); }
// Release, pairs with the acquire in xvm_shared_load: frames before tail, and reads of a payload before head.
static inline void xvm_shared_store(uint64_t *position, uint64_t value) {
    __atomic_store_n(position, value, __ATOMIC_RELEASE);
}
// Relaxed: wait and cpu are hints; the fences in publish and wait order wait.
static inline uint32_t xvm_shared_load_hint(const uint32_t *word) { return __atomic_load_n(word, __ATOMIC_RELAXED); }
static inline void xvm_shared_store_hint(uint32_t *word, uint32_t value) { __atomic_store_n(word, value, __ATOMIC_RELAXED); }

/// A header as it was at two instants, one per half; the validator sees only this copy.
static inline struct xvm_frame_header xvm_shared_load_header(const uint8_t *at) {
    union {
        uint64_t halves[2];
        struct xvm_frame_header header;
    } copy;
    const uint64_t *source = (const uint64_t *)(const void *)at;
    copy.halves[0] = __atomic_load_n(source, __ATOMIC_RELAXED);
    copy.halves[1] = __atomic_load_n(source + 1, __ATOMIC_RELAXED);
    return copy.header;
}

/// futex(2), bare: no errno, and every argument register whole, because the run filter compares all 64 bits.
static inline long xvm_shared_futex(const uint32_t *word, long op, long value, const void *timeout, long bitset) {
    long result;
    register long r10 __asm__("r10") = (long)(intptr_t)timeout;
    register long r8 __asm__("r8") = 0;
    register long r9 __asm__("r9") = bitset;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "0"((long)SYS_futex), "D"(word), "S"(op), "d"(value), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory", "cc");
    return result;
}

/// The word that the kernel compares: the low half of a tail.
static inline const uint32_t *xvm_shared_futex_word(const uint64_t *tail) { return (const uint32_t *)(const void *)tail; }

/// Number of the processor plus one, from the area that glibc (2.35 and later) registers for rseq(2); 0: unknown.
static inline uint32_t xvm_shared_cpu(void) {
    if (&__rseq_size == NULL || __rseq_size == 0) return 0;
    uintptr_t thread;
    __asm__("movq %%fs:0, %0" : "=r"(thread));
    const struct rseq *area = (const struct rseq *)(thread + (uintptr_t)__rseq_offset);
    const uint32_t cpu = __atomic_load_n(&area->cpu_id, __ATOMIC_RELAXED);  // the kernel writes it behind our back
    return cpu < 0x7fffffffu ? cpu + 1u : 0;
}

static inline void xvm_shared_pause(void) { __builtin_ia32_pause(); }

#endif
