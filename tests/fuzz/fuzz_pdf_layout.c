/*
 * fuzz_pdf_layout.c - any boxes through the layout of PDF pages.
 *
 * Each record of 8 bytes is a word: x, y, width, height, size, flags (1: floats that are no numbers,
 * 2: turned, 4: glued, 8: a new page), two for its letters. Lines lie in the
 * pool, the text is valid UTF-8, places ascend.
 */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "document/pdf_layout.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { RECORD = 8, MAX_WORDS = 4096 };

static const char TEXT[] =
    "abcdefgh-12345 page 7 of 9 \xC3\xA9t\xC3\xA9- \xEF\x82\xB7 1. \xD7\x90\xD7\x91 *";
static pdf_word words[MAX_WORDS];

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

/* A word of TEXT that starts and ends between characters. */
static void choose_text(pdf_word *w, uint8_t a, uint8_t b)
{
    const span text = span_from(TEXT, sizeof(TEXT) - 1);
    size_t start = a % text.len;
    while (start > 0 && ((uint8_t)text.ptr[start] & 0xC0u) == 0x80u) {
        start--;
    }
    size_t end = start;
    for (size_t i = 0; i <= b % 8u && end < text.len; i++) {
        uint32_t code = 0;
        end += utf8_next(text, end, &code);
    }
    w->text = (uint32_t)start;
    w->len = (uint32_t)(end - start);
}

static pdf_word make_word(const uint8_t *r)
{
    static const float ODD[] = {NAN, INFINITY, -INFINITY, 1e30f, -0.0f};
    const float width = r[2], height = r[3] % 64;
    pdf_word w = {.x0 = (float)r[0] * 2.4f,
                  .y0 = (float)r[1] * 3.2f,
                  .size = 1 + (float)(r[4] % 40),
                  .bold = (r[4] & 0x80u) != 0,
                  .turned = (r[5] & 2u) != 0,
                  .glued = (r[5] & 4u) != 0};
    w.x1 = w.x0 + width;
    w.y1 = w.y0 + height;
    if ((r[5] & 1u) != 0) {
        w.y1 = ODD[r[0] % 5u];
        w.x0 = ODD[r[1] % 5u];
    }
    choose_text(&w, r[6], r[7]);
    return w;
}

static void add_page(pdf_layout *layout, uint32_t number, size_t n)
{
    const pdf_page page = {.number = number,
                           .width = 612,
                           .height = 816,
                           .text = span_from(TEXT, sizeof(TEXT) - 1),
                           .words = words,
                           .n_words = n};
    require(pdf_layout_add_page(layout, &page, NULL) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    pdf_layout layout;
    reader_result result;
    pdf_layout_init(&layout);
    reader_result_init(&result);
    size_t n = 0;
    uint32_t number = 1;
    for (size_t i = 0; i + RECORD <= size && n < MAX_WORDS; i += RECORD) {
        words[n++] = make_word(data + i);
        if ((data[i + 5] & 8u) != 0) {
            add_page(&layout, number++, n);
            n = 0;
        }
    }
    add_page(&layout, number, n);
    size_t n_lines = 0;
    const pdf_line *const lines = pdf_layout_lines(&layout, &n_lines);
    for (size_t i = 0; i < n_lines; i++) {
        require(lines[i].len > 0 && (size_t)lines[i].text + lines[i].len <= layout.pool.len);
        require(isfinite(lines[i].x0) && isfinite(lines[i].y1) && lines[i].size > 0);
    }
    require(pdf_layout_write(&layout, &result, NULL) == 0);
    const span text = buffer_span(&result.text);
    require(utf8_valid_prefix(text) == text.len);
    size_t n_places = 0, pos = 0;
    const reader_place *const places = reader_places(&result, &n_places);
    for (size_t i = 0; i < n_places; i++) {
        require(places[i].start >= pos && places[i].start <= text.len);
        pos = places[i].start;
    }
    pdf_layout_deinit(&layout);
    reader_result_deinit(&result);
    return 0;
}
