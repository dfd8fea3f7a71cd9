/*
 * notification_records.c - records in and out of the store, with their events and decisions.
 */
#include "base/error.h"
#include "base/limits.h"
#include "base/memory.h"
#include "store/notification_parts.h"

enum { DAY_S = 86400 };

/* --- in --- */

/* Texts of a record, for the size limits. */
static int64_t count_bytes(const huis_notification *r, const char *actions)
{
    const char *const texts[] = {r->id,    r->app,  r->source,   r->sender, r->conversation,
                                 r->title, r->body, r->category, actions};
    size_t bytes = 0;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        bytes += texts[i] != NULL ? strlen(texts[i]) : 0;
    }
    return (int64_t)bytes;
}

static void bind_time(sqlite3_stmt *s, int i, huis_time time)
{
    if (time.known) {
        (void)sqlite3_bind_int64(s, i, time.seconds);
        (void)sqlite3_bind_int(s, i + 1, time.zone_minutes);
    } else {
        (void)sqlite3_bind_null(s, i);
        (void)sqlite3_bind_null(s, i + 1);
    }
}

static int add_one(const database *db, sqlite3_stmt *s, const huis_notification *r, bool is_code,
                   int64_t now_s, huis_error *err)
{
    if (r->id == NULL || r->app == NULL || !r->time.known) {
        return error_set(err, HUIS_E_BAD_ARGUMENT, "a notification without id, app or time");
    }
    char *actions = NULL;
    if (r->n_actions > 0) {
        actions = notification_list_write(r->actions, r->n_actions);
        if (actions == NULL) {
            return error_no_memory(err, "a notification");
        }
    }
    database_bind_text(s, 1, r->id);
    (void)sqlite3_bind_int64(s, 2, now_s);
    bind_time(s, 3, r->time);
    database_bind_text(s, 5, r->app);
    database_bind_text(s, 6, r->source);
    database_bind_text(s, 7, r->sender);
    database_bind_text(s, 8, r->conversation);
    database_bind_text(s, 9, r->title);
    database_bind_text(s, 10, r->body);
    database_bind_text(s, 11, r->category);
    bind_time(s, 12, r->expires);
    (void)sqlite3_bind_int(s, 14, r->urgency);
    (void)sqlite3_bind_int(s, 15, (int)r->trust);
    database_bind_text(s, 16, actions);
    (void)sqlite3_bind_int(s, 17, is_code ? 1 : 0);
    (void)sqlite3_bind_int64(s, 18, count_bytes(r, actions));
    const int status = database_run(db, s, err);
    (void)sqlite3_clear_bindings(s);
    (void)memory_free(actions);
    return status;
}

static int run_two(const database *db, sqlite3_stmt *s, const char *text, int64_t number,
                   huis_error *err)
{
    database_bind_text(s, 1, text);
    (void)sqlite3_bind_int64(s, 2, number);
    return database_run(db, s, err);
}

