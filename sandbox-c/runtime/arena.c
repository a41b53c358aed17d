// SPDX-License-Identifier: Apache-2.0
// Address space of linear memory: reserved once, made accessible in place, cleared between invocations.
// Run by: worker and in-process embedders. xvm_arena_resize and xvm_arena_clear run behind the run filter.

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "internal.h"
#include "xvm_runtime.h"
#include "xvm_zygote.h"

#define FOUR_GIB 0x100000000ull
// The run filter allows mprotect and madvise with a length below 4 GiB, so a whole memory goes in two pieces.
#define PIECE_MAX 0x80000000ull
// Up to here memory is zeroed in place: a page that stays costs less than a page fault (rings-and-processes 11). Above it
// the pages are given back.
#define IN_PLACE_MAX 0x100000ull
#define BLOCK 4096u

// The worker's one reservation; written before any context exists.
static struct xvm_arena reserved;
static bool reserved_free;

int xvm_arena_reserve(uint32_t memory_pages_max) {
    if (memory_pages_max > XVM_PAGES_MAX || reserved.start != NULL) return EINVAL;
    uintptr_t start = (uintptr_t)(XVM_ADDRESS_ARENA - XVM_HEADER_SIZE_MAX);
    size_t size = (size_t)(XVM_HEADER_SIZE_MAX + FOUR_GIB + XVM_ARENA_GUARD);
    void *mapping = mmap(
        (void *)start, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
    if (mapping == MAP_FAILED) return errno;
    if ((uintptr_t)mapping != start) {  // a kernel before 4.17 takes the address as a hint
        munmap(mapping, size);
        return EEXIST;
    }
    reserved = (struct xvm_arena){
        .start = mapping, .size = size, .base = (uint8_t *)mapping + XVM_HEADER_SIZE_MAX, .pages_max = memory_pages_max,
        .fixed = true,
    };
    reserved_free = true;
    return 0;
}

int xvm_arena_open(struct xvm_arena *arena, uint32_t header_size) {
    if (header_size > XVM_HEADER_SIZE_MAX) return EINVAL;
    if (reserved_free) {
        *arena = reserved;
    } else {
        // 4 GiB more than needed, so that an aligned base lies in it; then the ends are given back.
        size_t need = (size_t)(header_size + FOUR_GIB + XVM_ARENA_GUARD);
        size_t taken = need + (size_t)FOUR_GIB;
        uint8_t *mapping = mmap(NULL, taken, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (mapping == MAP_FAILED) return errno;
        uintptr_t base = ((uintptr_t)mapping + header_size + FOUR_GIB - 1) & ~(uintptr_t)(FOUR_GIB - 1);
        size_t before = base - header_size - (uintptr_t)mapping;
        if (before > 0) munmap(mapping, before);
        if (taken - before > need) munmap(mapping + before + need, taken - before - need);
        *arena = (struct xvm_arena){
            .start = mapping + before, .size = need, .base = mapping + before + header_size, .pages_max = XVM_PAGES_MAX,
        };
    }
    if (mprotect(arena->base - header_size, header_size, PROT_READ | PROT_WRITE) != 0) {
        int error = errno;
        if (!arena->fixed) munmap(arena->start, arena->size);
        arena->start = NULL;
        return error;
    }
    if (arena->fixed) reserved_free = false;
    return 0;
}

void xvm_arena_close(struct xvm_arena *arena) {
    if (arena->start == NULL) return;
    if (arena->fixed) {
        // The worker's reservation is not given back to the system, only emptied: nothing else may ever be mapped there.
        size_t header = (size_t)(arena->base - arena->start);
        madvise(arena->start, header, MADV_DONTNEED);
        mprotect(arena->start, header, PROT_NONE);
        xvm_arena_clear(arena);
        reserved_free = xvm_arena_resize(arena, 0) == 0;
    } else {
        munmap(arena->start, arena->size);
    }
    arena->start = NULL;
}

static int protect(uint8_t *base, uint64_t from, uint64_t to, int protection) {
    for (uint64_t at = from; at < to;) {
        uint64_t piece = to - at < PIECE_MAX ? to - at : PIECE_MAX;
        if (mprotect(base + at, (size_t)piece, protection) != 0) {
            int error = errno;
            if (at > from) (void)protect(base, from, at, protection == PROT_NONE ? PROT_READ | PROT_WRITE : PROT_NONE);
            return error;
        }
        at += piece;
    }
    return 0;
}

int xvm_arena_resize(struct xvm_arena *arena, uint64_t bytes) {
    int error = 0;
    if (bytes > arena->accessible) {
        error = protect(arena->base, arena->accessible, bytes, PROT_READ | PROT_WRITE);
    } else if (bytes < arena->accessible) {
        error = protect(arena->base, bytes, arena->accessible, PROT_NONE);
    }
    if (error == 0) arena->accessible = bytes;
    return error;
}

void xvm_arena_clear(struct xvm_arena *arena) {
    uint64_t in_place = arena->accessible < IN_PLACE_MAX ? arena->accessible : IN_PLACE_MAX;
    xvm_bytes_clear(arena->base, (size_t)in_place);
    for (uint64_t at = in_place; at < arena->accessible;) {
        uint64_t piece = arena->accessible - at < PIECE_MAX ? arena->accessible - at : PIECE_MAX;
        if (madvise(arena->base + at, (size_t)piece, MADV_DONTNEED) != 0) memset(arena->base + at, 0, (size_t)piece);
        at += piece;
    }
}

// 32 bytes at any address: one register with AVX2, two without.
typedef uint64_t vector __attribute__((vector_size(32), aligned(1), may_alias));
_Static_assert(BLOCK % (8 * sizeof(vector)) == 0, "a block is a number of rounds");

// Inlined into each of the two below, whose target decides on its instructions.
static inline __attribute__((always_inline)) bool is_zero(const uint8_t *block) {
    vector a = {0}, b = {0}, c = {0}, d = {0};
    for (size_t at = 0; at < BLOCK; at += 8 * sizeof(vector)) {
        const vector *v = (const vector *)(const void *)(block + at);
        a |= v[0] | v[4];
        b |= v[1] | v[5];
        c |= v[2] | v[6];
        d |= v[3] | v[7];
    }
    a |= b | c | d;
    return (a[0] | a[1] | a[2] | a[3]) == 0;
}
static bool is_zero_plain(const uint8_t *block) { return is_zero(block); }
__attribute__((target("avx2"))) static bool is_zero_avx2(const uint8_t *block) { return is_zero(block); }

void xvm_bytes_clear_with(bool has_avx2, uint8_t *bytes, size_t size) {
    size_t at = 0;
    // Whole blocks, without a way out in the middle: at the speed of the second cache, which 192 KiB come from.
    for (; size - at >= BLOCK; at += BLOCK) {
        if (!(has_avx2 ? is_zero_avx2 : is_zero_plain)(bytes + at)) memset(bytes + at, 0, BLOCK);
    }
    size_t rest = size - at;
    // Zero when the first byte is and each byte equals its successor.
    if (rest > 0 && (bytes[at] != 0 || memcmp(bytes + at, bytes + at + 1, rest - 1) != 0)) memset(bytes + at, 0, rest);
}

void xvm_bytes_clear(uint8_t *bytes, size_t size) { xvm_bytes_clear_with(__builtin_cpu_supports("avx2") != 0, bytes, size); }
