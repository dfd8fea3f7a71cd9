/*
 * weights.c - see weights.h.
 *
 * A list of jobs (tensor, what to make of it, where) is built twice over: first for the sizes, then
 * the block is taken and the threads walk through the jobs together, each packing some panels.
 */
#include "engine/weights.h"

#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>

#include "base/checked.h"
#include "base/error.h"
#include "base/memory.h"

enum {
    ALIGNMENT = CACHE_FILE_ALIGNMENT, /* of each piece */
    PANELS_PER_UNIT = 8,
    COPY_UNIT_BYTES = 1 << 20
};

typedef enum job_kind { JOB_PACK, JOB_FLOATS, JOB_COPY, JOB_COARSE } job_kind;

typedef struct job {
    job_kind kind;
    const gguf_tensor *tensor;
    packed_matrix *matrix;      /* JOB_PACK */
    const float **floats;       /* JOB_FLOATS */
    const unsigned char **copy; /* JOB_COPY */
    coarse_matrix *coarse;      /* JOB_COARSE */
    size_t offset, bytes;       /* in the block */
} job;

typedef struct job_list {
    job *jobs;
    size_t count, capacity;
    size_t total_bytes;
} job_list;

typedef struct loading {
    const job_list *list;
    const unsigned char *file;
    unsigned char *memory;
    bool drop_pages;
    atomic_int status;
} loading;

static int job_bytes(const job *j, size_t *out_bytes, huis_error *err)
{
    const gguf_tensor *const t = j->tensor;
    if (j->kind == JOB_PACK) {
        return kernel_packed_bytes(t->type->type, (size_t)t->dims[1], (size_t)t->dims[0], out_bytes,
                                   err);
    }
    if (j->kind == JOB_COARSE) {
        return coarse_bytes((size_t)t->dims[1], (size_t)t->dims[0], out_bytes, err);
    }
    *out_bytes = (size_t)(j->kind == JOB_COPY ? t->size_bytes : t->n_elements * sizeof(float));
    return HUIS_OK;
}

static int add_job(job_list *list, job j, huis_error *err)
{
    if (j.tensor == NULL) {
        return HUIS_OK;
    }
    RETURN_IF_ERROR(job_bytes(&j, &j.bytes, err));
    j.offset = list->total_bytes;
    uint64_t end = 0;
    if (!checked_add_u64(list->total_bytes, j.bytes, &end) ||
        !checked_align_u64(end, ALIGNMENT, &end)) {
        return error_no_memory(err, "the weights");
    }
    list->total_bytes = (size_t)end;
    list->jobs[list->count++] = j;
    return HUIS_OK;
}

static int add_matrix(job_list *list, const gguf_tensor *t, packed_matrix *matrix, huis_error *err)
{
    return add_job(list, (job){.kind = JOB_PACK, .tensor = t, .matrix = matrix}, err);
}

static int add_floats(job_list *list, const gguf_tensor *t, const float **floats, huis_error *err)
{
    return add_job(list, (job){.kind = JOB_FLOATS, .tensor = t, .floats = floats}, err);
}

static int list_layer(job_list *list, layer_weights *w, const arch_layer *layer, huis_error *err)
{
    const gguf_tensor *const *const t = layer->tensors;
    w->use_rope = layer->use_rope;
    RETURN_IF_ERROR(add_floats(list, t[ARCH_ATTN_NORM], &w->attn_norm, err));
    RETURN_IF_ERROR(add_matrix(list, t[ARCH_ATTN_Q], &w->q, err));
    RETURN_IF_ERROR(add_floats(list, t[ARCH_ATTN_Q_BIAS], &w->q_bias, err));
    RETURN_IF_ERROR(add_matrix(list, t[ARCH_ATTN_K], &w->k, err));
    RETURN_IF_ERROR(add_floats(list, t[ARCH_ATTN_K_BIAS], &w->k_bias, err));
    RETURN_IF_ERROR(add_matrix(list, t[ARCH_ATTN_V], &w->v, err));
    RETURN_IF_ERROR(add_floats(list, t[ARCH_ATTN_V_BIAS], &w->v_bias, err));
    RETURN_IF_ERROR(add_matrix(list, t[ARCH_ATTN_OUTPUT], &w->output, err));
    RETURN_IF_ERROR(add_floats(list, t[ARCH_FFN_NORM], &w->ffn_norm, err));
    RETURN_IF_ERROR(add_matrix(list, t[ARCH_FFN_GATE], &w->gate, err));
    RETURN_IF_ERROR(add_matrix(list, t[ARCH_FFN_UP], &w->up, err));
    return add_matrix(list, t[ARCH_FFN_DOWN], &w->down, err);
}

