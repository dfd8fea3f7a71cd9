/*
 * template_value.c - values, lists and dicts of the template interpreter.
 *
 * Semantics are Python's where a template can tell: 1 == 1.0 == True, a list is never equal to a
 * tuple, ordering of unlike types is an error.
 */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "chat/template_value.h"

tpl_value tpl_undefined(span name)
{
    return (tpl_value){.type = TPL_UNDEFINED, .trusted = true, .as.missing = name};
}

tpl_value tpl_none(void)
{
    return (tpl_value){.type = TPL_NONE, .trusted = true};
}

tpl_value tpl_bool(bool b)
{
    return (tpl_value){.type = TPL_BOOL, .trusted = true, .as.boolean = b};
}

tpl_value tpl_int(int64_t i)
{
    return (tpl_value){.type = TPL_INT, .trusted = true, .as.integer = i};
}

tpl_value tpl_float(double f)
{
    return (tpl_value){.type = TPL_FLOAT, .trusted = true, .as.real = f};
}

tpl_value tpl_from_list(tpl_list *list)
{
    return (tpl_value){.type = TPL_LIST, .trusted = true, .as.list = list};
}

tpl_value tpl_from_dict(tpl_dict *dict)
{
    return (tpl_value){.type = TPL_DICT, .trusted = true, .as.dict = dict};
}

tpl_value tpl_from_string(tpl_string s)
{
    return (tpl_value){.type = TPL_STRING, .trusted = true, .as.string = s};
}

const char *tpl_type_name(const tpl_value *v)
{
    static const char *const NAMES[] = {
        [TPL_UNDEFINED] = "undefined",   [TPL_NONE] = "none",
        [TPL_BOOL] = "a boolean",        [TPL_INT] = "an integer",
        [TPL_FLOAT] = "a float",         [TPL_STRING] = "a string",
        [TPL_LIST] = "a list",           [TPL_DICT] = "a dict",
        [TPL_NAMESPACE] = "a namespace", [TPL_MACRO] = "a macro",
        [TPL_LOOP] = "a loop object",    [TPL_NATIVE] = "a function",
        [TPL_JOINER] = "a joiner",       [TPL_CYCLER] = "a cycler",
    };
    return NAMES[v->type];
}

bool tpl_is_number(const tpl_value *v)
{
    return v->type == TPL_INT || v->type == TPL_FLOAT || v->type == TPL_BOOL;
}

bool tpl_as_integer(const tpl_value *v, int64_t *out)
{
    if (v->type == TPL_INT) {
        *out = v->as.integer;
    } else if (v->type == TPL_BOOL) {
        *out = v->as.boolean ? 1 : 0;
    } else {
        return false;
    }
    return true;
}

double tpl_as_real(const tpl_value *v)
{
    int64_t i = 0;
    return tpl_as_integer(v, &i) ? (double)i : v->as.real;
}

bool tpl_truth(const tpl_value *v)
{
    switch (v->type) {
    case TPL_UNDEFINED:
    case TPL_NONE:
        return false;
    case TPL_BOOL:
        return v->as.boolean;
    case TPL_INT:
        return v->as.integer != 0;
    case TPL_FLOAT:
        return v->as.real != 0;
    case TPL_STRING:
        return v->as.string.len > 0;
    case TPL_LIST:
        return v->as.list->kind == TPL_GENERATOR || v->as.list->count > 0;
    case TPL_DICT:
        return v->as.dict->count > 0;
    case TPL_NAMESPACE:
    case TPL_MACRO:
    case TPL_LOOP:
    case TPL_NATIVE:
    case TPL_JOINER:
    case TPL_CYCLER:
        break;
    }
    return true;
}

/* Lists and dicts. */

