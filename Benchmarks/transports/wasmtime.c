// SPDX-License-Identifier: Apache-2.0
// wasmtime in this process: a call of an empty export, a call of an empty import from inside, an instantiation with one call (memory mapped
// anew, as is wasmtime's default, and from its pool). Each thread has an instance of its own; all share engine and module. Uses the shared
// library of wasmtime's Python package, whose C interface (version 50) is declared here as far as needed.
//   wasmtime LIBRARY THREADS MILLISECONDS [CPU ...]   thread i stays on the processor CPU i, where one is given; so long for each way
// Built and run by Benchmarks/ipc; prints JSON lines.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>

#include "crowd.h"

typedef struct { uint64_t store; void *index; } func_t;
typedef struct { uint64_t store; size_t index; } instance_t;
typedef struct { uint8_t kind; union { func_t func; uint8_t room[24]; } of; } extern_t;  // kind 0: a function
typedef struct { size_t size; void *data; } vec_t;

// (module (import "h" "f" (func)) (memory 1) (func (export "empty"))
//   (func (export "calls") (local i32) (loop (call 0) (br_if 0 (i32.lt_s (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 10000))))))
static const uint8_t module_bytes[] = {
    0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, 0x01, 0x04, 0x01, 0x60, 0x00, 0x00, 0x02, 0x07, 0x01, 0x01, 0x68, 0x01, 0x66,
    0x00, 0x00, 0x03, 0x03, 0x02, 0x00, 0x00, 0x05, 0x03, 0x01, 0x00, 0x01, 0x07, 0x11, 0x02, 0x05, 0x65, 0x6d, 0x70, 0x74, 0x79,
    0x00, 0x01, 0x05, 0x63, 0x61, 0x6c, 0x6c, 0x73, 0x00, 0x02, 0x0a, 0x1c, 0x02, 0x02, 0x00, 0x0b, 0x17, 0x01, 0x01, 0x7f, 0x03,
    0x40, 0x10, 0x00, 0x20, 0x00, 0x41, 0x01, 0x6a, 0x22, 0x00, 0x41, 0x90, 0xce, 0x00, 0x48, 0x0d, 0x00, 0x0b, 0x0b};

static void *library;
static void *entry(const char *name) {
    void *found = dlsym(library, name);
    if (found == NULL) {
        fprintf(stderr, "wasmtime: %s is missing: another version?\n", name);
        exit(1);
    }
    return found;
}
static void must(const void *error, const char *what) {
    if (error != NULL) {
        fprintf(stderr, "wasmtime: %s failed\n", what);
        exit(1);
    }
}
static void *nothing(void *env, void *caller, void *raw, size_t count) {
    (void)env, (void)caller, (void)raw, (void)count;
    return NULL;
}

// Loaded once, before any thread.
static void *(*engine_with_config)(void *), *(*config_new)(void), *(*pooling_new)(void), *(*module_new)(void *, const uint8_t *, size_t, void **);
static void (*pooling_set)(void *, void *);
static void *(*store_new)(void *, void *, void (*)(void *)), *(*store_context)(void *);
static void (*store_delete)(void *);
static void *(*instance_new)(void *, void *, const extern_t *, size_t, instance_t *, void **);
static bool (*export_get)(void *, instance_t *, const char *, size_t, extern_t *);
static void *(*func_call)(void *, const func_t *, const void *, size_t, void *, size_t, void **);
static void *(*func_call_unchecked)(void *, const func_t *, void *, size_t, void **);
static void (*func_new)(void *, void *, void *(*)(void *, void *, void *, size_t), void *, void (*)(void *), func_t *);
static void *(*functype_new)(vec_t *, vec_t *);

