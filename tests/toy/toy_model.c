/*
 * toy_model.c - see toy_model.h.
 */
#include "toy_model.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/rng.h"

enum { ALIGNMENT = 32, MAX_TENSORS = 512, NAME_BYTES = 64 };

typedef struct toy_tensor {
    char name[NAME_BYTES];
    tensor_type type;
    uint64_t n_cols, n_rows; /* n_rows 0: a vector */
} toy_tensor;

typedef struct toy_file {
    const toy_options *options;
    toy_tensor tensors[MAX_TENSORS];
    uint64_t n_tensors;
    uint64_t n_keys;
    buffer keys, infos, data;
    rng random;
} toy_file;

toy_options toy_options_default(const char *family)
{
    return (toy_options){
        .family = family,
        .n_layers = 2,
        .n_embd = 128,
        .n_ff = 192,
        .n_heads = 4,
        .n_kv_heads = 2,
        .type = TENSOR_Q4_0,
        .down_type = TENSOR_Q4_0,
        .head_type = TENSOR_Q8_0,
        .context_length = 512,
        .seed = 1,
    };
}

/* --- Little-endian pieces --- */

static void put(buffer *b, uint64_t value, size_t n_bytes)
{
    for (size_t i = 0; i < n_bytes; i++) {
        (void)buffer_append_byte(b, (char)(unsigned char)(value >> (8 * i)));
    }
}

static void put_string(buffer *b, const char *string)
{
    put(b, strlen(string), 8);
    (void)buffer_append_string(b, string);
}

static uint32_t float_bits(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof(bits));
    return bits;
}

/* --- Keys --- */

static void key_begin(toy_file *f, const char *key, uint32_t type)
{
    put_string(&f->keys, key);
    put(&f->keys, type, 4);
    f->n_keys++;
}

static void key_string(toy_file *f, const char *key, const char *value)
{
    key_begin(f, key, 8);
    put_string(&f->keys, value);
}

static void key_u32(toy_file *f, const char *key, uint32_t value)
{
    key_begin(f, key, 4);
    put(&f->keys, value, 4);
}

static void family_key(const toy_file *f, const char *suffix, char out[NAME_BYTES])
{
    (void)snprintf(out, NAME_BYTES, "%s.%s", f->options->family, suffix);
}

static void family_u32(toy_file *f, const char *suffix, uint32_t value)
{
    char key[NAME_BYTES];
    family_key(f, suffix, key);
    key_u32(f, key, value);
}

static void family_f32(toy_file *f, const char *suffix, float value)
{
    char key[NAME_BYTES];
    family_key(f, suffix, key);
    key_begin(f, key, 6);
    put(&f->keys, float_bits(value), 4);
}

/* GPT-2's printable stand-in for a byte, as UTF-8. */
static void byte_symbol(uint32_t byte, char out[3])
{
    uint32_t code = byte;
    const bool printable = (byte >= 33 && byte <= 126) || (byte >= 161 && byte != 173);
    if (!printable) {
        code = byte <= 32 ? 256 + byte : byte == 173 ? 256 + 67 : 256 + 33 + (byte - 127);
    }
    if (code < 128) {
        out[0] = (char)code;
        out[1] = '\0';
        return;
    }
    out[0] = (char)(unsigned char)(0xC0 | (code >> 6));
    out[1] = (char)(unsigned char)(0x80 | (code & 0x3F));
    out[2] = '\0';
}

static const char *const MERGED[] = {"th", "in", "an"};
static const char *const MERGES[] = {"t h", "i n", "a n"};
static const char *const CONTROL[] = {"<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|pad|>"};

enum { N_MERGES = 3, N_CONTROL = 4 };

