// SPDX-License-Identifier: Apache-2.0
// The permutation Keccak-f[1600] (FIPS 202), n times: 64-bit rotates and logic.
#include "kernel.h"

static const uint64_t constants[24] = {
    0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000, 0x000000000000808b, 0x0000000080000001,
    0x8000000080008081, 0x8000000000008009, 0x000000000000008a, 0x0000000000000088, 0x0000000080008009, 0x000000008000000a,
    0x000000008000808b, 0x800000000000008b, 0x8000000000008089, 0x8000000000008003, 0x8000000000008002, 0x8000000000000080,
    0x000000000000800a, 0x800000008000000a, 0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
};
static const uint8_t turns[24] = {1, 3, 6, 10, 15, 21, 28, 36, 45, 55, 2, 14, 27, 41, 56, 8, 25, 43, 62, 18, 39, 61, 20, 44};
static const uint8_t lanes[24] = {10, 7, 11, 17, 18, 3, 5, 16, 8, 21, 24, 4, 15, 23, 19, 13, 12, 2, 20, 14, 22, 9, 6, 1};

static uint64_t left(uint64_t x, int count) { return x << count | x >> (64 - count); }

static void permute(uint64_t s[25]) {
    uint64_t c[5];
    for (int round = 0; round < 24; round++) {
        for (int i = 0; i < 5; i++) c[i] = s[i] ^ s[i + 5] ^ s[i + 10] ^ s[i + 15] ^ s[i + 20];
        for (int i = 0; i < 5; i++) {
            uint64_t d = c[(i + 4) % 5] ^ left(c[(i + 1) % 5], 1);
            for (int j = 0; j < 25; j += 5) s[i + j] ^= d;
        }
        uint64_t moved = s[1];
        for (int i = 0; i < 24; i++) {
            uint64_t next = s[lanes[i]];
            s[lanes[i]] = left(moved, turns[i]);
            moved = next;
        }
        for (int j = 0; j < 25; j += 5) {
            for (int i = 0; i < 5; i++) c[i] = s[j + i];
            for (int i = 0; i < 5; i++) s[j + i] = c[i] ^ (~c[(i + 1) % 5] & c[(i + 2) % 5]);
        }
        s[0] ^= constants[round];
    }
}

static uint64_t state[25];

KERNEL(uint32_t n) {
    for (int i = 0; i < 25; i++) state[i] = 0;
    for (uint32_t i = 0; i < n; i++) {
        state[i % 17] ^= i;
        permute(state);
    }
    return state[0] ^ state[24];
}
