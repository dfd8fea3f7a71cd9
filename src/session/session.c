/*
 * session.c - generate, score and count; see huis/session.h.
 *
 * Text of the candidates is gathered from TEXT frames, bounded, in buffers that the session owns
 * until its next call. A worker is hostile: candidate numbers, lengths and the order of frames are
 * checked, and anything that does not fit is HUIS_E_WORKER, which stops it.
 */
#include "huis/session.h"

#include <string.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "session/client.h"
#include "session/prefix_transfer.h"
#include "wire/json.h"

struct huis_session {
    huis_model *model;
    char *caller;
    client_turn turn;
    /* Of the last generate call: */
    buffer *texts;              /* [n_candidates] */
    huis_candidate *candidates; /* [n_candidates] */
    uint32_t n_candidates;
    huis_result result;
};

void huis_generate_options_default(huis_generate_options *out_options)
{
    *out_options = (huis_generate_options){
        .struct_size = sizeof(*out_options),
        .top_k = 40,
        .top_p = 0.95f,
        .repeat_penalty = 1,
        .n_candidates = 1,
    };
}

static huis_generate_options read_options(const huis_generate_options *given)
{
    huis_generate_options options;
    huis_generate_options_default(&options);
    if (given != NULL) {
        const size_t known = sizeof(options);
        memcpy(&options, given, given->struct_size < known ? given->struct_size : known);
    }
    return options;
}

void huis_session_options_default(huis_session_options *out_options)
{
    *out_options = (huis_session_options){.struct_size = sizeof(*out_options)};
}

static int copy_caller(huis_session *s, const huis_session_options *options, huis_error *err)
{
    huis_session_options given;
    huis_session_options_default(&given);
    if (options != NULL) {
        const size_t known = sizeof(given);
        memcpy(&given, options, options->struct_size < known ? options->struct_size : known);
    }
    const size_t bytes = given.caller != NULL ? strlen(given.caller) : 0;
    if (bytes > LIMIT_CALLER_BYTES || utf8_valid_prefix(span_from(given.caller, bytes)) < bytes) {
        return error_set(err, HUIS_E_BAD_ARGUMENT,
                         "name of a caller of %zu bytes: at most %u of UTF-8 are possible", bytes,
                         LIMIT_CALLER_BYTES);
    }
    s->caller = memory_copy_string(bytes > 0 ? given.caller : "", bytes);
    return s->caller != NULL ? HUIS_OK : error_no_memory(err, "the session");
}

int huis_session_open(huis_session **out_session, huis_model *model,
                      const huis_session_options *options, huis_error *err)
{
    if (out_session == NULL || model == NULL) {
        return error_set(err, HUIS_E_BAD_ARGUMENT, "no model for the session");
    }
    if (options != NULL && options->struct_size == 0) {
        return error_set(err, HUIS_E_BAD_ARGUMENT,
                         "options.struct_size is 0: call huis_session_options_default first");
    }
    huis_session *const s = memory_alloc(1, sizeof(*s));
    int status = s != NULL ? copy_caller(s, options, err) : error_no_memory(err, "the session");
    if (status == HUIS_OK && client_turn_init(&s->turn, s->caller) != HUIS_OK) {
        status = error_no_memory(err, "the session");
    }
    if (status != HUIS_OK) {
        memory_free(s != NULL ? s->caller : NULL);
        memory_free(s);
        return status;
    }
    s->model = huis_model_ref(model);
    *out_session = s;
    return HUIS_OK;
}

int huis_session_new(huis_session **out_session, huis_model *model, huis_error *err)
{
    return huis_session_open(out_session, model, NULL, err);
}

static void drop_result(huis_session *s)
{
    for (uint32_t i = 0; i < s->n_candidates; i++) {
        buffer_deinit(&s->texts[i]);
    }
    s->texts = memory_free(s->texts);
    s->candidates = memory_free(s->candidates);
    s->n_candidates = 0;
    s->result = (huis_result){.n_candidates = 0};
}

