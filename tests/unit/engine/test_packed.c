/*
 * test_packed.c - a model opened from its packed form: the same bits, and refusal of any other form.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/map.h"
#include "base/memory.h"
#include "base/rng.h"
#include "engine_fixture.h"
#include "kernel/kernel.h"

enum { N_TOKENS = 40, CAPACITY = 64 };

static const cache_source SOURCE = {
    .file = {.size_bytes = 1, .inode = 2, .mtime_ns = 3, .ctime_ns = 4}};

/* The packed form of the fixture's engine, in memory of its own. */
typedef struct packed_file {
    unsigned char *data;
    size_t size_bytes;
} packed_file;

static int write_packed(const engine *e)
{
    char path[] = "/tmp/huis-packed-XXXXXX";
    const int fd = mkstemp(path);
    cache_writer w;
    assert_true(fd >= 0);
    (void)unlink(path);
    assert_int_equal(engine_packed_writer(e, fd, &SOURCE, &w, NULL), HUIS_OK);
    while (cache_writer_is_busy(&w)) {
        assert_int_equal(cache_writer_step(&w, NULL), HUIS_OK);
    }
    return fd;
}

static packed_file make_packed(const engine *e)
{
    const int fd = write_packed(e);
    file_map mapped;
    assert_int_equal(cache_file_verify(fd, &SOURCE, CACHE_LAYOUT_PACKED_MODEL, NULL), HUIS_OK);
    assert_int_equal(file_map_from_fd(&mapped, fd, "packed", NULL), HUIS_OK);
    (void)close(fd);
    const packed_file p = {memory_alloc_aligned(4096, mapped.size_bytes), mapped.size_bytes};
    assert_non_null(p.data);
    memcpy(p.data, mapped.data, mapped.size_bytes);
    file_map_close(&mapped);
    return p;
}

static engine_options with(const packed_file *p, const char *level)
{
    return (engine_options){.n_threads = 2,
                            .level = level,
                            .packed = span_from((const char *)p->data, p->size_bytes),
                            .source = &SOURCE};
}

static void run(engine_context *c, float *out_logits)
{
    int32_t tokens[N_TOKENS];
    fixture_tokens(tokens, N_TOKENS);
    assert_int_equal(engine_prefill_logits(c, tokens, N_TOKENS, out_logits, NULL), HUIS_OK);
}

static void check_same_top(engine_context *a, engine_context *b)
{
    enum { N = 8 };
    const int32_t token = 65;
    engine_candidate expected[N], best[N];
    for (int i = 0; i < 2; i++) {
        engine_context *const c = i == 0 ? a : b;
        assert_int_equal(engine_prefill_deferred(c, &token, 1, NULL, NULL, NULL), HUIS_OK);
        assert_int_equal(engine_top(c, i == 0 ? expected : best, N), N);
        engine_context_truncate(c, N_TOKENS);
    }
    assert_memory_equal(best, expected, sizeof(best));
}

/* The same bytes as a file. */
static int file_of(const packed_file *p)
{
    const int fd = memfd_create("packed", MFD_CLOEXEC);
    assert_true(fd > 0);
    assert_int_equal(write(fd, p->data, p->size_bytes), p->size_bytes);
    return fd;
}

/* With a coarse copy of the head, if `coarse_min_bytes` is small. */
static void check_same_bits(const toy_options *toy, uint32_t coarse_min_bytes)
{
    static float expected[N_TOKENS * TOY_N_VOCAB], logits[N_TOKENS * TOY_N_VOCAB];
    fixture made, attached;
    const engine_options to_make = {.coarse_min_bytes = coarse_min_bytes};
    fixture_open(&made, toy, &to_make, CAPACITY);
    assert_false(engine_get_info(made.e)->is_attached);
    run(made.c, expected);
    packed_file p = make_packed(made.e);
    const int fd = file_of(&p);
    file_map mapped;
    assert_int_equal(file_map_from_fd(&mapped, fd, "packed", NULL), HUIS_OK);
    for (size_t i = 0; kernel_level_at(i / 2) != NULL; i++) {
        engine_options options = with(&p, kernel_level_at(i / 2)->level);
        options.coarse_min_bytes = coarse_min_bytes;
        if (i % 2 == 1) {
            options.packed = span_from((const char *)mapped.data, mapped.size_bytes);
            options.packed_fd = fd;
        }
        fixture_open(&attached, toy, &options, CAPACITY);
        assert_true(engine_get_info(attached.e)->is_attached);
        run(attached.c, logits);
        check_same_top(made.c, attached.c);
        assert_memory_equal(logits, expected, sizeof(logits));
        cache_writer w;
        assert_int_equal(engine_packed_writer(attached.e, 1, &SOURCE, &w, NULL),
                         HUIS_E_BAD_ARGUMENT);
        fixture_close(&attached);
    }
    fixture_close(&made);
    file_map_close(&mapped);
    (void)close(fd);
    memory_free(p.data);
}

