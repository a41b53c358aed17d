// SPDX-License-Identifier: Apache-2.0
// without NUMBER=ERRNO[:ARGUMENT:MASK]... -- PROGRAM ARGUMENT...: runs a program for which these system calls fail, as behind the filter of a
// container. With ARGUMENT and MASK only calls whose argument has all of these bits (low 32). Compiled by FloorTests.
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define RULES_MAX 16

int main(int count, char **arguments) {
    struct sock_filter program[3 + 7 * RULES_MAX];
    unsigned short size = 0;
    program[size++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    int index = 1;
    for (; index < count && strcmp(arguments[index], "--") != 0 && index <= RULES_MAX; index++) {
        unsigned number = 0, error = 0, argument = 0, mask = 0;
        int fields = sscanf(arguments[index], "%u=%u:%u:%u", &number, &error, &argument, &mask);
        if (fields != 2 && fields != 4) return 125;
        if (fields == 2) {
            program[size++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1);
            program[size++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error);
        } else {
            unsigned offset = (unsigned)offsetof(struct seccomp_data, args) + 8 * argument;
            program[size++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 5);
            program[size++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset);
            program[size++] = (struct sock_filter)BPF_STMT(BPF_ALU | BPF_AND | BPF_K, mask);
            program[size++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, mask, 0, 1);
            program[size++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error);
            program[size++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
        }
    }
    if (index + 1 >= count) return 125;
    program[size++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    struct sock_fprog filter = {.len = size, .filter = program};
    // Without no_new_privs only a privileged user may; xvm as root must keep its capabilities, so root does not set it.
    if (geteuid() != 0 && prctl(PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L) != 0) return 124;
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0L, &filter) != 0) return 123;
    execv(arguments[index + 1], arguments + index + 1);
    return 122;
}
