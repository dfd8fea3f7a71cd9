/*
 * template_expression.c - tokens to a tree: expressions, with Jinja2's own precedences:
 * conditional, or, and, not, comparison, + -, ~, * / // %, **, unary, postfix (. [] () | is).
 *
 * Operators of one level make one node with a list of operands, so a long chain does not nest.
 */
#include "base/error.h"
#include "base/limits.h"
#include "chat/template_syntax.h"

typedef int (*parse_fn)(tpl_parser *p, tpl_node **out);

static int parse_unary(tpl_parser *p, bool with_filters, tpl_node **out);

/* A node whose children start with `first`. */
static int wrap(tpl_parser *p, tpl_node_kind kind, tpl_node *first, tpl_node **out)
{
    tpl_node *const node =
        tpl_node_new(p, kind, first != NULL ? first->offset : tpl_current(p)->offset);
    if (node == NULL) {
        return tpl_parser_no_memory(p);
    }
    node->as.first = first;
    *out = node;
    return HUIS_OK;
}

typedef struct operator_row {
    const char *text;
    tpl_operator op;
} operator_row;

static bool match_operator(tpl_parser *p, const operator_row *rows, size_t n, tpl_operator *out)
{
    for (size_t i = 0; i < n; i++) {
        if (tpl_skip_operator(p, rows[i].text)) {
            *out = rows[i].op;
            return true;
        }
    }
    return false;
}

/* operand (op operand)*, one node for the whole chain. */
static int parse_chain(tpl_parser *p, parse_fn operand, const operator_row *rows, size_t n,
                       tpl_node **out)
{
    tpl_node *first = NULL;
    RETURN_IF_ERROR(operand(p, &first));
    tpl_node *last = first;
    tpl_operator op = TPL_OP_ADD;
    while (match_operator(p, rows, n, &op)) {
        RETURN_IF_ERROR(operand(p, &last->next));
        last = last->next;
        last->op = op;
    }
    if (last == first) {
        *out = first;
        return HUIS_OK;
    }
    return wrap(p, TPL_N_CHAIN, first, out);
}

static int parse_unary_filtered(tpl_parser *p, tpl_node **out)
{
    return parse_unary(p, true, out);
}

static int parse_power(tpl_parser *p, tpl_node **out)
{
    static const operator_row ROWS[] = {{"**", TPL_OP_POW}};
    return parse_chain(p, parse_unary_filtered, ROWS, 1, out);
}

static int parse_product(tpl_parser *p, tpl_node **out)
{
    static const operator_row ROWS[] = {
        {"*", TPL_OP_MUL}, {"/", TPL_OP_DIV}, {"//", TPL_OP_FLOOR_DIV}, {"%", TPL_OP_MOD}};
    return parse_chain(p, parse_power, ROWS, 4, out);
}

static int parse_concat(tpl_parser *p, tpl_node **out)
{
    static const operator_row ROWS[] = {{"~", TPL_OP_CONCAT}};
    return parse_chain(p, parse_product, ROWS, 1, out);
}

static int parse_sum(tpl_parser *p, tpl_node **out)
{
    static const operator_row ROWS[] = {{"+", TPL_OP_ADD}, {"-", TPL_OP_SUB}};
    return parse_chain(p, parse_concat, ROWS, 2, out);
}

static bool match_comparison(tpl_parser *p, tpl_operator *out)
{
    static const operator_row ROWS[] = {{"==", TPL_OP_EQ}, {"!=", TPL_OP_NE}, {"<", TPL_OP_LT},
                                        {"<=", TPL_OP_LE}, {">", TPL_OP_GT},  {">=", TPL_OP_GE}};
    if (match_operator(p, ROWS, sizeof(ROWS) / sizeof(ROWS[0]), out)) {
        return true;
    }
    if (tpl_skip_name(p, "in")) {
        *out = TPL_OP_IN;
        return true;
    }
    if (tpl_is_name(tpl_current(p), "not") && tpl_is_name(tpl_peek(p), "in")) {
        tpl_advance(p);
        tpl_advance(p);
        *out = TPL_OP_NOT_IN;
        return true;
    }
    return false;
}

