// SPDX-License-Identifier: Apache-2.0
// Many that ask at the same time on few processors: how often, how long each time (all of them, in a histogram of fixed size), at what
// cost in processor time and sleeps. For transports.c, wasmtime.c and grpc/echo.cc: C11 and C++17. Each asker is a process or a thread.
#ifndef BENCH_CROWD_H
#define BENCH_CROWD_H

#include <linux/futex.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { CROWD_MAX = 64, CROWD_TIMES = 4096 };

/// One asker's: nobody else writes it, and no two share a cache line. Times below 256 ns are exact, others within 0.8 %, up to some 4 minutes.
struct crowd_slot {
    uint64_t count, most, gap[14];
    uint32_t times[CROWD_TIMES];
};
struct crowd {
    uint32_t go, stop, ready, gap[29];
    struct crowd_slot slots[CROWD_MAX];
};

static inline uint64_t crowd_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/// What one reading of the clock costs, in nanoseconds.
static inline double crowd_clock_cost(void) {
    double best = 1e9;
    for (int round = 0; round < 20; round++) {
        const uint64_t start = crowd_now();
        for (int i = 0; i < 1000; i++) (void)crowd_now();
        const double cost = (double)(crowd_now() - start) / 1001;
        if (cost < best) best = cost;
    }
    return best;
}

