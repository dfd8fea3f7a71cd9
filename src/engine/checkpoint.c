/*
 * checkpoint.c - see checkpoint.h.
 */
#include "engine/checkpoint.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/checked.h"
#include "base/limits.h"
#include "base/map.h"
#include "engine/state.h"

/* One more whenever the bytes of K and V, their order or this header change. */
enum { VECTOR_BYTES = 64, VERSION = 2, BYTE_ORDER_MARK = 0x01020304 };

static const char MAGIC[8] = {'h', 'u', 'i', 's', 'k', 'v', '1', '\n'};

/* No padding: compared and summed as bytes. */
typedef struct checkpoint_header {
    char magic[8];
    uint32_t byte_order, version;
    uint32_t n_tokens, n_layers, n_kv_heads, head_dim, key_panel, n_vocab;
    uint64_t rotation;   /* sum of the rotary frequencies and of how they are applied */
    uint64_t size_bytes; /* of the whole checkpoint */
    uint64_t tokens_sum, cache_sum;
    uint64_t reserved; /* 0 */
    uint64_t check;    /* of the header up to here */
} checkpoint_header;

_Static_assert(sizeof(checkpoint_header) == CHECKPOINT_HEADER_BYTES, "no padding");

static uint64_t sum(uint64_t before, const void *data, size_t size_bytes)
{
    return map_hash(span_from(data, size_bytes), before);
}

/* Bytes of one head's keys and values in a checkpoint. */
static size_t head_bytes(const engine *e, size_t n_positions)
{
    return kernel_kv_bytes(e->model->head_dim, n_positions);
}

size_t checkpoint_bytes(const engine *e, uint32_t n_tokens)
{
    const size_t n_heads = (size_t)e->model->n_layers * e->model->n_kv_heads;
    size_t bytes = 0;
    size_t total = 0;
    if (!checked_mul_size(n_heads, head_bytes(e, n_tokens), &bytes) ||
        !checked_add_size(bytes, sizeof(checkpoint_header) + n_tokens * sizeof(int32_t), &total) ||
        total > LIMIT_PREFIX_BYTES) {
        return 0;
    }
    return total;
}

/* All but the sum of K and V and the check. */
static checkpoint_header describe(const engine *e, const int32_t *tokens, uint32_t n_tokens)
{
    const arch_model *const m = e->model;
    const uint32_t applied[] = {m->n_rot, (uint32_t)m->family->rope, m->family->nope_interval};
    checkpoint_header h = {
        .byte_order = BYTE_ORDER_MARK,
        .version = VERSION,
        .n_tokens = n_tokens,
        .n_layers = m->n_layers,
        .n_kv_heads = m->n_kv_heads,
        .head_dim = m->head_dim,
        .key_panel = KERNEL_KEY_PANEL,
        .n_vocab = m->n_vocab,
        .rotation = sum(sum(0, applied, sizeof(applied)), m->rope_frequencies,
                        m->n_rot / 2 * sizeof(*m->rope_frequencies)),
        .size_bytes = checkpoint_bytes(e, n_tokens),
        .tokens_sum = sum(0, tokens, n_tokens * sizeof(*tokens)),
    };
    memcpy(h.magic, MAGIC, sizeof(MAGIC));
    return h;
}

void checkpoint_key(const engine *e, const int32_t *tokens, uint32_t n_tokens,
                    char out_key[CHECKPOINT_KEY_LENGTH + 1])
{
    const checkpoint_header h = describe(e, tokens, n_tokens);
    const uint64_t high = sum(1, &h, sizeof(h));
    const uint64_t low = sum(high, tokens, n_tokens * sizeof(*tokens));
    (void)snprintf(out_key, CHECKPOINT_KEY_LENGTH + 1, "%016llx%016llx", (unsigned long long)high,
                   (unsigned long long)low);
}

/* Head 0, 1, ... of layer 0, 1, ... as they stand in the cache. */
static size_t count_heads(const engine *e)
{
    return (size_t)e->model->n_layers * e->model->n_kv_heads;
}

static unsigned char *head_at(const engine_context *c, size_t i)
{
    return c->cache.data + i * c->cache.head_bytes;
}

/* A vector of the last panel without what belongs to later keys. */
static void clean_vector(const engine *e, size_t i_vector, size_t n_kept, const unsigned char *data,
                         unsigned char *out)
{
    memcpy(out, data, VECTOR_BYTES);
    kernel_kv_clear(e->model->head_dim, i_vector, n_kept, out);
}

/* Hands over one head: the whole panels as they are, then vector by vector `n_kept` keys of the last
 * one and zeros. */
