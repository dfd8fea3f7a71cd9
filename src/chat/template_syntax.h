/*
 * template_syntax.h - tokens and syntax tree of chat templates. Internal to src/chat.
 *
 * The lexer makes the whole token array first, the parser then a tree in the template's arena. Both
 * refuse nesting past LIMIT_TEMPLATE_DEPTH; long chains (a + b + c ..., x|f|g ..., elif ...) are lists
 * and do not nest, so that evaluation recurses only as deep as the source nests.
 */
#ifndef HUIS_CHAT_TEMPLATE_SYNTAX_H
#define HUIS_CHAT_TEMPLATE_SYNTAX_H

#include "base/map.h"
#include "chat/template_value.h"

typedef enum tpl_token_kind {
    TPL_T_DATA,
    TPL_T_BLOCK_BEGIN,
    TPL_T_BLOCK_END,
    TPL_T_VARIABLE_BEGIN,
    TPL_T_VARIABLE_END,
    TPL_T_NAME,
    TPL_T_STRING,
    TPL_T_INTEGER,
    TPL_T_FLOAT,
    TPL_T_OPERATOR,
    TPL_T_END
} tpl_token_kind;

typedef struct tpl_token {
    tpl_token_kind kind;
    uint32_t offset; /* in the source */
    span text;       /* data, name, operator, number as written, or the decoded string */
    int64_t integer;
    double real;
} tpl_token;

typedef struct tpl_tokens {
    tpl_token *items;
    size_t count, capacity;
} tpl_tokens;

typedef enum tpl_node_kind {
    /* Expressions. */
    TPL_N_CONST,
    TPL_N_NAME,
    TPL_N_LIST,
    TPL_N_TUPLE,
    TPL_N_DICT,
    TPL_N_CONDITIONAL,
    TPL_N_AND,
    TPL_N_OR,
    TPL_N_NOT,
    TPL_N_COMPARE,
    TPL_N_CHAIN,
    TPL_N_NEGATE,
    TPL_N_PLUS,
    TPL_N_POSTFIX,
    /* Links of a postfix chain. */
    TPL_N_ATTRIBUTE,
    TPL_N_INDEX,
    TPL_N_SLICE,
    TPL_N_CALL,
    TPL_N_FILTER,
    TPL_N_TEST,
    /* Statements. */
    TPL_N_DATA,
    TPL_N_OUTPUT,
    TPL_N_FOR,
    TPL_N_IF,
    TPL_N_SET,
    TPL_N_SET_BLOCK,
    TPL_N_MACRO,
    TPL_N_CALL_BLOCK,
    TPL_N_FILTER_BLOCK,
    TPL_N_BLOCK,
    TPL_N_WITH,
    TPL_N_BREAK,
    TPL_N_CONTINUE
} tpl_node_kind;

/* A named argument or a parameter with its default. */
typedef struct tpl_pair_node {
    struct tpl_pair_node *next;
    span name;
    uint32_t id;     /* of the name */
    tpl_node *value; /* NULL: a parameter without a default */
} tpl_pair_node;

typedef struct tpl_args_node {
    tpl_node *positional; /* siblings */
    uint32_t n_positional;
    tpl_pair_node *named;
    uint32_t n_named;
} tpl_args_node;

struct tpl_macro_node {
    span name;
    tpl_pair_node *params;
    tpl_node *body;
    bool uses_varargs, uses_kwargs, uses_caller;
};

/* One arm of an if: test NULL for else. */
typedef struct tpl_arm {
    struct tpl_arm *next;
    tpl_node *test;
    tpl_node *body;
} tpl_arm;

