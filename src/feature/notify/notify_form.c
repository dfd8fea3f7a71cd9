/*
 * notify_form.c - what kind of notification it is: a person, a code, an alarm, a train, a promotion.
 *
 * The app's kind says what is likely, the words say what is there. Each form has a score: a bias by
 * the app's kind, and so much for each hit of its signals, of which three count at most, so that a
 * long text is no stronger than a short one. A person's message stays a person's message.
 */
#include "feature/notify/notify_form.h"

enum { MAX_HITS = 3 };

/* ---- the app ---- */

static notify_app_kind kind_of_category(const huis_notification *record)
{
    const span category = span_from_string(record->category);
    const span source = span_from_string(record->source);
    if (span_starts_with(category, SPAN("im")) || span_equal(source, SPAN("sms")) ||
        span_equal(source, SPAN("matrix"))) {
        return NOTIFY_APP_CHAT;
    }
    if (span_starts_with(category, SPAN("email")) || span_equal(source, SPAN("mail")) ||
        span_equal(source, SPAN("imap"))) {
        return NOTIFY_APP_MAIL;
    }
    if (span_starts_with(category, SPAN("call"))) {
        return NOTIFY_APP_PHONE;
    }
    if (span_starts_with(category, SPAN("device")) || span_starts_with(category, SPAN("network")) ||
        span_starts_with(category, SPAN("transfer")) || span_equal(source, SPAN("journal"))) {
        return NOTIFY_APP_SYSTEM;
    }
    return NOTIFY_APP_OTHER;
}

notify_app_kind notify_app_kind_of(const huis_notification *record, const notify_hits *app_hits)
{
    /* Where a name fits several, the more telling kind first. */
    static const struct {
        notify_signal signal;
        notify_app_kind kind;
    } ORDER[] = {
        {SIGNAL_APP_SAFETY, NOTIFY_APP_SAFETY},     {SIGNAL_APP_CALENDAR, NOTIFY_APP_CALENDAR},
        {SIGNAL_APP_SCHOOL, NOTIFY_APP_SCHOOL},     {SIGNAL_APP_HEALTH, NOTIFY_APP_HEALTH},
        {SIGNAL_APP_BANK, NOTIFY_APP_BANK},         {SIGNAL_APP_DELIVERY, NOTIFY_APP_DELIVERY},
        {SIGNAL_APP_ALERT, NOTIFY_APP_ALERT},       {SIGNAL_APP_NEWS, NOTIFY_APP_NEWS},
        {SIGNAL_APP_TRAVEL, NOTIFY_APP_TRAVEL},     {SIGNAL_APP_CODE, NOTIFY_APP_CODE},
        {SIGNAL_APP_CHAT, NOTIFY_APP_CHAT},         {SIGNAL_APP_MAIL, NOTIFY_APP_MAIL},
        {SIGNAL_APP_WORK, NOTIFY_APP_WORK},         {SIGNAL_APP_PHONE, NOTIFY_APP_PHONE},
        {SIGNAL_APP_GAME, NOTIFY_APP_GAME},         {SIGNAL_APP_SOCIAL, NOTIFY_APP_SOCIAL},
        {SIGNAL_APP_MEDIA, NOTIFY_APP_MEDIA},       {SIGNAL_APP_SHOP, NOTIFY_APP_SHOP},
        {SIGNAL_APP_OFFICIAL, NOTIFY_APP_OFFICIAL}, {SIGNAL_APP_HOME, NOTIFY_APP_HOME},
        {SIGNAL_APP_SYSTEM, NOTIFY_APP_SYSTEM},
    };
    notify_app_kind best = NOTIFY_APP_OTHER;
    uint8_t most = 0;
    for (size_t i = 0; i < sizeof(ORDER) / sizeof(ORDER[0]); i++) {
        if (app_hits->all[ORDER[i].signal] > most) {
            most = app_hits->all[ORDER[i].signal];
            best = ORDER[i].kind;
        }
    }
    const notify_app_kind said = kind_of_category(record);
    return best != NOTIFY_APP_OTHER ? best : said;
}

/* ---- one-time codes ---- */

