/*
 * gguf_tensors.c - the tensor part of a GGUF header and the layout of the data (format/ only).
 *
 * Idea: as in ggml, tensors lie in the order of their descriptions, each padded to the alignment,
 * without holes. One running offset then proves that every tensor is aligned, that none overlaps
 * another, and how long the file must be. Bytes after the last tensor are ignored.
 */
#include <inttypes.h>

#include "base/checked.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "format/gguf_reader.h"

enum {
    /* A name of one byte, n_dims, one dimension, a type and an offset. */
    TENSOR_MIN_BYTES = 8 + 1 + 4 + 8 + 4 + 8,
    DEFAULT_ALIGNMENT = 32,
    MIN_ALIGNMENT = 8,
};

/* The types that exist in files but are not read, for messages. */
static const struct {
    uint32_t id;
    const char *name;
} FOREIGN_TYPES[] = {
    {4, "Q4_2"},    {5, "Q4_3"},      {9, "Q8_1"},      {15, "Q8_K"},     {16, "IQ2_XXS"},
    {17, "IQ2_XS"}, {18, "IQ3_XXS"},  {19, "IQ1_S"},    {21, "IQ3_S"},    {22, "IQ2_S"},
    {24, "I8"},     {25, "I16"},      {26, "I32"},      {27, "I64"},      {28, "F64"},
    {29, "IQ1_M"},  {31, "Q4_0_4_4"}, {32, "Q4_0_4_8"}, {33, "Q4_0_8_8"}, {34, "TQ1_0"},
    {35, "TQ2_0"},  {40, "NVFP4"},    {41, "Q1_0"},     {42, "Q2_0"},
};

static const char *foreign_type_name(uint32_t id)
{
    for (size_t i = 0; i < sizeof(FOREIGN_TYPES) / sizeof(FOREIGN_TYPES[0]); i++) {
        if (FOREIGN_TYPES[i].id == id) {
            return FOREIGN_TYPES[i].name;
        }
    }
    return "an unknown type";
}

/* Names are UTF-8 without control characters, C1 ones included: they reach terminals and logs. */
static int check_name(const gguf_reader *r, uint64_t start, span name)
{
    if (name.len == 0) {
        return gguf_fail(r, HUIS_E_BAD_FILE, start, "the name of a tensor is empty");
    }
    for (size_t i = 0; i < name.len;) {
        uint32_t code = 0;
        bool valid = false;
        const size_t n = utf8_decode(name, i, &code, &valid);
        if (!valid || code < 0x20 || (code >= 0x7F && code < 0xA0)) {
            return gguf_fail(r, HUIS_E_BAD_FILE, start + 8 + i, "tensor name '%s' holds %s",
                             gguf_label_of(name).text,
                             valid ? "a control character" : "ill-formed UTF-8");
        }
        i += n;
    }
    return HUIS_OK;
}

static int read_name(gguf_reader *r, gguf_table *t, span *out_name)
{
    const uint64_t start = r->pos;
    RETURN_IF_ERROR(gguf_read_string(r, "the name of a tensor", LIMIT_GGUF_NAME_BYTES, out_name));
    RETURN_IF_ERROR(check_name(r, start, *out_name));
    if (map_get(&t->names, *out_name, NULL)) {
        return gguf_fail(r, HUIS_E_BAD_FILE, start, "tensor '%s' is there twice",
                         gguf_label_of(*out_name).text);
    }
    return HUIS_OK;
}

