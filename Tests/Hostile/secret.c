// SPDX-License-Identifier: Apache-2.0
// Leaves a secret everywhere in linear memory and in the globals' page (argument 0 is 0), or searches it there (1); the result
// is how many words were found. Argument 1: the secret. Argument 2: pages to have.
#include "kit.h"

static void attack(struct xvm_instance *instance) {
    uint64_t secret = attack_arguments[1];
    uint32_t pages = (uint32_t)attack_arguments[2];
    if (pages > instance->memory_pages && instance->memory_grow(instance, pages - instance->memory_pages) == UINT32_MAX) {
        attack_result = UINT64_MAX;
        return;
    }
    volatile uint64_t *words = (volatile uint64_t *)XVM_ADDRESS_ARENA;
    uint64_t count = (uint64_t)pages * 65536 / 8;
    volatile uint64_t *globals = (volatile uint64_t *)((uintptr_t)instance + XVM_INSTANCE_GLOBALS);
    uint64_t global_count = (XVM_PAGE_SIZE - XVM_INSTANCE_GLOBALS) / 8;
    for (uint64_t index = 0; index < count; index++) {
        if (attack_arguments[0] == 0) words[index] = secret;
        else if (words[index] == secret) attack_result++;
    }
    for (uint64_t index = 0; index < global_count; index++) {
        if (attack_arguments[0] == 0) globals[index] = secret;
        else if (globals[index] == secret) attack_result++;
    }
}
