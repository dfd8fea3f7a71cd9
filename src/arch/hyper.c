/*
 * hyper.c - see hyper.h.
 *
 * Every number of the file is held against a limit of base/limits.h or against another number
 * before anything is computed from it. Keys that would change the computation in a way that huis
 * does not do are refused by name: a model that answers nonsense is worse than one that does not
 * open.
 */
#include "arch/hyper.h"

#include <math.h>
#include <stdio.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/memory.h"

enum { KEY_BYTES = 128, KERNEL_MULTIPLE = 32, HEAD_MULTIPLE = 16 };

/* A key with the family's prefix: "llama.block_count". */
typedef struct hyper_key {
    char text[KEY_BYTES];
} hyper_key;

static hyper_key key_of(const arch_model *m, const char *suffix)
{
    hyper_key key;
    (void)snprintf(key.text, sizeof(key.text), "%s.%s", m->family->name, suffix);
    return key;
}

/* Per-layer arrays are accepted where all layers say the same. */
static int read_array(const gguf_array *array, const arch_model *m, const hyper_key *key,
                      const char *name, uint32_t *out, huis_error *err)
{
    if (array->count != m->n_layers) {
        return error_set(err, HUIS_E_BAD_FILE, "%s: %s has %llu elements; the model has %u layers",
                         name, key->text, (unsigned long long)array->count, m->n_layers);
    }
    uint32_t first = 0;
    for (uint64_t i = 0; i < array->count; i++) {
        uint32_t value = 0;
        if (!gguf_array_u32(array, i, &value)) {
            return error_set(err, HUIS_E_BAD_FILE, "%s: %s[%llu] is not a count", name, key->text,
                             (unsigned long long)i);
        }
        first = i == 0 ? value : first;
        if (value != first) {
            return error_set(err, HUIS_E_UNSUPPORTED,
                             "%s: %s differs between layers (%u and %u), which huis cannot do",
                             name, key->text, first, value);
        }
    }
    *out = first;
    return HUIS_OK;
}

/* A count from 1 to `limit`; `fallback` where the key is missing, 0: the key is required. */
static int read_count(const arch_model *m, const gguf_table *table, const char *suffix,
                      uint32_t fallback, uint32_t limit, uint32_t *out, huis_error *err)
{
    const hyper_key key = key_of(m, suffix);
    const char *const name = gguf_name(table);
    uint32_t value = fallback;
    gguf_array array;
    if (gguf_get_array(table, key.text, &array)) {
        RETURN_IF_ERROR(read_array(&array, m, &key, name, &value, err));
    } else if (!gguf_get_u32(table, key.text, &value) && gguf_has(table, key.text)) {
        return error_set(err, HUIS_E_BAD_FILE, "%s: %s is not a count", name, key.text);
    } else if (value == 0 && !gguf_has(table, key.text)) {
        return error_set(err, HUIS_E_BAD_FILE, "%s: %s is missing", name, key.text);
    }
    if (value == 0 || value > limit) {
        return error_set(err, HUIS_E_BAD_FILE, "%s: %s is %u; 1 to %u is possible", name, key.text,
                         value, limit);
    }
    *out = value;
    return HUIS_OK;
}

/* A finite number in [low, high]; left alone where the key is missing. */
static int read_number(const arch_model *m, const gguf_table *table, const char *suffix, double low,
                       double high, double *value, huis_error *err)
{
    const hyper_key key = key_of(m, suffix);
    float number = 0;
    if (!gguf_has(table, key.text)) {
        return HUIS_OK;
    }
    if (!gguf_get_f32(table, key.text, &number) ||
        !((double)number >= low && (double)number <= high)) {
        return error_set(err, HUIS_E_BAD_FILE, "%s: %s must be a number from %g to %g",
                         gguf_name(table), key.text, low, high);
    }
    *value = (double)number;
    return HUIS_OK;
}

/* Keys that change the mathematics. A count or a number other than 0 (a bool: other than
 * `neutral`) is refused. */
typedef struct refused_key {
    const char *suffix;
    const char *what;
    bool neutral;
} refused_key;

static const refused_key REFUSED[] = {
    {"expert_count", "mixtures of experts", false},
    {"attn_logit_softcapping", "attention soft-capping", false},
    {"final_logit_softcapping", "logit soft-capping", false},
    {"embedding_scale", "scaled embeddings", false},
    {"residual_scale", "scaled residuals", false},
    {"logit_scale", "scaled logits", false},
    {"attention.clamp_kqv", "clamped queries, keys and values", false},
    {"attention.max_alibi_bias", "ALiBi positions", false},
    {"attention.causal", "attention in both directions", true},
    {"use_parallel_residual", "parallel residuals", false},
    {"pooling_type", "pooled embeddings", false},
};

