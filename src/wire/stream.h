/*
 * stream.h - frames (wire.h) of a channel without waiting: for a process that serves several.
 *
 * What has come of a frame is kept until the rest comes; what is to be sent is kept until the peer
 * takes it. Neither side waits, so that a peer that sends half a frame, or reads nothing, holds up
 * nobody but itself.
 */
#ifndef HUIS_WIRE_STREAM_H
#define HUIS_WIRE_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "wire/wire.h"

enum {
    WIRE_WAIT = 2,       /* wire_stream_receive: no whole frame is there yet */
    WIRE_PASSED_MAX = 4, /* descriptors that came and were not taken yet */
};

typedef struct wire_stream {
    int fd; /* owned; -1: closed */
    unsigned char head[WIRE_HEADER_BYTES];
    size_t have_head; /* bytes of it */
    wire_header header;
    buffer payload; /* of the frame that is coming in, or has come */
    bool is_whole;  /* that frame was handed over: the next call begins another */
    bool is_broken; /* an error was told, and is told again */
    bool may_pass;  /* descriptors are expected; otherwise the kernel drops them */
    int passed[WIRE_PASSED_MAX];
    size_t n_passed;
    buffer out;
    size_t n_sent; /* of `out` */
} wire_stream;

/* Takes `fd`. Frames of at most max_bytes come in, at most max_out_bytes wait to go out. */
void wire_stream_init(wire_stream *s, int fd, size_t max_bytes, size_t max_out_bytes);
/* Closes the channel and the descriptors that nobody took. */
void wire_stream_deinit(wire_stream *s);

/* Reads what is there. HUIS_OK: a frame, its payload valid until the next call; WIRE_WAIT; WIRE_END;
 * or an error (WORKER, NO_MEMORY), after which the channel is of no more use. */
int wire_stream_receive(wire_stream *s, wire_header *out_header, span *out_payload,
                        huis_error *err);
/* Bytes that the frame which is coming in will have; 0: none is. */
size_t wire_stream_expected(const wire_stream *s);
/* Gives back the memory of the last frame, if it was large. */
void wire_stream_release(wire_stream *s);
/* The first descriptor that was not taken yet, now the caller's; -1: none. */
int wire_stream_take_passed(wire_stream *s);

/* Appends a frame to what is to be sent. False: no memory, or over the limit. */
bool wire_stream_send(wire_stream *s, uint32_t type, uint32_t request, span payload);
/* Sends what the peer takes at once. False: it is gone. */
bool wire_stream_flush(wire_stream *s);
/* The same, and waits until at most most_bytes are left, or until that moment. */
bool wire_stream_drain(wire_stream *s, size_t most_bytes, int64_t until_us);
size_t wire_stream_unsent(const wire_stream *s); /* bytes */

#endif
