/*
 * packed_store.c - see packed_store.h.
 */
#include "store/packed_store.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/blob_cache.h"
#include "base/cache_file.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/map.h"
#include "store/model_store.h"

enum { PATH_BYTES = 8192 };

static const char OF_PATH[] = "path-";

bool packed_store_path(buffer *out, const char *cache_directory, const catalogue_model *model)
{
    buffer_reset(out);
    return buffer_printf(out, "%s/packed/%s-%d.packed", cache_directory, model->sha256,
                         (int)CACHE_LAYOUT_PACKED_MODEL);
}

bool packed_store_path_of_file(buffer *out, const char *cache_directory, const char *model_path)
{
    const span path = span_from_string(model_path);
    buffer_reset(out);
    return buffer_printf(out, "%s/packed/%s%016llx%016llx-%d.packed", cache_directory, OF_PATH,
                         (unsigned long long)map_hash(path, 1),
                         (unsigned long long)map_hash(path, 2), (int)CACHE_LAYOUT_PACKED_MODEL);
}

/* Whether the file was made for this layout: "...-LAYOUT.packed", perhaps unfinished. */
static bool has_this_layout(const char *name)
{
    char end[64];
    const char *const dash = strrchr(name, '-');
    (void)snprintf(end, sizeof(end), "-%d.packed", (int)CACHE_LAYOUT_PACKED_MODEL);
    return dash != NULL && strncmp(dash, end, strlen(end)) == 0;
}

static bool is_of(const void *user, const char *name)
{
    const catalogue_model *const model = user;
    return strncmp(name, model->sha256, strlen(model->sha256)) == 0;
}

/* Whether it is of an installed model, or of a path, which may come back. */
static bool has_model(const char *name, const char *data_directory, const catalogue *c)
{
    for (size_t i = 0; i < catalogue_n_models(c); i++) {
        const catalogue_model *const m = catalogue_model_at(c, i);
        if (is_of(m, name)) {
            return model_store_has(data_directory, m);
        }
    }
    return strncmp(name, OF_PATH, strlen(OF_PATH)) == 0;
}

typedef bool (*goes_fn)(const void *user, const char *name);

/* Removes the files of packed/ that `goes` names. *out_folder: its path, as far as there is one. */
static bool remove_files(const char *cache_directory, goes_fn goes, const void *user,
                         buffer *out_folder)
{
    buffer_reset(out_folder);
    const bool is_set =
        cache_directory[0] == '/' && buffer_printf(out_folder, "%s/packed", cache_directory);
    DIR *const directory = is_set ? opendir(buffer_string(out_folder)) : NULL;
    const struct dirent *entry = NULL;
    while (directory != NULL && (entry = readdir(directory)) != NULL) {
        if (goes(user, entry->d_name)) {
            (void)unlinkat(dirfd(directory), entry->d_name, 0);
        }
    }
    if (directory != NULL) {
        (void)closedir(directory);
    }
    return directory != NULL;
}

typedef struct installed {
    const char *data_directory;
    const catalogue *c;
} installed;

static bool is_stale(const void *user, const char *name)
{
    const installed *const in = user;
    return strstr(name, ".packed") != NULL &&
           !(has_this_layout(name) && has_model(name, in->data_directory, in->c));
}

void packed_store_trim(const char *cache_directory, const char *data_directory, const catalogue *c,
                       uint64_t new_bytes)
{
    const installed in = {data_directory, c};
    const uint64_t most = LIMIT_PACKED_FOLDER_BYTES;
    buffer folder;
    buffer_init(&folder, PATH_BYTES);
    if (remove_files(cache_directory, is_stale, &in, &folder)) {
        (void)blob_cache_trim(buffer_string(&folder), new_bytes < most ? most - new_bytes : 0,
                              NULL);
    }
    buffer_deinit(&folder);
}

static int read_source(const char *data_directory, const catalogue_model *model,
                       cache_source *out_source, huis_error *err)
{
    buffer path;
    buffer_init(&path, PATH_BYTES);
    int status = model_store_path(&path, data_directory, model) ? HUIS_OK
                                                                : error_no_memory(err, model->name);
    if (status == HUIS_OK) {
        const int fd = open(buffer_string(&path), O_RDONLY | O_CLOEXEC);
        status = fd >= 0 ? cache_source_from_fd(out_source, fd, model->name, err)
                         : error_from_errno(err, "cannot open", buffer_string(&path));
        if (fd >= 0) {
            (void)close(fd);
        }
    }
    (void)cache_source_set_sha256(out_source, span_from_string(model->sha256));
    buffer_deinit(&path);
    return status;
}

static int check_open(int fd, const cache_source *source, bool contents, uint64_t *out_bytes,
                      huis_error *err)
{
    struct stat st;
    RETURN_IF_ERROR(contents ? cache_file_verify(fd, source, CACHE_LAYOUT_PACKED_MODEL, err)
                             : cache_file_check_fd(fd, source, CACHE_LAYOUT_PACKED_MODEL, err));
    if (out_bytes != NULL && fstat(fd, &st) == 0) {
        *out_bytes = (uint64_t)st.st_size;
    }
    return HUIS_OK;
}

int packed_store_check(const char *cache_directory, const char *data_directory,
                       const catalogue_model *model, bool contents, uint64_t *out_bytes,
                       huis_error *err)
{
    cache_source source = {0};
    buffer path;
    buffer_init(&path, PATH_BYTES);
    int status = packed_store_path(&path, cache_directory, model)
                     ? HUIS_OK
                     : error_no_memory(err, model->name);
    const int fd = status == HUIS_OK
                       ? open(buffer_string(&path), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
                       : -1;
    if (status == HUIS_OK && fd < 0) {
        status = error_from_errno(err, "cannot open", buffer_string(&path));
    }
    if (status == HUIS_OK) {
        status = read_source(data_directory, model, &source, err);
    }
    if (status == HUIS_OK) {
        status = check_open(fd, &source, contents, out_bytes, err);
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    buffer_deinit(&path);
    return status;
}

void packed_store_remove(const char *cache_directory, const catalogue_model *model)
{
    buffer folder;
    buffer_init(&folder, PATH_BYTES);
    (void)remove_files(cache_directory, is_of, model, &folder);
    buffer_deinit(&folder);
}
