/*
 * gguf_metadata.c - the key-value part of a GGUF header (format/ only).
 *
 * Idea: one walk; scalars are copied, strings and arrays stay in the file's bytes, string arrays get
 * an index. A count is compared with the bytes that are left, at the smallest size of an element,
 * before memory is taken for it: the table is at most a small multiple of the header.
 */
#include <inttypes.h>

#include "base/error.h"
#include "base/limits.h"
#include "format/gguf_reader.h"

enum {
    /* A key of one byte, a type and a value of one byte. */
    ENTRY_MIN_BYTES = 8 + 1 + 4 + 1,
    STRING_MIN_BYTES = 8,
};

/* Keys are printable ASCII (the specification asks for lower snake case with dots). */
static int check_key(const gguf_reader *r, uint64_t start, span key)
{
    if (key.len == 0) {
        return gguf_fail(r, HUIS_E_BAD_FILE, start, "a key is empty");
    }
    for (size_t i = 0; i < key.len; i++) {
        const unsigned char c = (unsigned char)key.ptr[i];
        if (c < 0x20 || c > 0x7E) {
            return gguf_fail(r, HUIS_E_BAD_FILE, start + 8 + i,
                             "key '%s' holds the byte 0x%02x; keys are printable ASCII",
                             gguf_label_of(key).text, c);
        }
    }
    return HUIS_OK;
}

static int check_bools(const gguf_reader *r, uint64_t start, uint64_t count, span key)
{
    for (uint64_t i = 0; i < count; i++) {
        if (r->data[start + i] > 1) {
            return gguf_fail(r, HUIS_E_BAD_FILE, start + i,
                             "key '%s': a bool is %u; it must be 0 or 1", gguf_label_of(key).text,
                             r->data[start + i]);
        }
    }
    return HUIS_OK;
}

static int fail_type(const gguf_reader *r, uint64_t offset, span key, uint32_t type)
{
    return gguf_fail(r, HUIS_E_BAD_FILE, offset, "key '%s' has the unknown value type %u",
                     gguf_label_of(key).text, type);
}

static int read_scalar(gguf_reader *r, gguf_entry *entry)
{
    const uint32_t n_bytes = gguf_scalar_bytes(entry->type);
    if (gguf_left(r) < n_bytes) {
        return gguf_fail_end(r, "a value");
    }
    if (entry->type == GGUF_BOOL) {
        RETURN_IF_ERROR(check_bools(r, r->pos, 1, entry->key));
    }
    entry->value.bits = gguf_load(r->data + r->pos, n_bytes);
    r->pos += n_bytes;
    return HUIS_OK;
}

/* Indexes `count` strings. The loop is the bulk of the time of opening a model (a vocabulary of
 * 150,000 tokens and as many merges), so it reads for itself and only fails through the reader. */
static int index_strings(gguf_reader *r, gguf_table *t, uint64_t count, span **out_strings)
{
    span *const strings = arena_alloc(&t->memory, (size_t)count, sizeof(*strings));
    if (strings == NULL) {
        return error_no_memory(r->err, "the strings of a model file");
    }
    const unsigned char *const data = r->data;
    const uint64_t end = r->end;
    uint64_t pos = r->pos;
    for (uint64_t i = 0; i < count; i++) {
        const uint64_t len = end - pos >= 8 ? gguf_load(data + pos, 8) : UINT64_MAX;
        if (len > LIMIT_GGUF_STRING_BYTES || len > end - pos - 8) {
            r->pos = pos;
            return gguf_read_string(r, "an array of strings", LIMIT_GGUF_STRING_BYTES, strings);
        }
        strings[i] = span_from((const char *)(data + pos + 8), (size_t)len);
        pos += 8 + len;
    }
    r->pos = pos;
    *out_strings = strings;
    return HUIS_OK;
}

static int read_string_array(gguf_reader *r, gguf_table *t, uint64_t start, gguf_entry *entry)
{
    const uint64_t count = entry->value.array.count;
    if (count > LIMIT_GGUF_STRINGS - r->n_strings) {
        return gguf_fail(r, HUIS_E_BAD_FILE, start,
                         "the arrays up to key '%s' hold more than %u strings",
                         gguf_label_of(entry->key).text, LIMIT_GGUF_STRINGS);
    }
    r->n_strings += count;
    span *strings = NULL;
    RETURN_IF_ERROR(index_strings(r, t, count, &strings));
    entry->value.array.strings = strings;
    return HUIS_OK;
}

