/*
 * reader_mail.c - see reader_mail.h.
 *
 * Idea: gmime parses the MIME tree; each text part is decoded to bytes by gmime and to UTF-8 by
 * encoding.c (declared encodings are often wrong). Of alternatives plain text wins unless it is
 * empty or a stub; signed parts are read, encrypted ones and attachments only named; a message in a
 * message is written like a forwarded one, so that its text counts as quoted.
 *
 * Invariants: every header that is written is one line. Parts, depth and messages are bounded; past
 * a bound parts are left out, never an error, since a hostile mail must not be able to make itself
 * unreadable. glib ends the process when there is no memory: the caller sees that.
 */
#include "document/reader_mail.h"

#include <iconv.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <gmime/gmime.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "document/document_parts.h"
#include "document/encoding.h"
#include "document/mail_threads.h"
#include "document/reader_html.h"
#include "document/reader_lines.h"
#include "document/text_chars.h"

enum {
    HEADER_BYTES = 2000, /* of one header that are shown */
    NAMES_BYTES = 8192,  /* of all attachments' names */
    IDS_BYTES = 4096,    /* of one header of ids */
    STUB_RATIO = 5       /* plain text with so many times fewer words than the HTML is a stub */
};

/* One message being written. */
typedef struct mail_writer {
    buffer body;
    buffer attachments; /* "Attachment: name\n" lines */
    uint32_t n_parts;
    bool mbox; /* ">From " stands for "From " */
} mail_writer;

void reader_mail_init(void)
{
    static const char *const ENCODINGS[] = {
        "ISO-8859-1",   "ISO-8859-2", "ISO-8859-15", "WINDOWS-1250", "WINDOWS-1251",
        "WINDOWS-1252", "KOI8-R",     "UTF-16",      "GB18030",      "BIG5",
        "SHIFT_JIS",    "EUC-JP",     "ISO-2022-JP", "EUC-KR",       "US-ASCII",
    };
    /* Never closed: libc keeps a converter loaded while it is open somewhere. */
    static iconv_t kept_open[sizeof(ENCODINGS) / sizeof(ENCODINGS[0])];
    g_mime_init();
    for (size_t i = 0; i < sizeof(ENCODINGS) / sizeof(ENCODINGS[0]); i++) {
        if (kept_open[i] == NULL) {
            kept_open[i] = iconv_open("UTF-8", ENCODINGS[i]);
        }
    }
}

/* --- headers --- */

/* A part that was lost for want of memory makes the whole text fail: `out` takes nothing more. */
static void note_memory(buffer *out, int status)
{
    if (status == HUIS_E_NO_MEMORY) {
        out->status = status;
    }
}

/* Appends "Name: value\n" with the value on one line and cleaned; nothing when it is empty. */
static void append_header(buffer *out, const char *name, const char *value)
{
    if (value == NULL || value[0] == '\0') {
        return;
    }
    const span raw = span_slice(span_from_string(value), 0, HEADER_BYTES);
    buffer clean;
    buffer_init(&clean, 4 * HEADER_BYTES);
    const int status = encoding_to_utf8(&clean, raw, "utf-8", NULL, NULL);
    if (status == HUIS_OK && clean.len > 0) {
        (void)buffer_append_string(out, name);
        (void)buffer_append_string(out, ": ");
        reader_append_line(out, buffer_span(&clean));
        (void)buffer_append_byte(out, '\n');
    }
    note_memory(out, status);
    buffer_deinit(&clean);
}

static void append_addresses(buffer *out, const char *name, InternetAddressList *list)
{
    if (list == NULL || internet_address_list_length(list) == 0) {
        return;
    }
    char *const text = internet_address_list_to_string(list, NULL, FALSE);
    append_header(out, name, text);
    g_free(text);
}

