/*
 * download.c - see download.h. The contract with huis-egress is egress/egress.h.
 */
#include "cli/download.h"

#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "base/buffer.h"
#include "base/error.h"
#include "cli/environment.h"
#include "cli/output.h"
#include "egress/egress.h"
#include "sandbox/spawn.h"
#include "store/model_store.h"
#include "wire/json.h"
#include "wire/wire.h"

enum { EVENT_BYTES = 64 * 1024, SCRATCH_OPEN_FILES = 16 };

/* One run of huis-egress. */
typedef struct egress_run {
    spawn_process process;
    int wire_fd;
    progress *bar;
    const char *label;
    uint64_t total_bytes;
} egress_run;

static json_t *make_request(const catalogue_source *source, uint64_t done, const char *scratch)
{
    json_t *const files = json_array();
    for (size_t i = 0; i < source->n_files; i++) {
        const catalogue_file *const f = &source->files[i];
        json_t *const file = json_pack("{s:s, s:I, s:s}", "member", f->member, "bytes",
                                       (json_int_t)f->bytes, "sha256", f->sha256);
        const char *const key = source->kind == CATALOGUE_PYPI ? "package" : "url";
        (void)json_object_set_new(
            file, key, json_string(source->kind == CATALOGUE_PYPI ? f->package : f->url));
        (void)json_array_append_new(files, file);
    }
    return json_pack("{s:s, s:o, s:I, s:s}", "kind",
                     source->kind == CATALOGUE_PYPI ? "pypi" : "url", "files", files, "done",
                     (json_int_t)done, "scratch", scratch);
}

static int start_egress(egress_run *run, int output_fd, huis_error *err)
{
    buffer path;
    buffer_init(&path, PATH_MAX);
    int fds[2] = {-1, -1};
    int status = spawn_find_program(&path, "huis-egress", NULL, err);
    if (status == HUIS_OK) {
        status = wire_pair(fds, err);
    }
    if (status == HUIS_OK) {
        spawn_options options;
        spawn_options_default(&options, buffer_string(&path));
        options.environment = environment_all();
        options.standard[0] = fds[1];
        options.descriptors = &output_fd;
        options.n_descriptors = 1;
        status = spawn_start(&run->process, &options, err);
        (void)close(fds[1]);
    }
    run->wire_fd = fds[0];
    buffer_deinit(&path);
    return status;
}

/* Reads one frame. Returns WIRE_END while there is more to come, HUIS_OK when done, or an error. */
static int handle_frame(egress_run *run, buffer *payload, huis_error *err)
{
    wire_header header;
    const int received = wire_receive(run->wire_fd, &header, payload, WIRE_NO_TIMEOUT, err);
    if (received != HUIS_OK) {
        return error_set(err, HUIS_E_NETWORK,
                         "huis-egress ended before the download: pull again to resume");
    }
    json_t *json = NULL;
    RETURN_IF_ERROR(wire_json_parse(buffer_span(payload), &json, err));
    int status = WIRE_END;
    uint64_t done = 0;
    if (header.type == EGRESS_DONE) {
        status = HUIS_OK;
    } else if (header.type == EGRESS_ERROR) {
        const char *const message = json_string_value(json_object_get(json, "message"));
        const json_int_t code = json_integer_value(json_object_get(json, "status"));
        status = error_set(err, code < 0 && code >= HUIS_E_INTERNAL ? (int)code : HUIS_E_NETWORK,
                           "%s", message != NULL ? message : "the download failed");
    } else if (header.type == EGRESS_PROGRESS && wire_json_u64(json, "done", &done)) {
        progress_show(run->bar, run->label, done, run->total_bytes, "B");
    } else {
        status = error_set(err, HUIS_E_INTERNAL, "huis-egress spoke nonsense");
    }
    json_decref(json);
    return status;
}

static int run_egress(egress_run *run, const catalogue_source *source, int fd, uint64_t done,
                      const char *scratch, huis_error *err)
{
    int status = start_egress(run, fd, err);
    json_t *const request = make_request(source, done, scratch);
    if (status == HUIS_OK) {
        status = wire_json_send(run->wire_fd, EGRESS_REQUEST, 0, request, WIRE_NO_TIMEOUT, err);
    }
    buffer payload;
    buffer_init(&payload, EVENT_BYTES);
    status = status == HUIS_OK ? WIRE_END : status;
    while (status == WIRE_END) {
        status = handle_frame(run, &payload, err);
    }
    buffer_deinit(&payload);
    json_decref(request);
    spawn_kill(&run->process, NULL);
    if (run->wire_fd >= 0) {
        (void)close(run->wire_fd);
    }
    return status;
}

static int remove_entry(const char *path, const struct stat *st, int kind, struct FTW *place)
{
    (void)st;
    (void)kind;
    (void)place;
    (void)remove(path);
    return 0;
}

/* With what an interrupted pip left in it. */
static void remove_scratch(const char *path)
{
    (void)nftw(path, remove_entry, SCRATCH_OPEN_FILES, FTW_DEPTH | FTW_PHYS);
}

static int try_source(const arguments *args, const char *data_directory,
                      const catalogue_model *model, const catalogue_source *source, huis_error *err)
{
    int fd = -1;
    uint64_t done = 0;
    RETURN_IF_ERROR(model_store_begin(data_directory, model, source, &fd, &done, err));
    char scratch[PATH_MAX];
    progress bar;
    progress_begin(&bar, args);
    egress_run run = {
        .bar = &bar, .wire_fd = -1, .label = model->name, .total_bytes = model->bytes};
    (void)snprintf(scratch, sizeof(scratch), "%s/models/partial/%s.scratch", data_directory,
                   model->sha256);
    int status = HUIS_OK;
    remove_scratch(scratch);
    if (mkdir(scratch, 0700) != 0) {
        status = error_from_errno(err, "cannot create", scratch);
    }
    if (status == HUIS_OK && done < model->bytes) {
        progress_show(&bar, model->name, done, model->bytes, "B");
        status = run_egress(&run, source, fd, done, scratch, err);
    }
    progress_end(&bar);
    remove_scratch(scratch);
    if (status != HUIS_OK) {
        (void)close(fd);
        return status;
    }
    output_note(args, tr("verifying SHA-256 ...", "vérification du SHA-256 ..."));
    return model_store_commit(data_directory, model, fd, NULL, NULL, err);
}

int download_model(const arguments *args, const char *data_directory, const catalogue_model *model,
                   huis_error *err)
{
    int status = HUIS_E_NETWORK;
    for (size_t i = 0; i < model->n_sources; i++) {
        const catalogue_source *const source = &model->sources[i];
        output_note(args, tr("downloading from %s", "téléchargement depuis %s"), source->place);
        status = try_source(args, data_directory, model, source, err);
        if (status == HUIS_OK || status == HUIS_E_NO_SPACE || status == HUIS_E_BUSY) {
            return status;
        }
        if (status == HUIS_E_BAD_FILE) {
            (void)model_store_remove(data_directory, model, NULL);
        }
        if (i + 1 < model->n_sources) {
            output_note(args, tr("%s: trying the next source", "%s : essai de la source suivante"),
                        err->message);
        }
    }
    return status;
}
