/*
 * pdf_text.c - lines in reading order to paragraphs; see pdf_layout.h.
 *
 * Ideas. What stands at the same height of three pages or more with the same words, numbers aside,
 * near an edge, is a running header or footer; a number alone at the edge is a page number. A
 * paragraph ends where a line is set off (space above, indent, another size or weight, a list mark)
 * or where the line before had room for the next word. A word that is cut at a line's end is
 * joined; the hyphen stays if the document writes the word with it elsewhere, or by a short list of
 * French and English compounds. Notes at the foot of a page come after the paragraph that is open.
 *
 * Invariant: each line is written once, or dropped as furniture; places ascend.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "document/pdf_layout.h"
#include "document/pdf_structure.h"
#include "document/text_chars.h"

enum {
    EDGE_LINES = 3,   /* at the top and at the bottom of a page that may be furniture */
    REPEATS = 3,      /* pages on which furniture stands at least */
    KEY_BYTES = 96,   /* of a line that are compared */
    SIZE_STEPS = 400, /* half points, for finding the size of the body */
    PITCH_STEPS = 60, /* twentieths of the size, for finding the distance of lines */
    WORD_BYTES = 64,
    MAX_MARK = 3 /* "###" */
};
static const float EDGE_SHARE = 0.1f;    /* of the height, where furniture stands */
static const float HEADING_SIZE = 1.15f; /* of the body's */
static const float NOTE_SIZE = 0.92f;

/* --- running headers and footers --- */

/* A candidate: its words without numbers, its height in tenths of the page. */
typedef struct edge_line {
    uint64_t key;
    uint32_t line, page;
} edge_line;

static uint64_t hash_byte(uint64_t h, uint8_t byte)
{
    return (h ^ byte) * 1099511628211u;
}

/* FNV-1a of the line with each number as one "#", and of its height to 1/200 of the page. */
static uint64_t edge_key(const pdf_line *line, span text)
{
    uint64_t h = 14695981039346656037u;
    bool digit = false;
    const size_t len = text.len < KEY_BYTES ? text.len : KEY_BYTES;
    for (size_t i = 0; i < len; i++) {
        const bool is_digit = text.ptr[i] >= '0' && text.ptr[i] <= '9';
        if (!(is_digit && digit)) {
            h = hash_byte(h, is_digit ? '#' : (uint8_t)text.ptr[i]);
        }
        digit = is_digit;
    }
    const float height = line->y1 / fmaxf(line->page_height, 1) * 200;
    return hash_byte(h, (uint8_t)(int32_t)fminf(fmaxf(height + 0.5f, 0), 255));
}

static bool at_edge(const pdf_line *line)
{
    const float edge = EDGE_SHARE * line->page_height;
    return line->y1 < edge || line->y0 > line->page_height - edge || line->turned;
}

static int by_key(const void *a, const void *b)
{
    const edge_line *const p = a;
    const edge_line *const q = b;
    if (p->key != q->key) {
        return p->key < q->key ? -1 : 1;
    }
    return p->line < q->line ? -1 : p->line > q->line;
}

static span text_of(const pdf_layout *layout, const pdf_line *line)
{
    return span_slice(buffer_span(&layout->pool), line->text, (size_t)line->text + line->len);
}

static bool is_roman(span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (strchr("ivxlc", text.ptr[i] | 0x20) == NULL) {
            return false;
        }
    }
    return text.len > 0 && text.len < 8;
}

/* "12", "- 12 -", "xii", "Page 3 / 12", "Page 3 of 12", "3 sur 12". */
static bool is_page_number(span text)
{
    static const char *const WORDS[] = {"page", "p.", "of", "sur",          "de",
                                        "/",    "|",  "-",  "\xE2\x80\x93", "\xE2\x80\x94"};
    size_t pos = 0, numbers = 0;
    while (pos < text.len) {
        const size_t start = pos;
        if (text.ptr[pos] == ' ') {
            pos++;
            continue;
        }
        while (pos < text.len && text.ptr[pos] >= '0' && text.ptr[pos] <= '9') {
            pos++;
        }
        if (pos > start && pos - start <= 5) {
            numbers++;
            continue;
        }
        for (size_t i = 0; pos == start && i < sizeof(WORDS) / sizeof(WORDS[0]); i++) {
            pos += char_match(text, start, text.len, span_from_string(WORDS[i]));
        }
        if (pos == start) {
            return start == 0 && is_roman(text);
        }
    }
    return numbers == 1 || numbers == 2;
}

