/*
 * bench_tokenizer.c - how long a vocabulary takes to open, and how fast it encodes and decodes.
 *
 *   bench-tokenizer MODEL.gguf TEXT [REPEATS]
 *
 * Prints medians of processor time as JSON. bench/tokenizer.py puts Hugging Face tokenizers beside.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/buffer.h"
#include "base/file.h"
#include "base/limits.h"
#include "format/gguf.h"
#include "vocab/vocab.h"

enum { MAX_REPEATS = 101 };

typedef struct timings {
    double parse_ms[MAX_REPEATS];
    double open_ms[MAX_REPEATS];
    double encode_ms[MAX_REPEATS];
    double decode_ms[MAX_REPEATS];
} timings;

static double now_ms(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, unsigned n)
{
    qsort(values, n, sizeof(*values), compare);
    return values[n / 2];
}

static int measure(timings *t, unsigned i, const file_map *model, span text, size_t *out_tokens,
                   huis_error *err)
{
    gguf_table *table = NULL;
    vocab *v = NULL;
    token_list ids;
    buffer back;
    detokenizer d;
    const vocab_encode_options options = {0};
    token_list_init(&ids);
    buffer_init(&back, 4 * (size_t)LIMIT_TEXT_BYTES);
    const double start = now_ms();
    int status = gguf_parse(&table, model->data, model->size_bytes, "model", true, err);
    const double parsed = now_ms();
    status = status == HUIS_OK ? vocab_open(&v, table, err) : status;
    const double opened = now_ms();
    status = status == HUIS_OK ? vocab_encode(v, text, &options, &ids, err) : status;
    const double encoded = now_ms();
    if (status == HUIS_OK) {
        detokenizer_init(&d, v);
        for (size_t k = 0; k < ids.count; k++) {
            (void)detokenizer_push(&d, ids.ids[k], &back);
        }
    }
    const double decoded = now_ms();
    t->parse_ms[i] = parsed - start;
    t->open_ms[i] = opened - parsed;
    t->encode_ms[i] = encoded - opened;
    t->decode_ms[i] = decoded - encoded;
    *out_tokens = ids.count;
    buffer_deinit(&back);
    token_list_deinit(&ids);
    vocab_free(v);
    gguf_free(table);
    return status;
}

int main(int argc, char **argv)
{
    static timings t;
    huis_error err = {0};
    file_map model = {0};
    buffer text;
    buffer_init(&text, LIMIT_TEXT_BYTES);
    const unsigned long wanted = argc > 3 ? strtoul(argv[3], NULL, 10) : 9;
    const unsigned n = wanted > 0 && wanted < MAX_REPEATS ? (unsigned)wanted : 9;
    if (argc < 3) {
        (void)fprintf(stderr, "usage: bench-tokenizer MODEL.gguf TEXT [REPEATS]\n");
        return 2;
    }
    int status = file_map_open(&model, argv[1], &err);
    status = status == HUIS_OK ? file_read(&text, argv[2], &err) : status;
    size_t n_tokens = 0;
    for (unsigned i = 0; i < n && status == HUIS_OK; i++) {
        status = measure(&t, i, &model, buffer_span(&text), &n_tokens, &err);
    }
    if (status < 0) {
        (void)fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    const double megabytes = (double)text.len / 1e6;
    printf("{\"bytes\":%zu,\"tokens\":%zu,\"parse_ms\":%.2f,\"open_ms\":%.2f,"
           "\"encode_mb_s\":%.2f,\"decode_mb_s\":%.2f}\n",
           text.len, n_tokens, median(t.parse_ms, n), median(t.open_ms, n),
           megabytes * 1e3 / median(t.encode_ms, n), megabytes * 1e3 / median(t.decode_ms, n));
    buffer_deinit(&text);
    file_map_close(&model);
    return 0;
}
