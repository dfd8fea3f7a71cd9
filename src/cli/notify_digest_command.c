/*
 * notify_digest_command.c - huis notify digest: given records, or the store's open ones, ranked and told in
 * a few lines.
 */
#include <stdio.h>

#include "base/error.h"
#include "cli/notify_desktop.h"
#include "cli/notify_gather.h"
#include "cli/notify_print.h"
#include "cli/output.h"

static json_t *ids_json(const huis_notification *records, const size_t *list, size_t n)
{
    json_t *const ids = json_array();
    for (size_t i = 0; i < n; i++) {
        (void)json_array_append_new(ids, json_string(records[list[i]].id));
    }
    return ids;
}

static json_t *line_json(const huis_notification *records, const huis_notify_line *line)
{
    json_t *const sources = json_array();
    for (size_t i = 0; i < line->n_sources; i++) {
        const huis_notify_source *const s = &line->sources[i];
        (void)json_array_append_new(sources,
                                    json_pack("{s:s, s:s, s:I, s:I}", "id", records[s->record].id,
                                              "field", s->in_title ? "title" : "body", "start",
                                              (json_int_t)s->start, "end", (json_int_t)s->end));
    }
    return json_pack("{s:o, s:s, s:o, s:I}", "ids",
                     ids_json(records, line->records, line->n_records), "text", line->text,
                     "sources", sources, "stack", (json_int_t)line->stack);
}

static int print_json(const huis_notification *records, const huis_notify_digest *digest,
                      huis_error *err)
{
    json_t *const items = json_array();
    for (size_t i = 0; i < digest->n_lines; i++) {
        (void)json_array_append_new(items, line_json(records, &digest->lines[i]));
    }
    json_t *const root =
        json_pack("{s:s, s:o, s:o, s:I, s:{s:I}}", "text", digest->text, "items", items,
                  "held_back", ids_json(records, digest->held_back, digest->n_held_back), "tier",
                  (json_int_t)digest->tier, "checks", "fallbacks", (json_int_t)digest->n_fallbacks);
    if (root == NULL) {
        return error_no_memory(err, "a digest");
    }
    output_json(root);
    json_decref(root);
    return HUIS_OK;
}

static int print_text(const arguments *args, const huis_notify_digest *digest)
{
    if (digest->n_lines > 0) {
        output_text(span_from_string(digest->text));
        output_text(SPAN("\n"));
    }
    if (digest->n_held_back > 0) {
        output_note(args, tr("%zu held back", "%zu non montrées"), digest->n_held_back);
    }
    return HUIS_OK;
}

/* One notification of the desktop; none when there is nothing to tell. */
static int send_digest(const arguments *args, const huis_notify_digest *digest, size_t n_records,
                       huis_error *err)
{
    char title[64];
    if (digest->n_lines == 0) {
        output_note(args, "%s", tr("nothing to tell", "rien à dire"));
        return HUIS_OK;
    }
    (void)snprintf(title, sizeof(title), tr("%zu open notifications", "%zu notifications ouvertes"),
                   n_records);
    return notify_desktop_send(title, digest->text, err);
}

static int digest_gathered(const arguments *args, const notify_gathered *g, huis_error *err)
{
    huis_notify_rank_options rank_options;
    huis_notify_rank_options_default(&rank_options);
    rank_options.language = g->language;
    huis_notify_ranking *ranking = NULL;
    RETURN_IF_ERROR(huis_notify_rank(g->records, g->n_records, g->context, g->weights,
                                     &rank_options, &ranking, err));
    huis_notify_digest_options options;
    huis_notify_digest_options_default(&options);
    options.language = g->language;
    options.max_words = (uint32_t)argument_unsigned(args, OPTION_WORDS, 0);
    huis_notify_digest *digest = NULL;
    int status =
        huis_notify_digest_make(g->records, g->n_records, ranking, &options, NULL, &digest, err);
    if (status == HUIS_OK && argument_flag(args, OPTION_DESKTOP)) {
        status = send_digest(args, digest, g->n_records, err);
    } else if (status == HUIS_OK) {
        status = notify_print_is_text(args) ? print_text(args, digest)
                                            : print_json(g->records, digest, err);
    }
    (void)huis_notify_digest_free(digest);
    (void)huis_notify_ranking_free(ranking);
    return status;
}

int run_notify_digest(const arguments *args)
{
    huis_error err = {.status = HUIS_OK};
    notify_gathered g;
    int status = notify_gather(&g, args, "digest", &err);
    if (status == HUIS_OK) {
        status = digest_gathered(args, &g, &err);
        notify_gather_free(&g);
    }
    return status == HUIS_OK ? output_finish() : output_error(&err);
}
