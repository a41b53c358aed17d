// SPDX-License-Identifier: Apache-2.0
// A host port over a sorted array: what the imports are tested against in process.

#include "check.h"

static struct xvm_bytes key_of(const struct entry *entry) { return (struct xvm_bytes){entry->key, entry->key_size}; }

// Index of the first entry whose key is not below `key`.
static uint32_t place_of(const struct dictionary *dictionary, struct xvm_bytes key) {
    uint32_t at = 0;
    while (at < dictionary->count && xvm_bytes_compare(key_of(&dictionary->entries[at]), key) < 0) at++;
    return at;
}

static bool has(const struct dictionary *dictionary, uint32_t at, struct xvm_bytes key) {
    return at < dictionary->count && xvm_bytes_compare(key_of(&dictionary->entries[at]), key) == 0;
}

static void take_out(struct dictionary *dictionary, uint32_t at) {
    free(dictionary->entries[at].value);
    dictionary->count -= 1;
    memmove(&dictionary->entries[at], &dictionary->entries[at + 1], (dictionary->count - at) * sizeof(struct entry));
}

static enum xvm_result get(void *env, struct xvm_bytes key, uint8_t *buffer, uint32_t capacity, uint32_t *size) {
    struct dictionary *dictionary = env;
    dictionary->get_count += 1;
    CHECK(key.size <= XVM_KEY_SIZE_MAX);
    uint32_t at = place_of(dictionary, key);
    if (!has(dictionary, at, key)) return XVM_RESULT_NOT_FOUND;
    const struct entry *entry = &dictionary->entries[at];
    *size = entry->value_size;
    uint32_t count = entry->value_size < capacity ? entry->value_size : capacity;
    if (count > 0) memcpy(buffer, entry->value, count);
    return XVM_RESULT_FOUND;
}

static enum xvm_result scan(void *env, struct xvm_bytes start, struct xvm_bytes limit, struct xvm_scan_sink *sink) {
    struct dictionary *dictionary = env;
    dictionary->scan_count += 1;
    for (uint32_t at = place_of(dictionary, start); at < dictionary->count && sink->count < sink->count_max; at++) {
        const struct entry *entry = &dictionary->entries[at];
        if (limit.size > 0 && xvm_bytes_compare(key_of(entry), limit) >= 0) break;
        if (!xvm_scan_append(sink, key_of(entry), (struct xvm_bytes){entry->value, entry->value_size})) {
            return sink->count == 0 ? XVM_RESULT_TOO_SMALL : XVM_RESULT_FOUND;
        }
    }
    return XVM_RESULT_FOUND;
}

static void put(void *env, struct xvm_bytes key, struct xvm_bytes value) {
    struct dictionary *dictionary = env;
    dictionary->put_count += 1;
    CHECK(key.size <= XVM_KEY_SIZE_MAX && value.size <= XVM_VALUE_SIZE_MAX);
    uint32_t at = place_of(dictionary, key);
    if (has(dictionary, at, key)) take_out(dictionary, at);
    CHECK(dictionary->count < ENTRY_COUNT);
    memmove(&dictionary->entries[at + 1], &dictionary->entries[at], (dictionary->count - at) * sizeof(struct entry));
    dictionary->count += 1;
    struct entry *entry = &dictionary->entries[at];
    if (key.size > 0) memcpy(entry->key, key.data, key.size);
    entry->key_size = key.size;
    entry->value = malloc((size_t)value.size + 1);
    CHECK(entry->value != NULL);
    if (value.size > 0) memcpy(entry->value, value.data, value.size);
    entry->value_size = value.size;
}

static void remove_key(void *env, struct xvm_bytes key) {
    struct dictionary *dictionary = env;
    dictionary->remove_count += 1;
    uint32_t at = place_of(dictionary, key);
    if (has(dictionary, at, key)) take_out(dictionary, at);
}

static void log_text(void *env, struct xvm_bytes text) {
    struct dictionary *dictionary = env;
    CHECK(text.size <= XVM_LOG_SIZE_MAX);
    dictionary->log_count += 1;
    memcpy(dictionary->last_log, text.data, text.size);
    dictionary->last_log_size = text.size;
}

static void event(void *env, struct xvm_bytes name, struct xvm_bytes body) {
    struct dictionary *dictionary = env;
    CHECK(name.size <= XVM_EVENT_NAME_SIZE_MAX && body.size <= XVM_EVENT_BODY_SIZE_MAX);
    dictionary->event_count += 1;
    memcpy(dictionary->last_event, name.data, name.size);
    memcpy(dictionary->last_event + name.size, body.data, body.size);
    dictionary->last_event_name_size = name.size;
    dictionary->last_event_body_size = body.size;
}

struct xvm_host_port dictionary_port(struct dictionary *dictionary) {
    return (struct xvm_host_port){
        .get = get, .scan = scan, .put = put, .remove = remove_key, .log = log_text, .event = event, .env = dictionary,
    };
}

void dictionary_clear(struct dictionary *dictionary) {
    while (dictionary->count > 0) take_out(dictionary, dictionary->count - 1);
}
