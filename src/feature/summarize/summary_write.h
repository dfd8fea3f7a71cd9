/*
 * summary_write.h - the written modes among themselves (feature/summarize only): asking the model,
 * a line over chosen sentences, sentences shortened one by one.
 */
#ifndef HUIS_FEATURE_SUMMARY_WRITE_H
#define HUIS_FEATURE_SUMMARY_WRITE_H

#include "feature/summarize/summary.h"
#include "feature/summarize/summary_prompts.h"

/* Shares of the content words that the source must have. */
#define SUMMARY_MIN_SUPPORT 0.8
#define SUMMARY_MIN_SUPPORT_SHORTENED 0.9

enum { SUMMARY_ROOM_WORDS = 11 /* a sentence needs to say something */ };

/* Instruction, examples and the source; *out_result belongs to the session until its next call.
 * One candidate is decoded greedily, more are sampled. */
int summary_ask(summary_job *job, prompt_use use, span source, size_t max_words,
                uint32_t n_candidates, const huis_result **out_result);
/* The same for one sentence that is to be in the other language. */
int summary_ask_translation(summary_job *job, span sentence, bool into_french,
                            uint32_t n_candidates, const huis_result **out_result);
/* Its text; empty: there are not as many. */
span summary_candidate(const huis_result *result, size_t i);
/* Appends chosen sentences in order, one a line, without those that speak to a model. */
int summary_show_best(summary_job *job, size_t max_sentences, buffer *out);
/* Verifies, cuts to the limit, adds with the sources found. */
int summary_add_verified(summary_job *job, span answer, size_t max_words, double min_support,
                         bool *out_added);

/* How good each answer is, by what the others and the source say (summary_rerank.c). */
int summary_rerank(summary_job *job, const span *answers, size_t n, double *out_values);

/* Whether what a shortened sentence leaves out may be left out (summary_dropped.c). */
int summary_drops_soundly(summary_job *job, span shortened, span sentence, bool *out_sound);
/* A sentence shortened by the model to at most max_words, none added or moved, appended to `out`.
 * *out_ok false: no answer can be shown. */
int summary_shorten_to(summary_job *job, span sentence, size_t max_words, buffer *out,
                       bool *out_ok);

/* One answer over the best sentences: greedy, and the best of a few samples if that cannot be
 * shown. */
int summary_write_one(summary_job *job, prompt_use use, size_t max_sentences);
/* The greedy answer if all of it is supported, else the best of it and a few samples. */
int summary_write_best(summary_job *job, prompt_use use, size_t max_sentences);
/* The best sentences in the order of the text, each shortened by the model. */
int summary_write_shortened(summary_job *job, size_t max_sentences);
/* A long dialogue, or a question on one: what a model answers from the turns found, as far as its
 * speakers said it, then those turns (summary_answer.c). */
int summary_write_answer(summary_job *job);

#endif
