// SPDX-License-Identifier: Apache-2.0
// Processes as the host sees them: the zygote's spawn, pidfds, exits, CPU time.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif
#include "xvm_system.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "xvm_zygote.h"

#ifndef P_PIDFD
#define P_PIDFD 3
#endif

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#endif
#define LANDLOCK_VERSION_FLAG 1u  // LANDLOCK_CREATE_RULESET_VERSION

static int negative_errno(long result) { return result < 0 ? -errno : (int)result; }

int64_t xvm_system_monotonic_nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t xvm_system_monotonic_coarse_nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t xvm_system_cpu_nanoseconds(int32_t pid) {
    clockid_t clock;
    int error = clock_getcpuclockid(pid, &clock);
    if (error != 0) return -error;
    struct timespec used;
    if (clock_gettime(clock, &used) != 0) return errno == EINVAL ? -ESRCH : -errno;
    return (int64_t)used.tv_sec * 1000000000 + used.tv_nsec;
}

// The attributes and actions of the spawn; 0 or an errno value, as posix_spawn's own functions give it.
static int prepare_spawn(posix_spawn_file_actions_t *actions, posix_spawnattr_t *attributes, int socket) {
    int error = 0;
    // dup2 onto itself clears close-on-exec here (glibc 2.29 and POSIX 2024).
    if ((error = posix_spawn_file_actions_adddup2(actions, socket, XVM_ZYGOTE_SOCKET)) != 0) return error;
    for (int number = 0; number < XVM_ZYGOTE_SOCKET; number++) {
        // A descriptor that is not open is no failure of a close action in glibc.
        if ((error = posix_spawn_file_actions_addclose(actions, number)) != 0) return error;
    }
    if ((error = posix_spawn_file_actions_addclosefrom_np(actions, XVM_ZYGOTE_SOCKET + 1)) != 0) return error;
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    if ((error = posix_spawnattr_setsigmask(attributes, &none)) != 0) return error;
    if ((error = posix_spawnattr_setsigdefault(attributes, &all)) != 0) return error;
    return posix_spawnattr_setflags(
        attributes, (short)(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID));
}

int xvm_system_spawn_zygote(const char *path, int socket, int32_t *pid, int *pidfd) {
    if (path == NULL || socket < 0) return -EINVAL;
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int error = posix_spawn_file_actions_init(&actions);
    if (error != 0) return -error;
    if ((error = posix_spawnattr_init(&attributes)) != 0) {
        posix_spawn_file_actions_destroy(&actions);
        return -error;
    }
    char name[] = "xvm-worker", mode[] = "zygote";
    char *const arguments[] = {name, mode, NULL};
    char *const environment[] = {NULL};
    pid_t child = 0;
    error = prepare_spawn(&actions, &attributes, socket);
    if (error == 0) error = posix_spawn(&child, path, &actions, &attributes, arguments, environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    if (error != 0) return -error;
    int descriptor = xvm_system_pidfd_open(child);
    if (descriptor < 0) {
        // The id is still ours: nobody has reaped the child (a program that waits for -1 would have to be very quick).
        (void)kill(child, SIGKILL);
        while (waitpid(child, NULL, 0) < 0 && errno == EINTR) continue;
        return descriptor;
    }
    *pid = child;
    *pidfd = descriptor;
    return 0;
}

int xvm_system_pidfd_open(int32_t pid) { return negative_errno(syscall(SYS_pidfd_open, pid, 0)); }

int xvm_system_pidfd_signal(int pidfd, int signal) {
    return negative_errno(syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0));
}

int xvm_system_pidfd_kill(int pidfd) {
    int result = xvm_system_pidfd_signal(pidfd, SIGKILL);
    return result == -ESRCH ? 0 : result;
}

int xvm_system_pidfd_getfd(int pidfd, int number) { return negative_errno(syscall(SYS_pidfd_getfd, pidfd, number, 0)); }

