/*
 * download.c - see download.h. The contract with huis-egress is egress/egress.h.
 */
#include "cli/download.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <jansson.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/file.h"
#include "cli/environment.h"
#include "cli/output.h"
#include "egress/egress.h"
#include "store/model_store.h"

enum { EVENT_BYTES = 64 * 1024 };

extern char **environ;

/* One run of huis-egress. */
typedef struct egress_run {
    pid_t pid;
    int to_child, from_child;
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
    int status = environment_helper(&path, "huis-egress", err);
    int in[2] = {-1, -1};
    int out[2] = {-1, -1};
    if (status == HUIS_OK && (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0)) {
        status = error_from_errno(err, "cannot start", "huis-egress");
    }
    posix_spawn_file_actions_t actions;
    if (status == HUIS_OK && posix_spawn_file_actions_init(&actions) == 0) {
        char *const argv[] = {path.ptr, NULL};
        (void)posix_spawn_file_actions_adddup2(&actions, in[0], 0);
        (void)posix_spawn_file_actions_adddup2(&actions, out[1], 1);
        (void)posix_spawn_file_actions_adddup2(&actions, output_fd, EGRESS_OUTPUT_FD);
        errno = posix_spawn(&run->pid, path.ptr, &actions, NULL, argv, environ);
        status = errno == 0 ? HUIS_OK : error_from_errno(err, "cannot start", path.ptr);
        (void)posix_spawn_file_actions_destroy(&actions);
    }
    buffer_deinit(&path);
    const int unused[] = {in[0], out[1], status == HUIS_OK ? -1 : in[1],
                          status == HUIS_OK ? -1 : out[0]};
    for (size_t i = 0; i < sizeof(unused) / sizeof(unused[0]); i++) {
        if (unused[i] >= 0) {
            (void)close(unused[i]);
        }
    }
    run->to_child = in[1];
    run->from_child = out[0];
    return status;
}

/* Reads one event. Returns 1 while there is more to come, HUIS_OK at "done", or an error. */
static int handle_event(egress_run *run, const char *line, huis_error *err)
{
    json_t *const event = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
    const char *const kind = json_string_value(json_object_get(event, "event"));
    int status = 1;
    if (kind == NULL) {
        status = error_set(err, HUIS_E_INTERNAL, "huis-egress spoke nonsense");
    } else if (strcmp(kind, "done") == 0) {
        status = HUIS_OK;
    } else if (strcmp(kind, "error") == 0) {
        const char *const message = json_string_value(json_object_get(event, "message"));
        const json_int_t code = json_integer_value(json_object_get(event, "status"));
        status = error_set(err, code < 0 && code >= HUIS_E_INTERNAL ? (int)code : HUIS_E_NETWORK,
                           "%s", message != NULL ? message : "the download failed");
    } else {
        progress_show(run->bar, run->label,
                      (uint64_t)json_integer_value(json_object_get(event, "done")),
                      run->total_bytes, "B");
    }
    json_decref(event);
    return status;
}

static int read_events(egress_run *run, huis_error *err)
{
    FILE *const events = fdopen(run->from_child, "r");
    if (events == NULL) {
        return error_from_errno(err, "cannot read from", "huis-egress");
    }
    static char line[EVENT_BYTES];
    int status = 1;
    while (status == 1 && fgets(line, sizeof(line), events) != NULL) {
        status = handle_event(run, line, err);
    }
    if (status == 1) {
        status = error_set(err, HUIS_E_NETWORK,
                           "huis-egress ended before the download: pull again to resume");
    }
    (void)fclose(events);
    run->from_child = -1;
    return status;
}

static int run_egress(egress_run *run, const catalogue_source *source, int fd, uint64_t done,
                      const char *scratch, huis_error *err)
{
    RETURN_IF_ERROR(start_egress(run, fd, err));
    json_t *const request = make_request(source, done, scratch);
    char *const body = request != NULL ? json_dumps(request, JSON_COMPACT) : NULL;
    int status = body != NULL
                     ? file_write_fd(run->to_child, span_from_string(body), "huis-egress", err)
                     : error_no_memory(err, "a download");
    free(body); /* free: json_dumps */
    json_decref(request);
    (void)close(run->to_child);
    if (status == HUIS_OK) {
        status = read_events(run, err);
    } else {
        (void)close(run->from_child);
    }
    int wait_status = 0;
    while (waitpid(run->pid, &wait_status, 0) < 0 && errno == EINTR) {
    }
    return status;
}

/* Removes the scratch directory with what an interrupted pip left there: two levels are enough. */
static void remove_scratch(const char *path)
{
    char *const argv[] = {(char[]){"rm"}, (char[]){"-rf"}, (char[]){"--"}, (char *)(uintptr_t)path,
                          NULL};
    pid_t pid = 0;
    int wait_status = 0;
    if (posix_spawnp(&pid, "rm", NULL, NULL, argv, environ) == 0) {
        (void)waitpid(pid, &wait_status, 0);
    }
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
    egress_run run = {.bar = &bar, .label = model->name, .total_bytes = model->bytes};
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
