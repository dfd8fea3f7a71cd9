/*
 * vocab_encode.c - text to token ids.
 *
 * Ill-formed UTF-8 is repaired, special tokens are taken out, and what is left goes through the
 * pre-tokenizer (byte-level) or is cut at spaces (SPM) and merged word by word.
 */
#include "base/buffer.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "vocab/nfc.h"
#include "vocab/vocab_internal.h"

/* One call of vocab_encode. */
typedef struct encoder {
    const vocab *v;
    bpe_model model;
    bpe_scratch scratch;
    token_list *ids;
} encoder;

static int push(encoder *e, int32_t id, huis_error *err)
{
    return token_list_push(e->ids, id) ? HUIS_OK : error_no_memory(err, "the tokens of a text");
}

/* Most words are tokens: after the first time their merges need not be gone through again. */
static int encode_word(void *data, span word, huis_error *err)
{
    encoder *const e = data;
    const int32_t id = token_table_find(&e->v->tokens, word);
    if (id < 0) {
        return bpe_encode_word(&e->model, &e->scratch, word, e->ids, err);
    }
    _Atomic(uint8_t) *const whole = &e->v->whole[id];
    const uint8_t known = atomic_load_explicit(whole, memory_order_relaxed);
    if (e->v->pre.ignore_merges || known == WHOLE_YES) {
        return push(e, id, err);
    }
    const size_t before = e->ids->count;
    RETURN_IF_ERROR(bpe_encode_word(&e->model, &e->scratch, word, e->ids, err));
    if (known == WHOLE_UNKNOWN) {
        const bool is_whole = e->ids->count == before + 1 && e->ids->ids[before] == id;
        atomic_store_explicit(whole, is_whole ? WHOLE_YES : WHOLE_NO, memory_order_relaxed);
    }
    return HUIS_OK;
}

static int encode_byte_level(encoder *e, span text, huis_error *err)
{
    const pretokenizer *const pre = &e->v->pre;
    if (!pre->normalize || nfc_is_composed(text)) {
        return pretokenizer_split(pre, text, encode_word, e, err);
    }
    buffer composed;
    buffer_init(&composed, 3 * (size_t)LIMIT_TEXT_BYTES);
    const int status = nfc_append(&composed, text)
                           ? pretokenizer_split(pre, buffer_span(&composed), encode_word, e, err)
                           : error_no_memory(err, "the composed form of a text");
    buffer_deinit(&composed);
    return status;
}

/* Words begin at the first space of a run: no token spans such a place. */
static int encode_spm_words(encoder *e, span text, huis_error *err)
{
    size_t begin = 0;
    for (size_t i = 1; i < text.len; i++) {
        if (text.ptr[i] == ' ' && text.ptr[i - 1] != ' ' && e->v->cuts_at_spaces) {
            RETURN_IF_ERROR(bpe_encode_word(&e->model, &e->scratch,
                                            span_from(text.ptr + begin, i - begin), e->ids, err));
            begin = i;
        }
    }
    const span last = span_from(text.ptr + begin, text.len - begin);
    return bpe_encode_word(&e->model, &e->scratch, last, e->ids, err);
}

/* SPM writes spaces as U+2581 and cannot tell one that was there before. */
static int encode_spm(encoder *e, span text, bool after_special, huis_error *err)
{
    buffer b;
    buffer_init(&b, LIMIT_TEXT_BYTES);
    if (after_special && e->v->special.add_space_prefix) {
        buffer_append_byte(&b, ' ');
    }
    size_t begin = 0;
    for (size_t i = 0; i + 3 <= text.len; i++) {
        if (memcmp(text.ptr + i, "\xE2\x96\x81", 3) == 0) {
            buffer_append(&b, span_from(text.ptr + begin, i - begin));
            buffer_append_byte(&b, ' ');
            begin = i + 3;
            i += 2;
        }
    }
    buffer_append(&b, span_from(text.ptr + begin, text.len - begin));
    const int status = buffer_ok(&b) ? encode_spm_words(e, buffer_span(&b), err)
                                     : error_set(err, b.status, "text: too long for the tokenizer");
    buffer_deinit(&b);
    return status;
}

static int encode_plain(encoder *e, span text, bool after_special, huis_error *err)
{
    if (text.len == 0) {
        return HUIS_OK;
    }
    return e->v->spelling == SPELLING_SPM ? encode_spm(e, text, after_special, err)
                                          : encode_byte_level(e, text, err);
}

