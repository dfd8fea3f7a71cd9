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
#include "feature/summarize/summary_overlap.h"

enum {
    MAX_RUN = 160,    /* words of a composition or an answer that count */
    MAX_WEIGHED = 24, /* clauses that are tried in pairs */
    PAIR = 2,
    MAX_CLAUSES = 5
};

static const double VALUE_WEIGHT = 0.5;

typedef struct composing {
    const dialogue_clauses *c;
    overlap_run answers[DIALOGUE_MAX_ANSWERS];
    size_t n_answers;
    dialogue_topic topics[DIALOGUE_MAX_ANSWERS];
    overlap_run topic_runs[DIALOGUE_MAX_ANSWERS];
    size_t topic_words[DIALOGUE_MAX_ANSWERS];
    size_t n_topics;
    uint32_t tried[MAX_WEIGHED]; /* clauses, in the order of the text */
    overlap_run clause_runs[MAX_WEIGHED];
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

static void join_run(overlap_run *run, const overlap_run *more)
{
    for (size_t i = 0; i < more->count && run->count < MAX_RUN; i++) {
        run->words[run->count++] = more->words[i];
    }
}

static double mean_agreement(const composing *x, const overlap_run *run)
{
    double sum = 0.0;
    for (size_t i = 0; i < x->n_answers; i++) {
        sum += overlap_agreement(run, &x->answers[i]);
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
        (void)overlap_append(&x->answers[x->n_answers++], answers->list[i], MAX_RUN);
        RETURN_IF_ERROR(dialogue_find_topic(job, x->c, answers, i, topic, &found));
        if (found && !is_known(x, topic->text)) {
            (void)overlap_append(&x->topic_runs[x->n_topics], topic->text, MAX_RUN);
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
        overlap_run run = {.count = 0};
        (void)overlap_append(&run, x->c->list[k].text, MAX_RUN);
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
        (void)overlap_append(&x->clause_runs[i], buffer_span(&text), MAX_RUN);
        x->clause_words[i] = document_count_words(buffer_span(&text));
        buffer_deinit(&text);
    }
    return HUIS_OK;
}

/* Clauses stand in the order of the text whatever the order in which they were found. */
static void weigh(const composing *x, composition *one)
{
    overlap_run run = {.count = 0};
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
