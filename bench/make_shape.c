/*
 * make_shape.c - writes a GGUF file of random weights with the shape of a 1B llama, for comparing the
 * speed of engines: make-shape FILE Q4_0|Q4_K_M|Q8_0
 *
 * The shape is that of Llama 3.2 1B: 16 layers, 2048 wide, 8192 in the middle, 32 heads of 64 for 8 of
 * keys and values, 128,256 tokens, head and embedding one matrix. Q4_K_M mixes types as quantisers
 * do: Q6_K for the embedding and for attn_v and ffn_down of half of the layers. The vocabulary is
 * made up: every byte, words that no text holds, the control tokens. The model says nothing, but every
 * engine must do all of the work. Written piece by piece: no more memory than a row.
 */
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/rng.h"
#include "tensor/codec.h"
#include "tensor/type.h"

enum {
    N_LAYERS = 16,
    N_EMBD = 2048,
    N_FF = 8192,
    N_HEADS = 32,
    N_KV_HEADS = 8,
    HEAD_DIM = 64,
    CONTEXT = 8192,
    N_VOCAB = 128256,
    N_CONTROL = 2,
    ALIGNMENT = 32,
    MAX_TENSORS = 9 * N_LAYERS + 3,
    NAME_BYTES = 48
};

typedef struct shape_tensor {
    char name[NAME_BYTES];
    tensor_type type;
    uint64_t n_cols, n_rows; /* n_rows 0: a vector */
} shape_tensor;

typedef struct shape_file {
    FILE *out;
    const char *mix;
    uint64_t written; /* bytes */
    shape_tensor tensors[MAX_TENSORS];
    uint64_t n_tensors;
    rng random;
} shape_file;

/* --- Little-endian pieces --- */

static void put_bytes(shape_file *f, const void *bytes, size_t n)
{
    f->written += fwrite(bytes, 1, n, f->out);
}

static void put(shape_file *f, uint64_t value, size_t n_bytes)
{
    unsigned char bytes[8];
    for (size_t i = 0; i < n_bytes; i++) {
        bytes[i] = (unsigned char)(value >> (8 * i));
    }
    put_bytes(f, bytes, n_bytes);
}

static void put_string(shape_file *f, const char *string)
{
    put(f, strlen(string), 8);
    put_bytes(f, string, strlen(string));
}

static void pad(shape_file *f)
{
    while (f->written % ALIGNMENT != 0 && ferror(f->out) == 0) {
        put(f, 0, 1);
    }
}

/* --- Keys: 4 is u32, 6 f32, 8 a string, 9 a list --- */

static void key_u32(shape_file *f, const char *key, uint32_t value)
{
    put_string(f, key);
    put(f, 4, 4);
    put(f, value, 4);
}

static void key_f32(shape_file *f, const char *key, float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof(bits));
    put_string(f, key);
    put(f, 6, 4);
    put(f, bits, 4);
}

static void key_string(shape_file *f, const char *key, const char *value)
{
    put_string(f, key);
    put(f, 8, 4);
    put_string(f, value);
}

static void key_list(shape_file *f, const char *key, uint32_t type, uint64_t n)
{
    put_string(f, key);
    put(f, 9, 4);
    put(f, type, 4);
    put(f, n, 8);
}

/* GPT-2's printable stand-in for a byte, as UTF-8. */
static void put_byte_symbol(shape_file *f, uint32_t byte)
{
    const bool printable = (byte >= 33 && byte <= 126) || (byte >= 161 && byte != 173);
    uint32_t code = byte;
    char symbol[3] = "";
    if (!printable) {
        code = byte <= 32 ? 256 + byte : byte == 173 ? 256 + 67 : 256 + 33 + (byte - 127);
    }
    symbol[0] = (char)(unsigned char)(code < 128 ? code : 0xC0 | (code >> 6));
    symbol[1] = (char)(unsigned char)(code < 128 ? 0 : 0x80 | (code & 0x3F));
    put_string(f, symbol);
}

