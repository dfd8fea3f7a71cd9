/*
 * eval_report.c - the table of one set of `huis eval summaries`: means of each system, and the
 * paired differences between huis and each baseline with their 95 % intervals.
 */
#include <stdio.h>

#include "base/error.h"
#include "base/memory.h"
#include "cli/eval_summaries.h"
#include "eval/statistics.h"

static const char *const ROUGE_NAMES[] = {"rouge1", "rouge2", "rougeL"};

/* Of one system over the items done; counts are sums, the rest are means. */
typedef struct system_means {
    double rouge[ROUGE_COUNT]; /* percent */
    double words, coverage, score, supported, fallbacks, seconds, first_seconds;
    size_t n_over, names, numbers, absent_names, absent_numbers;
} system_means;

typedef struct difference {
    statistics_interval rouge[ROUGE_COUNT]; /* points of percent */
} difference;

const char *eval_report_tokenisation(void)
{
    return "runs of letters, marks and digits (Unicode L, M, N) in lower case, no stemming; F1; "
           "several references: the mean";
}

const char *eval_system_name(eval_system system, const eval_outcome *o)
{
    switch (system) {
    case EVAL_LEAD_CUT:
        return "lead, cut";
    case EVAL_LEAD_SENTENCES:
        return "lead, sentences";
    case EVAL_ASKED:
        return "simply asked";
    case EVAL_HUIS:
    case EVAL_SYSTEMS:
        break;
    }
    return o->label;
}

static system_means find_means(const eval_outcome *o, eval_system system)
{
    system_means m = {0};
    const double n = (double)o->n_done;
    for (size_t i = 0; i < o->n_done; i++) {
        const eval_answer *const a = &o->answers[system][i];
        for (size_t k = 0; k < ROUGE_COUNT; k++) {
            m.rouge[k] += 100.0 * a->rouge.f1[k] / n;
        }
        m.words += (double)a->m.n_words / n;
        m.coverage += a->m.coverage / n;
        m.score += a->m.score / n;
        m.supported += a->m.supported ? 1.0 / n : 0.0;
        m.fallbacks += a->n_fallbacks / n;
        m.seconds += a->seconds / n;
        m.first_seconds += a->first_seconds / n;
        m.n_over += a->m.over_limit;
        m.names += a->m.unsupported_names;
        m.numbers += a->m.unsupported_numbers;
        m.absent_names += a->m.absent_names;
        m.absent_numbers += a->m.absent_numbers;
    }
    return m;
}

static int find_difference(const eval_outcome *o, eval_system against, difference *out,
                           huis_error *err)
{
    double *const values = memory_alloc(2 * o->n_done, sizeof(*values));
    int status = values != NULL ? HUIS_OK : error_no_memory(err, "the scores of a set");
    for (size_t k = 0; k < ROUGE_COUNT && status == HUIS_OK; k++) {
        for (size_t i = 0; i < o->n_done; i++) {
            values[i] = 100.0 * o->answers[EVAL_HUIS][i].rouge.f1[k];
            values[o->n_done + i] = 100.0 * o->answers[against][i].rouge.f1[k];
        }
        status = statistics_paired(values, values + o->n_done, o->n_done, &out->rouge[k], err);
    }
    memory_free(values);
    return status;
}

static void print_text_row(const char *name, const system_means *m)
{
    (void)printf(
        "  %-16s %5.1f %5.1f %5.1f  %5.1f %4zu  %5.2f  %4zu %4zu  %4zu %4zu  %5.2f %4.0f%%  "
        "%4.2f  %6.3f %6.3f\n",
        name, m->rouge[0], m->rouge[1], m->rouge[2], m->words, m->n_over, m->coverage, m->names,
        m->numbers, m->absent_names, m->absent_numbers, m->score, 100.0 * m->supported,
        m->fallbacks, m->seconds, m->first_seconds);
}

static void print_markdown_row(const char *name, const system_means *m)
{
    (void)printf("| %s | %.1f / %.1f / %.1f | %.1f | %zu | %.2f | %zu, %zu | %zu, %zu | %.2f | "
                 "%.0f %% | %.2f | %.3f, %.3f |\n",
                 name, m->rouge[0], m->rouge[1], m->rouge[2], m->words, m->n_over, m->coverage,
                 m->names, m->numbers, m->absent_names, m->absent_numbers, m->score,
                 100.0 * m->supported, m->fallbacks, m->seconds, m->first_seconds);
}

static span kind_name(const eval_outcome *o)
{
    return eval_choice_name(OPTION_KIND, (size_t)o->kind - 1);
}

static void print_head(const eval_outcome *o, const eval_run *run, bool markdown)
{
    static const char *const HALVES[] = {"first half", "second half", "both halves"};
    const char *const partial = o->n_done < o->items.count ? " (partial)" : "";
    const span kind = kind_name(o);
    (void)printf("%s%s (%s), %s, %zu items%s, %.*s at %u words%s\n", markdown ? "\n### " : "\n",
                 o->set->name, o->set->language, HALVES[run->half], o->n_done, partial,
                 (int)kind.len, kind.ptr, o->max_words, markdown ? "\n" : "");
    if (markdown) {
        (void)puts(
            "| system | R1 / R2 / RL | words | over | coverage | unsupported names, numbers | "
            "absent (plain) | score | supported | fallbacks | s, first |\n"
            "|---|---|---|---|---|---|---|---|---|---|---|");
    } else {
        (void)puts("                                              cover- unsupported     absent  "
                   "                fall-  s an   s to\n"
                   "  system              R1    R2    RL  words over    age  name  num  name  num  "
                   "score  sup.  back    item  first");
    }
}

