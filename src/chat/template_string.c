/*
 * template_string.c - strings that know which of their bytes the template wrote.
 *
 * See template_value.h for the idea. Invariants: runs are sorted, the first starts at 0, neighbours
 * differ; a string's bytes never change once it exists.
 */
#include <string.h>

#include <utf8proc.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "chat/template_value.h"

enum { FIRST_STORE_BYTES = 48, FIRST_RUNS = 2 };

span tpl_span(tpl_string s)
{
    return s.store != NULL ? span_from(s.store->bytes + s.start, s.len) : SPAN("");
}

tpl_string tpl_slice(tpl_string s, size_t start, size_t end)
{
    const size_t last = end < s.len ? end : s.len;
    const size_t first = start < last ? start : last;
    return (tpl_string){.store = s.store, .start = s.start + first, .len = last - first};
}

tpl_store *tpl_store_new(tpl_render *r, size_t capacity)
{
    tpl_store *const store = tpl_alloc(r, 1, sizeof(*store));
    if (store == NULL) {
        return NULL;
    }
    store->bytes = tpl_alloc(r, capacity > 0 ? capacity : 1, 1);
    store->runs = tpl_alloc(r, FIRST_RUNS, sizeof(tpl_run));
    if (store->bytes == NULL || store->runs == NULL) {
        return NULL;
    }
    store->capacity = capacity;
    store->runs_capacity = FIRST_RUNS;
    return store;
}

static int reserve(tpl_render *r, tpl_store *store, size_t more)
{
    if (more > LIMIT_TEMPLATE_OUTPUT_BYTES - store->len) {
        return tpl_fail(r, HUIS_E_LIMIT, "a text longer than the limit of %u bytes",
                        LIMIT_TEMPLATE_OUTPUT_BYTES);
    }
    const size_t needed = store->len + more;
    if (needed <= store->capacity) {
        return HUIS_OK;
    }
    size_t capacity = store->capacity > 0 ? store->capacity : FIRST_STORE_BYTES;
    while (capacity < needed) {
        capacity *= 2;
    }
    char *const grown = tpl_alloc(r, capacity, 1);
    if (grown == NULL) {
        return tpl_no_memory(r);
    }
    if (store->len > 0) {
        memcpy(grown, store->bytes, store->len);
    }
    store->bytes = grown;
    store->capacity = capacity;
    return HUIS_OK;
}

static int add_run(tpl_render *r, tpl_store *store, bool trusted)
{
    if (store->n_runs > 0 && store->runs[store->n_runs - 1].trusted == trusted) {
        return HUIS_OK;
    }
    if (store->n_runs == store->runs_capacity) {
        tpl_run *const grown = tpl_alloc(r, store->runs_capacity * 2, sizeof(tpl_run));
        if (grown == NULL) {
            return tpl_no_memory(r);
        }
        memcpy(grown, store->runs, store->n_runs * sizeof(tpl_run));
        store->runs = grown;
        store->runs_capacity *= 2;
    }
    store->runs[store->n_runs++] = (tpl_run){.start = store->len, .trusted = trusted};
    return HUIS_OK;
}

int tpl_store_append(tpl_render *r, tpl_store *store, span bytes, bool trusted)
{
    if (bytes.len == 0) {
        return HUIS_OK;
    }
    RETURN_IF_ERROR(reserve(r, store, bytes.len));
    RETURN_IF_ERROR(add_run(r, store, trusted));
    memcpy(store->bytes + store->len, bytes.ptr, bytes.len);
    store->len += bytes.len;
    return HUIS_OK;
}

