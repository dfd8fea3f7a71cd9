/*
 * template_render.c - opening a template, rendering it, and the budgets of a rendering.
 *
 * The budgets: steps (LIMIT_TEMPLATE_STEPS), recursion (LIMIT_TEMPLATE_FRAMES), memory
 * (LIMIT_TEMPLATE_MEMORY_BYTES) and the length of any text (LIMIT_TEMPLATE_OUTPUT_BYTES). Nothing here
 * or below touches anything but the template and the variables: no clock, no files, no environment.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "chat/template_syntax.h"

static uint32_t line_of(const chat_template *t, size_t offset)
{
    uint32_t line = 1;
    for (size_t i = 0; i < offset && i < t->source_len; i++) {
        line += t->source[i] == '\n' ? 1 : 0;
    }
    return line;
}

__attribute__((format(printf, 5, 0))) static int fail_at(const chat_template *t, huis_error *err,
                                                         int status, size_t offset,
                                                         const char *format, va_list args)
{
    char message[400];
    (void)vsnprintf(message, sizeof(message), format, args);
    return error_set_at(err, status, offset, "%s: chat template, line %u: %s",
                        t->name != NULL ? t->name : "model", line_of(t, offset), message);
}

int tpl_syntax_error(const chat_template *t, huis_error *err, int status, size_t offset,
                     const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)fail_at(t, err, status, offset, format, args);
    va_end(args);
    return status;
}

int tpl_fail(tpl_render *r, int status, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)fail_at(r->template, r->err, status, r->at, format, args);
    va_end(args);
    return status;
}

int tpl_charge(tpl_render *r, uint64_t steps)
{
    if (steps > LIMIT_TEMPLATE_STEPS - r->steps) {
        r->steps = LIMIT_TEMPLATE_STEPS;
        return tpl_fail(r, HUIS_E_LIMIT, "more work than the limit of %u steps",
                        LIMIT_TEMPLATE_STEPS);
    }
    r->steps += steps;
    return HUIS_OK;
}

int tpl_charge_bytes(tpl_render *r, size_t bytes)
{
    return tpl_charge(r, bytes / 256);
}

int tpl_enter(tpl_render *r)
{
    if (r->depth >= LIMIT_TEMPLATE_FRAMES) {
        return tpl_fail(r, HUIS_E_LIMIT, "recursion deeper than the limit of %u",
                        LIMIT_TEMPLATE_FRAMES);
    }
    r->depth++;
    return HUIS_OK;
}

void tpl_leave(tpl_render *r)
{
    r->depth--;
}

int tpl_no_memory(tpl_render *r)
{
    return r->err != NULL && r->err->status == HUIS_E_LIMIT ? HUIS_E_LIMIT : HUIS_E_NO_MEMORY;
}

void *tpl_alloc(tpl_render *r, size_t count, size_t size)
{
    const size_t left = r->memory.max_bytes - r->memory.used_bytes;
    if (size > 0 && count >= left / size) {
        (void)tpl_fail(r, HUIS_E_LIMIT, "more memory than the limit of %u bytes",
                       LIMIT_TEMPLATE_MEMORY_BYTES);
        return NULL;
    }
    void *const block = arena_alloc(&r->memory, count, size);
    if (block == NULL) {
        (void)error_no_memory(r->err, "the chat template");
    }
    return block;
}

/* Line ends become "\n", one at the very end is dropped, as Jinja2 does. */
static int copy_source(chat_template *t, span source)
{
    t->source = memory_alloc(source.len + 1, 1);
    if (t->source == NULL) {
        return HUIS_E_NO_MEMORY;
    }
    size_t len = 0;
    for (size_t i = 0; i < source.len; i++) {
        const char c = source.ptr[i];
        if (c == '\r' && i + 1 < source.len && source.ptr[i + 1] == '\n') {
            continue;
        }
        t->source[len++] = c == '\r' ? '\n' : c;
    }
    t->source_len = len > 0 && t->source[len - 1] == '\n' ? len - 1 : len;
    return HUIS_OK;
}

static int open_template(chat_template *t, span source, const char *name, huis_error *err)
{
    t->name = memory_copy_string(name, strlen(name));
    if (t->name == NULL || copy_source(t, source) < 0) {
        return error_no_memory(err, "the chat template");
    }
    return tpl_parse(t, err);
}

int chat_template_open(chat_template **out_template, span source, const char *name, huis_error *err)
{
    const char *const shown = name != NULL ? name : "model";
    if (source.len > LIMIT_TEMPLATE_BYTES) {
        return error_set(err, HUIS_E_BAD_FILE,
                         "%s: chat template of %zu bytes, over the limit of %u: use another model",
                         shown, source.len, LIMIT_TEMPLATE_BYTES);
    }
    const size_t valid = utf8_valid_prefix(source);
    if (valid != source.len) {
        return error_set_at(err, HUIS_E_BAD_FILE, valid,
                            "%s: chat template is not UTF-8 at offset %zu", shown, valid);
    }
    chat_template *const t = memory_alloc(1, sizeof(*t));
    if (t == NULL) {
        return error_no_memory(err, "the chat template");
    }
    arena_init(&t->memory, LIMIT_TEMPLATE_TREE_BYTES);
    const int status = open_template(t, source, shown, err);
    if (status < 0) {
        chat_template_free(t);
        return status;
    }
    *out_template = t;
    return HUIS_OK;
}

