/*
 * notify_digest_entry.c - who says a notification, in as few words as tell it; stacks and repeats.
 *
 * Who: the sender; else a title that is a short label ("UA 1532", "Freezer 2"); else the app. A
 * number is nobody: "Unknown number". A title that only repeats the sender, the group or what every
 * notification could be called ("Reminder") is no content.
 */
#include "base/error.h"
#include "base/utf8.h"
#include "document/document.h"
#include "document/text_chars.h"
#include "feature/notify/notify_digest.h"
#include "feature/notify/notify_form.h"

enum {
    LABEL_WORDS = 3,
    WHO_WORDS = 4,
    SHORT_WORDS = 2,
    PLACE_WORDS = 4,
    SPEAKER_BYTES = 40,
    MIN_CODE = 3
};

typedef struct field_texts {
    notify_text sender, conversation, app;
    notify_app_kind kind;
} field_texts;

/* A field's first DIGEST_FIELD_BYTES, cleaned. */
static int clean(digest_job *job, const char *field, notify_text *out, huis_error *err)
{
    const span given = span_from_string(field);
    if (given.len <= DIGEST_FIELD_BYTES) {
        return notify_text_clean(field, &job->memory, out, err);
    }
    size_t stop = DIGEST_FIELD_BYTES;
    while (stop > 0 && given.ptr[stop] != ' ' && stop > DIGEST_FIELD_BYTES / 2) {
        stop--;
    }
    stop = utf8_complete_prefix(span_slice(given, 0, stop));
    const char *const copy = arena_copy(&job->memory, span_slice(given, 0, stop));
    return copy != NULL ? notify_text_clean(copy, &job->memory, out, err)
                        : error_no_memory(err, "a digest");
}

/* At most so many words of a name, as it may be shown; empty: nothing is left, or no memory. */
static span plain_words(digest_job *job, span name, size_t max_words)
{
    const span few = span_slice(name, 0, document_word_end(name, max_words));
    buffer out;
    buffer_init(&out, 4 * DIGEST_FIELD_BYTES);
    digest_append_plain(&out, few, &job->memory);
    const char *const copy = out.len > 0 ? arena_copy(&job->memory, buffer_span(&out)) : NULL;
    const span plain = span_from(copy, copy != NULL ? out.len : 0);
    buffer_deinit(&out);
    return plain;
}

/* The length of `name` at `pos` of a text, but for case; 0: it is not there. */
static size_t match_folded(span text, size_t pos, span name)
{
    size_t at = pos;
    size_t k = 0;
    while (k < name.len && at < text.len) {
        uint32_t a = 0;
        uint32_t b = 0;
        at += utf8_next(text, at, &a);
        k += utf8_next(name, k, &b);
        if (char_fold(a) != char_fold(b)) {
            return 0;
        }
    }
    return k < name.len ? 0 : at - pos;
}

static bool same_folded(span a, span b)
{
    return a.len > 0 && match_folded(a, 0, b) == a.len;
}

/* Whether `name` stands in `text`, but for case. */
static bool holds_name(span text, span name)
{
    if (name.len == 0) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        if (match_folded(text, i, name) > 0) {
            return true;
        }
    }
    return false;
}

/* Titles that say nothing of their notification. */
static bool is_generic(span title)
{
    static const char *const KNOWN[] = {"rappel",
                                        "reminder",
                                        "attention",
                                        "alerte",
                                        "alert",
                                        "information",
                                        "info",
                                        "notification",
                                        "message",
                                        "nouveau message",
                                        "new message",
                                        "messages",
                                        "update",
                                        "mise à jour",
                                        "breaking",
                                        "breaking news",
                                        "warning",
                                        "avertissement",
                                        "new notification",
                                        "nouvelle notification",
                                        "important",
                                        "email",
                                        "new email",
                                        "nouvel e-mail",
                                        "courrier",
                                        "agenda",
                                        "calendar",
                                        "à la une",
                                        "reminders",
                                        "rappels",
                                        "notice",
                                        "avis",
                                        "réservation",
                                        "news",
                                        "sms",
                                        "new mail",
                                        "nouveau mail",
                                        "nouveau courriel",
                                        "event",
                                        "événement"};
    for (size_t i = 0; i < sizeof(KNOWN) / sizeof(KNOWN[0]); i++) {
        if (same_folded(title, span_from_string(KNOWN[i]))) {
            return true;
        }
    }
    return false;
}

