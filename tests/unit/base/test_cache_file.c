/*
 * test_cache_file.c - cache files: written whole, and refused when anything of them is wrong.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "base/cache_file.h"
#include "base/file.h"
#include "base/memory.h"

enum { N_SECTIONS = 3, LAYOUT = 7 };

static const cache_source SOURCE = {
    .file = {.size_bytes = 1000, .inode = 5, .mtime_ns = 17, .ctime_ns = 18}};
static unsigned char content[3][2500000];
static const unsigned char *const PARTS[N_SECTIONS] = {content[0], content[1], content[2]};

static void make_sections(cache_section out[N_SECTIONS])
{
    static const uint64_t SIZES[N_SECTIONS] = {100, 2500000, 1};
    uint64_t offset = cache_file_head_bytes(N_SECTIONS);
    for (uint32_t i = 0; i < N_SECTIONS; i++) {
        out[i] =
            (cache_section){.kind = i + 1, .n_rows = 3, .offset = offset, .size_bytes = SIZES[i]};
        offset = (offset + SIZES[i] + 127) & ~UINT64_C(63);
    }
    for (size_t i = 0; i < sizeof(content); i++) {
        content[i / sizeof(content[0])][i % sizeof(content[0])] = (unsigned char)(i * 31 >> 3);
    }
}

/* An unlinked file with what a writer has written. */
static int write_file(int *out_status)
{
    char path[] = "/tmp/huis-cache-XXXXXX";
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    (void)unlink(path);
    cache_section sections[N_SECTIONS];
    cache_writer w;
    make_sections(sections);
    assert_int_equal(cache_writer_init(&w, fd, &SOURCE, LAYOUT, sections, PARTS, N_SECTIONS, NULL),
                     HUIS_OK);
    int status = HUIS_OK;
    int n_steps = 0;
    while (cache_writer_is_busy(&w)) {
        /* Whatever is there of a file that is not finished, it is refused. */
        assert_int_equal(cache_file_check_fd(fd, &SOURCE, LAYOUT, NULL), HUIS_E_BAD_FILE);
        status = cache_writer_step(&w, NULL);
        n_steps++;
    }
    assert_true(n_steps > 2 || status != HUIS_OK);
    *out_status = status;
    return fd;
}

static int must_write(void)
{
    int status = HUIS_OK;
    const int fd = write_file(&status);
    assert_int_equal(status, HUIS_OK);
    return fd;
}

static void what_is_written_is_found(void **state)
{
    (void)state;
    const int fd = must_write();
    file_map map;
    cache_file file;
    assert_int_equal(cache_file_check_fd(fd, &SOURCE, LAYOUT, NULL), HUIS_OK);
    assert_int_equal(cache_file_verify(fd, &SOURCE, LAYOUT, NULL), HUIS_OK);
    assert_int_equal(file_map_from_fd(&map, fd, "cache", NULL), HUIS_OK);
    const span all = span_from((const char *)map.data, map.size_bytes);
    assert_int_equal(cache_file_check(&file, all, all.len, &SOURCE, LAYOUT, NULL), HUIS_OK);
    assert_int_equal(file.n_sections, N_SECTIONS);
    for (uint32_t i = 0; i < N_SECTIONS; i++) {
        const cache_section *const s = &file.sections[i];
        assert_int_equal(s->kind, i + 1);
        assert_memory_equal(map.data + s->offset, PARTS[i], s->size_bytes);
    }
    file_map_close(&map);
    (void)close(fd);
}

