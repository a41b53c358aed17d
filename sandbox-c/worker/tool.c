// SPDX-License-Identifier: Apache-2.0
// `xvm-worker tool`: confines itself and runs one tool (a compiler, a linker, wasm2c) that is fed hostile input. Single-threaded.
//
// Three processes: the launcher, child of the host; in a pid namespace its first process, which waits for all others and with which
// they all end; and the tool. The tool's end is passed up, so to the host it looks as if it had run the tool itself.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "worker.h"
#include "xvm_confine.h"
#include "xvm_tool.h"
#include "xvm_tool_root.h"

// Without a user namespace the kernel counts all processes of the id, those of other tools and of workers included.
#define PROCESS_LIMIT_SHARED 1024u

struct tool {
    struct xvm_tool_record *record;
    const struct sock_filter *filter;
    const char *folder, *program;
    struct xvm_tool_root root;
    const char *texts[XVM_TOOL_STRINGS_MAX + 2];  // argv and environment each end with a NULL
    char **arguments, **environment;
    bool as_root;         // the effective id is still 0
    bool user_namespace;
    int alive[2];         // the launcher holds the write end as long as it lives
};
static struct tool tool;  // the one mutable global of this process

static int note(enum xvm_tool_layer layer, int error) {
    tool.record->layers[layer] = error;
    return error;
}

__attribute__((noreturn)) static void give_up(enum xvm_tool_layer layer, int error) {
    tool.record->failed_layer = layer;
    tool.record->failed_error = error;
    tool.record->failed = 1;
    _exit(XVM_EXIT_SETUP);
}

// What the floor asks for must hold.
static void demand(void) {
    for (int layer = 0; layer < XVM_TOOL_LAYER_COUNT; layer++) {
        int error = tool.record->layers[layer];
        if ((tool.record->required >> layer & 1) != 0 && error > 0) give_up((enum xvm_tool_layer)layer, error);
    }
    bool no_paths = tool.record->layers[XVM_TOOL_ROOT] == 0 || tool.record->layers[XVM_TOOL_LANDLOCK] == 0;
    if ((tool.record->required & XVM_TOOL_REQUIRE_NO_PATHS) != 0 && !no_paths) {
        give_up(XVM_TOOL_LANDLOCK, tool.record->layers[XVM_TOOL_LANDLOCK]);
    }
}

// ---- the request -----------------------------------------------------------------------------------------------------

static bool read_texts(const char *bytes, size_t size) {
    struct xvm_tool_record *record = tool.record;
    const uint32_t max = XVM_TOOL_STRINGS_MAX;
    if (record->readable_count > XVM_TOOL_READABLE_MAX || record->link_count > max || record->argument_count > max ||
        record->environment_count > max || record->argument_count == 0) {
        return false;
    }
    uint32_t first_argument = 2 + record->readable_count + 2 * record->link_count;
    uint32_t first_variable = first_argument + record->argument_count;
    uint32_t count = first_variable + record->environment_count;
    if (count > max) return false;
    uint32_t place = 0;
    for (uint32_t index = 0; index < count; index++) {
        const char *end = memchr(bytes, 0, size);
        if (end == NULL) return false;
        tool.texts[place++] = bytes;
        size_t used = (size_t)(end - bytes) + 1;
        bytes += used;
        size -= used;
        if (index == first_variable - 1) tool.texts[place++] = NULL;
    }
    if (size != 0) return false;
    for (uint32_t index = 0; index < first_argument; index++) {
        bool is_target = index >= 2 + record->readable_count && (index - 2 - record->readable_count) % 2 == 1;
        if (!is_target && (tool.texts[index][0] != '/' || strlen(tool.texts[index]) >= XVM_TOOL_PATH_MAX)) return false;
    }
    tool.folder = tool.texts[0];
    tool.program = tool.texts[1];
    tool.root = (struct xvm_tool_root){
        .writable = tool.folder, .readable = tool.texts + 2, .readable_count = record->readable_count,
        .links = tool.texts + 2 + record->readable_count, .link_count = record->link_count};
    // execve promises not to change what it is given.
    tool.arguments = (char **)(uintptr_t)(tool.texts + first_argument);
    tool.environment = (char **)(uintptr_t)(tool.texts + first_variable + 1);
    return true;
}

