// SPDX-License-Identifier: Apache-2.0
// Rings: two shared segments per worker, one per direction, with frames in them. docs/wire-format.md is the text of it.
// Run by: worker and host (one implementation). Load stage: init only; run stage: all but xvm_ring_poison. One thread per
// channel; no function allocates. The host trusts no word that the worker can write; the worker's checks only find bugs.
#ifndef XVM_RING_H
#define XVM_RING_H

#include <stddef.h>
#include <stdint.h>

#include "xvm_wire.h"

#define XVM_RING_MAGIC 0x524d5658u        // "XVMR", little-endian
#define XVM_RING_CONTROL_SIZE 4096u       // the control page; data begins behind it
#define XVM_RING_ALIGNMENT 16u            // of every frame and position
#define XVM_RING_HEADER_SIZE 16u
#define XVM_RING_CAPACITY_MIN 64u
#define XVM_RING_CAPACITY_MAX 0x4000000u  // 64 MiB: the fixed addresses of the two segments lie 4 GiB apart
#define XVM_RING_SPIN_PAUSES 400u         // about one park and wake (10 us on the measured machine)
#define XVM_RING_SPIN_PAUSES_MAX 100000u
#define XVM_RING_SPURIOUS_WAKES_MAX 1024u // wakes without a frame that a channel forgives, plus two per frame

/// The first 512 bytes of a segment. The writer of a segment writes all of it, the other side only reads (one exception:
/// xvm_ring_poison). 128 bytes apart, because processors fetch lines in pairs. Never read or write a field by its name:
/// every access is one atomic operation inside ring.c.
struct xvm_ring_control {
    uint32_t magic, version, capacity, payload_max;  // host-written segment; in the other one only version, as an echo
    uint32_t spin_pauses, zero[27];
    uint64_t tail, gap1[15];        // bytes written to this segment's data; the futex word is its low half
    uint64_t head, gap2[15];        // bytes that this segment's writer has consumed of the *other* segment
    uint32_t wait, cpu, gap3[30];   // 1: the writer is about to sleep; its processor's number plus one (0: unknown)
};
_Static_assert(sizeof(struct xvm_ring_control) == 0x200, "control");
_Static_assert(offsetof(struct xvm_ring_control, capacity) == 0x008, "capacity");
_Static_assert(offsetof(struct xvm_ring_control, payload_max) == 0x00c, "payload_max");
_Static_assert(offsetof(struct xvm_ring_control, spin_pauses) == 0x010, "spin_pauses");
_Static_assert(offsetof(struct xvm_ring_control, tail) == 0x080, "tail");
_Static_assert(offsetof(struct xvm_ring_control, head) == 0x100, "head");
_Static_assert(offsetof(struct xvm_ring_control, wait) == 0x180, "wait");
_Static_assert(offsetof(struct xvm_ring_control, cpu) == 0x184, "cpu");

/// The header of a frame as it lies in a ring. A payload of `length` bytes follows, then zeros up to 16 bytes.
struct xvm_frame_header {
    uint32_t length;       // bytes of payload, without header and padding
    uint16_t type;         // enum xvm_frame_type
    uint16_t flags;        // XVM_FLAG_CONTINUES or zero
    uint32_t sequence;     // per direction, from 0, one more for each frame (PAD included), modulo 2^32
    uint32_t correlation;  // of the invocation; 0 outside one and in PAD
};
_Static_assert(sizeof(struct xvm_frame_header) == XVM_RING_HEADER_SIZE, "frame header");

/// A received frame. payload: in the ring, valid until xvm_ring_release (worker); NULL on the host's side.
struct xvm_frame {
    uint32_t length;
    uint16_t type;
    uint16_t flags;
    uint32_t sequence;
    uint32_t correlation;
    const uint8_t *payload;
};

enum xvm_ring_status {
    XVM_RING_OK = 0,
    XVM_RING_EMPTY = 1,   // nothing there now
    XVM_RING_BREACH = 2,  // the peer broke the format; channel->fault says how. Final: every later call says the same
};

