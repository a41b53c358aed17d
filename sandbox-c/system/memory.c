// SPDX-License-Identifier: Apache-2.0
// Memory files, their seals and mappings; futex calls on mapped words. Run by the host.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "xvm_system.h"

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008u
#endif
_Static_assert(F_SEAL_SEAL == XVM_SYSTEM_SEAL_SEAL && F_SEAL_SHRINK == XVM_SYSTEM_SEAL_SHRINK, "seals");
_Static_assert(F_SEAL_GROW == XVM_SYSTEM_SEAL_GROW && F_SEAL_WRITE == XVM_SYSTEM_SEAL_WRITE, "seals");
_Static_assert(F_SEAL_FUTURE_WRITE == XVM_SYSTEM_SEAL_FUTURE_WRITE, "seals");

int xvm_system_memfd(const char *name, uint64_t size) {
    if (size > INT64_MAX) return -EINVAL;
    int descriptor = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);
    if (descriptor < 0 && errno == EINVAL) descriptor = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);  // before 6.3
    if (descriptor < 0) return -errno;
    if (ftruncate(descriptor, (off_t)size) != 0) {
        int error = errno;
        close(descriptor);
        return -error;
    }
    return descriptor;
}

int xvm_system_memfd_sealed(const char *name, const void *bytes, size_t size) {
    int descriptor = xvm_system_memfd(name, 0);
    if (descriptor < 0) return descriptor;
    int error = 0;
    const char *rest = bytes;
    size_t left = size;
    while (left > 0 && error == 0) {
        ssize_t written = write(descriptor, rest, left);
        if (written > 0) {
            rest += written;
            left -= (size_t)written;
        } else if (written == 0) {
            error = -EIO;
        } else if (errno != EINTR) {
            error = -errno;
        }
    }
    uint32_t seals = XVM_SYSTEM_SEAL_SHRINK | XVM_SYSTEM_SEAL_GROW | XVM_SYSTEM_SEAL_WRITE;
    // EXEC stands already where MFD_NOEXEC_SEAL was understood; adding it again is harmless, and EINVAL before 6.3.
    if (error == 0 && xvm_system_seal(descriptor, XVM_SYSTEM_SEAL_EXEC) == 0) seals |= XVM_SYSTEM_SEAL_EXEC;
    if (error == 0) error = xvm_system_seal(descriptor, seals | XVM_SYSTEM_SEAL_SEAL);
    if (error != 0) {
        close(descriptor);
        return error;
    }
    return descriptor;
}

int xvm_system_seal(int memfd, uint32_t seals) { return fcntl(memfd, F_ADD_SEALS, (int)seals) == 0 ? 0 : -errno; }

int xvm_system_seals(int memfd) {
    int seals = fcntl(memfd, F_GET_SEALS);
    return seals < 0 ? -errno : seals;
}

int xvm_system_map(int descriptor, uint64_t size, int writable, void **address) {
    int protection = PROT_READ | (writable != 0 ? PROT_WRITE : 0);
    // Not populated: most workers are idle and use a few pages of their rings; the kernel fills in the others one by one.
    void *result = mmap(NULL, size, protection, MAP_SHARED, descriptor, 0);
    if (result == MAP_FAILED) return -errno;
    *address = result;
    return 0;
}

int xvm_system_unmap(void *address, uint64_t size) { return munmap(address, size) == 0 ? 0 : -errno; }

int xvm_system_futex_wait(const uint32_t *word, uint32_t expected, int64_t deadline) {
    struct timespec until = {.tv_sec = deadline / 1000000000, .tv_nsec = deadline % 1000000000};
    if (deadline < 0) return -ETIMEDOUT;
    // WAIT_BITSET takes an absolute CLOCK_MONOTONIC time; plain WAIT would take a relative one.
    long result = syscall(
        SYS_futex, word, FUTEX_WAIT_BITSET, expected, deadline == XVM_SYSTEM_NO_DEADLINE ? NULL : &until, NULL,
        FUTEX_BITSET_MATCH_ANY);
    if (result == 0 || errno == EINTR) return 0;
    return -errno;
}

int xvm_system_futex_wake(const uint32_t *word, int32_t count) {
    long result = syscall(SYS_futex, word, FUTEX_WAKE, count, NULL, NULL, 0);
    return result < 0 ? -errno : (int)result;
}
