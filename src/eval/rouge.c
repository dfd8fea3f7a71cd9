/*
 * rouge.c - see rouge.h. Words become numbers, shared by both texts; n-grams are 64-bit keys that
 * are sorted and merged; the longest common subsequence is the usual table, one row at a time.
 */
#include "eval/rouge.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/map.h"
#include "eval/eval_tokens.h"

typedef struct word_ids {
    uint32_t *ids; // [n]
    size_t n;
} word_ids;

static int number_words(word_ids *out, span text, map *numbers, arena *memory, huis_error *err)
{
    eval_tokens words;
    RETURN_IF_ERROR(eval_tokens_read(&words, text, memory, err));
    uint32_t *const ids = arena_alloc(memory, words.count + 1, sizeof(*ids));
    for (size_t i = 0; ids != NULL && i < words.count; i++) {
        if (!map_get(numbers, words.tokens[i].form, &ids[i])) {
            ids[i] = (uint32_t)numbers->count;
            if (!map_set(numbers, words.tokens[i].form, ids[i])) {
                return error_no_memory(err, "the words of a text");
            }
        }
    }
    *out = (word_ids){ids, words.count};
    return ids != NULL ? HUIS_OK : error_no_memory(err, "the words of a text");
}

static int compare_keys(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a;
    const uint64_t y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static size_t n_grams(const word_ids *words, size_t n)
{
    return words->n >= n ? words->n - n + 1 : 0;
}

/* The n-grams of a text (n 1 or 2), sorted. */
static uint64_t *sorted_grams(const word_ids *words, size_t n, arena *memory)
{
    const size_t count = n_grams(words, n);
    uint64_t *const keys = arena_alloc(memory, count + 1, sizeof(*keys));
    for (size_t i = 0; keys != NULL && i < count; i++) {
        keys[i] = n == 1 ? words->ids[i] : (uint64_t)words->ids[i] << 32 | words->ids[i + 1];
    }
    if (keys != NULL) {
        qsort(keys, count, sizeof(*keys), compare_keys);
    }
    return keys;
}

static double f1(size_t hits, size_t n_a, size_t n_b)
{
    return n_a + n_b > 0 ? 2.0 * (double)hits / (double)(n_a + n_b) : 0.0;
}

static int compare_grams(const word_ids *a, const word_ids *b, size_t n, arena *memory, double *out)
{
    const uint64_t *const x = sorted_grams(a, n, memory);
    const uint64_t *const y = sorted_grams(b, n, memory);
    if (x == NULL || y == NULL) {
        return HUIS_E_NO_MEMORY;
    }
    size_t hits = 0;
    for (size_t i = 0, j = 0; i < n_grams(a, n) && j < n_grams(b, n);) {
        hits += x[i] == y[j];
        const bool step_i = x[i] <= y[j];
        const bool step_j = y[j] <= x[i];
        i += step_i;
        j += step_j;
    }
    *out = f1(hits, n_grams(a, n), n_grams(b, n));
    return HUIS_OK;
}

static int compare_sequence(const word_ids *a, const word_ids *b, arena *memory, double *out)
{
    uint32_t *const row = arena_alloc(memory, b->n + 1, sizeof(*row));
    if (row == NULL) {
        return HUIS_E_NO_MEMORY;
    }
    for (size_t i = 0; i < a->n; i++) {
        uint32_t diagonal = 0;
        for (size_t j = 1; j <= b->n; j++) {
            const uint32_t above = row[j];
            const uint32_t best = above > row[j - 1] ? above : row[j - 1];
            row[j] = a->ids[i] == b->ids[j - 1] ? diagonal + 1 : best;
            diagonal = above;
        }
    }
    *out = f1(row[b->n], a->n, b->n);
    return HUIS_OK;
}

static int compare_one(span text, span reference, map *numbers, arena *memory, rouge_score *out,
                       huis_error *err)
{
    word_ids a, b;
    RETURN_IF_ERROR(number_words(&a, text, numbers, memory, err));
    RETURN_IF_ERROR(number_words(&b, reference, numbers, memory, err));
    if (compare_grams(&a, &b, 1, memory, &out->f1[ROUGE_1]) != HUIS_OK ||
        compare_grams(&a, &b, 2, memory, &out->f1[ROUGE_2]) != HUIS_OK ||
        compare_sequence(&a, &b, memory, &out->f1[ROUGE_L]) != HUIS_OK) {
        return error_no_memory(err, "the comparison of two texts");
    }
    return HUIS_OK;
}

int rouge_compare(span text, const span *references, size_t n_references, rouge_score *out_score,
                  huis_error *err)
{
    rouge_score sum = {{0}};
    int status = HUIS_OK;
    for (size_t i = 0; i < n_references && status == HUIS_OK; i++) {
        rouge_score one = {{0}};
        map numbers;
        arena memory;
        map_init(&numbers);
        arena_init(&memory, LIMIT_EVAL_MEMORY_BYTES);
        status = compare_one(text, references[i], &numbers, &memory, &one, err);
        map_deinit(&numbers);
        arena_deinit(&memory);
        for (size_t k = 0; k < ROUGE_COUNT; k++) {
            sum.f1[k] += one.f1[k] / (double)n_references;
        }
    }
    if (status == HUIS_OK) {
        *out_score = sum;
    }
    return status;
}
