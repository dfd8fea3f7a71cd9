/*
 * dialogue_rewrite.h - direct speech told from outside (feature/summarize only).
 *
 * "I need to finish my report" said by Anna: "Anna needs to finish Anna's report". Persons are
 * replaced by names, verbs agree, the tense stays. Where the rules are not sure they refuse.
 */
#ifndef HUIS_FEATURE_DIALOGUE_REWRITE_H
#define HUIS_FEATURE_DIALOGUE_REWRITE_H

#include "feature/summarize/dialogue_words.h"

typedef struct dialogue_persons {
    span speaker;
    span addressee; /* empty: nobody in particular; "you" is then refused */
    span source;    /* the whole text: tells names from words that open a sentence; may be empty */
} dialogue_persons;

/* A sentence being told: what was written so far, and whether a verb is still to agree. */
typedef struct dialogue_telling {
    const dialogue_tokens *t;
    const dialogue_persons *who;
    buffer *out;
    bool agrees; /* the next verb belongs to a name */
    /* The form of a verb after "and": that of the one before. */
    enum { SECOND_AS_IS, SECOND_THIRD, SECOND_GERUND } second;
    bool has_verb; /* a verb was written since the last subject */
} dialogue_telling;

bool dialogue_say(dialogue_telling *d, span word);
bool dialogue_say_string(dialogue_telling *d, const char *word);
/* Tells tokens [from, to) as they stand, with persons and verbs rewritten. */
bool dialogue_tell(dialogue_telling *d, size_t from, size_t to);
/* The verb at i, in the form that follows a name in the present, with "not" after it. Returns how
 * many tokens it took; 0: no verb. */
size_t dialogue_tell_verb(dialogue_telling *d, size_t i);
/* Words that may stand between a subject and its verb. */
bool dialogue_is_adverb(const dialogue_tokens *t, size_t i);
bool dialogue_is_verb(const dialogue_tokens *t, size_t i);
/* Appends a word that opens a sentence as it is written inside one. */
bool dialogue_say_opening(dialogue_telling *d, size_t i);
/* Auxiliary or modal. */
bool dialogue_is_auxiliary(const dialogue_tokens *t, size_t i);

#endif
