/*
 * notify_digest_lines.c - runs of units as lines, and which of them are shown.
 *
 * A record that fits in a line is one. Of a longer one the run of units that is worth most is its first
 * line, the best of what is left before or behind it the next. Lines are then taken by worth while the
 * words last: what a critical record says twice counts more than what comes later once.
 */
#include <stdlib.h>

#include "base/error.h"
#include "document/document.h"
#include "feature/notify/notify_digest.h"

enum {
    MIN_CUT_WORDS = 4,
    MIN_FURTHER_WORDS = 3,
    ANNOUNCING_WORDS = 4,
    ENTRY_LINES = DIGEST_STACK_LINES
};

static const double MIN_FURTHER_SHARE = 0.3, MIN_FURTHER_VALUE = 1.5, FURTHER_WORTH = 0.6;
static const double OPENING_VALUE = 1.5, HEADING_VALUE = 0.8, GOING_ON_VALUE = 1.6,
                    OPEN_END_VALUE = -1.5, ANNOUNCING_VALUE = -3.0;

static uint32_t words_of_who(const digest_entry *e, bool first)
{
    const uint32_t n = (uint32_t)document_count_words(e->who) + (e->n_same > 1 ? 2 : 0);
    return first ? n : 0; /* "(3 times)" */
}

/* Whether the unit goes on with a clause that a line before breaks off. */
static bool goes_on(const digest_entry *e, const bool *used, uint32_t i)
{
    return i > 0 && used[i - 1] && e->units[i - 1].end == DIGEST_END_PHRASE;
}

static double worth_of_opening(const digest_entry *e, uint32_t i)
{
    while (i > 0 && e->units[i - 1].in_title == e->units[i].in_title &&
           e->units[i - 1].end != DIGEST_END_SENTENCE && e->units[i - 1].value <= 0) {
        i--;
    }
    const bool opens = i == 0 || e->units[i - 1].end == DIGEST_END_SENTENCE ||
                       e->units[i - 1].in_title != e->units[i].in_title;
    const bool is_heading = e->units[i].in_title && e->body.text.len > 0;
    return !opens ? 0.0 : is_heading ? HEADING_VALUE : OPENING_VALUE;
}

/* Whether a line may start with the unit: not inside a clause, unless the line before ends there; in
 * what is quoted not inside a sentence either. */
static bool may_open(const digest_entry *e, const bool *used, uint32_t i)
{
    if (i == 0 || goes_on(e, used, i)) {
        return true;
    }
    return e->units[i - 1].end != DIGEST_END_PHRASE &&
           (!e->is_quoted || used[i - 1] || worth_of_opening(e, i) > 0);
}

/* A line that leaves its clause open, or only announces, is worth less. */
static double worth_of_ending(const digest_entry *e, uint32_t i)
{
    const digest_unit *const last = &e->units[i];
    const span text = last->in_title ? e->title.text : e->body.text;
    if (last->end == DIGEST_END_CLAUSE && text.ptr[last->stop - 1] == ':' &&
        !span_has_digit(span_slice(text, last->start, last->stop))) {
        return last->n_words < ANNOUNCING_WORDS ? ANNOUNCING_VALUE : ANNOUNCING_VALUE / 2;
    }
    return last->end == DIGEST_END_PHRASE ? OPEN_END_VALUE : 0.0;
}

/* The run of unused units of one field within [from, to) that is worth most in `room` words; `on`:
 * only such as go on with what was broken off. False: none. */
static bool best_run(const digest_entry *e, const bool *used, uint32_t from, uint32_t to, bool on,
                     uint32_t room, digest_line *out, double *out_value)
{
    double best = 0;
    for (uint32_t i = from; i < to; i++) {
        const bool opens = on ? goes_on(e, used, i) : may_open(e, used, i);
        if (used[i] || !opens || e->units[i].value <= 0) {
            continue;
        }
        uint32_t n_words = 0;
        double value = goes_on(e, used, i) ? GOING_ON_VALUE : worth_of_opening(e, i);
        for (uint32_t k = i; k < to && !used[k] && e->units[k].in_title == e->units[i].in_title;
             k++) {
            n_words += e->units[k].n_words;
            const bool is_mixed = k > i && (e->units[i].is_altered || e->units[k].is_altered);
            if (n_words > room || is_mixed) {
                break;
            }
            value += e->units[k].value;
            const double whole = value + worth_of_ending(e, k);
            if (whole > best && e->units[k].value > 0) {
                best = whole;
                out->first = i;
                out->end = k + 1;
                out->n_words = n_words;
            }
        }
    }
    *out_value = best;
    return best > 0;
}