static int parse_comparison(tpl_parser *p, tpl_node **out)
{
    tpl_node *first = NULL;
    RETURN_IF_ERROR(parse_sum(p, &first));
    tpl_node *last = first;
    tpl_operator op = TPL_OP_EQ;
    while (match_comparison(p, &op)) {
        RETURN_IF_ERROR(parse_sum(p, &last->next));
        last = last->next;
        last->op = op;
    }
    if (last == first) {
        *out = first;
        return HUIS_OK;
    }
    return wrap(p, TPL_N_COMPARE, first, out);
}

static int parse_not(tpl_parser *p, tpl_node **out)
{
    bool negated = false;
    bool any = false;
    while (tpl_skip_name(p, "not")) {
        negated = !negated;
        any = true;
    }
    tpl_node *inner = NULL;
    RETURN_IF_ERROR(parse_comparison(p, &inner));
    if (any) {
        RETURN_IF_ERROR(wrap(p, TPL_N_NOT, inner, &inner));
    }
    if (any && !negated) { /* "not not x": the truth of x */
        RETURN_IF_ERROR(wrap(p, TPL_N_NOT, inner, &inner));
    }
    *out = inner;
    return HUIS_OK;
}

/* and, or: operands by a word. */
static int parse_logic(tpl_parser *p, parse_fn operand, const char *word, tpl_node_kind kind,
                       tpl_node **out)
{
    tpl_node *first = NULL;
    RETURN_IF_ERROR(operand(p, &first));
    tpl_node *last = first;
    while (tpl_skip_name(p, word)) {
        RETURN_IF_ERROR(operand(p, &last->next));
        last = last->next;
    }
    if (last == first) {
        *out = first;
        return HUIS_OK;
    }
    return wrap(p, kind, first, out);
}

static int parse_and(tpl_parser *p, tpl_node **out)
{
    return parse_logic(p, parse_not, "and", TPL_N_AND, out);
}

static int parse_or(tpl_parser *p, tpl_node **out)
{
    return parse_logic(p, parse_and, "or", TPL_N_OR, out);
}

static int parse_conditional(tpl_parser *p, tpl_node **out)
{
    tpl_node *yes = NULL;
    RETURN_IF_ERROR(parse_or(p, &yes));
    const uint32_t depth = p->depth;
    while (tpl_skip_name(p, "if")) {
        RETURN_IF_ERROR(tpl_parser_enter(p)); /* "a if b if c ..." nests to the left */
        tpl_node *const node = tpl_node_new(p, TPL_N_CONDITIONAL, yes->offset);
        if (node == NULL) {
            return tpl_parser_no_memory(p);
        }
        node->as.conditional.yes = yes;
        RETURN_IF_ERROR(parse_or(p, &node->as.conditional.test));
        if (tpl_skip_name(p, "else")) {
            RETURN_IF_ERROR(tpl_parse_expression(p, true, &node->as.conditional.no));
        }
        yes = node;
    }
    p->depth = depth;
    *out = yes;
    return HUIS_OK;
}

int tpl_parse_expression(tpl_parser *p, bool with_conditional, tpl_node **out)
{
    RETURN_IF_ERROR(tpl_parser_enter(p));
    RETURN_IF_ERROR(with_conditional ? parse_conditional(p, out) : parse_or(p, out));
    p->depth--;
    return HUIS_OK;
}

static bool ends_tuple(tpl_parser *p)
{
    const tpl_token *const token = tpl_current(p);
    return token->kind == TPL_T_VARIABLE_END || token->kind == TPL_T_BLOCK_END ||
           tpl_is_operator(token, ")") || tpl_is_name(token, "recursive");
}

