/*
 * notify_measure.h - sums and measures of a notification. See notify_measure.c.
 */
#ifndef HUIS_FEATURE_NOTIFY_MEASURE_H
#define HUIS_FEATURE_NOTIFY_MEASURE_H

#include "feature/notify/notify_view.h"

/* Fills small_amount, out_of_range and poison_gas; `app` are the words of the app's name. */
void notify_measure_look(const notify_words *words, const notify_words *app, notify_view *view);

#endif
