// SPDX-License-Identifier: Apache-2.0
// Fill, copy and sum 1 MiB, n times: loads and stores in loops.
#include "kernel.h"

enum { SIZE = 1 << 20 };
static uint32_t from[SIZE / 4], to[SIZE / 4];

KERNEL(uint32_t n) {
    uint64_t sum = 0;
    for (uint32_t round = 0; round < n; round++) {
        for (uint32_t i = 0; i < SIZE / 4; i++) from[i] = i * 2654435761u + round;
        for (uint32_t i = 0; i < SIZE / 4; i++) to[i] = from[(i * 17) & (SIZE / 4 - 1)];
        for (uint32_t i = 0; i < SIZE / 4; i++) sum += to[i];
    }
    return sum;
}
