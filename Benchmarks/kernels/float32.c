// SPDX-License-Identifier: Apache-2.0
// A filter of eight taps over 4096 floats and a sum of squares, n times: f32 loops.
#include "kernel.h"

enum { SIZE = 4096, TAPS = 8 };
static float in[SIZE + TAPS], out[SIZE];

KERNEL(uint32_t n) {
    for (int i = 0; i < SIZE + TAPS; i++) in[i] = (float)((i * 37) % 101) * 0.125f - 6;
    static const float tap[TAPS] = {0.5f, -0.25f, 0.125f, 0.75f, -0.5f, 0.0625f, 0.25f, -0.125f};
    float total = 0;
    for (uint32_t round = 0; round < n; round++) {
        for (int i = 0; i < SIZE; i++) {
            float sum = 0;
            for (int t = 0; t < TAPS; t++) sum += tap[t] * in[i + t];
            out[i] = sum;
        }
        for (int i = 0; i < SIZE; i++) {
            float value = out[i] * 0.5f;
            in[i] = value > 4 ? value - 8 : value < -4 ? value + 8 : value;
        }
        in[round % SIZE] += 1;
        total += out[(round * 31) % SIZE] * out[(round * 17) % SIZE];
    }
    return (uint64_t)(int64_t)(total * 65536);
}
