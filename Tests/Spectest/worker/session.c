// SPDX-License-Identifier: Apache-2.0
// In place of sandbox-c/worker/serve.c in the worker that runs the specification's tests: instances that live from one invocation to
// the next, one module of the ordinary shape or a group of linked ones. Start, wall and wire are the product's.
//
// An INVOCATION of kind FUNCTION is a command: exportIndex says which, the slots are its operands, the OUTCOME's slots its answer.
//   0 instantiate  module, then where its imports come from: count and pairs (module, number) of functions, tables, globals, memories
//   1 call         module, export, parameters -> results
//   2 global       module, global -> 16 bytes in two slots
//   3 sizes        module, count -> pages of its memory, entries of its first `count` tables
// A bundle is an object of several modules: a descriptor with the flag BUNDLE, whose types' `kinds` point to theirs.

#include "serve.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"
#include "xvm_link.h"
#include "xvm_ring.h"
#include "xvm_wire.h"
#include "xvm_zygote.h"

#define BUNDLE 4u
#define SLOTS_MAX 2000u
#define MODULES_MAX 512u

enum command { INSTANTIATE, CALL, GLOBAL, SIZES };

static struct session {
    struct xvm_channel *channel;
    xvm_code_t *code;        // one module of the ordinary shape
    xvm_context_t *context;
    xvm_group_t *group;      // or a group
    uint32_t correlation;
    uint64_t slots[SLOTS_MAX];
    uint32_t slot_count;
    uint32_t at;             // the next operand
    uint64_t answer[SLOTS_MAX];
} session;

static _Noreturn void breach(void) { _exit(XVM_EXIT_PROTOCOL); }

// --- The suite's host module, for modules of the ordinary shape ------------------------------------------------------

static const xvm_host_import_t functions[] = {
    {101, "spectest", "print", "", ""},       {102, "spectest", "print_i32", "i", ""},
    {103, "spectest", "print_i64", "I", ""},  {104, "spectest", "print_f32", "f", ""},
    {105, "spectest", "print_f64", "F", ""},  {106, "spectest", "print_i32_f32", "if", ""},
    {107, "spectest", "print_f64_f64", "FF", ""},
};
static const xvm_host_global_t globals[] = {
    {1, "spectest", "global_i32", 0x7f}, {2, "spectest", "global_i64", 0x7e},
    {3, "spectest", "global_f32", 0x7d}, {4, "spectest", "global_f64", 0x7c},
};

static uint32_t resolve_function(void *env, const char *module, const char *name) {
    (void)env;
    (void)module;
    (void)name;
    return 1;
}

static bool resolve_global(void *env, const char *module, const char *name, uint64_t *bits) {
    (void)env;
    (void)module;
    if (strcmp(name, "global_f32") == 0) {
        *bits = 0x4426a666;  // 666.6
    } else {
        *bits = strcmp(name, "global_f64") == 0 ? 0x4084d4cccccccccdull : 666;
    }
    return true;
}

// Nobody reads what the suite prints.
static enum xvm_trap print(void *env, uint32_t handle, xvm_context_t *context, uint64_t *slots, uint32_t count) {
    (void)env;
    (void)context;
    (void)slots;
    return handle == 1 && count <= 2 ? XVM_TRAP_NONE : XVM_TRAP_HOST_ABORT;
}

// --- Commands -------------------------------------------------------------------------------------------------------

static uint32_t operand(void) {
    if (session.at == session.slot_count || session.slots[session.at] > UINT32_MAX) breach();
    return (uint32_t)session.slots[session.at++];
}

static struct xvm_import_source pool[SLOTS_MAX / 2];

static const struct xvm_import_source *sources(uint32_t *used, uint32_t *count) {
    *count = operand();
    if (*count > SLOTS_MAX / 2 - *used) breach();
    struct xvm_import_source *first = pool + *used;
    for (uint32_t i = 0; i < *count; i++) {
        first[i].module = operand();
        first[i].index = operand();
    }
    *used += *count;
    return first;
}

