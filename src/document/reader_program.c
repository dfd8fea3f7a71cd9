/*
 * reader_program.c - see reader_program.h.
 */
#include "document/reader_program.h"

#include <stdio.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/limits.h"
#include "document/reader_frame.h"
#include "sandbox/sandbox.h"

const reader *reader_program_find(const reader *readers, size_t n_readers, const char *name)
{
    reader_format format = READER_AUTO;
    for (size_t i = 0; i < n_readers; i++) {
        if (reader_format_find(name, &format) && readers[i].format == format) {
            return &readers[i];
        }
    }
    return NULL;
}

static int enter_sandbox(huis_error *err)
{
    sandbox_options options;
    sandbox_options_default(&options, SANDBOX_READER);
    options.max_memory_bytes = LIMIT_READER_MEMORY_BYTES;
    /* A caller that was interrupted cannot end it. */
    options.max_cpu_seconds = LIMIT_READER_TIME_MS / 1000 + 1;
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

int reader_program_run(const reader *r)
{
    if (r == NULL) {
        (void)fprintf(stderr, "usage: huis-reader FORMAT < document > frame\n"
                              "huis-reader is started by huis; it is of no use by itself.\n");
        return 2;
    }
    if (r->init != NULL) {
        r->init();
    }
    return answer(r);
}
