/*
 * parts.c - where a long text falls into parts: messages of a thread, chapters and headings, and,
 * where the writer set no marks, the places where the topic changes.
 *
 * Topics are found as in TextTiling (Hearst 1997): the words of a window before and of a window
 * after each gap are compared; a gap that is far less alike than the gaps around it is a border.
 * Words count by their first letters (a stem that needs no language). Everything is one forward
 * pass; memory grows with the number of parts, and with the gaps of one stretch of STRETCH_BYTES.
 */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "document/document.h"
#include "document/document_parts.h"
#include "document/text_chars.h"

enum {
    PART_MIN_BYTES = 1200, /* a shorter section is joined with the next: a list of contents */
    HEADING_BYTES = 120,   /* a longer line is no heading */
    HEADING_WORDS = 12,
    CAPITALS_MIN = 4,                /* letters of a heading in capitals */
    TOPIC_ARTICLE_BYTES = 48 * 1024, /* a longer section is cut where the topic changes */
    TOPIC_TALK_BYTES = 12 * 1024,    /* the same in a dialogue, which has no headings */
    STRETCH_BYTES = 1 << 20,         /* looked through at once for changes of topic */
    TILE_MIN_BYTES = 2500,
    TILE_MAX_BYTES = 32 * 1024, /* a topic that goes on longer is cut at its weakest gap */
    GAP_WORDS = 20,             /* words that count between two gaps */
    BLOCK_GAPS = 8,             /* gaps to each side that are compared */
    BLOCK_WORDS = GAP_WORDS * BLOCK_GAPS,
    STEM_LETTERS = 6,
    STEM_MIN = 4,      /* shorter words are mostly function words */
    COMMON_SHARE = 80, /* a word that is more than one of so many is everywhere */
    COMMON_MIN = 12,
    N_BUCKETS = 1 << 13
};

/* Depth of a border over the mean, in standard deviations. */
static const double DEEP = 1.0;

typedef struct part_list {
    document_part *parts;
    size_t count, capacity;
} part_list;

static bool add_part(part_list *list, size_t start, size_t end, document_genre genre)
{
    if (end <= start) {
        return true;
    }
    if (list->count == list->capacity) {
        const size_t more = list->capacity > 0 ? list->capacity * 2 : 32;
        document_part *const parts = memory_resize(list->parts, more, sizeof(*parts));
        if (parts == NULL) {
            return false;
        }
        list->parts = parts;
        list->capacity = more;
    }
    list->parts[list->count++] = (document_part){.start = start, .end = end, .genre = genre};
    return true;
}

/* --- marks of the writer --- */

typedef enum border { BORDER_NONE, BORDER_HEADING, BORDER_MESSAGE } border;

static bool is_chapter_word(span text, size_t pos, size_t end, size_t *out_after)
{
    static const span WORDS[] = {{"chapter", 7},  {"chapitre", 8}, {"part", 4},     {"partie", 6},
                                 {"livre", 5},    {"book", 4},     {"act", 3},      {"acte", 4},
                                 {"scene", 5},    {"scène", 6},    {"section", 7},  {"tome", 4},
                                 {"volume", 6},   {"annexe", 6},   {"appendix", 8}, {"prologue", 8},
                                 {"epilogue", 8}, {"épilogue", 9}, {"preface", 7},  {"préface", 8},
                                 {"article", 7},  {"titre", 5},    {"lesson", 6},   {"leçon", 6},
                                 {"session", 7},  {"séance", 7}};
    size_t best = 0;
    for (size_t i = 0; i < sizeof(WORDS) / sizeof(WORDS[0]); i++) {
        const size_t len = char_match(text, pos, end, WORDS[i]);
        best = len > best ? len : best;
    }
    *out_after = pos + best;
    return best > 0;
}

