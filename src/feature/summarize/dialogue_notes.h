/*
 * dialogue_notes.h - a talk in which one asks and the other answers, as a note about who answers
 * (feature/summarize only).
 */
#ifndef HUIS_FEATURE_DIALOGUE_NOTES_H
#define HUIS_FEATURE_DIALOGUE_NOTES_H

#include "feature/summarize/summary_dialogue.h"

/* Who asks and who answers; false: no such talk. */
bool dialogue_is_interview(const summary_job *job, const dialogue_clauses *c, span *out_asker,
                           span *out_answerer);
/* What is known of who answers, in the order of the text: what he said, and his yes or no to what he
 * was asked; then what the asker tells. NO_MEMORY. */
int dialogue_find_notes(summary_job *job, const dialogue_clauses *c, span asker, span answerer,
                        dialogue_clauses *out);
/* Adds the notes worth most, those about one person as one sentence. */
int dialogue_add_notes(summary_job *job, const dialogue_clauses *notes, span answerer);

#endif
