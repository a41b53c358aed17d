// SPDX-License-Identifier: Apache-2.0
// x32 bit in the number: SIGSYS.
#include "kit.h"

static void attack(struct xvm_instance *instance) {
    (void)instance;
    attack_call(0x40000000 | 257, -100, (long)"/etc/passwd", 0, 0, 0, 0);
    attack_survived();
}
