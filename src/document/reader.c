/*
 * reader.c - see reader.h: which format a document has, and the two that are read here.
 */
#include "document/reader.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "document/document_parts.h"
#include "document/encoding.h"
#include "document/mail_unfold.h"
#include "document/reader_chat.h"
#include "document/text_chars.h"

enum { SNIFF_BYTES = 4096, CHAT_SNIFF_BYTES = 16384, PDF_MARK_BYTES = 256 };

void reader_result_init(reader_result *r)
{
    *r = (reader_result){.genre = 0};
    buffer_init(&r->text, LIMIT_TEXT_BYTES);
    buffer_init(&r->places, LIMIT_READER_PLACES * sizeof(reader_place));
    buffer_init(&r->labels, LIMIT_READER_LABEL_BYTES);
}

void reader_result_deinit(reader_result *r)
{
    buffer_deinit(&r->text);
    buffer_deinit(&r->places);
    buffer_deinit(&r->labels);
}

enum { LABEL_BYTES = 256 };

/* A label is one line of letters: in it joiners are hidden too. */
static bool is_hidden(uint32_t code)
{
    return code < 0x20 || code == 0x85 || code == 0x200C || code == 0x200D || utf8_is_hidden(code);
}

/* One line of at most LABEL_BYTES - 1 bytes, cut at a character; returns its length. */
static size_t clean_line(span text, char out[LABEL_BYTES])
{
    size_t len = 0;
    size_t pos = char_skip_spaces(text, 0, text.len);
    bool space = false;
    while (pos < text.len) {
        uint32_t code = 0;
        const size_t n = utf8_next(text, pos, &code);
        if (char_kind_of(code) == CHAR_SPACE) {
            space = true;
        } else if (!is_hidden(code)) {
            if (len + n + 2 > LABEL_BYTES) {
                break;
            }
            if (space && len > 0) {
                out[len++] = ' ';
            }
            space = false;
            memcpy(out + len, text.ptr + pos, n);
            len += n;
        }
        pos += n;
    }
    out[len] = '\0';
    return len;
}

void reader_set_title(reader_result *r, span title)
{
    (void)clean_line(title, r->title);
}

void reader_add_note(reader_result *r, span note)
{
    buffer all;
    buffer_init(&all, LIMIT_KIB * 8);
    (void)(r->note[0] != '\0' && buffer_printf(&all, "%s; ", r->note));
    if (note.len > 0 && buffer_append(&all, note)) {
        (void)clean_line(buffer_span(&all), r->note);
    }
    buffer_deinit(&all);
}

void reader_add_count(reader_result *r, size_t n, const char *one, const char *many)
{
    char note[LABEL_BYTES];
    if (n > 0) {
        (void)snprintf(note, sizeof(note), "%zu %s", n, n == 1 ? one : many);
        reader_add_note(r, span_from_string(note));
    }
}

/* Offset 0 is the empty string. */
static uint32_t add_label(reader_result *r, span text)
{
    char line[LABEL_BYTES];
    const size_t len = clean_line(text, line);
    if (len == 0 || r->labels.len + len + 2 > r->labels.max_bytes ||
        (r->labels.len == 0 && !buffer_append_byte(&r->labels, '\0'))) {
        return 0;
    }
    const size_t at = r->labels.len;
    return buffer_append(&r->labels, span_from(line, len + 1)) ? (uint32_t)at : 0;
}

void reader_add_place(reader_result *r, const reader_place_draft *draft)
{
    if (r->places.len + sizeof(reader_place) > r->places.max_bytes) {
        return;
    }
    const reader_place place = {.start = draft->start,
                                .kind = draft->kind,
                                .number = draft->number,
                                .genre = draft->genre,
                                .label = add_label(r, draft->label),
                                .who = add_label(r, draft->who),
                                .when = add_label(r, draft->when)};
    (void)buffer_append(&r->places, span_from((const char *)&place, sizeof(place)));
}

bool reader_places_ok(const reader_result *r)
{
    return buffer_ok(&r->places) && buffer_ok(&r->labels);
}

const reader_place *reader_places(const reader_result *r, size_t *out_n)
{
    *out_n = r->places.len / sizeof(reader_place);
    return (const reader_place *)(const void *)r->places.ptr;
}

