// SPDX-License-Identifier: Apache-2.0
// Set-up, sending and receiving. Run by: worker and host.
#include "xvm_ring.h"

#include <string.h>

#include "shared.h"

// ---- set-up ----------------------------------------------------------------------------------------------------------

static void fail(struct xvm_channel *channel, enum xvm_ring_breach reason, uint64_t value, uint64_t limit) {
    if (channel->fault.reason != XVM_BREACH_NONE) return;  // the first cause wins
    channel->fault = (struct xvm_ring_fault){
        .reason = (uint32_t)reason, .sequence = channel->read.sequence, .value = value, .limit = limit,
        .position = channel->read.position};
}

static int capacity_is_valid(uint32_t capacity) {
    return capacity >= XVM_RING_CAPACITY_MIN && capacity <= XVM_RING_CAPACITY_MAX && (capacity & (capacity - 1u)) == 0;
}

static uint32_t payload_max_of(uint32_t capacity) {
    const uint32_t quarter = capacity / 4u - XVM_RING_HEADER_SIZE;
    return quarter < XVM_PAYLOAD_SIZE_MAX ? quarter : XVM_PAYLOAD_SIZE_MAX;
}

int xvm_ring_check_segment(const void *h2w, uint64_t segment_size) {
    if (segment_size < XVM_RING_CONTROL_SIZE + XVM_RING_CAPACITY_MIN) return -EPROTO;
    const struct xvm_ring_control *page = xvm_shared_peer(h2w);
    if (xvm_shared_load_hint(&page->magic) != XVM_RING_MAGIC) return -EPROTO;
    if (xvm_shared_load_hint(&page->version) != XVM_WIRE_VERSION) return -EPROTONOSUPPORT;
    const uint32_t capacity = xvm_shared_load_hint(&page->capacity);
    if (!capacity_is_valid(capacity) || capacity > segment_size - XVM_RING_CONTROL_SIZE) return -EPROTO;
    return xvm_shared_load_hint(&page->payload_max) == payload_max_of(capacity) ? 0 : -EPROTO;
}

void xvm_channel_init_worker(struct xvm_channel *channel, const void *h2w, void *w2h) {
    *channel = (struct xvm_channel){.in = h2w, .out = w2h};
    const struct xvm_ring_control *page = xvm_shared_peer(h2w);
    const int checked = xvm_ring_check_segment(h2w, (uint64_t)XVM_RING_CONTROL_SIZE + XVM_RING_CAPACITY_MAX);
    if (checked != 0) {
        fail(channel, XVM_BREACH_GEOMETRY, xvm_shared_load_hint(&page->version), XVM_WIRE_VERSION);
        return;
    }
    channel->read.capacity = xvm_shared_load_hint(&page->capacity);
    channel->read.payload_max = payload_max_of(channel->read.capacity);
    channel->read.phase = XVM_PHASE_ANY;
    const uint32_t pauses = xvm_shared_load_hint(&page->spin_pauses);
    channel->spin_pauses = pauses < XVM_RING_SPIN_PAUSES_MAX ? pauses : XVM_RING_SPIN_PAUSES_MAX;
    xvm_shared_store_hint(&xvm_shared_own(channel->out)->version, XVM_WIRE_VERSION);
}

void xvm_channel_init_host(struct xvm_channel *channel, void *h2w, void *w2h, uint32_t capacity) {
    *channel = (struct xvm_channel){.in = w2h, .out = h2w, .host = 1};
    if (!capacity_is_valid(capacity)) {
        fail(channel, XVM_BREACH_GEOMETRY, capacity, XVM_RING_CAPACITY_MAX);
        return;
    }
    channel->read.capacity = capacity;
    channel->read.payload_max = payload_max_of(capacity);
    channel->read.phase = XVM_PHASE_STARTING;
    struct xvm_ring_control *page = xvm_shared_own(channel->out);
    xvm_shared_store_hint(&page->version, XVM_WIRE_VERSION);
    xvm_shared_store_hint(&page->capacity, capacity);
    xvm_shared_store_hint(&page->payload_max, channel->read.payload_max);
    xvm_channel_set_spin(channel, XVM_RING_SPIN_PAUSES);
    xvm_shared_store_hint(&page->magic, XVM_RING_MAGIC);
}

