/*
 * test_notification_store.c - the store of notifications: what it keeps, what it lets go, and what is
 * left after damage, death and a full disk.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/rng.h"
#include "store/notification_store.h"

#define NOW INT64_C(1772560931)

static char folder[64];

static void remove_folder(void)
{
    DIR *const entries = opendir(folder);
    const struct dirent *entry = NULL;
    while (entries != NULL && (entry = readdir(entries)) != NULL) {
        (void)unlinkat(dirfd(entries), entry->d_name, 0);
    }
    if (entries != NULL) {
        (void)closedir(entries);
    }
    (void)rmdir(folder);
}

static int make_folder(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof(folder), "/tmp/huis-store-XXXXXX");
    return mkdtemp(folder) != NULL ? 0 : -1;
}

static int drop_folder(void **state)
{
    (void)state;
    remove_folder();
    return 0;
}

static const char *in_folder(const char *name)
{
    static char path[400];
    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    return path;
}

static notification_store *open_at(int64_t now_s, notification_notice *notice)
{
    notification_store *store = NULL;
    huis_error err = {.status = HUIS_OK};
    if (notification_store_open(&store, folder, now_s, notice, &err) != HUIS_OK) {
        fail_msg("%s", err.message);
    }
    return store;
}

static huis_notification record_of(const char *id, const char *app, const char *body)
{
    return (huis_notification){.id = id,
                               .app = app,
                               .title = "Titre",
                               .body = body,
                               .time = {NOW, 60, true},
                               .urgency = -1};
}

static int add_at(notification_store *store, const char *id, const char *app, const char *body,
                  int64_t now_s, huis_error *err)
{
    const huis_notification r = record_of(id, app, body);
    return notification_store_add(store, &r, NULL, 1, now_s, err);
}

static void add(notification_store *store, const char *id, const char *app)
{
    huis_error err = {.status = HUIS_OK};
    if (add_at(store, id, app, "Corps", NOW, &err) != HUIS_OK) {
        fail_msg("%s", err.message);
    }
}

static stored_notifications *read_all(notification_store *store, bool only_open)
{
    const notification_query query = {.only_open = only_open};
    stored_notifications *records = NULL;
    huis_error err = {.status = HUIS_OK};
    if (notification_store_read(store, &query, &records, &err) != HUIS_OK) {
        fail_msg("%s", err.message);
    }
    return records;
}

static size_t count(notification_store *store, bool only_open)
{
    stored_notifications *records = read_all(store, only_open);
    const size_t n = records->n_items;
    (void)stored_notifications_free(records);
    return n;
}

static void keeps_every_field(void **state)
{
    (void)state;
    static const char *const ACTIONS[] = {"R\xC3\xA9pondre", "Lu \"x\""};
    static const char *const REASONS[] = {"de Zo\xC3\xA9", "question"};
    const huis_notification records[] = {
        {.id = "a",
         .app = "Signal",
         .source = "dbus",
         .sender = "Zo\xC3\xA9",
         .conversation = "F",
         .title = "T",
         .body = "B",
         .category = "im.received",
         .time = {NOW, 60, true},
         .expires = {NOW + 60, -90, true},
         .urgency = 2,
         .trust = HUIS_TRUST_VERIFIED,
         .actions = ACTIONS,
         .n_actions = 2},
        {.id = "b", .app = "Mail", .body = "x", .time = {NOW - 5, 0, true}, .urgency = -1},
    };
    const huis_notify_rank_item items[] = {{.record = 0,
                                            .rank = 1,
                                            .cls = HUIS_NOTIFY_TODAY,
                                            .score = 0.5,
                                            .interrupt = true,
                                            .reasons = REASONS,
                                            .n_reasons = 2,
                                            .deadline = "2026-03-03"}};
    const huis_notify_ranking ranking = {.items = items, .n_items = 1, .language = "fr"};
    notification_store *store = open_at(NOW, NULL);
    assert_int_equal(notification_store_add(store, records, NULL, 2, NOW, NULL), HUIS_OK);
    assert_int_equal(notification_store_decide(store, records, &ranking, NOW, NULL), HUIS_OK);
    store = notification_store_close(store);
    struct stat info;
    assert_int_equal(stat(in_folder("notifications.db"), &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    store = open_at(NOW, NULL);
    stored_notifications *all = read_all(store, false);
    assert_int_equal(all->n_items, 2);
    assert_string_equal(all->records[0].id, "b");
    assert_null(all->records[0].title);
    assert_int_equal(all->records[0].urgency, -1);
    assert_false(all->records[0].expires.known);
    assert_false(all->states[0].decision.is_known);
    const huis_notification *const a = &all->records[1];
    assert_string_equal(a->sender, "Zo\xC3\xA9");
    assert_int_equal(a->time.zone_minutes, 60);
    assert_int_equal(a->expires.zone_minutes, -90);
    assert_int_equal(a->urgency, 2);
    assert_int_equal(a->trust, HUIS_TRUST_VERIFIED);
    assert_string_equal(a->actions[1], "Lu \"x\"");
    const stored_decision *const d = &all->states[1].decision;
    assert_true(d->is_known && d->interrupt);
    assert_int_equal(d->cls, HUIS_NOTIFY_TODAY);
    assert_string_equal(d->reasons[0], "de Zo\xC3\xA9");
    assert_string_equal(d->deadline, "2026-03-03");
    (void)stored_notifications_free(all);
    (void)notification_store_close(store);
}

static void follows_verdicts(void **state)
{
    (void)state;
    notification_store *store = open_at(NOW, NULL);
    add(store, "a", "Signal");
    add(store, "b", "Signal");
    add(store, "c", "Shop");
    huis_error err = {.status = HUIS_OK};
    assert_int_equal(notification_store_event(store, "zzz", HUIS_VERDICT_OPENED, NOW, &err),
                     HUIS_E_NOT_FOUND);
    assert_non_null(strstr(err.message, "zzz"));
    assert_int_equal(notification_store_event(store, "a", HUIS_VERDICT_REPLIED, NOW, NULL),
                     HUIS_OK);
    assert_int_equal(notification_store_event(store, "b", HUIS_VERDICT_UP, NOW, NULL), HUIS_OK);
    assert_int_equal(notification_store_event(store, "c", NOTIFICATION_EXPIRED, NOW, NULL),
                     HUIS_OK);
    assert_int_equal(count(store, true), 2);
    stored_context *context = NULL;
    assert_int_equal(notification_store_context(store, NOW, &context, NULL), HUIS_OK);
    assert_int_equal(context->n_history, 2);
    assert_int_equal(context->n_apps, 2);
    assert_string_equal(context->apps[1].name, "Signal");
    assert_int_equal(context->apps[1].shown_30d, 2);
    assert_int_equal(context->apps[1].opened_30d, 1);
    (void)stored_context_free(context);
    add(store, "a", "Signal"); /* again: open once more */
    assert_int_equal(count(store, true), 3);
    (void)notification_store_close(store);
}

