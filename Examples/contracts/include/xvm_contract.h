// SPDX-License-Identifier: Apache-2.0
// The contract interface `xvm` for contracts in C: docs/contract-abi.md is the full text. One header, no libc.
// A method is an exported function () → (); it asks for its arguments and gives its output by the calls below.
#ifndef XVM_CONTRACT_H
#define XVM_CONTRACT_H

#include <stdint.h>

#define XVM_IMPORT(name) __attribute__((import_module("xvm"), import_name(#name)))
#define XVM_METHOD(name) __attribute__((export_name(#name))) void name(void)

// Negative results.
#define XVM_NOT_FOUND (-1)
#define XVM_KEY_SIZE (-2)
#define XVM_VALUE_SIZE (-3)
#define XVM_BUFFER_SIZE (-4)
#define XVM_RANGE (-5)
#define XVM_COUNT (-6)
#define XVM_UNKNOWN (-7)
#define XVM_NO_METHOD (-8)
#define XVM_RECURSION (-9)
#define XVM_DEPTH (-10)
#define XVM_PERMISSION (-11)
#define XVM_FAILED (-12)
#define XVM_REFUSED (-13)
#define XVM_ARGUMENTS (-14)
#define XVM_UNSUPPORTED (-15)

// Size of the value, of which the first bufferSize bytes were copied; or XVM_NOT_FOUND, XVM_KEY_SIZE.
XVM_IMPORT(get) int32_t xvm_get(const void *key, uint32_t keySize, void *buffer, uint32_t bufferSize);
// 0, or XVM_KEY_SIZE, XVM_VALUE_SIZE.
XVM_IMPORT(put) int32_t xvm_put(const void *key, uint32_t keySize, const void *value, uint32_t valueSize);
// 0, or XVM_KEY_SIZE.
XVM_IMPORT(delete) int32_t xvm_delete(const void *key, uint32_t keySize);
// Items of [start, limit) in bytewise order, an empty limit is the end of the contract's keys; as many as fit and at most
// countMax. Each item: u32 keySize, u32 valueSize, key, value. Returns the bytes written, 0 when there is no item.
// The next page starts at the last key followed by one zero byte.
XVM_IMPORT(scan) int32_t xvm_scan(const void *start, uint32_t startSize, const void *limit, uint32_t limitSize,
                                  uint32_t countMax, void *buffer, uint32_t bufferSize);
// Size of an argument's value, of which the first bufferSize bytes were copied; or XVM_NOT_FOUND.
XVM_IMPORT(argument) int32_t xvm_argument(const void *name, uint32_t nameSize, void *buffer, uint32_t bufferSize);
// The argument at index, in bytewise order of names; sizes[0] = name, sizes[1] = value. 0 or XVM_NOT_FOUND.
XVM_IMPORT(argument_at) int32_t xvm_argument_at(uint32_t index, void *name, uint32_t nameSize, void *value, uint32_t valueSize,
                                                uint32_t sizes[2]);
XVM_IMPORT(method) int32_t xvm_method(void *buffer, uint32_t bufferSize);
XVM_IMPORT(caller) int32_t xvm_caller(void *buffer, uint32_t bufferSize);
XVM_IMPORT(initiator) int32_t xvm_initiator(void *buffer, uint32_t bufferSize);
XVM_IMPORT(amount) int32_t xvm_amount(void *buffer, uint32_t bufferSize);
// status below 400 is success. The last call of an invocation counts; without one the invocation is reverted with 500.
XVM_IMPORT(output) int32_t xvm_output(int32_t status, const void *message, uint32_t messageSize, const void *body, uint32_t bodySize);
XVM_IMPORT(log) int32_t xvm_log(const void *text, uint32_t size);
XVM_IMPORT(event) int32_t xvm_event(const void *name, uint32_t nameSize, const void *body, uint32_t bodySize);
// Ends the call with the trap hostAbort and this text.
XVM_IMPORT(abort) _Noreturn void xvm_abort(const void *text, uint32_t size);

// Calls a method of another contract. arguments: items {u32 keySize, u32 valueSize, key, value} in any order. gasLimit: what the callee may
// use, XVM_ALL_GAS: everything that is left. 0: it returned; 1: it reverted, what it wrote is taken back; its answer by xvm_answer_*.
// Negative: it did not run, or XVM_FAILED: it trapped or ran out within a gas limit that was named, which is used up. Without a named
// limit a callee that traps or runs out ends this invocation, too.
#define XVM_ALL_GAS ((int64_t)-1)
XVM_IMPORT(contract_call) int32_t xvm_contract_call(const void *contract, uint32_t contractSize, const void *method, uint32_t methodSize,
                                                    const void *arguments, uint32_t argumentsSize, int64_t gasLimit);
// The last answer: status, message and body; sizes as everywhere.
XVM_IMPORT(answer_status) int32_t xvm_answer_status(void);
XVM_IMPORT(answer_message) int32_t xvm_answer_message(void *buffer, uint32_t bufferSize);
XVM_IMPORT(answer_body) int32_t xvm_answer_body(void *buffer, uint32_t bufferSize);
// Moves an amount (decimal text) from this contract's account. 0, or XVM_REFUSED with the reason as the answer's body.
XVM_IMPORT(transfer) int32_t xvm_transfer(const void *to, uint32_t toSize, const void *amount, uint32_t amountSize);
// Size of the answer, of which the first bufferSize bytes were copied, or XVM_NOT_FOUND. Ids have 32 bytes; the answers are protobuf
// (proto/xchain_contract.proto: Transaction, Block), of account_addresses and auth_require items {u32 size, address}.
XVM_IMPORT(query_transaction) int32_t xvm_query_transaction(const void *id, uint32_t idSize, void *buffer, uint32_t bufferSize);
XVM_IMPORT(query_block) int32_t xvm_query_block(const void *id, uint32_t idSize, void *buffer, uint32_t bufferSize);
XVM_IMPORT(account_addresses) int32_t xvm_account_addresses(const void *account, uint32_t accountSize, void *buffer, uint32_t bufferSize);
XVM_IMPORT(auth_require) int32_t xvm_auth_require(void *buffer, uint32_t bufferSize);

static inline uint32_t xvm_length(const char *text) {
    uint32_t n = 0;
    while (text[n]) n++;
    return n;
}
static inline void xvm_return(int32_t status, const char *message, const void *body, uint32_t bodySize) {
    xvm_output(status, message, xvm_length(message), body, bodySize);
}

#endif
