// SPDX-License-Identifier: Apache-2.0
// A hostile object in the shape that the translator emits: one descriptor, everything else hidden. Its exports do what no
// translated module can. Compiled by ZygoteTests; run by a worker.
#include "xvm_abi.h"

#define TEST_HEADER_SIZE 65536u
#ifndef TEST_HASH_BYTE
#define TEST_HASH_BYTE 0x5a
#endif
#ifndef TEST_ABI_VERSION
#define TEST_ABI_VERSION XVM_ABI_VERSION
#endif

static void test_nothing(struct xvm_instance *instance, uint64_t *slots) {
    (void)instance;
    (void)slots;
}

// slots: number, six arguments → result.
static void test_system_call(struct xvm_instance *instance, uint64_t *slots) {
    (void)instance;
    register uint64_t r10 __asm__("r10") = slots[4];
    register uint64_t r8 __asm__("r8") = slots[5];
    register uint64_t r9 __asm__("r9") = slots[6];
    uint64_t result;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(slots[0]), "D"(slots[1]), "S"(slots[2]), "d"(slots[3]), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    slots[0] = result;
}

// The 32-bit door: number, five arguments.
static void test_system_call_32(struct xvm_instance *instance, uint64_t *slots) {
    (void)instance;
    uint64_t result;
    __asm__ volatile("pushq %%rbx\n\tmovq %2, %%rbx\n\tint $0x80\n\tpopq %%rbx"
                     : "=a"(result)
                     : "a"(slots[0]), "r"(slots[1]), "c"(slots[2]), "d"(slots[3]), "S"(slots[4]), "D"(slots[5])
                     : "memory", "r8", "r9", "r10", "r11");
    slots[0] = result;
}

static void test_read(struct xvm_instance *instance, uint64_t *slots) {
    (void)instance;
    slots[0] = *(volatile uint64_t *)(uintptr_t)slots[0];
}

static void test_write(struct xvm_instance *instance, uint64_t *slots) {
    (void)instance;
    *(volatile uint64_t *)(uintptr_t)slots[0] = slots[1];
}

static void test_cycle_counter(struct xvm_instance *instance, uint64_t *slots) {
    (void)instance;
    slots[0] = __builtin_ia32_rdtsc();
}

static void test_jump(struct xvm_instance *instance, uint64_t *slots) {
    (void)instance;
    ((void (*)(void))(uintptr_t)slots[0])();
}

// What the process must not share with others: the guards of stack and of saved jump targets.
static void test_guards(struct xvm_instance *instance, uint64_t *slots) {
    (void)instance;
    __asm__ volatile("movq %%fs:0x28, %0\n\tmovq %%fs:0x30, %1" : "=r"(slots[0]), "=r"(slots[1]));
}

static const char test_path[] = "/proc/self/status";

// Addresses that an attack needs: this text, the relocated data, the instance, a path.
static const struct xvm_type test_types[];
static void test_addresses(struct xvm_instance *instance, uint64_t *slots) {
    slots[0] = (uint64_t)(uintptr_t)&test_addresses;
    slots[1] = (uint64_t)(uintptr_t)&test_types[0];
    slots[2] = (uint64_t)(uintptr_t)instance;
    slots[3] = (uint64_t)(uintptr_t)test_path;
}

static void test_spin(struct xvm_instance *instance, uint64_t *slots) {
    (void)instance;
    for (;;) __asm__ volatile("" : : "r"(slots) : "memory");
}

#define I64 0x7e
static const uint8_t kinds[] = {I64, I64, I64, I64, I64, I64, I64, I64};
// 0: () → (); 1: 7 → 1; 2: 6 → 1; 3: 1 → 1; 4: 2 → (); 5: () → 1; 6: 1 → (); 7: () → 4; 8: () → 2
static const struct xvm_type test_types[] = {
    {0, 0, kinds}, {7, 1, kinds}, {6, 1, kinds}, {1, 1, kinds}, {2, 0, kinds}, {0, 1, kinds}, {1, 0, kinds}, {0, 4, kinds}, {0, 2, kinds},
};
static const struct xvm_export test_exports[] = {
    {test_nothing, 0, 0},     {test_system_call, 1, 0}, {test_system_call_32, 2, 0}, {test_read, 3, 0},  {test_write, 4, 0},
    {test_cycle_counter, 5, 0}, {test_jump, 6, 0},        {test_addresses, 7, 0},      {test_spin, 0, 0},         {test_guards, 8, 0},
};

static void test_init(struct xvm_instance *instance) { (void)instance; }

#define SAME(byte) byte, byte, byte, byte, byte, byte, byte, byte
__attribute__((visibility("default"))) extern const struct xvm_descriptor xvm_module;
const struct xvm_descriptor xvm_module = {
    .magic = XVM_ABI_MAGIC,
    .abi_version = TEST_ABI_VERSION,
    .header_size = TEST_HEADER_SIZE,
    .flags = XVM_DESCRIPTOR_METERED,
    .module_hash = {SAME(TEST_HASH_BYTE), SAME(TEST_HASH_BYTE), SAME(TEST_HASH_BYTE), SAME(TEST_HASH_BYTE)},
    .schedule_hash = {SAME(0x11), SAME(0x11), SAME(0x11), SAME(0x11)},
    .memory_count = 1,
    .memory_pages_min = 1,
    .memory_pages_max = 16,
    .type_count = sizeof test_types / sizeof test_types[0],
    .export_count = sizeof test_exports / sizeof test_exports[0],
    .types = test_types,
    .exports = test_exports,
    .init = test_init,
};
