// SPDX-License-Identifier: Apache-2.0
// Binds a thread to a processor, which Swift's Glibc has no name for.
#ifndef BENCH_PIN_H
#define BENCH_PIN_H
/// The calling thread, and what it starts from now on. Returns 0 or an errno.
int bench_pin(int cpu);
/// The threads of this process that are called `name`. Returns how many were bound.
int bench_pin_named(const char *name, int cpu);
/// Sends SIGKILL to `pid` and waits until its pidfd is readable. Returns the nanoseconds between, or a negative errno.
long long bench_kill_and_wait(int pid);
#endif
