/*
 * notify_digest.h - what the files of the digest share (notify/ only).
 *
 * A digest is made of the sources' own words. Each record is cut into units (a clause, a short
 * sentence) that are worth something; a line is who says it and a run of units; lines are chosen by
 * worth within the words allowed, and every one is checked before it is shown.
 *
 * Order: notify_digest_entry.c (who, units), notify_digest_lines.c (runs of units, choice),
 * notify_digest_check.c (what may not be shown), notify_digest.c (the whole).
 */
#ifndef HUIS_FEATURE_NOTIFY_DIGEST_H
#define HUIS_FEATURE_NOTIFY_DIGEST_H

#include "base/buffer.h"
#include "feature/notify/notify_view.h"

enum {
    DIGEST_LINE_WORDS = 10,
    DIGEST_STACK_LINES = 3,
    DIGEST_MAX_ENTRIES = 400, /* records looked at; the words allowed are used up long before */
    DIGEST_MAX_UNITS = 40,    /* of a record */
    DIGEST_FIELD_BYTES = 6000 /* of a field that are looked at */
};

/* Why a unit ends where it ends. */
typedef enum digest_end {
    DIGEST_END_SENTENCE = 0,
    DIGEST_END_CLAUSE, /* at a comma, a colon, a dash */
    DIGEST_END_PHRASE  /* before "and", "with": only because it would be too long */
} digest_end;

typedef struct digest_unit {
    size_t start, stop; /* of the cleaned field */
    uint32_t n_words;
    bool in_title;
    bool is_altered; /* an address or a number is taken out of it */
    digest_end end;
    double value;
} digest_unit;

typedef struct digest_entry {
    const huis_notify_rank_item *item;
    const huis_notification *given;
    size_t record;
    notify_text title, body;
    span who;       /* empty: told without */
    span who_short; /* for further lines of the same record */
    span place;     /* the group that it was written to */
    bool who_in_title;
    bool is_chat_name;  /* a first name is enough */
    bool is_quoted;     /* about money, health, security, law, or news: cut with "…" only */
    bool is_told;       /* by another entry that is the same but for its numbers */
    uint32_t n_same;    /* entries that this one tells, itself included */
    uint32_t next_same; /* index + 1 of the next of them; 0: none */
    uint64_t key, stack_key;
    uint32_t stack;
    digest_unit *units;
    size_t n_units;
} digest_entry;

/* A line: a run of units [first, end) of an entry. */
typedef struct digest_line {
    uint32_t entry;
    uint32_t first, end;
    bool is_first; /* of its entry */
    bool has_place;
    uint32_t n_words;   /* with who says it */
    uint32_t cut_words; /* of the run that are shown; 0: all */
    double worth;
    bool is_chosen;
} digest_line;

typedef struct digest_job {
    const huis_notification *records;
    const huis_notify_ranking *ranking;
    bool french;
    uint32_t words_left;
    arena memory;
    notify_words *words; /* of the record that is read */
    digest_entry *entries;
    size_t n_entries;
    digest_line *lines;
    size_t n_lines;
} digest_job;

/* notify_digest_entry.c: reads a record into the next entry; adds none where nothing may be told. */
int digest_entry_add(digest_job *job, const huis_notify_rank_item *item, huis_error *err);
/* Stacks of all entries, and which of them are the same. */
void digest_entries_group(digest_job *job);

/* notify_digest_units.c: cuts the entry's title (unless it says who) and body, from `body_from` on. */
int digest_units_cut(digest_job *job, digest_entry *entry, bool with_title, size_t body_from,
                     huis_error *err);

/* notify_digest_lines.c: finds lines and chooses those to show. */
int digest_lines_choose(digest_job *job, huis_error *err);

/* notify_digest_check.c */
/* Appends a run of a cleaned field without addresses, telephone numbers and pictures, trimmed. */
void digest_append_plain(buffer *out, span text, arena *memory);
/* Whether the text is little else than a telephone or card number. */
bool digest_is_number(span text);
/* Whether a line may be shown: at most ten words, no link, telephone number or hidden character, no
 * word that neither its records nor `own` (words of huis) say. */
bool digest_may_show(const digest_job *job, span line, const digest_entry *entry, span own,
                     arena *scratch);

#endif