/* Whether a file of the folder holds the bytes. */
static bool folder_holds(const char *bytes)
{
    bool found = false;
    DIR *const entries = opendir(folder);
    const struct dirent *entry = NULL;
    while ((entry = readdir(entries)) != NULL) {
        buffer text;
        buffer_init(&text, 1u << 26);
        if (entry->d_name[0] != '.' &&
            file_read(&text, in_folder(entry->d_name), NULL) == HUIS_OK) {
            found = found || (text.len > 0 && memmem(text.ptr, text.len, bytes, strlen(bytes)));
        }
        buffer_deinit(&text);
    }
    (void)closedir(entries);
    return found;
}

static void forgets_codes_and_old_records(void **state)
{
    (void)state;
    notification_store *store = open_at(NOW, NULL);
    const huis_notification code = record_of("code", "Bank", "Votre code est 719402");
    const bool is_code = true;
    assert_int_equal(notification_store_add(store, &code, &is_code, 1, NOW, NULL), HUIS_OK);
    add(store, "a", "Signal");
    uint64_t removed = 9;
    assert_int_equal(notification_store_tick(store, NOW + 599, &removed, NULL), HUIS_OK);
    assert_int_equal(removed, 0);
    assert_true(folder_holds("719402"));
    assert_int_equal(notification_store_tick(store, NOW + 600, &removed, NULL), HUIS_OK);
    assert_int_equal(removed, 1);
    assert_false(folder_holds("719402"));
    assert_int_equal(count(store, false), 1);
    store = notification_store_close(store);
    store = open_at(NOW + 14 * 86400, NULL);
    assert_int_equal(count(store, false), 1);
    assert_int_equal(notification_store_set_setting(store, "retention_days", "3", NULL), HUIS_OK);
    store = notification_store_close(store);
    store = open_at(NOW + 3 * 86400 + 1, NULL);
    assert_int_equal(count(store, false), 0);
    (void)notification_store_close(store);
}