/* Each part of a header is a candidate of its own: what is one line on a page may be two on another,
 * where a gutter runs between them. */
static void add_edges(pdf_line *line, uint32_t index, span text, buffer *edges)
{
    static const span BAR = {" | ", 3};
    size_t pos = 0;
    line->n_parts = line->n_repeated = 0;
    while (pos < text.len && line->n_parts < UINT16_MAX) {
        const char *const bar = memmem(text.ptr + pos, text.len - pos, BAR.ptr, BAR.len);
        const size_t end = bar != NULL ? (size_t)(bar - text.ptr) : text.len;
        const span part = span_slice(text, pos, end);
        if (part.len < text.len && is_page_number(part)) {
            pos = end + BAR.len; /* "ii": another one on each page */
            continue;
        }
        const edge_line edge = {edge_key(line, part), index, line->page};
        (void)buffer_append(edges, span_from((const char *)&edge, sizeof(edge)));
        line->n_parts++;
        pos = end + BAR.len;
    }
}

/* The lines [first, end) of one page: adds those near the edges to `edges`. */
static bool collect_edges(pdf_layout *layout, pdf_line *lines, size_t first, size_t end,
                          buffer *edges)
{
    for (size_t i = first; i < end; i++) {
        size_t above = 0, below = 0;
        if (!at_edge(&lines[i])) {
            continue;
        }
        for (size_t k = first; k < end && (above < EDGE_LINES || below < EDGE_LINES); k++) {
            above += lines[k].y1 <= lines[i].y0 ? 1 : 0;
            below += lines[k].y0 >= lines[i].y1 ? 1 : 0;
        }
        const span text = text_of(layout, &lines[i]);
        if (is_page_number(text) && (above == 0 || below == 0)) {
            lines[i].dropped = true;
        } else if (above < EDGE_LINES || below < EDGE_LINES || lines[i].turned) {
            add_edges(&lines[i], (uint32_t)i, text, edges);
        }
    }
    return buffer_ok(edges);
}

static void drop_repeated(pdf_line *lines, edge_line *edge, size_t n_edges, uint32_t n_pages)
{
    qsort(edge, n_edges, sizeof(*edge), by_key);
    for (size_t i = 0; i < n_edges;) {
        size_t end = i;
        uint32_t pages = 0;
        while (end < n_edges && edge[end].key == edge[i].key) {
            pages += end == i || edge[end].page != edge[end - 1].page ? 1 : 0;
            end++;
        }
        for (; i < end; i++) {
            pdf_line *const line = &lines[edge[i].line];
            line->n_repeated += pages >= REPEATS || (pages > 1 && pages * 2 >= n_pages) ? 1 : 0;
            line->dropped = line->dropped || line->n_repeated == line->n_parts;
        }
    }
}

/* Drops what stands at the same place on REPEATS pages, or on half of a few. */
static bool drop_furniture(pdf_layout *layout, pdf_line *lines, size_t n)
{
    buffer edges;
    buffer_init(&edges, (layout->pool.len + 1) * sizeof(edge_line));
    bool ok = true;
    uint32_t n_pages = 0;
    for (size_t i = 0; ok && i < n;) {
        size_t end = i;
        while (end < n && lines[end].page == lines[i].page) {
            end++;
        }
        ok = collect_edges(layout, lines, i, end, &edges);
        n_pages++;
        i = end;
    }
    if (ok && edges.len > 0) {
        drop_repeated(lines, (edge_line *)(void *)edges.ptr, edges.len / sizeof(edge_line),
                      n_pages);
    }
    buffer_deinit(&edges);
    return ok;
}

/* --- the body --- */

