// SPDX-License-Identifier: Apache-2.0
// Cases: linear memory, its guard, growth, what a reset leaves, thousands of contexts.

#include "check.h"

#include <pthread.h>
#include <sys/mman.h>

#include "../../sandbox-c/runtime/internal.h"

static const uint64_t page = XVM_PAGE_SIZE;

static void accesses_end_at_the_last_byte(void) {
    struct fixture f = fixture_open();
    fixture_init(&f, GAS);
    uint64_t size = 2 * page;
    CHECK_EQUAL(xvm_memory_size(f.context), size);
    CHECK_EQUAL(value_of(&f, EXPORT_LOAD, 8, 0), 0x61746164);  // the data segment
    value_of(&f, EXPORT_STORE, size - 4, 0x12345678);
    CHECK_EQUAL(value_of(&f, EXPORT_LOAD, size - 4, 0), 0x12345678);
    for (uint64_t over = 3; over > 0; over--) traps(&f, EXPORT_LOAD, size - over, 0, XVM_TRAP_OUT_OF_BOUNDS_MEMORY_ACCESS);
    traps(&f, EXPORT_LOAD, size, 0, XVM_TRAP_OUT_OF_BOUNDS_MEMORY_ACCESS);
    traps(&f, EXPORT_STORE, size, 1, XVM_TRAP_OUT_OF_BOUNDS_MEMORY_ACCESS);
    traps(&f, EXPORT_LOAD, 0xffffffff, 0, XVM_TRAP_OUT_OF_BOUNDS_MEMORY_ACCESS);
    // address and offset both at their greatest stay inside the guard
    traps(&f, EXPORT_LOAD_FAR, 0xffffffff, 0, XVM_TRAP_OUT_OF_BOUNDS_MEMORY_ACCESS);
    traps(&f, EXPORT_LOAD_FAR, 1, 0, XVM_TRAP_OUT_OF_BOUNDS_MEMORY_ACCESS);
    CHECK_EQUAL(value_of(&f, EXPORT_ADD, 2, 3), 5);
    fixture_close(&f);
}

static void guard_traps_many_times(void) {
    struct fixture f = fixture_open();
    fixture_init(&f, GAS);
    for (int i = 0; i < 2000; i++) traps(&f, EXPORT_LOAD, 0x80000000, 0, XVM_TRAP_OUT_OF_BOUNDS_MEMORY_ACCESS);
    fixture_close(&f);
}

static void memory_grows_to_the_limit(void) {
    struct fixture f = fixture_open();
    fixture_init(&f, GAS);  // limit 16
    CHECK_EQUAL(value_of(&f, EXPORT_GROW, 0, 0), 2);
    traps(&f, EXPORT_LOAD, 2 * page, 0, XVM_TRAP_OUT_OF_BOUNDS_MEMORY_ACCESS);
    CHECK_EQUAL(value_of(&f, EXPORT_GROW, 3, 0), 2);
    CHECK_EQUAL(value_of(&f, EXPORT_SIZE, 0, 0), 5);
    CHECK_EQUAL(xvm_memory_pages(f.context), 5);
    CHECK_EQUAL(value_of(&f, EXPORT_LOAD, 5 * page - 4, 0), 0);
    traps(&f, EXPORT_LOAD, 5 * page - 3, 0, XVM_TRAP_OUT_OF_BOUNDS_MEMORY_ACCESS);
    CHECK_EQUAL(value_of(&f, EXPORT_GROW, 12, 0), 0xffffffff);
    CHECK_EQUAL(value_of(&f, EXPORT_GROW, 0xffffffff, 0), 0xffffffff);
    CHECK_EQUAL(value_of(&f, EXPORT_GROW, 0xfffffffb, 0), 0xffffffff);  // 5 + this wraps to 0
    CHECK_EQUAL(value_of(&f, EXPORT_SIZE, 0, 0), 5);
    CHECK_EQUAL(value_of(&f, EXPORT_GROW, 11, 0), 5);
    CHECK_EQUAL(value_of(&f, EXPORT_GROW, 1, 0), 0xffffffff);
    CHECK_EQUAL(value_of(&f, EXPORT_SIZE, 0, 0), 16);
    fixture_close(&f);
}

