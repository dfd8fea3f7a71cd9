/*
 * scripted_engine.c - an engine that says what its "model file" tells it to, for tests of the worker
 * and of its client.
 *
 * The file is lines of KEY=VALUE: `answer` (what greedy decoding says; "\n" for a line break),
 * `second` (what is nearly as likely, position by position), `delay_us` for each token, `n_ctx`, and
 * faults: `open_status`, `crash_at` and `hang_at` (a position of the answer; crash_signal), `stack`.
 * A token is a byte; 256 ends an answer; 257 stands between a prompt and its answer. Implements
 * engine.h, vocab.h and chat.h; the sampler is the real one.
 */
#include "engine/engine.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "chat/chat.h"
#include "engine/checkpoint.h"

enum { N_VOCAB = 258, TOKEN_END = 256, TOKEN_ANSWER = 257, MAX_TEXT = 4096 };

struct vocab {
    vocab_special special;
};

struct engine {
    struct vocab v;
    engine_info info;
    char answer[MAX_TEXT];
    char second[MAX_TEXT];
    long delay_us;
    long crash_at, crash_signal, hang_at;
};

struct engine_context {
    engine *e;
    int32_t *tokens;
    uint32_t n_tokens;
    uint32_t capacity;
    float logits[N_VOCAB];
};

/* The value of `key`, with "\n" decoded; false when it is not there. */
static bool find_value(span script, const char *key, char *out, size_t size)
{
    const size_t key_len = strlen(key);
    for (size_t pos = 0; pos < script.len;) {
        const char *const line = script.ptr + pos;
        const char *const end = memchr(line, '\n', script.len - pos);
        const size_t len = end != NULL ? (size_t)(end - line) : script.len - pos;
        pos += len + 1;
        if (len <= key_len || memcmp(line, key, key_len) != 0 || line[key_len] != '=') {
            continue;
        }
        size_t n = 0;
        for (size_t i = key_len + 1; i < len && n + 1 < size; i++) {
            const bool is_break = line[i] == '\\' && i + 1 < len && line[i + 1] == 'n';
            out[n++] = is_break ? '\n' : line[i];
            i += is_break ? 1 : 0;
        }
        out[n] = '\0';
        return true;
    }
    return false;
}

static long find_number(span script, const char *key, long otherwise)
{
    char text[32];
    return find_value(script, key, text, sizeof(text)) ? strtol(text, NULL, 10) : otherwise;
}

int engine_open(engine **out_engine, const unsigned char *data, size_t size_bytes, const char *name,
                const engine_options *options, huis_error *err)
{
    const span script = span_from((const char *)data, size_bytes);
    const long status = find_number(script, "open_status", 0);
    if (status != 0) {
        return error_set_at(err, (int)status, 7, "%s: as the script says", name);
    }
    if (!span_starts_with(script, SPAN("HUIS-SCRIPT\n"))) {
        return error_set_at(err, HUIS_E_BAD_FILE, 0, "%s: not a script", name);
    }
    engine *const e = memory_alloc(1, sizeof(*e));
    if (e == NULL) {
        return error_no_memory(err, "the engine");
    }
    (void)find_value(script, "answer", e->answer, sizeof(e->answer));
    (void)find_value(script, "second", e->second, sizeof(e->second));
    e->delay_us = find_number(script, "delay_us", 0);
    e->crash_at = find_number(script, "crash_at", -1);
    e->crash_signal = find_number(script, "crash_signal", SIGSEGV);
    e->hang_at = find_number(script, "hang_at", -1);
    e->v.special = (vocab_special){VOCAB_NONE, TOKEN_END,  VOCAB_NONE, VOCAB_NONE, VOCAB_NONE,
                                   VOCAB_NONE, VOCAB_NONE, false,      false,      false};
    e->info = (engine_info){.family = "scripted",
                            .name = "",
                            .quantisation = "none",
                            .level = options->level != NULL ? "asked" : "c",
                            .n_threads = options->n_threads,
                            .trained_context_length = (uint32_t)find_number(script, "n_ctx", 512),
                            .n_vocab = N_VOCAB};
    *out_engine = e;
    return HUIS_OK;
}

engine *engine_close(engine *e)
{
    return memory_free(e);
}

const engine_info *engine_get_info(const engine *e)
{
    return &e->info;
}

