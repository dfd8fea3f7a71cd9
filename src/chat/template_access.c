/*
 * template_access.c - attributes, indices and calls.
 *
 * As Jinja2: x.name looks for a method or attribute first and for the key "name" then, x["name"] the
 * other way round; what is not there is undefined, and anything further on undefined is an error.
 * There are no other attributes than those listed here: nothing leads to the host.
 */
#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "chat/template_value.h"

const tpl_native *tpl_find_in(const tpl_native *table, size_t count, span name)
{
    for (size_t i = 0; i < count; i++) {
        if (span_equal(name, span_from_string(table[i].name))) {
            return &table[i];
        }
    }
    return NULL;
}

static int undefined_error(tpl_render *r, const tpl_value *v)
{
    const span name = span_slice(v->as.missing, 0, 60);
    return tpl_fail(r, HUIS_E_BAD_FILE, "'%.*s' is undefined", (int)name.len, name.ptr);
}

static int bind_method(tpl_render *r, const tpl_native *native, const tpl_value *v, tpl_value *out)
{
    tpl_bound *const bound = tpl_alloc(r, 1, sizeof(*bound));
    tpl_value *const self = tpl_alloc(r, 1, sizeof(*self));
    if (bound == NULL || self == NULL) {
        return tpl_no_memory(r);
    }
    *self = *v;
    *bound = (tpl_bound){.native = native, .self = self};
    *out = (tpl_value){.type = TPL_NATIVE, .trusted = true, .as.bound = bound};
    return HUIS_OK;
}

static tpl_value neighbour(const tpl_loop *loop, bool next)
{
    const size_t n = loop->items->count;
    const bool exists = next ? loop->index + 1 < n : loop->index > 0;
    const span name = next ? SPAN("nextitem") : SPAN("previtem");
    return exists ? loop->items->items[next ? loop->index + 1 : loop->index - 1]
                  : tpl_undefined(name);
}

/* False: the loop object has no such attribute. */
static bool loop_attribute(const tpl_loop *loop, span name, tpl_value *out)
{
    const int64_t index = (int64_t)loop->index;
    const int64_t n = (int64_t)loop->items->count;
    const struct {
        const char *name;
        tpl_value value;
    } rows[] = {
        {"index", tpl_int(index + 1)},
        {"index0", tpl_int(index)},
        {"revindex", tpl_int(n - index)},
        {"revindex0", tpl_int(n - index - 1)},
        {"first", tpl_bool(index == 0)},
        {"last", tpl_bool(index + 1 >= n)},
        {"length", tpl_int(n)},
        {"previtem", neighbour(loop, false)},
        {"nextitem", neighbour(loop, true)},
        {"depth", tpl_int(1)}, /* loops are never recursive */
        {"depth0", tpl_int(0)},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (span_equal(name, span_from_string(rows[i].name))) {
            *out = rows[i].value;
            return true;
        }
    }
    return false;
}

static int find_key(tpl_render *r, const tpl_value *v, span name, tpl_value *out, bool *out_found)
{
    tpl_value *found = NULL;
    *out_found = false;
    if (v->type == TPL_DICT) {
        RETURN_IF_ERROR(tpl_dict_find_name(r, v->as.dict, name, &found));
    }
    if (found != NULL) {
        *out = *found;
        *out_found = true;
    }
    return HUIS_OK;
}

/* What Python's getattr would find. */
static int find_attribute(tpl_render *r, const tpl_value *v, span name, tpl_value *out,
                          bool *out_found)
{
    *out_found = true;
    if (v->type == TPL_NAMESPACE) {
        tpl_value *found = NULL;
        RETURN_IF_ERROR(tpl_dict_find_name(r, v->as.dict, name, &found));
        *out_found = found != NULL;
        *out = found != NULL ? *found : *v;
        return HUIS_OK;
    }
    if (v->type == TPL_LOOP && loop_attribute(v->as.loop, name, out)) {
        return HUIS_OK;
    }
    const tpl_native *const native = tpl_find_method(v->type, name);
    *out_found = native != NULL;
    return native != NULL ? bind_method(r, native, v, out) : HUIS_OK;
}

