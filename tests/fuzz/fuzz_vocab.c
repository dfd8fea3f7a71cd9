/*
 * fuzz_vocab.c - hostile vocabularies and any text through the tokenizer.
 *
 * The input describes a vocabulary line by line, then holds a text:
 *
 *   M gpt2          tokenizer.ggml.model        B           the 256 byte tokens of the model
 *   P smollm        tokenizer.ggml.pre          t1 ab       a token of kind 1
 *   m a b           a merge, as it stands       s -3.5      the score of the last token
 *   k 0 17          the special id number 0     a           general.architecture is phi3
 *   b 0 1           the flag number 0           T           the rest is text
 *
 * Of what is accepted: ids exist, plain text never becomes a control token, tokens are found by
 * their pieces, text comes back, and the streamed pieces are the decoded whole and valid UTF-8 at
 * every step.
 */
#include <stdlib.h>
#include <string.h>

#include "../unit/format/gguf_builder.h"
#include "../unit/vocab/small_vocab.h"
#include "base/map.h"
#include "base/memory.h"
#include "base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX_TOKENS = 700, MAX_TEXT_BYTES = 16384 };

static const char *const ID_KEYS[] = {
    "tokenizer.ggml.bos_token_id",     "tokenizer.ggml.eos_token_id",
    "tokenizer.ggml.eot_token_id",     "tokenizer.ggml.eom_token_id",
    "tokenizer.ggml.unknown_token_id", "tokenizer.ggml.padding_token_id",
};
static const char *const FLAG_KEYS[] = {
    "tokenizer.ggml.add_bos_token",
    "tokenizer.ggml.add_eos_token",
    "tokenizer.ggml.add_space_prefix",
};

/* What the input says. Spans point into it. */
typedef struct description {
    span model, pre;
    span tokens[MAX_TOKENS];
    int32_t kinds[MAX_TOKENS];
    float scores[MAX_TOKENS];
    size_t n_tokens;
    span merges[MAX_TOKENS];
    size_t n_merges;
    uint32_t ids[6];
    bool has_id[6];
    uint8_t flags[3];
    bool has_flag[3];
    bool is_phi3;
    bool has_bytes[2]; /* byte-level, SPM */
    bool has_user_defined;
    span text;
} description;

static description d;
static char byte_pieces[256][8];

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

static void add_token(span piece, int32_t kind)
{
    if (d.n_tokens < MAX_TOKENS) {
        d.tokens[d.n_tokens] = piece;
        d.kinds[d.n_tokens] = kind;
        d.scores[d.n_tokens++] = 0;
        d.has_user_defined = d.has_user_defined || kind == VOCAB_USER_DEFINED;
    }
}

static void add_bytes(void)
{
    const bool is_spm = span_equal(d.model, SPAN("llama"));
    static const char HEX[] = "0123456789ABCDEF";
    for (unsigned byte = 0; byte < 256; byte++) {
        char *const piece = byte_pieces[byte];
        if (is_spm) {
            memcpy(piece, "<0x00>", 7);
            piece[3] = HEX[byte >> 4];
            piece[4] = HEX[byte & 15];
        } else {
            small_vocab_spell(byte, piece);
        }
        add_token(span_from_string(piece), is_spm ? VOCAB_BYTE : VOCAB_NORMAL);
    }
    d.has_bytes[is_spm] = true;
}

static span rest_of(span line, size_t n)
{
    return line.len > n ? span_from(line.ptr + n, line.len - n) : SPAN("");
}

static void read_number(span line, bool is_flag)
{
    char digits[32] = {0};
    const span number = rest_of(line, 4);
    const unsigned i = line.len > 2 ? (unsigned)(unsigned char)line.ptr[2] - '0' : 99;
    memcpy(digits, number.ptr, number.len < 31 ? number.len : 31);
    const uint32_t value = (uint32_t)strtoul(digits, NULL, 10);
    if (is_flag && i < 3) {
        d.has_flag[i] = true;
        d.flags[i] = value & 1;
    } else if (!is_flag && i < 6) {
        d.has_id[i] = true;
        d.ids[i] = value;
    }
}

static void read_score(span line)
{
    char digits[32] = {0};
    const span number = rest_of(line, 2);
    memcpy(digits, number.ptr, number.len < 31 ? number.len : 31);
    if (d.n_tokens > 0) {
        d.scores[d.n_tokens - 1] = strtof(digits, NULL);
    }
}

