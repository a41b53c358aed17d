// SPDX-License-Identifier: Apache-2.0
// The filter that the runtime's run stage must live with, written by hand here; the real one comes from policies/run.json.

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "check.h"

#define PROGRAM_MAX 128

static struct sock_filter program[PROGRAM_MAX];
static unsigned short program_size;
static unsigned short rule_begin;

static void emit(uint16_t code, uint32_t operand) {
    CHECK(program_size < PROGRAM_MAX);
    program[program_size++] = (struct sock_filter)BPF_STMT(code, operand);
}

// The word at `offset` of seccomp_data must equal `value`, else the rule does not hold.
static void require(uint32_t offset, uint32_t value) {
    emit(BPF_LD | BPF_W | BPF_ABS, offset);
    emit(BPF_JMP | BPF_JEQ | BPF_K, value);
}

static void require_low(unsigned argument, uint32_t value) {
    require((uint32_t)offsetof(struct seccomp_data, args) + 8 * argument, value);
}

static void require_high(unsigned argument, uint32_t value) {
    require((uint32_t)offsetof(struct seccomp_data, args) + 8 * argument + 4, value);
}

static void require_whole(unsigned argument, uint64_t value) {
    require_low(argument, (uint32_t)value);
    require_high(argument, (uint32_t)(value >> 32));
}

static void rule(uint32_t number) {
    rule_begin = program_size;
    require(offsetof(struct seccomp_data, nr), number);
}

// Where every requirement held, the call is allowed; where one did not, the next rule is tried.
static void allow(void) {
    emit(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    for (unsigned short at = rule_begin; at < program_size; at++) {
        if (BPF_CLASS(program[at].code) == BPF_JMP) program[at].jf = (uint8_t)(program_size - at - 1);
    }
}

static void allow_in_arena(uint32_t number, uint32_t third) {
    rule(number);
    require_high(0, (uint32_t)(XVM_ADDRESS_ARENA >> 32));
    require_high(1, 0);
    require_whole(2, third);
    allow();
}

void seal(const void *wait, const void *wake) {
    program_size = 0;
    emit(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch));
    program[program_size++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0);
    emit(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
    rule(SYS_exit_group);
    allow();
    allow_in_arena(SYS_mprotect, PROT_READ | PROT_WRITE);
    allow_in_arena(SYS_mprotect, PROT_NONE);
    allow_in_arena(SYS_madvise, MADV_DONTNEED);
    if (wait != NULL) {
        rule(SYS_futex);
        require_whole(0, (uintptr_t)wait);
        require_whole(1, 0);
        require_whole(3, 0);
        allow();
        rule(SYS_futex);
        require_whole(0, (uintptr_t)wake);
        require_whole(1, 1);
        require_whole(2, 1);
        allow();
    }
    emit(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
    struct sock_fprog filter = {.len = program_size, .filter = program};
    CHECK_EQUAL(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
    CHECK_EQUAL(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter), 0);
}