static bool write_head(const engine_context *c, size_t i, uint32_t n_tokens, size_t n_kept,
                       checkpoint_write_fn write, void *user)
{
    const size_t whole = head_bytes(c->owner, n_tokens / KERNEL_KEY_PANEL * KERNEL_KEY_PANEL);
    const size_t bytes = head_bytes(c->owner, n_tokens);
    const unsigned char *const data = head_at(c, i);
    bool ok = whole == 0 || write(user, span_from((const char *)data, whole));
    for (size_t at = whole; at < bytes && ok; at += VECTOR_BYTES) {
        unsigned char vector[VECTOR_BYTES];
        clean_vector(c->owner, (at - whole) / VECTOR_BYTES, n_kept, data + at, vector);
        ok = write(user, span_from((const char *)vector, sizeof(vector)));
    }
    return ok;
}

void checkpoint_copy(engine_context *to, const engine_context *from, uint32_t n_tokens)
{
    const size_t n_heads = count_heads(from->owner);
    for (size_t i = 0; i < n_heads; i++) {
        memcpy(head_at(to, i), head_at(from, i), head_bytes(from->owner, n_tokens));
    }
}

static bool write_cache(const engine_context *c, uint32_t n_tokens, size_t n_kept,
                        checkpoint_write_fn write, void *user)
{
    const size_t n_heads = count_heads(c->owner);
    bool ok = true;
    for (size_t i = 0; i < n_heads && ok; i++) {
        ok = write_head(c, i, n_tokens, n_kept, write, user);
    }
    return ok;
}

static bool add_to_sum(void *user, span bytes)
{
    uint64_t *const running = user;
    *running = sum(*running, bytes.ptr, bytes.len);
    return true;
}

static uint64_t sum_of_cache(const engine_context *c, uint32_t n_tokens, size_t n_kept)
{
    uint64_t running = 0;
    (void)write_cache(c, n_tokens, n_kept, add_to_sum, &running);
    return running;
}

bool checkpoint_write(const engine_context *c, uint32_t n_tokens, checkpoint_write_fn write,
                      void *user)
{
    checkpoint_header h = describe(c->owner, c->tokens, n_tokens);
    const size_t n_kept = n_tokens % KERNEL_KEY_PANEL;
    h.cache_sum = sum_of_cache(c, n_tokens, n_kept);
    h.check = sum(0, &h, offsetof(checkpoint_header, check));
    return write(user, span_from((const char *)&h, sizeof(h))) &&
           write(user, span_from((const char *)c->tokens, n_tokens * sizeof(*c->tokens))) &&
           write_cache(c, n_tokens, n_kept, write, user);
}

void checkpoint_reader_init(checkpoint_reader *r, engine_context *c, const int32_t *tokens,
                            uint32_t n_tokens)
{
    engine_context_truncate(c, 0);
    *r = (checkpoint_reader){.context = c, .tokens = tokens, .n_tokens = n_tokens};
    r->is_wrong = n_tokens > c->max_length || checkpoint_bytes(c->owner, n_tokens) == 0;
}

/* All pages of the heads at once, instead of a fault for each (Linux 5.14; before, nothing happens). */
static void touch_heads(const engine_context *c, uint32_t n_tokens)
{
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    const size_t bytes = head_bytes(c->owner, n_tokens);
    for (size_t i = 0; i < count_heads(c->owner); i++) {
        const uintptr_t begin = (uintptr_t)head_at(c, i) & ~(page - 1);
        const uintptr_t end = ((uintptr_t)head_at(c, i) + bytes + page - 1) & ~(page - 1);
        (void)madvise((void *)begin, end - begin, MADV_POPULATE_WRITE);
    }
}

/* The header is what describe() makes, but for the sum of K and V. */
static bool is_header_right(const checkpoint_reader *r)
{
    checkpoint_header h;
    checkpoint_header wanted = describe(r->context->owner, r->tokens, r->n_tokens);
    memcpy(&h, r->header, sizeof(h));
    wanted.cache_sum = h.cache_sum;
    wanted.check = sum(0, &wanted, offsetof(checkpoint_header, check));
    return memcmp(&h, &wanted, sizeof(h)) == 0;
}

/* Copies the part of `bytes` that belongs to [begin, begin + size) of the file, from where the reader
 * is; returns how much it was. */
static size_t fill(checkpoint_reader *r, uint64_t begin, size_t size_bytes, unsigned char *out,
                   span bytes)
{
    if (r->taken_bytes < begin || r->taken_bytes - begin >= size_bytes) {
        return 0;
    }
    const size_t at = (size_t)(r->taken_bytes - begin);
    const size_t n = size_bytes - at < bytes.len ? size_bytes - at : bytes.len;
    memcpy(out + at, bytes.ptr, n);
    r->taken_bytes += n;
    return n;
}