/* Phi-3's special tokens swallow the white space after them, all but these. */
static size_t skip_after_special(const vocab *v, int32_t id, span text, size_t pos)
{
    const span piece = token_piece(&v->tokens, (uint32_t)id);
    if (!v->strips_after_special || id == v->special.unk || id == v->special.bos ||
        span_equal(piece, SPAN("<|endoftext|>"))) {
        return pos;
    }
    while (pos < text.len && memchr(" \t\n\v\f\r", text.ptr[pos], 6) != NULL) {
        pos++;
    }
    return pos;
}

static int encode_repaired(encoder *e, span text, special_ranges ranges, huis_error *err)
{
    size_t pos = 0;
    bool after_special = true;
    special_match match;
    while (pos < text.len && special_tokens_match(&e->v->specials, &ranges, text, pos, &match)) {
        const span before = span_from(text.ptr + pos, match.begin - pos);
        RETURN_IF_ERROR(encode_plain(e, before, after_special, err));
        RETURN_IF_ERROR(push(e, match.id, err));
        pos = skip_after_special(e->v, match.id, text, match.end);
        after_special = true;
    }
    if (pos == text.len) {
        return HUIS_OK;
    }
    return encode_plain(e, span_from(text.ptr + pos, text.len - pos), after_special, err);
}

static int encode_text(encoder *e, span text, special_ranges ranges,
                       const vocab_encode_options *options, huis_error *err)
{
    const vocab_special *const special = &e->v->special;
    if (options->add_special && special->add_bos) {
        RETURN_IF_ERROR(push(e, special->bos, err));
    }
    if (utf8_valid_prefix(text) == text.len) {
        RETURN_IF_ERROR(encode_repaired(e, text, ranges, err));
    } else {
        buffer repaired;
        buffer_init(&repaired, 3 * (size_t)LIMIT_TEXT_BYTES);
        const bool ok = utf8_append_repaired(&repaired, text);
        const int status = ok ? encode_repaired(e, buffer_span(&repaired), ranges, err)
                              : error_no_memory(err, "a repaired text");
        buffer_deinit(&repaired);
        RETURN_IF_ERROR(status);
    }
    return options->add_special && special->add_eos ? push(e, special->eos, err) : HUIS_OK;
}

static int encode(const vocab *v, span text, special_ranges ranges,
                  const vocab_encode_options *options, token_list *out_ids, huis_error *err)
{
    if (text.len > LIMIT_TEXT_BYTES) {
        return error_set(err, HUIS_E_LIMIT, "text: %zu bytes (limit %u)", text.len,
                         LIMIT_TEXT_BYTES);
    }
    const bool is_spm = v->spelling == SPELLING_SPM;
    encoder e = {
        .v = v,
        .ids = out_ids,
        .model = {.tokens = &v->tokens,
                  .merges = is_spm ? NULL : &v->merges,
                  .priorities = v->priorities,
                  .byte_ids = v->byte_ids,
                  .unknown = is_spm ? v->special.unk : VOCAB_NONE},
    };
    const size_t count_before = out_ids->count;
    const int status = encode_text(&e, text, ranges, options, err);
    if (status < 0) {
        out_ids->count = count_before;
    }
    bpe_scratch_deinit(&e.scratch);
    return status;
}

int vocab_encode(const vocab *v, span text, const vocab_encode_options *options,
                 token_list *out_ids, huis_error *err)
{
    const vocab_range all = {.start = 0, .end = SIZE_MAX};
    const special_ranges ranges = {.plain = &all, .n_plain = options->parse_special ? 0 : 1};
    return encode(v, text, ranges, options, out_ids, err);
}

int vocab_encode_mixed(const vocab *v, span text, const vocab_range *plain, size_t n_plain,
                       const vocab_encode_options *options, token_list *out_ids, huis_error *err)
{
    const special_ranges ranges = {.plain = plain, .n_plain = n_plain};
    const size_t valid = utf8_valid_prefix(text);
    if (valid != text.len) {
        return error_set_at(err, HUIS_E_BAD_ARGUMENT, valid,
                            "text of mixed origin: not UTF-8 at offset %zu", valid);
    }
    return encode(v, text, ranges, options, out_ids, err);
}
