/*
 * head.c - see head.h.
 */
#include "engine/head.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

enum {
    SKIP_MIN = 4, /* tokens without a first stage after one that did not pay */
    SKIP_MAX = 64,
    UNITS_PER_THREAD = 6,    /* at least */
    PANELS_PER_SURVIVOR = 4, /* computed again at most: one panel of so many */
    FREE_SURVIVORS = 32,     /* and so many in any case, by one thread if no more */
    TWO_STAGE_MAX = 8        /* best rows; the bounds do not tell the 40th from the 400th */
};

/* So that no sum of a first stage overflows. */
static const float NORM_MAX = 1e15f;

/* --- Lists --- */

static bool before(engine_candidate a, engine_candidate b)
{
    return a.logit > b.logit || (a.logit == b.logit && a.token < b.token);
}

/* NaN is before nothing. */
static void offer(head_list *l, uint32_t n_wanted, engine_candidate c)
{
    if (isnan(c.logit) || (l->n == n_wanted && !before(c, l->best[n_wanted - 1]))) {
        return;
    }
    uint32_t i = l->n < n_wanted ? l->n++ : n_wanted - 1;
    for (; i > 0 && before(c, l->best[i - 1]); i--) {
        l->best[i] = l->best[i - 1];
    }
    l->best[i] = c;
}

static void offer_rows(head_list *l, uint32_t n_wanted, const float *logits, size_t n, size_t first)
{
    for (size_t i = 0; i < n; i++) {
        const float least = l->n == n_wanted ? l->best[n_wanted - 1].logit : -INFINITY;
        if (logits[i] >= least) {
            offer(l, n_wanted, (engine_candidate){logits[i], (int32_t)(first + i)});
        }
    }
}

uint32_t head_top_of(const float *logits, size_t n_logits, engine_candidate *out, uint32_t n)
{
    head_list list = {.n = 0};
    offer_rows(&list, n, logits, n_logits, 0);
    memcpy(out, list.best, list.n * sizeof(*out));
    return list.n;
}

/* The order is total, so that it does not matter which thread saw what. */
static void merge_lists(const head *h, uint32_t n_wanted, head_list *out)
{
    *out = (head_list){.n = 0};
    for (uint32_t t = 0; t < pool_n_threads(h->parts.team); t++) {
        const head_list *const l = &h->threads[t].list;
        for (uint32_t i = 0; i < l->n; i++) {
            offer(out, n_wanted, l->best[i]);
        }
    }
}

/* --- Passes over the head --- */

/* Whether panels are copied from a file as they are needed. */
static bool is_sparse(const head *h)
{
    return h->parts.part != NULL && h->parts.part->fd > 0;
}

typedef struct head_pass {
    head *h;
    const float *row;
    float *logits;     /* of a whole pass */
    uint32_t n_wanted; /* 0: no list is kept */
    bool gives_back;   /* the next token will not read it all again */
    float least;       /* of the second stage: a logit that n_wanted rows reach */
} head_pass;

static void normalise(const head_pass *p, head_thread *t)
{
    const head_parts *const parts = &p->h->parts;
    parts->ops->rms_norm(p->row, parts->norm, parts->exact->n_cols, parts->epsilon, t->row);
    parts->ops->quantise(&t->x, 0, 1);
}

static size_t units_of(const packed_matrix *m, const pool_worker *w)
{
    const size_t least = (size_t)UNITS_PER_THREAD * w->n_threads;
    const size_t small = (m->n_panels + HEAD_UNIT_PANELS - 1) / HEAD_UNIT_PANELS;
    const size_t wanted = small > least ? small : least;
    return m->n_panels < wanted ? m->n_panels : wanted;
}

