/*
 * reader_chat_text.c - chats and transcripts that are plain text: WhatsApp, Signal, IRC, meetings.
 *
 * Idea: a message is a head line (chat_text.h) and the lines up to the next head, so it is one span of
 * the text. Two passes: the first counts what the dates say about their order (whether 03/04 is in
 * March or April is one question for a whole chat), the second writes. Linear in the text.
 */
#include "document/reader_chat.h"

#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "document/chat_text.h"
#include "document/chat_writer.h"
#include "document/encoding.h"
#include "document/text_chars.h"

/* --- the order of day and month --- */

typedef struct date_votes {
    size_t first_over, second_over; /* numbers past 12 at that place */
    size_t day_falls, month_falls;  /* steps back in time under each reading */
    int64_t day_last, month_last;
} date_votes;

static int64_t order_key(int year, int month, int day)
{
    return ((int64_t)year * 16 + month) * 32 + day;
}

static void vote(date_votes *v, const raw_date *d)
{
    if (d->year_first) {
        return;
    }
    v->first_over += d->n[0] > 12;
    v->second_over += d->n[1] > 12;
    const int64_t by_day = order_key(d->n[2], d->n[1], d->n[0]);
    const int64_t by_month = order_key(d->n[2], d->n[0], d->n[1]);
    v->day_falls += by_day < v->day_last;
    v->month_falls += by_month < v->month_last;
    v->day_last = by_day;
    v->month_last = by_month;
}

static bool is_month_first(const date_votes *v)
{
    if (v->first_over != v->second_over) {
        return v->second_over > v->first_over;
    }
    return v->month_falls < v->day_falls;
}

static timestamp settle_date(const chat_head *head, bool month_first)
{
    timestamp t = head->clock;
    const int *const n = head->date.n;
    int year = head->date.year_first ? n[0] : n[2];
    const int day = head->date.year_first ? n[2] : month_first ? n[1] : n[0];
    const int month = head->date.year_first ? n[1] : month_first ? n[0] : n[1];
    year += year < 70 ? 2000 : year < 100 ? 1900 : 0;
    if (timestamp_is_day(year, month, day) && t.hour < 24) {
        t.year = year;
        t.month = month;
        t.day = day;
    }
    return t;
}

/* --- messages --- */

typedef struct text_chat {
    span text;
    chat_writer *writer;
    bool month_first;
    timestamp day; /* that a log said last: "--- Day changed Wed Mar 12 2025" */
    bool open;
    chat_message message; /* being read; its body grows line by line */
} text_chat;

static void close_message(text_chat *c)
{
    if (c->open && (c->message.who.len > 0 || chat_is_rename(c->message.body))) {
        chat_add(c->writer, &c->message);
    }
    c->open = false;
}

static void set_time(text_chat *c, const chat_head *head)
{
    chat_message *const m = &c->message;
    m->into_s = -1;
    m->when = (timestamp){.year = 0};
    if (head->has_date) {
        m->when = settle_date(head, c->month_first);
        return;
    }
    if (!head->has_time) {
        m->when = c->day;
        return;
    }
    if (c->day.year != 0 && head->clock.hour < 24) {
        m->when = head->clock;
        m->when.year = c->day.year;
        m->when.month = c->day.month;
        m->when.day = c->day.day;
        return;
    }
    m->into_s =
        (int64_t)head->clock.hour * 3600 + (int64_t)head->clock.minute * 60 + head->clock.second;
}

static void open_message(text_chat *c, const chat_head *head, const text_line *line)
{
    close_message(c);
    set_time(c, head);
    c->open = !head->noise;
    c->message.who = span_slice(c->text, head->name_start, head->name_end);
    c->message.body =
        span_slice(c->text, head->body, line->end > head->body ? line->end : head->body);
}

/* "--- Day changed Wed Mar 12 2025", "Session Start: Wed Mar 12 10:42:31 2025". */
static bool take_day_mark(text_chat *c, const text_line *line)
{
    static const span MARKS[] = {{"--- ", 4}, {"**** ", 5}, {"Session ", 8}, {"*** ", 4}};
    const span words = span_slice(c->text, line->first, line->end);
    for (size_t i = 0; i < sizeof(MARKS) / sizeof(MARKS[0]); i++) {
        timestamp day;
        if (words.len < 100 && span_starts_with(words, MARKS[i])) {
            close_message(c);
            if (timestamp_parse_words(words, &day)) {
                c->day = day;
                c->day.has_time = c->day.has_zone = false;
            }
            return true;
        }
    }
    return false;
}

static void extend_message(text_chat *c, const text_line *line)
{
    if (c->open && c->message.body.ptr != NULL) {
        c->message.body.len = (size_t)(c->text.ptr + line->end - c->message.body.ptr);
    }
}

static void read_line(text_chat *c, const text_line *line, bool speaker_lines)
{
    chat_head head;
    if (line_is_blank(line) || take_day_mark(c, line)) {
        return;
    }
    if (chat_parse_head(c->text, line, &head) ||
        (speaker_lines && chat_parse_speaker_line(c->text, line, &head))) {
        open_message(c, &head, line);
    } else {
        extend_message(c, line);
    }
}

/* --- Signal: blocks of "From:", "Type:", "Sent:" lines, an empty line, the words --- */

static span value_after(span line, span name)
{
    return span_starts_with(line, name)
               ? span_slice(line, char_skip_spaces(line, name.len, line.len), line.len)
               : span_from(NULL, 0);
}

