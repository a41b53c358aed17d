// SPDX-License-Identifier: Apache-2.0
// The root of a tool: nothing but the folders that it needs, read-only, and one that it may write. Run by the tool launcher in a
// mount namespace of its own, single-threaded. Linux 5.12: open_tree, move_mount, mount_setattr (Debian 12's headers lack some).
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "xvm_confine.h"
#include "xvm_tool_root.h"

#define NR_OPEN_TREE 428L
#define NR_MOVE_MOUNT 429L
#define NR_MOUNT_SETATTR 442L
#define TREE_CLONE 1u
#define TREE_RECURSIVE 0x8000u
#define MOVE_FROM_DESCRIPTOR 4u
#define ATTRIBUTE_READ_ONLY 1u
#define ATTRIBUTE_NO_SETUID 2u
#define ATTRIBUTE_NO_DEVICES 4u
#define ATTRIBUTE_NO_EXECUTION 8u

struct mount_attributes {
    uint64_t set, clear, propagation, user_namespace;
};

// A copy of the mounts at `path` that nobody else sees yet, with `attributes` on all of them; negative: errno.
static int clone_tree(const char *path, uint64_t attributes) {
    long tree = syscall(NR_OPEN_TREE, AT_FDCWD, path, (long)(TREE_CLONE | TREE_RECURSIVE | O_CLOEXEC));
    if (tree < 0) return -errno;
    struct mount_attributes wanted = {.set = attributes};
    if (syscall(NR_MOUNT_SETATTR, (int)tree, "", (long)(AT_EMPTY_PATH | TREE_RECURSIVE), &wanted, sizeof wanted) != 0) {
        int error = errno;
        close((int)tree);
        return -error;
    }
    return (int)tree;
}

// Makes the folders above `path`, which is relative to the working directory.
static int make_parents(const char *path) {
    char prefix[XVM_TOOL_PATH_MAX];
    size_t size = strlen(path);
    if (size >= sizeof prefix) return ENAMETOOLONG;
    for (size_t index = 1; index < size; index++) {
        if (path[index] != '/') continue;
        memcpy(prefix, path, index);
        prefix[index] = 0;
        if (mkdir(prefix, 0755) != 0 && errno != EEXIST) return errno;
    }
    return 0;
}

static int attach(int tree, const char *absolute) {
    const char *path = absolute + 1;
    struct stat status;
    int error = make_parents(path);
    if (error != 0) return error;
    if (fstat(tree, &status) != 0) return errno;
    if (S_ISDIR(status.st_mode)) {
        if (mkdir(path, 0755) != 0 && errno != EEXIST) return errno;
    } else {
        int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0444);
        if (file < 0) return errno;
        close(file);
    }
    return syscall(NR_MOVE_MOUNT, tree, "", AT_FDCWD, path, (long)MOVE_FROM_DESCRIPTOR) == 0 ? 0 : errno;
}

static int make_link(const char *absolute, const char *target) {
    int error = make_parents(absolute + 1);
    if (error != 0) return error;
    return symlink(target, absolute + 1) == 0 || errno == EEXIST ? 0 : errno;
}

// Everything that is copied is copied before the first mount hides anything.
struct trees {
    int readable[XVM_TOOL_READABLE_MAX];
    int writable, null_device;
};

static void close_trees(struct trees *trees, uint32_t count) {
    for (uint32_t index = 0; index < count; index++) {
        if (trees->readable[index] >= 0) close(trees->readable[index]);
    }
    if (trees->writable >= 0) close(trees->writable);
    if (trees->null_device >= 0) close(trees->null_device);
}

static int clone_trees(const struct xvm_tool_root *root, struct trees *trees) {
    const uint64_t common = ATTRIBUTE_NO_SETUID | ATTRIBUTE_NO_DEVICES;
    trees->writable = clone_tree(root->writable, common | ATTRIBUTE_NO_EXECUTION);
    if (trees->writable < 0) return -trees->writable;
    // Without it only a script would notice.
    trees->null_device = clone_tree("/dev/null", ATTRIBUTE_NO_SETUID | ATTRIBUTE_NO_EXECUTION);
    for (uint32_t index = 0; index < root->readable_count; index++) {
        int tree = clone_tree(root->readable[index], common | ATTRIBUTE_READ_ONLY);
        if (tree < 0 && tree != -ENOENT && tree != -EACCES) return -tree;
        trees->readable[index] = tree;
    }
    return 0;
}

