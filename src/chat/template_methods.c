/*
 * template_methods.c - methods of strings, lists, dicts and loop objects, as Python names them.
 *
 * append, pop, update ... change the value in place; Hugging Face's sandbox forbids them, but
 * templates that use them are in circulation.
 */
#include <utf8proc.h>

#include "base/error.h"
#include "base/utf8.h"
#include "chat/template_value.h"

/* Argument checks. */

static int wrong(tpl_call *c, const tpl_value *v)
{
    return tpl_fail(c->r, HUIS_E_BAD_FILE, "%s with %s as an argument", c->name, tpl_type_name(v));
}

static int string_argument(tpl_call *c, int i, tpl_string *out)
{
    if (c->argv[i]->type != TPL_STRING) {
        return wrong(c, c->argv[i]);
    }
    *out = c->argv[i]->as.string;
    return HUIS_OK;
}

/* NULL or none: absent. */
static int optional_string(tpl_call *c, int i, tpl_string *storage, const tpl_string **out)
{
    *out = NULL;
    if (c->argv[i] == NULL || c->argv[i]->type == TPL_NONE) {
        return HUIS_OK;
    }
    RETURN_IF_ERROR(string_argument(c, i, storage));
    *out = storage;
    return HUIS_OK;
}

static int integer_argument(tpl_call *c, int i, int64_t absent, int64_t *out)
{
    *out = absent;
    if (c->argv[i] == NULL || c->argv[i]->type == TPL_NONE) {
        return HUIS_OK;
    }
    return tpl_as_integer(c->argv[i], out) ? HUIS_OK : wrong(c, c->argv[i]);
}

static tpl_string self_string(const tpl_call *c)
{
    return c->self->as.string;
}

/* Strings. */

static int strip_side(tpl_call *c, tpl_side side)
{
    tpl_string storage;
    tpl_string s;
    const tpl_string *chars = NULL;
    RETURN_IF_ERROR(optional_string(c, 0, &storage, &chars));
    const int status = tpl_strip(c->r, self_string(c), chars, side, &s);
    return tpl_return_string(c, status, s);
}

static int str_strip(tpl_call *c)
{
    return strip_side(c, TPL_BOTH);
}

static int str_lstrip(tpl_call *c)
{
    return strip_side(c, TPL_LEFT);
}

static int str_rstrip(tpl_call *c)
{
    return strip_side(c, TPL_RIGHT);
}

static int split_from(tpl_call *c, bool right)
{
    tpl_string storage;
    const tpl_string *separator = NULL;
    int64_t limit = -1;
    RETURN_IF_ERROR(optional_string(c, 0, &storage, &separator));
    RETURN_IF_ERROR(integer_argument(c, 1, -1, &limit));
    return tpl_split(c->r, self_string(c), separator, limit, right, c->out);
}

static int str_split(tpl_call *c)
{
    return split_from(c, false);
}

static int str_rsplit(tpl_call *c)
{
    return split_from(c, true);
}

static int str_splitlines(tpl_call *c)
{
    return tpl_split_lines(c->r, self_string(c), c->argv[0] != NULL && tpl_truth(c->argv[0]),
                           c->out);
}

static int has_affix(tpl_call *c, bool at_end)
{
    const span text = tpl_span(self_string(c));
    const tpl_value *one = c->argv[0];
    size_t n = 1;
    if (one->type == TPL_LIST && one->as.list->kind == TPL_TUPLE) {
        n = one->as.list->count;
        one = one->as.list->items;
    }
    bool found = false;
    for (size_t i = 0; i < n && !found; i++) {
        if (one[i].type != TPL_STRING) {
            return wrong(c, &one[i]);
        }
        RETURN_IF_ERROR(tpl_charge(c->r, 1));
        const span affix = tpl_span(one[i].as.string);
        found = at_end ? span_ends_with(text, affix) : span_starts_with(text, affix);
    }
    *c->out = tpl_bool(found);
    return HUIS_OK;
}

static int str_startswith(tpl_call *c)
{
    return has_affix(c, false);
}

static int str_endswith(tpl_call *c)
{
    return has_affix(c, true);
}

static int str_removeprefix(tpl_call *c)
{
    tpl_string affix;
    const tpl_string s = self_string(c);
    RETURN_IF_ERROR(string_argument(c, 0, &affix));
    const bool has = span_starts_with(tpl_span(s), tpl_span(affix));
    return tpl_return_string(c, HUIS_OK, tpl_slice(s, has ? affix.len : 0, s.len));
}

