// SPDX-License-Identifier: Apache-2.0
// Touches all the memory that it can make accessible: for limits that the machine sets, not the worker.
#include "kit.h"

static void attack(struct xvm_instance *instance) {
    (void)instance;
    for (unsigned long at = 0; at < 0xf0000000ul; at += 0x1000000) {
        if (attack_call(10, (long)(XVM_ADDRESS_ARENA + at), 0x1000000, 3, 0, 0, 0) != 0) break;
        for (unsigned long page = 0; page < 0x1000000; page += 4096) *(volatile char *)(XVM_ADDRESS_ARENA + at + page) = 1;
    }
    attack_survived();
}