static bool is_label(span title)
{
    const size_t n = document_count_words(title);
    return n > 0 && n <= LABEL_WORDS && memchr(title.ptr, '?', title.len) == NULL &&
           memchr(title.ptr, '!', title.len) == NULL && !digest_is_number(title);
}

/* The length of "Anna: " at the start of a text, where that is `name` or, with an empty one, looks
 * like a name (in *out_name); 0: it is not there. */
static size_t speaker_prefix(span text, span name, span *out_name)
{
    size_t stop = 0;
    if (name.len > 0) {
        stop = match_folded(text, 0, name);
    } else {
        size_t len = 0;
        const bool capital = text.len > 0 && char_at(text, 0, &len) == CHAR_UPPER;
        while (capital && stop < text.len && stop < SPEAKER_BYTES && text.ptr[stop] != ':') {
            stop++;
        }
        if (document_count_words(span_slice(text, 0, stop)) > SHORT_WORDS) {
            return 0;
        }
    }
    size_t at = char_skip_spaces(text, stop, text.len);
    if (stop == 0 || at >= text.len || text.ptr[at] != ':') {
        return 0;
    }
    *out_name = span_slice(text, 0, stop);
    at = char_skip_spaces(text, at + 1, text.len);
    return at < text.len ? at : 0;
}

static span unknown_number(const digest_job *job)
{
    return job->french ? SPAN("Numéro inconnu") : SPAN("Unknown number");
}

/* "Anna" of "Anna Roy", "Dr Petit" of "Dr Petit-Roux". */
static span first_name(digest_job *job, span who)
{
    static const char *const TITLES[] = {"dr",  "dr.", "mr",  "mr.", "mrs",  "mrs.", "ms",
                                         "ms.", "mme", "m.",  "m",   "mlle", "pr",   "me",
                                         "sir", "st",  "the", "le",  "la",   "les",  "l"};
    const span first = span_slice(who, 0, document_word_end(who, 1));
    for (size_t i = 0; i < sizeof(TITLES) / sizeof(TITLES[0]); i++) {
        if (same_folded(first, span_from_string(TITLES[i]))) {
            return who;
        }
    }
    return plain_words(job, who, 1);
}

static bool is_chat(const field_texts *t, const huis_notification *given)
{
    return t->kind == NOTIFY_APP_CHAT || t->kind == NOTIFY_APP_WORK ||
           (given->category != NULL &&
            span_starts_with(span_from_string(given->category), SPAN("im")));
}

/* "Mr Bowen" of "Mr Bowen (head)". */
static span without_brackets(span name)
{
    const char *const open = memchr(name.ptr, '(', name.len);
    const bool ends = name.len > 0 && name.ptr[name.len - 1] == ')';
    size_t stop = open != NULL && ends ? (size_t)(open - name.ptr) : name.len;
    while (stop > 0 && name.ptr[stop - 1] == ' ') {
        stop--;
    }
    return stop > 0 ? span_slice(name, 0, stop) : name;
}

