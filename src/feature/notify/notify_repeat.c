/*
 * notify_repeat.c - what a newer notification replaces.
 *
 * Two machine notices are the same when app, place and template agree: the words of title and body
 * with every number left out. Of those that tell a state (a download, an incident, a train) the title
 * alone is the template, and its words of state ("firing", "resolved") are left out too, so that the
 * end of an incident answers its beginning. A person's messages replace nothing, unless they are word for
 * word the same. One sort over all keys: no pair is compared twice.
 */
#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"
#include "feature/notify/notify_view.h"

enum { WINDOW_SECONDS = 24 * 3600, MAX_TEMPLATE_WORDS = 64, MIN_TITLE_WORDS = 2 };

static bool is_state_word(const notify_words *w, size_t i)
{
    static const char *const WORDS[] = {
        "firing",       "triggered", "resolved",  "resolu*",    "declenche*",  "alert",
        "alerte",       "critical",  "critique",  "warning",    "ok",          "down",
        "up",           "recovered", "recovery",  "problem",    "probleme",    "failed",
        "failure",      "echec",     "echoue",    "passed",     "success*",    "reussi*",
        "succeeded",    "running",   "pending",   "queued",     "started",     "demarre*",
        "finished",     "termine*",  "complete*", "retablie*",  "retabli",     "is",
        "est",          "back",      "again",     "de nouveau", "in progress", "en cours",
        "acknowledged", "closed",    "reminder",  "rappel",     "updated",     "fixed"};
    for (size_t k = 0; k < sizeof(WORDS) / sizeof(WORDS[0]); k++) {
        if (notify_words_match(w, i, WORDS[k]) > 0) {
            return true;
        }
    }
    return false;
}

static bool tells_state(notify_form form)
{
    return form == NOTIFY_FORM_DOWN || form == NOTIFY_FORM_WARN || form == NOTIFY_FORM_OK ||
           form == NOTIFY_FORM_PROGRESS || form == NOTIFY_FORM_TELEMETRY ||
           form == NOTIFY_FORM_CALENDAR || form == NOTIFY_FORM_DANGER || form == NOTIFY_FORM_BODY ||
           form == NOTIFY_FORM_TRAVEL || form == NOTIFY_FORM_DELIVERY || form == NOTIFY_FORM_DRIVER;
}

/* Hash of the words of a field, numbers left out; *out_n: how many words that was. */
static uint64_t template_of(const notify_reading *r, notify_field field, bool without_state,
                            uint64_t seed, size_t *out_n)
{
    uint64_t hash = notify_hash(seed, span_from((const char *)&field, sizeof(field)));
    *out_n = 0;
    for (size_t i = 0; i < r->words.count && *out_n < MAX_TEMPLATE_WORDS; i++) {
        const notify_word *const w = &r->words.items[i];
        const bool digit = w->form.len > 0 && w->form.ptr[0] >= '0' && w->form.ptr[0] <= '9';
        if (w->field == field && !digit && !(without_state && is_state_word(&r->words, i))) {
            hash = notify_hash(notify_hash(hash, w->form), SPAN(" "));
            (*out_n)++;
        }
    }
    return hash;
}

/* A train, a flight or a parcel is its number, whatever is said of it. */
static bool numbers_tell_topic(notify_form form)
{
    return form == NOTIFY_FORM_TRAVEL || form == NOTIFY_FORM_DELIVERY;
}

static uint64_t number_topic(const notify_reading *r, uint64_t seed)
{
    enum { MIN_DIGITS = 3 };
    for (size_t i = 0; i < r->words.count; i++) {
        const notify_word *const w = &r->words.items[i];
        size_t n_digits = 0;
        for (size_t k = 0; k < w->form.len; k++) {
            n_digits += w->form.ptr[k] >= '0' && w->form.ptr[k] <= '9';
        }
        const bool clock = w->form.len > 0 && (memchr(w->form.ptr, ':', w->form.len) != NULL ||
                                               memchr(w->form.ptr, 'h', w->form.len) != NULL ||
                                               memchr(w->form.ptr, '/', w->form.len) != NULL);
        if (w->field == NOTIFY_TITLE && n_digits >= MIN_DIGITS && !clock) {
            return notify_hash(seed, w->form) | 1;
        }
    }
    return 0;
}

