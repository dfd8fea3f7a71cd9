/*
 * fetch_url.c - plain URLs, resumed by HTTP ranges (RFC 9110, section 14).
 *
 * Redirects are followed, to https only: the bytes are judged by their hash, not by their host. When
 * a server does not serve ranges, the file is fetched again from its start.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <curl/curl.h>

#include "base/error.h"
#include "base/file.h"
#include "egress/egress.h"

enum { CONNECT_TIMEOUT_S = 15, LOW_SPEED_BYTES = 1024, LOW_SPEED_TIME_S = 60, MAX_REDIRECTS = 8 };

/* One transfer. */
typedef struct transfer {
    CURL *handle;
    egress_job *job;
    const egress_file *file;
    uint64_t file_start; /* where the file begins in the output */
    uint64_t resumed_at; /* bytes of it that were there */
    int status;
    huis_error *err;
} transfer;

static size_t on_body(char *data, size_t size, size_t count, void *user)
{
    transfer *const t = user;
    const size_t bytes = size * count;
    const uint64_t had = t->job->done_bytes - t->file_start;
    if (t->status == HUIS_OK && bytes > t->file->bytes - had) {
        t->status = error_set(t->err, HUIS_E_BAD_FILE, "%s: more than the %llu bytes expected",
                              t->file->url, (unsigned long long)t->file->bytes);
    }
    if (t->status == HUIS_OK) {
        t->status =
            file_write_fd(EGRESS_OUTPUT_FD, span_from(data, bytes), t->file->member, t->err);
    }
    if (t->status != HUIS_OK) {
        return 0;
    }
    t->job->done_bytes += bytes;
    egress_report(t->job, 0);
    return bytes;
}

static void set_options(transfer *t)
{
    CURL *const c = t->handle;
    const bool is_local = strncmp(t->file->url, "http://127.0.0.1", 16) == 0;
    (void)curl_easy_setopt(c, CURLOPT_URL, t->file->url);
    (void)curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, is_local ? "http" : "https");
    (void)curl_easy_setopt(c, CURLOPT_REDIR_PROTOCOLS_STR, is_local ? "http" : "https");
    (void)curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 1L);
    (void)curl_easy_setopt(c, CURLOPT_MAXREDIRS, (long)MAX_REDIRECTS);
    (void)curl_easy_setopt(c, CURLOPT_FAILONERROR, 1L);
    (void)curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_TIMEOUT_S);
    (void)curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, (long)LOW_SPEED_BYTES);
    (void)curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, (long)LOW_SPEED_TIME_S);
    (void)curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(c, CURLOPT_USERAGENT, "huis");
    (void)curl_easy_setopt(c, CURLOPT_RESUME_FROM_LARGE, (curl_off_t)t->resumed_at);
    (void)curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
    (void)curl_easy_setopt(c, CURLOPT_WRITEDATA, t);
}

/* Drops what there is of the file, so that it can be fetched from its start. */
static int start_over(egress_job *job, uint64_t file_start, huis_error *err)
{
    job->done_bytes = file_start;
    if (ftruncate(EGRESS_OUTPUT_FD, (off_t)file_start) != 0 ||
        lseek(EGRESS_OUTPUT_FD, (off_t)file_start, SEEK_SET) < 0) {
        return error_from_errno(err, "cannot write", "the model");
    }
    return HUIS_OK;
}

/* One attempt; *out_no_ranges: the server cannot resume. */
static int transfer_file(egress_job *job, const egress_file *file, uint64_t file_start,
                         bool *out_no_ranges, huis_error *err)
{
    transfer t = {.handle = curl_easy_init(),
                  .job = job,
                  .file = file,
                  .file_start = file_start,
                  .resumed_at = job->done_bytes - file_start,
                  .err = err};
    if (t.handle == NULL) {
        return error_no_memory(err, "a download");
    }
    set_options(&t);
    char reason[CURL_ERROR_SIZE] = "";
    (void)curl_easy_setopt(t.handle, CURLOPT_ERRORBUFFER, reason);
    const CURLcode code = curl_easy_perform(t.handle);
    curl_easy_cleanup(t.handle);
    *out_no_ranges = code == CURLE_RANGE_ERROR && t.resumed_at > 0;
    if (t.status != HUIS_OK || code == CURLE_OK) {
        return t.status;
    }
    return error_set(err, HUIS_E_NETWORK, "%s: %s", file->url,
                     reason[0] != '\0' ? reason : curl_easy_strerror(code));
}

static int fetch_one(egress_job *job, const egress_file *file, uint64_t file_start, huis_error *err)
{
    bool no_ranges = false;
    int status = transfer_file(job, file, file_start, &no_ranges, err);
    if (no_ranges) {
        RETURN_IF_ERROR(start_over(job, file_start, err));
        status = transfer_file(job, file, file_start, &no_ranges, err);
    }
    if (status == HUIS_OK && job->done_bytes != file_start + file->bytes) {
        status = error_set(err, HUIS_E_NETWORK,
                           "%s: the connection ended early: pull again to resume", file->url);
    }
    return status;
}

int fetch_url(egress_job *job, huis_error *err)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != 0) {
        return error_set(err, HUIS_E_INTERNAL, "libcurl does not start");
    }
    int status = HUIS_OK;
    uint64_t file_start = 0;
    for (size_t i = 0; i < job->n_files && status == HUIS_OK; i++) {
        if (job->done_bytes < file_start + job->files[i].bytes) {
            status = fetch_one(job, &job->files[i], file_start, err);
        }
        file_start += job->files[i].bytes;
    }
    curl_global_cleanup();
    return status;
}
