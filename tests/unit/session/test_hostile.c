/*
 * test_hostile.c - neither side believes the other: a client against a worker that lies
 * (hostile_worker.c), and the real worker against a client that does.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/limits.h"
#include "huis/session.h"
#include "sandbox/spawn.h"
#include "wire/protocol.h"
#include "wire/wire.h"

static char file_path[] = "/tmp/huis-hostile-XXXXXX";
static const int64_t PATIENCE_US = INT64_C(20) * 1000000;

static void write_file(const char *text)
{
    assert_int_equal(file_write_atomic(file_path, span_from_string(text), 0600, NULL), HUIS_OK);
}

/* Opens a model with the misdeed's name in the file and asks; the status of the first failure. */
static int ask_liar(const char *misdeed, huis_error *err)
{
    huis_model_options options;
    huis_model *model = NULL;
    huis_session *session = NULL;
    const huis_message message = {"user", "x", 1};
    huis_model_options_default(&options);
    options.worker_path = HOSTILE_WORKER;
    write_file(misdeed);
    int status = huis_model_open(&model, file_path, &options, err);
    if (status == HUIS_OK) {
        status = huis_session_new(&session, model, err);
    }
    if (status == HUIS_OK) {
        status = huis_session_generate(session, &message, 1, NULL, NULL, NULL, NULL, err);
    }
    huis_session_free(session);
    huis_model_unref(model);
    return status;
}

static void a_lying_worker_is_stopped(void **state)
{
    (void)state;
    static const char *const MISDEEDS[] = {
        "not-json",      "array",        "empty-text",      "candidate-early",
        "candidate-far", "text-number",  "text-not-utf8",   "candidate-negative",
        "early-result",  "two-ends",     "candidate-empty", "progress-backwards",
        "ready-again",   "unknown-type", "text-after-end",  "error-positive",
        "error-unknown", "error-empty",  "duplicate-keys",  "scores",
        "wrong-request", "wrong-magic",  "huge-frame",      "half-frame",
        "exit",          "bad-ready",    "text-for-ready",
    };
    for (size_t i = 0; i < sizeof(MISDEEDS) / sizeof(MISDEEDS[0]); i++) {
        huis_error err = {0};
        const int status = ask_liar(MISDEEDS[i], &err);
        if (status != HUIS_E_WORKER || strchr(err.message, '\n') != NULL) {
            fail_msg("%s: %d %s", MISDEEDS[i], status, err.message);
        }
        assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    }
}

