// SPDX-License-Identifier: Apache-2.0
// The cases that ZygoteTests runs: driver WORKER MODULE CASE [UID]. Prints what failed; status 0 if nothing did.
#include <errno.h>
#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "driver.h"
#include "floors.h"

static struct driver driver;
static struct worker worker;

static int read_module(const char *path) {
    int file = open(path, O_RDONLY | O_CLOEXEC);
    struct stat status;
    if (file < 0 || fstat(file, &status) != 0) stop("%s: %s", path, strerror(errno));
    char *bytes = malloc((size_t)status.st_size);
    if (bytes == NULL || read(file, bytes, (size_t)status.st_size) != status.st_size) stop("read of %s", path);
    close(file);
    int sealed = xvm_system_memfd_sealed("xvm-test-module", bytes, (size_t)status.st_size);
    if (sealed < 0) stop("memfd: %s", strerror(-sealed));
    free(bytes);
    return sealed;
}

static void begin(void) {
    zygote_start(&driver);
    if (!zygote_configure(&driver)) stop("CONFIGURE: step %u errno %d", driver.ready.step, driver.ready.error);
}

static int step_error(const struct xvm_step_report *steps, uint32_t count, uint16_t step) {
    for (uint32_t index = 0; index < count; index++) {
        if (steps[index].step == step) return steps[index].error;
    }
    return -1;
}

static void print_steps(const char *who, const struct xvm_step_report *steps, uint32_t count) {
    printf("%s:", who);
    for (uint32_t index = 0; index < count; index++) printf(" %u=%d", steps[index].step, steps[index].error);
    printf("\n");
}

static void read_proc(int pid, const char *name, char *text, size_t size) {
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        (void)snprintf(text, size, "errno %d", errno);
        return;
    }
    size_t used = 0;
    ssize_t taken;
    while (used + 1 < size && (taken = read(file, text + used, size - 1 - used)) > 0) used += (size_t)taken;
    text[used] = 0;
    close(file);
}

// ---- what the host can see of a sealed worker ------------------------------------------------------------------------

static void expect_line(const char *text, const char *line) {
    const char *found = strstr(text, line);
    CHECK(found != NULL, "\"%s\" is missing in\n%s", line, text);
}

