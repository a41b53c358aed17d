// SPDX-License-Identifier: Apache-2.0
// What the test files share: checks that name their line, the object under test, a dictionary as host port.
#ifndef XVM_TEST_CHECK_H
#define XVM_TEST_CHECK_H

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "module.h"
#include "xvm.h"
#include "xvm_host.h"
#include "xvm_runtime.h"
#include "xvm_zygote.h"

// Exit status of a case whose check failed; no status of the runtime's.
#define CHECK_FAILED 1

#define CHECK(condition)                                                                  \
    do {                                                                                  \
        if (!(condition)) {                                                               \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition); \
            _exit(CHECK_FAILED);                                                          \
        }                                                                                 \
    } while (0)
#define CHECK_EQUAL(a, b)                                                                                              \
    do {                                                                                                               \
        int64_t left_ = (int64_t)(a), right_ = (int64_t)(b);                                                           \
        if (left_ != right_) {                                                                                         \
            fprintf(stderr, "%s:%d: %s is %" PRId64 ", not %" PRId64 "\n", __FILE__, __LINE__, #a, left_, right_);     \
            _exit(CHECK_FAILED);                                                                                       \
        }                                                                                                              \
    } while (0)

// True where the memory of this process is watched by AddressSanitizer, which makes system calls of its own.
#if defined(__SANITIZE_ADDRESS__)
#define UNDER_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define UNDER_ASAN 1
#endif
#endif
#ifndef UNDER_ASAN
#define UNDER_ASAN 0
#endif

#define ENTRY_COUNT 64
struct entry {
    uint8_t key[512];
    uint32_t key_size;
    uint8_t *value;
    uint32_t value_size;
};
// A sorted dictionary, the logs and the events of an invocation.
struct dictionary {
    struct entry entries[ENTRY_COUNT];
    uint32_t count;
    uint32_t log_count, event_count;
    uint8_t last_log[XVM_LOG_SIZE_MAX + 1];
    uint32_t last_log_size;
    uint8_t last_event[XVM_EVENT_NAME_SIZE_MAX + XVM_EVENT_BODY_SIZE_MAX];
    uint32_t last_event_name_size, last_event_body_size;
    uint32_t put_count, get_count, scan_count, remove_count;
};
void dictionary_clear(struct dictionary *dictionary);
struct xvm_host_port dictionary_port(struct dictionary *dictionary);

// Everything that a case needs: handlers, code, one context with its host.
struct fixture {
    xvm_code_t *code;
    xvm_context_t *context;
    struct dictionary *dictionary;
    struct xvm_host_port port;
    struct xvm_host *host;
};
extern const char *module_path;
extern const xvm_limits_t limits;  // 16 pages, 500 frames, 1 MiB
#define GAS 1000000

// Chained handlers, the object opened, its imports resolved, a context made but not initialised.
struct fixture fixture_open(void);
// The same with the handlers of a worker and the fixed arena of `pages`.
struct fixture fixture_open_worker(uint32_t pages);
void fixture_close(struct fixture *fixture);
// Initialises, and checks that it returned.
void fixture_init(struct fixture *fixture, int64_t gas);
void fixture_init_wide(struct fixture *fixture, int64_t gas, uint32_t pages);
// Calls an export and gives the completion; slots[0] of it afterwards in *result (may be NULL).
xvm_completion_t call(struct fixture *fixture, uint32_t export, uint32_t count, const uint64_t *parameters, uint64_t *result);
// Calls and checks that it returned.
uint64_t value_of(struct fixture *fixture, uint32_t export, uint64_t a, uint64_t b);
// Calls and checks that it trapped so.
void traps(struct fixture *fixture, uint32_t export, uint64_t a, uint64_t b, enum xvm_trap trap);

// A seccomp filter as strict as a worker's run stage; every other call kills the process. wait, wake: the two futex words,
// or NULL for none.
void seal(const void *wait, const void *wake);

struct test {
    const char *name;
    void (*body)(void);
    int status;       // expected exit status of the process that runs it
    bool not_under_asan;
};
extern const struct test call_tests[], memory_tests[], import_tests[], worker_tests[], serve_tests[];  // each ends with a NULL name

#endif
