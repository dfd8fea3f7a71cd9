/*
 * doctor.c - huis doctor: what works on this machine, and what to install for the rest.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include <jansson.h>

#include "base/cpu.h"
#include "cli/environment.h"
#include "cli/model_choice.h"
#include "cli/output.h"
#include "huis/huis.h"
#include "sandbox/sandbox.h"
#include "sandbox/spawn.h"
#include "store/model_store.h"

enum { DETAIL_BYTES = 256, PATH_BYTES = 8192 };

/* One finding. `remedy` is empty when there is nothing to do. */
typedef struct finding {
    const char *what;
    bool ok;
    bool needed; /* false: huis works without, with less */
    char detail[DETAIL_BYTES];
    char remedy[DETAIL_BYTES];
} finding;

static void check_processor(finding *f)
{
    const cpu_features cpu = cpu_detect();
    char brand[64];
    cpu_brand(brand, sizeof(brand));
    f->what = tr("processor", "processeur");
    f->ok = true;
    char levels[64] = "";
    size_t used = 0;
    for (size_t i = 0; cpu_level_at(i) != NULL && used < sizeof(levels); i++) {
        const int n = snprintf(levels + used, sizeof(levels) - used, "%s%s", i > 0 ? ", " : "",
                               cpu_level_at(i));
        used += n > 0 ? (size_t)n : 0;
    }
    (void)snprintf(f->detail, sizeof(f->detail),
                   tr("%s, %u cores, levels %s", "%s, %u cœurs, niveaux %s"), brand,
                   cpu_available(), levels);
    const uint32_t n_cores = cpu_count_cores(CPU_TOPOLOGY);
    if (n_cores > 0 && n_cores < cpu_available()) {
        (void)snprintf(f->remedy, sizeof(f->remedy),
                       tr("they are hardware threads of %u: compare huis bench --threads %u and %u",
                          "ce sont des fils matériels de %u : comparez huis bench --threads %u et "
                          "%u"),
                       n_cores, n_cores, cpu_available());
    }
    if (!cpu.avx2 && !cpu.neon_dot) {
        (void)snprintf(f->remedy, sizeof(f->remedy), "%s",
                       tr("plain C is slow: use small models", "le C simple est lent : "
                                                               "prenez de petits modèles"));
    }
}

static void check_memory(finding *f)
{
    struct sysinfo info = {0};
    char total[32];
    (void)sysinfo(&info);
    const uint64_t bytes = (uint64_t)info.totalram * info.mem_unit;
    output_format_bytes(total, bytes);
    f->what = tr("memory", "mémoire");
    f->ok = bytes >= 1500000000u;
    (void)snprintf(f->detail, sizeof(f->detail), "%s", total);
    if (!f->ok) {
        (void)snprintf(f->remedy, sizeof(f->remedy), "%s",
                       tr("the default model needs about 1 GB free",
                          "le modèle par défaut demande environ 1 Go libre"));
    }
}

static void check_program(finding *f, const char *program, const char *what)
{
    buffer path;
    buffer_init(&path, PATH_BYTES);
    huis_error err = {0};
    f->what = program;
    f->needed = true;
    f->ok = spawn_find_program(&path, program, NULL, &err) == HUIS_OK;
    (void)snprintf(f->detail, sizeof(f->detail), tr("%s: %.200s", "%s : %.200s"), what,
                   f->ok ? buffer_string(&path) : err.message);
    if (!f->ok) {
        (void)snprintf(f->remedy, sizeof(f->remedy), "%s",
                       tr("build or install huis again", "compilez ou installez huis à nouveau"));
    }
    buffer_deinit(&path);
}

static void check_sandbox(finding *f)
{
    sandbox_report report;
    sandbox_probe(&report);
    f->what = tr("sandbox", "bac à sable");
    f->needed = true;
    f->ok = report.no_new_privileges && report.system_calls;
    (void)snprintf(f->detail, sizeof(f->detail),
                   tr("seccomp %s, Landlock ABI %u", "seccomp %s, Landlock ABI %u"),
                   report.system_calls ? tr("up", "actif") : tr("missing", "absent"),
                   report.landlock_abi);
    if (report.landlock_abi == 0) {
        (void)snprintf(
            f->remedy, sizeof(f->remedy), "%s",
            tr("a kernel with Landlock (5.13 and later, lsm=landlock) adds a fence",
               "un noyau avec Landlock (5.13 et plus, lsm=landlock) ajoute une barrière"));
    }
}

static void check_model(finding *f)
{
    huis_error err = {0};
    buffer path;
    buffer_init(&path, PATH_BYTES);
    const arguments no_arguments = {0};
    buffer name;
    buffer_init(&name, DETAIL_BYTES);
    f->what = tr("model", "modèle");
    f->ok = model_choice_path(&path, &no_arguments, &err) == HUIS_OK &&
            model_choice_name(&name, &no_arguments, buffer_string(&path)) == HUIS_OK;
    (void)snprintf(f->detail, sizeof(f->detail), "%.250s",
                   f->ok ? buffer_string(&name)
                         : tr("none installed: summaries are extracts (tier 0)",
                              "aucun : les résumés sont des extraits (niveau 0)"));
    if (!f->ok) {
        (void)snprintf(f->remedy, sizeof(f->remedy), "%.250s", err.message);
    }
    buffer_deinit(&name);
    buffer_deinit(&path);
}

