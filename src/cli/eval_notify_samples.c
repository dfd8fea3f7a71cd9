/*
 * eval_notify_samples.c - what a person reads by eye: each scenario in the order of huis, with the
 * class and place that were wanted, and why huis put it there. The file is the user's.
 */
#include "base/error.h"
#include "cli/eval_notifications.h"

enum { CELL_BYTES = 160 };

/* On one line and not too long, for a table cell. */
static void append_cell(buffer *out, const char *text)
{
    size_t n = 0;
    for (const char *p = text != NULL ? text : ""; *p != '\0'; p++) {
        if (n++ >= CELL_BYTES && ((unsigned char)*p & 0xC0) != 0x80) {
            (void)buffer_append_string(out, "…");
            return;
        }
        if (*p == '|') {
            (void)buffer_append_byte(out, '\\');
        }
        (void)buffer_append_byte(out, *p == '\n' || *p == '\r' ? ' ' : *p);
    }
}

static void append_reasons(buffer *out, const huis_notify_rank_item *item)
{
    for (size_t i = 0; i < item->n_reasons; i++) {
        (void)buffer_append_string(out, i > 0 ? "; " : "");
        append_cell(out, item->reasons[i]);
    }
    if (item->deadline != NULL) {
        (void)buffer_printf(out, " (%s)", item->deadline);
    }
}

static void append_row(buffer *out, const eval_scenario *s, const huis_notify_rank_item *item)
{
    const huis_notification *const r = &s->records->items[item->record];
    const eval_gold *const gold = &s->golds[item->record];
    const bool is_right = gold->cls == item->cls && gold->interrupt == item->interrupt;
    (void)buffer_printf(out, "| %u %s%s | %u %s%s | %s | ", item->rank,
                        huis_notify_class_name(item->cls), item->interrupt ? " !" : "", gold->rank,
                        huis_notify_class_name(gold->cls), gold->interrupt ? " !" : "",
                        is_right ? "" : "x");
    append_cell(out, r->app);
    (void)buffer_append_string(out, ": ");
    append_cell(out, r->title);
    (void)buffer_append_string(out, " — ");
    append_cell(out, r->body);
    (void)buffer_append_string(out, " | ");
    append_reasons(out, item);
    (void)buffer_append_string(out, " |\n");
}

static void append_digests(buffer *out, const eval_scenario *s, const eval_ranked *r)
{
    for (eval_digest_maker m = EVAL_DIGEST_HUIS; m < EVAL_DIGESTS; m++) {
        const eval_digest *const d = &r->digests[m];
        (void)buffer_printf(out, "\n%s: %zu of %zu musts, %zu of %zu words", eval_digest_name(m),
                            d->n_said, s->n_musts, d->n_words, d->max_words);
        for (size_t i = 0; i < s->n_musts; i++) {
            if (!d->said[i]) {
                (void)buffer_printf(out, ", lacks \"%s\"", s->must_strings[i]);
            }
        }
        (void)buffer_printf(out, "%s\n\n```\n%s\n```\n",
                            d->n_must_nots_said > 0 ? ", SAYS WHAT IS FORBIDDEN" : "", d->text);
    }
    (void)buffer_printf(out, "\nwanted\n\n```\n%s\n```\n", s->gold_digest);
}

int eval_notify_samples(buffer *out, const eval_notify *all, huis_error *err)
{
    for (size_t i = 0; i < all->n_done; i++) {
        const eval_scenario *const s = &all->scenarios.items[i];
        const huis_notify_ranking *const ranking = all->results[i].ranking;
        (void)buffer_printf(out, "\n### %s (%s): %s\n\nNDCG@5 %.3f\n\n", s->id, s->language,
                            s->story, all->results[i].m[EVAL_ORDER_HUIS].ndcg);
        (void)buffer_append_string(
            out, "| huis | wanted | | notification | reasons |\n|---|---|---|---|---|\n");
        for (size_t k = 0; k < ranking->n_items; k++) {
            append_row(out, s, &ranking->items[k]);
        }
        append_digests(out, s, &all->results[i]);
    }
    return buffer_ok(out) ? HUIS_OK : error_no_memory(err, "the samples");
}
