// SPDX-License-Identifier: Apache-2.0
// What Embedded Swift needs under a contract: a bump allocator over the heap (a context is gone after one invocation, so
// nothing is ever freed), the memory functions, and a hash seed that is the same on every node.
#include <stddef.h>
#include <stdint.h>

extern unsigned char __heap_base;
static uintptr_t top;

int posix_memalign(void **out, size_t alignment, size_t size) {
    if (!top) top = (uintptr_t)&__heap_base;
    uintptr_t start = (top + alignment - 1) & ~(uintptr_t)(alignment - 1);
    uintptr_t end = start + size;
    if (end < start) return 12;
    size_t pages = (end + 65535) / 65536, have = __builtin_wasm_memory_size(0);
    if (pages > have && __builtin_wasm_memory_grow(0, pages - have) == (size_t)-1) return 12;
    top = end;
    *out = (void *)start;
    return 0;
}
void free(void *block) { (void)block; }
void arc4random_buf(void *buffer, size_t size) {
    for (size_t i = 0; i < size; i++) ((volatile unsigned char *)buffer)[i] = 0;
}
#ifndef __wasm_bulk_memory__
void *memset(void *to, int byte, size_t size) {
    for (size_t i = 0; i < size; i++) ((volatile unsigned char *)to)[i] = (unsigned char)byte;
    return to;
}
void *memcpy(void *restrict to, const void *restrict from, size_t size) {
    for (size_t i = 0; i < size; i++) ((volatile unsigned char *)to)[i] = ((const unsigned char *)from)[i];
    return to;
}
void *memmove(void *to, const void *from, size_t size) {
    if ((uintptr_t)to <= (uintptr_t)from) return memcpy(to, from, size);
    while (size--) ((volatile unsigned char *)to)[size] = ((const unsigned char *)from)[size];
    return to;
}
#else
void *memset(void *to, int byte, size_t size) { __builtin_memset(to, byte, size); return to; }
void *memcpy(void *restrict to, const void *restrict from, size_t size) { __builtin_memcpy(to, from, size); return to; }
void *memmove(void *to, const void *from, size_t size) { __builtin_memmove(to, from, size); return to; }
#endif
