// SPDX-License-Identifier: Apache-2.0
// What a process sets up once so that the runtime can run in it: fault handlers, the fixed arena of a worker.
// Run by: the worker before its load filter (the first three, and xvm_runtime_text_of after dlopen), and processes that link
// the runtime in. None may be called behind the run filter.
#ifndef XVM_RUNTIME_H
#define XVM_RUNTIME_H

#include <stddef.h>
#include <stdint.h>

// Worker: handlers for SEGV, BUS, FPE and ILL that never return (SA_SIGINFO, SA_NODEFER, SA_ONSTACK), and an alternate
// stack of their own with a guard below it. A fault of emitted code in its own linear memory or guard becomes the trap
// outOfBoundsMemoryAccess; any other ends the process with XVM_EXIT_SIGNAL_BASE + signal. Once, from the only thread.
// Returns 0 or errno.
int xvm_fault_handlers_install(void);

// The same handlers for a process that embeds the runtime: a fault that no context explains goes to the action that stood
// there before. May be called again, from any thread; the calling thread gets an alternate stack if it has none. Other
// threads need none to trap. Returns 0 or errno.
int xvm_fault_handlers_install_chained(void);

// Worker: where the handlers write down a fault that ends the process; NULL (at first): nowhere. Must stay writable.
struct xvm_fault_record;
void xvm_fault_handlers_record(struct xvm_fault_record *record);

// Worker: reserves XVM_ADDRESS_ARENA - XVM_HEADER_SIZE_MAX ... XVM_ADDRESS_ARENA + 4 GiB + XVM_ARENA_GUARD with no access.
// The process's first context lives there; it may not grow beyond `memory_pages_max` (at most XVM_PAGES_MAX). Once.
// Returns 0 or errno (EEXIST: something is mapped there; EINVAL: too many pages, or second call).
int xvm_arena_reserve(uint32_t memory_pages_max);

// The executable range of the object that `address` lies in (dl_iterate_phdr). Returns 0, or ENOENT.
int xvm_runtime_text_of(const void *address, uintptr_t *start, uintptr_t *end);

// True once one of the handlers above is installed.
int xvm_fault_handlers_installed(void);

#endif
