/*
 * gguf_builder.h - writes GGUF bytes for tests, well-formed or not: nothing is checked.
 *
 *   buffer b;
 *   buffer_init(&b, 1 << 20);
 *   gguf_put_header(&b, 3, 1, 1);
 *   gguf_put_key_string(&b, "general.architecture", "llama");
 *   gguf_put_tensor(&b, "a", 2, (const uint64_t[]){64, 2}, TENSOR_Q8_0, 0);
 *   gguf_put_padding(&b, 32);
 *   gguf_put_zeros(&b, 136);
 */
#ifndef HUIS_TESTS_GGUF_BUILDER_H
#define HUIS_TESTS_GGUF_BUILDER_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "format/gguf.h"

/* `n_bytes` <= 8 bytes, little-endian. */
static inline void gguf_put(buffer *b, uint64_t value, uint32_t n_bytes)
{
    for (uint32_t i = 0; i < n_bytes; i++) {
        if (!buffer_append_byte(b, (char)(value >> (8 * i)))) {
            abort();
        }
    }
}

static inline void gguf_put_span(buffer *b, span s)
{
    gguf_put(b, s.len, 8);
    if (!buffer_append(b, s)) {
        abort();
    }
}

static inline void gguf_put_string(buffer *b, const char *string)
{
    gguf_put_span(b, span_from_string(string));
}

static inline void gguf_put_header(buffer *b, uint32_t version, uint64_t n_tensors, uint64_t n_keys)
{
    (void)buffer_append_string(b, "GGUF");
    gguf_put(b, version, 4);
    gguf_put(b, n_tensors, 8);
    gguf_put(b, n_keys, 8);
}

/* The start of an entry; the value follows. */
static inline void gguf_put_key(buffer *b, const char *key, gguf_value_type type)
{
    gguf_put_string(b, key);
    gguf_put(b, type, 4);
}

static inline void gguf_put_key_string(buffer *b, const char *key, const char *value)
{
    gguf_put_key(b, key, GGUF_STRING);
    gguf_put_string(b, value);
}

static inline void gguf_put_key_u32(buffer *b, const char *key, uint32_t value)
{
    gguf_put_key(b, key, GGUF_U32);
    gguf_put(b, value, 4);
}

static inline void gguf_put_key_f32(buffer *b, const char *key, float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof(bits));
    gguf_put_key(b, key, GGUF_F32);
    gguf_put(b, bits, 4);
}

static inline void gguf_put_key_bool(buffer *b, const char *key, uint8_t value)
{
    gguf_put_key(b, key, GGUF_BOOL);
    gguf_put(b, value, 1);
}

/* The start of an array entry; the elements follow. */
static inline void gguf_put_key_array(buffer *b, const char *key, gguf_value_type type,
                                      uint64_t count)
{
    gguf_put_key(b, key, GGUF_ARRAY);
    gguf_put(b, type, 4);
    gguf_put(b, count, 8);
}

static inline void gguf_put_key_strings(buffer *b, const char *key, const char *const *values,
                                        size_t n)
{
    gguf_put_key_array(b, key, GGUF_STRING, n);
    for (size_t i = 0; i < n; i++) {
        gguf_put_string(b, values[i]);
    }
}

static inline void gguf_put_key_i32s(buffer *b, const char *key, const int32_t *values, size_t n)
{
    gguf_put_key_array(b, key, GGUF_I32, n);
    for (size_t i = 0; i < n; i++) {
        gguf_put(b, (uint32_t)values[i], 4);
    }
}

/* `offset` is from the start of the data. */
static inline void gguf_put_tensor(buffer *b, const char *name, uint32_t n_dims,
                                   const uint64_t *dims, uint32_t type, uint64_t offset)
{
    gguf_put_string(b, name);
    gguf_put(b, n_dims, 4);
    for (uint32_t i = 0; i < n_dims; i++) {
        gguf_put(b, dims[i], 8);
    }
    gguf_put(b, type, 4);
    gguf_put(b, offset, 8);
}

static inline void gguf_put_zeros(buffer *b, size_t n)
{
    if (!buffer_reserve(b, n)) {
        abort();
    }
    memset(b->ptr + b->len, 0, n);
    b->len += n;
}

static inline void gguf_put_padding(buffer *b, size_t alignment)
{
    gguf_put_zeros(b, (alignment - b->len % alignment) % alignment);
}

/* Replaces `n_bytes` at `pos`. */
static inline void gguf_patch(buffer *b, size_t pos, uint64_t value, uint32_t n_bytes)
{
    for (uint32_t i = 0; i < n_bytes; i++) {
        b->ptr[pos + i] = (char)(value >> (8 * i));
    }
}

#endif
