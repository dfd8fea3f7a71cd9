/*
 * huis/session.h - prompt a model: transcript, streaming, budgets, candidates, scoring.
 *
 * A session is one transcript on one model. It has a single owner and answers one request at a
 * time; huis_session_cancel may be called from any thread. Several sessions of one model, each from a
 * thread of its own, are served side by side by the model's one worker: their tokens share each pass
 * over the weights, and what each says is what it says alone. The worker keeps the KV cache of the
 * longest common prefix with the previous request, so that a repeated instruction costs nothing.
 */
#ifndef HUIS_SESSION_H
#define HUIS_SESSION_H

#include <huis/error.h>
#include <huis/model.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct huis_session huis_session;

/* One message of a chat. Text is UTF-8 and is never interpreted: a special token written in it
 * stays plain text. */
typedef struct huis_message {
    const char *role; /* "system", "user" or "assistant" */
    const char *text;
    size_t text_bytes;
} huis_message;

typedef struct huis_generate_options {
    uint32_t struct_size;    /* set by huis_generate_options_default; 0: BAD_ARGUMENT */
    uint32_t max_tokens;     /* 0: 512 */
    uint32_t max_words;      /* 0: no limit; else generation stops before word max_words + 1 */
    float temperature;       /* 0: greedy (default) */
    uint32_t top_k;          /* 0: off; default 40 */
    float top_p;             /* 1: off; default 0.95 */
    float min_p;             /* 0: off (default) */
    float repeat_penalty;    /* 1: off (default) */
    float presence_penalty;  /* 0: off (default) */
    float frequency_penalty; /* 0: off (default) */
    uint64_t seed;           /* default 0; the same seed gives the same bytes */
    uint32_t n_candidates;   /* default 1; several answers decoded after one prefill */
    bool raw;                /* default false; true: the prompt is not put in the chat template */
    const char *const *stop; /* strings that end the answer and are not part of it */
    size_t n_stop;
    /* Copy constraint: names and numbers in the answer must occur in this text, and what stands between
     * quotation marks must be a run of it word for word. A token that would begin or continue a digit
     * run, a capitalised word or a quotation found nowhere in it is never sampled. */
    const char *copy_source; /* NULL: off */
    size_t copy_source_bytes;
    /* Order constraint: the answer is this sentence (at most 4096 bytes) with words left out. None is
     * added, repeated, moved or changed, but that the first letter may become a capital. */
    const char *keep_order; /* NULL: off */
    size_t keep_order_bytes;
    /* The first so many messages are constant text of the program (instruction, examples), never a
     * user's: what the model made of them may be kept in huis_model_options.prefix_directory, so that
     * the next process need not read them again. The answer is the same. 0: nothing is kept. */
    uint32_t n_fixed_messages;
    /* Tokens that may follow are looked up in the text and computed several at a time, where that is
     * faster: the answer is the same. Default false; true: one at a time, for measurements. */
    bool no_drafts;
    /* Nobody reads huis_candidate.logprob: it is 0, and a greedy answer reads fewer bytes a token. The
     * answer is the same. Default false. */
    bool no_logprob;
} huis_generate_options;

typedef enum huis_event_kind {
    HUIS_EVENT_PREFILL = 1, /* progress: n_done of n_total prompt tokens */
    HUIS_EVENT_TEXT = 2,    /* a piece of the answer: whole UTF-8 characters */
    HUIS_EVENT_DONE = 3     /* the candidate is complete; finish and usage are set */
} huis_event_kind;

typedef enum huis_finish {
    HUIS_FINISH_STOP = 1,  /* the model ended, or a stop string was reached */
    HUIS_FINISH_LENGTH = 2 /* max_tokens, max_words or the context length was reached */
} huis_finish;

typedef struct huis_usage {
    uint32_t prompt_tokens;
    uint32_t cached_tokens; /* prompt tokens taken from an earlier request, or from disk */
    uint32_t output_tokens; /* of all candidates */
    double prefill_ms;      /* prompt tokens that were not cached */
    double decode_ms;
    uint32_t drafted_tokens;  /* computed before they were chosen */
    uint32_t accepted_tokens; /* of them, those that then were */
} huis_usage;

typedef struct huis_event {
    huis_event_kind kind;
    uint32_t i_candidate;
    const char *text; /* TEXT: valid during the call only */
    size_t text_bytes;
    uint32_t n_done, n_total; /* PREFILL */
    huis_finish finish;       /* DONE */
    const huis_usage *usage;  /* DONE */
} huis_event;

/* Return false to cancel. Called on the thread that called huis_session_generate. */
typedef bool (*huis_event_fn)(void *user, const huis_event *event);

typedef struct huis_candidate {
    const char *text; /* UTF-8, terminated */
    size_t text_bytes;
    huis_finish finish;
    uint32_t n_tokens;
    double
        logprob; /* sum of ln p over its tokens, before temperature and filters, unless no_logprob */
} huis_candidate;

/* What a generate call returned. */
typedef struct huis_result {
    uint32_t n_candidates;
    const huis_candidate *candidates;
    huis_usage usage;
} huis_result;

HUIS_API void huis_generate_options_default(huis_generate_options *out_options);

typedef struct huis_session_options {
    uint32_t struct_size; /* set by huis_session_options_default */
    /* Whose session it is, at most 128 bytes. Sessions of one caller find in the worker's memory what
     * others of it have read before, and so answer sooner; a session never finds what another caller's
     * has read, but for fixed messages (n_fixed_messages). NULL or "": it shares with nobody. */
    const char *caller;
} huis_session_options;

HUIS_API void huis_session_options_default(huis_session_options *out_options);

/* A session keeps a reference to its model. `options` NULL: defaults. */
HUIS_API int huis_session_open(huis_session **out_session, huis_model *model,
                               const huis_session_options *options, huis_error *err);
/* The same with defaults. */
HUIS_API int huis_session_new(huis_session **out_session, huis_model *model, huis_error *err);
/* NULL is allowed. Returns NULL. */
HUIS_API huis_session *huis_session_free(huis_session *session);

/* Answers `messages` (with options->raw: the one message's text as it is). Blocks. `on_event` may
 * be NULL. *out_result belongs to the session until its next call or free. Errors: CANCELLED,
 * CONTEXT_FULL (prompt too long: the message says by how many tokens), LIMIT (64 sessions are in use,
 * or 8 requests are served and 32 wait), WORKER, BUSY. */
HUIS_API int huis_session_generate(huis_session *session, const huis_message *messages,
                                   size_t n_messages, const huis_generate_options *options,
                                   huis_event_fn on_event, void *user,
                                   const huis_result **out_result, huis_error *err);

/* Scores given continuations: out_logprobs[i] = sum of ln p(token) of continuations[i] after the
 * rendered messages; out_n_tokens may be NULL. One prefill serves all. */
HUIS_API int huis_session_score(huis_session *session, const huis_message *messages,
                                size_t n_messages, const char *const *continuations,
                                size_t n_continuations, double *out_logprobs,
                                uint32_t *out_n_tokens, huis_error *err);

/* Tokens in a text under the model's tokenizer, without special tokens. */
HUIS_API int huis_session_count_tokens(huis_session *session, const char *text, size_t text_bytes,
                                       uint32_t *out_n_tokens, huis_error *err);

/* Ends the running request with HUIS_E_CANCELLED within one token. Any thread. */
HUIS_API void huis_session_cancel(huis_session *session);

#ifdef __cplusplus
}
#endif

#endif