chat_template *chat_template_free(chat_template *t)
{
    if (t != NULL) {
        arena_deinit(&t->memory);
        memory_free(t->names);
        memory_free(t->source);
        memory_free(t->name);
        memory_free(t);
    }
    return NULL;
}

void chat_text_init(chat_text *t)
{
    *t = (chat_text){0};
    buffer_init(&t->text, LIMIT_TEMPLATE_OUTPUT_BYTES);
}

void chat_text_deinit(chat_text *t)
{
    buffer_deinit(&t->text);
    memory_free(t->marks);
    chat_text_init(t);
}

/* The value of each name of the template: a variable, a function, or undefined. */
static int load_globals(tpl_render *r, const json_t *variables)
{
    const chat_template *const t = r->template;
    r->globals = tpl_alloc(r, (size_t)t->n_names + 1, sizeof(tpl_value));
    if (r->globals == NULL) {
        return tpl_no_memory(r);
    }
    for (uint32_t i = 0; i < t->n_names; i++) {
        const span name = t->names[i];
        const bool trusted =
            span_equal(name, SPAN("bos_token")) || span_equal(name, SPAN("eos_token"));
        const json_t *const json = json_object_getn(variables, name.ptr, name.len);
        r->globals[i] = tpl_undefined(name);
        if (json != NULL) {
            RETURN_IF_ERROR(tpl_from_json(r, json, trusted, &r->globals[i]));
            continue;
        }
        const tpl_native *const native = tpl_find_function(name);
        const bool no_clock = span_equal(name, SPAN("strftime_now")) && r->now == NULL;
        if (native != NULL && !no_clock) {
            tpl_bound *const bound = tpl_alloc(r, 1, sizeof(*bound));
            if (bound == NULL) {
                return tpl_no_memory(r);
            }
            bound->native = native;
            r->globals[i] = (tpl_value){.type = TPL_NATIVE, .trusted = true, .as.bound = bound};
        }
    }
    return HUIS_OK;
}

static int add_mark(chat_text *out, size_t start, size_t end)
{
    if (out->n_marks == out->marks_capacity) {
        const size_t capacity = out->marks_capacity > 0 ? out->marks_capacity * 2 : 16;
        chat_mark *const grown = memory_resize(out->marks, capacity, sizeof(chat_mark));
        if (grown == NULL) {
            return HUIS_E_NO_MEMORY;
        }
        out->marks = grown;
        out->marks_capacity = capacity;
    }
    out->marks[out->n_marks++] = (chat_mark){.start = start, .end = end};
    return HUIS_OK;
}

static int copy_out(const tpl_store *store, chat_text *out)
{
    if (!buffer_append(&out->text, span_from(store->bytes, store->len))) {
        return out->text.status;
    }
    for (size_t i = 0; i < store->n_runs; i++) {
        const size_t end = i + 1 < store->n_runs ? store->runs[i + 1].start : store->len;
        if (!store->runs[i].trusted && add_mark(out, store->runs[i].start, end) < 0) {
            return HUIS_E_NO_MEMORY;
        }
    }
    return HUIS_OK;
}

static int render(tpl_render *r, const json_t *variables, chat_text *out)
{
    tpl_scope scope = {.captured = true};
    RETURN_IF_ERROR(load_globals(r, variables));
    r->scope = &scope;
    tpl_store *const store = tpl_store_new(r, 4096);
    if (store == NULL) {
        return tpl_no_memory(r);
    }
    r->out = store;
    RETURN_IF_ERROR(tpl_exec(r, r->template->body));
    chat_text made;
    chat_text_init(&made);
    const int status = copy_out(store, &made);
    if (status < 0) {
        chat_text_deinit(&made);
        return error_no_memory(r->err, "the rendered chat");
    }
    chat_text_deinit(out);
    *out = made;
    return HUIS_OK;
}

int chat_render(const chat_template *t, const json_t *variables, chat_text *out, huis_error *err)
{
    if (!json_is_object(variables)) {
        return error_set(err, HUIS_E_BAD_ARGUMENT, "%s: the variables are not a JSON object",
                         t->name);
    }
    huis_error own = {0};
    tpl_render r = {.template = t, .err = &own, .now = json_object_get(variables, "now")};
    arena_init(&r.memory, LIMIT_TEMPLATE_MEMORY_BYTES);
    const int status = render(&r, variables, out);
    arena_deinit(&r.memory);
    if (status < 0 && err != NULL) {
        *err = own;
    }
    return status;
}
