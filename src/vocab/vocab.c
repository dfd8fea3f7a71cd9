/*
 * vocab.c - opens a vocabulary from a GGUF table and answers questions about its tokens.
 *
 * Everything that the file says is checked here: after vocab_open no id is outside the vocabulary
 * and no lookup of text gives a control token.
 */
#include "vocab/vocab.h"

#include <math.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/memory.h"
#include "vocab/vocab_internal.h"

/* Names that end an answer, whatever the file's ids say. Only control tokens count. */
static const char *const END_PIECES[] = {
    "<|eot_id|>",
    "<|im_end|>",
    "<|end|>",
    "<|return|>",
    "<|call|>",
    "<|flush|>",
    "<|calls|>",
    "<end_of_turn>",
    "<|endoftext|>",
    "<|eom_id|>",
    "<EOT>",
    "_<EOT>",
    "[EOT]",
    "[EOS]",
    "<|end_of_text|>",
    "<end_of_utterance>",
    "<turn|>",
    "<|EOT|>",
    "<｜end▁of▁sentence｜>",
};

/* The first that exists ends a turn where the file names none. */
static const char *const TURN_PIECES[] = {"<|eot_id|>", "<|im_end|>", "<|end|>", "<end_of_turn>",
                                          "<|endoftext|>"};

static bool is_control(const vocab *v, int32_t id)
{
    return id >= 0 && v->tokens.kinds[id] == VOCAB_CONTROL;
}

static int32_t find_control(const vocab *v, const char *piece)
{
    const int32_t id = special_tokens_find(&v->specials, span_from_string(piece));
    return is_control(v, id) ? id : VOCAB_NONE;
}

/* A control token that ends an answer. In o200k_harmony "<|end|>" does not: it closes a message, and
 * the answer goes on. */
static int32_t find_end(const vocab *v, const char *piece)
{
    const int32_t id = find_control(v, piece);
    const bool is_harmony = find_control(v, "<|call|>") >= 0 && find_control(v, "<|return|>") >= 0;
    return is_harmony && id == find_control(v, "<|end|>") ? VOCAB_NONE : id;
}

/* A missing key leaves *out alone; 0xFFFFFFFF, which some converters write for "none", too. */
static int read_id(const vocab *v, const gguf_table *file, const char *key, int32_t *out,
                   huis_error *err)
{
    uint32_t id = 0;
    if (!gguf_has(file, key)) {
        return HUIS_OK;
    }
    if (!gguf_get_u32(file, key, &id) || (id >= v->tokens.count && id != UINT32_MAX)) {
        return error_set(err, HUIS_E_BAD_FILE, "%s: %s is not a token (the vocabulary has %u)",
                         gguf_name(file), key, v->tokens.count);
    }
    if (id != UINT32_MAX) {
        *out = (int32_t)id;
    }
    return HUIS_OK;
}

static int read_ids(vocab *v, const gguf_table *file, huis_error *err)
{
    vocab_special *const s = &v->special;
    const struct {
        const char *key;
        int32_t *id;
    } keys[] = {
        {"tokenizer.ggml.bos_token_id", &s->bos},
        {"tokenizer.ggml.eos_token_id", &s->eos},
        {"tokenizer.ggml.eot_token_id", &s->eot},
        {"tokenizer.ggml.eom_token_id", &s->eom},
        {"tokenizer.ggml.unknown_token_id", &s->unk},
        {"tokenizer.ggml.seperator_token_id", &s->sep}, /* as the format spells it */
        {"tokenizer.ggml.padding_token_id", &s->pad},
    };
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        *keys[i].id = VOCAB_NONE;
        RETURN_IF_ERROR(read_id(v, file, keys[i].key, keys[i].id, err));
    }
    for (size_t i = 0; i < sizeof(TURN_PIECES) / sizeof(TURN_PIECES[0]) && s->eot < 0; i++) {
        s->eot = find_end(v, TURN_PIECES[i]);
    }
    return HUIS_OK;
}

/* Whether to add bos, eos and the first space: the file's word, else the tokenizer's habit. */
static int read_habits(vocab *v, const gguf_table *file, huis_error *err)
{
    vocab_special *const s = &v->special;
    const bool is_spm = v->spelling == SPELLING_SPM;
    s->add_bos = s->bos >= 0 && (is_spm || v->pre.add_bos);
    s->add_eos = false;
    s->add_space_prefix = is_spm;
    (void)gguf_get_bool(file, "tokenizer.ggml.add_bos_token", &s->add_bos);
    (void)gguf_get_bool(file, "tokenizer.ggml.add_eos_token", &s->add_eos);
    (void)gguf_get_bool(file, "tokenizer.ggml.add_space_prefix", &s->add_space_prefix);
    if ((s->add_bos && s->bos < 0) || (s->add_eos && s->eos < 0)) {
        return error_set(err, HUIS_E_BAD_FILE,
                         "%s: tokenizer.ggml.add_%s_token is true but the file names no such token",
                         gguf_name(file), s->add_bos && s->bos < 0 ? "bos" : "eos");
    }
    return HUIS_OK;
}