void xvm_channel_set_spin(struct xvm_channel *channel, uint32_t pauses) {
    channel->spin_pauses = pauses < XVM_RING_SPIN_PAUSES_MAX ? pauses : XVM_RING_SPIN_PAUSES_MAX;
    if (channel->host) xvm_shared_store_hint(&xvm_shared_own(channel->out)->spin_pauses, channel->spin_pauses);
}

// ---- sending ---------------------------------------------------------------------------------------------------------

static uint32_t offset_in(const struct xvm_channel *channel, uint64_t position) {
    return (uint32_t)(position & (channel->read.capacity - 1u));
}

static uint32_t frame_size(uint32_t length) { return XVM_RING_HEADER_SIZE + ((length + 15u) & ~15u); }

/// The peer's head is believed only inside [acknowledged, published].
static int head_is_valid(const struct xvm_channel *channel, uint64_t head) {
    return head % XVM_RING_ALIGNMENT == 0 && head >= channel->acknowledged && head <= channel->published;
}

/// Bytes that a frame of `size` takes at the end of what is written, a PAD included; 0: it does not fit in `free` bytes.
static uint32_t placed_size(const struct xvm_channel *channel, uint64_t free, uint32_t size) {
    const uint32_t rest = channel->read.capacity - offset_in(channel, channel->written);
    const uint64_t needed = size <= rest ? size : (uint64_t)rest + size;
    const uint64_t spare = size > XVM_RING_HEADER_SIZE ? XVM_RING_HEADER_SIZE : 0;
    return needed + spare <= free ? (uint32_t)needed : 0;
}

static uint64_t free_bytes(const struct xvm_channel *channel, uint64_t head) {
    return channel->read.capacity - (channel->written - head);
}

static void write_header(struct xvm_channel *channel, uint64_t position, struct xvm_frame_header header) {
    memcpy(channel->out + XVM_RING_CONTROL_SIZE + offset_in(channel, position), &header, sizeof header);
}

uint8_t *xvm_ring_reserve(struct xvm_channel *channel, uint16_t type, uint32_t correlation, uint32_t length) {
    channel->open_size = 0;
    if (channel->fault.reason != XVM_BREACH_NONE || length > channel->read.payload_max) return NULL;
    const uint32_t size = frame_size(length);
    uint32_t placed = placed_size(channel, free_bytes(channel, channel->acknowledged), size);
    if (placed == 0) {
        const uint64_t head = xvm_shared_load(&xvm_shared_peer(channel->in)->head);
        if (!head_is_valid(channel, head)) {
            fail(channel, XVM_BREACH_HEAD, head, channel->published);
            return NULL;
        }
        channel->acknowledged = head;
        placed = placed_size(channel, free_bytes(channel, head), size);
        if (placed == 0) return NULL;
    }
    channel->open_pad = placed > size;
    channel->open = channel->written + (placed - size);
    channel->open_size = size;
    channel->open_length = length;
    channel->open_type = type;
    channel->open_correlation = correlation;
    uint8_t *payload = channel->out + XVM_RING_CONTROL_SIZE + offset_in(channel, channel->open) + XVM_RING_HEADER_SIZE;
    // The padding: what stands behind the payload in its last unit. As a whole, because its size is known only now and a store is cheap.
    if (length % XVM_RING_ALIGNMENT != 0) memset(payload + (length & ~(XVM_RING_ALIGNMENT - 1u)), 0, XVM_RING_ALIGNMENT);
    return payload;
}