/* The tokens of the file must be the tokens asked for. */
static size_t compare_tokens(checkpoint_reader *r, span bytes)
{
    const uint64_t at = r->taken_bytes - sizeof(checkpoint_header);
    const size_t size_bytes = r->n_tokens * sizeof(*r->tokens);
    if (at >= size_bytes) {
        return 0;
    }
    const size_t left = size_bytes - (size_t)at;
    const size_t n = left < bytes.len ? left : bytes.len;
    r->is_wrong = memcmp((const char *)r->tokens + at, bytes.ptr, n) != 0;
    r->taken_bytes += n;
    return n;
}

/* Bytes of K and V go where they belong; more than there should be are refused. */
static void take_cache(checkpoint_reader *r, span bytes)
{
    const size_t n_heads = count_heads(r->context->owner);
    const uint64_t size_bytes = head_bytes(r->context->owner, r->n_tokens);
    const uint64_t start = sizeof(checkpoint_header) + r->n_tokens * sizeof(*r->tokens);
    while (bytes.len > 0) {
        const uint64_t i = (r->taken_bytes - start) / size_bytes;
        if (i >= n_heads) {
            r->is_wrong = true;
            return;
        }
        const size_t n =
            fill(r, start + i * size_bytes, size_bytes, head_at(r->context, (size_t)i), bytes);
        bytes = span_from(bytes.ptr + n, bytes.len - n);
    }
}

void checkpoint_reader_push(checkpoint_reader *r, span bytes)
{
    if (r->is_wrong || bytes.len == 0) {
        return;
    }
    size_t n = fill(r, 0, sizeof(r->header), r->header, bytes);
    if (n > 0 && r->taken_bytes == sizeof(r->header)) {
        r->is_wrong = !is_header_right(r);
        if (!r->is_wrong) {
            touch_heads(r->context, r->n_tokens);
        }
    }
    if (r->taken_bytes >= sizeof(r->header) && n < bytes.len && !r->is_wrong) {
        n += compare_tokens(r, span_from(bytes.ptr + n, bytes.len - n));
    }
    if (n < bytes.len && !r->is_wrong) {
        take_cache(r, span_from(bytes.ptr + n, bytes.len - n));
    }
}

/* The zeros behind the last key are summed as they were read. */
bool checkpoint_reader_finish(checkpoint_reader *r)
{
    engine_context *const c = r->context;
    checkpoint_header h;
    memcpy(&h, r->header, sizeof(h));
    if (r->is_wrong || r->taken_bytes != checkpoint_bytes(c->owner, r->n_tokens) ||
        sum_of_cache(c, r->n_tokens, KERNEL_KEY_PANEL) != h.cache_sum) {
        return false;
    }
    memcpy(c->tokens, r->tokens, r->n_tokens * sizeof(*r->tokens));
    c->length = r->n_tokens;
    return true;
}

_Static_assert((int)CHECKPOINT_PAGE_STEP == (int)KERNEL_KEY_PANEL, "a page is whole panels");

size_t checkpoint_page_bytes(const engine *e, uint32_t n_tokens)
{
    return count_heads(e) * head_bytes(e, n_tokens);
}

void checkpoint_page_read(const engine_context *c, uint32_t first, uint32_t n_tokens,
                          unsigned char *out)
{
    const size_t n_heads = count_heads(c->owner);
    const size_t start = head_bytes(c->owner, first);
    const size_t whole = head_bytes(c->owner, n_tokens / KERNEL_KEY_PANEL * KERNEL_KEY_PANEL);
    const size_t bytes = head_bytes(c->owner, n_tokens);
    for (size_t i = 0; i < n_heads; i++, out += bytes) {
        const unsigned char *const data = head_at(c, i) + start;
        memcpy(out, data, whole);
        for (size_t at = whole; at < bytes; at += VECTOR_BYTES) {
            clean_vector(c->owner, (at - whole) / VECTOR_BYTES, n_tokens % KERNEL_KEY_PANEL,
                         data + at, out + at);
        }
    }
}

bool checkpoint_page_write(engine_context *c, uint32_t first, const int32_t *tokens,
                           uint32_t n_tokens, const unsigned char *page, uint32_t n_page)
{
    const size_t n_heads = count_heads(c->owner);
    const size_t start = head_bytes(c->owner, first);
    const size_t bytes = head_bytes(c->owner, n_tokens);
    if (first > c->length || n_tokens > c->max_length - first) {
        return false;
    }
    for (size_t i = 0; i < n_heads; i++, page += head_bytes(c->owner, n_page)) {
        memcpy(head_at(c, i) + start, page, bytes);
    }
    memcpy(c->tokens + first, tokens, n_tokens * sizeof(*tokens));
    c->length = first + n_tokens;
    return true;
}
