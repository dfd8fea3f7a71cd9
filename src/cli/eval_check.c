/*
 * eval_check.c - huis eval check: how often is the checker right on true and false sentences?
 *
 * --data DIR holds english.txt and french.txt (blocks of "= genre", "S: source", "T: true sentence",
 * "F way: false sentence"), or pairs.jsonl as tools/make_corruptions.py writes it, or both. Each sentence goes
 * through huis_check as the user's would. Balanced accuracy is the mean of the share of true sentences that
 * are supported and of false ones that are not; a way of falsifying is set against the true sentences of the
 * sets that have it.
 */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/memory.h"
#include "cli/eval.h"
#include "cli/eval_data.h"

enum { MAX_GROUPS = 64 };

/* A sentence, what it is and what the checker says. */
typedef struct judged {
    const char *source, *text; /* in the arena */
    const char *set, *language, *genre, *way;
    size_t i_source;
    bool is_true, is_supported;
    double score;
} judged;

typedef struct judged_list {
    judged *list;
    size_t count, capacity, n_done;
    arena memory;
} judged_list;

/* What the lines of a file say of the sentences after them. */
typedef struct context {
    judged now;
    size_t i_source, n_sources, first, end; /* sources of the chosen half: [first, end) */
    bool wanted;
} context;

static const char *keep(judged_list *all, span text)
{
    return arena_copy(&all->memory, text);
}

static int add(judged_list *all, judged one, huis_error *err)
{
    if (one.source == NULL || one.text == NULL || one.way == NULL) {
        return error_no_memory(err, "the sentences of a set");
    }
    if (all->count == all->capacity) {
        const size_t capacity = all->capacity * 2 + 64;
        judged *const list = memory_resize(all->list, capacity, sizeof(*list));
        if (list == NULL) {
            return error_no_memory(err, "the sentences of a set");
        }
        all->list = list;
        all->capacity = capacity;
    }
    all->list[all->count++] = one;
    return HUIS_OK;
}

static bool in_half(const eval_run *run, bool second)
{
    return run->half == EVAL_HALF_ALL || second == (run->half == EVAL_HALF_SECOND);
}

/* "\n" of two characters is a line break. */
static const char *keep_lines(judged_list *all, span text)
{
    char *const copy = arena_copy(&all->memory, text);
    size_t n = 0;
    for (size_t i = 0; copy != NULL && i < text.len; i++) {
        const bool escape = copy[i] == '\\' && i + 1 < text.len && copy[i + 1] == 'n';
        copy[n++] = copy[i];
        if (escape) {
            copy[n - 1] = '\n';
            i++;
        }
    }
    if (copy != NULL) {
        copy[n] = '\0';
    }
    return copy;
}

/* "F way: sentence" */
static int read_false(judged_list *all, const judged *now, span line, huis_error *err)
{
    const char *const colon = memchr(line.ptr, ':', line.len);
    if (colon == NULL || colon + 2 > line.ptr + line.len) {
        return error_set(err, HUIS_E_BAD_FILE, "%s",
                         tr("\"F way: sentence\" is needed", "il faut « F way: phrase »"));
    }
    judged one = *now;
    one.way = keep(all, span_slice(line, 2, (size_t)(colon - line.ptr)));
    one.text = keep(all, span_slice(line, (size_t)(colon - line.ptr) + 2, line.len));
    return add(all, one, err);
}

