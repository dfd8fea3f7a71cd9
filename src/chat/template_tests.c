/*
 * template_tests.c - the tests after "is" (and in select, reject ...).
 */
#include <utf8proc.h>

#include "base/error.h"
#include "base/utf8.h"
#include "chat/template_value.h"

static int answer(tpl_call *c, bool b)
{
    *c->out = tpl_bool(b);
    return HUIS_OK;
}

static int is_defined(tpl_call *c)
{
    return answer(c, c->self->type != TPL_UNDEFINED);
}

static int is_undefined(tpl_call *c)
{
    return answer(c, c->self->type == TPL_UNDEFINED);
}

static int is_none(tpl_call *c)
{
    return answer(c, c->self->type == TPL_NONE);
}

static int is_string(tpl_call *c)
{
    return answer(c, c->self->type == TPL_STRING);
}

static int is_number(tpl_call *c)
{
    return answer(c, tpl_is_number(c->self));
}

static int is_integer(tpl_call *c)
{
    return answer(c, c->self->type == TPL_INT);
}

static int is_float(tpl_call *c)
{
    return answer(c, c->self->type == TPL_FLOAT);
}

static int is_boolean(tpl_call *c)
{
    return answer(c, c->self->type == TPL_BOOL);
}

static int is_true(tpl_call *c)
{
    return answer(c, c->self->type == TPL_BOOL && c->self->as.boolean);
}

static int is_false(tpl_call *c)
{
    return answer(c, c->self->type == TPL_BOOL && !c->self->as.boolean);
}

static int is_mapping(tpl_call *c)
{
    return answer(c, c->self->type == TPL_DICT);
}

static int is_iterable(tpl_call *c)
{
    const tpl_type t = c->self->type;
    return answer(c, t == TPL_STRING || t == TPL_LIST || t == TPL_DICT || t == TPL_UNDEFINED ||
                         t == TPL_LOOP);
}

static int is_sequence(tpl_call *c)
{
    const tpl_value *const v = c->self;
    const bool list =
        v->type == TPL_LIST && (v->as.list->kind == TPL_PLAIN || v->as.list->kind == TPL_TUPLE);
    return answer(c,
                  list || v->type == TPL_STRING || v->type == TPL_DICT || v->type == TPL_UNDEFINED);
}

static int is_callable(tpl_call *c)
{
    const tpl_type t = c->self->type;
    return answer(c, t == TPL_MACRO || t == TPL_NATIVE || t == TPL_JOINER);
}

static int remainder_of(tpl_call *c, int64_t divisor, int64_t *out)
{
    int64_t i = 0;
    if (!tpl_as_integer(c->self, &i) || divisor == 0) {
        return tpl_fail(c->r, HUIS_E_BAD_FILE, "test %s of %s", c->name, tpl_type_name(c->self));
    }
    *out = divisor == -1 ? 0 : i % divisor;
    return HUIS_OK;
}

static int is_odd(tpl_call *c)
{
    int64_t rest = 0;
    RETURN_IF_ERROR(remainder_of(c, 2, &rest));
    return answer(c, rest != 0);
}

static int is_even(tpl_call *c)
{
    int64_t rest = 0;
    RETURN_IF_ERROR(remainder_of(c, 2, &rest));
    return answer(c, rest == 0);
}

static int is_divisible(tpl_call *c)
{
    int64_t rest = 0;
    int64_t divisor = 0;
    (void)tpl_as_integer(c->argv[0], &divisor);
    RETURN_IF_ERROR(remainder_of(c, divisor, &rest));
    return answer(c, rest == 0);
}

static int compare(tpl_call *c, tpl_operator op)
{
    bool holds = false;
    RETURN_IF_ERROR(tpl_compare(c->r, op, c->self, c->argv[0], &holds));
    return answer(c, holds);
}

static int is_eq(tpl_call *c)
{
    return compare(c, TPL_OP_EQ);
}

static int is_ne(tpl_call *c)
{
    return compare(c, TPL_OP_NE);
}

static int is_lt(tpl_call *c)
{
    return compare(c, TPL_OP_LT);
}

