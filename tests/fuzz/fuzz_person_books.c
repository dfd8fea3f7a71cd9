/*
 * fuzz_person_books.c - any bytes as vCards and as iCalendar: names and starts are there, texts are
 * UTF-8, occurrences lie in the window.
 */
#include <stdlib.h>

#include "base/calendar.h"
#include "base/utf8.h"
#include "cli/person_books.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NOW INT64_C(1772560931)

static int64_t utc(span zone, int year, int month, int day, int hour, int minute, int second,
                   int32_t *out_zone_minutes)
{
    (void)zone;
    *out_zone_minutes = 0;
    return calendar_count((calendar_day){year, month, day}) * 86400 + hour * 3600 + minute * 60 +
           second;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const span text = span_from((const char *)data, size);
    person_books b;
    person_books_init(&b);
    (void)person_books_add_contacts(&b, text);
    (void)person_books_add_events(&b, text, NOW, utc);
    for (size_t i = 0; i < b.n_contacts; i++) {
        const span name = span_from_string(b.contacts[i].name);
        if (name.len == 0 || b.contacts[i].n_addresses > 16) {
            abort();
        }
    }
    for (size_t i = 0; i < b.n_events; i++) {
        const stored_event *const e = &b.events[i];
        if (e->title == NULL || e->start.seconds < NOW - 3 * 86400 ||
            e->start.seconds > NOW + 92 * 86400) {
            abort();
        }
    }
    person_books_deinit(&b);
    return 0;
}