static int print_difference(const eval_outcome *o, eval_system against, bool markdown,
                            huis_error *err)
{
    difference d;
    RETURN_IF_ERROR(find_difference(o, against, &d, err));
    (void)printf("%s%s - %s:", markdown ? "\n" : "  ", eval_system_name(EVAL_HUIS, o),
                 eval_system_name(against, o));
    static const char *const SHORT[] = {"R1", "R2", "RL"};
    for (size_t k = 0; k < ROUGE_COUNT; k++) {
        (void)printf("%s %s %+.1f [%+.1f, %+.1f]", k > 0 ? "," : "", SHORT[k], d.rouge[k].mean,
                     d.rouge[k].low, d.rouge[k].high);
    }
    (void)puts(markdown ? "." : "");
    return HUIS_OK;
}

int eval_report_print(const eval_run *run, const eval_outcome *o, huis_error *err)
{
    const bool markdown = argument_is(run->args, OPTION_FORMAT, "markdown");
    print_head(o, run, markdown);
    for (eval_system s = EVAL_HUIS; s < EVAL_SYSTEMS; s++) {
        if (o->answers[s] != NULL) {
            const system_means m = find_means(o, s);
            (markdown ? print_markdown_row : print_text_row)(eval_system_name(s, o), &m);
        }
    }
    for (eval_system s = EVAL_LEAD_CUT; s < EVAL_SYSTEMS && o->answers[EVAL_HUIS] != NULL; s++) {
        if (o->answers[s] != NULL) {
            RETURN_IF_ERROR(print_difference(o, s, markdown, err));
        }
    }
    return fflush(stdout) == 0 ? HUIS_OK : error_set(err, HUIS_E_IO, "cannot write the result");
}

static json_t *system_json(const eval_outcome *o, eval_system system)
{
    const system_means m = find_means(o, system);
    json_t *const out = json_pack(
        "{s:s, s:f, s:I, s:f, s:I, s:I, s:I, s:I, s:f, s:f, s:f, s:f, s:f}", "system",
        eval_system_name(system, o), "words", m.words, "over_limit", (json_int_t)m.n_over,
        "coverage", m.coverage, "unsupported_names", (json_int_t)m.names, "unsupported_numbers",
        (json_int_t)m.numbers, "absent_names", (json_int_t)m.absent_names, "absent_numbers",
        (json_int_t)m.absent_numbers, "score", m.score, "supported", m.supported, "fallbacks",
        m.fallbacks, "seconds", m.seconds, "first_seconds", m.first_seconds);
    for (size_t k = 0; k < ROUGE_COUNT; k++) {
        (void)json_object_set_new(out, ROUGE_NAMES[k], json_real(m.rouge[k]));
    }
    return out;
}

static int difference_json(const eval_outcome *o, eval_system against, json_t *list,
                           huis_error *err)
{
    difference d;
    RETURN_IF_ERROR(find_difference(o, against, &d, err));
    json_t *const out = json_pack("{s:s}", "against", eval_system_name(against, o));
    for (size_t k = 0; k < ROUGE_COUNT; k++) {
        (void)json_object_set_new(out, ROUGE_NAMES[k],
                                  json_pack("{s:f, s:f, s:f}", "mean", d.rouge[k].mean, "low",
                                            d.rouge[k].low, "high", d.rouge[k].high));
    }
    (void)json_array_append_new(list, out);
    return HUIS_OK;
}

int eval_report_json(const eval_outcome *o, json_t **out, huis_error *err)
{
    json_t *const systems = json_array();
    json_t *const differences = json_array();
    int status = HUIS_OK;
    for (eval_system s = EVAL_HUIS; s < EVAL_SYSTEMS && status == HUIS_OK; s++) {
        if (o->answers[s] == NULL) {
            continue;
        }
        (void)json_array_append_new(systems, system_json(o, s));
        if (s != EVAL_HUIS && o->answers[EVAL_HUIS] != NULL) {
            status = difference_json(o, s, differences, err);
        }
    }
    if (status != HUIS_OK) {
        json_decref(systems);
        json_decref(differences);
        return status;
    }
    const span kind = kind_name(o);
    const span mode = eval_choice_name(OPTION_MODE, o->mode);
    *out = json_pack("{s:s, s:s, s:s%, s:s%, s:I, s:I, s:o, s:o}", "set", o->set->name, "language",
                     o->set->language, "kind", kind.ptr, kind.len, "mode", mode.ptr, mode.len,
                     "max_words", (json_int_t)o->max_words, "items", (json_int_t)o->n_done,
                     "systems", systems, "differences", differences);
    return HUIS_OK;
}
