// SPDX-License-Identifier: Apache-2.0
// Ends the process as if all were well: exited(0), never an Outcome.
#include "kit.h"

static void attack(struct xvm_instance *instance) {
    (void)instance;
    attack_call(231, 0, 0, 0, 0, 0, 0);
}
