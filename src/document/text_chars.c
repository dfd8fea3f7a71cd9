/*
 * text_chars.c - see text_chars.h.
 */
#include "document/text_chars.h"

#include <utf8proc.h>

#include "base/utf8.h"

#define S CHAR_SPACE
#define L CHAR_LOWER
#define U CHAR_UPPER
#define D CHAR_DIGIT
#define O CHAR_OTHER
#define B CHAR_OPEN
#define E CHAR_CLOSE
static const uint8_t ASCII_KINDS[128] = {
    O, O, O, O, O, O, O, O, O, S, S, S, S, S, O, O, /* control */
    O, O, O, O, O, O, O, O, O, O, O, O, S, S, S, S, /* control */
    S, O, O, O, O, O, O, O, B, E, O, O, O, O, O, O, /* space ( ) */
    D, D, D, D, D, D, D, D, D, D, O, O, O, O, O, O, /* digits */
    O, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, /* A */
    U, U, U, U, U, U, U, U, U, U, U, B, O, E, O, O, /* P [ ] */
    O, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, /* a */
    L, L, L, L, L, L, L, L, L, L, L, B, O, E, O, O, /* p { } */
};
#undef S
#undef L
#undef U
#undef D
#undef O
#undef B
#undef E

/* utf8proc's categories in its own order (UTF8PROC_CATEGORY_CN = 0 ...). */
static const uint8_t CATEGORY_KINDS[] = {
    CHAR_OTHER,                                                      /* Cn */
    CHAR_UPPER,  CHAR_LOWER,  CHAR_UPPER,  CHAR_LETTER, CHAR_LETTER, /* Lu Ll Lt Lm Lo */
    CHAR_LETTER, CHAR_LETTER, CHAR_LETTER,                           /* Mn Mc Me */
    CHAR_DIGIT,  CHAR_DIGIT,  CHAR_DIGIT,                            /* Nd Nl No */
    CHAR_OTHER,  CHAR_OTHER,  CHAR_OPEN,   CHAR_CLOSE,               /* Pc Pd Ps Pe */
    CHAR_OPEN,   CHAR_CLOSE,  CHAR_OTHER,                            /* Pi Pf Po */
    CHAR_OTHER,  CHAR_OTHER,  CHAR_OTHER,  CHAR_OTHER,               /* Sm Sc Sk So */
    CHAR_SPACE,  CHAR_SPACE,  CHAR_SPACE,                            /* Zs Zl Zp */
    CHAR_OTHER,  CHAR_OTHER,  CHAR_OTHER,  CHAR_OTHER,               /* Cc Cf Cs Co */
};

static char_kind kind_by_category(uint32_t code)
{
    const utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)code);
    const size_t i = (size_t)category;
    return i < sizeof(CATEGORY_KINDS) ? (char_kind)CATEGORY_KINDS[i] : CHAR_OTHER;
}

char_kind char_kind_of(uint32_t code)
{
    if (code < 128) {
        return (char_kind)ASCII_KINDS[code];
    }
    if (code == 0x2019) {
        return CHAR_OTHER; /* the apostrophe, far more often than a closing quote */
    }
    if (code >= 0xDF && code <= 0xFF && code != 0xF7) {
        return CHAR_LOWER;
    }
    return code == 0x85 ? CHAR_SPACE : kind_by_category(code);
}

char_kind char_at(span text, size_t pos, size_t *out_len)
{
    const unsigned char byte = (unsigned char)text.ptr[pos];
    if (byte < 128) {
        *out_len = 1;
        return (char_kind)ASCII_KINDS[byte];
    }
    uint32_t code = 0;
    *out_len = utf8_next(text, pos, &code);
    return char_kind_of(code);
}

char_kind char_before(span text, size_t floor, size_t pos, size_t *out_len)
{
    size_t start = pos - 1;
    while (start > floor && pos - start < 4 && ((unsigned char)text.ptr[start] & 0xC0u) == 0x80u) {
        start--;
    }
    *out_len = pos - start;
    size_t len = 0;
    return char_at(text, start, &len);
}

size_t char_skip_spaces(span text, size_t pos, size_t end)
{
    size_t len = 0;
    while (pos < end && char_at(text, pos, &len) == CHAR_SPACE) {
        pos += len;
    }
    return pos < end ? pos : end;
}

size_t char_trim_end(span text, size_t floor, size_t end)
{
    size_t len = 0;
    while (end > floor && char_before(text, floor, end, &len) == CHAR_SPACE) {
        end -= len;
    }
    return end;
}

uint32_t char_fold(uint32_t code)
{
    if ((code >= 'A' && code <= 'Z') || (code >= 0xC0 && code <= 0xDE && code != 0xD7)) {
        return code + 0x20;
    }
    return code == 0x152 ? 0x153 : code;
}

static uint32_t fold_for_match(uint32_t code)
{
    if (code == 0x2019) {
        return '\'';
    }
    return code == 0xA0 || code == 0x202F ? ' ' : char_fold(code);
}

/* Most calls differ in the first byte: answers those without decoding. */
static bool first_differs(span text, size_t pos, span prefix)
{
    const unsigned char a = (unsigned char)text.ptr[pos];
    const unsigned char b = (unsigned char)prefix.ptr[0];
    const unsigned char folded = a >= 'A' && a <= 'Z' ? (unsigned char)(a | 0x20) : a;
    return a < 0x80 && folded != b;
}

size_t char_match(span text, size_t pos, size_t end, span prefix)
{
    if (pos >= end || prefix.len == 0 || first_differs(text, pos, prefix)) {
        return 0;
    }
    const size_t start = pos;
    size_t i = 0;
    while (i < prefix.len) {
        if (pos >= end) {
            return 0;
        }
        uint32_t a = 0;
        uint32_t b = 0;
        pos += utf8_next(text, pos, &a);
        i += utf8_next(prefix, i, &b);
        if (fold_for_match(a) != b) {
            return 0;
        }
    }
    return pos - start;
}
