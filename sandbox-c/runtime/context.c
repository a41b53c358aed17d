// SPDX-License-Identifier: Apache-2.0
// A Context: one instance of a Code in its arena, its calls, its gas, and the callbacks of emitted code.
// Run by: worker (from xvm_init_context on behind the run filter) and in-process embedders.

#include <errno.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "internal.h"
#include "xvm_runtime.h"

// --- Callbacks of emitted code --------------------------------------------------------------------------------------

// The context that runs on this thread is the one that emitted code speaks for; the header is not asked.
static struct xvm_context *speaker(const struct xvm_instance *instance) {
    struct xvm_context *context = xvm_running;
    if (context == NULL || context->instance != instance) xvm_bug();
    return context;
}

__attribute__((noreturn)) static void on_trap(struct xvm_instance *instance, uint32_t trap) {
    struct xvm_context *context = speaker(instance);
    if (trap == XVM_TRAP_NONE || trap == XVM_TRAP_HOST_ABORT || trap > XVM_TRAP_OUT_OF_GAS) xvm_bug();
    xvm_leave(context, (enum xvm_trap)trap);
}

static void on_host_call(struct xvm_instance *instance, uint32_t import, uint64_t *slots) {
    struct xvm_context *context = speaker(instance);
    const struct xvm_code *code = context->code;
    if (import >= code->descriptor->function_import_count) xvm_bug();
    enum xvm_trap trap = code->resolver.call_func(
        code->resolver.env, code->handles[import], context, slots, code->parameter_counts[import]);
    if (trap != XVM_TRAP_NONE) xvm_leave(context, trap);
}

static uint32_t on_memory_grow(struct xvm_instance *instance, uint32_t delta_pages) {
    struct xvm_context *context = speaker(instance);
    uint32_t old = context->memory_pages;
    if (delta_pages > context->memory_pages_max - old) return UINT32_MAX;
    if (delta_pages == 0) return old;
    uint32_t pages = old + delta_pages;
    if (xvm_arena_resize(&context->arena, (uint64_t)pages * XVM_PAGE_SIZE) != 0) {
        xvm_growth_refused();
        return UINT32_MAX;
    }
    context->memory_pages = pages;
    instance->memory_pages = pages;
    instance->memory_size = (uint64_t)pages * XVM_PAGE_SIZE;
    return old;
}

// --- Making and releasing -------------------------------------------------------------------------------------------

uint32_t xvm_table_room(const struct xvm_descriptor *d, uint32_t index) {
    uint32_t growing = 0;
    for (uint32_t i = 0; i < d->table_count; i++) growing += d->tables[i].maximum > d->tables[i].minimum;
    const struct xvm_table_limits *limits = &d->tables[index];
    if (limits->maximum == limits->minimum) return limits->minimum;
    uint32_t share = XVM_TABLE_GROWTH_MAX / growing;
    uint32_t room = limits->maximum < share ? limits->maximum : share;
    return room > limits->minimum ? room : limits->minimum;
}

static size_t table_bytes(const struct xvm_descriptor *d, uint32_t index) {
    return (size_t)xvm_table_room(d, index) * sizeof(struct xvm_table_entry);
}

static int open_tables(struct xvm_context *context) {
    const struct xvm_descriptor *d = context->code->descriptor;
    context->tables = calloc((size_t)d->table_count + 1, sizeof *context->tables);
    if (context->tables == NULL) return ENOMEM;
    for (uint32_t i = 0; i < d->table_count; i++) {
        size_t size = table_bytes(d, i);
        if (size == 0) continue;
        void *mapping = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (mapping == MAP_FAILED) return errno;
        context->tables[i].entries = mapping;
    }
    return 0;
}

static void discard(struct xvm_context *context) {
    const struct xvm_descriptor *d = context->code->descriptor;
    for (uint32_t i = 0; context->tables != NULL && i < d->table_count; i++) {
        if (context->tables[i].entries != NULL) munmap(context->tables[i].entries, table_bytes(d, i));
    }
    free(context->tables);
    xvm_arena_close(&context->arena);
    free(context);
}