static void a_flood_is_bounded(void **state)
{
    (void)state;
    huis_error err = {0};
    assert_int_equal(ask_liar("flood", &err), HUIS_E_WORKER);
    assert_non_null(strstr(err.message, "67108864 bytes"));
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

typedef struct started {
    spawn_process process;
    int channel;
} started;

/* The real program, with an engine that follows a script, and the test as its client. */
static started start_worker(const char *path)
{
    started s = {{0, -1}, -1};
    int ends[2];
    assert_int_equal(wire_pair(ends, NULL), HUIS_OK);
    const int model = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(model >= 0);
    const int descriptors[] = {ends[1], model};
    spawn_options options;
    spawn_options_default(&options, SCRIPTED_WORKER);
    options.descriptors = descriptors;
    options.n_descriptors = 2;
    assert_int_equal(spawn_start(&s.process, &options, NULL), HUIS_OK);
    (void)close(ends[1]);
    (void)close(model);
    s.channel = ends[0];
    return s;
}

/* Closes, and returns how the worker ended, which must not take long. */
static spawn_end end_worker(started *s)
{
    spawn_end end = {-1, 0};
    (void)close(s->channel);
    assert_int_equal(spawn_wait(&s->process, PATIENCE_US, &end, NULL), HUIS_OK);
    return end;
}

static uint32_t receive_type(const started *s)
{
    wire_header header = {0};
    buffer payload;
    buffer_init(&payload, LIMIT_FRAME_BYTES);
    const int status = wire_receive(s->channel, &header, &payload, PATIENCE_US, NULL);
    buffer_deinit(&payload);
    return status == HUIS_OK ? header.type : 0;
}

static void send_text(const started *s, uint32_t type, uint32_t request, const char *json)
{
    assert_int_equal(
        wire_send(s->channel, type, request, span_from_string(json), PATIENCE_US, NULL), HUIS_OK);
}

static const char OPEN[] =
    "{\"name\":\"x\",\"n_threads\":1,\"context_length\":0,\"level\":\"\",\"inspect\":false,"
    "\"sha256\":\"\",\"prefix_memory_bytes\":1000000}";

static void a_worker_survives_wrong_messages(void **state)
{
    (void)state;
    static const struct {
        uint32_t type;
        const char *json;
    } WRONG[] = {
        {PROTOCOL_GENERATE, "{}"},
        {PROTOCOL_GENERATE, "not json"},
        {PROTOCOL_GENERATE, "{\"session\":1,\"messages\":[],\"options\":{}}"},
        {PROTOCOL_GENERATE, "{\"session\":1,\"messages\":[3],\"options\":{}}"},
        {PROTOCOL_SCORE, "{\"session\":1}"},
        {PROTOCOL_COUNT, "{\"text\":[]}"},
        {PROTOCOL_OPEN, OPEN},
        {PROTOCOL_TEXT, "{}"},
        {12345, "{}"},
    };
    write_file("HUIS-SCRIPT\nanswer=x\n");
    started s = start_worker(file_path);
    send_text(&s, PROTOCOL_OPEN, PROTOCOL_OPEN_REQUEST, OPEN);
    assert_int_equal(receive_type(&s), PROTOCOL_READY);
    for (uint32_t i = 0; i < sizeof(WRONG) / sizeof(WRONG[0]); i++) {
        send_text(&s, WRONG[i].type, 10 + i, WRONG[i].json);
        assert_int_equal(receive_type(&s), PROTOCOL_ERROR);
    }
    send_text(&s, PROTOCOL_CANCEL, 77, "");
    send_text(&s, PROTOCOL_COUNT, 50, "{\"text\":\"abc\"}");
    assert_int_equal(receive_type(&s), PROTOCOL_COUNTED);
    assert_int_equal(end_worker(&s).exit_code, 0);
}

static void a_worker_ends_on_nonsense(void **state)
{
    (void)state;
    write_file("HUIS-SCRIPT\nanswer=x\n");
    static const char NONSENSE[] = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
    for (int is_open = 0; is_open < 2; is_open++) {
        started s = start_worker(file_path);
        if (is_open == 1) {
            send_text(&s, PROTOCOL_OPEN, PROTOCOL_OPEN_REQUEST, OPEN);
            assert_int_equal(receive_type(&s), PROTOCOL_READY);
        }
        assert_int_equal(write(s.channel, NONSENSE, sizeof(NONSENSE)), sizeof(NONSENSE));
        const uint32_t type = receive_type(&s);
        assert_true(type == 0 || type == PROTOCOL_ERROR);
        assert_int_equal(end_worker(&s).exit_code, 0);
    }
}

/* A request in the middle of another: the client does not keep the protocol. */
static void a_worker_ends_when_it_is_interrupted(void **state)
{
    (void)state;
    write_file("HUIS-SCRIPT\nanswer=0123456789\ndelay_us=20000\n");
    started s = start_worker(file_path);
    send_text(&s, PROTOCOL_OPEN, PROTOCOL_OPEN_REQUEST, OPEN);
    assert_int_equal(receive_type(&s), PROTOCOL_READY);
    const protocol_generate request = {
        .messages = &(huis_message){"user", "x", 1},
        .n_messages = 1,
        .options = {.top_p = 1, .repeat_penalty = 1, .n_candidates = 1}};
    json_t *const json = protocol_write_generate(&request);
    char *const text = json_dumps(json, 0);
    send_text(&s, PROTOCOL_GENERATE, 5, text);
    send_text(&s, PROTOCOL_COUNT, 6, "{\"text\":\"x\"}");
    spawn_end end = {-1, 0};
    assert_int_equal(spawn_wait(&s.process, PATIENCE_US, &end, NULL), HUIS_OK);
    assert_int_equal(end.exit_code, 0);
    (void)close(s.channel);
    free(text);
    json_decref(json);
}

/* Whether the process has entered its sandbox. */
static bool is_fenced(pid_t pid)
{
    char path[64];
    buffer status;
    buffer_init(&status, 65536);
    (void)snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
    const bool is = file_read(&status, path, NULL) == HUIS_OK &&
                    strstr(buffer_string(&status), "\nSeccomp:\t2\n") != NULL;
    buffer_deinit(&status);
    return is;
}

/* The file is mapped when the sandbox is up; then it is cut; then the worker reads it. */
static void a_file_cut_under_the_worker_is_a_bus_error(void **state)
{
    (void)state;
    write_file("HUIS-SCRIPT\nanswer=x\n");
    started s = start_worker(file_path);
    for (size_t i = 0; i < 5000 && !is_fenced(s.process.pid); i++) {
        const struct timespec pause = {0, 1000000};
        (void)nanosleep(&pause, NULL);
    }
    assert_true(is_fenced(s.process.pid));
    assert_int_equal(truncate(file_path, 0), 0);
    send_text(&s, PROTOCOL_OPEN, PROTOCOL_OPEN_REQUEST, OPEN);
    assert_int_equal(receive_type(&s), 0);
    const spawn_end end = end_worker(&s);
    /* A sanitizer turns the signal into an exit code. */
    assert_true(end.signal == SIGBUS || end.exit_code > 0);
}

static void a_worker_started_by_hand_says_so(void **state)
{
    (void)state;
    spawn_options options;
    spawn_end end = {0};
    buffer out;
    buffer_init(&out, 1000);
    spawn_options_default(&options, SCRIPTED_WORKER);
    assert_int_equal(spawn_capture(&options, span_from(NULL, 0), PATIENCE_US, &out, &end, NULL),
                     HUIS_OK);
    assert_int_equal(end.exit_code, 2);
    const char *const arguments[] = {"--version", NULL};
    options.arguments = arguments;
    assert_int_equal(spawn_capture(&options, span_from(NULL, 0), PATIENCE_US, &out, &end, NULL),
                     HUIS_OK);
    assert_string_equal(buffer_string(&out), "huis-worker 0.1.0\n");
    buffer_deinit(&out);
}

static int make_file(void **state)
{
    (void)state;
    const int fd = mkstemp(file_path);
    return fd >= 0 ? close(fd) : -1;
}

static int remove_file(void **state)
{
    (void)state;
    return unlink(file_path);
}

/* A request whose first two messages are constant. */
static void send_fixed(const started *s, uint32_t request_number)
{
    static const char SYSTEM[] = "A constant instruction that is long enough to be asked for.";
    const huis_message messages[] = {{"system", SYSTEM, strlen(SYSTEM)}, {"user", "x", 1}};
    protocol_generate request = {.messages = messages, .n_messages = 2};
    huis_generate_options_default(&request.options);
    request.options.n_fixed_messages = 1;
    json_t *const json = protocol_write_generate(&request);
    char *const text = json_dumps(json, JSON_COMPACT);
    send_text(s, PROTOCOL_GENERATE, request_number, text);
    free(text);
    json_decref(json);
}

/* Skips progress and text; the type of the last frame. */
static uint32_t receive_end(const started *s)
{
    uint32_t type = receive_type(s);
    while (type == PROTOCOL_PREFILL || type == PROTOCOL_TEXT || type == PROTOCOL_CANDIDATE ||
           type == PROTOCOL_PREFIX_SAVE || type == PROTOCOL_PREFIX_PART) {
        type = receive_type(s);
    }
    return type;
}

/* Answers to PREFIX_WANTED that are wrong in what they say cost the worker nothing; those that break
 * the protocol end it. */
static void a_worker_does_not_believe_a_checkpoint(void **state)
{
    (void)state;
    static char large[LIMIT_PREFIX_PART_BYTES + 1];
    static const struct {
        uint32_t types[2], request;
        size_t bytes; /* of the first frame */
        uint32_t end; /* 0: the worker has ended */
    } CASES[] = {
        {{PROTOCOL_PREFIX_END, 0}, 5, 0, PROTOCOL_RESULT},
        {{PROTOCOL_PREFIX_PART, PROTOCOL_PREFIX_END}, 5, 1, PROTOCOL_RESULT},
        {{PROTOCOL_PREFIX_PART, PROTOCOL_PREFIX_END}, 5, 5000, PROTOCOL_RESULT},
        {{PROTOCOL_PREFIX_PART, PROTOCOL_PREFIX_END}, 5, LIMIT_PREFIX_PART_BYTES, PROTOCOL_RESULT},
        {{PROTOCOL_PREFIX_PART, 0}, 5, 0, 0},
        {{PROTOCOL_CANCEL, PROTOCOL_PREFIX_END}, 5, 0, PROTOCOL_ERROR},
        {{PROTOCOL_PREFIX_PART, 0}, 5, LIMIT_PREFIX_PART_BYTES + 1, 0},
        {{PROTOCOL_PREFIX_PART, 0}, 6, 10, 0},
        {{PROTOCOL_PREFIX_END, 0}, 6, 0, 0},
        {{PROTOCOL_PREFIX_END, 0}, 5, 1, 0},
        {{PROTOCOL_GENERATE, 0}, 5, 2, 0},
    };
    write_file("HUIS-SCRIPT\nanswer=x\n");
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        started s = start_worker(file_path);
        send_text(&s, PROTOCOL_OPEN, PROTOCOL_OPEN_REQUEST, OPEN);
        assert_int_equal(receive_type(&s), PROTOCOL_READY);
        send_fixed(&s, 5);
        assert_int_equal(receive_type(&s), PROTOCOL_PREFIX_WANTED);
        const int sent = wire_send(s.channel, CASES[i].types[0], CASES[i].request,
                                   span_from(large, CASES[i].bytes), PATIENCE_US, NULL);
        assert_true(sent == HUIS_OK || CASES[i].end == 0); /* it may be gone before it is whole */
        if (CASES[i].types[1] != 0) {
            send_text(&s, CASES[i].types[1], CASES[i].request, "");
        }
        const uint32_t end = receive_end(&s);
        if (end != CASES[i].end) {
            fail_msg("case %zu: %u", i, end);
        }
        assert_int_equal(end_worker(&s).exit_code, 0);
    }
}

