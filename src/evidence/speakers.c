/*
 * speakers.c - in a dialogue, does each clause stand in the turns of the one it speaks of?
 *
 * The subject of a clause is the first speaker named in it, else that of the clause before. The rest of
 * the clause is looked for turn by turn. A turn of another speaker that says "you" may speak of the
 * subject ("you bring the drinks"), one that names the subject too; with a verb of saying ("asks",
 * "dit") only the speaker's own turns count. The signal is how much more of the clause the best turn
 * holds than the best turn of the subject.
 */
#include "evidence/verdict.h"

enum { MIN_CONTEXT = 2, SPEAKER_BOTH = SPEAKER_NONE - 1, MAX_CALLS = 16 };

/* What a turn of somebody else counts for when it speaks to, or of, the subject. */
static const double SPEAKS_TO = 0.85;
static const double SPEAKS_OF = 0.8;
static const double ASKED = 0.6;     /* own words that only ask the other */
static const double FREE_GAP = 0.12; /* as much may stand elsewhere by chance */
static const double ONE_WORD = 0.5;  /* what one word of a clause proves */

bool speakers_has_name(const evidence_index *x, uint32_t stem)
{
    for (size_t s = 0; s < x->n_speakers; s++) {
        for (size_t k = 0; k < x->speakers[s].n_terms; k++) {
            if (x->table.terms[x->speakers[s].terms[k]].stem_id == stem) {
                return true;
            }
        }
    }
    return false;
}

/* The speaker whose name begins at token i of the sentence; SPEAKER_NONE. *out_n: tokens. */
static uint8_t speaker_at(const checked *c, uint32_t i, uint32_t *out_n)
{
    const evidence_index *const x = c->index;
    for (size_t s = 0; s < x->n_speakers; s++) {
        const speaker *const who = &x->speakers[s];
        uint32_t n = 0;
        while (n < who->n_terms && i + n < c->words.count &&
               c->words.tokens[i + n].kind == TOKEN_WORD &&
               c->links[c->words.tokens[i + n].term].term == who->terms[n]) {
            n++;
        }
        if (n > 0 && n == who->n_terms) {
            *out_n = n;
            return (uint8_t)s;
        }
    }
    return SPEAKER_NONE;
}

/* "I'm Tony", "this is Tony", "my name is Tony": what may stand before a speaker's own name. */
static bool follows_introduction(const evidence_index *x, uint32_t t)
{
    static const char *const FORMS[][2] = {{"i", "am"},    {"i", "m"},     {"this", "is"},
                                           {"name", "is"}, {"je", "suis"}, {"m", "appelle"}};
    const word_token *const w = x->words.tokens;
    if (t < 2 || w[t - 1].kind != TOKEN_WORD || w[t - 2].kind != TOKEN_WORD) {
        return false;
    }
    for (size_t i = 0; i < sizeof(FORMS) / sizeof(FORMS[0]); i++) {
        if (span_equal(x->table.terms[w[t - 2].term].form, span_from_string(FORMS[i][0])) &&
            span_equal(x->table.terms[w[t - 1].term].form, span_from_string(FORMS[i][1]))) {
            return true;
        }
    }
    return false;
}

/* Who is called by a name that is no label, of two speakers: the one who introduces himself so, or the other than
 * the one who calls it out ("Tony, are you there?"). */
static uint8_t called_by(const checked *c, uint32_t i)
{
    const evidence_index *const x = c->index;
    const uint32_t name = c->links[c->words.tokens[i].term].term;
    if (x->n_speakers != 2 || name == LINK_NONE || !names_is_name(c, i)) {
        return SPEAKER_NONE;
    }
    const uint32_t from = x->term_first[name];
    const uint32_t end = x->term_first[name + 1];
    for (uint32_t k = from; k < end && k < from + MAX_CALLS; k++) {
        const uint32_t t = x->term_tokens[k];
        const size_t u = index_unit_of_token(x, t);
        if (u >= x->n_units || x->units[u].speaker >= 2) {
            continue;
        }
        if (follows_introduction(x, t)) {
            return x->units[u].speaker;
        }
        const bool opens = t == x->units[u].first_token || x->words.tokens[t].gap == GAP_COMMA;
        const bool closes = t + 1 == x->units[u].end_token ||
                            (t + 1 < x->words.count && x->words.tokens[t + 1].gap >= GAP_COMMA);
        if (opens && closes) {
            return (uint8_t)(1 - x->units[u].speaker);
        }
    }
    return SPEAKER_NONE;
}

