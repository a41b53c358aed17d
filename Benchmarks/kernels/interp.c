// SPDX-License-Identifier: Apache-2.0
// An interpreter of a small register machine: a loop around a switch.
#include "kernel.h"

enum { ADD, SUB, MUL, XOR, SHR, LOADI, LOAD, STORE, JNZ, DEC, MOVE, MOD, HALT };
struct instruction { uint8_t code, a, b, c; int32_t value; };
static struct instruction program[] = {
    {LOADI, 0, 0, 0, 0},    {LOADI, 1, 0, 0, 1},  {LOADI, 3, 0, 0, 97}, {ADD, 0, 0, 1, 0},   {MUL, 1, 1, 3, 0},    {LOADI, 4, 0, 0, 5},
    {SHR, 5, 1, 4, 0},      {XOR, 1, 1, 5, 0},    {MOD, 6, 0, 3, 0},    {STORE, 1, 6, 0, 0}, {LOAD, 7, 6, 0, 0},   {ADD, 0, 0, 7, 0},
    {SUB, 5, 0, 1, 0},      {MOVE, 4, 5, 0, 0},   {DEC, 2, 0, 0, 0},    {JNZ, 2, 0, 0, 3},   {HALT, 0, 0, 0, 0},
};
static uint32_t registers[16], memory[128];

KERNEL(uint32_t n) {
    uint32_t *r = registers;
    r[2] = n;
    for (uint32_t at = 0;;) {
        const volatile struct instruction *i = &program[at++];
        uint8_t a = i->a, b = i->b, c = i->c;
        switch (i->code) {
        case ADD: r[a] = r[b] + r[c]; break;
        case SUB: r[a] = r[b] - r[c]; break;
        case MUL: r[a] = r[b] * r[c]; break;
        case XOR: r[a] = r[b] ^ r[c]; break;
        case SHR: r[a] = r[b] >> (r[c] & 31); break;
        case LOADI: r[a] = (uint32_t)i->value; break;
        case LOAD: r[a] = memory[r[b] & 127]; break;
        case STORE: memory[r[b] & 127] = r[a]; break;
        case JNZ: if (r[a]) at = (uint32_t)i->value; break;
        case DEC: r[a]--; break;
        case MOVE: r[a] = r[b]; break;
        case MOD: r[a] = r[b] % (r[c] | 1); break;
        case HALT: return (uint64_t)r[0] << 32 | r[1];
        default: return 0;
        }
    }
}
