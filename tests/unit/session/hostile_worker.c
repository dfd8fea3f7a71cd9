/*
 * hostile_worker.c - a worker that breaks the protocol in the way its model file names, for tests of
 * what the client believes.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "wire/protocol.h"
#include "wire/stream.h"
#include "wire/wire.h"

enum { FIRST_FD = 3, MODEL_FD = 4 };

static int channel_fd = FIRST_FD;

static uint32_t request;

static void send_text(protocol_type type, const char *json)
{
    (void)wire_send(channel_fd, (uint32_t)type, request, span_from_string(json), WIRE_NO_TIMEOUT,
                    NULL);
}

static void send_ready(void)
{
    send_text(PROTOCOL_READY,
              "{\"name\":\"\",\"family\":\"x\",\"quantisation\":\"x\",\"level\":\"c\","
              "\"n_threads\":1,\"context_length\":9,\"trained_context_length\":9,\"n_vocab\":9,"
              "\"missing_fences\":\"\",\"is_attached\":false}");
}

static void receive_request(void)
{
    static buffer payload;
    wire_header header = {0};
    buffer_init(&payload, LIMIT_FRAME_BYTES);
    if (wire_receive(channel_fd, &header, &payload, WIRE_NO_TIMEOUT, NULL) != HUIS_OK) {
        _exit(0);
    }
    request = header.request;
    buffer_deinit(&payload);
}

/* The session's channel comes over the first one. */
static void receive_channel(void)
{
    wire_stream first;
    wire_header header;
    span payload;
    wire_stream_init(&first, FIRST_FD, LIMIT_FRAME_BYTES, 0);
    first.may_pass = true;
    int status = WIRE_WAIT;
    while (status == WIRE_WAIT) {
        (void)usleep(1000);
        status = wire_stream_receive(&first, &header, &payload, NULL);
    }
    channel_fd = wire_stream_take_passed(&first);
    if (status != HUIS_OK || header.type != PROTOCOL_CONNECT || channel_fd < 0) {
        _exit(0);
    }
}

static void write_raw(const void *bytes, size_t n)
{
    if (write(channel_fd, bytes, n) != (ssize_t)n) {
        _exit(1);
    }
}

static const char CANDIDATE[] =
    "{\"candidate\":0,\"finish\":1,\"n_tokens\":1,\"logprob\":-1.0,\"prompt_tokens\":1,"
    "\"cached_tokens\":0,\"output_tokens\":1,\"prefill_ms\":1.0,\"decode_ms\":1.0,"
    "\"drafted_tokens\":0,\"accepted_tokens\":0}";

#define KEY "0123456789abcdef0123456789abcdef"
#define SAVE "{\"key\":\"" KEY "\",\"bytes\":9}"

/* Frames that are sent in answer to a GENERATE, in order. */
static const struct {
    const char *name;
    struct {
        protocol_type type;
        const char *json;
    } frames[3];
} LIES[] = {
    {"not-json", {{PROTOCOL_TEXT, "{"}}},
    {"array", {{PROTOCOL_TEXT, "[]"}}},
    {"empty-text", {{PROTOCOL_TEXT, "{}"}}},
    {"candidate-early", {{PROTOCOL_TEXT, "{\"candidate\":1,\"text\":\"x\"}"}}},
    {"candidate-far", {{PROTOCOL_TEXT, "{\"candidate\":4294967295,\"text\":\"x\"}"}}},
    {"candidate-negative", {{PROTOCOL_TEXT, "{\"candidate\":-1,\"text\":\"x\"}"}}},
    {"text-number", {{PROTOCOL_TEXT, "{\"candidate\":0,\"text\":3}"}}},
    {"text-not-utf8", {{PROTOCOL_TEXT, "{\"candidate\":0,\"text\":\"\xff\"}"}}},
    {"early-result", {{PROTOCOL_RESULT, "{}"}}},
    {"progress-backwards", {{PROTOCOL_PREFILL, "{\"n_done\":9,\"n_total\":3}"}}},
    {"candidate-empty", {{PROTOCOL_CANDIDATE, "{}"}}},
    {"text-after-end",
     {{PROTOCOL_CANDIDATE, CANDIDATE}, {PROTOCOL_TEXT, "{\"candidate\":0,\"text\":\"x\"}"}}},
    {"two-ends", {{PROTOCOL_CANDIDATE, CANDIDATE}, {PROTOCOL_CANDIDATE, CANDIDATE}}},
    {"ready-again", {{PROTOCOL_READY, "{}"}}},
    {"unknown-type", {{(protocol_type)999, "{}"}}},
    {"error-positive", {{PROTOCOL_ERROR, "{\"status\":1,\"message\":\"x\",\"offset\":null}"}}},
    {"error-unknown", {{PROTOCOL_ERROR, "{\"status\":-99,\"message\":\"x\",\"offset\":null}"}}},
    {"error-empty", {{PROTOCOL_ERROR, "{}"}}},
    {"scores", {{PROTOCOL_SCORES, "{\"scores\":[]}"}}},
    {"prefix-not-json", {{PROTOCOL_PREFIX_WANTED, "{"}}},
    {"prefix-short-key", {{PROTOCOL_PREFIX_WANTED, "{\"key\":\"0\",\"bytes\":9}"}}},
    {"prefix-path",
     {{PROTOCOL_PREFIX_WANTED, "{\"key\":\"../../../../../../../../etc/passwd\",\"bytes\":9}"}}},
    {"prefix-upper-key",
     {{PROTOCOL_PREFIX_SAVE, "{\"key\":\"0123456789ABCDEF0123456789abcdef\",\"bytes\":9}"}}},
    {"prefix-huge",
     {{PROTOCOL_PREFIX_SAVE, "{\"key\":\"" KEY "\",\"bytes\":9223372036854775807}"}}},
    {"prefix-no-bytes", {{PROTOCOL_PREFIX_SAVE, "{\"key\":\"" KEY "\",\"bytes\":0}"}}},
    {"prefix-part-first", {{PROTOCOL_PREFIX_PART, "x"}}},
    {"prefix-too-much", {{PROTOCOL_PREFIX_SAVE, SAVE}, {PROTOCOL_PREFIX_PART, "0123456789"}}},
    {"prefix-two-saves", {{PROTOCOL_PREFIX_SAVE, SAVE}, {PROTOCOL_PREFIX_SAVE, SAVE}}},
    {"prefix-asks-twice", {{PROTOCOL_PREFIX_WANTED, SAVE}, {PROTOCOL_PREFIX_WANTED, SAVE}}},
    {"prefix-asks-late", {{PROTOCOL_PREFIX_SAVE, SAVE}, {PROTOCOL_PREFIX_WANTED, SAVE}}},
    {"prefix-empty-part", {{PROTOCOL_PREFIX_SAVE, SAVE}, {PROTOCOL_PREFIX_PART, ""}}},
    {"duplicate-keys", {{PROTOCOL_TEXT, "{\"candidate\":0,\"candidate\":0,\"text\":\"x\"}"}}},
};

