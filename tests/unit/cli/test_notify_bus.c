/*
 * test_notify_bus.c - notifications read from bus messages, traced, queued.
 *
 * Messages are made on a connection whose other end never answers: nothing needs a bus.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/memory.h"
#include "cli/notify_queue.h"
#include "cli/notify_trace.h"

static sd_bus *g_bus;
static int g_peer;

static int open_bus(void **state)
{
    int ends[2];
    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    g_peer = ends[1];
    assert_true(sd_bus_new(&g_bus) >= 0);
    assert_true(sd_bus_set_fd(g_bus, ends[0], ends[0]) >= 0);
    assert_true(sd_bus_start(g_bus) >= 0);
    return 0;
}

static int close_bus(void **state)
{
    (void)state;
    sd_bus_close_unref(g_bus);
    (void)close(g_peer);
    return 0;
}

static sd_bus_message *new_call(const char *interface, const char *member)
{
    sd_bus_message *m = NULL;
    assert_true(sd_bus_message_new_method_call(g_bus, &m, BUS_NAME, BUS_PATH, interface, member) >=
                0);
    return m;
}

static int read_call(sd_bus_message *m, bus_form form, bus_notice **out)
{
    huis_error err = {0};
    const huis_time now = {.seconds = 1795000000, .zone_minutes = 60, .known = true};
    assert_true(sd_bus_message_seal(m, 1, 0) >= 0);
    assert_true(sd_bus_message_rewind(m, 1) >= 0);
    const int status = bus_notice_read(out, m, form, now, &err);
    assert_true(status == HUIS_OK || err.message[0] != '\0');
    sd_bus_message_unref(m);
    return status;
}

static void test_a_notification_with_hints(void **state)
{
    bus_notice *n = NULL;
    (void)state;
    sd_bus_message *const m = new_call(BUS_NAME, "Notify");
    assert_true(sd_bus_message_append(m, "susss", "notify-send", 7u, "icon", "Anna",
                                      "On se voit <b>à midi</b> ?") >= 0);
    assert_true(sd_bus_message_append(m, "as", 4, "default", "Open", "reply", "Reply") >= 0);
    assert_true(sd_bus_message_append(m, "a{sv}", 8, "urgency", "y", 2, "category", "s",
                                      "im.received", "desktop-entry", "s", "org.telegram.desktop",
                                      "transient", "b", 1, "resident", "b", 1, "sender-pid", "x",
                                      INT64_C(4242), "image-data", "(iiibiiay)", 1, 1, 4, 1, 8, 4,
                                      4, 1, 2, 3, 4, "unknown", "as", 1, "x") >= 0);
    assert_true(sd_bus_message_append(m, "i", 5000) >= 0);
    assert_int_equal(read_call(m, BUS_FREEDESKTOP, &n), HUIS_OK);
    assert_string_equal(n->record.app, "telegram");
    assert_string_equal(n->record.title, "Anna");
    assert_string_equal(n->record.body, "On se voit <b>à midi</b> ?");
    assert_string_equal(n->record.sender, "Anna");
    assert_string_equal(n->record.conversation, "Anna");
    assert_string_equal(n->record.category, "im.received");
    assert_string_equal(n->record.source, "freedesktop");
    assert_int_equal(n->record.urgency, 2);
    assert_int_equal(n->record.n_actions, 2);
    assert_string_equal(n->record.actions[1], "Reply");
    assert_string_equal(n->action_keys[0], "default");
    assert_int_equal(n->replaces, 7);
    assert_int_equal(n->expire_ms, 5000);
    assert_int_equal(n->sender_pid, 4242);
    assert_true(n->transient && n->resident && !n->from_huis && !n->cut);
    assert_false(n->record.expires.known); /* how long it is drawn says nothing of its use */
    assert_int_equal(n->record.time.zone_minutes, 60);
    bus_notice_free(n);
}

static void test_wrong_hints_do_no_harm(void **state)
{
    bus_notice *n = NULL;
    (void)state;
    sd_bus_message *const m = new_call(BUS_NAME, "Notify");
    assert_true(sd_bus_message_append(m, "susss", "Mail", 0u, "", "New mail", "") >= 0);
    assert_true(sd_bus_message_append(m, "as", 1, "default") >= 0); /* a key without label */
    assert_true(sd_bus_message_append(m, "a{sv}", 4, "urgency", "i", 1, "category", "u", 9u,
                                      "transient", "s", "yes", "urgency", "y", 77) >= 0);
    assert_true(sd_bus_message_append(m, "i", -1) >= 0);
    assert_int_equal(read_call(m, BUS_FREEDESKTOP, &n), HUIS_OK);
    assert_int_equal(n->record.urgency, 1);
    assert_null(n->record.category);
    assert_null(n->record.body);
    assert_null(n->record.sender);
    assert_int_equal(n->record.n_actions, 0);
    assert_false(n->transient);
    bus_notice_free(n);
}

