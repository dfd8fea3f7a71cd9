/*
 * notify_text.c - a field as a person reads it, with the origin of each byte.
 *
 * Idea: one pass. A unit of the field (a character, an entity, a tag) becomes a character, a space or
 * nothing; what shows nothing or reorders what is shown is counted and dropped (Unicode TR 36; the
 * marks that a hostile sender hides words with). Joiners and variation selectors stay where emoji and
 * scripts need them: behind a character that is not Latin. Then addresses are looked for in what is
 * left, and in the markup on the way.
 */
#include "base/error.h"
#include "base/utf8.h"
#include "document/text_chars.h"
#include "feature/notify/notify.h"
#include "feature/notify/notify_markup.h"

enum {
    MAX_MARKS = 4,         /* combining marks on one letter; more are decoration */
    FIRST_JOINED = 0x0590, /* scripts from here on have joiners; Latin, Greek, Cyrillic have none */
    HOST_BYTES = 253       /* RFC 1035 */
};

typedef struct text_writer {
    arena *memory;
    char *bytes;
    uint32_t *origin;
    size_t len;
    uint32_t last_code; /* 0: at the start; ' ' behind a space */
    uint32_t n_marks;   /* on the last letter */
    bool is_space_due;
    uint32_t space_origin;
    uint32_t n_hidden;
    bool had_link;
    span *hosts;
    size_t n_hosts;
} text_writer;

static bool is_joiner(uint32_t code)
{
    return code == 0x200C || code == 0x200D;
}

static bool is_selector(uint32_t code)
{
    return (code >= 0xFE00 && code <= 0xFE0F) || (code >= 0x1F3FB && code <= 0x1F3FF);
}

static bool is_mark(uint32_t code)
{
    return (code >= 0x300 && code <= 0x36F) || (code >= 0x1AB0 && code <= 0x1AFF) ||
           (code >= 0x1DC0 && code <= 0x1DFF) || (code >= 0x20D0 && code <= 0x20FF);
}

/* Letters that show nothing and are in no table of hidden characters. */
static bool is_blank(uint32_t code)
{
    return code == 0x034F || code == 0x115F || code == 0x1160 || code == 0x17B4 || code == 0x17B5 ||
           code == 0x2800 || code == 0x3164 || code == 0xFFA0;
}

static bool is_line_space(uint32_t code)
{
    return code == '\t' || code == '\n' || code == '\v' || code == '\f' || code == '\r' ||
           code == 0x85 || code == 0x2028 || code == 0x2029;
}

/* Whether the character would show nothing, or more than a letter, where the text stands. */
static bool is_unseen(const text_writer *w, uint32_t code)
{
    const bool at_start = w->last_code == 0 || w->is_space_due;
    if (is_joiner(code)) {
        return at_start || w->last_code < FIRST_JOINED || is_joiner(w->last_code);
    }
    if (code >= 0xFE00 && code <= 0xFE0F) {
        return at_start || is_selector(w->last_code);
    }
    if (is_mark(code)) {
        return w->n_marks >= MAX_MARKS;
    }
    return utf8_is_hidden(code) || is_blank(code);
}

static void put(text_writer *w, uint32_t code, size_t from)
{
    char encoded[4];
    const size_t n = utf8_encode(code, encoded);
    for (size_t i = 0; i < n; i++) {
        w->bytes[w->len] = encoded[i];
        w->origin[w->len] = (uint32_t)from;
        w->len++;
    }
}

static void put_space(text_writer *w, size_t from)
{
    if (!w->is_space_due) {
        w->is_space_due = true;
        w->space_origin = (uint32_t)from;
    }
}

/* One character of the field, from its byte `from` on. */
static void take_code(text_writer *w, uint32_t code, size_t from)
{
    if (is_line_space(code) || char_kind_of(code) == CHAR_SPACE) {
        put_space(w, from);
        return;
    }
    if (is_unseen(w, code)) {
        w->n_hidden++;
        return;
    }
    if (w->is_space_due && w->len > 0) {
        put(w, ' ', w->space_origin);
    }
    w->is_space_due = false;
    w->n_marks = is_mark(code) ? w->n_marks + 1 : 0;
    w->last_code = code;
    put(w, code, from);
}