static void instantiate(int64_t gas_limit, const xvm_limits_t *limits, xvm_completion_t *completion) {
    uint32_t module = operand();
    enum xvm_status status;
    if (session.group == NULL) {
        if (module != 0 || session.at != session.slot_count) breach();
        status = xvm_init_context(session.context, gas_limit, limits, completion, NULL);
    } else {
        uint32_t used = 0;
        uint32_t memories = 0;
        struct xvm_sources from = {0};
        from.functions = sources(&used, &from.function_count);
        from.tables = sources(&used, &from.table_count);
        from.globals = sources(&used, &from.global_count);
        const struct xvm_import_source *memory = sources(&used, &memories);
        if (memories == 1) from.memory = memory;
        if (memories > 1 || session.at != session.slot_count) breach();
        status = xvm_group_instantiate(session.group, module, &from, gas_limit, limits, completion, NULL);
    }
    if (status != XVM_STATUS_OK) breach();
}

// Number of results.
static uint32_t call(int64_t gas_limit, xvm_completion_t *completion) {
    uint32_t module = operand();
    uint32_t index = operand();
    uint32_t parameters = 0;
    uint32_t results = 0;
    bool known = session.group == NULL ? module == 0 && xvm_export_arity(session.code, index, &parameters, &results)
                                       : xvm_group_arity(session.group, module, index, &parameters, &results);
    if (!known || session.slot_count - session.at != parameters) breach();
    memcpy(session.answer, session.slots + session.at, parameters * sizeof(uint64_t));
    enum xvm_status status;
    if (session.group == NULL) {
        xvm_reset_gas_used(session.context);
        status = xvm_call(session.context, index, session.answer, parameters, SLOTS_MAX, completion, NULL);
    } else {
        status = xvm_group_call(session.group, module, index, gas_limit, session.answer, parameters, SLOTS_MAX, completion, NULL);
    }
    if (status != XVM_STATUS_OK) breach();
    return completion->ending == XVM_ENDING_RETURNED ? results : 0;
}

static void read_global(void) {
    uint32_t module = operand();
    uint32_t index = operand();
    if (session.group != NULL) {
        if (!xvm_group_global(session.group, module, index, session.answer)) breach();
        return;
    }
    if (module != 0 || index >= session.code->descriptor->global_count || session.context->state == XVM_CONTEXT_EMPTY) breach();
    memcpy(session.answer, (const uint8_t *)session.context->instance + XVM_INSTANCE_GLOBALS + 16 * (size_t)index, 16);
}

static uint32_t read_sizes(void) {
    uint32_t module = operand();
    uint32_t count = operand();
    if (session.group == NULL || count > SLOTS_MAX - 1) breach();
    session.answer[0] = xvm_group_memory_pages(session.group, module);
    for (uint32_t i = 0; i < count; i++) session.answer[i + 1] = xvm_group_table_size(session.group, module, i);
    return count + 1;
}

// --- Frames ---------------------------------------------------------------------------------------------------------

static struct xvm_frame receive(void) {
    struct xvm_frame frame;
    for (;;) {
        switch (xvm_ring_receive(session.channel, &frame)) {
        case XVM_RING_OK: return frame;
        case XVM_RING_EMPTY: xvm_ring_wait(session.channel); break;
        case XVM_RING_BREACH: breach();
        }
    }
}

#define HEAD_SIZE 36u  // of an INVOCATION of kind FUNCTION before its slots

static uint32_t u32_at(const uint8_t *bytes) {
    uint32_t value;
    memcpy(&value, bytes, sizeof value);
    return value;
}

