// SPDX-License-Identifier: Apache-2.0
// A helper program with resource limits: vfork, set up, execve. Run by the host.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif
#include "xvm_child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "xvm_system.h"

#ifndef SYS_close_range
#define SYS_close_range 436
#endif

// Where the child finds the pipe that carries its errno to the parent; execve closes it, which says that all went well.
// (A word of the memory that vfork shares would do, but the thread sanitizer makes vfork a fork.)
#define REPORT 3

// What the child needs. Parent and child share this memory until execve; the child changes nothing of it.
struct child {
    const struct xvm_child_request *request;
    int descriptors[3];  // all above REPORT
    int report[2];       // pipe: read end, write end above REPORT
    pid_t parent;
};

static int lower(int resource, uint64_t soft, uint64_t hard) {
    struct rlimit now, wanted = {.rlim_cur = soft, .rlim_max = hard};
    if (getrlimit((__rlimit_resource_t)resource, &now) != 0) return -1;
    // A limit that the host itself has lower stays: an unprivileged process could not raise it.
    if (now.rlim_max < wanted.rlim_max) wanted.rlim_max = now.rlim_max;
    if (wanted.rlim_max < wanted.rlim_cur) wanted.rlim_cur = wanted.rlim_max;
    return setrlimit((__rlimit_resource_t)resource, &wanted);
}

static int set_limits(const struct xvm_child_limits *limits) {
    if (lower(RLIMIT_CORE, 0, 0) != 0) return -1;
    if (limits->cpu_seconds != 0 && lower(RLIMIT_CPU, limits->cpu_seconds, limits->cpu_seconds + 1) != 0) return -1;
    if (limits->address_space_size != 0 &&
        lower(RLIMIT_AS, limits->address_space_size, limits->address_space_size) != 0) {
        return -1;
    }
    if (limits->file_size != 0 && lower(RLIMIT_FSIZE, limits->file_size, limits->file_size) != 0) return -1;
    if (limits->descriptor_count != 0 && lower(RLIMIT_NOFILE, limits->descriptor_count, limits->descriptor_count) != 0) {
        return -1;
    }
    return 0;
}

// Runs in the child on the parent's memory: system calls only, no lock, no allocation, nothing of the parent's changed. Signals are blocked until just before execve, and no handler of the parent can run in between.
static void become(struct child *child) {
    const struct xvm_child_request *request = child->request;
    struct sigaction plain = {.sa_handler = SIG_DFL};
    int report = child->report[1];
    int error;
    sigset_t none;
    sigemptyset(&none);
    // Refused for SIGKILL, SIGSTOP and glibc's own two: those need no reset.
    for (int number = 1; number < NSIG; number++) (void)sigaction(number, &plain, NULL);
    if (setpgid(0, 0) != 0) goto failed;
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) goto failed;
    if (getppid() != child->parent) _exit(127);  // it died before the line above took effect
    if (request->directory != NULL && chdir(request->directory) != 0) goto failed;
    for (int number = 0; number < 3; number++) {
        if (dup2(child->descriptors[number], number) < 0) goto failed;
    }
    if (dup3(report, REPORT, O_CLOEXEC) < 0) goto failed;
    report = REPORT;
    // Before Linux 5.9 there is no such call; then what was not opened close-on-exec stays open.
    if (syscall(SYS_close_range, REPORT + 1u, ~0u, 0u) != 0 && errno != ENOSYS) goto failed;
    if (set_limits(&request->limits) != 0) goto failed;
    if (sigprocmask(SIG_SETMASK, &none, NULL) != 0) goto failed;
    execve(request->path, request->arguments, request->environment);
failed:
    error = errno;
    // A pipe takes four bytes whole or not at all; if the parent is gone nobody misses them.
    (void)!write(report, &error, sizeof error);
    _exit(127);
}

// vfork must return into a frame that stays; so it stands alone, and the child leaves by execve or _exit.
static pid_t __attribute__((noinline)) start(struct child *child) {
    pid_t pid = vfork();
    if (pid == 0) become(child);
    return pid;
}

static int above_standard(int descriptor) {
    int copy = fcntl(descriptor, F_DUPFD_CLOEXEC, REPORT + 1);
    return copy < 0 ? -errno : copy;
}

static void close_one(int *descriptor) {
    if (*descriptor >= 0) (void)close(*descriptor);
    *descriptor = -1;
}

static void close_all(struct child *child) {
    for (int number = 0; number < 3; number++) close_one(&child->descriptors[number]);
    for (int number = 0; number < 2; number++) close_one(&child->report[number]);
}

static int open_descriptors(struct child *child) {
    if (child->request->input >= 0) {
        child->descriptors[0] = above_standard(child->request->input);
    } else {
        int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
        if (null < 0) return -errno;
        child->descriptors[0] = above_standard(null);
        (void)close(null);
    }
    if (child->descriptors[0] < 0) return child->descriptors[0];
    child->descriptors[1] = above_standard(child->request->output);
    if (child->descriptors[1] < 0) return child->descriptors[1];
    child->descriptors[2] = above_standard(child->request->error);
    if (child->descriptors[2] < 0) return child->descriptors[2];
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return -errno;
    child->report[0] = ends[0];
    child->report[1] = above_standard(ends[1]);
    (void)close(ends[1]);
    return child->report[1] < 0 ? child->report[1] : 0;
}

// What the child wrote before it gave up, or 0 when execve closed the pipe.
static int reported(struct child *child) {
    close_one(&child->report[1]);
    int error = 0;
    ssize_t size;
    do size = read(child->report[0], &error, sizeof error);
    while (size < 0 && errno == EINTR);
    return size == (ssize_t)sizeof error ? error : 0;
}

int xvm_child_spawn(const struct xvm_child_request *request, int32_t *pid, int *pidfd) {
    if (request->path == NULL || request->arguments == NULL || request->environment == NULL) return -EINVAL;
    struct child child = {.request = request, .descriptors = {-1, -1, -1}, .report = {-1, -1}, .parent = getpid()};
    int result = open_descriptors(&child);
    if (result != 0) {
        close_all(&child);
        return result;
    }
    sigset_t all, before;
    sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t started = start(&child);
    int failure = started < 0 ? errno : 0;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (started > 0) failure = reported(&child);
    close_all(&child);
    if (started < 0) return -failure;
    if (failure == 0) {
        int descriptor = xvm_system_pidfd_open(started);
        if (descriptor >= 0) {
            *pid = started;
            *pidfd = descriptor;
            return 0;
        }
        failure = -descriptor;
        (void)kill(-started, SIGKILL);
    }
    // Not reaped yet, so the id is still this child's.
    while (waitpid(started, NULL, 0) < 0 && errno == EINTR) continue;
    return -failure;
}
