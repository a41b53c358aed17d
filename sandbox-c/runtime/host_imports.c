// SPDX-License-Identifier: Apache-2.0
// The bodies of the imports in xvm_host_imports.h. Run by: worker behind the run filter, in-process embedders.
// Each body checks in this order: every range (trap), every size (contract error), then acts.

#include "xvm_host_imports.h"

#include <string.h>

#include "imports.h"
#include "xvm_emscripten_imports.h"
#include "xvm_host.h"

// Copies as much as fits and gives the whole size. `to` and `bytes` do not overlap: these bytes are the host's own.
static struct answer give(uint8_t *to, uint32_t capacity, struct xvm_bytes bytes) {
    uint32_t count = bytes.size < capacity ? bytes.size : capacity;
    if (count > 0) memcpy(to, bytes.data, count);
    return answer((int32_t)bytes.size);
}

int xvm_bytes_compare(struct xvm_bytes a, struct xvm_bytes b) {
    uint32_t common = a.size < b.size ? a.size : b.size;
    int order = common == 0 ? 0 : memcmp(a.data, b.data, common);
    if (order != 0) return order;
    return a.size < b.size ? -1 : a.size > b.size;
}

bool xvm_scan_append(struct xvm_scan_sink *sink, struct xvm_bytes key, struct xvm_bytes value) {
    uint64_t size = 8ull + key.size + value.size;
    if (sink->count >= sink->count_max || size > sink->capacity - sink->size) return false;
    uint8_t *to = sink->buffer + sink->size;
    memcpy(to, &key.size, 4);
    memcpy(to + 4, &value.size, 4);
    if (key.size > 0) memcpy(to + 8, key.data, key.size);
    if (value.size > 0) memcpy(to + 8 + key.size, value.data, value.size);
    sink->size += (uint32_t)size;
    sink->count += 1;
    return true;
}

// --- State ----------------------------------------------------------------------------------------------------------

static struct answer do_get(const struct call *call) {
    struct xvm_bytes key;
    uint8_t *to;
    uint32_t capacity;
    if (!range(call, 0, &key) || !buffer(call, 2, &to, &capacity)) return outside;
    if (key.size > XVM_KEY_SIZE_MAX) return answer(XVM_CONTRACT_KEY_SIZE);
    uint32_t size = 0;
    const struct xvm_host_port *port = call->host->port;
    enum xvm_result result = port->get(port->env, key, to, capacity, &size);
    return answer(result == XVM_RESULT_FOUND ? (int32_t)size : XVM_CONTRACT_NOT_FOUND);
}

static struct answer do_put(const struct call *call) {
    struct xvm_bytes key, value;
    if (!range(call, 0, &key) || !range(call, 2, &value)) return outside;
    if (key.size > XVM_KEY_SIZE_MAX) return answer(XVM_CONTRACT_KEY_SIZE);
    if (value.size > XVM_VALUE_SIZE_MAX) return answer(XVM_CONTRACT_VALUE_SIZE);
    call->host->port->put(call->host->port->env, key, value);
    return answer(0);
}

static struct answer do_delete(const struct call *call) {
    struct xvm_bytes key;
    if (!range(call, 0, &key)) return outside;
    if (key.size > XVM_KEY_SIZE_MAX) return answer(XVM_CONTRACT_KEY_SIZE);
    call->host->port->remove(call->host->port->env, key);
    return answer(0);
}

static struct answer do_scan(const struct call *call) {
    struct xvm_bytes start, limit;
    struct xvm_scan_sink sink = {.count_max = parameter(call, 4)};
    if (!range(call, 0, &start) || !range(call, 2, &limit) || !buffer(call, 5, &sink.buffer, &sink.capacity)) return outside;
    if (start.size > XVM_BOUND_SIZE_MAX || limit.size > XVM_BOUND_SIZE_MAX) return answer(XVM_CONTRACT_KEY_SIZE);
    if (limit.size > 0 && xvm_bytes_compare(start, limit) > 0) return answer(XVM_CONTRACT_RANGE);
    if (sink.capacity > XVM_SCAN_SIZE_MAX) sink.capacity = XVM_SCAN_SIZE_MAX;
    if (sink.count_max == 0) sink.count_max = XVM_SCAN_COUNT_DEFAULT;
    const struct xvm_host_port *port = call->host->port;
    enum xvm_result result = port->scan(port->env, start, limit, &sink);
    return answer(result == XVM_RESULT_FOUND ? (int32_t)sink.size : XVM_CONTRACT_BUFFER_SIZE);
}

