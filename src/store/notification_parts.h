/*
 * notification_parts.h - what the files of the notification store share. For store/ only.
 */
#ifndef HUIS_STORE_NOTIFICATION_PARTS_H
#define HUIS_STORE_NOTIFICATION_PARTS_H

#include "store/database.h"
#include "store/notification_store.h"

struct notification_store {
    database db;
    int depth; /* of begin without end: 0 or 1 */
};

/* Begins a transaction of its own unless one is open; *out_own says so, for notification_leave. */
int notification_enter(notification_store *store, bool *out_own, huis_error *err);
int notification_leave(notification_store *store, bool own, int status, huis_error *err);

/* notification_schema.c: makes the tables, or brings an older file to this version. UNSUPPORTED: the
 * file is of a newer huis. */
int notification_migrate(const database *db, huis_error *err);
/* BAD_FILE when the file is not whole (PRAGMA quick_check). */
int notification_check(const database *db, huis_error *err);

/* notification_salvage.c: moves the file at `path` and its log aside; puts what can be read of it into
 * a new file at `path`, which stays open in *out_db. */
int notification_salvage(database *out_db, const char *path, int64_t now_s,
                         notification_notice *out_notice, huis_error *err);

/* notification_rows.c: a copy of a column's text in the arena, NULL where it is null. False: no
 * memory. */
bool notification_column(sqlite3_stmt *statement, int i, arena *memory, const char **out_text);
/* A list of texts as one column, and back: JSON array. */
bool notification_list_read(sqlite3_stmt *statement, int i, arena *memory,
                            const char *const **out_items, size_t *out_n);
/* Freed with memory_free; NULL: no memory. */
char *notification_list_write(const char *const *items, size_t n);

/* Grows an array of an arena: `*items` has room for one more after it. False: no memory. */
bool notification_grow(arena *memory, void **items, size_t n_items, size_t *capacity, size_t size);

#endif