int engine_packed_writer(const engine *e, int fd, const cache_source *source,
                         cache_writer *out_writer, huis_error *err)
{
    (void)e;
    (void)fd;
    (void)source;
    (void)out_writer;
    return error_set(err, HUIS_E_UNSUPPORTED, "a scripted engine has no weights");
}

const vocab *engine_vocab(const engine *e)
{
    return &e->v;
}

span engine_chat_template(const engine *e)
{
    (void)e;
    return SPAN("scripted");
}

int engine_context_new(engine_context **out_context, engine *e, uint32_t capacity, huis_error *err)
{
    engine_context *const c = memory_alloc(1, sizeof(*c));
    int32_t *const tokens = memory_alloc(capacity, sizeof(*tokens));
    if (c == NULL || tokens == NULL) {
        memory_free(c);
        memory_free(tokens);
        return error_no_memory(err, "the context");
    }
    *c = (engine_context){.e = e, .tokens = tokens, .capacity = capacity};
    *out_context = c;
    return HUIS_OK;
}

engine_context *engine_context_free(engine_context *c)
{
    if (c != NULL) {
        memory_free(c->tokens);
        memory_free(c);
    }
    return NULL;
}

uint32_t engine_context_length(const engine_context *c)
{
    return c->n_tokens;
}

const int32_t *engine_context_tokens(const engine_context *c)
{
    return c->tokens;
}

void engine_context_truncate(engine_context *c, uint32_t length)
{
    c->n_tokens = length < c->n_tokens ? length : c->n_tokens;
}

/* How many tokens follow the last TOKEN_ANSWER. */
static size_t answer_position(const engine_context *c)
{
    size_t n = 0;
    while (n < c->n_tokens && c->tokens[c->n_tokens - 1 - n] != TOKEN_ANSWER) {
        n++;
    }
    return n;
}

static void misbehave(const engine *e, size_t position)
{
    if ((long)position == e->crash_at) {
        (void)signal((int)e->crash_signal, SIG_DFL);
        (void)syscall(SYS_tgkill, getpid(), (pid_t)syscall(SYS_gettid), (int)e->crash_signal);
    }
    while ((long)position == e->hang_at) {
        const struct timespec pause = {1, 0};
        (void)nanosleep(&pause, NULL);
    }
}

static int32_t token_at(const char *text, size_t position)
{
    return position < strlen(text) ? (unsigned char)text[position] : TOKEN_END;
}

static void compute_logits(engine_context *c)
{
    const size_t position = answer_position(c);
    misbehave(c->e, position);
    for (size_t i = 0; i < N_VOCAB; i++) {
        c->logits[i] = -20.0f;
    }
    c->logits[token_at(c->e->second, position)] = 9.5f;
    c->logits[token_at(c->e->answer, position)] = 10.0f;
}

int engine_prefill(engine_context *c, const int32_t *tokens, uint32_t n_tokens,
                   engine_progress_fn on_progress, void *user, huis_error *err)
{
    const uint32_t before = c->n_tokens;
    if (n_tokens > c->capacity - c->n_tokens) {
        return error_set(err, HUIS_E_CONTEXT_FULL, "context full");
    }
    for (uint32_t i = 0; i < n_tokens; i++) {
        if (c->e->delay_us > 0) {
            const struct timespec pause = {0, c->e->delay_us * 1000};
            (void)nanosleep(&pause, NULL);
        }
        c->tokens[c->n_tokens++] = tokens[i];
        if (on_progress != NULL && i % 32 == 31 && !on_progress(user, i + 1, n_tokens)) {
            c->n_tokens = before;
            return error_set(err, HUIS_E_CANCELLED, "cancelled");
        }
    }
    compute_logits(c);
    return HUIS_OK;
}

int engine_prefill_deferred(engine_context *c, const int32_t *tokens, uint32_t n_tokens,
                            engine_progress_fn on_progress, void *user, huis_error *err)
{
    return engine_prefill(c, tokens, n_tokens, on_progress, user, err);
}

int engine_prefill_part(engine_context *c, const int32_t *tokens, uint32_t n_tokens,
                        huis_error *err)
{
    return engine_prefill(c, tokens, n_tokens, NULL, NULL, err);
}

int engine_all_logits(engine_context *c, const float **out_logits, huis_error *err)
{
    (void)err;
    *out_logits = c->logits;
    return HUIS_OK;
}

