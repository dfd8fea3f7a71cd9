/*
 * pseudo_text.h - texts of any length from a seed: chapters, mails, meetings. Words are made of
 * syllables; each part has a topic, whose words it repeats, so that ranking has something to find.
 */
#ifndef HUIS_TESTS_PSEUDO_TEXT_H
#define HUIS_TESTS_PSEUDO_TEXT_H

#include <stdint.h>

#include "base/buffer.h"

typedef struct pseudo_random {
    uint64_t state;
} pseudo_random;

static inline uint32_t pseudo_next(pseudo_random *r, uint32_t below)
{
    r->state = r->state * 6364136223846793005ULL + 1442695040888963407ULL;
    return (uint32_t)(r->state >> 33) % below;
}

/* The word with this number: two to four syllables. */
static inline void pseudo_word(buffer *out, uint32_t number, bool capital)
{
    static const char CONSONANTS[] = "bdfgklmnprstv";
    static const char VOWELS[] = "aeiou";
    pseudo_random r = {.state = number * 2654435761u + 12345u};
    const uint32_t syllables = 2 + pseudo_next(&r, 3);
    for (uint32_t i = 0; i < syllables; i++) {
        const char c = CONSONANTS[pseudo_next(&r, sizeof(CONSONANTS) - 1)];
        (void)buffer_append_byte(out, (char)(capital && i == 0 ? c - 32 : c));
        (void)buffer_append_byte(out, VOWELS[pseudo_next(&r, sizeof(VOWELS) - 1)]);
    }
}

/* "Boka the riva of …": half function words, then words of the topic, then any. */
static inline void pseudo_sentence(buffer *out, pseudo_random *r, uint32_t topic)
{
    static const char *const SMALL[] = {"the", "of",  "and", "to",  "in",   "a",    "that", "it",
                                        "was", "for", "on",  "are", "with", "they", "at",   "this"};
    const uint32_t n = 8 + pseudo_next(r, 16);
    for (uint32_t i = 0; i < n; i++) {
        const uint32_t kind = pseudo_next(r, 100);
        (void)(i > 0 && buffer_append_byte(out, ' '));
        if (kind < 50 && i > 0) {
            (void)buffer_append_string(out, SMALL[pseudo_next(r, 16)]);
        } else if (kind < 80) {
            pseudo_word(out, 100000 + topic * 50 + pseudo_next(r, 40), i == 0);
        } else {
            pseudo_word(out, pseudo_next(r, 20000), i == 0);
        }
    }
    (void)buffer_append_string(out, ". ");
}

static inline void pseudo_paragraphs(buffer *out, pseudo_random *r, uint32_t topic, size_t bytes)
{
    const size_t end = out->len + bytes;
    while (buffer_ok(out) && out->len < end) {
        for (uint32_t n = 2 + pseudo_next(r, 5); n > 0; n--) {
            pseudo_sentence(out, r, topic);
        }
        (void)buffer_append_string(out, "\n\n");
    }
}

/* A book: "Chapter N", each on a topic of its own. */
static inline void pseudo_book(buffer *out, size_t n_chapters, size_t chapter_bytes)
{
    pseudo_random r = {.state = 7};
    for (size_t i = 0; i < n_chapters; i++) {
        (void)buffer_printf(out, "Chapter %zu\n\n", i + 1);
        pseudo_paragraphs(out, &r, (uint32_t)i, chapter_bytes);
    }
}

/* A mailbox: headers, greeting, some paragraphs, signature. */
static inline void pseudo_mails(buffer *out, size_t n_mails, size_t mail_bytes)
{
    pseudo_random r = {.state = 11};
    for (size_t i = 0; i < n_mails; i++) {
        (void)buffer_printf(
            out, "=== %zu / %zu ===\nFrom: Paul <paul@example.org>\nSubject: ", i + 1, n_mails);
        pseudo_word(out, 100000 + (uint32_t)(i % 500) * 50, true);
        (void)buffer_printf(out, "\nDate: Mon, %zu Mar 2025 09:00:00 +0100\n\nHi Anna,\n\n",
                            1 + i % 28);
        pseudo_paragraphs(out, &r, (uint32_t)(i % 500), mail_bytes);
        (void)buffer_append_string(out, "Best regards,\nPaul\n\n");
    }
}

/* A meeting of four who talk about one topic after the other. */
static inline void pseudo_meeting(buffer *out, size_t n_topics, size_t topic_bytes)
{
    static const char *const NAMES[] = {"Anna", "Ben", "Chloe", "David"};
    pseudo_random r = {.state = 13};
    for (size_t i = 0; i < n_topics; i++) {
        const size_t end = out->len + topic_bytes;
        while (buffer_ok(out) && out->len < end) {
            (void)buffer_printf(out, "%s: ", NAMES[pseudo_next(&r, 4)]);
            pseudo_sentence(out, &r, (uint32_t)i);
            (void)buffer_append_byte(out, '\n');
        }
    }
}

#endif