static void whole_on_thread(void *user, pool_worker *w)
{
    const head_pass *const p = user;
    const packed_matrix *const m = p->h->parts.exact;
    head_thread *const t = &p->h->threads[w->i_thread];
    const matmul_options options = {.bias = NULL};
    const size_t n_units = units_of(m, w);
    uint32_t unit = 0;
    normalise(p, t);
    pool_loop_begin(w, (uint32_t)n_units);
    while (pool_loop_next(w, &unit)) {
        const size_t begin = m->n_panels * unit / n_units;
        const size_t end = m->n_panels * (unit + 1) / n_units;
        p->h->parts.ops->matmul(m, begin, end, &t->x, p->logits, m->n_rows, &options);
        if (p->n_wanted > 0) {
            const size_t first = begin * KERNEL_PANEL_ROWS;
            const size_t n_rows = kernel_panels(m, begin, end).n_rows;
            offer_rows(&t->list, p->n_wanted, p->logits + first, n_rows, first);
        }
        if (p->gives_back) {
            sparse_give_back(m->data + begin * m->panel_bytes, (end - begin) * m->panel_bytes);
        }
    }
}

/* The norm of the activations as the kernels multiply them, rounded up by more than the product with
 * a bound can lose; what the sum in raise_bounds loses is within what coarse.c allows for. */
static float norm_of(const activations *x)
{
    double sum = 0;
    for (size_t i = 0; i < x->n_blocks; i++) {
        int32_t squares = 0;
        for (size_t j = 0; j < KERNEL_BLOCK; j++) {
            const int32_t q = x->q[i * KERNEL_BLOCK + j];
            squares += q * q;
        }
        sum += (double)x->scale[i] * (double)x->scale[i] * (double)squares;
    }
    return (float)(sqrt(sum) * (1 + 1e-6));
}

/* The largest logit that each panel of a unit can have. */
static void raise_bounds(const float *estimate, const float *bounds, float norm, size_t n_rows,
                         float *upper)
{
    for (size_t i = 0; i < n_rows; i += KERNEL_PANEL_ROWS) {
        const size_t end = i + KERNEL_PANEL_ROWS < n_rows ? i + KERNEL_PANEL_ROWS : n_rows;
        float most = -INFINITY;
        for (size_t j = i; j < end; j++) {
            const float reach = estimate[j] + bounds[j] * norm;
            most = reach > most ? reach : most;
        }
        upper[i / KERNEL_PANEL_ROWS] = most;
    }
}

static void coarse_on_thread(void *user, pool_worker *w)
{
    const head_pass *const p = user;
    const head_parts *const parts = &p->h->parts;
    const packed_matrix *const m = &parts->coarse->panels;
    head_thread *const t = &p->h->threads[w->i_thread];
    const matmul_options options = {.bias = NULL};
    const size_t n_units = units_of(m, w);
    uint32_t unit = 0;
    normalise(p, t);
    const float norm = norm_of(&t->x);
    pool_loop_begin(w, (uint32_t)n_units);
    while (pool_loop_next(w, &unit)) {
        const size_t begin = m->n_panels * unit / n_units;
        const packed_matrix part = kernel_panels(m, begin, m->n_panels * (unit + 1) / n_units);
        const size_t first = begin * KERNEL_PANEL_ROWS;
        parts->ops->matmul(&part, 0, part.n_panels, &t->x, t->estimate, part.n_rows, &options);
        raise_bounds(t->estimate, parts->coarse->bounds + first, norm, part.n_rows,
                     p->h->upper + begin);
        offer_rows(&t->list, p->n_wanted, t->estimate, part.n_rows, first);
    }
}

static void run_pass(head_pass *p, bool alone, pool_fn fn)
{
    for (uint32_t i = 0; i < pool_n_threads(p->h->parts.team); i++) {
        p->h->threads[i].list.n = 0;
    }
    if (alone) {
        pool_run_alone(p->h->parts.team, fn, p);
    } else {
        pool_run(p->h->parts.team, fn, p);
    }
}

/* --- Two stages --- */

