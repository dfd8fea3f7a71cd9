/*
 * template_operators.c - arithmetic, comparison and slices with Python's meaning: floor division and
 * modulo, true division, repetition of strings and lists. Integers are 64 bits; past them is an
 * error, never a wrap.
 */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "chat/template_value.h"

static const char *const SYMBOLS[] = {
    [TPL_OP_ADD] = "+",        [TPL_OP_SUB] = "-", [TPL_OP_MUL] = "*",  [TPL_OP_DIV] = "/",
    [TPL_OP_FLOOR_DIV] = "//", [TPL_OP_MOD] = "%", [TPL_OP_POW] = "**", [TPL_OP_CONCAT] = "~",
    [TPL_OP_EQ] = "==",        [TPL_OP_NE] = "!=", [TPL_OP_LT] = "<",   [TPL_OP_LE] = "<=",
    [TPL_OP_GT] = ">",         [TPL_OP_GE] = ">=", [TPL_OP_IN] = "in",  [TPL_OP_NOT_IN] = "not in",
};

static int mismatch(tpl_render *r, tpl_operator op, const tpl_value *a, const tpl_value *b)
{
    const tpl_value *const missing = a->type == TPL_UNDEFINED ? a : b;
    if (missing->type == TPL_UNDEFINED) {
        const span name = span_slice(missing->as.missing, 0, 60);
        return tpl_fail(r, HUIS_E_BAD_FILE, "'%.*s' is undefined", (int)name.len, name.ptr);
    }
    return tpl_fail(r, HUIS_E_BAD_FILE, "'%s' between %s and %s", SYMBOLS[op], tpl_type_name(a),
                    tpl_type_name(b));
}

static int overflow(tpl_render *r)
{
    return tpl_fail(r, HUIS_E_LIMIT, "an integer past 64 bits");
}

static int zero_division(tpl_render *r)
{
    return tpl_fail(r, HUIS_E_BAD_FILE, "division by zero");
}

static int integer_power(tpl_render *r, int64_t base, int64_t exponent, tpl_value *out)
{
    int64_t result = 1;
    if (exponent < 0) {
        *out = tpl_float(pow((double)base, (double)exponent));
        return base == 0 ? zero_division(r) : HUIS_OK;
    }
    if (base == 0 || base == 1 || base == -1) {
        result = exponent == 0 ? 1 : base == -1 && exponent % 2 == 0 ? 1 : base;
        exponent = 0;
    }
    for (int64_t i = 0; i < exponent; i++) { /* at most 63 rounds before it overflows */
        if (__builtin_mul_overflow(result, base, &result)) {
            return overflow(r);
        }
    }
    *out = tpl_int(result);
    return HUIS_OK;
}

static int integer_division(tpl_render *r, tpl_operator op, int64_t a, int64_t b, tpl_value *out)
{
    if (b == 0) {
        return zero_division(r);
    }
    if (op == TPL_OP_DIV) {
        *out = tpl_float((double)a / (double)b);
        return HUIS_OK;
    }
    if (b == -1) {
        int64_t negated = 0;
        if (__builtin_sub_overflow(0, a, &negated)) {
            return overflow(r);
        }
        *out = tpl_int(op == TPL_OP_MOD ? 0 : negated);
        return HUIS_OK;
    }
    const int64_t remainder = a % b;
    const bool adjust = remainder != 0 && (remainder < 0) != (b < 0);
    *out = tpl_int(op == TPL_OP_MOD ? remainder + (adjust ? b : 0) : a / b - (adjust ? 1 : 0));
    return HUIS_OK;
}

static int integer_operation(tpl_render *r, tpl_operator op, int64_t a, int64_t b, tpl_value *out)
{
    int64_t result = 0;
    bool wraps = false;
    if (op == TPL_OP_ADD) {
        wraps = __builtin_add_overflow(a, b, &result);
    } else if (op == TPL_OP_SUB) {
        wraps = __builtin_sub_overflow(a, b, &result);
    } else if (op == TPL_OP_MUL) {
        wraps = __builtin_mul_overflow(a, b, &result);
    } else if (op == TPL_OP_POW) {
        return integer_power(r, a, b, out);
    } else {
        return integer_division(r, op, a, b, out);
    }
    *out = tpl_int(result);
    return wraps ? overflow(r) : HUIS_OK;
}

