/*
 * chat_tokens.c - a rendered chat to token ids.
 *
 * The marks of chat_render are exactly the ranges in which the tokenizer must not recognise special
 * tokens: what a user writes can then never open or close a turn, whatever the template did with it
 * (trimmed, split, escaped, joined), because marks follow the bytes.
 */
#include "chat/chat.h"

int chat_tokenize(const vocab *v, const chat_text *text, token_list *out_ids, huis_error *err)
{
    const vocab_encode_options options = {.parse_special = true, .add_special = false};
    return vocab_encode_mixed(v, buffer_span(&text->text), text->marks, text->n_marks, &options,
                              out_ids, err);
}