static bool whole_digits(span form)
{
    for (size_t i = 0; i < form.len; i++) {
        if (form.ptr[i] < '0' || form.ptr[i] > '9') {
            return false;
        }
    }
    return form.len > 0;
}

static bool is_code_word(const notify_words *w, size_t i)
{
    const notify_word *const word = &w->items[i];
    size_t n_digits = 0;
    for (size_t k = 0; k < word->form.len; k++) {
        n_digits += word->form.ptr[k] >= '0' && word->form.ptr[k] <= '9';
    }
    const bool digits = n_digits == word->form.len;
    const bool sum =
        i + 1 < w->count &&
        (notify_words_match(w, i + 1, "€") > 0 || notify_words_match(w, i + 1, "eur*") > 0 ||
         notify_words_match(w, i + 1, "min*") > 0 || notify_words_match(w, i + 1, "%") > 0);
    if (sum || (i > 0 && notify_words_match(w, i - 1, "£") > 0)) {
        return false;
    }
    const bool year =
        digits && word->form.len == 4 &&
        (span_starts_with(word->form, SPAN("202")) || span_starts_with(word->form, SPAN("199")));
    const bool mixed =
        word->all_capitals && n_digits >= 2 && word->form.len >= 5 && word->form.len <= 8;
    /* "482 913", "90 41 17": six to eight digits in groups of one length. */
    size_t group = digits && word->form.len >= 2 && word->form.len <= 4 ? 1 : 0;
    while (group > 0 && i + group < w->count && group < 5 &&
           w->items[i + group].form.len == word->form.len &&
           span_has_digit(w->items[i + group].form) && !w->items[i + group].comma_before) {
        group++;
    }
    const bool halves = group >= 2 && group * word->form.len >= 6 && group * word->form.len <= 8;
    size_t single = 0; /* "3-0-8-8-1": spelt digit by digit */
    while (i + single < w->count && w->items[i + single].form.len == 1 &&
           span_has_digit(w->items[i + single].form)) {
        single++;
    }
    size_t pairs = 0; /* "90 41 17" */
    while (i + pairs < w->count && w->items[i + pairs].form.len == 2 &&
           whole_digits(w->items[i + pairs].form)) {
        pairs++;
    }
    return single >= 4 || pairs >= 3 ||
           (digits && word->form.len >= 4 && word->form.len <= 8 && !year) || mixed || halves;
}

static bool holds_code(const notify_reading *r, const notify_view *v)
{
    const notify_hits *const h = &r->hits;
    const bool promo = h->all[SIGNAL_PROMO] >= 2 && h->all[SIGNAL_CODE_NEVER] == 0;
    const bool friend_code = v->contact != NULL && v->relation != NOTIFY_RELATION_SERVICE &&
                             h->all[SIGNAL_CODE_NEVER] == 0;
    if (h->all[SIGNAL_CODE] == 0 || promo || friend_code || h->all[SIGNAL_ASK_CODE] > 0) {
        return false;
    }
    for (size_t i = 0; i < r->words.count; i++) {
        if (r->words.items[i].field != NOTIFY_SENDER && is_code_word(&r->words, i)) {
            return true;
        }
    }
    return false;
}

/* ---- scores ---- */

typedef struct form_signal {
    notify_form form;
    notify_signal signal;
    float weight;
} form_signal;

