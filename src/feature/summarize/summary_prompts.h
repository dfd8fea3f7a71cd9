/*
 * summary_prompts.h - what the model is told (feature/summarize only). Text of the source stands in
 * the last user turn only.
 */
#ifndef HUIS_FEATURE_SUMMARY_PROMPTS_H
#define HUIS_FEATURE_SUMMARY_PROMPTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PROMPT_MAX_SHOTS = 8 };

typedef enum prompt_use {
    PROMPT_SUBJECT = 0,   /* a mail as a subject line */
    PROMPT_TITLE = 1,     /* an article as a title */
    PROMPT_DIALOGUE = 2,  /* a conversation as one sentence */
    PROMPT_SHORTEN = 3,   /* a sentence as a shorter one */
    PROMPT_ABSTRACT = 4,  /* a text as a few sentences */
    PROMPT_TRANSLATE = 5, /* a sentence of the other language in this one */
    PROMPT_ANSWER = 6     /* turns of a dialogue and a question as a few sentences */
} prompt_use;

typedef struct prompt_shot {
    const char *source, *answer;
} prompt_shot;

typedef struct prompt {
    const char *system;
    const char *before, *after; /* around the source in a user turn */
    prompt_shot shots[PROMPT_MAX_SHOTS];
    size_t n_shots;
    uint32_t max_tokens;
} prompt;

const prompt *prompt_find(prompt_use use, bool french);

#endif
