/*
 * template_eval.c - evaluation of expressions. Recursion follows the nesting of the source (bounded by
 * the parser) and macro calls (bounded by tpl_enter); chains are loops.
 */
#include "base/error.h"
#include "base/limits.h"
#include "chat/template_syntax.h"

static int lookup(tpl_render *r, uint32_t id, tpl_value *out)
{
    uint64_t seen = 0;
    *out = r->globals[id];
    for (const tpl_scope *scope = r->scope; scope != NULL; scope = scope->parent) {
        for (const tpl_binding *b = scope->first; b != NULL; b = b->next) {
            seen++;
            if (b->name == id) {
                *out = b->value;
                return tpl_charge(r, seen / 16);
            }
        }
    }
    return tpl_charge(r, seen / 16);
}

static int eval_list(tpl_render *r, const tpl_node *node, tpl_value *out)
{
    tpl_list *const list = tpl_list_new(r, 4, node->kind == TPL_N_TUPLE ? TPL_TUPLE : TPL_PLAIN);
    if (list == NULL) {
        return tpl_no_memory(r);
    }
    for (const tpl_node *n = node->as.first; n != NULL; n = n->next) {
        tpl_value item;
        RETURN_IF_ERROR(tpl_eval(r, n, &item));
        RETURN_IF_ERROR(tpl_list_push(r, list, item));
    }
    *out = tpl_from_list(list);
    return HUIS_OK;
}

static int eval_dict(tpl_render *r, const tpl_node *node, tpl_value *out)
{
    tpl_dict *const dict = tpl_dict_new(r, 4);
    if (dict == NULL) {
        return tpl_no_memory(r);
    }
    for (const tpl_node *n = node->as.first; n != NULL; n = n->next->next) {
        tpl_value key;
        tpl_value value;
        RETURN_IF_ERROR(tpl_eval(r, n, &key));
        RETURN_IF_ERROR(tpl_eval(r, n->next, &value));
        RETURN_IF_ERROR(tpl_dict_set(r, dict, key, value));
    }
    *out = tpl_from_dict(dict);
    return HUIS_OK;
}

static int eval_conditional(tpl_render *r, const tpl_node *node, tpl_value *out)
{
    tpl_value test;
    RETURN_IF_ERROR(tpl_eval(r, node->as.conditional.test, &test));
    if (tpl_truth(&test)) {
        return tpl_eval(r, node->as.conditional.yes, out);
    }
    if (node->as.conditional.no != NULL) {
        return tpl_eval(r, node->as.conditional.no, out);
    }
    *out = tpl_undefined(SPAN("the inline if-expression"));
    return HUIS_OK;
}

static int eval_logic(tpl_render *r, const tpl_node *node, tpl_value *out)
{
    const bool stop_at = node->kind == TPL_N_OR;
    for (const tpl_node *n = node->as.first; n != NULL; n = n->next) {
        RETURN_IF_ERROR(tpl_eval(r, n, out));
        if (tpl_truth(out) == stop_at) {
            break;
        }
    }
    return HUIS_OK;
}

static int eval_chain(tpl_render *r, const tpl_node *node, tpl_value *out)
{
    tpl_value left;
    RETURN_IF_ERROR(tpl_eval(r, node->as.first, &left));
    for (const tpl_node *n = node->as.first->next; n != NULL; n = n->next) {
        tpl_value right;
        tpl_value result;
        RETURN_IF_ERROR(tpl_eval(r, n, &right));
        r->at = n->offset;
        RETURN_IF_ERROR(tpl_binary(r, n->op, &left, &right, &result));
        left = result;
    }
    *out = left;
    return HUIS_OK;
}

/* a < b < c: each pair in turn, as Python. */
static int eval_comparison(tpl_render *r, const tpl_node *node, tpl_value *out)
{
    tpl_value left;
    bool holds = true;
    RETURN_IF_ERROR(tpl_eval(r, node->as.first, &left));
    for (const tpl_node *n = node->as.first->next; n != NULL && holds; n = n->next) {
        tpl_value right;
        RETURN_IF_ERROR(tpl_eval(r, n, &right));
        r->at = n->offset;
        RETURN_IF_ERROR(tpl_compare(r, n->op, &left, &right, &holds));
        left = right;
    }
    *out = tpl_bool(holds);
    return HUIS_OK;
}

static int eval_optional(tpl_render *r, const tpl_node *node, tpl_value *out)
{
    *out = tpl_none();
    return node != NULL ? tpl_eval(r, node, out) : HUIS_OK;
}

static int eval_slice(tpl_render *r, const tpl_node *link, tpl_value *v)
{
    tpl_value start;
    tpl_value stop;
    tpl_value step;
    RETURN_IF_ERROR(eval_optional(r, link->as.slice.start, &start));
    RETURN_IF_ERROR(eval_optional(r, link->as.slice.stop, &stop));
    RETURN_IF_ERROR(eval_optional(r, link->as.slice.step, &step));
    const tpl_value whole = *v;
    r->at = link->offset;
    return tpl_slice_value(r, &whole, &start, &stop, &step, v);
}