/* Sets who and place; *out_title: the title is content; *out_from: where the body's own words start. */
static void find_who(digest_job *job, digest_entry *e, const field_texts *t, bool *out_title,
                     size_t *out_from)
{
    const span title = e->title.text;
    span sender = t->sender.text;
    const bool chat = is_chat(t, e->given);
    const bool by_person = sender.len > 0;
    *out_from = by_person || chat ? speaker_prefix(e->body.text, sender, &sender) : 0;
    const bool is_new = title.len > 0 && !holds_name(title, t->conversation.text) &&
                        !holds_name(title, t->app.text) && !is_generic(title);
    *out_title = is_new && !same_folded(title, sender) &&
                 !(chat && t->conversation.text.len > 0 && by_person);
    const bool title_is_number = digest_is_number(title);
    if (sender.len > 0) {
        e->who = digest_is_number(sender) ? unknown_number(job)
                                          : plain_words(job, without_brackets(sender), WHO_WORDS);
        *out_title = *out_title && !holds_name(sender, title) && !holds_name(title, sender);
    } else if (title_is_number) {
        e->who = title.len >= 8 ? unknown_number(job) : plain_words(job, t->app.text, LABEL_WORDS);
        *out_title = false;
    } else if (is_new && is_label(title) && e->body.text.len > 0) {
        e->who = plain_words(job, title, WHO_WORDS);
        e->who_in_title = true;
        *out_title = false;
    }
    if (e->who.len == 0) {
        e->who = plain_words(job, t->app.text, LABEL_WORDS);
    }
    const bool is_group =
        t->conversation.text.len > 0 && !same_folded(t->conversation.text, sender);
    e->place = is_group && sender.len > 0 ? plain_words(job, t->conversation.text, PLACE_WORDS)
                                          : span_from(NULL, 0);
    const bool is_short = document_count_words(e->who) <= SHORT_WORDS;
    const bool is_name = sender.len > 0 && !digest_is_number(sender);
    e->is_chat_name = is_name && t->kind == NOTIFY_APP_CHAT;
    e->who_short = is_name && (chat || !is_short) ? first_name(job, e->who) : e->who;
    if (!is_short && sender.len == 0 && !chat && t->kind != NOTIFY_APP_MAIL &&
        document_count_words(t->app.text) <= SHORT_WORDS) {
        e->who_short = plain_words(job, t->app.text, SHORT_WORDS);
    }
}

/* Digits that could be a code, in a text that speaks of one: the ranking's word is not relied on. */
static bool may_hold_code(const notify_words *words, const notify_hits *hits)
{
    if (hits->all[SIGNAL_CODE] == 0) {
        return false;
    }
    size_t n_row = 0; /* digits in a row of words of digits */
    for (size_t i = 0; i < words->count; i++) {
        const span form = words->items[i].form;
        size_t n = 0; /* digits */
        for (size_t k = 0; k < form.len; k++) {
            n += form.ptr[k] >= '0' && form.ptr[k] <= '9';
        }
        n_row = n == form.len ? n_row + n : 0;
        const bool mixed = n > 0 && n < form.len && form.len >= MIN_CODE && words->items[i].capital;
        if (n_row >= MIN_CODE || mixed) {
            return true;
        }
    }
    return false;
}

static bool is_quoted(const notify_hits *hits, const field_texts *t, const digest_entry *e)
{
    static const notify_signal SIGNALS[] = {SIGNAL_PAYMENT,  SIGNAL_PAYMENT_TROUBLE,
                                            SIGNAL_SECURITY, SIGNAL_PAYMENT_CHECK,
                                            SIGNAL_MEDICAL,  SIGNAL_MEDICINE_NOW};
    for (size_t i = 0; i < sizeof(SIGNALS) / sizeof(SIGNALS[0]); i++) {
        if (hits->all[SIGNALS[i]] > 0) {
            return true;
        }
    }
    return t->kind == NOTIFY_APP_BANK || t->kind == NOTIFY_APP_HEALTH ||
           t->kind == NOTIFY_APP_NEWS || t->kind == NOTIFY_APP_OFFICIAL ||
           memchr(e->body.text.ptr, '$', e->body.text.len) != NULL;
}

static uint64_t hash_text(uint64_t seed, span text)
{
    return notify_hash(notify_hash(seed, text), SPAN("\n"));
}

/* The stack is the conversation, else who writes in chats and mail, else the app. The key of repeats
 * is what is said, without numbers. */
