// SPDX-License-Identifier: Apache-2.0
// Runs emitted code in process for the tests of XVMCompiler: loads objects, makes one instance of each, calls exports, and
// answers in lines. No confinement: the objects come from the tests. Run by: test processes only.
//
// Commands, one per line; each is answered by one line, host calls by one line each before it:
//   open PATH                              ok
//   init GAS FRAMES STACK PAGES            returned USED | trap NUMBER
//   call EXPORT GAS FRAMES STACK SLOT...   returned USED SLOT... | trap NUMBER      (slots hexadecimal)
//   use NUMBER                             ok: the n-th opened object is meant from now on
//   global INDEX                           value LOW HIGH
//   memory                                 memory PAGES DIGEST
//   describe                               the descriptor's numbers
// A host call: host NUMBER REMAINING SLOT...   Its results are 41 + the first parameter (plus 1 for each further result).
#include <dlfcn.h>
#include <inttypes.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "xvm_abi.h"

#define HEADER_MAX 0x1000000ull
#define MODULES_MAX 4096

struct loaded {
    const struct xvm_descriptor *descriptor;
    struct xvm_instance *instance;
    uint8_t *arena;  // base of linear memory
    struct xvm_table tables[16];
};

static struct loaded modules[MODULES_MAX];
static int module_count;
static struct loaded *current;
static sigjmp_buf leave;
static volatile int is_running;

static void fail(const char *what) {
    fflush(stdout);
    fprintf(stderr, "driver: %s\n", what);
    exit(2);
}

static __attribute__((noreturn)) void on_trap(struct xvm_instance *instance, uint32_t trap) {
    (void)instance;
    siglongjmp(leave, (int)trap);
}

static void on_fault(int signal, siginfo_t *info, void *context) {
    (void)context;
    uint8_t *address = info->si_addr;
    if (is_running && current && address >= current->arena && address < current->arena + 0x200010000ull) {
        siglongjmp(leave, XVM_TRAP_OUT_OF_BOUNDS_MEMORY_ACCESS);
    }
    static const char text[] = "driver: fault outside of linear memory\n";
    if (write(2, text, sizeof text - 1) < 0) _exit(4);
    _exit(3);
    (void)signal;
}

static void on_host_call(struct xvm_instance *instance, uint32_t import, uint64_t *slots) {
    const struct xvm_descriptor *d = current->descriptor;
    const struct xvm_type *type = &d->types[d->function_imports[import].type];
    printf("host %" PRIu32 " %" PRId64, d->function_imports[import].host_import, instance->gas);
    for (uint32_t i = 0; i < type->parameter_count; i++) printf(" %" PRIx64, slots[i]);
    printf("\n");
    uint64_t first = type->parameter_count ? slots[0] : 0;
    for (uint32_t i = 0; i < type->result_count; i++) slots[i] = first + 41 + i;
}

static uint32_t on_memory_grow(struct xvm_instance *instance, uint32_t delta) {
    uint32_t old = instance->memory_pages;
    if ((uint64_t)old + delta > instance->memory_pages_max) return 0xffffffff;
    uint64_t size = ((uint64_t)old + delta) * XVM_PAGE_SIZE;
    if (size && mprotect(current->arena, size, PROT_READ | PROT_WRITE)) return 0xffffffff;
    instance->memory_pages = old + delta;
    instance->memory_size = size;
    return old;
}

static void open_object(const char *path) {
    if (module_count == MODULES_MAX) fail("too many objects");
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!handle) fail(dlerror());
    const struct xvm_descriptor *d = dlsym(handle, XVM_DESCRIPTOR_SYMBOL);
    if (!d || d->magic != XVM_ABI_MAGIC || d->abi_version != XVM_ABI_VERSION || d->table_count > 16) fail("bad descriptor");
    current = &modules[module_count++];
    current->descriptor = d;
    printf("ok\n");
}

static void run_init(int64_t gas, uint64_t frames, uint64_t stack, uint32_t pages_max) {
    const struct xvm_descriptor *d = current->descriptor;
    if (!current->arena) {
        uint64_t size = HEADER_MAX + 0x300010000ull;
        uint8_t *map = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (map == MAP_FAILED) fail("mmap");
        current->arena = (uint8_t *)(((uintptr_t)map + HEADER_MAX + 0xffffffffull) & ~0xffffffffull);
    }
    uint8_t *header = current->arena - d->header_size;
    if (mmap(header, d->header_size + 0x100000000ull, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) ==
        MAP_FAILED)
        fail("mmap");
    if (mprotect(header, d->header_size, PROT_READ | PROT_WRITE)) fail("mprotect");
    struct xvm_instance *instance = (struct xvm_instance *)(void *)header;
    current->instance = instance;
    uint64_t size = (uint64_t)d->memory_pages_min * XVM_PAGE_SIZE;
    if (size && mprotect(current->arena, size, PROT_READ | PROT_WRITE)) fail("mprotect");
    instance->memory_size = size;
    instance->memory_pages = d->memory_pages_min;
    instance->memory_pages_max = d->memory_pages_max < pages_max ? d->memory_pages_max : pages_max;
    instance->gas = gas;
    instance->depth = (int64_t)((frames << 32) + stack);
    instance->trap = on_trap;
    instance->host_call = on_host_call;
    instance->memory_grow = on_memory_grow;
    instance->tables = current->tables;
    for (uint32_t i = 0; i < d->table_count; i++) {
        free(current->tables[i].entries);
        uint32_t entries = d->tables[i].minimum;
        uint32_t growing = 0;
        for (uint32_t k = 0; k < d->table_count; k++) growing += d->tables[k].maximum > d->tables[k].minimum;
        uint32_t share = growing ? XVM_TABLE_GROWTH_MAX / growing : 0;
        uint32_t room = d->tables[i].maximum < share ? d->tables[i].maximum : share;
        if (room < entries) room = entries;
        current->tables[i].entries = calloc(room ? room : 1, sizeof(struct xvm_table_entry));
        if (!current->tables[i].entries) fail("calloc");
        current->tables[i].size = entries;
        current->tables[i].maximum = room;
    }
    for (uint32_t i = 0; i < d->global_import_count; i++) {
        // The spectest module's globals: 666 and 666.6.
        uint64_t bits = 666;
        if (d->global_imports[i].kind == 0x7d) bits = 0x4426a666;
        if (d->global_imports[i].kind == 0x7c) bits = 0x4084d4cccccccccdull;
        memcpy(header + XVM_INSTANCE_GLOBALS + 16 * i, &bits, 8);
    }
    int trap = sigsetjmp(leave, 1);
    if (trap == 0) {
        is_running = 1;
        d->init(instance);
        is_running = 0;
        printf("returned %" PRId64 "\n", gas - instance->gas);
    } else {
        is_running = 0;
        printf("trap %d\n", trap);
    }
}

