// SPDX-License-Identifier: Apache-2.0
// One source for native and Wasm: KERNEL(uint32_t n) { … return checksum; } becomes the export `run`, or a program that prints
// nanoseconds and checksum.
#ifndef KERNEL_H
#define KERNEL_H

#include <stdint.h>

#ifdef __wasm__
#define KERNEL(parameter) __attribute__((export_name("run"))) uint64_t run(parameter)
#else
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#define KERNEL(parameter)                                                                                            \
    uint64_t run(parameter);                                                                                         \
    int main(int count, char **arguments) {                                                                          \
        uint32_t n = count > 1 ? (uint32_t)atol(arguments[1]) : 1;                                                   \
        struct timespec a, b;                                                                                        \
        clock_gettime(CLOCK_MONOTONIC, &a);                                                                          \
        uint64_t sum = run(n);                                                                                       \
        clock_gettime(CLOCK_MONOTONIC, &b);                                                                          \
        printf("%lld %lld\n", (b.tv_sec - a.tv_sec) * 1000000000ll + b.tv_nsec - a.tv_nsec, (long long)sum);         \
    }                                                                                                                \
    __attribute__((noinline)) uint64_t run(parameter)
#endif

#endif
