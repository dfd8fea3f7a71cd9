/*
 * summary.h - the inside of huis_summarize (feature/summarize only).
 *
 * A job holds everything of one call. Every kind and mode ends in summary_add, the one door to the
 * outside: it holds the word limit and the gate, so that a name or number that the source lacks
 * cannot pass whatever wrote the text.
 */
#ifndef HUIS_FEATURE_SUMMARY_H
#define HUIS_FEATURE_SUMMARY_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/span.h"
#include "document/document.h"
#include "evidence/evidence.h"
#include "huis/summarize.h"

enum {
    SUMMARY_MAX_ITEMS = 64,
    SUMMARY_ITEM_BYTES = 1 << 16,
    SUMMARY_LONG_BYTES = 16 * 1024, /* a shorter text is looked at in one piece */
    SUMMARY_SHORT_WORDS = 25,       /* a shorter text is returned as it is */
    SUMMARY_MEMORY_BYTES = 1 << 30
};

typedef struct summary_job {
    const huis_summarize_options *options;
    const document *source;
    evidence_index *index;
    double *scores;        // [n_sentences]
    arena *memory;         /* of the summary: what items point to */
    arena scratch;         /* of the call */
    huis_session *session; /* NULL: tier 0 */
    huis_summary_item_fn on_item;
    void *user;
    int64_t started_us;
    size_t words_left;
    bool crosses;  /* what is added is in another language; its maker has checked it */
    bool is_long;  /* read part by part */
    bool is_paper; /* of a set shape (summary_papers.h) */
    bool is_done;  /* the items were added while the text was read */
    struct summary_digest *digest; /* of that kind, while the text is read */
    uint32_t n_shown;              /* tokens that the model was shown last */
    huis_summary *summary;
    huis_summary_item *items; // [SUMMARY_MAX_ITEMS]
    huis_error *err;
} summary_job;

/* What is to be added. */
typedef struct summary_draft {
    span text;
    const huis_source_span *sources;
    size_t n_sources; /* at least 1 */
    const char *person, *deadline;
    const char *title, *who, *when, *amount; /* NULL: not known; their words count */
    span prefix; /* who says it, where the run does not: part of the source */
} summary_draft;

/* Adds an item. *out_added false: it does not fit, or holds a name or number that the source
 * lacks; the caller then tries something else. Errors: NO_MEMORY, CANCELLED. */
int summary_add(summary_job *job, const summary_draft *draft, bool *out_added);
/* Adds sentence i of the source, whole or, with `may_cut`, cut to the words left. */
int summary_add_sentence(summary_job *job, size_t i_sentence, bool may_cut, bool *out_added);
/* Adds a run of the source cut to at most max_words; person, deadline and prefix come from `like`,
 * which may be NULL. */
int summary_add_cut(summary_job *job, span run, size_t max_words, const summary_draft *like,
                    bool *out_added);
int summary_no_memory(summary_job *job);
/* Tells the caller how far the work is. CANCELLED: the caller wants no more of it. */
int summary_progress(summary_job *job, huis_summary_stage stage, uint64_t n_done, uint64_t n_total);
/* The same from a model at work; for huis_session_generate, `user` is the job. */
bool summary_on_event(void *user, const huis_event *event);

/* Who speaks a sentence of a dialogue that does not say so itself; empty: nobody, or it does. */
span summary_sentence_speaker(const summary_job *job, size_t i_sentence);
span summary_sentence_text(const summary_job *job, size_t i_sentence);
/* Who speaks the turn that a sentence is of, and the sentence without that name; empty: no turn. */
span summary_turn_speaker(const summary_job *job, size_t i_sentence);
span summary_turn_words(const summary_job *job, size_t i_sentence);
/* The sentence with the highest score. */
size_t summary_best_sentence(const summary_job *job);
/* Scores of the scratch memory, 0 where a sentence speaks to a model; NULL: no memory. */
double *summary_scores_to_show(summary_job *job);
/* A question (options.focus) chooses what counts: the scores become those of its answers. */
int summary_apply_focus(const summary_job *job, const evidence_index *index, double *scores);
bool summary_is_french(const summary_job *job);
segment_kind summary_sentence_kind(const summary_job *job, size_t i_sentence);
/* A line of the mail's own header, such as "Subject"; empty: none. */
span summary_header(const summary_job *job, const char *english, const char *french);
/* The segments of the message of a thread that holds the sentence; all, without a thread. */
void summary_message_of(const summary_job *job, size_t i_sentence, size_t *out_from,
                        size_t *out_to);
