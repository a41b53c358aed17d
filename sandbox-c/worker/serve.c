// SPDX-License-Identifier: Apache-2.0
// Invocations in, syscalls out, outcomes back, as xvm_wire.h lays them out. Run by: the worker behind its run filter
// (xvm_serve_prepare before it). Nothing here allocates; what a frame says is checked before it is used.

#include "serve.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "xvm_host.h"
#include "xvm_ring.h"
#include "xvm_wire.h"
#include "xvm_zygote.h"

// Posted frames become visible when this many bytes wait, and with every frame that the host answers.
#define BATCH_SIZE 4096u
#define SLOTS_MAX 1000u               // xvm_new_code refuses types with more
#define OUTCOME_FIXED_SIZE 32u        // an OUTCOME without message, body and slots

static struct server {
    struct xvm_channel *channel;
    xvm_code_t *code;
    xvm_context_t *context;
    uint32_t correlation;  // of the invocation that runs
    uint32_t pending;      // bytes committed and not published
    struct xvm_host_port port;
} server;

// Large; pages that no message reaches are never touched. Common, because the linker puts that behind all other data: what every worker
// writes before its first invocation then lies together, and costs an idle one a page less.
__attribute__((common)) struct xvm_serve_room {
    struct xvm_host host;
    struct xvm_argument arguments[XVM_ARGUMENT_COUNT_MAX];
    uint64_t slots[SLOTS_MAX];
    // Private copies.
    uint8_t invocation[XVM_MESSAGE_SIZE_MAX];  // host points into it
    uint8_t result[XVM_MESSAGE_SIZE_MAX];      // of one that came in pieces
} xvm_serve_room;

static _Noreturn void breach(void) { _exit(XVM_EXIT_PROTOCOL); }

// --- Bytes ----------------------------------------------------------------------------------------------------------

// A cursor that stops at the end: reads beyond it are a breach of the host's.
struct reader {
    const uint8_t *at;
    size_t left;
};

static const uint8_t *take(struct reader *reader, size_t size) {
    if (size > reader->left) breach();
    const uint8_t *bytes = reader->at;
    reader->at += size;
    reader->left -= size;
    return bytes;
}

static uint32_t take_u32(struct reader *reader) {
    uint32_t value;
    memcpy(&value, take(reader, sizeof value), sizeof value);
    return value;
}

static uint64_t take_u64(struct reader *reader) {
    uint64_t value;
    memcpy(&value, take(reader, sizeof value), sizeof value);
    return value;
}

static struct xvm_bytes take_bytes(struct reader *reader) {
    uint32_t size = take_u32(reader);
    return (struct xvm_bytes){take(reader, size), size};
}

static void finish(const struct reader *reader) {
    if (reader->left != 0) breach();
}

static uint8_t *write_u32(uint8_t *to, uint32_t value) {
    memcpy(to, &value, sizeof value);
    return to + sizeof value;
}

static uint8_t *write_bytes(uint8_t *to, struct xvm_bytes bytes) {
    to = write_u32(to, bytes.size);
    if (bytes.size > 0) memcpy(to, bytes.data, bytes.size);
    return to + bytes.size;
}

// --- Frames ---------------------------------------------------------------------------------------------------------

static void publish(void) {
    xvm_ring_publish(server.channel);
    server.pending = 0;
}

// The next frame in place; waits for it.
static struct xvm_frame next_frame(void) {
    struct xvm_frame frame;
    for (;;) {
        switch (xvm_ring_receive(server.channel, &frame)) {
        case XVM_RING_OK: return frame;
        case XVM_RING_EMPTY: xvm_ring_wait(server.channel); break;
        case XVM_RING_BREACH: breach();
        }
    }
}

