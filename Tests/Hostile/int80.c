// SPDX-License-Identifier: Apache-2.0
// 32-bit entry: i386 execve by int 0x80 is a foreign architecture, SIGSYS.
#include "kit.h"

static void attack(struct xvm_instance *instance) {
    (void)instance;
    long result = 11;
    __asm__ volatile("int $0x80" : "+a"(result) : "b"(0), "c"(0), "d"(0) : "memory");
    attack_survived();
}
