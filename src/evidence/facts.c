/*
 * facts.c - reads numbers as people write them, in French and English.
 *
 * The reader walks over the tokens; at each one it tries dates, times, amounts in digits, amounts in
 * words, ordinals, months and weekdays, longest form first. A value is a decimal string without
 * leading or trailing zeros (values.c), so that 1,608,683.05, 1 608 683,05 and one in words compare as bytes.
 * "3.519" may be a decimal or thousands: it has both keys.
 */
#include "evidence/facts_reader.h"

#include "base/error.h"

/* Months and weekdays by themselves. English "may" and "march" count only with a capital. */
static bool read_calendar_word(fact_reader *r, size_t i)
{
    const word_token *const t = &r->tokens[i];
    const term *const w = &r->table->terms[t->term];
    fact f = {.kind = FACT_DATE,
              .first = (uint32_t)i,
              .last = (uint32_t)i,
              .number = (uint32_t)i,
              .is_name = true};
    if ((w->classes & LEXICON_WEEKDAY) != 0) {
        fact_ask_key(&f, value_key_of('w', w->entry->weekday, 0));
    } else if ((w->classes & LEXICON_MONTH) != 0) {
        const bool verb = span_equal(w->form, SPAN("may")) || span_equal(w->form, SPAN("march"));
        const bool capital = (t->flags & TOKEN_CAPITAL) != 0;
        if (verb &&
            (!capital || ((t->flags & TOKEN_INITIAL) != 0 && !fact_is_number_at(r, i + 1)))) {
            return false;
        }
        fact_ask_key(&f, fact_month_key(w->entry->month));
    } else if ((w->classes & (LEXICON_WEEKDAY_SHORT | LEXICON_MONTH_SHORT)) != 0 &&
               (t->flags & TOKEN_CAPITAL) != 0) {
        f.weak = true;
        if ((w->classes & LEXICON_WEEKDAY_SHORT) != 0) {
            fact_ask_key(&f, value_key_of('w', w->entry->weekday, 0));
        }
        if ((w->classes & LEXICON_MONTH_SHORT) != 0) {
            fact_ask_key(&f, fact_month_key(w->entry->month));
        }
    } else {
        return false;
    }
    fact_push_fact(r, &f);
    return true;
}

static size_t read_word(fact_reader *r, size_t i)
{
    const word_token *const t = &r->tokens[i];
    const uint32_t classes = r->table->terms[t->term].classes;
    if ((classes & (LEXICON_CARDINAL | LEXICON_SCALE)) != 0) {
        const size_t n = fact_read_word_amount(r, i);
        if (n > 0) {
            return n;
        }
    }
    if ((classes & LEXICON_ORDINAL) != 0) {
        fact_amount a = {
            .first = (uint32_t)i, .last = (uint32_t)i, .number = (uint32_t)i, .n_values = 1};
        a.values[0] = decimal_from(r->table->terms[t->term].entry->number);
        a.weak = (classes & LEXICON_WEAK) != 0;
        fact_push_amount(r, &a);
        return a.last - a.first + 1;
    }
    (void)read_calendar_word(r, i);
    return 1;
}

/* A list mark at the start of a line is no number: "1." or "2)" before a space. */
static bool is_list_mark(const fact_reader *r, size_t i)
{
    const word_token *const t = &r->tokens[i];
    const size_t end = t->end;
    if (t->gap != GAP_BREAK || end - t->start > 2 || end + 1 >= r->text.len) {
        return false;
    }
    const char mark = r->text.ptr[end];
    const char after = r->text.ptr[end + 1];
    return (mark == '.' || mark == ')') && (after == ' ' || after == '\t');
}

/* 46 - 26, 10 à 15 %, 2 or 3 million: the first takes the unit and scale of the second, and the
 * pair is a fact of its own when a dash joins it. */
