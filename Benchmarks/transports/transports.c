// SPDX-License-Identifier: Apache-2.0
// Round trips between two processes over the ring, a futex-only ring, a pipe and a unix stream socket, interleaved in one run; posted
// frames through ring and validation; many pairs on few processors. Built and run by Benchmarks/ipc; prints JSON lines.
//   transports pair CPU_A CPU_B ROUNDS SAMPLES      latency of one pair (CPU_A = CPU_B: one shared processor)
//   transports many PAIRS ROUND MILLISECONDS ANSWER one round of all ways with many pairs on all processors: rate, latency, cost
//   transports hogs COUNT                           processes that only compute, until it is ended
//   transports about                                spin limit, what a pause and a reading of the clock cost
//   transports posted CPU_A CPU_B ROUNDS            one-way frames of 64 bytes through ring, validation and copy
//   transports stress MESSAGES SEED PAUSES          content of each of many messages checked under random delays (scripts/stress)
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "crowd.h"
#include "xvm_ring.h"

#define CAPACITY XVM_RING_CAPACITY
#define LARGE 4096u

static _Noreturn void die(const char *what) {
    fprintf(stderr, "transports: %s: %s\n", what, strerror(errno));
    exit(1);
}

static uint64_t nanoseconds(void) { return crowd_now(); }

static void pin(int cpu) {
    if (cpu < 0) return;
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    if (sched_setaffinity(0, sizeof set, &set) != 0) die("sched_setaffinity");
}

static int order(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}
static double part(double *values, size_t count, double at) {
    qsort(values, count, sizeof *values, order);
    size_t index = (size_t)((double)count * at);
    return values[index < count ? index : count - 1];
}

static double cpu_seconds(void) {
    struct rusage own;
    getrusage(RUSAGE_SELF, &own);
    return (double)(own.ru_utime.tv_sec + own.ru_stime.tv_sec) + (double)(own.ru_utime.tv_usec + own.ru_stime.tv_usec) / 1e6;
}

// ---- transports ------------------------------------------------------------------------------------------------------

// LINE is the floor: two words on two cache lines, no frame at all. It says how far apart the two processors are at the moment: in a
// virtual machine that changes.
enum kind { RING, RING_FUTEX, PIPE, STREAM, LINE, KINDS };
static const char *const names[KINDS] = {"ring", "futex-only ring", "pipe", "unix stream", "cache line"};

struct pair {
    enum kind kind;
    uint8_t *h2w, *w2h;  // rings
    int near[2], far[2];  // descriptors: read, write of each side
    pid_t child;
    struct xvm_channel host;
    uint8_t buffer[65536];
};

static void *shared(size_t size) {
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (memory == MAP_FAILED) die("mmap");
    return memory;
}

static void read_all(int from, uint8_t *to, size_t size) {
    for (size_t at = 0; at < size;) {
        ssize_t got = read(from, to + at, size - at);
        if (got <= 0) _exit(0);
        at += (size_t)got;
    }
}
static void write_all(int to, const uint8_t *from, size_t size) {
    for (size_t at = 0; at < size;) {
        ssize_t put = write(to, from + at, size - at);
        if (put <= 0) _exit(0);
        at += (size_t)put;
    }
}

// Over descriptors a message is a u32 size and that many bytes. Each ask says how large the answer is to be.
struct ask {
    uint32_t size, answer;
};

static uint32_t wanted(const uint8_t *ask) {
    uint32_t size;
    memcpy(&size, ask, sizeof size);
    return size;
}

// The worker's part of the ring asks, as a contract does; the host answers. So the measured side is the child.
static void ring_ask(struct xvm_channel *channel, uint32_t size, uint32_t answer) {
    struct xvm_frame frame;
    uint8_t *payload = xvm_ring_reserve(channel, XVM_FRAME_GET_OBJECT, 1, size);
    if (payload == NULL) _exit(2);
    memset(payload, 7, size);
    memcpy(payload, &answer, sizeof answer);
    xvm_ring_commit(channel);
    xvm_ring_publish(channel);
    for (;;) {
        switch (xvm_ring_receive(channel, &frame)) {
        case XVM_RING_OK: goto received;
        case XVM_RING_EMPTY: xvm_ring_wait(channel); break;
        case XVM_RING_BREACH: _exit(3);
        }
    }
received:
    if (frame.length != answer) _exit(4);
    static uint8_t copy[65536];
    memcpy(copy, frame.payload, frame.length);
    __asm__ volatile("" : : "r"(copy) : "memory");
    xvm_ring_release(channel);
}

