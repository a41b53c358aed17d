// SPDX-License-Identifier: Apache-2.0
// Cases: codes and their refusals, calls, gas, depth, traps, tables.

#include "check.h"

static void calls_give_results(void) {
    struct fixture f = fixture_open();
    fixture_init(&f, GAS);
    CHECK_EQUAL(value_of(&f, EXPORT_ADD, 2, 3), 5);
    CHECK_EQUAL(value_of(&f, EXPORT_ADD, 0xffffffff, 2), 1);
    // more results than parameters, every width
    uint64_t slots[3] = {0};
    xvm_completion_t completion;
    CHECK_EQUAL(xvm_call(f.context, EXPORT_THREE, slots, 0, 3, &completion, NULL), XVM_STATUS_OK);
    CHECK_EQUAL(completion.ending, XVM_ENDING_RETURNED);
    CHECK(slots[0] == 0xffffffffu && slots[1] == 0x8000000000000000u && slots[2] == 0x3fc00000u);
    // state of the instance is kept from call to call
    CHECK_EQUAL(value_of(&f, EXPORT_COUNT, 0, 0), 42);
    CHECK_EQUAL(value_of(&f, EXPORT_COUNT, 0, 0), 43);
    CHECK_EQUAL(xvm_mem_static_top(f.code), 12);
    fixture_close(&f);
}

static void gas_is_counted(void) {
    struct fixture f = fixture_open();
    fixture_init(&f, GAS);
    CHECK_EQUAL(xvm_gas_used(f.context), 100);  // init is charged
    xvm_completion_t completion = call(&f, EXPORT_ADD, 2, (uint64_t[]){1, 1}, NULL);
    CHECK_EQUAL(completion.gas_used, 110);
    CHECK_EQUAL(xvm_gas_used(f.context), 110);
    completion = call(&f, EXPORT_DOWN, 1, (uint64_t[]){9}, NULL);
    CHECK_EQUAL(completion.gas_used, 130);
    xvm_reset_gas_used(f.context);
    CHECK_EQUAL(xvm_gas_used(f.context), 0);
    completion = call(&f, EXPORT_ADD, 2, (uint64_t[]){1, 1}, NULL);
    CHECK_EQUAL(completion.gas_used, 10);
    fixture_close(&f);
}

static void gas_ends(void) {
    struct fixture f = fixture_open();
    // exactly enough, and one less
    fixture_init(&f, 110);
    CHECK_EQUAL(value_of(&f, EXPORT_ADD, 1, 2), 3);
    CHECK_EQUAL(xvm_reset_context(f.context), XVM_STATUS_OK);
    fixture_init(&f, 109);
    xvm_completion_t completion = call(&f, EXPORT_ADD, 2, (uint64_t[]){1, 2}, NULL);
    CHECK_EQUAL(completion.ending, XVM_ENDING_OUT_OF_GAS);
    CHECK_EQUAL(completion.trap, XVM_TRAP_NONE);
    CHECK_EQUAL(completion.gas_used, 109);
    CHECK_EQUAL(xvm_gas_used(f.context), 109);
    // nothing is left for another call until the counter is reset
    CHECK_EQUAL(call(&f, EXPORT_ADD, 2, (uint64_t[]){1, 2}, NULL).ending, XVM_ENDING_OUT_OF_GAS);
    xvm_reset_gas_used(f.context);
    CHECK_EQUAL(call(&f, EXPORT_ADD, 2, (uint64_t[]){1, 2}, NULL).ending, XVM_ENDING_RETURNED);
    CHECK_EQUAL(call(&f, EXPORT_BURN, 0, NULL, NULL).ending, XVM_ENDING_OUT_OF_GAS);
    fixture_close(&f);
}

static void init_is_charged(void) {
    struct fixture f = fixture_open();
    xvm_completion_t completion;
    CHECK_EQUAL(xvm_init_context(f.context, 99, &limits, &completion, NULL), XVM_STATUS_OK);
    CHECK_EQUAL(completion.ending, XVM_ENDING_OUT_OF_GAS);
    CHECK_EQUAL(completion.gas_used, 99);
    // such an instance cannot be called
    CHECK_EQUAL(xvm_call(f.context, EXPORT_NOTHING, NULL, 0, 0, &completion, NULL), XVM_STATUS_NOT_READY);
    CHECK_EQUAL(xvm_init_context(f.context, GAS, &limits, &completion, NULL), XVM_STATUS_NOT_READY);
    CHECK_EQUAL(xvm_reset_context(f.context), XVM_STATUS_OK);
    fixture_init(&f, 100);
    fixture_close(&f);
}

