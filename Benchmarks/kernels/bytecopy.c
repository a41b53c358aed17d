// SPDX-License-Identifier: Apache-2.0
// Byte after byte from a place shortly before, as a decompressor does, n times 64 KiB: no library copy can do it.
#include "kernel.h"

enum { SIZE = 65536 };
static uint8_t bytes[SIZE + 16];

static __attribute__((noinline)) void copy(uint8_t *to, const uint8_t *from, uint32_t size) {
    for (uint32_t i = 0; i < size; i++) to[i] = from[i];
}

KERNEL(uint32_t n) {
    uint64_t sum = 0;
    for (uint32_t round = 0; round < n; round++) {
        for (uint32_t i = 0; i < 16; i++) bytes[i] = (uint8_t)((i + round) * 2654435761u >> 9);
        uint32_t distance = 1 + round % 7;
        copy(bytes + distance, bytes, SIZE);
        sum = sum * 31 + bytes[(round * 7919) % SIZE];
    }
    return sum;
}
