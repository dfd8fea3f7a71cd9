/*
 * protocol_request.c - messages to the worker; see protocol.h.
 */
#include "wire/protocol.h"

#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "wire/json.h"

static int wrong_message(huis_error *err, const char *what)
{
    return error_set(err, HUIS_E_WORKER, "message with a missing or wrong \"%s\"", what);
}

int protocol_check_options(const huis_generate_options *options, huis_error *err)
{
    const struct {
        const char *name;
        double value, low, high;
    } ranges[] = {
        {"temperature", (double)options->temperature, 0, 100},
        {"top_p", (double)options->top_p, 0, 1},
        {"min_p", (double)options->min_p, 0, 1},
        {"repeat_penalty", (double)options->repeat_penalty, 0.01, 100},
        {"presence_penalty", (double)options->presence_penalty, -100, 100},
        {"frequency_penalty", (double)options->frequency_penalty, -100, 100},
        {"n_candidates", (double)options->n_candidates, 1, LIMIT_CANDIDATES},
        {"n_stop", (double)options->n_stop, 0, LIMIT_STOP_STRINGS},
    };
    for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
        /* A NaN is in no range. */
        if (!(ranges[i].value >= ranges[i].low && ranges[i].value <= ranges[i].high)) {
            return error_set(err, HUIS_E_BAD_ARGUMENT, "option %s is %g, not within %g to %g",
                             ranges[i].name, ranges[i].value, ranges[i].low, ranges[i].high);
        }
    }
    for (size_t i = 0; i < options->n_stop; i++) {
        if (options->stop[i] == NULL || options->stop[i][0] == '\0') {
            return error_set(err, HUIS_E_BAD_ARGUMENT, "stop string %zu is empty", i);
        }
    }
    return HUIS_OK;
}

json_t *protocol_write_open(const protocol_open *message)
{
    return json_pack("{s:o, s:I, s:I, s:o, s:b, s:o, s:I}", "name", wire_json_text(message->name),
                     "n_threads", (json_int_t)message->n_threads, "context_length",
                     (json_int_t)message->context_length, "level", wire_json_text(message->level),
                     "inspect", (int)message->inspect, "sha256", wire_json_text(message->sha256),
                     "prefix_memory_bytes", (json_int_t)message->prefix_memory_bytes);
}

int protocol_read_open(const json_t *json, protocol_open *out, huis_error *err)
{
    protocol_open m = {0};
    if (!wire_json_string(json, "name", &m.name)) {
        return wrong_message(err, "name");
    }
    if (!wire_json_u32(json, "n_threads", &m.n_threads) || m.n_threads == 0 ||
        m.n_threads > LIMIT_THREADS) {
        return wrong_message(err, "n_threads");
    }
    if (!wire_json_u32(json, "context_length", &m.context_length) ||
        m.context_length > LIMIT_CONTEXT) {
        return wrong_message(err, "context_length");
    }
    if (!wire_json_string(json, "level", &m.level)) {
        return wrong_message(err, "level");
    }
    if (!wire_json_bool(json, "inspect", &m.inspect)) {
        return wrong_message(err, "inspect");
    }
    if (!wire_json_string(json, "sha256", &m.sha256)) {
        return wrong_message(err, "sha256");
    }
    if (!wire_json_u64(json, "prefix_memory_bytes", &m.prefix_memory_bytes) ||
        m.prefix_memory_bytes > LIMIT_PREFIX_MEMORY_BYTES) {
        return wrong_message(err, "prefix_memory_bytes");
    }
    *out = m;
    return HUIS_OK;
}

