// SPDX-License-Identifier: Apache-2.0
// Linux system calls that Swift does not see through its Glibc module, one thin function each. Run by: the host, never by
// a worker. Any thread, unless a function says otherwise.
//
// Results: >= 0 is success, < 0 is a negative errno value; errno itself is not part of the contract. EINTR is retried
// inside, except where a function says so. Every descriptor that is returned is close-on-exec and owned by the caller.
// Deadlines are absolute CLOCK_MONOTONIC nanoseconds; XVM_SYSTEM_NO_DEADLINE waits for ever.
#ifndef XVM_SYSTEM_H
#define XVM_SYSTEM_H

#include <stddef.h>
#include <stdint.h>

#define XVM_SYSTEM_NO_DEADLINE INT64_MAX
#define XVM_SYSTEM_CHECKED __attribute__((warn_unused_result))

// ---- time ------------------------------------------------------------------------------------------------------------

/// CLOCK_MONOTONIC now, in nanoseconds.
int64_t xvm_system_monotonic_nanoseconds(void);
/// The same clock as the last tick left it: up to 10 ms behind, never ahead; a few nanoseconds instead of 25 or so.
int64_t xvm_system_monotonic_coarse_nanoseconds(void);

/// CPU time that a process has used, all its threads, in nanoseconds; works from the parent without /proc.
/// Errors: -ESRCH when no such process is left (a zombie still answers).
int64_t xvm_system_cpu_nanoseconds(int32_t pid) XVM_SYSTEM_CHECKED;

// ---- processes -------------------------------------------------------------------------------------------------------

/// Starts `path` with argv {"xvm-worker", "zygote"}, an empty environment, all signals default and unblocked, in a session
/// of its own (a terminal's Ctrl-C is not for it), `socket` as descriptor 3 and nothing else open.
/// posix_spawn, so the cost does not grow with the host. The caller keeps (and should close) its copy of `socket`.
/// Thread: the kernel binds PDEATHSIG to the calling *thread*; call it from one that lives as long as the Supervisor.
/// - path: absolute path of xvm-worker, NUL-terminated.
/// - pid: receives the process id (for texts only; signals go through the pidfd).
/// - pidfd: receives a pidfd, owned by the caller. Whoever holds it must reap with xvm_system_wait.
/// Returns 0. Errors: what execve says (-ENOENT, -EACCES, -ENOEXEC), -EMFILE, -EAGAIN. On error there is no process left.
int xvm_system_spawn_zygote(const char *path, int socket, int32_t *pid, int *pidfd) XVM_SYSTEM_CHECKED;

/// pidfd of a process by its id. Only for a child that is not reaped yet (an id may be reused).
int xvm_system_pidfd_open(int32_t pid) XVM_SYSTEM_CHECKED;

/// Sends `signal` (0: only asks). Errors: -ESRCH when the process is gone (a zombie counts as there).
int xvm_system_pidfd_signal(int pidfd, int signal) XVM_SYSTEM_CHECKED;

/// SIGKILL through the pidfd. Returns 0 also when the process is gone already.
/// No process_mrelease: it takes the memory apart on the calling thread, which may be the reaper's, and the end comes no sooner.
int xvm_system_pidfd_kill(int pidfd);

/// A copy of descriptor `number` of the process. Errors: -EPERM (no ptrace right: see sandbox.md Z4), -EBADF, -ESRCH.
int xvm_system_pidfd_getfd(int pidfd, int number) XVM_SYSTEM_CHECKED;

/// How a process ended; the decoded siginfo of waitid(2).
struct xvm_system_exit {
    int32_t pid;     // as the caller sees it
    int32_t code;    // enum xvm_system_exit_code
    int32_t status;  // the exit status (0...255), or the signal's number
    int32_t uid;     // real user id of the process
    int64_t user_microseconds, system_microseconds;  // its CPU time
};
/// The values of siginfo's si_code for SIGCHLD.
enum xvm_system_exit_code { XVM_SYSTEM_EXITED = 1, XVM_SYSTEM_KILLED = 2, XVM_SYSTEM_DUMPED = 3 };

/// waitid(P_PIDFD, WEXITED | __WALL): also children whose exit signal is not SIGCHLD (workers). Reaps the process.
/// - blocking: 0 returns at once, anything else waits.
/// Returns 1: `ending` is filled and the process reaped; 0: still running (not blocking).
/// Errors: -ECHILD: not our child, or somebody else in this program reaped it (status unknown).
int xvm_system_wait(int pidfd, int blocking, struct xvm_system_exit *ending) XVM_SYSTEM_CHECKED;