const char *reader_label(const reader_result *r, uint32_t offset)
{
    return offset < r->labels.len ? r->labels.ptr + offset : "";
}

static bool starts_folded(span text, const char *prefix)
{
    const size_t len = strlen(prefix);
    return text.len >= len && strncasecmp(text.ptr, prefix, len) == 0;
}

/* What it is wins over what it is called; a few bytes may stand before the mark of a PDF. */
static bool looks_like_pdf(span bytes)
{
    const size_t len = bytes.len < PDF_MARK_BYTES ? bytes.len : PDF_MARK_BYTES;
    return len > 0 && memmem(bytes.ptr, len, "%PDF-", 5) != NULL;
}

static bool looks_like_html(span bytes)
{
    size_t pos = span_starts_with(bytes, SPAN("\xEF\xBB\xBF")) ? 3 : 0;
    while (pos < bytes.len && strchr(" \t\r\n", bytes.ptr[pos]) != NULL) {
        pos++;
    }
    const span rest = span_slice(bytes, pos, bytes.len);
    return starts_folded(rest, "<!doctype html") || starts_folded(rest, "<html") ||
           starts_folded(rest, "<head") || starts_folded(rest, "<body");
}

/* RSS or Atom: its first element; a declaration and comments may stand before. */
static bool looks_like_feed(span bytes)
{
    static const char *const NAMES[] = {"<rss", "<feed", "<rdf:RDF", "<atom:feed"};
    size_t pos = span_starts_with(bytes, SPAN("\xEF\xBB\xBF")) ? 3 : 0;
    while (pos < bytes.len) {
        const char *const tag = memchr(bytes.ptr + pos, '<', bytes.len - pos);
        if (tag == NULL || (pos == 0 && tag > bytes.ptr + 64)) {
            return false;
        }
        const span rest = span_slice(bytes, (size_t)(tag - bytes.ptr), bytes.len);
        for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
            const size_t len = strlen(NAMES[i]);
            if (starts_folded(rest, NAMES[i]) && rest.len > len &&
                strchr(" \t\r\n>", rest.ptr[len]) != NULL) {
                return true;
            }
        }
        if (rest.len < 2 || (rest.ptr[1] != '?' && rest.ptr[1] != '!')) {
            return false;
        }
        const bool comment = span_starts_with(rest, SPAN("<!--"));
        const char *const end = memmem(rest.ptr, rest.len, comment ? "-->" : ">", comment ? 3 : 1);
        if (end == NULL) {
            return false;
        }
        pos = (size_t)(end - bytes.ptr) + 1;
    }
    return false;
}

static bool looks_like_calendar(span bytes)
{
    const size_t pos = span_starts_with(bytes, SPAN("\xEF\xBB\xBF")) ? 3 : 0;
    return starts_folded(span_slice(bytes, pos, bytes.len), "BEGIN:VCALENDAR");
}

/* The length of "Name:" at the start of a line of RFC 5322 headers; 0: none. */
static size_t header_name_len(span line)
{
    size_t i = 0;
    while (i < line.len && line.ptr[i] > ' ' && line.ptr[i] < 127 && line.ptr[i] != ':') {
        i++;
    }
    return i > 0 && i < line.len && line.ptr[i] == ':' ? i : 0;
}

/* Headers that only machines write: pasted text with "From:" and "Subject:" stays text. */
static bool is_machine_header(span line)
{
    static const char *const NAMES[] = {
        "message-id:",   "mime-version:",   "received:", "return-path:",           "delivered-to:",
        "content-type:", "dkim-signature:", "x-mailer:", "authentication-results:"};
    for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
        if (starts_folded(line, NAMES[i])) {
            return true;
        }
    }
    return false;
}

static bool looks_like_mail(span bytes)
{
    bool machine = false;
    size_t pos = 0;
    while (pos < bytes.len) {
        const char *const newline = memchr(bytes.ptr + pos, '\n', bytes.len - pos);
        const size_t end = newline != NULL ? (size_t)(newline - bytes.ptr) : bytes.len;
        const span line = span_slice(bytes, pos, end);
        if (line.len == 0 || (line.len == 1 && line.ptr[0] == '\r')) {
            return machine;
        }
        const bool continued = pos > 0 && (line.ptr[0] == ' ' || line.ptr[0] == '\t');
        if (!continued && header_name_len(line) == 0) {
            return false;
        }
        machine = machine || is_machine_header(line);
        pos = end + 1;
    }
    return machine;
}

