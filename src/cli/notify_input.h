/*
 * notify_input.h - records and a context as the command line names them.
 */
#ifndef HUIS_CLI_NOTIFY_INPUT_H
#define HUIS_CLI_NOTIFY_INPUT_H

#include "cli/command.h"
#include "huis/notify.h"

/* Whether records are given: an operand, --context, or standard input that is a file or a pipe. */
bool notify_input_is_given(const arguments *args);
/* Reads the operand's file, or standard input ("-" or no operand). Lines that are no records are told
 * on standard error; BAD_FILE when there is no record but such lines. */
int notify_input_records(const arguments *args, huis_notifications **out_records, huis_error *err);
/* The file of --context; BAD_FILE names the file and the field. */
int notify_input_context(const char *path, huis_notify_context **out_context, huis_error *err);

#endif
