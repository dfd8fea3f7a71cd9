/*
 * eval_facts.h - names and numbers of a text that its source lacks, by plain comparison. Shares
 * nothing with the checks of evidence/ but the list of common words.
 *
 * A number is a run of digits, with one of . , : / between digits, or a (no-break) space before three
 * of them; it is there when the source has its digits, joined or run by run. A name is a word with a
 * capital that neither opens a sentence nor is a common word; it is there when the source has the word
 * in any case. Numbers in letters are not seen; "Turkish" out of "Turkey" counts as absent: an upper
 * bound for a person to look at.
 */
#ifndef HUIS_EVAL_FACTS_H
#define HUIS_EVAL_FACTS_H

#include "base/map.h"
#include "eval/eval_tokens.h"

typedef struct eval_facts {
    map words;   /* lower-case forms of the source */
    map numbers; /* digits, joined and run by run */
} eval_facts;

/* `source` and its words must outlive the facts, `memory` too. */
int eval_facts_read(eval_facts *out, span source, const eval_tokens *words, arena *memory,
                    huis_error *err);
void eval_facts_deinit(eval_facts *facts);

size_t eval_facts_absent_names(const eval_facts *facts, span text, const eval_tokens *words);
size_t eval_facts_absent_numbers(const eval_facts *facts, span text);

#endif