/* `empty_allowed`: between parentheses. */
static int parse_tuple(tpl_parser *p, bool with_conditional, bool empty_allowed, tpl_node **out)
{
    tpl_node *first = NULL;
    tpl_node **link = &first;
    bool is_tuple = false;
    if (ends_tuple(p) && !empty_allowed) {
        return tpl_unexpected(p, "an expression");
    }
    while (!ends_tuple(p)) {
        RETURN_IF_ERROR(tpl_parse_expression(p, with_conditional, link));
        link = &(*link)->next;
        if (!tpl_skip_operator(p, ",")) {
            break;
        }
        is_tuple = true;
    }
    if (first != NULL && !is_tuple) {
        *out = first;
        return HUIS_OK;
    }
    return wrap(p, TPL_N_TUPLE, first, out);
}

int tpl_parse_tuple(tpl_parser *p, bool with_conditional, tpl_node **out)
{
    return parse_tuple(p, with_conditional, false, out);
}

/* A literal's store: exactly full, so that no rendering ever extends it. */
static int string_constant(tpl_parser *p, span text, tpl_value *out)
{
    tpl_store *const store = tpl_parser_alloc(p, sizeof(*store));
    tpl_run *const run = tpl_parser_alloc(p, sizeof(*run));
    char *const bytes = arena_copy(&p->t->memory, text);
    if (store == NULL || run == NULL || bytes == NULL) {
        return tpl_parser_no_memory(p);
    }
    *run = (tpl_run){.trusted = true};
    *store = (tpl_store){.bytes = bytes,
                         .len = text.len,
                         .capacity = text.len,
                         .runs = run,
                         .n_runs = 1,
                         .runs_capacity = 1};
    *out = tpl_from_string((tpl_string){.store = store, .len = text.len});
    return HUIS_OK;
}

/* Adjacent string literals are one. */
static int parse_string(tpl_parser *p, tpl_node *node)
{
    size_t total = 0;
    size_t count = 0;
    const size_t start = p->pos;
    while (tpl_current(p)->kind == TPL_T_STRING) {
        total += tpl_current(p)->text.len;
        count++;
        tpl_advance(p);
    }
    char *const bytes = arena_alloc(&p->t->memory, total + 1, 1);
    if (bytes == NULL) {
        return tpl_parser_no_memory(p);
    }
    size_t len = 0;
    for (size_t i = 0; i < count; i++) {
        const span text = p->tokens.items[start + i].text;
        if (text.len > 0) {
            memcpy(bytes + len, text.ptr, text.len);
        }
        len += text.len;
    }
    return string_constant(p, span_from(bytes, len), &node->as.constant);
}

static int parse_name(tpl_parser *p, tpl_node *node)
{
    const tpl_token *const token = tpl_current(p);
    tpl_advance(p);
    const bool is_true = tpl_is_name(token, "true") || tpl_is_name(token, "True");
    if (is_true || tpl_is_name(token, "false") || tpl_is_name(token, "False")) {
        node->as.constant = tpl_bool(is_true);
        return HUIS_OK;
    }
    if (tpl_is_name(token, "none") || tpl_is_name(token, "None")) {
        node->as.constant = tpl_none();
        return HUIS_OK;
    }
    if (p->macro != NULL) {
        p->macro->uses_varargs |= tpl_is_name(token, "varargs");
        p->macro->uses_kwargs |= tpl_is_name(token, "kwargs");
        p->macro->uses_caller |= tpl_is_name(token, "caller");
    }
    node->kind = TPL_N_NAME;
    node->as.name.text = token->text;
    return tpl_intern(p, token->text, &node->as.name.id);
}

static int parse_list(tpl_parser *p, tpl_node *node)
{
    tpl_node **link = &node->as.first;
    node->kind = TPL_N_LIST;
    tpl_advance(p);
    while (!tpl_is_operator(tpl_current(p), "]")) {
        RETURN_IF_ERROR(tpl_parse_expression(p, true, link));
        link = &(*link)->next;
        if (!tpl_skip_operator(p, ",")) {
            break;
        }
    }
    return tpl_expect_operator(p, "]");
}

