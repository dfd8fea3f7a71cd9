/*
 * person_contacts.c - vCards as contacts; see person_books.h.
 */
#include "base/limits.h"
#include "cli/content_lines.h"
#include "cli/person_books.h"

enum { ADDRESSES = 16, NAME_BYTES = 512 };

void person_books_init(person_books *b)
{
    *b = (person_books){.n_left_out = 0};
    arena_init(&b->memory, 256u * LIMIT_MIB);
}

void person_books_deinit(person_books *b)
{
    arena_deinit(&b->memory);
}

/* One card in the making. */
typedef struct card {
    buffer name, categories;
    const char *addresses[ADDRESSES];
    size_t n_addresses;
    bool is_open;
} card;

static bool has_word(const buffer *text, const char *word)
{
    const size_t len = strlen(word);
    for (size_t i = 0; i + len <= text->len; i++) {
        if (content_is(span_from(text->ptr + i, len), word)) {
            return true;
        }
    }
    return false;
}

static bool grow(person_books *b)
{
    if (b->n_contacts < b->contacts_room) {
        return true;
    }
    const size_t room = b->contacts_room == 0 ? 64 : 2 * b->contacts_room;
    stored_contact *const wider = arena_alloc(&b->memory, room, sizeof(*wider));
    if (wider == NULL) {
        return false;
    }
    if (b->n_contacts > 0) {
        memcpy(wider, b->contacts, b->n_contacts * sizeof(*wider));
    }
    b->contacts = wider;
    b->contacts_room = room;
    return true;
}

static bool close_card(person_books *b, card *c)
{
    c->is_open = false;
    if (c->name.len == 0 || b->n_contacts == PERSON_BOOKS_ITEMS) {
        b->n_left_out++;
        return true;
    }
    const char **const addresses = arena_alloc(&b->memory, c->n_addresses + 1, sizeof(*addresses));
    if (addresses == NULL || !grow(b)) {
        return false;
    }
    memcpy(addresses, c->addresses, c->n_addresses * sizeof(*addresses));
    stored_contact *const to = &b->contacts[b->n_contacts];
    *to = (stored_contact){
        .name = arena_copy(&b->memory, span_slice(buffer_span(&c->name), 0, NAME_BYTES)),
        .starred = has_word(&c->categories, "starred") || has_word(&c->categories, "favori"),
        .addresses = addresses,
        .n_addresses = c->n_addresses};
    if (c->categories.len > 0) {
        to->relation =
            arena_copy(&b->memory, span_slice(buffer_span(&c->categories), 0, NAME_BYTES));
    }
    if (to->name == NULL || (c->categories.len > 0 && to->relation == NULL)) {
        return false;
    }
    b->n_contacts++;
    return true;
}

/* "Dupont;Anna;;;": given name, then family name. */
static void name_of_parts(span value, buffer *out)
{
    buffer family;
    buffer_init(&family, CONTENT_LINE_BYTES);
    const size_t end = content_text(value, ';', &family);
    if (end < value.len) {
        (void)content_text(span_slice(value, end + 1, value.len), ';', out);
    }
    if (family.len > 0) {
        (void)buffer_append_string(out, out->len > 0 ? " " : "");
        (void)buffer_append(out, buffer_span(&family));
    }
    buffer_deinit(&family);
}

static bool take_address(person_books *b, card *c, span value)
{
    buffer text;
    buffer_init(&text, CONTENT_LINE_BYTES);
    (void)content_text(value, '\0', &text);
    const span all = buffer_span(&text);
    const span kept = span_starts_with(all, SPAN("tel:")) ? span_slice(all, 4, all.len) : all;
    bool is_whole = true;
    if (kept.len > 0 && kept.len <= NAME_BYTES && c->n_addresses < ADDRESSES) {
        c->addresses[c->n_addresses] = arena_copy(&b->memory, kept);
        is_whole = c->addresses[c->n_addresses] != NULL;
        c->n_addresses += is_whole ? 1 : 0;
    }
    buffer_deinit(&text);
    return is_whole;
}

static bool take_line(person_books *b, card *c, const content_line *line)
{
    if (content_is(line->name, "BEGIN") && content_is(line->value, "VCARD")) {
        buffer_reset(&c->name);
        buffer_reset(&c->categories);
        c->n_addresses = 0;
        c->is_open = true;
    } else if (!c->is_open) {
        return true;
    } else if (content_is(line->name, "END") && content_is(line->value, "VCARD")) {
        return close_card(b, c);
    } else if (content_is(line->name, "FN")) {
        buffer_reset(&c->name);
        (void)content_text(line->value, '\0', &c->name);
    } else if (content_is(line->name, "N") && c->name.len == 0) {
        name_of_parts(line->value, &c->name);
    } else if (content_is(line->name, "CATEGORIES")) {
        (void)buffer_append_string(&c->categories, c->categories.len > 0 ? ", " : "");
        (void)content_text(line->value, '\0', &c->categories);
    } else if (content_is(line->name, "TEL") || content_is(line->name, "EMAIL") ||
               content_is(line->name, "IMPP")) {
        return take_address(b, c, line->value);
    }
    return true;
}

bool person_books_add_contacts(person_books *b, span text)
{
    content_reader reader;
    card c = {.is_open = false};
    content_line line;
    bool is_whole = true;
    buffer_init(&c.name, CONTENT_LINE_BYTES);
    buffer_init(&c.categories, CONTENT_LINE_BYTES);
    content_reader_init(&reader, text);
    while (is_whole && content_next(&reader, &line)) {
        is_whole = take_line(b, &c, &line);
    }
    content_reader_deinit(&reader);
    buffer_deinit(&c.name);
    buffer_deinit(&c.categories);
    return is_whole;
}
