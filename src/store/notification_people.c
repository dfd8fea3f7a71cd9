/*
 * notification_people.c - what a context is made of: contacts, calendar, counts of apps, verdicts.
 */
#include "base/error.h"
#include "base/limits.h"
#include "base/memory.h"
#include "store/notification_parts.h"

enum { DAY_S = 86400, APP_DAYS = 30, AHEAD_DAYS = 31 };

static const char WHAT[] = "the context of the store";

/* --- in --- */

static int forget_source(const database *db, const char *sql, const char *source, huis_error *err)
{
    sqlite3_stmt *s = NULL;
    int status = database_prepare(db, sql, &s, err);
    if (status == HUIS_OK) {
        database_bind_text(s, 1, source);
        status = database_run(db, s, err);
    }
    (void)sqlite3_finalize(s);
    return status;
}

static int put_contacts(const database *db, const char *source, const stored_contact *contacts,
                        size_t n, huis_error *err)
{
    sqlite3_stmt *s = NULL;
    int status = forget_source(db, "DELETE FROM contacts WHERE source = ?1", source, err);
    status = status != HUIS_OK
                 ? status
                 : database_prepare(db, "INSERT INTO contacts VALUES(?1, ?2, ?3, ?4, ?5)", &s, err);
    for (size_t i = 0; status == HUIS_OK && i < n; i++) {
        const stored_contact *const c = &contacts[i];
        char *const addresses = notification_list_write(c->addresses, c->n_addresses);
        if (addresses == NULL) {
            status = error_no_memory(err, WHAT);
            break;
        }
        database_bind_text(s, 1, source);
        database_bind_text(s, 2, c->name);
        database_bind_text(s, 3, c->relation);
        (void)sqlite3_bind_int(s, 4, c->starred ? 1 : 0);
        database_bind_text(s, 5, addresses);
        status = database_run(db, s, err);
        (void)sqlite3_clear_bindings(s);
        (void)memory_free(addresses);
    }
    (void)sqlite3_finalize(s);
    return status;
}

int notification_store_set_contacts(notification_store *store, const char *source,
                                    const stored_contact *contacts, size_t n, huis_error *err)
{
    bool own = false;
    const int status = notification_enter(store, &own, err);
    return status != HUIS_OK
               ? status
               : notification_leave(store, own, put_contacts(&store->db, source, contacts, n, err),
                                    err);
}

