/*
 * summary_write.c - hybrid and abstract: a model writes, the checks decide.
 *
 * Hybrid: the model sees chosen sentences only. A mail becomes a subject line, a dialogue one
 * sentence, an article's sentences are shortened one by one, so that each keeps its own source and
 * the first is ready early. Abstract: the model sees the whole text, as far as it fits. Each
 * sentence is verified; what fails is replaced by its source and counted as a fallback.
 */
#include "base/error.h"
#include "feature/summarize/summary.h"
#include "feature/summarize/summary_prompts.h"

enum {
    MAIL_SENTENCES = 4,
    DIALOGUE_TURNS = 6,
    TITLE_SENTENCES = 3,
    TLDR_SENTENCES = 2,
    KEY_POINTS = 5,
    SAMPLES = 4,           /* of a second try */
    SHOWN_WORDS = 160,     /* of chosen sentences */
    ABSTRACT_WORDS = 1800, /* of the whole text in one prompt */
    ABSTRACT_TRIES = 4,    /* halvings when the context is too short */
    ROOM_WORDS = 11,       /* a sentence needs to say something */
    KEEP_WORDS = 14,       /* a sentence this short is not shortened */
    PROMPT_BYTES = 1 << 20
};

static const float SAMPLING_TEMPERATURE = 0.7f;
static const double MIN_SUPPORT = 0.8;
static const double MIN_SUPPORT_SHORTENED = 0.9;
/* A shortened sentence that keeps less than this share of its words is not a summary of it. */
static const double MIN_KEPT = 0.3;

static bool is_french(const summary_job *job)
{
    return strcmp(job->source->language, "fr") == 0;
}

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
    summary_words w;
    bool is_order = false;
    if (summary_split_words(&w, sentence)) {
        for (size_t i = 0; i < w.count && !is_order; i++) {
            for (size_t k = 0; k < sizeof(ORDERS) / sizeof(ORDERS[0]) && !is_order; k++) {
                is_order = summary_match(&w, i, ORDERS[k]) > 0;
            }
        }
    }
    summary_words_deinit(&w);
    return is_order;
}

static void add_usage(huis_usage *sum, const huis_usage *one)
{
    sum->prompt_tokens += one->prompt_tokens;
    sum->cached_tokens += one->cached_tokens;
    sum->output_tokens += one->output_tokens;
    sum->prefill_ms += one->prefill_ms;
    sum->decode_ms += one->decode_ms;
}

/* Instruction, examples and the source; *out_result belongs to the session until its next call.
 * One candidate is decoded greedily, more are sampled. */