static int add_all(notification_store *store, const huis_notification *records, const bool *codes,
                   size_t n_records, int64_t now_s, huis_error *err)
{
    const database *const db = &store->db;
    sqlite3_stmt *insert = NULL;
    sqlite3_stmt *forget = NULL;
    sqlite3_stmt *count = NULL;
    int status = database_prepare(
        db,
        "INSERT INTO records(id, seen_s, time_s, time_zone, app, source, sender, conversation,"
        " title, body, category, expires_s, expires_zone, urgency, trust, actions, is_code, bytes)"
        " VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18)"
        " ON CONFLICT(id) DO UPDATE SET seen_s=?2, time_s=?3, time_zone=?4, app=?5, source=?6,"
        " sender=?7, conversation=?8, title=?9, body=?10, category=?11, expires_s=?12,"
        " expires_zone=?13, urgency=?14, trust=?15, actions=?16, is_code=?17, bytes=?18,"
        " closed_s=0, verdict=0",
        &insert, err);
    status = status != HUIS_OK
                 ? status
                 : database_prepare(db,
                                    "DELETE FROM decisions WHERE record ="
                                    " (SELECT n FROM records WHERE id = ?1) AND ?2 <> 0",
                                    &forget, err);
    status = status != HUIS_OK
                 ? status
                 : database_prepare(db,
                                    "INSERT INTO app_days(app, day, shown) VALUES(?1, ?2, 1)"
                                    " ON CONFLICT DO UPDATE SET shown = shown + 1",
                                    &count, err);
    for (size_t i = 0; status == HUIS_OK && i < n_records; i++) {
        status = add_one(db, insert, &records[i], codes != NULL && codes[i], now_s, err);
        status = status != HUIS_OK ? status : run_two(db, forget, records[i].id, 1, err);
        status =
            status != HUIS_OK ? status : run_two(db, count, records[i].app, now_s / DAY_S, err);
    }
    (void)sqlite3_finalize(insert);
    (void)sqlite3_finalize(forget);
    (void)sqlite3_finalize(count);
    return status;
}

/* How many of the oldest records must go, and a twentieth more so that it does not happen each time;
 * 0: none. */
static int count_excess(const database *db, int64_t *out_n, huis_error *err)
{
    sqlite3_stmt *s = NULL;
    bool row = false;
    int status = database_prepare(db, "SELECT n_records, bytes FROM totals", &s, err);
    status = status != HUIS_OK ? status : database_step(db, s, &row, err);
    if (status == HUIS_OK) {
        const int64_t n = row ? sqlite3_column_int64(s, 0) : 0;
        const int64_t bytes = row ? sqlite3_column_int64(s, 1) : 0;
        const int64_t most = LIMIT_STORE_RECORDS;
        *out_n = n > most                             ? n - most + most / 20
                 : bytes > (int64_t)LIMIT_STORE_BYTES ? n / 20 + 1
                                                      : 0;
    }
    (void)sqlite3_finalize(s);
    return status;
}

static int enforce_limits(const database *db, huis_error *err)
{
    int64_t n = 0;
    int status = count_excess(db, &n, err);
    while (status == HUIS_OK && n > 0) {
        sqlite3_stmt *s = NULL;
        status =
            database_prepare(db,
                             "DELETE FROM records WHERE n IN (SELECT r.n FROM records r LEFT JOIN"
                             " decisions d ON d.record = r.n ORDER BY coalesce(d.class, 0) = 1,"
                             " r.time_s, r.n LIMIT ?1)",
                             &s, err);
        if (status == HUIS_OK) {
            (void)sqlite3_bind_int64(s, 1, n);
            status = database_run(db, s, err);
        }
        (void)sqlite3_finalize(s);
        status = status != HUIS_OK ? status : count_excess(db, &n, err);
    }
    return status;
}

int notification_store_add(notification_store *store, const huis_notification *records,
                           const bool *codes, size_t n_records, int64_t now_s, huis_error *err)
{
    bool own = false;
    int status = notification_enter(store, &own, err);
    if (status != HUIS_OK) {
        return status;
    }
    status = add_all(store, records, codes, n_records, now_s, err);
    status = status != HUIS_OK ? status : enforce_limits(&store->db, err);
    return notification_leave(store, own, status, err);
}

/* --- events, decisions --- */

static bool closes(int event)
{
    return event == HUIS_VERDICT_OPENED || event == HUIS_VERDICT_DISMISSED ||
           event == HUIS_VERDICT_REPLIED || event == NOTIFICATION_CLOSED ||
           event == NOTIFICATION_WITHDRAWN;
}