static int str_removesuffix(tpl_call *c)
{
    tpl_string affix;
    const tpl_string s = self_string(c);
    RETURN_IF_ERROR(string_argument(c, 0, &affix));
    const bool has = span_ends_with(tpl_span(s), tpl_span(affix));
    return tpl_return_string(c, HUIS_OK, tpl_slice(s, 0, s.len - (has ? affix.len : 0)));
}

static int str_replace(tpl_call *c)
{
    tpl_string old;
    tpl_string new;
    tpl_string s;
    int64_t count = -1;
    RETURN_IF_ERROR(string_argument(c, 0, &old));
    RETURN_IF_ERROR(string_argument(c, 1, &new));
    RETURN_IF_ERROR(integer_argument(c, 2, -1, &count));
    const int status = tpl_replace(c->r, self_string(c), old, new, count, &s);
    return tpl_return_string(c, status, s);
}

static int change_case(tpl_call *c, tpl_case how)
{
    tpl_string s;
    const int status = tpl_change_case(c->r, self_string(c), how, &s);
    return tpl_return_string(c, status, s);
}

static int str_upper(tpl_call *c)
{
    return change_case(c, TPL_UPPER);
}

static int str_lower(tpl_call *c)
{
    return change_case(c, TPL_LOWER);
}

static int str_title(tpl_call *c)
{
    return change_case(c, TPL_TITLE);
}

static int str_capitalize(tpl_call *c)
{
    return change_case(c, TPL_CAPITALIZE);
}

static int str_format(tpl_call *c)
{
    tpl_string s;
    const int status = tpl_format_braces(c->r, self_string(c), c->args, &s);
    return tpl_return_string(c, status, s);
}

static int str_join(tpl_call *c)
{
    tpl_list *list = NULL;
    RETURN_IF_ERROR(tpl_iterate(c->r, c->argv[0], &list));
    tpl_store *const store = tpl_store_new(c->r, 64);
    if (store == NULL) {
        return tpl_no_memory(c->r);
    }
    for (size_t i = 0; i < list->count; i++) {
        if (list->items[i].type != TPL_STRING) {
            return wrong(c, &list->items[i]);
        }
        if (i > 0) {
            RETURN_IF_ERROR(tpl_store_append_string(c->r, store, self_string(c)));
        }
        RETURN_IF_ERROR(tpl_charge(c->r, 1));
        RETURN_IF_ERROR(tpl_store_append_string(c->r, store, list->items[i].as.string));
    }
    return tpl_return_string(c, HUIS_OK, tpl_store_string(store));
}

static size_t find_last(span text, span needle)
{
    for (size_t end = text.len; end >= needle.len; end--) {
        if (span_ends_with(span_slice(text, 0, end), needle)) {
            return end - needle.len;
        }
        if (end == 0) {
            break;
        }
    }
    return SIZE_MAX;
}

static int find_from(tpl_call *c, bool right)
{
    tpl_string needle;
    const span text = tpl_span(self_string(c));
    RETURN_IF_ERROR(string_argument(c, 0, &needle));
    /* The backward search compares at each place. */
    RETURN_IF_ERROR(tpl_charge(c->r, 1 + text.len / 256 * (right ? 1 + needle.len / 256 : 1)));
    const size_t found =
        right ? find_last(text, tpl_span(needle)) : tpl_find(text, tpl_span(needle), 0);
    *c->out =
        tpl_int(found == SIZE_MAX ? -1 : (int64_t)tpl_count_chars(span_slice(text, 0, found)));
    return HUIS_OK;
}

static int str_find(tpl_call *c)
{
    return find_from(c, false);
}

static int str_rfind(tpl_call *c)
{
    return find_from(c, true);
}

static int str_count(tpl_call *c)
{
    tpl_string needle;
    const span text = tpl_span(self_string(c));
    RETURN_IF_ERROR(string_argument(c, 0, &needle));
    RETURN_IF_ERROR(tpl_charge_bytes(c->r, text.len));
    int64_t n = 0;
    if (needle.len == 0) {
        n = (int64_t)tpl_count_chars(text) + 1;
    } else {
        for (size_t at = tpl_find(text, tpl_span(needle), 0); at != SIZE_MAX;
             at = tpl_find(text, tpl_span(needle), at + needle.len)) {
            n++;
        }
    }
    *c->out = tpl_int(n);
    return HUIS_OK;
}

static bool is_digit_code(uint32_t code)
{
    return utf8proc_category((int32_t)code) == UTF8PROC_CATEGORY_ND;
}

