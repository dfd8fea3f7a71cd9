/*
 * answer_generate.c - several answers decoded together after one prefill.
 *
 * Candidate 0 goes on in the session's own context, others in copies of it that are only as long as
 * needed; up to ANSWER_SLOTS of them are decoded at a time, together and together with those of other
 * requests (schedule.h), and when one is over the next begins in its place. What each says is what it
 * would say alone. Text is sent in the order of the candidates, as a client expects it: that of the
 * first one as it comes, that of the others when those before them are over. One that is decoded by
 * itself tries drafts (draft.h).
 */
#include "worker/answer.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "worker/draft.h"
#include "worker/prefix.h"

enum { DEFAULT_MAX_TOKENS = 512, PIECE_BYTES = 64 * 1024 };

struct answer {
    worker_model *m;
    reply *r;
    const huis_generate_options *options;
    const prefill *prompt;
    const vocab *v;
    uint32_t n_prompt;
    uint32_t max_tokens;
    float *prompt_logits; /* [n_vocab]; NULL with one candidate */
    float *draft_logits;  /* [DRAFT_MAX + 1][n_vocab]; NULL: not needed yet */
    draft drafts;
    answer_slot slots[ANSWER_SLOTS];
    uint32_t n_slots;
    candidate *candidates; /* [options->n_candidates] */
    uint32_t n_begun, n_sent;
    bool may_draft;
    int64_t start_us; /* of decoding */
    huis_usage usage;
};

/* --- Before the first token --- */

static uint32_t choose_max_tokens(const answer *a)
{
    const uint32_t wanted =
        a->options->max_tokens > 0 ? a->options->max_tokens : DEFAULT_MAX_TOKENS;
    const uint32_t room = a->m->contexts.capacity - a->n_prompt + 1; /* the last is not computed */
    return wanted < room ? wanted : room;
}

/* Copies of the session's context, which holds the prompt and no more. Without memory for one, its
 * candidates wait for another to end. */
static void make_slots(answer *a, engine_context *session)
{
    const uint32_t n =
        a->options->n_candidates < ANSWER_SLOTS ? a->options->n_candidates : ANSWER_SLOTS;
    const uint32_t capacity = a->n_prompt + a->max_tokens - 1;
    for (uint32_t i = 0; i < ANSWER_SLOTS; i++) {
        a->slots[i] = (answer_slot){.owner = a};
    }
    a->slots[0].context = session;
    a->n_slots = 1;
    while (a->n_slots < n &&
           engine_context_fork(&a->slots[a->n_slots].context, session, capacity, NULL) == HUIS_OK) {
        a->n_slots++;
    }
}

static int take_logits(answer *a, huis_error *err)
{
    if (a->options->n_candidates == 1) {
        return HUIS_OK;
    }
    const size_t n_vocab = vocab_size(a->v);
    a->prompt_logits = memory_alloc(n_vocab, sizeof(*a->prompt_logits));
    if (a->prompt_logits == NULL) {
        return error_no_memory(err, "the logits");
    }
    const float *logits = NULL;
    RETURN_IF_ERROR(engine_all_logits(a->slots[0].context, &logits, err));
    memcpy(a->prompt_logits, logits, n_vocab * sizeof(*a->prompt_logits));
    return HUIS_OK;
}

int answer_new(answer **out_answer, worker_model *m, reply *r, const prefill *prompt,
               const protocol_generate *request, huis_error *err)
{
    answer *const a = memory_alloc(1, sizeof(*a));
    if (a == NULL) {
        return error_no_memory(err, "the answer");
    }
    *a = (answer){.m = m,
                  .r = r,
                  .options = &request->options,
                  .prompt = prompt,
                  .v = engine_vocab(m->engine),
                  .may_draft = !request->options.no_drafts};
    draft_init(&a->drafts, &m->costs);
    a->candidates = memory_alloc(a->options->n_candidates, sizeof(*a->candidates));
    const int status = a->candidates != NULL
                           ? candidate_init(&a->candidates[0], a->v, a->options, 0, err)
                           : error_no_memory(err, "the candidates");
    if (status != HUIS_OK) {
        (void)answer_free(a);
        return status;
    }
    *out_answer = a;
    return HUIS_OK;
}

int answer_begin(answer *a, huis_error *err)
{
    a->usage = a->prompt->usage;
    a->n_prompt = a->usage.prompt_tokens;
    a->max_tokens = choose_max_tokens(a);
    a->start_us = clock_monotonic_us();
    make_slots(a, a->prompt->context);
    return take_logits(a, err);
}

/* --- What is sent --- */

/* At most PIECE_BYTES a frame, whole characters. */
static void send_text(answer *a, candidate *c)
{
    span rest = buffer_span(&c->text);
    while (rest.len > 0) {
        const size_t most = rest.len < PIECE_BYTES ? rest.len : PIECE_BYTES;
        const size_t n = rest.len > most ? utf8_complete_prefix(span_slice(rest, 0, most)) : most;
        reply_text(a->r, c->i, span_slice(rest, 0, n));
        rest = span_from(rest.ptr + n, rest.len - n);
    }
    buffer_reset(&c->text);
}

static void send_end(answer *a, const candidate *c)
{
    a->usage.output_tokens += c->n_tokens;
    a->usage.decode_ms = (double)(clock_monotonic_us() - a->start_us) / 1000.0;
    const protocol_candidate message = {
        .i_candidate = c->i,
        .finish = c->finish,
        .n_tokens = c->n_tokens,
        .logprob = c->logprob,
        .usage = a->usage,
    };
    reply_json(a->r, PROTOCOL_CANDIDATE, protocol_write_candidate(&message));
}

