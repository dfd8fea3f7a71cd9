/*
 * fault_worker.c - see fault_worker.h. The sandbox is not entered: it would confine the test.
 */
#include "fault_worker.h"

#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/map.h"
#include "sandbox/sandbox.h"
#include "wire/json.h"
#include "wire/protocol.h"
#include "wire/wire.h"
#include "worker/server.h"

typedef struct server {
    int fd;
    server_files files;
} server;

/* Instead of the sandbox's own, which would forbid threads to the whole test. */
int sandbox_seal(huis_error *err)
{
    (void)err;
    return HUIS_OK;
}

static void *serve(void *argument)
{
    static const sandbox_report FENCES = {.missing = ""};
    server *const s = argument;
    server_run(s->fd, &s->files, &FENCES);
    (void)close(s->fd);
    return NULL;
}

/* server_run unmaps the file, so it has to be a mapping. */
static bool map_model(const buffer *model, file_map *out)
{
    void *const data =
        mmap(NULL, model->len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (data == MAP_FAILED) {
        return false;
    }
    memcpy(data, model->ptr, model->len);
    *out = (file_map){data, model->len};
    return true;
}

/* Byte by byte: without memory for several contexts the text comes in other pieces. */
static void add_text(const json_t *json, uint64_t *digest)
{
    uint32_t i_candidate = 0;
    span text = SPAN("");
    (void)wire_json_u32(json, "candidate", &i_candidate);
    (void)wire_json_string(json, "text", &text);
    for (size_t i = 0; i < text.len; i++) {
        *digest = map_hash(span_from(text.ptr + i, 1), *digest + i_candidate);
    }
}

/* Sends a request and takes frames until one ends it; texts go into the digest. *out_told: the worker
 * itself refused; after any other error the channel is of no more use. */
static int ask(int fd, protocol_type type, json_t *request, protocol_type last, uint64_t *digest,
               bool *out_told, huis_error *err)
{
    *out_told = false;
    buffer payload;
    buffer_init(&payload, LIMIT_FRAME_BYTES);
    int status = wire_json_send(fd, type, 7, request, WIRE_NO_TIMEOUT, err);
    json_decref(request);
    wire_header header = {0};
    while (status == HUIS_OK && header.type != last) {
        status = wire_receive(fd, &header, &payload, WIRE_NO_TIMEOUT, err);
        json_t *json = NULL;
        if (status == WIRE_END) {
            status = error_set(err, HUIS_E_WORKER, "the worker has ended");
        } else if (status == HUIS_OK) {
            status = wire_json_parse(buffer_span(&payload), &json, err);
        }
        huis_error told = {0};
        if (status == HUIS_OK && header.type == PROTOCOL_ERROR) {
            status = protocol_read_error(json, &told, err);
            if (status == HUIS_OK) {
                status = error_set(err, told.status, "%s", told.message);
                *out_told = true;
            }
        } else if (status == HUIS_OK && header.type == PROTOCOL_TEXT) {
            add_text(json, digest);
        }
        json_decref(json);
    }
    buffer_deinit(&payload);
    return status;
}

static int ask_open(int fd, uint64_t *digest, huis_error *err)
{
    const protocol_open open = {.name = SPAN("toy.gguf"), .n_threads = 2, .context_length = 200};
    bool told = false;
    return ask(fd, PROTOCOL_OPEN, protocol_write_open(&open), PROTOCOL_READY, digest, &told, err);
}

static int ask_generate(int fd, uint64_t *digest, bool *out_told, huis_error *err)
{
    static const char COPY[] = "Anna 42";
    const huis_message message = {"user", "Say something.", 14};
    protocol_generate generate = {.messages = &message, .n_messages = 1};
    huis_generate_options_default(&generate.options);
    generate.options.max_tokens = 8;
    generate.options.n_candidates = 2;
    generate.options.temperature = 0.5f;
    generate.options.copy_source = COPY;
    generate.options.copy_source_bytes = sizeof(COPY) - 1;
    generate.options.keep_order = COPY;
    generate.options.keep_order_bytes = sizeof(COPY) - 1;
    *digest = 1;
    return ask(fd, PROTOCOL_GENERATE, protocol_write_generate(&generate), PROTOCOL_RESULT, digest,
               out_told, err);
}

/* After a refusal the next request must go well, unless the channel has ended with it. */
static int converse(int fd, uint64_t *out_digest, huis_error *err)
{
    uint64_t digest = 0;
    bool told = false;
    RETURN_IF_ERROR(ask_open(fd, &digest, err));
    const int status = ask_generate(fd, &digest, &told, err);
    if (told) {
        huis_error second = {0};
        const int again = ask_generate(fd, &digest, &told, &second);
        if (again < 0 && again != HUIS_E_WORKER) {
            return error_set(err, HUIS_E_INTERNAL, "after a refusal: %s", second.message);
        }
    }
    if (status == HUIS_OK) {
        *out_digest = digest;
    }
    return status;
}

int fault_worker_run(const buffer *model, uint64_t *out_digest, huis_error *err)
{
    int fds[2];
    server s = {.files = {.packed_out = -1}};
    pthread_t thread;
    RETURN_IF_ERROR(wire_pair(fds, err));
    s.fd = fds[1];
    if (!map_model(model, &s.files.model) || pthread_create(&thread, NULL, serve, &s) != 0) {
        (void)close(fds[0]);
        (void)close(fds[1]);
        return error_no_memory(err, "the test's worker");
    }
    const int status = converse(fds[0], out_digest, err);
    (void)close(fds[0]);
    (void)pthread_join(thread, NULL);
    return status;
}
