// SPDX-License-Identifier: Apache-2.0
// Sieve of Eratosthenes up to one million, n times: strided byte stores.
#include "kernel.h"

enum { TOP = 1000000 };
static uint8_t composite[TOP];

KERNEL(uint32_t n) {
    uint64_t sum = 0;
    for (uint32_t round = 0; round < n; round++) {
        for (uint32_t i = 0; i < TOP; i++) composite[i] = 0;
        for (uint32_t i = 2; i * i < TOP; i++) {
            if (composite[i]) continue;
            for (uint32_t j = i * i; j < TOP; j += i) composite[j] = 1;
        }
        for (uint32_t i = 2; i < TOP; i++) {
            if (!composite[i]) sum += i ^ round;
        }
    }
    return sum;
}