static const form_signal SIGNALS[] = {
    {NOTIFY_FORM_SECURITY, SIGNAL_SECURITY, 1.6F},
    {NOTIFY_FORM_SECURITY, SIGNAL_TAKEOVER_ALERT, 1.5F},
    {NOTIFY_FORM_DANGER, SIGNAL_DANGER, 2.2F},
    {NOTIFY_FORM_DANGER, SIGNAL_DANGER_WORD, 0.8F},
    {NOTIFY_FORM_DANGER, SIGNAL_HOT_HOME, 1.5F},
    {NOTIFY_FORM_DANGER, SIGNAL_DANGER_HOME, 0.5F},
    {NOTIFY_FORM_BODY, SIGNAL_BODY_ALARM, 1.0F},
    {NOTIFY_FORM_BODY, SIGNAL_BODY_BAD, 0.8F},
    {NOTIFY_FORM_DOWN, SIGNAL_MACHINE_DOWN, 0.6F},
    {NOTIFY_FORM_DOWN, SIGNAL_MACHINE_LOSS, 0.7F},
    {NOTIFY_FORM_WARN, SIGNAL_MACHINE_WARN, 0.7F},
    {NOTIFY_FORM_OK, SIGNAL_MACHINE_OK, 0.6F},
    {NOTIFY_FORM_CALENDAR, SIGNAL_CALENDAR, 0.8F},
    {NOTIFY_FORM_CALENDAR, SIGNAL_BIG_EVENT, 0.4F},
    {NOTIFY_FORM_DELIVERY, SIGNAL_DELIVERY, 0.8F},
    {NOTIFY_FORM_DELIVERY, SIGNAL_DELIVERY_TODAY, 0.6F},
    {NOTIFY_FORM_DRIVER, SIGNAL_DELIVERY_DOOR, 0.9F},
    {NOTIFY_FORM_DRIVER, SIGNAL_DRIVER, 1.2F},
    {NOTIFY_FORM_PAYMENT, SIGNAL_PAYMENT, 0.8F},
    {NOTIFY_FORM_PAYMENT_TROUBLE, SIGNAL_PAYMENT_TROUBLE, 1.7F},
    {NOTIFY_FORM_PAYMENT_CHECK, SIGNAL_PAYMENT_CHECK, 1.9F},
    {NOTIFY_FORM_TRAVEL, SIGNAL_TRAVEL, 0.5F},
    {NOTIFY_FORM_TRAVEL, SIGNAL_TRAVEL_CHANGE, 0.8F},
    {NOTIFY_FORM_TRAVEL, SIGNAL_TRAVEL_DELAY, 0.5F},
    {NOTIFY_FORM_ROAD, SIGNAL_ROAD_DANGER, 1.2F},
    {NOTIFY_FORM_MEDICAL, SIGNAL_MEDICAL, 0.8F},
    {NOTIFY_FORM_MEDICINE, SIGNAL_MEDICINE_NOW, 3.0F},
    {NOTIFY_FORM_SCHOOL, SIGNAL_SCHOOL, 0.9F},
    {NOTIFY_FORM_SCHOOL, SIGNAL_CHILD_NOW, 0.4F},
    {NOTIFY_FORM_INFO, SIGNAL_INFO_USEFUL, 0.5F},
    {NOTIFY_FORM_BROADCAST, SIGNAL_BROADCAST, 0.6F},
    {NOTIFY_FORM_PROMO, SIGNAL_PROMO, 0.9F},
    {NOTIFY_FORM_PROMO, SIGNAL_DISCOUNT, 1.6F},
    {NOTIFY_FORM_TELEMETRY, SIGNAL_WEATHER, 1.2F},
    {NOTIFY_FORM_DOWN, SIGNAL_ABNORMAL, 0.5F},
    {NOTIFY_FORM_DOWN, SIGNAL_STAKE, 0.3F},
    {NOTIFY_FORM_WARN, SIGNAL_ABNORMAL, 0.5F},
    {NOTIFY_FORM_SOCIAL, SIGNAL_SOCIAL, 0.7F},
    {NOTIFY_FORM_GAME, SIGNAL_GAME, 0.5F},
    {NOTIFY_FORM_NEWS, SIGNAL_NEWS, 0.4F},
    {NOTIFY_FORM_NEWSLETTER, SIGNAL_NEWSLETTER, 0.8F},
    {NOTIFY_FORM_SURVEY, SIGNAL_SURVEY, 1.3F},
    {NOTIFY_FORM_TELEMETRY, SIGNAL_TELEMETRY, 0.5F},
    {NOTIFY_FORM_PROGRESS, SIGNAL_PROGRESS, 0.7F},
    {NOTIFY_FORM_CALL, SIGNAL_MISSED_CALL, 2.0F},
    {NOTIFY_FORM_MENTION, SIGNAL_MENTION, 1.5F},
};

typedef struct form_bias {
    notify_app_kind kind;
    notify_form form;
    float bias;
} form_bias;

