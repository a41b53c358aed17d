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
    X(14, "xvm", "argument_at", "iiiiii", "i")

enum xvm_contract_error {
    XVM_CONTRACT_NOT_FOUND = -1,      // no such key or argument
    XVM_CONTRACT_KEY_SIZE = -2,       // key longer than XVM_KEY_SIZE_MAX
    XVM_CONTRACT_VALUE_SIZE = -3,     // value, body, name or message over its limit
    XVM_CONTRACT_BUFFER_SIZE = -4,    // scan: the buffer does not hold the first item
    XVM_CONTRACT_RANGE = -5,          // scan: start > limit (limit not empty)
    XVM_CONTRACT_COUNT = -6,          // too many events in this invocation
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
