/*
 * packed.h - a model as its engine holds it, in a cache file (base/cache_file.h): what is mapped
 * instead of made when a model is opened again.
 */
#ifndef HUIS_ENGINE_PACKED_H
#define HUIS_ENGINE_PACKED_H

#include "engine/state.h"

/* Opens `e`'s vocabulary and weights from options->packed, when that is a cache file of
 * options->source and of this model; else BAD_FILE, and `e` is as it was. */
int packed_attach(engine *e, const gguf_table *table, const engine_options *options,
                  const weights_options *w_options, huis_error *err);

#endif
