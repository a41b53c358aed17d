// SPDX-License-Identifier: Apache-2.0
// See pin.h.
#define _GNU_SOURCE
#include "pin.h"

#include <errno.h>
#include <dirent.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int bench_pin(int cpu) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    return sched_setaffinity(0, sizeof set, &set) == 0 ? 0 : errno;
}

int bench_pin_named(const char *name, int cpu) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    int bound = 0;
    DIR *threads = opendir("/proc/self/task");
    if (threads == NULL) return 0;
    for (struct dirent *entry; (entry = readdir(threads)) != NULL;) {
        char path[320], text[32] = {0};
        (void)snprintf(path, sizeof path, "/proc/self/task/%s/comm", entry->d_name);
        FILE *file = fopen(path, "r");
        if (file == NULL) continue;
        if (fgets(text, sizeof text, file) != NULL) text[strcspn(text, "\n")] = 0;
        fclose(file);
        if (strcmp(text, name) == 0 && sched_setaffinity(atoi(entry->d_name), sizeof set, &set) == 0) bound++;
    }
    closedir(threads);
    return bound;
}

static long long now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

long long bench_kill_and_wait(int pid) {
    int descriptor = (int)syscall(SYS_pidfd_open, pid, 0);
    if (descriptor < 0) return -errno;
    struct pollfd entry = {.fd = descriptor, .events = POLLIN};
    long long start = now();
    int result = kill(pid, SIGKILL);
    while (result == 0 && poll(&entry, 1, -1) < 0 && errno == EINTR) continue;
    long long end = now();
    close(descriptor);
    return result == 0 ? end - start : -errno;
}