// --- The call -------------------------------------------------------------------------------------------------------

static struct answer do_argument(const struct call *call) {
    struct xvm_bytes name;
    uint8_t *to;
    uint32_t capacity;
    if (!range(call, 0, &name) || !buffer(call, 2, &to, &capacity)) return outside;
    const struct xvm_host *host = call->host;
    uint32_t low = 0;
    uint32_t high = host->argument_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = xvm_bytes_compare(host->arguments[middle].name, name);
        if (order == 0) return give(to, capacity, host->arguments[middle].value);
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return answer(XVM_CONTRACT_NOT_FOUND);
}

static struct answer do_argument_at(const struct call *call) {
    uint8_t *name, *value;
    uint32_t name_capacity, value_capacity;
    if (!buffer(call, 1, &name, &name_capacity) || !buffer(call, 3, &value, &value_capacity)) return outside;
    uint8_t *sizes = xvm_memory(call->context, parameter(call, 5), 8);
    if (sizes == NULL) return outside;
    uint32_t index = parameter(call, 0);
    if (index >= call->host->argument_count) return answer(XVM_CONTRACT_NOT_FOUND);
    const struct xvm_argument *argument = &call->host->arguments[index];
    (void)give(name, name_capacity, argument->name);
    (void)give(value, value_capacity, argument->value);
    memcpy(sizes, &argument->name.size, 4);
    memcpy(sizes + 4, &argument->value.size, 4);
    return answer(0);
}

static struct answer do_text(const struct call *call, struct xvm_bytes text) {
    uint8_t *to;
    uint32_t capacity;
    if (!buffer(call, 0, &to, &capacity)) return outside;
    return give(to, capacity, text);
}

static struct answer do_method(const struct call *call) { return do_text(call, call->host->method); }
static struct answer do_caller(const struct call *call) { return do_text(call, call->host->caller); }
static struct answer do_initiator(const struct call *call) { return do_text(call, call->host->initiator); }
static struct answer do_amount(const struct call *call) { return do_text(call, call->host->amount); }

// --- What the call leaves -------------------------------------------------------------------------------------------

static struct answer do_output(const struct call *call) {
    struct xvm_bytes message, body;
    if (!range(call, 1, &message) || !range(call, 3, &body)) return outside;
    struct xvm_host *host = call->host;
    if (message.size > sizeof host->message || body.size > sizeof host->body) return answer(XVM_CONTRACT_VALUE_SIZE);
    host->has_output = true;
    host->status = (int32_t)parameter(call, 0);
    host->message_size = message.size;
    host->body_size = body.size;
    memcpy(host->message, message.data, message.size);
    memcpy(host->body, body.data, body.size);
    return answer(0);
}

void xvm_import_log(struct xvm_host *host, struct xvm_bytes text) {
    static const char last[] = "log lines dropped: limit 1024 per invocation";
    _Static_assert(XVM_LOG_COUNT_MAX == 1024, "the text of the last line names the limit");
    if (host->log_count >= XVM_LOG_COUNT_MAX) return;
    host->log_count += 1;
    if (host->log_count == XVM_LOG_COUNT_MAX) text = (struct xvm_bytes){(const uint8_t *)last, sizeof last - 1};
    if (text.size > XVM_LOG_SIZE_MAX) text.size = XVM_LOG_SIZE_MAX;
    host->port->log(host->port->env, text);
}

static struct answer do_log(const struct call *call) {
    struct xvm_bytes text;
    if (!range(call, 0, &text)) return outside;
    xvm_import_log(call->host, text);
    return answer(0);
}

static struct answer do_event(const struct call *call) {
    struct xvm_bytes name, body;
    if (!range(call, 0, &name) || !range(call, 2, &body)) return outside;
    if (name.size > XVM_EVENT_NAME_SIZE_MAX || body.size > XVM_EVENT_BODY_SIZE_MAX) return answer(XVM_CONTRACT_VALUE_SIZE);
    struct xvm_host *host = call->host;
    if (host->event_count >= XVM_EVENT_COUNT_MAX) return answer(XVM_CONTRACT_COUNT);
    host->event_count += 1;
    host->port->event(host->port->env, name, body);
    return answer(0);
}

static struct answer do_abort(const struct call *call) {
    struct xvm_bytes text;
    if (!range(call, 0, &text)) return outside;
    return (struct answer){0, xvm_abort(call->context, text.data, text.size)};
}

