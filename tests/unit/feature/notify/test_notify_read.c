/*
 * test_notify_read.c - JSON Lines to records, contexts to tables, and times.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "base/memory.h"
#include "feature/notify/notify.h"

static huis_notifications *read_all(const char *lines, size_t n_bytes)
{
    huis_notifications *records = NULL;
    huis_error err = {.status = HUIS_OK};
    assert_int_equal(huis_notifications_read(lines, n_bytes, &records, &err), HUIS_OK);
    assert_non_null(records);
    return records;
}

static huis_notifications *read_text(const char *lines)
{
    return read_all(lines, strlen(lines));
}

static void reads_every_field(void **state)
{
    (void)state;
    huis_notifications *records = read_text(
        "\xEF\xBB\xBF{\"id\":\"a\",\"source\":\"dbus\",\"app\":\"Signal\",\"sender\":\"Zo\\u00e9\","
        "\"conversation\":\"Famille\",\"title\":\"Zo\xC3\xA9\",\"body\":\"On mange \\u00e0 8h ?\","
        "\"time\":\"2026-03-03T19:02:11.5+01:00\",\"expires\":\"2026-03-03T20:00:00Z\",\"urgency\":"
        "2,"
        "\"category\":\"im.received\",\"actions\":[\"R\xC3\xA9pondre\",7,\"Lu\"],"
        "\"trust\":\"verified\",\"more\":{}}\r\n\n  \n"
        "{\"id\":\"b\",\"app\":\"Mail\",\"title\":\"x\",\"time\":\"2026-03-03T18:02:11Z\"}");
    assert_int_equal(records->n_items, 2);
    assert_int_equal(records->n_skipped, 0);
    const huis_notification *const a = &records->items[0];
    assert_string_equal(a->sender, "Zo\xC3\xA9");
    assert_string_equal(a->body, "On mange \xC3\xA0 8h ?");
    assert_true(a->time.known && a->expires.known);
    assert_int_equal(a->time.seconds, 1772560931);
    assert_int_equal(a->time.zone_minutes, 60);
    assert_int_equal(a->urgency, 2);
    assert_int_equal(a->trust, HUIS_TRUST_VERIFIED);
    assert_int_equal(a->n_actions, 2);
    assert_string_equal(a->actions[1], "Lu");
    const huis_notification *const b = &records->items[1];
    assert_int_equal(b->time.seconds, a->time.seconds);
    assert_null(b->body);
    assert_null(b->sender);
    assert_int_equal(b->urgency, -1);
    assert_int_equal(b->trust, HUIS_TRUST_UNSTATED);
    (void)huis_notifications_free(records);
}

static void skips_what_is_no_record(void **state)
{
    (void)state;
    static const char *const LINES[] = {
        "hello",
        "[1]",
        "{\"id\":\"q\"",
        "{\"app\":\"A\",\"title\":\"t\",\"time\":\"2026-03-03T10:00:00Z\"}",
        "{\"id\":5,\"app\":\"A\",\"title\":\"t\",\"time\":\"2026-03-03T10:00:00Z\"}",
        "{\"id\":\"c\",\"title\":\"t\",\"time\":\"2026-03-03T10:00:00Z\"}",
        "{\"id\":\"d\",\"app\":\"A\",\"body\":\"\",\"time\":\"2026-03-03T10:00:00Z\"}",
        "{\"id\":\"e\",\"app\":\"A\",\"title\":\"t\"}",
        "{\"id\":\"f\",\"app\":\"A\",\"title\":\"t\",\"time\":\"2026-02-30T10:00:00Z\"}",
        "{\"id\":\"g\",\"app\":\"A\",\"title\":\"t\",\"time\":\"tomorrow\"}",
        "{\"id\":\"h\",\"app\":\"A\",\"title\":\"t\",\"time\":1772560931}",
        "{\"id\":\"ok\",\"app\":\"A\",\"title\":\"t\",\"time\":\"2026-03-03T10:00:00Z\"}",
        "{\"id\":\"ok\",\"app\":\"A\",\"title\":\"again\",\"time\":\"2026-03-03T10:00:00Z\"}",
    };
    char text[4096] = "";
    size_t used = 0;
    for (size_t i = 0; i < sizeof(LINES) / sizeof(LINES[0]); i++) {
        used += (size_t)snprintf(text + used, sizeof(text) - used, "%s\n", LINES[i]);
    }
    huis_notifications *records = read_text(text);
    assert_int_equal(records->n_items, 1);
    assert_string_equal(records->items[0].id, "ok");
    assert_string_equal(records->items[0].title, "t");
    assert_int_equal(records->n_skipped, 12);
    assert_int_equal(records->n_skips, 12);
    assert_int_equal(records->skips[0].line, 1);
    assert_int_equal(records->skips[11].line, 13);
    assert_string_equal(records->skips[3].reason, "no id");
    assert_string_equal(records->skips[11].reason, "an id that was there before");
    (void)huis_notifications_free(records);
}

static void forgives_what_a_record_can_do_without(void **state)
{
    (void)state;
    huis_notifications *records = read_text(
        "{\"id\":\"a\",\"app\":\"A\",\"title\":\"cut \\ud83d and \\u0000 "
        "\xE2\x82\",\"urgency\":\"high\","
        "\"expires\":\"never\",\"trust\":\"maybe\",\"actions\":{},\"sender\":4,\"body\":[1],"
        "\"time\":\"2026-03-03 10:00:00\"}");
    assert_int_equal(records->n_items, 1);
    const huis_notification *const a = &records->items[0];
    assert_string_equal(a->title, "cut \xEF\xBF\xBD and \xEF\xBF\xBD \xEF\xBF\xBD");
    assert_int_equal(a->urgency, -1);
    assert_false(a->expires.known);
    assert_null(a->sender);
    assert_null(a->body);
    assert_int_equal(a->n_actions, 0);
    assert_int_equal(a->time.zone_minutes, 0);
    (void)huis_notifications_free(records);
}

static void cuts_long_bodies_at_a_character(void **state)
{
    (void)state;
    enum { N = 1200000 };
    char *const text = memory_alloc(N + 200, 1);
    assert_non_null(text);
    size_t used = (size_t)snprintf(text, 200,
                                   "{\"id\":\"a\",\"app\":\"A\",\"time\":"
                                   "\"2026-03-03T10:00:00Z\",\"body\":\"x");
    while (used < N) {
        memcpy(text + used, "\xE2\x82\xAC", 3);
        used += 3;
    }
    memcpy(text + used, "\"}", 2);
    huis_notifications *records = read_all(text, used + 2);
    assert_int_equal(records->n_items, 1);
    const size_t len = strlen(records->items[0].body);
    assert_true(len <= LIMIT_NOTIFY_BODY_BYTES && len > LIMIT_NOTIFY_BODY_BYTES - 3);
    assert_int_equal(len % 3, 1);
    (void)huis_notifications_free(records);
    (void)memory_free(text);
}

static void counts_skips_beyond_those_kept(void **state)
{
    (void)state;
    char text[600];
    memset(text, 'x', sizeof(text));
    for (size_t i = 1; i < sizeof(text); i += 2) {
        text[i] = '\n';
    }
    huis_notifications *records = read_all(text, sizeof(text));
    assert_int_equal(records->n_items, 0);
    assert_int_equal(records->n_skips, LIMIT_NOTIFY_SKIPS);
    assert_int_equal(records->n_skipped, 300);
    (void)huis_notifications_free(records);
    records = read_all(NULL, 0);
    assert_int_equal(records->n_items, 0);
    (void)huis_notifications_free(records);
}

static void refuses_more_records_than_the_limit(void **state)
{
    (void)state;
    const size_t each = 100;
    const size_t n = LIMIT_NOTIFY_RECORDS + 1;
    char *const text = memory_alloc(n, each);
    assert_non_null(text);
    size_t used = 0;
    for (size_t i = 0; i < n; i++) {
        used += (size_t)snprintf(text + used, each,
                                 "{\"id\":\"%zu\",\"app\":\"A\",\"title\":\"t\",\"time\":"
                                 "\"2026-03-03T10:00:00Z\"}\n",
                                 i);
    }
    huis_notifications *records = NULL;
    huis_error err = {.status = HUIS_OK};
    assert_int_equal(huis_notifications_read(text, used, &records, &err), HUIS_E_LIMIT);
    assert_non_null(strstr(err.message, "262144"));
    assert_null(records);
    (void)memory_free(text);
}

static void fails_cleanly_without_memory(void **state)
{
    (void)state;
    static const char LINE[] = "{\"id\":\"a\",\"app\":\"A\",\"title\":\"t\",\"actions\":[\"x\"],"
                               "\"time\":\"2026-03-03T10:00:00Z\"}\nbad\n";
    for (uint64_t k = 0; k < 40; k++) {
        huis_notifications *records = NULL;
        huis_error err = {.status = HUIS_OK};
        memory_fail_after(k);
        const int status = huis_notifications_read(LINE, sizeof(LINE) - 1, &records, &err);
        memory_fail_after(UINT64_MAX);
        assert_true(status == HUIS_OK || status == HUIS_E_NO_MEMORY);
        assert_int_equal(status == HUIS_OK, records != NULL);
        (void)huis_notifications_free(records);
    }
}

/* --- contexts --- */

