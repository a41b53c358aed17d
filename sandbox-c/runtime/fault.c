// SPDX-License-Identifier: Apache-2.0
// From a fault of the processor to a trap, or to the end of the process. Run by: worker and in-process embedders.
// The handler's ways out are a jump and exit_group: rt_sigreturn is in no filter of the worker.

#include <errno.h>
#include <link.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include "internal.h"
#include "xvm_runtime.h"
#include "xvm_zygote.h"

#define STACK_SIZE 65536u  // of the handlers: the largest signal frame (AMX) is 11 KiB
#define GUARD_SIZE 4096u

enum mode { MODE_NONE, MODE_WORKER, MODE_CHAINED };

static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL};
#define SIGNAL_COUNT (sizeof signals / sizeof signals[0])

// Set last by the installers, under the lock; read by contexts, which exist only afterwards, so relaxed suffices.
static _Atomic(enum mode) installed;
static pthread_mutex_t installing = PTHREAD_MUTEX_INITIALIZER;
static struct sigaction previous[SIGNAL_COUNT];
static struct xvm_fault_record *fault_record;  // worker only; written before any contract runs

static enum mode mode(void) { return atomic_load_explicit(&installed, memory_order_relaxed); }

_Thread_local struct xvm_context *xvm_running;

_Noreturn void xvm_leave(struct xvm_context *context, enum xvm_trap trap) {
    context->trap = trap;
    // No signal mask was saved, so this is no system call; SA_NODEFER makes that right inside the handler too.
    _longjmp(context->door, 1);
}

_Noreturn void xvm_bug(void) {
    if (mode() == MODE_WORKER) _exit(XVM_EXIT_BUG);
    abort();
}

void xvm_growth_refused(void) {
    if (mode() == MODE_WORKER) _exit(XVM_EXIT_MEMORY);
}

// True where the fault is an access of the running object's code to its linear memory or the guard behind it.
static bool is_memory_trap(const struct xvm_context *context, int number, const siginfo_t *info, const ucontext_t *machine) {
    // si_code <= 0: sent by somebody, no fault. SIGBUS on anonymous memory is a matter of the machine, never an Outcome.
    if (context == NULL || number != SIGSEGV || info->si_code <= 0) return false;
    uintptr_t address = (uintptr_t)info->si_addr;
    uintptr_t instruction = (uintptr_t)machine->uc_mcontext.gregs[REG_RIP];
    const struct xvm_arena *arena = &context->arena;
    return address >= (uintptr_t)arena->base && address < (uintptr_t)arena->start + arena->size
           && instruction >= context->code->text_start && instruction < context->code->text_end;
}

static void hand_on(int number, siginfo_t *info, void *machine) {
    for (size_t i = 0; i < SIGNAL_COUNT; i++) {
        if (signals[i] != number) continue;
        if ((previous[i].sa_flags & SA_SIGINFO) != 0) {
            previous[i].sa_sigaction(number, info, machine);
        } else if (previous[i].sa_handler == SIG_DFL || previous[i].sa_handler == SIG_IGN) {
            // The instruction runs again and meets the default action. A signal that was sent must be sent again.
            struct sigaction fallback = {.sa_handler = SIG_DFL};
            sigaction(number, &fallback, NULL);
            if (info->si_code <= 0) raise(number);
        } else {
            previous[i].sa_handler(number);
        }
        return;
    }
}

static void handle(int number, siginfo_t *info, void *machine) {
    struct xvm_context *context = xvm_running;
    if (is_memory_trap(context, number, info, machine)) xvm_leave(context, XVM_TRAP_OUT_OF_BOUNDS_MEMORY_ACCESS);
    if (mode() == MODE_WORKER) {
        struct xvm_fault_record *record = fault_record;
        fault_record = NULL;  // a fault in the next lines shall not come back here
        if (record != NULL) {
            *record = (struct xvm_fault_record){
                .magic = XVM_FAULT_RECORD_MAGIC, .signal = number, .code = info->si_code,
                .address = (uint64_t)(uintptr_t)info->si_addr,
                .instruction_pointer = (uint64_t)((const ucontext_t *)machine)->uc_mcontext.gregs[REG_RIP]};
        }
        _exit(XVM_EXIT_SIGNAL_BASE + number);
    }
    int saved = errno;
    hand_on(number, info, machine);
    errno = saved;
}

// Gives the calling thread a stack for handlers, with a guard below it. It stays for the life of the thread's process.
static int install_stack(void) {
    uint8_t *mapping = mmap(
        NULL, GUARD_SIZE + STACK_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    if (mapping == MAP_FAILED) return errno;
    stack_t stack = {.ss_sp = mapping + GUARD_SIZE, .ss_size = STACK_SIZE, .ss_flags = 0};
    if (mprotect(mapping, GUARD_SIZE, PROT_NONE) != 0 || sigaltstack(&stack, NULL) != 0) {
        int error = errno;
        munmap(mapping, GUARD_SIZE + STACK_SIZE);
        return error;
    }
    return 0;
}

static int install_actions(void) {
    struct sigaction action = {.sa_sigaction = handle, .sa_flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK};
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < SIGNAL_COUNT; i++) {
        if (sigaction(signals[i], &action, &previous[i]) != 0) {
            int error = errno;
            while (i-- > 0) sigaction(signals[i], &previous[i], NULL);
            return error;
        }
    }
    return 0;
}

int xvm_fault_handlers_install(void) {
    if (mode() != MODE_NONE) return EBUSY;
    int error = install_stack();
    if (error == 0) error = install_actions();
    if (error == 0) atomic_store_explicit(&installed, MODE_WORKER, memory_order_relaxed);
    return error;
}

void xvm_fault_handlers_record(struct xvm_fault_record *record) { fault_record = record; }

int xvm_fault_handlers_install_chained(void) {
    pthread_mutex_lock(&installing);
    int error = mode() == MODE_WORKER ? EBUSY : 0;
    stack_t current;
    if (error == 0 && sigaltstack(NULL, &current) != 0) error = errno;
    if (error == 0 && (current.ss_flags & SS_DISABLE) != 0) error = install_stack();
    if (error == 0 && mode() == MODE_NONE) {
        error = install_actions();
        if (error == 0) atomic_store_explicit(&installed, MODE_CHAINED, memory_order_relaxed);
    }
    pthread_mutex_unlock(&installing);
    return error;
}

int xvm_fault_handlers_installed(void) { return mode() != MODE_NONE; }

struct search {
    uintptr_t address, start, end;
};

static int visit(struct dl_phdr_info *object, size_t size, void *data) {
    (void)size;
    struct search *search = data;
    uintptr_t start = UINTPTR_MAX;
    uintptr_t end = 0;
    bool holds = false;
    for (uint32_t i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &object->dlpi_phdr[i];
        if (header->p_type != PT_LOAD) continue;
        uintptr_t first = (uintptr_t)(object->dlpi_addr + header->p_vaddr);
        uintptr_t last = first + (uintptr_t)header->p_memsz;
        if (search->address >= first && search->address < last) holds = true;
        if ((header->p_flags & PF_X) == 0) continue;
        if (first < start) start = first;
        if (last > end) end = last;
    }
    if (!holds || start >= end) return 0;
    search->start = start;
    search->end = end;
    return 1;
}

int xvm_runtime_text_of(const void *address, uintptr_t *start, uintptr_t *end) {
    struct search search = {.address = (uintptr_t)address};
    if (dl_iterate_phdr(visit, &search) == 0) return ENOENT;
    *start = search.start;
    *end = search.end;
    return 0;
}
