/*
 * notify_look.c - see notify_look.h.
 */
#include "feature/notify/notify_look.h"

#include "base/error.h"
#include "base/memory.h"
#include "feature/notify/notify_form.h"
#include "feature/notify/notify_measure.h"

enum {
    READING_BYTES = 16 * 1024 * 1024, /* of one record */
    HEAD_BYTES = 3000,                /* of a body that are read from its start */
    TAIL_BYTES = 1500,                /* and from its end */
    DEFAULT_EVENT_SECONDS = 3600,
};

static int read_texts(notify_reading *r, arena *memory, huis_error *err)
{
    const huis_notification *const record = r->record;
    RETURN_IF_ERROR(notify_text_clean(record->sender, memory, &r->sender, err));
    RETURN_IF_ERROR(notify_text_clean(record->conversation, memory, &r->conversation, err));
    RETURN_IF_ERROR(notify_text_clean(record->title, memory, &r->title, err));
    RETURN_IF_ERROR(notify_text_clean(record->body, memory, &r->body, err));
    r->words.count = 0;
    notify_words_add(&r->words, r->sender.text, NOTIFY_SENDER, memory);
    notify_words_add(&r->words, span_slice(r->title.text, 0, HEAD_BYTES), NOTIFY_TITLE, memory);
    r->body_word = r->words.count;
    const span body = r->body.text;
    notify_words_add(&r->words, span_slice(body, 0, HEAD_BYTES), NOTIFY_BODY, memory);
    if (body.len > HEAD_BYTES + TAIL_BYTES) {
        notify_words_add(&r->words, span_slice(body, body.len - TAIL_BYTES, body.len), NOTIFY_BODY,
                         memory);
    }
    return r->words.out_of_memory ? error_no_memory(err, "a notification's words") : HUIS_OK;
}

static uint8_t as_byte(uint32_t n)
{
    return (uint8_t)(n < UINT8_MAX ? n : UINT8_MAX);
}

static void keep_counts(const notify_reading *r, notify_view *v)
{
    memcpy(v->signals, r->hits.all, sizeof(v->signals));
    memcpy(v->bare, r->hits.bare, sizeof(v->bare));
    memcpy(v->title, r->hits.title, sizeof(v->title));
    v->n_words = (uint16_t)r->words.count;
    v->n_exclamations = as_byte(r->words.n_exclamations);
    v->n_emoji = as_byte(r->words.n_emoji);
    v->n_capitals = as_byte(r->words.n_capital_words);
    v->n_mixed = as_byte(r->words.n_mixed);
    v->n_hidden = as_byte(r->title.n_hidden + r->body.n_hidden + r->sender.n_hidden);
    v->has_link = r->title.had_link || r->body.had_link;
}

/* A calendar's notice of an event that the context knows: when it starts. */
static const notify_event *find_event(const notify_reading *r, const huis_notify_context *context,
                                      int64_t now)
{
    for (size_t i = 0; context != NULL && i < context->n_calendar; i++) {
        const notify_event *const e = &context->calendar[i];
        const span title = span_from_string(e->title);
        if (e->start.known && title.len > 3 && e->start.seconds > now - DEFAULT_EVENT_SECONDS &&
            e->start.seconds < now + 36 * 3600 && r->title.text.len >= title.len &&
            memmem(r->title.text.ptr, r->title.text.len, title.ptr, title.len) != NULL) {
            return e;
        }
    }
    return NULL;
}