/* A copy of the head that says which of many rows are worth a look. */
static int add_coarse_head(job_list *list, weights *w, const gguf_tensor *t, huis_error *err)
{
    if (t == NULL || t->size_bytes < w->coarse_min_bytes || !coarse_is_worth(t->type->type)) {
        return HUIS_OK;
    }
    return add_job(list, (job){.kind = JOB_COARSE, .tensor = t, .coarse = &w->coarse_head}, err);
}

static int list_jobs(job_list *list, weights *w, const arch_model *m, huis_error *err)
{
    list->capacity = (size_t)m->n_layers * ARCH_N_SLOTS + ARCH_N_GLOBAL_SLOTS;
    list->jobs = memory_alloc(list->capacity, sizeof(*list->jobs));
    if (list->jobs == NULL) {
        return error_no_memory(err, "the list of weights");
    }
    const gguf_tensor *const embd = m->tensors[ARCH_TOKEN_EMBD];
    const gguf_tensor *const output = m->tensors[ARCH_OUTPUT];
    if (output != NULL) {
        w->embd_type = embd->type;
        w->embd_row_bytes = (size_t)(embd->size_bytes / m->n_vocab);
        RETURN_IF_ERROR(
            add_job(list, (job){.kind = JOB_COPY, .tensor = embd, .copy = &w->embd_rows}, err));
    }
    for (uint32_t i = 0; i < m->n_layers; i++) {
        RETURN_IF_ERROR(list_layer(list, &w->layers[i], &m->layers[i], err));
    }
    RETURN_IF_ERROR(add_floats(list, m->tensors[ARCH_OUTPUT_NORM], &w->output_norm, err));
    const gguf_tensor *const head = output != NULL ? output : embd;
    RETURN_IF_ERROR(add_coarse_head(list, w, head, err));
    return add_matrix(list, head, &w->head, err);
}

static uint32_t units_of(const job *j)
{
    const size_t n_rows = (size_t)j->tensor->dims[1];
    size_t n = 1;
    if (j->kind == JOB_PACK || j->kind == JOB_COARSE) {
        const size_t rows = (size_t)PANELS_PER_UNIT * KERNEL_PANEL_ROWS;
        n = (n_rows + rows - 1) / rows;
    } else if (j->kind == JOB_COPY) {
        n = (j->bytes + COPY_UNIT_BYTES - 1) / COPY_UNIT_BYTES;
    }
    return (uint32_t)n;
}

static int pack_unit(const loading *l, const job *j, const unsigned char *src, uint32_t unit)
{
    const tensor_type type = j->tensor->type->type;
    const size_t n_rows = (size_t)j->tensor->dims[1];
    const size_t n_cols = (size_t)j->tensor->dims[0];
    unsigned char *const dst = l->memory + j->offset;
    const size_t n_panels = (n_rows + KERNEL_PANEL_ROWS - 1) / KERNEL_PANEL_ROWS;
    const size_t begin = (size_t)unit * PANELS_PER_UNIT;
    const size_t end = begin + PANELS_PER_UNIT < n_panels ? begin + PANELS_PER_UNIT : n_panels;
    if (j->kind == JOB_COARSE) {
        RETURN_IF_ERROR(coarse_pack(type, src, n_rows, n_cols, dst, begin, end, NULL));
        return unit == 0 ? coarse_use(j->coarse, n_rows, n_cols, dst, NULL) : HUIS_OK;
    }
    packed_matrix matrix;
    const int status = kernel_pack(&matrix, type, src, n_rows, n_cols, dst, begin, end, NULL);
    if (status == HUIS_OK && unit == 0) {
        *j->matrix = matrix;
    }
    return status;
}

