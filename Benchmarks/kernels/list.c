// SPDX-License-Identifier: Apache-2.0
// Walks and rebuilds a linked list of 16384 nodes in shuffled order, n times: pointer chasing.
#include "kernel.h"

enum { COUNT = 16384 };
static struct node { struct node *next; uint32_t value; } nodes[COUNT];
static uint32_t order[COUNT];

KERNEL(uint32_t n) {
    uint32_t state = 7;
    for (uint32_t i = 0; i < COUNT; i++) order[i] = i;
    for (uint32_t i = COUNT - 1; i > 0; i--) {
        state = state * 1664525u + 1013904223u;
        uint32_t j = (uint32_t)((uint64_t)state * (i + 1) >> 32), kept = order[i];
        order[i] = order[j];
        order[j] = kept;
    }
    for (uint32_t i = 0; i < COUNT; i++) {
        nodes[order[i]].next = i + 1 < COUNT ? &nodes[order[i + 1]] : 0;
        nodes[order[i]].value = i;
    }
    uint64_t sum = 0;
    struct node *head = &nodes[order[0]];
    for (uint32_t round = 0; round < n; round++) {
        for (struct node *node = head; node; node = node->next) sum = sum * 3 + node->value;
        struct node *reversed = 0;
        for (struct node *node = head; node;) {
            struct node *next = node->next;
            node->next = reversed;
            node->value ^= round;
            reversed = node;
            node = next;
        }
        head = reversed;
    }
    return sum;
}