int xvm_system_wait(int pidfd, int blocking, struct xvm_system_exit *ending) {
    siginfo_t info = {0};
    struct rusage usage = {0};
    long result;
    do {
        // The raw call: it also gives the rusage, which glibc's waitid hides.
        result = syscall(SYS_waitid, P_PIDFD, pidfd, &info, WEXITED | __WALL | (blocking != 0 ? 0 : WNOHANG), &usage);
    } while (result < 0 && errno == EINTR);
    if (result < 0) return -errno;
    if (info.si_pid == 0) return 0;
    ending->pid = info.si_pid;
    ending->code = info.si_code;
    ending->status = info.si_status;
    ending->uid = (int32_t)info.si_uid;
    ending->user_microseconds = (int64_t)usage.ru_utime.tv_sec * 1000000 + usage.ru_utime.tv_usec;
    ending->system_microseconds = (int64_t)usage.ru_stime.tv_sec * 1000000 + usage.ru_stime.tv_usec;
    return 1;
}

// The field of /proc/<pid>/stat at `*at` (decimal), which is moved behind it; false at the end.
static bool next_field(const char **at, int64_t *value) {
    char *end;
    *value = strtoll(*at, &end, 10);
    bool found = end != *at;
    *at = end;
    return found;
}

// Field numbers of proc_pid_stat(5). Those from the third on follow the name, which may hold anything but ends with the last bracket.
enum stat_field { STAT_PARENT = 4, STAT_FLAGS = 9, STAT_USER = 14, STAT_SYSTEM = 15, STAT_THREADS = 20, STAT_EXIT_CODE = 52 };
#define STAT_EXITING 0x4  // PF_EXITING of the kernel: it does not run its program any more

static int parse_ending(const char *text, struct xvm_system_exit *ending) {
    int64_t fields[STAT_EXIT_CODE + 1] = {0};
    const char *at = strrchr(text, ')');
    if (at == NULL || at[1] != ' ' || at[2] == 0) return 0;
    at += 3;  // behind the state, one letter
    for (int field = STAT_PARENT; field <= STAT_EXIT_CODE; field++) {
        if (!next_field(&at, &fields[field])) return 0;
    }
    int64_t code = fields[STAT_EXIT_CODE], ticks = sysconf(_SC_CLK_TCK);
    // Zero is also what those are told who may not know.
    if (code <= 0 || code > 0xffff || ticks <= 0 || fields[STAT_PARENT] != getpid()) return 0;
    if ((fields[STAT_FLAGS] & STAT_EXITING) == 0 || fields[STAT_THREADS] != 1) return 0;
    int signal = (int)code & 0x7f;
    *ending = (struct xvm_system_exit){.pid = (int32_t)strtol(text, NULL, 10)};
    ending->code = signal == 0 ? XVM_SYSTEM_EXITED : (code & 0x80) != 0 ? XVM_SYSTEM_DUMPED : XVM_SYSTEM_KILLED;
    ending->status = signal == 0 ? (int)(code >> 8) : signal;
    ending->user_microseconds = fields[STAT_USER] * 1000000 / ticks;
    ending->system_microseconds = fields[STAT_SYSTEM] * 1000000 / ticks;
    return 1;
}

int xvm_system_stat_open(int32_t pid) {
    char path[40];
    (void)snprintf(path, sizeof path, "/proc/%d/stat", pid);
    return negative_errno(open(path, O_RDONLY | O_CLOEXEC));
}

int xvm_system_ending(int stat, struct xvm_system_exit *ending) {
    char text[1024];
    ssize_t size = pread(stat, text, sizeof text - 1, 0);  // ESRCH once it is reaped
    if (size <= 0) return 0;
    text[size] = 0;
    return parse_ending(text, ending);
}

uint32_t xvm_system_landlock_abi(void) {
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0L, LANDLOCK_VERSION_FLAG);
    return version < 0 ? 0 : (uint32_t)version;
}