static void read_request(void) {
    struct stat file;
    if (fstat(STDIN_FILENO, &file) != 0 || !S_ISREG(file.st_mode)) _exit(XVM_EXIT_BAD_ARGUMENTS);
    if (file.st_size < (off_t)sizeof(struct xvm_tool_record) || file.st_size > (off_t)XVM_TOOL_RECORD_SIZE_MAX) {
        _exit(XVM_EXIT_PROTOCOL);
    }
    size_t size = (size_t)file.st_size;
    void *address = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, STDIN_FILENO, 0);
    if (address == MAP_FAILED) _exit(XVM_EXIT_PROTOCOL);
    tool.record = address;
    struct xvm_tool_record *record = tool.record;
    if (record->magic != XVM_TOOL_MAGIC || record->version != XVM_TOOL_VERSION || record->size != size) {
        _exit(XVM_EXIT_PROTOCOL);
    }
    for (int layer = 0; layer < XVM_TOOL_LAYER_COUNT; layer++) record->layers[layer] = XVM_TOOL_NOT_TRIED;
    size_t rest = size - sizeof *record;
    if (record->filter_size == 0 || record->filter_size > BPF_MAXINSNS || record->filter_size * sizeof(struct sock_filter) > rest) {
        give_up(XVM_TOOL_REQUEST, EINVAL);
    }
    const char *bytes = (const char *)(record + 1);
    tool.filter = (const struct sock_filter *)(const void *)(record + 1);
    size_t filter = record->filter_size * sizeof(struct sock_filter);
    if (!read_texts(bytes + filter, rest - filter)) give_up(XVM_TOOL_REQUEST, EINVAL);
    note(XVM_TOOL_REQUEST, 0);
    // The tool gets nothing to read, and the record has no name for it.
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (null < 0 || dup2(null, STDIN_FILENO) < 0) give_up(XVM_TOOL_REQUEST, errno);
    close(null);
}

// ---- namespaces and root ---------------------------------------------------------------------------------------------

static int step_error(const struct xvm_report *report, enum xvm_step step) {
    int error = xvm_report_error(report, step);
    return error < 0 ? EPERM : error;
}

static void note_namespaces(const struct xvm_report *report) {
    note(XVM_TOOL_MOUNT_NAMESPACE, step_error(report, XVM_STEP_MOUNT_NAMESPACE));
    note(XVM_TOOL_NET_NAMESPACE, step_error(report, XVM_STEP_NET_NAMESPACE));
    note(XVM_TOOL_IPC_NAMESPACE, step_error(report, XVM_STEP_IPC_NAMESPACE));
    note(XVM_TOOL_UTS_NAMESPACE, step_error(report, XVM_STEP_UTS_NAMESPACE));
}

static void enter_namespaces(void) {
    struct xvm_report report = {0};
    tool.as_root = geteuid() == 0;
    if (tool.as_root) {
        // Root mounts as root, who may look into folders that are closed to the id that it takes afterwards.
        xvm_confine_namespaces(false, &report);
        note_namespaces(&report);
        if (xvm_report_error(&report, XVM_STEP_MOUNT_NAMESPACE) == 0) return;
        // A root without rights, as in a container: then as anybody else.
        if (note(XVM_TOOL_IDENTITY, xvm_confine_identity(XVM_ZYGOTE_ID)) != 0) give_up(XVM_TOOL_IDENTITY, tool.record->layers[XVM_TOOL_IDENTITY]);
        tool.as_root = false;
        memset(&report, 0, sizeof report);
    }
    xvm_confine_namespaces(true, &report);
    int error = step_error(&report, XVM_STEP_USER_NAMESPACE);
    tool.user_namespace = error == 0;
    if (error == 0) error = step_error(&report, XVM_STEP_ID_MAPS);
    note(XVM_TOOL_USER_NAMESPACE, error);
    note_namespaces(&report);
}

