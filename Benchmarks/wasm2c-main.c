// SPDX-License-Identifier: Apache-2.0
// Drives what stock wasm2c makes of a kernel (module name `kernel`): prints nanoseconds and checksum, as the native program does.
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "kernel.h"

int main(int count, char **arguments) {
    unsigned n = count > 1 ? (unsigned)atol(arguments[1]) : 1;
    Z_kernel_instance_t instance;
    struct timespec a, b;
    wasm_rt_init();
    Z_kernel_init_module();
    Z_kernel_instantiate(&instance);
    clock_gettime(CLOCK_MONOTONIC, &a);
    unsigned long long sum = Z_kernelZ_run(&instance, n);
    clock_gettime(CLOCK_MONOTONIC, &b);
    printf("%lld %lld\n", (b.tv_sec - a.tv_sec) * 1000000000ll + b.tv_nsec - a.tv_nsec, (long long)sum);
    return 0;
}
