/*
 * rouge.h - ROUGE-1, ROUGE-2 and ROUGE-L (Lin 2004, "ROUGE: A Package for Automatic Evaluation of
 * Summaries"), F1 = 2PR / (P + R), on the words of eval_tokens.h. ROUGE-L takes each text as one
 * sequence. Against several references: the mean of the scores against each.
 */
#ifndef HUIS_EVAL_ROUGE_H
#define HUIS_EVAL_ROUGE_H

#include "base/span.h"
#include "huis/error.h"

enum { ROUGE_1 = 0, ROUGE_2 = 1, ROUGE_L = 2, ROUGE_COUNT = 3 };

typedef struct rouge_score {
    double f1[ROUGE_COUNT]; /* 0..1 */
} rouge_score;

/* A text with fewer words than an n-gram has scores 0 there. Errors: NO_MEMORY (also a text so long
 * that its table does not fit the budget). */
int rouge_compare(span text, const span *references, size_t n_references, rouge_score *out_score,
                  huis_error *err);

#endif
