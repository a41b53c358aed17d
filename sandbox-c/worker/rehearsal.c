// SPDX-License-Identifier: Apache-2.0
// An empty shared object that every blank worker loads once and unloads, so that the load of the contract's object meets loader,
// allocator and procfs with their pages in place: the first load after a fork costs three times what the second does, most of
// it page faults. Run by: the zygote (make), a blank (run).
#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "worker.h"

#ifndef MFD_ALLOW_SEALING
#define MFD_ALLOW_SEALING 2u
#endif
#define PAGE 4096u
#define NAME "xvm_rehearsal"

enum { SYMBOL_NONE, SYMBOL_NAME, SYMBOL_MEMCPY, SYMBOL_COUNT };
enum { HEADER_TEXT, HEADER_CODE, HEADER_DATA, HEADER_DYNAMIC, HEADER_RELRO, HEADER_STACK, HEADER_COUNT };
enum { DYNAMIC_COUNT = 10 };

// What a contract's object has, once each: read-only, executable and relocated memory, a symbol of its own, one of libc's.
struct object {
    Elf64_Ehdr header;
    Elf64_Phdr segments[HEADER_COUNT];
    uint32_t hash[2 + 1 + SYMBOL_COUNT];  // buckets, symbols, one bucket, chains
    Elf64_Sym symbols[SYMBOL_COUNT];
    Elf64_Rela relocations[2];
    char names[32];
    _Alignas(PAGE) unsigned char code[16];
    _Alignas(PAGE) uint64_t pointers[2];
    Elf64_Dyn dynamic[DYNAMIC_COUNT];
    _Alignas(PAGE) char end[PAGE];
};

static Elf64_Phdr segment(uint32_t type, uint32_t flags, size_t offset, size_t size) {
    return (Elf64_Phdr){
        .p_type = type, .p_flags = flags, .p_offset = offset, .p_vaddr = offset, .p_paddr = offset, .p_filesz = size,
        .p_memsz = size, .p_align = type == PT_LOAD ? PAGE : 8};
}

static void describe(struct object *object) {
    static const char names[] = "\0" NAME "\0memcpy";
    const size_t code = offsetof(struct object, code), data = offsetof(struct object, pointers);
    const size_t dynamic = offsetof(struct object, dynamic);
    object->header = (Elf64_Ehdr){
        .e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT}, .e_type = ET_DYN,
        .e_machine = EM_X86_64, .e_version = EV_CURRENT, .e_phoff = offsetof(struct object, segments),
        .e_ehsize = sizeof(Elf64_Ehdr), .e_phentsize = sizeof(Elf64_Phdr), .e_phnum = HEADER_COUNT};
    object->segments[HEADER_TEXT] = segment(PT_LOAD, PF_R, 0, offsetof(struct object, names) + sizeof object->names);
    object->segments[HEADER_CODE] = segment(PT_LOAD, PF_R | PF_X, code, sizeof object->code);
    object->segments[HEADER_DATA] = segment(PT_LOAD, PF_R | PF_W, data, PAGE);
    object->segments[HEADER_DYNAMIC] = segment(PT_DYNAMIC, PF_R | PF_W, dynamic, sizeof object->dynamic);
    object->segments[HEADER_RELRO] = segment(PT_GNU_RELRO, PF_R, data, PAGE);
    object->segments[HEADER_STACK] = segment(PT_GNU_STACK, PF_R | PF_W, 0, 0);
    const uint32_t hash[] = {1, SYMBOL_COUNT, SYMBOL_NAME, 0, 0, 0};
    memcpy(object->hash, hash, sizeof object->hash);
    object->symbols[SYMBOL_NAME] = (Elf64_Sym){
        .st_name = 1, .st_info = ELF64_ST_INFO(STB_GLOBAL, STT_OBJECT), .st_shndx = 1, .st_value = code,
        .st_size = sizeof object->code};
    object->symbols[SYMBOL_MEMCPY] =
        (Elf64_Sym){.st_name = 1 + sizeof NAME, .st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC)};
    object->relocations[0] =
        (Elf64_Rela){.r_offset = data, .r_info = ELF64_R_INFO(0, R_X86_64_RELATIVE), .r_addend = (Elf64_Sxword)code};
    object->relocations[1] =
        (Elf64_Rela){.r_offset = data + 8, .r_info = ELF64_R_INFO(SYMBOL_MEMCPY, R_X86_64_GLOB_DAT)};
    memcpy(object->names, names, sizeof names);
    memset(object->code, 0xc3, sizeof object->code);  // ret
    const Elf64_Dyn entries[DYNAMIC_COUNT] = {
        {.d_tag = DT_HASH, .d_un = {.d_ptr = offsetof(struct object, hash)}},
        {.d_tag = DT_SYMTAB, .d_un = {.d_ptr = offsetof(struct object, symbols)}},
        {.d_tag = DT_STRTAB, .d_un = {.d_ptr = offsetof(struct object, names)}},
        {.d_tag = DT_STRSZ, .d_un = {.d_val = sizeof object->names}},
        {.d_tag = DT_SYMENT, .d_un = {.d_val = sizeof(Elf64_Sym)}},
        {.d_tag = DT_RELA, .d_un = {.d_ptr = offsetof(struct object, relocations)}},
        {.d_tag = DT_RELASZ, .d_un = {.d_val = sizeof object->relocations}},
        {.d_tag = DT_RELAENT, .d_un = {.d_val = sizeof(Elf64_Rela)}},
        {.d_tag = DT_FLAGS, .d_un = {.d_val = DF_BIND_NOW}},
        {.d_tag = DT_NULL, .d_un = {.d_val = 0}},
    };
    memcpy(object->dynamic, entries, sizeof entries);
}

int xvm_rehearsal_make(void) {
    int file = memfd_create("xvm-rehearsal", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (file < 0) return -errno;
    struct object *object = MAP_FAILED;
    if (ftruncate(file, (off_t)sizeof *object) == 0) {
        object = mmap(NULL, sizeof *object, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    }
    int error = object == MAP_FAILED ? errno : 0;
    if (error == 0) {
        describe(object);
        munmap(object, sizeof *object);
        if (fcntl(file, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) != 0) error = errno;
    }
    if (error == 0) return file;
    close(file);
    return -error;
}

void xvm_rehearsal_run(int descriptor) {
    if (descriptor < 0) return;
    char path[40];
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
    void *object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (object == NULL) return;
    (void)dlsym(object, NAME);
    (void)dlclose(object);
}
