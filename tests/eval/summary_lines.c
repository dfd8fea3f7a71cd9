/*
 * summary_lines.c - JSON Lines in, the sentences and clauses that a summary is chosen from out, with
 * what the product itself sees in them, for training/summaries.
 *
 * A line {"text": ..., "genre": 0..3} comes back with "genre" and "language" as found, "sentences"
 * ({text, score, features}) and, for a dialogue, "clauses" ({text, features}), for an interview "notes", too. Other members are
 * kept.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/error.h"
#include "feature/summarize/dialogue_notes.h"
#include "feature/summarize/dialogue_value.h"

enum { MEMORY_BYTES = 1 << 30 };

static json_t *json_features(const double *features, size_t n)
{
    json_t *const list = json_array();
    for (size_t i = 0; i < n; i++) {
        (void)json_array_append_new(list, json_real(features[i]));
    }
    return list;
}

static void add_sentences(json_t *line, const summary_job *job)
{
    json_t *const sentences = json_array();
    for (size_t i = 0; i < job->source->n_sentences; i++) {
        const span text = summary_sentence_text(job, i);
        json_t *const one = json_object();
        (void)json_object_set_new(one, "text", json_stringn(text.ptr, text.len));
        (void)json_object_set_new(one, "score", json_real(job->scores[i]));
        (void)json_array_append_new(sentences, one);
    }
    (void)json_object_set_new(line, "sentences", sentences);
}

static json_t *json_clauses(const summary_job *job, const dialogue_clauses *c)
{
    json_t *const clauses = json_array();
    for (size_t k = 0; k < c->count; k++) {
        double features[DIALOGUE_N_FEATURES];
        dialogue_features(job, c, k, features);
        json_t *const one = json_object();
        (void)json_object_set_new(one, "text",
                                  json_stringn(c->list[k].text.ptr, c->list[k].text.len));
        (void)json_object_set_new(one, "features", json_features(features, DIALOGUE_N_FEATURES));
        (void)json_array_append_new(clauses, one);
    }
    return clauses;
}

static int add_clauses(json_t *line, summary_job *job)
{
    dialogue_clauses c;
    dialogue_clauses notes;
    span asker;
    span answerer;
    RETURN_IF_ERROR(dialogue_find_clauses(job, &c));
    (void)json_object_set_new(line, "clauses", json_clauses(job, &c));
    if (dialogue_is_interview(job, &c, &asker, &answerer)) {
        RETURN_IF_ERROR(dialogue_find_notes(job, &c, asker, answerer, &notes));
        (void)json_object_set_new(line, "notes", json_clauses(job, &notes));
    }
    return HUIS_OK;
}

static int read_job(summary_job *job, document *d, json_t *line)
{
    const json_t *const text = json_object_get(line, "text");
    const json_int_t genre = json_integer_value(json_object_get(line, "genre"));
    const span bytes = span_from(json_string_value(text), json_string_length(text));
    RETURN_IF_ERROR(document_analyse(d, bytes, (document_genre)genre, &job->scratch, job->err));
    job->source = d;
    RETURN_IF_ERROR(evidence_index_new(&job->index, d, job->err));
    return summary_rank(job, &job->scratch);
}

static int show_line(json_t *line, huis_error *err)
{
    huis_summarize_options options;
    document d = {0};
    huis_summarize_options_default(&options);
    summary_job job = {.options = &options, .err = err};
    arena_init(&job.scratch, MEMORY_BYTES);
    int status = read_job(&job, &d, line);
    if (status == HUIS_OK) {
        (void)json_object_set_new(line, "genre", json_integer(d.genre));
        (void)json_object_set_new(line, "language", json_string(d.language));
        add_sentences(line, &job);
        status = d.genre == DOCUMENT_DIALOGUE ? add_clauses(line, &job) : HUIS_OK;
    }
    char *const dump = status == HUIS_OK ? json_dumps(line, JSON_COMPACT) : NULL;
    (void)(dump != NULL && puts(dump));
    free(dump);
    evidence_index_free(job.index);
    arena_deinit(&job.scratch);
    return status;
}

int main(void)
{
    char *input = NULL;
    size_t capacity = 0;
    int failed = 0;
    while (!failed && getline(&input, &capacity, stdin) > 0) {
        huis_error err = {0};
        json_t *const line = json_loads(input, 0, NULL);
        failed = line == NULL || show_line(line, &err) != HUIS_OK;
        if (failed) {
            (void)fprintf(stderr, "%s\n", line == NULL ? "no JSON" : err.message);
        }
        json_decref(line);
    }
    free(input);
    return failed;
}
