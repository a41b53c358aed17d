// SPDX-License-Identifier: Apache-2.0
// The functions that modules of XuperChain's C++ toolchain import, with XVM's behaviour (docs/contract-abi.md, "Contracts of XuperChain"), and
// the set-up of their stack. Run by: worker behind the run filter, in-process embedders.

#include "xvm_emscripten_imports.h"

#include <stdio.h>
#include <string.h>

#include "imports.h"
#include "sha256.h"

static struct answer abort_with(const struct call *call, const char *text) {
    return (struct answer){0, xvm_abort(call->context, text, strlen(text))};
}

#define ENDS_WITH(name, text)                                                                           \
    static struct answer name(const struct call *call) { return abort_with(call, text); }
ENDS_WITH(do_abort, "abort")
ENDS_WITH(do_allocate_exception, "allocate exception")
ENDS_WITH(do_throw, "throw")
ENDS_WITH(do_assert_fail, "assert_fail")
ENDS_WITH(do_cannot_grow, "cannot grow memory")
ENDS_WITH(do_stack_overflow, "stack overflow")
ENDS_WITH(do_llvm_trap, "llvm trap called")
ENDS_WITH(do_resize_heap, "emscripten_resize_heap not implemented")
ENDS_WITH(do_syscall140, "syscall140 not implemented")
ENDS_WITH(do_syscall6, "syscall6 not implemented")
ENDS_WITH(do_pure_virtual, "___cxa_pure_virtual not implemented")
#undef ENDS_WITH

static struct answer do_zero(const struct call *call) {
    (void)call;
    return answer(0);
}

static struct answer do_heap_size(const struct call *call) { return answer((int32_t)(uint32_t)xvm_memory_size(call->context)); }

static struct answer do_memcpy_big(const struct call *call) {
    uint32_t size = parameter(call, 2);
    uint8_t *to = xvm_memory(call->context, parameter(call, 0), size);
    const uint8_t *from = xvm_memory(call->context, parameter(call, 1), size);
    if (to == NULL || from == NULL) return outside;
    memmove(to, from, size);
    return answer((int32_t)size);
}

// --- Log lines ------------------------------------------------------------------------------------------------------

// A line goes out at each newline and where it is as long as one may be.
static void write_line(struct xvm_host *host, const uint8_t *bytes, uint32_t size) {
    while (size > 0) {
        const uint8_t *end = memchr(bytes, '\n', size);
        uint32_t count = end == NULL ? size : (uint32_t)(end - bytes);
        uint32_t room = (uint32_t)sizeof host->line - host->line_size;
        uint32_t taken = count < room ? count : room;
        memcpy(host->line + host->line_size, bytes, taken);
        host->line_size += taken;
        if (end != NULL && taken == count) {
            xvm_import_log(host, (struct xvm_bytes){host->line, host->line_size});
            host->line_size = 0;
            taken += 1;
        } else if (host->line_size == sizeof host->line) {
            xvm_import_log(host, (struct xvm_bytes){host->line, host->line_size});
            host->line_size = 0;
        }
        bytes += taken;
        size -= taken;
    }
}

// writev: the second parameter points to {fd, iov, count}.
static struct answer do_writev(const struct call *call) {
    uint32_t arguments[3];
    if (!xvm_memory_read(call->context, parameter(call, 1), arguments, sizeof arguments)) return outside;
    if (arguments[0] != 1 && arguments[0] != 2) return answer(-9);
    // The list lies in memory, so its count bounds the work.
    if (xvm_memory(call->context, arguments[1], 8ull * arguments[2]) == NULL) return outside;
    uint32_t total = 0;
    for (uint32_t i = 0; i < arguments[2]; i++) {
        uint32_t part[2];
        if (!xvm_memory_read(call->context, arguments[1] + 8ull * i, part, sizeof part)) return outside;
        const uint8_t *bytes = xvm_memory(call->context, part[0], part[1]);
        if (bytes == NULL) return outside;
        // What is dropped anyway is not looked at: the work stays in proportion to what is kept.
        if (call->host->log_count < XVM_LOG_COUNT_MAX) write_line(call->host, bytes, part[1]);
        total += part[1];
    }
    return answer((int32_t)total);
}