static void every_type_gives_the_same_bits(void **state)
{
    (void)state;
    static const tensor_type TYPES[] = {TENSOR_Q4_0,  TENSOR_Q4_1, TENSOR_Q5_0,   TENSOR_Q5_1,
                                        TENSOR_Q8_0,  TENSOR_Q2_K, TENSOR_Q3_K,   TENSOR_Q4_K,
                                        TENSOR_Q5_K,  TENSOR_Q6_K, TENSOR_IQ4_NL, TENSOR_IQ4_XS,
                                        TENSOR_MXFP4, TENSOR_F16,  TENSOR_BF16,   TENSOR_F32};
    for (size_t i = 0; i < sizeof(TYPES) / sizeof(TYPES[0]); i++) {
        toy_options toy = toy_options_default(i % 2 == 0 ? "llama" : "qwen2");
        toy.n_embd = 256;
        toy.n_ff = 512;
        toy.type = TYPES[i];
        toy.down_type = TYPES[i];
        toy.tied = i % 3 == 0;
        check_same_bits(&toy, 0);
        if (TYPES[i] == TENSOR_Q8_0 || TYPES[i] == TENSOR_Q6_K) {
            toy.head_type = TYPES[i];
            check_same_bits(&toy, 1);
        }
    }
}

/* A file that is shorter than its mapping, and one that cannot be read: rows come from the mapping. */
static void rows_that_cannot_be_read_are_mapped(void **state)
{
    (void)state;
    toy_options toy = toy_options_default("qwen2");
    toy.tied = false;
    toy.head_type = TENSOR_Q8_0;
    fixture made;
    fixture_open(&made, &toy, &(engine_options){.coarse_min_bytes = 1}, CAPACITY);
    packed_file p = make_packed(made.e);
    const int whole = file_of(&p);
    const int fds[] = {file_of(&p), open("/", O_RDONLY | O_CLOEXEC)};
    file_map mapped;
    assert_int_equal(file_map_from_fd(&mapped, whole, "packed", NULL), HUIS_OK);
    assert_int_equal(ftruncate(fds[0], 64), 0);
    for (size_t i = 0; i < 2; i++) {
        fixture f;
        engine_options options = with(&p, NULL);
        options.packed = span_from((const char *)mapped.data, mapped.size_bytes);
        options.coarse_min_bytes = 1;
        options.packed_fd = fds[i];
        fixture_open(&f, &toy, &options, CAPACITY);
        assert_true(engine_get_info(f.e)->is_attached);
        engine_context_truncate(made.c, 0);
        check_same_top(made.c, f.c);
        fixture_close(&f);
        (void)close(fds[i]);
    }
    fixture_close(&made);
    file_map_close(&mapped);
    (void)close(whole);
    memory_free(p.data);
}

/* Whether a model opens from `p`; it must open in any case. */
static bool attaches(const fixture *f, const packed_file *p)
{
    const engine_options options = with(p, NULL);
    engine *e = NULL;
    assert_int_equal(engine_open(&e, (const unsigned char *)f->file.ptr, f->file.len, "toy.gguf",
                                 &options, NULL),
                     HUIS_OK);
    const bool is_attached = engine_get_info(e)->is_attached;
    engine_close(e);
    return is_attached;
}

