// SPDX-License-Identifier: Apache-2.0
// Greatest number of prefix reversals over all permutations of n elements (n up to 12): small arrays, short loops.
#include "kernel.h"

KERNEL(uint32_t n) {
    uint8_t permutation[16], work[16], count[16];
    uint32_t most = 0, turns = 0, r = n;
    int32_t sum = 0;
    for (uint32_t i = 0; i < n; i++) permutation[i] = (uint8_t)i;
    for (;;) {
        for (; r != 1; r--) count[r - 1] = (uint8_t)r;
        for (uint32_t i = 0; i < n; i++) work[i] = permutation[i];
        uint32_t flips = 0;
        for (uint32_t k = work[0]; k != 0; k = work[0]) {
            for (uint32_t i = 0, j = k; i < j; i++, j--) {
                uint8_t kept = work[i];
                work[i] = work[j];
                work[j] = kept;
            }
            flips++;
        }
        if (flips > most) most = flips;
        sum += turns % 2 == 0 ? (int32_t)flips : -(int32_t)flips;
        for (;;) {
            if (r == n) return (uint64_t)(uint32_t)sum << 32 | most;
            uint8_t first = permutation[0];
            for (uint32_t i = 0; i < r; i++) permutation[i] = permutation[i + 1];
            permutation[r] = first;
            if (--count[r] > 0) break;
            r++;
        }
        turns++;
    }
}
