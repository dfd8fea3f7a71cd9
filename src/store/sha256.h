/*
 * sha256.h - SHA-256 (FIPS 180-4) of streams, by libcrypto.
 */
#ifndef HUIS_STORE_SHA256_H
#define HUIS_STORE_SHA256_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "huis/error.h"

enum { SHA256_HEX_LENGTH = 64 };

typedef struct sha256 sha256;

int sha256_new(sha256 **out_hash, huis_error *err);
sha256 *sha256_free(sha256 *hash);
bool sha256_update(sha256 *hash, const void *data, size_t size_bytes);
/* Lower-case hexadecimal, terminated. The hash can be used again from the start afterwards. */
bool sha256_finish(sha256 *hash, char out_hex[SHA256_HEX_LENGTH + 1]);

/* Called with the bytes read so far; return false to stop with HUIS_E_CANCELLED. */
typedef bool (*sha256_progress_fn)(void *user, uint64_t done_bytes);
/* Hash of a whole file from its start. */
int sha256_of_fd(int fd, const char *name, sha256_progress_fn on_progress, void *user,
                 char out_hex[SHA256_HEX_LENGTH + 1], huis_error *err);

#endif
