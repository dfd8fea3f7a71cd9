/*
 * template_sequences.c - filters over lists, dicts and other sequences.
 *
 * map, select, reject, unique, batch and reverse give generators in Jinja2: always true, without a
 * length, read once. They are computed at once here, but keep those traits.
 */
#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "chat/template_filters.h"

static int return_list(tpl_call *c, tpl_list *list)
{
    *c->out = tpl_from_list(list);
    return HUIS_OK;
}

static int filter_length(tpl_call *c)
{
    const tpl_value *const v = c->self;
    size_t n = 0;
    if (v->type == TPL_STRING) {
        n = tpl_count_chars(tpl_span(v->as.string));
        RETURN_IF_ERROR(tpl_charge_bytes(c->r, v->as.string.len));
    } else if (v->type == TPL_LIST && v->as.list->kind != TPL_GENERATOR) {
        n = v->as.list->count;
    } else if (v->type == TPL_DICT) {
        n = v->as.dict->count;
    } else if (v->type != TPL_UNDEFINED) {
        return tpl_wrong_input(c);
    }
    *c->out = tpl_int((int64_t)n);
    return HUIS_OK;
}

static int copy_items(tpl_call *c, tpl_list_kind kind, tpl_list **out)
{
    tpl_list *from = NULL;
    RETURN_IF_ERROR(tpl_iterate(c->r, c->self, &from));
    tpl_list *const list = tpl_list_new(c->r, from->count, kind);
    if (list == NULL) {
        return tpl_no_memory(c->r);
    }
    RETURN_IF_ERROR(tpl_charge(c->r, from->count));
    if (from->count > 0) {
        memcpy(list->items, from->items, from->count * sizeof(tpl_value));
    }
    list->count = from->count;
    *out = list;
    return HUIS_OK;
}

static int filter_list(tpl_call *c)
{
    tpl_list *list = NULL;
    RETURN_IF_ERROR(copy_items(c, TPL_PLAIN, &list));
    return return_list(c, list);
}

static int filter_first(tpl_call *c)
{
    tpl_list *list = NULL;
    RETURN_IF_ERROR(tpl_iterate(c->r, c->self, &list));
    *c->out = list->count > 0 ? list->items[0] : tpl_undefined(SPAN("first item"));
    return HUIS_OK;
}

static int filter_last(tpl_call *c)
{
    tpl_list *list = NULL;
    if (c->self->type == TPL_LIST && c->self->as.list->kind == TPL_GENERATOR) {
        return tpl_wrong_input(c);
    }
    RETURN_IF_ERROR(tpl_iterate(c->r, c->self, &list));
    *c->out = list->count > 0 ? list->items[list->count - 1] : tpl_undefined(SPAN("last item"));
    return HUIS_OK;
}

static int filter_reverse(tpl_call *c)
{
    tpl_list *list = NULL;
    RETURN_IF_ERROR(copy_items(c, TPL_GENERATOR, &list));
    for (size_t i = 0; i < list->count / 2; i++) {
        const tpl_value swapped = list->items[i];
        list->items[i] = list->items[list->count - 1 - i];
        list->items[list->count - 1 - i] = swapped;
    }
    if (c->self->type != TPL_STRING) {
        return return_list(c, list);
    }
    tpl_store *const store = tpl_store_new(c->r, c->self->as.string.len);
    if (store == NULL) {
        return tpl_no_memory(c->r);
    }
    for (size_t i = 0; i < list->count; i++) {
        RETURN_IF_ERROR(tpl_store_append_string(c->r, store, list->items[i].as.string));
    }
    return tpl_return_string(c, HUIS_OK, tpl_store_string(store));
}

