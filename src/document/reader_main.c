/*
 * reader_main.c - huis-reader: one hostile document in, plain text out.
 *
 *   huis-reader mail|mbox|html < document > frame
 *
 * Loads what needs files (gmime, libxml2, iconv converters), reads the document from descriptor 0,
 * enters the sandbox (no files, no network, no programs), then parses, writes one frame
 * (reader_frame.h) to descriptor 1 and ends. Exit code 0: a frame was written, also when it tells of
 * an error; 1: it could not be; 2: wrong usage. The caller bounds the time.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <libxml/parser.h>

#include "base/error.h"
#include "base/file.h"
#include "base/limits.h"
#include "document/reader_frame.h"
#include "document/reader_html.h"
#include "document/reader_mail.h"
#include "sandbox/sandbox.h"

static bool find_format(const char *name, reader_format *out)
{
    static const struct {
        const char *name;
        reader_format format;
    } FORMATS[] = {{"mail", READER_MAIL}, {"mbox", READER_MBOX}, {"html", READER_HTML}};
    for (size_t i = 0; i < sizeof(FORMATS) / sizeof(FORMATS[0]); i++) {
        if (strcmp(FORMATS[i].name, name) == 0) {
            *out = FORMATS[i].format;
            return true;
        }
    }
    return false;
}

/* In the sandbox. */
static int read_document(reader_result *out, span bytes, reader_format format, huis_error *err)
{
    return format == READER_HTML ? reader_read_html(out, bytes, err)
                                 : reader_read_mail(out, bytes, format, err);
}

static int enter_sandbox(huis_error *err)
{
    sandbox_options options;
    sandbox_options_default(&options, SANDBOX_READER);
    options.max_memory_bytes = LIMIT_READER_MEMORY_BYTES;
    return sandbox_enter(&options, NULL, err);
}

static int answer(reader_format format)
{
    huis_error err = {.offset = ERROR_NO_OFFSET};
    reader_result result;
    reader_result_init(&result);
    buffer bytes, frame;
    buffer_init(&bytes, LIMIT_DOCUMENT_BYTES);
    buffer_init(&frame, (size_t)LIMIT_TEXT_BYTES + LIMIT_MIB);
    int status = file_read_fd(&bytes, STDIN_FILENO, "the document", &err);
    if (status == HUIS_OK) {
        status = enter_sandbox(&err);
    }
    if (status == HUIS_OK) {
        status = read_document(&result, buffer_span(&bytes), format, &err);
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
    reader_format format = READER_AUTO;
    if (argc != 2 || !find_format(argv[1], &format)) {
        (void)fprintf(stderr, "usage: huis-reader mail|mbox|html < document > frame\n"
                              "huis-reader is started by huis; it is of no use by itself.\n");
        return 2;
    }
    reader_mail_init();
    xmlInitParser();
    /* Without the exit handlers of libraries: all is written, and they may not work in here. */
    _exit(answer(format));
}