/* --- addresses --- */

static char lower(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
}

static bool starts_folded(span text, size_t pos, const char *prefix)
{
    const size_t len = strlen(prefix);
    if (text.len - pos < len) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        if (lower(text.ptr[pos + i]) != prefix[i]) {
            return false;
        }
    }
    return true;
}

/* The length of a character that may stand in the name of a host; 0: it may not. */
static size_t host_step(span text, size_t pos)
{
    const char c = text.ptr[pos];
    if ((unsigned char)c >= 0x80) {
        size_t len = 0;
        return char_is_word(char_at(text, pos, &len)) ? len : 0;
    }
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                   c == '.'
               ? 1
               : 0;
}

static size_t host_end(span text, size_t pos)
{
    const size_t start = pos;
    while (pos < text.len && pos - start < HOST_BYTES) {
        const size_t len = host_step(text, pos);
        if (len == 0) {
            break;
        }
        pos += len;
    }
    return pos;
}

/* Keeps the host that starts at `pos`, behind "//" or at "www."; a user before "@" is not it. */
static bool keep_host(text_writer *w, span text, size_t pos)
{
    size_t start = pos;
    for (size_t i = pos; i < text.len && i - pos < HOST_BYTES; i++) {
        if (text.ptr[i] == '@') {
            start = i + 1;
        } else if (text.ptr[i] == '/' || text.ptr[i] == ' ' || text.ptr[i] == '?' ||
                   text.ptr[i] == '#') {
            break;
        }
    }
    size_t stop = host_end(text, start);
    while (stop > start && text.ptr[stop - 1] == '.') {
        stop--;
    }
    w->had_link = true;
    if (stop == start || w->n_hosts == NOTIFY_TEXT_HOSTS) {
        return true;
    }
    char *const host = arena_copy(w->memory, span_slice(text, start, stop));
    if (host == NULL) {
        return false;
    }
    for (size_t i = 0; i < stop - start; i++) {
        host[i] = lower(host[i]);
    }
    w->hosts[w->n_hosts++] = span_from(host, stop - start);
    return true;
}

/* Top-level names that stand behind bare addresses in messages ("example.com/pay"). */
static bool is_top_level(span label)
{
    static const char *const NAMES[] = {"app", "be",   "biz",  "ca", "cc",   "ch",   "click",
                                        "co",  "com",  "de",   "eu", "fr",   "gl",   "info",
                                        "io",  "link", "live", "ly", "me",   "net",  "online",
                                        "org", "page", "pw",   "ru", "shop", "site", "support",
                                        "to",  "top",  "uk",   "us", "vip",  "xyz"};
    for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
        if (label.len == strlen(NAMES[i]) && starts_folded(label, 0, NAMES[i])) {
            return true;
        }
    }
    return false;
}

/* "Fini.To" is two sentences, "EXAMPLE.TO" an address. */
static bool is_new_sentence(span text, size_t dot)
{
    const char first = text.ptr[dot + 1];
    const char before = text.ptr[dot - 1];
    return first >= 'A' && first <= 'Z' && !(before >= 'A' && before <= 'Z');
}

/* Whether the word that starts at `pos` is a bare address: labels and a top-level name, and no "@"
 * behind them. */
static bool is_bare_address(span text, size_t pos)
{
    size_t end = host_end(text, pos);
    const char behind = end < text.len ? text.ptr[end] : ' ';
    while (end > pos && text.ptr[end - 1] == '.') {
        end--;
    }
    size_t dot = end;
    while (dot > pos && text.ptr[dot - 1] != '.') {
        dot--;
    }
    return dot > pos + 1 && dot < end && behind != '@' && behind != '_' &&
           is_top_level(span_slice(text, dot, end)) && !is_new_sentence(text, dot - 1);
}