static void answer(xvm_completion_t completion, uint32_t memory_pages, uint32_t slot_count) {
    uint32_t size = 32 + 8 * slot_count;
    uint8_t *to = xvm_ring_reserve(session.channel, XVM_FRAME_OUTCOME, session.correlation, size);
    if (to == NULL) breach();
    memset(to, 0, 32);
    to[0] = (uint8_t)completion.ending;
    to[1] = (uint8_t)completion.trap;
    memcpy(to + 4, &memory_pages, 4);
    memcpy(to + 8, &completion.gas_used, 8);
    memcpy(to + 28, &slot_count, 4);
    memcpy(to + 32, session.answer, 8 * (size_t)slot_count);
    xvm_ring_commit(session.channel);
    xvm_ring_publish(session.channel);
}

static void serve_one(void) {
    struct xvm_frame frame = receive();
    if (frame.type != XVM_FRAME_INVOCATION || frame.length < HEAD_SIZE) breach();
    const uint8_t *bytes = frame.payload;
    uint32_t entry = u32_at(bytes);
    uint32_t command = u32_at(bytes + 4);
    int64_t gas_limit;
    memcpy(&gas_limit, bytes + 8, sizeof gas_limit);
    xvm_limits_t limits = {
        .frame_limit = u32_at(bytes + 16), .stack_limit = u32_at(bytes + 20), .memory_pages_max = u32_at(bytes + 24)};
    session.slot_count = u32_at(bytes + 32);
    if (entry != XVM_ENTRY_FUNCTION || session.slot_count > SLOTS_MAX || frame.length != HEAD_SIZE + 8 * session.slot_count) breach();
    memcpy(session.slots, bytes + HEAD_SIZE, 8 * (size_t)session.slot_count);
    session.correlation = frame.correlation;
    session.at = 0;
    xvm_ring_release(session.channel);

    xvm_completion_t completion = {.ending = XVM_ENDING_RETURNED};
    uint32_t slot_count = 0;
    switch ((enum command)command) {
    case INSTANTIATE: instantiate(gas_limit, &limits, &completion); break;
    case CALL: slot_count = call(gas_limit, &completion); break;
    case GLOBAL:
        read_global();
        slot_count = 2;
        break;
    case SIZES: slot_count = read_sizes(); break;
    default: breach();
    }
    // Each command begins with its module.
    uint32_t pages = session.group != NULL ? xvm_group_memory_pages(session.group, (uint32_t)session.slots[0])
                                           : xvm_memory_pages(session.context);
    answer(completion, pages, slot_count);
}

// --- The worker's two doors -----------------------------------------------------------------------------------------

enum xvm_status xvm_serve_prepare(const struct xvm_descriptor *descriptor, xvm_error_t *error) {
    if ((descriptor->flags & BUNDLE) != 0) {
        static const struct xvm_descriptor *members[MODULES_MAX];
        if (descriptor->type_count > MODULES_MAX) {
            return xvm_refuse(error, XVM_STATUS_BAD_DESCRIPTOR, 0, "%u modules in a bundle, the limit is %u", descriptor->type_count,
                MODULES_MAX);
        }
        for (uint32_t i = 0; i < descriptor->type_count; i++) {
            members[i] = (const struct xvm_descriptor *)(const void *)descriptor->types[i].kinds;
        }
        return xvm_new_group(members, descriptor->type_count, &session.group, error);
    }
    enum xvm_status status = xvm_new_code(descriptor, &session.code, error);
    if (status != XVM_STATUS_OK) return status;
    xvm_resolver_t resolver = {
        .resolve_func = resolve_function, .resolve_global = resolve_global, .call_func = print,
        .imports = functions, .import_count = sizeof functions / sizeof functions[0],
        .globals = globals, .global_count = sizeof globals / sizeof globals[0],
    };
    status = xvm_init_code(session.code, &resolver, error);
    return status == XVM_STATUS_OK ? xvm_new_context(session.code, &session.context, error) : status;
}

_Noreturn void xvm_serve(struct xvm_channel *channel, const struct xvm_descriptor *descriptor) {
    (void)descriptor;
    session.channel = channel;
    for (;;) serve_one();
}