// Bytes of linear memory that an instance begins with.
static uint64_t first_size(const struct xvm_descriptor *d) {
    return d->memory_count == 0 ? 0 : (uint64_t)d->memory_pages_min * XVM_PAGE_SIZE;
}

enum xvm_status xvm_new_context(const xvm_code_t *code, xvm_context_t **result, xvm_error_t *error) {
    *result = NULL;
    if (!code->ready) return xvm_refuse(error, XVM_STATUS_NOT_READY, 0, "the code is not initialised");
    if (!xvm_fault_handlers_installed()) {
        return xvm_refuse(error, XVM_STATUS_NOT_READY, 0, "no fault handlers are installed, so no access outside memory could trap");
    }
    const struct xvm_descriptor *d = code->descriptor;
    xvm_context_t *context = calloc(1, sizeof *context);
    if (context == NULL) return xvm_refuse(error, XVM_STATUS_NO_MEMORY, errno, "no memory for a context");
    context->code = code;
    int failure = xvm_arena_open(&context->arena, d->header_size);
    if (failure != 0) {
        context->arena.start = NULL;
        discard(context);
        return xvm_refuse(error, XVM_STATUS_NO_MEMORY, failure, "no address space for linear memory: errno %d", failure);
    }
    uint32_t pages_max = context->arena.pages_max;
    if (d->memory_count > 0 && d->memory_pages_min > pages_max) {
        discard(context);
        return xvm_refuse(error, XVM_STATUS_BAD_LIMIT, 0, "the module needs %u pages of memory, the limit is %u", d->memory_pages_min,
            pages_max);
    }
    failure = xvm_arena_resize(&context->arena, first_size(d));
    if (failure == 0) failure = open_tables(context);
    if (failure != 0) {
        discard(context);
        return xvm_refuse(error, XVM_STATUS_NO_MEMORY, failure, "no memory for %u pages and %u tables: errno %d",
            d->memory_pages_min, d->table_count, failure);
    }
    context->instance = (struct xvm_instance *)(void *)(context->arena.base - d->header_size);
    context->state = XVM_CONTEXT_EMPTY;
    *result = context;
    return XVM_STATUS_OK;
}

enum xvm_status xvm_reset_context(xvm_context_t *context) {
    if (context->state == XVM_CONTEXT_RUNNING) return XVM_STATUS_BUSY;
    const struct xvm_descriptor *d = context->code->descriptor;
    xvm_arena_clear(&context->arena);
    // Taking access away cannot fail for want of memory that would be needed; if it does, nothing of it may be kept up.
    if (xvm_arena_resize(&context->arena, first_size(d)) != 0) xvm_bug();
    xvm_bytes_clear((uint8_t *)context->instance, d->header_size);
    for (uint32_t i = 0; i < d->table_count; i++) {
        // Entries behind the size were never written: a table only grows.
        uint32_t room = xvm_table_room(d, i);
        uint32_t size = context->tables[i].size < room ? context->tables[i].size : room;
        xvm_bytes_clear((uint8_t *)context->tables[i].entries, (size_t)size * sizeof(struct xvm_table_entry));
    }
    memset(context->text, 0, sizeof context->text);
    context->text_size = 0;
    context->memory_pages = 0;
    context->state = XVM_CONTEXT_EMPTY;
    return XVM_STATUS_OK;
}

enum xvm_status xvm_release_context(xvm_context_t *context) {
    if (context == NULL) return XVM_STATUS_OK;
    if (context->state == XVM_CONTEXT_RUNNING) return XVM_STATUS_BUSY;
    discard(context);
    return XVM_STATUS_OK;
}

// --- Running --------------------------------------------------------------------------------------------------------

// Runs `entry` (or, where it is NULL, the object's init) behind the door. False: left by a trap.
static bool run_behind_door(
    struct xvm_context *context, void (*entry)(struct xvm_instance *, uint64_t *), uint64_t *slots) {
    // Nothing local is written between here and the jump back, so nothing needs to be volatile.
    if (_setjmp(context->door) != 0) return false;
    if (entry != NULL) {
        entry(context->instance, slots);
    } else {
        context->code->descriptor->init(context->instance);
    }
    return true;
}