/// /proc/<pid>/stat, for xvm_system_ending. It stays this process's, whoever has its number later. Errors: -ENOENT, -EMFILE.
int xvm_system_stat_open(int32_t pid) XVM_SYSTEM_CHECKED;

/// What xvm_system_wait will say of a child whose last thread is exiting: known as soon as it cannot run any more, long before its memory
/// is taken apart and it can be reaped. Reaps nothing. CPU time is of whole clock ticks, uid 0.
/// - stat: of xvm_system_stat_open; any thread may read it.
/// Returns 1: `ending` is filled; 0: not known, not told to us, or reaped already. An exit with status 0 is never known.
int xvm_system_ending(int stat, struct xvm_system_exit *ending) XVM_SYSTEM_CHECKED;

/// The landlock ABI that the kernel offers, 0 without landlock. Only asks; nothing is restricted.
uint32_t xvm_system_landlock_abi(void);

/// Names the calling thread, at most 15 bytes. Errors: -ERANGE when it is longer.
int xvm_system_thread_name(const char *name);

// ---- sockets that carry descriptors ----------------------------------------------------------------------------------

#define XVM_SYSTEM_DESCRIPTORS_MAX 4u  // per message

/// A connected pair of AF_UNIX SOCK_SEQPACKET sockets, both close-on-exec.
int xvm_system_socketpair(int pair[2]) XVM_SYSTEM_CHECKED;

/// No more messages from this end: the other one reads what is there, then the end. Its messages can still be received.
int xvm_system_shut_down_writing(int socket);

/// Sends one message with `count` (at most XVM_SYSTEM_DESCRIPTORS_MAX) descriptors, which stay the caller's. No SIGPIPE.
/// Returns 0. Errors: -EPIPE or -ECONNRESET when the peer is gone, -EINVAL for a bad count.
int xvm_system_send(int socket, const void *bytes, size_t size, const int *descriptors, uint32_t count) XVM_SYSTEM_CHECKED;

/// Receives one message and its descriptors, waiting until `deadline`.
/// - descriptors: XVM_SYSTEM_DESCRIPTORS_MAX places; count: receives how many were filled. Owned by the caller.
/// Returns the message's size; 0 when the peer closed. Errors: -ETIMEDOUT; -ECONNRESET (peer died with our bytes unread);
/// -EMSGSIZE when the message or its descriptors did not fit (all of them are closed, *count is 0).
int64_t xvm_system_receive(
    int socket, void *bytes, size_t size, int *descriptors, uint32_t *count, int64_t deadline) XVM_SYSTEM_CHECKED;

// ---- memory files and mappings ---------------------------------------------------------------------------------------

/// Seals of fcntl(F_ADD_SEALS), by bit.
enum xvm_system_seal {
    XVM_SYSTEM_SEAL_SEAL = 1,
    XVM_SYSTEM_SEAL_SHRINK = 2,
    XVM_SYSTEM_SEAL_GROW = 4,
    XVM_SYSTEM_SEAL_WRITE = 8,         // -EBUSY while a writable shared mapping exists
    XVM_SYSTEM_SEAL_FUTURE_WRITE = 16, // mappings that exist stay writable
    XVM_SYSTEM_SEAL_EXEC = 32,         // freezes the mode's x bits (Linux 6.3)
};

/// An empty memfd of `size` zero bytes that takes seals; mode bits without x where the kernel knows MFD_NOEXEC_SEAL
/// (that does not stop a worker from mapping it PROT_EXEC). Errors: -ENOSPC, -ENOMEM, -EMFILE, -EINVAL (name over 249 bytes).
int xvm_system_memfd(const char *name, uint64_t size) XVM_SYSTEM_CHECKED;

/// A memfd with these bytes, sealed SHRINK, GROW, WRITE, SEAL and, where the kernel has it, EXEC: nobody can change it any more.
int xvm_system_memfd_sealed(const char *name, const void *bytes, size_t size) XVM_SYSTEM_CHECKED;

/// Adds seals (bits of enum xvm_system_seal). Errors: -EBUSY, -EPERM (already sealed SEAL), -EINVAL (unknown bit).
int xvm_system_seal(int memfd, uint32_t seals) XVM_SYSTEM_CHECKED;

/// The seals in force.
int xvm_system_seals(int memfd) XVM_SYSTEM_CHECKED;

