/*
 * reader.c - see reader.h: which format a document has, and the two that are read here.
 */
#include "document/reader.h"

#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "document/document_parts.h"
#include "document/encoding.h"
#include "document/text_chars.h"

enum { SNIFF_BYTES = 4096 };

void reader_result_init(reader_result *r)
{
    *r = (reader_result){.genre = 0};
    buffer_init(&r->text, LIMIT_TEXT_BYTES);
}

void reader_result_deinit(reader_result *r)
{
    buffer_deinit(&r->text);
}

void reader_set_title(reader_result *r, span title)
{
    size_t len = 0;
    size_t pos = char_skip_spaces(title, 0, title.len);
    bool space = false;
    while (pos < title.len) {
        uint32_t code = 0;
        const size_t n = utf8_next(title, pos, &code);
        if (char_kind_of(code) == CHAR_SPACE) {
            space = true;
        } else if (code >= 0x20 && code != 0x7F) {
            if (len + n + 2 > sizeof(r->title)) {
                break;
            }
            if (space && len > 0) {
                r->title[len++] = ' ';
            }
            space = false;
            memcpy(r->title + len, title.ptr + pos, n);
            len += n;
        }
        pos += n;
    }
    r->title[len] = '\0';
}

static bool starts_folded(span text, const char *prefix)
{
    const size_t len = strlen(prefix);
    return text.len >= len && strncasecmp(text.ptr, prefix, len) == 0;
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

reader_format reader_detect(const char *file_name, span bytes)
{
    static const struct {
        const char *ending;
        reader_format format;
    } ENDINGS[] = {
        {".eml", READER_MAIL},    {".mbox", READER_MBOX},         {".mbx", READER_MBOX},
        {".html", READER_HTML},   {".htm", READER_HTML},          {".xhtml", READER_HTML},
        {".md", READER_MARKDOWN}, {".markdown", READER_MARKDOWN}, {".txt", READER_TEXT},
        {".text", READER_TEXT},
    };
    const span start = span_slice(bytes, 0, SNIFF_BYTES);
    const size_t name_len = file_name != NULL ? strlen(file_name) : 0;
    for (size_t i = 0; i < sizeof(ENDINGS) / sizeof(ENDINGS[0]); i++) {
        const size_t len = strlen(ENDINGS[i].ending);
        if (name_len > len && strcasecmp(file_name + name_len - len, ENDINGS[i].ending) == 0) {
            return ENDINGS[i].format == READER_MAIL && looks_like_mbox(start) ? READER_MBOX
                                                                              : ENDINGS[i].format;
        }
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
    return format == READER_MAIL || format == READER_MBOX || format == READER_HTML;
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
    return HUIS_OK;
}
