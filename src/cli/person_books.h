/*
 * person_books.h - address books (vCard 2.1, 3.0, 4.0) and calendars (iCalendar) as what the store
 * keeps of them. The files are strangers': bounded, no allocation from a count of theirs. Pure.
 */
#ifndef HUIS_CLI_PERSON_BOOKS_H
#define HUIS_CLI_PERSON_BOOKS_H

#include "base/arena.h"
#include "base/span.h"
#include "store/notification_store.h"

typedef struct person_books {
    arena memory;
    stored_contact *contacts;
    size_t n_contacts, contacts_room;
    stored_event *events;
    size_t n_events, events_room;
    uint64_t n_left_out; /* without a name or a start, cancelled, or past the limit */
} person_books;

enum { PERSON_BOOKS_ITEMS = 100000 };

/* Seconds since 1970 of a local time in a zone ("Europe/Paris"; empty: the person's), and its minutes
 * east of UTC. */
typedef int64_t (*zone_fn)(span zone, int year, int month, int day, int hour, int minute,
                           int second, int32_t *out_zone_minutes);

void person_books_init(person_books *b);
void person_books_deinit(person_books *b);
/* Adds what the text holds; false: no memory. Relations come from CATEGORIES, a star from "starred". */
bool person_books_add_contacts(person_books *b, span text);
/* Adds each occurrence from a day before `now_s` to 90 days after it. */
bool person_books_add_events(person_books *b, span text, int64_t now_s, zone_fn zone);

#endif
