/*
 * test_blob_cache.c - what is written comes back, and nothing else does.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/blob_cache.h"

enum { BLOB_BYTES = 1000, HEADER_BYTES = 160 };

static char parent[] = "/tmp/huis-blobs-XXXXXX";
static char folder[64];
static char blob[BLOB_BYTES];

static blob_id make_id(unsigned which)
{
    blob_id id = {.source = {10, 20, 30, 40}};
    char key[BLOB_KEY_LENGTH + 1];
    (void)snprintf(key, sizeof(key), "%032x", which);
    assert_true(blob_key_set(&id, span_from_string(key)));
    return id;
}

static int write_blob(const blob_id *id, size_t declared, size_t given)
{
    blob_writer w;
    int status = blob_writer_begin(&w, folder, id, "A model", declared, NULL);
    if (status != HUIS_OK) {
        return status;
    }
    status = blob_writer_add(&w, span_from(blob, given), NULL);
    const int closed = blob_writer_close(&w, NULL);
    return status != HUIS_OK ? status : closed;
}

static int read_blob(const blob_id *id)
{
    int fd = -1;
    uint64_t bytes = 0;
    char got[BLOB_BYTES + 1];
    const int status = blob_cache_open(&fd, &bytes, folder, id, NULL);
    if (status == HUIS_OK) {
        assert_int_equal(bytes, BLOB_BYTES);
        assert_int_equal(read(fd, got, sizeof(got)), BLOB_BYTES);
        assert_memory_equal(got, blob, BLOB_BYTES);
        (void)close(fd);
    }
    return status;
}

static void only_file(char out[400])
{
    DIR *const d = opendir(folder);
    size_t n = 0;
    assert_non_null(d);
    for (const struct dirent *e = readdir(d); e != NULL; e = readdir(d)) {
        if (e->d_name[0] != '.') {
            (void)snprintf(out, 400, "%s/%s", folder, e->d_name);
            n++;
        }
    }
    (void)closedir(d);
    assert_int_equal(n, 1);
}

static size_t count_files(void)
{
    size_t files = 0;
    DIR *const d = opendir(folder);
    for (const struct dirent *e = d != NULL ? readdir(d) : NULL; e != NULL; e = readdir(d)) {
        files += e->d_name[0] != '.' ? 1 : 0;
    }
    if (d != NULL) {
        (void)closedir(d);
    }
    return files;
}

static int empty_folder(void **state)
{
    uint64_t files = 0;
    uint64_t bytes = 0;
    (void)state;
    return blob_cache_purge(folder, &files, &bytes, NULL);
}

static void a_blob_comes_back(void **state)
{
    (void)state;
    char path[400];
    struct stat st;
    const blob_id id = make_id(1);
    assert_int_equal(read_blob(&id), HUIS_E_NOT_FOUND);
    assert_int_equal(write_blob(&id, BLOB_BYTES, BLOB_BYTES), HUIS_OK);
    assert_int_equal(read_blob(&id), HUIS_OK);
    only_file(path);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(stat(folder, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0700);
    /* Written again: in its place. */
    assert_int_equal(write_blob(&id, BLOB_BYTES, BLOB_BYTES), HUIS_OK);
    assert_int_equal(count_files(), 1);
}

static void another_source_or_key_has_none(void **state)
{
    (void)state;
    const blob_id id = make_id(1);
    blob_id others[5] = {id, id, id, id, make_id(2)};
    others[0].source.size_bytes++;
    others[1].source.inode++;
    others[2].source.mtime_ns++;
    others[3].source.ctime_ns++;
    assert_int_equal(write_blob(&id, BLOB_BYTES, BLOB_BYTES), HUIS_OK);
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(read_blob(&others[i]), HUIS_E_NOT_FOUND);
    }
    assert_int_equal(read_blob(&id), HUIS_OK);
    static const char *const WRONG[] = {"", "0", "../../../../../../../../etc/passwd",
                                        "0123456789ABCDEF0123456789abcdef",
                                        "0123456789abcdef0123456789abcde/"};
    for (size_t i = 0; i < sizeof(WRONG) / sizeof(WRONG[0]); i++) {
        assert_false(blob_key_set(&others[0], span_from_string(WRONG[i])));
    }
}

/* A file that was renamed to another's name is found out. */
static void a_renamed_file_is_refused(void **state)
{
    (void)state;
    char from[400], to[400];
    const blob_id id = make_id(1);
    const blob_id other = make_id(2);
    assert_int_equal(write_blob(&other, BLOB_BYTES, BLOB_BYTES), HUIS_OK);
    only_file(to);
    assert_int_equal(unlink(to), 0);
    assert_int_equal(write_blob(&id, BLOB_BYTES, BLOB_BYTES), HUIS_OK);
    only_file(from);
    assert_int_equal(rename(from, to), 0);
    assert_int_equal(read_blob(&other), HUIS_E_BAD_FILE);
    assert_int_equal(count_files(), 0);
}

