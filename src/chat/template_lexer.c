/*
 * template_lexer.c - the bytes of a template to tokens, as Jinja2 with trim_blocks and
 * lstrip_blocks: the newline after a block or comment goes, and so do the spaces before one that
 * starts its line; "-" strips all white space on its side, "+" keeps it. One trailing newline of the
 * template is dropped.
 *
 * Inside a tag brackets are matched here, because "}}" ends a tag only outside of them.
 */
#include <string.h>

#include "base/checked.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "chat/template_syntax.h"

typedef struct lexer {
    chat_template *t;
    huis_error *err;
    tpl_tokens *out;
    span src;
    size_t pos;
    char open[LIMIT_TEMPLATE_DEPTH]; /* brackets that wait for their closing one */
    size_t n_open;
} lexer;

static int fault(const lexer *x, size_t offset, const char *what)
{
    return tpl_syntax_error(x->t, x->err, HUIS_E_BAD_FILE, offset, "%s", what);
}

static int push(lexer *x, tpl_token token)
{
    tpl_tokens *const list = x->out;
    if (list->count == list->capacity) {
        const size_t capacity = list->capacity > 0 ? list->capacity * 2 : 64;
        tpl_token *const grown = memory_resize(list->items, capacity, sizeof(tpl_token));
        if (grown == NULL) {
            return error_no_memory(x->err, "the chat template");
        }
        list->items = grown;
        list->capacity = capacity;
    }
    list->items[list->count++] = token;
    return HUIS_OK;
}

static int push_kind(lexer *x, tpl_token_kind kind, size_t start, size_t end)
{
    return push(x, (tpl_token){.kind = kind,
                               .offset = (uint32_t)start,
                               .text = span_slice(x->src, start, end)});
}

void tpl_tokens_deinit(tpl_tokens *tokens)
{
    memory_free(tokens->items);
    *tokens = (tpl_tokens){0};
}

static char at(const lexer *x, size_t pos)
{
    return pos < x->src.len ? x->src.ptr[pos] : '\0';
}

static bool is_at(const lexer *x, size_t pos, const char *text)
{
    return span_starts_with(span_slice(x->src, pos, x->src.len), span_from_string(text));
}

static size_t skip_space(const lexer *x, size_t pos)
{
    while (pos < x->src.len) {
        uint32_t code = 0;
        const size_t n = utf8_next(x->src, pos, &code);
        if (!tpl_is_space(code)) {
            break;
        }
        pos += n;
    }
    return pos;
}

/* The end of the text from `start` without white space before `end`. */
static size_t rstrip(const lexer *x, size_t start, size_t end)
{
    while (end > start) {
        size_t last = end - 1;
        while (last > start && ((unsigned char)x->src.ptr[last] & 0xC0) == 0x80) {
            last--;
        }
        uint32_t code = 0;
        (void)utf8_next(x->src, last, &code);
        if (!tpl_is_space(code)) {
            break;
        }
        end = last;
    }
    return end;
}

/* Data from `start` up to a tag at `end` whose sign is `sign`; a variable tag is never
 * lstripped. */
static int push_data(lexer *x, size_t start, size_t end, char sign, bool is_variable)
{
    if (sign == '-') {
        end = rstrip(x, start, end);
    } else if (sign != '+' && !is_variable) {
        size_t line = end;
        while (line > start && x->src.ptr[line - 1] != '\n') {
            line--;
        }
        const bool line_starts = line > 0 ? x->src.ptr[line - 1] == '\n' : true;
        if (line_starts && skip_space(x, line) >= end) {
            end = line;
        }
    }
    return end > start ? push_kind(x, TPL_T_DATA, start, end) : HUIS_OK;
}

/* The length of the end of a block or comment ("%" or "#", then "}") at pos, with what it strips;
 * 0: none is there. */
static size_t end_length(const lexer *x, size_t pos, char mark)
{
    const char sign = at(x, pos);
    const size_t skip = sign == '-' || sign == '+' ? 1 : 0;
    if (at(x, pos + skip) != mark || at(x, pos + skip + 1) != '}') {
        return 0;
    }
    const size_t end = pos + skip + 2;
    if (sign == '-') {
        return skip_space(x, end) - pos;
    }
    return (skip == 0 && at(x, end) == '\n' ? end + 1 : end) - pos;
}

