/*
 * encoding.c - see encoding.h.
 *
 * Idea: find out what the bytes are (mark, zero bytes, validity as UTF-8, what was declared, which
 * 8-bit letters), decode to code points, and pass each through one filter: line ends become "\n",
 * control, bidirectional-override, tag and other invisible characters are dropped, because they can
 * hide text from a person or reorder it. UTF-8, UTF-16, UTF-32, windows-1252 and ISO-8859-1/15 are
 * decoded here; any other declared encoding by iconv.
 */
#include "document/encoding.h"

#include <iconv.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include <utf8proc.h>

#include "base/error.h"
#include "base/utf8.h"

enum {
    SAMPLE_BYTES = 64 * 1024, /* what is looked at to tell text from binary data */
    NAME_BYTES = 32,          /* the longest name of an encoding */
    CHUNK_BYTES = 16 * 1024,
    XML_HEAD_BYTES = 1024, /* in which the root element starts */
    SEQUENCE_CHARS = 128   /* the longest control sequence of a terminal */
};

typedef enum encoding_kind {
    ENCODING_UTF8,
    ENCODING_UTF16LE,
    ENCODING_UTF16BE,
    ENCODING_UTF32LE,
    ENCODING_UTF32BE,
    ENCODING_WINDOWS_1252,
    ENCODING_ISO_8859_15,
    ENCODING_OTHER
} encoding_kind;

typedef struct encoding_choice {
    encoding_kind kind;
    size_t skip; /* bytes of the mark */
    const char *name;
} encoding_choice;

/* --- the filter --- */

/* Inside a terminal's control sequence ("ESC [ 31 m", ECMA-48) or command ("ESC ] 0 ; title BEL"),
 * as logs and copies of a screen hold them: none of it is text. */
typedef enum sequence {
    SEQUENCE_NONE,
    SEQUENCE_ESCAPE,
    SEQUENCE_CONTROL,
    SEQUENCE_COMMAND
} sequence;

typedef struct text_filter {
    buffer *out;
    bool after_cr;
    sequence inside;
    size_t n_inside; /* characters of it so far */
} text_filter;

/* Whether the character belongs to a terminal's sequence; one that is too long is none. */
static bool is_in_sequence(text_filter *f, uint32_t code)
{
    const sequence inside = f->inside;
    f->inside = SEQUENCE_NONE;
    f->n_inside++;
    if (code == 0x1B || code == 0x9B) {
        f->inside = code == 0x1B ? SEQUENCE_ESCAPE : SEQUENCE_CONTROL;
        f->n_inside = 0;
        return true;
    }
    switch (inside) {
    case SEQUENCE_NONE:
        return false;
    case SEQUENCE_ESCAPE:
        f->inside = code == '[' || code == '(' || code == ')' ? SEQUENCE_CONTROL
                    : code == ']'                             ? SEQUENCE_COMMAND
                                                              : SEQUENCE_NONE;
        return f->inside != SEQUENCE_NONE || code == '\\';
    case SEQUENCE_CONTROL: /* parameters, then one final letter */
        f->inside = code >= 0x20 && code <= 0x3F && f->n_inside < SEQUENCE_CHARS ? SEQUENCE_CONTROL
                                                                                 : SEQUENCE_NONE;
        return code >= 0x20 && code <= 0x7E && f->n_inside < SEQUENCE_CHARS;
    case SEQUENCE_COMMAND: /* up to BEL, or ESC and a backslash */
        f->inside = code >= 0x20 && f->n_inside < SEQUENCE_CHARS ? SEQUENCE_COMMAND : SEQUENCE_NONE;
        return code != '\n' && f->n_inside < SEQUENCE_CHARS;
    }
    return false;
}

/* A letter with its accent as one character; 0: there is none. TeX puts accents on an i without its
 * dot. */
static uint32_t compose(uint32_t letter, uint32_t mark)
{
    utf8proc_int32_t pair[2] = {(utf8proc_int32_t)(letter == 0x131 ? 'i' : letter),
                                (utf8proc_int32_t)mark};
    const utf8proc_ssize_t n =
        utf8proc_normalize_utf32(pair, 2, UTF8PROC_STABLE | UTF8PROC_COMPOSE);
    return n == 1 ? (uint32_t)pair[0] : 0;
}

