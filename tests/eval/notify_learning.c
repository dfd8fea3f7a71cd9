/*
 * notify_learning.c - the learning track: ten personas whose tastes the ranker is not told.
 *
 *   notify-learning FILE...        (scenarios: tests/eval/notifications)
 *
 * A persona's world is thirty records of one scenario, drawn by its number: what its apps show day by
 * day. Verdicts fall on them, and lists of ten of them are ranked. A persona wants what
 * a third of the apps shows (grade 3; opened or up) and can do without that of another third (grade 0;
 * dismissed or down); at event 40 one taste turns round. After 0, 20, 40
 * and 60 verdicts each scenario is ranked, with the persona's own grades: NDCG@5, and criticals that
 * are not in the first places. Prints one line for each number of verdicts and ends with the gain.
 * All choices come from a seeded generator.
 */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "huis/notify.h"

enum {
    PERSONAS = 10,
    EVENTS = 60,
    DRIFT = 40,
    MAX_SCENES = 256,
    MAX_RECORDS = 1024,
    FIRST = 5,
    LISTS = 20,
    IN_LIST = 10,
    IN_WORLD = 30
};

typedef struct scene {
    huis_notifications *records;
    huis_notify_context *context;
    int grades[MAX_RECORDS];
    bool critical[MAX_RECORDS], taught[MAX_RECORDS];
} scene;

typedef struct pool {
    scene scenes[MAX_SCENES];
    size_t n_scenes;
} pool;

/* ---- reading ---- */

static bool read_scene(const json_t *item, scene *out)
{
    char *text = NULL;
    size_t len = 0;
    FILE *const lines = open_memstream(&text, &len);
    const json_t *const records = json_object_get(item, "records");
    const json_t *const labels = json_object_get(item, "labels");
    size_t i = 0;
    const json_t *record = NULL;
    json_array_foreach(records, i, record)
    {
        char *const line = json_dumps(record, JSON_COMPACT);
        (void)fprintf(lines, "%s\n", line);
        free(line);
    }
    (void)fclose(lines);
    char *const context = json_dumps(json_object_get(item, "context"), JSON_COMPACT);
    huis_error err;
    const bool ok =
        huis_notifications_read(text, len, &out->records, &err) == HUIS_OK &&
        huis_notify_context_read(context, strlen(context), &out->context, &err) == HUIS_OK;
    free(text);
    free(context);
    const json_t *label = NULL;
    json_array_foreach(labels, i, label)
    {
        const char *const cls = json_string_value(json_object_get(label, "class"));
        out->grades[i] = (int)json_integer_value(json_object_get(label, "grade"));
        out->critical[i] = strcmp(cls, "critical") == 0;
        out->taught[i] = !out->critical[i] && strcmp(cls, "hostile") != 0;
    }
    return ok && out->records->n_items == json_array_size(labels);
}

static bool read_file(const char *path, pool *out)
{
    FILE *const in = fopen(path, "r");
    char *line = NULL;
    size_t capacity = 0;
    bool ok = in != NULL;
    while (ok && getline(&line, &capacity, in) > 0 && out->n_scenes < MAX_SCENES) {
        json_error_t why;
        json_t *const item = json_loads(line, 0, &why);
        ok = item != NULL && read_scene(item, &out->scenes[out->n_scenes]);
        out->n_scenes += ok;
        json_decref(item);
    }
    free(line);
    if (in != NULL) {
        (void)fclose(in);
    }
    return ok;
}

static void pool_free(pool *p)
{
    for (size_t i = 0; p != NULL && i < p->n_scenes; i++) {
        (void)huis_notifications_free(p->scenes[i].records);
        (void)huis_notify_context_free(p->scenes[i].context);
    }
    free(p);
}

/* ---- tastes ---- */

typedef struct taste {
    uint32_t seed;
} taste;

/* -1 dislikes, 0, 1 likes: by app, in a way that the ranker is not told. */
static int liking(const huis_notification *record, taste t, bool turned)
{
    uint32_t hash = 2166136261u ^ t.seed;
    for (const char *c = record->app; *c != '\0'; c++) {
        hash = (hash ^ (unsigned char)*c) * 16777619u;
    }
    hash ^= hash >> 15;
    const uint32_t part = hash % 9u;
    const int sign = part < 3 ? 1 : part < 6 ? -1 : 0;
    return turned && (part == 1 || part == 4) ? -sign : sign;
}

static int own_grade(const scene *s, size_t record, taste t, bool turned)
{
    const int base = s->grades[record];
    if (!s->taught[record]) {
        return base;
    }
    const int like = liking(&s->records->items[record], t, turned);
    return like > 0 ? 3 : like < 0 ? 0 : base;
}

/* ---- measuring ---- */

typedef struct figures {
    double ndcg;
    size_t n, missed;
} figures;

static int by_grade(const void *a, const void *b)
{
    return *(const int *)b - *(const int *)a;
}

static double gain_of(const int *grades, size_t n)
{
    double sum = 0.0;
    for (size_t i = 0; i < n && i < FIRST; i++) {
        sum += (pow(2.0, grades[i]) - 1.0) / log2((double)i + 2.0);
    }
    return sum;
}