static void test_what_is_no_notification_is_refused(void **state)
{
    bus_notice *n = NULL;
    (void)state;
    sd_bus_message *m = new_call(BUS_NAME, "Notify");
    assert_true(sd_bus_message_append(m, "s", "only an app") >= 0);
    assert_int_equal(read_call(m, BUS_FREEDESKTOP, &n), HUIS_E_BAD_FILE);
    m = new_call(BUS_NAME, "Notify");
    assert_int_equal(read_call(m, BUS_FREEDESKTOP, &n), HUIS_E_BAD_FILE);
    m = new_call(BUS_NAME, "Notify");
    assert_true(sd_bus_message_append(m, "susssasa{sv}i", "App", 0u, "", "", "", 0, 0, -1) >= 0);
    assert_int_equal(read_call(m, BUS_FREEDESKTOP, &n), HUIS_E_BAD_FILE);
    m = new_call(BUS_NAME, "Notify");
    assert_true(sd_bus_message_append(m, "susssass", "App", 0u, "", "t", "b", 0, "no hints") >= 0);
    assert_int_equal(read_call(m, BUS_FREEDESKTOP, &n), HUIS_E_BAD_FILE);
    m = new_call(BUS_GTK_NAME, "AddNotification");
    assert_true(sd_bus_message_append(m, "u", 1u) >= 0);
    assert_int_equal(read_call(m, BUS_GTK, &n), HUIS_E_BAD_FILE);
    assert_null(n);
}

static void test_a_megabyte_is_cut_at_a_character(void **state)
{
    enum { BYTES = 1024 * 1024 };
    bus_notice *n = NULL;
    (void)state;
    char *const body = memory_alloc(BYTES + 1, 1);
    assert_non_null(body);
    body[0] = 'a';
    for (size_t i = 1; i + 1 < BYTES; i += 2) {
        memcpy(&body[i], "é", 2);
    }
    sd_bus_message *const m = new_call(BUS_NAME, "Notify");
    assert_true(sd_bus_message_append(m, "susssasa{sv}i", body, 0u, "", body, body, 2, body, body,
                                      2, "category", "s", body, "sender", "s", body, -1) >= 0);
    assert_int_equal(read_call(m, BUS_FREEDESKTOP, &n), HUIS_OK);
    assert_true(n->cut);
    assert_int_equal(strlen(n->record.body), LIMIT_BUS_BODY_BYTES - 1);
    assert_true(strlen(n->record.title) <= LIMIT_BUS_TITLE_BYTES);
    assert_true(strlen(n->record.app) <= LIMIT_BUS_WORD_BYTES);
    bus_notice_free(n);
    memory_free(body);
}

static void test_gtk_and_kde(void **state)
{
    bus_notice *n = NULL;
    (void)state;
    sd_bus_message *m = new_call(BUS_GTK_NAME, "AddNotification");
    assert_true(sd_bus_message_append(m, "ssa{sv}", "org.gnome.Calendar", "event-1", 5, "title",
                                      "s", "Dentist", "body", "s", "at 15:00", "priority", "s",
                                      "urgent", "icon", "(sv)", "themed", "as", 1, "x", "buttons",
                                      "aa{sv}", 0) >= 0);
    assert_int_equal(read_call(m, BUS_GTK, &n), HUIS_OK);
    assert_string_equal(n->record.app, "Calendar");
    assert_string_equal(n->app_id, "org.gnome.Calendar");
    assert_string_equal(n->tag, "event-1");
    assert_string_equal(n->record.title, "Dentist");
    assert_int_equal(n->record.urgency, 2);
    bus_notice_free(n);
    m = new_call("org.kde.NotificationWatcher", "Notify");
    assert_true(sd_bus_message_append(m, "ususssasa{sv}i", 31u, "KMail", 0u, "", "Neue Nachricht",
                                      "von Jo", 0, 1, "x-kde-origin-name", "s", "jo@example.org",
                                      -1) >= 0);
    assert_int_equal(read_call(m, BUS_KDE, &n), HUIS_OK);
    assert_int_equal(n->number, 31);
    assert_string_equal(n->record.sender, "jo@example.org");
    bus_notice_free(n);
}