static void put_vocabulary(shape_file *f)
{
    char word[NAME_BYTES];
    key_list(f, "tokenizer.ggml.tokens", 8, N_VOCAB);
    for (uint32_t i = 0; i < 256; i++) {
        put_byte_symbol(f, i);
    }
    put_string(f, "th");
    for (uint32_t i = 257; i < N_VOCAB - N_CONTROL; i++) {
        (void)snprintf(word, sizeof(word), "word%u", i);
        put_string(f, word);
    }
    put_string(f, "<|begin_of_text|>");
    put_string(f, "<|end_of_text|>");
    key_list(f, "tokenizer.ggml.token_type", 5, N_VOCAB);
    for (uint32_t i = 0; i < N_VOCAB; i++) {
        put(f, i < N_VOCAB - N_CONTROL ? 1 : 3, 4);
    }
    key_list(f, "tokenizer.ggml.merges", 8, 1);
    put_string(f, "t h");
    key_u32(f, "tokenizer.ggml.bos_token_id", N_VOCAB - 2);
    key_u32(f, "tokenizer.ggml.eos_token_id", N_VOCAB - 1);
}

enum { N_KEYS = 18 };

static void put_keys(shape_file *f)
{
    const uint32_t file_type = strcmp(f->mix, "Q8_0") == 0   ? 7
                               : strcmp(f->mix, "Q4_0") == 0 ? 2
                                                             : 15;
    key_string(f, "general.architecture", "llama");
    key_string(f, "general.name", "random weights in the shape of Llama 3.2 1B");
    key_u32(f, "general.file_type", file_type);
    key_u32(f, "llama.block_count", N_LAYERS);
    key_u32(f, "llama.context_length", CONTEXT);
    key_u32(f, "llama.embedding_length", N_EMBD);
    key_u32(f, "llama.feed_forward_length", N_FF);
    key_u32(f, "llama.attention.head_count", N_HEADS);
    key_u32(f, "llama.attention.head_count_kv", N_KV_HEADS);
    key_u32(f, "llama.rope.dimension_count", HEAD_DIM);
    key_f32(f, "llama.attention.layer_norm_rms_epsilon", 1e-5f);
    key_string(f, "tokenizer.ggml.model", "gpt2");
    key_string(f, "tokenizer.ggml.pre", "llama-bpe");
    put_vocabulary(f);
}

/* --- Tensors --- */

static void add(shape_file *f, const char *name, tensor_type type, uint64_t n_cols, uint64_t n_rows)
{
    shape_tensor *const t = &f->tensors[f->n_tensors++];
    *t = (shape_tensor){.type = type, .n_cols = n_cols, .n_rows = n_rows};
    (void)snprintf(t->name, sizeof(t->name), "%s", name);
}

static void add_layer(shape_file *f, uint32_t i, tensor_type type, tensor_type more)
{
    const uint64_t n_kv = N_KV_HEADS * HEAD_DIM;
    const struct {
        const char *name;
        tensor_type type;
        uint64_t n_cols, n_rows;
    } rows[] = {
        {"attn_norm", TENSOR_F32, N_EMBD, 0},  {"attn_q", type, N_EMBD, N_EMBD},
        {"attn_k", type, N_EMBD, n_kv},        {"attn_v", more, N_EMBD, n_kv},
        {"attn_output", type, N_EMBD, N_EMBD}, {"ffn_norm", TENSOR_F32, N_EMBD, 0},
        {"ffn_gate", type, N_EMBD, N_FF},      {"ffn_up", type, N_EMBD, N_FF},
        {"ffn_down", more, N_FF, N_EMBD},
    };
    for (size_t k = 0; k < sizeof(rows) / sizeof(rows[0]); k++) {
        char name[NAME_BYTES];
        (void)snprintf(name, sizeof(name), "blk.%u.%s.weight", i, rows[k].name);
        add(f, name, rows[k].type, rows[k].n_cols, rows[k].n_rows);
    }
}

/* Which layers quantisers give more bits in such a mix. */
static bool has_more_bits(uint32_t i)
{
    return i < N_LAYERS / 8 || i >= 7 * N_LAYERS / 8 || (i - N_LAYERS / 8) % 3 == 2;
}

static void list_tensors(shape_file *f)
{
    const bool is_k = strcmp(f->mix, "Q4_K_M") == 0;
    const tensor_type type = is_k                          ? TENSOR_Q4_K
                             : strcmp(f->mix, "Q8_0") == 0 ? TENSOR_Q8_0
                                                           : TENSOR_Q4_0;
    /* Quantisers give the embedding of a Q4_0 file Q6_K as well when it is the head. */
    add(f, "token_embd.weight", type == TENSOR_Q8_0 ? TENSOR_Q8_0 : TENSOR_Q6_K, N_EMBD, N_VOCAB);
    add(f, "output_norm.weight", TENSOR_F32, N_EMBD, 0);
    for (uint32_t i = 0; i < N_LAYERS; i++) {
        add_layer(f, i, type, is_k && has_more_bits(i) ? TENSOR_Q6_K : type);
    }
}