static void memory_grows_to_four_gibibytes(void) {
    struct fixture f = fixture_open();
    xvm_limits_t wide = limits;
    wide.memory_pages_max = XVM_PAGES_MAX;
    xvm_completion_t completion;
    for (int round = 0; round < 2; round++) {
        CHECK_EQUAL(xvm_init_context(f.context, GAS, &wide, &completion, NULL), XVM_STATUS_OK);
        CHECK_EQUAL(value_of(&f, EXPORT_GROW, XVM_PAGES_MAX - 2, 0), 2);
        CHECK_EQUAL(xvm_memory_size(f.context), (int64_t)1 << 32);
        CHECK_EQUAL(value_of(&f, EXPORT_LOAD, 0xfffffffc, 0), 0);
        value_of(&f, EXPORT_STORE, 0xfffffffc, 7);
        value_of(&f, EXPORT_STORE, 0x80000000, 7);
        CHECK_EQUAL(value_of(&f, EXPORT_LOAD, 0xfffffffc, 0), 7);
        traps(&f, EXPORT_LOAD, 0xfffffffd, 0, XVM_TRAP_OUT_OF_BOUNDS_MEMORY_ACCESS);
        traps(&f, EXPORT_LOAD_FAR, 0xffffffff, 0, XVM_TRAP_OUT_OF_BOUNDS_MEMORY_ACCESS);
        CHECK(xvm_memory(f.context, 0xffffffff, 1) != NULL);
        CHECK(xvm_memory(f.context, 0xffffffff, 2) == NULL);
        CHECK(xvm_memory(f.context, (uint64_t)1 << 32, 0) != NULL);
        CHECK_EQUAL(xvm_reset_context(f.context), XVM_STATUS_OK);
    }
    fixture_close(&f);
}

static void guest_ranges_are_exact(void) {
    struct fixture f = fixture_open();
    fixture_init(&f, GAS);
    uint64_t size = 2 * page;
    CHECK(xvm_memory(f.context, 0, size) != NULL);
    CHECK(xvm_memory(f.context, 0, size + 1) == NULL);
    CHECK(xvm_memory(f.context, size, 0) != NULL);  // empty, exactly at the end
    CHECK(xvm_memory(f.context, size + 1, 0) == NULL);
    CHECK(xvm_memory(f.context, size - 1, 1) != NULL);
    CHECK(xvm_memory(f.context, size - 1, 2) == NULL);
    CHECK(xvm_memory(f.context, UINT64_MAX, 1) == NULL);
    CHECK(xvm_memory(f.context, 1, UINT64_MAX) == NULL);
    CHECK(xvm_memory(f.context, UINT64_MAX, UINT64_MAX) == NULL);
    uint32_t narrow = 0;
    uint64_t wide = 0;
    CHECK(xvm_memory_write_u32(f.context, size - 4, 0x01020304) && xvm_memory_read_u32(f.context, size - 4, &narrow));
    CHECK_EQUAL(narrow, 0x01020304);
    CHECK(!xvm_memory_write_u32(f.context, size - 3, 0) && !xvm_memory_read_u32(f.context, size - 3, &narrow));
    CHECK(xvm_memory_write_u64(f.context, size - 8, 0x0102030405060708) && xvm_memory_read_u64(f.context, size - 8, &wide));
    CHECK(wide == 0x0102030405060708 && !xvm_memory_write_u64(f.context, size - 7, 0));
    CHECK(!xvm_memory_read_u64(f.context, size - 7, &wide));
    CHECK(xvm_memory_write(f.context, 100, "text", 5));
    uint64_t length = 0;
    const uint8_t *text = xvm_memory_string(f.context, 100, &length);
    CHECK(text != NULL && length == 4 && memcmp(text, "text", 4) == 0);
    memset(xvm_memory(f.context, size - 4, 4), 'x', 4);
    CHECK(xvm_memory_string(f.context, size - 4, &length) == NULL);
    CHECK(xvm_memory_string(f.context, size, &length) == NULL);
    fixture_close(&f);
}

static bool is_zero(const uint8_t *bytes, uint64_t size) {
    for (uint64_t i = 0; i < size; i++) {
        if (bytes[i] != 0) return false;
    }
    return true;
}

