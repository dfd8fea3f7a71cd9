/*
 * reader_pdf.c - see reader_pdf.h: words and their places out of a PDF; pdf_layout.h does the rest.
 *
 * Idea: poppler names every character of a page, its rectangle, font, size and colour. Characters
 * are put together to words here and everything about order is decided from the places, not from
 * the file. Text in white is kept only where something dark is drawn behind it, tiny text only where
 * there is no other: neither is seen by a person. Text without ink over a scanned page (OCR) looks
 * like any other to poppler and is read.
 *
 * Limits: pages, words per page, and time: reading stops while there is time left to answer.
 */
#include "document/reader_pdf.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <poppler.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "document/document_parts.h"
#include "document/encoding.h"
#include "document/pdf_layout.h"
#include "document/text_chars.h"

enum { BACKDROP_DPI = 36, PAGE_TEXT_BYTES = 64 * LIMIT_MIB };
static const float TINY = 1.5f; /* points: smaller text is not seen */

/* The characters of one page as poppler gives them. */
typedef struct page_chars {
    span text;
    PopplerRectangle *rectangles; /* one for each character of text */
    guint n;
    GList *attributes; /* of PopplerTextAttributes, over runs of characters */
} page_chars;

typedef struct pdf_reading {
    pdf_layout layout;
    buffer text;  /* of one page */
    buffer words; /* of pdf_word */
    uint32_t n_pages, n_read, n_empty, n_failed;
    bool out_of_time, crowded;
} pdf_reading;

static const char SMALLEST_PDF[] = "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
                                   "2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
                                   "3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>endobj\n"
                                   "trailer<</Root 1 0 R>>\n";

static PopplerDocument *open_document(span bytes, GError **out_error)
{
    GBytes *const data = g_bytes_new_static(bytes.ptr, bytes.len);
    PopplerDocument *const doc = poppler_document_new_from_bytes(data, NULL, out_error);
    g_bytes_unref(data);
    return doc;
}

void reader_pdf_init(void)
{
    PopplerDocument *const doc = open_document(span_from_string(SMALLEST_PDF), NULL);
    if (doc != NULL) {
        g_object_unref(doc);
    }
}

/* --- characters to words --- */

static bool is_named(const char *font_name, const char *const *parts, size_t n)
{
    for (size_t i = 0; font_name != NULL && i < n; i++) {
        if (strcasestr(font_name, parts[i]) != NULL) {
            return true;
        }
    }
    return false;
}

/* Those in two letters after the family's are TeX's. */
static bool is_bold(const char *font_name)
{
    static const char *const PARTS[] = {"bold", "black", "heavy", "demi",
                                        "cmbx", "ecbx",  "sfbx",  "lmbx"};
    return is_named(font_name, PARTS, sizeof(PARTS) / sizeof(PARTS[0]));
}

static bool is_mono(const char *font_name)
{
    static const char *const PARTS[] = {"mono",  "courier", "typewriter", "consol",
                                        "menlo", "code",    "cmtt",       "cmsltt",
                                        "ectt",  "sftt",    "lmtt",       "fixed"};
    return is_named(font_name, PARTS, sizeof(PARTS) / sizeof(PARTS[0]));
}

static bool is_white(const PopplerColor *c)
{
    const guint16 WHITE = 0xF800;
    return c->red >= WHITE && c->green >= WHITE && c->blue >= WHITE;
}

/* Appends a character of the word that starts at `floor`: ligatures as letters, accents on theirs;
 * nothing for what is not seen. */
static void append_char(buffer *out, size_t floor, uint32_t code, span bytes)
{
    if (encoding_append_ligature(out, code) || encoding_join_mark(out, floor, code)) {
        return;
    }
    if (code == 0xF0B7 || code == 0xF0A7) {
        (void)buffer_append_string(out, "\xE2\x80\xA2"); /* bullets of symbol fonts */
    } else if (code == 0xAD) {
        (void)buffer_append_byte(out, '-'); /* is seen here: it stands at a line's end */
    } else if (code >= 0x20 && code != 0x85 && code != UTF8_REPLACEMENT &&
               !(code >= 0xE000 && code < 0xF900) && code != 0x200C && code != 0x200D &&
               !utf8_is_hidden(code)) {
        (void)buffer_append(out, bytes);
    }
}

/* Where a word is being put together. */
typedef struct word_maker {
    pdf_reading *r;
    pdf_word word;
    float first_x, first_y, last_x, last_y; /* middles of the first and last character */
    PopplerRectangle last_box;
    size_t n_chars;
    bool glued, turned_before, white;
} word_maker;

