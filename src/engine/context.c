/*
 * context.c - a KV cache with its tokens: prefill in chunks, truncation, logits.
 */
#include <math.h>
#include <string.h>
#include <sys/mman.h>

#include "base/checked.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/memory.h"
#include "engine/engine.h"
#include "engine/state.h"

enum { HUGE_PAGE = 2 * 1024 * 1024, CACHE_LINE = 64 };

/* Keys, values and parts of attention; pages come when they are first written. False: no memory. */
static bool take_cache(kv_cache *cache, const arch_model *m, uint32_t capacity)
{
    cache->head_bytes = kernel_kv_bytes(m->head_dim, capacity);
    cache->n_blocks_max = ((size_t)capacity + KERNEL_KEY_BLOCK - 1) / KERNEL_KEY_BLOCK;
    size_t bytes = 0;
    size_t part_bytes = kernel_attention_part_floats(m->head_dim) * sizeof(*cache->parts);
    if (!checked_mul_size((size_t)m->n_layers * m->n_kv_heads, cache->head_bytes, &bytes) ||
        !checked_mul_size(part_bytes, (size_t)m->n_heads * PLAN_FEW_TOKENS, &part_bytes) ||
        !checked_mul_size(part_bytes, cache->n_blocks_max, &part_bytes)) {
        return false;
    }
    cache->data = memory_alloc_aligned(bytes >= HUGE_PAGE ? HUGE_PAGE : CACHE_LINE, bytes);
    cache->parts = memory_alloc_aligned(CACHE_LINE, part_bytes);
    return cache->data != NULL && cache->parts != NULL;
}

static int take_memory(engine_context *c, huis_error *err)
{
    const arch_model *const m = c->owner->model;
    const size_t n_angles = (size_t)c->max_length * (m->n_rot / 2);
    c->tokens = memory_alloc(c->max_length, sizeof(*c->tokens));
    c->cos = memory_alloc(n_angles, sizeof(*c->cos));
    c->sin = memory_alloc(n_angles, sizeof(*c->sin));
    c->logits = memory_alloc_aligned(CACHE_LINE, m->n_vocab * sizeof(*c->logits));
    c->row = memory_alloc_aligned(CACHE_LINE, m->n_embd * sizeof(*c->row));
    if (c->tokens == NULL || c->cos == NULL || c->sin == NULL || c->logits == NULL ||
        c->row == NULL || !take_cache(&c->cache, m, c->max_length)) {
        return error_set(err, HUIS_E_NO_MEMORY, "no memory for a context of %u tokens",
                         c->max_length);
    }
    memset(c->logits, 0, m->n_vocab * sizeof(*c->logits));
    return HUIS_OK;
}

int engine_context_new(engine_context **out_context, engine *e, uint32_t capacity, huis_error *err)
{
    const uint32_t trained = e->model->context_length;
    if (capacity < 1 || capacity > trained) {
        return error_set(err, HUIS_E_BAD_ARGUMENT,
                         "a context of %u tokens: this model can hold 1 to %u", capacity, trained);
    }
    if (e->plan.ops == NULL) {
        return error_set(err, HUIS_E_BAD_ARGUMENT, "the model was opened to be inspected only");
    }
    engine_context *const c = memory_alloc(1, sizeof(*c));
    if (c == NULL) {
        return error_no_memory(err, "the context");
    }
    c->owner = e;
    c->max_length = capacity;
    const int status = take_memory(c, err);
    if (status < 0) {
        (void)engine_context_free(c);
        return status;
    }
    *out_context = c;
    return HUIS_OK;
}

engine_context *engine_context_free(engine_context *c)
{
    if (c == NULL) {
        return NULL;
    }
    memory_free(c->tokens);
    memory_free(c->cos);
    memory_free(c->sin);
    memory_free(c->logits);
    memory_free(c->row);
    memory_free(c->cache.data);
    memory_free(c->cache.parts);
    return memory_free(c);
}

uint32_t engine_context_length(const engine_context *c)
{
    return c->length;
}

const int32_t *engine_context_tokens(const engine_context *c)
{
    return c->tokens;
}

void engine_context_truncate(engine_context *c, uint32_t length)
{
    c->length = length < c->length ? length : c->length;
}

const float *engine_logits(const engine_context *c)
{
    return c->logits;
}

int context_check_tokens(const engine_context *c, const int32_t *tokens, uint32_t n_tokens,
                         huis_error *err)
{
    if (n_tokens == 0) {
        return error_set(err, HUIS_E_BAD_ARGUMENT, "no tokens to compute");
    }
    if (n_tokens > c->max_length - c->length) {
        return error_set(err, HUIS_E_CONTEXT_FULL,
                         "%u tokens do not fit: the context holds %u of %u", n_tokens, c->length,
                         c->max_length);
    }
    for (uint32_t i = 0; i < n_tokens; i++) {
        if (tokens[i] < 0 || (uint32_t)tokens[i] >= c->owner->model->n_vocab) {
            return error_set(err, HUIS_E_BAD_ARGUMENT, "token %d is not in the vocabulary of %u",
                             tokens[i], c->owner->model->n_vocab);
        }
    }
    return HUIS_OK;
}

/* Angles grow with the position: computed in double, once per position. */
static void extend_angles(engine_context *c, uint32_t n_positions)
{
    const arch_model *const m = c->owner->model;
    const uint32_t half = m->n_rot / 2;
    for (; c->n_angles < n_positions; c->n_angles++) {
        float *const cos_row = c->cos + (size_t)c->n_angles * half;
        float *const sin_row = c->sin + (size_t)c->n_angles * half;
        for (uint32_t i = 0; i < half; i++) {
            const double angle = (double)c->n_angles * m->rope_frequencies[i];
            cos_row[i] = (float)cos(angle);
            sin_row[i] = (float)sin(angle);
        }
    }
}

