/*
 * task.c - see task.h.
 */
#include "worker/task.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/memory.h"

static int read_request(task *t, huis_error *err)
{
    return t->is_score ? protocol_read_score(t->json, &t->memory, &t->score, err)
                       : protocol_read_generate(t->json, &t->memory, &t->generate, err);
}

int task_new(task **out_task, worker_model *m, uint32_t session, const prefix_owner *owner,
             wire_stream *stream, const wire_header *header, json_t *json, huis_error *err)
{
    task *t = memory_alloc(1, sizeof(*t));
    if (t == NULL) {
        json_decref(json);
        return error_no_memory(err, "the request");
    }
    *t = (task){.m = m,
                .session = session,
                .owner = *owner,
                .r = {.stream = stream, .request = header->request},
                .json = json,
                .is_score = header->type == PROTOCOL_SCORE};
    arena_init(&t->memory, LIMIT_REQUEST_MEMORY_BYTES);
    const int status = read_request(t, err);
    if (status != HUIS_OK) {
        t = task_free(t);
        return status;
    }
    *out_task = t;
    return HUIS_OK;
}

task *task_free(task *t)
{
    if (t == NULL) {
        return NULL;
    }
    (void)answer_free(t->answer);
    (void)scoring_free(t->scoring);
    prefill_deinit(&t->prompt);
    arena_deinit(&t->memory);
    json_decref(t->json);
    return memory_free(t);
}

void task_fail(task *t, const huis_error *err)
{
    reply_error(&t->r, err);
    t->state = TASK_OVER;
}

/* Whoever asks for something impossible is told before anything is computed. */
static int make_answer(task *t, huis_error *err)
{
    return t->is_score ? scoring_new(&t->scoring, t->m, &t->r, &t->prompt, &t->score, err)
                       : answer_new(&t->answer, t->m, &t->r, &t->prompt, &t->generate, err);
}

static prefill_request describe_prompt(const task *t)
{
    prefill_request p = {.session = t->session, .owner = t->owner};
    if (t->is_score) {
        p.messages = t->score.messages;
        p.n_messages = t->score.n_messages;
    } else {
        p.messages = t->generate.messages;
        p.n_messages = t->generate.n_messages;
        p.raw = t->generate.options.raw;
        p.n_fixed = t->generate.options.n_fixed_messages;
    }
    return p;
}

void task_begin(task *t)
{
    huis_error error = {.status = HUIS_OK};
    const prefill_request request = describe_prompt(t);
    int status = make_answer(t, &error);
    if (status == HUIS_OK) {
        status = prefill_begin(&t->prompt, t->m, &t->r, &request, &error);
    }
    if (status != HUIS_OK) {
        task_fail(t, &error);
        return;
    }
    t->state = t->prompt.is_asking ? TASK_ASKING : TASK_PROMPT;
}

bool task_take_prefix(task *t, const wire_header *header, span payload)
{
    if (t->state != TASK_ASKING || header->request != t->r.request) {
        return false;
    }
    if (header->type == PROTOCOL_PREFIX_PART) {
        return payload.len <= LIMIT_PREFIX_PART_BYTES && prefill_part(&t->prompt, payload);
    }
    if (header->type != PROTOCOL_PREFIX_END || payload.len > 0) {
        return false;
    }
    prefill_end_parts(&t->prompt);
    t->state = TASK_PROMPT;
    return true;
}

static int begin_answer(task *t, huis_error *err)
{
    RETURN_IF_ERROR(t->is_score ? scoring_begin(t->scoring, err) : answer_begin(t->answer, err));
    t->state = t->is_score ? TASK_SCORING : TASK_DECODING;
    return HUIS_OK;
}

static int compute_prompt(task *t, uint32_t most, huis_error *err)
{
    RETURN_IF_ERROR(prefill_step(&t->prompt, most, err));
    return prefill_is_done(&t->prompt) ? begin_answer(t, err) : HUIS_OK;
}

void task_compute(task *t, uint32_t most)
{
    huis_error error = {.status = HUIS_OK};
    bool is_over = false;
    const int status = t->state == TASK_PROMPT ? compute_prompt(t, most, &error)
                                               : scoring_step(t->scoring, &is_over, &error);
    if (status != HUIS_OK) {
        task_fail(t, &error);
    } else if (is_over) {
        t->state = TASK_OVER;
    } else if (t->state == TASK_DECODING) {
        task_settle(t);
    }
}

void task_settle(task *t)
{
    huis_error error = {.status = HUIS_OK};
    bool is_over = false;
    if (answer_settle(t->answer, &is_over, &error) != HUIS_OK) {
        task_fail(t, &error);
    } else if (is_over) {
        t->state = TASK_OVER;
    }
}

void task_check_cancelled(task *t)
{
    if (t->r.is_cancelled && t->state != TASK_ASKING && t->state != TASK_OVER) {
        huis_error error = {.status = HUIS_OK};
        (void)error_set(&error, HUIS_E_CANCELLED, "cancelled");
        task_fail(t, &error);
    }
}

bool task_is_stalled(const task *t)
{
    return wire_stream_unsent(t->r.stream) > LIMIT_WORKER_UNREAD_BYTES;
}