/* "3", "III", "iv", "one", "premier": what numbers a chapter; or nothing more on the line. */
static bool is_chapter_number(span word)
{
    while (word.len > 0 && strchr(".:)-", word.ptr[word.len - 1]) != NULL) {
        word.len--;
    }
    static const char *const NAMES[] = {
        "one",   "two",    "three",  "four",     "five",     "six",   "seven",
        "eight", "nine",   "ten",    "eleven",   "twelve",   "the",   "un",
        "deux",  "trois",  "quatre", "cinq",     "sept",     "huit",  "neuf",
        "dix",   "onze",   "douze",  "premier",  "première", "first", "second",
        "third", "fourth", "fifth",  "deuxième", "troisième"};
    size_t n_roman = 0;
    size_t n_digits = 0;
    while (n_digits < word.len && word.ptr[n_digits] >= '0' && word.ptr[n_digits] <= '9') {
        n_digits++;
    }
    while (n_roman < word.len && strchr("IVXLCDMivxlcdm", word.ptr[n_roman]) != NULL) {
        n_roman++;
    }
    const size_t len = n_digits > n_roman ? n_digits : n_roman;
    if (len > 0 && len == word.len) {
        return true;
    }
    for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
        const span name = span_from_string(NAMES[i]);
        if (char_match(word, 0, word.len, name) == word.len && word.len > 0) {
            return true;
        }
    }
    return false;
}

/* "Chapter 3", "CHAPITRE II - Le retour", "Prologue". */
static bool is_chapter_line(span text, const text_line *line)
{
    size_t after = 0;
    if (!is_chapter_word(text, line->first, line->end, &after)) {
        return false;
    }
    if (after == line->end) {
        return true;
    }
    const size_t word = char_skip_spaces(text, after, line->end);
    size_t end = word;
    while (end < line->end && text.ptr[end] != ' ') {
        end++;
    }
    return word > after && is_chapter_number(span_slice(text, word, end));
}

static bool is_capitals(span line)
{
    size_t n_capitals = 0;
    for (size_t pos = 0, len = 0; pos < line.len; pos += len) {
        const char_kind kind = char_at(line, pos, &len);
        if (kind == CHAR_LOWER) {
            return false;
        }
        n_capitals += kind == CHAR_UPPER ? 1 : 0;
    }
    return n_capitals >= CAPITALS_MIN;
}

/* "# Title" and "## Title". */
static bool is_marked_heading(span line)
{
    size_t level = 0;
    while (level < line.len && line.ptr[level] == '#') {
        level++;
    }
    return level >= 1 && level <= 2 && level < line.len && line.ptr[level] == ' ';
}

/* A line of "=" under this one. */
static bool is_underlined(span text, const text_line *line)
{
    if (line->next >= text.len) {
        return false;
    }
    const text_line under = line_at(text, line->next);
    const span row = span_slice(text, under.first, under.end);
    size_t i = 0;
    while (i < row.len && row.ptr[i] == '=') {
        i++;
    }
    return row.len >= 3 && i == row.len;
}

static bool next_is_blank(span text, const text_line *line)
{
    const text_line next = line_at(text, line->next);
    return line_is_blank(&next);
}

static border border_at(span text, const text_line *line, bool after_blank)
{
    const span row = span_slice(text, line->first, line->end);
    if (line_is_blank(line) || row.len > HEADING_BYTES) {
        return BORDER_NONE;
    }
    if (mail_is_separator(text, line)) {
        return BORDER_MESSAGE;
    }
    if (is_marked_heading(row) || is_underlined(text, line)) {
        return BORDER_HEADING;
    }
    if (!after_blank || words_up_to(row, HEADING_WORDS + 1) > HEADING_WORDS) {
        return BORDER_NONE;
    }
    if (is_chapter_line(text, line)) {
        return BORDER_HEADING;
    }
    return is_capitals(row) && line->next < text.len && next_is_blank(text, line) ? BORDER_HEADING
                                                                                  : BORDER_NONE;
}

/* --- changes of topic --- */