// --- The bridge -----------------------------------------------------------------------------------------------------

// Asks; afterwards the response lies in host->reply.body and host->is_response_ok says which kind it is.
static bool ask(const struct call *call, struct answer *given) {
    struct xvm_host *host = call->host;
    struct xvm_ask question = {.call = XVM_ASK_SYSCALL, .gas_limit = -1, .field_count = 2};
    host->is_response_pending = false;
    if (!range(call, 0, &question.fields[0]) || !range(call, 2, &question.fields[1])) {
        *given = outside;
        return false;
    }
    host->is_response_ok = xvm_import_ask(call, &question, given);
    if (host->is_response_ok) return true;
    if (given->trap != XVM_TRAP_NONE) return false;
    if (host->reply.body_size == 0) {
        // Decided here: too large for a message, or nobody to ask.
        const char *text = given->value == XVM_CONTRACT_UNSUPPORTED ? "syscall method not found" : "request exceeds the largest message";
        host->reply.body_size = (uint32_t)strlen(text);
        memcpy(host->reply.body, text, host->reply.body_size);
    }
    return true;
}

static struct answer do_call_method(const struct call *call) {
    struct answer given;
    if (!ask(call, &given)) return given;
    call->host->is_response_pending = true;
    return answer((int32_t)call->host->reply.body_size);
}

static struct answer do_call_method_v2(const struct call *call) {
    struct answer given;
    struct xvm_host *host = call->host;
    if (!ask(call, &given)) return given;
    uint8_t *to;
    uint32_t capacity;
    if (!buffer(call, 4, &to, &capacity)) return outside;
    if (host->reply.body_size > capacity) {
        host->is_response_pending = true;
        return answer((int32_t)host->reply.body_size);
    }
    memcpy(to, host->reply.body, host->reply.body_size);
    if (!xvm_memory_write_u32(call->context, parameter(call, 6), host->is_response_ok)) return outside;
    return answer((int32_t)host->reply.body_size);
}

static struct answer do_fetch_response(const struct call *call) {
    struct xvm_host *host = call->host;
    if (!host->is_response_pending) return abort_with(call, "call fetchResponse on nil value");
    uint8_t *to;
    uint32_t size;
    if (!buffer(call, 0, &to, &size)) return outside;
    if (size != host->reply.body_size) {
        char text[96];
        (void)snprintf(text, sizeof text, "call fetchResponse with bad length, got %u, expect %u", size, host->reply.body_size);
        return abort_with(call, text);
    }
    memcpy(to, host->reply.body, size);
    host->is_response_pending = false;
    return answer(host->is_response_ok);
}

// --- Hash and codec -------------------------------------------------------------------------------------------------

// Whether the C string at parameter 0 is `name`. `given` is set where it is not.
static bool is_named(const struct call *call, const char *what, const char *name, struct answer *given) {
    uint64_t size = 0;
    const uint8_t *text = xvm_memory_string(call->context, parameter(call, 0), &size);
    if (text == NULL) {
        *given = outside;
        return false;
    }
    if (size == strlen(name) && memcmp(text, name, size) == 0) return true;
    char message[160];
    int shown = size < 64 ? (int)size : 64;
    int length = snprintf(message, sizeof message, "%s %.*s not found", what, shown, (const char *)text);
    *given = (struct answer){0, xvm_abort(call->context, message, (uint64_t)length)};
    return false;
}

static struct answer do_hash(const struct call *call) {
    struct answer given;
    struct xvm_bytes input;
    if (!is_named(call, "hash", "sha256", &given)) return given;
    if (!range(call, 1, &input)) return outside;
    uint8_t *to;
    uint32_t capacity;
    if (!buffer(call, 3, &to, &capacity)) return outside;
    uint8_t digest[32];
    xvm_sha256(input.data, input.size, digest);
    memcpy(to, digest, capacity < sizeof digest ? capacity : sizeof digest);
    return answer(0);
}

// Memory from the contract itself, on its gas. False: `given` is set.
static bool allocate(const struct call *call, uint32_t size, uint32_t *address, struct answer *given) {
    if (call->host->malloc_export == XVM_NO_EXPORT) {
        *given = abort_with(call, "malloc not found");
        return false;
    }
    uint64_t slots[1] = {size};
    xvm_call_inner(call->context, call->host->malloc_export, slots);
    *address = (uint32_t)slots[0];
    if (*address != 0) return true;
    *given = abort_with(call, "run out of memory");
    return false;
}

