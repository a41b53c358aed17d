// SPDX-License-Identifier: Apache-2.0
// A preloaded library that writes down what a process does to the files of one folder ($XVM_RECORD_FOLDER) into $XVM_RECORD_TRACE:
// writes with their bytes, truncations, syncs, openings and removals, each as one record, before the call's result is seen.
// Record: u8 kind, u8 size of name, u16 0, u32 size of data, u64 offset or length, name, data; little-endian. Kinds: W write, D write
// through a descriptor with O_DSYNC or O_SYNC, T truncate, S sync, C opened with O_CREAT or O_TRUNC (offset 1: truncated), U unlinked.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int trace = -2;
static char folder[PATH_MAX];
static size_t folderSize;

static ssize_t (*real_write)(int, const void *, size_t);
static void begin(void) {
    if (trace != -2) return;
    real_write = (ssize_t (*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write");
    const char *path = getenv("XVM_RECORD_TRACE"), *name = getenv("XVM_RECORD_FOLDER");
    trace = -1;
    if (!path || !name || !realpath(name, folder)) return;
    folderSize = strlen(folder);
    int (*real_open)(const char *, int, ...) = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, "open");
    trace = real_open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
}

// The file's name within the folder; NULL: another file.
static const char *name_of(int fd, char buffer[PATH_MAX]) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t size = readlink(link, buffer, PATH_MAX - 1);
    if (size <= 0) return NULL;
    buffer[size] = 0;
    if (strncmp(buffer, folder, folderSize) || buffer[folderSize] != '/') return NULL;
    return buffer + folderSize + 1;
}

static void put(char kind, const char *name, uint64_t offset, const struct iovec *data, int count, size_t limit) {
    size_t nameSize = strlen(name), size = 0;
    for (int i = 0; i < count; i++) size += data[i].iov_len;
    if (size > limit) size = limit;
    unsigned char *record = malloc(16 + nameSize + size);
    if (!record) abort();
    uint32_t size32 = (uint32_t)size;
    record[0] = (unsigned char)kind;
    record[1] = (unsigned char)nameSize;
    record[2] = record[3] = 0;
    memcpy(record + 4, &size32, 4);
    memcpy(record + 8, &offset, 8);
    memcpy(record + 16, name, nameSize);
    unsigned char *at = record + 16 + nameSize, *end = at + size;
    for (int i = 0; i < count && at < end; i++) {
        size_t part = data[i].iov_len < (size_t)(end - at) ? data[i].iov_len : (size_t)(end - at);
        memcpy(at, data[i].iov_base, part);
        at += part;
    }
    if (real_write(trace, record, 16 + nameSize + size) != (ssize_t)(16 + nameSize + size)) abort();
    free(record);
}

#define REAL(type, name, ...) static type (*real)(__VA_ARGS__); if (!real) real = (type (*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

static ssize_t recorded(int fd, off_t offset, const struct iovec *data, int count, ssize_t result) {
    char buffer[PATH_MAX];
    const char *name;
    if (result > 0 && trace >= 0 && (name = name_of(fd, buffer))) {
        int flags = fcntl(fd, F_GETFL);
        put(flags & O_DSYNC ? 'D' : 'W', name, (uint64_t)offset, data, count, (size_t)result);
    }
    return result;
}