static int mark_ends(vocab *v, huis_error *err)
{
    v->ends = memory_alloc(v->tokens.count, sizeof(*v->ends));
    if (v->ends == NULL) {
        return error_no_memory(err, "the vocabulary");
    }
    for (size_t i = 0; i < sizeof(END_PIECES) / sizeof(END_PIECES[0]); i++) {
        const int32_t id = find_end(v, END_PIECES[i]);
        if (id >= 0) {
            v->ends[id] = true;
        }
    }
    const int32_t named[] = {v->special.eos, v->special.eot, v->special.eom};
    for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++) {
        if (named[i] >= 0) {
            v->ends[named[i]] = true;
        }
    }
    return HUIS_OK;
}

/* Byte tokens first; else a normal token of one byte. */
static void map_bytes(vocab *v)
{
    for (unsigned byte = 0; byte < 256; byte++) {
        const char c = (char)(unsigned char)byte;
        v->byte_ids[byte] = token_table_find(&v->tokens, span_from(&c, 1));
    }
    if (v->spelling == SPELLING_SPM) {
        for (unsigned byte = 0; byte < 256; byte++) {
            v->byte_ids[byte] = VOCAB_NONE;
        }
    }
    for (uint32_t id = 0; id < v->tokens.count; id++) {
        if (v->tokens.kinds[id] == VOCAB_BYTE) {
            const unsigned char byte = (unsigned char)token_bytes(&v->tokens, id).ptr[0];
            v->byte_ids[byte] = (int32_t)id;
        }
    }
}

static int open_byte_level(vocab *v, const gguf_table *file, const vocab_packed *packed,
                           huis_error *err)
{
    span pre;
    if (!gguf_get_string(file, "tokenizer.ggml.pre", &pre)) {
        return error_set(err, HUIS_E_UNSUPPORTED,
                         "%s: tokenizer.ggml.pre is missing, so that it is not known how text is "
                         "cut into words; convert the model again with a current converter",
                         gguf_name(file));
    }
    RETURN_IF_ERROR(pretokenizer_open(&v->pre, pre, gguf_name(file), err));
    RETURN_IF_ERROR(packed != NULL ? vocab_attach_tables(v, file, packed, err)
                                   : token_table_open(&v->tokens, file, SPELLING_BYTE_LEVEL, err));
    v->whole = memory_alloc(v->tokens.count, sizeof(*v->whole));
    if (v->whole == NULL) {
        return error_no_memory(err, "the vocabulary");
    }
    if (packed == NULL) {
        RETURN_IF_ERROR(merge_table_open(&v->merges, file, &v->tokens, err));
    }
    vocab_note_numbers(v);
    return HUIS_OK;
}

/* Scores as integers that sort the other way round: the highest score merges first. NaN last. */
static uint32_t priority_of(float score)
{
    if (isnan(score)) {
        return MERGE_NONE - 1;
    }
    uint32_t bits;
    memcpy(&bits, &score, sizeof(bits));
    const uint32_t ascending = bits & 0x80000000u ? ~bits : bits | 0x80000000u;
    const uint32_t descending = ~ascending;
    return descending < MERGE_NONE ? descending : MERGE_NONE - 1;
}

static bool has_inner_space(span bytes)
{
    size_t i = 0;
    while (i < bytes.len && bytes.ptr[i] == ' ') {
        i++;
    }
    return i < bytes.len && memchr(bytes.ptr + i, ' ', bytes.len - i) != NULL;
}

static int open_spm(vocab *v, const gguf_table *file, huis_error *err)
{
    gguf_array scores;
    RETURN_IF_ERROR(token_table_open(&v->tokens, file, SPELLING_SPM, err));
    const uint32_t count = v->tokens.count;
    if (!gguf_get_array(file, "tokenizer.ggml.scores", &scores) || scores.count != count) {
        return error_set(err, HUIS_E_BAD_FILE,
                         "%s: tokenizer.ggml.scores is missing or not as long as the %u tokens",
                         gguf_name(file), count);
    }
    v->priorities = memory_alloc(count, sizeof(*v->priorities));
    if (v->priorities == NULL) {
        return error_no_memory(err, "the vocabulary");
    }
    v->cuts_at_spaces = true;
    for (uint32_t id = 0; id < count; id++) {
        float score = 0;
        if (!gguf_array_f32(&scores, id, &score)) {
            return error_set(err, HUIS_E_BAD_FILE, "%s: tokenizer.ggml.scores[%u] is not a number",
                             gguf_name(file), id);
        }
        v->priorities[id] = priority_of(score);
        if (v->tokens.indexed[id] && has_inner_space(token_bytes(&v->tokens, id))) {
            v->cuts_at_spaces = false;
        }
    }
    span architecture = SPAN("");
    (void)gguf_get_string(file, "general.architecture", &architecture);
    v->strips_after_special = span_equal(architecture, SPAN("phi3"));
    return HUIS_OK;
}

