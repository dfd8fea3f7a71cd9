/*
 * summary_extract.c - tier 0: the best sentences as they are, cut at clauses at most.
 */
#include <strings.h>

#include "base/error.h"
#include "feature/summarize/summary.h"

enum {
    TLDR_SENTENCES = 4,
    LONG_SENTENCES = 6, /* of a long text, whose turns may be short */
    KEY_POINTS = 5,
    TEASER_SENTENCES = 2,
    TITLE_SENTENCES = 3, /* a title is among the first */
    OWN_TITLE_WORDS = 24,
    COMPOSED_MIN_WORDS = 15,
    COMPOSED_MAX_WORDS = 100,
    SELECT_ROUNDS = 4,
    CAP_WORDS = 24,  /* of one sentence, at least */
    MIN_ROOM = 5,    /* words that a sentence needs to say something */
    POINT_WORDS = 20 /* of a longer list of points: one for so many words */
};

/* A sentence that fits is taken before a better one that must be cut, down to this share of its
 * score. */
static const double FIT_SHARE = 0.5;

/* A sentence far weaker than the best is not worth the words that are left. */
static const double FILL_SHARE = 0.2;

/* Of a sentence that leans on one that was not chosen. */
static const double LEANING_SHARE = 0.3;

/* The words that the chosen sentences take when none gets more than `cap`. */
static size_t words_taken(const summary_job *job, const uint32_t *chosen, size_t n, size_t cap)
{
    size_t sum = 0;
    for (size_t i = 0; i < n; i++) {
        const size_t words = document_count_words(summary_sentence_text(job, chosen[i])) +
                             document_count_words(summary_sentence_speaker(job, chosen[i]));
        sum += words < cap ? words : cap;
    }
    return sum;
}

/* "uh", "um", a letter of a word that was begun, a word said twice. */
static bool is_hesitation(span word, span before)
{
    static const char *const FILLED[] = {"uh",  "um",  "uhm", "hmm", "mm",
                                         "mmm", "euh", "heu", "hum"};
    span bare = word;
    while (bare.len > 0 && strchr(",.;:!?", bare.ptr[bare.len - 1]) != NULL) {
        bare.len--;
    }
    bool filled = bare.len == 1 && bare.ptr[0] >= 'b' && bare.ptr[0] <= 'z' &&
                  strchr("ioy", bare.ptr[0]) == NULL;
    for (size_t i = 0; i < sizeof(FILLED) / sizeof(FILLED[0]) && !filled; i++) {
        const size_t len = strlen(FILLED[i]);
        filled = bare.len == len && strncasecmp(bare.ptr, FILLED[i], len) == 0;
    }
    return filled || (bare.len == word.len && span_equal(word, before));
}

/* What was said without what only holds the floor: words of the source in their order. */
bool summary_append_spoken(buffer *out, span speaker, span sentence)
{
    const size_t start = out->len;
    span before = {0};
    bool ok = speaker.len == 0 || (buffer_append(out, speaker) && buffer_append_byte(out, ':'));
    for (size_t pos = 0; ok && pos < sentence.len;) {
        const size_t word_start = pos;
        while (pos < sentence.len && (unsigned char)sentence.ptr[pos] > ' ') {
            pos++;
        }
        const span word = span_slice(sentence, word_start, pos);
        if (word.len > 0 && !is_hesitation(word, before)) {
            ok = (out->len == start || buffer_append_byte(out, ' ')) && buffer_append(out, word);
            before = word;
        }
        pos += word.len == 0 ? 1 : 0;
    }
    return ok;
}

/* A turn without its hesitations, cut to max_words. *out_added false: it did not pass. */
static int add_spoken(summary_job *job, size_t i_sentence, size_t max_words, bool *out_added)
{
    const document_sentence *const s = &job->source->sentences[i_sentence];
    const huis_source_span cited = {s->start, s->end};
    const size_t limit = max_words < job->words_left ? max_words : job->words_left;
    buffer spoken;
    buffer cut;
    *out_added = false;
    buffer_init(&spoken, SUMMARY_ITEM_BYTES);
    buffer_init(&cut, SUMMARY_ITEM_BYTES);
    int status = HUIS_OK;
    if (summary_append_spoken(&spoken, summary_sentence_speaker(job, i_sentence),
                              summary_sentence_text(job, i_sentence)) &&
        summary_append_cut(&cut, buffer_span(&spoken), limit)) {
        const summary_draft draft = {.text = buffer_span(&cut), .sources = &cited, .n_sources = 1};
        status = summary_add(job, &draft, out_added);
    } else {
        status = summary_no_memory(job);
    }
    buffer_deinit(&spoken);
    buffer_deinit(&cut);
    return status;
}

/* Of a long text, whose best sentences may be endless (a transcript): as many as fit when none takes
 * more than a third of the words, each then as long as there is room, at most half of them. */