/* "From sender date" and then headers. */
static bool looks_like_mbox(span bytes)
{
    if (!span_starts_with(bytes, SPAN("From "))) {
        return false;
    }
    const char *const newline = memchr(bytes.ptr, '\n', bytes.len);
    return newline != NULL &&
           header_name_len(span_slice(bytes, (size_t)(newline + 1 - bytes.ptr), bytes.len)) > 0;
}

static bool looks_like_markdown(span bytes)
{
    size_t signs = 0;
    size_t pos = 0;
    while (pos < bytes.len) {
        const text_line line = line_at(bytes, pos);
        const span text = span_slice(bytes, line.first, line.end);
        const bool heading = text.len > 2 && text.ptr[0] == '#' &&
                             memchr(text.ptr, ' ', text.len < 8 ? text.len : 8) != NULL;
        signs += heading || span_starts_with(text, SPAN("```")) ? 2 : 0;
        signs += memmem(text.ptr, text.len, "](", 2) != NULL ||
                         memmem(text.ptr, text.len, "**", 2) != NULL ||
                         span_starts_with(text, SPAN("- [ ] "))
                     ? 1
                     : 0;
        pos = line.next;
    }
    return signs >= 3;
}

/* Every format: its name, the endings of its files. */
static const struct {
    reader_format format;
    const char *name;
    const char *endings[4];
} FORMATS[] = {
    {READER_TEXT, "text", {".txt", ".text"}},
    {READER_MARKDOWN, "markdown", {".md", ".markdown"}},
    {READER_MAIL, "mail", {".eml"}},
    {READER_MBOX, "mbox", {".mbox", ".mbx"}},
    {READER_HTML, "html", {".html", ".htm", ".xhtml"}},
    {READER_DOCX, "docx", {".docx", ".docm", ".dotx", ".dotm"}},
    {READER_PPTX, "pptx", {".pptx", ".pptm", ".ppsx", ".potx"}},
    {READER_XLSX, "xlsx", {".xlsx", ".xlsm", ".xltx"}},
    {READER_EPUB, "epub", {".epub"}},
    {READER_ODT, "odt", {".odt", ".ott", ".ods", ".odp"}},
    {READER_PDF, "pdf", {".pdf"}},
    {READER_SUBTITLES, "subtitles", {".srt", ".vtt"}},
    {READER_WHATSAPP, "whatsapp", {NULL}},
    {READER_TELEGRAM, "telegram", {NULL}},
    {READER_SLACK, "slack", {NULL}},
    {READER_DISCORD, "discord", {NULL}},
    {READER_MATRIX, "matrix", {NULL}},
    {READER_JSON, "json", {".json"}},
    {READER_CALENDAR, "calendar", {".ics", ".ical", ".ifb", ".vcs"}},
    {READER_FEED, "feed", {".rss", ".atom", ".rdf"}},
    {READER_RTF, "rtf", {".rtf"}},
};

enum { N_FORMATS = sizeof(FORMATS) / sizeof(FORMATS[0]) };

const char *reader_format_name(reader_format format)
{
    for (size_t i = 0; i < N_FORMATS; i++) {
        if (FORMATS[i].format == format) {
            return FORMATS[i].name;
        }
    }
    return "text";
}

bool reader_format_find(const char *name, reader_format *out_format)
{
    for (size_t i = 0; i < N_FORMATS; i++) {
        if (strcmp(FORMATS[i].name, name) == 0) {
            *out_format = FORMATS[i].format;
            return true;
        }
    }
    return false;
}

static bool holds(span bytes, const char *part)
{
    return bytes.len > 0 && memmem(bytes.ptr, bytes.len, part, strlen(part)) != NULL;
}

static char next_sign(span bytes, size_t *pos)
{
    while (*pos < bytes.len && strchr(" \t\r\n", bytes.ptr[*pos]) != NULL) {
        (*pos)++;
    }
    return *pos < bytes.len ? bytes.ptr[(*pos)++] : '\0';
}

