/*
 * pdf_layout.c - see pdf_layout.h: the words of a page to lines.
 *
 * Idea: words that stand side by side at less than a word's space are chained to runs, whatever the
 * file's own order; pdf_columns.c puts the runs into reading order and into rows; a row is written
 * as a line. Words written upwards or downwards are kept in the file's order, after the rest.
 */
#include "document/pdf_layout.h"

#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "document/text_chars.h"

enum {
    BUCKETS = 256,    /* of the page's height, for finding the run that a word continues */
    LOOK_BACK = 48,   /* runs of a bucket that are looked at */
    NONE = UINT32_MAX /* ends a chain */
};
static const float RUN_GAP_EM = 0.6f; /* words nearer than this are in one run */
/* Runs of a row are cells of a table from CELL_GAP_EM on, if one gap is FAR_GAP_EM or they are much
 * wider than the others of the row: the gaps of a justified line are wide, but all alike. */
static const float CELL_GAP_EM = 1.0f;
static const float FAR_GAP_EM = 2.0f;
static const float GAP_RATIO = 1.8f;
static const float RAISED_SHARE = 0.8f; /* a raised number is smaller than this share of its line */
static const float MAX_COORDINATE = 1e6f;

/* What chaining the words of one page needs. */
typedef struct page_runs {
    const pdf_page *page;
    pdf_run *runs;
    uint32_t *next;      /* of each word: the next of its run */
    uint32_t *same_slot; /* of each run: the run before in its bucket */
    uint32_t *order;     /* words by x */
    uint32_t buckets[BUCKETS];
    size_t n_runs;
    float top, scale;
} page_runs;

void pdf_layout_init(pdf_layout *layout)
{
    buffer_init(&layout->pool, LIMIT_TEXT_BYTES);
    buffer_init(&layout->lines, LIMIT_PDF_LINES * sizeof(pdf_line));
}

void pdf_layout_deinit(pdf_layout *layout)
{
    buffer_deinit(&layout->pool);
    buffer_deinit(&layout->lines);
}

const pdf_line *pdf_layout_lines(const pdf_layout *layout, size_t *out_n)
{
    *out_n = layout->lines.len / sizeof(pdf_line);
    return (const pdf_line *)(const void *)layout->lines.ptr;
}

static bool is_sane(const pdf_page *page, const pdf_word *w)
{
    return w->text < page->text.len && w->len <= page->text.len - w->text && isfinite(w->x0) &&
           isfinite(w->x1) && isfinite(w->y0) && isfinite(w->y1) && isfinite(w->size) &&
           fabsf(w->x0) < MAX_COORDINATE && fabsf(w->y0) < MAX_COORDINATE && w->x1 >= w->x0 &&
           w->x1 < MAX_COORDINATE && w->y1 >= w->y0 && w->y1 < MAX_COORDINATE && w->size > 0 &&
           w->len > 0;
}

/* --- runs --- */

static int compare_x(const void *a, const void *b, void *context)
{
    const pdf_word *const words = context;
    const uint32_t i = *(const uint32_t *)a;
    const uint32_t k = *(const uint32_t *)b;
    if (words[i].x0 < words[k].x0 || words[i].x0 > words[k].x0) {
        return words[i].x0 < words[k].x0 ? -1 : 1;
    }
    return i < k ? -1 : i > k;
}

static size_t bucket_of(const page_runs *p, float y)
{
    const float bucket = (y - p->top) * p->scale;
    return bucket <= 0 ? 0 : bucket >= BUCKETS - 1 ? BUCKETS - 1 : (size_t)bucket;
}

/* Whether the word goes on where the run ends. */
static bool continues(const page_runs *p, const pdf_run *r, const pdf_word *w, uint32_t index)
{
    const pdf_word *const last = &p->page->words[r->last_word];
    const float overlap = fminf(last->y1, w->y1) - fmaxf(last->y0, w->y0);
    const float gap = w->x0 - last->x1;
    const float em = fmaxf(last->size, w->size);
    if (w->glued && r->last_word + 1 == index) {
        return gap < em;
    }
    return overlap > 0.5f * fminf(last->y1 - last->y0, w->y1 - w->y0) && gap > -0.5f * em &&
           gap < RUN_GAP_EM * em;
}

