/*
 * worker_process.c - see worker_process.h.
 */
#include "session/worker_process.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "session/packed_model.h"
#include "wire/json.h"
#include "wire/wire.h"

static const int64_t START_TIMEOUT_US = INT64_C(10) * 60 * 1000000; /* a large file, a slow disk */
static const int64_t SEND_TIMEOUT_US = INT64_C(30) * 1000000;
static const int64_t END_TIMEOUT_US = INT64_C(1) * 1000000;
static const int64_t WRITE_TIMEOUT_US = INT64_C(120) * 1000000; /* of its packed form */

static void close_channel(huis_model *m)
{
    if (m->channel >= 0) {
        (void)close(m->channel);
    }
    m->channel = -1;
    m->n_connected = 0;
}

/* Starts the program with its end of the channel, the model, and what there is of its packed form. */
static int start_program(huis_model *m, int channel, huis_error *err)
{
    int packed = -1;
    int part = -1;
    packed_model_offer(m, &packed, &part);
    /* The channel stands where nothing is: the worker knows a file when it sees one. */
    const int descriptors[] = {channel, m->model_fd, packed >= 0 ? packed : channel,
                               part >= 0 ? part : channel};
    spawn_options options;
    spawn_options_default(&options, m->worker_path);
    options.descriptors = descriptors;
    options.n_descriptors = packed >= 0 || part >= 0 ? 4 : 2;
    const int status = spawn_start(&m->worker, &options, err);
    if (packed >= 0) {
        (void)close(packed);
    }
    return status;
}

static int spawn_worker(huis_model *m, huis_error *err)
{
    int ends[2];
    RETURN_IF_ERROR(wire_pair(ends, err));
    const int status = start_program(m, ends[1], err);
    (void)close(ends[1]);
    if (status != HUIS_OK) {
        (void)close(ends[0]);
        return status;
    }
    m->channel = ends[0];
    m->n_workers++;
    return HUIS_OK;
}

static int send_open(huis_model *m, huis_error *err)
{
    const protocol_open request = {
        .name = span_from_string(m->path),
        .n_threads = m->n_threads,
        .context_length = m->context_length,
        .level = span_from_string(m->level),
        .inspect = m->inspect,
        .sha256 = span_from_string(m->sha256),
        .prefix_memory_bytes = m->prefix_memory_bytes,
    };
    json_t *const json = protocol_write_open(&request);
    const int status = wire_json_send(m->channel, PROTOCOL_OPEN, PROTOCOL_OPEN_REQUEST, json,
                                      SEND_TIMEOUT_US, err);
    json_decref(json);
    return status;
}

static bool copy_text(char **out, span text)
{
    *out = memory_copy_string(text.ptr, text.len);
    return *out != NULL;
}

/* Only the first worker is believed: what was told stays true for the caller. */
static int keep_ready(huis_model *m, const json_t *json, huis_error *err)
{
    protocol_ready ready;
    RETURN_IF_ERROR(protocol_read_ready(json, &ready, err));
    packed_model_ready(m, ready.is_attached);
    if (m->name != NULL) {
        return HUIS_OK;
    }
    const char *const slash = strrchr(m->path, '/');
    const span base_name = span_from_string(slash != NULL ? slash + 1 : m->path);
    const bool ok = copy_text(&m->family, ready.family) &&
                    copy_text(&m->quantisation, ready.quantisation) &&
                    copy_text(&m->level_in_use, ready.level) &&
                    copy_text(&m->missing_fences, ready.missing_fences) &&
                    copy_text(&m->name, ready.name.len > 0 ? ready.name : base_name);
    m->ready = ready;
    return ok ? HUIS_OK : error_no_memory(err, "what the model says of itself");
}

static int take_ready(huis_model *m, const wire_header *header, span payload, huis_error *err)
{
    json_t *json = NULL;
    int status = header->request == PROTOCOL_OPEN_REQUEST
                     ? wire_json_parse(payload, &json, err)
                     : error_set(err, HUIS_E_WORKER, "answer to a request that was not sent");
    if (status == HUIS_OK && header->type == PROTOCOL_READY) {
        status = keep_ready(m, json, err);
    } else if (status == HUIS_OK && header->type == PROTOCOL_ERROR) {
        huis_error told = {.status = HUIS_OK};
        status = protocol_read_error(json, &told, err);
        if (status == HUIS_OK) {
            status = error_set_at(err, told.status, told.offset, "%s", told.message);
        }
    } else if (status == HUIS_OK) {
        status = error_set(err, HUIS_E_WORKER, "unknown answer type %u", header->type);
    }
    json_decref(json);
    return status;
}

