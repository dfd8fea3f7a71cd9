/*
 * notify_class.c - the class of a notification by evidence: what is at stake, for whom, how soon.
 *
 * Classes are those of docs/notify.md, judged at `now`. Only these rules make a notification critical:
 * harm, danger, somebody stranded, a loss within about an hour, a code that is still valid. A hint of
 * urgency by the sender and words of hurry make nothing critical by themselves. Rules are tried in order;
 * the first that fits tells class, strength within the class, and up to three reasons.
 */
#include "feature/notify/notify_view.h"

enum {
    MINUTE = 60,
    SOON_MINUTES = 75, /* "within about an hour" */
    CODE_MINUTES = 10,
    FRESH_MINUTES = 90, /* how long somebody who waits is still waiting */
    ALARM_MINUTES = 360,
    EVENT_MINUTES = 30,
    TOMORROW_MINUTES = 20 * 60, /* early tomorrow is to be known tonight */
    LATE_MINUTES = 20,          /* an event that began is still to be joined */
};

static bool has(const notify_view *v, notify_signal signal)
{
    return v->signals[signal] > 0;
}

static int minutes_left(const notify_view *v, const notify_moment_now *at)
{
    const int64_t left = (v->deadline - at->now.seconds) / MINUTE;
    return left > 1000000 ? 1000000 : left < -1000000 ? -1000000 : (int)left;
}

/* The last second of the day of `now`. */
static int64_t tonight(const notify_moment_now *at)
{
    const int minute = notify_minute_of_day(at->now.seconds, at->now.zone_minutes);
    return at->now.seconds + (int64_t)(24 * 60 - minute) * MINUTE;
}

static bool due_today(const notify_view *v, const notify_moment_now *at)
{
    return v->has_deadline && v->deadline <= tonight(at) &&
           v->deadline >= at->now.seconds - LATE_MINUTES * MINUTE;
}

static bool due_tomorrow(const notify_view *v, const notify_moment_now *at)
{
    return v->has_deadline && v->deadline <= tonight(at) + 24 * 60 * MINUTE &&
           v->deadline >= at->now.seconds;
}

static bool due_within(const notify_view *v, const notify_moment_now *at, int minutes)
{
    return v->has_deadline && !v->deadline_is_day && minutes_left(v, at) <= minutes &&
           minutes_left(v, at) >= -LATE_MINUTES;
}

static void because(notify_view *v, notify_why why)
{
    for (size_t i = 0; i < NOTIFY_MAX_WHYS && why != NOTIFY_WHY_NONE; i++) {
        if (v->whys[i] == why) {
            return;
        }
        if (v->whys[i] == NOTIFY_WHY_NONE) {
            v->whys[i] = why;
            return;
        }
    }
}

static bool set(notify_view *v, huis_notify_class cls, float strength, notify_why why)
{
    v->cls = cls;
    v->strength = strength < 0.0F ? 0.0F : strength > 1.0F ? 1.0F : strength;
    because(v, why);
    return true;
}

static bool is_close(const notify_view *v)
{
    return v->relation == NOTIFY_RELATION_PARTNER || v->relation == NOTIFY_RELATION_FAMILY ||
           v->relation == NOTIFY_RELATION_FRIEND || v->vip ||
           (v->contact != NULL && v->contact->starred);
}

static bool is_advertising(const notify_view *v)
{
    return v->form == NOTIFY_FORM_PROMO || v->form == NOTIFY_FORM_GAME ||
           v->form == NOTIFY_FORM_SOCIAL || v->form == NOTIFY_FORM_NEWS ||
           v->form == NOTIFY_FORM_NEWSLETTER || v->form == NOTIFY_FORM_SURVEY;
}

/* A device or a program reports on itself. */
static bool is_machine(const notify_view *v)
{
    return !v->person && !is_advertising(v) &&
           (v->app_kind == NOTIFY_APP_OTHER || v->app_kind == NOTIFY_APP_ALERT ||
            v->app_kind == NOTIFY_APP_HOME || v->app_kind == NOTIFY_APP_SYSTEM ||
            v->app_kind == NOTIFY_APP_SAFETY || v->app_kind == NOTIFY_APP_HEALTH ||
            v->app_kind == NOTIFY_APP_OFFICIAL);
}

/* ---- what is over, or nobody's business ---- */

static bool hostile_or_ruled(notify_view *v)
{
    if (v->hostile != NOTIFY_HOSTILE_NONE) {
        return set(v, HUIS_NOTIFY_HOSTILE, 0.0F, NOTIFY_WHY_HOSTILE);
    }
    if (v->never) {
        return set(v, HUIS_NOTIFY_NOISE, 0.1F, NOTIFY_WHY_NEVER);
    }
    return false;
}

