/*
 * version.c - what this library is and can do; see huis/huis.h.
 */
#include <string.h>

#include "huis/huis.h"

#define STRING(x) #x
#define VERSION_STRING(major, minor, patch) STRING(major) "." STRING(minor) "." STRING(patch)

const char *huis_version(void)
{
    return VERSION_STRING(HUIS_VERSION_MAJOR, HUIS_VERSION_MINOR, HUIS_VERSION_PATCH);
}

bool huis_has_feature(const char *name)
{
    static const char *const FEATURES[] = {
        "session",       "session.candidates", "session.copy_source", "session.keep_order",
        "session.score", "session.caller",     "summarize",           "summarize.check",
        "model.llama",   "model.qwen2",
    };
    for (size_t i = 0; i < sizeof(FEATURES) / sizeof(FEATURES[0]); i++) {
        if (name != NULL && strcmp(name, FEATURES[i]) == 0) {
            return true;
        }
    }
    return false;
}