static bool is_neutral(const gguf_table *table, const char *key, bool neutral)
{
    bool flag = neutral;
    uint64_t count = 0;
    float number = 0;
    if (gguf_get_bool(table, key, &flag)) {
        return flag == neutral;
    }
    if (gguf_get_u64(table, key, &count)) {
        return count == 0;
    }
    return gguf_get_f32(table, key, &number) && number == 0;
}

static int refuse_keys(const arch_model *m, const gguf_table *table, huis_error *err)
{
    for (size_t i = 0; i < sizeof(REFUSED) / sizeof(REFUSED[0]); i++) {
        const hyper_key key = key_of(m, REFUSED[i].suffix);
        if (gguf_has(table, key.text) && !is_neutral(table, key.text, REFUSED[i].neutral)) {
            return error_set(err, HUIS_E_UNSUPPORTED, "%s: %s: huis cannot do %s in family %s",
                             gguf_name(table), key.text, REFUSED[i].what, m->family->name);
        }
    }
    /* A window as wide as the context changes nothing. */
    const hyper_key window = key_of(m, "attention.sliding_window");
    uint32_t width = 0;
    if (gguf_get_u32(table, window.text, &width) && width != 0 && width < m->context_length) {
        return error_set(err, HUIS_E_UNSUPPORTED,
                         "%s: %s is %u: huis cannot do sliding windows in family %s",
                         gguf_name(table), window.text, width, m->family->name);
    }
    return HUIS_OK;
}

/* The factor by which positions are divided. */
static int read_rope_scaling(const arch_model *m, const gguf_table *table, double *out_factor,
                             huis_error *err)
{
    const hyper_key key = key_of(m, "rope.scaling.type");
    span type = SPAN("linear");
    (void)gguf_get_string(table, key.text, &type);
    double factor = 1;
    RETURN_IF_ERROR(read_number(m, table, "rope.scale_linear", 0, 1e6, &factor, err));
    RETURN_IF_ERROR(read_number(m, table, "rope.scaling.factor", 0, 1e6, &factor, err));
    factor = factor > 0 ? factor : 1; /* 0 stands for "none" */
    if (span_equal(type, SPAN("none"))) {
        factor = 1;
    } else if (!span_equal(type, SPAN("linear"))) {
        return error_set(err, HUIS_E_UNSUPPORTED,
                         "%s: %s is \"%.*s\"; huis knows \"none\" and \"linear\"", gguf_name(table),
                         key.text, (int)(type.len < 40 ? type.len : 40), type.ptr);
    }
    *out_factor = factor;
    return HUIS_OK;
}

static int make_frequencies(arch_model *m, const gguf_table *table, huis_error *err)
{
    double base = 10000;
    double factor = 1;
    RETURN_IF_ERROR(read_number(m, table, "rope.freq_base", 1, 1e12, &base, err));
    RETURN_IF_ERROR(read_rope_scaling(m, table, &factor, err));
    m->rope_frequencies = memory_alloc(m->n_rot / 2, sizeof(*m->rope_frequencies));
    if (m->rope_frequencies == NULL) {
        return error_no_memory(err, "the rotary frequencies");
    }
    for (uint32_t i = 0; i < m->n_rot / 2; i++) {
        m->rope_frequencies[i] = pow(base, -2.0 * (double)i / (double)m->n_rot) / factor;
    }
    return HUIS_OK;
}

static int read_heads(arch_model *m, const gguf_table *table, huis_error *err)
{
    const char *const name = gguf_name(table);
    RETURN_IF_ERROR(read_count(m, table, "attention.head_count", 0, LIMIT_HEADS, &m->n_heads, err));
    RETURN_IF_ERROR(read_count(m, table, "attention.head_count_kv", m->n_heads, LIMIT_HEADS,
                               &m->n_kv_heads, err));
    if (m->n_heads % m->n_kv_heads != 0) {
        return error_set(err, HUIS_E_BAD_FILE,
                         "%s: %u query heads cannot share %u key and value heads evenly", name,
                         m->n_heads, m->n_kv_heads);
    }
    const uint32_t natural = m->n_embd / m->n_heads;
    uint32_t value_dim = 0;
    RETURN_IF_ERROR(
        read_count(m, table, "attention.key_length", natural, LIMIT_HEAD_DIM, &m->head_dim, err));
    RETURN_IF_ERROR(read_count(m, table, "attention.value_length", m->head_dim, LIMIT_HEAD_DIM,
                               &value_dim, err));
    if (value_dim != m->head_dim || m->head_dim % HEAD_MULTIPLE != 0) {
        return error_set(err, HUIS_E_UNSUPPORTED,
                         "%s: heads of %u (keys) and %u (values); huis needs the same multiple of "
                         "%d for both",
                         name, m->head_dim, value_dim, HEAD_MULTIPLE);
    }
    RETURN_IF_ERROR(
        read_count(m, table, "rope.dimension_count", m->head_dim, LIMIT_HEAD_DIM, &m->n_rot, err));
    if (m->n_rot % 2 != 0 || m->n_rot > m->head_dim) {
        return error_set(err, HUIS_E_BAD_FILE,
                         "%s: rope.dimension_count is %u; it must be even and at most the head "
                         "size %u",
                         name, m->n_rot, m->head_dim);
    }
    return HUIS_OK;
}

