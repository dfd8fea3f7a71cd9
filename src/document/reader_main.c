/*
 * reader_main.c - huis-reader: one hostile document in, plain text out.
 *
 *   huis-reader FORMAT < document > frame
 *
 * Loads what needs files (gmime, libxml2, iconv converters), reads the document from descriptor 0,
 * enters the sandbox (no files, no network, no programs), then parses, writes one frame
 * (reader_frame.h) to descriptor 1 and ends. Exit code 0: a frame was written, also when it tells of
 * an error; 1: it could not be; 2: wrong usage. The caller bounds the time.
 */
#include <stdio.h>
#include <unistd.h>

#include <libxml/parser.h>

#include "base/error.h"
#include "base/file.h"
#include "base/limits.h"
#include "document/reader_frame.h"
#include "document/reader_html.h"
#include "document/reader_mail.h"
#include "document/reader_office.h"
#include "sandbox/sandbox.h"

static int read_message(reader_result *out, span bytes, huis_error *err)
{
    return reader_read_mail(out, bytes, READER_MAIL, err);
}

static int read_mbox(reader_result *out, span bytes, huis_error *err)
{
    return reader_read_mail(out, bytes, READER_MBOX, err);
}

/* A reader of a format. */
typedef struct reader {
    reader_format format;
    void (*init)(void); /* loads what needs files, before the sandbox; NULL: nothing */
    int (*read)(reader_result *out, span bytes, huis_error *err); /* in the sandbox */
} reader;

static const reader READERS[] = {
    {READER_MAIL, reader_mail_init, read_message},
    {READER_MBOX, reader_mail_init, read_mbox},
    {READER_HTML, reader_mail_init, reader_read_html},
    {READER_DOCX, NULL, reader_read_docx},
    {READER_ODT, NULL, reader_read_odf},
};

static const reader *find_reader(const char *name)
{
    reader_format format = READER_AUTO;
    for (size_t i = 0; i < sizeof(READERS) / sizeof(READERS[0]); i++) {
        if (reader_format_find(name, &format) && READERS[i].format == format) {
            return &READERS[i];
        }
    }
    return NULL;
}

static int enter_sandbox(huis_error *err)
{
    sandbox_options options;
    sandbox_options_default(&options, SANDBOX_READER);
    options.max_memory_bytes = LIMIT_READER_MEMORY_BYTES;
    return sandbox_enter(&options, NULL, err);
}

static int answer(const reader *r)
{
    huis_error err = {.offset = ERROR_NO_OFFSET};
    reader_result result;
    reader_result_init(&result);
    buffer bytes, frame;
    buffer_init(&bytes, LIMIT_DOCUMENT_BYTES);
    buffer_init(&frame, (size_t)LIMIT_TEXT_BYTES + READER_FRAME_EXTRA_BYTES);
    int status = file_read_fd(&bytes, STDIN_FILENO, "the document", &err);
    if (status == HUIS_OK) {
        status = enter_sandbox(&err);
    }
    if (status == HUIS_OK) {
        status = r->read(&result, buffer_span(&bytes), &err);
    }
    bool ok = reader_frame_encode(&frame, status, &err, &result);
    ok = ok && file_write_fd(STDOUT_FILENO, buffer_span(&frame), "the answer", NULL) == HUIS_OK;
    buffer_deinit(&frame);
    buffer_deinit(&bytes);
    reader_result_deinit(&result);
    return ok ? 0 : 1;
}

int main(int argc, char **argv)
{
    const reader *const r = argc == 2 ? find_reader(argv[1]) : NULL;
    if (r == NULL) {
        (void)fprintf(stderr, "usage: huis-reader FORMAT < document > frame\n"
                              "huis-reader is started by huis; it is of no use by itself.\n");
        return 2;
    }
    if (r->init != NULL) {
        r->init();
    }
    xmlInitParser();
    /* Without the exit handlers of libraries: all is written, and they may not work in here. */
    _exit(answer(r));
}
