/*
 * notify_reasons.c - see notify_reasons.h.
 *
 * A reason is said in the person's language, with a name or a time where that says more. A name is the
 * contact's own, or the sender's as it is shown, cut short; nothing else of a notification's text
 * gets into a reason.
 */
#include "feature/notify/notify_reasons.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/utf8.h"

enum { MAX_REASON_BYTES = 240, MAX_NAME_BYTES = 48 };

typedef struct phrase {
    const char *english, *french;
} phrase;

/* "%s" is a name or a time. */
static const phrase PHRASES[] = {
    [NOTIFY_WHY_HOSTILE] = {"looks like a fraud", "ressemble à une fraude"},
    [NOTIFY_WHY_ALWAYS] = {"you asked to always see this", "vous avez demandé à toujours le voir"},
    [NOTIFY_WHY_NEVER] = {"you asked to never be disturbed by this",
                          "vous avez demandé à ne jamais être dérangé par ceci"},
    [NOTIFY_WHY_VIP] = {"from one of your VIPs", "de l'un de vos contacts prioritaires"},
    [NOTIFY_WHY_CODE] = {"one-time code, valid for a few minutes",
                         "code à usage unique, valable quelques minutes"},
    [NOTIFY_WHY_CODE_SPENT] = {"one-time code, no longer valid", "code à usage unique, périmé"},
    [NOTIFY_WHY_EXPIRED] = {"over by now", "c'est passé"},
    [NOTIFY_WHY_REPLACED] = {"a newer one says more", "remplacé par une plus récente"},
    [NOTIFY_WHY_RESOLVED] = {"resolved since", "résolu depuis"},
    [NOTIFY_WHY_HARM] = {"somebody may be hurt or ill", "quelqu'un est peut-être blessé ou malade"},
    [NOTIFY_WHY_DANGER] = {"danger, or damage under way", "danger ou dégât en cours"},
    [NOTIFY_WHY_BODY] = {"a health alarm", "alarme de santé"},
    [NOTIFY_WHY_STRANDED] = {"somebody is waiting or stuck", "quelqu'un attend ou est bloqué"},
    [NOTIFY_WHY_LOSS] = {"lost for good if it waits", "perdu pour de bon si l'on attend"},
    [NOTIFY_WHY_CHILD] = {"about a child, now", "concerne un enfant, maintenant"},
    [NOTIFY_WHY_DOWN] = {"something that others depend on has failed",
                         "une panne dont d'autres dépendent"},
    [NOTIFY_WHY_FROM] = {"from %s", "de %s"},
    [NOTIFY_WHY_UNKNOWN] = {"from somebody who is not in your contacts",
                            "de quelqu'un qui n'est pas dans vos contacts"},
    [NOTIFY_WHY_QUESTION] = {"asks a question", "pose une question"},
    [NOTIFY_WHY_REQUEST] = {"asks for something", "demande quelque chose"},
    [NOTIFY_WHY_MENTION] = {"asks for you by name", "s'adresse à vous"},
    [NOTIFY_WHY_GROUP] = {"group chat, nothing asked of you",
                          "discussion de groupe, rien ne vous est demandé"},
    [NOTIFY_WHY_CALL] = {"missed call or voice message", "appel manqué ou message vocal"},
    [NOTIFY_WHY_DEADLINE] = {"due %s", "à faire %s"},
    [NOTIFY_WHY_START] = {"starts %s", "commence %s"},
    [NOTIFY_WHY_SECURITY] = {"about the safety of your account or money",
                             "sécurité de votre compte ou de votre argent"},
    [NOTIFY_WHY_MONEY] = {"about your money", "concerne votre argent"},
    [NOTIFY_WHY_TRAVEL] = {"about your journey", "concerne votre trajet"},
    [NOTIFY_WHY_DELIVERY] = {"a delivery", "une livraison"},
    [NOTIFY_WHY_WAITING] = {"somebody waits at the door", "quelqu'un attend en bas"},
    [NOTIFY_WHY_HEALTH] = {"about your health", "concerne votre santé"},
    [NOTIFY_WHY_SCHOOL] = {"from a school", "de l'école"},
    [NOTIFY_WHY_MACHINE] = {"a machine needs care", "une machine demande de l'attention"},
    [NOTIFY_WHY_MACHINE_OK] = {"a machine reports that all is well",
                               "une machine dit que tout va bien"},
    [NOTIFY_WHY_PROMO] = {"advertising", "publicité"},
    [NOTIFY_WHY_SOCIAL] = {"social network activity", "activité d'un réseau social"},
    [NOTIFY_WHY_GAME] = {"a game calls you back", "un jeu vous rappelle"},
    [NOTIFY_WHY_NEWS] = {"a headline", "un titre d'actualité"},
    [NOTIFY_WHY_NEWSLETTER] = {"a newsletter or a summary", "une lettre d'information ou un bilan"},
    [NOTIFY_WHY_SURVEY] = {"asks for a review", "demande un avis"},
    [NOTIFY_WHY_TELEMETRY] = {"a routine report", "un relevé de routine"},
    [NOTIFY_WHY_CHATTER] = {"small talk", "bavardage"},
    [NOTIFY_WHY_BROADCAST] = {"sent to many", "envoyé à beaucoup de monde"},
    [NOTIFY_WHY_INFO] = {"useful to know, nothing to do now", "utile, rien à faire maintenant"},
    [NOTIFY_WHY_OPENED] = {"you mostly open these", "vous les ouvrez le plus souvent"},
    [NOTIFY_WHY_DISMISSED] = {"you mostly dismiss these", "vous les écartez le plus souvent"},
    [NOTIFY_WHY_LEARNT_UP] = {"learnt from you: higher", "appris de vous : plus haut"},
    [NOTIFY_WHY_LEARNT_DOWN] = {"learnt from you: lower", "appris de vous : plus bas"},
    [NOTIFY_WHY_MUTED] = {"you muted this app", "vous avez coupé cette application"},
    [NOTIFY_WHY_APP] = {"from %s", "de %s"},
};

