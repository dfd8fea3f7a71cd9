/*
 * test_calendar_feed.c - calendars and feeds to plain text.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/limits.h"
#include "document/reader_calendar.h"
#include "document/reader_feed.h"
#include "document/reader_mail.h"
#include "reader_fixture.h"

static huis_error error;

static bool has(const char *needle)
{
    return strstr(buffer_string(&result.text), needle) != NULL;
}

#define CALENDAR(body) SPAN("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n" body "END:VCALENDAR\r\n")

static void test_calendar_in_french(void **state)
{
    (void)state;
    const span ics = CALENDAR(
        "X-WR-CALNAME:\xC3\x89quipe\r\n"
        "BEGIN:VEVENT\r\nDTSTART;TZID=Europe/Paris:20251209T140000\r\n"
        "DTEND;TZID=Europe/Paris:20251209T153000\r\nSUMMARY:Comit\xC3\xA9 de pilotage\r\n"
        "LOCATION:Salle B12\r\nORGANIZER;CN=H\xC3\xA9l\xC3\xA8ne Marchetti:mailto:h@example.org\r\n"
        "ATTENDEE;CN=Paul Roux;PARTSTAT=DECLINED:mailto:p@example.org\r\n"
        "ATTENDEE:mailto:ines@example.org\r\n"
        "RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=TU;UNTIL=20260301T000000Z\r\n"
        "EXDATE;TZID=Europe/Paris:20251223T140000\r\n"
        "DESCRIPTION:Nous parlerons du budget de la cantine\\net des travaux\r\n  de la cour.\r\n"
        "END:VEVENT\r\n"
        "BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20251201\r\nDTEND;VALUE=DATE:20251203\r\n"
        "SUMMARY:Cong\xC3\xA9s de Paul\r\nSTATUS:CANCELLED\r\nEND:VEVENT\r\n"
        "BEGIN:VTODO\r\nDUE;VALUE=DATE:20251205\r\nSUMMARY:Rendre le rapport\r\nEND:VTODO\r\n");
    assert_int_equal(reader_read_calendar(&result, ics, &error), 0);
    assert_string_equal(
        buffer_string(&result.text),
        "Annul\xC3\xA9 : Cong\xC3\xA9s de Paul \xE2\x80\x94 lundi 1 d\xC3\xA9"
        "cembre 2025 \xE2\x80\x93 "
        "mardi 2 d\xC3\xA9"
        "cembre 2025.\n\n"
        "Rendre le rapport \xE2\x80\x94 \xC3\xA0 faire pour le vendredi 5 d\xC3\xA9"
        "cembre 2025.\n\n"
        "Comit\xC3\xA9 de pilotage \xE2\x80\x94 mardi 9 d\xC3\xA9"
        "cembre 2025, 14:00\xE2\x80\x93"
        "15:30 "
        "(Europe/Paris), Salle B12; toutes les 2 semaines le mardi, jusqu'au dimanche 1 mars "
        "2026, sauf "
        "le mardi 23 d\xC3\xA9"
        "cembre 2025. Organis\xC3\xA9 par H\xC3\xA9l\xC3\xA8ne Marchetti. Avec Paul "
        "Roux (d\xC3\xA9"
        "clin\xC3\xA9), ines@example.org.\n\n"
        "Nous parlerons du budget de la cantine\net des travaux de la cour.");
    assert_string_equal(result.title, "\xC3\x89quipe");
    size_t n = 0;
    const reader_place *const places = reader_places(&result, &n);
    assert_int_equal(n, 3);
    assert_string_equal(reader_label(&result, places[2].label), "Comit\xC3\xA9 de pilotage");
    assert_string_equal(reader_label(&result, places[2].who), "H\xC3\xA9l\xC3\xA8ne Marchetti");
    assert_string_equal(reader_label(&result, places[2].when), "2025-12-09T14:00:00");
}

static void test_calendar_in_english(void **state)
{
    (void)state;
    const span ics = CALENDAR(
        "BEGIN:VEVENT\r\nDTSTART:20260302T090000Z\r\nDURATION:PT45M\r\n"
        "SUMMARY:Stand-up of the harbour team\r\nRRULE:FREQ=MONTHLY;BYDAY=1MO;COUNT=6\r\n"
        "DESCRIPTION:We go through what everybody did and what is in the way of the next step.\r\n"
        "END:VEVENT\r\n");
    assert_int_equal(reader_read_calendar(&result, ics, &error), 0);
    assert_true(
        has("Stand-up of the harbour team \xE2\x80\x94 Monday 2 March 2026, 09:00\xE2\x80\x93"
            "09:45 (UTC); every month on the first Monday, 6 times."));
    static const char *const RULES[][2] = {
        {"FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "; from Monday to Friday."},
        {"FREQ=DAILY", "; every day."},
        {"FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,WE,TH",
         "; every 2 weeks on Tuesday, Wednesday and Thursday."},
        {"FREQ=MONTHLY;BYDAY=-1FR", "; every month on the last Friday."},
        {"FREQ=MONTHLY;BYDAY=2MO,4MO", "; every month on the second Monday and fourth Monday."},
        {"FREQ=YEARLY;BYDAY=20MO", "; every year on Monday."},
        {"FREQ=SECONDLY", "09:00."}};
    for (size_t i = 0; i < sizeof(RULES) / sizeof(RULES[0]); i++) {
        char text[512];
        (void)snprintf(text, sizeof(text),
                       "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:20260302T090000\r\n"
                       "SUMMARY:Stand-up of the harbour team\r\nRRULE:%s\r\n"
                       "END:VEVENT\r\nEND:VCALENDAR\r\n",
                       RULES[i][0]);
        reader_result_deinit(&result);
        reader_result_init(&result);
        assert_int_equal(reader_read_calendar(&result, span_from_string(text), &error), 0);
        assert_true(has(RULES[i][1]));
    }
}

static void test_bad_calendars(void **state)
{
    (void)state;
    assert_true(reader_read_calendar(&result, SPAN("BEGIN:VCALENDAR\r\n"), &error) < 0);
    assert_int_equal(reader_read_calendar(&result, CALENDAR(""), &error), HUIS_E_NO_TEXT);
    assert_true(reader_read_calendar(&result, SPAN("words"), &error) < 0);
    assert_int_equal(reader_read_calendar(&result,
                                          CALENDAR("BEGIN:VEVENT\r\nDTSTART:99999999T999999\r\n"
                                                   "DTEND:xx\r\nRRULE:FREQ=OFTEN\r\nSUMMARY:Odd\r\n"
                                                   "END:VEVENT\r\n"),
                                          &error),
                     0);
    assert_true(has("Odd"));
}

/* More entries than the limit, in bounded time; components in components. */
static void test_many_entries(void **state)
{
    (void)state;
    buffer ics;
    buffer_init(&ics, 64 * (size_t)LIMIT_MIB);
    (void)buffer_append_string(&ics, "BEGIN:VCALENDAR\r\n");
    for (uint32_t i = 0; i < LIMIT_CALENDAR_ENTRIES + 5; i++) {
        (void)buffer_printf(&ics,
                            "BEGIN:VEVENT\r\nDTSTART:2025%02u%02uT120000\r\nSUMMARY:E%u\r\n"
                            "END:VEVENT\r\n",
                            i % 12 + 1, i % 28 + 1, i);
    }
    (void)buffer_append_string(&ics, "END:VCALENDAR\r\n");
    const int64_t start_us = clock_monotonic_us();
    assert_int_equal(reader_read_calendar(&result, buffer_span(&ics), &error), 0);
    print_message("# %u events in %lld ms; %s\n", LIMIT_CALENDAR_ENTRIES,
                  (long long)(clock_monotonic_us() - start_us) / 1000, result.note);
    assert_non_null(strstr(result.note, "the last 50000 of 50005 entries"));
    buffer_reset(&ics);
    for (int i = 0; i < 20000; i++) {
        (void)buffer_append_string(&ics, i == 0 ? "BEGIN:VCALENDAR\r\n" : "BEGIN:VEVENT\r\n");
    }
    reader_result_deinit(&result);
    reader_result_init(&result);
    assert_int_equal(reader_read_calendar(&result, buffer_span(&ics), &error), HUIS_E_BAD_FILE);
    buffer_deinit(&ics);
}

