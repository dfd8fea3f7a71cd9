/*
 * server.c - see server.h.
 */
#include "worker/server.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/limits.h"
#include "wire/json.h"
#include "wire/wire.h"
#include "worker/answer.h"
#include "worker/packed_out.h"

enum { DEFAULT_CONTEXT_LENGTH = 4096 };

/* What handles a request; it sends its own answer, but for errors. */
typedef int (*request_handler)(worker_model *m, reply *r, const json_t *json, huis_error *err);

static int handle_generate(worker_model *m, reply *r, const json_t *json, huis_error *err)
{
    protocol_generate request;
    arena memory;
    arena_init(&memory, LIMIT_REQUEST_MEMORY_BYTES);
    int status = protocol_read_generate(json, &memory, &request, err);
    if (status == HUIS_OK) {
        r->session = request.session;
        status = answer_generate(m, r, &request, err);
    }
    arena_deinit(&memory);
    return status;
}

static int handle_score(worker_model *m, reply *r, const json_t *json, huis_error *err)
{
    protocol_score request;
    arena memory;
    arena_init(&memory, LIMIT_REQUEST_MEMORY_BYTES);
    int status = protocol_read_score(json, &memory, &request, err);
    if (status == HUIS_OK) {
        r->session = request.session;
        status = answer_score(m, r, &request, err);
    }
    arena_deinit(&memory);
    return status;
}

static int handle_count(worker_model *m, reply *r, const json_t *json, huis_error *err)
{
    span text = {0};
    token_list ids;
    const vocab_encode_options options = {.parse_special = false, .add_special = false};
    if (!wire_json_string(json, "text", &text)) {
        return error_set(err, HUIS_E_WORKER, "message without a \"text\"");
    }
    token_list_init(&ids);
    const int status = vocab_encode(engine_vocab(m->engine), text, &options, &ids, err);
    if (status == HUIS_OK) {
        reply_json(r, PROTOCOL_COUNTED, json_pack("{s:I}", "n_tokens", (json_int_t)ids.count));
    }
    token_list_deinit(&ids);
    return status;
}

static request_handler find_handler(uint32_t type)
{
    static const struct {
        protocol_type type;
        request_handler handle;
    } HANDLERS[] = {
        {PROTOCOL_GENERATE, handle_generate},
        {PROTOCOL_SCORE, handle_score},
        {PROTOCOL_COUNT, handle_count},
    };
    for (size_t i = 0; i < sizeof(HANDLERS) / sizeof(HANDLERS[0]); i++) {
        if (HANDLERS[i].type == type) {
            return HANDLERS[i].handle;
        }
    }
    return NULL;
}

/* False: the channel is of no more use. */
static bool handle_request(worker_model *m, int fd, const wire_header *header, span payload)
{
    reply r = {.fd = fd, .request = header->request, .contexts = &m->contexts};
    huis_error error = {.status = HUIS_OK};
    json_t *json = NULL;
    const request_handler handle = find_handler(header->type);
    int status = handle != NULL
                     ? wire_json_parse(payload, &json, &error)
                     : error_set(&error, HUIS_E_WORKER, "unknown message type %u", header->type);
    if (status == HUIS_OK) {
        status = handle(m, &r, json, &error);
    }
    if (status != HUIS_OK) {
        reply_error(&r, &error);
    }
    json_decref(json);
    return r.status >= 0;
}

static void serve(worker_model *m, cache_writer *packed, int fd)
{
    buffer payload;
    buffer_init(&payload, LIMIT_FRAME_BYTES);
    bool goes_on = true;
    while (goes_on) {
        wire_header header;
        packed_out_while_idle(packed, fd);
        if (wire_receive(fd, &header, &payload, WIRE_NO_TIMEOUT, NULL) != HUIS_OK) {
            break;
        }
        if (header.type == PROTOCOL_FORGET) {
            context_store_forget(&m->contexts, header.request);
        } else if (header.type != PROTOCOL_CANCEL) {
            /* A cancellation that comes when its request is over means nothing. */
            goes_on = handle_request(m, fd, &header, buffer_span(&payload));
        }
    }
    buffer_deinit(&payload);
}