/* The exact logits of a panel, offered. The thread's activations are there since the pass. */
static void compute_panel(const head *h, const head_thread *t, size_t i_panel, uint32_t n_wanted,
                          head_list *list)
{
    packed_matrix part = kernel_panels(h->parts.exact, i_panel, i_panel + 1);
    if (is_sparse(h)) {
        part.data =
            sparse_read(h->parts.part, i_panel * part.panel_bytes, part.panel_bytes, t->panel);
    }
    const matmul_options options = {.bias = NULL};
    float logits[KERNEL_PANEL_ROWS];
    h->parts.ops->matmul(&part, 0, 1, &t->x, logits, part.n_rows, &options);
    offer_rows(list, n_wanted, logits, part.n_rows, i_panel * KERNEL_PANEL_ROWS);
}

/* A logit that n_wanted rows reach: those that looked best. */
static float find_least(const head *h, const head_list *likely, uint32_t n_wanted)
{
    float least = INFINITY;
    for (uint32_t i = 0; i < likely->n; i++) {
        const size_t token = (size_t)likely->best[i].token;
        head_list rows = {.n = 0};
        compute_panel(h, &h->threads[0], token / KERNEL_PANEL_ROWS, KERNEL_PANEL_ROWS, &rows);
        float logit = -INFINITY;
        for (uint32_t j = 0; j < rows.n; j++) {
            logit = (size_t)rows.best[j].token == token ? rows.best[j].logit : logit;
        }
        least = logit < least ? logit : least;
    }
    return likely->n == n_wanted ? least : -INFINITY;
}

static size_t count_survivors(const head *h, float least)
{
    size_t n = 0;
    for (size_t i = 0; i < h->parts.exact->n_panels; i++) {
        n += h->upper[i] >= least ? 1 : 0;
    }
    return n;
}

/* The panels from `begin` to `end` that can still reach into the list, or could at first. */
static void compute_survivors(const head_pass *p, const head_thread *t, size_t begin, size_t end,
                              head_list *list)
{
    for (size_t i = begin; i < end; i++) {
        const bool is_full = list->n == p->n_wanted;
        const float wanted = is_full ? list->best[p->n_wanted - 1].logit : p->least;
        if (p->h->upper[i] >= (wanted > p->least ? wanted : p->least)) {
            compute_panel(p->h, t, i, p->n_wanted, list);
        }
    }
}

static void survivors_on_thread(void *user, pool_worker *w)
{
    const head_pass *const p = user;
    const packed_matrix *const m = p->h->parts.exact;
    head_thread *const t = &p->h->threads[w->i_thread];
    const size_t n_units = units_of(m, w);
    uint32_t unit = 0;
    pool_loop_begin(w, (uint32_t)n_units);
    while (pool_loop_next(w, &unit)) {
        compute_survivors(p, t, m->n_panels * unit / n_units, m->n_panels * (unit + 1) / n_units,
                          &t->list);
    }
}

/* False: the bounds leave too much. */
static bool top_by_two_stages(head *h, const float *row, bool alone, uint32_t n_wanted,
                              head_list *out)
{
    head_pass p = {.h = h, .row = row, .n_wanted = n_wanted};
    head_list likely = {.n = 0};
    run_pass(&p, alone, coarse_on_thread);
    if (!(norm_of(&h->threads[0].x) < NORM_MAX)) {
        return false;
    }
    merge_lists(h, n_wanted, &likely);
    const size_t n_panels = h->parts.exact->n_panels;
    p.least = find_least(h, &likely, n_wanted);
    const size_t n_survivors = count_survivors(h, p.least);
    if (n_survivors > n_panels / PANELS_PER_SURVIVOR + FREE_SURVIVORS) {
        return false;
    }
    if (n_survivors > FREE_SURVIVORS) {
        run_pass(&p, alone, survivors_on_thread);
        merge_lists(h, n_wanted, out);
    } else {
        *out = (head_list){.n = 0};
        compute_survivors(&p, &h->threads[0], 0, n_panels, out);
    }
    return true;
}