static bool is_over(notify_view *v, const notify_moment_now *at)
{
    if (v->form == NOTIFY_FORM_CODE) {
        const bool spent = v->age_minutes >= CODE_MINUTES || v->replaced || v->expired;
        return spent ? set(v, HUIS_NOTIFY_NOISE, 0.05F, NOTIFY_WHY_CODE_SPENT)
                     : set(v, HUIS_NOTIFY_CRITICAL, 0.75F, NOTIFY_WHY_CODE);
    }
    if (v->replaced) {
        return set(v, HUIS_NOTIFY_NOISE, 0.1F,
                   v->resolved_later ? NOTIFY_WHY_RESOLVED : NOTIFY_WHY_REPLACED);
    }
    if (v->expired) {
        return set(v, HUIS_NOTIFY_NOISE, 0.1F, NOTIFY_WHY_EXPIRED);
    }
    const bool passed = v->has_deadline && minutes_left(v, at) < -LATE_MINUTES;
    const bool bound = v->form == NOTIFY_FORM_CALENDAR || v->form == NOTIFY_FORM_TRAVEL ||
                       v->form == NOTIFY_FORM_DELIVERY || v->form == NOTIFY_FORM_DRIVER;
    if (passed && bound && !v->person) {
        return set(v, HUIS_NOTIFY_NOISE, 0.15F, NOTIFY_WHY_EXPIRED);
    }
    const bool waited = v->form == NOTIFY_FORM_DRIVER && v->age_minutes > FRESH_MINUTES;
    return waited && set(v, HUIS_NOTIFY_NOISE, 0.15F, NOTIFY_WHY_EXPIRED);
}

/* ---- critical ---- */

static bool harm(notify_view *v)
{
    const bool fresh = v->age_minutes <= ALARM_MINUTES && !v->resolved && !v->drill;
    if (!fresh || is_advertising(v)) {
        return false;
    }
    if (v->form == NOTIFY_FORM_BODY && has(v, SIGNAL_BODY_BAD)) {
        return set(v, HUIS_NOTIFY_CRITICAL, 1.0F, NOTIFY_WHY_BODY);
    }
    const bool alarm_app = v->app_kind == NOTIFY_APP_HOME || v->app_kind == NOTIFY_APP_OFFICIAL ||
                           v->app_kind == NOTIFY_APP_SAFETY;
    const int words = v->signals[SIGNAL_DANGER_WORD];
    const bool danger = has(v, SIGNAL_DANGER) || (alarm_app && words > 0) || words >= 2;
    const bool speaks = v->person || v->form == NOTIFY_FORM_DANGER ||
                        v->form == NOTIFY_FORM_SCHOOL || v->form == NOTIFY_FORM_MEDICAL ||
                        v->form == NOTIFY_FORM_PLAIN || v->form == NOTIFY_FORM_BROADCAST ||
                        v->form == NOTIFY_FORM_CALL;
    if (danger && speaks && v->form != NOTIFY_FORM_SECURITY) {
        return set(v, HUIS_NOTIFY_CRITICAL, 0.97F, NOTIFY_WHY_DANGER);
    }
    if (has(v, SIGNAL_HARM_STRONG) &&
        (v->person || v->form == NOTIFY_FORM_SCHOOL || v->form == NOTIFY_FORM_MEDICAL ||
         v->form == NOTIFY_FORM_CALL || v->form == NOTIFY_FORM_PLAIN)) {
        return set(v, HUIS_NOTIFY_CRITICAL, 0.95F, NOTIFY_WHY_HARM);
    }
    if (has(v, SIGNAL_CALLOUT) &&
        (v->signals[SIGNAL_CALLOUT] >= 2 || v->app_kind == NOTIFY_APP_ALERT ||
         v->app_kind == NOTIFY_APP_SAFETY) &&
        v->age_minutes <= FRESH_MINUTES) {
        return set(v, HUIS_NOTIFY_CRITICAL, 0.9F, NOTIFY_WHY_HARM);
    }
    if (v->person && has(v, SIGNAL_IRREVERSIBLE) &&
        (has(v, SIGNAL_STOP_NOW) || has(v, SIGNAL_HARM)) && v->age_minutes <= FRESH_MINUTES) {
        return set(v, HUIS_NOTIFY_CRITICAL, 0.9F,
                   has(v, SIGNAL_HARM) ? NOTIFY_WHY_HARM : NOTIFY_WHY_LOSS);
    }
    if (has(v, SIGNAL_ROAD_STRONG) && v->age_minutes <= 30 &&
        (v->app_kind == NOTIFY_APP_TRAVEL || v->form == NOTIFY_FORM_ROAD ||
         (is_machine(v) && has(v, SIGNAL_ROAD_DANGER)))) {
        return set(v, HUIS_NOTIFY_CRITICAL, 0.95F, NOTIFY_WHY_DANGER);
    }
    const bool hot = has(v, SIGNAL_HOT_HOME) && v->app_kind == NOTIFY_APP_HOME;
    const bool open =
        has(v, SIGNAL_DANGER_HOME) && has(v, SIGNAL_NOBODY_HOME) && v->app_kind == NOTIFY_APP_HOME;
    return (hot || open) && set(v, HUIS_NOTIFY_CRITICAL, 0.7F, NOTIFY_WHY_DANGER);
}

/* What a person tells of a being in a bad state, or of a thing that is being taken or ruined. */
static bool told_hazard(notify_view *v)
{
    const bool told = v->person || v->form == NOTIFY_FORM_PLAIN || v->form == NOTIFY_FORM_INFO;
    if (!told || v->age_minutes > FRESH_MINUTES || v->resolved || v->drill || v->chatter ||
        is_advertising(v) || has(v, SIGNAL_NO_RUSH) || (v->group && !v->mentions && !is_close(v))) {
        return false;
    }
    const bool apart = v->has_deadline && !v->deadline_is_day; /* plans name an hour */
    if (v->bare[SIGNAL_BEING] > 0 && v->bare[SIGNAL_PERIL] > 0 && !has(v, SIGNAL_LATE) &&
        (!apart || v->bare[SIGNAL_PERIL] > 1)) {
        return set(v, HUIS_NOTIFY_CRITICAL, 0.85F, NOTIFY_WHY_DANGER);
    }
    return v->bare[SIGNAL_THEFT] > 0 && !apart &&
           set(v, HUIS_NOTIFY_CRITICAL, 0.8F, NOTIFY_WHY_LOSS);
}

