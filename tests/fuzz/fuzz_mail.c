/*
 * fuzz_mail.c - any bytes through what huis-reader runs: mail, mbox threads, pages.
 *
 * The first byte chooses the format. The text must be valid UTF-8 and is analysed.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/utf8.h"
#include "document/reader_html.h"
#include "document/reader_mail.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

static int read_any(reader_result *out, span bytes, uint8_t choice)
{
    huis_error err = {0};
    if (choice % 3 == 2) {
        return reader_read_html(out, bytes, &err);
    }
    return reader_read_mail(out, bytes, choice % 3 == 0 ? READER_MAIL : READER_MBOX, &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool started;
    if (!started) {
        reader_mail_init();
        started = true;
    }
    if (size == 0) {
        return 0;
    }
    reader_result result;
    reader_result_init(&result);
    if (read_any(&result, span_from((const char *)data + 1, size - 1), data[0]) == 0) {
        const span text = buffer_span(&result.text);
        require(utf8_valid_prefix(text) == text.len);
        require(document_count_words(text) > 0);
        arena memory;
        arena_init(&memory, 64 * (size_t)LIMIT_MIB);
        document d;
        require(document_analyse(&d, text, result.genre, &memory, NULL) == 0);
        arena_deinit(&memory);
    }
    reader_result_deinit(&result);
    return 0;
}
