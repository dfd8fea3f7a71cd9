/*
 * gguf_value.c - typed access to a parsed GGUF table. See gguf.h.
 */
#include <string.h>

#include "format/gguf_reader.h"

static const gguf_entry *find_entry(const gguf_table *t, const char *key)
{
    uint32_t i = 0;
    return map_get(&t->keys, span_from_string(key), &i) ? &t->entries[i] : NULL;
}

/* False for a type that is no integer and for a negative value. */
static bool as_unsigned(gguf_value_type type, uint64_t bits, uint64_t *out)
{
    static const uint64_t SIGN_BITS[] = {
        [GGUF_I8] = 1u << 7,
        [GGUF_I16] = 1u << 15,
        [GGUF_I32] = 1u << 31,
        [GGUF_I64] = UINT64_C(1) << 63,
    };
    switch (type) {
    case GGUF_U8:
    case GGUF_U16:
    case GGUF_U32:
    case GGUF_U64:
        *out = bits;
        return true;
    case GGUF_I8:
    case GGUF_I16:
    case GGUF_I32:
    case GGUF_I64:
        if ((bits & SIGN_BITS[type]) != 0) {
            return false;
        }
        *out = bits;
        return true;
    case GGUF_F32:
    case GGUF_F64:
    case GGUF_BOOL:
    case GGUF_STRING:
    case GGUF_ARRAY:
        break;
    }
    return false;
}

static bool as_float(gguf_value_type type, uint64_t bits, float *out)
{
    if (type == GGUF_F32) {
        const uint32_t word = (uint32_t)bits;
        memcpy(out, &word, sizeof(*out));
        return true;
    }
    if (type == GGUF_F64) {
        double value;
        memcpy(&value, &bits, sizeof(value));
        *out = (float)value;
        return true;
    }
    return false;
}

bool gguf_has(const gguf_table *t, const char *key)
{
    return find_entry(t, key) != NULL;
}

bool gguf_get_string(const gguf_table *t, const char *key, span *out)
{
    const gguf_entry *const entry = find_entry(t, key);
    if (entry == NULL || entry->type != GGUF_STRING) {
        return false;
    }
    *out = entry->value.string;
    return true;
}

bool gguf_get_array(const gguf_table *t, const char *key, gguf_array *out)
{
    const gguf_entry *const entry = find_entry(t, key);
    if (entry == NULL || entry->type != GGUF_ARRAY) {
        return false;
    }
    *out = entry->value.array;
    return true;
}

bool gguf_get_u64(const gguf_table *t, const char *key, uint64_t *out)
{
    const gguf_entry *const entry = find_entry(t, key);
    return entry != NULL && as_unsigned(entry->type, entry->value.bits, out);
}

bool gguf_get_u32(const gguf_table *t, const char *key, uint32_t *out)
{
    uint64_t value = 0;
    if (!gguf_get_u64(t, key, &value) || value > UINT32_MAX) {
        return false;
    }
    *out = (uint32_t)value;
    return true;
}

bool gguf_get_f32(const gguf_table *t, const char *key, float *out)
{
    const gguf_entry *const entry = find_entry(t, key);
    return entry != NULL && as_float(entry->type, entry->value.bits, out);
}

bool gguf_get_bool(const gguf_table *t, const char *key, bool *out)
{
    const gguf_entry *const entry = find_entry(t, key);
    if (entry == NULL || entry->type != GGUF_BOOL) {
        return false;
    }
    *out = entry->value.bits != 0;
    return true;
}

static uint64_t element_bits(const gguf_array *a, uint64_t i)
{
    const uint32_t n_bytes = gguf_scalar_bytes(a->type);
    return gguf_load(a->data + i * n_bytes, n_bytes);
}

bool gguf_array_u32(const gguf_array *a, uint64_t i, uint32_t *out)
{
    if (i >= a->count || a->data == NULL) {
        return false;
    }
    uint64_t value = element_bits(a, i);
    if (a->type != GGUF_BOOL && !as_unsigned(a->type, value, &value)) {
        return false;
    }
    if (value > UINT32_MAX) {
        return false;
    }
    *out = (uint32_t)value;
    return true;
}

bool gguf_array_f32(const gguf_array *a, uint64_t i, float *out)
{
    return i < a->count && a->data != NULL && as_float(a->type, element_bits(a, i), out);
}

size_t gguf_n_keys(const gguf_table *t)
{
    return t->n_entries;
}

span gguf_key(const gguf_table *t, size_t i, gguf_value_type *out_type)
{
    if (i >= t->n_entries) {
        return span_from(NULL, 0);
    }
    if (out_type != NULL) {
        *out_type = t->entries[i].type;
    }
    return t->entries[i].key;
}

size_t gguf_n_tensors(const gguf_table *t)
{
    return t->n_tensors;
}

const gguf_tensor *gguf_tensor_at(const gguf_table *t, size_t i)
{
    return i < t->n_tensors ? &t->tensors[i] : NULL;
}

const gguf_tensor *gguf_find_tensor(const gguf_table *t, const char *name)
{
    uint32_t i = 0;
    return map_get(&t->names, span_from_string(name), &i) ? &t->tensors[i] : NULL;
}
