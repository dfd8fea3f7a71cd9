/*
 * summary_page.c - a summary as one HTML file, to read, keep and send.
 *
 * Beside the summary stands the whole text; a sentence links to the run of the text that it comes
 * from, and the browser marks it (CSS :target). No script, no font, no picture, nothing from
 * elsewhere: the page says so itself in its content security policy. Everything from the source is
 * escaped.
 */
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "cli/output.h"
#include "cli/source_places.h"
#include "cli/summary_view.h"

enum { MAX_HEADING = 6 }; /* "######" */

static const char STYLE[] =
    "<style>\n"
    ":root{color-scheme:light dark;--ink:#1c1b19;--paper:#fbfaf7;--soft:#6b675f;--line:#dcd8cf;"
    "--mark:#f6e7a9;--hit:#f3c34a}\n"
    "@media(prefers-color-scheme:dark){:root{--ink:#e9e6df;--paper:#191817;--soft:#a09a8e;"
    "--line:#3a3733;--mark:#4a4222;--hit:#8a6a10}}\n"
    "*{box-sizing:border-box}\n"
    "body{margin:0;background:var(--paper);color:var(--ink);font:17px/1.55 system-ui,sans-serif}\n"
    "main{max-width:78rem;margin:0 auto;padding:2rem 1.2rem;display:grid;gap:2.5rem;"
    "grid-template-columns:minmax(0,5fr) minmax(0,7fr)}\n"
    "@media(max-width:56rem){main{display:block}#source{margin-top:2rem}}\n"
    "h1{font-size:1.15rem;margin:0 0 1rem}\n"
    "#summary{overflow-wrap:anywhere;position:sticky;top:2rem;align-self:start;max-height:calc("
    "100vh - 4rem);"
    "overflow:auto}\n"
    "ol{margin:0;padding-left:1.3rem}\n"
    "li{margin:0 0 .8rem}\n"
    "a{color:inherit;text-decoration:none}\n"
    "a:hover,a:focus{background:var(--mark)}\n"
    "small{display:block;color:var(--soft)}\n"
    "table{border-collapse:collapse}\n"
    "td,th{border-bottom:1px solid var(--line);padding:.35rem .6rem .35rem 0;text-align:left;"
    "vertical-align:top}\n"
    "#source{white-space:pre-wrap;overflow-wrap:anywhere;border-left:1px solid var(--line);"
    "padding-left:1.5rem;font-size:.95rem}\n"
    "mark{background:var(--mark);color:inherit;scroll-margin:35vh}\n"
    "mark:target{background:var(--hit);outline:2px solid var(--hit)}\n"
    ".place{display:block;color:var(--soft);font-size:.8rem;margin:1rem 0 .2rem}\n"
    "</style>\n";

static void print_escaped(span text)
{
    size_t from = 0;
    for (size_t i = 0; i <= text.len; i++) {
        const char *escape = NULL;
        if (i < text.len) {
            escape = text.ptr[i] == '<'   ? "&lt;"
                     : text.ptr[i] == '>' ? "&gt;"
                     : text.ptr[i] == '&' ? "&amp;"
                     : text.ptr[i] == '"' ? "&quot;"
                                          : NULL;
        }
        if (escape != NULL || i == text.len) {
            output_text(span_slice(text, from, i));
            (void)fputs(escape != NULL ? escape : "", stdout);
            from = i + 1;
        }
    }
}

static void print_string(const char *text)
{
    print_escaped(span_from_string(text));
}

/* Runs of the text that are cited, apart from each other: the sources of all items, in order, those
 * that overlap as one. */
typedef struct cited_runs {
    huis_source_span runs[LIMIT_PAGE_RUNS];
    size_t count;
} cited_runs;

