// SPDX-License-Identifier: Apache-2.0
// Cases: the host imports with good, empty, wrapping and end-of-memory ranges, and their limits.

#include "check.h"

#include "xvm_emscripten_imports.h"

enum { GET = 1, PUT, DELETE, SCAN, ARGUMENT, METHOD, CALLER, INITIATOR, AMOUNT, OUTPUT, LOG, EVENT, ABORT, ARGUMENT_AT };

enum { size = 2 * XVM_PAGE_SIZE };  // of memory
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

// --- Ranges: a table of every row ------------------------------------------------------------------------------------

// What the parameters of an import are, one letter each: A address whose size is the next parameter S; M address whose size is the last
// one; 4, 8 address of so many bytes; Z address of a text that ends with a zero; V address of writev's {fd, iov, count}; N number.
struct shape {
    uint32_t number;
    const char *parameters;
    uint32_t good[7];  // such that every range is looked at
};
static const struct shape shapes[] = {
    {1, "ASAS", {100, 3, 200, 10}},
    {2, "ASAS", {100, 3, 200, 10}},
    {3, "AS", {100, 3}},
    {4, "ASASNAS", {100, 3, 200, 3, 5, 300, 1000}},
    {5, "ASAS", {100, 3, 200, 10}},
    {6, "AS", {100, 3}},
    {7, "AS", {100, 3}},
    {8, "AS", {100, 3}},
    {9, "AS", {100, 3}},
    {10, "NASAS", {200, 100, 3, 200, 3}},
    {11, "AS", {100, 3}},
    {12, "ASAS", {100, 3, 200, 3}},
    {13, "AS", {100, 3}},
    {14, "NASAS8", {0, 100, 3, 200, 3, 300}},
    {15, "ASASASN", {100, 3, 200, 3, 300, 30, 0}},
    {16, "", {0}},
    {17, "AS", {100, 3}},
    {18, "AS", {100, 3}},
    {19, "ASAS", {100, 3, 200, 3}},
    {20, "ASAS", {100, 32, 200, 30}},
    {21, "ASAS", {100, 32, 200, 30}},
    {22, "ASAS", {100, 3, 200, 30}},
    {23, "AS", {100, 30}},
    {24, "ASAS", {100, 3, 200, 30}},
    {100, "MMS", {100, 200, 30}},
    {101, "", {0}},
    {102, "", {0}},
    {103, "NV", {146, 400}},
    {104, "N", {1}},
    {105, "N", {1}},
    {106, "N", {1}},
    {107, "N", {1}},
    {108, "N", {1}},
    {109, "NN", {1, 2}},
    {110, "NN", {1, 2}},
    {111, "", {0}},
    {112, "", {0}},
    {113, "N", {1}},
    {114, "NN", {1, 2}},
    {115, "NN", {1, 2}},
    {116, "", {0}},
    {117, "N", {1}},
    {118, "", {0}},
    {119, "N", {1}},
    {120, "NNN", {1, 2, 3}},
    {121, "NNNN", {1, 2, 3, 4}},
    {122, "NNNNN", {1, 2, 3, 4, 5}},
    {123, "NN", {1, 2}},
    {124, "NN", {1, 2}},
    {125, "NN", {1, 2}},
    {126, "NN", {1, 2}},
    {127, "", {0}},
    {128, "N", {1}},
    {129, "N", {1}},
    {130, "", {0}},
    {131, "ZASAS", {500, 100, 3, 200, 32}},
    {132, "ZAS44", {510, 100, 3, 200, 208}},
    {133, "ZAS44", {510, 520, 4, 200, 208}},
    {134, "ASASAS", {100, 3, 200, 3, 300, 32}},
    {135, "AS", {100, 3}},
    {136, "ASASAS4", {100, 3, 200, 3, 600, 100, 300}},
    {137, "ASAS", {100, 3, 200, 3}},
    {138, "AS", {600, 24}},
};

// A row, as the tables have it; the place is what EXPORT_IMPORT takes.
struct import_row {
    uint32_t number;
    const char *parameters;
};
#define ROW(number, module, name, parameters, results) {number, parameters},
static const struct import_row import_rows[] = {XVM_HOST_IMPORT_TABLE(ROW) XVM_EMSCRIPTEN_IMPORT_TABLE(ROW)};
#undef ROW
#define IMPORT_ROW_COUNT (sizeof import_rows / sizeof import_rows[0])

static const struct shape *shape_of(uint32_t number) {
    uint32_t wanted = number < XVM_EMSCRIPTEN_FIRST + XVM_EMSCRIPTEN_ALIAS ? number : number - XVM_EMSCRIPTEN_ALIAS;
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        if (shapes[i].number == wanted) return &shapes[i];
    }
    fprintf(stderr, "import %u has no shape\n", number);
    return NULL;
}

