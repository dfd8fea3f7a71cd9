/*
 * notification_store.c - opening, transactions, what is due, what is purged. See the header.
 *
 * A failure that says "damaged" leaves a mark beside the file ("notifications.db-damaged"), so that
 * the next opening saves what it can instead of trusting the file again. A file that was not closed
 * (its log is there) or that is small is checked at each opening.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/memory.h"
#include "store/notification_parts.h"

enum { DAY_S = 86400, CODE_S = 600, DEFAULT_RETENTION_DAYS = 14, APP_DAYS = 30 };

static const char FILE_NAME[] = "notifications.db";

static bool path_of(buffer *out, const char *data_directory, const char *ending)
{
    buffer_init(out, 1u << 16);
    return buffer_printf(out, "%s/%s%s", data_directory, FILE_NAME, ending);
}

/* --- transactions --- */

/* Remembers a file that turned out to be damaged. */
static int note_damage(const database *db, int status)
{
    if (status == HUIS_E_BAD_FILE) {
        buffer mark;
        buffer_init(&mark, 1u << 16);
        if (buffer_printf(&mark, "%s-damaged", db->path)) {
            const int fd = open(mark.ptr, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
            if (fd >= 0) {
                (void)close(fd);
            }
        }
        buffer_deinit(&mark);
    }
    return status;
}

/* Another process may have saved a damaged file and put a new one in its place. */
static int follow_file(notification_store *store, huis_error *err)
{
    if (!database_was_replaced(&store->db)) {
        return HUIS_OK;
    }
    database fresh;
    int status = database_open(&fresh, store->db.path, false, err);
    if (status == HUIS_OK) {
        status = notification_migrate(&fresh, err);
        if (status == HUIS_OK) {
            database_close(&store->db);
            store->db = fresh;
        } else {
            database_close(&fresh);
        }
    }
    return status;
}

int notification_enter(notification_store *store, bool *out_own, huis_error *err)
{
    *out_own = store->depth == 0;
    if (!*out_own) {
        return HUIS_OK;
    }
    const int status = follow_file(store, err);
    return status != HUIS_OK ? status : note_damage(&store->db, database_begin(&store->db, err));
}

int notification_leave(notification_store *store, bool own, int status, huis_error *err)
{
    return note_damage(&store->db, own ? database_end(&store->db, status, err) : status);
}

int notification_store_begin(notification_store *store, huis_error *err)
{
    bool own = false;
    const int status = notification_enter(store, &own, err);
    store->depth = status == HUIS_OK ? 1 : 0;
    return status;
}

int notification_store_end(notification_store *store, int status, huis_error *err)
{
    store->depth = 0;
    return notification_leave(store, true, status, err);
}

/* --- opening --- */

static bool is_there(const char *path)
{
    struct stat info;
    return lstat(path, &info) == 0;
}

/* Whether the file is worth a whole check now. */
static bool needs_check(const char *path)
{
    buffer log;
    struct stat info;
    buffer_init(&log, 1u << 16);
    const bool was_left =
        buffer_printf(&log, "%s-wal", path) && stat(log.ptr, &info) == 0 && info.st_size > 0;
    buffer_deinit(&log);
    return was_left || (stat(path, &info) == 0 && info.st_size <= (off_t)LIMIT_STORE_CHECK_BYTES);
}

static int open_whole(database *out_db, const char *path, huis_error *err)
{
    const bool is_checked = needs_check(path);
    database db;
    int status = database_open(&db, path, false, err);
    if (status != HUIS_OK) {
        return status;
    }
    status = is_checked ? notification_check(&db, err) : HUIS_OK;
    status = status != HUIS_OK ? status : notification_migrate(&db, err);
    if (status != HUIS_OK) {
        database_close(&db);
        return status;
    }
    *out_db = db;
    return HUIS_OK;
}

static int open_or_salvage(database *out_db, const char *path, const char *mark, int64_t now_s,
                           notification_notice *out_notice, huis_error *err)
{
    int status = is_there(mark) ? HUIS_E_BAD_FILE : open_whole(out_db, path, err);
    if (status == HUIS_E_BAD_FILE) {
        status = notification_salvage(out_db, path, now_s, out_notice, err);
        if (status == HUIS_OK) {
            (void)unlink(mark);
        }
    }
    return status;
}

/* One process at a time looks at the file's health. */
static int lock_opening(const char *path, int *out_fd, huis_error *err)
{
    const int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        return error_from_errno(err, "cannot open", path);
    }
    while (flock(fd, LOCK_EX) != 0) {
        if (errno != EINTR) {
            (void)close(fd);
            return error_from_errno(err, "cannot lock", path);
        }
    }
    *out_fd = fd;
    return HUIS_OK;
}

