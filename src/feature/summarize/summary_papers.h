/*
 * summary_papers.h - texts of a set shape, and what one wants of them first (feature/summarize only).
 */
#ifndef HUIS_FEATURE_SUMMARY_PAPERS_H
#define HUIS_FEATURE_SUMMARY_PAPERS_H

#include "feature/summarize/summary.h"

typedef enum summary_paper {
    PAPER_NONE = 0,
    PAPER_BILL = 1,    /* how much, by when */
    PAPER_MINUTES = 2, /* what was decided, who does what */
    PAPER_LOG = 3,     /* `git log`: the subjects of the changes */
    PAPER_RECIPE = 4   /* the dish, for how many, then the steps */
} summary_paper;

/* Looks at the source alone; never of a dialogue. */
summary_paper summary_find_paper(const document *source);
/* Moves the scores to what one wants first; nothing changes for PAPER_NONE. */
void summary_weigh_paper(summary_job *job, summary_paper paper);

#endif
