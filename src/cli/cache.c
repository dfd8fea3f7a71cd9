/*
 * cache.c - huis cache list, purge: what huis keeps to be faster, and may lose at any time.
 *
 * CACHE/huis/prefix holds prefix checkpoints, CACHE/huis/packed models as the kernels read them.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>

#include "base/blob_cache.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/memory.h"
#include "cli/environment.h"
#include "cli/model_choice.h"
#include "cli/output.h"
#include "store/sha256.h"

static const char *const FOLDERS[] = {"packed", "prefix"};

enum { N_FOLDERS = sizeof(FOLDERS) / sizeof(FOLDERS[0]) };

typedef struct cached_file {
    blob_entry entry;
    char *name; /* the entry's, owned */
    size_t i_folder;
} cached_file;

typedef struct cached_files {
    cached_file *files;
    size_t count, capacity;
    uint64_t total_bytes;
    size_t i_folder; /* that is being listed */
    bool is_short;   /* no memory */
} cached_files;

static bool add_file(void *user, const blob_entry *entry)
{
    cached_files *const all = user;
    if (all->count == all->capacity) {
        const size_t capacity = 2 * all->capacity + 16;
        cached_file *const files = memory_resize(all->files, capacity, sizeof(*files));
        if (files == NULL) {
            all->is_short = true;
            return false;
        }
        all->files = files;
        all->capacity = capacity;
    }
    char *const name = memory_copy_string(entry->name, strlen(entry->name));
    all->is_short = name == NULL;
    if (name != NULL) {
        all->files[all->count] = (cached_file){*entry, name, all->i_folder};
        all->files[all->count++].entry.name = name;
        all->total_bytes += entry->bytes;
    }
    return name != NULL;
}

static void free_files(cached_files *all)
{
    for (size_t i = 0; i < all->count; i++) {
        memory_free(all->files[i].name);
    }
    memory_free(all->files);
    *all = (cached_files){.files = NULL};
}

static int folder_path(buffer *out, size_t i_folder, huis_error *err)
{
    RETURN_IF_ERROR(environment_cache_directory(out, err));
    return buffer_printf(out, "/%s", FOLDERS[i_folder]) ? HUIS_OK : error_no_memory(err, "a path");
}

/* The last used first. */
static int by_use(const void *a, const void *b)
{
    const cached_file *const x = a;
    const cached_file *const y = b;
    if (x->entry.used_s != y->entry.used_s) {
        return x->entry.used_s > y->entry.used_s ? -1 : 1;
    }
    return strcmp(x->name, y->name);
}

static int find_files(cached_files *all, buffer *path, huis_error *err)
{
    for (all->i_folder = 0; all->i_folder < N_FOLDERS; all->i_folder++) {
        RETURN_IF_ERROR(folder_path(path, all->i_folder, err));
        RETURN_IF_ERROR(blob_cache_list(buffer_string(path), add_file, all, err));
        if (all->is_short) {
            return error_no_memory(err, "the list of files");
        }
    }
    if (all->count > 1) {
        qsort(all->files, all->count, sizeof(*all->files), by_use);
    }
    return HUIS_OK;
}

/* "2026-11-24T13:37:00Z" */
static void format_time(char out[32], int64_t used_s)
{
    const time_t when = (time_t)used_s;
    struct tm parts;
    out[0] = '\0';
    if (gmtime_r(&when, &parts) != NULL) {
        (void)strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &parts);
    }
}

/* What a person calls the model; NULL: nobody knows. A packed file is named by its model's SHA-256. */
static const char *model_of(const cached_file *f, const catalogue *c)
{
    if (f->entry.label[0] != '\0') {
        return f->entry.label;
    }
    for (size_t i = 0; i < catalogue_n_models(c); i++) {
        const catalogue_model *const m = catalogue_model_at(c, i);
        if (strncmp(f->name, m->sha256, SHA256_HEX_LENGTH) == 0) {
            return m->name;
        }
    }
    return NULL;
}

