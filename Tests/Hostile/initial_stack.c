// SPDX-License-Identifier: Apache-2.0
// Looks at what the kernel put above the stack of the zygote: environment (0: number of strings), argument strings (1: their
// total size), the address of the vdso (2: reads it), the random bytes (3: first word), the random bytes' second word (4).
#include "kit.h"

static void attack(struct xvm_instance *instance) {
    (void)instance;
    // The auxiliary vector holds AT_PAGESZ 4096 and AT_CLKTCK 100 in neighbouring pairs.
    const uint64_t *at = (const uint64_t *)((uintptr_t)__builtin_frame_address(0) & ~15ul);
    while (!(at[0] == 6 && at[1] == 4096 && at[2] == 17)) at++;
    // The vector begins behind the null that ends the environment.
    const uint64_t *first = at;
    while (first[-2] < 64 && first[-2] != 0) first -= 2;
    const uint64_t *environment_end = first - 1;
    const uint64_t *string = environment_end - 1;
    uint64_t environment = 0;
    while (*string != 0) environment++, string--;
    uint64_t vdso = 0, random = 0;
    for (const uint64_t *pair = first; pair[0] != 0; pair += 2) {
        if (pair[0] == 33) vdso = pair[1];
        if (pair[0] == 25) random = pair[1];
    }
    switch (attack_arguments[0]) {
    case 0: attack_result = environment; break;
    case 1: {
        const uint64_t *argument = string - 1;
        uint64_t count = 0;
        while (*argument > 4096) {
            for (const char *letter = (const char *)*argument; *letter != 0; letter++) count++;
            argument--;
        }
        attack_result = count;
        break;
    }
    case 2: attack_result = vdso != 0 ? *(volatile uint64_t *)vdso : 0; break;
    case 3: attack_result = *(volatile uint64_t *)random; break;
    case 4: attack_result = ((volatile uint64_t *)random)[1]; break;
    default: break;
    }
}
