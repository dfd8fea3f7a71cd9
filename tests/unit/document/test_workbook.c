/*
 * test_workbook.c - PPTX, XLSX and EPUB, from documents that are made here; formats of numbers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "document/sheet_format.h"
#include "office_fixture.h"

static void expect(int (*read)(reader_result *, span, huis_error *), const office_part *parts,
                   const char *text)
{
    (void)tear_down(NULL);
    (void)set_up(NULL);
    assert_true(office_zip(&archive, parts));
    if (read(&result, buffer_span(&archive), &error) != 0) {
        fail_msg("%s", error.message);
    }
    assert_string_equal(buffer_string(&result.text), text);
}

static const reader_place *expect_places(size_t n)
{
    size_t found = 0;
    const reader_place *const places = reader_places(&result, &found);
    assert_int_equal(found, n);
    return places;
}

/* --- presentations --- */

#define A "xmlns:a='urn:a' xmlns:p='urn:p' xmlns:r='urn:r'"
#define AP(text) "<a:p><a:r><a:t>" text "</a:t></a:r></a:p>"
#define SHAPE(type, paragraphs)                                                                    \
    "<p:sp><p:nvSpPr><p:nvPr><p:ph type='" type "'/></p:nvPr></p:nvSpPr><p:txBody>" paragraphs     \
    "</p:txBody></p:sp>"
#define RELATIONS(list) "<Relationships xmlns='urn:r'>" list "</Relationships>"
#define RELATION(id, type, target)                                                                 \
    "<Relationship Id='" id "' Type='http://x/" type "' Target='" target "'/>"

static void test_pptx(void **state)
{
    (void)state;
    const office_part parts[] = {
        {"ppt/presentation.xml",
         "<p:presentation " A "><p:sldIdLst><p:sldId id='256' r:id='r9'/><p:sldId id='257' "
         "r:id='r2'/><p:sldId id='258' r:id='r3'/><p:sldId id='259' r:id='r4'/></p:sldIdLst>"
         "</p:presentation>",
         0},
        {"ppt/_rels/presentation.xml.rels",
         RELATIONS(RELATION("r2", "slide", "slides/slide1.xml") RELATION(
             "r9", "slide", "slides/slide2.xml") RELATION("r3", "slide", "slides/slide3.xml")
                       RELATION("r4", "slide", "/ppt/slides/slide4.xml")),
         0},
        {"ppt/slides/slide2.xml",
         "<p:sld " A
         ">" SHAPE("body", "<a:p><a:pPr lvl='0'/><a:r><a:t>First </a:t></a:r><a:r>"
                           "<a:t>point</a:t></a:r></a:p><a:p><a:pPr lvl='1'/><a:r><a:t>below"
                           "</a:t></a:r></a:p><a:p><a:pPr><a:buNone/></a:pPr><a:r><a:t>Plain."
                           "</a:t></a:r></a:p>") SHAPE("title", AP("The plan"))
             SHAPE("sldNum", AP("1")) "<p:sp><p:nvSpPr><p:cNvPr "
                                      "hidden='1'/></p:nvSpPr><p:txBody>" AP(
                                          "unseen") "</p:txBody></p:sp></p:sld>",
         0},
        {"ppt/slides/_rels/slide2.xml.rels",
         RELATIONS(RELATION("r1", "notesSlide", "../notesSlides/n.xml")
                       RELATION("r2", "diagramData", "../diagrams/data1.xml")
                           RELATION("r3", "chart", "../charts/chart1.xml")),
         0},
        {"ppt/notesSlides/n.xml",
         "<p:notes " A ">" SHAPE("sldImg", AP("x")) SHAPE("body", AP("Speak up.")) "</p:notes>", 0},
        {"ppt/diagrams/data1.xml",
         "<d:dataModel xmlns:d='http://x/diagram' " A
         "><d:ptLst><d:pt><d:t>" AP("Box one") "</d:t></d:pt><d:pt type='pres'><d:t>" AP(
             "no") "</d:t></d:pt></d:ptLst></d:dataModel>",
         0},
        {"ppt/slides/slide1.xml", "<p:sld show='0' " A ">" SHAPE("title", AP("no")) "</p:sld>", 0},
        {"ppt/slides/slide3.xml",
         "<p:sld " A "><p:graphicFrame><a:tbl><a:tr><a:tc>" AP("a") "</a:tc><a:tc>" AP(
             "b") "</a:tc></a:tr></a:tbl></p:graphicFrame><p:sp><p:txBody><a:p><a:pPr><a:buAutoNum "
                  "type='alphaLcParenR'/></a:pPr><a:r><a:t>one</a:t></a:r></"
                  "a:p><a:p><a:pPr><a:buAutoNum "
                  "type='alphaLcParenR'/></a:pPr><a:r><a:t>two</a:t></a:r></a:p>" AP(
                      "Free text.") "</p:txBody></p:sp></p:sld>",
         0},
        {"ppt/slides/slide4.xml", "<p:sld " A "><p:sp><p:txBody>", 0},
        {0}};
    expect(reader_read_pptx, parts,
           "# The plan\n\n- First point\n  - below\n\nPlain.\n\n- Box one\n\nNotes: Speak up.\n\n"
           "a | b\n\na) one\nb) two\n\nFree text.");
    const reader_place *const places = expect_places(2);
    assert_int_equal(places[0].kind, PLACE_SLIDE);
    assert_string_equal(reader_label(&result, places[0].label), "The plan");
    assert_int_equal(places[1].number, 3);
    assert_string_equal(result.title, "The plan");
    assert_int_equal(result.genre, DOCUMENT_ARTICLE);
    assert_string_equal(result.note,
                        "1 of 4 slides are damaged; 1 hidden slide left out; 1 chart left out");
}

