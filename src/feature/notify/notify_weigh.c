/*
 * notify_weigh.c - the score of a notification within its class, and whether it breaks through.
 */
#include "feature/notify/notify_view.h"

enum { MINUTE = 60, SOON_MINUTES = 60 };

/* Scores of the classes do not overlap: a place within a class is a place within its band. */
static const struct {
    float low, high;
} BANDS[] = {
    [0] = {0.0F, 0.0F},
    [HUIS_NOTIFY_CRITICAL] = {0.85F, 1.0F},
    [HUIS_NOTIFY_TODAY] = {0.60F, 0.85F},
    [HUIS_NOTIFY_PERSONAL] = {0.40F, 0.60F},
    [HUIS_NOTIFY_LATER] = {0.20F, 0.40F},
    [HUIS_NOTIFY_NOISE] = {0.02F, 0.20F},
    [HUIS_NOTIFY_HOSTILE] = {0.0F, 0.02F},
};

static const float TASTE = 0.2F;      /* of a score for one of log-odds */
static const float LEAST_SAID = 0.4F; /* log-odds that are given as a reason */

static float relation_weight(const notify_view *v)
{
    static const float WEIGHTS[] = {
        [NOTIFY_RELATION_NONE] = 0.0F,          [NOTIFY_RELATION_OTHER] = 0.05F,
        [NOTIFY_RELATION_ACQUAINTANCE] = 0.05F, [NOTIFY_RELATION_SERVICE] = 0.1F,
        [NOTIFY_RELATION_COLLEAGUE] = 0.1F,     [NOTIFY_RELATION_MANAGER] = 0.15F,
        [NOTIFY_RELATION_FRIEND] = 0.1F,        [NOTIFY_RELATION_FAMILY] = 0.2F,
        [NOTIFY_RELATION_PARTNER] = 0.25F};
    return WEIGHTS[v->relation];
}

/* Nearer is more, down to nothing within a day. */
static float nearness(const notify_view *v, const notify_moment_now *at)
{
    if (!v->has_deadline || v->deadline < at->now.seconds - 1200) {
        return 0.0F;
    }
    const float hours = (float)(v->deadline - at->now.seconds) / 3600.0F;
    return v->deadline_is_day ? 0.05F : 0.2F / (1.0F + (hours > 0.0F ? hours : 0.0F));
}

/* What was learnt moves a score, and with it the class: never into or out of critical and hostile. */
static void move_by_taste(notify_view *v)
{
    if (v->cls == HUIS_NOTIFY_CRITICAL || v->cls == HUIS_NOTIFY_HOSTILE || v->personal == 0.0F ||
        v->learnt_code || v->never) {
        return;
    }
    const float most = BANDS[HUIS_NOTIFY_TODAY].high - 0.001F;
    const float least = BANDS[HUIS_NOTIFY_NOISE].low + 0.001F;
    const float moved = v->score + TASTE * v->personal;
    v->score = moved > most ? most : moved < least ? least : moved;
    for (int c = HUIS_NOTIFY_TODAY; c <= HUIS_NOTIFY_NOISE; c++) {
        if (v->score >= BANDS[c].low) {
            v->cls = (huis_notify_class)c;
            break;
        }
    }
    const notify_why why = v->personal > 0.0F ? NOTIFY_WHY_LEARNT_UP : NOTIFY_WHY_LEARNT_DOWN;
    const float said = v->personal > 0.0F ? v->personal : -v->personal;
    for (size_t i = 0; i < NOTIFY_MAX_WHYS && said >= LEAST_SAID; i++) {
        if (v->whys[i] == NOTIFY_WHY_NONE || i + 1 == NOTIFY_MAX_WHYS) {
            v->whys[i] = why;
            break;
        }
    }
}

void notify_weigh(notify_view *view, const notify_moment_now *at)
{
    float s = view->strength;
    s += relation_weight(view) + nearness(view, at);
    s += view->vip || view->always ? 0.3F : 0.0F;
    s += view->contact != NULL && view->contact->starred ? 0.1F : 0.0F;
    s += view->mentions ? 0.05F : 0.0F;
    s += view->opened_rate >= 0.0F ? 0.25F * (view->opened_rate - 0.5F) : 0.0F;
    s -= view->muted ? 0.2F : 0.0F;
    s -= 0.02F * (float)(view->age_minutes > 600 ? 10 : view->age_minutes / 60);
    s = s / 1.6F;
    s = s < 0.0F ? 0.0F : s > 1.0F ? 1.0F : s;
    view->score = BANDS[view->cls].low + s * (BANDS[view->cls].high - BANDS[view->cls].low);
    move_by_taste(view);
}

static bool in_quiet_hours(const notify_moment_now *at)
{
    const notify_person_rules *const rules = at->rules;
    if (rules == NULL || rules->quiet_start < 0 || rules->quiet_end < 0) {
        return false;
    }
    const int minute = notify_minute_of_day(at->now.seconds, at->now.zone_minutes);
    return rules->quiet_start <= rules->quiet_end
               ? minute >= rules->quiet_start && minute < rules->quiet_end
               : minute >= rules->quiet_start || minute < rules->quiet_end;
}

/* Danger to life and what concerns the road: all that may reach a driver. */
static bool is_for_driver(const notify_view *v)
{
    return v->form == NOTIFY_FORM_ROAD || v->signals[SIGNAL_ROAD_DANGER] > 0 ||
           v->signals[SIGNAL_ROAD_STRONG] > 0 || v->whys[0] == NOTIFY_WHY_HARM ||
           v->whys[0] == NOTIFY_WHY_DANGER || v->whys[0] == NOTIFY_WHY_BODY ||
           v->whys[0] == NOTIFY_WHY_CHILD;
}

bool notify_interrupts(const notify_view *view, const notify_moment_now *at)
{
    if (view->cls == HUIS_NOTIFY_HOSTILE || view->cls == HUIS_NOTIFY_NOISE) {
        return false;
    }
    if (at->focus == NOTIFY_FOCUS_DRIVING) {
        return (view->cls == HUIS_NOTIFY_CRITICAL || view->form == NOTIFY_FORM_ROAD) &&
               is_for_driver(view);
    }
    if (view->cls == HUIS_NOTIFY_CRITICAL || view->always) {
        return true;
    }
    if (at->focus == NOTIFY_FOCUS_SLEEP || in_quiet_hours(at)) {
        return view->form == NOTIFY_FORM_CALL && view->n_repeats > 0 && view->contact != NULL;
    }
    const bool soon = view->has_deadline && !view->deadline_is_day &&
                      view->deadline - at->now.seconds <= SOON_MINUTES * MINUTE &&
                      view->deadline >= at->now.seconds;
    const float person = at->rules != NULL ? 0.3F * (float)at->rules->threshold : 0.0F;
    const bool far =
        view->has_deadline && view->deadline - at->now.seconds > 12 * SOON_MINUTES * MINUTE;
    const bool strong =
        view->strength >= 0.7F + at->threshold - person && view->age_minutes <= 60 && !far;
    return view->cls == HUIS_NOTIFY_TODAY && (soon || strong) && !view->muted;
}
