/*
 * notify_people.c - who a notification is from: contacts, what the person did before, the app.
 *
 * Names are compared word by word, folded: "Anna" is Anna Berger, "Maman" is "Maman (portable)";
 * of two contacts who fit, the one with more words in common is taken, then the nearer one. A
 * contact's name over an address that is not among the contact's is no contact.
 */
#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"
#include "feature/notify/notify_view.h"

enum {
    MAX_NAME_WORDS = 8,
    MAX_PEOPLE_WORDS = 1 << 20,
    MAX_LABEL_BYTES = 160,
    NAME_ARENA_BYTES = 64 * 1024 * 1024
};

typedef struct name_word {
    uint64_t hash;
    uint32_t contact;
} name_word;

typedef struct past_count {
    uint64_t key; /* of a sender or an app */
    uint32_t opened, dismissed, replied;
} past_count;

struct notify_people {
    const huis_notify_context *context; /* NULL: none */
    name_word *words;                   /* by hash */
    size_t n_words;
    uint8_t *n_name_words; /* of each contact */
    past_count *pasts;     /* by key */
    size_t n_pasts;
    uint64_t owner[MAX_NAME_WORDS];
    size_t n_owner;
};

/* ---- names as hashes ---- */

static size_t name_hashes(span name, uint64_t out[MAX_NAME_WORDS])
{
    arena memory;
    arena_init(&memory, NAME_ARENA_BYTES);
    notify_words *const words = memory_alloc(1, sizeof(*words));
    size_t n = 0;
    if (words != NULL) {
        notify_words_add(words, span_slice(name, 0, MAX_LABEL_BYTES), NOTIFY_SENDER, &memory);
        for (size_t i = 0; i < words->count && n < MAX_NAME_WORDS; i++) {
            if (words->items[i].form.len > 0) {
                out[n++] = notify_hash(NOTIFY_HASH_SEED, words->items[i].form);
            }
        }
    }
    (void)memory_free(words);
    arena_deinit(&memory);
    return n;
}

static uint64_t label_key(const char *kind, span label)
{
    uint64_t words[MAX_NAME_WORDS];
    const size_t n = name_hashes(label, words);
    if (n == 0) {
        return 0;
    }
    uint64_t key = notify_hash(NOTIFY_HASH_SEED, span_from_string(kind));
    for (size_t i = 0; i < n; i++) {
        key = notify_hash(key, span_from((const char *)&words[i], sizeof(words[i])));
    }
    return key;
}

static int by_hash(const void *a, const void *b)
{
    const name_word *const x = a;
    const name_word *const y = b;
    return x->hash != y->hash ? (x->hash < y->hash ? -1 : 1)
                              : (x->contact > y->contact) - (x->contact < y->contact);
}

static int by_key(const void *a, const void *b)
{
    const past_count *const x = a;
    const past_count *const y = b;
    return (x->key > y->key) - (x->key < y->key);
}

/* ---- the context, made ready ---- */

static int add_contacts(notify_people *p, huis_error *err)
{
    const huis_notify_context *const c = p->context;
    p->words = memory_alloc(c->n_contacts * MAX_NAME_WORDS + 1, sizeof(*p->words));
    p->n_name_words = memory_alloc(c->n_contacts + 1, 1);
    if (p->words == NULL || p->n_name_words == NULL) {
        return error_no_memory(err, "the contacts");
    }
    for (size_t i = 0; i < c->n_contacts; i++) {
        uint64_t hashes[MAX_NAME_WORDS];
        const size_t n = name_hashes(span_from_string(c->contacts[i].name), hashes);
        for (size_t k = 0; k < n; k++) {
            p->words[p->n_words++] = (name_word){hashes[k], (uint32_t)i};
        }
        p->n_name_words[i] = (uint8_t)n;
    }
    qsort(p->words, p->n_words, sizeof(*p->words), by_hash);
    return HUIS_OK;
}

