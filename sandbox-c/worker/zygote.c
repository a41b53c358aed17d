// SPDX-License-Identifier: Apache-2.0
// The zygote: makes the namespaces once, then forks blank workers on request. It never sees a contract's bytes. Single-threaded.
//
// Why it executes itself once inside the user namespace: a process's memory belongs to the user namespace in which its image
// was executed, and pidfd_getfd on a worker that is not dumpable asks for rights over that namespace. The supervisor created
// it, so it has them; without the exec an unprivileged supervisor gets EPERM and could not fetch the listener.
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "worker.h"
#include "xvm_ring.h"

#ifndef CLONE_CLEAR_SIGHAND
#define CLONE_CLEAR_SIGHAND 0x100000000ull
#endif
#define REQUEST_DESCRIPTORS_MAX 1
#define SEGMENT_SIZE_MAX (XVM_RING_CONTROL_SIZE + XVM_RING_CAPACITY_MAX)
#define FILTER_SEALS (F_SEAL_WRITE | F_SEAL_SHRINK)

struct zygote {
    struct xvm_report report;
    bool user_namespace;     // this image runs in one that the zygote made
    bool started_as_root;
    bool peer_may_ptrace;    // the supervisor has CAP_SYS_PTRACE (we inherited it from it as root)
    bool configured;
    int pid_namespace_error; // EPERM or EINVAL of an earlier attempt, which would come again
    int landlock_ruleset, landlock_error;
    int rehearsal;           // descriptor, or negative: workers then start a little slower
    uint32_t landlock_abi;
    struct xvm_zygote_configure configuration;
    const struct sock_filter *load_filter, *run_filter;
    struct xvm_kernel_ranges kernel_ranges;
};
static struct zygote zygote;  // the one mutable global of this process

// A request as it came: never trusted to have the size it should have.
struct request {
    union {
        struct xvm_zygote_configure configure;
        struct xvm_zygote_spawn spawn;
        struct xvm_zygote_listener listener;
        char room[256];
    } bytes;
    size_t size;
    int descriptors[REQUEST_DESCRIPTORS_MAX];
    uint32_t count;
    bool excess;  // longer, or more descriptors, than any request has
};

bool xvm_zygote_peer_alive(void) {
    struct pollfd entry = {.fd = XVM_ZYGOTE_SOCKET, .events = 0};
    return poll(&entry, 1, 0) >= 0 && (entry.revents & (POLLHUP | POLLERR | POLLNVAL)) == 0;
}

// SIGKILL when the supervisor's spawning thread ends. The socket tells whether it ended before this call.
static void follow_parent(void) {
    int error = prctl(PR_SET_PDEATHSIG, (unsigned long)SIGKILL, 0L, 0L, 0L) == 0 ? 0 : errno;
    if (!xvm_zygote_peer_alive()) _exit(XVM_EXIT_SUPERVISOR_GONE);
    if (xvm_report_error(&zygote.report, XVM_STEP_PARENT_DEATH_SIGNAL) < 0) {
        xvm_report_add(&zygote.report, XVM_STEP_PARENT_DEATH_SIGNAL, error);
    }
}

// ---- across the exec -------------------------------------------------------------------------------------------------

// Comma-separated decimals: three flags, then step and errno of each report.
static void write_state(char *text, size_t size) {
    int used = snprintf(text, size, "%d,%d", zygote.started_as_root, zygote.peer_may_ptrace);
    for (uint32_t index = 0; index < zygote.report.count && used > 0 && (size_t)used < size; index++) {
        used += snprintf(
            text + used, size - (size_t)used, ",%u,%d", zygote.report.steps[index].step, zygote.report.steps[index].error);
    }
}

static long next_number(const char **text) {
    char *end = NULL;
    long value = strtol(*text, &end, 10);
    if (end == *text || (*end != ',' && *end != 0)) _exit(XVM_EXIT_BAD_ARGUMENTS);
    *text = *end == ',' ? end + 1 : end;
    return value;
}

static void read_state(const char *text) {
    zygote.started_as_root = next_number(&text) != 0;
    zygote.peer_may_ptrace = next_number(&text) != 0;
    while (*text != 0) {
        long step = next_number(&text);
        long error = next_number(&text);
        if (step < 0 || step > UINT16_MAX || error < 0 || error > INT16_MAX) _exit(XVM_EXIT_BAD_ARGUMENTS);
        xvm_report_add(&zygote.report, (enum xvm_step)step, (int)error);
    }
}

