/*
 * eval_data.h - the sets of texts and references that huis is measured on, read from a directory
 * that the user names (JSON Lines; the fields are in docs/quality.md).
 *
 * Rule of the halves: what is tuned is tuned on the first half of each file, in its order; the second
 * is for reporting only.
 */
#ifndef HUIS_CLI_EVAL_DATA_H
#define HUIS_CLI_EVAL_DATA_H

#include "base/arena.h"
#include "base/span.h"
#include "huis/summarize.h"

typedef struct eval_item {
    const char *id;
    span text;
    const char *focus; /* question that chooses what counts; NULL: none */
    const span *references;
    size_t n_references; /* at least 1 */
} eval_item;

typedef struct eval_items {
    eval_item *items;
    size_t count, capacity;
    arena memory; /* of all that items point to */
} eval_items;

typedef enum eval_half {
    EVAL_HALF_FIRST = 0, /* the order of --half's choices */
    EVAL_HALF_SECOND = 1,
    EVAL_HALF_ALL = 2
} eval_half;

typedef struct eval_set {
    const char *choice; /* of --set */
    const char *name;   /* as it is reported */
    const char *file, *language;
    huis_summary_kind kind;
    huis_genre genre;
    uint32_t max_words; /* of that kind */
    const char *text_key, *reference_key, *title_key;
    bool is_meeting, has_focus;
    bool is_apart; /* in a directory of its own: not one of "all" */
} eval_set;

extern const eval_set EVAL_SETS[];
extern const size_t N_EVAL_SETS;

/* Reads DIRECTORY/<file of the set>: that half of its lines, at most `limit` items (0: all). The
 * references are those of `kind`. Errors: NOT_FOUND, BAD_FILE with the line, LIMIT, NO_MEMORY. */
int eval_data_read(eval_items *out, const eval_set *set, huis_summary_kind kind,
                   const char *directory, eval_half half, size_t limit, huis_error *err);
void eval_items_deinit(eval_items *items);
/* Puts the line, from 1, before an error in a file of lines. Returns `status`. */
int eval_line_error(huis_error *err, int status, size_t n_line);

#endif
