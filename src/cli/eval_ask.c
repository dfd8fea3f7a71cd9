/*
 * eval_ask.c - the plain question that any user of a model would put, as a yardstick: one sentence that
 * says what is wanted, the whole text, "Summary:"; no system message, no examples, greedy; the answer
 * is then cut to fit (eval/baseline.h).
 *
 * A text that does not fit the context is cut at its end, as a chat program would. With a question on
 * the text, the text comes first, so that several questions on one text share its prefill.
 */
#include "cli/eval_summaries.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/limits.h"
#include "document/document.h"
#include "eval/baseline.h"

enum {
    TOKENS_PER_WORD = 4,
    EXTRA_TOKENS = 24,
    EXTRA_WORDS = 4,       /* a label, which is taken away */
    PROMPT_TOKENS = 160,   /* of the template and the question */
    PROMPT_BYTES = 4 << 20 /* more than any context holds */
};

/* What stands before the sort of text, between it and the number of words, and after that. */
typedef struct question {
    const char *before, *between, *after;
} question;

/* By kind, English and French. */
static const question QUESTIONS[][2] = {
    {{"", "", ""}, {"", "", ""}},
    {{"Summarize this ", " in at most ", " words."}, {"Résume ce ", " en ", " mots au plus."}},
    {{"List the key points of this ", " in at most ", " words."},
     {"Donne les points clés de ce ", " en ", " mots au plus."}},
    {{"Write a title for this ", " in at most ", " words."},
     {"Écris un titre pour ce ", " en ", " mots au plus."}},
    {{"List what is to be done after this ", " in at most ", " words."},
     {"Donne ce qui est à faire après ce ", " en ", " mots au plus."}},
};
static const question SUBJECT[2] = {{"Write a subject line for this ", " in at most ", " words."},
                                    {"Écris un objet pour ce ", " en ", " mots au plus."}};
static const question FOCUS[2] = {
    {"Answer this question about the ", " above in at most ", " words: "},
    {"Réponds à cette question sur ce ", " en ", " mots au plus : "}};

static const char *text_name(huis_genre genre, bool french)
{
    if (genre == HUIS_GENRE_MAIL) {
        return french ? "courriel" : "e-mail";
    }
    if (genre == HUIS_GENRE_DIALOGUE) {
        return french ? "dialogue" : "conversation";
    }
    return "article";
}

/* What the answer is called, at the end of the prompt: without it a small model goes on with the
 * text, a dialogue above all (measured: docs/quality.md). */
static const char *cue(const eval_outcome *o, bool french)
{
    if (o->kind != HUIS_SUMMARY_HEADLINE) {
        return french ? "Résumé :" : "Summary:";
    }
    if (o->set->genre == HUIS_GENRE_MAIL) {
        return french ? "Objet :" : "Subject line:";
    }
    return french ? "Titre :" : "Title:";
}

/* The instruction in the set's language. */
static bool append_question(buffer *out, const eval_outcome *o, const char *focus)
{
    const bool french = strcmp(o->set->language, "fr") == 0;
    const size_t kind = (size_t)o->kind < sizeof(QUESTIONS) / sizeof(QUESTIONS[0])
                            ? (size_t)o->kind
                            : (size_t)HUIS_SUMMARY_TLDR;
    const question *q = &QUESTIONS[kind][french];
    if (focus != NULL) {
        q = &FOCUS[french];
    } else if (o->kind == HUIS_SUMMARY_HEADLINE && o->set->genre == HUIS_GENRE_MAIL) {
        q = &SUBJECT[french];
    }
    return buffer_printf(out, "%s%s%s%u%s%s", q->before, text_name(o->set->genre, french),
                         q->between, o->max_words, q->after, focus != NULL ? focus : "");
}

static uint32_t answer_tokens(const eval_outcome *o)
{
    return o->max_words * TOKENS_PER_WORD + EXTRA_TOKENS;
}