/* A line of english.txt and french.txt. */
static int read_own_line(judged_list *all, context *at, const eval_run *run, span line,
                         huis_error *err)
{
    const span rest = span_slice(line, line.len < 3 ? line.len : 3, line.len);
    if (span_starts_with(line, SPAN("= "))) {
        at->wanted = in_half(run, at->i_source >= at->n_sources / 2) &&
                     (run->limit == 0 || at->i_source < at->first + run->limit);
        at->i_source++;
        at->now.i_source++;
        at->now.genre = keep(all, span_slice(line, 2, line.len));
        at->now.source = NULL;
        return at->now.genre != NULL ? HUIS_OK : error_no_memory(err, "the sentences of a set");
    }
    if (line.ptr[0] == '#' || !at->wanted) {
        return HUIS_OK;
    }
    if (span_starts_with(line, SPAN("S: "))) {
        at->now.source = keep_lines(all, rest);
        return HUIS_OK;
    }
    if (at->now.source != NULL && span_starts_with(line, SPAN("T: "))) {
        judged one = at->now;
        one.is_true = true;
        one.way = "true";
        one.text = keep(all, rest);
        return add(all, one, err);
    }
    if (at->now.source != NULL && span_starts_with(line, SPAN("F "))) {
        return read_false(all, &at->now, line, err);
    }
    return error_set(err, HUIS_E_BAD_FILE, "%s",
                     tr("no line of a set of pairs (= genre, S:, T:, F way:)",
                        "ce n'est pas une ligne d'un jeu de paires (= genre, S:, T:, F way:)"));
}

static const char *keep_member(judged_list *all, const json_t *object, const char *name)
{
    const char *const text = json_string_value(json_object_get(object, name));
    return text != NULL ? keep(all, span_from_string(text)) : "";
}

/* A line of pairs.jsonl. */
static int read_made_line(judged_list *all, context *at, const eval_run *run, span line,
                          huis_error *err)
{
    json_error_t where;
    json_t *const object = json_loadb(line.ptr, line.len, JSON_REJECT_DUPLICATES, &where);
    if (object == NULL) {
        return error_set(err, HUIS_E_BAD_FILE, tr("not JSON: %s", "pas du JSON : %s"), where.text);
    }
    int status = HUIS_OK;
    if (json_object_get(object, "source") != NULL) {
        const char *const half = json_string_value(json_object_get(object, "half"));
        at->wanted = in_half(run, half != NULL && strcmp(half, "second") == 0) &&
                     (run->limit == 0 || at->n_sources < run->limit);
        at->n_sources += at->wanted;
        at->now.i_source++;
        at->now.source = at->wanted ? keep_member(all, object, "source") : NULL;
        at->now.set = keep_member(all, object, "set");
        at->now.language = keep_member(all, object, "language");
        at->now.genre = keep_member(all, object, "genre");
    } else if (at->wanted && at->now.source != NULL) {
        judged one = at->now;
        one.is_true = json_integer_value(json_object_get(object, "label")) != 0;
        one.text = keep_member(all, object, "text");
        one.way = keep_member(all, object, "way");
        status = add(all, one, err);
    }
    json_decref(object);
    return status;
}

static size_t count_blocks(span text)
{
    size_t n = 0;
    for (size_t i = 0; i + 1 < text.len; i++) {
        n += text.ptr[i] == '=' && text.ptr[i + 1] == ' ' && (i == 0 || text.ptr[i - 1] == '\n');
    }
    return n;
}

/* Reads DIR/name when it is there. */
static int read_file(judged_list *all, const eval_run *run, const char *name, const char *language,
                     huis_error *err)
{
    char path[PATH_MAX];
    (void)snprintf(path, sizeof(path), "%s/%s", run->directory, name);
    if (access(path, F_OK) != 0) {
        return HUIS_OK;
    }
    buffer bytes;
    buffer_init(&bytes, LIMIT_EVAL_DATA_BYTES);
    int status = file_read(&bytes, path, err);
    const span text = buffer_span(&bytes);
    context at = {.now = {.set = "own", .language = language}};
    if (language != NULL) {
        at.n_sources = count_blocks(text);
        at.first = run->half == EVAL_HALF_SECOND ? at.n_sources / 2 : 0;
    }
    at.now.i_source = all->count; /* apart from those of other files */
    size_t n_line = 0;
    for (size_t pos = 0; status == HUIS_OK && pos < text.len;) {
        const char *const end = memchr(text.ptr + pos, '\n', text.len - pos);
        const span line = span_slice(text, pos, end != NULL ? (size_t)(end - text.ptr) : text.len);
        pos += line.len + 1;
        n_line++;
        if (line.len == 0) {
            continue;
        }
        status = language != NULL ? read_own_line(all, &at, run, line, err)
                                  : read_made_line(all, &at, run, line, err);
        if (status != HUIS_OK) {
            status = eval_line_error(err, status, n_line);
            status = error_prefix(err, status, path);
        }
    }
    buffer_deinit(&bytes);
    return status;
}

