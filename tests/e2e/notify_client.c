/*
 * notify_client.c - a program that notifies through libnotify: shows one notification with an action,
 * then a second text in its place, and prints what the server tells until it is closed.
 */
#include <libnotify/notify.h>
#include <stdio.h>

static GMainLoop *g_loop;

static void on_action(NotifyNotification *n, char *key, gpointer user)
{
    (void)n;
    (void)user;
    (void)printf("action %s\n", key);
    (void)fflush(stdout);
}

static void on_closed(NotifyNotification *n, gpointer user)
{
    (void)user;
    (void)printf("closed %d\n", notify_notification_get_closed_reason(n));
    g_main_loop_quit(g_loop);
}

static gboolean give_up(gpointer user)
{
    (void)user;
    g_main_loop_quit(g_loop);
    return FALSE;
}

int main(void)
{
    GError *error = NULL;
    if (!notify_init("Kitchen")) {
        return 1;
    }
    g_loop = g_main_loop_new(NULL, FALSE);
    NotifyNotification *const n = notify_notification_new("The oven is hot", "200 degrees", NULL);
    notify_notification_set_urgency(n, NOTIFY_URGENCY_CRITICAL);
    notify_notification_set_category(n, "device");
    notify_notification_add_action(n, "off", "Switch it off", on_action, NULL, NULL);
    g_signal_connect(n, "closed", G_CALLBACK(on_closed), NULL);
    if (!notify_notification_show(n, &error)) {
        (void)printf("error %s\n", error->message);
        return 1;
    }
    notify_notification_update(n, "The oven is very hot", "250 degrees", NULL);
    if (!notify_notification_show(n, &error)) {
        (void)printf("error %s\n", error->message);
        return 1;
    }
    (void)printf("shown\n");
    (void)fflush(stdout);
    g_timeout_add_seconds(20, give_up, NULL);
    g_main_loop_run(g_loop);
    g_object_unref(n);
    notify_uninit();
    return 0;
}
