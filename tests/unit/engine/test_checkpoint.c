/*
 * test_checkpoint.c - a checkpoint gives the same bits as computing, and nothing else is accepted.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <stdlib.h>

#include <cmocka.h>

#include "engine/checkpoint.h"
#include "engine_fixture.h"
#include "kernel/kernel.h"

enum { N_TOKENS = 90, CAPACITY = 128 };

static bool append(void *user, span bytes)
{
    return buffer_append(user, bytes);
}

static void write_checkpoint(const engine_context *c, uint32_t n, buffer *out)
{
    buffer_init(out, 64u << 20);
    assert_true(checkpoint_write(c, n, append, out));
    assert_true(buffer_ok(out));
}

/* In pieces of `step` bytes. */
static bool read_checkpoint(engine_context *c, const int32_t *tokens, uint32_t n, span bytes,
                            size_t step)
{
    checkpoint_reader r;
    checkpoint_reader_init(&r, c, tokens, n);
    for (size_t i = 0; i < bytes.len; i += step) {
        const size_t left = bytes.len - i;
        checkpoint_reader_push(&r, span_from(bytes.ptr + i, left < step ? left : step));
    }
    const bool ok = checkpoint_reader_finish(&r);
    assert_int_equal(engine_context_length(c), ok ? n : 0);
    return ok;
}

static void prefill(engine_context *c, const int32_t *tokens, uint32_t n)
{
    huis_error err = {0};
    if (engine_prefill(c, tokens, n, NULL, NULL, &err) != HUIS_OK) {
        fail_msg("%s", err.message);
    }
}

static const uint32_t CUTS[] = {1, 15, 16, 17, 40, 64, 89};

/* From one engine (threads, chunk, level) into another: logits of all that follows are the same. */
static void check_pair(const toy_options *toy, const engine_options *writer,
                       const engine_options *reader)
{
    fixture a, b;
    int32_t tokens[N_TOKENS];
    fixture_tokens(tokens, N_TOKENS);
    fixture_open(&a, toy, writer, CAPACITY);
    fixture_open(&b, toy, reader, CAPACITY / 2 + 40);
    prefill(a.c, tokens, N_TOKENS);
    for (size_t i = 0; i < sizeof(CUTS) / sizeof(CUTS[0]); i++) {
        buffer bytes;
        const uint32_t n = CUTS[i];
        write_checkpoint(a.c, n, &bytes);
        assert_int_equal(bytes.len, checkpoint_bytes(a.e, n));
        char key[2][CHECKPOINT_KEY_LENGTH + 1];
        checkpoint_key(a.e, tokens, n, key[0]);
        checkpoint_key(b.e, tokens, n, key[1]);
        assert_string_equal(key[0], key[1]);
        const size_t step = i % 3 == 0 ? 7 : i % 3 == 1 ? 4096 : bytes.len;
        assert_true(read_checkpoint(b.c, tokens, n, buffer_span(&bytes), step));
        assert_memory_equal(engine_context_tokens(b.c), tokens, n * sizeof(*tokens));
        prefill(b.c, tokens + n, N_TOKENS - n);
        assert_memory_equal(engine_logits(a.c), engine_logits(b.c), TOY_N_VOCAB * sizeof(float));
        buffer_deinit(&bytes);
    }
    fixture_close(&a);
    fixture_close(&b);
}

static void a_checkpoint_is_as_good_as_computing(void **state)
{
    (void)state;
    static const char *const FAMILIES[] = {"llama", "qwen2", "smollm3"};
    for (size_t i = 0; i < sizeof(FAMILIES) / sizeof(FAMILIES[0]); i++) {
        const toy_options toy = toy_options_default(FAMILIES[i]);
        const engine_options one = {.n_threads = 1, .chunk_tokens = 13};
        const engine_options two = {.n_threads = 2};
        check_pair(&toy, &one, &two);
        check_pair(&toy, &two, &one);
    }
}

static void it_is_good_for_every_level(void **state)
{
    (void)state;
    const toy_options toy = toy_options_default("llama");
    for (size_t i = 0; kernel_level_at(i) != NULL; i++) {
        for (size_t j = 0; kernel_level_at(j) != NULL; j++) {
            const engine_options a = {.n_threads = 1, .level = kernel_level_at(i)->level};
            const engine_options b = {.n_threads = 1, .level = kernel_level_at(j)->level};
            check_pair(&toy, &a, &b);
        }
    }
}

/* The bytes are the same whether or not something followed: nothing of it is in them. */
static void nothing_that_followed_is_in_it(void **state)
{
    (void)state;
    fixture f;
    int32_t tokens[N_TOKENS];
    const toy_options toy = toy_options_default("llama");
    const engine_options options = {.n_threads = 1};
    fixture_tokens(tokens, N_TOKENS);
    for (size_t i = 0; i < sizeof(CUTS) / sizeof(CUTS[0]); i++) {
        buffer alone, followed;
        fixture_open(&f, &toy, &options, CAPACITY);
        prefill(f.c, tokens, CUTS[i]);
        write_checkpoint(f.c, CUTS[i], &alone);
        prefill(f.c, tokens, N_TOKENS - CUTS[i]);
        write_checkpoint(f.c, CUTS[i], &followed);
        assert_int_equal(alone.len, followed.len);
        assert_memory_equal(alone.ptr, followed.ptr, alone.len);
        buffer_deinit(&alone);
        buffer_deinit(&followed);
        fixture_close(&f);
    }
}