/* A sensor's word of somebody who cannot help himself, or of a measure far out of its range. */
static bool sensed_hazard(notify_view *v)
{
    const bool sensor = is_machine(v) || v->app_kind == NOTIFY_APP_SAFETY;
    if (!sensor || v->age_minutes > 2 * 60 || v->resolved || v->drill || has(v, SIGNAL_ENV_TEST)) {
        return false;
    }
    if (has(v, SIGNAL_ASTRAY) && (has(v, SIGNAL_VULNERABLE) || v->app_kind == NOTIFY_APP_SAFETY)) {
        return set(v, HUIS_NOTIFY_CRITICAL, 0.9F, NOTIFY_WHY_BODY);
    }
    if (v->poison_gas) {
        return set(v, HUIS_NOTIFY_CRITICAL, 0.97F, NOTIFY_WHY_DANGER);
    }
    return v->out_of_range && (has(v, SIGNAL_STAKE) || has(v, SIGNAL_ABNORMAL)) &&
           set(v, HUIS_NOTIFY_CRITICAL, 0.75F, NOTIFY_WHY_DOWN);
}

static bool stranded(notify_view *v, const notify_moment_now *at)
{
    if (v->age_minutes > FRESH_MINUTES || v->resolved) {
        return false;
    }
    if (v->form == NOTIFY_FORM_SCHOOL && has(v, SIGNAL_CHILD_NOW) &&
        (v->signals[SIGNAL_CHILD_NOW] >= 2 || has(v, SIGNAL_STRANDED) || has(v, SIGNAL_HARM)) &&
        (!v->has_deadline || v->deadline_is_day ? !v->has_deadline || due_today(v, at)
                                                : due_within(v, at, 2 * SOON_MINUTES))) {
        return set(v, HUIS_NOTIFY_CRITICAL, 0.9F, NOTIFY_WHY_CHILD);
    }
    const int where = v->signals[SIGNAL_WHERE];
    const int hits = v->signals[SIGNAL_STRANDED];
    const bool child = has(v, SIGNAL_SCHOOL) && has(v, SIGNAL_CHILD_NOW) && hits + where > 0;
    const bool to_owner = !v->group || v->mentions || is_close(v);
    const bool apart = where > 0 && (has(v, SIGNAL_HELP) || due_within(v, at, 30) || where >= 3);
    const bool waits = (hits > 0 && (!v->has_deadline || due_today(v, at))) || apart;
    const bool now = v->bare[SIGNAL_HELP] > 0 && (v->request || v->question) &&
                     v->contact != NULL && due_within(v, at, 60);
    const bool calls = v->form == NOTIFY_FORM_CALL && v->n_calls >= 3 && is_close(v);
    const bool carer_calls = v->form == NOTIFY_FORM_CALL && v->n_calls >= 2 &&
                             (has(v, SIGNAL_SCHOOL) || has(v, SIGNAL_VULNERABLE));
    if (calls || carer_calls) {
        return set(v, HUIS_NOTIFY_CRITICAL, 0.6F, NOTIFY_WHY_CALL);
    }
    if (v->person && to_owner && (waits || child || now) && !is_advertising(v)) {
        return set(v, HUIS_NOTIFY_CRITICAL, is_close(v) ? 0.9F : 0.8F, NOTIFY_WHY_STRANDED);
    }
    return false;
}

/* A machine in trouble on which something depends. */
static bool machine_loses(const notify_view *v)
{
    if (v->resolved || v->drill || has(v, SIGNAL_ENV_TEST) || !is_machine(v)) {
        return false;
    }
    const bool watches = v->app_kind == NOTIFY_APP_ALERT || v->app_kind == NOTIFY_APP_SYSTEM;
    if (watches && v->form == NOTIFY_FORM_DOWN && has(v, SIGNAL_MACHINE_LOSS) &&
        v->age_minutes <= 180) {
        return true;
    }
    const bool stake = has(v, SIGNAL_STAKE) || has(v, SIGNAL_MACHINE_LOSS);
    const bool quiet = v->form == NOTIFY_FORM_OK || v->form == NOTIFY_FORM_PROGRESS ||
                       v->form == NOTIFY_FORM_TELEMETRY;
    return has(v, SIGNAL_ABNORMAL) && v->age_minutes <= 120 && !quiet &&
           (stake || (v->app_kind == NOTIFY_APP_ALERT && v->signals[SIGNAL_ABNORMAL] >= 2));
}

