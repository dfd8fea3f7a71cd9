/*
 * template_parser.c - tokens to a tree: statements. Expressions are in template_expression.c.
 *
 * Everything that huis does not interpret (include, import, extends, block, recursive loops, unknown
 * filters and tests ...) is refused here, with line and offset, before anything is rendered.
 */
#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/memory.h"
#include "chat/template_syntax.h"

/* Helpers that both parser chapters share. */

tpl_token *tpl_current(tpl_parser *p)
{
    return &p->tokens.items[p->pos];
}

tpl_token *tpl_peek(tpl_parser *p)
{
    const size_t next = p->pos + 1 < p->tokens.count ? p->pos + 1 : p->pos;
    return &p->tokens.items[next];
}

void tpl_advance(tpl_parser *p)
{
    if (p->pos + 1 < p->tokens.count) {
        p->pos++;
    }
}

bool tpl_is_operator(const tpl_token *token, const char *text)
{
    return token->kind == TPL_T_OPERATOR && span_equal(token->text, span_from_string(text));
}

bool tpl_is_name(const tpl_token *token, const char *text)
{
    return token->kind == TPL_T_NAME && span_equal(token->text, span_from_string(text));
}

bool tpl_skip_operator(tpl_parser *p, const char *text)
{
    const bool found = tpl_is_operator(tpl_current(p), text);
    if (found) {
        tpl_advance(p);
    }
    return found;
}

bool tpl_skip_name(tpl_parser *p, const char *text)
{
    const bool found = tpl_is_name(tpl_current(p), text);
    if (found) {
        tpl_advance(p);
    }
    return found;
}

int tpl_unexpected(tpl_parser *p, const char *wanted)
{
    const tpl_token *const token = tpl_current(p);
    if (token->kind == TPL_T_END) {
        return tpl_syntax_error(p->t, p->err, HUIS_E_BAD_FILE, token->offset,
                                "the template ends where %s should stand", wanted);
    }
    const span text = span_slice(token->text, 0, 40);
    return tpl_syntax_error(p->t, p->err, HUIS_E_BAD_FILE, token->offset,
                            "'%.*s' where %s should stand", (int)text.len, text.ptr, wanted);
}

int tpl_expect_operator(tpl_parser *p, const char *text)
{
    if (tpl_skip_operator(p, text)) {
        return HUIS_OK;
    }
    char wanted[16] = "'";
    memcpy(wanted + 1, text, strlen(text));
    wanted[strlen(text) + 1] = '\'';
    return tpl_unexpected(p, wanted);
}

int tpl_parser_enter(tpl_parser *p)
{
    if (p->depth >= LIMIT_TEMPLATE_DEPTH) {
        return tpl_syntax_error(p->t, p->err, HUIS_E_BAD_FILE, tpl_current(p)->offset,
                                "nested deeper than the limit of %u", LIMIT_TEMPLATE_DEPTH);
    }
    p->depth++;
    return HUIS_OK;
}

int tpl_parser_no_memory(tpl_parser *p)
{
    const arena *const a = &p->t->memory;
    if (a->max_bytes - a->used_bytes < LIMIT_KIB) {
        return tpl_syntax_error(p->t, p->err, HUIS_E_BAD_FILE, tpl_current(p)->offset,
                                "the parsed template is larger than the limit of %u bytes",
                                LIMIT_TEMPLATE_TREE_BYTES);
    }
    return error_no_memory(p->err, "the chat template");
}

void *tpl_parser_alloc(tpl_parser *p, size_t size)
{
    return arena_alloc(&p->t->memory, 1, size);
}

tpl_node *tpl_node_new(tpl_parser *p, tpl_node_kind kind, size_t offset)
{
    tpl_node *const node = tpl_parser_alloc(p, sizeof(*node));
    if (node != NULL) {
        node->kind = kind;
        node->offset = (uint32_t)offset;
    }
    return node;
}

int tpl_intern(tpl_parser *p, span name, uint32_t *out_id)
{
    chat_template *const t = p->t;
    if (map_get(&p->ids, name, out_id)) {
        return HUIS_OK;
    }
    if (t->n_names == t->names_capacity) {
        const uint32_t capacity = t->names_capacity > 0 ? t->names_capacity * 2 : 32;
        span *const grown = memory_resize(t->names, capacity, sizeof(span));
        if (grown == NULL) {
            return error_no_memory(p->err, "the chat template");
        }
        t->names = grown;
        t->names_capacity = capacity;
    }
    if (!map_set(&p->ids, name, t->n_names)) {
        return error_no_memory(p->err, "the chat template");
    }
    t->names[t->n_names] = name;
    *out_id = t->n_names++;
    return HUIS_OK;
}

