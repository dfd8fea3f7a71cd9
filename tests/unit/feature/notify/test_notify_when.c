/*
 * test_notify_when.c - moments that notifications name. Told on Thursday 2026-05-14 at 14:20, +02:00.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "feature/notify/notify_when.h"

static const struct {
    const char *text, *deadline; /* NULL: none */
} ROWS[] = {
    {"dans 20 min", "2026-05-14T14:40:00+02:00"},
    {"réunion dans une demi-heure", "2026-05-14T14:50:00+02:00"},
    {"je pars dans 1h30", "2026-05-14T15:50:00+02:00"},
    {"Starts in 15 minutes", "2026-05-14T14:35:00+02:00"},
    {"back in an hour", "2026-05-14T15:20:00+02:00"},
    {"UPS on battery, 8 min left", "2026-05-14T14:28:00+02:00"},
    {"il reste 12 minutes", "2026-05-14T14:32:00+02:00"},
    {"il te reste 2 h pour valider", "2026-05-14T16:20:00+02:00"},
    {"Réponds avant 18h stp", "2026-05-14T18:00:00+02:00"},
    {"avant 18 h 30", "2026-05-14T18:30:00+02:00"},
    {"need it by 5pm", "2026-05-14T17:00:00+02:00"},
    {"need it by 5", "2026-05-14T17:00:00+02:00"},
    {"call me before six", "2026-05-14T18:00:00+02:00"},
    {"at 4:30 p.m.", "2026-05-14T16:30:00+02:00"},
    {"rendez-vous à 17:30", "2026-05-14T17:30:00+02:00"},
    {"demain à 9h", "2026-05-15T09:00:00+02:00"},
    {"tomorrow noon", "2026-05-15T12:00:00+02:00"},
    {"demain 8h30 devant la gare", "2026-05-15T08:30:00+02:00"},
    {"on se voit ce soir ?", "2026-05-14"},
    {"ce soir à 20h", "2026-05-14T20:00:00+02:00"},
    {"tonight at 8", "2026-05-14T20:00:00+02:00"},
    {"expire demain", "2026-05-15"},
    {"à rendre pour vendredi", "2026-05-15"},
    {"due Monday", "2026-05-18"},
    {"le 21 mai à 10h15", "2026-05-21T10:15:00+02:00"},
    {"on May 21st", "2026-05-21"},
    {"réunion jeudi 28 mai à 18h", "2026-05-28T18:00:00+02:00"},
    {"avant le 31/05", "2026-05-31"},
    {"entre 16h et 18h", "2026-05-14T16:00:00+02:00"},
    {"between 4 and 6pm", "2026-05-14T16:00:00+02:00"},
    {"jusqu'à minuit", "2026-05-14T23:59:00+02:00"},
    {"within the hour", "2026-05-14T15:20:00+02:00"},
    {"sous 24 heures", "2026-05-15T14:20:00+02:00"},
    /* None. */
    {"il y a 5 min", NULL},
    {"3 minutes ago", NULL},
    {"depuis 13h", NULL},
    {"connexion hier à 9h", NULL},
    {"RDV à 9h30", NULL}, /* had passed when it was told */
    {"Votre solde est de 18,30 €", NULL},
    {"you may 4get", NULL},
    {"3 new messages", NULL},
    {"Il y a 3 ans aujourd'hui à Nice", "2026-05-14"},
    {"-50 % sur tout", NULL},
    {"version 12.5 installée", NULL},
    {"you can do it in 3 steps", NULL},
};

static void read_rows(void **state)
{
    (void)state;
    const huis_time told = {.seconds = 1778761200, .zone_minutes = 120, .known = true};
    notify_words *const words = memory_alloc(1, sizeof(*words));
    assert_non_null(words);
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        arena memory;
        arena_init(&memory, 1 << 20);
        *words = (notify_words){0};
        notify_words_add(words, span_from_string(ROWS[i].text), NOTIFY_BODY, &memory);
        notify_moments moments;
        notify_moments_find(words, told, &moments);
        const notify_moment *const m = notify_moments_deadline(&moments);
        char text[NOTIFY_TIME_BYTES] = "none";
        if (m != NULL && m->day_only) {
            notify_day_print(m->seconds, told.zone_minutes, text);
        } else if (m != NULL) {
            notify_time_write((huis_time){m->seconds, told.zone_minutes, true}, text);
        }
        const char *const wanted = ROWS[i].deadline != NULL ? ROWS[i].deadline : "none";
        if (strcmp(text, wanted) != 0) {
            print_message("# %s: %s, not %s\n", ROWS[i].text, text, wanted);
        }
        assert_string_equal(text, wanted);

        arena_deinit(&memory);
    }
    (void)memory_free(words);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(read_rows)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
