/*
 * model_info.c - huis model info: what a model file is. The file is judged by a worker, which loads
 * no weights for it.
 */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "cli/environment.h"
#include "cli/model_choice.h"
#include "cli/output.h"
#include "store/model_store.h"

enum { LINE_BYTES = PATH_MAX + 16 };

/* What is printed. */
typedef struct model_report {
    char path[PATH_MAX]; /* absolute */
    const char *name;    /* of the catalogue, else of the file */
    uint64_t bytes;
    char sha256[SHA256_HEX_LENGTH + 1];
    huis_model_info info; /* where supported */
    bool supported;
    huis_error why_not;
} model_report;

/* Finds the file and its catalogue entry: by name, or by content for a path. */
static int find_file(model_report *r, const arguments *args, const catalogue *c, huis_error *err)
{
    buffer path;
    buffer_init(&path, PATH_MAX);
    arguments chosen = *args;
    chosen.values[OPTION_MODEL] = args->operands[0];
    int status = model_choice_path(&path, &chosen, err);
    if (status == HUIS_OK) {
        (void)snprintf(r->path, sizeof(r->path), "%s", buffer_string(&path));
        const catalogue_model *const model = catalogue_find(c, args->operands[0]);
        r->name = model != NULL ? model->name : NULL;
    }
    buffer_deinit(&path);
    return status;
}

static int hash_file(model_report *r, huis_error *err)
{
    struct stat st;
    const int fd = open(r->path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return error_from_errno(err, "cannot open", r->path);
    }
    int status = HUIS_OK;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        status = error_set(err, HUIS_E_BAD_FILE, "%s: not a regular file", r->path);
    } else {
        r->bytes = (uint64_t)st.st_size;
        status = sha256_of_fd(fd, r->path, NULL, NULL, r->sha256, err);
    }
    (void)close(fd);
    return status;
}

static void name_by_content(model_report *r, const catalogue *c)
{
    for (size_t i = 0; i < catalogue_n_models(c) && r->name == NULL; i++) {
        if (strcmp(catalogue_model_at(c, i)->sha256, r->sha256) == 0) {
            r->name = catalogue_model_at(c, i)->name;
        }
    }
}

static json_t *string_or_null(const char *value)
{
    return value != NULL && value[0] != '\0' ? json_string(value) : json_null();
}

/* A path as JSON may hold it: any bytes are a path, only UTF-8 is JSON. */
static json_t *path_to_json(const char *path)
{
    json_t *value = json_string(path);
    buffer repaired;
    buffer_init(&repaired, LIMIT_KIB * 16);
    if (value == NULL && utf8_append_repaired(&repaired, span_from_string(path))) {
        value = json_string(buffer_string(&repaired));
    }
    buffer_deinit(&repaired);
    return value != NULL ? value : json_null();
}

/* One line about the file; what it says of itself may hold anything. */
static void print_line(const char *label, const char *value)
{
    char line[LINE_BYTES];
    (void)snprintf(line, sizeof(line), "%s", value);
    error_tidy_line(line);
    (void)printf("%-14s %s\n", label, line);
}

static const char *shown_name(const model_report *r)
{
    return r->name != NULL ? r->name : r->supported ? r->info.name : NULL;
}

static void print_json(const model_report *r)
{
    json_t *const root = json_pack(
        "{s:o, s:o, s:I, s:s, s:o, s:o, s:i, s:b, s:o}", "name", string_or_null(shown_name(r)),
        "path", path_to_json(r->path), "bytes", (json_int_t)r->bytes, "sha256", r->sha256, "family",
        string_or_null(r->info.family), "quantisation", string_or_null(r->info.quantisation),
        "context_length", (int)r->info.trained_context_length, "supported", (int)r->supported,
        "why_not", string_or_null(r->why_not.message));
    output_json(root);
    json_decref(root);
}

static void print_text(const model_report *r)
{
    char size[32];
    output_format_bytes(size, r->bytes);
    print_line(tr("name", "nom"), shown_name(r) != NULL ? shown_name(r) : "?");
    print_line(tr("file", "fichier"), r->path);
    (void)printf("%-14s %s (%llu %s)\n", tr("size", "taille"), size, (unsigned long long)r->bytes,
                 tr("bytes", "octets"));
    (void)printf("%-14s %s\n", "SHA-256", r->sha256);
    if (r->supported) {
        print_line(tr("family", "famille"), r->info.family);
        print_line(tr("quantisation", "quantification"), r->info.quantisation);
        (void)printf("%-14s %u %s\n", tr("context", "contexte"), r->info.trained_context_length,
                     tr("tokens", "jetons"));
        (void)printf("%-14s %s\n", tr("supported", "pris en charge"), tr("yes", "oui"));
    } else {
        (void)printf("%-14s %s: %s\n", tr("supported", "pris en charge"), tr("no", "non"),
                     r->why_not.message);
    }
}

int run_model_info(const arguments *args)
{
    huis_error err = {0};
    model_report r = {0};
    catalogue *c = NULL;
    huis_model *model = NULL;
    int status = model_choice_catalogue(&c, &err);
    if (status == HUIS_OK) {
        status = find_file(&r, args, c, &err);
    }
    if (status == HUIS_OK) {
        status = hash_file(&r, &err);
    }
    if (status == HUIS_OK) {
        huis_model_options options;
        huis_model_options_default(&options);
        options.inspect = true;
        r.info.struct_size = sizeof(r.info);
        name_by_content(&r, c);
        r.supported = huis_model_open(&model, r.path, &options, &r.why_not) == HUIS_OK &&
                      huis_model_get_info(model, &r.info) == HUIS_OK;
        if (argument_is(args, OPTION_FORMAT, "json")) {
            print_json(&r);
        } else {
            print_text(&r);
        }
    }
    huis_model_unref(model);
    catalogue_free(c);
    return status == HUIS_OK ? output_finish() : output_error(&err);
}