static bool is_alpha_code(uint32_t code)
{
    const utf8proc_category_t c = utf8proc_category((int32_t)code);
    return c >= UTF8PROC_CATEGORY_LU && c <= UTF8PROC_CATEGORY_LO;
}

static bool is_alnum_code(uint32_t code)
{
    return is_alpha_code(code) || is_digit_code(code);
}

/* Every character passes, and there is one. */
static int all_chars(tpl_call *c, bool (*passes)(uint32_t code))
{
    const span text = tpl_span(self_string(c));
    bool all = text.len > 0;
    RETURN_IF_ERROR(tpl_charge(c->r, text.len / 64));
    for (size_t pos = 0; pos < text.len && all;) {
        uint32_t code = 0;
        pos += utf8_next(text, pos, &code);
        all = passes(code);
    }
    *c->out = tpl_bool(all);
    return HUIS_OK;
}

static int str_isdigit(tpl_call *c)
{
    return all_chars(c, is_digit_code);
}

static int str_isalpha(tpl_call *c)
{
    return all_chars(c, is_alpha_code);
}

static int str_isalnum(tpl_call *c)
{
    return all_chars(c, is_alnum_code);
}

static int str_isspace(tpl_call *c)
{
    return all_chars(c, tpl_is_space);
}

static int apply_test(tpl_call *c, const char *name)
{
    return tpl_call_native(c->r, tpl_find_test(span_from_string(name)), c->self, NULL, c->out);
}

static int str_isupper(tpl_call *c)
{
    return apply_test(c, "upper");
}

static int str_islower(tpl_call *c)
{
    return apply_test(c, "lower");
}

static const tpl_native STRING_METHODS[] = {
    {"strip", str_strip, "chars", 0},
    {"lstrip", str_lstrip, "chars", 0},
    {"rstrip", str_rstrip, "chars", 0},
    {"split", str_split, "sep,maxsplit", 0},
    {"rsplit", str_rsplit, "sep,maxsplit", 0},
    {"splitlines", str_splitlines, "keepends", 0},
    {"startswith", str_startswith, "prefix", 1},
    {"endswith", str_endswith, "suffix", 1},
    {"removeprefix", str_removeprefix, "prefix", 1},
    {"removesuffix", str_removesuffix, "suffix", 1},
    {"replace", str_replace, "old,new,count", 2},
    {"upper", str_upper, "", 0},
    {"lower", str_lower, "", 0},
    {"title", str_title, "", 0},
    {"capitalize", str_capitalize, "", 0},
    {"format", str_format, NULL, 0},
    {"join", str_join, "iterable", 1},
    {"find", str_find, "sub", 1},
    {"rfind", str_rfind, "sub", 1},
    {"count", str_count, "sub", 1},
    {"isdigit", str_isdigit, "", 0},
    {"isnumeric", str_isdigit, "", 0},
    {"isdecimal", str_isdigit, "", 0},
    {"isalpha", str_isalpha, "", 0},
    {"isalnum", str_isalnum, "", 0},
    {"isspace", str_isspace, "", 0},
    {"isupper", str_isupper, "", 0},
    {"islower", str_islower, "", 0},
};

/* Dicts. */

static int dict_get(tpl_call *c)
{
    tpl_value *found = NULL;
    RETURN_IF_ERROR(tpl_dict_find(c->r, c->self->as.dict, c->argv[0], &found));
    *c->out = found != NULL ? *found : c->argv[1] != NULL ? *c->argv[1] : tpl_none();
    return HUIS_OK;
}

enum { DICT_KEYS = 1, DICT_VALUES = 2 };

static int dict_view(tpl_call *c, int what)
{
    const tpl_dict *const dict = c->self->as.dict;
    tpl_list *const list = tpl_list_new(c->r, dict->count, TPL_VIEW);
    if (list == NULL) {
        return tpl_no_memory(c->r);
    }
    for (size_t i = 0; i < dict->count; i++) {
        tpl_value v = (what & DICT_KEYS) != 0 ? dict->keys[i] : dict->values[i];
        if (what == (DICT_KEYS | DICT_VALUES)) {
            RETURN_IF_ERROR(tpl_pair(c->r, dict->keys[i], dict->values[i], &v));
        }
        RETURN_IF_ERROR(tpl_list_push(c->r, list, v));
    }
    *c->out = tpl_from_list(list);
    c->out->trusted = c->self->trusted;
    return HUIS_OK;
}

