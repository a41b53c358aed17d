// SPDX-License-Identifier: Apache-2.0
// A group of instances that share memories, tables, globals and functions. Run by: a worker that is built for it (everything but
// xvm_new_group and xvm_release_group behind the run filter), and in-process embedders.

#include "xvm_link.h"

#include <errno.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "internal.h"
#include "xvm_runtime.h"

#define SLOT_SIZE ((uint64_t)(XVM_GROUP_MEMORY_PAGES_MAX + 1u) * XVM_PAGE_SIZE)
// No access of 16 bytes that begins below reaches the next memory.
#define SLOT_ROOM ((uint64_t)XVM_GROUP_MEMORY_PAGES_MAX * XVM_PAGE_SIZE)

struct memory {
    struct xvm_memory seen;   // what emitted code sees
    struct xvm_arena arena;   // a part of the group's
    uint32_t pages, pages_max;
};

struct member {
    struct xvm_code *code;
    struct xvm_instance *instance;
    struct xvm_links links;
    struct xvm_table *own_tables;  // one per table; an imported one's stays unused
    struct memory *memory;         // own or imported
    uint32_t *types;
    bool made, ready;
};

struct xvm_group {
    struct xvm_context context;  // the door, the arena and the text range of whatever runs
    uint32_t count;
    struct member *members;
    struct xvm_function *functions;
    uint32_t function_count;
    struct memory memories[XVM_GROUP_MEMORIES_MAX];
    uint32_t memory_count;
};

// --- Callbacks of emitted code --------------------------------------------------------------------------------------

static struct xvm_group *group_of(const struct xvm_instance *instance) {
    struct xvm_group *group = instance->context;
    if (xvm_running == NULL || xvm_running != &group->context) xvm_bug();
    return group;
}

__attribute__((noreturn)) static void on_trap(struct xvm_instance *instance, uint32_t trap) {
    struct xvm_group *group = group_of(instance);
    if (trap == XVM_TRAP_NONE || trap == XVM_TRAP_HOST_ABORT || trap > XVM_TRAP_OUT_OF_GAS) xvm_bug();
    xvm_leave(&group->context, (enum xvm_trap)trap);
}

static void on_host_call(struct xvm_instance *instance, uint32_t import, uint64_t *slots) {
    (void)instance;
    (void)import;
    (void)slots;
    xvm_bug();  // a linked module imports from instances alone
}

// Everybody who has this memory sees its size in his own header.
static void tell_size(struct xvm_group *group, const struct memory *memory) {
    for (uint32_t i = 0; i < group->count; i++) {
        if (group->members[i].memory != memory) continue;
        group->members[i].instance->memory_pages = memory->pages;
        group->members[i].instance->memory_size = (uint64_t)memory->pages * XVM_PAGE_SIZE;
    }
}

static uint32_t on_memory_grow(struct xvm_instance *instance, uint32_t delta_pages) {
    struct xvm_group *group = group_of(instance);
    struct memory *memory = NULL;
    for (uint32_t i = 0; i < group->count; i++) {
        if (group->members[i].instance == instance) memory = group->members[i].memory;
    }
    if (memory == NULL) xvm_bug();
    uint32_t old = memory->pages;
    if (delta_pages > memory->pages_max - old) return UINT32_MAX;
    if (delta_pages == 0) return old;
    if (xvm_arena_resize(&memory->arena, (uint64_t)(old + delta_pages) * XVM_PAGE_SIZE) != 0) {
        xvm_growth_refused();
        return UINT32_MAX;
    }
    memory->pages = old + delta_pages;
    tell_size(group, memory);
    return old;
}

// --- Making ---------------------------------------------------------------------------------------------------------

static uint32_t references_of(const struct xvm_descriptor *d) {
    uint32_t count = 0;
    while (d->exports[d->export_count + count].call != NULL) count++;
    return count;
}

static bool same_type(const struct xvm_type *a, const struct xvm_type *b) {
    if (a->parameter_count != b->parameter_count || a->result_count != b->result_count) return false;
    uint32_t count = a->parameter_count + a->result_count;
    return count == 0 || memcmp(a->kinds, b->kinds, count) == 0;
}

// Numbers a type by the first one like it in the group.
static uint32_t type_number(const struct xvm_group *group, uint32_t module, uint32_t type) {
    uint32_t number = 0;
    const struct xvm_type *wanted = &group->members[module].code->descriptor->types[type];
    for (uint32_t m = 0; m <= module; m++) {
        const struct xvm_descriptor *d = group->members[m].code->descriptor;
        uint32_t end = m == module ? type : d->type_count;
        for (uint32_t t = 0; t < end; t++, number++) {
            if (same_type(&d->types[t], wanted)) return number;
        }
    }
    return number;
}

