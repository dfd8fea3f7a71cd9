/*
 * schedule.h - who is served next: several requests side by side on one engine.
 *
 * A round is one pass over the weights for the next tokens of all answers that are being decoded
 * (drafts only where there is a single one), then a piece of one prompt, each prompt in turn. A long
 * prompt so delays the others' next token by one piece, and they delay it by one pass. At most
 * LIMIT_WORKER_SEQUENCES requests are served at a time; when one is over the next begins, first of
 * those callers that are served least, then of those that came first. No answer depends on what is
 * served beside it: the kernels give each row the bits that it has alone.
 */
#ifndef HUIS_WORKER_SCHEDULE_H
#define HUIS_WORKER_SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "huis/error.h"
#include "worker/task.h"

enum { SCHEDULE_MAX = LIMIT_WORKER_SEQUENCES + LIMIT_WORKER_WAITING };

/* A task and for whom it is; tasks stay where they are until they are dropped. */
typedef struct schedule_entry {
    task *task;         /* NULL: free */
    const char *caller; /* name, the channel's */
    uint64_t came;      /* smaller: earlier */
    uint64_t computed;  /* when its prompt was last worked on; smaller: longer ago */
    bool is_served;     /* its turn has come */
} schedule_entry;

typedef struct schedule {
    worker_model *m;
    schedule_entry entries[SCHEDULE_MAX];
    uint64_t clock;
    float *logits; /* [ENGINE_BATCH_MAX][n_vocab]; NULL: not needed yet */
} schedule;

void schedule_init(schedule *s, worker_model *m);
void schedule_deinit(schedule *s);
/* Takes the task. LIMIT: too many wait; the task stays the caller's. */
int schedule_add(schedule *s, task *t, const char *caller, huis_error *err);
/* The task is freed, whatever its state. */
void schedule_drop(schedule *s, task *t);
/* One round. Tasks that are over are left for the caller to drop. */
void schedule_round(schedule *s);
/* Whether a round would do anything. */
bool schedule_is_busy(const schedule *s);
/* Whether a task waits for its turn. */
bool schedule_has_waiting(const schedule *s);

#endif
