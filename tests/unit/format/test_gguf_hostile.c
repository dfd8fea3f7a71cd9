/*
 * test_gguf_hostile.c - damaged files in bulk: every class of gguf_classes.c, truncation at every
 * byte, every flipped bit, every failing allocation.
 *
 * Each input ends at a page that cannot be read, so that a read past the end is a crash in any
 * build. Accepted files must keep the promises of gguf_check.h. Refusals are held to 50 ms of
 * processor time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <malloc.h>
#include <stdio.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "gguf_check.h"
#include "gguf_classes.h"

enum {
    GUARDED_BYTES = 1 << 20,
    VARIANTS = 170, /* of each class: 60 classes, 10,200 files */
    MAX_CPU_US = 50 * 1000,
};

static const char *const SEEDS[] = {"empty.gguf",      "scalars.gguf", "arrays.gguf",
                                    "vocabulary.gguf", "tensors.gguf", "aligned.gguf"};

enum { N_SEEDS = sizeof(SEEDS) / sizeof(SEEDS[0]) };

static unsigned char *guarded_end;
static int64_t slowest_us;

static int map_guarded(void **state)
{
    (void)state;
    unsigned char *const data = mmap(NULL, GUARDED_BYTES + (size_t)sysconf(_SC_PAGESIZE),
                                     PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (data == MAP_FAILED ||
        mprotect(data + GUARDED_BYTES, (size_t)sysconf(_SC_PAGESIZE), PROT_NONE) != 0) {
        return -1;
    }
    guarded_end = data + GUARDED_BYTES;
    return 0;
}

static int64_t cpu_us(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* Parses a copy that ends at the guard page. */
static int parse(const void *bytes, size_t size, bool header_only)
{
    assert_true(size <= GUARDED_BYTES);
    unsigned char *const data = guarded_end - size;
    gguf_table *t = NULL;
    huis_error err = {0};
    if (size > 0) {
        memcpy(data, bytes, size);
    }
    const int64_t start = cpu_us();
    const int status = gguf_parse(&t, data, size, "hostile.gguf", header_only, &err);
    const int64_t took = cpu_us() - start;
    slowest_us = took > slowest_us ? took : slowest_us;
    if (status < 0) {
        gguf_check_refusal(t, status, &err);
        assert_non_null(strstr(err.message, "hostile.gguf: offset "));
        assert_true(took <= MAX_CPU_US);
        return status;
    }
    gguf_check_table(t, size, header_only);
    gguf_free(t);
    return HUIS_OK;
}

static void test_classes(void **state)
{
    (void)state;
    size_t n_accepted = 0;
    for (size_t i = 0; i < N_GGUF_CLASSES; i++) {
        const gguf_class *const class = &GGUF_CLASSES[i];
        for (uint64_t variant = 0; variant < VARIANTS; variant++) {
            fixture f;
            rng r;
            fixture_init(&f);
            rng_init(&r, i * VARIANTS + variant);
            class->change(&f, &r);
            const int status = parse(f.b.ptr, f.b.len, false);
            n_accepted += status == HUIS_OK;
            if ((class->verdict == CLASS_REFUSED && status == HUIS_OK) ||
                (class->verdict == CLASS_ACCEPTED && status != HUIS_OK)) {
                fail_msg("class '%s', variant %u: status %d", class->name, (unsigned)variant,
                         status);
            }
            fixture_deinit(&f);
        }
    }
    print_message("# %zu classes of %d files, %zu accepted; slowest %lld us\n", N_GGUF_CLASSES,
                  VARIANTS, n_accepted, (long long)slowest_us);
}

/* The offset at which the file may end: behind the last tensor, or behind the header. */
static size_t needed_bytes(const file_map *map)
{
    gguf_table *t = NULL;
    assert_int_equal(gguf_parse(&t, map->data, map->size_bytes, "seed", false, NULL), HUIS_OK);
    const size_t n =
        gguf_n_tensors(t) > 0 ? (size_t)gguf_check_tensors(t, map->size_bytes, false) : 0;
    gguf_free(t);
    return n;
}

static void open_seed(file_map *out_map, size_t i)
{
    char path[512];
    (void)snprintf(path, sizeof(path), "%s/%s", SEED_DIR, SEEDS[i]);
    assert_int_equal(file_map_open(out_map, path, NULL), HUIS_OK);
}

static void test_truncation_at_every_byte(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_SEEDS; i++) {
        file_map map;
        open_seed(&map, i);
        const size_t needed = needed_bytes(&map);
        bool header_was_whole = false;
        for (size_t size = 0; size <= map.size_bytes; size++) {
            const bool header_is_whole = parse(map.data, size, true) == HUIS_OK;
            const bool accepted = parse(map.data, size, false) == HUIS_OK;
            assert_true(header_is_whole || !header_was_whole);
            assert_int_equal(accepted, header_is_whole && size >= needed);
            header_was_whole = header_is_whole;
        }
        assert_true(header_was_whole);
        file_map_close(&map);
    }
}

static void test_every_bit_flipped(void **state)
{
    (void)state;
    size_t n_accepted = 0;
    size_t n = 0;
    for (size_t i = 0; i < N_SEEDS; i++) {
        file_map map;
        open_seed(&map, i);
        unsigned char *const copy = memory_alloc(map.size_bytes, 1);
        assert_non_null(copy);
        memcpy(copy, map.data, map.size_bytes);
        for (size_t bit = 0; bit < 8 * map.size_bytes; bit++, n++) {
            copy[bit / 8] ^= (unsigned char)(1u << bit % 8);
            n_accepted += parse(copy, map.size_bytes, false) == HUIS_OK;
            copy[bit / 8] ^= (unsigned char)(1u << bit % 8);
        }
        memory_free(copy);
        file_map_close(&map);
    }
    print_message("# %zu flips, %zu accepted\n", n, n_accepted);
    assert_true(n_accepted > 0 && n_accepted < n);
}

/* The k-th allocation fails, for every k: an ordinary error, and not a byte kept. */
static void test_every_allocation_fails(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_SEEDS; i++) {
        file_map map;
        open_seed(&map, i);
        int status = HUIS_E_NO_MEMORY;
        uint64_t k = 0;
        for (; status != HUIS_OK; k++) {
            gguf_table *t = NULL;
            huis_error err = {0};
            const size_t before = mallinfo2().uordblks;
            memory_fail_after(k);
            status = gguf_parse(&t, map.data, map.size_bytes, SEEDS[i], false, &err);
            memory_fail_after(UINT64_MAX);
            if (status != HUIS_OK) {
                assert_int_equal(status, HUIS_E_NO_MEMORY);
                gguf_check_refusal(t, status, &err);
            }
            gguf_free(t);
            assert_int_equal(mallinfo2().uordblks, before);
        }
        assert_true(k > 2);
        file_map_close(&map);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_classes),
        cmocka_unit_test(test_truncation_at_every_byte),
        cmocka_unit_test(test_every_bit_flipped),
        cmocka_unit_test(test_every_allocation_fails),
    };
    return cmocka_run_group_tests_name("gguf_hostile", tests, map_guarded, NULL);
}
