/*
 * template_exec.c - statements, scopes and macros.
 *
 * As Jinja2: each iteration of a for, each macro, block set, filter block and with has its own scope;
 * if has none. A macro sees the scope where it was defined, as it is when it runs. Scopes that no macro
 * refers to give their memory back, so that long loops do not grow.
 */
#include "base/error.h"
#include "base/limits.h"
#include "chat/template_syntax.h"

/* Scopes. */

static tpl_scope *push_scope(tpl_render *r, tpl_scope *parent)
{
    tpl_scope *scope = r->free_scopes;
    if (scope != NULL) {
        r->free_scopes = scope->parent;
    } else {
        scope = tpl_alloc(r, 1, sizeof(*scope));
    }
    if (scope != NULL) {
        *scope = (tpl_scope){.parent = parent};
    }
    return scope;
}

static void pop_scope(tpl_render *r, tpl_scope *scope)
{
    if (scope->captured) {
        return;
    }
    while (scope->first != NULL) {
        tpl_binding *const b = scope->first;
        scope->first = b->next;
        b->next = r->free_bindings;
        r->free_bindings = b;
    }
    scope->parent = r->free_scopes;
    r->free_scopes = scope;
}

static void capture_scopes(tpl_scope *scope)
{
    for (; scope != NULL && !scope->captured; scope = scope->parent) {
        scope->captured = true;
    }
}

static int bind_name(tpl_render *r, tpl_scope *scope, uint32_t name, const tpl_value *v)
{
    uint64_t seen = 0;
    for (tpl_binding *b = scope->first; b != NULL; b = b->next) {
        seen++;
        if (b->name == name) {
            b->value = *v;
            return tpl_charge(r, seen / 16);
        }
    }
    RETURN_IF_ERROR(tpl_charge(r, seen / 16));
    tpl_binding *b = r->free_bindings;
    if (b != NULL) {
        r->free_bindings = b->next;
    } else {
        b = tpl_alloc(r, 1, sizeof(*b));
    }
    if (b == NULL) {
        return tpl_no_memory(r);
    }
    *b = (tpl_binding){.next = scope->first, .name = name, .value = *v};
    scope->first = b;
    return HUIS_OK;
}

static int assign_attribute(tpl_render *r, const tpl_node *target, const tpl_value *v)
{
    tpl_value base;
    RETURN_IF_ERROR(tpl_eval(r, target->as.postfix.base, &base));
    if (base.type != TPL_NAMESPACE) {
        return tpl_fail(r, HUIS_E_BAD_FILE, "an attribute of %s is set; only a namespace has some",
                        tpl_type_name(&base));
    }
    tpl_string name;
    RETURN_IF_ERROR(tpl_string_from(r, target->as.postfix.links->as.name.text, true, &name));
    return tpl_dict_set(r, base.as.dict, tpl_from_string(name), *v);
}

static int assign_one(tpl_render *r, const tpl_node *target, const tpl_value *v)
{
    return target->kind == TPL_N_NAME ? bind_name(r, r->scope, target->as.name.id, v)
                                      : assign_attribute(r, target, v);
}

static int assign(tpl_render *r, const tpl_node *target, const tpl_value *v)
{
    if (target->kind != TPL_N_TUPLE) {
        return assign_one(r, target, v);
    }
    tpl_list *list = NULL;
    size_t i = 0;
    r->at = target->offset;
    RETURN_IF_ERROR(tpl_iterate(r, v, &list));
    for (const tpl_node *n = target->as.first; n != NULL; n = n->next) {
        if (i == list->count) {
            return tpl_fail(r, HUIS_E_BAD_FILE, "too few values to unpack (%zu)", list->count);
        }
        RETURN_IF_ERROR(assign_one(r, n, &list->items[i++]));
    }
    if (i != list->count) {
        return tpl_fail(r, HUIS_E_BAD_FILE, "too many values to unpack (%zu, not %zu)", list->count,
                        i);
    }
    return HUIS_OK;
}

/* Runs the body in a scope of its own; its output goes to a new store when out is not NULL. */
static int run_inner(tpl_render *r, const tpl_node *body, tpl_string *out)
{
    tpl_scope *const outer = r->scope;
    tpl_store *const outer_store = r->out;
    tpl_scope *const scope = push_scope(r, outer);
    if (scope == NULL) {
        return tpl_no_memory(r);
    }
    if (out != NULL) {
        tpl_store *const store = tpl_store_new(r, 64);
        if (store == NULL) {
            return tpl_no_memory(r);
        }
        r->out = store;
    }
    r->scope = scope;
    const int status = tpl_exec(r, body);
    r->scope = outer;
    if (out != NULL) {
        *out = tpl_store_string(r->out);
        r->out = outer_store;
    }
    pop_scope(r, scope);
    return status;
}

