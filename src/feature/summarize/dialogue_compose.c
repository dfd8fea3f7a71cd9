/*
 * dialogue_compose.c - of all that can be put together of one topic and a few clauses, what the answers
 * of a model agree with most.
 *
 * A model's answers to the same dialogue differ in their mistakes more than in what they speak of
 * (minimum Bayes risk: Kumar and Byrne 2004; with ROUGE as the gain, docs/dialogue.md). So the mean
 * overlap of a composition with all answers says how much of what matters it holds, and a composition is
 * true whichever is chosen: its clauses are told by rule, its topic is checked.
 */
#include "feature/summarize/dialogue_compose.h"

#include "base/error.h"
#include "base/map.h"

enum {
    MAX_RUN = 160,    /* words of a composition or an answer that count */
    MAX_WEIGHED = 24, /* clauses that are tried in pairs */
    PAIR = 2,
    MAX_CLAUSES = 5
};

static const double VALUE_WEIGHT = 0.5;

typedef struct word_run {
    uint64_t words[MAX_RUN];
    size_t count;
} word_run;

typedef struct composing {
    const dialogue_clauses *c;
    word_run answers[DIALOGUE_MAX_ANSWERS];
    size_t n_answers;
    dialogue_topic topics[DIALOGUE_MAX_ANSWERS];
    word_run topic_runs[DIALOGUE_MAX_ANSWERS];
    size_t topic_words[DIALOGUE_MAX_ANSWERS];
    size_t n_topics;
    uint32_t tried[MAX_WEIGHED]; /* clauses, in the order of the text */
    word_run clause_runs[MAX_WEIGHED];
    size_t clause_words[MAX_WEIGHED];
    size_t n_tried;
} composing;

/* A topic (n_topics: none) and clauses as places in `tried`. */
typedef struct composition {
    size_t topic;
    size_t clauses[MAX_CLAUSES];
    size_t n_clauses, words;
    double score;
} composition;

static void append_run(word_run *run, span text)
{
    summary_words w;
    if (summary_split_words(&w, text)) {
        for (size_t i = 0; i < w.count && run->count < MAX_RUN; i++) {
            run->words[run->count++] = map_hash(w.words[i].form, 0);
        }
    }
    summary_words_deinit(&w);
}

static void join_run(word_run *run, const word_run *more)
{
    for (size_t i = 0; i < more->count && run->count < MAX_RUN; i++) {
        run->words[run->count++] = more->words[i];
    }
}