static void append_date(buffer *out, GDateTime *date)
{
    if (date == NULL) {
        return;
    }
    const int minutes = (int)(g_date_time_get_utc_offset(date) / G_TIME_SPAN_MINUTE);
    const int size = minutes < 0 ? -minutes : minutes;
    (void)buffer_printf(
        out, "Date: %04d-%02d-%02d %02d:%02d %c%02d%02d\n", g_date_time_get_year(date),
        g_date_time_get_month(date), g_date_time_get_day_of_month(date), g_date_time_get_hour(date),
        g_date_time_get_minute(date), minutes < 0 ? '-' : '+', size / 60, size % 60);
}

static void append_headers(buffer *out, GMimeMessage *message)
{
    append_addresses(out, "From", g_mime_message_get_from(message));
    append_addresses(out, "To", g_mime_message_get_to(message));
    append_addresses(out, "Cc", g_mime_message_get_cc(message));
    append_date(out, g_mime_message_get_date(message));
    append_header(out, "Subject", g_mime_message_get_subject(message));
}

/* --- parts --- */

static void append_part(mail_writer *w, GMimeObject *part, uint32_t depth);

/* Starts on a line of its own, with an empty line before unless nothing stands before. */
static void separate(buffer *out)
{
    const span text = buffer_span(out);
    if (text.len > 0 && !span_ends_with(text, SPAN("\n\n"))) {
        (void)buffer_append_string(out, span_ends_with(text, SPAN("\n")) ? "\n" : "\n\n");
    }
}

static void name_attachment(mail_writer *w, GMimeObject *part, const char *name)
{
    GMimeContentType *const type = g_mime_object_get_content_type(part);
    char *const mime_type = type != NULL ? g_mime_content_type_get_mime_type(type) : NULL;
    if (w->attachments.len < NAMES_BYTES) {
        append_header(&w->attachments, "Attachment",
                      name != NULL && name[0] != '\0' ? name : mime_type);
    }
    g_free(mime_type);
}

/* The part's bytes with the transfer encoding undone. NULL: none. */
static GByteArray *decode_content(GMimePart *part)
{
    GMimeDataWrapper *const content = g_mime_part_get_content(part);
    if (content == NULL) {
        return NULL;
    }
    GMimeStream *const memory = g_mime_stream_mem_new();
    g_mime_stream_mem_set_owner(GMIME_STREAM_MEM(memory), FALSE);
    (void)g_mime_data_wrapper_write_to_stream(content, memory);
    GByteArray *const bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(memory));
    g_object_unref(memory);
    return bytes;
}

static bool parameter_is(GMimeObject *part, const char *name, const char *value)
{
    const char *const given = g_mime_object_get_content_type_parameter(part, name);
    return given != NULL && strcasecmp(given, value) == 0;
}

static void append_text_bytes(mail_writer *w, GMimeObject *part, span bytes, bool html)
{
    const char *const charset = g_mime_object_get_content_type_parameter(part, "charset");
    buffer text;
    buffer_init(&text, LIMIT_TEXT_BYTES);
    const int status = encoding_to_utf8(&text, bytes, charset, NULL, NULL);
    if (status == HUIS_OK) {
        separate(&w->body);
        if (html) {
            (void)reader_append_mail_html(&w->body, buffer_span(&text));
        } else {
            const reader_lines_options options = {
                .flowed = parameter_is(part, "format", "flowed"),
                .delete_space = parameter_is(part, "delsp", "yes"),
                .mbox = w->mbox,
            };
            reader_append_plain_lines(&w->body, buffer_span(&text), &options);
        }
    }
    note_memory(&w->body, status);
    buffer_deinit(&text);
}

/* A type that cannot be read at all means plain text (RFC 2045, 5.2). */
static bool has_broken_type(GMimeObject *object)
{
    const char *const header = g_mime_object_get_header(object, "Content-Type");
    return header != NULL && strchr(header, '/') == NULL;
}