static size_t variable_end_length(const lexer *x, size_t pos)
{
    if (is_at(x, pos, "-}}")) {
        return skip_space(x, pos + 3) - pos;
    }
    return is_at(x, pos, "}}") ? 2 : 0;
}

/* "{%- raw -%}" and "{%- endraw -%}": where the tag ends, 0 if it is not that one. */
static size_t raw_tag_end(const lexer *x, size_t pos, const char *word)
{
    size_t p = pos + 2;
    if (at(x, p) == '-' || at(x, p) == '+') {
        p++;
    }
    p = skip_space(x, p);
    if (!is_at(x, p, word)) {
        return 0;
    }
    p = skip_space(x, p + strlen(word));
    if (word[0] == 'e') {
        const size_t n = end_length(x, p, '%');
        return n > 0 ? p + n : 0;
    }
    if (is_at(x, p, "-%}")) {
        return skip_space(x, p + 3);
    }
    return is_at(x, p, "%}") ? p + 2 : 0;
}

static int lex_raw(lexer *x, size_t begin, size_t start)
{
    for (size_t p = start; p + 1 < x->src.len; p++) {
        if (is_at(x, p, "{%")) {
            const size_t end = raw_tag_end(x, p, "endraw");
            if (end > 0) {
                x->pos = end;
                return push_data(x, start, p, at(x, p + 2), false);
            }
        }
    }
    return fault(x, begin, "a raw block without {% endraw %}");
}

static int lex_comment(lexer *x, size_t begin)
{
    for (size_t p = begin + 2; p < x->src.len; p++) {
        const size_t n = end_length(x, p, '#');
        if (n > 0) {
            x->pos = p + n;
            return HUIS_OK;
        }
    }
    return fault(x, begin, "a comment without #}");
}

static bool is_name_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           ((unsigned char)c & 0x80) != 0;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static size_t skip_digits(const lexer *x, size_t pos)
{
    while (is_digit(at(x, pos)) || (at(x, pos) == '_' && is_digit(at(x, pos + 1)))) {
        pos++;
    }
    return pos;
}

/* Where a fraction or exponent after the digits ends; `end` itself: it is an integer. */
static size_t float_end(const lexer *x, size_t start, size_t end)
{
    size_t p = end;
    if (start > 0 && x->src.ptr[start - 1] == '.') {
        return end;
    }
    if (at(x, p) == '.' && is_digit(at(x, p + 1))) {
        p = skip_digits(x, p + 1);
    }
    if (at(x, p) == 'e' || at(x, p) == 'E') {
        const size_t sign = at(x, p + 1) == '+' || at(x, p + 1) == '-' ? 1 : 0;
        if (is_digit(at(x, p + 1 + sign))) {
            p = skip_digits(x, p + 1 + sign);
        }
    }
    return p;
}

static int lex_number(lexer *x)
{
    const size_t start = x->pos;
    int base = 10;
    size_t digits = start;
    if (at(x, start) == '0') {
        const char c = (char)(at(x, start + 1) | 0x20);
        base = c == 'x' ? 16 : c == 'o' ? 8 : c == 'b' ? 2 : 10;
        digits = base != 10 ? start + 2 : start;
    }
    size_t end = digits;
    if (base == 16) {
        while (is_name_byte(at(x, end))) {
            end++;
        }
    } else {
        end = skip_digits(x, digits);
    }
    const size_t last = base == 10 ? float_end(x, start, end) : end;
    tpl_token token = {.kind = last > end ? TPL_T_FLOAT : TPL_T_INTEGER,
                       .offset = (uint32_t)start,
                       .text = span_slice(x->src, start, last)};
    const bool good = token.kind == TPL_T_FLOAT ? tpl_parse_real(token.text, &token.real)
                                                : tpl_parse_integer(span_slice(x->src, digits, end),
                                                                    base, &token.integer);
    if (!good) {
        return fault(x, start, "a number that huis cannot hold (64-bit integers at most)");
    }
    x->pos = last;
    return push(x, token);
}