static const form_bias BIASES[] = {
    {NOTIFY_APP_ALERT, NOTIFY_FORM_DOWN, 2.0F},
    {NOTIFY_APP_ALERT, NOTIFY_FORM_WARN, 0.8F},
    {NOTIFY_APP_ALERT, NOTIFY_FORM_OK, 0.6F},
    {NOTIFY_APP_SYSTEM, NOTIFY_FORM_WARN, 0.8F},
    {NOTIFY_APP_SYSTEM, NOTIFY_FORM_OK, 0.7F},
    {NOTIFY_APP_SYSTEM, NOTIFY_FORM_DOWN, 0.5F},
    {NOTIFY_APP_SYSTEM, NOTIFY_FORM_TELEMETRY, 0.6F},
    {NOTIFY_APP_SYSTEM, NOTIFY_FORM_DELIVERY, -2.0F},
    {NOTIFY_APP_SYSTEM, NOTIFY_FORM_TRAVEL, -2.0F},
    {NOTIFY_APP_SYSTEM, NOTIFY_FORM_PAYMENT_TROUBLE, -1.0F},
    {NOTIFY_APP_CODE, NOTIFY_FORM_WARN, 0.8F},
    {NOTIFY_APP_CODE, NOTIFY_FORM_OK, 0.8F},
    {NOTIFY_APP_CODE, NOTIFY_FORM_DELIVERY, -2.0F},
    {NOTIFY_APP_CODE, NOTIFY_FORM_MENTION, 0.5F},
    {NOTIFY_APP_HOME, NOTIFY_FORM_DANGER, 0.7F},
    {NOTIFY_APP_HOME, NOTIFY_FORM_TELEMETRY, 0.9F},
    {NOTIFY_APP_HOME, NOTIFY_FORM_OK, 0.4F},
    {NOTIFY_APP_HOME, NOTIFY_FORM_WARN, 0.4F},
    {NOTIFY_APP_HOME, NOTIFY_FORM_TRAVEL, -2.0F},
    {NOTIFY_APP_CALENDAR, NOTIFY_FORM_CALENDAR, 2.8F},
    {NOTIFY_APP_BANK, NOTIFY_FORM_PAYMENT, 1.2F},
    {NOTIFY_APP_BANK, NOTIFY_FORM_PAYMENT_TROUBLE, 0.6F},
    {NOTIFY_APP_BANK, NOTIFY_FORM_PAYMENT_CHECK, 0.6F},
    {NOTIFY_APP_BANK, NOTIFY_FORM_DELIVERY, -2.0F},
    {NOTIFY_APP_BANK, NOTIFY_FORM_TRAVEL, -1.0F},
    {NOTIFY_APP_HEALTH, NOTIFY_FORM_MEDICAL, 1.5F},
    {NOTIFY_APP_HEALTH, NOTIFY_FORM_BODY, 1.0F},
    {NOTIFY_APP_HEALTH, NOTIFY_FORM_TELEMETRY, 0.8F},
    {NOTIFY_APP_SAFETY, NOTIFY_FORM_BODY, 2.0F},
    {NOTIFY_APP_SCHOOL, NOTIFY_FORM_SCHOOL, 2.5F},
    {NOTIFY_APP_TRAVEL, NOTIFY_FORM_TRAVEL, 1.6F},
    {NOTIFY_APP_TRAVEL, NOTIFY_FORM_DRIVER, 0.8F},
    {NOTIFY_APP_TRAVEL, NOTIFY_FORM_ROAD, 0.4F},
    {NOTIFY_APP_TRAVEL, NOTIFY_FORM_PROMO, 0.3F},
    {NOTIFY_APP_DELIVERY, NOTIFY_FORM_DELIVERY, 1.5F},
    {NOTIFY_APP_DELIVERY, NOTIFY_FORM_DRIVER, 0.6F},
    {NOTIFY_APP_DELIVERY, NOTIFY_FORM_PROMO, 0.4F},
    {NOTIFY_APP_SHOP, NOTIFY_FORM_PROMO, 1.2F},
    {NOTIFY_APP_SHOP, NOTIFY_FORM_DELIVERY, 0.4F},
    {NOTIFY_APP_SOCIAL, NOTIFY_FORM_SOCIAL, 2.5F},
    {NOTIFY_APP_GAME, NOTIFY_FORM_GAME, 4.0F},
    {NOTIFY_APP_NEWS, NOTIFY_FORM_NEWS, 4.5F},
    {NOTIFY_APP_MEDIA, NOTIFY_FORM_NEWSLETTER, 1.8F},
    {NOTIFY_APP_MEDIA, NOTIFY_FORM_PROMO, 0.5F},
    {NOTIFY_APP_OFFICIAL, NOTIFY_FORM_INFO, 1.2F},
    {NOTIFY_APP_OFFICIAL, NOTIFY_FORM_DANGER, 0.8F},
    {NOTIFY_APP_OFFICIAL, NOTIFY_FORM_TELEMETRY, 0.2F},
    {NOTIFY_APP_PHONE, NOTIFY_FORM_CALL, 2.5F},
    {NOTIFY_APP_WORK, NOTIFY_FORM_MENTION, 0.4F},
    {NOTIFY_APP_WORK, NOTIFY_FORM_BROADCAST, 0.3F},
};

