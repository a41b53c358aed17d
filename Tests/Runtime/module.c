// SPDX-License-Identifier: Apache-2.0
// An object written by hand in the emitted convention, with one export for each thing that the runtime must answer.
// Built as a shared object for the tests of sandbox-c/runtime.

#include "module.h"

#include <string.h>

#include "xvm_abi.h"
#include "xvm_emscripten_imports.h"
#include "xvm_host_imports.h"

#define HEADER_SIZE 65536u
#define MEMORY(instance) ((uint8_t *)(instance) + HEADER_SIZE)

typedef uint32_t __attribute__((aligned(1), may_alias)) u32_at;
typedef uint64_t __attribute__((aligned(1), may_alias)) u64_at;
typedef struct xvm_instance *instance_t;

struct ran {
    int64_t value;
    int64_t gas;
};

static int64_t *globals(instance_t I) { return (int64_t *)(void *)((uint8_t *)I + XVM_INSTANCE_GLOBALS); }

static void finish(instance_t I, int64_t gas) {
    if (gas < 0) I->trap(I, XVM_TRAP_OUT_OF_GAS);
    I->gas = gas;
}

// Every export charges 10.
static int64_t begin(instance_t I) { return I->gas - 10; }

static void call_add(instance_t I, uint64_t *slots) {
    int64_t gas = begin(I);
    slots[0] = (uint32_t)slots[0] + (uint32_t)slots[1];
    slots[0] = (uint32_t)slots[0];
    finish(I, gas);
}

static struct ran down(instance_t I, int64_t gas, int64_t depth, uint32_t n) {
    depth -= ((int64_t)1 << 32) + 64;
    if ((depth & (int64_t)0x8000000080000000) != 0) I->trap(I, XVM_TRAP_CALL_STACK_EXHAUSTED);
    gas -= 1;
    if (gas < 0) I->trap(I, XVM_TRAP_OUT_OF_GAS);
    if (n == 0) return (struct ran){0, gas};
    struct ran inner = down(I, gas, depth, n - 1);
    return (struct ran){inner.value + 1, inner.gas};
}

static void call_down(instance_t I, uint64_t *slots) {
    struct ran ran = down(I, begin(I), I->depth, (uint32_t)slots[0]);
    slots[0] = (uint64_t)ran.value;
    finish(I, ran.gas);
}

static void call_burn(instance_t I, uint64_t *slots) {
    (void)slots;
    int64_t gas = begin(I);
    for (;;) {
        gas -= 7;
        if (gas < 0) I->trap(I, XVM_TRAP_OUT_OF_GAS);
    }
}

static void call_load(instance_t I, uint64_t *slots) {
    int64_t gas = begin(I);
    uint32_t value = *(const u32_at *)(MEMORY(I) + (uint32_t)slots[0]);
    __asm__ volatile("" ::"r"(value));
    slots[0] = value;
    finish(I, gas);
}

// The farthest access there is: a 32-bit address, the greatest constant offset, 8 bytes.
static void call_load_far(instance_t I, uint64_t *slots) {
    int64_t gas = begin(I);
    uint64_t value = *(const u64_at *)(MEMORY(I) + (uint64_t)(uint32_t)slots[0] + 0xffffffffu);
    __asm__ volatile("" ::"r"(value));
    slots[0] = value;
    finish(I, gas);
}

static void call_store(instance_t I, uint64_t *slots) {
    int64_t gas = begin(I);
    *(u32_at *)(MEMORY(I) + (uint32_t)slots[0]) = (uint32_t)slots[1];
    finish(I, gas);
}

static void call_grow(instance_t I, uint64_t *slots) {
    int64_t gas = begin(I);
    slots[0] = I->memory_grow(I, (uint32_t)slots[0]);
    finish(I, gas);
}

static void call_size(instance_t I, uint64_t *slots) {
    slots[0] = I->memory_pages;
    finish(I, begin(I));
}

