/*
 * environment.c - see environment.h.
 */
#include "cli/environment.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"

enum { ZONE_BYTES = 64 };

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

/* Names of zones are paths below the system's folder: nothing may lead out of it. */
static bool is_zone_name(span zone)
{
    for (size_t i = 0; i < zone.len; i++) {
        const char c = zone.ptr[i];
        const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!is_letter && !(c >= '0' && c <= '9') && c != '_' && c != '-' && c != '+' &&
            !(c == '/' && i > 0)) {
            return false;
        }
    }
    return zone.len > 0 && zone.len < ZONE_BYTES;
}

static bool has_zone_file(const char *zone)
{
    char path[ZONE_BYTES + 32];
    (void)snprintf(path, sizeof(path), "/usr/share/zoneinfo/%s", zone);
    return access(path, R_OK) == 0;
}

int64_t environment_zone_time(span zone, int year, int month, int day, int hour, int minute,
                              int second, int32_t *out_zone_minutes)
{
    char name[ZONE_BYTES] = "";
    char before[ZONE_BYTES] = "";
    const char *const own = getenv("TZ");
    if (is_zone_name(zone)) {
        memcpy(name, zone.ptr, zone.len);
        name[zone.len] = '\0';
    }
    const bool changes =
        name[0] != '\0' && has_zone_file(name) && (own == NULL || strlen(own) < sizeof(before));
    if (own != NULL && changes) {
        memcpy(before, own, strlen(own) + 1);
    }
    if (changes) {
        (void)setenv("TZ", name, 1);
    }
    struct tm parts = {.tm_year = year - 1900,
                       .tm_mon = month - 1,
                       .tm_mday = day,
                       .tm_hour = hour,
                       .tm_min = minute,
                       .tm_sec = second,
                       .tm_isdst = -1};
    const int64_t seconds = (int64_t)mktime(&parts);
    *out_zone_minutes = (int32_t)(parts.tm_gmtoff / 60);
    if (changes) {
        (void)(own != NULL ? setenv("TZ", before, 1) : unsetenv("TZ"));
        tzset();
    }
    return seconds;
}

bool environment_wants_color(int fd)
{
    const char *const terminal = variable("TERM");
    return isatty(fd) != 0 && variable("NO_COLOR") == NULL && terminal != NULL &&
           strcmp(terminal, "dumb") != 0;
}
