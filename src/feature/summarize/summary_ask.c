/*
 * summary_ask.c - a question to the model: what it is shown, how it is asked, what comes back.
 *
 * Instruction, examples, then the source in the last user turn only. The decoder gets the limits and
 * the copy constraint, yet nothing it says is trusted.
 */
#include "base/error.h"
#include "feature/summarize/summary_write.h"

enum {
    SHOWN_WORDS = 160, /* of chosen sentences */
    PROMPT_BYTES = 1 << 20,
    COPY_BYTES = 1 << 20, /* of a text that is sent for the copy constraint */
    SENTENCE_BYTES = 4000 /* a longer one is shortened freely */
};

static const float SAMPLING_TEMPERATURE = 0.7f;

bool summary_is_order_to_model(span sentence)
{
    static const char *const ORDERS[] = {
        "ignore all",          "ignore the previous", "ignore previous",   "ignore your",
        "ignore the above",    "ignore any",          "disregard",         "ignorez",
        "ignore les",          "ignore tout*",        "oublie tout*",      "oubliez",
        "oublie les",          "you are now",         "system prompt",     "as an ai",
        "language model",      "modele de langage",   "respond only",      "reply only",
        "answer only",         "reply with",          "respond with",      "answer with",
        "reponds uniquement",  "repondez uniquement", "reponds seulement", "do not summari*",
        "don't summari*",      "ne resume*",          "new instruction*",  "nouvelles instructions",
        "instead of summari*", "forget everything",   "forget the",        "forget all",
        "tu es maintenant",    "your instructions",   "tes instructions",  "vos instructions",
    };
    return SUMMARY_TEXT_HOLDS(sentence, ORDERS);
}

static void add_usage(huis_usage *sum, const huis_usage *one)
{
    sum->prompt_tokens += one->prompt_tokens;
    sum->cached_tokens += one->cached_tokens;
    sum->output_tokens += one->output_tokens;
    sum->prefill_ms += one->prefill_ms;
    sum->decode_ms += one->decode_ms;
    sum->drafted_tokens += one->drafted_tokens;
    sum->accepted_tokens += one->accepted_tokens;
}

/* What is asked: `copies` unless the answer is in another language than the source; `lines`: it may
 * have several. */
typedef struct question {
    const prompt *prompt;
    span source;
    size_t max_words;
    uint32_t n_candidates;
    bool copies, lines, shortens;
} question;

static int ask(summary_job *job, const question *q, const huis_result **out_result)
{
    const prompt *const p = q->prompt;
    static const char *const STOP[] = {"\n"};
    huis_message messages[2 + 2 * PROMPT_MAX_SHOTS];
    buffer turns[1 + PROMPT_MAX_SHOTS];
    size_t n = 0;
    messages[n++] = (huis_message){"system", p->system, strlen(p->system)};
    for (size_t i = 0; i <= p->n_shots; i++) {
        const span text = i < p->n_shots ? span_from_string(p->shots[i].source) : q->source;
        buffer_init(&turns[i], PROMPT_BYTES);
        (void)buffer_append_string(&turns[i], p->before);
        (void)buffer_append(&turns[i], text);
        (void)buffer_append_string(&turns[i], p->after);
        messages[n++] = (huis_message){"user", buffer_string(&turns[i]), turns[i].len};
        if (i < p->n_shots) {
            messages[n++] =
                (huis_message){"assistant", p->shots[i].answer, strlen(p->shots[i].answer)};
        }
    }
    huis_generate_options options;
    huis_generate_options_default(&options);
    options.n_fixed_messages = (uint32_t)n - 1; /* all but the source */
    options.max_tokens = p->max_tokens;
    options.max_words = (uint32_t)q->max_words;
    options.n_candidates = q->n_candidates;
    options.temperature = q->n_candidates > 1 ? SAMPLING_TEMPERATURE : 0.0f;
    options.seed = 1;
    options.no_logprob = true;
    options.stop = STOP;
    options.n_stop = q->lines ? 0 : 1;
    if (q->shortens) {
        options.keep_order = q->source.ptr;
        options.keep_order_bytes = q->source.len;
    }
    /* Of a very long text what the model is shown must do. */
    const bool whole = job->source->text.len <= COPY_BYTES;
    options.copy_source = !q->copies ? NULL : whole ? job->source->text.ptr : q->source.ptr;
    options.copy_source_bytes = !q->copies ? 0 : whole ? job->source->text.len : q->source.len;
    bool ok = true;
    for (size_t i = 0; i <= p->n_shots; i++) {
        ok = ok && buffer_ok(&turns[i]);
    }
    const int status = ok ? huis_session_generate(job->session, messages, n, &options,
                                                  summary_on_event, job, out_result, job->err)
                          : summary_no_memory(job);
    for (size_t i = 0; i <= p->n_shots; i++) {
        buffer_deinit(&turns[i]);
    }
    if (status == HUIS_OK) {
        job->summary->tier = 1;
        add_usage(&job->summary->usage, &(*out_result)->usage);
    }
    return status;
}

int summary_ask(summary_job *job, prompt_use use, span source, size_t max_words,
                uint32_t n_candidates, const huis_result **out_result)
{
    const question q = {.prompt = prompt_find(use, summary_is_french(job)),
                        .source = source,
                        .max_words = max_words,
                        .n_candidates = n_candidates,
                        .copies = use != PROMPT_SHORTEN,
                        .lines = use == PROMPT_ABSTRACT,
                        .shortens = use == PROMPT_SHORTEN && source.len <= SENTENCE_BYTES};
    return ask(job, &q, out_result);
}

int summary_ask_translation(summary_job *job, span sentence, bool into_french,
                            uint32_t n_candidates, const huis_result **out_result)
{
    const question q = {.prompt = prompt_find(PROMPT_TRANSLATE, into_french),
                        .source = sentence,
                        .n_candidates = n_candidates};
    return ask(job, &q, out_result);
}

span summary_candidate(const huis_result *result, size_t i)
{
    return i < result->n_candidates
               ? span_from(result->candidates[i].text, result->candidates[i].text_bytes)
               : span_from(NULL, 0);
}

double *summary_scores_to_show(summary_job *job)
{
    const size_t n = job->source->n_sentences;
    double *const scores = arena_alloc(&job->scratch, n + 1, sizeof(*scores));
    for (size_t i = 0; scores != NULL && i < n; i++) {
        scores[i] = summary_is_order_to_model(summary_sentence_text(job, i)) ? 0.0 : job->scores[i];
    }
    return scores;
}

/* Chosen sentences in order, one a line, without those that speak to a model. */
int summary_show_best(summary_job *job, size_t max_sentences, buffer *out)
{
    uint32_t chosen[SUMMARY_MAX_ITEMS];
    double *const scores = summary_scores_to_show(job);
    if (scores == NULL) {
        return summary_no_memory(job);
    }
    const size_t n = evidence_select(job->index, scores, SHOWN_WORDS, max_sentences, chosen);
    for (size_t i = 0; i < n; i++) {
        const span speaker = summary_sentence_speaker(job, chosen[i]);
        (void)(i > 0 && buffer_append_byte(out, '\n'));
        (void)(speaker.len > 0 && buffer_append(out, speaker) && buffer_append_string(out, ": "));
        (void)summary_append_flat(out, summary_sentence_text(job, chosen[i]));
    }
    return buffer_ok(out) ? HUIS_OK : summary_no_memory(job);
}
