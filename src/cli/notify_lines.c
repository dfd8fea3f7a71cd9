/*
 * notify_lines.c - see notify_lines.h.
 *
 * Whole lines that have come are one batch: a slow source is kept line by line, a fast one by the
 * megabyte. Nothing is lost by a flood here: the source waits.
 */
#include "cli/notify_lines.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/limits.h"
#include "cli/notify_keep.h"
#include "cli/output.h"

enum { CHUNK_BYTES = 256 * 1024 };

typedef struct lines {
    const arguments *args;
    notify_keep keep;
    buffer bytes;      /* not yet read */
    uint64_t n_before; /* lines of earlier batches */
    uint64_t n_kept, n_skipped;
    bool too_long; /* the line that is coming is over the limit: passed over up to its end */
} lines;

static uint64_t count_lines(span text)
{
    uint64_t n = 0;
    for (size_t i = 0; i < text.len; i++) {
        n += text.ptr[i] == '\n';
    }
    return n;
}

static int take_batch(lines *l, span batch, huis_error *err)
{
    huis_notifications *records = NULL;
    RETURN_IF_ERROR(huis_notifications_read(batch.ptr, batch.len, &records, err));
    for (size_t i = 0; i < records->n_skips; i++) {
        output_note(l->args,
                    tr("huis: line %llu is no notification: %s",
                       "huis: la ligne %llu n'est pas une notification : %s"),
                    (unsigned long long)(l->n_before + records->skips[i].line),
                    records->skips[i].reason);
    }
    l->n_skipped += records->n_skipped;
    const int status = notify_keep_records(&l->keep, records->items, records->n_items, err);
    l->n_kept += status == HUIS_OK ? records->n_items : 0;
    l->n_before += count_lines(batch);
    huis_notifications_free(records);
    return status;
}

/* What has come up to the last line end; all of it `at_end`. */
static int take_whole_lines(lines *l, bool at_end, huis_error *err)
{
    buffer *const b = &l->bytes;
    const char *const last = b->len > 0 ? memrchr(b->ptr, '\n', b->len) : NULL;
    const size_t n = at_end ? b->len : last != NULL ? (size_t)(last - b->ptr) + 1 : 0;
    size_t from = 0;
    if (l->too_long && n > 0) {
        const char *const first = memchr(b->ptr, '\n', n);
        from = first != NULL ? (size_t)(first - b->ptr) + 1 : n;
        l->n_before += first != NULL;
        l->too_long = first == NULL;
    }
    const int status = n > from ? take_batch(l, span_from(b->ptr + from, n - from), err) : HUIS_OK;
    if (n > 0) {
        memmove(b->ptr, b->ptr + n, b->len - n);
        buffer_truncate(b, b->len - n);
    }
    if (b->len > LIMIT_NOTIFY_LINE_BYTES) {
        l->n_skipped += !l->too_long;
        if (!l->too_long) {
            output_note(l->args,
                        tr("huis: line %llu is longer than %u bytes: passed over",
                           "huis: la ligne %llu dépasse %u octets : ignorée"),
                        (unsigned long long)(l->n_before + 1), LIMIT_NOTIFY_LINE_BYTES);
        }
        l->too_long = true;
        buffer_truncate(b, 0);
    }
    return status;
}

/* The next bytes; *out_end: there are none, or the watcher is to stop. */
static int read_some(lines *l, int signals, bool *out_end, huis_error *err)
{
    struct pollfd fds[] = {{.fd = STDIN_FILENO, .events = POLLIN},
                           {.fd = signals, .events = POLLIN}};
    if (poll(fds, 2, -1) < 0) {
        return errno == EINTR ? HUIS_OK : error_from_errno(err, "cannot wait for", "stdin");
    }
    if (fds[1].revents != 0) {
        *out_end = true;
        return HUIS_OK;
    }
    if (!buffer_reserve(&l->bytes, CHUNK_BYTES)) {
        return error_no_memory(err, "a line");
    }
    const ssize_t n = read(STDIN_FILENO, l->bytes.ptr + l->bytes.len, CHUNK_BYTES);
    if (n < 0 && errno != EINTR && errno != EAGAIN) {
        return error_from_errno(err, "cannot read", "stdin");
    }
    *out_end = n == 0;
    l->bytes.len += n > 0 ? (size_t)n : 0;
    return HUIS_OK;
}

int notify_lines_run(const arguments *args, notification_store *store, huis_error *err)
{
    lines l = {.args = args};
    sigset_t set;
    bool at_end = false;
    int status = HUIS_OK;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGTERM);
    (void)sigprocmask(SIG_BLOCK, &set, NULL);
    const int signals = signalfd(-1, &set, SFD_CLOEXEC);
    if (signals < 0) {
        return error_from_errno(err, "cannot watch", "signals");
    }
    buffer_init(&l.bytes, LIMIT_NOTIFY_LINE_BYTES + 2 * CHUNK_BYTES);
    notify_keep_init(&l.keep, args, store);
    while (status == HUIS_OK && !at_end) {
        status = read_some(&l, signals, &at_end, err);
        if (status == HUIS_OK) {
            status = take_whole_lines(&l, at_end, err);
        }
    }
    if (status == HUIS_OK && l.n_kept == 0 && l.n_skipped > 0) {
        status = error_set(err, HUIS_E_NO_TEXT, "%s",
                           tr("no line of the input was a notification (docs/formats.md)",
                              "aucune ligne de l'entrée n'est une notification (docs/formats.md)"));
    } else if (status == HUIS_OK) {
        output_note(args,
                    tr("kept %llu notifications, passed over %llu lines",
                       "%llu notifications gardées, %llu lignes ignorées"),
                    (unsigned long long)l.n_kept, (unsigned long long)l.n_skipped);
    }
    notify_keep_deinit(&l.keep);
    buffer_deinit(&l.bytes);
    (void)close(signals);
    return status;
}
