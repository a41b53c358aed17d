// SPDX-License-Identifier: Apache-2.0
// The rules for a peer's tail and frame headers, as pure functions. Run by: worker and host.
#include "xvm_ring.h"

#define KEY_FIELD (4u + XVM_KEY_SIZE_MAX)
#define BOUND_FIELD (4u + XVM_BOUND_SIZE_MAX)

int64_t xvm_ring_length_limit(uint16_t type, enum xvm_ring_phase phase) {
    switch (phase) {
    case XVM_PHASE_ANY:
        return type == XVM_FRAME_INVOCATION || type == XVM_FRAME_RESULT ? (int64_t)XVM_MESSAGE_SIZE_MAX : -1;
    case XVM_PHASE_STARTING:
        switch (type) {
        case XVM_FRAME_SEALED: return XVM_SEALED_SIZE_MAX;
        case XVM_FRAME_SETUP_FAILED: return 12 + XVM_SETUP_TEXT_SIZE_MAX;
        default: return -1;
        }
    case XVM_PHASE_RUNNING:
        switch (type) {
        case XVM_FRAME_GET_OBJECT:
        case XVM_FRAME_DELETE_OBJECT: return KEY_FIELD;
        case XVM_FRAME_NEW_ITERATOR: return 2 * BOUND_FIELD + 8;
        case XVM_FRAME_FLUSH: return 0;
        case XVM_FRAME_PUT_OBJECT: return KEY_FIELD + 4 + XVM_VALUE_SIZE_MAX;
        case XVM_FRAME_POST_LOG: return 4 + XVM_LOG_SIZE_MAX;
        case XVM_FRAME_EMIT_EVENT: return 4 + XVM_EVENT_NAME_SIZE_MAX + 4 + XVM_EVENT_BODY_SIZE_MAX;
        case XVM_FRAME_ASK:
        case XVM_FRAME_OUTCOME: return XVM_MESSAGE_SIZE_MAX;
        default: return -1;
        }
    case XVM_PHASE_SENDING: return type == XVM_FRAME_MORE ? 0 : -1;
    case XVM_PHASE_IDLE:
    case XVM_PHASE_ANSWERING:
    case XVM_PHASE_ENDED: return -1;
    }
    return -1;
}

/// Types whose messages may come in pieces.
static int may_continue(uint16_t type) {
    return type == XVM_FRAME_INVOCATION || type == XVM_FRAME_RESULT || type == XVM_FRAME_PUT_OBJECT ||
           type == XVM_FRAME_EMIT_EVENT || type == XVM_FRAME_ASK || type == XVM_FRAME_OUTCOME;
}

static enum xvm_ring_breach refuse(
    const struct xvm_ring_state *state, enum xvm_ring_breach reason, uint64_t value, uint64_t limit,
    struct xvm_ring_fault *fault) {
    *fault = (struct xvm_ring_fault){
        .reason = (uint32_t)reason, .sequence = state->sequence, .value = value, .limit = limit, .position = state->position};
    return reason;
}

enum xvm_ring_breach xvm_ring_validate(
    const struct xvm_ring_state *state, uint64_t tail, const struct xvm_frame_header *header, struct xvm_frame *frame,
    struct xvm_ring_fault *fault) {
    // The index. Order matters: only an aligned tail that did not go back gives a difference that means something.
    if (tail % XVM_RING_ALIGNMENT != 0) return refuse(state, XVM_BREACH_TAIL_ALIGNMENT, tail, XVM_RING_ALIGNMENT, fault);
    if (tail < state->tail) return refuse(state, XVM_BREACH_TAIL_BACKWARDS, tail, state->tail, fault);
    const uint64_t available = tail - state->position;  // position <= state->tail <= tail
    if (available > state->capacity) return refuse(state, XVM_BREACH_TAIL_BEYOND, available, state->capacity, fault);
    if (header == NULL) return XVM_BREACH_NONE;

    // The header. All sums in 64 bits: length is below 2^32, so nothing overflows.
    const uint64_t rest = state->capacity - (state->position & (state->capacity - 1u));
    const uint64_t size = XVM_RING_HEADER_SIZE + (((uint64_t)header->length + 15u) & ~(uint64_t)15u);
    // A piece is as long as a frame can be, so nobody can send a message byte by byte.
    const int continues = header->flags == XVM_FLAG_CONTINUES && may_continue(header->type) && header->length == state->payload_max;
    if (header->flags != 0 && !continues) return refuse(state, XVM_BREACH_FLAGS, header->flags, 0, fault);
    if (header->sequence != state->sequence) {
        return refuse(state, XVM_BREACH_SEQUENCE, header->sequence, state->sequence, fault);
    }
    if (header->type == XVM_FRAME_PAD) {
        // A sender pads only before a frame that does not fit; so a PAD never stands at the begin and never exceeds a frame.
        const uint64_t exact = rest == state->capacity ? 0 : rest - XVM_RING_HEADER_SIZE;
        if (rest == state->capacity || header->length != exact) {
            return refuse(state, XVM_BREACH_PAD, header->length, exact, fault);
        }
        if (header->length >= state->payload_max) {  // as long a frame would have fitted
            return refuse(state, XVM_BREACH_LENGTH, header->length, state->payload_max, fault);
        }
        if (header->correlation != 0) return refuse(state, XVM_BREACH_CORRELATION, header->correlation, 0, fault);
    } else {
        const int64_t type_limit = xvm_ring_length_limit(header->type, (enum xvm_ring_phase)state->phase);
        if (type_limit < 0) return refuse(state, XVM_BREACH_TYPE, header->type, state->phase, fault);
        uint64_t before = 0;
        if (state->pieces_type != 0 && header->type != XVM_FRAME_FLUSH && header->type != XVM_FRAME_MORE) {
            if (header->type != state->pieces_type) return refuse(state, XVM_BREACH_PIECES, header->type, state->pieces_type, fault);
            before = state->pieces_size;
        }
        const uint64_t left = (uint64_t)type_limit - before;  // every piece before was judged by the same limit
        const uint64_t limit = left < state->payload_max ? left : state->payload_max;
        if (header->length > limit) return refuse(state, XVM_BREACH_LENGTH, before + header->length, before + limit, fault);
        if (continues && header->length == left) return refuse(state, XVM_BREACH_FLAGS, header->flags, 0, fault);
        if (state->phase != XVM_PHASE_ANY && header->correlation != state->correlation) {
            return refuse(state, XVM_BREACH_CORRELATION, header->correlation, state->correlation, fault);
        }
        if (size > rest) return refuse(state, XVM_BREACH_CROSSES_END, size, rest, fault);
    }
    if (size > available) return refuse(state, XVM_BREACH_TRUNCATED, size, available, fault);
    *frame = (struct xvm_frame){
        .length = header->length, .type = header->type, .flags = header->flags, .sequence = header->sequence,
        .correlation = header->correlation, .payload = NULL};
    return XVM_BREACH_NONE;
}