/* The words of a window on each side of a gap, as counts of hashed stems. */
typedef struct topic_window {
    uint16_t left[N_BUCKETS], right[N_BUCKETS];
    uint32_t everywhere[N_BUCKETS];
    double dot, left_squares, right_squares;
} topic_window;

static void count_left(topic_window *w, uint16_t bucket, int step)
{
    w->dot += step * (double)w->right[bucket];
    w->left_squares += 1.0 + 2.0 * step * (double)w->left[bucket];
    w->left[bucket] = (uint16_t)(w->left[bucket] + step);
}

static void count_right(topic_window *w, uint16_t bucket, int step)
{
    w->dot += step * (double)w->left[bucket];
    w->right_squares += 1.0 + 2.0 * step * (double)w->right[bucket];
    w->right[bucket] = (uint16_t)(w->right[bucket] + step);
}

static double likeness(const topic_window *w)
{
    const double squares = w->left_squares * w->right_squares;
    return squares > 0.0 ? w->dot / sqrt(squares) : 0.0;
}

typedef struct topic_word {
    uint32_t start; /* in the stretch */
    uint16_t bucket;
} topic_word;

/* Words of four letters and more in text[start, end), by their first letters. */
static size_t find_topic_words(span text, size_t start, size_t end, topic_word *out)
{
    size_t n = 0;
    size_t pos = start;
    while (pos < end) {
        const size_t word = pos;
        uint32_t hash = 2166136261u;
        size_t letters = 0;
        size_t len = 0;
        while (pos < end && char_is_letter(char_at(text, pos, &len))) {
            uint32_t code = 0;
            (void)utf8_next(text, pos, &code);
            if (letters < STEM_LETTERS) {
                hash = (hash ^ char_fold(code)) * 16777619u;
            }
            letters++;
            pos += len;
        }
        if (letters >= STEM_MIN) {
            hash ^= hash >> 15;
            out[n++] = (topic_word){(uint32_t)(word - start), (uint16_t)(hash % N_BUCKETS)};
        }
        pos += letters == 0 ? len : 0;
    }
    return n;
}

/* Words that stand everywhere ("that", "with", what a whole meeting is about) tell no topics apart.
 * Drops them; returns how many are left. */
static size_t drop_common(topic_word *words, size_t n, uint32_t *counts)
{
    const size_t common = n / COMMON_SHARE > COMMON_MIN ? n / COMMON_SHARE : COMMON_MIN;
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        counts[words[i].bucket]++;
    }
    for (size_t i = 0; i < n; i++) {
        if (counts[words[i].bucket] <= common) {
            words[kept++] = words[i];
        }
    }
    return kept;
}

/* likeness of the two sides of each gap; gap g stands before word g * GAP_WORDS. */
static void measure_gaps(const topic_word *words, size_t n_words, topic_window *w, double *out,
                         size_t n_gaps)
{
    size_t right_end = 0;
    for (size_t g = 0; g < n_gaps; g++) {
        const size_t at = g * GAP_WORDS;
        const size_t last = at + BLOCK_WORDS < n_words ? at + BLOCK_WORDS : n_words;
        for (size_t i = at >= GAP_WORDS ? at - GAP_WORDS : 0; i < at; i++) {
            count_right(w, words[i].bucket, -1);
            count_left(w, words[i].bucket, 1);
            if (i >= BLOCK_WORDS) {
                count_left(w, words[i - BLOCK_WORDS].bucket, -1);
            }
        }
        while (right_end < last) {
            count_right(w, words[right_end++].bucket, 1);
        }
        out[g] = likeness(w);
    }
}

/* How far the likeness falls at a gap, from the nearest peaks on both sides. */
static double depth_at(const double *like, size_t n_gaps, size_t g)
{
    size_t left = g;
    size_t right = g;
    while (left > 0 && like[left - 1] >= like[left]) {
        left--;
    }
    while (right + 1 < n_gaps && like[right + 1] >= like[right]) {
        right++;
    }
    return like[left] + like[right] - 2.0 * like[g];
}