/* What the record is worth by its class. */
static double worth_of_class(huis_notify_class cls)
{
    switch (cls) {
    case HUIS_NOTIFY_CRITICAL:
        return 100;
    case HUIS_NOTIFY_TODAY:
        return 55;
    case HUIS_NOTIFY_PERSONAL:
        return 30;
    case HUIS_NOTIFY_LATER:
        return 18;
    case HUIS_NOTIFY_NOISE:
    case HUIS_NOTIFY_HOSTILE:
        break;
    }
    return 0;
}

static double worth_of(const digest_job *job, const digest_entry *e)
{
    const double place = (double)e->item->rank / (double)(job->ranking->n_items + 1);
    return worth_of_class(e->item->cls) * (1.0 - 0.3 * place);
}

/* The best further line: behind the first one it has all the words of a line, before it only what is
 * left beside who says it, which then moves there. */
static bool further_run(const digest_entry *e, const bool *used, uint32_t i_first, bool on,
                        digest_line *out, double *out_value)
{
    const uint32_t n_who = words_of_who(e, true);
    const uint32_t room = n_who < DIGEST_LINE_WORDS ? DIGEST_LINE_WORDS - n_who : 0;
    digest_line before = *out;
    double value = 0;
    const bool any = best_run(e, used, 0, i_first, on, room, &before, &value);
    const bool found =
        best_run(e, used, i_first, (uint32_t)e->n_units, on, DIGEST_LINE_WORDS, out, out_value);
    if (any && (!found || value > *out_value)) {
        *out = before;
        *out_value = value;
    }
    return any || found;
}

/* What is worth nothing behind a line is not missed. */
static void mark_used(const digest_entry *e, bool *used, const digest_line *line)
{
    for (uint32_t k = line->first; k < e->n_units; k++) {
        if (k >= line->end && e->units[k].value > 0) {
            return;
        }
        used[k] = true;
    }
}

/* What a further line is worth beside the first: what ends a broken sentence by its share of the value,
 * what is new less. */
static double share_of_line(bool on, double share)
{
    return FURTHER_WORTH * (on ? 0.5 + 0.5 * share : 0.4 + 0.6 * share);
}

/* Finds the next line of an entry; a sentence that was broken off is finished before anything else is
 * said. */
static bool next_line(const digest_entry *e, const bool *used, uint32_t i_first, digest_line *line,
                      bool *out_on, double *out_value)
{
    *out_on = false;
    if (line->is_first) {
        const uint32_t n_who = words_of_who(e, true);
        const uint32_t room = n_who < DIGEST_LINE_WORDS ? DIGEST_LINE_WORDS - n_who : 0;
        return best_run(e, used, 0, (uint32_t)e->n_units, false, room, line, out_value);
    }
    *out_on = further_run(e, used, i_first, true, line, out_value);
    return *out_on || further_run(e, used, i_first, false, line, out_value);
}

static void add_line(digest_job *job, const digest_entry *e, digest_line line)
{
    line.n_words += words_of_who(e, line.is_first);
    const uint32_t n_place = (uint32_t)document_count_words(e->place);
    line.has_place = line.is_first && n_place > 0 && line.n_words + n_place <= DIGEST_LINE_WORDS;
    job->lines[job->n_lines++] = line;
}

static void add_lines(digest_job *job, uint32_t i_entry)
{
    const digest_entry *const e = &job->entries[i_entry];
    bool used[DIGEST_MAX_UNITS] = {false};
    double best = 0;      /* the value of the first line */
    uint32_t i_first = 0; /* the unit that opens it */
    size_t n = 0;
    digest_line line = {.entry = i_entry, .is_first = true, .worth = worth_of(job, e)};
    for (uint32_t tries = 0; n < ENTRY_LINES && tries < DIGEST_MAX_UNITS; tries++) {
        bool on = false;
        double value = 0;
        line.is_first = n == 0;
        if (!next_line(e, used, i_first, &line, &on, &value)) {
            return;
        }
        mark_used(e, used, &line);
        best = n == 0 ? value : best;
        i_first = n == 0 ? line.first : i_first;
        const double share = best > 0 && value < best ? value / best : 1.0;
        const bool is_little = n > 0 && !on &&
                               (line.n_words < MIN_FURTHER_WORDS || share < MIN_FURTHER_SHARE ||
                                value < MIN_FURTHER_VALUE);
        if (is_little || (n > 0 && e->units[line.first].is_altered)) {
            continue;
        }
        line.worth *= n == 0 ? 1.0 : share_of_line(on, share);
        add_line(job, e, line);
        n++;
    }
}

static int by_worth(const void *a, const void *b)
{
    const digest_line *const x = a;
    const digest_line *const y = b;
    if (x->worth != y->worth) {
        return x->worth > y->worth ? -1 : 1;
    }
    if (x->entry != y->entry) {
        return x->entry < y->entry ? -1 : 1;
    }
    return x->first < y->first ? -1 : x->first > y->first;
}