static int real_operation(tpl_render *r, tpl_operator op, double a, double b, tpl_value *out)
{
    double result = 0;
    const bool divides = op == TPL_OP_DIV || op == TPL_OP_FLOOR_DIV || op == TPL_OP_MOD;
    if (divides && b == 0) {
        return zero_division(r);
    }
    if (op == TPL_OP_ADD) {
        result = a + b;
    } else if (op == TPL_OP_SUB) {
        result = a - b;
    } else if (op == TPL_OP_MUL) {
        result = a * b;
    } else if (op == TPL_OP_DIV) {
        result = a / b;
    } else if (op == TPL_OP_POW) {
        result = pow(a, b);
    } else {
        const double remainder = fmod(a, b);
        const bool adjust = remainder != 0 && (remainder < 0) != (b < 0);
        const double modulo = remainder + (adjust ? b : 0);
        result = op == TPL_OP_MOD ? modulo : floor((a - modulo) / b + 0.5);
    }
    *out = tpl_float(result);
    return HUIS_OK;
}

static int repeat_string(tpl_render *r, tpl_string s, int64_t times, tpl_value *out)
{
    const uint64_t n = times > 0 ? (uint64_t)times : 0;
    if (s.len > 0 && n > LIMIT_TEMPLATE_OUTPUT_BYTES / s.len) {
        return tpl_fail(r, HUIS_E_LIMIT, "a text longer than the limit of %u bytes",
                        LIMIT_TEMPLATE_OUTPUT_BYTES);
    }
    tpl_store *const store = tpl_store_new(r, s.len * (s.len > 0 ? n : 0));
    if (store == NULL) {
        return tpl_no_memory(r);
    }
    for (uint64_t i = 0; s.len > 0 && i < n; i++) {
        RETURN_IF_ERROR(tpl_store_append_string(r, store, s));
    }
    *out = tpl_from_string(tpl_store_string(store));
    return HUIS_OK;
}

static int append_list(tpl_render *r, tpl_list *list, const tpl_list *more)
{
    const size_t n = more->count;
    for (size_t i = 0; i < n; i++) {
        RETURN_IF_ERROR(tpl_list_push(r, list, more->items[i]));
    }
    return HUIS_OK;
}

static int repeat_list(tpl_render *r, const tpl_list *list, int64_t times, tpl_value *out)
{
    tpl_list *const made = tpl_list_new(r, list->count, list->kind);
    if (made == NULL) {
        return tpl_no_memory(r);
    }
    for (int64_t i = 0; i < times && list->count > 0; i++) {
        RETURN_IF_ERROR(append_list(r, made, list));
    }
    *out = tpl_from_list(made);
    return HUIS_OK;
}

static bool is_sequence(const tpl_value *v)
{
    return v->type == TPL_LIST && (v->as.list->kind == TPL_PLAIN || v->as.list->kind == TPL_TUPLE);
}

/* string * n, list * n, in either order; *out_done false: neither. */
static int repeat(tpl_render *r, const tpl_value *a, const tpl_value *b, tpl_value *out,
                  bool *out_done)
{
    int64_t times = 0;
    const tpl_value *const what = tpl_as_integer(b, &times) ? a : b;
    *out_done = tpl_as_integer(b, &times) || tpl_as_integer(a, &times);
    if (*out_done && what->type == TPL_STRING) {
        return repeat_string(r, what->as.string, times, out);
    }
    if (*out_done && is_sequence(what)) {
        return repeat_list(r, what->as.list, times, out);
    }
    *out_done = false;
    return HUIS_OK;
}

static int add_lists(tpl_render *r, const tpl_list *a, const tpl_list *b, tpl_value *out)
{
    tpl_list *const list = tpl_list_new(r, a->count + b->count, a->kind);
    if (list == NULL) {
        return tpl_no_memory(r);
    }
    RETURN_IF_ERROR(append_list(r, list, a));
    RETURN_IF_ERROR(append_list(r, list, b));
    *out = tpl_from_list(list);
    return HUIS_OK;
}

static int concat(tpl_render *r, const tpl_value *a, const tpl_value *b, tpl_value *out)
{
    tpl_string left;
    tpl_string right;
    tpl_string joined;
    RETURN_IF_ERROR(tpl_str(r, a, &left));
    RETURN_IF_ERROR(tpl_str(r, b, &right));
    RETURN_IF_ERROR(tpl_concat(r, left, right, &joined));
    *out = tpl_from_string(joined);
    return HUIS_OK;
}