static void a_foreign_or_stale_one_is_refused(void **state)
{
    (void)state;
    const int fd = must_write();
    cache_source other = SOURCE;
    assert_int_equal(cache_file_check_fd(fd, &SOURCE, LAYOUT + 1, NULL), HUIS_E_BAD_FILE);
    other.file.size_bytes++;
    assert_int_equal(cache_file_check_fd(fd, &other, LAYOUT, NULL), HUIS_E_BAD_FILE);
    other = SOURCE;
    other.file.mtime_ns++;
    assert_int_equal(cache_file_check_fd(fd, &other, LAYOUT, NULL), HUIS_E_BAD_FILE);
    other = SOURCE;
    other.file.inode++;
    assert_int_equal(cache_file_check_fd(fd, &other, LAYOUT, NULL), HUIS_E_BAD_FILE);
    other = SOURCE;
    assert_false(cache_source_set_sha256(&other, SPAN("00ff")));
    assert_int_equal(cache_file_check_fd(fd, &other, LAYOUT, NULL), HUIS_OK);
    assert_true(cache_source_set_sha256(
        &other, SPAN("00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff")));
    assert_int_equal(cache_file_check_fd(fd, &other, LAYOUT, NULL), HUIS_E_BAD_FILE);
    (void)close(fd);
}

static void every_bit_of_header_and_table_counts(void **state)
{
    (void)state;
    const int fd = must_write();
    const off_t head_bytes = (off_t)(sizeof(cache_header) + N_SECTIONS * sizeof(cache_section));
    for (off_t i = 0; i < head_bytes; i++) {
        unsigned char byte = 0;
        assert_int_equal(pread(fd, &byte, 1, i), 1);
        for (int bit = 0; bit < 8; bit++) {
            const unsigned char bent = (unsigned char)(byte ^ 1 << bit);
            assert_int_equal(pwrite(fd, &bent, 1, i), 1);
            assert_int_equal(cache_file_check_fd(fd, &SOURCE, LAYOUT, NULL), HUIS_E_BAD_FILE);
        }
        assert_int_equal(pwrite(fd, &byte, 1, i), 1);
    }
    assert_int_equal(cache_file_check_fd(fd, &SOURCE, LAYOUT, NULL), HUIS_OK);
    (void)close(fd);
}

static void contents_are_read_by_verify_only(void **state)
{
    (void)state;
    const int fd = must_write();
    cache_section sections[N_SECTIONS];
    make_sections(sections);
    for (size_t i = 0; i < N_SECTIONS; i++) {
        const off_t last = (off_t)(sections[i].offset + sections[i].size_bytes - 1);
        unsigned char byte = 0;
        assert_int_equal(pread(fd, &byte, 1, last), 1);
        byte ^= 1;
        assert_int_equal(pwrite(fd, &byte, 1, last), 1);
        assert_int_equal(cache_file_check_fd(fd, &SOURCE, LAYOUT, NULL), HUIS_OK);
        assert_int_equal(cache_file_verify(fd, &SOURCE, LAYOUT, NULL), HUIS_E_BAD_FILE);
        byte ^= 1;
        assert_int_equal(pwrite(fd, &byte, 1, last), 1);
    }
    assert_int_equal(cache_file_verify(fd, &SOURCE, LAYOUT, NULL), HUIS_OK);
    (void)close(fd);
}

/* At each border, one before and one after it; longer as well. */
static void a_cut_one_is_refused(void **state)
{
    (void)state;
    const int fd = must_write();
    cache_section sections[N_SECTIONS];
    make_sections(sections);
    const cache_section *const last = &sections[N_SECTIONS - 1];
    const off_t size = (off_t)(last->offset + last->size_bytes);
    assert_int_equal(ftruncate(fd, size + 1), 0);
    assert_int_equal(cache_file_check_fd(fd, &SOURCE, LAYOUT, NULL), HUIS_E_BAD_FILE);
    assert_int_equal(ftruncate(fd, size), 0);
    assert_int_equal(cache_file_check_fd(fd, &SOURCE, LAYOUT, NULL), HUIS_OK);
    for (size_t i = N_SECTIONS; i-- > 0;) {
        const off_t borders[] = {(off_t)(sections[i].offset + sections[i].size_bytes) - 1,
                                 (off_t)sections[i].offset + 1, (off_t)sections[i].offset};
        for (size_t j = 0; j < 3; j++) {
            assert_int_equal(ftruncate(fd, borders[j]), 0);
            assert_int_equal(cache_file_check_fd(fd, &SOURCE, LAYOUT, NULL),
                             borders[j] == size ? HUIS_OK : HUIS_E_BAD_FILE);
        }
    }
    for (off_t n = (off_t)cache_file_head_bytes(N_SECTIONS); n-- > 0;) {
        assert_int_equal(ftruncate(fd, n), 0);
        assert_int_equal(cache_file_check_fd(fd, &SOURCE, LAYOUT, NULL), HUIS_E_BAD_FILE);
    }
    (void)close(fd);
}