int tpl_eval_args(tpl_render *r, const tpl_args_node *node, tpl_args *out)
{
    *out = (tpl_args){0};
    if (node == NULL) {
        return HUIS_OK;
    }
    tpl_value *const values =
        tpl_alloc(r, (size_t)node->n_positional + node->n_named + 1, sizeof(tpl_value));
    span *const names = tpl_alloc(r, (size_t)node->n_named + 2, sizeof(span));
    if (values == NULL || names == NULL) {
        return tpl_no_memory(r);
    }
    size_t i = 0;
    for (const tpl_node *n = node->positional; n != NULL; n = n->next) {
        RETURN_IF_ERROR(tpl_eval(r, n, &values[i++]));
    }
    size_t k = 0;
    for (const tpl_pair_node *n = node->named; n != NULL; n = n->next) {
        names[k++] = n->name;
        RETURN_IF_ERROR(tpl_eval(r, n->value, &values[i++]));
    }
    *out = (tpl_args){.positional = values,
                      .n_positional = node->n_positional,
                      .names = names,
                      .named = values + node->n_positional,
                      .n_named = node->n_named};
    return HUIS_OK;
}

static int eval_call(tpl_render *r, const tpl_node *link, tpl_value *v)
{
    tpl_args args;
    const tpl_value callee = *v;
    RETURN_IF_ERROR(tpl_eval_args(r, link->as.args, &args));
    r->at = link->offset;
    return tpl_call_value(r, &callee, &args, v);
}

static int eval_apply(tpl_render *r, const tpl_node *link, tpl_value *v)
{
    tpl_args args;
    const tpl_value self = *v;
    if (link->as.apply.native == NULL) {
        const span name = span_slice(link->as.apply.name, 0, 40);
        return tpl_fail(r, HUIS_E_UNSUPPORTED, "the %s '%.*s' is not supported",
                        link->kind == TPL_N_FILTER ? "filter" : "test", (int)name.len, name.ptr);
    }
    RETURN_IF_ERROR(tpl_eval_args(r, link->as.apply.args, &args));
    r->at = link->offset;
    RETURN_IF_ERROR(tpl_call_native(r, link->as.apply.native, &self, &args, v));
    if (link->as.apply.negated) {
        *v = tpl_bool(!tpl_truth(v));
    }
    return HUIS_OK;
}

int tpl_eval_links(tpl_render *r, const tpl_node *links, tpl_value *v)
{
    for (const tpl_node *link = links; link != NULL; link = link->next) {
        int status = HUIS_OK;
        r->at = link->offset;
        if (link->kind == TPL_N_ATTRIBUTE) {
            status = tpl_attribute(r, v, link->as.name.text, v);
        } else if (link->kind == TPL_N_INDEX) {
            tpl_value key;
            RETURN_IF_ERROR(tpl_eval(r, link->as.first, &key));
            r->at = link->offset;
            status = tpl_item(r, v, &key, v);
        } else if (link->kind == TPL_N_SLICE) {
            status = eval_slice(r, link, v);
        } else if (link->kind == TPL_N_CALL) {
            status = eval_call(r, link, v);
        } else {
            status = eval_apply(r, link, v);
        }
        RETURN_IF_ERROR(status);
        RETURN_IF_ERROR(tpl_charge(r, 1));
    }
    return HUIS_OK;
}

static int eval_postfix(tpl_render *r, const tpl_node *node, tpl_value *out)
{
    tpl_value v;
    RETURN_IF_ERROR(tpl_eval(r, node->as.postfix.base, &v));
    RETURN_IF_ERROR(tpl_eval_links(r, node->as.postfix.links, &v));
    *out = v;
    return HUIS_OK;
}

static int eval_sign(tpl_render *r, const tpl_node *node, tpl_value *out)
{
    tpl_value v;
    RETURN_IF_ERROR(tpl_eval(r, node->as.first, &v));
    r->at = node->offset;
    RETURN_IF_ERROR(tpl_negate(r, &v, out));
    if (node->kind == TPL_N_PLUS) {
        const tpl_value negated = *out;
        return tpl_negate(r, &negated, out);
    }
    return HUIS_OK;
}

static int eval_node(tpl_render *r, const tpl_node *node, tpl_value *out)
{
    switch ((int)node->kind) {
    case TPL_N_CONST:
        *out = node->as.constant;
        return HUIS_OK;
    case TPL_N_NAME:
        return lookup(r, node->as.name.id, out);
    case TPL_N_LIST:
    case TPL_N_TUPLE:
        return eval_list(r, node, out);
    case TPL_N_DICT:
        return eval_dict(r, node, out);
    case TPL_N_CONDITIONAL:
        return eval_conditional(r, node, out);
    case TPL_N_AND:
    case TPL_N_OR:
        return eval_logic(r, node, out);
    case TPL_N_NOT:
        RETURN_IF_ERROR(tpl_eval(r, node->as.first, out));
        *out = tpl_bool(!tpl_truth(out));
        return HUIS_OK;
    case TPL_N_COMPARE:
        return eval_comparison(r, node, out);
    case TPL_N_CHAIN:
        return eval_chain(r, node, out);
    case TPL_N_NEGATE:
    case TPL_N_PLUS:
        return eval_sign(r, node, out);
    case TPL_N_POSTFIX:
        return eval_postfix(r, node, out);
    default:
        return tpl_fail(r, HUIS_E_INTERNAL, "a statement in the place of an expression");
    }
}

int tpl_eval(tpl_render *r, const tpl_node *node, tpl_value *out)
{
    r->at = node->offset;
    RETURN_IF_ERROR(tpl_charge(r, 1));
    RETURN_IF_ERROR(tpl_enter(r));
    const int status = eval_node(r, node, out);
    tpl_leave(r);
    return status;
}