static int run_unit(const loading *l, const job *j, uint32_t unit)
{
    const unsigned char *const src = l->file + j->tensor->offset;
    unsigned char *const dst = l->memory + j->offset;
    const tensor_type_info *const type = j->tensor->type;
    switch (j->kind) {
    case JOB_PACK:
    case JOB_COARSE:
        return pack_unit(l, j, src, unit);
    case JOB_FLOATS:
        type->dequantise(src, (float *)(void *)dst,
                         (size_t)(j->tensor->n_elements / type->block_elements));
        *j->floats = (const float *)(const void *)dst;
        return HUIS_OK;
    case JOB_COPY: {
        const size_t begin = (size_t)unit * COPY_UNIT_BYTES;
        const size_t left = j->bytes - begin;
        memcpy(dst + begin, src + begin, left < COPY_UNIT_BYTES ? left : COPY_UNIT_BYTES);
        *j->copy = dst;
        return HUIS_OK;
    }
    }
    return HUIS_E_INTERNAL;
}

static void load_on_thread(void *user, pool_worker *w)
{
    loading *const l = user;
    for (size_t i = 0; i < l->list->count; i++) {
        const job *const j = &l->list->jobs[i];
        uint32_t unit = 0;
        pool_loop_begin(w, units_of(j));
        while (pool_loop_next(w, &unit)) {
            const int status = run_unit(l, j, unit);
            if (status < 0) {
                atomic_store(&l->status, status);
            }
        }
        pool_barrier(w);
        if (l->drop_pages && w->i_thread == 0) {
            sparse_give_back(l->file + j->tensor->offset, (size_t)j->tensor->size_bytes);
        }
    }
}

static int plan_all(weights *w, const arch_model *m, job_list *list, huis_error *err)
{
    w->n_embd = m->n_embd;
    w->layers = memory_alloc(m->n_layers, sizeof(*w->layers));
    if (w->layers == NULL) {
        return error_no_memory(err, "the layers of the model");
    }
    return list_jobs(list, w, m, err);
}

/* What a cache file says of a piece; without a sum. */
static cache_section section_of(const job *j)
{
    return (cache_section){
        .kind = (uint32_t)j->kind + 1,
        .form = (uint32_t)j->tensor->type->type,
        .n_rows = j->tensor->dims[1],
        .n_cols = j->tensor->dims[0],
        .offset = j->offset,
        .size_bytes = j->bytes,
    };
}

static int describe_sections(weights *w, const job_list *list, huis_error *err)
{
    w->sections = memory_alloc(list->count, sizeof(*w->sections));
    w->parts = memory_alloc(list->count, sizeof(*w->parts));
    if (w->sections == NULL || w->parts == NULL) {
        return error_no_memory(err, "the list of weights");
    }
    w->n_sections = (uint32_t)list->count;
    for (size_t i = 0; i < list->count; i++) {
        w->sections[i] = section_of(&list->jobs[i]);
        w->parts[i] = w->memory + list->jobs[i].offset;
    }
    return HUIS_OK;
}

static int load_all(weights *w, const arch_model *m, const gguf_table *table, job_list *list,
                    pool *team, bool drop_pages, huis_error *err)
{
    RETURN_IF_ERROR(plan_all(w, m, list, err));
    w->memory_bytes = list->total_bytes;
    w->memory = memory_alloc_aligned(WEIGHTS_ALIGNMENT, list->total_bytes);
    if (w->memory == NULL) {
        return error_no_memory(err, "the weights of the model");
    }
    (void)madvise(w->memory, w->memory_bytes & ~(size_t)(WEIGHTS_ALIGNMENT - 1), MADV_HUGEPAGE);
    loading l = {
        .list = list, .file = gguf_data(table), .memory = w->memory, .drop_pages = drop_pages};
    atomic_init(&l.status, HUIS_OK);
    RETURN_IF_ERROR(describe_sections(w, list, err));
    pool_run(team, load_on_thread, &l);
    const int status = atomic_load(&l.status);
    return status == HUIS_OK
               ? HUIS_OK
               : error_set(err, status, "%s: the weights cannot be packed", gguf_name(table));
}

int weights_load(weights *out_weights, const arch_model *m, const gguf_table *table, pool *team,
                 const weights_options *options, huis_error *err)
{
    weights w = {.coarse_min_bytes = options->coarse_min_bytes};
    job_list list = {0};
    const int status = load_all(&w, m, table, &list, team, options->drop_pages, err);
    memory_free(list.jobs);
    if (status < 0) {
        weights_deinit(&w);
        return status;
    }
    *out_weights = w;
    return HUIS_OK;
}

/* Places do not matter (they were checked), all else does. */
static bool fits(const cache_section *s, const job *j)
{
    const cache_section wanted = section_of(j);
    return s->kind == wanted.kind && s->form == wanted.form && s->n_rows == wanted.n_rows &&
           s->n_cols == wanted.n_cols && s->size_bytes == wanted.size_bytes;
}