// Addresses and texts that the shapes name, and a response that waits to be fetched.
static void prepare(void) {
    set(510, "hex");
    set(500, "sha256");
    CHECK(xvm_memory_write(f.context, 506, "\0", 1) && xvm_memory_write(f.context, 513, "\0", 1));
    set(520, "0aff");
    CHECK(xvm_memory_write_u32(f.context, MALLOC_WORD, 4096));
    const uint32_t list[] = {1, 420, 2, 100, 3, 103, 4};  // fd, iov, count; at 420: two parts
    CHECK(xvm_memory_write(f.context, 400, list, 12) && xvm_memory_write(f.context, 420, list + 3, 16));
    f.host->malloc_export = EXPORT_MALLOC;
    f.host->reply.body_size = 24;
    f.host->is_response_pending = true;
}

static xvm_completion_t call_row(size_t row, const uint32_t *parameters) {
    xvm_host_begin(f.host);
    prepare();
    return import(row + 1, parameters, (uint32_t)strlen(import_rows[row].parameters), NULL);
}

static bool is_outside(xvm_completion_t completion) {
    return completion.ending == XVM_ENDING_TRAPPED && completion.trap == XVM_TRAP_OUT_OF_BOUNDS_MEMORY_ACCESS;
}

static void check_row(size_t row, const uint32_t *parameters, bool outside, const char *what) {
    if (is_outside(call_row(row, parameters)) == outside) return;
    fprintf(stderr, "import %u %s:", import_rows[row].number, outside ? "lets a range pass" : "refuses a range");
    for (size_t i = 0; i < strlen(import_rows[row].parameters); i++) fprintf(stderr, " %u", parameters[i]);
    fprintf(stderr, " (%s)\n", what);
    CHECK(false);
}

// An address of `bytes` bytes moved over the end and around the corner.
static void check_fixed(size_t row, const struct shape *shape, size_t at, uint32_t bytes) {
    uint32_t parameters[7];
    memcpy(parameters, shape->good, sizeof parameters);
    const uint32_t bad[] = {size - bytes + 1, size - 1, size, size + 1, 0x7fffffffu, 0x80000000u, 0xffffffffu - bytes, 0xffffffffu};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        parameters[at] = bad[i];
        check_row(row, parameters, true, "address");
    }
}

static void check_sized(size_t row, const struct shape *shape, size_t at, size_t length_at) {
    static const uint32_t bad[][2] = {
        {size - 1, 2},           {size, 1},        {size + 1, 0},     {0, size + 1},
        {0xffffffffu, 1},        {0xffffffffu, 2}, {0xfffffff0u, 32}, {16, 0xfffffff8u},
        {0xffffffffu, 0xffffffffu}, {size - 7, 8}, {0x80000000u, 0x80000000u}, {0, 0xffffffffu}, {1, 0xffffffffu},
    };
    uint32_t parameters[7];
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        memcpy(parameters, shape->good, sizeof parameters);
        parameters[at] = bad[i][0];
        parameters[length_at] = bad[i][1];
        check_row(row, parameters, true, "range");
    }
    // Up to the last byte, and nothing at the end.
    memcpy(parameters, shape->good, sizeof parameters);
    parameters[at] = size - parameters[length_at];
    check_row(row, parameters, false, "range at the end");
    if (shape->parameters[at] != 'A') return;
    parameters[at] = size;
    parameters[length_at] = 0;
    check_row(row, parameters, false, "empty range at the end");
}

static void check_text(size_t row, const struct shape *shape, size_t at) {
    uint32_t parameters[7];
    memcpy(parameters, shape->good, sizeof parameters);
    const uint32_t bad[] = {size, size + 1, 0x80000000u, 0xffffffffu};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        parameters[at] = bad[i];
        check_row(row, parameters, true, "text");
    }
    // One that never ends, and one whose zero is the last byte of memory.
    set(size - 6, "sha256");
    parameters[at] = size - 6;
    check_row(row, parameters, true, "text without end");
    uint64_t length = 0;
    prepare();
    const uint8_t *text = xvm_memory_string(f.context, shape->good[at], &length);
    CHECK(text != NULL);
    uint8_t copy[16];
    CHECK(length < sizeof copy);
    memcpy(copy, text, length + 1);
    parameters[at] = size - (uint32_t)length - 1;
    CHECK(xvm_memory_write(f.context, parameters[at], copy, length + 1));
    check_row(row, parameters, false, "text at the end");
}

