// SPDX-License-Identifier: Apache-2.0
// Wakes the host without end and never has anything for it.
#include "kit_ring.h"

static void attack(struct xvm_instance *instance) {
    (void)instance;
    for (;;) ring_wake();
}
