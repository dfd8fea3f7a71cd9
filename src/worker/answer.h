/*
 * answer.h - the requests that use the model: generate and score.
 */
#ifndef HUIS_WORKER_ANSWER_H
#define HUIS_WORKER_ANSWER_H

#include "huis/error.h"
#include "wire/protocol.h"
#include "worker/prefill.h"
#include "worker/reply.h"

/* Streams the candidates and ends with RESULT; on an error nothing final has been sent, and the
 * caller sends ERROR. */
int answer_generate(worker_model *m, reply *r, const protocol_generate *request, huis_error *err);
/* Ends with SCORES. */
int answer_score(worker_model *m, reply *r, const protocol_score *request, huis_error *err);

#endif