static const phrase HOSTILE[] = {
    [NOTIFY_HOSTILE_NONE] = {"", ""},
    [NOTIFY_HOSTILE_PHISHING] =
        {"looks like phishing: the sender or the link is not who it says",
         "hameçonnage probable : l'expéditeur ou le lien n'est pas celui qu'il dit"},
    [NOTIFY_HOSTILE_FRAUD] = {"looks like a fraud: a stranger wants money",
                              "arnaque probable : un inconnu veut de l'argent"},
    [NOTIFY_HOSTILE_TAKEOVER] = {"a known account that behaves unlike its owner",
                                 "un compte connu qui ne se conduit pas comme d'habitude"},
    [NOTIFY_HOSTILE_INJECTION] = {"holds instructions meant for an assistant",
                                  "contient des instructions destinées à un assistant"},
    [NOTIFY_HOSTILE_SPOOFED] = {"the sender is forged", "l'expéditeur est falsifié"},
};

/* ---- names and times ---- */

static span shortened(span name)
{
    if (name.len > MAX_NAME_BYTES) {
        name.len = utf8_complete_prefix(span_slice(name, 0, MAX_NAME_BYTES));
    }
    return name;
}

/* The contact's name; else the app's. */
static int name_of(const huis_notification *record, const notify_view *v, notify_why why,
                   arena *memory, span *out_name, huis_error *err)
{
    const char *const said =
        why == NOTIFY_WHY_FROM && v->contact != NULL ? v->contact->name : record->app;
    notify_text text;
    RETURN_IF_ERROR(notify_text_clean(said, memory, &text, err));
    *out_name = shortened(text.text);
    return HUIS_OK;
}