/* A table that is summed rightly but says what cannot be. */
static void places_are_checked(void **state)
{
    (void)state;
    cache_section good[N_SECTIONS];
    make_sections(good);
    for (int fault = 0; fault < 5; fault++) {
        cache_section sections[N_SECTIONS];
        memcpy(sections, good, sizeof(good));
        sections[1].offset += fault == 0 ? 32 : 0;                             /* alignment */
        sections[1].offset = fault == 1 ? good[0].offset : sections[1].offset; /* overlap */
        sections[0].offset = fault == 2 ? 64 : sections[0].offset;             /* in the table */
        sections[1].size_bytes = fault == 3 ? 0 : sections[1].size_bytes;
        sections[0].size_bytes = fault == 4 ? UINT64_MAX - 100 : sections[0].size_bytes;
        char path[] = "/tmp/huis-cache-XXXXXX";
        const int fd = mkstemp(path);
        assert_true(fd >= 0);
        (void)unlink(path);
        cache_writer w;
        assert_int_equal(
            cache_writer_init(&w, fd, &SOURCE, LAYOUT, sections, PARTS, N_SECTIONS, NULL), HUIS_OK);
        w.i_section = N_SECTIONS; /* head only */
        assert_int_equal(ftruncate(fd, (off_t)w.header.file_bytes), 0);
        assert_int_equal(cache_writer_step(&w, NULL), HUIS_OK);
        huis_error err = {0};
        assert_int_equal(cache_file_check_fd(fd, &SOURCE, LAYOUT, &err), HUIS_E_BAD_FILE);
        assert_non_null(strstr(err.message, "out of place"));
        (void)close(fd);
    }
}

/* A limit of file size stands for a full disk: both make write() fail half way. */
static void a_full_disk_leaves_no_header(void **state)
{
    (void)state;
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    (void)signal(SIGXFSZ, SIG_IGN);
    static const rlim_t ROOM[] = {0, 100, 1000000, 2500000};
    for (size_t i = 0; i < sizeof(ROOM) / sizeof(ROOM[0]); i++) {
        const struct rlimit limit = {ROOM[i], before.rlim_max};
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
        int status = HUIS_OK;
        const int fd = write_file(&status);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
        assert_true(status < 0);
        assert_int_equal(cache_file_check_fd(fd, &SOURCE, LAYOUT, NULL), HUIS_E_BAD_FILE);
        (void)close(fd);
    }
}

static void no_memory_is_an_error(void **state)
{
    (void)state;
    const int fd = must_write();
    memory_fail_after(0);
    assert_int_equal(cache_file_check_fd(fd, &SOURCE, LAYOUT, NULL), HUIS_E_NO_MEMORY);
    memory_fail_after(1);
    assert_int_equal(cache_file_verify(fd, &SOURCE, LAYOUT, NULL), HUIS_E_NO_MEMORY);
    cache_section sections[N_SECTIONS];
    cache_writer w;
    make_sections(sections);
    for (uint64_t i = 0; i < 2; i++) {
        memory_fail_after(i);
        assert_int_equal(
            cache_writer_init(&w, fd, &SOURCE, LAYOUT, sections, PARTS, N_SECTIONS, NULL),
            HUIS_E_NO_MEMORY);
    }
    memory_fail_after(UINT64_MAX);
    (void)close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_found),
        cmocka_unit_test(a_foreign_or_stale_one_is_refused),
        cmocka_unit_test(every_bit_of_header_and_table_counts),
        cmocka_unit_test(contents_are_read_by_verify_only),
        cmocka_unit_test(a_cut_one_is_refused),
        cmocka_unit_test(places_are_checked),
        cmocka_unit_test(a_full_disk_leaves_no_header),
        cmocka_unit_test(no_memory_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