static uint32_t find_run(const page_runs *p, uint32_t index)
{
    const pdf_word *const w = &p->page->words[index];
    const size_t end = bucket_of(p, w->y1);
    for (size_t b = bucket_of(p, w->y0); b <= end; b++) {
        uint32_t run = p->buckets[b];
        for (size_t i = 0; run != NONE && i < LOOK_BACK; i++, run = p->same_slot[run]) {
            if (continues(p, &p->runs[run], w, index)) {
                return run;
            }
        }
    }
    return NONE;
}

static void add_word(page_runs *p, uint32_t index)
{
    const pdf_word *const w = &p->page->words[index];
    uint32_t run = find_run(p, index);
    p->next[index] = NONE;
    if (run == NONE) {
        const size_t b = bucket_of(p, (w->y0 + w->y1) / 2);
        run = (uint32_t)p->n_runs++;
        p->runs[run] = (pdf_run){w->x0, w->y0, w->x1, w->y1, w->size, index, index, 1};
        p->same_slot[run] = p->buckets[b];
        p->buckets[b] = run;
        return;
    }
    pdf_run *const r = &p->runs[run];
    p->next[r->last_word] = index;
    r->last_word = index;
    r->n_words++;
    r->x1 = fmaxf(r->x1, w->x1);
    /* The tallest word stands for the row: a raised number does not lift it. */
    if (w->y1 - w->y0 > r->y1 - r->y0) {
        r->y0 = w->y0;
        r->y1 = w->y1;
    }
    r->size = fmaxf(r->size, w->size);
}

static bool alloc_runs(page_runs *p, const pdf_page *page)
{
    *p = (page_runs){.page = page};
    p->runs = memory_alloc(page->n_words + 1, sizeof(*p->runs));
    p->next = memory_alloc(page->n_words + 1, sizeof(*p->next));
    p->same_slot = memory_alloc(page->n_words + 1, sizeof(*p->same_slot));
    p->order = memory_alloc(page->n_words + 1, sizeof(*p->order));
    return p->runs != NULL && p->next != NULL && p->same_slot != NULL && p->order != NULL;
}

static void free_runs(page_runs *p)
{
    memory_free(p->runs);
    memory_free(p->next);
    memory_free(p->same_slot);
    memory_free(p->order);
}

static void chain_words(page_runs *p)
{
    const pdf_word *const words = p->page->words;
    size_t n = 0;
    float top = INFINITY, bottom = -INFINITY;
    for (size_t i = 0; i < p->page->n_words; i++) {
        if (is_sane(p->page, &words[i]) && !words[i].turned) {
            p->order[n++] = (uint32_t)i;
            top = fminf(top, words[i].y0);
            bottom = fmaxf(bottom, words[i].y1);
        }
    }
    qsort_r(p->order, n, sizeof(*p->order), compare_x, (void *)(uintptr_t)words);
    p->top = top;
    p->scale = BUCKETS / fmaxf(bottom - top, 1);
    for (size_t b = 0; b < BUCKETS; b++) {
        p->buckets[b] = NONE;
    }
    for (size_t i = 0; i < n; i++) {
        add_word(p, p->order[i]);
    }
}

/* --- lines --- */

/* "1", "12", "*": a mark of a note. */
static bool is_note_mark(span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9') {
            return text.len == 1 && text.ptr[0] == '*';
        }
    }
    return text.len <= 3;
}

typedef struct line_maker {
    pdf_layout *layout;
    const pdf_page *page;
    pdf_line line;
    float size_sum; /* size times bytes */
    float bytes, bold_bytes, mono_bytes;
    float big; /* the largest size of the line */
} line_maker;

static span text_of_word(const pdf_page *page, const pdf_word *w)
{
    return span_slice(page->text, w->text, (size_t)w->text + w->len);
}

