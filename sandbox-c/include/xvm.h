// SPDX-License-Identifier: Apache-2.0
// The xvm C API: code, contexts, calls, gas and guest memory, over objects that follow xvm_abi.h.
// Run by: the worker, and any process that links the runtime in itself (tests, tools). No function may be called from a
// signal handler. A context belongs to one thread at a time; a code may be shared once xvm_init_code has returned.
//
// Order of calls: xvm_fault_handlers_install* (xvm_runtime.h), xvm_new_code or xvm_open_code, xvm_init_code,
// xvm_new_context, then for each invocation xvm_init_context, xvm_call, xvm_reset_context; at the end
// xvm_release_context, xvm_release_code. From xvm_init_context to xvm_reset_context nothing allocates and the only system
// calls are mprotect and madvise inside the context's linear memory, so this part may run behind the run filter.
#ifndef XVM_H
#define XVM_H

#include <stdbool.h>
#include <stdint.h>

#include "xvm_abi.h"
#include "xvm_wire.h"

// What a function of this API did. A contract that trapped is no error: it stands in xvm_completion_t.
enum xvm_status {
    XVM_STATUS_OK = 0,
    XVM_STATUS_NO_MEMORY = 1,        // the system gave no memory or address space; errno stands in xvm_error_t
    XVM_STATUS_OPEN_FAILED = 2,      // dlopen refused the object, or it exports no descriptor
    XVM_STATUS_BAD_DESCRIPTOR = 3,   // the descriptor breaks a rule of xvm_abi.h
    XVM_STATUS_UNRESOLVED = 4,       // the resolver does not provide an import
    XVM_STATUS_IMPORT_TYPE = 5,      // an import's type is not the one of its row
    XVM_STATUS_NOT_READY = 6,        // called out of order
    XVM_STATUS_BUSY = 7,             // the context is running: it cannot be entered, reset or released
    XVM_STATUS_BAD_LIMIT = 8,        // a limit outside its range, or smaller than what the module needs
    XVM_STATUS_NO_EXPORT = 9,        // no function export with this index
    XVM_STATUS_BAD_ARGUMENTS = 10,   // the number of slots is not what the export takes or gives
};

#define XVM_ERROR_TEXT_SIZE 240u

// Why a function of this API refused: what, the value, the limit, where. Filled when the status is not OK.
typedef struct xvm_error {
    enum xvm_status status;
    int errno_value;                  // NO_MEMORY and OPEN_FAILED: errno, else 0
    char text[XVM_ERROR_TEXT_SIZE];   // ends with NUL; no byte of it comes from a Module
} xvm_error_t;

// How a contract's run ended.
typedef struct xvm_completion {
    enum xvm_ending ending;
    enum xvm_trap trap;   // TRAPPED: which; else XVM_TRAP_NONE
    int64_t gas_used;     // exact for RETURNED, the whole limit otherwise
    uint32_t text_size;   // hostAbort: bytes of the text, at most XVM_OUTPUT_MESSAGE_SIZE_MAX
    const uint8_t *text;  // any bytes, no NUL; lies in the context, valid until its next init, call or reset
} xvm_completion_t;

typedef struct xvm_code xvm_code_t;        // a Code: one object, its imports resolved
typedef struct xvm_context xvm_context_t;  // a Context: one instance of a Code in an arena of its own

// A row of an import table. Parameters and results: i = i32, I = i64, f = f32, F = f64; results "?": an i32 that a module may leave out.
typedef struct xvm_host_import {
    uint32_t number;
    const char *module;
    const char *name;
    const char *parameters;
    const char *results;
} xvm_host_import_t;

typedef struct xvm_host_global {
    uint32_t number;
    const char *module;
    const char *name;
    uint8_t kind;  // value type byte
} xvm_host_global_t;

