/*
 * output.h - what huis prints: results on standard output, everything else on standard error.
 */
#ifndef HUIS_CLI_OUTPUT_H
#define HUIS_CLI_OUTPUT_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "base/span.h"
#include "cli/command.h"
#include "document/reader.h"
#include "huis/error.h"
#include "huis/session.h"
#include "huis/summarize.h"

/* The English or the French text, by the locale. The first argument's format is the result's. */
const char *tr(const char *en, const char *fr) __attribute__((format_arg(1)));
const char *text_pick(bilingual t);

/* "huis: message" on standard error, one line. Returns the exit code that fits the status. */
int output_error(const huis_error *err);
/* The same for a usage error; adds the remedy "see 'huis COMMAND --help'". Returns EXIT_USAGE. */
int output_usage_error(const command *c, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
int output_exit_code(int status);

/* Notes for a person: nothing with --quiet. */
void output_note(const arguments *args, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Writes to standard output; an error (a full disk, a closed pipe) is found by output_finish. */
void output_text(span bytes);
void output_json(json_t *value);
/* The "usage" object of the JSON contracts (generate.c). */
json_t *output_usage_json(const huis_usage *usage);
/* The "sources" list of the JSON contracts, each with its place in `read` (source_places.h). */
json_t *output_sources_json(const huis_source_span *sources, size_t n, const reader_result *read,
                            bool dialogue);
/* Flushes; EXIT_DONE, or EXIT_INTERNAL with a message. */
int output_finish(void);

/* A progress line on standard error, redrawn in place; nothing off a terminal or with --quiet. */
typedef struct progress {
    bool visible, counting;
    int64_t started_us, drawn_us;
    uint64_t first_done; /* for the speed: what was there at the start */
} progress;

void progress_begin(progress *p, const arguments *args);
/* Bytes or tokens; `unit` "B" prints sizes. Draws at most ten times a second. */
void progress_show(progress *p, const char *label, uint64_t done, uint64_t total, const char *unit);
/* Words instead of a bar. */
void progress_say(progress *p, const char *words);
/* Takes the line away, to print a result or for good. */
void progress_clear(progress *p);
void progress_end(progress *p);

/* "491 MB" into `out`. */
void output_format_bytes(char out[32], uint64_t bytes);

#endif