static void append_leaf(mail_writer *w, GMimeObject *object)
{
    GMimePart *const part = GMIME_PART(object);
    GMimeContentType *const type = g_mime_object_get_content_type(object);
    const bool html = g_mime_content_type_is_type(type, "text", "html");
    const bool plain = g_mime_content_type_is_type(type, "text", "plain") ||
                       g_mime_content_type_is_type(type, "text", "markdown") ||
                       g_mime_content_type_is_type(type, "text", "enriched") ||
                       has_broken_type(object);
    if (!(html || plain) || g_mime_part_is_attachment(part)) {
        name_attachment(w, object, g_mime_part_get_filename(part));
        return;
    }
    GByteArray *const bytes = decode_content(part);
    if (bytes != NULL) {
        append_text_bytes(w, object, span_from((const char *)bytes->data, bytes->len), html);
        (void)g_byte_array_free(bytes, TRUE);
    }
}

static void append_children(mail_writer *w, GMimeMultipart *parts, uint32_t depth)
{
    const int n = g_mime_multipart_get_count(parts);
    for (int i = 0; i < n && w->n_parts < LIMIT_READER_PARTS; i++) {
        append_part(w, g_mime_multipart_get_part(parts, i), depth);
    }
}

static bool is_html_like(GMimeObject *part)
{
    GMimeContentType *const type = g_mime_object_get_content_type(part);
    return type != NULL && (g_mime_content_type_is_type(type, "text", "html") ||
                            g_mime_content_type_is_type(type, "multipart", "related"));
}

/* Plain text, unless it is empty or a stub ("your reader cannot show this"). */
static void append_alternative(mail_writer *w, GMimeMultipart *parts, uint32_t depth)
{
    mail_writer plain = {.n_parts = w->n_parts, .mbox = w->mbox};
    mail_writer html = plain;
    buffer_init(&plain.body, LIMIT_TEXT_BYTES);
    buffer_init(&html.body, LIMIT_TEXT_BYTES);
    buffer_init(&plain.attachments, NAMES_BYTES + 4 * HEADER_BYTES);
    buffer_init(&html.attachments, NAMES_BYTES + 4 * HEADER_BYTES);
    const int n = g_mime_multipart_get_count(parts);
    for (int i = 0; i < n; i++) {
        GMimeObject *const part = g_mime_multipart_get_part(parts, i);
        mail_writer *const to = is_html_like(part) ? &html : &plain;
        if (to->body.len == 0) {
            append_part(to, part, depth);
        }
    }
    const size_t n_html = document_count_words(buffer_span(&html.body));
    const size_t n_plain = document_count_words(buffer_span(&plain.body));
    const mail_writer *const best = n_plain > 0 && n_plain * STUB_RATIO >= n_html ? &plain : &html;
    separate(&w->body);
    (void)buffer_append(&w->body, buffer_span(&best->body));
    (void)buffer_append(&w->attachments, buffer_span(&plain.attachments));
    (void)buffer_append(&w->attachments, buffer_span(&html.attachments));
    w->n_parts = plain.n_parts > html.n_parts ? plain.n_parts : html.n_parts;
    note_memory(&w->body, plain.body.status);
    note_memory(&w->body, html.body.status);
    buffer_deinit(&plain.body);
    buffer_deinit(&html.body);
    buffer_deinit(&plain.attachments);
    buffer_deinit(&html.attachments);
}

static void append_multipart(mail_writer *w, GMimeObject *object, uint32_t depth)
{
    GMimeMultipart *const parts = GMIME_MULTIPART(object);
    GMimeContentType *const type = g_mime_object_get_content_type(object);
    if (g_mime_multipart_get_count(parts) == 0) {
        /* No boundary, or one that does not occur: all is prologue. */
        const char *const prologue = g_mime_multipart_get_prologue(parts);
        append_text_bytes(w, object, span_from_string(prologue != NULL ? prologue : ""), false);
    } else if (GMIME_IS_MULTIPART_ENCRYPTED(object)) {
        name_attachment(w, object, "(encrypted message)");
    } else if (GMIME_IS_MULTIPART_SIGNED(object) ||
               g_mime_content_type_is_type(type, "multipart", "related")) {
        append_part(w, g_mime_multipart_get_part(parts, 0), depth);
    } else if (g_mime_content_type_is_type(type, "multipart", "alternative")) {
        append_alternative(w, parts, depth);
    } else {
        append_children(w, parts, depth);
    }
}

