/*
 * sha256.c - see sha256.h.
 */
#include "store/sha256.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "base/error.h"
#include "base/memory.h"

enum { SHA256_CHUNK_BYTES = 1024 * 1024 };

struct sha256 {
    EVP_MD_CTX *context;
};

int sha256_new(sha256 **out_hash, huis_error *err)
{
    sha256 *const hash = memory_alloc(1, sizeof(*hash));
    if (hash == NULL) {
        return error_no_memory(err, "a checksum");
    }
    hash->context = EVP_MD_CTX_new();
    if (hash->context == NULL || EVP_DigestInit_ex(hash->context, EVP_sha256(), NULL) != 1) {
        sha256_free(hash);
        return error_no_memory(err, "a checksum");
    }
    *out_hash = hash;
    return HUIS_OK;
}

sha256 *sha256_free(sha256 *hash)
{
    if (hash != NULL) {
        EVP_MD_CTX_free(hash->context);
        memory_free(hash);
    }
    return NULL;
}

bool sha256_update(sha256 *hash, const void *data, size_t size_bytes)
{
    return EVP_DigestUpdate(hash->context, data, size_bytes) == 1;
}

bool sha256_finish(sha256 *hash, char out_hex[SHA256_HEX_LENGTH + 1])
{
    static const char DIGITS[] = "0123456789abcdef";
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int n = 0;
    if (EVP_DigestFinal_ex(hash->context, digest, &n) != 1 || 2 * n != SHA256_HEX_LENGTH ||
        EVP_DigestInit_ex(hash->context, EVP_sha256(), NULL) != 1) {
        return false;
    }
    for (unsigned int i = 0; i < n; i++) {
        out_hex[2 * i] = DIGITS[digest[i] >> 4];
        out_hex[2 * i + 1] = DIGITS[digest[i] & 15];
    }
    out_hex[SHA256_HEX_LENGTH] = '\0';
    return true;
}

/* Feeds the file to the hash; positions are explicit, so the descriptor's own does not move. */
static int hash_file(sha256 *hash, int fd, const char *name, unsigned char *chunk,
                     sha256_progress_fn on_progress, void *user, huis_error *err)
{
    uint64_t done = 0;
    for (;;) {
        const ssize_t n = pread(fd, chunk, SHA256_CHUNK_BYTES, (off_t)done);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return error_from_errno(err, "cannot read", name);
        }
        if (n == 0) {
            return HUIS_OK;
        }
        if (!sha256_update(hash, chunk, (size_t)n)) {
            return error_set(err, HUIS_E_INTERNAL, "%s: the checksum failed", name);
        }
        done += (uint64_t)n;
        if (on_progress != NULL && !on_progress(user, done)) {
            return error_set(err, HUIS_E_CANCELLED, "%s: cancelled", name);
        }
    }
}

int sha256_of_fd(int fd, const char *name, sha256_progress_fn on_progress, void *user,
                 char out_hex[SHA256_HEX_LENGTH + 1], huis_error *err)
{
    sha256 *hash = NULL;
    RETURN_IF_ERROR(sha256_new(&hash, err));
    unsigned char *const chunk = memory_alloc(SHA256_CHUNK_BYTES, 1);
    int status = chunk != NULL ? HUIS_OK : error_no_memory(err, name);
    if (status == HUIS_OK) {
        status = hash_file(hash, fd, name, chunk, on_progress, user, err);
    }
    if (status == HUIS_OK && !sha256_finish(hash, out_hex)) {
        status = error_set(err, HUIS_E_INTERNAL, "%s: the checksum failed", name);
    }
    memory_free(chunk);
    sha256_free(hash);
    return status;
}