static int read_number_array(gguf_reader *r, gguf_entry *entry)
{
    gguf_array *const array = &entry->value.array;
    if (array->type == GGUF_BOOL) {
        RETURN_IF_ERROR(check_bools(r, r->pos, array->count, entry->key));
    }
    array->data = r->data + r->pos;
    r->pos += array->count * gguf_scalar_bytes(array->type);
    return HUIS_OK;
}

static int read_array(gguf_reader *r, gguf_table *t, gguf_entry *entry)
{
    const uint64_t start = r->pos;
    uint32_t type = 0;
    uint64_t count = 0;
    RETURN_IF_ERROR(gguf_read_u32(r, "the type of an array", &type));
    if (type == GGUF_ARRAY) {
        return gguf_fail(r, HUIS_E_BAD_FILE, start,
                         "key '%s' holds an array of arrays, which huis does not read",
                         gguf_label_of(entry->key).text);
    }
    const uint32_t element_bytes = type == GGUF_STRING ? STRING_MIN_BYTES : gguf_scalar_bytes(type);
    if (element_bytes == 0) {
        return fail_type(r, start, entry->key, type);
    }
    RETURN_IF_ERROR(gguf_read_u64(r, "the length of an array", &count));
    if (count > LIMIT_GGUF_ARRAY_ELEMENTS) {
        return gguf_fail(r, HUIS_E_BAD_FILE, start + 4,
                         "the array of key '%s' has %" PRIu64 " elements; the limit is %u",
                         gguf_label_of(entry->key).text, count, LIMIT_GGUF_ARRAY_ELEMENTS);
    }
    if (count * element_bytes > gguf_left(r)) {
        return gguf_fail_end(r, "an array");
    }
    entry->value.array = (gguf_array){.type = (gguf_value_type)type, .count = count};
    return type == GGUF_STRING ? read_string_array(r, t, start + 4, entry)
                               : read_number_array(r, entry);
}

static int read_value(gguf_reader *r, gguf_table *t, gguf_entry *entry)
{
    const uint64_t start = r->pos;
    uint32_t type = 0;
    RETURN_IF_ERROR(gguf_read_u32(r, "the type of a value", &type));
    entry->type = (gguf_value_type)type;
    if (type == GGUF_STRING) {
        return gguf_read_string(r, "a string", LIMIT_GGUF_STRING_BYTES, &entry->value.string);
    }
    if (type == GGUF_ARRAY) {
        return read_array(r, t, entry);
    }
    return gguf_scalar_bytes(type) > 0 ? read_scalar(r, entry)
                                       : fail_type(r, start, entry->key, type);
}

static int read_entry(gguf_reader *r, gguf_table *t)
{
    const uint64_t start = r->pos;
    gguf_entry *const entry = &t->entries[t->n_entries];
    RETURN_IF_ERROR(gguf_read_string(r, "a key", LIMIT_GGUF_KEY_BYTES, &entry->key));
    RETURN_IF_ERROR(check_key(r, start, entry->key));
    if (map_get(&t->keys, entry->key, NULL)) {
        return gguf_fail(r, HUIS_E_BAD_FILE, start, "key '%s' is there twice",
                         gguf_label_of(entry->key).text);
    }
    RETURN_IF_ERROR(read_value(r, t, entry));
    if (!map_set(&t->keys, entry->key, (uint32_t)t->n_entries)) {
        return error_no_memory(r->err, "the keys of a model file");
    }
    t->n_entries++;
    return HUIS_OK;
}

int gguf_read_metadata(gguf_reader *r, gguf_table *t, uint64_t n_entries)
{
    if (n_entries > LIMIT_GGUF_KEYS) {
        return gguf_fail(r, HUIS_E_BAD_FILE, 16, "%" PRIu64 " keys declared; the limit is %u",
                         n_entries, LIMIT_GGUF_KEYS);
    }
    if (n_entries * ENTRY_MIN_BYTES > gguf_left(r)) {
        return gguf_fail(r, HUIS_E_BAD_FILE, 16,
                         "%" PRIu64 " keys declared, but only %" PRIu64 " bytes follow", n_entries,
                         gguf_left(r));
    }
    t->entries = arena_alloc(&t->memory, (size_t)n_entries, sizeof(*t->entries));
    if (t->entries == NULL || !map_reserve(&t->keys, (size_t)n_entries)) {
        return error_no_memory(r->err, "the keys of a model file");
    }
    for (uint64_t i = 0; i < n_entries; i++) {
        RETURN_IF_ERROR(read_entry(r, t));
    }
    return HUIS_OK;
}
