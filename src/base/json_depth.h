/*
 * json_depth.h - how deep JSON nests, known before a parser that recurses sees it.
 */
#ifndef HUIS_BASE_JSON_DEPTH_H
#define HUIS_BASE_JSON_DEPTH_H

#include <stdbool.h>

#include "base/span.h"

/* Whether no array or object of `text` lies deeper than `max_depth`; any bytes. */
bool json_depth_within(span text, size_t max_depth);

#endif
