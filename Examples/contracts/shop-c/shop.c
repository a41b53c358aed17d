// SPDX-License-Identifier: Apache-2.0
// A contract that calls others: it sells goods for a token and shows each way in which a call may end.
// buy(token, item): asks the token to move the price from this shop's balance to the supplier, and books the item only if it did.
// call(contract, method, gas): calls whatever it is told to, with all its own arguments, and reports.
#include "../include/xvm_contract.h"

static char packed[2048];
static uint32_t packedSize;

static void pack(const char *key, uint32_t keySize, const char *value, uint32_t valueSize) {
    if (packedSize + 8 + keySize + valueSize > sizeof packed) xvm_abort("arguments too long", 18);
    for (uint32_t i = 0; i < 4; i++) packed[packedSize + i] = (char)(keySize >> 8 * i);
    for (uint32_t i = 0; i < 4; i++) packed[packedSize + 4 + i] = (char)(valueSize >> 8 * i);
    for (uint32_t i = 0; i < keySize; i++) packed[packedSize + 8 + i] = key[i];
    for (uint32_t i = 0; i < valueSize; i++) packed[packedSize + 8 + keySize + i] = value[i];
    packedSize += 8 + keySize + valueSize;
}

static uint32_t required(const char *name, char *buffer, uint32_t capacity) {
    int32_t size = xvm_argument(name, xvm_length(name), buffer, capacity);
    if (size < 0 || (uint32_t)size > capacity) xvm_abort("argument missing or too long", 28);
    return (uint32_t)size;
}

XVM_METHOD(initialize) { xvm_return(200, "ok", 0, 0); }

XVM_METHOD(buy) {
    char token[100], item[100], answer[256];
    uint32_t tokenSize = required("token", token, sizeof token);
    uint32_t itemSize = required("item", item, sizeof item);
    packedSize = 0;
    pack("amount", 6, "30", 2);
    pack("to", 2, "supplier", 8);
    int32_t result = xvm_contract_call(token, tokenSize, "transfer", 8, packed, packedSize, XVM_ALL_GAS);
    if (result != 0) {
        // The token's writes are taken back; ours are not.
        int32_t size = result > 0 ? xvm_answer_message(answer, sizeof answer) : 0;
        xvm_put("refused", 7, item, itemSize);
        xvm_return(200, "refused", answer, (uint32_t)size);
        return;
    }
    xvm_put(item, itemSize, "sold", 4);
    xvm_return(200, "sold", item, itemSize);
}

// Decimal text of n with its sign in `to`; its size.
static uint32_t text_of(int64_t n, char *to) {
    char reversed[20];
    uint32_t size = 0, count = 0;
    if (n < 0) to[size++] = '-';
    uint64_t rest = n < 0 ? (uint64_t)-n : (uint64_t)n;
    do {
        reversed[count++] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    while (count > 0) to[size++] = reversed[--count];
    return size;
}

// Reports "result/status/message" of the call.
XVM_METHOD(call) {
    char contract[100], method[100], gas[20], name[100], value[512], report[1200];
    uint32_t contractSize = required("contract", contract, sizeof contract);
    uint32_t methodSize = required("method", method, sizeof method);
    int64_t limit = XVM_ALL_GAS;
    int32_t gasSize = xvm_argument("gas", 3, gas, sizeof gas);
    if (gasSize > 0) {
        limit = 0;
        for (int32_t i = 0; i < gasSize && i < 18; i++) limit = limit * 10 + (gas[i] - '0');
    }
    uint32_t sizes[2];
    packedSize = 0;
    for (uint32_t i = 0; xvm_argument_at(i, name, sizeof name, value, sizeof value, sizes) == 0; i++) {
        if (sizes[0] > sizeof name || sizes[1] > sizeof value) xvm_abort("argument too long", 17);
        // "x.contract" becomes the callee's "contract": so a chain of calls can be told from outside.
        if (sizes[0] > 2 && name[0] == 'x' && name[1] == '.') pack(name + 2, sizes[0] - 2, value, sizes[1]);
        else if (name[0] != 'c' && name[0] != 'm' && name[0] != 'g') pack(name, sizes[0], value, sizes[1]);
    }
    xvm_put("called", 6, contract, contractSize);
    int32_t result = xvm_contract_call(contract, contractSize, method, methodSize, packed, packedSize, limit);
    uint32_t size = text_of(result, report);
    report[size++] = '/';
    size += text_of(xvm_answer_status(), report + size);
    report[size++] = '/';
    int32_t message = xvm_answer_message(report + size, 1024);
    if (message > 0) size += (uint32_t)message;
    xvm_put("result", 6, report, size);
    xvm_event("called", 6, contract, contractSize);
    xvm_return(200, "ok", report, size);
}

// Calls itself, or whoever is named, as deep as it may: the greatest depth is the answer.
XVM_METHOD(deep) {
    char name[100], body[16];
    uint32_t size = required("self", name, sizeof name);
    packedSize = 0;
    pack("self", 4, name, size);
    int32_t result = xvm_contract_call(name, size, "deep", 4, packed, packedSize, XVM_ALL_GAS);
    uint32_t depth = 1;
    if (result == 0) {
        int32_t digits = xvm_answer_body(body, sizeof body);
        depth = 0;
        for (int32_t i = 0; i < digits; i++) depth = depth * 10 + (uint32_t)(body[i] - '0');
        depth += 1;
    }
    xvm_return(200, "ok", body, text_of(depth, body));
}

// transfer(to, amount) of the chain's own money, from this contract's account.
XVM_METHOD(pay) {
    char to[100], amount[40], answer[256];
    uint32_t toSize = required("to", to, sizeof to);
    uint32_t amountSize = required("amount", amount, sizeof amount);
    int32_t result = xvm_transfer(to, toSize, amount, amountSize);
    if (result != 0) {
        int32_t size = xvm_answer_body(answer, sizeof answer);
        xvm_return(402, "refused", answer, size < 0 ? 0 : (uint32_t)size);
        return;
    }
    xvm_return(200, "paid", 0, 0);
}
