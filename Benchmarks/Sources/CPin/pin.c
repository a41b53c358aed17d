// SPDX-License-Identifier: Apache-2.0
// See pin.h.
#define _GNU_SOURCE
#include "pin.h"

#include <errno.h>
#include <sched.h>

int bench_pin(int cpu) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    return sched_setaffinity(0, sizeof set, &set) == 0 ? 0 : errno;
}
