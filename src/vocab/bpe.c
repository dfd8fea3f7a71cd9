/*
 * bpe.c - see bpe.h.
 */
#include "vocab/bpe.h"

#include "base/checked.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/memory.h"

enum {
    SCAN_SYMBOLS = 64 /* longer words take the heap */
};

_Static_assert(LIMIT_WORD_BYTES < UINT32_MAX / 4, "offsets and heap sizes fit 32 bits");

void bpe_scratch_deinit(bpe_scratch *s)
{
    memory_free(s->symbols);
    memory_free(s->next);
    memory_free(s->previous);
    memory_free(s->heap);
    *s = (bpe_scratch){0};
}

/* Sets what merging the bytes [symbol, end) - two neighbours - would give. */
static void weigh_pair(const bpe_model *m, bpe_symbol *left, const bpe_symbol *right,
                       const char *word, uint32_t end)
{
    left->priority = MERGE_NONE;
    if (m->merges != NULL) {
        if (left->id >= 0 && right->id >= 0) {
            left->priority = merge_table_rank(m->merges, (uint32_t)left->id, (uint32_t)right->id);
        }
        if (left->priority != MERGE_NONE) {
            left->merged = (int32_t)m->merges->results[left->priority];
        }
        return;
    }
    left->merged = token_table_find(m->tokens, span_from(word + left->start, end - left->start));
    if (left->merged >= 0) {
        left->priority = m->priorities[left->merged];
    }
}

static int append(token_list *ids, int32_t id, huis_error *err)
{
    return token_list_push(ids, id) ? HUIS_OK : error_no_memory(err, "the tokens of a text");
}

/* Bytes without a token of their own: byte tokens, or the unknown token, or nothing. Byte-level
 * vocabularies may lack bytes that their training text never held; what was trained with them drops
 * those bytes, and so do we. */
static int append_bytes(const bpe_model *m, span bytes, token_list *ids, huis_error *err)
{
    bool was_unknown = false;
    for (size_t i = 0; i < bytes.len; i++) {
        const int32_t id = m->byte_ids[(unsigned char)bytes.ptr[i]];
        if (id >= 0) {
            RETURN_IF_ERROR(append(ids, id, err));
        } else if (m->unknown >= 0 && !was_unknown) {
            RETURN_IF_ERROR(append(ids, m->unknown, err));
            was_unknown = true;
        }
    }
    return HUIS_OK;
}

static int emit(const bpe_model *m, const bpe_symbol *symbol, span bytes, token_list *ids,
                huis_error *err)
{
    int32_t id = symbol->id;
    if (id < 0 && m->merges == NULL) {
        id = token_table_find(m->tokens, bytes);
    }
    return id >= 0 ? append(ids, id, err) : append_bytes(m, bytes, ids, err);
}

/* The length of a character of valid UTF-8. */
static uint32_t character_len(unsigned char lead)
{
    return lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
}

/* The first symbols: bytes, or for SPM characters. Returns how many. */
static size_t cut_symbols(const bpe_model *m, bpe_symbol *symbols, span word)
{
    size_t n = 0;
    if (m->merges != NULL) {
        for (; n < word.len; n++) {
            symbols[n].start = (uint32_t)n;
            symbols[n].id = m->byte_ids[(unsigned char)word.ptr[n]];
        }
        return n;
    }
    for (uint32_t at = 0; at < word.len; at += character_len((unsigned char)word.ptr[at])) {
        symbols[n].start = at;
        symbols[n].id = VOCAB_NONE;
        n++;
    }
    return n;
}

static uint32_t end_of(const bpe_symbol *symbols, size_t n, size_t i, span word)
{
    return i + 1 < n ? symbols[i + 1].start : (uint32_t)word.len;
}

static size_t best_pair(const bpe_symbol *symbols, size_t n)
{
    size_t best = 0;
    for (size_t i = 1; i + 1 < n; i++) {
        if (symbols[i].priority < symbols[best].priority) {
            best = i;
        }
    }
    return best;
}

/* A short word: the pairs stand in an array that closes up after each merge. */
static int merge_by_scan(const bpe_model *m, bpe_symbol *symbols, size_t n, span word,
                         token_list *ids, huis_error *err)
{
    for (size_t i = 0; i + 1 < n; i++) {
        weigh_pair(m, &symbols[i], &symbols[i + 1], word.ptr, end_of(symbols, n, i + 1, word));
    }
    while (n > 1) {
        const size_t i = best_pair(symbols, n);
        if (symbols[i].priority == MERGE_NONE) {
            break;
        }
        symbols[i].id = symbols[i].merged;
        memmove(&symbols[i + 1], &symbols[i + 2], (n - i - 2) * sizeof(*symbols));
        n--;
        if (i > 0) {
            weigh_pair(m, &symbols[i - 1], &symbols[i], word.ptr, end_of(symbols, n, i, word));
        }
        if (i + 1 < n) {
            weigh_pair(m, &symbols[i], &symbols[i + 1], word.ptr, end_of(symbols, n, i + 1, word));
        }
    }
    for (size_t i = 0; i < n; i++) {
        const uint32_t start = symbols[i].start;
        const span bytes = span_from(word.ptr + start, end_of(symbols, n, i, word) - start);
        RETURN_IF_ERROR(emit(m, &symbols[i], bytes, ids, err));
    }
    return HUIS_OK;
}

/* A long word while it is merged. */
typedef struct long_word {
    const bpe_model *model;
    bpe_scratch *s;
    span word;
    uint32_t n_symbols; /* also the index that ends the list */
    size_t n_heap;
} long_word;

static bool is_before(const bpe_candidate *a, const bpe_candidate *b)
{
    return a->priority != b->priority ? a->priority < b->priority : a->left < b->left;
}

