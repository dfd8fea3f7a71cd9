/*
 * test_set.c - several documents as one: folders, Maildirs, what is left out, places of all.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include <pthread.h>

#include "base/file.h"
#include "base/limits.h"
#include "cli/document_set.h"
#include "cli/document_source.h"

static const char *helper;
static char folder[] = "/tmp/huis-set-XXXXXX";
static reader_result result;
static huis_error error;
static size_t n_left_out, n_told;

static const char *path_of(const char *name)
{
    static char path[4][256];
    static unsigned i = 0;
    char *const out = path[i++ % 4];
    (void)snprintf(out, 256, "%s/%s", folder, name);
    return out;
}

static void write_file(const char *name, span bytes)
{
    assert_int_equal(file_write_atomic(path_of(name), bytes, 0600, NULL), 0);
}

static void make_folder(const char *name)
{
    assert_int_equal(mkdir(path_of(name), 0700), 0);
}

static void on_document(void *user, const char *name, size_t i, size_t n)
{
    (void)user;
    assert_non_null(name);
    assert_true(i < n);
    n_told++;
}

static void on_left_out(void *user, const char *name, const char *why)
{
    (void)user;
    assert_non_null(strstr(why, name));
    n_left_out++;
}

static int read_set(const char *const *paths, size_t n, uint64_t max_bytes)
{
    reader_result_deinit(&result);
    reader_result_init(&result);
    n_left_out = n_told = 0;
    const document_set_options options = {.max_bytes = max_bytes,
                                          .helper = helper,
                                          .on_document = on_document,
                                          .on_left_out = on_left_out};
    return document_set_read(&result, paths, n, &options, &error);
}

/* The names of the documents, joined by "|", without the folder. */
static const char *documents(void)
{
    static char names[512];
    size_t n = 0;
    const reader_place *const places = reader_places(&result, &n);
    names[0] = '\0';
    for (size_t i = 0; i < n; i++) {
        if (places[i].kind == PLACE_DOCUMENT) {
            const size_t at = strlen(names);
            (void)snprintf(names + at, sizeof(names) - at, "%s%s", at > 0 ? "|" : "",
                           reader_label(&result, places[i].label) + sizeof(folder));
        }
    }
    return names;
}

static void test_folder(void **state)
{
    (void)state;
    make_folder("f");
    make_folder("f/sub");
    make_folder("f/.hidden");
    write_file("f/chapter 10.txt", SPAN("Ten words of the tenth."));
    write_file("f/chapter 2.txt", SPAN("Two words of the second.\n"));
    write_file("f/sub/page.html", SPAN("<html><body><p>A page of its own, with words.</p></html>"));
    write_file("f/.hidden/x.txt", SPAN("Nobody reads this."));
    write_file("f/.secret", SPAN("Nor this."));
    write_file("f/picture.png", SPAN("\x89PNG\r\n\x1A\n\0\0\0\0"));
    write_file("f/empty.txt", SPAN(""));
    assert_int_equal(symlink("/etc/passwd", path_of("f/link.txt")), 0);
    assert_int_equal(symlink(".", path_of("f/loop")), 0);
    const char *const paths[] = {path_of("f")};
    assert_int_equal(read_set(paths, 1, LIMIT_MIB), 0);
    assert_string_equal(documents(), "f/chapter 2.txt|f/chapter 10.txt|f/sub/page.html");
    assert_int_equal(n_left_out, 2);
    assert_int_equal(n_told, 5);
    assert_non_null(strstr(buffer_string(&result.text), "second.\n\nTen words"));
    assert_null(strstr(buffer_string(&result.text), "Nobody"));
    size_t n = 0;
    const reader_place *const places = reader_places(&result, &n);
    assert_true(n >= 2 && places[1].kind == PLACE_DOCUMENT && places[1].number == 2);
    assert_memory_equal(result.text.ptr + places[1].start, "Ten words", 9);
}

static void test_named(void **state)
{
    (void)state;
    write_file("a.txt", SPAN("First text."));
    write_file("b.eml", SPAN("From: Anna <a@x.org>\nSubject: Plan\n\nThe plan is ready.\n"));
    const char *const both[] = {path_of("a.txt"), path_of("b.eml")};
    assert_int_equal(read_set(both, 2, LIMIT_MIB), 0);
    assert_string_equal(documents(), "a.txt|b.eml");
    /* One file alone has no document around it. */
    assert_int_equal(read_set(both, 1, LIMIT_MIB), 0);
    assert_string_equal(documents(), "");
    /* What is named must be there. */
    const char *const missing[] = {path_of("a.txt"), path_of("no.txt")};
    assert_int_equal(read_set(missing, 2, LIMIT_MIB), HUIS_E_NOT_FOUND);
    /* The limit is on all together. */
    assert_int_equal(read_set(both, 2, 20), HUIS_E_LIMIT);
}