static int open_tables(struct member *member) {
    const struct xvm_descriptor *d = member->code->descriptor;
    member->own_tables = calloc((size_t)d->table_count + 1, sizeof *member->own_tables);
    if (member->own_tables == NULL) return ENOMEM;
    for (uint32_t i = 0; i < d->table_count; i++) {
        struct xvm_table *table = &member->own_tables[i];
        table->size = d->tables[i].minimum;
        table->maximum = xvm_table_room(d, i);
        size_t size = (size_t)table->maximum * sizeof(struct xvm_table_entry);
        if (size == 0) continue;
        void *mapping = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (mapping == MAP_FAILED) return errno;
        table->entries = mapping;
    }
    return 0;
}

static int open_member(struct xvm_group *group, uint32_t index) {
    struct member *member = &group->members[index];
    const struct xvm_descriptor *d = member->code->descriptor;
    member->instance = calloc(1, d->header_size);
    member->links.globals = calloc((size_t)d->global_count + 1, sizeof(void *));
    member->links.tables = calloc((size_t)d->table_count + 1, sizeof(struct xvm_table *));
    member->links.imports = calloc((size_t)d->function_import_count + 1, sizeof(struct xvm_function *));
    member->types = calloc((size_t)d->type_count + 1, sizeof *member->types);
    if (member->instance == NULL || member->links.globals == NULL || member->links.tables == NULL
        || member->links.imports == NULL || member->types == NULL) {
        return ENOMEM;
    }
    for (uint32_t t = 0; t < d->type_count; t++) member->types[t] = type_number(group, index, t);
    member->links.types = member->types;
    member->links.functions = group->functions;
    member->links.function_count = group->function_count;
    uint32_t references = references_of(d);
    for (uint32_t r = 0; r < references; r++) {
        const struct xvm_export *row = &d->exports[d->export_count + r];
        struct xvm_function *function = &group->functions[member->links.reference_base + r];
        memcpy(&function->code, &row->call, sizeof function->code);
        function->instance = member->instance;
        function->type = member->types[row->type];
    }
    return open_tables(member);
}

static enum xvm_status open_codes(struct xvm_group *group, const struct xvm_descriptor *const *descriptors, xvm_error_t *error) {
    for (uint32_t i = 0; i < group->count; i++) {
        enum xvm_status status = xvm_new_code(descriptors[i], &group->members[i].code, error);
        if (status != XVM_STATUS_OK) return status;
        if ((descriptors[i]->flags & XVM_DESCRIPTOR_LINKED) == 0) {
            return xvm_refuse(error, XVM_STATUS_BAD_DESCRIPTOR, 0, "module %u of the group has another shape", i);
        }
        if (group->members[i].code->text_start != group->members[0].code->text_start) {
            return xvm_refuse(error, XVM_STATUS_BAD_DESCRIPTOR, 0, "module %u of the group lies in another object", i);
        }
        uint32_t references = references_of(descriptors[i]);
        for (uint32_t r = 0; r < references; r++) {
            const struct xvm_export *row = &descriptors[i]->exports[descriptors[i]->export_count + r];
            if (row->type < descriptors[i]->type_count && row->reserved == r + 1) continue;
            return xvm_refuse(error, XVM_STATUS_BAD_DESCRIPTOR, 0, "function %u of module %u has type %u and number %u", r, i,
                row->type, row->reserved);
        }
        group->members[i].links.reference_base = group->function_count;
        group->function_count += references;
    }
    return XVM_STATUS_OK;
}

enum xvm_status xvm_new_group(
    const struct xvm_descriptor *const *descriptors, uint32_t count, xvm_group_t **result, xvm_error_t *error) {
    *result = NULL;
    if (!xvm_fault_handlers_installed()) {
        return xvm_refuse(error, XVM_STATUS_NOT_READY, 0, "no fault handlers are installed, so no access outside memory could trap");
    }
    if (count == 0) return xvm_refuse(error, XVM_STATUS_BAD_ARGUMENTS, 0, "a group of no modules");
    xvm_group_t *group = calloc(1, sizeof *group);
    if (group == NULL) return xvm_refuse(error, XVM_STATUS_NO_MEMORY, errno, "no memory for a group");
    group->members = calloc(count, sizeof *group->members);
    group->count = group->members == NULL ? 0 : count;
    enum xvm_status status = XVM_STATUS_OK;
    int failure = group->members == NULL ? ENOMEM : 0;
    if (failure == 0) status = open_codes(group, descriptors, error);
    if (failure == 0 && status == XVM_STATUS_OK) {
        group->functions = calloc((size_t)group->function_count + 1, sizeof *group->functions);
        if (group->functions == NULL) failure = ENOMEM;
        for (uint32_t i = 0; failure == 0 && i < count; i++) failure = open_member(group, i);
        if (failure == 0) failure = xvm_arena_open(&group->context.arena, XVM_PAGE_SIZE);
    }
    if (failure != 0) status = xvm_refuse(error, XVM_STATUS_NO_MEMORY, failure, "no memory for a group of %u: errno %d", count, failure);
    if (status != XVM_STATUS_OK) {
        xvm_release_group(group);
        return status;
    }
    group->context.code = group->members[0].code;
    group->context.state = XVM_CONTEXT_READY;
    *result = group;
    return XVM_STATUS_OK;
}

