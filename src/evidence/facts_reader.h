/*
 * facts_reader.h - what the chapters of the fact reader share (inside facts*.c only).
 *
 * facts.c walks over the tokens and reads calendar words and pairs; facts_when.c reads dates and times in
 * digits; facts_amount.c amounts in digits and in words, with scales and units; facts_tokens.c looks at
 * single tokens and keeps the list.
 */
#ifndef HUIS_EVIDENCE_FACTS_READER_H
#define HUIS_EVIDENCE_FACTS_READER_H

#include "evidence/facts.h"
#include "evidence/values.h"

/* An amount while it is read. */
typedef struct fact_amount {
    decimal values[2];
    size_t n_values;
    uint32_t first, last, number;
    uint32_t unit;
    uint32_t scale;
    bool weak, joined, ordinal;
} fact_amount;

typedef struct fact_reader {
    const term_table *table;
    span text;
    const word_token *tokens;
    size_t end;
    fact_list *list;
    bool failed;
} fact_reader;

/* facts_tokens.c: keys that a fact offers, and those it asks for; the list; single tokens. */
bool fact_add_key(fact *f, uint64_t key);
void fact_ask_key(fact *f, uint64_t key);
void fact_push_fact(fact_reader *r, const fact *f);
span fact_token_text(const fact_reader *r, size_t i);
bool fact_is_number_at(const fact_reader *r, size_t i);
bool fact_is_symbol_at(const fact_reader *r, size_t i, uint32_t symbol);
const term *fact_word_at(const fact_reader *r, size_t i);
bool fact_is_word_at(const fact_reader *r, size_t i, const char *form);
uint32_t fact_class_at(const fact_reader *r, size_t i);
bool fact_small_number_at(const fact_reader *r, size_t i, size_t max_digits, unsigned *out_value);
uint64_t fact_number_key(unsigned value);
uint64_t fact_date_key(unsigned day, unsigned month);
uint64_t fact_month_key(unsigned month);

/* facts_when.c. Both return the number of tokens read, 0: something else. */
size_t fact_read_numeric_date(fact_reader *r, size_t i);
size_t fact_read_time(fact_reader *r, size_t i);

/* facts_amount.c. */
void fact_read_unit_after(const fact_reader *r, fact_amount *a);
void fact_read_scale(const fact_reader *r, fact_amount *a);
unsigned fact_read_month(const fact_reader *r, fact_amount *a);
void fact_push_amount(fact_reader *r, fact_amount *a);
size_t fact_read_digit_amount(fact_reader *r, size_t i);
size_t fact_read_word_amount(fact_reader *r, size_t i);

#endif
