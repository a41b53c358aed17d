// SPDX-License-Identifier: Apache-2.0
// Supervisor ↔ zygote ↔ blank workers: fixed addresses, the requests on SOCK_SEQPACKET sockets, the steps of the start
// sequence, and the exit statuses.
//
// A worker is made in two parts. SPAWN gives a *blank*: a process of its own that has done everything in which no contract has a
// say (namespace, guards, capabilities, landlock, limits, its own text sealed), and waits on a socket of its own. BEGIN on that
// socket gives it module, rings and limits, and it goes on to SEALED. So a supervisor that asks for the next blank in good time
// pays for a start only what the module costs. Run by: supervisor, zygote, worker. All structs are sent as they lie in memory (x86-64, no padding).
#ifndef XVM_ZYGOTE_H
#define XVM_ZYGOTE_H

#include <stddef.h>
#include <stdint.h>

#define XVM_ZYGOTE_VERSION 2u
#define XVM_ZYGOTE_MAGIC 0x5a4d5658u  // "XVMZ"
#define XVM_ZYGOTE_SOCKET 3           // descriptor of the socket, in zygote and blank; argv is {"xvm-worker", "zygote"}, environment empty
#define XVM_ZYGOTE_ID 65533u          // uid and gid that zygote and workers take when they are started as root
#define XVM_ZYGOTE_INNER_ID 1u        // what their own uid and gid look like inside the user namespace: not 0, not the overflow id

// Fixed addresses of every worker (filters are compiled once, for these).
#define XVM_ADDRESS_H2W 0x100000000000ull   // host-written segment, PROT_READ
#define XVM_ADDRESS_W2H 0x100100000000ull   // worker-written segment
#define XVM_ADDRESS_ARENA 0x200000000000ull // base of linear memory, aligned to 4 GiB; the instance header lies below it
#define XVM_ARENA_MASK 0xffffffff00000000ull
#define XVM_ARENA_GUARD 0x100010000ull      // nothing is mapped from ARENA + 4 GiB on for this many bytes
#define XVM_HEADER_SIZE_MAX 0x1000000ull    // reserved below ARENA for instance headers (16 MiB)

enum xvm_zygote_op {
    XVM_ZYGOTE_CONFIGURE = 1,  // → 1 fd: memfd with load filter, then run filter (struct sock_filter arrays)
    XVM_ZYGOTE_SPAWN = 2,      // → a blank
    XVM_ZYGOTE_READY = 3,      // ← answer to CONFIGURE: steps
    XVM_ZYGOTE_SPAWNED = 4,    // ← 2 fds: pidfd, the blank's socket
    XVM_ZYGOTE_FAILED = 5,     // ← step, errno; to CONFIGURE also the steps
    // Only where the supervisor's own pidfd_getfd says EPERM: the zygote, of the worker's own id, fetches the listener.
    XVM_ZYGOTE_LISTENER = 6,       // → 1 fd: the worker's pidfd
    XVM_ZYGOTE_LISTENER_HERE = 7,  // ← 1 fd: the listener
    // On a blank's socket, once. It answers by SEALED or SETUP_FAILED in its ring, and closes the socket.
    XVM_WORKER_BEGIN = 8,      // → 3 fds: module (sealed memfd), h2w, w2h
};

struct xvm_zygote_configure {
    uint32_t magic, version, op, flags;      // flags: enum xvm_zygote_flag
    uint32_t load_filter_size, run_filter_size;  // in instructions (8 bytes each)
    uint32_t h2w_size, w2h_size;             // bytes of a segment, control page included
};
// A step that is not required by the floor may be missing; the zygote reports it and goes on.
enum xvm_zygote_flag {
    XVM_ZYGOTE_REQUIRE_NAMESPACES = 1,
    XVM_ZYGOTE_REQUIRE_LANDLOCK = 2,
    XVM_ZYGOTE_REQUIRE_LISTENER = 4,
    XVM_ZYGOTE_NO_LISTENER = 8,  // the run filter has no NOTIFY (its default is TRAP): load it without a listener
};
#define XVM_ZYGOTE_FLAGS_ALL 15u

// Without a listener the worker's own handler of SIGSYS writes down which call it was, in the control page of the worker-written
// segment, and dies of the signal. That it died of SIGSYS the kernel says; what stands here a hostile worker may have written.
#define XVM_TRAP_RECORD_OFFSET 0x800u
#define XVM_TRAP_RECORD_MAGIC 0x50415254u  // "TRAP"
struct xvm_trap_record {
    uint32_t magic;
    int32_t number;
    uint32_t architecture, zero;
    uint64_t instruction_pointer;
    uint64_t arguments[6];
};
_Static_assert(sizeof(struct xvm_trap_record) == 72, "trap record");

// The same for a fault that no Trap explains: where it was, before the handler exits with XVM_EXIT_SIGNAL_BASE + signal. The worker's
// word, for people; no decision rests on it.
#define XVM_FAULT_RECORD_OFFSET 0x900u
#define XVM_FAULT_RECORD_MAGIC 0x4c554146u  // "FAUL"
struct xvm_fault_record {
    uint32_t magic;
    int32_t signal, code;  // code: si_code
    uint32_t zero;
    uint64_t address, instruction_pointer;
};
_Static_assert(sizeof(struct xvm_fault_record) == 32, "fault record");

struct xvm_zygote_spawn {
    uint32_t magic, version, op, reserved;
    uint64_t cookie;            // echoed
};

