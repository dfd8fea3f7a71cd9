/*
 * test_stream.c - frames without waiting: in pieces, kept until they are taken, bounded; descriptors that
 * are expected, and those that are not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/limits.h"
#include "base/memory.h"
#include "wire/stream.h"

typedef struct pair {
    int peer;
    wire_stream stream;
} pair;

static pair make_pair(size_t max_bytes, size_t max_out_bytes)
{
    pair p;
    int fds[2];
    assert_int_equal(wire_pair(fds, NULL), HUIS_OK);
    p.peer = fds[0];
    wire_stream_init(&p.stream, fds[1], max_bytes, max_out_bytes);
    return p;
}

static void close_pair(pair *p)
{
    (void)close(p->peer);
    wire_stream_deinit(&p->stream);
}

static int receive(pair *p, wire_header *header, span *payload)
{
    return wire_stream_receive(&p->stream, header, payload, NULL);
}

/* Byte by byte: WIRE_WAIT until the last one. */
static void pieces_wait_for_the_rest(void **state)
{
    (void)state;
    pair p = make_pair(1000, 1000);
    unsigned char bytes[WIRE_HEADER_BYTES + 5];
    wire_header header = {7, 42, 5};
    span payload;
    wire_header_encode(&header, bytes);
    memcpy(bytes + WIRE_HEADER_BYTES, "hello", 5);
    for (size_t round = 0; round < 3; round++) {
        for (size_t i = 0; i < sizeof(bytes); i++) {
            assert_int_equal(receive(&p, &header, &payload), WIRE_WAIT);
            assert_int_equal(wire_stream_expected(&p.stream), i < WIRE_HEADER_BYTES ? 0 : 5);
            assert_int_equal(write(p.peer, bytes + i, 1), 1);
        }
        assert_int_equal(receive(&p, &header, &payload), HUIS_OK);
        assert_int_equal(header.type, 7);
        assert_int_equal(header.request, 42);
        assert_int_equal(payload.len, 5);
        assert_memory_equal(payload.ptr, "hello", 5);
        if (round == 1) {
            wire_stream_release(&p.stream);
        }
    }
    assert_int_equal(write(p.peer, bytes, 3), 3);
    assert_int_equal(receive(&p, &header, &payload), WIRE_WAIT);
    (void)close(p.peer);
    assert_int_equal(receive(&p, &header, &payload), HUIS_E_WORKER);
    p.peer = -1;
    wire_stream_deinit(&p.stream);
}

static void the_end_between_frames_is_told(void **state)
{
    (void)state;
    pair p = make_pair(1000, 1000);
    wire_header header;
    span payload;
    assert_int_equal(wire_send(p.peer, 1, 2, SPAN("x"), 0, NULL), HUIS_OK);
    (void)close(p.peer);
    assert_int_equal(receive(&p, &header, &payload), HUIS_OK);
    assert_int_equal(receive(&p, &header, &payload), WIRE_END);
    wire_stream_deinit(&p.stream);
}

static void lengths_and_magic_are_checked_first(void **state)
{
    (void)state;
    unsigned char head[WIRE_HEADER_BYTES];
    wire_header header;
    span payload;
    for (int i = 0; i < 2; i++) {
        pair p = make_pair(1000, 1000);
        wire_header_encode(&(wire_header){1, 2, i == 0 ? 1001 : 10}, head);
        head[0] = (unsigned char)(head[0] ^ (i == 1 ? 1 : 0));
        assert_int_equal(write(p.peer, head, sizeof(head)), sizeof(head));
        assert_int_equal(receive(&p, &header, &payload), HUIS_E_WORKER);
        assert_int_equal(wire_send(p.peer, 1, 2, SPAN("good again"), 0, NULL), HUIS_OK);
        assert_int_equal(receive(&p, &header, &payload), HUIS_E_WORKER);
        close_pair(&p);
    }
}

/* More than the kernel takes at once stays until the peer reads; more than the limit is refused. */
static void what_is_not_read_waits(void **state)
{
    (void)state;
    enum { N = 64, BYTES = 50000 };
    static char text[BYTES];
    pair p = make_pair(1000, N * (BYTES + WIRE_HEADER_BYTES));
    buffer payload;
    wire_header header;
    memset(text, 't', sizeof(text));
    buffer_init(&payload, LIMIT_FRAME_BYTES);
    for (uint32_t i = 0; i < N; i++) {
        assert_true(wire_stream_send(&p.stream, 9, i, span_from(text, sizeof(text))));
    }
    assert_true(wire_stream_flush(&p.stream));
    assert_true(wire_stream_unsent(&p.stream) > 0);
    for (uint32_t i = 0; i < N; i++) {
        assert_true(wire_stream_flush(&p.stream));
        assert_int_equal(wire_receive(p.peer, &header, &payload, 0, NULL), HUIS_OK);
        assert_int_equal(header.request, i);
        assert_int_equal(payload.len, BYTES);
    }
    assert_true(wire_stream_flush(&p.stream));
    assert_int_equal(wire_stream_unsent(&p.stream), 0);
    for (uint32_t i = 0; i < N; i++) {
        assert_true(wire_stream_send(&p.stream, 9, i, span_from(text, sizeof(text))));
    }
    assert_false(wire_stream_send(&p.stream, 9, N, SPAN("")));
    assert_int_equal(wire_stream_unsent(&p.stream), 0);
    buffer_deinit(&payload);
    close_pair(&p);
}

