// SPDX-License-Identifier: Apache-2.0
// Identity, namespaces, the empty root. Run by the zygote, once.
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "xvm_confine.h"

#ifndef CLONE_NEWCGROUP
#define CLONE_NEWCGROUP 0x02000000
#endif

int xvm_confine_identity(uint32_t id) {
    if (setgroups(0, NULL) != 0) return errno;
    if (setresgid(id, id, id) != 0) return errno;
    if (setresuid(id, id, id) != 0) return errno;
    // The change of ids cleared it; /proc/self/uid_map would then belong to root.
    return prctl(PR_SET_DUMPABLE, 1L, 0L, 0L, 0L) == 0 ? 0 : errno;
}

static int write_file(const char *path, const char *text) {
    int descriptor = open(path, O_WRONLY | O_CLOEXEC);
    if (descriptor < 0) return errno;
    size_t size = strlen(text);
    // One write: the kernel parses an id map from a single call.
    ssize_t written = write(descriptor, text, size);
    int error = written == (ssize_t)size ? 0 : written < 0 ? errno : EIO;
    close(descriptor);
    return error;
}

static int write_id_maps(uid_t uid, gid_t gid) {
    char line[64];
    int error = write_file("/proc/self/setgroups", "deny");
    if (error != 0 && error != ENOENT) return error;
    (void)snprintf(line, sizeof line, "%u %u 1\n", XVM_ZYGOTE_INNER_ID, gid);
    if ((error = write_file("/proc/self/gid_map", line)) != 0) return error;
    (void)snprintf(line, sizeof line, "%u %u 1\n", XVM_ZYGOTE_INNER_ID, uid);
    return write_file("/proc/self/uid_map", line);
}

static const struct {
    int flag;
    enum xvm_step step;
} namespaces[] = {
    {CLONE_NEWUSER, XVM_STEP_USER_NAMESPACE}, {CLONE_NEWNS, XVM_STEP_MOUNT_NAMESPACE},
    {CLONE_NEWNET, XVM_STEP_NET_NAMESPACE},   {CLONE_NEWIPC, XVM_STEP_IPC_NAMESPACE},
    {CLONE_NEWUTS, XVM_STEP_UTS_NAMESPACE},   {CLONE_NEWCGROUP, XVM_STEP_CGROUP_NAMESPACE},
};
#define NAMESPACE_COUNT (sizeof namespaces / sizeof namespaces[0])

void xvm_confine_namespaces(bool user, struct xvm_report *report) {
    uid_t uid = geteuid();
    gid_t gid = getegid();
    int flags = 0;
    for (size_t index = user ? 0 : 1; index < NAMESPACE_COUNT; index++) flags |= namespaces[index].flag;
    int together = unshare(flags) == 0 ? 0 : errno;
    bool have_user = false;
    for (size_t index = user ? 0 : 1; index < NAMESPACE_COUNT; index++) {
        // The user namespace comes first: it gives the right to make the others.
        int error = together == 0 || unshare(namespaces[index].flag) == 0 ? 0 : errno;
        xvm_report_add(report, namespaces[index].step, error);
        if (index == 0 && error == 0) have_user = true;
    }
    if (have_user) xvm_report_add(report, XVM_STEP_ID_MAPS, write_id_maps(uid, gid));
    // The host's name is none of a worker's business. Only in a namespace of our own.
    if (xvm_report_error(report, XVM_STEP_UTS_NAMESPACE) == 0) (void)sethostname("xvm", 3);
}

static int make_mounts_private(void) { return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 ? 0 : errno; }

bool xvm_confine_user_namespace_works(uint32_t id) {
    pid_t child = fork();
    if (child < 0) return false;
    if (child == 0) {
        struct xvm_report report = {0};
        if (id != 0 && xvm_confine_identity(id) != 0) _exit(1);
        xvm_confine_namespaces(true, &report);
        for (uint32_t index = 0; index < report.count; index++) {
            if (report.steps[index].error != 0) _exit(1);
        }
        _exit(make_mounts_private() == 0 ? 0 : 1);
    }
    int status = 0;
    while (waitpid(child, &status, 0) < 0) {
        if (errno != EINTR) return false;
    }
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

// A folder that is there on any Linux, to hold the new root for a moment (in our own mount namespace).
static int mount_small_root(void) {
    static const char *const places[] = {"/tmp", "/mnt", "/dev", "/etc", "/usr", "/var"};
    int error = ENOENT;
    for (size_t index = 0; index < sizeof places / sizeof places[0]; index++) {
        if (mount("xvm", places[index], "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "size=4k,nr_inodes=8,mode=0555") == 0) {
            return chdir(places[index]) == 0 ? 0 : errno;
        }
        error = errno;
        if (error != ENOENT && error != ENOTDIR) break;
    }
    return error;
}

int xvm_confine_empty_root(void) {
    int error = make_mounts_private();
    if (error != 0) return error;
    if ((error = mount_small_root()) != 0) return error;
    if (mkdir("proc", 0555) != 0) return errno;
    // dlopen needs /proc/self/fd. MS_REC: a bind of locked submounts is only allowed whole.
    if (mount("/proc", "proc", NULL, MS_BIND | MS_REC, NULL) != 0) return errno;
    // A refusal (locked flags of the original) is no loss: writing there needs rights that nobody here has.
    (void)mount(NULL, "proc", NULL, MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
    int refused = 0;
    if (syscall(SYS_pivot_root, ".", ".") == 0) {
        // Old and new root now lie on the same path, the old one on top.
        if (umount2(".", MNT_DETACH) != 0) return errno;
    } else {
        refused = errno;
        if (chroot(".") != 0) return refused;
    }
    if (chdir("/") != 0) return errno;
    if (mount(NULL, "/", NULL, MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) != 0) return errno;
    return refused;
}
