/*
 * reader_main.c - huis-reader: one hostile document in, plain text out.
 *
 *   huis-reader FORMAT < document > frame
 *
 * Loads what needs files (gmime, libxml2, iconv converters), reads the document from descriptor 0,
 * enters the sandbox (no files, no network, no programs), then parses, writes one frame
 * (reader_frame.h) to descriptor 1 and ends (reader_program.h). The caller bounds the time. For a
 * PDF it becomes huis-reader-pdf, before anything was read.
 */
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include <libxml/parser.h>

#include "base/error.h"
#include "document/reader_calendar.h"
#include "document/reader_chat.h"
#include "document/reader_feed.h"
#include "document/reader_html.h"
#include "document/reader_mail.h"
#include "document/reader_office.h"
#include "document/reader_program.h"
#include "document/reader_rtf.h"

static int read_message(reader_result *out, span bytes, huis_error *err)
{
    return reader_read_mail(out, bytes, READER_MAIL, err);
}

static int read_mbox(reader_result *out, span bytes, huis_error *err)
{
    return reader_read_mail(out, bytes, READER_MBOX, err);
}

/* huis-reader-pdf is missing. */
static int read_without_pdf(reader_result *out, span bytes, huis_error *err)
{
    (void)out;
    (void)bytes;
    return error_set(
        err, HUIS_E_UNSUPPORTED,
        "PDF cannot be read: the program huis-reader-pdf is missing beside huis-reader; "
        "install it, or convert the file with pdftotext");
}

static const reader READERS[] = {
    {READER_MAIL, reader_mail_init, read_message},
    {READER_MBOX, reader_mail_init, read_mbox},
    {READER_HTML, reader_mail_init, reader_read_html},
    {READER_DOCX, NULL, reader_read_docx},
    {READER_ODT, NULL, reader_read_odf},
    {READER_PPTX, NULL, reader_read_pptx},
    {READER_XLSX, NULL, reader_read_xlsx},
    {READER_EPUB, reader_mail_init, reader_read_epub},
    {READER_PDF, NULL, read_without_pdf},
    {READER_SUBTITLES, reader_mail_init, reader_read_subtitles},
    {READER_WHATSAPP, reader_mail_init, reader_read_chat_text},
    {READER_TELEGRAM, reader_chat_init, reader_read_chat_json},
    {READER_SLACK, reader_chat_init, reader_read_chat_json},
    {READER_DISCORD, reader_chat_init, reader_read_chat_json},
    {READER_MATRIX, reader_chat_init, reader_read_chat_json},
    {READER_JSON, reader_chat_init, reader_read_chat_json},
    {READER_CALENDAR, NULL, reader_read_calendar},
    {READER_FEED, reader_mail_init, reader_read_feed},
    {READER_RTF, reader_mail_init, reader_read_rtf},
};

/* Goes on as the program beside this one; returns when there is none. */
static void become_pdf_reader(char **argv)
{
    static const char NAME[] = "huis-reader-pdf";
    char path[PATH_MAX + sizeof(NAME)];
    const ssize_t n = readlink("/proc/self/exe", path, PATH_MAX);
    char *const slash = n > 0 ? memrchr(path, '/', (size_t)n) : NULL;
    if (slash != NULL) {
        memcpy(slash + 1, NAME, sizeof(NAME));
        (void)execv(path, argv);
    }
}

int main(int argc, char **argv)
{
    const size_t n = sizeof(READERS) / sizeof(READERS[0]);
    const reader *const r = argc == 2 ? reader_program_find(READERS, n, argv[1]) : NULL;
    if (r != NULL && r->format == READER_PDF) {
        become_pdf_reader(argv);
    }
    xmlInitParser();
    /* Without the exit handlers of libraries: all is written, and they may not work in here. */
    _exit(reader_program_run(r));
}
