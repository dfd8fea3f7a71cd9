/*
 * utf8.c - see utf8.h.
 */
#include "base/utf8.h"

/* What a lead byte promises: length, and the range of the second byte (table 3-7). */
typedef struct lead_rule {
    unsigned char first, last;
    unsigned char len;
    unsigned char second_min, second_max;
} lead_rule;

static const lead_rule LEAD_RULES[] = {
    {0x00, 0x7F, 1, 0, 0},       {0xC2, 0xDF, 2, 0x80, 0xBF}, {0xE0, 0xE0, 3, 0xA0, 0xBF},
    {0xE1, 0xEC, 3, 0x80, 0xBF}, {0xED, 0xED, 3, 0x80, 0x9F}, {0xEE, 0xEF, 3, 0x80, 0xBF},
    {0xF0, 0xF0, 4, 0x90, 0xBF}, {0xF1, 0xF3, 4, 0x80, 0xBF}, {0xF4, 0xF4, 4, 0x80, 0x8F},
};

static const lead_rule *find_rule(unsigned char lead)
{
    for (size_t i = 0; i < sizeof(LEAD_RULES) / sizeof(LEAD_RULES[0]); i++) {
        if (lead >= LEAD_RULES[i].first && lead <= LEAD_RULES[i].last) {
            return &LEAD_RULES[i];
        }
    }
    return NULL;
}

/* How many bytes at `s` follow the rule, from 1 to rule->len. */
static size_t match_rule(const lead_rule *rule, const unsigned char *s, size_t left)
{
    size_t n = 1;
    while (n < rule->len && n < left) {
        const unsigned char min = n == 1 ? rule->second_min : 0x80;
        const unsigned char max = n == 1 ? rule->second_max : 0xBF;
        if (s[n] < min || s[n] > max) {
            break;
        }
        n++;
    }
    return n;
}

size_t utf8_decode(span text, size_t pos, uint32_t *out_code, bool *out_valid)
{
    const unsigned char *const s = (const unsigned char *)text.ptr + pos;
    *out_valid = true;
    if (s[0] < 0x80) {
        *out_code = s[0];
        return 1;
    }
    const lead_rule *const rule = find_rule(s[0]);
    const size_t n = rule != NULL ? match_rule(rule, s, text.len - pos) : 1;
    if (rule == NULL || n < rule->len) {
        *out_code = UTF8_REPLACEMENT;
        *out_valid = false;
        return n;
    }
    uint32_t code = s[0] & (0x7Fu >> n);
    for (size_t i = 1; i < n; i++) {
        code = (code << 6) | (s[i] & 0x3Fu);
    }
    *out_code = code;
    return n;
}

size_t utf8_encode(uint32_t code, char out[4])
{
    const bool is_scalar = code <= 0x10FFFF && !(code >= 0xD800 && code <= 0xDFFF);
    const uint32_t c = is_scalar ? code : UTF8_REPLACEMENT;
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    const size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const unsigned char LEAD[5] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (size_t i = n - 1; i > 0; i--) {
        out[i] = (char)(0x80u | ((c >> (6 * (n - 1 - i))) & 0x3Fu));
    }
    out[0] = (char)(LEAD[n] | (c >> (6 * (n - 1))));
    return n;
}

size_t utf8_valid_prefix(span text)
{
    size_t pos = 0;
    while (pos < text.len) {
        uint32_t code = 0;
        bool valid = false;
        const size_t n = utf8_decode(text, pos, &code, &valid);
        if (!valid) {
            return pos;
        }
        pos += n;
    }
    return pos;
}

size_t utf8_complete_prefix(span text)
{
    const size_t first = text.len > 3 ? text.len - 3 : 0;
    for (size_t i = text.len; i > first; i--) {
        const unsigned char *const s = (const unsigned char *)text.ptr + i - 1;
        if (*s >= 0x80 && *s <= 0xBF) {
            continue;
        }
        const lead_rule *const rule = find_rule(*s);
        const size_t left = text.len - (i - 1);
        const bool may_grow = rule != NULL && left < rule->len && match_rule(rule, s, left) == left;
        return may_grow ? i - 1 : text.len;
    }
    return text.len;
}

bool utf8_append_repaired(buffer *b, span text)
{
    size_t pos = 0;
    while (pos < text.len) {
        const span rest = span_from(text.ptr + pos, text.len - pos);
        const size_t good = utf8_valid_prefix(rest);
        if (!buffer_append(b, span_from(rest.ptr, good))) {
            return false;
        }
        pos += good;
        if (pos < text.len) {
            uint32_t code = 0;
            bool valid = false;
            pos += utf8_decode(text, pos, &code, &valid);
            if (!buffer_append(b, SPAN("\xEF\xBF\xBD"))) {
                return false;
            }
        }
    }
    return true;
}

bool utf8_is_hidden(uint32_t code)
{
    static const struct {
        uint32_t first, last;
    } HIDDEN[] = {
        {0x00, 0x08},     {0x0E, 0x1F},     {0x7F, 0x84},     {0x86, 0x9F},     {0xAD, 0xAD},
        {0x61C, 0x61C},   {0x180E, 0x180E}, {0x200B, 0x200B}, {0x200E, 0x200F}, {0x202A, 0x202E},
        {0x2060, 0x206F}, {0xFEFF, 0xFEFF}, {0xFFF9, 0xFFFB}, {0xFFFE, 0xFFFF}, {0xE0000, 0xE0FFF},
    };
    for (size_t i = 0; i < sizeof(HIDDEN) / sizeof(HIDDEN[0]); i++) {
        if (code >= HIDDEN[i].first && code <= HIDDEN[i].last) {
            return true;
        }
    }
    return false;
}
