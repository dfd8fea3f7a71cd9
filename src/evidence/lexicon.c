/*
 * lexicon.c - binary search in the table made from data/lexicon.txt.
 */
#include "evidence/lexicon.h"

static const lexicon_entry TABLE[] = {
#include "lexicon_table.inc"
};

static int compare(span word, const char *entry)
{
    const size_t len = strlen(entry);
    const int order = memcmp(word.ptr, entry, word.len < len ? word.len : len);
    if (order != 0) {
        return order;
    }
    return (word.len > len) - (word.len < len);
}

const lexicon_entry *lexicon_find(span word)
{
    size_t low = 0;
    size_t high = sizeof(TABLE) / sizeof(TABLE[0]);
    if (word.len == 0) {
        return NULL;
    }
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const int order = compare(word, TABLE[middle].word);
        if (order == 0) {
            return &TABLE[middle];
        }
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return NULL;
}