/* Products are taken over blocks of 32 inputs. */
static int check_multiples(const arch_model *m, const gguf_table *table, huis_error *err)
{
    const struct {
        const char *what;
        uint64_t size;
    } inputs[] = {
        {"embedding_length", m->n_embd},
        {"feed_forward_length", m->n_ff},
        {"head_count x head size", arch_dim_size(m, ARCH_Q)},
    };
    for (size_t i = 0; i < sizeof(inputs) / sizeof(inputs[0]); i++) {
        if (inputs[i].size % KERNEL_MULTIPLE != 0) {
            return error_set(err, HUIS_E_UNSUPPORTED, "%s: %s is %llu; huis needs a multiple of %d",
                             gguf_name(table), inputs[i].what, (unsigned long long)inputs[i].size,
                             KERNEL_MULTIPLE);
        }
    }
    if (arch_dim_size(m, ARCH_Q) > LIMIT_EMBEDDING) {
        return error_set(err, HUIS_E_BAD_FILE, "%s: %u heads of %u are more than %u values",
                         gguf_name(table), m->n_heads, m->head_dim, LIMIT_EMBEDDING);
    }
    return HUIS_OK;
}

/* The vocabulary is what the tokenizer lists; a key may repeat it. */
static int read_vocab(arch_model *m, const gguf_table *table, huis_error *err)
{
    gguf_array tokens;
    if (!gguf_get_array(table, "tokenizer.ggml.tokens", &tokens)) {
        return error_set(err, HUIS_E_BAD_FILE, "%s: tokenizer.ggml.tokens is missing",
                         gguf_name(table));
    }
    if (tokens.count == 0 || tokens.count > LIMIT_VOCAB) {
        return error_set(err, HUIS_E_BAD_FILE,
                         "%s: tokenizer.ggml.tokens has %llu elements; 1 to %u is possible",
                         gguf_name(table), (unsigned long long)tokens.count, LIMIT_VOCAB);
    }
    m->n_vocab = (uint32_t)tokens.count;
    uint32_t stated = 0;
    RETURN_IF_ERROR(read_count(m, table, "vocab_size", m->n_vocab, LIMIT_VOCAB, &stated, err));
    if (stated != m->n_vocab) {
        return error_set(err, HUIS_E_BAD_FILE, "%s: vocab_size is %u but the file lists %u tokens",
                         gguf_name(table), stated, m->n_vocab);
    }
    return HUIS_OK;
}

int arch_read_hyper(arch_model *m, const gguf_table *table, huis_error *err)
{
    RETURN_IF_ERROR(read_count(m, table, "block_count", 0, LIMIT_LAYERS, &m->n_layers, err));
    RETURN_IF_ERROR(read_count(m, table, "context_length", 0, UINT32_MAX, &m->context_length, err));
    m->context_length = m->context_length < LIMIT_CONTEXT ? m->context_length : LIMIT_CONTEXT;
    RETURN_IF_ERROR(read_count(m, table, "embedding_length", 0, LIMIT_EMBEDDING, &m->n_embd, err));
    RETURN_IF_ERROR(
        read_count(m, table, "feed_forward_length", 0, LIMIT_FEED_FORWARD, &m->n_ff, err));
    RETURN_IF_ERROR(read_heads(m, table, err));
    RETURN_IF_ERROR(check_multiples(m, table, err));
    RETURN_IF_ERROR(read_vocab(m, table, err));
    RETURN_IF_ERROR(refuse_keys(m, table, err));
    double epsilon = -1;
    double scale = 0;
    RETURN_IF_ERROR(read_number(m, table, "attention.layer_norm_rms_epsilon", 0, 1, &epsilon, err));
    if (epsilon < 0) {
        return error_set(err, HUIS_E_BAD_FILE, "%s: %s.attention.layer_norm_rms_epsilon is missing",
                         gguf_name(table), m->family->name);
    }
    RETURN_IF_ERROR(read_number(m, table, "attention.scale", 0, 1e6, &scale, err));
    m->norm_epsilon = (float)epsilon;
    m->attention_scale = (float)(scale > 0 ? scale : 1.0 / sqrt((double)m->head_dim));
    return make_frequencies(m, table, err);
}