// --- What the host does beside objects ------------------------------------------------------------------------------

// Asks, charges what it cost, and ends the contract where the host says so. False: `given` is what the import returns.
bool xvm_import_ask(const struct call *call, struct xvm_ask *ask, struct answer *given) {
    struct xvm_host *host = call->host;
    uint64_t size = XVM_ASK_FIXED_SIZE;
    for (uint32_t i = 0; i < ask->field_count; i++) size += 4ull + ask->fields[i].size;
    host->reply.code = 0;
    host->reply.message_size = 0;
    host->reply.body_size = 0;
    if (size > XVM_MESSAGE_SIZE_MAX) {
        *given = answer(XVM_CONTRACT_ARGUMENTS);
        return false;
    }
    if (host->port->ask == NULL) {
        *given = answer(XVM_CONTRACT_UNSUPPORTED);
        return false;
    }
    ask->gas_left = xvm_gas_left(call->context);
    host->port->ask(host->port->env, ask, &host->reply);
    xvm_charge_gas(call->context, host->reply.gas_used);
    if (host->reply.status == XVM_RESULT_ENDED) {
        enum xvm_trap trap = (enum xvm_trap)host->reply.code;
        if (trap == XVM_TRAP_HOST_ABORT) trap = xvm_abort(call->context, host->reply.message, host->reply.message_size);
        *given = (struct answer){0, trap};
        return false;
    }
    if (host->reply.status == XVM_RESULT_NOT_FOUND || host->reply.status == XVM_RESULT_REFUSED) {
        *given = answer(host->reply.status == XVM_RESULT_NOT_FOUND ? XVM_CONTRACT_NOT_FOUND : host->reply.code);
        host->reply.code = 0;  // nobody gave a status
        return false;
    }
    return true;
}

static struct answer do_contract_call(const struct call *call) {
    struct xvm_ask ask = {.call = XVM_ASK_CONTRACT_CALL, .gas_limit = (int64_t)call->slots[6], .field_count = 3};
    if (!range(call, 0, &ask.fields[0]) || !range(call, 2, &ask.fields[1]) || !range(call, 4, &ask.fields[2])) return outside;
    if (ask.gas_limit < 0) ask.gas_limit = -1;
    struct answer given;
    if (!xvm_import_ask(call, &ask, &given)) return given;
    return answer(call->host->reply.code < 400 ? 0 : 1);
}

static struct answer do_cross_query(const struct call *call) {
    struct xvm_ask ask = {.call = XVM_ASK_CROSS_QUERY, .gas_limit = -1, .field_count = 2};
    if (!range(call, 0, &ask.fields[0]) || !range(call, 2, &ask.fields[1])) return outside;
    struct answer given;
    if (!xvm_import_ask(call, &ask, &given)) return given;
    return answer(call->host->reply.code < 400 ? 0 : 1);
}

static struct answer do_answer_status(const struct call *call) { return answer(call->host->reply.code); }

static struct answer do_answer_message(const struct call *call) {
    return do_text(call, (struct xvm_bytes){call->host->reply.message, call->host->reply.message_size});
}

static struct answer do_answer_body(const struct call *call) {
    return do_text(call, (struct xvm_bytes){call->host->reply.body, call->host->reply.body_size});
}

static struct answer do_transfer(const struct call *call) {
    struct xvm_ask ask = {.call = XVM_ASK_TRANSFER, .gas_limit = -1, .field_count = 2};
    if (!range(call, 0, &ask.fields[0]) || !range(call, 2, &ask.fields[1])) return outside;
    struct answer given;
    return xvm_import_ask(call, &ask, &given) ? answer(0) : given;
}

// A question by name whose answer is bytes.
static struct answer look_up(const struct call *call, enum xvm_ask_call what, uint32_t buffer_index) {
    struct xvm_ask ask = {.call = what, .gas_limit = -1};
    if (buffer_index > 0) {
        if (!range(call, 0, &ask.fields[0])) return outside;
        ask.field_count = 1;
    }
    uint8_t *to;
    uint32_t capacity;
    if (!buffer(call, buffer_index, &to, &capacity)) return outside;
    struct answer given;
    if (!xvm_import_ask(call, &ask, &given)) return given;
    return give(to, capacity, (struct xvm_bytes){call->host->reply.body, call->host->reply.body_size});
}