static int add_capped(summary_job *job, size_t max_sentences)
{
    uint32_t chosen[SUMMARY_MAX_ITEMS];
    const size_t third = job->words_left / 3;
    const size_t least = third > CAP_WORDS ? third : CAP_WORDS;
    size_t n = evidence_select(job->index, job->scores, 0, max_sentences, chosen);
    while (n > 1 && words_taken(job, chosen, n, least) > job->words_left) {
        n = evidence_select(job->index, job->scores, 0, n - 1, chosen);
    }
    /* What is then left over goes to those that are cut. */
    size_t cap = job->words_left / 2 > least ? job->words_left / 2 : least;
    while (cap > least && words_taken(job, chosen, n, cap) > job->words_left) {
        cap--;
    }
    for (size_t i = 0; i < n && job->words_left > 0; i++) {
        const summary_draft like = {.prefix = summary_sentence_speaker(job, chosen[i])};
        const size_t limit = n == 1 ? job->words_left : cap;
        bool added = false;
        /* "User Interface…": who speaks, and no room for what. */
        if (job->summary->n_items > 0 &&
            job->words_left <
                MIN_ROOM + document_count_words(summary_turn_speaker(job, chosen[i])) &&
            job->words_left < document_count_words(summary_sentence_text(job, chosen[i]))) {
            continue;
        }
        if (job->source->genre == DOCUMENT_DIALOGUE) {
            RETURN_IF_ERROR(add_spoken(job, chosen[i], limit, &added));
        }
        if (!added) {
            RETURN_IF_ERROR(
                summary_add_cut(job, summary_sentence_text(job, chosen[i]), limit, &like, &added));
        }
    }
    return HUIS_OK;
}

static double strongest_of(const summary_job *job, const uint32_t *chosen, size_t n)
{
    double strongest = 0.0;
    for (size_t i = 0; i < n; i++) {
        const double score = job->scores[chosen[i]];
        strongest = score > strongest ? score : strongest;
    }
    return strongest;
}

/* Those that are far weaker than the best of them are dropped: returns how many are left. */
static size_t drop_weak(const summary_job *job, uint32_t *chosen, size_t n)
{
    const double strongest = strongest_of(job, chosen, n);
    size_t left = 0;
    for (size_t i = 0; i < n; i++) {
        if (job->scores[chosen[i]] >= FILL_SHARE * strongest) {
            chosen[left++] = chosen[i];
        }
    }
    return left;
}

/* The best sentences that fit, none of which leans on one that is left out. */
static size_t select_upright(summary_job *job, size_t max_sentences, uint32_t *chosen)
{
    size_t n = 0;
    for (int round = 0; round < SELECT_ROUNDS; round++) {
        bool upright = true;
        n = evidence_select(job->index, job->scores, job->words_left, max_sentences, chosen);
        n = drop_weak(job, chosen, n);
        for (size_t i = 0; i < n; i++) {
            const uint32_t s = chosen[i];
            const bool alone = s > 0 && (i == 0 || chosen[i - 1] + 1 != s);
            if (alone && job->source->genre != DOCUMENT_DIALOGUE &&
                summary_leans(summary_sentence_text(job, s))) {
                job->scores[s] *= LEANING_SHARE;
                upright = false;
            }
        }
        if (upright) {
            break;
        }
    }
    return n;
}

/* Chosen sentences in order; when nothing fits, the best one cut. */
static int add_best(summary_job *job, size_t max_sentences)
{
    if (job->is_long) {
        return add_capped(job, max_sentences);
    }
    uint32_t chosen[SUMMARY_MAX_ITEMS];
    const size_t n = select_upright(job, max_sentences, chosen);
    const size_t best = summary_best_sentence(job);
    bool added = false;
    if (n == 0 || strongest_of(job, chosen, n) < FIT_SHARE * job->scores[best]) {
        return summary_add_sentence(job, best, true, &added);
    }
    for (size_t i = 0; i < n; i++) {
        RETURN_IF_ERROR(summary_add_sentence(job, chosen[i], false, &added));
    }
    return HUIS_OK;
}

span summary_without_reply_marks(span subject)
{
    static const char *const MARKS[] = {"re:", "fwd:", "fw:", "tr:", "re :", "tr :"};
    for (size_t i = 0; i < sizeof(MARKS) / sizeof(MARKS[0]); i++) {
        const size_t len = strlen(MARKS[i]);
        bool same = subject.len > len;
        for (size_t k = 0; same && k < len; k++) {
            same = (subject.ptr[k] | 0x20) == (MARKS[i][k] | 0x20);
        }
        if (same) {
            subject = span_slice(subject, len, subject.len);
            while (subject.len > 0 && subject.ptr[0] == ' ') {
                subject = span_slice(subject, 1, subject.len);
            }
            i = (size_t)-1;
        }
    }
    return subject;
}

