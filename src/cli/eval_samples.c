/*
 * eval_samples.c - outputs to read by eye: ten of a set, at even distances, each system's text with
 * the checker's verdict. Sources are named by id only. They go to the user's file.
 */
#include "base/error.h"
#include "cli/eval_summaries.h"

enum { SAMPLES_PER_SET = 10 };

static void append_verdict(buffer *out, const eval_item *item, const char *text)
{
    huis_check_report *report = NULL;
    const span s = span_from_string(text);
    if (huis_check(item->text.ptr, item->text.len, s.ptr, s.len, &report, NULL) != HUIS_OK) {
        (void)buffer_append_string(out, "nothing to check");
        return;
    }
    (void)buffer_printf(out, "%s, %.2f", report->supported ? "supported" : "NOT SUPPORTED",
                        report->score);
    for (size_t i = 0; i < report->n_sentences; i++) {
        for (size_t k = 0; k < report->sentences[i].n_unsupported; k++) {
            (void)buffer_printf(out, ", absent: %s", report->sentences[i].unsupported[k]);
        }
    }
    huis_check_report_free(report);
}

/* On one line, for a table cell. */
static void append_cell(buffer *out, const char *text)
{
    for (const char *p = text; *p != '\0'; p++) {
        if (*p == '|') {
            (void)buffer_append_byte(out, '\\');
        }
        (void)buffer_append_byte(out, *p == '\n' || *p == '\r' ? ' ' : *p);
    }
}

static void append_item(buffer *out, const eval_outcome *o, size_t i)
{
    const eval_item *const item = &o->items.items[i];
    (void)buffer_printf(out, "\n### %s %s\n\n", o->set->name, item->id);
    if (item->focus != NULL) {
        (void)buffer_printf(out, "Question: %s\n\n", item->focus);
    }
    (void)buffer_append_string(out,
                               "| system | R1 / R2 / RL | check | text |\n|---|---|---|---|\n");
    for (eval_system s = EVAL_HUIS; s < EVAL_SYSTEMS; s++) {
        if (o->answers[s] == NULL) {
            continue;
        }
        const eval_answer *const a = &o->answers[s][i];
        (void)buffer_printf(out, "| %s | %.0f / %.0f / %.0f | ", eval_system_name(s, o),
                            100.0 * a->rouge.f1[ROUGE_1], 100.0 * a->rouge.f1[ROUGE_2],
                            100.0 * a->rouge.f1[ROUGE_L]);
        append_verdict(out, item, a->text);
        (void)buffer_append_string(out, " | ");
        append_cell(out, a->text);
        (void)buffer_append_string(out, " |\n");
    }
    (void)buffer_append_string(out, "| reference | | | ");
    for (size_t k = 0; k < item->n_references; k++) {
        (void)buffer_append_string(out, k > 0 ? " / " : "");
        append_cell(out, item->references[k].ptr);
    }
    (void)buffer_append_string(out, " |\n");
}

int eval_samples_append(buffer *out, const eval_outcome *o, huis_error *err)
{
    const size_t n = o->n_done < SAMPLES_PER_SET ? o->n_done : SAMPLES_PER_SET;
    for (size_t k = 0; k < n; k++) {
        append_item(out, o, k * o->n_done / n);
    }
    return buffer_ok(out) ? HUIS_OK : error_no_memory(err, "the samples");
}