static int open_locked(notification_store *store, const char *data_directory, int64_t now_s,
                       notification_notice *out_notice, huis_error *err)
{
    buffer path;
    buffer mark;
    buffer lock;
    bool has_paths = path_of(&path, data_directory, "");
    has_paths = path_of(&mark, data_directory, "-damaged") && has_paths;
    has_paths = path_of(&lock, data_directory, "-lock") && has_paths;
    int fd = -1;
    int status = has_paths ? HUIS_OK : error_no_memory(err, "the notification store");
    status = status != HUIS_OK ? status : file_make_directories(data_directory, err);
    status = status != HUIS_OK ? status : lock_opening(lock.ptr, &fd, err);
    if (status == HUIS_OK) {
        status = open_or_salvage(&store->db, path.ptr, mark.ptr, now_s, out_notice, err);
        (void)close(fd);
    }
    buffer_deinit(&path);
    buffer_deinit(&mark);
    buffer_deinit(&lock);
    return status;
}

int notification_store_open(notification_store **out_store, const char *data_directory,
                            int64_t now_s, notification_notice *out_notice, huis_error *err)
{
    notification_notice notice = {.was_damaged = false};
    notification_store *const store = memory_alloc(1, sizeof(*store));
    if (store == NULL) {
        return error_no_memory(err, "the notification store");
    }
    int status = open_locked(store, data_directory, now_s, &notice, err);
    if (status == HUIS_OK) {
        /* A full disk keeps nobody from reading. */
        const int due = notification_store_tick(store, now_s, NULL, err);
        status = due == HUIS_E_NO_SPACE || due == HUIS_E_BUSY ? HUIS_OK : due;
    }
    if (status != HUIS_OK) {
        (void)notification_store_close(store);
        return status;
    }
    if (out_notice != NULL) {
        *out_notice = notice;
    }
    *out_store = store;
    return HUIS_OK;
}

bool notification_store_exists(const char *data_directory)
{
    buffer path;
    const bool exists = path_of(&path, data_directory, "") && is_there(path.ptr);
    buffer_deinit(&path);
    return exists;
}

notification_store *notification_store_close(notification_store *store)
{
    if (store != NULL) {
        if (store->db.handle != NULL) {
            database_close(&store->db);
        }
        (void)memory_free(store);
    }
    return NULL;
}

/* --- what is due --- */

/* Runs one statement with one number. */
static int run_with(const database *db, const char *sql, int64_t number, huis_error *err)
{
    sqlite3_stmt *statement = NULL;
    int status = database_prepare(db, sql, &statement, err);
    if (status == HUIS_OK) {
        (void)sqlite3_bind_int64(statement, 1, number);
        status = database_run(db, statement, err);
    }
    (void)sqlite3_finalize(statement);
    return status;
}

static int read_retention(notification_store *store, int64_t *out_days, huis_error *err)
{
    sqlite3_stmt *statement = NULL;
    bool row = false;
    int status = database_prepare(
        &store->db, "SELECT CAST(value AS INTEGER) FROM settings WHERE key = 'retention_days'",
        &statement, err);
    status = status != HUIS_OK ? status : database_step(&store->db, statement, &row, err);
    if (status == HUIS_OK) {
        const int64_t days = row ? sqlite3_column_int64(statement, 0) : 0;
        *out_days = days > 0 && days <= 3650 ? days : DEFAULT_RETENTION_DAYS;
    }
    (void)sqlite3_finalize(statement);
    return status;
}

