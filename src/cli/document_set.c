/*
 * document_set.c - see document_set.h.
 *
 * First the folders are listed, then the documents are read in that order, so that progress can be
 * told. A Maildir is one document: its messages are put together as an mbox, which huis-reader cuts
 * into threads.
 */
#include "cli/document_set.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/memory.h"
#include "cli/document_source.h"

enum { PATH_BYTES = 4096, LIST_MEMORY_BYTES = 64 * 1024 * 1024 };

typedef struct listed {
    const char *path;
    bool is_maildir;
    bool is_given; /* named by the person, not found in a folder */
} listed;

typedef struct document_list {
    arena memory;
    listed *documents; // [LIMIT_SET_DOCUMENTS]
    size_t count;
    const char *first; /* path that was given */
    huis_error *err;
} document_list;

static bool is_folder(const char *path)
{
    struct stat info;
    return strcmp(path, "-") != 0 && stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

static bool join(char out[PATH_BYTES], const char *folder, const char *name)
{
    const size_t len = strlen(folder);
    const char *const slash = len > 0 && folder[len - 1] == '/' ? "" : "/";
    buffer b;
    buffer_init(&b, PATH_BYTES - 1);
    const bool ok = buffer_printf(&b, "%s%s%s", folder, slash, name);
    if (ok) {
        memcpy(out, buffer_string(&b), b.len + 1);
    }
    buffer_deinit(&b);
    return ok;
}

static bool is_maildir(const char *path)
{
    char cur[PATH_BYTES], new[PATH_BYTES];
    return join(cur, path, "cur") && join(new, path, "new") && is_folder(cur) && is_folder(new);
}

static int add_document(document_list *list, const char *path, bool maildir, bool given)
{
    if (list->count == LIMIT_SET_DOCUMENTS) {
        return error_set_at(list->err, HUIS_E_LIMIT, LIMIT_SET_DOCUMENTS,
                            "%s: more documents than the limit of %u; give fewer at once", path,
                            LIMIT_SET_DOCUMENTS);
    }
    const char *const copy = arena_copy(&list->memory, span_from_string(path));
    if (copy == NULL) {
        return error_no_memory(list->err, "the list of documents");
    }
    list->documents[list->count++] = (listed){copy, maildir, given};
    return HUIS_OK;
}

/* No hidden entries, which "." and ".." are too. */
static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static int add_folder(document_list *list, const char *path, unsigned depth);

/* A file, or a folder in a folder; links and devices are passed over. */
static int add_entry(document_list *list, const char *folder, const char *name, unsigned depth)
{
    char path[PATH_BYTES];
    struct stat info;
    if (!join(path, folder, name) || lstat(path, &info) != 0) {
        return HUIS_OK;
    }
    return S_ISREG(info.st_mode) ? add_document(list, path, false, false)
           : S_ISDIR(info.st_mode) && depth < LIMIT_SET_DEPTH ? add_folder(list, path, depth + 1)
                                                              : HUIS_OK;
}

/* In the order of names, "2" before "10". */
static int add_folder(document_list *list, const char *path, unsigned depth)
{
    if (is_maildir(path)) {
        return add_document(list, path, true, depth == 0);
    }
    struct dirent **entries = NULL;
    const int n = scandir(path, &entries, is_visible, versionsort);
    if (n < 0) {
        return error_from_errno(list->err, "cannot list", path);
    }
    int status = HUIS_OK;
    for (int i = 0; i < n; i++) {
        status = status == HUIS_OK ? add_entry(list, path, entries[i]->d_name, depth) : status;
        memory_free(entries[i]);
    }
    memory_free(entries);
    return status;
}

static int list_all(document_list *list, const char *const *paths, size_t n_paths)
{
    list->documents = arena_alloc(&list->memory, LIMIT_SET_DOCUMENTS + 1, sizeof(*list->documents));
    if (list->documents == NULL) {
        return error_no_memory(list->err, "the list of documents");
    }
    for (size_t i = 0; i < n_paths; i++) {
        RETURN_IF_ERROR(is_folder(paths[i]) ? add_folder(list, paths[i], 0)
                                            : add_document(list, paths[i], false, true));
    }
    return HUIS_OK;
}

/* One message as mboxrd: a "From " line before it, and ">" before its own. */
static void append_message(buffer *mbox, span message)
{
    (void)buffer_append_string(mbox, "From huis Thu Jan  1 00:00:00 1970\n");
    for (size_t at = 0; at < message.len;) {
        const char *const newline = memchr(message.ptr + at, '\n', message.len - at);
        const size_t end = newline != NULL ? (size_t)(newline + 1 - message.ptr) : message.len;
        size_t quotes = at;
        while (quotes < end && message.ptr[quotes] == '>') {
            quotes++;
        }
        if (span_starts_with(span_slice(message, quotes, end), SPAN("From "))) {
            (void)buffer_append_byte(mbox, '>');
        }
        (void)buffer_append(mbox, span_slice(message, at, end));
        at = end;
    }
    (void)buffer_append_string(mbox, "\n\n");
}

static int append_messages(buffer *mbox, const char *folder, huis_error *err)
{
    struct dirent **entries = NULL;
    const int n = scandir(folder, &entries, is_visible, versionsort);
    if (n < 0) {
        return error_from_errno(err, "cannot list", folder);
    }
    int status = HUIS_OK;
    for (int i = 0; i < n; i++) {
        char path[PATH_BYTES];
        struct stat info;
        buffer message;
        buffer_init(&message, mbox->max_bytes);
        if (status == HUIS_OK && join(path, folder, entries[i]->d_name) &&
            lstat(path, &info) == 0 && S_ISREG(info.st_mode)) {
            status = file_read(&message, path, err);
            append_message(mbox, buffer_span(&message));
        }
        buffer_deinit(&message);
        memory_free(entries[i]);
    }
    memory_free(entries);
    return status != HUIS_OK || buffer_ok(mbox) ? status
           : mbox->status == HUIS_E_LIMIT
               ? error_set_at(err, HUIS_E_LIMIT, mbox->max_bytes,
                              "%s: more bytes than the limit of %zu; raise it with --max-bytes",
                              folder, mbox->max_bytes)
               : error_no_memory(err, folder);
}

static int read_maildir(reader_result *out, const char *path, const document_set_options *o,
                        uint64_t max_bytes, huis_error *err)
{
    char folder[PATH_BYTES];
    buffer mbox;
    buffer_init(&mbox, max_bytes < LIMIT_DOCUMENT_BYTES ? (size_t)max_bytes : LIMIT_DOCUMENT_BYTES);
    int status = HUIS_OK;
    static const char *const FOLDERS[] = {"cur", "new"};
    for (size_t i = 0; i < 2 && status == HUIS_OK; i++) {
        status = join(folder, path, FOLDERS[i])
                     ? append_messages(&mbox, folder, err)
                     : error_set(err, HUIS_E_LIMIT, "%s: the path is too long", path);
    }
    if (status == HUIS_OK) {
        status = mbox.len == 0
                     ? error_set(err, HUIS_E_NO_TEXT, "%s: the Maildir holds no message", path)
                     : document_source_read_bytes(out, buffer_span(&mbox), READER_MBOX, path,
                                                  o->helper, err);
    }
    buffer_deinit(&mbox);
    return status;
}

static int read_one(reader_result *out, const listed *entry, const document_set_options *o,
                    uint64_t max_bytes, huis_error *err)
{
    return entry->is_maildir ? read_maildir(out, entry->path, o, max_bytes, err)
                             : document_source_read_by(out, entry->path, max_bytes, o->helper, err);
}

/* What the document takes of the limit of all. */
static uint64_t size_of(const listed *entry, const reader_result *one)
{
    struct stat info;
    return !entry->is_maildir && strcmp(entry->path, "-") != 0 && stat(entry->path, &info) == 0 &&
                   S_ISREG(info.st_mode)
               ? (uint64_t)info.st_size
               : one->text.len;
}

/* Appends a document of several with its places. */
static int append_document(reader_result *out, const reader_result *one, const char *name,
                           uint32_t number, huis_error *err)
{
    if (out->text.len > 0) {
        (void)buffer_append_string(&out->text,
                                   out->text.ptr[out->text.len - 1] == '\n' ? "\n" : "\n\n");
    }
    const size_t base = out->text.len;
    reader_add_place(out, &(reader_place_draft){.start = base,
                                                .kind = PLACE_DOCUMENT,
                                                .number = number,
                                                .genre = one->genre,
                                                .label = span_from_string(name)});
    size_t n = 0;
    const reader_place *const places = reader_places(one, &n);
    for (size_t i = 0; i < n; i++) {
        reader_add_place(out, &(reader_place_draft){
                                  .start = base + places[i].start,
                                  .kind = places[i].kind,
                                  .number = places[i].number,
                                  .genre = places[i].genre,
                                  .label = span_from_string(reader_label(one, places[i].label)),
                                  .who = span_from_string(reader_label(one, places[i].who)),
                                  .when = span_from_string(reader_label(one, places[i].when))});
    }
    if (buffer_append(&out->text, buffer_span(&one->text)) && reader_places_ok(out)) {
        return HUIS_OK;
    }
    return out->text.status == HUIS_E_LIMIT
               ? error_set_at(err, HUIS_E_LIMIT, LIMIT_TEXT_BYTES,
                              "%s: the documents hold more than %u bytes of text; give fewer at "
                              "once",
                              name, LIMIT_TEXT_BYTES)
               : error_no_memory(err, "the text of the documents");
}

/* Whether the error is of one document, so that those found in a folder go on without it. */
static bool is_of_document(int status)
{
    return status == HUIS_E_NO_TEXT || status == HUIS_E_BAD_FILE || status == HUIS_E_UNSUPPORTED ||
           status == HUIS_E_NOT_FOUND || status == HUIS_E_DENIED || status == HUIS_E_IO ||
           status == HUIS_E_WORKER;
}

/* A folder in which nothing can be read: the first reason stands for all. */
static int refuse_all(const document_list *list, const huis_error *first, huis_error *err)
{
    return list->count == 0 ? error_set(err, HUIS_E_NO_TEXT,
                                        "%.300s: the folder holds no file to read", list->first)
                            : error_set(err, HUIS_E_NO_TEXT,
                                        "none of the %zu files can be read as a document; the "
                                        "first: %.300s",
                                        list->count, first->message);
}

static int read_several(reader_result *out, const document_list *list,
                        const document_set_options *o, huis_error *err)
{
    uint64_t left = o->max_bytes;
    uint32_t n_read = 0;
    huis_error first = {0};
    for (size_t i = 0; i < list->count; i++) {
        const listed *const entry = &list->documents[i];
        reader_result one;
        reader_result_init(&one);
        if (o->on_document != NULL) {
            o->on_document(o->user, entry->path, i, list->count);
        }
        int status = read_one(&one, entry, o, left, err);
        if (status == HUIS_OK) {
            const uint64_t size = size_of(entry, &one);
            left -= size < left ? size : left;
            status = append_document(out, &one, entry->path, ++n_read, err);
        } else if (!entry->is_given && is_of_document(status)) {
            first = first.message[0] == '\0' ? *err : first;
            if (o->on_left_out != NULL) {
                o->on_left_out(o->user, entry->path, err->message);
            }
            status = HUIS_OK;
        }
        reader_result_deinit(&one);
        RETURN_IF_ERROR(status);
    }
    return n_read > 0 ? HUIS_OK : refuse_all(list, &first, err);
}

int document_set_read(reader_result *out, const char *const *paths, size_t n_paths,
                      const document_set_options *options, huis_error *err)
{
    document_list list = {.err = err, .first = n_paths > 0 ? paths[0] : ""};
    arena_init(&list.memory, LIST_MEMORY_BYTES);
    int status = list_all(&list, paths, n_paths);
    if (status == HUIS_OK) {
        status = list.count == 1 && list.documents[0].is_given
                     ? read_one(out, &list.documents[0], options, options->max_bytes, err)
                     : read_several(out, &list, options, err);
    }
    arena_deinit(&list.memory);
    return status;
}
