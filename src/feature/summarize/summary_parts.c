/*
 * summary_parts.c - the runs of a text that are read one at a time.
 *
 * Parts are given by the caller (files, messages, pages, chapters) or found in a long text
 * (document/parts.c). A long part is cut further; a run is never longer than RUN_BYTES, so that the
 * memory that one takes is bounded whatever the text.
 */
#include "base/error.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "feature/summarize/summary_tree.h"

enum {
    RUN_BYTES = 256 * 1024,
    CUT_BYTES = 4096 /* how far back a line break or a space is looked for */
};

static bool is_border(span text, uint64_t at)
{
    return at == text.len || (at < text.len && ((unsigned char)text.ptr[at] & 0xC0u) != 0x80u);
}

static bool is_utf8(const char *string)
{
    return string == NULL || utf8_valid_prefix(span_from_string(string)) == strlen(string);
}

int summary_check_parts(span text, const huis_summarize_options *options, huis_error *err)
{
    uint64_t end = 0;
    if (options->n_parts > 0 && options->parts == NULL) {
        return error_set(err, HUIS_E_BAD_ARGUMENT, "huis_summarize: the parts are NULL");
    }
    for (size_t i = 0; i < options->n_parts; i++) {
        const huis_text_part *const part = &options->parts[i];
        if (part->start < end || part->end < part->start || !is_border(text, part->start) ||
            !is_border(text, part->end) || part->genre > HUIS_GENRE_DIALOGUE) {
            return error_set(err, HUIS_E_BAD_ARGUMENT,
                             "huis_summarize: part %zu is not a run of whole characters after the "
                             "one before it, or its genre is not known",
                             i);
        }
        if (!is_utf8(part->title) || !is_utf8(part->who) || !is_utf8(part->when)) {
            return error_set(err, HUIS_E_BAD_ARGUMENT,
                             "huis_summarize: title, who or when of part %zu is not UTF-8", i);
        }
        end = part->end;
    }
    return HUIS_OK;
}

static bool add_run(summary_runs *runs, summary_run run)
{
    if (runs->count == runs->capacity) {
        const size_t more = runs->capacity > 0 ? runs->capacity * 2 : 16;
        summary_run *const list = memory_resize(runs->list, more, sizeof(*list));
        if (list == NULL) {
            return false;
        }
        runs->list = list;
        runs->capacity = more;
    }
    runs->list[runs->count++] = run;
    return true;
}

/* Where to cut a run that is too long: after a line, a word, or a character. */
static size_t cut_of(span text, size_t end)
{
    const span before = span_slice(text, end - CUT_BYTES, end);
    const char *const newline = memrchr(before.ptr, '\n', before.len);
    if (newline != NULL) {
        return (size_t)(newline + 1 - text.ptr);
    }
    const char *const space = memrchr(before.ptr, ' ', before.len);
    if (space != NULL) {
        return (size_t)(space + 1 - text.ptr);
    }
    while (!is_border(text, end)) {
        end--;
    }
    return end;
}

static bool add_cut_runs(summary_runs *runs, span text, const document_part *part, size_t i_part)
{
    size_t start = part->start;
    while (part->end - start > RUN_BYTES) {
        const size_t cut = cut_of(text, start + RUN_BYTES);
        const document_part piece = {.start = start, .end = cut, .genre = part->genre};
        if (!add_run(runs, (summary_run){.run = piece, .part = i_part})) {
            return false;
        }
        start = cut;
    }
    const document_part rest = {.start = start, .end = part->end, .genre = part->genre};
    return rest.end == rest.start || add_run(runs, (summary_run){.run = rest, .part = i_part});
}

/* The runs of one part; with `own_parts` each run that is found is a part by itself. */
static int add_part(summary_runs *runs, span text, const document_part *part, bool own_parts,
                    huis_error *err)
{
    document_part *found = NULL;
    size_t n_found = 0;
    bool ok = true;
    if (part->end - part->start < SUMMARY_LONG_BYTES) {
        ok = add_cut_runs(runs, text, part, runs->n_parts++);
        return ok ? HUIS_OK : error_no_memory(err, "the parts of the text");
    }
    RETURN_IF_ERROR(document_find_parts(span_slice(text, part->start, part->end), part->genre,
                                        &found, &n_found, err));
    for (size_t i = 0; ok && i < n_found; i++) {
        found[i].start += part->start;
        found[i].end += part->start;
        ok = add_cut_runs(runs, text, &found[i], own_parts ? runs->n_parts + i : runs->n_parts);
    }
    runs->n_parts += own_parts ? n_found : 1;
    memory_free(found);
    return ok ? HUIS_OK : error_no_memory(err, "the parts of the text");
}

int summary_find_runs(summary_runs *runs, span text, const huis_summarize_options *options,
                      huis_error *err)
{
    if (options->n_parts == 0) {
        const document_part whole = {
            .start = 0, .end = text.len, .genre = (document_genre)options->genre};
        return add_part(runs, text, &whole, true, err);
    }
    for (size_t i = 0; i < options->n_parts; i++) {
        const huis_text_part *const given = &options->parts[i];
        const huis_genre genre = given->genre != HUIS_GENRE_AUTO ? given->genre : options->genre;
        const document_part part = {.start = (size_t)given->start,
                                    .end = (size_t)given->end,
                                    .genre = (document_genre)genre};
        RETURN_IF_ERROR(add_part(runs, text, &part, false, err));
    }
    return HUIS_OK;
}

void summary_runs_deinit(summary_runs *runs)
{
    runs->list = memory_free(runs->list);
    runs->count = 0;
}