static double deep_enough(const double *depths, size_t n)
{
    double sum = 0.0;
    double squares = 0.0;
    for (size_t g = 0; g < n; g++) {
        sum += depths[g];
        squares += depths[g] * depths[g];
    }
    const double mean = sum / (double)n;
    const double variance = squares / (double)n - mean * mean;
    return mean + DEEP * sqrt(variance > 0.0 ? variance : 0.0);
}

static bool is_fence(span text, const text_line *line)
{
    const span row = span_slice(text, line->first, line->end);
    return span_starts_with(row, SPAN("```")) || span_starts_with(row, SPAN("~~~"));
}

/* Where the code that opens before `pos` ends, behind its last line; 0: nowhere before `end`. */
static size_t code_end(span text, size_t pos, size_t end)
{
    while (pos < end) {
        const text_line line = line_at(text, pos);
        pos = line.next;
        if (is_fence(text, &line)) {
            return pos;
        }
    }
    return 0;
}

/* `cut`, moved behind the code that it would fall into; `from` stands outside of code. A part that
 * started inside would take prose for code and code for prose. */
static size_t leave_code(span text, size_t from, size_t cut, size_t end)
{
    for (size_t pos = from; pos < cut;) {
        const text_line line = line_at(text, pos);
        const size_t after = is_fence(text, &line) ? code_end(text, line.next, end) : 0;
        if (after > cut) {
            return after;
        }
        pos = after > 0 ? after : line.next;
    }
    return cut;
}

/* The line break at or after `pos`, else a space, near it; `pos` itself when there is none. */
static size_t nice_border(span text, size_t pos, size_t end)
{
    const size_t reach = end - pos < TILE_MIN_BYTES / 2 ? end - pos : TILE_MIN_BYTES / 2;
    const char *const newline = memchr(text.ptr + pos, '\n', reach);
    if (newline != NULL) {
        return (size_t)(newline + 1 - text.ptr);
    }
    for (size_t i = pos; i + 1 < pos + reach; i++) {
        if (strchr(".!?", text.ptr[i]) != NULL && text.ptr[i] != '\0' && text.ptr[i + 1] == ' ') {
            return i + 2;
        }
    }
    const char *const space = memchr(text.ptr + pos, ' ', reach);
    return space != NULL ? (size_t)(space + 1 - text.ptr) : pos;
}

/* The gap to cut at, of those that leave a tile neither too short nor too long: the first that is
 * deep, and no less deep than what follows close by; else the deepest. n_gaps: no need to cut. */
static size_t next_cut(const double *depths, const size_t *at, size_t n_gaps, size_t from,
                       size_t end, double deep)
{
    size_t deepest = n_gaps;
    for (size_t g = 0; g < n_gaps && at[g] < from + TILE_MAX_BYTES; g++) {
        if (at[g] < from + TILE_MIN_BYTES || at[g] + TILE_MIN_BYTES > end) {
            continue;
        }
        deepest = deepest == n_gaps || depths[g] > depths[deepest] ? g : deepest;
        const bool peak = depths[g] >= deep && (g + 1 == n_gaps || depths[g] >= depths[g + 1]) &&
                          (g + 2 >= n_gaps || depths[g] >= depths[g + 2]);
        if (peak) {
            return g;
        }
    }
    return end - from > TILE_MAX_BYTES ? deepest : n_gaps;
}

