/*
 * eval_notify_report.c - the tables of `huis eval notifications`: means and counts of each order, by
 * language, the differences to huis with their 95 % intervals, and which class was taken for which.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "cli/eval_notifications.h"
#include "eval/statistics.h"

/* NULL: every language. */
static const char *const LANGUAGES[] = {NULL, "fr", "en", "mixed"};
enum { N_LANGUAGES = sizeof(LANGUAGES) / sizeof(LANGUAGES[0]), MAX_LINE_WORDS = 10 };

typedef struct order_sums {
    size_t n;
    double ndcg, first; /* means */
    ranking_measures counts;
} order_sums;

static bool is_of(const eval_notify *all, size_t i, const char *language)
{
    return language == NULL || strcmp(all->scenarios.items[i].language, language) == 0;
}

static order_sums sum_up(const eval_notify *all, eval_order order, const char *language)
{
    order_sums sums = {0};
    for (size_t i = 0; i < all->n_done; i++) {
        if (is_of(all, i, language)) {
            const ranking_measures *const m = &all->results[i].m[order];
            sums.n++;
            sums.ndcg += m->ndcg;
            sums.first += m->is_first_right;
            eval_ranking_add(&sums.counts, m);
        }
    }
    if (sums.n > 0) {
        sums.ndcg /= (double)sums.n;
        sums.first /= (double)sums.n;
    }
    return sums;
}

static int compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The 95th percentile. */
static double p95(double *values, size_t n)
{
    qsort(values, n, sizeof(*values), compare_doubles);
    return n > 0 ? values[(n * 95 + 99) / 100 - 1] : 0.0;
}

/* NDCG and precision at 1 of huis (first two), and minus those of another order; 95 %. */
typedef struct order_intervals {
    statistics_interval ndcg, first;
} order_intervals;

static int find_intervals(const eval_notify *all, eval_order against, order_intervals *out,
                          huis_error *err)
{
    const size_t n = all->n_done;
    double *const values = memory_alloc(4 * n, sizeof(*values)); /* zeros */
    if (values == NULL) {
        return error_no_memory(err, "the scores of a set");
    }
    for (size_t i = 0; i < n; i++) {
        const ranking_measures *const ours = &all->results[i].m[EVAL_ORDER_HUIS];
        const ranking_measures *const theirs = &all->results[i].m[against];
        values[i] = ours->ndcg;
        values[2 * n + i] = ours->is_first_right;
        if (against != EVAL_ORDER_HUIS) {
            values[n + i] = theirs->ndcg;
            values[3 * n + i] = theirs->is_first_right;
        }
    }
    int status = statistics_paired(values, values + n, n, &out->ndcg, err);
    if (status == HUIS_OK) {
        status = statistics_paired(values + 2 * n, values + 3 * n, n, &out->first, err);
    }
    memory_free(values);
    return status;
}

static void print_order(const eval_notify *all, eval_order order, const char *language,
                        bool markdown)
{
    const order_sums s = sum_up(all, order, language);
    const ranking_measures *const c = &s.counts;
    (void)printf(
        markdown ? "| %s | %.3f | %.2f | %zu of %zu | %zu of %zu | %zu of %zu | %zu of %zu |\n"
                 : "  %-14s %7.3f %6.2f  %3zu of %-3zu  %3zu of %-3zu    %3zu of %-3zu    %3zu of "
                   "%-3zu\n",
        eval_order_name(order), s.ndcg, s.first, c->n_missed, c->n_critical, c->n_false_interrupts,
        c->n_unwanted, c->n_held, c->n_wanted, c->n_promoted, c->n_hostile);
}

