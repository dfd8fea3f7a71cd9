/*
 * summary_overlap.c - see summary_overlap.h. Texts are short: everything is compared with everything.
 */
#include "feature/summarize/summary_overlap.h"

#include "base/map.h"
#include "feature/summarize/summary.h"

bool overlap_append(overlap_run *run, span text, size_t max_words)
{
    summary_words w;
    const bool ok = summary_split_words(&w, text);
    for (size_t i = 0; ok && i < w.count && run->count < max_words; i++) {
        run->words[run->count++] = map_hash(w.words[i].form, 0);
    }
    summary_words_deinit(&w);
    return ok;
}

size_t overlap_shared(const overlap_run *a, const overlap_run *b, size_t n)
{
    bool used[OVERLAP_MAX_WORDS] = {false};
    size_t sum = 0;
    for (size_t i = 0; i + n <= a->count; i++) {
        for (size_t k = 0; k + n <= b->count; k++) {
            if (!used[k] && a->words[i] == b->words[k] &&
                (n == 1 || a->words[i + 1] == b->words[k + 1])) {
                used[k] = true;
                sum++;
                break;
            }
        }
    }
    return sum;
}

/* The longest sequence that both have, with gaps. */
static size_t count_sequence(const overlap_run *a, const overlap_run *b)
{
    uint16_t row[OVERLAP_MAX_WORDS + 1] = {0};
    for (size_t i = 0; i < a->count; i++) {
        uint16_t diagonal = 0;
        for (size_t k = 0; k < b->count; k++) {
            const uint16_t above = row[k + 1];
            const uint16_t left = row[k];
            row[k + 1] = a->words[i] == b->words[k] ? (uint16_t)(diagonal + 1)
                         : above > left             ? above
                                                    : left;
            diagonal = above;
        }
    }
    return row[b->count];
}

double overlap_f1(size_t hits, size_t a, size_t b)
{
    return a + b > 0 ? 2.0 * (double)hits / (double)(a + b) : 0.0;
}

static size_t count_runs(const overlap_run *run, size_t n)
{
    return run->count >= n ? run->count - n + 1 : 0;
}

double overlap_of_runs(const overlap_run *a, const overlap_run *b, size_t n)
{
    return overlap_f1(overlap_shared(a, b, n), count_runs(a, n), count_runs(b, n));
}

double overlap_agreement(const overlap_run *a, const overlap_run *b)
{
    return overlap_of_runs(a, b, 1) + overlap_of_runs(a, b, 2) +
           overlap_f1(count_sequence(a, b), a->count, b->count);
}
