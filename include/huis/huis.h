/*
 * huis/huis.h - private, on-device intelligence: version and features.
 *
 * Ownership law of the whole library: the library copies what you pass; what it returns as const
 * belongs to the parent object until its next call or free; what it returns as non-const you free
 * with the function named beside it. The library never exits, prints, changes the environment or
 * installs signal handlers.
 */
#ifndef HUIS_HUIS_H
#define HUIS_HUIS_H

#include <huis/error.h>

#define HUIS_VERSION_MAJOR 0
#define HUIS_VERSION_MINOR 1
#define HUIS_VERSION_PATCH 0

#ifdef __cplusplus
extern "C" {
#endif

/* The version of the library that runs, "0.1.0". Static storage. Any thread. */
HUIS_API const char *huis_version(void);

/* Whether this library has a feature: "summarize", "session", "summarize.check", "model.llama",
 * "model.qwen2". Unknown names are false. Any thread. */
HUIS_API bool huis_has_feature(const char *name);

#ifdef __cplusplus
}
#endif

#endif
