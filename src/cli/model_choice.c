/*
 * model_choice.c - see model_choice.h.
 */
#include "cli/model_choice.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "cli/environment.h"
#include "cli/output.h"
#include "store/model_store.h"
#include "store/packed_store.h"

enum { USER_CATALOGUE_BYTES = 4 * 1024 * 1024 };

static int add_user_catalogue(catalogue *c, huis_error *err)
{
    buffer path, json;
    buffer_init(&path, PATH_MAX);
    buffer_init(&json, USER_CATALOGUE_BYTES);
    int status = environment_config_directory(&path, NULL);
    if (status == HUIS_OK && buffer_append_string(&path, "/catalogue.json") &&
        access(buffer_string(&path), F_OK) == 0) {
        status = file_read(&json, buffer_string(&path), err);
        if (status == HUIS_OK) {
            status = catalogue_add(c, buffer_span(&json), buffer_string(&path), err);
        }
    } else {
        status = HUIS_OK;
    }
    buffer_deinit(&path);
    buffer_deinit(&json);
    return status;
}

int model_choice_catalogue(catalogue **out_catalogue, huis_error *err)
{
    catalogue *c = NULL;
    RETURN_IF_ERROR(catalogue_new(&c, err));
    int status = add_user_catalogue(c, err);
    if (status == HUIS_OK) {
        status = catalogue_add(c, catalogue_builtin(), "built-in catalogue", err);
    }
    if (status != HUIS_OK) {
        catalogue_free(c);
        return status;
    }
    *out_catalogue = c;
    return HUIS_OK;
}

/* The default when it is installed, else the first installed model that generates text, else an
 * installed test model. */
static const catalogue_model *best_installed(const catalogue *c, const char *data_directory)
{
    const catalogue_model *const preferred = catalogue_find(c, catalogue_default(c));
    if (preferred != NULL && model_store_has(data_directory, preferred)) {
        return preferred;
    }
    static const char *const ROLES[] = {"generate", "test"};
    for (size_t r = 0; r < sizeof(ROLES) / sizeof(ROLES[0]); r++) {
        for (size_t i = 0; i < catalogue_n_models(c); i++) {
            const catalogue_model *const m = catalogue_model_at(c, i);
            if (strcmp(m->role, ROLES[r]) == 0 && model_store_has(data_directory, m)) {
                return m;
            }
        }
    }
    return NULL;
}

static int installed_path(buffer *out_path, const catalogue *c, const char *name, huis_error *err)
{
    buffer data;
    buffer_init(&data, PATH_MAX);
    int status = environment_data_directory(&data, err);
    const catalogue_model *const model =
        name != NULL ? catalogue_find(c, name)
                     : (status == HUIS_OK ? best_installed(c, buffer_string(&data)) : NULL);
    if (status == HUIS_OK && model == NULL && name != NULL) {
        status =
            error_set(err, HUIS_E_NO_MODEL,
                      tr("%s: neither a file nor a model of the catalogue: see huis model list",
                         "%s : ni un fichier ni un modèle du catalogue : voir huis model list"),
                      name);
    } else if (status == HUIS_OK && (model == NULL || !model_store_has(data.ptr, model))) {
        const char *const wanted = model != NULL ? model->name : catalogue_default(c);
        status = error_set(err, HUIS_E_NO_MODEL,
                           tr("no model is installed: huis model pull %s",
                              "aucun modèle installé : huis model pull %s"),
                           wanted);
    } else if (status == HUIS_OK && !model_store_path(out_path, data.ptr, model)) {
        status = error_no_memory(err, "a path");
    }
    buffer_deinit(&data);
    return status;
}

int model_choice_path(buffer *out_path, const arguments *args, huis_error *err)
{
    const char *const name = argument_string(args, OPTION_MODEL, NULL);
    buffer_reset(out_path);
    if (name != NULL && access(name, F_OK) == 0) {
        char absolute[PATH_MAX];
        const char *const path = realpath(name, absolute) != NULL ? absolute : name;
        return buffer_append_string(out_path, path) ? HUIS_OK : error_no_memory(err, "a path");
    }
    catalogue *c = NULL;
    RETURN_IF_ERROR(model_choice_catalogue(&c, err));
    const int status = installed_path(out_path, c, name, err);
    catalogue_free(c);
    return status;
}

int model_choice_name(buffer *out_name, const arguments *args, const char *of_file)
{
    const char *const given = argument_string(args, OPTION_MODEL, NULL);
    const char *name = of_file;
    catalogue *c = NULL;
    buffer data;
    buffer_init(&data, PATH_MAX);
    buffer_reset(out_name);
    const bool is_path = given != NULL && access(given, F_OK) == 0;
    if (!is_path && environment_data_directory(&data, NULL) == HUIS_OK &&
        model_choice_catalogue(&c, NULL) == HUIS_OK) {
        const catalogue_model *const model =
            given != NULL ? catalogue_find(c, given) : best_installed(c, buffer_string(&data));
        name = model != NULL ? model->name : name;
    }
    const bool ok = buffer_append_string(out_name, name);
    catalogue_free(c);
    buffer_deinit(&data);
    return ok ? HUIS_OK : HUIS_E_NO_MEMORY;
}

/* Where prefix checkpoints are kept; NULL: nowhere, for want of a home. */
static const char *prefix_directory(buffer *out)
{
    const bool ok =
        environment_cache_directory(out, NULL) == HUIS_OK && buffer_append_string(out, "/prefix");
    return ok ? buffer_string(out) : NULL;
}