void xvm_release_group(xvm_group_t *group) {
    if (group == NULL) return;
    for (uint32_t i = 0; i < group->count; i++) {
        struct member *member = &group->members[i];
        for (uint32_t t = 0; member->own_tables != NULL && t < member->code->descriptor->table_count; t++) {
            if (member->own_tables[t].entries == NULL) continue;
            uint32_t room = xvm_table_room(member->code->descriptor, t);
            munmap(member->own_tables[t].entries, (size_t)room * sizeof(struct xvm_table_entry));
        }
        free(member->own_tables);
        free(member->instance);
        free(member->links.globals);
        free(member->links.tables);
        free(member->links.imports);
        free(member->types);
        xvm_release_code(member->code);
    }
    for (uint32_t i = 0; i < group->memory_count; i++) {
        xvm_arena_clear(&group->memories[i].arena);
        (void)xvm_arena_resize(&group->memories[i].arena, 0);
    }
    if (group->context.arena.start != NULL) xvm_arena_close(&group->context.arena);
    free(group->members);
    free(group->functions);
    free(group);
}

// --- Instantiating --------------------------------------------------------------------------------------------------

// The module that an import names, if it has been instantiated (also where its init trapped).
static const struct member *source(const xvm_group_t *group, const struct xvm_import_source *from) {
    return from->module < group->count && group->members[from->module].made ? &group->members[from->module] : NULL;
}

static enum xvm_status missing(xvm_error_t *error, const char *kind, uint32_t index) {
    return xvm_refuse(error, XVM_STATUS_UNRESOLVED, 0, "%s import %u names nothing", kind, index);
}

static enum xvm_status link_imports(
    xvm_group_t *group, struct member *member, const struct xvm_sources *sources, xvm_error_t *error) {
    const struct xvm_descriptor *d = member->code->descriptor;
    if (sources->function_count != d->function_import_count || sources->global_count != d->global_import_count
        || sources->table_count > d->table_count || (sources->memory != NULL && d->memory_count == 0)) {
        return xvm_refuse(error, XVM_STATUS_BAD_ARGUMENTS, 0, "sources of %u functions, %u tables and %u globals for %u, %u and %u",
            sources->function_count, sources->table_count, sources->global_count, d->function_import_count, d->table_count,
            d->global_import_count);
    }
    for (uint32_t i = 0; i < sources->function_count; i++) {
        const struct member *from = source(group, &sources->functions[i]);
        uint32_t number = sources->functions[i].index;
        if (from == NULL || number == 0 || number > references_of(from->code->descriptor)) return missing(error, "function", i);
        member->links.imports[i] = &group->functions[from->links.reference_base + number - 1];
        if (member->links.imports[i]->type != member->types[d->function_imports[i].type]) {
            return xvm_refuse(error, XVM_STATUS_IMPORT_TYPE, 0, "function import %u has another type", i);
        }
    }
    for (uint32_t i = 0; i < d->table_count; i++) {
        member->links.tables[i] = &member->own_tables[i];
        if (i >= sources->table_count) continue;
        const struct member *from = source(group, &sources->tables[i]);
        if (from == NULL || sources->tables[i].index >= from->code->descriptor->table_count) return missing(error, "table", i);
        member->links.tables[i] = from->links.tables[sources->tables[i].index];
    }
    for (uint32_t i = 0; i < d->global_count; i++) {
        member->links.globals[i] = (uint8_t *)member->instance + XVM_INSTANCE_GLOBALS + 16 * (size_t)i;
        if (i >= sources->global_count) continue;
        const struct member *from = source(group, &sources->globals[i]);
        if (from == NULL || sources->globals[i].index >= from->code->descriptor->global_count) return missing(error, "global", i);
        member->links.globals[i] = from->links.globals[sources->globals[i].index];
    }
    if (sources->memory != NULL) {
        const struct member *from = source(group, sources->memory);
        if (from == NULL || from->memory == NULL) return missing(error, "memory", 0);
        member->memory = from->memory;
    }
    return XVM_STATUS_OK;
}

