/*
 * test_office.c - DOCX and OpenDocument, from documents that are made here; hostile archives.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "office_fixture.h"

static void start_again(void)
{
    (void)tear_down(NULL);
    (void)set_up(NULL);
}

#define P(text) "<w:p><w:r><w:t>" text "</w:t></w:r></w:p>"
#define STYLED(style, text)                                                                        \
    "<w:p><w:pPr><w:pStyle w:val='" style "'/></w:pPr><w:r><w:t>" text "</w:t></w:r></w:p>"
#define NUMBERED(id, depth, text)                                                                  \
    "<w:p><w:pPr><w:numPr><w:ilvl w:val='" depth "'/><w:numId w:val='" id                          \
    "'/></w:numPr></w:pPr><w:r><w:t>" text "</w:t></w:r></w:p>"
#define CELL(text) "<w:tc>" P(text) "</w:tc>"
#define W "xmlns:w='http://schemas.openxmlformats.org/wordprocessingml/2006/main'"

static const office_part WORD_PARTS[] = {
    {"word/styles.xml",
     "<w:styles " W ">"
     "<w:style w:styleId='Titre2'><w:name w:val='heading 2'/><w:basedOn w:val='Titre1'/></w:style>"
     "<w:style w:styleId='Titre1'><w:name w:val='heading 1'/></w:style>"
     "<w:style w:styleId='Mon'><w:name w:val='Mon titre'/><w:basedOn w:val='Titre2'/></w:style>"
     "<w:style w:styleId='Plan'><w:name w:val='Plan'/><w:pPr><w:outlineLvl w:val='2'/></w:pPr>"
     "</w:style>"
     "<w:style w:styleId='TM1'><w:name w:val='toc 1'/></w:style>"
     "<w:style w:styleId='Boucle'><w:name w:val='x'/><w:basedOn w:val='Boucle'/></w:style>"
     "<w:style w:styleId='Puce'><w:name w:val='List Bullet'/><w:pPr><w:numPr><w:numId w:val='1'/>"
     "</w:numPr></w:pPr></w:style>"
     "<w:style w:styleId='Cache'><w:name w:val='h'/><w:rPr><w:vanish/></w:rPr></w:style>"
     "</w:styles>",
     0},
    {"word/numbering.xml",
     "<w:numbering " W ">"
     "<w:abstractNum w:abstractNumId='7'><w:lvl w:ilvl='0'><w:numFmt w:val='bullet'/>"
     "<w:lvlText w:val='&#xF0B7;'/></w:lvl></w:abstractNum>"
     "<w:abstractNum w:abstractNumId='8'>"
     "<w:lvl w:ilvl='0'><w:start w:val='1'/><w:numFmt w:val='decimal'/><w:lvlText w:val='%1.'/>"
     "</w:lvl><w:lvl w:ilvl='1'><w:start w:val='1'/><w:numFmt w:val='lowerLetter'/>"
     "<w:lvlText w:val='%1.%2)'/></w:lvl></w:abstractNum>"
     "<w:abstractNum w:abstractNumId='9'><w:lvl w:ilvl='0'><w:start w:val='4'/>"
     "<w:numFmt w:val='upperRoman'/><w:lvlText w:val='Article %1'/></w:lvl></w:abstractNum>"
     "<w:num w:numId='1'><w:abstractNumId w:val='7'/></w:num>"
     "<w:num w:numId='2'><w:abstractNumId w:val='8'/></w:num>"
     "<w:num w:numId='3'><w:abstractNumId w:val='9'/></w:num>"
     "<w:num w:numId='4'><w:abstractNumId w:val='8'/><w:lvlOverride w:ilvl='0'>"
     "<w:startOverride w:val='1'/></w:lvlOverride></w:num>"
     "</w:numbering>",
     0},
    {"word/footnotes.xml",
     "<w:footnotes " W "><w:footnote w:type='separator' w:id='-1'>" P(
         "sep") "</w:footnote>"
                "<w:footnote w:id='2'>" P(
                    "Second note.") "</w:footnote>"
                                    "<w:footnote w:id='1'>" P("First note,")
                                        P("of two paragraphs.") "</w:footnote>"
                                                                "</w:footnotes>",
     0},
    {"docProps/core.xml",
     "<cp:coreProperties xmlns:cp='urn:cp' xmlns:dc='http://purl.org/dc/elements/1.1/'>"
     "<dc:title>The lock &amp; its keepers</dc:title></cp:coreProperties>",
     0},
    {0}};

static int read_docx(const char *body)
{
    start_again();
    assert_true(office_docx(&archive, body, WORD_PARTS));
    return reader_read_docx(&result, buffer_span(&archive), &error);
}

static void expect_docx(const char *body, const char *text)
{
    if (read_docx(body) != 0) {
        fail_msg("%s: %s", body, error.message);
    }
    assert_string_equal(buffer_string(&result.text), text);
}

static void test_docx_text(void **state)
{
    (void)state;
    expect_docx(P("a") P("b") P(" ") P("c"), "a\n\nb\n\nc");
    assert_string_equal(result.title, "The lock & its keepers");
    assert_string_equal(result.note, "");
    expect_docx("<w:p><w:r><w:t>one</w:t><w:tab/><w:t>two</w:t><w:br/><w:t>three</w:t>"
                "<w:noBreakHyphen/><w:t>four</w:t><w:softHyphen/></w:r></w:p>",
                "one two\nthree-four");
    expect_docx("<w:p><w:pPr><w:tabs><w:tab w:val='left' w:pos='1'/></w:tabs></w:pPr>"
                "<w:r><w:t>a</w:t></w:r><w:hyperlink><w:r><w:t>b</w:t></w:r></w:hyperlink></w:p>",
                "ab");
    expect_docx(P("a&#x202E;b&#x200B;c &#xA0; d"), "abc d");
    expect_docx("<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>no</w:t></w:r><w:r><w:rPr>"
                "<w:vanish w:val='0'/></w:rPr><w:t>yes</w:t></w:r></w:p>" STYLED("Cache", "no"),
                "yes");
    expect_docx("<w:p><w:r><w:ruby><w:rt><w:r><w:t>kana</w:t></w:r></w:rt><w:rubyBase><w:r>"
                "<w:t>kanji</w:t></w:r></w:rubyBase></w:ruby></w:r></w:p>",
                "kanji");
}

static void test_docx_structure(void **state)
{
    (void)state;
    expect_docx(STYLED("Titre1", "One") STYLED("Mon", "Two") STYLED("Plan", "Three")
                    STYLED("Boucle", "body"),
                "# One\n\n## Two\n\n### Three\n\nbody");
    expect_docx(STYLED("TM1", "One ... 3") STYLED("Puce", "a") STYLED("Puce", "b") P("c"),
                "- a\n- b\n\nc");
    expect_docx(NUMBERED("2", "0", "a") NUMBERED("2", "1", "b") NUMBERED("2", "1", "c")
                    NUMBERED("2", "0", "d") NUMBERED("2", "1", "e") NUMBERED("4", "0", "f"),
                "1. a\n  1.a) b\n  1.b) c\n2. d\n  2.a) e\n1. f");
    expect_docx(NUMBERED("3", "0", "Term") NUMBERED("3", "0", "Price") NUMBERED("99", "0", "x"),
                "Article IV Term\nArticle V Price\n\nx");
    expect_docx("<w:p><w:pPr><w:pStyle w:val='Titre1'/><w:numPr><w:numId w:val='2'/></w:numPr>"
                "</w:pPr><w:r><w:t>Start</w:t></w:r></w:p>",
                "# 1. Start");
}

static void test_docx_tables(void **state)
{
    (void)state;
    expect_docx(P("a") "<w:tbl><w:tr>" CELL("x") CELL("") CELL("y") "</w:tr><w:tr>" CELL("1")
                    CELL("") CELL("2") "</w:tr></w:tbl>" P("b"),
                "a\n\nx | y\n1 | 2\n\nb");
    expect_docx("<w:tbl><w:tr>" CELL("") CELL("q") CELL("r") "</w:tr><w:tr>" CELL("s") CELL("")
                    CELL("t") "</w:tr></w:tbl>",
                "| q | r\ns | | t");
    expect_docx("<w:tbl><w:tr><w:tc><w:tcPr><w:gridSpan w:val='2'/></w:tcPr>" P(
                    "wide") "</w:tc>" CELL("c") "</w:tr><w:tr>" CELL("1") CELL("2")
                    CELL("3") "</w:tr></w:tbl>",
                "wide | | c\n1 | 2 | 3");
    expect_docx("<w:tbl><w:tr><w:tc>" P("A box.") P("Of two.") "</w:tc></w:tr></w:tbl>",
                "A box.\n\nOf two.");
    expect_docx("<w:tbl><w:tr><w:tc>" P("a") "<w:tbl><w:tr>" CELL("b")
                    CELL("c") "</w:tr></w:tbl>"
                              "</w:tc>" CELL("d") "</w:tr></w:tbl>",
                "a b c | d");
}

static void test_docx_left_out(void **state)
{
    (void)state;
    expect_docx(
        "<w:p><w:ins><w:r><w:t>new</w:t></w:r></w:ins><w:del><w:r><w:delText>old"
        "</w:delText><w:t>old</w:t></w:r></w:del></w:p>"
        "<w:p><w:pPr><w:rPr><w:del/></w:rPr></w:pPr><w:r><w:t>joined </w:t></w:r></w:p>" P("here"),
        "new\n\njoined here");
    assert_non_null(strstr(result.note, "deleted in tracked changes"));
    expect_docx("<w:p><w:r><w:t>a</w:t><w:commentReference w:id='1'/></w:r></w:p>", "a");
    assert_string_equal(result.note, "1 comment left out");
    expect_docx("<w:p><w:r><w:t>On page </w:t><w:fldChar w:fldCharType='begin'/><w:instrText> PAGE "
                "</w:instrText><w:fldChar w:fldCharType='separate'/><w:t>7</w:t>"
                "<w:fldChar w:fldCharType='end'/><w:t>, </w:t></w:r><w:fldSimple w:instr='DATE'>"
                "<w:r><w:t>3 May</w:t></w:r></w:fldSimple></w:p>",
                "On page , 3 May");
    expect_docx("<w:p><w:r><w:fldChar w:fldCharType='begin'/><w:instrText>TOC</w:instrText>"
                "<w:fldChar w:fldCharType='separate'/><w:t>One 1</w:t></w:r></w:p>" P("Two 2")
                    STYLED("Titre1", "kept") P("text"),
                "# kept\n\ntext");
    expect_docx(
        "<w:sdt><w:sdtPr><w:docPartObj><w:docPartGallery w:val='Table of Contents'/>"
        "</w:docPartObj></w:sdtPr><w:sdtContent>" P(
            "Contents") "</w:sdtContent></w:sdt>"
                        "<w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent>" P(
                            "Click here") "</w:sdtContent></w:sdt><w:sdt><w:sdtContent>" P("x") "</"
                                                                                                "w:"
                                                                                                "sd"
                                                                                                "tC"
                                                                                                "on"
                                                                                                "te"
                                                                                                "nt"
                                                                                                "><"
                                                                                                "/w"
                                                                                                ":s"
                                                                                                "dt"
                                                                                                ">",
        "x");
}

static void test_docx_stories(void **state)
{
    (void)state;
    expect_docx("<w:p><w:r><w:t>Text</w:t><w:footnoteReference w:id='1'/></w:r><w:r><w:t>.</w:t>"
                "<w:footnoteReference w:id='2'/><w:footnoteReference w:id='1'/></w:r></w:p>" P("b"),
                "Text.\n\n[First note, of two paragraphs.]\n\n[Second note.]\n\nb");
    expect_docx("<w:p><w:r><w:t>before </w:t><mc:AlternateContent><mc:Choice Requires='wps'>"
                "<wps:txbx><w:txbxContent>" P(
                    "Boxed.") "</w:txbxContent></wps:txbx></mc:Choice>"
                              "<mc:Fallback><v:textbox><w:txbxContent>" P(
                                  "Boxed.") "</w:txbxContent>"
                                            "</v:textbox></mc:Fallback></"
                                            "mc:AlternateContent><w:t>after</w:t></w:r></w:p>",
                "Boxed.\n\nbefore after");
    expect_docx("<w:p><w:pPr><w:framePr w:dropCap='drop'/></w:pPr><w:r><w:t>O</w:t></w:r></w:p>" P(
                    "nce upon"),
                "Once upon");
}

#define ODF                                                                                        \
    "xmlns:office='urn:o' xmlns:text='urn:t' xmlns:table='urn:tb' xmlns:draw='urn:d' "             \
    "xmlns:style='urn:s' xmlns:presentation='urn:p' xmlns:svg='urn:svg' "

static int read_odf(const char *styles, const char *body)
{
    start_again();
    buffer xml;
    buffer_init(&xml, 64 * (size_t)LIMIT_MIB);
    (void)buffer_printf(&xml,
                        "<office:document-content " ODF
                        "><office:automatic-styles>%s</office:automatic-styles>"
                        "<office:body>%s</office:body></office:document-content>",
                        styles, body);
    const office_part parts[] = {
        {"mimetype", "application/vnd.oasis.opendocument.text", 0},
        {"content.xml", buffer_string(&xml), 0},
        {"styles.xml",
         "<office:document-styles " ODF "><office:styles><style:style style:name='Title'/>"
         "<style:style style:name='MyTitle' style:parent-style-name='Title'/></office:styles>"
         "<office:master-styles><text:p>HEADER</text:p></office:master-styles>"
         "</office:document-styles>",
         0},
        {0}};
    assert_true(office_zip(&archive, parts));
    const int status = reader_read_odf(&result, buffer_span(&archive), &error);
    buffer_deinit(&xml);
    return status;
}

static void expect_odf(const char *styles, const char *body, const char *text)
{
    if (read_odf(styles, body) != 0) {
        fail_msg("%s: %s", body, error.message);
    }
    assert_string_equal(buffer_string(&result.text), text);
}

static void test_odt(void **state)
{
    (void)state;
    expect_odf("",
               "<office:text><text:p text:style-name='MyTitle'>The title</text:p>"
               "<text:h text:outline-level='2'>Part</text:h><text:p>a<text:s text:c='3'/>b"
               "<text:line-break/>c  d\n e</text:p></office:text>",
               "# The title\n\n## Part\n\na b\nc d\ne");
    assert_string_equal(result.title, "The title");
    expect_odf("<style:style style:name='T1'><style:text-properties text:display='none'/>"
               "</style:style>",
               "<office:text><text:tracked-changes><text:p>old</text:p></text:tracked-changes>"
               "<text:table-of-content><text:p>One 1</text:p></text:table-of-content>"
               "<text:section text:display='none'><text:p>no</text:p></text:section>"
               "<text:p>seen<text:span text:style-name='T1'>hidden</text:span><office:annotation>"
               "<text:p>remark</text:p></office:annotation>.</text:p></office:text>",
               "seen.");
    assert_string_equal(result.note, "1 comment left out");
    expect_odf("<text:list-style style:name='L'><text:list-level-style-number text:level='1' "
               "style:num-format='i' style:num-suffix=')'/><text:list-level-style-bullet "
               "text:level='2'/></text:list-style>",
               "<office:text><text:list text:style-name='L'><text:list-item><text:p>a</text:p>"
               "<text:list><text:list-item><text:p>b</text:p></text:list-item></text:list>"
               "</text:list-item><text:list-item><text:p>c</text:p></text:list-item></text:list>"
               "<text:p>d</text:p></office:text>",
               "i) a\n  - b\nii) c\n\nd");
    expect_odf("",
               "<office:text><text:p>Text<text:note><text:note-citation>1</text:note-citation>"
               "<text:note-body><text:p>A note.</text:p></text:note-body></text:note>, more."
               "</text:p><text:p><draw:frame><draw:text-box><text:p>In a box.</text:p>"
               "</draw:text-box><svg:desc>alt</svg:desc></draw:frame>Out.</text:p>"
               "</office:text>",
               "Text, more.\n\n[A note.]\n\nIn a box.\n\nOut.");
}

#define TC(text) "<table:table-cell><text:p>" text "</text:p></table:table-cell>"

static void test_ods(void **state)
{
    (void)state;
    expect_odf(
        "<style:style style:name='ta2'><style:table-properties table:display='false'/>"
        "</style:style>",
        "<office:spreadsheet><table:table table:name='Budget 2026'><table:table-row>" TC(
            "Item") "<table:table-cell/>" TC("Sum") "</table:table-row>"
                                                    "<table:table-row "
                                                    "table:visibility='collapse'>" TC(
                                                        "no") "</table:table-row>"
                                                              "<table:table-row>" TC(
                                                                  "Rent") "<table:table-cell "
                                                                          "table:number-columns-"
                                                                          "repeated='1'/"
                                                                          "><table:table-cell "
                                                                          "table:number-columns-"
                                                                          "repeated='2'><text:p>3</"
                                                                          "text:p></"
                                                                          "table:table-cell>"
                                                                          "<table:table-cell "
                                                                          "table:number-columns-"
                                                                          "repeated='16000'/></"
                                                                          "table:table-row>"
                                                                          "<table:table-row "
                                                                          "table:number-rows-"
                                                                          "repeated='1048000'><"
                                                                          "table:table-cell "
                                                                          "table:number-columns-"
                                                                          "repeated='16000'/></"
                                                                          "table:table-row></"
                                                                          "table:table>"
                                                                          "<table:table "
                                                                          "table:name='Empty'/"
                                                                          "><table:table "
                                                                          "table:name='Secret' "
                                                                          "table:style-name='ta2'><"
                                                                          "table:table-row>" TC(
                                                                              "no") "</"
                                                                                    "table:table-"
                                                                                    "row>"
                                                                                    "</"
                                                                                    "table:table></"
                                                                                    "office:"
                                                                                    "spreadsheet>",
        "# Budget 2026\n\nItem | Sum\nRent | 3 | 3");
    assert_string_equal(result.note, "1 hidden sheet left out");
    size_t n = 0;
    const reader_place *const places = reader_places(&result, &n);
    assert_int_equal(n, 1);
    assert_int_equal(places[0].kind, PLACE_SHEET);
    assert_string_equal(reader_label(&result, places[0].label), "Budget 2026");
}

static void test_odp(void **state)
{
    (void)state;
    expect_odf("<style:style style:name='dp2'><style:drawing-page-properties "
               "presentation:visibility='hidden'/></style:style>",
               "<office:presentation><draw:page><draw:frame presentation:class='title'>"
               "<draw:text-box><text:p>Plan</text:p></draw:text-box></draw:frame><draw:frame>"
               "<draw:text-box><text:list><text:list-item><text:p>First</text:p></text:list-item>"
               "</text:list></draw:text-box></draw:frame><presentation:notes><draw:frame "
               "presentation:class='notes'><draw:text-box><text:p>Speak up.</text:p>"
               "</draw:text-box></draw:frame></presentation:notes></draw:page>"
               "<draw:page draw:style-name='dp2'><text:p>no</text:p></draw:page>"
               "<draw:page><draw:frame><draw:text-box><text:p>Third</text:p></draw:text-box>"
               "</draw:frame></draw:page></office:presentation>",
               "# Plan\n\n- First\n\nNotes: Speak up.\n\nThird");
    size_t n = 0;
    const reader_place *const places = reader_places(&result, &n);
    assert_int_equal(n, 2);
    assert_string_equal(reader_label(&result, places[0].label), "Plan");
    assert_int_equal(places[1].number, 3);
    assert_string_equal(buffer_string(&result.text) + places[1].start, "Third");
    assert_string_equal(result.note, "1 hidden slide left out");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_docx_text, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_docx_structure, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_docx_tables, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_docx_left_out, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_docx_stories, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_odt, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_ods, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_odp, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