static void link_pairs(fact_reader *r, size_t first_fact)
{
    const size_t count = r->list->count;
    for (size_t i = first_fact; i + 1 < count && !r->failed; i++) {
        fact *const a = &r->list->facts[i];
        const fact *const b = &r->list->facts[i + 1];
        if (a->is_name || b->is_name || b->first != a->last + 2) {
            continue;
        }
        const word_token *const joint = &r->tokens[a->last + 1];
        const bool dash = joint->kind == TOKEN_SYMBOL && joint->term == '-';
        const bool word =
            fact_is_word_at(r, a->last + 1, "a") || fact_is_word_at(r, a->last + 1, "to") ||
            fact_is_word_at(r, a->last + 1, "et") || fact_is_word_at(r, a->last + 1, "and") ||
            fact_is_word_at(r, a->last + 1, "ou") || fact_is_word_at(r, a->last + 1, "or") ||
            fact_is_word_at(r, a->last + 1, "au");
        if (!dash && !word) {
            continue;
        }
        const uint64_t low = a->keys[0] < b->keys[0] ? a->keys[0] : b->keys[0];
        const uint64_t high = a->keys[0] < b->keys[0] ? b->keys[0] : a->keys[0];
        const uint64_t both[2] = {low, high};
        fact pair = {.kind = FACT_PAIR,
                     .first = a->first,
                     .last = b->last,
                     .number = a->number,
                     .weak = !dash};
        fact_ask_key(&pair, value_hash((const char *)both, sizeof(both)));
        fact_push_fact(r, &pair);
    }
}

/* 10 à 15 %: the first number also offers itself in the unit or month of the second. */
static void inherit_units(fact_reader *r, size_t first_fact)
{
    for (size_t i = r->list->count; i-- > first_fact + 1;) {
        const fact *const b = &r->list->facts[i];
        fact *const a = &r->list->facts[i - 1];
        if (a->is_name || b->is_name || b->first != a->last + 2 ||
            r->tokens[a->number].kind != TOKEN_NUMBER || b->last == b->number) {
            continue;
        }
        /* Read the first number again as if the words after the second followed it. */
        fact_amount again = {.first = a->number, .last = b->number, .number = a->number};
        again.n_values = decimal_read_digits(fact_token_text(r, a->number), again.values);
        if (again.n_values == 0) {
            continue;
        }
        fact_read_scale(r, &again);
        fact_read_unit_after(r, &again);
        for (size_t v = 0; v < again.n_values; v++) {
            decimal_scale(&again.values[v], again.scale);
            (void)fact_add_key(a, value_number_key(&again.values[v], again.unit));
        }
        const uint32_t before = again.last;
        const unsigned month = fact_read_month(r, &again);
        if (month != 0 && again.last > before) {
            unsigned day = 0;
            if (fact_small_number_at(r, a->number, 2, &day)) {
                (void)fact_add_key(a, fact_date_key(day, month));
            }
        }
    }
}

int facts_find(const term_table *table, span text, const word_list *words, size_t first, size_t end,
               fact_list *out_list, huis_error *err)
{
    fact_reader r = {
        .table = table, .text = text, .tokens = words->tokens, .end = end, .list = out_list};
    const size_t first_fact = out_list->count;
    for (size_t i = first; i < end && !r.failed;) {
        const word_token *const t = &r.tokens[i];
        if (t->kind == TOKEN_WORD) {
            i += read_word(&r, i);
            continue;
        }
        if (t->kind == TOKEN_SYMBOL || is_list_mark(&r, i)) {
            i++;
            continue;
        }
        size_t n = fact_read_numeric_date(&r, i);
        n = n > 0 ? n : fact_read_time(&r, i);
        i += n > 0 ? n : fact_read_digit_amount(&r, i);
    }
    inherit_units(&r, first_fact);
    link_pairs(&r, first_fact);
    return r.failed ? error_no_memory(err, "the numbers of the text") : HUIS_OK;
}
