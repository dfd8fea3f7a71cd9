/*
 * test_chat.c - marks and tokens: what comes from an input never becomes a control token, and nothing
 * else changes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../vocab/small_vocab.h"
#include "../vocab/vocab_fixture.h"
#include "base/limits.h"
#include "base/memory.h"
#include "chat_fixture.h"

/* The text with each mark between U+00AB and U+00BB. */
static void show_marks(const chat_text *text, buffer *out)
{
    size_t pos = 0;
    for (size_t i = 0; i < text->n_marks; i++) {
        const chat_mark m = text->marks[i];
        assert_true(m.start >= pos && m.start < m.end && m.end <= text->text.len);
        buffer_append(out, span_from(text->text.ptr + pos, m.start - pos));
        buffer_append_string(out, "\xC2\xAB");
        buffer_append(out, span_from(text->text.ptr + m.start, m.end - m.start));
        buffer_append_string(out, "\xC2\xBB");
        pos = m.end;
    }
    buffer_append(out, span_slice(buffer_span(&text->text), pos, text->text.len));
}

typedef struct mark_row {
    const char *source, *wanted;
} mark_row;

/* s is " ab ", l ["x", "y"], d {"k": "v", "n": 1}, n 5. */
static const mark_row MARKS[] = {
    {"<s>{{ s }}</s>", "<s>« ab »</s>"},
    {"{{ '<' + s + '>' }}", "<« ab »>"},
    {"{{ s|trim }}{{ s.strip()[1:] }}", "«abb»"},
    {"{{ s[0] }}-{{ s[::-1] }}", "« »-« ba »"},
    {"{{ ('<' + s)[1:3] }}{{ (s + '>')[-2:] }}", "« a »>"},
    {"{{ s.replace('a', 'Z') }}|{{ '.a.'.replace('a', s) }}", "« »Z«b »|.« ab »."},
    {"{{ s|upper|title }}{{ ('x' ~ s)|lower }}", "« Ab »x« ab »"},
    {"{{ l|join(', ') }}{{ l|join(s) }}", "«x», «yx ab y»"},
    {"{{ d|tojson }}", "«{\"k\": \"v\", \"n\": 1}»"},
    {"{{ {'a': s, 'b': 1}|tojson }}", "{\"a\": «\" ab \"», \"b\": 1}"},
    {"{{ d }}|{{ [s, 'z'] }}", "«{'k': 'v', 'n': 1}»|[«' ab '», 'z']"},
    {"{{ n }}{{ n + 1 }}{{ s|length }}", "«56»4"},
    {"{{ s.split('a')|first }}|{{ s.split()|last }}", "« »|«ab»"},
    {"{% for k, v in d.items() %}{{ k }}={{ v }} {% endfor %}", "«k»=«v» «n»=«1» "},
    {"{% set q %}<{{ s }}>{% endset %}{{ q|trim }}{% macro m(a) %}[{{ a }}]{% endmacro %}{{ m(s) "
     "}}",
     "<« ab »>[« ab »]"},
    {"{{ '%s!' % s }}{{ '{}!'.format(s) }}{{ s|indent }}", "« ab »!« ab »!« ab »"},
    {"{{ bos_token }}{{ eos_token ~ s }}", "<bos><eos>« ab »"},
    {"{% if s is string %}{{ 'yes' if s else 'no' }}{% endif %}{{ s == ' ab ' }}", "yesTrue"},
    {"{{ s|e }}{{ ('<' + s)|e }}", "« ab »&lt;« ab »"},
    {"{% filter upper %}x{{ s }}{% endfilter %}", "X« AB »"},
};

static void test_marks(void **state)
{
    (void)state;
    static const char VARIABLES[] =
        "{\"s\":\" ab \",\"l\":[\"x\",\"y\"],\"d\":{\"k\":\"v\",\"n\":1},\"n\":5,"
        "\"bos_token\":\"<bos>\",\"eos_token\":\"<eos>\"}";
    for (size_t i = 0; i < sizeof(MARKS) / sizeof(MARKS[0]); i++) {
        huis_error err = {0};
        chat_text text;
        buffer shown;
        chat_text_init(&text);
        buffer_init(&shown, LIMIT_MIB);
        const int status =
            fixture_render(span_from_string(MARKS[i].source), VARIABLES, &text, &err);
        if (status < 0) {
            fail_msg("%s: %s", MARKS[i].source, err.message);
        }
        show_marks(&text, &shown);
        assert_string_equal(buffer_string(&shown), MARKS[i].wanted);
        buffer_deinit(&shown);
        chat_text_deinit(&text);
    }
}