/* Statements. */

static int parse_body(tpl_parser *p, const char *const *ends, tpl_node **out);

static int expect_block_end(tpl_parser *p)
{
    if (tpl_current(p)->kind != TPL_T_BLOCK_END) {
        return tpl_unexpected(p, "'%}'");
    }
    tpl_advance(p);
    return HUIS_OK;
}

/* The statements between "%}" and "{% END": stops after the name of the end tag. */
static int parse_block(tpl_parser *p, const char *const *ends, tpl_node **out)
{
    RETURN_IF_ERROR(expect_block_end(p));
    RETURN_IF_ERROR(tpl_parser_enter(p));
    const int status = parse_body(p, ends, out);
    p->depth--;
    return status;
}

static int expect_name(tpl_parser *p, span *out)
{
    if (tpl_current(p)->kind != TPL_T_NAME) {
        return tpl_unexpected(p, "a name");
    }
    *out = tpl_current(p)->text;
    tpl_advance(p);
    return HUIS_OK;
}

static int name_node(tpl_parser *p, tpl_node **out)
{
    tpl_node *const node = tpl_node_new(p, TPL_N_NAME, tpl_current(p)->offset);
    if (node == NULL) {
        return tpl_parser_no_memory(p);
    }
    RETURN_IF_ERROR(expect_name(p, &node->as.name.text));
    RETURN_IF_ERROR(tpl_intern(p, node->as.name.text, &node->as.name.id));
    *out = node;
    return HUIS_OK;
}

/* name | name.attribute | (name, ...) : what a set or a for writes to. */
static int parse_one_target(tpl_parser *p, bool with_attribute, tpl_node **out)
{
    if (tpl_is_operator(tpl_current(p), "(")) {
        return tpl_syntax_error(p->t, p->err, HUIS_E_UNSUPPORTED, tpl_current(p)->offset,
                                "nested unpacking is not supported");
    }
    tpl_node *node = NULL;
    RETURN_IF_ERROR(name_node(p, &node));
    if (with_attribute && tpl_is_operator(tpl_current(p), ".")) {
        const size_t offset = tpl_current(p)->offset;
        tpl_advance(p);
        tpl_node *const link = tpl_node_new(p, TPL_N_ATTRIBUTE, offset);
        tpl_node *const chain = tpl_node_new(p, TPL_N_POSTFIX, offset);
        if (link == NULL || chain == NULL) {
            return tpl_parser_no_memory(p);
        }
        RETURN_IF_ERROR(expect_name(p, &link->as.name.text));
        chain->as.postfix.base = node;
        chain->as.postfix.links = link;
        node = chain;
    }
    *out = node;
    return HUIS_OK;
}

static int parse_target(tpl_parser *p, bool with_attribute, tpl_node **out)
{
    const size_t offset = tpl_current(p)->offset;
    const bool parenthesis = tpl_is_operator(tpl_current(p), "(");
    if (parenthesis) {
        tpl_advance(p);
    }
    tpl_node *first = NULL;
    RETURN_IF_ERROR(parse_one_target(p, with_attribute, &first));
    tpl_node *last = first;
    bool is_tuple = false;
    while (tpl_skip_operator(p, ",")) {
        is_tuple = true;
        if (tpl_current(p)->kind != TPL_T_NAME || tpl_is_name(tpl_current(p), "in")) {
            break;
        }
        RETURN_IF_ERROR(parse_one_target(p, with_attribute, &last->next));
        last = last->next;
    }
    RETURN_IF_ERROR(parenthesis ? tpl_expect_operator(p, ")") : HUIS_OK);
    *out = first;
    if (is_tuple) {
        tpl_node *const tuple = tpl_node_new(p, TPL_N_TUPLE, offset);
        if (tuple == NULL) {
            return tpl_parser_no_memory(p);
        }
        tuple->as.first = first;
        *out = tuple;
    }
    return HUIS_OK;
}