// After a reset the second instance, grown to the same size, finds nothing but what init writes.
static void resets_leave_nothing(uint32_t pages) {
    struct fixture f = fixture_open();
    xvm_limits_t wide = limits;
    wide.memory_pages_max = pages;
    xvm_completion_t completion;
    for (int round = 0; round < 3; round++) {
        CHECK_EQUAL(xvm_init_context(f.context, GAS, &wide, &completion, NULL), XVM_STATUS_OK);
        CHECK_EQUAL(completion.ending, XVM_ENDING_RETURNED);
        CHECK_EQUAL(xvm_memory_pages(f.context), 2);
        // the border is back where it was
        traps(&f, EXPORT_LOAD, 2 * page, 0, XVM_TRAP_OUT_OF_BOUNDS_MEMORY_ACCESS);
        if (pages > 2) CHECK_EQUAL(value_of(&f, EXPORT_GROW, pages - 2, 0), 2);
        uint8_t *memory = xvm_memory(f.context, 0, pages * page);
        CHECK(memory != NULL);
        CHECK(is_zero(memory, 8) && memcmp(memory + 8, "data", 4) == 0 && is_zero(memory + 12, pages * page - 12));
        const uint8_t *header = memory - 65536;
        CHECK(is_zero(header + XVM_INSTANCE_GLOBALS + 8, 65536 - XVM_INSTANCE_GLOBALS - 8));
        CHECK_EQUAL(value_of(&f, EXPORT_COUNT, 0, 0), 42);
        CHECK_EQUAL(value_of(&f, EXPORT_INDIRECT, 1, 0), 7);
        traps(&f, EXPORT_INDIRECT, 9, 0, XVM_TRAP_UNINITIALIZED_ELEMENT);
        value_of(&f, EXPORT_DIRTY, 0, 0);
        memset(memory + pages * page - 9000, 0x5a, 9000);
        CHECK_EQUAL(memory[17], 0xa5);
        CHECK_EQUAL(xvm_reset_context(f.context), XVM_STATUS_OK);
        CHECK_EQUAL(xvm_memory_pages(f.context), 0);
        CHECK(is_zero(header, 65536) && is_zero(memory, 2 * page));
    }
    fixture_close(&f);
}

static void small_resets_leave_nothing(void) { resets_leave_nothing(2); }
static void middle_resets_leave_nothing(void) { resets_leave_nothing(16); }
static void large_resets_leave_nothing(void) { resets_leave_nothing(300); }

// Each byte of blocks and of a rest is found, alone and by both kinds of vectors; the bytes around are left as they are.
static void clear_finds_each_byte(void) {
    static const size_t sizes[] = {1, 2, 31, 33, 4095, 4096, 4097, 8192, 8192 + 17};
    enum { AROUND = 64, ALL = 8192 + 17 };
    static const uint8_t zero[ALL];
    static uint8_t room[AROUND + ALL + AROUND] __attribute__((aligned(64)));
    for (int wide = 0; wide <= (__builtin_cpu_supports("avx2") ? 1 : 0); wide++) {
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
            // an offset of 16: tables are no better aligned
            uint8_t *bytes = room + (i % 2 == 0 ? AROUND : AROUND - 16);
            for (size_t at = 0; at < sizes[i]; at++) {
                bytes[-1] = bytes[sizes[i]] = 0xee;
                bytes[at] = at % 3 == 0 ? 0x80 : 1;
                xvm_bytes_clear_with(wide == 1, bytes, sizes[i]);
                CHECK(memcmp(bytes, zero, sizes[i]) == 0);
                CHECK(bytes[-1] == 0xee && bytes[sizes[i]] == 0xee);
            }
            bytes[-1] = bytes[sizes[i]] = 0;
        }
        xvm_bytes_clear_with(wide == 1, room, 0);
    }
}