void notify_repeat_keys(const notify_reading *reading, notify_view *view)
{
    const huis_notification *const record = reading->record;
    uint64_t seed = notify_hash(NOTIFY_HASH_SEED, span_from_string(record->app));
    seed = notify_hash(seed, SPAN("\n"));
    seed = notify_hash(seed, reading->conversation.text);
    view->key = 0;
    view->topic = 0;
    if (view->form == NOTIFY_FORM_CODE) {
        /* A newer code of the same service makes the older one void. */
        view->key = notify_hash(seed, reading->sender.text.len > 0 ? reading->sender.text
                                                                   : reading->title.text);
        return;
    }
    if (view->person) {
        seed = notify_hash(seed, reading->sender.text);
        seed = notify_hash(notify_hash(seed, reading->title.text), SPAN("\n"));
        view->key = notify_hash(seed, reading->body.text) | 1;
        return;
    }
    size_t n_title = 0;
    size_t n_body = 0;
    const uint64_t title = template_of(reading, NOTIFY_TITLE, false, seed, &n_title);
    view->key = template_of(reading, NOTIFY_BODY, false, title, &n_body) | 1;
    if (numbers_tell_topic(view->form)) {
        view->topic = number_topic(reading, seed);
    }
    if (view->topic == 0 && tells_state(view->form)) {
        const uint64_t topic = template_of(reading, NOTIFY_TITLE, true, seed, &n_title);
        view->topic = n_title >= MIN_TITLE_WORDS || record->conversation != NULL ? topic | 1 : 0;
    }
}

typedef struct entry {
    uint64_t key;
    int64_t seconds;
    size_t record;
} entry;

static int by_key_and_time(const void *a, const void *b)
{
    const entry *const x = a;
    const entry *const y = b;
    if (x->key != y->key) {
        return x->key < y->key ? -1 : 1;
    }
    if (x->seconds != y->seconds) {
        return x->seconds < y->seconds ? -1 : 1;
    }
    return (x->record > y->record) - (x->record < y->record);
}

/* Entries with equal keys, the oldest first: each within the window of the next is replaced. */
static void replace_older(const entry *entries, size_t n, notify_view *views)
{
    uint32_t repeats = 0;
    for (size_t i = 0; i + 1 < n; i++) {
        notify_view *const older = &views[entries[i].record];
        notify_view *const newer = &views[entries[i + 1].record];
        const bool same = entries[i].key == entries[i + 1].key && entries[i].key != 0 &&
                          entries[i + 1].seconds - entries[i].seconds <= WINDOW_SECONDS;
        repeats = same ? repeats + 1 : 0;
        if (same) {
            older->replaced = true;
            older->resolved_later = older->resolved_later || (newer->resolved && !older->resolved);
            newer->n_repeats = newer->n_repeats > repeats ? newer->n_repeats : repeats;
        }
    }
}

int notify_repeat_find(const huis_notification *records, notify_view *views, size_t n,
                       huis_error *err)
{
    if (n < 2) {
        return HUIS_OK;
    }
    entry *const entries = memory_alloc(n, sizeof(*entries));
    if (entries == NULL) {
        return error_no_memory(err, "repeated notifications");
    }
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < n; i++) {
            entries[i] = (entry){.key = pass == 0 ? views[i].key : views[i].topic,
                                 .seconds = records[i].time.seconds,
                                 .record = i};
        }
        qsort(entries, n, sizeof(*entries), by_key_and_time);
        replace_older(entries, n, views);
    }
    (void)memory_free(entries);
    return HUIS_OK;
}
