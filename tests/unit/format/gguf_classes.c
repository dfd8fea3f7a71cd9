/*
 * gguf_classes.c - see gguf_classes.h. The classes follow the published faults of GGUF readers
 * (docs/formats.md): counts and lengths that wrap, sizes past the file, type confusion, overlap.
 */
#include "gguf_classes.h"

#include "base/limits.h"

/* A number at which 32- or 64-bit arithmetic wraps, or a random one with its top bits set. */
static uint64_t wrapping(rng *r)
{
    static const uint64_t BORDERS[] = {
        0x7FFFFFFF,         0x80000000,         0xFFFFFFFF,         0x100000000,
        0x7FFFFFFFFFFFFFFF, 0x8000000000000000, 0xFFFFFFFFFFFFFFFF, 0x1FFFFFFFFFFFFFFF,
        0x2000000000000000, 0x0FFFFFFFFFFFFFFF,
    };
    const uint32_t n = sizeof(BORDERS) / sizeof(BORDERS[0]);
    const uint32_t choice = rng_next_below(r, n + 4);
    const uint64_t near = (uint64_t)rng_next_below(r, 17) - 8;
    if (choice >= n) {
        return (uint64_t)(rng_next(r) | 0x40000000u) << 32 | rng_next(r);
    }
    /* Not past 2^64 - 1: that would be a small number again. */
    return BORDERS[choice] == UINT64_MAX && (int64_t)near > 0 ? UINT64_MAX : BORDERS[choice] + near;
}

static void patch(fixture *f, fixture_field field, uint64_t value, uint32_t n_bytes)
{
    gguf_patch(&f->b, f->at[field], value, n_bytes);
}

static uint32_t between(rng *r, uint32_t low, uint32_t high)
{
    return low + rng_next_below(r, high - low + 1);
}

/* Counts and lengths. */

static void key_count_wraps(fixture *f, rng *r)
{
    patch(f, AT_N_KEYS, wrapping(r), 8);
}

static void key_count_too_large(fixture *f, rng *r)
{
    patch(f, AT_N_KEYS, FIXTURE_KEYS + between(r, 1, 70000), 8);
}

static void key_count_too_small(fixture *f, rng *r)
{
    patch(f, AT_N_KEYS, rng_next_below(r, FIXTURE_KEYS), 8);
}

static void tensor_count_wraps(fixture *f, rng *r)
{
    patch(f, AT_N_TENSORS, wrapping(r), 8);
}

static void tensor_count_too_large(fixture *f, rng *r)
{
    patch(f, AT_N_TENSORS, FIXTURE_TENSORS + between(r, 1, 70000), 8);
}

static void tensor_count_too_small(fixture *f, rng *r)
{
    patch(f, AT_N_TENSORS, rng_next_below(r, FIXTURE_TENSORS), 8);
}

static void key_length_wraps(fixture *f, rng *r)
{
    patch(f, AT_KEY_LENGTH, wrapping(r), 8);
}

static void key_length_off(fixture *f, rng *r)
{
    patch(f, AT_KEY_LENGTH, between(r, 0, 500), 8);
}

static void string_length_wraps(fixture *f, rng *r)
{
    patch(f, AT_STRING_LENGTH, wrapping(r), 8);
}

static void string_length_off(fixture *f, rng *r)
{
    patch(f, AT_STRING_LENGTH, between(r, 0, 1000), 8);
}

static void string_without_end(fixture *f, rng *r)
{
    patch(f, AT_STRING_LENGTH, f->b.len - f->at[AT_STRING_LENGTH] - 8 + between(r, 1, 9), 8);
}

static void strings_count_wraps(fixture *f, rng *r)
{
    patch(f, AT_STRINGS_COUNT, wrapping(r), 8);
}

static void strings_count_off(fixture *f, rng *r)
{
    patch(f, AT_STRINGS_COUNT, between(r, 4, 200), 8);
}

static void strings_element_wraps(fixture *f, rng *r)
{
    patch(f, AT_STRINGS_LENGTH, wrapping(r), 8);
}

static void numbers_count_wraps(fixture *f, rng *r)
{
    patch(f, AT_NUMBERS_COUNT, wrapping(r), 8);
}