static int open_tokens(vocab *v, const gguf_table *file, const vocab_packed *packed,
                       huis_error *err)
{
    span model;
    if (!gguf_get_string(file, "tokenizer.ggml.model", &model)) {
        return error_set(err, HUIS_E_BAD_FILE, "%s: tokenizer.ggml.model is missing",
                         gguf_name(file));
    }
    if (span_equal(model, SPAN("gpt2"))) {
        v->spelling = SPELLING_BYTE_LEVEL;
        return open_byte_level(v, file, packed, err);
    }
    if (packed != NULL) {
        return error_set(err, HUIS_E_BAD_FILE, "cache file: not the vocabulary of this model");
    }
    if (span_equal(model, SPAN("llama"))) {
        v->spelling = SPELLING_SPM;
        return open_spm(v, file, err);
    }
    return error_set(err, HUIS_E_UNSUPPORTED,
                     "%s: tokenizer \"%.*s\" is not supported (supported: gpt2, llama)",
                     gguf_name(file), (int)(model.len < 40 ? model.len : 40), model.ptr);
}

static int fill(vocab *v, const gguf_table *file, const vocab_packed *packed, huis_error *err)
{
    RETURN_IF_ERROR(open_tokens(v, file, packed, err));
    RETURN_IF_ERROR(special_tokens_open(&v->specials, &v->tokens, gguf_name(file), err));
    map_bytes(v);
    RETURN_IF_ERROR(read_ids(v, file, err));
    RETURN_IF_ERROR(read_habits(v, file, err));
    return mark_ends(v, err);
}

int vocab_open_packed(vocab **out_vocab, const gguf_table *table, const vocab_packed *packed,
                      huis_error *err)
{
    vocab *v = memory_alloc(1, sizeof(*v));
    if (v == NULL) {
        return error_no_memory(err, "the vocabulary");
    }
    const int status = fill(v, table, packed, err);
    if (status < 0) {
        v = vocab_free(v);
        return status;
    }
    *out_vocab = v;
    return HUIS_OK;
}

int vocab_open(vocab **out_vocab, const gguf_table *table, huis_error *err)
{
    return vocab_open_packed(out_vocab, table, NULL, err);
}

vocab *vocab_free(vocab *v)
{
    if (v != NULL) {
        token_table_deinit(&v->tokens);
        merge_table_deinit(&v->merges);
        pretokenizer_deinit(&v->pre);
        special_tokens_deinit(&v->specials);
        memory_free(v->priorities);
        memory_free(v->ends);
        memory_free(v->whole);
        memory_free(v);
    }
    return NULL;
}

static bool is_token(const vocab *v, int32_t id)
{
    return id >= 0 && (uint32_t)id < v->tokens.count;
}

uint32_t vocab_longest_bytes(const vocab *v)
{
    return v->tokens.longest_bytes;
}

uint32_t vocab_size(const vocab *v)
{
    return v->tokens.count;
}

const vocab_special *vocab_specials(const vocab *v)
{
    return &v->special;
}

bool vocab_is_end(const vocab *v, int32_t id)
{
    return is_token(v, id) && v->ends[id];
}

vocab_token_kind vocab_kind(const vocab *v, int32_t id)
{
    return is_token(v, id) ? (vocab_token_kind)v->tokens.kinds[id] : VOCAB_UNUSED;
}

span vocab_bytes(const vocab *v, int32_t id)
{
    return is_token(v, id) ? token_bytes(&v->tokens, (uint32_t)id) : SPAN("");
}

span vocab_piece(const vocab *v, int32_t id)
{
    return is_token(v, id) ? token_piece(&v->tokens, (uint32_t)id) : SPAN("");
}

/* The list of special tokens holds every token that the index of bytes does not. */
int32_t vocab_find(const vocab *v, span piece)
{
    const int32_t special = special_tokens_find(&v->specials, piece);
    if (special >= 0 || piece.len == 0 || piece.len > LIMIT_TOKEN_BYTES) {
        return special;
    }
    return token_table_find_piece(&v->tokens, v->spelling, piece);
}