static void append_forwarded(mail_writer *w, GMimeObject *object, uint32_t depth)
{
    GMimeMessage *const message = g_mime_message_part_get_message(GMIME_MESSAGE_PART(object));
    if (message == NULL) {
        return;
    }
    separate(&w->body);
    (void)buffer_append_string(&w->body, "---------- Forwarded message ----------\n");
    append_headers(&w->body, message);
    (void)buffer_append_byte(&w->body, '\n');
    append_part(w, g_mime_message_get_mime_part(message), depth);
}

static void append_part(mail_writer *w, GMimeObject *part, uint32_t depth)
{
    if (part == NULL || depth >= LIMIT_READER_DEPTH || w->n_parts >= LIMIT_READER_PARTS) {
        return;
    }
    w->n_parts++;
    if (GMIME_IS_MULTIPART(part)) {
        append_multipart(w, part, depth + 1);
    } else if (GMIME_IS_MESSAGE_PART(part)) {
        append_forwarded(w, part, depth + 1);
    } else if (GMIME_IS_PART(part)) {
        append_leaf(w, part);
    } else {
        name_attachment(w, part, NULL);
    }
}

/* --- messages --- */

static GMimeMessage *parse_message(span bytes)
{
    GMimeStream *const stream = g_mime_stream_mem_new_with_buffer(bytes.ptr, bytes.len);
    GMimeParser *const parser = g_mime_parser_new_with_stream(stream);
    GMimeMessage *const message = g_mime_parser_construct_message(parser, NULL);
    g_object_unref(parser);
    g_object_unref(stream);
    return message;
}

static void set_subject(mail_entry *out, const char *subject)
{
    reader_result title = {.title = ""};
    if (subject == NULL) {
        return;
    }
    buffer clean;
    buffer_init(&clean, 4 * HEADER_BYTES);
    const int status = encoding_to_utf8(
        &clean, span_slice(span_from_string(subject), 0, HEADER_BYTES), "utf-8", NULL, NULL);
    if (status == HUIS_OK) {
        reader_set_title(&title, reader_skip_reply_marks(buffer_span(&clean)));
        memcpy(out->subject, title.title, sizeof(out->subject));
        out->reply = reader_skip_reply_marks(buffer_span(&clean)).len <
                     buffer_span(&clean).len - char_skip_spaces(buffer_span(&clean), 0, clean.len);
    }
    note_memory(&out->text, status);
    buffer_deinit(&clean);
}

/* Bytes that do not even start with a header: somebody's text under the name of a mail. */
static void append_headless(buffer *out, span bytes)
{
    const int status = encoding_to_utf8(out, bytes, NULL, NULL, NULL);
    if (status != HUIS_OK) {
        buffer_reset(out);
        note_memory(out, status);
    }
}

static void set_date(mail_entry *out, GDateTime *date)
{
    out->date_s = INT64_MIN;
    if (date == NULL) {
        return;
    }
    const int minutes = (int)(g_date_time_get_utc_offset(date) / G_TIME_SPAN_MINUTE);
    out->date_s = g_date_time_to_unix(date);
    if (timestamp_from_unix(out->date_s + (int64_t)minutes * 60, &out->when)) {
        out->when.zone_minutes = minutes;
    }
}

static void set_who(mail_entry *out, InternetAddressList *list)
{
    if (list == NULL || internet_address_list_length(list) == 0) {
        return;
    }
    char *const text = internet_address_list_to_string(list, NULL, FALSE);
    const span raw = span_from_string(text != NULL ? text : "");
    reader_result line = {.title = ""};
    if (utf8_valid_prefix(raw) == raw.len) {
        reader_set_title(&line, raw);
        memcpy(out->who, line.title, sizeof(out->who));
    }
    g_free(text);
}

