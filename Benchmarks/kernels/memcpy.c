// SPDX-License-Identifier: Apache-2.0
// memory.copy of blocks of 64 bytes to 64 KiB, n times 1 MiB.
#include "kernel.h"

enum { SIZE = 1 << 20 };
static uint8_t from[SIZE], to[SIZE];

KERNEL(uint32_t n) {
    for (uint32_t i = 0; i < SIZE; i++) from[i] = (uint8_t)(i * 2654435761u >> 9);
    uint64_t sum = 0;
    for (uint32_t round = 0; round < n; round++) {
        uint32_t block = 64u << round % 11;
        for (uint32_t i = 0; i < SIZE; i += block) __builtin_memcpy(to + i, from + (SIZE - block - i), block);
        from[round % SIZE] ^= 1;
        sum = sum * 31 + to[(round * 7919) % SIZE];
    }
    return sum;
}
