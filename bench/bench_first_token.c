/*
 * bench_first_token.c - see bench_first_token.h.
 */
#include "bench_first_token.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "session/client.h"

enum { TEXT_BYTES = 1 << 20, N_RULES = 114 };

void first_token_add(first_token_chat *c, const char *role, const char *before, const char *text,
                     const char *after)
{
    buffer *const b = &c->texts[c->n_messages];
    buffer_init(b, TEXT_BYTES);
    (void)buffer_append_string(b, before);
    (void)buffer_append_string(b, text);
    (void)buffer_append_string(b, after);
    c->messages[c->n_messages++] = (huis_message){role, buffer_string(b), b->len};
}

void first_token_long_chat(first_token_chat *c)
{
    static char text[16 * 1024];
    size_t used = 0;
    for (int i = 0; used + 100 < sizeof(text) && i < N_RULES; i++) {
        const int n = snprintf(text + used, sizeof(text) - used,
                               "Rule: a letter of kind %d goes to desk %d before noon. ", i, i % 7);
        used += n > 0 ? (size_t)n : 0;
    }
    *c = (first_token_chat){.name = "2,000 constant tokens"};
    first_token_add(c, "system", "", text, "");
    first_token_add(c, "user", "",
                    "A letter about a lost umbrella came this morning. Which desk takes it?", "");
}

void first_token_free(first_token_chat *c)
{
    for (size_t i = 0; i < c->n_messages; i++) {
        buffer_deinit(&c->texts[i]);
    }
    c->n_messages = 0;
}

static double processor_ms(const huis_model *m)
{
    clockid_t clock = CLOCK_MONOTONIC;
    struct timespec t = {0};
    if (clock_getcpuclockid(m->worker.pid, &clock) != 0 || clock_gettime(clock, &t) != 0) {
        return 0;
    }
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static uint64_t peak_bytes(const huis_model *m)
{
    char path[64];
    char line[128];
    uint64_t peak = 0;
    (void)snprintf(path, sizeof(path), "/proc/%d/status", (int)m->worker.pid);
    FILE *const f = fopen(path, "re");
    while (f != NULL && peak == 0 && fgets(line, sizeof(line), f) != NULL) {
        if (strncmp(line, "VmHWM:", 6) == 0) {
            peak = strtoull(line + 6, NULL, 10) * 1024;
        }
    }
    if (f != NULL) {
        (void)fclose(f);
    }
    return peak;
}

static int generate(first_token *out, huis_model *model, const first_token_chat *c, huis_error *err)
{
    huis_generate_options how;
    huis_session *session = NULL;
    const huis_result *result = NULL;
    huis_generate_options_default(&how);
    how.max_tokens = 1;
    how.n_fixed_messages = (uint32_t)c->n_messages - 1;
    int status = huis_session_new(&session, model, err);
    const double before_ms = processor_ms(model);
    if (status == HUIS_OK) {
        status = huis_session_generate(session, c->messages, c->n_messages, &how, NULL, NULL,
                                       &result, err);
    }
    if (status == HUIS_OK) {
        out->ms = result->usage.prefill_ms + result->usage.decode_ms;
        out->processor_ms = processor_ms(model) - before_ms;
        out->peak_bytes = peak_bytes(model);
        out->usage = result->usage;
    }
    huis_session_free(session);
    return status;
}

int first_token_ask(first_token *out, const char *model_path, const huis_model_options *options,
                    const first_token_chat *c, huis_error *err)
{
    huis_model *model = NULL;
    huis_model_info info = {.struct_size = sizeof(info)};
    first_token got = {0};
    int status = huis_model_open(&model, model_path, options, err);
    if (status == HUIS_OK) {
        (void)huis_model_get_info(model, &info);
        got.load_ms = info.load_ms;
        got.is_packed = info.is_packed;
        status = generate(&got, model, c, err);
    }
    huis_model_unref(model);
    if (status == HUIS_OK) {
        *out = got;
    }
    return status;
}
