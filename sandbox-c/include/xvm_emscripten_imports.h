// SPDX-License-Identifier: Apache-2.0
// The functions that modules of XuperChain's C++ toolchain (emscripten) import: rows of the same table as xvm_host_imports.h, with the
// arities of XVM. The result "?" is an i32 that a module may leave out. Run by: worker, in-process embedders.
// From 200 on: the row 100 below under the name that later emscriptens give it, without the first underscore.
#ifndef XVM_EMSCRIPTEN_IMPORTS_H
#define XVM_EMSCRIPTEN_IMPORTS_H

#define XVM_EMSCRIPTEN_FIRST 100u
#define XVM_EMSCRIPTEN_ALIAS 100u  // from a row to its other name
#define XVM_EMSCRIPTEN_IMPORT_TABLE(X)                                                  \
    X(100, "env", "_emscripten_memcpy_big", "iii", "?")                                 \
    X(101, "env", "_emscripten_get_heap_size", "", "?")                                 \
    X(102, "env", "getTotalMemory", "", "?")                                            \
    X(103, "env", "___syscall146", "ii", "?")                                           \
    X(104, "env", "___setErrNo", "i", "?")                                              \
    X(105, "env", "___lock", "i", "?")                                                  \
    X(106, "env", "___unlock", "i", "?")                                                \
    X(107, "env", "_getenv", "i", "?")                                                  \
    X(108, "env", "_llvm_stackrestore", "i", "?")                                       \
    X(109, "env", "___syscall54", "ii", "?")                                            \
    X(110, "env", "_pthread_equal", "ii", "?")                                          \
    X(111, "env", "enlargeMemory", "", "?")                                             \
    X(112, "env", "_llvm_stacksave", "", "?")                                           \
    X(113, "env", "_emscripten_resize_heap", "i", "?")                                  \
    X(114, "env", "___syscall140", "ii", "?")                                           \
    X(115, "env", "___syscall6", "ii", "?")                                             \
    X(116, "env", "___cxa_pure_virtual", "", "?")                                       \
    X(117, "env", "abort", "i", "?")                                                    \
    X(118, "env", "_abort", "", "?")                                                    \
    X(119, "env", "___cxa_allocate_exception", "i", "?")                                \
    X(120, "env", "___cxa_throw", "iii", "?")                                           \
    X(121, "env", "___assert_fail", "iiii", "?")                                        \
    X(122, "env", "_strftime_l", "iiiii", "?")                                          \
    X(123, "env", "_pthread_cond_wait", "ii", "?")                                      \
    X(124, "env", "___syscall91", "ii", "?")                                            \
    X(125, "env", "___syscall145", "ii", "?")                                           \
    X(126, "env", "___map_file", "ii", "?")                                             \
    X(127, "env", "___cxa_uncaught_exception", "", "?")                                 \
    X(128, "env", "abortOnCannotGrowMemory", "i", "?")                                  \
    X(129, "env", "abortStackOverflow", "i", "?")                                       \
    X(130, "env", "_llvm_trap", "", "?")                                                \
    X(131, "env", "_xvm_hash", "iiiii", "?")                                            \
    X(132, "env", "_xvm_encode", "iiiii", "?")                                          \
    X(133, "env", "_xvm_decode", "iiiii", "?")                                          \
    X(134, "env", "_xvm_ecverify", "iiiiii", "?")                                       \
    X(135, "env", "_xvm_addr_from_pubkey", "ii", "?")                                   \
    X(136, "env", "_call_method_v2", "iiiiiii", "?")                                    \
    X(137, "env", "_call_method", "iiii", "?")                                          \
    X(138, "env", "_fetch_response", "ii", "?")                                         \
    X(200, "env", "emscripten_memcpy_big", "iii", "?")                                  \
    X(201, "env", "emscripten_get_heap_size", "", "?")                                  \
    X(203, "env", "__syscall146", "ii", "?")                                            \
    X(204, "env", "__setErrNo", "i", "?")                                               \
    X(205, "env", "__lock", "i", "?")                                                   \
    X(206, "env", "__unlock", "i", "?")                                                 \
    X(207, "env", "getenv", "i", "?")                                                   \
    X(208, "env", "llvm_stackrestore", "i", "?")                                        \
    X(209, "env", "__syscall54", "ii", "?")                                             \
    X(210, "env", "pthread_equal", "ii", "?")                                           \
    X(212, "env", "llvm_stacksave", "", "?")                                            \
    X(213, "env", "emscripten_resize_heap", "i", "?")                                   \
    X(214, "env", "__syscall140", "ii", "?")                                            \
    X(215, "env", "__syscall6", "ii", "?")                                              \
    X(216, "env", "__cxa_pure_virtual", "", "?")                                        \
    X(218, "env", "abort", "", "?")                                                     \
    X(219, "env", "__cxa_allocate_exception", "i", "?")                                 \
    X(220, "env", "__cxa_throw", "iii", "?")                                            \
    X(221, "env", "__assert_fail", "iiii", "?")                                         \
    X(222, "env", "strftime_l", "iiiii", "?")                                           \
    X(223, "env", "pthread_cond_wait", "ii", "?")                                       \
    X(224, "env", "__syscall91", "ii", "?")                                             \
    X(225, "env", "__syscall145", "ii", "?")                                            \
    X(226, "env", "__map_file", "ii", "?")                                              \
    X(227, "env", "__cxa_uncaught_exception", "", "?")                                  \
    X(230, "env", "llvm_trap", "", "?")                                                 \
    X(231, "env", "xvm_hash", "iiiii", "?")                                             \
    X(232, "env", "xvm_encode", "iiiii", "?")                                           \
    X(233, "env", "xvm_decode", "iiiii", "?")                                           \
    X(234, "env", "xvm_ecverify", "iiiiii", "?")                                        \
    X(235, "env", "xvm_addr_from_pubkey", "ii", "?")                                    \
    X(236, "env", "call_method_v2", "iiiiiii", "?")                                     \
    X(237, "env", "call_method", "iiii", "?")                                           \
    X(238, "env", "fetch_response", "ii", "?")

#define XVM_EMSCRIPTEN_HEAP_POINTER 924u   // DYNAMICTOP_PTR: where a module keeps the end of its heap
#define XVM_EMSCRIPTEN_STACK_SIZE 262144u  // between the begin of its stack and that of its heap
// Gas of the probe for the begin of the stack, which is the host's own doing and costs the contract nothing.
#define XVM_EMSCRIPTEN_PROBE_GAS 1000000

#endif