/* The statement's parameters: id, event, now. */
static int run_event(const database *db, const char *sql, const char *id, int event, int64_t now_s,
                     huis_error *err)
{
    sqlite3_stmt *s = NULL;
    int status = database_prepare(db, sql, &s, err);
    if (status == HUIS_OK) {
        database_bind_text(s, 1, id);
        (void)sqlite3_bind_int(s, 2, event);
        (void)sqlite3_bind_int64(s, 3, now_s);
        status = database_run(db, s, err);
    }
    (void)sqlite3_finalize(s);
    return status;
}

static int put_event(notification_store *store, const char *id, int event, int64_t now_s,
                     huis_error *err)
{
    const database *const db = &store->db;
    int status = run_event(db,
                           "INSERT INTO events(record, kind, time_s)"
                           " SELECT n, ?2, ?3 FROM records WHERE id = ?1",
                           id, event, now_s, err);
    if (status == HUIS_OK && sqlite3_changes64(db->handle) == 0) {
        return error_set(err, HUIS_E_NOT_FOUND, "no notification '%s' in the store", id);
    }
    if (status == HUIS_OK && event <= HUIS_VERDICT_DOWN) {
        status = run_event(db, "UPDATE records SET verdict = ?2 WHERE id = ?1 AND ?3 IS NOT NULL",
                           id, event, now_s, err);
    }
    if (status == HUIS_OK && closes(event)) {
        status = run_event(db,
                           "UPDATE records SET closed_s = ?3 WHERE id = ?1 AND closed_s = 0 AND"
                           " ?2 IS NOT NULL",
                           id, event, now_s, err);
    }
    if (status == HUIS_OK && (event == HUIS_VERDICT_OPENED || event == HUIS_VERDICT_REPLIED)) {
        status =
            run_event(db,
                      "INSERT INTO app_days(app, day, opened)"
                      " SELECT app, ?3 / 86400, 1 FROM records WHERE id = ?1 AND ?2 IS NOT NULL"
                      " ON CONFLICT DO UPDATE SET opened = opened + 1",
                      id, event, now_s, err);
    }
    return status;
}

int notification_store_event(notification_store *store, const char *id, int event, int64_t now_s,
                             huis_error *err)
{
    bool own = false;
    const int status = notification_enter(store, &own, err);
    return status != HUIS_OK
               ? status
               : notification_leave(store, own, put_event(store, id, event, now_s, err), err);
}

static int decide_one(const database *db, sqlite3_stmt *put, sqlite3_stmt *mark, const char *id,
                      const huis_notify_rank_item *item, int64_t now_s, huis_error *err)
{
    char *const reasons = notification_list_write(item->reasons, item->n_reasons);
    if (reasons == NULL) {
        return error_no_memory(err, "a decision");
    }
    database_bind_text(put, 1, id);
    (void)sqlite3_bind_int(put, 2, (int)item->cls);
    (void)sqlite3_bind_double(put, 3, item->score);
    (void)sqlite3_bind_int(put, 4, item->interrupt ? 1 : 0);
    database_bind_text(put, 5, reasons);
    database_bind_text(put, 6, item->deadline);
    (void)sqlite3_bind_int64(put, 7, now_s);
    int status = database_run(db, put, err);
    if (status == HUIS_OK && item->one_time_code) {
        database_bind_text(mark, 1, id);
        status = database_run(db, mark, err);
    }
    (void)sqlite3_clear_bindings(put);
    (void)memory_free(reasons);
    return status;
}

static int decide_all(notification_store *store, const huis_notification *records,
                      const huis_notify_ranking *ranking, int64_t now_s, huis_error *err)
{
    const database *const db = &store->db;
    sqlite3_stmt *put = NULL;
    sqlite3_stmt *mark = NULL;
    int status = database_prepare(
        db,
        "INSERT OR REPLACE INTO decisions(record, class, score, interrupt, reasons, deadline,"
        " decided_s) SELECT n, ?2, ?3, ?4, ?5, ?6, ?7 FROM records WHERE id = ?1",
        &put, err);
    status = status != HUIS_OK
                 ? status
                 : database_prepare(db, "UPDATE records SET is_code = 1 WHERE id = ?1", &mark, err);
    for (size_t i = 0; status == HUIS_OK && i < ranking->n_items; i++) {
        const huis_notify_rank_item *const item = &ranking->items[i];
        status = decide_one(db, put, mark, records[item->record].id, item, now_s, err);
    }
    (void)sqlite3_finalize(put);
    (void)sqlite3_finalize(mark);
    return status;
}

