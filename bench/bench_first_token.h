/*
 * bench_first_token.h - a worker of its own for one prompt, and how long its first token takes.
 */
#ifndef HUIS_BENCH_FIRST_TOKEN_H
#define HUIS_BENCH_FIRST_TOKEN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "huis/session.h"

enum { FIRST_TOKEN_MESSAGES = 18 };

/* All messages but the last are constant: what the model makes of them may be kept. */
typedef struct first_token_chat {
    const char *name;
    huis_message messages[FIRST_TOKEN_MESSAGES];
    size_t n_messages;
    buffer texts[FIRST_TOKEN_MESSAGES];
} first_token_chat;

typedef struct first_token {
    double load_ms;      /* from the start of the worker until it was ready */
    double ms;           /* of the answer */
    double processor_ms; /* the worker's, for the answer: other programs do not count */
    uint64_t peak_bytes; /* of the worker's resident memory, mapped files included; 0: not known */
    bool is_packed;      /* the packed form was used */
    huis_usage usage;
} first_token;

/* The text is `before`, `text` and `after`, one after another. */
void first_token_add(first_token_chat *c, const char *role, const char *before, const char *text,
                     const char *after);
/* About 2,000 constant and 32 new tokens. */
void first_token_long_chat(first_token_chat *c);
void first_token_free(first_token_chat *c);
/* Starts a worker, asks for one token and ends the worker. */
int first_token_ask(first_token *out, const char *model_path, const huis_model_options *options,
                    const first_token_chat *c, huis_error *err);

#endif
