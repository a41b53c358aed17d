// SPDX-License-Identifier: Apache-2.0
// What every hostile object shares: a module whose export 0, `attack`, is machine code of the C function of that name. Tests that
// talk to the worker themselves may call export 1 instead: the same function, with eight i64 arguments and one i64 result.
// These are test programs: no product builds or finds them. Tests/Hostile/build makes an object that `xvm run` takes.
#ifndef XVM_HOSTILE_KIT_H
#define XVM_HOSTILE_KIT_H

#include "xvm_abi.h"
#include "xvm_zygote.h"

static void attack(struct xvm_instance *instance);

// Of export 1; zero in export 0.
static int attack_has_arguments;
static uint64_t attack_arguments[8];
static uint64_t attack_result;

// An instruction of at most six bytes that no reader of the machine code sees: it stands inside of another one's immediate and is entered
// by a register. What keeps instructions out of objects is no wall; these programs show what the wall does. Spoils r11 and, on its
// way out, nothing else.
#define KIT_HIDDEN(instruction) \
    "leaq 9f(%%rip), %%r11\n\tjmp *%%r11\n\t.byte 0x49, 0xbb\n9:\t" instruction "\n\t.fill 6 - (. - 9b), 1, 0x90\n\t.byte 0xeb, 0x00\n\t"

// A system call by hand; the kernel's -errno comes back.
static inline long attack_call(long number, long a, long b, long c, long d, long e, long f) {
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    long result;
    __asm__ volatile(KIT_HIDDEN("syscall") : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9) : "rcx", "r11", "memory");
    return result;
}

static inline void attack_survived(void) { attack_call(231, XVM_EXIT_SURVIVED, 0, 0, 0, 0, 0); }

static void kit_call(struct xvm_instance *instance, uint64_t *slots) {
    (void)slots;
    attack(instance);
}
static void kit_call_with_arguments(struct xvm_instance *instance, uint64_t *slots) {
    attack_has_arguments = 1;
    for (int index = 0; index < 8; index++) attack_arguments[index] = slots[index];
    attack_result = 0;
    attack(instance);
    slots[0] = attack_result;
}
static void kit_init(struct xvm_instance *instance) { (void)instance; }

static const uint8_t kit_kinds[9] = {0x7e, 0x7e, 0x7e, 0x7e, 0x7e, 0x7e, 0x7e, 0x7e, 0x7e};
static const struct xvm_type kit_types[2] = {{0, 0, kit_kinds}, {8, 1, kit_kinds}};
static const struct xvm_export kit_exports[2] = {{kit_call, 0, 0}, {kit_call_with_arguments, 1, 0}};
#ifdef KIT_HOST_IMPORT  // the number of a row in xvm_host_imports.h, and its type
static const uint8_t kit_import_kinds[] = {KIT_HOST_IMPORT_KINDS};
static const struct xvm_type kit_import_types[3] = {
    {0, 0, kit_kinds}, {8, 1, kit_kinds}, {sizeof kit_import_kinds - 1, 1, kit_import_kinds}};
static const struct xvm_function_import kit_imports[1] = {{KIT_HOST_IMPORT, 2}};
#endif

extern const struct xvm_descriptor xvm_module;
__attribute__((visibility("default"))) const struct xvm_descriptor xvm_module = {
    .magic = XVM_ABI_MAGIC,
    .abi_version = XVM_ABI_VERSION,
    .header_size = XVM_PAGE_SIZE,
    .module_hash = {KIT_MODULE_HASH},  // the build script gives the bytes
    .memory_count = 1,
    .memory_pages_min = 1,
    .memory_pages_max = 64,
    .export_count = 2,
#ifdef KIT_HOST_IMPORT
    .type_count = 3,
    .function_import_count = 1,
    .types = kit_import_types,
    .function_imports = kit_imports,
#else
    .type_count = 2,
    .types = kit_types,
#endif
    .exports = kit_exports,
    .init = kit_init,
};

#endif
