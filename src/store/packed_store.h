/*
 * packed_store.h - packed forms of models (huis/model.h, packed_path), each a cache file
 * CACHE/packed/SHA256-LAYOUT.packed of mode 0600 for an installed one, path-HASH-LAYOUT.packed for one
 * that was given by its path (the file says of which state of that path it is), and with .part at the
 * end while it is written.
 */
#ifndef HUIS_STORE_PACKED_STORE_H
#define HUIS_STORE_PACKED_STORE_H

#include "base/buffer.h"
#include "huis/error.h"
#include "store/catalogue.h"

/* False: no memory. */
bool packed_store_path(buffer *out, const char *cache_directory, const catalogue_model *model);
/* The same for a model at an absolute path that is not installed. */
bool packed_store_path_of_file(buffer *out, const char *cache_directory, const char *model_path);
/* Makes room before a new one of about `new_bytes` is written: what has another layout, or is of a
 * model that is not installed any more, goes, then what was used longest ago until the rest have at
 * most LIMIT_PACKED_FOLDER_BYTES. What goes wrong costs room only. */
void packed_store_trim(const char *cache_directory, const char *data_directory, const catalogue *c,
                       uint64_t new_bytes);
/* Whether the next worker will use the file: whole, and of the model file as it is now. With
 * `contents` each byte is read. NOT_FOUND: there is none; BAD_FILE: stale or damaged. *out_bytes (may
 * be NULL) is written with HUIS_OK only. */
int packed_store_check(const char *cache_directory, const char *data_directory,
                       const catalogue_model *model, bool contents, uint64_t *out_bytes,
                       huis_error *err);
/* Deletes what there is, of every layout; nothing is no error. */
void packed_store_remove(const char *cache_directory, const catalogue_model *model);

#endif