static int execute_self(int image) {
    // The new image reads this as the truth, so the step is written as done before it is; a failure replaces it.
    char state[2048];
    struct xvm_report before = zygote.report;
    xvm_report_add(&zygote.report, XVM_STEP_EXEC_SELF, 0);
    write_state(state, sizeof state);
    zygote.report = before;
    int error = xvm_confine_capabilities_through_exec();
    if (error != 0) return error;
    char name[] = "xvm-worker", mode[] = "inside", empty[] = "";
    char *const arguments[] = {name, mode, state, NULL};
    char *const environment[] = {NULL};
    syscall(SYS_execveat, image, empty, arguments, environment, AT_EMPTY_PATH);
    return errno;
}

// ---- the steps before the first request ------------------------------------------------------------------------------

static bool has_capability(cap_value_t capability, cap_flag_t set) {
    cap_t sets = cap_get_proc();
    cap_flag_value_t value = CAP_CLEAR;
    if (sets != NULL) (void)cap_get_flag(sets, capability, set, &value);
    cap_free(sets);
    return value == CAP_SET;
}

// Oom score, transparent huge pages, umask, host name: small things that no floor asks for.
static void settle(void) {
    int descriptor = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (descriptor >= 0) {
        ssize_t ignored = write(descriptor, "1000", 4);
        (void)ignored;
        close(descriptor);
    }
    (void)prctl(PR_SET_THP_DISABLE, 1L, 0L, 0L, 0L);
    (void)prctl(PR_SET_NAME, "xvm-zygote");
    (void)umask(077);
}

// Numbers 0, 1 and 2 stay taken by something that can be neither read nor written: a library that reports to "standard
// error" must never hit a ring that a request brought.
static int close_descriptors(void) {
    int error = 0;
    int root = open("/", O_PATH | O_CLOEXEC | O_DIRECTORY);
    if (root < 0) return errno;
    for (int number = 0; number < XVM_ZYGOTE_SOCKET; number++) {
        if (root != number && dup2(root, number) < 0) error = errno;
    }
    if (root >= XVM_ZYGOTE_SOCKET) close(root);
    if (syscall(SYS_close_range, XVM_ZYGOTE_SOCKET + 1, ~0u, 0) != 0) {
        // Before 5.9. The supervisor's spawn has closed everything already.
        for (int number = XVM_ZYGOTE_SOCKET + 1; number < 4096; number++) close(number);
    }
    return error;
}

static void enter_namespaces(void) {
    zygote.started_as_root = geteuid() == 0;
    zygote.peer_may_ptrace = zygote.started_as_root && has_capability(CAP_SYS_PTRACE, CAP_EFFECTIVE);
    int image = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    int image_error = image < 0 ? errno : 0;
    // As root the ids go first (real 0 is never mapped), and then there is no way back to other namespaces: ask a child.
    bool user = !zygote.started_as_root || xvm_confine_user_namespace_works(XVM_ZYGOTE_ID);
    int identity = 0;
    if (user && zygote.started_as_root) identity = xvm_confine_identity(XVM_ZYGOTE_ID);
    if (user) xvm_report_add(&zygote.report, XVM_STEP_IDENTITY, identity);
    if (!user) xvm_report_add(&zygote.report, XVM_STEP_USER_NAMESPACE, EPERM);
    xvm_confine_namespaces(user, &zygote.report);
    if (xvm_report_error(&zygote.report, XVM_STEP_USER_NAMESPACE) == 0) {
        int error = image_error != 0 ? image_error : execute_self(image);
        xvm_report_add(&zygote.report, XVM_STEP_EXEC_SELF, error);
    } else {
        xvm_report_add(&zygote.report, XVM_STEP_EXEC_SELF, EOPNOTSUPP);  // there is nothing to get inside of
    }
    if (image >= 0) close(image);
}

static void settle_capabilities(void) {
    xvm_report_add(&zygote.report, XVM_STEP_BOUNDING_SET, xvm_confine_bounding_set());
    xvm_report_add(&zygote.report, XVM_STEP_SECUREBITS, xvm_confine_securebits());
    if (geteuid() == 0 && xvm_report_error(&zygote.report, XVM_STEP_IDENTITY) < 0) {
        // Root without a user namespace: the mounts are done, now the ids. NO_SETUID_FIXUP keeps what is needed for a moment.
        xvm_report_add(&zygote.report, XVM_STEP_IDENTITY, xvm_confine_identity(XVM_ZYGOTE_ID));
    }
    // A pid namespace for each worker is all that is left to do with rights.
    (void)xvm_confine_capabilities(has_capability(CAP_SYS_ADMIN, CAP_PERMITTED) ? CAP_SYS_ADMIN : -1);
}

