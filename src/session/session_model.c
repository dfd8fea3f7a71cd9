/*
 * session_model.c - open, share and close a model; see huis/model.h.
 */
#include "huis/model.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cpu.h"
#include "base/error.h"
#include "base/memory.h"
#include "session/client.h"
#include "session/packed_model.h"
#include "session/worker_process.h"

enum { MAX_DEFAULT_THREADS = 16 };

/* A chunk of a prompt takes seconds with a large model on a slow machine, not more. */
static const uint64_t DEFAULT_PREFIX_BYTES = UINT64_C(256) * LIMIT_MIB;
static const int64_t PATIENCE_US = INT64_C(30) * 1000000;

void huis_model_options_default(huis_model_options *out_options)
{
    *out_options = (huis_model_options){.struct_size = sizeof(*out_options)};
}

/* What a caller, built against an older header perhaps, has set. */
static huis_model_options read_options(const huis_model_options *given)
{
    huis_model_options options;
    huis_model_options_default(&options);
    if (given != NULL) {
        const size_t known = sizeof(options);
        memcpy(&options, given, given->struct_size < known ? given->struct_size : known);
    }
    return options;
}

static huis_model *free_model(huis_model *m)
{
    if (m == NULL) {
        return NULL;
    }
    worker_process_stop(m);
    packed_model_deinit(m);
    if (m->model_fd >= 0) {
        (void)close(m->model_fd);
    }
    (void)pthread_mutex_destroy(&m->lock);
    char *const strings[] = {m->path,         m->worker_path,    m->level,
                             m->name,         m->family,         m->quantisation,
                             m->level_in_use, m->missing_fences, m->prefix_directory};
    for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++) {
        memory_free(strings[i]);
    }
    return memory_free(m);
}

static huis_model *new_model(const char *path)
{
    huis_model *const m = memory_alloc(1, sizeof(*m));
    if (m == NULL) {
        return NULL;
    }
    m->model_fd = -1;
    m->channel = -1;
    m->packed_fd = -1;
    m->patience_us = PATIENCE_US;
    m->worker = (spawn_process){0, -1};
    atomic_init(&m->n_references, 1);
    (void)pthread_mutex_init(&m->lock, NULL);
    m->path = memory_copy_string(path, strlen(path));
    return m->path != NULL ? m : free_model(m);
}

