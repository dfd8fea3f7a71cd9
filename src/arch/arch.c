/*
 * arch.c - see arch.h: the table of families, and the search for tensors.
 */
#include "arch/arch.h"

#include <stdio.h>

#include "arch/hyper.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/memory.h"

static const arch_family *const FAMILIES[] = {&arch_llama, &arch_qwen2, &arch_smollm3};

enum { N_FAMILIES = sizeof(FAMILIES) / sizeof(FAMILIES[0]), NAME_BYTES = 128 };

/* Tensors that a file may carry although the computation does not use them. */
static const char *const IGNORED_SUFFIXES[] = {".attn_rot_embd", ".attention.rotary_emb.inv_freq"};

uint64_t arch_dim_size(const arch_model *m, arch_dim dim)
{
    const uint64_t sizes[ARCH_N_DIMS] = {
        [ARCH_ONE] = 1,
        [ARCH_EMBD] = m->n_embd,
        [ARCH_Q] = (uint64_t)m->n_heads * m->head_dim,
        [ARCH_KV] = (uint64_t)m->n_kv_heads * m->head_dim,
        [ARCH_FF] = m->n_ff,
        [ARCH_VOCAB] = m->n_vocab,
        [ARCH_ROT_HALF] = m->n_rot / 2,
    };
    return sizes[dim];
}

static int find_family(const arch_family **out_family, const gguf_table *table, huis_error *err)
{
    span name;
    if (!gguf_get_string(table, "general.architecture", &name)) {
        return error_set(err, HUIS_E_BAD_FILE, "%s: general.architecture is missing",
                         gguf_name(table));
    }
    char known[256] = "";
    size_t used = 0;
    for (size_t i = 0; i < N_FAMILIES; i++) {
        if (span_equal(name, span_from_string(FAMILIES[i]->name))) {
            *out_family = FAMILIES[i];
            return HUIS_OK;
        }
        const int n = snprintf(known + used, sizeof(known) - used, "%s%s", i > 0 ? ", " : "",
                               FAMILIES[i]->name);
        used += n > 0 ? (size_t)n : 0;
        used = used < sizeof(known) ? used : sizeof(known) - 1;
    }
    return error_set(err, HUIS_E_UNSUPPORTED,
                     "%s: model family \"%.*s\" is not supported; huis "
                     "runs %s",
                     gguf_name(table), (int)(name.len < 60 ? name.len : 60), name.ptr, known);
}

static int check_shape(const arch_model *m, const gguf_table *table, const gguf_tensor *t,
                       const arch_tensor_row *row, huis_error *err)
{
    const uint64_t n_cols = arch_dim_size(m, row->n_cols);
    const uint64_t n_rows = arch_dim_size(m, row->n_rows);
    if (t->dims[0] == n_cols && t->dims[1] == n_rows && t->dims[2] == 1 && t->dims[3] == 1) {
        return HUIS_OK;
    }
    return error_set_at(err, HUIS_E_BAD_FILE, t->offset,
                        "%s: tensor %.*s is %llu x %llu x %llu x %llu; family %s needs %llu x %llu",
                        gguf_name(table), (int)t->name.len, t->name.ptr,
                        (unsigned long long)t->dims[0], (unsigned long long)t->dims[1],
                        (unsigned long long)t->dims[2], (unsigned long long)t->dims[3],
                        m->family->name, (unsigned long long)n_cols, (unsigned long long)n_rows);
}

static int find_tensor(const arch_model *m, const gguf_table *table, const char *name,
                       const arch_tensor_row *row, const gguf_tensor **out_tensor, huis_error *err)
{
    const gguf_tensor *const t = gguf_find_tensor(table, name);
    if (t == NULL) {
        if (row->presence == ARCH_OPTIONAL) {
            return HUIS_OK;
        }
        return error_set(err, HUIS_E_BAD_FILE, "%s: tensor %s is missing", gguf_name(table), name);
    }
    RETURN_IF_ERROR(check_shape(m, table, t, row, err));
    *out_tensor = t;
    return HUIS_OK;
}

static int find_layer_tensor(arch_model *m, const gguf_table *table, const arch_tensor_row *row,
                             uint32_t i_layer, huis_error *err)
{
    char name[NAME_BYTES];
    (void)snprintf(name, sizeof(name), "blk.%u.%s", i_layer, row->name);
    return find_tensor(m, table, name, row, &m->layers[i_layer].tensors[row->slot], err);
}

static int find_tensors(arch_model *m, const gguf_table *table, huis_error *err)
{
    for (size_t i = 0; i < m->family->n_tensors; i++) {
        const arch_tensor_row *const row = &m->family->tensors[i];
        if (row->slot < ARCH_N_GLOBAL_SLOTS) {
            RETURN_IF_ERROR(find_tensor(m, table, row->name, row, &m->tensors[row->slot], err));
            continue;
        }
        for (uint32_t j = 0; j < m->n_layers; j++) {
            RETURN_IF_ERROR(find_layer_tensor(m, table, row, j, err));
        }
    }
    return HUIS_OK;
}

