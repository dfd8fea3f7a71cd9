/*
 * pdf_structure.c - see pdf_structure.h.
 *
 * Ideas. A PDF does not say what a line is, its looks do. A heading is a short block of lines that
 * are larger than the text, or bold where the text is not. Its level is the rank of its size among
 * all headings, at most MAX_LEVEL. When much of the text would be headings (a poster, a form), none
 * is marked.
 *
 * A list of contents is a run of lines that end in numbers of pages which do not fall, most of them
 * after a row of dots, or under a title that says so. An index is a long run of lines that end in
 * such numbers after commas or dots. Both say nothing that the text does not, and are dropped whole.
 * A price list ends in numbers too: its numbers fall, are larger than the document or have cents.
 *
 * Lines in letters of one width are code, unless most of the document is: it was typed.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "document/pdf_structure.h"
#include "document/text_chars.h"

enum {
    MAX_LEVEL = 3,
    LARGE_BYTES = 200, /* of a heading in larger letters, at most */
    LARGE_LINES = 4,
    BOLD_BYTES = 100, /* of one that is bold only */
    BOLD_LINES = 2,
    MIN_LETTERS = 3,     /* in a row */
    SIZE_STEPS = 400,    /* half points */
    CONTENTS_MIN = 5,    /* entries of a list of contents without a title */
    CONTENTS_TITLED = 3, /* and with one */
    INDEX_MIN = 40,
    INDEX_TITLED = 12,
    WRAPS = 2, /* lines in a row that hold no number of a page: an entry goes over lines */
    DOTS = 4,  /* of a row of dots */
    ENTRY_BYTES = 160
};
static const float LARGE = 1.15f;     /* times the size of the text */
static const float NOT_SMALL = 0.95f; /* the same, for bold ones */
static const float SAME_SIZE = 0.06f;
static const float BLOCK_PITCH = 2.0f;   /* lines of one heading are nearer than this many sizes */
static const float MOST_HEADINGS = 0.3f; /* of the bytes */

static span text_of(const pdf_layout *layout, const pdf_line *line)
{
    return span_slice(buffer_span(&layout->pool), line->text, (size_t)line->text + line->len);
}

/* --- lists of contents, indexes --- */

typedef enum entry_kind { ENTRY_NONE, ENTRY_DOTS, ENTRY_CELL, ENTRY_COMMA } entry_kind;

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* What stands between an entry and the number of its page; `end` is where the number starts. */
static entry_kind leader_before(span text, size_t end)
{
    size_t dots = 0;
    bool bar = false;
    size_t i = end;
    while (i > 0 && strchr(" .|", text.ptr[i - 1]) != NULL) {
        dots += text.ptr[i - 1] == '.' ? 1 : 0;
        bar = bar || text.ptr[i - 1] == '|';
        i--;
    }
    if (i == 0) {
        return dots >= DOTS ? ENTRY_DOTS : ENTRY_NONE;
    }
    return dots >= DOTS                                                     ? ENTRY_DOTS
           : bar                                                            ? ENTRY_CELL
           : end >= 2 && (text.ptr[i - 1] == ',' || text.ptr[i - 1] == '-') ? ENTRY_COMMA
                                                                            : ENTRY_NONE;
}

/* How a line ends in the number of a page; *out_page is 0 for a roman one. */
static entry_kind entry_of(span text, uint32_t *out_page)
{
    size_t i = text.len;
    uint32_t page = 0;
    *out_page = 0;
    if (text.len > ENTRY_BYTES && text.ptr[text.len / 2] != '.' && text.ptr[text.len / 2] != ' ') {
        return ENTRY_NONE;
    }
    while (i > 0 && is_digit(text.ptr[i - 1]) && text.len - i < 4) {
        i--;
    }
    for (size_t k = i; k < text.len; k++) {
        page = page * 10 + (uint32_t)(text.ptr[k] - '0');
    }
    if (i == text.len) { /* the pages before the first chapter */
        while (i > 0 && strchr("ivxlc", text.ptr[i - 1]) != NULL && text.len - i < 7) {
            i--;
        }
        return i < text.len && leader_before(text, i) == ENTRY_DOTS ? ENTRY_DOTS : ENTRY_NONE;
    }
    *out_page = page;
    return leader_before(text, i);
}