/* The run that holds the byte at this place of the store. */
static size_t find_run(const tpl_store *store, size_t pos)
{
    size_t low = 0;
    size_t high = store->n_runs;
    while (high - low > 1) {
        const size_t middle = low + (high - low) / 2;
        if (store->runs[middle].start <= pos) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return low;
}

bool tpl_string_run(tpl_string s, size_t pos, size_t *out_end)
{
    const size_t i = find_run(s.store, s.start + pos);
    const size_t end = i + 1 < s.store->n_runs ? s.store->runs[i + 1].start - s.start : s.len;
    *out_end = end < s.len ? end : s.len;
    return s.store->runs[i].trusted;
}

bool tpl_string_trusted(tpl_string s)
{
    size_t end = 0;
    return s.len == 0 || (tpl_string_run(s, 0, &end) && end == s.len);
}

int tpl_store_append_string(tpl_render *r, tpl_store *store, tpl_string s)
{
    RETURN_IF_ERROR(tpl_charge_bytes(r, s.len));
    size_t pos = 0;
    while (pos < s.len) {
        size_t end = 0;
        const bool trusted = tpl_string_run(s, pos, &end);
        RETURN_IF_ERROR(tpl_charge(r, 1));
        RETURN_IF_ERROR(tpl_store_append(
            r, store, span_from(s.store->bytes + s.start + pos, end - pos), trusted));
        pos = end;
    }
    return HUIS_OK;
}

tpl_string tpl_store_string(tpl_store *store)
{
    return (tpl_string){.store = store, .len = store->len};
}

int tpl_string_from(tpl_render *r, span bytes, bool trusted, tpl_string *out)
{
    *out = (tpl_string){0};
    if (bytes.len == 0) {
        return HUIS_OK;
    }
    RETURN_IF_ERROR(tpl_charge_bytes(r, bytes.len));
    tpl_store *const store = tpl_store_new(r, bytes.len);
    if (store == NULL) {
        return tpl_no_memory(r);
    }
    RETURN_IF_ERROR(tpl_store_append(r, store, bytes, trusted));
    *out = tpl_store_string(store);
    return HUIS_OK;
}

int tpl_concat(tpl_render *r, tpl_string a, tpl_string b, tpl_string *out)
{
    if (a.len == 0 || b.len == 0) {
        *out = a.len == 0 ? b : a;
        return HUIS_OK;
    }
    tpl_store *const store = a.store;
    const bool extends = a.start + a.len == store->len && store->capacity - store->len >= b.len;
    if (extends) {
        RETURN_IF_ERROR(tpl_store_append_string(r, store, b));
        *out = (tpl_string){.store = store, .start = a.start, .len = a.len + b.len};
        return HUIS_OK;
    }
    const size_t total = a.len + b.len; /* both are bounded by the output limit */
    tpl_store *const joined = tpl_store_new(r, total * 2);
    if (joined == NULL) {
        return tpl_no_memory(r);
    }
    RETURN_IF_ERROR(tpl_store_append_string(r, joined, a));
    RETURN_IF_ERROR(tpl_store_append_string(r, joined, b));
    *out = tpl_store_string(joined);
    return HUIS_OK;
}

size_t tpl_count_chars(span text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++) {
        count += ((unsigned char)text.ptr[i] & 0xC0) != 0x80;
    }
    return count;
}

size_t tpl_char_offset(span text, size_t index)
{
    size_t pos = 0;
    while (pos < text.len) {
        if (((unsigned char)text.ptr[pos] & 0xC0) != 0x80) {
            if (index == 0) {
                return pos;
            }
            index--;
        }
        pos++;
    }
    return text.len;
}

size_t tpl_find(span text, span needle, size_t from)
{
    if (from > text.len) {
        return SIZE_MAX;
    }
    if (needle.len == 0) {
        return from;
    }
    const char *const found = memmem(text.ptr + from, text.len - from, needle.ptr, needle.len);
    return found != NULL ? (size_t)(found - text.ptr) : SIZE_MAX;
}

bool tpl_is_space(uint32_t code)
{
    return (code >= 9 && code <= 13) || (code >= 28 && code <= 32) || code == 0x85 ||
           code == 0xA0 || code == 0x1680 || (code >= 0x2000 && code <= 0x200A) || code == 0x2028 ||
           code == 0x2029 || code == 0x202F || code == 0x205F || code == 0x3000;
}

static bool is_stripped(uint32_t code, const tpl_string *chars)
{
    if (chars == NULL) {
        return tpl_is_space(code);
    }
    const span set = tpl_span(*chars);
    for (size_t pos = 0; pos < set.len;) {
        uint32_t other = 0;
        pos += utf8_next(set, pos, &other);
        if (other == code) {
            return true;
        }
    }
    return false;
}

