/*
 * egress_main.c - huis-egress: reads the request, fetches, reports. See egress.h.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <jansson.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "egress/egress.h"

enum { REPORT_INTERVAL_US = 100000 };

static void send_event(json_t *event)
{
    (void)json_dumpf(event, stdout, JSON_COMPACT);
    (void)fputc('\n', stdout);
    /* A caller that is gone wants no more bytes from the network. */
    if (fflush(stdout) != 0) {
        _exit(1);
    }
    json_decref(event);
}

void egress_report(egress_job *job, uint64_t extra_bytes)
{
    const int64_t now_us = clock_monotonic_us();
    if (now_us - job->reported_us < REPORT_INTERVAL_US) {
        return;
    }
    job->reported_us = now_us;
    send_event(json_pack("{s:s, s:I}", "event", "progress", "done",
                         (json_int_t)(job->done_bytes + extra_bytes)));
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
            .bytes = (uint64_t)json_integer_value(json_object_get(file, "bytes")),
        };
        if ((files[i].url == NULL && files[i].package == NULL) || files[i].member == NULL ||
            files[i].sha256 == NULL || files[i].bytes == 0) {
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
    egress_job job = {
        .scratch = json_string_value(json_object_get(request, "scratch")),
        .done_bytes = (uint64_t)json_integer_value(json_object_get(request, "done")),
    };
    if (kind == NULL || job.scratch == NULL) {
        return error_set(err, HUIS_E_BAD_ARGUMENT, "request: needs kind and scratch");
    }
    RETURN_IF_ERROR(read_files(request, files, &job, err));
    if (strcmp(kind, "pypi") == 0) {
        return fetch_package(&job, err);
    }
    return fetch_url(&job, err);
}

int main(void)
{
    const struct rlimit no_core = {0, 0};
    (void)setrlimit(RLIMIT_CORE, &no_core);
    /* Dies with the huis that asked. */
    (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
    buffer text;
    buffer_init(&text, EGRESS_MAX_REQUEST_BYTES);
    huis_error err = {0};
    int status = file_read_fd(&text, STDIN_FILENO, "request", &err);
    json_t *const request =
        status == HUIS_OK ? json_loadb(buffer_string(&text), text.len, JSON_REJECT_DUPLICATES, NULL)
                          : NULL;
    if (status == HUIS_OK && request == NULL) {
        status = error_set(&err, HUIS_E_BAD_ARGUMENT, "request: not JSON");
    }
    if (status == HUIS_OK) {
        status = serve(request, &err);
    }
    send_event(status == HUIS_OK ? json_pack("{s:s}", "event", "done")
                                 : json_pack("{s:s, s:i, s:s}", "event", "error", "status", status,
                                             "message", err.message));
    json_decref(request);
    buffer_deinit(&text);
    return status == HUIS_OK ? 0 : 1;
}
