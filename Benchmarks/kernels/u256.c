// SPDX-License-Identifier: Apache-2.0
// Products of 256-bit numbers modulo 2^256 - 189, n times: 32-bit limbs, carries.
#include "kernel.h"

static void multiply(uint32_t to[8], const uint32_t a[8], const uint32_t b[8]) {
    uint32_t wide[16] = {0};
    for (int i = 0; i < 8; i++) {
        uint64_t carry = 0;
        for (int j = 0; j < 8; j++) {
            carry += (uint64_t)a[i] * b[j] + wide[i + j];
            wide[i + j] = (uint32_t)carry;
            carry >>= 32;
        }
        wide[i + 8] = (uint32_t)carry;
    }
    uint64_t carry = 0;
    for (int i = 0; i < 8; i++) {
        carry += (uint64_t)wide[i + 8] * 189 + wide[i];
        to[i] = (uint32_t)carry;
        carry >>= 32;
    }
    while (carry) {
        carry *= 189;
        for (int i = 0; i < 8; i++) {
            carry += to[i];
            to[i] = (uint32_t)carry;
            carry >>= 32;
        }
    }
}

static uint32_t x[8], y[8];

KERNEL(uint32_t n) {
    for (int i = 0; i < 8; i++) {
        x[i] = 0x9e3779b9u * (uint32_t)(i + 1);
        y[i] = 0x7f4a7c15u ^ (uint32_t)i << 20;
    }
    for (uint32_t i = 0; i < n; i++) {
        multiply(x, x, y);
        y[i & 7] ^= x[i >> 3 & 7];
    }
    uint64_t sum = 0;
    for (int i = 0; i < 8; i++) sum = sum * 31 + x[i] + y[i];
    return sum;
}
