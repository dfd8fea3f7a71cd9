/*
 * eval_summaries.c - huis eval summaries: huis beside the start of the text and beside the same model
 * simply asked, on the same items at the same limit.
 */
#include "cli/eval_summaries.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/memory.h"
#include "eval/baseline.h"

/* The order of --baselines' choices. */
enum { BASELINES_ALL = 0, BASELINES_LEAD = 1, BASELINES_ONLY = 2 };
enum { SAMPLES_BYTES = 16 << 20, SAMPLES_MODE = 0600 };

/* The limit of a kind that is not the set's own. */
static uint32_t words_of_kind(huis_summary_kind kind)
{
    const bool is_list = kind == HUIS_SUMMARY_KEY_POINTS || kind == HUIS_SUMMARY_ACTION_ITEMS ||
                         kind == HUIS_SUMMARY_TABLE || kind == HUIS_SUMMARY_DIGEST;
    return kind == HUIS_SUMMARY_HEADLINE ? 12 : is_list ? 100 : 25;
}

static int summarize(const eval_run *run, const eval_outcome *o, const eval_item *item,
                     arena *memory, eval_answer *out, huis_error *err)
{
    huis_summarize_options options;
    huis_summarize_options_default(&options);
    options.kind = o->kind;
    options.mode = o->mode;
    options.genre = o->set->genre;
    options.max_words = o->max_words;
    options.focus = item->focus;
    huis_session *const session = o->mode == HUIS_SUMMARY_EXTRACT ? NULL : run->session;
    huis_summary *s = NULL;
    const int64_t start_us = clock_monotonic_us();
    RETURN_IF_ERROR(
        huis_summarize(item->text.ptr, item->text.len, &options, session, NULL, NULL, &s, err));
    out->seconds = (double)(clock_monotonic_us() - start_us) / 1e6;
    out->first_seconds = s->first_item_ms / 1e3;
    out->n_fallbacks = s->n_fallbacks;
    out->text = arena_copy(memory, span_from_string(s->text));
    huis_summary_free(s);
    return out->text != NULL ? HUIS_OK : error_no_memory(err, "a summary");
}

static int lead(eval_system system, const eval_outcome *o, const eval_item *item, arena *memory,
                eval_answer *out, huis_error *err)
{
    const span text = system == EVAL_LEAD_CUT ? baseline_lead_cut(item->text, o->max_words)
                                              : baseline_lead_sentences(item->text, o->max_words);
    out->text = arena_copy(memory, text);
    return out->text != NULL ? HUIS_OK : error_no_memory(err, "a summary");
}

static int answer(const eval_run *run, eval_outcome *o, eval_system system, size_t i,
                  const measure_source *source, huis_error *err)
{
    const eval_item *const item = &o->items.items[i];
    eval_answer *const a = &o->answers[system][i];
    int status = HUIS_OK;
    if (system == EVAL_HUIS) {
        status = summarize(run, o, item, &o->items.memory, a, err);
    } else if (system == EVAL_ASKED) {
        status = eval_ask(run, o, item, &o->items.memory, a, err);
    } else {
        status = lead(system, o, item, &o->items.memory, a, err);
    }
    if (status != HUIS_OK) {
        return status;
    }
    const span text = span_from_string(a->text);
    RETURN_IF_ERROR(rouge_compare(text, item->references, item->n_references, &a->rouge, err));
    return measure_text(source, text, o->max_words, &a->m, err);
}

static int run_item(const eval_run *run, eval_outcome *o, size_t i, huis_error *err)
{
    measure_source *source = NULL;
    int status = measure_source_new(&source, o->items.items[i].text, err);
    for (eval_system s = EVAL_HUIS; s < EVAL_SYSTEMS && status == HUIS_OK; s++) {
        if (o->answers[s] != NULL) {
            status = answer(run, o, s, i, source, err);
        }
    }
    measure_source_free(source);
    return status;
}

/* After Ctrl-C the worker, which the terminal interrupts too, may be what fails. */
static int run_items(eval_run *run, eval_outcome *o, huis_error *err)
{
    eval_progress_begin(run);
    for (size_t i = 0; i < o->items.count; i++) {
        eval_progress(run, o->set->name, i, o->items.count);
        const int status = run_item(run, o, i, err);
        if (eval_is_interrupted()) {
            run->is_partial = true;
            o->n_done += status == HUIS_OK;
            break;
        }
        if (status != HUIS_OK) {
            progress_clear(&run->line);
            return error_prefix(err, status, o->items.items[i].id);
        }
        o->n_done++;
    }
    progress_clear(&run->line);
    return HUIS_OK;
}