static huis_notify_context *context_of(const char *json)
{
    huis_notify_context *context = NULL;
    huis_error err = {.status = HUIS_OK};
    const int status = huis_notify_context_read(json, strlen(json), &context, &err);
    if (status != HUIS_OK) {
        fail_msg("%s", err.message);
    }
    return context;
}

static void reads_a_whole_context(void **state)
{
    (void)state;
    huis_notify_context *c = context_of(
        "{\"now\":\"2026-03-03T10:00:00+01:00\",\"owner\":\"Lou\",\"languages\":[\"fr\",\"en\"],"
        "\"contacts\":[{\"name\":\"Ma\xC3\xABlle\",\"relation\":\"ma "
        "s\xC5\x93ur\",\"starred\":true,"
        "\"addresses\":[\"m@example.org\"]},{\"relation\":\"nobody\"},{\"name\":\"Bo\"}],"
        "\"calendar\":[{\"title\":\"Dentiste\",\"start\":\"2026-03-03T11:00:00\"},"
        "{\"title\":\"F\xC3\xAAte\",\"start\":\"2026-03-04\"},{\"title\":\"no start\"}],"
        "\"focus\":\"work\",\"apps\":{\"Shop\":{\"shown_30d\":40,\"opened_30d\":1,\"muted\":true}},"
        "\"history\":[{\"app\":\"Signal\",\"sender\":\"Bo\",\"action\":\"replied\","
        "\"time\":\"2026-03-02T10:00:00Z\"},{\"app\":\"Shop\",\"title\":\"Sale\"}],"
        "\"rules\":{\"always\":[\"Alarm\"],\"never\":[\"Shop\"],\"vips\":[\"Bo\"],"
        "\"quiet\":{\"start\":\"22:00\",\"end\":\"07:30\"},\"threshold\":-0.5},\"future\":1}");
    assert_int_equal(c->n_contacts, 2);
    assert_int_equal(c->contacts[0].relation, NOTIFY_RELATION_FAMILY);
    assert_int_equal(c->contacts[0].n_addresses, 1);
    assert_true(c->contacts[0].starred);
    assert_int_equal(c->contacts[1].relation, NOTIFY_RELATION_OTHER);
    assert_int_equal(c->n_calendar, 2);
    assert_int_equal(c->calendar[0].start.seconds, c->now.seconds + 3600);
    assert_true(c->calendar[1].all_day);
    assert_false(c->calendar[1].end.known);
    assert_int_equal(c->focus, NOTIFY_FOCUS_WORK);
    assert_int_equal(c->apps[0].shown_30d, 40);
    assert_true(c->apps[0].muted);
    assert_int_equal(c->n_history, 1);
    assert_int_equal(c->history[0].action, HUIS_VERDICT_REPLIED);
    assert_string_equal(c->rules.never[0], "Shop");
    assert_int_equal(c->rules.quiet_start, 1320);
    assert_int_equal(c->rules.quiet_end, 450);
    assert_true(c->rules.threshold == -0.5);
    (void)huis_notify_context_free(c);
    c = context_of("{}");
    assert_false(c->now.known);
    assert_int_equal(c->rules.quiet_start, -1);
    (void)huis_notify_context_free(c);
}

