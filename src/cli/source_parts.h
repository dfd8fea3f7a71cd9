/*
 * source_parts.h - the parts that huis_summarize is told of, from the places of what was read.
 */
#ifndef HUIS_CLI_SOURCE_PARTS_H
#define HUIS_CLI_SOURCE_PARTS_H

#include "document/reader.h"
#include "huis/summarize.h"

/* Documents, chapters, sheets and, but for a chat, messages, events and entries; with title, who and
 * when, which point into `read`. No part for a text without such places. *out_parts is freed with
 * memory_free. */
int source_parts_new(huis_text_part **out_parts, size_t *out_n_parts, const reader_result *read,
                     huis_error *err);

/* When the messages of a chat were written, also among other documents. *out_times is freed with
 * memory_free. */
int source_times_new(huis_text_time **out_times, size_t *out_n_times, const reader_result *read,
                     huis_error *err);

#endif
