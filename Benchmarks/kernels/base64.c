// SPDX-License-Identifier: Apache-2.0
// Base64 of 48 KiB there and back, n times: table look-ups on bytes.
#include "kernel.h"

enum { SIZE = 49152 };
static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static uint8_t plain[SIZE], back[SIZE], coded[SIZE / 3 * 4], values[256];

KERNEL(uint32_t n) {
    for (int i = 0; i < 64; i++) values[(uint8_t)digits[i]] = (uint8_t)i;
    for (uint32_t i = 0; i < SIZE; i++) plain[i] = (uint8_t)(i * 2654435761u >> 13);
    uint64_t sum = 0;
    for (uint32_t round = 0; round < n; round++) {
        plain[round % SIZE]++;
        uint8_t *to = coded;
        for (uint32_t i = 0; i < SIZE; i += 3) {
            uint32_t bits = (uint32_t)plain[i] << 16 | (uint32_t)plain[i + 1] << 8 | plain[i + 2];
            *to++ = (uint8_t)digits[bits >> 18];
            *to++ = (uint8_t)digits[bits >> 12 & 63];
            *to++ = (uint8_t)digits[bits >> 6 & 63];
            *to++ = (uint8_t)digits[bits & 63];
        }
        const uint8_t *from = coded;
        for (uint32_t i = 0; i < SIZE; i += 3, from += 4) {
            uint32_t bits = (uint32_t)values[from[0]] << 18 | (uint32_t)values[from[1]] << 12 | (uint32_t)values[from[2]] << 6 | values[from[3]];
            back[i] = (uint8_t)(bits >> 16);
            back[i + 1] = (uint8_t)(bits >> 8);
            back[i + 2] = (uint8_t)bits;
        }
        sum = sum * 31 + back[(round * 7919) % SIZE] + coded[(round * 104729) % (SIZE / 3 * 4)];
    }
    return sum;
}