/* The start of the text that leaves room for question and answer. */
static int fit(const eval_run *run, const eval_outcome *o, span text, span *out, huis_error *err)
{
    const uint32_t reserved = answer_tokens(o) + PROMPT_TOKENS;
    const uint32_t room =
        run->info.context_length > reserved ? run->info.context_length - reserved : 0;
    uint32_t n_tokens = 0;
    RETURN_IF_ERROR(huis_session_count_tokens(run->plain, text.ptr, text.len, &n_tokens, err));
    while (n_tokens > room) {
        /* Tokens are not spread evenly: a little less, and counted again. */
        const size_t n_words = document_count_words(text);
        const size_t fewer = (size_t)((double)n_words * room / n_tokens * 0.99);
        text = baseline_lead_cut(text, fewer < n_words ? fewer : n_words - 1);
        if (fewer == 0) {
            return error_set(err, HUIS_E_CONTEXT_FULL, "a context of %u tokens is too short to ask",
                             run->info.context_length);
        }
        RETURN_IF_ERROR(huis_session_count_tokens(run->plain, text.ptr, text.len, &n_tokens, err));
    }
    *out = text;
    return HUIS_OK;
}

static int append_prompt(buffer *out, const eval_run *run, const eval_outcome *o,
                         const eval_item *item, huis_error *err)
{
    span text;
    RETURN_IF_ERROR(fit(run, o, item->text, &text, err));
    const bool french = strcmp(o->set->language, "fr") == 0;
    bool ok = true;
    if (item->focus == NULL) {
        ok = append_question(out, o, NULL) && buffer_append_string(out, "\n\n");
    }
    ok = ok && buffer_append(out, text) && buffer_append_string(out, "\n\n");
    ok = ok && (item->focus != NULL ? append_question(out, o, item->focus)
                                    : buffer_append_string(out, cue(o, french)));
    return ok ? HUIS_OK : error_no_memory(err, "a prompt");
}

/* Notes when the first text came; ends the answer on Ctrl-C. */
static bool on_event(void *user, const huis_event *event)
{
    int64_t *const first_us = user;
    if (event->kind == HUIS_EVENT_TEXT && *first_us == 0) {
        *first_us = clock_monotonic_us();
    }
    return !eval_is_interrupted();
}

static int generate(const eval_run *run, const eval_outcome *o, const buffer *prompt,
                    eval_answer *out, const char **out_text, huis_error *err)
{
    const huis_message message = {"user", prompt->ptr, prompt->len};
    const huis_result *result = NULL;
    huis_generate_options options;
    huis_generate_options_default(&options);
    options.no_logprob = true;
    options.max_tokens = answer_tokens(o);
    options.max_words = o->max_words + EXTRA_WORDS;
    int64_t first_us = 0;
    const int64_t start_us = clock_monotonic_us();
    RETURN_IF_ERROR(huis_session_generate(run->plain, &message, 1, &options, on_event, &first_us,
                                          &result, err));
    const int64_t end_us = clock_monotonic_us();
    out->seconds = (double)(end_us - start_us) / 1e6;
    out->first_seconds = (double)((first_us > 0 ? first_us : end_us) - start_us) / 1e6;
    *out_text = result->candidates[0].text;
    return HUIS_OK;
}

int eval_ask(const eval_run *run, const eval_outcome *o, const eval_item *item, arena *memory,
             eval_answer *out, huis_error *err)
{
    buffer prompt, text;
    const char *answer = "";
    buffer_init(&prompt, PROMPT_BYTES);
    buffer_init(&text, PROMPT_BYTES);
    int status = append_prompt(&prompt, run, o, item, err);
    if (status == HUIS_OK) {
        status = generate(run, o, &prompt, out, &answer, err);
    }
    if (status == HUIS_OK) {
        const bool ok = baseline_append_answer(&text, span_from_string(answer), o->max_words,
                                               o->kind == HUIS_SUMMARY_HEADLINE);
        out->text = ok ? arena_copy(memory, buffer_span(&text)) : NULL;
        status = out->text != NULL ? HUIS_OK : error_no_memory(err, "an answer");
    }
    buffer_deinit(&prompt);
    buffer_deinit(&text);
    return status;
}
