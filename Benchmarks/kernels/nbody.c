// SPDX-License-Identifier: Apache-2.0
// Gravitation between eight bodies, n steps: double arithmetic, division and square root.
#include "kernel.h"

enum { BODIES = 8 };
static struct { double x, y, z, vx, vy, vz, mass; } body[BODIES];

KERNEL(uint32_t n) {
    for (int i = 0; i < BODIES; i++) {
        body[i].x = i * 1.5 + 1;
        body[i].y = (i * 3 % 8) * 0.75 - 2;
        body[i].z = (i * 5 % 8) * 0.5 - 1;
        body[i].vx = body[i].vy = body[i].vz = 0;
        body[i].mass = 0.01 * (i + 1);
    }
    for (uint32_t step = 0; step < n; step++) {
        for (int i = 0; i < BODIES; i++) {
            for (int j = i + 1; j < BODIES; j++) {
                double dx = body[i].x - body[j].x, dy = body[i].y - body[j].y, dz = body[i].z - body[j].z;
                double square = dx * dx + dy * dy + dz * dz + 0.001;
                double force = 0.001 / (square * __builtin_sqrt(square));
                body[i].vx -= dx * body[j].mass * force;
                body[i].vy -= dy * body[j].mass * force;
                body[i].vz -= dz * body[j].mass * force;
                body[j].vx += dx * body[i].mass * force;
                body[j].vy += dy * body[i].mass * force;
                body[j].vz += dz * body[i].mass * force;
            }
        }
        for (int i = 0; i < BODIES; i++) {
            body[i].x += 0.001 * body[i].vx;
            body[i].y += 0.001 * body[i].vy;
            body[i].z += 0.001 * body[i].vz;
        }
    }
    double sum = 0;
    for (int i = 0; i < BODIES; i++) sum += body[i].x + 3 * body[i].y + 7 * body[i].z + body[i].vx;
    return (uint64_t)(int64_t)(sum * 1e12);
}