static void run(
    struct xvm_context *context, void (*entry)(struct xvm_instance *, uint64_t *), uint64_t *slots,
    xvm_completion_t *completion) {
    struct xvm_instance *instance = context->instance;
    context->outer = xvm_running;
    context->state = XVM_CONTEXT_RUNNING;
    context->trap = XVM_TRAP_NONE;
    context->text_size = 0;
    context->inner = false;
    xvm_running = context;
    bool returned = run_behind_door(context, entry, slots);
    xvm_running = context->outer;
    context->outer = NULL;
    *completion = (xvm_completion_t){.ending = XVM_ENDING_RETURNED, .trap = XVM_TRAP_NONE};
    if (returned) {
        if (instance->gas < 0 || instance->gas > context->gas_limit) xvm_bug();  // the export's wrapper looks at it last
    } else {
        instance->gas = 0;  // a fault lost the counter that was in a register; the whole limit is used in any case
        bool out_of_gas = context->trap == XVM_TRAP_OUT_OF_GAS;
        completion->ending = out_of_gas ? XVM_ENDING_OUT_OF_GAS : XVM_ENDING_TRAPPED;
        completion->trap = out_of_gas ? XVM_TRAP_NONE : context->trap;
        completion->text_size = context->trap == XVM_TRAP_HOST_ABORT ? context->text_size : 0;
        completion->text = context->text;
    }
    completion->gas_used = context->gas_limit - instance->gas;
}

enum xvm_status xvm_init_context(
    xvm_context_t *context, int64_t gas_limit, const xvm_limits_t *limits, xvm_completion_t *completion, xvm_error_t *error) {
    if (context->state != XVM_CONTEXT_EMPTY) {
        enum xvm_status status = context->state == XVM_CONTEXT_RUNNING ? XVM_STATUS_BUSY : XVM_STATUS_NOT_READY;
        return xvm_refuse(error, status, 0, "the context is neither new nor reset");
    }
    const struct xvm_descriptor *d = context->code->descriptor;
    if (gas_limit < 0 || gas_limit > XVM_GAS_LIMIT_MAX) {
        return xvm_refuse(error, XVM_STATUS_BAD_LIMIT, 0, "gas limit %lld, the greatest is %lld", (long long)gas_limit,
            (long long)XVM_GAS_LIMIT_MAX);
    }
    if (limits->frame_limit > XVM_DEPTH_MAX || limits->stack_limit > XVM_DEPTH_MAX) {
        return xvm_refuse(error, XVM_STATUS_BAD_LIMIT, 0, "frame limit %u and stack limit %u, the greatest is %u",
            limits->frame_limit, limits->stack_limit, XVM_DEPTH_MAX);
    }
    if (limits->memory_pages_max > context->arena.pages_max) {
        return xvm_refuse(error, XVM_STATUS_BAD_LIMIT, 0, "memory limit of %u pages, the arena has %u", limits->memory_pages_max,
            context->arena.pages_max);
    }
    uint32_t pages = d->memory_count == 0 ? 0 : d->memory_pages_min;
    uint32_t pages_max = d->memory_count == 0 ? 0 : d->memory_pages_max;
    if (pages > limits->memory_pages_max) {
        return xvm_refuse(error, XVM_STATUS_BAD_LIMIT, 0, "the module needs %u pages of memory, the limit is %u", pages,
            limits->memory_pages_max);
    }
    if (pages_max > limits->memory_pages_max) pages_max = limits->memory_pages_max;

    context->gas_limit = gas_limit;
    context->memory_pages = pages;
    context->memory_pages_max = pages_max;
    for (uint32_t i = 0; i < d->table_count; i++) {
        context->tables[i].size = d->tables[i].minimum;
        context->tables[i].maximum = xvm_table_room(d, i);
    }
    *context->instance = (struct xvm_instance){
        .gas = gas_limit,
        .memory_size = (uint64_t)pages * XVM_PAGE_SIZE,
        .memory_pages = pages,
        .memory_pages_max = pages_max,
        .depth = ((int64_t)limits->frame_limit << 32) + (int64_t)limits->stack_limit,
        .trap = on_trap,
        .host_call = on_host_call,
        .memory_grow = on_memory_grow,
        .tables = context->tables,
        .context = context,
    };
    uint8_t *globals = (uint8_t *)context->instance + XVM_INSTANCE_GLOBALS;
    for (uint32_t i = 0; i < d->global_import_count; i++) memcpy(globals + 16 * (size_t)i, &context->code->global_bits[i], 8);
    run(context, NULL, NULL, completion);
    context->state = completion->ending == XVM_ENDING_RETURNED ? XVM_CONTEXT_READY : XVM_CONTEXT_FAILED;
    return XVM_STATUS_OK;
}