/// Maps `size` bytes of a descriptor from offset 0, shared, its pages made with their first use; writable or read-only.
/// - address: receives the address; unmap it with xvm_system_unmap.
int xvm_system_map(int descriptor, uint64_t size, int writable, void **address) XVM_SYSTEM_CHECKED;

/// Unmaps what xvm_system_map gave.
int xvm_system_unmap(void *address, uint64_t size);

// ---- seccomp listener ------------------------------------------------------------------------------------------------

/// A system call that a worker tried (seccomp_data, linux/seccomp.h). The call has not been executed.
struct xvm_system_notification {
    uint64_t id;
    uint64_t instruction_pointer;
    uint64_t arguments[6];
    uint32_t pid;           // in the caller's pid namespace; 0 when it cannot be named there
    int32_t number;         // in the tables of `architecture`
    uint32_t architecture;  // AUDIT_ARCH_*; 0xc000003e is x86-64
    uint32_t zero;
};

/// 1 if the descriptor is a seccomp listener ("anon_inode:seccomp notify"), 0 if not: a worker names the number itself,
/// so what pidfd_getfd brought must be checked. Needs /proc.
int xvm_system_is_listener(int descriptor) XVM_SYSTEM_CHECKED;

/// Receives a pending notification. Call it when poll or epoll says READABLE, else it blocks. HANGUP without READABLE means
/// that the worker is ending (it comes a moment before the pidfd is readable): no violation, stop watching the listener.
/// Errors: -ENOENT when the caller died in between (kill the worker all the same), -ENOTTY or -EINVAL when it is no listener.
int xvm_system_notification_receive(int listener, struct xvm_system_notification *notification) XVM_SYSTEM_CHECKED;

// ---- waiting for many ------------------------------------------------------------------------------------------------

/// Bits of poll(2) and epoll(7), equal in both.
enum xvm_system_event { XVM_SYSTEM_READABLE = 1, XVM_SYSTEM_WRITABLE = 4, XVM_SYSTEM_FAULT = 8, XVM_SYSTEM_HANGUP = 16 };

/// Waits until `descriptor` has one of `events` (enum xvm_system_event) or `deadline` passes.
/// Returns the events that are there (FAULT and HANGUP unasked). Errors: -ETIMEDOUT.
int xvm_system_poll(int descriptor, int events, int64_t deadline) XVM_SYSTEM_CHECKED;

/// What epoll reports about one descriptor.
struct xvm_system_ready {
    uint64_t token;   // what was given to xvm_system_epoll_add
    uint32_t events;  // enum xvm_system_event
    uint32_t zero;
};

/// An epoll instance.
int xvm_system_epoll_create(void) XVM_SYSTEM_CHECKED;

/// Watches `descriptor` level-triggered for READABLE (pidfd: exited; listener: notification, HANGUP see xvm_system_notification_receive).
/// Closing the descriptor does not end the watch while a copy of it is open: remove it first.
int xvm_system_epoll_add(int epoll, int descriptor, uint64_t token) XVM_SYSTEM_CHECKED;

/// Ends the watch. Errors: -ENOENT when it was not watched.
int xvm_system_epoll_remove(int epoll, int descriptor);

/// Waits for events; at most `capacity` (1...64). Returns how many; 0 when the deadline passed.
int xvm_system_epoll_wait(int epoll, struct xvm_system_ready *ready, uint32_t capacity, int64_t deadline) XVM_SYSTEM_CHECKED;

/// A non-blocking eventfd, count 0: wakes an epoll from another thread.
int xvm_system_event_create(void) XVM_SYSTEM_CHECKED;

/// Makes it readable.
int xvm_system_event_set(int event);

/// Makes it unreadable again. Returns 1 if it was set, 0 if not.
int xvm_system_event_clear(int event);

// ---- futex -----------------------------------------------------------------------------------------------------------

/// Shared FUTEX_WAIT_BITSET: sleeps while *word == expected, until woken or `deadline`. The kernel reads the word.
/// Returns 0 when woken (also spuriously, also by a signal). Errors: -EAGAIN: the word differs; -ETIMEDOUT.
int xvm_system_futex_wait(const uint32_t *word, uint32_t expected, int64_t deadline) XVM_SYSTEM_CHECKED;

/// Shared FUTEX_WAKE of at most `count` (INT32_MAX: all) waiters. Returns how many were woken.
int xvm_system_futex_wake(const uint32_t *word, int32_t count);

#endif