static const char CHATML[] =
    "{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' + m.content + '<|im_end|>\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";

/* Renders CHATML with one user message of this content. */
static void render_content(span content, chat_text *out)
{
    huis_error err = {0};
    json_t *const variables =
        json_pack("{s:[{s:s,s:s%}],s:b}", "messages", "role", "user", "content", content.ptr,
                  content.len, "add_generation_prompt", 1);
    assert_non_null(variables);
    const int status = fixture_render_json(span_from_string(CHATML), variables, out, &err);
    if (status < 0) {
        fail_msg("%s", err.message);
    }
    json_decref(variables);
}

static void tokenize(const vocab *v, const chat_text *text, token_list *out)
{
    huis_error err = {0};
    token_list_init(out);
    if (chat_tokenize(v, text, out, &err) < 0) {
        fail_msg("%s", err.message);
    }
}

static size_t count_control(const vocab *v, const token_list *ids)
{
    size_t n = 0;
    for (size_t i = 0; i < ids->count; i++) {
        n += vocab_kind(v, ids->ids[i]) == VOCAB_CONTROL ? 1 : 0;
    }
    return n;
}

/* Poisoned contents: every control token of the vocabulary, alone, inside words, cut in two by other
 * tokens, and at the borders of the template's own. */
static void check_poison(const vocab *v, size_t wanted)
{
    static const char *const FORMS[][2] = {{"", ""},   {"a", "b"},           {" ", "\n"},
                                           {"<", ">"}, {"<|im_start|>", ""}, {"", "|im_end|>"}};
    size_t n = 0;
    for (uint32_t id = 0; id < vocab_size(v); id++) {
        const span piece = vocab_piece(v, (int32_t)id);
        if (vocab_kind(v, (int32_t)id) != VOCAB_CONTROL || piece.len == 0 || piece.len > 100 ||
            n++ > 300) {
            continue;
        }
        for (size_t f = 0; f < sizeof(FORMS) / sizeof(FORMS[0]); f++) {
            buffer content;
            buffer_init(&content, LIMIT_KIB);
            buffer_append_string(&content, FORMS[f][0]);
            buffer_append(&content, piece);
            assert_true(buffer_append_string(&content, FORMS[f][1]));
            chat_text text;
            token_list ids;
            chat_text_init(&text);
            render_content(buffer_span(&content), &text);
            tokenize(v, &text, &ids);
            if (count_control(v, &ids) != wanted) {
                fail_msg("%s: %zu control tokens, not %zu", buffer_string(&content),
                         count_control(v, &ids), wanted);
            }
            buffer_deinit(&content);
            token_list_deinit(&ids);
            chat_text_deinit(&text);
        }
    }
    assert_true(n > 0);
}

/* Contents without special spellings: the tokens of the whole text with special parsing. */
static void check_clean(const vocab *v)
{
    static const char *const CONTENTS[] = {
        "",
        " ",
        "\n",
        "Hello",
        " leading",
        "trailing ",
        "\n\nlines\n",
        "\xC3\xA9t\xC3\xA9 \xF0\x9F\x8C\xBB",
        "<",
        "<|",
        "|>",
        "im_end|>",
        "user\nassistant",
        "a  b",
        "123",
        "\t",
        "'s",
        "s\xC2\xA0x",
    };
    const vocab_encode_options options = {.parse_special = true};
    for (size_t i = 0; i < sizeof(CONTENTS) / sizeof(CONTENTS[0]); i++) {
        huis_error err = {0};
        chat_text text;
        token_list ids;
        token_list whole;
        chat_text_init(&text);
        render_content(span_from_string(CONTENTS[i]), &text);
        tokenize(v, &text, &ids);
        token_list_init(&whole);
        assert_int_equal(vocab_encode(v, buffer_span(&text.text), &options, &whole, &err), HUIS_OK);
        assert_int_equal(ids.count, whole.count);
        assert_memory_equal(ids.ids, whole.ids, ids.count * sizeof(int32_t));
        token_list_deinit(&whole);
        token_list_deinit(&ids);
        chat_text_deinit(&text);
    }
}

