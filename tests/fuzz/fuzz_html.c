/*
 * fuzz_html.c - any bytes as a page, a fragment and a mail: valid UTF-8, a word when it is said.
 */
#include <stdint.h>

#include "base/limits.h"
#include "base/utf8.h"
#include "document/reader_html.h"
#include "reader_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const span bytes = span_from((const char *)data, size);
    check_reader(reader_read_html, bytes);
    if (utf8_valid_prefix(bytes) == size) {
        buffer out;
        buffer_init(&out, LIMIT_TEXT_BYTES);
        require(reader_append_fragment_html(&out, bytes) && reader_append_mail_html(&out, bytes));
        require(utf8_valid_prefix(buffer_span(&out)) == out.len);
        buffer_deinit(&out);
    }
    return 0;
}
