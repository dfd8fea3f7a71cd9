/*
 * test_gguf.c - well-formed GGUF files: values, tensors, the reference writer's files.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "base/file.h"
#include "format/file_type.h"
#include "gguf_fixture.h"

static void test_fixture(void **state)
{
    (void)state;
    fixture f;
    gguf_table *t = NULL;
    fixture_init(&f);
    assert_int_equal(fixture_parse(&f, &t, NULL), HUIS_OK);
    assert_int_equal(gguf_version(t), 3);
    assert_string_equal(gguf_name(t), "test.gguf");
    assert_ptr_equal(gguf_data(t), f.b.ptr);
    assert_int_equal(gguf_data_offset(t), f.at[AT_DATA]);
    assert_int_equal(gguf_n_keys(t), FIXTURE_KEYS);
    assert_int_equal(gguf_n_tensors(t), FIXTURE_TENSORS);
    const gguf_tensor *const a = gguf_find_tensor(t, "a");
    const gguf_tensor *const c = gguf_find_tensor(t, "c");
    assert_ptr_equal(a, gguf_tensor_at(t, 0));
    assert_string_equal(a->type->name, "Q8_0");
    assert_int_equal(a->n_dims, 2);
    assert_int_equal(a->dims[0], 64);
    assert_int_equal(a->dims[1], 2);
    assert_int_equal(a->dims[2], 1);
    assert_int_equal(a->dims[3], 1);
    assert_int_equal(a->n_elements, 128);
    assert_int_equal(a->size_bytes, 136);
    assert_int_equal(a->offset, f.at[AT_DATA]);
    assert_int_equal(c->offset, f.at[AT_DATA] + 192);
    assert_int_equal(c->size_bytes, 144);
    assert_null(gguf_find_tensor(t, "d"));
    assert_null(gguf_tensor_at(t, FIXTURE_TENSORS));
    assert_null(gguf_key(t, FIXTURE_KEYS, NULL).ptr);
    assert_null(gguf_free(t));
    assert_null(gguf_free(NULL));
    fixture_deinit(&f);
}

/* The padding after the last tensor and anything behind it do not matter. */
static void test_bytes_after_the_data_are_ignored(void **state)
{
    (void)state;
    fixture f;
    gguf_table *t = NULL;
    fixture_init(&f);
    (void)buffer_append_string(&f.b, "PK\003\004 something else");
    assert_int_equal(fixture_parse(&f, &t, NULL), HUIS_OK);
    assert_int_equal(gguf_n_tensors(t), FIXTURE_TENSORS);
    gguf_free(t);
    fixture_deinit(&f);
}

static void test_header_only(void **state)
{
    (void)state;
    fixture f;
    gguf_table *t = NULL;
    fixture_init(&f);
    const unsigned char *const data = (const unsigned char *)f.b.ptr;
    assert_int_equal(gguf_parse(&t, data, f.at[AT_DATA], "h", true, NULL), HUIS_OK);
    assert_int_equal(gguf_find_tensor(t, "c")->offset, f.at[AT_DATA] + 192);
    gguf_free(t);
    t = NULL;
    /* The header itself must still be whole. */
    assert_int_equal(gguf_parse(&t, data, f.at[AT_OFFSET_C], "h", true, NULL), HUIS_E_BAD_FILE);
    assert_null(t);
    fixture_deinit(&f);
}

static void test_version_2_and_no_tensors(void **state)
{
    (void)state;
    buffer b;
    gguf_table *t = NULL;
    buffer_init(&b, 1000);
    gguf_put_header(&b, 2, 0, 0);
    assert_int_equal(gguf_parse(&t, (const unsigned char *)b.ptr, b.len, "v2", false, NULL),
                     HUIS_OK);
    assert_int_equal(gguf_version(t), 2);
    assert_int_equal(gguf_data_offset(t), 32);
    assert_false(gguf_has(t, ""));
    assert_string_equal(file_type_of(t), "unknown");
    gguf_free(t);
    buffer_deinit(&b);
}

/* A key of one part of a "split" into one file is no split. */
static void test_split_of_one(void **state)
{
    (void)state;
    buffer b;
    gguf_table *t = NULL;
    buffer_init(&b, 1000);
    gguf_put_header(&b, 3, 0, 1);
    gguf_put_key(&b, "split.count", GGUF_U16);
    gguf_put(&b, 1, 2);
    assert_int_equal(gguf_parse(&t, (const unsigned char *)b.ptr, b.len, "s", false, NULL),
                     HUIS_OK);
    gguf_free(t);
    buffer_deinit(&b);
}

