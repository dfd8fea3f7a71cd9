/*
 * notification_salvage.c - a damaged store moved aside, and what can be read of it put into a new one.
 *
 * Idea: a page that is damaged stops a walk over a table; so each table with a rowid is walked from
 * both ends. Rows that break a rule of the new tables are passed over. The damaged file stays where
 * it was moved until everything is purged: a person may know better tools.
 */
#include <errno.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "base/memory.h"
#include "store/notification_parts.h"

typedef struct table_copy {
    const char *name, *columns;
    int n_columns;
    bool has_rowid;
} table_copy;

static const table_copy TABLES[] = {
    {"records",
     "n, id, seen_s, time_s, time_zone, app, source, sender, conversation, title, body, category,"
     " expires_s, expires_zone, urgency, trust, actions, is_code, closed_s, verdict, bytes",
     21, true},
    {"events", "record, kind, time_s", 3, true},
    {"decisions", "record, class, score, interrupt, reasons, deadline, decided_s", 7, true},
    {"app_days", "app, day, shown, opened", 4, false},
    {"switches", "feature, app, is_on", 3, false},
    {"settings", "key, value", 2, false},
    {"contacts", "source, name, relation, starred, addresses", 5, true},
    {"calendar", "source, title, start_s, start_zone, end_s, end_zone, all_day", 7, true},
};

/* "notifications.db.damaged-20260303T100000Z", with "-2" behind it where that is taken. */
static bool choose_name(buffer *out, const char *path, int64_t now_s)
{
    char stamp[40] = "";
    struct tm parts;
    const time_t now = (time_t)now_s;
    if (gmtime_r(&now, &parts) == NULL ||
        strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", &parts) == 0) {
        (void)snprintf(stamp, sizeof(stamp), "%lld", (long long)now_s);
    }
    for (int i = 1; i < 1000; i++) {
        buffer_reset(out);
        if (!buffer_printf(out, "%s.damaged-%s", path, stamp) ||
            (i > 1 && !buffer_printf(out, "-%d", i))) {
            return false;
        }
        if (access(out->ptr, F_OK) != 0) {
            return true;
        }
    }
    return false;
}

static bool move(const char *path, const char *new_path, const char *ending)
{
    buffer from;
    buffer to;
    buffer_init(&from, 1u << 16);
    buffer_init(&to, 1u << 16);
    const bool moved =
        buffer_printf(&from, "%s%s", path, ending) && buffer_printf(&to, "%s%s", new_path, ending);
    const bool done = moved && (rename(from.ptr, to.ptr) == 0 || errno == ENOENT);
    buffer_deinit(&from);
    buffer_deinit(&to);
    return done;
}

/* The log goes first: a new file must never meet the old one's log. */
static int move_aside(const char *path, const char *new_path, huis_error *err)
{
    return move(path, new_path, "-wal") && move(path, new_path, "-shm") && move(path, new_path, "")
               ? HUIS_OK
               : error_from_errno(err, "cannot move the damaged file", path);
}

/* Copies rows as long as the old file gives some; *out_last is the rowid of the last. */
static int copy_rows(const database *from, const database *to, sqlite3_stmt *in, sqlite3_stmt *out,
                     int n_columns, int64_t stop_at, int64_t *out_last, huis_error *err)
{
    for (;;) {
        bool row = false;
        if (database_step(from, in, &row, NULL) != HUIS_OK || !row) {
            return HUIS_OK;
        }
        *out_last = sqlite3_column_int64(in, n_columns);
        if (*out_last == stop_at) {
            return HUIS_OK;
        }
        for (int i = 0; i < n_columns; i++) {
            (void)sqlite3_bind_value(out, i + 1, sqlite3_column_value(in, i));
        }
        huis_error problem = {.status = HUIS_OK};
        const int status = database_run(to, out, &problem);
        /* A row that the new tables do not take is no reason to lose the next. */
        if (status == HUIS_E_NO_SPACE || status == HUIS_E_NO_MEMORY || status == HUIS_E_IO) {
            return error_set(err, status, "%s", problem.message);
        }
    }
}

static int copy_way(const database *from, const database *to, const table_copy *t,
                    sqlite3_stmt *out, bool backward, int64_t stop_at, int64_t *out_last,
                    huis_error *err)
{
    char sql[512];
    (void)snprintf(sql, sizeof(sql), "SELECT %s, %s FROM %s NOT INDEXED%s", t->columns,
                   t->has_rowid ? "rowid" : "0", t->name,
                   !t->has_rowid ? ""
                   : backward    ? " ORDER BY rowid DESC"
                                 : " ORDER BY rowid");
    sqlite3_stmt *in = NULL;
    if (database_prepare(from, sql, &in, NULL) != HUIS_OK) {
        return HUIS_OK; /* the old file does not know the table any more */
    }
    const int status = copy_rows(from, to, in, out, t->n_columns, stop_at, out_last, err);
    (void)sqlite3_finalize(in);
    return status;
}

