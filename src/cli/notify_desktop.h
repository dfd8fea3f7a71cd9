/*
 * notify_desktop.h - a notification of huis's own: the digest, sent through the desktop's server.
 */
#ifndef HUIS_CLI_NOTIFY_DESKTOP_H
#define HUIS_CLI_NOTIFY_DESKTOP_H

#include "huis/error.h"

/* Plain texts. The watcher knows it by a hint and does not record it. Errors: NOT_FOUND (no session
 * bus, or no notification server on it), IO. */
int notify_desktop_send(const char *title, const char *body, huis_error *err);

#endif