static size_t last_char(span text, size_t end)
{
    size_t pos = end - 1;
    while (pos > 0 && ((unsigned char)text.ptr[pos] & 0xC0) == 0x80) {
        pos--;
    }
    return pos;
}

int tpl_strip(tpl_render *r, tpl_string s, const tpl_string *chars, tpl_side side, tpl_string *out)
{
    const span text = tpl_span(s);
    const uint64_t cost = 1 + (chars != NULL ? chars->len / 64 : 0);
    size_t start = 0;
    size_t end = text.len;
    uint32_t code = 0;
    while ((side & TPL_LEFT) != 0 && start < end) {
        const size_t n = utf8_next(text, start, &code);
        if (!is_stripped(code, chars)) {
            break;
        }
        start += n;
    }
    while ((side & TPL_RIGHT) != 0 && end > start) {
        const size_t last = last_char(text, end);
        (void)utf8_next(text, last, &code);
        if (!is_stripped(code, chars)) {
            break;
        }
        end = last;
    }
    *out = tpl_slice(s, start, end);
    return tpl_charge(r, cost * (1 + (text.len - (end - start)) / 64));
}

static int append_code(tpl_render *r, tpl_store *store, int32_t code, bool trusted)
{
    char bytes[4];
    const size_t n = utf8_encode((uint32_t)code, bytes);
    return tpl_store_append(r, store, span_from(bytes, n), trusted);
}

/* Python's full mapping differs from the simple one for sharp s, which grows. */
static int append_upper(tpl_render *r, tpl_store *store, int32_t code, bool titled, bool trusted)
{
    if (code == 0xDF) {
        return tpl_store_append(r, store, titled ? SPAN("Ss") : SPAN("SS"), trusted);
    }
    return append_code(r, store, titled ? utf8proc_totitle(code) : utf8proc_toupper(code), trusted);
}

/* The lower case of capital I with a dot is i and a combining dot. */
static int append_lower(tpl_render *r, tpl_store *store, int32_t code, bool trusted)
{
    if (code == 0x130) {
        return tpl_store_append(r, store, SPAN("i\xCC\x87"), trusted);
    }
    return append_code(r, store, utf8proc_tolower(code), trusted);
}

static bool is_cased(int32_t code)
{
    const utf8proc_category_t c = utf8proc_category(code);
    return c == UTF8PROC_CATEGORY_LU || c == UTF8PROC_CATEGORY_LL || c == UTF8PROC_CATEGORY_LT;
}

/* Whether the next character starts a word of `how`. `code` has just passed. */
static bool starts_word(tpl_case how, int32_t code)
{
    if (how == TPL_CAPITALIZE) {
        return false;
    }
    if (how == TPL_TITLE) {
        return !is_cased(code);
    }
    /* The title filter capitalises after white space and after - ( { [ <. */
    return tpl_is_space((uint32_t)code) || code == '-' || code == '(' || code == '{' ||
           code == '[' || code == '<';
}

int tpl_change_case(tpl_render *r, tpl_string s, tpl_case how, tpl_string *out)
{
    const span text = tpl_span(s);
    RETURN_IF_ERROR(tpl_charge(r, 1 + text.len / 32));
    tpl_store *const store = tpl_store_new(r, s.len);
    if (store == NULL) {
        return tpl_no_memory(r);
    }
    bool start = true;
    size_t run_end = 0;
    bool trusted = true;
    for (size_t pos = 0; pos < text.len;) {
        uint32_t code = 0;
        if (pos >= run_end) {
            trusted = tpl_string_run(s, pos, &run_end);
        }
        pos += utf8_next(text, pos, &code);
        const bool upper = how == TPL_UPPER || (how != TPL_LOWER && start);
        const bool titled = how != TPL_UPPER && how != TPL_TITLE_FILTER;
        RETURN_IF_ERROR(upper ? append_upper(r, store, (int32_t)code, titled, trusted)
                              : append_lower(r, store, (int32_t)code, trusted));
        start = starts_word(how, (int32_t)code);
    }
    *out = tpl_store_string(store);
    return HUIS_OK;
}