static int parse_for(tpl_parser *p, tpl_node *node)
{
    static const char *const BODY_ENDS[] = {"endfor", "else", NULL};
    static const char *const ELSE_ENDS[] = {"endfor", NULL};
    RETURN_IF_ERROR(parse_target(p, false, &node->as.loop.target));
    if (!tpl_skip_name(p, "in")) {
        return tpl_unexpected(p, "'in'");
    }
    RETURN_IF_ERROR(tpl_parse_tuple(p, false, &node->as.loop.items));
    if (tpl_skip_name(p, "if")) {
        RETURN_IF_ERROR(tpl_parse_expression(p, true, &node->as.loop.test));
    }
    if (tpl_is_name(tpl_current(p), "recursive")) {
        return tpl_syntax_error(p->t, p->err, HUIS_E_UNSUPPORTED, tpl_current(p)->offset,
                                "recursive loops are not supported");
    }
    p->loops++;
    const int status = parse_block(p, BODY_ENDS, &node->as.loop.body);
    p->loops--;
    RETURN_IF_ERROR(status);
    if (tpl_skip_name(p, "else")) {
        RETURN_IF_ERROR(parse_block(p, ELSE_ENDS, &node->as.loop.otherwise));
    }
    tpl_advance(p);
    return HUIS_OK;
}

static int parse_arms(tpl_parser *p, tpl_node *node)
{
    static const char *const ENDS[] = {"elif", "else", "endif", NULL};
    static const char *const ELSE_ENDS[] = {"endif", NULL};
    tpl_arm **link = &node->as.arms;
    for (;;) {
        tpl_arm *const arm = tpl_parser_alloc(p, sizeof(*arm));
        if (arm == NULL) {
            return tpl_parser_no_memory(p);
        }
        *link = arm;
        link = &arm->next;
        RETURN_IF_ERROR(tpl_parse_tuple(p, false, &arm->test));
        RETURN_IF_ERROR(parse_block(p, ENDS, &arm->body));
        if (tpl_skip_name(p, "elif")) {
            continue;
        }
        if (tpl_skip_name(p, "else")) {
            tpl_arm *const last = tpl_parser_alloc(p, sizeof(*last));
            if (last == NULL) {
                return tpl_parser_no_memory(p);
            }
            arm->next = last;
            RETURN_IF_ERROR(parse_block(p, ELSE_ENDS, &last->body));
        }
        tpl_advance(p);
        return HUIS_OK;
    }
}

static int parse_if(tpl_parser *p, tpl_node *node)
{
    p->branches++;
    const int status = parse_arms(p, node);
    p->branches--;
    return status;
}

static int parse_set(tpl_parser *p, tpl_node *node)
{
    static const char *const ENDS[] = {"endset", NULL};
    RETURN_IF_ERROR(parse_target(p, true, &node->as.set.target));
    if (tpl_skip_operator(p, "=")) {
        return tpl_parse_tuple(p, true, &node->as.set.value);
    }
    node->kind = TPL_N_SET_BLOCK;
    if (tpl_skip_operator(p, "|")) {
        RETURN_IF_ERROR(tpl_parse_filters(p, &node->as.set.filters));
    }
    RETURN_IF_ERROR(parse_block(p, ENDS, &node->as.set.body));
    tpl_advance(p);
    return HUIS_OK;
}

static int parse_filter_block(tpl_parser *p, tpl_node *node)
{
    static const char *const ENDS[] = {"endfilter", NULL};
    RETURN_IF_ERROR(tpl_parse_filters(p, &node->as.set.filters));
    RETURN_IF_ERROR(parse_block(p, ENDS, &node->as.set.body));
    tpl_advance(p);
    return HUIS_OK;
}

/* "(a, b=1)": parameters, a default for each after the first default. */
static int parse_signature(tpl_parser *p, tpl_pair_node **out)
{
    tpl_pair_node **link = out;
    bool has_default = false;
    RETURN_IF_ERROR(tpl_expect_operator(p, "("));
    while (!tpl_is_operator(tpl_current(p), ")")) {
        tpl_pair_node *const pair = tpl_parser_alloc(p, sizeof(*pair));
        if (pair == NULL) {
            return tpl_parser_no_memory(p);
        }
        RETURN_IF_ERROR(expect_name(p, &pair->name));
        RETURN_IF_ERROR(tpl_intern(p, pair->name, &pair->id));
        if (tpl_skip_operator(p, "=")) {
            has_default = true;
            RETURN_IF_ERROR(tpl_parse_expression(p, true, &pair->value));
        } else if (has_default) {
            return tpl_unexpected(p, "'=' (parameters after a default need one)");
        }
        *link = pair;
        link = &pair->next;
        if (!tpl_skip_operator(p, ",")) {
            break;
        }
    }
    return tpl_expect_operator(p, ")");
}

/* Parameters (already read) and body; `end` names the closing tag. */
static int parse_macro_body(tpl_parser *p, tpl_macro_node *macro, const char *const *ends)
{
    tpl_macro_node *const outer = p->macro;
    const uint32_t loops = p->loops;
    p->macro = macro;
    p->loops = 0;
    const int status = parse_block(p, ends, &macro->body);
    p->macro = outer;
    p->loops = loops;
    RETURN_IF_ERROR(status);
    tpl_advance(p);
    return HUIS_OK;
}