int tpl_escape_html(tpl_render *r, tpl_string s, tpl_string *out)
{
    static const struct {
        span from, to;
    } ROWS[] = {
        {{"&", 1}, {"&amp;", 5}}, {{"<", 1}, {"&lt;", 4}},   {{">", 1}, {"&gt;", 4}},
        {{"'", 1}, {"&#39;", 5}}, {{"\"", 1}, {"&#34;", 5}},
    };
    *out = s;
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        tpl_string from;
        tpl_string to;
        RETURN_IF_ERROR(tpl_string_from(r, ROWS[i].from, true, &from));
        RETURN_IF_ERROR(tpl_string_from(r, ROWS[i].to, true, &to));
        RETURN_IF_ERROR(tpl_replace(r, *out, from, to, -1, out));
    }
    return HUIS_OK;
}

/* One string is safe markup: the other is escaped, and the sum is markup. */
static int add_markup(tpl_render *r, const tpl_value *a, const tpl_value *b, tpl_value *out)
{
    tpl_string left = a->as.string;
    tpl_string right = b->as.string;
    RETURN_IF_ERROR(a->markup ? HUIS_OK : tpl_escape_html(r, left, &left));
    RETURN_IF_ERROR(b->markup ? HUIS_OK : tpl_escape_html(r, right, &right));
    tpl_string joined;
    RETURN_IF_ERROR(tpl_concat(r, left, right, &joined));
    *out = tpl_from_string(joined);
    out->markup = true;
    return HUIS_OK;
}

static int format_percent(tpl_render *r, const tpl_value *a, const tpl_value *b, tpl_value *out)
{
    tpl_value one = *b;
    tpl_args args = {.positional = &one, .n_positional = 1};
    if (b->type == TPL_LIST && b->as.list->kind == TPL_TUPLE) {
        args.positional = b->as.list->items;
        args.n_positional = b->as.list->count;
    }
    tpl_string s;
    RETURN_IF_ERROR(tpl_format_percent(r, a->as.string, &args, &s));
    *out = tpl_from_string(s);
    return HUIS_OK;
}

static int number_operation(tpl_render *r, tpl_operator op, const tpl_value *a, const tpl_value *b,
                            tpl_value *out)
{
    int64_t x = 0;
    int64_t y = 0;
    const bool integers = tpl_as_integer(a, &x) && tpl_as_integer(b, &y);
    RETURN_IF_ERROR(integers ? integer_operation(r, op, x, y, out)
                             : real_operation(r, op, tpl_as_real(a), tpl_as_real(b), out));
    out->trusted = a->trusted && b->trusted;
    return HUIS_OK;
}

int tpl_binary(tpl_render *r, tpl_operator op, const tpl_value *a, const tpl_value *b,
               tpl_value *out)
{
    if (op == TPL_OP_CONCAT) {
        return concat(r, a, b, out);
    }
    if (tpl_is_number(a) && tpl_is_number(b)) {
        return number_operation(r, op, a, b, out);
    }
    if (op == TPL_OP_ADD && a->type == TPL_STRING && b->type == TPL_STRING) {
        return a->markup || b->markup ? add_markup(r, a, b, out) : concat(r, a, b, out);
    }
    if (op == TPL_OP_ADD && is_sequence(a) && is_sequence(b) &&
        a->as.list->kind == b->as.list->kind) {
        return add_lists(r, a->as.list, b->as.list, out);
    }
    if (op == TPL_OP_MOD && a->type == TPL_STRING) {
        return format_percent(r, a, b, out);
    }
    if (op == TPL_OP_MUL) {
        bool done = false;
        RETURN_IF_ERROR(repeat(r, a, b, out, &done));
        if (done) {
            return HUIS_OK;
        }
    }
    return mismatch(r, op, a, b);
}

int tpl_compare(tpl_render *r, tpl_operator op, const tpl_value *a, const tpl_value *b, bool *out)
{
    if (op == TPL_OP_EQ || op == TPL_OP_NE) {
        RETURN_IF_ERROR(tpl_equal(r, a, b, out));
        *out = *out == (op == TPL_OP_EQ);
        return HUIS_OK;
    }
    if (op == TPL_OP_IN || op == TPL_OP_NOT_IN) {
        RETURN_IF_ERROR(tpl_contains(r, b, a, out));
        *out = *out == (op == TPL_OP_IN);
        return HUIS_OK;
    }
    if (a->type == TPL_UNDEFINED || b->type == TPL_UNDEFINED) {
        return mismatch(r, op, a, b);
    }
    int order = 0;
    RETURN_IF_ERROR(tpl_order(r, a, b, &order));
    *out = op == TPL_OP_LT   ? order < 0
           : op == TPL_OP_LE ? order <= 0
           : op == TPL_OP_GT ? order > 0
                             : order >= 0;
    return HUIS_OK;
}