static void every_trap_arrives(void) {
    struct fixture f = fixture_open();
    fixture_init(&f, GAS);
    for (uint32_t trap = XVM_TRAP_UNREACHABLE; trap <= XVM_TRAP_CALL_STACK_EXHAUSTED; trap++) {
        traps(&f, EXPORT_TRAP, trap, 0, (enum xvm_trap)trap);
        CHECK(strcmp(xvm_trap_text((enum xvm_trap)trap), "unknown trap") != 0);
    }
    CHECK_EQUAL(value_of(&f, EXPORT_ADD, 2, 3), 5);
    fixture_close(&f);
}

static void depth_is_bounded(void) {
    struct fixture f = fixture_open();
    fixture_init(&f, GAS);
    CHECK_EQUAL(value_of(&f, EXPORT_DOWN, 499, 0), 499);  // 500 frames
    traps(&f, EXPORT_DOWN, 500, 0, XVM_TRAP_CALL_STACK_EXHAUSTED);
    CHECK_EQUAL(xvm_reset_context(f.context), XVM_STATUS_OK);
    // and by bytes: 64 per frame
    xvm_limits_t narrow = {.memory_pages_max = 16, .frame_limit = 500, .stack_limit = 640};
    xvm_completion_t completion;
    CHECK_EQUAL(xvm_init_context(f.context, GAS, &narrow, &completion, NULL), XVM_STATUS_OK);
    CHECK_EQUAL(value_of(&f, EXPORT_DOWN, 9, 0), 9);
    traps(&f, EXPORT_DOWN, 10, 0, XVM_TRAP_CALL_STACK_EXHAUSTED);
    fixture_close(&f);
}

static void tables_are_checked(void) {
    struct fixture f = fixture_open();
    fixture_init(&f, GAS);
    CHECK_EQUAL(value_of(&f, EXPORT_INDIRECT, 1, 0), 7);
    traps(&f, EXPORT_INDIRECT, 0, 0, XVM_TRAP_UNINITIALIZED_ELEMENT);
    traps(&f, EXPORT_INDIRECT, 9, 0, XVM_TRAP_UNINITIALIZED_ELEMENT);
    traps(&f, EXPORT_INDIRECT, 10, 0, XVM_TRAP_UNDEFINED_ELEMENT);
    traps(&f, EXPORT_INDIRECT, 0xffffffff, 0, XVM_TRAP_UNDEFINED_ELEMENT);
    traps(&f, EXPORT_INDIRECT, 2, 0, XVM_TRAP_INDIRECT_CALL_TYPE_MISMATCH);
    fixture_close(&f);
}