static void list_as_text(const cached_files *all, const catalogue *c)
{
    char size[32], when[32];
    for (size_t i = 0; i < all->count; i++) {
        const cached_file *const f = &all->files[i];
        const char *const model = model_of(f, c);
        output_format_bytes(size, f->entry.bytes);
        format_time(when, f->entry.used_s);
        (void)printf("%-6s %9s  %s  %s\n", FOLDERS[f->i_folder], size, when,
                     model != NULL ? model : f->name);
    }
    output_format_bytes(size, all->total_bytes);
    if (all->count == 0) {
        (void)puts(tr("nothing is kept", "rien n'est gardé"));
    } else if (all->count == 1) {
        (void)printf(tr("1 file, %s; remove it with: huis cache purge\n",
                        "1 fichier, %s ; pour le supprimer : huis cache purge\n"),
                     size);
    } else {
        (void)printf(tr("%zu files, %s; remove them with: huis cache purge\n",
                        "%zu fichiers, %s ; pour les supprimer : huis cache purge\n"),
                     all->count, size);
    }
}

static json_t *to_json(const cached_files *all, const catalogue *c)
{
    json_t *const list = json_array();
    for (size_t i = 0; i < all->count; i++) {
        const cached_file *const f = &all->files[i];
        char when[32];
        format_time(when, f->entry.used_s);
        const char *const name = model_of(f, c);
        json_t *const model = name != NULL ? json_string(name) : json_null();
        (void)json_array_append_new(list, json_pack("{s:s, s:s, s:o, s:I, s:s}", "kind",
                                                    FOLDERS[f->i_folder], "file", f->name, "model",
                                                    model != NULL ? model : json_null(), "bytes",
                                                    (json_int_t)f->entry.bytes, "used", when));
    }
    return json_pack("{s:o, s:I}", "files", list, "bytes", (json_int_t)all->total_bytes);
}

int run_cache_list(const arguments *args)
{
    huis_error err = {0};
    cached_files all = {.files = NULL};
    buffer path;
    buffer_init(&path, PATH_MAX);
    catalogue *c = NULL;
    int status = find_files(&all, &path, &err);
    if (status == HUIS_OK) {
        status = model_choice_catalogue(&c, &err);
    }
    if (status == HUIS_OK && argument_is(args, OPTION_FORMAT, "json")) {
        json_t *const root = to_json(&all, c);
        output_json(root);
        json_decref(root);
    } else if (status == HUIS_OK) {
        list_as_text(&all, c);
    }
    catalogue_free(c);
    buffer_deinit(&path);
    free_files(&all);
    return status == HUIS_OK ? output_finish() : output_error(&err);
}

/* True: the user agrees, or said --yes. */
static int ask_consent(const arguments *args, const cached_files *all, huis_error *err)
{
    char size[32];
    if (argument_flag(args, OPTION_YES) || all->count == 0) {
        return HUIS_OK;
    }
    if (isatty(STDIN_FILENO) == 0) {
        return error_set(err, HUIS_E_DENIED, "%s",
                         tr("nothing is removed without being asked: add --yes",
                            "rien n'est supprimé sans accord : ajoutez --yes"));
    }
    output_format_bytes(size, all->total_bytes);
    (void)fprintf(stderr,
                  tr("Remove %zu files (%s)? [y/N] ", "Supprimer %zu fichiers (%s) ? [o/N] "),
                  all->count, size);
    char answer[16] = "";
    const bool agreed = fgets(answer, sizeof(answer), stdin) != NULL && answer[0] != '\0' &&
                        strchr("yYoO", answer[0]) != NULL;
    return agreed ? HUIS_OK
                  : error_set(err, HUIS_E_DENIED, "%s", tr("not removed", "non supprimé"));
}

static int purge(const arguments *args, cached_files *all, buffer *path, huis_error *err)
{
    uint64_t n_files = 0;
    uint64_t n_bytes = 0;
    char size[32];
    RETURN_IF_ERROR(find_files(all, path, err));
    RETURN_IF_ERROR(ask_consent(args, all, err));
    for (size_t i = 0; i < N_FOLDERS; i++) {
        uint64_t files = 0;
        uint64_t bytes = 0;
        RETURN_IF_ERROR(folder_path(path, i, err));
        RETURN_IF_ERROR(blob_cache_purge(buffer_string(path), &files, &bytes, err));
        n_files += files;
        n_bytes += bytes;
    }
    output_format_bytes(size, n_bytes);
    output_note(args, tr("%llu files removed, %s", "%llu fichiers supprimés, %s"),
                (unsigned long long)n_files, size);
    return HUIS_OK;
}

int run_cache_purge(const arguments *args)
{
    huis_error err = {0};
    cached_files all = {.files = NULL};
    buffer path;
    buffer_init(&path, PATH_MAX);
    const int status = purge(args, &all, &path, &err);
    buffer_deinit(&path);
    free_files(&all);
    return status == HUIS_OK ? output_finish() : output_error(&err);
}