/* Columns are measured again without what was dropped: a header made the page's column wider. */
static void measure_columns(pdf_line *lines, size_t n)
{
    for (size_t i = 0; i < n;) {
        const pdf_line start = lines[i];
        float left = INFINITY, right = -INFINITY;
        size_t end = i;
        while (end < n && lines[end].page == start.page &&
               fabsf(lines[end].left - start.left) < 2 &&
               fabsf(lines[end].right - start.right) < 2) {
            const bool counts = !lines[end].dropped && !lines[end].cells && !lines[end].turned;
            left = counts ? fminf(left, lines[end].x0) : left;
            right = counts ? fmaxf(right, lines[end].x1) : right;
            end++;
        }
        for (; i < end; i++) {
            lines[i].left = right > left ? left : lines[i].left;
            lines[i].right = right > left ? right : lines[i].right;
        }
    }
}

typedef struct body_measure {
    float size;  /* of most of the text */
    float pitch; /* from line to line, in sizes */
} body_measure;

static bool same_column(const pdf_line *a, const pdf_line *b)
{
    return a->page == b->page && fabsf(a->left - b->left) < 2 && fabsf(a->right - b->right) < 2 &&
           b->y1 > a->y1;
}

static size_t fullest(const uint64_t *steps, size_t n)
{
    size_t best = 0;
    for (size_t i = 1; i < n; i++) {
        best = steps[i] > steps[best] ? i : best;
    }
    return best;
}

static body_measure measure_body(const pdf_line *lines, size_t n)
{
    uint64_t sizes[SIZE_STEPS] = {0};
    uint64_t pitches[PITCH_STEPS] = {0};
    for (size_t i = 0; i < n; i++) {
        const float step = fminf(lines[i].size * 2 + 0.5f, SIZE_STEPS - 1);
        sizes[(size_t)step] += lines[i].dropped ? 0 : lines[i].len;
    }
    body_measure body = {.size = fmaxf((float)fullest(sizes, SIZE_STEPS) / 2, 0.5f)};
    for (size_t i = 1; i < n; i++) {
        const float pitch = (lines[i].y1 - lines[i - 1].y1) / lines[i].size;
        if (same_column(&lines[i - 1], &lines[i]) && pitch > 0.7f && pitch < 2.9f) {
            pitches[(size_t)(pitch * 20)] += lines[i].len;
        }
    }
    const size_t at = fullest(pitches, PITCH_STEPS);
    body.pitch = at > 0 ? ((float)at + 1) / 20 : 1.25f;
    return body;
}

/* --- marks at the start and the end of lines --- */

/* The length of a bullet, "1." or "a)" with the space after it; 0: none. */
static size_t list_mark(span text, bool *out_bullet)
{
    static const char *const BULLETS[] = {"\xE2\x80\xA2 ",
                                          "\xE2\x97\xA6 ",
                                          "\xE2\x96\xAA ",
                                          "\xE2\x80\xA3 ",
                                          "\xE2\x81\x83 ",
                                          "\xE2\x97\x8F ",
                                          "\xE2\x96\xA0 ",
                                          "- ",
                                          "* ",
                                          "\xE2\x80\x93 ",
                                          "\xC2\xB7 ",
                                          "\xEF\x82\xB7 ",
                                          "\xEF\x82\xA7 "};
    *out_bullet = true;
    for (size_t i = 0; i < sizeof(BULLETS) / sizeof(BULLETS[0]); i++) {
        const span bullet = span_from_string(BULLETS[i]);
        if (span_starts_with(text, bullet)) {
            return bullet.len;
        }
    }
    *out_bullet = false;
    if (span_starts_with(text, SPAN("\xE2\x80\x94 "))) {
        return 4; /* or what somebody says: the dash stays */
    }
    size_t i = text.len > 0 && text.ptr[0] == '(' ? 1 : 0;
    const size_t start = i;
    while (i < text.len && i < start + 2 && text.ptr[i] >= '0' && text.ptr[i] <= '9') {
        i++;
    }
    i += i == start && i < text.len && text.ptr[i] >= 'a' && text.ptr[i] <= 'z' ? 1 : 0;
    return i > start && i + 1 < text.len && (text.ptr[i] == '.' || text.ptr[i] == ')') &&
                   text.ptr[i + 1] == ' '
               ? i + 2
               : 0;
}