tpl_list *tpl_list_new(tpl_render *r, size_t capacity, tpl_list_kind kind)
{
    tpl_list *const list = tpl_alloc(r, 1, sizeof(*list));
    if (list == NULL) {
        return NULL;
    }
    list->items = tpl_alloc(r, capacity > 0 ? capacity : 1, sizeof(tpl_value));
    if (list->items == NULL) {
        return NULL;
    }
    list->capacity = capacity > 0 ? capacity : 1;
    list->kind = kind;
    return list;
}

/* A copy of the array with twice the room; the arena keeps the old one. */
static tpl_value *grow(tpl_render *r, const tpl_value *items, size_t count)
{
    tpl_value *const grown = tpl_alloc(r, count * 2, sizeof(tpl_value));
    if (grown != NULL) {
        memcpy(grown, items, count * sizeof(tpl_value));
    }
    return grown;
}

int tpl_list_push(tpl_render *r, tpl_list *list, tpl_value v)
{
    RETURN_IF_ERROR(tpl_charge(r, 1));
    if (list->count == list->capacity) {
        tpl_value *const grown = grow(r, list->items, list->count);
        if (grown == NULL) {
            return tpl_no_memory(r);
        }
        list->items = grown;
        list->capacity *= 2;
    }
    list->items[list->count++] = v;
    return HUIS_OK;
}

tpl_dict *tpl_dict_new(tpl_render *r, size_t capacity)
{
    const size_t room = capacity > 0 ? capacity : 4;
    tpl_dict *const dict = tpl_alloc(r, 1, sizeof(*dict));
    if (dict == NULL) {
        return NULL;
    }
    dict->keys = tpl_alloc(r, room, sizeof(tpl_value));
    dict->values = tpl_alloc(r, room, sizeof(tpl_value));
    if (dict->keys == NULL || dict->values == NULL) {
        return NULL;
    }
    dict->capacity = room;
    return dict;
}

int tpl_dict_find(tpl_render *r, const tpl_dict *dict, const tpl_value *key, tpl_value **out)
{
    RETURN_IF_ERROR(tpl_charge(r, 1 + dict->count / 16));
    *out = NULL;
    for (size_t i = 0; i < dict->count; i++) {
        bool equal = false;
        if (dict->keys[i].type == TPL_STRING && key->type == TPL_STRING) {
            equal = span_equal(tpl_span(dict->keys[i].as.string), tpl_span(key->as.string));
        } else {
            RETURN_IF_ERROR(tpl_equal(r, &dict->keys[i], key, &equal));
        }
        if (equal) {
            *out = &dict->values[i];
            return HUIS_OK;
        }
    }
    return HUIS_OK;
}

int tpl_dict_find_name(tpl_render *r, const tpl_dict *dict, span name, tpl_value **out)
{
    RETURN_IF_ERROR(tpl_charge(r, 1 + dict->count / 16));
    *out = NULL;
    for (size_t i = 0; i < dict->count; i++) {
        if (dict->keys[i].type == TPL_STRING &&
            span_equal(tpl_span(dict->keys[i].as.string), name)) {
            *out = &dict->values[i];
            return HUIS_OK;
        }
    }
    return HUIS_OK;
}

/* A key that is known to be new. */
static int append_entry(tpl_render *r, tpl_dict *dict, tpl_value key, tpl_value v)
{
    if (dict->count == dict->capacity) {
        tpl_value *const keys = grow(r, dict->keys, dict->count);
        tpl_value *const values = grow(r, dict->values, dict->count);
        if (keys == NULL || values == NULL) {
            return tpl_no_memory(r);
        }
        dict->keys = keys;
        dict->values = values;
        dict->capacity *= 2;
    }
    dict->keys[dict->count] = key;
    dict->values[dict->count] = v;
    dict->count++;
    return HUIS_OK;
}

