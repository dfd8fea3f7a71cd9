/*
 * notify_digest_check.c - what a digest may not hold: addresses, telephone numbers, pictures, hidden
 * characters, words that the records do not say. Written to be read by who doubts it: each rule looks
 * at the finished line, whatever made it.
 */
#include "base/utf8.h"
#include "document/document.h"
#include "document/text_chars.h"
#include "evidence/evidence.h"
#include "feature/notify/notify_digest.h"

enum {
    MIN_NUMBER_DIGITS = 7, /* in groups, "555-0142"; dates and sums have fewer or other marks */
    MIN_PLUS_DIGITS = 6
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Marks that join the groups of a telephone or card number. */
static size_t joint_at(span text, size_t pos)
{
    const char c = text.ptr[pos];
    if (c == ' ' || c == '.' || c == '-' || c == '(' || c == ')') {
        return 1;
    }
    if (pos + 1 < text.len && memcmp(text.ptr + pos, "\xC2\xA0", 2) == 0) {
        return 2;
    }
    return 0;
}

/* "2026-03-10" */
static bool is_date(span run)
{
    return run.len == 10 && run.ptr[4] == '-' && run.ptr[7] == '-';
}

/* The end of the telephone or card number that starts at `pos`; `pos`: none. */
static size_t number_end(span text, size_t pos)
{
    const bool plus = text.ptr[pos] == '+';
    size_t at = pos + (plus ? 1 : 0);
    size_t end = pos;
    size_t n_digits = 0;
    size_t n_joints = 0; /* in a row */
    while (at < text.len && n_joints < 3) {
        if (is_digit(text.ptr[at])) {
            n_digits++;
            n_joints = 0;
            end = ++at;
            continue;
        }
        const size_t joint = joint_at(text, at);
        if (joint == 0) {
            break;
        }
        n_joints++;
        at += joint;
    }
    const bool many = n_digits >= (plus ? MIN_PLUS_DIGITS : MIN_NUMBER_DIGITS);
    return many && !is_date(span_slice(text, pos, end)) ? end : pos;
}

static bool may_open_number(span text, size_t pos)
{
    const char c = text.ptr[pos];
    const bool starts = is_digit(c) || ((c == '+' || c == '(') && pos + 1 < text.len);
    return starts && (pos == 0 || !is_digit(text.ptr[pos - 1]));
}

static bool holds_number(span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (may_open_number(text, i) && number_end(text, i) > i) {
            return true;
        }
    }
    return false;
}

bool digest_is_number(span text)
{
    size_t n_digits = 0;
    size_t n_letters = 0;
    for (size_t pos = 0; pos < text.len;) {
        size_t len = 0;
        const char_kind kind = char_at(text, pos, &len);
        n_digits += kind == CHAR_DIGIT;
        n_letters += char_is_letter(kind);
        pos += len;
    }
    return n_digits >= 3 && n_letters == 0;
}

/* Pictures and their joiners; "°", "€", "→" are text. */
static bool is_picture(uint32_t code)
{
    return code >= 0x1F000 || code == 0x200D || (code >= 0xFE00 && code <= 0xFE0F) ||
           (code >= 0x2600 && code <= 0x27BF) || (code >= 0x2B00 && code <= 0x2BFF) ||
           (code >= 0x231A && code <= 0x23FF) || code == 0x20E3;
}

static bool is_mail_address(span token)
{
    const char *const at = memchr(token.ptr, '@', token.len);
    return at != NULL && at > token.ptr &&
           memchr(at, '.', token.len - (size_t)(at - token.ptr)) != NULL;
}

