/*
 * focus.c - which sentences answer a question.
 *
 * The words of the question that carry content, by rarity, are looked for in each sentence; what
 * stands near a match counts too, the less the farther: an answer follows its question without
 * repeating its words, and a topic goes on for many turns. The words that frame a question ("what was
 * decided about", "summarise the discussion of") are dropped. Speakers that it names are no words of
 * the topic: their turns count more.
 */
#include <math.h>

#include "base/error.h"
#include "base/memory.h"
#include "evidence/index.h"

enum {
    MAX_SPEAKERS = 8,
    EXPANSION = 12,          /* words that feedback adds */
    FEEDBACK_SENTENCES = 60, /* of a text that is long enough to learn from */
};

/* Tuned on the first half of meetings_val (docs/summarize.md). */
static const double REACH = 100.0;      /* tokens over which a match fades to 1/e ... */
static const double LONG_REACH = 400.0; /* ... and those of a whole topic */
static const double FLOOR = 0.2;        /* of a sentence that only stands near matches */
static const double OWN_TALK = 1.0;     /* for its own matches, where topics go on for turns */
static const double OWN_PROSE = 2.0;
static const double NOT_SPEAKER = 0.5; /* of a turn of another than the question names */
static const double TOP = 0.6;         /* of the best place: where feedback looks */
static const double FEEDBACK = 0.3;    /* weight of a word that feedback adds */

/* Words of a question that say nothing of its topic, folded. */
static const char *const FRAME[] = {
    "summarize",  "summarise",   "summary",    "summarized",  "discuss",      "discussed",
    "discussion", "discussions", "discussing", "say",         "said",         "says",
    "saying",     "think",       "thought",    "thinks",      "opinion",      "opinions",
    "view",       "views",       "decide",     "decided",     "decision",     "decisions",
    "conclude",   "concluded",   "conclusion", "conclusions", "mention",      "mentioned",
    "talk",       "talked",      "talking",    "tell",        "told",         "explain",
    "explained",  "describe",    "described",  "suggest",     "suggested",    "propose",
    "proposed",   "meeting",     "group",      "team",        "general",      "whole",
    "main",       "point",       "points",     "people",      "participants", "reason",
    "reasons",    "according",   "regarding",  "concerning",  "comes",        "came",
    "when",       "why",         "how",        "what",        "who",          "where",
    "which",      "about",       "did",        "does",        "resume",       "resumer",
    "dit",        "dire",        "pense",      "penser",      "avis",         "decide",
    "decider",    "conclure",    "conclu",     "discute",     "discuter",     "parle",
    "parler",     "propose",     "proposer",   "reunion",     "equipe",       "groupe",
    "general",    "sujet",       "propos",     "pourquoi",    "comment",      "quand",
    "quoi",       "quel",        "quelle",     "quels",       "quelles",      "explique",
    "expliquer",  "raison"};

static bool is_frame(span form)
{
    for (size_t i = 0; i < sizeof(FRAME) / sizeof(FRAME[0]); i++) {
        if (span_equal(form, span_from_string(FRAME[i]))) {
            return true;
        }
    }
    return false;
}

typedef struct question {
    const evidence_index *index;
    term_table table;
    word_list words;
    arena memory;
    double *weight; // [n_stems] of the words that are looked for; 0: not one
    bool *name;     // [words.count] a word that names a speaker
    span speakers[MAX_SPEAKERS];
    size_t n_speakers;
} question;

static span turn_name(const document *d, size_t i_segment)
{
    const document_segment *const s = &d->segments[i_segment];
    return s->kind == SEGMENT_TURN ? span_slice(d->text, s->name_start, s->name_end)
                                   : span_from(NULL, 0);
}

static bool same_letters(span a, span b)
{
    bool same = a.len == b.len;
    for (size_t i = 0; same && i < a.len; i++) {
        const unsigned char x = (unsigned char)a.ptr[i];
        const unsigned char y = (unsigned char)b.ptr[i];
        same = x == y || ((x | 0x20u) == (y | 0x20u) && (x | 0x20u) >= 'a' && (x | 0x20u) <= 'z');
    }
    return same;
}

/* The next word of a name from *pos on; empty at the end. */
static span next_word(span name, size_t *pos)
{
    while (*pos < name.len && name.ptr[*pos] == ' ') {
        ++*pos;
    }
    const size_t start = *pos;
    while (*pos < name.len && name.ptr[*pos] != ' ') {
        ++*pos;
    }
    return span_slice(name, start, *pos);
}

