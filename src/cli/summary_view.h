/*
 * summary_view.h - a summary for people and for programs: text, Markdown, a page, JSON.
 */
#ifndef HUIS_CLI_SUMMARY_VIEW_H
#define HUIS_CLI_SUMMARY_VIEW_H

#include "cli/command.h"
#include "document/reader.h"
#include "huis/summarize.h"

/* What is shown, and beside what. */
typedef struct summary_view {
    const arguments *args;
    const reader_result *read; /* the text that offsets point into, with its places */
    huis_summary_kind kind;
    const char *model; /* the name of the model that was used; NULL: none */
} summary_view;

const char *summary_mode_name(huis_summary_mode mode);
/* Whether everything is printed at once, at the end. */
bool summary_view_waits(const summary_view *view);
/* Text or Markdown, one item as soon as it is there; `number` from 1. */
void summary_view_item(const summary_view *view, const huis_summary_item *item, size_t number);
/* A finished summary: what was not printed item by item. */
void summary_view_print(const summary_view *view, const huis_summary *s);

/* summary_page.c: one HTML file without scripts; a click on a sentence shows its source. */
void summary_page_print(const summary_view *view, const huis_summary *s);

/* A date or time for people: "2025-03-14T18:30" -> "14 March 2025, 18:30"; other words as they are. */
void summary_view_when(const char *when, char *out, size_t size);

#endif