// A page that nobody wrote must not be written by its reset: it would be one more for each worker.
static void clear_writes_no_zero(void) {
    uint8_t *bytes = mmap(NULL, 5 * 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(bytes != MAP_FAILED);
    for (int wide = 0; wide <= (__builtin_cpu_supports("avx2") ? 1 : 0); wide++) xvm_bytes_clear_with(wide == 1, bytes, 4 * 4096 + 100);
    CHECK_EQUAL(munmap(bytes, 5 * 4096), 0);
}

static unsigned mapping_count(void) {
    FILE *maps = fopen("/proc/self/maps", "r");
    CHECK(maps != NULL);
    unsigned count = 0;
    for (int c; (c = fgetc(maps)) != EOF;) count += c == '\n';
    fclose(maps);
    return count;
}

static void contexts_leave_no_mapping(void) {
    struct fixture f = fixture_open();
    xvm_completion_t completion;
    unsigned before = 0;
    for (int i = 0; i < 3000; i++) {
        xvm_context_t *context;
        CHECK_EQUAL(xvm_new_context(f.code, &context, NULL), XVM_STATUS_OK);
        CHECK_EQUAL(xvm_init_context(context, GAS, &limits, &completion, NULL), XVM_STATUS_OK);
        uint64_t slots[1] = {5};
        CHECK_EQUAL(xvm_call(context, EXPORT_GROW, slots, 1, 1, &completion, NULL), XVM_STATUS_OK);
        CHECK_EQUAL(slots[0], 2);
        CHECK_EQUAL(xvm_release_context(context), XVM_STATUS_OK);
        if (i == 100) before = mapping_count();
    }
    CHECK(mapping_count() <= before + 2);  // the allocator may add an arena of its own
    fixture_close(&f);
}

static void contexts_live_side_by_side(void) {
    struct fixture f = fixture_open();
    enum { COUNT = 200 };
    static xvm_context_t *contexts[COUNT];
    xvm_completion_t completion;
    for (uint64_t i = 0; i < COUNT; i++) {
        CHECK_EQUAL(xvm_new_context(f.code, &contexts[i], NULL), XVM_STATUS_OK);
        CHECK_EQUAL(xvm_init_context(contexts[i], GAS, &limits, &completion, NULL), XVM_STATUS_OK);
        uint64_t slots[2] = {64, i};
        CHECK_EQUAL(xvm_call(contexts[i], EXPORT_STORE, slots, 2, 2, &completion, NULL), XVM_STATUS_OK);
    }
    for (uint64_t i = 0; i < COUNT; i++) {
        uint64_t slots[1] = {64};
        CHECK_EQUAL(xvm_call(contexts[i], EXPORT_LOAD, slots, 1, 1, &completion, NULL), XVM_STATUS_OK);
        CHECK_EQUAL(slots[0], i);
        CHECK_EQUAL(xvm_release_context(contexts[i]), XVM_STATUS_OK);
    }
    fixture_close(&f);
}

static void *trap_on_this_thread(void *argument) {
    struct fixture *f = argument;
    for (int i = 0; i < 200; i++) traps(f, EXPORT_LOAD, 0xff000000, 0, XVM_TRAP_OUT_OF_BOUNDS_MEMORY_ACCESS);
    return NULL;
}

static void threads_trap_apart(void) {
    struct fixture f[2];
    pthread_t threads[2];
    for (int i = 0; i < 2; i++) {
        f[i] = fixture_open();
        fixture_init(&f[i], GAS);
    }
    for (int i = 0; i < 2; i++) CHECK_EQUAL(pthread_create(&threads[i], NULL, trap_on_this_thread, &f[i]), 0);
    for (int i = 0; i < 2; i++) CHECK_EQUAL(pthread_join(threads[i], NULL), 0);
    for (int i = 0; i < 2; i++) fixture_close(&f[i]);
}

const struct test memory_tests[] = {
    {"accesses trap from the byte behind memory to the end of the guard", accesses_end_at_the_last_byte, 0, false},
    {"the guard traps again and again", guard_traps_many_times, 0, false},
    {"memory grows to its limit, in place, and not beyond", memory_grows_to_the_limit, 0, false},
    {"memory grows to 4 GiB and shrinks again", memory_grows_to_four_gibibytes, 0, false},
    {"guest ranges are exact in 64 bits", guest_ranges_are_exact, 0, false},
    {"a reset leaves no byte: 2 pages", small_resets_leave_nothing, 0, false},
    {"a reset leaves no byte: 16 pages, cleared in place", middle_resets_leave_nothing, 0, false},
    {"a reset leaves no byte: 300 pages, given back", large_resets_leave_nothing, 0, false},
    {"a reset finds each byte that is not zero", clear_finds_each_byte, 0, false},
    {"a reset writes nothing where all is zero", clear_writes_no_zero, 0, false},
    {"3000 contexts leave no mapping", contexts_leave_no_mapping, 0, false},
    {"200 contexts live side by side", contexts_live_side_by_side, 0, false},
    {"threads trap apart from each other", threads_trap_apart, 0, false},
    {NULL, NULL, 0, false},
};