// Processes and threads that this id has now, by /proc.
static uint32_t processes_of_this_id(void) {
    DIR *folder = opendir("/proc");
    if (folder == NULL) return 0;
    uint32_t count = 0;
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        struct stat status, threads;
        if (entry->d_name[0] < '0' || entry->d_name[0] > '9') continue;
        if (fstatat(dirfd(folder), entry->d_name, &status, 0) != 0 || status.st_uid != geteuid()) continue;
        char path[300];
        size_t size = strnlen(entry->d_name, sizeof path - sizeof "/task");
        memcpy(path, entry->d_name, size);
        memcpy(path + size, "/task", sizeof "/task");
        // A folder has two links and one more for each folder in it.
        count += fstatat(dirfd(folder), path, &threads, 0) == 0 && threads.st_nlink > 2 ? (uint32_t)threads.st_nlink - 2 : 1;
    }
    closedir(folder);
    return count;
}

// ---- the tool's own confinement --------------------------------------------------------------------------------------

static int lower(__rlimit_resource_t resource, rlim_t value) {
    struct rlimit limit;
    if (getrlimit(resource, &limit) != 0) return errno;
    if (limit.rlim_max > value) limit.rlim_max = value;
    if (limit.rlim_cur > limit.rlim_max) limit.rlim_cur = limit.rlim_max;
    return setrlimit(resource, &limit) == 0 ? 0 : errno;
}

static int lower_all(void) {
    static const __rlimit_resource_t none[] = {
        RLIMIT_CORE, RLIMIT_MEMLOCK, RLIMIT_MSGQUEUE, RLIMIT_NICE, RLIMIT_RTPRIO, RLIMIT_SIGPENDING};
    for (size_t index = 0; index < sizeof none / sizeof none[0]; index++) {
        int error = lower(none[index], 0);
        if (error != 0) return error;
    }
    return 0;
}

// From here on the process has the rights of the tool, which is the last thing that it starts.
static void confine(uint32_t shared_count) {
    if (tool.as_root) {
        int error = note(XVM_TOOL_IDENTITY, xvm_confine_identity(XVM_ZYGOTE_ID));
        if (error != 0) give_up(XVM_TOOL_IDENTITY, error);
        // Ids mean nothing in it, but processes are counted anew.
        tool.user_namespace = unshare(CLONE_NEWUSER) == 0;
        tool.as_root = false;
    }
    // A change of ids clears it; and the launcher may have ended before this line.
    int error = prctl(PR_SET_PDEATHSIG, (unsigned long)SIGKILL, 0L, 0L, 0L) == 0 ? 0 : errno;
    note(XVM_TOOL_PARENT_DEATH, error);
    struct pollfd entry = {.fd = tool.alive[0], .events = 0};
    if (poll(&entry, 1, 0) < 0 || (entry.revents & (POLLHUP | POLLERR | POLLNVAL)) != 0) _exit(XVM_EXIT_SUPERVISOR_GONE);
    uint32_t limit = tool.record->process_limit;
    if (!tool.user_namespace) limit += shared_count != 0 ? shared_count : PROCESS_LIMIT_SHARED;
    note(XVM_TOOL_PROCESS_LIMIT, lower(RLIMIT_NPROC, limit));
    note(XVM_TOOL_RLIMITS, lower_all());
    // Both need a right that not everybody has; without privileges to gain they are a second line.
    (void)xvm_confine_bounding_set();
    (void)xvm_confine_securebits();
    note(XVM_TOOL_NO_NEW_PRIVS, xvm_confine_no_new_privs());
    note(XVM_TOOL_CAPABILITIES, xvm_confine_capabilities(-1));
    note(XVM_TOOL_LANDLOCK, xvm_confine_tool_landlock(&tool.root, &tool.record->landlock_abi));
    (void)umask(077);
    if (chdir(tool.folder) != 0) give_up(XVM_TOOL_EXECUTE, errno);
    // Only 1 and 2 and /dev/null are left; the rest is close-on-exec, and this makes sure.
    (void)syscall(SYS_close_range, 3L, ~0U, 4U);  // CLOSE_RANGE_CLOEXEC
    // Last: what is noted from here on is noted in memory.
    error = note(XVM_TOOL_FILTER, xvm_confine_filter(tool.filter, tool.record->filter_size));
    if (error != 0) give_up(XVM_TOOL_FILTER, error);
    demand();
}

