/*
 * notification_settings.c - switches, settings and the learnt weights.
 */
#include "base/error.h"
#include "base/limits.h"
#include "base/memory.h"
#include "store/notification_parts.h"

/* --- switches; the app of "all apps" is '' --- */

int notification_store_is_on(notification_store *store, const char *feature, const char *app,
                             bool fallback, bool *out_on, huis_error *err)
{
    sqlite3_stmt *s = NULL;
    bool row = false;
    int status =
        database_prepare(&store->db,
                         "SELECT is_on FROM switches WHERE feature = ?1 AND app IN ('', ?2)"
                         " ORDER BY app DESC LIMIT 1",
                         &s, err);
    if (status == HUIS_OK) {
        database_bind_text(s, 1, feature);
        database_bind_text(s, 2, app != NULL ? app : "");
        status = database_step(&store->db, s, &row, err);
    }
    if (status == HUIS_OK) {
        *out_on = row ? sqlite3_column_int(s, 0) != 0 : fallback;
    }
    (void)sqlite3_finalize(s);
    return notification_leave(store, false, status, err);
}

static int put_switch(const database *db, const char *feature, const char *app, bool on,
                      huis_error *err)
{
    sqlite3_stmt *s = NULL;
    int status =
        database_prepare(db, "INSERT OR REPLACE INTO switches VALUES(?1, ?2, ?3)", &s, err);
    if (status == HUIS_OK) {
        database_bind_text(s, 1, feature);
        database_bind_text(s, 2, app != NULL ? app : "");
        (void)sqlite3_bind_int(s, 3, on ? 1 : 0);
        status = database_run(db, s, err);
    }
    (void)sqlite3_finalize(s);
    return status;
}

int notification_store_switch(notification_store *store, const char *feature, const char *app,
                              bool on, huis_error *err)
{
    bool own = false;
    const int status = notification_enter(store, &own, err);
    return status != HUIS_OK
               ? status
               : notification_leave(store, own, put_switch(&store->db, feature, app, on, err), err);
}

static int read_switches(const database *db, stored_switches *out, huis_error *err)
{
    sqlite3_stmt *s = NULL;
    void *items = NULL;
    size_t room = 0;
    int status = database_prepare(
        db, "SELECT feature, nullif(app, ''), is_on FROM switches ORDER BY feature, app", &s, err);
    while (status == HUIS_OK) {
        bool row = false;
        status = database_step(db, s, &row, err);
        if (status != HUIS_OK || !row) {
            break;
        }
        if (!notification_grow(&out->memory, &items, out->n_items, &room, sizeof(stored_switch))) {
            status = error_no_memory(err, "switches");
            break;
        }
        stored_switch *const item = (stored_switch *)items + out->n_items++;
        item->on = sqlite3_column_int(s, 2) != 0;
        if (!notification_column(s, 0, &out->memory, &item->feature) ||
            !notification_column(s, 1, &out->memory, &item->app)) {
            status = error_no_memory(err, "switches");
        }
    }
    out->items = items;
    (void)sqlite3_finalize(s);
    return status;
}

int notification_store_switches(notification_store *store, stored_switches **out_switches,
                                huis_error *err)
{
    stored_switches *const result = memory_alloc(1, sizeof(*result));
    if (result == NULL) {
        return error_no_memory(err, "switches");
    }
    arena_init(&result->memory, LIMIT_MIB * 16);
    const int status = read_switches(&store->db, result, err);
    if (status != HUIS_OK) {
        (void)stored_switches_free(result);
        return notification_leave(store, false, status, err);
    }
    *out_switches = result;
    return HUIS_OK;
}

stored_switches *stored_switches_free(stored_switches *switches)
{
    if (switches != NULL) {
        arena_deinit(&switches->memory);
        (void)memory_free(switches);
    }
    return NULL;
}

/* --- settings --- */

static int read_value(const database *db, const char *key, void **out_bytes, size_t *out_n_bytes,
                      huis_error *err)
{
    sqlite3_stmt *s = NULL;
    bool row = false;
    int status = database_prepare(db, "SELECT value FROM settings WHERE key = ?1", &s, err);
    if (status == HUIS_OK) {
        database_bind_text(s, 1, key);
        status = database_step(db, s, &row, err);
    }
    if (status == HUIS_OK) {
        char *copy = NULL;
        const void *const value = row ? sqlite3_column_blob(s, 0) : NULL;
        const size_t n = value != NULL ? (size_t)sqlite3_column_bytes(s, 0) : 0;
        if (row && (copy = memory_copy_string(n > 0 ? value : "", n)) == NULL) {
            status = error_no_memory(err, "a setting");
        } else {
            *out_bytes = copy;
            *out_n_bytes = n;
        }
    }
    (void)sqlite3_finalize(s);
    return status;
}

static int put_value(const database *db, const char *key, const void *bytes, size_t n_bytes,
                     huis_error *err)
{
    sqlite3_stmt *s = NULL;
    int status = database_prepare(db,
                                  bytes != NULL ? "INSERT OR REPLACE INTO settings VALUES(?1, ?2)"
                                                : "DELETE FROM settings WHERE key = ?1",
                                  &s, err);
    if (status == HUIS_OK) {
        database_bind_text(s, 1, key);
        if (bytes != NULL) {
            (void)sqlite3_bind_blob64(s, 2, bytes, n_bytes, SQLITE_STATIC);
        }
        status = database_run(db, s, err);
    }
    (void)sqlite3_finalize(s);
    return status;
}

static int write_value(notification_store *store, const char *key, const void *bytes,
                       size_t n_bytes, huis_error *err)
{
    bool own = false;
    const int status = notification_enter(store, &own, err);
    return status != HUIS_OK
               ? status
               : notification_leave(store, own, put_value(&store->db, key, bytes, n_bytes, err),
                                    err);
}

int notification_store_setting(notification_store *store, const char *key, char **out_value,
                               huis_error *err)
{
    void *value = NULL;
    size_t n = 0;
    const int status =
        notification_leave(store, false, read_value(&store->db, key, &value, &n, err), err);
    if (status == HUIS_OK) {
        *out_value = value;
    }
    return status;
}

int notification_store_set_setting(notification_store *store, const char *key, const char *value,
                                   huis_error *err)
{
    return write_value(store, key, value, value != NULL ? strlen(value) : 0, err);
}

int notification_store_weights(notification_store *store, void **out_bytes, size_t *out_n_bytes,
                               huis_error *err)
{
    return notification_leave(store, false,
                              read_value(&store->db, "weights", out_bytes, out_n_bytes, err), err);
}

int notification_store_set_weights(notification_store *store, const void *bytes, size_t n_bytes,
                                   huis_error *err)
{
    return write_value(store, "weights", bytes, n_bytes, err);
}
