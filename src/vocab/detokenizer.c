/*
 * detokenizer.c - tokens to text, one at a time.
 *
 * A character may be spread over tokens: its first bytes wait in `pending` (at most three) until the
 * rest comes or turns out not to come. The pieces put together are the repaired text of all bytes.
 */
#include "base/utf8.h"
#include "vocab/vocab_internal.h"

void detokenizer_init(detokenizer *d, const vocab *v)
{
    *d = (detokenizer){.v = v, .at_start = v->special.add_space_prefix};
}

static void keep(detokenizer *d, span rest)
{
    d->n_pending = rest.len;
    if (rest.len > 0) {
        memmove(d->pending, rest.ptr, rest.len);
    }
}

/* Appends the complete part of `bytes`; the rest waits. */
static bool hand_out(detokenizer *d, span bytes, buffer *out)
{
    const size_t complete = utf8_complete_prefix(bytes);
    const bool ok = utf8_append_repaired(out, span_from(bytes.ptr, complete));
    keep(d, span_from(bytes.ptr + complete, bytes.len - complete));
    return ok;
}

bool detokenizer_push(detokenizer *d, int32_t id, buffer *out)
{
    span bytes = vocab_bytes(d->v, id);
    if (bytes.len == 0) {
        return buffer_ok(out);
    }
    if (d->at_start && bytes.ptr[0] == ' ') {
        bytes = span_from(bytes.ptr + 1, bytes.len - 1);
    }
    d->at_start = false;
    size_t used = 0;
    while (d->n_pending > 0 && used < bytes.len) {
        d->pending[d->n_pending++] = bytes.ptr[used++];
        if (!hand_out(d, span_from(d->pending, d->n_pending), out)) {
            return false;
        }
    }
    return used < bytes.len ? hand_out(d, span_from(bytes.ptr + used, bytes.len - used), out)
                            : buffer_ok(out);
}

bool detokenizer_finish(detokenizer *d, buffer *out)
{
    const bool ok = utf8_append_repaired(out, span_from(d->pending, d->n_pending));
    d->n_pending = 0;
    return ok;
}