huis_session *huis_session_free(huis_session *session)
{
    if (session != NULL) {
        client_turn_deinit(session->model, &session->turn);
        drop_result(session);
        huis_model_unref(session->model);
        memory_free(session->caller);
        memory_free(session);
    }
    return NULL;
}

void huis_session_cancel(huis_session *session)
{
    if (session != NULL) {
        client_cancel(&session->turn);
    }
}

static int check_messages(const huis_message *messages, size_t n_messages, huis_error *err)
{
    static const char *const ROLES[] = {"system", "user", "assistant"};
    if (messages == NULL || n_messages == 0 || n_messages > LIMIT_MESSAGES) {
        return error_set(err, HUIS_E_BAD_ARGUMENT, "%zu messages, not 1 to %u", n_messages,
                         LIMIT_MESSAGES);
    }
    for (size_t i = 0; i < n_messages; i++) {
        const char *const role = messages[i].role;
        bool is_known = false;
        for (size_t j = 0; j < sizeof(ROLES) / sizeof(ROLES[0]) && role != NULL; j++) {
            is_known = is_known || strcmp(role, ROLES[j]) == 0;
        }
        if (!is_known || (messages[i].text == NULL && messages[i].text_bytes > 0)) {
            return error_set(err, HUIS_E_BAD_ARGUMENT,
                             "message %zu: role \"%s\", not system, user or assistant", i,
                             role != NULL ? role : "");
        }
    }
    return HUIS_OK;
}

/* Without a directory no checkpoint is asked for. */
static int check_fixed(const huis_model *m, size_t n_messages, huis_generate_options *options,
                       huis_error *err)
{
    if (options->n_fixed_messages > n_messages) {
        return error_set(err, HUIS_E_BAD_ARGUMENT, "%u fixed messages of %zu",
                         options->n_fixed_messages, n_messages);
    }
    options->n_fixed_messages = m->prefix_directory != NULL ? options->n_fixed_messages : 0;
    return HUIS_OK;
}

static int prepare_result(huis_session *s, uint32_t n_candidates, huis_error *err)
{
    drop_result(s);
    s->texts = memory_alloc(n_candidates, sizeof(*s->texts));
    s->candidates = memory_alloc(n_candidates, sizeof(*s->candidates));
    if (s->texts == NULL || s->candidates == NULL) {
        s->texts = memory_free(s->texts);
        s->candidates = memory_free(s->candidates);
        return error_no_memory(err, "the answer");
    }
    for (uint32_t i = 0; i < n_candidates; i++) {
        buffer_init(&s->texts[i], LIMIT_ANSWER_BYTES);
    }
    s->n_candidates = n_candidates;
    return HUIS_OK;
}

/* What the frames of a GENERATE are read into. */
typedef struct generation {
    huis_session *s;
    huis_event_fn on_event;
    void *user;
    uint32_t n_done; /* candidates that are complete */
} generation;

static int wrong_answer(huis_error *err)
{
    return error_set(err, HUIS_E_WORKER, "answer out of order or out of range");
}

static int tell(const generation *g, const huis_event *event, huis_error *err)
{
    if (g->on_event != NULL && !g->on_event(g->user, event)) {
        return error_set(err, HUIS_E_CANCELLED, "cancelled");
    }
    return CLIENT_MORE;
}

static int take_prefill(const generation *g, const json_t *json, huis_error *err)
{
    huis_event event = {.kind = HUIS_EVENT_PREFILL};
    if (!wire_json_u32(json, "n_done", &event.n_done) ||
        !wire_json_u32(json, "n_total", &event.n_total) || event.n_done > event.n_total) {
        return wrong_answer(err);
    }
    return tell(g, &event, err);
}

