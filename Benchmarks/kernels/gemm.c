// SPDX-License-Identifier: Apache-2.0
// Dense matrix product of doubles, 96 x 96, n times: a loop nest that vectorises.
#include "kernel.h"

enum { SIZE = 96 };
static double a[SIZE][SIZE], b[SIZE][SIZE], c[SIZE][SIZE];

KERNEL(uint32_t n) {
    for (int i = 0; i < SIZE; i++) {
        for (int j = 0; j < SIZE; j++) {
            a[i][j] = (i * 7 + j * 3) % 11 - 5;
            b[i][j] = (i * 5 + j) % 13 - 6;
        }
    }
    for (uint32_t round = 0; round < n; round++) {
        for (int i = 0; i < SIZE; i++) {
            for (int j = 0; j < SIZE; j++) c[i][j] = 0;
            for (int k = 0; k < SIZE; k++) {
                double factor = a[i][k];
                for (int j = 0; j < SIZE; j++) c[i][j] += factor * b[k][j];
            }
        }
        a[round % SIZE][(round * 31) % SIZE] = c[(round * 17) % SIZE][round % SIZE] > 0 ? 3 : -2;
    }
    uint64_t sum = 0;
    for (int i = 0; i < SIZE; i++) {
        for (int j = 0; j < SIZE; j++) sum = sum * 31 + (uint64_t)(int64_t)c[i][j];
    }
    return sum;
}
