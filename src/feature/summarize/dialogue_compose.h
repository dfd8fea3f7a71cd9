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

/* The topic that an answer names, if it holds (dialogue_topic.c). NO_MEMORY. */
int dialogue_find_topic(summary_job *job, const dialogue_clauses *c, span answer,
                        dialogue_topic *out, bool *out_found);
int dialogue_add_topic(summary_job *job, const dialogue_topic *topic, bool *out_added);
/* Adds the topic, if any, and the clauses that the answers agree with most as a whole. */
int dialogue_compose(summary_job *job, const dialogue_clauses *c, const dialogue_answers *answers);

#endif
