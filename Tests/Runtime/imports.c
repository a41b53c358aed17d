// SPDX-License-Identifier: Apache-2.0
// Cases: the host imports with good, empty, wrapping and end-of-memory ranges, and their limits.

#include "check.h"

enum { GET = 1, PUT, DELETE, SCAN, ARGUMENT, METHOD, CALLER, INITIATOR, AMOUNT, OUTPUT, LOG, EVENT, ABORT, ARGUMENT_AT };

static const uint32_t size = 2 * XVM_PAGE_SIZE;  // of memory
static struct fixture f;

static void open(void) {
    f = fixture_open();
    fixture_init(&f, GAS);
}

// Calls an import through the object; `count` parameters follow.
static xvm_completion_t import(uint64_t number, const uint32_t *parameters, uint32_t count, int32_t *value) {
    uint64_t slots[8] = {number};
    for (uint32_t i = 0; i < count; i++) slots[i + 1] = parameters[i];
    uint64_t result = 0;
    xvm_reset_gas_used(f.context);
    xvm_completion_t completion = call(&f, EXPORT_IMPORT, 8, slots, &result);
    if (value != NULL) *value = (int32_t)(uint32_t)result;
    return completion;
}
#define PARAMETERS(...) (const uint32_t[]){__VA_ARGS__}, (uint32_t)(sizeof((const uint32_t[]){__VA_ARGS__}) / 4)
#define GIVES(number, expected, ...)                                                       \
    do {                                                                                   \
        int32_t value_ = 0;                                                                \
        CHECK_EQUAL(import(number, PARAMETERS(__VA_ARGS__), &value_).ending, XVM_ENDING_RETURNED); \
        CHECK_EQUAL(value_, expected);                                                     \
    } while (0)
#define TRAPS(number, ...)                                                               \
    do {                                                                                 \
        xvm_completion_t completion_ = import(number, PARAMETERS(__VA_ARGS__), NULL);    \
        CHECK_EQUAL(completion_.ending, XVM_ENDING_TRAPPED);                             \
        CHECK_EQUAL(completion_.trap, XVM_TRAP_OUT_OF_BOUNDS_MEMORY_ACCESS);             \
    } while (0)

static void set(uint32_t address, const char *text) { CHECK(xvm_memory_write(f.context, address, text, strlen(text))); }
static bool is(uint32_t address, const char *text) {
    const uint8_t *bytes = xvm_memory(f.context, address, strlen(text));
    return bytes != NULL && memcmp(bytes, text, strlen(text)) == 0;
}

static void values_come_and_go(void) {
    open();
    set(100, "keyvalue");
    GIVES(GET, XVM_CONTRACT_NOT_FOUND, 100, 3, 200, 50);
    GIVES(PUT, 0, 100, 3, 103, 5);
    GIVES(GET, 5, 100, 3, 200, 50);
    CHECK(is(200, "value"));
    // a short buffer takes the beginning, the size is told whole, nothing beyond is written
    set(300, "........");
    GIVES(GET, 5, 100, 3, 300, 2);
    CHECK(is(300, "va......"));
    GIVES(GET, 5, 100, 3, 300, 0);
    // an empty value is a value, the empty key a key
    GIVES(PUT, 0, 100, 3, 0, 0);
    GIVES(GET, 0, 100, 3, 200, 50);
    GIVES(PUT, 0, 0, 0, 103, 5);
    GIVES(GET, 5, size, 0, 200, 50);  // empty range at the end
    GIVES(DELETE, 0, 100, 3);
    GIVES(GET, XVM_CONTRACT_NOT_FOUND, 100, 3, 200, 50);
    fixture_close(&f);
}