/* The worker gets this descriptor, never a path. A FIFO must not block the caller. */
static int open_file(huis_model *m, huis_error *err)
{
    struct stat st;
    m->model_fd = open(m->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (m->model_fd < 0 || fstat(m->model_fd, &st) != 0) {
        return error_from_errno(err, "cannot open model", m->path);
    }
    if (!S_ISREG(st.st_mode)) {
        return error_set(err, HUIS_E_BAD_FILE, "%s: not a regular file: give a GGUF file", m->path);
    }
    m->bytes = (uint64_t)st.st_size;
    return file_identity_from_fd(&m->prefix_source, m->model_fd, m->path, err);
}

/* The worker cannot look at the machine from inside its sandbox: the number is found here. */
static int choose_threads(huis_model *m, const huis_model_options *options, huis_error *err)
{
    if (options->n_threads > LIMIT_THREADS) {
        return error_set(err, HUIS_E_BAD_ARGUMENT, "%u threads, at most %u", options->n_threads,
                         LIMIT_THREADS);
    }
    const uint32_t available = cpu_available();
    const uint32_t chosen = available < MAX_DEFAULT_THREADS ? available : MAX_DEFAULT_THREADS;
    m->n_threads = options->n_threads > 0 ? options->n_threads : chosen;
    return HUIS_OK;
}

static int find_worker(huis_model *m, const huis_model_options *options, huis_error *err)
{
    buffer path;
    size_t len = 0;
    buffer_init(&path, LIMIT_MIB);
    int status = spawn_find_program(&path, "huis-worker", options->worker_path, err);
    if (status == HUIS_OK) {
        m->worker_path = buffer_take(&path, &len);
        status = m->worker_path != NULL ? HUIS_OK : error_no_memory(err, "the worker's path");
    }
    buffer_deinit(&path);
    return status;
}

static int prepare_model(huis_model *m, const huis_model_options *options, huis_error *err)
{
    if (options->context_length > LIMIT_CONTEXT) {
        return error_set(err, HUIS_E_BAD_ARGUMENT, "context of %u tokens, at most %u",
                         options->context_length, LIMIT_CONTEXT);
    }
    m->context_length = options->context_length;
    m->inspect = options->inspect;
    if (options->level != NULL) {
        m->level = memory_copy_string(options->level, strlen(options->level));
        if (m->level == NULL) {
            return error_no_memory(err, "the options");
        }
    }
    if (options->prefix_directory != NULL) {
        m->prefix_directory =
            memory_copy_string(options->prefix_directory, strlen(options->prefix_directory));
        if (m->prefix_directory == NULL) {
            return error_no_memory(err, "the options");
        }
    }
    m->prefix_max_bytes =
        options->prefix_max_bytes > 0 ? options->prefix_max_bytes : DEFAULT_PREFIX_BYTES;
    m->prefix_memory_bytes =
        options->prefix_memory_bytes > 0 ? options->prefix_memory_bytes : DEFAULT_PREFIX_BYTES;
    if (m->prefix_memory_bytes > LIMIT_PREFIX_MEMORY_BYTES) {
        m->prefix_memory_bytes = LIMIT_PREFIX_MEMORY_BYTES;
    }
    if (!packed_model_init(m, options->packed_path, options->sha256)) {
        return error_no_memory(err, "the options");
    }
    RETURN_IF_ERROR(choose_threads(m, options, err));
    RETURN_IF_ERROR(open_file(m, err));
    RETURN_IF_ERROR(find_worker(m, options, err));
    return worker_process_start(m, err);
}

int huis_model_open(huis_model **out_model, const char *path, const huis_model_options *options,
                    huis_error *err)
{
    if (out_model == NULL || path == NULL) {
        return error_set(err, HUIS_E_BAD_ARGUMENT, "no path of a model");
    }
    if (options != NULL && options->struct_size == 0) {
        return error_set(err, HUIS_E_BAD_ARGUMENT,
                         "options.struct_size is 0: call huis_model_options_default first");
    }
    const huis_model_options chosen = read_options(options);
    huis_model *const m = new_model(path);
    if (m == NULL) {
        return error_no_memory(err, "the model");
    }
    const int status = prepare_model(m, &chosen, err);
    if (status != HUIS_OK) {
        free_model(m);
        return status;
    }
    *out_model = m;
    return HUIS_OK;
}

huis_model *huis_model_ref(huis_model *model)
{
    (void)atomic_fetch_add(&model->n_references, 1);
    return model;
}

huis_model *huis_model_unref(huis_model *model)
{
    if (model != NULL && atomic_fetch_sub(&model->n_references, 1) == 1) {
        free_model(model);
    }
    return NULL;
}

int huis_model_get_info(const huis_model *model, huis_model_info *out_info)
{
    if (model == NULL || out_info == NULL) {
        return HUIS_E_BAD_ARGUMENT;
    }
    const huis_model_info info = {
        .struct_size = out_info->struct_size,
        .name = model->name,
        .family = model->family,
        .quantisation = model->quantisation,
        .level = model->level_in_use,
        .bytes = model->bytes,
        .context_length = model->ready.context_length,
        .trained_context_length = model->ready.trained_context_length,
        .n_threads = model->ready.n_threads,
        .n_vocab = model->ready.n_vocab,
        .load_ms = model->load_ms,
        .missing_fences = model->missing_fences,
        .is_packed = model->ready.is_attached,
    };
    const size_t known = sizeof(info);
    memcpy(out_info, &info, out_info->struct_size < known ? out_info->struct_size : known);
    return HUIS_OK;
}
