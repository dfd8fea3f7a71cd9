/*
 * notify_server.h - the notification server itself, where none runs: org.freedesktop.Notifications.
 *
 * Desktop Notifications Specification: GetCapabilities, Notify, CloseNotification,
 * GetServerInformation; NotificationClosed (1 expired, 2 dismissed, 3 closed by a call, 4 other),
 * ActionInvoked, ActivationToken. What comes goes into the queue; who shows it decides what
 * interrupts. A second interface, org.huis.Notifications1 (Dismiss, Invoke), lets the live view act.
 */
#ifndef HUIS_CLI_NOTIFY_SERVER_H
#define HUIS_CLI_NOTIFY_SERVER_H

#include "cli/notify_queue.h"

#define SERVER_HUIS_INTERFACE "org.huis.Notifications1"

typedef struct notify_server notify_server;

/* Takes the name on the session bus. Errors: NOT_FOUND (no bus), DENIED (another server has the
 * name: it is told which). `on_end` is called when the bus goes away. */
int notify_server_start(notify_server **out_server, notify_queue *queue, void (*on_end)(void *user),
                        void *user, huis_error *err);
notify_server *notify_server_free(notify_server *s);

/* The number that the bus knows the record by; 0: not open. */
uint32_t notify_server_number(const notify_server *s, const char *id);
/* The person uses an action or puts the notification away. `token`: for XDG activation, from the
 * compositor; NULL: none. False: nothing open has this number, or it has no such action. */
bool notify_server_invoke(notify_server *s, uint32_t number, const char *key, const char *token);
bool notify_server_dismiss(notify_server *s, uint32_t number);

#endif
