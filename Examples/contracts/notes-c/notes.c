// SPDX-License-Identifier: Apache-2.0
// notes: put(title, text), get(title), delete(title), list(start, limit) over keys "note/<title>".
#include "../include/xvm_contract.h"

static char key[400];
static char value[1048576];
static char page[8192];
static char answer[65536];

static const char prefix[] = "note/";
enum { PREFIX_SIZE = sizeof prefix - 1 };

static void copy(char *to, const char *from, uint32_t size) {
    for (uint32_t i = 0; i < size; i++) to[i] = from[i];
}

// Key of a note from the argument `name`; 0 when the argument is missing or too long.
static uint32_t note_key(const char *name) {
    copy(key, prefix, PREFIX_SIZE);
    int32_t size = xvm_argument(name, xvm_length(name), key + PREFIX_SIZE, sizeof key - PREFIX_SIZE);
    if (size < 0 || (uint32_t)size > sizeof key - PREFIX_SIZE) return 0;
    return PREFIX_SIZE + (uint32_t)size;
}

XVM_METHOD(initialize) { xvm_return(200, "ok", "", 0); }

XVM_METHOD(put) {
    uint32_t keySize = note_key("title");
    int32_t size = xvm_argument("text", 4, value, sizeof value);
    if (!keySize || size < 0 || (uint32_t)size > sizeof value) {
        xvm_return(400, "title and text are needed: title up to 395 bytes, text up to 1048576", "", 0);
        return;
    }
    xvm_put(key, keySize, value, (uint32_t)size);
    xvm_log("put", 3);
    xvm_return(200, "ok", key + PREFIX_SIZE, keySize - PREFIX_SIZE);
}

XVM_METHOD(get) {
    uint32_t keySize = note_key("title");
    int32_t size = keySize ? xvm_get(key, keySize, value, sizeof value) : XVM_NOT_FOUND;
    if (size < 0) xvm_return(404, "no such note", "", 0);
    else xvm_return(200, "ok", value, (uint32_t)size);
}

XVM_METHOD(delete) {
    uint32_t keySize = note_key("title");
    if (!keySize || xvm_get(key, keySize, value, 0) < 0) {
        xvm_return(404, "no such note", "", 0);
        return;
    }
    xvm_delete(key, keySize);
    xvm_return(200, "ok", "", 0);
}

// Titles in [start, limit), one a line. Without limit: all notes.
XVM_METHOD(list) {
    static char start[401];
    uint32_t startSize = note_key("start");
    if (!startSize) startSize = PREFIX_SIZE;
    copy(start, key, startSize);
    uint32_t limitSize = note_key("limit");
    if (!limitSize) {
        // The first key after all of "note/": '/' + 1 = '0'.
        copy(key, "note0", 5);
        limitSize = 5;
    }
    uint32_t at = 0;
    for (;;) {
        int32_t size = xvm_scan(start, startSize, key, limitSize, 100, page, sizeof page);
        if (size == XVM_BUFFER_SIZE) {
            xvm_return(500, "a note is too large to list", "", 0);
            return;
        }
        if (size <= 0) break;
        uint32_t last = 0, lastSize = 0;
        for (uint32_t i = 0; i < (uint32_t)size;) {
            uint32_t keySize = *(const uint32_t *)(const void *)(page + i);
            uint32_t valueSize = *(const uint32_t *)(const void *)(page + i + 4);
            last = i + 8;
            lastSize = keySize;
            if (at + keySize - PREFIX_SIZE + 1 > sizeof answer) {
                xvm_return(500, "the list is too long", "", 0);
                return;
            }
            copy(answer + at, page + last + PREFIX_SIZE, keySize - PREFIX_SIZE);
            at += keySize - PREFIX_SIZE;
            answer[at++] = '\n';
            i += 8 + keySize + valueSize;
        }
        copy(start, page + last, lastSize);
        start[lastSize] = 0;
        startSize = lastSize + 1;
    }
    xvm_return(200, "ok", answer, at);
}
