/*
 * landlock.c - see landlock.h.
 *
 * A ruleset that handles every access right and allows none. The rights are spelled here because
 * the headers of a distribution know fewer than its kernel may.
 */
#include "sandbox/landlock.h"

#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* struct landlock_ruleset_attr: ABI 1 knows the first member, ABI 4 the second, ABI 6 the third. */
typedef struct ruleset_attributes {
    uint64_t files;
    uint64_t network;
    uint64_t scopes;
} ruleset_attributes;

static const uint32_t CREATE_RULESET_VERSION = 1;

uint32_t landlock_abi(void)
{
    const long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_RULESET_VERSION);
    return abi > 0 ? (uint32_t)abi : 0;
}

/* Execute, write, read, read directory, remove, make: 13 rights in ABI 1; refer in 2, truncate in
 * 3, device ioctl in 5. */
static uint64_t file_rights(uint32_t abi)
{
    const uint32_t n_rights = abi >= 5 ? 16 : abi >= 3 ? 15 : abi == 2 ? 14 : 13;
    return (UINT64_C(1) << n_rights) - 1;
}

static size_t attributes_bytes(uint32_t abi)
{
    if (abi >= 6) {
        return sizeof(ruleset_attributes);
    }
    return abi >= 4 ? offsetof(ruleset_attributes, scopes) : offsetof(ruleset_attributes, network);
}

bool landlock_deny_all(uint32_t abi)
{
    if (abi == 0) {
        return false;
    }
    const ruleset_attributes attributes = {
        .files = file_rights(abi),
        .network = 3, /* bind and connect of TCP */
        .scopes = 3,  /* abstract Unix sockets and signals */
    };
    const long fd =
        syscall(SYS_landlock_create_ruleset, &attributes, attributes_bytes(abi), UINT32_C(0));
    if (fd < 0) {
        return false;
    }
    const long result = syscall(SYS_landlock_restrict_self, (int)fd, UINT32_C(0));
    (void)close((int)fd);
    return result == 0;
}
