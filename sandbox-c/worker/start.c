// SPDX-License-Identifier: Apache-2.0
// The start of one worker, from the clone to the first frame, in two parts: a blank does what is the same for every contract and
// waits for BEGIN. Each step closes something, in an order in which every later step still works. Run by: the worker.
// Nothing is printed; a failure is one SETUP_FAILED frame and XVM_EXIT_SETUP.
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include "serve.h"
#include "worker.h"
#include "xvm_abi.h"
#include "xvm_ring.h"
#include "xvm_runtime.h"
#include "xvm_wire.h"

#define FAILURE_TEXT_MAX 256u
#define NO_LISTENER UINT32_MAX
#define MODULE_DESCRIPTOR (XVM_ZYGOTE_SOCKET + 1)  // the first free number of a blank

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif

struct worker {
    struct xvm_report report;
    struct xvm_channel channel;
    bool channel_ready;
    // The first step that failed in the blank; told when there is a ring to tell it in.
    struct { enum xvm_step step; int error; const char *text; } failed;
};
static struct worker worker;  // the one mutable global of this process's start

// ---- frames ----------------------------------------------------------------------------------------------------------

static uint8_t *put_u32(uint8_t *at, uint32_t value) {
    memcpy(at, &value, sizeof value);  // x86-64 is little-endian, as the wire
    return at + sizeof value;
}

static _Noreturn void fail(enum xvm_step step, int error, const char *text) {
    if (worker.channel_ready) {
        size_t size = strnlen(text, FAILURE_TEXT_MAX);
        uint8_t *at = xvm_ring_reserve(&worker.channel, XVM_FRAME_SETUP_FAILED, 0, (uint32_t)(12 + size));
        if (at != NULL) {
            at = put_u32(at, step);
            at = put_u32(at, (uint32_t)error);
            at = put_u32(at, (uint32_t)size);
            memcpy(at, text, size);
            xvm_ring_commit(&worker.channel);
            xvm_ring_publish(&worker.channel);
        }
    }
    _exit(XVM_EXIT_SETUP);
}

/// A step that every worker must have.
static void require(enum xvm_step step, int error, const char *text) {
    if (xvm_report_add(&worker.report, step, error) != 0) fail(step, error, text);
}

/// The same in a blank: the failure is kept until there is a ring.
static void require_in_blank(enum xvm_step step, int error, const char *text) {
    if (xvm_report_add(&worker.report, step, error) == 0 || worker.failed.step != XVM_STEP_NONE) return;
    worker.failed.step = step;
    worker.failed.error = error;
    worker.failed.text = text;
}

/// A step that may be missing, unless `required`.
static void attempt(enum xvm_step step, int error, bool required, const char *text) {
    if (xvm_report_add(&worker.report, step, error) != 0 && required) fail(step, error, text);
}

static void send_sealed(uint32_t listener) {
    uint32_t size = 16 + worker.report.count * 4;
    uint8_t *at = xvm_ring_reserve(&worker.channel, XVM_FRAME_SEALED, 0, size);
    if (at == NULL) fail(XVM_STEP_SEALED, ENOSPC, "no room for the first frame");
    at = put_u32(at, XVM_WIRE_VERSION);
    at = put_u32(at, listener);
    at = put_u32(at, 1);
    at = put_u32(at, worker.report.count);
    memcpy(at, worker.report.steps, worker.report.count * sizeof worker.report.steps[0]);
    xvm_ring_commit(&worker.channel);
    xvm_ring_publish(&worker.channel);
}

// ---- steps -----------------------------------------------------------------------------------------------------------

// All workers are forks of one process; their guards (of the stack, of saved jump targets) need not be the same as well, and
// the bytes that the kernel gave the zygote for its own must not lie on the stack. Only functions that never return are
// active when the stack's guard changes (hence inlined: a function of its own would check the old one at its end), and no
// saved jump target exists yet.
__attribute__((always_inline)) static inline void renew_guards(void) {
    uint64_t guards[2];
    if (getrandom(guards, sizeof guards, 0) != (ssize_t)sizeof guards) return;
    guards[0] &= ~UINT64_C(0xff);  // a zero byte stops string copies, as in glibc
    __asm__ volatile("movq %0, %%fs:0x28\n\tmovq %1, %%fs:0x30" : : "r"(guards[0]), "r"(guards[1]) : "memory");
    void *seed = (void *)(uintptr_t)getauxval(AT_RANDOM);
    if (seed != NULL) memset(seed, 0, 16);
    explicit_bzero(guards, sizeof guards);
}