/* Runs of n words (1 or 2) that both have, each as often as in the rarer one. */
static size_t count_shared(const word_run *a, const word_run *b, size_t n)
{
    bool used[MAX_RUN] = {false};
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
static size_t count_sequence(const word_run *a, const word_run *b)
{
    uint16_t row[MAX_RUN + 1] = {0};
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

static double harmonic(size_t hits, size_t a, size_t b)
{
    return a + b > 0 ? 2.0 * (double)hits / (double)(a + b) : 0.0;
}

/* ROUGE-1, -2 and -L, F, together: 0..3. */
static double agreement(const word_run *a, const word_run *b)
{
    const size_t a2 = a->count > 0 ? a->count - 1 : 0;
    const size_t b2 = b->count > 0 ? b->count - 1 : 0;
    return harmonic(count_shared(a, b, 1), a->count, b->count) +
           harmonic(count_shared(a, b, 2), a2, b2) +
           harmonic(count_sequence(a, b), a->count, b->count);
}

static double mean_agreement(const composing *x, const word_run *run)
{
    double sum = 0.0;
    for (size_t i = 0; i < x->n_answers; i++) {
        sum += agreement(run, &x->answers[i]);
    }
    return x->n_answers > 0 ? sum / (double)x->n_answers : 0.0;
}

static bool is_known(const composing *x, span text)
{
    for (size_t i = 0; i < x->n_topics; i++) {
        if (span_equal(x->topics[i].text, text)) {
            return true;
        }
    }
    return false;
}

static int read_answers(summary_job *job, const dialogue_answers *answers, composing *x)
{
    for (size_t i = 0; i < answers->count; i++) {
        dialogue_topic *const topic = &x->topics[x->n_topics];
        bool found = false;
        if (answers->list[i].len == 0) {
            continue;
        }
        append_run(&x->answers[x->n_answers++], answers->list[i]);
        RETURN_IF_ERROR(dialogue_find_topic(job, x->c, answers->list[i], topic, &found));
        if (found && !is_known(x, topic->text)) {
            append_run(&x->topic_runs[x->n_topics], topic->text);
            x->topic_words[x->n_topics++] = document_count_words(topic->text);
        }
    }
    return HUIS_OK;
}

/* The clauses that are tried: the best by value and by their own agreement, in the order of the text. */
static int choose_tried(summary_job *job, composing *x)
{
    const size_t n = x->c->count;
    double *const value = arena_alloc(&job->scratch, n, sizeof(*value));
    if (value == NULL) {
        return summary_no_memory(job);
    }
    for (size_t k = 0; k < n; k++) {
        word_run run = {.count = 0};
        append_run(&run, x->c->list[k].text);
        value[k] = mean_agreement(x, &run) + VALUE_WEIGHT * x->c->list[k].value;
    }
    for (size_t k = 0; k < n; k++) {
        size_t better = 0;
        for (size_t i = 0; i < n && better < MAX_WEIGHED; i++) {
            better += value[i] > value[k] || (i < k && value[i] == value[k]);
        }
        if (better < MAX_WEIGHED) {
            x->tried[x->n_tried++] = (uint32_t)k;
        }
    }
    for (size_t i = 0; i < x->n_tried; i++) {
        buffer text;
        buffer_init(&text, SUMMARY_ITEM_BYTES);
        (void)dialogue_append_clause(job, &x->c->list[x->tried[i]], &text);
        append_run(&x->clause_runs[i], buffer_span(&text));
        x->clause_words[i] = document_count_words(buffer_span(&text));
        buffer_deinit(&text);
    }
    return HUIS_OK;
}

/* Clauses stand in the order of the text whatever the order in which they were found. */
static void weigh(const composing *x, composition *one)
{
    word_run run = {.count = 0};
    double value = 0.0;
    one->words = one->topic < x->n_topics ? x->topic_words[one->topic] : 0;
    if (one->topic < x->n_topics) {
        join_run(&run, &x->topic_runs[one->topic]);
    }
    for (size_t i = 0; i < x->n_tried; i++) {
        for (size_t k = 0; k < one->n_clauses; k++) {
            if (one->clauses[k] == i) {
                join_run(&run, &x->clause_runs[i]);
                one->words += x->clause_words[i];
                value += x->c->list[x->tried[i]].value;
            }
        }
    }
    one->score = mean_agreement(x, &run) + VALUE_WEIGHT * value;
}

/* Keeps the better one that fits. */
static void consider(const composing *x, size_t max_words, composition one, composition *best)
{
    size_t words = one.topic < x->n_topics ? x->topic_words[one.topic] : 0;
    for (size_t k = 0; k < one.n_clauses; k++) {
        words += x->clause_words[one.clauses[k]];
    }
    if (words > max_words || words == 0) {
        return;
    }
    weigh(x, &one);
    if (best->words == 0 || one.score > best->score) {
        *best = one;
    }
}

/* All of a topic or none and at most two clauses, then further clauses one by one while they help. */
static composition search(const composing *x, size_t max_words)
{
    composition best = {.topic = x->n_topics};
    for (size_t t = 0; t <= x->n_topics; t++) {
        consider(x, max_words, (composition){.topic = t}, &best);
        for (size_t i = 0; i < x->n_tried; i++) {
            consider(x, max_words, (composition){.topic = t, .clauses = {i}, .n_clauses = 1},
                     &best);
            for (size_t k = i + 1; k < x->n_tried; k++) {
                consider(x, max_words,
                         (composition){.topic = t, .clauses = {i, k}, .n_clauses = PAIR}, &best);
            }
        }
    }
    for (bool grew = best.n_clauses == PAIR; grew && best.n_clauses < MAX_CLAUSES;) {
        const composition base = best;
        for (size_t i = 0; i < x->n_tried; i++) {
            composition more = base;
            bool has = false;
            for (size_t k = 0; k < base.n_clauses; k++) {
                has = has || base.clauses[k] == i;
            }
            more.clauses[more.n_clauses++] = i;
            if (!has) {
                consider(x, max_words, more, &best);
            }
        }
        grew = best.n_clauses > base.n_clauses;
    }
    return best;
}

static int add_composition(summary_job *job, const composing *x, const composition *one)
{
    bool added = false;
    if (one->topic < x->n_topics) {
        RETURN_IF_ERROR(dialogue_add_topic(job, &x->topics[one->topic], &added));
    }
    job->summary->n_fallbacks += x->n_topics == 0;
    for (size_t i = 0; i < x->n_tried; i++) {
        for (size_t k = 0; k < one->n_clauses; k++) {
            if (one->clauses[k] == i) {
                RETURN_IF_ERROR(dialogue_add_clause(job, &x->c->list[x->tried[i]], &added));
            }
        }
    }
    return HUIS_OK;
}

int dialogue_add_topic(summary_job *job, const dialogue_topic *topic, bool *out_added)
{
    const summary_draft draft = {
        .text = topic->text, .sources = topic->sources, .n_sources = topic->n_sources};
    return summary_add(job, &draft, out_added);
}

int dialogue_compose(summary_job *job, const dialogue_clauses *c, const dialogue_answers *answers)
{
    composing *const x = arena_alloc(&job->scratch, 1, sizeof(*x));
    if (x == NULL) {
        return summary_no_memory(job);
    }
    *x = (composing){.c = c};
    RETURN_IF_ERROR(read_answers(job, answers, x));
    RETURN_IF_ERROR(choose_tried(job, x));
    const composition best = search(x, job->words_left);
    return add_composition(job, x, &best);
}