static void test_every_allocation_may_fail(void **state)
{
    (void)state;
    for (uint64_t k = 0; k < 8; k++) {
        bus_notice *n = NULL;
        sd_bus_message *const m = new_call(BUS_NAME, "Notify");
        assert_true(sd_bus_message_append(m, "susssasa{sv}i", "App", 0u, "", "t", "b", 0, 0, -1) >=
                    0);
        memory_fail_after(k);
        const int status = read_call(m, BUS_FREEDESKTOP, &n);
        memory_fail_after(UINT64_MAX);
        assert_true(status == HUIS_OK || status == HUIS_E_NO_MEMORY);
        bus_notice_free(n);
    }
}

/* ---- traces ---- */

static bus_notice *make(const char *app, const char *title, const char *id)
{
    bus_notice *n = NULL;
    assert_int_equal(bus_notice_make(&n, app, title, "body", bus_now(), NULL), HUIS_OK);
    assert_int_equal(bus_notice_name(n, id, NULL), HUIS_OK);
    return n;
}

static void test_numbers_and_replies(void **state)
{
    static bus_trace t;
    char id[BUS_ID_BYTES];
    (void)state;
    trace_init(&t);
    trace_call(&t, ":1.5", 12, "n1");
    assert_false(trace_reply(&t, ":1.6", 12, id));
    assert_true(trace_reply(&t, ":1.5", 12, id));
    assert_string_equal(id, "n1");
    assert_false(trace_reply(&t, ":1.5", 12, id));
    trace_set(&t, ":1.2", 4, NULL, "n1");
    trace_set(&t, ":1.2", 4, NULL, "n2"); /* the number was given again */
    assert_true(trace_find(&t, ":1.2", 4, NULL, id));
    assert_string_equal(id, "n2");
    assert_false(trace_find(&t, ":1.3", 4, NULL, id));
    trace_set(&t, "org.example.App", 0, "tag", "n3");
    assert_true(trace_find(&t, "org.example.App", 0, "tag", id));
    assert_string_equal(id, "n3");
    for (uint32_t i = 0; i < TRACE_NUMBERS; i++) {
        trace_set(&t, ":1.9", i, NULL, "n4");
    }
    assert_false(trace_find(&t, ":1.2", 4, NULL, id)); /* forgotten */
}

static void test_a_call_passed_on_is_a_copy(void **state)
{
    static bus_trace t;
    char id[BUS_ID_BYTES];
    (void)state;
    trace_init(&t);
    bus_notice *const first = make("Mail", "One", "n1");
    bus_notice *const second = make("Mail", "One", "n2");
    assert_false(trace_is_copy(&t, first, ":1.2", 1000000, id));
    assert_true(trace_is_copy(&t, second, ":1.7", 1100000, id));
    assert_string_equal(id, "n1");
    /* The same text again to the same server is a repeat, which the person saw. */
    assert_false(trace_is_copy(&t, second, ":1.2", 1200000, id));
    /* And later it is another one. */
    assert_false(trace_is_copy(&t, second, ":1.7", 9000000, id));
    bus_notice_free(first);
    bus_notice_free(second);
}

/* ---- the queue ---- */

typedef struct kept {
    size_t n_commits, n_notices, n_events, n_shown, n_told;
    bool fails;
    char title[128];
} kept;

static int commit(void *user, const bus_notice *const *notices, size_t n,
                  const notify_seen_event *events, size_t n_events, huis_error *err)
{
    kept *const k = user;
    (void)notices;
    (void)events;
    (void)err;
    if (k->fails) {
        return HUIS_E_NO_SPACE;
    }
    k->n_commits++;
    k->n_notices += n;
    k->n_events += n_events;
    return HUIS_OK;
}

static void show(void *user, const bus_notice *notice)
{
    kept *const k = user;
    k->n_shown++;
    assert_true(k->n_shown <= k->n_notices); /* never before the commit */
    (void)snprintf(k->title, sizeof(k->title), "%s", notice->record.title);
}

static void tell(void *user, const char *line)
{
    kept *const k = user;
    assert_non_null(line);
    k->n_told++;
}

static notify_queue *new_queue(kept *k)
{
    notify_queue *const q = memory_alloc(1, sizeof(*q));
    assert_non_null(q);
    notify_queue_init(q, (notify_sink){.user = k, .commit = commit, .show = show, .tell = tell},
                      NULL);
    return q;
}