static void case_status(void) {
    begin();
    print_steps("zygote", driver.ready.steps, driver.ready.step_count);
    printf("landlock ABI %u\n", driver.ready.landlock_abi);
    worker_start(&driver, &worker);
    print_steps("worker", worker.steps, worker.step_count);

    static char text[65536];
    read_proc(worker.pid, "status", text, sizeof text);
    expect_line(text, "\nSeccomp:\t2\n");
    char own[8192];
    read_proc(getpid(), "status", own, sizeof own);
    const char *mine = strstr(own, "Seccomp_filters:");
    char filters[64];
    (void)snprintf(filters, sizeof filters, "\nSeccomp_filters:\t%d\n", mine != NULL ? atoi(mine + 16) + 2 : 2);
    expect_line(text, filters);
    expect_line(text, "\nNoNewPrivs:\t1\n");
    expect_line(text, "\nCapInh:\t0000000000000000\n");
    expect_line(text, "\nCapPrm:\t0000000000000000\n");
    expect_line(text, "\nCapEff:\t0000000000000000\n");
    expect_line(text, "\nCapAmb:\t0000000000000000\n");
    if (step_error(driver.ready.steps, driver.ready.step_count, XVM_STEP_BOUNDING_SET) == 0) {
        expect_line(text, "\nCapBnd:\t0000000000000000\n");
    }
    expect_line(text, "\nThreads:\t1\n");
    expect_line(text, "Name:\txvm-worker\n");
    if (step_error(worker.steps, worker.step_count, XVM_STEP_PID_NAMESPACE) == 0) {
        const char *line = strstr(text, "NSpid:");
        CHECK(line != NULL && strncmp(strchr(line, '\n') - 2, "\t1", 2) == 0, "NSpid does not end with 1:\n%s", text);
    }
    CHECK(geteuid() != 0 || strstr(text, "\nUid:\t65533\t65533\t65533\t65533\n") != NULL, "ids:\n%s", text);

    if (geteuid() == 0) {  // what /proc shows of a process that is not dumpable, only root may see
        read_proc(worker.pid, "limits", text, sizeof text);
        static const char *const limits[] = {
            "Max core file size        0                    0 ",     "Max file size             0                    0 ",
            "Max processes             0                    0 ",     "Max open files            1                    1 ",
            "Max data size             16777216             16777216 ", "Max stack size            1048576              1048576 ",
            "Max cpu time              10                   11 ",    "Max locked memory         0                    0 ",
            "Max address space         unlimited            unlimited ",
        };
        for (size_t index = 0; index < sizeof limits / sizeof limits[0]; index++) expect_line(text, limits[index]);
        read_proc(worker.pid, "maps", text, sizeof text);
        CHECK(strstr(text, " rwx") == NULL && strstr(text, " -wx") == NULL, "writable and executable:\n%s", text);
        if (step_error(worker.steps, worker.step_count, XVM_STEP_VDSO) == 0) {
            CHECK(strstr(text, "[vdso]") == NULL && strstr(text, "[vvar") == NULL, "%s", text);
        }
        CHECK(strstr(text, "100000000000-") != NULL && strstr(text, "100100000000-") != NULL, "rings:\n%s", text);
        char path[64];
        (void)snprintf(path, sizeof path, "/proc/%d/fd", worker.pid);
        DIR *folder = opendir(path);
        int count = 0;
        for (struct dirent *entry; folder != NULL && (entry = readdir(folder)) != NULL;) {
            if (entry->d_name[0] == '.') continue;
            count++;
            CHECK(strcmp(entry->d_name, "0") == 0, "descriptor %s is open", entry->d_name);
        }
        if (folder != NULL) closedir(folder);
        CHECK(count == 1, "%d descriptors", count);
        read_proc(worker.pid, "environ", text, sizeof text);
        CHECK(strlen(text) == 0, "environment: %s", text);
        (void)snprintf(path, sizeof path, "/proc/%d/root/..", worker.pid);
        folder = opendir(path);
        for (struct dirent *entry; folder != NULL && (entry = readdir(folder)) != NULL;) {
            if (entry->d_name[0] != '.') CHECK(strcmp(entry->d_name, "proc") == 0, "the root holds %s", entry->d_name);
        }
        if (folder != NULL) closedir(folder);
        read_proc(driver.zygote_pid, "smaps_rollup", text, sizeof text);
        const char *dirty = strstr(text, "Private_Dirty:");
        CHECK(dirty != NULL && atoi(dirty + 14) < 1024, "zygote:\n%s", text);
        if (dirty != NULL) printf("zygote Private_Dirty %d KiB\n", atoi(dirty + 14));
    }
    struct ended ended;
    worker_invoke(&worker, NOTHING, NULL, 0, &ended);
    CHECK(ended.how == RETURNED, "how %d status %d", ended.how, ended.status);
    worker_end(&worker);
    zygote_stop(&driver);
}

// ---- attacks ---------------------------------------------------------------------------------------------------------

static void attack(uint32_t export_index, const uint64_t *slots, uint32_t count, struct ended *ended) {
    worker_start(&driver, &worker);
    worker_invoke(&worker, export_index, slots, count, ended);
    worker_end(&worker);
}

// A system call in a fresh worker must not be executed, and the listener must name it.
static void refused(int32_t number, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3) {
    const uint64_t slots[7] = {(uint64_t)(int64_t)number, a0, a1, a2, a3};
    struct ended ended;
    attack(SYSTEM_CALL, slots, 7, &ended);
    if (!CHECK(ended.how == NOTIFIED, "call %d: how %d status %d result %lld", number, ended.how, ended.status,
               (long long)ended.slots[0])) {
        return;
    }
    const struct xvm_system_notification *seen = &ended.notification;
    CHECK(seen->number == number, "number %d instead of %d", seen->number, number);
    CHECK(seen->architecture == 0xc000003e, "architecture %x", seen->architecture);
    CHECK((int32_t)seen->pid == worker.pid, "pid %u instead of %d", seen->pid, worker.pid);
    CHECK(seen->arguments[0] == a0 && seen->arguments[1] == a1, "arguments %llx %llx", (unsigned long long)seen->arguments[0],
          (unsigned long long)seen->arguments[1]);
    CHECK(seen->instruction_pointer != 0, "instruction pointer");
}