static void insert_run(cited_runs *c, huis_source_span run)
{
    size_t at = 0;
    while (at < c->count && c->runs[at].end <= run.start) {
        at++;
    }
    size_t end = at;
    while (end < c->count && c->runs[end].start < run.end) {
        run.start = c->runs[end].start < run.start ? c->runs[end].start : run.start;
        run.end = c->runs[end].end > run.end ? c->runs[end].end : run.end;
        end++;
    }
    if (end == at && c->count == LIMIT_PAGE_RUNS) {
        return;
    }
    for (size_t i = end; i < c->count && end != at; i++) { /* several become one */
        c->runs[at + 1 + i - end] = c->runs[i];
    }
    for (size_t i = c->count; end == at && i > at; i--) { /* a new one */
        c->runs[i] = c->runs[i - 1];
    }
    c->count = c->count + 1 - (end - at);
    c->runs[at] = run;
}

static size_t run_of(const cited_runs *c, uint64_t start)
{
    size_t i = 0;
    while (i + 1 < c->count && c->runs[i].end <= start) {
        i++;
    }
    return i;
}

static void print_place(const summary_view *view, size_t at)
{
    buffer place;
    buffer_init(&place, LIMIT_KIB * 8);
    (void)source_place_append(&place, view->read, at);
    print_string(buffer_string(&place));
    buffer_deinit(&place);
}

static void print_link(const summary_view *view, const cited_runs *c, const huis_summary_item *item)
{
    (void)printf("<a href=\"#s%zu\">", run_of(c, item->sources[0].start) + 1);
    print_string(item->text);
    (void)fputs("</a><small>", stdout);
    print_place(view, (size_t)item->sources[0].start);
    for (size_t k = 1; k < item->n_sources; k++) {
        (void)printf(" <a href=\"#s%zu\">[%zu]</a>", run_of(c, item->sources[k].start) + 1, k + 1);
    }
    (void)fputs("</small>", stdout);
}

/* "Anna, 14 March 2025 - Boat", whatever of it is known. */
static void print_known(const huis_summary_item *item)
{
    char when[96] = "";
    const char *const time = item->when != NULL ? item->when : item->deadline;
    if (time != NULL) {
        summary_view_when(time, when, sizeof(when));
    }
    const char *const parts[] = {item->title, item->who, item->person, when, item->amount};
    bool first = true;
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        if (parts[i] != NULL && parts[i][0] != '\0') {
            (void)fputs(first ? "<b>" : " · ", stdout);
            print_string(parts[i]);
            first = false;
        }
    }
    (void)fputs(first ? "" : "</b> ", stdout);
}

static void print_items(const summary_view *view, const huis_summary *s, const cited_runs *c)
{
    (void)fputs("<ol>\n", stdout);
    for (size_t i = 0; i < s->n_items; i++) {
        (void)fputs("<li dir=\"auto\">", stdout);
        print_known(&s->items[i]);
        print_link(view, c, &s->items[i]);
        (void)fputs("</li>\n", stdout);
    }
    (void)fputs("</ol>\n", stdout);
}

/* The next start of a place after `at`; text end: none. Only places that a reader looks for. */
static size_t next_place(const reader_place *places, size_t n, size_t *i, size_t at, size_t end)
{
    while (*i < n && places[*i].start < at) {
        ++*i;
    }
    return *i < n && places[*i].start < end ? places[*i].start : end;
}

/* The length of "## " at a line's start; 0: the line is no heading. */
static size_t heading_mark(span line)
{
    size_t n = 0;
    while (n < line.len && line.ptr[n] == '#') {
        n++;
    }
    return n >= 1 && n <= MAX_HEADING && n < line.len && line.ptr[n] == ' ' ? n + 1 : 0;
}

/* Marks of structure are for programs: a heading is shown bold, fences of code are left out. */
static void print_line(span line, bool from_start, bool *code)
{
    const size_t mark = from_start && !*code ? heading_mark(line) : 0;
    if (from_start && span_starts_with(line, SPAN("```"))) {
        *code = !*code;
        return;
    }
    (void)fputs(mark > 0 ? "<b>" : "", stdout);
    print_escaped(span_slice(line, mark, line.len));
    (void)fputs(mark > 0 ? "</b>" : "", stdout);
}

static void print_lines(span text, size_t start, size_t end, bool *code)
{
    while (start < end) {
        const char *const newline = memchr(text.ptr + start, '\n', end - start);
        const size_t line_end = newline != NULL ? (size_t)(newline - text.ptr) : end;
        print_line(span_slice(text, start, line_end), start == 0 || text.ptr[start - 1] == '\n',
                   code);
        (void)fputs(newline != NULL ? "\n" : "", stdout);
        start = line_end + 1;
    }
}

