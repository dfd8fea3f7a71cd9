/*
 * egress_main.c - huis-egress: reads the request, fetches, reports. See egress.h.
 */
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <jansson.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "egress/egress.h"
#include "wire/json.h"
#include "wire/wire.h"

enum { REPORT_INTERVAL_US = 100000 };

static void send_frame(egress_frame type, json_t *json)
{
    /* A caller that is gone wants no more bytes from the network. */
    if (wire_json_send(EGRESS_WIRE_FD, type, 0, json, WIRE_NO_TIMEOUT, NULL) != HUIS_OK) {
        _exit(1);
    }
    json_decref(json);
}

void egress_report(egress_job *job, uint64_t extra_bytes)
{
    const int64_t now_us = clock_monotonic_us();
    if (now_us - job->reported_us < REPORT_INTERVAL_US) {
        return;
    }
    job->reported_us = now_us;
    send_frame(EGRESS_PROGRESS,
               json_pack("{s:I}", "done", (json_int_t)(job->done_bytes + extra_bytes)));
}

static int read_files(const json_t *request, egress_file *files, egress_job *job, huis_error *err)
{
    const json_t *const list = json_object_get(request, "files");
    const size_t n = json_array_size(list);
    if (n == 0 || n > EGRESS_MAX_FILES) {
        return error_set(err, HUIS_E_BAD_ARGUMENT, "request: 1 to %d files", EGRESS_MAX_FILES);
    }
    for (size_t i = 0; i < n; i++) {
        const json_t *const file = json_array_get(list, i);
        files[i] = (egress_file){
            .url = json_string_value(json_object_get(file, "url")),
            .package = json_string_value(json_object_get(file, "package")),
            .member = json_string_value(json_object_get(file, "member")),
            .sha256 = json_string_value(json_object_get(file, "sha256")),
        };
        if ((files[i].url == NULL && files[i].package == NULL) || files[i].member == NULL ||
            files[i].sha256 == NULL || !wire_json_u64(file, "bytes", &files[i].bytes)) {
            return error_set(err, HUIS_E_BAD_ARGUMENT, "request: file %zu is incomplete", i);
        }
    }
    job->files = files;
    job->n_files = n;
    return HUIS_OK;
}

static int serve(const json_t *request, huis_error *err)
{
    static egress_file files[EGRESS_MAX_FILES];
    const char *const kind = json_string_value(json_object_get(request, "kind"));
    egress_job job = {.scratch = json_string_value(json_object_get(request, "scratch"))};
    if (kind == NULL || job.scratch == NULL || !wire_json_u64(request, "done", &job.done_bytes)) {
        return error_set(err, HUIS_E_BAD_ARGUMENT, "request: needs kind, scratch and done");
    }
    RETURN_IF_ERROR(read_files(request, files, &job, err));
    return strcmp(kind, "pypi") == 0 ? fetch_package(&job, err) : fetch_url(&job, err);
}

static int receive_request(json_t **out_request, huis_error *err)
{
    buffer payload;
    wire_header header;
    buffer_init(&payload, EGRESS_MAX_REQUEST_BYTES);
    int status = wire_receive(EGRESS_WIRE_FD, &header, &payload, WIRE_NO_TIMEOUT, err);
    if (status != HUIS_OK || header.type != EGRESS_REQUEST) {
        status = error_set(err, HUIS_E_BAD_ARGUMENT, "request: not one");
    } else {
        status = wire_json_parse(buffer_span(&payload), out_request, err);
    }
    buffer_deinit(&payload);
    return status;
}

/* The caller gives this program a process group of its own: pip ends with it. */
static void on_end(int signal_number)
{
    (void)signal(signal_number, SIG_DFL);
    (void)kill(0, signal_number);
}

int main(void)
{
    const struct rlimit no_core = {0, 0};
    (void)setrlimit(RLIMIT_CORE, &no_core);
    (void)signal(SIGTERM, on_end);
    /* Ends with the huis that asked. */
    (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
    huis_error err = {0};
    json_t *request = NULL;
    int status = receive_request(&request, &err);
    if (status == HUIS_OK) {
        status = serve(request, &err);
    }
    send_frame(status == HUIS_OK ? EGRESS_DONE : EGRESS_ERROR,
               json_pack("{s:i, s:s}", "status", status, "message", err.message));
    json_decref(request);
    return status == HUIS_OK ? 0 : 1;
}
