// SPDX-License-Identifier: Apache-2.0
// A system call on the page of a target: first argument the number, second the target, then what follows the address.
#include "target.h"

static void attack(struct xvm_instance *instance) {
    const uint64_t *a = attack_arguments;
    long page = (long)(target_address(instance, (enum target)a[1]) & ~4095ul);
    attack_result = (uint64_t)attack_call((long)a[0], page, (long)a[2], (long)a[3], (long)a[4], (long)a[5], (long)a[6]);
}