static int copy_table(const database *from, const database *to, const table_copy *t,
                      huis_error *err)
{
    char sql[600];
    size_t used = (size_t)snprintf(sql, sizeof(sql), "INSERT OR IGNORE INTO %s(%s) VALUES(?1",
                                   t->name, t->columns);
    for (int i = 2; i <= t->n_columns; i++) {
        used += (size_t)snprintf(sql + used, sizeof(sql) - used, ",?%d", i);
    }
    (void)snprintf(sql + used, sizeof(sql) - used, ")");
    sqlite3_stmt *out = NULL;
    int status = database_prepare(to, sql, &out, err);
    int64_t last = INT64_MIN;
    int64_t first = INT64_MIN;
    if (status == HUIS_OK) {
        status = copy_way(from, to, t, out, false, INT64_MIN, &last, err);
    }
    if (status == HUIS_OK && t->has_rowid) {
        status = copy_way(from, to, t, out, true, last, &first, err);
    }
    (void)sqlite3_finalize(out);
    return status;
}

static int count_records(const database *db, uint64_t *out_n, huis_error *err)
{
    sqlite3_stmt *s = NULL;
    bool row = false;
    int status = database_prepare(db, "SELECT count(*) FROM records", &s, err);
    status = status != HUIS_OK ? status : database_step(db, s, &row, err);
    if (status == HUIS_OK) {
        *out_n = row ? (uint64_t)sqlite3_column_int64(s, 0) : 0;
    }
    (void)sqlite3_finalize(s);
    return status;
}

/* What is worth having: an id, an app, a text. */
static const char TIDY[] =
    "DELETE FROM records WHERE typeof(id) <> 'text' OR typeof(app) <> 'text' OR"
    " (typeof(title) <> 'text' AND typeof(body) <> 'text') OR typeof(time_s) <> 'integer';"
    "UPDATE records SET bytes = length(CAST(coalesce(title, '') AS BLOB)) +"
    " length(CAST(coalesce(body, '') AS BLOB)) + 64;";

static int copy_all(const database *from, const database *to, uint64_t *out_n, huis_error *err)
{
    int status = database_begin(to, err);
    if (status != HUIS_OK) {
        return status;
    }
    for (size_t i = 0; status == HUIS_OK && i < sizeof(TABLES) / sizeof(TABLES[0]); i++) {
        status = copy_table(from, to, &TABLES[i], err);
    }
    status = status != HUIS_OK ? status : database_execute(to, TIDY, err);
    status = status != HUIS_OK ? status : count_records(to, out_n, err);
    return database_end(to, status, err);
}

static int open_new(database *out_db, const char *path, huis_error *err)
{
    database db;
    int status = database_open(&db, path, false, err);
    if (status != HUIS_OK) {
        return status;
    }
    status = notification_migrate(&db, err);
    if (status != HUIS_OK) {
        database_close(&db);
        return status;
    }
    *out_db = db;
    return HUIS_OK;
}

int notification_salvage(database *out_db, const char *path, int64_t now_s,
                         notification_notice *out_notice, huis_error *err)
{
    buffer new_path;
    buffer_init(&new_path, 1u << 16);
    database db = {.handle = NULL};
    int status = choose_name(&new_path, path, now_s)
                     ? move_aside(path, new_path.ptr, err)
                     : error_no_memory(err, "the notification store");
    status = status != HUIS_OK ? status : open_new(&db, path, err);
    if (status == HUIS_OK) {
        database old;
        uint64_t n = 0;
        if (database_open(&old, new_path.ptr, true, NULL) == HUIS_OK) {
            status = copy_all(&old, &db, &n, err);
            database_close(&old);
        }
        out_notice->was_damaged = true;
        out_notice->n_salvaged = n;
        const char *const slash = strrchr(new_path.ptr, '/');
        (void)snprintf(out_notice->moved_to, sizeof(out_notice->moved_to), "%s",
                       slash != NULL ? slash + 1 : new_path.ptr);
    }
    buffer_deinit(&new_path);
    if (status != HUIS_OK) {
        if (db.handle != NULL) {
            database_close(&db);
        }
        return status;
    }
    *out_db = db;
    return HUIS_OK;
}
