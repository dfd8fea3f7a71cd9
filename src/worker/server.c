/*
 * server.c - see server.h.
 */
#include "worker/server.h"

#include "base/error.h"
#include "base/limits.h"
#include "wire/json.h"
#include "wire/wire.h"
#include "worker/channels.h"
#include "worker/packed_out.h"

enum { DEFAULT_CONTEXT_LENGTH = 4096 };

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
        .packed_fd = files->packed_fd,
        .source = &files->source,
    };
    uint32_t context_length = 0;
    RETURN_IF_ERROR(engine_open(&m->engine, files->model.data, files->model.size_bytes,
                                request->name.ptr, &options, err));
    RETURN_IF_ERROR(open_chat(m, request, err));
    RETURN_IF_ERROR(
        choose_context_length(request, engine_get_info(m->engine), &context_length, err));
    context_store_init(&m->contexts, m->engine, &m->prefixes, context_length);
    prefix_tree_init(&m->prefixes, m->engine, request->prefix_memory_bytes);
    file_map_close(&files->model);
    return sandbox_seal(err);
}

static int send_ready(const worker_model *m, int fd, const sandbox_report *fences)
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
    json_t *const json = protocol_write_ready(&ready);
    const int status =
        wire_json_send(fd, PROTOCOL_READY, PROTOCOL_OPEN_REQUEST, json, WIRE_NO_TIMEOUT, NULL);
    json_decref(json);
    return status;
}

void server_send_error(int channel_fd, const huis_error *error)
{
    json_t *const json = protocol_write_error(error);
    (void)wire_json_send(channel_fd, PROTOCOL_ERROR, PROTOCOL_OPEN_REQUEST, json, WIRE_NO_TIMEOUT,
                         NULL);
    json_decref(json);
}

/* The first request. *out_json holds the name of the model, and is kept for messages. */
static int receive_open(worker_model *m, int fd, server_files *files, json_t **out_json,
                        huis_error *err)
{
    wire_header header;
    buffer payload;
    protocol_open request;
    buffer_init(&payload, LIMIT_MIB);
    int status = wire_receive(fd, &header, &payload, WIRE_NO_TIMEOUT, err);
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
    huis_error error = {.status = HUIS_OK};
    json_t *opened = NULL;
    if (receive_open(&m, channel_fd, files, &opened, &error) != HUIS_OK) {
        server_send_error(channel_fd, &error);
    } else if (send_ready(&m, channel_fd, fences) == HUIS_OK) {
        /* A client that was not told would wait for ever. */
        cache_writer packed;
        packed_out_begin(&packed, m.engine, files->packed_out, &files->source);
        channels_serve(&m, &packed, channel_fd);
        packed_out_finish(&packed);
    }
    context_store_deinit(&m.contexts);
    prefix_tree_deinit(&m.prefixes);
    chat_template_free(m.chat);
    engine_close(m.engine);
    file_map_close(&files->model);
    file_map_close(&files->packed);
    json_decref(opened);
}