// The rest of a message whose first piece is `frame`, put together in `buffer` of XVM_MESSAGE_SIZE_MAX bytes. The host publishes
// as many pieces as find room at once, so one that is missing has to be asked for.
static struct xvm_frame gather(struct xvm_frame frame, uint8_t *buffer) {
    uint32_t size = 0;
    for (;;) {
        if (frame.length > XVM_MESSAGE_SIZE_MAX - size) breach();
        if (frame.length > 0) memcpy(buffer + size, frame.payload, frame.length);
        size += frame.length;
        uint16_t flags = frame.flags;
        xvm_ring_release(server.channel);
        if (flags == 0) break;
        struct xvm_frame next;
        enum xvm_ring_status status = xvm_ring_receive(server.channel, &next);
        if (status == XVM_RING_BREACH) breach();
        if (status == XVM_RING_EMPTY) {
            if (xvm_ring_reserve(server.channel, XVM_FRAME_MORE, frame.correlation, 0) == NULL) breach();
            xvm_ring_commit(server.channel);
            publish();
            next = next_frame();
        }
        if (next.type != frame.type || next.correlation != frame.correlation) breach();
        frame = next;
    }
    frame.payload = buffer;
    frame.length = size;
    return frame;
}

// The next message: in place where it is one frame, else in `buffer`.
static struct xvm_frame receive(uint8_t *buffer) {
    struct xvm_frame frame = next_frame();
    return frame.flags == 0 ? frame : gather(frame, buffer);
}

// Sends what is committed and waits for the answer. The reader stands behind the status; xvm_ring_release afterwards.
static enum xvm_result ask(struct reader *reader) {
    publish();
    struct xvm_frame frame = receive(xvm_serve_room.result);
    if (frame.type != XVM_FRAME_RESULT || frame.correlation != server.correlation) breach();
    *reader = (struct reader){frame.payload, frame.length};
    uint32_t status = take_u32(reader);
    if (status > XVM_RESULT_ENDED) breach();
    return (enum xvm_result)status;
}

// The host takes every posted frame before it answers, so afterwards the ring is free.
static void flush(void) {
    if (xvm_ring_reserve(server.channel, XVM_FRAME_FLUSH, server.correlation, 0) == NULL) breach();
    xvm_ring_commit(server.channel);
    struct reader reader;
    if (ask(&reader) != XVM_RESULT_FOUND) breach();
    finish(&reader);
    xvm_ring_release(server.channel);
}

// Where the payload of a frame goes. Posted frames may have filled the ring; the ring keeps room for the flush.
static uint8_t *begin(enum xvm_frame_type type, size_t size) {
    if (size > server.channel->read.payload_max) _exit(XVM_EXIT_BUG);
    uint8_t *payload = xvm_ring_reserve(server.channel, (uint16_t)type, server.correlation, (uint32_t)size);
    if (payload != NULL) return payload;
    flush();
    payload = xvm_ring_reserve(server.channel, (uint16_t)type, server.correlation, (uint32_t)size);
    if (payload == NULL) breach();
    return payload;
}


static void post(size_t size) {
    xvm_ring_commit(server.channel);
    server.pending += (uint32_t)size + XVM_RING_HEADER_SIZE;
    if (server.pending >= BATCH_SIZE) publish();
}

// A message of any allowed size, in pieces where it has to be.
struct writer {
    enum xvm_frame_type type;
    uint8_t *at;
    size_t room;   // of the frame that is open
    size_t frame;  // its whole payload
    size_t left;   // bytes of the message behind it
};

static void open_frame(struct writer *writer) {
    size_t most = server.channel->read.payload_max;
    writer->frame = writer->room = writer->left < most ? writer->left : most;
    writer->left -= writer->frame;
    writer->at = begin(writer->type, writer->frame);
}

static struct writer open_message(enum xvm_frame_type type, size_t size) {
    if (size > XVM_MESSAGE_SIZE_MAX) _exit(XVM_EXIT_BUG);
    struct writer writer = {.type = type, .left = size};
    open_frame(&writer);
    return writer;
}