static int map_segment(int descriptor, uint64_t address, uint32_t size, int protection) {
    struct stat file;
    if (fstat(descriptor, &file) != 0) return errno;
    if (file.st_size != (off_t)size) return EINVAL;
    void *wanted = (void *)(uintptr_t)address;
    void *got = mmap(wanted, size, protection, MAP_SHARED | MAP_FIXED_NOREPLACE, descriptor, 0);
    if (got == MAP_FAILED) return errno;
    return got == wanted ? 0 : EEXIST;  // before 4.17 the flag is only a hint
}

// Module, rings and limits, as BEGIN gave them.
struct beginning {
    struct xvm_worker_begin request;
    int module, h2w, w2h;
};

// Waits for BEGIN. The end of the socket is the supervisor's, or that of the zygote before it handed this worker over.
static void await_begin(struct beginning *beginning) {
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(int) * 3)];
    } control;
    struct iovec part = {.iov_base = &beginning->request, .iov_len = sizeof beginning->request};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
    ssize_t size;
    do {
        size = recvmsg(XVM_ZYGOTE_SOCKET, &message, MSG_CMSG_CLOEXEC);
    } while (size < 0 && errno == EINTR);
    if (size == 0) _exit(XVM_EXIT_SUPERVISOR_GONE);
    const struct xvm_worker_begin *request = &beginning->request;
    const struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (size != (ssize_t)sizeof *request || (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0
        || request->magic != XVM_ZYGOTE_MAGIC || request->version != XVM_ZYGOTE_VERSION || request->op != XVM_WORKER_BEGIN
        || request->reserved != 0 || header == NULL || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS
        || header->cmsg_len != CMSG_LEN(sizeof(int) * 3)) {
        _exit(XVM_EXIT_PROTOCOL);
    }
    int descriptors[3];
    memcpy(descriptors, CMSG_DATA(header), sizeof descriptors);
    beginning->module = descriptors[0];
    beginning->h2w = descriptors[1];
    beginning->w2h = descriptors[2];
}

static void map_rings(const struct xvm_start *start, const struct beginning *beginning) {
    const void *h2w = (const void *)(uintptr_t)XVM_ADDRESS_H2W;
    void *w2h = (void *)(uintptr_t)XVM_ADDRESS_W2H;
    uint32_t h2w_size = start->configuration->h2w_size;
    require(XVM_STEP_RINGS, map_segment(beginning->w2h, XVM_ADDRESS_W2H, start->configuration->w2h_size, PROT_READ | PROT_WRITE), "");
    require(XVM_STEP_RINGS, map_segment(beginning->h2w, XVM_ADDRESS_H2W, h2w_size, PROT_READ), "");
    require(XVM_STEP_RINGS, -xvm_ring_check_segment(h2w, h2w_size), "");
    worker.report.count -= 2;  // one step in the report
    xvm_channel_init_worker(&worker.channel, h2w, w2h);
    worker.channel_ready = true;
    xvm_fault_handlers_record((struct xvm_fault_record *)((uint8_t *)w2h + XVM_FAULT_RECORD_OFFSET));
}

// The soft limit of RLIMIT_CPU. Its default action means nothing to the first process of a pid namespace.
static void cpu_limit_reached(int signal) {
    (void)signal;
    _exit(XVM_EXIT_CPU_LIMIT);
}

// Without a listener: a call that the run filter refuses. The action is the default again by now, so the second call ends the
// process by SIGSYS, which is what the host believes; the record only says more.
static void call_refused(int signal, siginfo_t *info, void *machine) {
    (void)signal;
    const greg_t *registers = ((const ucontext_t *)machine)->uc_mcontext.gregs;
    struct xvm_trap_record record = {
        .magic = XVM_TRAP_RECORD_MAGIC, .number = info->si_syscall, .architecture = info->si_arch,
        .instruction_pointer = (uint64_t)(uintptr_t)info->si_call_addr,
        .arguments = {(uint64_t)registers[REG_RDI], (uint64_t)registers[REG_RSI], (uint64_t)registers[REG_RDX],
                      (uint64_t)registers[REG_R10], (uint64_t)registers[REG_R8], (uint64_t)registers[REG_R9]}};
    memcpy((void *)(uintptr_t)(XVM_ADDRESS_W2H + XVM_TRAP_RECORD_OFFSET), &record, sizeof record);
    (void)syscall(SYS_getpid);
    _exit(XVM_EXIT_BUG);
}

