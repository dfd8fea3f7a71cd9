/*
 * summary_view.c - see summary_view.h.
 */
#include "cli/summary_view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>
#include <utf8proc.h>

#include "base/limits.h"
#include "cli/environment.h"
#include "cli/output.h"
#include "cli/source_places.h"

static const char *const KIND_NAMES[] = {
    "", "tldr", "key-points", "headline", "action-items", "teaser", "table", "digest"};
static const char *const MODE_NAMES[] = {"auto", "extract", "hybrid", "abstract"};

/* Sentences and their sources have the same colour: black on these. */
static const int COLORS[] = {43, 46, 42, 45, 103, 106};
enum { N_COLORS = sizeof(COLORS) / sizeof(COLORS[0]), WHEN_BYTES = 96, N_COLUMNS = 4 };

const char *summary_mode_name(huis_summary_mode mode)
{
    return MODE_NAMES[mode];
}

static bool has_format(const summary_view *view, const char *format)
{
    return argument_is(view->args, OPTION_SUMMARY_FORMAT, format);
}

bool summary_view_waits(const summary_view *view)
{
    return has_format(view, "json") || has_format(view, "html") ||
           view->kind == HUIS_SUMMARY_TABLE || argument_flag(view->args, OPTION_SHOW_SOURCE);
}

/* ---- JSON ---- */

static json_t *strings_to_json(const char *const *strings, size_t n)
{
    json_t *const list = json_array();
    for (size_t i = 0; i < n; i++) {
        (void)json_array_append_new(list, json_string(strings[i]));
    }
    return list;
}

static void set_or_null(json_t *object, const char *field, const char *value)
{
    (void)json_object_set_new(object, field, value != NULL ? json_string(value) : json_null());
}

static json_t *item_to_json(const summary_view *view, const huis_summary *s,
                            const huis_summary_item *item)
{
    json_t *const object = json_pack("{s:s, s:o}", "text", item->text, "sources",
                                     output_sources_json(item->sources, item->n_sources, view->read,
                                                         s->genre == HUIS_GENRE_DIALOGUE));
    if (s->kind == HUIS_SUMMARY_ACTION_ITEMS) {
        set_or_null(object, "person", item->person);
        set_or_null(object, "deadline", item->deadline);
    }
    if (s->kind == HUIS_SUMMARY_TABLE || s->kind == HUIS_SUMMARY_DIGEST) {
        set_or_null(object, "who", item->who);
        set_or_null(object, "when", item->when);
        set_or_null(object, s->kind == HUIS_SUMMARY_TABLE ? "amount" : "title",
                    s->kind == HUIS_SUMMARY_TABLE ? item->amount : item->title);
    }
    return object;
}

static void print_json(const summary_view *view, const huis_summary *s)
{
    json_t *const items = json_array();
    for (size_t i = 0; i < s->n_items; i++) {
        (void)json_array_append_new(items, item_to_json(view, s, &s->items[i]));
    }
    json_t *const checks = json_pack(
        "{s:o, s:o, s:i, s:b}", "unsupported_names",
        strings_to_json(s->unsupported_names, s->n_unsupported_names), "unsupported_numbers",
        strings_to_json(s->unsupported_numbers, s->n_unsupported_numbers), "fallbacks",
        (int)s->n_fallbacks, "cross_language", (int)s->cross_language);
    json_t *const usage = output_usage_json(&s->usage);
    (void)json_object_set_new(usage, "elapsed_ms", json_real(s->elapsed_ms));
    (void)json_object_set_new(usage, "first_item_ms", json_real(s->first_item_ms));
    json_t *const root = json_pack(
        "{s:s, s:s, s:i, s:s?, s:s, s:s, s:o, s:o, s:o}", "kind", KIND_NAMES[s->kind], "mode",
        MODE_NAMES[s->mode], "tier", (int)s->tier, "model", view->model, "language", s->language,
        "text", s->text, "items", items, "checks", checks, "usage", usage);
    output_json(root);
    json_decref(root);
}

/* ---- Text and Markdown ---- */