static void purges_what_is_said(void **state)
{
    (void)state;
    notification_store *store = open_at(NOW, NULL);
    const notification_purge nothing = {.app = NULL};
    assert_int_equal(notification_store_purge(store, &nothing, NULL, NULL), HUIS_E_BAD_ARGUMENT);
    add(store, "a", "Signal");
    add(store, "b", "Shop");
    assert_int_equal(notification_store_set_weights(store, "wwww", 4, NULL), HUIS_OK);
    const notification_purge shop = {.app = "Shop"};
    uint64_t removed = 0;
    assert_int_equal(notification_store_purge(store, &shop, &removed, NULL), HUIS_OK);
    assert_int_equal(removed, 1);
    const notification_purge old = {.before_s = NOW};
    assert_int_equal(notification_store_purge(store, &old, &removed, NULL), HUIS_OK);
    assert_int_equal(removed, 0);
    const notification_purge all = {.all = true};
    assert_int_equal(notification_store_purge(store, &all, &removed, NULL), HUIS_OK);
    assert_int_equal(removed, 1);
    assert_false(folder_holds("Corps"));
    assert_false(folder_holds("wwww"));
    notification_totals totals;
    assert_int_equal(notification_store_totals(store, &totals, NULL), HUIS_OK);
    assert_int_equal(totals.n_records, 0);
    assert_int_equal(totals.bytes, 0);
    assert_false(totals.has_weights);
    (void)notification_store_close(store);
}

static void keeps_switches_people_and_weights(void **state)
{
    (void)state;
    notification_store *store = open_at(NOW, NULL);
    bool on = true;
    assert_int_equal(notification_store_is_on(store, "watch", NULL, false, &on, NULL), HUIS_OK);
    assert_false(on);
    assert_int_equal(notification_store_switch(store, "watch", NULL, true, NULL), HUIS_OK);
    assert_int_equal(notification_store_switch(store, "watch", "Shop", false, NULL), HUIS_OK);
    assert_int_equal(notification_store_is_on(store, "watch", "Signal", false, &on, NULL), HUIS_OK);
    assert_true(on);
    assert_int_equal(notification_store_is_on(store, "watch", "Shop", false, &on, NULL), HUIS_OK);
    assert_false(on);
    stored_switches *switches = NULL;
    assert_int_equal(notification_store_switches(store, &switches, NULL), HUIS_OK);
    assert_int_equal(switches->n_items, 2);
    assert_null(switches->items[0].app);
    assert_string_equal(switches->items[1].app, "Shop");
    (void)stored_switches_free(switches);
    static const char *const ADDRESSES[] = {"z@example.org"};
    const stored_contact contacts[] = {{"Zo\xC3\xA9", "soeur", true, ADDRESSES, 1},
                                       {"Bo", NULL, false, NULL, 0}};
    const stored_event events[] = {{"Dentiste", {NOW + 3600, 60, true}, {.known = false}, false},
                                   {"Vieux", {NOW - 999999, 60, true}, {.known = false}, true}};
    for (int i = 0; i < 2; i++) { /* the second time replaces the first */
        assert_int_equal(notification_store_set_contacts(store, "x.vcf", contacts, 2, NULL),
                         HUIS_OK);
        assert_int_equal(notification_store_set_calendar(store, "x.ics", events, 2, NULL), HUIS_OK);
    }
    stored_context *context = NULL;
    assert_int_equal(notification_store_context(store, NOW, &context, NULL), HUIS_OK);
    assert_int_equal(context->n_contacts, 2);
    assert_string_equal(context->contacts[0].addresses[0], "z@example.org");
    assert_null(context->contacts[1].relation);
    assert_int_equal(context->n_calendar, 1);
    assert_false(context->calendar[0].end.known);
    (void)stored_context_free(context);
    void *bytes = NULL;
    size_t n = 9;
    assert_int_equal(notification_store_weights(store, &bytes, &n, NULL), HUIS_OK);
    assert_null(bytes);
    assert_int_equal(notification_store_set_weights(store, "\0w\0", 3, NULL), HUIS_OK);
    assert_int_equal(notification_store_weights(store, &bytes, &n, NULL), HUIS_OK);
    assert_int_equal(n, 3);
    assert_memory_equal(bytes, "\0w\0", 3);
    (void)memory_free(bytes);
    (void)notification_store_close(store);
}

