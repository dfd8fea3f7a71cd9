/*
 * fuzz_chat.c - any bytes through the readers of chats and subtitles, and the look at first bytes.
 *
 * The first byte chooses the reader. The text must be valid UTF-8 with places inside it, and is
 * analysed.
 */
#include <stdint.h>

#include "base/limits.h"
#include "document/reader_chat.h"
#include "document/reader_mail.h"
#include "reader_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const reader_result *result)
{
    const span text = buffer_span(&result->text);
    check_result(result);
    arena memory;
    arena_init(&memory, 64 * (size_t)LIMIT_MIB);
    document d;
    require(document_analyse(&d, text, result->genre, &memory, NULL) == 0);
    arena_deinit(&memory);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int (*const READERS[])(reader_result *, span, huis_error *) = {
        reader_read_chat_text, reader_read_chat_json, reader_read_subtitles};
    static bool started;
    if (!started) {
        reader_mail_init();
        reader_chat_init();
        started = true;
    }
    if (size == 0) {
        return 0;
    }
    const span bytes = span_from((const char *)data + 1, size - 1);
    huis_error err = {0};
    reader_result result;
    reader_result_init(&result);
    (void)reader_detect(NULL, bytes);
    if (READERS[data[0] % 3](&result, bytes, &err) == 0) {
        check(&result);
    }
    reader_result_deinit(&result);
    return 0;
}