static const bilingual MONTHS[] = {
    {"January", "janvier"}, {"February", "février"},  {"March", "mars"},
    {"April", "avril"},     {"May", "mai"},           {"June", "juin"},
    {"July", "juillet"},    {"August", "août"},       {"September", "septembre"},
    {"October", "octobre"}, {"November", "novembre"}, {"December", "décembre"}};

/* "2025-03-14..." or "--03-14..." at its start; the year is 0 when it is not said. */
static bool read_date(const char *when, unsigned *out_year, unsigned *out_month, unsigned *out_day,
                      const char **out_rest)
{
    const bool yearless = strncmp(when, "--", 2) == 0;
    const char *const date = yearless ? when + 2 : when + 5;
    if (strlen(when) < (yearless ? 7u : 10u) || (!yearless && when[4] != '-') || date[2] != '-') {
        return false;
    }
    *out_year = yearless ? 0 : (unsigned)strtoul(when, NULL, 10);
    *out_month = (unsigned)strtoul(date, NULL, 10);
    *out_day = (unsigned)strtoul(date + 3, NULL, 10);
    *out_rest = date + 5;
    return *out_month >= 1 && *out_month <= 12 && *out_day >= 1 && *out_day <= 31;
}

void summary_view_when(const char *when, char *out, size_t size)
{
    unsigned year = 0, month = 0, day = 0;
    const char *rest = "";
    if (!read_date(when, &year, &month, &day, &rest)) {
        (void)snprintf(out, size, "%s", when);
        return;
    }
    char year_words[16] = "";
    if (year != 0) {
        (void)snprintf(year_words, sizeof(year_words), " %u", year);
    }
    const bool has_time = rest[0] == 'T' && strlen(rest) >= 6;
    (void)snprintf(out, size, "%u %s%s%s%.5s", day, text_pick(MONTHS[month - 1]), year_words,
                   has_time ? ", " : "", has_time ? rest + 1 : "");
}

static void print_sources(const summary_view *view, const huis_summary_item *item)
{
    const span text = buffer_span(&view->read->text);
    const bool color = environment_wants_color(STDOUT_FILENO);
    for (size_t i = 0; i < item->n_sources; i++) {
        const huis_source_span *const source = &item->sources[i];
        buffer place;
        buffer_init(&place, LIMIT_KIB * 8);
        (void)source_place_append(&place, view->read, (size_t)source->start);
        (void)printf("%s    [%s] ", color ? "\033[2m" : "", buffer_string(&place));
        buffer_deinit(&place);
        for (uint64_t k = source->start; k < source->end; k++) {
            (void)putchar(text.ptr[k] == '\n' ? ' ' : text.ptr[k]);
        }
        (void)printf("%s\n", color ? "\033[0m" : "");
    }
}

static const char *mark_of(const summary_view *view)
{
    const bool markdown = has_format(view, "markdown");
    switch (view->kind) {
    case HUIS_SUMMARY_ACTION_ITEMS:
        return markdown ? "- [ ] " : "• ";
    case HUIS_SUMMARY_KEY_POINTS:
    case HUIS_SUMMARY_DIGEST:
        return markdown ? "- " : "• ";
    case HUIS_SUMMARY_HEADLINE:
        return markdown ? "# " : "";
    case HUIS_SUMMARY_TLDR:
    case HUIS_SUMMARY_TEASER:
    case HUIS_SUMMARY_TABLE:
        break;
    }
    return "";
}

/* "Anna Roy, 3 March 2025 - Boat: " before a line of a digest. */
static void print_heading(const summary_view *view, const huis_summary_item *item)
{
    const char *const bold = has_format(view, "markdown") ? "**" : "";
    char when[WHEN_BYTES] = "";
    if (item->when != NULL) {
        summary_view_when(item->when, when, sizeof(when));
    }
    if (item->title == NULL && item->who == NULL && when[0] == '\0') {
        return;
    }
    const char *const who = item->who != NULL ? item->who : "";
    (void)printf("%s%s%s%s", bold, who, who[0] != '\0' && when[0] != '\0' ? ", " : "", when);
    if (item->title != NULL) {
        (void)printf("%s%s", who[0] != '\0' || when[0] != '\0' ? " — " : "", item->title);
    }
    (void)printf(tr(":%s ", " :%s "), bold);
}