static int fill(const struct xvm_tool_root *root, const struct trees *trees) {
    for (uint32_t index = 0; index < root->readable_count; index++) {
        if (trees->readable[index] < 0) continue;  // it is not there, or not for us: the tool will say what it misses
        int error = attach(trees->readable[index], root->readable[index]);
        if (error != 0) return error;
    }
    for (uint32_t index = 0; index < root->link_count; index++) {
        int error = make_link(root->links[2 * index], root->links[2 * index + 1]);
        if (error != 0) return error;
    }
    if (trees->null_device >= 0) (void)attach(trees->null_device, "/dev/null");
    return attach(trees->writable, root->writable);
}

static int enter(void) {
    if (syscall(SYS_pivot_root, ".", ".") != 0) return errno;
    // Old and new root now lie on the same path, the old one on top.
    if (umount2(".", MNT_DETACH) != 0) return errno;
    if (chdir("/") != 0) return errno;
    return mount(NULL, "/", NULL, MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV, NULL) == 0 ? 0 : errno;
}

int xvm_confine_tool_root(const struct xvm_tool_root *root) {
    static const char *const places[] = {"/tmp", "/mnt", "/dev", "/etc", "/usr", "/var"};
    if (root->readable_count > XVM_TOOL_READABLE_MAX) return E2BIG;
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) return errno;
    struct trees trees = {.writable = -1, .null_device = -1};
    for (uint32_t index = 0; index < XVM_TOOL_READABLE_MAX; index++) trees.readable[index] = -1;
    int error = clone_trees(root, &trees);
    const char *place = NULL;
    for (size_t index = 0; error == 0 && place == NULL && index < sizeof places / sizeof places[0]; index++) {
        if (mount("xvm", places[index], "tmpfs", MS_NOSUID | MS_NODEV, "size=64k,nr_inodes=512,mode=0755") == 0) {
            place = places[index];
        } else if (errno != ENOENT && errno != ENOTDIR) {
            error = errno;
        }
    }
    if (error == 0 && place == NULL) error = ENOENT;
    if (error == 0 && chdir(place) != 0) error = errno;
    if (error == 0) error = fill(root, &trees);
    if (error == 0) error = enter();
    // A refusal half-way: what was there before must be visible again, because a lower floor may go on without this layer.
    if (error != 0 && place != NULL && chdir("/") == 0) (void)umount2(place, MNT_DETACH);
    close_trees(&trees, root->readable_count);
    return error;
}

// ---- landlock --------------------------------------------------------------------------------------------------------

#define FS_TRUNCATE (UINT64_C(1) << 14)  // ABI 3

static int allow(int ruleset, const char *path, uint64_t folder_rights, uint64_t file_rights) {
    int place = open(path, O_PATH | O_CLOEXEC);
    if (place < 0) return errno;
    struct stat status;
    int error = fstat(place, &status) == 0 ? 0 : errno;
    if (error == 0) {
        struct landlock_path_beneath_attr rule = {
            .allowed_access = S_ISDIR(status.st_mode) ? folder_rights : file_rights, .parent_fd = place};
        if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0L) != 0) error = errno;
    }
    close(place);
    return error;
}

int xvm_confine_tool_landlock(const struct xvm_tool_root *root, uint32_t *abi) {
    int ruleset = -1;
    int error = xvm_confine_landlock_ruleset(abi, &ruleset);
    if (error != 0) return error;
    const uint64_t truncate = *abi >= 3 ? FS_TRUNCATE : 0;
    const uint64_t read = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_EXECUTE;
    const uint64_t write = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | truncate;
    for (uint32_t index = 0; index < root->readable_count && error == 0; index++) {
        error = allow(ruleset, root->readable[index], read | LANDLOCK_ACCESS_FS_READ_DIR, read);
        if (error == ENOENT || error == EACCES) error = 0;
    }
    if (error == 0) {
        error = allow(
            ruleset, root->writable,
            write | LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REMOVE_FILE, write);
    }
    (void)allow(ruleset, "/dev/null", 0, write);
    if (error == 0) error = xvm_confine_landlock(ruleset);
    close(ruleset);
    return error;
}