static void wrong_calls_are_refused(void) {
    struct fixture f = fixture_open();
    xvm_completion_t completion;
    xvm_error_t error = {0};
    uint64_t slots[3] = {0};
    CHECK_EQUAL(xvm_call(f.context, EXPORT_ADD, slots, 2, 3, &completion, &error), XVM_STATUS_NOT_READY);
    fixture_init(&f, GAS);
    CHECK_EQUAL(xvm_call(f.context, EXPORT_TOTAL, slots, 0, 3, &completion, &error), XVM_STATUS_NO_EXPORT);
    CHECK_EQUAL(error.status, XVM_STATUS_NO_EXPORT);
    CHECK(error.text[0] != 0);
    CHECK_EQUAL(xvm_call(f.context, EXPORT_ADD, slots, 1, 3, &completion, NULL), XVM_STATUS_BAD_ARGUMENTS);
    CHECK_EQUAL(xvm_call(f.context, EXPORT_ADD, slots, 3, 3, &completion, NULL), XVM_STATUS_BAD_ARGUMENTS);
    CHECK_EQUAL(xvm_call(f.context, EXPORT_ADD, slots, 2, 1, &completion, NULL), XVM_STATUS_BAD_ARGUMENTS);
    CHECK_EQUAL(xvm_call(f.context, EXPORT_THREE, slots, 0, 2, &completion, NULL), XVM_STATUS_BAD_ARGUMENTS);
    CHECK_EQUAL(xvm_call(f.context, EXPORT_THREE, NULL, 0, 3, &completion, NULL), XVM_STATUS_BAD_ARGUMENTS);
    CHECK_EQUAL(xvm_init_context(f.context, GAS, &limits, &completion, NULL), XVM_STATUS_NOT_READY);
    CHECK_EQUAL(xvm_reset_context(f.context), XVM_STATUS_OK);
    CHECK_EQUAL(xvm_init_context(f.context, -1, &limits, &completion, NULL), XVM_STATUS_BAD_LIMIT);
    CHECK_EQUAL(xvm_init_context(f.context, XVM_GAS_LIMIT_MAX + 1, &limits, &completion, NULL), XVM_STATUS_BAD_LIMIT);
    xvm_limits_t wrong = limits;
    wrong.memory_pages_max = 1;  // the module needs 2
    CHECK_EQUAL(xvm_init_context(f.context, GAS, &wrong, &completion, NULL), XVM_STATUS_BAD_LIMIT);
    wrong.memory_pages_max = XVM_PAGES_MAX + 1;
    CHECK_EQUAL(xvm_init_context(f.context, GAS, &wrong, &completion, NULL), XVM_STATUS_BAD_LIMIT);
    wrong = limits;
    wrong.frame_limit = XVM_DEPTH_MAX + 1;
    CHECK_EQUAL(xvm_init_context(f.context, GAS, &wrong, &completion, NULL), XVM_STATUS_BAD_LIMIT);
    fixture_init(&f, XVM_GAS_LIMIT_MAX);
    fixture_close(&f);
}

static void refuse(const struct xvm_descriptor *descriptor) {
    xvm_code_t *code;
    xvm_error_t error = {0};
    CHECK_EQUAL(xvm_new_code(descriptor, &code, &error), XVM_STATUS_BAD_DESCRIPTOR);
    CHECK(code == NULL && error.status == XVM_STATUS_BAD_DESCRIPTOR && error.text[0] != 0);
}

static void bad_descriptors_are_refused(void) {
    struct fixture f = fixture_open();
    const struct xvm_descriptor good = *xvm_code_descriptor(f.code);
    xvm_code_t *code;
    CHECK_EQUAL(xvm_new_code(&good, &code, NULL), XVM_STATUS_OK);
    xvm_release_code(code);
    refuse(NULL);
#define BREAK(field, value)                 \
    do {                                    \
        struct xvm_descriptor broken = good; \
        broken.field = (value);             \
        refuse(&broken);                    \
    } while (0)
    BREAK(magic, 0);
    BREAK(abi_version, XVM_ABI_VERSION + 1);
    BREAK(header_size, 0);
    BREAK(header_size, 65536 + 4096);
    BREAK(header_size, 0xffff0000u);
    BREAK(memory_count, 2);
    BREAK(memory_pages_min, 65537);
    BREAK(memory_pages_max, 1);
    BREAK(memory_pages_max, 65537);
    BREAK(type_count, 0xffffffffu);
    BREAK(type_count, 1);  // exports use types beyond
    BREAK(types, NULL);
    BREAK(tables, NULL);
    BREAK(function_imports, NULL);
    BREAK(global_import_count, 2);
    BREAK(global_count, 65536);  // do not fit the header
    BREAK(exports, NULL);
    BREAK(init, NULL);
#undef BREAK
    struct xvm_table_limits table = {5, 4};
    struct xvm_descriptor broken = good;
    broken.tables = &table;
    refuse(&broken);
    table = (struct xvm_table_limits){XVM_TABLE_SIZE_MAX + 1, 0xffffffffu};
    refuse(&broken);
    uint8_t unknown[] = {0x60};
    struct xvm_type type = {1, 0, unknown};
    broken = good;
    broken.export_count = 0;
    broken.function_import_count = 0;
    broken.type_count = 1;
    broken.types = &type;
    refuse(&broken);
    fixture_close(&f);
}