/* "Contents", "Table des matières", "B Index of commands": what the list is called. */
static bool is_list_title(span text, bool index)
{
    static const span CONTENTS[] = {
        {"contents", 8},           {"table of contents", 17}, {"table des mati\xC3\xA8res", 19},
        {"sommaire", 8},           {"list of figures", 15},   {"list of tables", 14},
        {"liste des figures", 17}, {"table des figures", 17}, {"liste des tableaux", 18}};
    if (text.len > 60) {
        return false;
    }
    for (size_t pos = 0; index && pos < text.len; pos++) {
        if (char_match(text, pos, text.len, SPAN("index")) > 0) {
            return true;
        }
    }
    for (size_t i = 0; !index && i < sizeof(CONTENTS) / sizeof(CONTENTS[0]); i++) {
        if (char_match(text, 0, text.len, CONTENTS[i]) > 0) {
            return true;
        }
    }
    return false;
}

/* A run of lines that may be a list. */
typedef struct list_run {
    size_t first, end; /* lines */
    size_t n_entries, n_dots, n_commas, n_numbers;
    size_t n_falling; /* numbers that are smaller than the one before */
    size_t n_beyond;  /* larger than the document has pages */
    uint32_t last_page;
} list_run;

static void count_entry(list_run *run, entry_kind kind, uint32_t page, uint32_t n_pages)
{
    run->n_entries++;
    run->n_dots += kind == ENTRY_DOTS ? 1 : 0;
    run->n_commas += kind == ENTRY_COMMA ? 1 : 0;
    if (page > 0) {
        run->n_numbers++;
        run->n_falling += page < run->last_page ? 1 : 0;
        run->n_beyond += page > n_pages ? 1 : 0;
        run->last_page = page;
    }
}

/* The longest run from line `first`, which is an entry; between entries only WRAPS other lines. */
static list_run find_run(const pdf_layout *layout, const pdf_line *lines, size_t n, size_t first,
                         uint32_t n_pages)
{
    list_run run = {.first = first, .end = first};
    size_t others = 0;
    for (size_t i = first; i < n && others <= WRAPS; i++) {
        const span text = text_of(layout, &lines[i]);
        uint32_t page = 0;
        if (lines[i].dropped || text.len <= 2) { /* furniture; the letters of an index */
            continue;
        }
        const entry_kind kind = entry_of(text, &page);
        if (kind == ENTRY_NONE) {
            others++;
            continue;
        }
        count_entry(&run, kind, page, n_pages);
        others = 0;
        run.end = i + 1;
    }
    return run;
}

/* The title of the list in one of the three lines before it; `first`: none. */
static size_t find_title(const pdf_layout *layout, const pdf_line *lines, size_t first, bool index)
{
    size_t seen = 0;
    for (size_t i = first; i > 0 && seen < 3; i--) {
        if (!lines[i - 1].dropped) {
            seen++;
            if (is_list_title(text_of(layout, &lines[i - 1]), index)) {
                return i - 1;
            }
        }
    }
    return first;
}

static bool is_contents(const list_run *run, bool titled)
{
    const size_t least = titled ? CONTENTS_TITLED : CONTENTS_MIN;
    return run->n_entries >= least && 10 * run->n_falling <= run->n_numbers &&
           2 * run->n_beyond <= run->n_numbers && (titled || 2 * run->n_dots >= run->n_entries);
}

static bool is_index(const list_run *run, bool titled)
{
    return run->n_entries >= (titled ? INDEX_TITLED : INDEX_MIN) &&
           10 * run->n_beyond <= run->n_numbers &&
           10 * (run->n_commas + run->n_dots) >= 7 * run->n_entries;
}

void pdf_structure_drop_lists(const pdf_layout *layout, pdf_line *lines, size_t n)
{
    const uint32_t n_pages = n > 0 ? lines[n - 1].page : 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t page = 0;
        if (lines[i].dropped || entry_of(text_of(layout, &lines[i]), &page) == ENTRY_NONE) {
            continue;
        }
        const list_run run = find_run(layout, lines, n, i, n_pages);
        const size_t contents = find_title(layout, lines, i, false);
        const size_t index = find_title(layout, lines, i, true);
        size_t from = is_contents(&run, contents < i) ? contents
                      : is_index(&run, index < i)     ? index
                                                      : run.end;
        for (; from < run.end; from++) {
            lines[from].dropped = true;
        }
        i = run.end - 1;
    }
}

/* --- code --- */

void pdf_structure_mark_code(pdf_line *lines, size_t n)
{
    size_t mono_bytes = 0, bytes = 0;
    for (size_t i = 0; i < n; i++) {
        mono_bytes += lines[i].mono ? lines[i].len : 0;
        bytes += lines[i].len;
    }
    for (size_t i = 0; i < n; i++) {
        lines[i].mono = lines[i].mono && 2 * mono_bytes < bytes && !lines[i].footnote;
    }
}

