/*
 * notify_home.h - the person's own notifications: the store in the data directory, and the context
 * that it and ~/.config/huis/notify.json give.
 */
#ifndef HUIS_CLI_NOTIFY_HOME_H
#define HUIS_CLI_NOTIFY_HOME_H

#include "base/buffer.h"
#include "cli/command.h"
#include "huis/notify.h"
#include "store/notification_store.h"

/* Opens the store; a damaged one that was moved aside is told. `directory` gets the data directory. */
int notify_home_open(const arguments *args, buffer *directory, notification_store **out_store,
                     huis_error *err);
/* The context at `now_s`: languages of the locale, contacts, calendar, apps and history of the
 * store, its settings "owner" and "focus", the person's rules. *out_weights: NULL when nothing was
 * learnt. */
int notify_home_context(notification_store *store, int64_t now_s, huis_notify_context **out_context,
                        huis_notify_weights **out_weights, huis_error *err);

#endif