static void cuts_and_flips_are_refused(void **state)
{
    (void)state;
    const toy_options toy = toy_options_default("llama");
    fixture f;
    fixture_open(&f, &toy, NULL, 0);
    packed_file p = make_packed(f.e);
    cache_file file;
    assert_int_equal(cache_file_check(&file, span_from((const char *)p.data, p.size_bytes),
                                      p.size_bytes, &SOURCE, CACHE_LAYOUT_PACKED_MODEL, NULL),
                     HUIS_OK);
    for (uint32_t i = 0; i < file.n_sections; i++) {
        const packed_file cut = {p.data, file.sections[i].offset};
        const packed_file within = {p.data, file.sections[i].offset + 1};
        assert_false(attaches(&f, &cut));
        assert_false(attaches(&f, &within));
    }
    const size_t head = sizeof(cache_header) + file.n_sections * sizeof(cache_section);
    for (size_t i = 0; i < head; i += 7) {
        p.data[i] ^= 4;
        assert_false(attaches(&f, &p));
        p.data[i] ^= 4;
    }
    assert_true(attaches(&f, &p));
    fixture_close(&f);
    memory_free(p.data);
}

/* The same identity and layout, and rightly summed, but of a model of another shape or type. */
static void the_form_of_another_model_is_refused(void **state)
{
    (void)state;
    toy_options toy = toy_options_default("llama");
    fixture f;
    fixture_open(&f, &toy, NULL, 0);
    for (int i = 0; i < 4; i++) {
        toy_options other = toy;
        other.n_layers += i == 0 ? 1 : 0;
        other.n_ff += i == 1 ? 32 : 0;
        other.down_type = i == 2 ? TENSOR_Q8_0 : other.down_type;
        other.tied = i == 3 ? !toy.tied : toy.tied;
        fixture of_other;
        fixture_open(&of_other, &other, NULL, 0);
        packed_file p = make_packed(of_other.e);
        assert_false(attaches(&f, &p));
        assert_true(attaches(&of_other, &p));
        fixture_close(&of_other);
        memory_free(p.data);
    }
    fixture_close(&f);
}

/* Damage that only huis model verify sees gives wrong numbers at worst. */
static void damaged_contents_are_safe(void **state)
{
    (void)state;
    static float logits[N_TOKENS * TOY_N_VOCAB];
    const toy_options toy = toy_options_default("llama");
    fixture f;
    fixture_open(&f, &toy, NULL, 0);
    packed_file p = make_packed(f.e);
    cache_file file;
    assert_int_equal(cache_file_check(&file, span_from((const char *)p.data, p.size_bytes),
                                      p.size_bytes, &SOURCE, CACHE_LAYOUT_PACKED_MODEL, NULL),
                     HUIS_OK);
    uint32_t first = 0;
    while (file.sections[first].kind >= 64) {
        first++;
    }
    assert_true(first > 0);
    for (size_t i = file.sections[first].offset; i < p.size_bytes; i++) {
        p.data[i] ^= (unsigned char)(i * 2654435761u >> 7);
    }
    const engine_options options = with(&p, NULL);
    fixture bent;
    int32_t tokens[N_TOKENS];
    fixture_tokens(tokens, N_TOKENS);
    fixture_open(&bent, &toy, &options, CAPACITY);
    assert_true(engine_get_info(bent.e)->is_attached);
    (void)engine_prefill_logits(bent.c, tokens, N_TOKENS, logits, NULL);
    fixture_close(&bent);
    fixture_close(&f);
    memory_free(p.data);
}