static bool is_used(const arch_model *m, const gguf_tensor *t)
{
    for (size_t i = 0; i < ARCH_N_GLOBAL_SLOTS; i++) {
        if (m->tensors[i] == t) {
            return true;
        }
    }
    for (uint32_t j = 0; j < m->n_layers; j++) {
        for (size_t i = ARCH_N_GLOBAL_SLOTS; i < ARCH_N_SLOTS; i++) {
            if (m->layers[j].tensors[i] == t) {
                return true;
            }
        }
    }
    return false;
}

static bool is_ignored(const gguf_tensor *t)
{
    for (size_t i = 0; i < sizeof(IGNORED_SUFFIXES) / sizeof(IGNORED_SUFFIXES[0]); i++) {
        if (span_ends_with(t->name, span_from_string(IGNORED_SUFFIXES[i]))) {
            return true;
        }
    }
    return false;
}

/* A tensor that no row names means a computation that huis does not do. The tensors found are
 * counted first, so that the search for the name is made for a bad file only. */
static int refuse_unknown_tensors(const arch_model *m, const gguf_table *table, huis_error *err)
{
    size_t n_used = 0;
    for (size_t i = 0; i < ARCH_N_GLOBAL_SLOTS; i++) {
        n_used += m->tensors[i] != NULL ? 1 : 0;
    }
    for (uint32_t j = 0; j < m->n_layers; j++) {
        for (size_t i = ARCH_N_GLOBAL_SLOTS; i < ARCH_N_SLOTS; i++) {
            n_used += m->layers[j].tensors[i] != NULL ? 1 : 0;
        }
    }
    if (n_used == gguf_n_tensors(table)) {
        return HUIS_OK;
    }
    for (size_t i = 0; i < gguf_n_tensors(table); i++) {
        const gguf_tensor *const t = gguf_tensor_at(table, i);
        if (!is_ignored(t) && !is_used(m, t)) {
            return error_set_at(err, HUIS_E_UNSUPPORTED, t->offset,
                                "%s: family %s has no use for tensor %.*s; the file needs "
                                "something that huis cannot do",
                                gguf_name(table), m->family->name, (int)t->name.len, t->name.ptr);
        }
    }
    return HUIS_OK;
}

/* Llama 3: each frequency is divided by a factor of the file. */
static int apply_rope_factors(arch_model *m, const gguf_table *table, huis_error *err)
{
    const gguf_tensor *const t = m->tensors[ARCH_ROPE_FREQS];
    if (t == NULL) {
        return HUIS_OK;
    }
    if (t->type->type != TENSOR_F32) {
        return error_set_at(err, HUIS_E_UNSUPPORTED, t->offset,
                            "%s: tensor rope_freqs.weight is %s; huis needs F32", gguf_name(table),
                            t->type->name);
    }
    const unsigned char *const data = gguf_data(table) + t->offset;
    for (uint32_t i = 0; i < m->n_rot / 2; i++) {
        float factor = 0;
        t->type->dequantise(data + (size_t)i * t->type->block_bytes, &factor, 1);
        if (!(factor >= 1e-6f && factor <= 1e6f)) {
            return error_set_at(err, HUIS_E_BAD_FILE, t->offset,
                                "%s: rope_freqs.weight[%u] must be a number from 1e-6 to 1e6",
                                gguf_name(table), i);
        }
        m->rope_frequencies[i] /= (double)factor;
    }
    return HUIS_OK;
}

static int fill_model(arch_model *m, const gguf_table *table, huis_error *err)
{
    RETURN_IF_ERROR(arch_read_hyper(m, table, err));
    m->layers = memory_alloc(m->n_layers, sizeof(*m->layers));
    if (m->layers == NULL) {
        return error_no_memory(err, "the layers of the model");
    }
    const uint32_t interval = m->family->nope_interval;
    for (uint32_t j = 0; j < m->n_layers; j++) {
        m->layers[j].use_rope = interval == 0 || (j + 1) % interval != 0;
    }
    RETURN_IF_ERROR(find_tensors(m, table, err));
    RETURN_IF_ERROR(refuse_unknown_tensors(m, table, err));
    return apply_rope_factors(m, table, err);
}

int arch_open(arch_model **out_model, const gguf_table *table, huis_error *err)
{
    const arch_family *family = NULL;
    RETURN_IF_ERROR(find_family(&family, table, err));
    arch_model *const m = memory_alloc(1, sizeof(*m));
    if (m == NULL) {
        return error_no_memory(err, "the model");
    }
    m->family = family;
    const int status = fill_model(m, table, err);
    if (status < 0) {
        (void)arch_free(m);
        return status;
    }
    *out_model = m;
    return HUIS_OK;
}

arch_model *arch_free(arch_model *m)
{
    if (m == NULL) {
        return NULL;
    }
    memory_free(m->rope_frequencies);
    memory_free(m->layers);
    return memory_free(m);
}
