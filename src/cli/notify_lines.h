/*
 * notify_lines.h - records from other sources, one JSON object a line on standard input.
 */
#ifndef HUIS_CLI_NOTIFY_LINES_H
#define HUIS_CLI_NOTIFY_LINES_H

#include "cli/command.h"
#include "store/notification_store.h"

/* Reads to the end of standard input, or SIGTERM. Lines are kept as they come; one that is no
 * record is told and passed over. Errors: NO_TEXT (lines came, and none was a record). */
int notify_lines_run(const arguments *args, notification_store *store, huis_error *err);

#endif
