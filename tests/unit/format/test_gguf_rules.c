/*
 * test_gguf_rules.c - one test for each rule of the GGUF reader: a well-formed file with one field
 * broken is refused with the right status, the offset of the fault and a message that says it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "base/limits.h"
#include "gguf_fixture.h"

typedef struct rule {
    const char *name;
    fixture_field field;
    uint32_t n_bytes; /* of the field; 0: only `change` */
    uint64_t value;
    int status;
    fixture_field fault; /* where the reader must point to */
    const char *message; /* a part of it */
    void (*change)(fixture *f);
} rule;

/* Puts n zero bytes in at a field; later fields move. */
static void insert_zeros(fixture *f, fixture_field field, size_t n)
{
    const size_t pos = f->at[field];
    gguf_put_zeros(&f->b, n);
    memmove(f->b.ptr + pos + n, f->b.ptr + pos, f->b.len - n - pos);
    memset(f->b.ptr + pos, 0, n);
}

static void cut_at_data(fixture *f)
{
    buffer_truncate(&f->b, f->at[AT_DATA]);
}

static void cut_last_byte(fixture *f)
{
    buffer_truncate(&f->b, f->b.len - 1);
}

static void cut_in_header(fixture *f)
{
    buffer_truncate(&f->b, 23);
}

static void cut_all(fixture *f)
{
    buffer_truncate(&f->b, 0);
}

static void empty_key(fixture *f)
{
    buffer_truncate(&f->b, f->at[AT_KEY_LENGTH]);
    gguf_put_key_u32(&f->b, "", 1);
    gguf_put_zeros(&f->b, 200);
}

static void same_key_twice(fixture *f)
{
    buffer_truncate(&f->b, f->at[AT_KEY_LENGTH]);
    gguf_put_key_u32(&f->b, "k", 1);
    f->at[AT_BOOL] = f->b.len;
    gguf_put_key_u32(&f->b, "k", 1);
    gguf_put_zeros(&f->b, 200);
}

static void long_key(fixture *f)
{
    gguf_patch(&f->b, f->at[AT_KEY_LENGTH], LIMIT_GGUF_KEY_BYTES + 1, 8);
    insert_zeros(f, AT_KEY_TEXT, 2 * LIMIT_GGUF_KEY_BYTES);
}

static void empty_name(fixture *f)
{
    buffer_truncate(&f->b, f->at[AT_NAME_LENGTH]);
    gguf_put_tensor(&f->b, "", 1, (const uint64_t[]){1}, TENSOR_F32, 0);
    gguf_put_zeros(&f->b, 200);
}

static void long_name(fixture *f)
{
    gguf_patch(&f->b, f->at[AT_NAME_LENGTH], LIMIT_GGUF_NAME_BYTES + 1, 8);
    insert_zeros(f, AT_NAME_TEXT, 100);
}

/* U+0085, a C1 control that is well-formed UTF-8. */
static void c1_name(fixture *f)
{
    gguf_patch(&f->b, f->at[AT_NAME_LENGTH], 2, 8);
    insert_zeros(f, AT_NAME_TEXT, 1);
    gguf_patch(&f->b, f->at[AT_NAME_TEXT], 0x85C2, 2);
}

static void ill_formed_name(fixture *f)
{
    gguf_patch(&f->b, f->at[AT_NAME_TEXT], 0xFF, 1);
}

static void dims_overflow(fixture *f)
{
    gguf_patch(&f->b, f->at[AT_DIM_0], UINT64_C(1) << 33, 8);
    gguf_patch(&f->b, f->at[AT_DIM_1], UINT64_C(1) << 31, 8);
}

/* 2^63 elements: the product fits in 64 bits, not in 63. */
static void dims_past_63_bits(fixture *f)
{
    gguf_patch(&f->b, f->at[AT_DIM_0], UINT64_C(1) << 32, 8);
    gguf_patch(&f->b, f->at[AT_DIM_1], UINT64_C(1) << 31, 8);
}

/* 2^62 floats: the elements fit in 63 bits, the bytes do not fit in 64. */
static void bytes_overflow(fixture *f)
{
    gguf_patch(&f->b, f->at[AT_DIM_0], UINT64_C(1) << 62, 8);
    gguf_patch(&f->b, f->at[AT_DIM_1], 1, 8);
    gguf_patch(&f->b, f->at[AT_TENSOR_TYPE], TENSOR_F32, 4);
}

