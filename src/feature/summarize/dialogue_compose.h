/*
 * dialogue_compose.h - what is shown of a dialogue, put together of a topic and clauses
 * (feature/summarize only).
 */
#ifndef HUIS_FEATURE_DIALOGUE_COMPOSE_H
#define HUIS_FEATURE_DIALOGUE_COMPOSE_H

#include "feature/summarize/summary_dialogue.h"

enum { DIALOGUE_MAX_ANSWERS = 8 };

/* What a model wrote of the dialogue, several times; scratch. */
typedef struct dialogue_answers {
    span list[DIALOGUE_MAX_ANSWERS];
    size_t count;
} dialogue_answers;

typedef struct dialogue_topic {
    span text; /* "Anna and Tom talk about the heating."; scratch */
    huis_source_span sources[EVIDENCE_MAX_SOURCES];
    size_t n_sources;
} dialogue_topic;

/* The topic that answer i names, if it holds and others speak of it, too (dialogue_topic.c). NO_MEMORY. */
int dialogue_find_topic(summary_job *job, const dialogue_clauses *c,
                        const dialogue_answers *answers, size_t i, dialogue_topic *out,
                        bool *out_found);
/* How much of a part of a topic, from its start, one sentence of the dialogue says in the same way
 * (dialogue_close.c); 0: none does. */
size_t dialogue_close_length(const summary_job *job, span part);
/* How many of its content words, of *out_content, another text has in some form. */
size_t dialogue_shared_words(span part, span other, bool french, size_t *out_content);
int dialogue_add_topic(summary_job *job, const dialogue_topic *topic, bool *out_added);
/* Adds the topic, if any, and the clauses that the answers agree with most as a whole. */
int dialogue_compose(summary_job *job, const dialogue_clauses *c, const dialogue_answers *answers);

#endif