static void ring_answer(struct pair *pair) {
    struct xvm_frame frame;
    for (;;) {
        switch (xvm_ring_receive_copy(&pair->host, &frame, pair->buffer, sizeof pair->buffer)) {
        case XVM_RING_OK: goto received;
        case XVM_RING_EMPTY:
            if (xvm_ring_wait_until(&pair->host, nanoseconds() + 10000000000u) != 0) die("a peer is silent");
            break;
        case XVM_RING_BREACH: fprintf(stderr, "breach %u\n", pair->host.fault.reason); exit(1);
        }
    }
received:
    if (frame.type == XVM_FRAME_OUTCOME) return;
    const uint32_t size = wanted(pair->buffer);
    uint8_t *payload = xvm_ring_reserve(&pair->host, XVM_FRAME_RESULT, 1, size);
    if (payload == NULL) die("no room");
    memset(payload, 9, size);
    xvm_ring_commit(&pair->host);
    xvm_ring_publish(&pair->host);
}

static void stream_ask(const int *descriptors, uint32_t size, uint32_t answer) {
    static uint8_t buffer[65536];
    const struct ask ask = {size, answer};
    memcpy(buffer, &ask, sizeof ask);
    write_all(descriptors[1], buffer, 8 + size);
    read_all(descriptors[0], buffer, 4 + answer);
}
static void stream_answer(struct pair *pair) {
    struct ask ask;
    read_all(pair->near[0], pair->buffer, 8);
    memcpy(&ask, pair->buffer, sizeof ask);
    read_all(pair->near[0], pair->buffer + 8, ask.size);
    write_all(pair->near[1], pair->buffer, 4 + ask.answer);
}

// Words of the floor: at 0 and 128 of h2w.
static _Atomic uint64_t *word(struct pair *pair, size_t at) { return (_Atomic uint64_t *)(void *)(pair->h2w + at); }
static void line_ask(struct pair *pair) {
    const uint64_t next = atomic_load_explicit(word(pair, 0), memory_order_relaxed) + 1;
    atomic_store_explicit(word(pair, 0), next, memory_order_release);
    while (atomic_load_explicit(word(pair, 128), memory_order_acquire) != next) {
    }
}
static void line_answer(struct pair *pair) {
    const uint64_t next = atomic_load_explicit(word(pair, 128), memory_order_relaxed) + 1;
    while (atomic_load_explicit(word(pair, 0), memory_order_acquire) != next) {
    }
    atomic_store_explicit(word(pair, 128), next, memory_order_release);
}

static bool is_ring(enum kind kind) { return kind == RING || kind == RING_FUTEX; }

static void open_pair(struct pair *pair, enum kind kind) {
    pair->kind = kind;
    if (is_ring(kind)) {
        pair->h2w = shared(XVM_RING_CONTROL_SIZE + CAPACITY);
        pair->w2h = shared(XVM_RING_CONTROL_SIZE + CAPACITY);
        xvm_channel_init_host(&pair->host, pair->h2w, pair->w2h, CAPACITY);
        if (kind == RING_FUTEX) xvm_channel_set_spin(&pair->host, 0);
    } else if (kind == LINE) {
        pair->h2w = shared(4096);
    } else if (kind == PIPE) {
        int up[2], down[2];
        if (pipe(up) != 0 || pipe(down) != 0) die("pipe");
        pair->near[0] = up[0], pair->far[1] = up[1], pair->far[0] = down[0], pair->near[1] = down[1];
    } else {
        int both[2];
        if (socketpair(AF_UNIX, SOCK_STREAM, 0, both) != 0) die("socketpair");
        pair->near[0] = pair->near[1] = both[0], pair->far[0] = pair->far[1] = both[1];
    }
}

static void close_pair(struct pair *pair) {
    if (is_ring(pair->kind)) {
        munmap(pair->h2w, XVM_RING_CONTROL_SIZE + CAPACITY);
        munmap(pair->w2h, XVM_RING_CONTROL_SIZE + CAPACITY);
    } else if (pair->kind == LINE) {
        munmap(pair->h2w, 4096);
    } else if (pair->kind == PIPE) {
        for (int i = 0; i < 2; i++) close(pair->near[i]), close(pair->far[i]);
    } else {
        close(pair->near[0]), close(pair->far[0]);
    }
}