static void commit(struct xvm_channel *channel, uint16_t flags) {
    if (channel->open_size == 0) return;
    if (channel->open_pad) {
        const uint32_t length = (uint32_t)(channel->open - channel->written) - XVM_RING_HEADER_SIZE;
        const uint32_t begin = offset_in(channel, channel->written) + XVM_RING_HEADER_SIZE;
        memset(channel->out + XVM_RING_CONTROL_SIZE + begin, 0, length);
        write_header(channel, channel->written,
                     (struct xvm_frame_header){.length = length, .type = XVM_FRAME_PAD, .sequence = channel->write_sequence});
        channel->write_sequence += 1;
    }
    write_header(channel, channel->open,
                 (struct xvm_frame_header){
                     .length = channel->open_length, .type = (uint16_t)channel->open_type, .flags = flags,
                     .sequence = channel->write_sequence, .correlation = channel->open_correlation});
    channel->write_sequence += 1;
    channel->written = channel->open + channel->open_size;
    channel->open_size = 0;
    channel->frames_sent += 1;
    channel->rests = flags == 0 && (channel->open_type == XVM_FRAME_OUTCOME || channel->open_type == XVM_FRAME_SEALED);
    // INVOCATION begins, RESULT continues; before all of it is there the worker can only ask for the rest.
    if (channel->host) channel->read.phase = flags == 0 ? XVM_PHASE_RUNNING : XVM_PHASE_SENDING;
}

void xvm_ring_commit(struct xvm_channel *channel) { commit(channel, 0); }

void xvm_ring_commit_piece(struct xvm_channel *channel) {
    if (channel->open_length != channel->read.payload_max) channel->open_size = 0;  // a bug: nothing is sent
    commit(channel, XVM_FLAG_CONTINUES);
}

uint32_t xvm_ring_room(const struct xvm_channel *channel) {
    if (channel->fault.reason != XVM_BREACH_NONE) return 0;
    const uint64_t head = xvm_shared_load(&xvm_shared_peer(channel->in)->head);
    if (!head_is_valid(channel, head)) return 0;
    const uint64_t free = free_bytes(channel, head);
    const uint64_t rest = channel->read.capacity - offset_in(channel, channel->written);
    const uint64_t overhead = 2 * XVM_RING_HEADER_SIZE;  // the header, and what is kept for an empty frame
    const uint64_t ahead_space = rest < free - XVM_RING_HEADER_SIZE ? rest : free - XVM_RING_HEADER_SIZE;
    const uint64_t ahead = free >= overhead ? ahead_space - XVM_RING_HEADER_SIZE : 0;
    const uint64_t wrapped = free >= rest + overhead ? free - rest - overhead : 0;
    const uint64_t room = ahead > wrapped ? ahead : wrapped;
    return room < channel->read.payload_max ? (uint32_t)room : channel->read.payload_max;
}

// ---- receiving -------------------------------------------------------------------------------------------------------

static void store_head(struct xvm_channel *channel) {
    if (channel->head_stored == channel->read.position) return;
    channel->head_stored = channel->read.position;
    xvm_shared_store(&xvm_shared_own(channel->out)->head, channel->head_stored);
}

/// Passes over `size` verified bytes. The peer is told late: a store each time would move a cache line each time.
static void advance(struct xvm_channel *channel, uint32_t size) {
    channel->read.position += size;
    channel->read.sequence += 1;
    if (channel->read.position - channel->head_stored >= channel->read.capacity / 4u) store_head(channel);
}

/// Verifies the next frame that is no PAD and passes over a PAD before it. One load per shared word and decision.
static enum xvm_ring_status next_frame(struct xvm_channel *channel, struct xvm_frame *frame) {
    if (channel->fault.reason != XVM_BREACH_NONE) return XVM_RING_BREACH;
    struct xvm_ring_state *state = &channel->read;
    uint64_t tail = state->tail;
    if (state->position == tail) {
        tail = xvm_shared_load(&xvm_shared_peer(channel->in)->tail);
        if (tail == state->tail) return XVM_RING_EMPTY;
    }
    for (;;) {  // at most twice: a PAD ends at the ring's end, and none is accepted at its begin
        // Our own position lies inside the ring whatever tail says, so the header may be read before tail is judged.
        const struct xvm_frame_header header =
            xvm_shared_load_header(channel->in + XVM_RING_CONTROL_SIZE + offset_in(channel, state->position));
        if (xvm_ring_validate(state, tail, &header, frame, &channel->fault) != XVM_BREACH_NONE) return XVM_RING_BREACH;
        state->tail = tail;
        if (frame->type != XVM_FRAME_PAD) return XVM_RING_OK;
        advance(channel, frame_size(frame->length));
        if (state->position == state->tail) return XVM_RING_EMPTY;
    }
}