static void flip_bit(const char *path, long bit)
{
    FILE *const f = fopen(path, "r+b");
    assert_non_null(f);
    assert_int_equal(fseek(f, bit / 8, SEEK_SET), 0);
    const int c = fgetc(f);
    assert_int_equal(fseek(f, bit / 8, SEEK_SET), 0);
    assert_int_not_equal(fputc(c ^ (1 << bit % 8), f), EOF);
    assert_int_equal(fclose(f), 0);
}

static void any_bit_of_the_header_counts(void **state)
{
    (void)state;
    char path[400];
    const blob_id id = make_id(1);
    for (long bit = 0; bit < 8 * HEADER_BYTES; bit++) {
        assert_int_equal(write_blob(&id, BLOB_BYTES, BLOB_BYTES), HUIS_OK);
        only_file(path);
        flip_bit(path, bit);
        if (read_blob(&id) != HUIS_E_BAD_FILE) {
            fail_msg("bit %ld", bit);
        }
        assert_int_equal(count_files(), 0);
    }
}

static void another_length_is_refused(void **state)
{
    (void)state;
    char path[400];
    const blob_id id = make_id(1);
    for (long length = 0; length < HEADER_BYTES + BLOB_BYTES + 7; length += 7) {
        assert_int_equal(write_blob(&id, BLOB_BYTES, BLOB_BYTES), HUIS_OK);
        only_file(path);
        assert_int_equal(truncate(path, length), 0);
        const bool is_whole = length == HEADER_BYTES + BLOB_BYTES;
        assert_int_equal(read_blob(&id), is_whole ? HUIS_OK : HUIS_E_BAD_FILE);
    }
}

static void what_others_may_touch_is_not_used(void **state)
{
    (void)state;
    char path[400], kept[420];
    const blob_id id = make_id(1);
    assert_int_equal(write_blob(&id, BLOB_BYTES, BLOB_BYTES), HUIS_OK);
    only_file(path);
    assert_int_equal(chmod(path, 0640), 0);
    assert_int_equal(read_blob(&id), HUIS_E_DENIED);
    assert_int_equal(chmod(path, 0600), 0);
    assert_int_equal(chmod(folder, 0770), 0);
    assert_int_equal(read_blob(&id), HUIS_E_DENIED);
    assert_int_equal(write_blob(&id, BLOB_BYTES, BLOB_BYTES), HUIS_E_DENIED);
    assert_int_equal(chmod(folder, 0700), 0);
    assert_int_equal(read_blob(&id), HUIS_OK);
    /* Nor a link, wherever it leads. */
    (void)snprintf(kept, sizeof(kept), "%s.kept", path);
    assert_int_equal(rename(path, kept), 0);
    assert_int_equal(symlink(kept, path), 0);
    assert_int_not_equal(read_blob(&id), HUIS_OK);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(unlink(kept), 0);
}

static void what_is_not_whole_is_not_seen(void **state)
{
    (void)state;
    const blob_id id = make_id(1);
    assert_int_equal(write_blob(&id, BLOB_BYTES, BLOB_BYTES - 1), HUIS_OK);
    assert_int_equal(write_blob(&id, BLOB_BYTES - 1, BLOB_BYTES), HUIS_E_LIMIT);
    assert_int_equal(count_files(), 0);
    assert_int_equal(read_blob(&id), HUIS_E_NOT_FOUND);
}

/* A disk that takes no more: nothing is left behind. */
static void a_full_disk_leaves_nothing(void **state)
{
    (void)state;
    struct rlimit before;
    const blob_id id = make_id(1);
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    const rlim_t sizes[] = {0, 100, 500};
    for (size_t i = 0; i < 3; i++) {
        const struct rlimit full = {sizes[i], before.rlim_max};
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &full), 0);
        const int status = write_blob(&id, BLOB_BYTES, BLOB_BYTES);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
        assert_true(status < 0);
        assert_int_equal(count_files(), 0);
    }
}

static void a_folder_that_cannot_be_made_is_an_error(void **state)
{
    (void)state;
    char inside[80];
    blob_writer w;
    int fd = -1;
    uint64_t bytes = 0;
    const blob_id id = make_id(1);
    (void)snprintf(inside, sizeof(inside), "%s/file", parent);
    assert_true((fd = open(inside, O_CREAT | O_WRONLY, 0600)) >= 0);
    (void)close(fd);
    (void)strncat(inside, "/prefix", sizeof(inside) - strlen(inside) - 1);
    assert_true(blob_writer_begin(&w, inside, &id, "x", 1, NULL) < 0);
    assert_true(blob_cache_open(&fd, &bytes, inside, &id, NULL) < 0);
}

