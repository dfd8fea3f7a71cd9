/*
 * gguf_reader.c - bounded reads and error messages of the GGUF reader. See gguf_reader.h.
 */
#include "format/gguf_reader.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/error.h"
#include "base/limits.h"

int gguf_fail(const gguf_reader *r, int status, uint64_t offset, const char *format, ...)
{
    char message[384];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    return error_set_at(r->err, status, offset, "%s: offset %" PRIu64 ": %s", r->shown_name, offset,
                        message);
}

int gguf_fail_end(const gguf_reader *r, const char *what)
{
    if (r->end < r->size_bytes) {
        return gguf_fail(r, HUIS_E_BAD_FILE, r->pos, "%s lies past the limit of a header, %u bytes",
                         what, LIMIT_GGUF_HEADER_BYTES);
    }
    return gguf_fail(r, HUIS_E_BAD_FILE, r->pos,
                     "the file ends inside %s, at %" PRIu64 " bytes; it was cut short: download "
                     "it again",
                     what, r->size_bytes);
}

gguf_label gguf_label_of(span name)
{
    gguf_label label;
    const size_t room = sizeof(label.text) - 4;
    const size_t n = name.len < room ? name.len : room;
    for (size_t i = 0; i < n; i++) {
        const unsigned char c = (unsigned char)name.ptr[i];
        label.text[i] = (char)(c >= 0x20 && c < 0x7F ? c : '?');
    }
    memcpy(label.text + n, "...", 4);
    if (n == name.len) {
        label.text[n] = '\0';
    }
    return label;
}

int gguf_read_u32(gguf_reader *r, const char *what, uint32_t *out)
{
    if (gguf_left(r) < 4) {
        return gguf_fail_end(r, what);
    }
    *out = (uint32_t)gguf_load(r->data + r->pos, 4);
    r->pos += 4;
    return HUIS_OK;
}

int gguf_read_u64(gguf_reader *r, const char *what, uint64_t *out)
{
    if (gguf_left(r) < 8) {
        return gguf_fail_end(r, what);
    }
    *out = gguf_load(r->data + r->pos, 8);
    r->pos += 8;
    return HUIS_OK;
}

int gguf_read_string(gguf_reader *r, const char *what, uint64_t max_bytes, span *out)
{
    const uint64_t start = r->pos;
    uint64_t len = 0;
    RETURN_IF_ERROR(gguf_read_u64(r, what, &len));
    if (len > max_bytes) {
        return gguf_fail(r, HUIS_E_BAD_FILE, start,
                         "%s has %" PRIu64 " bytes; the limit is %" PRIu64, what, len, max_bytes);
    }
    if (len > gguf_left(r)) {
        return gguf_fail_end(r, what);
    }
    *out = span_from((const char *)(r->data + r->pos), (size_t)len);
    r->pos += len;
    return HUIS_OK;
}

uint32_t gguf_scalar_bytes(uint32_t type)
{
    static const uint8_t BYTES[] = {
        [GGUF_U8] = 1,  [GGUF_I8] = 1,  [GGUF_U16] = 2, [GGUF_I16] = 2,
        [GGUF_U32] = 4, [GGUF_I32] = 4, [GGUF_F32] = 4, [GGUF_BOOL] = 1,
        [GGUF_U64] = 8, [GGUF_I64] = 8, [GGUF_F64] = 8,
    };
    return type < sizeof(BYTES) ? BYTES[type] : 0;
}
