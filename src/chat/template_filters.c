/*
 * template_filters.c - filters over text, numbers and single values. Those over sequences are in
 * template_sequences.c. Argument names and defaults are Jinja2's; tojson is Hugging Face's.
 */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "chat/template_filters.h"

int tpl_self_string(tpl_call *c, tpl_string *out)
{
    return tpl_str(c->r, c->self, out);
}

int tpl_wrong_input(tpl_call *c)
{
    if (c->self->type == TPL_UNDEFINED) {
        const span name = span_slice(c->self->as.missing, 0, 60);
        return tpl_fail(c->r, HUIS_E_BAD_FILE, "'%.*s' is undefined", (int)name.len, name.ptr);
    }
    return tpl_fail(c->r, HUIS_E_BAD_FILE, "filter %s of %s", c->name, tpl_type_name(c->self));
}

bool tpl_flag(const tpl_call *c, int i, bool absent)
{
    return c->argv[i] != NULL ? tpl_truth(c->argv[i]) : absent;
}

static int string_argument(tpl_call *c, int i, tpl_string *out)
{
    *out = (tpl_string){0};
    return c->argv[i] != NULL ? tpl_str(c->r, c->argv[i], out) : HUIS_OK;
}

static int filter_trim(tpl_call *c)
{
    tpl_string s;
    tpl_string chars;
    RETURN_IF_ERROR(tpl_self_string(c, &s));
    RETURN_IF_ERROR(string_argument(c, 0, &chars));
    const bool given = c->argv[0] != NULL && c->argv[0]->type != TPL_NONE;
    const int status = tpl_strip(c->r, s, given ? &chars : NULL, TPL_BOTH, &s);
    return tpl_return_string(c, status, s);
}

static int change_case(tpl_call *c, tpl_case how)
{
    tpl_string s;
    RETURN_IF_ERROR(tpl_self_string(c, &s));
    const int status = tpl_change_case(c->r, s, how, &s);
    return tpl_return_string(c, status, s);
}

static int filter_upper(tpl_call *c)
{
    return change_case(c, TPL_UPPER);
}

static int filter_lower(tpl_call *c)
{
    return change_case(c, TPL_LOWER);
}

static int filter_title(tpl_call *c)
{
    return change_case(c, TPL_TITLE_FILTER);
}

static int filter_capitalize(tpl_call *c)
{
    return change_case(c, TPL_CAPITALIZE);
}

static int filter_string(tpl_call *c)
{
    tpl_string s;
    const int status = tpl_self_string(c, &s);
    return tpl_return_string(c, status, s);
}

static int filter_replace(tpl_call *c)
{
    tpl_string s;
    tpl_string old;
    tpl_string new;
    int64_t count = -1;
    RETURN_IF_ERROR(tpl_self_string(c, &s));
    RETURN_IF_ERROR(string_argument(c, 0, &old));
    RETURN_IF_ERROR(string_argument(c, 1, &new));
    if (c->argv[2] != NULL && c->argv[2]->type != TPL_NONE && !tpl_as_integer(c->argv[2], &count)) {
        return tpl_wrong_input(c);
    }
    const int status = tpl_replace(c->r, s, old, new, count, &s);
    return tpl_return_string(c, status, s);
}

static int filter_safe(tpl_call *c)
{
    RETURN_IF_ERROR(filter_string(c));
    c->out->markup = true;
    return HUIS_OK;
}

static int filter_escape(tpl_call *c)
{
    tpl_string s;
    RETURN_IF_ERROR(tpl_self_string(c, &s));
    if (!c->self->markup) {
        RETURN_IF_ERROR(tpl_escape_html(c->r, s, &s));
    }
    *c->out = tpl_from_string(s);
    c->out->markup = true;
    return HUIS_OK;
}

/* One level of indentation: a number of spaces, or the text itself. */
static int indentation(tpl_call *c, const tpl_value *width, tpl_string *out)
{
    static const char SPACES[] = "                                                                ";
    int64_t n = 4;
    if (width != NULL && width->type == TPL_STRING) {
        *out = width->as.string;
        return HUIS_OK;
    }
    if (width != NULL && !tpl_as_integer(width, &n)) {
        return tpl_wrong_input(c);
    }
    n = n < 0 ? 0 : n;
    if (n > (int64_t)sizeof(SPACES) - 1) {
        return tpl_fail(c->r, HUIS_E_LIMIT, "an indentation of more than %zu spaces",
                        sizeof(SPACES) - 1);
    }
    return tpl_string_from(c->r, span_from(SPACES, (size_t)n), true, out);
}