/* --- headings --- */

/* Lines [first, end) that look alike and stand together. */
typedef struct line_block {
    size_t first, end;
    size_t bytes, n_lines;
} line_block;

static bool is_text(const pdf_line *line)
{
    return !line->dropped && !line->footnote && !line->turned;
}

static bool goes_on(const pdf_line *a, const pdf_line *b)
{
    const float pitch = b->y1 - a->y1;
    return a->page == b->page && a->bold == b->bold && !b->cells &&
           fabsf(a->size - b->size) < SAME_SIZE * a->size && pitch > 0 &&
           pitch < BLOCK_PITCH * a->size;
}

static line_block block_at(const pdf_line *lines, size_t n, size_t first)
{
    line_block block = {first, first + 1, lines[first].len, 1};
    size_t last = first;
    for (size_t i = first + 1; i < n; i++) {
        if (!is_text(&lines[i])) {
            continue;
        }
        if (!goes_on(&lines[last], &lines[i])) {
            break;
        }
        block.bytes += lines[i].len;
        block.n_lines++;
        block.end = i + 1;
        last = i;
    }
    return block;
}

/* A word, and no end of a sentence but in large letters. */
static bool reads_like_title(span text, bool large)
{
    size_t letters = 0, len = 0;
    for (size_t pos = 0; pos < text.len && letters < MIN_LETTERS; pos += len) {
        letters = char_is_letter(char_at(text, pos, &len)) ? letters + 1 : 0;
    }
    const char last = text.len > 0 ? text.ptr[text.len - 1] : '.';
    const char_kind first = text.len > 0 ? char_at(text, 0, &len) : CHAR_OTHER;
    return letters >= MIN_LETTERS && strchr(large ? ",;" : ".,;:|", last) == NULL &&
           (large || first == CHAR_UPPER || first == CHAR_DIGIT);
}

static bool is_title(const pdf_layout *layout, const pdf_line *lines, const line_block *block,
                     float body_size)
{
    const pdf_line *const line = &lines[block->first];
    const bool large = line->size >= LARGE * body_size;
    if (line->cells || line->mono ||
        (!large && (!line->bold || line->size < NOT_SMALL * body_size)) ||
        block->bytes > (large ? LARGE_BYTES : BOLD_BYTES) ||
        block->n_lines > (large ? LARGE_LINES : BOLD_LINES)) {
        return false;
    }
    const span last = text_of(layout, &lines[block->end - 1]);
    return reads_like_title(text_of(layout, line), large) && last.len > 0 &&
           (large || strchr(".,;:", last.ptr[last.len - 1]) == NULL);
}

static size_t step_of(float size)
{
    return (size_t)fminf(size * 2 + 0.5f, SIZE_STEPS - 1);
}

/* The level of each size that headings have: the largest is 1. */
static void rank_sizes(const pdf_line *lines, size_t n, uint8_t out_levels[SIZE_STEPS])
{
    bool used[SIZE_STEPS] = {false};
    for (size_t i = 0; i < n; i++) {
        used[step_of(lines[i].size)] = used[step_of(lines[i].size)] || lines[i].heading > 0;
    }
    uint8_t level = 0;
    for (size_t step = SIZE_STEPS; step-- > 0;) {
        const bool another = used[step] && (step + 1 == SIZE_STEPS || !used[step + 1]);
        level = another && level < MAX_LEVEL ? (uint8_t)(level + 1) : level;
        out_levels[step] = level;
    }
}

void pdf_structure_mark_headings(const pdf_layout *layout, pdf_line *lines, size_t n,
                                 float body_size)
{
    size_t heading_bytes = 0, bytes = 0;
    for (size_t i = 0; i < n;) {
        if (!is_text(&lines[i])) {
            i++;
            continue;
        }
        const line_block block = block_at(lines, n, i);
        const bool title = block.end < n && is_title(layout, lines, &block, body_size);
        for (size_t k = i; title && k < block.end; k++) {
            lines[k].heading = is_text(&lines[k]) ? 1 : 0;
        }
        bytes += block.bytes;
        heading_bytes += title ? block.bytes : 0;
        i = block.end;
    }
    uint8_t levels[SIZE_STEPS];
    rank_sizes(lines, n, levels);
    const bool too_many = (float)heading_bytes > MOST_HEADINGS * (float)bytes;
    for (size_t i = 0; i < n; i++) {
        lines[i].heading = lines[i].heading == 0 || too_many ? 0 : levels[step_of(lines[i].size)];
    }
}
