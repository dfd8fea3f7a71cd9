/*
 * rank.c - which sentences carry the text, and a diverse choice among them.
 *
 * The score of a sentence is the BM25 weight (Robertson and Zaragoza 2009) of the text's own
 * centroid in it, times a position prior that depends on the genre: (1 + i)^-0.4 for articles,
 * (1 + i)^-1.5 for mails, which say first what they want, half of the former for dialogues. The choice is greedy by maximal marginal relevance
 * (Carbonell and Goldstein 1998). Weights were tuned on one half of the development sets
 * (docs/summarize.md).
 */
#include <math.h>

#include "base/error.h"
#include "base/memory.h"
#include "evidence/index.h"

static const double BM25_K1 = 1.2;
static const double BM25_B = 0.7;
static const double ARTICLE_FALL = 0.4;
static const double MAIL_FALL = 1.5;
static const double DIALOGUE_FLOOR = 0.5;
static const double MESSAGE_FALL = 0.2; /* from a message of a thread to the one before it */
static const double MESSAGE_FLOOR = 0.1;
enum { FULL_CONTENT = 4 };
static const double MMR_LAMBDA = 0.7;

/* The similarity that no score makes up for. */
static const double NEVER = 1e9;

/* How much the kind of its segment lets a sentence speak for the text. */
static double segment_weight(segment_kind kind)
{
    switch (kind) {
    case SEGMENT_PARAGRAPH:
    case SEGMENT_TURN:
        return 1.0;
    case SEGMENT_LIST_ITEM:
        return 0.9;
    case SEGMENT_HEADING:
        return 0.6;
    case SEGMENT_QUOTE:
        return 0.3;
    case SEGMENT_CODE:
    case SEGMENT_HEADER:
    case SEGMENT_GREETING:
    case SEGMENT_SIGNATURE:
        return 0.1;
    }
    return 1.0;
}

static const unit *unit_of(const evidence_index *x, size_t i_sentence)
{
    return &x->units[x->unit_of_sentence[i_sentence]];
}

static bool counts(const evidence_index *x, uint32_t i_token)
{
    const word_token *const t = &x->words.tokens[i_token];
    return token_is_content(&x->table, t) && x->table.terms[t->term].form.len > 1;
}

static uint32_t stem_at(const evidence_index *x, uint32_t i_token)
{
    return x->table.terms[x->words.tokens[i_token].term].stem_id;
}

/* The weight of each stem in the text: log(1 + occurrences) * idf, in sentences only. */
static void find_centroid(const evidence_index *x, double *centroid)
{
    const document *const d = x->source;
    for (size_t s = 0; s < d->n_sentences; s++) {
        const unit *const u = unit_of(x, s);
        const double weight = segment_weight(d->segments[d->sentences[s].segment].kind);
        for (uint32_t t = u->first_token; t < u->end_token; t++) {
            if (counts(x, t)) {
                centroid[stem_at(x, t)] += weight;
            }
        }
    }
    for (size_t i = 0; i < x->n_stems; i++) {
        centroid[i] = log(1.0 + centroid[i]) * x->idf[i];
    }
}

static double position_prior(document_genre genre, size_t i)
{
    const double falling =
        pow(1.0 + (double)i, genre == DOCUMENT_MAIL ? -MAIL_FALL : -ARTICLE_FALL);
    return genre == DOCUMENT_DIALOGUE ? DIALOGUE_FLOOR + (1.0 - DIALOGUE_FLOOR) * falling : falling;
}

/* Content tokens of a sentence. */
static size_t content_length(const evidence_index *x, size_t s)
{
    const unit *const u = unit_of(x, s);
    size_t n = 0;
    for (uint32_t t = u->first_token; t < u->end_token; t++) {
        n += counts(x, t);
    }
    return n;
}

/* Sum over the sentence's distinct stems; `seen` holds 1 + the last sentence of each stem. */
static double bm25(const evidence_index *x, size_t s, const double *centroid, double average,
                   uint32_t *seen, uint32_t *frequency)
{
    const unit *const u = unit_of(x, s);
    size_t length = 0;
    for (uint32_t t = u->first_token; t < u->end_token; t++) {
        if (!counts(x, t)) {
            continue;
        }
        const uint32_t stem = stem_at(x, t);
        frequency[stem] = seen[stem] == s + 1 ? frequency[stem] + 1 : 1;
        seen[stem] = (uint32_t)s + 1;
        length++;
    }
    const double norm = BM25_K1 * (1.0 - BM25_B + BM25_B * (double)length / average);
    double sum = 0.0;
    for (uint32_t t = u->first_token; t < u->end_token; t++) {
        if (!counts(x, t) || frequency[stem_at(x, t)] == 0) {
            continue;
        }
        const double f = frequency[stem_at(x, t)];
        sum += centroid[stem_at(x, t)] * f * (BM25_K1 + 1.0) / (f + norm);
        frequency[stem_at(x, t)] = 0;
    }
    return sum;
}