static void takes_all_or_nothing(void **state)
{
    (void)state;
    notification_store *store = open_at(NOW, NULL);
    const huis_notification records[] = {record_of("a", "A", "x"), record_of(NULL, "A", "x")};
    assert_int_equal(notification_store_add(store, records, NULL, 2, NOW, NULL),
                     HUIS_E_BAD_ARGUMENT);
    assert_int_equal(count(store, false), 0);
    assert_int_equal(notification_store_begin(store, NULL), HUIS_OK);
    add(store, "b", "B");
    assert_int_equal(notification_store_event(store, "b", HUIS_VERDICT_OPENED, NOW, NULL), HUIS_OK);
    assert_int_equal(notification_store_end(store, HUIS_E_CANCELLED, NULL), HUIS_E_CANCELLED);
    assert_int_equal(count(store, false), 0);
    (void)notification_store_close(store);
}

/* 100,000 records at once; then the limit takes the oldest that are not critical. */
static void holds_many_and_drops_the_oldest(void **state)
{
    (void)state;
    enum { N = 100000 };
    huis_notification *const records = memory_alloc(N, sizeof(*records));
    char(*const ids)[16] = memory_alloc(N, sizeof(*ids));
    assert_non_null(records);
    assert_non_null(ids);
    notification_store *store = open_at(NOW, NULL);
    for (int part = 0; part < 3; part++) {
        for (size_t i = 0; i < N; i++) {
            (void)snprintf(ids[i], sizeof(ids[i]), "%d-%zu", part, i);
            records[i] = record_of(ids[i], "A", "Corps");
            records[i].time.seconds = NOW + part * N + (int64_t)i;
        }
        assert_int_equal(notification_store_add(store, records, NULL, N, NOW, NULL), HUIS_OK);
        if (part == 0) {
            const huis_notify_rank_item item = {
                .record = 7, .rank = 1, .cls = HUIS_NOTIFY_CRITICAL};
            const huis_notify_ranking ranking = {.items = &item, .n_items = 1};
            assert_int_equal(notification_store_decide(store, records, &ranking, NOW, NULL),
                             HUIS_OK);
        }
    }
    notification_totals totals;
    assert_int_equal(notification_store_totals(store, &totals, NULL), HUIS_OK);
    assert_true(totals.n_records <= 200000 && totals.n_records >= 180000);
    const notification_query query = {.id = "0-7"};
    stored_notifications *kept = NULL;
    assert_int_equal(notification_store_read(store, &query, &kept, NULL), HUIS_OK);
    assert_int_equal(kept->n_items, 1);
    (void)stored_notifications_free(kept);
    const notification_query newest = {.max_items = 1};
    assert_int_equal(notification_store_read(store, &newest, &kept, NULL), HUIS_OK);
    assert_string_equal(kept->records[0].id, "2-99999");
    (void)stored_notifications_free(kept);
    (void)notification_store_close(store);
    (void)memory_free(records);
    (void)memory_free(ids);
}

