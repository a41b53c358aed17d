// SPDX-License-Identifier: Apache-2.0
// million FRAMES SEED: the host's end of a channel takes frames from a hostile thread that writes the worker's segment as it likes, under the
// address and undefined behaviour sanitizers. Built and run by scripts/fuzz-rings.
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "xvm_ring.h"

#define CAPACITY XVM_RING_CAPACITY
#define SIZE (XVM_RING_CONTROL_SIZE + CAPACITY)

struct side {
    uint8_t *down, *up;
    uint64_t state;
    volatile int over;
};

static uint64_t next(uint64_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static void store64(uint8_t *segment, size_t offset, uint64_t value) {
    __atomic_store_n((uint64_t *)(void *)(segment + offset), value, __ATOMIC_RELEASE);
}

// Honest frames for the most part, so that the host gets far; then a lie.
static void *attack(void *argument) {
    struct side *side = argument;
    static const uint16_t types[] = {XVM_FRAME_PUT_OBJECT, XVM_FRAME_DELETE_OBJECT, XVM_FRAME_POST_LOG, XVM_FRAME_EMIT_EVENT};
    struct xvm_channel worker;
    xvm_channel_init_worker(&worker, side->down, side->up);
    uint64_t lies = 200 + next(&side->state) % 4000;
    for (uint64_t turn = 0; turn < lies && !side->over; turn++) {
        uint32_t length = (uint32_t)(next(&side->state) % 300);
        uint8_t *place;
        while ((place = xvm_ring_reserve(&worker, types[next(&side->state) % 4], 7, length)) == NULL && !side->over) sched_yield();
        if (place == NULL) return NULL;
        memset(place, (int)turn, length);
        xvm_ring_commit(&worker);
        xvm_ring_publish(&worker);
    }
    while (!side->over) {
        uint64_t value = next(&side->state);
        switch (value % 5) {
            case 0: store64(side->up, 0x80, next(&side->state)); break;
            case 1: store64(side->up, 0x80, worker.published + 16 * ((value >> 32) % 8192) - 65536); break;
            case 2: store64(side->up, 0x100, next(&side->state)); break;
            default: store64(side->up, XVM_RING_CONTROL_SIZE + 8 * ((value >> 16) % (CAPACITY / 8)), next(&side->state)); break;
        }
    }
    return NULL;
}

int main(int count, char **arguments) {
    uint64_t wanted = count > 1 ? strtoull(arguments[1], NULL, 10) : 1000000, seed = count > 2 ? strtoull(arguments[2], NULL, 10) : 1;
    uint64_t frames = 0, conversations = 0, breaches[64] = {0};
    uint8_t *down = aligned_alloc(4096, SIZE), *up = aligned_alloc(4096, SIZE), *buffer = malloc(65536);
    if (down == NULL || up == NULL || buffer == NULL) return 2;
    while (frames < wanted) {
        memset(down, 0, SIZE);
        memset(up, 0, SIZE);
        struct xvm_channel host;
        xvm_channel_init_host(&host, down, up, CAPACITY);
        host.read.phase = XVM_PHASE_RUNNING;
        host.read.correlation = 7;
        struct side side = {.down = down, .up = up, .state = (seed + conversations) * 2654435769u + 88172645463325252u};
        pthread_t thread;
        if (pthread_create(&thread, NULL, attack, &side) != 0) return 2;
        for (uint64_t idle = 0; idle < 100000;) {
            struct xvm_frame frame;
            enum xvm_ring_status status = xvm_ring_receive_copy(&host, &frame, buffer, (uint32_t)host.read.payload_max);
            if (status == XVM_RING_OK) {
                frames++;
                idle = 0;
                // A synchronous call is answered by nobody here: the conversation goes on as if it had been.
                host.read.phase = XVM_PHASE_RUNNING;
                int64_t limit = xvm_ring_length_limit(frame.type, XVM_PHASE_RUNNING);
                if (limit < 0 || frame.length > (uint64_t)limit || frame.correlation != 7) {
                    printf("FAILED: type %u with %u bytes, seed %" PRIu64 "\n", frame.type, frame.length, seed + conversations);
                    return 1;
                }
            } else if (status == XVM_RING_EMPTY) {
                idle++;
                sched_yield();
            } else {
                breaches[host.fault.reason % 64]++;
                break;
            }
        }
        side.over = 1;
        (void)pthread_join(thread, NULL);
        conversations++;
    }
    printf("%" PRIu64 " frames in %" PRIu64 " conversations from seed %" PRIu64 "; breaches by reason:", frames, conversations, seed);
    for (int reason = 0; reason < 64; reason++) {
        if (breaches[reason] != 0) printf(" %d:%" PRIu64, reason, breaches[reason]);
    }
    printf("\n");
    free(down);
    free(up);
    free(buffer);
    return 0;
}
