// SPDX-License-Identifier: Apache-2.0
// Groups: instances of several Modules in one process that import memories, tables, globals and functions from each other. Their
// code has the linked shape (XVMCompiler, LinkedShape.swift): what may be another instance's lies behind a pointer of struct
// xvm_links. The contract of a chain is never one of them; the specification's own tests are.
// Run by: a worker that is built for it (Tests/Spectest), and in-process embedders. xvm_new_group belongs before the run filter;
// afterwards nothing allocates, and the only system calls are mprotect and madvise inside the arena.
#ifndef XVM_LINK_H
#define XVM_LINK_H

#include <stddef.h>
#include <stdint.h>

#include "xvm.h"

// --- What emitted code sees -----------------------------------------------------------------------------------------

#define XVM_DESCRIPTOR_LINKED 2u   // flag of a descriptor: the code has the linked shape
#define XVM_INSTANCE_LINKS 72u     // offset of a const struct xvm_links * in the instance: its first reserved word

// A function as other instances reach it. A table's entry holds a pointer to one; a funcref is its number in the group, from 1.
struct xvm_function {
    void *code;  // inner convention
    struct xvm_instance *instance;
    uint32_t type;  // number of its type among the group's
    uint32_t reserved;
};

// Linear memory: addresses below `room` are base + address, where everything behind the memory's size has no access.
struct xvm_memory {
    uint8_t *base;
    uint64_t room;
};

struct xvm_links {
    void **globals;                    // one per global: where its value lies
    const struct xvm_memory *memory;   // NULL: none
    struct xvm_table **tables;
    const struct xvm_function **imports;  // one per function import
    const struct xvm_function *functions; // of the group
    const uint32_t *types;             // the group's number of each canonical type
    uint32_t function_count;           // of the group
    uint32_t reference_base;           // own function number r is the group's function reference_base + r
};

// A linked descriptor's exports go on behind export_count: the functions that can be referred to, by number from 1 (code in the
// inner convention as `call`, canonical type, number as `reserved`), then a row of zeros.

_Static_assert(sizeof(struct xvm_function) == 24, "function");
_Static_assert(sizeof(struct xvm_memory) == 16, "memory");
_Static_assert(sizeof(struct xvm_links) == 56, "links");
_Static_assert(offsetof(struct xvm_instance, reserved) == XVM_INSTANCE_LINKS, "links in the instance");

// --- Groups ---------------------------------------------------------------------------------------------------------

typedef struct xvm_group xvm_group_t;

// Where an import comes from: a module of the group and, there, a function by its number among those that can be referred to
// (from 1), a table or a global by its index. A memory needs the module alone.
struct xvm_import_source {
    uint32_t module;
    uint32_t index;
};

// The sources of a module's imports, each kind in the order of the import section. memory: NULL when it has its own or none.
struct xvm_sources {
    const struct xvm_import_source *functions, *tables, *globals, *memory;
    uint32_t function_count, table_count, global_count;
};

// Memories of a group share one reservation of 4 GiB: as many memories, of this many pages at most, less one.
#define XVM_GROUP_MEMORIES_MAX 64u
#define XVM_GROUP_MEMORY_PAGES_MAX 1023u

// Takes everything that `count` modules will need but what memories grow by; the descriptors must outlive the group and lie in one
// loaded object. The caller owns *group (xvm_release_group). An in-process embedder installs the fault handlers first.
enum xvm_status xvm_new_group(
    const struct xvm_descriptor *const *descriptors, uint32_t count, xvm_group_t **group, xvm_error_t *error);
void xvm_release_group(xvm_group_t *group);

// Makes the instance of a module, once: imports first, then its init. The embedder has compared the types of imports; that the
// sources exist is checked here. OK: `completion` says how init ended. What init wrote before a trap stays, as the specification
// asks for; only after RETURNED may the instance be called.
enum xvm_status xvm_group_instantiate(
    xvm_group_t *group, uint32_t module, const struct xvm_sources *sources, int64_t gas_limit, const xvm_limits_t *limits,
    xvm_completion_t *completion, xvm_error_t *error);
// Calls a function export with `gas_limit` gas; slots as for xvm_call.
enum xvm_status xvm_group_call(
    xvm_group_t *group, uint32_t module, uint32_t export_index, int64_t gas_limit, uint64_t *slots, uint32_t parameter_count,
    uint32_t slot_capacity, xvm_completion_t *completion, xvm_error_t *error);

// Numbers of slots of an export; false: no such module or export.
bool xvm_group_arity(const xvm_group_t *group, uint32_t module, uint32_t export_index, uint32_t *parameters, uint32_t *results);
// The 16 bytes of a global; false: no such instance or global.
bool xvm_group_global(const xvm_group_t *group, uint32_t module, uint32_t global, uint64_t bits[2]);
// Pages of its memory and entries of a table; 0 where there is none.
uint32_t xvm_group_memory_pages(const xvm_group_t *group, uint32_t module);
uint32_t xvm_group_table_size(const xvm_group_t *group, uint32_t module, uint32_t table);

#endif