static int choose_context_length(const protocol_open *request, const engine_info *info,
                                 uint32_t *out_length, huis_error *err)
{
    const uint32_t trained = info->trained_context_length;
    const uint32_t wanted = request->context_length;
    if (trained > 0 && wanted > trained) {
        return error_set(err, HUIS_E_BAD_ARGUMENT,
                         "%s: context of %u tokens, but the model was made for %u at most",
                         request->name.ptr, wanted, trained);
    }
    *out_length = wanted > 0                                        ? wanted
                  : trained > 0 && trained < DEFAULT_CONTEXT_LENGTH ? trained
                                                                    : DEFAULT_CONTEXT_LENGTH;
    return HUIS_OK;
}

static int open_chat(worker_model *m, const protocol_open *request, huis_error *err)
{
    const span template = engine_chat_template(m->engine);
    if (template.len == 0) {
        return HUIS_OK;
    }
    return chat_template_open(&m->chat, template, request->name.ptr, err);
}

static int open_model(worker_model *m, const protocol_open *request, server_files *files,
                      huis_error *err)
{
    (void)cache_source_set_sha256(&files->source, request->sha256);
    const engine_options options = {
        .n_threads = request->n_threads,
        .level = request->level.len > 0 ? request->level.ptr : NULL,
        .inspect = request->inspect,
        .drop_pages = true,
        .packed = span_from((const char *)files->packed.data, files->packed.size_bytes),
        .source = &files->source,
    };
    uint32_t context_length = 0;
    RETURN_IF_ERROR(engine_open(&m->engine, files->model.data, files->model.size_bytes,
                                request->name.ptr, &options, err));
    RETURN_IF_ERROR(open_chat(m, request, err));
    RETURN_IF_ERROR(
        choose_context_length(request, engine_get_info(m->engine), &context_length, err));
    context_store_init(&m->contexts, m->engine, context_length);
    file_map_close(&files->model);
    return sandbox_seal(err);
}

static void send_ready(const worker_model *m, reply *r, const sandbox_report *fences)
{
    const engine_info *const info = engine_get_info(m->engine);
    const protocol_ready ready = {
        .name = span_from_string(info->name),
        .family = span_from_string(info->family),
        .quantisation = span_from_string(info->quantisation),
        .level = span_from_string(info->level),
        .n_threads = info->n_threads,
        .context_length = m->contexts.capacity,
        .trained_context_length = info->trained_context_length,
        .n_vocab = info->n_vocab,
        .missing_fences = span_from_string(fences->missing),
        .is_attached = info->is_attached,
    };
    reply_json(r, PROTOCOL_READY, protocol_write_ready(&ready));
}

/* The first request. *out_json holds the name of the model, and is kept for messages. */
static int receive_open(worker_model *m, reply *r, server_files *files, json_t **out_json,
                        huis_error *err)
{
    wire_header header;
    buffer payload;
    protocol_open request;
    buffer_init(&payload, LIMIT_MIB);
    int status = wire_receive(r->fd, &header, &payload, WIRE_NO_TIMEOUT, err);
    if (status == WIRE_END) {
        status = error_set(err, HUIS_E_WORKER, "the client went away");
    }
    if (status == HUIS_OK) {
        status = header.type == PROTOCOL_OPEN
                     ? wire_json_parse(buffer_span(&payload), out_json, err)
                     : error_set(err, HUIS_E_WORKER, "unknown message type %u", header.type);
    }
    if (status == HUIS_OK) {
        status = protocol_read_open(*out_json, &request, err);
    }
    if (status == HUIS_OK) {
        status = open_model(m, &request, files, err);
    }
    buffer_deinit(&payload);
    return status;
}

void server_run(int channel_fd, server_files *files, const sandbox_report *fences)
{
    worker_model m = {.engine = NULL};
    reply r = {.fd = channel_fd, .request = PROTOCOL_OPEN_REQUEST, .contexts = &m.contexts};
    huis_error error = {.status = HUIS_OK};
    json_t *opened = NULL;
    if (receive_open(&m, &r, files, &opened, &error) == HUIS_OK) {
        send_ready(&m, &r, fences);
        /* A client that was not told would wait for ever. */
        if (r.status >= 0) {
            cache_writer packed;
            packed_out_begin(&packed, m.engine, files->packed_out, &files->source);
            serve(&m, &packed, channel_fd);
            packed_out_finish(&packed);
        }
    } else {
        reply_error(&r, &error);
    }
    context_store_deinit(&m.contexts);
    chat_template_free(m.chat);
    engine_close(m.engine);
    file_map_close(&files->model);
    file_map_close(&files->packed);
    json_decref(opened);
}