bool encoding_join_mark(buffer *out, size_t floor, uint32_t mark)
{
    size_t start = out->len;
    uint32_t letter = 0;
    if (mark < 0x300 || mark >= 0x370 || !buffer_ok(out) || start <= floor) {
        return false;
    }
    do {
        start--;
    } while (start > floor && ((unsigned char)out->ptr[start] & 0xC0) == 0x80);
    (void)utf8_next(buffer_span(out), start, &letter);
    const uint32_t code = compose(letter, mark);
    if (code != 0) {
        char bytes[4];
        buffer_truncate(out, start);
        (void)buffer_append(out, span_from(bytes, utf8_encode(code, bytes)));
    }
    return code != 0;
}

bool encoding_append_ligature(buffer *out, uint32_t code)
{
    static const char *const LIGATURES[] = {"ff", "fi", "fl", "ffi", "ffl", "st", "st"};
    return code >= 0xFB00 && code <= 0xFB06 && buffer_append_string(out, LIGATURES[code - 0xFB00]);
}

static void filter_code(text_filter *f, uint32_t code)
{
    if (is_in_sequence(f, code) || encoding_join_mark(f->out, 0, code) ||
        encoding_append_ligature(f->out, code)) {
        return;
    }
    const bool newline_done = f->after_cr && code == '\n';
    f->after_cr = code == '\r';
    if (newline_done) {
        return;
    }
    if (code == '\r' || code == '\v' || code == '\f' || code == 0x85 || code == 0x2028 ||
        code == 0x2029) {
        code = '\n';
    }
    if (!utf8_is_hidden(code)) {
        char bytes[4];
        (void)buffer_append(f->out, span_from(bytes, utf8_encode(code, bytes)));
    }
}

/* The length of the run of printable ASCII, tabs and line feeds at `pos`. */
static size_t plain_run(span bytes, size_t pos)
{
    const size_t start = pos;
    while (pos < bytes.len) {
        const unsigned char c = (unsigned char)bytes.ptr[pos];
        if ((c < 0x20 && c != '\t' && c != '\n') || c >= 0x7F) {
            break;
        }
        pos++;
    }
    return pos - start;
}

static void filter_plain(text_filter *f, span run)
{
    size_t i = 0;
    while (f->inside != SEQUENCE_NONE && i < run.len) {
        filter_code(f, (unsigned char)run.ptr[i++]);
    }
    run = span_slice(run, i, run.len);
    if (run.len == 0) {
        return;
    }
    const bool newline_done = f->after_cr && run.ptr[0] == '\n';
    (void)buffer_append(f->out, newline_done ? span_slice(run, 1, run.len) : run);
    f->after_cr = false;
}

/* --- decoders --- */

/* Ill-formed runs become U+FFFD. */
static void decode_utf8(text_filter *f, span bytes)
{
    size_t pos = 0;
    while (pos < bytes.len && buffer_ok(f->out)) {
        const size_t run = plain_run(bytes, pos);
        if (run > 0) {
            filter_plain(f, span_slice(bytes, pos, pos + run));
            pos += run;
            continue;
        }
        uint32_t code = 0;
        pos += utf8_next(bytes, pos, &code);
        filter_code(f, code);
    }
}

void encoding_append_clean(buffer *out, span text)
{
    text_filter filter = {.out = out};
    decode_utf8(&filter, text);
}

void encoding_blank_hidden(buffer *text)
{
    const span all = buffer_span(text);
    for (size_t pos = plain_run(all, 0); pos < all.len; pos += plain_run(all, pos)) {
        uint32_t code = 0;
        const size_t n = utf8_next(all, pos, &code);
        if (utf8_is_hidden(code)) {
            memset(text->ptr + pos, ' ', n);
        }
        pos += n;
    }
}

static uint32_t unit_at(span bytes, size_t pos, size_t size, bool big_endian)
{
    uint32_t unit = 0;
    for (size_t i = 0; i < size; i++) {
        const uint32_t byte = (unsigned char)bytes.ptr[pos + i];
        unit |= byte << (8 * (big_endian ? size - 1 - i : i));
    }
    return unit;
}