/* A limit with a consequence, an order to stop, a car that is towed. */
static bool limit_passes(notify_view *v, const notify_moment_now *at)
{
    const bool soon = due_within(v, at, SOON_MINUTES);
    const bool timed = v->has_deadline && !v->deadline_is_day && v->form != NOTIFY_FORM_CALENDAR &&
                       v->form != NOTIFY_FORM_DELIVERY;
    const bool dear = has(v, SIGNAL_VALUABLE) && (v->deadline_is_limit || v->question);
    if (timed && due_within(v, at, 60) && !v->chatter && !is_advertising(v) &&
        !has(v, SIGNAL_NO_RUSH) && v->app_kind != NOTIFY_APP_SHOP &&
        (v->bare[SIGNAL_OR_LOST] > 0 || (dear && has(v, SIGNAL_LOSS)))) {
        return set(v, HUIS_NOTIFY_CRITICAL, 0.8F, NOTIFY_WHY_LOSS);
    }
    if (timed && has(v, SIGNAL_CONSEQUENCE) && due_within(v, at, 60) && !v->chatter &&
        !is_advertising(v) && v->app_kind != NOTIFY_APP_SHOP &&
        (v->deadline_is_limit || v->amount || !v->person)) {
        return set(v, HUIS_NOTIFY_CRITICAL, 0.75F, NOTIFY_WHY_LOSS);
    }
    if (v->person && has(v, SIGNAL_STOP_NOW) && due_within(v, at, EVENT_MINUTES)) {
        return set(v, HUIS_NOTIFY_CRITICAL, 0.85F, NOTIFY_WHY_LOSS);
    }
    if (has(v, SIGNAL_TOW) && v->age_minutes <= EVENT_MINUTES && !is_advertising(v) &&
        (!v->has_deadline || soon)) {
        return set(v, HUIS_NOTIFY_CRITICAL, 0.8F, NOTIFY_WHY_LOSS);
    }
    return false;
}

/* A train, a plane, a driver or an event that does not wait. */
static bool journey_leaves(notify_view *v, const notify_moment_now *at)
{
    const bool soon = due_within(v, at, SOON_MINUTES);
    if (v->form == NOTIFY_FORM_TRAVEL && has(v, SIGNAL_TRAVEL_NOW) &&
        v->age_minutes <= EVENT_MINUTES && (!v->has_deadline || soon)) {
        return set(v, HUIS_NOTIFY_CRITICAL, 0.9F, NOTIFY_WHY_TRAVEL);
    }
    if (v->form == NOTIFY_FORM_TRAVEL && has(v, SIGNAL_TRAVEL_CHANGE) && v->age_minutes <= 90 &&
        (soon ||
         (!v->has_deadline && v->age_minutes <= 30 && v->signals[SIGNAL_TRAVEL_CHANGE] >= 2))) {
        return set(v, HUIS_NOTIFY_CRITICAL, 0.85F, NOTIFY_WHY_TRAVEL);
    }
    if (!is_advertising(v) && has(v, SIGNAL_DRIVER) && has(v, SIGNAL_DELIVERY_DOOR) &&
        v->age_minutes <= 15) {
        return set(v, HUIS_NOTIFY_CRITICAL, 0.7F, NOTIFY_WHY_WAITING);
    }
    const bool told = v->form == NOTIFY_FORM_CALENDAR || (v->person && has(v, SIGNAL_MOVED)) ||
                      has(v, SIGNAL_MOVED);
    if (told && has(v, SIGNAL_BIG_EVENT) && due_within(v, at, 45) && !is_advertising(v)) {
        return set(v, HUIS_NOTIFY_CRITICAL, 0.8F, NOTIFY_WHY_START);
    }
    return false;
}

/* A hospital or a school that asks to be called at once. */
static bool office_calls(notify_view *v)
{
    const bool official = v->form == NOTIFY_FORM_MEDICAL || v->form == NOTIFY_FORM_SCHOOL ||
                          v->form == NOTIFY_FORM_PLAIN || v->form == NOTIFY_FORM_INFO ||
                          v->form == NOTIFY_FORM_PERSON;
    if (official && has(v, SIGNAL_HELP) && has(v, SIGNAL_CALL_BACK) && v->contact == NULL &&
        (has(v, SIGNAL_MEDICAL) || has(v, SIGNAL_SCHOOL)) && !v->has_link &&
        v->age_minutes <= FRESH_MINUTES && !v->has_deadline) {
        return set(v, HUIS_NOTIFY_CRITICAL, 0.8F, NOTIFY_WHY_HARM);
    }
    return false;
}

/* An account or money that somebody is taking. */
static bool account_is_taken(notify_view *v)
{
    const bool check = v->form == NOTIFY_FORM_PAYMENT_CHECK ||
                       (v->form == NOTIFY_FORM_SECURITY && has(v, SIGNAL_PAYMENT_CHECK));
    if (check && v->amount && v->age_minutes <= 60) {
        return set(v, HUIS_NOTIFY_CRITICAL, 0.85F, NOTIFY_WHY_SECURITY);
    }
    if (has(v, SIGNAL_TAKEOVER_ALERT) && !v->person && !is_advertising(v) &&
        v->age_minutes <= 120) {
        return set(v, HUIS_NOTIFY_CRITICAL, 0.75F, NOTIFY_WHY_SECURITY);
    }
    return false;
}

static bool loses(notify_view *v, const notify_moment_now *at)
{
    if (limit_passes(v, at) || journey_leaves(v, at) || office_calls(v) || account_is_taken(v)) {
        return true;
    }
    if (has(v, SIGNAL_AUCTION) && due_within(v, at, EVENT_MINUTES)) {
        return set(v, HUIS_NOTIFY_CRITICAL, 0.4F, NOTIFY_WHY_LOSS);
    }
    const bool at_work = v->app_kind == NOTIFY_APP_WORK ||
                         v->relation == NOTIFY_RELATION_COLLEAGUE ||
                         v->relation == NOTIFY_RELATION_MANAGER;
    if (v->person && at_work && has(v, SIGNAL_OUTAGE) && !v->resolved &&
        v->age_minutes <= EVENT_MINUTES) {
        return set(v, HUIS_NOTIFY_CRITICAL, 0.6F, NOTIFY_WHY_DOWN);
    }
    if (machine_loses(v)) {
        return set(v, HUIS_NOTIFY_CRITICAL, 0.7F, NOTIFY_WHY_DOWN);
    }
    if (has(v, SIGNAL_LOSS) && due_within(v, at, SOON_MINUTES) && !is_advertising(v) &&
        !v->chatter) {
        return set(v, HUIS_NOTIFY_CRITICAL, 0.8F, NOTIFY_WHY_LOSS);
    }
    return false;
}

