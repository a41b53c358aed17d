// SPDX-License-Identifier: Apache-2.0
// Runs each case in a process of its own, because cases install fault handlers and some end by a fault.
// Arguments: path of the built module.c. Exit status 0: all cases ended as they should.

#include "check.h"

#include <sys/wait.h>

const char *module_path;
const xvm_limits_t limits = {.memory_pages_max = 16, .frame_limit = 500, .stack_limit = 1 << 20};

static struct fixture open_code(void) {
    struct fixture fixture = {.dictionary = calloc(1, sizeof(struct dictionary)), .host = calloc(1, sizeof(struct xvm_host))};
    CHECK(fixture.dictionary != NULL && fixture.host != NULL);
    xvm_error_t error = {0};
    CHECK_EQUAL(xvm_open_code(module_path, &fixture.code, &error), XVM_STATUS_OK);
    xvm_resolver_t resolver = xvm_host_resolver();
    CHECK_EQUAL(xvm_init_code(fixture.code, &resolver, &error), XVM_STATUS_OK);
    CHECK_EQUAL(xvm_new_context(fixture.code, &fixture.context, &error), XVM_STATUS_OK);
    return fixture;
}

struct fixture fixture_open(void) {
    CHECK_EQUAL(xvm_fault_handlers_install_chained(), 0);
    return open_code();
}

struct fixture fixture_open_worker(uint32_t pages) {
    CHECK_EQUAL(xvm_arena_reserve(pages), 0);
    CHECK_EQUAL(xvm_fault_handlers_install(), 0);
    return open_code();
}

void fixture_close(struct fixture *fixture) {
    CHECK_EQUAL(xvm_release_context(fixture->context), XVM_STATUS_OK);
    xvm_release_code(fixture->code);
    dictionary_clear(fixture->dictionary);
    free(fixture->dictionary);
    free(fixture->host);
}

void fixture_init(struct fixture *fixture, int64_t gas) { fixture_init_wide(fixture, gas, limits.memory_pages_max); }

void fixture_init_wide(struct fixture *fixture, int64_t gas, uint32_t pages) {
    xvm_limits_t wide = limits;
    wide.memory_pages_max = pages;
    fixture->port = dictionary_port(fixture->dictionary);
    fixture->host->port = &fixture->port;
    xvm_host_begin(fixture->host);
    xvm_set_user(fixture->context, fixture->host);
    xvm_completion_t completion;
    xvm_error_t error = {0};
    CHECK_EQUAL(xvm_init_context(fixture->context, gas, &wide, &completion, &error), XVM_STATUS_OK);
    CHECK_EQUAL(completion.ending, XVM_ENDING_RETURNED);
}

xvm_completion_t call(struct fixture *fixture, uint32_t export, uint32_t count, const uint64_t *parameters, uint64_t *result) {
    uint64_t slots[8] = {0};
    CHECK(count <= 8);
    if (count > 0) memcpy(slots, parameters, count * sizeof *slots);
    xvm_completion_t completion;
    xvm_error_t error = {0};
    CHECK_EQUAL(xvm_call(fixture->context, export, slots, count, 8, &completion, &error), XVM_STATUS_OK);
    if (result != NULL) *result = slots[0];
    return completion;
}

static uint32_t arity(const struct fixture *fixture, uint32_t export) {
    uint32_t parameters = 0;
    uint32_t results = 0;
    CHECK(xvm_export_arity(fixture->code, export, &parameters, &results));
    return parameters;
}

uint64_t value_of(struct fixture *fixture, uint32_t export, uint64_t a, uint64_t b) {
    uint64_t result = 0;
    xvm_completion_t completion = call(fixture, export, arity(fixture, export), (uint64_t[]){a, b}, &result);
    CHECK_EQUAL(completion.ending, XVM_ENDING_RETURNED);
    return result;
}

void traps(struct fixture *fixture, uint32_t export, uint64_t a, uint64_t b, enum xvm_trap trap) {
    xvm_reset_gas_used(fixture->context);
    xvm_completion_t completion = call(fixture, export, arity(fixture, export), (uint64_t[]){a, b}, NULL);
    CHECK_EQUAL(completion.ending, XVM_ENDING_TRAPPED);
    CHECK_EQUAL(completion.trap, trap);
    CHECK_EQUAL(completion.gas_used, GAS);
    xvm_reset_gas_used(fixture->context);
}

static int run(const struct test *test, unsigned *skipped) {
    if (test->not_under_asan && UNDER_ASAN) {
        printf("skipped under AddressSanitizer: %s\n", test->name);
        *skipped += 1;
        return 0;
    }
    fflush(NULL);
    pid_t child = fork();
    if (child < 0) return perror("fork"), 1;
    if (child == 0) {
        alarm(300);  // a case that hangs fails
        test->body();
        exit(0);  // LeakSanitizer looks here
    }
    int status = 0;
    if (waitpid(child, &status, 0) != child) return perror("waitpid"), 1;
    int ended = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    if (ended == test->status) return 0;
    fprintf(stderr, "FAILED: %s: ended with %d, not %d\n", test->name, ended, test->status);
    return 1;
}

int main(int count, char **arguments) {
    if (count != 2) return fprintf(stderr, "usage: runtime-tests MODULE.so\n"), 64;
    module_path = arguments[1];
    const struct test *all[] = {call_tests, memory_tests, import_tests, worker_tests, serve_tests};
    int failed = 0;
    unsigned total = 0, skipped = 0;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        for (const struct test *test = all[i]; test->name != NULL; test++) {
            total += 1;
            failed += run(test, &skipped);
        }
    }
    printf("%u cases, %d failed, %u skipped\n", total, failed, skipped);
    return failed == 0 ? 0 : 1;
}