int tpl_dict_set(tpl_render *r, tpl_dict *dict, tpl_value key, tpl_value v)
{
    const bool hashable = key.type == TPL_NONE || key.type == TPL_STRING || tpl_is_number(&key) ||
                          (key.type == TPL_LIST && key.as.list->kind == TPL_TUPLE);
    if (!hashable) {
        return tpl_fail(r, HUIS_E_BAD_FILE, "%s cannot be a key of a dict", tpl_type_name(&key));
    }
    tpl_value *found = NULL;
    RETURN_IF_ERROR(tpl_dict_find(r, dict, &key, &found));
    if (found != NULL) {
        *found = v;
        return HUIS_OK;
    }
    return append_entry(r, dict, key, v);
}

int tpl_pair(tpl_render *r, tpl_value a, tpl_value b, tpl_value *out)
{
    tpl_list *const pair = tpl_list_new(r, 2, TPL_TUPLE);
    if (pair == NULL) {
        return tpl_no_memory(r);
    }
    pair->items[0] = a;
    pair->items[1] = b;
    pair->count = 2;
    *out = tpl_from_list(pair);
    return tpl_charge(r, 1);
}

static int characters(tpl_render *r, tpl_string s, tpl_list *list)
{
    const span text = tpl_span(s);
    for (size_t pos = 0; pos < text.len;) {
        uint32_t code = 0;
        const size_t n = utf8_next(text, pos, &code);
        RETURN_IF_ERROR(tpl_list_push(r, list, tpl_from_string(tpl_slice(s, pos, pos + n))));
        pos += n;
    }
    return HUIS_OK;
}

int tpl_iterate(tpl_render *r, const tpl_value *v, tpl_list **out)
{
    if (v->type == TPL_LIST && !(v->as.list->kind == TPL_GENERATOR && v->as.list->consumed)) {
        v->as.list->consumed = v->as.list->kind == TPL_GENERATOR;
        *out = v->as.list;
        return HUIS_OK;
    }
    tpl_list *const list = tpl_list_new(r, 4, TPL_PLAIN);
    if (list == NULL) {
        return tpl_no_memory(r);
    }
    *out = list;
    if (v->type == TPL_STRING) {
        return characters(r, v->as.string, list);
    }
    if (v->type == TPL_DICT) {
        for (size_t i = 0; i < v->as.dict->count; i++) {
            RETURN_IF_ERROR(tpl_list_push(r, list, v->as.dict->keys[i]));
        }
        return HUIS_OK;
    }
    if (v->type == TPL_UNDEFINED || v->type == TPL_LIST) {
        return HUIS_OK; /* nothing; a generator that was read */
    }
    return tpl_fail(r, HUIS_E_BAD_FILE, "%s cannot be iterated over", tpl_type_name(v));
}

/* From JSON. */

static int from_json_array(tpl_render *r, const json_t *json, bool trusted, tpl_value *out)
{
    const size_t n = json_array_size(json);
    tpl_list *const list = tpl_list_new(r, n, TPL_PLAIN);
    if (list == NULL) {
        return tpl_no_memory(r);
    }
    for (size_t i = 0; i < n; i++) {
        tpl_value item;
        RETURN_IF_ERROR(tpl_from_json(r, json_array_get(json, i), trusted, &item));
        list->items[list->count++] = item;
    }
    *out = tpl_from_list(list);
    return HUIS_OK;
}

static int json_pairs(tpl_render *r, const json_t *json, bool trusted, tpl_value *out)
{
    tpl_dict *const dict = tpl_dict_new(r, json_object_size(json));
    if (dict == NULL) {
        return tpl_no_memory(r);
    }
    /* jansson's iterators take a json_t that they do not change. */
    json_t *const object = (json_t *)(uintptr_t)json;
    for (void *at = json_object_iter(object); at != NULL; at = json_object_iter_next(object, at)) {
        const char *const key = json_object_iter_key(at);
        tpl_value value;
        tpl_string name;
        RETURN_IF_ERROR(tpl_string_from(r, span_from_string(key), trusted, &name));
        RETURN_IF_ERROR(tpl_from_json(r, json_object_iter_value(at), trusted, &value));
        RETURN_IF_ERROR(append_entry(r, dict, tpl_from_string(name), value));
    }
    *out = tpl_from_dict(dict);
    return HUIS_OK;
}

