// SPDX-License-Identifier: Apache-2.0
// Walks a JSON text of some 40 KiB, n times: byte parsing with many small branches.
#include "kernel.h"

static char text[65536];
static uint32_t size, position;
static uint64_t sum;

static void put(const char *s) {
    while (*s) text[size++] = *s++;
}

static void number(uint32_t value) {
    char digits[12];
    int count = 0;
    do {
        digits[count++] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    while (count) text[size++] = digits[--count];
}

static void write(void) {
    size = 0;
    put("[");
    for (uint32_t i = 0; i < 400; i++) {
        if (i) put(",\n ");
        put("{\"id\": ");
        number(i * 7919);
        put(", \"name\": \"account \\u00e4 \\n");
        number(i);
        put("\", \"tags\": [true, false, null, -1.5e3], \"balance\": ");
        number(i * 2654435761u);
        put("}");
    }
    put("]");
}

static void blank(void) {
    while (text[position] == ' ' || text[position] == '\n' || text[position] == '\t' || text[position] == '\r') position++;
}

static int string(void) {
    position++;
    while (text[position] != '"') {
        if (text[position] == '\\') position++;
        if (position >= size) return 0;
        sum = sum * 33 + (uint8_t)text[position++];
    }
    position++;
    return 1;
}

static int value(int depth) {
    blank();
    if (depth > 20) return 0;
    char c = text[position];
    if (c == '{' || c == '[') {
        char end = c == '{' ? '}' : ']';
        position++;
        blank();
        if (text[position] == end) return position++, 1;
        for (;;) {
            if (c == '{') {
                blank();
                if (text[position] != '"' || !string()) return 0;
                blank();
                if (text[position++] != ':') return 0;
            }
            if (!value(depth + 1)) return 0;
            blank();
            if (text[position] == end) return position++, 1;
            if (text[position++] != ',') return 0;
        }
    }
    if (c == '"') return string();
    if (c == '-' || (c >= '0' && c <= '9')) {
        uint64_t whole = 0;
        if (c == '-') position++;
        while (text[position] >= '0' && text[position] <= '9') whole = whole * 10 + (uint64_t)(text[position++] - '0');
        while (text[position] == '.' || text[position] == 'e' || (text[position] >= '0' && text[position] <= '9')) position++;
        sum += whole;
        return 1;
    }
    const char *word = c == 't' ? "true" : c == 'f' ? "false" : "null";
    while (*word) {
        if (text[position++] != *word++) return 0;
    }
    return 1;
}

KERNEL(uint32_t n) {
    sum = 0;
    write();
    for (uint32_t round = 0; round < n; round++) {
        position = 0;
        if (!value(0)) return 0;
    }
    return sum;
}