static void prepare(const char *inside) {
    if (inside != NULL) {
        read_state(inside);
    } else {
        enter_namespaces();
    }
    zygote.user_namespace = xvm_report_error(&zygote.report, XVM_STEP_USER_NAMESPACE) == 0;
    settle();
    bool own_mounts = xvm_report_error(&zygote.report, XVM_STEP_MOUNT_NAMESPACE) == 0;
    int kernel_ranges = xvm_confine_find_kernel_ranges(&zygote.kernel_ranges);
    if (kernel_ranges != 0) zygote.kernel_ranges.count = 0;  // reported by every worker at VDSO
    xvm_report_add(&zygote.report, XVM_STEP_EMPTY_ROOT, own_mounts ? xvm_confine_empty_root() : EPERM);
    // Before the capabilities go: landlock asks for one of the two.
    xvm_report_add(&zygote.report, XVM_STEP_NO_NEW_PRIVS, xvm_confine_no_new_privs());
    settle_capabilities();
    follow_parent();  // once more: a change of ids clears it
    xvm_report_add(&zygote.report, XVM_STEP_CLOSE_DESCRIPTORS, close_descriptors());
    zygote.landlock_error = xvm_confine_landlock_ruleset(&zygote.landlock_abi, &zygote.landlock_ruleset);
    zygote.rehearsal = xvm_rehearsal_make();
}

// ---- requests --------------------------------------------------------------------------------------------------------

#define ANSWER_DESCRIPTORS_MAX 2
static void send_answer(struct xvm_zygote_answer *answer, const int *descriptors, size_t count) {
    answer->magic = XVM_ZYGOTE_MAGIC;
    answer->version = XVM_ZYGOTE_VERSION;
    answer->landlock_abi = zygote.landlock_abi;
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(int) * ANSWER_DESCRIPTORS_MAX)];
    } control;
    memset(&control, 0, sizeof control);
    struct iovec part = {.iov_base = answer, .iov_len = sizeof *answer};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (count > 0) {
        message.msg_control = control.bytes;
        message.msg_controllen = CMSG_SPACE(sizeof(int) * count);
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int) * count);
        memcpy(CMSG_DATA(header), descriptors, sizeof(int) * count);
    }
    while (sendmsg(XVM_ZYGOTE_SOCKET, &message, MSG_NOSIGNAL) < 0) {
        if (errno != EINTR) _exit(XVM_EXIT_SUPERVISOR_GONE);
    }
}

static void refuse(uint64_t cookie, enum xvm_step step, int error) {
    struct xvm_zygote_answer answer = {.op = XVM_ZYGOTE_FAILED, .cookie = cookie, .step = step, .error = error};
    send_answer(&answer, NULL, 0);
}

static void close_all(struct request *request) {
    for (uint32_t index = 0; index < request->count; index++) close(request->descriptors[index]);
    request->count = 0;
}

// False: the peer is gone.
static bool receive(struct request *request) {
    memset(request, 0, sizeof *request);
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(int) * REQUEST_DESCRIPTORS_MAX)];
    } control;
    struct iovec part = {.iov_base = request->bytes.room, .iov_len = sizeof request->bytes.room};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
    ssize_t size;
    do {
        size = recvmsg(XVM_ZYGOTE_SOCKET, &message, MSG_CMSG_CLOEXEC);
    } while (size < 0 && errno == EINTR);
    if (size <= 0) return false;  // also an empty message: no supervisor sends one
    request->size = (size_t)size;
    request->excess = (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0;
    for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header != NULL; header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
        size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t index = 0; index < count; index++) {
            int descriptor;
            memcpy(&descriptor, CMSG_DATA(header) + index * sizeof(int), sizeof descriptor);
            if (request->count < REQUEST_DESCRIPTORS_MAX) {
                request->descriptors[request->count++] = descriptor;
            } else {
                close(descriptor);
                request->excess = true;
            }
        }
    }
    return true;
}

static bool segment_size_valid(uint32_t size) {
    return size > XVM_RING_CONTROL_SIZE && size <= SEGMENT_SIZE_MAX;
}

