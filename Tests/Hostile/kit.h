// SPDX-License-Identifier: Apache-2.0
// What every hostile object shares: a module with one export, `attack`, whose machine code is the C function of that name.
// These are test programs: no product builds or finds them. Tests/Hostile/build makes an object that `xvm run` takes.
#ifndef XVM_HOSTILE_KIT_H
#define XVM_HOSTILE_KIT_H

#include "xvm_abi.h"
#include "xvm_zygote.h"

static void attack(struct xvm_instance *instance);

// A system call by hand; the kernel's -errno comes back.
static inline long attack_call(long number, long a, long b, long c, long d, long e, long f) {
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    long result;
    __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9) : "rcx", "r11", "memory");
    return result;
}

static inline void attack_survived(void) { attack_call(231, XVM_EXIT_SURVIVED, 0, 0, 0, 0, 0); }

static void kit_call(struct xvm_instance *instance, uint64_t *slots) {
    (void)slots;
    attack(instance);
}
static void kit_init(struct xvm_instance *instance) { (void)instance; }

static const struct xvm_type kit_types[1] = {{0, 0, 0}};
static const struct xvm_export kit_exports[1] = {{kit_call, 0, 0}};

extern const struct xvm_descriptor xvm_module;
__attribute__((visibility("default"))) const struct xvm_descriptor xvm_module = {
    .magic = XVM_ABI_MAGIC,
    .abi_version = XVM_ABI_VERSION,
    .header_size = XVM_PAGE_SIZE,
    .module_hash = {KIT_MODULE_HASH},  // the build script gives the bytes
    .memory_count = 1,
    .memory_pages_min = 1,
    .memory_pages_max = 16,
    .type_count = 1,
    .export_count = 1,
    .types = kit_types,
    .exports = kit_exports,
    .init = kit_init,
};

#endif
