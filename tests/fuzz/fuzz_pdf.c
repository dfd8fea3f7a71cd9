/*
 * fuzz_pdf.c - any bytes through poppler and reader_read_pdf. poppler itself has no sanitizers.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "document/reader_pdf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void);

/* What the libraries keep until the end is not ours. */
const char *__lsan_default_suppressions(void)
{
    return "leak:libfontconfig\nleak:libpoppler\nleak:libglib\n";
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool started;
    if (!started) {
        reader_pdf_init();
        started = true;
    }
    huis_error err = {0};
    reader_result result;
    reader_result_init(&result);
    const int status = reader_read_pdf(&result, span_from((const char *)data, size), &err);
    const span text = buffer_span(&result.text);
    if (status == 0 && (utf8_valid_prefix(text) != text.len || document_count_words(text) == 0)) {
        abort();
    }
    reader_result_deinit(&result);
    return 0;
}