/* The tokens from i on that name this speaker: the whole name, or one word of it with a capital. */
static size_t names_speaker(const question *q, span focus, size_t i, span name)
{
    size_t pos = 0;
    size_t n = 0;
    span word = next_word(name, &pos);
    for (; word.len > 0 && i + n < q->words.count; word = next_word(name, &pos), n++) {
        const word_token *const t = &q->words.tokens[i + n];
        if (!same_letters(word, span_slice(focus, t->start, t->end))) {
            break;
        }
    }
    if (word.len == 0 && n > 0) {
        return n;
    }
    const word_token *const t = &q->words.tokens[i];
    const span given = span_slice(focus, t->start, t->end);
    if ((t->flags & TOKEN_CAPITAL) == 0 || (t->flags & TOKEN_INITIAL) != 0) {
        return 0;
    }
    pos = 0;
    for (word = next_word(name, &pos); word.len > 0; word = next_word(name, &pos)) {
        if (span_equal(word, given)) {
            return 1;
        }
    }
    return 0;
}

static bool knows_speaker(const question *q, span name)
{
    for (size_t i = 0; i < q->n_speakers; i++) {
        if (span_equal(q->speakers[i], name)) {
            return true;
        }
    }
    return q->n_speakers == MAX_SPEAKERS;
}

/* Speakers of the text that the question names. */
static void find_speakers(question *q, span focus)
{
    const document *const d = q->index->source;
    span last = {0};
    for (size_t i = 0; i < d->n_segments; i++) {
        const span name = turn_name(d, i);
        if (name.len == 0 || span_equal(name, last) || knows_speaker(q, name)) {
            continue;
        }
        last = name;
        for (size_t w = 0; w < q->words.count; w++) {
            const size_t n = names_speaker(q, focus, w, name);
            for (size_t k = 0; k < n; k++) {
                q->name[w + k] = true;
            }
            if (n > 0 && !knows_speaker(q, name)) {
                q->speakers[q->n_speakers++] = name;
            }
        }
    }
}

/* Marks the words to look for; false: the text has none of them. */
static bool find_wanted(question *q)
{
    bool any = false;
    for (size_t i = 0; i < q->words.count; i++) {
        const word_token *const t = &q->words.tokens[i];
        uint32_t stem = 0;
        if (!q->name[i] && token_is_content(&q->table, t) &&
            !is_frame(q->table.terms[t->term].form) &&
            term_find_stem(&q->index->table, q->table.terms[t->term].stem, &stem) &&
            q->weight[stem] == 0.0) {
            q->weight[stem] = q->index->idf[stem];
            any = true;
        }
    }
    return any;
}

static const unit *unit_of(const evidence_index *x, size_t s)
{
    return &x->units[x->unit_of_sentence[s]];
}

/* out[s]: the weight of the words of s that are looked for. seen[stem]: 1 + the last sentence. */
static void match_sentences(const question *q, uint32_t *seen, double *out)
{
    const evidence_index *const x = q->index;
    for (size_t s = 0; s < x->source->n_sentences; s++) {
        const unit *const u = unit_of(x, s);
        out[s] = 0.0;
        for (uint32_t t = u->first_token; t < u->end_token; t++) {
            if (x->words.tokens[t].kind != TOKEN_WORD) {
                continue;
            }
            const uint32_t stem = x->table.terms[x->words.tokens[t].term].stem_id;
            if (q->weight[stem] > 0.0 && seen[stem] != s + 1) {
                seen[stem] = (uint32_t)s + 1;
                out[s] += q->weight[stem];
            }
        }
    }
}

/* out[s]: matches around s, each fading with the words between. */
static void spread_matches(const question *q, const double *own, double reach, double *out)
{
    const evidence_index *const x = q->index;
    const size_t n = x->source->n_sentences;
    double sum = 0.0;
    for (size_t s = 0; s < n; s++) {
        out[s] = sum;
        sum += own[s];
        const unit *const u = unit_of(x, s);
        sum *= exp(-(double)(u->end_token - u->first_token) / reach);
    }
    sum = 0.0;
    for (size_t s = n; s-- > 0;) {
        out[s] += sum + own[s];
        sum += own[s];
        const unit *const u = unit_of(x, s);
        sum *= exp(-(double)(u->end_token - u->first_token) / reach);
    }
}

static void normalise(double *v, size_t n)
{
    double best = 0.0;
    for (size_t i = 0; i < n; i++) {
        best = v[i] > best ? v[i] : best;
    }
    for (size_t i = 0; best > 0.0 && i < n; i++) {
        v[i] /= best;
    }
}

