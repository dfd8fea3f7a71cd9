/*
 * vocab_fixture.c - see vocab_fixture.h.
 */
#include "vocab_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int fixture_open(fixture *f, const char *path)
{
    *f = (fixture){0};
    int status = file_map_open(&f->map, path, &f->err);
    if (status == HUIS_OK) {
        status = gguf_parse(&f->table, f->map.data, f->map.size_bytes, path, true, &f->err);
    }
    return status == HUIS_OK ? vocab_open(&f->vocab, f->table, &f->err) : status;
}

void fixture_close(fixture *f)
{
    f->vocab = vocab_free(f->vocab);
    f->table = gguf_free(f->table);
    file_map_close(&f->map);
}

bool fixture_path(char *out, size_t size, const char *variable, const char *name)
{
    const char *const directory = getenv(variable);
    if (directory == NULL) {
        return false;
    }
    const int n = snprintf(out, size, "%s/%s", directory, name);
    return n > 0 && (size_t)n < size && access(out, R_OK) == 0;
}