static void lie(const char *name)
{
    for (size_t i = 0; i < sizeof(LIES) / sizeof(LIES[0]); i++) {
        for (size_t j = 0; strcmp(LIES[i].name, name) == 0 && j < 3; j++) {
            if (LIES[i].frames[j].json != NULL) {
                send_text(LIES[i].frames[j].type, LIES[i].frames[j].json);
            }
        }
    }
}

static void flood(void)
{
    buffer json;
    buffer_init(&json, 2u * LIMIT_MIB);
    (void)buffer_append_string(&json, "{\"candidate\":0,\"text\":\"");
    for (size_t i = 0; i < LIMIT_MIB; i++) {
        (void)buffer_append_byte(&json, 'x');
    }
    (void)buffer_append_string(&json, "\"}");
    for (;;) {
        if (wire_send(channel_fd, PROTOCOL_TEXT, request, buffer_span(&json), WIRE_NO_TIMEOUT,
                      NULL) != HUIS_OK) {
            _exit(0);
        }
    }
}

/* Each misdeed that is not a sequence of frames. */
static void misbehave(const char *name)
{
    unsigned char head[WIRE_HEADER_BYTES];
    if (strcmp(name, "wrong-request") == 0) {
        request++;
        send_text(PROTOCOL_TEXT, "{\"candidate\":0,\"text\":\"x\"}");
    } else if (strcmp(name, "wrong-magic") == 0) {
        write_raw("HTTP/1.1 200 OK\r\n\r\n", 19);
    } else if (strcmp(name, "huge-frame") == 0) {
        const wire_header header = {PROTOCOL_TEXT, request, UINT32_MAX};
        wire_header_encode(&header, head);
        write_raw(head, sizeof(head));
    } else if (strcmp(name, "half-frame") == 0) {
        const wire_header header = {PROTOCOL_TEXT, request, 100};
        wire_header_encode(&header, head);
        write_raw(head, sizeof(head));
        _exit(0);
    } else if (strcmp(name, "exit") == 0) {
        _exit(3);
    } else if (strcmp(name, "flood") == 0) {
        flood();
    } else {
        lie(name);
    }
}

int main(void)
{
    char name[64] = {0};
    if (pread(MODEL_FD, name, sizeof(name) - 1, 0) <= 0) {
        return 1;
    }
    /* Nothing that the client does to end this process should need its help. */
    (void)signal(SIGTERM, SIG_IGN);
    receive_request();
    if (strcmp(name, "bad-ready") == 0) {
        send_text(PROTOCOL_READY, "{\"name\":3}");
    } else if (strcmp(name, "text-for-ready") == 0) {
        send_text(PROTOCOL_TEXT, "{\"candidate\":0,\"text\":\"x\"}");
    } else {
        send_ready();
    }
    receive_channel();
    receive_request();
    misbehave(name);
    (void)pause();
    return 0;
}