static void heap_push(bpe_candidate *heap, size_t *n, bpe_candidate c)
{
    size_t i = (*n)++;
    while (i > 0 && is_before(&c, &heap[(i - 1) / 2])) {
        heap[i] = heap[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    heap[i] = c;
}

static bpe_candidate heap_pop(bpe_candidate *heap, size_t *n)
{
    const bpe_candidate top = heap[0];
    const bpe_candidate last = heap[--*n];
    size_t i = 0;
    for (;;) {
        size_t child = 2 * i + 1;
        if (child >= *n) {
            break;
        }
        if (child + 1 < *n && is_before(&heap[child + 1], &heap[child])) {
            child++;
        }
        if (!is_before(&heap[child], &last)) {
            break;
        }
        heap[i] = heap[child];
        i = child;
    }
    heap[i] = last;
    return top;
}

/* Where the symbol at `i` ends: where the next one in the list begins. */
static uint32_t list_end(const long_word *w, uint32_t i)
{
    const uint32_t next = w->s->next[i];
    return next < w->n_symbols ? w->s->symbols[next].start : (uint32_t)w->word.len;
}

/* Each merge removes one symbol and adds at most two candidates, so that n symbols meet fewer than
 * 3 n of them: the heap has that room. */
static void push_pair(long_word *w, uint32_t left)
{
    bpe_symbol *const symbols = w->s->symbols;
    const uint32_t right = w->s->next[left];
    const uint32_t end = list_end(w, right);
    weigh_pair(w->model, &symbols[left], &symbols[right], w->word.ptr, end);
    if (symbols[left].priority != MERGE_NONE) {
        heap_push(w->s->heap, &w->n_heap,
                  (bpe_candidate){symbols[left].priority, left, end - symbols[left].start,
                                  symbols[left].merged});
    }
}

/* Two symbols only grow, so that a pair of the same length is the same pair. A symbol that was
 * merged away has its own index as `previous`. */
static bool is_current(const long_word *w, const bpe_candidate *c)
{
    if (w->s->previous[c->left] == c->left) {
        return false;
    }
    const uint32_t right = w->s->next[c->left];
    return right < w->n_symbols && list_end(w, right) - w->s->symbols[c->left].start == c->len;
}

static void merge_pair(long_word *w, const bpe_candidate *c)
{
    const uint32_t left = c->left;
    const uint32_t right = w->s->next[left];
    const uint32_t after = w->s->next[right];
    w->s->symbols[left].id = c->merged;
    w->s->next[left] = after;
    w->s->previous[right] = right;
    if (after < w->n_symbols) {
        w->s->previous[after] = left;
        push_pair(w, left);
    }
    if (w->s->previous[left] != UINT32_MAX) {
        push_pair(w, w->s->previous[left]);
    }
}

static int merge_by_heap(long_word *w, token_list *ids, huis_error *err)
{
    const uint32_t n = w->n_symbols;
    for (uint32_t i = 0; i < n; i++) {
        w->s->next[i] = i + 1;
        w->s->previous[i] = i > 0 ? i - 1 : UINT32_MAX;
    }
    for (uint32_t i = 0; i + 1 < n; i++) {
        push_pair(w, i);
    }
    while (w->n_heap > 0) {
        const bpe_candidate c = heap_pop(w->s->heap, &w->n_heap);
        if (is_current(w, &c)) {
            merge_pair(w, &c);
        }
    }
    for (uint32_t i = 0; i < n; i = w->s->next[i]) {
        const uint32_t start = w->s->symbols[i].start;
        const span bytes = span_from(w->word.ptr + start, list_end(w, i) - start);
        RETURN_IF_ERROR(emit(w->model, &w->s->symbols[i], bytes, ids, err));
    }
    return HUIS_OK;
}

/* Grows *block to hold `count` elements of `size` bytes; its content is not kept. */
static bool make_room(void *block, size_t *capacity, size_t count, size_t size)
{
    void **const at = block;
    if (count <= *capacity) {
        return true;
    }
    size_t doubled = 0;
    if (!checked_mul_size(*capacity, 2, &doubled) || doubled < count) {
        doubled = count;
    }
    memory_free(*at);
    *capacity = 0;
    *at = memory_alloc(doubled, size);
    if (*at == NULL) {
        return false;
    }
    *capacity = doubled;
    return true;
}

static bool make_lists(bpe_scratch *s, size_t n)
{
    size_t previous_capacity = s->list_capacity;
    if (!make_room(&s->next, &s->list_capacity, n, sizeof(*s->next)) ||
        !make_room(&s->previous, &previous_capacity, n, sizeof(*s->previous))) {
        s->list_capacity = 0;
        return false;
    }
    return make_room(&s->heap, &s->heap_capacity, 3 * n, sizeof(*s->heap));
}

int bpe_encode_word(const bpe_model *model, bpe_scratch *scratch, span word, token_list *out_ids,
                    huis_error *err)
{
    if (word.len > LIMIT_WORD_BYTES) {
        return error_set(err, HUIS_E_LIMIT,
                         "text: a word of %zu bytes without a break (limit %u); split the text",
                         word.len, LIMIT_WORD_BYTES);
    }
    if (!make_room(&scratch->symbols, &scratch->capacity, word.len + 64, sizeof(bpe_symbol))) {
        return error_no_memory(err, "a long word");
    }
    const size_t n = cut_symbols(model, scratch->symbols, word);
    if (n <= SCAN_SYMBOLS) {
        return merge_by_scan(model, scratch->symbols, n, word, out_ids, err);
    }
    if (!make_lists(scratch, n)) {
        return error_no_memory(err, "a long word");
    }
    long_word w = {.model = model, .s = scratch, .word = word, .n_symbols = (uint32_t)n};
    return merge_by_heap(&w, out_ids, err);
}