static void end_word(word_maker *m, buffer *words, bool space)
{
    pdf_word *const w = &m->word;
    w->len = (uint32_t)(m->r->text.len - w->text);
    if (m->n_chars > 0 && w->len > 0 && words->len + sizeof(*w) <= words->max_bytes) {
        const float dx = fabsf(m->last_x - m->first_x);
        const float dy = fabsf(m->last_y - m->first_y);
        w->turned = m->n_chars > 1 ? dy > dx && dy > 0.2f * w->size : m->turned_before;
        m->turned_before = w->turned;
        w->glued = m->glued;
        (void)buffer_append(words, span_from((const char *)w, sizeof(*w)));
    }
    m->r->crowded = m->r->crowded || words->len + sizeof(*w) > words->max_bytes;
    m->glued = !space && (m->glued || m->n_chars > 0);
    m->n_chars = 0;
}

/* Whether the next character stands away from the last one: poppler puts no white space between the
 * cells of some tables. */
static bool jumps(const word_maker *m, const PopplerRectangle *box)
{
    const PopplerRectangle *const last = &m->last_box;
    const double dx = fmax(fmin(box->x1, box->x2) - fmax(last->x1, last->x2),
                           fmin(last->x1, last->x2) - fmax(box->x1, box->x2));
    const double dy = fmax(fmin(box->y1, box->y2) - fmax(last->y1, last->y2),
                           fmin(last->y1, last->y2) - fmax(box->y1, box->y2));
    return m->n_chars > 0 && fmax(dx, dy) > (double)(0.25f * m->word.size);
}

static void add_char(word_maker *m, uint32_t code, span bytes, const PopplerRectangle *box)
{
    pdf_word *const w = &m->word;
    const float x0 = (float)fmin(box->x1, box->x2), x1 = (float)fmax(box->x1, box->x2);
    const float y0 = (float)fmin(box->y1, box->y2), y1 = (float)fmax(box->y1, box->y2);
    if (m->n_chars == 0) {
        w->text = (uint32_t)m->r->text.len;
        w->x0 = x0, w->x1 = x1, w->y0 = y0, w->y1 = y1;
        m->first_x = (x0 + x1) / 2;
        m->first_y = (y0 + y1) / 2;
    }
    w->x0 = fminf(w->x0, x0);
    w->y0 = fminf(w->y0, y0);
    w->x1 = fmaxf(w->x1, x1);
    w->y1 = fmaxf(w->y1, y1);
    m->last_x = (x0 + x1) / 2;
    m->last_y = (y0 + y1) / 2;
    m->last_box = *box;
    m->n_chars++;
    append_char(&m->r->text, w->text, code, bytes);
}

/* Whether the picture of the page is white all over the box; without a picture: yes. */
static bool is_on_white(cairo_surface_t *backdrop, const PopplerRectangle *box)
{
    const double scale = BACKDROP_DPI / 72.0;
    const int width = cairo_image_surface_get_width(backdrop);
    const int height = cairo_image_surface_get_height(backdrop);
    const int stride = cairo_image_surface_get_stride(backdrop);
    const unsigned char *const pixels = cairo_image_surface_get_data(backdrop);
    const int x0 = (int)fmax(fmin(box->x1, box->x2) * scale, 0);
    const int y0 = (int)fmax(fmin(box->y1, box->y2) * scale, 0);
    for (int y = y0; pixels != NULL && y < height && y <= fmax(box->y1, box->y2) * scale; y++) {
        for (int x = x0; x < width && x <= fmax(box->x1, box->x2) * scale; x++) {
            const unsigned char *const p = pixels + (size_t)y * (size_t)stride + (size_t)x * 4;
            if (p[0] < 0xE0 || p[1] < 0xE0 || p[2] < 0xE0) {
                return false;
            }
        }
    }
    return true;
}

static bool has_white_text(const page_chars *c)
{
    for (const GList *l = c->attributes; l != NULL; l = l->next) {
        const PopplerTextAttributes *const a = l->data;
        if (is_white(&a->color)) {
            return true;
        }
    }
    return false;
}

/* The page as a small picture, to see what is behind white text. */
static cairo_surface_t *paint_backdrop(PopplerPage *page)
{
    double width = 0, height = 0;
    poppler_page_get_size(page, &width, &height);
    const double scale = BACKDROP_DPI / 72.0;
    const double w = fmin(fmax(width * scale, 1), 2000);
    const double h = fmin(fmax(height * scale, 1), 2000);
    cairo_surface_t *const surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)w, (int)h);
    cairo_t *const cr = cairo_create(surface);
    cairo_set_source_rgb(cr, 1, 1, 1);
    cairo_paint(cr);
    cairo_scale(cr, scale, scale);
    poppler_page_render(page, cr);
    cairo_destroy(cr);
    cairo_surface_flush(surface);
    return surface;
}