/* "1 ", "[1] ", "* ": the start of a note. */
static bool starts_note(span text)
{
    size_t i = text.len > 0 && text.ptr[0] == '[' ? 1 : 0;
    const size_t start = i;
    while (i < text.len && i < start + 3 && text.ptr[i] >= '0' && text.ptr[i] <= '9') {
        i++;
    }
    return i > start || (text.len > 1 && text.ptr[0] == '*');
}

static bool ends_sentence(span text)
{
    size_t len = 0;
    size_t end = text.len;
    while (end > 0 && char_before(text, 0, end, &len) == CHAR_CLOSE) {
        end -= len;
        end = char_trim_end(text, 0, end);
    }
    return end > 0 && strchr(".!?:;", text.ptr[end - 1]) != NULL;
}

static bool starts_lower(span text)
{
    size_t len = 0;
    return text.len > 0 && char_at(text, 0, &len) == CHAR_LOWER;
}

static size_t first_word_len(span text)
{
    size_t i = 0;
    while (i < text.len && text.ptr[i] != ' ') {
        i++;
    }
    return i;
}

/* The length of a hyphen at the end; 0: none, or what stands before it is no letter. */
static size_t hyphen_len(span text)
{
    static const char *const HYPHENS[] = {"-", "\xC2\xAD", "\xE2\x80\x90"};
    for (size_t i = 0; i < sizeof(HYPHENS) / sizeof(HYPHENS[0]); i++) {
        const span hyphen = span_from_string(HYPHENS[i]);
        size_t len = 0;
        if (text.len > hyphen.len && span_ends_with(text, hyphen) &&
            char_is_word(char_before(text, 0, text.len - hyphen.len, &len))) {
            return hyphen.len;
        }
    }
    return 0;
}

/* --- words cut at a line's end --- */

/* What follows or stands before a hyphen that is the word's own. */
static bool is_compound(span before, span after)
{
    static const char *const ENDS[] = {
        "t",    "il",          "ils",          "elle",      "elles", "on",  "je",    "tu",   "nous",
        "vous", "ce",          "ci",           "l\xC3\xA0", "moi",   "toi", "lui",   "leur", "en",
        "y",    "m\xC3\xAAme", "m\xC3\xAAmes", "dire",      "midi",  "up",  "in-law"};
    static const char *const STARTS[] = {
        "peut",  "demi",  "mi",           "non",   "ex",     "vice",  "self",      "well", "long",
        "short", "high",  "low",          "c'est", "au",     "par",   "l\xC3\xA0", "ci",   "semi",
        "quasi", "avant", "apr\xC3\xA8s", "vis",   "rendez", "grand", "petit"};
    for (size_t i = 0; i < sizeof(ENDS) / sizeof(ENDS[0]); i++) {
        if (span_equal(after, span_from_string(ENDS[i]))) {
            return true;
        }
    }
    for (size_t i = 0; i < sizeof(STARTS) / sizeof(STARTS[0]); i++) {
        if (char_match(before, 0, before.len, span_from_string(STARTS[i])) == before.len) {
            return true;
        }
    }
    /* "vice-prési-dent", "c'est-à-dire": a hyphen before says nothing of this one. */
    return false;
}

/* Letters, digits, hyphens and apostrophes from `start` on. */
static size_t word_end_at(span text, size_t start)
{
    size_t pos = start, len = 0;
    while (pos < text.len) {
        const char_kind kind = char_at(text, pos, &len);
        if (!char_is_word(kind) && text.ptr[pos] != '-') {
            break;
        }
        pos += len;
    }
    return pos;
}

static size_t word_start_before(span text, size_t end)
{
    size_t len = 0;
    while (end > 0) {
        const char_kind kind = char_before(text, 0, end, &len);
        if (!char_is_word(kind)) {
            break;
        }
        end -= len;
    }
    return end;
}

static uint64_t hash_folded(span word, uint64_t h)
{
    for (size_t pos = 0; pos < word.len;) {
        uint32_t code = 0;
        pos += utf8_next(word, pos, &code);
        h = (h ^ char_fold(code)) * 1099511628211u;
    }
    return h;
}

