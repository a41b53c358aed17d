// SPDX-License-Identifier: Apache-2.0
// The host imports of xvm_host_imports.h as a resolver, over a small set of functions that reach the store (the port).
// Run by: the worker (the port is the ring) and in-process tests (the port is a dictionary). Everything that a contract may
// see of a failure is decided here, before the port is asked: ranges, sizes, counts.
#ifndef XVM_HOST_H
#define XVM_HOST_H

#include <stdbool.h>
#include <stdint.h>

#include "xvm.h"
#include "xvm_host_imports.h"
#include "xvm_wire.h"

#define XVM_SCAN_COUNT_DEFAULT 1000u  // items where scan's countMax is 0
// Greatest sizeMax of a NEW_ITERATOR: its RESULT (status, count, items) fits one message.
#define XVM_SCAN_SIZE_MAX (XVM_MESSAGE_SIZE_MAX - 8u)

// Bytes that somebody else owns.
struct xvm_bytes {
    const uint8_t *data;  // may be NULL when size is 0
    uint32_t size;
};

struct xvm_argument {
    struct xvm_bytes name;
    struct xvm_bytes value;
};

// Where a scan's items go: guest memory, in the contract's layout. Filled by xvm_scan_append alone.
struct xvm_scan_sink {
    uint8_t *buffer;
    uint32_t capacity;  // at most XVM_SCAN_SIZE_MAX
    uint32_t size;      // written so far
    uint32_t count;
    uint32_t count_max;
};
// Appends one item and says true; false, and nothing written, when it does not fit or there are count_max already.
bool xvm_scan_append(struct xvm_scan_sink *sink, struct xvm_bytes key, struct xvm_bytes value);

// A question beside objects (xvm_wire.h, ASK), and its answer.
struct xvm_ask {
    enum xvm_ask_call call;
    int64_t gas_left, gas_limit;
    struct xvm_bytes fields[XVM_ASK_FIELD_COUNT_MAX];
    uint32_t field_count;
};
struct xvm_reply {
    enum xvm_result status;  // FOUND, NOT_FOUND, REFUSED or ENDED
    int64_t gas_used;        // 0 ... gas_left
    int32_t code;
    uint32_t message_size, body_size;
    uint8_t message[XVM_OUTPUT_MESSAGE_SIZE_MAX];
    uint8_t body[XVM_REPLY_BODY_SIZE_MAX];
};

// How the imports reach the store. All sizes are within the limits of xvm_wire.h. Bytes may lie in guest memory: they are
// valid during the call only.
struct xvm_host_port {
    // FOUND: *size is the value's whole size and its first `capacity` bytes are in `buffer`; NOT_FOUND, DELETED: nothing.
    enum xvm_result (*get)(void *env, struct xvm_bytes key, uint8_t *buffer, uint32_t capacity, uint32_t *size);
    // FOUND: items of [start, limit) appended, none if there are none; TOO_SMALL: the first one does not fit the sink.
    enum xvm_result (*scan)(void *env, struct xvm_bytes start, struct xvm_bytes limit, struct xvm_scan_sink *sink);
    void (*put)(void *env, struct xvm_bytes key, struct xvm_bytes value);
    void (*remove)(void *env, struct xvm_bytes key);
    void (*log)(void *env, struct xvm_bytes text);
    void (*event)(void *env, struct xvm_bytes name, struct xvm_bytes body);
    // Fills `reply`. The fields and their lengths fit one message. NULL: nothing is answered.
    void (*ask)(void *env, const struct xvm_ask *ask, struct xvm_reply *reply);
    void *env;
};

// One invocation as the imports see it. The embedder fills the first part (the bytes must outlive the invocation) and reads
// the output; xvm_host_begin clears the rest. Set as the context's user pointer.
struct xvm_host {
    const struct xvm_host_port *port;
    struct xvm_bytes method, caller, initiator, amount;
    const struct xvm_argument *arguments;  // strictly ascending bytewise by name
    uint32_t argument_count;

    bool has_output;
    int32_t status;
    uint32_t message_size, body_size;
    uint32_t log_count, event_count;
    uint8_t message[XVM_OUTPUT_MESSAGE_SIZE_MAX];
    uint8_t body[XVM_OUTPUT_BODY_SIZE_MAX];
    struct xvm_reply reply;  // the last answer of `ask`

    // Of modules of emscripten: the export (i32) -> i32 that gives memory, or XVM_NO_EXPORT (set after xvm_host_begin); a response that
    // is to be fetched; a log line that is not ended yet.
    uint32_t malloc_export;
    bool is_response_pending, is_response_ok;
    uint32_t line_size;
    uint8_t line[XVM_LOG_SIZE_MAX];
};

// Before each invocation: no output, counters 0.
void xvm_host_begin(struct xvm_host *host);
// After each invocation, however it ended and before its outcome is told: log lines that wait.
void xvm_host_end(struct xvm_host *host);
// After xvm_init_context, for a module of emscripten: its stack begins at the result of the export `stack_alloc` (0), or behind its data
// where there is none, and its heap behind the stack, as XVM sets it up. RETURNED: done; else the invocation ended.
xvm_completion_t xvm_emscripten_prepare(xvm_context_t *context, uint32_t stack_alloc, int64_t gas_limit);
// The resolver of the standard table. Each context's user pointer must be its struct xvm_host.
xvm_resolver_t xvm_host_resolver(void);
// Bytewise order, a shorter one first where it is the beginning of the other: < 0, 0, > 0.
int xvm_bytes_compare(struct xvm_bytes a, struct xvm_bytes b);

#endif
