/*
 * document.h - a document as plain text with structure: segments, sentences, language, genre.
 *
 * Knows nothing of files, processes or models. All offsets are bytes into `text`, which is valid
 * UTF-8 with "\n" line ends.
 */
#ifndef HUIS_DOCUMENT_DOCUMENT_H
#define HUIS_DOCUMENT_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/span.h"
#include "huis/error.h"

typedef enum document_genre {
    DOCUMENT_ARTICLE = 1,
    DOCUMENT_MAIL = 2,
    DOCUMENT_DIALOGUE = 3
} document_genre;

typedef enum segment_kind {
    SEGMENT_PARAGRAPH = 1,
    SEGMENT_HEADING = 2,
    SEGMENT_LIST_ITEM = 3,
    SEGMENT_QUOTE = 4,     /* quoted part of a mail ("> ...", "On ... wrote:") */
    SEGMENT_SIGNATURE = 5, /* after "-- ", or a recognised sign-off block */
    SEGMENT_GREETING = 6,  /* "Hi Anna,", "Bonjour," */
    SEGMENT_CODE = 7,
    SEGMENT_HEADER = 8, /* From, To, Subject, Date lines of a mail */
    SEGMENT_TURN = 9    /* one turn of a dialogue: "Name: text" */
} segment_kind;

typedef struct document_segment {
    segment_kind kind;
    size_t start, end;
    size_t body;                 /* where its own words start: after "- ", "## ", "10:42 Anna: " */
    size_t name_start, name_end; /* of a turn: who speaks; equal when nobody is named */
    uint32_t depth;              /* quote depth, heading level, list depth; else 0 */
} document_segment;

/* Sentences never cross segments, and those of one text never overlap. The first sentence of a turn
 * starts at the speaker's name, so that a cited turn says who spoke. */
typedef struct document_sentence {
    size_t start, end; /* without surrounding white space and list marks */
    uint32_t segment;  /* index */
} document_sentence;

/* A run of a text that is looked at as a document by itself. */
typedef struct document_part {
    size_t start, end;
    document_genre genre; /* 0: detected */
} document_part;

/* What the text is made of. Owned by the arena. */
typedef struct document {
    span text;
    document_genre genre;
    char language[4]; /* "fr", "en" or "und" */
    const document_segment *segments;
    size_t n_segments;
    const document_sentence *sentences; /* of paragraphs, headings, list items, turns; of quotes too
                                         * when next to nothing else was written */
    size_t n_sentences;
} document;

/* Splits and labels a text. `genre` 0: detected. The text must be valid UTF-8 and outlive the
 * result. Errors: NO_TEXT (no word in it), NO_MEMORY. */
int document_analyse(document *out_document, span text, document_genre genre, arena *memory,
                     huis_error *err);

/* Looks at text[start, end) as a document by itself, with offsets of the whole text. */
int document_analyse_part(document *out_document, span text, const document_part *part,
                          arena *memory, huis_error *err);

/* Cuts a long text into parts that follow each other without gaps: messages of a thread, chapters
 * and headings, else where the topic changes. At least one part; freed with memory_free. */
int document_find_parts(span text, document_genre genre, document_part **out_parts,
                        size_t *out_n_parts, huis_error *err);

/* Who speaks at byte `at` of a dialogue: the name that opens its turn; empty: nobody is named. */
span document_speaker_at(span text, size_t at);

/* "fr", "en" or "und" (too short or another language), from function words and letter trigrams. */
const char *document_language(span text);

/* A word is a run of non-space characters that holds a letter or a digit (design, section 2). */
size_t document_count_words(span text);
/* The end offset of the n-th word (1-based); text.len when there are fewer. */
size_t document_word_end(span text, size_t n);

#endif