// Who answers a Module's imports. Functions are resolved once, by xvm_init_code; a call then carries the handle alone.
typedef struct xvm_resolver {
    void *env;  // passed through
    // Handle of a function, from 1; 0: not provided.
    uint32_t (*resolve_func)(void *env, const char *module, const char *name);
    // Writes the bits of a global (i32 and f32 zero-extended) and returns true; false: not provided. NULL: none is.
    bool (*resolve_global)(void *env, const char *module, const char *name, uint64_t *bits);
    // Runs a function: `slots` holds `count` parameters and takes the results from slot 0 (i32 and f32 zero-extended).
    // Returns XVM_TRAP_NONE, or the trap that ends the contract (xvm_abort gives hostAbort with a text). Must return: a
    // jump over it would be a bug. xvm_gas_used and the memory functions may be called with `context`.
    enum xvm_trap (*call_func)(void *env, uint32_t handle, xvm_context_t *context, uint64_t *slots, uint32_t count);
    // The tables that the numbers in the object mean; NULL: those of xvm_host_imports.h. Must outlive the code.
    const xvm_host_import_t *imports;
    uint32_t import_count;
    const xvm_host_global_t *globals;
    uint32_t global_count;
} xvm_resolver_t;

typedef struct xvm_limits {
    uint32_t memory_pages_max;  // linear memory may grow to this, at most XVM_PAGES_MAX; the module's maximum counts too
    uint32_t frame_limit;       // Wasm frames, at most XVM_DEPTH_MAX
    uint32_t stack_limit;       // sum of computed frame costs in bytes, at most XVM_DEPTH_MAX
} xvm_limits_t;

#define XVM_DEPTH_MAX 0x7fffffffu
#define XVM_GAS_LIMIT_MAX ((int64_t)0x3fffffffffffffff)  // 2^62 - 1: the emitted counter cannot wrap
#define XVM_TABLE_SIZE_MAX 10000000u                     // entries; a bound on what a descriptor may make us reserve

// --- Code -----------------------------------------------------------------------------------------------------------

// Makes a Code from a descriptor, which must outlive it. Checks every number and pointer of the descriptor against
// xvm_abi.h. `error` may be NULL here and everywhere. The caller owns *code (xvm_release_code).
enum xvm_status xvm_new_code(const struct xvm_descriptor *descriptor, xvm_code_t **code, xvm_error_t *error);
// The same for a shared object: dlopen (now, local) of `path`, which holds a '/'. Released with the code.
enum xvm_status xvm_open_code(const char *path, xvm_code_t **code, xvm_error_t *error);
// Resolves every import and compares its type with its row. Once per code.
enum xvm_status xvm_init_code(xvm_code_t *code, const xvm_resolver_t *resolver, xvm_error_t *error);
// Frees the code; no context of it may live. NULL is allowed.
void xvm_release_code(xvm_code_t *code);

const struct xvm_descriptor *xvm_code_descriptor(const xvm_code_t *code);
// Greatest end of an active data segment with a constant offset, in bytes.
uint32_t xvm_mem_static_top(const xvm_code_t *code);
// Numbers of parameters and results of a function export; false: no such export.
bool xvm_export_arity(const xvm_code_t *code, uint32_t export_index, uint32_t *parameters, uint32_t *results);

// --- Context --------------------------------------------------------------------------------------------------------

// Reserves arena and tables for contexts of `code`, one at a time. All memory that the context will ever need is taken
// here, except what linear memory grows by. The caller owns *context (xvm_release_context).
enum xvm_status xvm_new_context(const xvm_code_t *code, xvm_context_t **context, xvm_error_t *error);
// A fresh instance: gas limit and depth first, imported globals, then the object's init (globals, segments, start), which
// runs on the invocation's gas. OK means that this ran: `completion` says how it ended, and only after RETURNED the
// context may be called. The context must be new or reset. gas_limit: 0 ... XVM_GAS_LIMIT_MAX.
enum xvm_status xvm_init_context(
    xvm_context_t *context, int64_t gas_limit, const xvm_limits_t *limits, xvm_completion_t *completion, xvm_error_t *error);
// Leaves no byte of what ran: memory, tables, globals, texts. Afterwards xvm_init_context may be called again.
enum xvm_status xvm_reset_context(xvm_context_t *context);
// Frees the context, whatever it holds. NULL is allowed. A running context stays as it is (BUSY).
enum xvm_status xvm_release_context(xvm_context_t *context);