/* A further caller of the worker, on a channel of its own. */
static started connect_caller(const started *owner)
{
    int ends[2];
    assert_int_equal(wire_pair(ends, NULL), HUIS_OK);
    assert_int_equal(wire_send_descriptor(owner->channel, PROTOCOL_CONNECT, 0,
                                          SPAN("{\"caller\":\"\"}"), ends[1], PATIENCE_US, NULL),
                     HUIS_OK);
    (void)close(ends[1]);
    return (started){.channel = ends[0]};
}

static void send_generate(const started *s)
{
    protocol_generate request = {.messages = &(huis_message){"user", "x", 1}, .n_messages = 1};
    huis_generate_options_default(&request.options);
    json_t *const json = protocol_write_generate(&request);
    char *const text = json_dumps(json, 0);
    send_text(s, PROTOCOL_GENERATE, 5, text);
    free(text);
    json_decref(json);
}

/* One sends half a frame, one a frame that is too large, one nonsense, one two requests at once, one
 * goes away in the middle of its answer, one is asked for a checkpoint and never answers, one wants to
 * connect others: each loses its own channel at most. */
static void callers_do_not_disturb_each_other(void **state)
{
    (void)state;
    write_file("HUIS-SCRIPT\nanswer=0123456789\ndelay_us=5000\n");
    started owner = start_worker(file_path);
    send_text(&owner, PROTOCOL_OPEN, PROTOCOL_OPEN_REQUEST, OPEN);
    assert_int_equal(receive_type(&owner), PROTOCOL_READY);
    enum { HALF, HUGE_FRAME, NONSENSE, TWO, GONE, SILENT, CONNECTS, GOOD, N };
    started callers[N];
    for (size_t i = 0; i < N; i++) {
        callers[i] = connect_caller(&owner);
    }
    unsigned char head[WIRE_HEADER_BYTES];
    wire_header_encode(&(wire_header){PROTOCOL_GENERATE, 5, 1000}, head);
    assert_int_equal(write(callers[HALF].channel, head, sizeof(head)), sizeof(head));
    wire_header_encode(&(wire_header){PROTOCOL_GENERATE, 5, UINT32_MAX}, head);
    assert_int_equal(write(callers[HUGE_FRAME].channel, head, sizeof(head)), sizeof(head));
    assert_int_equal(write(callers[NONSENSE].channel, "GET / HTTP/1.1\r\n\r\n", 18), 18);
    send_generate(&callers[TWO]);
    send_generate(&callers[TWO]);
    send_generate(&callers[GONE]);
    assert_int_equal(receive_type(&callers[GONE]), PROTOCOL_PREFILL);
    (void)close(callers[GONE].channel);
    send_fixed(&callers[SILENT], 5);
    assert_int_equal(receive_type(&callers[SILENT]), PROTOCOL_PREFIX_WANTED);
    send_text(&callers[CONNECTS], PROTOCOL_CONNECT, 0, "{\"caller\":\"\"}");
    send_generate(&callers[GOOD]);
    assert_int_equal(receive_end(&callers[GOOD]), PROTOCOL_RESULT);
    assert_int_equal(receive_end(&callers[HUGE_FRAME]), 0);
    assert_int_equal(receive_end(&callers[NONSENSE]), 0);
    assert_int_equal(receive_end(&callers[TWO]), 0);
    assert_int_equal(receive_end(&callers[CONNECTS]), 0);
    send_text(&owner, PROTOCOL_COUNT, 50, "{\"text\":\"abc\"}");
    assert_int_equal(receive_type(&owner), PROTOCOL_COUNTED);
    for (size_t i = 0; i < N; i++) {
        if (i != GONE) {
            (void)close(callers[i].channel);
        }
    }
    assert_int_equal(end_worker(&owner).exit_code, 0);
}

