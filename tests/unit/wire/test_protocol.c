/*
 * test_protocol.c - every message comes back as it went, and no field may be missing or wrong.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <math.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/limits.h"
#include "protocol_check.h"
#include "wire/protocol.h"

static const char *const STOP[] = {"\n\n", "fin."};
static const huis_message MESSAGES[] = {{"system", "Be brief.", 9}, {"user", "a\0b é", 6}};
static const span TEXTS[] = {{"one", 3}, {"", 0}, {"x\0y", 3}};

static huis_generate_options all_options(void)
{
    return (huis_generate_options){
        .struct_size = sizeof(huis_generate_options),
        .max_tokens = 7,
        .max_words = 8,
        .temperature = 0.7f,
        .top_k = 9,
        .top_p = 0.9f,
        .min_p = 0.05f,
        .repeat_penalty = 1.1f,
        .presence_penalty = -0.5f,
        .frequency_penalty = 0.25f,
        .seed = UINT64_C(0xFEDCBA9876543210),
        .n_candidates = 3,
        .raw = true,
        .stop = STOP,
        .n_stop = 2,
        .copy_source = "Émile 12",
        .copy_source_bytes = 9,
        .keep_order = "\xC3\x89t\xC3\xA9, le 12",
        .keep_order_bytes = 12,
        .n_fixed_messages = 1,
        .no_drafts = true,
        .no_logprob = true,
    };
}

/* One good message of each type. */
static json_t *make_message(uint32_t type)
{
    const protocol_generate generate = {MESSAGES, 2, all_options()};
    const protocol_score score = {MESSAGES, 2, TEXTS, 3};
    const protocol_open open = {SPAN("m.gguf"), 2, 4096, SPAN("avx2"), true, SPAN("00ff"), 9};
    const protocol_ready ready = {.name = SPAN("n"),
                                  .family = SPAN("f"),
                                  .quantisation = SPAN("q"),
                                  .level = SPAN("l"),
                                  .n_threads = 1,
                                  .context_length = 2,
                                  .trained_context_length = 3,
                                  .n_vocab = 4,
                                  .missing_fences = SPAN("landlock"),
                                  .is_attached = true};
    const protocol_prefix prefix = {SPAN("0123456789abcdef0123456789abcdef"), 77};
    const protocol_candidate candidate = {
        1, HUIS_FINISH_LENGTH, 4, -2.5, {1, 2, 3, 4.5, 5.5, 6, 7}};
    huis_error error;
    (void)error_set_at(&error, HUIS_E_BAD_FILE, 77, "m.gguf: wrong");
    switch ((protocol_type)type) {
    case PROTOCOL_GENERATE:
        return protocol_write_generate(&generate);
    case PROTOCOL_SCORE:
        return protocol_write_score(&score);
    case PROTOCOL_OPEN:
        return protocol_write_open(&open);
    case PROTOCOL_CONNECT:
        return protocol_write_connect(&(protocol_connect){SPAN("some caller")});
    case PROTOCOL_READY:
        return protocol_write_ready(&ready);
    case PROTOCOL_CANDIDATE:
        return protocol_write_candidate(&candidate);
    case PROTOCOL_ERROR:
        return protocol_write_error(&error);
    case PROTOCOL_PREFIX_WANTED:
    case PROTOCOL_PREFIX_SAVE:
        return protocol_write_prefix(&prefix);
    case PROTOCOL_PREFIX_PART:
    case PROTOCOL_PREFIX_END:
    case PROTOCOL_COUNT:
    case PROTOCOL_CANCEL:
    case PROTOCOL_PREFILL:
    case PROTOCOL_TEXT:
    case PROTOCOL_RESULT:
    case PROTOCOL_SCORES:
    case PROTOCOL_COUNTED:
    default:
        return NULL;
    }
}

static const uint32_t TYPES[] = {PROTOCOL_GENERATE, PROTOCOL_SCORE,         PROTOCOL_OPEN,
                                 PROTOCOL_CONNECT,  PROTOCOL_READY,         PROTOCOL_CANDIDATE,
                                 PROTOCOL_ERROR,    PROTOCOL_PREFIX_WANTED, PROTOCOL_PREFIX_SAVE};

static void a_request_comes_back_as_it_went(void **state)
{
    (void)state;
    protocol_generate m;
    arena memory;
    arena_init(&memory, LIMIT_REQUEST_MEMORY_BYTES);
    json_t *const json = make_message(PROTOCOL_GENERATE);
    const huis_generate_options sent = all_options();
    assert_int_equal(protocol_read_generate(json, &memory, &m, NULL), HUIS_OK);
    assert_int_equal(m.n_messages, 2);
    assert_string_equal(m.messages[0].role, "system");
    assert_int_equal(m.messages[1].text_bytes, 6);
    assert_memory_equal(m.messages[1].text, "a\0b é", 6);
    assert_true(m.options.seed == sent.seed);
    assert_true(m.options.temperature == sent.temperature && m.options.top_p == sent.top_p &&
                m.options.min_p == sent.min_p && m.options.repeat_penalty == sent.repeat_penalty &&
                m.options.presence_penalty == sent.presence_penalty &&
                m.options.frequency_penalty == sent.frequency_penalty);
    assert_int_equal(m.options.max_tokens, 7);
    assert_int_equal(m.options.max_words, 8);
    assert_int_equal(m.options.top_k, 9);
    assert_int_equal(m.options.n_candidates, 3);
    assert_true(m.options.raw);
    assert_int_equal(m.options.n_stop, 2);
    assert_string_equal(m.options.stop[1], "fin.");
    assert_int_equal(m.options.copy_source_bytes, 9);
    assert_int_equal(m.options.keep_order_bytes, 12);
    assert_string_equal(m.options.keep_order, sent.keep_order);
    assert_int_equal(m.options.n_fixed_messages, 1);
    assert_true(m.options.no_drafts);
    assert_true(m.options.no_logprob);
    arena_deinit(&memory);
    json_decref(json);
}

