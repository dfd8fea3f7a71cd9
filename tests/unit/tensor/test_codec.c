/*
 * test_codec.c - halves and every block codec against values made elsewhere.
 *
 * Exactness: equal in every bit to PyPI gguf (tests/golden/codecs.bin, made by
 * tools/make_codec_goldens.py), except that any NaN equals any NaN.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "tensor/type.h"

static uint32_t bits_of(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof(bits));
    return bits;
}

static float float_of(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof(value));
    return value;
}

/* The value by its definition: (-1)^s * 2^(e-15) * (1 + m/1024), or 2^-14 * m/1024. */
static void test_every_half_has_its_value(void **state)
{
    (void)state;
    for (uint32_t half = 0; half <= 0xFFFF; half++) {
        const int exponent = (int)(half >> 10 & 31);
        const int mantissa = (int)(half & 1023);
        const double magnitude =
            exponent == 0 ? ldexp(mantissa, -24) : ldexp(1024 + mantissa, exponent - 25);
        const float value = tensor_half_to_float((uint16_t)half);
        if (exponent == 31) {
            assert_true(mantissa == 0 ? isinf(value) : isnan(value));
        } else {
            assert_true((double)fabsf(value) == magnitude);
        }
        assert_int_equal(signbit(value) != 0, half >> 15);
    }
}

static void test_every_half_survives_a_round_trip(void **state)
{
    (void)state;
    for (uint32_t half = 0; half <= 0xFFFF; half++) {
        const float value = tensor_half_to_float((uint16_t)half);
        const uint32_t quiet = isnan(value) ? half | 0x0200u : half;
        assert_int_equal(tensor_float_to_half(value), quiet);
    }
}

/* Between two neighbours: below the middle goes down, above it up, the middle to the even one. */
static void test_rounding_is_to_nearest_even(void **state)
{
    (void)state;
    for (uint32_t half = 0; half < 0x7BFF; half++) {
        const float low = tensor_half_to_float((uint16_t)half);
        const float high = tensor_half_to_float((uint16_t)(half + 1));
        const float middle = (low + high) / 2; /* exact: one more bit than a half has */
        const uint16_t even = (uint16_t)(half + (half & 1));
        assert_int_equal(tensor_float_to_half(middle), even);
        assert_int_equal(tensor_float_to_half(-middle), even | 0x8000);
        assert_int_equal(tensor_float_to_half(nextafterf(middle, 0)), half);
        assert_int_equal(tensor_float_to_half(nextafterf(middle, INFINITY)), half + 1);
    }
    assert_int_equal(tensor_float_to_half(65519.996f), 0x7BFF);
    assert_int_equal(tensor_float_to_half(65520.0f), 0x7C00);
    assert_int_equal(tensor_float_to_half(3.4e38f), 0x7C00);
    assert_int_equal(tensor_float_to_half(0x1p-26f), 0);
    assert_int_equal(tensor_float_to_half(float_of(1)), 0);
    assert_int_equal(tensor_float_to_half(float_of(0xFF800001u)) & 0xFE00, 0xFE00);
}

static void test_type_table(void **state)
{
    (void)state;
    static const struct {
        uint32_t id, block_elements, block_bytes;
        const char *name;
    } EXPECTED[] = {
        {0, 1, 4, "F32"},       {1, 1, 2, "F16"},         {2, 32, 18, "Q4_0"},
        {3, 32, 20, "Q4_1"},    {6, 32, 22, "Q5_0"},      {7, 32, 24, "Q5_1"},
        {8, 32, 34, "Q8_0"},    {10, 256, 84, "Q2_K"},    {11, 256, 110, "Q3_K"},
        {12, 256, 144, "Q4_K"}, {13, 256, 176, "Q5_K"},   {14, 256, 210, "Q6_K"},
        {20, 32, 18, "IQ4_NL"}, {23, 256, 136, "IQ4_XS"}, {30, 1, 2, "BF16"},
        {39, 32, 17, "MXFP4"},
    };
    size_t n_found = 0;
    for (uint32_t id = 0; id < 100; id++) {
        n_found += tensor_type_find(id) != NULL;
    }
    assert_int_equal(n_found, sizeof(EXPECTED) / sizeof(EXPECTED[0]));
    for (size_t i = 0; i < n_found; i++) {
        const tensor_type_info *const info = tensor_type_find(EXPECTED[i].id);
        assert_non_null(info);
        assert_int_equal(info->type, EXPECTED[i].id);
        assert_int_equal(info->block_elements, EXPECTED[i].block_elements);
        assert_int_equal(info->block_bytes, EXPECTED[i].block_bytes);
        assert_string_equal(info->name, EXPECTED[i].name);
    }
    assert_null(tensor_type_find(UINT32_MAX));
}

static void test_f32(void **state)
{
    (void)state;
    const unsigned char bytes[] = {0xFF, 0, 0, 0x80, 0x3F, 1, 0, 0, 0x80};
    float values[2];
    tensor_type_find(TENSOR_F32)->dequantise(bytes + 1, values, 2);
    assert_int_equal(bits_of(values[0]), 0x3F800000u);
    assert_int_equal(bits_of(values[1]), 0x80000001u);
}

static void check_values(const tensor_type_info *info, const float *values,
                         const unsigned char *expected, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        float wanted;
        memcpy(&wanted, expected + 4 * i, sizeof(wanted));
        if (isnan(wanted) ? !isnan(values[i]) : bits_of(values[i]) != bits_of(wanted)) {
            fail_msg("%s block %zu element %zu: %a, expected %a", info->name,
                     i / info->block_elements, i % info->block_elements, (double)values[i],
                     (double)wanted);
        }
    }
}

static void test_codecs_equal_gguf(void **state)
{
    (void)state;
    file_map map;
    size_t pos = 0;
    size_t n_types = 0;
    assert_int_equal(file_map_open(&map, GOLDEN_DIR "/codecs.bin", NULL), HUIS_OK);
    for (; pos < map.size_bytes; n_types++) {
        uint32_t header[2];
        memcpy(header, map.data + pos, sizeof(header));
        const tensor_type_info *const info = tensor_type_find(header[0]);
        assert_non_null(info);
        const size_t raw_bytes = (size_t)header[1] * info->block_bytes;
        const size_t n = (size_t)header[1] * info->block_elements;
        assert_true(pos + sizeof(header) + raw_bytes + 4 * n <= map.size_bytes);
        const unsigned char *const raw = map.data + pos + sizeof(header);
        float *const values = memory_alloc(n, sizeof(*values));
        assert_non_null(values);
        info->dequantise(raw, values, header[1]);
        check_values(info, values, raw + raw_bytes, n);
        memory_free(values);
        pos += sizeof(header) + raw_bytes + 4 * n;
    }
    assert_int_equal(n_types, 15);
    file_map_close(&map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_half_has_its_value),
        cmocka_unit_test(test_every_half_survives_a_round_trip),
        cmocka_unit_test(test_rounding_is_to_nearest_even),
        cmocka_unit_test(test_type_table),
        cmocka_unit_test(test_f32),
        cmocka_unit_test(test_codecs_equal_gguf),
    };
    return cmocka_run_group_tests_name("codec", tests, NULL, NULL);
}