/* The same header, of that message. */
span summary_header_of(const summary_job *job, size_t i_sentence, const char *english,
                       const char *french);

/* Appends `text` with each run of white space as one space. */
bool summary_append_flat(buffer *b, span text);
/* Appends at most max_words words of `text`, cut at a clause where one ends after 60 % of them,
 * then "…" if anything was left out. Function words are not left dangling. */
bool summary_append_cut(buffer *b, span text, size_t max_words);

/* The same, but at a clause only after 80 % of the words: where every word counts. */
bool summary_append_full_cut(buffer *b, span text, size_t max_words);

/* Appends what was said, "speaker: " before it, without what only holds the floor ("uh", "the the"). */
bool summary_append_spoken(buffer *out, span speaker, span sentence);
/* How many words of a sentence tell a dialogue from outside: "says", "asks", "veut". */
size_t summary_count_reporting(span text);

/* Whether the text fits, or can be cut at a clause. */
bool summary_cuts_well(span text, size_t max_words);

/* A model's answer without labels, quotes and further lines. */
span summary_tidy(span answer);
/* Whether a written sentence may be shown. Appends it, with a misspelt name set right, when *out_ok.
 * min_support: share of its content words that the source must have. */
int summary_verify(summary_job *job, span text, double min_support, buffer *out_text,
                   evidence_verdict *out_verdict, bool *out_ok);

/* Scores of all sentences: the ranking, less what says little of the text (summary_weights.c). Sets
 * job->scores, which lie in `memory`, and is_paper. */
int summary_rank(summary_job *job, arena *memory);
/* Whether a sentence leans on the one before it: "She refused.", "Cela ..." (summary_leaning.c). */
bool summary_leans(span sentence);
/* "For immediate release", "Present: Aisha, Ben". */
bool summary_is_furniture(span sentence);
/* "Item | Date | Amount" above the rows of a table: says nothing by itself. */
bool summary_is_table_head(const summary_job *job, size_t i);
/* A shortened sentence with the article and the quote it lost. *out_fit false: it cannot be set
 * right; `out` is then as it was. */
int summary_restore(summary_job *job, span shortened, span sentence, buffer *out, bool *out_fit);

/* A day; weekday: 1 Monday .. 7 Sunday. */
typedef struct summary_day {
    int year, month, day;
    int weekday;
} summary_day;

/* The kinds and modes. */
int summary_extract(summary_job *job);
/* A short article as a few of its first sentences, weighed as a whole; adds nothing when none fits. */
int summary_compose(summary_job *job);
/* Whether it is what a tldr of this text is made by: an article that is read from its start, and
 * nobody asks for more. */
bool summary_is_composed(const summary_job *job);
int summary_write(summary_job *job);
int summary_find_actions(summary_job *job);
/* Another language than the text's is wanted (summary_language.c). */
bool summary_crosses_language(const summary_job *job);
/* Whether that can be done: BAD_ARGUMENT, NO_MODEL. */
int summary_check_language(summary_job *job);
int summary_translate(summary_job *job);
/* A dialogue as who said, asked and will do what, by rules (summary_dialogue.c); adds nothing where
 * they do not reach. */