static void print_person(const huis_summary_item *item)
{
    if (item->person == NULL && item->deadline == NULL) {
        return;
    }
    char deadline[WHEN_BYTES] = "";
    if (item->deadline != NULL) {
        summary_view_when(item->deadline, deadline, sizeof(deadline));
    }
    (void)printf(" (%s%s%s)", item->person != NULL ? item->person : "",
                 item->person != NULL && item->deadline != NULL ? ", " : "", deadline);
}

void summary_view_item(const summary_view *view, const huis_summary_item *item, size_t number)
{
    const bool color =
        argument_flag(view->args, OPTION_SHOW_SOURCE) && environment_wants_color(STDOUT_FILENO);
    (void)fputs(mark_of(view), stdout);
    if (view->kind == HUIS_SUMMARY_DIGEST) {
        print_heading(view, item);
    }
    if (color) {
        (void)printf("\033[30;%dm%s\033[0m", COLORS[(number - 1) % N_COLORS], item->text);
    } else {
        (void)fputs(item->text, stdout);
    }
    print_person(item);
    (void)putchar('\n');
    if (argument_flag(view->args, OPTION_CITE)) {
        print_sources(view, item);
    }
}

/* ---- Tables ---- */

static const bilingual COLUMN_NAMES[N_COLUMNS] = {
    {"Who", "Qui"}, {"When", "Quand"}, {"Amount", "Combien"}, {"What", "Quoi"}};

static const char *cell_of(const huis_summary_item *item, size_t column, char when[WHEN_BYTES])
{
    const char *const cells[N_COLUMNS] = {item->who, item->when, item->amount, item->text};
    if (column == 1 && item->when != NULL) {
        summary_view_when(item->when, when, WHEN_BYTES);
        return when;
    }
    return cells[column] != NULL ? cells[column] : "";
}

/* Columns of a terminal that the text takes. */
static size_t width_of(const char *text)
{
    const span s = span_from_string(text);
    size_t width = 0;
    for (size_t at = 0; at < s.len;) {
        utf8proc_int32_t code = 0;
        const utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)s.ptr + at,
                                                    (utf8proc_ssize_t)(s.len - at), &code);
        if (n <= 0) {
            break;
        }
        const int columns = utf8proc_charwidth(code);
        width += columns > 0 ? (size_t)columns : 0;
        at += (size_t)n;
    }
    return width;
}

/* A cell of a Markdown table; a bar in it would end it. */
static void print_escaped(const char *cell)
{
    for (; *cell != '\0'; cell++) {
        if (*cell == '|' || *cell == '\\') {
            (void)putchar('\\');
        }
        (void)putchar(*cell == '\n' ? ' ' : *cell);
    }
}

static void print_row(const summary_view *view, const char *const cells[N_COLUMNS],
                      const size_t widths[N_COLUMNS])
{
    const bool markdown = has_format(view, "markdown");
    for (size_t c = 0; c < N_COLUMNS; c++) {
        if (widths[c] == 0) {
            continue;
        }
        if (markdown) {
            (void)fputs("| ", stdout);
            print_escaped(cells[c]);
            (void)putchar(' ');
        } else {
            (void)printf("%s%*s", cells[c],
                         c + 1 < N_COLUMNS ? (int)(widths[c] - width_of(cells[c]) + 2) : 0, "");
        }
    }
    (void)fputs(markdown ? "|\n" : "\n", stdout);
}

/* Columns that no row fills are left out. */
static void find_widths(const huis_summary *s, size_t out_widths[N_COLUMNS])
{
    for (size_t c = 0; c < N_COLUMNS; c++) {
        out_widths[c] = 0;
        for (size_t i = 0; i < s->n_items; i++) {
            char when[WHEN_BYTES];
            const size_t width = width_of(cell_of(&s->items[i], c, when));
            out_widths[c] = width > out_widths[c] ? width : out_widths[c];
        }
        const size_t name = width_of(text_pick(COLUMN_NAMES[c]));
        out_widths[c] = out_widths[c] > 0 && out_widths[c] < name ? name : out_widths[c];
    }
}