static int hex_value(char c)
{
    if (is_digit(c)) {
        return c - '0';
    }
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Reads up to `n` digits of the base at *pos; false: fewer than `least`. */
static bool read_code(span s, size_t *pos, size_t n, size_t least, uint32_t base, uint32_t *out)
{
    uint32_t code = 0;
    size_t i = 0;
    while (i < n && *pos < s.len) {
        const int digit = hex_value(s.ptr[*pos]);
        if (digit < 0 || (uint32_t)digit >= base) {
            break;
        }
        code = code * base + (uint32_t)digit;
        (*pos)++;
        i++;
    }
    *out = code;
    return i >= least;
}

/* The escape after a backslash at *pos - 1. Appends at most 4 bytes (a code point) or the two bytes
 * of an unknown escape. False: malformed. */
static bool decode_escape(span s, size_t *pos, char *out, size_t *out_len)
{
    static const char LETTERS[] = "abfnrtv\\'\"";
    static const char BYTES[] = "\a\b\f\n\r\t\v\\'\"";
    const char c = s.ptr[*pos];
    const char *const found = c != '\0' ? strchr(LETTERS, c) : NULL;
    uint32_t code = 0;
    if (found != NULL) {
        (*pos)++;
        out[(*out_len)++] = BYTES[found - LETTERS];
        return true;
    }
    if (c == '\n') {
        (*pos)++;
        return true;
    }
    if (c >= '0' && c <= '7') {
        (void)read_code(s, pos, 3, 1, 8, &code);
    } else if (c == 'x' || c == 'u' || c == 'U') {
        const size_t n = c == 'x' ? 2 : c == 'u' ? 4 : 8;
        (*pos)++;
        if (!read_code(s, pos, n, n, 16, &code)) {
            return false;
        }
    } else if (c == 'N') {
        return false;
    } else {
        out[(*out_len)++] = '\\';
        return true; /* Python keeps unknown escapes as they are */
    }
    *out_len += utf8_encode(code, out + *out_len);
    return true;
}

static int decode_string(lexer *x, size_t start, span raw, span *out)
{
    *out = raw;
    if (memchr(raw.ptr, '\\', raw.len) == NULL) {
        return HUIS_OK;
    }
    /* A decoded escape is never longer than its spelling, but for a lone "\0" to "\7" (equal). */
    char *const bytes = arena_alloc(&x->t->memory, raw.len + 4, 1);
    if (bytes == NULL) {
        return error_no_memory(x->err, "the chat template");
    }
    size_t len = 0;
    size_t pos = 0;
    while (pos < raw.len) {
        if (raw.ptr[pos] != '\\' || pos + 1 == raw.len) {
            bytes[len++] = raw.ptr[pos++];
            continue;
        }
        pos++;
        if (!decode_escape(raw, &pos, bytes, &len)) {
            return fault(x, start + pos, "an escape in a string that huis does not know");
        }
    }
    *out = span_from(bytes, len);
    return HUIS_OK;
}

static int lex_string(lexer *x)
{
    const size_t start = x->pos;
    const char quote = at(x, start);
    size_t p = start + 1;
    while (p < x->src.len && x->src.ptr[p] != quote) {
        p += x->src.ptr[p] == '\\' ? 2 : 1;
    }
    if (p >= x->src.len) {
        return fault(x, start, "a string without its closing quote");
    }
    tpl_token token = {.kind = TPL_T_STRING, .offset = (uint32_t)start};
    RETURN_IF_ERROR(decode_string(x, start, span_slice(x->src, start + 1, p), &token.text));
    x->pos = p + 1;
    return push(x, token);
}

static int track_bracket(lexer *x, char c)
{
    if (c == '(' || c == '[' || c == '{') {
        if (x->n_open == LIMIT_TEMPLATE_DEPTH) {
            return tpl_syntax_error(x->t, x->err, HUIS_E_BAD_FILE, x->pos,
                                    "brackets nested deeper than the limit of %u",
                                    LIMIT_TEMPLATE_DEPTH);
        }
        x->open[x->n_open++] = c;
    } else if (c == ')' || c == ']' || c == '}') {
        const char wanted = c == ')' ? '(' : c == ']' ? '[' : '{';
        if (x->n_open == 0 || x->open[x->n_open - 1] != wanted) {
            return fault(x, x->pos, "a closing bracket without its opening one");
        }
        x->n_open--;
    }
    return HUIS_OK;
}

static int lex_operator(lexer *x)
{
    static const char *const LONG[] = {"//", "**", "==", "!=", ">=", "<="};
    size_t n = 0;
    for (size_t i = 0; i < sizeof(LONG) / sizeof(LONG[0]); i++) {
        if (is_at(x, x->pos, LONG[i])) {
            n = 2;
        }
    }
    if (n == 0 && memchr("+-/*%~[](){}><=.:|,;", at(x, x->pos), 20) != NULL) {
        n = 1;
    }
    if (n == 0) {
        return fault(x, x->pos, "a character that has no meaning in a tag");
    }
    RETURN_IF_ERROR(n == 1 ? track_bracket(x, at(x, x->pos)) : HUIS_OK);
    RETURN_IF_ERROR(push_kind(x, TPL_T_OPERATOR, x->pos, x->pos + n));
    x->pos += n;
    return HUIS_OK;
}

static int lex_name(lexer *x)
{
    const size_t start = x->pos;
    while (is_name_byte(at(x, x->pos)) && x->pos < x->src.len) {
        x->pos++;
    }
    return push_kind(x, TPL_T_NAME, start, x->pos);
}

/* The tokens of a tag that has been opened, with its end. */
static int lex_tag(lexer *x, size_t begin, bool is_variable)
{
    x->n_open = 0;
    for (;;) {
        x->pos = skip_space(x, x->pos);
        if (x->pos >= x->src.len) {
            return fault(x, begin, "a tag that is not closed");
        }
        if (x->n_open == 0) {
            const size_t n =
                is_variable ? variable_end_length(x, x->pos) : end_length(x, x->pos, '%');
            if (n > 0) {
                x->pos += n;
                return push_kind(x, is_variable ? TPL_T_VARIABLE_END : TPL_T_BLOCK_END, x->pos - n,
                                 x->pos);
            }
        }
        const char c = at(x, x->pos);
        const int status = is_digit(c)             ? lex_number(x)
                           : is_name_byte(c)       ? lex_name(x)
                           : c == '\'' || c == '"' ? lex_string(x)
                                                   : lex_operator(x);
        RETURN_IF_ERROR(status);
    }
}

/* The next "{%", "{{" or "{#" at or after pos. */
static size_t find_tag(const lexer *x, size_t pos)
{
    while (pos + 1 < x->src.len) {
        const char *const brace = memchr(x->src.ptr + pos, '{', x->src.len - 1 - pos);
        if (brace == NULL) {
            break;
        }
        pos = (size_t)(brace - x->src.ptr);
        const char c = x->src.ptr[pos + 1];
        if (c == '%' || c == '{' || c == '#') {
            return pos;
        }
        pos++;
    }
    return x->src.len;
}

static int lex_piece(lexer *x)
{
    const size_t start = x->pos;
    const size_t begin = find_tag(x, start);
    if (begin == x->src.len) {
        x->pos = begin;
        return begin > start ? push_kind(x, TPL_T_DATA, start, begin) : HUIS_OK;
    }
    const char kind = at(x, begin + 1);
    const char sign = at(x, begin + 2);
    RETURN_IF_ERROR(push_data(x, start, begin, sign, kind == '{'));
    if (kind == '#') {
        return lex_comment(x, begin);
    }
    const size_t raw = kind == '%' ? raw_tag_end(x, begin, "raw") : 0;
    if (raw > 0) {
        return lex_raw(x, begin, raw);
    }
    x->pos = begin + 2 + (sign == '-' || (sign == '+' && kind == '%') ? 1 : 0);
    RETURN_IF_ERROR(
        push_kind(x, kind == '{' ? TPL_T_VARIABLE_BEGIN : TPL_T_BLOCK_BEGIN, begin, x->pos));
    return lex_tag(x, begin, kind == '{');
}

int tpl_lex(chat_template *t, tpl_tokens *out, huis_error *err)
{
    lexer x = {.t = t, .err = err, .out = out, .src = span_from(t->source, t->source_len)};
    while (x.pos < x.src.len) {
        RETURN_IF_ERROR(lex_piece(&x));
    }
    return push_kind(&x, TPL_T_END, x.src.len, x.src.len);
}