static void check_packed(finding *f)
{
    const arguments no_arguments = {0};
    uint64_t bytes = 0;
    char size[32];
    f->what = tr("packed form of the model", "forme préparée du modèle");
    f->ok = model_choice_packed(&no_arguments, &bytes, NULL) == HUIS_OK;
    output_format_bytes(size, bytes);
    (void)snprintf(f->detail, sizeof(f->detail),
                   f->ok ? tr("%s in the cache", "%s dans le cache")
                         : tr("none: loading is slower", "aucune : le chargement est plus lent"),
                   size);
    if (!f->ok) {
        (void)snprintf(f->remedy, sizeof(f->remedy), "huis model prepare");
    }
}

static void check_pip(finding *f)
{
    static const char *const ARGUMENTS[] = {"-m", "pip", "--version", NULL};
    static const char *const PATHS[] = {"/usr/bin/python3", "/usr/local/bin/python3"};
    f->what = tr("downloads from PyPI", "téléchargements depuis PyPI");
    for (size_t i = 0; i < sizeof(PATHS) / sizeof(PATHS[0]) && !f->ok; i++) {
        spawn_options options;
        spawn_options_default(&options, PATHS[i]);
        options.arguments = ARGUMENTS;
        buffer out;
        buffer_init(&out, 4096);
        spawn_end end = {.exit_code = -1};
        f->ok = spawn_capture(&options, SPAN(""), 20000000, &out, &end, NULL) == HUIS_OK &&
                end.exit_code == 0;
        /* "pip 23.0.1 from /usr/lib/... (python 3.11)": the version is enough. */
        const span line = buffer_span(&out);
        const char *const from = memmem(line.ptr, line.len, " from ", 6);
        const size_t n = from != NULL ? (size_t)(from - line.ptr) : line.len;
        (void)snprintf(f->detail, sizeof(f->detail), "%.*s", (int)n, buffer_string(&out));
        buffer_deinit(&out);
    }
    if (!f->ok) {
        (void)snprintf(f->detail, sizeof(f->detail), "%s",
                       tr("python3 -m pip does not run", "python3 -m pip ne répond pas"));
        (void)snprintf(f->remedy, sizeof(f->remedy), "apt install python3-pip");
    }
}

static void print_finding(const finding *f)
{
    const bool color = environment_wants_color(STDOUT_FILENO);
    const char *const mark = f->ok ? "✓" : f->needed ? "✗" : "–";
    const char *const paint = f->ok ? "\033[32m" : f->needed ? "\033[31m" : "\033[33m";
    (void)printf("%s%s%s %s%s %s\n", color ? paint : "", mark, color ? "\033[0m" : "", f->what,
                 tr(":", " :"), f->detail);
    if (f->remedy[0] != '\0') {
        (void)printf("    -> %s\n", f->remedy);
    }
}

static void print_json(const finding *findings, size_t n, bool works)
{
    json_t *const list = json_array();
    for (size_t i = 0; i < n; i++) {
        (void)json_array_append_new(
            list, json_pack("{s:s, s:b, s:b, s:s, s:s}", "what", findings[i].what, "ok",
                            (int)findings[i].ok, "needed", (int)findings[i].needed, "detail",
                            findings[i].detail, "remedy", findings[i].remedy));
    }
    json_t *const root = json_pack("{s:s, s:b, s:o}", "version", huis_version(), "works",
                                   (int)works, "findings", list);
    output_json(root);
    json_decref(root);
}

int run_doctor(const arguments *args)
{
    finding findings[10] = {0};
    size_t n = 0;
    check_processor(&findings[n++]);
    check_memory(&findings[n++]);
    check_program(&findings[n++], "huis-worker", tr("runs models", "exécute les modèles"));
    check_program(&findings[n++], "huis-reader", tr("reads documents", "lit les documents"));
    check_program(&findings[n++], "huis-reader-pdf", tr("reads PDF", "lit le PDF"));
    check_program(&findings[n++], "huis-egress", tr("downloads", "télécharge"));
    check_sandbox(&findings[n++]);
    check_model(&findings[n++]);
    if (findings[n - 1].ok) {
        check_packed(&findings[n++]);
    }
    check_pip(&findings[n++]);
    bool works = true;
    for (size_t i = 0; i < n; i++) {
        works = works && (findings[i].ok || !findings[i].needed);
    }
    if (argument_is(args, OPTION_FORMAT, "json")) {
        print_json(findings, n, works);
    } else {
        for (size_t i = 0; i < n; i++) {
            print_finding(&findings[i]);
        }
        (void)puts(works ? tr("huis works here.", "huis fonctionne ici.")
                         : tr("huis does not work fully here: see the lines marked ✗.",
                              "huis ne fonctionne pas entièrement ici : voir les lignes ✗."));
    }
    const int code = output_finish();
    return code == EXIT_DONE && !works ? EXIT_INTERNAL : code;
}