/* The end of a long path stays in the message, with the fault behind it. */
static void test_long_file_name(void **state)
{
    (void)state;
    char name[1000];
    memset(name, '/', sizeof(name));
    memcpy(name + sizeof(name) - 11, "model.gguf", 11);
    gguf_table *t = NULL;
    huis_error err = {0};
    assert_int_equal(gguf_parse(&t, (const unsigned char *)"?", 1, name, false, &err),
                     HUIS_E_BAD_FILE);
    assert_non_null(strstr(err.message, "/model.gguf: offset 0: not a GGUF file"));
}

static void map_golden(file_map *out_map, const char *name)
{
    char path[512];
    (void)snprintf(path, sizeof(path), "%s/%s", SEED_DIR, name);
    assert_int_equal(file_map_open(out_map, path, NULL), HUIS_OK);
}

static void open_seed(gguf_table **out_table, file_map *out_map, const char *name)
{
    map_golden(out_map, name);
    assert_int_equal(gguf_parse(out_table, out_map->data, out_map->size_bytes, name, false, NULL),
                     HUIS_OK);
}

/* Values as tools/make_gguf_seeds.py gave them to the reference writer. */
static void test_scalars_of_the_reference_writer(void **state)
{
    (void)state;
    gguf_table *t = NULL;
    file_map map;
    open_seed(&t, &map, "scalars.gguf");
    uint32_t u32 = 0;
    uint64_t u64 = 0;
    float f32 = 0;
    bool boolean = false;
    span string = {0};
    assert_true(gguf_get_u32(t, "t.u8", &u32) && u32 == 255);
    assert_true(gguf_get_u32(t, "t.u16", &u32) && u32 == 65535);
    assert_true(gguf_get_u32(t, "t.u32", &u32) && u32 == UINT32_MAX);
    assert_true(gguf_get_u64(t, "t.u64", &u64) && u64 == UINT64_MAX);
    assert_true(gguf_get_f32(t, "t.f32", &f32) && f32 == 1e-5f);
    assert_true(gguf_get_f32(t, "t.f64", &f32) && f32 == 0.1f);
    assert_true(gguf_get_bool(t, "t.bool", &boolean) && boolean);
    assert_true(gguf_get_string(t, "t.string", &string) &&
                span_equal(string, SPAN("h\xC3\xA9llo")));
    assert_true(gguf_has(t, "t.i8"));
    gguf_free(t);
    file_map_close(&map);
}

static void test_getters_leave_the_output_alone(void **state)
{
    (void)state;
    gguf_table *t = NULL;
    file_map map;
    open_seed(&t, &map, "scalars.gguf");
    uint32_t u32 = 77;
    uint64_t u64 = 77;
    float f32 = 77;
    bool boolean = true;
    span string = SPAN("77");
    gguf_array array = {.count = 77};
    static const char *const NEGATIVE[] = {"t.i8", "t.i16", "t.i32", "t.i64"};
    for (size_t i = 0; i < 4; i++) {
        assert_false(gguf_get_u64(t, NEGATIVE[i], &u64));
    }
    assert_false(gguf_get_u32(t, "t.u64", &u32));
    assert_false(gguf_get_u32(t, "t.bool", &u32));
    assert_false(gguf_get_u32(t, "t.f32", &u32));
    assert_false(gguf_get_u32(t, "t.string", &u32));
    assert_false(gguf_get_u32(t, "t.missing", &u32));
    assert_false(gguf_get_f32(t, "t.u32", &f32));
    assert_false(gguf_get_bool(t, "t.u8", &boolean));
    assert_false(gguf_get_string(t, "t.u8", &string));
    assert_false(gguf_get_array(t, "t.u8", &array));
    assert_true(u32 == 77 && u64 == 77 && f32 == 77 && boolean && string.len == 2);
    assert_int_equal(array.count, 77);
    gguf_free(t);
    file_map_close(&map);
}

