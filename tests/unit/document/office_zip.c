/*
 * office_zip.c - see office_zip.h.
 */
#include "office_zip.h"

#include <string.h>

#include <zip.h>

#include "base/limits.h"

static bool add_parts(zip_t *archive, const office_part *parts, bool stored)
{
    for (; parts->name != NULL; parts++) {
        const size_t len = parts->len > 0 ? parts->len : strlen(parts->text);
        zip_source_t *const source = zip_source_buffer(archive, parts->text, len, 0);
        const zip_int64_t index =
            source != NULL ? zip_file_add(archive, parts->name, source, ZIP_FL_ENC_UTF_8) : -1;
        if (index < 0) {
            zip_source_free(source);
            return false;
        }
        if (stored && zip_set_file_compression(archive, (zip_uint64_t)index, ZIP_CM_STORE, 0) < 0) {
            return false;
        }
    }
    return true;
}

static bool read_source(buffer *out, zip_source_t *source)
{
    zip_stat_t info;
    if (zip_source_stat(source, &info) < 0 || zip_source_open(source) < 0) {
        return false;
    }
    const bool ok =
        buffer_reserve(out, info.size) &&
        zip_source_read(source, out->ptr + out->len, info.size) == (zip_int64_t)info.size;
    out->len += ok ? info.size : 0;
    (void)zip_source_close(source);
    return ok;
}

static bool make_zip(buffer *out, const office_part *parts, bool stored)
{
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t *const source = zip_source_buffer_create(NULL, 0, 0, &error);
    zip_t *const archive = zip_open_from_source(source, ZIP_TRUNCATE, &error);
    zip_error_fini(&error);
    if (archive == NULL) {
        zip_source_free(source);
        return false;
    }
    zip_source_keep(source);
    bool ok = add_parts(archive, parts, stored);
    if (!ok || zip_close(archive) < 0) {
        zip_discard(archive);
        ok = false;
    }
    ok = ok && read_source(out, source);
    zip_source_free(source);
    return ok;
}

bool office_zip(buffer *out, const office_part *parts)
{
    return make_zip(out, parts, false);
}

bool office_zip_stored(buffer *out, const office_part *parts)
{
    return make_zip(out, parts, true);
}

bool office_docx(buffer *out, const char *body, const office_part *extra)
{
    static const char TYPES[] =
        "<Types xmlns='http://schemas.openxmlformats.org/package/2006/content-types'/>";
    static const char RELATIONS[] =
        "<Relationships xmlns='http://schemas.openxmlformats.org/package/2006/relationships'>"
        "<Relationship Id='r1' Type='x/officeDocument' Target='word/document.xml'/>"
        "</Relationships>";
    static const char DOCUMENT_RELATIONS[] =
        "<Relationships xmlns='http://schemas.openxmlformats.org/package/2006/relationships'>"
        "<Relationship Id='a' Type='x/styles' Target='styles.xml'/>"
        "<Relationship Id='b' Type='x/numbering' Target='/word/numbering.xml'/>"
        "<Relationship Id='c' Type='x/footnotes' Target='../word/footnotes.xml'/>"
        "<Relationship Id='d' Type='x/hyperlink' Target='http://x.org' TargetMode='External'/>"
        "</Relationships>";
    buffer xml;
    buffer_init(&xml, 64 * (size_t)LIMIT_MIB);
    (void)buffer_append_string(
        &xml, "<w:document xmlns:w='http://schemas.openxmlformats.org/wordprocessingml/2006/main' "
              "xmlns:mc='http://schemas.openxmlformats.org/markup-compatibility/2006' "
              "xmlns:v='urn:v' xmlns:wps='urn:wps'><w:body>");
    (void)buffer_append_string(&xml, body);
    (void)buffer_append_string(&xml, "</w:body></w:document>");
    office_part parts[16] = {{"[Content_Types].xml", TYPES, 0},
                             {"_rels/.rels", RELATIONS, 0},
                             {"word/_rels/document.xml.rels", DOCUMENT_RELATIONS, 0},
                             {"word/document.xml", buffer_string(&xml), 0}};
    for (size_t n = 4; extra != NULL && extra->name != NULL && n + 1 < 16; n++) {
        parts[n] = *extra++;
    }
    const bool ok = buffer_ok(&xml) && office_zip(out, parts);
    buffer_deinit(&xml);
    return ok;
}