static float score_of(const notify_hits *h, notify_form form, notify_app_kind kind)
{
    float score = 0.0F;
    for (size_t i = 0; i < sizeof(SIGNALS) / sizeof(SIGNALS[0]); i++) {
        if (SIGNALS[i].form == form) {
            const uint8_t hits = h->all[SIGNALS[i].signal];
            score += SIGNALS[i].weight * (float)(hits > MAX_HITS ? MAX_HITS : hits);
        }
    }
    score += form == NOTIFY_FORM_CALENDAR && h->title[SIGNAL_CALENDAR] > 0 ? 0.7F : 0.0F;
    for (size_t i = 0; i < sizeof(BIASES) / sizeof(BIASES[0]); i++) {
        score += BIASES[i].kind == kind && BIASES[i].form == form ? BIASES[i].bias : 0.0F;
    }
    return score;
}

static notify_form best_form(const notify_reading *r, const notify_view *v, float *out_score)
{
    notify_form best = NOTIFY_FORM_PLAIN;
    *out_score = 0.9F;
    for (int f = NOTIFY_FORM_MENTION; f < NOTIFY_FORMS; f++) {
        const notify_form form = (notify_form)f;
        const bool needs_hit = form == NOTIFY_FORM_DANGER || form == NOTIFY_FORM_BODY;
        const float score = score_of(&r->hits, form, v->app_kind);
        const bool hit = r->hits.all[SIGNAL_DANGER] > 0 || r->hits.all[SIGNAL_DANGER_WORD] > 0 ||
                         r->hits.all[SIGNAL_DANGER_HOME] > 0 || r->hits.all[SIGNAL_HOT_HOME] > 0 ||
                         r->hits.all[SIGNAL_BODY_ALARM] > 0;
        if (form != NOTIFY_FORM_CODE && score > *out_score && (!needs_hit || hit)) {
            best = form;
            *out_score = score;
        }
    }
    return best;
}

static bool is_for_service(notify_form form)
{
    return form != NOTIFY_FORM_PLAIN && form != NOTIFY_FORM_BROADCAST && form != NOTIFY_FORM_INFO &&
           form != NOTIFY_FORM_NEWS && form != NOTIFY_FORM_TELEMETRY && form != NOTIFY_FORM_GAME &&
           form != NOTIFY_FORM_OK && form != NOTIFY_FORM_SOCIAL && form != NOTIFY_FORM_CALENDAR &&
           form != NOTIFY_FORM_WARN && form != NOTIFY_FORM_DOWN && form != NOTIFY_FORM_TRAVEL;
}

static bool names_amount(const notify_reading *r)
{
    static const char *const SIGNS[] = {"€",   "$",       "£",   "eur", "euros",
                                        "usd", "dollars", "gbp", "usdt"};
    for (size_t i = 0; i < r->words.count; i++) {
        for (size_t k = 0; k < sizeof(SIGNS) / sizeof(SIGNS[0]); k++) {
            if (notify_words_match(&r->words, i, SIGNS[k]) > 0) {
                return true;
            }
        }
    }
    return false;
}