/* ---- today ---- */

static bool today_service(notify_view *v, const notify_moment_now *at)
{
    const bool today = due_today(v, at);
    switch (v->form) {
    case NOTIFY_FORM_CALENDAR:
        if (today || (!v->has_deadline && v->age_minutes <= 60 && !has(v, SIGNAL_CODE_NEVER))) {
            return set(v, HUIS_NOTIFY_TODAY, due_within(v, at, EVENT_MINUTES) ? 0.95F : 0.6F,
                       NOTIFY_WHY_START);
        }
        return false;
    case NOTIFY_FORM_DRIVER:
        return set(v, HUIS_NOTIFY_TODAY, 0.85F, NOTIFY_WHY_WAITING);
    case NOTIFY_FORM_DELIVERY:
        return (today || has(v, SIGNAL_DELIVERY_TODAY)) &&
               set(v, HUIS_NOTIFY_TODAY, 0.45F, NOTIFY_WHY_DELIVERY);
    case NOTIFY_FORM_PAYMENT_TROUBLE:
    case NOTIFY_FORM_PAYMENT_CHECK:
        return set(v, HUIS_NOTIFY_TODAY, 0.7F, NOTIFY_WHY_MONEY);
    case NOTIFY_FORM_SECURITY:
        return set(v, HUIS_NOTIFY_TODAY, 0.65F, NOTIFY_WHY_SECURITY);
    case NOTIFY_FORM_MEDICINE:
        return set(v, HUIS_NOTIFY_TODAY, 0.8F, NOTIFY_WHY_HEALTH);
    case NOTIFY_FORM_MEDICAL:
        return (today || due_within(v, at, TOMORROW_MINUTES)) &&
               set(v, HUIS_NOTIFY_TODAY, 0.65F, NOTIFY_WHY_HEALTH);
    case NOTIFY_FORM_SCHOOL:
        return (today || (has(v, SIGNAL_CHILD_NOW) && (!v->has_deadline || due_tomorrow(v, at))) ||
                (due_tomorrow(v, at) &&
                 (v->request || has(v, SIGNAL_LATE) || has(v, SIGNAL_BIG_EVENT)))) &&
               set(v, HUIS_NOTIFY_TODAY, 0.75F, NOTIFY_WHY_SCHOOL);
    case NOTIFY_FORM_TRAVEL:
        return (today || (!v->has_deadline &&
                          (has(v, SIGNAL_TRAVEL_CHANGE) || has(v, SIGNAL_TRAVEL_DELAY)))) &&
               set(v, HUIS_NOTIFY_TODAY, 0.6F, NOTIFY_WHY_TRAVEL);
    case NOTIFY_FORM_TELEMETRY:
        return has(v, SIGNAL_WEATHER_BAD) && !is_advertising(v) &&
               set(v, HUIS_NOTIFY_TODAY, 0.4F, NOTIFY_WHY_INFO);
    case NOTIFY_FORM_ROAD:
        return set(v, HUIS_NOTIFY_TODAY, 0.7F, NOTIFY_WHY_TRAVEL);
    case NOTIFY_FORM_DOWN:
        return !v->resolved && !has(v, SIGNAL_ENV_TEST) &&
               set(v, HUIS_NOTIFY_TODAY, 0.6F, NOTIFY_WHY_DOWN);
    case NOTIFY_FORM_DANGER:
        return !v->resolved && !v->drill && set(v, HUIS_NOTIFY_TODAY, 0.6F, NOTIFY_WHY_DANGER);
    case NOTIFY_FORM_BODY:
        return !v->resolved && set(v, HUIS_NOTIFY_TODAY, 0.6F, NOTIFY_WHY_BODY);
    case NOTIFY_FORM_MENTION:
        return (today || v->request) && set(v, HUIS_NOTIFY_TODAY, 0.5F, NOTIFY_WHY_MENTION);
    case NOTIFY_FORM_INFO:
    case NOTIFY_FORM_PLAIN:
    case NOTIFY_FORM_BROADCAST:
        if (has(v, SIGNAL_WEATHER) && !has(v, SIGNAL_WEATHER_BAD)) {
            return set(v, HUIS_NOTIFY_NOISE, 0.3F, NOTIFY_WHY_TELEMETRY);
        }
        return (today || has(v, SIGNAL_WEATHER_BAD) || (v->request && due_tomorrow(v, at))) &&
               set(v, HUIS_NOTIFY_TODAY, 0.5F, NOTIFY_WHY_DEADLINE);
    case NOTIFY_FORM_PAYMENT:
    case NOTIFY_FORM_WARN:
        return (today || (v->request && due_within(v, at, TOMORROW_MINUTES))) &&
               (v->request || v->deadline_is_limit || v->app_kind == NOTIFY_APP_MAIL ||
                v->app_kind == NOTIFY_APP_WORK) &&
               set(v, HUIS_NOTIFY_TODAY, 0.5F, NOTIFY_WHY_DEADLINE);
    case NOTIFY_FORM_CALL:
        return v->contact == NULL && v->age_minutes <= 360 &&
               set(v, HUIS_NOTIFY_TODAY, 0.4F, NOTIFY_WHY_CALL);
    case NOTIFY_FORM_PERSON:
    case NOTIFY_FORM_GROUP:
    case NOTIFY_FORM_CODE:
    case NOTIFY_FORM_OK:
    case NOTIFY_FORM_PROMO:
    case NOTIFY_FORM_SOCIAL:
    case NOTIFY_FORM_GAME:
    case NOTIFY_FORM_NEWS:
    case NOTIFY_FORM_NEWSLETTER:
    case NOTIFY_FORM_SURVEY:
    case NOTIFY_FORM_PROGRESS:
    case NOTIFY_FORMS:
        break;
    }
    return false;
}