// The child's begin on a ring: SEALED, then the one INVOCATION, inside which everything is asked.
static void begin_worker(struct xvm_channel *channel, const struct pair *pair) {
    struct xvm_frame frame;
    xvm_channel_init_worker(channel, pair->h2w, pair->w2h);
    if (xvm_ring_reserve(channel, XVM_FRAME_SEALED, 0, 0) == NULL) _exit(5);
    xvm_ring_commit(channel);
    xvm_ring_publish(channel);
    while (xvm_ring_receive(channel, &frame) != XVM_RING_OK) xvm_ring_wait(channel);
    xvm_ring_release(channel);
}
static void begin_host(struct pair *pair) {
    struct xvm_frame frame;
    while (xvm_ring_receive_copy(&pair->host, &frame, pair->buffer, sizeof pair->buffer) != XVM_RING_OK)
        (void)xvm_ring_wait_until(&pair->host, nanoseconds() + 10000000000u);
    if (xvm_ring_reserve(&pair->host, XVM_FRAME_INVOCATION, 1, 0) == NULL) die("no room");
    xvm_ring_commit(&pair->host);
    xvm_ring_expect(&pair->host, 1);
    xvm_ring_publish(&pair->host);
}

static void ask_once(struct pair *pair, struct xvm_channel *channel, uint32_t size, uint32_t answer) {
    if (is_ring(pair->kind)) {
        ring_ask(channel, size, answer);
    } else if (pair->kind == LINE) {
        line_ask(pair);
    } else {
        stream_ask(pair->far, size, answer);
    }
}
static void answer_once(struct pair *pair) {
    if (is_ring(pair->kind)) {
        ring_answer(pair);
    } else if (pair->kind == LINE) {
        line_answer(pair);
    } else {
        stream_answer(pair);
    }
}

// ---- one pair --------------------------------------------------------------------------------------------------------

struct figures {
    double p50, p99, cpu, parks, wakes;
};

static struct figures measure_pair(enum kind kind, int cpu_near, int cpu_far, uint32_t answer, size_t samples) {
    static struct pair pair;
    memset(&pair, 0, sizeof pair);
    open_pair(&pair, kind);
    struct figures *figures = shared(sizeof *figures);
    const size_t warm = samples / 10 + 50;
    pair.child = fork();
    if (pair.child < 0) die("fork");
    if (pair.child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        pin(cpu_far);
        static struct xvm_channel channel;
        if (is_ring(kind)) begin_worker(&channel, &pair);
        double *times = malloc(samples * sizeof *times);
        if (times == NULL) _exit(6);
        for (size_t i = 0; i < warm; i++) ask_once(&pair, &channel, 64, answer);
        const double used = cpu_seconds();
        const uint64_t parks = channel.parks, wakes = channel.wakes_sent;
        for (size_t i = 0; i < samples; i++) {
            const uint64_t start = nanoseconds();
            ask_once(&pair, &channel, 64, answer);
            times[i] = (double)(nanoseconds() - start);
        }
        figures->cpu = (cpu_seconds() - used) / (double)samples * 1e9;
        figures->parks = (double)(channel.parks - parks) / (double)samples;
        figures->wakes = (double)(channel.wakes_sent - wakes) / (double)samples;
        figures->p50 = part(times, samples, 0.5);
        figures->p99 = part(times, samples, 0.99);
        _exit(0);
    }
    pin(cpu_near);
    if (is_ring(kind)) begin_host(&pair);
    const double used = cpu_seconds();
    for (size_t i = 0; i < warm + samples; i++) answer_once(&pair);
    const double own = (cpu_seconds() - used) / (double)(warm + samples) * 1e9;
    int status;
    if (waitpid(pair.child, &status, 0) < 0 || status != 0) die("the child failed");
    struct figures result = *figures;
    result.cpu += own;
    munmap(figures, sizeof *figures);
    close_pair(&pair);
    return result;
}

/// Samples of a way in one round. What sleeps costs a hundred times as much: fewer are enough.
static size_t count_of(enum kind kind, int near, int far, size_t samples) {
    return (kind == RING || kind == LINE) && near != far ? samples : samples / 10;
}

