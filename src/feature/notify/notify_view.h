/*
 * notify_view.h - one notification as the ranker sees it, and the steps that fill the view.
 *
 * The texts, words and hits of a record (notify_reading) live while it is looked at; what its place
 * rests on (notify_view) is small and kept for all records. Steps, in order: notify_people (who),
 * notify_form (what kind), notify_when (when), notify_hostile (dangers), notify_repeat (what a newer
 * one replaces), notify_weigh (class and score).
 */
#ifndef HUIS_FEATURE_NOTIFY_VIEW_H
#define HUIS_FEATURE_NOTIFY_VIEW_H

#include "feature/notify/notify.h"
#include "feature/notify/notify_signals.h"
#include "feature/notify/notify_when.h"

/* What an app is for, from its name, the record's source and category. */
typedef enum notify_app_kind {
    NOTIFY_APP_OTHER = 0,
    NOTIFY_APP_CHAT,
    NOTIFY_APP_MAIL,
    NOTIFY_APP_WORK,
    NOTIFY_APP_CODE,
    NOTIFY_APP_ALERT,
    NOTIFY_APP_SYSTEM,
    NOTIFY_APP_HOME,
    NOTIFY_APP_CALENDAR,
    NOTIFY_APP_BANK,
    NOTIFY_APP_HEALTH,
    NOTIFY_APP_SCHOOL,
    NOTIFY_APP_TRAVEL,
    NOTIFY_APP_DELIVERY,
    NOTIFY_APP_SHOP,
    NOTIFY_APP_SOCIAL,
    NOTIFY_APP_GAME,
    NOTIFY_APP_NEWS,
    NOTIFY_APP_MEDIA,
    NOTIFY_APP_OFFICIAL,
    NOTIFY_APP_PHONE,
    NOTIFY_APP_SAFETY,
    NOTIFY_APP_KINDS
} notify_app_kind;

typedef enum notify_form {
    NOTIFY_FORM_PLAIN = 0, /* nothing told its kind */
    NOTIFY_FORM_PERSON,    /* a person writes to the owner */
    NOTIFY_FORM_GROUP,     /* a person writes to a group */
    NOTIFY_FORM_MENTION,   /* a service tells that a person asks for the owner */
    NOTIFY_FORM_CALL,      /* missed call, voice message */
    NOTIFY_FORM_CODE,
    NOTIFY_FORM_SECURITY,
    NOTIFY_FORM_DANGER, /* smoke, water, intrusion, official alert */
    NOTIFY_FORM_BODY,   /* fall, glucose, heart */
    NOTIFY_FORM_DOWN,   /* a machine that others depend on has failed */
    NOTIFY_FORM_WARN,   /* a machine asks for care */
    NOTIFY_FORM_OK,     /* a machine is content */
    NOTIFY_FORM_CALENDAR,
    NOTIFY_FORM_DELIVERY,
    NOTIFY_FORM_DRIVER, /* somebody waits at the door */
    NOTIFY_FORM_PAYMENT,
    NOTIFY_FORM_PAYMENT_TROUBLE,
    NOTIFY_FORM_PAYMENT_CHECK, /* a bank asks whether it was you */
    NOTIFY_FORM_TRAVEL,
    NOTIFY_FORM_ROAD,
    NOTIFY_FORM_MEDICAL,
    NOTIFY_FORM_MEDICINE,
    NOTIFY_FORM_SCHOOL,
    NOTIFY_FORM_INFO,
    NOTIFY_FORM_BROADCAST,
    NOTIFY_FORM_PROMO,
    NOTIFY_FORM_SOCIAL,
    NOTIFY_FORM_GAME,
    NOTIFY_FORM_NEWS,
    NOTIFY_FORM_NEWSLETTER,
    NOTIFY_FORM_SURVEY,
    NOTIFY_FORM_TELEMETRY,
    NOTIFY_FORM_PROGRESS,
    NOTIFY_FORMS
} notify_form;

typedef enum notify_hostile_kind {
    NOTIFY_HOSTILE_NONE = 0,
    NOTIFY_HOSTILE_PHISHING,
    NOTIFY_HOSTILE_FRAUD,
    NOTIFY_HOSTILE_TAKEOVER,
    NOTIFY_HOSTILE_INJECTION,
    NOTIFY_HOSTILE_SPOOFED
} notify_hostile_kind;

/* Why a record stands where it stands; notify_reasons.c says each in words. */
typedef enum notify_why {
    NOTIFY_WHY_NONE = 0,
    NOTIFY_WHY_HOSTILE,
    NOTIFY_WHY_ALWAYS,
    NOTIFY_WHY_NEVER,
    NOTIFY_WHY_VIP,
    NOTIFY_WHY_CODE,
    NOTIFY_WHY_CODE_SPENT,
    NOTIFY_WHY_EXPIRED,
    NOTIFY_WHY_REPLACED,
    NOTIFY_WHY_RESOLVED,
    NOTIFY_WHY_HARM,
    NOTIFY_WHY_DANGER,
    NOTIFY_WHY_BODY,
    NOTIFY_WHY_STRANDED,
    NOTIFY_WHY_LOSS,
    NOTIFY_WHY_CHILD,
    NOTIFY_WHY_DOWN,
    NOTIFY_WHY_FROM,
    NOTIFY_WHY_UNKNOWN,
    NOTIFY_WHY_QUESTION,
    NOTIFY_WHY_REQUEST,
    NOTIFY_WHY_MENTION,
    NOTIFY_WHY_GROUP,
    NOTIFY_WHY_CALL,
    NOTIFY_WHY_DEADLINE,
    NOTIFY_WHY_START,
    NOTIFY_WHY_SECURITY,
    NOTIFY_WHY_MONEY,
    NOTIFY_WHY_TRAVEL,
    NOTIFY_WHY_DELIVERY,
    NOTIFY_WHY_WAITING,
    NOTIFY_WHY_HEALTH,
    NOTIFY_WHY_SCHOOL,
    NOTIFY_WHY_MACHINE,
    NOTIFY_WHY_MACHINE_OK,
    NOTIFY_WHY_PROMO,
    NOTIFY_WHY_SOCIAL,
    NOTIFY_WHY_GAME,
    NOTIFY_WHY_NEWS,
    NOTIFY_WHY_NEWSLETTER,
    NOTIFY_WHY_SURVEY,
    NOTIFY_WHY_TELEMETRY,
    NOTIFY_WHY_CHATTER,
    NOTIFY_WHY_BROADCAST,
    NOTIFY_WHY_INFO,
    NOTIFY_WHY_OPENED,
    NOTIFY_WHY_DISMISSED,
    NOTIFY_WHY_LEARNT_UP,
    NOTIFY_WHY_LEARNT_DOWN,
    NOTIFY_WHY_MUTED,
    NOTIFY_WHY_APP
} notify_why;