static void decode_utf16(text_filter *f, span bytes, bool big_endian)
{
    size_t pos = 0;
    while (pos + 2 <= bytes.len && buffer_ok(f->out)) {
        uint32_t code = unit_at(bytes, pos, 2, big_endian);
        pos += 2;
        if (code >= 0xD800 && code <= 0xDBFF && pos + 2 <= bytes.len) {
            const uint32_t low = unit_at(bytes, pos, 2, big_endian);
            if (low >= 0xDC00 && low <= 0xDFFF) {
                code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
                pos += 2;
            }
        }
        filter_code(f, code);
    }
}

static void decode_utf32(text_filter *f, span bytes, bool big_endian)
{
    for (size_t pos = 0; pos + 4 <= bytes.len && buffer_ok(f->out); pos += 4) {
        filter_code(f, unit_at(bytes, pos, 4, big_endian));
    }
}

/* windows-1252, bytes 80 to 9F; 0: undefined. */
static const uint16_t WINDOWS_1252[32] = {
    0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017D, 0,      0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178,
};

/* Where ISO-8859-15 differs from ISO-8859-1. */
static uint32_t latin9(uint32_t byte)
{
    static const struct {
        uint8_t byte;
        uint16_t code;
    } CHANGED[] = {{0xA4, 0x20AC}, {0xA6, 0x160}, {0xA8, 0x161}, {0xB4, 0x17D},
                   {0xB8, 0x17E},  {0xBC, 0x152}, {0xBD, 0x153}, {0xBE, 0x178}};
    for (size_t i = 0; i < sizeof(CHANGED) / sizeof(CHANGED[0]); i++) {
        if (CHANGED[i].byte == byte) {
            return CHANGED[i].code;
        }
    }
    return byte;
}

static void decode_8bit(text_filter *f, span bytes, bool is_latin9)
{
    size_t pos = 0;
    while (pos < bytes.len && buffer_ok(f->out)) {
        const size_t run = plain_run(bytes, pos);
        if (run > 0) {
            filter_plain(f, span_slice(bytes, pos, pos + run));
            pos += run;
            continue;
        }
        const uint32_t byte = (unsigned char)bytes.ptr[pos++];
        if (byte >= 0x80 && byte <= 0x9F) {
            const uint32_t code = WINDOWS_1252[byte - 0x80];
            filter_code(f, code != 0 ? code : UTF8_REPLACEMENT);
        } else {
            filter_code(f, is_latin9 ? latin9(byte) : byte);
        }
    }
}

/* Another declared encoding. False: iconv does not know it, or its converter cannot be loaded. */
static bool decode_by_iconv(text_filter *f, span bytes, const char *name)
{
    const iconv_t converter = iconv_open("UTF-8", name);
    if (converter == (iconv_t)-1) { /* the failure value of the interface */
        return false;
    }
    char chunk[CHUNK_BYTES];
    char *in = (char *)(uintptr_t)bytes.ptr; /* iconv does not write to its input */
    size_t in_left = bytes.len;
    while (in_left > 0 && buffer_ok(f->out)) {
        char *to = chunk;
        size_t to_left = sizeof(chunk);
        const size_t before = in_left;
        const size_t result = iconv(converter, &in, &in_left, &to, &to_left);
        decode_utf8(f, span_from(chunk, sizeof(chunk) - to_left));
        if (result == (size_t)-1 && (before == in_left || to_left > 8) && in_left > 0) {
            filter_code(f, UTF8_REPLACEMENT); /* an ill-formed byte */
            in++;
            in_left--;
        }
    }
    (void)iconv_close(converter);
    return true;
}

/* --- what the bytes are --- */

static bool find_mark(span bytes, encoding_choice *out)
{
    static const struct {
        span mark;
        encoding_choice choice;
    } MARKS[] = {
        {{"\xEF\xBB\xBF", 3}, {ENCODING_UTF8, 3, "UTF-8"}},
        {{"\xFF\xFE\0\0", 4}, {ENCODING_UTF32LE, 4, "UTF-32LE"}},
        {{"\0\0\xFE\xFF", 4}, {ENCODING_UTF32BE, 4, "UTF-32BE"}},
        {{"\xFF\xFE", 2}, {ENCODING_UTF16LE, 2, "UTF-16LE"}},
        {{"\xFE\xFF", 2}, {ENCODING_UTF16BE, 2, "UTF-16BE"}},
    };
    for (size_t i = 0; i < sizeof(MARKS) / sizeof(MARKS[0]); i++) {
        if (span_starts_with(bytes, MARKS[i].mark)) {
            *out = MARKS[i].choice;
            return true;
        }
    }
    return false;
}

