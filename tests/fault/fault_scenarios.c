/*
 * fault_scenarios.c - see fault_scenarios.h. Jobs within the process, on a toy model of random
 * weights and on the example texts.
 */
#include "fault_scenarios.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/file.h"
#include "base/map.h"
#include "base/memory.h"
#include "chat/chat.h"
#include "document/reader.h"
#include "document/reader_mail.h"
#include "engine/engine.h"
#include "engine/sampler.h"
#include "fault_worker.h"
#include "huis/summarize.h"
#include "store/catalogue.h"
#include "toy_model.h"

enum { FILE_LIMIT = 16 << 20, N_PROMPT = 40, N_DECODE = 6 };

static buffer toy, article, mail, notes;

static uint64_t mix(uint64_t digest, const void *bytes, size_t n)
{
    return map_hash(span_from(bytes, n), digest + n);
}

/* --- Engine --- */

static int choose_tokens(engine_context *c, sampler *s, uint64_t *digest, huis_error *err)
{
    for (int i = 0; i < N_DECODE; i++) {
        const int32_t token = sampler_choose(s, engine_logits(c), NULL, NULL, NULL);
        *digest = mix(*digest, &token, sizeof(token));
        RETURN_IF_ERROR(engine_prefill(c, &token, 1, NULL, NULL, err));
    }
    return HUIS_OK;
}

static int run_context(engine *e, uint64_t *digest, huis_error *err)
{
    const sampler_options options = {.temperature = 0, .top_p = 1, .repeat_penalty = 1.1f};
    engine_context *c = NULL;
    sampler *s = NULL;
    token_list prompt;
    token_list_init(&prompt);
    const vocab_encode_options encode = {.add_special = true};
    int status =
        vocab_encode(engine_vocab(e), span_from(article.ptr, N_PROMPT), &encode, &prompt, err);
    if (status == HUIS_OK) {
        status = engine_context_new(&c, e, 128, err);
    }
    if (status == HUIS_OK) {
        status = sampler_new(&s, &options, vocab_size(engine_vocab(e)), err);
    }
    if (status == HUIS_OK) {
        status = engine_prefill(c, prompt.ids, (uint32_t)prompt.count, NULL, NULL, err);
    }
    if (status == HUIS_OK) {
        status = choose_tokens(c, s, digest, err);
    }
    sampler_free(s);
    engine_context_free(c);
    token_list_deinit(&prompt);
    return status;
}

static int run_engine(uint64_t *out_digest, huis_error *err)
{
    const engine_options options = {.n_threads = 2};
    engine *e = NULL;
    RETURN_IF_ERROR(
        engine_open(&e, (const unsigned char *)toy.ptr, toy.len, "toy.gguf", &options, err));
    uint64_t digest = 1;
    const int status = run_context(e, &digest, err);
    engine_close(e);
    if (status == HUIS_OK) {
        *out_digest = digest;
    }
    return status;
}

/* --- Chat --- */

static const char TEMPLATE[] =
    "{%- macro line(role, text) %}{{ '<|im_start|>' + role + '\\n' + text | trim }}{% endmacro -%}"
    "{% set ns = namespace(n=0) %}{% for m in messages if m.role != 'none' %}"
    "{% set ns.n = ns.n + m.content | length %}{{ line(m['role'], m['content']) }}<|im_end|>\n"
    "{% endfor %}{{ ns.n }} {{ [1, 'b', {'c': 2.5}] | tojson }} {{ messages | length }}";

static int run_chat(uint64_t *out_digest, huis_error *err)
{
    chat_template *t = NULL;
    chat_text text;
    json_t *const variables =
        json_pack("{s:[{s:s, s:s}, {s:s, s:s}], s:b}", "messages", "role", "user", "content",
                  "Bonjour, <|im_end|> toi.", "role", "assistant", "content", "Salut.",
                  "add_generation_prompt", 1);
    if (variables == NULL) {
        return error_no_memory(err, "the variables");
    }
    chat_text_init(&text);
    int status = chat_template_open(&t, span_from_string(TEMPLATE), "toy", err);
    if (status == HUIS_OK) {
        status = chat_render(t, variables, &text, err);
    }
    if (status == HUIS_OK) {
        *out_digest = mix(1, text.text.ptr, text.text.len);
    }
    chat_text_deinit(&text);
    chat_template_free(t);
    json_decref(variables);
    return status;
}

/* --- Summaries --- */

