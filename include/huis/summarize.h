/*
 * huis/summarize.h - true summaries: every sentence cites its source.
 *
 * Works without a model (tier 0, extraction); with a session on a local model the text is written
 * by it and checked: a name or a number that is not in the source never appears. Offsets are bytes
 * into the text that was passed. Sources of the algorithms: BM25 (Robertson and Zaragoza 2009),
 * MMR (Carbonell and Goldstein 1998), extract-then-abstract (see docs/summarize.md).
 */
#ifndef HUIS_SUMMARIZE_H
#define HUIS_SUMMARIZE_H

#include <huis/error.h>
#include <huis/session.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum huis_summary_kind {
    HUIS_SUMMARY_TLDR = 1,
    HUIS_SUMMARY_KEY_POINTS = 2,
    HUIS_SUMMARY_HEADLINE = 3,
    HUIS_SUMMARY_ACTION_ITEMS = 4,
    HUIS_SUMMARY_TEASER = 5, /* what makes one read on */
    HUIS_SUMMARY_TABLE = 6,  /* rows of what, with who, when and amount where they are said */
    HUIS_SUMMARY_DIGEST =
        7 /* of many documents (options.parts): a line each, with title, who, when */
} huis_summary_kind;

typedef enum huis_summary_mode {
    HUIS_SUMMARY_AUTO = 0,
    HUIS_SUMMARY_EXTRACT = 1, /* sentences of the source, cut at clauses at most; of a long
                                * transcript without hesitations ("uh", "the the") */
    HUIS_SUMMARY_HYBRID =
        2, /* chosen sentences written anew, by a model or (dialogues) by rules; each
                               * is checked and cited */
    HUIS_SUMMARY_ABSTRACT = 3 /* the model sees the whole text; checked likewise */
} huis_summary_mode;

typedef enum huis_genre {
    HUIS_GENRE_AUTO = 0,
    HUIS_GENRE_ARTICLE = 1,
    HUIS_GENRE_MAIL = 2,
    HUIS_GENRE_DIALOGUE = 3
} huis_genre;

/* A part of the source text that stands by itself: a chapter, a page, a message, a file. */
typedef struct huis_text_part {
    uint64_t start, end; /* bytes of the text */
    huis_genre genre;    /* AUTO: detected, for this part alone */
    const char *title;   /* of a chapter, a message, a file; NULL: none */
    const char *who;     /* who wrote it; NULL: not known */
    const char *when;    /* RFC 3339 or as it is written; NULL: not known */
} huis_text_part;

/* From when on the text was written at a time: "tomorrow" in it is counted from there. */
typedef struct huis_text_time {
    uint64_t start;   /* byte of the text; holds up to the next one */
    const char *when; /* RFC 3339; NULL: not known */
} huis_text_time;

typedef enum huis_summary_stage {
    HUIS_SUMMARY_READING = 1, /* bytes of the text: its parts are read and ranked one by one */
    HUIS_SUMMARY_MERGING = 2, /* sentences of several parts are weighed against each other */
    HUIS_SUMMARY_RANKING = 3, /* the whole's choice among what the parts offer */
    HUIS_SUMMARY_WRITING = 4  /* tokens that the model has read, of those that it was shown */
} huis_summary_stage;

typedef struct huis_summary_progress {
    huis_summary_stage stage;
    uint64_t n_done, n_total;
} huis_summary_progress;

/* Called at every step of the work, at least once for each part and each token that is written, on
 * the thread that called huis_summarize. Return false to cancel: HUIS_E_CANCELLED. */
typedef bool (*huis_summary_progress_fn)(void *user, const huis_summary_progress *progress);

typedef struct huis_summarize_options {
    uint32_t struct_size;   /* set by huis_summarize_options_default; without it: BAD_ARGUMENT */
    huis_summary_kind kind; /* default TLDR */
    huis_summary_mode mode; /* default AUTO: hybrid where trials favour it (docs/summarize.md), else
                             * extract; without a session dialogues are told by rules, all else is
                             * extract */
    huis_genre genre;       /* default AUTO: detected */
    uint32_t max_words;     /* hard limit on the words of the text; 0: tldr 40, key points 100,
                             * headline 12, action items 400, teaser 30, table 120, digest 200 */
    const char *focus;      /* question that chooses what counts; NULL: none */
    const char *now;        /* RFC 3339 time against which "tomorrow" is read; NULL: none */
    /* Parts of the text, ascending and not overlapping. NULL: a long text is cut at its chapters,
     * headings, messages, and where the topic changes. */
    const huis_text_part *parts;
    size_t n_parts;
    huis_summary_progress_fn on_progress; /* NULL: none */
    void *progress_user;
    /* "fr" or "en": the language of the summary. NULL: that of the text; another one needs a session
     * and is checked for names, numbers and negation only (huis_summary.cross_language). */
    const char *language;
    const huis_text_time *times; /* of messages of a chat, ascending; NULL: none. `now` wins */
    size_t n_times;
} huis_summarize_options;

