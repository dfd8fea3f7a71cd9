/*
 * model_prepare.c - huis model prepare: the packed form of installed models, in the cache directory.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include <jansson.h>

#include "base/buffer.h"
#include "base/error.h"
#include "cli/environment.h"
#include "cli/model_choice.h"
#include "cli/output.h"
#include "store/model_store.h"
#include "store/packed_store.h"

typedef struct preparation {
    const arguments *args;
    catalogue *catalogue;
    buffer data, cache; /* directories */
} preparation;

static int prepare_one(const preparation *p, const catalogue_model *model, uint64_t *out_bytes,
                       huis_error *err)
{
    const char *const data = buffer_string(&p->data);
    const char *const cache = buffer_string(&p->cache);
    if (!model_store_has(data, model)) {
        return error_set(
            err, HUIS_E_NO_MODEL,
            tr("%s: not installed: huis model pull %s", "%s : pas installé : huis model pull %s"),
            model->name, model->name);
    }
    if (packed_store_check(cache, data, model, false, out_bytes, NULL) == HUIS_OK) {
        return HUIS_OK;
    }
    RETURN_IF_ERROR(model_choice_prepare(data, p->catalogue, model, err));
    if (packed_store_check(cache, data, model, false, out_bytes, NULL) != HUIS_OK) {
        return error_set(err, HUIS_E_IO,
                         tr("%s: no packed form could be written in %s/packed: is the directory "
                            "writable, and are %.1f GB free?",
                            "%s : rien n'a pu être écrit dans %s/packed : le dossier est-il ouvert "
                            "en écriture, et %.1f Go sont-ils libres ?"),
                         model->name, cache, (double)model->bytes * 1.5e-9 + 0.3);
    }
    return HUIS_OK;
}

static int prepare_and_tell(const preparation *p, const catalogue_model *model)
{
    huis_error err = {0};
    uint64_t bytes = 0;
    char size[32];
    const int status = prepare_one(p, model, &bytes, &err);
    if (status != HUIS_OK) {
        return output_error(&err);
    }
    output_format_bytes(size, bytes);
    if (argument_is(p->args, OPTION_FORMAT, "json")) {
        json_t *const root =
            json_pack("{s:s, s:I}", "name", model->name, "packed_bytes", (json_int_t)bytes);
        output_json(root);
        json_decref(root);
    } else {
        (void)printf(tr("%s: ready, %s in the cache\n", "%s : prêt, %s dans le cache\n"),
                     model->name, size);
    }
    return EXIT_DONE;
}

static int prepare_named(const preparation *p)
{
    int code = EXIT_DONE;
    for (int i = 0; i < p->args->n_operands; i++) {
        huis_error err = {0};
        const catalogue_model *const model = catalogue_find(p->catalogue, p->args->operands[i]);
        if (model == NULL) {
            (void)error_set(&err, HUIS_E_NO_MODEL,
                            tr("%s: not in the catalogue: see huis model list",
                               "%s : pas dans le catalogue : voir huis model list"),
                            p->args->operands[i]);
        }
        const int one = model != NULL ? prepare_and_tell(p, model) : output_error(&err);
        code = code == EXIT_DONE ? one : code;
    }
    return code;
}

static int prepare_installed(const preparation *p)
{
    int code = EXIT_DONE;
    size_t n_prepared = 0;
    for (size_t i = 0; i < catalogue_n_models(p->catalogue); i++) {
        const catalogue_model *const model = catalogue_model_at(p->catalogue, i);
        if (model_store_has(buffer_string(&p->data), model)) {
            const int one = prepare_and_tell(p, model);
            code = code == EXIT_DONE ? one : code;
            n_prepared++;
        }
    }
    if (n_prepared == 0) {
        output_note(p->args, "%s", tr("no model is installed", "aucun modèle n'est installé"));
    }
    return code;
}

int run_model_prepare(const arguments *args)
{
    huis_error err = {0};
    preparation p = {.args = args};
    buffer_init(&p.data, PATH_MAX);
    buffer_init(&p.cache, PATH_MAX);
    int status = environment_data_directory(&p.data, &err);
    if (status == HUIS_OK) {
        status = environment_cache_directory(&p.cache, &err);
    }
    if (status == HUIS_OK) {
        status = model_choice_catalogue(&p.catalogue, &err);
    }
    int code = status == HUIS_OK ? EXIT_DONE : output_error(&err);
    if (status == HUIS_OK) {
        code = args->n_operands > 0 ? prepare_named(&p) : prepare_installed(&p);
    }
    catalogue_free(p.catalogue);
    buffer_deinit(&p.data);
    buffer_deinit(&p.cache);
    return code == EXIT_DONE ? output_finish() : code;
}