static void set_age(const char *path, int64_t age_s)
{
    const struct timespec times[2] = {{.tv_sec = time(NULL) - age_s},
                                      {.tv_sec = time(NULL) - age_s}};
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static void the_budget_is_kept_by_last_use(void **state)
{
    (void)state;
    char path[400];
    const uint64_t one = HEADER_BYTES + BLOB_BYTES;
    blob_id ids[4];
    for (unsigned i = 0; i < 4; i++) {
        ids[i] = make_id(i);
        assert_int_equal(write_blob(&ids[i], BLOB_BYTES, BLOB_BYTES), HUIS_OK);
        DIR *const d = opendir(folder);
        for (const struct dirent *e = readdir(d); e != NULL; e = readdir(d)) {
            if (strstr(e->d_name, ids[i].key) != NULL) {
                (void)snprintf(path, sizeof(path), "%s/%s", folder, e->d_name);
            }
        }
        (void)closedir(d);
        set_age(path, 1000 - i);
    }
    assert_int_equal(read_blob(&ids[0]), HUIS_OK); /* used now */
    assert_int_equal(blob_cache_trim(folder, 2 * one + 1, NULL), HUIS_OK);
    assert_int_equal(count_files(), 2);
    assert_int_equal(read_blob(&ids[0]), HUIS_OK);
    assert_int_equal(read_blob(&ids[3]), HUIS_OK);
    assert_int_equal(blob_cache_trim(folder, 0, NULL), HUIS_OK);
    assert_int_equal(count_files(), 0);
}

/* A process that was killed leaves a half-written file: removed later, not while it may be written. */
static void old_halves_are_removed(void **state)
{
    (void)state;
    char path[400];
    blob_writer w;
    const blob_id id = make_id(1);
    assert_int_equal(blob_writer_begin(&w, folder, &id, "x", BLOB_BYTES, NULL), HUIS_OK);
    (void)close(w.fd);
    (void)close(w.folder_fd);
    assert_int_equal(blob_cache_trim(folder, 1 << 20, NULL), HUIS_OK);
    assert_int_equal(count_files(), 1);
    assert_int_equal(read_blob(&id), HUIS_E_NOT_FOUND);
    only_file(path);
    set_age(path, 3600);
    assert_int_equal(blob_cache_trim(folder, 1 << 20, NULL), HUIS_OK);
    assert_int_equal(count_files(), 0);
}

static bool sum_entries(void *user, const blob_entry *e)
{
    uint64_t *const sums = user;
    sums[0]++;
    sums[1] += e->bytes;
    sums[2] += strcmp(e->label, "A model") == 0 ? 1 : 0;
    return true;
}

static void all_files_are_listed_and_purged(void **state)
{
    (void)state;
    char path[400];
    uint64_t sums[3] = {0, 0, 0};
    uint64_t files = 0;
    uint64_t bytes = 0;
    for (unsigned i = 0; i < 3; i++) {
        const blob_id id = make_id(i);
        assert_int_equal(write_blob(&id, BLOB_BYTES, BLOB_BYTES), HUIS_OK);
    }
    (void)snprintf(path, sizeof(path), "%s/something", folder);
    const int fd = open(path, O_CREAT | O_WRONLY, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "other", 5), 5);
    (void)close(fd);
    assert_int_equal(blob_cache_list(folder, sum_entries, sums, NULL), HUIS_OK);
    assert_int_equal(sums[0], 4);
    assert_int_equal(sums[1], 3 * (HEADER_BYTES + BLOB_BYTES) + 5);
    assert_int_equal(sums[2], 3);
    assert_int_equal(blob_cache_purge(folder, &files, &bytes, NULL), HUIS_OK);
    assert_int_equal(files, 4);
    assert_int_equal(bytes, sums[1]);
    assert_int_equal(count_files(), 0);
    assert_int_equal(blob_cache_list("/tmp/huis-no-such-folder", sum_entries, sums, NULL), HUIS_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_blob_comes_back, NULL),
        cmocka_unit_test_setup(another_source_or_key_has_none, empty_folder),
        cmocka_unit_test_setup(a_renamed_file_is_refused, empty_folder),
        cmocka_unit_test_setup(any_bit_of_the_header_counts, empty_folder),
        cmocka_unit_test_setup(another_length_is_refused, empty_folder),
        cmocka_unit_test_setup(what_others_may_touch_is_not_used, empty_folder),
        cmocka_unit_test_setup(what_is_not_whole_is_not_seen, empty_folder),
        cmocka_unit_test_setup(a_full_disk_leaves_nothing, empty_folder),
        cmocka_unit_test_setup(a_folder_that_cannot_be_made_is_an_error, empty_folder),
        cmocka_unit_test_setup(the_budget_is_kept_by_last_use, empty_folder),
        cmocka_unit_test_setup(old_halves_are_removed, empty_folder),
        cmocka_unit_test_setup(all_files_are_listed_and_purged, empty_folder),
    };
    if (mkdtemp(parent) == NULL) {
        return 1;
    }
    (void)snprintf(folder, sizeof(folder), "%s/huis/prefix", parent);
    for (size_t i = 0; i < BLOB_BYTES; i++) {
        blob[i] = (char)(i * 7);
    }
    const int failures = cmocka_run_group_tests_name("blob-cache", tests, NULL, NULL);
    char path[80];
    uint64_t files = 0;
    uint64_t bytes = 0;
    (void)blob_cache_purge(folder, &files, &bytes, NULL);
    (void)rmdir(folder);
    (void)snprintf(path, sizeof(path), "%s/huis", parent);
    (void)rmdir(path);
    (void)snprintf(path, sizeof(path), "%s/file", parent);
    (void)unlink(path);
    (void)rmdir(parent);
    return failures;
}
