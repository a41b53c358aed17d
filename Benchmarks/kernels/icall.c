// SPDX-License-Identifier: Apache-2.0
// Calls through a table of eight functions, n times.
#include "kernel.h"

typedef uint32_t (*step)(uint32_t, uint32_t);
static uint32_t add(uint32_t a, uint32_t b) { return a + b; }
static uint32_t subtract(uint32_t a, uint32_t b) { return a - b; }
static uint32_t multiply(uint32_t a, uint32_t b) { return a * (b | 1); }
static uint32_t exclusive(uint32_t a, uint32_t b) { return a ^ b; }
static uint32_t turn(uint32_t a, uint32_t b) { return a << (b & 31) | a >> (-b & 31); }
static uint32_t least(uint32_t a, uint32_t b) { return a < b ? a + 5 : b; }
static uint32_t most(uint32_t a, uint32_t b) { return a > b ? a : b + 3; }
static uint32_t mixed(uint32_t a, uint32_t b) { return (a >> 3) + (b << 5); }
static step steps[8] = {add, subtract, multiply, exclusive, turn, least, most, mixed};

KERNEL(uint32_t n) {
    uint32_t a = 1, b = 2;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t next = steps[(i ^ i >> 3 ^ i >> 7) & 7](a, b);
        a = b + i;
        b = next;
    }
    return (uint64_t)a << 32 | b;
}