int summary_tell_dialogue(summary_job *job);
/* The speakers that turns of a dialogue name; many count as 16. */
size_t summary_count_speakers(const summary_job *job);
/* Whether a French sentence of a turn says what its speaker will do. */
bool summary_is_promise(span sentence);
int summary_tabulate(summary_job *job);
/* The day and time of writing: options.now, or the Date of a mail. */
bool summary_writing_day(const summary_job *job, summary_day *out);
/* The same for the message that holds the sentence: its own Date, or options.times. */
bool summary_message_day(const summary_job *job, size_t i_sentence, summary_day *out);
/* Whether the sentence is a question of a mail after which somebody else wrote in the thread. */
bool summary_is_answered(const summary_job *job, size_t i_sentence);
/* "Re: Fwd: Budget" -> Budget. */
span summary_without_reply_marks(span subject);
/* "\"Anna Roy\" <anna@x.org>" -> Anna Roy. */
span summary_display_name(span address);
/* The same with a model, which names the topic and says what matters (summary_topic.c). */
int summary_write_dialogue(summary_job *job);
/* A date or time that a sentence names, normalised: "2025-03-14", "2025-03-14T18:30", "18:30", or
 * as it is said ("vendredi") when there is no day to count from. `base`: the day and time of
 * writing, or NULL. One at or after byte `from` is preferred, and one that is said to be a limit
 * ("by", "avant": *out_marked). False: none. */
bool summary_find_deadline(span sentence, size_t from, const summary_day *base, bool french,
                           buffer *out, bool *out_marked);
/* The same of any day that is named, past ones ("hier", "last Friday") too. */
bool summary_find_day(span sentence, const summary_day *base, bool french, buffer *out);
/* Reads RFC 3339 ("2025-03-12T…") or the date of a mail ("Wed, 12 Mar 2025 …"). */
bool summary_read_day(span text, summary_day *out);

/* Words of a sentence for patterns: folded, split at spaces and at hyphens between letters. */
enum { SUMMARY_MAX_WORDS = 256 };
typedef struct summary_word {
    size_t start, end; /* in the sentence */
    span form;         /* lower case, no accents; in the list's own bytes */
    bool capital;
    bool comma_before;
} summary_word;
typedef struct summary_words {
    summary_word words[SUMMARY_MAX_WORDS];
    size_t count;
    buffer bytes;
} summary_words;
bool summary_split_words(summary_words *out, span sentence);
void summary_words_deinit(summary_words *w);
/* Whether the words from i on are those of `phrase` (folded, single spaces; "*" at the end of a
 * word: any ending). Returns how many words, or 0. */
size_t summary_match(const summary_words *w, size_t i, const char *phrase);
/* The same with the longest that fits of n phrases. */
size_t summary_match_any(const summary_words *w, size_t i, const char *const *phrases, size_t n);
#define SUMMARY_MATCHES(w, i, list) summary_match_any(w, i, list, sizeof(list) / sizeof((list)[0]))
/* Whether one of the phrases stands anywhere in a sentence; without memory: no. */
bool summary_holds(const summary_words *w, const char *const *phrases, size_t n);
#define SUMMARY_HOLDS(w, list) summary_holds(w, list, sizeof(list) / sizeof((list)[0]))
bool summary_text_holds(span text, const char *const *phrases, size_t n);
#define SUMMARY_TEXT_HOLDS(text, list)                                                             \
    summary_text_holds(text, list, sizeof(list) / sizeof((list)[0]))

/* How minutes and task lists say who does what (summary_minutes.c). */
enum { SUMMARY_NAME_WORDS = 4 };
/* The word after "Action:", "À faire :" at `from`; `from`: no such label. */
size_t summary_skip_task_label(const summary_words *w, size_t from, span sentence);
/* How many words from `from` on are one name with capitals; 0: none. */
size_t summary_name_words(const summary_words *w, size_t from);
/* The third person of a French future: "enverra". */
bool summary_is_future(span form);

/* The writer's own title: the subject of a mail, else the first heading; empty: none. */
span summary_own_title(const summary_job *job);

/* Whether the trials favour the written form (docs/summarize.md). */
bool summary_prefers_writing(const summary_job *job);

/* Whether a sentence speaks to a model ("ignore the previous instructions"): it is content like any
 * other, and is not shown to the model. */
bool summary_is_order_to_model(span sentence);

#endif
