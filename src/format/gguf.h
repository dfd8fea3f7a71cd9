/*
 * gguf.h - GGUF files (versions 2 and 3): from bytes to an immutable, validated table in one pass.
 *
 * After gguf_parse nobody else reads header bytes: keys, arrays and tensor extents are checked
 * (counts against the bytes that remain, every product through base/checked.h, offsets inside the
 * file, no overlap, known types, whole blocks). Errors carry the file offset and name the rule.
 * Strings and arrays point into the file's bytes, which must outlive the table.
 */
#ifndef HUIS_FORMAT_GGUF_H
#define HUIS_FORMAT_GGUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"
#include "huis/error.h"
#include "tensor/type.h"

typedef struct gguf_table gguf_table;

typedef enum gguf_value_type {
    GGUF_U8 = 0,
    GGUF_I8 = 1,
    GGUF_U16 = 2,
    GGUF_I16 = 3,
    GGUF_U32 = 4,
    GGUF_I32 = 5,
    GGUF_F32 = 6,
    GGUF_BOOL = 7,
    GGUF_STRING = 8,
    GGUF_ARRAY = 9,
    GGUF_U64 = 10,
    GGUF_I64 = 11,
    GGUF_F64 = 12
} gguf_value_type;

/* An array value. Numbers are unaligned little-endian: read them with gguf_array_u32 or _f32.
 * Strings are indexed, so that element i costs nothing to find. */
typedef struct gguf_array {
    gguf_value_type type; /* of the elements */
    uint64_t count;
    const unsigned char *data; /* numbers; NULL for strings */
    const span *strings;       /* GGUF_STRING only */
} gguf_array;

typedef struct gguf_tensor {
    span name;
    const tensor_type_info *type;
    uint32_t n_dims;  /* 1 to 4 */
    uint64_t dims[4]; /* dims[0] is contiguous (K); unused ones are 1 */
    uint64_t n_elements;
    uint64_t offset; /* from the start of the file */
    uint64_t size_bytes;
} gguf_tensor;

/* `name` is used in messages. `data` must outlive the table. With `header_only`, tensor extents may
 * lie past the end of `data` (a vocabulary file, or the first bytes of a large file). */
int gguf_parse(gguf_table **out_table, const unsigned char *data, size_t size_bytes,
               const char *name, bool header_only, huis_error *err);
gguf_table *gguf_free(gguf_table *table);

const char *gguf_name(const gguf_table *t); /* as given to gguf_parse */
uint32_t gguf_version(const gguf_table *t);
const unsigned char *gguf_data(const gguf_table *t); /* the file's bytes */
uint64_t gguf_data_offset(const gguf_table *t);      /* start of the tensor data */

/* Each returns false when the key is missing or has another type; *out is then left alone. The
 * integer getters accept every integer type whose value fits; the float getter F32 and F64, finite
 * or not: who uses a number checks its range. */
bool gguf_get_string(const gguf_table *t, const char *key, span *out);
bool gguf_get_u32(const gguf_table *t, const char *key, uint32_t *out);
bool gguf_get_u64(const gguf_table *t, const char *key, uint64_t *out);
bool gguf_get_f32(const gguf_table *t, const char *key, float *out);
bool gguf_get_bool(const gguf_table *t, const char *key, bool *out);
bool gguf_get_array(const gguf_table *t, const char *key, gguf_array *out);
/* Whether the key exists at all, with any type. */
bool gguf_has(const gguf_table *t, const char *key);

/* Element i of a numeric array; bools are the numbers 0 and 1. False past the end, for other types
 * and for values that do not fit. */
bool gguf_array_u32(const gguf_array *a, uint64_t i, uint32_t *out);
bool gguf_array_f32(const gguf_array *a, uint64_t i, float *out);

size_t gguf_n_keys(const gguf_table *t);
span gguf_key(const gguf_table *t, size_t i, gguf_value_type *out_type);
size_t gguf_n_tensors(const gguf_table *t);
const gguf_tensor *gguf_tensor_at(const gguf_table *t, size_t i);
const gguf_tensor *gguf_find_tensor(const gguf_table *t, const char *name);

#endif