static void key_tokens(toy_file *f)
{
    key_begin(f, "tokenizer.ggml.tokens", 9);
    put(&f->keys, 8, 4);
    put(&f->keys, TOY_N_VOCAB, 8);
    for (uint32_t i = 0; i < 256; i++) {
        char symbol[3];
        byte_symbol(i, symbol);
        put_string(&f->keys, symbol);
    }
    for (size_t i = 0; i < N_MERGES; i++) {
        put_string(&f->keys, MERGED[i]);
    }
    for (size_t i = 0; i < N_CONTROL; i++) {
        put_string(&f->keys, CONTROL[i]);
    }
    key_begin(f, "tokenizer.ggml.token_type", 9);
    put(&f->keys, 5, 4);
    put(&f->keys, TOY_N_VOCAB, 8);
    for (uint32_t i = 0; i < TOY_N_VOCAB; i++) {
        put(&f->keys, i < TOY_ENDOFTEXT ? 1 : 3, 4);
    }
    key_begin(f, "tokenizer.ggml.merges", 9);
    put(&f->keys, 8, 4);
    put(&f->keys, N_MERGES, 8);
    for (size_t i = 0; i < N_MERGES; i++) {
        put_string(&f->keys, MERGES[i]);
    }
}

static void write_keys(toy_file *f)
{
    const toy_options *const o = f->options;
    key_string(f, "general.architecture", o->family);
    key_string(f, "general.name", "huis toy");
    family_u32(f, "block_count", o->n_layers);
    family_u32(f, "context_length", o->context_length);
    family_u32(f, "embedding_length", o->n_embd);
    family_u32(f, "feed_forward_length", o->n_ff);
    family_u32(f, "attention.head_count", o->n_heads);
    family_u32(f, "attention.head_count_kv", o->n_kv_heads);
    if (o->head_dim != 0) {
        family_u32(f, "attention.key_length", o->head_dim);
        family_u32(f, "attention.value_length", o->head_dim);
    }
    family_f32(f, "attention.layer_norm_rms_epsilon", 1e-5f);
    family_f32(f, "rope.freq_base", 10000);
    if (o->rope_scaling != NULL) {
        char key[NAME_BYTES];
        family_key(f, "rope.scaling.type", key);
        key_string(f, key, o->rope_scaling);
        family_f32(f, "rope.scaling.factor", 2);
    }
    if (o->extra_key != NULL) {
        key_u32(f, o->extra_key, o->extra_value);
    }
    key_string(f, "tokenizer.ggml.model", "gpt2");
    key_string(f, "tokenizer.ggml.pre", strcmp(o->family, "qwen2") == 0 ? "qwen2" : "smollm");
    key_tokens(f);
    key_u32(f, "tokenizer.ggml.eos_token_id", TOY_IM_END);
    key_u32(f, "tokenizer.ggml.bos_token_id", TOY_ENDOFTEXT);
    key_string(f, "tokenizer.chat_template",
               "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + "
               "message['content'] + '<|im_end|>' + '\\n' }}{% endfor %}"
               "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}");
}

/* --- Tensors --- */

static void add(toy_file *f, const char *name, tensor_type type, uint64_t n_cols, uint64_t n_rows)
{
    const toy_options *const o = f->options;
    if (o->skip_tensor != NULL && strcmp(name, o->skip_tensor) == 0) {
        return;
    }
    if (o->bent_tensor != NULL && strcmp(name, o->bent_tensor) == 0) {
        n_cols += 256;
    }
    toy_tensor *const t = &f->tensors[f->n_tensors++];
    *t = (toy_tensor){.type = type, .n_cols = n_cols, .n_rows = n_rows};
    (void)snprintf(t->name, sizeof(t->name), "%s", name);
}