int notification_store_decide(notification_store *store, const huis_notification *records,
                              const huis_notify_ranking *ranking, int64_t now_s, huis_error *err)
{
    bool own = false;
    const int status = notification_enter(store, &own, err);
    return status != HUIS_OK
               ? status
               : notification_leave(store, own, decide_all(store, records, ranking, now_s, err),
                                    err);
}

/* --- out --- */

static huis_time column_time(sqlite3_stmt *s, int i)
{
    if (sqlite3_column_type(s, i) == SQLITE_NULL) {
        return (huis_time){.known = false};
    }
    const int zone = sqlite3_column_int(s, i + 1);
    return (huis_time){.seconds = sqlite3_column_int64(s, i),
                       .zone_minutes = zone > -1440 && zone < 1440 ? zone : 0,
                       .known = true};
}

#define RECORD_COLUMNS                                                                             \
    "r.id, r.app, r.source, r.sender, r.conversation, r.title, r.body, r.category, r.time_s,"      \
    " r.time_zone, r.expires_s, r.expires_zone, r.urgency, r.trust, r.actions, r.seen_s,"          \
    " r.closed_s, r.verdict, r.is_code, d.class, d.score, d.interrupt, d.reasons, d.deadline,"     \
    " d.decided_s FROM records r LEFT JOIN decisions d ON d.record = r.n"

static bool read_decision(sqlite3_stmt *s, arena *memory, stored_state *state)
{
    stored_decision *const d = &state->decision;
    const int cls = sqlite3_column_int(s, 19);
    if (cls < HUIS_NOTIFY_CRITICAL || cls > HUIS_NOTIFY_HOSTILE) {
        return true;
    }
    *d = (stored_decision){.is_known = true,
                           .cls = (huis_notify_class)cls,
                           .score = sqlite3_column_double(s, 20),
                           .interrupt = sqlite3_column_int(s, 21) != 0,
                           .one_time_code = state->is_code,
                           .decided_s = sqlite3_column_int64(s, 24)};
    return notification_list_read(s, 22, memory, &d->reasons, &d->n_reasons) &&
           notification_column(s, 23, memory, &d->deadline);
}

static bool read_row(sqlite3_stmt *s, arena *memory, huis_notification *r, stored_state *state)
{
    const char **const texts[] = {&r->id,           &r->app,   &r->source, &r->sender,
                                  &r->conversation, &r->title, &r->body,   &r->category};
    *r = (huis_notification){.time = column_time(s, 8), .expires = column_time(s, 10)};
    for (int i = 0; i < 8; i++) {
        if (!notification_column(s, i, memory, texts[i])) {
            return false;
        }
    }
    const int urgency = sqlite3_column_int(s, 12);
    const int trust = sqlite3_column_int(s, 13);
    r->urgency = urgency >= 0 && urgency <= 2 ? urgency : -1;
    r->trust = trust >= 0 && trust <= HUIS_TRUST_SPOOFED ? (huis_trust)trust : HUIS_TRUST_UNSTATED;
    *state = (stored_state){.seen_s = sqlite3_column_int64(s, 15),
                            .closed_s = sqlite3_column_int64(s, 16),
                            .last_verdict = sqlite3_column_int(s, 17),
                            .is_code = sqlite3_column_int(s, 18) != 0};
    return notification_list_read(s, 14, memory, &r->actions, &r->n_actions) &&
           read_decision(s, memory, state);
}

