/*
 * sandbox.c - see sandbox.h.
 */
#include "sandbox/sandbox.h"

#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/error.h"
#include "base/limits.h"
#include "sandbox/landlock.h"
#include "sandbox/syscall_filter.h"

/* Address sanitizers reserve terabytes: an address space limit would stop the program at once. */
#if defined(__SANITIZE_ADDRESS__)
static const bool LIMIT_ADDRESS_SPACE = false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
static const bool LIMIT_ADDRESS_SPACE = false;
#else
static const bool LIMIT_ADDRESS_SPACE = true;
#endif
#else
static const bool LIMIT_ADDRESS_SPACE = true;
#endif

void sandbox_options_default(sandbox_options *out_options, sandbox_profile profile)
{
    *out_options = (sandbox_options){.profile = profile, .max_landlock_abi = UINT32_MAX};
}

/* The lowest kept descriptor that is at least `from`; UINT32_MAX: none. */
static unsigned next_kept(const sandbox_options *options, unsigned from)
{
    unsigned best = UINT32_MAX;
    for (size_t i = 0; i < options->n_descriptors; i++) {
        const unsigned fd = (unsigned)options->descriptors[i];
        if (options->descriptors[i] >= 0 && fd >= from && fd < best) {
            best = fd;
        }
    }
    return best;
}

/* Closes the gaps between the kept descriptors, with close_range (Linux 5.9). */
static bool close_others(const sandbox_options *options)
{
    unsigned first = STDERR_FILENO + 1;
    for (;;) {
        const unsigned kept = next_kept(options, first);
        const unsigned last = kept == UINT32_MAX ? UINT32_MAX : kept - 1;
        if (kept != first && syscall(SYS_close_range, first, last, 0u) != 0) {
            return false;
        }
        if (kept == UINT32_MAX) {
            return true;
        }
        first = kept + 1;
    }
}

static bool lower_limit(__rlimit_resource_t resource, rlim_t value)
{
    struct rlimit now = {value, value};
    (void)getrlimit(resource, &now);
    const struct rlimit limit = {now.rlim_cur < value ? now.rlim_cur : value,
                                 now.rlim_max < value ? now.rlim_max : value};
    return setrlimit(resource, &limit) == 0;
}

/* The reader may not start anything, a worker's threads count as processes of the user. */
static bool lower_limits(const sandbox_options *options)
{
    bool ok = lower_limit(RLIMIT_CORE, 0);
    const uint32_t given = options->max_descriptors;
    ok = lower_limit(RLIMIT_NOFILE, given > 0 ? given : LIMIT_SANDBOX_DESCRIPTORS) && ok;
    ok = lower_limit(RLIMIT_MEMLOCK, 0) && ok;
    ok = lower_limit(RLIMIT_MSGQUEUE, 0) && ok;
    if (options->profile == SANDBOX_READER) {
        ok = lower_limit(RLIMIT_NPROC, 0) && ok;
    }
    if (options->max_file_bytes > 0) {
        ok = lower_limit(RLIMIT_FSIZE, options->max_file_bytes) && ok;
    }
    if (options->max_cpu_seconds > 0) {
        ok = lower_limit(RLIMIT_CPU, options->max_cpu_seconds) && ok;
    }
    if (options->max_memory_bytes > 0 && LIMIT_ADDRESS_SPACE) {
        ok = lower_limit(RLIMIT_AS, options->max_memory_bytes) && ok;
    }
    return ok;
}

static void add_missing(sandbox_report *report, bool is_up, const char *name)
{
    if (is_up) {
        return;
    }
    const size_t len = strlen(report->missing);
    (void)snprintf(report->missing + len, sizeof(report->missing) - len, "%s%s",
                   len > 0 ? ", " : "", name);
}

static void name_missing(sandbox_report *report)
{
    report->missing[0] = '\0';
    add_missing(report, report->landlock_abi > 0, "landlock");
    add_missing(report, report->system_calls, "seccomp");
    add_missing(report, report->no_new_privileges, "no_new_privs");
    add_missing(report, report->undumpable, "undumpable");
    add_missing(report, report->limits, "rlimits");
    add_missing(report, report->descriptors, "close_range");
}

int sandbox_enter(const sandbox_options *options, sandbox_report *out_report, huis_error *err)
{
    sandbox_report report = {0};
    report.descriptors = close_others(options);
    report.limits = lower_limits(options);
    report.undumpable = prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0;
    report.no_new_privileges = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
    if (!report.no_new_privileges) {
        return error_from_errno(err, "cannot forbid", "new privileges");
    }
    const uint32_t kernel_abi = landlock_abi();
    const uint32_t abi =
        kernel_abi < options->max_landlock_abi ? kernel_abi : options->max_landlock_abi;
    report.landlock_abi = landlock_deny_all(abi) ? abi : 0;
    RETURN_IF_ERROR(syscall_filter_load(options->profile, &report.n_system_calls, err));
    report.system_calls = true;
    name_missing(&report);
    if (out_report != NULL) {
        *out_report = report;
    }
    return HUIS_OK;
}

int sandbox_seal(huis_error *err)
{
    return syscall_filter_forbid_threads(err);
}

void sandbox_probe(sandbox_report *out_report)
{
    sandbox_report report = {
        .no_new_privileges = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) >= 0,
        .undumpable = prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) >= 0,
        .limits = true,
        .landlock_abi = landlock_abi(),
        .system_calls = syscall_filter_available(),
    };
    /* Nothing is that high: closes nothing, and is ENOSYS before Linux 5.9. */
    report.descriptors = syscall(SYS_close_range, UINT32_MAX, UINT32_MAX, 0u) == 0;
    name_missing(&report);
    *out_report = report;
}