/// What a peer did. `value` is what it wrote, `limit` what was allowed (struct xvm_ring_fault). Numbers are stable.
enum xvm_ring_breach {
    XVM_BREACH_NONE = 0,
    XVM_BREACH_GEOMETRY = 1,        // worker: magic, version, capacity or payload_max of the host's page
    XVM_BREACH_TAIL_ALIGNMENT = 2,  // tail is no multiple of 16
    XVM_BREACH_TAIL_BACKWARDS = 3,  // tail below the last one; limit: that
    XVM_BREACH_TAIL_BEYOND = 4,     // value: bytes between our position and tail; limit: the capacity
    XVM_BREACH_HEAD = 5,            // peer's head outside [acknowledged, our tail] or unaligned; limit: our tail
    XVM_BREACH_FLAGS = 6,           // limit: 0
    XVM_BREACH_SEQUENCE = 7,        // limit: the expected one
    XVM_BREACH_TYPE = 8,            // unknown, or not allowed now; limit: enum xvm_ring_phase
    XVM_BREACH_PAD = 9,             // PAD that does not fill exactly the rest, or stands at the ring's begin; limit: the exact length
    XVM_BREACH_LENGTH = 10,         // limit: the type's
    XVM_BREACH_TRUNCATED = 11,      // value: the frame's whole size; limit: bytes published
    XVM_BREACH_CROSSES_END = 12,    // value: the frame's whole size; limit: bytes up to the ring's end
    XVM_BREACH_CORRELATION = 13,    // limit: the expected one
    XVM_BREACH_NO_ROOM = 14,        // the host cannot send where the protocol says it can; limit: bytes free
    XVM_BREACH_SPURIOUS_WAKES = 15, // woken too often without a frame
    XVM_BREACH_FUTEX = 16,          // not the peer: the kernel refused a futex call; value: errno
    XVM_BREACH_PIECES = 17,         // a type that may not stand between the pieces of a message; limit: the message's type
};

/// What the host may receive. Decides which types are allowed.
enum xvm_ring_phase {
    XVM_PHASE_ANY = 0,       // the worker's side: host to worker types, any order
    XVM_PHASE_STARTING = 1,  // SEALED or SETUP_FAILED
    XVM_PHASE_IDLE = 2,      // nothing
    XVM_PHASE_RUNNING = 3,   // syscalls and OUTCOME
    XVM_PHASE_ANSWERING = 4, // a synchronous syscall is open: nothing
    XVM_PHASE_ENDED = 5,     // after SETUP_FAILED: nothing
    XVM_PHASE_SENDING = 6,   // the host's message is not complete: MORE
};

struct xvm_ring_fault {
    uint32_t reason;    // enum xvm_ring_breach
    uint32_t sequence;  // of the frame that was expected
    uint64_t value, limit;
    uint64_t position;  // our position in the peer's ring, bytes since its begin
};

/// All that the validator looks at besides tail and header: private memory of the receiving side.
struct xvm_ring_state {
    uint64_t position;       // of the next frame
    uint64_t tail;           // the last one accepted
    uint32_t capacity;       // power of two
    uint32_t payload_max;    // capacity / 4 - 16
    uint32_t sequence;       // expected
    uint32_t correlation;    // expected, unless phase is XVM_PHASE_ANY
    uint32_t phase;          // enum xvm_ring_phase
    uint32_t pieces_type;    // of the message whose pieces come; 0: none
    uint32_t pieces_size;    // bytes of them so far
    uint32_t zero;
};

/// What the spins of one kind of wait were worth.
struct xvm_spin {
    uint32_t score;     // spins in vain less those that succeeded, 0 ... 16
    uint32_t skipped;   // waits parked directly since the last spin
    uint32_t interval;  // so many are parked directly between two spins where most are in vain
};

/// One side of both directions. Private memory of that side; no field is shared. Fields are for tests and reports, not for writing.
struct xvm_channel {
    const uint8_t *in;           // the segment that the peer writes
    uint8_t *out;                // the segment that we write
    struct xvm_ring_state read;  // of `in`
    uint64_t head_stored;        // what the peer has been told of read.position
    uint64_t written;            // end of the last committed frame in `out`
    uint64_t published;          // tail that the peer may see
    uint64_t acknowledged;       // peer's head, verified
    uint64_t open;               // position of the reserved frame
    uint32_t open_size;          // its whole size; 0: none
    uint32_t open_length;        // its payload
    uint32_t open_pad;           // 1: a PAD precedes it
    uint32_t open_type;
    uint32_t open_correlation;
    uint32_t write_sequence;     // of the next frame
    uint32_t received_size;      // worker: whole size of the frame that waits for release
    uint32_t received_flags;     // worker: its flags, type and length
    uint32_t received_type;
    uint32_t received_length;
    uint32_t host;               // 1 on the host's side
    uint32_t spin_pauses;        // 0: never spin
    uint32_t rests;              // 1: our last frame left nothing to wait for but another invocation
    struct xvm_spin spin[2];     // of waits for an answer, and of those at rest
    uint32_t cpu_stored;         // what the peer has been told
    struct xvm_ring_fault fault;
    // For reports; never decide anything but the limit on spurious wakes.
    uint64_t frames_received, frames_sent, parks, spins, wakes_sent, wakes_spurious;  // spins: those that succeeded
};

// ---- set-up ----------------------------------------------------------------------------------------------------------

