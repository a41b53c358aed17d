// SPDX-License-Identifier: Apache-2.0
// A hash map with open addressing: n inserts, look-ups and removals among 65536 places.
#include "kernel.h"

enum { PLACES = 65536 };
static struct { uint32_t key, value; } map[PLACES];

static uint32_t find(uint32_t key) {
    uint32_t at = (key * 2654435761u) >> 16;
    while (map[at].key != 0 && map[at].key != key) at = (at + 1) % PLACES;
    return at;
}

static void erase(uint32_t at) {
    for (uint32_t next = (at + 1) % PLACES; map[next].key != 0; next = (next + 1) % PLACES) {
        uint32_t home = (map[next].key * 2654435761u) >> 16;
        if ((next - home) % PLACES >= (next - at) % PLACES) {
            map[at] = map[next];
            at = next;
        }
    }
    map[at].key = 0;
}

KERNEL(uint32_t n) {
    uint64_t sum = 0;
    uint32_t state = 1, count = 0;
    for (uint32_t i = 0; i < n; i++) {
        state = state * 1664525u + 1013904223u;
        uint32_t key = (state >> 14) % 50000 + 1, at = find(key);
        if (map[at].key == key) {
            sum = sum * 31 + map[at].value;
            if (i % 3 == 0) {
                erase(at);
                count--;
            } else {
                map[at].value++;
            }
        } else {
            map[at].key = key;
            map[at].value = i;
            count++;
        }
    }
    return sum * 31 + count;
}
