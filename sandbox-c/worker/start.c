// SPDX-License-Identifier: Apache-2.0
// The start of one worker, from the clone to the first frame: each step closes something, in an order in which every later
// step still works. Run by: the worker. Nothing is printed; a failure is one SETUP_FAILED frame and XVM_EXIT_SETUP.
#include <dlfcn.h>
#include <errno.h>
#include <linux/filter.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "serve.h"
#include "worker.h"
#include "xvm_abi.h"
#include "xvm_ring.h"
#include "xvm_runtime.h"
#include "xvm_wire.h"

#define FAILURE_TEXT_MAX 256u
#define NO_LISTENER UINT32_MAX

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif

struct worker {
    struct xvm_report report;
    struct xvm_channel channel;
    bool channel_ready;
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

static void map_rings(const struct xvm_start *start) {
    const void *h2w = (const void *)(uintptr_t)XVM_ADDRESS_H2W;
    void *w2h = (void *)(uintptr_t)XVM_ADDRESS_W2H;
    uint32_t h2w_size = start->configuration->h2w_size;
    require(XVM_STEP_RINGS, map_segment(start->w2h, XVM_ADDRESS_W2H, start->configuration->w2h_size, PROT_READ | PROT_WRITE), "");
    require(XVM_STEP_RINGS, map_segment(start->h2w, XVM_ADDRESS_H2W, h2w_size, PROT_READ), "");
    require(XVM_STEP_RINGS, -xvm_ring_check_segment(h2w, h2w_size), "");
    worker.report.count -= 2;  // one step in the report
    xvm_channel_init_worker(&worker.channel, h2w, w2h);
    worker.channel_ready = true;
}

// The soft limit of RLIMIT_CPU. Its default action means nothing to the first process of a pid namespace.
static void cpu_limit_reached(int signal) {
    (void)signal;
    _exit(XVM_EXIT_CPU_LIMIT);
}

static int install_handlers(void) {
    int error = xvm_fault_handlers_install();
    if (error != 0) return error;
    struct sigaction action = {.sa_handler = cpu_limit_reached, .sa_flags = SA_ONSTACK | SA_NODEFER};
    return sigaction(SIGXCPU, &action, NULL) == 0 ? 0 : errno;
}

static const struct xvm_descriptor *load_module(const struct xvm_start *start) {
    char path[40];
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", start->module);
    errno = 0;
    void *module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    int error = errno;
    const char *text = module == NULL ? dlerror() : "";
    require(XVM_STEP_DLOPEN, module != NULL ? 0 : error != 0 ? error : ENOEXEC, text != NULL ? text : "");
    const struct xvm_descriptor *descriptor = dlsym(module, XVM_DESCRIPTOR_SYMBOL);
    if (descriptor == NULL) fail(XVM_STEP_DESCRIPTOR, ENOENT, "no symbol " XVM_DESCRIPTOR_SYMBOL);
    if (descriptor->magic != XVM_ABI_MAGIC) fail(XVM_STEP_DESCRIPTOR, EINVAL, "descriptor: wrong magic");
    if (descriptor->abi_version != XVM_ABI_VERSION) fail(XVM_STEP_DESCRIPTOR, EPROTONOSUPPORT, "descriptor: another ABI version");
    if (memcmp(descriptor->module_hash, start->request->module_hash, sizeof descriptor->module_hash) != 0) {
        fail(XVM_STEP_DESCRIPTOR, ESTALE, "descriptor: hash of another module");
    }
    require(XVM_STEP_DESCRIPTOR, close(start->module) == 0 ? 0 : errno, "close of the module");
    return descriptor;
}

// All memory that serving needs is taken here: behind the run filter nothing is mapped any more.
static void prepare_context(const struct xvm_descriptor *descriptor) {
    xvm_error_t error = {.status = XVM_STATUS_OK};
    enum xvm_status status = xvm_serve_prepare(descriptor, &error);
    int number = error.errno_value != 0 ? error.errno_value : EINVAL;
    require(XVM_STEP_CONTEXT, status == XVM_STATUS_OK ? 0 : number, error.text);
}

static int seal_memory(const struct xvm_start *start) {
    int error = xvm_confine_seal_objects(start->kernel_ranges);
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

_Noreturn void xvm_worker_start(const struct xvm_start *start) {
    uint32_t flags = start->configuration->flags;
    // The fork cleared it, and the parent is now the supervisor's thread. getppid is 0 in a pid namespace: ask the socket.
    (void)prctl(PR_SET_PDEATHSIG, (unsigned long)SIGKILL, 0L, 0L, 0L);
    if (!xvm_zygote_peer_alive()) _exit(XVM_EXIT_SUPERVISOR_GONE);
    (void)prctl(PR_SET_NAME, "xvm-worker");
    renew_guards();

    attempt(XVM_STEP_PID_NAMESPACE, start->pid_namespace_error, false, "");
    map_rings(start);
    require(XVM_STEP_ARENA, xvm_arena_reserve(start->request->memory_pages_max), "reservation of linear memory");
    require(XVM_STEP_SIGNALS, install_handlers(), "fault handlers");
    require(XVM_STEP_CAPABILITIES, xvm_confine_capabilities(-1), "capabilities");
    int landlock = start->landlock_error != 0 ? start->landlock_error : xvm_confine_landlock(start->landlock_ruleset);
    attempt(XVM_STEP_LANDLOCK, landlock, (flags & XVM_ZYGOTE_REQUIRE_LANDLOCK) != 0, "landlock");
    require(XVM_STEP_RLIMITS, xvm_confine_limits(start->request), "resource limits");
    require(XVM_STEP_CLOSE_DESCRIPTORS, xvm_confine_descriptors(start->module), "close_range");
    require(XVM_STEP_NO_NEW_PRIVS, prctl(PR_GET_NO_NEW_PRIVS, 0L, 0L, 0L, 0L) == 1 ? 0 : EPERM, "no_new_privs is not set");
    require(XVM_STEP_LOAD_FILTER, xvm_confine_filter(start->load_filter, start->configuration->load_filter_size), "load filter");

    const struct xvm_descriptor *descriptor = load_module(start);
    prepare_context(descriptor);
    attempt(XVM_STEP_MSEAL, seal_memory(start), false, "");
    attempt(XVM_STEP_MDWE, xvm_confine_no_new_code(), false, "");
    attempt(XVM_STEP_TSC, xvm_confine_no_cycle_counter(), false, "");
    attempt(XVM_STEP_VDSO, xvm_confine_unmap_kernel_ranges(start->kernel_ranges), false, "");
    int dumpable = start->stay_dumpable ? EOPNOTSUPP : prctl(PR_SET_DUMPABLE, 0L, 0L, 0L, 0L) == 0 ? 0 : errno;
    attempt(XVM_STEP_NOT_DUMPABLE, dumpable, false, "");
    send_sealed(load_run_filter(start));
    xvm_serve(&worker.channel, descriptor);
}