static json_t *write_messages(const huis_message *messages, size_t n_messages)
{
    json_t *const list = json_array();
    for (size_t i = 0; i < n_messages; i++) {
        const span role = span_from_string(messages[i].role);
        const span text = span_from(messages[i].text, messages[i].text_bytes);
        json_t *const message =
            json_pack("{s:o, s:o}", "role", wire_json_text(role), "text", wire_json_text(text));
        if (json_array_append_new(list, message) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static int read_messages(const json_t *json, arena *memory, const huis_message **out_messages,
                         size_t *out_n, huis_error *err)
{
    const json_t *const list = json_object_get(json, "messages");
    const size_t n = json_array_size(list);
    if (n == 0 || n > LIMIT_MESSAGES) {
        return wrong_message(err, "messages");
    }
    huis_message *const messages = arena_alloc(memory, n, sizeof(*messages));
    if (messages == NULL) {
        return error_no_memory(err, "the messages");
    }
    for (size_t i = 0; i < n; i++) {
        span role = {0};
        span text = {0};
        if (!wire_json_string(json_array_get(list, i), "role", &role) ||
            !wire_json_string(json_array_get(list, i), "text", &text) ||
            strlen(role.ptr) != role.len) {
            return wrong_message(err, "messages");
        }
        messages[i] = (huis_message){role.ptr, text.ptr, text.len};
    }
    *out_messages = messages;
    *out_n = n;
    return HUIS_OK;
}

static json_t *write_stop(const huis_generate_options *options)
{
    json_t *const list = json_array();
    for (size_t i = 0; i < options->n_stop; i++) {
        if (json_array_append_new(list, wire_json_text(span_from_string(options->stop[i]))) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static json_t *write_source(const char *text, size_t bytes)
{
    return text != NULL ? wire_json_text(span_from(text, bytes)) : json_null();
}

/* A seed has 64 bits without a sign, a JSON integer 63: it travels as two halves. */
static json_t *write_options(const huis_generate_options *o)
{
    return json_pack("{s:I, s:I, s:f, s:I, s:f, s:f, s:f, s:f, s:f, s:I, s:I, s:I, s:b, s:o, s:o, "
                     "s:o, s:I, s:b, s:b}",
                     "max_tokens", (json_int_t)o->max_tokens, "max_words", (json_int_t)o->max_words,
                     "temperature", (double)o->temperature, "top_k", (json_int_t)o->top_k, "top_p",
                     (double)o->top_p, "min_p", (double)o->min_p, "repeat_penalty",
                     (double)o->repeat_penalty, "presence_penalty", (double)o->presence_penalty,
                     "frequency_penalty", (double)o->frequency_penalty, "seed_high",
                     (json_int_t)(o->seed >> 32), "seed_low", (json_int_t)(o->seed & UINT32_MAX),
                     "n_candidates", (json_int_t)o->n_candidates, "raw", o->raw ? 1 : 0, "stop",
                     write_stop(o), "copy_source",
                     write_source(o->copy_source, o->copy_source_bytes), "keep_order",
                     write_source(o->keep_order, o->keep_order_bytes), "n_fixed_messages",
                     (json_int_t)o->n_fixed_messages, "no_drafts", o->no_drafts ? 1 : 0,
                     "no_logprob", o->no_logprob ? 1 : 0);
}

static bool read_float(const json_t *json, const char *key, float *out)
{
    double value = 0;
    if (!wire_json_double(json, key, &value)) {
        return false;
    }
    *out = (float)value;
    return true;
}

static bool read_numbers(const json_t *json, huis_generate_options *o)
{
    uint32_t high = 0;
    uint32_t low = 0;
    const bool ok =
        wire_json_u32(json, "max_tokens", &o->max_tokens) &&
        wire_json_u32(json, "max_words", &o->max_words) &&
        read_float(json, "temperature", &o->temperature) &&
        wire_json_u32(json, "top_k", &o->top_k) && read_float(json, "top_p", &o->top_p) &&
        read_float(json, "min_p", &o->min_p) &&
        read_float(json, "repeat_penalty", &o->repeat_penalty) &&
        read_float(json, "presence_penalty", &o->presence_penalty) &&
        read_float(json, "frequency_penalty", &o->frequency_penalty) &&
        wire_json_u32(json, "seed_high", &high) && wire_json_u32(json, "seed_low", &low) &&
        wire_json_u32(json, "n_candidates", &o->n_candidates) &&
        wire_json_u32(json, "n_fixed_messages", &o->n_fixed_messages) &&
        wire_json_bool(json, "raw", &o->raw) && wire_json_bool(json, "no_drafts", &o->no_drafts) &&
        wire_json_bool(json, "no_logprob", &o->no_logprob);
    o->seed = (uint64_t)high << 32 | low;
    return ok;
}

static int read_stop(const json_t *json, arena *memory, huis_generate_options *o, huis_error *err)
{
    const json_t *const list = json_object_get(json, "stop");
    const size_t n = json_array_size(list);
    if (!json_is_array(list) || n > LIMIT_STOP_STRINGS) {
        return wrong_message(err, "stop");
    }
    const char **const stop = arena_alloc(memory, n, sizeof(*stop));
    if (stop == NULL) {
        return error_no_memory(err, "the stop strings");
    }
    for (size_t i = 0; i < n; i++) {
        stop[i] = json_string_value(json_array_get(list, i));
        if (stop[i] == NULL) {
            return wrong_message(err, "stop");
        }
    }
    o->stop = stop;
    o->n_stop = n;
    return HUIS_OK;
}

/* A text, or null: off. */
static int read_source(const json_t *json, const char *key, const char **out, size_t *out_bytes,
                       huis_error *err)
{
    span source = {0};
    if (wire_json_string(json, key, &source)) {
        *out = source.ptr;
        *out_bytes = source.len;
    } else if (!json_is_null(json_object_get(json, key))) {
        return wrong_message(err, key);
    }
    return HUIS_OK;
}

static int read_options(const json_t *json, arena *memory, huis_generate_options *out,
                        huis_error *err)
{
    huis_generate_options o = {.struct_size = sizeof(o)};
    if (!read_numbers(json, &o)) {
        return wrong_message(err, "options");
    }
    RETURN_IF_ERROR(read_stop(json, memory, &o, err));
    RETURN_IF_ERROR(read_source(json, "copy_source", &o.copy_source, &o.copy_source_bytes, err));
    RETURN_IF_ERROR(read_source(json, "keep_order", &o.keep_order, &o.keep_order_bytes, err));
    RETURN_IF_ERROR(protocol_check_options(&o, err));
    *out = o;
    return HUIS_OK;
}

json_t *protocol_write_connect(const protocol_connect *message)
{
    return json_pack("{s:o}", "caller", wire_json_text(message->caller));
}

int protocol_read_connect(const json_t *json, protocol_connect *out, huis_error *err)
{
    protocol_connect m = {0};
    if (!wire_json_string(json, "caller", &m.caller) || m.caller.len > LIMIT_CALLER_BYTES) {
        return wrong_message(err, "caller");
    }
    *out = m;
    return HUIS_OK;
}

json_t *protocol_write_generate(const protocol_generate *message)
{
    return json_pack("{s:o, s:o}", "messages",
                     write_messages(message->messages, message->n_messages), "options",
                     write_options(&message->options));
}

int protocol_read_generate(const json_t *json, arena *memory, protocol_generate *out,
                           huis_error *err)
{
    protocol_generate m = {0};
    RETURN_IF_ERROR(read_messages(json, memory, &m.messages, &m.n_messages, err));
    RETURN_IF_ERROR(read_options(json_object_get(json, "options"), memory, &m.options, err));
    *out = m;
    return HUIS_OK;
}

json_t *protocol_write_score(const protocol_score *message)
{
    json_t *const list = json_array();
    for (size_t i = 0; i < message->n_continuations; i++) {
        (void)json_array_append_new(list, wire_json_text(message->continuations[i]));
    }
    if (json_array_size(list) != message->n_continuations) {
        json_decref(list);
        return NULL;
    }
    return json_pack("{s:o, s:o}", "messages",
                     write_messages(message->messages, message->n_messages), "continuations", list);
}

int protocol_read_score(const json_t *json, arena *memory, protocol_score *out, huis_error *err)
{
    protocol_score m = {0};
    RETURN_IF_ERROR(read_messages(json, memory, &m.messages, &m.n_messages, err));
    const json_t *const list = json_object_get(json, "continuations");
    m.n_continuations = json_array_size(list);
    if (m.n_continuations == 0 || m.n_continuations > LIMIT_CONTINUATIONS) {
        return wrong_message(err, "continuations");
    }
    span *const texts = arena_alloc(memory, m.n_continuations, sizeof(*texts));
    if (texts == NULL) {
        return error_no_memory(err, "the continuations");
    }
    for (size_t i = 0; i < m.n_continuations; i++) {
        const json_t *const text = json_array_get(list, i);
        if (!json_is_string(text)) {
            return wrong_message(err, "continuations");
        }
        texts[i] = span_from(json_string_value(text), json_string_length(text));
    }
    m.continuations = texts;
    *out = m;
    return HUIS_OK;
}
