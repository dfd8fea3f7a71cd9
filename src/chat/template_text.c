/*
 * template_text.c - values as text: Python's str() and repr(), and JSON as Hugging Face's tojson
 * (json.dumps with ensure_ascii=False; no HTML escaping, key order kept).
 *
 * Strings keep the provenance of their bytes. Punctuation of a container, and digits, are trusted
 * only when the container or number itself is.
 */
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <utf8proc.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "chat/template_value.h"

bool tpl_parse_integer(span text, int base, int64_t *out)
{
    int64_t value = 0;
    bool any = false;
    for (size_t i = 0; i < text.len; i++) {
        const char c = text.ptr[i];
        const char low = (char)(c | 0x20);
        const int digit = c >= '0' && c <= '9'       ? c - '0'
                          : low >= 'a' && low <= 'z' ? low - 'a' + 10
                                                     : base;
        if (c == '_' && any) {
            continue;
        }
        if (digit >= base || __builtin_mul_overflow(value, base, &value) ||
            __builtin_add_overflow(value, digit, &value)) {
            return false;
        }
        any = true;
    }
    *out = value;
    return any;
}

bool tpl_parse_real(span text, double *out)
{
    char digits[128];
    size_t n = 0;
    for (size_t i = 0; i < text.len; i++) {
        const char c = text.ptr[i];
        const bool part = (c >= '0' && c <= '9') || c == '.' || c == 'e' || c == 'E' || c == '+' ||
                          c == '-' || c == '_';
        if (!part || n + 1 == sizeof(digits)) {
            return false;
        }
        if (c != '_') {
            digits[n++] = c == '.' ? localeconv()->decimal_point[0] : c;
        }
    }
    digits[n] = '\0';
    char *end = NULL;
    *out = strtod(digits, &end);
    return n > 0 && *end == '\0';
}

/* The shortest digits that read back as the same number: "d.ddde[+-]XX" in `out`. */
static void shortest_digits(double f, char *out, size_t size)
{
    for (int precision = 0; precision <= 16; precision++) {
        (void)snprintf(out, size, "%.*e", precision, f);
        if (strtod(out, NULL) == f) {
            return;
        }
    }
}

size_t tpl_float_repr(double f, char *out, size_t size)
{
    if (isnan(f) || isinf(f)) {
        return (size_t)snprintf(out, size, "%s", isnan(f) ? "nan" : f > 0 ? "inf" : "-inf");
    }
    char text[40];
    shortest_digits(f, text, sizeof(text));
    const char *const mark = strchr(text, 'e');
    const int exponent = mark != NULL ? (int)strtol(mark + 1, NULL, 10) : 0;
    char digits[24];
    int n = 0;
    for (const char *c = text; c < mark; c++) {
        if (*c >= '0' && *c <= '9') {
            digits[n++] = *c;
        }
    }
    digits[n] = '\0';
    const char *const sign = signbit(f) ? "-" : "";
    if (exponent < -4 || exponent >= 16) {
        return (size_t)snprintf(out, size, "%s%c%s%se%c%02d", sign, digits[0], n > 1 ? "." : "",
                                digits + 1, exponent < 0 ? '-' : '+', abs(exponent));
    }
    if (exponent < 0) {
        return (size_t)snprintf(out, size, "%s0.%.*s%s", sign, -exponent - 1, "0000", digits);
    }
    if (n <= exponent + 1) {
        return (size_t)snprintf(out, size, "%s%s%.*s.0", sign, digits, exponent + 1 - n,
                                "0000000000000000");
    }
    return (size_t)snprintf(out, size, "%s%.*s.%s", sign, exponent + 1, digits,
                            digits + exponent + 1);
}

static int append_number(tpl_render *r, tpl_store *store, const tpl_value *v)
{
    char text[48];
    int n = 0;
    if (v->type == TPL_INT) {
        n = snprintf(text, sizeof(text), "%lld", (long long)v->as.integer);
    } else {
        n = (int)tpl_float_repr(v->as.real, text, sizeof(text));
    }
    return tpl_store_append(r, store, span_from(text, (size_t)n), v->trusted);
}

int tpl_append_str(tpl_render *r, tpl_store *store, const tpl_value *v)
{
    if (v->type == TPL_STRING) {
        return tpl_store_append_string(r, store, v->as.string);
    }
    return v->type == TPL_UNDEFINED ? HUIS_OK : tpl_append_repr(r, store, v);
}

