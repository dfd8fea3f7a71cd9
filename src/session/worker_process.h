/*
 * worker_process.h - start huis-worker for a model, and tell how it died.
 */
#ifndef HUIS_SESSION_WORKER_PROCESS_H
#define HUIS_SESSION_WORKER_PROCESS_H

#include "huis/error.h"
#include "session/client.h"

/* Starts a worker, opens the model in it and, the first time, keeps what it tells. The caller has
 * the turn. */
int worker_process_start(huis_model *m, huis_error *err);
/* Closes the channel and waits; kills after a second. */
void worker_process_stop(huis_model *m);
/* At once: it does what nobody asked for. */
void worker_process_kill(huis_model *m);
/* The channel ended or carried nonsense (`reason`): reaps the worker and says what happened. Always
 * HUIS_E_WORKER. */
int worker_process_died(huis_model *m, const char *reason, huis_error *err);

#endif
