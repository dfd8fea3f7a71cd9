/*
 * engine.c - opens a model: format, family, vocabulary, threads, weights, plan.
 */
#include "engine/engine.h"

#include <stdio.h>

#include "base/cpu.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/memory.h"
#include "engine/packed.h"
#include "engine/state.h"
#include "format/file_type.h"

enum {
    DEFAULT_CHUNK = 264 /* a multiple of KERNEL_TILE */,
    CHUNK_MAX = 2048,
    DEFAULT_COARSE_MIN_BYTES = 64 << 20
};

static int choose_level(const kernel_ops **out_ops, const char *level, huis_error *err)
{
    const kernel_ops *const ops = kernel_select(level);
    if (ops != NULL) {
        *out_ops = ops;
        return HUIS_OK;
    }
    char known[128] = "";
    size_t used = 0;
    for (size_t i = 0; kernel_level_at(i) != NULL && used < sizeof(known); i++) {
        const int n = snprintf(known + used, sizeof(known) - used, "%s%s", i > 0 ? ", " : "",
                               kernel_level_at(i)->level);
        used += n > 0 ? (size_t)n : 0;
    }
    return error_set(err, HUIS_E_BAD_ARGUMENT, "kernel level \"%.40s\": this processor can run %s",
                     level != NULL ? level : "", known);
}

/* Strings of the file that outlive it. */
static int copy_strings(engine *e, const gguf_table *table, huis_error *err)
{
    span name = SPAN("");
    span chat_template = SPAN("");
    (void)gguf_get_string(table, "general.name", &name);
    (void)gguf_get_string(table, "tokenizer.chat_template", &chat_template);
    if (chat_template.len > LIMIT_TEMPLATE_BYTES) {
        return error_set(err, HUIS_E_BAD_FILE,
                         "%s: tokenizer.chat_template has %zu bytes; %u are possible",
                         gguf_name(table), chat_template.len, LIMIT_TEMPLATE_BYTES);
    }
    (void)buffer_append(&e->name, name);
    (void)buffer_append(&e->chat_template, chat_template);
    if (!buffer_ok(&e->name) || !buffer_ok(&e->chat_template)) {
        return error_no_memory(err, "the chat template");
    }
    return HUIS_OK;
}

static void fill_info(engine *e, const gguf_table *table, const kernel_ops *ops)
{
    const arch_model *const m = e->model;
    e->info = (engine_info){
        .family = m->family->name,
        .name = buffer_string(&e->name),
        .quantisation = file_type_of(table),
        .level = ops->level,
        .n_threads = pool_n_threads(e->team),
        .trained_context_length = m->context_length,
        .n_layers = m->n_layers,
        .n_embd = m->n_embd,
        .n_heads = m->n_heads,
        .n_kv_heads = m->n_kv_heads,
        .n_vocab = m->n_vocab,
        .is_attached = e->weights.layers != NULL && e->weights.memory == NULL,
    };
}

static weights_options weights_options_of(const engine_options *options)
{
    return (weights_options){
        .drop_pages = options->drop_pages,
        .coarse_min_bytes =
            options->coarse_min_bytes > 0 ? options->coarse_min_bytes : DEFAULT_COARSE_MIN_BYTES,
    };
}

static bool attach(engine *e, const gguf_table *table, const engine_options *options)
{
    const weights_options w_options = weights_options_of(options);
    return !options->inspect && options->packed.len > 0 && options->source != NULL &&
           packed_attach(e, table, options, &w_options, NULL) == HUIS_OK;
}

static int open_head(engine *e, const kernel_ops *ops, huis_error *err)
{
    const head_parts parts = {
        .ops = ops,
        .team = e->team,
        .norm = e->weights.output_norm,
        .epsilon = e->model->norm_epsilon,
        .exact = &e->weights.head,
        .coarse = &e->weights.coarse_head,
        .part = &e->weights.head_part,
    };
    return head_init(&e->head, &parts, err);
}

