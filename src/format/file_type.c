/*
 * file_type.c - see file_type.h. Numbers: enum llama_ftype of llama.cpp's llama.h.
 */
#include "format/file_type.h"

#include <stddef.h>

static const char *const NAMES[] = {
    [0] = "F32",      [1] = "F16",      [2] = "Q4_0",    [3] = "Q4_1",    [7] = "Q8_0",
    [8] = "Q5_0",     [9] = "Q5_1",     [10] = "Q2_K",   [11] = "Q3_K_S", [12] = "Q3_K_M",
    [13] = "Q3_K_L",  [14] = "Q4_K_S",  [15] = "Q4_K_M", [16] = "Q5_K_S", [17] = "Q5_K_M",
    [18] = "Q6_K",    [19] = "IQ2_XXS", [20] = "IQ2_XS", [21] = "Q2_K_S", [22] = "IQ3_XS",
    [23] = "IQ3_XXS", [24] = "IQ1_S",   [25] = "IQ4_NL", [26] = "IQ3_S",  [27] = "IQ3_M",
    [28] = "IQ2_S",   [29] = "IQ2_M",   [30] = "IQ4_XS", [31] = "IQ1_M",  [32] = "BF16",
    [36] = "TQ1_0",   [37] = "TQ2_0",   [38] = "MXFP4",  [39] = "NVFP4",  [40] = "Q1_0",
    [41] = "Q2_0",
};

enum { MAX_TYPE_ID = TENSOR_MXFP4 };

/* llama.cpp sets this bit when it guessed the number. */
#define FILE_TYPE_GUESSED 1024u

const char *file_type_name(uint32_t file_type)
{
    const uint32_t number = file_type & ~FILE_TYPE_GUESSED;
    return number < sizeof(NAMES) / sizeof(NAMES[0]) ? NAMES[number] : NULL;
}

/* The type with the most elements; of equal ones the one that comes first in the file. */
static const char *commonest_type(const gguf_table *table)
{
    uint64_t elements[MAX_TYPE_ID + 1] = {0};
    const tensor_type_info *best = NULL;
    for (size_t i = 0; i < gguf_n_tensors(table); i++) {
        const gguf_tensor *const tensor = gguf_tensor_at(table, i);
        elements[tensor->type->type] += tensor->n_elements;
    }
    for (size_t i = 0; i < gguf_n_tensors(table); i++) {
        const tensor_type_info *const type = gguf_tensor_at(table, i)->type;
        if (best == NULL || elements[type->type] > elements[best->type]) {
            best = type;
        }
    }
    return best != NULL ? best->name : "unknown";
}

const char *file_type_of(const gguf_table *table)
{
    uint32_t number = 0;
    if (gguf_get_u32(table, "general.file_type", &number) && file_type_name(number) != NULL) {
        return file_type_name(number);
    }
    return commonest_type(table);
}