static int json_text(tpl_render *r, const json_t *json, bool trusted, tpl_value *out)
{
    const span text = span_from(json_string_value(json), json_string_length(json));
    tpl_string s;
    if (utf8_valid_prefix(text) != text.len) {
        return tpl_fail(r, HUIS_E_BAD_ARGUMENT, "a variable holds text that is not UTF-8");
    }
    RETURN_IF_ERROR(tpl_string_from(r, text, trusted, &s));
    *out = tpl_from_string(s);
    return HUIS_OK;
}

int tpl_from_json(tpl_render *r, const json_t *json, bool trusted, tpl_value *out)
{
    RETURN_IF_ERROR(tpl_enter(r));
    RETURN_IF_ERROR(tpl_charge(r, 1));
    int status = HUIS_OK;
    switch (json_typeof(json)) {
    case JSON_OBJECT:
        status = json_pairs(r, json, trusted, out);
        break;
    case JSON_ARRAY:
        status = from_json_array(r, json, trusted, out);
        break;
    case JSON_STRING:
        status = json_text(r, json, trusted, out);
        break;
    case JSON_INTEGER:
        *out = tpl_int(json_integer_value(json));
        break;
    case JSON_REAL:
        *out = tpl_float(json_real_value(json));
        break;
    case JSON_TRUE:
    case JSON_FALSE:
        *out = tpl_bool(json_is_true(json));
        break;
    case JSON_NULL:
        *out = tpl_none();
        break;
    }
    if (status >= 0) {
        out->trusted = trusted;
    }
    tpl_leave(r);
    return status;
}

/* Comparison. */

static int equal_lists(tpl_render *r, const tpl_list *a, const tpl_list *b, bool *out)
{
    *out = a == b;
    if (a == b || a->count != b->count || a->kind != b->kind) {
        return HUIS_OK;
    }
    for (size_t i = 0; i < a->count; i++) {
        RETURN_IF_ERROR(tpl_equal(r, &a->items[i], &b->items[i], out));
        if (!*out) {
            return HUIS_OK;
        }
    }
    *out = true;
    return HUIS_OK;
}

static int equal_dicts(tpl_render *r, const tpl_dict *a, const tpl_dict *b, bool *out)
{
    *out = a == b;
    if (a == b || a->count != b->count) {
        return HUIS_OK;
    }
    for (size_t i = 0; i < a->count; i++) {
        tpl_value *other = NULL;
        RETURN_IF_ERROR(tpl_dict_find(r, b, &a->keys[i], &other));
        if (other == NULL) {
            return HUIS_OK;
        }
        RETURN_IF_ERROR(tpl_equal(r, &a->values[i], other, out));
        if (!*out) {
            return HUIS_OK;
        }
    }
    *out = true;
    return HUIS_OK;
}

static bool equal_numbers(const tpl_value *a, const tpl_value *b)
{
    int64_t x = 0;
    int64_t y = 0;
    if (tpl_as_integer(a, &x) && tpl_as_integer(b, &y)) {
        return x == y;
    }
    return tpl_as_real(a) == tpl_as_real(b);
}

int tpl_equal(tpl_render *r, const tpl_value *a, const tpl_value *b, bool *out)
{
    RETURN_IF_ERROR(tpl_charge(r, 1));
    if (tpl_is_number(a) && tpl_is_number(b)) {
        *out = equal_numbers(a, b);
        return HUIS_OK;
    }
    *out = false;
    if (a->type != b->type) {
        return HUIS_OK;
    }
    RETURN_IF_ERROR(tpl_enter(r));
    int status = HUIS_OK;
    if (a->type == TPL_STRING) {
        status = tpl_charge_bytes(r, a->as.string.len);
        *out = span_equal(tpl_span(a->as.string), tpl_span(b->as.string));
    } else if (a->type == TPL_LIST) {
        status = equal_lists(r, a->as.list, b->as.list, out);
    } else if (a->type == TPL_DICT) {
        status = equal_dicts(r, a->as.dict, b->as.dict, out);
    } else if (a->type == TPL_NONE || a->type == TPL_UNDEFINED) {
        *out = true;
    } else {
        *out = a->as.macro == b->as.macro; /* references: the same object */
    }
    tpl_leave(r);
    return status;
}