static int open_parts(engine *e, const gguf_table *table, const engine_options *options,
                      huis_error *err)
{
    const kernel_ops *ops = NULL;
    const uint32_t n_threads = options->n_threads > 0 ? options->n_threads : cpu_available();
    const uint32_t n_usable = n_threads < LIMIT_THREADS ? n_threads : LIMIT_THREADS;
    e->chunk_tokens = options->chunk_tokens > 0 ? options->chunk_tokens : DEFAULT_CHUNK;
    e->chunk_tokens = e->chunk_tokens < CHUNK_MAX ? e->chunk_tokens : CHUNK_MAX;
    RETURN_IF_ERROR(choose_level(&ops, options->level, err));
    RETURN_IF_ERROR(copy_strings(e, table, err));
    RETURN_IF_ERROR(arch_open(&e->model, table, err));
    /* A cache file that cannot be used costs time, not the model. */
    const bool is_attached = attach(e, table, options);
    if (!is_attached) {
        RETURN_IF_ERROR(vocab_open(&e->vocab, table, err));
    }
    if (vocab_size(e->vocab) != e->model->n_vocab) {
        return error_set(err, HUIS_E_BAD_FILE, "%s: the tokenizer has %u tokens, the model %u",
                         gguf_name(table), vocab_size(e->vocab), e->model->n_vocab);
    }
    RETURN_IF_ERROR(pool_new(&e->team, n_usable, err));
    if (options->inspect) {
        fill_info(e, table, ops);
        return HUIS_OK;
    }
    if (!is_attached) {
        const weights_options w_options = weights_options_of(options);
        RETURN_IF_ERROR(weights_load(&e->weights, e->model, table, e->team, &w_options, err));
    }
    const uint32_t few = PLAN_FEW_TOKENS;
    RETURN_IF_ERROR(plan_init(&e->plan, e->model, &e->weights, ops, e->team,
                              e->chunk_tokens > few ? e->chunk_tokens : few, err));
    RETURN_IF_ERROR(open_head(e, ops, err));
    fill_info(e, table, ops);
    return HUIS_OK;
}

static int open_table(engine **out_engine, const gguf_table *table, const engine_options *options,
                      huis_error *err)
{
    engine *const e = memory_alloc(1, sizeof(*e));
    if (e == NULL) {
        return error_no_memory(err, "the model");
    }
    buffer_init(&e->name, LIMIT_GGUF_STRING_BYTES);
    buffer_init(&e->chat_template, LIMIT_TEMPLATE_BYTES);
    const int status = open_parts(e, table, options, err);
    if (status < 0) {
        (void)engine_close(e);
        return status;
    }
    *out_engine = e;
    return HUIS_OK;
}

int engine_open(engine **out_engine, const unsigned char *data, size_t size_bytes, const char *name,
                const engine_options *options, huis_error *err)
{
    static const engine_options DEFAULTS;
    gguf_table *table = NULL;
    RETURN_IF_ERROR(gguf_parse(&table, data, size_bytes, name, false, err));
    const int status = open_table(out_engine, table, options != NULL ? options : &DEFAULTS, err);
    (void)gguf_free(table);
    return status;
}

engine *engine_close(engine *e)
{
    if (e == NULL) {
        return NULL;
    }
    head_deinit(&e->head);
    plan_deinit(&e->plan);
    weights_deinit(&e->weights);
    (void)pool_free(e->team);
    (void)vocab_free(e->vocab);
    (void)arch_free(e->model);
    buffer_deinit(&e->name);
    buffer_deinit(&e->chat_template);
    return memory_free(e);
}

const engine_info *engine_get_info(const engine *e)
{
    return &e->info;
}

const vocab *engine_vocab(const engine *e)
{
    return e->vocab;
}

span engine_chat_template(const engine *e)
{
    return buffer_span(&e->chat_template);
}
