// SPDX-License-Identifier: Apache-2.0
// Binds a thread to a processor, which Swift's Glibc has no name for.
#ifndef BENCH_PIN_H
#define BENCH_PIN_H
/// The calling thread, and what it starts from now on. Returns 0 or an errno.
int bench_pin(int cpu);
#endif
