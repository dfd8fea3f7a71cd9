/*
 * environment.c - see environment.h.
 */
#include "cli/environment.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"

static const char *variable(const char *name)
{
    const char *const value = getenv(name);
    return value != NULL && value[0] != '\0' ? value : NULL;
}

bool environment_is_french(void)
{
    static const char *const NAMES[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
    for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
        const char *const value = variable(NAMES[i]);
        if (value != NULL) {
            return strncmp(value, "fr", 2) == 0 &&
                   (value[2] == '_' || value[2] == '\0' || value[2] == '.' || value[2] == '@');
        }
    }
    return false;
}

static int user_directory(buffer *out, const char *name, const char *below_home, huis_error *err)
{
    const char *const base = variable(name);
    const char *const home = variable("HOME");
    buffer_reset(out);
    if (base != NULL && base[0] == '/') {
        (void)buffer_printf(out, "%s/huis", base);
    } else if (home != NULL) {
        (void)buffer_printf(out, "%s/%s/huis", home, below_home);
    } else {
        return error_set(err, HUIS_E_NOT_FOUND, "neither %s nor HOME is set: set one of them",
                         name);
    }
    return buffer_ok(out) ? HUIS_OK : error_no_memory(err, name);
}

int environment_data_directory(buffer *out, huis_error *err)
{
    return user_directory(out, "XDG_DATA_HOME", ".local/share", err);
}

int environment_config_directory(buffer *out, huis_error *err)
{
    return user_directory(out, "XDG_CONFIG_HOME", ".config", err);
}

int environment_cache_directory(buffer *out, huis_error *err)
{
    return user_directory(out, "XDG_CACHE_HOME", ".cache", err);
}

const char *const *environment_all(void)
{
    return (const char *const *)environ;
}

bool environment_wants_color(int fd)
{
    const char *const terminal = variable("TERM");
    return isatty(fd) != 0 && variable("NO_COLOR") == NULL && terminal != NULL &&
           strcmp(terminal, "dumb") != 0;
}
