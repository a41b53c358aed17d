// SPDX-License-Identifier: Apache-2.0
// Opens a file: violation(257), never opened.
#include "kit.h"

static void attack(struct xvm_instance *instance) {
    (void)instance;
    attack_call(257, -100, (long)"/etc/passwd", 0, 0, 0, 0);
    attack_survived();
}