/* The words of a page; those smaller than TINY only when `tiny`. */
static void make_words(pdf_reading *r, const page_chars *c, cairo_surface_t *backdrop, bool tiny)
{
    word_maker m = {.r = r};
    const GList *l = c->attributes;
    size_t pos = 0;
    float size_before = 0;
    for (guint i = 0; i < c->n && pos < c->text.len && buffer_ok(&r->text); i++) {
        uint32_t code = 0;
        const size_t len = utf8_next(c->text, pos, &code);
        while (l != NULL && (gint)i > ((const PopplerTextAttributes *)l->data)->end_index) {
            l = l->next;
        }
        const PopplerTextAttributes *const a = l != NULL ? l->data : NULL;
        const float size = a != NULL && a->font_size > 0 ? (float)a->font_size : 1;
        const bool space = char_kind_of(code) == CHAR_SPACE;
        const bool hidden =
            (size < TINY && !tiny) || (a != NULL && backdrop != NULL && is_white(&a->color) &&
                                       is_on_white(backdrop, &c->rectangles[i]));
        const bool apart = space || hidden || jumps(&m, &c->rectangles[i]);
        if (apart || fabsf(size - size_before) > 0.15f * size) {
            end_word(&m, &r->words, apart);
        }
        if (!space && !hidden) {
            const span bytes = span_slice(c->text, pos, pos + len);
            m.word.bold = a != NULL && is_bold(a->font_name);
            m.word.mono = a != NULL && is_mono(a->font_name);
            m.word.size = size;
            add_char(&m, code, bytes, &c->rectangles[i]);
        }
        size_before = size;
        pos += len;
    }
    end_word(&m, &r->words, true);
}

/* A page that is written sideways is laid down. */
static void turn_page(pdf_page *page, pdf_word *words)
{
    size_t turned = 0;
    float rise = 0;
    for (size_t i = 0; i < page->n_words; i++) {
        turned += words[i].turned ? 1 : 0;
        /* Words that follow one another on an upright line go down or up. */
        rise += i > 0 && words[i].turned && fabsf(words[i].x0 - words[i - 1].x0) < 1
                    ? (words[i].y0 < words[i - 1].y0 ? 1.0f : -1.0f)
                    : 0;
    }
    if (2 * turned <= page->n_words) {
        return;
    }
    for (size_t i = 0; i < page->n_words; i++) {
        pdf_word *const w = &words[i];
        const pdf_word old = *w;
        w->x0 = rise > 0 ? page->height - old.y1 : old.y0;
        w->x1 = rise > 0 ? page->height - old.y0 : old.y1;
        w->y0 = rise > 0 ? old.x0 : page->width - old.x1;
        w->y1 = rise > 0 ? old.x1 : page->width - old.x0;
        w->turned = !old.turned;
    }
    const float width = page->width;
    page->width = page->height;
    page->height = width;
}

/* --- pages --- */

static page_chars get_chars(PopplerPage *page, char **out_text)
{
    page_chars c = {.n = 0};
    *out_text = poppler_page_get_text(page);
    if (*out_text != NULL && (*out_text)[0] != '\0') {
        const span text = span_from_string(*out_text);
        c.text = span_slice(text, 0, utf8_valid_prefix(text));
        if (!poppler_page_get_text_layout(page, &c.rectangles, &c.n)) {
            c.n = 0;
        }
        c.attributes = poppler_page_get_text_attributes(page);
    }
    return c;
}

static int add_page(pdf_reading *r, PopplerPage *page, uint32_t number, huis_error *err)
{
    char *text = NULL;
    page_chars c = get_chars(page, &text);
    cairo_surface_t *const backdrop = has_white_text(&c) ? paint_backdrop(page) : NULL;
    buffer_reset(&r->text);
    buffer_reset(&r->words);
    make_words(r, &c, backdrop, false);
    if (r->words.len == 0) {
        buffer_reset(&r->text);
        make_words(r, &c, backdrop, true);
    }
    double width = 0, height = 0;
    poppler_page_get_size(page, &width, &height);
    pdf_page p = {.number = number,
                  .width = (float)width,
                  .height = (float)height,
                  .text = buffer_span(&r->text),
                  .words = (const pdf_word *)(const void *)r->words.ptr,
                  .n_words = r->words.len / sizeof(pdf_word)};
    turn_page(&p, (pdf_word *)(void *)r->words.ptr);
    r->n_empty += p.n_words == 0 ? 1 : 0;
    const int status = buffer_ok(&r->text) && buffer_ok(&r->words)
                           ? pdf_layout_add_page(&r->layout, &p, err)
                           : error_no_memory(err, "the words of a page");
    if (backdrop != NULL) {
        cairo_surface_destroy(backdrop);
    }
    poppler_page_free_text_attributes(c.attributes);
    g_free(c.rectangles);
    g_free(text);
    return status;
}