/* UTF-16 without a mark: in western text one byte of each pair is nearly always zero. */
static bool find_utf16(span bytes, encoding_choice *out)
{
    const size_t sample = bytes.len < 4096 ? bytes.len & ~(size_t)1 : 4096;
    size_t zeros[2] = {0, 0};
    for (size_t i = 0; i < sample; i++) {
        zeros[i & 1] += bytes.ptr[i] == '\0' ? 1 : 0;
    }
    const size_t pairs = sample / 2;
    if (pairs >= 2 && zeros[1] * 10 >= pairs * 6 && zeros[0] * 20 <= pairs) {
        *out = (encoding_choice){ENCODING_UTF16LE, 0, "UTF-16LE"};
        return true;
    }
    if (pairs >= 2 && zeros[0] * 10 >= pairs * 6 && zeros[1] * 20 <= pairs) {
        *out = (encoding_choice){ENCODING_UTF16BE, 0, "UTF-16BE"};
        return true;
    }
    return false;
}

/* What the first bytes say; NULL: nothing. */
static const char *known_binary(span bytes)
{
    static const struct {
        span magic;
        const char *what;
    } MAGICS[] = {
        {{"%PDF-", 5}, "a PDF"},
        {{"PK\3\4", 4}, "a zip archive or office document"},
        {{"\x89PNG", 4}, "a PNG image"},
        {{"\xFF\xD8\xFF", 3}, "a JPEG image"},
        {{"GIF8", 4}, "a GIF image"},
        {{"\x7F"
          "ELF",
          4},
         "a program"},
        {{"\x1F\x8B", 2}, "gzip data"},
        {{"BZh", 3}, "bzip2 data"},
        {{"\xFD"
          "7zXZ",
          5},
         "xz data"},
        {{"\x28\xB5\x2F\xFD", 4}, "zstd data"},
        {{"\xD0\xCF\x11\xE0", 4}, "an old office document"},
        {{"{\\rtf", 5}, "a rich text document"},
        {{"GGUF", 4}, "a GGUF model"},
        {{"SQLite format 3", 15}, "a SQLite database"},
    };
    for (size_t i = 0; i < sizeof(MAGICS) / sizeof(MAGICS[0]); i++) {
        if (span_starts_with(bytes, MAGICS[i].magic)) {
            return MAGICS[i].what;
        }
    }
    /* XML whose text drowns in marks. */
    const span head = span_slice(bytes, 0, XML_HEAD_BYTES);
    const bool xml = head.ptr != NULL && span_starts_with(head, SPAN("<?xml"));
    return xml && memmem(head.ptr, head.len, "<office:document ", 17) != NULL
               ? "a flat OpenDocument file (save it as ODT, ODS or ODP)"
           : xml && memmem(head.ptr, head.len, "<w:wordDocument", 15) != NULL
               ? "a Word 2003 XML document (save it as DOCX)"
               : NULL;
}

/* The offset of the first control character when there are too many for text; else bytes.len. */
static size_t binary_offset(span bytes)
{
    const size_t sample = bytes.len < SAMPLE_BYTES ? bytes.len : SAMPLE_BYTES;
    size_t first = bytes.len;
    size_t n = 0;
    for (size_t i = 0; i < sample; i++) {
        const unsigned char c = (unsigned char)bytes.ptr[i];
        const bool text = (c >= 0x20 && c != 0x7F) || (c >= 0x07 && c <= 0x0D) || c == 0x1B;
        if (!text) {
            first = n == 0 ? i : first;
            n += c == 0 ? 4 : 1; /* text has no zero bytes at all */
        }
    }
    return n > 3 + sample / 100 ? first : bytes.len;
}