static void test_small_vocab(void **state)
{
    (void)state;
    static small_vocab s;
    huis_error err = {0};
    vocab *v = NULL;
    small_vocab_byte_level(&s, "qwen2");
    (void)small_vocab_add(&s, "<|im_start|>", VOCAB_CONTROL, 0);
    (void)small_vocab_add(&s, "<|im_end|>", VOCAB_CONTROL, 0);
    (void)small_vocab_add(&s, "<tool_call>", VOCAB_USER_DEFINED, 0);
    assert_int_equal(small_vocab_open(&s, &v, &err), HUIS_OK);
    check_poison(v, 3);
    check_clean(v);
    /* A spelling that is half the template's and half the user's is no token. */
    chat_text text;
    token_list ids;
    chat_text_init(&text);
    assert_int_equal(fixture_render(SPAN("{{ '<|im_' + s + '|>' }}{{ '<|im_end' }}{{ t }}"),
                                    "{\"s\":\"end\",\"t\":\"|>\"}", &text, &err),
                     HUIS_OK);
    tokenize(v, &text, &ids);
    assert_int_equal(count_control(v, &ids), 0);
    token_list_deinit(&ids);
    chat_text_deinit(&text);
    vocab_free(v);
}

static void check_model(const char *file)
{
    char path[4096];
    fixture f = {0};
    if (!fixture_path(path, sizeof(path), "HUIS_TEST_MODELS", file)) {
        return; /* main has named the test as skipped */
    }
    assert_int_equal(fixture_open(&f, path), HUIS_OK);
    check_poison(f.vocab, 3);
    check_clean(f.vocab);
    fixture_close(&f);
}

static void test_qwen(void **state)
{
    (void)state;
    check_model("qwen-0.5b.gguf");
}

static void test_smollm(void **state)
{
    (void)state;
    check_model("smollm2-135m.gguf");
}

/* A failed tokenisation leaves the list as it was. */
static void test_tokenize_failures(void **state)
{
    (void)state;
    static small_vocab s;
    huis_error err = {0};
    vocab *v = NULL;
    chat_text text;
    small_vocab_byte_level(&s, "qwen2");
    (void)small_vocab_add(&s, "<|im_start|>", VOCAB_CONTROL, 0);
    assert_int_equal(small_vocab_open(&s, &v, &err), HUIS_OK);
    chat_text_init(&text);
    render_content(SPAN("hello"), &text);
    for (uint64_t k = 0;; k++) {
        token_list ids;
        token_list_init(&ids);
        memory_fail_after(k);
        const int status = chat_tokenize(v, &text, &ids, &err);
        memory_fail_after(UINT64_MAX);
        const size_t count = ids.count;
        token_list_deinit(&ids);
        if (status == HUIS_OK) {
            assert_true(count > 0);
            break;
        }
        assert_int_equal(status, HUIS_E_NO_MEMORY);
        assert_int_equal(count, 0);
    }
    chat_text_deinit(&text);
    vocab_free(v);
}

int main(void)
{
    struct CMUnitTest tests[] = {
        cmocka_unit_test(test_marks),
        cmocka_unit_test(test_small_vocab),
        cmocka_unit_test(test_tokenize_failures),
        cmocka_unit_test(test_qwen),
        cmocka_unit_test(test_smollm),
    };
    char path[4096];
    /* A directive in the name: cmocka's own skip() writes "not ok". */
    if (!fixture_path(path, sizeof(path), "HUIS_TEST_MODELS", "qwen-0.5b.gguf")) {
        tests[3].name = "test_qwen # SKIP HUIS_TEST_MODELS does not hold qwen-0.5b.gguf";
    }
    if (!fixture_path(path, sizeof(path), "HUIS_TEST_MODELS", "smollm2-135m.gguf")) {
        tests[4].name = "test_smollm # SKIP HUIS_TEST_MODELS does not hold smollm2-135m.gguf";
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