static bool wants_two_stages(head *h, uint32_t n_wanted)
{
    if (h->parts.coarse->panels.data == NULL || n_wanted > TWO_STAGE_MAX) {
        return false;
    }
    if (h->skip_left > 0) {
        h->skip_left--;
        return false;
    }
    return true;
}

static void remember(head *h, bool has_paid)
{
    if (has_paid) {
        h->skip_next = SKIP_MIN;
        return;
    }
    h->skip_left = h->skip_next;
    h->skip_next = h->skip_next < SKIP_MAX ? 2 * h->skip_next : SKIP_MAX;
}

uint32_t head_top(head *h, const float *row, bool alone, engine_candidate *out, uint32_t n,
                  float *logits, bool *out_has_logits)
{
    head_list list = {.n = 0};
    bool is_found = false;
    if (wants_two_stages(h, n)) {
        is_found = top_by_two_stages(h, row, alone, n, &list);
        remember(h, is_found);
    }
    if (is_found) {
        h->n_two_stage++;
    } else {
        head_pass p = {.h = h,
                       .row = row,
                       .logits = logits,
                       .n_wanted = n,
                       .gives_back = is_sparse(h) && n <= TWO_STAGE_MAX};
        run_pass(&p, alone, whole_on_thread);
        merge_lists(h, n, &list);
        h->n_whole++;
    }
    memcpy(out, list.best, list.n * sizeof(*out));
    *out_has_logits = !is_found;
    return list.n;
}

void head_logits(head *h, const float *row, bool alone, float *out_logits)
{
    head_pass p = {.h = h, .row = row, .logits = out_logits};
    run_pass(&p, alone, whole_on_thread);
}

/* --- Memory --- */

static int init_thread(head_thread *t, const packed_matrix *m, huis_error *err)
{
    const size_t n_cols = m->n_cols;
    t->row = memory_alloc_aligned(64, n_cols * sizeof(float));
    t->panel = memory_alloc_aligned(64, m->panel_bytes);
    t->estimate =
        memory_alloc_aligned(64, (size_t)HEAD_UNIT_PANELS * KERNEL_PANEL_ROWS * sizeof(float));
    if (t->row == NULL || t->panel == NULL || t->estimate == NULL) {
        return error_no_memory(err, "the work space of the head");
    }
    RETURN_IF_ERROR(activations_init(&t->x, n_cols, err));
    activations_set(&t->x, t->row, n_cols, 1, n_cols, kernel_is_super(m));
    return HUIS_OK;
}

static int init_memory(head *h, huis_error *err)
{
    const uint32_t n_threads = pool_n_threads(h->parts.team);
    h->upper = memory_alloc(h->parts.exact->n_panels, sizeof(*h->upper));
    h->threads = memory_alloc(n_threads, sizeof(*h->threads));
    if (h->upper == NULL || h->threads == NULL) {
        return error_no_memory(err, "the work space of the head");
    }
    for (uint32_t i = 0; i < n_threads; i++) {
        RETURN_IF_ERROR(init_thread(&h->threads[i], h->parts.exact, err));
    }
    return HUIS_OK;
}

int head_init(head *h, const head_parts *parts, huis_error *err)
{
    *h = (head){.parts = *parts, .skip_next = SKIP_MIN};
    const int status = init_memory(h, err);
    if (status < 0) {
        head_deinit(h);
    }
    return status;
}

void head_deinit(head *h)
{
    for (uint32_t i = 0; h->threads != NULL && i < pool_n_threads(h->parts.team); i++) {
        memory_free(h->threads[i].row);
        memory_free(h->threads[i].panel);
        memory_free(h->threads[i].estimate);
        activations_deinit(&h->threads[i].x);
    }
    memory_free(h->threads);
    memory_free(h->upper);
    *h = (head){.threads = NULL};
}