/* The product with the size of an element wraps to a small number. */
static void numbers_bytes_wrap(fixture *f, rng *r)
{
    static const uint8_t TYPES[] = {GGUF_U16, GGUF_I32, GGUF_F32, GGUF_U64, GGUF_F64};
    static const uint8_t BITS[] = {1, 2, 2, 3, 3};
    const uint32_t i = rng_next_below(r, sizeof(TYPES));
    patch(f, AT_NUMBERS_TYPE, TYPES[i], 4);
    patch(f, AT_NUMBERS_COUNT, (UINT64_C(1) << (64 - BITS[i])) + between(r, 0, 8), 8);
}

static void name_length_wraps(fixture *f, rng *r)
{
    patch(f, AT_NAME_LENGTH, wrapping(r), 8);
}

static void name_too_long(fixture *f, rng *r)
{
    patch(f, AT_NAME_LENGTH, between(r, LIMIT_GGUF_NAME_BYTES + 1, 400), 8);
}

/* Types. */

static void value_type_unknown(fixture *f, rng *r)
{
    patch(f, AT_VALUE_TYPE, between(r, 13, UINT32_MAX - 1), 4);
}

static void value_type_confused(fixture *f, rng *r)
{
    patch(f, AT_VALUE_TYPE, rng_next_below(r, 8), 4);
}

static void array_type_unknown(fixture *f, rng *r)
{
    patch(f, AT_NUMBERS_TYPE, between(r, 13, UINT32_MAX - 1), 4);
}

static void array_type_confused(fixture *f, rng *r)
{
    patch(f, AT_STRINGS_TYPE, rng_next_below(r, 8), 4);
}

/* Arrays in arrays, up to 10,000 deep. */
static void nested_arrays(fixture *f, rng *r)
{
    const uint32_t depth = between(r, 1, 10000);
    buffer_truncate(&f->b, f->at[AT_KEY_LENGTH]);
    gguf_put_key(&f->b, "k", GGUF_ARRAY);
    for (uint32_t i = 0; i < depth; i++) {
        gguf_put(&f->b, GGUF_ARRAY, 4);
        gguf_put(&f->b, 1, 8);
    }
    gguf_put_zeros(&f->b, 300);
}

static void bool_not_0_or_1(fixture *f, rng *r)
{
    patch(f, AT_BOOL, between(r, 2, 255), 1);
}

static void bool_in_array_not_0_or_1(fixture *f, rng *r)
{
    gguf_patch(&f->b, f->at[AT_BOOLS] + rng_next_below(r, 3), between(r, 2, 255), 1);
}

/* The reader hands out what is written; who uses a float checks it. */
static void float_not_finite(fixture *f, rng *r)
{
    const uint32_t mantissa = rng_next_below(r, 2) == 0 ? 0 : between(r, 1, 0x7FFFFF);
    gguf_patch(&f->b, f->at[AT_NAME_LENGTH] - 4, 0x7F800000u | mantissa, 4);
}

static void tensor_type_unknown(fixture *f, rng *r)
{
    uint32_t id = rng_next_below(r, 4) == 0 ? rng_next(r) : rng_next_below(r, 64);
    while (tensor_type_find(id) != NULL) {
        id++;
    }
    patch(f, AT_TENSOR_TYPE, id, 4);
}

/* Known, but not of the size that the offsets tell. */
static void tensor_type_confused(fixture *f, rng *r)
{
    static const uint8_t TYPES[] = {TENSOR_F32,  TENSOR_F16,  TENSOR_Q4_0, TENSOR_Q4_1,
                                    TENSOR_Q5_0, TENSOR_Q5_1, TENSOR_Q4_K, TENSOR_Q6_K};
    patch(f, AT_TENSOR_TYPE, TYPES[rng_next_below(r, sizeof(TYPES))], 4);
}

/* Names. */

static void key_with_control(fixture *f, rng *r)
{
    const uint32_t c = between(r, 0, 0x20);
    gguf_patch(&f->b, f->at[AT_KEY_TEXT] + rng_next_below(r, 20), c < 0x20 ? c : 0x7F, 1);
}

static void key_not_ascii(fixture *f, rng *r)
{
    gguf_patch(&f->b, f->at[AT_KEY_TEXT] + rng_next_below(r, 20), between(r, 0x80, 0xFF), 1);
}

static void name_with_control(fixture *f, rng *r)
{
    const uint32_t c = between(r, 0, 0x20);
    patch(f, AT_NAME_TEXT, c < 0x20 ? c : 0x7F, 1);
}

