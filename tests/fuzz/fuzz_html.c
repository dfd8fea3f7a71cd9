/*
 * fuzz_html.c - any bytes as a page, a fragment and a mail: valid UTF-8, a word when it is said.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/utf8.h"
#include "document/document.h"
#include "document/reader_html.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const span bytes = span_from((const char *)data, size);
    huis_error err = {0};
    reader_result result;
    reader_result_init(&result);
    if (reader_read_html(&result, bytes, &err) == 0) {
        const span text = buffer_span(&result.text);
        require(utf8_valid_prefix(text) == text.len && document_count_words(text) > 0);
    }
    reader_result_deinit(&result);
    if (utf8_valid_prefix(bytes) == size) {
        buffer out;
        buffer_init(&out, LIMIT_TEXT_BYTES);
        require(reader_append_fragment_html(&out, bytes) && reader_append_mail_html(&out, bytes));
        require(utf8_valid_prefix(buffer_span(&out)) == out.len);
        buffer_deinit(&out);
    }
    return 0;
}