static int ask(summary_job *job, prompt_use use, span source, size_t max_words,
               uint32_t n_candidates, const huis_result **out_result)
{
    const prompt *const p = prompt_find(use, is_french(job));
    static const char *const STOP[] = {"\n"};
    huis_message messages[2 + 2 * PROMPT_MAX_SHOTS];
    buffer turns[1 + PROMPT_MAX_SHOTS];
    size_t n = 0;
    messages[n++] = (huis_message){"system", p->system, strlen(p->system)};
    for (size_t i = 0; i <= p->n_shots; i++) {
        const span text = i < p->n_shots ? span_from_string(p->shots[i].source) : source;
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
    options.max_tokens = p->max_tokens;
    options.max_words = (uint32_t)max_words;
    options.n_candidates = n_candidates;
    options.temperature = n_candidates > 1 ? SAMPLING_TEMPERATURE : 0.0f;
    options.seed = 1;
    options.stop = STOP;
    options.n_stop = use == PROMPT_ABSTRACT ? 0 : 1;
    options.copy_source = job->source->text.ptr;
    options.copy_source_bytes = job->source->text.len;
    bool ok = true;
    for (size_t i = 0; i <= p->n_shots; i++) {
        ok = ok && buffer_ok(&turns[i]);
    }
    const int status = ok ? huis_session_generate(job->session, messages, n, &options, NULL, NULL,
                                                  out_result, job->err)
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

static span candidate(const huis_result *result, size_t i)
{
    return i < result->n_candidates
               ? span_from(result->candidates[i].text, result->candidates[i].text_bytes)
               : span_from(NULL, 0);
}

/* Chosen sentences in order, one a line, without those that speak to a model. */
static int show_best(summary_job *job, size_t max_sentences, buffer *out)
{
    uint32_t chosen[SUMMARY_MAX_ITEMS];
    double *const scores =
        arena_alloc(&job->scratch, job->source->n_sentences + 1, sizeof(*scores));
    if (scores == NULL) {
        return summary_no_memory(job);
    }
    for (size_t i = 0; i < job->source->n_sentences; i++) {
        scores[i] = summary_is_order_to_model(summary_sentence_text(job, i)) ? 0.0 : job->scores[i];
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

/* Verifies, cuts to the limit, adds with the sources found. */
static int add_verified(summary_job *job, span answer, size_t max_words, double min_support,
                        bool *out_added)
{
    buffer text;
    buffer cut;
    evidence_verdict v = {0};
    huis_source_span sources[EVIDENCE_MAX_SOURCES];
    *out_added = false;
    buffer_init(&text, SUMMARY_ITEM_BYTES);
    buffer_init(&cut, SUMMARY_ITEM_BYTES);
    bool ok = false;
    int status = summary_verify(job, answer, min_support, &text, &v, &ok);
    if (status == HUIS_OK && ok) {
        const size_t limit = max_words < job->words_left ? max_words : job->words_left;
        for (size_t i = 0; i < v.n_sources; i++) {
            sources[i] = (huis_source_span){v.sources[i].start, v.sources[i].end};
        }
        if (!summary_append_cut(&cut, buffer_span(&text), limit)) {
            status = summary_no_memory(job);
        } else {
            const summary_draft draft = {
                .text = buffer_span(&cut), .sources = sources, .n_sources = v.n_sources};
            status = summary_add(job, &draft, out_added);
        }
    }
    buffer_deinit(&text);
    buffer_deinit(&cut);
    return status;
}

/* The best verified candidate: the share of its content that the source has, then its score. */
static int add_best_candidate(summary_job *job, const huis_result *result, bool *out_added)
{
    double best = -1.0;
    size_t i_best = 0;
    for (size_t i = 0; i < result->n_candidates; i++) {
        buffer text;
        evidence_verdict v = {0};
        bool ok = false;
        buffer_init(&text, SUMMARY_ITEM_BYTES);
        const int status =
            summary_verify(job, summary_tidy(candidate(result, i)), MIN_SUPPORT, &text, &v, &ok);
        buffer_deinit(&text);
        RETURN_IF_ERROR(status);
        const double value = ok ? (double)v.n_found / (double)v.n_content + v.score : -1.0;
        if (value > best) {
            best = value;
            i_best = i;
        }
    }
    *out_added = false;
    return best < 0.0 ? HUIS_OK
                      : add_verified(job, summary_tidy(candidate(result, i_best)), job->words_left,
                                     MIN_SUPPORT, out_added);
}

/* One answer over the chosen sentences: greedy first; if it cannot be shown, the best of a few
 * samples over the same prefill. */
static int write_one(summary_job *job, prompt_use use, size_t max_sentences)
{
    buffer source;
    bool added = false;
    const size_t limit = job->words_left + job->words_left / 2 + 2;
    buffer_init(&source, PROMPT_BYTES);
    int status = show_best(job, max_sentences, &source);
    for (uint32_t n = 1; n <= SAMPLES && status == HUIS_OK && source.len > 0 && !added;
         n += SAMPLES - 1) {
        const huis_result *result = NULL;
        status = ask(job, use, buffer_span(&source), limit, n, &result);
        if (status == HUIS_OK) {
            status = add_best_candidate(job, result, &added);
        }
    }
    buffer_deinit(&source);
    job->summary->n_fallbacks += status == HUIS_OK && !added;
    return status;
}

/* Whether a shortened sentence keeps enough of the one sentence it came from. */
static int keeps_its_source(summary_job *job, span shortened, size_t i_sentence, bool *out_keeps)
{
    const span sentence = summary_sentence_text(job, i_sentence);
    const double words = (double)document_count_words(shortened);
    const double all = (double)document_count_words(sentence);
    evidence_verdict v;
    *out_keeps = false;
    RETURN_IF_ERROR(evidence_check(job->index, shortened, &job->scratch, &v, job->err));
    *out_keeps =
        v.n_sources > 0 && v.sources[0].start == job->source->sentences[i_sentence].start &&
        v.sources[0].score >= MIN_SUPPORT_SHORTENED && words <= all && words >= MIN_KEPT * all;
    return HUIS_OK;
}

/* A sentence shortened by the model; as it is when that fails. With `must`, cut anywhere if need be;
 * else at a clause or not shown. */
static int add_shortened(summary_job *job, size_t i_sentence, size_t max_words, bool must,
                         bool *out_added)
{
    const span sentence = summary_sentence_text(job, i_sentence);
    const size_t words = document_count_words(sentence);
    const bool asks = words > KEEP_WORDS && !summary_is_order_to_model(sentence);
    buffer flat;
    buffer restored;
    bool keeps = false;
    *out_added = false;
    buffer_init(&flat, SUMMARY_ITEM_BYTES);
    buffer_init(&restored, SUMMARY_ITEM_BYTES);
    int status = summary_append_flat(&flat, sentence) ? HUIS_OK : summary_no_memory(job);
    if (status == HUIS_OK && asks) {
        span answer = {0};
        const huis_result *result = NULL;
        status = ask(job, PROMPT_SHORTEN, buffer_span(&flat), words, 1, &result);
        if (status == HUIS_OK) {
            status = summary_restore(job, summary_tidy(candidate(result, 0)), buffer_span(&flat),
                                     &restored, &keeps);
            answer = buffer_span(&restored);
        }
        if (status == HUIS_OK && keeps) {
            status = keeps_its_source(job, answer, i_sentence, &keeps);
        }
        keeps = keeps && (must || summary_cuts_well(answer, max_words));
        if (status == HUIS_OK && keeps) {
            status = add_verified(job, answer, max_words, MIN_SUPPORT_SHORTENED, out_added);
        }
    }
    buffer_deinit(&flat);
    buffer_deinit(&restored);
    if (status == HUIS_OK && !*out_added && (must || summary_cuts_well(sentence, max_words))) {
        job->summary->n_fallbacks += asks;
        status = summary_add_cut(job, sentence, max_words, NULL, out_added);
    }
    return status;
}

/* The best sentences in the order of the text, whatever their length, each shortened to its share;
 * what one leaves unused goes to the next. */
static int write_shortened(summary_job *job, size_t max_sentences)
{
    uint32_t chosen[SUMMARY_MAX_ITEMS];
    /* No more sentences than have room to say something. */
    const size_t room = job->words_left / ROOM_WORDS;
    const size_t wanted = room < max_sentences ? room : max_sentences;
    const size_t n = evidence_select(job->index, job->scores, 0, wanted > 0 ? wanted : 1, chosen);
    for (size_t i = 0; i < n && job->words_left > 0; i++) {
        bool added = false;
        const size_t later = ROOM_WORDS * (n - i - 1);
        const size_t share =
            job->words_left > 2 * later ? job->words_left - later : job->words_left / (n - i);
        RETURN_IF_ERROR(add_shortened(job, chosen[i], share, job->summary->n_items == 0, &added));
    }
    return HUIS_OK;
}

/* The sentence of the source that a rejected one came nearest to, if it was not shown yet. */
static int add_instead(summary_job *job, const evidence_verdict *v)
{
    job->summary->n_fallbacks++;
    for (size_t i = 0; v->n_sources > 0 && i < job->source->n_sentences; i++) {
        if (job->source->sentences[i].start != v->sources[0].start) {
            continue;
        }
        for (size_t k = 0; k < job->summary->n_items; k++) {
            if (job->items[k].sources[0].start == v->sources[0].start) {
                return HUIS_OK;
            }
        }
        bool added = false;
        return summary_add_sentence(job, i, job->summary->n_items == 0, &added);
    }
    return HUIS_OK;
}

static int add_abstract(summary_job *job, span answer)
{
    document d = {0};
    if (document_count_words(answer) == 0) {
        job->summary->n_fallbacks++;
        return HUIS_OK;
    }
    RETURN_IF_ERROR(document_analyse(&d, answer, DOCUMENT_ARTICLE, &job->scratch, job->err));
    for (size_t i = 0; i < d.n_sentences && job->words_left > 0; i++) {
        const span raw = span_slice(d.text, d.sentences[i].start, d.sentences[i].end);
        const span text = summary_tidy(raw);
        bool added = false;
        /* "Admission is free…": rather nothing than a stump. */
        const bool whole = document_count_words(text) <= job->words_left;
        if (job->summary->n_items > 0 && !whole &&
            (job->words_left < ROOM_WORDS || !summary_cuts_well(text, job->words_left))) {
            continue;
        }
        RETURN_IF_ERROR(add_verified(job, text, job->words_left, MIN_SUPPORT, &added));
        if (!added && document_count_words(text) > 0) {
            evidence_verdict v;
            RETURN_IF_ERROR(evidence_check(job->index, text, &job->scratch, &v, job->err));
            RETURN_IF_ERROR(add_instead(job, &v));
        }
    }
    return HUIS_OK;
}

/* The whole text, or as many of its best sentences as fit. */
static int write_abstract(summary_job *job)
{
    const size_t n_sentences = job->source->n_sentences;
    uint32_t *const chosen = arena_alloc(&job->scratch, n_sentences + 1, sizeof(*chosen));
    int status = chosen != NULL ? HUIS_E_CONTEXT_FULL : summary_no_memory(job);
    size_t words = ABSTRACT_WORDS;
    for (int i = 0; i < ABSTRACT_TRIES && status == HUIS_E_CONTEXT_FULL; i++, words /= 2) {
        buffer source;
        const huis_result *result = NULL;
        buffer_init(&source, PROMPT_BYTES);
        const size_t n = evidence_select(job->index, job->scores, words, n_sentences, chosen);
        for (size_t k = 0; k < n; k++) {
            const span text = summary_sentence_text(job, chosen[k]);
            if (!summary_is_order_to_model(text)) {
                (void)summary_append_flat(&source, text);
                (void)buffer_append_byte(&source, '\n');
            }
        }
        status = buffer_ok(&source) ? HUIS_OK : summary_no_memory(job);
        if (status == HUIS_OK && source.len > 0) {
            status = ask(job, PROMPT_ABSTRACT, buffer_span(&source),
                         job->words_left + job->words_left / 2 + 2, 1, &result);
        }
        buffer_deinit(&source);
        if (status == HUIS_OK && result != NULL) {
            status = add_abstract(job, candidate(result, 0));
        }
    }
    return status;
}

bool summary_prefers_writing(const summary_job *job)
{
    /* Measured (docs/summarize.md): with a model of 0.5B only the subject line of a mail is better
     * than the extract; shortened articles are not, and dialogues are told wrong too often. */
    return job->options->kind == HUIS_SUMMARY_HEADLINE && job->source->genre == DOCUMENT_MAIL &&
           document_count_words(summary_own_title(job)) < 2;
}

static int write_hybrid(summary_job *job)
{
    const document_genre genre = job->source->genre;
    switch (job->options->kind) {
    case HUIS_SUMMARY_HEADLINE:
        return genre == DOCUMENT_MAIL
                   ? write_one(job, PROMPT_SUBJECT, MAIL_SENTENCES)
                   : write_one(job, PROMPT_TITLE,
                               genre == DOCUMENT_DIALOGUE ? DIALOGUE_TURNS : TITLE_SENTENCES);
    case HUIS_SUMMARY_TLDR:
        return genre == DOCUMENT_DIALOGUE ? write_one(job, PROMPT_DIALOGUE, DIALOGUE_TURNS)
                                          : write_shortened(job, TLDR_SENTENCES);
    case HUIS_SUMMARY_KEY_POINTS:
        return genre == DOCUMENT_DIALOGUE ? HUIS_OK : write_shortened(job, KEY_POINTS);
    case HUIS_SUMMARY_ACTION_ITEMS:
        break;
    }
    return HUIS_OK;
}

int summary_write(summary_job *job)
{
    const bool abstract = job->options->mode == HUIS_SUMMARY_ABSTRACT;
    RETURN_IF_ERROR(abstract ? write_abstract(job) : write_hybrid(job));
    if (job->summary->n_items == 0) {
        RETURN_IF_ERROR(summary_extract(job));
    }
    if (job->summary->tier > 0) {
        job->summary->mode = abstract ? HUIS_SUMMARY_ABSTRACT : HUIS_SUMMARY_HYBRID;
    }
    return HUIS_OK;
}
