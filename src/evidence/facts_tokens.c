/*
 * facts_tokens.c - single tokens as the fact reader sees them, keys, and the list of facts.
 */
#include "base/error.h"
#include "base/memory.h"
#include "evidence/facts_reader.h"

void fact_list_deinit(fact_list *list)
{
    list->facts = memory_free(list->facts);
    list->count = 0;
    list->capacity = 0;
}

bool fact_add_key(fact *f, uint64_t key)
{
    if (f->n_keys >= FACT_KEYS) {
        return false;
    }
    f->keys[f->n_keys++] = key;
    return true;
}

void fact_ask_key(fact *f, uint64_t key)
{
    if (fact_add_key(f, key)) {
        f->n_asked = f->n_keys;
    }
}

void fact_push_fact(fact_reader *r, const fact *f)
{
    fact_list *const list = r->list;
    if (list->count == list->capacity) {
        const size_t capacity = list->capacity > 0 ? list->capacity * 2 : 32;
        fact *const facts = memory_resize(list->facts, capacity, sizeof(*facts));
        if (facts == NULL) {
            r->failed = true;
            return;
        }
        list->facts = facts;
        list->capacity = capacity;
    }
    list->facts[list->count] = *f;
    list->facts[list->count].start = r->tokens[f->first].start;
    list->facts[list->count].end = r->tokens[f->last].end;
    list->count++;
}

span fact_token_text(const fact_reader *r, size_t i)
{
    return span_slice(r->text, r->tokens[i].start, r->tokens[i].end);
}

bool fact_is_number_at(const fact_reader *r, size_t i)
{
    return i < r->end && r->tokens[i].kind == TOKEN_NUMBER;
}

bool fact_is_symbol_at(const fact_reader *r, size_t i, uint32_t symbol)
{
    return i < r->end && r->tokens[i].kind == TOKEN_SYMBOL && r->tokens[i].term == symbol;
}

/* The term of a word on the same line, at most a space or a hyphen away; NULL: none. */
const term *fact_word_at(const fact_reader *r, size_t i)
{
    if (i >= r->end || r->tokens[i].kind != TOKEN_WORD || r->tokens[i].gap > GAP_APOSTROPHE) {
        return NULL;
    }
    return &r->table->terms[r->tokens[i].term];
}

bool fact_is_word_at(const fact_reader *r, size_t i, const char *form)
{
    const term *const t = fact_word_at(r, i);
    return t != NULL && span_equal(t->form, span_from_string(form));
}

uint32_t fact_class_at(const fact_reader *r, size_t i)
{
    const term *const t = fact_word_at(r, i);
    return t != NULL ? t->classes : 0;
}

/* A whole number of one or two (or four) digits without separators; false: something else. */
bool fact_small_number_at(const fact_reader *r, size_t i, size_t max_digits, unsigned *out_value)
{
    if (!fact_is_number_at(r, i)) {
        return false;
    }
    const span digits = fact_token_text(r, i);
    unsigned value = 0;
    if (digits.len > max_digits) {
        return false;
    }
    for (size_t k = 0; k < digits.len; k++) {
        if (digits.ptr[k] < '0' || digits.ptr[k] > '9') {
            return false;
        }
        value = value * 10 + (unsigned)(digits.ptr[k] - '0');
    }
    *out_value = value;
    return true;
}

uint64_t fact_number_key(unsigned value)
{
    const decimal d = decimal_from(value);
    return value_number_key(&d, UNIT_NONE);
}

uint64_t fact_date_key(unsigned day, unsigned month)
{
    return value_key_of('d', day, month);
}

uint64_t fact_month_key(unsigned month)
{
    return value_key_of('m', month, 0);
}
