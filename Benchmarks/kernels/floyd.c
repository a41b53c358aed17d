// SPDX-License-Identifier: Apache-2.0
// All shortest paths between 128 nodes (Floyd, Warshall), n times: integer minimum in a loop nest.
#include "kernel.h"

enum { NODES = 128 };
static int32_t distance[NODES][NODES];

KERNEL(uint32_t n) {
    uint64_t sum = 0;
    for (uint32_t round = 0; round < n; round++) {
        uint32_t state = round + 1;
        for (int i = 0; i < NODES; i++) {
            for (int j = 0; j < NODES; j++) {
                state = state * 1664525u + 1013904223u;
                distance[i][j] = i == j ? 0 : (int32_t)(state >> 20) + 1;
            }
        }
        for (int k = 0; k < NODES; k++) {
            for (int i = 0; i < NODES; i++) {
                int32_t first = distance[i][k];
                for (int j = 0; j < NODES; j++) {
                    int32_t way = first + distance[k][j];
                    distance[i][j] = way < distance[i][j] ? way : distance[i][j];
                }
            }
        }
        for (int i = 0; i < NODES; i++) sum = sum * 31 + (uint32_t)distance[i][(i * 7 + 3) % NODES];
    }
    return sum;
}