static int parse_dict(tpl_parser *p, tpl_node *node)
{
    tpl_node **link = &node->as.first;
    node->kind = TPL_N_DICT;
    tpl_advance(p);
    while (!tpl_is_operator(tpl_current(p), "}")) {
        RETURN_IF_ERROR(tpl_parse_expression(p, true, link));
        link = &(*link)->next;
        RETURN_IF_ERROR(tpl_expect_operator(p, ":"));
        RETURN_IF_ERROR(tpl_parse_expression(p, true, link));
        link = &(*link)->next;
        if (!tpl_skip_operator(p, ",")) {
            break;
        }
    }
    return tpl_expect_operator(p, "}");
}

int tpl_parse_primary(tpl_parser *p, tpl_node **out)
{
    const tpl_token *const token = tpl_current(p);
    if (tpl_skip_operator(p, "(")) {
        RETURN_IF_ERROR(parse_tuple(p, true, true, out));
        return tpl_expect_operator(p, ")");
    }
    tpl_node *const node = tpl_node_new(p, TPL_N_CONST, token->offset);
    if (node == NULL) {
        return tpl_parser_no_memory(p);
    }
    *out = node;
    if (token->kind == TPL_T_NAME) {
        return parse_name(p, node);
    }
    if (token->kind == TPL_T_STRING) {
        return parse_string(p, node);
    }
    if (token->kind == TPL_T_INTEGER || token->kind == TPL_T_FLOAT) {
        node->as.constant =
            token->kind == TPL_T_INTEGER ? tpl_int(token->integer) : tpl_float(token->real);
        tpl_advance(p);
        return HUIS_OK;
    }
    if (tpl_is_operator(token, "[")) {
        return parse_list(p, node);
    }
    if (tpl_is_operator(token, "{")) {
        return parse_dict(p, node);
    }
    return tpl_unexpected(p, "an expression");
}

int tpl_parse_args(tpl_parser *p, tpl_args_node **out)
{
    tpl_args_node *const args = tpl_parser_alloc(p, sizeof(*args));
    if (args == NULL) {
        return tpl_parser_no_memory(p);
    }
    tpl_node **positional = &args->positional;
    tpl_pair_node **named = &args->named;
    RETURN_IF_ERROR(tpl_expect_operator(p, "("));
    while (!tpl_is_operator(tpl_current(p), ")")) {
        if (tpl_is_operator(tpl_current(p), "*") || tpl_is_operator(tpl_current(p), "**")) {
            return tpl_syntax_error(p->t, p->err, HUIS_E_UNSUPPORTED, tpl_current(p)->offset,
                                    "*args and **kwargs in a call are not supported");
        }
        if (tpl_current(p)->kind == TPL_T_NAME && tpl_is_operator(tpl_peek(p), "=")) {
            tpl_pair_node *const pair = tpl_parser_alloc(p, sizeof(*pair));
            if (pair == NULL) {
                return tpl_parser_no_memory(p);
            }
            pair->name = tpl_current(p)->text;
            tpl_advance(p);
            tpl_advance(p);
            RETURN_IF_ERROR(tpl_parse_expression(p, true, &pair->value));
            *named = pair;
            named = &pair->next;
            args->n_named++;
        } else if (args->n_named > 0) {
            return tpl_unexpected(p, "a keyword argument");
        } else {
            RETURN_IF_ERROR(tpl_parse_expression(p, true, positional));
            positional = &(*positional)->next;
            args->n_positional++;
        }
        if (!tpl_skip_operator(p, ",")) {
            break;
        }
    }
    *out = args;
    return tpl_expect_operator(p, ")");
}

