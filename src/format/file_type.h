/*
 * file_type.h - names of general.file_type, the quantisation recipe of a whole GGUF file.
 */
#ifndef HUIS_FORMAT_FILE_TYPE_H
#define HUIS_FORMAT_FILE_TYPE_H

#include <stdint.h>

#include "format/gguf.h"

/* The name of a number, such as "Q4_K_M" for 15; NULL: not known. Static storage. */
const char *file_type_name(uint32_t file_type);

/* The recipe of a file: general.file_type by name; without that key, the type that holds most of
 * the elements; "unknown" for a file without tensors. Never NULL; static storage. */
const char *file_type_of(const gguf_table *table);

#endif
