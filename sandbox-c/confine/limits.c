// SPDX-License-Identifier: Apache-2.0
// Resource limits, descriptors, no_new_privs. Run by the worker (no_new_privs: by the zygote, verified in the worker).
#include <errno.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "xvm_confine.h"

#define CPU_SECONDS_MAX 1000000u

struct limit {
    __rlimit_resource_t resource;
    rlim_t soft, hard;
};

static int set_limits(const struct limit *limits, size_t count) {
    for (size_t index = 0; index < count; index++) {
        struct rlimit limit = {.rlim_cur = limits[index].soft, .rlim_max = limits[index].hard};
        if (setrlimit(limits[index].resource, &limit) == 0) continue;
        int error = errno;
        // Above an inherited hard limit: the inherited one is stricter, and holds.
        struct rlimit inherited;
        if (error != EPERM || getrlimit(limits[index].resource, &inherited) != 0) return error;
        if (limit.rlim_cur > inherited.rlim_max) limit.rlim_cur = inherited.rlim_max;
        limit.rlim_max = inherited.rlim_max;
        if (setrlimit(limits[index].resource, &limit) != 0) return errno;
    }
    return 0;
}

int xvm_confine_fixed_limits(void) {
    static const struct limit limits[] = {
        {RLIMIT_CORE, 0, 0},
        {RLIMIT_FSIZE, 0, 0},
        {RLIMIT_MEMLOCK, 0, 0},
        {RLIMIT_MSGQUEUE, 0, 0},
        {RLIMIT_LOCKS, 0, 0},
        {RLIMIT_SIGPENDING, 0, 0},
        {RLIMIT_NICE, 0, 0},
        {RLIMIT_RTPRIO, 0, 0},
        {RLIMIT_NPROC, 0, 0},  // nothing counts on it: the kernel ignores it for real uid 0
    };
    return set_limits(limits, sizeof limits / sizeof limits[0]);
}

int xvm_confine_limits(const struct xvm_worker_begin *request) {
    rlim_t seconds = request->cpu_seconds < CPU_SECONDS_MAX ? request->cpu_seconds : CPU_SECONDS_MAX;
    const struct limit limits[] = {
        {RLIMIT_NOFILE, 1, 1}, // one free number: dlopen's open, later the listener
        {RLIMIT_DATA, request->data_limit, request->data_limit},
        {RLIMIT_STACK, request->stack_limit, request->stack_limit},
        {RLIMIT_CPU, seconds, seconds + 1},
    };
    return set_limits(limits, sizeof limits / sizeof limits[0]);
}

static int close_range_or_loop(unsigned first, unsigned last) {
    if (first > last) return 0;
    if (syscall(SYS_close_range, first, last, 0) == 0) return 0;
    if (errno != ENOSYS) return errno;
    // Before 5.9. The numbers are below the limit under which they were opened.
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return errno;
    unsigned end = limit.rlim_max < 65536 ? 65536 : limit.rlim_max < 1048576 ? (unsigned)limit.rlim_max : 1048576;
    for (unsigned number = first; number <= last && number < end; number++) close((int)number);
    return 0;
}

int xvm_confine_descriptors(int keep) {
    int error = keep > 0 ? close_range_or_loop(0, (unsigned)keep - 1) : 0;
    return error != 0 ? error : close_range_or_loop(keep < 0 ? 0 : (unsigned)keep + 1, ~0u);
}

int xvm_confine_close_from(int first) { return close_range_or_loop((unsigned)first, ~0u); }

int xvm_confine_no_new_privs(void) {
    if (prctl(PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L) != 0) return errno;
    return prctl(PR_GET_NO_NEW_PRIVS, 0L, 0L, 0L, 0L) == 1 ? 0 : EPERM;
}
