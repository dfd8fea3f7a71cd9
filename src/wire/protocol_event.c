/*
 * protocol_event.c - messages from the worker; see protocol.h.
 */
#include "wire/protocol.h"

#include <math.h>

#include "base/error.h"
#include "base/limits.h"
#include "wire/json.h"

static int wrong_message(huis_error *err, const char *what)
{
    return error_set(err, HUIS_E_WORKER, "answer with a missing or wrong \"%s\"", what);
}

json_t *protocol_write_ready(const protocol_ready *m)
{
    return json_pack(
        "{s:o, s:o, s:o, s:o, s:I, s:I, s:I, s:I, s:o, s:b}", "name", wire_json_text(m->name),
        "family", wire_json_text(m->family), "quantisation", wire_json_text(m->quantisation),
        "level", wire_json_text(m->level), "n_threads", (json_int_t)m->n_threads, "context_length",
        (json_int_t)m->context_length, "trained_context_length",
        (json_int_t)m->trained_context_length, "n_vocab", (json_int_t)m->n_vocab, "missing_fences",
        wire_json_text(m->missing_fences), "is_attached", (int)m->is_attached);
}

int protocol_read_ready(const json_t *json, protocol_ready *out, huis_error *err)
{
    protocol_ready m = {0};
    const struct {
        const char *key;
        span *out;
    } strings[] = {
        {"name", &m.name},
        {"family", &m.family},
        {"quantisation", &m.quantisation},
        {"level", &m.level},
        {"missing_fences", &m.missing_fences},
    };
    const struct {
        const char *key;
        uint32_t *out;
    } numbers[] = {
        {"n_threads", &m.n_threads},
        {"context_length", &m.context_length},
        {"trained_context_length", &m.trained_context_length},
        {"n_vocab", &m.n_vocab},
    };
    for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++) {
        if (!wire_json_string(json, strings[i].key, strings[i].out)) {
            return wrong_message(err, strings[i].key);
        }
    }
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        if (!wire_json_u32(json, numbers[i].key, numbers[i].out)) {
            return wrong_message(err, numbers[i].key);
        }
    }
    if (!wire_json_bool(json, "is_attached", &m.is_attached)) {
        return wrong_message(err, "is_attached");
    }
    *out = m;
    return HUIS_OK;
}

/* JSON has no infinity; a log-probability may be one. */
static double finite_or_lowest(double value)
{
    return isfinite(value) ? value : -1e300;
}

json_t *protocol_write_candidate(const protocol_candidate *m)
{
    return json_pack(
        "{s:I, s:I, s:I, s:f, s:I, s:I, s:I, s:f, s:f, s:I, s:I}", "candidate",
        (json_int_t)m->i_candidate, "finish", (json_int_t)m->finish, "n_tokens",
        (json_int_t)m->n_tokens, "logprob", finite_or_lowest(m->logprob), "prompt_tokens",
        (json_int_t)m->usage.prompt_tokens, "cached_tokens", (json_int_t)m->usage.cached_tokens,
        "output_tokens", (json_int_t)m->usage.output_tokens, "prefill_ms", m->usage.prefill_ms,
        "decode_ms", m->usage.decode_ms, "drafted_tokens", (json_int_t)m->usage.drafted_tokens,
        "accepted_tokens", (json_int_t)m->usage.accepted_tokens);
}

int protocol_read_candidate(const json_t *json, protocol_candidate *out, huis_error *err)
{
    protocol_candidate m = {0};
    uint32_t finish = 0;
    const bool ok = wire_json_u32(json, "candidate", &m.i_candidate) &&
                    wire_json_u32(json, "finish", &finish) &&
                    wire_json_u32(json, "n_tokens", &m.n_tokens) &&
                    wire_json_double(json, "logprob", &m.logprob) &&
                    wire_json_u32(json, "prompt_tokens", &m.usage.prompt_tokens) &&
                    wire_json_u32(json, "cached_tokens", &m.usage.cached_tokens) &&
                    wire_json_u32(json, "output_tokens", &m.usage.output_tokens) &&
                    wire_json_double(json, "prefill_ms", &m.usage.prefill_ms) &&
                    wire_json_double(json, "decode_ms", &m.usage.decode_ms) &&
                    wire_json_u32(json, "drafted_tokens", &m.usage.drafted_tokens) &&
                    wire_json_u32(json, "accepted_tokens", &m.usage.accepted_tokens);
    if (!ok || (finish != HUIS_FINISH_STOP && finish != HUIS_FINISH_LENGTH)) {
        return wrong_message(err, "candidate");
    }
    m.finish = finish == HUIS_FINISH_STOP ? HUIS_FINISH_STOP : HUIS_FINISH_LENGTH;
    *out = m;
    return HUIS_OK;
}

json_t *protocol_write_error(const huis_error *error)
{
    json_t *const offset =
        error->offset <= INT64_MAX ? json_integer((json_int_t)error->offset) : json_null();
    return json_pack("{s:i, s:o, s:o}", "status", error->status, "message",
                     wire_json_text(span_from_string(error->message)), "offset", offset);
}

int protocol_read_error(const json_t *json, huis_error *out_error, huis_error *err)
{
    const json_t *const status = json_object_get(json, "status");
    span message = {0};
    uint64_t offset = ERROR_NO_OFFSET;
    if (!json_is_integer(status) || json_integer_value(status) >= 0 ||
        json_integer_value(status) < HUIS_E_INTERNAL) {
        return wrong_message(err, "status");
    }
    if (!wire_json_string(json, "message", &message)) {
        return wrong_message(err, "message");
    }
    (void)wire_json_u64(json, "offset", &offset);
    (void)error_set_at(out_error, (int)json_integer_value(status), offset, "%.*s",
                       (int)(message.len < sizeof(out_error->message)
                                 ? message.len
                                 : sizeof(out_error->message) - 1),
                       message.ptr);
    return HUIS_OK;
}

json_t *protocol_write_prefix(const protocol_prefix *m)
{
    return json_pack("{s:o, s:I}", "key", wire_json_text(m->key), "bytes", (json_int_t)m->bytes);
}

int protocol_read_prefix(const json_t *json, protocol_prefix *out, huis_error *err)
{
    protocol_prefix m = {0};
    bool ok = wire_json_string(json, "key", &m.key) && m.key.len == PROTOCOL_PREFIX_KEY_LENGTH &&
              wire_json_u64(json, "bytes", &m.bytes) && m.bytes <= LIMIT_PREFIX_BYTES;
    for (size_t i = 0; ok && i < m.key.len; i++) {
        const char c = m.key.ptr[i];
        ok = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    }
    if (!ok) {
        return wrong_message(err, "prefix");
    }
    *out = m;
    return HUIS_OK;
}