/* Bent tables of a vocabulary are refused, or safe to use. */
static void bent_vocabularies_are_safe(void **state)
{
    (void)state;
    const toy_options toy = toy_options_default("qwen2");
    fixture f;
    rng r;
    fixture_open(&f, &toy, NULL, 0);
    packed_file p = make_packed(f.e);
    cache_file file;
    assert_int_equal(cache_file_check(&file, span_from((const char *)p.data, p.size_bytes),
                                      p.size_bytes, &SOURCE, CACHE_LAYOUT_PACKED_MODEL, NULL),
                     HUIS_OK);
    rng_init(&r, 7);
    const engine_options options = with(&p, NULL);
    int n_refused = 0;
    for (int i = 0; i < 3000; i++) {
        const cache_section *const s = &file.sections[rng_next_below(&r, 10)];
        assert_true(s->kind >= 64);
        const size_t at = s->offset + rng_next_below(&r, (uint32_t)s->size_bytes);
        const unsigned char before = p.data[at];
        p.data[at] ^= (unsigned char)(1 << rng_next_below(&r, 8));
        engine *e = NULL;
        assert_int_equal(engine_open(&e, (const unsigned char *)f.file.ptr, f.file.len, "toy.gguf",
                                     &options, NULL),
                         HUIS_OK);
        n_refused += engine_get_info(e)->is_attached ? 0 : 1;
        token_list ids;
        token_list_init(&ids);
        const vocab *const v = engine_vocab(e);
        const vocab_encode_options encode = {.parse_special = i % 2 == 0};
        (void)vocab_encode(v, SPAN("the quick <|im_end|> fox \xc3\xa9t\xc3\xa9"), &encode, &ids,
                           NULL);
        for (size_t j = 0; j < ids.count; j++) {
            assert_in_range(ids.ids[j], 0, TOY_N_VOCAB - 1);
            (void)vocab_bytes(v, ids.ids[j]);
        }
        token_list_deinit(&ids);
        engine_close(e);
        p.data[at] = before;
    }
    assert_true(n_refused > 300);
    assert_true(attaches(&f, &p));
    fixture_close(&f);
    memory_free(p.data);
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    const toy_options toy = toy_options_default("qwen2");
    fixture f;
    fixture_open(&f, &toy, NULL, 0);
    packed_file p = make_packed(f.e);
    const engine_options options = with(&p, NULL);
    bool done = false;
    for (uint64_t i = 0; !done && i < 10000; i++) {
        engine *e = NULL;
        memory_fail_after(i);
        const int status = engine_open(&e, (const unsigned char *)f.file.ptr, f.file.len,
                                       "toy.gguf", &options, NULL);
        memory_fail_after(UINT64_MAX);
        assert_true(status == HUIS_OK || status == HUIS_E_NO_MEMORY);
        done = status == HUIS_OK && engine_get_info(e)->is_attached;
        engine_close(e);
    }
    assert_true(done);
    fixture_close(&f);
    memory_free(p.data);
}

/* A change of panels, of their order or of the tables must change CACHE_LAYOUT_PACKED_MODEL, or old
 * files would be used: then set the new sum here too. (It also changes with the toy models.) */
static void the_layout_has_its_number(void **state)
{
    (void)state;
    static const uint64_t SUMS[] = {0,
                                    0xd3f9eb5189a2b134,
                                    0xd3f9eb5189a2b134,
                                    0x4da5005efdb130fd,
                                    0x4da5005efdb130fd,
                                    0xe5f721858311947d};
    static const tensor_type TYPES[] = {TENSOR_Q4_K, TENSOR_Q8_0, TENSOR_Q6_K, TENSOR_Q4_1,
                                        TENSOR_Q5_0, TENSOR_Q5_1, TENSOR_Q4_0, TENSOR_IQ4_XS};
    uint64_t sum = 0;
    for (size_t i = 0; i < sizeof(TYPES) / sizeof(TYPES[0]); i++) {
        toy_options toy = toy_options_default("qwen2");
        toy.n_embd = 256;
        toy.n_ff = 256;
        toy.type = TYPES[i];
        toy.down_type = TYPES[i];
        fixture f;
        toy.head_type = TYPES[i];
        fixture_open(&f, &toy, &(engine_options){.coarse_min_bytes = 1}, 0);
        packed_file p = make_packed(f.e);
        cache_file file;
        assert_int_equal(cache_file_check(&file, span_from((const char *)p.data, p.size_bytes),
                                          p.size_bytes, &SOURCE, CACHE_LAYOUT_PACKED_MODEL, NULL),
                         HUIS_OK);
        for (uint32_t j = 0; j < file.n_sections; j++) {
            const cache_section *const s = &file.sections[j];
            if (s->kind >= 64) {
                continue; /* tables with seeds */
            }
            const uint64_t words[] = {s->kind, s->form, s->n_rows, s->n_cols, s->check};
            sum = map_hash(span_from((const char *)words, sizeof(words)), sum);
        }
        fixture_close(&f);
        memory_free(p.data);
    }
    if (sum != SUMS[CACHE_LAYOUT_PACKED_MODEL]) {
        fail_msg("layout %d has the sum 0x%llx", (int)CACHE_LAYOUT_PACKED_MODEL,
                 (unsigned long long)sum);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_gives_the_same_bits),
        cmocka_unit_test(rows_that_cannot_be_read_are_mapped),
        cmocka_unit_test(cuts_and_flips_are_refused),
        cmocka_unit_test(the_form_of_another_model_is_refused),
        cmocka_unit_test(damaged_contents_are_safe),
        cmocka_unit_test(bent_vocabularies_are_safe),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(the_layout_has_its_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