enum xvm_ring_status xvm_ring_receive(struct xvm_channel *channel, struct xvm_frame *out) {
    const enum xvm_ring_status status = next_frame(channel, out);
    if (status != XVM_RING_OK) return status;
    channel->received_size = frame_size(out->length);
    channel->received_flags = out->flags;
    channel->received_type = out->type;
    channel->received_length = out->length;
    if (!channel->host) {
        out->payload =
            channel->in + XVM_RING_CONTROL_SIZE + offset_in(channel, channel->read.position) + XVM_RING_HEADER_SIZE;
    }
    return XVM_RING_OK;
}

/// What the host may receive after a frame of this type.
static enum xvm_ring_phase phase_after(uint16_t type, enum xvm_ring_phase phase) {
    switch (type) {
    case XVM_FRAME_SEALED:
    case XVM_FRAME_OUTCOME: return XVM_PHASE_IDLE;
    case XVM_FRAME_SETUP_FAILED: return XVM_PHASE_ENDED;
    case XVM_FRAME_GET_OBJECT:
    case XVM_FRAME_NEW_ITERATOR:
    case XVM_FRAME_FLUSH:
    case XVM_FRAME_ASK:
    case XVM_FRAME_MORE: return XVM_PHASE_ANSWERING;
    default: return phase;
    }
}

/// Fetches the lines of our next frame, which the peer's processor has, while that is made. No earlier: the peer has read our frame
/// before it, which may share a line, only once it has sent one itself.
static void expect_to_send(const struct xvm_channel *channel) {
    const uint8_t *next = channel->out + XVM_RING_CONTROL_SIZE + offset_in(channel, channel->written);
    __asm__ volatile("prefetchw %0" : : "m"(*next));
    __asm__ volatile("prefetchw %0" : : "m"(next[64]));
}

static void consume(struct xvm_channel *channel, uint32_t size, uint16_t type, uint16_t flags, uint32_t length) {
    channel->frames_received += 1;
    struct xvm_ring_state *state = &channel->read;
    if (flags != 0) {
        state->pieces_type = type;
        state->pieces_size += length;
        advance(channel, size);
        return;
    }
    if (type == state->pieces_type) state->pieces_type = state->pieces_size = 0;
    if (channel->host) channel->read.phase = phase_after(type, (enum xvm_ring_phase)channel->read.phase);
    // Other frames are answered too soon for it to pay.
    if (type == XVM_FRAME_INVOCATION || type == XVM_FRAME_OUTCOME) expect_to_send(channel);
    advance(channel, size);
}

void xvm_ring_release(struct xvm_channel *channel) {
    if (channel->received_size == 0 || channel->host) return;
    const uint32_t size = channel->received_size;
    channel->received_size = 0;
    consume(channel, size, (uint16_t)channel->received_type, (uint16_t)channel->received_flags, channel->received_length);
}

enum xvm_ring_status xvm_ring_receive_copy(
    struct xvm_channel *channel, struct xvm_frame *header, uint8_t *buffer, uint32_t buffer_size) {
    const enum xvm_ring_status status = next_frame(channel, header);
    if (status != XVM_RING_OK) return status;
    if (header->length > buffer_size) {
        fail(channel, XVM_BREACH_LENGTH, header->length, buffer_size);
        return XVM_RING_BREACH;
    }
    if (header->length > 0) {
        memcpy(buffer,
               channel->in + XVM_RING_CONTROL_SIZE + offset_in(channel, channel->read.position) + XVM_RING_HEADER_SIZE,
               header->length);
        // The copy is final: no later read of `buffer` may be turned back into a read of the ring.
        __asm__ volatile("" : : "r"(buffer) : "memory");
    }
    consume(channel, frame_size(header->length), header->type, header->flags, header->length);
    return XVM_RING_OK;
}

