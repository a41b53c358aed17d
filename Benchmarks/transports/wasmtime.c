// SPDX-License-Identifier: Apache-2.0
// wasmtime in this process: a call of an empty export, a call of an empty import from inside, an instantiation. Uses the shared library
// of its Python package, whose C interface (version 50) is declared here as far as needed.
//   wasmtime LIBRARY CPU ROUNDS      built and run by Benchmarks/ipc; prints JSON lines
#define _GNU_SOURCE
#include <dlfcn.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

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
#define ENTRY(result, name, ...) result (*name)(__VA_ARGS__) = (result(*)(__VA_ARGS__))entry(#name)

static double nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}
static int order(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}
static void report(const char *what, double *values, size_t count) {
    qsort(values, count, sizeof *values, order);
    printf("{\"what\":\"%s\",\"p50\":%.0f,\"p99\":%.0f,\"best\":%.0f}\n", what, values[count / 2], values[count * 99 / 100], values[0]);
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

int main(int count, char **arguments) {
    if (count < 4) return 64;
    const int cpu = atoi(arguments[2]);
    const size_t rounds = (size_t)atoi(arguments[3]) * 100;
    if (cpu >= 0) {
        cpu_set_t set;
        CPU_ZERO(&set);
        CPU_SET(cpu, &set);
        sched_setaffinity(0, sizeof set, &set);
    }
    library = dlopen(arguments[1], RTLD_NOW);
    if (library == NULL) {
        fprintf(stderr, "%s\n", dlerror());
        return 1;
    }
    ENTRY(void *, wasm_engine_new, void);
    ENTRY(void *, wasmtime_module_new, void *, const uint8_t *, size_t, void **);
    ENTRY(void *, wasmtime_store_new, void *, void *, void (*)(void *));
    ENTRY(void *, wasmtime_store_context, void *);
    ENTRY(void, wasmtime_store_delete, void *);
    ENTRY(void *, wasmtime_instance_new, void *, void *, const extern_t *, size_t, instance_t *, void **);
    ENTRY(bool, wasmtime_instance_export_get, void *, instance_t *, const char *, size_t, extern_t *);
    ENTRY(void *, wasmtime_func_call, void *, const func_t *, const void *, size_t, void *, size_t, void **);
    ENTRY(void, wasmtime_func_new_unchecked, void *, void *, void *(*)(void *, void *, void *, size_t), void *, void (*)(void *), func_t *);
    ENTRY(void *, wasm_functype_new, vec_t *, vec_t *);

    void *engine = wasm_engine_new(), *module = NULL, *trap = NULL;
    must(wasmtime_module_new(engine, module_bytes, sizeof module_bytes, &module), "module");
    vec_t none = {0, NULL}, none_too = {0, NULL};
    void *type = wasm_functype_new(&none, &none_too);
    void *store = wasmtime_store_new(engine, NULL, NULL), *context = wasmtime_store_context(store);
    extern_t import = {.kind = 0}, empty, calls;
    wasmtime_func_new_unchecked(context, type, nothing, NULL, NULL, &import.of.func);
    instance_t instance;
    must(wasmtime_instance_new(context, module, &import, 1, &instance, &trap), "instance");
    if (!wasmtime_instance_export_get(context, &instance, "empty", 5, &empty) ||
        !wasmtime_instance_export_get(context, &instance, "calls", 5, &calls)) return 1;

    double *values = malloc(rounds * sizeof *values);
    if (values == NULL) return 1;
    for (size_t i = 0; i < rounds; i++) {
        const double start = nanoseconds();
        for (int n = 0; n < 1000; n++) must(wasmtime_func_call(context, &empty.of.func, NULL, 0, NULL, 0, &trap), "call");
        values[i] = (nanoseconds() - start) / 1000;
    }
    report("wasmtime: call of an empty export", values, rounds);
    for (size_t i = 0; i < rounds; i++) {
        const double start = nanoseconds();
        must(wasmtime_func_call(context, &calls.of.func, NULL, 0, NULL, 0, &trap), "call");
        values[i] = (nanoseconds() - start) / 10000;
    }
    report("wasmtime: call of an empty import", values, rounds);
    for (size_t i = 0; i < rounds; i++) {
        const double start = nanoseconds();
        void *own = wasmtime_store_new(engine, NULL, NULL);
        void *inside = wasmtime_store_context(own);
        wasmtime_func_new_unchecked(inside, type, nothing, NULL, NULL, &import.of.func);
        must(wasmtime_instance_new(inside, module, &import, 1, &instance, &trap), "instance");
        wasmtime_instance_export_get(inside, &instance, "empty", 5, &empty);
        must(wasmtime_func_call(inside, &empty.of.func, NULL, 0, NULL, 0, &trap), "call");
        wasmtime_store_delete(own);
        values[i] = nanoseconds() - start;
    }
    report("wasmtime: instantiate, call, drop", values, rounds);
    return 0;
}
