/*
 * cpu_cores.c - which processors are hardware threads of one core, as sysfs tells it. A virtual
 * machine may hide it: then each processor counts as a core.
 */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cpu.h"

enum { LIST_BYTES = 4096, PATH_BYTES = 512 };

/* "0-1,8\n": adds to `out`. False: no such list. */
static bool parse_list(const char *text, cpu_set_t *out)
{
    const char *p = text;
    while (*p >= '0' && *p <= '9') {
        char *end = NULL;
        const unsigned long first = strtoul(p, &end, 10);
        const bool is_range = *end == '-' && end[1] >= '0' && end[1] <= '9';
        const unsigned long last = is_range ? strtoul(end + 1, &end, 10) : first;
        if (last >= CPU_SETSIZE || first > last) {
            return false;
        }
        for (unsigned long i = first; i <= last; i++) {
            CPU_SET(i, out);
        }
        p = *end == ',' ? end + 1 : end;
    }
    return p != text && (*p == '\n' || *p == '\0');
}

static bool read_siblings(const char *root, int processor, cpu_set_t *out)
{
    char path[PATH_BYTES];
    char line[LIST_BYTES] = "";
    const int n =
        snprintf(path, sizeof(path), "%s/cpu%d/topology/thread_siblings_list", root, processor);
    FILE *const f = n > 0 && (size_t)n < sizeof(path) ? fopen(path, "re") : NULL;
    if (f == NULL) {
        return false;
    }
    const bool ok = fgets(line, sizeof(line), f) != NULL;
    (void)fclose(f);
    CPU_ZERO(out);
    return ok && parse_list(line, out);
}

uint32_t cpu_count_cores(const char *root)
{
    cpu_set_t mask;
    if (sched_getaffinity(0, sizeof(mask), &mask) != 0) {
        return 0;
    }
    uint32_t n = 0;
    for (int i = 0; i < CPU_SETSIZE; i++) {
        cpu_set_t siblings;
        if (!CPU_ISSET(i, &mask)) {
            continue;
        }
        if (!read_siblings(root, i, &siblings)) {
            return 0;
        }
        bool is_first = true;
        for (int j = 0; j < i; j++) {
            is_first = is_first && !(CPU_ISSET(j, &siblings) && CPU_ISSET(j, &mask));
        }
        n += is_first ? 1 : 0;
    }
    return n;
}
