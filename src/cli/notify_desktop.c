/*
 * notify_desktop.c - see notify_desktop.h.
 *
 * Servers that read markup get "&", "<" and ">" escaped; others get the text as it is.
 */
#include "cli/notify_desktop.h"

#include <errno.h>
#include <string.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/limits.h"
#include "cli/notify_bus.h"
#include "cli/output.h"

static bool reads_markup(sd_bus *bus)
{
    sd_bus_message *reply = NULL;
    const char *word = NULL;
    bool found = false;
    if (sd_bus_call_method(bus, BUS_NAME, BUS_PATH, BUS_NAME, "GetCapabilities", NULL, &reply,
                           "") >= 0 &&
        sd_bus_message_enter_container(reply, 'a', "s") >= 0) {
        while (!found && sd_bus_message_read_basic(reply, 's', &word) > 0) {
            found = strcmp(word, "body-markup") == 0;
        }
    }
    sd_bus_message_unref(reply);
    return found;
}

static bool append_escaped(buffer *out, const char *text, bool markup)
{
    for (const char *c = text; *c != '\0'; c++) {
        const char *const entity = !markup     ? NULL
                                   : *c == '&' ? "&amp;"
                                   : *c == '<' ? "&lt;"
                                   : *c == '>' ? "&gt;"
                                               : NULL;
        if (entity != NULL) {
            (void)buffer_append_string(out, entity);
        } else {
            (void)buffer_append_byte(out, *c);
        }
    }
    return buffer_ok(out);
}

static int send_it(sd_bus *bus, const char *title, const char *body, sd_bus_error *error)
{
    buffer text;
    buffer_init(&text, LIMIT_BUS_BODY_BYTES);
    int r = -ENOMEM;
    if (append_escaped(&text, body, reads_markup(bus))) {
        r = sd_bus_call_method(bus, BUS_NAME, BUS_PATH, BUS_NAME, "Notify", error, NULL,
                               "susssasa{sv}i", "huis", 0u, "", title, buffer_string(&text), 0, 2,
                               "urgency", "y", 1, "x-huis-digest", "b", 1, -1);
    }
    buffer_deinit(&text);
    return r;
}

int notify_desktop_send(const char *title, const char *body, huis_error *err)
{
    sd_bus *bus = NULL;
    sd_bus_error error = SD_BUS_ERROR_NULL;
    int status = HUIS_OK;
    int r = sd_bus_open_user(&bus);
    if (r < 0) {
        return error_set(err, HUIS_E_NOT_FOUND,
                         tr("no session bus (%s); start one, or set DBUS_SESSION_BUS_ADDRESS",
                            "pas de bus de session (%s) ; démarrez-en un ou donnez "
                            "DBUS_SESSION_BUS_ADDRESS"),
                         strerror(-r));
    }
    r = send_it(bus, title, body, &error);
    if (r < 0) {
        status = error_set(err, HUIS_E_NOT_FOUND,
                           tr("no notification server took the digest (%s); one must run on this "
                              "session bus: that of the desktop, dunst, or huis notify watch "
                              "--serve",
                              "aucun serveur de notifications n'a pris le résumé (%s) ; il en faut "
                              "un sur ce bus de session : celui du bureau, dunst, ou huis notify "
                              "watch --serve"),
                           error.message != NULL ? error.message : strerror(-r));
    }
    sd_bus_error_free(&error);
    sd_bus_flush_close_unref(bus);
    return status;
}