static int dict_keys(tpl_call *c)
{
    return dict_view(c, DICT_KEYS);
}

static int dict_values(tpl_call *c)
{
    return dict_view(c, DICT_VALUES);
}

static int dict_items(tpl_call *c)
{
    return dict_view(c, DICT_KEYS | DICT_VALUES);
}

static int dict_pop(tpl_call *c)
{
    tpl_dict *const dict = c->self->as.dict;
    tpl_value *found = NULL;
    RETURN_IF_ERROR(tpl_dict_find(c->r, dict, c->argv[0], &found));
    if (found == NULL) {
        if (c->argv[1] == NULL) {
            return tpl_fail(c->r, HUIS_E_BAD_FILE, "pop of a key that the dict does not have");
        }
        *c->out = *c->argv[1];
        return HUIS_OK;
    }
    *c->out = *found;
    const size_t at = (size_t)(found - dict->values);
    RETURN_IF_ERROR(tpl_charge(c->r, dict->count / 16));
    for (size_t i = at; i + 1 < dict->count; i++) {
        dict->keys[i] = dict->keys[i + 1];
        dict->values[i] = dict->values[i + 1];
    }
    dict->count--;
    return HUIS_OK;
}

static int dict_update(tpl_call *c)
{
    const tpl_args *const args = c->args;
    tpl_dict *const dict = c->self->as.dict;
    for (size_t i = 0; i < args->n_positional; i++) {
        if (args->positional[i].type != TPL_DICT) {
            return wrong(c, &args->positional[i]);
        }
        const tpl_dict *const other = args->positional[i].as.dict;
        const size_t n = other->count;
        for (size_t k = 0; k < n; k++) {
            RETURN_IF_ERROR(tpl_dict_set(c->r, dict, other->keys[k], other->values[k]));
        }
    }
    for (size_t i = 0; i < args->n_named; i++) {
        tpl_string name;
        RETURN_IF_ERROR(tpl_string_from(c->r, args->names[i], true, &name));
        RETURN_IF_ERROR(tpl_dict_set(c->r, dict, tpl_from_string(name), args->named[i]));
    }
    return HUIS_OK;
}

static int dict_copy(tpl_call *c)
{
    const tpl_dict *const from = c->self->as.dict;
    tpl_dict *const dict = tpl_dict_new(c->r, from->count);
    if (dict == NULL) {
        return tpl_no_memory(c->r);
    }
    for (size_t i = 0; i < from->count; i++) {
        dict->keys[i] = from->keys[i];
        dict->values[i] = from->values[i];
    }
    dict->count = from->count;
    *c->out = tpl_from_dict(dict);
    c->out->trusted = c->self->trusted;
    return tpl_charge(c->r, from->count);
}

static const tpl_native DICT_METHODS[] = {
    {"get", dict_get, "key,default", 1}, {"items", dict_items, "", 0},
    {"keys", dict_keys, "", 0},          {"values", dict_values, "", 0},
    {"pop", dict_pop, "key,default", 1}, {"update", dict_update, NULL, 0},
    {"copy", dict_copy, "", 0},
};

/* Lists. */

static int list_append(tpl_call *c)
{
    return tpl_list_push(c->r, c->self->as.list, *c->argv[0]);
}

static int list_extend(tpl_call *c)
{
    tpl_list *more = NULL;
    RETURN_IF_ERROR(tpl_iterate(c->r, c->argv[0], &more));
    const size_t n = more->count;
    for (size_t i = 0; i < n; i++) {
        RETURN_IF_ERROR(tpl_list_push(c->r, c->self->as.list, more->items[i]));
    }
    return HUIS_OK;
}

static int list_insert(tpl_call *c)
{
    tpl_list *const list = c->self->as.list;
    int64_t at = 0;
    RETURN_IF_ERROR(integer_argument(c, 0, 0, &at));
    const int64_t n = (int64_t)list->count;
    at = at < -n ? 0 : at < 0 ? at + n : at > n ? n : at;
    RETURN_IF_ERROR(tpl_list_push(c->r, list, *c->argv[1]));
    RETURN_IF_ERROR(tpl_charge(c->r, list->count / 16));
    for (int64_t i = n; i > at; i--) {
        list->items[i] = list->items[i - 1];
    }
    list->items[at] = *c->argv[1];
    return HUIS_OK;
}

