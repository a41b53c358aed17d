// SPDX-License-Identifier: Apache-2.0
// Features taken away: an outer filter, as a container has it, answers for the kernel. The start sequence must say which step
// is missing, go on where the flags allow it and refuse where they do not; and the wall that is left must still stop a call.
#include "floors.h"

#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <unistd.h>

#define LISTENER_FLAG 8u

struct floor_case {
    const char *name;
    struct {
        int number;
        uint32_t argument;
        uint64_t mask;  // 0: any argument
        int error;
    } refused[3];
    bool drop_capabilities;
    bool in_worker;       // the step stands in SEALED, else in READY
    uint16_t step;
    int error;
    uint32_t required_by; // flag with which CONFIGURE (or, in_worker, the worker's start) must be refused; 0: none
};

static const struct floor_case cases[] = {
    {"user-namespace", {{272, 0, CLONE_NEWUSER, EPERM}}, false, false, XVM_STEP_USER_NAMESPACE, EPERM, XVM_ZYGOTE_REQUIRE_NAMESPACES},
    {"all-namespaces", {{272, 0, 0, EPERM}, {435, 0, 0, ENOSYS}, {56, 0, CLONE_NEWPID, EPERM}}, false, false,
     XVM_STEP_MOUNT_NAMESPACE, EPERM, XVM_ZYGOTE_REQUIRE_NAMESPACES},
    // What a container with the usual default profile leaves.
    {"container", {{272, 0, 0, EPERM}, {435, 0, 0, ENOSYS}, {56, 0, CLONE_NEWPID, EPERM}}, true, false, XVM_STEP_NET_NAMESPACE, EPERM,
     XVM_ZYGOTE_REQUIRE_NAMESPACES},
    {"mount", {{165, 0, 0, EACCES}}, false, false, XVM_STEP_EMPTY_ROOT, EACCES, XVM_ZYGOTE_REQUIRE_NAMESPACES},
    {"pivot-root", {{155, 0, 0, EINVAL}}, false, false, XVM_STEP_EMPTY_ROOT, EINVAL, XVM_ZYGOTE_REQUIRE_NAMESPACES},
    {"exec-self", {{322, 0, 0, EACCES}}, false, false, XVM_STEP_EXEC_SELF, EACCES, 0},
    {"landlock", {{444, 0, 0, ENOSYS}}, false, true, XVM_STEP_LANDLOCK, ENOSYS, XVM_ZYGOTE_REQUIRE_LANDLOCK},
    {"clone3", {{435, 0, 0, ENOSYS}}, false, true, XVM_STEP_PID_NAMESPACE, 0, 0},
    {"pid-namespace", {{435, 0, 0, ENOSYS}, {56, 0, CLONE_NEWPID, EPERM}}, false, true, XVM_STEP_PID_NAMESPACE, EPERM,
     XVM_ZYGOTE_REQUIRE_NAMESPACES},
    {"mseal", {{462, 0, 0, ENOSYS}}, false, true, XVM_STEP_MSEAL, ENOSYS, 0},
    {"close-range", {{436, 0, 0, ENOSYS}}, false, true, XVM_STEP_CLOSE_DESCRIPTORS, 0, 0},
    {"mdwe", {{157, 0, UINT64_MAX, EINVAL}}, false, true, XVM_STEP_MDWE, EINVAL, 0},
    {"listener", {{317, 1, LISTENER_FLAG, EINVAL}}, false, true, XVM_STEP_LISTENER, EINVAL, XVM_ZYGOTE_REQUIRE_LISTENER},
};

static void take_away(const struct floor_case *floor) {
    scmp_filter_ctx context = seccomp_init(SCMP_ACT_ALLOW);
    if (context == NULL) stop("seccomp_init");
    for (size_t index = 0; index < 3 && floor->refused[index].error != 0; index++) {
        uint32_t answer = SCMP_ACT_ERRNO((uint32_t)floor->refused[index].error);
        int number = floor->refused[index].number;
        uint64_t mask = floor->refused[index].mask;
        int error;
        if (mask == 0) {
            error = seccomp_rule_add(context, answer, number, 0);
        } else if (mask == UINT64_MAX) {
            error = seccomp_rule_add(context, answer, number, 1, EQUAL(0, 65));  // prctl(PR_SET_MDWE)
        } else {
            struct scmp_arg_cmp set = {floor->refused[index].argument, SCMP_CMP_MASKED_EQ, mask, mask};
            error = seccomp_rule_add_array(context, answer, number, 1, &set);
        }
        if (error != 0) stop("outer rule for %d: %d", number, error);
    }
    if (floor->drop_capabilities) {
        const cap_value_t gone[] = {CAP_SYS_ADMIN, CAP_SYS_PTRACE};
        for (size_t index = 0; index < 2; index++) (void)prctl(PR_CAPBSET_DROP, (unsigned long)gone[index], 0L, 0L, 0L);
        cap_t sets = cap_get_proc();
        for (int set = CAP_EFFECTIVE; set <= CAP_INHERITABLE; set++) cap_set_flag(sets, (cap_flag_t)set, 2, gone, CAP_CLEAR);
        // Without the right to install a filter otherwise, no_new_privs it is.
        if (cap_set_proc(sets) != 0) stop("capset: %s", strerror(errno));
        cap_free(sets);
    }
    // libseccomp sets no_new_privs, as a container runtime does.
    if (seccomp_load(context) != 0) stop("outer filter");
    seccomp_release(context);
}