static void name_ill_formed(fixture *f, rng *r)
{
    patch(f, AT_NAME_TEXT, between(r, 0x80, 0xFF), 1);
}

static void same_key_many_times(fixture *f, rng *r)
{
    const uint32_t n = between(r, 2, 40);
    buffer_truncate(&f->b, f->at[AT_KEY_LENGTH]);
    for (uint32_t i = 0; i < n; i++) {
        char key[16] = "general.name.00";
        key[13] = (char)('0' + (i < n - 1 ? i / 10 : 0));
        key[14] = (char)('0' + (i < n - 1 ? i % 10 : 0));
        gguf_put_key_u32(&f->b, key, i);
    }
    gguf_put_zeros(&f->b, 200);
    patch(f, AT_N_KEYS, n, 8);
}

static void same_name_many_times(fixture *f, rng *r)
{
    const uint32_t n = between(r, 2, 40);
    const uint64_t one = 1;
    buffer_truncate(&f->b, f->at[AT_NAME_LENGTH]);
    for (uint32_t i = 0; i < n; i++) {
        gguf_put_tensor(&f->b, "w", 1, &one, TENSOR_F32, 32u * i);
    }
    gguf_put_zeros(&f->b, 32 * (size_t)n + 64);
    patch(f, AT_N_TENSORS, n, 8);
}

/* Shapes. */

static void dimensions_none_or_many(fixture *f, rng *r)
{
    patch(f, AT_N_DIMS, rng_next_below(r, 4) == 0 ? 0 : between(r, 5, UINT32_MAX - 1), 4);
}

static void dimension_zero(fixture *f, rng *r)
{
    patch(f, rng_next_below(r, 2) == 0 ? AT_DIM_0 : AT_DIM_1, 0, 8);
}

static void dimension_wraps(fixture *f, rng *r)
{
    patch(f, rng_next_below(r, 2) == 0 ? AT_DIM_0 : AT_DIM_1, wrapping(r), 8);
}

/* The product wraps, often to a small number (CVE-2025-53630, CVE-2026-33298). */
static void dimensions_wrap(fixture *f, rng *r)
{
    const uint32_t bits = between(r, 5, 62);
    const uint64_t second = (UINT64_C(1) << (64 - bits)) + rng_next_below(r, 3);
    patch(f, AT_DIM_0, UINT64_C(1) << bits, 8);
    patch(f, AT_DIM_1, second, 8);
}

/* The elements fit, the bytes wrap. */
static void bytes_wrap(fixture *f, rng *r)
{
    static const uint8_t TYPES[] = {TENSOR_F32, TENSOR_Q8_0, TENSOR_F16, TENSOR_BF16};
    patch(f, AT_TENSOR_TYPE, TYPES[rng_next_below(r, sizeof(TYPES))], 4);
    patch(f, AT_DIM_0, (UINT64_C(1) << 62) + 32 * (uint64_t)rng_next_below(r, 1000), 8);
    patch(f, AT_DIM_1, 1, 8);
}

/* The size fits, the padding wraps (CVE class "PAD wrap"). */
static void padding_wraps(fixture *f, rng *r)
{
    patch(f, AT_TENSOR_TYPE, TENSOR_F32, 4);
    patch(f, AT_DIM_0, (UINT64_C(1) << 62) - between(r, 1, 7), 8);
    patch(f, AT_DIM_1, 1, 8);
}

static void row_not_whole_blocks(fixture *f, rng *r)
{
    static const uint8_t TYPES[] = {TENSOR_Q4_0, TENSOR_Q8_0, TENSOR_MXFP4, TENSOR_IQ4_NL,
                                    TENSOR_Q2_K, TENSOR_Q3_K, TENSOR_Q6_K,  TENSOR_IQ4_XS};
    patch(f, AT_TENSOR_TYPE, TYPES[rng_next_below(r, sizeof(TYPES))], 4);
    patch(f, AT_DIM_0, 32 * (uint64_t)rng_next_below(r, 100) + between(r, 1, 31), 8);
}

/* Offsets and sizes. */

static void offset_not_aligned(fixture *f, rng *r)
{
    patch(f, AT_OFFSET_B, 160 + between(r, 1, 31), 8);
}

static void offset_overlaps(fixture *f, rng *r)
{
    patch(f, AT_OFFSET_B, 32 * (uint64_t)rng_next_below(r, 5), 8);
}