static int read_all(judged_list *all, const eval_run *run, huis_error *err)
{
    RETURN_IF_ERROR(read_file(all, run, "english.txt", "en", err));
    RETURN_IF_ERROR(read_file(all, run, "french.txt", "fr", err));
    RETURN_IF_ERROR(read_file(all, run, "pairs.jsonl", NULL, err));
    if (all->count == 0) {
        return error_set(err, HUIS_E_NOT_FOUND,
                         tr("%s: no pairs: english.txt, french.txt or pairs.jsonl are needed",
                            "%s : pas de paires : il faut english.txt, french.txt ou pairs.jsonl"),
                         run->directory);
    }
    return HUIS_OK;
}

/* A source's sentences one after the other; after Ctrl-C what is done counts. */
static int judge_all(eval_run *run, judged_list *all, huis_error *err)
{
    eval_progress_begin(run);
    for (size_t i = 0; i < all->count; i++) {
        if (i == 0 || all->list[i].i_source != all->list[i - 1].i_source) {
            eval_progress(run, "check", i, all->count);
            if (eval_is_interrupted()) {
                run->is_partial = true;
                break;
            }
        }
        judged *const one = &all->list[i];
        huis_check_report *report = NULL;
        const int status = huis_check(one->source, strlen(one->source), one->text,
                                      strlen(one->text), &report, err);
        if (status != HUIS_OK) {
            progress_clear(&run->line);
            return error_prefix(err, status, one->text);
        }
        one->is_supported = report->supported;
        one->score = report->score;
        huis_check_report_free(report);
        all->n_done++;
    }
    progress_clear(&run->line);
    return HUIS_OK;
}

typedef enum dimension { BY_SET, BY_LANGUAGE, BY_GENRE, BY_WAY, BY_ALL } dimension;

static const char *value_of(const judged *one, dimension by)
{
    return by == BY_SET        ? one->set
           : by == BY_LANGUAGE ? one->language
           : by == BY_GENRE    ? one->genre
           : by == BY_WAY      ? one->way
                               : "all";
}

typedef struct group {
    const char *name;
    size_t n_true, n_false, n_accepted, n_found; /* true ones supported, false ones not */
} group;

/* Whether a set has a false sentence of this way. */
static bool set_has_way(const judged_list *all, const char *set, const char *way)
{
    for (size_t i = 0; i < all->n_done; i++) {
        if (strcmp(all->list[i].set, set) == 0 && strcmp(all->list[i].way, way) == 0) {
            return true;
        }
    }
    return false;
}

static void count_into(const judged_list *all, dimension by, group *g)
{
    const char *known = NULL; /* the set that was asked last */
    bool has_way = false;
    for (size_t i = 0; i < all->n_done; i++) {
        const judged *const one = &all->list[i];
        bool counts = strcmp(value_of(one, by), g->name) == 0;
        if (by == BY_WAY && one->is_true) {
            has_way = known == one->set ? has_way : set_has_way(all, one->set, g->name);
            known = one->set;
            counts = has_way;
        }
        if (counts && one->is_true) {
            g->n_true++;
            g->n_accepted += one->is_supported;
        } else if (counts) {
            g->n_false++;
            g->n_found += !one->is_supported;
        }
    }
}

static size_t make_groups(const judged_list *all, dimension by, group groups[MAX_GROUPS])
{
    size_t n = 0;
    for (size_t i = 0; i < all->n_done && n < MAX_GROUPS; i++) {
        const char *const name = value_of(&all->list[i], by);
        size_t k = 0;
        while (k < n && strcmp(groups[k].name, name) != 0) {
            k++;
        }
        if (k == n && !(by == BY_WAY && all->list[i].is_true)) {
            groups[n] = (group){.name = name};
            count_into(all, by, &groups[n++]);
        }
    }
    return n;
}