/* 2^64 - 16 bytes: the size fits, the padded end does not. */
static void padding_overflow(fixture *f)
{
    gguf_patch(&f->b, f->at[AT_DIM_0], (UINT64_C(1) << 62) - 4, 8);
    gguf_patch(&f->b, f->at[AT_DIM_1], 1, 8);
    gguf_patch(&f->b, f->at[AT_TENSOR_TYPE], TENSOR_F32, 4);
}

static void split_file(fixture *f)
{
    buffer_truncate(&f->b, f->at[AT_KEY_LENGTH]);
    gguf_put_key(&f->b, "split.no", GGUF_U16);
    gguf_put(&f->b, 1, 2);
    gguf_put_key(&f->b, "split.count", GGUF_U16);
    gguf_put(&f->b, 2, 2);
    gguf_put_zeros(&f->b, 200);
    gguf_patch(&f->b, f->at[AT_N_KEYS], 2, 8);
}

static void lfs_pointer(fixture *f)
{
    buffer_reset(&f->b);
    (void)buffer_append_string(&f->b,
                               "version https://git-lfs.github.com/spec/v1\noid sha256:00\n");
}

static void web_page(fixture *f)
{
    buffer_reset(&f->b);
    (void)buffer_append_string(&f->b, "<!DOCTYPE html><title>404</title>");
}

static void zip_archive(fixture *f)
{
    buffer_reset(&f->b);
    (void)buffer_append_string(&f->b, "PK\003\004...................");
}

static void no_change(fixture *f)
{
    (void)f;
}

enum { BAD = HUIS_E_BAD_FILE, UNSUPPORTED = HUIS_E_UNSUPPORTED };

