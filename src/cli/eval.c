/*
 * eval.c - huis eval NAME: the table of evaluations and what they share.
 */
#include "cli/eval.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/cpu.h"
#include "base/error.h"
#include "cli/model_choice.h"
#include "huis/huis.h"

enum { NAME_BYTES = 512, BRAND_BYTES = 64, DATE_BYTES = 16, PROGRESS_BYTES = 160 };

typedef struct evaluation {
    const char *name; /* of "eval NAME" */
    int (*run)(eval_run *run, huis_error *err);
} evaluation;

static const evaluation EVALUATIONS[] = {
    {"eval summaries", eval_summaries},
    {"eval check", eval_check},
    {"eval notifications", eval_notifications},
};

static volatile sig_atomic_t interrupted;

static void on_interrupt(int number)
{
    (void)number;
    interrupted = 1;
}

bool eval_is_interrupted(void)
{
    return interrupted != 0;
}

static void watch_interrupt(void)
{
    struct sigaction action = {.sa_handler = on_interrupt, .sa_flags = (int)SA_RESETHAND};
    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(SIGINT, &action, NULL);
}

static int hash_model(eval_run *run, huis_error *err)
{
    buffer path;
    buffer_init(&path, PATH_MAX);
    int status = model_choice_path(&path, run->args, err);
    const int fd = status == HUIS_OK ? open(buffer_string(&path), O_RDONLY | O_CLOEXEC) : -1;
    if (status == HUIS_OK && fd < 0) {
        status = error_from_errno(err, "open", buffer_string(&path));
    }
    if (status == HUIS_OK) {
        status = sha256_of_fd(fd, buffer_string(&path), NULL, NULL, run->model_hash, err);
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    buffer_deinit(&path);
    return status;
}

int eval_open_model(eval_run *run, bool may_go_without, huis_error *err)
{
    progress_say(&run->line, tr("loading the model ...", "chargement du modèle ..."));
    int status = model_choice_open(&run->model, run->args, err);
    progress_clear(&run->line);
    if ((status == HUIS_E_NO_MODEL || status == HUIS_E_NOT_FOUND) && may_go_without) {
        output_note(run->args, tr("huis: %s (going on without)", "huis: %s (sans lui)"),
                    err->message);
        return HUIS_OK;
    }
    if (status == HUIS_OK) {
        status = huis_session_new(&run->session, run->model, err);
    }
    if (status == HUIS_OK) {
        status = huis_session_new(&run->plain, run->model, err);
    }
    if (status == HUIS_OK) {
        run->info.struct_size = sizeof(run->info);
        status = huis_model_get_info(run->model, &run->info);
    }
    if (status == HUIS_OK) {
        status = model_choice_name(&run->model_name, run->args, run->info.name);
    }
    return status == HUIS_OK ? hash_model(run, err) : status;
}

void eval_progress_begin(eval_run *run)
{
    run->started_us = clock_monotonic_us();
}

void eval_progress(eval_run *run, const char *set, size_t n_done, size_t n_items)
{
    char words[PROGRESS_BYTES];
    const double seconds = (double)(clock_monotonic_us() - run->started_us) / 1e6;
    const double left = n_done > 0 ? seconds / (double)n_done * (double)(n_items - n_done) : 0.0;
    if (n_done == 0) {
        (void)snprintf(words, sizeof(words), tr("%s: %zu items", "%s : %zu textes"), set, n_items);
    } else if (left < 100) {
        (void)snprintf(words, sizeof(words),
                       tr("%s: %zu of %zu, %.0f s left", "%s : %zu sur %zu, encore %.0f s"), set,
                       n_done, n_items, left);
    } else {
        (void)snprintf(words, sizeof(words),
                       tr("%s: %zu of %zu, %.0f min left", "%s : %zu sur %zu, encore %.0f min"),
                       set, n_done, n_items, left / 60);
    }
    progress_say(&run->line, words);
}

span eval_choice_name(option_id id, size_t i)
{
    const char *at = option_find(id)->choices;
    for (; i > 0 && strchr(at, '|') != NULL; i--) {
        at = strchr(at, '|') + 1;
    }
    return span_from(at, strcspn(at, "|"));
}

static void today(char out[DATE_BYTES])
{
    const time_t now = (time_t)(clock_wall_us() / 1000000);
    struct tm parts;
    if (gmtime_r(&now, &parts) == NULL || strftime(out, DATE_BYTES, "%Y-%m-%d", &parts) == 0) {
        out[0] = '\0';
    }
}

json_t *eval_conditions_json(const eval_run *run)
{
    const span half = eval_choice_name(OPTION_HALF, run->half);
    char brand[BRAND_BYTES];
    char date[DATE_BYTES];
    cpu_brand(brand, sizeof(brand));
    today(date);
    json_t *const o = json_pack("{s:s, s:s, s:s, s:s%, s:I, s:b}", "version", huis_version(),
                                "date", date, "cpu", brand, "half", half.ptr, half.len, "limit",
                                (json_int_t)run->limit, "partial", (int)run->is_partial);
    json_t *const model =
        run->model == NULL
            ? json_null()
            : json_pack("{s:s, s:s, s:s, s:s, s:I}", "name", buffer_string(&run->model_name),
                        "quantisation", run->info.quantisation, "sha256", run->model_hash, "level",
                        run->info.level, "threads", (json_int_t)run->info.n_threads);
    (void)json_object_set_new(o, "model", model);
    return o;
}

/* The command as typed, without what is of this machine only. */
static void print_command(const eval_run *run)
{
    (void)printf("huis %s", run->args->command->name);
    for (size_t i = 0; i < N_OPTIONS; i++) {
        const char *const value = run->args->values[OPTIONS[i].id];
        if (value == NULL) {
            continue;
        }
        const bool is_path = OPTIONS[i].id == OPTION_DATA || OPTIONS[i].id == OPTION_SAMPLES;
        const char *const shown = OPTIONS[i].id == OPTION_MODEL ? buffer_string(&run->model_name)
                                  : is_path                     ? OPTIONS[i].value_name
                                                                : value;
        (void)printf(" --%s%s%s", OPTIONS[i].name, shown[0] != '\0' ? " " : "", shown);
    }
}

void eval_print_conditions(eval_run *run)
{
    if (run->is_announced) {
        return;
    }
    run->is_announced = true;
    const bool markdown = argument_is(run->args, OPTION_FORMAT, "markdown");
    char brand[BRAND_BYTES];
    char date[DATE_BYTES];
    cpu_brand(brand, sizeof(brand));
    today(date);
    (void)fputs(markdown ? "`" : "", stdout);
    print_command(run);
    (void)printf("%s, huis %s, %s, %s", markdown ? "`" : "", huis_version(), brand, date);
    if (run->model != NULL) {
        (void)printf(tr(", model %s %s (SHA-256 %.16s…), %u threads, %s",
                        ", modèle %s %s (SHA-256 %.16s…), %u fils, %s"),
                     buffer_string(&run->model_name), run->info.quantisation, run->model_hash,
                     run->info.n_threads, run->info.level);
    }
    (void)puts(markdown ? "." : "");
}

static const evaluation *find_evaluation(const char *name)
{
    for (size_t i = 0; i < sizeof(EVALUATIONS) / sizeof(EVALUATIONS[0]); i++) {
        if (strcmp(EVALUATIONS[i].name, name) == 0) {
            return &EVALUATIONS[i];
        }
    }
    return NULL;
}

int run_eval(const arguments *args)
{
    const evaluation *const e = find_evaluation(args->command->name);
    huis_error err = {0};
    eval_run run = {.args = args,
                    .directory = argument_string(args, OPTION_DATA, NULL),
                    .half = (eval_half)argument_choice(args, OPTION_HALF, EVAL_HALF_FIRST),
                    .limit = argument_unsigned(args, OPTION_LIMIT, 0)};
    if (run.directory == NULL || e == NULL) {
        return output_usage_error(args->command, "%s",
                                  tr("--data DIR is needed: the directory of the sets",
                                     "--data DIR est nécessaire : le dossier des jeux de textes"));
    }
    buffer_init(&run.model_name, NAME_BYTES);
    progress_begin(&run.line, args);
    watch_interrupt();
    int status = e->run(&run, &err);
    progress_end(&run.line);
    if (status == HUIS_OK && run.is_partial) {
        status = error_set(&err, HUIS_E_CANCELLED, "%s",
                           tr("interrupted: the figures are of the items done until then",
                              "interrompu : les chiffres sont ceux des textes déjà traités"));
    }
    huis_session_free(run.session);
    huis_session_free(run.plain);
    huis_model_unref(run.model);
    buffer_deinit(&run.model_name);
    return status == HUIS_OK ? output_finish() : output_error(&err);
}
