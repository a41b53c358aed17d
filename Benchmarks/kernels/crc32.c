// SPDX-License-Identifier: Apache-2.0
// CRC-32 of 64 KiB with a table, n times: one chain of dependent loads.
#include "kernel.h"

enum { SIZE = 65536 };
static uint32_t table[256];
static uint8_t bytes[SIZE];

KERNEL(uint32_t n) {
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t value = i;
        for (int bit = 0; bit < 8; bit++) value = value & 1 ? value >> 1 ^ 0xedb88320u : value >> 1;
        table[i] = value;
    }
    for (uint32_t i = 0; i < SIZE; i++) bytes[i] = (uint8_t)(i * 2654435761u >> 9);
    uint32_t sum = 0;
    for (uint32_t round = 0; round < n; round++) {
        uint32_t value = ~sum;
        for (uint32_t i = 0; i < SIZE; i++) value = value >> 8 ^ table[(value ^ bytes[i]) & 255];
        sum = ~value;
    }
    return sum;
}