static int filter_join(tpl_call *c)
{
    tpl_list *list = NULL;
    tpl_string separator = {0};
    RETURN_IF_ERROR(tpl_iterate(c->r, c->self, &list));
    RETURN_IF_ERROR(c->argv[0] != NULL ? tpl_str(c->r, c->argv[0], &separator) : HUIS_OK);
    tpl_store *const store = tpl_store_new(c->r, 64);
    if (store == NULL) {
        return tpl_no_memory(c->r);
    }
    for (size_t i = 0; i < list->count; i++) {
        tpl_value item = list->items[i];
        if (c->argv[1] != NULL && c->argv[1]->type != TPL_NONE) {
            RETURN_IF_ERROR(tpl_path(c->r, &item, c->argv[1], &item));
        }
        RETURN_IF_ERROR(tpl_charge(c->r, 1));
        RETURN_IF_ERROR(i > 0 ? tpl_store_append_string(c->r, store, separator) : HUIS_OK);
        RETURN_IF_ERROR(tpl_append_str(c->r, store, &item));
    }
    return tpl_return_string(c, HUIS_OK, tpl_store_string(store));
}

static int filter_items(tpl_call *c)
{
    if (c->self->type == TPL_UNDEFINED) {
        tpl_list *const list = tpl_list_new(c->r, 1, TPL_GENERATOR);
        return list != NULL ? return_list(c, list) : tpl_no_memory(c->r);
    }
    if (c->self->type != TPL_DICT) {
        return tpl_wrong_input(c);
    }
    RETURN_IF_ERROR(
        tpl_call_native(c->r, tpl_find_method(TPL_DICT, SPAN("items")), c->self, NULL, c->out));
    c->out->as.list->kind = TPL_GENERATOR;
    return HUIS_OK;
}

/* Sorting: by a key that may be an attribute, without case unless asked, stable (merge sort). */

typedef struct sort_item {
    tpl_value key, value;
} sort_item;

static int sort_key(tpl_call *c, const tpl_value *item, const tpl_value *path, bool keep_case,
                    tpl_value *out)
{
    *out = *item;
    if (path != NULL && path->type != TPL_NONE) {
        RETURN_IF_ERROR(tpl_path(c->r, item, path, out));
    }
    if (!keep_case && out->type == TPL_STRING) {
        tpl_string lower;
        RETURN_IF_ERROR(tpl_change_case(c->r, out->as.string, TPL_LOWER, &lower));
        *out = tpl_from_string(lower);
    }
    return HUIS_OK;
}

/* Merges the two sorted halves of [start, end) from `from` to `to`. */
static int merge(tpl_call *c, const sort_item *from, sort_item *to, size_t start, size_t middle,
                 size_t end, bool reverse)
{
    size_t a = start;
    size_t b = middle;
    for (size_t i = start; i < end; i++) {
        bool left = b >= end;
        if (a < middle && b < end) {
            int order = 0;
            RETURN_IF_ERROR(tpl_order(c->r, &from[a].key, &from[b].key, &order));
            left = reverse ? order >= 0 : order <= 0;
        }
        to[i] = left ? from[a++] : from[b++];
    }
    return HUIS_OK;
}

static int sort_items(tpl_call *c, sort_item *items, size_t n, bool reverse, sort_item **out)
{
    sort_item *from = items;
    sort_item *to = tpl_alloc(c->r, n + 1, sizeof(sort_item));
    if (to == NULL) {
        return tpl_no_memory(c->r);
    }
    for (size_t width = 1; width < n; width *= 2) {
        for (size_t start = 0; start < n; start += 2 * width) {
            const size_t middle = start + width < n ? start + width : n;
            const size_t end = start + 2 * width < n ? start + 2 * width : n;
            RETURN_IF_ERROR(merge(c, from, to, start, middle, end, reverse));
        }
        sort_item *const swapped = from;
        from = to;
        to = swapped;
    }
    *out = from;
    return HUIS_OK;
}

static int sort_list(tpl_call *c, const tpl_list *list, const tpl_value *path, bool keep_case,
                     bool reverse)
{
    const size_t n = list->count;
    sort_item *items = tpl_alloc(c->r, n + 1, sizeof(sort_item));
    tpl_list *const sorted = tpl_list_new(c->r, n, TPL_PLAIN);
    if (items == NULL || sorted == NULL) {
        return tpl_no_memory(c->r);
    }
    for (size_t i = 0; i < n; i++) {
        items[i].value = list->items[i];
        RETURN_IF_ERROR(sort_key(c, &list->items[i], path, keep_case, &items[i].key));
    }
    RETURN_IF_ERROR(sort_items(c, items, n, reverse, &items));
    for (size_t i = 0; i < n; i++) {
        RETURN_IF_ERROR(tpl_list_push(c->r, sorted, items[i].value));
    }
    return return_list(c, sorted);
}