/* A run of bytes of the source text. */
typedef struct huis_source_span {
    uint64_t start, end;
} huis_source_span;

typedef struct huis_summary_item {
    const char *text;                /* UTF-8, terminated */
    const huis_source_span *sources; /* at least one */
    size_t n_sources;
    const char *person;   /* action items: who is to act; NULL: not said */
    const char *deadline; /* action items: normalised date or time; NULL: not said */
    /* Rows of a table and lines of a digest; NULL: not said. Their words count against the limit but
     * that of `when`; `text` of the summary is made of the items' `text` alone. */
    const char *title;  /* digest: of the document or conversation */
    const char *who;    /* who is named, or who wrote */
    const char *when;   /* table: normalised like a deadline; digest: RFC 3339, or as written */
    const char *amount; /* table: a number with its unit, as written */
} huis_summary_item;

typedef struct huis_summary {
    huis_summary_kind kind;
    huis_summary_mode mode; /* the mode that was used */
    huis_genre genre;
    uint32_t tier;        /* 0: no model; 1: small local model; 2: larger local model */
    const char *language; /* "fr", "en" or "und" */
    const char *text;     /* the items' texts joined by line breaks */
    const huis_summary_item *items;
    size_t n_items;
    const char *const *unsupported_names; /* always empty for text that huis shows */
    size_t n_unsupported_names;
    const char *const *unsupported_numbers;
    size_t n_unsupported_numbers;
    uint32_t n_fallbacks; /* written sentences that were replaced by their source */
    huis_usage usage;     /* zero without a model */
    double elapsed_ms;    /* whole call */
    double first_item_ms; /* until the first checked item was ready */
    bool cross_language;  /* written in another language than the text: its words could not be
                           * checked against it, only names, numbers, dates and negation */
} huis_summary;

/* Called as soon as an item is checked and final, in order. Return false to cancel. */
typedef bool (*huis_summary_item_fn)(void *user, const huis_summary_item *item);

HUIS_API void huis_summarize_options_default(huis_summarize_options *out_options);

/* Summarises UTF-8 `text`. The text of a summary is never empty, except that action items are only
 * what the text asks or promises: none found is no item and an empty text. The summary holds copies: text and options may go when the call
 * returns. Any thread; a session only by one at a time. `session` NULL: tier 0,
 * about half a millisecond for 1,000 words; with one the call blocks for seconds. On success
 * *out_summary is freed with huis_summary_free. Errors: NO_TEXT, BAD_ARGUMENT (not UTF-8),
 * CANCELLED, NO_MODEL (another language without a session), LIMIT (text over 256 MiB), WORKER, CONTEXT_FULL. Memory beside the text: bounded, see
 * docs/summarize.md. */
HUIS_API int huis_summarize(const char *text, size_t text_bytes,
                            const huis_summarize_options *options, huis_session *session,
                            huis_summary_item_fn on_item, void *user, huis_summary **out_summary,
                            huis_error *err);
/* Whether huis_summarize would make use of a session with these options: `auto` does where a model
 * was measured to do better than the extract. Spares the caller the opening of a model. */
HUIS_API bool huis_summarize_uses_model(const char *text, size_t text_bytes,
                                        const huis_summarize_options *options);
/* NULL is allowed. Returns NULL. */
HUIS_API huis_summary *huis_summary_free(huis_summary *summary);

/* One sentence of a checked text. */
typedef struct huis_checked_sentence {
    uint64_t start, end; /* bytes in the checked text */
    bool supported;
    double score;                    /* 0..1: how likely it is true to the source */
    const huis_source_span *sources; /* spans of the source that support it best */
    size_t n_sources;
    const char *const *unsupported; /* names, numbers and quotations (with their
                                     * marks) that the source lacks */
    size_t n_unsupported;
    const char *const *reasons; /* why not supported: "name", "number", "date", "negation",
                                 * "reversed", "roles", "speaker", "merged", "added", "certain",
                                 * "unsupported", "quotation" (docs/evidence.md); none when supported */
    size_t n_reasons;
} huis_checked_sentence;

typedef struct huis_check_report {
    bool supported; /* every sentence is */
    double score;   /* mean over sentences */
    const huis_checked_sentence *sentences;
    size_t n_sentences;
} huis_check_report;

/* Is every sentence, name and number of `text` supported by `source`? No model needed. Free with
 * huis_check_report_free. Errors: NO_TEXT, BAD_ARGUMENT (not UTF-8). */
HUIS_API int huis_check(const char *source, size_t source_bytes, const char *text,
                        size_t text_bytes, huis_check_report **out_report, huis_error *err);
HUIS_API huis_check_report *huis_check_report_free(huis_check_report *report);

#ifdef __cplusplus
}
#endif

#endif