void xvm_ring_expect(struct xvm_channel *channel, uint32_t correlation) { channel->read.correlation = correlation; }

// ---- publish and wait ------------------------------------------------------------------------------------------------
// Publisher: store tail, fence, load wait. Waiter: store wait, fence, load tail. Both fences are sequentially consistent, so
// at least one of the two loads sees the other side's store: either the waiter does not sleep, or the publisher wakes it.
// Between the waiter's load and its sleep the kernel compares the word once more. Tests/XVMRingTests/WakeModel checks it.

#define SPIN_LOOKS 64u        // looks without a pause that begin a spin: a pause is as long as a cache line's way
#define SPIN_CHECK 16u        // pauses between two looks at the peer's processor
#define SPIN_DOUBT 8u         // score from which on only some waits spin
#define SPIN_DOUBT_MAX 16u
#define SPIN_INTERVAL_MIN 16u // waits between two spins of a doubtful kind, doubled by each in vain
#define SPIN_INTERVAL_MAX 256u

static void announce_cpu(struct xvm_channel *channel, uint32_t cpu) {
    if (cpu == channel->cpu_stored) return;
    channel->cpu_stored = cpu;
    xvm_shared_store_hint(&xvm_shared_own(channel->out)->cpu, cpu);
}

void xvm_ring_publish(struct xvm_channel *channel) {
    announce_cpu(channel, xvm_shared_cpu());
    store_head(channel);
    if (channel->published == channel->written) return;
    channel->published = channel->written;
    struct xvm_ring_control *own = xvm_shared_own(channel->out);
    xvm_shared_store(&own->tail, channel->published);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);  // pairs with the fence in wait_for_tail
    if (xvm_shared_load_hint(&xvm_shared_peer(channel->in)->wait) == 0) return;
    channel->wakes_sent += 1;
    (void)xvm_shared_futex(xvm_shared_futex_word(&own->tail), FUTEX_WAKE, 1, NULL, 0);
}

/// What the last spins of this kind were worth decides whether this wait spins. No clock: the worker has none. A spin in vain costs
/// about what one that succeeds saves, so they are weighed against each other; where they fail, fewer and fewer waits try.
static int spin_is_worth(struct xvm_spin *spin) {
    if (spin->score < SPIN_DOUBT) return 1;
    if (spin->skipped >= spin->interval) return 1;
    spin->skipped += 1;
    return 0;
}

static void spin_succeeded(struct xvm_spin *spin) {
    if (spin->score > 0) spin->score -= 1;
    spin->interval = SPIN_INTERVAL_MIN;
    spin->skipped = SPIN_INTERVAL_MIN;  // the next wait tries again
}

static void spin_failed(struct xvm_spin *spin) {
    if (spin->score < SPIN_DOUBT_MAX) {
        spin->score += 1;
    } else if (spin->interval < SPIN_INTERVAL_MAX) {
        spin->interval *= 2;
    }
    if (spin->interval == 0) spin->interval = SPIN_INTERVAL_MIN;
    spin->skipped = 0;
}

/// Spins while that is cheaper than to sleep: the peer runs on another processor and may answer soon. Returns 1 when tail changed.
static int spin_for_tail(struct xvm_channel *channel, uint64_t seen) {
    if (channel->spin_pauses == 0) return 0;
    struct xvm_spin *spin = &channel->spin[channel->rests];
    if (!spin_is_worth(spin)) return 0;
    const struct xvm_ring_control *peer = xvm_shared_peer(channel->in);
    // A peer that sleeps has to be woken first; from then on it has as long as one that did not.
    uint32_t asleep = xvm_shared_load_hint(&peer->wait);
    uint32_t limit = asleep ? 2 * channel->spin_pauses : channel->spin_pauses;
    for (uint32_t looks = 0; looks < SPIN_LOOKS; looks += 1) {
        if (xvm_shared_load(&peer->tail) != seen) {
            channel->spins += 1;
            spin_succeeded(spin);
            return 1;
        }
    }
    for (uint32_t pauses = 0; pauses < limit; pauses += 1) {
        if (xvm_shared_load(&peer->tail) != seen) {
            channel->spins += 1;
            spin_succeeded(spin);
            return 1;
        }
        if (pauses % SPIN_CHECK == 0) {
            const uint32_t cpu = xvm_shared_cpu();
            const uint32_t peer_cpu = xvm_shared_load_hint(&peer->cpu);
            announce_cpu(channel, cpu);
            if (cpu == 0 || peer_cpu == 0 || cpu == peer_cpu) return 0;
            if (asleep && !xvm_shared_load_hint(&peer->wait)) {
                asleep = 0;
                limit = pauses + channel->spin_pauses;
            }
        }
        xvm_shared_pause();
    }
    spin_failed(spin);
    return 0;
}