static void write_word(line_maker *m, const pdf_word *w, bool cell)
{
    buffer *const pool = &m->layout->pool;
    const span text = text_of_word(m->page, w);
    const bool fresh = m->bytes <= 0;
    const bool mark = w->size < RAISED_SHARE * m->big && is_note_mark(text);
    if (!fresh && (cell || !w->glued)) {
        (void)buffer_append_string(pool, cell ? " | " : " ");
    }
    if (mark) {
        (void)buffer_append_byte(pool, '[');
    }
    (void)buffer_append(pool, text);
    if (mark) {
        (void)buffer_append_string(pool, fresh ? "] " : "]");
    }
    m->size_sum += w->size * (float)w->len;
    m->bytes += (float)w->len;
    m->bold_bytes += w->bold ? (float)w->len : 0;
    m->mono_bytes += w->mono ? (float)w->len : 0;
    m->line.x0 = fminf(m->line.x0, w->x0);
    m->line.y0 = fminf(m->line.y0, w->y0);
    m->line.x1 = fmaxf(m->line.x1, w->x1);
    m->line.y1 = fmaxf(m->line.y1, w->y1);
}

static line_maker start_line(pdf_layout *layout, const pdf_page *page, float big)
{
    return (line_maker){.layout = layout,
                        .page = page,
                        .big = big,
                        .line = {.x0 = INFINITY,
                                 .y0 = INFINITY,
                                 .x1 = -INFINITY,
                                 .y1 = -INFINITY,
                                 .page = page->number,
                                 .page_height = page->height,
                                 .text = (uint32_t)layout->pool.len}};
}

static void end_line(line_maker *m)
{
    if (m->bytes <= 0 || !buffer_ok(&m->layout->pool)) {
        return;
    }
    m->line.size = m->size_sum / m->bytes;
    m->line.bold = m->bold_bytes > 0.9f * m->bytes;
    m->line.mono = m->mono_bytes > 0.9f * m->bytes;
    m->line.len = (uint32_t)(m->layout->pool.len - m->line.text);
    (void)buffer_append(&m->layout->lines, span_from((const char *)&m->line, sizeof(m->line)));
}

/* Hebrew, Arabic and their like. */
static bool is_right_to_left(const pdf_page *page, const pdf_word *w)
{
    uint32_t code = 0;
    (void)utf8_next(text_of_word(page, w), 0, &code);
    return (code >= 0x590 && code < 0x900) || (code >= 0xFB1D && code < 0xFE00) ||
           (code >= 0xFE70 && code < 0xFF00);
}

/* The words of a row from left to right, or the other way for scripts that are read so. */
static size_t gather_row(const page_runs *p, const pdf_row *row)
{
    size_t n = 0, right_to_left = 0;
    for (size_t i = 0; i < row->n; i++) {
        for (uint32_t w = p->runs[row->first + i].first_word; w != NONE; w = p->next[w]) {
            right_to_left += is_right_to_left(p->page, &p->page->words[w]) ? 1 : 0;
            p->order[n++] = w;
        }
    }
    for (size_t i = 0; 2 * right_to_left > n && i < n / 2; i++) {
        const uint32_t w = p->order[i];
        p->order[i] = p->order[n - 1 - i];
        p->order[n - 1 - i] = w;
    }
    return n;
}

/* "1.3", "4.12.1". */
static bool is_section_number(span text)
{
    size_t dots = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] != '.' && (text.ptr[i] < '0' || text.ptr[i] > '9')) {
            return false;
        }
        dots += text.ptr[i] == '.' ? 1 : 0;
    }
    return dots > 0 && text.ptr[0] != '.';
}

/* A bullet, "1.", "a)" or, before a word, "1.3": what follows is no cell. */
static bool is_list_mark(span text, span next)
{
    uint32_t code = 0;
    size_t next_len = 0;
    const size_t len = utf8_next(text, 0, &code);
    const char last = text.ptr[text.len - 1];
    const char_kind kind = char_kind_of(code);
    return (len == text.len && !char_is_word(kind)) ||
           (text.len <= 4 && (last == '.' || last == ')')) ||
           (is_section_number(text) && char_is_letter(char_at(next, 0, &next_len)));
}