static void a_peer_that_is_gone_is_told(void **state)
{
    (void)state;
    pair p = make_pair(1000, 1000);
    (void)close(p.peer);
    assert_true(wire_stream_send(&p.stream, 1, 2, SPAN("x")));
    assert_false(wire_stream_flush(&p.stream));
    wire_stream_deinit(&p.stream);
}

static bool is_closed(int fd)
{
    return fcntl(fd, F_GETFD) == -1 && errno == EBADF;
}

/* In order, close-on-exec, each once; at most WIRE_PASSED_MAX are kept; none where none is expected. */
static void descriptors_come_with_their_frames(void **state)
{
    (void)state;
    pair p = make_pair(1000, 1000);
    wire_header header;
    span payload;
    int ends[2];
    char byte = 0;
    p.stream.may_pass = true;
    assert_int_equal(wire_pair(ends, NULL), HUIS_OK);
    assert_int_equal(wire_send(p.peer, 1, 1, SPAN("a"), 0, NULL), HUIS_OK);
    assert_int_equal(wire_send_descriptor(p.peer, 1, 2, SPAN("b"), ends[0], 0, NULL), HUIS_OK);
    assert_int_equal(wire_send_descriptor(p.peer, 1, 3, SPAN("c"), ends[1], 0, NULL), HUIS_OK);
    for (uint32_t i = 1; i <= 3; i++) {
        assert_int_equal(receive(&p, &header, &payload), HUIS_OK);
        assert_int_equal(header.request, i);
    }
    const int first = wire_stream_take_passed(&p.stream);
    const int second = wire_stream_take_passed(&p.stream);
    assert_int_equal(wire_stream_take_passed(&p.stream), -1);
    assert_true(first >= 0 && second >= 0);
    assert_int_equal(fcntl(first, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    assert_int_equal(write(first, "x", 1), 1);
    assert_int_equal(read(second, &byte, 1), 1);
    assert_int_equal(byte, 'x');
    (void)close(first);
    (void)close(second);
    for (size_t i = 0; i < WIRE_PASSED_MAX + 2; i++) {
        assert_int_equal(wire_send_descriptor(p.peer, 1, 2, SPAN(""), ends[0], 0, NULL), HUIS_OK);
        assert_int_equal(receive(&p, &header, &payload), HUIS_OK);
    }
    assert_int_equal(p.stream.n_passed, WIRE_PASSED_MAX);
    const int kept = p.stream.passed[0];
    close_pair(&p);
    assert_true(is_closed(kept));
    pair q = make_pair(1000, 1000);
    assert_int_equal(wire_send_descriptor(q.peer, 1, 2, SPAN("b"), ends[0], 0, NULL), HUIS_OK);
    assert_int_equal(receive(&q, &header, &payload), HUIS_OK);
    assert_int_equal(q.stream.n_passed, 0);
    close_pair(&q);
    (void)close(ends[0]);
    (void)close(ends[1]);
}

static void failing_allocations_are_told(void **state)
{
    (void)state;
    for (uint64_t n = 0; n < 4; n++) {
        pair p = make_pair(100000, 100000);
        wire_header header;
        span payload;
        static char text[3000];
        memset(text, 't', sizeof(text));
        assert_int_equal(wire_send(p.peer, 1, 1, span_from(text, sizeof(text)), 0, NULL), HUIS_OK);
        memory_fail_after(n);
        const int status = receive(&p, &header, &payload);
        const bool sent = wire_stream_send(&p.stream, 1, 1, span_from(text, sizeof(text)));
        memory_fail_after(UINT64_MAX);
        assert_true(status == HUIS_OK || status == HUIS_E_NO_MEMORY);
        assert_true((status != HUIS_OK) + (sent ? 0 : 1) <= 1);
        close_pair(&p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_wait_for_the_rest),
        cmocka_unit_test(the_end_between_frames_is_told),
        cmocka_unit_test(lengths_and_magic_are_checked_first),
        cmocka_unit_test(what_is_not_read_waits),
        cmocka_unit_test(a_peer_that_is_gone_is_told),
        cmocka_unit_test(descriptors_come_with_their_frames),
        cmocka_unit_test(failing_allocations_are_told),
    };
    return cmocka_run_group_tests_name("stream", tests, NULL, NULL);
}