static int run_pair(int near, int far, int rounds, size_t samples) {
    // One kind alone: for experiments.
    const char *only = getenv("ONLY");
    static const uint32_t answers[] = {64, LARGE};
    enum { SIZES = 2, ROUNDS_MAX = 200 };
    static double p50[KINDS][SIZES][ROUNDS_MAX], p99[KINDS][SIZES][ROUNDS_MAX], cpu[KINDS][SIZES][ROUNDS_MAX],
        parks[KINDS][SIZES][ROUNDS_MAX];
    const double clock = crowd_clock_cost();
    if (rounds > ROUNDS_MAX) rounds = ROUNDS_MAX;
    for (int round = 0; round < rounds; round++) {
        for (int kind = 0; kind < KINDS; kind++) {
            if (only != NULL && strchr(only, '0' + kind) == NULL) continue;
            if (kind == LINE && near == far) continue;  // without a sleep it would take whole time slices
            for (int size = 0; size < (kind == LINE ? 1 : SIZES); size++) {
                const size_t count = count_of((enum kind)kind, near, far, samples);
                const struct figures f = measure_pair((enum kind)kind, near, far, answers[size], count);
                p50[kind][size][round] = f.p50 - clock;  // one reading of the clock lies inside
                p99[kind][size][round] = f.p99 - clock;
                cpu[kind][size][round] = f.cpu;
                parks[kind][size][round] = f.parks;
            }
        }
    }
    for (int kind = 0; kind < KINDS; kind++) {
        if (kind == LINE && near == far) continue;
        for (int size = 0; size < (kind == LINE ? 1 : SIZES); size++) {
            const size_t n = (size_t)rounds;
            printf("{\"what\":\"%s\",\"bytes\":%u,\"p50\":%.0f,\"p99\":%.0f,\"best\":%.0f,\"cpu\":%.0f,\"parks\":%.3f,\"rounds\":%d,\"samples\":%zu}\n",
                   names[kind], answers[size], part(p50[kind][size], n, 0.5), part(p99[kind][size], n, 0.5),
                   part(p50[kind][size], n, 0), part(cpu[kind][size], n, 0.5), part(parks[kind][size], n, 0.5), rounds, count_of((enum kind)kind, near, far, samples));
        }
    }
    return 0;
}

// ---- many pairs ------------------------------------------------------------------------------------------------------

/// One way with many pairs, none of them pinned: what they ask together, how long each waits, what it costs.
static void measure_many(enum kind kind, uint32_t answer, int pairs, int milliseconds, double clock) {
    struct crowd *crowd = crowd_new();
    static struct pair pair;
    pid_t members[2 * CROWD_MAX];
    int count = 0;
    struct pair *all = shared(sizeof *all * (size_t)pairs);
    for (int i = 0; i < pairs; i++) {
        memset(&pair, 0, sizeof pair);
        open_pair(&pair, kind);
        all[i] = pair;
        pid_t host = fork();
        if (host < 0) die("fork");
        if (host == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            pair = all[i];
            if (is_ring(kind)) begin_host(&pair);
            for (;;) answer_once(&pair);
        }
        members[count++] = host;
        pid_t worker = fork();
        if (worker < 0) die("fork");
        if (worker == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            static struct xvm_channel channel;
            pair = all[i];
            struct crowd_slot *slot = &crowd->slots[i];
            if (is_ring(kind)) begin_worker(&channel, &pair);
            crowd_wait(crowd);
            uint64_t last = nanoseconds();
            while (!crowd_is_over(crowd)) {
                ask_once(&pair, &channel, 64, answer);
                const uint64_t now = nanoseconds();  // the end of one round trip is the begin of the next
                crowd_time(slot, now - last);
                crowd_count(slot, 1);
                last = now;
            }
            for (;;) pause();
        }
        members[count++] = worker;
    }
    struct crowd_figures figures = crowd_measure(crowd, pairs, members, count, milliseconds);
    const double sleeps = crowd_end(members, count);
    uint64_t asked = 0;
    for (int i = 0; i < pairs; i++) asked += crowd->slots[i].count;
    crowd_times(crowd, pairs, clock, &figures);
    crowd_print(names[kind], answer, &figures, asked == 0 ? 0 : sleeps / (double)asked);
    for (int i = 0; i < pairs; i++) close_pair(&all[i]);
    munmap(all, sizeof *all * (size_t)pairs);
    munmap(crowd, sizeof *crowd);
}