static void case_attacks(void) {
    begin();
    const uint64_t arena = XVM_ADDRESS_ARENA, h2w = XVM_ADDRESS_H2W, w2h = XVM_ADDRESS_W2H;
    refused(257, (uint64_t)-100, arena, 0, 0);        // openat
    refused(41, 1, 1, 0, 0);                          // socket
    refused(59, arena, 0, 0, 0);                      // execve
    refused(322, 0, arena, 0, 0);                     // execveat
    refused(57, 0, 0, 0, 0);                          // fork
    refused(58, 0, 0, 0, 0);                          // vfork
    refused(56, 0x11, 0, 0, 0);                       // clone
    refused(435, arena, 88, 0, 0);                    // clone3
    refused(101, 0, 0, 0, 0);                         // ptrace
    refused(62, 1, 9, 0, 0);                          // kill
    refused(60, 0, 0, 0, 0);                          // exit
    refused(15, 0, 0, 0, 0);                          // rt_sigreturn
    refused(9, 0, 4096, 7, 0x22);                     // mmap
    refused(10, arena, 4096, 7, 0);                   // mprotect exec in the arena
    refused(10, arena, 4096, 5, 0);
    refused(10, arena - 4096, 4096, 3, 0);            // below the arena
    refused(10, h2w, 4096, 3, 0);                     // the host's ring
    refused(10, arena, 0x100000000, 3, 0);            // length of 4 GiB
    refused(11, w2h, 4096, 0, 0);                     // munmap
    refused(25, w2h, 4096, 8192, 1);                  // mremap
    refused(28, arena, 4096, 8, 0);                   // madvise FREE
    refused(16, 0, 0, 0, 0);                          // ioctl of the listener
    refused(1, 0, arena, 8, 0);                       // write
    refused(3, 0, 0, 0, 0);                           // close of the listener
    refused(317, 1, 0, arena, 0);                     // seccomp
    refused(157, 4, 1, 0, 0);                         // prctl DUMPABLE
    refused(13, 11, arena, 0, 8);                     // rt_sigaction
    refused(202, h2w + 0x80, 0x80, 0, 0);             // futex: private
    refused(202, h2w + 0x84, 0, 0, 0);                // futex: another word
    refused(202, w2h + 0x80, 1, 2, 0);                // futex: wakes two
    refused(202, h2w + 0x80, 0x100000000, 0, 0);      // futex: high bits of the operation
    refused(202, h2w + 0x80, 0, 0, arena);            // futex: a timeout
    refused(438, 0, 0, 0, 0);                         // pidfd_getfd
    refused(425, 1, arena, 0, 0);                     // io_uring_setup
    refused(323, 0, 0, 0, 0);                         // userfaultfd
    refused(321, 0, 0, 0, 0);                         // bpf
    refused(228, 1, arena, 0, 0);                     // clock_gettime
    refused(462, arena, 4096, 0, 0);                  // mseal

    struct ended ended;
    const uint64_t execve_32[6] = {11, arena, 0, 0, 0, 0};
    attack(SYSTEM_CALL_32, execve_32, 6, &ended);
    CHECK(ended.how == KILLED && ended.status == SIGSYS, "int 0x80: how %d status %d", ended.how, ended.status);
    const uint64_t x32[7] = {0x40000000u | 39};
    attack(SYSTEM_CALL, x32, 7, &ended);
    CHECK(ended.how == KILLED && ended.status == SIGSYS, "x32: how %d status %d", ended.how, ended.status);
    const uint64_t vsyscall[1] = {0xffffffffff600000u};
    attack(JUMP, vsyscall, 1, &ended);
    // Without a vsyscall page it is a fault.
    CHECK(ended.how == NOTIFIED ? ended.notification.number == 96 : ended.how == EXITED && ended.status == 128 + SIGSEGV,
          "vsyscall: how %d status %d", ended.how, ended.status);

    // What must stay possible, and what must stay unchangeable.
    worker_start(&driver, &worker);
    const uint64_t give_back[7] = {28, arena, 4096, 4};
    worker_invoke(&worker, SYSTEM_CALL, give_back, 7, &ended);
    CHECK(ended.how == RETURNED && ended.slots[0] == 0, "madvise: how %d result %lld", ended.how, (long long)ended.slots[0]);
    worker_invoke(&worker, ADDRESSES, NULL, 0, &ended);
    CHECK(ended.how == RETURNED && ended.slot_count == 4, "addresses: how %d", ended.how);
    uint64_t text = ended.slots[0], data = ended.slots[1];
    worker_end(&worker);
    const uint64_t stores[] = {text, data, h2w + 0x1000, arena + 0x1f0000000, 0};
    for (size_t index = 0; index < sizeof stores / sizeof stores[0]; index++) {
        const uint64_t slots[2] = {stores[index], 0};
        attack(WRITE, slots, 2, &ended);
        // Beyond the memory it is a trap of the contract, anywhere else the end of the process.
        bool guard = stores[index] >= arena && stores[index] < arena + 0x200000000;
        CHECK(guard ? ended.how == OTHER_OUTCOME : ended.how == EXITED && ended.status == 128 + SIGSEGV,
              "store to %llx: how %d status %d", (unsigned long long)stores[index], ended.how, ended.status);
    }
    worker_start(&driver, &worker);
    bool no_cycles = step_error(worker.steps, worker.step_count, XVM_STEP_TSC) == 0;
    worker_invoke(&worker, CYCLE_COUNTER, NULL, 0, &ended);
    worker_end(&worker);
    CHECK(!no_cycles || (ended.how == EXITED && ended.status == 128 + SIGSEGV), "rdtsc: how %d status %d", ended.how, ended.status);
    zygote_stop(&driver);
}

