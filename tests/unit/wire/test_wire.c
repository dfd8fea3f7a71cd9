/*
 * test_wire.c - frames: whole, bounded, patient, and never trusting.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/memory.h"
#include "wire/json.h"
#include "wire/wire.h"

typedef struct pair {
    int fds[2];
    buffer payload;
} pair;

static int open_pair(void **state)
{
    pair *const p = memory_alloc(1, sizeof(*p));
    assert_non_null(p);
    assert_int_equal(wire_pair(p->fds, NULL), HUIS_OK);
    buffer_init(&p->payload, LIMIT_FRAME_BYTES);
    *state = p;
    return 0;
}

static int close_pair(void **state)
{
    pair *const p = *state;
    (void)close(p->fds[0]);
    (void)close(p->fds[1]);
    buffer_deinit(&p->payload);
    memory_free(p);
    return 0;
}

static void frames_arrive_whole_and_in_order(void **state)
{
    pair *const p = *state;
    wire_header header = {0};
    assert_int_equal(wire_send(p->fds[0], 7, 42, SPAN("hello"), WIRE_NO_TIMEOUT, NULL), HUIS_OK);
    assert_int_equal(wire_send(p->fds[0], 8, 43, span_from(NULL, 0), WIRE_NO_TIMEOUT, NULL),
                     HUIS_OK);
    assert_int_equal(wire_receive(p->fds[1], &header, &p->payload, WIRE_NO_TIMEOUT, NULL), HUIS_OK);
    assert_int_equal(header.type, 7);
    assert_int_equal(header.request, 42);
    assert_int_equal(header.length, 5);
    assert_string_equal(p->payload.ptr, "hello");
    assert_int_equal(wire_receive(p->fds[1], &header, &p->payload, WIRE_NO_TIMEOUT, NULL), HUIS_OK);
    assert_int_equal(header.type, 8);
    assert_int_equal(p->payload.len, 0);
}

static void the_end_between_frames_is_not_an_error(void **state)
{
    pair *const p = *state;
    wire_header header = {0};
    (void)shutdown(p->fds[0], SHUT_WR);
    assert_int_equal(wire_receive(p->fds[1], &header, &p->payload, WIRE_NO_TIMEOUT, NULL),
                     WIRE_END);
}

/* Cut after each byte of a frame: an error every time but at the border. */
static void the_end_inside_a_frame_is_an_error(void **state)
{
    (void)state;
    unsigned char frame[WIRE_HEADER_BYTES + 3] = {0};
    const wire_header sent = {1, 2, 3};
    wire_header_encode(&sent, frame);
    for (size_t cut = 1; cut < sizeof(frame); cut++) {
        int fds[2];
        buffer payload;
        wire_header header = {0};
        huis_error err = {0};
        buffer_init(&payload, 100);
        assert_int_equal(wire_pair(fds, NULL), HUIS_OK);
        assert_int_equal(write(fds[0], frame, cut), cut);
        (void)close(fds[0]);
        assert_int_equal(wire_receive(fds[1], &header, &payload, WIRE_NO_TIMEOUT, &err),
                         HUIS_E_WORKER);
        assert_non_null(strstr(err.message, "inside a frame"));
        (void)close(fds[1]);
        buffer_deinit(&payload);
    }
}

static void a_wrong_magic_is_refused(void **state)
{
    pair *const p = *state;
    wire_header header = {0};
    assert_int_equal(write(p->fds[0], "GET / HTTP/1.1\r\n\r\n", 18), 18);
    assert_int_equal(wire_receive(p->fds[1], &header, &p->payload, WIRE_NO_TIMEOUT, NULL),
                     HUIS_E_WORKER);
}

static void a_length_over_the_limit_is_refused_before_memory(void **state)
{
    pair *const p = *state;
    unsigned char head[WIRE_HEADER_BYTES];
    const wire_header sent = {1, 1, LIMIT_FRAME_BYTES + 1};
    wire_header header = {0};
    wire_header_encode(&sent, head);
    assert_int_equal(write(p->fds[0], head, sizeof(head)), sizeof(head));
    assert_int_equal(wire_receive(p->fds[1], &header, &p->payload, WIRE_NO_TIMEOUT, NULL),
                     HUIS_E_WORKER);
    assert_null(p->payload.ptr);
}

static void a_payload_over_the_limit_is_not_sent(void **state)
{
    pair *const p = *state;
    char byte = 0;
    const span large = span_from(&byte, (size_t)LIMIT_FRAME_BYTES + 1);
    assert_int_equal(wire_send(p->fds[0], 1, 1, large, WIRE_NO_TIMEOUT, NULL), HUIS_E_LIMIT);
    assert_false(wire_is_readable(p->fds[1]));
}

