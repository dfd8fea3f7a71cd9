/*
 * worker_process.h - start huis-worker for a model, and tell how it died.
 */
#ifndef HUIS_SESSION_WORKER_PROCESS_H
#define HUIS_SESSION_WORKER_PROCESS_H

#include "huis/error.h"
#include "session/client.h"

/* Starts a worker, opens the model in it and, the first time, keeps what it tells. Under m->lock,
 * as all here. */
int worker_process_start(huis_model *m, huis_error *err);
/* Closes the channel and waits; kills after a second. */
void worker_process_stop(huis_model *m);
/* The channel is of no more use, because of `status` (of wire/, or of an answer that was refused) and
 * `reason`: ends and reaps the worker, and says what happened. WORKER, LIMIT (too slow) and WIRE_END
 * are the worker's death, and become HUIS_E_WORKER; anything else is returned as it is. */
int worker_process_failed(huis_model *m, int status, const huis_error *reason, huis_error *err);

#endif
