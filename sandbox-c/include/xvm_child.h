// SPDX-License-Identifier: Apache-2.0
// Starts a helper program (a compiler, a linker) with resource limits. Run by: the host. Any thread.
#ifndef XVM_CHILD_H
#define XVM_CHILD_H

#include <stdint.h>

/// Limits of the child, set before the program begins. 0 leaves a limit as the host has it. Core files are always off.
struct xvm_child_limits {
    uint64_t cpu_seconds;         // SIGXCPU there, SIGKILL one second later
    uint64_t address_space_size;  // bytes (RLIMIT_AS)
    uint64_t file_size;           // bytes of each file it writes (RLIMIT_FSIZE), SIGXFSZ there
    uint64_t descriptor_count;    // RLIMIT_NOFILE
};

/// What to start. Strings are NUL-terminated, lists NULL-terminated; nothing is kept after the call.
struct xvm_child_request {
    const char *path;         // the program; no search
    char *const *arguments;   // argv, [0] included
    char *const *environment;
    const char *directory;    // working directory; NULL: the host's
    int32_t input;            // descriptor that becomes 0; -1: /dev/null
    int32_t output, error;    // descriptors that become 1 and 2; they stay the caller's
    struct xvm_child_limits limits;
};

/// Starts the program in a process group of its own with `input` or /dev/null as descriptor 0, `output` and `error` as 1 and 2, nothing
/// else open, all signals default and unblocked, and SIGKILL as its death signal for the calling *thread*: the caller must
/// stay on that thread until the child is reaped.
/// vfork, as posix_spawn does it: the cost does not grow with the host. posix_spawn itself cannot set resource limits, and
/// prlimit(2) on a running child would come after it has perhaps started children of its own.
/// - pid: receives the process id, which is also that of the group.
/// - pidfd: receives a pidfd, close-on-exec, owned by the caller, who must reap with xvm_system_wait.
/// Returns 0. Errors (then no process is left): what execve says (-ENOENT, -EACCES, -ENOEXEC), -EAGAIN, -EMFILE, -ENOMEM;
/// what chdir, setrlimit (-EPERM: above the host's hard limit) or dup2 say.
int xvm_child_spawn(const struct xvm_child_request *request, int32_t *pid, int *pidfd) __attribute__((warn_unused_result));

#endif
