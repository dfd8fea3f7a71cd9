/*
 * fuzz_gguf.c - any bytes through the GGUF reader.
 *
 * Accepted or refused, never a crash; of what is accepted, everything that gguf.h promises is
 * checked: spans inside the file, tensors in order without overlap, names found again. Some inputs,
 * chosen by their hash, are read once more with an allocation that fails.
 */
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/memory.h"
#include "format/file_type.h"
#include "format/gguf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

static void require_inside(span s, const unsigned char *data, size_t size)
{
    const char *const first = (const char *)data;
    require(s.ptr >= first && s.len <= size && s.ptr <= first + (size - s.len));
}

static void check_array(const gguf_array *a, const unsigned char *data, size_t size)
{
    if (a->type == GGUF_STRING) {
        for (uint64_t i = 0; i < a->count; i++) {
            require_inside(a->strings[i], data, size);
        }
        return;
    }
    uint32_t number = 0;
    float real = 0;
    for (uint64_t i = 0; i < a->count; i++) {
        (void)gguf_array_u32(a, i, &number);
        (void)gguf_array_f32(a, i, &real);
    }
    require(!gguf_array_u32(a, a->count, &number) && !gguf_array_f32(a, a->count, &real));
}

static void check_key(const gguf_table *t, size_t i, const unsigned char *data, size_t size)
{
    gguf_value_type type = GGUF_ARRAY;
    const span key = gguf_key(t, i, &type);
    char *const name = memory_copy_string(key.ptr, key.len);
    if (name == NULL) {
        return;
    }
    span string = {0};
    gguf_array array;
    uint64_t number = 0;
    float real = 0;
    bool boolean = false;
    require_inside(key, data, size);
    require(key.len > 0 && strlen(name) == key.len && gguf_has(t, name));
    require(gguf_get_string(t, name, &string) == (type == GGUF_STRING));
    require(gguf_get_bool(t, name, &boolean) == (type == GGUF_BOOL));
    require(gguf_get_array(t, name, &array) == (type == GGUF_ARRAY));
    (void)gguf_get_u64(t, name, &number);
    (void)gguf_get_f32(t, name, &real);
    if (type == GGUF_STRING) {
        require_inside(string, data, size);
    } else if (type == GGUF_ARRAY) {
        check_array(&array, data, size);
    }
    memory_free(name);
}

static void check_tensors(const gguf_table *t, size_t size, bool header_only)
{
    uint64_t end = gguf_data_offset(t);
    for (size_t i = 0; i < gguf_n_tensors(t); i++) {
        const gguf_tensor *const tensor = gguf_tensor_at(t, i);
        char name[256];
        require(tensor->name.len < sizeof(name));
        memcpy(name, tensor->name.ptr, tensor->name.len);
        name[tensor->name.len] = '\0';
        require(gguf_find_tensor(t, name) == tensor);
        require(tensor->offset >= end && tensor->size_bytes <= UINT64_MAX - tensor->offset);
        end = tensor->offset + tensor->size_bytes;
        require(header_only || end <= size);
        require(tensor->dims[0] % tensor->type->block_elements == 0);
        require(tensor->size_bytes / tensor->type->block_bytes ==
                tensor->n_elements / tensor->type->block_elements);
    }
}

static int parse_and_check(const uint8_t *data, size_t size, bool header_only)
{
    gguf_table *t = NULL;
    huis_error err = {0};
    const int status = gguf_parse(&t, data, size, "fuzz.gguf", header_only, &err);
    memory_fail_after(UINT64_MAX);
    if (status < 0) {
        require(t == NULL && err.status == status && err.message[0] != '\0');
        require(err.offset <= size || err.offset == UINT64_MAX || status == HUIS_E_BAD_FILE);
        return status;
    }
    for (size_t i = 0; i < gguf_n_keys(t); i++) {
        check_key(t, i, data, size);
    }
    check_tensors(t, size, header_only);
    require(file_type_of(t) != NULL);
    gguf_free(t);
    return HUIS_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const int header_status = parse_and_check(data, size, true);
    const int status = parse_and_check(data, size, false);
    /* The whole file may only be refused for its data where the header alone is fine. */
    require(header_status == HUIS_OK ? status == HUIS_OK || status == HUIS_E_BAD_FILE
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
