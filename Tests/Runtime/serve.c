// SPDX-License-Identifier: Apache-2.0
// Cases of worker/serve.c: a forked worker serves over two real segments, this process is the host on the same rings.

#include "../../sandbox-c/worker/serve.h"

#include <dlfcn.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

#include "check.h"
#include "xvm_ring.h"

#define SEGMENT_SIZE (XVM_RING_CONTROL_SIZE + XVM_RING_CAPACITY)
#define ARENA_PAGES 64
#define CORRELATION 7u

static uint8_t *h2w, *w2h;
static struct xvm_channel channel;  // the host's
static pid_t worker;
static uint8_t received[XVM_PAYLOAD_SIZE_MAX];

#define LARGE_PUT 61440u  // with its key nearly the largest frame

// --- The worker -----------------------------------------------------------------------------------------------------

static void be_worker(void) {
    static struct xvm_channel mine;
    CHECK_EQUAL(prctl(PR_SET_PDEATHSIG, SIGKILL), 0);  // where a check of the host's fails
    xvm_channel_init_worker(&mine, h2w, w2h);
    CHECK_EQUAL(xvm_arena_reserve(ARENA_PAGES), 0);
    CHECK_EQUAL(xvm_fault_handlers_install(), 0);
    void *library = dlopen(module_path, RTLD_NOW | RTLD_LOCAL);
    CHECK(library != NULL);
    const struct xvm_descriptor *descriptor = dlsym(library, XVM_DESCRIPTOR_SYMBOL);
    CHECK(descriptor != NULL);
    xvm_error_t error = {0};
    CHECK_EQUAL(xvm_serve_prepare(descriptor, &error), XVM_STATUS_OK);
    if (!UNDER_ASAN) {
        seal(h2w + offsetof(struct xvm_ring_control, tail), w2h + offsetof(struct xvm_ring_control, tail));
    }
    xvm_serve(&mine, descriptor);
}

