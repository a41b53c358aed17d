// SPDX-License-Identifier: Apache-2.0
// What the files of the runtime share; nobody else includes it. Run by: worker and in-process embedders.
#ifndef XVM_RUNTIME_INTERNAL_H
#define XVM_RUNTIME_INTERNAL_H

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "xvm.h"
#include "xvm_abi.h"
#include "xvm_wire.h"

struct xvm_code {
    const struct xvm_descriptor *descriptor;
    xvm_resolver_t resolver;
    uint32_t *handles;              // one per function import
    uint32_t *parameter_counts;     // one per function import
    uint64_t *global_bits;          // one per global import
    void *library;                  // of dlopen, or NULL
    uintptr_t text_start, text_end; // executable range of the object
    bool ready;
};

// Address space of one context: [start, base) header, [base, base + 4 GiB) linear memory, then the guard.
struct xvm_arena {
    uint8_t *start;        // of the mapping
    size_t size;           // of the mapping
    uint8_t *base;         // of linear memory, aligned to 4 GiB
    uint64_t accessible;   // bytes from base that may be read and written
    uint32_t pages_max;    // what the set-up allows
    bool fixed;            // the worker's: never unmapped
};

enum xvm_context_state {
    XVM_CONTEXT_EMPTY,    // new or reset
    XVM_CONTEXT_READY,    // init returned
    XVM_CONTEXT_FAILED,   // init trapped
    XVM_CONTEXT_RUNNING,
};

struct xvm_context {
    const struct xvm_code *code;
    struct xvm_instance *instance;   // at arena.base - header_size
    struct xvm_arena arena;
    struct xvm_table *tables;
    uint32_t memory_pages;           // our own copies: the header is within reach of a faulty object
    uint32_t memory_pages_max;
    int64_t gas_limit;
    void *user;
    enum xvm_context_state state;
    enum xvm_trap trap;              // why the last run was left
    bool inner;                      // a host function has called back into the contract
    uint32_t text_size;
    uint8_t text[XVM_OUTPUT_MESSAGE_SIZE_MAX];
    struct xvm_context *outer;       // the context that this thread was running before
    jmp_buf door;                    // where a trap leaves to; set while RUNNING
};

// arena.c
// Takes the worker's reservation if there is an unused one, else makes one. 0 or errno.
int xvm_arena_open(struct xvm_arena *arena, uint32_t header_size);
void xvm_arena_close(struct xvm_arena *arena);
// Makes [0, bytes) accessible, more or less than before. Bytes that become accessible are zero. 0 or errno; on errno
// nothing has changed.
int xvm_arena_resize(struct xvm_arena *arena, uint64_t bytes);
// Makes the accessible bytes zero.
void xvm_arena_clear(struct xvm_arena *arena);
// Makes `size` bytes zero. Looks at each whole block of 4 KiB first, so that pages which are zero stay untouched.
void xvm_bytes_clear(uint8_t *bytes, size_t size);
// The same, by vectors of 16 or of 32 bytes. For tests.
void xvm_bytes_clear_with(bool has_avx2, uint8_t *bytes, size_t size);

// context.c
// Entries that a table has room for: nothing can be mapped once contract code runs.
uint32_t xvm_table_room(const struct xvm_descriptor *descriptor, uint32_t index);

// fault.c
extern _Thread_local struct xvm_context *xvm_running;  // the innermost context that runs on this thread
// Leaves emitted code for the door of `context`.
_Noreturn void xvm_leave(struct xvm_context *context, enum xvm_trap trap);
// A state that cannot be: ends the worker with XVM_EXIT_BUG, another process with abort().
_Noreturn void xvm_bug(void);
// Growth that the limits allow and the system refuses. Worker: ends it (a matter of the machine must not become an
// Outcome). Other processes: returns, and the contract sees -1.
void xvm_growth_refused(void);

// code.c
// Fills `error` (which may be NULL) and gives `status` back.
__attribute__((format(printf, 4, 5))) enum xvm_status xvm_refuse(
    xvm_error_t *error, enum xvm_status status, int errno_value, const char *format, ...);

#endif
