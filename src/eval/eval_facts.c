/*
 * eval_facts.c - see eval_facts.h.
 */
#include "eval/eval_facts.h"

#include "base/error.h"
#include "evidence/evidence.h"

enum { NUMBER_DIGITS = 64, GROUP_DIGITS = 3 };

/* One number of a text: its digits joined, at most NUMBER_DIGITS of them. */
typedef struct number {
    char digits[NUMBER_DIGITS];
    size_t len;
    size_t end; /* in the text */
} number;

static bool is_digit_at(span s, size_t pos)
{
    return pos < s.len && s.ptr[pos] >= '0' && s.ptr[pos] <= '9';
}

static size_t run_end(span s, size_t pos)
{
    while (is_digit_at(s, pos)) {
        pos++;
    }
    return pos;
}

/* Where the number goes on after a run that ends at `pos`; `pos`: nowhere. */
static size_t next_run(span s, size_t pos)
{
    static const char *const SPACES[] = {" ", "\u00a0", "\u202f"};
    if (pos < s.len && is_digit_at(s, pos + 1) &&
        (s.ptr[pos] == '.' || s.ptr[pos] == ',' || s.ptr[pos] == ':' || s.ptr[pos] == '/')) {
        return pos + 1;
    }
    for (size_t i = 0; i < sizeof(SPACES) / sizeof(SPACES[0]); i++) {
        const span space = span_from_string(SPACES[i]);
        if (span_starts_with(span_slice(s, pos, s.len), space) &&
            run_end(s, pos + space.len) == pos + space.len + GROUP_DIGITS) {
            return pos + space.len;
        }
    }
    return pos;
}

/* The number that starts at the digit `pos`. */
static number read_number(span s, size_t pos)
{
    number n = {.end = pos};
    size_t start = pos;
    do {
        pos = start;
        n.end = run_end(s, pos);
        for (; pos < n.end && n.len < NUMBER_DIGITS; pos++) {
            n.digits[n.len++] = s.ptr[pos];
        }
        start = next_run(s, n.end);
    } while (start > n.end);
    return n;
}

static size_t next_digit(span s, size_t pos)
{
    while (pos < s.len && !is_digit_at(s, pos)) {
        pos++;
    }
    return pos;
}

static bool add_numbers(map *numbers, span source, arena *memory)
{
    for (size_t pos = next_digit(source, 0); pos < source.len;) {
        const number n = read_number(source, pos);
        const char *const joined = arena_copy(memory, span_from(n.digits, n.len));
        if (joined == NULL || !map_set(numbers, span_from(joined, n.len), 0)) {
            return false;
        }
        for (; pos < n.end; pos = next_digit(source, pos)) {
            const size_t end = run_end(source, pos);
            if (!map_set(numbers, span_slice(source, pos, end), 0)) {
                return false;
            }
            pos = end;
        }
        pos = next_digit(source, n.end);
    }
    return true;
}

int eval_facts_read(eval_facts *out, span source, const eval_tokens *words, arena *memory,
                    huis_error *err)
{
    map_init(&out->words);
    map_init(&out->numbers);
    bool ok = add_numbers(&out->numbers, source, memory);
    for (size_t i = 0; i < words->count && ok; i++) {
        ok = map_set(&out->words, words->tokens[i].form, 0);
    }
    if (!ok) {
        eval_facts_deinit(out);
        return error_no_memory(err, "the words of a source");
    }
    return HUIS_OK;
}

void eval_facts_deinit(eval_facts *facts)
{
    map_deinit(&facts->words);
    map_deinit(&facts->numbers);
}

/* Whether a sentence, a line, a quotation or a bracket opens just before byte `pos`. */
static bool opens_sentence(span text, size_t pos)
{
    static const char *const OPENERS[] = {".", "!", "?", "…", ":", "\"", "“",
                                          "«", "(", "-", "–", "—", "•"};
    while (pos > 0 &&
           (text.ptr[pos - 1] == ' ' || span_ends_with(span_slice(text, 0, pos), SPAN("\u00a0")))) {
        pos -= text.ptr[pos - 1] == ' ' ? 1 : 2;
    }
    const span before = span_slice(text, 0, pos);
    bool opens = pos == 0 || text.ptr[pos - 1] == '\n';
    for (size_t i = 0; i < sizeof(OPENERS) / sizeof(OPENERS[0]) && !opens; i++) {
        opens = span_ends_with(before, span_from_string(OPENERS[i]));
    }
    return opens;
}

size_t eval_facts_absent_names(const eval_facts *facts, span text, const eval_tokens *words)
{
    size_t count = 0;
    for (size_t i = 0; i < words->count; i++) {
        const eval_token *const t = &words->tokens[i];
        const bool has_capital = t->word.len > 1 && !span_equal(t->word, t->form);
        if (has_capital && !map_get(&facts->words, t->form, NULL) &&
            !evidence_is_common_word(t->word) &&
            !opens_sentence(text, (size_t)(t->word.ptr - text.ptr))) {
            count++;
        }
    }
    return count;
}

static bool has_every_run(const map *numbers, span text, size_t pos, size_t end)
{
    bool has = true;
    for (; pos < end && has; pos = next_digit(text, pos)) {
        const size_t stop = run_end(text, pos);
        has = map_get(numbers, span_slice(text, pos, stop), NULL);
        pos = stop;
    }
    return has;
}

size_t eval_facts_absent_numbers(const eval_facts *facts, span text)
{
    size_t count = 0;
    for (size_t pos = next_digit(text, 0); pos < text.len;) {
        const number n = read_number(text, pos);
        const bool there = map_get(&facts->numbers, span_from(n.digits, n.len), NULL) ||
                           has_every_run(&facts->numbers, text, pos, n.end);
        count += !there;
        pos = next_digit(text, n.end);
    }
    return count;
}