// Runs the tool and waits for it, and for everything that was left to this process. Does not return.
__attribute__((noreturn)) static void run(uint32_t shared_count) {
    confine(shared_count);
    pid_t child = fork();
    if (child < 0) give_up(XVM_TOOL_EXECUTE, errno);
    if (child == 0) {
        execve(tool.program, tool.arguments, tool.environment);
        give_up(XVM_TOOL_EXECUTE, errno);
    }
    for (;;) {
        int status = 0;
        pid_t ended = waitpid(-1, &status, 0);
        if (ended < 0 && errno == EINTR) continue;
        if (ended < 0) give_up(XVM_TOOL_EXECUTE, errno);
        if (ended != child) continue;
        tool.record->wait_status = status;
        tool.record->ended = 1;
        // Where this is the first process of a pid namespace, whatever still runs in there ends with it.
        _exit(0);
    }
}

// Ends as the tool ended.
__attribute__((noreturn)) static void end_alike(void) {
    if (tool.record->failed != 0) _exit(XVM_EXIT_SETUP);
    if (tool.record->ended == 0) {
        // The process in between was killed, from outside or for want of memory.
        (void)kill(getpid(), SIGKILL);
        _exit(XVM_EXIT_BUG);
    }
    int status = tool.record->wait_status;
    if (WIFEXITED(status)) _exit(WEXITSTATUS(status));
    (void)signal(WTERMSIG(status), SIG_DFL);
    (void)kill(getpid(), WTERMSIG(status));
    _exit(128 + WTERMSIG(status));
}

void xvm_tool_main(void) {
    read_request();
    (void)umask(022);
    // Whatever a tool eats, it is the first that the kernel takes back.
    int descriptor = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (descriptor >= 0) {
        ssize_t ignored = write(descriptor, "1000", 4);
        (void)ignored;
        close(descriptor);
    }
    enter_namespaces();
    uint32_t shared_count = tool.user_namespace || tool.as_root ? 0 : processes_of_this_id();
    bool own_mounts = tool.record->layers[XVM_TOOL_MOUNT_NAMESPACE] == 0;
    note(XVM_TOOL_ROOT, own_mounts ? xvm_confine_tool_root(&tool.root) : EPERM);
    if (pipe2(tool.alive, O_CLOEXEC) != 0) give_up(XVM_TOOL_EXECUTE, errno);
    long child = syscall(SYS_clone, (long)(CLONE_NEWPID | SIGCHLD), 0L, 0L, 0L, 0L);
    note(XVM_TOOL_PID_NAMESPACE, child < 0 ? errno : 0);
    // Without one the host ends what is left over by its process group, which the filter lets nobody leave.
    if (child < 0) child = fork();
    if (child < 0) give_up(XVM_TOOL_EXECUTE, errno);
    if (child == 0) {
        close(tool.alive[1]);
        run(shared_count);
    }
    int status = 0;
    while (waitpid((pid_t)child, &status, 0) < 0) {
        if (errno != EINTR) break;
    }
    end_alike();
}