static int summarize(const buffer *text, huis_summary_kind kind, uint64_t *out_digest,
                     huis_error *err)
{
    huis_summarize_options options;
    huis_summary *summary = NULL;
    huis_summarize_options_default(&options);
    options.kind = kind;
    options.mode = HUIS_SUMMARY_EXTRACT;
    options.focus = kind == HUIS_SUMMARY_KEY_POINTS ? "Where?" : NULL;
    RETURN_IF_ERROR(
        huis_summarize(text->ptr, text->len, &options, NULL, NULL, NULL, &summary, err));
    *out_digest = mix(1, summary->text, strlen(summary->text));
    huis_summary_free(summary);
    return HUIS_OK;
}

static int run_tldr(uint64_t *out_digest, huis_error *err)
{
    return summarize(&article, HUIS_SUMMARY_TLDR, out_digest, err);
}

static int run_key_points(uint64_t *out_digest, huis_error *err)
{
    return summarize(&notes, HUIS_SUMMARY_KEY_POINTS, out_digest, err);
}

static int run_action_items(uint64_t *out_digest, huis_error *err)
{
    return summarize(&mail, HUIS_SUMMARY_ACTION_ITEMS, out_digest, err);
}

static int run_check(uint64_t *out_digest, huis_error *err)
{
    static const char CLAIM[] = "Le projet a commencé en 1987. Madame Dubois a payé 12 euros.";
    huis_check_report *report = NULL;
    RETURN_IF_ERROR(huis_check(article.ptr, article.len, CLAIM, strlen(CLAIM), &report, err));
    *out_digest = mix(report->n_sentences, &report->score, sizeof(report->score));
    huis_check_report_free(report);
    return HUIS_OK;
}

/* --- Documents --- */

static int read_document(const buffer *bytes, reader_format format, uint64_t *out_digest,
                         huis_error *err)
{
    reader_result result;
    reader_result_init(&result);
    const int status = format == READER_MAIL
                           ? reader_read_mail(&result, buffer_span(bytes), format, err)
                           : reader_read_text(&result, buffer_span(bytes), format, err);
    if (status == HUIS_OK) {
        *out_digest = mix(1, result.text.ptr, result.text.len);
    }
    reader_result_deinit(&result);
    return status;
}

static int run_mail(uint64_t *out_digest, huis_error *err)
{
    return read_document(&mail, READER_MAIL, out_digest, err);
}

static int run_markdown(uint64_t *out_digest, huis_error *err)
{
    return read_document(&notes, READER_MARKDOWN, out_digest, err);
}

/* --- Store --- */

static int run_catalogue(uint64_t *out_digest, huis_error *err)
{
    catalogue *c = NULL;
    RETURN_IF_ERROR(catalogue_new(&c, err));
    const int status = catalogue_add(c, catalogue_builtin(), "the catalogue", err);
    if (status == HUIS_OK) {
        *out_digest = catalogue_n_models(c);
    }
    catalogue_free(c);
    return status;
}

static int run_worker(uint64_t *out_digest, huis_error *err)
{
    return fault_worker_run(&toy, out_digest, err);
}

const fault_scenario FAULT_SCENARIOS[] = {
    {"load and decode", run_engine, NULL},
    {"render a chat", run_chat, NULL},
    {"summarise an article", run_tldr, "a sentence may be chosen otherwise"},
    {"summarise notes", run_key_points, "a sentence may be chosen otherwise"},
    {"find what to do", run_action_items, NULL},
    {"check a text", run_check, NULL},
    {"read a mail", run_mail, NULL},
    {"read Markdown", run_markdown, NULL},
    {"read the catalogue", run_catalogue, NULL},
    {"answer as the worker", run_worker, NULL},
};
const size_t N_FAULT_SCENARIOS = sizeof(FAULT_SCENARIOS) / sizeof(FAULT_SCENARIOS[0]);

static void read_example(buffer *out, const char *name)
{
    char path[512];
    huis_error err = {0};
    (void)snprintf(path, sizeof(path), "%s/%s", EXAMPLES, name);
    buffer_init(out, FILE_LIMIT);
    if (file_read(out, path, &err) != HUIS_OK) {
        (void)fprintf(stderr, "%s\n", err.message);
        exit(1);
    }
}

void fault_scenarios_prepare(void)
{
    const toy_options options = toy_options_default("llama");
    buffer_init(&toy, FILE_LIMIT);
    toy_model_write(&toy, &options);
    read_example(&article, "article.fr.txt");
    read_example(&mail, "mail.en.eml");
    read_example(&notes, "notes.fr.md");
    reader_mail_init();
}

void fault_scenarios_finish(void)
{
    buffer_deinit(&toy);
    buffer_deinit(&article);
    buffer_deinit(&mail);
    buffer_deinit(&notes);
}