/* As many as are served are asked for a checkpoint and never answer: they keep their places until another
 * has waited for LIMIT_WORKER_STALL_SECONDS, and lose them then. */
static void silent_callers_lose_their_places(void **state)
{
    (void)state;
    write_file("HUIS-SCRIPT\nanswer=x\n");
    started owner = start_worker(file_path);
    send_text(&owner, PROTOCOL_OPEN, PROTOCOL_OPEN_REQUEST, OPEN);
    assert_int_equal(receive_type(&owner), PROTOCOL_READY);
    started silent[LIMIT_WORKER_SEQUENCES];
    for (size_t i = 0; i < LIMIT_WORKER_SEQUENCES; i++) {
        silent[i] = connect_caller(&owner);
        send_fixed(&silent[i], 5);
        assert_int_equal(receive_type(&silent[i]), PROTOCOL_PREFIX_WANTED);
    }
    started good = connect_caller(&owner);
    send_generate(&good);
    const struct timespec stall = {LIMIT_WORKER_STALL_SECONDS - 5, 0};
    (void)nanosleep(&stall, NULL);
    assert_false(wire_is_readable(good.channel));
    assert_false(wire_is_readable(silent[0].channel));
    assert_int_equal(receive_end(&good), PROTOCOL_RESULT);
    for (size_t i = 0; i < LIMIT_WORKER_SEQUENCES; i++) {
        (void)close(silent[i].channel);
    }
    (void)close(good.channel);
    assert_int_equal(end_worker(&owner).exit_code, 0);
}

