/*
 * fault_alloc.c - makes the k-th allocation of each scenario fail, for k = 0, 1, 2, ...
 *
 *     fault_alloc [--all] [--only NAME]
 *
 * Counted are the allocations through base/memory.h, which serve PCRE2 too, and those of jansson while
 * it makes values: while it parses they succeed, because jansson 2.14 runs past the end of a string
 * whose buffer could not grow (its lexer drops that error; docs/pitfalls.md).
 * A disturbed run must return an error of one line, or succeed with the same result (some memory
 * only makes things faster); the undisturbed run after it must succeed with the same result. Under
 * ASan every scenario ends with a search for leaks. Without --all a scenario is disturbed in at most
 * N_DENSE + N_SPARSE places: the first N_DENSE, then evenly. TAP.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "../tap.h"
#include "base/memory.h"
#include "fault_scenarios.h"

enum { N_DENSE = 60, N_SPARSE = 60, MAX_ALLOCATIONS = 1 << 20 };

__attribute__((weak)) int __lsan_do_recoverable_leak_check(void);

static _Thread_local bool json_is_parsing;

static void *json_alloc(size_t bytes)
{
    return json_is_parsing ? malloc(bytes) : memory_alloc(1, bytes);
}

static void json_release(void *block)
{
    memory_free(block);
}

json_t *__real_json_loadb(const char *bytes, size_t n, size_t flags, json_error_t *error);
json_t *__wrap_json_loadb(const char *bytes, size_t n, size_t flags, json_error_t *error);

json_t *__wrap_json_loadb(const char *bytes, size_t n, size_t flags, json_error_t *error)
{
    json_is_parsing = true;
    json_t *const json = __real_json_loadb(bytes, n, flags, error);
    json_is_parsing = false;
    return json;
}

/* How many allocations happened since memory_fail_after(MAX_ALLOCATIONS). */
static uint64_t count_allocations(void)
{
    uint64_t left = 0;
    for (;;) {
        void *const block = memory_alloc(1, 1);
        if (block == NULL) {
            return MAX_ALLOCATIONS - left;
        }
        memory_free(block);
        left++;
    }
}

static bool is_good_error(int status, const huis_error *err)
{
    return status == err->status && err->message[0] != '\0' && strchr(err->message, '\n') == NULL &&
           (status == HUIS_E_NO_MEMORY || status == HUIS_E_WORKER || status == HUIS_E_LIMIT);
}

/* One disturbed run, and one that must be as if nothing had happened. */
static bool disturb(const fault_scenario *s, uint64_t k, uint64_t digest)
{
    huis_error err = {0};
    uint64_t got = digest;
    memory_fail_after(k);
    const int status = s->run(&got, &err);
    memory_fail_after(UINT64_MAX);
    if (status >= 0 ? got != digest && s->loses == NULL : !is_good_error(status, &err)) {
        printf("# allocation %llu: status %d, digest %llx: %s\n", (unsigned long long)k, status,
               (unsigned long long)got, err.message);
        return false;
    }
    err = (huis_error){0};
    const int again = s->run(&got, &err);
    if (again != HUIS_OK || got != digest) {
        printf("# after allocation %llu: status %d: %s\n", (unsigned long long)k, again,
               err.message);
        return false;
    }
    return true;
}

static void run_scenario(tap *t, const fault_scenario *s, bool all)
{
    char name[128];
    huis_error err = {0};
    uint64_t digest = 0;
    uint64_t n_runs = 0;
    memory_fail_after(MAX_ALLOCATIONS);
    const int status = s->run(&digest, &err);
    const uint64_t n = count_allocations();
    bool ok = status == HUIS_OK;
    if (!ok) {
        printf("# undisturbed: %s\n", err.message);
    }
    const uint64_t step = all || n < N_DENSE + N_SPARSE ? 1 : (n - N_DENSE) / N_SPARSE + 1;
    for (uint64_t k = 0; ok && k < n; k += k < N_DENSE ? 1 : step) {
        ok = disturb(s, k, digest);
        n_runs++;
    }
    if (__lsan_do_recoverable_leak_check != NULL && __lsan_do_recoverable_leak_check() != 0) {
        ok = false;
    }
    printf("# %s: %llu allocations, %llu made to fail\n", s->name, (unsigned long long)n,
           (unsigned long long)n_runs);
    if (s->loses != NULL) {
        printf("# known: %s\n", s->loses);
    }
    (void)snprintf(name, sizeof(name), "%s without memory", s->name);
    tap_ok(t, ok, name);
    (void)fflush(stdout);
}

int main(int argc, char **argv)
{
    const char *only = NULL;
    bool all = false;
    tap t = {0, 0};
    for (int i = 1; i < argc; i++) {
        all = all || strcmp(argv[i], "--all") == 0;
        only = strcmp(argv[i], "--only") == 0 && i + 1 < argc ? argv[i + 1] : only;
    }
    json_set_alloc_funcs(json_alloc, json_release);
    fault_scenarios_prepare();
    for (size_t i = 0; i < N_FAULT_SCENARIOS; i++) {
        if (only == NULL || strcmp(only, FAULT_SCENARIOS[i].name) == 0) {
            run_scenario(&t, &FAULT_SCENARIOS[i], all);
        }
    }
    fault_scenarios_finish();
    return tap_end(&t);
}