/// One round: all ways after each other, in an order that is another one in each round and, every second time, the other way round.
static int run_many(int pairs, int round, int milliseconds, int answer) {
    enum { WAYS = LINE };
    if (pairs < 1 || pairs > CROWD_MAX || round < 0 || answer < 4 || answer > (int)LARGE) return 64;
    const double clock = crowd_clock_cost();
    for (int turn = 0; turn < WAYS; turn++) {
        const int which = (round / 2 + (round % 2 == 0 ? turn : WAYS - 1 - turn)) % WAYS;
        measure_many((enum kind)which, (uint32_t)answer, pairs, milliseconds, clock);
    }
    return 0;
}

/// So many processes that only compute, until this one is ended.
static int run_hogs(int hogs) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);  // with whoever asked for them
    for (int i = 0; i < hogs; i++) {
        const pid_t hog = fork();
        if (hog < 0) die("fork");
        if (hog > 0) continue;
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;) __asm__ volatile("");
    }
    printf("{\"what\":\"hogs\",\"hogs\":%d}\n", hogs);
    fflush(stdout);
    for (;;) pause();
}

/// What the ring's waiting is made of here.
static int run_about(void) {
    enum { PAUSES = 100000 };
    double best = 1e9;
    for (int round = 0; round < 10; round++) {
        const uint64_t start = nanoseconds();
        for (int i = 0; i < PAUSES; i++) __builtin_ia32_pause();
        const double cost = (double)(nanoseconds() - start) / PAUSES;
        if (cost < best) best = cost;
    }
    printf("{\"what\":\"about\",\"spinPauses\":%u,\"pauseNs\":%.1f,\"clockNs\":%.1f,\"capacity\":%u}\n", XVM_RING_SPIN_PAUSES, best,
           crowd_clock_cost(), CAPACITY);
    return 0;
}

// ---- posted frames ---------------------------------------------------------------------------------------------------

static int run_posted(int near, int far, int rounds) {
    enum { COUNT = 4000000, ROUNDS_MAX = 200, BATCH = 4096 };
    static double rates[ROUNDS_MAX];
    static struct pair pair;
    if (rounds > ROUNDS_MAX) rounds = ROUNDS_MAX;
    for (int round = 0; round < rounds; round++) {
        memset(&pair, 0, sizeof pair);
        open_pair(&pair, RING);
        pair.child = fork();
        if (pair.child < 0) die("fork");
        if (pair.child == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            pin(far);
            static struct xvm_channel channel;
            begin_worker(&channel, &pair);
            uint32_t pending = 0;
            for (uint32_t i = 0; i < COUNT; i++) {
                uint8_t *payload = xvm_ring_reserve(&channel, XVM_FRAME_PUT_OBJECT, 1, 48);
                if (payload == NULL) {
                    // As serve.c does: FLUSH, and its answer means that all is taken.
                    if (xvm_ring_reserve(&channel, XVM_FRAME_FLUSH, 1, 0) == NULL) _exit(2);
                    xvm_ring_commit(&channel);
                    xvm_ring_publish(&channel);
                    struct xvm_frame frame;
                    while (xvm_ring_receive(&channel, &frame) != XVM_RING_OK) xvm_ring_wait(&channel);
                    xvm_ring_release(&channel);
                    pending = 0;
                    payload = xvm_ring_reserve(&channel, XVM_FRAME_PUT_OBJECT, 1, 48);
                    if (payload == NULL) _exit(3);
                }
                memset(payload, 5, 48);
                memcpy(payload, &i, sizeof i);
                xvm_ring_commit(&channel);
                pending += 64;
                if (pending >= BATCH) {
                    xvm_ring_publish(&channel);
                    pending = 0;
                }
            }
            if (xvm_ring_reserve(&channel, XVM_FRAME_OUTCOME, 1, 0) == NULL) pause();
            xvm_ring_commit(&channel);
            xvm_ring_publish(&channel);
            _exit(0);
        }
        pin(near);
        begin_host(&pair);
        uint32_t next = 0;
        uint64_t start = 0;
        for (;;) {
            struct xvm_frame frame;
            const enum xvm_ring_status status = xvm_ring_receive_copy(&pair.host, &frame, pair.buffer, sizeof pair.buffer);
            if (status == XVM_RING_EMPTY) {
                if (xvm_ring_wait_until(&pair.host, nanoseconds() + 10000000000u) != 0) die("a peer is silent");
                continue;
            }
            if (status != XVM_RING_OK) die("breach");
            if (start == 0) start = nanoseconds();
            if (frame.type == XVM_FRAME_OUTCOME) break;
            if (frame.type == XVM_FRAME_FLUSH) {
                if (xvm_ring_reserve(&pair.host, XVM_FRAME_RESULT, 1, 4) == NULL) die("no room");
                xvm_ring_commit(&pair.host);
                xvm_ring_publish(&pair.host);
                continue;
            }
            if (wanted(pair.buffer) != next++) die("a frame out of order");
        }
        rates[round] = next / ((double)(nanoseconds() - start) / 1e9);
        waitpid(pair.child, NULL, 0);
        close_pair(&pair);
    }
    const size_t n = (size_t)rounds;
    printf("{\"what\":\"posted\",\"frame\":64,\"rounds\":%d,\"best\":%.2f,\"p50\":%.2f,\"tenth\":%.2f}\n", rounds, part(rates, n, 1) / 1e6,
           part(rates, n, 0.5) / 1e6, part(rates, n, 0.1) / 1e6);
    return 0;
}

