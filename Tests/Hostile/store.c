// SPDX-License-Identifier: Apache-2.0
// Writes to a target: a signal, or a trap inside linear memory's reservation. By default the host's ring.
#include "target.h"

static void attack(struct xvm_instance *instance) {
    enum target target = attack_has_arguments ? (enum target)attack_arguments[0] : TARGET_HOST_RING;
    *(volatile uint8_t *)target_address(instance, target) = 0xcc;
    attack_survived();
}