static void start(void) {
    h2w = mmap(NULL, SEGMENT_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    w2h = mmap(NULL, SEGMENT_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(h2w != MAP_FAILED && w2h != MAP_FAILED);
    xvm_channel_init_host(&channel, h2w, w2h, XVM_RING_CAPACITY);
    channel.read.phase = XVM_PHASE_IDLE;  // the SEALED frame is not this file's
    xvm_ring_expect(&channel, CORRELATION);
    worker = fork();
    CHECK(worker >= 0);
    if (worker == 0) be_worker();
}

static int end_of_worker(void) {
    int status = 0;
    CHECK_EQUAL(waitpid(worker, &status, 0), worker);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void stop(void) {
    CHECK_EQUAL(kill(worker, SIGKILL), 0);
    CHECK_EQUAL(end_of_worker(), -SIGKILL);
}

// --- The host -------------------------------------------------------------------------------------------------------

struct message {
    uint8_t bytes[XVM_PAYLOAD_SIZE_MAX];
    uint32_t size;
};
static struct message message;

static void add(const void *bytes, size_t size) {
    CHECK(message.size + size <= sizeof message.bytes);
    memcpy(message.bytes + message.size, bytes, size);
    message.size += (uint32_t)size;
}
static void add_u32(uint32_t value) { add(&value, 4); }
static void add_u64(uint64_t value) { add(&value, 8); }
static void add_bytes(const char *text) {
    add_u32((uint32_t)strlen(text));
    add(text, strlen(text));
}

static void send_as(uint16_t type, uint32_t correlation) {
    uint8_t *payload = xvm_ring_reserve(&channel, type, correlation, message.size);
    CHECK(payload != NULL);
    memcpy(payload, message.bytes, message.size);
    xvm_ring_commit(&channel);
    xvm_ring_publish(&channel);
    message.size = 0;
}

static void begin_invocation(uint32_t entry, uint32_t export, int64_t gas) {
    message.size = 0;
    add_u32(entry);
    add_u32(export);
    add_u64((uint64_t)gas);
    add_u32(500);
    add_u32(1 << 20);
    add_u32(16);
    add_u32(0);
}

static void send_function(uint32_t export, uint32_t count, const uint64_t *slots, int64_t gas) {
    begin_invocation(XVM_ENTRY_FUNCTION, export, gas);
    add_u32(count);
    for (uint32_t i = 0; i < count; i++) add_u64(slots[i]);
    send_as(XVM_FRAME_INVOCATION, CORRELATION);
}

static uint64_t far_away(void) {
    struct timespec now;
    CHECK_EQUAL(clock_gettime(CLOCK_MONOTONIC, &now), 0);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec + 300000000000u;
}

static struct xvm_frame next(void) {
    struct xvm_frame frame;
    for (;;) {
        enum xvm_ring_status status = xvm_ring_receive_copy(&channel, &frame, received, sizeof received);
        CHECK(status != XVM_RING_BREACH);
        if (status == XVM_RING_OK) return frame;
        CHECK_EQUAL(xvm_ring_wait_until(&channel, far_away()), 0);
    }
}

static void expect(uint16_t type) {
    struct xvm_frame frame = next();
    CHECK_EQUAL(frame.type, type);
    CHECK_EQUAL(frame.correlation, CORRELATION);
}

static uint32_t at_u32(uint32_t at) {
    uint32_t value;
    memcpy(&value, received + at, 4);
    return value;
}

static uint64_t at_u64(uint32_t at) {
    uint64_t value;
    memcpy(&value, received + at, 8);
    return value;
}

// The OUTCOME that must come next, as far as every case looks at it.
static void expect_outcome(enum xvm_ending ending, enum xvm_trap trap, int64_t gas_used) {
    expect(XVM_FRAME_OUTCOME);
    CHECK_EQUAL(received[0], ending);
    CHECK_EQUAL(received[1], trap);
    CHECK_EQUAL(received[3], 0);
    CHECK_EQUAL(at_u64(8), gas_used);
}

// --- Cases ----------------------------------------------------------------------------------------------------------

static void functions_answer(void) {
    start();
    for (uint32_t i = 0; i < 1000; i++) {
        send_function(EXPORT_ADD, 2, (uint64_t[]){i, 5}, GAS);
        expect_outcome(XVM_ENDING_RETURNED, XVM_TRAP_NONE, 110);
        CHECK(received[2] == 0 && at_u32(4) == 2 && at_u32(28) == 1 && at_u64(32) == i + 5);
        // each invocation has an instance of its own
        send_function(EXPORT_COUNT, 0, NULL, GAS);
        expect_outcome(XVM_ENDING_RETURNED, XVM_TRAP_NONE, 110);
        CHECK_EQUAL(at_u64(32), 42);
    }
    send_function(EXPORT_THREE, 0, NULL, GAS);
    expect_outcome(XVM_ENDING_RETURNED, XVM_TRAP_NONE, 110);
    CHECK(at_u32(28) == 3 && at_u64(32) == 0xffffffffu && at_u64(40) == 0x8000000000000000u && at_u64(48) == 0x3fc00000u);
    stop();
}

static void memory_is_fresh_each_time(void) {
    start();
    for (int round = 0; round < 50; round++) {
        send_function(EXPORT_GROW, 1, (uint64_t[]){14}, GAS);
        expect_outcome(XVM_ENDING_RETURNED, XVM_TRAP_NONE, 110);
        CHECK(at_u32(4) == 16 && at_u64(32) == 2);
        send_function(EXPORT_LOAD, 1, (uint64_t[]){3 * XVM_PAGE_SIZE}, GAS);
        expect_outcome(XVM_ENDING_TRAPPED, XVM_TRAP_OUT_OF_BOUNDS_MEMORY_ACCESS, GAS);
        CHECK_EQUAL(at_u32(28), 0);
        send_function(EXPORT_DIRTY, 0, NULL, GAS);
        expect_outcome(XVM_ENDING_RETURNED, XVM_TRAP_NONE, 110);
        send_function(EXPORT_LOAD, 1, (uint64_t[]){14}, GAS);  // byte 17 was marked
        expect_outcome(XVM_ENDING_RETURNED, XVM_TRAP_NONE, 110);
        CHECK_EQUAL(at_u64(32), 0);
    }
    stop();
}

static void endings_are_told(void) {
    start();
    send_function(EXPORT_TRAP, 1, (uint64_t[]){XVM_TRAP_INTEGER_OVERFLOW}, GAS);
    expect_outcome(XVM_ENDING_TRAPPED, XVM_TRAP_INTEGER_OVERFLOW, GAS);
    CHECK(at_u32(20) == 0 && at_u32(24) == 0 && at_u32(28) == 0);
    send_function(EXPORT_BURN, 0, NULL, GAS);
    expect_outcome(XVM_ENDING_OUT_OF_GAS, XVM_TRAP_NONE, GAS);
    send_function(EXPORT_NOTHING, 0, NULL, 99);  // not even init
    expect_outcome(XVM_ENDING_OUT_OF_GAS, XVM_TRAP_NONE, 99);
    send_function(EXPORT_DOWN, 1, (uint64_t[]){500}, GAS);
    expect_outcome(XVM_ENDING_TRAPPED, XVM_TRAP_CALL_STACK_EXHAUSTED, GAS);
    send_function(EXPORT_IMPORT, 8, (uint64_t[8]){13, 8, 4}, GAS);  // abort("data")
    expect_outcome(XVM_ENDING_TRAPPED, XVM_TRAP_HOST_ABORT, GAS);
    CHECK(received[2] == 0 && at_u32(20) == 4 && memcmp(received + 24, "data", 4) == 0);
    // less memory than the module begins with: an end of the contract, with its reason
    begin_invocation(XVM_ENTRY_FUNCTION, EXPORT_NOTHING, GAS);
    memcpy(message.bytes + 24, &(uint32_t){1}, 4);
    add_u32(0);
    send_as(XVM_FRAME_INVOCATION, CORRELATION);
    expect_outcome(XVM_ENDING_TRAPPED, XVM_TRAP_HOST_ABORT, GAS);
    CHECK(at_u32(20) > 10 && at_u32(4) == 0);
    stop();
}

static void send_method_with(const char *argument) {
    begin_invocation(XVM_ENTRY_METHOD, EXPORT_METHOD, GAS);
    add_bytes("increase");
    add_bytes("");
    add_bytes("alice");
    add_bytes("0");
    add_u32(2);
    add_bytes("a");
    add_bytes("first");
    add_bytes("v");
    add_bytes(argument);
    send_as(XVM_FRAME_INVOCATION, CORRELATION);
}

static void send_method(void) { send_method_with("new value"); }

static void methods_speak_with_the_store(void) {
    start();
    // (round 0) the key is there, (1) it is not, (2) it was deleted
    for (uint32_t round = 0; round < 3; round++) {
        send_method();
        expect(XVM_FRAME_GET_OBJECT);
        CHECK(at_u32(0) == 8 && memcmp(received + 4, "increase", 8) == 0);
        add_u32(round);
        add_bytes(round == XVM_RESULT_FOUND ? "old" : "");
        send_as(XVM_FRAME_RESULT, CORRELATION);
        expect(XVM_FRAME_PUT_OBJECT);
        CHECK(at_u32(0) == 8 && at_u32(12) == 9 && memcmp(received + 16, "new value", 9) == 0);
        expect_outcome(XVM_ENDING_RETURNED, XVM_TRAP_NONE, 110);
        CHECK(received[2] == 1 && at_u32(16) == 200 && at_u32(20) == 8 && memcmp(received + 24, "increase", 8) == 0);
        CHECK_EQUAL(at_u32(32), round == XVM_RESULT_FOUND ? 3 : 0);
        if (round == XVM_RESULT_FOUND) CHECK(memcmp(received + 36, "old", 3) == 0);
    }
    // one that traps after its output: no output, no body
    send_method_with("!");
    expect(XVM_FRAME_GET_OBJECT);
    add_u32(XVM_RESULT_NOT_FOUND);
    add_bytes("");
    send_as(XVM_FRAME_RESULT, CORRELATION);
    expect(XVM_FRAME_PUT_OBJECT);
    expect_outcome(XVM_ENDING_TRAPPED, XVM_TRAP_UNREACHABLE, GAS);
    CHECK(received[2] == 0 && at_u32(16) == 0 && at_u32(20) == 0 && at_u32(24) == 0 && at_u32(28) == 0);
    // the next one has no output of the last
    send_function(EXPORT_NOTHING, 0, NULL, GAS);
    expect_outcome(XVM_ENDING_RETURNED, XVM_TRAP_NONE, 110);
    CHECK(received[2] == 0 && at_u32(20) == 0);
    stop();
}

static void send_scan(void) {
    // scan("data", "", 5, 1000, 100): all keys from "data"
    send_function(EXPORT_IMPORT, 8, (uint64_t[8]){4, 8, 4, 0, 0, 5, 1000, 100}, GAS);
    expect(XVM_FRAME_NEW_ITERATOR);
    CHECK(at_u32(0) == 4 && memcmp(received + 4, "data", 4) == 0 && at_u32(8) == 0 && at_u32(12) == 5 && at_u32(16) == 100);
    CHECK(message.size == 0);
}

static void scans_speak_with_the_store(void) {
    start();
    send_scan();
    add_u32(XVM_RESULT_FOUND);
    add_u32(2);
    add_bytes("data1");
    add_bytes("x");
    add_bytes("data2");
    add_bytes("");
    send_as(XVM_FRAME_RESULT, CORRELATION);
    expect_outcome(XVM_ENDING_RETURNED, XVM_TRAP_NONE, 110);
    CHECK_EQUAL(at_u64(32), 8 + 6 + 8 + 5);
    send_scan();
    add_u32(XVM_RESULT_FOUND);
    add_u32(0);
    send_as(XVM_FRAME_RESULT, CORRELATION);
    expect_outcome(XVM_ENDING_RETURNED, XVM_TRAP_NONE, 110);
    CHECK_EQUAL(at_u64(32), 0);
    send_scan();
    add_u32(XVM_RESULT_TOO_SMALL);
    add_u32(0);
    add_u32(101);
    send_as(XVM_FRAME_RESULT, CORRELATION);
    expect_outcome(XVM_ENDING_RETURNED, XVM_TRAP_NONE, 110);
    CHECK_EQUAL((int32_t)at_u64(32), XVM_CONTRACT_BUFFER_SIZE);
    stop();
}

// However the host's taking and the worker's posting interleave.
static void posts_arrive(uint32_t count, uint32_t size) {
    start();
    send_function(EXPORT_PUT_MANY, 2, (uint64_t[]){count, size}, GAS);
    uint32_t put = 0;
    for (;;) {
        struct xvm_frame frame = next();
        CHECK_EQUAL(frame.correlation, CORRELATION);
        if (frame.type == XVM_FRAME_OUTCOME) break;
        if (frame.type == XVM_FRAME_FLUSH) {
            CHECK_EQUAL(frame.length, 0);
            add_u32(XVM_RESULT_FOUND);
            send_as(XVM_FRAME_RESULT, CORRELATION);
            continue;
        }
        CHECK_EQUAL(frame.type, XVM_FRAME_PUT_OBJECT);
        CHECK_EQUAL(frame.length, 12 + size);
        CHECK(at_u32(4) == put && at_u32(8) == size && at_u32(12) == put);
        put += 1;
    }
    CHECK_EQUAL(put, count);
    CHECK_EQUAL(at_u64(8), 110 + count);
    stop();
}

static void large_posts_are_flushed(void) { posts_arrive(40, LARGE_PUT); }
static void small_posts_arrive(void) { posts_arrive(20000, 4); }

// While the host takes nothing, four such puts fit the ring, and then the worker must ask.
static void a_sleeping_host_is_asked(void) {
    start();
    send_function(EXPORT_PUT_MANY, 2, (uint64_t[]){40, LARGE_PUT}, GAS);
    const uint64_t put_size = XVM_RING_HEADER_SIZE + ((12 + LARGE_PUT + 15) & ~15u);
    const uint64_t *tail = (const void *)(w2h + offsetof(struct xvm_ring_control, tail));
    uint64_t deadline = far_away();
    while (__atomic_load_n(tail, __ATOMIC_ACQUIRE) < 4 * put_size + XVM_RING_HEADER_SIZE) {
        CHECK(far_away() - deadline < 300000000000u);
        sched_yield();
    }
    uint32_t put = 0, flushed = 0;
    for (struct xvm_frame frame = next(); frame.type != XVM_FRAME_OUTCOME; frame = next()) {
        if (frame.type == XVM_FRAME_FLUSH) {
            flushed += 1;
            add_u32(XVM_RESULT_FOUND);
            send_as(XVM_FRAME_RESULT, CORRELATION);
        } else {
            put += 1;
        }
    }
    CHECK(put == 40 && flushed > 0);
    stop();
}

// Every invocation that the host never sends: the worker leaves with one status, and sends nothing.
static void bad_invocations_end_the_worker(void) {
    for (int which = 0;; which++) {
        uint16_t type = XVM_FRAME_INVOCATION;
        begin_invocation(XVM_ENTRY_METHOD, EXPORT_METHOD, GAS);
        add_bytes("m");
        add_bytes("");
        add_bytes("");
        add_bytes("");
        switch (which) {
        case 0: break;  // ends before the argument count
        case 1: message.size = 0; break;
        case 2: message.size = 31; break;
        case 3: add_u32(0), message.bytes[0] = 2; break;
        case 4: add_u32(0), message.bytes[1] = 1; break;
        case 5: add_u32(0), message.bytes[28] = 1; break;
        case 6: add_u32(0), message.bytes[4] = EXPORT_TOTAL; break;
        case 7: add_u32(0), message.bytes[4] = EXPORT_ADD; break;  // not () -> ()
        case 8: add_u32(0), message.bytes[15] = 0x80; break;       // negative gas
        case 9: add_u32(0), message.bytes[15] = 0x40; break;       // 2^62
        case 10: add_u32(0), message.bytes[19] = 0x80; break;      // frames
        case 11: add_u32(0), message.bytes[23] = 0x80; break;      // stack
        case 12: add_u32(0), message.bytes[24] = ARENA_PAGES + 1; break;
        case 13: add_u32(0), add_u32(0); break;  // a rest
        case 14: add_u32(0xffffffff); break;
        case 15: add_u32(1), add_u32(0), add_u32(0xffffffff); break;
        case 16: add_u32(2), add_bytes("b"), add_bytes(""), add_bytes("a"), add_bytes(""); break;
        case 17: add_u32(2), add_bytes("a"), add_bytes(""), add_bytes("a"), add_bytes(""); break;
        case 18: begin_invocation(XVM_ENTRY_FUNCTION, EXPORT_ADD, GAS), add_u32(1), add_u64(1); break;
        case 19: begin_invocation(XVM_ENTRY_FUNCTION, EXPORT_ADD, GAS), add_u32(2), add_u64(1); break;
        case 20: begin_invocation(XVM_ENTRY_FUNCTION, EXPORT_ADD, GAS), add_u32(2), add_u64(1), add_u64(1), add_u32(0); break;
        case 21: add_u32(0), type = XVM_FRAME_RESULT; break;
        default: return;
        }
        struct message kept = message;
        start();
        message = kept;
        send_as(type, CORRELATION);
        int status = end_of_worker();
        if (status != XVM_EXIT_PROTOCOL) fprintf(stderr, "invocation %d\n", which);
        CHECK_EQUAL(status, XVM_EXIT_PROTOCOL);
        struct xvm_frame frame;
        CHECK_EQUAL(xvm_ring_receive_copy(&channel, &frame, received, sizeof received), XVM_RING_EMPTY);
    }
}

// The same for answers: first those to a get, then those to a scan.
static void bad_results_end_the_worker(void) {
    for (int which = 0;; which++) {
        start();
        bool scan = which >= 20;
        if (scan) {
            send_scan();
        } else {
            send_method();
            expect(XVM_FRAME_GET_OBJECT);
        }
        uint16_t type = XVM_FRAME_RESULT;
        uint32_t correlation = CORRELATION;
        switch (which) {
        case 0: break;
        case 1: add_u32(XVM_RESULT_FOUND); break;
        case 2: add_u32(4), add_u32(0); break;
        case 3: add_u32(XVM_RESULT_TOO_SMALL), add_u32(0); break;
        case 4: add_u32(XVM_RESULT_NOT_FOUND), add_bytes("x"); break;
        case 5: add_u32(XVM_RESULT_FOUND), add_u32(2), add("x", 1); break;
        case 6: add_u32(XVM_RESULT_FOUND), add_bytes("x"), add("x", 1); break;
        case 7: add_u32(XVM_RESULT_FOUND), add_u32(XVM_VALUE_SIZE_MAX + 1), message.size += LARGE_PUT; break;
        case 8: add_u32(XVM_RESULT_FOUND), add_u32(0), correlation += 1; break;
        case 9: add_u32(XVM_RESULT_FOUND), add_u32(0), type = XVM_FRAME_INVOCATION; break;
        case 10: which = 19, stop(); continue;
        case 20: add_u32(XVM_RESULT_NOT_FOUND), add_u32(0); break;
        case 21: add_u32(XVM_RESULT_FOUND); break;
        case 22: add_u32(XVM_RESULT_FOUND), add_u32(0xffffffff); break;
        case 23: add_u32(XVM_RESULT_FOUND), add_u32(1), add_bytes("k"); break;
        case 24: add_u32(XVM_RESULT_FOUND), add_u32(0), add_bytes("k"); break;
        case 25:  // six items where five were asked for
            add_u32(XVM_RESULT_FOUND), add_u32(6);
            for (int i = 0; i < 12; i++) add_bytes("");
            break;
        case 26:  // 101 bytes where 100 were
            add_u32(XVM_RESULT_FOUND), add_u32(1), add_bytes("k"), add_u32(92), message.size += 92;
            break;
        case 27: add_u32(XVM_RESULT_TOO_SMALL), add_u32(0), add_u32(100); break;
        case 28: add_u32(XVM_RESULT_TOO_SMALL), add_u32(1), add_u32(101); break;
        default: stop(); return;
        }
        send_as(type, correlation);
        int status = end_of_worker();
        if (status != XVM_EXIT_PROTOCOL) fprintf(stderr, "result %d\n", which);
        CHECK_EQUAL(status, XVM_EXIT_PROTOCOL);
    }
}

static void a_native_fault_ends_the_worker(void) {
    start();
    send_function(EXPORT_WILD, 1, (uint64_t[]){8}, GAS);
    CHECK_EQUAL(end_of_worker(), XVM_EXIT_SIGNAL_BASE + SIGSEGV);
    start();
    send_function(EXPORT_OVERFLOW, 1, (uint64_t[]){1}, GAS);
    CHECK_EQUAL(end_of_worker(), XVM_EXIT_SIGNAL_BASE + SIGSEGV);
}

static void what_was_not_prepared_is_not_served(void) {
    static struct xvm_channel mine;
    static const struct xvm_descriptor other;
    xvm_serve(&mine, &other);
}

const struct test serve_tests[] = {
    {"two thousand sealed invocations answer, each with a fresh instance", functions_answer, 0, false},
    {"memory is fresh in each invocation", memory_is_fresh_each_time, 0, false},
    {"each ending is told with its gas, trap and text", endings_are_told, 0, false},
    {"a method reads, writes and outputs over the ring", methods_speak_with_the_store, 0, false},
    {"a scan's items come over the ring", scans_speak_with_the_store, 0, false},
    {"posts that fill the ring arrive in order", large_posts_are_flushed, 0, false},
    {"thousands of small posts arrive in order", small_posts_arrive, 0, false},
    {"a full ring is flushed by asking", a_sleeping_host_is_asked, 0, false},
    {"invocations that the host never sends end the worker", bad_invocations_end_the_worker, 0, false},
    {"results that the host never sends end the worker", bad_results_end_the_worker, 0, false},
    {"a native fault ends the worker with its signal", a_native_fault_ends_the_worker, 0, false},
    {"what was not prepared is not served", what_was_not_prepared_is_not_served, XVM_EXIT_BUG, false},
    {NULL, NULL, 0, false},
};