/* Statements. */

static int exec_output(tpl_render *r, const tpl_node *node)
{
    tpl_value v;
    RETURN_IF_ERROR(tpl_eval(r, node->as.first, &v));
    return tpl_append_str(r, r->out, &v);
}

static int exec_if(tpl_render *r, const tpl_node *node)
{
    for (const tpl_arm *arm = node->as.arms; arm != NULL; arm = arm->next) {
        tpl_value test = tpl_bool(true);
        if (arm->test != NULL) {
            RETURN_IF_ERROR(tpl_eval(r, arm->test, &test));
        }
        if (tpl_truth(&test)) {
            return tpl_exec(r, arm->body);
        }
    }
    return HUIS_OK;
}

/* The items for which the loop's own condition holds. */
static int filter_items(tpl_render *r, const tpl_node *node, tpl_list **list)
{
    tpl_list *const kept = tpl_list_new(r, 4, TPL_PLAIN);
    tpl_scope *const outer = r->scope;
    tpl_scope *const scope = push_scope(r, outer);
    if (kept == NULL || scope == NULL) {
        return tpl_no_memory(r);
    }
    int status = HUIS_OK;
    r->scope = scope;
    for (size_t i = 0; status >= 0 && i < (*list)->count; i++) {
        const tpl_value item = (*list)->items[i];
        tpl_value test = tpl_bool(false);
        status = assign(r, node->as.loop.target, &item);
        status = status >= 0 ? tpl_eval(r, node->as.loop.test, &test) : status;
        if (status >= 0 && tpl_truth(&test)) {
            status = tpl_list_push(r, kept, item);
        }
    }
    r->scope = outer;
    pop_scope(r, scope);
    *list = kept;
    return status;
}

static int exec_iteration(tpl_render *r, const tpl_node *node, tpl_loop *loop)
{
    tpl_scope *const outer = r->scope;
    tpl_scope *const scope = push_scope(r, outer);
    if (scope == NULL) {
        return tpl_no_memory(r);
    }
    r->scope = scope;
    const tpl_value item = loop->items->items[loop->index];
    const tpl_value self = {.type = TPL_LOOP, .trusted = true, .as.loop = loop};
    int status = bind_name(r, scope, TPL_NAME_LOOP, &self);
    status = status >= 0 ? assign(r, node->as.loop.target, &item) : status;
    status = status >= 0 ? tpl_exec(r, node->as.loop.body) : status;
    r->scope = outer;
    pop_scope(r, scope);
    return status;
}

static int exec_for(tpl_render *r, const tpl_node *node)
{
    tpl_value v;
    tpl_list *list = NULL;
    RETURN_IF_ERROR(tpl_eval(r, node->as.loop.items, &v));
    r->at = node->offset;
    RETURN_IF_ERROR(tpl_iterate(r, &v, &list));
    if (node->as.loop.test != NULL) {
        RETURN_IF_ERROR(filter_items(r, node, &list));
    }
    if (list->count == 0) {
        return run_inner(r, node->as.loop.otherwise, NULL);
    }
    tpl_loop *const loop = tpl_alloc(r, 1, sizeof(*loop));
    if (loop == NULL) {
        return tpl_no_memory(r);
    }
    *loop = (tpl_loop){.items = list};
    int status = HUIS_OK;
    for (size_t i = 0; status >= 0 && status != TPL_BREAK && i < list->count; i++) {
        loop->index = i;
        status = tpl_charge(r, 1);
        status = status >= 0 ? exec_iteration(r, node, loop) : status;
    }
    return status < 0 ? status : HUIS_OK;
}

static int exec_set(tpl_render *r, const tpl_node *node)
{
    tpl_value v;
    RETURN_IF_ERROR(tpl_eval(r, node->as.set.value, &v));
    return assign(r, node->as.set.target, &v);
}

/* Output of the body, through the filters. */
static int exec_captured(tpl_render *r, const tpl_node *node, tpl_value *out)
{
    tpl_string text;
    const int status = run_inner(r, node->as.set.body, &text);
    RETURN_IF_ERROR(status);
    *out = tpl_from_string(text);
    RETURN_IF_ERROR(tpl_eval_links(r, node->as.set.filters, out));
    return status;
}

static int exec_set_block(tpl_render *r, const tpl_node *node)
{
    tpl_value v;
    const int status = exec_captured(r, node, &v);
    RETURN_IF_ERROR(status);
    RETURN_IF_ERROR(assign(r, node->as.set.target, &v));
    return status;
}

