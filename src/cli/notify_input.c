/*
 * notify_input.c - see notify_input.h.
 */
#include "cli/notify_input.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/limits.h"
#include "cli/output.h"

enum { TOLD_SKIPS = 3 };

bool notify_input_is_given(const arguments *args)
{
    struct stat info;
    return args->n_operands > 0 || argument_string(args, OPTION_CONTEXT, NULL) != NULL ||
           (fstat(STDIN_FILENO, &info) == 0 && (S_ISREG(info.st_mode) || S_ISFIFO(info.st_mode)));
}

static int read_bytes(const char *path, uint64_t max_bytes, buffer *out, huis_error *err)
{
    buffer_init(out, max_bytes);
    const int status =
        strcmp(path, "-") == 0
            ? file_read_fd(out, STDIN_FILENO, tr("standard input", "entrée standard"), err)
            : file_read(out, path, err);
    return status;
}

static void tell_skips(const arguments *args, const char *name, const huis_notifications *records)
{
    for (size_t i = 0; i < records->n_skips && i < TOLD_SKIPS; i++) {
        output_note(args,
                    tr("huis: %s, line %llu: skipped: %s", "huis: %s, ligne %llu : ignorée : %s"),
                    name, (unsigned long long)records->skips[i].line, records->skips[i].reason);
    }
    if (records->n_skipped > TOLD_SKIPS) {
        output_note(args,
                    tr("huis: %s: %llu lines skipped in all", "huis: %s : %llu lignes ignorées"),
                    name, (unsigned long long)records->n_skipped);
    }
}

int notify_input_records(const arguments *args, huis_notifications **out_records, huis_error *err)
{
    const char *const path = args->n_operands > 0 ? args->operands[0] : "-";
    const char *const name =
        strcmp(path, "-") == 0 ? tr("standard input", "entrée standard") : path;
    huis_notifications *records = NULL;
    buffer text;
    int status = read_bytes(path, LIMIT_NOTIFY_INPUT_BYTES, &text, err);
    status =
        status != HUIS_OK ? status : huis_notifications_read(text.ptr, text.len, &records, err);
    buffer_deinit(&text);
    if (status != HUIS_OK) {
        return status;
    }
    if (records->n_items == 0 && records->n_skipped > 0) {
        status = error_set(err, HUIS_E_BAD_FILE,
                           tr("%s: no notification: %llu lines skipped, line %llu: %s",
                              "%s : aucune notification : %llu lignes ignorées, ligne %llu : %s"),
                           name, (unsigned long long)records->n_skipped,
                           (unsigned long long)records->skips[0].line, records->skips[0].reason);
        (void)huis_notifications_free(records);
        return status;
    }
    tell_skips(args, name, records);
    *out_records = records;
    return HUIS_OK;
}

int notify_input_context(const char *path, huis_notify_context **out_context, huis_error *err)
{
    buffer text;
    huis_error problem = {.status = HUIS_OK};
    int status = read_bytes(path, LIMIT_NOTIFY_CONTEXT_BYTES, &text, err);
    if (status == HUIS_OK) {
        status = huis_notify_context_read(buffer_string(&text), text.len, out_context, &problem);
        if (status != HUIS_OK) {
            status = error_set(err, status == HUIS_E_BAD_ARGUMENT ? HUIS_E_BAD_FILE : status,
                               "%s: %s", path, problem.message);
        }
    }
    buffer_deinit(&text);
    return status;
}
