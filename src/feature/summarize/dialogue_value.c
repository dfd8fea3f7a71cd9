/*
 * dialogue_value.c - see dialogue_value.h. A weighted sum of what is seen in a clause.
 */
#include "feature/summarize/dialogue_value.h"

#include "feature/summarize/dialogue_note_weights.h"
#include "feature/summarize/dialogue_weights.h"

enum { FULL_WORDS = 25, SHORT_WORDS = 6, FULL_NAMES = 3 };

/* "Hana has to lend it": set by hand, for the reader's sake; ROUGE does not care. */
static const double BARE_PRONOUN = -0.03;

static size_t count_name(span text, span name)
{
    size_t n = 0;
    for (size_t at = 0; name.len > 0 && at + name.len <= text.len;) {
        const char *const found = memmem(text.ptr + at, text.len - at, name.ptr, name.len);
        if (found == NULL) {
            break;
        }
        n++;
        at = (size_t)(found - text.ptr) + name.len;
    }
    return n;
}

/* Pronouns of the third person: in a clause by itself one does not know whom they mean. */
static bool has_pronoun(span text)
{
    static const char *const PRONOUNS[] = {"it",   "him",  "her",  "them", "he",    "she",
                                           "they", "lui",  "leur", "ils",  "elles", "elle",
                                           "il",   "cela", "ca",   "y"};
    summary_words w;
    bool found = false;
    if (summary_split_words(&w, text)) {
        for (size_t i = 1; i < w.count && !found; i++) {
            found = SUMMARY_MATCHES(&w, i, PRONOUNS) > 0;
        }
    }
    summary_words_deinit(&w);
    return found;
}

static double share(size_t n, size_t full)
{
    return n < full ? (double)n / (double)full : 1.0;
}

static double best_score(const summary_job *job)
{
    double top = 0.0;
    for (size_t i = 0; i < job->source->n_sentences; i++) {
        top = job->scores[i] > top ? job->scores[i] : top;
    }
    return top;
}

void dialogue_features(const summary_job *job, const dialogue_clauses *c, size_t k, double *out)
{
    const dialogue_clause *const one = &c->list[k];
    const size_t names = count_name(one->text, c->first) + count_name(one->text, c->second);
    const double top = best_score(job);
    memset(out, 0, DIALOGUE_N_FEATURES * sizeof(*out));
    if (one->told.act != ACT_NONE) {
        out[CLAUSE_ASK + (size_t)one->told.act - ACT_ASK] = 1.0;
    }
    out[CLAUSE_SCORE] = top > 0.0 ? job->scores[one->sentence] / top : 0.0;
    out[CLAUSE_FIRST] = k == 0 ? 1.0 : 0.0;
    out[CLAUSE_SECOND] = k == 1 ? 1.0 : 0.0;
    out[CLAUSE_LENGTH] = share(one->words, FULL_WORDS);
    out[CLAUSE_SHORT] = one->words <= SHORT_WORDS ? 1.0 : 0.0;
    out[CLAUSE_VAGUE] = one->told.vague ? 1.0 : 0.0;
    out[CLAUSE_OTHER] = one->told.by_other ? 1.0 : 0.0;
    out[CLAUSE_NAMES] = share(names, FULL_NAMES);
    out[CLAUSE_ANSWER] = one->answer != UINT32_MAX ? 1.0 : 0.0;
    out[CLAUSE_NUMBER] = span_has_digit(one->text) ? 1.0 : 0.0;
    out[CLAUSE_AFFIRMED] = one->answered == ANSWER_YES ? 1.0 : 0.0;
    out[CLAUSE_DENIED] = one->answered == ANSWER_NO ? 1.0 : 0.0;
    out[CLAUSE_ASKER] = c->are_notes && span_equal(one->speaker, c->asker) ? 1.0 : 0.0;
}

double dialogue_value(const summary_job *job, const dialogue_clauses *c, size_t k)
{
    double features[DIALOGUE_N_FEATURES];
    const double *const weights = c->are_notes ? NOTE_WEIGHTS : DIALOGUE_WEIGHTS;
    double value = has_pronoun(c->list[k].text) ? BARE_PRONOUN : 0.0;
    dialogue_features(job, c, k, features);
    for (size_t i = 0; i < DIALOGUE_N_FEATURES; i++) {
        value += weights[i] * features[i];
    }
    return value;
}