// ---- the layers below the filter -------------------------------------------------------------------------------------

// One call in the worker that runs now, behind filters that allow it: its result.
static int64_t call(int number, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3) {
    const uint64_t slots[7] = {(uint64_t)number, a0, a1, a2, a3};
    struct ended ended;
    worker_invoke(&worker, SYSTEM_CALL, slots, 7, &ended);
    if (!CHECK(ended.how == RETURNED, "call %d: how %d status %d", number, ended.how, ended.status)) stop("the worker is gone");
    return (int64_t)ended.slots[0];
}

static bool holds(uint16_t step) {
    return step_error(worker.steps, worker.step_count, step) == 0
           || step_error(driver.ready.steps, driver.ready.step_count, step) == 0;
}

#define EXPECT(result, expected) expect_result(#result, result, expected)
static void expect_result(const char *text, int64_t result, int64_t expected) {
    CHECK(result == expected, "%s is %lld instead of %lld", text, (long long)result, (long long)expected);
}

static void case_layers(void) {
    close(driver.filters);
    driver.filters = filters_make(&driver.load_size, &driver.run_size, OPEN);
    begin();
    worker_start(&driver, &worker);
    struct ended ended;
    worker_invoke(&worker, ADDRESSES, NULL, 0, &ended);
    if (!CHECK(ended.how == RETURNED, "how %d", ended.how)) stop("no addresses");
    const uint64_t text = ended.slots[0] & ~UINT64_C(4095), data = ended.slots[1] & ~UINT64_C(4095), path = ended.slots[3];
    EXPECT(call(3, 0, 0, 0, 0), 0);  // closes the listener's number: room for one open
    if (holds(XVM_STEP_LANDLOCK)) EXPECT(call(257, (uint64_t)-100, path, 0, 0), -EACCES);
    if (holds(XVM_STEP_MSEAL)) {
        EXPECT(call(10, text, 4096, 3, 0), -EPERM);
        EXPECT(call(10, data, 4096, 3, 0), -EPERM);
        EXPECT(call(11, XVM_ADDRESS_H2W, 4096, 0, 0), -EPERM);
        EXPECT(call(10, XVM_ADDRESS_W2H, 4096, 1, 0), -EPERM);
        EXPECT(call(25, XVM_ADDRESS_W2H, 4096, 8192, 1), -EPERM);
    }
    EXPECT(call(10, XVM_ADDRESS_H2W, 4096, 3, 0), -EACCES);  // the seal FUTURE_WRITE
    if (holds(XVM_STEP_MDWE)) {
        EXPECT(call(9, 0, 4096, 7, 0x22), -EACCES);
        EXPECT(call(10, XVM_ADDRESS_ARENA, 4096, 5, 0), -EACCES);
    }
    if (holds(XVM_STEP_NOT_DUMPABLE)) EXPECT(call(157, 3, 0, 0, 0), 0);
    if (holds(XVM_STEP_SECUREBITS)) EXPECT(call(157, 27, 0, 0, 0), 0xef);
    EXPECT(call(57, 0, 0, 0, 0), -EAGAIN);  // fork: RLIMIT_NPROC
    EXPECT(call(165, 0, path, 0, 0), -EPERM);
    EXPECT(call(319, path, 0, 0, 0), 0);  // memfd_create: the only number
    EXPECT(call(319, path, 0, 0, 0), -EMFILE);
    EXPECT(call(110, 0, 0, 0, 0), holds(XVM_STEP_PID_NAMESPACE) ? 0 : getpid());
    worker_invoke(&worker, GUARDS, NULL, 0, &ended);
    uint64_t guards[2] = {ended.slots[0], ended.slots[1]};
    worker_end(&worker);
    worker_start(&driver, &worker);
    worker_invoke(&worker, GUARDS, NULL, 0, &ended);
    CHECK(ended.slots[0] != guards[0] && ended.slots[1] != guards[1], "two workers have the same guards");
    worker_end(&worker);
    zygote_stop(&driver);
}