static int parse_macro(tpl_parser *p, tpl_node *node)
{
    static const char *const ENDS[] = {"endmacro", NULL};
    tpl_macro_node *const macro = tpl_parser_alloc(p, sizeof(*macro));
    if (macro == NULL) {
        return tpl_parser_no_memory(p);
    }
    node->as.macro.node = macro;
    RETURN_IF_ERROR(expect_name(p, &macro->name));
    RETURN_IF_ERROR(tpl_intern(p, macro->name, &node->as.macro.id));
    RETURN_IF_ERROR(parse_signature(p, &macro->params));
    return parse_macro_body(p, macro, ENDS);
}

static int parse_call_block(tpl_parser *p, tpl_node *node)
{
    static const char *const ENDS[] = {"endcall", NULL};
    tpl_macro_node *const macro = tpl_parser_alloc(p, sizeof(*macro));
    if (macro == NULL) {
        return tpl_parser_no_memory(p);
    }
    macro->name = SPAN("caller");
    node->as.call_block.caller = macro;
    if (tpl_is_operator(tpl_current(p), "(")) {
        RETURN_IF_ERROR(parse_signature(p, &macro->params));
    }
    RETURN_IF_ERROR(tpl_parse_expression(p, true, &node->as.call_block.call));
    const tpl_node *const call = node->as.call_block.call;
    const tpl_node *link = call->kind == TPL_N_POSTFIX ? call->as.postfix.links : NULL;
    while (link != NULL && link->next != NULL) {
        link = link->next;
    }
    if (link == NULL || link->kind != TPL_N_CALL) {
        return tpl_unexpected(p, "a macro call");
    }
    return parse_macro_body(p, macro, ENDS);
}

static int parse_with(tpl_parser *p, tpl_node *node)
{
    static const char *const ENDS[] = {"endwith", NULL};
    tpl_pair_node **link = &node->as.with.bindings;
    while (tpl_current(p)->kind != TPL_T_BLOCK_END) {
        tpl_pair_node *const pair = tpl_parser_alloc(p, sizeof(*pair));
        if (pair == NULL) {
            return tpl_parser_no_memory(p);
        }
        RETURN_IF_ERROR(expect_name(p, &pair->name));
        RETURN_IF_ERROR(tpl_intern(p, pair->name, &pair->id));
        RETURN_IF_ERROR(tpl_expect_operator(p, "="));
        RETURN_IF_ERROR(tpl_parse_expression(p, true, &pair->value));
        *link = pair;
        link = &pair->next;
        if (!tpl_skip_operator(p, ",")) {
            break;
        }
    }
    RETURN_IF_ERROR(parse_block(p, ENDS, &node->as.with.body));
    tpl_advance(p);
    return HUIS_OK;
}

/* Marks the part of an answer for training; here its body alone counts. */
static int parse_generation(tpl_parser *p, tpl_node *node)
{
    static const char *const ENDS[] = {"endgeneration", NULL};
    RETURN_IF_ERROR(parse_block(p, ENDS, &node->as.first));
    tpl_advance(p);
    return HUIS_OK;
}

static int parse_jump(tpl_parser *p, tpl_node *node)
{
    if (p->loops == 0) {
        return tpl_syntax_error(p->t, p->err, HUIS_E_BAD_FILE, node->offset,
                                "break or continue outside a loop");
    }
    return HUIS_OK;
}

static const struct {
    const char *name;
    tpl_node_kind kind;
    int (*parse)(tpl_parser *p, tpl_node *node);
} STATEMENTS[] = {
    {"if", TPL_N_IF, parse_if},
    {"for", TPL_N_FOR, parse_for},
    {"set", TPL_N_SET, parse_set},
    {"macro", TPL_N_MACRO, parse_macro},
    {"call", TPL_N_CALL_BLOCK, parse_call_block},
    {"filter", TPL_N_FILTER_BLOCK, parse_filter_block},
    {"generation", TPL_N_BLOCK, parse_generation},
    {"with", TPL_N_WITH, parse_with},
    {"break", TPL_N_BREAK, parse_jump},
    {"continue", TPL_N_CONTINUE, parse_jump},
};

