// SPDX-License-Identifier: Apache-2.0
// Uses the stack up (0), throws it away (1), or breaks what the fault handler stands on: the thread pointer (2).
#include "kit.h"

#pragma GCC diagnostic ignored "-Winfinite-recursion"
static uint64_t deeper(uint64_t depth) {
    volatile uint64_t frame[64];
    frame[depth & 63] = depth;
    return deeper(depth + 1) + frame[(depth + 1) & 63];
}

static void attack(struct xvm_instance *instance) {
    (void)instance;
    switch (attack_arguments[0]) {
    case 0: attack_result = deeper(1); break;
    case 1: __asm__ volatile("xorl %%esp, %%esp\n\tpushq $1" ::: "memory"); break;
    case 2: __asm__ volatile(KIT_HIDDEN("wrfsbase %0") "movq $1, 0" : : "r"(0x1234560000ul) : "r11", "memory"); break;
    default: break;
    }
    attack_survived();
}