static void silence_ends_in_time(void **state)
{
    pair *const p = *state;
    wire_header header = {0};
    const int64_t start_us = clock_monotonic_us();
    assert_int_equal(wire_receive(p->fds[1], &header, &p->payload, 30000, NULL), HUIS_E_LIMIT);
    assert_true(clock_monotonic_us() - start_us >= 30000);
}

static void a_reader_that_does_not_read_ends_in_time(void **state)
{
    pair *const p = *state;
    const size_t bytes = 8u * LIMIT_MIB;
    char *const large = memory_alloc(bytes, 1);
    assert_non_null(large);
    assert_int_equal(wire_send(p->fds[0], 1, 1, span_from(large, bytes), 30000, NULL),
                     HUIS_E_LIMIT);
    memory_free(large);
}

/* No SIGPIPE: the test would die of it. */
static void a_closed_peer_is_an_error(void **state)
{
    (void)state;
    int fds[2];
    assert_int_equal(wire_pair(fds, NULL), HUIS_OK);
    (void)close(fds[1]);
    assert_int_equal(wire_send(fds[0], 1, 1, SPAN("x"), WIRE_NO_TIMEOUT, NULL), HUIS_E_WORKER);
    (void)close(fds[0]);
}

static void on_signal(int number)
{
    (void)number;
}

typedef struct sender {
    int fd;
    pthread_t receiver;
    const char *bytes;
    size_t n_bytes;
} sender;

/* Sends byte runs of odd sizes and interrupts the receiver between them. */
static void *send_in_pieces(void *argument)
{
    sender *const s = argument;
    size_t sent = 0;
    for (size_t piece = 1; sent < s->n_bytes; piece = piece * 5 / 3 + 1) {
        const size_t n = piece < s->n_bytes - sent ? piece : s->n_bytes - sent;
        assert_int_equal(write(s->fd, s->bytes + sent, n), n);
        sent += n;
        (void)pthread_kill(s->receiver, SIGUSR1);
    }
    return NULL;
}

static void pieces_and_signals_do_not_matter(void **state)
{
    pair *const p = *state;
    const struct sigaction action = {.sa_handler = on_signal};
    assert_int_equal(sigaction(SIGUSR1, &action, NULL), 0);
    const size_t length = 300000;
    char *const frame = memory_alloc(WIRE_HEADER_BYTES + length, 1);
    assert_non_null(frame);
    const wire_header sent = {3, 9, (uint32_t)length};
    wire_header_encode(&sent, (unsigned char *)frame);
    for (size_t i = 0; i < length; i++) {
        frame[WIRE_HEADER_BYTES + i] = (char)(i * 31);
    }
    sender s = {p->fds[0], pthread_self(), frame, WIRE_HEADER_BYTES + length};
    pthread_t thread;
    wire_header header = {0};
    assert_int_equal(pthread_create(&thread, NULL, send_in_pieces, &s), 0);
    assert_int_equal(wire_receive(p->fds[1], &header, &p->payload, WIRE_NO_TIMEOUT, NULL), HUIS_OK);
    (void)pthread_join(thread, NULL);
    assert_int_equal(header.length, length);
    assert_memory_equal(p->payload.ptr, frame + WIRE_HEADER_BYTES, length);
    memory_free(frame);
}

static size_t count_descriptors(void)
{
    size_t n = 0;
    for (int fd = 0; fd < 256; fd++) {
        n += fcntl(fd, F_GETFD) >= 0 ? 1 : 0;
    }
    return n;
}

static void descriptors_of_a_peer_are_dropped(void **state)
{
    pair *const p = *state;
    unsigned char head[WIRE_HEADER_BYTES];
    const wire_header sent = {1, 1, 0};
    wire_header header = {0};
    wire_header_encode(&sent, head);
    char control[CMSG_SPACE(sizeof(int))] = {0};
    struct iovec part = {head, sizeof(head)};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control,
                             .msg_controllen = sizeof(control)};
    struct cmsghdr *const c = CMSG_FIRSTHDR(&message);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(sizeof(int));
    const int fd = STDERR_FILENO;
    memcpy(CMSG_DATA(c), &fd, sizeof(fd));
    assert_int_equal(sendmsg(p->fds[0], &message, 0), sizeof(head));
    const size_t before = count_descriptors();
    assert_int_equal(wire_receive(p->fds[1], &header, &p->payload, WIRE_NO_TIMEOUT, NULL), HUIS_OK);
    assert_int_equal(count_descriptors(), before);
}

