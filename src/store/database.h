/*
 * database.h - SQLite as huis opens it: one file of the user's alone, durable, bounded, suspicious.
 *
 * Write-ahead log with a sync at each commit (what was committed is there after kill -9 and after a
 * power cut), deleted content overwritten, foreign keys on, schema and cells not trusted (SQLite,
 * "Defense against the dark arts"). Only store/ includes this.
 */
#ifndef HUIS_STORE_DATABASE_H
#define HUIS_STORE_DATABASE_H

#include <stdbool.h>
#include <stdint.h>

#include <sqlite3.h>

#include "base/file.h"
#include "base/span.h"
#include "huis/error.h"

typedef struct database {
    sqlite3 *handle; /* NULL: closed */
    char *path;
    uint64_t device, inode; /* of the file that is open */
} database;

/* Makes folder and file when they are missing. With `is_damaged_copy` the file must be there, nothing
 * of its schema is checked and it is read only as far as SQLite lets it. Errors: BAD_FILE (no
 * database, or damaged), NO_SPACE, DENIED, BUSY, IO. */
int database_open(database *out_db, const char *path, bool is_damaged_copy, huis_error *err);
void database_close(database *db);
/* Whether the path names another file now, or none. */
bool database_was_replaced(const database *db);

/* The status and message that fit the last SQLite result; `what` is what was being done. */
int database_error(const database *db, int code, const char *what, huis_error *err);

int database_execute(const database *db, const char *sql, huis_error *err);
/* BEGIN IMMEDIATE: waits up to 5 s for other writers. */
int database_begin(const database *db, huis_error *err);
/* COMMIT when status is HUIS_OK, else ROLLBACK; returns the first failure. */
int database_end(const database *db, int status, huis_error *err);

/* *out_statement is ended with sqlite3_finalize. Text is bound without a copy: it must outlive the
 * steps. */
int database_prepare(const database *db, const char *sql, sqlite3_stmt **out_statement,
                     huis_error *err);
void database_bind_text(sqlite3_stmt *statement, int i, const char *text); /* NULL: null */
/* Runs to the next row; *out_row false: there are no more, and the statement is ready to run again. */
int database_step(const database *db, sqlite3_stmt *statement, bool *out_row, huis_error *err);
/* Runs a statement that gives no row. */
int database_run(const database *db, sqlite3_stmt *statement, huis_error *err);

#endif