static float gap_between(const pdf_word *a, const pdf_word *b)
{
    return fmaxf(b->x0 - a->x1, a->x0 - b->x1);
}

/* The gap from which words of the row are in different cells. */
static float gap_of_cells(const pdf_word *words, const uint32_t *order, size_t first, size_t n,
                          float em)
{
    float least = INFINITY, most = 0;
    for (size_t i = first + 1; i < n; i++) {
        const float gap = gap_between(&words[order[i - 1]], &words[order[i]]);
        least = fminf(least, fmaxf(gap, 0));
        most = fmaxf(most, gap);
    }
    return most > FAR_GAP_EM * em ? CELL_GAP_EM * em : fmaxf(CELL_GAP_EM * em, GAP_RATIO * least);
}

static void write_row(pdf_layout *layout, const page_runs *p, const pdf_row *row)
{
    const pdf_word *const words = p->page->words;
    const size_t n = gather_row(p, row);
    float big = 0;
    bool mono = true;
    for (size_t i = 0; i < n; i++) {
        big = fmaxf(big, words[p->order[i]].size);
        mono = mono && words[p->order[i]].mono;
    }
    const pdf_word *const start = &words[p->order[0]];
    const pdf_word *const second = &words[p->order[n > 1 ? 1 : 0]];
    const size_t first =
        is_list_mark(text_of_word(p->page, start), text_of_word(p->page, second)) ? 1 : 0;
    const float cell_gap = gap_of_cells(words, p->order, first, n, big);
    line_maker m = start_line(layout, p->page, big);
    m.line.left = row->left;
    m.line.right = row->right;
    for (size_t i = 0; i < n; i++) {
        const pdf_word *const w = &words[p->order[i]];
        const bool cell = i > first && !mono && gap_between(&words[p->order[i - 1]], w) > cell_gap;
        m.line.cells = m.line.cells || cell;
        write_word(&m, w, cell);
    }
    end_line(&m);
}

/* Words written upwards or downwards, in the file's order; a jump starts a line. */
static void write_turned(pdf_layout *layout, const pdf_page *page)
{
    line_maker m = start_line(layout, page, 0);
    const pdf_word *last = NULL;
    for (size_t i = 0; i < page->n_words; i++) {
        const pdf_word *const w = &page->words[i];
        if (!w->turned || !is_sane(page, w)) {
            continue;
        }
        if (last != NULL && fabsf(w->x0 - last->x0) > 0.6f * w->size) {
            end_line(&m);
            m = start_line(layout, page, 0);
        }
        m.line.turned = true;
        m.line.left = w->x0;
        m.line.right = w->x1;
        write_word(&m, w, false);
        last = w;
    }
    end_line(&m);
}

int pdf_layout_add_page(pdf_layout *layout, const pdf_page *page, huis_error *err)
{
    page_runs p = {.page = page};
    buffer rows;
    buffer_init(&rows, (page->n_words + 1) * sizeof(pdf_row));
    bool ok = page->n_words < NONE && alloc_runs(&p, page);
    if (ok) {
        chain_words(&p);
        ok = pdf_columns_order(p.runs, p.n_runs, &rows);
        const pdf_row *const row = (const pdf_row *)(const void *)rows.ptr;
        for (size_t i = 0; ok && i < rows.len / sizeof(*row); i++) {
            write_row(layout, &p, &row[i]);
        }
        write_turned(layout, page);
    }
    free_runs(&p);
    buffer_deinit(&rows);
    if (layout->pool.status == HUIS_E_LIMIT || layout->lines.status == HUIS_E_LIMIT) {
        return error_set(err, HUIS_E_LIMIT, "the PDF's text has more than %u lines or %u bytes",
                         LIMIT_PDF_LINES, LIMIT_TEXT_BYTES);
    }
    return ok && buffer_ok(&layout->pool) && buffer_ok(&layout->lines)
               ? HUIS_OK
               : error_no_memory(err, "the words of a page");
}
