/*
 * reader_subtitles.c - SRT and WebVTT to sentences and turns.
 *
 * Idea: cues cut sentences where the screen ends, so their lines are put together again: a paragraph
 * goes on until somebody else speaks, a pause of PAUSE_MS, or the end of a sentence after
 * PARAGRAPH_MS. Marks (tags, places, sounds) go. Live captions repeat: a cue shows the line before once
 * more and then a new one; where cues overlap that much, what was just said is not written again.
 *
 * Invariants: cues are sorted by time, stably; each paragraph is one line and has a PLACE_CUE.
 */
#include "document/reader_chat.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/map.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "document/chat_writer.h"
#include "document/document_parts.h"
#include "document/encoding.h"
#include "document/reader_lines.h"
#include "document/text_chars.h"

enum {
    PAUSE_MS = 4000,
    PARAGRAPH_MS = 30000,
    NAME_BYTES = 60,
    KEPT_LINES = 3, /* of the cue before, to find what is repeated */
    KEPT_BYTES = 512
};

typedef struct cue {
    int64_t start_ms, end_ms;
    span text; /* its lines */
    uint32_t index;
} cue;

/* --- cues --- */

/* "00:01:02,345", "1:02.345" at *pos. */
static bool take_time(span line, size_t *pos, int64_t *out_ms)
{
    int64_t fields[3] = {0, 0, 0};
    int n = 0;
    size_t at = *pos;
    while (n < 3) {
        size_t digits = 0;
        while (at < line.len && digits < 6 && line.ptr[at] >= '0' && line.ptr[at] <= '9') {
            fields[n] = fields[n] * 10 + (line.ptr[at++] - '0');
            digits++;
        }
        if (digits == 0) {
            return false;
        }
        n++;
        if (at >= line.len || line.ptr[at] != ':') {
            break;
        }
        at++;
    }
    int64_t ms = 0;
    int64_t scale = 100;
    if (n >= 2 && at < line.len && (line.ptr[at] == ',' || line.ptr[at] == '.')) {
        for (at++; at < line.len && line.ptr[at] >= '0' && line.ptr[at] <= '9'; at++) {
            ms += (line.ptr[at] - '0') * scale;
            scale /= 10;
        }
    }
    const int64_t seconds =
        n == 3 ? (fields[0] * 60 + fields[1]) * 60 + fields[2] : fields[0] * 60 + fields[1];
    *out_ms = seconds * 1000 + ms;
    *pos = at;
    return n >= 2;
}

/* "00:01:02,345 --> 00:01:04,000 align:start". */
static bool parse_timing(span line, cue *out)
{
    size_t pos = 0;
    if (line.len < 9 || !take_time(line, &pos, &out->start_ms)) {
        return false;
    }
    pos = char_skip_spaces(line, pos, line.len);
    if (!span_starts_with(span_slice(line, pos, line.len), SPAN("-->"))) {
        return false;
    }
    pos = char_skip_spaces(line, pos + 3, line.len);
    return take_time(line, &pos, &out->end_ms);
}

/* Whether a line is the number of the cue whose timing follows. */
static bool is_number_of_next(span text, const text_line *line)
{
    const span words = span_slice(text, line->first, line->end);
    cue next;
    for (size_t i = 0; i < words.len; i++) {
        if (words.ptr[i] < '0' || words.ptr[i] > '9') {
            return false;
        }
    }
    if (words.len == 0 || line->next >= text.len) {
        return false;
    }
    const text_line after = line_at(text, line->next);
    return parse_timing(span_slice(text, after.first, after.end), &next);
}

static bool grow_cues(cue **cues, size_t *capacity, size_t n)
{
    if (n < *capacity) {
        return true;
    }
    const size_t bigger = *capacity > 0 ? 2 * *capacity : 256;
    cue *const resized = memory_resize(*cues, bigger, sizeof(*resized));
    if (resized == NULL) {
        return false;
    }
    *cues = resized;
    *capacity = bigger;
    return true;
}

