/*
 * gguf_fixture.h - one well-formed GGUF file with a known place for every kind of field, for tests
 * that break one field at a time.
 */
#ifndef HUIS_TESTS_GGUF_FIXTURE_H
#define HUIS_TESTS_GGUF_FIXTURE_H

#include "gguf_builder.h"

/* Where a field begins. Tensors: "a" Q8_0 64 x 2, "b" F32 3, "c" Q4_K 256. */
typedef enum fixture_field {
    AT_MAGIC,
    AT_VERSION,
    AT_N_TENSORS,
    AT_N_KEYS,
    AT_KEY_LENGTH, /* of general.architecture */
    AT_KEY_TEXT,
    AT_VALUE_TYPE,
    AT_STRING_LENGTH,
    AT_ALIGNMENT_TYPE,
    AT_ALIGNMENT,
    AT_BOOL,
    AT_STRINGS_TYPE, /* of the elements of t.strings */
    AT_STRINGS_COUNT,
    AT_STRINGS_LENGTH, /* of its first element */
    AT_NUMBERS_TYPE,   /* of the elements of t.numbers, i32 */
    AT_NUMBERS_COUNT,
    AT_BOOLS,       /* the elements of t.bools */
    AT_NAME_LENGTH, /* of tensor a */
    AT_NAME_TEXT,
    AT_N_DIMS,
    AT_DIM_0,
    AT_DIM_1,
    AT_TENSOR_TYPE,
    AT_OFFSET,
    AT_NAME_TEXT_B,
    AT_TENSOR_TYPE_B,
    AT_OFFSET_B,
    AT_OFFSET_C,
    AT_DATA,
    FIXTURE_FIELDS
} fixture_field;

enum { FIXTURE_DATA_BYTES = 160 + 32 + 144, FIXTURE_KEYS = 7, FIXTURE_TENSORS = 3 };

typedef struct fixture {
    buffer b;
    size_t at[FIXTURE_FIELDS];
} fixture;

static inline void fixture_put_keys(fixture *f)
{
    buffer *const b = &f->b;
    f->at[AT_KEY_LENGTH] = b->len;
    f->at[AT_KEY_TEXT] = b->len + 8;
    f->at[AT_VALUE_TYPE] = b->len + 8 + strlen("general.architecture");
    f->at[AT_STRING_LENGTH] = f->at[AT_VALUE_TYPE] + 4;
    gguf_put_key_string(b, "general.architecture", "llama");
    gguf_put_key_u32(b, "general.alignment", 32);
    f->at[AT_ALIGNMENT_TYPE] = b->len - 8;
    f->at[AT_ALIGNMENT] = b->len - 4;
    gguf_put_key_bool(b, "t.bool", 1);
    f->at[AT_BOOL] = b->len - 1;
    gguf_put_key_array(b, "t.strings", GGUF_STRING, 3);
    f->at[AT_STRINGS_TYPE] = b->len - 12;
    f->at[AT_STRINGS_COUNT] = b->len - 8;
    f->at[AT_STRINGS_LENGTH] = b->len;
    gguf_put_string(b, "ab");
    gguf_put_string(b, "");
    gguf_put_string(b, "c");
    gguf_put_key_array(b, "t.numbers", GGUF_I32, 2);
    f->at[AT_NUMBERS_TYPE] = b->len - 12;
    f->at[AT_NUMBERS_COUNT] = b->len - 8;
    gguf_put(b, 7, 4);
    gguf_put(b, UINT32_MAX, 4);
    gguf_put_key_array(b, "t.bools", GGUF_BOOL, 3);
    f->at[AT_BOOLS] = b->len;
    gguf_put(b, 0x010001, 3);
    gguf_put_key_f32(b, "t.f32", 0.5f);
}

static inline void fixture_put_tensors(fixture *f)
{
    buffer *const b = &f->b;
    f->at[AT_NAME_LENGTH] = b->len;
    f->at[AT_NAME_TEXT] = b->len + 8;
    f->at[AT_N_DIMS] = b->len + 9;
    f->at[AT_DIM_0] = b->len + 13;
    f->at[AT_DIM_1] = b->len + 21;
    f->at[AT_TENSOR_TYPE] = b->len + 29;
    f->at[AT_OFFSET] = b->len + 33;
    gguf_put_tensor(b, "a", 2, (const uint64_t[]){64, 2}, TENSOR_Q8_0, 0);
    f->at[AT_NAME_TEXT_B] = b->len + 8;
    gguf_put_tensor(b, "b", 1, (const uint64_t[]){3}, TENSOR_F32, 160);
    f->at[AT_TENSOR_TYPE_B] = b->len - 12;
    f->at[AT_OFFSET_B] = b->len - 8;
    gguf_put_tensor(b, "c", 1, (const uint64_t[]){256}, TENSOR_Q4_K, 192);
    f->at[AT_OFFSET_C] = b->len - 8;
}

static inline void fixture_init(fixture *f)
{
    *f = (fixture){0};
    buffer_init(&f->b, 1u << 24);
    f->at[AT_VERSION] = 4;
    f->at[AT_N_TENSORS] = 8;
    f->at[AT_N_KEYS] = 16;
    gguf_put_header(&f->b, 3, FIXTURE_TENSORS, FIXTURE_KEYS);
    fixture_put_keys(f);
    fixture_put_tensors(f);
    gguf_put_padding(&f->b, 32);
    f->at[AT_DATA] = f->b.len;
    gguf_put_zeros(&f->b, FIXTURE_DATA_BYTES);
}

static inline void fixture_deinit(fixture *f)
{
    buffer_deinit(&f->b);
}

static inline int fixture_parse(const fixture *f, gguf_table **out_table, huis_error *err)
{
    return gguf_parse(out_table, (const unsigned char *)f->b.ptr, f->b.len, "test.gguf", false,
                      err);
}

#endif
