/*
 * packed.c - see packed.h.
 *
 * The sections are the pieces of the vocabulary (vocab/vocab_packed.h; byte-level only), then those
 * of weights.c, both in their order. The weights begin on a huge page of the file, so that a file
 * system with large folios maps them with large pages.
 */
#include "engine/packed.h"

#include "base/error.h"
#include "base/memory.h"
#include "vocab/vocab_packed.h"

enum { KIND_VOCAB = 64 /* and up, by piece; below: weights */ };

/* How many sections at the start are pieces of a vocabulary: all or none. */
static uint32_t find_vocab(const cache_file *file, const char *data, vocab_packed *out_packed)
{
    for (uint32_t i = 0; i < VOCAB_N_PIECES; i++) {
        if (i >= file->n_sections || file->sections[i].kind != KIND_VOCAB + i) {
            return 0;
        }
        const cache_section *const s = &file->sections[i];
        out_packed->pieces[i] = span_from(data + s->offset, (size_t)s->size_bytes);
    }
    return VOCAB_N_PIECES;
}

int packed_attach(engine *e, const gguf_table *table, const engine_options *options,
                  const weights_options *w_options, huis_error *err)
{
    cache_file file = {0};
    vocab_packed pieces = {0};
    vocab *v = NULL;
    RETURN_IF_ERROR(cache_file_check(&file, options->packed, options->packed.len, options->source,
                                     CACHE_LAYOUT_PACKED_MODEL, err));
    const uint32_t n_vocab = find_vocab(&file, options->packed.ptr, &pieces);
    const packed_weights packed = {
        .data = (const unsigned char *)options->packed.ptr,
        .fd = options->packed_fd,
        .sections = file.sections + n_vocab,
        .n_sections = file.n_sections - n_vocab,
    };
    RETURN_IF_ERROR(vocab_open_packed(&v, table, n_vocab > 0 ? &pieces : NULL, err));
    const int status = weights_attach(&e->weights, e->model, &packed, w_options, err);
    if (status < 0) {
        vocab_free(v);
        return status;
    }
    e->vocab = v;
    return HUIS_OK;
}

static uint64_t align_up(uint64_t n, uint64_t alignment)
{
    return (n + alignment - 1) / alignment * alignment;
}

/* Fills sections and parts; the room is enough. */
static uint32_t list_sections(const engine *e, cache_section *sections, const unsigned char **parts)
{
    const weights *const w = &e->weights;
    vocab_packed pieces;
    const uint32_t n_vocab = vocab_pack(e->vocab, &pieces) ? VOCAB_N_PIECES : 0;
    const uint32_t n_sections = n_vocab + w->n_sections;
    uint64_t end = cache_file_head_bytes(n_sections);
    for (uint32_t i = 0; i < n_vocab; i++) {
        sections[i] = (cache_section){
            .kind = KIND_VOCAB + i, .offset = end, .size_bytes = pieces.pieces[i].len};
        parts[i] = (const unsigned char *)pieces.pieces[i].ptr;
        end = align_up(end + pieces.pieces[i].len, CACHE_FILE_ALIGNMENT);
    }
    end = align_up(end, WEIGHTS_ALIGNMENT);
    for (uint32_t i = 0; i < w->n_sections; i++) {
        sections[n_vocab + i] = w->sections[i];
        sections[n_vocab + i].offset += end;
        parts[n_vocab + i] = w->parts[i];
    }
    return n_sections;
}

int engine_packed_writer(const engine *e, int fd, const cache_source *source,
                         cache_writer *out_writer, huis_error *err)
{
    if (e->weights.n_sections == 0) {
        return error_set(err, HUIS_E_BAD_ARGUMENT, "this model was not packed here");
    }
    const size_t room = (size_t)e->weights.n_sections + VOCAB_N_PIECES;
    cache_section *const sections = memory_alloc(room, sizeof(*sections));
    const unsigned char **const parts = memory_alloc(room, sizeof(*parts));
    int status = sections != NULL && parts != NULL
                     ? HUIS_OK
                     : error_no_memory(err, "the table of a cache file");
    if (status == HUIS_OK) {
        const uint32_t n_sections = list_sections(e, sections, parts);
        status = cache_writer_init(out_writer, fd, source, CACHE_LAYOUT_PACKED_MODEL, sections,
                                   parts, n_sections, err);
    }
    memory_free(sections);
    memory_free(parts);
    return status;
}