static void put(struct writer *writer, const void *bytes, size_t size) {
    const uint8_t *from = bytes;
    while (size > 0) {
        if (writer->room == 0) {
            xvm_ring_commit_piece(server.channel);
            publish();  // the host copies this piece while the next is written
            open_frame(writer);
        }
        size_t count = size < writer->room ? size : writer->room;
        memcpy(writer->at, from, count);
        writer->at += count;
        writer->room -= count;
        from += count;
        size -= count;
    }
}

static void put_u32(struct writer *writer, uint32_t value) { put(writer, &value, sizeof value); }
static void put_u64(struct writer *writer, uint64_t value) { put(writer, &value, sizeof value); }
static void put_bytes(struct writer *writer, struct xvm_bytes bytes) {
    put_u32(writer, bytes.size);
    put(writer, bytes.data, bytes.size);
}

// --- The port: syscalls as frames -----------------------------------------------------------------------------------

static enum xvm_result port_get(void *env, struct xvm_bytes key, uint8_t *buffer, uint32_t capacity, uint32_t *size) {
    (void)env;
    write_bytes(begin(XVM_FRAME_GET_OBJECT, 4 + (size_t)key.size), key);
    xvm_ring_commit(server.channel);
    struct reader reader;
    enum xvm_result result = ask(&reader);
    struct xvm_bytes value = take_bytes(&reader);
    finish(&reader);
    if (result > XVM_RESULT_DELETED || value.size > XVM_VALUE_SIZE_MAX) breach();
    if (result != XVM_RESULT_FOUND && value.size > 0) breach();
    uint32_t count = value.size < capacity ? value.size : capacity;
    if (count > 0) memcpy(buffer, value.data, count);
    *size = value.size;
    xvm_ring_release(server.channel);
    return result;
}

static enum xvm_result port_scan(void *env, struct xvm_bytes start, struct xvm_bytes limit, struct xvm_scan_sink *sink) {
    (void)env;
    uint8_t *to = begin(XVM_FRAME_NEW_ITERATOR, 16 + (size_t)start.size + limit.size);
    to = write_bytes(write_bytes(to, start), limit);
    write_u32(write_u32(to, sink->count_max), sink->capacity);
    xvm_ring_commit(server.channel);
    struct reader reader;
    enum xvm_result result = ask(&reader);
    uint32_t count = take_u32(&reader);
    if (result == XVM_RESULT_TOO_SMALL) {
        if (count != 0 || take_u32(&reader) <= sink->capacity) breach();
    } else if (result != XVM_RESULT_FOUND) {
        breach();
    }
    for (uint32_t i = 0; i < count; i++) {
        struct xvm_bytes key = take_bytes(&reader);
        struct xvm_bytes value = take_bytes(&reader);
        if (!xvm_scan_append(sink, key, value)) breach();
    }
    finish(&reader);
    xvm_ring_release(server.channel);
    return result;
}

static void port_ask(void *env, const struct xvm_ask *question, struct xvm_reply *reply) {
    (void)env;
    size_t size = XVM_ASK_FIXED_SIZE;
    for (uint32_t i = 0; i < question->field_count; i++) size += 4 + (size_t)question->fields[i].size;
    struct writer writer = open_message(XVM_FRAME_ASK, size);
    put_u32(&writer, (uint32_t)question->call);
    put_u64(&writer, (uint64_t)question->gas_left);
    put_u64(&writer, (uint64_t)question->gas_limit);
    put_u32(&writer, question->field_count);
    for (uint32_t i = 0; i < question->field_count; i++) put_bytes(&writer, question->fields[i]);
    xvm_ring_commit(server.channel);
    struct reader reader;
    reply->status = ask(&reader);
    uint64_t gas_used = take_u64(&reader);
    reply->code = (int32_t)take_u32(&reader);
    struct xvm_bytes message = take_bytes(&reader);
    struct xvm_bytes body = take_bytes(&reader);
    finish(&reader);
    if (reply->status == XVM_RESULT_DELETED || reply->status == XVM_RESULT_TOO_SMALL) breach();
    if (gas_used > (uint64_t)question->gas_left || message.size > sizeof reply->message || body.size > sizeof reply->body) breach();
    bool is_trap = reply->code > XVM_TRAP_NONE && reply->code <= XVM_TRAP_OUT_OF_GAS;
    if (reply->status == XVM_RESULT_ENDED && !is_trap) breach();
    if (reply->status == XVM_RESULT_REFUSED && reply->code >= 0) breach();
    reply->gas_used = (int64_t)gas_used;
    reply->message_size = message.size;
    reply->body_size = body.size;
    memcpy(reply->message, message.data, message.size);
    memcpy(reply->body, body.data, body.size);
    xvm_ring_release(server.channel);
}

