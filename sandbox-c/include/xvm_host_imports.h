// SPDX-License-Identifier: Apache-2.0
// The one table of functions that a Module may import. The translator resolves (module, name, type) against the same rows
// (XVMCompiler, HostImport.swift; a test compares both tables), so that only a row's number reaches the object.
// X(number, module, name, parameters, results): i = i32, I = i64, f = f32, F = f64. Numbers never change their meaning.
// Pointers and lengths are unsigned 32-bit; a range outside memory traps outOfBoundsMemoryAccess.
// Negative results are enum xvm_contract_error. docs/contract-abi.md is the contract author's text.
#ifndef XVM_HOST_IMPORTS_H
#define XVM_HOST_IMPORTS_H

#define XVM_HOST_IMPORT_TABLE(X)                                                                          \
    /* get(key, keySize, buffer, bufferSize) -> size of the value; copies the first bufferSize bytes */   \
    X(1, "xvm", "get", "iiii", "i")                                                                       \
    /* put(key, keySize, value, valueSize) -> 0 */                                                        \
    X(2, "xvm", "put", "iiii", "i")                                                                       \
    /* delete(key, keySize) -> 0 */                                                                       \
    X(3, "xvm", "delete", "ii", "i")                                                                      \
    /* scan(start, startSize, limit, limitSize, countMax, buffer, bufferSize) -> bytes written;           \
       items {u32 keySize, u32 valueSize, key, value}; 0 = no item in [start, limit) */                   \
    X(4, "xvm", "scan", "iiiiiii", "i")                                                                   \
    /* argument(name, nameSize, buffer, bufferSize) -> size of the value */                               \
    X(5, "xvm", "argument", "iiii", "i")                                                                  \
    /* method, caller, initiator, amount(buffer, bufferSize) -> size */                                   \
    X(6, "xvm", "method", "ii", "i")                                                                      \
    X(7, "xvm", "caller", "ii", "i")                                                                      \
    X(8, "xvm", "initiator", "ii", "i")                                                                   \
    X(9, "xvm", "amount", "ii", "i")                                                                      \
    /* output(status, message, messageSize, body, bodySize) -> 0; the last call of an invocation counts */ \
    X(10, "xvm", "output", "iiiii", "i")                                                                  \
    /* log(text, size) -> 0 */                                                                            \
    X(11, "xvm", "log", "ii", "i")                                                                        \
    /* event(name, nameSize, body, bodySize) -> 0 */                                                      \
    X(12, "xvm", "event", "iiii", "i")                                                                    \
    /* abort(text, size): ends the call with the trap hostAbort */                                        \
    X(13, "xvm", "abort", "ii", "")                                                                       \
    /* argument_at(index, nameBuffer, nameBufferSize, valueBuffer, valueBufferSize, sizes) -> 0;          \
       sizes: two u32, name and value; arguments stand in bytewise order of their names */                \
    X(14, "xvm", "argument_at", "iiiiii", "i")                                                            \
    /* contract_call(contract, contractSize, method, methodSize, arguments, argumentsSize, gasLimit) ->   \
       0: the callee returned, 1: it reverted; its answer by the next three */                            \
    X(15, "xvm", "contract_call", "iiiiiiI", "i")                                                         \
    /* answer_status() -> the status of the last answer */                                                \
    X(16, "xvm", "answer_status", "", "i")                                                                \
    /* answer_message, answer_body(buffer, bufferSize) -> size */                                         \
    X(17, "xvm", "answer_message", "ii", "i")                                                             \
    X(18, "xvm", "answer_body", "ii", "i")                                                                \
    /* transfer(to, toSize, amount, amountSize) -> 0 */                                                   \
    X(19, "xvm", "transfer", "iiii", "i")                                                                 \
    /* query_transaction, query_block, account_addresses(name, nameSize, buffer, bufferSize) -> size */   \
    X(20, "xvm", "query_transaction", "iiii", "i")                                                        \
    X(21, "xvm", "query_block", "iiii", "i")                                                              \
    X(22, "xvm", "account_addresses", "iiii", "i")                                                        \
    /* auth_require(buffer, bufferSize) -> size */                                                        \
    X(23, "xvm", "auth_require", "ii", "i")                                                               \
    /* cross_query(uri, uriSize, arguments, argumentsSize) -> 0; its answer as contract_call's */         \
    X(24, "xvm", "cross_query", "iiii", "i")

enum xvm_contract_error {
    XVM_CONTRACT_NOT_FOUND = -1,      // no such key or argument
    XVM_CONTRACT_KEY_SIZE = -2,       // key longer than XVM_KEY_SIZE_MAX
    XVM_CONTRACT_VALUE_SIZE = -3,     // value, body, name or message over its limit
    XVM_CONTRACT_BUFFER_SIZE = -4,    // scan: the buffer does not hold the first item
    XVM_CONTRACT_RANGE = -5,          // scan: start > limit (limit not empty)
    XVM_CONTRACT_COUNT = -6,          // too many events in this invocation
    XVM_CONTRACT_UNKNOWN = -7,        // contract_call: no contract of that name
    XVM_CONTRACT_METHOD = -8,         // contract_call: it has no such method, or one that only a deployment calls
    XVM_CONTRACT_RECURSION = -9,      // contract_call: it stands in the chain of callers already
    XVM_CONTRACT_DEPTH = -10,         // contract_call: the chain of callers is as long as it may be
    XVM_CONTRACT_PERMISSION = -11,    // contract_call: access control says no
    XVM_CONTRACT_FAILED = -12,        // contract_call with a gas limit: the callee trapped or ran out; the limit is used up
    XVM_CONTRACT_REFUSED = -13,       // transfer: the chain says no; the reason is the answer's body
    XVM_CONTRACT_ARGUMENTS = -14,     // a list of pairs that is none, or holds a key twice; a call too large for a message
    XVM_CONTRACT_UNSUPPORTED = -15,   // this host has no chain, or no such service
};

// Globals that a Module may import, and their values. X(number, module, name, kind, bits): kind as above, bits of
// the value (i32 and f32 zero-extended). Each context gets its own copy, before its segments. Numbers count apart from the functions'.
// Memories and tables have no number: a context makes them, as the Module's import declares them (HostImport.swift has their names).
#define XVM_HOST_GLOBAL_TABLE(X)                                                                          \
    /* what emscripten's modules of XuperChain's C++ toolchain ask for, with XVM's values */               \
    X(1, "env", "__table_base", "i", 0)                                                                   \
    X(2, "env", "tableBase", "i", 0)                                                                      \
    X(3, "env", "DYNAMICTOP_PTR", "i", 924)                                                               \
    X(4, "global", "NaN", "F", 0x7ff8000000000000)                                                        \
    X(5, "global", "Infinity", "F", 0x7ff0000000000000)

#endif
