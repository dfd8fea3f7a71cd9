/*
 * notify_form.h - what notify_form.c tells beside notify_form_look (notify_view.h).
 */
#ifndef HUIS_FEATURE_NOTIFY_FORM_H
#define HUIS_FEATURE_NOTIFY_FORM_H

#include "feature/notify/notify_view.h"

/* What the app is for; `app_hits`: signals of its name. */
notify_app_kind notify_app_kind_of(const huis_notification *record, const notify_hits *app_hits);

#endif
