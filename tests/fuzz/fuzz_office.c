/*
 * fuzz_office.c - zipped documents: DOCX, OpenDocument, PPTX, XLSX, EPUB.
 *
 * The first byte chooses the reader and what the rest is: the archive itself, or the text of its
 * parts, cut at bytes 0x01, around which a sound archive is made, so that the code behind the
 * unpacking is reached. The text that comes out must be valid UTF-8 with places in order.
 */
#include <stdint.h>
#include <string.h>

#include "../unit/document/office_zip.h"
#include "base/limits.h"
#include "document/reader_office.h"
#include "reader_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX_PARTS = 8 };

typedef struct office_format {
    int (*read)(reader_result *out, span bytes, huis_error *err);
    const char *names[MAX_PARTS]; /* of the parts that the input fills */
    const office_part *fixed;
} office_format;

#define RELATION(id, type, target)                                                                 \
    "<Relationship Id='" id "' Type='http://x/" type "' Target='" target "'/>"

static const office_part WORD[] = {{"word/_rels/document.xml.rels",
                                    "<R>" RELATION("a", "styles", "styles.xml")
                                        RELATION("b", "numbering", "numbering.xml")
                                            RELATION("c", "footnotes", "footnotes.xml") "</R>",
                                    0},
                                   {0}};
static const office_part SLIDES[] = {
    {"ppt/_rels/presentation.xml.rels", "<R>" RELATION("r1", "slide", "slides/slide1.xml") "</R>",
     0},
    {"ppt/slides/_rels/slide1.xml.rels",
     "<R>" RELATION("r1", "notesSlide", "../notes.xml")
         RELATION("r2", "diagramData", "../d.xml") "</R>",
     0},
    {"ppt/presentation.xml",
     "<p xmlns:r='urn:r'><sldIdLst><sldId id='1' r:id='r1'/></sldIdLst></p>", 0},
    {0}};
static const office_part SHEETS[] = {
    {"xl/_rels/workbook.xml.rels",
     "<R>" RELATION("r1", "worksheet", "worksheets/s.xml") RELATION("r2", "styles", "styles.xml")
         RELATION("r3", "sharedStrings", "strings.xml") "</R>",
     0},
    {"xl/workbook.xml", "<w><sheets><sheet name='One' id='r1'/></sheets></w>", 0},
    {0}};
static const office_part BOOK[] = {
    {"META-INF/container.xml", "<c><rootfile full-path='a.opf'/></c>", 0}, {0}};
static const office_part NOTHING[] = {{0}};

static const office_format FORMATS[] = {
    {reader_read_docx,
     {"word/document.xml", "word/styles.xml", "word/numbering.xml", "word/footnotes.xml"},
     WORD},
    {reader_read_odf, {"content.xml", "styles.xml", "META-INF/manifest.xml"}, NOTHING},
    {reader_read_pptx, {"ppt/slides/slide1.xml", "ppt/notes.xml", "ppt/d.xml"}, SLIDES},
    {reader_read_xlsx, {"xl/worksheets/s.xml", "xl/styles.xml", "xl/strings.xml"}, SHEETS},
    {reader_read_epub, {"a.opf", "c.xhtml", "toc.ncx", "META-INF/encryption.xml"}, BOOK},
};

enum { N_FORMATS = sizeof(FORMATS) / sizeof(FORMATS[0]) };

/* A place of an office document is of something: it never stands at the very end. */
static void check(const reader_result *r)
{
    size_t n = 0;
    const reader_place *const places = reader_places(r, &n);
    check_result(r);
    require(n == 0 || places[n - 1].start < r->text.len);
}

/* An archive of the format's parts, filled from the input. */
static bool build(buffer *out, const office_format *format, span input)
{
    office_part parts[2 * MAX_PARTS] = {{0}};
    size_t n = 0;
    for (; format->fixed[n].name != NULL; n++) {
        parts[n] = format->fixed[n];
    }
    for (size_t i = 0; i < MAX_PARTS && format->names[i] != NULL; i++) {
        const char *const end = input.len > 0 ? memchr(input.ptr, 1, input.len) : NULL;
        const size_t len = end != NULL ? (size_t)(end - input.ptr) : input.len;
        if (len > 0) {
            parts[n++] = (office_part){format->names[i], input.ptr, len};
        }
        input = span_slice(input, len + 1, input.len);
    }
    return office_zip_stored(out, parts);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2) {
        return 0;
    }
    const office_format *const format = &FORMATS[(data[0] & 0x7F) % N_FORMATS];
    const span input = span_from((const char *)data + 1, size - 1);
    buffer archive;
    buffer_init(&archive, 64 * (size_t)LIMIT_MIB);
    const bool made =
        data[0] < 0x80 ? build(&archive, format, input) : buffer_append(&archive, input);
    reader_result result;
    reader_result_init(&result);
    huis_error err = {0};
    if (made && format->read(&result, buffer_span(&archive), &err) == 0) {
        check(&result);
    }
    (void)reader_detect("x.docx", input);
    reader_result_deinit(&result);
    buffer_deinit(&archive);
    return 0;
}