/* The words that stand most, by rarity, where the question's words are dense. */
static void add_feedback(question *q, const double *near, double *gain)
{
    const evidence_index *const x = q->index;
    for (size_t s = 0; s < x->source->n_sentences; s++) {
        const unit *const u = unit_of(x, s);
        for (uint32_t t = u->first_token; near[s] >= TOP && t < u->end_token; t++) {
            const word_token *const w = &x->words.tokens[t];
            if (token_is_content(&x->table, w) && x->table.terms[w->term].form.len > 2) {
                const uint32_t stem = x->table.terms[w->term].stem_id;
                gain[stem] += x->idf[stem];
            }
        }
    }
    for (int k = 0; k < EXPANSION && x->n_stems > 0; k++) {
        size_t best = 0;
        for (size_t i = 1; i < x->n_stems; i++) {
            best = gain[i] > gain[best] ? i : best;
        }
        if (q->weight[best] == 0.0 && gain[best] > 0.0) {
            q->weight[best] = FEEDBACK * x->idf[best];
        }
        gain[best] = 0.0;
    }
}

static bool is_by_speaker(const question *q, size_t s)
{
    const document *const d = q->index->source;
    const span name = turn_name(d, d->sentences[s].segment);
    for (size_t i = 0; name.len > 0 && i < q->n_speakers; i++) {
        if (span_equal(q->speakers[i], name)) {
            return true;
        }
    }
    return false;
}

/* own, near, far: room for one value a sentence; gain: one a stem. `seen` likewise, zero. */
static void weigh(question *q, double *room, double *gain, uint32_t *seen, double *scores)
{
    const size_t n = q->index->source->n_sentences;
    double *const own = room;
    double *const near = room + n;
    double *const far = room + 2 * n;
    const double weight = q->index->source->genre == DOCUMENT_DIALOGUE ? OWN_TALK : OWN_PROSE;
    match_sentences(q, seen, own);
    spread_matches(q, own, LONG_REACH, near);
    normalise(near, n);
    if (n >= FEEDBACK_SENTENCES) {
        add_feedback(q, near, gain);
    }
    memset(seen, 0, (q->index->n_stems + 1) * sizeof(*seen));
    match_sentences(q, seen, own);
    spread_matches(q, own, REACH, near);
    spread_matches(q, own, LONG_REACH, far);
    normalise(own, n);
    normalise(near, n);
    normalise(far, n);
    for (size_t s = 0; s < n; s++) {
        const double place = near[s] * far[s];
        scores[s] = place * place * (FLOOR + weight * own[s] + scores[s]);
    }
}

static void prefer_speakers(const question *q, double *scores)
{
    for (size_t s = 0; s < q->index->source->n_sentences; s++) {
        scores[s] *= q->n_speakers == 0 || is_by_speaker(q, s) ? 1.0 : NOT_SPEAKER;
    }
}

static int answer(question *q, span focus, double *scores, huis_error *err)
{
    const evidence_index *const x = q->index;
    RETURN_IF_ERROR(terms_tokenise(&q->table, focus, 0, focus.len, &q->words, err));
    double *const room = memory_alloc(x->source->n_sentences + 1, 3 * sizeof(*room));
    double *const gain = memory_alloc(x->n_stems + 1, sizeof(*gain));
    uint32_t *const seen = memory_alloc(x->n_stems + 1, sizeof(*seen));
    q->weight = memory_alloc(x->n_stems + 1, sizeof(*q->weight));
    q->name = memory_alloc(q->words.count + 1, sizeof(*q->name));
    const bool ok =
        room != NULL && gain != NULL && seen != NULL && q->weight != NULL && q->name != NULL;
    if (ok) {
        find_speakers(q, focus);
        if (find_wanted(q)) {
            weigh(q, room, gain, seen, scores);
        }
        prefer_speakers(q, scores);
        normalise(scores, x->source->n_sentences);
        index_focus_vectors(x, scores);
    }
    memory_free(room);
    memory_free(gain);
    memory_free(seen);
    return ok ? HUIS_OK : error_no_memory(err, "the question");
}

int evidence_focus(const evidence_index *x, span focus, double *scores, huis_error *err)
{
    question q = {.index = x};
    arena_init(&q.memory, (size_t)1 << 26);
    q.table = (term_table){.memory = &q.memory, .stemmer = x->table.stemmer};
    map_init(&q.table.by_form);
    map_init(&q.table.by_stem);
    const int status = answer(&q, focus, scores, err);
    memory_free(q.weight);
    memory_free(q.name);
    q.table.stemmer = NULL; /* the index's own */
    term_table_deinit(&q.table);
    word_list_deinit(&q.words);
    arena_deinit(&q.memory);
    return status;
}
