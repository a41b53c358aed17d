// SPDX-License-Identifier: Apache-2.0
// The worker's life after its start: invocations in, syscalls out, outcomes back. Run by: the worker, one thread.
#ifndef XVM_WORKER_SERVE_H
#define XVM_WORKER_SERVE_H

#include "xvm.h"

struct xvm_channel;

// Load stage, after dlopen and before the run filter: checks the descriptor, resolves its imports, takes all memory that
// serving needs (header and first pages of linear memory in the arena, tables, some hundred bytes of heap). Needs
// xvm_arena_reserve and xvm_fault_handlers_install before it; calls mmap, mprotect and brk. Once.
// Returns XVM_STATUS_OK, else what `error` tells (texts of the object's numbers only).
enum xvm_status xvm_serve_prepare(const struct xvm_descriptor *descriptor, xvm_error_t *error);

// Run stage: answers INVOCATION frames until the process ends. Exits with XVM_EXIT_PROTOCOL on bytes that the host never
// sends, with XVM_EXIT_BUG where xvm_serve_prepare did not prepare this descriptor.
_Noreturn void xvm_serve(struct xvm_channel *channel, const struct xvm_descriptor *descriptor);

#endif