// writev: its list, and each part of it.
static void check_list(size_t row, const struct shape *shape) {
    check_fixed(row, shape, 1, 12);
    static const struct {
        uint32_t iov, count, address, size;
        bool outside;
    } lists[] = {
        {420, 2, size - 3, 3, false},     {420, 2, size, 0, false},         {420, 2, size - 3, 4, true},
        {420, 2, 0xffffffffu, 1, true},   {420, 2, 0xfffffff0u, 32, true},  {420, 2, 0, 0xffffffffu, true},
        {size - 15, 2, 0, 0, true},       {size - 8, 1, 0, 0, false},       {size, 0, 0, 0, false},
        {size, 1, 0, 0, true},            {420, 0x20000000u, 0, 0, true},   {420, 0xffffffffu, 0, 0, true},
        {0xfffffff8u, 1, 0, 0, true},     {420, 0x10000u, 0, 0, true},
    };
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        xvm_host_begin(f.host);
        prepare();
        const uint32_t head[] = {1, lists[i].iov, lists[i].count}, part[] = {lists[i].address, lists[i].size};
        CHECK(xvm_memory_write(f.context, 700, head, 12));
        if (lists[i].iov <= size - 8) CHECK(xvm_memory_write(f.context, lists[i].iov, part, 8));
        // `prepare` writes the first list again, so this one is called without it.
        xvm_completion_t completion = import(row + 1, (const uint32_t[]){146, 700}, 2, NULL);
        if (is_outside(completion) != lists[i].outside) fprintf(stderr, "list %zu\n", i);
        CHECK_EQUAL(is_outside(completion), lists[i].outside);
    }
}

static void ranges_are_checked(void) {
    open();
    for (size_t row = 0; row < IMPORT_ROW_COUNT; row++) {
        const struct shape *shape = shape_of(import_rows[row].number);
        CHECK(shape != NULL);
        CHECK_EQUAL(strlen(shape->parameters), strlen(import_rows[row].parameters));
        check_row(row, shape->good, false, "good");
        for (size_t at = 0; shape->parameters[at] != 0; at++) {
            switch (shape->parameters[at]) {
            case 'A': check_sized(row, shape, at, at + 1); break;
            case 'M': check_sized(row, shape, at, strlen(shape->parameters) - 1); break;
            case '4': check_fixed(row, shape, at, 4); break;
            case '8': check_fixed(row, shape, at, 8); break;
            case 'Z': check_text(row, shape, at); break;
            case 'V': check_list(row, shape); break;
            case 'S': break;
            case 'N': {
                // Whatever the number is: it reaches no memory.
                uint32_t parameters[7];
                memcpy(parameters, shape->good, sizeof parameters);
                const uint32_t numbers[] = {0, 0x7fffffffu, 0x80000000u, 0xffffffffu};
                for (size_t i = 0; i < 4; i++) {
                    parameters[at] = numbers[i];
                    check_row(row, parameters, false, "number");
                }
                break;
            }
            default: CHECK(false);
            }
        }
    }
    fixture_close(&f);
}

// The same: nothing of a refused call has reached the port.
static void refused_ranges_reach_nobody(void) {
    open();
    for (size_t row = 0; row < IMPORT_ROW_COUNT; row++) {
        const struct shape *shape = shape_of(import_rows[row].number);
        for (size_t at = 0; shape->parameters[at] != 0; at++) {
            if (shape->parameters[at] != 'A') continue;
            uint32_t parameters[7];
            memcpy(parameters, shape->good, sizeof parameters);
            parameters[at] = 0xffffffffu;
            CHECK(is_outside(call_row(row, parameters)));
            CHECK(!f.host->has_output);
        }
    }
    CHECK_EQUAL(f.dictionary->get_count + f.dictionary->put_count + f.dictionary->scan_count + f.dictionary->remove_count, 0);
    CHECK_EQUAL(f.dictionary->log_count + f.dictionary->event_count, 0);
    fixture_close(&f);
}

// What lies behind a buffer stays as it was, and what is handed out into the last bytes is whole.
static void last_bytes_are_used(void) {
    open();
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
    {"each range of each row of both tables is checked: beyond the end, around the corner, up to the last byte", ranges_are_checked, 0, false},
    {"nothing of a refused range reaches the port", refused_ranges_reach_nobody, 0, false},
    {"ranges go up to the last byte", last_bytes_are_used, 0, false},
    {"sizes over a limit are contract errors, decided before posting", sizes_are_decided_here, 0, false},
    {"scans give items in order, as many as fit", scans_give_items_in_order, 0, false},
    {"method, caller, initiator, amount and arguments are told", the_call_is_told, 0, false},
    {"the last output counts", the_last_output_counts, 0, false},
    {"logs and events are limited per invocation", logs_and_events_are_limited, 0, false},
    {"an abort carries its text", aborts_carry_their_text, 0, false},
    {NULL, NULL, 0, false},
};
