// SPDX-License-Identifier: Apache-2.0
// Message types and payload layouts between host and worker. docs/wire-format.md is the text of it; XVMWire is the
// host's side of the same. Run by: worker and host. All integers little-endian, no padding unless stated;
// `bytes` = u32 length, then that many bytes.
#ifndef XVM_WIRE_H
#define XVM_WIRE_H

#include <stdint.h>

#define XVM_WIRE_VERSION 4u

#define XVM_RING_CAPACITY 262144u        // bytes of data per direction
#define XVM_PAYLOAD_SIZE_MAX 65520u      // largest payload of one frame: a quarter of the ring less the frame header
#define XVM_MESSAGE_SIZE_MAX 1114112u    // largest message, in several frames: a largest value with what stands beside it
#define XVM_ARGUMENT_COUNT_MAX 8190u     // of a METHOD

// Protocol constants, equal on every store (state-and-users: limits). Decided in the worker before a frame is posted.
#define XVM_KEY_SIZE_MAX 400u
#define XVM_BOUND_SIZE_MAX 401u           // start and limit of an iterator: the longest key, then one 00 to go on behind it
#define XVM_VALUE_SIZE_MAX 1048576u      // a put (key, value, lengths) fits one message
#define XVM_LOG_SIZE_MAX 4096u           // longer log lines are cut
#define XVM_EVENT_NAME_SIZE_MAX 256u
#define XVM_EVENT_BODY_SIZE_MAX 1048576u
#define XVM_OUTPUT_MESSAGE_SIZE_MAX 1024u
#define XVM_OUTPUT_BODY_SIZE_MAX 1048576u
#define XVM_LOG_COUNT_MAX 1024u          // per invocation; later lines are dropped, the last says so
#define XVM_EVENT_COUNT_MAX 1024u        // per invocation
#define XVM_ASK_FIELD_COUNT_MAX 4u
#define XVM_ASK_FIXED_SIZE 24u           // an ASK without its fields
#define XVM_REPLY_FIXED_SIZE 24u         // a RESULT to ASK without message and body
#define XVM_REPLY_BODY_SIZE_MAX (XVM_MESSAGE_SIZE_MAX - XVM_REPLY_FIXED_SIZE - XVM_OUTPUT_MESSAGE_SIZE_MAX)
#define XVM_STEP_COUNT_MAX 64u           // steps in SEALED
#define XVM_SETUP_TEXT_SIZE_MAX 256u
#define XVM_SEALED_SIZE_MAX (16u + 4u * XVM_STEP_COUNT_MAX)

enum xvm_frame_type {
    XVM_FRAME_PAD = 0x00,

    // host to worker
    XVM_FRAME_INVOCATION = 0x01,
    XVM_FRAME_RESULT = 0x02,             // the answer to the one open synchronous syscall

    // worker to host, outside an invocation
    XVM_FRAME_SEALED = 0x41,
    XVM_FRAME_SETUP_FAILED = 0x43,
    // worker to host, ends an invocation
    XVM_FRAME_OUTCOME = 0x42,

    // syscalls, synchronous: the worker waits for RESULT
    XVM_FRAME_GET_OBJECT = 0x81,         // bytes key
    XVM_FRAME_NEW_ITERATOR = 0x82,       // bytes start, bytes limit (empty: end of bucket), u32 itemCountMax, u32 sizeMax
    XVM_FRAME_FLUSH = 0x83,              // empty; all posted frames before it have been taken
    XVM_FRAME_MORE = 0x85,               // empty; the pieces of the host's message so far have been taken, the next may come

    XVM_FRAME_ASK = 0x84,                // what the host does beside objects: see below

    // syscalls, posted: no answer; what the contract may see of a failure was decided before posting
    XVM_FRAME_PUT_OBJECT = 0xc1,         // bytes key, bytes value
    XVM_FRAME_DELETE_OBJECT = 0xc2,      // bytes key
    XVM_FRAME_POST_LOG = 0xc3,           // bytes text
    XVM_FRAME_EMIT_EVENT = 0xc4,         // bytes name, bytes body
};

// A message that does not fit one frame comes in pieces: frames of its type, one after the other, each but the last one with
// XVM_FLAG_CONTINUES and exactly the channel's largest payload. Only these types may: INVOCATION, RESULT, PUT_OBJECT,
// EMIT_EVENT, ASK, OUTCOME. Between the pieces of a worker's message only PAD and FLUSH may stand. The host sends as many pieces
// as find room and publishes them at once; a worker that has taken all of them and lacks some asks by MORE.
#define XVM_FLAG_CONTINUES 0x0001u