/// Checks the host's page before anything else is read: magic, version, capacity, payload_max, and that a segment of
/// `segment_size` bytes holds them. Returns 0, -EPROTONOSUPPORT (another version), or -EPROTO.
int xvm_ring_check_segment(const void *h2w, uint64_t segment_size);

/// The worker's side. A page that xvm_ring_check_segment would refuse leaves a channel on which everything is a breach.
void xvm_channel_init_worker(struct xvm_channel *channel, const void *h2w, void *w2h);

/// The host's side, on two zeroed segments of XVM_RING_CONTROL_SIZE + capacity bytes. Writes the control page of h2w.
/// - capacity: a power of two in XVM_RING_CAPACITY_MIN ... XVM_RING_CAPACITY_MAX, else everything is a breach.
void xvm_channel_init_host(struct xvm_channel *channel, void *h2w, void *w2h, uint32_t capacity);

/// The host, before the worker starts: how long both sides spin, in pauses (0: never), at most XVM_RING_SPIN_PAUSES_MAX.
void xvm_channel_set_spin(struct xvm_channel *channel, uint32_t pauses);

// ---- sending ---------------------------------------------------------------------------------------------------------

/// Begins a frame. Returns where its payload of exactly `length` bytes goes, inside the ring and not yet visible, or NULL:
/// no room now, length above the limit, or a breach of the peer (channel->fault). A frame begun and not committed is
/// forgotten by the next reserve. Never waits. A frame with payload always leaves 16 bytes, so that an empty one
/// (FLUSH) finds room.
uint8_t *xvm_ring_reserve(struct xvm_channel *channel, uint16_t type, uint32_t correlation, uint32_t length);

/// Ends the reserved frame: header and zeroed padding are written. Not visible before xvm_ring_publish.
void xvm_ring_commit(struct xvm_channel *channel);

/// The same for a piece that is not the last one of its message: its payload must be of the channel's largest size.
void xvm_ring_commit_piece(struct xvm_channel *channel);

/// Makes all committed frames visible by one store, and wakes the peer if it sleeps.
void xvm_ring_publish(struct xvm_channel *channel);

/// The largest payload that xvm_ring_reserve would take now (0: perhaps only an empty frame fits).
uint32_t xvm_ring_room(const struct xvm_channel *channel);

// ---- receiving -------------------------------------------------------------------------------------------------------

/// The worker's next frame, in place. Until xvm_ring_release the same frame is returned again.
enum xvm_ring_status xvm_ring_receive(struct xvm_channel *channel, struct xvm_frame *out);

/// Gives the space of the received frame back; its payload must not be used any more.
void xvm_ring_release(struct xvm_channel *channel);

/// The host's next frame: verified, its payload copied once into `buffer`, its space given back. Nothing that the worker
/// does afterwards changes `header` or `buffer`. Bounded work: at most one PAD and one frame.
/// - header: `payload` is NULL.
/// - buffer_size: at least payload_max of the channel; a longer frame is a breach.
enum xvm_ring_status xvm_ring_receive_copy(
    struct xvm_channel *channel, struct xvm_frame *header, uint8_t *buffer, uint32_t buffer_size);

/// The host: what the peer's frames must carry in `correlation` from now on (0 outside an invocation).
void xvm_ring_expect(struct xvm_channel *channel, uint32_t correlation);

// ---- waiting ---------------------------------------------------------------------------------------------------------

/// The worker: returns when a frame may be there. FUTEX_WAIT without timeout on the low half of tail in h2w.
void xvm_ring_wait(struct xvm_channel *channel);

/// The host: returns 0 when a frame may be there (or a breach was found), -ETIMEDOUT when the absolute CLOCK_MONOTONIC
/// deadline passed. Frames that are there already are never hidden by a deadline.
int xvm_ring_wait_until(struct xvm_channel *channel, uint64_t deadline_monotonic_ns);

/// The host, any thread, only when the worker cannot run any more: makes tail of w2h impossible and wakes who waits on it.
void xvm_ring_poison(void *w2h);

// ---- the validator ---------------------------------------------------------------------------------------------------

/// The rules, as a pure function: no shared memory, no clock, no side effect but the two results.
/// - tail: loaded once; differs from state->position.
/// - header: copied once from the ring's data at state->position, or NULL to check the tail only.
/// - frame: receives the header's fields when the result is XVM_BREACH_NONE (payload NULL).
/// - fault: receives reason, value, limit and position otherwise.
enum xvm_ring_breach xvm_ring_validate(
    const struct xvm_ring_state *state, uint64_t tail, const struct xvm_frame_header *header, struct xvm_frame *frame,
    struct xvm_ring_fault *fault);

/// Largest message of a type that a phase allows, or -1 when the phase does not allow it. PAD is not a matter of phase.
int64_t xvm_ring_length_limit(uint16_t type, enum xvm_ring_phase phase);

#endif
