/*
 * packed.c - see packed.h.
 *
 * The sections are the pieces of weights.c in their order. They begin on a huge page of the file,
 * so that a file system with large folios maps them with large pages.
 */
#include "engine/packed.h"

#include "base/error.h"
#include "base/memory.h"

int packed_attach(engine *e, const engine_options *options, huis_error *err)
{
    cache_file file = {0};
    RETURN_IF_ERROR(cache_file_check(&file, options->packed, options->packed.len, options->source,
                                     CACHE_LAYOUT_PACKED_MODEL, err));
    const packed_weights packed = {
        .data = (const unsigned char *)options->packed.ptr,
        .sections = file.sections,
        .n_sections = file.n_sections,
    };
    return weights_attach(&e->weights, e->model, &packed, err);
}

static uint64_t align_up(uint64_t n, uint64_t alignment)
{
    return (n + alignment - 1) / alignment * alignment;
}

int engine_packed_writer(const engine *e, int fd, const cache_source *source,
                         cache_writer *out_writer, huis_error *err)
{
    const weights *const w = &e->weights;
    if (w->n_sections == 0) {
        return error_set(err, HUIS_E_BAD_ARGUMENT, "this model was not packed here");
    }
    cache_section *const sections = memory_alloc(w->n_sections, sizeof(*sections));
    if (sections == NULL) {
        return error_no_memory(err, "the table of a cache file");
    }
    const uint64_t start = align_up(cache_file_head_bytes(w->n_sections), WEIGHTS_ALIGNMENT);
    for (uint32_t i = 0; i < w->n_sections; i++) {
        sections[i] = w->sections[i];
        sections[i].offset += start;
    }
    const int status = cache_writer_init(out_writer, fd, source, CACHE_LAYOUT_PACKED_MODEL,
                                         sections, w->parts, w->n_sections, err);
    memory_free(sections);
    return status;
}