static void load_entries(void) {
    engine_with_config = (void *(*)(void *))entry("wasm_engine_new_with_config");
    config_new = (void *(*)(void))entry("wasm_config_new");
    pooling_new = (void *(*)(void))entry("wasmtime_pooling_allocation_config_new");
    pooling_set = (void (*)(void *, void *))entry("wasmtime_pooling_allocation_strategy_set");
    module_new = (void *(*)(void *, const uint8_t *, size_t, void **))entry("wasmtime_module_new");
    store_new = (void *(*)(void *, void *, void (*)(void *)))entry("wasmtime_store_new");
    store_context = (void *(*)(void *))entry("wasmtime_store_context");
    store_delete = (void (*)(void *))entry("wasmtime_store_delete");
    instance_new = (void *(*)(void *, void *, const extern_t *, size_t, instance_t *, void **))entry("wasmtime_instance_new");
    export_get = (bool (*)(void *, instance_t *, const char *, size_t, extern_t *))entry("wasmtime_instance_export_get");
    func_call = (void *(*)(void *, const func_t *, const void *, size_t, void *, size_t, void **))entry("wasmtime_func_call");
    func_call_unchecked = (void *(*)(void *, const func_t *, void *, size_t, void **))entry("wasmtime_func_call_unchecked");
    func_new = (void (*)(void *, void *, void *(*)(void *, void *, void *, size_t), void *, void (*)(void *), func_t *))entry(
        "wasmtime_func_new_unchecked");
    functype_new = (void *(*)(vec_t *, vec_t *))entry("wasm_functype_new");
}

struct engine {
    void *engine, *module, *type;
};
static struct engine make_engine(bool is_pooled) {
    struct engine made = {0};
    void *config = config_new();
    if (is_pooled) pooling_set(config, pooling_new());
    made.engine = engine_with_config(config);
    must(module_new(made.engine, module_bytes, sizeof module_bytes, &made.module), "module");
    vec_t none = {0, NULL}, none_too = {0, NULL};
    made.type = functype_new(&none, &none_too);
    return made;
}

struct instance {
    void *store, *context;
    extern_t empty, calls;
};
static struct instance make_instance(const struct engine *engine) {
    struct instance made = {.store = store_new(engine->engine, NULL, NULL)};
    made.context = store_context(made.store);
    extern_t import = {.kind = 0};
    func_new(made.context, engine->type, nothing, NULL, NULL, &import.of.func);
    instance_t instance;
    void *trap = NULL;
    must(instance_new(made.context, engine->module, &import, 1, &instance, &trap), "instance");
    if (!export_get(made.context, &instance, "empty", 5, &made.empty) || !export_get(made.context, &instance, "calls", 5, &made.calls)) {
        must(&made, "export");
    }
    return made;
}
static void call(const struct instance *instance, const extern_t *what) {
    void *trap = NULL;
    must(func_call(instance->context, &what->of.func, NULL, 0, NULL, 0, &trap), "call");
    must(trap, "call");
}
/// Without the check of types, which counts references to a type of the engine: a word that all threads share.
static void call_unchecked(const struct instance *instance, const extern_t *what) {
    void *trap = NULL;
    uint64_t nothing_given[2] = {0};
    must(func_call_unchecked(instance->context, &what->of.func, nothing_given, 0, &trap), "call");
    must(trap, "call");
}

enum way { CALL, CALL_UNCHECKED, IMPORT, INSTANTIATE };
enum { IMPORT_CALLS = 10000, UNTIMED = 16 };
struct caller {
    struct crowd *crowd;
    struct crowd_slot *slot;
    const struct engine *engine;
    enum way way;
    int cpu;
};

