/*
 * fuzz_cache_file.c - bytes as a cache file: header and table are refused or lie within the file.
 *
 * The first byte chooses whether the sum is put right, so that what lies behind it is reached too.
 */
#include <stdlib.h>
#include <string.h>

#include "base/cache_file.h"
#include "base/map.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void put_sum_right(char *head, size_t size)
{
    cache_header header;
    if (size < sizeof(header)) {
        return;
    }
    memcpy(&header, head, sizeof(header));
    const size_t table = (size_t)header.n_sections * sizeof(cache_section);
    if (table > size - sizeof(header)) {
        return;
    }
    header.check = 0;
    const uint64_t sum = map_hash(span_from((const char *)&header, sizeof(header)), 0);
    header.check = map_hash(span_from(head + sizeof(header), table), sum);
    memcpy(head, &header, sizeof(header));
}

/* What a caller may rely on. */
static void check_places(const cache_file *file, const char *head, uint64_t file_bytes)
{
    uint64_t end = cache_file_head_bytes(file->n_sections);
    if ((const char *)file->sections != head + sizeof(cache_header) || file->n_sections == 0) {
        abort();
    }
    for (uint32_t i = 0; i < file->n_sections; i++) {
        const cache_section *const s = &file->sections[i];
        if (s->offset < end || s->offset % CACHE_FILE_ALIGNMENT != 0 || s->size_bytes == 0 ||
            s->offset > file_bytes || s->size_bytes > file_bytes - s->offset) {
            abort();
        }
        end = s->offset + s->size_bytes;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1) {
        return 0;
    }
    /* A block of its exact size, so that a read past its end is seen. */
    char *const head = malloc(size);
    if (head == NULL) {
        return 0;
    }
    memcpy(head, data + 1, size - 1);
    if ((data[0] & 1) != 0) {
        put_sum_right(head, size - 1);
    }
    cache_source source = {0};
    cache_file file = {0};
    cache_header header = {0};
    if (size - 1 >= sizeof(header)) {
        memcpy(&header, head, sizeof(header));
        source = header.source;
    }
    /* The file is larger than its start, as its header says. */
    if (cache_file_check(&file, span_from(head, size - 1), header.file_bytes, &source,
                         header.layout, NULL) == HUIS_OK) {
        check_places(&file, head, header.file_bytes);
    }
    free(head);
    return 0;
}