/* Fillers ("Really?", "Thank you.") say nothing of the text, however central their words. */
static double length_weight(size_t content)
{
    return content >= FULL_CONTENT ? 1.0 : (double)content / FULL_CONTENT;
}

/* Whether a message of a thread starts with the segment: "=== 2 / 3 ===". */
static bool starts_message(const document *d, size_t i_segment)
{
    const document_segment *const s = &d->segments[i_segment];
    return s->kind == SEGMENT_HEADER &&
           span_starts_with(span_slice(d->text, s->start, s->end), SPAN("=== "));
}

/* Where a sentence stands: in its message, and how many messages follow. */
typedef struct thread_place {
    size_t position, n_later, segment;
} thread_place;

static thread_place first_place(const document *d)
{
    thread_place p = {.position = 0};
    for (size_t i = 0; d->genre == DOCUMENT_MAIL && i < d->n_segments; i++) {
        p.n_later += starts_message(d, i);
    }
    return p;
}

/* Moves on to the segment of the next sentence. */
static void enter_segment(const document *d, size_t i_segment, thread_place *p)
{
    for (; p->segment <= i_segment; p->segment++) {
        if (d->genre == DOCUMENT_MAIL && starts_message(d, p->segment)) {
            p->n_later--;
            p->position = 0;
        }
    }
}

/* The last message of a thread tells how things stand; those before say what it is about. */
static double message_weight(const thread_place *p)
{
    return fmax(pow(MESSAGE_FALL, (double)p->n_later), MESSAGE_FLOOR);
}

/* Scores from 0 to 1; `by_place`: earlier sentences weigh more. */
static void score_sentences(const evidence_index *x, const double *centroid, uint32_t *scratch,
                            bool by_place, double *scores)
{
    const document *const d = x->source;
    double average = 0.0;
    for (size_t s = 0; s < d->n_sentences; s++) {
        average += (double)content_length(x, s);
    }
    average = average > 0.0 ? average / (double)d->n_sentences : 1.0;
    double best = 0.0;
    thread_place place = first_place(d);
    for (size_t s = 0; s < d->n_sentences; s++) {
        const segment_kind kind = d->segments[d->sentences[s].segment].kind;
        enter_segment(d, d->sentences[s].segment, &place);
        scores[s] =
            bm25(x, s, centroid, average, scratch, scratch + x->n_stems) *
            (by_place ? position_prior(d->genre, place.position) * message_weight(&place) : 1.0) *
            segment_weight(kind) * length_weight(content_length(x, s));
        place.position += kind != SEGMENT_HEADING && (x->passed == NULL || !x->passed[s]);
        best = scores[s] > best ? scores[s] : best;
    }
    for (size_t s = 0; best > 0.0 && s < d->n_sentences; s++) {
        scores[s] /= best;
    }
}

void evidence_pass_places(evidence_index *x, const bool *passed)
{
    x->passed = passed;
}

void evidence_spread_choices(evidence_index *x, double strength)
{
    x->spread = strength;
}

static int rank_all(const evidence_index *x, bool by_place, double *out_scores, huis_error *err)
{
    double *const centroid = memory_alloc(x->n_stems + 1, sizeof(*centroid));
    uint32_t *const scratch = memory_alloc(x->n_stems + 1, 2 * sizeof(*scratch));
    bool ok = centroid != NULL && scratch != NULL;
    if (ok) {
        find_centroid(x, centroid);
        score_sentences(x, centroid, scratch, by_place, out_scores);
        ok = index_rank_vectors(x, out_scores);
    }
    memory_free(centroid);
    memory_free(scratch);
    return ok ? HUIS_OK : error_no_memory(err, "the ranking of sentences");
}

int evidence_rank(const evidence_index *x, double *out_scores, huis_error *err)
{
    return rank_all(x, true, out_scores, err);
}

int evidence_centrality(const evidence_index *x, double *out_scores, huis_error *err)
{
    return rank_all(x, false, out_scores, err);
}