/* Whether all of it looks like JSON: an object or an array of objects or strings. */
static bool looks_like_json(span bytes)
{
    size_t pos = span_starts_with(bytes, SPAN("\xEF\xBB\xBF")) ? 3 : 0;
    const char open = next_sign(bytes, &pos);
    const char first = next_sign(bytes, &pos);
    size_t end = bytes.len;
    while (end > 0 && strchr(" \t\r\n", bytes.ptr[end - 1]) != NULL) {
        end--;
    }
    const char last = end > 0 ? bytes.ptr[end - 1] : '\0';
    return (open == '{' && first == '"' && last == '}') ||
           (open == '[' && (first == '{' || first == '[') && (last == ']' || last == '}'));
}

/* Which chat's export a text of JSON is, for its name only: they have one reader. */
static reader_format json_format(span start)
{
    static const struct {
        const char *key;
        reader_format format;
    } SIGNS[] = {
        {"\"date_unixtime\"", READER_TELEGRAM},
        {"\"from_id\"", READER_TELEGRAM},
        {"\"guild\"", READER_DISCORD},
        {"\"authorId\"", READER_DISCORD},
        {"\"origin_server_ts\"", READER_MATRIX},
        {"\"room_name\"", READER_MATRIX},
        {"\"ts\"", READER_SLACK},
        {"\"team_id\"", READER_SLACK},
    };
    for (size_t i = 0; i < sizeof(SIGNS) / sizeof(SIGNS[0]); i++) {
        if (holds(start, SIGNS[i].key)) {
            return SIGNS[i].format;
        }
    }
    return READER_JSON;
}

static bool has_ending(const char *file_name, const char *ending)
{
    const size_t name_len = strlen(file_name);
    const size_t len = strlen(ending);
    return name_len > len && strcasecmp(file_name + name_len - len, ending) == 0;
}

/* READER_AUTO: the name says nothing. */
static reader_format format_of_name(const char *file_name)
{
    for (size_t i = 0; file_name != NULL && i < N_FORMATS; i++) {
        for (size_t k = 0; k < sizeof(FORMATS[i].endings) / sizeof(FORMATS[i].endings[0]); k++) {
            if (FORMATS[i].endings[k] != NULL && has_ending(file_name, FORMATS[i].endings[k])) {
                return FORMATS[i].format;
            }
        }
    }
    return READER_AUTO;
}

/* What the first member of a zip says that says something; READER_AUTO: none does. Members are found
 * by their own headers, which a file that is cut off still has. */
static reader_format format_of_zip(span bytes)
{
    static const struct {
        span start; /* of the member's name */
        reader_format format;
    } MEMBERS[] = {
        {{"word/", 5}, READER_DOCX},
        {{"ppt/", 4}, READER_PPTX},
        {{"xl/", 3}, READER_XLSX},
        {{"mimetypeapplication/vnd.oasis", 29}, READER_ODT},
        {{"mimetypeapplication/epub", 24}, READER_EPUB},
        {{"META-INF/container.xml", 22}, READER_EPUB},
        {{"content.xml", 11}, READER_ODT},
    };
    enum { HEADER_BYTES = 30 };
    const char *at = bytes.ptr;
    for (int i = 0; i < 4096 && at != NULL; i++) {
        const size_t pos = (size_t)(at - bytes.ptr);
        const span name = span_slice(bytes, pos + HEADER_BYTES, bytes.len);
        for (size_t m = 0; m < sizeof(MEMBERS) / sizeof(MEMBERS[0]); m++) {
            if (span_starts_with(name, MEMBERS[m].start)) {
                return MEMBERS[m].format;
            }
        }
        at = memmem(at + 1, bytes.len - pos - 1, "PK\3\4", 4);
    }
    return READER_AUTO;
}

static bool is_zipped(reader_format format)
{
    return format >= READER_DOCX && format <= READER_EPUB;
}

/* Formats that their first bytes tell, whatever the file is called; READER_AUTO: none of them. */
static reader_format format_of_magic(span bytes, reader_format named)
{
    if (span_starts_with(bytes, SPAN("PK\3\4"))) {
        const reader_format found = format_of_zip(bytes);
        return found != READER_AUTO ? found : is_zipped(named) ? named : READER_DOCX;
    }
    /* Old binary office files, and new ones with a password: the reader tells which. */
    if (span_starts_with(bytes, SPAN("\xD0\xCF\x11\xE0"))) {
        return READER_DOCX;
    }
    return READER_AUTO;
}

