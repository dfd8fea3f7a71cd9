/*
 * notify_context.h - words of a context read as values. For notify/ only; pure.
 */
#ifndef HUIS_FEATURE_NOTIFY_NOTIFY_CONTEXT_H
#define HUIS_FEATURE_NOTIFY_NOTIFY_CONTEXT_H

#include "feature/notify/notify.h"

/* "ma grand-mère", "boss", "family doctor". Words that are not known: NOTIFY_RELATION_OTHER. */
notify_relation notify_relation_read(span words);
/* Writes a letter in lower case without its accent, at most 4 bytes; returns how many. */
size_t notify_fold(uint32_t code, char out[4]);

#endif
