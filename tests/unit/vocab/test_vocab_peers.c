/*
 * test_vocab_peers.c - the token ids of llama.cpp's vocabulary tests (made with Hugging Face
 * tokenizers), read from the shared data: each text must give exactly these ids and come back.
 */
#include <stdio.h>
#include <stdlib.h>

#include "../../tap.h"
#include "base/limits.h"
#include "vocab_fixture.h"

typedef struct pair {
    const char *name;     /* of the .inp and .out files */
    const char *variable; /* where the vocabulary is */
    const char *file;
} pair;

static const pair PAIRS[] = {
    {"gpt-2", "HUIS_SHARED", "data/tokenizer/ggml-vocab-gpt-2.gguf"},
    {"mpt", "HUIS_SHARED", "data/tokenizer/ggml-vocab-mpt.gguf"},
    {"starcoder", "HUIS_SHARED", "data/tokenizer/ggml-vocab-starcoder.gguf"},
    {"refact", "HUIS_SHARED", "data/tokenizer/ggml-vocab-refact.gguf"},
    {"falcon", "HUIS_SHARED", "data/tokenizer/ggml-vocab-falcon.gguf"},
    {"deepseek-llm", "HUIS_SHARED", "data/tokenizer/ggml-vocab-deepseek-llm.gguf"},
    {"deepseek-coder", "HUIS_SHARED", "data/tokenizer/ggml-vocab-deepseek-coder.gguf"},
    {"llama-spm", "HUIS_SHARED", "data/tokenizer/ggml-vocab-llama-spm.gguf"},
    {"phi-3", "HUIS_SHARED", "data/tokenizer/ggml-vocab-phi-3.gguf"},
    {"qwen2", "HUIS_TEST_MODELS", "qwen-0.5b.gguf"},
};

static const char SEPARATOR[] = "\n__ggml_vocab_test__\n";

static bool read_shared(buffer *out, const char *name, const char *suffix)
{
    char path[4096];
    char file[256];
    huis_error err;
    (void)snprintf(file, sizeof(file), "data/tokenizer/ggml-vocab-%s.gguf%s", name, suffix);
    buffer_init(out, LIMIT_MIB);
    return fixture_path(path, sizeof(path), "HUIS_SHARED", file) &&
           file_read(out, path, &err) == HUIS_OK;
}

/* The ids of the next line; moves *at past it. */
static void read_ids(const char **at, token_list *out)
{
    while (**at != '\n' && **at != '\0') {
        char *end = NULL;
        const long id = strtol(*at, &end, 10);
        if (end == *at || !token_list_push(out, (int32_t)id)) {
            break;
        }
        *at = end;
        if (**at == ' ') {
            (*at)++;
        }
    }
    *at += **at == '\n';
}

static bool same_ids(const token_list *a, const token_list *b)
{
    return a->count == b->count &&
           (a->count == 0 || memcmp(a->ids, b->ids, a->count * sizeof(*a->ids)) == 0);
}

static bool comes_back(const vocab *v, const token_list *ids, span text)
{
    detokenizer d;
    buffer back;
    buffer_init(&back, LIMIT_MIB);
    detokenizer_init(&d, v);
    for (size_t i = 0; i < ids->count; i++) {
        (void)detokenizer_push(&d, ids->ids[i], &back);
    }
    (void)detokenizer_finish(&d, &back);
    const bool same = buffer_ok(&back) && span_equal(buffer_span(&back), text);
    buffer_deinit(&back);
    return same;
}

static bool check_text(const vocab *v, span text, const token_list *expected)
{
    const vocab_encode_options options = {0};
    token_list ids;
    huis_error err;
    token_list_init(&ids);
    const bool ok = vocab_encode(v, text, &options, &ids, &err) == HUIS_OK &&
                    same_ids(&ids, expected) && comes_back(v, &ids, text);
    if (!ok) {
        printf("# differs: %.*s\n", (int)strcspn(text.ptr, "\n"), text.ptr);
    }
    token_list_deinit(&ids);
    return ok;
}

/* The files hold 46 texts with tokens and one or two empty ones. */
static bool check_texts(const vocab *v, const buffer *texts, const buffer *ids)
{
    const char *text = texts->ptr;
    const char *line = ids->ptr;
    size_t n = 0;
    bool ok = true;
    while (text != NULL) {
        const char *const end = strstr(text, SEPARATOR);
        const size_t len = end != NULL ? (size_t)(end - text) : strlen(text);
        token_list expected;
        token_list_init(&expected);
        read_ids(&line, &expected);
        ok = check_text(v, span_from(text, len), &expected) && ok;
        n += expected.count > 0;
        token_list_deinit(&expected);
        text = end != NULL ? end + sizeof(SEPARATOR) - 1 : NULL;
    }
    return ok && n >= 40;
}

static bool check_file(const char *path, const buffer *texts, const buffer *ids)
{
    fixture f;
    const bool opened = fixture_open(&f, path) == HUIS_OK;
    if (!opened) {
        printf("# %s\n", f.err.message);
    }
    const bool ok = opened && check_texts(f.vocab, texts, ids);
    fixture_close(&f);
    return ok;
}

static void test_pair(tap *t, const pair *p)
{
    char path[4096];
    buffer texts;
    buffer ids;
    const bool has_texts = read_shared(&texts, p->name, ".inp");
    const bool has_ids = read_shared(&ids, p->name, ".out");
    if (has_texts && has_ids && fixture_path(path, sizeof(path), p->variable, p->file)) {
        tap_ok(t, check_file(path, &texts, &ids), p->name);
    } else {
        char reason[512];
        (void)snprintf(reason, sizeof(reason), "%s has no %s", p->variable, p->file);
        tap_skip(t, p->name, reason);
    }
    buffer_deinit(&texts);
    buffer_deinit(&ids);
}

int main(void)
{
    tap t = {0};
    for (size_t i = 0; i < sizeof(PAIRS) / sizeof(PAIRS[0]); i++) {
        test_pair(&t, &PAIRS[i]);
    }
    return tap_end(&t);
}