// The first step that `flags` ask for and that does not hold; XVM_STEP_NONE if all do.
static enum xvm_step missing_step(uint32_t flags, int *error) {
    static const enum xvm_step required[] = {
        XVM_STEP_MOUNT_NAMESPACE, XVM_STEP_NET_NAMESPACE, XVM_STEP_IPC_NAMESPACE, XVM_STEP_EMPTY_ROOT};
    *error = xvm_report_error(&zygote.report, XVM_STEP_NO_NEW_PRIVS);
    if (*error != 0) return XVM_STEP_NO_NEW_PRIVS;
    if ((flags & XVM_ZYGOTE_REQUIRE_NAMESPACES) != 0) {
        *error = xvm_report_error(&zygote.report, XVM_STEP_USER_NAMESPACE);
        if (*error != 0 && !zygote.started_as_root) return XVM_STEP_USER_NAMESPACE;
        for (size_t index = 0; index < sizeof required / sizeof required[0]; index++) {
            *error = xvm_report_error(&zygote.report, required[index]);
            if (*error != 0) return required[index];
        }
    }
    *error = zygote.landlock_error;
    if ((flags & XVM_ZYGOTE_REQUIRE_LANDLOCK) != 0 && *error != 0) return XVM_STEP_LANDLOCK;
    *error = 0;
    return XVM_STEP_NONE;
}

static int map_filters(const struct xvm_zygote_configure *request, int descriptor) {
    size_t instructions = (size_t)request->load_filter_size + request->run_filter_size;
    struct stat file;
    if (fstat(descriptor, &file) != 0) return errno;
    if (file.st_size < 0 || (size_t)file.st_size != instructions * sizeof(struct sock_filter)) return EINVAL;
    int seals = fcntl(descriptor, F_GET_SEALS);
    if (seals < 0 || (seals & FILTER_SEALS) != FILTER_SEALS) return EPERM;
    void *address = mmap(NULL, (size_t)file.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, descriptor, 0);
    if (address == MAP_FAILED) return errno;
    zygote.load_filter = address;
    zygote.run_filter = zygote.load_filter + request->load_filter_size;
    return 0;
}

static void configure(struct request *request) {
    const struct xvm_zygote_configure *wanted = &request->bytes.configure;
    struct xvm_zygote_answer answer = {.op = XVM_ZYGOTE_FAILED, .step = XVM_STEP_PROTOCOL, .error = EINVAL};
    answer.step_count = zygote.report.count;
    memcpy(answer.steps, zygote.report.steps, sizeof answer.steps);
    if (zygote.configured) {
        answer.error = EALREADY;
    } else if (request->count == 1 && (wanted->flags & ~XVM_ZYGOTE_FLAGS_ALL) == 0 && wanted->load_filter_size - 1 < BPF_MAXINSNS
               && wanted->run_filter_size - 1 < BPF_MAXINSNS && segment_size_valid(wanted->h2w_size)
               && segment_size_valid(wanted->w2h_size)) {
        answer.error = map_filters(wanted, request->descriptors[0]);
        if (answer.error == 0) answer.step = missing_step(wanted->flags, &answer.error);
        if (answer.error == 0) {
            zygote.configuration = *wanted;
            zygote.configured = true;
            answer.op = XVM_ZYGOTE_READY;
        }
    }
    close_all(request);
    send_answer(&answer, NULL, 0);
}

// The worker's pid, 0 in the worker, or a negative errno. The supervisor becomes the parent.
static long clone_worker(bool pid_namespace, int *pidfd) {
    uint64_t flags = CLONE_PARENT | CLONE_PIDFD | (pid_namespace ? CLONE_NEWPID : 0);
    struct clone_args arguments = {.flags = flags | CLONE_CLEAR_SIGHAND, .pidfd = (uint64_t)(uintptr_t)pidfd};
    long pid = syscall(SYS_clone3, &arguments, sizeof arguments);
    if (pid < 0 && errno == ENOSYS) {
        // An outer filter that does not know clone3. The zygote has no handlers that would have to be cleared.
        pid = syscall(SYS_clone, flags, NULL, pidfd, NULL, 0L);
    }
    return pid < 0 ? -errno : pid;
}

// Refusals of the pid namespace alone: not allowed, not there, or (ENOSPC, EUSERS) too many of them now.
static bool is_namespace_refusal(long error) {
    return error == -EPERM || error == -EINVAL || error == -ENOSPC || error == -EUSERS;
}

