// SPDX-License-Identifier: Apache-2.0
// notary: writes down at which height a transaction stands in the chain. record(id) finds the transaction and its block and keeps the block's
// height; height(id) gives what was kept; transaction(id) and block(id) give what the chain says, as protobuf. id: 64 hex digits.
#include "../include/xvm_contract.h"

static uint8_t answer[65536];
static uint8_t id[32];
static char text[64];

static uint32_t digit(char c) {
    if (c >= '0' && c <= '9') return (uint32_t)(c - '0');
    if (c >= 'a' && c <= 'f') return (uint32_t)(c - 'a' + 10);
    xvm_abort("id is no hex", 12);
}

// 64 hex digits to `id`.
static void decode(const char *hex) {
    for (uint32_t i = 0; i < sizeof id; i++) id[i] = (uint8_t)(digit(hex[2 * i]) << 4 | digit(hex[2 * i + 1]));
}

static void read_id(void) {
    if (xvm_argument("id", 2, text, sizeof text) != sizeof text) xvm_abort("id must have 64 digits", 22);
    decode(text);
}

// The size of an answer that is whole; 0: the chain does not have it.
static uint32_t whole(int32_t size) {
    if (size == XVM_NOT_FOUND) return 0;
    if (size < 0) xvm_abort("no chain here", 13);
    if ((uint32_t)size > sizeof answer) xvm_abort("answer too long", 15);
    return (uint32_t)size;
}

// --- Protobuf: just enough to find a field of a message that the host has made.

static uint64_t varint(uint32_t *at, uint32_t size) {
    uint64_t value = 0;
    for (uint32_t shift = 0; *at < size && shift < 64; shift += 7) {
        uint8_t byte = answer[(*at)++];
        value |= (uint64_t)(byte & 127) << shift;
        if (byte < 128) return value;
    }
    xvm_abort("answer is cut off", 17);
}

// Where the bytes of field `number` begin, and how many there are; for a number its value in `count`. 0: no such field.
static uint32_t field(uint32_t size, uint32_t number, uint64_t *count) {
    uint32_t at = 0;
    while (at < size) {
        uint64_t tag = varint(&at, size);
        uint64_t value = varint(&at, size);
        uint32_t begin = at;
        if ((tag & 7) == 2) at += (uint32_t)value;
        if (tag >> 3 != number) continue;
        *count = value;
        return begin;
    }
    return 0;
}

// The decimal text of n in text; its size.
static uint32_t text_of(uint64_t n) {
    char reversed[20];
    uint32_t size = 0;
    do reversed[size++] = (char)('0' + n % 10);
    while (n /= 10);
    for (uint32_t i = 0; i < size; i++) text[i] = reversed[size - 1 - i];
    return size;
}

XVM_METHOD(initialize) { xvm_return(200, "ok", 0, 0); }

XVM_METHOD(record) {
    uint8_t key[32];
    read_id();
    for (uint32_t i = 0; i < sizeof key; i++) key[i] = id[i];
    uint32_t size = whole(xvm_query_transaction(id, sizeof id, answer, sizeof answer));
    uint64_t count = 0;
    uint32_t block = size == 0 ? 0 : field(size, 2, &count);
    if (block == 0 || count != 64) {
        xvm_return(404, "no such transaction", 0, 0);
        return;
    }
    decode((const char *)answer + block);
    size = whole(xvm_query_block(id, sizeof id, answer, sizeof answer));
    uint64_t height = 0;
    if (size == 0 || field(size, 9, &height) == 0) xvm_abort("a transaction without a block", 29);
    uint32_t digits = text_of(height);
    xvm_put(key, sizeof key, text, digits);
    xvm_event("recorded", 8, key, sizeof key);
    xvm_return(200, "ok", text, digits);
}

XVM_METHOD(height) {
    read_id();
    int32_t size = xvm_get(id, sizeof id, text, sizeof text);
    if (size < 0) xvm_return(404, "not recorded", 0, 0);
    else xvm_return(200, "ok", text, (uint32_t)size);
}

static void give(uint32_t size) {
    if (size == 0) xvm_return(404, "not found", 0, 0);
    else xvm_return(200, "ok", answer, size);
}

XVM_METHOD(transaction) {
    read_id();
    give(whole(xvm_query_transaction(id, sizeof id, answer, sizeof answer)));
}

XVM_METHOD(block) {
    read_id();
    give(whole(xvm_query_block(id, sizeof id, answer, sizeof answer)));
}