/* The lines after a timing, up to an empty line or the next cue; returns where to go on. */
static size_t take_cue_text(span text, size_t pos, span *out)
{
    const size_t start = pos;
    size_t end = pos;
    while (pos < text.len) {
        const text_line line = line_at(text, pos);
        cue next;
        if (line_is_blank(&line) || is_number_of_next(text, &line) ||
            parse_timing(span_slice(text, line.first, line.end), &next)) {
            break;
        }
        end = line.end;
        pos = line.next;
    }
    *out = span_slice(text, start, end);
    return pos;
}

/* All cues. False: no memory. */
static bool find_cues(span text, cue **out_cues, size_t *out_n)
{
    size_t capacity = 0;
    *out_cues = NULL;
    *out_n = 0;
    for (size_t pos = 0; pos < text.len;) {
        const text_line line = line_at(text, pos);
        cue found = {.index = (uint32_t)*out_n};
        pos = line.next;
        if (!parse_timing(span_slice(text, line.first, line.end), &found)) {
            continue; /* numbers, names, notes, styles */
        }
        pos = take_cue_text(text, pos, &found.text);
        if (found.text.len > 0) {
            if (*out_n == UINT32_MAX || !grow_cues(out_cues, &capacity, *out_n)) {
                return false;
            }
            (*out_cues)[(*out_n)++] = found;
        }
    }
    return true;
}

static int compare_cues(const void *a, const void *b)
{
    const cue *const x = a;
    const cue *const y = b;
    if (x->start_ms != y->start_ms) {
        return x->start_ms < y->start_ms ? -1 : 1;
    }
    return x->index < y->index ? -1 : x->index > y->index;
}

/* --- the words of a line --- */

/* A stretch of speech of one line. */
typedef struct piece {
    span who;
    bool turn; /* somebody else speaks here */
} piece;

static const struct {
    span entity;
    const char *text;
} ENTITIES[] = {{{"&amp;", 5}, "&"},   {{"&lt;", 4}, "<"}, {{"&gt;", 4}, ">"},
                {{"&nbsp;", 6}, " "},  {{"&lrm;", 5}, ""}, {{"&rlm;", 5}, ""},
                {{"&quot;", 6}, "\""}, {{"&#39;", 5}, "'"}};

/* The end of "<...>" or "{\...}" at pos; 0: none. */
static size_t tag_end(span line, size_t pos)
{
    const bool tag = line.ptr[pos] == '<';
    const bool style = line.ptr[pos] == '{' && pos + 1 < line.len && line.ptr[pos + 1] == '\\';
    if (!tag && !style) {
        return 0;
    }
    if (tag && pos + 1 < line.len && (line.ptr[pos + 1] == ' ' || line.ptr[pos + 1] == '3')) {
        return 0; /* "< 5", "<3" */
    }
    const size_t reach = line.len - pos < 4096 ? line.len - pos : 4096;
    const char *const close = memchr(line.ptr + pos, tag ? '>' : '}', reach);
    return close != NULL ? (size_t)(close + 1 - line.ptr) : 0;
}

/* The name in "<v.loud Anna Roux>". */
static span voice_of(span tag)
{
    if (!span_starts_with(tag, SPAN("<v")) || tag.len < 4 ||
        (tag.ptr[2] != ' ' && tag.ptr[2] != '.' && tag.ptr[2] != '\t')) {
        return span_from(NULL, 0);
    }
    const char *const space = memchr(tag.ptr, ' ', tag.len);
    const size_t start = space != NULL ? (size_t)(space + 1 - tag.ptr) : tag.len;
    return span_slice(tag, start, tag.len - 1);
}

/* Sounds: "[music]", "(rires)", "*sighs*". The end of the mark at pos; 0: none. Brackets always are;
 * parentheses when they hold few words. */