static int is_le(tpl_call *c)
{
    return compare(c, TPL_OP_LE);
}

static int is_gt(tpl_call *c)
{
    return compare(c, TPL_OP_GT);
}

static int is_ge(tpl_call *c)
{
    return compare(c, TPL_OP_GE);
}

static int is_in(tpl_call *c)
{
    return compare(c, TPL_OP_IN);
}

static int is_same(tpl_call *c)
{
    const tpl_value *const a = c->self;
    const tpl_value *const b = c->argv[0];
    bool same = false;
    if (a->type == b->type) {
        if (a->type == TPL_LIST || a->type == TPL_DICT || a->type == TPL_NAMESPACE) {
            same = a->as.list == b->as.list;
        } else {
            RETURN_IF_ERROR(tpl_equal(c->r, a, b, &same));
        }
    }
    return answer(c, same);
}

/* All cased characters have this case, and there is one. */
static int has_case(tpl_call *c, bool upper)
{
    tpl_string s;
    RETURN_IF_ERROR(tpl_str(c->r, c->self, &s));
    const span text = tpl_span(s);
    bool any = false;
    RETURN_IF_ERROR(tpl_charge(c->r, text.len / 64));
    for (size_t pos = 0; pos < text.len;) {
        uint32_t code = 0;
        pos += utf8_next(text, pos, &code);
        const bool is_upper = utf8proc_tolower((int32_t)code) != (int32_t)code;
        const bool is_lower = utf8proc_toupper((int32_t)code) != (int32_t)code;
        if (upper ? is_lower : is_upper) {
            return answer(c, false);
        }
        any = any || is_upper || is_lower;
    }
    return answer(c, any);
}

static int is_upper(tpl_call *c)
{
    return has_case(c, true);
}

static int is_lower(tpl_call *c)
{
    return has_case(c, false);
}

static int is_filter(tpl_call *c)
{
    return answer(c, c->self->type == TPL_STRING &&
                         tpl_find_filter(tpl_span(c->self->as.string)) != NULL);
}

static int is_test(tpl_call *c)
{
    return answer(c, c->self->type == TPL_STRING &&
                         tpl_find_test(tpl_span(c->self->as.string)) != NULL);
}

static const tpl_native TESTS[] = {
    {"defined", is_defined, "", 0},
    {"undefined", is_undefined, "", 0},
    {"none", is_none, "", 0},
    {"string", is_string, "", 0},
    {"number", is_number, "", 0},
    {"integer", is_integer, "", 0},
    {"float", is_float, "", 0},
    {"boolean", is_boolean, "", 0},
    {"true", is_true, "", 0},
    {"false", is_false, "", 0},
    {"mapping", is_mapping, "", 0},
    {"iterable", is_iterable, "", 0},
    {"sequence", is_sequence, "", 0},
    {"callable", is_callable, "", 0},
    {"odd", is_odd, "", 0},
    {"even", is_even, "", 0},
    {"divisibleby", is_divisible, "num", 1},
    {"eq", is_eq, "other", 1},
    {"equalto", is_eq, "other", 1},
    {"==", is_eq, "other", 1},
    {"ne", is_ne, "other", 1},
    {"!=", is_ne, "other", 1},
    {"lt", is_lt, "other", 1},
    {"lessthan", is_lt, "other", 1},
    {"<", is_lt, "other", 1},
    {"le", is_le, "other", 1},
    {"<=", is_le, "other", 1},
    {"gt", is_gt, "other", 1},
    {"greaterthan", is_gt, "other", 1},
    {">", is_gt, "other", 1},
    {"ge", is_ge, "other", 1},
    {">=", is_ge, "other", 1},
    {"in", is_in, "seq", 1},
    {"sameas", is_same, "other", 1},
    {"upper", is_upper, "", 0},
    {"lower", is_lower, "", 0},
    {"filter", is_filter, "", 0},
    {"test", is_test, "", 0},
};

const tpl_native *tpl_find_test(span name)
{
    return tpl_find_in(TESTS, sizeof(TESTS) / sizeof(TESTS[0]), name);
}