static void print_orders(const eval_notify *all, bool markdown)
{
    for (size_t l = 0; l < N_LANGUAGES; l++) {
        const size_t n = sum_up(all, EVAL_ORDER_HUIS, LANGUAGES[l]).n;
        if (n == 0) {
            continue;
        }
        (void)printf("\n%s, %zu %s%s\n", LANGUAGES[l] != NULL ? LANGUAGES[l] : tr("all", "tout"), n,
                     tr("scenarios", "scénarios"), markdown ? "\n" : "");
        (void)puts(markdown
                       ? "| order | NDCG@5 | P@1 | critical missed | false interruptions | "
                         "held back | hostile promoted |\n|---|---|---|---|---|---|---|"
                       : "                                critical     false         held     "
                         "  hostile\n  order           NDCG@5    P@1   missed   interrupt.     "
                         "  back        promoted");
        for (eval_order o = EVAL_ORDER_HUIS; o < EVAL_ORDERS; o++) {
            print_order(all, o, LANGUAGES[l], markdown);
        }
    }
}

static void print_confusion(const eval_notify *all, bool markdown)
{
    const order_sums s = sum_up(all, EVAL_ORDER_HUIS, NULL);
    (void)printf(markdown ? "\n| %s |" : "\n%-18s", tr("wanted \\ given", "voulu \\ donné"));
    for (huis_notify_class g = HUIS_NOTIFY_CRITICAL; g <= HUIS_NOTIFY_HOSTILE; g++) {
        (void)printf(markdown ? " %s |" : " %9s", huis_notify_class_name(g));
    }
    (void)puts(markdown ? "\n|---|---|---|---|---|---|---|" : "");
    for (huis_notify_class w = HUIS_NOTIFY_CRITICAL; w <= HUIS_NOTIFY_HOSTILE; w++) {
        (void)printf(markdown ? "| %s |" : "  %-16s", huis_notify_class_name(w));
        for (huis_notify_class g = HUIS_NOTIFY_CRITICAL; g <= HUIS_NOTIFY_HOSTILE; g++) {
            (void)printf(markdown ? " %zu |" : " %9zu", s.counts.confusion[w][g]);
        }
        (void)puts("");
    }
}

/* ---- digests ---- */

typedef struct digest_sums {
    size_t n_musts, n_said, n_must_nots_said, n_names, n_numbers, n_over, n_long_lines, n_fallbacks;
    double words; /* mean */
} digest_sums;

static digest_sums sum_digests(const eval_notify *all, eval_digest_maker maker,
                               const char *language)
{
    digest_sums sums = {0};
    size_t n = 0;
    for (size_t i = 0; i < all->n_done; i++) {
        const eval_digest *const d = &all->results[i].digests[maker];
        if (!is_of(all, i, language)) {
            continue;
        }
        n++;
        sums.n_musts += all->scenarios.items[i].n_musts;
        sums.n_said += d->n_said;
        sums.n_must_nots_said += d->n_must_nots_said;
        sums.n_names += d->n_absent_names;
        sums.n_numbers += d->n_absent_numbers;
        sums.n_over += d->n_words > d->max_words;
        sums.n_long_lines += d->n_longest > MAX_LINE_WORDS;
        sums.n_fallbacks += d->n_fallbacks;
        sums.words += (double)d->n_words;
    }
    sums.words = n > 0 ? sums.words / (double)n : 0.0;
    return sums;
}

static double share(size_t part, size_t whole)
{
    return whole > 0 ? (double)part / (double)whole : 0.0;
}