// Every number once, in a fresh worker each.
static void case_every_number(void) {
    begin();
    for (int number = 0; number < 480; number++) {
        if (number == 231) continue;  // exit_group is the one that may end it
        if (number == 335 || number == 336) continue;
        refused(number, 0, 0, 0, 0);
    }
    refused(-1, 0, 0, 0, 0);
    refused(1023, 0, 0, 0, 0);
    // uretprobe and uprobe: from 6.14 and 6.18 on the kernel passes them by every filter, and they do nothing outside a
    // probe's own code: the first is SIGILL, the second ENXIO.
    struct ended ended;
    const uint64_t uretprobe[7] = {335}, uprobe[7] = {336};
    attack(SYSTEM_CALL, uretprobe, 7, &ended);
    CHECK(ended.how == NOTIFIED || (ended.how == EXITED && ended.status == 128 + SIGILL), "uretprobe: how %d status %d", ended.how,
          ended.status);
    attack(SYSTEM_CALL, uprobe, 7, &ended);
    CHECK(ended.how == NOTIFIED || (ended.how == RETURNED && (int64_t)ended.slots[0] == -ENXIO), "uprobe: how %d result %lld",
          ended.how, (long long)ended.slots[0]);
    zygote_stop(&driver);
}

// ---- requests --------------------------------------------------------------------------------------------------------

static struct xvm_zygote_answer exchange(const void *bytes, size_t size, const int *descriptors, uint32_t count) {
    struct xvm_zygote_answer answer;
    int received[XVM_SYSTEM_DESCRIPTORS_MAX];
    uint32_t received_count = 0;
    int error = xvm_system_send(driver.socket, bytes, size, descriptors, count);
    if (error != 0) stop("send: %s", strerror(-error));
    int64_t got = xvm_system_receive(driver.socket, &answer, sizeof answer, received, &received_count, soon());
    if (got != sizeof answer) stop("the zygote did not answer: %lld", (long long)got);
    for (uint32_t index = 0; index < received_count; index++) close(received[index]);
    return answer;
}

static int zygote_descriptors(void) {
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/%d/fd", driver.zygote_pid);
    DIR *folder = opendir(path);
    if (folder == NULL) return -1;
    int count = 0;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) count += entry->d_name[0] != '.';
    closedir(folder);
    return count;
}