static int install_handlers(uint32_t flags) {
    int error = xvm_fault_handlers_install();
    if (error != 0) return error;
    if ((flags & XVM_ZYGOTE_NO_LISTENER) != 0) {
        struct sigaction trapped = {.sa_sigaction = call_refused};
        trapped.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER | (int)SA_RESETHAND;
        if (sigaction(SIGSYS, &trapped, NULL) != 0) return errno;
    }
    struct sigaction action = {.sa_handler = cpu_limit_reached, .sa_flags = SA_ONSTACK | SA_NODEFER};
    return sigaction(SIGXCPU, &action, NULL) == 0 ? 0 : errno;
}

static const struct xvm_descriptor *load_module(const struct beginning *beginning) {
    char path[40];
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", beginning->module);
    errno = 0;
    void *module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    int error = errno;
    const char *text = module == NULL ? dlerror() : "";
    require(XVM_STEP_DLOPEN, module != NULL ? 0 : error != 0 ? error : ENOEXEC, text != NULL ? text : "");
    const struct xvm_descriptor *descriptor = dlsym(module, XVM_DESCRIPTOR_SYMBOL);
    if (descriptor == NULL) fail(XVM_STEP_DESCRIPTOR, ENOENT, "no symbol " XVM_DESCRIPTOR_SYMBOL);
    if (descriptor->magic != XVM_ABI_MAGIC) fail(XVM_STEP_DESCRIPTOR, EINVAL, "descriptor: wrong magic");
    if (descriptor->abi_version != XVM_ABI_VERSION) fail(XVM_STEP_DESCRIPTOR, EPROTONOSUPPORT, "descriptor: another ABI version");
    if (memcmp(descriptor->module_hash, beginning->request.module_hash, sizeof descriptor->module_hash) != 0) {
        fail(XVM_STEP_DESCRIPTOR, ESTALE, "descriptor: hash of another module");
    }
    require(XVM_STEP_DESCRIPTOR, close(beginning->module) == 0 ? 0 : errno, "close of the module");
    return descriptor;
}

// All memory that serving needs is taken here: behind the run filter nothing is mapped any more.
static void prepare_context(const struct xvm_descriptor *descriptor) {
    xvm_error_t error = {.status = XVM_STATUS_OK};
    enum xvm_status status = xvm_serve_prepare(descriptor, &error);
    int number = error.errno_value != 0 ? error.errno_value : EINVAL;
    require(XVM_STEP_CONTEXT, status == XVM_STATUS_OK ? 0 : number, error.text);
}

// The worker's own text, libc's and the loader's are sealed in the blank.
static int seal_memory(const struct xvm_start *start, const struct xvm_descriptor *descriptor) {
    int error = xvm_confine_seal_objects(start->kernel_ranges, descriptor);
    if (error == 0) error = xvm_confine_seal(XVM_ADDRESS_H2W, start->configuration->h2w_size);
    if (error == 0) error = xvm_confine_seal(XVM_ADDRESS_W2H, start->configuration->w2h_size);
    return error;
}

static uint32_t load_run_filter(const struct xvm_start *start) {
    uint32_t flags = start->configuration->flags, size = start->configuration->run_filter_size;
    int listener = -1;
    int listener_error = EOPNOTSUPP;
    // Both reports stand before the call: afterwards only the ring may be touched.
    if ((flags & XVM_ZYGOTE_NO_LISTENER) == 0) {
        listener_error = xvm_confine_filter_with_listener(start->run_filter, size, &listener);
    }
    attempt(XVM_STEP_LISTENER, listener_error, (flags & XVM_ZYGOTE_REQUIRE_LISTENER) != 0, "run filter with listener");
    int error = listener_error == 0 ? 0 : xvm_confine_filter(start->run_filter, size);
    require(XVM_STEP_RUN_FILTER, error, "run filter");
    return listener_error == 0 ? (uint32_t)listener : NO_LISTENER;
}