static void test_rss(void **state)
{
    (void)state;
    const span rss = SPAN(
        "<?xml version=\"1.0\"?><!-- c --><rss version=\"2.0\" xmlns:content=\"c\" "
        "xmlns:dc=\"d\"><channel>"
        "<title>Le journal du port</title>"
        "<item><title>Old &amp;amp; gone</title><pubDate>Mon, 01 Sep 2025 10:00:00 +0200</pubDate>"
        "<description>A short text.</description></item>"
        "<item><title>Le ferry repart</title><dc:creator>In\xC3\xA8s Roux</dc:creator>"
        "<pubDate>Tue, 02 Sep 2025 10:00:00 +0200</pubDate><description>Le ferry</description>"
        "<content:encoded><![CDATA[<p>Le ferry <b>repart</b> lundi.</p><p>Douze euros.</p>"
        "<script>evil()</script>]]></content:encoded></item></channel></rss>");
    assert_int_equal(reader_detect("x.xml", rss), READER_FEED);
    assert_int_equal(reader_read_feed(&result, rss, &error), 0);
    assert_string_equal(buffer_string(&result.text),
                        "## Le ferry repart\n\nLe ferry repart lundi.\n\nDouze euros.\n\n"
                        "## Old & gone\n\nA short text.");
    assert_string_equal(result.title, "Le journal du port");
    size_t n = 0;
    const reader_place *const places = reader_places(&result, &n);
    assert_int_equal(n, 2);
    assert_int_equal(places[0].kind, PLACE_ENTRY);
    assert_string_equal(reader_label(&result, places[0].who), "In\xC3\xA8s Roux");
    assert_string_equal(reader_label(&result, places[0].when), "2025-09-02T10:00:00+02:00");
}

