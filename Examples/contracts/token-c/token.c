// SPDX-License-Identifier: Apache-2.0
// A token: balances by name. Whoever began the transaction pays; a contract that calls pays from its own balance.
// initialize(supply) gives all to the initiator; transfer(to, amount); balance(name).
#include "../include/xvm_contract.h"

static char value[32];

static uint64_t number(const char *text, uint32_t size) {
    uint64_t n = 0;
    if (size == 0 || size > 18) xvm_abort("not a number", 12);
    for (uint32_t i = 0; i < size; i++) {
        if (text[i] < '0' || text[i] > '9') xvm_abort("not a number", 12);
        n = n * 10 + (uint64_t)(text[i] - '0');
    }
    return n;
}

// The decimal text of n in value; its size.
static uint32_t text_of(uint64_t n) {
    char reversed[20];
    uint32_t size = 0;
    do {
        reversed[size++] = (char)('0' + n % 10);
        n /= 10;
    } while (n > 0);
    for (uint32_t i = 0; i < size; i++) value[i] = reversed[size - 1 - i];
    return size;
}

static uint64_t balance_of(const char *name, uint32_t size) {
    int32_t got = xvm_get(name, size, value, sizeof value);
    return got < 0 ? 0 : number(value, (uint32_t)got);
}

static void set_balance(const char *name, uint32_t size, uint64_t amount) {
    uint32_t digits = text_of(amount);
    xvm_put(name, size, value, digits);
}

// An argument; without it the invocation ends.
static uint32_t required(const char *name, char *buffer, uint32_t capacity) {
    int32_t size = xvm_argument(name, xvm_length(name), buffer, capacity);
    if (size < 0 || (uint32_t)size > capacity) xvm_abort("argument missing or too long", 28);
    return (uint32_t)size;
}

// Who pays: the calling contract, or at the top the initiator.
static uint32_t payer(char *buffer, uint32_t capacity) {
    int32_t size = xvm_caller(buffer, capacity);
    if (size == 0) size = xvm_initiator(buffer, capacity);
    if ((uint32_t)size > capacity) xvm_abort("name too long", 13);
    return (uint32_t)size;
}

XVM_METHOD(initialize) {
    char supply[20], name[100];
    uint32_t digits = required("supply", supply, sizeof supply);
    uint32_t size = payer(name, sizeof name);
    set_balance(name, size, number(supply, digits));
    xvm_return(200, "ok", supply, digits);
}

XVM_METHOD(balance) {
    char name[100];
    uint32_t size = required("name", name, sizeof name);
    uint32_t digits = text_of(balance_of(name, size));
    xvm_return(200, "ok", value, digits);
}

XVM_METHOD(transfer) {
    char from[100], to[100], amount[20];
    uint32_t fromSize = payer(from, sizeof from);
    uint32_t toSize = required("to", to, sizeof to);
    uint32_t digits = required("amount", amount, sizeof amount);
    uint64_t n = number(amount, digits);
    uint64_t has = balance_of(from, fromSize);
    // The write comes first, so that a revert has something to take back.
    set_balance(to, toSize, balance_of(to, toSize) + n);
    if (has < n) {
        xvm_return(402, "balance too low", value, text_of(has));
        return;
    }
    // Read again: payer and payee may be one.
    set_balance(from, fromSize, balance_of(from, fromSize) - n);
    xvm_event("transfer", 8, to, toSize);
    xvm_return(200, "ok", 0, 0);
}

// Uses up whatever gas it gets.
XVM_METHOD(spin) {
    for (;;) xvm_log("spin", 4);
}
