// SPDX-License-Identifier: Apache-2.0
// What may no longer change in a worker's address space. Run by the worker between dlopen and the run filter.
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "xvm_confine.h"

#ifndef SYS_mseal
#define SYS_mseal 462
#endif
#ifndef PR_SET_MDWE
#define PR_SET_MDWE 65
#define PR_MDWE_REFUSE_EXEC_GAIN 1
#endif
#define PAGE ((uintptr_t)4096)

// One line of /proc/self/maps: "start-end perms offset dev inode   name".
static void take_line(const char *line, struct xvm_kernel_ranges *found) {
    const char *name = strchr(line, '[');
    if (name == NULL || (strcmp(name, "[vdso]") != 0 && strncmp(name, "[vvar", 5) != 0)) return;
    if (found->count == XVM_CONFINE_KERNEL_RANGES_MAX) return;
    char *after = NULL;
    uintptr_t start = strtoul(line, &after, 16);
    if (*after != '-') return;
    uintptr_t end = strtoul(after + 1, NULL, 16);
    found->ranges[found->count].start = start;
    found->ranges[found->count].end = end;
    found->count++;
}

int xvm_confine_find_kernel_ranges(struct xvm_kernel_ranges *found) {
    found->count = 0;
    int descriptor = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return errno;
    char buffer[1024], line[512];
    size_t used = 0;
    ssize_t taken;
    while ((taken = read(descriptor, buffer, sizeof buffer)) > 0) {
        for (ssize_t index = 0; index < taken; index++) {
            if (buffer[index] == '\n') {
                line[used] = 0;
                take_line(line, found);
                used = 0;
            } else if (used < sizeof line - 1) {
                line[used++] = buffer[index];
            }
        }
    }
    int error = taken < 0 ? errno : 0;
    close(descriptor);
    return error;
}

int xvm_confine_unmap_kernel_ranges(const struct xvm_kernel_ranges *found) {
    if (found->count == 0) return ENOENT;
    int error = 0;
    for (uint32_t index = 0; index < found->count; index++) {
        uintptr_t start = found->ranges[index].start;
        if (munmap((void *)start, found->ranges[index].end - start) != 0 && error == 0) error = errno;
    }
    return error;
}

int xvm_confine_seal(uintptr_t start, size_t size) { return syscall(SYS_mseal, start, size, 0L) == 0 ? 0 : errno; }

struct seal_state {
    const struct xvm_kernel_ranges *except;
    uintptr_t only;
    int error;
};

static bool lies_in(const struct dl_phdr_info *info, uintptr_t address) {
    for (size_t index = 0; index < info->dlpi_phnum; index++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[index];
        uintptr_t start = info->dlpi_addr + segment->p_vaddr;
        if (segment->p_type == PT_LOAD && address >= start && address - start < segment->p_memsz) return true;
    }
    return false;
}

static int seal_object(struct dl_phdr_info *info, size_t size, void *argument) {
    (void)size;
    struct seal_state *state = argument;
    if (state->only != 0 && !lies_in(info, state->only)) return 0;
    for (uint32_t index = 0; index < state->except->count; index++) {
        uintptr_t header = (uintptr_t)info->dlpi_phdr;
        if (header >= state->except->ranges[index].start && header < state->except->ranges[index].end) return 0;
    }
    for (size_t index = 0; index < info->dlpi_phnum; index++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[index];
        uintptr_t start = info->dlpi_addr + segment->p_vaddr, end = start + segment->p_memsz;
        if (segment->p_type == PT_LOAD && (segment->p_flags & PF_W) == 0) {
            end = (end + PAGE - 1) & ~(PAGE - 1);
        } else if (segment->p_type == PT_GNU_RELRO) {
            end &= ~(PAGE - 1);  // the loader protects whole pages only
        } else {
            continue;
        }
        start &= ~(PAGE - 1);
        if (end <= start) continue;
        int error = xvm_confine_seal(start, end - start);
        if (error != 0 && state->error == 0) state->error = error;
    }
    return 0;
}

int xvm_confine_seal_objects(const struct xvm_kernel_ranges *except, const void *only) {
    struct seal_state state = {.except = except, .only = (uintptr_t)only, .error = 0};
    dl_iterate_phdr(seal_object, &state);
    return state.error;
}

int xvm_confine_no_new_code(void) {
    return prctl(PR_SET_MDWE, (unsigned long)PR_MDWE_REFUSE_EXEC_GAIN, 0L, 0L, 0L) == 0 ? 0 : errno;
}

int xvm_confine_no_cycle_counter(void) { return prctl(PR_SET_TSC, (unsigned long)PR_TSC_SIGSEGV, 0L, 0L, 0L) == 0 ? 0 : errno; }