static int filter_sort(tpl_call *c)
{
    tpl_list *list = NULL;
    RETURN_IF_ERROR(tpl_iterate(c->r, c->self, &list));
    return sort_list(c, list, c->argv[2], tpl_flag(c, 1, false), tpl_flag(c, 0, false));
}

static int filter_dictsort(tpl_call *c)
{
    if (c->self->type != TPL_DICT) {
        return tpl_wrong_input(c);
    }
    const bool by_value = c->argv[1] != NULL && c->argv[1]->type == TPL_STRING &&
                          span_equal(tpl_span(c->argv[1]->as.string), SPAN("value"));
    const tpl_value path = tpl_int(by_value ? 1 : 0);
    tpl_value pairs;
    RETURN_IF_ERROR(
        tpl_call_native(c->r, tpl_find_method(TPL_DICT, SPAN("items")), c->self, NULL, &pairs));
    return sort_list(c, pairs.as.list, &path, tpl_flag(c, 0, false), tpl_flag(c, 2, false));
}

static int filter_unique(tpl_call *c)
{
    tpl_list *list = NULL;
    RETURN_IF_ERROR(tpl_iterate(c->r, c->self, &list));
    tpl_list *const seen = tpl_list_new(c->r, 4, TPL_PLAIN);
    tpl_list *const kept = tpl_list_new(c->r, 4, TPL_GENERATOR);
    if (seen == NULL || kept == NULL) {
        return tpl_no_memory(c->r);
    }
    const tpl_value known = tpl_from_list(seen);
    for (size_t i = 0; i < list->count; i++) {
        tpl_value key;
        bool found = false;
        RETURN_IF_ERROR(sort_key(c, &list->items[i], c->argv[1], tpl_flag(c, 0, false), &key));
        RETURN_IF_ERROR(tpl_contains(c->r, &known, &key, &found));
        if (!found) {
            RETURN_IF_ERROR(tpl_list_push(c->r, seen, key));
            RETURN_IF_ERROR(tpl_list_push(c->r, kept, list->items[i]));
        }
    }
    return return_list(c, kept);
}

/* min, max */
static int extreme(tpl_call *c, int sign)
{
    tpl_list *list = NULL;
    RETURN_IF_ERROR(tpl_iterate(c->r, c->self, &list));
    *c->out = tpl_undefined(SPAN("item of an empty sequence"));
    tpl_value best_key = tpl_none();
    for (size_t i = 0; i < list->count; i++) {
        tpl_value key;
        int order = 0;
        RETURN_IF_ERROR(sort_key(c, &list->items[i], c->argv[1], tpl_flag(c, 0, false), &key));
        RETURN_IF_ERROR(i > 0 ? tpl_order(c->r, &key, &best_key, &order) : HUIS_OK);
        if (i == 0 || order * sign > 0) {
            best_key = key;
            *c->out = list->items[i];
        }
    }
    return HUIS_OK;
}

static int filter_min(tpl_call *c)
{
    return extreme(c, -1);
}

static int filter_max(tpl_call *c)
{
    return extreme(c, 1);
}

static int filter_sum(tpl_call *c)
{
    tpl_list *list = NULL;
    RETURN_IF_ERROR(tpl_iterate(c->r, c->self, &list));
    tpl_value sum = c->argv[1] != NULL ? *c->argv[1] : tpl_int(0);
    for (size_t i = 0; i < list->count; i++) {
        tpl_value item = list->items[i];
        tpl_value next;
        if (c->argv[0] != NULL && c->argv[0]->type != TPL_NONE) {
            RETURN_IF_ERROR(tpl_path(c->r, &item, c->argv[0], &item));
        }
        RETURN_IF_ERROR(tpl_binary(c->r, TPL_OP_ADD, &sum, &item, &next));
        sum = next;
    }
    *c->out = sum;
    return HUIS_OK;
}