enum { SET_SLOTS = 1 << 16 };

/* The words of the document that stand inside lines, as a Bloom-like set of hashes. */
typedef struct word_set {
    uint64_t slots[SET_SLOTS];
} word_set;

static void set_add(word_set *set, uint64_t h)
{
    h = h == 0 ? 1 : h;
    for (size_t i = 0; i < 16; i++) {
        uint64_t *const slot = &set->slots[(h + i) % SET_SLOTS];
        if (*slot == 0 || *slot == h) {
            *slot = h;
            return;
        }
    }
}

static bool set_has(const word_set *set, uint64_t h)
{
    h = h == 0 ? 1 : h;
    for (size_t i = 0; i < 16; i++) {
        if (set->slots[(h + i) % SET_SLOTS] == h) {
            return true;
        }
    }
    return false;
}

static const uint64_t HASH_START = 14695981039346656037u;

/* Each word of a line but the last, which may be cut. */
static void set_add_line(word_set *set, span text)
{
    size_t pos = 0;
    while (pos < text.len) {
        size_t len = 0;
        if (!char_is_word(char_at(text, pos, &len))) {
            pos += len;
            continue;
        }
        const size_t end = word_end_at(text, pos);
        if (end < text.len && end - pos < WORD_BYTES) {
            set_add(set, hash_folded(span_slice(text, pos, end), HASH_START));
        }
        pos = end;
    }
}

/* Whether the hyphen between `before` (without it) and `after` stays. */
static bool keeps_hyphen(const word_set *set, span before, span after)
{
    const span left = span_slice(before, word_start_before(before, before.len), before.len);
    const span right = span_slice(after, 0, word_end_at(after, 0));
    size_t len = 0;
    const uint64_t h = hash_folded(left, HASH_START);
    if (right.len > 0 && set_has(set, hash_folded(right, h))) {
        return false; /* "Lily-Pond" too, where the document has "LilyPond" */
    }
    if (right.len == 0 || char_at(right, 0, &len) != CHAR_LOWER ||
        char_before(left, 0, left.len, &len) != CHAR_LOWER) {
        return true;
    }
    return set_has(set, hash_folded(right, hash_folded(SPAN("-"), h))) || is_compound(left, right);
}

/* --- writing --- */

typedef struct text_writer {
    const pdf_layout *layout;
    reader_result *out;
    word_set *set;
    body_measure body;
    const pdf_line *last;      /* written before; NULL: none */
    const pdf_line *paragraph; /* its first line */
    uint32_t place;            /* page of the last place */
    size_t next_note;          /* lines before this one have no note to be written */
} text_writer;

static bool is_heading(const text_writer *w, const pdf_line *line)
{
    return line->size >= HEADING_SIZE * w->body.size;
}

static bool is_centred(const pdf_line *line)
{
    const float slack = line->size;
    return fabsf(line->x0 - line->left - (line->right - line->x1)) < slack &&
           line->x0 - line->left > 2 * slack;
}

/* Whether the next line's first word would have had room on this one. */
static bool had_room(const pdf_line *line, const pdf_line *next, span text, span next_text)
{
    const float share = (float)first_word_len(next_text) / fmaxf((float)next_text.len, 1);
    const float word = (next->x1 - next->x0) * share;
    const float slack = ends_sentence(text) ? 0.5f : 2.5f;
    return line->x1 + word + slack * line->size < line->right;
}

/* Line and next in one column. */
static bool breaks_in_column(const text_writer *w, const pdf_line *p, const pdf_line *l)
{
    const span text = text_of(w->layout, p);
    const span next = text_of(w->layout, l);
    const float em = l->size;
    const float pitch = (l->y1 - p->y1) / em;
    if (pitch > 1.3f * w->body.pitch + 0.1f && !(is_heading(w, l) && pitch < 2)) {
        return true;
    }
    if (is_heading(w, l) || (is_centred(p) && is_centred(l))) {
        return false;
    }
    bool bullet = false;
    const bool in_list = list_mark(text_of(w->layout, w->paragraph), &bullet) > 0;
    const float indent = l->x0 - l->left;
    if (!in_list && indent > 0.8f * em && p->x0 - p->left < 0.5f * em && indent < 6 * em) {
        return true;
    }
    if (in_list && l->x0 < w->paragraph->x0 - 0.5f * em) {
        return true;
    }
    return had_room(p, l, text, next) && !(starts_lower(next) && !ends_sentence(text));
}

