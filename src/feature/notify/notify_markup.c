/*
 * notify_markup.c - see notify_markup.h.
 *
 * Servers of the Desktop Notifications Specification show <b> <i> <u> <a> <img>; mail and chat
 * programs send more of HTML, and half of all bodies hold a lone "<" or "&" that is text. So only
 * known names between "<" and ">" are tags, and only entities that end in ";" are read.
 */
#include "feature/notify/notify_markup.h"

#include <string.h>

enum { ENTITY_BYTES = 12, TAG_BYTES = 4096, NAME_BYTES = 12 };

typedef struct entity {
    const char *name;
    uint32_t code;
} entity;

static const entity ENTITIES[] = {
    {"AElig", 0xC6},   {"Agrave", 0xC0},  {"Ccedil", 0xC7},  {"Eacute", 0xC9},  {"Ecirc", 0xCA},
    {"Egrave", 0xC8},  {"OElig", 0x152},  {"acirc", 0xE2},   {"aelig", 0xE6},   {"agrave", 0xE0},
    {"amp", '&'},      {"apos", '\''},    {"auml", 0xE4},    {"bull", 0x2022},  {"ccedil", 0xE7},
    {"copy", 0xA9},    {"deg", 0xB0},     {"eacute", 0xE9},  {"ecirc", 0xEA},   {"egrave", 0xE8},
    {"euml", 0xEB},    {"euro", 0x20AC},  {"frac12", 0xBD},  {"gt", '>'},       {"hellip", 0x2026},
    {"icirc", 0xEE},   {"iuml", 0xEF},    {"laquo", 0xAB},   {"ldquo", 0x201C}, {"lrm", 0x200E},
    {"lsquo", 0x2018}, {"lt", '<'},       {"mdash", 0x2014}, {"middot", 0xB7},  {"nbsp", 0xA0},
    {"ndash", 0x2013}, {"ocirc", 0xF4},   {"oelig", 0x153},  {"ouml", 0xF6},    {"pound", 0xA3},
    {"quot", '"'},     {"raquo", 0xBB},   {"rarr", 0x2192},  {"rdquo", 0x201D}, {"reg", 0xAE},
    {"rlm", 0x200F},   {"rsquo", 0x2019}, {"shy", 0xAD},     {"szlig", 0xDF},   {"thinsp", 0x2009},
    {"times", 0xD7},   {"trade", 0x2122}, {"ucirc", 0xFB},   {"ugrave", 0xF9},  {"uuml", 0xFC},
    {"zwj", 0x200D},   {"zwnj", 0x200C},
};

/* What browsers make of the numbers 128 to 159, which old programs mean as windows-1252. */
static uint32_t number_meant(uint32_t code)
{
    static const uint16_t WINDOWS[32] = {
        0x20AC, 0x81,   0x201A, 0x192,  0x201E, 0x2026, 0x2020, 0x2021, 0x2C6,  0x2030, 0x160,
        0x2039, 0x152,  0x8D,   0x17D,  0x8F,   0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
        0x2013, 0x2014, 0x2DC,  0x2122, 0x161,  0x203A, 0x153,  0x9D,   0x17E,  0x178};
    if (code >= 128 && code < 160) {
        return WINDOWS[code - 128];
    }
    const bool is_scalar = code != 0 && code <= 0x10FFFF && !(code >= 0xD800 && code <= 0xDFFF);
    return is_scalar ? code : 0xFFFD;
}

static bool read_number(span digits, uint32_t base, uint32_t *out_code)
{
    uint32_t value = 0;
    for (size_t i = 0; i < digits.len; i++) {
        const char c = digits.ptr[i];
        const char low = (char)(c | 0x20);
        const uint32_t digit = c >= '0' && c <= '9'       ? (uint32_t)(c - '0')
                               : low >= 'a' && low <= 'f' ? (uint32_t)(low - 'a' + 10)
                                                          : 16;
        if (digit >= base) {
            return false;
        }
        value = value > 0x110000 ? value : value * base + digit;
    }
    *out_code = number_meant(value);
    return digits.len > 0;
}

size_t notify_entity(span text, size_t pos, uint32_t *out_code)
{
    const span rest = span_slice(text, pos + 1, pos + 1 + ENTITY_BYTES);
    const char *const stop = rest.len > 0 ? memchr(rest.ptr, ';', rest.len) : NULL;
    if (text.ptr[pos] != '&' || stop == NULL) {
        return 0;
    }
    const span name = span_from(rest.ptr, (size_t)(stop - rest.ptr));
    const size_t length = name.len + 2;
    if (name.len > 1 && name.ptr[0] == '#') {
        const bool is_hex = (name.ptr[1] | 0x20) == 'x';
        const span digits = span_slice(name, is_hex ? 2 : 1, name.len);
        return read_number(digits, is_hex ? 16 : 10, out_code) ? length : 0;
    }
    for (size_t i = 0; i < sizeof(ENTITIES) / sizeof(ENTITIES[0]); i++) {
        if (span_equal(name, span_from_string(ENTITIES[i].name))) {
            *out_code = ENTITIES[i].code;
            return length;
        }
    }
    return 0;
}

/* --- tags --- */

static bool is_alpha(char c)
{
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static bool equals_folded(span word, const char *name)
{
    const size_t len = strlen(name);
    if (word.len != len) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        const char c = word.ptr[i];
        if ((c >= 'A' && c <= 'Z' ? c | 0x20 : c) != name[i]) {
            return false;
        }
    }
    return true;
}