/* Whether no word, and no address of mail, goes on at `pos`. */
static bool is_word_start(span text, size_t pos)
{
    if (pos == 0) {
        return true;
    }
    size_t len = 0;
    const char c = text.ptr[pos - 1];
    return !char_is_word(char_before(text, 0, pos, &len)) && c != '.' && c != '-' && c != '@' &&
           c != '_' && c != '/';
}

static bool find_addresses(text_writer *w, span text)
{
    size_t pos = 0;
    while (pos < text.len) {
        size_t host = 0;
        bool found = false;
        if (is_word_start(text, pos)) {
            if (starts_folded(text, pos, "http://") || starts_folded(text, pos, "https://")) {
                host = pos + (lower(text.ptr[pos + 4]) == 's' ? 8 : 7);
                found = true;
            } else if (starts_folded(text, pos, "www.") || is_bare_address(text, pos)) {
                host = pos;
                found = true;
            }
        }
        if (!found) {
            uint32_t code = 0;
            pos += utf8_next(text, pos, &code);
            continue;
        }
        if (!keep_host(w, text, host)) {
            return false;
        }
        while (pos < text.len && text.ptr[pos] != ' ') {
            pos++;
        }
    }
    return true;
}

static bool take_tag_address(text_writer *w, span address)
{
    const char *const slashes = address.len > 2 ? memmem(address.ptr, address.len, "//", 2) : NULL;
    if (slashes == NULL) {
        w->had_link = w->had_link || address.len > 0;
        return true;
    }
    const size_t pos = (size_t)(slashes - address.ptr) + 2;
    if (starts_folded(address, 0, "file:")) { /* a picture */
        return true;
    }
    return keep_host(w, address, pos);
}

/* --- the pass --- */

static bool take_field(text_writer *w, span field)
{
    size_t pos = 0;
    while (pos < field.len) {
        uint32_t code = 0;
        size_t n = 0;
        if (field.ptr[pos] == '<') {
            const notify_tag tag = notify_tag_at(field, pos);
            if (tag.length > 0) {
                if (tag.is_break) {
                    put_space(w, pos);
                }
                if (!take_tag_address(w, tag.address)) {
                    return false;
                }
                pos += tag.length;
                continue;
            }
        } else if (field.ptr[pos] == '&') {
            n = notify_entity(field, pos, &code);
        }
        n = n > 0 ? n : utf8_next(field, pos, &code);
        take_code(w, code, pos);
        pos += n;
    }
    return true;
}

int notify_text_clean(const char *field, arena *memory, notify_text *out_text, huis_error *err)
{
    const span given = span_from_string(field);
    /* A byte that is no UTF-8 becomes three; all else gets no longer. */
    const bool is_valid = given.len == 0 || utf8_valid_prefix(given) == given.len;
    const size_t capacity = (is_valid ? given.len : 3 * given.len) + 1;
    text_writer w = {.memory = memory};
    w.bytes = arena_alloc(memory, capacity, 1);
    w.origin = arena_alloc(memory, capacity, sizeof(*w.origin));
    w.hosts = arena_alloc(memory, NOTIFY_TEXT_HOSTS, sizeof(*w.hosts));
    if (given.len > UINT32_MAX / 4 || w.bytes == NULL || w.origin == NULL || w.hosts == NULL ||
        !take_field(&w, given)) {
        return error_no_memory(err, "a notification");
    }
    /* A space that would end the text is not written; a joiner there joins nothing. */
    w.origin[w.len] = (uint32_t)(w.is_space_due ? w.space_origin : given.len);
    const span text = span_from(w.bytes, w.len);
    if (!find_addresses(&w, text)) {
        return error_no_memory(err, "a notification");
    }
    *out_text = (notify_text){.text = text,
                              .origin = w.origin,
                              .n_hidden = w.n_hidden,
                              .had_link = w.had_link,
                              .hosts = w.hosts,
                              .n_hosts = w.n_hosts};
    return HUIS_OK;
}