static int order_strings(span a, span b)
{
    const size_t n = a.len < b.len ? a.len : b.len;
    const int c = n > 0 ? memcmp(a.ptr, b.ptr, n) : 0; /* UTF-8 sorts as its code points */
    return c != 0 ? (c > 0) - (c < 0) : (a.len > b.len) - (a.len < b.len);
}

static int order_lists(tpl_render *r, const tpl_list *a, const tpl_list *b, int *out)
{
    for (size_t i = 0; i < a->count && i < b->count; i++) {
        bool equal = false;
        RETURN_IF_ERROR(tpl_equal(r, &a->items[i], &b->items[i], &equal));
        if (!equal) {
            RETURN_IF_ERROR(tpl_enter(r));
            const int status = tpl_order(r, &a->items[i], &b->items[i], out);
            tpl_leave(r);
            return status;
        }
    }
    *out = (a->count > b->count) - (a->count < b->count);
    return HUIS_OK;
}

int tpl_order(tpl_render *r, const tpl_value *a, const tpl_value *b, int *out)
{
    RETURN_IF_ERROR(tpl_charge(r, 1));
    int64_t x = 0;
    int64_t y = 0;
    if (tpl_as_integer(a, &x) && tpl_as_integer(b, &y)) {
        *out = (x > y) - (x < y);
        return HUIS_OK;
    }
    if (tpl_is_number(a) && tpl_is_number(b)) {
        *out = (tpl_as_real(a) > tpl_as_real(b)) - (tpl_as_real(a) < tpl_as_real(b));
        return HUIS_OK;
    }
    if (a->type == TPL_STRING && b->type == TPL_STRING) {
        *out = order_strings(tpl_span(a->as.string), tpl_span(b->as.string));
        return tpl_charge_bytes(r, a->as.string.len);
    }
    if (a->type == TPL_LIST && b->type == TPL_LIST && a->as.list->kind == b->as.list->kind) {
        return order_lists(r, a->as.list, b->as.list, out);
    }
    return tpl_fail(r, HUIS_E_BAD_FILE, "%s and %s have no order", tpl_type_name(a),
                    tpl_type_name(b));
}

int tpl_contains(tpl_render *r, const tpl_value *haystack, const tpl_value *needle, bool *out)
{
    *out = false;
    if (haystack->type == TPL_STRING && needle->type == TPL_STRING) {
        RETURN_IF_ERROR(tpl_charge_bytes(r, haystack->as.string.len));
        *out = tpl_find(tpl_span(haystack->as.string), tpl_span(needle->as.string), 0) != SIZE_MAX;
        return HUIS_OK;
    }
    if (haystack->type == TPL_STRING) {
        return tpl_fail(r, HUIS_E_BAD_FILE, "'in' looks for %s in a string", tpl_type_name(needle));
    }
    if (haystack->type == TPL_DICT) {
        tpl_value *found = NULL;
        RETURN_IF_ERROR(tpl_dict_find(r, haystack->as.dict, needle, &found));
        *out = found != NULL;
        return HUIS_OK;
    }
    tpl_list *list = NULL;
    RETURN_IF_ERROR(tpl_iterate(r, haystack, &list));
    for (size_t i = 0; i < list->count && !*out; i++) {
        RETURN_IF_ERROR(tpl_equal(r, &list->items[i], needle, out));
    }
    return HUIS_OK;
}