/* ":-)", ";)" */
static bool is_face(span token)
{
    return token.len >= 2 && (token.ptr[0] == ':' || token.ptr[0] == ';') &&
           document_count_words(token) == 0;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* "parcel-fee.example/pay": a host of any ending with a path; "km/h." and "St-Lo/Caen." are none. */
static bool is_host_with_path(span token)
{
    const char *const slash = memchr(token.ptr, '/', token.len);
    const size_t stop = slash != NULL ? (size_t)(slash - token.ptr) : 0;
    for (size_t i = 2; i + 2 < stop; i++) {
        if (token.ptr[i] == '.' && is_letter(token.ptr[i - 1]) && is_letter(token.ptr[i + 1]) &&
            is_letter(token.ptr[i + 2])) {
            return true;
        }
    }
    return false;
}

static bool is_address(span token, arena *memory)
{
    if (is_host_with_path(token)) {
        return true;
    }
    const char *const copy = arena_copy(memory, token);
    notify_text t;
    return copy == NULL || notify_text_clean(copy, memory, &t, NULL) != HUIS_OK || t.had_link ||
           is_mail_address(token);
}

/* A mark that may not open or end a line. */
static bool is_loose(uint32_t code, bool at_end)
{
    const bool dash = code == '-' || code == 0x2013 || code == 0x2014 || code == 0x2022;
    const bool joint = code == ',' || code == ';' || code == ':' || code == '/' || code == '|';
    return code == ' ' || joint || code == 0xB7 || code == '>' || code == '=' || code == '_' ||
           (at_end ? dash || code == '(' || code == '[' || code == 0xAB || code == 0x201C
                   : (code == '.' || code == ')' || code == ']' || code == 0xBB || code == 0x201D ||
                      code == '!' || code == '?' || dash || code == '*'));
}

/* "-0,9" is a number below zero. */
static bool opens_negative(span text, size_t pos)
{
    return pos + 1 < text.len && text.ptr[pos] == '-' && is_digit(text.ptr[pos + 1]);
}

static span trim(span text)
{
    size_t start = 0;
    size_t stop = text.len;
    while (start < stop) {
        uint32_t code = 0;
        const size_t n = utf8_next(text, start, &code);
        if (!is_loose(code, false) || opens_negative(text, start)) {
            break;
        }
        start += n;
    }
    while (stop > start) {
        size_t first = stop - 1;
        while (first > start && ((unsigned char)text.ptr[first] & 0xC0) == 0x80) {
            first--;
        }
        uint32_t code = 0;
        (void)utf8_next(text, first, &code);
        if (!is_loose(code, true)) {
            break;
        }
        stop = first;
    }
    return span_slice(text, start, stop);
}

/* "call me on", once the number is gone: "call me". */
static span without_dangling(span text)
{
    for (;;) {
        size_t start = text.len;
        while (start > 0 && text.ptr[start - 1] != ' ') {
            start--;
        }
        if (start == 0 || !evidence_is_function_word(span_slice(text, start, text.len))) {
            return text;
        }
        text = trim(span_slice(text, 0, start));
    }
}

/* Drops brackets without a partner. */
static void append_balanced(buffer *out, span text)
{
    long open = 0;
    size_t n_close = 0;
    for (size_t i = 0; i < text.len; i++) {
        n_close += text.ptr[i] == ')';
    }
    for (size_t i = 0; i < text.len; i++) {
        const char c = text.ptr[i];
        if (c == '(') {
            if (n_close == 0) {
                continue;
            }
            n_close--;
            open++;
        } else if (c == ')' && open-- <= 0) {
            open = 0;
            continue;
        }
        (void)buffer_append_byte(out, c);
    }
}

void digest_append_plain(buffer *out, span text, arena *memory)
{
    buffer plain;
    buffer_init(&plain, 4 * text.len + 64);
    size_t taken = SIZE_MAX; /* where something was taken out last */
    for (size_t pos = 0; pos < text.len;) {
        const bool at_word = pos == 0 || text.ptr[pos - 1] == ' ';
        if (may_open_number(text, pos) && number_end(text, pos) > pos) {
            pos = number_end(text, pos);
            taken = plain.len;
            continue;
        }
        if (at_word) {
            size_t stop = pos;
            while (stop < text.len && text.ptr[stop] != ' ') {
                stop++;
            }
            const span token = span_slice(text, pos, stop);
            if (is_face(token) || is_address(token, memory)) {
                pos = stop;
                taken = plain.len;
                continue;
            }
        }
        uint32_t code = 0;
        const size_t n = utf8_next(text, pos, &code);
        const bool doubled =
            (code == ' ' || code == '!') && plain.len > 0 && plain.ptr[plain.len - 1] == (char)code;
        if ((code == ',' || code == '.') && plain.len > 0 && plain.ptr[plain.len - 1] == ' ') {
            buffer_truncate(&plain, plain.len - 1);
        }
        if (!is_picture(code) && !doubled) {
            (void)buffer_append(&plain, span_slice(text, pos, pos + n));
        }
        pos += n;
    }
    const span shown = trim(buffer_span(&plain));
    const bool at_end =
        plain.len > 0 && taken != SIZE_MAX && shown.ptr + shown.len <= plain.ptr + taken;
    append_balanced(out, at_end ? without_dangling(shown) : shown);
    buffer_deinit(&plain);
}

static bool is_word_of(const notify_words *words, span form)
{
    for (size_t i = 0; i < words->count; i++) {
        if (span_equal(words->items[i].form, form)) {
            return true;
        }
    }
    return false;
}

static void add_record(notify_words *words, const huis_notification *record, arena *memory)
{
    const char *const fields[] = {record->app, record->sender, record->conversation, record->title,
                                  record->body};
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        notify_text t;
        if (notify_text_clean(fields[i], memory, &t, NULL) == HUIS_OK) {
            notify_words_add(words, span_slice(t.text, 0, DIGEST_FIELD_BYTES), NOTIFY_BODY, memory);
        }
    }
}

static bool holds_host_with_path(span line)
{
    for (size_t pos = 0; pos < line.len;) {
        const char *const space = memchr(line.ptr + pos, ' ', line.len - pos);
        const size_t stop = space != NULL ? (size_t)(space - line.ptr) : line.len;
        if (is_host_with_path(span_slice(line, pos, stop))) {
            return true;
        }
        pos = stop + 1;
    }
    return false;
}

bool digest_may_show(const digest_job *job, span line, const digest_entry *entry, span own,
                     arena *scratch)
{
    const char *const copy = arena_copy(scratch, line);
    notify_words *const said = arena_alloc(scratch, 2, sizeof(*said));
    notify_text t;
    if (copy == NULL || said == NULL || document_count_words(line) > DIGEST_LINE_WORDS ||
        notify_text_clean(copy, scratch, &t, NULL) != HUIS_OK || t.had_link || t.n_hidden > 0 ||
        !span_equal(t.text, line) || holds_number(line) || holds_host_with_path(line)) {
        return false;
    }
    notify_words *const known = said + 1;
    notify_words_add(said, line, NOTIFY_BODY, scratch);
    notify_words_add(known, own, NOTIFY_BODY, scratch);
    for (const digest_entry *e = entry; e != NULL;
         e = e->next_same > 0 ? &job->entries[e->next_same - 1] : NULL) {
        add_record(known, e->given, scratch);
    }
    for (size_t i = 0; i < said->count; i++) {
        if (!is_word_of(known, said->items[i].form)) {
            return false;
        }
    }
    return !said->out_of_memory && !known->out_of_memory;
}
