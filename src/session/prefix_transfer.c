/*
 * prefix_transfer.c - see prefix_transfer.h.
 */
#include "session/prefix_transfer.h"

#include <errno.h>
#include <unistd.h>

#include "base/error.h"
#include "base/memory.h"
#include "wire/json.h"

void prefix_transfer_init(prefix_transfer *t, huis_model *m, client_turn *turn)
{
    *t = (prefix_transfer){.model = m, .turn = turn, .writer = {.fd = -1, .folder_fd = -1}};
}

bool prefix_transfer_knows(uint32_t type)
{
    return type == PROTOCOL_PREFIX_WANTED || type == PROTOCOL_PREFIX_SAVE ||
           type == PROTOCOL_PREFIX_PART;
}

static int wrong_frame(huis_error *err)
{
    return error_set(err, HUIS_E_WORKER, "prefix checkpoint out of order or out of range");
}

static blob_id id_of(const prefix_transfer *t, span key)
{
    blob_id id = {.source = t->model->prefix_source};
    (void)blob_key_set(&id, key);
    return id;
}

/* A file that is shorter than its header says is noticed by the worker. */
static int send_parts(client_turn *turn, int fd, uint64_t bytes, char *part, huis_error *err)
{
    while (bytes > 0) {
        const size_t n = bytes < LIMIT_PREFIX_PART_BYTES ? (size_t)bytes : LIMIT_PREFIX_PART_BYTES;
        const ssize_t have = read(fd, part, n);
        if (have < 0 && errno == EINTR) {
            continue;
        }
        if (have <= 0) {
            return HUIS_OK;
        }
        RETURN_IF_ERROR(
            client_send(turn, PROTOCOL_PREFIX_PART, span_from(part, (size_t)have), err));
        bytes -= (uint64_t)have;
    }
    return HUIS_OK;
}

/* One that the worker did not name the length of is not sent: it would not use it. */
static int answer_wanted(prefix_transfer *t, const protocol_prefix *wanted, huis_error *err)
{
    const blob_id id = id_of(t, wanted->key);
    char *const part = memory_alloc(LIMIT_PREFIX_PART_BYTES, 1);
    int fd = -1;
    uint64_t bytes = 0;
    int status = HUIS_OK;
    if (part != NULL &&
        blob_cache_open(&fd, &bytes, t->model->prefix_directory, &id, NULL) == HUIS_OK) {
        status = bytes == wanted->bytes ? send_parts(t->turn, fd, bytes, part, err) : HUIS_OK;
        (void)close(fd);
    }
    memory_free(part);
    return status == HUIS_OK ? client_send(t->turn, PROTOCOL_PREFIX_END, span_from(NULL, 0), err)
                             : status;
}

static int take_wanted(prefix_transfer *t, const protocol_prefix *wanted, huis_error *err)
{
    if (t->was_asked || t->was_given) {
        return wrong_frame(err);
    }
    t->was_asked = true;
    RETURN_IF_ERROR(answer_wanted(t, wanted, err));
    return CLIENT_MORE;
}

static int take_save(prefix_transfer *t, const protocol_prefix *told, huis_error *err)
{
    if (t->was_given || told->bytes == 0) {
        return wrong_frame(err);
    }
    const blob_id id = id_of(t, told->key);
    t->was_given = true;
    t->expected_bytes = told->bytes;
    t->is_writing = told->bytes <= t->model->prefix_max_bytes &&
                    blob_writer_begin(&t->writer, t->model->prefix_directory, &id, t->model->name,
                                      told->bytes, NULL) == HUIS_OK;
    return CLIENT_MORE;
}

static int take_part(prefix_transfer *t, span bytes, huis_error *err)
{
    if (bytes.len == 0 || bytes.len > t->expected_bytes) {
        return wrong_frame(err);
    }
    t->expected_bytes -= bytes.len;
    t->is_writing = t->is_writing && blob_writer_add(&t->writer, bytes, NULL) == HUIS_OK;
    return CLIENT_MORE;
}

int prefix_transfer_frame(prefix_transfer *t, uint32_t type, span payload, huis_error *err)
{
    if (type == PROTOCOL_PREFIX_PART) {
        return take_part(t, payload, err);
    }
    protocol_prefix told;
    json_t *json = NULL;
    RETURN_IF_ERROR(wire_json_parse(payload, &json, err));
    int status = protocol_read_prefix(json, &told, err);
    if (status == HUIS_OK) {
        status =
            type == PROTOCOL_PREFIX_WANTED ? take_wanted(t, &told, err) : take_save(t, &told, err);
    }
    json_decref(json);
    return status;
}

void prefix_transfer_end(prefix_transfer *t)
{
    const bool is_whole = t->is_writing && t->expected_bytes == 0;
    (void)blob_writer_close(&t->writer, NULL);
    if (is_whole) {
        (void)blob_cache_trim(t->model->prefix_directory, t->model->prefix_max_bytes, NULL);
    }
    prefix_transfer_init(t, t->model, t->turn);
}
