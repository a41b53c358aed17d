// SPDX-License-Identifier: Apache-2.0
// A small supervisor in C: spawns the zygote and workers, sends invocations, watches listener and pidfd.
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "driver.h"

#define SEGMENT_SIZE (XVM_RING_CONTROL_SIZE + XVM_RING_CAPACITY)

int checks, failures;

bool check(bool holds, const char *condition, int line, const char *format, ...) {
    checks++;
    if (holds) return true;
    failures++;
    va_list arguments;
    va_start(arguments, format);
    printf("FAIL line %d: %s: ", line, condition);
    vprintf(format, arguments);
    printf("\n");
    va_end(arguments);
    fflush(stdout);
    return false;
}

_Noreturn void stop(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    printf("STOP: ");
    vprintf(format, arguments);
    printf("\n");
    va_end(arguments);
    fflush(stdout);
    _exit(1);
}

int64_t soon(void) { return xvm_system_monotonic_nanoseconds() + INT64_C(20000000000); }

// ---- filters ---------------------------------------------------------------------------------------------------------

static void allow(scmp_filter_ctx context, int number) {
    if (seccomp_rule_add_exact(context, SCMP_ACT_ALLOW, number, 0) != 0) stop("rule %d", number);
}

static scmp_filter_ctx filter_begin(uint32_t action) {
    scmp_filter_ctx context = seccomp_init(action);
    if (context == NULL) stop("seccomp_init");
    if (seccomp_attr_set(context, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS) != 0
        || seccomp_attr_set(context, SCMP_FLTATR_CTL_NNP, 0) != 0 || seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, 2) != 0) {
        stop("seccomp_attr_set");
    }
    return context;
}

static uint32_t filter_end(scmp_filter_ctx context, int file) {
    off_t before = lseek(file, 0, SEEK_END);
    // As PolicyCompiler does it: what looks at an argument first is loaded in a third of the time.
    const struct sock_filter opening = BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args));
    if (write(file, &opening, sizeof opening) != (ssize_t)sizeof opening) stop("write");
    if (seccomp_export_bpf(context, file) != 0) stop("seccomp_export_bpf");
    seccomp_release(context);
    return (uint32_t)((lseek(file, 0, SEEK_END) - before) / 8);
}

// One buffer, one sealed memfd.
static int filters_seal(uint32_t load_size, uint32_t run_size, int file) {
    size_t size = (size_t)(load_size + run_size) * 8;
    char *bytes = malloc(size);
    if (bytes == NULL || pread(file, bytes, size, 0) != (ssize_t)size) stop("read of the filters");
    close(file);
    int sealed = xvm_system_memfd_sealed("xvm-test-filters", bytes, size);
    if (sealed < 0) stop("memfd: %d", sealed);
    free(bytes);
    return sealed;
}

// Allows everything; the run filter needs one notified call to have a listener.
static int make_open(uint32_t *load_size, uint32_t *run_size, int file) {
    scmp_filter_ctx load = filter_begin(SCMP_ACT_ALLOW), run = filter_begin(SCMP_ACT_ALLOW);
    int bad = seccomp_rule_add_exact(load, SCMP_ACT_ERRNO(ENOSYS), 39, 1, EQUAL(0, UINT64_MAX));
    *load_size = filter_end(load, file);
    bad |= seccomp_rule_add_exact(run, SCMP_ACT_NOTIFY, 39, 0);
    *run_size = filter_end(run, file);
    return bad;
}

