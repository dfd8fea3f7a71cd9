/*
 * fuzz_notify_digest.c - any bytes as JSON Lines of notifications, ranked and digested: caps hold, no
 * line has a link, a telephone number or a hidden character, hostile records and codes are in no line.
 */
#include <stdlib.h>

#include "base/utf8.h"
#include "document/document.h"
#include "feature/notify/notify.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX_RECORDS = 200 };

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

static size_t words_for(size_t n)
{
    return n <= 10 ? 60 : n >= 60 ? 200 : 60 + (n - 10) * 140 / 50;
}

static void check_line(const char *text, arena *memory)
{
    const span line = span_from_string(text);
    notify_text t;
    require(utf8_valid_prefix(line) == line.len);
    require(document_count_words(line) <= 10);
    require(notify_text_clean(text, memory, &t, NULL) == HUIS_OK);
    require(!t.had_link && t.n_hidden == 0);
    size_t n_digits = 0;
    for (size_t i = 0; i < line.len; i++) {
        n_digits = line.ptr[i] >= '0' && line.ptr[i] <= '9' ? n_digits + 1 : 0;
        require(n_digits < 7);
    }
}

static void check_digest(const huis_notifications *records, const huis_notify_ranking *ranking,
                         const huis_notify_digest *d, arena *memory)
{
    require(document_count_words(span_from_string(d->text)) <= words_for(records->n_items));
    bool told[MAX_RECORDS] = {false};
    size_t n_told = 0;
    for (size_t i = 0; i < d->n_lines; i++) {
        const huis_notify_line *const line = &d->lines[i];
        check_line(line->text, memory);
        require(line->n_sources > 0);
        for (size_t k = 0; k < line->n_records; k++) {
            n_told += !told[line->records[k]];
            told[line->records[k]] = true;
        }
        for (size_t k = 0; k < line->n_sources; k++) {
            const huis_notify_source *const s = &line->sources[k];
            const char *const field =
                s->in_title ? records->items[s->record].title : records->items[s->record].body;
            require(field != NULL && s->start <= s->end && s->end <= strlen(field));
        }
    }
    require(n_told + d->n_held_back == records->n_items);
    for (size_t i = 0; i < ranking->n_items; i++) {
        const huis_notify_rank_item *const item = &ranking->items[i];
        require(!told[item->record] || (item->cls < HUIS_NOTIFY_NOISE && !item->one_time_code));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    huis_notifications *records = NULL;
    if (huis_notifications_read((const char *)data, size, &records, NULL) != HUIS_OK) {
        return 0;
    }
    huis_notify_ranking *ranking = NULL;
    huis_notify_digest *digest = NULL;
    if (records->n_items > 0 && records->n_items <= MAX_RECORDS &&
        huis_notify_rank(records->items, records->n_items, NULL, NULL, NULL, &ranking, NULL) ==
            HUIS_OK) {
        arena memory;
        arena_init(&memory, 1u << 26);
        require(huis_notify_digest_make(records->items, records->n_items, ranking, NULL, NULL,
                                        &digest, NULL) == HUIS_OK);
        check_digest(records, ranking, digest, &memory);
        arena_deinit(&memory);
    }
    huis_notify_digest_free(digest);
    huis_notify_ranking_free(ranking);
    (void)huis_notifications_free(records);
    return 0;
}
