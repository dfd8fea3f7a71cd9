/*
 * template_format.c - "%s and %d" formatting and "{} and {name}".format(...), the parts of Python's
 * that templates use. Fields reach arguments only, never their attributes.
 */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "chat/template_value.h"

enum { MAX_WIDTH = 1000 };

/* [[fill]align][0][width][.precision][type] */
typedef struct field_spec {
    char align; /* '<', '>', '^' or 0 */
    char fill;
    size_t width;
    int precision; /* -1: none */
    char type;     /* 0: none */
} field_spec;

typedef struct formatter {
    tpl_render *r;
    tpl_store *store;
    const tpl_args *args;
    size_t next; /* positional argument */
} formatter;

static int append_padded(formatter *f, const field_spec *spec, tpl_string s, char default_align)
{
    const size_t n = tpl_count_chars(tpl_span(s));
    const size_t pad = spec->width > n ? spec->width - n : 0;
    const char align = spec->align != 0 ? spec->align : default_align;
    const size_t before = align == '>' ? pad : align == '^' ? pad / 2 : 0;
    for (size_t i = 0; i < before; i++) {
        RETURN_IF_ERROR(tpl_store_append(f->r, f->store, span_from(&spec->fill, 1), true));
    }
    RETURN_IF_ERROR(tpl_store_append_string(f->r, f->store, s));
    for (size_t i = before; i < pad; i++) {
        RETURN_IF_ERROR(tpl_store_append(f->r, f->store, span_from(&spec->fill, 1), true));
    }
    return tpl_charge(f->r, 1 + pad / 16);
}

static int append_number(formatter *f, const field_spec *spec, const tpl_value *v)
{
    char text[400];
    int n = 0;
    int64_t i = 0;
    const int precision = spec->precision >= 0 ? spec->precision : 6;
    const bool real = spec->type == 'f' || spec->type == 'F';
    if (!tpl_is_number(v) || (!real && !tpl_as_integer(v, &i) && spec->type != 'd')) {
        return tpl_fail(f->r, HUIS_E_BAD_FILE, "format '%c' of %s", spec->type, tpl_type_name(v));
    }
    if (real) {
        n = snprintf(text, sizeof(text), "%.*f", precision, tpl_as_real(v));
    } else if (spec->type == 'x') {
        n = snprintf(text, sizeof(text), "%s%llx", i < 0 ? "-" : "",
                     i < 0 ? 0ULL - (unsigned long long)i : (unsigned long long)i);
    } else {
        i = v->type == TPL_FLOAT ? (int64_t)v->as.real : i;
        n = snprintf(text, sizeof(text), "%lld", (long long)i);
    }
    if (n < 0 || (size_t)n >= sizeof(text)) {
        return tpl_fail(f->r, HUIS_E_LIMIT, "a formatted number of more than %zu digits",
                        sizeof(text));
    }
    tpl_string s;
    RETURN_IF_ERROR(tpl_string_from(f->r, span_from(text, (size_t)n), v->trusted, &s));
    return append_padded(f, spec, s, '>');
}

static int append_field(formatter *f, const field_spec *spec, const tpl_value *v)
{
    tpl_string s;
    if (spec->type == 'd' || spec->type == 'f' || spec->type == 'F' || spec->type == 'x' ||
        spec->type == 'i') {
        return append_number(f, spec, v);
    }
    if (spec->type == 'r') {
        tpl_store *const store = tpl_store_new(f->r, 32);
        if (store == NULL) {
            return tpl_no_memory(f->r);
        }
        RETURN_IF_ERROR(tpl_append_repr(f->r, store, v));
        s = tpl_store_string(store);
    } else if (spec->type == 0 || spec->type == 's') {
        RETURN_IF_ERROR(tpl_str(f->r, v, &s));
    } else {
        return tpl_fail(f->r, HUIS_E_UNSUPPORTED, "the format '%c' is not supported", spec->type);
    }
    if (spec->precision >= 0) {
        s = tpl_slice(s, 0, tpl_char_offset(tpl_span(s), (size_t)spec->precision));
    }
    return append_padded(f, spec, s, tpl_is_number(v) ? '>' : '<');
}

static size_t read_number(span s, size_t pos, size_t *out)
{
    size_t value = 0;
    while (pos < s.len && s.ptr[pos] >= '0' && s.ptr[pos] <= '9') {
        value = value < MAX_WIDTH * 10 ? value * 10 + (size_t)(s.ptr[pos] - '0') : value;
        pos++;
    }
    *out = value;
    return pos;
}

static bool is_align(char c)
{
    return c == '<' || c == '>' || c == '^';
}

/* Flags, width, precision and type; *pos is left after them. */
static int read_spec(formatter *f, span s, size_t *pos, bool percent, field_spec *out)
{
    size_t p = *pos;
    *out = (field_spec){.fill = ' ', .precision = -1};
    if (!percent && p + 1 < s.len && is_align(s.ptr[p + 1])) {
        out->fill = s.ptr[p];
        out->align = s.ptr[p + 1];
        p += 2;
    } else if (!percent && p < s.len && is_align(s.ptr[p])) {
        out->align = s.ptr[p++];
    }
    if (percent && p < s.len && s.ptr[p] == '-') {
        out->align = '<';
        p++;
    }
    if (p < s.len && s.ptr[p] == '0') {
        out->fill = '0';
        p++;
    }
    p = read_number(s, p, &out->width);
    if (p < s.len && s.ptr[p] == '.') {
        size_t precision = 0;
        p = read_number(s, p + 1, &precision);
        out->precision = precision <= 100 ? (int)precision : 100;
    }
    if (out->width > MAX_WIDTH) {
        return tpl_fail(f->r, HUIS_E_LIMIT, "a field wider than the limit of %d", MAX_WIDTH);
    }
    if (p < s.len && (percent || s.ptr[p] != '}')) {
        out->type = s.ptr[p++];
    }
    out->align = percent && out->align == 0 ? '>' : out->align;
    *pos = p;
    return HUIS_OK;
}