static void read_line(span line)
{
    switch (line.len > 0 ? line.ptr[0] : '\0') {
    case 'M':
        d.model = rest_of(line, 2);
        break;
    case 'P':
        d.pre = rest_of(line, 2);
        break;
    case 'B':
        add_bytes();
        break;
    case 't':
        add_token(rest_of(line, 3), line.len > 1 ? line.ptr[1] - '0' : 0);
        break;
    case 's':
        read_score(line);
        break;
    case 'm':
        if (d.n_merges < MAX_TOKENS) {
            d.merges[d.n_merges++] = rest_of(line, 2);
        }
        break;
    case 'k':
    case 'b':
        read_number(line, line.ptr[0] == 'b');
        break;
    case 'a':
        d.is_phi3 = true;
        break;
    default:
        break;
    }
}

static void read_description(span input)
{
    memset(&d, 0, sizeof(d));
    size_t at = 0;
    while (at < input.len) {
        const char *const end = memchr(input.ptr + at, '\n', input.len - at);
        const size_t len = end != NULL ? (size_t)(end - input.ptr) - at : input.len - at;
        const span line = span_from(input.ptr + at, len);
        at += len + (end != NULL);
        if (span_equal(line, SPAN("T"))) {
            break;
        }
        read_line(line);
    }
    const size_t left = at < input.len ? input.len - at : 0;
    d.text =
        span_from(left > 0 ? input.ptr + at : "", left < MAX_TEXT_BYTES ? left : MAX_TEXT_BYTES);
}

static void put_options(buffer *b)
{
    for (size_t i = 0; i < 6; i++) {
        if (d.has_id[i]) {
            gguf_put_key_u32(b, ID_KEYS[i], d.ids[i]);
        }
    }
    for (size_t i = 0; i < 3; i++) {
        if (d.has_flag[i]) {
            gguf_put_key_bool(b, FLAG_KEYS[i], d.flags[i]);
        }
    }
    if (d.is_phi3) {
        gguf_put_key_string(b, "general.architecture", "phi3");
    }
}

static uint64_t count_keys(void)
{
    uint64_t n = 6 + d.is_phi3;
    for (size_t i = 0; i < 6; i++) {
        n += d.has_id[i];
    }
    for (size_t i = 0; i < 3; i++) {
        n += d.has_flag[i];
    }
    return n;
}

static gguf_table *make_table(buffer *b)
{
    gguf_put_header(b, 3, 0, count_keys());
    gguf_put_key(b, "tokenizer.ggml.model", GGUF_STRING);
    gguf_put_span(b, d.model);
    gguf_put_key(b, "tokenizer.ggml.pre", GGUF_STRING);
    gguf_put_span(b, d.pre);
    gguf_put_key_array(b, "tokenizer.ggml.tokens", GGUF_STRING, d.n_tokens);
    for (size_t i = 0; i < d.n_tokens; i++) {
        gguf_put_span(b, d.tokens[i]);
    }
    gguf_put_key_i32s(b, "tokenizer.ggml.token_type", d.kinds, d.n_tokens);
    gguf_put_key_array(b, "tokenizer.ggml.scores", GGUF_F32, d.n_tokens);
    for (size_t i = 0; i < d.n_tokens; i++) {
        uint32_t bits;
        memcpy(&bits, &d.scores[i], sizeof(bits));
        gguf_put(b, bits, 4);
    }
    gguf_put_key_array(b, "tokenizer.ggml.merges", GGUF_STRING, d.n_merges);
    for (size_t i = 0; i < d.n_merges; i++) {
        gguf_put_span(b, d.merges[i]);
    }
    put_options(b);
    gguf_put_padding(b, 32);
    gguf_table *table = NULL;
    huis_error err;
    require(gguf_parse(&table, (const unsigned char *)b->ptr, b->len, "fuzz.gguf", true, &err) ==
            HUIS_OK);
    return table;
}

/* With all bytes and nothing that adds or drops characters, text comes back. */
static bool must_come_back(void)
{
    const bool is_spm = span_equal(d.model, SPAN("llama"));
    const bool composes =
        !is_spm &&
        (span_equal(d.pre, SPAN("qwen2")) || span_equal(d.pre, SPAN("mpt")) ||
         span_equal(d.pre, SPAN("olmo")) || span_equal(d.pre, SPAN("command-r")) ||
         span_equal(d.pre, SPAN("qwen35")) || span_equal(d.pre, SPAN("hunyuan")) ||
         span_equal(d.pre, SPAN("stablelm2")) || span_equal(d.pre, SPAN("deepseek-r1-qwen")));
    return d.has_bytes[is_spm] && !composes && !(is_spm && d.has_user_defined);
}

/* SPM cannot tell U+2581 from a space. */
static void repair(buffer *out)
{
    buffer repaired;
    buffer_init(&repaired, 1u << 20);
    require(utf8_append_repaired(&repaired, d.text));
    const bool is_spm = span_equal(d.model, SPAN("llama"));
    for (size_t i = 0; i < repaired.len; i++) {
        if (is_spm && i + 3 <= repaired.len && memcmp(repaired.ptr + i, "\xE2\x96\x81", 3) == 0) {
            require(buffer_append_byte(out, ' '));
            i += 2;
        } else {
            require(buffer_append_byte(out, repaired.ptr[i]));
        }
    }
    buffer_deinit(&repaired);
}