static void json_goes_and_comes(void **state)
{
    pair *const p = *state;
    wire_header header = {0};
    json_t *const sent = json_pack("{s:i,s:f,s:b,s:o}", "n", 3, "x", 0.5, "yes", 1, "text",
                                   wire_json_text(SPAN("a\xff"
                                                       "b\0c")));
    assert_int_equal(wire_json_send(p->fds[0], 5, 6, sent, WIRE_NO_TIMEOUT, NULL), HUIS_OK);
    json_decref(sent);
    assert_int_equal(wire_receive(p->fds[1], &header, &p->payload, WIRE_NO_TIMEOUT, NULL), HUIS_OK);
    json_t *got = NULL;
    assert_int_equal(wire_json_parse(buffer_span(&p->payload), &got, NULL), HUIS_OK);
    uint32_t n = 0;
    double x = 0;
    bool yes = false;
    span text = {0};
    assert_true(wire_json_u32(got, "n", &n));
    assert_int_equal(n, 3);
    assert_true(wire_json_double(got, "x", &x));
    assert_true(x == 0.5);
    assert_true(wire_json_bool(got, "yes", &yes));
    assert_true(yes);
    assert_true(wire_json_string(got, "text", &text));
    assert_true(span_equal(text, SPAN("a\xef\xbf\xbd"
                                      "b\0c")));
    assert_false(wire_json_u32(got, "x", &n));
    assert_false(wire_json_u32(got, "absent", &n));
    assert_false(wire_json_string(got, "n", &text));
    json_decref(got);
}

static void bad_json_is_refused(void **state)
{
    (void)state;
    static const char *const BAD[] = {
        "",
        "{",
        "[1]",
        "\"x\"",
        "{\"a\":1,\"a\":2}",
        "{\"a\":1}x",
        "{\"a\":NaN}",
        "{\"a\":1e999}",
        "{\"a\":\"\xff\"}",
        "{\"a\":01}",
        "null",
        "{'a':1}",
        "{\"a\":\"\\ud800\"}",
    };
    for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
        json_t *json = NULL;
        assert_int_equal(wire_json_parse(span_from_string(BAD[i]), &json, NULL), HUIS_E_WORKER);
        assert_null(json);
    }
}

static void depth_is_bounded(void **state)
{
    (void)state;
    for (size_t depth = LIMIT_JSON_DEPTH - 1; depth <= LIMIT_JSON_DEPTH + 1; depth++) {
        buffer text;
        json_t *json = NULL;
        buffer_init(&text, 4096);
        (void)buffer_append_string(&text, "{\"[[[\\\"[\":");
        for (size_t i = 1; i < depth; i++) {
            (void)buffer_append_byte(&text, '[');
        }
        for (size_t i = 1; i < depth; i++) {
            (void)buffer_append_byte(&text, ']');
        }
        (void)buffer_append_string(&text, depth == 1 ? "1}" : "}");
        const int status = wire_json_parse(buffer_span(&text), &json, NULL);
        assert_int_equal(status, depth <= LIMIT_JSON_DEPTH ? HUIS_OK : HUIS_E_WORKER);
        json_decref(json);
        buffer_deinit(&text);
    }
}

static void numbers_out_of_range_are_refused(void **state)
{
    (void)state;
    json_t *json = NULL;
    const span text = SPAN("{\"a\":4294967296,\"b\":-1,\"c\":1.5,\"d\":4294967295}");
    assert_int_equal(wire_json_parse(text, &json, NULL), HUIS_OK);
    uint32_t n = 0;
    uint64_t wide = 0;
    assert_false(wire_json_u32(json, "a", &n));
    assert_true(wire_json_u64(json, "a", &wide));
    assert_false(wire_json_u64(json, "b", &wide));
    assert_false(wire_json_u64(json, "c", &wide));
    assert_true(wire_json_u32(json, "d", &n));
    json_decref(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(frames_arrive_whole_and_in_order, open_pair, close_pair),
        cmocka_unit_test_setup_teardown(the_end_between_frames_is_not_an_error, open_pair,
                                        close_pair),
        cmocka_unit_test(the_end_inside_a_frame_is_an_error),
        cmocka_unit_test_setup_teardown(a_wrong_magic_is_refused, open_pair, close_pair),
        cmocka_unit_test_setup_teardown(a_length_over_the_limit_is_refused_before_memory, open_pair,
                                        close_pair),
        cmocka_unit_test_setup_teardown(a_payload_over_the_limit_is_not_sent, open_pair,
                                        close_pair),
        cmocka_unit_test_setup_teardown(silence_ends_in_time, open_pair, close_pair),
        cmocka_unit_test_setup_teardown(a_reader_that_does_not_read_ends_in_time, open_pair,
                                        close_pair),
        cmocka_unit_test(a_closed_peer_is_an_error),
        cmocka_unit_test_setup_teardown(pieces_and_signals_do_not_matter, open_pair, close_pair),
        cmocka_unit_test_setup_teardown(descriptors_of_a_peer_are_dropped, open_pair, close_pair),
        cmocka_unit_test_setup_teardown(json_goes_and_comes, open_pair, close_pair),
        cmocka_unit_test(bad_json_is_refused),
        cmocka_unit_test(depth_is_bounded),
        cmocka_unit_test(numbers_out_of_range_are_refused),
    };
    return cmocka_run_group_tests_name("wire", tests, NULL, NULL);
}
