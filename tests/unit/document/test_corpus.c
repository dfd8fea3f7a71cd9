/*
 * test_corpus.c - genre and language on the shared development texts, with the numbers printed.
 * Skipped where the texts are not there (HUIS_SHARED).
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/limits.h"
#include "document/document.h"
#include "document/encoding.h"

typedef struct corpus {
    const char *name;
    document_genre genre;
    const char *language;
    double min_genre, min_language; /* shares */
} corpus;

typedef struct counts {
    size_t n, genre, language, words;
    int64_t us;
} counts;

static bool count_text(counts *c, const corpus *set, const char *raw)
{
    buffer text;
    buffer_init(&text, 4 * (size_t)LIMIT_MIB);
    arena memory;
    arena_init(&memory, 64 * (size_t)LIMIT_MIB);
    document d = {.n_segments = 0};
    bool ok = encoding_to_utf8(&text, span_from_string(raw), NULL, NULL, NULL) == 0;
    const int64_t start_us = clock_monotonic_us();
    ok = ok && document_analyse(&d, buffer_span(&text), 0, &memory, NULL) == 0;
    c->us += clock_monotonic_us() - start_us;
    c->n++;
    c->words += document_count_words(d.text);
    c->genre += d.genre == set->genre ? 1 : 0;
    c->language += strcmp(d.language, set->language) == 0 ? 1 : 0;
    arena_deinit(&memory);
    buffer_deinit(&text);
    return ok;
}

static bool count_file(counts *c, const corpus *set, FILE *file)
{
    char *line = NULL;
    size_t capacity = 0;
    bool ok = true;
    while (getline(&line, &capacity, file) > 0) {
        json_t *const item = json_loads(line, 0, NULL);
        const char *const text = json_string_value(json_object_get(item, "text"));
        ok = text != NULL && count_text(c, set, text) && ok;
        json_decref(item);
    }
    free(line);
    return ok && c->n > 0;
}

/* Prints the TAP line of one set. */
static void measure(size_t number, const corpus *set)
{
    const char *const shared = getenv("HUIS_SHARED");
    char path[1024];
    (void)snprintf(path, sizeof(path), "%s/data/%s.jsonl", shared != NULL ? shared : "", set->name);
    FILE *const file = fopen(path, "r");
    if (file == NULL) {
        (void)printf("ok %zu - %s # SKIP %s is not there\n", number, set->name, path);
        return;
    }
    counts c = {.n = 0};
    const bool read = count_file(&c, set, file);
    (void)fclose(file);
    const double genre = c.n > 0 ? (double)c.genre / (double)c.n : 0;
    const double language = c.n > 0 ? (double)c.language / (double)c.n : 0;
    const bool good = read && genre >= set->min_genre && language >= set->min_language;
    (void)printf("# %s: %zu texts, genre right %.1f %%, language right %.1f %%, %.0f us for 1,000 "
                 "words\n%s %zu - %s\n",
                 set->name, c.n, 100 * genre, 100 * language,
                 c.words > 0 ? 1000.0 * (double)c.us / (double)c.words : 0, good ? "ok" : "not ok",
                 number, set->name);
}

int main(void)
{
    static const corpus SETS[] = {
        {"mail_dev", DOCUMENT_MAIL, "en", 0.95, 0.99},
        {"news_fr_valid", DOCUMENT_ARTICLE, "fr", 0.95, 0.99},
        {"dialogue_dev", DOCUMENT_DIALOGUE, "en", 0.95, 0.99},
        {"clinical_dialogue", DOCUMENT_DIALOGUE, "en", 0.95, 0.99},
    };
    const size_t n = sizeof(SETS) / sizeof(SETS[0]);
    (void)printf("1..%zu\n", n);
    for (size_t i = 0; i < n; i++) {
        measure(i + 1, &SETS[i]);
    }
    return 0;
}