static int list_pop(tpl_call *c)
{
    tpl_list *const list = c->self->as.list;
    const int64_t n = (int64_t)list->count;
    int64_t at = -1;
    RETURN_IF_ERROR(integer_argument(c, 0, -1, &at));
    at = at < 0 ? at + n : at;
    if (at < 0 || at >= n) {
        return tpl_fail(c->r, HUIS_E_BAD_FILE, "pop past the end of a list of %zu", list->count);
    }
    *c->out = list->items[at];
    RETURN_IF_ERROR(tpl_charge(c->r, list->count / 16));
    for (int64_t i = at; i + 1 < n; i++) {
        list->items[i] = list->items[i + 1];
    }
    list->count--;
    return HUIS_OK;
}

static int list_index(tpl_call *c)
{
    const tpl_list *const list = c->self->as.list;
    for (size_t i = 0; i < list->count; i++) {
        bool equal = false;
        RETURN_IF_ERROR(tpl_equal(c->r, &list->items[i], c->argv[0], &equal));
        if (equal) {
            *c->out = tpl_int((int64_t)i);
            return HUIS_OK;
        }
    }
    return tpl_fail(c->r, HUIS_E_BAD_FILE, "index of a value that the list does not have");
}

static int list_count(tpl_call *c)
{
    const tpl_list *const list = c->self->as.list;
    int64_t n = 0;
    for (size_t i = 0; i < list->count; i++) {
        bool equal = false;
        RETURN_IF_ERROR(tpl_equal(c->r, &list->items[i], c->argv[0], &equal));
        n += equal ? 1 : 0;
    }
    *c->out = tpl_int(n);
    return HUIS_OK;
}

static const tpl_native LIST_METHODS[] = {
    {"append", list_append, "item", 1},       {"extend", list_extend, "items", 1},
    {"insert", list_insert, "index,item", 2}, {"pop", list_pop, "index", 0},
    {"index", list_index, "item", 1},         {"count", list_count, "item", 1},
};

/* Loop objects and cyclers. */

static int loop_cycle(tpl_call *c)
{
    if (c->args->n_positional == 0) {
        return tpl_fail(c->r, HUIS_E_BAD_FILE, "cycle without values");
    }
    *c->out = c->args->positional[c->self->as.loop->index % c->args->n_positional];
    return HUIS_OK;
}

/* Whether the value differs from that of the call before. */
static int loop_changed(tpl_call *c)
{
    tpl_loop *const loop = c->self->as.loop;
    bool equal = false;
    if (loop->last_changed != NULL) {
        RETURN_IF_ERROR(tpl_equal(c->r, loop->last_changed, c->argv[0], &equal));
    } else {
        loop->last_changed = tpl_alloc(c->r, 1, sizeof(tpl_value));
        if (loop->last_changed == NULL) {
            return tpl_no_memory(c->r);
        }
    }
    *loop->last_changed = *c->argv[0];
    *c->out = tpl_bool(!equal);
    return HUIS_OK;
}

static const tpl_native LOOP_METHODS[] = {
    {"cycle", loop_cycle, NULL, 0},
    {"changed", loop_changed, "value", 1},
};

static int cycler_next(tpl_call *c)
{
    tpl_cycler *const cycler = c->self->as.cycler;
    *c->out = cycler->items->items[cycler->index];
    cycler->index = (cycler->index + 1) % cycler->items->count;
    return HUIS_OK;
}

static int cycler_reset(tpl_call *c)
{
    c->self->as.cycler->index = 0;
    return HUIS_OK;
}

static const tpl_native CYCLER_METHODS[] = {
    {"next", cycler_next, "", 0},
    {"reset", cycler_reset, "", 0},
};

const tpl_native *tpl_find_method(tpl_type type, span name)
{
    if (type == TPL_STRING) {
        return tpl_find_in(STRING_METHODS, sizeof(STRING_METHODS) / sizeof(STRING_METHODS[0]),
                           name);
    }
    if (type == TPL_DICT) {
        return tpl_find_in(DICT_METHODS, sizeof(DICT_METHODS) / sizeof(DICT_METHODS[0]), name);
    }
    if (type == TPL_LIST) {
        return tpl_find_in(LIST_METHODS, sizeof(LIST_METHODS) / sizeof(LIST_METHODS[0]), name);
    }
    if (type == TPL_LOOP) {
        return tpl_find_in(LOOP_METHODS, sizeof(LOOP_METHODS) / sizeof(LOOP_METHODS[0]), name);
    }
    return type == TPL_CYCLER
               ? tpl_find_in(CYCLER_METHODS, sizeof(CYCLER_METHODS) / sizeof(CYCLER_METHODS[0]),
                             name)
               : NULL;
}