static int exec_filter_block(tpl_render *r, const tpl_node *node)
{
    tpl_value v;
    const int status = exec_captured(r, node, &v);
    RETURN_IF_ERROR(status);
    RETURN_IF_ERROR(tpl_append_str(r, r->out, &v));
    return status;
}

static int make_macro(tpl_render *r, const tpl_macro_node *node, tpl_value *out)
{
    tpl_macro *const macro = tpl_alloc(r, 1, sizeof(*macro));
    if (macro == NULL) {
        return tpl_no_memory(r);
    }
    *macro = (tpl_macro){.node = node, .scope = r->scope};
    capture_scopes(r->scope);
    *out = (tpl_value){.type = TPL_MACRO, .trusted = true, .as.macro = macro};
    return HUIS_OK;
}

static int exec_macro(tpl_render *r, const tpl_node *node)
{
    tpl_value v;
    RETURN_IF_ERROR(make_macro(r, node->as.macro.node, &v));
    return bind_name(r, r->scope, node->as.macro.id, &v);
}

/* {% call m(args) %}body{% endcall %}: m(args, caller=body). */
static int exec_call_block(tpl_render *r, const tpl_node *node)
{
    const tpl_node *const call = node->as.call_block.call;
    tpl_value v;
    RETURN_IF_ERROR(tpl_eval(r, call->as.postfix.base, &v));
    const tpl_node *link = call->as.postfix.links;
    while (link->next != NULL) {
        tpl_node one = *link;
        one.next = NULL;
        RETURN_IF_ERROR(tpl_eval_links(r, &one, &v));
        link = link->next;
    }
    tpl_args args;
    tpl_value caller;
    RETURN_IF_ERROR(tpl_eval_args(r, link->as.args, &args));
    RETURN_IF_ERROR(make_macro(r, node->as.call_block.caller, &caller));
    tpl_value *const named = tpl_alloc(r, args.n_named + 1, sizeof(tpl_value));
    span *const names = tpl_alloc(r, args.n_named + 1, sizeof(span));
    if (named == NULL || names == NULL) {
        return tpl_no_memory(r);
    }
    for (size_t i = 0; i < args.n_named; i++) {
        named[i] = args.named[i];
        names[i] = args.names[i];
    }
    named[args.n_named] = caller;
    names[args.n_named] = SPAN("caller");
    args.named = named;
    args.names = names;
    args.n_named++;
    tpl_value result;
    RETURN_IF_ERROR(tpl_call_value(r, &v, &args, &result));
    return tpl_append_str(r, r->out, &result);
}

static int exec_with(tpl_render *r, const tpl_node *node)
{
    tpl_scope *const outer = r->scope;
    tpl_scope *const scope = push_scope(r, outer);
    if (scope == NULL) {
        return tpl_no_memory(r);
    }
    int status = HUIS_OK;
    for (const tpl_pair_node *n = node->as.with.bindings; n != NULL && status >= 0; n = n->next) {
        tpl_value v;
        status = tpl_eval(r, n->value, &v); /* in the outer scope, as Jinja2 */
        status = status >= 0 ? bind_name(r, scope, n->id, &v) : status;
    }
    r->scope = scope;
    status = status >= 0 ? tpl_exec(r, node->as.with.body) : status;
    r->scope = outer;
    pop_scope(r, scope);
    return status;
}

static int exec_statement(tpl_render *r, const tpl_node *node)
{
    switch ((int)node->kind) {
    case TPL_N_DATA:
        return tpl_store_append_string(r, r->out, tpl_store_string(node->as.data));
    case TPL_N_OUTPUT:
        return exec_output(r, node);
    case TPL_N_IF:
        return exec_if(r, node);
    case TPL_N_FOR:
        return exec_for(r, node);
    case TPL_N_SET:
        return exec_set(r, node);
    case TPL_N_SET_BLOCK:
        return exec_set_block(r, node);
    case TPL_N_FILTER_BLOCK:
        return exec_filter_block(r, node);
    case TPL_N_MACRO:
        return exec_macro(r, node);
    case TPL_N_CALL_BLOCK:
        return exec_call_block(r, node);
    case TPL_N_BLOCK:
        return run_inner(r, node->as.first, NULL);
    case TPL_N_WITH:
        return exec_with(r, node);
    case TPL_N_BREAK:
        return TPL_BREAK;
    case TPL_N_CONTINUE:
        return TPL_CONTINUE;
    default:
        return tpl_fail(r, HUIS_E_INTERNAL, "an expression in the place of a statement");
    }
}

int tpl_exec(tpl_render *r, const tpl_node *first)
{
    RETURN_IF_ERROR(tpl_enter(r));
    int status = HUIS_OK;
    for (const tpl_node *node = first; node != NULL && status == HUIS_OK; node = node->next) {
        r->at = node->offset;
        status = tpl_charge(r, 1);
        status = status >= 0 ? exec_statement(r, node) : status;
    }
    tpl_leave(r);
    return status;
}