/* --- damage --- */

static void fill(size_t n)
{
    notification_store *store = open_at(NOW, NULL);
    assert_int_equal(notification_store_begin(store, NULL), HUIS_OK);
    for (size_t i = 0; i < n; i++) {
        char id[16];
        (void)snprintf(id, sizeof(id), "r%zu", i);
        assert_int_equal(
            add_at(store, id, "App", "un corps assez long pour remplir des pages", NOW, NULL),
            HUIS_OK);
    }
    assert_int_equal(notification_store_end(store, HUIS_OK, NULL), HUIS_OK);
    (void)notification_store_close(store);
}

/* Opens, reads, writes a damaged store: no crash, and it works in the end. */
static uint64_t use_damaged(void)
{
    uint64_t n_left = 0;
    for (int attempt = 0; attempt < 4; attempt++) {
        notification_store *store = NULL;
        huis_error err = {.status = HUIS_OK};
        int status = notification_store_open(&store, folder, NOW, NULL, &err);
        if (status == HUIS_OK) {
            stored_notifications *all = NULL;
            status = notification_store_read(store, NULL, &all, &err);
            n_left = status == HUIS_OK ? all->n_items : 0;
            (void)stored_notifications_free(all);
            status = status != HUIS_OK ? status : add_at(store, "new", "App", "x", NOW, &err);
            (void)notification_store_close(store);
        }
        if (status == HUIS_OK) {
            return n_left;
        }
        if (status != HUIS_E_BAD_FILE) {
            fail_msg("%s", err.message);
        }
    }
    fail_msg("the store stays damaged");
    return 0;
}

static void write_at(const char *path, off_t offset, const void *bytes, size_t n)
{
    const int fd = open(path, O_WRONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, bytes, n, offset), (ssize_t)n);
    (void)close(fd);
}

static void saves_what_a_damaged_file_holds(void **state)
{
    (void)state;
    fill(400);
    struct stat info;
    assert_int_equal(stat(in_folder("notifications.db"), &info), 0);
    buffer whole;
    buffer_init(&whole, 1u << 26);
    assert_int_equal(file_read(&whole, in_folder("notifications.db"), NULL), HUIS_OK);
    /* A page in the middle of the records is overwritten: the records around it are saved. */
    char rubbish[4096];
    memset(rubbish, 0xA5, sizeof(rubbish));
    const char *const body = memmem(whole.ptr, whole.len, "un corps", 8);
    assert_non_null(body);
    const off_t page = (body - whole.ptr) / 4096 * 4096;
    write_at(in_folder("notifications.db"), page, rubbish, sizeof(rubbish));
    notification_notice notice = {.was_damaged = false};
    notification_store *store = open_at(NOW, &notice);
    assert_true(notice.was_damaged);
    assert_true(notice.n_salvaged > 300 && notice.n_salvaged < 400);
    assert_non_null(strstr(notice.moved_to, "notifications.db.damaged-2026"));
    assert_int_equal(access(in_folder(notice.moved_to), F_OK), 0);
    assert_int_equal(count(store, false), notice.n_salvaged);
    const notification_purge all = {.all = true};
    assert_int_equal(notification_store_purge(store, &all, NULL, NULL), HUIS_OK);
    assert_int_not_equal(access(in_folder(notice.moved_to), F_OK), 0);
    store = notification_store_close(store);
    /* No database at all. */
    assert_int_equal(
        file_write_atomic(in_folder("notifications.db"), SPAN("hello, hello, hello"), 0600, NULL),
        HUIS_OK);
    store = open_at(NOW, &notice);
    assert_true(notice.was_damaged);
    assert_int_equal(notice.n_salvaged, 0);
    (void)notification_store_close(store);
    buffer_deinit(&whole);
}

