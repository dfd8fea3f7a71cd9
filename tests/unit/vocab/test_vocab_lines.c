/*
 * test_vocab_lines.c - 2,510 made-up lines (French, English, code, emoji, scripts, white space,
 * ill-formed UTF-8) against the ids of Hugging Face tokenizers and SentencePiece, kept as hashes in
 * tests/golden/tokenizer (tools/make_tokenizer_goldens.py). Each line must also come back.
 */
#include <stdio.h>
#include <stdlib.h>

#include <utf8proc.h>

#include "../../tap.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "vocab_fixture.h"

typedef struct golden {
    const char *name;     /* of the .ids file */
    const char *variable; /* where the vocabulary is */
    const char *file;
    bool normalizes; /* the text that comes back is its composed form */
    bool drops;      /* the vocabulary lacks some bytes */
} golden;

static const golden GOLDENS[] = {
    {"smollm", "HUIS_TEST_MODELS", "smollm2-135m.gguf", false, true},
    {"qwen2", "HUIS_TEST_MODELS", "qwen-0.5b.gguf", true, false},
    {"gpt-2", "HUIS_SHARED", "data/tokenizer/ggml-vocab-gpt-2.gguf", false, false},
    {"mpt", "HUIS_SHARED", "data/tokenizer/ggml-vocab-mpt.gguf", true, false},
    {"starcoder", "HUIS_SHARED", "data/tokenizer/ggml-vocab-starcoder.gguf", false, true},
    {"refact", "HUIS_SHARED", "data/tokenizer/ggml-vocab-refact.gguf", false, true},
    {"falcon", "HUIS_SHARED", "data/tokenizer/ggml-vocab-falcon.gguf", false, true},
    {"deepseek-coder", "HUIS_SHARED", "data/tokenizer/ggml-vocab-deepseek-coder.gguf", false,
     false},
    {"llama-spm", "HUIS_SHARED", "data/tokenizer/ggml-vocab-llama-spm.gguf", false, true},
    {"phi-3", "HUIS_SHARED", "data/tokenizer/ggml-vocab-phi-3.gguf", false, true},
    {"llama-bpe", "HUIS_TEST_VOCABS", "llama-bpe.gguf", false, false},
    {"gpt-4o", "HUIS_TEST_VOCABS", "gpt-4o.gguf", false, false},
    {"tekken", "HUIS_TEST_VOCABS", "tekken.gguf", false, false},
    {"deepseek-v3", "HUIS_TEST_VOCABS", "deepseek-v3.gguf", false, false},
    {"command-r", "HUIS_TEST_VOCABS", "command-r.gguf", true, false},
};

/* The upper half of FNV-1a 64 over the ids as little-endian words. */
static uint32_t hash_ids(const token_list *ids)
{
    uint64_t h = 0xCBF29CE484222325u;
    for (size_t i = 0; i < ids->count; i++) {
        for (unsigned k = 0; k < 4; k++) {
            h = (h ^ ((uint32_t)ids->ids[i] >> (8 * k) & 0xFF)) * 0x100000001B3u;
        }
    }
    return (uint32_t)(h >> 32);
}

/* Turns the escapes of lines.txt back into bytes; returns where the line ends. */
static const char *read_line(const char *at, buffer *out)
{
    buffer_reset(out);
    for (; *at != '\n' && *at != '\0'; at++) {
        if (*at != '\\') {
            buffer_append_byte(out, *at);
            continue;
        }
        at++;
        if (*at == 'x') {
            const char hex[3] = {at[1], at[2], '\0'};
            buffer_append_byte(out, (char)strtoul(hex, NULL, 16));
            at += 2;
        } else {
            buffer_append_byte(out, *at == 'n'   ? '\n'
                                    : *at == 'r' ? '\r'
                                    : *at == 't' ? '\t'
                                                 : *at);
        }
    }
    return *at == '\n' ? at + 1 : at;
}

static bool matches(const vocab *v, span text, bool parse_special, const char *expected)
{
    const vocab_encode_options options = {.parse_special = parse_special};
    token_list ids;
    huis_error err;
    char hash[32];
    token_list_init(&ids);
    bool ok = vocab_encode(v, text, &options, &ids, &err) == HUIS_OK;
    (void)snprintf(hash, sizeof(hash), "%08x", hash_ids(&ids));
    ok = ok && strncmp(hash, expected, 8) == 0;
    if (!ok) {
        printf("# %s:", parse_special ? "special" : "plain");
        for (size_t i = 0; i < ids.count && i < 40; i++) {
            printf(" %d", ids.ids[i]);
        }
        printf("\n");
    }
    token_list_deinit(&ids);
    return ok;
}

