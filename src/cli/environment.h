/*
 * environment.h - the only place of huis that reads environment variables.
 */
#ifndef HUIS_CLI_ENVIRONMENT_H
#define HUIS_CLI_ENVIRONMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/span.h"
#include "huis/error.h"

/* Whether messages are to be French: LC_ALL, LC_MESSAGES, LANG, in that order. */
bool environment_is_french(void);
/* $XDG_DATA_HOME/huis or ~/.local/share/huis; $XDG_CONFIG_HOME/huis or ~/.config/huis;
 * $XDG_CACHE_HOME/huis or ~/.cache/huis. */
int environment_data_directory(buffer *out, huis_error *err);
int environment_config_directory(buffer *out, huis_error *err);
int environment_cache_directory(buffer *out, huis_error *err);
/* "NAME=value" ..., NULL-terminated: for huis-egress, which honours proxies and pip's variables. */
const char *const *environment_all(void);
/* Seconds since 1970 of a local time in `zone` ("Europe/Paris"; empty or not known: the person's own),
 * and its minutes east of UTC. Changes TZ for a moment: for one thread only. */
int64_t environment_zone_time(span zone, int year, int month, int day, int hour, int minute,
                              int second, int32_t *out_zone_minutes);
/* Whether coloured output is wanted on `fd`: a terminal, no NO_COLOR, TERM is not "dumb". */
bool environment_wants_color(int fd);

#endif
