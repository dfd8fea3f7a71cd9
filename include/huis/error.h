/*
 * huis/error.h - status codes and error details.
 *
 * Every huis function that can fail returns an int: HUIS_OK (0), or a negative huis_status. Outputs
 * (parameters named out_...) are written only on success. A function that takes a `huis_error *err`
 * fills it on failure when it is not NULL; on success it is left alone. There is no global last
 * error, so calls from several threads do not disturb each other.
 */
#ifndef HUIS_ERROR_H
#define HUIS_ERROR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define HUIS_API __attribute__((visibility("default")))
#else
#define HUIS_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Values are stable: never renumbered, only appended. */
typedef enum huis_status {
    HUIS_OK = 0,
    HUIS_E_NO_MEMORY = -1,     /* an allocation failed */
    HUIS_E_BAD_ARGUMENT = -2,  /* the caller broke the function's contract */
    HUIS_E_BAD_FILE = -3,      /* damaged, hostile, or over a limit of its format */
    HUIS_E_UNSUPPORTED = -4,   /* a family, type, tokenizer or encoding that huis does not know */
    HUIS_E_LIMIT = -5,         /* a limit that the caller can raise (time, tokens, memory, size) */
    HUIS_E_CANCELLED = -6,     /* the caller cancelled */
    HUIS_E_BUSY = -7,          /* the session is already answering */
    HUIS_E_DENIED = -8,        /* refused by policy or by the sandbox */
    HUIS_E_SCHEMA = -9,        /* a schema or a grammar cannot be enforced */
    HUIS_E_CONTEXT_FULL = -10, /* the context length of the model is used up */
    HUIS_E_IO = -11,           /* a system call failed; the message holds the reason */
    HUIS_E_NOT_FOUND = -12,    /* a file, model or program does not exist */
    HUIS_E_NO_MODEL = -13,     /* the model is not installed */
    HUIS_E_NO_TEXT = -14,      /* the document holds no readable text */
    HUIS_E_WORKER = -15,       /* the worker process died or spoke nonsense */
    HUIS_E_NETWORK = -16,      /* a download failed */
    HUIS_E_NO_SPACE = -17,     /* no space left, or a quota is reached */
    HUIS_E_INTERNAL = -18      /* a bug in huis */
} huis_status;

/* What went wrong, for a person: one line naming the thing, the place, the limit and the remedy. */
typedef struct huis_error {
    int status;        /* a huis_status */
    uint64_t offset;   /* byte offset in the file or text where the fault lies; UINT64_MAX: none */
    char message[512]; /* UTF-8, one line, always terminated */
} huis_error;

/* The stable English name of a status, such as "bad-file". Never NULL; static storage. */
HUIS_API const char *huis_status_name(int status);

#ifdef __cplusplus
}
#endif

#endif
