// SPDX-License-Identifier: Apache-2.0
// Cases in the worker's way: the fixed arena, handlers that never return, and a filter that allows what the run stage allows.

#include "check.h"

#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>

static void the_filter_bites(void) {
    seal(NULL, NULL);
    getppid();
}

// All that an invocation does, many times, behind the filter; it ends by exit_group with its own status.
static void invocations_run_sealed(void) {
    struct fixture f = fixture_open_worker(XVM_PAGES_MAX);
    fixture_init(&f, GAS);  // touches what the test itself needs
    CHECK_EQUAL(xvm_reset_context(f.context), XVM_STATUS_OK);
    CHECK((uintptr_t)xvm_memory(f.context, 0, 0) == XVM_ADDRESS_ARENA);
    xvm_limits_t wide = limits;
    wide.memory_pages_max = XVM_PAGES_MAX;
    xvm_completion_t completion;
    seal(NULL, NULL);
    for (uint32_t i = 0; i < 100; i++) {
        CHECK_EQUAL(xvm_init_context(f.context, GAS, &wide, &completion, NULL), XVM_STATUS_OK);
        CHECK_EQUAL(value_of(&f, EXPORT_ADD, i, 3), i + 3);
        CHECK_EQUAL(value_of(&f, EXPORT_GROW, i % 2 == 0 ? XVM_PAGES_MAX - 2 : i, 0), 2);
        CHECK_EQUAL(value_of(&f, EXPORT_LOAD, 100, 0), 0);
        value_of(&f, EXPORT_STORE, 100, i + 1);
        traps(&f, EXPORT_LOAD_FAR, 0xfffffff0, 0, XVM_TRAP_OUT_OF_BOUNDS_MEMORY_ACCESS);
        traps(&f, EXPORT_TRAP, XVM_TRAP_UNREACHABLE, 0, XVM_TRAP_UNREACHABLE);
        uint64_t abort_slots[8] = {13, 0, 5};
        CHECK_EQUAL(call(&f, EXPORT_IMPORT, 8, abort_slots, NULL).trap, XVM_TRAP_HOST_ABORT);
        CHECK_EQUAL(call(&f, EXPORT_BURN, 0, NULL, NULL).ending, XVM_ENDING_OUT_OF_GAS);
        CHECK_EQUAL(xvm_reset_context(f.context), XVM_STATUS_OK);
    }
    _exit(42);
}

static void the_arena_is_taken_once(void) {
    CHECK_EQUAL(xvm_arena_reserve(XVM_PAGES_MAX + 1), EINVAL);
    struct fixture f = fixture_open_worker(20);
    CHECK_EQUAL(xvm_arena_reserve(20), EINVAL);
    CHECK((uintptr_t)xvm_memory(f.context, 0, 0) == XVM_ADDRESS_ARENA);
    // a limit above what the worker was given is refused; a second context lies elsewhere
    xvm_limits_t wide = limits;
    wide.memory_pages_max = 21;
    xvm_completion_t completion;
    CHECK_EQUAL(xvm_init_context(f.context, GAS, &wide, &completion, NULL), XVM_STATUS_BAD_LIMIT);
    xvm_context_t *second;
    CHECK_EQUAL(xvm_new_context(f.code, &second, NULL), XVM_STATUS_OK);
    CHECK((uintptr_t)xvm_memory(second, 0, 0) != XVM_ADDRESS_ARENA);
    CHECK_EQUAL(xvm_release_context(second), XVM_STATUS_OK);
    // released and taken again, it is empty
    fixture_init(&f, GAS);
    value_of(&f, EXPORT_DIRTY, 0, 0);
    CHECK_EQUAL(xvm_release_context(f.context), XVM_STATUS_OK);
    CHECK_EQUAL(xvm_new_context(f.code, &f.context, NULL), XVM_STATUS_OK);
    CHECK((uintptr_t)xvm_memory(f.context, 0, 0) == XVM_ADDRESS_ARENA);
    fixture_init(&f, GAS);
    CHECK_EQUAL(xvm_memory(f.context, 0, 100)[17], 0);
    fixture_close(&f);
}

