/*
 * database.c - see database.h.
 */
#include "store/database.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/memory.h"

enum { BUSY_MS = 5000 };

static bool is_space_errno(int number)
{
    return number == ENOSPC || number == EDQUOT || number == EFBIG;
}

int database_error(const database *db, int code, const char *what, huis_error *err)
{
    /* SQLite does not keep the number of every failed write; it is still in errno then. */
    const int last = errno;
    const int kept = db->handle != NULL ? sqlite3_system_errno(db->handle) : 0;
    const int number = kept != 0 ? kept : last;
    const char *const path = db->path != NULL ? db->path : "notifications.db";
    switch (code & 0xFF) {
    case SQLITE_NOMEM:
        return error_no_memory(err, what);
    case SQLITE_FULL:
        return error_set(err, HUIS_E_NO_SPACE,
                         "%s: no space left for %s: free some, nothing was lost", path, what);
    case SQLITE_IOERR:
        return is_space_errno(number)
                   ? error_set(err, HUIS_E_NO_SPACE,
                               "%s: no space left for %s: free some, nothing was lost", path, what)
                   : error_set(err, HUIS_E_IO, "%s: %s: %s", path, what, strerror(number));
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_ERROR:      /* our questions are constant: the tables are not ours any more */
    case SQLITE_CONSTRAINT: /* and what they are given was checked */
    case SQLITE_MISMATCH:
    case SQLITE_SCHEMA:
        return error_set(err, HUIS_E_BAD_FILE,
                         "%s: damaged, found by %s: run the command again, which "
                         "saves what can be read",
                         path, what);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return error_set(err, HUIS_E_BUSY, "%s: in use by another program for over %d s: try again",
                         path, BUSY_MS / 1000);
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
        return error_set(err, HUIS_E_DENIED, "%s: may not be written: check its owner and mode",
                         path);
    case SQLITE_CANTOPEN:
        return error_set(err, is_space_errno(number) ? HUIS_E_NO_SPACE : HUIS_E_DENIED,
                         "%s: cannot be opened: %s", path, strerror(number != 0 ? number : EACCES));
    case SQLITE_TOOBIG:
        return error_set(err, HUIS_E_LIMIT, "%s: %s is too long: give less", path, what);
    default:
        return error_set(err, HUIS_E_INTERNAL, "%s: %s: SQLite says %d", path, what, code);
    }
}

/* Makes the file, of mode 0600, before SQLite does: its log gets the mode of the file. */
static int make_file(database *db, bool must_exist, huis_error *err)
{
    const int flags = O_RDWR | O_NOFOLLOW | O_CLOEXEC | (must_exist ? 0 : O_CREAT);
    const int fd = open(db->path, flags, 0600);
    if (fd < 0) {
        return error_from_errno(err, "cannot open", db->path);
    }
    struct stat info;
    int status = fstat(fd, &info) == 0 ? HUIS_OK : error_from_errno(err, "cannot read", db->path);
    if (status == HUIS_OK && (!S_ISREG(info.st_mode) || info.st_uid != geteuid())) {
        status = error_set(err, HUIS_E_DENIED, "%s: not a file of yours: move it away", db->path);
    }
    if (status == HUIS_OK && (info.st_mode & 077) != 0 && fchmod(fd, 0600) != 0) {
        status = error_from_errno(err, "cannot protect", db->path);
    }
    if (status == HUIS_OK) {
        db->device = info.st_dev;
        db->inode = info.st_ino;
    }
    (void)close(fd);
    return status;
}