static void post_two(enum xvm_frame_type type, struct xvm_bytes first, struct xvm_bytes second) {
    size_t size = 8 + (size_t)first.size + second.size;
    if (size > server.channel->read.payload_max) {
        struct writer writer = open_message(type, size);
        put_bytes(&writer, first);
        put_bytes(&writer, second);
        post(writer.frame);
        return;
    }
    write_bytes(write_bytes(begin(type, size), first), second);
    post(size);
}

static void post_one(enum xvm_frame_type type, struct xvm_bytes bytes) {
    size_t size = 4 + (size_t)bytes.size;
    write_bytes(begin(type, size), bytes);
    post(size);
}

static void port_put(void *env, struct xvm_bytes key, struct xvm_bytes value) {
    (void)env;
    post_two(XVM_FRAME_PUT_OBJECT, key, value);
}

static void port_remove(void *env, struct xvm_bytes key) {
    (void)env;
    post_one(XVM_FRAME_DELETE_OBJECT, key);
}

static void port_log(void *env, struct xvm_bytes text) {
    (void)env;
    post_one(XVM_FRAME_POST_LOG, text);
}

static void port_event(void *env, struct xvm_bytes name, struct xvm_bytes body) {
    (void)env;
    post_two(XVM_FRAME_EMIT_EVENT, name, body);
}

// --- Invocations ----------------------------------------------------------------------------------------------------

struct invocation {
    enum xvm_entry entry;
    uint32_t export_index;
    uint32_t parameter_count, result_count;
    int64_t gas_limit;
    xvm_limits_t limits;
    enum xvm_guest guest;
    uint32_t stack_alloc, malloc;  // EMSCRIPTEN: exports (i32) -> i32, or XVM_NO_EXPORT
};

static void read_method(struct reader *reader) {
    struct xvm_host *host = &xvm_serve_room.host;
    host->method = take_bytes(reader);
    host->caller = take_bytes(reader);
    host->initiator = take_bytes(reader);
    host->amount = take_bytes(reader);
    host->argument_count = take_u32(reader);
    if (host->argument_count > reader->left / 8 || host->argument_count > XVM_ARGUMENT_COUNT_MAX) breach();
    for (uint32_t i = 0; i < host->argument_count; i++) {
        struct xvm_bytes name = take_bytes(reader);
        struct xvm_bytes value = take_bytes(reader);
        if (i > 0 && xvm_bytes_compare(xvm_serve_room.arguments[i - 1].name, name) >= 0) breach();
        xvm_serve_room.arguments[i] = (struct xvm_argument){name, value};
    }
}

// The number of an export (i32) -> i32 that the host found for us, or none.
static uint32_t take_helper(struct reader *reader) {
    uint32_t number = take_u32(reader);
    uint32_t parameters = 0, results = 0;
    if (number == XVM_NO_EXPORT) return number;
    if (!xvm_export_arity(server.code, number, &parameters, &results) || parameters != 1 || results != 1) breach();
    return number;
}