static inline struct crowd *crowd_new(void) {
    void *memory = mmap(NULL, sizeof(struct crowd), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (memory == MAP_FAILED) {
        perror("crowd");
        exit(1);
    }
    return (struct crowd *)memory;
}

static inline uint32_t crowd_index(uint64_t time) {
    if (time < 256) return (uint32_t)time;
    const uint32_t shift = 56u - (uint32_t)__builtin_clzll(time);  // so that time >> shift lies in 128 ..< 256
    return shift > 30 ? CROWD_TIMES - 1 : shift * 128u + (uint32_t)(time >> shift);
}
static inline double crowd_value(uint32_t index) {
    if (index < 256) return index;
    const uint32_t shift = index / 128u - 1u;
    return ((double)(index - shift * 128u) + 0.5) * (double)(1ull << shift);
}

// ---- the asking side -------------------------------------------------------------------------------------------------

/// Says that this asker is ready and sleeps until all are.
static inline void crowd_wait(struct crowd *crowd) {
    __atomic_fetch_add(&crowd->ready, 1u, __ATOMIC_RELEASE);
    while (__atomic_load_n(&crowd->go, __ATOMIC_ACQUIRE) == 0) syscall(SYS_futex, &crowd->go, FUTEX_WAIT, 0, NULL, NULL, 0);
}
static inline int crowd_is_over(const struct crowd *crowd) { return __atomic_load_n(&crowd->stop, __ATOMIC_RELAXED) != 0; }

static inline void crowd_count(struct crowd_slot *slot, uint64_t asked) {
    __atomic_store_n(&slot->count, slot->count + asked, __ATOMIC_RELAXED);
}
static inline void crowd_time(struct crowd_slot *slot, uint64_t time) {
    slot->times[crowd_index(time)] += 1;
    if (time > slot->most) slot->most = time;
}

// ---- the measuring side ----------------------------------------------------------------------------------------------

static inline double crowd_processor_seconds(const pid_t *members, int count) {
    double sum = 0;
    for (int i = 0; i < count; i++) {
        clockid_t clock;
        struct timespec used;
        if (clock_getcpuclockid(members[i], &clock) != 0 || clock_gettime(clock, &used) != 0) continue;
        sum += (double)used.tv_sec + (double)used.tv_nsec / 1e9;
    }
    return sum;
}

struct crowd_figures {
    double rate;              // asked per second, all together
    double cpu;               // processor time of one, in nanoseconds, of all members
    double p50, p99, p999, most;  // of one, in nanoseconds
    double least;             // the share of the asker that came least often, 1: as often as the others
    double seconds;
    uint64_t asked, samples;
};

/// Times of all, after the end. Takes the histograms together.
static inline void crowd_times(const struct crowd *crowd, int askers, double clock, struct crowd_figures *figures) {
    static uint64_t sums[CROWD_TIMES];
    memset(sums, 0, sizeof sums);
    figures->samples = 0, figures->most = 0;
    for (int i = 0; i < askers; i++) {
        for (int t = 0; t < CROWD_TIMES; t++) sums[t] += crowd->slots[i].times[t], figures->samples += crowd->slots[i].times[t];
        if ((double)crowd->slots[i].most > figures->most) figures->most = (double)crowd->slots[i].most;
    }
    const double parts[3] = {0.5, 0.99, 0.999};
    double *const results[3] = {&figures->p50, &figures->p99, &figures->p999};
    for (int p = 0; p < 3; p++) {
        const uint64_t wanted = (uint64_t)((double)figures->samples * parts[p]);
        uint64_t seen = 0;
        uint32_t t = 0;
        while (t < CROWD_TIMES - 1 && seen + sums[t] <= wanted) seen += sums[t++];
        *results[p] = figures->samples == 0 ? 0 : crowd_value(t) - clock;  // one reading of the clock lies inside
        if (*results[p] < 0) *results[p] = 0;
    }
}

/// Lets all begin, and looks at what was asked within a window of time. `members`: the processes whose processor time counts.
static inline struct crowd_figures crowd_measure(
    struct crowd *crowd, int askers, const pid_t *members, int member_count, int milliseconds) {
    struct crowd_figures figures;
    memset(&figures, 0, sizeof figures);
    while (__atomic_load_n(&crowd->ready, __ATOMIC_ACQUIRE) < (uint32_t)askers) usleep(500);
    usleep(10000);  // the last of them falls asleep
    const double used = crowd_processor_seconds(members, member_count);
    const uint64_t start = crowd_now();
    __atomic_store_n(&crowd->go, 1u, __ATOMIC_RELEASE);
    syscall(SYS_futex, &crowd->go, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
    usleep((useconds_t)milliseconds * 1000u);
    uint64_t least = UINT64_MAX;
    for (int i = 0; i < askers; i++) {
        const uint64_t count = __atomic_load_n(&crowd->slots[i].count, __ATOMIC_RELAXED);
        figures.asked += count;
        if (count < least) least = count;
    }
    figures.seconds = (double)(crowd_now() - start) / 1e9;
    const double processor = crowd_processor_seconds(members, member_count) - used;
    __atomic_store_n(&crowd->stop, 1u, __ATOMIC_RELAXED);
    figures.rate = (double)figures.asked / figures.seconds;
    figures.cpu = figures.asked == 0 ? 0 : processor / (double)figures.asked * 1e9;
    figures.least = figures.asked == 0 ? 0 : (double)least * askers / (double)figures.asked;
    return figures;
}

/// Kills the members and waits for them. Returns how often they slept, from their begin on.
static inline double crowd_end(const pid_t *members, int count) {
    double sleeps = 0;
    for (int i = 0; i < count; i++) kill(members[i], SIGKILL);
    for (int i = 0; i < count; i++) {
        struct rusage used;
        if (wait4(members[i], NULL, 0, &used) == members[i]) sleeps += (double)used.ru_nvcsw;
    }
    return sleeps;
}

/// One JSON line. `sleeps`: of all members for one asked, below 0 where they are not known.
static inline void crowd_print(const char *what, unsigned bytes, const struct crowd_figures *f, double sleeps) {
    printf("{\"what\":\"%s\",\"bytes\":%u,\"rate\":%.0f,\"cpu\":%.0f,\"p50\":%.0f,\"p99\":%.0f,\"p999\":%.0f,\"most\":%.0f,\"least\":%.3f,\"samples\":%llu",
           what, bytes, f->rate, f->cpu, f->p50, f->p99, f->p999, f->most, f->least, (unsigned long long)f->samples);
    if (sleeps >= 0) printf(",\"sleeps\":%.3f", sleeps);
    printf("}\n");
    fflush(stdout);
}

#endif
