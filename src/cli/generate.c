/*
 * generate.c - huis generate: a streamed answer of a local model.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "base/buffer.h"
#include "base/file.h"
#include "cli/model_choice.h"
#include "cli/output.h"
#include "huis/session.h"

enum { PROMPT_BYTES = 16 * 1024 * 1024, NAME_BYTES = 512 };

/* What the events of one answer need. */
typedef struct answer {
    const arguments *args;
    bool as_json;
    progress bar;
    bool began;
} answer;

static bool on_event(void *user, const huis_event *event)
{
    answer *const a = user;
    switch (event->kind) {
    case HUIS_EVENT_PREFILL:
        progress_show(&a->bar, tr("reading", "lecture"), event->n_done, event->n_total,
                      tr("tokens", "jetons"));
        break;
    case HUIS_EVENT_TEXT:
        progress_end(&a->bar);
        if (!a->as_json) {
            output_text(span_from(event->text, event->text_bytes));
            (void)fflush(stdout);
        }
        a->began = true;
        break;
    case HUIS_EVENT_DONE:
        progress_end(&a->bar);
        break;
    }
    return ferror(stdout) == 0;
}

static void read_options(const arguments *args, huis_generate_options *out)
{
    huis_generate_options_default(out);
    out->no_logprob = true;
    out->max_tokens = (uint32_t)argument_unsigned(args, OPTION_MAX_TOKENS, out->max_tokens);
    out->max_words = (uint32_t)argument_unsigned(args, OPTION_WORDS, out->max_words);
    out->temperature = (float)argument_real(args, OPTION_TEMPERATURE, out->temperature);
    out->top_k = (uint32_t)argument_unsigned(args, OPTION_TOP_K, out->top_k);
    out->top_p = (float)argument_real(args, OPTION_TOP_P, out->top_p);
    out->min_p = (float)argument_real(args, OPTION_MIN_P, out->min_p);
    out->repeat_penalty = (float)argument_real(args, OPTION_REPEAT_PENALTY, out->repeat_penalty);
    out->presence_penalty =
        (float)argument_real(args, OPTION_PRESENCE_PENALTY, out->presence_penalty);
    out->frequency_penalty =
        (float)argument_real(args, OPTION_FREQUENCY_PENALTY, out->frequency_penalty);
    out->seed = argument_unsigned(args, OPTION_SEED, out->seed);
    out->raw = argument_flag(args, OPTION_RAW);
    out->no_drafts = argument_flag(args, OPTION_NO_DRAFTS);
}

static double per_second(uint32_t tokens, double milliseconds)
{
    return milliseconds > 0 ? 1000.0 * tokens / milliseconds : 0;
}

json_t *output_usage_json(const huis_usage *u)
{
    return json_pack(
        "{s:i, s:i, s:i, s:f, s:f, s:i, s:i}", "prompt_tokens", (int)u->prompt_tokens,
        "cached_tokens", (int)u->cached_tokens, "output_tokens", (int)u->output_tokens,
        "prefill_tokens_per_s", per_second(u->prompt_tokens - u->cached_tokens, u->prefill_ms),
        "decode_tokens_per_s", per_second(u->output_tokens, u->decode_ms), "drafted_tokens",
        (int)u->drafted_tokens, "accepted_tokens", (int)u->accepted_tokens);
}

static void print_json(const arguments *args, const huis_model *model, const huis_result *result)
{
    huis_model_info info = {.struct_size = sizeof(info)};
    buffer name;
    buffer_init(&name, NAME_BYTES);
    (void)huis_model_get_info(model, &info);
    (void)model_choice_name(&name, args, info.name != NULL ? info.name : "");
    const huis_candidate *const c = &result->candidates[0];
    json_t *const root =
        json_pack("{s:s%, s:[], s:s, s:s, s:o}", "text", c->text, c->text_bytes, "tool_calls",
                  "finish", c->finish == HUIS_FINISH_STOP ? "stop" : "length", "model",
                  buffer_string(&name), "usage", output_usage_json(&result->usage));
    output_json(root);
    json_decref(root);
    buffer_deinit(&name);
}

static int read_prompt(buffer *out, const arguments *args, huis_error *err)
{
    if (strcmp(args->operands[0], "-") == 0) {
        return file_read_fd(out, STDIN_FILENO, tr("standard input", "entrée standard"), err);
    }
    return buffer_append_string(out, args->operands[0]) ? HUIS_OK : HUIS_E_NO_MEMORY;
}

static int answer_prompt(const arguments *args, huis_model *model, span prompt, huis_error *err)
{
    huis_session *session = NULL;
    const int made = huis_session_new(&session, model, err);
    if (made != HUIS_OK) {
        return made;
    }
    huis_message messages[2];
    size_t n = 0;
    const char *const system = argument_string(args, OPTION_SYSTEM, NULL);
    if (system != NULL) {
        messages[n++] = (huis_message){"system", system, strlen(system)};
    }
    messages[n++] = (huis_message){"user", prompt.ptr, prompt.len};
    huis_generate_options options;
    read_options(args, &options);
    answer a = {.args = args, .as_json = argument_is(args, OPTION_FORMAT, "json")};
    progress_begin(&a.bar, args);
    const huis_result *result = NULL;
    const int status =
        huis_session_generate(session, messages, n, &options, on_event, &a, &result, err);
    progress_end(&a.bar);
    if (status == HUIS_OK && a.as_json) {
        print_json(args, model, result);
    } else if (a.began && !a.as_json) {
        output_text(SPAN("\n"));
    }
    if (status == HUIS_OK && argument_flag(args, OPTION_STATS)) {
        const huis_usage *const u = &result->usage;
        output_note(args,
                    tr("[%u tokens read at %.0f/s, %u written at %.0f/s; %u of %u drafts right]",
                       "[%u jetons lus à %.0f/s, %u écrits à %.0f/s ; %u ébauches sur %u justes]"),
                    u->prompt_tokens - u->cached_tokens,
                    per_second(u->prompt_tokens - u->cached_tokens, u->prefill_ms),
                    u->output_tokens, per_second(u->output_tokens, u->decode_ms),
                    u->accepted_tokens, u->drafted_tokens);
    }
    huis_session_free(session);
    return status;
}

int run_generate(const arguments *args)
{
    huis_error err = {0};
    buffer prompt;
    buffer_init(&prompt, PROMPT_BYTES);
    huis_model *model = NULL;
    int status = read_prompt(&prompt, args, &err);
    if (status == HUIS_OK && argument_flag(args, OPTION_SYSTEM) &&
        argument_flag(args, OPTION_RAW)) {
        buffer_deinit(&prompt);
        return output_usage_error(args->command, "%s",
                                  tr("--raw has no system message: put it into the prompt",
                                     "--raw n'a pas de message système : mettez-le dans le texte"));
    }
    if (status == HUIS_OK) {
        progress line;
        progress_begin(&line, args);
        progress_say(&line, tr("loading the model ...", "chargement du modèle ..."));
        status = model_choice_open(&model, args, &err);
        progress_end(&line);
    }
    if (status == HUIS_OK) {
        status = answer_prompt(args, model, buffer_span(&prompt), &err);
    }
    huis_model_unref(model);
    buffer_deinit(&prompt);
    return status == HUIS_OK ? output_finish() : output_error(&err);
}
