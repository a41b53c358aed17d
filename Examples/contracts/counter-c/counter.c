// SPDX-License-Identifier: Apache-2.0
// counter: initialize sets a key's counter to 0, increase adds one, get reads it. Argument: key (default "counter").
#include "../include/xvm_contract.h"

static char key[400];

static uint32_t read_key(void) {
    int32_t size = xvm_argument("key", 3, key, sizeof key);
    if (size == XVM_NOT_FOUND) {
        const char *name = "counter";
        for (size = 0; name[size]; size++) key[size] = name[size];
    }
    if (size < 1 || (uint32_t)size > sizeof key) xvm_abort("key must have 1 to 400 bytes", 28);
    return (uint32_t)size;
}

// Decimal text of value at the end of digits[20]; returns where it begins.
static uint32_t format(uint64_t value, char digits[20]) {
    uint32_t at = 20;
    do digits[--at] = (char)('0' + value % 10);
    while (value /= 10);
    return at;
}

static int read_counter(uint32_t keySize, uint64_t *value) {
    char text[20];
    int32_t size = xvm_get(key, keySize, text, sizeof text);
    if (size < 0) return 0;
    *value = 0;
    for (int32_t i = 0; i < size && i < (int32_t)sizeof text; i++) *value = *value * 10 + (uint64_t)(text[i] - '0');
    return 1;
}

static void write_counter(uint32_t keySize, uint64_t value) {
    char digits[20];
    uint32_t at = format(value, digits);
    xvm_put(key, keySize, digits + at, 20 - at);
    xvm_return(200, "ok", digits + at, 20 - at);
}

XVM_METHOD(initialize) { write_counter(read_key(), 0); }

XVM_METHOD(increase) {
    uint32_t size = read_key();
    uint64_t value;
    if (!read_counter(size, &value)) value = 0;
    xvm_event("increase", 8, key, size);
    write_counter(size, value + 1);
}

XVM_METHOD(get) {
    char digits[20];
    uint32_t size = read_key();
    uint64_t value;
    if (!read_counter(size, &value)) {
        xvm_return(404, "no such counter", key, size);
        return;
    }
    uint32_t at = format(value, digits);
    xvm_return(200, "ok", digits + at, 20 - at);
}