static bool give_allocated(const struct call *call, uint32_t address, uint32_t size, struct answer *given) {
    *given = outside;
    return xvm_memory_write_u32(call->context, parameter(call, 3), address)
        && xvm_memory_write_u32(call->context, parameter(call, 4), size);
}

static struct answer do_encode(const struct call *call) {
    static const char digits[] = "0123456789abcdef";
    struct answer given;
    struct xvm_bytes input;
    if (!is_named(call, "codec", "hex", &given)) return given;
    if (!range(call, 1, &input)) return outside;
    if (input.size > UINT32_MAX / 2) return outside;
    uint32_t address;
    if (!allocate(call, 2 * input.size, &address, &given)) return given;
    uint8_t *to = xvm_memory(call->context, address, 2ull * input.size);
    if (to == NULL) return outside;
    // A hostile malloc may give the input itself: each byte is read before its digits are written, from the end.
    for (uint32_t i = input.size; i > 0; i--) {
        uint8_t byte = input.data[i - 1];
        to[2 * i - 1] = (uint8_t)digits[byte & 15];
        to[2 * i - 2] = (uint8_t)digits[byte >> 4];
    }
    return give_allocated(call, address, 2 * input.size, &given) ? answer(0) : given;
}

static int digit(uint8_t byte) {
    if (byte >= '0' && byte <= '9') return byte - '0';
    if (byte >= 'a' && byte <= 'f') return byte - 'a' + 10;
    if (byte >= 'A' && byte <= 'F') return byte - 'A' + 10;
    return -1;
}

static struct answer do_decode(const struct call *call) {
    struct answer given;
    struct xvm_bytes input;
    if (!is_named(call, "codec", "hex", &given)) return given;
    if (!range(call, 1, &input)) return outside;
    for (uint32_t i = 0; i < input.size; i++) {
        if (digit(input.data[i]) < 0) return answer(1);
    }
    if (input.size % 2 != 0) return answer(1);
    uint32_t address;
    if (!allocate(call, input.size / 2, &address, &given)) return given;
    uint8_t *to = xvm_memory(call->context, address, input.size / 2);
    if (to == NULL) return outside;
    // malloc is the contract's: it may have changed the input, so digits are masked.
    for (uint32_t i = 0; i < input.size / 2; i++) {
        int high = digit(input.data[2 * i]), low = digit(input.data[2 * i + 1]);
        to[i] = (uint8_t)(((unsigned)high & 15u) << 4 | ((unsigned)low & 15u));
    }
    return give_allocated(call, address, input.size / 2, &given) ? answer(0) : given;
}

// --- Signatures: the host's work, for there shall be no large code beside the contract ---------------------------------

static struct answer do_ecverify(const struct call *call) {
    struct xvm_ask question = {.call = XVM_ASK_VERIFY_SIGNATURE, .gas_limit = -1, .field_count = 3};
    for (uint32_t i = 0; i < 3; i++) {
        if (!range(call, 2 * i, &question.fields[i])) return outside;
    }
    struct answer given;
    if (xvm_import_ask(call, &question, &given)) return answer(call->host->reply.code);
    return given.trap != XVM_TRAP_NONE ? given : answer(-1);
}

static struct answer do_address(const struct call *call) {
    struct xvm_ask question = {.call = XVM_ASK_KEY_ADDRESS, .gas_limit = -1, .field_count = 1};
    if (!range(call, 0, &question.fields[0])) return outside;
    struct answer given;
    struct xvm_host *host = call->host;
    if (!xvm_import_ask(call, &question, &given)) return given.trap != XVM_TRAP_NONE ? given : answer(0);
    uint32_t address;
    uint32_t size = host->reply.body_size;
    if (!allocate(call, size + 1, &address, &given)) return given;
    uint8_t *to = xvm_memory(call->context, address, size + 1ull);
    if (to == NULL) return outside;
    memcpy(to, host->reply.body, size);
    to[size] = 0;
    return answer((int32_t)address);
}

