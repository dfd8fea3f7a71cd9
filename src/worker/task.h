/*
 * task.h - one request from its first byte to its last frame, a step at a time.
 *
 *     WAITING -> ASKING (the client may have a checkpoint) -> PROMPT -> DECODING or SCORING -> OVER
 *
 * Each step is short: at most a piece of a prompt. Errors are sent to the client and end the task;
 * whoever steps a task looks at its state afterwards. A task knows its request and nothing of others.
 */
#ifndef HUIS_WORKER_TASK_H
#define HUIS_WORKER_TASK_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "base/arena.h"
#include "huis/error.h"
#include "wire/protocol.h"
#include "worker/answer.h"
#include "worker/prefill.h"
#include "worker/reply.h"

typedef enum task_state {
    TASK_WAITING,  /* its request is read, nothing is done */
    TASK_ASKING,   /* the client sends a checkpoint, or says that it has none */
    TASK_PROMPT,   /* task_compute */
    TASK_DECODING, /* answer_busy_slots of `answer`, then task_settle */
    TASK_SCORING,  /* task_compute */
    TASK_OVER
} task_state;

typedef struct task {
    worker_model *m;
    uint32_t session; /* of the KV cache */
    prefix_owner owner;
    reply r;
    task_state state;
    json_t *json; /* the request; messages and options point into it */
    arena memory;
    bool is_score;
    protocol_generate generate;
    protocol_score score;
    prefill prompt;
    answer *answer;   /* generate, once it has begun */
    scoring *scoring; /* score */
} task;

/* Reads a GENERATE or SCORE; takes the reference to `json`, also when it fails. `stream` must outlive
 * the task. */
int task_new(task **out_task, worker_model *m, uint32_t session, const prefix_owner *owner,
             wire_stream *stream, const wire_header *header, json_t *json, huis_error *err);
task *task_free(task *t);

/* WAITING: tokenises, asks. */
void task_begin(task *t);
/* ASKING: a PREFIX_PART or PREFIX_END. False: it breaks the protocol. */
bool task_take_prefix(task *t, const wire_header *header, span payload);
/* PROMPT, SCORING: a step, of at most `most` tokens of a prompt. */
void task_compute(task *t, uint32_t most);
/* DECODING: sends what was decoded, begins further candidates. */
void task_settle(task *t);
/* Tells the client of an error that `err` holds, and ends the task. */
void task_fail(task *t, const huis_error *err);
/* Ends the task if its client cancelled; one that is being asked is let answer first. */
void task_check_cancelled(task *t);
/* More of its answer waits to be read by the client than it may leave there. */
bool task_is_stalled(const task *t);

#endif