static uint32_t knows_nothing(void *env, const char *module, const char *name) {
    (void)env, (void)module, (void)name;
    return 0;
}

static bool seen_names;
static uint32_t knows_all(void *env, const char *module, const char *name) {
    if (strcmp(module, "xvm") == 0 && strcmp(name, "argument_at") == 0) seen_names = true;
    return env == &seen_names ? 1 : 0;
}

static enum xvm_trap gives_slots(void *env, uint32_t handle, xvm_context_t *context, uint64_t *slots, uint32_t count) {
    (void)env;
    CHECK(handle == 1 && xvm_gas_used(context) == 110);
    slots[0] = count;
    return XVM_TRAP_NONE;
}

static bool global_answer(void *env, const char *module, const char *name, uint64_t *bits) {
    (void)env, (void)module;
    *bits = 0xffffffff00000007u;
    return strcmp(name, "seven") == 0;
}

static void imports_are_resolved_once_by_name(void) {
    struct fixture f = fixture_open();
    const struct xvm_descriptor good = *xvm_code_descriptor(f.code);
    xvm_code_t *code;
    xvm_error_t error = {0};
    xvm_resolver_t resolver = {.env = &seen_names, .resolve_func = knows_nothing, .call_func = gives_slots};
    CHECK_EQUAL(xvm_new_code(&good, &code, NULL), XVM_STATUS_OK);
    CHECK_EQUAL(xvm_init_code(code, &resolver, &error), XVM_STATUS_UNRESOLVED);
    CHECK(strstr(error.text, "xvm.get") != NULL);
    xvm_context_t *context;
    CHECK_EQUAL(xvm_new_context(code, &context, NULL), XVM_STATUS_NOT_READY);
    resolver.resolve_func = knows_all;
    CHECK_EQUAL(xvm_init_code(code, &resolver, &error), XVM_STATUS_OK);
    CHECK(seen_names);
    CHECK_EQUAL(xvm_init_code(code, &resolver, &error), XVM_STATUS_NOT_READY);
    // the host function sees the settled gas and the number of parameters
    xvm_completion_t completion;
    uint64_t slots[8] = {4};
    CHECK_EQUAL(xvm_new_context(code, &context, NULL), XVM_STATUS_OK);
    CHECK_EQUAL(xvm_init_context(context, GAS, &limits, &completion, NULL), XVM_STATUS_OK);
    CHECK_EQUAL(xvm_call(context, EXPORT_IMPORT, slots, 8, 8, &completion, NULL), XVM_STATUS_OK);
    CHECK_EQUAL(slots[0], 7);
    CHECK_EQUAL(xvm_release_context(context), XVM_STATUS_OK);
    xvm_release_code(code);

    // a type that is not the row's, a row that is not there
    struct xvm_function_import import = {1, TYPE_I32X2};
    struct xvm_descriptor other = good;
    other.function_imports = &import;
    other.function_import_count = 1;
    CHECK_EQUAL(xvm_new_code(&other, &code, NULL), XVM_STATUS_OK);
    CHECK_EQUAL(xvm_init_code(code, &resolver, &error), XVM_STATUS_IMPORT_TYPE);
    import = (struct xvm_function_import){UINT16_MAX, TYPE_I32X2};  // more rows than there will be
    CHECK_EQUAL(xvm_init_code(code, &resolver, &error), XVM_STATUS_UNRESOLVED);
    xvm_release_code(code);

    // globals: none in the standard table; with a table of its own, by name and kind
    struct xvm_global_import global = {1, 0x7f};
    other = good;
    other.global_imports = &global;
    other.global_import_count = 1;
    CHECK_EQUAL(xvm_new_code(&other, &code, NULL), XVM_STATUS_OK);
    CHECK_EQUAL(xvm_init_code(code, &resolver, &error), XVM_STATUS_UNRESOLVED);
    xvm_host_global_t row = {1, "env", "seven", 0x7e};
    resolver.globals = &row;
    resolver.global_count = 1;
    resolver.resolve_global = global_answer;
    CHECK_EQUAL(xvm_init_code(code, &resolver, &error), XVM_STATUS_IMPORT_TYPE);
    row.kind = 0x7f;
    CHECK_EQUAL(xvm_init_code(code, &resolver, &error), XVM_STATUS_OK);
    xvm_release_code(code);
    fixture_close(&f);
}

