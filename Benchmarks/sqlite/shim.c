// SPDX-License-Identifier: Apache-2.0
// The few functions of a C library that SQLite calls, for WebAssembly without one. Plain loops where Wasm has no instruction.
#include <stdint.h>
#include <string.h>
#include <time.h>

void *memcpy(void *to, const void *from, size_t size) { return __builtin_memcpy(to, from, size); }
void *memmove(void *to, const void *from, size_t size) { return __builtin_memmove(to, from, size); }
void *memset(void *to, int value, size_t size) { return __builtin_memset(to, value, size); }

int memcmp(const void *one, const void *other, size_t size) {
    const unsigned char *a = one, *b = other;
    for (; size; size--, a++, b++) {
        if (*a != *b) return *a - *b;
    }
    return 0;
}

size_t strlen(const char *text) {
    size_t size = 0;
    while (text[size]) size++;
    return size;
}

int strncmp(const char *one, const char *other, size_t size) {
    for (; size; size--, one++, other++) {
        if (*one != *other) return (unsigned char)*one - (unsigned char)*other;
        if (!*one) return 0;
    }
    return 0;
}

int strcmp(const char *one, const char *other) { return strncmp(one, other, (size_t)-1); }

char *strchr(const char *text, int character) {
    for (;; text++) {
        if (*text == (char)character) return (char *)text;
        if (!*text) return 0;
    }
}

char *strrchr(const char *text, int character) {
    const char *last = 0;
    for (;; text++) {
        if (*text == (char)character) last = text;
        if (!*text) return (char *)last;
    }
}

size_t strcspn(const char *text, const char *reject) {
    size_t size = 0;
    while (text[size] && !strchr(reject, text[size])) size++;
    return size;
}

size_t strspn(const char *text, const char *accept) {
    size_t size = 0;
    while (text[size] && strchr(accept, text[size])) size++;
    return size;
}

// No clock: nothing in the workload asks for the time.
struct tm *gmtime(const time_t *time) { return (void)time, (struct tm *)0; }
size_t strftime(char *to, size_t size, const char *format, const struct tm *time) {
    return (void)to, (void)size, (void)format, (void)time, (size_t)0;
}

// 64 x 64 to 128 bits: what the compiler calls where it looks for overflow of a product.
unsigned __int128 __multi3(unsigned __int128 one, unsigned __int128 other) {
    uint64_t a = (uint64_t)one, b = (uint64_t)other;
    uint64_t al = (uint32_t)a, ah = a >> 32, bl = (uint32_t)b, bh = b >> 32;
    uint64_t low = al * bl, middle = ah * bl + (low >> 32), cross = al * bh + (uint32_t)middle;
    uint64_t high = ah * bh + (middle >> 32) + (cross >> 32);
    high += (uint64_t)(one >> 64) * b + a * (uint64_t)(other >> 64);
    return (unsigned __int128)high << 64 | (cross << 32 | (uint32_t)low);
}