int tpl_attribute(tpl_render *r, const tpl_value *v, span name, tpl_value *out)
{
    if (v->type == TPL_UNDEFINED) {
        return undefined_error(r, v);
    }
    const tpl_value self = *v; /* `out` may be `v` */
    bool found = false;
    RETURN_IF_ERROR(find_attribute(r, &self, name, out, &found));
    if (!found) {
        RETURN_IF_ERROR(find_key(r, &self, name, out, &found));
    }
    if (!found) {
        *out = tpl_undefined(name);
    }
    return HUIS_OK;
}

static void item_at(const tpl_value *v, int64_t i, tpl_value *out)
{
    const bool text = v->type == TPL_STRING;
    const span bytes = text ? tpl_span(v->as.string) : SPAN("");
    const int64_t n = text ? (int64_t)tpl_count_chars(bytes) : (int64_t)v->as.list->count;
    const int64_t index = i < 0 ? i + n : i;
    if (index < 0 || index >= n) {
        *out = tpl_undefined(SPAN("item"));
    } else if (text) {
        const size_t start = tpl_char_offset(bytes, (size_t)index);
        const size_t end = start + tpl_char_offset(span_slice(bytes, start, bytes.len), 1);
        *out = tpl_from_string(tpl_slice(v->as.string, start, end));
    } else {
        *out = v->as.list->items[index];
    }
}

int tpl_item(tpl_render *r, const tpl_value *v, const tpl_value *key, tpl_value *out)
{
    if (v->type == TPL_UNDEFINED) {
        return undefined_error(r, v);
    }
    const tpl_value self = *v;
    int64_t i = 0;
    const bool indexed = self.type == TPL_STRING ||
                         (self.type == TPL_LIST &&
                          (self.as.list->kind == TPL_PLAIN || self.as.list->kind == TPL_TUPLE));
    if (indexed && tpl_as_integer(key, &i)) {
        RETURN_IF_ERROR(self.type == TPL_STRING ? tpl_charge_bytes(r, self.as.string.len)
                                                : HUIS_OK);
        item_at(&self, i, out);
        return HUIS_OK;
    }
    if (self.type == TPL_DICT) {
        tpl_value *found = NULL;
        RETURN_IF_ERROR(tpl_dict_find(r, self.as.dict, key, &found));
        if (found != NULL) {
            *out = *found;
            return HUIS_OK;
        }
    }
    const span name = key->type == TPL_STRING ? tpl_span(key->as.string) : SPAN("item");
    bool found = false;
    if (key->type == TPL_STRING) {
        RETURN_IF_ERROR(find_attribute(r, &self, name, out, &found));
    }
    if (!found) {
        *out = tpl_undefined(name);
    }
    return HUIS_OK;
}

int tpl_path(tpl_render *r, const tpl_value *v, const tpl_value *path, tpl_value *out)
{
    tpl_value current = *v;
    if (path->type != TPL_STRING) {
        return tpl_item(r, v, path, out);
    }
    span rest = tpl_span(path->as.string);
    for (;;) {
        const size_t dot = tpl_find(rest, SPAN("."), 0);
        const span part = span_slice(rest, 0, dot);
        int64_t index = 0;
        RETURN_IF_ERROR(tpl_charge(r, 1));
        if (tpl_parse_integer(part, 10, &index)) {
            const tpl_value key = tpl_int(index);
            RETURN_IF_ERROR(tpl_item(r, &current, &key, &current));
        } else {
            tpl_string name;
            RETURN_IF_ERROR(tpl_string_from(r, part, true, &name));
            const tpl_value key = tpl_from_string(name);
            RETURN_IF_ERROR(tpl_item(r, &current, &key, &current));
        }
        if (dot == SIZE_MAX) {
            break;
        }
        rest = span_slice(rest, dot + 1, rest.len);
    }
    *out = current;
    return HUIS_OK;
}