/* How far the text is printed. */
typedef struct text_state {
    size_t i_place; /* the next place */
    bool code;      /* inside fences */
} text_state;

static void print_run(const summary_view *view, size_t start, size_t end, text_state *where)
{
    size_t n = 0;
    const reader_place *const places = reader_places(view->read, &n);
    const span text = buffer_span(&view->read->text);
    while (start < end) {
        const size_t place = next_place(places, n, &where->i_place, start, end);
        if (place == start && where->i_place < n) {
            (void)fputs("<span class=\"place\">", stdout);
            print_place(view, start);
            (void)fputs("</span>", stdout);
            while (where->i_place < n && places[where->i_place].start == start) {
                where->i_place++;
            }
            continue;
        }
        print_lines(text, start, place, &where->code);
        start = place;
    }
}

static void print_text(const summary_view *view, const cited_runs *c)
{
    const size_t len = view->read->text.len;
    text_state where = {.i_place = 0};
    size_t at = 0;
    for (size_t i = 0; i < c->count; i++) {
        print_run(view, at, (size_t)c->runs[i].start, &where);
        (void)printf("<mark id=\"s%zu\">", i + 1);
        print_run(view, (size_t)c->runs[i].start, (size_t)c->runs[i].end, &where);
        (void)fputs("</mark>", stdout);
        at = (size_t)c->runs[i].end;
    }
    print_run(view, at, len, &where);
}

/* What the document is called, by itself, by the heading that it starts with or by its file; what
 * the page is when there are several. */
static void print_title(const summary_view *view)
{
    const span text = buffer_span(&view->read->text);
    const char *const newline = text.len > 0 ? memchr(text.ptr, '\n', text.len) : NULL;
    const span first = span_slice(text, 0, newline != NULL ? (size_t)(newline - text.ptr) : 0);
    const char *const path = view->args->n_operands == 1 ? view->args->operands[0] : "-";
    const char *const slash = strrchr(path, '/');
    const char *const name = slash != NULL ? slash + 1 : path;
    if (view->read->title[0] != '\0') {
        print_string(view->read->title);
    } else if (view->args->n_operands == 1 && heading_mark(first) > 0) {
        print_escaped(span_slice(first, heading_mark(first), first.len));
    } else if (name[0] != '\0' && strcmp(name, "-") != 0) {
        print_string(name);
    } else {
        print_string(tr("Summary", "Résumé"));
    }
}

void summary_page_print(const summary_view *view, const huis_summary *s)
{
    cited_runs c = {.count = 0};
    for (size_t i = 0; i < s->n_items; i++) {
        for (size_t k = 0; k < s->items[i].n_sources; k++) {
            insert_run(&c, s->items[i].sources[k]);
        }
    }
    (void)printf("<!DOCTYPE html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n"
                 "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                 "style-src 'unsafe-inline'\">\n"
                 "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                 "<meta name=\"generator\" content=\"huis\">\n<title>",
                 s->language);
    print_title(view);
    (void)printf("</title>\n%s</head>\n<body>\n<main>\n<section id=\"summary\">\n<h1 "
                 "dir=\"auto\">",
                 STYLE);
    print_title(view);
    (void)fputs("</h1>\n", stdout);
    print_items(view, s, &c);
    (void)printf("<small>%s</small>\n</section>\n<section id=\"source\" dir=\"auto\">",
                 view->model != NULL
                     ? tr("Written by a model on this machine and checked against the text; click "
                          "a sentence to see where it comes from.",
                          "Rédigé par un modèle sur cette machine et vérifié dans le texte ; "
                          "cliquez une phrase pour voir d'où elle vient.")
                     : tr("Sentences of the text; click one to see where it stands.",
                          "Phrases du texte ; cliquez-en une pour la voir à sa place."));
    print_text(view, &c);
    (void)fputs("</section>\n</main>\n</body>\n</html>\n", stdout);
}