static void look_at_times(notify_reading *r, const notify_moment_now *at, notify_view *v)
{
    const huis_notification *const record = r->record;
    const int64_t age = (at->now.seconds - record->time.seconds) / 60;
    v->age_minutes = (int32_t)(age < 0 ? 0 : age > 1000000 ? 1000000 : age);
    v->expired = record->expires.known && record->expires.seconds <= at->now.seconds;
    const notify_moment *const m = notify_moments_deadline(&r->moments);
    const notify_event *const event =
        v->form == NOTIFY_FORM_CALENDAR ? find_event(r, at->context, at->now.seconds) : NULL;
    if (event != NULL && (m == NULL || m->day_only || m->range_end)) {
        v->has_deadline = true;
        v->deadline = event->start.seconds;
        v->deadline_is_start = true;
        v->deadline_is_day = event->all_day;
    } else if (m != NULL) {
        v->has_deadline = true;
        v->deadline = m->seconds;
        v->deadline_is_day = m->day_only;
        v->deadline_is_limit = m->limit;
        v->deadline_is_start =
            !m->limit && (v->form == NOTIFY_FORM_CALENDAR || v->form == NOTIFY_FORM_TRAVEL);
    }
}

int notify_look(notify_reading *reading, const notify_people *people, const notify_moment_now *at,
                arena *memory, notify_view *view, huis_error *err)
{
    notify_reading *const r = reading;
    notify_view *const v = view;
    RETURN_IF_ERROR(read_texts(r, memory, err));
    notify_words *const app = arena_alloc(memory, 1, sizeof(*app));
    if (app == NULL) {
        return error_no_memory(err, "a notification's words");
    }
    notify_words_add(app, span_from_string(r->record->app), NOTIFY_TITLE, memory);
    notify_hits app_hits;
    notify_signals_find(app, 0, app->count, true, &app_hits);
    notify_signals_find(&r->words, 0, r->words.count, false, &r->hits);
    notify_hits named; /* what an app is called may say what is at stake */
    notify_signals_find(app, 0, app->count, false, &named);
    keep_counts(r, v);
    v->signals[SIGNAL_STAKE] = (uint8_t)(v->signals[SIGNAL_STAKE] | named.all[SIGNAL_STAKE]);
    v->signals[SIGNAL_VULNERABLE] =
        (uint8_t)(v->signals[SIGNAL_VULNERABLE] | named.all[SIGNAL_VULNERABLE]);
    v->app_kind = notify_app_kind_of(r->record, &app_hits);
    notify_people_look(people, r, memory, v);
    huis_time told = r->record->time;
    told.zone_minutes = at->now.zone_minutes;
    notify_moments_find(&r->words, told, &r->moments);
    notify_form_look(r, v);
    notify_measure_look(&r->words, app, v);
    look_at_times(r, at, v);
    notify_hostile_look(r, memory, v);
    notify_repeat_keys(r, v);
    return HUIS_OK;
}

notify_looked *notify_looked_free(notify_looked *looked)
{
    if (looked != NULL) {
        arena_deinit(&looked->memory);
        (void)notify_people_free(looked->people);
    }
    return memory_free(looked);
}

int notify_look_one(const huis_notification *record, const huis_notify_context *context,
                    notify_looked **out_looked, huis_error *err)
{
    notify_looked *const looked = memory_alloc(1, sizeof(*looked));
    if (looked == NULL) {
        return error_no_memory(err, "a notification");
    }
    arena_init(&looked->memory, READING_BYTES);
    const bool dated = context != NULL && context->now.known;
    const notify_moment_now at = {.now = dated ? context->now : record->time,
                                  .focus = context != NULL ? context->focus : NOTIFY_FOCUS_NONE,
                                  .rules = context != NULL ? &context->rules : NULL,
                                  .context = context};
    looked->reading.record = record;
    int status = notify_people_new(context, &looked->people, err);
    if (status == HUIS_OK) {
        status =
            notify_look(&looked->reading, looked->people, &at, &looked->memory, &looked->view, err);
    }
    if (status != HUIS_OK) {
        (void)notify_looked_free(looked);
        return status;
    }
    notify_class_by_rules(&looked->view, &at);
    notify_weigh(&looked->view, &at);
    looked->view.interrupt = notify_interrupts(&looked->view, &at);
    *out_looked = looked;
    return HUIS_OK;
}