struct tpl_node {
    tpl_node_kind kind;
    uint32_t offset;
    tpl_node *next;  /* sibling: statements of a body, items, links of a chain */
    tpl_operator op; /* of a link in CHAIN or COMPARE: stands before this operand */
    union {
        tpl_value constant;
        struct {
            span text;
            uint32_t id;
        } name;          /* NAME, ATTRIBUTE (id unused) */
        tpl_node *first; /* LIST, TUPLE, AND, OR, NOT, CHAIN, COMPARE, NEGATE, PLUS, OUTPUT,
                               INDEX, BLOCK; DICT: key, value, key, value ... */
        struct {
            tpl_node *test, *yes, *no; /* no may be NULL */
        } conditional;
        struct {
            tpl_node *base, *links;
        } postfix;
        struct {
            tpl_node *start, *stop, *step; /* NULL: not given */
        } slice;
        tpl_args_node *args; /* CALL */
        struct {
            const tpl_native *native; /* NULL: unknown, refused when it is reached */
            span name;
            tpl_args_node *args;
            bool negated;
        } apply; /* FILTER, TEST */
        tpl_store *data;
        struct {
            tpl_node *target, *items, *test, *body, *otherwise;
        } loop;
        tpl_arm *arms;
        struct {
            tpl_node *target, *value, *filters, *body;
        } set; /* SET, SET_BLOCK, FILTER_BLOCK (filters, body) */
        struct {
            tpl_macro_node *node;
            uint32_t id;
        } macro;
        struct {
            tpl_node *call; /* a postfix node that ends in CALL */
            tpl_macro_node *caller;
        } call_block;
        struct {
            tpl_pair_node *bindings;
            tpl_node *body;
        } with;
    } as;
};

struct chat_template {
    char *name;   /* for messages */
    char *source; /* with line ends made "\n" */
    size_t source_len;
    arena memory;
    tpl_node *body;
    span *names; /* by number */
    uint32_t n_names, names_capacity;
};

/* Names that the interpreter binds itself; interned first, so their numbers are fixed. */
enum { TPL_NAME_LOOP, TPL_NAME_VARARGS, TPL_NAME_KWARGS, TPL_NAME_CALLER };

typedef struct tpl_parser {
    chat_template *t;
    huis_error *err;
    tpl_tokens tokens;
    size_t pos;
    uint32_t depth;
    uint32_t branches;     /* open ifs */
    uint32_t loops;        /* open for statements, for break and continue */
    tpl_macro_node *macro; /* the innermost open one */
    map ids;               /* name to number */
} tpl_parser;

/* "NAME: line L: ..." with the offset. */
int tpl_syntax_error(const chat_template *t, huis_error *err, int status, size_t offset,
                     const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Lexer. The array is freed with tpl_tokens_deinit, also after a failure. */
int tpl_lex(chat_template *t, tpl_tokens *out, huis_error *err);
void tpl_tokens_deinit(tpl_tokens *tokens);

/* Parser (template_parser.c; helpers for template_expression.c). */
int tpl_parse(chat_template *t, huis_error *err);
tpl_token *tpl_current(tpl_parser *p);
tpl_token *tpl_peek(tpl_parser *p);
void tpl_advance(tpl_parser *p);
bool tpl_is_operator(const tpl_token *token, const char *text);
bool tpl_is_name(const tpl_token *token, const char *text);
bool tpl_skip_operator(tpl_parser *p, const char *text);
bool tpl_skip_name(tpl_parser *p, const char *text);
int tpl_expect_operator(tpl_parser *p, const char *text);
int tpl_unexpected(tpl_parser *p, const char *wanted);
int tpl_parser_enter(tpl_parser *p);
tpl_node *tpl_node_new(tpl_parser *p, tpl_node_kind kind, size_t offset);
void *tpl_parser_alloc(tpl_parser *p, size_t size);
int tpl_parser_no_memory(tpl_parser *p);
int tpl_intern(tpl_parser *p, span name, uint32_t *out_id);

/* Expressions (template_expression.c). */
int tpl_parse_expression(tpl_parser *p, bool with_conditional, tpl_node **out);
/* One expression, or a tuple of several without parentheses. */
int tpl_parse_tuple(tpl_parser *p, bool with_conditional, tpl_node **out);
int tpl_parse_args(tpl_parser *p, tpl_args_node **out);
/* "name(args)|name ...": links without a base. */
int tpl_parse_filters(tpl_parser *p, tpl_node **out);
int tpl_parse_primary(tpl_parser *p, tpl_node **out);
/* `node` with .x [x] (x); with_filters: |x and is x too. */
int tpl_parse_postfix(tpl_parser *p, tpl_node *base, bool with_filters, tpl_node **out);

/* Evaluation (template_eval.c, template_exec.c). */
int tpl_eval(tpl_render *r, const tpl_node *node, tpl_value *out);
int tpl_eval_links(tpl_render *r, const tpl_node *links, tpl_value *v);
int tpl_eval_args(tpl_render *r, const tpl_args_node *node, tpl_args *out);
/* HUIS_OK, TPL_BREAK, TPL_CONTINUE or an error. */
enum { TPL_BREAK = 1, TPL_CONTINUE = 2 };
int tpl_exec(tpl_render *r, const tpl_node *first);

#endif