struct xvm_worker_begin {
    uint32_t magic, version, op, reserved;
    uint64_t data_limit;        // RLIMIT_DATA, bytes
    uint64_t stack_limit;       // RLIMIT_STACK, bytes
    uint32_t cpu_seconds;       // RLIMIT_CPU soft; hard is one more
    uint32_t memory_pages_max;  // growth of linear memory a context may ever have in this worker
    uint8_t module_hash[32];    // must equal the descriptor's
};

struct xvm_zygote_listener {
    uint32_t magic, version, op;
    uint32_t number;            // descriptor number in the worker, from SEALED
    uint64_t cookie;            // echoed
};

struct xvm_step_report {
    uint16_t step;  // enum xvm_step
    int16_t error;  // 0: holds; else errno
};

#define XVM_STEP_REPORTS_MAX 64
struct xvm_zygote_answer {
    uint32_t magic, version, op, step_count;
    uint64_t cookie;
    int32_t pid;    // SPAWNED: as the supervisor sees it
    uint32_t step;  // FAILED: enum xvm_step
    int32_t error;  // FAILED: errno
    uint32_t landlock_abi;
    struct xvm_step_report steps[XVM_STEP_REPORTS_MAX];  // READY: step_count of them
};

_Static_assert(sizeof(struct xvm_zygote_configure) == 32, "configure");
_Static_assert(sizeof(struct xvm_zygote_spawn) == 24, "spawn");
_Static_assert(sizeof(struct xvm_worker_begin) == 72, "begin");
_Static_assert(sizeof(struct xvm_zygote_listener) == 24, "listener");
_Static_assert(sizeof(struct xvm_step_report) == 4, "step");
_Static_assert(sizeof(struct xvm_zygote_answer) == 40 + 4 * XVM_STEP_REPORTS_MAX, "answer");

// Every step of the start sequence (the reference's names in brackets). Numbers are stable.
enum xvm_step {
    XVM_STEP_NONE = 0,
    // zygote
    XVM_STEP_PROTOCOL = 1, XVM_STEP_IDENTITY = 2, XVM_STEP_USER_NAMESPACE = 3, XVM_STEP_MOUNT_NAMESPACE = 4,
    XVM_STEP_NET_NAMESPACE = 5, XVM_STEP_IPC_NAMESPACE = 6, XVM_STEP_UTS_NAMESPACE = 7, XVM_STEP_CGROUP_NAMESPACE = 8,
    XVM_STEP_ID_MAPS = 9, XVM_STEP_EXEC_SELF = 10, XVM_STEP_EMPTY_ROOT = 11, XVM_STEP_NO_NEW_PRIVS = 12,
    XVM_STEP_PARENT_DEATH_SIGNAL = 13, XVM_STEP_CLOSE_DESCRIPTORS = 14, XVM_STEP_BOUNDING_SET = 15,
    // worker
    XVM_STEP_CLONE = 20, XVM_STEP_PID_NAMESPACE = 21, XVM_STEP_RINGS = 22, XVM_STEP_ARENA = 23, XVM_STEP_SIGNALS = 24,
    XVM_STEP_CAPABILITIES = 25, XVM_STEP_SECUREBITS = 26, XVM_STEP_LANDLOCK = 27, XVM_STEP_RLIMITS = 28,
    XVM_STEP_LOAD_FILTER = 29, XVM_STEP_DLOPEN = 30, XVM_STEP_DESCRIPTOR = 31, XVM_STEP_MSEAL = 32, XVM_STEP_MDWE = 33,
    XVM_STEP_TSC = 34, XVM_STEP_VDSO = 35, XVM_STEP_NOT_DUMPABLE = 36, XVM_STEP_RUN_FILTER = 37, XVM_STEP_LISTENER = 38,
    XVM_STEP_SEALED = 39, XVM_STEP_CONTEXT = 40,
};

// SECUREBITS (26) and BOUNDING_SET (15) are set once in the zygote, stand in READY, and are inherited by every worker.
// A worker that ends with XVM_EXIT_SETUP and wrote no frame failed at RINGS. What fails in a blank is told after BEGIN.

// Exit statuses of zygote and worker, one per reason.
enum xvm_exit {
    XVM_EXIT_OK = 0,
    XVM_EXIT_SETUP = 64,            // the step stands in SETUP_FAILED
    XVM_EXIT_PROTOCOL = 65,         // the host sent what it never sends
    XVM_EXIT_NATIVE_FAULT = 66,     // not used: XVM_EXIT_SIGNAL_BASE + signal says which fault it was
    XVM_EXIT_BAD_ARGUMENTS = 67,
    XVM_EXIT_SUPERVISOR_GONE = 68,
    XVM_EXIT_BUG = 70,
    XVM_EXIT_MEMORY = 71,           // growth within the limits that the system refused (RLIMIT_DATA, cgroup): memoryLimit
    XVM_EXIT_CPU_LIMIT = 72,        // SIGXCPU: RLIMIT_CPU's soft limit (the first process of a pid namespace ignores the default action)
    XVM_EXIT_SURVIVED = 99,         // hostile test programs: the attack worked
    XVM_EXIT_SIGNAL_BASE = 128,     // + signal number: SEGV, BUS, FPE or ILL that no Trap explains, caught by the fault
                                    // handler; behind the run filter it cannot be raised again. The host reads it as signal
};

#endif
