/*
 * environment.h - the only place of huis that reads environment variables.
 */
#ifndef HUIS_CLI_ENVIRONMENT_H
#define HUIS_CLI_ENVIRONMENT_H

#include <stdbool.h>

#include "base/buffer.h"
#include "huis/error.h"

/* Whether messages are to be French: LC_ALL, LC_MESSAGES, LANG, in that order. */
bool environment_is_french(void);
/* $XDG_DATA_HOME/huis or ~/.local/share/huis; $XDG_CONFIG_HOME/huis or ~/.config/huis. */
int environment_data_directory(buffer *out, huis_error *err);
int environment_config_directory(buffer *out, huis_error *err);
/* The path of a helper program: beside the running huis, else in the installed libexec directory.
 * NOT_FOUND when it is in neither. */
int environment_helper(buffer *out, const char *program, huis_error *err);
/* Whether coloured output is wanted on `fd`: a terminal, no NO_COLOR, TERM is not "dumb". */
bool environment_wants_color(int fd);
/* Columns of the terminal on standard error, or 80. */
int environment_columns(void);

#endif