static const rule RULES[] = {
    /* The file. */
    {"magic", AT_MAGIC, 4, 0x46554746, BAD, AT_MAGIC, "does not begin with 'GGUF'", no_change},
    {"empty_file", 0, 0, 0, BAD, AT_MAGIC, "empty", cut_all},
    {"lfs_pointer", 0, 0, 0, BAD, AT_MAGIC, "Git LFS", lfs_pointer},
    {"web_page", 0, 0, 0, BAD, AT_MAGIC, "web page", web_page},
    {"zip_archive", 0, 0, 0, BAD, AT_MAGIC, "zip archive", zip_archive},
    {"ggml_file", AT_MAGIC, 4, 0x67676d6c, BAD, AT_MAGIC, "before GGUF", no_change},
    {"ggjt_file", AT_MAGIC, 4, 0x67676a74, BAD, AT_MAGIC, "GGJT", no_change},
    {"header_cut", 0, 0, 0, BAD, AT_N_KEYS, "ends inside the file header", cut_in_header},
    {"version_1", AT_VERSION, 4, 1, UNSUPPORTED, AT_VERSION, "version 1", no_change},
    {"version_4", AT_VERSION, 4, 4, UNSUPPORTED, AT_VERSION, "version 4", no_change},
    {"version_0", AT_VERSION, 4, 0, UNSUPPORTED, AT_VERSION, "version 0", no_change},
    {"big_endian", AT_VERSION, 4, 0x03000000, UNSUPPORTED, AT_VERSION, "big-endian", no_change},
    {"split_file", 0, 0, 0, UNSUPPORTED, AT_MAGIC, "part 2 of a model split into 2", split_file},
    /* Counts. */
    {"key_count_limit", AT_N_KEYS, 8, LIMIT_GGUF_KEYS + 1, BAD, AT_N_KEYS, "the limit is 65536",
     no_change},
    {"key_count_wraps", AT_N_KEYS, 8, UINT64_MAX, BAD, AT_N_KEYS, "the limit is", no_change},
    {"key_count_past_the_bytes", AT_N_KEYS, 8, 60000, BAD, AT_N_KEYS, "bytes follow", no_change},
    {"tensor_count_limit", AT_N_TENSORS, 8, LIMIT_GGUF_TENSORS + 1, BAD, AT_N_TENSORS,
     "the limit is 65536", no_change},
    {"tensor_count_wraps", AT_N_TENSORS, 8, UINT64_C(1) << 63, BAD, AT_N_TENSORS, "the limit is",
     no_change},
    {"tensor_count_past_the_bytes", AT_N_TENSORS, 8, 60000, BAD, AT_N_TENSORS, "bytes follow",
     no_change},
    /* Keys and values. */
    {"empty_key", 0, 0, 0, BAD, AT_KEY_LENGTH, "empty", empty_key},
    {"long_key", 0, 0, 0, BAD, AT_KEY_LENGTH, "the limit is 65535", long_key},
    {"key_past_the_end", AT_KEY_LENGTH, 8, 60000, BAD, AT_KEY_TEXT, "ends inside a key", no_change},
    {"control_in_key", AT_KEY_TEXT, 1, 0x1B, BAD, AT_KEY_TEXT, "printable ASCII", no_change},
    {"nul_in_key", AT_KEY_TEXT, 1, 0, BAD, AT_KEY_TEXT, "printable ASCII", no_change},
    {"non_ascii_key", AT_KEY_TEXT, 1, 0xE9, BAD, AT_KEY_TEXT, "printable ASCII", no_change},
    {"same_key_twice", 0, 0, 0, BAD, AT_BOOL, "key 'k' is there twice", same_key_twice},
    {"value_type", AT_VALUE_TYPE, 4, 13, BAD, AT_VALUE_TYPE, "unknown value type 13", no_change},
    {"string_limit", AT_STRING_LENGTH, 8, LIMIT_GGUF_STRING_BYTES + 1, BAD, AT_STRING_LENGTH,
     "the limit is 16777216", no_change},
    {"string_wraps", AT_STRING_LENGTH, 8, UINT64_MAX - 7, BAD, AT_STRING_LENGTH, "the limit is",
     no_change},
    {"bool", AT_BOOL, 1, 2, BAD, AT_BOOL, "a bool is 2", no_change},
    {"bool_in_array", AT_BOOLS, 1, 0xFF, BAD, AT_BOOLS, "a bool is 255", no_change},
    /* Arrays. */
    {"array_of_arrays", AT_STRINGS_TYPE, 4, GGUF_ARRAY, BAD, AT_STRINGS_TYPE, "array of arrays",
     no_change},
    {"array_type", AT_NUMBERS_TYPE, 4, 99, BAD, AT_NUMBERS_TYPE, "unknown value type 99",
     no_change},
    {"array_limit", AT_NUMBERS_COUNT, 8, LIMIT_GGUF_ARRAY_ELEMENTS + 1, BAD, AT_NUMBERS_COUNT,
     "the limit is 16777216", no_change},
    {"array_wraps", AT_NUMBERS_COUNT, 8, UINT64_C(1) << 62, BAD, AT_NUMBERS_COUNT, "the limit is",
     no_change},
    {"array_past_the_end", AT_NUMBERS_COUNT, 8, 1000, BAD, FIXTURE_FIELDS, "ends inside an array",
     no_change},
    {"string_array_past_the_end", AT_STRINGS_COUNT, 8, 1000, BAD, AT_STRINGS_LENGTH,
     "ends inside an array", no_change},
    {"string_in_array_limit", AT_STRINGS_LENGTH, 8, UINT64_MAX, BAD, AT_STRINGS_LENGTH,
     "the limit is 16777216", no_change},
    /* Alignment. */
    {"alignment_0", AT_ALIGNMENT, 4, 0, BAD, FIXTURE_FIELDS, "alignment is 0", no_change},
    {"alignment_1", AT_ALIGNMENT, 4, 1, BAD, FIXTURE_FIELDS, "alignment is 1;", no_change},
    {"alignment_48", AT_ALIGNMENT, 4, 48, BAD, FIXTURE_FIELDS, "power of two", no_change},
    {"alignment_limit", AT_ALIGNMENT, 4, UINT64_C(1) << 30, BAD, FIXTURE_FIELDS, "power of two",
     no_change},
    {"alignment_type", AT_ALIGNMENT_TYPE, 4, GGUF_I32, BAD, FIXTURE_FIELDS, "must be u32",
     no_change},
    /* Tensors. */
    {"empty_name", 0, 0, 0, BAD, AT_NAME_LENGTH, "name of a tensor is empty", empty_name},
    {"long_name", 0, 0, 0, BAD, AT_NAME_LENGTH, "the limit is 64", long_name},
    {"control_in_name", AT_NAME_TEXT, 1, 0x07, BAD, AT_NAME_TEXT, "control character", no_change},
    {"nul_in_name", AT_NAME_TEXT, 1, 0, BAD, AT_NAME_TEXT, "control character", no_change},
    {"c1_control_in_name", 0, 0, 0, BAD, AT_NAME_TEXT, "control character", c1_name},
    {"ill_formed_name", 0, 0, 0, BAD, AT_NAME_TEXT, "ill-formed UTF-8", ill_formed_name},
    {"same_name_twice", AT_NAME_TEXT_B, 1, 'a', BAD, FIXTURE_FIELDS, "tensor 'a' is there twice",
     no_change},
    {"no_dimension", AT_N_DIMS, 4, 0, BAD, AT_N_DIMS, "0 dimensions", no_change},
    {"five_dimensions", AT_N_DIMS, 4, 5, BAD, AT_N_DIMS, "5 dimensions", no_change},
    {"dimension_0", AT_DIM_1, 8, 0, BAD, AT_DIM_1, "dimension 1 of tensor 'a' is 0", no_change},
    {"dimension_wraps", AT_DIM_1, 8, UINT64_MAX, BAD, AT_DIM_1, "overflow", no_change},
    {"dimensions_overflow", 0, 0, 0, BAD, AT_DIM_1, "overflow", dims_overflow},
    {"dimensions_past_63_bits", 0, 0, 0, BAD, AT_DIM_1, "overflow", dims_past_63_bits},
    {"bytes_overflow", 0, 0, 0, BAD, AT_TENSOR_TYPE, "size of tensor 'a' overflows",
     bytes_overflow},
    {"padding_overflows", 0, 0, 0, BAD, AT_OFFSET, "overflow", padding_overflow},
    {"whole_blocks", AT_DIM_0, 8, 65, BAD, AT_TENSOR_TYPE, "not whole blocks of 32 (Q8_0)",
     no_change},
    {"tensor_type_foreign", AT_TENSOR_TYPE, 4, 16, UNSUPPORTED, AT_TENSOR_TYPE, "IQ2_XXS (16)",
     no_change},
    {"tensor_type_unknown", AT_TENSOR_TYPE, 4, UINT32_MAX, UNSUPPORTED, AT_TENSOR_TYPE,
     "unknown type", no_change},
    {"offset_not_aligned", AT_OFFSET_B, 8, 161, BAD, AT_OFFSET_B, "no multiple", no_change},
    {"offset_overlaps", AT_OFFSET_B, 8, 128, BAD, AT_OFFSET_B, "overlaps", no_change},
    {"offset_descends", AT_OFFSET_C, 8, 0, BAD, AT_OFFSET_C, "overlaps", no_change},
    {"offset_leaves_a_hole", AT_OFFSET_C, 8, 224, BAD, AT_OFFSET_C, "leaves a hole", no_change},
    {"offset_wraps", AT_OFFSET, 8, UINT64_MAX - 31, BAD, AT_OFFSET, "hole", no_change},
    {"data_cut", 0, 0, 0, BAD, FIXTURE_FIELDS, "tensor 'c' ends at", cut_last_byte},
    {"data_missing", 0, 0, 0, BAD, FIXTURE_FIELDS, "tensor 'a' ends at", cut_at_data},
};