/* start:stop:step, all optional; *out is the index itself when there is no colon. */
static int parse_subscript(tpl_parser *p, tpl_node *link)
{
    tpl_node *parts[3] = {NULL, NULL, NULL};
    size_t n = 0;
    for (;;) {
        const bool has_part =
            !tpl_is_operator(tpl_current(p), ":") && !tpl_is_operator(tpl_current(p), "]");
        if (has_part) {
            RETURN_IF_ERROR(tpl_parse_expression(p, true, &parts[n]));
        }
        if (n == 2 || !tpl_skip_operator(p, ":")) {
            break;
        }
        n++;
    }
    if (tpl_is_operator(tpl_current(p), ",")) {
        return tpl_syntax_error(p->t, p->err, HUIS_E_UNSUPPORTED, tpl_current(p)->offset,
                                "an index with commas is not supported");
    }
    if (n == 0 && parts[0] == NULL) {
        return tpl_unexpected(p, "an index");
    }
    if (n == 0) {
        link->kind = TPL_N_INDEX;
        link->as.first = parts[0];
    } else {
        link->kind = TPL_N_SLICE;
        link->as.slice.start = parts[0];
        link->as.slice.stop = parts[1];
        link->as.slice.step = parts[2];
    }
    return tpl_expect_operator(p, "]");
}

static int parse_attribute(tpl_parser *p, tpl_node *link)
{
    const tpl_token *const token = tpl_current(p);
    if (token->kind == TPL_T_INTEGER) {
        tpl_node *const index = tpl_node_new(p, TPL_N_CONST, token->offset);
        if (index == NULL) {
            return tpl_parser_no_memory(p);
        }
        index->as.constant = tpl_int(token->integer);
        link->kind = TPL_N_INDEX;
        link->as.first = index;
    } else if (token->kind == TPL_T_NAME) {
        link->kind = TPL_N_ATTRIBUTE;
        link->as.name.text = token->text;
    } else {
        return tpl_unexpected(p, "a name");
    }
    tpl_advance(p);
    return HUIS_OK;
}

/* The name of a filter or a test, looked up in its table. An unknown one is refused here, but inside
 * an if only when it is reached, as Jinja2 does: some templates guard foreign filters so. */
static int parse_native(tpl_parser *p, tpl_node *link, const tpl_native *(*find)(span),
                        const char *what)
{
    const tpl_token *const token = tpl_current(p);
    if (token->kind != TPL_T_NAME) {
        return tpl_unexpected(p, what);
    }
    link->as.apply.native = find(token->text);
    link->as.apply.name = token->text;
    if (link->as.apply.native == NULL && p->branches == 0) {
        const span text = span_slice(token->text, 0, 40);
        return tpl_syntax_error(p->t, p->err, HUIS_E_UNSUPPORTED, token->offset,
                                "the %s '%.*s' is not supported", what, (int)text.len, text.ptr);
    }
    tpl_advance(p);
    return HUIS_OK;
}

static int parse_filter(tpl_parser *p, tpl_node *link)
{
    link->kind = TPL_N_FILTER;
    RETURN_IF_ERROR(parse_native(p, link, tpl_find_filter, "filter"));
    return tpl_is_operator(tpl_current(p), "(") ? tpl_parse_args(p, &link->as.apply.args) : HUIS_OK;
}

/* A test may take one argument without parentheses: x is divisibleby 3. */
static bool starts_argument(const tpl_token *token)
{
    if (token->kind == TPL_T_NAME) {
        return !tpl_is_name(token, "else") && !tpl_is_name(token, "or") &&
               !tpl_is_name(token, "and");
    }
    return token->kind == TPL_T_STRING || token->kind == TPL_T_INTEGER ||
           token->kind == TPL_T_FLOAT || tpl_is_operator(token, "[") || tpl_is_operator(token, "{");
}

