/*
 * template_value.h - the values of the template interpreter and the state of one rendering.
 *
 * Everything that a rendering makes lies in one arena with a budget and dies with it. Every loop
 * over input, native or interpreted, pays steps with tpl_charge, so that time is bounded too.
 *
 * Strings are views into stores. A store keeps, beside its bytes, runs that say which bytes are
 * trusted: written by the template itself (or bos_token, eos_token). A view that ends where its
 * store ends is extended in place, so that building a text piece by piece costs linear time and
 * memory; older views never see the new bytes. Text is always valid UTF-8; lengths and indices that
 * a template sees count code points.
 *
 * Lists, dicts and namespaces are references, as in Python. Internal to src/chat.
 */
#ifndef HUIS_CHAT_TEMPLATE_VALUE_H
#define HUIS_CHAT_TEMPLATE_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "base/arena.h"
#include "base/span.h"
#include "chat/chat.h"

typedef struct tpl_render tpl_render;
typedef struct tpl_value tpl_value;
typedef struct tpl_scope tpl_scope;
typedef struct tpl_call tpl_call;
typedef struct tpl_node tpl_node;
typedef struct tpl_macro_node tpl_macro_node;

typedef struct tpl_run {
    size_t start; /* up to the start of the next run, or the end of the store */
    bool trusted;
} tpl_run;

typedef struct tpl_store {
    char *bytes;
    size_t len, capacity; /* capacity == len: never extended (literals, shared by threads) */
    tpl_run *runs;        /* at least one when len > 0; neighbours differ */
    size_t n_runs, runs_capacity;
} tpl_store;

typedef struct tpl_string {
    tpl_store *store; /* NULL only when len is 0 */
    size_t start, len;
} tpl_string;

typedef enum tpl_type {
    TPL_UNDEFINED, /* a name or attribute that does not exist */
    TPL_NONE,
    TPL_BOOL,
    TPL_INT,
    TPL_FLOAT,
    TPL_STRING,
    TPL_LIST,
    TPL_DICT,
    TPL_NAMESPACE,
    TPL_MACRO,
    TPL_LOOP,
    TPL_NATIVE, /* a function of the interpreter, or a method with its receiver */
    TPL_JOINER,
    TPL_CYCLER
} tpl_type;

typedef enum tpl_list_kind {
    TPL_PLAIN, /* a Python list */
    TPL_TUPLE,
    TPL_VIEW,     /* keys(), values(), items() */
    TPL_GENERATOR /* map, select ...: always true, has no length, read once */
} tpl_list_kind;

typedef struct tpl_list {
    tpl_value *items;
    size_t count, capacity;
    tpl_list_kind kind;
    bool consumed; /* a generator that has been read */
} tpl_list;

typedef struct tpl_dict { /* in order of insertion */
    tpl_value *keys, *values;
    size_t count, capacity;
} tpl_dict;

typedef int (*tpl_native_fn)(tpl_call *c);

/* A row of a table of filters, tests, methods or functions. */
typedef struct tpl_native {
    const char *name;
    tpl_native_fn fn;
    const char *params; /* "a,b,c"; NULL: takes its arguments unbound */
    uint32_t n_required;
} tpl_native;

typedef struct tpl_bound {
    const tpl_native *native;
    const tpl_value *self; /* NULL for a function */
} tpl_bound;

typedef struct tpl_macro {
    const tpl_macro_node *node;
    tpl_scope *scope; /* where it was defined */
} tpl_macro;

typedef struct tpl_loop {
    const tpl_list *items; /* of one iteration */
    size_t index;          /* from 0 */
    tpl_value *last_changed;
} tpl_loop;

typedef struct tpl_cycler { /* also a joiner: items[0] is the separator */
    tpl_list *items;
    size_t index;
} tpl_cycler;

struct tpl_value {
    tpl_type type;
    bool trusted; /* not from an input; of a container: its punctuation when printed */
    bool markup;  /* a string from |safe or |escape: + escapes what is added to it */
    union {
        bool boolean;
        int64_t integer;
        double real;
        tpl_string string;
        tpl_list *list;
        tpl_dict *dict; /* also a namespace */
        tpl_macro *macro;
        tpl_loop *loop;
        tpl_bound *bound;
        tpl_cycler *cycler;
        span missing; /* undefined: the name that was looked for */
    } as;
};

/* One name in a scope. Names are numbered by the parser. */
typedef struct tpl_binding {
    struct tpl_binding *next;
    uint32_t name;
    tpl_value value;
} tpl_binding;

struct tpl_scope {
    tpl_scope *parent;
    tpl_binding *first;
    bool captured; /* a macro refers to it: its memory is not reused */
};