static size_t sound_end(span line, size_t pos)
{
    const char open = line.ptr[pos];
    if (open != '[' && open != '(') {
        return 0;
    }
    const size_t reach = line.len - pos < 80 ? line.len - pos : 80;
    const char *const close = memchr(line.ptr + pos, open == '[' ? ']' : ')', reach);
    if (close == NULL) {
        return 0;
    }
    const size_t end = (size_t)(close + 1 - line.ptr);
    const span inner = span_slice(line, pos + 1, end - 1);
    for (size_t i = 0; i < inner.len; i++) {
        if (inner.ptr[i] >= '0' && inner.ptr[i] <= '9') {
            return 0;
        }
    }
    const size_t before = char_skip_spaces(line, 0, pos);
    const bool opens = before == pos || line.ptr[before] == '-';
    const bool closes = char_skip_spaces(line, end, line.len) == line.len;
    return open == '[' || ((opens || closes) && words_up_to(inner, 4) <= 3) ? end : 0;
}

/* Appends the line without marks; *out_voice: the last name that a tag gave. */
static void append_clean(buffer *out, span line, span *out_voice)
{
    for (size_t pos = 0; pos < line.len;) {
        const size_t tag = tag_end(line, pos);
        if (tag > 0) {
            const span voice = voice_of(span_slice(line, pos, tag));
            *out_voice = voice.len > 0 ? voice : *out_voice;
            pos = tag;
            continue;
        }
        const size_t sound = sound_end(line, pos);
        if (sound > 0) {
            pos = sound;
            continue;
        }
        size_t len = 1;
        for (size_t i = 0; line.ptr[pos] == '&' && i < sizeof(ENTITIES) / sizeof(ENTITIES[0]);
             i++) {
            if (span_starts_with(span_slice(line, pos, line.len), ENTITIES[i].entity)) {
                (void)buffer_append_string(out, ENTITIES[i].text);
                len = ENTITIES[i].entity.len;
            }
        }
        if (len == 1) {
            (void)buffer_append_byte(out, line.ptr[pos]);
        }
        pos += len;
    }
}

static bool is_song(span line)
{
    return memmem(line.ptr, line.len, "\xE2\x99\xAA", 3) != NULL ||
           memmem(line.ptr, line.len, "\xE2\x99\xAB", 3) != NULL;
}

/* The length of "- ", "— ", ">> " at the start; 0: none. */
static size_t dash_len(span line)
{
    static const span DASHES[] = {{"- ", 2},  {"– ", 4}, {"— ", 4}, {">>> ", 4},
                                  {">> ", 3}, {"—", 3},  {"–", 3}};
    for (size_t i = 0; i < sizeof(DASHES) / sizeof(DASHES[0]); i++) {
        if (span_starts_with(line, DASHES[i])) {
            return DASHES[i].len;
        }
    }
    size_t len = 0;
    const bool tight = line.len > 1 && line.ptr[0] == '-' && char_is_word(char_at(line, 1, &len));
    return tight ? 1 : 0;
}

/* The end of a name before ": " at the start of a line; 0: none. */
static size_t name_len(span line)
{
    const size_t reach = line.len < NAME_BYTES ? line.len : NAME_BYTES;
    size_t at = 0;
    while (at < reach && line.ptr[at] != ':') {
        at++;
    }
    size_t len = 0;
    if (at == 0 || at == reach ||
        (at + 1 < line.len && char_at(line, at + 1, &len) != CHAR_SPACE) ||
        char_at(line, 0, &len) != CHAR_UPPER || words_up_to(span_slice(line, 0, at), 5) > 4) {
        return 0;
    }
    for (size_t i = 0; i < at; i++) {
        if (strchr(",;!?\"", line.ptr[i]) != NULL) {
            return 0;
        }
    }
    return at;
}

static bool is_all_capitals(span name)
{
    size_t letters = 0;
    for (size_t pos = 0, len = 0; pos < name.len; pos += len) {
        const char_kind kind = char_at(name, pos, &len);
        if (kind == CHAR_LOWER) {
            return false;
        }
        letters += kind == CHAR_UPPER;
    }
    return letters >= 2;
}

/* --- writing --- */

