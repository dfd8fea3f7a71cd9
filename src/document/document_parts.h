/*
 * document_parts.h - the pieces of document_analyse: lines, genre, segments, sentence ends.
 *
 * Order of work: genre (genre.c, from the first lines), segments (segments.c, line by line),
 * sentences (sentences.c, inside each segment). Every step reads forward with bounded looks ahead,
 * so that the whole is linear in the text.
 */
#ifndef HUIS_DOCUMENT_DOCUMENT_PARTS_H
#define HUIS_DOCUMENT_DOCUMENT_PARTS_H

#include "document/document.h"

/* One line. */
typedef struct text_line {
    size_t start;
    size_t first; /* its first character that is not white space; `end` when it is blank */
    size_t end;   /* without trailing white space */
    size_t next;  /* where the next line starts; text.len at the end */
} text_line;

/* The line at `pos` (pos < text.len). Lines past LIMIT_LINE_BYTES are cut at a space. */
text_line line_at(span text, size_t pos);
static inline bool line_is_blank(const text_line *line)
{
    return line->first == line->end;
}

/* Growing lists of segments and sentences. */
typedef struct document_builder {
    span text;
    document_genre genre;
    document_segment *segments;
    size_t n_segments, segments_capacity;
    document_sentence *sentences;
    size_t n_sentences, sentences_capacity;
} document_builder;

__attribute__((warn_unused_result)) bool builder_add_segment(document_builder *b,
                                                             const document_segment *segment);
__attribute__((warn_unused_result)) bool builder_add_sentence(document_builder *b,
                                                              const document_sentence *sentence);

/* Article, mail or dialogue, from how a text starts. */
document_genre genre_detect(span text);

/* Cuts the text into segments. False: no memory. */
__attribute__((warn_unused_result)) bool segments_find(document_builder *b);

/* The end of the sentence that starts at `start`, within [start, end): just after its stop and what
 * closes it, or `end`. `lower_starts`: the writer starts sentences in lower case. */
size_t sentence_end(span text, size_t start, size_t end, bool lower_starts);

/* A line of a dialogue: "Name: words", "[10:42] Name: words", "<name> words", "— words". */
typedef struct turn_mark {
    size_t name_start, name_end; /* equal for a dash */
    size_t body;
} turn_mark;

bool turn_parse(span text, const text_line *line, turn_mark *out_mark);

/* Marks of mail (mail_marks.c). */
typedef enum mail_header {
    MAIL_HEADER_NONE = 0,
    MAIL_HEADER_FROM = 1,
    MAIL_HEADER_TO = 2,
    MAIL_HEADER_DATE = 3,
    MAIL_HEADER_SENT = 4,
    MAIL_HEADER_SUBJECT = 5,
    MAIL_HEADER_OTHER = 6
} mail_header;

/* "From: ...", "Objet : ..." and the like. */
mail_header mail_header_of(span text, const text_line *line);
/* "=== 2 / 3 ===": our mail reader's line between the messages of a thread. */
bool mail_is_separator(span text, const text_line *line);
/* "-----Original Message-----", "Begin forwarded message:": what follows is somebody else's. */
bool mail_is_forward_mark(span text, const text_line *line);
/* "On 3 May, Anna wrote:", over at most three lines; returns how many, 0: none. */
size_t mail_attribution_lines(span text, const text_line *line);
/* "Sent from my phone". */
bool mail_is_device_line(span text, const text_line *line);
/* "Best regards," and the like: a whole line. */
bool mail_is_sign_off(span text, const text_line *line);
/* The end of "Hi Anna," at the start of a line, 0: none. */
size_t mail_greeting_end(span text, const text_line *line);
/* One to three capitalised words and nothing else. */
bool mail_is_name(span text);
/* "John, I plan to ...", "Please note ...": a name or none, then words to the reader. */
bool mail_addresses_reader(span text, const text_line *line);

/* At most `limit` words in the span. */
size_t words_up_to(span text, size_t limit);

#endif
