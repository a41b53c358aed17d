// SPDX-License-Identifier: Apache-2.0
// Reads the time stamp counter: SIGSEGV where PR_SET_TSC holds.
#include "kit.h"

static void attack(struct xvm_instance *instance) {
    (void)instance;
    __asm__ volatile(KIT_HIDDEN("rdtsc") ::: "eax", "edx", "r11");
    attack_survived();
}