static void spawn(const struct xvm_zygote_spawn *wanted) {
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
        refuse(wanted->cookie, XVM_STEP_CLONE, errno);
        return;
    }
    int pidfd = -1, namespace_error = zygote.pid_namespace_error;
    long pid = clone_worker(namespace_error == 0, &pidfd);
    if (namespace_error == 0 && is_namespace_refusal(pid)) {
        namespace_error = (int)-pid;
        if ((zygote.configuration.flags & XVM_ZYGOTE_REQUIRE_NAMESPACES) != 0) {
            close(pair[0]);
            close(pair[1]);
            refuse(wanted->cookie, XVM_STEP_PID_NAMESPACE, namespace_error);
            return;
        }
        pid = clone_worker(false, &pidfd);
        // What is not allowed once is not tried again; what is full may have room next time.
        if (pid != 0 && (namespace_error == EPERM || namespace_error == EINVAL)) zygote.pid_namespace_error = namespace_error;
    }
    if (pid == 0) {
        // Where neither the exec of itself nor a privileged supervisor opens the way to the listener, staying dumpable does:
        // the ids are equal then (or the zygote's are, see XVM_ZYGOTE_LISTENER), and nobody else has them but the user himself.
        bool reachable = xvm_report_error(&zygote.report, XVM_STEP_EXEC_SELF) == 0 || zygote.peer_may_ptrace;
        struct xvm_start start = {
            .configuration = &zygote.configuration,
            .load_filter = zygote.load_filter,
            .run_filter = zygote.run_filter,
            .kernel_ranges = &zygote.kernel_ranges,
            .socket = pair[1],
            .rehearsal = zygote.rehearsal,
            .landlock_ruleset = zygote.landlock_ruleset,
            .landlock_error = zygote.landlock_error,
            .pid_namespace_error = namespace_error,
            .stay_dumpable = !reachable,
        };
        xvm_worker_start(&start);
    }
    close(pair[1]);
    if (pid < 0) {
        close(pair[0]);
        refuse(wanted->cookie, XVM_STEP_CLONE, (int)-pid);
        return;
    }
    struct xvm_zygote_answer answer = {.op = XVM_ZYGOTE_SPAWNED, .cookie = wanted->cookie, .pid = (int32_t)pid};
    const int descriptors[ANSWER_DESCRIPTORS_MAX] = {pidfd, pair[0]};
    send_answer(&answer, descriptors, ANSWER_DESCRIPTORS_MAX);
    close(pidfd);
    close(pair[0]);
}

static void fetch_listener(struct request *request) {
    const struct xvm_zygote_listener *wanted = &request->bytes.listener;
    long listener = syscall(SYS_pidfd_getfd, request->descriptors[0], wanted->number, 0L);
    int error = listener < 0 ? errno : 0;
    close_all(request);
    if (error != 0) {
        refuse(wanted->cookie, XVM_STEP_LISTENER, error);
        return;
    }
    struct xvm_zygote_answer answer = {.op = XVM_ZYGOTE_LISTENER_HERE, .cookie = wanted->cookie};
    const int descriptor = (int)listener;
    send_answer(&answer, &descriptor, 1);
    close(descriptor);
}

static void serve_one(struct request *request) {
    const struct xvm_zygote_configure *head = &request->bytes.configure;  // magic, version, op stand first in each
    bool readable = !request->excess && request->size >= 3 * sizeof(uint32_t) && head->magic == XVM_ZYGOTE_MAGIC;
    if (readable && head->version != XVM_ZYGOTE_VERSION) {
        close_all(request);
        refuse(0, XVM_STEP_PROTOCOL, EPROTONOSUPPORT);
        return;
    }
    uint32_t op = readable ? head->op : 0;
    if (op == XVM_ZYGOTE_CONFIGURE && request->size == sizeof(struct xvm_zygote_configure)) {
        configure(request);
    } else if (op == XVM_ZYGOTE_SPAWN && request->size == sizeof(struct xvm_zygote_spawn) && request->count == 0
               && request->bytes.spawn.reserved == 0 && zygote.configured) {
        spawn(&request->bytes.spawn);
    } else if (op == XVM_ZYGOTE_LISTENER && request->size == sizeof(struct xvm_zygote_listener) && request->count == 1) {
        fetch_listener(request);
    } else {
        close_all(request);
        refuse(0, XVM_STEP_PROTOCOL, EPROTO);
    }
}

_Noreturn void xvm_zygote_main(const char *inside) {
    int type = 0;
    socklen_t size = sizeof type;
    if (getsockopt(XVM_ZYGOTE_SOCKET, SOL_SOCKET, SO_TYPE, &type, &size) != 0 || type != SOCK_SEQPACKET) {
        _exit(XVM_EXIT_BAD_ARGUMENTS);
    }
    zygote.landlock_ruleset = -1;
    zygote.rehearsal = -1;
    if (inside == NULL) (void)prctl(PR_SET_PDEATHSIG, (unsigned long)SIGKILL, 0L, 0L, 0L);
    if (!xvm_zygote_peer_alive()) _exit(XVM_EXIT_SUPERVISOR_GONE);
    prepare(inside);
    struct request request;
    while (receive(&request)) serve_one(&request);
    _exit(XVM_EXIT_SUPERVISOR_GONE);
}
