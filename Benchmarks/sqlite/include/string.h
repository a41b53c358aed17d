// SPDX-License-Identifier: Apache-2.0
// What SQLite uses of a C library's <string.h>, for WebAssembly without one.
#ifndef SHIM_STRING_H
#define SHIM_STRING_H
#include <stddef.h>
void *memcpy(void *to, const void *from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int value, size_t size);
int memcmp(const void *one, const void *other, size_t size);
size_t strlen(const char *text);
int strcmp(const char *one, const char *other);
int strncmp(const char *one, const char *other, size_t size);
char *strchr(const char *text, int character);
char *strrchr(const char *text, int character);
size_t strcspn(const char *text, const char *reject);
size_t strspn(const char *text, const char *accept);
#endif