static void check_stream(const vocab *v, const token_list *ids)
{
    detokenizer stream;
    buffer pieces;
    buffer whole;
    buffer bytes;
    buffer_init(&pieces, 1u << 26);
    buffer_init(&whole, 1u << 26);
    buffer_init(&bytes, 1u << 26);
    detokenizer_init(&stream, v);
    bool at_start = vocab_specials(v)->add_space_prefix;
    for (size_t i = 0; i < ids->count; i++) {
        const size_t before = pieces.len;
        require(detokenizer_push(&stream, ids->ids[i], &pieces));
        const span piece = span_from(buffer_string(&pieces) + before, pieces.len - before);
        require(utf8_valid_prefix(piece) == piece.len);
        span more = vocab_bytes(v, ids->ids[i]);
        if (at_start && more.len > 0) {
            at_start = false;
            more = more.ptr[0] == ' ' ? span_from(more.ptr + 1, more.len - 1) : more;
        }
        require(buffer_append(&bytes, more));
    }
    require(detokenizer_finish(&stream, &pieces));
    require(utf8_append_repaired(&whole, buffer_span(&bytes)));
    require(span_equal(buffer_span(&whole), buffer_span(&pieces)));
    if (must_come_back()) {
        buffer_reset(&bytes);
        repair(&bytes);
        span text = buffer_span(&bytes);
        /* The decoder drops the first space whether the encoder added it or not. */
        const bool drops = vocab_specials(v)->add_space_prefix &&
                           !span_equal(d.model, SPAN("llama")) && text.len > 0 &&
                           text.ptr[0] == ' ';
        text = drops ? span_from(text.ptr + 1, text.len - 1) : text;
        require(span_equal(text, buffer_span(&pieces)));
    }
    buffer_deinit(&pieces);
    buffer_deinit(&whole);
    buffer_deinit(&bytes);
}

static void check_ids(const vocab *v, const token_list *ids, bool trusted)
{
    for (size_t i = 0; i < ids->count; i++) {
        const int32_t id = ids->ids[i];
        require(id >= 0 && (uint32_t)id < vocab_size(v));
        const vocab_token_kind kind = vocab_kind(v, id);
        require(trusted || kind == VOCAB_NORMAL || kind == VOCAB_USER_DEFINED ||
                kind == VOCAB_BYTE || id == vocab_specials(v)->unk);
    }
}

static int encode_and_check(const vocab *v, bool trusted)
{
    const vocab_encode_options options = {.parse_special = trusted, .add_special = trusted};
    token_list ids;
    huis_error err = {0};
    token_list_init(&ids);
    const int status = vocab_encode(v, d.text, &options, &ids, &err);
    memory_fail_after(UINT64_MAX);
    require(status == HUIS_OK || status == HUIS_E_NO_MEMORY || status == HUIS_E_LIMIT);
    if (status == HUIS_OK) {
        check_ids(v, &ids, trusted);
        if (!trusted) {
            check_stream(v, &ids);
        }
    }
    token_list_deinit(&ids);
    return status;
}

static void check_vocab(const vocab *v)
{
    require(vocab_size(v) == d.n_tokens);
    for (int32_t id = 0; id < (int32_t)vocab_size(v); id++) {
        const span piece = vocab_piece(v, id);
        require(span_equal(piece, d.tokens[id]));
        const int32_t found = vocab_find(v, piece);
        require(piece.len == 0 ? found == VOCAB_NONE
                               : found >= 0 && span_equal(vocab_piece(v, found), piece));
        require(vocab_bytes(v, id).len <= piece.len);
        (void)vocab_is_end(v, id);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const span input = span_from((const char *)data, size);
    const uint64_t hash = map_hash(input, 0);
    buffer b;
    vocab *v = NULL;
    huis_error err = {0};
    read_description(input);
    buffer_init(&b, 1u << 26);
    gguf_table *const table = make_table(&b);
    if (hash % 16 == 0) {
        memory_fail_after(hash / 16 % 16);
    }
    int status = vocab_open(&v, table, &err);
    memory_fail_after(UINT64_MAX);
    gguf_free(table);
    buffer_deinit(&b);
    if (status < 0) {
        require(v == NULL && err.status == status && err.message[0] != '\0');
        return 0;
    }
    check_vocab(v);
    require(encode_and_check(v, false) != HUIS_E_NO_MEMORY);
    require(encode_and_check(v, true) != HUIS_E_NO_MEMORY);
    if (hash % 8 == 0) {
        memory_fail_after(hash / 8 % 32);
        (void)encode_and_check(v, true);
    }
    vocab_free(v);
    return 0;
}