static int add_pages(pdf_reading *r, PopplerDocument *doc, huis_error *err)
{
    const int64_t stop_us = clock_monotonic_us() + (int64_t)LIMIT_READER_TIME_MS * 1000 * 7 / 10;
    const int n = poppler_document_get_n_pages(doc);
    r->n_pages = n > 0 ? (uint32_t)n : 0;
    while (r->n_read < r->n_pages && r->n_read < LIMIT_PDF_PAGES) {
        if (clock_monotonic_us() > stop_us) {
            r->out_of_time = true;
            break;
        }
        PopplerPage *const page = poppler_document_get_page(doc, (int)r->n_read);
        r->n_read++;
        if (page == NULL) {
            r->n_failed++;
            continue;
        }
        const int status = add_page(r, page, r->n_read, err);
        g_object_unref(page);
        RETURN_IF_ERROR(status);
    }
    return HUIS_OK;
}

/* --- the document --- */

static void set_notes(const pdf_reading *r, reader_result *out)
{
    buffer note;
    buffer_init(&note, LIMIT_KIB);
    if (r->n_read < r->n_pages) {
        (void)buffer_printf(&note, "only the first %u of %u pages were read (%s)", r->n_read,
                            r->n_pages, r->out_of_time ? "time limit" : "limit of pages");
    }
    if (r->n_empty > 0) {
        (void)buffer_printf(&note, "%s%u of %u pages hold no text", note.len > 0 ? "; " : "",
                            r->n_empty, r->n_read);
    }
    if (r->n_failed > 0) {
        (void)buffer_printf(&note, "%s%u of %u pages are damaged", note.len > 0 ? "; " : "",
                            r->n_failed, r->n_read);
    }
    if (r->crowded) {
        (void)buffer_printf(&note, "%sa page has more than %u words", note.len > 0 ? "; " : "",
                            LIMIT_PDF_PAGE_WORDS);
    }
    reader_add_note(out, buffer_span(&note));
    buffer_deinit(&note);
}

static void set_title(PopplerDocument *doc, reader_result *out)
{
    char *const title = poppler_document_get_title(doc);
    if (title != NULL) {
        const span text = span_from_string(title);
        reader_set_title(out, span_slice(text, 0, utf8_valid_prefix(text)));
    }
    g_free(title);
}

static int refuse_document(GError *error, huis_error *err)
{
    const bool locked = g_error_matches(error, POPPLER_ERROR, POPPLER_ERROR_ENCRYPTED);
    g_clear_error(&error);
    return locked ? error_set(err, HUIS_E_UNSUPPORTED,
                              "the PDF is protected by a password; save a copy without it")
                  : error_set(err, HUIS_E_BAD_FILE, "the PDF is damaged: it cannot be opened");
}

static int no_text(const pdf_reading *r, huis_error *err)
{
    return r->n_read == 0 || r->n_failed == r->n_read
               ? error_set(err, HUIS_E_BAD_FILE,
                           "the PDF is damaged: none of its pages can be read")
               : error_set(err, HUIS_E_NO_TEXT,
                           "the PDF holds pictures of pages and no text (%u of %u pages read); "
                           "run OCR first, such as ocrmypdf",
                           r->n_read, r->n_pages);
}

int reader_read_pdf(reader_result *out, span bytes, huis_error *err)
{
    GError *error = NULL;
    PopplerDocument *const doc = open_document(bytes, &error);
    if (doc == NULL) {
        return refuse_document(error, err);
    }
    pdf_reading r = {.n_pages = 0};
    pdf_layout_init(&r.layout);
    buffer_init(&r.text, PAGE_TEXT_BYTES);
    buffer_init(&r.words, LIMIT_PDF_PAGE_WORDS * sizeof(pdf_word));
    int status = add_pages(&r, doc, err);
    if (status == HUIS_OK) {
        status = pdf_layout_write(&r.layout, out, err);
    }
    if (status == HUIS_OK && words_up_to(buffer_span(&out->text), 1) == 0) {
        status = no_text(&r, err);
    }
    if (status == HUIS_OK) {
        set_title(doc, out);
        set_notes(&r, out);
    }
    buffer_deinit(&r.words);
    buffer_deinit(&r.text);
    pdf_layout_deinit(&r.layout);
    g_object_unref(doc);
    return status;
}
