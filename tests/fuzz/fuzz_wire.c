/*
 * fuzz_wire.c - any bytes as what the other process sends.
 *
 * The input goes through a socket pair, as in life, and is received frame by frame until it fails
 * or ends. Payloads that are JSON are read as the message of their type, and as each other type; what
 * is accepted must be the same after it was written and read again. The reader that does not wait must
 * see the same frames.
 */
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../unit/wire/protocol_check.h"
#include "base/limits.h"
#include "base/memory.h"
#include "wire/json.h"
#include "wire/protocol.h"
#include "wire/stream.h"
#include "wire/wire.h"

enum { MAX_BYTES = 64 * 1024, MAX_PAYLOAD_BYTES = 32 * 1024 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_as_every_type(span payload)
{
    json_t *json = NULL;
    if (wire_json_parse(payload, &json, NULL) != HUIS_OK) {
        return;
    }
    for (uint32_t type = 0; type <= PROTOCOL_PREFIX_SAVE; type++) {
        bool is_same = true;
        if (protocol_check_round_trip(type, json, &is_same) && !is_same) {
            abort();
        }
    }
    json_decref(json);
}

/* Frames of the input, and a sum of them. */
typedef struct seen {
    size_t n;
    uint64_t sum;
} seen;

static void add_frame(seen *s, const wire_header *header, span payload)
{
    s->n++;
    s->sum = s->sum * 31 + header->type + payload.len;
    for (size_t i = 0; i < payload.len; i++) {
        s->sum = s->sum * 31 + (unsigned char)payload.ptr[i];
    }
}

static seen read_without_waiting(const uint8_t *data, size_t size)
{
    int fds[2];
    seen s = {0, 0};
    wire_stream stream;
    wire_header header;
    span payload;
    if (wire_pair(fds, NULL) != HUIS_OK) {
        abort();
    }
    wire_stream_init(&stream, fds[1], MAX_PAYLOAD_BYTES, 0);
    /* In two parts, to stop inside a frame. */
    for (int part = 0; part < 2; part++) {
        const size_t begin = part == 0 ? 0 : size / 2;
        const size_t end = part == 0 ? size / 2 : size;
        (void)send(fds[0], data + begin, end - begin, MSG_DONTWAIT | MSG_NOSIGNAL);
        while (wire_stream_receive(&stream, &header, &payload, NULL) == HUIS_OK) {
            add_frame(&s, &header, payload);
        }
    }
    (void)close(fds[0]);
    wire_stream_deinit(&stream);
    return s;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int fds[2];
    wire_header header;
    buffer payload;
    seen waiting = {0, 0};
    if (size == 0 || size > MAX_BYTES || wire_pair(fds, NULL) != HUIS_OK) {
        return 0;
    }
    buffer_init(&payload, MAX_PAYLOAD_BYTES);
    const ssize_t sent = send(fds[0], data, size, MSG_DONTWAIT | MSG_NOSIGNAL);
    (void)close(fds[0]);
    while (sent > 0 && wire_receive(fds[1], &header, &payload, WIRE_NO_TIMEOUT, NULL) == HUIS_OK) {
        if (payload.len != header.length || payload.len > MAX_PAYLOAD_BYTES) {
            abort();
        }
        add_frame(&waiting, &header, buffer_span(&payload));
        read_as_every_type(buffer_span(&payload));
    }
    (void)close(fds[1]);
    buffer_deinit(&payload);
    const seen other = read_without_waiting(data, size);
    if (waiting.n != other.n || waiting.sum != other.sum) {
        abort();
    }
    return 0;
}
