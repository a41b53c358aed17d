// SPDX-License-Identifier: Apache-2.0
// No attack: adds its first two arguments. Tests run it to see that a supervisor still serves.
#include "kit.h"

static void attack(struct xvm_instance *instance) {
    (void)instance;
    attack_result = attack_arguments[0] + attack_arguments[1];
}