/* What was overwritten is still in the log until it is emptied; other readers may delay that. */
static void empty_log(const database *db)
{
    (void)sqlite3_wal_checkpoint_v2(db->handle, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
}

/* Whether anything is due, without waiting for a writer. */
static int count_due(notification_store *store, int64_t code_s, int64_t seen_s, bool *out_due,
                     huis_error *err)
{
    sqlite3_stmt *statement = NULL;
    bool row = false;
    int status = database_prepare(
        &store->db,
        "SELECT 1 WHERE EXISTS(SELECT 1 FROM records WHERE is_code = 1 AND"
        " min(time_s, seen_s) <= ?1) OR EXISTS(SELECT 1 FROM records WHERE seen_s < ?2)",
        &statement, err);
    if (status == HUIS_OK) {
        (void)sqlite3_bind_int64(statement, 1, code_s);
        (void)sqlite3_bind_int64(statement, 2, seen_s);
        status = database_step(&store->db, statement, &row, err);
    }
    *out_due = row;
    (void)sqlite3_finalize(statement);
    return status;
}

int notification_store_tick(notification_store *store, int64_t now_s, uint64_t *out_removed,
                            huis_error *err)
{
    int64_t days = DEFAULT_RETENTION_DAYS;
    bool is_due = false;
    bool own = false;
    uint64_t removed = 0;
    int status = read_retention(store, &days, err);
    const int64_t seen_s = now_s - days * DAY_S;
    status = status != HUIS_OK ? status : count_due(store, now_s - CODE_S, seen_s, &is_due, err);
    status = note_damage(&store->db, status);
    if (status == HUIS_OK && is_due) {
        status = notification_enter(store, &own, err);
        if (status == HUIS_OK) {
            status = run_with(&store->db,
                              "DELETE FROM records WHERE is_code = 1 AND min(time_s, seen_s) <= ?1",
                              now_s - CODE_S, err);
            removed = (uint64_t)sqlite3_changes64(store->db.handle);
            status =
                status != HUIS_OK
                    ? status
                    : run_with(&store->db, "DELETE FROM records WHERE seen_s < ?1", seen_s, err);
            removed += (uint64_t)sqlite3_changes64(store->db.handle);
            status = status != HUIS_OK ? status
                                       : run_with(&store->db, "DELETE FROM app_days WHERE day < ?1",
                                                  now_s / DAY_S - APP_DAYS, err);
            status = notification_leave(store, own, status, err);
        }
        if (status == HUIS_OK && own) {
            empty_log(&store->db);
        }
    }
    if (status == HUIS_OK && out_removed != NULL) {
        *out_removed = removed;
    }
    return status;
}

/* --- purge --- */

/* Files that were moved aside go with all the rest. */
static void remove_damaged_copies(const char *path)
{
    buffer folder;
    buffer_init(&folder, 1u << 16);
    const char *const slash = strrchr(path, '/');
    DIR *const entries =
        slash != NULL && buffer_append(&folder, span_from(path, (size_t)(slash - path)))
            ? opendir(folder.ptr)
            : NULL;
    const struct dirent *entry = NULL;
    while (entries != NULL && (entry = readdir(entries)) != NULL) {
        if (span_starts_with(span_from_string(entry->d_name), SPAN("notifications.db.damaged-"))) {
            (void)unlinkat(dirfd(entries), entry->d_name, 0);
        }
    }
    if (entries != NULL) {
        (void)closedir(entries);
    }
    buffer_deinit(&folder);
}

static int purge_rows(notification_store *store, const notification_purge *what,
                      uint64_t *out_removed, huis_error *err)
{
    sqlite3_stmt *statement = NULL;
    int status = database_prepare(
        &store->db,
        "DELETE FROM records WHERE (?1 IS NULL OR app = ?1) AND (?2 = 0 OR time_s < ?2)",
        &statement, err);
    if (status == HUIS_OK) {
        database_bind_text(statement, 1, what->all ? NULL : what->app);
        (void)sqlite3_bind_int64(statement, 2, what->all ? 0 : what->before_s);
        status = database_run(&store->db, statement, err);
    }
    (void)sqlite3_finalize(statement);
    *out_removed = (uint64_t)sqlite3_changes64(store->db.handle);
    if (status == HUIS_OK && what->all) {
        status =
            database_execute(&store->db,
                             "DELETE FROM app_days; DELETE FROM contacts; DELETE FROM calendar;"
                             "DELETE FROM settings WHERE key = 'weights';",
                             err);
    }
    return status;
}

int notification_store_purge(notification_store *store, const notification_purge *what,
                             uint64_t *out_removed, huis_error *err)
{
    if (!what->all && what->app == NULL && what->before_s == 0) {
        return error_set(err, HUIS_E_BAD_ARGUMENT, "nothing was said to purge");
    }
    bool own = false;
    uint64_t removed = 0;
    int status = notification_enter(store, &own, err);
    if (status != HUIS_OK) {
        return status;
    }
    status = notification_leave(store, own, purge_rows(store, what, &removed, err), err);
    if (status == HUIS_OK && own) {
        if (what->all) {
            remove_damaged_copies(store->db.path);
        }
        (void)database_execute(&store->db, "VACUUM", NULL);
        empty_log(&store->db);
    }
    if (status == HUIS_OK && out_removed != NULL) {
        *out_removed = removed;
    }
    return status;
}

int notification_store_totals(notification_store *store, notification_totals *out_totals,
                              huis_error *err)
{
    sqlite3_stmt *s = NULL;
    bool row = false;
    int status = database_prepare(
        &store->db,
        "SELECT t.n_records, (SELECT count(*) FROM records WHERE closed_s = 0),"
        " (SELECT count(*) FROM events), (SELECT count(*) FROM contacts),"
        " (SELECT count(*) FROM calendar), t.bytes, (SELECT min(time_s) FROM records),"
        " EXISTS(SELECT 1 FROM settings WHERE key = 'weights') FROM totals t",
        &s, err);
    status = status != HUIS_OK ? status : database_step(&store->db, s, &row, err);
    if (status == HUIS_OK && row) {
        *out_totals = (notification_totals){.n_records = (uint64_t)sqlite3_column_int64(s, 0),
                                            .n_open = (uint64_t)sqlite3_column_int64(s, 1),
                                            .n_events = (uint64_t)sqlite3_column_int64(s, 2),
                                            .n_contacts = (uint64_t)sqlite3_column_int64(s, 3),
                                            .n_calendar = (uint64_t)sqlite3_column_int64(s, 4),
                                            .bytes = (uint64_t)sqlite3_column_int64(s, 5),
                                            .oldest_s = sqlite3_column_int64(s, 6),
                                            .has_weights = sqlite3_column_int(s, 7) != 0};
    } else if (status == HUIS_OK) {
        status = error_set(err, HUIS_E_BAD_FILE, "%s: damaged", store->db.path);
    }
    (void)sqlite3_finalize(s);
    return note_damage(&store->db, status);
}
