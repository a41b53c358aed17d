// SPDX-License-Identifier: Apache-2.0
// What the bodies of host imports share (host_imports.c, emscripten.c); nobody else includes it. Run by: worker and in-process embedders.
#ifndef XVM_RUNTIME_IMPORTS_H
#define XVM_RUNTIME_IMPORTS_H

#include <stdbool.h>
#include <stdint.h>

#include "xvm_host.h"

// A call of an import: who is served, and the parameters. A parameter is the low half of its slot.
struct call {
    struct xvm_host *host;
    xvm_context_t *context;
    uint64_t *slots;
};

// What a body returns: an i32 for the contract, and whether the call ends with a trap instead.
struct answer {
    int32_t value;
    enum xvm_trap trap;
};

typedef struct answer xvm_import_body(const struct call *);

static const struct answer outside = {0, XVM_TRAP_OUT_OF_BOUNDS_MEMORY_ACCESS};

static inline struct answer answer(int32_t value) { return (struct answer){value, XVM_TRAP_NONE}; }

static inline uint32_t parameter(const struct call *call, uint32_t index) { return (uint32_t)call->slots[index]; }

// The guest range whose address is parameter `index` and whose size the next one. False: not inside memory.
static inline bool range(const struct call *call, uint32_t index, struct xvm_bytes *bytes) {
    bytes->size = parameter(call, index + 1);
    bytes->data = xvm_memory(call->context, parameter(call, index), bytes->size);
    return bytes->data != NULL;
}

// The same for a range that the import writes.
static inline bool buffer(const struct call *call, uint32_t index, uint8_t **data, uint32_t *size) {
    *size = parameter(call, index + 1);
    *data = xvm_memory(call->context, parameter(call, index), *size);
    return *data != NULL;
}

// host_imports.c: asks, charges what it cost, and ends the contract where the host says so. False: `given` is what the import returns.
bool xvm_import_ask(const struct call *call, struct xvm_ask *ask, struct answer *given);
// host_imports.c: a log line of the contract's, cut and counted.
void xvm_import_log(struct xvm_host *host, struct xvm_bytes text);
// emscripten.c: the body of a row of xvm_emscripten_imports.h; NULL: no such row.
xvm_import_body *xvm_emscripten_body(uint32_t number);

#endif