static void survives_any_damage(void **state)
{
    (void)state;
    fill(60);
    buffer whole;
    buffer_init(&whole, 1u << 26);
    assert_int_equal(file_read(&whole, in_folder("notifications.db"), NULL), HUIS_OK);
    rng numbers;
    rng_init(&numbers, 7);
    uint64_t n_saved = 0;
    enum { ROUNDS = 150 };
    for (int round = 0; round < ROUNDS; round++) {
        remove_folder();
        assert_int_equal(mkdir(folder, 0700), 0);
        span kept = buffer_span(&whole);
        if (round % 3 == 0) { /* cut at any byte */
            kept.len = rng_next_below(&numbers, (uint32_t)whole.len);
        }
        assert_int_equal(file_write_atomic(in_folder("notifications.db"), kept, 0600, NULL),
                         HUIS_OK);
        for (int flip = 0; round % 3 != 0 && flip < 1 + round % 20; flip++) {
            const off_t at = rng_next_below(&numbers, (uint32_t)whole.len);
            const char byte = (char)(whole.ptr[at] ^ (1 << rng_next_below(&numbers, 8)));
            write_at(in_folder("notifications.db"), at, &byte, 1);
        }
        n_saved += use_damaged();
    }
    assert_true(n_saved > ROUNDS * 15);
    buffer_deinit(&whole);
}

/* --- death --- */

/* Adds records one by one and says each on the pipe once it is committed. */
static void add_until_killed(int pipe_fd)
{
    notification_store *store = NULL;
    if (notification_store_open(&store, folder, NOW, NULL, NULL) != HUIS_OK) {
        _exit(3);
    }
    for (uint32_t i = 0;; i++) {
        char id[32];
        (void)snprintf(id, sizeof(id), "%d-%u", (int)getpid(), i);
        if (add_at(store, id, "App", "x", NOW, NULL) != HUIS_OK ||
            write(pipe_fd, &i, sizeof(i)) != (ssize_t)sizeof(i)) {
            _exit(4);
        }
    }
}

static void loses_nothing_when_killed(void **state)
{
    (void)state;
    uint64_t n_said = 0;
    for (int round = 0; round < 40; round++) {
        int ends[2];
        assert_int_equal(pipe(ends), 0);
        const pid_t pid = fork();
        if (pid == 0) {
            (void)close(ends[0]);
            add_until_killed(ends[1]);
        }
        (void)close(ends[1]);
        /* Every other one dies while it opens the store, the rest while they add. */
        struct pollfd first = {.fd = ends[0], .events = POLLIN};
        if (round % 2 == 0) {
            (void)poll(&first, 1, 20000);
        }
        (void)usleep((useconds_t)(1000 + round * 300));
        (void)kill(pid, SIGKILL);
        (void)waitpid(pid, NULL, 0);
        uint32_t i = 0;
        uint32_t n = 0;
        while (read(ends[0], &i, sizeof(i)) == (ssize_t)sizeof(i)) {
            n = i + 1;
        }
        (void)close(ends[0]);
        notification_notice notice = {.was_damaged = false};
        notification_store *store = open_at(NOW, &notice);
        assert_false(notice.was_damaged);
        for (uint32_t k = 0; k < n; k++) {
            char id[32];
            (void)snprintf(id, sizeof(id), "%d-%u", (int)pid, k);
            const notification_query query = {.id = id};
            stored_notifications *found = NULL;
            assert_int_equal(notification_store_read(store, &query, &found, NULL), HUIS_OK);
            assert_int_equal(found->n_items, 1);
            (void)stored_notifications_free(found);
        }
        n_said += n;
        (void)notification_store_close(store);
    }
    assert_true(n_said >= 20);
}

/* --- a full disk: the size of files is limited, which writes see as EFBIG --- */

