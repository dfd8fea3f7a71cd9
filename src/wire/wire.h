/*
 * wire.h - frames between the processes of huis, over a Unix stream socket pair.
 *
 * A frame is a header of 16 bytes (magic, type, request, length; little-endian) and a payload of
 * `length` bytes, JSON except where a type says otherwise. Whole frames are sent and received: a
 * call never leaves half a frame behind unless it fails, and after a failure the channel is of no
 * more use. Either side treats the other as hostile: lengths are bounded before memory is taken,
 * memory grows only with bytes that have arrived, and descriptors that a peer attaches are dropped
 * by the kernel because nobody makes room for them (wire/stream.h does where one is expected).
 *
 * No call raises SIGPIPE, and the descriptors may be blocking or not. One reader and one writer at
 * a time per descriptor.
 */
#ifndef HUIS_WIRE_WIRE_H
#define HUIS_WIRE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/span.h"
#include "huis/error.h"

enum {
    WIRE_HEADER_BYTES = 16,
    WIRE_END = 1 /* wire_receive: the peer closed between two frames */
};

#define WIRE_NO_TIMEOUT INT64_C(-1)

typedef struct wire_header {
    uint32_t type;    /* meaning belongs to the two programs (wire/protocol.h) */
    uint32_t request; /* number that an answer repeats */
    uint32_t length;  /* bytes of the payload */
} wire_header;

void wire_header_encode(const wire_header *header, unsigned char out[WIRE_HEADER_BYTES]);
/* Refuses a wrong magic and a length over `max_bytes`: HUIS_E_WORKER. */
int wire_header_decode(const unsigned char in[WIRE_HEADER_BYTES], size_t max_bytes,
                       wire_header *out_header, huis_error *err);

/* A connected pair, close-on-exec. */
int wire_pair(int out_fds[2], huis_error *err);

/* Sends one frame. LIMIT: payload over LIMIT_FRAME_BYTES, or not done within `timeout_us`
 * (WIRE_NO_TIMEOUT: waits); WORKER: the peer is gone. */
int wire_send(int fd, uint32_t type, uint32_t request, span payload, int64_t timeout_us,
              huis_error *err);

/* The same with a descriptor, which stays the caller's; the receiver gets a copy. */
int wire_send_descriptor(int fd, uint32_t type, uint32_t request, span payload, int passed,
                         int64_t timeout_us, huis_error *err);

/* Receives one frame; `payload` is emptied first and must have been initialised with a limit, which
 * bounds the length. Returns HUIS_OK, WIRE_END, or an error: LIMIT on time-out, WORKER when the
 * peer sent nonsense or closed inside a frame. */
int wire_receive(int fd, wire_header *out_header, buffer *payload, int64_t timeout_us,
                 huis_error *err);

/* Whether bytes (or the end) can be read at once. */
bool wire_is_readable(int fd);

#endif