static int parse_test(tpl_parser *p, tpl_node *link)
{
    link->kind = TPL_N_TEST;
    link->as.apply.negated = tpl_skip_name(p, "not");
    RETURN_IF_ERROR(parse_native(p, link, tpl_find_test, "test"));
    if (tpl_is_operator(tpl_current(p), "(")) {
        return tpl_parse_args(p, &link->as.apply.args);
    }
    if (!starts_argument(tpl_current(p))) {
        return HUIS_OK;
    }
    if (tpl_is_name(tpl_current(p), "is")) {
        return tpl_unexpected(p, "something else (tests cannot be chained with 'is')");
    }
    tpl_args_node *const args = tpl_parser_alloc(p, sizeof(*args));
    if (args == NULL) {
        return tpl_parser_no_memory(p);
    }
    RETURN_IF_ERROR(tpl_parser_enter(p));
    tpl_node *argument = NULL;
    RETURN_IF_ERROR(tpl_parse_primary(p, &argument));
    RETURN_IF_ERROR(tpl_parse_postfix(p, argument, false, &args->positional));
    p->depth--;
    args->n_positional = 1;
    link->as.apply.args = args;
    return HUIS_OK;
}

/* The link that starts at the current token. *out_found false: none does. */
static int parse_link(tpl_parser *p, bool with_filters, tpl_node *link, bool *out_found)
{
    *out_found = true;
    if (tpl_skip_operator(p, ".")) {
        return parse_attribute(p, link);
    }
    if (tpl_skip_operator(p, "[")) {
        return parse_subscript(p, link);
    }
    if (tpl_is_operator(tpl_current(p), "(")) {
        link->kind = TPL_N_CALL;
        return tpl_parse_args(p, &link->as.args);
    }
    if (with_filters && tpl_skip_operator(p, "|")) {
        return parse_filter(p, link);
    }
    if (with_filters && tpl_skip_name(p, "is")) {
        return parse_test(p, link);
    }
    *out_found = false;
    return HUIS_OK;
}

static bool starts_link(tpl_parser *p, bool with_filters)
{
    const tpl_token *const token = tpl_current(p);
    return tpl_is_operator(token, ".") || tpl_is_operator(token, "[") ||
           tpl_is_operator(token, "(") ||
           (with_filters && (tpl_is_operator(token, "|") || tpl_is_name(token, "is")));
}

int tpl_parse_postfix(tpl_parser *p, tpl_node *base, bool with_filters, tpl_node **out)
{
    tpl_node *links = NULL;
    tpl_node **end = &links;
    while (starts_link(p, with_filters)) {
        tpl_node *const link = tpl_node_new(p, TPL_N_ATTRIBUTE, tpl_current(p)->offset);
        if (link == NULL) {
            return tpl_parser_no_memory(p);
        }
        bool found = false;
        RETURN_IF_ERROR(parse_link(p, with_filters, link, &found));
        *end = link;
        end = &link->next;
    }
    if (links == NULL) {
        *out = base;
        return HUIS_OK;
    }
    tpl_node *const node = tpl_node_new(p, TPL_N_POSTFIX, base->offset);
    if (node == NULL) {
        return tpl_parser_no_memory(p);
    }
    node->as.postfix.base = base;
    node->as.postfix.links = links;
    *out = node;
    return HUIS_OK;
}

int tpl_parse_filters(tpl_parser *p, tpl_node **out)
{
    tpl_node **end = out;
    do {
        tpl_node *const link = tpl_node_new(p, TPL_N_FILTER, tpl_current(p)->offset);
        if (link == NULL) {
            return tpl_parser_no_memory(p);
        }
        RETURN_IF_ERROR(parse_filter(p, link));
        *end = link;
        end = &link->next;
    } while (tpl_skip_operator(p, "|"));
    return HUIS_OK;
}

static int parse_unary(tpl_parser *p, bool with_filters, tpl_node **out)
{
    tpl_node *node = NULL;
    const bool minus = tpl_is_operator(tpl_current(p), "-");
    if (minus || tpl_is_operator(tpl_current(p), "+")) {
        tpl_advance(p);
        RETURN_IF_ERROR(tpl_parser_enter(p));
        RETURN_IF_ERROR(parse_unary(p, false, &node));
        p->depth--;
        RETURN_IF_ERROR(wrap(p, minus ? TPL_N_NEGATE : TPL_N_PLUS, node, &node));
    } else {
        RETURN_IF_ERROR(tpl_parse_primary(p, &node));
    }
    return tpl_parse_postfix(p, node, with_filters, out);
}