typedef struct subtitle_writer {
    reader_result *out;
    map names;      /* before a colon: how often */
    bool rolling;   /* cues repeat each other */
    bool all_named; /* most cues start with a name */
    buffer line;    /* a cleaned line */
    buffer voice;   /* who speaks; empty: not known */
    buffer shown;   /* the lines of the cue before, each ended by a newline */
    buffer showing; /* those of this cue */
    bool in_line;   /* a paragraph is open */
    bool is_turn;   /* ... and has a speaker or a dash */
    int64_t opened_ms, ended_ms;
    uint32_t n_places;
    size_t n_turns, n_paragraphs;
    size_t n_dashes; /* of this cue */
    bool broken;     /* no memory for the names */
} subtitle_writer;

static void close_paragraph(subtitle_writer *w)
{
    if (w->in_line) {
        (void)buffer_append_byte(&w->out->text, '\n');
    }
    w->in_line = false;
}

static void open_paragraph(subtitle_writer *w, const cue *at, bool turn)
{
    char when[32];
    close_paragraph(w);
    /* Next to a turn a line that is none would be read as its rest. */
    if (w->out->text.len > 0 && !(w->is_turn && (turn || w->voice.len > 0))) {
        (void)buffer_append_byte(&w->out->text, '\n');
    }
    const int64_t s = at->start_ms / 1000;
    (void)snprintf(when, sizeof(when), "%02d:%02d:%02d", (int)(s / 3600 % 100000),
                   (int)(s / 60 % 60), (int)(s % 60));
    const reader_place_draft place = {.start = w->out->text.len,
                                      .kind = PLACE_CUE,
                                      .number = ++w->n_places,
                                      .who = buffer_span(&w->voice),
                                      .when = span_from_string(when)};
    reader_add_place(w->out, &place);
    if (w->voice.len > 0) {
        chat_append_name(&w->out->text, buffer_span(&w->voice));
        (void)buffer_append_string(&w->out->text, ": ");
    } else if (turn) {
        (void)buffer_append_string(&w->out->text, "— ");
    }
    w->in_line = true;
    w->is_turn = turn || w->voice.len > 0;
    w->n_turns += w->is_turn;
    w->n_paragraphs++;
    w->opened_ms = at->start_ms;
}

static bool ends_sentence(const buffer *text)
{
    const char last = text->len > 0 ? text->ptr[text->len - 1] : '\0';
    return last == '.' || last == '!' || last == '?' || last == '"' ||
           span_ends_with(buffer_span(text), SPAN("…")) ||
           span_ends_with(buffer_span(text), SPAN("»"));
}

static void set_voice(subtitle_writer *w, span name)
{
    buffer_reset(&w->voice);
    (void)buffer_append(&w->voice, name);
}

/* Whether the line was shown by the cue before. */
static bool was_shown(const subtitle_writer *w, span line)
{
    const span shown = buffer_span(&w->shown);
    for (size_t pos = 0; pos < shown.len;) {
        const text_line at = line_at(shown, pos);
        if (span_equal(span_slice(shown, at.first, at.end), line)) {
            return true;
        }
        pos = at.next;
    }
    return false;
}

/* "and then we" after "and then": the part that is new. */
static span skip_shown_start(const subtitle_writer *w, span line)
{
    const span shown = buffer_span(&w->shown);
    for (size_t pos = 0; pos < shown.len;) {
        const text_line at = line_at(shown, pos);
        const span before = span_slice(shown, at.first, at.end);
        if (before.len > 0 && line.len > before.len && span_starts_with(line, before) &&
            line.ptr[before.len] == ' ') {
            return span_slice(line, before.len + 1, line.len);
        }
        pos = at.next;
    }
    return line;
}

