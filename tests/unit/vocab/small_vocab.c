/*
 * small_vocab.c - see small_vocab.h.
 */
#include "small_vocab.h"

#include <stdio.h>

#include "base/utf8.h"

void small_vocab_spell(unsigned byte, char out[4])
{
    unsigned code = byte;
    const bool prints =
        (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte <= 0xFF && byte != 0xAD);
    if (!prints) {
        code = 0x100;
        for (unsigned b = 0; b < byte; b++) {
            code += !((b >= 0x21 && b <= 0x7E) || (b >= 0xA1 && b <= 0xFF && b != 0xAD));
        }
    }
    out[utf8_encode(code, out)] = '\0';
}

int32_t small_vocab_add(small_vocab *s, const char *piece, vocab_token_kind kind, float score)
{
    if (s->n_tokens == SMALL_TOKENS) {
        abort();
    }
    const int n = snprintf(s->tokens[s->n_tokens], sizeof(s->tokens[0]), "%s", piece);
    if (n < 0 || (size_t)n >= sizeof(s->tokens[0])) {
        abort();
    }
    s->kinds[s->n_tokens] = (int32_t)kind;
    s->scores[s->n_tokens] = score;
    s->n_kinds = ++s->n_tokens;
    s->n_scores = s->n_scores > 0 ? s->n_tokens : 0;
    return (int32_t)s->n_tokens - 1;
}

int32_t small_vocab_merge(small_vocab *s, const char *left, const char *right)
{
    char piece[100];
    if (s->n_merges == SMALL_MERGES) {
        abort();
    }
    (void)snprintf(s->merges[s->n_merges++], sizeof(s->merges[0]), "%s %s", left, right);
    (void)snprintf(piece, sizeof(piece), "%s%s", left, right);
    return small_vocab_add(s, piece, VOCAB_NORMAL, 0);
}

void small_vocab_byte_level(small_vocab *s, const char *pre)
{
    memset(s, 0, sizeof(*s));
    s->model = "gpt2";
    s->pre = pre;
    s->has_merges = true;
    for (unsigned byte = 0; byte < 256; byte++) {
        char piece[4];
        small_vocab_spell(byte, piece);
        (void)small_vocab_add(s, piece, VOCAB_NORMAL, 0);
    }
}

void small_vocab_spm(small_vocab *s)
{
    memset(s, 0, sizeof(*s));
    s->model = "llama";
    s->n_scores = 1;
    (void)small_vocab_add(s, "<unk>", VOCAB_UNKNOWN, 0);
    (void)small_vocab_add(s, "<s>", VOCAB_CONTROL, 0);
    (void)small_vocab_add(s, "</s>", VOCAB_CONTROL, 0);
    for (unsigned byte = 0; byte < 256; byte++) {
        char piece[16];
        (void)snprintf(piece, sizeof(piece), "<0x%02X>", byte);
        (void)small_vocab_add(s, piece, VOCAB_BYTE, 0);
    }
    small_vocab_key(s, "tokenizer.ggml.unknown_token_id", GGUF_U32, 0, NULL);
    small_vocab_key(s, "tokenizer.ggml.bos_token_id", GGUF_U32, 1, NULL);
    small_vocab_key(s, "tokenizer.ggml.eos_token_id", GGUF_U32, 2, NULL);
}

void small_vocab_key(small_vocab *s, const char *name, gguf_value_type type, uint32_t number,
                     const char *string)
{
    if (s->n_keys == SMALL_KEYS) {
        abort();
    }
    s->keys[s->n_keys++] = (small_key){name, type, number, string};
}

static void put_keys(const small_vocab *s, buffer *b)
{
    for (uint32_t i = 0; i < s->n_keys; i++) {
        const small_key *const key = &s->keys[i];
        if (key->type == GGUF_STRING) {
            gguf_put_key_string(b, key->name, key->string);
        } else if (key->type == GGUF_BOOL) {
            gguf_put_key_bool(b, key->name, (uint8_t)key->number);
        } else {
            gguf_put_key_u32(b, key->name, key->number);
        }
    }
}

static void put_arrays(const small_vocab *s, buffer *b)
{
    gguf_put_key_array(b, "tokenizer.ggml.tokens", GGUF_STRING, s->n_tokens);
    for (uint32_t i = 0; i < s->n_tokens; i++) {
        gguf_put_string(b, s->tokens[i]);
    }
    gguf_put_key_i32s(b, "tokenizer.ggml.token_type", s->kinds, s->n_kinds);
    if (s->n_scores > 0) {
        gguf_put_key_array(b, "tokenizer.ggml.scores", GGUF_F32, s->n_scores);
        for (uint32_t i = 0; i < s->n_scores; i++) {
            uint32_t bits;
            memcpy(&bits, &s->scores[i], sizeof(bits));
            gguf_put(b, bits, 4);
        }
    }
    if (s->has_merges) {
        gguf_put_key_array(b, "tokenizer.ggml.merges", GGUF_STRING, s->n_merges);
        for (uint32_t i = 0; i < s->n_merges; i++) {
            gguf_put_string(b, s->merges[i]);
        }
    }
}

int small_vocab_table(const small_vocab *s, buffer *b, gguf_table **out_table, huis_error *err)
{
    buffer_init(b, 1u << 24);
    const uint32_t n_keys =
        2 + (s->model != NULL) + (s->pre != NULL) + (s->n_scores > 0) + s->has_merges + s->n_keys;
    gguf_put_header(b, 3, 0, n_keys);
    if (s->model != NULL) {
        gguf_put_key_string(b, "tokenizer.ggml.model", s->model);
    }
    if (s->pre != NULL) {
        gguf_put_key_string(b, "tokenizer.ggml.pre", s->pre);
    }
    put_arrays(s, b);
    put_keys(s, b);
    gguf_put_padding(b, 32);
    return gguf_parse(out_table, (const unsigned char *)b->ptr, b->len, "small.gguf", true, err);
}

int small_vocab_open(const small_vocab *s, vocab **out_vocab, huis_error *err)
{
    buffer b;
    gguf_table *table = NULL;
    int status = small_vocab_table(s, &b, &table, err);
    if (status == HUIS_OK) {
        status = vocab_open(out_vocab, table, err);
    }
    /* The vocabulary must have copied what it needs. */
    gguf_free(table);
    if (b.ptr != NULL) {
        memset(b.ptr, 0xA5, b.len);
    }
    buffer_deinit(&b);
    return status;
}