// Copies the frame out of the ring and reads the copy. What the host tells of the call goes into xvm_serve_room.host, parameters
// into xvm_serve_room.slots.
static struct invocation read_invocation(struct xvm_frame frame) {
    if (frame.type != XVM_FRAME_INVOCATION || frame.length > sizeof xvm_serve_room.invocation) breach();
    server.correlation = frame.correlation;
    if (frame.payload != xvm_serve_room.invocation) {
        memcpy(xvm_serve_room.invocation, frame.payload, frame.length);
        xvm_ring_release(server.channel);
    }
    struct reader reader = {xvm_serve_room.invocation, frame.length};

    struct invocation invocation;
    uint32_t entry = take_u32(&reader);  // with three zero bytes
    invocation.entry = (enum xvm_entry)entry;
    invocation.export_index = take_u32(&reader);
    uint64_t gas_limit = take_u64(&reader);
    if (entry > XVM_ENTRY_FUNCTION || gas_limit > (uint64_t)XVM_GAS_LIMIT_MAX) breach();
    invocation.gas_limit = (int64_t)gas_limit;
    invocation.limits.frame_limit = take_u32(&reader);
    invocation.limits.stack_limit = take_u32(&reader);
    invocation.limits.memory_pages_max = take_u32(&reader);
    uint32_t guest = take_u32(&reader);
    if (guest > XVM_GUEST_EMSCRIPTEN) breach();
    invocation.guest = (enum xvm_guest)guest;
    invocation.stack_alloc = invocation.malloc = XVM_NO_EXPORT;
    if (invocation.guest == XVM_GUEST_EMSCRIPTEN) {
        invocation.stack_alloc = take_helper(&reader);
        invocation.malloc = take_helper(&reader);
    }
    if (!xvm_export_arity(server.code, invocation.export_index, &invocation.parameter_count, &invocation.result_count)) breach();

    struct xvm_host *host = &xvm_serve_room.host;
    host->method = host->caller = host->initiator = host->amount = (struct xvm_bytes){NULL, 0};
    host->argument_count = 0;
    host->port = &server.port;
    host->arguments = xvm_serve_room.arguments;
    xvm_host_begin(host);
    host->malloc_export = invocation.malloc;
    if (invocation.entry == XVM_ENTRY_METHOD) {
        if (invocation.parameter_count != 0 || invocation.result_count != 0) breach();
        read_method(&reader);
    } else {
        if (take_u32(&reader) != invocation.parameter_count) breach();
        for (uint32_t i = 0; i < invocation.parameter_count; i++) xvm_serve_room.slots[i] = take_u64(&reader);
    }
    finish(&reader);
    return invocation;
}

// --- Outcomes -------------------------------------------------------------------------------------------------------

// A contract's end that this file decides: hostAbort with a text of ours.
static xvm_completion_t aborted(const struct invocation *invocation, const char *text) {
    return (xvm_completion_t){
        .ending = XVM_ENDING_TRAPPED, .trap = XVM_TRAP_HOST_ABORT, .gas_used = invocation->gas_limit,
        .text = (const uint8_t *)text, .text_size = (uint32_t)strlen(text),
    };
}