/* Somebody in a group who is not known. */
static bool by_bystander(notify_view *v, const notify_moment_now *at)
{
    const bool asks = v->question || v->request;
    const bool bystander = v->group && !v->mentions && v->contact == NULL;
    const bool calls_all = has(v, SIGNAL_STRANDED) || has(v, SIGNAL_WHERE) || has(v, SIGNAL_HELP);
    if (bystander && calls_all && asks && v->age_minutes <= FRESH_MINUTES && !v->resolved) {
        return set(v, HUIS_NOTIFY_TODAY, 0.4F, NOTIFY_WHY_REQUEST);
    }
    if (bystander && due_within(v, at, 240) && !due_within(v, at, 0) && !v->chatter) {
        return set(v, HUIS_NOTIFY_TODAY, 0.4F, NOTIFY_WHY_DEADLINE);
    }
    if (bystander && !has(v, SIGNAL_MOVED) && !v->deadline_is_limit) {
        return set(v, HUIS_NOTIFY_NOISE, asks ? 0.6F : 0.4F, NOTIFY_WHY_GROUP);
    }
    return false;
}

/* What a person wants of the owner before tonight. */
static bool person_is_due(notify_view *v, const notify_moment_now *at)
{
    const bool asks = v->question || v->request;
    const bool to_owner = !v->group || v->mentions;
    if (due_today(v, at) && !v->chatter &&
        (asks || v->deadline_is_limit || (to_owner && !v->deadline_is_day) ||
         has(v, SIGNAL_MOVED))) {
        const bool boss = v->relation == NOTIFY_RELATION_MANAGER && v->request;
        return set(v, HUIS_NOTIFY_TODAY,
                   due_within(v, at, 120) ? 0.85F
                   : boss                 ? 0.75F
                                          : 0.6F,
                   NOTIFY_WHY_DEADLINE);
    }
    if (v->request && to_owner && due_within(v, at, TOMORROW_MINUTES)) {
        return set(v, HUIS_NOTIFY_TODAY, 0.5F, NOTIFY_WHY_DEADLINE);
    }
    if (has(v, SIGNAL_HELP) && v->request && to_owner && v->age_minutes <= 60) {
        return set(v, HUIS_NOTIFY_TODAY, 0.85F, NOTIFY_WHY_REQUEST);
    }
    const bool home =
        v->relation == NOTIFY_RELATION_PARTNER || v->relation == NOTIFY_RELATION_FAMILY;
    if (has(v, SIGNAL_LATE) && to_owner && v->contact != NULL && v->age_minutes <= 180) {
        return set(v, HUIS_NOTIFY_TODAY, 0.7F, NOTIFY_WHY_FROM);
    }
    if ((v->request || v->question) && to_owner && !v->chatter && home && v->age_minutes <= 720 &&
        (!v->has_deadline || due_today(v, at))) {
        return set(v, HUIS_NOTIFY_TODAY, 0.4F,
                   v->question ? NOTIFY_WHY_QUESTION : NOTIFY_WHY_REQUEST);
    }
    if (v->group && has(v, SIGNAL_MOVED) && v->has_deadline && !v->expired) {
        return set(v, HUIS_NOTIFY_TODAY, 0.6F, NOTIFY_WHY_DEADLINE);
    }
    return false;
}