// Every pointer and length of every import, moved over the end and around the corner: each traps before the port is asked.
static void ranges_are_checked(void) {
    open();
    static const struct {
        uint64_t number;
        uint32_t count;
        uint32_t good[7];
        uint32_t ranges[3];  // index of a pointer; its size follows. 7: none. 8 + i: pointer i has size 8
    } rows[] = {
        {GET, 4, {100, 3, 200, 10}, {0, 2, 7}},
        {PUT, 4, {100, 3, 200, 10}, {0, 2, 7}},
        {DELETE, 2, {100, 3}, {0, 7, 7}},
        {SCAN, 7, {100, 3, 200, 3, 5, 300, 1000}, {0, 2, 5}},
        {ARGUMENT, 4, {100, 3, 200, 10}, {0, 2, 7}},
        {METHOD, 2, {100, 3}, {0, 7, 7}},
        {CALLER, 2, {100, 3}, {0, 7, 7}},
        {INITIATOR, 2, {100, 3}, {0, 7, 7}},
        {AMOUNT, 2, {100, 3}, {0, 7, 7}},
        {OUTPUT, 5, {200, 100, 3, 200, 3}, {1, 3, 7}},
        {LOG, 2, {100, 3}, {0, 7, 7}},
        {EVENT, 4, {100, 3, 200, 3}, {0, 2, 7}},
        {ABORT, 2, {100, 3}, {0, 7, 7}},
        {ARGUMENT_AT, 6, {0, 100, 3, 200, 3, 300}, {1, 3, 8 + 5}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (size_t r = 0; r < 3; r++) {
            uint32_t range = rows[i].ranges[r];
            if (range == 7) continue;
            bool fixed = range >= 8;
            uint32_t pointer = fixed ? range - 8 : range;
            const uint32_t bad[][2] = {
                {size - 1, 2},           {size, 1},        {size + 1, 0},     {0, size + 1},
                {0xffffffffu, 1},        {0xffffffffu, 2}, {0xfffffff0u, 32}, {16, 0xfffffff8u},
                {0xffffffffu, 0xffffffffu}, {size - 7, 8},
            };
            for (size_t b = 0; b < sizeof bad / sizeof bad[0]; b++) {
                uint32_t parameters[7];
                memcpy(parameters, rows[i].good, sizeof parameters);
                parameters[pointer] = bad[b][0];
                if (!fixed) parameters[pointer + 1] = bad[b][1];
                if (fixed && bad[b][0] <= size - 8) continue;
                xvm_completion_t completion = import(rows[i].number, parameters, rows[i].count, NULL);
                CHECK_EQUAL(completion.ending, XVM_ENDING_TRAPPED);
                CHECK_EQUAL(completion.trap, XVM_TRAP_OUT_OF_BOUNDS_MEMORY_ACCESS);
            }
        }
    }
    CHECK_EQUAL(f.dictionary->get_count + f.dictionary->put_count + f.dictionary->scan_count + f.dictionary->remove_count, 0);
    CHECK_EQUAL(f.dictionary->log_count + f.dictionary->event_count, 0);
    CHECK(!f.host->has_output);
    // the last good ranges: up to the last byte
    GIVES(PUT, 0, size - 3, 3, size - 5, 5);
    GIVES(GET, 5, size - 3, 3, size, 0);
    GIVES(LOG, 0, size - 1, 1);
    GIVES(METHOD, 0, size, 0);
    GIVES(ARGUMENT_AT, XVM_CONTRACT_NOT_FOUND, 0, size, 0, size, 0, size - 8);
    fixture_close(&f);
}

static void sizes_are_decided_here(void) {
    f = fixture_open();
    fixture_init_wide(&f, GAS, 32);
    uint64_t old = 0, more[1] = {30};  // of two pages: room for the largest value and a byte beside it
    CHECK_EQUAL(call(&f, EXPORT_GROW, 1, more, &old).ending, XVM_ENDING_RETURNED);
    CHECK_EQUAL(old, 2);
    GIVES(PUT, 0, 0, XVM_KEY_SIZE_MAX, 0, XVM_VALUE_SIZE_MAX);
    GIVES(PUT, XVM_CONTRACT_KEY_SIZE, 0, XVM_KEY_SIZE_MAX + 1, 0, 1);
    GIVES(PUT, XVM_CONTRACT_VALUE_SIZE, 0, 1, 0, XVM_VALUE_SIZE_MAX + 1);
    GIVES(GET, XVM_CONTRACT_KEY_SIZE, 0, XVM_KEY_SIZE_MAX + 1, 0, 1);
    GIVES(DELETE, XVM_CONTRACT_KEY_SIZE, 0, XVM_KEY_SIZE_MAX + 1);
    GIVES(SCAN, XVM_CONTRACT_KEY_SIZE, 0, XVM_BOUND_SIZE_MAX + 1, 0, 0, 1, 0, 100);
    GIVES(SCAN, XVM_CONTRACT_KEY_SIZE, 0, 0, 0, XVM_BOUND_SIZE_MAX + 1, 1, 0, 100);
    GIVES(EVENT, 0, 0, XVM_EVENT_NAME_SIZE_MAX, 0, XVM_EVENT_BODY_SIZE_MAX);
    GIVES(EVENT, XVM_CONTRACT_VALUE_SIZE, 0, XVM_EVENT_NAME_SIZE_MAX + 1, 0, 0);
    GIVES(EVENT, XVM_CONTRACT_VALUE_SIZE, 0, 0, 0, XVM_EVENT_BODY_SIZE_MAX + 1);
    GIVES(OUTPUT, 0, 200, 0, XVM_OUTPUT_MESSAGE_SIZE_MAX, 0, XVM_OUTPUT_BODY_SIZE_MAX);
    GIVES(OUTPUT, XVM_CONTRACT_VALUE_SIZE, 200, 0, XVM_OUTPUT_MESSAGE_SIZE_MAX + 1, 0, 0);
    GIVES(OUTPUT, XVM_CONTRACT_VALUE_SIZE, 200, 0, 0, 0, XVM_OUTPUT_BODY_SIZE_MAX + 1);
    CHECK_EQUAL(f.dictionary->put_count, 1);
    CHECK_EQUAL(f.dictionary->event_count, 1);
    CHECK_EQUAL(f.host->body_size, XVM_OUTPUT_BODY_SIZE_MAX);  // what was refused replaced nothing
    fixture_close(&f);
}

static void scans_give_items_in_order(void) {
    open();
    set(100, "a1a2b1xyz");
    GIVES(PUT, 0, 102, 2, 106, 2);  // a2 = xy
    GIVES(PUT, 0, 100, 2, 106, 1);  // a1 = x
    GIVES(PUT, 0, 104, 2, 106, 3);  // b1 = xyz
    // all: [, )
    GIVES(SCAN, 11 + 12 + 13, 0, 0, 0, 0, 10, 1000, 4096);
    CHECK(memcmp(xvm_memory(f.context, 1000, 36), "\2\0\0\0\1\0\0\0a1x\2\0\0\0\2\0\0\0a2xy\2\0\0\0\3\0\0\0b1xyz", 36) == 0);
    // [a1, b1), at most one, and what fits
    GIVES(SCAN, 11 + 12, 100, 2, 104, 2, 10, 1000, 4096);
    GIVES(SCAN, 11, 100, 2, 104, 2, 1, 1000, 4096);
    GIVES(SCAN, 11, 100, 2, 104, 2, 10, 1000, 22);
    GIVES(SCAN, 11 + 12, 100, 2, 104, 2, 10, 1000, 23);
    GIVES(SCAN, XVM_CONTRACT_BUFFER_SIZE, 100, 2, 104, 2, 10, 1000, 10);
    GIVES(SCAN, XVM_CONTRACT_BUFFER_SIZE, 100, 2, 104, 2, 10, size, 0);
    // none; countMax 0 means the default
    GIVES(SCAN, 0, 100, 2, 100, 2, 10, 1000, 4096);
    GIVES(SCAN, 36, 0, 0, 0, 0, 0, 1000, 4096);
    // start behind limit; an empty limit is the end
    GIVES(SCAN, XVM_CONTRACT_RANGE, 104, 2, 100, 2, 10, 1000, 4096);
    GIVES(SCAN, 13, 104, 2, 0, 0, 10, 1000, 4096);
    fixture_close(&f);
}

static struct xvm_bytes text(const char *characters) {
    return (struct xvm_bytes){(const uint8_t *)characters, (uint32_t)strlen(characters)};
}

static void the_call_is_told(void) {
    open();
    struct xvm_argument arguments[] = {{text("a"), text("one")}, {text("ab"), text("")}, {text("b"), text("three")}};
    f.host->arguments = arguments;
    f.host->argument_count = 3;
    f.host->method = text("increase");
    f.host->caller = text("other");
    f.host->initiator = text("alice");
    f.host->amount = text("12");
    GIVES(METHOD, 8, 100, 100);
    CHECK(is(100, "increase"));
    set(100, "........");
    GIVES(METHOD, 8, 100, 3);
    CHECK(is(100, "inc....."));
    GIVES(CALLER, 5, 100, 100);
    CHECK(is(100, "other"));
    GIVES(INITIATOR, 5, 100, 100);
    CHECK(is(100, "alice"));
    GIVES(AMOUNT, 2, 100, 100);
    CHECK(is(100, "12"));
    set(50, "abc");
    GIVES(ARGUMENT, 3, 50, 1, 100, 100);
    CHECK(is(100, "one"));
    GIVES(ARGUMENT, 0, 50, 2, 100, 100);
    GIVES(ARGUMENT, 5, 51, 1, 100, 100);
    CHECK(is(100, "three"));
    GIVES(ARGUMENT, XVM_CONTRACT_NOT_FOUND, 50, 3, 100, 100);
    GIVES(ARGUMENT, XVM_CONTRACT_NOT_FOUND, 0, 0, 100, 100);
    GIVES(ARGUMENT_AT, 0, 2, 100, 10, 120, 3, 140);
    CHECK(is(100, "b") && is(120, "thr"));
    uint32_t sizes[2] = {0};
    CHECK(xvm_memory_read(f.context, 140, sizes, 8) && sizes[0] == 1 && sizes[1] == 5);
    GIVES(ARGUMENT_AT, XVM_CONTRACT_NOT_FOUND, 3, 100, 10, 120, 3, 140);
    GIVES(ARGUMENT_AT, XVM_CONTRACT_NOT_FOUND, 0xffffffff, 100, 10, 120, 3, 140);
    fixture_close(&f);
}

static void the_last_output_counts(void) {
    open();
    set(100, "messagebody");
    GIVES(OUTPUT, 0, 500, 100, 7, 107, 4);
    CHECK(f.host->has_output && f.host->status == 500 && f.host->message_size == 7 && f.host->body_size == 4);
    GIVES(OUTPUT, 0, 0xffffffff, 100, 3, 0, 0);
    CHECK(f.host->status == -1 && f.host->message_size == 3 && f.host->body_size == 0);
    CHECK(memcmp(f.host->message, "mes", 3) == 0);
    xvm_host_begin(f.host);
    CHECK(!f.host->has_output && f.host->message_size == 0);
    fixture_close(&f);
}

static void logs_and_events_are_limited(void) {
    open();
    set(100, "line");
    GIVES(LOG, 0, 100, 4);
    CHECK(f.dictionary->last_log_size == 4 && memcmp(f.dictionary->last_log, "line", 4) == 0);
    GIVES(LOG, 0, 0, 5000);
    CHECK_EQUAL(f.dictionary->last_log_size, XVM_LOG_SIZE_MAX);
    for (unsigned i = 2; i < XVM_LOG_COUNT_MAX + 10; i++) GIVES(LOG, 0, 100, 4);
    CHECK_EQUAL(f.dictionary->log_count, XVM_LOG_COUNT_MAX);
    CHECK(strstr((const char *)f.dictionary->last_log, "dropped") != NULL);
    GIVES(EVENT, 0, 100, 2, 102, 2);
    CHECK(f.dictionary->last_event_name_size == 2 && memcmp(f.dictionary->last_event, "line", 4) == 0);
    for (unsigned i = 1; i < XVM_EVENT_COUNT_MAX; i++) GIVES(EVENT, 0, 100, 2, 102, 2);
    GIVES(EVENT, XVM_CONTRACT_COUNT, 100, 2, 102, 2);
    CHECK_EQUAL(f.dictionary->event_count, XVM_EVENT_COUNT_MAX);
    fixture_close(&f);
}

static void aborts_carry_their_text(void) {
    open();
    set(100, "not enough");
    xvm_completion_t completion = import(ABORT, PARAMETERS(100, 10), NULL);
    CHECK_EQUAL(completion.ending, XVM_ENDING_TRAPPED);
    CHECK_EQUAL(completion.trap, XVM_TRAP_HOST_ABORT);
    CHECK(completion.text_size == 10 && memcmp(completion.text, "not enough", 10) == 0);
    CHECK_EQUAL(completion.gas_used, GAS);
    completion = import(ABORT, PARAMETERS(100, 5000), NULL);
    CHECK_EQUAL(completion.text_size, XVM_OUTPUT_MESSAGE_SIZE_MAX);
    completion = import(ABORT, PARAMETERS(size, 0), NULL);
    CHECK(completion.trap == XVM_TRAP_HOST_ABORT && completion.text_size == 0);
    // an older text is not shown with another trap
    xvm_reset_gas_used(f.context);
    completion = call(&f, EXPORT_TRAP, 1, (uint64_t[]){XVM_TRAP_UNREACHABLE}, NULL);
    CHECK_EQUAL(completion.text_size, 0);
    fixture_close(&f);
}

const struct test import_tests[] = {
    {"values are put, got, cut to the buffer, deleted", values_come_and_go, 0, false},
    {"each range of each import is checked before the port is asked", ranges_are_checked, 0, false},
    {"sizes over a limit are contract errors, decided before posting", sizes_are_decided_here, 0, false},
    {"scans give items in order, as many as fit", scans_give_items_in_order, 0, false},
    {"method, caller, initiator, amount and arguments are told", the_call_is_told, 0, false},
    {"the last output counts", the_last_output_counts, 0, false},
    {"logs and events are limited per invocation", logs_and_events_are_limited, 0, false},
    {"an abort carries its text", aborts_carry_their_text, 0, false},
    {NULL, NULL, 0, false},
};
