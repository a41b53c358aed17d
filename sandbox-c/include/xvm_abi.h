// SPDX-License-Identifier: Apache-2.0
// The calling convention between the emitted code of a Module and the runtime in the worker.
// Run by: the worker (and the in-process tests). The translator writes the same declarations into each C text it emits
// (no #include reaches the compiler); a test compiles both and compares every size and offset.
#ifndef XVM_ABI_H
#define XVM_ABI_H

#include <stddef.h>
#include <stdint.h>

#define XVM_ABI_MAGIC 0x414d5658u  // "XVMA", little-endian
#define XVM_ABI_VERSION 1u
#define XVM_DESCRIPTOR_SYMBOL "xvm_module"  // the one symbol that an object exports

#define XVM_PAGE_SIZE 65536u
#define XVM_PAGES_MAX 65536u

// Traps, in the order of their wire numbers. Names: the WebAssembly specification; hostAbort is ours.
// Out of gas is not a Trap, but it leaves the contract by the same door.
enum xvm_trap {
    XVM_TRAP_NONE = 0,
    XVM_TRAP_UNREACHABLE = 1,
    XVM_TRAP_INTEGER_DIVIDE_BY_ZERO = 2,
    XVM_TRAP_INTEGER_OVERFLOW = 3,
    XVM_TRAP_INVALID_CONVERSION_TO_INTEGER = 4,
    XVM_TRAP_OUT_OF_BOUNDS_MEMORY_ACCESS = 5,
    XVM_TRAP_OUT_OF_BOUNDS_TABLE_ACCESS = 6,
    XVM_TRAP_UNDEFINED_ELEMENT = 7,
    XVM_TRAP_UNINITIALIZED_ELEMENT = 8,
    XVM_TRAP_INDIRECT_CALL_TYPE_MISMATCH = 9,
    XVM_TRAP_CALL_STACK_EXHAUSTED = 10,
    XVM_TRAP_HOST_ABORT = 11,
    XVM_TRAP_OUT_OF_GAS = 12,
};

// A table slot. function == NULL: uninitialized. type is the canonical (structural) type index of the Module.
struct xvm_table_entry {
    void *function;  // inner convention: ret f(instance, gas, depth, params...); in a table of externref the value itself
    uint32_t type;
    uint32_t reference;  // the function as a value of type funcref: its number in the Module, from 1; 0 = null
};

struct xvm_table {
    struct xvm_table_entry *entries;
    uint32_t size;     // current number of entries
    uint32_t maximum;  // entries there is room for; never exceeded by table.grow
};

// A table that can grow (maximum > minimum in its limits) has room for min(maximum, this / number of such tables) entries, every
// table at least for its minimum: 4 MiB in all, mapped before contract code runs and touched when used. Growth beyond gives -1.
// The same on every host, because the module can see it.
#define XVM_TABLE_GROWTH_MAX 262144u

// The instance header. It ends exactly at the base of linear memory: memory byte a of instance I is
// (uint8_t *)I + header_size + a. header_size is a constant of the Module, a multiple of 64 KiB.
// The module's globals (16 bytes each, imported ones first) begin at XVM_INSTANCE_GLOBALS, then one byte per data
// segment and one per element segment (1 = dropped).
struct xvm_instance {
    int64_t gas;                 // remaining gas; the true figure only at host calls and outside exported calls
    uint64_t memory_size;        // bytes of linear memory
    uint32_t memory_pages;       // memory_size / 65536
    uint32_t memory_pages_max;   // min(declared maximum, the context's limit)
    int64_t depth;               // depth budget at an export's entry: (frames << 32) + bytes of computed frame cost
    void (*trap)(struct xvm_instance *, uint32_t trap) __attribute__((noreturn));
    // import = index among the Module's function imports. slots: parameters in, results out, 64 bits each from slot 0
    // (i32 and f32 zero-extended; a reference as 0 = null, a funcref as its number;
    // a vector in two slots, low half first). gas is settled before and read again after.
    void (*host_call)(struct xvm_instance *, uint32_t import, uint64_t *slots);
    uint32_t (*memory_grow)(struct xvm_instance *, uint32_t delta_pages);  // old page count, or 0xffffffff
    struct xvm_table *tables;
    void *context;               // the runtime's own; the emitted code never touches it
    uint64_t reserved[7];
};
#define XVM_INSTANCE_GLOBALS 128u

_Static_assert(sizeof(struct xvm_table_entry) == 16, "table entry");
_Static_assert(sizeof(struct xvm_table) == 16, "table");
_Static_assert(sizeof(struct xvm_instance) == XVM_INSTANCE_GLOBALS, "instance header");
_Static_assert(offsetof(struct xvm_instance, memory_size) == 8, "memory_size");
_Static_assert(offsetof(struct xvm_instance, depth) == 24, "depth");
_Static_assert(offsetof(struct xvm_instance, trap) == 32, "trap");
_Static_assert(offsetof(struct xvm_instance, host_call) == 40, "host_call");
_Static_assert(offsetof(struct xvm_instance, memory_grow) == 48, "memory_grow");
_Static_assert(offsetof(struct xvm_instance, tables) == 56, "tables");

struct xvm_type {
    uint32_t parameter_count;
    uint32_t result_count;
    const uint8_t *kinds;  // parameters then results, as the binary format's value type bytes (0x7f = i32 …)
};

struct xvm_function_import {
    uint32_t host_import;  // number of a row in xvm_host_imports.h; no name of the Module travels
    uint32_t type;         // canonical type index
};

struct xvm_global_import {
    uint32_t host_global;  // number of a row in xvm_host_imports.h
    uint32_t kind;         // value type byte
};

struct xvm_table_limits {
    uint32_t minimum;
    uint32_t maximum;  // = minimum: no instruction grows it; 0xffffffff: none declared
};

struct xvm_export {
    void (*call)(struct xvm_instance *, uint64_t *slots);  // loads gas and depth, calls, checks gas >= 0, stores gas
    uint32_t type;
    uint32_t reserved;
};

#define XVM_DESCRIPTOR_METERED 1u

struct xvm_descriptor {
    uint32_t magic;
    uint32_t abi_version;
    uint32_t header_size;  // bytes from an instance to its linear memory
    uint32_t flags;
    uint8_t module_hash[32];    // SHA-256 of the Wasm bytes
    uint8_t schedule_hash[32];  // SHA-256 of the gas schedule's file
    uint32_t memory_count;      // 0 or 1
    uint32_t memory_pages_min;
    uint32_t memory_pages_max;  // declared, else 65536
    uint32_t static_top;        // greatest end of an active data segment with a constant offset
    uint32_t type_count;
    uint32_t table_count;
    uint32_t function_import_count;
    uint32_t global_import_count;
    uint32_t global_count;      // imported ones included
    uint32_t export_count;      // function exports, in the order of the export section
    const struct xvm_type *types;
    const struct xvm_table_limits *tables;
    const struct xvm_function_import *function_imports;
    const struct xvm_global_import *global_imports;
    const struct xvm_export *exports;
    // Globals, then element segments, then data segments (each checked whole before its first write), then start.
    // Called like an export: memory and tables are zeroed, imported globals are in place, gas and depth are set.
    void (*init)(struct xvm_instance *);
};
_Static_assert(offsetof(struct xvm_descriptor, memory_count) == 80, "descriptor");
_Static_assert(offsetof(struct xvm_descriptor, types) == 120, "descriptor");
_Static_assert(sizeof(struct xvm_descriptor) == 168, "descriptor");

#endif
