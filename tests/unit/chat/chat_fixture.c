/*
 * chat_fixture.c - see chat_fixture.h.
 */
#include "chat_fixture.h"

#include <string.h>

int fixture_render_json(span source, const json_t *variables, chat_text *out, huis_error *err)
{
    chat_template *t = NULL;
    int status = chat_template_open(&t, source, "test", err);
    if (status >= 0) {
        status = chat_render(t, variables, out, err);
    }
    chat_template_free(t);
    return status;
}

int fixture_render(span source, const char *variables, chat_text *out, huis_error *err)
{
    json_t *const json = json_loads(variables, 0, NULL);
    const int status = fixture_render_json(source, json, out, err);
    json_decref(json);
    return status;
}