uint32_t engine_top(engine_context *c, engine_candidate *out, uint32_t n)
{
    uint32_t found = 0;
    for (int32_t i = 0; i < N_VOCAB; i++) {
        uint32_t at = found < n ? found++ : n;
        for (; at > 0 && c->logits[i] > out[at - 1].logit; at--) {
            if (at < n) {
                out[at] = out[at - 1];
            }
        }
        if (at < n) {
            out[at] = (engine_candidate){c->logits[i], i};
        }
    }
    return found;
}

int engine_prefill_logits(engine_context *c, const int32_t *tokens, uint32_t n_tokens,
                          float *out_logits, huis_error *err)
{
    for (uint32_t i = 0; i < n_tokens; i++) {
        RETURN_IF_ERROR(engine_prefill(c, tokens + i, 1, NULL, NULL, err));
        memcpy(out_logits + (size_t)i * N_VOCAB, c->logits, sizeof(c->logits));
    }
    return HUIS_OK;
}

int engine_context_fork(engine_context **out_context, const engine_context *c, uint32_t capacity,
                        huis_error *err)
{
    RETURN_IF_ERROR(engine_context_new(out_context, c->e, capacity, err));
    memcpy((*out_context)->tokens, c->tokens, c->n_tokens * sizeof(*c->tokens));
    (*out_context)->n_tokens = c->n_tokens;
    return HUIS_OK;
}

int engine_decode_batch(engine_context *const *contexts, const int32_t *tokens, uint32_t n,
                        float *out_logits, huis_error *err)
{
    for (uint32_t i = 0; i < n; i++) {
        RETURN_IF_ERROR(engine_prefill_logits(contexts[i], &tokens[i], 1,
                                              out_logits + (size_t)i * N_VOCAB, err));
    }
    return HUIS_OK;
}

const float *engine_logits(const engine_context *c)
{
    return c->logits;
}

/* checkpoint.h: the tokens themselves. */

void checkpoint_key(const engine *e, const int32_t *tokens, uint32_t n_tokens,
                    char out_key[CHECKPOINT_KEY_LENGTH + 1])
{
    uint32_t sum = 17;
    (void)e;
    for (uint32_t i = 0; i < n_tokens; i++) {
        sum = sum * 31 + (uint32_t)tokens[i];
    }
    (void)snprintf(out_key, CHECKPOINT_KEY_LENGTH + 1, "%032x", sum);
}

size_t checkpoint_bytes(const engine *e, uint32_t n_tokens)
{
    (void)e;
    return n_tokens * sizeof(int32_t);
}

bool checkpoint_write(const engine_context *c, uint32_t n_tokens, checkpoint_write_fn write,
                      void *user)
{
    return write(user, span_from((const char *)c->tokens, n_tokens * sizeof(*c->tokens)));
}

void checkpoint_reader_init(checkpoint_reader *r, engine_context *c, const int32_t *tokens,
                            uint32_t n_tokens)
{
    *r = (checkpoint_reader){.context = c, .tokens = tokens, .n_tokens = n_tokens};
    c->n_tokens = 0;
}

void checkpoint_reader_push(checkpoint_reader *r, span bytes)
{
    const size_t left = r->n_tokens * sizeof(*r->tokens) - (size_t)r->taken_bytes;
    r->is_wrong = r->is_wrong || bytes.len > left ||
                  memcmp((const char *)r->tokens + r->taken_bytes, bytes.ptr, bytes.len) != 0;
    r->taken_bytes += r->is_wrong ? 0 : bytes.len;
}

bool checkpoint_reader_finish(checkpoint_reader *r)
{
    if (r->is_wrong || r->taken_bytes != r->n_tokens * sizeof(*r->tokens)) {
        return false;
    }
    memcpy(r->context->tokens, r->tokens, (size_t)r->taken_bytes);
    r->context->n_tokens = r->n_tokens;
    return true;
}

size_t checkpoint_page_bytes(const engine *e, uint32_t n_tokens)
{
    (void)e;
    return n_tokens * sizeof(int32_t);
}

void checkpoint_page_read(const engine_context *c, uint32_t first, uint32_t n_tokens,
                          unsigned char *out)
{
    memcpy(out, c->tokens + first, n_tokens * sizeof(*c->tokens));
}

bool checkpoint_page_write(engine_context *c, uint32_t first, const int32_t *tokens,
                           uint32_t n_tokens, const unsigned char *page, uint32_t n_page)
{
    (void)tokens;
    (void)n_page;
    memcpy(c->tokens + first, page, n_tokens * sizeof(*c->tokens));
    c->n_tokens = first + n_tokens;
    return true;
}

