// SPDX-License-Identifier: Apache-2.0
// 32-bit entry: by default i386 execve, else the call of the argument, by int 0x80. A foreign architecture: SIGSYS.
#include "kit.h"

static void attack(struct xvm_instance *instance) {
    (void)instance;
    long result = attack_has_arguments ? (long)attack_arguments[0] : 11;
    __asm__ volatile(KIT_HIDDEN("int $0x80") : "+a"(result) : "b"(0), "c"(0), "d"(0), "S"(0), "D"(0) : "r11", "memory");
    attack_survived();
}