static void add_layer(toy_file *f, uint32_t i_layer)
{
    const toy_options *const o = f->options;
    const uint64_t head_dim = o->head_dim != 0 ? o->head_dim : o->n_embd / o->n_heads;
    const uint64_t n_q = o->n_heads * head_dim;
    const uint64_t n_kv = o->n_kv_heads * head_dim;
    const bool bias = strcmp(o->family, "qwen2") == 0;
    const struct {
        const char *name;
        tensor_type type;
        uint64_t n_cols, n_rows;
    } rows[] = {
        {"attn_norm.weight", TENSOR_F32, o->n_embd, 0},
        {"attn_q.weight", o->type, o->n_embd, n_q},
        {"attn_k.weight", o->type, o->n_embd, n_kv},
        {"attn_v.weight", o->down_type, o->n_embd, n_kv},
        {"attn_output.weight", o->type, n_q, o->n_embd},
        {"ffn_norm.weight", TENSOR_F32, o->n_embd, 0},
        {"ffn_gate.weight", o->type, o->n_embd, o->n_ff},
        {"ffn_up.weight", o->type, o->n_embd, o->n_ff},
        {"ffn_down.weight", o->down_type, o->n_ff, o->n_embd},
        {bias ? "attn_q.bias" : NULL, TENSOR_F32, n_q, 0},
        {bias ? "attn_k.bias" : NULL, TENSOR_F32, n_kv, 0},
        {bias ? "attn_v.bias" : NULL, TENSOR_F32, n_kv, 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].name != NULL) {
            char name[NAME_BYTES];
            (void)snprintf(name, sizeof(name), "blk.%u.%s", i_layer, rows[i].name);
            add(f, name, rows[i].type, rows[i].n_cols, rows[i].n_rows);
        }
    }
}

static void list_tensors(toy_file *f)
{
    const toy_options *const o = f->options;
    const uint64_t head_dim = o->head_dim != 0 ? o->head_dim : o->n_embd / o->n_heads;
    add(f, "token_embd.weight", o->head_type, o->n_embd, TOY_N_VOCAB);
    add(f, "output_norm.weight", TENSOR_F32, o->n_embd, 0);
    if (!o->tied) {
        add(f, "output.weight", o->head_type, o->n_embd, TOY_N_VOCAB);
    }
    if (o->rope_freqs) {
        add(f, "rope_freqs.weight", TENSOR_F32, head_dim / 2, 0);
    }
    for (uint32_t i = 0; i < o->n_layers; i++) {
        add_layer(f, i);
    }
    if (o->add_tensor != NULL) {
        add(f, o->add_tensor, TENSOR_F32, 32, 0);
    }
}

static void put_half(unsigned char *dst, float value)
{
    const uint16_t half = tensor_float_to_half(value);
    dst[0] = (unsigned char)(half & 0xFF);
    dst[1] = (unsigned char)(half >> 8);
}

/* Where a block keeps its f16 factors, and about how large its codes are when they are 1. */
typedef struct block_shape {
    tensor_type type;
    uint32_t i_scale;  /* byte of the f16 scale */
    int32_t i_minimum; /* byte of the f16 minimum, -1: none */
    float size;        /* of the values at scale 1 */
    float minimum;     /* times the scale: centres the values */
} block_shape;

static const block_shape SHAPES[] = {
    {TENSOR_Q4_0, 0, -1, 4.6f, 0},   {TENSOR_Q4_1, 0, 2, 4.6f, -7.5f},
    {TENSOR_Q5_0, 0, -1, 9.2f, 0},   {TENSOR_Q5_1, 0, 2, 9.2f, -15.5f},
    {TENSOR_Q8_0, 0, -1, 74, 0},     {TENSOR_Q2_K, 80, 82, 12, 1.5f},
    {TENSOR_Q3_K, 108, -1, 42, 0},   {TENSOR_Q4_K, 0, 2, 200, 7.5f},
    {TENSOR_Q5_K, 0, 2, 400, 15.5f}, {TENSOR_Q6_K, 208, -1, 1360, 0},
    {TENSOR_IQ4_NL, 0, -1, 70, 0},   {TENSOR_IQ4_XS, 0, -1, 1300, 0},
};

static float random_sign(rng *r)
{
    return rng_next_float(r) * 2 - 1;
}