// ---- stress ----------------------------------------------------------------------------------------------------------

static uint64_t mixed(uint64_t *state) {
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

// Now and then a side stays away: a little, or so long that the other one sleeps.
static void dawdle(uint64_t *state) {
    const uint64_t dice = mixed(state);
    if (dice % 512 != 0) return;
    for (uint64_t pauses = (dice >> 32) % ((dice >> 16) % 16 == 0 ? 4000 : 200); pauses > 0; pauses--) __builtin_ia32_pause();
}

// What message `number` carries: its number, then bytes that follow from it.
static uint32_t fill(uint8_t *to, uint64_t number) {
    uint64_t state = number;
    const uint32_t size = 8 + (uint32_t)(mixed(&state) % 120);
    memcpy(to, &number, 8);
    const uint64_t word = mixed(&state);
    for (uint32_t i = 8; i < size; i++) to[i] = (uint8_t)(word >> (i % 8 * 8)) ^ (uint8_t)i;
    return size;
}

static void stress_worker(const struct pair *pair, uint64_t messages, uint64_t seed) {
    static struct xvm_channel channel;
    uint8_t bytes[128];
    begin_worker(&channel, pair);
    for (uint64_t number = 0; number < messages; number++) {
        const uint32_t size = fill(bytes, number);
        const bool asks = mixed(&seed) % 64 == 0;
        uint8_t *payload = xvm_ring_reserve(&channel, asks ? XVM_FRAME_GET_OBJECT : XVM_FRAME_PUT_OBJECT, 1, size);
        struct xvm_frame frame;
        if (payload == NULL) {
            if (xvm_ring_reserve(&channel, XVM_FRAME_FLUSH, 1, 0) == NULL) _exit(2);
            xvm_ring_commit(&channel);
            xvm_ring_publish(&channel);
            while (xvm_ring_receive(&channel, &frame) != XVM_RING_OK) xvm_ring_wait(&channel);
            xvm_ring_release(&channel);
            payload = xvm_ring_reserve(&channel, asks ? XVM_FRAME_GET_OBJECT : XVM_FRAME_PUT_OBJECT, 1, size);
            if (payload == NULL) _exit(3);
        }
        memcpy(payload, bytes, size);
        xvm_ring_commit(&channel);
        if (asks || mixed(&seed) % 16 == 0) xvm_ring_publish(&channel);
        dawdle(&seed);
        if (!asks) continue;
        while (xvm_ring_receive(&channel, &frame) != XVM_RING_OK) xvm_ring_wait(&channel);
        uint64_t answered;
        memcpy(&answered, frame.payload, 8);
        if (frame.length != 8 || answered != number) _exit(4);
        xvm_ring_release(&channel);
    }
    if (xvm_ring_reserve(&channel, XVM_FRAME_OUTCOME, 1, 0) == NULL) {
        xvm_ring_publish(&channel);
        while (xvm_ring_reserve(&channel, XVM_FRAME_OUTCOME, 1, 0) == NULL) sched_yield();
    }
    xvm_ring_commit(&channel);
    xvm_ring_publish(&channel);
    _exit(channel.parks > 0 || channel.spin_pauses > 0 ? 0 : 5);
}

static int run_stress(uint64_t messages, uint64_t seed, int pauses) {
    static struct pair pair;
    open_pair(&pair, RING);
    xvm_channel_set_spin(&pair.host, (uint32_t)pauses);
    pair.child = fork();
    if (pair.child < 0) die("fork");
    if (pair.child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        stress_worker(&pair, messages, seed);
    }
    begin_host(&pair);
    const uint64_t start = nanoseconds();
    uint64_t next = 0, own = ~seed;
    uint8_t bytes[128];
    for (;;) {
        struct xvm_frame frame;
        const enum xvm_ring_status status = xvm_ring_receive_copy(&pair.host, &frame, pair.buffer, sizeof pair.buffer);
        if (status == XVM_RING_EMPTY) {
            // A wake that is lost would leave both sides asleep.
            if (xvm_ring_wait_until(&pair.host, nanoseconds() + 20000000000u) != 0) die("lost wake: 20 s of silence");
            continue;
        }
        if (status != XVM_RING_OK) {
            fprintf(stderr, "breach %u at message %llu\n", pair.host.fault.reason, (unsigned long long)next);
            return 1;
        }
        dawdle(&own);
        if (frame.type == XVM_FRAME_OUTCOME) break;
        if (frame.type == XVM_FRAME_FLUSH) {
            if (xvm_ring_reserve(&pair.host, XVM_FRAME_RESULT, 1, 4) == NULL) die("no room");
        } else {
            if (frame.length != fill(bytes, next) || memcmp(bytes, pair.buffer, frame.length) != 0) {
                fprintf(stderr, "message %llu differs\n", (unsigned long long)next);
                return 1;
            }
            next += 1;
            if (frame.type != XVM_FRAME_GET_OBJECT) continue;
            uint8_t *payload = xvm_ring_reserve(&pair.host, XVM_FRAME_RESULT, 1, 8);
            if (payload == NULL) die("no room");
            memcpy(payload, bytes, 8);
        }
        xvm_ring_commit(&pair.host);
        xvm_ring_publish(&pair.host);
    }
    int status;
    if (waitpid(pair.child, &status, 0) < 0 || status != 0 || next != messages) die("the worker's end");
    printf("{\"what\":\"stress\",\"messages\":%llu,\"seconds\":%.1f,\"pauses\":%d,\"hostParks\":%llu,\"hostWakes\":%llu,\"spurious\":%llu}\n",
           (unsigned long long)next, (double)(nanoseconds() - start) / 1e9, pauses, (unsigned long long)pair.host.parks,
           (unsigned long long)pair.host.wakes_sent, (unsigned long long)pair.host.wakes_spurious);
    return 0;
}

int main(int count, char **arguments) {
    const char *what = count > 1 ? arguments[1] : "";
    int number[4] = {0};
    for (int i = 0; i < 4 && i + 2 < count; i++) number[i] = atoi(arguments[i + 2]);
    if (strcmp(what, "pair") == 0 && count == 6) return run_pair(number[0], number[1], number[2], (size_t)number[3]);
    if (strcmp(what, "hogs") == 0 && count == 3) return run_hogs(number[0]);
    if (strcmp(what, "about") == 0 && count == 2) return run_about();
    if (strcmp(what, "many") == 0 && count == 6) return run_many(number[0], number[1], number[2], number[3]);
    if (strcmp(what, "posted") == 0 && count == 5) return run_posted(number[0], number[1], number[2]);
    if (strcmp(what, "stress") == 0 && count == 5) {
        return run_stress(strtoull(arguments[2], NULL, 10), strtoull(arguments[3], NULL, 10), number[2]);
    }
    fprintf(stderr, "usage: transports pair CPU CPU ROUNDS SAMPLES | many PAIRS ROUND MILLISECONDS ANSWER | hogs COUNT | about | posted CPU CPU ROUNDS | stress MESSAGES SEED PAUSES\n");
    return 64;
}
