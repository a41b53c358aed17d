// SPDX-License-Identifier: Apache-2.0
// Quicksort of 65536 integers, n times: branches that nobody predicts, recursion.
#include "kernel.h"

enum { COUNT = 65536 };
static uint32_t values[COUNT];

static void sort(uint32_t *first, uint32_t *last) {
    while (last - first > 12) {
        uint32_t a = *first, b = first[(last - first) / 2], c = *last;
        uint32_t pivot = a < b ? (b < c ? b : a < c ? c : a) : (a < c ? a : b < c ? c : b);
        uint32_t *i = first, *j = last;
        while (i <= j) {
            while (*i < pivot) i++;
            while (*j > pivot) j--;
            if (i <= j) {
                uint32_t kept = *i;
                *i++ = *j;
                *j-- = kept;
            }
        }
        if (j - first < last - i) {
            sort(first, j);
            first = i;
        } else {
            sort(i, last);
            last = j;
        }
    }
    for (uint32_t *i = first + 1; i <= last; i++) {
        uint32_t value = *i;
        uint32_t *j = i;
        while (j > first && j[-1] > value) {
            *j = j[-1];
            j--;
        }
        *j = value;
    }
}

KERNEL(uint32_t n) {
    uint64_t sum = 0;
    uint32_t state = 1;
    for (uint32_t round = 0; round < n; round++) {
        for (int i = 0; i < COUNT; i++) {
            state = state * 1664525u + 1013904223u;
            values[i] = state ^ state >> 15;
        }
        sort(values, values + COUNT - 1);
        for (int i = 0; i < COUNT; i += 97) sum = sum * 31 + values[i];
    }
    return sum;
}