int filters_make(uint32_t *load_size, uint32_t *run_size, enum filters kind) {
    int file = xvm_system_memfd("xvm-test-filters", 0);
    if (file < 0) stop("memfd: %d", file);
    if (kind == OPEN) {
        if (make_open(load_size, run_size, file) != 0) stop("a rule was refused");
        return filters_seal(*load_size, *run_size, file);
    }
    scmp_filter_ctx load = filter_begin(SCMP_ACT_TRACE(0));
    static const int load_numbers[] = {257, 0, 17, 262, 5, 9, 10, 11, 3, 12, 318, 28, 462, 202, 231};
    for (size_t index = 0; index < sizeof load_numbers / sizeof load_numbers[0]; index++) allow(load, load_numbers[index]);
    int bad = seccomp_rule_add_exact(load, SCMP_ACT_ALLOW, 317, 1, EQUAL(0, 1));
    static const uint64_t prctl_operations[] = {65, 26, 4};
    for (size_t index = 0; index < 3; index++) {
        bad |= seccomp_rule_add_exact(load, SCMP_ACT_ALLOW, 157, 1, EQUAL(0, prctl_operations[index]));
    }
    *load_size = filter_end(load, file);

    scmp_filter_ctx run = filter_begin(kind == NOTIFYING ? SCMP_ACT_NOTIFY : SCMP_ACT_TRAP);
    allow(run, 231);
    const uint64_t wait = XVM_ADDRESS_H2W + 0x80, wake = XVM_ADDRESS_W2H + 0x80, high = 0xffffffff00000000u;
    bad |= seccomp_rule_add_exact(
        run, SCMP_ACT_ALLOW, 202, 3, EQUAL(0, wait), EQUAL(1, FUTEX_WAIT), EQUAL(3, 0));
    bad |= seccomp_rule_add_exact(
        run, SCMP_ACT_ALLOW, 202, 3, EQUAL(0, wake), EQUAL(1, FUTEX_WAKE), EQUAL(2, 1));
    static const struct { int number; uint64_t third; } memory[] = {{10, 3}, {10, 0}, {28, 4}};
    for (size_t index = 0; index < 3; index++) {
        bad |= seccomp_rule_add_exact(
            run, SCMP_ACT_ALLOW, memory[index].number, 3, MASKED(0, XVM_ARENA_MASK, XVM_ADDRESS_ARENA),
            MASKED(1, high, 0), EQUAL(2, memory[index].third));
    }
    if (bad != 0) stop("a rule was refused");
    *run_size = filter_end(run, file);
    return filters_seal(*load_size, *run_size, file);
}

// ---- zygote ----------------------------------------------------------------------------------------------------------

void zygote_start(struct driver *driver) {
    int pair[2];
    if (xvm_system_socketpair(pair) != 0) stop("socketpair");
    int result = xvm_system_spawn_zygote(driver->worker_path, pair[1], &driver->zygote_pid, &driver->zygote_pidfd);
    if (result != 0) stop("spawn of %s: %s", driver->worker_path, strerror(-result));
    close(pair[1]);
    driver->socket = pair[0];
}

bool zygote_configure(struct driver *driver) {
    struct xvm_zygote_configure request = {
        .magic = XVM_ZYGOTE_MAGIC, .version = XVM_ZYGOTE_VERSION, .op = XVM_ZYGOTE_CONFIGURE, .flags = driver->flags,
        .load_filter_size = driver->load_size, .run_filter_size = driver->run_size, .h2w_size = SEGMENT_SIZE,
        .w2h_size = SEGMENT_SIZE};
    if (xvm_system_send(driver->socket, &request, sizeof request, &driver->filters, 1) != 0) stop("send of CONFIGURE");
    int descriptors[XVM_SYSTEM_DESCRIPTORS_MAX];
    uint32_t count = 0;
    int64_t size = xvm_system_receive(driver->socket, &driver->ready, sizeof driver->ready, descriptors, &count, soon());
    if (size != sizeof driver->ready || count != 0) stop("answer to CONFIGURE: size %lld", (long long)size);
    return driver->ready.op == XVM_ZYGOTE_READY;
}

void zygote_stop(struct driver *driver) {
    close(driver->socket);
    struct xvm_system_exit ending;
    if (xvm_system_wait(driver->zygote_pidfd, 1, &ending) != 1) stop("wait for the zygote");
    CHECK(ending.code == XVM_SYSTEM_EXITED && ending.status == XVM_EXIT_SUPERVISOR_GONE, "code %d status %d", ending.code,
          ending.status);
    close(driver->zygote_pidfd);
}

