// SPDX-License-Identifier: Apache-2.0
// What it costs to make linear memory zero again after an invocation: in place against MADV_DONTNEED with the faults that follow, for
// sizes and numbers of dirty pages. Uses the runtime's own arena.c. Built and run by Benchmarks/ipc; prints JSON lines.
#define _GNU_SOURCE
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "../../sandbox-c/runtime/internal.h"

static double nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}
static int order(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}
// What a contract leaves: some bytes in each of so many pages. It costs too, where pages were given back.
static void soil(uint8_t *memory, size_t size, size_t pages) {
    for (size_t i = 0; i < pages; i++) memset(memory + i * (size / pages / 4096 * 4096), 5, 512);
}

int main(void) {
    static const size_t sizes[] = {65536, 262144, 1048576, 2097152, 4194304};
    enum { ROUNDS = 400 };
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        uint8_t *memory = mmap(NULL, sizes[s], PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED) return 1;
        for (size_t pages = 1; pages <= sizes[s] / 4096; pages *= 16) {
            double p50[2], touched[2];
            for (int way = 0; way < 2; way++) {
                static double times[ROUNDS], soils[ROUNDS];
                for (int i = 0; i < ROUNDS; i++) {
                    const double before = nanoseconds();
                    soil(memory, sizes[s], pages);
                    const double start = nanoseconds();
                    if (way == 0) {
                        xvm_bytes_clear(memory, sizes[s]);
                    } else if (madvise(memory, sizes[s], MADV_DONTNEED) != 0) {
                        return 1;
                    }
                    times[i] = nanoseconds() - start;
                    soils[i] = start - before;
                }
                qsort(times, ROUNDS, sizeof *times, order);
                qsort(soils, ROUNDS, sizeof *soils, order);
                p50[way] = times[ROUNDS / 2];
                touched[way] = soils[ROUNDS / 2];
            }
            printf("{\"what\":\"reset\",\"bytes\":%zu,\"dirtyPages\":%zu,\"inPlace\":%.0f,\"dontNeed\":%.0f,\"nextTouchInPlace\":%.0f,"
                   "\"nextTouchDontNeed\":%.0f}\n", sizes[s], pages, p50[0], p50[1], touched[0], touched[1]);
        }
        munmap(memory, sizes[s]);
    }
    return 0;
}