static int attach_one(const job *j, const unsigned char *data, huis_error *err)
{
    switch (j->kind) {
    case JOB_PACK:
        return kernel_use_packed(j->matrix, j->tensor->type->type, (size_t)j->tensor->dims[1],
                                 (size_t)j->tensor->dims[0], data, err);
    case JOB_FLOATS:
        *j->floats = (const float *)(const void *)data;
        return HUIS_OK;
    case JOB_COPY:
        *j->copy = data;
        return HUIS_OK;
    case JOB_COARSE:
        return coarse_use(j->coarse, (size_t)j->tensor->dims[1], (size_t)j->tensor->dims[0], data,
                          err);
    }
    return HUIS_E_INTERNAL;
}

/* Embeddings, and a head of whose rows a coarse copy names the few to read. */
static int attach_sparse(weights *w, const packed_weights *packed, huis_error *err)
{
    const unsigned char *const head = w->head.data;
    const size_t row_bytes = w->embd_rows != NULL ? w->embd_row_bytes : w->head.panel_bytes;
    if (packed->fd <= 0) {
        return HUIS_OK;
    }
    w->row = memory_alloc_aligned(ALIGNMENT, row_bytes);
    if (w->row == NULL) {
        return error_no_memory(err, "a row of the weights");
    }
    if (w->embd_rows != NULL) {
        w->embd_part = (sparse_part){.fd = packed->fd,
                                     .data = w->embd_rows,
                                     .offset = (uint64_t)(w->embd_rows - packed->data)};
    }
    if (w->coarse_head.panels.data != NULL) {
        w->head_part = (sparse_part){
            .fd = packed->fd, .data = head, .offset = (uint64_t)(head - packed->data)};
    }
    return HUIS_OK;
}

static int attach_all(weights *w, const arch_model *m, const packed_weights *packed, job_list *list,
                      huis_error *err)
{
    RETURN_IF_ERROR(plan_all(w, m, list, err));
    bool is_right = packed->n_sections == list->count;
    for (size_t i = 0; i < list->count && is_right; i++) {
        is_right = fits(&packed->sections[i], &list->jobs[i]);
    }
    if (!is_right) {
        return error_set(err, HUIS_E_BAD_FILE, "cache file: not the weights of this model");
    }
    for (size_t i = 0; i < list->count; i++) {
        RETURN_IF_ERROR(attach_one(&list->jobs[i], packed->data + packed->sections[i].offset, err));
    }
    return attach_sparse(w, packed, err);
}

int weights_attach(weights *out_weights, const arch_model *m, const packed_weights *packed,
                   const weights_options *options, huis_error *err)
{
    weights w = {.coarse_min_bytes = options->coarse_min_bytes};
    job_list list = {0};
    const int status = attach_all(&w, m, packed, &list, err);
    memory_free(list.jobs);
    if (status < 0) {
        weights_deinit(&w);
        return status;
    }
    *out_weights = w;
    return HUIS_OK;
}

void weights_deinit(weights *w)
{
    memory_free(w->sections);
    memory_free(w->parts);
    memory_free(w->layers);
    memory_free(w->memory);
    memory_free(w->row);
    *w = (weights){0};
}

/* A row of a head that is read sparsely is unpacked from a copy of its panel. */
static void embed_from_head(const weights *w, size_t token, float *out)
{
    const size_t i_panel = token / KERNEL_PANEL_ROWS;
    packed_matrix panel = kernel_panels(&w->head, i_panel, i_panel + 1);
    if (w->head_part.fd > 0) {
        panel.data =
            sparse_read(&w->head_part, i_panel * panel.panel_bytes, panel.panel_bytes, w->row);
    }
    kernel_unpack_row(&panel, token % KERNEL_PANEL_ROWS, out);
}

void weights_embed(const weights *w, uint32_t token, float *out)
{
    if (w->embd_rows == NULL) {
        embed_from_head(w, token, out);
        return;
    }
    const size_t at = (size_t)token * w->embd_row_bytes;
    const unsigned char *const row = w->embd_part.fd > 0
                                         ? sparse_read(&w->embd_part, at, w->embd_row_bytes, w->row)
                                         : w->embd_rows + at;
    w->embd_type->dequantise(row, out, w->n_embd / w->embd_type->block_elements);
}