static bool is_one_of(span word, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (equals_folded(word, names[i])) {
            return true;
        }
    }
    return false;
}

/* The byte behind the ">" that ends the tag whose name ends at `pos`; 0: none. A ">" between quotes
 * does not end it. */
static size_t tag_end(span text, size_t pos)
{
    const size_t limit = text.len - pos > TAG_BYTES ? pos + TAG_BYTES : text.len;
    char quote = '\0';
    for (size_t i = pos; i < limit; i++) {
        const char c = text.ptr[i];
        if (quote != '\0') {
            quote = c == quote ? '\0' : quote;
        } else if (c == '"' || c == '\'') {
            quote = c;
        } else if (c == '>') {
            return i + 1;
        } else if (c == '<') {
            return 0;
        }
    }
    return 0;
}

/* The value of href or src among the attributes. */
static span find_address(span attributes)
{
    for (size_t i = 0; i + 5 < attributes.len; i++) {
        if (i > 0 && !is_space(attributes.ptr[i - 1])) {
            continue;
        }
        const bool is_href = equals_folded(span_slice(attributes, i, i + 5), "href=");
        if (!is_href && !equals_folded(span_slice(attributes, i, i + 4), "src=")) {
            continue;
        }
        size_t start = i + (is_href ? 5 : 4);
        const char quote = start < attributes.len ? attributes.ptr[start] : ' ';
        const bool is_quoted = quote == '"' || quote == '\'';
        start += is_quoted ? 1 : 0;
        size_t end = start;
        while (end < attributes.len &&
               (is_quoted ? attributes.ptr[end] != quote
                          : !is_space(attributes.ptr[end]) && attributes.ptr[end] != '>')) {
            end++;
        }
        return span_slice(attributes, start, end);
    }
    return span_from(NULL, 0);
}

/* The byte behind "</name>", from `pos` on; the text's end when it does not come. */
static size_t skip_element(span text, size_t pos, span name)
{
    for (size_t i = pos; i + name.len + 2 < text.len; i++) {
        if (text.ptr[i] == '<' && text.ptr[i + 1] == '/') {
            const span word = span_slice(text, i + 2, i + 2 + name.len);
            char folded[8];
            for (size_t k = 0; k < name.len; k++) {
                folded[k] = (char)(name.ptr[k] | 0x20);
            }
            folded[name.len] = '\0';
            if (equals_folded(word, folded)) {
                const size_t end = tag_end(text, i + 2 + name.len);
                return end != 0 ? end : text.len;
            }
        }
    }
    return text.len;
}

typedef enum tag_kind {
    TAG_UNKNOWN = 0,
    TAG_INLINE,
    TAG_BREAK,
    TAG_UNSEEN /* what it holds is not shown either */
} tag_kind;

static tag_kind kind_of_tag(span name)
{
    static const char *const INLINE[] = {"a",    "abbr",   "b",      "big", "code", "del", "em",
                                         "font", "i",      "ins",    "kbd", "mark", "s",   "small",
                                         "span", "strike", "strong", "sub", "sup",  "tt",  "u"};
    static const char *const BREAKS[] = {
        "blockquote", "body", "br",  "center", "dd",    "div", "dl",   "dt",  "h1", "h2",
        "h3",         "h4",   "h5",  "h6",     "head",  "hr",  "html", "img", "li", "meta",
        "ol",         "p",    "pre", "table",  "tbody", "td",  "th",   "tr",  "ul"};
    static const char *const UNSEEN[] = {"script", "style", "title"};
    return is_one_of(name, INLINE, sizeof(INLINE) / sizeof(INLINE[0]))   ? TAG_INLINE
           : is_one_of(name, BREAKS, sizeof(BREAKS) / sizeof(BREAKS[0])) ? TAG_BREAK
           : is_one_of(name, UNSEEN, sizeof(UNSEEN) / sizeof(UNSEEN[0])) ? TAG_UNSEEN
                                                                         : TAG_UNKNOWN;
}

notify_tag notify_tag_at(span text, size_t pos)
{
    if (span_starts_with(span_slice(text, pos, text.len), SPAN("<!--"))) {
        const span inside = span_slice(text, pos + 4, pos + 4 + TAG_BYTES);
        const char *const stop = memmem(inside.ptr, inside.len, "-->", 3);
        return (notify_tag){.length = stop != NULL ? (size_t)(stop - inside.ptr) + 7 : 0};
    }
    size_t start = pos + 1;
    const bool closes = start < text.len && text.ptr[start] == '/';
    start += closes ? 1 : 0;
    size_t stop = start;
    while (stop < text.len && stop - start < NAME_BYTES &&
           (is_alpha(text.ptr[stop]) || (text.ptr[stop] >= '1' && text.ptr[stop] <= '6'))) {
        stop++;
    }
    const span name = span_slice(text, start, stop);
    const bool is_ended = stop < text.len && (is_space(text.ptr[stop]) || text.ptr[stop] == '>' ||
                                              text.ptr[stop] == '/');
    const tag_kind kind = is_ended ? kind_of_tag(name) : TAG_UNKNOWN;
    const size_t end = kind != TAG_UNKNOWN ? tag_end(text, stop) : 0;
    if (end == 0) {
        return (notify_tag){.length = 0};
    }
    const size_t last = kind == TAG_UNSEEN && !closes ? skip_element(text, end, name) : end;
    return (notify_tag){.length = last - pos,
                        .is_break = kind != TAG_INLINE,
                        .address = find_address(span_slice(text, stop, end))};
}