static uint64_t tensor_bytes(const shape_tensor *t)
{
    const tensor_type_info *const info = tensor_type_find(t->type);
    const uint64_t n = t->n_cols * (t->n_rows > 0 ? t->n_rows : 1);
    return n / info->block_elements * info->block_bytes;
}

static void put_infos(shape_file *f)
{
    uint64_t offset = 0;
    for (uint64_t i = 0; i < f->n_tensors; i++) {
        const shape_tensor *const t = &f->tensors[i];
        put_string(f, t->name);
        put(f, t->n_rows > 0 ? 2 : 1, 4);
        put(f, t->n_cols, 8);
        if (t->n_rows > 0) {
            put(f, t->n_rows, 8);
        }
        put(f, (uint64_t)t->type, 4);
        put(f, offset, 8);
        offset += (tensor_bytes(t) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }
}

static void put_half(unsigned char *dst, float value)
{
    const uint16_t half = tensor_float_to_half(value);
    dst[0] = (unsigned char)(half & 0xFF);
    dst[1] = (unsigned char)(half >> 8);
}

/* Random codes; scales such that the values deviate by about `deviation`. */
static void fill_block(rng *r, const tensor_type_info *info, float deviation, unsigned char *block)
{
    for (uint32_t i = 0; i < info->block_bytes; i += 4) {
        const uint32_t bits = rng_next(r);
        memcpy(block + i, &bits, sizeof(bits));
    }
    if (info->type == TENSOR_Q4_0) {
        put_half(block, deviation / 4.6f);
    } else if (info->type == TENSOR_Q8_0) {
        put_half(block, deviation / 74);
    } else if (info->type == TENSOR_Q4_K) {
        put_half(block, deviation / 200);
        put_half(block + 2, deviation / 200 * 7.5f);
    } else if (info->type == TENSOR_Q6_K) {
        put_half(block + 208, deviation / 1360);
    }
}

static void put_tensor(shape_file *f, const shape_tensor *t)
{
    const tensor_type_info *const info = tensor_type_find(t->type);
    const float one = 1.0f;
    unsigned char block[512];
    const uint64_t n = tensor_bytes(t) / info->block_bytes;
    for (uint64_t i = 0; i < n && ferror(f->out) == 0; i++) {
        if (info->type == TENSOR_F32) {
            memcpy(block, &one, sizeof(one));
        } else {
            fill_block(&f->random, info, 1.0f / sqrtf((float)t->n_cols), block);
        }
        put_bytes(f, block, info->block_bytes);
    }
    pad(f);
}

static void put_file(shape_file *f)
{
    rng_init(&f->random, 1);
    list_tensors(f);
    put_bytes(f, "GGUF", 4);
    put(f, 3, 4);
    put(f, f->n_tensors, 8);
    put(f, N_KEYS, 8);
    put_keys(f);
    put_infos(f);
    pad(f);
    for (uint64_t i = 0; i < f->n_tensors; i++) {
        put_tensor(f, &f->tensors[i]);
    }
}

int main(int argc, char **argv)
{
    static shape_file f; /* large: not for the stack */
    const bool known = argc == 3 && (strcmp(argv[2], "Q4_0") == 0 || strcmp(argv[2], "Q8_0") == 0 ||
                                     strcmp(argv[2], "Q4_K_M") == 0);
    if (!known) {
        (void)fprintf(stderr, "usage: make-shape FILE Q4_0|Q4_K_M|Q8_0\n");
        return 2;
    }
    f.mix = argv[2];
    f.out = fopen(argv[1], "wbe");
    if (f.out == NULL) {
        perror(argv[1]);
        return 1;
    }
    put_file(&f);
    const bool failed = ferror(f.out) != 0;
    if (fclose(f.out) != 0 || failed) {
        (void)fprintf(stderr, "%s: cannot be written: is the disk full?\n", argv[1]);
        (void)remove(argv[1]);
        return 1;
    }
    return 0;
}