/* A known name before a colon becomes the voice; returns where the words start. */
static size_t take_name(subtitle_writer *w, span line, bool *out_turn)
{
    const size_t len = name_len(line);
    uint32_t n = 0;
    if (len == 0) {
        return 0;
    }
    const span name = span_slice(line, 0, char_trim_end(line, 0, len));
    if (!is_all_capitals(name) && !w->all_named && !(map_get(&w->names, name, &n) && n >= 2)) {
        return 0;
    }
    *out_turn = !span_equal(name, buffer_span(&w->voice));
    set_voice(w, name);
    return char_skip_spaces(line, len + 1, line.len);
}

static void write_words(subtitle_writer *w, const cue *at, span words, bool turn)
{
    const bool pause = at->start_ms > w->ended_ms + PAUSE_MS;
    const bool full = at->start_ms >= w->opened_ms + PARAGRAPH_MS && ends_sentence(&w->out->text);
    if (!w->in_line || turn || pause || full) {
        open_paragraph(w, at, turn);
    } else if (!span_ends_with(buffer_span(&w->out->text), SPAN(" "))) {
        (void)buffer_append_byte(&w->out->text, ' ');
    }
    reader_append_line(&w->out->text, words);
    w->ended_ms = at->end_ms > at->start_ms ? at->end_ms : at->start_ms;
}

static void write_line(subtitle_writer *w, const cue *at, span raw)
{
    span voice = {0};
    bool turn = false;
    buffer_reset(&w->line);
    append_clean(&w->line, raw, &voice);
    const span clean = buffer_span(&w->line);
    size_t pos = char_skip_spaces(clean, 0, clean.len);
    span words = span_slice(clean, pos, char_trim_end(clean, pos, clean.len));
    if (words_up_to(words, 1) == 0 || is_song(words)) {
        return;
    }
    if (w->showing.len < KEPT_BYTES) {
        (void)buffer_append(&w->showing, words);
        (void)buffer_append_byte(&w->showing, '\n');
    }
    if (w->rolling && was_shown(w, words)) {
        return;
    }
    words = w->rolling ? skip_shown_start(w, words) : words;
    if (voice.len > 0 && !span_equal(voice, buffer_span(&w->voice))) {
        turn = true;
        set_voice(w, voice);
    }
    const size_t dash = dash_len(words);
    if (dash > 0) {
        words = span_slice(words, char_skip_spaces(words, dash, words.len), words.len);
        turn = true;
        w->n_dashes++;
        if (voice.len == 0) {
            buffer_reset(&w->voice);
        }
    }
    const size_t name_end = take_name(w, words, &turn);
    words = span_slice(words, name_end, words.len);
    if (words_up_to(words, 1) > 0) {
        write_words(w, at, words, turn);
    }
}

static void write_cue(subtitle_writer *w, const cue *at)
{
    buffer_reset(&w->showing);
    w->n_dashes = 0;
    for (size_t pos = 0; pos < at->text.len;) {
        const text_line line = line_at(at->text, pos);
        pos = line.next;
        if (!line_is_blank(&line)) {
            write_line(w, at, span_slice(at->text, line.first, line.end));
        }
    }
    if (w->n_dashes > 1) {
        close_paragraph(w); /* two spoke; who goes on is not known */
    }
    const buffer swap = w->shown;
    w->shown = w->showing;
    w->showing = swap;
}

/* --- surveys --- */

/* Counts the names before colons. */
static void count_names(subtitle_writer *w, const cue *cues, size_t n)
{
    size_t n_named = 0;
    for (size_t i = 0; i < n && !w->broken; i++) {
        for (size_t pos = 0; pos < cues[i].text.len;) {
            const text_line at = line_at(cues[i].text, pos);
            const span line = span_slice(cues[i].text, at.first, at.end);
            const span words = span_slice(line, dash_len(line), line.len);
            const size_t len = name_len(words);
            uint32_t count = 0;
            pos = at.next;
            if (len > 0) {
                n_named++;
                const span name = span_slice(words, 0, char_trim_end(words, 0, len));
                (void)map_get(&w->names, name, &count);
                w->broken = !map_set(&w->names, name, count + 1);
            }
        }
    }
    w->all_named = n_named * 5 >= n * 4;
}