static bool by_person(notify_view *v, const notify_moment_now *at)
{
    if (!v->person || v->form == NOTIFY_FORM_CALL) {
        return false;
    }
    const bool asks = v->question || v->request;
    const bool to_owner = !v->group || v->mentions;
    const bool work = v->relation == NOTIFY_RELATION_COLLEAGUE ||
                      v->relation == NOTIFY_RELATION_MANAGER || v->app_kind == NOTIFY_APP_WORK;
    if (has(v, SIGNAL_TYPING)) {
        return set(v, HUIS_NOTIFY_NOISE, 0.1F, NOTIFY_WHY_CHATTER);
    }
    if ((has(v, SIGNAL_STRANDED) || has(v, SIGNAL_WHERE)) && to_owner &&
        v->age_minutes <= FRESH_MINUTES && !v->resolved && (!v->has_deadline || due_today(v, at))) {
        return set(v, HUIS_NOTIFY_TODAY, 0.9F, NOTIFY_WHY_STRANDED);
    }
    if (has(v, SIGNAL_COMMENT) && !due_today(v, at) && v->app_kind != NOTIFY_APP_CHAT) {
        return set(v, HUIS_NOTIFY_LATER, asks ? 0.6F : 0.3F, NOTIFY_WHY_MENTION);
    }
    if (by_bystander(v, at) || person_is_due(v, at)) {
        return true;
    }
    if (asks && to_owner && !v->chatter && (work || v->contact == NULL) &&
        (!v->has_deadline || due_tomorrow(v, at))) {
        return set(v, HUIS_NOTIFY_TODAY, v->relation == NOTIFY_RELATION_MANAGER ? 0.6F : 0.4F,
                   v->question ? NOTIFY_WHY_QUESTION : NOTIFY_WHY_REQUEST);
    }
    if (v->chatter && !v->vip && v->relation != NOTIFY_RELATION_PARTNER) {
        return set(v, v->group || !is_close(v) ? HUIS_NOTIFY_NOISE : HUIS_NOTIFY_PERSONAL, 0.3F,
                   NOTIFY_WHY_CHATTER);
    }
    if (v->group && !v->mentions && !is_close(v)) {
        return set(v, work && has(v, SIGNAL_WORK_NOTE) ? HUIS_NOTIFY_LATER : HUIS_NOTIFY_NOISE,
                   asks ? 0.5F : 0.4F, NOTIFY_WHY_GROUP);
    }
    const bool matters = v->contact != NULL && v->relation != NOTIFY_RELATION_OTHER && !work;
    if (matters || has(v, SIGNAL_FEELINGS) || v->n_replied > 0) {
        return set(v, HUIS_NOTIFY_PERSONAL, asks ? 0.8F : 0.5F, NOTIFY_WHY_FROM);
    }
    return set(v, HUIS_NOTIFY_LATER, asks ? 0.7F : 0.4F,
               v->contact != NULL ? NOTIFY_WHY_FROM : NOTIFY_WHY_UNKNOWN);
}

/* ---- the rest ---- */

static const struct {
    notify_form form;
    huis_notify_class cls;
    float strength;
    notify_why why;
} REST[] = {
    {NOTIFY_FORM_CALL, HUIS_NOTIFY_PERSONAL, 0.8F, NOTIFY_WHY_CALL},
    {NOTIFY_FORM_MENTION, HUIS_NOTIFY_LATER, 0.8F, NOTIFY_WHY_MENTION},
    {NOTIFY_FORM_DOWN, HUIS_NOTIFY_LATER, 0.5F, NOTIFY_WHY_MACHINE},
    {NOTIFY_FORM_WARN, HUIS_NOTIFY_LATER, 0.6F, NOTIFY_WHY_MACHINE},
    {NOTIFY_FORM_OK, HUIS_NOTIFY_NOISE, 0.3F, NOTIFY_WHY_MACHINE_OK},
    {NOTIFY_FORM_DANGER, HUIS_NOTIFY_LATER, 0.5F, NOTIFY_WHY_INFO},
    {NOTIFY_FORM_BODY, HUIS_NOTIFY_PERSONAL, 0.5F, NOTIFY_WHY_BODY},
    {NOTIFY_FORM_CALENDAR, HUIS_NOTIFY_LATER, 0.6F, NOTIFY_WHY_START},
    {NOTIFY_FORM_DELIVERY, HUIS_NOTIFY_LATER, 0.5F, NOTIFY_WHY_DELIVERY},
    {NOTIFY_FORM_PAYMENT, HUIS_NOTIFY_LATER, 0.5F, NOTIFY_WHY_MONEY},
    {NOTIFY_FORM_TRAVEL, HUIS_NOTIFY_LATER, 0.5F, NOTIFY_WHY_TRAVEL},
    {NOTIFY_FORM_MEDICAL, HUIS_NOTIFY_LATER, 0.8F, NOTIFY_WHY_HEALTH},
    {NOTIFY_FORM_SCHOOL, HUIS_NOTIFY_LATER, 0.7F, NOTIFY_WHY_SCHOOL},
    {NOTIFY_FORM_INFO, HUIS_NOTIFY_LATER, 0.5F, NOTIFY_WHY_INFO},
    {NOTIFY_FORM_BROADCAST, HUIS_NOTIFY_LATER, 0.3F, NOTIFY_WHY_BROADCAST},
    {NOTIFY_FORM_PROMO, HUIS_NOTIFY_NOISE, 0.1F, NOTIFY_WHY_PROMO},
    {NOTIFY_FORM_SOCIAL, HUIS_NOTIFY_NOISE, 0.2F, NOTIFY_WHY_SOCIAL},
    {NOTIFY_FORM_GAME, HUIS_NOTIFY_NOISE, 0.1F, NOTIFY_WHY_GAME},
    {NOTIFY_FORM_NEWS, HUIS_NOTIFY_NOISE, 0.3F, NOTIFY_WHY_NEWS},
    {NOTIFY_FORM_NEWSLETTER, HUIS_NOTIFY_NOISE, 0.2F, NOTIFY_WHY_NEWSLETTER},
    {NOTIFY_FORM_SURVEY, HUIS_NOTIFY_NOISE, 0.1F, NOTIFY_WHY_SURVEY},
    {NOTIFY_FORM_TELEMETRY, HUIS_NOTIFY_NOISE, 0.2F, NOTIFY_WHY_TELEMETRY},
    {NOTIFY_FORM_PROGRESS, HUIS_NOTIFY_NOISE, 0.2F, NOTIFY_WHY_TELEMETRY},
};