/* --- workbooks --- */

#define S "xmlns='http://schemas.openxmlformats.org/spreadsheetml/2006/main' xmlns:r='urn:r'"

static void test_xlsx(void **state)
{
    (void)state;
    const office_part parts[] = {
        {"xl/workbook.xml",
         "<workbook " S "><sheets><sheet name='Budget &amp; plan' sheetId='1' r:id='r1'/>"
         "<sheet name='Secret' sheetId='2' state='veryHidden' r:id='r2'/>"
         "<sheet name='Empty' sheetId='3' r:id='r3'/></sheets></workbook>",
         0},
        {"xl/_rels/workbook.xml.rels",
         RELATIONS(RELATION("r1", "worksheet", "worksheets/sheet1.xml")
                       RELATION("r2", "worksheet", "worksheets/sheet2.xml")
                           RELATION("r3", "worksheet", "worksheets/sheet3.xml")
                               RELATION("r4", "sharedStrings", "sharedStrings.xml")
                                   RELATION("r5", "styles", "styles.xml")),
         0},
        {"xl/sharedStrings.xml",
         "<sst " S "><si><t>Item</t></si><si><r><t>Ren</t></r><r><t>t</t></r><rPh><t>x</t></rPh>"
         "</si></sst>",
         0},
        {"xl/styles.xml",
         "<styleSheet " S "><numFmts><numFmt numFmtId='164' formatCode='0.0%'/><numFmt "
         "numFmtId='165' formatCode='#,##0.00\\ [$\xE2\x82\xAC-40C]'/></numFmts><cellStyleXfs>"
         "<xf numFmtId='9'/></cellStyleXfs><cellXfs><xf numFmtId='0'/><xf numFmtId='14'/>"
         "<xf numFmtId='164'/><xf numFmtId='165'/></cellXfs></styleSheet>",
         0},
        {"xl/worksheets/sheet1.xml",
         "<worksheet " S "><cols><col min='5' max='5' hidden='1'/></cols><sheetData>"
         "<row r='1'><c r='A1' t='s'><v>0</v></c><c r='C1' t='inlineStr'><is><t>When</t></is></c>"
         "<c r='D1' t='str'><f>A1</f><v>Sum</v></c><c r='E1'><v>99</v></c></row>"
         "<row r='2'><c r='A2' t='s'><v>1</v></c><c r='C2' s='1'><v>46095</v></c>"
         "<c r='D2' s='3'><f>SUM(1)</f><v>1234.5</v></c></row>"
         "<row r='3' hidden='1'><c r='A3'><v>7</v></c></row><row r='4'/>"
         "<row r='5'><c t='b'><v>1</v></c><c r='C5' t='e'><v>#N/A</v></c><c r='D5' s='2'>"
         "<v>0.4567</v></c></row><row r='6'><c r='A6' t='s'><v>77</v></c></row></sheetData>"
         "</worksheet>",
         0},
        {"xl/worksheets/sheet2.xml", "<worksheet " S "/>", 0},
        {"xl/worksheets/sheet3.xml", "<worksheet " S "/>", 0},
        {0}};
    expect(reader_read_xlsx, parts,
           "# Budget & plan\n\nItem | When | Sum\nRent | 2026-03-14 | 1234.50 €\nTRUE | | 45.7%");
    const reader_place *const places = expect_places(1);
    assert_int_equal(places[0].kind, PLACE_SHEET);
    assert_int_equal(places[0].start, 0);
    assert_string_equal(result.note, "1 hidden sheet left out; 1 hidden row left out");
}

