// SPDX-License-Identifier: Apache-2.0
// Moves the thread pointer and calls the host: the worker's own code then runs on a lie. A log line goes out or a signal comes.
#define KIT_HOST_IMPORT 11
#define KIT_HOST_IMPORT_KINDS 0x7f, 0x7f, 0x7f
#include "kit.h"

static uint64_t somewhere[512];

static void attack(struct xvm_instance *instance) {
    uint64_t slots[4] = {0, 4, 0, 0};
    __asm__ volatile(KIT_HIDDEN("wrfsbase %0") : : "r"(attack_arguments[0] == 0 ? (uint64_t)&somewhere[256] : attack_arguments[0]) : "r11", "memory");
    instance->host_call(instance, 0, slots);
    attack_result = slots[0];
}
