/*
 * scripted_session.c - see scripted_session.h. It ignores max_words, stop strings and the copy
 * constraint, as the worst model would.
 */
#include "scripted_session.h"

#include <string.h>

static const char *const *g_answers;
static size_t g_n_answers;
static unsigned g_calls, g_n_failures;
static int g_failure;
static char g_prompt[1 << 16];
enum { MAX_CANDIDATES = 16 };
static huis_candidate g_candidates[MAX_CANDIDATES];
static huis_result g_result;
static char g_handle;

void scripted_session_answers(const char *const *answers, size_t n)
{
    g_answers = answers;
    g_n_answers = n;
    g_calls = 0;
    g_n_failures = 0;
}

void scripted_session_fail(int status, unsigned n_calls)
{
    g_failure = status;
    g_n_failures = n_calls;
}

huis_session *scripted_session(void)
{
    return (huis_session *)(void *)&g_handle;
}

const char *scripted_session_last_prompt(void)
{
    return g_prompt;
}

unsigned scripted_session_calls(void)
{
    return g_calls;
}

void huis_generate_options_default(huis_generate_options *out_options)
{
    *out_options = (huis_generate_options){.struct_size = sizeof(*out_options)};
}

int huis_session_generate(huis_session *session, const huis_message *messages, size_t n_messages,
                          const huis_generate_options *options, huis_event_fn on_event, void *user,
                          const huis_result **out_result, huis_error *err)
{
    (void)session;
    const huis_event read = {.kind = HUIS_EVENT_PREFILL, .n_done = 100, .n_total = 100};
    const huis_message *const last = &messages[n_messages - 1];
    const size_t len =
        last->text_bytes < sizeof(g_prompt) - 1 ? last->text_bytes : sizeof(g_prompt) - 1;
    memcpy(g_prompt, last->text, len);
    g_prompt[len] = '\0';
    if (g_n_failures > 0) {
        g_n_failures--;
        err->status = g_failure;
        return g_failure;
    }
    if (on_event != NULL && !on_event(user, &read)) {
        err->status = HUIS_E_CANCELLED;
        return HUIS_E_CANCELLED;
    }
    const uint32_t n = options->n_candidates > 1 ? options->n_candidates : 1;
    g_result = (huis_result){.candidates = g_candidates,
                             .usage = {.prompt_tokens = 100, .output_tokens = 10}};
    while (g_result.n_candidates < n && g_result.n_candidates < MAX_CANDIDATES) {
        const char *text = g_prompt;
        if (g_answers != NULL && g_n_answers > 0) {
            text = g_answers[g_calls < g_n_answers ? g_calls : g_n_answers - 1];
        }
        g_calls++;
        g_candidates[g_result.n_candidates++] =
            (huis_candidate){.text = text, .text_bytes = strlen(text)};
    }
    *out_result = &g_result;
    return HUIS_OK;
}