static void case_protocol(void) {
    zygote_start(&driver);
    const struct xvm_zygote_spawn spawn = {
        .magic = XVM_ZYGOTE_MAGIC, .version = XVM_ZYGOTE_VERSION, .op = XVM_ZYGOTE_SPAWN, .cookie = 5};
    struct xvm_zygote_answer answer = exchange(&spawn, sizeof spawn, NULL, 0);
    CHECK(answer.op == XVM_ZYGOTE_FAILED && answer.step == XVM_STEP_PROTOCOL, "SPAWN before CONFIGURE: op %u", answer.op);
    uint32_t good_size = driver.load_size;
    driver.load_size = 0;
    CHECK(!zygote_configure(&driver) && driver.ready.step == XVM_STEP_PROTOCOL, "empty filter");
    driver.load_size = good_size + 1;
    CHECK(!zygote_configure(&driver) && driver.ready.step == XVM_STEP_PROTOCOL, "filter sizes that do not fit the file");
    driver.load_size = good_size;
    CHECK(driver.ready.step_count > 5, "steps in a refusal");
    bool configured = zygote_configure(&driver);
    CHECK(configured, "step %u errno %d", driver.ready.step, driver.ready.error);
    int before = zygote_descriptors();
    CHECK(!zygote_configure(&driver) && driver.ready.error == EALREADY, "second CONFIGURE");

    // Every shape of nonsense, with descriptors that must be closed.
    unsigned seed = 12345;
    const int four[4] = {driver.module, driver.module, driver.module, driver.module};
    for (int round = 0; round < 400; round++) {
        unsigned char bytes[300];
        for (size_t index = 0; index < sizeof bytes; index++) {
            seed = seed * 1103515245u + 12345u;
            bytes[index] = (unsigned char)(seed >> 16);
        }
        const uint32_t head[3] = {XVM_ZYGOTE_MAGIC, XVM_ZYGOTE_VERSION, (seed >> 8) % 9};
        if (round % 2 == 0) memcpy(bytes, head, sizeof head);
        size_t size = round % 5 == 0 ? sizeof spawn : 1 + (seed >> 12) % sizeof bytes;
        uint32_t count = (seed >> 20) % 5;
        if (size == sizeof spawn && count == 0) count = 1;
        if (round % 2 == 0 && head[2] == XVM_ZYGOTE_LISTENER) count = 0;
        answer = exchange(bytes, size, four, count);
        CHECK(answer.op == XVM_ZYGOTE_FAILED && answer.step == XVM_STEP_PROTOCOL, "round %d: op %u step %u", round, answer.op,
              answer.step);
    }
    struct xvm_zygote_configure newer = {.magic = XVM_ZYGOTE_MAGIC, .version = XVM_ZYGOTE_VERSION + 1, .op = XVM_ZYGOTE_CONFIGURE};
    answer = exchange(&newer, sizeof newer, NULL, 0);
    CHECK(answer.error == EPROTONOSUPPORT, "errno %d", answer.error);
    struct xvm_zygote_listener listener = {
        .magic = XVM_ZYGOTE_MAGIC, .version = XVM_ZYGOTE_VERSION, .op = XVM_ZYGOTE_LISTENER, .number = 3, .cookie = 4};
    answer = exchange(&listener, sizeof listener, four, 1);
    CHECK(answer.op == XVM_ZYGOTE_FAILED && answer.step == XVM_STEP_LISTENER && answer.cookie == 4, "op %u", answer.op);
    CHECK(zygote_descriptors() == before, "%d descriptors, before %d", zygote_descriptors(), before);

    // And it still works.
    struct ended ended;
    worker_start(&driver, &worker);
    worker_invoke(&worker, NOTHING, NULL, 0, &ended);
    CHECK(ended.how == RETURNED, "how %d", ended.how);
    worker_end(&worker);
    zygote_stop(&driver);
}

// ---- failures of a worker's start ------------------------------------------------------------------------------------

static void reap_failed(struct xvm_system_exit *ending) {
    if (worker.pidfd >= 0) {
        CHECK(xvm_system_wait(worker.pidfd, 1, ending) == 1, "wait");
        close(worker.pidfd);
        worker.pidfd = -1;
    }
    CHECK(ending->code == XVM_SYSTEM_EXITED && ending->status == XVM_EXIT_SETUP, "code %d status %d", ending->code, ending->status);
    worker_end(&worker);
}

static void expect_failure(struct xvm_worker_begin request, uint32_t step, uint32_t error) {
    struct xvm_zygote_answer answer;
    struct xvm_system_exit ending;
    bool spawned = worker_spawn(&driver, &worker, request, &answer);
    if (!CHECK(spawned, "SPAWN: step %u errno %d", answer.step, answer.error)) return;
    worker_await(&driver, &worker, &ending);
    CHECK(worker.failed && worker.failed_step == step && worker.failed_error == error, "step %u errno %u \"%s\", code %d status %d",
          worker.failed_step, worker.failed_error, worker.failed_text, ending.code, ending.status);
    reap_failed(&ending);
}

static void case_setup_failures(void) {
    begin();
    struct xvm_worker_begin request = default_request();
    request.module_hash[31] ^= 1;
    expect_failure(request, XVM_STEP_DESCRIPTOR, ESTALE);
    request = default_request();
    request.memory_pages_max = 65537;
    expect_failure(request, XVM_STEP_ARENA, EINVAL);
    int module = driver.module;
    driver.module = xvm_system_memfd_sealed("xvm-test-not-elf", "not an object", 13);
    request = default_request();
    struct xvm_zygote_answer answer;
    struct xvm_system_exit ending;
    CHECK(worker_spawn(&driver, &worker, request, &answer), "SPAWN");
    worker_await(&driver, &worker, &ending);
    CHECK(worker.failed && worker.failed_step == XVM_STEP_DLOPEN, "step %u", worker.failed_step);
    CHECK(strlen(worker.failed_text) > 10, "text \"%s\"", worker.failed_text);
    printf("text: %s\n", worker.failed_text);
    reap_failed(&ending);
    close(driver.module);
    driver.module = module;
    worker_start(&driver, &worker);
    worker_end(&worker);
    zygote_stop(&driver);
}