int tpl_negate(tpl_render *r, const tpl_value *v, tpl_value *out)
{
    int64_t i = 0;
    if (tpl_as_integer(v, &i)) {
        if (__builtin_sub_overflow(0, i, &i)) {
            return overflow(r);
        }
        *out = tpl_int(i);
    } else if (v->type == TPL_FLOAT) {
        *out = tpl_float(-v->as.real);
    } else {
        return mismatch(r, TPL_OP_SUB, v, v);
    }
    out->trusted = v->trusted;
    return HUIS_OK;
}

/* Slices. */

static int slice_bound(tpl_render *r, const tpl_value *v, int64_t absent, int64_t low, int64_t high,
                       int64_t n, int64_t *out)
{
    *out = absent;
    if (v == NULL || v->type == TPL_NONE) {
        return HUIS_OK;
    }
    int64_t i = 0;
    if (!tpl_as_integer(v, &i)) {
        return tpl_fail(r, HUIS_E_BAD_FILE, "%s as the bound of a slice", tpl_type_name(v));
    }
    if (i < 0) {
        i = i < -n ? low : i + n;
    }
    *out = i < low ? low : i > high ? high : i;
    return HUIS_OK;
}

static int slice_string(tpl_render *r, tpl_string s, int64_t start, int64_t stop, int64_t step,
                        tpl_value *out)
{
    const span text = tpl_span(s);
    if (step == 1) {
        const size_t first = tpl_char_offset(text, (size_t)start);
        const size_t last = stop > start ? tpl_char_offset(text, (size_t)stop) : first;
        *out = tpl_from_string(tpl_slice(s, first, last));
        return tpl_charge_bytes(r, text.len);
    }
    const tpl_value whole = tpl_from_string(s);
    tpl_list *chars = NULL;
    RETURN_IF_ERROR(tpl_iterate(r, &whole, &chars));
    tpl_store *const store = tpl_store_new(r, s.len);
    if (store == NULL) {
        return tpl_no_memory(r);
    }
    for (int64_t i = start; step > 0 ? i < stop : i > stop; i += step) {
        RETURN_IF_ERROR(tpl_store_append_string(r, store, chars->items[i].as.string));
    }
    *out = tpl_from_string(tpl_store_string(store));
    return HUIS_OK;
}

static int slice_list(tpl_render *r, const tpl_list *list, int64_t start, int64_t stop,
                      int64_t step, tpl_value *out)
{
    tpl_list *const made = tpl_list_new(r, 4, list->kind);
    if (made == NULL) {
        return tpl_no_memory(r);
    }
    for (int64_t i = start; step > 0 ? i < stop : i > stop; i += step) {
        RETURN_IF_ERROR(tpl_list_push(r, made, list->items[i]));
    }
    *out = tpl_from_list(made);
    return HUIS_OK;
}

int tpl_slice_value(tpl_render *r, const tpl_value *v, const tpl_value *start,
                    const tpl_value *stop, const tpl_value *step, tpl_value *out)
{
    *out = tpl_undefined(SPAN("slice"));
    if (v->type == TPL_UNDEFINED) {
        return mismatch(r, TPL_OP_ADD, v, v);
    }
    if (v->type != TPL_STRING && !is_sequence(v)) {
        return tpl_fail(r, HUIS_E_BAD_FILE, "a slice of %s", tpl_type_name(v));
    }
    const size_t length =
        v->type == TPL_STRING ? tpl_count_chars(tpl_span(v->as.string)) : v->as.list->count;
    const int64_t n = (int64_t)length;
    int64_t by = 1;
    if (step != NULL && step->type != TPL_NONE && !tpl_as_integer(step, &by)) {
        return tpl_fail(r, HUIS_E_BAD_FILE, "%s as the step of a slice", tpl_type_name(step));
    }
    if (by == 0) {
        return tpl_fail(r, HUIS_E_BAD_FILE, "a slice with step 0");
    }
    /* Steps past the length all mean "the first one only", and must not overflow. */
    by = by > n + 1 ? n + 1 : by < -n - 1 ? -n - 1 : by;
    const int64_t low = by > 0 ? 0 : -1;
    const int64_t high = by > 0 ? n : n - 1;
    int64_t first = 0;
    int64_t last = 0;
    RETURN_IF_ERROR(slice_bound(r, start, by > 0 ? low : high, low, high, n, &first));
    RETURN_IF_ERROR(slice_bound(r, stop, by > 0 ? high : low, low, high, n, &last));
    RETURN_IF_ERROR(v->type == TPL_STRING ? slice_string(r, v->as.string, first, last, by, out)
                                          : slice_list(r, v->as.list, first, last, by, out));
    if (v->type == TPL_LIST) {
        out->trusted = v->trusted;
    }
    return HUIS_OK;
}