// Calls a function export with the gas that is left. `slots`: `parameter_count` parameters in, results out, 64 bits each
// from slot 0; it has `slot_capacity` slots, at least as many as parameters and as results. After a trap or out of gas the
// gas is used up; xvm_reset_gas_used allows further calls on what the trap left behind (the specification's tests do that).
enum xvm_status xvm_call(
    xvm_context_t *context, uint32_t export_index, uint64_t *slots, uint32_t parameter_count, uint32_t slot_capacity,
    xvm_completion_t *completion, xvm_error_t *error);

// Like xvm_call with a gas of its own, of which nothing is charged: for what the host does to prepare a context.
enum xvm_status xvm_call_uncharged(
    xvm_context_t *context, int64_t gas, uint32_t export_index, uint64_t *slots, uint32_t parameter_count, uint32_t slot_capacity,
    xvm_completion_t *completion, xvm_error_t *error);
// For call_func: calls a function export of the context that runs, on its gas, at most XVM_INNER_FRAMES deep. Does not return where
// the contract traps: the contract's run ends. An inner call within an inner call traps callStackExhausted.
void xvm_call_inner(xvm_context_t *context, uint32_t export_index, uint64_t *slots);
#define XVM_INNER_FRAMES 64u
#define XVM_INNER_STACK 32768u  // bytes of computed frame cost

// Gas used since init or the last reset; exact inside a host function and between calls.
int64_t xvm_gas_used(const xvm_context_t *context);
// Gas that is left; exact inside a host function and between calls.
int64_t xvm_gas_left(const xvm_context_t *context);
// For call_func: takes `amount` (0 ... what is left) from the contract's gas, for work that was done for it elsewhere.
void xvm_charge_gas(xvm_context_t *context, int64_t amount);
// Sets the used gas back to 0; the limit stays.
void xvm_reset_gas_used(xvm_context_t *context);

const xvm_code_t *xvm_context_code(const xvm_context_t *context);
// A pointer of the embedder's, passed through: by it a host function knows whom it serves.
void xvm_set_user(xvm_context_t *context, void *user);
void *xvm_user(const xvm_context_t *context);

// --- Guest memory ---------------------------------------------------------------------------------------------------
// Addresses and sizes are guest's, checked in 64 bits without wrapping: a range that ends exactly at the end of memory is
// inside, also an empty one; an empty range behind the end is outside.

uint32_t xvm_memory_pages(const xvm_context_t *context);
uint64_t xvm_memory_size(const xvm_context_t *context);
// The bytes of [address, address + size), or NULL when they are not all inside. Valid until the context runs again.
uint8_t *xvm_memory(xvm_context_t *context, uint64_t address, uint64_t size);
// Copies out of or into memory; false, and nothing copied, when the range is not inside.
bool xvm_memory_read(xvm_context_t *context, uint64_t address, void *bytes, uint64_t size);
bool xvm_memory_write(xvm_context_t *context, uint64_t address, const void *bytes, uint64_t size);
bool xvm_memory_read_u32(xvm_context_t *context, uint64_t address, uint32_t *value);
bool xvm_memory_write_u32(xvm_context_t *context, uint64_t address, uint32_t value);
bool xvm_memory_read_u64(xvm_context_t *context, uint64_t address, uint64_t *value);
bool xvm_memory_write_u64(xvm_context_t *context, uint64_t address, uint64_t value);
// The bytes from `address` up to the first NUL, which is not counted in *size; NULL when memory ends before one.
const uint8_t *xvm_memory_string(xvm_context_t *context, uint64_t address, uint64_t *size);

// For call_func: keeps the first XVM_OUTPUT_MESSAGE_SIZE_MAX bytes of `text` and gives XVM_TRAP_HOST_ABORT to return.
enum xvm_trap xvm_abort(xvm_context_t *context, const void *text, uint64_t size);

// The specification's words for a trap ("out of bounds memory access"); static, never NULL.
const char *xvm_trap_text(enum xvm_trap trap);

#endif