enum xvm_status xvm_call(
    xvm_context_t *context, uint32_t export_index, uint64_t *slots, uint32_t parameter_count, uint32_t slot_capacity,
    xvm_completion_t *completion, xvm_error_t *error) {
    if (context->state == XVM_CONTEXT_RUNNING) return xvm_refuse(error, XVM_STATUS_BUSY, 0, "the context is running");
    if (context->state != XVM_CONTEXT_READY) return xvm_refuse(error, XVM_STATUS_NOT_READY, 0, "the context is not initialised");
    const struct xvm_descriptor *d = context->code->descriptor;
    uint32_t parameters = 0;
    uint32_t results = 0;
    if (!xvm_export_arity(context->code, export_index, &parameters, &results)) {
        return xvm_refuse(error, XVM_STATUS_NO_EXPORT, 0, "export %u of %u", export_index, d->export_count);
    }
    if (parameter_count != parameters || slot_capacity < parameters || slot_capacity < results
        || (slots == NULL && parameters + results > 0)) {
        return xvm_refuse(error, XVM_STATUS_BAD_ARGUMENTS, 0,
            "%u arguments in %u slots, export %u takes %u and gives %u results", parameter_count, slot_capacity, export_index,
            parameters, results);
    }
    run(context, d->exports[export_index].call, slots, completion);
    context->state = XVM_CONTEXT_READY;
    return XVM_STATUS_OK;
}

enum xvm_status xvm_call_uncharged(
    xvm_context_t *context, int64_t gas, uint32_t export_index, uint64_t *slots, uint32_t parameter_count, uint32_t slot_capacity,
    xvm_completion_t *completion, xvm_error_t *error) {
    if (context->state != XVM_CONTEXT_READY) return xvm_refuse(error, XVM_STATUS_NOT_READY, 0, "the context is not initialised");
    int64_t limit = context->gas_limit;
    int64_t left = context->instance->gas;
    context->gas_limit = gas;
    context->instance->gas = gas;
    enum xvm_status status =
        xvm_call(context, export_index, slots, parameter_count, slot_capacity, completion, error);
    context->gas_limit = limit;
    context->instance->gas = left;
    return status;
}

void xvm_call_inner(xvm_context_t *context, uint32_t export_index, uint64_t *slots) {
    struct xvm_instance *instance = context->instance;
    const struct xvm_descriptor *d = context->code->descriptor;
    if (xvm_running != context || export_index >= d->export_count) xvm_bug();
    if (context->inner) xvm_leave(context, XVM_TRAP_CALL_STACK_EXHAUSTED);
    // How deep the contract stands is known to its own code alone, so the inner call gets a small budget; the stack has room for it.
    int64_t depth = instance->depth;
    instance->depth = ((int64_t)XVM_INNER_FRAMES << 32) + XVM_INNER_STACK;
    context->inner = true;
    d->exports[export_index].call(instance, slots);
    context->inner = false;
    instance->depth = depth;
}

// --- Gas, memory, texts ---------------------------------------------------------------------------------------------

int64_t xvm_gas_used(const xvm_context_t *context) {
    return context->state == XVM_CONTEXT_EMPTY ? 0 : context->gas_limit - context->instance->gas;
}

int64_t xvm_gas_left(const xvm_context_t *context) {
    return context->state == XVM_CONTEXT_EMPTY ? 0 : context->instance->gas;
}

void xvm_charge_gas(xvm_context_t *context, int64_t amount) {
    if (context->state == XVM_CONTEXT_EMPTY || amount < 0 || amount > context->instance->gas) xvm_bug();
    context->instance->gas -= amount;
}