/* A dash may open an item or, at the start of a line by chance, go on with the sentence. */
static bool starts_item(const text_writer *w, const pdf_line *p, const pdf_line *l)
{
    bool bullet = false;
    const span text = text_of(w->layout, p);
    const span next = text_of(w->layout, l);
    if (list_mark(next, &bullet) == 0) {
        return false;
    }
    const bool dash = next.ptr[0] == '-' || span_starts_with(next, SPAN("\xE2\x80\x93")) ||
                      span_starts_with(next, SPAN("\xE2\x80\x94"));
    return dash ? ends_sentence(text) || !same_column(p, l) || had_room(p, l, text, next) ||
                      list_mark(text_of(w->layout, w->paragraph), &bullet) > 0
                : bullet || hyphen_len(text) == 0;
}

/* Whether a paragraph starts with `l`. */
static bool breaks(const text_writer *w, const pdf_line *p, const pdf_line *l)
{
    const span text = text_of(w->layout, p);
    const span next = text_of(w->layout, l);
    const float ratio = l->size / p->size;
    if (p->turned != l->turned || p->bold != l->bold || p->mono != l->mono || l->mono ||
        ratio < 0.88f || ratio > 1.13f || starts_item(w, p, l)) {
        return true;
    }
    if (p->footnote != l->footnote || (l->footnote && starts_note(next))) {
        return true;
    }
    if (same_column(p, l)) {
        return breaks_in_column(w, p, l);
    }
    if (is_heading(w, l) || l->y1 <= p->y1 - p->page_height) {
        return !is_heading(w, p) || l->page != p->page;
    }
    const bool indented = l->x0 - l->left > 0.8f * l->size;
    return ends_sentence(text) || (!starts_lower(next) && (indented || had_room(p, l, text, next)));
}

/* "\n" between the parts of a list or table, an empty line between paragraphs. */
static const char *separator(const text_writer *w, const pdf_line *p, const pdf_line *l)
{
    bool bullet = false;
    const bool list = list_mark(text_of(w->layout, w->paragraph), &bullet) > 0 &&
                      list_mark(text_of(w->layout, l), &bullet) > 0;
    return list || (p->cells && l->cells) ? "\n" : "\n\n";
}

static void add_page_place(text_writer *w, const pdf_line *line)
{
    if (w->place != line->page) {
        w->place = line->page;
        reader_add_place(w->out, &(reader_place_draft){.start = w->out->text.len,
                                                       .kind = PLACE_PAGE,
                                                       .number = line->page});
    }
}

/* Joins a line to the one before. */
static void write_joint(text_writer *w, span before, span after)
{
    buffer *const out = &w->out->text;
    const size_t hyphen = hyphen_len(before);
    if (hyphen == 0) {
        (void)buffer_append_byte(out, ' ');
        return;
    }
    if (!keeps_hyphen(w->set, span_slice(before, 0, before.len - hyphen), after)) {
        buffer_truncate(out, out->len - hyphen);
    }
}

/* Opens, goes on with or closes a stretch of code. */
static void write_code_joint(text_writer *w, const pdf_line *line)
{
    buffer *const out = &w->out->text;
    const bool was_code = w->last != NULL && w->last->mono;
    (void)buffer_append_string(out, w->last == NULL          ? ""
                                    : line->mono && was_code ? "\n"
                                    : was_code               ? "\n```\n\n"
                                                             : "\n\n");
    if (line->mono) {
        (void)buffer_append_string(out, was_code ? "" : "```\n");
        add_page_place(w, line);
    }
}