static int error_of(const struct xvm_step_report *steps, uint32_t count, uint16_t step) {
    for (uint32_t index = 0; index < count; index++) {
        if (steps[index].step == step) return steps[index].error;
    }
    return -1;
}

static void refusal(struct driver *driver, struct worker *worker, const struct floor_case *floor) {
    driver->flags = floor->required_by;
    zygote_start(driver);
    bool ready = zygote_configure(driver);
    struct xvm_zygote_answer answer = driver->ready;
    struct xvm_system_exit ending;
    if (ready && floor->in_worker) {
        if (worker_spawn(driver, worker, default_request(), &answer)) {
            worker_await(driver, worker, &ending);
            CHECK(worker->failed && worker->failed_step == floor->step && (int)worker->failed_error == floor->error,
                  "%s: step %u errno %u sealed %d", floor->name, worker->failed_step, worker->failed_error, worker->sealed);
            if (worker->pidfd >= 0) {
                CHECK(xvm_system_wait(worker->pidfd, 1, &ending) == 1, "wait");
                close(worker->pidfd);
                worker->pidfd = -1;
            }
            worker_end(worker);
        } else {
            CHECK(answer.step == floor->step && answer.error == floor->error, "%s: step %u errno %d", floor->name, answer.step,
                  answer.error);
        }
    } else {
        bool root = geteuid() == 0;
        // Root may do without a user namespace: there the same namespaces are made without it.
        if (root && floor->step == XVM_STEP_USER_NAMESPACE) {
            CHECK(ready, "%s: root is refused at step %u", floor->name, answer.step);
        } else {
            CHECK(!ready && (answer.step == floor->step || answer.step == XVM_STEP_USER_NAMESPACE
                             || answer.step == XVM_STEP_MOUNT_NAMESPACE) && answer.error != 0,
                  "%s: ready %d step %u errno %d", floor->name, ready, answer.step, answer.error);
        }
    }
    zygote_stop(driver);
}

static void goes_on(struct driver *driver, struct worker *worker, const struct floor_case *floor) {
    bool listener = floor->step != XVM_STEP_LISTENER;
    driver->flags = listener ? 0 : XVM_ZYGOTE_NO_LISTENER;
    if (!listener) {
        close(driver->filters);
        driver->filters = filters_make(&driver->load_size, &driver->run_size, TRAPPING);
    }
    zygote_start(driver);
    if (!zygote_configure(driver)) stop("%s: step %u errno %d", floor->name, driver->ready.step, driver->ready.error);
    worker_start(driver, worker);
    const struct xvm_step_report *steps = floor->in_worker ? worker->steps : driver->ready.steps;
    uint32_t count = floor->in_worker ? worker->step_count : driver->ready.step_count;
    int error = error_of(steps, count, floor->step);
    CHECK(listener ? error == floor->error : error == EOPNOTSUPP, "%s: step %u has errno %d instead of %d", floor->name, floor->step,
          error, floor->error);
    const uint64_t open_call[7] = {257, (uint64_t)-100, XVM_ADDRESS_ARENA, 0};
    struct ended ended;
    worker_invoke(worker, SYSTEM_CALL, open_call, 7, &ended);
    if (listener) {
        CHECK(ended.how == NOTIFIED && ended.notification.number == 257, "%s: how %d status %d", floor->name, ended.how, ended.status);
    } else {
        CHECK(ended.how == KILLED && ended.status == 31, "%s: how %d status %d", floor->name, ended.how, ended.status);
    }
    worker_end(worker);
    zygote_stop(driver);
}

bool floors_run(struct driver *driver, struct worker *worker, const char *name) {
    for (size_t index = 0; index < sizeof cases / sizeof cases[0]; index++) {
        if (strcmp(cases[index].name, name) != 0) continue;
        take_away(&cases[index]);
        if (cases[index].required_by != 0) refusal(driver, worker, &cases[index]);
        goes_on(driver, worker, &cases[index]);
        return true;
    }
    return false;
}