static void names_the_field_that_is_wrong(void **state)
{
    (void)state;
    static const char *const PAIRS[][2] = {
        {"[]", "JSON object"},
        {"", "JSON"},
        {"{\"now\":\"noon\"}", "\"now\""},
        {"{\"languages\":\"fr\"}", "\"languages\""},
        {"{\"contacts\":{}}", "\"contacts\""},
        {"{\"contacts\":[1]}", "\"contacts\""},
        {"{\"contacts\":[{\"name\":3}]}", "\"name\""},
        {"{\"contacts\":[{\"name\":\"B\",\"starred\":\"yes\"}]}", "\"starred\""},
        {"{\"calendar\":[{\"start\":\"2026-02-31T10:00:00Z\"}]}", "\"start\""},
        {"{\"focus\":\"gaming\"}", "\"focus\""},
        {"{\"apps\":{\"A\":3}}", "\"apps\""},
        {"{\"apps\":{\"A\":{\"shown_30d\":-1}}}", "\"shown_30d\""},
        {"{\"history\":[{\"action\":\"eaten\"}]}", "\"action\""},
        {"{\"rules\":{\"quiet\":{\"start\":\"24:00\",\"end\":\"07:00\"}}}", "\"start\""},
        {"{\"rules\":{\"quiet\":{\"start\":\"22:00\"}}}", "\"quiet\""},
        {"{\"rules\":{\"threshold\":7}}", "\"threshold\""},
    };
    for (size_t i = 0; i < sizeof(PAIRS) / sizeof(PAIRS[0]); i++) {
        huis_notify_context *context = NULL;
        huis_error err = {.status = HUIS_OK};
        assert_int_equal(huis_notify_context_read(PAIRS[i][0], strlen(PAIRS[i][0]), &context, &err),
                         HUIS_E_BAD_ARGUMENT);
        if (strstr(err.message, PAIRS[i][1]) == NULL) {
            fail_msg("%s: %s", PAIRS[i][0], err.message);
        }
        assert_null(context);
    }
}

