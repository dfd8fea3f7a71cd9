/*
 * pdf_columns.c - the reading order of a page.
 *
 * Idea: look for a gutter, an upright strip that few runs of words cross while full rows of words
 * stand on both sides of it. The runs that do cross it (a title, a wide table) cut the page into
 * bands; in each band the left side is read before the right, and each side is searched for a
 * gutter again (three columns). Where the sides hold but a word or two per row it is a table or a
 * list with dates, and is read row by row. After Nagy's XY-cut, with the gutter chosen by votes
 * rather than by emptiness, so that one headline over two columns does not hide them.
 *
 * Invariant: a permutation of the runs; bounded depth, n log n at each.
 */
#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "document/pdf_layout.h"

enum {
    BINS = 512,
    DEPTH = 6,
    MIN_ROWS = 3 /* of a column */
};
static const float MIN_WORDS_PER_ROW = 2.5f; /* of a column of prose */
static const float MIN_GUTTER_EM = 0.7f;
static const float MARGIN_SHARE = 0.1f; /* of the width, where no gutter is looked for */

/* One side of a gutter. */
typedef struct side {
    size_t n, rows, words;
    float left, right;
} side;

static float middle(const pdf_run *r)
{
    return (r->y0 + r->y1) / 2;
}

static int by_height(const void *a, const void *b)
{
    const pdf_run *const p = a;
    const pdf_run *const q = b;
    const float dy = middle(p) - middle(q);
    if (dy < 0 || dy > 0) {
        return dy < 0 ? -1 : 1;
    }
    return p->x0 < q->x0 ? -1 : p->x0 > q->x0;
}

static int by_x(const void *a, const void *b)
{
    const pdf_run *const p = a;
    const pdf_run *const q = b;
    return p->x0 < q->x0 ? -1 : p->x0 > q->x0;
}

/* Whether two runs stand on one row. */
static bool same_row(const pdf_run *a, const pdf_run *b)
{
    const float overlap = fminf(a->y1, b->y1) - fmaxf(a->y0, b->y0);
    return overlap > 0.5f * fminf(a->y1 - a->y0, b->y1 - b->y0);
}

/* Rows, read across. `runs` are sorted by height. */
static bool emit_rows(pdf_run *runs, size_t first, size_t end, float left, float right,
                      buffer *rows)
{
    while (first < end) {
        size_t last = first + 1;
        while (last < end && same_row(&runs[first], &runs[last])) {
            last++;
        }
        qsort(runs + first, last - first, sizeof(*runs), by_x);
        const pdf_row row = {.first = first, .n = last - first, .left = left, .right = right};
        if (!buffer_append(rows, span_from((const char *)&row, sizeof(row)))) {
            return false;
        }
        first = last;
    }
    return true;
}

static void extent(const pdf_run *runs, size_t first, size_t end, float *out_left, float *out_right)
{
    *out_left = INFINITY;
    *out_right = -INFINITY;
    for (size_t i = first; i < end; i++) {
        *out_left = fminf(*out_left, runs[i].x0);
        *out_right = fmaxf(*out_right, runs[i].x1);
    }
}

static size_t bin_of(float x, float left, float scale)
{
    const float bin = (x - left) * scale;
    return bin <= 0 ? 0 : bin >= BINS - 1 ? BINS - 1 : (size_t)bin;
}

/* The strip with the fewest runs across it, the widest of them. False: none is wide enough. */
static bool find_gutter(const pdf_run *runs, size_t first, size_t end, float left, float right,
                        float *out_x)
{
    int32_t crossing[BINS + 1] = {0};
    const float scale = BINS / fmaxf(right - left, 1);
    float size_sum = 0;
    for (size_t i = first; i < end; i++) {
        crossing[bin_of(runs[i].x0, left, scale)]++;
        crossing[bin_of(runs[i].x1, left, scale) + 1]--;
        size_sum += runs[i].size;
    }
    for (size_t b = 1; b < BINS; b++) {
        crossing[b] += crossing[b - 1];
    }
    const size_t margin = (size_t)(MARGIN_SHARE * BINS);
    int32_t fewest = INT32_MAX;
    for (size_t b = margin; b < BINS - margin; b++) {
        fewest = crossing[b] < fewest ? crossing[b] : fewest;
    }
    size_t best_start = 0, best_len = 0, len = 0;
    for (size_t b = margin; b < BINS - margin; b++) {
        len = crossing[b] == fewest ? len + 1 : 0;
        if (len > best_len) {
            best_len = len;
            best_start = b + 1 - len;
        }
    }
    const float width = ((float)best_len + 1) / scale;
    *out_x = left + ((float)best_start + (float)best_len / 2) / scale;
    return width >= MIN_GUTTER_EM * size_sum / (float)(end - first);
}