// INVOCATION: u8 entry (enum xvm_entry), u8[3] zero, u32 exportIndex (among function exports), i64 gasLimit (>= 0, < 2^62),
//   u32 frameLimit, u32 stackLimit (bytes of computed frame cost), u32 memoryPagesMax,
//   u32 guest (enum xvm_guest), EMSCRIPTEN: u32 stackAllocExport, u32 mallocExport (XVM_NO_EXPORT: none); then
//   METHOD:   bytes method, bytes caller, bytes initiator, bytes amount (decimal text), u32 argumentCount,
//             argumentCount x (bytes key, bytes value), keys strictly ascending bytewise
//   FUNCTION: u32 slotCount, slotCount x u64
enum xvm_entry { XVM_ENTRY_METHOD = 0, XVM_ENTRY_FUNCTION = 1 };
// What prepares a context before its entry. EMSCRIPTEN: the stack as XVM sets it up (docs/contract-abi.md).
enum xvm_guest { XVM_GUEST_NONE = 0, XVM_GUEST_EMSCRIPTEN = 1 };
#define XVM_NO_EXPORT 0xffffffffu

// ASK: u32 call (enum xvm_ask_call), i64 gasLeft of the contract, i64 gasLimit (CONTRACT_CALL: what the callee may use,
//   -1: all that is left; else -1), u32 fieldCount, fieldCount x bytes.
//   A list of pairs is one field: items {u32 keySize, u32 valueSize, key, value} without a count, in any order.
enum xvm_ask_call {
    XVM_ASK_CONTRACT_CALL = 1,      // contract, method, arguments as a list of pairs
    XVM_ASK_TRANSFER = 2,           // to, amount as decimal text
    XVM_ASK_TRANSACTION = 3,        // id, 32 bytes -> body: protobuf Transaction (proto/xchain_contract.proto)
    XVM_ASK_BLOCK = 4,              // id, 32 bytes -> body: protobuf Block
    XVM_ASK_ACCOUNT_ADDRESSES = 5,  // account -> body: items {u32 size, address}
    XVM_ASK_AUTH_REQUIRE = 6,       // - -> body: items {u32 size, address}
    XVM_ASK_CROSS_QUERY = 7,        // uri, arguments as a list of pairs
    XVM_ASK_SYSCALL = 8,            // XuperChain's: method, request as protobuf -> body: response as protobuf, or the error's text
    XVM_ASK_VERIFY_SIGNATURE = 9,   // public key (JSON), signature (DER), hash -> code: 0 it is right, -1 it is not
    XVM_ASK_KEY_ADDRESS = 10,       // public key (JSON) -> body: its address; REFUSED: it is no key
};

// RESULT: u32 status (enum xvm_result), then
//   to GET_OBJECT: bytes value (empty unless FOUND)
//   to NEW_ITERATOR: u32 itemCount, itemCount x (bytes key, bytes value); with TOO_SMALL itemCount is 0 and a u32 follows:
//     the size the first item needs. An item's size is 8 + key + value. At most itemCountMax items and sizeMax bytes.
//   to FLUSH: nothing
//   to ASK: i64 gasUsed, i32 code, bytes message, bytes body, and nothing else. gasUsed is at most the gasLeft that was told and is
//     charged to the contract.
//     FOUND: done; code, message and body are the answer. REFUSED: not done; code is an enum xvm_contract_error, body a text.
//     ENDED: the invocation ends with the trap `code` (enum xvm_trap), message is the text of a host abort.
enum xvm_result {
    XVM_RESULT_FOUND = 0, XVM_RESULT_NOT_FOUND = 1, XVM_RESULT_DELETED = 2, XVM_RESULT_TOO_SMALL = 3,
    XVM_RESULT_REFUSED = 4, XVM_RESULT_ENDED = 5,
};

// OUTCOME: u8 ending (enum xvm_ending), u8 trap (enum xvm_trap), u8 hasOutput (0/1), u8 zero, u32 memoryPages at the end,
//   i64 gasUsed, i32 status, bytes message, bytes body, u32 slotCount, slotCount x u64 results.
//   gasUsed is exact for RETURNED, the limit otherwise. message: the output's, or the text of a host abort.
enum xvm_ending { XVM_ENDING_RETURNED = 0, XVM_ENDING_TRAPPED = 1, XVM_ENDING_OUT_OF_GAS = 2 };

// SEALED: u32 wireVersion, u32 listenerDescriptor (0xffffffff: none), u32 nestableContexts (1), u32 stepCount,
//   stepCount x (u16 step, i16 errno): every confinement step, errno 0 = holds
// SETUP_FAILED: u32 step (enum xvm_step), u32 errno, bytes text (at most 256)

#endif