static int configure(const database *db, bool is_damaged_copy, huis_error *err)
{
    (void)sqlite3_extended_result_codes(db->handle, 1);
    (void)sqlite3_busy_timeout(db->handle, BUSY_MS);
    (void)sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    (void)sqlite3_db_config(db->handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    (void)sqlite3_db_config(db->handle, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
    (void)sqlite3_limit(db->handle, SQLITE_LIMIT_LENGTH, (int)(8 * LIMIT_MIB));
    (void)sqlite3_limit(db->handle, SQLITE_LIMIT_ATTACHED, 0);
    if (is_damaged_copy) {
        (void)sqlite3_db_config(db->handle, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
        return database_execute(db, "PRAGMA cell_size_check=ON; PRAGMA temp_store=MEMORY;", err);
    }
    return database_execute(db,
                            "PRAGMA cell_size_check=ON; PRAGMA temp_store=MEMORY;"
                            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                            "PRAGMA secure_delete=ON; PRAGMA foreign_keys=ON;"
                            "PRAGMA journal_size_limit=1048576;",
                            err);
}

int database_open(database *out_db, const char *path, bool is_damaged_copy, huis_error *err)
{
    database db = {.handle = NULL};
    db.path = memory_copy_string(path, strlen(path));
    if (db.path == NULL) {
        return error_no_memory(err, "the notification store");
    }
    int status = make_file(&db, is_damaged_copy, err);
    if (status == HUIS_OK) {
        const int code = sqlite3_open_v2(
            path, &db.handle,
            SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE, NULL);
        status = code == SQLITE_OK ? HUIS_OK : database_error(&db, code, "opening", err);
    }
    if (status == HUIS_OK) {
        status = configure(&db, is_damaged_copy, err);
    }
    if (status != HUIS_OK) {
        database_close(&db);
        return status;
    }
    *out_db = db;
    return HUIS_OK;
}

void database_close(database *db)
{
    (void)sqlite3_close_v2(db->handle);
    (void)memory_free(db->path);
    *db = (database){.handle = NULL};
}

bool database_was_replaced(const database *db)
{
    struct stat info;
    return lstat(db->path, &info) != 0 || info.st_dev != db->device || info.st_ino != db->inode;
}

int database_execute(const database *db, const char *sql, huis_error *err)
{
    const int code = sqlite3_exec(db->handle, sql, NULL, NULL, NULL);
    return code == SQLITE_OK ? HUIS_OK : database_error(db, code, "a change", err);
}

int database_begin(const database *db, huis_error *err)
{
    return database_execute(db, "BEGIN IMMEDIATE", err);
}

int database_end(const database *db, int status, huis_error *err)
{
    if (status == HUIS_OK) {
        status = database_execute(db, "COMMIT", err);
    }
    if (status != HUIS_OK && sqlite3_get_autocommit(db->handle) == 0) {
        (void)database_execute(db, "ROLLBACK", NULL);
    }
    return status;
}

int database_prepare(const database *db, const char *sql, sqlite3_stmt **out_statement,
                     huis_error *err)
{
    sqlite3_stmt *statement = NULL;
    const int code = sqlite3_prepare_v2(db->handle, sql, -1, &statement, NULL);
    if (code != SQLITE_OK) {
        return database_error(db, code, "a question", err);
    }
    *out_statement = statement;
    return HUIS_OK;
}

void database_bind_text(sqlite3_stmt *statement, int i, const char *text)
{
    if (text == NULL) {
        (void)sqlite3_bind_null(statement, i);
    } else {
        (void)sqlite3_bind_text(statement, i, text, -1, SQLITE_STATIC);
    }
}

int database_step(const database *db, sqlite3_stmt *statement, bool *out_row, huis_error *err)
{
    const int code = sqlite3_step(statement);
    if (code == SQLITE_ROW) {
        *out_row = true;
        return HUIS_OK;
    }
    (void)sqlite3_reset(statement);
    if (code != SQLITE_DONE) {
        return database_error(db, code, "reading or writing", err);
    }
    *out_row = false;
    return HUIS_OK;
}

int database_run(const database *db, sqlite3_stmt *statement, huis_error *err)
{
    bool row = false;
    const int status = database_step(db, statement, &row, err);
    (void)sqlite3_reset(statement);
    return status;
}
