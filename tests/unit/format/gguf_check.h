/*
 * gguf_check.h - everything that gguf.h promises of an accepted file, checked on a table: spans and
 * tensors inside the bytes, in order, without overlap; names found again; getters that agree with
 * the types. A broken promise aborts, so that a fuzzer sees it.
 */
#ifndef HUIS_TESTS_GGUF_CHECK_H
#define HUIS_TESTS_GGUF_CHECK_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "format/file_type.h"
#include "format/gguf.h"

static inline void gguf_require(bool condition, const char *what)
{
    if (!condition) {
        (void)fprintf(stderr, "broken promise: %s\n", what);
        abort();
    }
}

#define GGUF_REQUIRE(condition) gguf_require((condition), #condition)

static inline void gguf_require_inside(span s, const unsigned char *data, size_t size)
{
    const char *const first = (const char *)data;
    GGUF_REQUIRE(s.ptr >= first && s.len <= size && s.ptr <= first + (size - s.len));
}

static inline void gguf_check_array(const gguf_array *a, const unsigned char *data, size_t size)
{
    if (a->type == GGUF_STRING) {
        for (uint64_t i = 0; i < a->count; i++) {
            gguf_require_inside(a->strings[i], data, size);
        }
        return;
    }
    uint32_t number = 0;
    float real = 0;
    for (uint64_t i = 0; i < a->count; i++) {
        (void)gguf_array_u32(a, i, &number);
        (void)gguf_array_f32(a, i, &real);
        GGUF_REQUIRE(a->type != GGUF_BOOL || number <= 1);
    }
    GGUF_REQUIRE(!gguf_array_u32(a, a->count, &number) && !gguf_array_f32(a, a->count, &real));
}

static inline void gguf_check_key(const gguf_table *t, size_t i, size_t size)
{
    gguf_value_type type = GGUF_ARRAY;
    const span key = gguf_key(t, i, &type);
    gguf_require_inside(key, gguf_data(t), size);
    char *const name = memory_copy_string(key.ptr, key.len);
    if (name == NULL) {
        return;
    }
    span string = {0};
    gguf_array array = {0};
    uint64_t number = 0;
    float real = 0;
    bool boolean = false;
    GGUF_REQUIRE(key.len > 0 && strlen(name) == key.len && gguf_has(t, name));
    GGUF_REQUIRE(gguf_get_string(t, name, &string) == (type == GGUF_STRING));
    GGUF_REQUIRE(gguf_get_bool(t, name, &boolean) == (type == GGUF_BOOL));
    GGUF_REQUIRE(gguf_get_array(t, name, &array) == (type == GGUF_ARRAY));
    (void)gguf_get_u64(t, name, &number);
    (void)gguf_get_f32(t, name, &real);
    if (type == GGUF_STRING) {
        gguf_require_inside(string, gguf_data(t), size);
    } else if (type == GGUF_ARRAY) {
        gguf_check_array(&array, gguf_data(t), size);
    }
    memory_free(name);
}

/* Returns the end of the last tensor. */
static inline uint64_t gguf_check_tensors(const gguf_table *t, size_t size, bool header_only)
{
    uint64_t end = gguf_data_offset(t);
    for (size_t i = 0; i < gguf_n_tensors(t); i++) {
        const gguf_tensor *const tensor = gguf_tensor_at(t, i);
        char name[256];
        GGUF_REQUIRE(tensor->name.len < sizeof(name));
        memcpy(name, tensor->name.ptr, tensor->name.len);
        name[tensor->name.len] = '\0';
        GGUF_REQUIRE(gguf_find_tensor(t, name) == tensor);
        GGUF_REQUIRE(tensor->offset >= end && tensor->size_bytes <= UINT64_MAX - tensor->offset);
        end = tensor->offset + tensor->size_bytes;
        GGUF_REQUIRE(header_only || end <= size);
        GGUF_REQUIRE(tensor->dims[0] % tensor->type->block_elements == 0);
        GGUF_REQUIRE(tensor->size_bytes / tensor->type->block_bytes ==
                     tensor->n_elements / tensor->type->block_elements);
    }
    return end;
}

/* All of it. `size` is that of the bytes given to gguf_parse. */
static inline void gguf_check_table(const gguf_table *t, size_t size, bool header_only)
{
    for (size_t i = 0; i < gguf_n_keys(t); i++) {
        gguf_check_key(t, i, size);
    }
    (void)gguf_check_tensors(t, size, header_only);
    GGUF_REQUIRE(file_type_of(t) != NULL);
}

/* What a refusal owes: nothing written, one line that names the file. */
static inline void gguf_check_refusal(const gguf_table *t, int status, const huis_error *err)
{
    GGUF_REQUIRE(status < 0 && t == NULL && err->status == status);
    GGUF_REQUIRE(err->message[0] != '\0' && strchr(err->message, '\n') == NULL);
    GGUF_REQUIRE(status == HUIS_E_BAD_FILE || status == HUIS_E_UNSUPPORTED ||
                 status == HUIS_E_NO_MEMORY);
    GGUF_REQUIRE(status == HUIS_E_NO_MEMORY || err->offset != UINT64_MAX);
}

#endif
