// SPDX-License-Identifier: Apache-2.0
// What the driver's files share: a small supervisor in C, the filters, the checks. Compiled by ZygoteTests.
#ifndef XVM_TEST_DRIVER_H
#define XVM_TEST_DRIVER_H

#include <stdbool.h>
#include <stdint.h>

#include "xvm_ring.h"
#include "xvm_system.h"
#include "xvm_zygote.h"

// Exports of module.c.
enum { NOTHING, SYSTEM_CALL, SYSTEM_CALL_32, READ, WRITE, CYCLE_COUNTER, JUMP, ADDRESSES, SPIN, GUARDS };

struct driver {
    const char *worker_path;
    int socket;  // the zygote's
    int zygote_pidfd;
    int32_t zygote_pid;
    int filters, module;
    uint32_t flags;
    uint32_t load_size, run_size;
    struct xvm_zygote_answer ready;
    struct {
        bool ready;
        int32_t pid;
        int pidfd, socket;
    } blank;
};

#define WORKER_PAYLOAD_SIZE 65536
struct worker {
    int32_t pid;
    int pidfd, listener;
    void *h2w, *w2h;
    int h2w_file, w2h_file;
    int64_t requested;  // when BEGIN was sent, monotonic nanoseconds
    struct xvm_channel channel;
    bool sealed, failed;
    uint32_t listener_number;
    uint32_t step_count;
    struct xvm_step_report steps[XVM_STEP_REPORTS_MAX];
    uint32_t failed_step, failed_error;
    char failed_text[260];
    uint8_t payload[WORKER_PAYLOAD_SIZE];
};

// How an invocation ended.
enum ending { RETURNED, OTHER_OUTCOME, NOTIFIED, EXITED, KILLED, TIMEOUT, BREACH };
struct ended {
    enum ending how;
    int32_t status;  // exit status or signal
    uint64_t slots[8];
    uint32_t slot_count;
    struct xvm_system_notification notification;
};

// Conditions of a rule. libseccomp's own macros leave a field out, which clang's -Wextra reports.
#define EQUAL(argument, value) ((struct scmp_arg_cmp){argument, SCMP_CMP_EQ, value, 0})
#define MASKED(argument, mask, value) ((struct scmp_arg_cmp){argument, SCMP_CMP_MASKED_EQ, mask, value})

extern int checks, failures;
#define CHECK(condition, ...) check((condition), #condition, __LINE__, __VA_ARGS__)
__attribute__((format(printf, 4, 5))) bool check(bool holds, const char *condition, int line, const char *format, ...);
/// A failure from which the driver cannot go on.
__attribute__((format(printf, 1, 2))) _Noreturn void stop(const char *format, ...);

// NOTIFYING: the two filters of the load and the run stage. TRAPPING: the run filter of a floor without listener.
// OPEN: everything is allowed but getpid, which notifies; it shows what the other layers stop.
enum filters { NOTIFYING, TRAPPING, OPEN };
/// Both programs in one sealed memfd.
int filters_make(uint32_t *load_size, uint32_t *run_size, enum filters kind);

void zygote_start(struct driver *driver);
bool zygote_configure(struct driver *driver);  // false: FAILED, in driver->ready
void zygote_stop(struct driver *driver);

/// Sends SPAWN and reads the answer. False: FAILED, in *answer.
bool blank_make(struct driver *driver, struct xvm_zygote_answer *answer);
/// Makes the rings and sends BEGIN to the blank, which is made first if there is none. False: as blank_make.
bool worker_spawn(struct driver *driver, struct worker *worker, struct xvm_worker_begin request, struct xvm_zygote_answer *answer);
/// Until SEALED, SETUP_FAILED or the end; then fetches the listener.
void worker_await(struct driver *driver, struct worker *worker, struct xvm_system_exit *ending);
void worker_start(struct driver *driver, struct worker *worker);  // both, and it must be sealed
void worker_invoke(struct worker *worker, uint32_t export_index, const uint64_t *slots, uint32_t count, struct ended *ended);
void worker_end(struct worker *worker);
struct xvm_worker_begin default_request(void);
int64_t soon(void);

#endif