// ---- workers ---------------------------------------------------------------------------------------------------------

struct xvm_worker_begin default_request(void) {
    struct xvm_worker_begin request = {
        .magic = XVM_ZYGOTE_MAGIC, .version = XVM_ZYGOTE_VERSION, .op = XVM_WORKER_BEGIN,
        .data_limit = 16u << 20, .stack_limit = 1u << 20, .cpu_seconds = 10, .memory_pages_max = 16};
    memset(request.module_hash, 0x5a, sizeof request.module_hash);
    return request;
}

bool blank_make(struct driver *driver, struct xvm_zygote_answer *answer) {
    const struct xvm_zygote_spawn request = {
        .magic = XVM_ZYGOTE_MAGIC, .version = XVM_ZYGOTE_VERSION, .op = XVM_ZYGOTE_SPAWN, .cookie = 7};
    int error = xvm_system_send(driver->socket, &request, sizeof request, NULL, 0);
    if (error != 0) stop("send of SPAWN: %d", error);
    int descriptors[XVM_SYSTEM_DESCRIPTORS_MAX];
    uint32_t count = 0;
    int64_t size = xvm_system_receive(driver->socket, answer, sizeof *answer, descriptors, &count, soon());
    if (size != sizeof *answer) stop("answer to SPAWN: %lld", (long long)size);
    if (answer->op != XVM_ZYGOTE_SPAWNED) {
        CHECK(count == 0, "%u descriptors in a refusal", count);
        return false;
    }
    if (!CHECK(count == 2 && answer->cookie == request.cookie, "count %u", count)) stop("no pidfd");
    driver->blank.pid = answer->pid;
    driver->blank.pidfd = descriptors[0];
    driver->blank.socket = descriptors[1];
    driver->blank.ready = true;
    return true;
}

bool worker_spawn(struct driver *driver, struct worker *worker, struct xvm_worker_begin request, struct xvm_zygote_answer *answer) {
    memset(worker, 0, sizeof *worker);
    worker->listener = worker->pidfd = -1;
    if (!driver->blank.ready && !blank_make(driver, answer)) return false;
    worker->h2w_file = xvm_system_memfd("xvm-h2w", SEGMENT_SIZE);
    worker->w2h_file = xvm_system_memfd("xvm-w2h", SEGMENT_SIZE);
    if (worker->h2w_file < 0 || worker->w2h_file < 0) stop("memfd");
    if (xvm_system_map(worker->h2w_file, SEGMENT_SIZE, 1, &worker->h2w) != 0
        || xvm_system_map(worker->w2h_file, SEGMENT_SIZE, 1, &worker->w2h) != 0) {
        stop("map");
    }
    xvm_channel_init_host(&worker->channel, worker->h2w, worker->w2h, XVM_RING_CAPACITY);
    if (xvm_system_seal(worker->h2w_file, XVM_SYSTEM_SEAL_SHRINK | XVM_SYSTEM_SEAL_GROW | XVM_SYSTEM_SEAL_FUTURE_WRITE
                                              | XVM_SYSTEM_SEAL_SEAL) != 0
        || xvm_system_seal(worker->w2h_file, XVM_SYSTEM_SEAL_SHRINK | XVM_SYSTEM_SEAL_GROW | XVM_SYSTEM_SEAL_SEAL) != 0) {
        stop("seal");
    }
    const int descriptors[3] = {driver->module, worker->h2w_file, worker->w2h_file};
    worker->pid = driver->blank.pid;
    worker->pidfd = driver->blank.pidfd;
    driver->blank.ready = false;
    worker->requested = xvm_system_monotonic_nanoseconds();
    int error = xvm_system_send(driver->blank.socket, &request, sizeof request, descriptors, 3);
    if (error != 0) stop("send of BEGIN: %d", error);
    close(driver->blank.socket);
    return true;
}

