// SPDX-License-Identifier: Apache-2.0
// Recursive Fibonacci: calls and returns.
#include "kernel.h"

static __attribute__((noinline)) uint32_t fib(uint32_t n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }

KERNEL(uint32_t n) { return fib(n); }