static enum xvm_status make_memory(xvm_group_t *group, struct member *member, uint32_t pages_limit, xvm_error_t *error) {
    const struct xvm_descriptor *d = member->code->descriptor;
    if (group->memory_count == XVM_GROUP_MEMORIES_MAX || d->memory_pages_min > XVM_GROUP_MEMORY_PAGES_MAX
        || d->memory_pages_min > pages_limit) {
        return xvm_refuse(error, XVM_STATUS_BAD_LIMIT, 0, "memory %u of a group with %u pages, the limits are %u and %u",
            group->memory_count, d->memory_pages_min, XVM_GROUP_MEMORIES_MAX, XVM_GROUP_MEMORY_PAGES_MAX);
    }
    struct memory *memory = &group->memories[group->memory_count];
    uint8_t *base = group->context.arena.base + group->memory_count * SLOT_SIZE;
    memory->arena = (struct xvm_arena){.start = base, .size = SLOT_SIZE, .base = base, .fixed = true};
    int failure = xvm_arena_resize(&memory->arena, (uint64_t)d->memory_pages_min * XVM_PAGE_SIZE);
    if (failure != 0) return xvm_refuse(error, XVM_STATUS_NO_MEMORY, failure, "no memory for %u pages", d->memory_pages_min);
    group->memory_count++;
    memory->seen = (struct xvm_memory){.base = base, .room = SLOT_ROOM};
    memory->pages = d->memory_pages_min;
    memory->pages_max = d->memory_pages_max;
    if (memory->pages_max > XVM_GROUP_MEMORY_PAGES_MAX) memory->pages_max = XVM_GROUP_MEMORY_PAGES_MAX;
    if (memory->pages_max > pages_limit) memory->pages_max = pages_limit;
    member->memory = memory;
    return XVM_STATUS_OK;
}

// `entry` of an instance, or its init, behind the door. False: left by a trap.
static bool run_behind_door(
    struct xvm_group *group, struct member *member, void (*entry)(struct xvm_instance *, uint64_t *), uint64_t *slots) {
    if (_setjmp(group->context.door) != 0) return false;
    if (entry != NULL) {
        entry(member->instance, slots);
    } else {
        member->code->descriptor->init(member->instance);
    }
    return true;
}

static void run(
    struct xvm_group *group, struct member *member, void (*entry)(struct xvm_instance *, uint64_t *), uint64_t *slots,
    int64_t gas_limit, xvm_completion_t *completion) {
    struct xvm_context *context = &group->context;
    context->outer = xvm_running;
    context->state = XVM_CONTEXT_RUNNING;
    context->trap = XVM_TRAP_NONE;
    context->gas_limit = gas_limit;
    member->instance->gas = gas_limit;
    xvm_running = context;
    bool returned = run_behind_door(group, member, entry, slots);
    xvm_running = context->outer;
    context->outer = NULL;
    context->state = XVM_CONTEXT_READY;
    *completion = (xvm_completion_t){.ending = XVM_ENDING_RETURNED, .trap = XVM_TRAP_NONE};
    if (returned) {
        if (member->instance->gas < 0 || member->instance->gas > gas_limit) xvm_bug();
    } else {
        member->instance->gas = 0;
        bool out_of_gas = context->trap == XVM_TRAP_OUT_OF_GAS;
        completion->ending = out_of_gas ? XVM_ENDING_OUT_OF_GAS : XVM_ENDING_TRAPPED;
        completion->trap = out_of_gas ? XVM_TRAP_NONE : context->trap;
    }
    completion->gas_used = gas_limit - member->instance->gas;
}

static enum xvm_status check_gas(const xvm_group_t *group, int64_t gas_limit, xvm_error_t *error) {
    if (group->context.state == XVM_CONTEXT_RUNNING) return xvm_refuse(error, XVM_STATUS_BUSY, 0, "the group is running");
    if (gas_limit >= 0 && gas_limit <= XVM_GAS_LIMIT_MAX) return XVM_STATUS_OK;
    return xvm_refuse(error, XVM_STATUS_BAD_LIMIT, 0, "gas limit %lld, the greatest is %lld", (long long)gas_limit,
        (long long)XVM_GAS_LIMIT_MAX);
}

