/*
 * chat_fixture.h - renders a template given as text with variables given as JSON text.
 */
#ifndef HUIS_TESTS_CHAT_FIXTURE_H
#define HUIS_TESTS_CHAT_FIXTURE_H

#include "chat/chat.h"

/* Opens, renders, closes; `out` must have been initialised. */
int fixture_render(span source, const char *variables, chat_text *out, huis_error *err);
int fixture_render_json(span source, const json_t *variables, chat_text *out, huis_error *err);

#endif