void xvm_reset_gas_used(xvm_context_t *context) {
    if (context->state != XVM_CONTEXT_EMPTY) context->instance->gas = context->gas_limit;
}

const xvm_code_t *xvm_context_code(const xvm_context_t *context) { return context->code; }

void xvm_set_user(xvm_context_t *context, void *user) { context->user = user; }

void *xvm_user(const xvm_context_t *context) { return context->user; }

uint32_t xvm_memory_pages(const xvm_context_t *context) { return context->memory_pages; }

uint64_t xvm_memory_size(const xvm_context_t *context) { return (uint64_t)context->memory_pages * XVM_PAGE_SIZE; }

uint8_t *xvm_memory(xvm_context_t *context, uint64_t address, uint64_t size) {
    uint64_t all = xvm_memory_size(context);
    if (size > all || address > all - size) return NULL;
    return context->arena.base + address;
}

bool xvm_memory_read(xvm_context_t *context, uint64_t address, void *bytes, uint64_t size) {
    const uint8_t *from = xvm_memory(context, address, size);
    if (from == NULL) return false;
    if (size > 0) memcpy(bytes, from, (size_t)size);
    return true;
}

bool xvm_memory_write(xvm_context_t *context, uint64_t address, const void *bytes, uint64_t size) {
    uint8_t *to = xvm_memory(context, address, size);
    if (to == NULL) return false;
    if (size > 0) memcpy(to, bytes, (size_t)size);
    return true;
}

bool xvm_memory_read_u32(xvm_context_t *context, uint64_t address, uint32_t *value) {
    return xvm_memory_read(context, address, value, sizeof *value);
}

bool xvm_memory_write_u32(xvm_context_t *context, uint64_t address, uint32_t value) {
    return xvm_memory_write(context, address, &value, sizeof value);
}

bool xvm_memory_read_u64(xvm_context_t *context, uint64_t address, uint64_t *value) {
    return xvm_memory_read(context, address, value, sizeof *value);
}

bool xvm_memory_write_u64(xvm_context_t *context, uint64_t address, uint64_t value) {
    return xvm_memory_write(context, address, &value, sizeof value);
}

const uint8_t *xvm_memory_string(xvm_context_t *context, uint64_t address, uint64_t *size) {
    uint64_t all = xvm_memory_size(context);
    if (address >= all) return NULL;
    const uint8_t *start = context->arena.base + address;
    const uint8_t *end = memchr(start, 0, (size_t)(all - address));
    if (end == NULL) return NULL;
    *size = (uint64_t)(end - start);
    return start;
}

enum xvm_trap xvm_abort(xvm_context_t *context, const void *text, uint64_t size) {
    uint32_t kept = size < sizeof context->text ? (uint32_t)size : (uint32_t)sizeof context->text;
    if (kept > 0) memcpy(context->text, text, kept);
    context->text_size = kept;
    return XVM_TRAP_HOST_ABORT;
}

const char *xvm_trap_text(enum xvm_trap trap) {
    switch (trap) {
    case XVM_TRAP_NONE: return "no trap";
    case XVM_TRAP_UNREACHABLE: return "unreachable";
    case XVM_TRAP_INTEGER_DIVIDE_BY_ZERO: return "integer divide by zero";
    case XVM_TRAP_INTEGER_OVERFLOW: return "integer overflow";
    case XVM_TRAP_INVALID_CONVERSION_TO_INTEGER: return "invalid conversion to integer";
    case XVM_TRAP_OUT_OF_BOUNDS_MEMORY_ACCESS: return "out of bounds memory access";
    case XVM_TRAP_OUT_OF_BOUNDS_TABLE_ACCESS: return "out of bounds table access";
    case XVM_TRAP_UNDEFINED_ELEMENT: return "undefined element";
    case XVM_TRAP_UNINITIALIZED_ELEMENT: return "uninitialized element";
    case XVM_TRAP_INDIRECT_CALL_TYPE_MISMATCH: return "indirect call type mismatch";
    case XVM_TRAP_CALL_STACK_EXHAUSTED: return "call stack exhausted";
    case XVM_TRAP_HOST_ABORT: return "host abort";
    case XVM_TRAP_OUT_OF_GAS: return "out of gas";
    }
    return "unknown trap";
}