static void *run(void *argument) {
    const struct caller *own = argument;
    if (own->cpu >= 0) {
        cpu_set_t set;
        CPU_ZERO(&set);
        CPU_SET(own->cpu, &set);
        sched_setaffinity(0, sizeof set, &set);
    }
    const struct instance instance = make_instance(own->engine);
    call(&instance, &instance.calls);
    crowd_wait(own->crowd);
    while (!crowd_is_over(own->crowd)) {
        // A reading of the clock is a fifth of a call: most calls go without.
        if (own->way == CALL) {
            for (int i = 0; i < UNTIMED; i++) call(&instance, &instance.empty);
        } else if (own->way == CALL_UNCHECKED) {
            for (int i = 0; i < UNTIMED; i++) call_unchecked(&instance, &instance.empty);
        }
        const uint64_t start = crowd_now();
        switch (own->way) {
        case CALL: call(&instance, &instance.empty); break;
        case CALL_UNCHECKED: call_unchecked(&instance, &instance.empty); break;
        case IMPORT: call(&instance, &instance.calls); break;
        case INSTANTIATE: {
            const struct instance fresh = make_instance(own->engine);
            call(&fresh, &fresh.empty);
            store_delete(fresh.store);
            break;
        }
        }
        const uint64_t time = crowd_now() - start;
        // A mean of many calls is less than the resolution of the times: it is kept in hundredths.
        crowd_time(own->slot, own->way == IMPORT ? time * 100 / IMPORT_CALLS : time);
        crowd_count(own->slot, own->way == IMPORT ? IMPORT_CALLS : own->way == INSTANTIATE ? 1 : UNTIMED + 1);
    }
    store_delete(instance.store);
    return NULL;
}

static double sleeps_of_process(void) {
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return (double)used.ru_nvcsw;
}

static void measure(const char *what, const struct engine *engine, enum way way, int threads, int milliseconds, char **cpus, int cpu_count) {
    struct crowd *crowd = crowd_new();
    struct caller callers[CROWD_MAX];
    pthread_t all[CROWD_MAX];
    for (int i = 0; i < threads; i++) {
        callers[i] = (struct caller){crowd, &crowd->slots[i], engine, way, cpu_count == 0 ? -1 : atoi(cpus[i % cpu_count])};
        if (pthread_create(&all[i], NULL, run, &callers[i]) != 0) must(all, "thread");
    }
    const pid_t own = getpid();
    const double slept = sleeps_of_process();
    struct crowd_figures figures = crowd_measure(crowd, threads, &own, 1, milliseconds);
    for (int i = 0; i < threads; i++) pthread_join(all[i], NULL);
    const double sleeps = sleeps_of_process() - slept;
    uint64_t asked = 0;
    for (int i = 0; i < threads; i++) asked += crowd->slots[i].count;
    crowd_times(crowd, threads, way == IMPORT ? 0 : crowd_clock_cost(), &figures);
    if (way == IMPORT) figures.p50 /= 100, figures.p99 /= 100, figures.p999 /= 100, figures.most /= 100;
    crowd_print(what, 0, &figures, asked == 0 ? 0 : sleeps / (double)asked);
    munmap(crowd, sizeof *crowd);
}

int main(int count, char **arguments) {
    if (count < 4) return 64;
    const int threads = atoi(arguments[2]), milliseconds = atoi(arguments[3]);
    if (threads < 1 || threads > CROWD_MAX || milliseconds < 1) return 64;
    library = dlopen(arguments[1], RTLD_NOW);
    if (library == NULL) {
        fprintf(stderr, "%s\n", dlerror());
        return 1;
    }
    load_entries();
    const struct engine usual = make_engine(false), pooled = make_engine(true);
    char **cpus = arguments + 4;
    measure("wasmtime: call of an empty export", &usual, CALL, threads, milliseconds, cpus, count - 4);
    measure("wasmtime: call of an empty export, unchecked", &usual, CALL_UNCHECKED, threads, milliseconds, cpus, count - 4);
    measure("wasmtime: call of an empty import (means)", &usual, IMPORT, threads, milliseconds, cpus, count - 4);
    measure("wasmtime: instantiate, call, drop", &usual, INSTANTIATE, threads, milliseconds, cpus, count - 4);
    measure("wasmtime, pooled: instantiate, call, drop", &pooled, INSTANTIATE, threads, milliseconds, cpus, count - 4);
    return 0;
}