typedef struct damage_case {
    fixture f;
    int32_t tokens[N_TOKENS];
    buffer bytes;
} damage_case;

enum { N_KEPT = 21 };

static void open_case(damage_case *d)
{
    const toy_options toy = toy_options_default("llama");
    const engine_options options = {.n_threads = 1};
    fixture_tokens(d->tokens, N_TOKENS);
    fixture_open(&d->f, &toy, &options, CAPACITY);
    prefill(d->f.c, d->tokens, N_KEPT);
    write_checkpoint(d->f.c, N_KEPT, &d->bytes);
    assert_true(read_checkpoint(d->f.c, d->tokens, N_KEPT, buffer_span(&d->bytes), 999));
}

static void close_case(damage_case *d)
{
    assert_true(read_checkpoint(d->f.c, d->tokens, N_KEPT, buffer_span(&d->bytes), 999));
    buffer_deinit(&d->bytes);
    fixture_close(&d->f);
}

static void any_bit_counts(void **state)
{
    (void)state;
    damage_case d;
    open_case(&d);
    const size_t n_bits = d.bytes.len * 8;
    const size_t n_every = (CHECKPOINT_HEADER_BYTES + N_KEPT * sizeof(int32_t)) * 8;
    for (size_t bit = 0; bit < n_bits; bit += bit < n_every ? 1 : 997) {
        d.bytes.ptr[bit / 8] = (char)(d.bytes.ptr[bit / 8] ^ (1 << bit % 8));
        if (read_checkpoint(d.f.c, d.tokens, N_KEPT, buffer_span(&d.bytes), 4096)) {
            fail_msg("bit %zu does not count", bit);
        }
        d.bytes.ptr[bit / 8] = (char)(d.bytes.ptr[bit / 8] ^ (1 << bit % 8));
    }
    close_case(&d);
}

static void another_length_is_refused(void **state)
{
    (void)state;
    damage_case d;
    open_case(&d);
    const size_t whole = d.bytes.len;
    for (size_t len = 0; len < whole; len += len < 400 ? 1 : 613) {
        assert_false(read_checkpoint(d.f.c, d.tokens, N_KEPT, span_from(d.bytes.ptr, len), 1000));
    }
    assert_true(buffer_append_byte(&d.bytes, '\0'));
    assert_false(read_checkpoint(d.f.c, d.tokens, N_KEPT, buffer_span(&d.bytes), 1000));
    buffer_truncate(&d.bytes, whole);
    close_case(&d);
}

static void other_tokens_are_refused(void **state)
{
    (void)state;
    damage_case d;
    int32_t other[N_TOKENS];
    char key[2][CHECKPOINT_KEY_LENGTH + 1];
    open_case(&d);
    checkpoint_key(d.f.e, d.tokens, N_KEPT, key[0]);
    for (uint32_t i = 0; i < N_KEPT; i++) {
        memcpy(other, d.tokens, sizeof(other));
        other[i] ^= 1;
        checkpoint_key(d.f.e, other, N_KEPT, key[1]);
        assert_string_not_equal(key[0], key[1]);
        assert_false(read_checkpoint(d.f.c, other, N_KEPT, buffer_span(&d.bytes), 1000));
    }
    assert_false(read_checkpoint(d.f.c, d.tokens, N_KEPT - 1, buffer_span(&d.bytes), 1000));
    assert_false(read_checkpoint(d.f.c, d.tokens, N_KEPT + 1, buffer_span(&d.bytes), 1000));
    close_case(&d);
}

/* Its shape or its rotation is another. */
static void another_model_is_refused(void **state)
{
    (void)state;
    damage_case d;
    open_case(&d);
    const engine_options options = {.n_threads = 1};
    char key[2][CHECKPOINT_KEY_LENGTH + 1];
    checkpoint_key(d.f.e, d.tokens, N_KEPT, key[0]);
    for (int i = 0; i < 3; i++) {
        toy_options toy = toy_options_default(i == 2 ? "qwen2" : "llama");
        toy.n_layers += i == 0 ? 1 : 0;
        toy.rope_freqs = i == 1;
        fixture f;
        fixture_open(&f, &toy, &options, CAPACITY);
        checkpoint_key(f.e, d.tokens, N_KEPT, key[1]);
        assert_string_not_equal(key[0], key[1]);
        assert_false(read_checkpoint(f.c, d.tokens, N_KEPT, buffer_span(&d.bytes), 1000));
        fixture_close(&f);
    }
    close_case(&d);
}

static void a_context_that_is_too_small_is_left_empty(void **state)
{
    (void)state;
    damage_case d;
    engine_context *small = NULL;
    open_case(&d);
    assert_int_equal(engine_context_new(&small, d.f.e, N_KEPT - 1, NULL), HUIS_OK);
    assert_false(read_checkpoint(small, d.tokens, N_KEPT, buffer_span(&d.bytes), 1000));
    assert_null(engine_context_free(small));
    close_case(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_checkpoint_is_as_good_as_computing),
        cmocka_unit_test(it_is_good_for_every_level),
        cmocka_unit_test(nothing_that_followed_is_in_it),
        cmocka_unit_test(any_bit_counts),
        cmocka_unit_test(another_length_is_refused),
        cmocka_unit_test(other_tokens_are_refused),
        cmocka_unit_test(another_model_is_refused),
        cmocka_unit_test(a_context_that_is_too_small_is_left_empty),
    };
    return cmocka_run_group_tests_name("checkpoint", tests, NULL, NULL);
}