/* CONNECT without a descriptor, or without a name, is nothing that an owner says. */
static void a_worker_ends_on_a_wrong_connection(void **state)
{
    (void)state;
    write_file("HUIS-SCRIPT\nanswer=x\n");
    for (int i = 0; i < 2; i++) {
        started owner = start_worker(file_path);
        send_text(&owner, PROTOCOL_OPEN, PROTOCOL_OPEN_REQUEST, OPEN);
        assert_int_equal(receive_type(&owner), PROTOCOL_READY);
        if (i == 0) {
            send_text(&owner, PROTOCOL_CONNECT, 0, "{\"caller\":\"\"}");
        } else {
            assert_int_equal(wire_send_descriptor(owner.channel, PROTOCOL_CONNECT, 0, SPAN("{}"),
                                                  owner.channel, PATIENCE_US, NULL),
                             HUIS_OK);
        }
        assert_int_equal(receive_type(&owner), 0);
        assert_int_equal(end_worker(&owner).exit_code, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lying_worker_is_stopped),
        cmocka_unit_test(a_flood_is_bounded),
        cmocka_unit_test(a_worker_survives_wrong_messages),
        cmocka_unit_test(a_worker_ends_on_nonsense),
        cmocka_unit_test(a_worker_does_not_believe_a_checkpoint),
        cmocka_unit_test(a_worker_ends_when_it_is_interrupted),
        cmocka_unit_test(a_file_cut_under_the_worker_is_a_bus_error),
        cmocka_unit_test(a_worker_started_by_hand_says_so),
        cmocka_unit_test(callers_do_not_disturb_each_other),
        cmocka_unit_test(silent_callers_lose_their_places),
        cmocka_unit_test(a_worker_ends_on_a_wrong_connection),
    };
    return cmocka_run_group_tests_name("hostile", tests, make_file, remove_file);
}