/* Whether the bytes are UTF-8, perhaps with a few faults or cut at their end. */
static bool is_mostly_utf8(span bytes, bool *out_has_multibyte)
{
    size_t good = 0;
    size_t bad = 0;
    size_t pos = 0;
    *out_has_multibyte = false;
    while (pos < bytes.len && pos < 16 * (size_t)SAMPLE_BYTES) {
        pos += plain_run(bytes, pos);
        if (pos >= bytes.len) {
            break;
        }
        uint32_t code = 0;
        bool valid = false;
        const size_t len = utf8_decode(bytes, pos, &code, &valid);
        good += valid && len > 1 ? 1 : 0;
        bad += valid || pos + len == bytes.len ? 0 : 1;
        pos += len;
    }
    *out_has_multibyte = good > 0;
    return bad == 0 ? (good > 0 || utf8_valid_prefix(bytes) == bytes.len) : bad * 10 <= good;
}

/* The eight letters of ISO-8859-15 that windows-1252 has as fractions and signs: between letters,
 * or a euro sign after a number. Any byte of 80 to 9F is windows-1252. */
static bool looks_like_latin9(span bytes)
{
    size_t signs = 0;
    for (size_t i = 0; i < bytes.len && i < 16 * (size_t)SAMPLE_BYTES; i++) {
        const unsigned char c = (unsigned char)bytes.ptr[i];
        if (c >= 0x80 && c <= 0x9F) {
            return false;
        }
        const unsigned char before = i > 0 ? (unsigned char)bytes.ptr[i - 1] : ' ';
        const unsigned char after = i + 1 < bytes.len ? (unsigned char)bytes.ptr[i + 1] : ' ';
        const bool letters = ((before | 0x20) >= 'a' && (before | 0x20) <= 'z') ||
                             ((after | 0x20) >= 'a' && (after | 0x20) <= 'z');
        const bool fraction_letter = c == 0xBD || c == 0xBC || c == 0xBE || c == 0xA6 || c == 0xA8;
        signs += c == 0xA4 || (fraction_letter && letters) ? 1 : 0;
    }
    return signs > 0;
}