ssize_t write(int fd, const void *bytes, size_t size) {
    pthread_mutex_lock(&lock);
    begin();
    struct iovec one = {(void *)bytes, size};
    off_t offset = trace >= 0 ? lseek(fd, 0, SEEK_CUR) : 0;
    ssize_t result = real_write(fd, bytes, size);
    int error = errno;
    // Behind the end where it appends.
    if (result > 0 && trace >= 0 && offset >= 0 && fcntl(fd, F_GETFL) & O_APPEND) offset = lseek(fd, 0, SEEK_CUR) - result;
    if (offset >= 0) recorded(fd, offset, &one, 1, result);
    errno = error;
    pthread_mutex_unlock(&lock);
    return result;
}
ssize_t writev(int fd, const struct iovec *data, int count) {
    REAL(ssize_t, "writev", int, const struct iovec *, int);
    pthread_mutex_lock(&lock);
    begin();
    off_t offset = lseek(fd, 0, SEEK_CUR);
    ssize_t result = real(fd, data, count);
    int error = errno;
    if (offset >= 0) recorded(fd, offset, data, count, result);
    errno = error;
    pthread_mutex_unlock(&lock);
    return result;
}
static ssize_t at_offset(const char *symbol, int fd, const void *bytes, size_t size, off_t offset) {
    ssize_t (*real)(int, const void *, size_t, off_t) = (ssize_t (*)(int, const void *, size_t, off_t))dlsym(RTLD_NEXT, symbol);
    pthread_mutex_lock(&lock);
    begin();
    struct iovec one = {(void *)bytes, size};
    ssize_t result = real(fd, bytes, size, offset);
    int error = errno;
    recorded(fd, offset, &one, 1, result);
    errno = error;
    pthread_mutex_unlock(&lock);
    return result;
}
ssize_t pwrite(int fd, const void *bytes, size_t size, off_t offset) { return at_offset("pwrite", fd, bytes, size, offset); }
ssize_t pwrite64(int fd, const void *bytes, size_t size, off_t offset) { return at_offset("pwrite64", fd, bytes, size, offset); }
static ssize_t vector_at(const char *symbol, int fd, const struct iovec *data, int count, off_t offset) {
    ssize_t (*real)(int, const struct iovec *, int, off_t) = (ssize_t (*)(int, const struct iovec *, int, off_t))dlsym(RTLD_NEXT, symbol);
    pthread_mutex_lock(&lock);
    begin();
    ssize_t result = real(fd, data, count, offset);
    int error = errno;
    recorded(fd, offset, data, count, result);
    errno = error;
    pthread_mutex_unlock(&lock);
    return result;
}
ssize_t pwritev(int fd, const struct iovec *data, int count, off_t offset) { return vector_at("pwritev", fd, data, count, offset); }
ssize_t pwritev64(int fd, const struct iovec *data, int count, off_t offset) { return vector_at("pwritev64", fd, data, count, offset); }

static int one_word(const char *symbol, char kind, int fd, off_t length) {
    pthread_mutex_lock(&lock);
    begin();
    int result;
    if (kind == 'T') {
        result = ((int (*)(int, off_t))dlsym(RTLD_NEXT, symbol))(fd, length);
    } else {
        result = ((int (*)(int))dlsym(RTLD_NEXT, symbol))(fd);
    }
    int error = errno;
    char buffer[PATH_MAX];
    const char *name;
    // After the call: what a sync has promised, it has promised now.
    if (result == 0 && trace >= 0 && (name = name_of(fd, buffer))) put(kind, name, (uint64_t)length, NULL, 0, 0);
    errno = error;
    pthread_mutex_unlock(&lock);
    return result;
}
int fsync(int fd) { return one_word("fsync", 'S', fd, 0); }
int fdatasync(int fd) { return one_word("fdatasync", 'S', fd, 0); }
int ftruncate(int fd, off_t length) { return one_word("ftruncate", 'T', fd, length); }
int ftruncate64(int fd, off_t length) { return one_word("ftruncate64", 'T', fd, length); }

static int opened(const char *symbol, const char *path, int flags, mode_t mode) {
    pthread_mutex_lock(&lock);
    begin();
    int fd = ((int (*)(const char *, int, ...))dlsym(RTLD_NEXT, symbol))(path, flags, mode);
    int error = errno;
    char buffer[PATH_MAX];
    const char *name;
    if (fd >= 0 && trace >= 0 && flags & (O_CREAT | O_TRUNC) && (name = name_of(fd, buffer)))
        put('C', name, flags & O_TRUNC ? 1 : 0, NULL, 0, 0);
    errno = error;
    pthread_mutex_unlock(&lock);
    return fd;
}
int open(const char *path, int flags, ...) {
    va_list list;
    va_start(list, flags);
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(list, mode_t) : 0;
    va_end(list);
    return opened("open", path, flags, mode);
}
int open64(const char *path, int flags, ...) {
    va_list list;
    va_start(list, flags);
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(list, mode_t) : 0;
    va_end(list);
    return opened("open64", path, flags, mode);
}
int unlink(const char *path) {
    REAL(int, "unlink", const char *);
    pthread_mutex_lock(&lock);
    begin();
    int result = real(path);
    int error = errno;
    if (result == 0 && trace >= 0 && !strncmp(path, folder, folderSize) && path[folderSize] == '/')
        put('U', path + folderSize + 1, 0, NULL, 0, 0);
    errno = error;
    pthread_mutex_unlock(&lock);
    return result;
}
