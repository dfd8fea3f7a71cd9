/*
 * notify_measure.c - the numbers that a notification tells: sums of money, measures and their aims.
 *
 * "9.6 °C (limit 8.0)", "31.4, target 25.5", "7,9 °C, was 3,8": the first number is a measure, the
 * one behind a word of aims is what it should be; far from it is out of range. Units are not read:
 * both numbers of one text have the same. Called by notify_look.c alone.
 */
#include "feature/notify/notify_measure.h"

static const double FAR = 0.1;         /* of the aim */
static const double SMALL_SUM = 50.0;  /* a coffee, a ticket: no news */
static const double HARMFUL_CO = 35.0; /* ppm over an hour (WHO guidelines for indoor air, 2010) */

enum { MAX_BACK = 2 };

/* The number that a word starts with: "9.6", "9,4", "142ppm"; a clock time is none. */
static bool read_number(const notify_words *w, size_t i, double *out_value)
{
    const span form = w->items[i].form;
    double value = 0.0;
    double scale = 0.0;
    size_t at = 0;
    for (; at < form.len; at++) {
        const char c = form.ptr[at];
        if (c >= '0' && c <= '9') {
            value = scale > 0.0 ? value + scale * (c - '0') : value * 10.0 + (c - '0');
            scale /= 10.0;
        } else if ((c == '.' || c == ',') && at > 0 && scale == 0.0) {
            scale = 0.1;
        } else {
            break;
        }
    }
    const bool clock = at < form.len && (form.ptr[at] == ':' || form.ptr[at] == 'h');
    *out_value = value;
    return at > 0 && !clock && w->items[i].field != NOTIFY_SENDER;
}

static bool stands(const notify_words *w, size_t i, const char *const *list, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        if (i < w->count && notify_words_match(w, i, list[k]) > 0) {
            return true;
        }
    }
    return false;
}

static bool is_aim(const notify_words *w, size_t i)
{
    static const char *const AIMS[] = {"limit*", "max*",     "set",     "setpoint",  "target",
                                       "aim",    "consigne", "seuil*",  "threshold", "was",
                                       "normal", "usual*",   "instead", "lieu",      "cible",
                                       "etait",  "alarm at", "limite*"};
    for (size_t back = 1; back <= MAX_BACK && back <= i; back++) {
        if (stands(w, i - back, AIMS, sizeof(AIMS) / sizeof(AIMS[0]))) {
            return true;
        }
    }
    return false;
}

static bool is_sum(const notify_words *w, size_t i)
{
    static const char *const SIGNS[] = {"€", "$", "£", "eur", "euros", "usd", "dollars", "gbp"};
    const size_t n = sizeof(SIGNS) / sizeof(SIGNS[0]);
    return stands(w, i + 1, SIGNS, n) || (i > 0 && stands(w, i - 1, SIGNS, n));
}

static bool names_carbon_monoxide(const notify_words *w)
{
    static const char *const NAMES[] = {"co", "carbon monoxide", "monoxyde"};
    for (size_t i = 0; i < w->count; i++) {
        if (stands(w, i, NAMES, sizeof(NAMES) / sizeof(NAMES[0]))) {
            return true;
        }
    }
    return false;
}

void notify_measure_look(const notify_words *words, const notify_words *app, notify_view *view)
{
    double measure = 0.0;
    bool measured = false;
    bool summed = false;
    for (size_t i = 0; i < words->count; i++) {
        double value = 0.0;
        if (!read_number(words, i, &value)) {
            continue;
        }
        if (is_sum(words, i)) {
            view->small_amount = summed ? view->small_amount : value < SMALL_SUM;
            summed = true;
            continue;
        }
        if (i + 1 < words->count && notify_words_match(words, i + 1, "ppm") > 0) {
            view->poison_gas =
                view->poison_gas || (value >= HARMFUL_CO &&
                                     (names_carbon_monoxide(words) || names_carbon_monoxide(app)));
        }
        if (measured && is_aim(words, i)) {
            const double apart = measure > value ? measure - value : value - measure;
            view->out_of_range = view->out_of_range || apart > FAR * value;
        } else if (!measured && words->items[i].field == NOTIFY_BODY) {
            measure = value;
            measured = true;
        }
    }
}