enum { NOTIFY_MAX_WHYS = 3 };

typedef struct notify_view {
    /* who */
    const notify_contact *contact; /* NULL: not in the contacts */
    notify_relation relation;
    notify_app_kind app_kind;
    bool vip, always, never; /* the person's rules */
    bool muted;
    bool person;       /* written by a person, as far as can be seen */
    bool group;        /* to several people */
    bool mentions;     /* names the owner */
    bool bad_address;  /* a contact's name over an address that is not his */
    float opened_rate; /* share of the app's or sender's that was opened, -1: not known */
    uint8_t n_replied; /* to this sender, in the history */
    uint8_t n_dismissed, n_opened;
    /* what */
    notify_form form;
    bool french;
    bool question, request;
    bool resolved, drill;
    bool chatter;
    bool amount;       /* of money */
    bool small_amount; /* below 50 */
    bool
        out_of_range; /* a measure far from the limit or aim that is told with it, or still moving */
    bool poison_gas;  /* carbon monoxide that harms */
    uint8_t n_calls;  /* missed */
    bool learnt_code; /* holds a one-time code */
    /* when */
    int32_t age_minutes;
    bool has_deadline, deadline_is_day, deadline_is_limit, deadline_is_start;
    int64_t deadline; /* seconds */
    bool expired;
    /* dangers */
    notify_hostile_kind hostile;
    float hostile_score;
    /* repeats */
    uint64_t key;       /* same app, place and template; 0: repeats are not looked for */
    uint64_t topic;     /* the same without its state: "down" and "up" share it; 0: none */
    uint32_t n_repeats; /* older ones that this replaces */
    bool replaced, resolved_later;
    /* place */
    uint8_t signals[SIGNAL_COUNT]; /* hits */
    uint8_t bare[SIGNAL_COUNT];
    uint8_t title[SIGNAL_COUNT];
    uint16_t n_words;
    uint8_t n_exclamations, n_emoji, n_capitals, n_hidden, n_mixed;
    bool has_link;
    huis_notify_class cls;
    float strength; /* within the class, 0..1 */
    float score;
    float personal; /* log-odds of what was learnt */
    bool interrupt;
    notify_why whys[NOTIFY_MAX_WHYS];
} notify_view;

/* One record while it is looked at. */
typedef struct notify_reading {
    const huis_notification *record;
    notify_text sender, conversation, title, body;
    span name;  /* of who writes: in sender, title or body; empty: not told */
    span place; /* the conversation, or the title where that names a group; empty: none */
    notify_words words;
    notify_hits hits;
    size_t body_word; /* the first word of the body */
    notify_moments moments;
} notify_reading;

/* ---- who: notify_people.c ---- */

typedef struct notify_people notify_people; /* the context, made ready for look-ups */

int notify_people_new(const huis_notify_context *context, notify_people **out_people,
                      huis_error *err);
notify_people *notify_people_free(notify_people *people);
/* Fills the view's "who", and reading->name and place. */
void notify_people_look(const notify_people *people, notify_reading *reading, arena *memory,
                        notify_view *view);

/* ---- what: notify_form.c ---- */

/* Fills the view's "what"; needs words, hits, moments and "who". */
void notify_form_look(const notify_reading *reading, notify_view *view);

/* ---- dangers: notify_hostile.c ---- */

void notify_hostile_look(const notify_reading *reading, arena *memory, notify_view *view);

/* ---- repeats: notify_repeat.c ---- */

/* Fills key and topic of one record, then, over all, what newer ones replace. O(n log n). */
void notify_repeat_keys(const notify_reading *reading, notify_view *view);
int notify_repeat_find(const huis_notification *records, notify_view *views, size_t n,
                       huis_error *err);

/* ---- place: notify_class.c (evidence and rules), notify_weigh.c (weights) ---- */

typedef struct notify_moment_now {
    huis_time now;
    notify_focus focus;
    const notify_person_rules *rules; /* NULL: none */
    const huis_notify_context *context;
    float threshold; /* learnt: what an interruption takes more */
} notify_moment_now;

/* Class, strength and reasons by rules alone. */
void notify_class_by_rules(notify_view *view, const notify_moment_now *at);
/* The class and the score with the shipped weights and what was learnt. */
void notify_weigh(notify_view *view, const notify_moment_now *at);
/* Whether it breaks through at `now`. */
bool notify_interrupts(const notify_view *view, const notify_moment_now *at);

#endif