static int filter_indent(tpl_call *c)
{
    tpl_string s;
    tpl_string indent;
    tpl_value lines;
    const bool first = tpl_flag(c, 1, false);
    const bool blank = tpl_flag(c, 2, false);
    RETURN_IF_ERROR(tpl_self_string(c, &s));
    RETURN_IF_ERROR(indentation(c, c->argv[0], &indent));
    /* Jinja2 adds a newline first, so that an empty text and a last newline count as lines. */
    tpl_string newline;
    RETURN_IF_ERROR(tpl_string_from(c->r, SPAN("\n"), true, &newline));
    RETURN_IF_ERROR(tpl_concat(c->r, s, newline, &s));
    RETURN_IF_ERROR(tpl_split_lines(c->r, s, false, &lines));
    tpl_store *const store = tpl_store_new(c->r, s.len);
    if (store == NULL) {
        return tpl_no_memory(c->r);
    }
    for (size_t i = 0; i < lines.as.list->count; i++) {
        const tpl_string line = lines.as.list->items[i].as.string;
        const bool indented = i == 0 ? first : blank || line.len > 0;
        RETURN_IF_ERROR(i > 0 ? tpl_store_append(c->r, store, SPAN("\n"), true) : HUIS_OK);
        RETURN_IF_ERROR(indented ? tpl_store_append_string(c->r, store, indent) : HUIS_OK);
        RETURN_IF_ERROR(tpl_store_append_string(c->r, store, line));
    }
    return tpl_return_string(c, HUIS_OK, tpl_store_string(store));
}

static int filter_format(tpl_call *c)
{
    tpl_string s;
    RETURN_IF_ERROR(tpl_self_string(c, &s));
    const int status = tpl_format_percent(c->r, s, c->args, &s);
    return tpl_return_string(c, status, s);
}

static int filter_default(tpl_call *c)
{
    const bool missing =
        c->self->type == TPL_UNDEFINED || (tpl_flag(c, 1, false) && !tpl_truth(c->self));
    if (!missing) {
        *c->out = *c->self;
    } else {
        *c->out = c->argv[0] != NULL ? *c->argv[0] : tpl_from_string((tpl_string){0});
    }
    return HUIS_OK;
}

/* Numbers. */

/* "12", " 12 ", "-1_000": what Python's int() takes. */
static bool parse_signed(span text, int base, int64_t *out)
{
    const bool negative = text.len > 0 && text.ptr[0] == '-';
    const bool sign = negative || (text.len > 0 && text.ptr[0] == '+');
    if (!tpl_parse_integer(span_slice(text, sign ? 1 : 0, text.len), base, out)) {
        return false;
    }
    *out = negative ? -*out : *out;
    return true;
}

static bool real_to_integer(double f, int64_t *out)
{
    if (!(f > -9.2e18 && f < 9.2e18)) {
        return false;
    }
    *out = (int64_t)f;
    return true;
}

static int filter_int(tpl_call *c)
{
    int64_t base = 10;
    int64_t i = 0;
    double f = 0;
    bool good = tpl_as_integer(c->self, &i);
    if (c->argv[1] != NULL && (!tpl_as_integer(c->argv[1], &base) || base < 2 || base > 36)) {
        return tpl_wrong_input(c);
    }
    if (c->self->type == TPL_FLOAT) {
        good = real_to_integer(c->self->as.real, &i);
    } else if (c->self->type == TPL_STRING) {
        tpl_string s;
        RETURN_IF_ERROR(tpl_strip(c->r, c->self->as.string, NULL, TPL_BOTH, &s));
        good = parse_signed(tpl_span(s), (int)base, &i) ||
               (tpl_parse_real(tpl_span(s), &f) && real_to_integer(f, &i));
    }
    *c->out = good ? tpl_int(i) : c->argv[0] != NULL ? *c->argv[0] : tpl_int(0);
    c->out->trusted = c->out->trusted && c->self->trusted;
    return HUIS_OK;
}

static int filter_float(tpl_call *c)
{
    double f = 0;
    bool good = tpl_is_number(c->self);
    if (good) {
        f = tpl_as_real(c->self);
    } else if (c->self->type == TPL_STRING) {
        tpl_string s;
        RETURN_IF_ERROR(tpl_strip(c->r, c->self->as.string, NULL, TPL_BOTH, &s));
        good = tpl_parse_real(tpl_span(s), &f);
    }
    *c->out = good ? tpl_float(f) : c->argv[0] != NULL ? *c->argv[0] : tpl_float(0);
    return HUIS_OK;
}

static int filter_abs(tpl_call *c)
{
    int64_t i = 0;
    if (!tpl_is_number(c->self)) {
        return tpl_wrong_input(c);
    }
    if (tpl_as_integer(c->self, &i) ? i < 0 : signbit(c->self->as.real)) {
        return tpl_negate(c->r, c->self, c->out);
    }
    *c->out = *c->self;
    return HUIS_OK;
}