/* Python's replace of "": before each character and at the end. */
static int replace_empty(tpl_render *r, tpl_string s, tpl_string new, int64_t count,
                         tpl_store *store)
{
    const span text = tpl_span(s);
    size_t pos = 0;
    while (pos <= text.len && count != 0) {
        RETURN_IF_ERROR(tpl_charge(r, 1));
        RETURN_IF_ERROR(tpl_store_append_string(r, store, new));
        count--;
        if (pos == text.len) {
            return HUIS_OK;
        }
        uint32_t code = 0;
        const size_t n = utf8_next(text, pos, &code);
        RETURN_IF_ERROR(tpl_store_append_string(r, store, tpl_slice(s, pos, pos + n)));
        pos += n;
    }
    return tpl_store_append_string(r, store, tpl_slice(s, pos, s.len));
}

int tpl_replace(tpl_render *r, tpl_string s, tpl_string old, tpl_string new, int64_t count,
                tpl_string *out)
{
    const span text = tpl_span(s);
    const span needle = tpl_span(old);
    RETURN_IF_ERROR(tpl_charge_bytes(r, text.len));
    size_t found = tpl_find(text, needle, 0);
    if (found == SIZE_MAX || count == 0) {
        *out = s;
        return HUIS_OK;
    }
    tpl_store *const store = tpl_store_new(r, s.len);
    if (store == NULL) {
        return tpl_no_memory(r);
    }
    if (needle.len == 0) {
        RETURN_IF_ERROR(replace_empty(r, s, new, count, store));
        *out = tpl_store_string(store);
        return HUIS_OK;
    }
    size_t pos = 0;
    while (found != SIZE_MAX && count != 0) {
        RETURN_IF_ERROR(tpl_charge(r, 1));
        RETURN_IF_ERROR(tpl_store_append_string(r, store, tpl_slice(s, pos, found)));
        RETURN_IF_ERROR(tpl_store_append_string(r, store, new));
        pos = found + needle.len;
        count--;
        found = tpl_find(text, needle, pos);
    }
    RETURN_IF_ERROR(tpl_store_append_string(r, store, tpl_slice(s, pos, s.len)));
    *out = tpl_store_string(store);
    return HUIS_OK;
}

static int push_slice(tpl_render *r, tpl_list *list, tpl_string s, size_t start, size_t end)
{
    return tpl_list_push(r, list, tpl_from_string(tpl_slice(s, start, end)));
}

static void reverse_list(tpl_list *list)
{
    for (size_t i = 0; i < list->count / 2; i++) {
        const tpl_value swapped = list->items[i];
        list->items[i] = list->items[list->count - 1 - i];
        list->items[list->count - 1 - i] = swapped;
    }
}

/* White space from the left: words, the rest after `limit` words stripped on its left. */
static int split_words(tpl_render *r, tpl_string s, int64_t limit, tpl_list *list)
{
    tpl_string rest = s;
    RETURN_IF_ERROR(tpl_strip(r, rest, NULL, TPL_LEFT, &rest));
    while (rest.len > 0) {
        const span text = tpl_span(rest);
        size_t end = 0;
        uint32_t code = 0;
        while (limit != 0 && end < text.len) {
            const size_t n = utf8_next(text, end, &code);
            if (tpl_is_space(code)) {
                break;
            }
            end += n;
        }
        end = limit == 0 ? text.len : end;
        RETURN_IF_ERROR(push_slice(r, list, rest, 0, end));
        limit--;
        RETURN_IF_ERROR(tpl_strip(r, tpl_slice(rest, end, rest.len), NULL, TPL_LEFT, &rest));
    }
    return HUIS_OK;
}