/* Rows past the limit are left out and counted. */
static void test_many_rows(void **state)
{
    (void)state;
    buffer xml;
    buffer_init(&xml, 64 * (size_t)LIMIT_MIB);
    (void)buffer_append_string(&xml, "<w><sheetData>");
    for (uint32_t i = 0; i < LIMIT_SHEET_ROWS + 3; i++) {
        (void)buffer_printf(&xml, "<row><c><v>%u</v></c><c><v>7</v></c></row>", i);
    }
    (void)buffer_append_string(&xml, "</sheetData></w>");
    const office_part parts[] = {{"xl/workbook.xml", "<w " S "><sheet name='S' r:id='r1'/></w>", 0},
                                 {"xl/_rels/workbook.xml.rels",
                                  RELATIONS(RELATION("r1", "worksheet", "worksheets/s.xml")), 0},
                                 {"xl/worksheets/s.xml", buffer_string(&xml), xml.len},
                                 {0}};
    assert_true(office_zip_stored(&archive, parts));
    assert_int_equal(reader_read_xlsx(&result, buffer_span(&archive), &error), 0);
    assert_string_equal(result.note, "3 rows past the limit left out");
    assert_true(span_ends_with(buffer_span(&result.text), SPAN("\n99998 | 7\n99999 | 7")));
    buffer_deinit(&xml);
}

