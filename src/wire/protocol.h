/*
 * protocol.h - what a client and huis-worker say to each other: the frame types, and each message
 * from struct to JSON and back.
 *
 * A model's owner opens once (OPEN, answered by READY or ERROR), over the first channel. Then it may
 * add channels: CONNECT carries one end of a socket pair, is not answered, and the channel ends when
 * its other end is closed. Each channel, the first included, is one caller's session: it asks one thing
 * at a time, and the worker serves several channels side by side. GENERATE (PREFILL*, TEXT*, CANDIDATE
 * for each candidate, RESULT), SCORE (PREFILL*, SCORES), COUNT (COUNTED); ERROR may end each. Within a
 * GENERATE that allows it the worker may ask once for a prefix checkpoint (PREFIX_WANTED, answered by
 * PREFIX_PART*, PREFIX_END) and give one once (PREFIX_SAVE, then PREFIX_PART* of together the declared
 * length). CANCEL is sent at any time and not answered. Readers check every field: a value of the
 * wrong type, out of range, or missing is HUIS_E_WORKER.
 *
 * Pointers of a message that was read point into its JSON and into the arena, which must outlive
 * it.
 */
#ifndef HUIS_WIRE_PROTOCOL_H
#define HUIS_WIRE_PROTOCOL_H

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "base/arena.h"
#include "base/span.h"
#include "huis/error.h"
#include "huis/session.h"

typedef enum protocol_type {
    /* To the worker. */
    PROTOCOL_OPEN = 1,
    PROTOCOL_GENERATE = 2,
    PROTOCOL_SCORE = 3,
    PROTOCOL_COUNT = 4,
    PROTOCOL_CANCEL = 5,      /* no payload; the running request, if the header's number matches */
    PROTOCOL_CONNECT = 6,     /* with a descriptor; on the first channel only */
    PROTOCOL_PREFIX_PART = 7, /* bytes, not JSON; both ways, at most LIMIT_PREFIX_PART_BYTES */
    PROTOCOL_PREFIX_END = 8,  /* no payload; what was asked for is whole, or there is none */
    /* From the worker, with the number of the request that they answer. */
    PROTOCOL_READY = 16,
    PROTOCOL_PREFILL = 17,
    PROTOCOL_TEXT = 18,
    PROTOCOL_CANDIDATE = 19,
    PROTOCOL_RESULT = 20,
    PROTOCOL_SCORES = 21,
    PROTOCOL_COUNTED = 22,
    PROTOCOL_ERROR = 23,
    PROTOCOL_PREFIX_WANTED = 24,
    PROTOCOL_PREFIX_SAVE = 25
} protocol_type;

enum { PROTOCOL_OPEN_REQUEST = 1 }; /* the number of the first request */

typedef struct protocol_open {
    span name;                    /* of the file, for messages */
    uint32_t n_threads;           /* at least 1 */
    uint32_t context_length;      /* 0: chosen by the worker */
    span level;                   /* empty: the best */
    bool inspect;                 /* load no weights */
    span sha256;                  /* of the file, hexadecimal; empty: not known */
    uint64_t prefix_memory_bytes; /* of prefixes that are kept in memory */
} protocol_open;

typedef struct protocol_ready {
    span name, family, quantisation, level;
    uint32_t n_threads, context_length, trained_context_length, n_vocab;
    span missing_fences; /* "" when every fence is up */
    bool is_attached;    /* the packed form that was given is in use */
} protocol_ready;

/* Whose session a new channel is: sessions of one caller may share what the worker remembers. */
typedef struct protocol_connect {
    span caller; /* at most LIMIT_CALLER_BYTES; empty: shares with nobody */
} protocol_connect;

typedef struct protocol_generate {
    const huis_message *messages;
    size_t n_messages;
    huis_generate_options options;
} protocol_generate;

typedef struct protocol_score {
    const huis_message *messages;
    size_t n_messages;
    const span *continuations;
    size_t n_continuations;
} protocol_score;

typedef struct protocol_candidate {
    uint32_t i_candidate;
    huis_finish finish;
    uint32_t n_tokens;
    double logprob;
    huis_usage usage;
} protocol_candidate;

/* PREFIX_WANTED (without the bytes) and PREFIX_SAVE. */
typedef struct protocol_prefix {
    span key;       /* PROTOCOL_PREFIX_KEY_LENGTH lower-case hexadecimal digits */
    uint64_t bytes; /* of the checkpoint, at most LIMIT_PREFIX_BYTES */
} protocol_prefix;

enum { PROTOCOL_PREFIX_KEY_LENGTH = 32 };

/* BAD_ARGUMENT, naming the option and its range. Both sides call it. */
int protocol_check_options(const huis_generate_options *options, huis_error *err);

/* A new reference; NULL: no memory. */
json_t *protocol_write_open(const protocol_open *message);
json_t *protocol_write_ready(const protocol_ready *message);
json_t *protocol_write_connect(const protocol_connect *message);
json_t *protocol_write_generate(const protocol_generate *message);
json_t *protocol_write_score(const protocol_score *message);
json_t *protocol_write_candidate(const protocol_candidate *message);
json_t *protocol_write_error(const huis_error *error);
json_t *protocol_write_prefix(const protocol_prefix *message);

int protocol_read_open(const json_t *json, protocol_open *out, huis_error *err);
int protocol_read_ready(const json_t *json, protocol_ready *out, huis_error *err);
int protocol_read_connect(const json_t *json, protocol_connect *out, huis_error *err);
int protocol_read_generate(const json_t *json, arena *memory, protocol_generate *out,
                           huis_error *err);
int protocol_read_score(const json_t *json, arena *memory, protocol_score *out, huis_error *err);
int protocol_read_candidate(const json_t *json, protocol_candidate *out, huis_error *err);
int protocol_read_prefix(const json_t *json, protocol_prefix *out, huis_error *err);
/* Fills *out_error with what the worker reports; its status is always negative. */
int protocol_read_error(const json_t *json, huis_error *out_error, huis_error *err);

#endif
