/*
 * splice.c - the words of one statement, said of another subject.
 *
 * Small models copy: "Norwick's council will link the harbour with the university", where the source
 * says that the line will. The end of the sentence is then a run of a unit's own words, and what stands
 * before it is nowhere in that unit. A pronoun before the run in the source forgives it: it may well
 * stand for the subject. Speakers are "I" in their own words (speakers.c). So does a comma or conjunction before the run in the sentence.
 */
#include "evidence/verdict.h"

enum { MIN_RUN = 4, MIN_RUN_CONTENT = 2, MAX_STARTS = 256 };

typedef struct run {
    uint32_t length;
    uint32_t row, at; /* first token of the run in the row */
} run;

static bool same_word(const checked *c, uint32_t i, uint32_t token)
{
    const evidence_index *const x = c->index;
    const word_token *const a = &c->words.tokens[i];
    const word_token *const b = &x->words.tokens[token];
    if (a->kind != b->kind) {
        return false;
    }
    if (a->kind == TOKEN_WORD) {
        return c->links[a->term].term == b->term;
    }
    return span_equal(span_slice(c->text, a->start, a->end),
                      span_slice(x->source->text, b->start, b->end));
}

/* The longest run of a row that ends with the words before `end`. */
static run longest_run(const checked *c, uint32_t end)
{
    run best = {0};
    size_t starts = 0;
    for (uint32_t k = 0; k < c->n_rows; k++) {
        const row *const r = &c->rows[k];
        for (uint32_t t = 0; t < r->count && starts < MAX_STARTS; t++) {
            uint32_t n = 0;
            while (n < end && n <= t && same_word(c, end - 1 - n, r->first + t - n)) {
                n++;
            }
            starts += n > 0;
            if (n > best.length) {
                best = (run){n, k, t + 1 - n};
            }
        }
    }
    return best;
}

/* Whether some of the words before the run are content of the source, and none of the run's unit. */
static bool has_foreign_head(const checked *c, uint32_t start, uint32_t i_unit)
{
    bool any = false;
    for (size_t i = 0; i < c->n_items && c->items[i].last < start; i++) {
        if (support_unit_has(&c->items[i], i_unit) ||
            (c->items[i].stem != LINK_NONE && speakers_has_name(c->index, c->items[i].stem))) {
            return false;
        }
        any = any || (c->items[i].found && !c->items[i].half);
    }
    return any;
}

static size_t count_content(const checked *c, uint32_t start, uint32_t end)
{
    size_t n = 0;
    for (uint32_t i = start; i < end; i++) {
        n += c->item_of_token[i] != ITEM_NONE;
    }
    return n;
}

static bool is_splice(const checked *c, const run *best)
{
    const uint32_t end = (uint32_t)c->words.count;
    const uint32_t start = end - best->length;
    if (best->length < MIN_RUN || start == 0 || best->at == 0 ||
        count_content(c, start, end) < MIN_RUN_CONTENT) {
        return false;
    }
    const word_token *const opens = &c->words.tokens[start];
    const uint32_t opening = opens->kind == TOKEN_WORD ? c->table.terms[opens->term].classes : 0;
    const row *const r = &c->rows[best->row];
    const word_token *const before = &c->index->words.tokens[r->first + best->at - 1];
    const uint32_t classes =
        before->kind == TOKEN_WORD ? c->index->table.terms[before->term].classes : 0;
    return opens->gap < GAP_COMMA && (opening & LEXICON_BREAK) == 0 &&
           (classes & (LEXICON_THIRD_PERSON | LEXICON_BREAK)) == 0 &&
           c->index->words.tokens[r->first + best->at].gap < GAP_COMMA &&
           has_foreign_head(c, start, r->unit);
}

/* What a sentence that stands in the source word by word cannot have wrong. */
static void forgive_verbatim(evidence_verdict *v)
{
    static const evidence_signal SIGNALS[] = {
        SIGNAL_NAME_ELSEWHERE, SIGNAL_NUMBER_ELSEWHERE, SIGNAL_DATE_ELSEWHERE, SIGNAL_NAME_RIVAL,
        SIGNAL_NUMBER_RIVAL,   SIGNAL_DATE_RIVAL,       SIGNAL_NUMBER_MOVED,   SIGNAL_UNIT,
        SIGNAL_REVERSED,       SIGNAL_TURNED_ROUND,     SIGNAL_ROLES};
    for (size_t i = 0; i < sizeof(SIGNALS) / sizeof(SIGNALS[0]); i++) {
        v->signals[SIGNALS[i]] = 0.0;
    }
}

/* "is", "has": what nobody says of himself; "was", "will": he may, after "I". */
static bool is_told_verb(const term *t)
{
    static const char *const FORMS[] = {"is",  "was",  "are", "were",   "has",  "have",
                                        "had", "will", "can", "should", "would"};
    for (size_t i = 0; i < sizeof(FORMS) / sizeof(FORMS[0]); i++) {
        if (span_equal(t->form, span_from_string(FORMS[i]))) {
            return true;
        }
    }
    return false;
}

/* Words that may stand for a speaker before his verb: pronouns, names, what may stand between. */
static bool may_be_speaker(const evidence_index *x, const word_token *t)
{
    static const char *const FORMS[] = {"i",      "we",   "you",  "he",   "she", "they",
                                        "who",    "that", "not",  "also", "and", "just",
                                        "really", "it",   "this", "what"};
    if (t->kind != TOKEN_WORD) {
        return t->kind == TOKEN_SYMBOL;
    }
    for (size_t i = 0; i < sizeof(FORMS) / sizeof(FORMS[0]); i++) {
        if (span_equal(x->table.terms[t->term].form, span_from_string(FORMS[i]))) {
            return true;
        }
    }
    return speakers_has_name(x, x->table.terms[t->term].stem_id);
}

/* "Ben is 175 a night": all after the speaker's name is a run that says it of something else. */
static bool is_splice_on_speaker(const checked *c, const run *best)
{
    const uint32_t end = (uint32_t)c->words.count;
    const uint32_t start = end - best->length;
    if (c->index->n_speakers < 2 || best->length < 3 || start == 0 || best->at == 0 ||
        c->words.tokens[start].kind != TOKEN_WORD ||
        !is_told_verb(&c->table.terms[c->words.tokens[start].term])) {
        return false;
    }
    const word_token *const tokens = c->index->words.tokens + c->rows[best->row].first;
    if (tokens[best->at].gap >= GAP_COMMA || may_be_speaker(c->index, &tokens[best->at - 1])) {
        return false;
    }
    for (uint32_t i = 0; i < start; i++) {
        const uint32_t k = c->item_of_token[i];
        if (k != ITEM_NONE &&
            (c->items[k].stem == LINK_NONE || !speakers_has_name(c->index, c->items[k].stem))) {
            return false;
        }
    }
    return c->item_of_token[start - 1] != ITEM_NONE;
}

void splice_signals(const checked *c, evidence_verdict *v)
{
    const run best = longest_run(c, (uint32_t)c->words.count);
    if (best.length > 0 && best.length == c->words.count) {
        forgive_verbatim(v);
    } else {
        v->signals[SIGNAL_SPLICED] =
            is_splice(c, &best) || is_splice_on_speaker(c, &best) ? 1.0 : 0.0;
    }
}
