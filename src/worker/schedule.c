/*
 * schedule.c - see schedule.h.
 */
#include "worker/schedule.h"

#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "vocab/vocab.h"

/* Tokens of a prompt in one round: whole tiles of the kernels. While nobody waits for a token, as many
 * as the engine computes at once. */
enum {
    PIECE_TOKENS = 96,
    PIECE_TOKENS_ALONE = 264,
    SLOTS_MAX = LIMIT_WORKER_SEQUENCES * ANSWER_SLOTS
};

void schedule_init(schedule *s, worker_model *m)
{
    *s = (schedule){.m = m};
}

void schedule_deinit(schedule *s)
{
    for (size_t i = 0; i < SCHEDULE_MAX; i++) {
        (void)task_free(s->entries[i].task);
    }
    memory_free(s->logits);
    *s = (schedule){.m = s->m};
}

static bool is_at(const schedule_entry *e, task_state state)
{
    return e->task != NULL && e->task->state == state;
}

static size_t count_waiting(const schedule *s)
{
    size_t n = 0;
    for (size_t i = 0; i < SCHEDULE_MAX; i++) {
        n += is_at(&s->entries[i], TASK_WAITING) ? 1 : 0;
    }
    return n;
}

bool schedule_has_waiting(const schedule *s)
{
    return count_waiting(s) > 0;
}

static size_t count_served(const schedule *s)
{
    size_t n = 0;
    for (size_t i = 0; i < SCHEDULE_MAX; i++) {
        n += s->entries[i].task != NULL && s->entries[i].is_served ? 1 : 0;
    }
    return n;
}

int schedule_add(schedule *s, task *t, const char *caller, huis_error *err)
{
    const size_t n_free = LIMIT_WORKER_SEQUENCES - count_served(s);
    schedule_entry *e = NULL;
    for (size_t i = 0; i < SCHEDULE_MAX && e == NULL; i++) {
        e = s->entries[i].task == NULL ? &s->entries[i] : NULL;
    }
    if (e == NULL || count_waiting(s) >= n_free + LIMIT_WORKER_WAITING) {
        return error_set(err, HUIS_E_LIMIT,
                         "%u requests are served and %u wait already: try again later",
                         LIMIT_WORKER_SEQUENCES, LIMIT_WORKER_WAITING);
    }
    *e = (schedule_entry){.task = t, .caller = caller, .came = ++s->clock};
    return HUIS_OK;
}

void schedule_drop(schedule *s, task *t)
{
    for (size_t i = 0; i < SCHEDULE_MAX; i++) {
        if (s->entries[i].task == t) {
            (void)task_free(t);
            s->entries[i] = (schedule_entry){.task = NULL};
        }
    }
}

/* --- Whose turn it is --- */

/* How many tasks of this one's caller are served. A caller without a name is alone. */
static size_t count_of_caller(const schedule *s, const schedule_entry *wanted)
{
    size_t n = 0;
    for (size_t i = 0; i < SCHEDULE_MAX; i++) {
        const schedule_entry *const e = &s->entries[i];
        n += e->task != NULL && e->is_served && e->caller[0] != '\0' &&
                     strcmp(e->caller, wanted->caller) == 0
                 ? 1
                 : 0;
    }
    return n;
}

static schedule_entry *find_next_waiting(schedule *s)
{
    schedule_entry *next = NULL;
    size_t least = SIZE_MAX;
    for (size_t i = 0; i < SCHEDULE_MAX; i++) {
        schedule_entry *const e = &s->entries[i];
        if (!is_at(e, TASK_WAITING)) {
            continue;
        }
        const size_t n = count_of_caller(s, e);
        if (next == NULL || n < least || (n == least && e->came < next->came)) {
            next = e;
            least = n;
        }
    }
    return next;
}

static void admit(schedule *s)
{
    schedule_entry *next = find_next_waiting(s);
    for (size_t n = count_served(s); n < LIMIT_WORKER_SEQUENCES && next != NULL; n++) {
        next->is_served = true;
        task_begin(next->task);
        next = find_next_waiting(s);
    }
}

/* --- Decoding --- */

static uint32_t gather_slots(const schedule *s, answer_slot **out_slots)
{
    uint32_t n = 0;
    for (size_t i = 0; i < SCHEDULE_MAX; i++) {
        const schedule_entry *const e = &s->entries[i];
        if (is_at(e, TASK_DECODING) && !task_is_stalled(e->task)) {
            n += answer_busy_slots(e->task->answer, out_slots + n);
        }
    }
    return n;
}

static task *find_task(const schedule *s, const answer *a)
{
    for (size_t i = 0; i < SCHEDULE_MAX; i++) {
        if (s->entries[i].task != NULL && s->entries[i].task->answer == a) {
            return s->entries[i].task;
        }
    }
    return NULL;
}

/* A step that failed ends its task; the other slots of the task are then left alone. */
static void fail_task(const schedule *s, const answer_slot *slot, const huis_error *err)
{
    task *const t = find_task(s, slot->owner);
    if (t != NULL && t->state == TASK_DECODING) {
        task_fail(t, err);
    }
}