static int put_calendar(const database *db, const char *source, const stored_event *events,
                        size_t n, huis_error *err)
{
    sqlite3_stmt *s = NULL;
    int status = forget_source(db, "DELETE FROM calendar WHERE source = ?1", source, err);
    status = status != HUIS_OK
                 ? status
                 : database_prepare(db, "INSERT INTO calendar VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                                    &s, err);
    for (size_t i = 0; status == HUIS_OK && i < n; i++) {
        const stored_event *const e = &events[i];
        database_bind_text(s, 1, source);
        database_bind_text(s, 2, e->title);
        (void)sqlite3_bind_int64(s, 3, e->start.seconds);
        (void)sqlite3_bind_int(s, 4, e->start.zone_minutes);
        if (e->end.known) {
            (void)sqlite3_bind_int64(s, 5, e->end.seconds);
            (void)sqlite3_bind_int(s, 6, e->end.zone_minutes);
        }
        (void)sqlite3_bind_int(s, 7, e->all_day ? 1 : 0);
        status = database_run(db, s, err);
        (void)sqlite3_clear_bindings(s);
    }
    (void)sqlite3_finalize(s);
    return status;
}

int notification_store_set_calendar(notification_store *store, const char *source,
                                    const stored_event *events, size_t n, huis_error *err)
{
    bool own = false;
    const int status = notification_enter(store, &own, err);
    return status != HUIS_OK
               ? status
               : notification_leave(store, own, put_calendar(&store->db, source, events, n, err),
                                    err);
}

/* --- out --- */

/* Reads the row into `out`, zeroed; false: no memory. */
typedef bool (*row_fn)(sqlite3_stmt *s, arena *memory, void *out);

static int read_all(const database *db, const char *sql, int64_t first, int64_t second, row_fn read,
                    arena *memory, size_t size, void **out_items, size_t *out_n, huis_error *err)
{
    sqlite3_stmt *s = NULL;
    size_t room = 0;
    int status = database_prepare(db, sql, &s, err);
    if (status == HUIS_OK) {
        (void)sqlite3_bind_int64(s, 1, first);
        (void)sqlite3_bind_int64(s, 2, second);
    }
    while (status == HUIS_OK) {
        bool row = false;
        status = database_step(db, s, &row, err);
        if (status != HUIS_OK || !row) {
            break;
        }
        if (!notification_grow(memory, out_items, *out_n, &room, size) ||
            !read(s, memory, (unsigned char *)*out_items + *out_n * size)) {
            status = error_no_memory(err, WHAT);
        } else {
            (*out_n)++;
        }
    }
    (void)sqlite3_finalize(s);
    return status;
}

static bool read_contact(sqlite3_stmt *s, arena *memory, void *out)
{
    stored_contact *const c = out;
    c->starred = sqlite3_column_int(s, 2) != 0;
    return notification_column(s, 0, memory, &c->name) &&
           notification_column(s, 1, memory, &c->relation) &&
           notification_list_read(s, 3, memory, &c->addresses, &c->n_addresses);
}

static bool read_event(sqlite3_stmt *s, arena *memory, void *out)
{
    stored_event *const e = out;
    e->start = (huis_time){sqlite3_column_int64(s, 1), sqlite3_column_int(s, 2), true};
    e->all_day = sqlite3_column_int(s, 5) != 0;
    if (sqlite3_column_type(s, 3) != SQLITE_NULL) {
        e->end = (huis_time){sqlite3_column_int64(s, 3), sqlite3_column_int(s, 4), true};
    }
    return notification_column(s, 0, memory, &e->title);
}

static bool read_app(sqlite3_stmt *s, arena *memory, void *out)
{
    stored_app *const a = out;
    a->shown_30d = (uint64_t)sqlite3_column_int64(s, 1);
    a->opened_30d = (uint64_t)sqlite3_column_int64(s, 2);
    return notification_column(s, 0, memory, &a->name);
}

static bool read_past(sqlite3_stmt *s, arena *memory, void *out)
{
    stored_past *const p = out;
    p->action = (huis_notify_verdict)sqlite3_column_int(s, 3);
    p->time_s = sqlite3_column_int64(s, 4);
    return notification_column(s, 0, memory, &p->app) &&
           notification_column(s, 1, memory, &p->sender) &&
           notification_column(s, 2, memory, &p->title);
}

static int read_context(const database *db, int64_t now_s, stored_context *c, huis_error *err)
{
    void *contacts = NULL;
    void *calendar = NULL;
    void *apps = NULL;
    void *history = NULL;
    int status = read_all(db,
                          "SELECT name, relation, starred, addresses FROM contacts"
                          " WHERE ?1 = ?2 LIMIT 100000",
                          0, 0, read_contact, &c->memory, sizeof(stored_contact), &contacts,
                          &c->n_contacts, err);
    status =
        status != HUIS_OK
            ? status
            : read_all(db,
                       "SELECT title, start_s, start_zone, end_s, end_zone, all_day FROM calendar"
                       " WHERE coalesce(end_s, start_s) >= ?1 AND start_s <= ?2"
                       " ORDER BY start_s LIMIT 100000",
                       now_s - DAY_S, now_s + (int64_t)AHEAD_DAYS * DAY_S, read_event, &c->memory,
                       sizeof(stored_event), &calendar, &c->n_calendar, err);
    status = status != HUIS_OK ? status
                               : read_all(db,
                                          "SELECT app, sum(shown), sum(opened) FROM app_days"
                                          " WHERE day > ?1 AND ?2 = 0 GROUP BY app LIMIT 100000",
                                          now_s / DAY_S - APP_DAYS, 0, read_app, &c->memory,
                                          sizeof(stored_app), &apps, &c->n_apps, err);
    /* One-time codes are no history. */
    status = status != HUIS_OK
                 ? status
                 : read_all(db,
                            "SELECT r.app, r.sender, r.title, e.kind, e.time_s FROM events e"
                            " JOIN records r ON r.n = e.record WHERE e.kind BETWEEN 1 AND ?1 AND"
                            " r.is_code = 0 ORDER BY e.time_s DESC LIMIT ?2",
                            HUIS_VERDICT_DOWN, LIMIT_STORE_HISTORY, read_past, &c->memory,
                            sizeof(stored_past), &history, &c->n_history, err);
    c->contacts = contacts;
    c->calendar = calendar;
    c->apps = apps;
    c->history = history;
    return status;
}

int notification_store_context(notification_store *store, int64_t now_s,
                               stored_context **out_context, huis_error *err)
{
    stored_context *const result = memory_alloc(1, sizeof(*result));
    if (result == NULL) {
        return error_no_memory(err, WHAT);
    }
    arena_init(&result->memory, LIMIT_NOTIFY_MEMORY_BYTES);
    const int status = read_context(&store->db, now_s, result, err);
    if (status != HUIS_OK) {
        (void)stored_context_free(result);
        return notification_leave(store, false, status, err);
    }
    *out_context = result;
    return HUIS_OK;
}

stored_context *stored_context_free(stored_context *context)
{
    if (context != NULL) {
        arena_deinit(&context->memory);
        (void)memory_free(context);
    }
    return NULL;
}