static void fill_block(toy_file *f, const tensor_type_info *info, float deviation,
                       unsigned char *block)
{
    for (uint32_t i = 0; i < info->block_bytes; i++) {
        block[i] = (unsigned char)rng_next(&f->random);
    }
    for (size_t i = 0; i < sizeof(SHAPES) / sizeof(SHAPES[0]); i++) {
        if (SHAPES[i].type == info->type) {
            const float scale =
                deviation / SHAPES[i].size * (0.75f + rng_next_float(&f->random) / 2);
            put_half(block + SHAPES[i].i_scale, scale);
            if (SHAPES[i].i_minimum >= 0) {
                put_half(block + SHAPES[i].i_minimum, scale * SHAPES[i].minimum);
            }
        }
    }
    if (info->type == TENSOR_MXFP4) {
        block[0] = (unsigned char)(127.0f + log2f(deviation) - 1.5f);
    }
}

/* Types without blocks: numbers of the wanted deviation. */
static void fill_plain(toy_file *f, const tensor_type_info *info, float mean, float deviation,
                       unsigned char *element)
{
    const float value = mean + deviation * 1.73f * random_sign(&f->random);
    const uint32_t bits = float_bits(value);
    if (info->type == TENSOR_F32) {
        memcpy(element, &bits, 4);
    } else if (info->type == TENSOR_F16) {
        put_half(element, value);
    } else {
        element[0] = (unsigned char)(bits >> 16);
        element[1] = (unsigned char)(bits >> 24);
    }
}

static void write_tensor(toy_file *f, const toy_tensor *t)
{
    const tensor_type_info *const info = tensor_type_find(t->type);
    const uint64_t n_rows = t->n_rows > 0 ? t->n_rows : 1;
    const bool is_norm = strstr(t->name, "norm") != NULL;
    const bool is_freqs = strstr(t->name, "freqs") != NULL;
    const float mean = is_norm ? 1.0f : is_freqs ? 3.0f : 0.0f;
    const float deviation = t->n_rows == 0 ? 0.3f : 1.0f / sqrtf((float)t->n_cols);
    unsigned char block[512];
    put_string(&f->infos, t->name);
    put(&f->infos, t->n_rows > 0 ? 2 : 1, 4);
    put(&f->infos, t->n_cols, 8);
    if (t->n_rows > 0) {
        put(&f->infos, t->n_rows, 8);
    }
    put(&f->infos, (uint64_t)t->type, 4);
    put(&f->infos, f->data.len, 8);
    for (uint64_t i = 0; i < n_rows * t->n_cols / info->block_elements; i++) {
        if (info->block_elements == 1) {
            fill_plain(f, info, mean, deviation, block);
        } else {
            fill_block(f, info, deviation, block);
        }
        (void)buffer_append(&f->data, span_from((const char *)block, info->block_bytes));
    }
    while (f->data.len % ALIGNMENT != 0) {
        (void)buffer_append_byte(&f->data, 0);
    }
}

void toy_model_write(buffer *out, const toy_options *options)
{
    static toy_file f; /* large: not for the stack */
    f = (toy_file){.options = options};
    buffer_init(&f.keys, 16u << 20);
    buffer_init(&f.infos, 16u << 20);
    buffer_init(&f.data, 256u << 20);
    rng_init(&f.random, options->seed);
    write_keys(&f);
    list_tensors(&f);
    for (uint64_t i = 0; i < f.n_tensors; i++) {
        write_tensor(&f, &f.tensors[i]);
    }
    const size_t start = out->len;
    (void)buffer_append_string(out, "GGUF");
    put(out, 3, 4);
    put(out, f.n_tensors, 8);
    put(out, f.n_keys, 8);
    (void)buffer_append(out, buffer_span(&f.keys));
    (void)buffer_append(out, buffer_span(&f.infos));
    while ((out->len - start) % ALIGNMENT != 0) {
        (void)buffer_append_byte(out, 0);
    }
    (void)buffer_append(out, buffer_span(&f.data));
    buffer_deinit(&f.keys);
    buffer_deinit(&f.infos);
    buffer_deinit(&f.data);
}