static int fill_disk(void)
{
    (void)signal(SIGXFSZ, SIG_IGN);
    const struct rlimit limit = {300000, 300000};
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0) {
        return 20;
    }
    notification_store *store = NULL;
    huis_error err = {.status = HUIS_OK};
    if (notification_store_open(&store, folder, NOW, NULL, &err) != HUIS_OK) {
        return 21;
    }
    int status = HUIS_OK;
    size_t n = 0;
    while (status == HUIS_OK && n < 5000) {
        char id[16];
        (void)snprintf(id, sizeof(id), "f%zu", n);
        status = add_at(store, id, "App", "un corps assez long pour remplir le disque", NOW, &err);
        n += status == HUIS_OK ? 1 : 0;
    }
    const bool is_clear = status == HUIS_E_NO_SPACE && strstr(err.message, "no space") != NULL;
    if (!is_clear) {
        (void)fprintf(stderr, "%zu records, status %d: %s\n", n, status, err.message);
    }
    /* Reading goes on, and the store says what it holds. */
    notification_totals totals = {.n_records = 0};
    const int after = notification_store_totals(store, &totals, NULL);
    (void)notification_store_close(store);
    return !is_clear ? 22 : after != HUIS_OK ? 23 : totals.n_records != n ? 24 : 0;
}

static void says_when_the_disk_is_full(void **state)
{
    (void)state;
    const pid_t pid = fork();
    if (pid == 0) {
        _exit(fill_disk());
    }
    int code = 0;
    (void)waitpid(pid, &code, 0);
    assert_true(WIFEXITED(code));
    assert_int_equal(WEXITSTATUS(code), 0);
    notification_notice notice = {.was_damaged = false};
    notification_store *store = open_at(NOW, &notice);
    assert_false(notice.was_damaged);
    add(store, "after", "App");
    (void)notification_store_close(store);
}

static void two_writers_wait_for_each_other(void **state)
{
    (void)state;
    enum { EACH = 60 };
    pid_t pids[2];
    for (int p = 0; p < 2; p++) {
        pids[p] = fork();
        if (pids[p] == 0) {
            notification_store *store = NULL;
            int status = notification_store_open(&store, folder, NOW, NULL, NULL);
            for (int i = 0; status == HUIS_OK && i < EACH; i++) {
                char id[16];
                (void)snprintf(id, sizeof(id), "%d-%d", p, i);
                status = add_at(store, id, "App", "x", NOW, NULL);
            }
            _exit(status == HUIS_OK ? 0 : 1);
        }
    }
    for (int p = 0; p < 2; p++) {
        int code = 0;
        (void)waitpid(pids[p], &code, 0);
        assert_int_equal(WEXITSTATUS(code), 0);
    }
    notification_store *store = open_at(NOW, NULL);
    assert_int_equal(count(store, false), 2 * EACH);
    (void)notification_store_close(store);
}

static void refuses_what_is_not_its_own(void **state)
{
    (void)state;
    assert_int_equal(symlink("/etc/hostname", in_folder("notifications.db")), 0);
    notification_store *store = NULL;
    huis_error err = {.status = HUIS_OK};
    assert_int_not_equal(notification_store_open(&store, folder, NOW, NULL, &err), HUIS_OK);
    assert_null(store);
    assert_int_not_equal(err.message[0], '\0');
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, drop_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(keeps_every_field),
        IN_FOLDER(follows_verdicts),
        IN_FOLDER(forgets_codes_and_old_records),
        IN_FOLDER(purges_what_is_said),
        IN_FOLDER(keeps_switches_people_and_weights),
        IN_FOLDER(takes_all_or_nothing),
        IN_FOLDER(holds_many_and_drops_the_oldest),
        IN_FOLDER(saves_what_a_damaged_file_holds),
        IN_FOLDER(survives_any_damage),
        IN_FOLDER(loses_nothing_when_killed),
        IN_FOLDER(says_when_the_disk_is_full),
        IN_FOLDER(two_writers_wait_for_each_other),
        IN_FOLDER(refuses_what_is_not_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