static void print_table(const summary_view *view, const huis_summary *s)
{
    size_t widths[N_COLUMNS];
    const char *cells[N_COLUMNS];
    find_widths(s, widths);
    for (size_t c = 0; c < N_COLUMNS; c++) {
        cells[c] = text_pick(COLUMN_NAMES[c]);
    }
    const bool color = environment_wants_color(STDOUT_FILENO) && !has_format(view, "markdown");
    (void)fputs(color ? "\033[1m" : "", stdout);
    print_row(view, cells, widths);
    (void)fputs(color ? "\033[0m" : "", stdout);
    if (has_format(view, "markdown")) {
        for (size_t c = 0; c < N_COLUMNS; c++) {
            (void)fputs(widths[c] > 0 ? "| --- " : "", stdout);
        }
        (void)fputs("|\n", stdout);
    }
    for (size_t i = 0; i < s->n_items; i++) {
        char when[WHEN_BYTES];
        for (size_t c = 0; c < N_COLUMNS; c++) {
            cells[c] = cell_of(&s->items[i], c, when);
        }
        print_row(view, cells, widths);
        if (argument_flag(view->args, OPTION_CITE)) {
            print_sources(view, &s->items[i]);
        }
    }
}

/* ---- The source ---- */

/* The item that cites byte `at`, and where its span ends; n_items: none. */
static size_t item_at(const huis_summary *s, uint64_t at, uint64_t *out_end)
{
    for (size_t i = 0; i < s->n_items; i++) {
        for (size_t k = 0; k < s->items[i].n_sources; k++) {
            const huis_source_span *const source = &s->items[i].sources[k];
            if (at >= source->start && at < source->end) {
                *out_end = source->end;
                return i;
            }
        }
    }
    return s->n_items;
}

static uint64_t next_citation(const huis_summary *s, uint64_t at, uint64_t end)
{
    uint64_t next = end;
    for (size_t i = 0; i < s->n_items; i++) {
        for (size_t k = 0; k < s->items[i].n_sources; k++) {
            const uint64_t start = s->items[i].sources[k].start;
            next = start > at && start < next ? start : next;
        }
    }
    return next;
}

/* The text that was read, each cited run in the colour of its item. */
static void print_source(const huis_summary *s, span text)
{
    const bool color = environment_wants_color(STDOUT_FILENO);
    uint64_t at = 0;
    while (at < text.len) {
        uint64_t end = 0;
        const size_t i = item_at(s, at, &end);
        const bool cited = i < s->n_items;
        end = cited ? end : next_citation(s, at, text.len);
        if (cited && color) {
            (void)printf("\033[30;%dm", COLORS[i % N_COLORS]);
        }
        output_text(span_slice(text, (size_t)at, (size_t)end));
        (void)fputs(cited && color ? "\033[0m" : "", stdout);
        at = end;
    }
    (void)putchar('\n');
}

void summary_view_print(const summary_view *view, const huis_summary *s)
{
    if (has_format(view, "json")) {
        print_json(view, s);
        return;
    }
    if (has_format(view, "html")) {
        summary_page_print(view, s);
        return;
    }
    if (argument_flag(view->args, OPTION_SHOW_SOURCE)) {
        print_source(s, buffer_span(&view->read->text));
        (void)putchar('\n');
    }
    if (view->kind == HUIS_SUMMARY_TABLE) {
        print_table(view, s);
    } else if (summary_view_waits(view)) {
        for (size_t i = 0; i < s->n_items; i++) {
            summary_view_item(view, &s->items[i], i + 1);
        }
    }
    if (s->n_items == 0) {
        output_text(
            span_from_string(tr("No action items found.\n", "Rien à faire dans ce texte.\n")));
    }
}
