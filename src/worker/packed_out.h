/*
 * packed_out.h - writes the packed form of the model for the next worker, in the pauses of this one.
 *
 * The descriptor was opened by the client, which syncs and renames the file when the worker has
 * ended and the file is whole. No answer waits for it, and no error of it is told: a full disk costs
 * the next worker its speed.
 */
#ifndef HUIS_WORKER_PACKED_OUT_H
#define HUIS_WORKER_PACKED_OUT_H

#include "base/cache_file.h"
#include "engine/engine.h"

/* Takes `fd` (-1: nothing is to be written). The engine must stay open. */
void packed_out_begin(cache_writer *w, const engine *e, int fd, const cache_source *source);
/* Writes a piece, while nobody asks for anything. */
void packed_out_step(cache_writer *w);
/* Writes the rest. */
void packed_out_finish(cache_writer *w);

#endif
