/*
 * notify_print.h - rankings for programs (JSON Lines) and for people.
 */
#ifndef HUIS_CLI_NOTIFY_PRINT_H
#define HUIS_CLI_NOTIFY_PRINT_H

#include <jansson.h>

#include "base/buffer.h"

#include "cli/command.h"
#include "huis/notify.h"

/* Whether people read: --format text, or a terminal without --format. */
bool notify_print_is_text(const arguments *args);
/* The class in the language of the locale. */
const char *notify_print_class(huis_notify_class cls);
/* "opened", ...: the word of the command line. */
const char *notify_print_verdict(int verdict);
/* A field as a person reads it, at most `max_chars` characters with "…". */
int notify_print_field(buffer *out, const char *field, size_t max_chars, huis_error *err);
/* One line a record, best first. */
int notify_print_json(const huis_notification *records, const huis_notify_ranking *ranking,
                      huis_error *err);
int notify_print_text(const huis_notification *records, const huis_notify_ranking *ranking,
                      huis_error *err);
/* A record as JSON Lines hold it (docs/formats.md); NULL: no memory. */
json_t *notify_print_record(const huis_notification *record);

#endif