static void every_message_survives_a_round_trip(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(TYPES) / sizeof(TYPES[0]); i++) {
        json_t *const json = make_message(TYPES[i]);
        bool is_same = false;
        assert_non_null(json);
        assert_true(protocol_check_round_trip(TYPES[i], json, &is_same));
        assert_true(is_same);
        json_decref(json);
    }
}

/* The value of `key` in an object, or in its "options", with every value that is wrong for all. */
static void spoil(uint32_t type, json_t *message, json_t *owner)
{
    json_t *const wrong[] = {NULL, json_integer(-1), json_real(0.5), json_object(),
                             json_integer(INT64_C(1) << 40)};
    const char *key = NULL;
    json_t *value = NULL;
    json_t *const copy = json_deep_copy(owner);
    json_object_foreach(copy, key, value)
    {
        for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
            const bool is_float_key = json_is_real(value);
            const bool is_offset = strcmp(key, "offset") == 0;
            const bool is_good = (is_float_key && i != 0 && i != 3) || is_offset;
            bool is_same = false;
            if (is_good) {
                continue;
            }
            (void)json_object_del(owner, key);
            if (wrong[i] != NULL) {
                (void)json_object_set(owner, key, wrong[i]);
            }
            if (protocol_check_round_trip(type, message, &is_same)) {
                const bool is_status = strcmp(key, "status") == 0 && i == 1;
                if (!is_status) {
                    fail_msg("type %u accepts a wrong \"%s\" (%zu)", type, key, i);
                }
            }
            (void)json_object_set(owner, key, value);
        }
    }
    json_decref(copy);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        json_decref(wrong[i]);
    }
}

static void no_field_may_be_missing_or_wrong(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(TYPES) / sizeof(TYPES[0]); i++) {
        json_t *const json = make_message(TYPES[i]);
        spoil(TYPES[i], json, json);
        if (TYPES[i] == PROTOCOL_GENERATE) {
            spoil(TYPES[i], json, json_object_get(json, "options"));
        }
        json_decref(json);
    }
}

static void options_out_of_range_are_named(void **state)
{
    (void)state;
    const struct {
        const char *name;
        huis_generate_options options;
    } cases[] = {
        {"temperature", {.temperature = -1, .top_p = 1, .repeat_penalty = 1, .n_candidates = 1}},
        {"temperature", {.temperature = NAN, .top_p = 1, .repeat_penalty = 1, .n_candidates = 1}},
        {"top_p", {.top_p = INFINITY, .repeat_penalty = 1, .n_candidates = 1}},
        {"min_p", {.top_p = 1, .min_p = 2, .repeat_penalty = 1, .n_candidates = 1}},
        {"repeat_penalty", {.top_p = 1, .repeat_penalty = 0, .n_candidates = 1}},
        {"n_candidates", {.top_p = 1, .repeat_penalty = 1, .n_candidates = 0}},
        {"n_candidates", {.top_p = 1, .repeat_penalty = 1, .n_candidates = LIMIT_CANDIDATES + 1}},
        {"n_stop",
         {.top_p = 1, .repeat_penalty = 1, .n_candidates = 1, .n_stop = LIMIT_STOP_STRINGS + 1}},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        huis_error err = {0};
        assert_int_equal(protocol_check_options(&cases[i].options, &err), HUIS_E_BAD_ARGUMENT);
        assert_non_null(strstr(err.message, cases[i].name));
    }
}

/* Control characters of a hostile worker do not reach a terminal. */
static void an_error_message_is_tidied(void **state)
{
    (void)state;
    json_t *const json = json_pack("{s:i, s:s, s:n}", "status", HUIS_E_BAD_FILE, "message",
                                   "a\x1b[2Jb\nc", "offset");
    huis_error told = {0};
    assert_int_equal(protocol_read_error(json, &told, NULL), HUIS_OK);
    assert_string_equal(told.message, "a?[2Jb?c");
    assert_true(told.offset == UINT64_MAX);
    json_decref(json);
}

static void infinite_log_probabilities_travel(void **state)
{
    (void)state;
    const protocol_candidate sent = {.finish = HUIS_FINISH_STOP, .logprob = -INFINITY};
    protocol_candidate got;
    json_t *const json = protocol_write_candidate(&sent);
    assert_non_null(json);
    assert_int_equal(protocol_read_candidate(json, &got, NULL), HUIS_OK);
    assert_true(got.logprob <= -1e300);
    json_decref(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_comes_back_as_it_went),
        cmocka_unit_test(every_message_survives_a_round_trip),
        cmocka_unit_test(no_field_may_be_missing_or_wrong),
        cmocka_unit_test(options_out_of_range_are_named),
        cmocka_unit_test(an_error_message_is_tidied),
        cmocka_unit_test(infinite_log_probabilities_travel),
    };
    return cmocka_run_group_tests_name("protocol", tests, NULL, NULL);
}