static double share(size_t part, size_t all)
{
    return all > 0 ? 100.0 * (double)part / (double)all : 0.0;
}

static double balanced(const group *g)
{
    return (share(g->n_accepted, g->n_true) + share(g->n_found, g->n_false)) / 2.0;
}

static const struct {
    dimension by;
    const char *key, *english, *french;
} DIMENSIONS[] = {
    {BY_SET, "set", "set", "jeu"},         {BY_LANGUAGE, "language", "language", "langue"},
    {BY_GENRE, "genre", "genre", "genre"}, {BY_WAY, "way", "corruption", "altération"},
    {BY_ALL, "all", "all", "tout"},
};
enum { N_DIMENSIONS = sizeof(DIMENSIONS) / sizeof(DIMENSIONS[0]) };

static void print_tables(const judged_list *all, bool markdown)
{
    for (size_t d = 0; d < N_DIMENSIONS; d++) {
        group groups[MAX_GROUPS];
        const size_t n = make_groups(all, DIMENSIONS[d].by, groups);
        const char *const title = tr(DIMENSIONS[d].english, DIMENSIONS[d].french);
        if (markdown) {
            (void)printf("\n| %s | %s | %s | %s | %s | %s |\n|---|---|---|---|---|---|\n", title,
                         tr("true", "vraies"), tr("false", "fausses"),
                         tr("balanced accuracy", "exactitude équilibrée"),
                         tr("false alarms %", "fausses alertes %"), tr("found %", "trouvées %"));
        } else {
            (void)printf("\n%-24s %6s %6s %9s %8s %8s\n", title, tr("true", "vraies"),
                         tr("false", "fausses"), tr("balanced", "équil."),
                         tr("alarms %", "alertes %"), tr("found %", "trouv. %"));
        }
        for (size_t k = 0; k < n; k++) {
            const group *const g = &groups[k];
            (void)printf(markdown ? "| %s | %zu | %zu | %.1f | %.1f | %.1f |\n"
                                  : "%-24s %6zu %6zu %9.1f %8.1f %8.1f\n",
                         g->name, g->n_true, g->n_false, balanced(g),
                         share(g->n_true - g->n_accepted, g->n_true),
                         share(g->n_found, g->n_false));
        }
    }
}

static void print_json(const eval_run *run, const judged_list *all)
{
    json_t *const root = eval_conditions_json(run);
    (void)json_object_set_new(root, "eval", json_string("check"));
    for (size_t d = 0; d < N_DIMENSIONS; d++) {
        group groups[MAX_GROUPS];
        const size_t n = make_groups(all, DIMENSIONS[d].by, groups);
        json_t *const rows = json_array();
        for (size_t k = 0; k < n; k++) {
            const group *const g = &groups[k];
            (void)json_array_append_new(
                rows, json_pack("{s:s, s:I, s:I, s:f, s:f, s:f}", "name", g->name, "true",
                                (json_int_t)g->n_true, "false", (json_int_t)g->n_false,
                                "balanced_accuracy", balanced(g), "false_alarms",
                                share(g->n_true - g->n_accepted, g->n_true), "found",
                                share(g->n_found, g->n_false)));
        }
        (void)json_object_set_new(root, DIMENSIONS[d].key, rows);
    }
    output_json(root);
    json_decref(root);
}

int eval_check(eval_run *run, huis_error *err)
{
    judged_list all = {0};
    arena_init(&all.memory, LIMIT_EVAL_MEMORY_BYTES);
    int status = read_all(&all, run, err);
    if (status == HUIS_OK) {
        status = judge_all(run, &all, err);
    }
    if (all.n_done > 0 && argument_is(run->args, OPTION_FORMAT, "json")) {
        print_json(run, &all);
    } else if (all.n_done > 0) {
        eval_print_conditions(run);
        print_tables(&all, argument_is(run->args, OPTION_FORMAT, "markdown"));
    }
    memory_free(all.list);
    arena_deinit(&all.memory);
    return status;
}
