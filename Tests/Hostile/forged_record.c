// SPDX-License-Identifier: Apache-2.0
// Where there is no listener: writes down a call that was none (read), then leaves by a foreign architecture. Still SIGSYS.
#include "kit.h"

static void attack(struct xvm_instance *instance) {
    (void)instance;
    struct xvm_trap_record *record = (struct xvm_trap_record *)(uintptr_t)(XVM_ADDRESS_W2H + XVM_TRAP_RECORD_OFFSET);
    record->magic = XVM_TRAP_RECORD_MAGIC;
    record->number = 0;
    record->architecture = 0xc000003e;
    long result = 11;
    __asm__ volatile(KIT_HIDDEN("int $0x80") : "+a"(result) : "b"(0), "c"(0), "d"(0), "S"(0), "D"(0) : "r11", "memory");
    attack_survived();
}