static int take_text(const generation *g, const json_t *json, huis_error *err)
{
    uint32_t i = 0;
    span text = {0};
    if (!wire_json_u32(json, "candidate", &i) || !wire_json_string(json, "text", &text) ||
        i != g->n_done || i >= g->s->n_candidates) {
        return wrong_answer(err);
    }
    buffer *const whole = &g->s->texts[i];
    if (!buffer_append(whole, text)) {
        return whole->status == HUIS_E_LIMIT
                   ? error_set(err, HUIS_E_WORKER, "it sent more than %u bytes for one answer",
                               LIMIT_ANSWER_BYTES)
                   : error_no_memory(err, "the answer");
    }
    const huis_event event = {
        .kind = HUIS_EVENT_TEXT, .i_candidate = i, .text = text.ptr, .text_bytes = text.len};
    return tell(g, &event, err);
}

static int take_candidate(generation *g, const json_t *json, huis_error *err)
{
    protocol_candidate told;
    RETURN_IF_ERROR(protocol_read_candidate(json, &told, err));
    if (told.i_candidate != g->n_done || told.i_candidate >= g->s->n_candidates) {
        return wrong_answer(err);
    }
    const buffer *const text = &g->s->texts[told.i_candidate];
    g->s->candidates[told.i_candidate] = (huis_candidate){
        .text = buffer_string(text),
        .text_bytes = text->len,
        .finish = told.finish,
        .n_tokens = told.n_tokens,
        .logprob = told.logprob,
    };
    g->s->result.usage = told.usage;
    g->n_done++;
    const huis_event event = {.kind = HUIS_EVENT_DONE,
                              .i_candidate = told.i_candidate,
                              .finish = told.finish,
                              .usage = &g->s->result.usage};
    return tell(g, &event, err);
}

static int take_generated(void *user, uint32_t type, const json_t *json, huis_error *err)
{
    generation *const g = user;
    if (type == PROTOCOL_PREFILL) {
        return take_prefill(g, json, err);
    }
    if (type == PROTOCOL_TEXT) {
        return take_text(g, json, err);
    }
    if (type == PROTOCOL_CANDIDATE) {
        return take_candidate(g, json, err);
    }
    return type == PROTOCOL_RESULT && g->n_done == g->s->n_candidates ? HUIS_OK : wrong_answer(err);
}

static int generate(huis_session *s, const protocol_generate *request, huis_event_fn on_event,
                    void *user, huis_error *err)
{
    generation g = {.s = s, .on_event = on_event, .user = user};
    prefix_transfer prefix;
    prefix_transfer_init(&prefix, s->model, &s->turn);
    json_t *const json = protocol_write_generate(request);
    s->turn.prefix = request->options.n_fixed_messages > 0 ? &prefix : NULL;
    const int status =
        client_exchange(s->model, &s->turn, PROTOCOL_GENERATE, json, take_generated, &g, err);
    s->turn.prefix = NULL;
    json_decref(json);
    return status;
}

int huis_session_generate(huis_session *session, const huis_message *messages, size_t n_messages,
                          const huis_generate_options *options, huis_event_fn on_event, void *user,
                          const huis_result **out_result, huis_error *err)
{
    if (session == NULL) {
        return error_set(err, HUIS_E_BAD_ARGUMENT, "no session");
    }
    if (options != NULL && options->struct_size == 0) {
        return error_set(err, HUIS_E_BAD_ARGUMENT,
                         "options.struct_size is 0: call huis_generate_options_default first");
    }
    protocol_generate request = {
        .messages = messages,
        .n_messages = n_messages,
        .options = read_options(options),
    };
    RETURN_IF_ERROR(check_messages(messages, n_messages, err));
    RETURN_IF_ERROR(protocol_check_options(&request.options, err));
    RETURN_IF_ERROR(check_fixed(session->model, n_messages, &request.options, err));
    RETURN_IF_ERROR(client_check_free(&session->turn, err));
    RETURN_IF_ERROR(prepare_result(session, request.options.n_candidates, err));
    const int status = generate(session, &request, on_event, user, err);
    if (status != HUIS_OK) {
        return status;
    }
    session->result.n_candidates = session->n_candidates;
    session->result.candidates = session->candidates;
    if (out_result != NULL) {
        *out_result = &session->result;
    }
    return HUIS_OK;
}