/* The place of a parameter in "a,b,c"; -1: not there. */
static int param_index(const char *params, span name)
{
    int index = 0;
    const char *start = params;
    while (*start != '\0') {
        const size_t n = strcspn(start, ",");
        if (span_equal(span_from(start, n), name)) {
            return index;
        }
        start += n + (start[n] == ',' ? 1 : 0);
        index++;
    }
    return -1;
}

static uint32_t param_count(const char *params)
{
    uint32_t n = params[0] != '\0' ? 1 : 0;
    for (const char *c = params; *c != '\0'; c++) {
        n += *c == ',' ? 1 : 0;
    }
    return n;
}

static int bind_arguments(tpl_call *c, const tpl_native *native)
{
    const tpl_args *const args = c->args;
    const uint32_t n = param_count(native->params);
    if (args->n_positional > n) {
        return tpl_fail(c->r, HUIS_E_BAD_FILE, "%s takes %u arguments, not %zu", native->name, n,
                        args->n_positional);
    }
    for (size_t i = 0; i < args->n_positional; i++) {
        c->argv[i] = &args->positional[i];
    }
    for (size_t i = 0; i < args->n_named; i++) {
        const int at = param_index(native->params, args->names[i]);
        if (at < 0 || c->argv[at] != NULL) {
            const span name = span_slice(args->names[i], 0, 60);
            return tpl_fail(c->r, HUIS_E_UNSUPPORTED, "%s has no argument '%.*s'", native->name,
                            (int)name.len, name.ptr);
        }
        c->argv[at] = &args->named[i];
    }
    for (uint32_t i = 0; i < native->n_required; i++) {
        if (c->argv[i] == NULL) {
            return tpl_fail(c->r, HUIS_E_BAD_FILE, "%s needs %u arguments", native->name,
                            native->n_required);
        }
    }
    return HUIS_OK;
}

int tpl_call_native(tpl_render *r, const tpl_native *native, const tpl_value *self,
                    const tpl_args *args, tpl_value *out)
{
    static const tpl_args NONE = {0};
    tpl_value result = tpl_none();
    tpl_call c = {.r = r,
                  .name = native->name,
                  .self = self,
                  .args = args != NULL ? args : &NONE,
                  .out = &result};
    RETURN_IF_ERROR(tpl_charge(r, 1));
    if (native->params != NULL) {
        RETURN_IF_ERROR(bind_arguments(&c, native));
    }
    RETURN_IF_ERROR(tpl_enter(r));
    const int status = native->fn(&c);
    tpl_leave(r);
    if (status >= 0) {
        *out = result;
    }
    return status;
}

static int call_joiner(tpl_render *r, tpl_cycler *joiner, tpl_value *out)
{
    (void)r;
    *out = joiner->index == 0 ? tpl_from_string((tpl_string){0}) : joiner->items->items[0];
    joiner->index = 1;
    return HUIS_OK;
}

int tpl_call_value(tpl_render *r, const tpl_value *callee, const tpl_args *args, tpl_value *out)
{
    if (callee->type == TPL_NATIVE) {
        const tpl_bound *const bound = callee->as.bound;
        return tpl_call_native(r, bound->native, bound->self, args, out);
    }
    if (callee->type == TPL_MACRO) {
        return tpl_call_macro(r, callee->as.macro, args, out);
    }
    if (callee->type == TPL_JOINER) {
        return call_joiner(r, callee->as.cycler, out);
    }
    if (callee->type == TPL_UNDEFINED) {
        return undefined_error(r, callee);
    }
    return tpl_fail(r, HUIS_E_BAD_FILE, "%s is called", tpl_type_name(callee));
}