static void offset_wraps(fixture *f, rng *r)
{
    const fixture_field fields[] = {AT_OFFSET, AT_OFFSET_B, AT_OFFSET_C};
    patch(f, fields[rng_next_below(r, 3)], wrapping(r) & ~UINT64_C(31), 8);
}

static void offset_leaves_hole(fixture *f, rng *r)
{
    patch(f, AT_OFFSET_C, 192 + 32 * (uint64_t)between(r, 1, UINT32_MAX - 1), 8);
}

static void offsets_swapped(fixture *f, rng *r)
{
    patch(f, AT_OFFSET, 160, 8);
    patch(f, AT_OFFSET_B, 32 * (uint64_t)rng_next_below(r, 4), 8);
}

static void tensor_past_the_file(fixture *f, rng *r)
{
    buffer_truncate(&f->b, f->b.len - between(r, 1, FIXTURE_DATA_BYTES));
}

static void tensor_far_past_the_file(fixture *f, rng *r)
{
    patch(f, AT_DIM_1, between(r, 3, UINT32_MAX - 1), 8);
}

static void header_cut(fixture *f, rng *r)
{
    buffer_truncate(&f->b, rng_next_below(r, (uint32_t)f->at[AT_DATA] - 31));
}

static void alignment_no_power_of_two(fixture *f, rng *r)
{
    const uint32_t value = rng_next(r) | 3u;
    patch(f, AT_ALIGNMENT, rng_next_below(r, 8) == 0 ? rng_next_below(r, 8) : value, 4);
}

static void alignment_large(fixture *f, rng *r)
{
    patch(f, AT_ALIGNMENT, UINT64_C(1) << between(r, 21, 31), 4);
}

static void alignment_type_confused(fixture *f, rng *r)
{
    static const uint8_t TYPES[] = {GGUF_I32, GGUF_F32};
    patch(f, AT_ALIGNMENT_TYPE, TYPES[rng_next_below(r, 2)], 4);
}

/* The file as a whole. */

static void magic_wrong(fixture *f, rng *r)
{
    patch(f, AT_MAGIC, rng_next(r) | 1u << 31, 4);
}

static void version_unknown(fixture *f, rng *r)
{
    patch(f, AT_VERSION, rng_next_below(r, 4) == 0 ? rng_next_below(r, 2) : between(r, 4, 1u << 31),
          4);
}

static void big_endian(fixture *f, rng *r)
{
    patch(f, AT_VERSION, between(r, 1, 3) << 24, 4);
    patch(f, AT_N_TENSORS, (uint64_t)between(r, 1, 255) << 56, 8);
}

/* A GGUF file behind something else. */
static void bytes_before(fixture *f, rng *r)
{
    const size_t n = between(r, 1, 64);
    const size_t len = f->b.len;
    gguf_put_zeros(&f->b, n);
    memmove(f->b.ptr + n, f->b.ptr, len);
    memset(f->b.ptr, (int)between(r, 0, 255), n);
    f->b.ptr[0] = '%';
}

static void bytes_behind(fixture *f, rng *r)
{
    for (uint32_t n = between(r, 1, 2000); n > 0; n--) {
        gguf_put(&f->b, rng_next(r) & 0xFF, 1);
    }
}

static void part_of_a_split(fixture *f, rng *r)
{
    buffer_truncate(&f->b, f->at[AT_KEY_LENGTH]);
    gguf_put_key(&f->b, "split.count", GGUF_U16);
    gguf_put(&f->b, between(r, 2, 65535), 2);
    gguf_put_zeros(&f->b, 200);
    patch(f, AT_N_KEYS, 1, 8);
}

static void noise_after_the_counts(fixture *f, rng *r)
{
    for (size_t i = 24; i < f->b.len; i++) {
        f->b.ptr[i] = (char)rng_next(r);
    }
}

static void noise_in_the_header(fixture *f, rng *r)
{
    const uint32_t n = between(r, 1, 16);
    const uint32_t start = 8 + rng_next_below(r, (uint32_t)f->at[AT_DATA] - 8 - n);
    for (uint32_t i = 0; i < n; i++) {
        f->b.ptr[start + i] = (char)rng_next(r);
    }
}