static void print_digests(const eval_notify *all, bool markdown)
{
    (void)puts(
        markdown ? "\n| digest | language | musts | forbidden | absent names, numbers | over "
                   "60 / 10 words | fallbacks | words |\n|---|---|---|---|---|---|---|---|"
                 : "\n                                 musts       forbid-  absent      over   "
                   "   fall-\n  digest              lang.   covered         den   name  num  60 / "
                   "10   back  words");
    for (eval_digest_maker m = EVAL_DIGEST_HUIS; m < EVAL_DIGESTS; m++) {
        for (size_t l = 0; l < N_LANGUAGES; l++) {
            const digest_sums s = sum_digests(all, m, LANGUAGES[l]);
            if (s.n_musts == 0) {
                continue;
            }
            (void)printf(
                markdown
                    ? "| %s | %s | %.2f (%zu of %zu) | %zu | %zu, %zu | %zu / %zu | %zu | %.1f |\n"
                    : "  %-19s %-6s %.2f (%2zu of %2zu)  %3zu   %4zu %4zu  %2zu / %-2zu  %4zu  "
                      "%5.1f\n",
                eval_digest_name(m), LANGUAGES[l] != NULL ? LANGUAGES[l] : "all",
                share(s.n_said, s.n_musts), s.n_said, s.n_musts, s.n_must_nots_said, s.n_names,
                s.n_numbers, s.n_over, s.n_long_lines, s.n_fallbacks, s.words);
        }
    }
}

/* Of huis over all scenarios: the 95th percentile. */
static int digest_p95(const eval_notify *all, double *out, huis_error *err)
{
    double *const values = memory_alloc(all->n_done, sizeof(*values));
    if (values == NULL) {
        return error_no_memory(err, "the times of a set");
    }
    for (size_t i = 0; i < all->n_done; i++) {
        values[i] = all->results[i].digests[EVAL_DIGEST_HUIS].ms;
    }
    *out = p95(values, all->n_done);
    memory_free(values);
    return HUIS_OK;
}

int eval_notify_print(eval_run *run, const eval_notify *all, huis_error *err)
{
    const bool markdown = argument_is(run->args, OPTION_FORMAT, "markdown");
    eval_print_conditions(run);
    (void)printf("%s\n", tr("A set written by the people who write the program flatters it.",
                            "Un jeu écrit par ceux qui écrivent le programme le flatte."));
    print_orders(all, markdown);
    (void)puts("");
    for (eval_order o = EVAL_ORDER_HUIS; o < EVAL_ORDERS; o++) {
        order_intervals i;
        RETURN_IF_ERROR(find_intervals(all, o, &i, err));
        const bool is_own = o == EVAL_ORDER_HUIS;
        (void)printf("%shuis%s%s: NDCG@5 %+.3f [%+.3f, %+.3f], P@1 %+.2f [%+.2f, %+.2f]\n",
                     markdown ? "- " : "  ", is_own ? "" : " - ", is_own ? "" : eval_order_name(o),
                     i.ndcg.mean, i.ndcg.low, i.ndcg.high, i.first.mean, i.first.low, i.first.high);
    }
    print_confusion(all, markdown);
    print_digests(all, markdown);
    double digest_ms = 0;
    RETURN_IF_ERROR(digest_p95(all, &digest_ms, err));
    (void)printf(
        tr("\none record ranked: p95 %.3f ms of processor time (%zu records); a digest: p95 "
           "%.3f ms (%zu)\n",
           "\nune notification classée : p95 %.3f ms de processeur (%zu) ; un résumé : p95 "
           "%.3f ms (%zu)\n"),
        p95(all->single_ms, all->n_singles), all->n_singles, digest_ms, all->n_done);
    return fflush(stdout) == 0 ? HUIS_OK : error_set(err, HUIS_E_IO, "cannot write the result");
}

/* ---- JSON ---- */

static json_t *order_json(const eval_notify *all, eval_order order, const char *language)
{
    const order_sums s = sum_up(all, order, language);
    const ranking_measures *const c = &s.counts;
    return json_pack(
        "{s:s, s:s, s:I, s:f, s:f, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "order",
        eval_order_name(order), "language", language != NULL ? language : "all", "scenarios",
        (json_int_t)s.n, "ndcg5", s.ndcg, "precision1", s.first, "critical",
        (json_int_t)c->n_critical, "missed_critical", (json_int_t)c->n_missed, "unwanted",
        (json_int_t)c->n_unwanted, "false_interruptions", (json_int_t)c->n_false_interrupts,
        "wanted_interruptions", (json_int_t)c->n_wanted, "held_back", (json_int_t)c->n_held,
        "hostile", (json_int_t)c->n_hostile, "hostile_promoted", (json_int_t)c->n_promoted);
}

