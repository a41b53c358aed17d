// SPDX-License-Identifier: Apache-2.0
// x32 bit in the number: SIGSYS. By default openat, else the call of the argument.
#include "kit.h"

static void attack(struct xvm_instance *instance) {
    (void)instance;
    long number = attack_has_arguments ? (long)attack_arguments[0] : 257;
    attack_call(0x40000000 | number, -100, (long)"/etc/passwd", 0, 0, 0, 0);
    attack_survived();
}