/* Decoding in one piece and token by token; both must be the repaired (and composed) text. */
static bool comes_back(const vocab *v, const golden *g, span text)
{
    const vocab_encode_options options = {0};
    token_list ids;
    huis_error err;
    buffer back;
    buffer wanted;
    detokenizer d;
    token_list_init(&ids);
    buffer_init(&back, LIMIT_MIB);
    buffer_init(&wanted, LIMIT_MIB);
    detokenizer_init(&d, v);
    bool ok = vocab_encode(v, text, &options, &ids, &err) == HUIS_OK;
    for (size_t i = 0; i < ids.count; i++) {
        ok = ok && detokenizer_push(&d, ids.ids[i], &back);
        ok = ok && utf8_valid_prefix(buffer_span(&back)) == back.len;
    }
    ok = ok && detokenizer_finish(&d, &back) && utf8_append_repaired(&wanted, text);
    if (ok && g->normalizes) {
        utf8proc_uint8_t *composed = NULL;
        (void)utf8proc_map((const utf8proc_uint8_t *)buffer_string(&wanted),
                           (utf8proc_ssize_t)wanted.len, &composed,
                           UTF8PROC_STABLE | UTF8PROC_COMPOSE);
        /* A text with a NUL in it is compared up to there. */
        ok = composed != NULL && strcmp((const char *)composed, buffer_string(&back)) == 0;
        free(composed);
    } else {
        ok = ok && (g->drops || span_equal(buffer_span(&back), buffer_span(&wanted)));
    }
    buffer_deinit(&back);
    buffer_deinit(&wanted);
    token_list_deinit(&ids);
    return ok;
}

static bool check_lines(const vocab *v, const golden *g, const char *lines, const char *ids)
{
    size_t n = 0;
    size_t n_wrong = 0;
    buffer text;
    buffer_init(&text, LIMIT_MIB);
    while (*lines != '\0' && *ids != '\0') {
        const char *const next = read_line(lines, &text);
        const char *const second = ids[8] == ' ' ? ids + 9 : ids;
        bool ok = matches(v, buffer_span(&text), false, ids);
        ok = (*second == '-' || matches(v, buffer_span(&text), true, second)) && ok;
        ok = comes_back(v, g, buffer_span(&text)) && ok;
        if (!ok && n_wrong++ < 20) {
            printf("# %s line %zu: %.*s\n", g->name, n + 1, (int)strcspn(lines, "\n"), lines);
        }
        lines = next;
        ids = strchr(ids, '\n') + 1;
        n++;
    }
    buffer_deinit(&text);
    if (n_wrong > 0) {
        printf("# %s: %zu of %zu lines differ\n", g->name, n_wrong, n);
    }
    return n >= 2000 && n_wrong == 0 && *lines == '\0' && *ids == '\0';
}

static bool check_golden(const golden *g, const char *path, const char *directory)
{
    char file[4096];
    fixture f;
    huis_error err = {0};
    buffer lines;
    buffer ids;
    buffer_init(&lines, LIMIT_MIB);
    buffer_init(&ids, LIMIT_MIB);
    (void)snprintf(file, sizeof(file), "%s/lines.txt", directory);
    bool ok = file_read(&lines, file, &err) == HUIS_OK;
    (void)snprintf(file, sizeof(file), "%s/%s.ids", directory, g->name);
    ok = ok && file_read(&ids, file, &err) == HUIS_OK;
    if (fixture_open(&f, path) != HUIS_OK) {
        printf("# %s\n", f.err.message);
        ok = false;
    }
    ok = ok && check_lines(f.vocab, g, buffer_string(&lines), buffer_string(&ids));
    fixture_close(&f);
    buffer_deinit(&lines);
    buffer_deinit(&ids);
    return ok;
}

int main(int argc, char **argv)
{
    tap t = {0};
    for (size_t i = 0; argc == 2 && i < sizeof(GOLDENS) / sizeof(GOLDENS[0]); i++) {
        const golden *const g = &GOLDENS[i];
        char path[4096];
        if (fixture_path(path, sizeof(path), g->variable, g->file)) {
            tap_ok(&t, check_golden(g, path, argv[1]), g->name);
        } else {
            char reason[512];
            (void)snprintf(reason, sizeof(reason), "%s has no %s", g->variable, g->file);
            tap_skip(&t, g->name, reason);
        }
    }
    return tap_end(&t);
}