plan_sequence context_sequence(engine_context *c, uint32_t n_tokens)
{
    const size_t angle = (size_t)c->length * (c->owner->model->n_rot / 2);
    extend_angles(c, c->length + n_tokens);
    return (plan_sequence){
        .cache = &c->cache,
        .n_tokens = n_tokens,
        .position = c->length,
        .cos = c->cos + angle,
        .sin = c->sin + angle,
    };
}

/* Computes and appends tokens, at most a chunk. */
static void run_chunk(engine_context *c, const int32_t *tokens, uint32_t n_tokens,
                      plan_output output, float *logits)
{
    const plan_sequence sequence = context_sequence(c, n_tokens);
    plan_run run = {
        .p = &c->owner->plan,
        .sequences = &sequence,
        .n_sequences = 1,
        .tokens = tokens,
        .n_tokens = n_tokens,
        .output = output,
        .logits = logits,
    };
    plan_execute(&run);
    memcpy(c->tokens + c->length, tokens, n_tokens * sizeof(*tokens));
    c->length += n_tokens;
    c->owes_logits = output == PLAN_LAST_ROW;
    if (c->owes_logits) {
        const size_t n_embd = c->owner->model->n_embd;
        memcpy(c->row, c->owner->plan.x + (n_tokens - 1) * n_embd, n_embd * sizeof(*c->row));
    }
}

int context_no_numbers(huis_error *err)
{
    return error_set(err, HUIS_E_BAD_FILE,
                     "the model computes no numbers: its weights are damaged");
}

/* Weights that are not numbers make no logits; one tells, because all come from the same row. */
static int check_logits(engine_context *c, uint32_t start, huis_error *err)
{
    if (!isnan(c->logits[0])) {
        return HUIS_OK;
    }
    engine_context_truncate(c, start);
    return context_no_numbers(err);
}

/* `output` is that of the last chunk. */
static int prefill_chunks(engine_context *c, const int32_t *tokens, uint32_t n_tokens,
                          plan_output output, engine_progress_fn on_progress, void *user,
                          huis_error *err)
{
    RETURN_IF_ERROR(context_check_tokens(c, tokens, n_tokens, err));
    const uint32_t start = c->length;
    const uint32_t chunk = c->owner->chunk_tokens;
    for (uint32_t done = 0; done < n_tokens;) {
        const uint32_t left = n_tokens - done;
        const uint32_t n = left < chunk ? left : chunk;
        run_chunk(c, tokens + done, n, n == left ? output : PLAN_NO_LOGITS, c->logits);
        done += n;
        if (on_progress != NULL && !on_progress(user, done, n_tokens)) {
            engine_context_truncate(c, start);
            return error_set(err, HUIS_E_CANCELLED, "cancelled");
        }
    }
    return HUIS_OK;
}

int engine_prefill(engine_context *c, const int32_t *tokens, uint32_t n_tokens,
                   engine_progress_fn on_progress, void *user, huis_error *err)
{
    const uint32_t start = c->length;
    RETURN_IF_ERROR(prefill_chunks(c, tokens, n_tokens, PLAN_LAST_LOGITS, on_progress, user, err));
    return check_logits(c, start, err);
}

int engine_prefill_deferred(engine_context *c, const int32_t *tokens, uint32_t n_tokens,
                            engine_progress_fn on_progress, void *user, huis_error *err)
{
    return prefill_chunks(c, tokens, n_tokens, PLAN_LAST_ROW, on_progress, user, err);
}

int engine_prefill_part(engine_context *c, const int32_t *tokens, uint32_t n_tokens,
                        huis_error *err)
{
    return prefill_chunks(c, tokens, n_tokens, PLAN_NO_LOGITS, NULL, NULL, err);
}

uint32_t engine_top(engine_context *c, engine_candidate *out, uint32_t n)
{
    engine *const e = c->owner;
    if (!c->owes_logits) {
        return head_top_of(c->logits, e->model->n_vocab, out, n);
    }
    bool has_logits = false;
    const uint32_t found =
        head_top(&e->head, c->row, e->plan.alone_left > 0, out, n, c->logits, &has_logits);
    c->owes_logits = !has_logits;
    return found;
}

int engine_all_logits(engine_context *c, const float **out_logits, huis_error *err)
{
    engine *const e = c->owner;
    if (c->owes_logits) {
        head_logits(&e->head, c->row, e->plan.alone_left > 0, c->logits);
        c->owes_logits = false;
    }
    RETURN_IF_ERROR(check_logits(c, c->length, err));
    *out_logits = c->logits;
    return HUIS_OK;
}

int engine_prefill_logits(engine_context *c, const int32_t *tokens, uint32_t n_tokens,
                          float *out_logits, huis_error *err)
{
    RETURN_IF_ERROR(context_check_tokens(c, tokens, n_tokens, err));
    const size_t n_vocab = c->owner->model->n_vocab;
    const uint32_t start = c->length;
    const uint32_t chunk = c->owner->chunk_tokens;
    for (uint32_t done = 0; done < n_tokens;) {
        const uint32_t left = n_tokens - done;
        const uint32_t n = left < chunk ? left : chunk;
        run_chunk(c, tokens + done, n, PLAN_ALL_LOGITS, out_logits + done * n_vocab);
        done += n;
    }
    memcpy(c->logits, out_logits + (n_tokens - 1) * n_vocab, n_vocab * sizeof(*c->logits));
    return check_logits(c, start, err);
}