static void call_trap(instance_t I, uint64_t *slots) { I->trap(I, (uint32_t)slots[0]); }

static struct ran seven(instance_t I, int64_t gas, int64_t depth) {
    (void)I, (void)depth;
    return (struct ran){7, gas - 1};
}

// call_indirect of type 0, () -> i32
static void call_indirect(instance_t I, uint64_t *slots) {
    int64_t gas = begin(I);
    struct xvm_table *table = &I->tables[0];
    uint32_t index = (uint32_t)slots[0];
    if (index >= table->size) I->trap(I, XVM_TRAP_UNDEFINED_ELEMENT);
    struct xvm_table_entry *entry = &table->entries[index];
    if (entry->function == NULL) I->trap(I, XVM_TRAP_UNINITIALIZED_ELEMENT);
    if (entry->type != TYPE_GIVES_I32) I->trap(I, XVM_TRAP_INDIRECT_CALL_TYPE_MISMATCH);
    struct ran (*function)(instance_t, int64_t, int64_t);
    memcpy(&function, &entry->function, sizeof function);
    struct ran ran = function(I, gas, I->depth);
    slots[0] = (uint64_t)ran.value;
    finish(I, ran.gas);
}

static void call_three(instance_t I, uint64_t *slots) {
    float f = 1.5f;
    slots[0] = 0xffffffffu;
    slots[1] = 0x8000000000000000u;
    slots[2] = 0;
    memcpy(&slots[2], &f, sizeof f);
    finish(I, begin(I));
}

// import(place, p0 ... p6): calls the import at a place, from 1, in the order of both tables; so a row of xvm_host_imports.h by its number
static void call_import(instance_t I, uint64_t *slots) {
    uint32_t import = (uint32_t)slots[0] - 1;
    int64_t gas = begin(I);
    if (gas < 0) I->trap(I, XVM_TRAP_OUT_OF_GAS);
    I->gas = gas;
    uint64_t passed[7];
    memcpy(passed, slots + 1, sizeof passed);
    I->host_call(I, import, passed);
    slots[0] = passed[0];
    finish(I, I->gas);
}

static void call_count(instance_t I, uint64_t *slots) {
    globals(I)[0] += 1;
    slots[0] = (uint64_t)globals(I)[0];
    finish(I, begin(I));
}

// Accesses a native address: no Wasm does that, so it must never look like a trap.
static void call_wild(instance_t I, uint64_t *slots) {
    int64_t gas = begin(I);
    slots[0] = *(volatile const uint8_t *)(uintptr_t)slots[0];
    finish(I, gas);
}

static uint64_t endless(instance_t I, volatile uint64_t *slots) {
    volatile uint64_t frame[64] = {slots[0]};
    if (frame[0] == 0) return 0;  // never: the test passes 1
    return endless(I, frame) + frame[63];
}

static void call_overflow(instance_t I, uint64_t *slots) { slots[0] = endless(I, slots); }

static void call_undefined(instance_t I, uint64_t *slots) {
    (void)I, (void)slots;
    __builtin_trap();
}

static void call_bad_import(instance_t I, uint64_t *slots) { I->host_call(I, 1000000, slots); }

static void call_nothing(instance_t I, uint64_t *slots) {
    (void)slots;
    finish(I, begin(I));
}

// Marks all that a later invocation must not see: the end of memory, the header's far end, table and global.
static void call_dirty(instance_t I, uint64_t *slots) {
    (void)slots;
    int64_t gas = begin(I);
    for (uint64_t at = 0; at < I->memory_size; at += 4096) MEMORY(I)[at + 17] = 0xa5;
    for (uint64_t at = XVM_INSTANCE_GLOBALS; at < HEADER_SIZE; at++) ((uint8_t *)I)[at] = 0xa5;
    for (uint32_t at = 0; at < I->tables[0].size; at++) I->tables[0].entries[at].function = I;
    finish(I, gas);
}