static int set_up(eval_run *run, eval_outcome *o, const eval_set *set, huis_error *err)
{
    const int baselines = argument_choice(run->args, OPTION_BASELINES, BASELINES_ALL);
    const int kind = argument_choice(run->args, OPTION_KIND, -1);
    o->set = set;
    o->mode = (huis_summary_mode)argument_choice(run->args, OPTION_MODE, HUIS_SUMMARY_AUTO);
    const span mode = eval_choice_name(OPTION_MODE, o->mode);
    (void)snprintf(o->label, sizeof(o->label), "huis, %.*s", (int)mode.len, mode.ptr);
    o->kind = kind >= 0 ? (huis_summary_kind)(kind + 1) : set->kind;
    o->max_words = (uint32_t)argument_unsigned(
        run->args, OPTION_WORDS, o->kind == set->kind ? set->max_words : words_of_kind(o->kind));
    RETURN_IF_ERROR(
        eval_data_read(&o->items, set, o->kind, run->directory, run->half, run->limit, err));
    for (eval_system s = EVAL_HUIS; s < EVAL_SYSTEMS; s++) {
        const bool is_run =
            (s != EVAL_HUIS || baselines != BASELINES_ONLY) &&
            (s != EVAL_ASKED || (run->session != NULL && baselines != BASELINES_LEAD));
        if (!is_run) {
            continue;
        }
        o->answers[s] = memory_alloc(o->items.count, sizeof(*o->answers[s]));
        if (o->answers[s] == NULL) {
            return error_no_memory(err, "the answers of a set");
        }
    }
    return HUIS_OK;
}

static void outcome_deinit(eval_outcome *o)
{
    for (eval_system s = EVAL_HUIS; s < EVAL_SYSTEMS; s++) {
        memory_free(o->answers[s]);
    }
    eval_items_deinit(&o->items);
}

/* A set that failed half way is reported as far as it came. */
static int run_set(eval_run *run, const eval_set *set, json_t *sets, buffer *samples,
                   huis_error *err)
{
    eval_outcome o = {0};
    int status = set_up(run, &o, set, err);
    if (status == HUIS_OK) {
        status = run_items(run, &o, err);
    }
    huis_error failure = {0};
    int reported = HUIS_OK;
    if (o.n_done > 0 && argument_is(run->args, OPTION_FORMAT, "json")) {
        json_t *one = NULL;
        reported = eval_report_json(&o, &one, &failure);
        (void)json_array_append_new(sets, one);
    } else if (o.n_done > 0) {
        eval_print_conditions(run);
        reported = eval_report_print(run, &o, &failure);
    }
    if (o.n_done > 0 && reported == HUIS_OK) {
        reported = eval_samples_append(samples, &o, &failure);
    }
    if (status == HUIS_OK && reported != HUIS_OK) {
        status = reported;
        *err = failure;
    }
    outcome_deinit(&o);
    return status;
}

static int run_sets(eval_run *run, json_t *sets, buffer *samples, huis_error *err)
{
    const char *const choice = argument_string(run->args, OPTION_SET, "all");
    int status = HUIS_OK;
    for (size_t i = 0; i < N_EVAL_SETS && status == HUIS_OK && !run->is_partial; i++) {
        if ((strcmp(choice, "all") == 0 && !EVAL_SETS[i].is_apart) ||
            strcmp(choice, EVAL_SETS[i].choice) == 0) {
            status = run_set(run, &EVAL_SETS[i], sets, samples, err);
        }
    }
    run->is_partial = run->is_partial || status != HUIS_OK;
    return status;
}

static void print_json(const eval_run *run, json_t *sets)
{
    json_t *const root = eval_conditions_json(run);
    (void)json_object_set_new(root, "eval", json_string("summaries"));
    (void)json_object_set_new(root, "tokenisation", json_string(eval_report_tokenisation()));
    (void)json_object_set(root, "sets", sets);
    output_json(root);
    json_decref(root);
}

/* Without --model, a mode that can do without one does. */
static int open_model(eval_run *run, huis_error *err)
{
    const int mode = argument_choice(run->args, OPTION_MODE, HUIS_SUMMARY_AUTO);
    const bool is_named = argument_string(run->args, OPTION_MODEL, NULL) != NULL;
    if (mode == HUIS_SUMMARY_EXTRACT && !is_named) {
        return HUIS_OK;
    }
    return eval_open_model(run, mode == HUIS_SUMMARY_AUTO && !is_named, err);
}

int eval_summaries(eval_run *run, huis_error *err)
{
    const bool is_json = argument_is(run->args, OPTION_FORMAT, "json");
    const char *const samples_path = argument_string(run->args, OPTION_SAMPLES, NULL);
    RETURN_IF_ERROR(open_model(run, err));
    buffer samples;
    buffer_init(&samples, SAMPLES_BYTES);
    json_t *const sets = json_array();
    int status = run_sets(run, sets, &samples, err);
    if (is_json && json_array_size(sets) > 0) {
        print_json(run, sets);
    }
    if (status == HUIS_OK && samples_path != NULL) {
        status = file_write_atomic(samples_path, buffer_span(&samples), SAMPLES_MODE, err);
    }
    json_decref(sets);
    buffer_deinit(&samples);
    return status;
}