reader_format reader_detect(const char *file_name, span bytes)
{
    const span start = span_slice(bytes, 0, SNIFF_BYTES);
    if (looks_like_pdf(start)) {
        return READER_PDF;
    }
    if (looks_like_feed(start)) {
        return READER_FEED;
    }
    if (looks_like_calendar(start)) {
        return READER_CALENDAR;
    }
    if (span_starts_with(start, SPAN("{\\rtf"))) {
        return READER_RTF;
    }
    reader_format named = format_of_name(file_name);
    const reader_format magic = format_of_magic(bytes, named);
    if (magic != READER_AUTO) {
        return magic;
    }
    if (is_zipped(named) || named == READER_PDF || named == READER_RTF) {
        named = READER_AUTO; /* it is not: its bytes tell what it is instead */
    }
    if (named == READER_JSON || (named == READER_AUTO && looks_like_json(bytes))) {
        return json_format(start);
    }
    if (named == READER_TEXT || named == READER_AUTO) {
        const span more = span_slice(bytes, 0, CHAT_SNIFF_BYTES);
        const span whole = span_slice(more, 0, utf8_valid_prefix(more));
        if (reader_is_subtitles(start)) {
            return READER_SUBTITLES;
        }
        if (reader_is_chat_text(whole)) {
            return READER_WHATSAPP;
        }
    }
    if (named != READER_AUTO) {
        return named == READER_MAIL && looks_like_mbox(start) ? READER_MBOX : named;
    }
    if (looks_like_html(start)) {
        return READER_HTML;
    }
    if (looks_like_mbox(start)) {
        return READER_MBOX;
    }
    if (looks_like_mail(start)) {
        return READER_MAIL;
    }
    const size_t whole = utf8_valid_prefix(start);
    return whole + 4 > start.len && looks_like_markdown(span_slice(start, 0, whole))
               ? READER_MARKDOWN
               : READER_TEXT;
}

bool reader_is_hostile(reader_format format)
{
    return format != READER_TEXT && format != READER_MARKDOWN;
}

static int read_markdown(reader_result *out, span bytes, huis_error *err)
{
    buffer source;
    buffer_init(&source, LIMIT_TEXT_BYTES);
    int status = encoding_to_utf8(&source, bytes, NULL, NULL, err);
    if (status == HUIS_OK) {
        reader_append_markdown(&out->text, buffer_span(&source), out);
        if (!buffer_ok(&out->text)) {
            status = error_no_memory(err, "the text of the document");
        }
    }
    buffer_deinit(&source);
    return status;
}

/* A mail that somebody pasted with what it quotes: its messages in the order of time. */
static int unfold_mail(reader_result *out, huis_error *err)
{
    if (genre_detect(buffer_span(&out->text)) != DOCUMENT_MAIL) {
        return HUIS_OK;
    }
    buffer unfolded;
    buffer_init(&unfolded, out->text.max_bytes);
    const bool several = mail_unfold_text(&unfolded, buffer_span(&out->text));
    const int status = unfolded.status;
    if (several) {
        const buffer swap = out->text;
        out->text = unfolded;
        unfolded = swap;
        out->genre = DOCUMENT_MAIL;
    }
    buffer_deinit(&unfolded);
    return status == HUIS_E_NO_MEMORY ? error_no_memory(err, "the text of the mail") : HUIS_OK;
}

int reader_read_text(reader_result *out, span bytes, reader_format format, huis_error *err)
{
    if (format == READER_MARKDOWN) {
        RETURN_IF_ERROR(read_markdown(out, bytes, err));
    } else {
        RETURN_IF_ERROR(encoding_to_utf8(&out->text, bytes, NULL, NULL, err));
    }
    if (words_up_to(buffer_span(&out->text), 1) == 0) {
        return error_set(err, HUIS_E_NO_TEXT, "the document is empty: it holds no word");
    }
    return format == READER_TEXT ? unfold_mail(out, err) : HUIS_OK;
}
