// SPDX-License-Identifier: Apache-2.0
// Landlock with every right handled and no rule: nothing is reachable by path. Debian 12's header knows ABI 2, so the
// numbers of later ones stand here (Documentation/userspace-api/landlock.rst). Run by the zygote and the worker.
#include <errno.h>
#include <linux/landlock.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "xvm_confine.h"

#define FS_ABI_1 ((UINT64_C(1) << 13) - 1)
#define FS_REFER (UINT64_C(1) << 13)      // ABI 2
#define FS_TRUNCATE (UINT64_C(1) << 14)   // ABI 3
#define NET_TCP_BIND (UINT64_C(1) << 0)   // ABI 4
#define NET_TCP_CONNECT (UINT64_C(1) << 1)
#define FS_IOCTL_DEV (UINT64_C(1) << 15)  // ABI 5
#define SCOPE_ABSTRACT_UNIX_SOCKET (UINT64_C(1) << 0)  // ABI 6
#define SCOPE_SIGNAL (UINT64_C(1) << 1)

// struct landlock_ruleset_attr of ABI 6; an older kernel is given the prefix that it knows.
struct ruleset_attributes {
    uint64_t handled_access_fs;
    uint64_t handled_access_net;
    uint64_t scoped;
};
_Static_assert(sizeof(struct ruleset_attributes) == 24, "no padding");

int xvm_confine_landlock_ruleset(uint32_t *abi, int *ruleset) {
    *abi = 0;
    *ruleset = -1;
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0L, LANDLOCK_CREATE_RULESET_VERSION);
    if (version < 0) return errno;
    *abi = (uint32_t)version;
    struct ruleset_attributes attributes = {.handled_access_fs = FS_ABI_1};
    size_t size = 8;
    if (version >= 2) attributes.handled_access_fs |= FS_REFER;
    if (version >= 3) attributes.handled_access_fs |= FS_TRUNCATE;
    if (version >= 4) {
        attributes.handled_access_net = NET_TCP_BIND | NET_TCP_CONNECT;
        size = 16;
    }
    if (version >= 5) attributes.handled_access_fs |= FS_IOCTL_DEV;
    if (version >= 6) {
        attributes.scoped = SCOPE_ABSTRACT_UNIX_SOCKET | SCOPE_SIGNAL;
        size = 24;
    }
    long descriptor = syscall(SYS_landlock_create_ruleset, &attributes, size, 0L);
    if (descriptor < 0) return errno;
    *ruleset = (int)descriptor;
    return 0;
}

int xvm_confine_landlock(int ruleset) { return syscall(SYS_landlock_restrict_self, ruleset, 0L) == 0 ? 0 : errno; }