// A vector takes two slots.
static uint32_t slot_count(const uint8_t *kinds, uint32_t count) {
    uint32_t slots = count;
    for (uint32_t i = 0; i < count; i++) slots += kinds[i] == 0x7b;
    return slots;
}

static void run_call(uint32_t export, int64_t gas, uint64_t frames, uint64_t stack, char *rest) {
    const struct xvm_descriptor *d = current->descriptor;
    if (export >= d->export_count || !current->instance) fail("no such export");
    static uint64_t slots[2048];
    const struct xvm_type *type = &d->types[d->exports[export].type];
    uint32_t parameters = slot_count(type->kinds, type->parameter_count);
    uint32_t results = slot_count(type->kinds + type->parameter_count, type->result_count);
    for (uint32_t i = 0; i < parameters; i++) slots[i] = strtoull(rest, &rest, 16);
    current->instance->gas = gas;
    current->instance->depth = (int64_t)((frames << 32) + stack);
    int trap = sigsetjmp(leave, 1);
    if (trap == 0) {
        is_running = 1;
        d->exports[export].call(current->instance, slots);
        is_running = 0;
        printf("returned %" PRId64, gas - current->instance->gas);
        for (uint32_t i = 0; i < results; i++) printf(" %" PRIx64, slots[i]);
        printf("\n");
    } else {
        is_running = 0;
        printf("trap %d\n", trap);
    }
}

static void print_memory(void) {
    uint64_t hash = 0xcbf29ce484222325ull;
    for (uint64_t i = 0; i < current->instance->memory_size; i++) hash = (hash ^ current->arena[i]) * 0x100000001b3ull;
    printf("memory %" PRIu32 " %" PRIx64 "\n", current->instance->memory_pages, hash);
}

int main(void) {
    static char stack[65536];
    stack_t alternate = {.ss_sp = stack, .ss_size = sizeof stack};
    struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
    if (sigaltstack(&alternate, NULL) || sigaction(SIGSEGV, &action, NULL) || sigaction(SIGBUS, &action, NULL)) fail("signals");
    char *line = NULL;
    size_t capacity = 0;
    ssize_t length;
    while ((length = getline(&line, &capacity, stdin)) > 0) {
        if (line[length - 1] == '\n') line[length - 1] = 0;
        int64_t gas;
        uint64_t frames, stack_size, low[2];
        uint32_t number, pages;
        int used = 0;
        if (!strncmp(line, "open ", 5)) {
            open_object(line + 5);
        } else if (sscanf(line, "init %" SCNd64 " %" SCNu64 " %" SCNu64 " %" SCNu32, &gas, &frames, &stack_size, &pages) == 4) {
            run_init(gas, frames, stack_size, pages);
        } else if (sscanf(line, "call %" SCNu32 " %" SCNd64 " %" SCNu64 " %" SCNu64 "%n", &number, &gas, &frames, &stack_size,
                          &used) == 4) {
            run_call(number, gas, frames, stack_size, line + used);
        } else if (sscanf(line, "use %" SCNu32, &number) == 1 && number < (uint32_t)module_count) {
            current = &modules[number];
            printf("ok\n");
        } else if (sscanf(line, "global %" SCNu32, &number) == 1 && number < current->descriptor->global_count) {
            memcpy(low, (uint8_t *)current->instance + XVM_INSTANCE_GLOBALS + 16 * number, 16);
            printf("value %" PRIx64 " %" PRIx64 "\n", low[0], low[1]);
        } else if (!strcmp(line, "memory")) {
            print_memory();
        } else if (!strcmp(line, "describe")) {
            const struct xvm_descriptor *d = current->descriptor;
            printf("header %u memory %u %u %u top %u tables %u imports %u %u globals %u exports %u\n", d->header_size, d->memory_count,
                   d->memory_pages_min, d->memory_pages_max, d->static_top, d->table_count, d->function_import_count,
                   d->global_import_count, d->global_count, d->export_count);
        } else {
            fail("bad command");
        }
        fflush(stdout);
    }
    return 0;
}