/* "Missed call (4)", "3 appels manqués": how many; 1 where it is not told. */
static uint8_t calls_told(const notify_reading *r)
{
    for (size_t i = 0; i < r->words.count; i++) {
        const span form = r->words.items[i].form;
        if (form.len == 1 && form.ptr[0] >= '2' && form.ptr[0] <= '9') {
            return (uint8_t)(form.ptr[0] - '0');
        }
    }
    return 1;
}

static bool asks_question(const notify_reading *r)
{
    return r->words.n_questions > 0 || r->hits.all[SIGNAL_QUESTION] > 1;
}

static bool is_chatter(const notify_reading *r, const notify_view *v)
{
    const notify_hits *const h = &r->hits;
    size_t n_body = 0;
    for (size_t i = 0; i < r->words.count; i++) {
        n_body += r->words.items[i].field == NOTIFY_BODY;
    }
    if (h->all[SIGNAL_TYPING] > 0) {
        return true;
    }
    const bool said = h->all[SIGNAL_CHATTER] > 0 || r->words.n_emoji > 0 || n_body <= 2;
    const bool matter = v->question || v->request || r->moments.count > 0 ||
                        h->all[SIGNAL_STRANDED] > 0 || h->all[SIGNAL_HARM] > 0 ||
                        h->all[SIGNAL_DANGER] > 0 || h->all[SIGNAL_FEELINGS] > 0 ||
                        h->all[SIGNAL_HELP] > 0 || h->all[SIGNAL_MOVED] > 0;
    return !matter && ((said && n_body <= 12) || n_body <= 4);
}

void notify_form_look(const notify_reading *reading, notify_view *view)
{
    const notify_hits *const h = &reading->hits;
    float score = 0.0F;
    const notify_form service = best_form(reading, view, &score);
    view->question = asks_question(reading);
    view->request = h->all[SIGNAL_ASK] > 0;
    view->resolved = h->all[SIGNAL_RESOLVED] > 0;
    view->drill = h->all[SIGNAL_DRILL] > 0;
    view->amount = names_amount(reading);
    view->n_calls = h->all[SIGNAL_MISSED_CALL] > 0 ? calls_told(reading) : 0;
    view->learnt_code = holds_code(reading, view);
    /* A stranger's message that reads like a service's is one. */
    const bool personal_tone = h->all[SIGNAL_KIN] > 0 || h->all[SIGNAL_HARM] > 0;
    if (view->person && view->contact == NULL && is_for_service(service) && score >= 2.0F &&
        !personal_tone) {
        view->person = false;
    }
    /* What comes by a chat and is no service's is somebody's; so is a named buyer's question. */
    const bool shop = view->app_kind == NOTIFY_APP_SHOP || view->app_kind == NOTIFY_APP_DELIVERY ||
                      view->app_kind == NOTIFY_APP_TRAVEL;
    const bool asks_here = reading->record->sender != NULL &&
                           (view->question || reading->moments.count > 0) &&
                           h->all[SIGNAL_DISCOUNT] == 0;
    view->person = view->person ||
                   (view->app_kind == NOTIFY_APP_CHAT && service == NOTIFY_FORM_PLAIN) ||
                   (shop && asks_here);
    view->chatter = view->person && is_chatter(reading, view);
    if (view->learnt_code) {
        view->form = NOTIFY_FORM_CODE;
    } else if (h->all[SIGNAL_MISSED_CALL] > 0 &&
               (view->app_kind == NOTIFY_APP_PHONE || view->app_kind == NOTIFY_APP_CHAT ||
                h->title[SIGNAL_MISSED_CALL] > 0)) {
        view->form = NOTIFY_FORM_CALL;
    } else if (view->person && view->app_kind != NOTIFY_APP_SOCIAL &&
               view->app_kind != NOTIFY_APP_CALENDAR && view->app_kind != NOTIFY_APP_CODE) {
        const bool mention = h->title[SIGNAL_MENTION] > 0 && view->contact == NULL;
        view->form = mention       ? NOTIFY_FORM_MENTION
                     : view->group ? NOTIFY_FORM_GROUP
                                   : NOTIFY_FORM_PERSON;
    } else {
        view->form = service;
    }
}
