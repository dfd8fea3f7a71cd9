/*
 * notify_import.c - huis notify context import: address books and calendars into the store.
 *
 * A file, or a folder with all that is below it, is one source: importing it again replaces what it
 * gave before. Calendars give the occurrences of the next 90 days: import them again now and then.
 */
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/error.h"
#include "base/file.h"
#include "base/limits.h"
#include "cli/environment.h"
#include "cli/notify_home.h"
#include "cli/output.h"
#include "cli/person_books.h"

enum { FOLDER_DEPTH = 6, FOLDER_FILES = 50000, BOOK_BYTES = 64 * 1024 * 1024 };

typedef struct import {
    person_books books;
    int64_t now_s;
    uint64_t n_files; /* that were address books or calendars */
} import;

static bool holds(span text, const char *mark)
{
    return text.len > 0 && memmem(text.ptr, text.len, mark, strlen(mark)) != NULL;
}

static int add_text(import *in, span text, huis_error *err)
{
    const bool is_cards = holds(text, "BEGIN:VCARD");
    const bool is_events = holds(text, "BEGIN:VCALENDAR");
    const bool is_whole =
        (!is_cards || person_books_add_contacts(&in->books, text)) &&
        (!is_events || person_books_add_events(&in->books, text, in->now_s, environment_zone_time));
    in->n_files += is_cards || is_events ? 1 : 0;
    return is_whole ? HUIS_OK : error_no_memory(err, "contacts and calendar");
}

static int add_file(import *in, const char *path, huis_error *err)
{
    buffer text;
    buffer_init(&text, BOOK_BYTES);
    int status = file_read(&text, path, err);
    status = status != HUIS_OK ? status : add_text(in, buffer_span(&text), err);
    buffer_deinit(&text);
    return status;
}

static bool is_book_name(const char *name)
{
    const char *const dot = strrchr(name, '.');
    return dot != NULL && (strcasecmp(dot, ".vcf") == 0 || strcasecmp(dot, ".ics") == 0 ||
                           strcasecmp(dot, ".vcard") == 0 || strcasecmp(dot, ".ical") == 0);
}

/* Links are not followed. */
static int add_folder(import *in, const char *path, int depth, huis_error *err)
{
    DIR *const entries = opendir(path);
    if (entries == NULL) {
        return error_from_errno(err, "cannot read", path);
    }
    int status = HUIS_OK;
    const struct dirent *entry = NULL;
    while (status == HUIS_OK && in->n_files < FOLDER_FILES && (entry = readdir(entries)) != NULL) {
        struct stat info;
        buffer below;
        buffer_init(&below, PATH_MAX);
        if (entry->d_name[0] == '.' || !buffer_printf(&below, "%s/%s", path, entry->d_name) ||
            lstat(below.ptr, &info) != 0) {
            buffer_deinit(&below);
            continue;
        }
        if (S_ISDIR(info.st_mode) && depth < FOLDER_DEPTH) {
            status = add_folder(in, below.ptr, depth + 1, err);
        } else if (S_ISREG(info.st_mode) && is_book_name(entry->d_name)) {
            status = add_file(in, below.ptr, err);
        }
        buffer_deinit(&below);
    }
    (void)closedir(entries);
    return status;
}

static int keep(const arguments *args, notification_store *store, const char *source,
                const import *in, huis_error *err)
{
    const person_books *const b = &in->books;
    RETURN_IF_ERROR(notification_store_begin(store, err));
    int status = notification_store_set_contacts(store, source, b->contacts, b->n_contacts, err);
    status = status != HUIS_OK
                 ? status
                 : notification_store_set_calendar(store, source, b->events, b->n_events, err);
    RETURN_IF_ERROR(notification_store_end(store, status, err));
    output_note(
        args,
        tr("huis: %s: %zu contacts, %zu events of the next 90 days; %llu left out",
           "huis: %s : %zu contacts, %zu rendez-vous des 90 prochains jours ; %llu ignorés"),
        source, b->n_contacts, b->n_events, (unsigned long long)b->n_left_out);
    return HUIS_OK;
}

static int import_path(const arguments *args, notification_store *store, const char *path,
                       huis_error *err)
{
    char source[PATH_MAX];
    struct stat info;
    if (realpath(path, source) == NULL || stat(source, &info) != 0) {
        return error_from_errno(err, "cannot read", path);
    }
import in = {.now_s =(int64_t) time(NULL) };
    person_books_init(&in.books);
    int status =
        S_ISDIR(info.st_mode) ? add_folder(&in, source, 0, err) : add_file(&in, source, err);
    if (status == HUIS_OK && in.n_files == 0) {
        status =
            error_set(err, HUIS_E_BAD_FILE,
                      tr("%s: neither vCard nor iCalendar", "%s : ni vCard ni iCalendar"), path);
    }
    status = status != HUIS_OK ? status : keep(args, store, source, &in, err);
    person_books_deinit(&in.books);
    return status;
}

int run_notify_context(const arguments *args)
{
    if (strcmp(args->operands[0], "import") != 0) {
        return output_usage_error(
            args->command, "%s",
            tr("context import FILE|FOLDER", "context import FICHIER|DOSSIER"));
    }
    huis_error err = {.status = HUIS_OK};
    notification_store *store = NULL;
    buffer directory;
    buffer_init(&directory, 1u << 16);
    int status = notify_home_open(args, &directory, &store, &err);
    for (int i = 1; status == HUIS_OK && i < args->n_operands; i++) {
        status = import_path(args, store, args->operands[i], &err);
    }
    (void)notification_store_close(store);
    buffer_deinit(&directory);
    return status == HUIS_OK ? output_finish() : output_error(&err);
}