static void test_batches_are_committed_then_shown(void **state)
{
    kept k = {.n_commits = 0};
    (void)state;
    notify_queue *const q = new_queue(&k);
    assert_int_equal(notify_queue_add(q, make("A", "1", "n1"), NULL), HUIS_OK);
    assert_int_equal(notify_queue_add(q, make("A", "2", "n2"), NULL), HUIS_OK);
    assert_int_equal(notify_queue_event(q, "n1", NOTIFY_EVENT_REPLACED, NULL), HUIS_OK);
    assert_int_equal(notify_queue_event(q, "n0", NOTIFY_EVENT_DISMISSED, NULL), HUIS_OK);
    k.fails = true;
    assert_int_equal(notify_queue_flush(q, NULL), HUIS_E_NO_SPACE);
    assert_int_equal(k.n_shown, 0);
    k.fails = false;
    assert_int_equal(notify_queue_flush(q, NULL), HUIS_OK);
    assert_int_equal(k.n_commits, 1);
    assert_int_equal(k.n_shown, 1); /* the first was replaced before it was kept */
    assert_int_equal(k.n_events, 1);
    assert_true(notify_queue_is_empty(q));
    notify_queue_deinit(q);
    memory_free(q);
}

static void test_a_full_store_is_survived(void **state)
{
    kept k = {.fails = true};
    (void)state;
    notify_queue *const q = new_queue(&k);
    for (size_t i = 0; i < 2 * (size_t)LIMIT_BUS_PENDING; i++) {
        (void)notify_queue_add(q, make("A", "t", "n1"), NULL);
        (void)notify_queue_event(q, "n9", NOTIFY_EVENT_CLOSED, NULL);
    }
    assert_int_equal(q->n_notices, LIMIT_BUS_PENDING);
    assert_int_equal(q->n_held, LIMIT_BUS_PENDING);
    k.fails = false;
    assert_int_equal(notify_queue_tell_held(q, 0, true, NULL), HUIS_OK);
    assert_int_equal(notify_queue_flush(q, NULL), HUIS_OK);
    assert_int_equal(k.n_notices, LIMIT_BUS_PENDING + 1);
    assert_non_null(strstr(k.title, "512"));
    notify_queue_deinit(q);
    memory_free(q);
}

static void test_a_flood_is_counted(void **state)
{
    kept k = {.n_commits = 0};
    size_t n = 0;
    (void)state;
    notify_queue *const q = new_queue(&k);
    for (size_t i = 0; i < 100000; i++) { /* within a minute */
        n += notify_queue_admits(q, "Flood", ":1.66", (int64_t)i * 600);
    }
    assert_true(n >= 100 && n <= 100 + 2 * 60 + 1);
    /* A quiet app is not held back by a loud one, nor by one that takes its name. */
    assert_true(notify_queue_admits(q, "Mail", ":1.5", 60000000));
    assert_true(notify_queue_admits(q, "Flood", ":1.5", 60000000));
    assert_int_equal(q->n_held, 100000 - n);
    assert_int_equal(notify_queue_tell_held(q, 60000000, false, NULL), HUIS_OK);
    assert_true(notify_queue_is_empty(q)); /* it goes on */
    assert_int_equal(notify_queue_tell_held(q, 80000000, false, NULL), HUIS_OK);
    assert_int_equal(notify_queue_flush(q, NULL), HUIS_OK);
    assert_int_equal(k.n_shown, 1);
    char count[32];
    (void)snprintf(count, sizeof(count), "%zu", 100000 - n);
    assert_non_null(strstr(k.title, count));
    /* Many short connections together. */
    size_t n_all = 0;
    for (size_t i = 0; i < 5000; i++) {
        char connection[16];
        (void)snprintf(connection, sizeof(connection), ":2.%zu", i);
        n_all += notify_queue_admits(q, "Flood", connection, 100000000);
    }
    assert_true(n_all <= 1000);
    notify_queue_deinit(q);
    memory_free(q);
}

static void test_ids_rise(void **state)
{
    char a[BUS_ID_BYTES], b[BUS_ID_BYTES];
    int64_t last = 0;
    (void)state;
    bus_new_id(&last, a);
    for (size_t i = 0; i < 1000; i++) {
        bus_new_id(&last, b);
        assert_true(strcmp(a, b) < 0);
        memcpy(a, b, sizeof(a));
    }
    assert_int_equal(strlen(a), 11);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_notification_with_hints),
        cmocka_unit_test(test_wrong_hints_do_no_harm),
        cmocka_unit_test(test_what_is_no_notification_is_refused),
        cmocka_unit_test(test_a_megabyte_is_cut_at_a_character),
        cmocka_unit_test(test_gtk_and_kde),
        cmocka_unit_test(test_every_allocation_may_fail),
        cmocka_unit_test(test_numbers_and_replies),
        cmocka_unit_test(test_a_call_passed_on_is_a_copy),
        cmocka_unit_test(test_batches_are_committed_then_shown),
        cmocka_unit_test(test_a_full_store_is_survived),
        cmocka_unit_test(test_a_flood_is_counted),
        cmocka_unit_test(test_ids_rise),
    };
    return cmocka_run_group_tests(tests, open_bus, close_bus);
}