/// Counts a wake without a frame. Returns 1 when there were too many: each costs the host microseconds.
static int too_many_wakes(struct xvm_channel *channel) {
    channel->wakes_spurious += 1;
    const uint64_t limit = XVM_RING_SPURIOUS_WAKES_MAX + 2 * channel->frames_received;
    if (!channel->host || channel->wakes_spurious <= limit) return 0;
    fail(channel, XVM_BREACH_SPURIOUS_WAKES, channel->wakes_spurious, limit);
    return 1;
}

struct deadline {
    int64_t seconds, nanoseconds;  // struct timespec of x86-64
};

/// Returns 0 when tail differs from the last accepted one or the channel failed, -ETIMEDOUT at the deadline (NULL: none).
static int wait_for_tail(struct xvm_channel *channel, const struct deadline *deadline) {
    if (channel->fault.reason != XVM_BREACH_NONE || channel->read.position != channel->read.tail) return 0;
    const uint64_t seen = channel->read.tail;
    const uint64_t *tail = &xvm_shared_peer(channel->in)->tail;
    store_head(channel);
    if (xvm_shared_load(tail) != seen || spin_for_tail(channel, seen)) return 0;
    uint32_t *wait = &xvm_shared_own(channel->out)->wait;
    xvm_shared_store_hint(wait, 1);
    int result = 0;
    for (;;) {
        __atomic_thread_fence(__ATOMIC_SEQ_CST);  // pairs with the fence in xvm_ring_publish
        if (xvm_shared_load(tail) != seen) break;
        channel->parks += 1;
        const long woken =
            deadline == NULL
                ? xvm_shared_futex(xvm_shared_futex_word(tail), FUTEX_WAIT, (long)(uint32_t)seen, NULL, 0)
                : xvm_shared_futex(xvm_shared_futex_word(tail), FUTEX_WAIT_BITSET, (long)(uint32_t)seen, deadline,
                                   (long)FUTEX_BITSET_MATCH_ANY);
        if (xvm_shared_load(tail) != seen) break;
        if (woken == -ETIMEDOUT) {
            result = -ETIMEDOUT;
            break;
        }
        if (woken == 0 || woken == -EAGAIN) {  // a tail that flickers is counted too: EAGAIN looks at no deadline
            if (too_many_wakes(channel)) break;
        } else if (woken != -EINTR) {
            fail(channel, XVM_BREACH_FUTEX, (uint64_t)-woken, 0);
            break;
        }
    }
    xvm_shared_store_hint(wait, 0);
    return result;
}

void xvm_ring_wait(struct xvm_channel *channel) { (void)wait_for_tail(channel, NULL); }

int xvm_ring_wait_until(struct xvm_channel *channel, uint64_t deadline_monotonic_ns) {
    const struct deadline deadline = {
        .seconds = (int64_t)(deadline_monotonic_ns / 1000000000u), .nanoseconds = (int64_t)(deadline_monotonic_ns % 1000000000u)};
    return wait_for_tail(channel, &deadline);
}

void xvm_ring_poison(void *w2h) {
    struct xvm_ring_control *page = xvm_shared_own(w2h);
    __atomic_store_n(&page->tail, UINT64_MAX, __ATOMIC_SEQ_CST);
    (void)xvm_shared_futex(xvm_shared_futex_word(&page->tail), FUTEX_WAKE, INT32_MAX, NULL, 0);
}
