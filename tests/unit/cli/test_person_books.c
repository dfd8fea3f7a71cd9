/*
 * test_person_books.c - vCards and calendars as the store keeps them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/calendar.h"
#include "cli/person_books.h"

#define NOW INT64_C(1772560931) /* 2026-03-03T18:02:11Z, a Tuesday */

static int64_t paris(span zone, int year, int month, int day, int hour, int minute, int second,
                     int32_t *out_zone_minutes)
{
    *out_zone_minutes = zone.len > 0 ? 60 : 0;
    return calendar_count((calendar_day){year, month, day}) * 86400 + hour * 3600 + minute * 60 +
           second - *out_zone_minutes * 60;
}

static void reads_cards_of_all_versions(void **state)
{
    (void)state;
    static const char TEXT[] =
        "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Dupont;Anna;;;\r\nFN:Anna Dup\r\n ont\r\n"
        "item1.TEL;TYPE=CELL:+33 6 00 00 00 00\r\nEMAIL:anna@example.org\r\n"
        "CATEGORIES:Famille,Starred in Android\r\nPHOTO;ENCODING=b:AAAA\r\nEND:VCARD\r\n"
        "BEGIN:VCARD\nVERSION:2.1\nN;ENCODING=QUOTED-PRINTABLE:M=C3=BCl=\nler;Zo=C3=A9;;;\nEND:"
        "VCARD\n"
        "BEGIN:VCARD\nFN:Cabinet\\, Dr Petit\nTEL;VALUE=uri:tel:+33-4-00\nEND:VCARD\n"
        "BEGIN:VCARD\nTEL:1\nEND:VCARD\n";
    person_books b;
    person_books_init(&b);
    assert_true(person_books_add_contacts(&b, span_from_string(TEXT)));
    assert_int_equal(b.n_contacts, 3);
    assert_int_equal(b.n_left_out, 1);
    assert_string_equal(b.contacts[0].name, "Anna Dupont");
    assert_string_equal(b.contacts[0].relation, "Famille,Starred in Android");
    assert_true(b.contacts[0].starred);
    assert_int_equal(b.contacts[0].n_addresses, 2);
    assert_string_equal(b.contacts[0].addresses[1], "anna@example.org");
    assert_string_equal(b.contacts[1].name, "Zo\xC3\xA9 M\xC3\xBCller");
    assert_null(b.contacts[1].relation);
    assert_string_equal(b.contacts[2].name, "Cabinet, Dr Petit");
    assert_string_equal(b.contacts[2].addresses[0], "+33-4-00");
    person_books_deinit(&b);
}

/* Days of March 2026 and on which something starts, as "4 6 13". */
static void expect_days(const char *properties, const char *wanted)
{
    char text[1024];
    char days[200] = "";
    size_t used = 0;
    (void)snprintf(text, sizeof(text),
                   "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:x\n%s\nEND:VEVENT\nEND:VCALENDAR\n",
                   properties);
    person_books b;
    person_books_init(&b);
    assert_true(person_books_add_events(&b, span_from_string(text), NOW, paris));
    for (size_t i = 0; i < b.n_events; i++) {
        const int64_t local = b.events[i].start.seconds + b.events[i].start.zone_minutes * 60;
        const calendar_day d = calendar_at(local / 86400);
        if (d.month == 3) {
            used += (size_t)snprintf(days + used, sizeof(days) - used, "%s%d", used > 0 ? " " : "",
                                     d.day);
        }
    }
    assert_string_equal(days, wanted);
    person_books_deinit(&b);
}

static void expands_rules_in_the_window(void **state)
{
    (void)state;
    expect_days("DTSTART:20260304T083000Z", "4");
    expect_days("DTSTART:20260304T083000Z\nSTATUS:CANCELLED", "");
    expect_days("DTSTART:20250304T083000Z", "");
    expect_days("DTSTART;TZID=Europe/Paris:20260107T173000\nRRULE:FREQ=WEEKLY;BYDAY=WE,FR;"
                "UNTIL=20260320T000000Z\nEXDATE;TZID=Europe/Paris:20260311T173000",
                "4 6 13 18 20");
    expect_days("DTSTART:20260302T080000Z\nRRULE:FREQ=WEEKLY;INTERVAL=2", "2 16 30");
    expect_days("DTSTART:20260301T080000Z\nRRULE:FREQ=DAILY;COUNT=5", "2 3 4 5");
    expect_days("DTSTART;VALUE=DATE:20250131\nRRULE:FREQ=MONTHLY;BYMONTHDAY=5,20", "5 20");
    expect_days("DTSTART:20250101T080000Z\nRRULE:FREQ=MONTHLY;BYDAY=2TU", "10");
    expect_days("DTSTART:20250101T080000Z\nRRULE:FREQ=MONTHLY;BYDAY=-1FR", "27");
    expect_days("DTSTART;VALUE=DATE:19800315\nRRULE:FREQ=YEARLY", "15");
    expect_days("DTSTART:20260230T080000Z", "");
    expect_days("DTSTART:20260304T250000Z", "");
    expect_days("RRULE:FREQ=DAILY", "");
}

static void knows_ends_and_whole_days(void **state)
{
    (void)state;
    static const char TEXT[] =
        "BEGIN:VEVENT\nSUMMARY:Piscine\\, \n avec Lou\nDTSTART;TZID=Europe/Paris:20260304T173000\n"
        "DTEND;TZID=Europe/"
        "Paris:20260304T183000\nBEGIN:VALARM\nSUMMARY:no\nEND:VALARM\nEND:VEVENT\n"
        "BEGIN:VEVENT\nSUMMARY:y\nDTSTART:20260304T083000Z\nDURATION:PT45M\nEND:VEVENT\n"
        "BEGIN:VEVENT\nSUMMARY:z\nDTSTART;VALUE=DATE:20260305\nEND:VEVENT\n";
    person_books b;
    person_books_init(&b);
    assert_true(person_books_add_events(&b, span_from_string(TEXT), NOW, paris));
    assert_int_equal(b.n_events, 3);
    assert_string_equal(b.events[0].title, "Piscine, avec Lou");
    assert_int_equal(b.events[0].start.zone_minutes, 60);
    assert_int_equal(b.events[0].end.seconds - b.events[0].start.seconds, 3600);
    assert_int_equal(b.events[1].end.seconds - b.events[1].start.seconds, 2700);
    assert_true(b.events[2].all_day);
    assert_false(b.events[2].end.known);
    person_books_deinit(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_cards_of_all_versions),
        cmocka_unit_test(expands_rules_in_the_window),
        cmocka_unit_test(knows_ends_and_whole_days),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
