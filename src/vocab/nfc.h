/*
 * nfc.h - Unicode normalisation form C (UAX 15), which some tokenizers were trained behind.
 *
 * Only the runs that need it go through utf8proc: text before an ASCII character never combines with
 * it, so that a run of other characters, with the one before it, can be composed by itself.
 */
#ifndef HUIS_VOCAB_NFC_H
#define HUIS_VOCAB_NFC_H

#include <stdbool.h>

#include "base/buffer.h"
#include "base/span.h"

/* Quick check of valid UTF-8: true only when the text is in form C; may be false for such a text. */
bool nfc_is_composed(span text);
/* Appends the composed form. False: no memory. */
__attribute__((warn_unused_result)) bool nfc_append(buffer *out, span text);

#endif
