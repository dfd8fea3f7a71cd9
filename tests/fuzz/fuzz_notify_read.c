/*
 * fuzz_notify_read.c - any bytes as JSON Lines of notifications: what is read keeps the contract, and
 * each text of it cleans to UTF-8 without hidden characters whose origins ascend.
 */
#include <stdlib.h>

#include "base/utf8.h"
#include "feature/notify/notify.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void check_text(const char *field, arena *memory)
{
    notify_text t;
    require(notify_text_clean(field, memory, &t, NULL) == HUIS_OK);
    const size_t field_len = field != NULL ? strlen(field) : 0;
    require(t.text.len == 0 || utf8_valid_prefix(t.text) == t.text.len);
    for (size_t i = 0; i < t.text.len; i++) {
        require(t.origin[i] <= t.origin[i + 1]);
    }
    require(t.origin[t.text.len] <= field_len);
    size_t pos = 0;
    while (pos < t.text.len) {
        uint32_t code = 0;
        pos += utf8_next(t.text, pos, &code);
        require(!utf8_is_hidden(code) && code != '\n' && code != '\t');
    }
    require(t.n_hosts <= NOTIFY_TEXT_HOSTS && (t.n_hosts == 0 || t.had_link));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    huis_notifications *records = NULL;
    if (huis_notifications_read((const char *)data, size, &records, NULL) != HUIS_OK) {
        return 0;
    }
    require(records->n_skips <= records->n_skipped);
    arena memory;
    arena_init(&memory, 1u << 26);
    for (size_t i = 0; i < records->n_items; i++) {
        const huis_notification *const r = &records->items[i];
        require(r->id != NULL && r->app != NULL && r->time.known && (r->title || r->body));
        require(r->urgency >= -1 && r->urgency <= 2);
        check_text(r->title, &memory);
        check_text(r->body, &memory);
        char out[NOTIFY_TIME_BYTES];
        notify_time_write(r->time, out);
    }
    arena_deinit(&memory);
    (void)huis_notifications_free(records);
    return 0;
}