typedef struct spoken {
    uint32_t clause;
    const bool *names; // [n_items]: part of a speaker's name, or a verb of saying
} spoken;

/* What is found of a clause: by turn, and by the unit of the turn that holds most. */
typedef struct heard {
    double *gains; // [n_turns]
    double *cores; // [n_turns]
    double total;  /* of what nobody says too: a retelling proves less */
    size_t count;
} heard;

static bool is_spoken(const checked *c, const item *i, const void *user)
{
    const spoken *const s = user;
    return i->clause == s->clause && !s->names[i - c->items];
}

static void add_turn_gains(const checked *c, const spoken *s, heard *h)
{
    const evidence_index *const x = c->index;
    for (uint32_t i = 0; i < c->n_items; i++) {
        const item *const n = &c->items[i];
        if (n->same != i || !is_spoken(c, n, s)) {
            continue;
        }
        h->count += n->found;
        uint32_t last = UINT32_MAX;
        for (size_t k = 0; k < n->n_units; k++) {
            const uint32_t turn = x->units[n->units[k]].turn;
            if (turn != last && turn < x->n_turns) {
                h->gains[turn] += n->half ? n->weight * 0.5 : n->weight;
                last = turn;
            }
        }
    }
}

static void listen(checked *c, const spoken *s, heard *h)
{
    const evidence_index *const x = c->index;
    memset(h->gains, 0, x->n_turns * sizeof(*h->gains));
    memset(h->cores, 0, x->n_turns * sizeof(*h->cores));
    h->count = 0;
    h->total = support_gains(c, is_spoken, s);
    add_turn_gains(c, s, h);
    for (size_t u = 0; u < x->n_units; u++) {
        const uint32_t turn = x->units[u].turn;
        if (turn < x->n_turns && c->gains[u] > h->cores[turn]) {
            h->cores[turn] = c->gains[u];
        }
    }
}

/* Whether a unit says "you", or the name of the subject. */
static void look_at_unit(const checked *c, const unit *u, uint8_t subject, bool *out_you,
                         bool *out_named)
{
    const evidence_index *const x = c->index;
    const speaker *const who = &x->speakers[subject];
    for (uint32_t t = u->first_token; t < u->end_token; t++) {
        const word_token *const w = &x->words.tokens[t];
        if (w->kind == TOKEN_WORD) {
            *out_you = *out_you || (x->table.terms[w->term].classes & LEXICON_SECOND_PERSON) != 0;
            *out_named = *out_named || w->term == who->terms[who->n_terms - 1];
        }
    }
}

/* What a turn proves of the subject, by the unit that holds most of the clause. */
static double own_share(const checked *c, const unit *u, uint8_t subject, bool strict)
{
    const evidence_index *const x = c->index;
    bool you = false;
    bool named = false;
    if (strict) {
        return u->speaker == subject ? 1.0 : 0.0;
    }
    look_at_unit(c, u, subject, &you, &named);
    if (u->speaker == subject) {
        /* "Do you smoke?" does not say that the one who asks smokes. */
        return you && u->end > u->start && x->source->text.ptr[u->end - 1] == '?' ? ASKED : 1.0;
    }
    return you ? SPEAKS_TO : named ? SPEAKS_OF : 0.0;
}