static int positional(formatter *f, size_t i, const tpl_value **out)
{
    if (i >= f->args->n_positional) {
        return tpl_fail(f->r, HUIS_E_BAD_FILE, "a format with more fields than arguments (%zu)",
                        f->args->n_positional);
    }
    *out = &f->args->positional[i];
    return HUIS_OK;
}

int tpl_format_percent(tpl_render *r, tpl_string format, const tpl_args *args, tpl_string *out)
{
    formatter f = {.r = r, .store = tpl_store_new(r, format.len), .args = args};
    if (f.store == NULL) {
        return tpl_no_memory(r);
    }
    const span s = tpl_span(format);
    size_t pos = 0;
    for (;;) {
        const size_t found = tpl_find(s, SPAN("%"), pos);
        RETURN_IF_ERROR(tpl_store_append_string(r, f.store, tpl_slice(format, pos, found)));
        if (found == SIZE_MAX) {
            break;
        }
        pos = found + 1;
        field_spec spec;
        const tpl_value *v = NULL;
        RETURN_IF_ERROR(read_spec(&f, s, &pos, true, &spec));
        if (spec.type == '%') {
            RETURN_IF_ERROR(tpl_store_append(r, f.store, SPAN("%"), true));
            continue;
        }
        RETURN_IF_ERROR(positional(&f, f.next++, &v));
        if (spec.type == 0) {
            return tpl_fail(r, HUIS_E_BAD_FILE, "a format that ends in the middle of a field");
        }
        RETURN_IF_ERROR(append_field(&f, &spec, v));
    }
    if (f.next < args->n_positional) {
        return tpl_fail(r, HUIS_E_BAD_FILE, "a format with fewer fields than arguments");
    }
    *out = tpl_store_string(f.store);
    return HUIS_OK;
}

static int find_argument(formatter *f, span name, const tpl_value **out)
{
    size_t index = 0;
    if (name.len == 0) {
        return positional(f, f->next++, out);
    }
    if (read_number(name, 0, &index) == name.len) {
        return positional(f, index, out);
    }
    for (size_t i = 0; i < f->args->n_named; i++) {
        if (span_equal(f->args->names[i], name)) {
            *out = &f->args->named[i];
            return HUIS_OK;
        }
    }
    const span shown = span_slice(name, 0, 40);
    return tpl_fail(f->r, HUIS_E_BAD_FILE, "format has no argument '%.*s'", (int)shown.len,
                    shown.ptr);
}

/* "name!r:spec}" after "{"; *pos is left after "}". */
static int format_field(formatter *f, span s, size_t *pos)
{
    size_t p = *pos;
    while (p < s.len && s.ptr[p] != '}' && s.ptr[p] != ':' && s.ptr[p] != '!') {
        p++;
    }
    const tpl_value *v = NULL;
    field_spec spec = {.fill = ' ', .precision = -1};
    RETURN_IF_ERROR(find_argument(f, span_slice(s, *pos, p), &v));
    char conversion = 0;
    if (p + 1 < s.len && s.ptr[p] == '!') {
        conversion = s.ptr[p + 1];
        p += 2;
    }
    if (p < s.len && s.ptr[p] == ':') {
        p++;
        RETURN_IF_ERROR(read_spec(f, s, &p, false, &spec));
    }
    if (p >= s.len || s.ptr[p] != '}') {
        return tpl_fail(f->r, HUIS_E_UNSUPPORTED, "a format field that huis does not know");
    }
    spec.type = conversion != 0 ? conversion : spec.type;
    *pos = p + 1;
    return append_field(f, &spec, v);
}

int tpl_format_braces(tpl_render *r, tpl_string format, const tpl_args *args, tpl_string *out)
{
    formatter f = {.r = r, .store = tpl_store_new(r, format.len), .args = args};
    if (f.store == NULL) {
        return tpl_no_memory(r);
    }
    const span s = tpl_span(format);
    size_t start = 0;
    for (size_t pos = 0; pos < s.len;) {
        const char c = s.ptr[pos];
        if (c != '{' && c != '}') {
            pos++;
            continue;
        }
        RETURN_IF_ERROR(tpl_store_append_string(r, f.store, tpl_slice(format, start, pos)));
        const bool doubled = pos + 1 < s.len && s.ptr[pos + 1] == c;
        if (doubled) {
            RETURN_IF_ERROR(tpl_store_append_string(r, f.store, tpl_slice(format, pos, pos + 1)));
            pos += 2;
        } else if (c == '}') {
            return tpl_fail(r, HUIS_E_BAD_FILE, "a single '}' in a format");
        } else {
            pos++;
            RETURN_IF_ERROR(format_field(&f, s, &pos));
        }
        start = pos;
    }
    RETURN_IF_ERROR(tpl_store_append_string(r, f.store, tpl_slice(format, start, s.len)));
    *out = tpl_store_string(f.store);
    return HUIS_OK;
}