static void by_form(notify_view *v)
{
    if (v->drill && v->form == NOTIFY_FORM_DANGER) {
        (void)set(v, HUIS_NOTIFY_NOISE, 0.3F, NOTIFY_WHY_INFO);
        return;
    }
    if ((v->form == NOTIFY_FORM_OK || v->form == NOTIFY_FORM_TELEMETRY) && v->request &&
        v->app_kind == NOTIFY_APP_HOME) {
        (void)set(v, HUIS_NOTIFY_LATER, 0.4F, NOTIFY_WHY_MACHINE);
        return;
    }
    if (v->resolved && (v->form == NOTIFY_FORM_DOWN || v->form == NOTIFY_FORM_WARN)) {
        (void)set(v, HUIS_NOTIFY_NOISE, 0.4F, NOTIFY_WHY_MACHINE_OK);
        return;
    }
    if (is_machine(v) && v->signals[SIGNAL_ABNORMAL] > 0 && !v->resolved && v->age_minutes <= 720 &&
        v->form != NOTIFY_FORM_OK) {
        const bool serious = v->signals[SIGNAL_ABNORMAL] > 1 || v->app_kind == NOTIFY_APP_SAFETY;
        (void)set(v, serious ? HUIS_NOTIFY_TODAY : HUIS_NOTIFY_LATER, 0.6F, NOTIFY_WHY_MACHINE);
        return;
    }
    if (v->form == NOTIFY_FORM_PAYMENT && has(v, SIGNAL_SPENT) && v->small_amount &&
        !v->has_deadline && !v->request) {
        (void)set(v, HUIS_NOTIFY_NOISE, 0.4F, NOTIFY_WHY_MONEY);
        return;
    }
    if (v->form == NOTIFY_FORM_PROMO && has(v, SIGNAL_AUCTION)) {
        (void)set(v, HUIS_NOTIFY_LATER, 0.4F, NOTIFY_WHY_DEADLINE);
        return;
    }
    for (size_t i = 0; i < sizeof(REST) / sizeof(REST[0]); i++) {
        if (REST[i].form == v->form) {
            (void)set(v, REST[i].cls, REST[i].strength, REST[i].why);
            return;
        }
    }
    const bool read = v->opened_rate >= 0.6F || v->signals[SIGNAL_INFO_USEFUL] > 0 ||
                      v->app_kind == NOTIFY_APP_MAIL || v->request ||
                      (v->has_deadline && (v->deadline_is_limit || v->deadline_is_day));
    (void)set(v, read ? HUIS_NOTIFY_LATER : HUIS_NOTIFY_NOISE, 0.4F, NOTIFY_WHY_APP);
}

/* What is due after tomorrow can wait, whoever asks. */
static void put_off(notify_view *v, const notify_moment_now *at)
{
    const bool own = v->form == NOTIFY_FORM_SECURITY || v->form == NOTIFY_FORM_PAYMENT_CHECK ||
                     v->form == NOTIFY_FORM_DANGER || v->form == NOTIFY_FORM_BODY ||
                     v->form == NOTIFY_FORM_DOWN || v->whys[0] == NOTIFY_WHY_STRANDED;
    const bool far = v->has_deadline && v->deadline > at->now.seconds && !due_tomorrow(v, at);
    const bool idle = v->person && has(v, SIGNAL_NO_RUSH) && !due_today(v, at);
    if (v->cls == HUIS_NOTIFY_TODAY && !own && !has(v, SIGNAL_HELP) && (far || idle)) {
        v->cls = v->person && is_close(v) ? HUIS_NOTIFY_PERSONAL : HUIS_NOTIFY_LATER;
        v->strength = 0.7F;
    }
}

/* What else there is to say: who, what is asked, until when. */
static void add_whys(notify_view *v)
{
    if (v->cls == HUIS_NOTIFY_HOSTILE || v->cls == HUIS_NOTIFY_NOISE) {
        return;
    }
    if (v->contact != NULL) {
        because(v, NOTIFY_WHY_FROM);
    }
    if (v->has_deadline && !v->expired) {
        because(v, v->deadline_is_start ? NOTIFY_WHY_START : NOTIFY_WHY_DEADLINE);
    }
    if (v->person && v->question) {
        because(v, NOTIFY_WHY_QUESTION);
    } else if (v->person && v->request) {
        because(v, NOTIFY_WHY_REQUEST);
    }
    if (v->contact == NULL && v->person) {
        because(v, NOTIFY_WHY_UNKNOWN);
    }
}

void notify_class_by_rules(notify_view *view, const notify_moment_now *at)
{
    for (size_t i = 0; i < NOTIFY_MAX_WHYS; i++) {
        view->whys[i] = NOTIFY_WHY_NONE;
    }
    if (view->always) {
        because(view, NOTIFY_WHY_ALWAYS);
    } else if (view->vip) {
        because(view, NOTIFY_WHY_VIP);
    }
    const bool decided = hostile_or_ruled(view) || is_over(view, at) || harm(view) ||
                         told_hazard(view) || sensed_hazard(view) || stranded(view, at) ||
                         loses(view, at) || by_person(view, at) || today_service(view, at);
    if (!decided) {
        by_form(view);
    }
    put_off(view, at);
    const bool over = view->expired || view->replaced;
    if (view->always && !over && view->cls > HUIS_NOTIFY_TODAY && view->cls < HUIS_NOTIFY_HOSTILE) {
        view->cls = HUIS_NOTIFY_TODAY;
        view->strength = 0.8F;
    }
    add_whys(view);
}