/* Its own id, then those that it answers, without their brackets, one a line. */
static void append_ids(mail_entry *out, GMimeMessage *message)
{
    const char *const own = g_mime_message_get_message_id(message);
    (void)buffer_append_string(&out->ids, own != NULL ? own : "");
    static const char *const HEADERS[] = {"References", "In-Reply-To"};
    for (size_t i = 0; i < sizeof(HEADERS) / sizeof(HEADERS[0]); i++) {
        const char *const value = g_mime_object_get_header(GMIME_OBJECT(message), HEADERS[i]);
        const span ids = span_slice(span_from_string(value != NULL ? value : ""), 0, IDS_BYTES);
        for (size_t pos = 0; pos < ids.len; pos++) {
            if (ids.ptr[pos] == '<') {
                (void)buffer_append_byte(&out->ids, '\n');
            } else if (ids.ptr[pos] > ' ' && ids.ptr[pos] != '>') {
                (void)buffer_append_byte(&out->ids, ids.ptr[pos]);
            }
        }
        (void)buffer_append_byte(&out->ids, '\n');
    }
    note_memory(&out->text, out->ids.status);
}

static void append_message(mail_entry *out, GMimeMessage *message, bool mbox)
{
    mail_writer w = {.mbox = mbox};
    buffer_init(&w.body, LIMIT_TEXT_BYTES);
    buffer_init(&w.attachments, NAMES_BYTES + 4 * HEADER_BYTES);
    append_part(&w, g_mime_message_get_mime_part(message), 0);
    append_headers(&out->text, message);
    (void)buffer_append(&out->text, buffer_span(&w.attachments));
    if (out->text.len > 0) {
        (void)buffer_append_byte(&out->text, '\n');
    }
    out->body = out->text.len;
    (void)buffer_append(&out->text, buffer_span(&w.body));
    if (!buffer_ok(&w.body)) {
        buffer_reset(&out->text);
        out->body = 0;
        note_memory(&out->text, w.body.status);
    }
    note_memory(&out->text, w.attachments.status);
    set_date(out, g_mime_message_get_date(message));
    set_who(out, g_mime_message_get_from(message));
    append_ids(out, message);
    set_subject(out, g_mime_message_get_subject(message));
    buffer_deinit(&w.body);
    buffer_deinit(&w.attachments);
}

/* The message's own headers, or those of its content: gmime keeps them apart. */
static bool has_headers(GMimeMessage *message)
{
    GMimeObject *const part = g_mime_message_get_mime_part(message);
    return g_mime_header_list_get_count(g_mime_object_get_header_list(GMIME_OBJECT(message))) > 0 ||
           (part != NULL && g_mime_header_list_get_count(g_mime_object_get_header_list(part)) > 0);
}

/* Writes a message; its text stays empty when there is none. */
static void read_message(mail_entry *out, span bytes, bool mbox)
{
    GMimeMessage *const message = bytes.len > 0 ? parse_message(bytes) : NULL;
    if (message == NULL || !has_headers(message)) {
        append_headless(&out->text, bytes);
    } else {
        append_message(out, message, mbox);
    }
    if (message != NULL) {
        g_object_unref(message);
    }
}

/* Where the next message of an mbox starts, from `pos` on: at a "From " line after an empty one. */
static size_t next_message(span bytes, size_t pos)
{
    while (pos < bytes.len) {
        const char *const found = memmem(bytes.ptr + pos, bytes.len - pos, "\nFrom ", 6);
        if (found == NULL) {
            return bytes.len;
        }
        const size_t at = (size_t)(found - bytes.ptr);
        const bool blank =
            at > 0 && (bytes.ptr[at - 1] == '\n' ||
                       (at > 1 && bytes.ptr[at - 1] == '\r' && bytes.ptr[at - 2] == '\n'));
        if (blank) {
            return at + 1;
        }
        pos = at + 1;
    }
    return bytes.len;
}

static span skip_from_line(span message)
{
    if (!span_starts_with(message, SPAN("From "))) {
        return message;
    }
    const char *const newline = memchr(message.ptr, '\n', message.len);
    const size_t start = newline != NULL ? (size_t)(newline + 1 - message.ptr) : message.len;
    return span_slice(message, start, message.len);
}

/* The newest messages of the file, as they lie in it, in a ring of `max` that starts at *out_first.
 * Returns how many there are in the file. */