// The socket and, for a moment, the empty object: at the number that the module will have.
static void arrange_descriptors(const struct xvm_start *start) {
    int socket = dup3(start->socket, XVM_ZYGOTE_SOCKET, O_CLOEXEC);
    // Whoever gives BEGIN gives descriptors with it, and they must get low numbers.
    int error = socket < 0 ? errno : 0;
    bool there = start->rehearsal == MODULE_DESCRIPTOR
                 || (start->rehearsal >= 0 && dup3(start->rehearsal, MODULE_DESCRIPTOR, O_CLOEXEC) >= 0);
    if (error == 0 && there) xvm_rehearsal_run(MODULE_DESCRIPTOR);
    if (error == 0) error = xvm_confine_close_from(MODULE_DESCRIPTOR);
    if (error != 0) require_in_blank(XVM_STEP_CLOSE_DESCRIPTORS, error, "descriptors of a blank");
}

// What no contract has a say in. From here on this process is not the zygote's copy any more: own guards, no rights.
__attribute__((always_inline)) static inline void become_blank(const struct xvm_start *start, int *sealed) {
    // The fork cleared it, and the parent is now the supervisor's thread. getppid is 0 in a pid namespace: ask the socket.
    (void)prctl(PR_SET_PDEATHSIG, (unsigned long)SIGKILL, 0L, 0L, 0L);
    if (!xvm_zygote_peer_alive()) _exit(XVM_EXIT_SUPERVISOR_GONE);
    (void)prctl(PR_SET_NAME, "xvm-blank");
    renew_guards();

    attempt(XVM_STEP_PID_NAMESPACE, start->pid_namespace_error, false, "");
    require_in_blank(XVM_STEP_SIGNALS, install_handlers(start->configuration->flags), "fault handlers");
    require_in_blank(XVM_STEP_CAPABILITIES, xvm_confine_capabilities(-1), "capabilities");
    int landlock = start->landlock_error != 0 ? start->landlock_error : xvm_confine_landlock(start->landlock_ruleset);
    attempt(XVM_STEP_LANDLOCK, landlock, false, "");
    if (landlock != 0 && (start->configuration->flags & XVM_ZYGOTE_REQUIRE_LANDLOCK) != 0) {
        require_in_blank(XVM_STEP_LANDLOCK, landlock, "landlock");
    }
    require_in_blank(XVM_STEP_NO_NEW_PRIVS, prctl(PR_GET_NO_NEW_PRIVS, 0L, 0L, 0L, 0L) == 1 ? 0 : EPERM, "no_new_privs is not set");
    int limits = xvm_confine_fixed_limits();
    if (limits != 0) require_in_blank(XVM_STEP_RLIMITS, limits, "resource limits");
    arrange_descriptors(start);
    *sealed = xvm_confine_seal_objects(start->kernel_ranges, NULL);
}

_Noreturn void xvm_worker_start(const struct xvm_start *start) {
    int sealed;
    become_blank(start, &sealed);
    struct beginning beginning;
    await_begin(&beginning);
    (void)prctl(PR_SET_NAME, "xvm-worker");

    map_rings(start, &beginning);
    if (worker.failed.step != XVM_STEP_NONE) fail(worker.failed.step, worker.failed.error, worker.failed.text);
    require(XVM_STEP_ARENA, xvm_arena_reserve(beginning.request.memory_pages_max), "reservation of linear memory");
    require(XVM_STEP_RLIMITS, xvm_confine_limits(&beginning.request), "resource limits");
    require(XVM_STEP_CLOSE_DESCRIPTORS, xvm_confine_descriptors(beginning.module), "close_range");
    require(XVM_STEP_LOAD_FILTER, xvm_confine_filter(start->load_filter, start->configuration->load_filter_size), "load filter");

    const struct xvm_descriptor *descriptor = load_module(&beginning);
    prepare_context(descriptor);
    if (sealed == 0) sealed = seal_memory(start, descriptor);
    attempt(XVM_STEP_MSEAL, sealed, false, "");
    attempt(XVM_STEP_MDWE, xvm_confine_no_new_code(), false, "");
    attempt(XVM_STEP_TSC, xvm_confine_no_cycle_counter(), false, "");
    // Not in the blank: until here the loader's list of objects is read, and the vdso stands in it.
    attempt(XVM_STEP_VDSO, xvm_confine_unmap_kernel_ranges(start->kernel_ranges), false, "");
    int dumpable = start->stay_dumpable ? EOPNOTSUPP : prctl(PR_SET_DUMPABLE, 0L, 0L, 0L, 0L) == 0 ? 0 : errno;
    attempt(XVM_STEP_NOT_DUMPABLE, dumpable, false, "");
    send_sealed(load_run_filter(start));
    xvm_serve(&worker.channel, descriptor);
}