static int read_dims(gguf_reader *r, gguf_tensor *tensor)
{
    const uint64_t start = r->pos;
    RETURN_IF_ERROR(gguf_read_u32(r, "a tensor description", &tensor->n_dims));
    if (tensor->n_dims < 1 || tensor->n_dims > LIMIT_GGUF_DIMS) {
        return gguf_fail(r, HUIS_E_BAD_FILE, start,
                         "tensor '%s' has %u dimensions; 1 to %u are allowed",
                         gguf_label_of(tensor->name).text, tensor->n_dims, LIMIT_GGUF_DIMS);
    }
    tensor->n_elements = 1;
    for (uint32_t i = 0; i < LIMIT_GGUF_DIMS; i++) {
        tensor->dims[i] = 1;
        if (i >= tensor->n_dims) {
            continue;
        }
        RETURN_IF_ERROR(gguf_read_u64(r, "a tensor description", &tensor->dims[i]));
        if (tensor->dims[i] == 0) {
            return gguf_fail(r, HUIS_E_BAD_FILE, r->pos - 8, "dimension %u of tensor '%s' is 0", i,
                             gguf_label_of(tensor->name).text);
        }
        if (!checked_mul_u64(tensor->n_elements, tensor->dims[i], &tensor->n_elements) ||
            tensor->n_elements > INT64_MAX) {
            return gguf_fail(r, HUIS_E_BAD_FILE, r->pos - 8,
                             "the dimensions of tensor '%s' overflow",
                             gguf_label_of(tensor->name).text);
        }
    }
    return HUIS_OK;
}

static int read_type(gguf_reader *r, gguf_tensor *tensor)
{
    const uint64_t start = r->pos;
    uint32_t id = 0;
    RETURN_IF_ERROR(gguf_read_u32(r, "a tensor description", &id));
    tensor->type = tensor_type_find(id);
    if (tensor->type == NULL) {
        return gguf_fail(r, HUIS_E_UNSUPPORTED, start,
                         "tensor '%s' has %s (%u), which huis does not read; take a Q4_K_M, Q8_0 "
                         "or F16 file of the model",
                         gguf_label_of(tensor->name).text, foreign_type_name(id), id);
    }
    if (tensor->dims[0] % tensor->type->block_elements != 0) {
        return gguf_fail(r, HUIS_E_BAD_FILE, start,
                         "rows of tensor '%s' have %" PRIu64 " elements, not whole blocks of %u "
                         "(%s)",
                         gguf_label_of(tensor->name).text, tensor->dims[0],
                         tensor->type->block_elements, tensor->type->name);
    }
    if (!checked_mul_u64(tensor->n_elements / tensor->type->block_elements,
                         tensor->type->block_bytes, &tensor->size_bytes)) {
        return gguf_fail(r, HUIS_E_BAD_FILE, start, "the size of tensor '%s' overflows",
                         gguf_label_of(tensor->name).text);
    }
    return HUIS_OK;
}

/* Reads the offset, which must be `*next`, and moves that past the tensor and its padding. */
static int read_offset(gguf_reader *r, gguf_tensor *tensor, uint64_t alignment, uint64_t *next)
{
    const uint64_t start = r->pos;
    RETURN_IF_ERROR(gguf_read_u64(r, "a tensor description", &tensor->offset));
    const gguf_label label = gguf_label_of(tensor->name);
    if (tensor->offset % alignment != 0) {
        return gguf_fail(r, HUIS_E_BAD_FILE, start,
                         "the data offset %" PRIu64 " of tensor '%s' is no multiple of the "
                         "alignment %" PRIu64,
                         tensor->offset, label.text, alignment);
    }
    if (tensor->offset != *next) {
        return gguf_fail(
            r, HUIS_E_BAD_FILE, start,
            "tensor '%s' has the data offset %" PRIu64 ", which %s; %" PRIu64 " is expected",
            label.text, tensor->offset,
            tensor->offset < *next ? "overlaps the tensor before" : "leaves a hole", *next);
    }
    uint64_t end = 0;
    if (!checked_add_u64(tensor->offset, tensor->size_bytes, &end) ||
        !checked_align_u64(end, alignment, next)) {
        return gguf_fail(r, HUIS_E_BAD_FILE, start, "the sizes up to tensor '%s' overflow",
                         label.text);
    }
    return HUIS_OK;
}

static int read_tensor(gguf_reader *r, gguf_table *t, uint64_t alignment, uint64_t *next)
{
    gguf_tensor *const tensor = &t->tensors[t->n_tensors];
    RETURN_IF_ERROR(read_name(r, t, &tensor->name));
    RETURN_IF_ERROR(read_dims(r, tensor));
    RETURN_IF_ERROR(read_type(r, tensor));
    RETURN_IF_ERROR(read_offset(r, tensor, alignment, next));
    if (!map_set(&t->names, tensor->name, (uint32_t)t->n_tensors)) {
        return error_no_memory(r->err, "the tensors of a model file");
    }
    t->n_tensors++;
    return HUIS_OK;
}