static void test_sheet_format(void **state)
{
    (void)state;
    static const struct {
        const char *code, *value, *shown;
    } CASES[] = {
        {"General", "0.30000000000000004", "0.3"},
        {"General", "1234567890123", "1234567890123"},
        {"0", "2.5", "2"},
        {"0.00", "-3.14159", "-3.14"},
        {"#,##0", "1234567", "1234567"},
        {"0%", "0.125", "12%"},
        {"0.00%", "0.125", "12.50%"},
        {"$#,##0.00", "5", "$5.00"},
        {"[$-409]#,##0", "5", "5"},
        {"#,##0.00\\ \"€\";[Red]-#,##0.00\\ \"€\"", "5", "5.00 €"},
        {"_-* #,##0.00\\ [$CHF]_-", "5", "5.00 CHF"},
        {"0.0\" kg\"", "72.25", "72.2 kg"},
        {"000-00-0000", "123456789", "123456789"},
        {"# ?/?", "0.5", "0.5"},
        {"0.00E+00", "12345", "12345"},
        {"d mmm yyyy", "46095", "2026-03-14"},
        {"mmmm", "46095", "2026-03-14"},
        {"[$-F800]dddd, mmmm dd, yyyy", "46095", "2026-03-14"},
        {"dd/mm/yyyy hh:mm", "46095.5", "2026-03-14 12:00"},
        {"h:mm AM/PM", "0.75", "18:00"},
        {"mm:ss", "0.000347222222", "00:00:30"},
        {"[h]:mm", "1.5", "36:00"},
        {"yyyy", "1", "1900-01-01"},
        {"yyyy", "-5", "-5"},
        {"yyyy", "99999999", "99999999"},
        {"0", "not a number", "not a number"},
        {"0", "1e999", "1e999"},
        {"\"", "5", "5"},
        {"[", "5", "5"},
        {"\\", "5", "5"},
        {"", "5", "5"},
    };
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        const sheet_format format = sheet_format_parse(span_from_string(CASES[i].code));
        buffer out;
        buffer_init(&out, LIMIT_KIB);
        sheet_format_append(&out, &format, span_from_string(CASES[i].value), false);
        if (strcmp(buffer_string(&out), CASES[i].shown) != 0) {
            fail_msg("%s of %s: %s", CASES[i].code, CASES[i].value, buffer_string(&out));
        }
        buffer_deinit(&out);
    }
    buffer out;
    buffer_init(&out, LIMIT_KIB);
    const sheet_format date = sheet_format_builtin(14);
    sheet_format_append(&out, &date, SPAN("44633"), true);
    assert_string_equal(buffer_string(&out), "2026-03-14");
    buffer_deinit(&out);
}

/* --- books --- */

#define PAGE(body)                                                                                 \
    "<?xml version='1.0' encoding='utf-8'?><!DOCTYPE html PUBLIC '-//W3C//DTD XHTML 1.1//EN' "     \
    "'http://www.w3.org/TR/xhtml11/DTD/xhtml11.dtd'><html xmlns='http://www.w3.org/1999/xhtml' "   \
    "xmlns:epub='http://www.idpf.org/2007/ops'><head><title/></head><body>" body "</body></html>"
#define CONTAINER                                                                                  \
    "<container><rootfiles><rootfile full-path='OEBPS/book.opf'/></rootfiles></container>"

static const office_part BOOK[] = {
    {"mimetype", "application/epub+zip", 0},
    {"META-INF/container.xml", CONTAINER, 0},
    {"OEBPS/book.opf",
     "<package xmlns:dc='urn:dc'><metadata><dc:title>The Lock</dc:title><dc:title>x</dc:title>"
     "</metadata><manifest><item id='n' href='toc.ncx'/><item id='c' href='c.xhtml'/>"
     "<item id='r' href='rights.xhtml'/><item id='a' href='text/ch%201.xhtml'/>"
     "<item id='b' href='text/ch2.xhtml'/><item id='b2' href='text/ch2b.xhtml'/>"
     "<item id='d' href='text/bad.xhtml'/><item id='x' href='gone.xhtml'/></manifest>"
     "<spine toc='n'><itemref idref='c'/><itemref idref='r'/><itemref idref='a'/>"
     "<itemref idref='b'/><itemref idref='b2'/><itemref idref='x'/><itemref idref='d'/>"
     "<itemref idref='zz'/></spine><guide><reference type='cover' href='c.xhtml'/></guide>"
     "</package>",
     0},
    {"OEBPS/toc.ncx",
     "<!DOCTYPE ncx PUBLIC '-//NISO//DTD ncx 2005-1//EN' 'http://x/ncx.dtd'><ncx><navMap>"
     "<navPoint><navLabel><text>Copyright</text></navLabel><content src='rights.xhtml'/></navPoint>"
     "<navPoint><navLabel><text>One: The Ice</text></navLabel><content src='text/ch%201.xhtml#s'/>"
     "</navPoint><navPoint><navLabel><text>later</text></navLabel><content "
     "src='text/ch%201.xhtml#t'/></navPoint></navMap></ncx>",
     0},
    {"OEBPS/c.xhtml", PAGE("<p>Cover words</p>"), 0},
    {"OEBPS/rights.xhtml", PAGE("<p>All rights reserved.</p>"), 0},
    {"OEBPS/text/ch 1.xhtml",
     PAGE("<p>It was&nbsp;cold &amp; dark&hellip;<a epub:type='noteref'>1</a></p>"
          "<p style='display:none'>hidden</p>"),
     0},
    {"OEBPS/text/ch2.xhtml", PAGE("<h2>II<br/>The Thaw</h2><p>Water ran.</p>"), 0},
    {"OEBPS/text/ch2b.xhtml", PAGE("<p>And went on.</p>"), 0},
    {"OEBPS/text/bad.xhtml", "<html><body><p>Not <b>well <i>formed</p></body>", 0},
    {0}};

