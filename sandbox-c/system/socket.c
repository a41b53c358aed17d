// SPDX-License-Identifier: Apache-2.0
// Messages with descriptors between host and zygote.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "xvm_system.h"

// Room for the descriptors, aligned as cmsghdr wants it.
union control {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(sizeof(int) * XVM_SYSTEM_DESCRIPTORS_MAX)];
};

int xvm_system_socketpair(int pair[2]) {
    return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0 ? 0 : -errno;
}

int xvm_system_shut_down_writing(int socket) { return shutdown(socket, SHUT_WR) == 0 ? 0 : -errno; }

int xvm_system_send(int socket, const void *bytes, size_t size, const int *descriptors, uint32_t count) {
    if (count > XVM_SYSTEM_DESCRIPTORS_MAX) return -EINVAL;
    union control control;
    memset(&control, 0, sizeof control);
    struct iovec part = {.iov_base = (void *)(uintptr_t)bytes, .iov_len = size};
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
    ssize_t sent;
    do {
        sent = sendmsg(socket, &message, MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    return sent < 0 ? -errno : 0;  // a SEQPACKET message goes whole or not at all
}

// Moves the descriptors out of the control data; whatever there is no place for is closed.
static int take_descriptors(struct msghdr *message, int *descriptors, uint32_t *count) {
    int excess = 0;
    for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header != NULL; header = CMSG_NXTHDR(message, header)) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
        size_t received = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t index = 0; index < received; index++) {
            int descriptor;
            memcpy(&descriptor, CMSG_DATA(header) + index * sizeof(int), sizeof descriptor);
            if (*count < XVM_SYSTEM_DESCRIPTORS_MAX) {
                descriptors[(*count)++] = descriptor;
            } else {
                close(descriptor);
                excess = 1;
            }
        }
    }
    return excess;
}

int64_t xvm_system_receive(int socket, void *bytes, size_t size, int *descriptors, uint32_t *count, int64_t deadline) {
    *count = 0;
    if (size == 0) return -EINVAL;
    for (;;) {
        int ready = xvm_system_poll(socket, XVM_SYSTEM_READABLE, deadline);
        if (ready < 0) return ready;
        union control control;
        struct iovec part = {.iov_base = bytes, .iov_len = size};
        struct msghdr message = {
            .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
        ssize_t received = recvmsg(socket, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
        if (received < 0) {
            if (errno == EINTR || errno == EAGAIN) continue;
            return -errno;
        }
        int excess = take_descriptors(&message, descriptors, count);
        if (excess != 0 || (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) {
            for (uint32_t index = 0; index < *count; index++) close(descriptors[index]);
            *count = 0;
            return -EMSGSIZE;
        }
        return received;
    }
}
