/*
 * fuzz_pdf.c - any bytes through poppler and reader_read_pdf. poppler itself has no sanitizers.
 */
#include <stdint.h>

#include "document/reader_pdf.h"
#include "reader_check.h"

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
    check_reader(reader_read_pdf, span_from((const char *)data, size));
    return 0;
}