struct tpl_render {
    const chat_template *template;
    arena memory;
    huis_error *err;
    uint64_t steps;
    uint32_t depth;     /* of evaluation and of walks over values */
    size_t at;          /* offset in the source of what is evaluated now */
    tpl_value *globals; /* one for each name of the template */
    tpl_scope *scope;
    tpl_store *out; /* where output goes now */
    tpl_binding *free_bindings;
    tpl_scope *free_scopes;
    const json_t *now; /* RFC 3339, for strftime_now; NULL: there is no clock */
};

/* Arguments as written in a call. */
typedef struct tpl_args {
    tpl_value *positional;
    size_t n_positional;
    const span *names; /* of the keyword arguments */
    tpl_value *named;
    size_t n_named;
} tpl_args;

enum { TPL_MAX_PARAMS = 6 };

struct tpl_call {
    tpl_render *r;
    const char *name;      /* for messages */
    const tpl_value *self; /* what is filtered, tested, or the receiver; NULL for functions */
    const tpl_args *args;
    const tpl_value *argv[TPL_MAX_PARAMS]; /* bound by the row's params; NULL: not given */
    tpl_value *out;
};

/* Errors and budgets (template_render.c). All return a negative status, for `return`. */
int tpl_fail(tpl_render *r, int status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
int tpl_charge(tpl_render *r, uint64_t steps);
/* For work over bytes: one step for 256. */
int tpl_charge_bytes(tpl_render *r, size_t bytes);
int tpl_enter(tpl_render *r);
void tpl_leave(tpl_render *r);
/* NULL: the error is set; return tpl_memory_status. */
void *tpl_alloc(tpl_render *r, size_t count, size_t size);
int tpl_no_memory(tpl_render *r);

/* Simple values. */
tpl_value tpl_undefined(span name);
tpl_value tpl_none(void);
tpl_value tpl_bool(bool b);
tpl_value tpl_int(int64_t i);
tpl_value tpl_float(double f);
tpl_value tpl_from_list(tpl_list *list);
tpl_value tpl_from_dict(tpl_dict *dict);
tpl_value tpl_from_string(tpl_string s);
const char *tpl_type_name(const tpl_value *v);
bool tpl_is_number(const tpl_value *v); /* a bool is one, as in Python */
double tpl_as_real(const tpl_value *v);
bool tpl_as_integer(const tpl_value *v, int64_t *out); /* false for a float */
bool tpl_truth(const tpl_value *v);
int tpl_from_json(tpl_render *r, const json_t *json, bool trusted, tpl_value *out);
int tpl_equal(tpl_render *r, const tpl_value *a, const tpl_value *b, bool *out);
/* -1, 0, 1; an error for types without order. */
int tpl_order(tpl_render *r, const tpl_value *a, const tpl_value *b, int *out);
int tpl_contains(tpl_render *r, const tpl_value *haystack, const tpl_value *needle, bool *out);

/* Lists and dicts. */
tpl_list *tpl_list_new(tpl_render *r, size_t capacity, tpl_list_kind kind);
int tpl_list_push(tpl_render *r, tpl_list *list, tpl_value v);
tpl_dict *tpl_dict_new(tpl_render *r, size_t capacity);
int tpl_dict_set(tpl_render *r, tpl_dict *dict, tpl_value key, tpl_value v);
/* *out is NULL when there is no such key. */
int tpl_dict_find(tpl_render *r, const tpl_dict *dict, const tpl_value *key, tpl_value **out);
int tpl_dict_find_name(tpl_render *r, const tpl_dict *dict, span name, tpl_value **out);
int tpl_pair(tpl_render *r, tpl_value a, tpl_value b, tpl_value *out);
/* The items that a loop over the value meets; the list may be shared: do not change it. */
int tpl_iterate(tpl_render *r, const tpl_value *v, tpl_list **out);

/* Strings (template_string.c). */
span tpl_span(tpl_string s);
tpl_string tpl_slice(tpl_string s, size_t start, size_t end); /* bytes */
/* A new store with room for `capacity` bytes; NULL on failure. */
tpl_store *tpl_store_new(tpl_render *r, size_t capacity);
int tpl_store_append(tpl_render *r, tpl_store *store, span bytes, bool trusted);
int tpl_store_append_string(tpl_render *r, tpl_store *store, tpl_string s);
tpl_string tpl_store_string(tpl_store *store);
/* Whether the byte at this place of the string is trusted, and where the run ends (in the string). */
bool tpl_string_run(tpl_string s, size_t pos, size_t *out_end);
bool tpl_string_trusted(tpl_string s);
int tpl_string_from(tpl_render *r, span bytes, bool trusted, tpl_string *out);
int tpl_concat(tpl_render *r, tpl_string a, tpl_string b, tpl_string *out);
size_t tpl_count_chars(span text);
/* Byte offset of the code point with this index. */
size_t tpl_char_offset(span text, size_t index);
/* The first place of `needle` at or after `from`; SIZE_MAX when there is none. */
size_t tpl_find(span text, span needle, size_t from);
bool tpl_is_space(uint32_t code);
typedef enum tpl_side { TPL_LEFT = 1, TPL_RIGHT = 2, TPL_BOTH = 3 } tpl_side;
/* Strips white space, or the code points of `chars` when it is not NULL. */
int tpl_strip(tpl_render *r, tpl_string s, const tpl_string *chars, tpl_side side, tpl_string *out);
typedef enum tpl_case {
    TPL_UPPER,
    TPL_LOWER,
    TPL_CAPITALIZE,
    TPL_TITLE,
    TPL_TITLE_FILTER
} tpl_case;
int tpl_change_case(tpl_render *r, tpl_string s, tpl_case how, tpl_string *out);
int tpl_replace(tpl_render *r, tpl_string s, tpl_string old, tpl_string new, int64_t count,
                tpl_string *out);
/* separator NULL: runs of white space. limit < 0: none. */
int tpl_split(tpl_render *r, tpl_string s, const tpl_string *separator, int64_t limit,
              bool from_right, tpl_value *out);
int tpl_split_lines(tpl_render *r, tpl_string s, bool keep_ends, tpl_value *out);

/* Text of values (template_text.c). */
int tpl_str(tpl_render *r, const tpl_value *v, tpl_string *out);
int tpl_append_str(tpl_render *r, tpl_store *store, const tpl_value *v);
int tpl_append_repr(tpl_render *r, tpl_store *store, const tpl_value *v);
/* Python's repr of a float; `out` has at least 40 bytes. Returns the length. */
size_t tpl_float_repr(double f, char *out, size_t size);
/* Digits with an optional fraction and exponent, "_" skipped; false: something else. */
bool tpl_parse_real(span text, double *out);
bool tpl_parse_integer(span text, int base, int64_t *out);
typedef struct tpl_json_style {
    bool ensure_ascii, sort_keys, has_indent;
    tpl_string indent; /* of one level */
    span item_separator, key_separator;
} tpl_json_style;
int tpl_append_json(tpl_render *r, tpl_store *store, const tpl_value *v,
                    const tpl_json_style *style);

/* Attributes, indices, calls (template_access.c). */
int tpl_attribute(tpl_render *r, const tpl_value *v, span name, tpl_value *out);
int tpl_item(tpl_render *r, const tpl_value *v, const tpl_value *key, tpl_value *out);
int tpl_call_value(tpl_render *r, const tpl_value *callee, const tpl_args *args, tpl_value *out);
int tpl_call_native(tpl_render *r, const tpl_native *native, const tpl_value *self,
                    const tpl_args *args, tpl_value *out);
/* "a.b.0": attributes and indices one after the other, as Jinja's attribute= arguments. */
int tpl_path(tpl_render *r, const tpl_value *v, const tpl_value *path, tpl_value *out);

/* Macros (template_exec.c). */
int tpl_call_macro(tpl_render *r, const tpl_macro *macro, const tpl_args *args, tpl_value *out);

/* Tables; NULL when the name is unknown. */
const tpl_native *tpl_find_filter(span name);
const tpl_native *tpl_find_test(span name);
const tpl_native *tpl_find_method(tpl_type type, span name);
const tpl_native *tpl_find_function(span name);
const tpl_native *tpl_find_in(const tpl_native *table, size_t count, span name);

/* Operators (template_operators.c). */
typedef enum tpl_operator {
    TPL_OP_ADD,
    TPL_OP_SUB,
    TPL_OP_MUL,
    TPL_OP_DIV,
    TPL_OP_FLOOR_DIV,
    TPL_OP_MOD,
    TPL_OP_POW,
    TPL_OP_CONCAT,
    TPL_OP_EQ,
    TPL_OP_NE,
    TPL_OP_LT,
    TPL_OP_LE,
    TPL_OP_GT,
    TPL_OP_GE,
    TPL_OP_IN,
    TPL_OP_NOT_IN
} tpl_operator;
int tpl_binary(tpl_render *r, tpl_operator op, const tpl_value *a, const tpl_value *b,
               tpl_value *out);
int tpl_compare(tpl_render *r, tpl_operator op, const tpl_value *a, const tpl_value *b, bool *out);
int tpl_negate(tpl_render *r, const tpl_value *v, tpl_value *out);
int tpl_slice_value(tpl_render *r, const tpl_value *v, const tpl_value *start,
                    const tpl_value *stop, const tpl_value *step, tpl_value *out);
/* HTML characters as entities, as Jinja2's escape. */
int tpl_escape_html(tpl_render *r, tpl_string s, tpl_string *out);
/* "%s" formatting and str.format (template_format.c). */
int tpl_format_percent(tpl_render *r, tpl_string format, const tpl_args *args, tpl_string *out);
int tpl_format_braces(tpl_render *r, tpl_string format, const tpl_args *args, tpl_string *out);

/* The helper of every native: *out from a status. */
static inline int tpl_return_string(tpl_call *c, int status, tpl_string s)
{
    if (status >= 0) {
        *c->out = tpl_from_string(s);
    }
    return status;
}

#endif
