/*
 * summary_minutes.c - how minutes and task lists say who does what: "Action: Tom sends the bill",
 * "Yannick Le Goff enverra les factures".
 *
 * In an article such sentences are news; in the minutes of a meeting they are agreed, so
 * summary_actions.c reads minutes less strictly.
 */
#include "feature/summarize/summary.h"

/* A colon right after the word. */
static bool has_colon(const summary_words *w, size_t i, span sentence)
{
    const size_t end = i + 1 < w->count ? w->words[i + 1].start : sentence.len;
    const size_t start = w->words[i].end;
    return memchr(sentence.ptr + start, ':', end - start) != NULL;
}

size_t summary_skip_task_label(const summary_words *w, size_t from, span sentence)
{
    static const char *const LABELS[] = {
        "action", "actions", "action item", "action items", "next step",       "next steps",
        "todo",   "to do",   "a faire",     "tache",        "prochaine etape", "prochaines etapes",
        "taches"};
    for (size_t k = 0; k < sizeof(LABELS) / sizeof(LABELS[0]); k++) {
        const size_t n = summary_match(w, from, LABELS[k]);
        if (n > 0 && from + n < w->count && has_colon(w, from + n - 1, sentence)) {
            return from + n;
        }
    }
    return from;
}

size_t summary_name_words(const summary_words *w, size_t from)
{
    size_t n = 0;
    while (from + n < w->count && n < SUMMARY_NAME_WORDS && w->words[from + n].capital &&
           !(n > 0 && w->words[from + n].comma_before)) {
        n++;
    }
    const bool name = n > 0 && w->words[from].form.len > 1 &&
                      !evidence_is_common_word(w->words[from].form) &&
                      !evidence_is_function_word(w->words[from].form);
    return name ? n : 0;
}

bool summary_is_future(span form)
{
    return form.len > 4 && !span_equal(form, SPAN("seront")) && !span_equal(form, SPAN("auront")) &&
           (span_ends_with(form, SPAN("ra")) || span_ends_with(form, SPAN("ront")));
}