static size_t split_mbox(span bytes, span *messages, size_t max, size_t *out_first)
{
    size_t n = 0;
    size_t pos = 0;
    while (pos < bytes.len) {
        const size_t next = next_message(bytes, pos);
        messages[n++ % max] = skip_from_line(span_slice(bytes, pos, next));
        pos = next;
    }
    *out_first = n > max ? n % max : 0;
    return n;
}

/* A message without a date comes after the one before it in the file. */
static void fill_dates(mail_entry *texts, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        if (texts[i].date_s == INT64_MIN) {
            texts[i].date_s = texts[i - 1].date_s;
        }
    }
}

static int finish(reader_result *out, mail_entry *texts, size_t n, huis_error *err)
{
    size_t n_words = 0;
    for (size_t i = 0; i < n; i++) {
        n_words += words_up_to(buffer_span(&texts[i].text), 1);
    }
    if (!mail_threads_sort(texts, n) || !mail_threads_write(out, texts, n) ||
        out->text.status == HUIS_E_NO_MEMORY || !reader_places_ok(out)) {
        return error_no_memory(err, "the mail's text");
    }
    if (!buffer_ok(&out->text)) {
        return error_set(err, HUIS_E_LIMIT, "the mail's text is longer than %zu bytes",
                         out->text.max_bytes);
    }
    if (n_words == 0) {
        return error_set(err, HUIS_E_NO_TEXT, "the mail holds no readable text");
    }
    out->genre = DOCUMENT_MAIL;
    return HUIS_OK;
}

/* The messages of a ring of `size`, from `first` on. */
typedef struct message_ring {
    const span *messages;
    size_t first, size, n;
} message_ring;

static int read_messages(reader_result *out, const message_ring *ring, bool mbox, huis_error *err)
{
    const size_t n = ring->n;
    mail_entry *const texts = memory_alloc(n > 0 ? n : 1, sizeof(*texts));
    if (texts == NULL) {
        return error_no_memory(err, "the messages of the thread");
    }
    size_t n_read = 0;
    bool lost = false;
    for (size_t i = 0; i < n; i++) {
        mail_entry *const text = &texts[n_read];
        *text = (mail_entry){.date_s = INT64_MIN, .index = (uint32_t)i};
        buffer_init(&text->text, LIMIT_TEXT_BYTES);
        buffer_init(&text->ids, 4 * IDS_BYTES);
        read_message(text, ring->messages[(ring->first + i) % ring->size], mbox);
        lost = lost || text->text.status == HUIS_E_NO_MEMORY;
        if (text->text.len > 0) {
            n_read++;
        } else {
            buffer_deinit(&text->text);
            buffer_deinit(&text->ids);
        }
    }
    fill_dates(texts, n_read);
    const int status =
        lost ? error_no_memory(err, "the mail's text") : finish(out, texts, n_read, err);
    for (size_t i = 0; i < n_read; i++) {
        buffer_deinit(&texts[i].text);
        buffer_deinit(&texts[i].ids);
    }
    (void)memory_free(texts);
    return status;
}

int reader_read_mail(reader_result *out, span bytes, reader_format format, huis_error *err)
{
    if (format == READER_MAIL) {
        const span message = skip_from_line(bytes);
        const message_ring one = {&message, 0, 1, 1};
        return read_messages(out, &one, false, err);
    }
    span *const messages = memory_alloc(LIMIT_READER_MESSAGES, sizeof(*messages));
    if (messages == NULL) {
        return error_no_memory(err, "the messages of the thread");
    }
    message_ring ring = {messages, 0, LIMIT_READER_MESSAGES, 0};
    const size_t n = split_mbox(bytes, messages, ring.size, &ring.first);
    ring.n = n < ring.size ? n : ring.size;
    const int status = read_messages(out, &ring, true, err);
    if (status == HUIS_OK && n > ring.n) {
        char note[128];
        (void)snprintf(note, sizeof(note), "the oldest %zu of %zu messages were left out",
                       n - ring.n, n);
        reader_add_note(out, span_from_string(note));
    }
    (void)memory_free(messages);
    return status;
}
