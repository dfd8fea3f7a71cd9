/*
 * chat.h - a model's own chat template (a Jinja subset) and the tokens of a rendered chat.
 *
 * The interpreter has limits on steps, depth and output (base/limits.h), no access to anything but
 * its inputs, and remembers which output bytes came from message text: those are tokenised as plain
 * text, so that a special token written by a user stays plain text.
 */
#ifndef HUIS_CHAT_CHAT_H
#define HUIS_CHAT_CHAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "base/buffer.h"
#include "base/span.h"
#include "huis/error.h"
#include "vocab/vocab.h"

typedef struct chat_template chat_template;

/* Parses once; immutable afterwards. `name` is for messages, err->offset is into `source`. */
int chat_template_open(chat_template **out_template, span source, const char *name,
                       huis_error *err);
chat_template *chat_template_free(chat_template *t);

/* A run of output bytes that came from a message, a tool or another input. */
typedef vocab_range chat_mark;

typedef struct chat_text {
    buffer text;
    chat_mark *marks; /* in order, not overlapping */
    size_t n_marks;
    size_t marks_capacity;
} chat_text;

void chat_text_init(chat_text *t);
void chat_text_deinit(chat_text *t);

/* Renders with the given variables: a JSON object such as {"messages":[{"role","content"}],
 * "tools":[...], "bos_token":"...", "eos_token":"...", "add_generation_prompt":true}. The values of
 * bos_token and eos_token are trusted; every other string, number and key is marked. Key order is
 * kept. No clock is read: "now" (RFC 3339) is the time of strftime_now, which is undefined without.
 * A template that refuses the conversation (raise_exception) is HUIS_E_BAD_ARGUMENT with the
 * template's own words; a budget that runs out is HUIS_E_LIMIT; a fault of the template,
 * HUIS_E_BAD_FILE. *out (after chat_text_init) is replaced on success only. */
int chat_render(const chat_template *t, const json_t *variables, chat_text *out, huis_error *err);

/* Appends the tokens of a rendered chat, without adding bos or eos. A special token is recognised
 * only where no byte of it is marked; text on both sides of a mark's border is tokenised together, so
 * that inputs without special spellings give the same tokens as the plain text would. */
int chat_tokenize(const vocab *v, const chat_text *text, token_list *out_ids, huis_error *err);

#endif