static bool is_going_on(const schedule *s, const answer_slot *slot)
{
    const task *const t = find_task(s, slot->owner);
    return t != NULL && t->state == TASK_DECODING;
}

static void decode_alone(schedule *s, answer_slot *slot, bool may_draft)
{
    huis_error error = {.status = HUIS_OK};
    if (is_going_on(s, slot) && answer_decode_alone(slot, may_draft, &error) != HUIS_OK) {
        fail_task(s, slot, &error);
    }
}

static bool decode_batch(schedule *s, answer_slot *const *slots, uint32_t n)
{
    engine_context *contexts[ENGINE_BATCH_MAX];
    int32_t tokens[ENGINE_BATCH_MAX];
    for (uint32_t i = 0; i < n; i++) {
        contexts[i] = slots[i]->context;
        tokens[i] = slots[i]->token;
    }
    if (engine_decode_batch(contexts, tokens, n, s->logits, NULL) != HUIS_OK) {
        return false;
    }
    const size_t n_vocab = vocab_size(engine_vocab(s->m->engine));
    for (uint32_t i = 0; i < n; i++) {
        huis_error error = {.status = HUIS_OK};
        if (is_going_on(s, slots[i]) &&
            answer_step(slots[i], s->logits + (size_t)i * n_vocab, &error) != HUIS_OK) {
            fail_task(s, slots[i], &error);
        }
    }
    return true;
}

static bool has_logits(schedule *s)
{
    if (s->logits == NULL) {
        const size_t n_vocab = vocab_size(engine_vocab(s->m->engine));
        s->logits = memory_alloc(n_vocab * ENGINE_BATCH_MAX, sizeof(*s->logits));
    }
    return s->logits != NULL;
}

/* In one pass, or, without memory or when one of them fails, one after the other: the fault is that
 * of one, not of all. */
static void decode_group(schedule *s, answer_slot *const *slots, uint32_t n)
{
    if (n > 1 && has_logits(s) && decode_batch(s, slots, n)) {
        return;
    }
    for (uint32_t i = 0; i < n; i++) {
        decode_alone(s, slots[i], n == 1);
    }
}

/* As few passes as can be, each with as many tokens. Returns how many slots there were. */
static uint32_t decode_all(schedule *s)
{
    answer_slot *slots[SLOTS_MAX];
    const uint32_t n = gather_slots(s, slots);
    const uint32_t n_groups = (n + ENGINE_BATCH_MAX - 1) / ENGINE_BATCH_MAX;
    for (uint32_t i = 0; i < n_groups; i++) {
        const uint32_t begin = i * n / n_groups;
        decode_group(s, slots + begin, (i + 1) * n / n_groups - begin);
    }
    for (size_t i = 0; n > 0 && i < SCHEDULE_MAX; i++) {
        const schedule_entry *const e = &s->entries[i];
        if (is_at(e, TASK_DECODING) && !task_is_stalled(e->task)) {
            task_settle(e->task);
        }
    }
    return n;
}

/* --- Prompts --- */

static bool is_computing(const schedule_entry *e)
{
    return (is_at(e, TASK_PROMPT) || is_at(e, TASK_SCORING)) && !task_is_stalled(e->task);
}

/* The prompt that was worked on longest ago, or never. */
static void compute_one(schedule *s, uint32_t most)
{
    schedule_entry *next = NULL;
    for (size_t i = 0; i < SCHEDULE_MAX; i++) {
        schedule_entry *const e = &s->entries[i];
        if (is_computing(e) && (next == NULL || e->computed < next->computed ||
                                (e->computed == next->computed && e->came < next->came))) {
            next = e;
        }
    }
    if (next != NULL) {
        next->computed = ++s->clock;
        task_compute(next->task, most);
    }
}

void schedule_round(schedule *s)
{
    for (size_t i = 0; i < SCHEDULE_MAX; i++) {
        if (s->entries[i].task != NULL) {
            task_check_cancelled(s->entries[i].task);
        }
    }
    admit(s);
    const uint32_t n_decoded = decode_all(s);
    compute_one(s, n_decoded > 0 ? PIECE_TOKENS : PIECE_TOKENS_ALONE);
}

bool schedule_is_busy(const schedule *s)
{
    const bool may_admit = count_served(s) < LIMIT_WORKER_SEQUENCES;
    for (size_t i = 0; i < SCHEDULE_MAX; i++) {
        const schedule_entry *const e = &s->entries[i];
        if (e->task == NULL) {
            continue;
        }
        const bool is_working = is_at(e, TASK_DECODING) && !task_is_stalled(e->task);
        if (is_working || is_computing(e) || is_at(e, TASK_OVER) ||
            (is_at(e, TASK_WAITING) && may_admit) ||
            (e->task->r.is_cancelled && !is_at(e, TASK_ASKING))) {
            return true;
        }
    }
    return false;
}