static int read_alignment(const gguf_reader *r, const gguf_table *t, uint64_t *out_alignment)
{
    *out_alignment = DEFAULT_ALIGNMENT;
    uint32_t i = 0;
    if (!map_get(&t->keys, SPAN("general.alignment"), &i)) {
        return HUIS_OK;
    }
    const gguf_entry *const entry = &t->entries[i];
    const uint64_t offset = (uint64_t)((const unsigned char *)entry->key.ptr - r->data);
    if (entry->type != GGUF_U32) {
        return gguf_fail(r, HUIS_E_BAD_FILE, offset,
                         "general.alignment has value type %u; it must be u32", entry->type);
    }
    const uint64_t alignment = entry->value.bits;
    if (alignment < MIN_ALIGNMENT || alignment > LIMIT_GGUF_ALIGNMENT ||
        (alignment & (alignment - 1)) != 0) {
        return gguf_fail(r, HUIS_E_BAD_FILE, offset,
                         "general.alignment is %" PRIu64 "; it must be a power of two from %d to "
                         "%u",
                         alignment, MIN_ALIGNMENT, LIMIT_GGUF_ALIGNMENT);
    }
    *out_alignment = alignment;
    return HUIS_OK;
}

/* Turns offsets from the data section into offsets from the start of the file, and compares the
 * end of every tensor with the end of the file. */
static int place_tensors(const gguf_reader *r, gguf_table *t, uint64_t alignment, bool header_only)
{
    if (!checked_align_u64(r->pos, alignment, &t->data_offset)) {
        return gguf_fail(r, HUIS_E_BAD_FILE, r->pos, "the start of the data overflows");
    }
    for (size_t i = 0; i < t->n_tensors; i++) {
        gguf_tensor *const tensor = &t->tensors[i];
        uint64_t end = 0;
        if (!checked_add_u64(tensor->offset, t->data_offset, &tensor->offset) ||
            !checked_add_u64(tensor->offset, tensor->size_bytes, &end)) {
            return gguf_fail(r, HUIS_E_BAD_FILE, r->pos, "the end of tensor '%s' overflows",
                             gguf_label_of(tensor->name).text);
        }
        if (end > r->size_bytes && !header_only) {
            return gguf_fail(r, HUIS_E_BAD_FILE, tensor->offset,
                             "tensor '%s' ends at %" PRIu64 ", but the file has %" PRIu64
                             " bytes; it was cut short: download it again",
                             gguf_label_of(tensor->name).text, end, r->size_bytes);
        }
    }
    return HUIS_OK;
}

int gguf_read_tensors(gguf_reader *r, gguf_table *t, uint64_t n_tensors, bool header_only)
{
    uint64_t alignment = 0;
    uint64_t next = 0;
    RETURN_IF_ERROR(read_alignment(r, t, &alignment));
    if (n_tensors > LIMIT_GGUF_TENSORS) {
        return gguf_fail(r, HUIS_E_BAD_FILE, 8, "%" PRIu64 " tensors declared; the limit is %u",
                         n_tensors, LIMIT_GGUF_TENSORS);
    }
    if (n_tensors * TENSOR_MIN_BYTES > gguf_left(r)) {
        return gguf_fail(r, HUIS_E_BAD_FILE, 8,
                         "%" PRIu64 " tensors declared, but only %" PRIu64 " bytes follow the keys",
                         n_tensors, gguf_left(r));
    }
    t->tensors = arena_alloc(&t->memory, (size_t)n_tensors, sizeof(*t->tensors));
    if (t->tensors == NULL || !map_reserve(&t->names, (size_t)n_tensors)) {
        return error_no_memory(r->err, "the tensors of a model file");
    }
    for (uint64_t i = 0; i < n_tensors; i++) {
        RETURN_IF_ERROR(read_tensor(r, t, alignment, &next));
    }
    return place_tensors(r, t, alignment, header_only);
}
