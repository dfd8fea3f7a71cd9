/*
 * prompt.c - see prompt.h.
 */
#include "worker/prompt.h"

#include <jansson.h>

#include "base/error.h"

static json_t *piece(const vocab *v, int32_t id)
{
    const span text = id == VOCAB_NONE ? SPAN("") : vocab_piece(v, id);
    return json_stringn(text.ptr != NULL ? text.ptr : "", text.len);
}

/* What Hugging Face gives a template. A NUL cannot be told from an end by every consumer, and no
 * tokenizer has one: such text is refused by json_stringn's caller, not here. */
static json_t *make_variables(const vocab *v, const huis_message *messages, size_t n_messages,
                              bool asks)
{
    json_t *const list = json_array();
    for (size_t i = 0; i < n_messages; i++) {
        json_t *const message = json_pack("{s:s, s:o}", "role", messages[i].role, "content",
                                          json_stringn(messages[i].text, messages[i].text_bytes));
        if (json_array_append_new(list, message) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    const vocab_special *const special = vocab_specials(v);
    return json_pack("{s:o, s:o, s:o, s:b}", "messages", list, "bos_token", piece(v, special->bos),
                     "eos_token", piece(v, special->eos), "add_generation_prompt", (int)asks);
}

/* The file may ask for a first token that its template leaves to the tokenizer. */
static int tokenize_chat(const vocab *v, const chat_text *text, token_list *out_ids,
                         huis_error *err)
{
    const vocab_special *const special = vocab_specials(v);
    const size_t first = out_ids->count;
    RETURN_IF_ERROR(chat_tokenize(v, text, out_ids, err));
    const bool wants_bos = special->add_bos && special->bos != VOCAB_NONE;
    const bool has_bos = out_ids->count > first && out_ids->ids[first] == special->bos;
    if (!wants_bos || has_bos) {
        return HUIS_OK;
    }
    if (!token_list_push(out_ids, special->bos)) {
        return error_no_memory(err, "the prompt");
    }
    for (size_t i = out_ids->count - 1; i > first; i--) {
        out_ids->ids[i] = out_ids->ids[i - 1];
    }
    out_ids->ids[first] = special->bos;
    return HUIS_OK;
}

static int tokenize_raw(const vocab *v, const huis_message *messages, size_t n_messages,
                        token_list *out_ids, huis_error *err)
{
    if (n_messages != 1) {
        return error_set(err, HUIS_E_BAD_ARGUMENT, "a raw prompt is one message, not %zu",
                         n_messages);
    }
    const vocab_encode_options options = {.parse_special = false, .add_special = true};
    return vocab_encode(v, span_from(messages[0].text, messages[0].text_bytes), &options, out_ids,
                        err);
}

/* `asks`: the answer is to begin after it. */
static int tokenize_messages(const vocab *v, const chat_template *chat,
                             const huis_message *messages, size_t n_messages, bool asks,
                             token_list *out_ids, huis_error *err)
{
    json_t *const variables = make_variables(v, messages, n_messages, asks);
    if (variables == NULL) {
        return error_no_memory(err, "the messages");
    }
    chat_text text;
    chat_text_init(&text);
    int status = chat_render(chat, variables, &text, err);
    if (status == HUIS_OK) {
        status = tokenize_chat(v, &text, out_ids, err);
    }
    chat_text_deinit(&text);
    json_decref(variables);
    return status;
}

int prompt_tokenize(const vocab *v, const chat_template *chat, const huis_message *messages,
                    size_t n_messages, bool raw, token_list *out_ids, huis_error *err)
{
    if (raw) {
        return tokenize_raw(v, messages, n_messages, out_ids, err);
    }
    if (chat == NULL) {
        return error_set(err, HUIS_E_UNSUPPORTED,
                         "the model has no chat template: use a raw prompt (--raw)");
    }
    return tokenize_messages(v, chat, messages, n_messages, true, out_ids, err);
}

/* What both have in common comes from the fixed messages, because the other has nothing else. A
 * template that refuses them alone costs the checkpoint, not the answer. */
uint32_t prompt_fixed_tokens(const vocab *v, const chat_template *chat,
                             const huis_message *messages, size_t n_fixed, const token_list *ids)
{
    token_list fixed;
    size_t n = 0;
    token_list_init(&fixed);
    if (chat != NULL &&
        tokenize_messages(v, chat, messages, n_fixed, false, &fixed, NULL) == HUIS_OK) {
        while (n < fixed.count && n < ids->count && fixed.ids[n] == ids->ids[n]) {
            n++;
        }
    }
    token_list_deinit(&fixed);
    return (uint32_t)n;
}
