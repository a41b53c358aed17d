// SPDX-License-Identifier: Apache-2.0
// Loads BPF that the host compiled and proved. Run by the worker.
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "xvm_confine.h"

static long load(unsigned flags, const struct sock_filter *program, uint32_t size) {
    if (size == 0 || size > BPF_MAXINSNS) {
        errno = EINVAL;
        return -1;
    }
    struct sock_fprog arguments = {
        .len = (unsigned short)size, .filter = (struct sock_filter *)(uintptr_t)program};
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &arguments);
}

int xvm_confine_filter(const struct sock_filter *program, uint32_t size) { return load(0, program, size) == 0 ? 0 : errno; }

int xvm_confine_filter_with_listener(const struct sock_filter *program, uint32_t size, int *listener) {
    const unsigned flag = SECCOMP_FILTER_FLAG_NEW_LISTENER;
    long result = load(flag | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, program, size);
    if (result < 0 && errno == EINVAL) result = load(flag, program, size);  // before 5.19
    if (result < 0) return errno;
    *listener = (int)result;
    return 0;
}