static void test_nothing(void **state)
{
    (void)state;
    make_folder("none");
    const char *const paths[] = {path_of("none")};
    assert_int_equal(read_set(paths, 1, LIMIT_MIB), HUIS_E_NO_TEXT);
    write_file("none/x.bin", SPAN("a\0\0\0b"));
    assert_int_equal(read_set(paths, 1, LIMIT_MIB), HUIS_E_NO_TEXT);
    assert_int_equal(n_left_out, 1);
}

static void test_maildir(void **state)
{
    (void)state;
    make_folder("m");
    make_folder("m/cur");
    make_folder("m/new");
    make_folder("m/tmp");
    const char *const paths[] = {path_of("m")};
    assert_int_equal(read_set(paths, 1, LIMIT_MIB), HUIS_E_NO_TEXT);
    write_file("m/cur/1:2,S",
               SPAN("From: Anna <a@x.org>\nDate: Mon, 3 Mar 2025 10:00:00 +0000\nSubject: Boat\n"
                    "Message-ID: <1@x>\n\nThe boat is painted.\nFrom here on it sails.\n"));
    write_file("m/new/2",
               SPAN("From: Ben <b@x.org>\nDate: Tue, 4 Mar 2025 10:00:00 +0000\n"
                    "Subject: Re: Boat\nMessage-ID: <2@x>\nIn-Reply-To: <1@x>\n\nIt looks "
                    "good.\n"));
    write_file("m/tmp/3", SPAN("From: C <c@x.org>\n\nNot delivered.\n"));
    assert_int_equal(read_set(paths, 1, LIMIT_MIB), 0);
    assert_non_null(strstr(buffer_string(&result.text), "\nFrom here on it sails."));
    assert_non_null(strstr(buffer_string(&result.text), "It looks good."));
    assert_null(strstr(buffer_string(&result.text), "Not delivered"));
}

static void test_address(void **state)
{
    (void)state;
    const char *const paths[] = {"https://example.org/a"};
    assert_int_equal(read_set(paths, 1, LIMIT_MIB), HUIS_E_BAD_ARGUMENT);
    assert_non_null(strstr(error.message, "save the page"));
}

static volatile bool writing;

static void *keep_writing(void *path)
{
    while (writing) {
        FILE *const f = fopen(path, "a");
        assert_non_null(f);
        (void)fputs("more\n", f);
        (void)fclose(f);
        (void)usleep(100);
    }
    return NULL;
}

/* A file that does not hold still is read all the same, and the person is told. */
static void test_changes(void **state)
{
    (void)state;
    buffer text;
    buffer_init(&text, 40 * (size_t)LIMIT_MIB);
    while (text.len < 32 * (size_t)LIMIT_MIB) {
        (void)buffer_append_string(&text, "A line of a log that goes on and on.\n");
    }
    write_file("log.txt", buffer_span(&text));
    buffer_deinit(&text);
    const char *const paths[] = {path_of("log.txt")};
    char path[256];
    (void)snprintf(path, sizeof(path), "%s", paths[0]);
    pthread_t thread;
    writing = true;
    assert_int_equal(pthread_create(&thread, NULL, keep_writing, path), 0);
    const int status = read_set(paths, 1, 512 * (uint64_t)LIMIT_MIB);
    writing = false;
    (void)pthread_join(thread, NULL);
    assert_int_equal(status, 0);
    assert_non_null(strstr(result.note, "written to"));
    assert_int_equal(read_set(paths, 1, 512 * (uint64_t)LIMIT_MIB), 0);
    assert_string_equal(result.note, "");
}

int main(int argc, char **argv)
{
    helper = argc > 1 ? argv[1] : NULL;
    if (mkdtemp(folder) == NULL) {
        return 1;
    }
    reader_result_init(&result);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_folder),  cmocka_unit_test(test_named),
        cmocka_unit_test(test_nothing), cmocka_unit_test(test_maildir),
        cmocka_unit_test(test_address), cmocka_unit_test(test_changes),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    reader_result_deinit(&result);
    char remove[300];
    (void)snprintf(remove, sizeof(remove), "rm -rf '%s'", folder);
    return system(remove) == 0 ? failed : 1;
}
