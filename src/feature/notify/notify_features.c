/*
 * notify_features.c - what can be learnt of a notification: its app, sender, conversation, form, the
 * pairs of these, and its words, as hashes.
 *
 * Names are hashed by their folded words, so that "Anna" and "ANNA" are one sender. Words of the text
 * weigh less than the rest: there are many of them, and most say nothing.
 */
#include "evidence/lexicon.h"
#include "feature/notify/notify_weights.h"

enum { MAX_LEARNT_WORDS = 14, MIN_WORD_BYTES = 4 };

static const float WORD_VALUE = 0.3F;
static const float FORM_VALUE = 0.4F;

static uint64_t folded_hash(const char *kind, span text)
{
    uint64_t hash = notify_hash(NOTIFY_HASH_SEED, span_from_string(kind));
    for (size_t i = 0; i < text.len; i++) {
        const char c = text.ptr[i];
        const char low = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
        hash = notify_hash(hash, span_from(&low, 1));
    }
    return hash;
}

static void add(notify_features *f, uint64_t hash, float value, notify_rule_kind kind, span label)
{
    if (f->count < NOTIFY_MAX_FEATURES) {
        f->items[f->count++] = (notify_feature){hash, value, kind, label};
    }
}

static uint64_t with_form(uint64_t hash, notify_form form)
{
    const uint32_t number = (uint32_t)form;
    return notify_hash(hash, span_from((const char *)&number, sizeof(number)));
}

static void add_words(const notify_reading *r, notify_features *f)
{
    size_t n = 0;
    for (size_t i = 0; i < r->words.count && n < MAX_LEARNT_WORDS; i++) {
        const notify_word *const w = &r->words.items[i];
        const lexicon_entry *const entry = lexicon_find(w->form);
        const bool empty = entry != NULL && (entry->classes & LEXICON_STOP) != 0;
        if (w->field == NOTIFY_SENDER || w->form.len < MIN_WORD_BYTES || empty ||
            span_has_digit(w->form)) {
            continue;
        }
        add(f, folded_hash("word", w->form), WORD_VALUE, NOTIFY_RULE_NONE, span_from(NULL, 0));
        n++;
    }
}

void notify_features_of(const notify_reading *reading, const notify_view *view,
                        notify_features *out_features)
{
    out_features->count = 0;
    const span app = span_from_string(reading->record->app);
    const span sender =
        view->contact != NULL ? span_from_string(view->contact->name) : reading->name;
    const uint64_t app_hash = folded_hash("app", app);
    add(out_features, app_hash, 1.0F, NOTIFY_RULE_APP, app);
    add(out_features, with_form(app_hash, view->form), 1.0F, NOTIFY_RULE_APP_FORM, app);
    if (sender.len > 0) {
        const uint64_t hash = folded_hash("sender", sender);
        add(out_features, hash, 1.0F, NOTIFY_RULE_SENDER, sender);
        add(out_features, with_form(hash, view->form), 1.0F, NOTIFY_RULE_SENDER_FORM, sender);
    }
    if (reading->place.len > 0) {
        add(out_features, folded_hash("conversation", reading->place), 1.0F,
            NOTIFY_RULE_CONVERSATION, reading->place);
    }
    add(out_features, with_form(folded_hash("form", span_from(NULL, 0)), view->form), FORM_VALUE,
        NOTIFY_RULE_NONE, span_from(NULL, 0));
    add_words(reading, out_features);
}