static bool is_one_of(const char *name, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (strcasecmp(name, names[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* What the declared name asks for. ISO-8859-1 means windows-1252, as on the web. False: no name, or
 * one that says nothing (ASCII, UTF-7, ill-formed). */
static bool read_declared(const char *declared, encoding_choice *out)
{
    static const char *const LATIN1[] = {"iso-8859-1", "iso_8859-1",   "latin1", "latin-1",
                                         "l1",         "windows-1252", "cp1252", "cp-1252",
                                         "x-cp1252",   "iso8859-1",    "8859-1", "ansi"};
    static const char *const LATIN9[] = {"iso-8859-15", "latin9", "latin-9", "iso8859-15",
                                         "iso_8859-15"};
    static const char *const UTF8[] = {"utf-8", "utf8"};
    static const char *const NOTHING[] = {"us-ascii", "ascii",     "ansi_x3.4-1968", "utf-7",
                                          "unknown",  "x-unknown", "unknown-8bit",   "8bit",
                                          "binary",   ""};
#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
    if (declared == NULL || strlen(declared) > NAME_BYTES || strchr(declared, '/') != NULL ||
        is_one_of(declared, NOTHING, COUNT(NOTHING))) {
        return false;
    }
    if (is_one_of(declared, LATIN1, COUNT(LATIN1))) {
        *out = (encoding_choice){ENCODING_WINDOWS_1252, 0, "windows-1252"};
    } else if (is_one_of(declared, LATIN9, COUNT(LATIN9))) {
        *out = (encoding_choice){ENCODING_ISO_8859_15, 0, "ISO-8859-15"};
    } else if (is_one_of(declared, UTF8, COUNT(UTF8))) {
        *out = (encoding_choice){ENCODING_UTF8, 0, "UTF-8"};
    } else if (strcasecmp(declared, "utf-16le") == 0 || strcasecmp(declared, "utf-16") == 0) {
        *out = (encoding_choice){ENCODING_UTF16LE, 0, "UTF-16LE"};
    } else if (strcasecmp(declared, "utf-16be") == 0) {
        *out = (encoding_choice){ENCODING_UTF16BE, 0, "UTF-16BE"};
    } else {
        *out = (encoding_choice){ENCODING_OTHER, 0, "declared"};
    }
#undef COUNT
    return true;
}

static encoding_choice guess_8bit(span bytes)
{
    return looks_like_latin9(bytes) ? (encoding_choice){ENCODING_ISO_8859_15, 0, "ISO-8859-15"}
                                    : (encoding_choice){ENCODING_WINDOWS_1252, 0, "windows-1252"};
}

static bool is_wide(const encoding_choice *choice)
{
    return choice->kind >= ENCODING_UTF16LE && choice->kind <= ENCODING_UTF32BE;
}

/* `*out` is set unless the data is binary. */
static int choose(encoding_choice *out, span bytes, const char *declared, huis_error *err)
{
    const char *const what = known_binary(bytes);
    if (what != NULL) {
        return error_set_at(err, HUIS_E_NO_TEXT, 0,
                            "not text but %s; see 'huis summarize --help' for the formats", what);
    }
    encoding_choice asked;
    const bool has_asked = read_declared(declared, &asked);
    if (find_mark(bytes, out) || find_utf16(bytes, out)) {
        return HUIS_OK;
    }
    const size_t binary = binary_offset(bytes);
    if (binary < bytes.len) {
        return error_set_at(err, HUIS_E_NO_TEXT, binary,
                            "binary data, not text (byte 0x%02x at offset %zu); give text, "
                            "Markdown, mail or HTML",
                            (unsigned)(unsigned char)bytes.ptr[binary], binary);
    }
    bool multibyte = false;
    const bool utf8 = is_mostly_utf8(bytes, &multibyte);
    /* Valid UTF-8 with accents is hardly ever anything else, whatever an 8-bit label says. */
    const bool is_8bit =
        has_asked && (asked.kind == ENCODING_WINDOWS_1252 || asked.kind == ENCODING_ISO_8859_15);
    if (has_asked && !is_wide(&asked) && !(utf8 && multibyte && is_8bit) &&
        !(asked.kind == ENCODING_UTF8 && !utf8)) {
        *out = asked;
        return HUIS_OK;
    }
    *out = utf8 ? (encoding_choice){ENCODING_UTF8, 0, "UTF-8"} : guess_8bit(bytes);
    return HUIS_OK;
}

static void decode(text_filter *f, span bytes, encoding_choice *choice, const char *declared)
{
    const span rest = span_slice(bytes, choice->skip, bytes.len);
    switch (choice->kind) {
    case ENCODING_UTF8:
        decode_utf8(f, rest);
        break;
    case ENCODING_UTF16LE:
    case ENCODING_UTF16BE:
        decode_utf16(f, rest, choice->kind == ENCODING_UTF16BE);
        break;
    case ENCODING_UTF32LE:
    case ENCODING_UTF32BE:
        decode_utf32(f, rest, choice->kind == ENCODING_UTF32BE);
        break;
    case ENCODING_WINDOWS_1252:
    case ENCODING_ISO_8859_15:
        decode_8bit(f, rest, choice->kind == ENCODING_ISO_8859_15);
        break;
    case ENCODING_OTHER:
        if (!decode_by_iconv(f, rest, declared)) {
            bool multibyte = false;
            *choice = is_mostly_utf8(rest, &multibyte)
                          ? (encoding_choice){ENCODING_UTF8, 0, "UTF-8"}
                          : guess_8bit(rest);
            decode(f, rest, choice, NULL);
        }
        break;
    }
}

int encoding_to_utf8(buffer *out, span bytes, const char *declared, const char **out_encoding,
                     huis_error *err)
{
    encoding_choice choice;
    RETURN_IF_ERROR(choose(&choice, bytes, declared, err));
    text_filter filter = {.out = out};
    decode(&filter, bytes, &choice, declared);
    if (!buffer_ok(out)) {
        return out->status == HUIS_E_LIMIT
                   ? error_set(err, HUIS_E_LIMIT,
                               "the text is longer than the limit of %zu bytes; give a shorter one",
                               out->max_bytes)
                   : error_no_memory(err, "the text of the document");
    }
    if (out_encoding != NULL) {
        *out_encoding = choice.name;
    }
    return HUIS_OK;
}