static int64_t host(instance_t I, uint32_t number, int64_t gas, uint64_t *slots) {
    if (gas < 0) I->trap(I, XVM_TRAP_OUT_OF_GAS);
    I->gas = gas;
    I->host_call(I, number - 1, slots);
    return I->gas;
}

// put_many(n, size): n puts of `size` bytes under the keys 0 ... n - 1 (4 bytes each), each value beginning with its key
static void call_put_many(instance_t I, uint64_t *slots) {
    int64_t gas = begin(I);
    uint32_t count = (uint32_t)slots[0];
    for (uint32_t i = 0; i < count; i++) {
        *(u32_at *)MEMORY(I) = i;
        *(u32_at *)(MEMORY(I) + 1024) = i;
        uint64_t passed[4] = {0, 4, 1024, (uint32_t)slots[1]};
        gas = host(I, 2, gas - 1, passed);
    }
    finish(I, gas);
}

// Reads the value under the method's name, puts the argument "v" there, and outputs 200, the method's name, the old value. An argument that begins with '!' makes it trap after all that.
static void call_method(instance_t I, uint64_t *slots) {
    (void)slots;
    int64_t gas = begin(I);
    uint64_t method[2] = {100, 100};
    gas = host(I, 6, gas, method);
    uint64_t get[4] = {100, method[0], 1000, 20000};
    gas = host(I, 1, gas, get);
    MEMORY(I)[99] = 'v';
    uint64_t argument[4] = {99, 1, 30000, 20000};
    gas = host(I, 5, gas, argument);
    uint64_t put[4] = {100, method[0], 30000, argument[0]};
    gas = host(I, 2, gas, put);
    uint64_t output[5] = {200, 100, method[0], 1000, (int32_t)get[0] < 0 ? 0 : get[0]};
    gas = host(I, 10, gas, output);
    if (MEMORY(I)[30000] == '!') I->trap(I, XVM_TRAP_UNREACHABLE);
    finish(I, gas);
}

// malloc(size) of a module of emscripten: what a test has written down
static void call_malloc(instance_t I, uint64_t *slots) {
    int64_t gas = begin(I);
    slots[0] = *(const u32_at *)(MEMORY(I) + MALLOC_WORD);
    finish(I, gas);
}

static void init(instance_t I) {
    int64_t gas = I->gas - 100;
    globals(I)[0] = 41;
    memcpy(&I->tables[0].entries[1].function, &(struct ran(*[])(instance_t, int64_t, int64_t)){seven}, sizeof(void *));
    I->tables[0].entries[1].type = TYPE_GIVES_I32;
    I->tables[0].entries[2].function = I->tables[0].entries[1].function;
    I->tables[0].entries[2].type = TYPE_GIVES_I32 + 1;
    memcpy(MEMORY(I) + 8, "data", 4);
    finish(I, gas);
}

static const uint8_t i32x8[] = {0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f};
static const uint8_t three[] = {0x7f, 0x7e, 0x7d};
static const uint8_t i64_to_i64[] = {0x7e, 0x7e};
static const uint8_t contract_call[] = {0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7e, 0x7f};
static const struct xvm_type types[] = {
    [TYPE_NOTHING] = {0, 0, NULL},      [TYPE_GIVES_I32] = {0, 1, i32x8},   [TYPE_I32] = {1, 1, i32x8},
    [TYPE_I32X2] = {2, 1, i32x8},       [TYPE_I32X8] = {8, 1, i32x8},       [TYPE_THREE] = {0, 3, three},
    [TYPE_I64] = {1, 1, i64_to_i64},    [TYPE_I32X4] = {4, 1, i32x8},       [TYPE_I32X7] = {7, 1, i32x8},
    [TYPE_I32X5] = {5, 1, i32x8},       [TYPE_I32X2_NONE] = {2, 0, i32x8},  [TYPE_I32X6] = {6, 1, i32x8},
    [TYPE_I32_NONE] = {1, 0, i32x8},    [TYPE_I32X3] = {3, 1, i32x8},       [TYPE_CONTRACT_CALL] = {7, 1, contract_call},
};
static const struct xvm_table_limits tables[] = {{10, 20}};
// Every row of both tables, in their order.
#define ROW_TYPE(number, parameters)                                                                            \
    ((number) == 13 ? TYPE_I32X2_NONE : (number) == 15 ? TYPE_CONTRACT_CALL                                     \
     : sizeof(parameters) == 1 ? TYPE_GIVES_I32 : sizeof(parameters) == 2 ? TYPE_I32 : sizeof(parameters) == 3 ? TYPE_I32X2 \
     : sizeof(parameters) == 4 ? TYPE_I32X3 : sizeof(parameters) == 5 ? TYPE_I32X4 : sizeof(parameters) == 6 ? TYPE_I32X5   \
     : sizeof(parameters) == 7 ? TYPE_I32X6 : TYPE_I32X7)
