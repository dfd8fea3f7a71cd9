/*
 * dialogue_roles.h - speakers that are called by what they are (feature/summarize only).
 */
#ifndef HUIS_FEATURE_DIALOGUE_ROLES_H
#define HUIS_FEATURE_DIALOGUE_ROLES_H

#include <stdbool.h>

#include "base/buffer.h"
#include "base/span.h"

/* Appends a speaker's label as it stands in a sentence: "Patient" is "the patient", "Cliente" "la
 * cliente", "Anna" stays "Anna". opens: at the start of the sentence. */
bool dialogue_append_person(buffer *out, span label, bool french, bool opens);

/* The same inside a sentence, after its preposition: "demande à" and Médecin are "demande au médecin". */
bool dialogue_append_inside(buffer *out, span label, bool french);

/* Whether a label is a role. */
bool dialogue_is_role(span label, bool french);

#endif
