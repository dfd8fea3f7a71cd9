/*
 * fuzz_gguf.c - any bytes through the GGUF reader.
 *
 * Accepted or refused, never a crash; of what is accepted, everything that gguf.h promises is
 * checked: spans inside the file, tensors in order without overlap, names found again. Some inputs,
 * chosen by their hash, are read once more with an allocation that fails.
 */
#include "../unit/format/gguf_check.h"
#include "base/map.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);

static int parse_and_check(const uint8_t *data, size_t size, bool header_only)
{
    gguf_table *t = NULL;
    huis_error err = {0};
    const int status = gguf_parse(&t, data, size, "fuzz.gguf", header_only, &err);
    memory_fail_after(UINT64_MAX);
    if (status < 0) {
        gguf_check_refusal(t, status, &err);
        return status;
    }
    gguf_check_table(t, size, header_only);
    gguf_free(t);
    return HUIS_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const int header_status = parse_and_check(data, size, true);
    const int status = parse_and_check(data, size, false);
    /* The whole file may only be refused for its data where the header alone is fine. */
    GGUF_REQUIRE(header_status == HUIS_OK ? status == HUIS_OK || status == HUIS_E_BAD_FILE
                                          : status == header_status);
    const uint64_t hash = map_hash(span_from((const char *)data, size), 0);
    if (hash % 8 == 0) {
        memory_fail_after(hash / 8 % 16);
        (void)parse_and_check(data, size, true);
    }
    return 0;
}

/* Aims at the numbers that matter: counts, lengths, types and offsets are 4 or 8 bytes whose upper
 * bytes are zero, so a small number with zeros above it is probably one of them. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    static const uint64_t VALUES[] = {
        0,          1,          2,          3,           4,         5,
        8,          9,          12,         13,          31,        32,
        33,         64,         65,         255,         65535,     65536,
        0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x100000000, INT64_MAX, UINT64_MAX - 7,
        UINT64_MAX,
    };
    if (size < 32) {
        return LLVMFuzzerMutate(data, size, max_size);
    }
    const size_t start = 8 + seed % (size - 16);
    for (size_t i = start; i + 8 <= size; i++) {
        if (data[i] != 0 && data[i + 1] == 0 && data[i + 2] == 0 && data[i + 3] == 0) {
            const uint64_t delta = seed / 7919 % 4;
            const uint64_t value =
                delta != 0 ? data[i] + delta - 2 : VALUES[seed / 31 % (sizeof(VALUES) / 8)];
            const size_t n = (seed >> 8 & 1) != 0 ? 8 : 4;
            for (size_t j = 0; j < n; j++) {
                data[i + j] = (uint8_t)(value >> (8 * j));
            }
            return size;
        }
    }
    return LLVMFuzzerMutate(data, size, max_size);
}
