// SPDX-License-Identifier: Apache-2.0
// Any system call: number and six arguments come from outside, the kernel's answer goes back. Everything but what the run
// policy permits is a violation with exactly these arguments.
#include "kit.h"

static void attack(struct xvm_instance *instance) {
    (void)instance;
    const uint64_t *a = attack_arguments;
    attack_result = (uint64_t)attack_call((long)a[0], (long)a[1], (long)a[2], (long)a[3], (long)a[4], (long)a[5], (long)a[6]);
}
