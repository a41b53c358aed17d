// SPDX-License-Identifier: Apache-2.0
// Calls an entry of the vsyscall page: a violation with the number that the kernel gives it, or a signal where there is none.
#include "kit.h"

static void attack(struct xvm_instance *instance) {
    (void)instance;
    long (*entry)(long, long) = (long (*)(long, long))(uintptr_t)(0xffffffffff600000 + attack_arguments[0]);
    attack_result = (uint64_t)entry(0, 0);
    attack_survived();
}
