/*
 * pretokenizer.h - cuts text into the words that byte-level BPE works on.
 *
 * A rule is one or more regular expressions, applied one after the other: each cuts the pieces that
 * the one before left into matches and the text between them. The rule comes from the name in
 * tokenizer.ggml.pre; one table holds the names that are known.
 */
#ifndef HUIS_VOCAB_PRETOKENIZER_H
#define HUIS_VOCAB_PRETOKENIZER_H

#include <stdbool.h>

#include "base/span.h"
#include "huis/error.h"

enum { PRETOKENIZER_PASSES = 6 };

typedef struct pretokenizer {
    void *codes[PRETOKENIZER_PASSES]; /* pcre2_code, in the order of use */
    unsigned n_passes;
    bool ignore_merges; /* a word that is a token is taken whole, whatever its merges say */
    bool add_bos;       /* where the file does not say */
    bool normalize;     /* Unicode NFC before the cut */
} pretokenizer;

/* HUIS_E_UNSUPPORTED for a name that is not in the table. `file` is for messages. */
int pretokenizer_open(pretokenizer *out_pre, span name, const char *file, huis_error *err);
void pretokenizer_deinit(pretokenizer *p);

/* Calls `word` for each word of `text` (valid UTF-8) in order; the words put together are the text.
 * Stops at the first negative status and returns it. */
typedef int (*pretokenizer_word)(void *data, span word, huis_error *err);
int pretokenizer_split(const pretokenizer *p, span text, pretokenizer_word word, void *data,
                       huis_error *err);

#endif