static int filter_batch(tpl_call *c)
{
    tpl_list *list = NULL;
    int64_t size = 0;
    RETURN_IF_ERROR(tpl_iterate(c->r, c->self, &list));
    if (!tpl_as_integer(c->argv[0], &size) || size < 1) {
        return tpl_wrong_input(c);
    }
    tpl_list *const batches = tpl_list_new(c->r, 4, TPL_GENERATOR);
    if (batches == NULL) {
        return tpl_no_memory(c->r);
    }
    for (size_t i = 0; i < list->count;) {
        tpl_list *const batch = tpl_list_new(c->r, 4, TPL_PLAIN);
        if (batch == NULL) {
            return tpl_no_memory(c->r);
        }
        for (int64_t k = 0; k < size && i < list->count; k++) {
            RETURN_IF_ERROR(tpl_list_push(c->r, batch, list->items[i++]));
        }
        const bool fill = c->argv[1] != NULL && c->argv[1]->type != TPL_NONE;
        while (fill && (int64_t)batch->count < size) {
            RETURN_IF_ERROR(tpl_list_push(c->r, batch, *c->argv[1]));
        }
        RETURN_IF_ERROR(tpl_list_push(c->r, batches, tpl_from_list(batch)));
    }
    return return_list(c, batches);
}

/* map, select, reject, selectattr, rejectattr. */

/* The arguments after the first `n` positional ones. */
static tpl_args rest_of(const tpl_args *args, size_t n)
{
    tpl_args rest = *args;
    if (n > 0) {
        rest.positional += n;
        rest.n_positional -= n;
    }
    return rest;
}

static int map_attribute(tpl_call *c, const tpl_list *list, tpl_list *made)
{
    const tpl_value *path = NULL;
    const tpl_value *fallback = NULL;
    for (size_t i = 0; i < c->args->n_named; i++) {
        if (span_equal(c->args->names[i], SPAN("attribute"))) {
            path = &c->args->named[i];
        } else if (span_equal(c->args->names[i], SPAN("default"))) {
            fallback = &c->args->named[i];
        } else {
            path = NULL;
            break;
        }
    }
    if (path == NULL) {
        return tpl_fail(c->r, HUIS_E_BAD_FILE, "map needs the name of a filter or attribute=");
    }
    for (size_t i = 0; i < list->count; i++) {
        tpl_value v;
        RETURN_IF_ERROR(tpl_path(c->r, &list->items[i], path, &v));
        v = v.type == TPL_UNDEFINED && fallback != NULL ? *fallback : v;
        RETURN_IF_ERROR(tpl_list_push(c->r, made, v));
    }
    return HUIS_OK;
}

static int unknown_name(tpl_call *c, const char *what, const tpl_value *v)
{
    const span name = v->type == TPL_STRING ? span_slice(tpl_span(v->as.string), 0, 40) : SPAN("?");
    return tpl_fail(c->r, HUIS_E_UNSUPPORTED, "the %s '%.*s' is not supported", what, (int)name.len,
                    name.ptr);
}

/* As Jinja2: what is false has no items, none too. */
static int iterate_lazily(tpl_call *c, tpl_list **out)
{
    static const tpl_value NOTHING = {.type = TPL_UNDEFINED};
    return tpl_iterate(c->r, tpl_truth(c->self) ? c->self : &NOTHING, out);
}