/* The worker's answer to OPEN. */
static int receive_ready(huis_model *m, huis_error *err)
{
    wire_header header;
    buffer payload;
    huis_error reason = {.status = HUIS_OK};
    buffer_init(&payload, LIMIT_EVENT_FRAME_BYTES);
    int status = wire_receive(m->channel, &header, &payload, START_TIMEOUT_US, &reason);
    if (status == HUIS_OK) {
        status = take_ready(m, &header, buffer_span(&payload), err);
        if (status != HUIS_OK) {
            worker_process_stop(m);
        }
    } else {
        status = worker_process_failed(m, status, &reason, err);
    }
    buffer_deinit(&payload);
    return status;
}

/* The oldest of the last deaths is not old: this file kills its workers. */
static bool is_quarantined(const huis_model *m)
{
    const int64_t oldest_us = m->deaths_us[m->n_deaths % LIMIT_WORKER_DEATHS];
    const int64_t window_us = INT64_C(60) * 1000000 * LIMIT_WORKER_DEATHS_MINUTES;
    return m->n_deaths >= LIMIT_WORKER_DEATHS && clock_monotonic_us() - oldest_us < window_us;
}

int worker_process_start(huis_model *m, huis_error *err)
{
    if (is_quarantined(m)) {
        return error_set(err, HUIS_E_WORKER,
                         "%s: its worker died %u times within %u minutes and is not started again: "
                         "check the file (huis model verify)",
                         m->path, LIMIT_WORKER_DEATHS, LIMIT_WORKER_DEATHS_MINUTES);
    }
    const int64_t start_us = clock_monotonic_us();
    RETURN_IF_ERROR(spawn_worker(m, err));
    huis_error reason = {.status = HUIS_OK};
    const int status = send_open(m, &reason);
    if (status != HUIS_OK) {
        /* A peer that is gone says nothing of why; its end does. */
        return worker_process_failed(m, status == HUIS_E_WORKER ? WIRE_END : status, &reason, err);
    }
    RETURN_IF_ERROR(receive_ready(m, err));
    if (m->load_ms <= 0) {
        m->load_ms = (double)(clock_monotonic_us() - start_us) / 1000.0;
    }
    return HUIS_OK;
}

void worker_process_stop(huis_model *m)
{
    close_channel(m);
    const int64_t patience_us = packed_model_is_pending(m) ? WRITE_TIMEOUT_US : END_TIMEOUT_US;
    const bool ends =
        m->worker.pid <= 0 || spawn_wait(&m->worker, patience_us, NULL, NULL) == HUIS_OK;
    if (!ends) {
        spawn_kill(&m->worker, NULL);
    }
    packed_model_end(m, !ends);
}

/* Which remedy helps depends on how it ended. */
static const char *choose_remedy(const spawn_end *end)
{
    switch (end->signal) {
    case SIGBUS:
        return "the model file was cut short or its disk failed while it was read; check the file";
    case SIGKILL:
        return "it was killed, perhaps for want of memory; close other programs and try again";
    case SIGSYS:
        return "it tried what its sandbox forbids; do not use this model file";
    case SIGSEGV:
    case SIGILL:
    case SIGFPE:
    case SIGABRT:
        return "the model file may be damaged or hostile, or huis has a bug; check the file";
    default:
        return "try again; if it stays so, reinstall huis";
    }
}

static int report_death(huis_model *m, const char *reason, huis_error *err)
{
    spawn_end end = {-1, 0};
    char how[64];
    /* One that still speaks does not deserve a second. */
    if (reason != NULL || spawn_wait(&m->worker, END_TIMEOUT_US, &end, NULL) != HUIS_OK) {
        spawn_kill(&m->worker, NULL);
    }
    packed_model_end(m, true);
    m->deaths_us[m->n_deaths % LIMIT_WORKER_DEATHS] = clock_monotonic_us();
    m->n_deaths++;
    if (reason != NULL) {
        return error_set(err, HUIS_E_WORKER, "%s: huis-worker was stopped: %s", m->path, reason);
    }
    spawn_describe(&end, how, sizeof(how));
    return error_set(err, HUIS_E_WORKER, "%s: huis-worker ended with %s: %s", m->path, how,
                     choose_remedy(&end));
}

int worker_process_failed(huis_model *m, int status, const huis_error *reason, huis_error *err)
{
    huis_error told = {.status = HUIS_OK};
    close_channel(m);
    if (status == WIRE_END) {
        (void)report_death(m, NULL, &told);
    } else if (status == HUIS_E_WORKER || status == HUIS_E_LIMIT) {
        (void)report_death(m, reason->message, &told);
    } else {
        spawn_kill(&m->worker, NULL);
        packed_model_end(m, true);
        (void)error_set_at(&told, status, reason->offset, "%s", reason->message);
    }
    m->death = told;
    return error_set_at(err, told.status, told.offset, "%s", told.message);
}