static void a_taken_address_is_reported(void) {
    void *mine = mmap((void *)XVM_ADDRESS_ARENA, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    CHECK(mine != MAP_FAILED);
    CHECK_EQUAL(xvm_arena_reserve(1), EEXIST);
}

static void ends_by_fault(uint32_t export, uint64_t parameter) {
    struct fixture f = fixture_open_worker(16);
    fixture_init(&f, GAS);
    call(&f, export, export == EXPORT_UNDEFINED || export == EXPORT_BAD_IMPORT ? 0 : 1, &parameter, NULL);
}

static void a_wild_read_ends(void) { ends_by_fault(EXPORT_WILD, 8); }
static void a_read_before_the_header_ends(void) { ends_by_fault(EXPORT_WILD, XVM_ADDRESS_ARENA - XVM_HEADER_SIZE_MAX); }
static void a_read_behind_the_guard_ends(void) { ends_by_fault(EXPORT_WILD, XVM_ADDRESS_ARENA + 0x100000000 + XVM_ARENA_GUARD); }
static void a_read_in_the_guard_traps(void) {
    struct fixture f = fixture_open_worker(16);
    fixture_init(&f, GAS);
    traps(&f, EXPORT_WILD, XVM_ADDRESS_ARENA + 0x100000000 + XVM_ARENA_GUARD - 1, 0, XVM_TRAP_OUT_OF_BOUNDS_MEMORY_ACCESS);
    fixture_close(&f);
}
static void the_native_stack_ends(void) { ends_by_fault(EXPORT_OVERFLOW, 1); }
static void an_undefined_instruction_ends(void) { ends_by_fault(EXPORT_UNDEFINED, 0); }
static void an_import_that_is_not_there_ends(void) { ends_by_fault(EXPORT_BAD_IMPORT, 0); }
static void a_trap_that_is_none_ends(void) { ends_by_fault(EXPORT_TRAP, 13); }

static uint32_t any(void *env, const char *module, const char *name) {
    (void)env, (void)module, (void)name;
    return 1;
}

static enum xvm_trap reads_the_guard(void *env, uint32_t handle, xvm_context_t *context, uint64_t *slots, uint32_t count) {
    (void)env, (void)handle, (void)count;
    slots[0] = *(volatile const uint8_t *)(xvm_memory(context, 0, 0) + xvm_memory_size(context));
    return XVM_TRAP_NONE;
}

// A host function reads the guard of the context that runs: no object's code, so a bug of ours and never an Outcome.
static void a_host_function_in_the_guard_ends(void) {
    struct fixture f = fixture_open_worker(16);
    xvm_code_t *code;
    xvm_context_t *context;
    xvm_completion_t completion;
    xvm_resolver_t resolver = {.resolve_func = any, .call_func = reads_the_guard};
    uint64_t slots[8] = {1};
    CHECK_EQUAL(xvm_new_code(xvm_code_descriptor(f.code), &code, NULL), XVM_STATUS_OK);
    CHECK_EQUAL(xvm_init_code(code, &resolver, NULL), XVM_STATUS_OK);
    CHECK_EQUAL(xvm_new_context(code, &context, NULL), XVM_STATUS_OK);
    CHECK_EQUAL(xvm_init_context(context, GAS, &limits, &completion, NULL), XVM_STATUS_OK);
    CHECK_EQUAL(xvm_call(context, EXPORT_IMPORT, slots, 8, 8, &completion, NULL), XVM_STATUS_OK);
}

// A memory that begins with no page grows by exactly 4 GiB: a length that the filter does not allow in one call.
static void grow_all(struct xvm_instance *instance, uint64_t *slots) {
    slots[0] = instance->memory_grow(instance, (uint32_t)slots[0]);
}
static void no_init(struct xvm_instance *instance) { (void)instance; }

static void four_gibibytes_go_in_pieces(void) {
    CHECK_EQUAL(xvm_arena_reserve(XVM_PAGES_MAX), 0);
    CHECK_EQUAL(xvm_fault_handlers_install(), 0);
    static const uint8_t kinds[] = {0x7f, 0x7f};
    static const struct xvm_type type = {1, 1, kinds};
    static const struct xvm_export export = {grow_all, 0, 0};
    static const struct xvm_descriptor descriptor = {
        .magic = XVM_ABI_MAGIC, .abi_version = XVM_ABI_VERSION, .header_size = 65536, .memory_count = 1,
        .memory_pages_max = XVM_PAGES_MAX, .type_count = 1, .types = &type, .export_count = 1, .exports = &export, .init = no_init,
    };
    xvm_code_t *code;
    xvm_context_t *context;
    xvm_completion_t completion;
    xvm_resolver_t resolver = {0};
    xvm_limits_t wide = limits;
    wide.memory_pages_max = XVM_PAGES_MAX;
    CHECK_EQUAL(xvm_new_code(&descriptor, &code, NULL), XVM_STATUS_OK);
    CHECK_EQUAL(xvm_init_code(code, &resolver, NULL), XVM_STATUS_OK);
    CHECK_EQUAL(xvm_new_context(code, &context, NULL), XVM_STATUS_OK);
    if (!UNDER_ASAN) seal(NULL, NULL);
    for (int round = 0; round < 3; round++) {
        uint64_t slot = XVM_PAGES_MAX;
        CHECK_EQUAL(xvm_init_context(context, GAS, &wide, &completion, NULL), XVM_STATUS_OK);
        CHECK_EQUAL(xvm_memory_size(context), 0);
        CHECK_EQUAL(xvm_call(context, 0, &slot, 1, 1, &completion, NULL), XVM_STATUS_OK);
        CHECK_EQUAL(slot, 0);
        uint8_t *last = xvm_memory(context, 0xffffffff, 1);
        CHECK(last != NULL && *last == 0);
        *last = 1;
        CHECK_EQUAL(xvm_reset_context(context), XVM_STATUS_OK);
    }
    _exit(42);
}

static void in_process_a_wild_read_meets_the_default(void) {
    signal(SIGSEGV, SIG_DFL);  // a sanitizer has its own
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    struct fixture f = fixture_open();
    fixture_init(&f, GAS);
    call(&f, EXPORT_WILD, 1, (uint64_t[]){8}, NULL);
}

static void exit_with_77(int number) {
    (void)number;
    _exit(77);
}

static void in_process_a_wild_read_meets_the_older_handler(void) {
    signal(SIGSEGV, exit_with_77);
    struct fixture f = fixture_open();
    CHECK_EQUAL(xvm_fault_handlers_install_chained(), 0);  // again: nothing changes
    fixture_init(&f, GAS);
    traps(&f, EXPORT_LOAD, 0x10000000, 0, XVM_TRAP_OUT_OF_BOUNDS_MEMORY_ACCESS);
    call(&f, EXPORT_WILD, 1, (uint64_t[]){8}, NULL);
}

// RLIMIT_DATA counts what mprotect makes writable.
static void forbid_growth(void) {
    struct rlimit small = {1 << 20, 1 << 20};
    CHECK_EQUAL(setrlimit(RLIMIT_DATA, &small), 0);
}

static void refused_growth_ends_a_worker(void) {
    struct fixture f = fixture_open_worker(1000);
    xvm_limits_t wide = limits;
    wide.memory_pages_max = 1000;
    xvm_completion_t completion;
    CHECK_EQUAL(xvm_init_context(f.context, GAS, &wide, &completion, NULL), XVM_STATUS_OK);
    forbid_growth();
    value_of(&f, EXPORT_GROW, 900, 0);
}

static void refused_growth_is_minus_one_in_process(void) {
    struct fixture f = fixture_open();
    xvm_limits_t wide = limits;
    wide.memory_pages_max = 1000;
    xvm_completion_t completion;
    CHECK_EQUAL(xvm_init_context(f.context, GAS, &wide, &completion, NULL), XVM_STATUS_OK);
    forbid_growth();
    CHECK_EQUAL(value_of(&f, EXPORT_GROW, 900, 0), 0xffffffff);
    CHECK_EQUAL(value_of(&f, EXPORT_SIZE, 0, 0), 2);
    fixture_close(&f);
}

const struct test worker_tests[] = {
    {"the filter of these cases kills for any other call", the_filter_bites, -SIGSYS, true},
    {"a hundred invocations run with three system calls allowed", invocations_run_sealed, 42, true},
    {"the fixed arena is reserved once and comes back empty", the_arena_is_taken_once, 0, false},
    {"an address that is taken is reported", a_taken_address_is_reported, 0, false},
    {"a read outside the reservation is no trap", a_wild_read_ends, XVM_EXIT_SIGNAL_BASE + SIGSEGV, false},
    {"a read before the header is no trap", a_read_before_the_header_ends, XVM_EXIT_SIGNAL_BASE + SIGSEGV, false},
    {"a read behind the guard is no trap", a_read_behind_the_guard_ends, XVM_EXIT_SIGNAL_BASE + SIGSEGV, false},
    {"a read of the guard's last byte is a trap", a_read_in_the_guard_traps, 0, false},
    {"the end of the native stack is no trap", the_native_stack_ends, XVM_EXIT_SIGNAL_BASE + SIGSEGV, false},
    {"an undefined instruction is no trap", an_undefined_instruction_ends, XVM_EXIT_SIGNAL_BASE + SIGILL, false},
    {"an import that is not there is a bug", an_import_that_is_not_there_ends, XVM_EXIT_BUG, false},
    {"a trap that is none is a bug", a_trap_that_is_none_ends, XVM_EXIT_BUG, false},
    {"a host function's fault in the guard is no trap", a_host_function_in_the_guard_ends, XVM_EXIT_SIGNAL_BASE + SIGSEGV, false},
    {"growth and reset of 4 GiB go in pieces that the filter allows", four_gibibytes_go_in_pieces, 42, false},
    {"in process, an unexplained fault meets the default action", in_process_a_wild_read_meets_the_default, -SIGSEGV, true},
    {"in process, an unexplained fault meets the older handler", in_process_a_wild_read_meets_the_older_handler, 77, false},
    {"growth that the system refuses ends a worker", refused_growth_ends_a_worker, XVM_EXIT_MEMORY, true},
    {"growth that the system refuses is -1 in process", refused_growth_is_minus_one_in_process, 0, true},
    {NULL, NULL, 0, false},
};
