/*
 * test_gguf_limits.c - files that reach and cross the limits of base/limits.h that need many bytes.
 *
 * The bytes are a sparse map: zeros that are never touched cost nothing. LIMIT_GGUF_TABLE_BYTES is
 * above what the other limits allow together, so that no file reaches it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <sys/mman.h>

#include "base/clock.h"
#include "base/limits.h"
#include "gguf_builder.h"
#include "gguf_check.h"

enum { SPARSE_BYTES = 320 * 1024 * 1024 };

/* A file that is written here and there. */
typedef struct sparse {
    unsigned char *data;
    size_t pos;
} sparse;

static void sparse_init(sparse *s)
{
    s->data = mmap(NULL, SPARSE_BYTES, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    assert_true(s->data != MAP_FAILED);
    s->pos = 0;
}

static void sparse_deinit(sparse *s)
{
    (void)munmap(s->data, SPARSE_BYTES);
}

/* Takes what was built and leaves the buffer empty. */
static void sparse_put(sparse *s, buffer *b)
{
    assert_true(s->pos + b->len <= SPARSE_BYTES);
    memcpy(s->data + s->pos, b->ptr, b->len);
    s->pos += b->len;
    buffer_reset(b);
}

static void expect_refusal(const sparse *s, uint64_t offset, const char *message)
{
    gguf_table *t = NULL;
    huis_error err = {0};
    assert_int_equal(gguf_parse(&t, s->data, SPARSE_BYTES, "limit", true, &err), HUIS_E_BAD_FILE);
    gguf_check_refusal(t, err.status, &err);
    if (strstr(err.message, message) == NULL) {
        fail_msg("message '%s' does not say '%s'", err.message, message);
    }
    assert_int_equal(err.offset, offset);
}

/* Two arrays of 128 MiB leave no room for a third key. */
static void test_header_bytes(void **state)
{
    (void)state;
    sparse s;
    buffer b;
    sparse_init(&s);
    buffer_init(&b, 1000);
    gguf_put_header(&b, 3, 0, 3);
    gguf_put_key_array(&b, "a", GGUF_U64, LIMIT_GGUF_ARRAY_ELEMENTS);
    sparse_put(&s, &b);
    s.pos += 8 * (size_t)LIMIT_GGUF_ARRAY_ELEMENTS;
    gguf_put_key_array(&b, "b", GGUF_U64, LIMIT_GGUF_ARRAY_ELEMENTS - 16);
    sparse_put(&s, &b);
    s.pos += 8 * (size_t)(LIMIT_GGUF_ARRAY_ELEMENTS - 16);
    const size_t last = s.pos;
    gguf_put_key_string(&b, "c",
                        "a string that is longer than what is left of 256 MiB, which is "
                        "16 numbers less the start of two keys");
    sparse_put(&s, &b);
    expect_refusal(&s, last + 8 + 1 + 4 + 8, "past the limit of a header, 268435456 bytes");
    buffer_deinit(&b);
    sparse_deinit(&s);
}

static void test_strings_of_all_arrays(void **state)
{
    (void)state;
    sparse s;
    buffer b;
    sparse_init(&s);
    buffer_init(&b, 1000);
    gguf_put_header(&b, 3, 0, 2);
    gguf_put_key_array(&b, "a", GGUF_STRING, LIMIT_GGUF_STRINGS - 1);
    sparse_put(&s, &b);
    s.pos += 8 * (size_t)(LIMIT_GGUF_STRINGS - 1);
    gguf_put_key_array(&b, "b", GGUF_STRING, 1);
    sparse_put(&s, &b);
    gguf_table *t = NULL;
    const int64_t start = clock_monotonic_us();
    assert_int_equal(gguf_parse(&t, s.data, SPARSE_BYTES, "limit", true, NULL), HUIS_OK);
    print_message("# %u strings in %lld us\n", LIMIT_GGUF_STRINGS,
                  (long long)(clock_monotonic_us() - start));
    gguf_free(t);
    s.data[s.pos - 8] = 2;
    expect_refusal(&s, s.pos - 8, "more than 2097152 strings");
    buffer_deinit(&b);
    sparse_deinit(&s);
}

static void test_one_string_of_an_array(void **state)
{
    (void)state;
    sparse s;
    buffer b;
    sparse_init(&s);
    buffer_init(&b, 1000);
    gguf_put_header(&b, 3, 0, 1);
    gguf_put_key_array(&b, "a", GGUF_STRING, 2);
    gguf_put_string(&b, "x");
    gguf_put(&b, LIMIT_GGUF_STRING_BYTES, 8);
    sparse_put(&s, &b);
    gguf_table *t = NULL;
    assert_int_equal(gguf_parse(&t, s.data, SPARSE_BYTES, "limit", true, NULL), HUIS_OK);
    gguf_free(t);
    s.data[s.pos - 8] = 1;
    expect_refusal(&s, s.pos - 8, "the limit is 16777216");
    buffer_deinit(&b);
    sparse_deinit(&s);
}

/* As many keys and tensors as may be: accepted, and fast. */
static void test_keys_and_tensors(void **state)
{
    (void)state;
    buffer b;
    buffer_init(&b, 64u << 20);
    gguf_put_header(&b, 3, LIMIT_GGUF_TENSORS, LIMIT_GGUF_KEYS);
    for (uint32_t i = 0; i < LIMIT_GGUF_KEYS; i++) {
        char key[16];
        (void)snprintf(key, sizeof(key), "k%u", i);
        gguf_put_key_u32(&b, key, i);
    }
    for (uint32_t i = 0; i < LIMIT_GGUF_TENSORS; i++) {
        char name[16];
        (void)snprintf(name, sizeof(name), "t%u", i);
        gguf_put_tensor(&b, name, 1, (const uint64_t[]){8}, TENSOR_F32, 32 * (uint64_t)i);
    }
    gguf_table *t = NULL;
    const int64_t start = clock_monotonic_us();
    assert_int_equal(gguf_parse(&t, (const unsigned char *)b.ptr, b.len, "limit", true, NULL),
                     HUIS_OK);
    print_message("# %u keys and %u tensors in %lld us\n", LIMIT_GGUF_KEYS, LIMIT_GGUF_TENSORS,
                  (long long)(clock_monotonic_us() - start));
    uint32_t value = 0;
    assert_true(gguf_get_u32(t, "k65535", &value) && value == 65535);
    assert_int_equal(gguf_find_tensor(t, "t65535")->offset,
                     gguf_data_offset(t) + 32 * UINT64_C(65535));
    gguf_check_table(t, b.len, true);
    gguf_free(t);
    buffer_deinit(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_header_bytes),
        cmocka_unit_test(test_strings_of_all_arrays),
        cmocka_unit_test(test_one_string_of_an_array),
        cmocka_unit_test(test_keys_and_tensors),
    };
    return cmocka_run_group_tests_name("gguf_limits", tests, NULL, NULL);
}