const gguf_class GGUF_CLASSES[] = {
    {"key count wraps", CLASS_REFUSED, key_count_wraps},
    {"key count too large", CLASS_REFUSED, key_count_too_large},
    {"key count too small", CLASS_REFUSED, key_count_too_small},
    {"tensor count wraps", CLASS_REFUSED, tensor_count_wraps},
    {"tensor count too large", CLASS_REFUSED, tensor_count_too_large},
    {"tensor count too small", CLASS_ACCEPTED, tensor_count_too_small},
    {"key length wraps", CLASS_REFUSED, key_length_wraps},
    {"key length off", CLASS_EITHER, key_length_off},
    {"string length wraps", CLASS_REFUSED, string_length_wraps},
    {"string length off", CLASS_EITHER, string_length_off},
    {"string without end", CLASS_REFUSED, string_without_end},
    {"string array count wraps", CLASS_REFUSED, strings_count_wraps},
    {"string array count off", CLASS_REFUSED, strings_count_off},
    {"string array element wraps", CLASS_REFUSED, strings_element_wraps},
    {"number array count wraps", CLASS_REFUSED, numbers_count_wraps},
    {"number array bytes wrap", CLASS_REFUSED, numbers_bytes_wrap},
    {"name length wraps", CLASS_REFUSED, name_length_wraps},
    {"name too long", CLASS_REFUSED, name_too_long},
    {"value type unknown", CLASS_REFUSED, value_type_unknown},
    {"value type confused", CLASS_EITHER, value_type_confused},
    {"array type unknown", CLASS_REFUSED, array_type_unknown},
    {"array type confused", CLASS_EITHER, array_type_confused},
    {"nested arrays", CLASS_REFUSED, nested_arrays},
    {"bool not 0 or 1", CLASS_REFUSED, bool_not_0_or_1},
    {"bool in array not 0 or 1", CLASS_REFUSED, bool_in_array_not_0_or_1},
    {"float not finite", CLASS_ACCEPTED, float_not_finite},
    {"tensor type unknown", CLASS_REFUSED, tensor_type_unknown},
    {"tensor type confused", CLASS_REFUSED, tensor_type_confused},
    {"key with control", CLASS_REFUSED, key_with_control},
    {"key not ASCII", CLASS_REFUSED, key_not_ascii},
    {"name with control", CLASS_REFUSED, name_with_control},
    {"name ill-formed", CLASS_REFUSED, name_ill_formed},
    {"same key many times", CLASS_REFUSED, same_key_many_times},
    {"same name many times", CLASS_REFUSED, same_name_many_times},
    {"dimensions none or many", CLASS_REFUSED, dimensions_none_or_many},
    {"dimension zero", CLASS_REFUSED, dimension_zero},
    {"dimension wraps", CLASS_REFUSED, dimension_wraps},
    {"dimensions wrap", CLASS_REFUSED, dimensions_wrap},
    {"bytes wrap", CLASS_REFUSED, bytes_wrap},
    {"padding wraps", CLASS_REFUSED, padding_wraps},
    {"row not whole blocks", CLASS_REFUSED, row_not_whole_blocks},
    {"offset not aligned", CLASS_REFUSED, offset_not_aligned},
    {"offset overlaps", CLASS_REFUSED, offset_overlaps},
    {"offset wraps", CLASS_REFUSED, offset_wraps},
    {"offset leaves hole", CLASS_REFUSED, offset_leaves_hole},
    {"offsets swapped", CLASS_REFUSED, offsets_swapped},
    {"tensor past the file", CLASS_REFUSED, tensor_past_the_file},
    {"tensor far past the file", CLASS_REFUSED, tensor_far_past_the_file},
    {"header cut", CLASS_REFUSED, header_cut},
    {"alignment no power of two", CLASS_REFUSED, alignment_no_power_of_two},
    {"alignment large", CLASS_REFUSED, alignment_large},
    {"alignment type confused", CLASS_REFUSED, alignment_type_confused},
    {"magic wrong", CLASS_REFUSED, magic_wrong},
    {"version unknown", CLASS_REFUSED, version_unknown},
    {"big-endian", CLASS_REFUSED, big_endian},
    {"bytes before the file", CLASS_REFUSED, bytes_before},
    {"bytes behind the file", CLASS_ACCEPTED, bytes_behind},
    {"part of a split", CLASS_REFUSED, part_of_a_split},
    {"noise after the counts", CLASS_REFUSED, noise_after_the_counts},
    {"noise in the header", CLASS_EITHER, noise_in_the_header},
};

const size_t N_GGUF_CLASSES = sizeof(GGUF_CLASSES) / sizeof(GGUF_CLASSES[0]);
