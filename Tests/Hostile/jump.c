// SPDX-License-Identifier: Apache-2.0
// Enters the worker's own code beside its beginning: the host-call stub plus the argument, with registers of our choice.
#include "kit.h"

static void attack(struct xvm_instance *instance) {
    void (*stub)(uint64_t, uint64_t, uint64_t) =
        (void (*)(uint64_t, uint64_t, uint64_t))((uintptr_t)instance->host_call + attack_arguments[0]);
    stub(attack_arguments[1], attack_arguments[2], attack_arguments[3]);
    attack_survived();
}
