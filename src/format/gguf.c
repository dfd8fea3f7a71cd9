/*
 * gguf.c - opens a GGUF file: what kind of file it is, then keys, then tensors. See gguf.h.
 *
 * Chapters: gguf_reader.c (bounded reads), gguf_metadata.c (keys), gguf_tensors.c (tensors and the
 * layout of the data), gguf_value.c (typed access).
 */
#include "format/gguf.h"

#include <inttypes.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/memory.h"
#include "format/gguf_reader.h"

enum { HEADER_BYTES = 24, SHOWN_NAME_BYTES = 160 };

/* What people pass for a GGUF file by mistake. */
static const struct {
    span magic;
    const char *what;
} FOREIGN_FILES[] = {
    {SPAN("version https://git-lfs"), "a Git LFS pointer, not the model; fetch it with git lfs"},
    {SPAN("<!DOCTYPE"), "a web page, not the model; check the address of the download"},
    {SPAN("<!doctype"), "a web page, not the model; check the address of the download"},
    {SPAN("<html"), "a web page, not the model; check the address of the download"},
    {SPAN("PK\003\004"), "a zip archive (or PyTorch weights); take the GGUF file of the model"},
    {SPAN("lmgg"), "a GGML file from before GGUF (2023); take a GGUF file of the model"},
    {SPAN("fmgg"), "a GGMF file from before GGUF (2023); take a GGUF file of the model"},
    {SPAN("tjgg"), "a GGJT file from before GGUF (2023); take a GGUF file of the model"},
    {SPAN("FUGG"), "a GGUF file with its bytes reversed; take a little-endian one"},
};

static int check_magic(const gguf_reader *r)
{
    const span bytes = span_from((const char *)r->data, (size_t)r->size_bytes);
    if (span_starts_with(bytes, SPAN("GGUF"))) {
        return HUIS_OK;
    }
    if (bytes.len == 0) {
        return gguf_fail(r, HUIS_E_BAD_FILE, 0, "the file is empty");
    }
    for (size_t i = 0; i < sizeof(FOREIGN_FILES) / sizeof(FOREIGN_FILES[0]); i++) {
        if (span_starts_with(bytes, FOREIGN_FILES[i].magic)) {
            return gguf_fail(r, HUIS_E_BAD_FILE, 0, "this is %s", FOREIGN_FILES[i].what);
        }
    }
    return gguf_fail(r, HUIS_E_BAD_FILE, 0, "not a GGUF file: it does not begin with 'GGUF'");
}

static int check_version(const gguf_reader *r, uint32_t version)
{
    if (version == 2 || version == 3) {
        return HUIS_OK;
    }
    if ((version & 0xFFFFu) == 0 && version != 0) {
        return gguf_fail(r, HUIS_E_UNSUPPORTED, 4,
                         "a big-endian GGUF file; take the little-endian one of the model");
    }
    return gguf_fail(r, HUIS_E_UNSUPPORTED, 4, "GGUF version %u; huis reads versions 2 and 3%s",
                     version, version == 1 ? " (version 1 is from 2023: take a newer file)" : "");
}

static int check_split(const gguf_reader *r, const gguf_table *t)
{
    uint64_t count = 0;
    uint64_t number = 0;
    if (!gguf_get_u64(t, "split.count", &count) || count <= 1) {
        return HUIS_OK;
    }
    (void)gguf_get_u64(t, "split.no", &number);
    return gguf_fail(r, HUIS_E_UNSUPPORTED, 0,
                     "part %" PRIu64 " of a model split into %" PRIu64 " files; join them with "
                     "llama-gguf-split --merge",
                     number < UINT64_MAX ? number + 1 : number, count);
}

static int read_file(gguf_reader *r, gguf_table *t, bool header_only)
{
    uint64_t n_tensors = 0;
    uint64_t n_entries = 0;
    RETURN_IF_ERROR(check_magic(r));
    r->pos = 4;
    RETURN_IF_ERROR(gguf_read_u32(r, "the file header", &t->version));
    RETURN_IF_ERROR(check_version(r, t->version));
    RETURN_IF_ERROR(gguf_read_u64(r, "the file header", &n_tensors));
    RETURN_IF_ERROR(gguf_read_u64(r, "the file header", &n_entries));
    RETURN_IF_ERROR(gguf_read_metadata(r, t, n_entries));
    RETURN_IF_ERROR(check_split(r, t));
    return gguf_read_tensors(r, t, n_tensors, header_only);
}

/* The last part of a long path, so that the message has room for the fault. */
static const char *shorten_name(const char *name)
{
    const size_t len = strlen(name);
    const char *shown = len > SHOWN_NAME_BYTES ? name + (len - SHOWN_NAME_BYTES) : name;
    while (((unsigned char)*shown & 0xC0) == 0x80) {
        shown++;
    }
    return shown;
}

static gguf_table *new_table(const unsigned char *data, const char *name)
{
    gguf_table *const t = memory_alloc(1, sizeof(*t));
    if (t == NULL) {
        return NULL;
    }
    arena_init(&t->memory, LIMIT_GGUF_TABLE_BYTES);
    map_init(&t->keys);
    map_init(&t->names);
    t->data = data;
    t->name = arena_copy(&t->memory, span_from_string(name));
    return t->name != NULL ? t : gguf_free(t);
}

int gguf_parse(gguf_table **out_table, const unsigned char *data, size_t size_bytes,
               const char *name, bool header_only, huis_error *err)
{
    gguf_table *const t = new_table(data, name);
    if (t == NULL) {
        return error_no_memory(err, name);
    }
    gguf_reader reader = {
        .data = data,
        .size_bytes = size_bytes,
        .end = size_bytes < LIMIT_GGUF_HEADER_BYTES ? size_bytes : LIMIT_GGUF_HEADER_BYTES,
        .shown_name = shorten_name(name),
        .err = err,
    };
    const int status = read_file(&reader, t, header_only);
    if (status < 0) {
        gguf_free(t);
        return status;
    }
    *out_table = t;
    return HUIS_OK;
}

gguf_table *gguf_free(gguf_table *table)
{
    if (table != NULL) {
        map_deinit(&table->keys);
        map_deinit(&table->names);
        arena_deinit(&table->memory);
        memory_free(table);
    }
    return NULL;
}

const char *gguf_name(const gguf_table *t)
{
    return t->name;
}

uint32_t gguf_version(const gguf_table *t)
{
    return t->version;
}

const unsigned char *gguf_data(const gguf_table *t)
{
    return t->data;
}

uint64_t gguf_data_offset(const gguf_table *t)
{
    return t->data_offset;
}
