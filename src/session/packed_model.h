/*
 * packed_model.h - the cache file of a model's packed form: opened for the worker, synced and
 * renamed when the worker has written it.
 *
 * A file that is whole and of this model is given to the worker to map. Otherwise the worker gets
 * PATH.part, empty, which only one process writes at a time (a lock); one that finds it taken does
 * without. What goes wrong costs speed only, and is not told. The caller has the turn.
 */
#ifndef HUIS_SESSION_PACKED_MODEL_H
#define HUIS_SESSION_PACKED_MODEL_H

#include "session/client.h"

/* Copies path and SHA-256 of the options. False: no memory. */
bool packed_model_init(huis_model *m, const char *path, const char *sha256);
/* What the worker is to map, and what it is to write: at most one of them is not -1. The first is
 * the caller's to close, once the worker has it; the other is kept. */
void packed_model_offer(huis_model *m, int *out_read_fd, int *out_write_fd);
/* The worker is ready: a file that it would not use is deleted. */
void packed_model_ready(huis_model *m, bool is_attached);
/* Whether a worker that is told to end may have something to write first. */
bool packed_model_is_pending(const huis_model *m);
/* The worker has ended: keeps what it wrote when it is whole, and it did not die. */
void packed_model_end(huis_model *m, bool has_died);
void packed_model_deinit(huis_model *m);

#endif