static void test_arrays_of_the_reference_writer(void **state)
{
    (void)state;
    gguf_table *t = NULL;
    file_map map;
    gguf_array a;
    uint32_t u32 = 77;
    float f32 = 77;
    open_seed(&t, &map, "arrays.gguf");
    assert_true(gguf_get_array(t, "t.strings", &a));
    assert_int_equal(a.type, GGUF_STRING);
    assert_int_equal(a.count, 4);
    assert_true(span_equal(a.strings[0], SPAN("a")) && a.strings[1].len == 0);
    assert_true(span_equal(a.strings[3], SPAN("\xE2\x82\xAC")));
    assert_false(gguf_array_u32(&a, 0, &u32) || gguf_array_f32(&a, 0, &f32));
    assert_true(gguf_get_array(t, "t.i32s", &a));
    assert_false(gguf_array_u32(&a, 0, &u32)); /* -1 */
    assert_int_equal(u32, 77);
    assert_true(gguf_array_u32(&a, 2, &u32) && u32 == 7);
    assert_false(gguf_array_u32(&a, 3, &u32) || gguf_array_u32(&a, UINT64_MAX, &u32));
    assert_true(gguf_get_array(t, "t.f32s", &a));
    assert_true(gguf_array_f32(&a, 1, &f32) && f32 == -2.0f);
    assert_false(gguf_array_f32(&a, 2, &f32) || gguf_array_u32(&a, 0, &u32));
    assert_true(gguf_get_array(t, "t.bools", &a));
    assert_true(gguf_array_u32(&a, 0, &u32) && u32 == 1);
    assert_true(gguf_array_u32(&a, 1, &u32) && u32 == 0);
    gguf_free(t);
    file_map_close(&map);
}

static void test_tensors_of_the_reference_writer(void **state)
{
    (void)state;
    gguf_table *t = NULL;
    file_map map;
    open_seed(&t, &map, "tensors.gguf");
    assert_int_equal(gguf_n_tensors(t), 5);
    const gguf_tensor *const embedding = gguf_find_tensor(t, "token_embd.weight");
    assert_true(embedding->dims[0] == 64 && embedding->dims[1] == 5);
    const gguf_tensor *const cube = gguf_find_tensor(t, "cube");
    assert_true(cube->n_dims == 3 && cube->dims[0] == 4 && cube->dims[2] == 2);
    float value = 0;
    cube->type->dequantise(map.data + cube->offset, &value, 1);
    assert_true(value == 1.0f);
    assert_string_equal(file_type_of(t), "Q8_0");
    gguf_free(t);
    open_seed(&t, &map, "aligned.gguf");
    assert_int_equal(gguf_data_offset(t) % 64, 0);
    assert_int_equal(gguf_find_tensor(t, "b")->offset, gguf_data_offset(t) + 64);
    gguf_free(t);
    file_map_close(&map);
}

static void test_file_types(void **state)
{
    (void)state;
    fixture f;
    gguf_table *t = NULL;
    assert_string_equal(file_type_name(0), "F32");
    assert_string_equal(file_type_name(15), "Q4_K_M");
    assert_string_equal(file_type_name(15 + 1024), "Q4_K_M");
    assert_string_equal(file_type_name(30), "IQ4_XS");
    assert_string_equal(file_type_name(38), "MXFP4");
    assert_null(file_type_name(4));
    assert_null(file_type_name(1000));
    assert_null(file_type_name(UINT32_MAX));
    fixture_init(&f); /* has no general.file_type: 128 Q8_0, 3 F32, 256 Q4_K elements */
    assert_int_equal(fixture_parse(&f, &t, NULL), HUIS_OK);
    assert_string_equal(file_type_of(t), "Q4_K");
    gguf_free(t);
    fixture_deinit(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fixture),
        cmocka_unit_test(test_bytes_after_the_data_are_ignored),
        cmocka_unit_test(test_header_only),
        cmocka_unit_test(test_version_2_and_no_tensors),
        cmocka_unit_test(test_split_of_one),
        cmocka_unit_test(test_long_file_name),
        cmocka_unit_test(test_scalars_of_the_reference_writer),
        cmocka_unit_test(test_getters_leave_the_output_alone),
        cmocka_unit_test(test_arrays_of_the_reference_writer),
        cmocka_unit_test(test_tensors_of_the_reference_writer),
        cmocka_unit_test(test_file_types),
    };
    return cmocka_run_group_tests_name("gguf", tests, NULL, NULL);
}