/* "Anna Roux (+33612345678)", "“Anna” +336... (device: 1) to +337...": the name. */
static span signal_name(span value)
{
    size_t end = 0;
    static const span QUOTE = {"\xE2\x80\x9C", 3};
    if (span_starts_with(value, QUOTE)) {
        const char *const close = memmem(value.ptr + 3, value.len - 3, "\xE2\x80\x9D", 3);
        return close != NULL ? span_slice(value, 3, (size_t)(close - value.ptr)) : value;
    }
    while (end < value.len && !(end > 0 && value.ptr[end] == '(') &&
           !(end > 0 && value.ptr[end] == '+')) {
        end++;
    }
    return span_slice(value, 0, char_trim_end(value, 0, end));
}

typedef struct signal_chat {
    text_chat chat;
    bool in_head;
} signal_chat;

/* A line of a block's head. False: it is none. */
static bool take_signal_head(signal_chat *s, span line)
{
    text_chat *const c = &s->chat;
    static const span OTHERS[] = {
        {"Type: ", 6},          {"Received: ", 10}, {"Attachment: ", 12},
        {"Edited: ", 8},        {"Reaction: ", 10}, {"Timestamp: ", 11},
        {"Conversation: ", 14}, {"Sent by ", 8},    {"Server timestamps", 17},
        {"Server ", 7},         {"Sent to: ", 9},   {"Version: ", 9}};
    const bool envelope = span_starts_with(line, SPAN("Envelope from: "));
    if (envelope || (span_starts_with(line, SPAN("From: ")) && !s->in_head)) {
        close_message(c);
        s->in_head = true;
        c->open = true;
        c->message = (chat_message){.into_s = -1};
        c->message.who =
            signal_name(value_after(line, envelope ? SPAN("Envelope from: ") : SPAN("From: ")));
        return true;
    }
    if (!s->in_head) {
        return span_starts_with(line, SPAN("Conversation: "));
    }
    const span sent = value_after(line, SPAN("Sent: "));
    const char *const iso = memchr(line.ptr, '(', line.len);
    if (sent.len > 0) {
        (void)timestamp_parse_words(sent, &c->message.when);
        return true;
    }
    if (span_starts_with(line, SPAN("Timestamp: ")) && iso != NULL) {
        (void)timestamp_parse_iso(span_slice(line, (size_t)(iso + 1 - line.ptr), line.len),
                                  &c->message.when);
    }
    for (size_t i = 0; i < sizeof(OTHERS) / sizeof(OTHERS[0]); i++) {
        if (span_starts_with(line, OTHERS[i])) {
            return true;
        }
    }
    return false;
}

static void read_signal_line(signal_chat *s, const text_line *line)
{
    text_chat *const c = &s->chat;
    if (line_is_blank(line)) {
        s->in_head = s->in_head && c->message.body.ptr == NULL && c->message.when.year == 0;
        return;
    }
    span words = span_slice(c->text, line->first, line->end);
    if (take_signal_head(s, words)) {
        return;
    }
    s->in_head = false;
    if (!c->open || words.ptr[0] == '>') {
        return; /* the quoted message stands above */
    }
    if (c->message.body.ptr == NULL) {
        const span body = value_after(words, SPAN("Body: "));
        c->message.body = body.len > 0 ? body : words;
    } else {
        extend_message(c, line);
    }
}

/* --- the reader --- */

typedef struct chat_survey {
    date_votes votes;
    size_t n_heads, n_speaker_lines, n_signal;
} chat_survey;

static chat_survey survey(span text)
{
    chat_survey found = {.n_heads = 0};
    for (size_t pos = 0; pos < text.len;) {
        const text_line line = line_at(text, pos);
        const span words = span_slice(text, line.first, line.end);
        chat_head head;
        pos = line.next;
        found.n_signal += span_starts_with(words, SPAN("Envelope from: ")) ||
                          span_starts_with(words, SPAN("Type: incoming")) ||
                          span_starts_with(words, SPAN("Type: outgoing"));
        if (chat_parse_head(text, &line, &head)) {
            found.n_heads++;
            if (head.has_date) {
                vote(&found.votes, &head.date);
            }
        } else {
            found.n_speaker_lines += chat_parse_speaker_line(text, &line, &head);
        }
    }
    return found;
}

static void read_lines(chat_writer *w, span text)
{
    const chat_survey found = survey(text);
    const bool signal = found.n_signal > found.n_heads;
    signal_chat s = {.chat = {.text = text,
                              .writer = w,
                              .month_first = is_month_first(&found.votes),
                              .message = {.into_s = -1}}};
    for (size_t pos = 0; pos < text.len && buffer_ok(&w->out->text);) {
        const text_line line = line_at(text, pos);
        pos = line.next;
        if (signal) {
            read_signal_line(&s, &line);
        } else {
            read_line(&s.chat, &line, found.n_speaker_lines > found.n_heads);
        }
    }
    close_message(&s.chat);
}

int reader_read_chat_text(reader_result *out, span bytes, huis_error *err)
{
    buffer text;
    chat_writer writer;
    buffer_init(&text, LIMIT_TEXT_BYTES);
    chat_writer_init(&writer, out);
    int status = encoding_to_utf8(&text, bytes, NULL, NULL, err);
    if (status == HUIS_OK) {
        read_lines(&writer, buffer_span(&text));
        status = chat_finish(&writer, "the chat", err);
    }
    chat_writer_deinit(&writer);
    buffer_deinit(&text);
    return status;
}
