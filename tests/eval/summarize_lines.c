/*
 * summarize_lines.c - JSON Lines in ({"id", "text", ...}), summaries out, for tools/eval_extract.py.
 *
 * summarize_lines KIND WORDS GENRE [MODE MODEL WORKER]: KIND tldr|key-points|headline|action-items,
 * WORDS 0 for the default, GENRE 0 detected, 1 article, 2 mail, 3 dialogue; MODE auto|extract|
 * hybrid|abstract with the model file MODEL and the program huis-worker. Prints one object a line;
 * the last line on standard error is the mean time.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "huis/summarize.h"

static const char *const KINDS[] = {"", "tldr", "key-points", "headline", "action-items"};

static const char *const MODES[] = {"auto", "extract", "hybrid", "abstract"};

static int summarize_line(json_t *line, const huis_summarize_options *options,
                          huis_session *session, double *ms)
{
    const char *const text = json_string_value(json_object_get(line, "text"));
    huis_summary *s = NULL;
    huis_error err = {0};
    if (text == NULL) {
        return 0;
    }
    if (huis_summarize(text, strlen(text), options, session, NULL, NULL, &s, &err) != HUIS_OK) {
        (void)fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    json_t *const out =
        json_pack("{s:O, s:s, s:s, s:i, s:f}", "id", json_object_get(line, "id"), "text", s->text,
                  "language", s->language, "genre", (int)s->genre, "ms", s->elapsed_ms);
    (void)json_object_set_new(out, "fallbacks", json_integer(s->n_fallbacks));
    (void)json_object_set_new(out, "mode", json_string(MODES[s->mode]));
    (void)json_object_set_new(out, "first_ms", json_real(s->first_item_ms));
    json_t *const items = json_array();
    for (size_t i = 0; i < s->n_items; i++) {
        json_t *const item =
            json_pack("{s:s, s:i, s:i, s:s?, s:s?}", "text", s->items[i].text, "start",
                      (int)s->items[i].sources[0].start, "end", (int)s->items[i].sources[0].end,
                      "person", s->items[i].person, "deadline", s->items[i].deadline);
        (void)json_array_append_new(items, item);
    }
    (void)json_object_set_new(out, "items", items);
    char *const dump = json_dumps(out, JSON_COMPACT);
    (void)puts(dump != NULL ? dump : "{}");
    *ms += s->elapsed_ms;
    free(dump);
    json_decref(out);
    huis_summary_free(s);
    return 0;
}

/* Opens the model of the last three arguments, if there are any. */
static huis_session *open_session(int argc, char **argv, huis_summarize_options *options)
{
    huis_model *model = NULL;
    huis_session *session = NULL;
    huis_error err = {0};
    huis_model_options use;
    options->mode = HUIS_SUMMARY_EXTRACT;
    if (argc < 7) {
        return NULL;
    }
    for (size_t k = 0; k < sizeof(MODES) / sizeof(MODES[0]); k++) {
        options->mode = strcmp(argv[4], MODES[k]) == 0 ? (huis_summary_mode)k : options->mode;
    }
    huis_model_options_default(&use);
    use.worker_path = argv[6];
    if (huis_model_open(&model, argv[5], &use, &err) != HUIS_OK ||
        huis_session_new(&session, model, &err) != HUIS_OK) {
        (void)fprintf(stderr, "%s\n", err.message);
        exit(1);
    }
    huis_model_unref(model);
    return session;
}

int main(int argc, char **argv)
{
    huis_summarize_options options;
    huis_summarize_options_default(&options);
    for (size_t k = 1; argc > 1 && k < sizeof(KINDS) / sizeof(KINDS[0]); k++) {
        options.kind = strcmp(argv[1], KINDS[k]) == 0 ? (huis_summary_kind)k : options.kind;
    }
    options.max_words = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 0;
    options.genre = argc > 3 ? (huis_genre)strtoul(argv[3], NULL, 10) : HUIS_GENRE_AUTO;
    huis_session *session = open_session(argc, argv, &options);
    char *buffer = NULL;
    size_t capacity = 0;
    double ms = 0;
    size_t n = 0;
    while (getline(&buffer, &capacity, stdin) > 0) {
        json_t *const line = json_loads(buffer, 0, NULL);
        if (line == NULL || summarize_line(line, &options, session, &ms) != 0) {
            return 1;
        }
        (void)fflush(stdout);
        json_decref(line);
        n++;
    }
    free(buffer);
    huis_session_free(session);
    (void)fprintf(stderr, "%zu texts, mean %.3f ms\n", n, n > 0 ? ms / (double)n : 0.0);
    return 0;
}
