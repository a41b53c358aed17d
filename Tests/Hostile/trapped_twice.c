// SPDX-License-Identifier: Apache-2.0
// Where there is no listener: a refused call (getuid) with a stack pointer into nowhere and a lying record. The handler of SIGSYS has
// a stack of its own, writes over the lie, and does not come back for a second one.
#include "kit.h"

static void attack(struct xvm_instance *instance) {
    (void)instance;
    struct xvm_trap_record *record = (struct xvm_trap_record *)(uintptr_t)(XVM_ADDRESS_W2H + XVM_TRAP_RECORD_OFFSET);
    record->magic = XVM_TRAP_RECORD_MAGIC;
    record->number = 0;
    __asm__ volatile("xor %%esp, %%esp\n\tmov $102, %%eax\n\t" KIT_HIDDEN("syscall") "mov $107, %%eax\n\t" KIT_HIDDEN("syscall") : : : "rax", "rcx", "r11", "memory");
    __builtin_unreachable();
}