/* "in 20 minutes", "by 18:00", "today", "on 2026-05-12". */
static bool append_time(buffer *out, const notify_view *v, const notify_moment_now *at, bool french,
                        bool limit)
{
    char day[NOTIFY_TIME_BYTES];
    char today[NOTIFY_TIME_BYTES];
    char tomorrow[NOTIFY_TIME_BYTES];
    notify_day_print(v->deadline, at->now.zone_minutes, day);
    notify_day_print(at->now.seconds, at->now.zone_minutes, today);
    notify_day_print(at->now.seconds + 86400, at->now.zone_minutes, tomorrow);
    const int64_t minutes = (v->deadline - at->now.seconds + 30) / 60;
    if (!v->deadline_is_day && minutes >= 0 && minutes <= 90) {
        return buffer_printf(out, "%s %d min", french ? "dans" : "in", (int)minutes);
    }
    const int clock = notify_minute_of_day(v->deadline, at->now.zone_minutes);
    const bool is_today = strcmp(day, today) == 0;
    const bool is_tomorrow = strcmp(day, tomorrow) == 0;
    if (is_today && v->deadline_is_day) {
        return buffer_append_string(out, french ? "aujourd'hui" : "today");
    }
    if (!is_today) {
        const char *const lead = french ? "le " : "on ";
        (void)buffer_append_string(out, is_tomorrow ? (french ? "demain" : "tomorrow") : lead);
        (void)(!is_tomorrow && buffer_append_string(out, day));
    }
    if (!v->deadline_is_day) {
        (void)(!is_today && buffer_append_byte(out, ' '));
        (void)buffer_append_string(out, french ? (limit ? "avant " : "à ") : limit ? "by " : "at ");
        (void)buffer_printf(out, "%02d:%02d", clock / 60, clock % 60);
    }
    return buffer_ok(out);
}

static int say(const huis_notification *record, const notify_view *v, notify_why why,
               const notify_moment_now *at, bool french, arena *memory, buffer *out,
               huis_error *err)
{
    const phrase said = why == NOTIFY_WHY_HOSTILE ? HOSTILE[v->hostile] : PHRASES[why];
    const char *const text = french ? said.french : said.english;
    const char *const gap = strstr(text, "%s");
    if (gap == NULL) {
        (void)buffer_append_string(out, text);
        return HUIS_OK;
    }
    const bool timed = why == NOTIFY_WHY_DEADLINE || why == NOTIFY_WHY_START;
    if (timed && !v->has_deadline) {
        (void)buffer_append_string(out, french ? "dans votre agenda" : "in your calendar");
        return HUIS_OK;
    }
    (void)buffer_append(out, span_from(text, (size_t)(gap - text)));
    if (timed) {
        (void)append_time(out, v, at, french, v->deadline_is_limit);
    } else {
        span name = span_from(NULL, 0);
        RETURN_IF_ERROR(name_of(record, v, why, memory, &name, err));
        /* "d'Anna", "de Karim". */
        const bool elides =
            french && name.len > 0 && memchr("AEIOUYaeiouyHh", name.ptr[0], 14) != NULL;
        if (elides && out->len >= 3) {
            buffer_truncate(out, out->len - 2);
            (void)buffer_append_string(out, "'");
        }
        (void)buffer_append(out, name);
    }
    (void)buffer_append_string(out, gap + 2);
    return HUIS_OK;
}

int notify_reasons_write(const huis_notification *record, const notify_view *view,
                         const notify_moment_now *at, const char *language, arena *memory,
                         huis_notify_rank_item *item, huis_error *err)
{
    const bool french = strcmp(language, "fr") == 0;
    const char **const reasons = arena_alloc(memory, NOTIFY_MAX_WHYS, sizeof(*reasons));
    arena scratch;
    arena_init(&scratch, 1 << 20);
    buffer text;
    buffer_init(&text, MAX_REASON_BYTES);
    int status = reasons != NULL ? HUIS_OK : error_no_memory(err, "reasons");
    size_t n = 0;
    for (size_t i = 0; i < NOTIFY_MAX_WHYS && status == HUIS_OK; i++) {
        const notify_why why =
            view->whys[i] == NOTIFY_WHY_NONE && i == 0 ? NOTIFY_WHY_APP : view->whys[i];
        if (why == NOTIFY_WHY_NONE) {
            continue;
        }
        buffer_reset(&text);
        status = say(record, view, why, at, french, &scratch, &text, err);
        reasons[n] = status == HUIS_OK ? arena_copy(memory, buffer_span(&text)) : NULL;
        status = status == HUIS_OK && reasons[n] == NULL ? error_no_memory(err, "reasons") : status;
        n += status == HUIS_OK;
    }
    buffer_deinit(&text);
    arena_deinit(&scratch);
    item->reasons = status == HUIS_OK ? reasons : NULL;
    item->n_reasons = status == HUIS_OK ? n : 0;
    return status;
}