/* What the frames of a SCORE are read into. */
typedef struct scoring {
    size_t n;
    double *logprobs;
    uint32_t *n_tokens; /* may be NULL */
} scoring;

static bool read_score(const json_t *list, size_t i, double *out_logprob, uint32_t *out_n_tokens)
{
    const json_t *const score = json_array_get(list, i);
    return wire_json_double(score, "logprob", out_logprob) &&
           wire_json_u32(score, "n_tokens", out_n_tokens);
}

static int take_scores(void *user, uint32_t type, const json_t *json, huis_error *err)
{
    const scoring *const s = user;
    if (type == PROTOCOL_PREFILL) {
        return CLIENT_MORE;
    }
    const json_t *const list = json_object_get(json, "scores");
    double logprob = 0;
    uint32_t n_tokens = 0;
    bool ok = type == PROTOCOL_SCORES && json_array_size(list) == s->n;
    for (size_t i = 0; i < s->n && ok; i++) {
        ok = read_score(list, i, &logprob, &n_tokens);
    }
    if (!ok) {
        return wrong_answer(err);
    }
    for (size_t i = 0; i < s->n; i++) {
        (void)read_score(list, i, &s->logprobs[i], &n_tokens);
        if (s->n_tokens != NULL) {
            s->n_tokens[i] = n_tokens;
        }
    }
    return HUIS_OK;
}

static int score(huis_session *session, protocol_score *request, const char *const *continuations,
                 scoring *s, huis_error *err)
{
    span *const texts = memory_alloc(s->n, sizeof(*texts));
    if (texts == NULL) {
        return error_no_memory(err, "the continuations");
    }
    for (size_t i = 0; i < s->n; i++) {
        texts[i] = span_from_string(continuations[i]);
    }
    request->continuations = texts;
    request->n_continuations = s->n;
    json_t *const json = protocol_write_score(request);
    const int status =
        client_exchange(session->model, &session->turn, PROTOCOL_SCORE, json, take_scores, s, err);
    json_decref(json);
    memory_free(texts);
    return status;
}

int huis_session_score(huis_session *session, const huis_message *messages, size_t n_messages,
                       const char *const *continuations, size_t n_continuations,
                       double *out_logprobs, uint32_t *out_n_tokens, huis_error *err)
{
    if (session == NULL || continuations == NULL || out_logprobs == NULL || n_continuations == 0 ||
        n_continuations > LIMIT_CONTINUATIONS) {
        return error_set(err, HUIS_E_BAD_ARGUMENT, "%zu continuations, not 1 to %u",
                         n_continuations, LIMIT_CONTINUATIONS);
    }
    RETURN_IF_ERROR(check_messages(messages, n_messages, err));
    protocol_score request = {.messages = messages, .n_messages = n_messages};
    scoring s = {.n = n_continuations, .logprobs = out_logprobs, .n_tokens = out_n_tokens};
    return score(session, &request, continuations, &s, err);
}

static int take_count(void *user, uint32_t type, const json_t *json, huis_error *err)
{
    uint32_t *const out_n_tokens = user;
    return type == PROTOCOL_COUNTED && wire_json_u32(json, "n_tokens", out_n_tokens)
               ? HUIS_OK
               : wrong_answer(err);
}

int huis_session_count_tokens(huis_session *session, const char *text, size_t text_bytes,
                              uint32_t *out_n_tokens, huis_error *err)
{
    if (session == NULL || out_n_tokens == NULL || (text == NULL && text_bytes > 0)) {
        return error_set(err, HUIS_E_BAD_ARGUMENT, "no text to count");
    }
    uint32_t n_tokens = 0;
    json_t *const json = json_pack("{s:o}", "text", wire_json_text(span_from(text, text_bytes)));
    const int status = client_exchange(session->model, &session->turn, PROTOCOL_COUNT, json,
                                       take_count, &n_tokens, err);
    json_decref(json);
    if (status == HUIS_OK) {
        *out_n_tokens = n_tokens;
    }
    return status;
}
