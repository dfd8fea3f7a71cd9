/*
 * evidence.h - ranking of sentences, citation, and the checks of names, numbers and support that
 * every feature that writes goes through. No model needed.
 */
#ifndef HUIS_EVIDENCE_EVIDENCE_H
#define HUIS_EVIDENCE_EVIDENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/span.h"
#include "document/document.h"
#include "huis/error.h"

/* Words, stems, names and numbers of a text, indexed once: the source side of every check. */
typedef struct evidence_index evidence_index;

/* The document must outlive the index. One thread at a time uses an index. Errors: LIMIT (a text
 * over LIMIT_EVIDENCE_BYTES), NO_MEMORY. */
int evidence_index_new(evidence_index **out_index, const document *source, huis_error *err);
evidence_index *evidence_index_free(evidence_index *index);

/* A run of the text, in bytes. */
typedef struct evidence_range {
    size_t start, end;
} evidence_range;

/* As evidence_index_new, of these runs of the text only: ascending, not overlapping, each sentence
 * of `source` inside one. Errors: LIMIT (runs of more than LIMIT_EVIDENCE_BYTES), NO_MEMORY. */
int evidence_index_new_of(evidence_index **out_index, const document *source,
                          const evidence_range *ranges, size_t n_ranges, huis_error *err);

/* out_scores[n_sentences], 0..1: BM25 centroid weight with the genre's position prior. */
int evidence_rank(const evidence_index *index, double *out_scores, huis_error *err);
/* Sentences that evidence_rank counts no place for: what follows them stands where they stood.
 * passed[n_sentences] is not copied; NULL: none. */
void evidence_pass_places(evidence_index *index, const bool *passed);
/* Moves the weight to sentences that answer the question, which may be empty: words in common,
 * what stands near them, who speaks. */
int evidence_focus(const evidence_index *index, span question, double *scores, huis_error *err);
/* out_scores[n_sentences], 0..1: how much of what the whole source speaks of a sentence holds, wherever
 * it stands. */
int evidence_centrality(const evidence_index *index, double *out_scores, huis_error *err);
/* From now on evidence_select holds choices apart that stand close together in the text: `strength`
 * from 0 (as they come) to 1 (as different as possible). */
void evidence_spread_choices(evidence_index *index, double strength);
/* Chooses sentences by score with MMR diversity until `max_words` or `max_sentences` is reached.
 * Returns how many; out_sentences holds indices in document order. */
size_t evidence_select(const evidence_index *index, const double *scores, size_t max_words,
                       size_t max_sentences, uint32_t *out_sentences);

enum { EVIDENCE_MAX_SOURCES = 3 };

typedef struct evidence_source {
    size_t start, end; /* bytes in the source text */
    double score;      /* share of the sentence's content found there, 0..1 */
} evidence_source;

/* Why a sentence is not supported. */
typedef enum evidence_reason {
    EVIDENCE_REASON_NAME = 0,   /* a name that the source lacks, or gives to something else */
    EVIDENCE_REASON_NUMBER = 1, /* the same of a number or its unit */
    EVIDENCE_REASON_DATE = 2,   /* the same of a date or time */
    EVIDENCE_REASON_NEGATION = 3,
    EVIDENCE_REASON_REVERSED = 4, /* "fell" for "rose", "before" for "after" */
    EVIDENCE_REASON_ROLES = 5,    /* who did what to whom is swapped */
    EVIDENCE_REASON_SPEAKER = 6,  /* somebody else said it */
    EVIDENCE_REASON_MERGED = 7,   /* joins what the source says in different places */
    EVIDENCE_REASON_ADDED = 8,    /* a clause of which the source knows nothing */
    EVIDENCE_REASON_CERTAIN = 9,  /* certain where the source only supposes */
    EVIDENCE_REASON_UNSUPPORTED = 10,
    EVIDENCE_REASON_QUOTATION = 11 /* words between quotation marks that the source lacks */
} evidence_reason;
enum { EVIDENCE_N_REASONS = 12 };

/* A short stable name: "name", "number", "date" ... */
const char *evidence_reason_name(evidence_reason reason);

