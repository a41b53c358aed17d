// SPDX-License-Identifier: Apache-2.0
// Addresses in a worker that an attack aims at, by number. Only what the contract can see: its instance and itself.
#ifndef XVM_HOSTILE_TARGET_H
#define XVM_HOSTILE_TARGET_H

#include "kit.h"
#include <elf.h>

enum target {
    TARGET_OWN_TEXT = 0,
    TARGET_OWN_RELRO = 1,       // the table of exports: constant data with relocations
    TARGET_HOST_RING = 2,
    TARGET_WORKER_TEXT = 3,
    TARGET_WORKER_RELRO = 4,    // with the global offset table
    TARGET_ZERO_PAGE = 5,
    TARGET_NOT_CANONICAL = 6,
    TARGET_KERNEL = 7,
    TARGET_VSYSCALL = 8,
    TARGET_WORKER_RING = 9,
    TARGET_BELOW_HEADERS = 10,  // the reservation below the instance header
    TARGET_MEMORY_END = 11,     // the last byte of 4 GiB: linear memory's own guard
    TARGET_GUARD = 12,          // behind 4 GiB: the furthest that base + u32 + u32 reaches
};

static inline uintptr_t target_image(uintptr_t inside) {
    for (uintptr_t page = inside & ~4095ul;; page -= 4096) {
        if (*(const uint32_t *)page == 0x464c457f) return page;
    }
}

static inline uintptr_t target_relro(uintptr_t image) {
    const Elf64_Ehdr *header = (const void *)image;
    const Elf64_Phdr *segments = (const void *)(image + header->e_phoff);
    for (int index = 0; index < header->e_phnum; index++) {
        if (segments[index].p_type == PT_GNU_RELRO) return image + segments[index].p_vaddr;
    }
    attack_call(231, 98, 0, 0, 0, 0, 0);
    __builtin_unreachable();
}

static inline uintptr_t target_address(const struct xvm_instance *instance, enum target target) {
    uintptr_t worker = (uintptr_t)instance->trap;
    switch (target) {
    case TARGET_OWN_TEXT: return (uintptr_t)attack;
    case TARGET_OWN_RELRO: return (uintptr_t)&kit_exports;
    case TARGET_HOST_RING: return XVM_ADDRESS_H2W + 0x80;
    case TARGET_WORKER_TEXT: return worker;
    case TARGET_WORKER_RELRO: return target_relro(target_image(worker));
    case TARGET_ZERO_PAGE: return 8;
    case TARGET_NOT_CANONICAL: return 0x8000000000000000;
    case TARGET_KERNEL: return 0xffffffff81000000;
    case TARGET_VSYSCALL: return 0xffffffffff600000;
    case TARGET_WORKER_RING: return XVM_ADDRESS_W2H;
    case TARGET_BELOW_HEADERS: return XVM_ADDRESS_ARENA - XVM_HEADER_SIZE_MAX;
    case TARGET_MEMORY_END: return XVM_ADDRESS_ARENA + 0xffffffff;
    case TARGET_GUARD: return XVM_ADDRESS_ARENA + 0x1fffffffe;
    }
    return 0;
}

#endif
