/*
 * reader_check.h - what every reader's result holds to: valid UTF-8 with a word, places that ascend.
 */
#ifndef HUIS_FUZZ_READER_CHECK_H
#define HUIS_FUZZ_READER_CHECK_H

#include <stdlib.h>

#include "base/utf8.h"
#include "document/document.h"
#include "document/reader.h"

static inline void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

static inline void check_result(const reader_result *result)
{
    const span text = buffer_span(&result->text);
    require(utf8_valid_prefix(text) == text.len);
    require(document_count_words(text) > 0);
    size_t n = 0;
    size_t after = 0;
    const reader_place *const places = reader_places(result, &n);
    for (size_t i = 0; i < n; i++) {
        require(places[i].start >= after && places[i].start <= text.len);
        after = places[i].start;
    }
}

/* Any bytes through a reader. */
static inline void check_reader(int (*read)(reader_result *, span, huis_error *), span bytes)
{
    huis_error err = {0};
    reader_result result;
    reader_result_init(&result);
    if (read(&result, bytes, &err) == 0) {
        check_result(&result);
    }
    reader_result_deinit(&result);
}

#endif
