// SPDX-License-Identifier: Apache-2.0
// Two Outcomes for one invocation; the second may name another one (argument 0 is added to its correlation).
#include "kit_ring.h"

static void attack(struct xvm_instance *instance) {
    (void)instance;
    struct ring ring = ring_open();
    ring_outcome(&ring);
    ring.correlation += (uint32_t)attack_arguments[0];
    ring_outcome(&ring);
    ring_publish(ring.position);
    ring_wait_for_the_end();
}