static span last_line(span text)
{
    const char *const newline = text.ptr != NULL ? memrchr(text.ptr, '\n', text.len) : NULL;
    return newline != NULL ? span_slice(text, (size_t)(newline + 1 - text.ptr), text.len) : text;
}

static span first_line(span text)
{
    const char *const newline = text.ptr != NULL ? memchr(text.ptr, '\n', text.len) : NULL;
    return newline != NULL ? span_slice(text, 0, (size_t)(newline - text.ptr)) : text;
}

/* Whether a third of the cues start with what the one before ended with, or grow out of it. */
static bool is_rolling(const cue *cues, size_t n)
{
    size_t repeats = 0;
    for (size_t i = 1; i < n; i++) {
        buffer a, b;
        span none = {0};
        buffer_init(&a, LIMIT_LINE_BYTES);
        buffer_init(&b, LIMIT_LINE_BYTES);
        append_clean(&a, last_line(cues[i - 1].text), &none);
        append_clean(&b, first_line(cues[i].text), &none);
        const span before = buffer_span(&a);
        const span now = buffer_span(&b);
        repeats += before.len > 0 && span_starts_with(now, before) &&
                   (now.len == before.len || now.ptr[before.len] == ' ');
        buffer_deinit(&a);
        buffer_deinit(&b);
    }
    return n >= 4 && repeats * 3 >= n;
}

/* --- the reader --- */

static int finish(subtitle_writer *w, huis_error *err)
{
    buffer *const text = &w->out->text;
    const buffer *const parts[] = {&w->line, &w->voice, &w->shown, &w->showing, text};
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        if (w->broken || parts[i]->status == HUIS_E_NO_MEMORY || !reader_places_ok(w->out)) {
            return error_no_memory(err, "the text of the subtitles");
        }
    }
    if (!buffer_ok(text)) {
        return error_set(err, HUIS_E_LIMIT, "the subtitles' text is longer than %zu bytes",
                         text->max_bytes);
    }
    if (words_up_to(buffer_span(text), 1) == 0) {
        return error_set(err, HUIS_E_NO_TEXT, "the subtitles hold no words");
    }
    w->out->genre = w->n_turns * 2 >= w->n_paragraphs ? DOCUMENT_DIALOGUE : DOCUMENT_ARTICLE;
    return HUIS_OK;
}

static int write_all(reader_result *out, cue *cues, size_t n, huis_error *err)
{
    subtitle_writer w = {.out = out};
    map_init(&w.names);
    buffer_init(&w.line, LIMIT_LINE_BYTES);
    buffer_init(&w.voice, LIMIT_LINE_BYTES);
    buffer_init(&w.shown, 2 * LIMIT_LINE_BYTES);
    buffer_init(&w.showing, 2 * LIMIT_LINE_BYTES);
    if (n > 0) {
        qsort(cues, n, sizeof(*cues), compare_cues);
        w.rolling = is_rolling(cues, n);
        count_names(&w, cues, n);
    }
    for (size_t i = 0; i < n && buffer_ok(&out->text); i++) {
        write_cue(&w, &cues[i]);
    }
    close_paragraph(&w);
    const int status = finish(&w, err);
    buffer_deinit(&w.showing);
    buffer_deinit(&w.shown);
    buffer_deinit(&w.voice);
    buffer_deinit(&w.line);
    map_deinit(&w.names);
    return status;
}

int reader_read_subtitles(reader_result *out, span bytes, huis_error *err)
{
    buffer text;
    cue *cues = NULL;
    size_t n = 0;
    buffer_init(&text, LIMIT_TEXT_BYTES);
    int status = encoding_to_utf8(&text, bytes, NULL, NULL, err);
    if (status == HUIS_OK) {
        status = find_cues(buffer_span(&text), &cues, &n)
                     ? write_all(out, cues, n, err)
                     : error_no_memory(err, "the cues of the subtitles");
    }
    cues = memory_free(cues);
    buffer_deinit(&text);
    return status;
}