/* The installed model whose file is at `path`; NULL: it is no file of the store. */
static const catalogue_model *installed_at(const catalogue *c, const char *path)
{
    buffer data, other;
    const catalogue_model *found = NULL;
    buffer_init(&data, PATH_MAX);
    buffer_init(&other, PATH_MAX);
    const bool ok = environment_data_directory(&data, NULL) == HUIS_OK;
    for (size_t i = 0; ok && found == NULL && i < catalogue_n_models(c); i++) {
        const catalogue_model *const m = catalogue_model_at(c, i);
        if (model_store_path(&other, buffer_string(&data), m) &&
            strcmp(buffer_string(&other), path) == 0) {
            found = m;
        }
    }
    buffer_deinit(&data);
    buffer_deinit(&other);
    return found;
}

/* Where the packed form of the model at `path` is or will be. A new one gets room first. */
static bool find_packed(buffer *out_packed, const catalogue *c, const char *path,
                        const catalogue_model *installed)
{
    struct stat st;
    buffer cache, data;
    buffer_init(&cache, PATH_MAX);
    buffer_init(&data, PATH_MAX);
    const bool ok =
        environment_cache_directory(&cache, NULL) == HUIS_OK &&
        environment_data_directory(&data, NULL) == HUIS_OK &&
        (installed != NULL ? packed_store_path(out_packed, buffer_string(&cache), installed)
                           : packed_store_path_of_file(out_packed, buffer_string(&cache), path));
    if (ok && access(buffer_string(out_packed), F_OK) != 0 && stat(path, &st) == 0) {
        /* Scales become bytes, and a copy of the head. */
        const uint64_t bytes = (uint64_t)st.st_size;
        packed_store_trim(buffer_string(&cache), buffer_string(&data), c, bytes + bytes / 4);
    }
    buffer_deinit(&cache);
    buffer_deinit(&data);
    return ok;
}

/* Without a cache directory huis works as well, but opens models more slowly. */
static int open_file(huis_model **out_model, const catalogue *c, const char *path,
                     huis_model_options *options, huis_error *err)
{
    buffer packed;
    buffer_init(&packed, PATH_MAX);
    const catalogue_model *const installed = installed_at(c, path);
    if (find_packed(&packed, c, path, installed)) {
        options->packed_path = buffer_string(&packed);
        options->sha256 = installed != NULL ? installed->sha256 : NULL;
    }
    const int status = huis_model_open(out_model, path, options, err);
    buffer_deinit(&packed);
    return status;
}

int model_choice_open(huis_model **out_model, const arguments *args, huis_error *err)
{
    buffer path, cache;
    catalogue *c = NULL;
    buffer_init(&path, PATH_MAX);
    buffer_init(&cache, PATH_MAX);
    int status = model_choice_path(&path, args, err);
    huis_model_options options;
    huis_model_options_default(&options);
    options.n_threads = (uint32_t)argument_unsigned(args, OPTION_THREADS, 0);
    options.level = argument_string(args, OPTION_LEVEL, NULL);
    options.prefix_directory = prefix_directory(&cache);
    if (status == HUIS_OK) {
        status = model_choice_catalogue(&c, err);
    }
    if (status == HUIS_OK) {
        status = open_file(out_model, c, buffer_string(&path), &options, err);
    }
    catalogue_free(c);
    buffer_deinit(&path);
    buffer_deinit(&cache);
    return status;
}

int model_choice_prepare(const char *data_directory, const catalogue *c,
                         const catalogue_model *model, huis_error *err)
{
    buffer path;
    buffer_init(&path, PATH_MAX);
    huis_model *opened = NULL;
    huis_model_options options;
    huis_model_options_default(&options);
    int status = model_store_path(&path, data_directory, model)
                     ? open_file(&opened, c, buffer_string(&path), &options, err)
                     : error_no_memory(err, "a path");
    huis_model_unref(opened);
    buffer_deinit(&path);
    return status;
}

bool model_choice_packed_path(buffer *out_packed, buffer *out_sha256, const char *path)
{
    buffer cache;
    catalogue *c = NULL;
    buffer_init(&cache, PATH_MAX);
    bool ok = model_choice_catalogue(&c, NULL) == HUIS_OK;
    const catalogue_model *const model = ok ? installed_at(c, path) : NULL;
    ok = model != NULL && environment_cache_directory(&cache, NULL) == HUIS_OK &&
         packed_store_path(out_packed, buffer_string(&cache), model) &&
         buffer_append_string(out_sha256, model->sha256);
    catalogue_free(c);
    buffer_deinit(&cache);
    return ok;
}

int model_choice_packed(const arguments *args, uint64_t *out_bytes, huis_error *err)
{
    buffer path, data, cache;
    catalogue *c = NULL;
    buffer_init(&path, PATH_MAX);
    buffer_init(&data, PATH_MAX);
    buffer_init(&cache, PATH_MAX);
    int status = model_choice_path(&path, args, err);
    if (status == HUIS_OK) {
        status = model_choice_catalogue(&c, err);
    }
    if (status == HUIS_OK) {
        status = environment_data_directory(&data, err);
    }
    if (status == HUIS_OK) {
        status = environment_cache_directory(&cache, err);
    }
    if (status == HUIS_OK) {
        const catalogue_model *const model = installed_at(c, buffer_string(&path));
        status = model != NULL ? packed_store_check(buffer_string(&cache), buffer_string(&data),
                                                    model, false, out_bytes, err)
                               : HUIS_E_NO_MODEL;
    }
    catalogue_free(c);
    buffer_deinit(&path);
    buffer_deinit(&data);
    buffer_deinit(&cache);
    return status;
}