int tpl_str(tpl_render *r, const tpl_value *v, tpl_string *out)
{
    *out = (tpl_string){0};
    if (v->type == TPL_STRING) {
        *out = v->as.string;
        return HUIS_OK;
    }
    if (v->type == TPL_UNDEFINED) {
        return HUIS_OK;
    }
    tpl_store *const store = tpl_store_new(r, 32);
    if (store == NULL) {
        return tpl_no_memory(r);
    }
    RETURN_IF_ERROR(tpl_append_repr(r, store, v));
    *out = tpl_store_string(store);
    return HUIS_OK;
}

/* repr of strings. */

static bool is_printable(uint32_t code)
{
    const utf8proc_category_t c = utf8proc_category((int32_t)code);
    const bool blank =
        c == UTF8PROC_CATEGORY_ZS || c == UTF8PROC_CATEGORY_ZL || c == UTF8PROC_CATEGORY_ZP;
    const bool other = c == UTF8PROC_CATEGORY_CC || c == UTF8PROC_CATEGORY_CF ||
                       c == UTF8PROC_CATEGORY_CS || c == UTF8PROC_CATEGORY_CO ||
                       c == UTF8PROC_CATEGORY_CN;
    return code == ' ' || (!blank && !other);
}

/* Python's escape of one code point in `out` (at least 16 bytes); 0: it stands for itself. */
static int repr_escape(uint32_t code, char quote, char *out, size_t size)
{
    const char *const named = code == '\n'   ? "\\n"
                              : code == '\r' ? "\\r"
                              : code == '\t' ? "\\t"
                                             : NULL;
    if (named != NULL) {
        return snprintf(out, size, "%s", named);
    }
    if (code == (uint32_t)quote || code == '\\') {
        return snprintf(out, size, "\\%c", (char)code);
    }
    if (is_printable(code)) {
        return 0;
    }
    return code <= 0xFF     ? snprintf(out, size, "\\x%02x", code)
           : code <= 0xFFFF ? snprintf(out, size, "\\u%04x", code)
                            : snprintf(out, size, "\\U%08x", code);
}

static int json_escape(uint32_t code, bool ensure_ascii, char *out, size_t size)
{
    static const char LETTERS[] = "\"\\\n\r\t\f\b";
    static const char NAMES[] = "\"\\nrtfb";
    const char *const found = code < 0x80 && code != 0 ? strchr(LETTERS, (int)code) : NULL;
    if (found != NULL) {
        return snprintf(out, size, "\\%c", NAMES[found - LETTERS]);
    }
    if (code < 0x20 || (ensure_ascii && code >= 0x7F && code <= 0xFFFF)) {
        return snprintf(out, size, "\\u%04x", code);
    }
    if (ensure_ascii && code > 0xFFFF) {
        const uint32_t v = code - 0x10000;
        return snprintf(out, size, "\\u%04x\\u%04x", 0xD800 + (v >> 10), 0xDC00 + (v & 0x3FF));
    }
    return 0;
}

typedef enum quoting { QUOTE_REPR, QUOTE_JSON, QUOTE_JSON_ASCII } quoting;

/* A string between quotes: plain stretches are copied with their runs, escapes one by one. */
static int append_quoted(tpl_render *r, tpl_store *store, tpl_string s, quoting how, bool trusted)
{
    const span text = tpl_span(s);
    const bool single =
        how == QUOTE_REPR && (text.len == 0 || memchr(text.ptr, '\'', text.len) == NULL ||
                              memchr(text.ptr, '"', text.len) != NULL);
    const char quote = single ? '\'' : '"';
    size_t copied = 0;
    RETURN_IF_ERROR(tpl_charge(r, 1 + text.len / 64));
    RETURN_IF_ERROR(tpl_store_append(r, store, span_from(&quote, 1), trusted));
    for (size_t pos = 0; pos < text.len;) {
        uint32_t code = 0;
        char escape[24];
        const size_t n = utf8_next(text, pos, &code);
        const int len = how == QUOTE_REPR
                            ? repr_escape(code, quote, escape, sizeof(escape))
                            : json_escape(code, how == QUOTE_JSON_ASCII, escape, sizeof(escape));
        if (len > 0) {
            size_t run_end = 0;
            const bool written = tpl_string_run(s, pos, &run_end);
            RETURN_IF_ERROR(tpl_store_append_string(r, store, tpl_slice(s, copied, pos)));
            RETURN_IF_ERROR(tpl_store_append(r, store, span_from(escape, (size_t)len), written));
            copied = pos + n;
        }
        pos += n;
    }
    RETURN_IF_ERROR(tpl_store_append_string(r, store, tpl_slice(s, copied, s.len)));
    return tpl_store_append(r, store, span_from(&quote, 1), trusted);
}