/* Macro calls. */

/* Arguments that no parameter takes: varargs, kwargs and caller, or an error. */
static int bind_rest(tpl_render *r, const tpl_macro_node *m, const tpl_args *args, size_t n_params,
                     const bool *taken)
{
    tpl_list *const varargs = tpl_list_new(r, 1, TPL_TUPLE);
    tpl_dict *const kwargs = tpl_dict_new(r, 1);
    if (varargs == NULL || kwargs == NULL) {
        return tpl_no_memory(r);
    }
    for (size_t i = n_params; i < args->n_positional; i++) {
        if (!m->uses_varargs) {
            return tpl_fail(r, HUIS_E_BAD_FILE, "macro '%.*s' takes %zu arguments, not %zu",
                            (int)m->name.len, m->name.ptr, n_params, args->n_positional);
        }
        RETURN_IF_ERROR(tpl_list_push(r, varargs, args->positional[i]));
    }
    tpl_value caller = tpl_undefined(SPAN("caller"));
    for (size_t i = 0; i < args->n_named; i++) {
        if (taken[i]) {
            continue;
        }
        if (m->uses_caller && span_equal(args->names[i], SPAN("caller"))) {
            caller = args->named[i];
            continue;
        }
        if (!m->uses_kwargs) {
            return tpl_fail(r, HUIS_E_BAD_FILE, "macro '%.*s' has no argument '%.*s'",
                            (int)m->name.len, m->name.ptr, (int)args->names[i].len,
                            args->names[i].ptr);
        }
        tpl_string name;
        RETURN_IF_ERROR(tpl_string_from(r, args->names[i], true, &name));
        RETURN_IF_ERROR(tpl_dict_set(r, kwargs, tpl_from_string(name), args->named[i]));
    }
    const tpl_value list = tpl_from_list(varargs);
    const tpl_value dict = tpl_from_dict(kwargs);
    if (m->uses_varargs) {
        RETURN_IF_ERROR(bind_name(r, r->scope, TPL_NAME_VARARGS, &list));
    }
    if (m->uses_kwargs) {
        RETURN_IF_ERROR(bind_name(r, r->scope, TPL_NAME_KWARGS, &dict));
    }
    return m->uses_caller ? bind_name(r, r->scope, TPL_NAME_CALLER, &caller) : HUIS_OK;
}

/* Binds the parameters in the macro's own scope, which is current. */
static int bind_params(tpl_render *r, const tpl_macro_node *m, const tpl_args *args)
{
    bool *const taken = tpl_alloc(r, args->n_named + 1, sizeof(bool));
    if (taken == NULL) {
        return tpl_no_memory(r);
    }
    size_t i = 0;
    for (const tpl_pair_node *param = m->params; param != NULL; param = param->next, i++) {
        tpl_value v = tpl_undefined(param->name);
        bool given = i < args->n_positional;
        if (given) {
            v = args->positional[i];
        }
        for (size_t k = 0; k < args->n_named; k++) {
            if (span_equal(args->names[k], param->name)) {
                if (given) {
                    return tpl_fail(r, HUIS_E_BAD_FILE, "macro '%.*s' got '%.*s' twice",
                                    (int)m->name.len, m->name.ptr, (int)param->name.len,
                                    param->name.ptr);
                }
                v = args->named[k];
                given = true;
                taken[k] = true;
            }
        }
        if (!given && param->value != NULL) {
            RETURN_IF_ERROR(tpl_eval(r, param->value, &v));
        }
        RETURN_IF_ERROR(tpl_charge(r, 1 + args->n_named / 16));
        RETURN_IF_ERROR(bind_name(r, r->scope, param->id, &v));
    }
    return bind_rest(r, m, args, i, taken);
}

int tpl_call_macro(tpl_render *r, const tpl_macro *macro, const tpl_args *args, tpl_value *out)
{
    tpl_scope *const outer = r->scope;
    tpl_store *const outer_store = r->out;
    RETURN_IF_ERROR(tpl_enter(r));
    tpl_scope *const scope = push_scope(r, macro->scope);
    tpl_store *const store = tpl_store_new(r, 64);
    if (scope == NULL || store == NULL) {
        return tpl_no_memory(r);
    }
    r->scope = scope;
    r->out = store;
    int status = bind_params(r, macro->node, args);
    status = status >= 0 ? tpl_exec(r, macro->node->body) : status;
    r->scope = outer;
    r->out = outer_store;
    pop_scope(r, scope);
    tpl_leave(r);
    if (status >= 0) {
        *out = tpl_from_string(tpl_store_string(store));
    }
    return status;
}