static void measure_list(const scene *s, const size_t *chosen, size_t n, taste t, bool turned,
                         const huis_notify_weights *weights, figures *out)
{
    huis_notification records[IN_LIST] = {{0}};
    int grades[IN_LIST] = {0};
    size_t n_critical = 0;
    for (size_t i = 0; i < n; i++) {
        records[i] = s->records->items[chosen[i]];
        n_critical += s->critical[chosen[i]];
    }
    huis_notify_ranking *ranking = NULL;
    huis_error err;
    if (huis_notify_rank(records, n, s->context, weights, NULL, &ranking, &err) != HUIS_OK) {
        return;
    }
    for (size_t i = 0; i < n; i++) {
        const size_t record = chosen[ranking->items[i].record];
        grades[i] = own_grade(s, record, t, turned);
        out->missed += s->critical[record] && i >= (n_critical > 3 ? n_critical : 3);
    }
    const double got = gain_of(grades, n);
    qsort(grades, n, sizeof(*grades), by_grade);
    const double best = gain_of(grades, n);
    if (best > 0.0) {
        out->ndcg += got / best;
        out->n++;
    }
    (void)huis_notify_ranking_free(ranking);
}

typedef struct world {
    const scene *s;
    size_t records[IN_WORLD];
    size_t n;
} world;

static void draw_world(const pool *p, uint32_t number, world *out)
{
    rng numbers;
    rng_init(&numbers, 1000 + number);
    *out = (world){.s = &p->scenes[number % p->n_scenes]};
    bool used[MAX_RECORDS] = {false};
    const size_t n = out->s->records->n_items;
    for (int tries = 0; tries < 5000 && out->n < IN_WORLD && out->n < n; tries++) {
        const size_t at = rng_next_below(&numbers, (uint32_t)n);
        if (!used[at]) {
            used[at] = true;
            out->records[out->n++] = at;
        }
    }
}

/* Lists of ten with one critical at most, as days are; the same for every number of verdicts. */
static void measure(const world *w, taste t, bool turned, const huis_notify_weights *weights,
                    figures *out)
{
    rng numbers;
    rng_init(&numbers, 7);
    for (size_t k = 0; k < LISTS; k++) {
        bool used[IN_WORLD] = {false};
        size_t chosen[IN_LIST];
        size_t n_list = 0;
        size_t n_critical = 0;
        for (int tries = 0; tries < 500 && n_list < IN_LIST; tries++) {
            const size_t at = rng_next_below(&numbers, (uint32_t)w->n);
            const bool critical = w->s->critical[w->records[at]];
            if (used[at] || (critical && n_critical > 0)) {
                continue;
            }
            used[at] = true;
            n_critical += critical;
            chosen[n_list++] = w->records[at];
        }
        measure_list(w->s, chosen, n_list, t, turned, weights, out);
    }
}

/* ---- one persona ---- */

static bool teach(const world *w, taste t, bool turned, rng *numbers, huis_notify_weights *weights)
{
    const scene *const s = w->s;
    size_t record = 0;
    int like = 0;
    /* A person gives a verdict where there is something to say. */
    for (int tries = 0; tries < 64 && like == 0; tries++) {
        record = w->records[rng_next_below(numbers, (uint32_t)w->n)];
        like = s->taught[record] ? liking(&s->records->items[record], t, turned) : 0;
    }
    const bool firm = rng_next(numbers) % 2 == 0;
    const huis_notify_verdict verdict = like >= 0
                                            ? (firm ? HUIS_VERDICT_UP : HUIS_VERDICT_OPENED)
                                            : (firm ? HUIS_VERDICT_DOWN : HUIS_VERDICT_DISMISSED);
    huis_error err;
    return huis_notify_learn(weights, &s->records->items[record], s->context, verdict, &err) ==
           HUIS_OK;
}

static bool run_persona(const pool *p, uint32_t number, figures out[4])
{
    const taste t = {number * 2654435761u};
    world w;
    draw_world(p, number, &w);
    huis_notify_weights *weights = NULL;
    huis_error err;
    rng numbers;
    rng_init(&numbers, number);
    bool ok = huis_notify_weights_new(&weights, &err) == HUIS_OK;
    if (ok) {
        measure(&w, t, false, NULL, &out[0]);
    }
    for (int e = 1; e <= EVENTS && ok; e++) {
        ok = teach(&w, t, e > DRIFT, &numbers, weights);
        if (e % 20 == 0) {
            measure(&w, t, e > DRIFT, weights, &out[e / 20]);
        }
    }
    (void)huis_notify_weights_free(weights);
    return ok;
}

int main(int argc, char **argv)
{
    pool *const p = calloc(1, sizeof(*p));
    bool ok = p != NULL && argc > 1;
    for (int i = 1; i < argc && ok; i++) {
        ok = read_file(argv[i], p);
    }
    figures all[4] = {{0}};
    for (uint32_t k = 1; k <= PERSONAS && ok; k++) {
        ok = run_persona(p, k, all);
    }
    pool_free(p);
    if (!ok) {
        (void)fprintf(stderr, "notify-learning: a file is missing or no list of scenarios\n");
        return 1;
    }
    for (int i = 0; i < 4; i++) {
        (void)printf("# %2d verdicts%s: NDCG@5 %.3f, criticals missed %zu\n", i * 20,
                     i == 3 ? " (a taste turned at 40)" : "", all[i].ndcg / (double)all[i].n,
                     all[i].missed);
    }
    const double gain = all[1].ndcg / (double)all[1].n - all[0].ndcg / (double)all[0].n;
    const bool good =
        gain >= 0.03 && all[1].missed <= all[0].missed && all[3].missed <= all[0].missed;
    (void)printf("1..1\n%s 1 - 20 verdicts raise NDCG@5 by 0.03 and miss no critical (%.3f)\n",
                 good ? "ok" : "not ok", gain);
    return good ? 0 : 1;
}