static int filter_map(tpl_call *c)
{
    tpl_list *list = NULL;
    RETURN_IF_ERROR(iterate_lazily(c, &list));
    tpl_list *const made = tpl_list_new(c->r, list->count, TPL_GENERATOR);
    if (made == NULL) {
        return tpl_no_memory(c->r);
    }
    if (c->args->n_positional == 0) {
        RETURN_IF_ERROR(map_attribute(c, list, made));
        return return_list(c, made);
    }
    const tpl_value *const name = &c->args->positional[0];
    const tpl_native *const filter =
        name->type == TPL_STRING ? tpl_find_filter(tpl_span(name->as.string)) : NULL;
    if (filter == NULL) {
        return unknown_name(c, "filter", name);
    }
    const tpl_args rest = rest_of(c->args, 1);
    for (size_t i = 0; i < list->count; i++) {
        tpl_value v;
        RETURN_IF_ERROR(tpl_call_native(c->r, filter, &list->items[i], &rest, &v));
        RETURN_IF_ERROR(tpl_list_push(c->r, made, v));
    }
    return return_list(c, made);
}

/* Keeps the items whose test gives `wanted`; by_attribute: the test is of an attribute. */
static int keep(tpl_call *c, bool by_attribute, bool wanted)
{
    tpl_list *list = NULL;
    RETURN_IF_ERROR(iterate_lazily(c, &list));
    tpl_list *const kept = tpl_list_new(c->r, 4, TPL_GENERATOR);
    if (kept == NULL) {
        return tpl_no_memory(c->r);
    }
    const size_t skip = by_attribute ? 1 : 0;
    if (c->args->n_positional < skip) {
        return tpl_fail(c->r, HUIS_E_BAD_FILE, "%s needs the name of an attribute", c->name);
    }
    const tpl_native *test = NULL;
    if (c->args->n_positional > skip) {
        const tpl_value *const name = &c->args->positional[skip];
        test = name->type == TPL_STRING ? tpl_find_test(tpl_span(name->as.string)) : NULL;
        if (test == NULL) {
            return unknown_name(c, "test", name);
        }
    }
    const tpl_args rest = rest_of(c->args, skip + (test != NULL ? 1 : 0));
    for (size_t i = 0; i < list->count; i++) {
        tpl_value v = list->items[i];
        if (by_attribute) {
            RETURN_IF_ERROR(tpl_path(c->r, &v, &c->args->positional[0], &v));
        }
        if (test != NULL) {
            RETURN_IF_ERROR(tpl_call_native(c->r, test, &v, &rest, &v));
        }
        if (tpl_truth(&v) == wanted) {
            RETURN_IF_ERROR(tpl_list_push(c->r, kept, list->items[i]));
        }
    }
    return return_list(c, kept);
}

static int filter_select(tpl_call *c)
{
    return keep(c, false, true);
}

static int filter_reject(tpl_call *c)
{
    return keep(c, false, false);
}

static int filter_selectattr(tpl_call *c)
{
    return keep(c, true, true);
}

static int filter_rejectattr(tpl_call *c)
{
    return keep(c, true, false);
}

static const tpl_native FILTERS[] = {
    {"length", filter_length, "", 0},
    {"count", filter_length, "", 0},
    {"list", filter_list, "", 0},
    {"first", filter_first, "", 0},
    {"last", filter_last, "", 0},
    {"reverse", filter_reverse, "", 0},
    {"join", filter_join, "d,attribute", 0},
    {"items", filter_items, "", 0},
    {"sort", filter_sort, "reverse,case_sensitive,attribute", 0},
    {"dictsort", filter_dictsort, "case_sensitive,by,reverse", 0},
    {"unique", filter_unique, "case_sensitive,attribute", 0},
    {"min", filter_min, "case_sensitive,attribute", 0},
    {"max", filter_max, "case_sensitive,attribute", 0},
    {"sum", filter_sum, "attribute,start", 0},
    {"batch", filter_batch, "linecount,fill_with", 1},
    {"map", filter_map, NULL, 0},
    {"select", filter_select, NULL, 0},
    {"reject", filter_reject, NULL, 0},
    {"selectattr", filter_selectattr, NULL, 0},
    {"rejectattr", filter_rejectattr, NULL, 0},
};

const tpl_native *tpl_find_sequence_filter(span name)
{
    return tpl_find_in(FILTERS, sizeof(FILTERS) / sizeof(FILTERS[0]), name);
}