span summary_own_title(const summary_job *job)
{
    const document *const d = job->source;
    const span subject = summary_without_reply_marks(summary_header(job, "Subject", "Objet"));
    if (d->genre == DOCUMENT_MAIL && document_count_words(subject) > 1) {
        return subject;
    }
    for (size_t i = 0; i + 1 < d->n_sentences && i < TITLE_SENTENCES; i++) {
        const span sentence = summary_sentence_text(job, i);
        if (!summary_is_furniture(sentence)) {
            return summary_sentence_kind(job, i) == SEGMENT_HEADING ? sentence : span_from(NULL, 0);
        }
    }
    return span_from(NULL, 0);
}

static int add_headline(summary_job *job)
{
    const span title = summary_own_title(job);
    const size_t words = document_count_words(title);
    bool added = false;
    if (words > 0 && job->options->focus == NULL) {
        /* The writer's own title is not cut when nobody asked for it. */
        if (job->options->max_words == 0 && words <= OWN_TITLE_WORDS && words > job->words_left) {
            job->words_left = words;
        }
        RETURN_IF_ERROR(summary_add_cut(job, title, job->words_left, NULL, &added));
    }
    return added ? HUIS_OK : summary_add_sentence(job, summary_best_sentence(job), true, &added);
}

/* Five, or more when more words are asked for. */
static size_t max_points(const summary_job *job)
{
    const size_t points = job->words_left / POINT_WORDS;
    const size_t most = points < SUMMARY_MAX_ITEMS ? points : SUMMARY_MAX_ITEMS;
    return job->is_long && most > KEY_POINTS ? most : KEY_POINTS;
}

/* Whatever word passes: a limit of one word, or a text of numbers only. */
static int add_anything(summary_job *job)
{
    bool added = false;
    for (size_t i = 0; i < job->source->n_sentences && !added; i++) {
        RETURN_IF_ERROR(summary_add_sentence(job, i, true, &added));
    }
    return HUIS_OK;
}

/* What makes one read on: a turn, a question, a quotation, a figure; not how it ends. */
static double interest(const summary_job *job, size_t i)
{
    static const char *const TURNS[] = {
        "but",      "yet",       "however", "despite",   "although",  "instead", "never",
        "first",    "only",      "mais",    "pourtant",  "cependant", "malgre",  "jamais",
        "premier*", "premiere*", "seul*",   "alors que", "plutot que"};
    const span text = summary_sentence_text(job, i);
    double factor = SUMMARY_TEXT_HOLDS(text, TURNS) ? 1.3 : 1.0;
    const bool quotes = memmem(text.ptr, text.len, "\xC2\xAB", 2) != NULL ||
                        memmem(text.ptr, text.len, "\xE2\x80\x9C", 3) != NULL ||
                        memchr(text.ptr, '"', text.len) != NULL;
    factor += quotes ? 0.2 : 0.0;
    factor += text.len > 0 && text.ptr[text.len - 1] == '?' ? 0.5 : 0.0;
    /* The end of a text is not given away. */
    return i * 3 > job->source->n_sentences * 2 ? factor * 0.5 : factor;
}

static int add_teaser(summary_job *job)
{
    for (size_t i = 0; i < job->source->n_sentences; i++) {
        job->scores[i] *= interest(job, i);
    }
    return add_best(job, TEASER_SENTENCES);
}

bool summary_is_composed(const summary_job *job)
{
    const document_genre genre = job->source->genre;
    return (genre == DOCUMENT_ARTICLE || genre == DOCUMENT_MAIL) && !job->is_long &&
           !job->is_paper && job->options->focus == NULL &&
           job->options->kind == HUIS_SUMMARY_TLDR && job->words_left >= COMPOSED_MIN_WORDS &&
           job->words_left <= COMPOSED_MAX_WORDS;
}

static int add_tldr(summary_job *job)
{
    if (summary_is_composed(job)) {
        RETURN_IF_ERROR(summary_compose(job));
    }
    return job->summary->n_items > 0
               ? HUIS_OK
               : add_best(job, job->is_long ? LONG_SENTENCES : TLDR_SENTENCES);
}

int summary_extract(summary_job *job)
{
    job->summary->mode = HUIS_SUMMARY_EXTRACT;
    switch (job->options->kind) {
    case HUIS_SUMMARY_HEADLINE:
        RETURN_IF_ERROR(add_headline(job));
        break;
    case HUIS_SUMMARY_TEASER:
        RETURN_IF_ERROR(add_teaser(job));
        break;
    case HUIS_SUMMARY_TABLE:
        RETURN_IF_ERROR(summary_tabulate(job));
        break;
    case HUIS_SUMMARY_KEY_POINTS:
    case HUIS_SUMMARY_DIGEST: /* of one document */
        RETURN_IF_ERROR(add_best(job, max_points(job)));
        break;
    case HUIS_SUMMARY_TLDR:
        RETURN_IF_ERROR(add_tldr(job));
        break;
    case HUIS_SUMMARY_ACTION_ITEMS:
        RETURN_IF_ERROR(add_best(job, TLDR_SENTENCES));
        break;
    }
    return job->summary->n_items > 0 ? HUIS_OK : add_anything(job);
}
