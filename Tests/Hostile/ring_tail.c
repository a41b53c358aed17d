// SPDX-License-Identifier: Apache-2.0
// Any tail: argument 0 is added to the present one (0), or stored as it is (1), by argument 1.
#include "kit_ring.h"

static void attack(struct xvm_instance *instance) {
    (void)instance;
    ring_publish(attack_arguments[1] != 0 ? attack_arguments[0] : *ring_tail() + attack_arguments[0]);
    ring_wait_for_the_end();
}