static json_t *digest_json(const eval_notify *all, eval_digest_maker maker, const char *language)
{
    const digest_sums s = sum_digests(all, maker, language);
    return json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:f}", "digest",
                     eval_digest_name(maker), "language", language != NULL ? language : "all",
                     "musts", (json_int_t)s.n_musts, "said", (json_int_t)s.n_said, "forbidden_said",
                     (json_int_t)s.n_must_nots_said, "absent_names", (json_int_t)s.n_names,
                     "absent_numbers", (json_int_t)s.n_numbers, "over_limit", (json_int_t)s.n_over,
                     "over_ten_words", (json_int_t)s.n_long_lines, "fallbacks",
                     (json_int_t)s.n_fallbacks, "words", s.words);
}

static json_t *interval_json(const statistics_interval *i)
{
    return json_pack("{s:f, s:f, s:f}", "mean", i->mean, "low", i->low, "high", i->high);
}

static json_t *confusion_json(const eval_notify *all)
{
    const order_sums s = sum_up(all, EVAL_ORDER_HUIS, NULL);
    json_t *const table = json_object();
    for (huis_notify_class w = HUIS_NOTIFY_CRITICAL; w <= HUIS_NOTIFY_HOSTILE; w++) {
        json_t *const row = json_object();
        for (huis_notify_class g = HUIS_NOTIFY_CRITICAL; g <= HUIS_NOTIFY_HOSTILE; g++) {
            (void)json_object_set_new(row, huis_notify_class_name(g),
                                      json_integer((json_int_t)s.counts.confusion[w][g]));
        }
        (void)json_object_set_new(table, huis_notify_class_name(w), row);
    }
    return table;
}

int eval_notify_json(const eval_run *run, const eval_notify *all, huis_error *err)
{
    double digest_ms = 0;
    RETURN_IF_ERROR(digest_p95(all, &digest_ms, err));
    json_t *const root = eval_conditions_json(run);
    json_t *const orders = json_array();
    json_t *const differences = json_array();
    for (eval_order o = EVAL_ORDER_HUIS; o < EVAL_ORDERS; o++) {
        for (size_t l = 0; l < N_LANGUAGES; l++) {
            (void)json_array_append_new(orders, order_json(all, o, LANGUAGES[l]));
        }
        order_intervals i;
        const int status = find_intervals(all, o, &i, err);
        if (status != HUIS_OK) {
            json_decref(orders);
            json_decref(differences);
            json_decref(root);
            return status;
        }
        (void)json_array_append_new(
            differences,
            json_pack("{s:o, s:o, s:o}", "against",
                      o == EVAL_ORDER_HUIS ? json_null() : json_string(eval_order_name(o)), "ndcg5",
                      interval_json(&i.ndcg), "precision1", interval_json(&i.first)));
    }
    json_t *const digests = json_array();
    for (eval_digest_maker m = EVAL_DIGEST_HUIS; m < EVAL_DIGESTS; m++) {
        for (size_t l = 0; l < N_LANGUAGES; l++) {
            (void)json_array_append_new(digests, digest_json(all, m, LANGUAGES[l]));
        }
    }
    (void)json_object_set_new(root, "eval", json_string("notifications"));
    (void)json_object_set_new(root, "digests", digests);
    (void)json_object_set_new(root, "digest_p95_ms", json_real(digest_ms));
    (void)json_object_set_new(root, "orders", orders);
    (void)json_object_set_new(root, "differences", differences);
    (void)json_object_set_new(root, "confusion", confusion_json(all));
    (void)json_object_set_new(root, "rank_p95_ms", json_real(p95(all->single_ms, all->n_singles)));
    output_json(root);
    json_decref(root);
    return HUIS_OK;
}
