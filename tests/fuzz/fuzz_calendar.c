/*
 * fuzz_calendar.c - any bytes through reader_read_calendar: valid UTF-8 with a word, places that ascend.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "document/document.h"
#include "document/reader_calendar.h"
#include "document/reader_mail.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool started;
    if (!started) {
        reader_mail_init();
        started = true;
    }
    huis_error err = {0};
    reader_result result;
    reader_result_init(&result);
    if (reader_read_calendar(&result, span_from((const char *)data, size), &err) == 0) {
        const span text = buffer_span(&result.text);
        require(utf8_valid_prefix(text) == text.len && document_count_words(text) > 0);
        size_t n = 0, pos = 0;
        const reader_place *const places = reader_places(&result, &n);
        for (size_t i = 0; i < n; i++) {
            require(places[i].start >= pos && places[i].start <= text.len);
            pos = places[i].start;
        }
    }
    reader_result_deinit(&result);
    return 0;
}
