// SPDX-License-Identifier: Apache-2.0
// Waiting for descriptors: poll, epoll, eventfd, the seccomp listener. Run by the host.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif
#include <errno.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "xvm_system.h"

_Static_assert(POLLIN == (int)XVM_SYSTEM_READABLE && (int)EPOLLIN == (int)XVM_SYSTEM_READABLE, "events");
_Static_assert(POLLOUT == (int)XVM_SYSTEM_WRITABLE && (int)EPOLLOUT == (int)XVM_SYSTEM_WRITABLE, "events");
_Static_assert(POLLERR == (int)XVM_SYSTEM_FAULT && (int)EPOLLERR == (int)XVM_SYSTEM_FAULT, "events");
_Static_assert(POLLHUP == (int)XVM_SYSTEM_HANGUP && (int)EPOLLHUP == (int)XVM_SYSTEM_HANGUP, "events");

// What is left of a deadline, as ppoll takes it; NULL: for ever.
static const struct timespec *remaining(int64_t deadline, struct timespec *left) {
    if (deadline == XVM_SYSTEM_NO_DEADLINE) return NULL;
    int64_t now = xvm_system_monotonic_nanoseconds();
    int64_t nanoseconds = deadline > now ? deadline - now : 0;
    left->tv_sec = nanoseconds / 1000000000;
    left->tv_nsec = nanoseconds % 1000000000;
    return left;
}

int xvm_system_poll(int descriptor, int events, int64_t deadline) {
    for (;;) {
        struct pollfd entry = {.fd = descriptor, .events = (short)events};
        struct timespec left;
        int result = ppoll(&entry, 1, remaining(deadline, &left), NULL);
        if (result == 1) return (entry.revents & POLLNVAL) != 0 ? -EBADF : entry.revents;
        if (result == 0) return -ETIMEDOUT;
        if (errno != EINTR) return -errno;
    }
}

int xvm_system_epoll_create(void) {
    int descriptor = epoll_create1(EPOLL_CLOEXEC);
    return descriptor < 0 ? -errno : descriptor;
}

int xvm_system_epoll_add(int epoll, int descriptor, uint64_t token) {
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = token};
    return epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) == 0 ? 0 : -errno;
}

int xvm_system_epoll_remove(int epoll, int descriptor) {
    return epoll_ctl(epoll, EPOLL_CTL_DEL, descriptor, NULL) == 0 ? 0 : -errno;
}

int xvm_system_epoll_wait(int epoll, struct xvm_system_ready *ready, uint32_t capacity, int64_t deadline) {
    struct epoll_event events[64];
    if (capacity == 0 || capacity > 64) return -EINVAL;
    int result, timeout = -1;
    if (deadline != XVM_SYSTEM_NO_DEADLINE) {
        // An epoll is itself pollable with a nanosecond timeout, which epoll_wait does not have before epoll_pwait2.
        result = xvm_system_poll(epoll, XVM_SYSTEM_READABLE, deadline);
        if (result == -ETIMEDOUT) return 0;
        if (result < 0) return result;
        timeout = 0;
    }
    do {
        result = epoll_wait(epoll, events, (int)capacity, timeout);
    } while (result < 0 && errno == EINTR);
    if (result < 0) return -errno;
    for (int index = 0; index < result; index++) {
        ready[index] = (struct xvm_system_ready){.token = events[index].data.u64, .events = events[index].events};
    }
    return result;
}

int xvm_system_event_create(void) {
    int descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return descriptor < 0 ? -errno : descriptor;
}

int xvm_system_event_set(int event) {
    uint64_t one = 1;
    ssize_t written;
    do {
        written = write(event, &one, sizeof one);
    } while (written < 0 && errno == EINTR);
    return written < 0 && errno != EAGAIN ? -errno : 0;  // EAGAIN: the count is full, so it is set
}

int xvm_system_event_clear(int event) {
    uint64_t count;
    ssize_t taken;
    do {
        taken = read(event, &count, sizeof count);
    } while (taken < 0 && errno == EINTR);
    if (taken < 0) return errno == EAGAIN ? 0 : -errno;
    return 1;
}

int xvm_system_is_listener(int descriptor) {
    static const char expected[] = "anon_inode:seccomp notify";
    char path[40], target[64];
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
    ssize_t size = readlink(path, target, sizeof target);
    if (size < 0) return -errno;
    return (size_t)size == sizeof expected - 1 && memcmp(target, expected, sizeof expected - 1) == 0;
}

int xvm_system_notification_receive(int listener, struct xvm_system_notification *notification) {
    // The kernel's struct may grow; it must fit what we give it, zeroed (seccomp_unotify(2)).
    union {
        struct seccomp_notif received;
        unsigned char room[512];
    } buffer;
    struct seccomp_notif_sizes sizes;
    if (syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes) != 0) return -errno;
    if (sizes.seccomp_notif > sizeof buffer) return -EOVERFLOW;
    int result;
    do {
        memset(&buffer, 0, sizeof buffer);
        result = ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &buffer.received);
    } while (result != 0 && errno == EINTR);
    if (result != 0) return -errno;
    const struct seccomp_notif *received = &buffer.received;
    *notification = (struct xvm_system_notification){
        .id = received->id,
        .instruction_pointer = received->data.instruction_pointer,
        .pid = received->pid,
        .number = received->data.nr,
        .architecture = received->data.arch,
    };
    for (int index = 0; index < 6; index++) notification->arguments[index] = received->data.args[index];
    return 0;
}