/* Rows come newest first and are turned round. */
static void reverse(huis_notification *records, stored_state *states, size_t n)
{
    for (size_t i = 0; i < n / 2; i++) {
        const huis_notification record = records[i];
        const stored_state state = states[i];
        records[i] = records[n - 1 - i];
        states[i] = states[n - 1 - i];
        records[n - 1 - i] = record;
        states[n - 1 - i] = state;
    }
}

static int read_rows(const database *db, sqlite3_stmt *s, stored_notifications *out,
                     huis_error *err)
{
    void *records = NULL;
    void *states = NULL;
    size_t room = 0;
    size_t n = 0;
    for (;;) {
        bool row = false;
        const int status = database_step(db, s, &row, err);
        if (status != HUIS_OK) {
            return status;
        }
        if (!row) {
            break;
        }
        size_t states_room = room;
        if (!notification_grow(&out->memory, &records, n, &room, sizeof(huis_notification)) ||
            !notification_grow(&out->memory, &states, n, &states_room, sizeof(stored_state)) ||
            !read_row(s, &out->memory, (huis_notification *)records + n,
                      (stored_state *)states + n)) {
            return error_no_memory(err, "the notifications of the store");
        }
        /* A damaged file may lack what a record cannot do without. */
        const huis_notification *const r = (huis_notification *)records + n;
        n += r->id != NULL && r->app != NULL && (r->title != NULL || r->body != NULL) ? 1 : 0;
    }
    if (n > 0) {
        reverse(records, states, n);
    }
    out->records = records;
    out->states = states;
    out->n_items = n;
    return HUIS_OK;
}

static int ask(const database *db, const notification_query *q, sqlite3_stmt **out, huis_error *err)
{
    sqlite3_stmt *s = NULL;
    int status = HUIS_OK;
    if (q->id != NULL) {
        status = database_prepare(db, "SELECT " RECORD_COLUMNS " WHERE r.id = ?1", &s, err);
        if (status == HUIS_OK) {
            database_bind_text(s, 1, q->id);
        }
    } else {
        status = database_prepare(db,
                                  "SELECT " RECORD_COLUMNS " WHERE (?1 IS NULL OR r.app = ?1) AND"
                                  " r.time_s >= ?2 AND (?3 = 0 OR r.closed_s = 0)"
                                  " ORDER BY r.time_s DESC, r.n DESC LIMIT ?4",
                                  &s, err);
        if (status == HUIS_OK) {
            database_bind_text(s, 1, q->app);
            (void)sqlite3_bind_int64(s, 2, q->since_s != 0 ? q->since_s : INT64_MIN);
            (void)sqlite3_bind_int(s, 3, q->only_open ? 1 : 0);
            (void)sqlite3_bind_int64(s, 4, q->max_items != 0 ? (int64_t)q->max_items : -1);
        }
    }
    *out = s;
    return status;
}

int notification_store_read(notification_store *store, const notification_query *query,
                            stored_notifications **out_records, huis_error *err)
{
    const notification_query all = {.id = NULL};
    stored_notifications *const result = memory_alloc(1, sizeof(*result));
    if (result == NULL) {
        return error_no_memory(err, "the notifications of the store");
    }
    arena_init(&result->memory, LIMIT_NOTIFY_MEMORY_BYTES);
    sqlite3_stmt *s = NULL;
    int status = ask(&store->db, query != NULL ? query : &all, &s, err);
    status = status != HUIS_OK ? status : read_rows(&store->db, s, result, err);
    (void)sqlite3_finalize(s);
    if (status != HUIS_OK) {
        (void)stored_notifications_free(result);
        return notification_leave(store, false, status, err);
    }
    *out_records = result;
    return HUIS_OK;
}

stored_notifications *stored_notifications_free(stored_notifications *records)
{
    if (records != NULL) {
        arena_deinit(&records->memory);
        (void)memory_free(records);
    }
    return NULL;
}