/* vocab.h: bytes. */

void token_list_init(token_list *list)
{
    *list = (token_list){NULL, 0, 0};
}

void token_list_deinit(token_list *list)
{
    memory_free(list->ids);
    token_list_init(list);
}

bool token_list_push(token_list *list, int32_t id)
{
    if (list->count == list->capacity) {
        const size_t capacity = 2 * list->capacity + 64;
        int32_t *const ids = memory_resize(list->ids, capacity, sizeof(*ids));
        if (ids == NULL) {
            return false;
        }
        list->ids = ids;
        list->capacity = capacity;
    }
    list->ids[list->count++] = id;
    return true;
}

uint32_t vocab_size(const vocab *v)
{
    (void)v;
    return N_VOCAB;
}

uint32_t vocab_longest_bytes(const vocab *v)
{
    (void)v;
    return 1;
}

const vocab_special *vocab_specials(const vocab *v)
{
    return &v->special;
}

bool vocab_is_end(const vocab *v, int32_t id)
{
    (void)v;
    return id == TOKEN_END;
}

span vocab_bytes(const vocab *v, int32_t id)
{
    static char bytes[256];
    (void)v;
    if (id < 0 || id >= 256) {
        return SPAN("");
    }
    bytes[id] = (char)id;
    return span_from(&bytes[id], 1);
}

span vocab_piece(const vocab *v, int32_t id)
{
    return vocab_bytes(v, id);
}

int vocab_encode(const vocab *v, span text, const vocab_encode_options *options,
                 token_list *out_ids, huis_error *err)
{
    (void)v;
    bool ok = true;
    for (size_t i = 0; i < text.len && ok; i++) {
        ok = token_list_push(out_ids, (unsigned char)text.ptr[i]);
    }
    if (ok && options->add_special) {
        ok = token_list_push(out_ids, TOKEN_ANSWER);
    }
    return ok ? HUIS_OK : error_no_memory(err, "tokens");
}

void detokenizer_init(detokenizer *d, const vocab *v)
{
    *d = (detokenizer){.v = v};
}

bool detokenizer_push(detokenizer *d, int32_t id, buffer *out)
{
    if (id < 0 || id >= 256) {
        return true;
    }
    d->pending[d->n_pending++] = (char)id;
    const span pending = span_from(d->pending, d->n_pending);
    if (utf8_complete_prefix(pending) == 0) {
        return true;
    }
    d->n_pending = 0;
    return utf8_append_repaired(out, pending);
}

bool detokenizer_finish(detokenizer *d, buffer *out)
{
    const span pending = span_from(d->pending, d->n_pending);
    d->n_pending = 0;
    return utf8_append_repaired(out, pending);
}

/* chat.h: the messages in a row. */

struct chat_template {
    int unused;
};

int chat_template_open(chat_template **out_template, span source, const char *name, huis_error *err)
{
    (void)source;
    (void)name;
    *out_template = memory_alloc(1, sizeof(**out_template));
    return *out_template != NULL ? HUIS_OK : error_no_memory(err, "the template");
}

chat_template *chat_template_free(chat_template *t)
{
    return memory_free(t);
}

void chat_text_init(chat_text *t)
{
    *t = (chat_text){.marks = NULL};
    buffer_init(&t->text, 1u << 24);
}

void chat_text_deinit(chat_text *t)
{
    buffer_deinit(&t->text);
}

int chat_render(const chat_template *t, const json_t *variables, chat_text *out, huis_error *err)
{
    size_t i = 0;
    json_t *message = NULL;
    bool ok = true;
    (void)t;
    json_array_foreach(json_object_get(variables, "messages"), i, message)
    {
        const json_t *const content = json_object_get(message, "content");
        ok =
            ok &&
            buffer_append_string(&out->text, json_string_value(json_object_get(message, "role"))) &&
            buffer_append_byte(&out->text, ':') &&
            buffer_append(&out->text,
                          span_from(json_string_value(content), json_string_length(content)));
    }
    return ok ? HUIS_OK : error_no_memory(err, "the chat");
}

int chat_tokenize(const vocab *v, const chat_text *text, token_list *out_ids, huis_error *err)
{
    const vocab_encode_options options = {.add_special = true};
    return vocab_encode(v, buffer_span(&text->text), &options, out_ids, err);
}
