// SPDX-License-Identifier: Apache-2.0
// A contract whose methods do nothing, or nothing but one kind of host call.
#include "../../Examples/contracts/include/xvm_contract.h"

enum { CALLS = 10000 };

static char value[4096];

XVM_METHOD(empty) {}

XVM_METHOD(gets) {
    for (int i = 0; i < CALLS; i++) xvm_get("key", 3, value, sizeof value);
}

// So short that it soon ends when it is to end, so long that its own begin and end do not count.
XVM_METHOD(gets_few) {
    for (int i = 0; i < 500; i++) xvm_get("key", 3, value, sizeof value);
}

// 8-byte keys that never come again, and one that always does; 40-byte values: frames of 64 bytes and some.
XVM_METHOD(puts_distinct) {
    char key[8] = {'k', 'e', 'y', '-', 0, 0, 0, 0};
    for (unsigned i = 0; i < CALLS; i++) {
        key[4] = (char)(i & 255), key[5] = (char)(i >> 8 & 255), key[6] = (char)(i >> 16 & 255);
        xvm_put(key, sizeof key, value, 40);
    }
}

XVM_METHOD(puts_repeated) {
    for (int i = 0; i < CALLS; i++) xvm_put("key-same", 8, value, 40);
}

XVM_METHOD(logs) {
    for (int i = 0; i < 1000; i++) xvm_log(value, 40);
}

// One of each kind.
XVM_METHOD(some) {
    xvm_get("key", 3, value, sizeof value);
    xvm_put("key", 3, value, 40);
    xvm_log(value, 40);
    xvm_event("event", 5, value, 40);
}

// Until somebody ends it: a store that no compiler leaves out.
XVM_METHOD(spin) {
    volatile uint32_t *turn = (volatile uint32_t *)value;
    for (;;) *turn = *turn * 1664525u + 1013904223u;
}