static struct answer do_query_transaction(const struct call *call) { return look_up(call, XVM_ASK_TRANSACTION, 2); }
static struct answer do_query_block(const struct call *call) { return look_up(call, XVM_ASK_BLOCK, 2); }
static struct answer do_account_addresses(const struct call *call) { return look_up(call, XVM_ASK_ACCOUNT_ADDRESSES, 2); }
static struct answer do_auth_require(const struct call *call) { return look_up(call, XVM_ASK_AUTH_REQUIRE, 0); }

// --- The resolver ---------------------------------------------------------------------------------------------------

// By the row's number, which is also the handle, so a call needs no search.
static xvm_import_body *const bodies[] = {
    [1] = do_get,   [2] = do_put,    [3] = do_delete,    [4] = do_scan,    [5] = do_argument, [6] = do_method, [7] = do_caller,
    [8] = do_initiator, [9] = do_amount, [10] = do_output, [11] = do_log, [12] = do_event, [13] = do_abort, [14] = do_argument_at,
    [15] = do_contract_call, [16] = do_answer_status, [17] = do_answer_message, [18] = do_answer_body, [19] = do_transfer,
    [20] = do_query_transaction, [21] = do_query_block, [22] = do_account_addresses, [23] = do_auth_require,
    [24] = do_cross_query,
};

struct row {
    uint32_t number;
    const char *module, *name;
};
#define ROW(number, module, name, parameters, results) {number, module, name},
static const struct row rows[] = {XVM_HOST_IMPORT_TABLE(ROW)};
#undef ROW
_Static_assert(
    sizeof rows / sizeof rows[0] + 1 == sizeof bodies / sizeof bodies[0], "each row of xvm_host_imports.h has a body");
#define ROW(number, module, name, parameters, results) {number, module, name},
static const struct row emscripten_rows[] = {XVM_EMSCRIPTEN_IMPORT_TABLE(ROW)};
#undef ROW

static uint32_t resolve(void *env, const char *module, const char *name) {
    (void)env;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (strcmp(rows[i].module, module) == 0 && strcmp(rows[i].name, name) == 0) return rows[i].number;
    }
    for (size_t i = 0; i < sizeof emscripten_rows / sizeof emscripten_rows[0]; i++) {
        const struct row *row = &emscripten_rows[i];
        if (strcmp(row->module, module) == 0 && strcmp(row->name, name) == 0) {
            return xvm_emscripten_body(row->number) == NULL ? 0 : row->number;
        }
    }
    return 0;
}

static bool resolve_global(void *env, const char *module, const char *name, uint64_t *bits) {
    (void)env;
#define ROW(number, module, name, kind, bits) {module, name, bits},
    static const struct {
        const char *module, *name;
        uint64_t bits;
    } values[] = {XVM_HOST_GLOBAL_TABLE(ROW)};
#undef ROW
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        if (strcmp(values[i].module, module) != 0 || strcmp(values[i].name, name) != 0) continue;
        *bits = values[i].bits;
        return true;
    }
    return false;
}

static enum xvm_trap call_import(void *env, uint32_t handle, xvm_context_t *context, uint64_t *slots, uint32_t count) {
    (void)env;
    (void)count;  // xvm_init_code compared the types with the rows
    struct call call = {xvm_user(context), context, slots};
    xvm_import_body *body = handle < XVM_EMSCRIPTEN_FIRST ? bodies[handle] : xvm_emscripten_body(handle);
    struct answer given = body(&call);
    // `abort` alone has no result, and it never returns.
    if (given.trap == XVM_TRAP_NONE) slots[0] = (uint32_t)given.value;
    return given.trap;
}

xvm_resolver_t xvm_host_resolver(void) {
    return (xvm_resolver_t){.resolve_func = resolve, .resolve_global = resolve_global, .call_func = call_import};
}

void xvm_host_begin(struct xvm_host *host) {
    host->has_output = false;
    host->status = 0;
    host->message_size = 0;
    host->body_size = 0;
    host->log_count = 0;
    host->event_count = 0;
    host->reply.code = 0;
    host->reply.message_size = 0;
    host->reply.body_size = 0;
    host->line_size = 0;
    host->is_response_pending = false;
    host->malloc_export = XVM_NO_EXPORT;
}

void xvm_host_end(struct xvm_host *host) {
    if (host->line_size > 0) xvm_import_log(host, (struct xvm_bytes){host->line, host->line_size});
    host->line_size = 0;
}
