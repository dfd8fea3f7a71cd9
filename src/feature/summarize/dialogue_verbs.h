/*
 * dialogue_verbs.h - verbs of everyday talk and their forms, English and French (feature/summarize
 * only). A word that is not here is not taken for a verb: the rules then refuse.
 */
#ifndef HUIS_FEATURE_DIALOGUE_VERBS_H
#define HUIS_FEATURE_DIALOGUE_VERBS_H

#include <stdbool.h>

#include "base/buffer.h"
#include "base/span.h"

/* Folded words: lower case. */
bool dialogue_is_base(span word);  /* "go", "need" */
bool dialogue_is_past(span word);  /* "went", "needed" */
bool dialogue_is_modal(span word); /* "will", "can" */
bool dialogue_is_third(span word); /* "goes", "needs", "is" */
bool dialogue_is_gerund(span word);

/* Appends a form of a base verb. */
bool dialogue_append_third(buffer *out, span base);  /* "goes" */
bool dialogue_append_past(buffer *out, span base);   /* "went" */
bool dialogue_append_gerund(buffer *out, span base); /* "going" */

/* French: the third person of a form of "je" or (`second`) of "tu" and "vous"; false: not sure. */
bool dialogue_french_third(buffer *out, span form, bool second);
/* The infinitive of an imperative, "envoyez" or "allons"; false: not known. */
bool dialogue_french_infinitive(buffer *out, span imperative);
bool dialogue_is_french_infinitive(span word);
/* Verbs of giving take "à" before the person, others do not; both false: not known. */
bool dialogue_french_gives(span verb);
bool dialogue_french_does(span verb);

#endif