static int parse_statement(tpl_parser *p, tpl_node **out)
{
    const tpl_token *const token = tpl_current(p);
    for (size_t i = 0; i < sizeof(STATEMENTS) / sizeof(STATEMENTS[0]); i++) {
        if (tpl_is_name(token, STATEMENTS[i].name)) {
            tpl_node *const node = tpl_node_new(p, STATEMENTS[i].kind, token->offset);
            if (node == NULL) {
                return tpl_parser_no_memory(p);
            }
            tpl_advance(p);
            RETURN_IF_ERROR(STATEMENTS[i].parse(p, node));
            RETURN_IF_ERROR(expect_block_end(p));
            *out = node;
            return HUIS_OK;
        }
    }
    if (token->kind != TPL_T_NAME) {
        return tpl_unexpected(p, "a statement");
    }
    const span text = span_slice(token->text, 0, 40);
    return tpl_syntax_error(p->t, p->err, HUIS_E_UNSUPPORTED, token->offset,
                            "the statement '%.*s' is not supported here", (int)text.len, text.ptr);
}

static int parse_data(tpl_parser *p, tpl_node **out)
{
    const tpl_token *const token = tpl_current(p);
    tpl_node *const node = tpl_node_new(p, TPL_N_DATA, token->offset);
    tpl_store *const store = tpl_parser_alloc(p, sizeof(*store));
    tpl_run *const run = tpl_parser_alloc(p, sizeof(*run));
    if (node == NULL || store == NULL || run == NULL) {
        return tpl_parser_no_memory(p);
    }
    *run = (tpl_run){.trusted = true};
    *store = (tpl_store){.bytes = p->t->source + token->offset,
                         .len = token->text.len,
                         .capacity = token->text.len,
                         .runs = run,
                         .n_runs = 1,
                         .runs_capacity = 1};
    node->as.data = store;
    tpl_advance(p);
    *out = node;
    return HUIS_OK;
}

static int parse_output(tpl_parser *p, tpl_node **out)
{
    tpl_node *const node = tpl_node_new(p, TPL_N_OUTPUT, tpl_current(p)->offset);
    if (node == NULL) {
        return tpl_parser_no_memory(p);
    }
    tpl_advance(p);
    RETURN_IF_ERROR(tpl_parse_tuple(p, true, &node->as.first));
    if (tpl_current(p)->kind != TPL_T_VARIABLE_END) {
        return tpl_unexpected(p, "'}}'");
    }
    tpl_advance(p);
    *out = node;
    return HUIS_OK;
}

static bool is_end(tpl_parser *p, const char *const *ends)
{
    for (size_t i = 0; ends[i] != NULL; i++) {
        if (tpl_is_name(tpl_peek(p), ends[i])) {
            return true;
        }
    }
    return false;
}

/* Statements up to "{% END" (left standing at END), or to the end of the template for no ends. */
static int parse_body(tpl_parser *p, const char *const *ends, tpl_node **out)
{
    tpl_node **link = out;
    *out = NULL;
    for (;;) {
        int status = HUIS_OK;
        const tpl_token_kind kind = tpl_current(p)->kind;
        if (kind == TPL_T_DATA) {
            status = parse_data(p, link);
        } else if (kind == TPL_T_VARIABLE_BEGIN) {
            status = parse_output(p, link);
        } else if (kind == TPL_T_BLOCK_BEGIN) {
            const bool ended = is_end(p, ends);
            tpl_advance(p);
            if (ended) {
                return HUIS_OK;
            }
            status = parse_statement(p, link);
        } else if (ends[0] == NULL) {
            return HUIS_OK;
        } else {
            return tpl_unexpected(p, ends[0]);
        }
        RETURN_IF_ERROR(status);
        link = &(*link)->next;
    }
}

static int intern_own_names(tpl_parser *p)
{
    static const char *const NAMES[] = {
        [TPL_NAME_LOOP] = "loop",
        [TPL_NAME_VARARGS] = "varargs",
        [TPL_NAME_KWARGS] = "kwargs",
        [TPL_NAME_CALLER] = "caller",
    };
    for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
        uint32_t id = 0;
        RETURN_IF_ERROR(tpl_intern(p, span_from_string(NAMES[i]), &id));
    }
    return HUIS_OK;
}

int tpl_parse(chat_template *t, huis_error *err)
{
    static const char *const NO_ENDS[] = {NULL};
    tpl_parser p = {.t = t, .err = err};
    map_init(&p.ids);
    int status = intern_own_names(&p);
    status = status >= 0 ? tpl_lex(t, &p.tokens, err) : status;
    if (status >= 0) {
        status = parse_body(&p, NO_ENDS, &t->body);
    }
    tpl_tokens_deinit(&p.tokens);
    map_deinit(&p.ids);
    return status;
}
