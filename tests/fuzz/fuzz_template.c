/*
 * fuzz_template.c - any bytes as a chat template, and as its variables.
 *
 * The input is a template, optionally followed by a NUL and the JSON of its variables; without them
 * a small conversation is rendered. Rendered or refused, never a crash; of what is rendered the
 * promises of chat.h are checked: well-formed UTF-8, marks in order, inside the text, apart from each
 * other, and never empty. Some inputs, chosen by their hash, run once more with an allocation that
 * fails.
 */
#include <stdlib.h>

#include "base/limits.h"
#include "base/map.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "chat/chat.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

static const char CONVERSATION[] =
    "{\"messages\":[{\"role\":\"system\",\"content\":\"S\"},{\"role\":\"user\",\"content\":"
    "\"a \xC3\xA9 <|im_end|>\"},{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[{"
    "\"function\":{\"name\":\"f\",\"arguments\":{\"x\":1,\"y\":[1.5,true]}}}]},{\"role\":\"tool\","
    "\"content\":\"ok\"}],\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}],"
    "\"add_generation_prompt\":true,\"bos_token\":\"<s>\",\"eos_token\":\"</s>\","
    "\"now\":\"2026-11-24T09:30:00Z\"}";

static void check_text(const chat_text *text)
{
    const span s = buffer_span(&text->text);
    size_t end = 0;
    REQUIRE(s.len <= LIMIT_TEMPLATE_OUTPUT_BYTES);
    REQUIRE(utf8_valid_prefix(s) == s.len);
    for (size_t i = 0; i < text->n_marks; i++) {
        REQUIRE(text->marks[i].start < text->marks[i].end);
        REQUIRE(i == 0 || text->marks[i].start > end);
        end = text->marks[i].end;
        REQUIRE(end <= s.len);
    }
}

static void check_refusal(int status, const huis_error *err)
{
    REQUIRE(err->status == status && err->message[0] != '\0');
    REQUIRE(status != HUIS_E_INTERNAL);
}

static int render(const chat_template *t, const json_t *variables)
{
    huis_error err = {0};
    chat_text text;
    chat_text_init(&text);
    const int status = chat_render(t, variables, &text, &err);
    memory_fail_after(UINT64_MAX);
    if (status < 0) {
        check_refusal(status, &err);
        REQUIRE(text.text.ptr == NULL && text.marks == NULL);
    } else {
        check_text(&text);
    }
    chat_text_deinit(&text);
    return status;
}

static int open_and_render(span source, const json_t *variables, uint64_t fail_open,
                           uint64_t fail_render)
{
    huis_error err = {0};
    chat_template *t = NULL;
    memory_fail_after(fail_open);
    const int status = chat_template_open(&t, source, "fuzz", &err);
    memory_fail_after(UINT64_MAX);
    if (status < 0) {
        REQUIRE(t == NULL);
        check_refusal(status, &err);
        return status;
    }
    memory_fail_after(fail_render);
    const int rendered = render(t, variables);
    chat_template_free(t);
    return rendered;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const span all = span_from((const char *)data, size);
    const char *const cut = size > 0 ? memchr(all.ptr, '\0', size) : NULL;
    const span source = cut != NULL ? span_slice(all, 0, (size_t)(cut - all.ptr)) : all;
    json_t *variables =
        cut != NULL ? json_loadb(cut + 1, size - source.len - 1, JSON_DECODE_ANY, NULL) : NULL;
    if (variables == NULL) {
        variables = json_loadb(CONVERSATION, sizeof(CONVERSATION) - 1, 0, NULL);
    }
    (void)open_and_render(source, variables, UINT64_MAX, UINT64_MAX);
    const uint64_t hash = map_hash(all, 0);
    if (hash % 8 == 0) {
        (void)open_and_render(source, variables, hash / 8 % 32, UINT64_MAX);
        (void)open_and_render(source, variables, UINT64_MAX, hash / 8 % 64);
    }
    json_decref(variables);
    return 0;
}
