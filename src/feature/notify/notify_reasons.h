/*
 * notify_reasons.h - why a notification stands where it stands, in one to three phrases.
 */
#ifndef HUIS_FEATURE_NOTIFY_REASONS_H
#define HUIS_FEATURE_NOTIFY_REASONS_H

#include "feature/notify/notify_view.h"

/* Sets item->reasons. `language`: "fr" or "en". Memory from `memory`. */
int notify_reasons_write(const huis_notification *record, const notify_view *view,
                         const notify_moment_now *at, const char *language, arena *memory,
                         huis_notify_rank_item *item, huis_error *err);

#endif