/* The best gains of the subject's turns and of all turns. */
static void compare_turns(const checked *c, const heard *h, uint8_t subject, bool strict,
                          double *out_own, double *out_any)
{
    const evidence_index *const x = c->index;
    for (size_t u = 0; u < x->n_units; u++) {
        const unit *const at = &x->units[u];
        if (at->turn >= x->n_turns || h->gains[at->turn] <= *out_own ||
            c->gains[u] < h->cores[at->turn]) {
            continue;
        }
        const double gain = h->gains[at->turn];
        const double own = gain * own_share(c, at, subject, strict);
        *out_own = own > *out_own ? own : *out_own;
        *out_any = gain > *out_any ? gain : *out_any;
    }
}

/* "Anna and Ben talk": the word before the second name joins them. */
static bool is_joined(const checked *c, uint32_t i)
{
    const word_token *const before = &c->words.tokens[i > 0 ? i - 1 : 0];
    const span form = before->kind == TOKEN_WORD ? c->table.terms[before->term].form : SPAN("");
    return span_equal(form, SPAN("and")) || span_equal(form, SPAN("et"));
}

/* The first speaker of a clause, or SPEAKER_BOTH; marks the names and verbs of saying. *out_strict: such a verb. */
static uint8_t subject_of(const checked *c, uint32_t k, bool *names, bool *out_strict)
{
    uint8_t subject = SPEAKER_NONE;
    for (uint32_t i = c->clauses[k].first; i < c->clauses[k].end; i++) {
        const word_token *const t = &c->words.tokens[i];
        uint32_t n = 0;
        uint8_t who = t->kind == TOKEN_WORD ? speaker_at(c, i, &n) : (uint8_t)SPEAKER_NONE;
        if (who == SPEAKER_NONE && t->kind == TOKEN_WORD) {
            who = called_by(c, i);
            n = 1;
        }
        if (who != SPEAKER_NONE) {
            if (subject != SPEAKER_NONE && who != subject && is_joined(c, i)) {
                return SPEAKER_BOTH;
            }
            subject = subject == SPEAKER_NONE ? who : subject;
            for (uint32_t m = i; m < i + n; m++) {
                if (c->item_of_token[m] != ITEM_NONE) {
                    names[c->item_of_token[m]] = true;
                }
            }
            i += n - 1;
        } else if (t->kind == TOKEN_WORD &&
                   (c->table.terms[t->term].classes & LEXICON_REPORTING) != 0) {
            *out_strict = true;
            if (c->item_of_token[i] != ITEM_NONE) {
                names[c->item_of_token[i]] = true;
            }
        }
    }
    return subject;
}

bool speakers_signals(checked *c, evidence_verdict *v)
{
    const evidence_index *const x = c->index;
    if (x->n_speakers < 2) {
        return true;
    }
    bool *const names = arena_alloc(c->memory, c->n_items + 1, sizeof(*names));
    heard h = {.gains = arena_alloc(c->memory, x->n_turns + 1, 2 * sizeof(*h.gains))};
    if (names == NULL || h.gains == NULL) {
        return false;
    }
    h.cores = h.gains + x->n_turns;
    uint8_t subject = SPEAKER_NONE;
    for (uint32_t k = 0; k < c->n_clauses; k++) {
        bool strict = false;
        const uint8_t here = subject_of(c, k, names, &strict);
        subject = here != SPEAKER_NONE ? here : subject;
        if (subject >= x->n_speakers) {
            continue;
        }
        const spoken s = {k, names};
        listen(c, &s, &h);
        double own = 0.0;
        double any = 0.0;
        compare_turns(c, &h, subject, strict, &own, &any);
        double gap = h.total > 0.0 && any > own ? (any - own) / h.total : 0.0;
        gap = gap > FREE_GAP ? (gap - FREE_GAP) / (1.0 - FREE_GAP) : 0.0;
        gap *= h.count >= MIN_CONTEXT ? 1.0 : ONE_WORD;
        v->signals[SIGNAL_SPEAKER] =
            gap > v->signals[SIGNAL_SPEAKER] ? gap : v->signals[SIGNAL_SPEAKER];
    }
    return true;
}