/* Python's round: half to even, on the exact binary value. */
static double round_even(double f, int64_t precision)
{
    if (precision == 0) {
        return nearbyint(f);
    }
    const double scale = pow(10.0, fabs((double)precision));
    return precision > 0 ? nearbyint(f * scale) / scale : nearbyint(f / scale) * scale;
}

static int filter_round(tpl_call *c)
{
    int64_t precision = 0;
    span method = SPAN("common");
    if (!tpl_is_number(c->self) ||
        (c->argv[0] != NULL && !tpl_as_integer(c->argv[0], &precision)) || precision < -15 ||
        precision > 15) {
        return tpl_wrong_input(c);
    }
    if (c->argv[1] != NULL && c->argv[1]->type == TPL_STRING) {
        method = tpl_span(c->argv[1]->as.string);
    }
    const double f = tpl_as_real(c->self);
    const double scale = pow(10.0, (double)precision);
    int64_t i = 0;
    if (span_equal(method, SPAN("ceil"))) {
        *c->out = tpl_float(ceil(f * scale) / scale);
    } else if (span_equal(method, SPAN("floor"))) {
        *c->out = tpl_float(floor(f * scale) / scale);
    } else if (!span_equal(method, SPAN("common"))) {
        return tpl_wrong_input(c);
    } else if (tpl_as_integer(c->self, &i) && precision >= 0) {
        *c->out = tpl_int(i);
    } else if (tpl_as_integer(c->self, &i)) {
        *c->out = tpl_int((int64_t)round_even((double)i, precision));
    } else {
        *c->out = tpl_float(round_even(f, precision));
    }
    c->out->trusted = c->self->trusted;
    return HUIS_OK;
}

/* JSON. */

static int json_separators(tpl_call *c, const tpl_value *v, tpl_json_style *style)
{
    if (v == NULL || v->type == TPL_NONE) {
        return HUIS_OK;
    }
    const bool pair = v->type == TPL_LIST && v->as.list->count == 2 &&
                      v->as.list->items[0].type == TPL_STRING &&
                      v->as.list->items[1].type == TPL_STRING;
    if (!pair) {
        return tpl_wrong_input(c);
    }
    style->item_separator = tpl_span(v->as.list->items[0].as.string);
    style->key_separator = tpl_span(v->as.list->items[1].as.string);
    return HUIS_OK;
}

static int filter_tojson(tpl_call *c)
{
    tpl_json_style style = {.ensure_ascii = tpl_flag(c, 0, false),
                            .sort_keys = tpl_flag(c, 3, false),
                            .item_separator = SPAN(", "),
                            .key_separator = SPAN(": ")};
    if (c->argv[1] != NULL && c->argv[1]->type != TPL_NONE) {
        style.has_indent = true;
        style.item_separator = SPAN(",");
        RETURN_IF_ERROR(indentation(c, c->argv[1], &style.indent));
    }
    RETURN_IF_ERROR(json_separators(c, c->argv[2], &style));
    tpl_store *const store = tpl_store_new(c->r, 128);
    if (store == NULL) {
        return tpl_no_memory(c->r);
    }
    RETURN_IF_ERROR(tpl_append_json(c->r, store, c->self, &style));
    return tpl_return_string(c, HUIS_OK, tpl_store_string(store));
}

static const tpl_native FILTERS[] = {
    {"tojson", filter_tojson, "ensure_ascii,indent,separators,sort_keys", 0},
    {"trim", filter_trim, "chars", 0},
    {"strip", filter_trim, "chars", 0},
    {"upper", filter_upper, "", 0},
    {"lower", filter_lower, "", 0},
    {"title", filter_title, "", 0},
    {"capitalize", filter_capitalize, "", 0},
    {"string", filter_string, "", 0},
    {"safe", filter_safe, "", 0},
    {"escape", filter_escape, "", 0},
    {"e", filter_escape, "", 0},
    {"replace", filter_replace, "old,new,count", 2},
    {"indent", filter_indent, "width,first,blank", 0},
    {"format", filter_format, NULL, 0},
    {"default", filter_default, "default_value,boolean", 0},
    {"d", filter_default, "default_value,boolean", 0},
    {"int", filter_int, "default,base", 0},
    {"float", filter_float, "default", 0},
    {"abs", filter_abs, "", 0},
    {"round", filter_round, "precision,method", 0},
};

const tpl_native *tpl_find_filter(span name)
{
    const tpl_native *const found =
        tpl_find_in(FILTERS, sizeof(FILTERS) / sizeof(FILTERS[0]), name);
    return found != NULL ? found : tpl_find_sequence_filter(name);
}
