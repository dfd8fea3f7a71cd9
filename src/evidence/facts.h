/*
 * facts.h - numbers, dates, times, months and weekdays of a text (inside evidence only).
 *
 * Every mention becomes facts. A fact has keys: what it can mean, in one spelling ("n:60000",
 * "n%:34", "d:12.3", "t:18.30"). A fact of a checked sentence is supported when the source offers
 * one of its keys; a source offers more keys than it would ask for (34 % also offers 34).
 */
#ifndef HUIS_EVIDENCE_FACTS_H
#define HUIS_EVIDENCE_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"
#include "evidence/terms.h"
#include "huis/error.h"

enum { FACT_KEYS = 8 };

typedef enum fact_kind { FACT_NUMBER = 0, FACT_DATE = 1, FACT_TIME = 2, FACT_PAIR = 3 } fact_kind;

typedef struct fact {
    fact_kind kind;
    uint32_t start, end;      /* bytes of the mention with its unit */
    uint32_t first, last;     /* tokens of the mention with its unit, inclusive */
    uint32_t number;          /* the token that carries the value */
    uint64_t keys[FACT_KEYS]; /* the first n_asked: any of them supports this fact */
    uint8_t n_asked, n_keys;  /* all n_keys are offered when the text is a source */
    bool weak;                /* another meaning is likely (one, first): never checked */
    bool is_name;             /* a month or a weekday: reported as a name */
    bool joined;              /* digits joined over a plain space: may be two numbers */
} fact;

typedef struct fact_list {
    fact *facts;
    size_t count, capacity;
} fact_list;

void fact_list_deinit(fact_list *list);

/* Appends the facts of tokens [first, end) in order. */
int facts_find(const term_table *table, span text, const word_list *words, size_t first, size_t end,
               fact_list *out_list, huis_error *err);

/* The keys of one token of digits by itself; returns how many (0 to 2). */
size_t facts_plain_keys(span digits, uint64_t out_keys[2]);

#endif
