// SPDX-License-Identifier: Apache-2.0
// Never answers: wallDeadline.
#include "kit.h"

static void attack(struct xvm_instance *instance) {
    (void)instance;
    for (;;) __asm__ volatile("pause");
}