enum xvm_status xvm_group_instantiate(
    xvm_group_t *group, uint32_t module, const struct xvm_sources *sources, int64_t gas_limit, const xvm_limits_t *limits,
    xvm_completion_t *completion, xvm_error_t *error) {
    if (module >= group->count || group->members[module].made) {
        return xvm_refuse(error, XVM_STATUS_NOT_READY, 0, "module %u of %u does not exist or has its instance", module, group->count);
    }
    if (limits->frame_limit > XVM_DEPTH_MAX || limits->stack_limit > XVM_DEPTH_MAX) {
        return xvm_refuse(error, XVM_STATUS_BAD_LIMIT, 0, "frame limit %u and stack limit %u, the greatest is %u",
            limits->frame_limit, limits->stack_limit, XVM_DEPTH_MAX);
    }
    struct member *member = &group->members[module];
    const struct xvm_descriptor *d = member->code->descriptor;
    enum xvm_status status = check_gas(group, gas_limit, error);
    if (status == XVM_STATUS_OK) status = link_imports(group, member, sources, error);
    if (status == XVM_STATUS_OK && d->memory_count > 0 && sources->memory == NULL) {
        status = make_memory(group, member, limits->memory_pages_max, error);
    }
    if (status != XVM_STATUS_OK) return status;
    member->made = true;
    member->links.memory = member->memory == NULL ? NULL : &member->memory->seen;
    *member->instance = (struct xvm_instance){
        .depth = ((int64_t)limits->frame_limit << 32) + (int64_t)limits->stack_limit,
        .trap = on_trap,
        .host_call = on_host_call,
        .memory_grow = on_memory_grow,
        .tables = member->own_tables,
        .context = group,
        .reserved = {(uint64_t)(uintptr_t)&member->links},
    };
    if (member->memory != NULL) {
        member->instance->memory_pages_max = member->memory->pages_max;
        tell_size(group, member->memory);
    }
    run(group, member, NULL, NULL, gas_limit, completion);
    member->ready = completion->ending == XVM_ENDING_RETURNED;
    return XVM_STATUS_OK;
}

enum xvm_status xvm_group_call(
    xvm_group_t *group, uint32_t module, uint32_t export_index, int64_t gas_limit, uint64_t *slots, uint32_t parameter_count,
    uint32_t slot_capacity, xvm_completion_t *completion, xvm_error_t *error) {
    enum xvm_status status = check_gas(group, gas_limit, error);
    if (status != XVM_STATUS_OK) return status;
    uint32_t parameters = 0;
    uint32_t results = 0;
    if (!xvm_group_arity(group, module, export_index, &parameters, &results)) {
        return xvm_refuse(error, XVM_STATUS_NO_EXPORT, 0, "export %u of module %u", export_index, module);
    }
    struct member *member = &group->members[module];
    if (!member->ready) return xvm_refuse(error, XVM_STATUS_NOT_READY, 0, "module %u has no instance", module);
    if (parameter_count != parameters || slot_capacity < parameters || slot_capacity < results
        || (slots == NULL && parameters + results > 0)) {
        return xvm_refuse(error, XVM_STATUS_BAD_ARGUMENTS, 0,
            "%u arguments in %u slots, export %u takes %u and gives %u results", parameter_count, slot_capacity, export_index,
            parameters, results);
    }
    run(group, member, member->code->descriptor->exports[export_index].call, slots, gas_limit, completion);
    return XVM_STATUS_OK;
}

// --- Looking --------------------------------------------------------------------------------------------------------

bool xvm_group_arity(const xvm_group_t *group, uint32_t module, uint32_t export_index, uint32_t *parameters, uint32_t *results) {
    return module < group->count && xvm_export_arity(group->members[module].code, export_index, parameters, results);
}

bool xvm_group_global(const xvm_group_t *group, uint32_t module, uint32_t global, uint64_t bits[2]) {
    if (module >= group->count || !group->members[module].made) return false;
    const struct member *member = &group->members[module];
    if (global >= member->code->descriptor->global_count) return false;
    memcpy(bits, member->links.globals[global], 16);
    return true;
}

uint32_t xvm_group_memory_pages(const xvm_group_t *group, uint32_t module) {
    if (module >= group->count || group->members[module].memory == NULL) return 0;
    return group->members[module].memory->pages;
}

uint32_t xvm_group_table_size(const xvm_group_t *group, uint32_t module, uint32_t table) {
    if (module >= group->count || !group->members[module].made) return 0;
    const struct member *member = &group->members[module];
    return table < member->code->descriptor->table_count ? member->links.tables[table]->size : 0;
}