static void find_keys(const digest_job *job, digest_entry *e, const field_texts *t)
{
    const bool by_title = t->kind == NOTIFY_APP_MAIL || is_chat(t, e->given);
    const span in = t->conversation.text.len > 0 ? t->conversation.text
                    : t->sender.text.len > 0     ? t->sender.text
                    : by_title                   ? e->title.text
                                                 : span_from(NULL, 0);
    e->stack_key = hash_text(hash_text(NOTIFY_HASH_SEED, t->app.text), in);
    e->key = hash_text(e->stack_key, t->sender.text);
    for (size_t i = 0; i < job->words->count; i++) {
        const notify_word *const w = &job->words->items[i];
        if (!span_has_digit(w->form)) {
            e->key = hash_text(e->key, w->form);
        }
    }
}

static int read_fields(digest_job *job, digest_entry *e, field_texts *t, huis_error *err)
{
    RETURN_IF_ERROR(clean(job, e->given->sender, &t->sender, err));
    RETURN_IF_ERROR(clean(job, e->given->conversation, &t->conversation, err));
    RETURN_IF_ERROR(clean(job, e->given->app, &t->app, err));
    RETURN_IF_ERROR(clean(job, e->given->title, &e->title, err));
    RETURN_IF_ERROR(clean(job, e->given->body, &e->body, err));
    notify_words *const words = job->words;
    notify_hits hits;
    words->count = 0;
    notify_words_add(words, t->app.text, NOTIFY_SENDER, &job->memory);
    notify_signals_find(words, 0, words->count, true, &hits);
    t->kind = notify_app_kind_of(e->given, &hits);
    words->count = 0;
    notify_words_add(words, e->title.text, NOTIFY_TITLE, &job->memory);
    notify_words_add(words, e->body.text, NOTIFY_BODY, &job->memory);
    return words->out_of_memory ? error_no_memory(err, "a digest") : HUIS_OK;
}

int digest_entry_add(digest_job *job, const huis_notify_rank_item *item, huis_error *err)
{
    digest_entry *const e = &job->entries[job->n_entries];
    *e = (digest_entry){
        .item = item, .given = &job->records[item->record], .record = item->record, .n_same = 1};
    field_texts t;
    notify_hits hits;
    RETURN_IF_ERROR(read_fields(job, e, &t, err));
    notify_signals_find(job->words, 0, job->words->count, false, &hits);
    if (may_hold_code(job->words, &hits)) {
        return HUIS_OK;
    }
    bool with_title = false;
    size_t body_from = 0;
    find_who(job, e, &t, &with_title, &body_from);
    find_keys(job, e, &t);
    e->is_quoted = is_quoted(&hits, &t, e);
    RETURN_IF_ERROR(digest_units_cut(job, e, with_title, body_from, err));
    job->n_entries++;
    return HUIS_OK;
}

/* Two that would be called alike keep their full names. */
static void tell_apart(digest_entry *a, digest_entry *b)
{
    if (span_equal(a->who_short, b->who_short) && !span_equal(a->who, b->who)) {
        a->who_short = a->who;
        b->who_short = b->who;
    }
}

void digest_entries_group(digest_job *job)
{
    for (size_t i = 0; i < job->n_entries; i++) {
        for (size_t k = 0; k < i; k++) {
            tell_apart(&job->entries[i], &job->entries[k]);
        }
    }
    for (size_t i = 0; i < job->n_entries; i++) {
        digest_entry *const e = &job->entries[i];
        e->who = e->is_chat_name ? e->who_short : e->who;
    }
    uint32_t n_stacks = 0;
    for (size_t i = 0; i < job->n_entries; i++) {
        digest_entry *const e = &job->entries[i];
        e->stack = n_stacks;
        for (size_t k = 0; k < i; k++) {
            digest_entry *const earlier = &job->entries[k];
            if (earlier->stack_key == e->stack_key) {
                e->stack = earlier->stack;
            }
            if (earlier->key == e->key && !earlier->is_told && !e->is_told) {
                e->is_told = true;
                e->next_same = earlier->next_same;
                earlier->next_same = (uint32_t)i + 1;
                earlier->n_same++;
            }
        }
        n_stacks += e->stack == n_stacks;
    }
}