/* All that is there of the first candidates that are not sent. */
static void send_ready(answer *a)
{
    bool goes_on = true;
    while (goes_on && a->n_sent < a->n_begun) {
        candidate *const c = &a->candidates[a->n_sent];
        send_text(a, c);
        goes_on = c->is_over;
        if (goes_on) {
            send_end(a, c);
            candidate_deinit(c);
            *c = (candidate){.is_over = true};
            a->n_sent++;
        }
    }
}

/* --- Decoding --- */

/* `logits` NULL: those that the slot's context owes. */
int answer_step(answer_slot *s, const float *logits, huis_error *err)
{
    RETURN_IF_ERROR(
        candidate_step(s->now, logits, s->context, s->owner->max_tokens, &s->token, err));
    if (s->now->is_over) {
        candidate_release(s->now);
        s->now = NULL;
    }
    return HUIS_OK;
}

/* The next candidates begin in free slots; one may be over at once. */
static int begin_candidates(answer *a, huis_error *err)
{
    for (uint32_t i = 0; i < a->n_slots; i++) {
        answer_slot *const s = &a->slots[i];
        while (s->now == NULL && a->n_begun < a->options->n_candidates) {
            candidate *const c = &a->candidates[a->n_begun];
            if (a->n_begun > 0) {
                RETURN_IF_ERROR(candidate_init(c, a->v, a->options, a->n_begun, err));
            }
            a->n_begun++;
            s->now = c;
            engine_context_truncate(s->context, a->n_prompt);
            RETURN_IF_ERROR(answer_step(s, a->prompt_logits, err));
        }
    }
    return HUIS_OK;
}

/* As many drafts as are worth computing; none without memory for their logits. */
static uint32_t propose_drafts(answer *a, const answer_slot *s)
{
    const uint32_t most = a->max_tokens - s->now->n_tokens - 1; /* those after may not be shown */
    const uint32_t n =
        draft_propose(&a->drafts, engine_context_tokens(s->context),
                      engine_context_length(s->context), s->token, a->may_draft ? most : 0);
    if (n > 0 && a->draft_logits == NULL) {
        a->draft_logits =
            memory_alloc((DRAFT_MAX + 1) * vocab_size(a->v), sizeof(*a->draft_logits));
        a->may_draft = a->draft_logits != NULL;
    }
    return a->may_draft ? n : 0;
}

/* The chosen token and n drafts: goes on as long as what is chosen is what was computed. */
static int decode_drafts(answer *a, answer_slot *s, uint32_t n, huis_error *err)
{
    const uint32_t length = engine_context_length(s->context);
    int32_t tokens[DRAFT_MAX + 1] = {s->token};
    memcpy(tokens + 1, a->drafts.tokens, n * sizeof(*tokens));
    RETURN_IF_ERROR(engine_prefill_logits(s->context, tokens, n + 1, a->draft_logits, err));
    uint32_t i = 0;
    bool goes_on = true;
    for (; goes_on; i++) {
        RETURN_IF_ERROR(answer_step(s, a->draft_logits + (size_t)i * vocab_size(a->v), err));
        goes_on = draft_check(&a->drafts, i, s->token) && i < n && s->now != NULL;
    }
    engine_context_truncate(s->context, length + i);
    a->usage.drafted_tokens += n;
    a->usage.accepted_tokens += i - 1;
    return HUIS_OK;
}

int answer_decode_alone(answer_slot *s, bool may_draft, huis_error *err)
{
    answer *const a = s->owner;
    const int64_t start_us = clock_monotonic_us();
    const uint32_t n = may_draft ? propose_drafts(a, s) : 0;
    if (n > 0) {
        RETURN_IF_ERROR(decode_drafts(a, s, n, err));
    } else {
        RETURN_IF_ERROR(engine_prefill_deferred(s->context, &s->token, 1, NULL, NULL, err));
        RETURN_IF_ERROR(answer_step(s, NULL, err));
    }
    if (may_draft) {
        if (n == 0) {
            (void)draft_check(&a->drafts, 0, s->token);
        }
        draft_measure(&a->drafts, n + 1, (double)(clock_monotonic_us() - start_us));
    }
    return HUIS_OK;
}

uint32_t answer_busy_slots(answer *a, answer_slot **out_slots)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < a->n_slots; i++) {
        if (a->slots[i].now != NULL) {
            out_slots[n++] = &a->slots[i];
        }
    }
    return n;
}

/* The next request, of another session of this caller, may go on where this answer ends. */
static void keep_turn(answer *a)
{
    const engine_context *const c = a->slots[0].context;
    if (a->options->n_candidates == 1 && prefix_owner_is_shared(&a->prompt->owner)) {
        prefix_tree_keep(&a->m->prefixes, &a->prompt->owner, c, engine_context_length(c));
    }
}

int answer_settle(answer *a, bool *out_over, huis_error *err)
{
    RETURN_IF_ERROR(begin_candidates(a, err));
    send_ready(a);
    *out_over = a->n_sent == a->options->n_candidates;
    if (*out_over) {
        keep_turn(a);
        prefix_save(a->m, a->r, a->slots[0].context, a->prompt->n_unsaved);
        reply_json(a->r, PROTOCOL_RESULT, json_object());
    }
    return HUIS_OK;
}

answer *answer_free(answer *a)
{
    if (a == NULL) {
        return NULL;
    }
    for (uint32_t i = 0; a->candidates != NULL && i < a->options->n_candidates; i++) {
        candidate_deinit(&a->candidates[i]);
    }
    for (uint32_t i = 1; i < a->n_slots; i++) {
        (void)engine_context_free(a->slots[i].context);
    }
    memory_free(a->candidates);
    memory_free(a->prompt_logits);
    memory_free(a->draft_logits);
    return memory_free(a);
}