static void send_outcome(const struct invocation *invocation, xvm_completion_t completion, uint32_t memory_pages) {
    static const char too_large[] = "results and output together exceed one message";
    const struct xvm_host *host = &xvm_serve_room.host;
    bool returned = completion.ending == XVM_ENDING_RETURNED;
    uint32_t slot_count = returned && invocation->entry == XVM_ENTRY_FUNCTION ? invocation->result_count : 0;
    size_t size = OUTCOME_FIXED_SIZE + 8 * (size_t)slot_count + (host->has_output ? host->message_size + host->body_size : 0);
    if (returned && size > XVM_MESSAGE_SIZE_MAX) {
        completion = aborted(invocation, too_large);
        returned = false;
        slot_count = 0;
    }
    // The effects of what trapped are dropped; so is its output.
    bool has_output = returned && host->has_output;
    struct xvm_bytes message = {completion.text, completion.text_size};
    struct xvm_bytes body = {NULL, 0};
    if (has_output) {
        message = (struct xvm_bytes){host->message, host->message_size};
        body = (struct xvm_bytes){host->body, host->body_size};
    }
    size = OUTCOME_FIXED_SIZE + (size_t)message.size + body.size + 8 * (size_t)slot_count;
    struct writer writer = open_message(XVM_FRAME_OUTCOME, size);
    put(&writer, (uint8_t[4]){(uint8_t)completion.ending, (uint8_t)completion.trap, has_output, 0}, 4);
    put_u32(&writer, memory_pages);
    put_u64(&writer, (uint64_t)completion.gas_used);
    put_u32(&writer, has_output ? (uint32_t)host->status : 0);
    put_bytes(&writer, message);
    put_bytes(&writer, body);
    put_u32(&writer, slot_count);
    put(&writer, xvm_serve_room.slots, 8 * (size_t)slot_count);
    xvm_ring_commit(server.channel);
    publish();
}

static void run(const struct invocation *invocation) {
    const struct xvm_descriptor *descriptor = xvm_code_descriptor(server.code);
    xvm_completion_t completion;
    if (descriptor->memory_count > 0 && descriptor->memory_pages_min > invocation->limits.memory_pages_max) {
        // A limit of the chain, equal on all nodes, so this is an Outcome.
        char text[96];
        (void)snprintf(text, sizeof text, "the module needs %u pages of memory, the limit is %u", descriptor->memory_pages_min,
            invocation->limits.memory_pages_max);
        send_outcome(invocation, aborted(invocation, text), 0);
        return;
    }
    if (xvm_init_context(server.context, invocation->gas_limit, &invocation->limits, &completion, NULL) != XVM_STATUS_OK) {
        breach();  // limits that this worker was not made for
    }
    if (completion.ending == XVM_ENDING_RETURNED && invocation->guest == XVM_GUEST_EMSCRIPTEN) {
        completion = xvm_emscripten_prepare(server.context, invocation->stack_alloc, invocation->gas_limit);
    }
    if (completion.ending == XVM_ENDING_RETURNED) {
        enum xvm_status status = xvm_call(
            server.context, invocation->export_index, xvm_serve_room.slots, invocation->parameter_count, SLOTS_MAX, &completion, NULL);
        if (status != XVM_STATUS_OK) _exit(XVM_EXIT_BUG);
    }
    xvm_host_end(&xvm_serve_room.host);
    send_outcome(invocation, completion, xvm_memory_pages(server.context));
    // After the answer: the host works on it while this is done.
    if (xvm_reset_context(server.context) != XVM_STATUS_OK) _exit(XVM_EXIT_BUG);
}

enum xvm_status xvm_serve_prepare(const struct xvm_descriptor *descriptor, xvm_error_t *error) {
    enum xvm_status status = xvm_new_code(descriptor, &server.code, error);
    if (status != XVM_STATUS_OK) return status;
    xvm_resolver_t resolver = xvm_host_resolver();
    status = xvm_init_code(server.code, &resolver, error);
    if (status == XVM_STATUS_OK) status = xvm_new_context(server.code, &server.context, error);
    if (status != XVM_STATUS_OK) return status;
    xvm_set_user(server.context, &xvm_serve_room.host);
    server.port = (struct xvm_host_port){
        .get = port_get, .scan = port_scan, .put = port_put, .remove = port_remove, .log = port_log, .event = port_event,
        .ask = port_ask, .env = &server,
    };
    return XVM_STATUS_OK;
}

_Noreturn void xvm_serve(struct xvm_channel *channel, const struct xvm_descriptor *descriptor) {
    if (server.context == NULL || xvm_code_descriptor(server.code) != descriptor) _exit(XVM_EXIT_BUG);
    server.channel = channel;
    for (;;) {
        struct invocation invocation = read_invocation(receive(xvm_serve_room.invocation));
        run(&invocation);
    }
}