#define ROW(number, module, name, parameters, results) {number, ROW_TYPE(number, parameters)},
static const struct xvm_function_import imports[] = {XVM_HOST_IMPORT_TABLE(ROW) XVM_EMSCRIPTEN_IMPORT_TABLE(ROW)};
#undef ROW
static const struct xvm_export exports[] = {
    [EXPORT_ADD] = {call_add, TYPE_I32X2, 0},
    [EXPORT_DOWN] = {call_down, TYPE_I32, 0},
    [EXPORT_BURN] = {call_burn, TYPE_NOTHING, 0},
    [EXPORT_LOAD] = {call_load, TYPE_I32, 0},
    [EXPORT_LOAD_FAR] = {call_load_far, TYPE_I32, 0},
    [EXPORT_STORE] = {call_store, TYPE_I32X2_NONE, 0},
    [EXPORT_GROW] = {call_grow, TYPE_I32, 0},
    [EXPORT_SIZE] = {call_size, TYPE_GIVES_I32, 0},
    [EXPORT_TRAP] = {call_trap, TYPE_I32_NONE, 0},
    [EXPORT_INDIRECT] = {call_indirect, TYPE_I32, 0},
    [EXPORT_THREE] = {call_three, TYPE_THREE, 0},
    [EXPORT_IMPORT] = {call_import, TYPE_I32X8, 0},
    [EXPORT_COUNT] = {call_count, TYPE_GIVES_I32, 0},
    [EXPORT_WILD] = {call_wild, TYPE_I64, 0},
    [EXPORT_OVERFLOW] = {call_overflow, TYPE_I64, 0},
    [EXPORT_UNDEFINED] = {call_undefined, TYPE_NOTHING, 0},
    [EXPORT_BAD_IMPORT] = {call_bad_import, TYPE_NOTHING, 0},
    [EXPORT_NOTHING] = {call_nothing, TYPE_NOTHING, 0},
    [EXPORT_DIRTY] = {call_dirty, TYPE_NOTHING, 0},
    [EXPORT_PUT_MANY] = {call_put_many, TYPE_I32X2_NONE, 0},
    [EXPORT_METHOD] = {call_method, TYPE_NOTHING, 0},
    [EXPORT_MALLOC] = {call_malloc, TYPE_I32, 0},
};

__attribute__((visibility("default"))) const struct xvm_descriptor xvm_module = {
    .magic = XVM_ABI_MAGIC,
    .abi_version = XVM_ABI_VERSION,
    .header_size = HEADER_SIZE,
    .flags = XVM_DESCRIPTOR_METERED,
    .memory_count = 1,
    .memory_pages_min = 2,
    .memory_pages_max = XVM_PAGES_MAX,
    .static_top = 12,
    .type_count = sizeof types / sizeof types[0],
    .table_count = 1,
    .function_import_count = sizeof imports / sizeof imports[0],
    .global_count = 1,
    .export_count = sizeof exports / sizeof exports[0],
    .types = types,
    .tables = tables,
    .function_imports = imports,
    .exports = exports,
    .init = init,
};
