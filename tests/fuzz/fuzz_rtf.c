/*
 * fuzz_rtf.c - any bytes through reader_read_rtf: valid UTF-8 with a word, places that ascend.
 */
#include <stdint.h>

#include "document/reader_mail.h"
#include "document/reader_rtf.h"
#include "reader_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool started;
    if (!started) {
        reader_mail_init();
        started = true;
    }
    check_reader(reader_read_rtf, span_from((const char *)data, size));
    return 0;
}