static void imported_globals_reach_init(void);

// An instance whose one global is imported and which adds 1 to it: the runtime wrote it before init ran.
static void add_one(struct xvm_instance *instance, uint64_t *slots) {
    uint64_t value;
    memcpy(&value, (uint8_t *)instance + XVM_INSTANCE_GLOBALS, 8);
    slots[0] = value + 1;
}

static void empty_init(struct xvm_instance *instance) { instance->gas -= 1; }

static void imported_globals_reach_init(void) {
    CHECK_EQUAL(xvm_fault_handlers_install_chained(), 0);
    static const uint8_t kinds[] = {0x7e};
    static const struct xvm_type type = {0, 1, kinds};
    static const struct xvm_export export = {add_one, 0, 0};
    static const struct xvm_global_import global = {1, 0x7f};
    const struct xvm_descriptor descriptor = {
        .magic = XVM_ABI_MAGIC, .abi_version = XVM_ABI_VERSION, .header_size = 65536, .type_count = 1, .types = &type,
        .global_import_count = 1, .global_count = 1, .global_imports = &global, .export_count = 1, .exports = &export,
        .init = empty_init,
    };
    xvm_host_global_t row = {1, "env", "seven", 0x7f};
    xvm_resolver_t resolver = {.resolve_global = global_answer, .globals = &row, .global_count = 1};
    xvm_code_t *code;
    xvm_context_t *context;
    xvm_completion_t completion;
    uint64_t slot = 0;
    CHECK_EQUAL(xvm_new_code(&descriptor, &code, NULL), XVM_STATUS_OK);
    CHECK_EQUAL(xvm_init_code(code, &resolver, NULL), XVM_STATUS_OK);
    CHECK_EQUAL(xvm_new_context(code, &context, NULL), XVM_STATUS_OK);
    CHECK_EQUAL(xvm_init_context(context, GAS, &limits, &completion, NULL), XVM_STATUS_OK);
    CHECK_EQUAL(completion.gas_used, 1);
    CHECK_EQUAL(xvm_memory_pages(context), 0);  // no memory: growth is no matter of limits
    CHECK_EQUAL(xvm_call(context, 0, &slot, 0, 1, &completion, NULL), XVM_STATUS_OK);
    CHECK_EQUAL(slot, 8);  // 32 bits of it, zero-extended
    CHECK_EQUAL(xvm_release_context(context), XVM_STATUS_OK);
    xvm_release_code(code);
}

static void objects_without_descriptor_are_refused(void) {
    xvm_code_t *code;
    xvm_error_t error = {0};
    CHECK_EQUAL(xvm_open_code("no-slash.so", &code, &error), XVM_STATUS_OPEN_FAILED);
    CHECK_EQUAL(xvm_open_code("/nonexistent/module.so", &code, &error), XVM_STATUS_OPEN_FAILED);
    CHECK(code == NULL && error.text[0] != 0);
}

static void no_context_without_handlers(void) {
    xvm_code_t *code;
    xvm_context_t *context;
    xvm_resolver_t resolver = xvm_host_resolver();
    CHECK_EQUAL(xvm_open_code(module_path, &code, NULL), XVM_STATUS_OK);
    CHECK_EQUAL(xvm_init_code(code, &resolver, NULL), XVM_STATUS_OK);
    CHECK_EQUAL(xvm_new_context(code, &context, NULL), XVM_STATUS_NOT_READY);
    CHECK(context == NULL);
    xvm_release_code(code);
}

// A host function that runs another context on the same thread, which traps; then this one goes on. And one that tries to
// enter, reset or release the context that runs.
struct nested {
    xvm_context_t *other;
    uint32_t calls;
};