static int put(tpl_render *r, tpl_store *store, const char *text, bool trusted)
{
    return tpl_store_append(r, store, span_from_string(text), trusted);
}

static int repr_list(tpl_render *r, tpl_store *store, const tpl_list *list, bool trusted)
{
    const bool tuple = list->kind == TPL_TUPLE;
    RETURN_IF_ERROR(put(r, store, tuple ? "(" : "[", trusted));
    for (size_t i = 0; i < list->count; i++) {
        RETURN_IF_ERROR(i > 0 ? put(r, store, ", ", trusted) : HUIS_OK);
        RETURN_IF_ERROR(tpl_append_repr(r, store, &list->items[i]));
    }
    return put(r, store, tuple ? list->count == 1 ? ",)" : ")" : "]", trusted);
}

static int repr_dict(tpl_render *r, tpl_store *store, const tpl_dict *dict, bool trusted)
{
    RETURN_IF_ERROR(put(r, store, "{", trusted));
    for (size_t i = 0; i < dict->count; i++) {
        RETURN_IF_ERROR(i > 0 ? put(r, store, ", ", trusted) : HUIS_OK);
        RETURN_IF_ERROR(tpl_append_repr(r, store, &dict->keys[i]));
        RETURN_IF_ERROR(put(r, store, ": ", trusted));
        RETURN_IF_ERROR(tpl_append_repr(r, store, &dict->values[i]));
    }
    return put(r, store, "}", trusted);
}

static int repr_any(tpl_render *r, tpl_store *store, const tpl_value *v)
{
    switch (v->type) {
    case TPL_UNDEFINED:
        return put(r, store, "Undefined", true);
    case TPL_NONE:
        return put(r, store, "None", v->trusted);
    case TPL_BOOL:
        return put(r, store, v->as.boolean ? "True" : "False", v->trusted);
    case TPL_INT:
    case TPL_FLOAT:
        return append_number(r, store, v);
    case TPL_STRING:
        return append_quoted(r, store, v->as.string, QUOTE_REPR, tpl_string_trusted(v->as.string));
    case TPL_LIST:
        return repr_list(r, store, v->as.list, v->trusted);
    case TPL_DICT:
        return repr_dict(r, store, v->as.dict, v->trusted);
    case TPL_NAMESPACE:
    case TPL_MACRO:
    case TPL_LOOP:
    case TPL_NATIVE:
    case TPL_JOINER:
    case TPL_CYCLER:
        break;
    }
    return tpl_fail(r, HUIS_E_BAD_FILE, "%s has no text", tpl_type_name(v));
}

int tpl_append_repr(tpl_render *r, tpl_store *store, const tpl_value *v)
{
    RETURN_IF_ERROR(tpl_charge(r, 1));
    RETURN_IF_ERROR(tpl_enter(r));
    const int status = repr_any(r, store, v);
    tpl_leave(r);
    return status;
}

/* JSON. */

typedef struct json_writer {
    tpl_render *r;
    tpl_store *store;
    const tpl_json_style *style;
    uint32_t level;
} json_writer;

static int write_json(json_writer *w, const tpl_value *v);

static int new_line(json_writer *w, bool trusted)
{
    if (!w->style->has_indent) {
        return HUIS_OK;
    }
    RETURN_IF_ERROR(put(w->r, w->store, "\n", trusted));
    for (uint32_t i = 0; i < w->level; i++) {
        RETURN_IF_ERROR(tpl_charge(w->r, 1));
        RETURN_IF_ERROR(tpl_store_append(w->r, w->store, tpl_span(w->style->indent), trusted));
    }
    return HUIS_OK;
}

static int separate(json_writer *w, size_t i, bool trusted)
{
    if (i > 0) {
        RETURN_IF_ERROR(tpl_store_append(w->r, w->store, w->style->item_separator, trusted));
    }
    return new_line(w, trusted);
}

static int write_json_list(json_writer *w, const tpl_list *list, bool trusted)
{
    RETURN_IF_ERROR(put(w->r, w->store, "[", trusted));
    w->level++;
    for (size_t i = 0; i < list->count; i++) {
        RETURN_IF_ERROR(separate(w, i, trusted));
        RETURN_IF_ERROR(write_json(w, &list->items[i]));
    }
    w->level--;
    RETURN_IF_ERROR(list->count > 0 ? new_line(w, trusted) : HUIS_OK);
    return put(w->r, w->store, "]", trusted);
}

static int write_json_string(json_writer *w, tpl_string s, bool trusted)
{
    return append_quoted(w->r, w->store, s, w->style->ensure_ascii ? QUOTE_JSON_ASCII : QUOTE_JSON,
                         trusted);
}

