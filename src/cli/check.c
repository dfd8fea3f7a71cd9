/*
 * check.c - huis check: is every sentence of a text supported by its source?
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "cli/document_source.h"
#include "cli/environment.h"
#include "cli/output.h"
#include "huis/summarize.h"

static void print_json(const huis_check_report *report, span text, const reader_result *source)
{
    json_t *const sentences = json_array();
    for (size_t i = 0; i < report->n_sentences; i++) {
        const huis_checked_sentence *const s = &report->sentences[i];
        json_t *const missing = json_array();
        for (size_t k = 0; k < s->n_unsupported; k++) {
            (void)json_array_append_new(missing, json_string(s->unsupported[k]));
        }
        json_t *const reasons = json_array();
        for (size_t k = 0; k < s->n_reasons; k++) {
            (void)json_array_append_new(reasons, json_string(s->reasons[k]));
        }
        (void)json_array_append_new(
            sentences, json_pack("{s:s%, s:I, s:I, s:b, s:f, s:o, s:o, s:o}", "text",
                                 text.ptr + s->start, (size_t)(s->end - s->start), "start",
                                 (json_int_t)s->start, "end", (json_int_t)s->end, "supported",
                                 (int)s->supported, "score", s->score, "sources",
                                 output_sources_json(s->sources, s->n_sources, source,
                                                     source->genre == DOCUMENT_DIALOGUE),
                                 "unsupported", missing, "reasons", reasons));
    }
    json_t *const root = json_pack("{s:b, s:f, s:o}", "supported", (int)report->supported, "score",
                                   report->score, "sentences", sentences);
    output_json(root);
    json_decref(root);
}

/* A reason in words. */
static const char *describe(const char *reason)
{
    static const struct {
        const char *reason, *english, *french;
    } WORDS[] = {
        {"name", "a name that the source does not have, or not there",
         "un nom que la source n'a pas, ou pas à cet endroit"},
        {"number", "another number or unit than in the source, or a number of something else",
         "un autre nombre ou une autre unité que dans la source, ou le nombre d'autre chose"},
        {"date", "another date or time than in the source, or that of something else",
         "une autre date ou heure que dans la source, ou celle d'autre chose"},
        {"negation", "denied where the source is not, or the reverse",
         "nié là où la source affirme, ou l'inverse"},
        {"reversed", "turned round: the source says the opposite",
         "inversé : la source dit le contraire"},
        {"roles", "who does what to whom is swapped", "qui fait quoi à qui est interverti"},
        {"speaker", "somebody else said it", "c'est quelqu'un d'autre qui le dit"},
        {"merged", "joins what the source says in different places",
         "réunit ce que la source dit à des endroits différents"},
        {"added", "a part of which the source says nothing",
         "une partie dont la source ne dit rien"},
        {"certain", "certain where the source only supposes",
         "affirmé là où la source ne fait que supposer"},
        {"quotation", "words in quotation marks that the source does not have so",
         "des mots entre guillemets que la source n'a pas ainsi"},
        {"unsupported", "too far from what the source says", "trop loin de ce que dit la source"},
    };
    for (size_t i = 0; i < sizeof(WORDS) / sizeof(WORDS[0]); i++) {
        if (strcmp(WORDS[i].reason, reason) == 0) {
            return tr(WORDS[i].english, WORDS[i].french);
        }
    }
    return reason;
}

static void print_sentence(const huis_checked_sentence *s, span text, span source)
{
    const bool color = environment_wants_color(STDOUT_FILENO);
    const char *const mark =
        s->supported ? (color ? "\033[32m✓\033[0m" : "✓") : (color ? "\033[31m✗\033[0m" : "✗");
    (void)printf("%s %.*s\n", mark, (int)(s->end - s->start), text.ptr + s->start);
    for (size_t i = 0; i < s->n_unsupported; i++) {
        (void)printf(tr("    not in the source: %s\n", "    absent de la source : %s\n"),
                     s->unsupported[i]);
    }
    for (size_t i = 0; i < s->n_reasons; i++) {
        (void)printf(tr("    why: %s\n", "    motif : %s\n"), describe(s->reasons[i]));
    }
    for (size_t i = 0; i < s->n_sources && i < 1; i++) {
        (void)printf(
            tr("    source, bytes %llu-%llu: %.*s\n", "    source, octets %llu-%llu : %.*s\n"),
            (unsigned long long)s->sources[i].start, (unsigned long long)s->sources[i].end,
            (int)(s->sources[i].end - s->sources[i].start), source.ptr + s->sources[i].start);
    }
}

static void print_text(const huis_check_report *report, span text, span source)
{
    size_t n_supported = 0;
    for (size_t i = 0; i < report->n_sentences; i++) {
        print_sentence(&report->sentences[i], text, source);
        n_supported += report->sentences[i].supported;
    }
    (void)printf(tr("%zu of %zu sentences supported, score %.2f\n",
                    "%zu phrases sur %zu appuyées, score %.2f\n"),
                 n_supported, report->n_sentences, report->score);
}

static int check(const arguments *args, const reader_result *read, span text, bool *out_supported,
                 huis_error *err)
{
    const span source = buffer_span(&read->text);
    huis_check_report *report = NULL;
    const int status = huis_check(source.ptr, source.len, text.ptr, text.len, &report, err);
    if (status != HUIS_OK) {
        return status;
    }
    if (argument_is(args, OPTION_FORMAT, "json")) {
        print_json(report, text, read);
    } else {
        print_text(report, text, source);
    }
    *out_supported = report->supported;
    huis_check_report_free(report);
    return HUIS_OK;
}

int run_check(const arguments *args)
{
    const char *const source_name = argument_string(args, OPTION_SOURCE, NULL);
    const char *const text_name = argument_string(args, OPTION_TEXT, NULL);
    if (source_name == NULL || text_name == NULL) {
        return output_usage_error(
            args->command, "%s",
            tr("--source and --text are both needed", "--source et --text sont nécessaires"));
    }
    huis_error err = {0};
    reader_result source, text;
    reader_result_init(&source);
    reader_result_init(&text);
    bool supported = false;
    const uint64_t max_bytes = argument_unsigned(args, OPTION_BYTES, DOCUMENT_SOURCE_MAX_BYTES);
    int status = document_source_read(&source, source_name, max_bytes, &err);
    if (status == HUIS_OK) {
        status = document_source_read(&text, text_name, max_bytes, &err);
    }
    if (status == HUIS_OK) {
        status = check(args, &source, buffer_span(&text.text), &supported, &err);
    }
    reader_result_deinit(&source);
    reader_result_deinit(&text);
    if (status != HUIS_OK) {
        return output_error(&err);
    }
    const int code = output_finish();
    return code == EXIT_DONE && !supported && argument_flag(args, OPTION_STRICT) ? EXIT_POLICY
                                                                                 : code;
}