static void write_line(text_writer *w, const pdf_line *line)
{
    buffer *const out = &w->out->text;
    span text = text_of(w->layout, line);
    bool bullet = false;
    const bool fresh = w->last == NULL;
    if (!buffer_ok(out)) {
        return;
    }
    if (line->mono || (!fresh && w->last->mono)) {
        write_code_joint(w, line);
        if (line->mono) {
            (void)buffer_append(out, text);
            w->last = w->paragraph = line;
            return;
        }
    }
    const bool fenced = !fresh && w->last->mono; /* what was code is closed */
    const bool new_paragraph =
        fresh || fenced || line->cells || w->last->cells || breaks(w, w->last, line);
    if (!fresh && new_paragraph && !fenced) {
        (void)buffer_append_string(out, separator(w, w->last, line));
    } else if (!new_paragraph) {
        write_joint(w, text_of(w->layout, w->last), text);
    }
    add_page_place(w, line);
    const size_t mark = new_paragraph ? list_mark(text, &bullet) : 0;
    if (mark > 0 && bullet) {
        (void)buffer_append_string(out, "- ");
        text = span_slice(text, mark, text.len);
    }
    if (new_paragraph && line->heading > 0) {
        (void)buffer_append(out, span_slice(SPAN("### "), MAX_MARK - line->heading, 4));
    }
    (void)buffer_append(out, text);
    w->paragraph = new_paragraph ? line : w->paragraph;
    w->last = line;
}

/* The notes of the lines before `end` that were passed over. */
static void write_notes(text_writer *w, const pdf_line *lines, size_t end)
{
    for (; w->next_note < end; w->next_note++) {
        if (lines[w->next_note].footnote && !lines[w->next_note].dropped) {
            write_line(w, &lines[w->next_note]);
        }
    }
}

static void write_lines(text_writer *w, const pdf_line *lines, size_t n)
{
    const pdf_line *last = NULL; /* of the text, notes aside */
    for (size_t i = 0; i < n; i++) {
        const pdf_line *const l = &lines[i];
        if (l->dropped || l->footnote) {
            continue;
        }
        if (last != NULL && breaks(w, last, l)) {
            write_notes(w, lines, i);
        }
        write_line(w, l);
        last = l;
    }
    write_notes(w, lines, n);
}

/* Small lines at the foot of a column, from one that starts like a note. */
static void mark_notes(const pdf_layout *layout, pdf_line *lines, size_t n, float size)
{
    bool open = false;
    for (size_t i = 0; i < n; i++) {
        pdf_line *const l = &lines[i];
        const bool small = l->size < NOTE_SIZE * size && l->y0 > 0.5f * l->page_height;
        const bool goes_on = i > 0 && open && same_column(&lines[i - 1], l);
        open = small && !l->dropped && !l->turned && (goes_on || starts_note(text_of(layout, l)));
        l->footnote = open;
    }
}

int pdf_layout_write(pdf_layout *layout, reader_result *out, huis_error *err)
{
    pdf_line *const lines = (pdf_line *)(void *)layout->lines.ptr;
    const size_t n = layout->lines.len / sizeof(*lines);
    text_writer w = {.layout = layout, .out = out, .set = memory_alloc(1, sizeof(word_set))};
    bool ok = w.set != NULL && drop_furniture(layout, lines, n);
    if (ok) {
        pdf_structure_drop_lists(layout, lines, n);
        measure_columns(lines, n);
        w.body = measure_body(lines, n);
        mark_notes(layout, lines, n, w.body.size);
        pdf_structure_mark_code(lines, n);
        pdf_structure_mark_headings(layout, lines, n, w.body.size);
        for (size_t i = 0; i < n; i++) {
            set_add_line(w.set, text_of(layout, &lines[i]));
        }
        write_lines(&w, lines, n);
        (void)buffer_append_string(&out->text, w.last != NULL && w.last->mono ? "\n```\n" : "\n");
    }
    memory_free(w.set);
    if (out->text.status == HUIS_E_LIMIT) {
        return error_set(err, HUIS_E_LIMIT, "the PDF's text is longer than %u bytes",
                         LIMIT_TEXT_BYTES);
    }
    return ok && buffer_ok(&out->text) && reader_places_ok(out)
               ? HUIS_OK
               : error_no_memory(err, "the text of the PDF");
}