// ---- lifecycle -------------------------------------------------------------------------------------------------------

// Whether a pidfd becomes readable: the process is gone.
static bool gone(int pidfd) { return xvm_system_poll(pidfd, XVM_SYSTEM_READABLE, soon()) > 0; }

static void case_orphans(void) {
    // A child plays the supervisor and hands out the pidfds; then it is killed.
    int pair[2];
    if (xvm_system_socketpair(pair) != 0) stop("socketpair");
    pid_t child = fork();
    if (child < 0) stop("fork");
    if (child == 0) {
        begin();
        worker_start(&driver, &worker);
        const int descriptors[2] = {driver.zygote_pidfd, worker.pidfd};
        if (xvm_system_send(pair[1], "x", 1, descriptors, 2) != 0) _exit(1);
        for (;;) pause();
    }
    close(pair[1]);
    char byte;
    int descriptors[XVM_SYSTEM_DESCRIPTORS_MAX];
    uint32_t count = 0;
    if (xvm_system_receive(pair[0], &byte, 1, descriptors, &count, soon()) != 1 || count != 2) stop("no pidfds");
    CHECK(xvm_system_poll(descriptors[0], XVM_SYSTEM_READABLE, 0) == -ETIMEDOUT, "the zygote is gone already");
    CHECK(xvm_system_poll(descriptors[1], XVM_SYSTEM_READABLE, 0) == -ETIMEDOUT, "the worker is gone already");
    int64_t start = xvm_system_monotonic_nanoseconds();
    kill(child, SIGKILL);
    CHECK(gone(descriptors[0]), "the zygote outlives its supervisor");
    CHECK(gone(descriptors[1]), "the worker outlives its supervisor");
    printf("gone after %lld us\n", (long long)(xvm_system_monotonic_nanoseconds() - start) / 1000);
}

// Workers do not hang on the zygote: its end leaves them as they are, and a new one can be made.
static void case_zygote_killed(void) {
    begin();
    worker_start(&driver, &worker);
    struct xvm_system_exit ending;
    CHECK(xvm_system_pidfd_kill(driver.zygote_pidfd) == 0, "kill");
    CHECK(xvm_system_wait(driver.zygote_pidfd, 1, &ending) == 1 && ending.code == XVM_SYSTEM_KILLED, "code %d", ending.code);
    struct xvm_worker_begin request = default_request();
    int error = xvm_system_send(driver.socket, &request, sizeof request, NULL, 0);
    CHECK(error == -EPIPE || error == -ECONNRESET, "send to a dead zygote: %d", error);
    struct ended ended;
    worker_invoke(&worker, NOTHING, NULL, 0, &ended);
    CHECK(ended.how == RETURNED, "how %d status %d", ended.how, ended.status);
    worker_end(&worker);
    close(driver.socket);
    close(driver.zygote_pidfd);
    begin();
    worker_start(&driver, &worker);
    worker_end(&worker);
    zygote_stop(&driver);
}

static int own_descriptors(void) {
    int count = 0;
    DIR *folder = opendir("/proc/self/fd");
    for (struct dirent *entry; folder != NULL && (entry = readdir(folder)) != NULL;) count += entry->d_name[0] != '.';
    if (folder != NULL) closedir(folder);
    return count;
}

