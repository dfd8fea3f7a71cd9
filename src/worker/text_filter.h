/*
 * text_filter.h - what of the model's text may be shown: stop strings and the word limit.
 *
 * Text goes in as it is decoded and comes out as soon as it is certain: the start of what may become
 * a stop string is held back, and once the last allowed word is over so is everything that follows,
 * until either the answer ends (then it is shown: a closing mark) or a further word begins (then it
 * is dropped). A word is a run of non-space characters with a letter or a digit in it.
 */
#ifndef HUIS_WORKER_TEXT_FILTER_H
#define HUIS_WORKER_TEXT_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/span.h"
#include "huis/session.h"

typedef struct text_filter {
    const char *const *stop; /* borrowed */
    size_t n_stop;
    uint32_t max_words; /* 0: no limit */
    buffer held;        /* may begin a stop string */
    buffer tail;        /* after the last allowed word */
    uint32_t n_words;   /* begun */
    bool is_in_word;    /* the current run holds a letter or a digit */
    bool is_after_last; /* white space followed the last allowed word */
    bool is_over;
    huis_finish finish; /* why, once it is over */
} text_filter;

void text_filter_init(text_filter *f, const huis_generate_options *options);
void text_filter_deinit(text_filter *f);
/* Forgets everything, for the next candidate. */
void text_filter_reset(text_filter *f);

/* Takes whole characters and appends what may be shown. False: a buffer failed. After the answer is
 * over (is_over) nothing is appended any more. */
bool text_filter_push(text_filter *f, span text, buffer *out);
/* The model has ended: what was held back is shown, unless a limit had been reached. */
bool text_filter_finish(text_filter *f, buffer *out);

/* Unicode: White_Space, and categories L and N. */
bool text_filter_is_space(uint32_t code);
bool text_filter_is_word_character(uint32_t code);

#endif