static void count_past(past_count *count, huis_notify_verdict verdict)
{
    count->opened += verdict == HUIS_VERDICT_OPENED || verdict == HUIS_VERDICT_UP;
    count->dismissed += verdict == HUIS_VERDICT_DISMISSED || verdict == HUIS_VERDICT_DOWN;
    count->replied += verdict == HUIS_VERDICT_REPLIED;
}

static int add_history(notify_people *p, huis_error *err)
{
    const huis_notify_context *const c = p->context;
    p->pasts = memory_alloc(c->n_history * 2 + 1, sizeof(*p->pasts));
    if (p->pasts == NULL) {
        return error_no_memory(err, "the history");
    }
    size_t n = 0;
    for (size_t i = 0; i < c->n_history; i++) {
        const notify_past *const past = &c->history[i];
        const uint64_t keys[2] = {label_key("sender", span_from_string(past->sender)),
                                  label_key("app", span_from_string(past->app))};
        for (size_t k = 0; k < 2; k++) {
            if (keys[k] != 0) {
                p->pasts[n] = (past_count){.key = keys[k]};
                count_past(&p->pasts[n++], past->action);
            }
        }
    }
    qsort(p->pasts, n, sizeof(*p->pasts), by_key);
    for (size_t i = 0; i < n; i++) {
        if (p->n_pasts > 0 && p->pasts[p->n_pasts - 1].key == p->pasts[i].key) {
            past_count *const sum = &p->pasts[p->n_pasts - 1];
            sum->opened += p->pasts[i].opened;
            sum->dismissed += p->pasts[i].dismissed;
            sum->replied += p->pasts[i].replied;
        } else {
            p->pasts[p->n_pasts++] = p->pasts[i];
        }
    }
    return HUIS_OK;
}

int notify_people_new(const huis_notify_context *context, notify_people **out_people,
                      huis_error *err)
{
    notify_people *p = memory_alloc(1, sizeof(*p));
    if (p == NULL) {
        return error_no_memory(err, "the contacts");
    }
    p->context = context;
    int status = HUIS_OK;
    if (context != NULL) {
        status = add_contacts(p, err);
        status = status == HUIS_OK ? add_history(p, err) : status;
        p->n_owner = name_hashes(span_from_string(context->owner), p->owner);
    }
    if (status != HUIS_OK) {
        (void)notify_people_free(p);
        return status;
    }
    *out_people = p;
    return HUIS_OK;
}

notify_people *notify_people_free(notify_people *people)
{
    if (people != NULL) {
        (void)memory_free(people->words);
        (void)memory_free(people->n_name_words);
        (void)memory_free(people->pasts);
    }
    return memory_free(people);
}

/* ---- look-ups ---- */

static const past_count *past_of(const notify_people *p, const char *kind, span label)
{
    const past_count wanted = {.key = label_key(kind, label)};
    return p->n_pasts == 0 || wanted.key == 0
               ? NULL
               : bsearch(&wanted, p->pasts, p->n_pasts, sizeof(*p->pasts), by_key);
}

