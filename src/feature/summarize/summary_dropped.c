/*
 * summary_dropped.c - what may a model leave out of a sentence?
 *
 * The decoder sees to it that a shortened sentence is the source's own words in order
 * (huis_generate_options.keep_order). That makes no lie impossible: "the son of the president died"
 * holds "the president died". So the two are aligned, with as few gaps as can be, and every gap must be
 * something that a sentence can lose: an adverbial that opens it, or words that do not end in a
 * function word; and it holds nothing that limits, negates, attributes or rounds.
 */
#include "base/error.h"
#include "feature/summarize/summary_forms.h"
#include "feature/summarize/summary_write.h"

enum { NO_WAY = UINT16_MAX };

/* They make a number less than exact, or join two things into one. */
static const char *const LOOSENS[] = {
    "environ", "quelque", "quelques", "presque", "moins", "plus", "jusqu'*", "about", "nearly",
    "almost",  "around",  "least",    "most",    "than",  "over", "under",   "up"};
static const char *const JOINS[] = {"et", "and", "&"};

/* Fills place[i], where word i of `a` stands in `b`, with as few gaps as can be. `cost` and `from` have
 * room for a->count * b->count. False: it is no subsequence. */
static bool align(const summary_words *a, const summary_words *b, uint16_t *cost, uint16_t *from,
                  uint16_t *place)
{
    const size_t m = b->count;
    for (size_t i = 0; i < a->count; i++) {
        uint16_t best = NO_WAY; /* of the word before, at least two places before j */
        uint16_t i_best = 0;
        for (size_t j = 0; j < m; j++) {
            uint16_t *const here = &cost[i * m + j];
            const uint16_t beside = i > 0 && j > 0 ? cost[(i - 1) * m + j - 1] : NO_WAY;
            if (i > 0 && j > 1 && cost[(i - 1) * m + j - 2] < best) {
                best = cost[(i - 1) * m + j - 2];
                i_best = (uint16_t)(j - 2);
            }
            *here = NO_WAY;
            if (!span_equal(a->words[i].form, b->words[j].form)) {
                continue;
            }
            if (i == 0) {
                *here = j > 0 ? 1 : 0;
            } else if (beside != NO_WAY && (best == NO_WAY || beside <= best + 1)) {
                *here = beside;
                from[i * m + j] = (uint16_t)(j - 1);
            } else if (best != NO_WAY) {
                *here = (uint16_t)(best + 1);
                from[i * m + j] = i_best;
            }
        }
    }
    size_t end = 0;
    const uint16_t *const last = &cost[(a->count - 1) * m];
    for (size_t j = 1; j < m; j++) {
        /* The end of the sentence is one gap less. */
        end = last[j] != NO_WAY && (last[end] == NO_WAY || last[j] <= last[end] + (j + 1 == m))
                  ? j
                  : end;
    }
    if (last[end] == NO_WAY) {
        return false;
    }
    for (size_t i = a->count; i > 0; i--) {
        place[i - 1] = (uint16_t)end;
        end = from[(i - 1) * m + end];
    }
    return true;
}

/* Words first ... end - 1 of the sentence are left out. */
static bool may_lose(const summary_words *w, span sentence, size_t first, size_t end)
{
    const bool closes = end == w->count || w->words[end].comma_before;
    const span last = span_slice(sentence, w->words[end - 1].start, w->words[end - 1].end);
    const span gap = span_slice(sentence, w->words[first].start, w->words[end - 1].end);
    /* A whole clause takes its own "about" with it. */
    const bool is_clause = closes && (first == 0 || w->words[first].comma_before);
    for (size_t i = first; i < end && !is_clause; i++) {
        if (SUMMARY_MATCHES(w, i, LOOSENS) > 0) {
            return false;
        }
    }
    if (first > 0 && end < w->count && closes &&
        summary_parts_list(span_slice(sentence, 0, w->words[first].start),
                           span_slice(sentence, w->words[end].start, sentence.len))) {
        return false;
    }
    if (summary_binds(gap) || (end < w->count && SUMMARY_MATCHES(w, first, JOINS) > 0)) {
        return false;
    }
    return first == 0 ? summary_is_opening(gap) : closes || !evidence_is_function_word(last);
}

static bool may_lose_gaps(const summary_words *w, span sentence, const uint16_t *place, size_t n)
{
    size_t next = 0;
    for (size_t i = 0; i <= n; i++) {
        const size_t at = i < n ? place[i] : w->count;
        if (at > next && !may_lose(w, sentence, next, at)) {
            return false;
        }
        next = at + 1;
    }
    return true;
}

int summary_drops_soundly(summary_job *job, span shortened, span sentence, bool *out_sound)
{
    summary_words a = {0};
    summary_words b = {0};
    bool ok = summary_split_words(&a, shortened);
    ok = summary_split_words(&b, sentence) && ok;
    *out_sound = false;
    if (ok && a.count > 0 && b.count < SUMMARY_MAX_WORDS) {
        const size_t cells = a.count * (b.count + 1);
        uint16_t *const cost = arena_alloc(&job->scratch, cells, sizeof(*cost));
        uint16_t *const from = arena_alloc(&job->scratch, cells, sizeof(*from));
        uint16_t *const place = arena_alloc(&job->scratch, a.count, sizeof(*place));
        ok = cost != NULL && from != NULL && place != NULL;
        if (ok) {
            memset(from, 0, cells * sizeof(*from));
            *out_sound = b.count > 0 && align(&a, &b, cost, from, place) &&
                         may_lose_gaps(&b, sentence, place, a.count);
        }
    }
    summary_words_deinit(&a);
    summary_words_deinit(&b);
    return ok ? HUIS_OK : summary_no_memory(job);
}
