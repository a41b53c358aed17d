// SPDX-License-Identifier: Apache-2.0
// Ends the process with the status of the argument, as if it were the worker's own code.
#include "kit.h"

static void attack(struct xvm_instance *instance) {
    (void)instance;
    attack_call(231, (long)attack_arguments[0], 0, 0, 0, 0, 0);
}
