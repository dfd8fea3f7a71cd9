/*
 * summary_dialogue.h - a dialogue as clauses told from outside (feature/summarize only).
 */
#ifndef HUIS_FEATURE_SUMMARY_DIALOGUE_H
#define HUIS_FEATURE_SUMMARY_DIALOGUE_H

#include "feature/summarize/dialogue_acts.h"
#include "feature/summarize/summary.h"

enum { DIALOGUE_MAX_CLAUSES = 400, DIALOGUE_CLAUSE_SOURCES = 2 };

/* One sentence of a turn, told. */
typedef struct dialogue_clause {
    span text; /* without the stop */
    span speaker;
    dialogue_told told;
    uint32_t sentence;
    uint32_t answer;          /* the sentence that agrees to it, else UINT32_MAX */
    dialogue_answer answered; /* of a note: `answer` is the yes or no to `sentence` */
    size_t words;
    double value; /* how much it is worth telling */
} dialogue_clause;

typedef struct dialogue_clauses {
    dialogue_clause *list; /* in the order of the text; scratch */
    size_t count;
    span first, second; /* speakers in the order of their first turns; `second` empty: one only */
    size_t n_speakers;
    bool are_notes; /* about who answers (dialogue_notes.h); `asker` is the other */
    span asker;
} dialogue_clauses;

/* Tells what can be told. NO_MEMORY. */
int dialogue_find_clauses(summary_job *job, dialogue_clauses *out);
/* What a model wrote of the dialogue makes the clauses near to it worth more. */
void dialogue_vote(const dialogue_clauses *c, span answer, double weight);
/* The clauses worth most that fit, in order; returns how many. */
size_t dialogue_choose(const dialogue_clauses *c, size_t max_words, size_t max_clauses,
                       uint32_t *out_chosen);
/* Appends a clause as it is shown: with its stop, and ", and Tom agrees" where he does. */
bool dialogue_append_clause(const summary_job *job, const dialogue_clause *c, buffer *out);
/* Adds one as an item. */
int dialogue_add_clause(summary_job *job, const dialogue_clause *c, bool *out_added);

/* Overlap of two texts in words and pairs of words, 0..1 (mean of ROUGE-1 and ROUGE-2, F). */
double dialogue_overlap(span a, span b);

#endif