static size_t first_word(const notify_people *p, uint64_t hash)
{
    size_t low = 0;
    size_t high = p->n_words;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (p->words[middle].hash < hash) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static size_t words_shared(const notify_people *p, const uint64_t *hashes, size_t n, uint32_t c)
{
    size_t shared = 0;
    for (size_t k = 0; k < n; k++) {
        for (size_t i = first_word(p, hashes[k]); i < p->n_words && p->words[i].hash == hashes[k];
             i++) {
            if (p->words[i].contact == c) {
                shared++;
                break;
            }
        }
    }
    return shared;
}

/* The contact that `name` names; NULL: none. */
static const notify_contact *find_contact(const notify_people *p, span name)
{
    enum { MAX_CANDIDATES = 64 };
    uint64_t hashes[MAX_NAME_WORDS];
    const size_t n = p->context != NULL && name.len > 0 ? name_hashes(name, hashes) : 0;
    const notify_contact *best = NULL;
    size_t best_shared = 0;
    for (size_t k = 0; k < n; k++) {
        size_t i = first_word(p, hashes[k]);
        for (size_t seen = 0;
             i < p->n_words && p->words[i].hash == hashes[k] && seen < MAX_CANDIDATES;
             i++, seen++) {
            const uint32_t c = p->words[i].contact;
            const size_t shared = words_shared(p, hashes, n, c);
            const bool whole = shared == p->n_name_words[c] || shared == n;
            const notify_contact *const contact = &p->context->contacts[c];
            if (whole && (shared > best_shared ||
                          (shared == best_shared && contact->relation > best->relation))) {
                best = contact;
                best_shared = shared;
            }
        }
    }
    return best;
}

static bool is_in_list(const char *const *list, size_t n, span label)
{
    const uint64_t key = label_key("", label);
    for (size_t i = 0; i < n && key != 0; i++) {
        if (label_key("", span_from_string(list[i])) == key) {
            return true;
        }
    }
    return false;
}

static bool ruled(const char *const *list, size_t n, const notify_reading *r)
{
    return n > 0 &&
           (is_in_list(list, n, span_from_string(r->record->app)) || is_in_list(list, n, r->name) ||
            is_in_list(list, n, r->place) || is_in_list(list, n, r->conversation.text));
}

/* ---- the writer ---- */

static size_t words_in(span s)
{
    size_t n = 0;
    bool inside = false;
    for (size_t i = 0; i < s.len; i++) {
        const bool space = s.ptr[i] == ' ' || s.ptr[i] == '\n' || s.ptr[i] == '\t';
        n += !space && !inside;
        inside = !space;
    }
    return n;
}

static span trim(span s)
{
    while (s.len > 0 && (s.ptr[0] == ' ' || s.ptr[0] == '\n')) {
        s = span_slice(s, 1, s.len);
    }
    while (s.len > 0 && (s.ptr[s.len - 1] == ' ' || s.ptr[s.len - 1] == '\n')) {
        s.len--;
    }
    return s;
}

/* What stands before the first colon, when that may be a name of at most `max_words`. */
static span before_colon(span text, size_t max_words)
{
    const char *const colon =
        text.len > 0 ? memchr(text.ptr, ':', text.len < 80 ? text.len : 80) : NULL;
    if (colon == NULL) {
        return span_from(NULL, 0);
    }
    const span head = trim(span_from(text.ptr, (size_t)(colon - text.ptr)));
    const char after = colon + 1 < text.ptr + text.len ? colon[1] : ' ';
    const bool name = head.len > 0 && words_in(head) <= max_words && after == ' ' &&
                      !span_has_digit(span_slice(head, head.len - 1, head.len));
    return name ? head : span_from(NULL, 0);
}

/* "Anna Berger <anna@mail.org>": the name; the address by itself otherwise. */
static span without_address(span sender, span *out_address)
{
    const char *const open = sender.len > 0 ? memchr(sender.ptr, '<', sender.len) : NULL;
    *out_address = span_from(NULL, 0);
    if (open != NULL && open > sender.ptr) {
        const size_t at = (size_t)(open - sender.ptr);
        span address = span_slice(sender, at + 1, sender.len);
        const char *const close = memchr(address.ptr, '>', address.len);
        address.len = close != NULL ? (size_t)(close - address.ptr) : address.len;
        *out_address = address;
        return trim(span_slice(sender, 0, at));
    }
    if (sender.len > 0 && memchr(sender.ptr, '@', sender.len) != NULL && words_in(sender) == 1) {
        *out_address = sender;
    }
    return trim(sender);
}

static bool is_automatic(span name)
{
    static const char *const WORDS[] = {"noreply",
                                        "no reply",
                                        "ne pas repondre",
                                        "nepasrepondre",
                                        "notification*",
                                        "donotreply",
                                        "bot",
                                        "alert*",
                                        "info",
                                        "newsletter",
                                        "support",
                                        "service*",
                                        "system",
                                        "alertes",
                                        "team",
                                        "equipe",
                                        "desk",
                                        "group",
                                        "groupe",
                                        "shop",
                                        "store",
                                        "club",
                                        "rh",
                                        "drh",
                                        "hr",
                                        "helpdesk",
                                        "marketing",
                                        "news",
                                        "offres",
                                        "offers",
                                        "customer",
                                        "client",
                                        "clients",
                                        "contact",
                                        "drive",
                                        "magasin",
                                        "boutique",
                                        "amazon",
                                        "google",
                                        "netflix",
                                        "linkedin",
                                        "facebook",
                                        "paypal",
                                        "airlines",
                                        "bank",
                                        "banque",
                                        "sas",
                                        "ltd",
                                        "inc",
                                        "gmbh",
                                        "mutuelle",
                                        "assurance*",
                                        "mairie",
                                        "prefecture",
                                        "guest"};
    arena memory;
    arena_init(&memory, NAME_ARENA_BYTES);
    notify_words *const words = memory_alloc(1, sizeof(*words));
    bool found = false;
    if (words != NULL) {
        notify_words_add(words, span_slice(name, 0, MAX_LABEL_BYTES), NOTIFY_SENDER, &memory);
        for (size_t i = 0; i < words->count && !found; i++) {
            for (size_t k = 0; k < sizeof(WORDS) / sizeof(WORDS[0]) && !found; k++) {
                found = notify_words_match(words, i, WORDS[k]) > 0;
            }
        }
    }
    (void)memory_free(words);
    arena_deinit(&memory);
    return found;
}

static bool is_talk(notify_app_kind kind)
{
    return kind == NOTIFY_APP_CHAT || kind == NOTIFY_APP_MAIL || kind == NOTIFY_APP_WORK ||
           kind == NOTIFY_APP_PHONE || kind == NOTIFY_APP_OTHER || kind == NOTIFY_APP_SAFETY ||
           kind == NOTIFY_APP_SOCIAL || kind == NOTIFY_APP_SHOP || kind == NOTIFY_APP_DELIVERY ||
           kind == NOTIFY_APP_TRAVEL || kind == NOTIFY_APP_SCHOOL;
}

/* Who writes: the sender; else a name before a colon, or a short title of a chat. */
static void find_writer(const notify_people *p, notify_reading *r, notify_view *v)
{
    span address = span_from(NULL, 0);
    const span title_head = before_colon(r->title.text, 4);
    const span body_head = before_colon(r->body.text, 3);
    r->place = r->conversation.text;
    if (r->sender.text.len > 0) {
        r->name = without_address(r->sender.text, &address);
        v->contact = find_contact(p, r->name);
        if (v->contact == NULL && body_head.len > 0) {
            /* A group as the sender, the writer in the body. */
            v->contact = find_contact(p, body_head);
            if (v->contact != NULL) {
                r->place = r->place.len > 0 ? r->place : r->name;
                r->name = body_head;
            }
        }
    } else if (is_talk(v->app_kind)) {
        const span title = r->body.text.len > 0 ? r->title.text : span_from(NULL, 0);
        const span short_title = words_in(title) <= 4 ? title : span_from(NULL, 0);
        const span tries[] = {title_head, body_head, short_title, r->conversation.text};
        for (size_t i = 0; i < 4 && v->contact == NULL; i++) {
            v->contact = tries[i].len > 0 ? find_contact(p, tries[i]) : NULL;
            r->name = v->contact != NULL ? tries[i] : r->name;
        }
        if (v->contact == NULL &&
            (v->app_kind == NOTIFY_APP_CHAT || v->app_kind == NOTIFY_APP_PHONE)) {
            r->name = title_head.len > 0 ? title_head : short_title;
        }
        if (body_head.len > 0 && r->name.ptr == body_head.ptr && r->place.len == 0) {
            r->place = title;
        }
    }
    if (v->contact != NULL && address.len > 0 && v->contact->n_addresses > 0) {
        v->bad_address = true;
        for (size_t i = 0; i < v->contact->n_addresses; i++) {
            v->bad_address =
                v->bad_address && !span_equal(address, span_from_string(v->contact->addresses[i]));
        }
        v->contact = v->bad_address ? NULL : v->contact;
    }
}

static bool mentions_owner(const notify_people *p, const notify_reading *r)
{
    for (size_t i = r->body_word; i < r->words.count && p->n_owner > 0; i++) {
        const notify_word *const w = &r->words.items[i];
        if (w->form.len > 1 && notify_hash(NOTIFY_HASH_SEED, w->form) == p->owner[0]) {
            return true;
        }
    }
    return false;
}

static void look_back(const notify_people *p, const notify_reading *r, notify_view *v)
{
    const past_count *const sender = past_of(p, "sender", r->name);
    const past_count *const app = past_of(p, "app", span_from_string(r->record->app));
    v->opened_rate = -1.0F;
    if (sender != NULL) {
        v->n_replied = (uint8_t)(sender->replied < 255 ? sender->replied : 255);
        v->n_opened = (uint8_t)(sender->opened < 255 ? sender->opened : 255);
        v->n_dismissed = (uint8_t)(sender->dismissed < 255 ? sender->dismissed : 255);
    } else if (app != NULL && !v->person) {
        v->n_opened = (uint8_t)(app->opened < 255 ? app->opened : 255);
        v->n_dismissed = (uint8_t)(app->dismissed < 255 ? app->dismissed : 255);
    }
    const huis_notify_context *const c = p->context;
    for (size_t i = 0; c != NULL && i < c->n_apps; i++) {
        if (span_equal(span_from_string(c->apps[i].name), span_from_string(r->record->app))) {
            v->muted = c->apps[i].muted;
            if (c->apps[i].shown_30d > 0) {
                const float rate = (float)c->apps[i].opened_30d / (float)c->apps[i].shown_30d;
                v->opened_rate = rate > 1.0F ? 1.0F : rate;
            }
            break;
        }
    }
}

void notify_people_look(const notify_people *people, notify_reading *reading, arena *memory,
                        notify_view *view)
{
    (void)memory;
    find_writer(people, reading, view);
    view->relation = view->contact != NULL ? view->contact->relation : NOTIFY_RELATION_NONE;
    if (view->contact != NULL && view->relation == NOTIFY_RELATION_NONE) {
        view->relation = NOTIFY_RELATION_OTHER;
    }
    const bool chat = view->app_kind == NOTIFY_APP_CHAT || view->app_kind == NOTIFY_APP_WORK ||
                      view->app_kind == NOTIFY_APP_MAIL || view->app_kind == NOTIFY_APP_PHONE;
    view->person = (view->contact != NULL && view->relation != NOTIFY_RELATION_SERVICE) ||
                   (chat && reading->name.len > 0 && !is_automatic(reading->name));
    view->group = reading->place.len > 0 && chat && !span_equal(reading->place, reading->name);
    if (view->group && find_contact(people, reading->place) != NULL &&
        find_contact(people, reading->place) == view->contact) {
        view->group = false;
    }
    view->mentions = mentions_owner(people, reading);
    look_back(people, reading, view);
    if (people->context != NULL) {
        const notify_person_rules *const rules = &people->context->rules;
        view->always = ruled(rules->always, rules->n_always, reading);
        view->never = ruled(rules->never, rules->n_never, reading);
        view->vip = ruled(rules->vips, rules->n_vips, reading) ||
                    (view->contact != NULL &&
                     is_in_list(rules->vips, rules->n_vips, span_from_string(view->contact->name)));
    }
}