static enum xvm_trap runs_another(void *env, uint32_t handle, xvm_context_t *context, uint64_t *slots, uint32_t count) {
    (void)env, (void)handle, (void)count;
    struct nested *nested = xvm_user(context);
    nested->calls += 1;
    xvm_completion_t completion;
    uint64_t parameters[2] = {0xffffff00u, 1};
    CHECK_EQUAL(xvm_call(nested->other, EXPORT_STORE, parameters, 2, 2, &completion, NULL), XVM_STATUS_OK);
    CHECK_EQUAL(completion.ending, XVM_ENDING_TRAPPED);
    CHECK_EQUAL(completion.trap, XVM_TRAP_OUT_OF_BOUNDS_MEMORY_ACCESS);
    CHECK_EQUAL(xvm_call(context, EXPORT_ADD, parameters, 2, 2, &completion, NULL), XVM_STATUS_BUSY);
    CHECK_EQUAL(xvm_reset_context(context), XVM_STATUS_BUSY);
    CHECK_EQUAL(xvm_release_context(context), XVM_STATUS_BUSY);
    slots[0] = 77;
    return XVM_TRAP_NONE;
}

static void contexts_nest(void) {
    struct fixture f = fixture_open();
    xvm_code_t *code;
    xvm_context_t *outer, *inner;
    xvm_completion_t completion;
    xvm_resolver_t resolver = {.env = &seen_names, .resolve_func = knows_all, .call_func = runs_another};
    CHECK_EQUAL(xvm_new_code(xvm_code_descriptor(f.code), &code, NULL), XVM_STATUS_OK);
    CHECK_EQUAL(xvm_init_code(code, &resolver, NULL), XVM_STATUS_OK);
    CHECK_EQUAL(xvm_new_context(code, &outer, NULL), XVM_STATUS_OK);
    CHECK_EQUAL(xvm_new_context(code, &inner, NULL), XVM_STATUS_OK);
    CHECK_EQUAL(xvm_init_context(outer, GAS, &limits, &completion, NULL), XVM_STATUS_OK);
    CHECK_EQUAL(xvm_init_context(inner, GAS, &limits, &completion, NULL), XVM_STATUS_OK);
    struct nested nested = {inner, 0};
    xvm_set_user(outer, &nested);
    uint64_t slots[8] = {1};
    CHECK_EQUAL(xvm_call(outer, EXPORT_IMPORT, slots, 8, 8, &completion, NULL), XVM_STATUS_OK);
    CHECK_EQUAL(completion.ending, XVM_ENDING_RETURNED);
    CHECK_EQUAL(completion.gas_used, 110);
    CHECK_EQUAL(slots[0], 77);
    CHECK_EQUAL(nested.calls, 1);
    // the outer one still has its own door
    uint64_t parameters[2] = {0x00ffff00u, 1};
    CHECK_EQUAL(xvm_call(outer, EXPORT_STORE, parameters, 2, 2, &completion, NULL), XVM_STATUS_OK);
    CHECK_EQUAL(completion.trap, XVM_TRAP_OUT_OF_BOUNDS_MEMORY_ACCESS);
    CHECK_EQUAL(xvm_release_context(outer), XVM_STATUS_OK);
    CHECK_EQUAL(xvm_release_context(inner), XVM_STATUS_OK);
    xvm_release_code(code);
    fixture_close(&f);
}

const struct test call_tests[] = {
    {"calls give results of every width", calls_give_results, 0, false},
    {"gas is counted, also that of init, and can be reset", gas_is_counted, 0, false},
    {"gas ends exactly at the limit", gas_ends, 0, false},
    {"a start that runs out of gas leaves an instance that cannot be called", init_is_charged, 0, false},
    {"every trap arrives with its number and uses the whole limit", every_trap_arrives, 0, false},
    {"depth is bounded by frames and by bytes", depth_is_bounded, 0, false},
    {"call_indirect is checked for range, null and type", tables_are_checked, 0, false},
    {"wrong calls are refused and change nothing", wrong_calls_are_refused, 0, false},
    {"bad descriptors are refused", bad_descriptors_are_refused, 0, false},
    {"imports are resolved once, by static names, with their types", imports_are_resolved_once_by_name, 0, false},
    {"imported globals are in place before init", imported_globals_reach_init, 0, false},
    {"objects without descriptor are refused", objects_without_descriptor_are_refused, 0, false},
    {"no context is made where nothing could trap", no_context_without_handlers, 0, false},
    {"contexts nest on one thread, each with its own door", contexts_nest, 0, false},
    {NULL, NULL, 0, false},
};