/* Makes a line that is too long for what is left of the words shorter: the best run that fits. */
static bool shorten(const digest_job *job, digest_line *line, uint32_t max_words)
{
    if (line->n_words <= max_words) {
        return true;
    }
    const digest_entry *const e = &job->entries[line->entry];
    const uint32_t n_who = words_of_who(e, line->is_first);
    double value = 0;
    digest_line shorter = *line;
    bool used[DIGEST_MAX_UNITS] = {false};
    if (line->first > 0) {
        used[line->first - 1] = true; /* it may go on */
    }
    if (max_words < n_who + MIN_CUT_WORDS - 1 ||
        !best_run(e, used, line->first, line->end, false, max_words - n_who, &shorter, &value)) {
        return false;
    }
    shorter.n_words += n_who;
    *line = shorter;
    return line->n_words >= MIN_CUT_WORDS;
}

/* A further line needs the first one of its entry. */
static bool is_open(const digest_job *job, const digest_line *line)
{
    for (size_t i = 0; i < job->n_lines && !line->is_first; i++) {
        const digest_line *const other = &job->lines[i];
        if (other->entry == line->entry && other->is_first) {
            return other->is_chosen;
        }
    }
    return line->is_first;
}

/* Who says it in full stands in the line that is read first, where there is room. */
static void move_first(digest_job *job)
{
    for (size_t i = 0; i < job->n_lines; i++) {
        digest_line *const line = &job->lines[i];
        const digest_entry *const e = &job->entries[line->entry];
        size_t other = i + 1;
        while (other < job->n_lines && job->lines[other].entry == line->entry &&
               !(job->lines[other].is_chosen && job->lines[other].is_first)) {
            other++;
        }
        const bool found = other < job->n_lines && job->lines[other].entry == line->entry;
        const uint32_t more = words_of_who(e, true) - words_of_who(e, false);
        if (line->is_chosen && !line->is_first && found &&
            line->n_words + more <= DIGEST_LINE_WORDS) {
            digest_line *const first = &job->lines[other];
            line->is_first = true;
            line->n_words += more;
            first->is_first = false;
            first->n_words -= more;
            if (first->has_place) {
                const uint32_t n_place = (uint32_t)document_count_words(e->place);
                line->has_place = line->n_words + n_place <= DIGEST_LINE_WORDS;
                first->has_place = false;
            }
        }
    }
}

/* So few words that no line fits: the first line with its first words. */
static void choose_cut(digest_job *job)
{
    for (size_t i = 0; i < job->n_lines; i++) {
        digest_line *const line = &job->lines[i];
        const uint32_t n_who = words_of_who(&job->entries[line->entry], true);
        if (line->is_first && job->words_left > n_who) {
            line->cut_words = job->words_left - n_who;
            line->n_words = job->words_left;
            line->has_place = false;
            line->is_chosen = true;
            return;
        }
    }
}

static int by_place(const void *a, const void *b)
{
    const digest_line *const x = a;
    const digest_line *const y = b;
    if (x->entry != y->entry) {
        return x->entry < y->entry ? -1 : 1;
    }
    return x->first < y->first ? -1 : x->first > y->first;
}

int digest_lines_choose(digest_job *job, huis_error *err)
{
    job->lines = arena_alloc(&job->memory, job->n_entries * ENTRY_LINES + 1, sizeof(*job->lines));
    uint8_t *const in_stack = arena_alloc(&job->memory, job->n_entries + 1, 1);
    if (job->lines == NULL || in_stack == NULL) {
        return error_no_memory(err, "a digest");
    }
    for (size_t i = 0; i < job->n_entries; i++) {
        if (!job->entries[i].is_told) {
            add_lines(job, (uint32_t)i);
        }
    }
    qsort(job->lines, job->n_lines, sizeof(*job->lines), by_worth);
    bool any = false;
    for (size_t i = 0; i < job->n_lines; i++) {
        digest_line *const line = &job->lines[i];
        const uint32_t stack = job->entries[line->entry].stack;
        const uint32_t n_place =
            line->has_place ? (uint32_t)document_count_words(job->entries[line->entry].place) : 0;
        if (in_stack[stack] >= DIGEST_STACK_LINES || !is_open(job, line) ||
            !shorten(job, line, job->words_left)) {
            continue;
        }
        line->has_place = line->has_place && line->n_words + n_place <= job->words_left;
        line->is_chosen = true;
        job->words_left -= line->n_words + (line->has_place ? n_place : 0);
        in_stack[stack]++;
        any = true;
    }
    if (!any) {
        choose_cut(job);
    }
    qsort(job->lines, job->n_lines, sizeof(*job->lines), by_place);
    move_first(job);
    return HUIS_OK;
}