/* Keys that are not strings become strings, as json.dumps does. */
static int write_json_key(json_writer *w, const tpl_value *key, bool trusted)
{
    if (key->type == TPL_STRING) {
        return write_json_string(w, key->as.string, trusted);
    }
    if (key->type == TPL_LIST) {
        return tpl_fail(w->r, HUIS_E_BAD_FILE, "tojson of a dict with a tuple as a key");
    }
    RETURN_IF_ERROR(put(w->r, w->store, "\"", trusted));
    RETURN_IF_ERROR(write_json(w, key));
    return put(w->r, w->store, "\"", trusted);
}

static int compare_keys(tpl_render *r, const tpl_dict *dict, size_t a, size_t b, int *out)
{
    return tpl_order(r, &dict->keys[a], &dict->keys[b], out);
}

/* The order in which entries are written; sorted by insertion (keys are few, and it is paid for). */
static int key_order(json_writer *w, const tpl_dict *dict, size_t **out)
{
    size_t *const order = tpl_alloc(w->r, dict->count + 1, sizeof(size_t));
    if (order == NULL) {
        return tpl_no_memory(w->r);
    }
    for (size_t i = 0; i < dict->count; i++) {
        size_t at = i;
        while (w->style->sort_keys && at > 0) {
            int c = 0;
            RETURN_IF_ERROR(compare_keys(w->r, dict, order[at - 1], i, &c));
            if (c <= 0) {
                break;
            }
            order[at] = order[at - 1];
            at--;
        }
        order[at] = i;
    }
    *out = order;
    return HUIS_OK;
}

static int write_json_dict(json_writer *w, const tpl_dict *dict, bool trusted)
{
    size_t *order = NULL;
    RETURN_IF_ERROR(key_order(w, dict, &order));
    RETURN_IF_ERROR(put(w->r, w->store, "{", trusted));
    w->level++;
    for (size_t i = 0; i < dict->count; i++) {
        RETURN_IF_ERROR(separate(w, i, trusted));
        RETURN_IF_ERROR(write_json_key(w, &dict->keys[order[i]], trusted));
        RETURN_IF_ERROR(tpl_store_append(w->r, w->store, w->style->key_separator, trusted));
        RETURN_IF_ERROR(write_json(w, &dict->values[order[i]]));
    }
    w->level--;
    RETURN_IF_ERROR(dict->count > 0 ? new_line(w, trusted) : HUIS_OK);
    return put(w->r, w->store, "}", trusted);
}

static int write_json_any(json_writer *w, const tpl_value *v)
{
    switch (v->type) {
    case TPL_NONE:
        return put(w->r, w->store, "null", v->trusted);
    case TPL_BOOL:
        return put(w->r, w->store, v->as.boolean ? "true" : "false", v->trusted);
    case TPL_INT:
        return append_number(w->r, w->store, v);
    case TPL_FLOAT:
        if (isnan(v->as.real) || isinf(v->as.real)) {
            return put(w->r, w->store,
                       isnan(v->as.real) ? "NaN"
                       : v->as.real > 0  ? "Infinity"
                                         : "-Infinity",
                       v->trusted);
        }
        return append_number(w->r, w->store, v);
    case TPL_STRING:
        return write_json_string(w, v->as.string, tpl_string_trusted(v->as.string));
    case TPL_LIST:
        if (v->as.list->kind == TPL_PLAIN || v->as.list->kind == TPL_TUPLE) {
            return write_json_list(w, v->as.list, v->trusted);
        }
        break;
    case TPL_DICT:
        return write_json_dict(w, v->as.dict, v->trusted);
    case TPL_UNDEFINED:
    case TPL_NAMESPACE:
    case TPL_MACRO:
    case TPL_LOOP:
    case TPL_NATIVE:
    case TPL_JOINER:
    case TPL_CYCLER:
        break;
    }
    return tpl_fail(w->r, HUIS_E_BAD_FILE, "tojson of %s", tpl_type_name(v));
}

static int write_json(json_writer *w, const tpl_value *v)
{
    RETURN_IF_ERROR(tpl_charge(w->r, 1));
    RETURN_IF_ERROR(tpl_enter(w->r));
    const int status = write_json_any(w, v);
    tpl_leave(w->r);
    return status;
}

int tpl_append_json(tpl_render *r, tpl_store *store, const tpl_value *v,
                    const tpl_json_style *style)
{
    json_writer w = {.r = r, .store = store, .style = style};
    return write_json(&w, v);
}