static void test_rule(void **state)
{
    const rule *const r = *state;
    fixture f;
    fixture_init(&f);
    if (r->n_bytes > 0) {
        gguf_patch(&f.b, f.at[r->field], r->value, r->n_bytes);
    }
    r->change(&f);
    gguf_table *table = NULL;
    huis_error err = {0};
    assert_int_equal(fixture_parse(&f, &table, &err), r->status);
    assert_null(table);
    assert_int_equal(err.status, r->status);
    if (strstr(err.message, r->message) == NULL || strstr(err.message, "test.gguf: ") == NULL) {
        fail_msg("message '%s' does not say '%s'", err.message, r->message);
    }
    if (r->fault != FIXTURE_FIELDS) {
        assert_int_equal(err.offset, f.at[r->fault]);
    }
    char place[40];
    (void)snprintf(place, sizeof(place), "offset %llu: ", (unsigned long long)err.offset);
    assert_non_null(strstr(err.message, place));
    /* The same without a place for the error. */
    assert_int_equal(fixture_parse(&f, &table, NULL), r->status);
    fixture_deinit(&f);
}

enum { N_RULES = sizeof(RULES) / sizeof(RULES[0]) };

int main(void)
{
    struct CMUnitTest tests[N_RULES];
    for (size_t i = 0; i < N_RULES; i++) {
        tests[i] = (struct CMUnitTest){
            .name = RULES[i].name,
            .test_func = test_rule,
            .initial_state = (void *)(uintptr_t)&RULES[i],
        };
    }
    return _cmocka_run_group_tests("gguf_rules", tests, N_RULES, NULL, NULL);
}
