/*
 * model_choice.h - the catalogue as the user sees it, and which model a command runs on.
 */
#ifndef HUIS_CLI_MODEL_CHOICE_H
#define HUIS_CLI_MODEL_CHOICE_H

#include "base/buffer.h"
#include "cli/command.h"
#include "huis/error.h"
#include "huis/model.h"
#include "store/catalogue.h"

/* The user's catalogue (if any) and the built-in one. */
int model_choice_catalogue(catalogue **out_catalogue, huis_error *err);
/* The file behind --model NAME|PATH, or the best installed model without the option. NO_MODEL: none
 * is installed; the message says how to get one. */
int model_choice_path(buffer *out_path, const arguments *args, huis_error *err);
/* Where the packed form of the file at `path` is kept, be it there or not, and the SHA-256 of the file
 * (64 digits, terminated). False: it is no installed model, or there is no cache directory. */
bool model_choice_packed_path(buffer *out_packed, buffer *out_sha256, const char *path);
/* What that model is called: by the catalogue, else `of_file`, the name that the file gives itself. */
int model_choice_name(buffer *out_name, const arguments *args, const char *of_file);
/* Opens that model with --threads and --level. The packed form of the model is kept in the
 * cache directory. */
int model_choice_open(huis_model **out_model, const arguments *args, huis_error *err);
/* Opens an installed model, so that its packed form is made, where it is missing, and closes it. */
int model_choice_prepare(const char *data_directory, const catalogue *c,
                         const catalogue_model *model, huis_error *err);
/* Whether the packed form of that model is there for the next run (packed_store_check). NO_MODEL: it is
 * not an installed one. */
int model_choice_packed(const arguments *args, uint64_t *out_bytes, huis_error *err);

#endif