static void mark_stems(const evidence_index *x, size_t s, bool *marked, bool value)
{
    const unit *const u = unit_of(x, s);
    for (uint32_t t = u->first_token; t < u->end_token; t++) {
        if (counts(x, t)) {
            marked[stem_at(x, t)] = value;
        }
    }
}

/* Share of a sentence's words, by rarity, that are marked: 0 different, 1 the same. */
static double similarity(const evidence_index *x, size_t s, const bool *marked)
{
    const unit *const u = unit_of(x, s);
    double total = 0.0;
    double shared = 0.0;
    for (uint32_t t = u->first_token; t < u->end_token; t++) {
        if (counts(x, t)) {
            total += x->idf[stem_at(x, t)];
            shared += marked[stem_at(x, t)] ? x->idf[stem_at(x, t)] : 0.0;
        }
    }
    return total > 0.0 ? shared / total : 1.0;
}

static size_t sentence_words(const evidence_index *x, size_t s)
{
    const document_sentence *const sentence = &x->source->sentences[s];
    return document_count_words(span_slice(x->source->text, sentence->start, sentence->end));
}

/* Whether two sentences stand nearer to each other than evenly spaced choices would: 0 no, up to
 * the index's spread. */
static double closeness(const evidence_index *x, size_t a, size_t b, size_t n_choices)
{
    const size_t from = x->source->sentences[a < b ? a : b].start;
    const size_t to = x->source->sentences[a < b ? b : a].start;
    const double near = 1.0 - (double)(to - from) * (double)n_choices / (double)x->source->text.len;
    return near > 0.0 ? x->spread * near : 0.0;
}

/* The best sentence that fits, less what it repeats; n_sentences: none. */
static size_t pick(const evidence_index *x, const double *scores, const double *repeated,
                   const bool *taken, size_t max_words)
{
    const size_t n = x->source->n_sentences;
    size_t best = n;
    double best_value = -1.0;
    for (size_t s = 0; s < n; s++) {
        if (taken[s] || scores[s] <= 0.0) {
            continue;
        }
        const double value = MMR_LAMBDA * scores[s] - (1.0 - MMR_LAMBDA) * repeated[s];
        if (value > best_value && (max_words == 0 || sentence_words(x, s) <= max_words)) {
            best = s;
            best_value = value;
        }
    }
    return best;
}

/* Word for word: notes on every slide, a line that is pasted again. */
static bool is_same(const evidence_index *x, size_t a, size_t b)
{
    const document_sentence *const s = &x->source->sentences[a];
    const document_sentence *const t = &x->source->sentences[b];
    const span text = x->source->text;
    return s->end - s->start == t->end - t->start &&
           span_equal(span_slice(text, s->start, s->end), span_slice(text, t->start, t->end));
}

size_t evidence_select(const evidence_index *x, const double *scores, size_t max_words,
                       size_t max_sentences, uint32_t *out_sentences)
{
    const size_t n = x->source->n_sentences;
    bool *const taken = memory_alloc(n + 1, sizeof(*taken));
    double *const repeated = memory_alloc(n + 1, sizeof(*repeated));
    bool *const marked = memory_alloc(x->n_stems + 1, sizeof(*marked));
    size_t count = 0;
    size_t words = 0;
    while (taken != NULL && repeated != NULL && marked != NULL && count < max_sentences) {
        const size_t left = max_words == 0 ? 0 : max_words - words;
        const size_t s = max_words != 0 && left == 0 ? n : pick(x, scores, repeated, taken, left);
        if (s == n) {
            break;
        }
        taken[s] = true;
        words += sentence_words(x, s);
        count++;
        mark_stems(x, s, marked, true);
        for (size_t i = 0; i < n; i++) {
            if (!taken[i] && is_same(x, s, i)) {
                repeated[i] = NEVER;
            } else if (!taken[i] && scores[i] > 0.0) {
                const double same = similarity(x, i, marked);
                const double close = closeness(x, s, i, max_sentences);
                repeated[i] = fmax(repeated[i], fmax(same, close));
            }
        }
        mark_stems(x, s, marked, false);
    }
    size_t out = 0;
    for (size_t s = 0; taken != NULL && s < n && out < count; s++) {
        if (taken[s]) {
            out_sentences[out++] = (uint32_t)s;
        }
    }
    memory_free(taken);
    memory_free(repeated);
    memory_free(marked);
    return out;
}
