/*
 * protocol_check.c - see protocol_check.h.
 */
#include "protocol_check.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "wire/protocol.h"

/* Reads and writes again; NULL: refused. Each has the type of its message inside. */
typedef json_t *(*rewriter)(const json_t *json);

static json_t *rewrite_open(const json_t *json)
{
    protocol_open m;
    return protocol_read_open(json, &m, NULL) == HUIS_OK ? protocol_write_open(&m) : NULL;
}

static json_t *rewrite_connect(const json_t *json)
{
    protocol_connect m;
    return protocol_read_connect(json, &m, NULL) == HUIS_OK ? protocol_write_connect(&m) : NULL;
}

static json_t *rewrite_ready(const json_t *json)
{
    protocol_ready m;
    return protocol_read_ready(json, &m, NULL) == HUIS_OK ? protocol_write_ready(&m) : NULL;
}

static json_t *rewrite_generate(const json_t *json)
{
    protocol_generate m;
    arena memory;
    arena_init(&memory, LIMIT_REQUEST_MEMORY_BYTES);
    json_t *const again = protocol_read_generate(json, &memory, &m, NULL) == HUIS_OK
                              ? protocol_write_generate(&m)
                              : NULL;
    arena_deinit(&memory);
    return again;
}

static json_t *rewrite_score(const json_t *json)
{
    protocol_score m;
    arena memory;
    arena_init(&memory, LIMIT_REQUEST_MEMORY_BYTES);
    json_t *const again =
        protocol_read_score(json, &memory, &m, NULL) == HUIS_OK ? protocol_write_score(&m) : NULL;
    arena_deinit(&memory);
    return again;
}

static json_t *rewrite_candidate(const json_t *json)
{
    protocol_candidate m;
    return protocol_read_candidate(json, &m, NULL) == HUIS_OK ? protocol_write_candidate(&m) : NULL;
}

static json_t *rewrite_error(const json_t *json)
{
    huis_error m;
    return protocol_read_error(json, &m, NULL) == HUIS_OK ? protocol_write_error(&m) : NULL;
}

static json_t *rewrite_prefix(const json_t *json)
{
    protocol_prefix m;
    return protocol_read_prefix(json, &m, NULL) == HUIS_OK ? protocol_write_prefix(&m) : NULL;
}

static rewriter find_rewriter(uint32_t type)
{
    static const struct {
        uint32_t type;
        rewriter rewrite;
    } REWRITERS[] = {
        {PROTOCOL_OPEN, rewrite_open},          {PROTOCOL_CONNECT, rewrite_connect},
        {PROTOCOL_READY, rewrite_ready},        {PROTOCOL_GENERATE, rewrite_generate},
        {PROTOCOL_SCORE, rewrite_score},        {PROTOCOL_CANDIDATE, rewrite_candidate},
        {PROTOCOL_ERROR, rewrite_error},        {PROTOCOL_PREFIX_WANTED, rewrite_prefix},
        {PROTOCOL_PREFIX_SAVE, rewrite_prefix},
    };
    for (size_t i = 0; i < sizeof(REWRITERS) / sizeof(REWRITERS[0]); i++) {
        if (REWRITERS[i].type == type) {
            return REWRITERS[i].rewrite;
        }
    }
    return NULL;
}

bool protocol_check_round_trip(uint32_t type, const json_t *json, bool *out_is_same)
{
    const rewriter rewrite = find_rewriter(type);
    json_t *const once = rewrite != NULL ? rewrite(json) : NULL;
    if (once == NULL) {
        return false;
    }
    json_t *const twice = rewrite(once);
    char *const first = json_dumps(once, JSON_COMPACT);
    char *const second = twice != NULL ? json_dumps(twice, JSON_COMPACT) : NULL;
    *out_is_same = first != NULL && second != NULL && strcmp(first, second) == 0;
    free(first);
    free(second);
    json_decref(once);
    json_decref(twice);
    return true;
}