static void knows_relations(void **state)
{
    (void)state;
    static const struct {
        const char *words;
        notify_relation relation;
    } CASES[] = {
        {"partner", NOTIFY_RELATION_PARTNER},
        {"business partner", NOTIFY_RELATION_COLLEAGUE},
        {"Grand-m\xC3\xA8re", NOTIFY_RELATION_FAMILY},
        {"ami de ma s\xC5\x93ur", NOTIFY_RELATION_FRIEND},
        {"family doctor", NOTIFY_RELATION_SERVICE},
        {"school friend", NOTIFY_RELATION_FRIEND},
        {"\xC3\x89"
         "cole maternelle",
         NOTIFY_RELATION_SERVICE},
        {"n+1", NOTIFY_RELATION_MANAGER},
        {"coll\xC3\xA8gue", NOTIFY_RELATION_COLLEAGUE},
        {"voisine du 3e", NOTIFY_RELATION_ACQUAINTANCE},
        {"ex-femme", NOTIFY_RELATION_ACQUAINTANCE},
        {"quantum", NOTIFY_RELATION_OTHER},
    };
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        char json[200];
        (void)snprintf(json, sizeof(json), "{\"contacts\":[{\"name\":\"x\",\"relation\":\"%s\"}]}",
                       CASES[i].words);
        huis_notify_context *c = context_of(json);
        if (c->contacts[0].relation != CASES[i].relation) {
            fail_msg("%s: %d", CASES[i].words, (int)c->contacts[0].relation);
        }
        (void)huis_notify_context_free(c);
    }
}

static void context_fails_cleanly_without_memory(void **state)
{
    (void)state;
    static const char JSON[] =
        "{\"contacts\":[{\"name\":\"\\ud83d\",\"relation\":\"x\",\"addresses\":[\"a\"]}],"
        "\"apps\":{\"A\":{}},\"calendar\":[{\"start\":\"2026-03-03\"}],\"history\":[{}]}";
    for (uint64_t k = 0; k < 20; k++) {
        huis_notify_context *context = NULL;
        huis_error err = {.status = HUIS_OK};
        memory_fail_after(k);
        const int status = huis_notify_context_read(JSON, sizeof(JSON) - 1, &context, &err);
        memory_fail_after(UINT64_MAX);
        assert_true(status == HUIS_OK || status == HUIS_E_NO_MEMORY);
        (void)huis_notify_context_free(context);
    }
}

/* --- times --- */

static void reads_and_writes_moments(void **state)
{
    (void)state;
    static const char *const GOOD[] = {"2026-03-03T10:00:00+01:00", "0001-01-01T00:00:00+00:00",
                                       "9999-12-31T23:59:59-11:30", "2024-02-29T00:00:00+05:45"};
    for (size_t i = 0; i < sizeof(GOOD) / sizeof(GOOD[0]); i++) {
        huis_time time = {.known = false};
        char out[NOTIFY_TIME_BYTES];
        assert_true(notify_time_read(span_from_string(GOOD[i]), &time));
        notify_time_write(time, out);
        assert_string_equal(out, GOOD[i]);
    }
    static const char *const BAD[] = {
        "",
        "2026-03-03",
        "2026-13-03T10:00:00Z",
        "2025-02-29T10:00:00Z",
        "2026-03-03T24:00:00Z",
        "2026-03-03T10:60:00Z",
        "2026-03-03T10:00:00.Z",
        "2026-03-03T10:00:00Zx",
        "2026-03-03T10:00:00+24:00",
        "0000-03-03T10:00:00Z",
        "2026-3-3T10:00:00Z",
    };
    for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
        huis_time time = {.known = false};
        if (notify_time_read(span_from_string(BAD[i]), &time)) {
            fail_msg("%s", BAD[i]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_every_field),
        cmocka_unit_test(skips_what_is_no_record),
        cmocka_unit_test(forgives_what_a_record_can_do_without),
        cmocka_unit_test(cuts_long_bodies_at_a_character),
        cmocka_unit_test(counts_skips_beyond_those_kept),
        cmocka_unit_test(refuses_more_records_than_the_limit),
        cmocka_unit_test(fails_cleanly_without_memory),
        cmocka_unit_test(reads_a_whole_context),
        cmocka_unit_test(names_the_field_that_is_wrong),
        cmocka_unit_test(knows_relations),
        cmocka_unit_test(context_fails_cleanly_without_memory),
        cmocka_unit_test(reads_and_writes_moments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