/* What the score is made of; docs/evidence.md describes each. 0: nothing wrong. */
typedef enum evidence_signal {
    SIGNAL_UNKNOWN = 0,    /* names and numbers that the source lacks, at most 2 */
    SIGNAL_LOST,           /* share of the content that the source lacks */
    SIGNAL_LOST_CLAUSE,    /* the same of the worst clause */
    SIGNAL_LOST_WHOLE,     /* a clause of two words or more of which the source has none */
    SIGNAL_LOST_EXCESS,    /* what the worst clause lacks more than the others */
    SIGNAL_SPREAD,         /* share of a clause that its best single unit lacks, mean */
    SIGNAL_SPREAD_CLAUSE,  /* the same of the worst clause */
    SIGNAL_PAIRS_BROKEN,   /* neighbours that stand nowhere near each other in the source */
    SIGNAL_NAME_ELSEWHERE, /* how much more of its clause stands away from a name, beside another */
    SIGNAL_NUMBER_ELSEWHERE,
    SIGNAL_DATE_ELSEWHERE,
    SIGNAL_NAME_RIVAL, /* the clause stands beside another name, not beside this one */
    SIGNAL_NUMBER_RIVAL,
    SIGNAL_DATE_RIVAL,
    SIGNAL_APART,        /* share of a clause that its best part of a unit lacks, mean */
    SIGNAL_APART_CLAUSE, /* the same of the worst clause */
    SIGNAL_APART_EXCESS, /* what it lacks more than the others */
    SIGNAL_NUMBER_MOVED,
    SIGNAL_UNIT,
    SIGNAL_NEGATION_ADDED,
    SIGNAL_NEGATION_DROPPED,
    SIGNAL_REVERSED,
    SIGNAL_TURNED_ROUND, /* from X to Y swapped */
    SIGNAL_CERTAIN,
    SIGNAL_CERTAIN_STRONG,
    SIGNAL_ROLES,
    SIGNAL_COUPLED, /* a word beside a name that stands nowhere near it in the source */
    SIGNAL_SPLICED, /* a run of the source's words after another subject */
    SIGNAL_SPEAKER,
    SIGNAL_DIALOGUE, /* 1 in dialogues, which are told in other words */
    SIGNAL_LOST_DIALOGUE,
    SIGNAL_CLAUSE_DIALOGUE,
    SIGNAL_BROKEN_DIALOGUE,
    SIGNAL_APART_DIALOGUE,
    SIGNAL_FAR, /* 1 - cosine to the nearest sentence; 0 without vectors */
    EVIDENCE_N_SIGNALS
} evidence_signal;

typedef struct evidence_verdict {
    bool supported;  /* every name, number and quotation known, no hint, score at least 0.5 */
    double score;    /* 0..1: how likely the sentence is true to the source (calibrated) */
    double coverage; /* 0..1: share of the content that the cited units hold */
    evidence_source sources[EVIDENCE_MAX_SOURCES]; /* best first */
    uint32_t units[EVIDENCE_MAX_SOURCES];          /* the same, inside evidence */
    size_t n_sources;
    size_t n_content, n_found; /* content words and numbers; those that the source has at all */
    uint32_t reasons;          /* bit 1 << evidence_reason; 0 when supported */
    double signals[EVIDENCE_N_SIGNALS];
    bool negation_flip;      /* hint: negated where the source is not, or the reverse */
    bool reversed;           /* hint: "fell" where the source says "rose" */
    bool number_moved;       /* hint: a number stands before another thing than in the source */
    span *unsupported_names; /* spans of the checked sentence; arena */
    size_t n_unsupported_names;
    span *unsupported_numbers;
    size_t n_unsupported_numbers;
    span *unsupported_quotations; /* with their marks */
    size_t n_unsupported_quotations;
} evidence_verdict;

/* Checks one sentence against the source. What counts as the same: docs/evidence.md. */
int evidence_check(const evidence_index *index, span sentence, arena *memory,
                   evidence_verdict *out_verdict, huis_error *err);

/* An optional vector for each sentence of the document, float32[n_sentences][dim], each of unit
 * length; they are not copied and must outlive their use. Ranking then favours sentences near the
 * mean vector, or near `focus_vector` (NULL: none). NULL vectors: none again. */
void evidence_set_vectors(evidence_index *index, const float *vectors, size_t dim,
                          const float *focus_vector);
/* evidence_check with the sentence's own vector (unit length, same dim): the distance to the nearest
 * sentence of the source is one more signal. NULL: as evidence_check. */
int evidence_check_vector(const evidence_index *index, span sentence, const float *vector,
                          arena *memory, evidence_verdict *out_verdict, huis_error *err);

/* A content word of the source. */
typedef struct evidence_term {
    size_t start;  /* byte in the source */
    uint32_t stem; /* words of one stem have the same, below evidence_count_stems */
    bool returns;  /* more than one sentence has it */
    uint32_t name; /* how often the text uses it as a name; 0: it is none */
} evidence_term;

/* Those between two bytes, in order; at most `max` of them. Returns how many. */
size_t evidence_terms(const evidence_index *index, size_t start, size_t end, evidence_term *out,
                      size_t max);
size_t evidence_count_stems(const evidence_index *index);
/* Sum of `name` over the distinct words of the whole source. */
uint32_t evidence_count_names(const evidence_index *index);

/* Whether a word (a run of non-space characters) holds function words only: "the", "d'une". */
bool evidence_is_function_word(span word);
/* Whether a word with a capital is no name: function words, common words, months, weekdays. */
bool evidence_is_common_word(span word);

/* The name of the source that is meant by a misspelt one: exactly one term of the source with a
 * capital lies one edit away. False: none, or more than one. The span points into the source. */
bool evidence_closest_name(const evidence_index *index, span name, span *out_name);

#endif
