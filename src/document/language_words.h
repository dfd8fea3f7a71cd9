/*
 * language_words.h - function words by language, sorted by bytes.
 */
#ifndef HUIS_DOCUMENT_LANGUAGE_WORDS_H
#define HUIS_DOCUMENT_LANGUAGE_WORDS_H

#include <stddef.h>
#include <stdint.h>

typedef struct language_word {
    const char *word;   /* lower case; elided forms without the apostrophe */
    uint32_t languages; /* bit i: language i of language_table.h */
} language_word;

extern const language_word LANGUAGE_WORDS[];
extern const size_t LANGUAGE_WORD_COUNT;

#endif
