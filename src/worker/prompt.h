/*
 * prompt.h - messages to the tokens of a prompt, by the model's own chat template or raw.
 */
#ifndef HUIS_WORKER_PROMPT_H
#define HUIS_WORKER_PROMPT_H

#include <stdbool.h>
#include <stddef.h>

#include "chat/chat.h"
#include "huis/error.h"
#include "huis/session.h"
#include "vocab/vocab.h"

/* Appends to `out_ids`. Special tokens come from the template only: message text never becomes one,
 * in a raw prompt neither. `chat` NULL: the file has no template (UNSUPPORTED unless raw). */
int prompt_tokenize(const vocab *v, const chat_template *chat, const huis_message *messages,
                    size_t n_messages, bool raw, token_list *out_ids, huis_error *err);

/* Tokens of the prompt `ids` that its first n_fixed messages alone determine: no token that depends
 * on a later message is among them. 0: the template says nothing of them by themselves. */
uint32_t prompt_fixed_tokens(const vocab *v, const chat_template *chat,
                             const huis_message *messages, size_t n_fixed, const token_list *ids);

#endif