static int compare(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

// A blank that is waiting for BEGIN sleeps.
static void wait_until_idle(int pid) {
    char text[512];
    for (int round = 0; round < 10000; round++) {
        read_proc(pid, "stat", text, sizeof text);
        const char *state = strrchr(text, ')');
        if (state != NULL && state[2] == 'S') return;
        (void)usleep(50);
    }
}

#define MANY 300
static void case_many(void) {
    begin();
    static int64_t times[MANY];
    struct xvm_zygote_answer answer;
    struct xvm_system_exit ending;
    worker_start(&driver, &worker);
    worker_end(&worker);
    int before = own_descriptors(), zygote_before = zygote_descriptors();
    for (int round = 0; round < MANY; round++) {
        if (!blank_make(&driver, &answer)) stop("SPAWN: step %u errno %d", answer.step, answer.error);
        wait_until_idle(driver.blank.pid);
        (void)worker_spawn(&driver, &worker, default_request(), &answer);
        worker_await(&driver, &worker, &ending);
        times[round] = xvm_system_monotonic_nanoseconds() - worker.requested;
        CHECK(worker.sealed, "step %u errno %u", worker.failed_step, worker.failed_error);
        worker_end(&worker);
    }
    CHECK(own_descriptors() == before, "%d descriptors, before %d", own_descriptors(), before);
    CHECK(zygote_descriptors() == zygote_before, "zygote: %d descriptors, before %d", zygote_descriptors(), zygote_before);
    char path[64], text[4096];
    (void)snprintf(path, sizeof path, "task/%d/children", driver.zygote_pid);
    read_proc(driver.zygote_pid, path, text, sizeof text);
    CHECK(strchr(text, ' ') == NULL, "children of the zygote: %s", text);
    qsort(times, MANY, sizeof times[0], compare);
    printf("BEGIN to sealed and listener: min %lld p50 %lld p90 %lld us\n", (long long)times[0] / 1000,
           (long long)times[MANY / 2] / 1000, (long long)times[MANY * 9 / 10] / 1000);
    zygote_stop(&driver);
}

static void case_cpu_limit(void) {
    begin();
    struct xvm_worker_begin request = default_request();
    request.cpu_seconds = 1;
    struct xvm_zygote_answer answer;
    struct xvm_system_exit ending;
    struct ended ended;
    if (!worker_spawn(&driver, &worker, request, &answer)) stop("SPAWN");
    worker_await(&driver, &worker, &ending);
    worker_invoke(&worker, SPIN, NULL, 0, &ended);
    CHECK(ended.how == EXITED && ended.status == XVM_EXIT_CPU_LIMIT, "how %d status %d", ended.how, ended.status);
    worker_end(&worker);
    zygote_stop(&driver);
}

// Without a listener the run filter's TRAP ends the worker by SIGSYS.
static void case_trap(void) {
    close(driver.filters);
    driver.filters = filters_make(&driver.load_size, &driver.run_size, TRAPPING);
    driver.flags |= XVM_ZYGOTE_NO_LISTENER;
    begin();
    worker_start(&driver, &worker);
    CHECK(worker.listener_number == UINT32_MAX, "listener %u", worker.listener_number);
    const uint64_t slots[7] = {39};
    struct ended ended;
    worker_invoke(&worker, SYSTEM_CALL, slots, 7, &ended);
    CHECK(ended.how == KILLED && ended.status == SIGSYS, "how %d status %d", ended.how, ended.status);
    struct xvm_trap_record record;
    memcpy(&record, (const char *)worker.w2h + XVM_TRAP_RECORD_OFFSET, sizeof record);
    CHECK(record.magic == XVM_TRAP_RECORD_MAGIC && record.number == 39 && record.architecture == 0xc000003e
              && record.instruction_pointer != 0, "record: magic %x number %d", record.magic, record.number);
    worker_end(&worker);
    zygote_stop(&driver);
}

int main(int argc, char **argv) {
    static const struct {
        const char *name;
        void (*run)(void);
    } cases[] = {
        {"status", case_status}, {"attacks", case_attacks}, {"every-number", case_every_number}, {"protocol", case_protocol},
        {"setup-failures", case_setup_failures}, {"orphans", case_orphans}, {"many", case_many}, {"cpu-limit", case_cpu_limit},
        {"trap", case_trap}, {"zygote-killed", case_zygote_killed}, {"layers", case_layers},
    };
    if (argc < 4) stop("driver WORKER MODULE CASE [UID]");
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (argc > 4) {
        uid_t id = (uid_t)atoi(argv[4]);
        if (setgroups(0, NULL) != 0 || setresgid(id, id, id) != 0 || setresuid(id, id, id) != 0) stop("setresuid: %s", strerror(errno));
        prctl(PR_SET_DUMPABLE, 1L, 0L, 0L, 0L);  // as a program that this user had started
    }
    driver.worker_path = argv[1];
    driver.filters = filters_make(&driver.load_size, &driver.run_size, NOTIFYING);
    driver.module = read_module(argv[2]);
    bool found = strncmp(argv[3], "without-", 8) == 0 && floors_run(&driver, &worker, argv[3] + 8);
    if (found) {
        printf("%s: %d checks, %d failures\n", argv[3], checks, failures);
        return failures == 0 ? 0 : 1;
    }
    for (size_t index = 0; index < sizeof cases / sizeof cases[0]; index++) {
        if (strcmp(argv[3], cases[index].name) != 0) continue;
        cases[index].run();
        printf("%s: %d checks, %d failures\n", argv[3], checks, failures);
        return failures == 0 ? 0 : 1;
    }
    stop("no case %s", argv[3]);
}