/* Counts what lies on one side; `runs` are sorted by height. */
static side measure_side(const pdf_run *runs, size_t first, size_t end, float gutter, bool is_left)
{
    side s = {.left = INFINITY, .right = -INFINITY};
    const pdf_run *row = NULL;
    for (size_t i = first; i < end; i++) {
        const pdf_run *const r = &runs[i];
        if (is_left ? r->x1 > gutter : r->x0 < gutter) {
            continue;
        }
        s.rows += row == NULL || !same_row(row, r) ? 1 : 0;
        row = row == NULL || !same_row(row, r) ? r : row;
        s.n++;
        s.words += r->n_words;
        s.left = fminf(s.left, r->x0);
        s.right = fmaxf(s.right, r->x1);
    }
    return s;
}

static bool is_column(const side *s)
{
    return s->rows >= MIN_ROWS && (float)s->words >= MIN_WORDS_PER_ROW * (float)s->rows;
}

static bool order_region(pdf_run *runs, size_t first, size_t end, float left, float right,
                         uint32_t depth, buffer *rows);

static bool crosses(const pdf_run *r, float gutter)
{
    return r->x0 < gutter && r->x1 > gutter;
}

/* A stretch of the page that nothing crosses: left, then right, if both are columns in it. */
static bool order_band(pdf_run *runs, size_t first, size_t end, float gutter, const side sides[2],
                       uint32_t depth, buffer *rows)
{
    const side l = measure_side(runs, first, end, gutter, true);
    const side r = measure_side(runs, first, end, gutter, false);
    const bool two = l.n > 0 && r.n > 0;
    if (two && !(is_column(&l) || is_column(&r))) {
        return emit_rows(runs, first, end, sides[0].left, sides[1].right, rows);
    }
    /* Stable: each side stays sorted by height. */
    pdf_run *const right_runs = memory_alloc(r.n + 1, sizeof(*right_runs));
    if (right_runs == NULL) {
        return false;
    }
    size_t n_left = 0, n_right = 0;
    for (size_t i = first; i < end; i++) {
        if (runs[i].x1 <= gutter) {
            runs[first + n_left++] = runs[i];
        } else {
            right_runs[n_right++] = runs[i];
        }
    }
    for (size_t i = 0; i < n_right; i++) {
        runs[first + n_left + i] = right_runs[i];
    }
    memory_free(right_runs);
    const size_t cut = first + n_left;
    return order_region(runs, first, cut, sides[0].left, sides[0].right, depth + 1, rows) &&
           order_region(runs, cut, end, sides[1].left, sides[1].right, depth + 1, rows);
}

/* `left` and `right`: of the column that the region is. */
static bool order_region(pdf_run *runs, size_t first, size_t end, float left, float right,
                         uint32_t depth, buffer *rows)
{
    float gutter = 0;
    if (first == end) {
        return true;
    }
    if (depth >= DEPTH || end - first < 2 * MIN_ROWS ||
        !find_gutter(runs, first, end, left, right, &gutter)) {
        return emit_rows(runs, first, end, left, right, rows);
    }
    const side sides[2] = {measure_side(runs, first, end, gutter, true),
                           measure_side(runs, first, end, gutter, false)};
    if (!is_column(&sides[0]) || !is_column(&sides[1])) {
        return emit_rows(runs, first, end, left, right, rows);
    }
    bool ok = true;
    while (ok && first < end) {
        size_t last = first;
        const bool wide = crosses(&runs[first], gutter);
        while (last < end && crosses(&runs[last], gutter) == wide) {
            last++;
        }
        /* What stands on the row of a wide run belongs to it. */
        while (wide && last < end && same_row(&runs[last - 1], &runs[last])) {
            last++;
        }
        ok = wide ? emit_rows(runs, first, last, left, right, rows)
                  : order_band(runs, first, last, gutter, sides, depth, rows);
        first = last;
    }
    return ok;
}

bool pdf_columns_order(pdf_run *runs, size_t n_runs, buffer *rows)
{
    float left = 0, right = 0;
    if (n_runs == 0) {
        return true;
    }
    qsort(runs, n_runs, sizeof(*runs), by_height);
    extent(runs, 0, n_runs, &left, &right);
    return order_region(runs, 0, n_runs, left, right, 0, rows);
}
