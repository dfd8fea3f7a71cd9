/*
 * notification_schema.c - the tables of the notification store, by version.
 *
 * "totals" is kept by triggers, so that the size limits cost nothing to check. Texts of records are
 * in "records" only: what outlives a record (app_days: counts) holds no text of it.
 */
#include "base/error.h"
#include "store/notification_parts.h"

enum { SCHEMA_VERSION = 1, APPLICATION_ID = 0x48754E6F /* "HuNo" */ };

static const char VERSION_1[] =
    "CREATE TABLE records("
    " n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, seen_s INTEGER NOT NULL,"
    " time_s INTEGER NOT NULL, time_zone INTEGER NOT NULL, app TEXT NOT NULL, source TEXT,"
    " sender TEXT, conversation TEXT, title TEXT, body TEXT, category TEXT, expires_s INTEGER,"
    " expires_zone INTEGER, urgency INTEGER NOT NULL, trust INTEGER NOT NULL, actions TEXT,"
    " is_code INTEGER NOT NULL DEFAULT 0, closed_s INTEGER NOT NULL DEFAULT 0,"
    " verdict INTEGER NOT NULL DEFAULT 0, bytes INTEGER NOT NULL);"
    "CREATE INDEX records_by_time ON records(time_s);"
    "CREATE INDEX records_by_seen ON records(seen_s);"
    "CREATE INDEX records_by_code ON records(time_s) WHERE is_code = 1;"
    "CREATE TABLE events("
    " record INTEGER NOT NULL REFERENCES records(n) ON DELETE CASCADE, kind INTEGER NOT NULL,"
    " time_s INTEGER NOT NULL);"
    "CREATE INDEX events_by_record ON events(record);"
    "CREATE INDEX events_by_time ON events(time_s);"
    "CREATE TABLE decisions("
    " record INTEGER PRIMARY KEY REFERENCES records(n) ON DELETE CASCADE, class INTEGER NOT NULL,"
    " score REAL NOT NULL, interrupt INTEGER NOT NULL, reasons TEXT NOT NULL, deadline TEXT,"
    " decided_s INTEGER NOT NULL);"
    "CREATE TABLE app_days("
    " app TEXT NOT NULL, day INTEGER NOT NULL, shown INTEGER NOT NULL DEFAULT 0,"
    " opened INTEGER NOT NULL DEFAULT 0, PRIMARY KEY(app, day)) WITHOUT ROWID;"
    "CREATE TABLE switches("
    " feature TEXT NOT NULL, app TEXT NOT NULL, is_on INTEGER NOT NULL, PRIMARY KEY(feature, app))"
    " WITHOUT ROWID;"
    "CREATE TABLE settings(key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE contacts("
    " source TEXT NOT NULL, name TEXT NOT NULL, relation TEXT, starred INTEGER NOT NULL,"
    " addresses TEXT);"
    "CREATE INDEX contacts_by_source ON contacts(source);"
    "CREATE TABLE calendar("
    " source TEXT NOT NULL, title TEXT NOT NULL, start_s INTEGER NOT NULL,"
    " start_zone INTEGER NOT NULL, end_s INTEGER, end_zone INTEGER, all_day INTEGER NOT NULL);"
    "CREATE INDEX calendar_by_start ON calendar(start_s);"
    "CREATE TABLE totals(n_records INTEGER NOT NULL, bytes INTEGER NOT NULL);"
    "INSERT INTO totals VALUES(0, 0);"
    "CREATE TRIGGER records_added AFTER INSERT ON records BEGIN"
    " UPDATE totals SET n_records = n_records + 1, bytes = bytes + new.bytes; END;"
    "CREATE TRIGGER records_removed AFTER DELETE ON records BEGIN"
    " UPDATE totals SET n_records = n_records - 1, bytes = bytes - old.bytes; END;"
    "CREATE TRIGGER records_changed AFTER UPDATE OF bytes ON records BEGIN"
    " UPDATE totals SET bytes = bytes - old.bytes + new.bytes; END;";

static int read_number(const database *db, const char *sql, int64_t *out_value, huis_error *err)
{
    sqlite3_stmt *statement = NULL;
    int status = database_prepare(db, sql, &statement, err);
    bool row = false;
    if (status == HUIS_OK) {
        status = database_step(db, statement, &row, err);
    }
    if (status == HUIS_OK) {
        *out_value = row ? sqlite3_column_int64(statement, 0) : 0;
    }
    (void)sqlite3_finalize(statement);
    return status;
}

static int make_tables(const database *db, huis_error *err)
{
    int status = database_begin(db, err);
    if (status != HUIS_OK) {
        return status;
    }
    /* Another process may have made them meanwhile. */
    int64_t version = 0;
    status = read_number(db, "PRAGMA user_version", &version, err);
    if (status == HUIS_OK && version == 0) {
        status = database_execute(db, VERSION_1, err);
        status = status != HUIS_OK ? status
                                   : database_execute(db,
                                                      "PRAGMA user_version=1;"
                                                      "PRAGMA application_id=1215647343;",
                                                      err);
    }
    return database_end(db, status, err);
}

int notification_migrate(const database *db, huis_error *err)
{
    _Static_assert(APPLICATION_ID == 1215647343, "as the pragma above says");
    int64_t version = 0;
    int64_t n_tables = 0;
    int status = read_number(db, "PRAGMA user_version", &version, err);
    status = status != HUIS_OK
                 ? status
                 : read_number(db, "SELECT count(*) FROM sqlite_schema", &n_tables, err);
    if (status != HUIS_OK || version == SCHEMA_VERSION) {
        return status;
    }
    if (version > SCHEMA_VERSION) {
        return error_set(err, HUIS_E_UNSUPPORTED,
                         "%s: of a newer huis (version %lld, this one knows %d): update huis",
                         db->path, (long long)version, SCHEMA_VERSION);
    }
    if (n_tables > 0 || version < 0) {
        return error_set(err, HUIS_E_BAD_FILE, "%s: no notification store", db->path);
    }
    return make_tables(db, err);
}

int notification_check(const database *db, huis_error *err)
{
    sqlite3_stmt *statement = NULL;
    int status = database_prepare(db, "PRAGMA quick_check(1)", &statement, err);
    bool row = false;
    if (status == HUIS_OK) {
        status = database_step(db, statement, &row, err);
    }
    if (status == HUIS_OK) {
        const unsigned char *const said = row ? sqlite3_column_text(statement, 0) : NULL;
        if (said == NULL || strcmp((const char *)said, "ok") != 0) {
            status = error_set(err, HUIS_E_BAD_FILE, "%s: damaged", db->path);
        }
    }
    (void)sqlite3_finalize(statement);
    return status;
}