static void test_epub(void **state)
{
    (void)state;
    expect(reader_read_epub, BOOK,
           "# The Lock\n\n# One: The Ice\n\nIt was cold & dark…\n\n## II The Thaw\n\nWater ran.\n\n"
           "And went on.\n\nNot well formed");
    const reader_place *const places = expect_places(2);
    assert_int_equal(places[0].kind, PLACE_CHAPTER);
    assert_string_equal(reader_label(&result, places[0].label), "One: The Ice");
    assert_string_equal(reader_label(&result, places[1].label), "II The Thaw");
    assert_string_equal(result.title, "The Lock");
    assert_string_equal(result.note, "1 of 6 chapters is damaged");
}

static void test_epub3(void **state)
{
    (void)state;
    const office_part parts[] = {
        {"META-INF/container.xml", CONTAINER, 0},
        {"META-INF/encryption.xml",
         "<encryption><EncryptedData><EncryptionMethod "
         "Algorithm='http://www.idpf.org/2008/embedding'/><CipherData><CipherReference "
         "URI='font.otf'/></CipherData></EncryptedData></encryption>",
         0},
        {"OEBPS/book.opf",
         "<package><manifest><item id='n' href='n.xhtml' properties='nav'/><item id='a' "
         "href='a.xhtml'/><item id='b' href='b.xhtml'/></manifest><spine><itemref idref='n'/>"
         "<itemref idref='a'/><itemref idref='b' linear='no'/></spine></package>",
         0},
        {"OEBPS/n.xhtml",
         PAGE("<nav epub:type='landmarks'><a href='a.xhtml'>Start</a></nav><nav epub:type='toc'>"
              "<ol><li><a href='a.xhtml'>The <i>first</i> part</a></li></ol></nav>"),
         0},
        {"OEBPS/a.xhtml",
         PAGE("<p>Header</p><p>*** START OF THE PROJECT GUTENBERG EBOOK X ***</p>"
              "<p>The story.</p><p>*** END OF THE PROJECT GUTENBERG EBOOK X ***</p><p>L</p>"),
         0},
        {"OEBPS/b.xhtml", PAGE("<p>aside</p>"), 0},
        {0}};
    expect(reader_read_epub, parts, "# The first part\n\nThe story.");
    office_part locked[sizeof(parts) / sizeof(parts[0])];
    memcpy(locked, parts, sizeof(parts));
    locked[1].text = "<encryption><EncryptedData><EncryptionMethod "
                     "Algorithm='http://www.w3.org/2001/04/xmlenc#aes128-cbc'/><CipherData>"
                     "<CipherReference URI='a.xhtml'/></CipherData></EncryptedData></encryption>";
    buffer_reset(&archive);
    assert_true(office_zip(&archive, locked));
    assert_int_equal(reader_read_epub(&result, buffer_span(&archive), &error), HUIS_E_UNSUPPORTED);
    assert_non_null(strstr(error.message, "DRM"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_pptx, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_xlsx, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_many_rows, set_up, tear_down),
        cmocka_unit_test(test_sheet_format),
        cmocka_unit_test_setup_teardown(test_epub, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_epub3, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