static uint32_t u32_at(const uint8_t *bytes) {
    uint32_t value;
    memcpy(&value, bytes, sizeof value);
    return value;
}

// Waits for a frame; false when the process ended first (*ending filled).
static bool next_frame(struct worker *worker, struct xvm_frame *frame, struct xvm_system_exit *ending) {
    for (int round = 0; round < 2000; round++) {
        enum xvm_ring_status status = xvm_ring_receive_copy(&worker->channel, frame, worker->payload, sizeof worker->payload);
        if (status == XVM_RING_OK) return true;
        if (status == XVM_RING_BREACH) stop("breach %u value %llu", worker->channel.fault.reason,
                                            (unsigned long long)worker->channel.fault.value);
        if (xvm_system_wait(worker->pidfd, 0, ending) == 1) {
            close(worker->pidfd);
            worker->pidfd = -1;
            // What was published before the end is still there.
            return xvm_ring_receive_copy(&worker->channel, frame, worker->payload, sizeof worker->payload) == XVM_RING_OK;
        }
        // HANGUP alone is a worker that is ending; its pidfd says so a moment later.
        int events = worker->listener >= 0 ? xvm_system_poll(worker->listener, XVM_SYSTEM_READABLE, 0) : 0;
        if (events > 0 && (events & XVM_SYSTEM_READABLE) != 0) return false;
        int64_t slice = xvm_system_monotonic_nanoseconds() + 10000000;
        (void)xvm_ring_wait_until(&worker->channel, (uint64_t)slice);
    }
    stop("no frame and no end of worker %d", worker->pid);
}

void worker_await(struct driver *driver, struct worker *worker, struct xvm_system_exit *ending) {
    struct xvm_frame frame;
    memset(ending, 0, sizeof *ending);
    if (!next_frame(worker, &frame, ending)) return;
    if (frame.type == XVM_FRAME_SETUP_FAILED) {
        worker->failed = true;
        worker->failed_step = u32_at(worker->payload);
        worker->failed_error = u32_at(worker->payload + 4);
        uint32_t size = u32_at(worker->payload + 8);
        if (!CHECK(size <= 256 && frame.length == 12 + size, "text %u", size)) return;
        memcpy(worker->failed_text, worker->payload + 12, size);
        return;
    }
    if (!CHECK(frame.type == XVM_FRAME_SEALED, "type %u", frame.type)) return;
    worker->sealed = true;
    CHECK(u32_at(worker->payload) == XVM_WIRE_VERSION, "version");
    worker->listener_number = u32_at(worker->payload + 4);
    CHECK(u32_at(worker->payload + 8) == 1, "nestable contexts");
    worker->step_count = u32_at(worker->payload + 12);
    if (!CHECK(frame.length == 16 + 4 * worker->step_count && worker->step_count <= XVM_STEP_REPORTS_MAX, "steps")) return;
    memcpy(worker->steps, worker->payload + 16, 4u * worker->step_count);
    if (worker->listener_number == UINT32_MAX) return;
    int listener = xvm_system_pidfd_getfd(worker->pidfd, (int)worker->listener_number);
    if (listener == -EPERM) {
        struct xvm_zygote_listener request = {
            .magic = XVM_ZYGOTE_MAGIC, .version = XVM_ZYGOTE_VERSION, .op = XVM_ZYGOTE_LISTENER,
            .number = worker->listener_number, .cookie = 9};
        struct xvm_zygote_answer answer;
        int descriptors[XVM_SYSTEM_DESCRIPTORS_MAX];
        uint32_t count = 0;
        if (xvm_system_send(driver->socket, &request, sizeof request, &worker->pidfd, 1) != 0) stop("send of LISTENER");
        int64_t size = xvm_system_receive(driver->socket, &answer, sizeof answer, descriptors, &count, soon());
        if (size != sizeof answer) stop("answer to LISTENER: %lld", (long long)size);
        listener = count == 1 ? descriptors[0] : -answer.error;
        printf("note: the listener came through the zygote\n");
    }
    if (!CHECK(listener >= 0, "pidfd_getfd: %s", strerror(-listener))) return;
    CHECK(xvm_system_is_listener(listener) == 1, "descriptor %d is no listener", listener);
    worker->listener = listener;
}