static void test_atom_and_rdf(void **state)
{
    (void)state;
    const span atom =
        SPAN("<feed xmlns=\"http://www.w3.org/2005/Atom\"><title>Tides</title>"
             "<entry><title type=\"html\">High "
             "&lt;b&gt;water&lt;/b&gt;</title><author><name>Ada</name></author>"
             "<updated>2025-03-01T08:00:00Z</updated><content type=\"xhtml\"><div "
             "xmlns=\"http://www.w3.org/1999/xhtml\"><p>It rose by <em>two</em> "
             "metres.</p><ul><li>one</li>"
             "<li>two</li></ul></div></content></entry>"
             "<entry><title>Low water</title><updated>2025-02-01</updated><summary>It "
             "fell.</summary></entry>"
             "</feed>");
    assert_int_equal(reader_detect(NULL, atom), READER_FEED);
    assert_int_equal(reader_read_feed(&result, atom, &error), 0);
    assert_string_equal(
        buffer_string(&result.text),
        "## High water\n\nIt rose by two metres.\n\n- one\n- two\n\n## Low water\n\nIt fell.");
    reader_result_deinit(&result);
    reader_result_init(&result);
    const span rdf =
        SPAN("<rdf:RDF xmlns:rdf=\"r\" xmlns=\"http://purl.org/rss/1.0/\"><channel><title>T"
             "</title></channel><item><title>First words</title><description>Words of "
             "it.</description></item></rdf:RDF>");
    assert_int_equal(reader_detect("feed.xml", rdf), READER_FEED);
    assert_int_equal(reader_read_feed(&result, rdf, &error), 0);
    assert_string_equal(buffer_string(&result.text), "## First words\n\nWords of it.");
}

static void test_hostile_feeds(void **state)
{
    (void)state;
    /* A billion laughs: entities that a feed declares are not resolved. */
    const span bomb =
        SPAN("<!DOCTYPE rss [<!ENTITY a \"lolololol\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;\">"
             "<!ENTITY c \"&b;&b;&b;&b;&b;&b;\"><!ENTITY x SYSTEM \"file:///etc/passwd\">]>"
             "<rss><channel><item><title>Fine words</title><description>&c;&x; kept"
             "</description></item></channel></rss>");
    assert_int_equal(reader_read_feed(&result, bomb, &error), 0);
    assert_true(has("Fine words"));
    assert_false(has("lol"));
    assert_false(has("root:"));
    reader_result_deinit(&result);
    reader_result_init(&result);
    assert_int_equal(reader_read_feed(&result, SPAN("<rss><channel><item><title>Cut off"), &error),
                     0);
    assert_non_null(strstr(result.note, "damaged"));
    reader_result_deinit(&result);
    reader_result_init(&result);
    assert_int_equal(reader_read_feed(&result, SPAN("<rss><channel></channel></rss>"), &error),
                     HUIS_E_NO_TEXT);
    assert_int_equal(reader_read_feed(&result, SPAN("no xml"), &error), HUIS_E_BAD_FILE);
    buffer deep;
    buffer_init(&deep, LIMIT_MIB);
    (void)buffer_append_string(&deep, "<rss>");
    for (int i = 0; i < 100000; i++) {
        (void)buffer_append_string(&deep, "<item>");
    }
    const int64_t start_us = clock_monotonic_us();
    (void)reader_read_feed(&result, buffer_span(&deep), &error);
    assert_true(clock_monotonic_us() - start_us < 5000000);
    buffer_deinit(&deep);
}

int main(void)
{
    reader_mail_init();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_calendar_in_french, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_calendar_in_english, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_bad_calendars, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_many_entries, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_rss, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_atom_and_rdf, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_hostile_feeds, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