static int split_words_right(tpl_render *r, tpl_string s, int64_t limit, tpl_list *list)
{
    tpl_string rest = s;
    RETURN_IF_ERROR(tpl_strip(r, rest, NULL, TPL_RIGHT, &rest));
    while (rest.len > 0) {
        const span text = tpl_span(rest);
        size_t start = text.len;
        uint32_t code = 0;
        while (limit != 0 && start > 0) {
            const size_t last = last_char(text, start);
            (void)utf8_next(text, last, &code);
            if (tpl_is_space(code)) {
                break;
            }
            start = last;
        }
        start = limit == 0 ? 0 : start;
        RETURN_IF_ERROR(push_slice(r, list, rest, start, rest.len));
        limit--;
        RETURN_IF_ERROR(tpl_strip(r, tpl_slice(rest, 0, start), NULL, TPL_RIGHT, &rest));
    }
    reverse_list(list);
    return HUIS_OK;
}

static int split_by(tpl_render *r, tpl_string s, span needle, int64_t limit, tpl_list *list)
{
    const span text = tpl_span(s);
    size_t pos = 0;
    for (;;) {
        const size_t found = limit == 0 ? SIZE_MAX : tpl_find(text, needle, pos);
        if (found == SIZE_MAX) {
            return push_slice(r, list, s, pos, s.len);
        }
        RETURN_IF_ERROR(push_slice(r, list, s, pos, found));
        pos = found + needle.len;
        limit--;
    }
}

static int split_by_right(tpl_render *r, tpl_string s, span needle, int64_t limit, tpl_list *list)
{
    const span text = tpl_span(s);
    size_t end = text.len;
    size_t pos = text.len;
    while (limit != 0 && pos >= needle.len) {
        RETURN_IF_ERROR(tpl_charge(r, needle.len / 256));
        if (memcmp(text.ptr + (pos - needle.len), needle.ptr, needle.len) == 0) {
            RETURN_IF_ERROR(push_slice(r, list, s, pos, end));
            pos -= needle.len;
            end = pos;
            limit--;
        } else {
            pos--;
        }
    }
    RETURN_IF_ERROR(push_slice(r, list, s, 0, end));
    reverse_list(list);
    return HUIS_OK;
}

int tpl_split(tpl_render *r, tpl_string s, const tpl_string *separator, int64_t limit,
              bool from_right, tpl_value *out)
{
    RETURN_IF_ERROR(tpl_charge_bytes(r, s.len));
    tpl_list *const list = tpl_list_new(r, 4, TPL_PLAIN);
    if (list == NULL) {
        return tpl_no_memory(r);
    }
    int status = HUIS_OK;
    if (separator == NULL) {
        status = from_right ? split_words_right(r, s, limit, list) : split_words(r, s, limit, list);
    } else if (separator->len == 0) {
        status = tpl_fail(r, HUIS_E_BAD_FILE, "split by an empty separator");
    } else {
        const span needle = tpl_span(*separator);
        status = from_right ? split_by_right(r, s, needle, limit, list)
                            : split_by(r, s, needle, limit, list);
    }
    *out = tpl_from_list(list);
    return status;
}

static bool is_line_end(uint32_t code)
{
    return (code >= 10 && code <= 13) || (code >= 0x1C && code <= 0x1E) || code == 0x85 ||
           code == 0x2028 || code == 0x2029;
}

int tpl_split_lines(tpl_render *r, tpl_string s, bool keep_ends, tpl_value *out)
{
    const span text = tpl_span(s);
    RETURN_IF_ERROR(tpl_charge(r, 1 + text.len / 64));
    tpl_list *const list = tpl_list_new(r, 4, TPL_PLAIN);
    if (list == NULL) {
        return tpl_no_memory(r);
    }
    size_t start = 0;
    for (size_t pos = 0; pos < text.len;) {
        uint32_t code = 0;
        size_t next = pos + utf8_next(text, pos, &code);
        if (is_line_end(code)) {
            next += code == '\r' && next < text.len && text.ptr[next] == '\n' ? 1 : 0;
            RETURN_IF_ERROR(push_slice(r, list, s, start, keep_ends ? next : pos));
            start = next;
        }
        pos = next;
    }
    if (start < text.len) {
        RETURN_IF_ERROR(push_slice(r, list, s, start, text.len));
    }
    *out = tpl_from_list(list);
    return HUIS_OK;
}