/* Adds text[start, end) cut at its changes of topic. */
static bool cut_stretch(part_list *list, span text, size_t start, size_t end, document_genre genre)
{
    const size_t max_words = (end - start) / STEM_MIN + 1;
    const size_t max_gaps = max_words / GAP_WORDS + 1;
    topic_word *const words = memory_alloc(max_words, sizeof(*words));
    topic_window *const window = memory_alloc(1, sizeof(*window));
    double *const like = memory_alloc(max_gaps, 2 * sizeof(*like));
    size_t *const at = memory_alloc(max_gaps, sizeof(*at));
    bool ok = words != NULL && window != NULL && like != NULL && at != NULL;
    if (ok) {
        double *const depths = like + max_gaps;
        const size_t n_words =
            drop_common(words, find_topic_words(text, start, end, words), window->everywhere);
        const size_t n_gaps = n_words / GAP_WORDS;
        measure_gaps(words, n_words, window, like, n_gaps);
        for (size_t g = 0; g < n_gaps; g++) {
            depths[g] = depth_at(like, n_gaps, g);
            at[g] = start + words[g * GAP_WORDS].start;
        }
        const double deep = n_gaps > 0 ? deep_enough(depths, n_gaps) : 0.0;
        size_t from = start;
        size_t seen = 0;
        while (ok && from < end) {
            const size_t g =
                seen + next_cut(depths + seen, at + seen, n_gaps - seen, from, end, deep);
            const size_t cut =
                g < n_gaps ? leave_code(text, from, nice_border(text, at[g], end), end) : end;
            ok = add_part(list, from, cut, genre);
            from = cut;
            seen = g < n_gaps ? g + 1 : n_gaps;
            while (seen < n_gaps && at[seen] < from) {
                seen++;
            }
        }
    }
    memory_free(words);
    memory_free(window);
    memory_free(like);
    memory_free(at);
    return ok;
}

/* Where to end a stretch of a text that is too long to look through at once. */
static size_t stretch_end(span text, size_t start, size_t end)
{
    if (end - start <= STRETCH_BYTES + STRETCH_BYTES / 2) {
        return end;
    }
    size_t pos = start + STRETCH_BYTES;
    while (((unsigned char)text.ptr[pos] & 0xC0u) == 0x80u) {
        pos++;
    }
    return nice_border(text, pos, end);
}

static bool add_section(part_list *list, span text, size_t start, size_t end, document_genre genre)
{
    const size_t limit = genre == DOCUMENT_DIALOGUE ? TOPIC_TALK_BYTES : TOPIC_ARTICLE_BYTES;
    if (end - start <= limit) {
        return add_part(list, start, end, genre);
    }
    while (start < end) {
        const size_t stop = leave_code(text, start, stretch_end(text, start, end), end);
        if (!cut_stretch(list, text, start, stop, genre)) {
            return false;
        }
        start = stop;
    }
    return true;
}

static bool find_parts(part_list *list, span text, document_genre genre)
{
    size_t start = 0;
    bool after_blank = true;
    bool message = false;
    for (size_t pos = 0; pos < text.len;) {
        const text_line line = line_at(text, pos);
        const size_t after_code = is_fence(text, &line) ? code_end(text, line.next, text.len) : 0;
        if (after_code > 0) {
            pos = after_code;
            continue;
        }
        const border b = border_at(text, &line, after_blank);
        /* A short section goes with what follows it; a message stands by itself. */
        const bool cuts = b == BORDER_MESSAGE ||
                          (b == BORDER_HEADING && !message && line.start - start >= PART_MIN_BYTES);
        if (cuts && line.start > start) {
            if (!add_section(list, text, start, line.start, genre)) {
                return false;
            }
            start = line.start;
        }
        message = message || b == BORDER_MESSAGE;
        after_blank = line_is_blank(&line);
        pos = line.next;
    }
    return add_section(list, text, start, text.len, genre);
}

int document_find_parts(span text, document_genre genre, document_part **out_parts,
                        size_t *out_n_parts, huis_error *err)
{
    part_list list = {0};
    if (!find_parts(&list, text, genre != 0 ? genre : genre_detect(text))) {
        memory_free(list.parts);
        return error_no_memory(err, "the parts of the text");
    }
    *out_parts = list.parts;
    *out_n_parts = list.count;
    return HUIS_OK;
}
