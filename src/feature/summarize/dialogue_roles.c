/*
 * dialogue_roles.c - see dialogue_roles.h. A label is a role if it is one word of the lists, with or
 * without a capital.
 */
#include "feature/summarize/dialogue_roles.h"

#include "feature/summarize/dialogue_words.h"

enum { MAX_ROLE_BYTES = 24 };

static const char ENGLISH[] =
    "doctor patient nurse dentist customer client agent operator caller interviewer candidate "
    "applicant teacher student waiter waitress guest host manager seller buyer clerk receptionist "
    "driver passenger officer salesman saleswoman tenant landlord technician user supplier "
    "employee employer lawyer witness judge reporter journalist interviewee therapist counselor "
    "advisor trainer coach parent mechanic librarian cashier traveler visitor";
static const char FRENCH_MALE[] =
    "patient client vendeur candidat recruteur conseiller technicien serveur locataire "
    "médecin "
    "docteur professeur directeur journaliste employé infirmier dentiste chauffeur passager "
    "voisin gérant juge avocat garagiste pharmacien";
static const char FRENCH_FEMALE[] =
    "patiente cliente vendeuse candidate recruteuse conseillère technicienne serveuse "
    "directrice employée infirmière passagère voisine gérante avocate pharmacienne maîtresse "
    "professeure";

/* "the", "la": what stands before a role. NULL: no role. */
static const char *article_of(span label, bool french, bool opens)
{
    char low[MAX_ROLE_BYTES];
    if (label.len == 0 || label.len >= sizeof(low)) {
        return NULL;
    }
    memcpy(low, label.ptr, label.len);
    low[0] = (char)(low[0] >= 'A' && low[0] <= 'Z' ? low[0] - 'A' + 'a' : low[0]);
    const span word = span_from(low, label.len);
    const bool elides = strchr("aeiou", low[0]) != NULL;
    if (!french) {
        return !dialogue_is_one_of(word, ENGLISH) ? NULL : opens ? "The " : "the ";
    }
    if (dialogue_is_one_of(word, FRENCH_MALE)) {
        return elides ? (opens ? "L'" : "l'") : opens ? "Le " : "le ";
    }
    return !dialogue_is_one_of(word, FRENCH_FEMALE) ? NULL
           : elides                                 ? (opens ? "L'" : "l'")
           : opens                                  ? "La "
                                                    : "la ";
}

bool dialogue_is_role(span label, bool french)
{
    return article_of(label, french, false) != NULL;
}

/* The label with a small first letter. */
static bool append_small(buffer *out, span label)
{
    const char first = label.ptr[0];
    return buffer_append_byte(
               out, (unsigned char)(first >= 'A' && first <= 'Z' ? first - 'A' + 'a' : first)) &&
           buffer_append(out, span_slice(label, 1, label.len));
}

bool dialogue_append_person(buffer *out, span label, bool french, bool opens)
{
    const char *const article = article_of(label, french, opens);
    return article == NULL ? buffer_append(out, label)
                           : buffer_append_string(out, article) && append_small(out, label);
}

/* "le " after what is written: "à le" and "de le" are "au" and "du". */
static bool append_le(buffer *out)
{
    static const struct {
        const char *apart, *joined;
    } FORMS[] = {{" \xC3\xA0 ", " au "}, {" de ", " du "}};
    for (size_t i = 0; i < sizeof(FORMS) / sizeof(FORMS[0]); i++) {
        const span apart = span_from_string(FORMS[i].apart);
        if (span_ends_with(buffer_span(out), apart)) {
            buffer_truncate(out, out->len - apart.len);
            return buffer_append_string(out, FORMS[i].joined);
        }
    }
    return buffer_append_string(out, "le ");
}

bool dialogue_append_inside(buffer *out, span label, bool french)
{
    const char *const article = article_of(label, french, false);
    return french && article != NULL && strcmp(article, "le ") == 0
               ? append_le(out) && append_small(out, label)
               : dialogue_append_person(out, label, french, false);
}
