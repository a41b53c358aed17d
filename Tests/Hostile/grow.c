// SPDX-License-Identifier: Apache-2.0
// Grows linear memory through the worker (0), by its own mprotect of everything (1), and touches all it got (2).
#include "kit.h"

static void attack(struct xvm_instance *instance) {
    long all = 0xffff0000;
    switch (attack_arguments[0]) {
    case 0: attack_result = instance->memory_grow(instance, (uint32_t)attack_arguments[1]); break;
    case 1: attack_result = (uint64_t)attack_call(10, (long)XVM_ADDRESS_ARENA, all, 3, 0, 0, 0); break;
    case 2: {
        long size = (long)attack_arguments[1];
        attack_result = (uint64_t)attack_call(10, (long)XVM_ADDRESS_ARENA, size, 3, 0, 0, 0);
        if (attack_result != 0) return;
        for (long at = 0; at < size; at += 4096) *(volatile char *)(XVM_ADDRESS_ARENA + (unsigned long)at) = 1;
        break;
    }
    default: break;
    }
}