void worker_start(struct driver *driver, struct worker *worker) {
    struct xvm_zygote_answer answer;
    struct xvm_system_exit ending;
    if (!worker_spawn(driver, worker, default_request(), &answer)) stop("SPAWN: step %u errno %d", answer.step, answer.error);
    worker_await(driver, worker, &ending);
    if (worker->failed) stop("setup: step %u errno %u %s", worker->failed_step, worker->failed_error, worker->failed_text);
    if (!worker->sealed) stop("not sealed: code %d status %d", ending.code, ending.status);
}

void worker_invoke(struct worker *worker, uint32_t export_index, const uint64_t *slots, uint32_t count, struct ended *ended) {
    struct xvm_channel *channel = &worker->channel;
    memset(ended, 0, sizeof *ended);
    uint8_t *at = xvm_ring_reserve(channel, XVM_FRAME_INVOCATION, 1, 36 + 8 * count);
    if (at == NULL) stop("reserve");
    const struct {
        uint32_t entry, export_index;
        int64_t gas_limit;
        uint32_t frame_limit, stack_limit, pages_max, zero;
        uint32_t slot_count;
    } head = {XVM_ENTRY_FUNCTION, export_index, 1000000, 1000, 65536, 16, 0, count};
    memcpy(at, &head, 36);
    if (count > 0) memcpy(at + 36, slots, 8u * count);
    xvm_ring_expect(channel, 1);
    xvm_ring_commit(channel);
    xvm_ring_publish(channel);
    struct xvm_frame frame;
    struct xvm_system_exit ending = {0};
    if (next_frame(worker, &frame, &ending)) {
        bool returned = frame.type == XVM_FRAME_OUTCOME && worker->payload[0] == XVM_ENDING_RETURNED;
        ended->how = returned ? RETURNED : OTHER_OUTCOME;
        ended->status = frame.type == XVM_FRAME_OUTCOME ? worker->payload[1] : frame.type;
        if (returned) {
            // u8 x 4, u32 pages, i64 gas, i32 status, bytes message, bytes body, u32 slotCount, slots
            uint32_t offset = 20;
            offset += 4 + u32_at(worker->payload + offset);
            offset += 4 + u32_at(worker->payload + offset);
            ended->slot_count = u32_at(worker->payload + offset);
            if (ended->slot_count <= 8) memcpy(ended->slots, worker->payload + offset + 4, 8u * ended->slot_count);
        }
        return;
    }
    if (worker->pidfd >= 0) {
        ended->how = NOTIFIED;
        int error = xvm_system_notification_receive(worker->listener, &ended->notification);
        CHECK(error == 0, "notification: %s", strerror(-error));
        return;
    }
    ended->how = ending.code == XVM_SYSTEM_EXITED ? EXITED : KILLED;
    ended->status = ending.status;
}

void worker_end(struct worker *worker) {
    if (worker->pidfd >= 0) {
        struct xvm_system_exit ending;
        CHECK(xvm_system_pidfd_kill(worker->pidfd) == 0, "kill");
        CHECK(xvm_system_wait(worker->pidfd, 1, &ending) == 1, "wait");
        CHECK(ending.code == XVM_SYSTEM_KILLED && ending.status == 9, "code %d status %d", ending.code, ending.status);
        close(worker->pidfd);
    }
    if (worker->listener >= 0) close(worker->listener);
    xvm_system_unmap(worker->h2w, SEGMENT_SIZE);
    xvm_system_unmap(worker->w2h, SEGMENT_SIZE);
    close(worker->h2w_file);
    close(worker->w2h_file);
}