// --- The table ------------------------------------------------------------------------------------------------------

#define FIRST XVM_EMSCRIPTEN_FIRST
static xvm_import_body *const bodies[] = {
    [100 - FIRST] = do_memcpy_big, [101 - FIRST] = do_heap_size, [102 - FIRST] = do_heap_size, [103 - FIRST] = do_writev,
    [104 - FIRST] = do_zero, [105 - FIRST] = do_zero, [106 - FIRST] = do_zero, [107 - FIRST] = do_zero, [108 - FIRST] = do_zero,
    [109 - FIRST] = do_zero, [110 - FIRST] = do_zero, [111 - FIRST] = do_zero, [112 - FIRST] = do_zero,
    [113 - FIRST] = do_resize_heap, [114 - FIRST] = do_syscall140, [115 - FIRST] = do_syscall6, [116 - FIRST] = do_pure_virtual,
    [117 - FIRST] = do_abort, [118 - FIRST] = do_abort, [119 - FIRST] = do_allocate_exception, [120 - FIRST] = do_throw,
    [121 - FIRST] = do_assert_fail, [122 - FIRST] = do_assert_fail, [123 - FIRST] = do_assert_fail, [124 - FIRST] = do_assert_fail,
    [125 - FIRST] = do_assert_fail, [126 - FIRST] = do_assert_fail, [127 - FIRST] = do_assert_fail, [128 - FIRST] = do_cannot_grow,
    [129 - FIRST] = do_stack_overflow, [130 - FIRST] = do_llvm_trap, [131 - FIRST] = do_hash, [132 - FIRST] = do_encode,
    [133 - FIRST] = do_decode, [134 - FIRST] = do_ecverify, [135 - FIRST] = do_address, [136 - FIRST] = do_call_method_v2,
    [137 - FIRST] = do_call_method, [138 - FIRST] = do_fetch_response,
};
#define COUNT (sizeof bodies / sizeof bodies[0])

xvm_import_body *xvm_emscripten_body(uint32_t number) {
    if (number < FIRST) return NULL;
    uint32_t index = number - FIRST;
    if (index >= XVM_EMSCRIPTEN_ALIAS) index -= XVM_EMSCRIPTEN_ALIAS;
    return index < COUNT ? bodies[index] : NULL;
}

// --- The stack ------------------------------------------------------------------------------------------------------

static xvm_completion_t refused(int64_t gas_limit, const char *text) {
    return (xvm_completion_t){
        .ending = XVM_ENDING_TRAPPED, .trap = XVM_TRAP_HOST_ABORT, .gas_used = gas_limit,
        .text = (const uint8_t *)text, .text_size = (uint32_t)strlen(text),
    };
}

xvm_completion_t xvm_emscripten_prepare(xvm_context_t *context, uint32_t stack_alloc, int64_t gas_limit) {
    if (xvm_code_descriptor(xvm_context_code(context))->memory_count == 0) return refused(gas_limit, "no memory");
    if (xvm_memory_size(context) <= XVM_EMSCRIPTEN_HEAP_POINTER) return refused(gas_limit, "bad memory size");
    uint64_t base = ((uint64_t)xvm_mem_static_top(xvm_context_code(context)) + 4095u) & ~(uint64_t)4095u;
    xvm_completion_t completion = {.ending = XVM_ENDING_RETURNED};
    if (stack_alloc != XVM_NO_EXPORT) {
        uint64_t slots[1] = {0};
        enum xvm_status status =
            xvm_call_uncharged(context, XVM_EMSCRIPTEN_PROBE_GAS, stack_alloc, slots, 1, 1, &completion, NULL);
        if (status != XVM_STATUS_OK) return refused(gas_limit, "stackAlloc cannot be called");
        if (completion.ending != XVM_ENDING_RETURNED) {
            completion.gas_used = gas_limit;
            return completion;
        }
        base = (uint32_t)slots[0];
    }
    // The sum wraps as the contract's own 32-bit arithmetic would.
    (void)xvm_memory_write_u32(context, XVM_EMSCRIPTEN_HEAP_POINTER, (uint32_t)(base + XVM_EMSCRIPTEN_STACK_SIZE));
    return completion;
}
