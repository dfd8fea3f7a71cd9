/*
 * test_chat.c - exports of chats, transcripts and subtitles, well-formed and hostile.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "document/encoding.h"
#include "document/reader_chat.h"
#include "document/reader_mail.h"
#include "reader_fixture.h"

static huis_error error;

typedef int (*read_function)(reader_result *, span, huis_error *);

static int start(void **state)
{
    (void)state;
    reader_mail_init();
    reader_chat_init();
    return 0;
}

static int read_span(read_function read, span bytes)
{
    reader_result_deinit(&result);
    reader_result_init(&result);
    return read(&result, bytes, &error);
}

static void expect(read_function read, const char *source, const char *text)
{
    if (read_span(read, span_from_string(source)) != 0) {
        fail_msg("%s", error.message);
    }
    assert_string_equal(buffer_string(&result.text), text);
}

static void expect_chat(const char *source, const char *text)
{
    assert_true(reader_is_chat_text(span_from_string(source)));
    assert_int_equal(reader_detect("chat.txt", span_from_string(source)), READER_WHATSAPP);
    expect(reader_read_chat_text, source, text);
    assert_int_equal(result.genre, DOCUMENT_DIALOGUE);
}

static void expect_place(size_t i, const char *who, const char *when)
{
    size_t n = 0;
    const reader_place *const places = reader_places(&result, &n);
    assert_true(i < n);
    assert_int_equal(places[i].kind, PLACE_MESSAGE);
    assert_int_equal(places[i].number, i + 1);
    assert_string_equal(reader_label(&result, places[i].who), who);
    assert_string_equal(reader_label(&result, places[i].when), when);
}

/* --- WhatsApp --- */

static void test_whatsapp_android(void **state)
{
    (void)state;
    expect_chat("12/03/2025, 10:40 - Les messages et les appels sont chiffrés de bout en bout.\n"
                "12/03/2025, 10:41 - Anna a créé le groupe « Lyon »\n"
                "12/03/2025, 10:42 - Anna Roux: On part vendredi à 18h ?\n"
                "12/03/2025, 10:43 - +33 6 12 34 56 78: Oui.\nIl me faut :\n- ta carte\n- ton nom\n"
                "12/03/2025, 10:44 - Anna Roux: <Médias omis>\n"
                "13/03/2025, 09:00 - Anna Roux: À midi <Ce message a été modifié>\n"
                "13/03/2025, 09:02 - Anna Roux a changé l'objet de « A » en « B : C »\n"
                "13/03/2025, 09:03 - Marc: Ce message a été supprimé\n"
                "13/03/2025, 09:04 - Marc: IMG-2025.jpg (fichier joint)\n",
                "Anna Roux: On part vendredi à 18h ?\n"
                "+33612345678: Oui. Il me faut : ta carte; ton nom\n"
                "Anna Roux: [media]\n\n"
                "Anna Roux: À midi\n\n"
                "Anna Roux a changé l'objet de « A » en « B C »\n\n"
                "Marc: [file]\n");
    expect_place(0, "Anna Roux", "2025-03-12T10:42:00");
    expect_place(3, "Anna Roux", "2025-03-13T09:00:00");
}

static void test_whatsapp_ios(void **state)
{
    (void)state;
    /* Month first is told by the 13 that cannot be a month; the narrow space before PM is kept out. */
    expect_chat("\xE2\x80\x8E[3/12/25, 10:42:31\xE2\x80\xAF"
                "AM] Trip: \xE2\x80\x8EMessages and calls are end-to-end encrypted.\n"
                "[3/12/25, 10:42:40\xE2\x80\xAF"
                "AM] Bob: Bob added Carl\n"
                "[3/12/25, 10:42:40\xE2\x80\xAF"
                "AM] Bob: Are we still on?\n"
                "[3/13/25, 1:05:02\xE2\x80\xAFPM] Anna: \xE2\x80\x8Eimage omitted\n"
                "[3/13/25, 1:05:09\xE2\x80\xAFPM] ~ Anna: Yes: at 6 pm\n",
                "Bob: Are we still on?\n\nAnna: [picture]\nAnna: Yes: at 6 pm\n");
    expect_place(2, "Anna", "2025-03-13T13:05:09");
}

/* One message in many dresses: its time in front, read back as RFC 3339. */
static void test_date_forms(void **state)
{
    (void)state;
    static const char *const FORMS[][2] = {
        {"12/03/2025, 10:42 - %s: one two\n", "2025-03-12T10:42:00"},
        {"12/03/2025 à 10:42 - %s: one two\n", "2025-03-12T10:42:00"},
        {"12/03/2025 10:42 - %s: one two\n", "2025-03-12T10:42:00"},
        {"12.03.25, 10:42 - %s: one two\n", "2025-03-12T10:42:00"},
        {"[12.03.25, 10:42:31] %s: one two\n", "2025-03-12T10:42:31"},
        {"[12/03/2025 10:42:31] %s: one two\n", "2025-03-12T10:42:31"},
        {"12-03-2025 10.42 - %s: one two\n", "2025-03-12T10:42:00"},
        {"2025-03-12, 10:42 - %s: one two\n", "2025-03-12T10:42:00"},
        {"[2025/03/12, 10:42:31] %s: one two\n", "2025-03-12T10:42:31"},
        {"12/3/25, 9:05 p. m. - %s: one two\n", "2025-03-12T21:05:00"},
        {"12/3/25, 12:05 AM - %s: one two\n", "2025-03-12T00:05:00"},
        {"(12/03/2025, 10:42) %s: one two\n", "2025-03-12T10:42:00"},
        {"12/03/2025, 10:42 \xE2\x80\x93 %s: one two\n", "2025-03-12T10:42:00"},
    };
    for (size_t i = 0; i < sizeof(FORMS) / sizeof(FORMS[0]); i++) {
        char chat[512];
        size_t len = 0;
        for (int k = 0; k < 3; k++) {
            const char *const at = strstr(FORMS[i][0], "%s");
            len += (size_t)snprintf(chat + len, sizeof(chat) - len, "%.*s%s%s",
                                    (int)(at - FORMS[i][0]), FORMS[i][0], k == 1 ? "Bob" : "Anna",
                                    at + 2);
        }
        expect_chat(chat, "Anna: one two\nBob: one two\nAnna: one two\n");
        expect_place(0, "Anna", FORMS[i][1]);
    }
}

static void test_absurd_dates(void **state)
{
    (void)state;
    expect_chat("99/99/9999, 10:42 - Anna: one\n31/02/2025, 10:42 - Bob: two\n"
                "00/00/0000, 23:59 - Anna: three\n",
                "Anna: one\nBob: two\nAnna: three\n");
    expect_place(0, "Anna", "");
    expect_place(1, "Bob", "");
}

/* --- other texts with times --- */

static void test_irc(void **state)
{
    (void)state;
    expect_chat("--- Log opened Wed Mar 12 10:00:00 2025\n"
                "10:01 -!- bob [~bob@x] has joined #dev\n10:02 <@anna> the build is broken\n"
                "10:03 < bob> I will fix it today\n10:04  * bob looks\n"
                "--- Day changed Thu Mar 13 2025\n10:05 <@anna> thanks\n10:06 < bob> done\n",
                "anna: the build is broken\nbob: I will fix it today\nbob: looks\n\n"
                "anna: thanks\nbob: done\n");
    expect_place(0, "anna", "2025-03-12T10:02:00");
    expect_place(3, "anna", "2025-03-13T10:05:00");
    expect_chat("[10:42] anna: hello\n[10:43] bob: hi\n[10:44] anna: shall we?\n[10:45] bob: yes\n",
                "anna: hello\nbob: hi\nanna: shall we?\nbob: yes\n");
    expect_chat("2025-03-12 10:42:31\tanna\thello\n2025-03-12 10:42:35\tbob\thi\n"
                "2025-03-12 10:42:31\tanna\tso\n2025-03-12 10:42:35\tbob\tyes\n"
                "2025-03-12 10:43:01\t<--\tbob (~b@x) has quit\n",
                "anna: hello\nbob: hi\nanna: so\nbob: yes\n");
    expect_chat("<anna> hello\n<bob> hi\n<anna> shall we?\n<bob> yes\n",
                "anna: hello\nbob: hi\nanna: shall we?\nbob: yes\n");
}

static void test_transcripts(void **state)
{
    (void)state;
    expect_chat("00:12:03 Anna: we start\n00:12:09 Bob: I will send the figures.\n"
                "00:12:15 Anna: Thank you.\n00:12:20 Bob: Welcome.\n",
                "Anna: we start\nBob: I will send the figures.\nAnna: Thank you.\nBob: Welcome.\n");
    expect_place(1, "Bob", "00:12:09");
    expect_chat("Anna Roux   0:03\nGood morning.\n\nBob Lee   0:09\nI will send\nthe figures.\n\n"
                "Anna Roux   0:15\nThank you.\n",
                "Anna Roux: Good morning.\nBob Lee: I will send the figures.\n"
                "Anna Roux: Thank you.\n");
    expect_chat("Speaker 1 (00:03):\nGood morning.\n\nSpeaker 2 (00:09):\nHello there.\n\n"
                "Speaker 1 (00:15):\nThank you.\n",
                "Speaker 1: Good morning.\nSpeaker 2: Hello there.\nSpeaker 1: Thank you.\n");
    expect_chat("10:42:31 From Anna Roux to Everyone:\thello\n"
                "10:42:35 From Bob to Everyone: hi\n10:42:36 From Anna Roux to Everyone:\tso\n"
                "10:42:37 From Bob to Everyone: yes\n",
                "Anna Roux: hello\nBob: hi\nAnna Roux: so\nBob: yes\n");
}

static void test_signal(void **state)
{
    (void)state;
    expect_chat(
        "Conversation: Anna Roux (+33612345678)\n\nFrom: You\nType: outgoing\n"
        "Sent: Mon, 02 Mar 2026 10:12:00 +0100\n\nHello Anna,\n\nare you there?\n\n"
        "From: Anna Roux (+33612345678)\nType: incoming\n"
        "Sent: Mon, 02 Mar 2026 10:13:00 +0100\nReceived: Mon, 02 Mar 2026 10:13:01 +0100\n\n"
        "> Hello Anna\n\nYes. I will call you tomorrow.\n",
        "You: Hello Anna, are you there?\nAnna Roux: Yes. I will call you tomorrow.\n");
    expect_place(1, "Anna Roux", "2026-03-02T10:13:00+01:00");
    expect_chat("Envelope from: “Anna” +33612345678 (device: 1) to +33600000000\n"
                "Timestamp: 1600000000000 (2020-09-13T12:26:40.000Z)\nBody: Hello\n\n"
                "Envelope from: “Bob” +33612345679 (device: 1) to +33600000000\n"
                "Timestamp: 1600000001000 (2020-09-13T12:26:41.000Z)\nBody: Hi\n",
                "Anna: Hello\nBob: Hi\n");
    expect_place(1, "Bob", "2020-09-13T12:26:41+00:00");
}

/* Texts that are none, however much they look like one. */
static void test_not_a_chat(void **state)
{
    (void)state;
    static const char *const TEXTS[] = {
        "10:00 Registration: hall 3\n10:30 Opening: room A\n11:00 Talks: room B\n12:00 Lunch: "
        "hall\n",
        "[2025-03-12 10:42:31] production.ERROR: no disk\n[2025-03-12 10:42:32] production.INFO: "
        "again\n[2025-03-12 10:42:33] production.ERROR: no disk\n",
        "2025-03-12 10:42:31 INFO: started\n2025-03-12 10:42:32 WARN: slow\n2025-03-12 10:42:33 "
        "INFO: ready\n2025-03-12 10:42:34 WARN: slow\n",
        "From: Anna\nTo: Bob\nSent: Monday, March 2, 2026 10:12 AM\nSubject: plan\n\nHello Bob,\n",
        "On 12/03/2025 at 10:42 the train left.\nNobody saw it: it was dark.\n",
        "The story\n\n12/03/2025, 10:42 - Lyon: a train has left.\n\nIt was a long one.\n"
        "Nobody saw it.\nIt was dark.\nMore of it.\nAnd more.\nAnd more again.\n",
        "— Tu viens ?\n— Non.\n— Pourquoi ?\n— Il pleut.\n",
        "Anna: hello\nBob: hi\nAnna: so\nBob: yes\n",
        "",
    };
    for (size_t i = 0; i < sizeof(TEXTS) / sizeof(TEXTS[0]); i++) {
        assert_false(reader_is_chat_text(span_from_string(TEXTS[i])));
        assert_int_equal(reader_detect("a.txt", span_from_string(TEXTS[i])), READER_TEXT);
    }
}

/* --- JSON --- */

static void test_telegram(void **state)
{
    (void)state;
    static const char JSON[] =
        "{\"name\":\"Project\",\"type\":\"private_group\",\"messages\":["
        "{\"id\":1,\"type\":\"service\",\"date\":\"2025-03-12T10:00:00\",\"actor\":\"Anna\","
        "\"action\":\"edit_group_title\",\"title\":\"Project B\",\"text\":\"\"},"
        "{\"id\":2,\"type\":\"message\",\"date\":\"2025-03-12T10:01:00\",\"date_unixtime\":\"1\","
        "\"from\":\"Anna\",\"text\":[\"see \",{\"type\":\"link\",\"text\":\"https://x.org\"},\" "
        "and reply\"],\"reactions\":[{\"emoji\":\"x\"}]},"
        "{\"id\":3,\"type\":\"message\",\"date\":\"2025-03-13T10:01:00\",\"from\":\"Bob "
        "\\ud83c\\udf89\",\"photo\":\"p.jpg\",\"forwarded_from\":\"News\",\"text\":"
        "\"d\\u00e9j\\u00e0 "
        "fait\"},{\"id\":4,\"type\":\"message\",\"date\":\"2025-03-13T10:02:00\",\"from\":null,"
        "\"text\":\"\",\"media_type\":\"voice_message\"}]}";
    assert_int_equal(reader_detect("result.json", span_from_string(JSON)), READER_TELEGRAM);
    assert_int_equal(reader_detect(NULL, span_from_string(JSON)), READER_TELEGRAM);
    expect(reader_read_chat_json, JSON,
           "Anna renamed the group to Project B\n\nAnna: see https://x.org and reply\n\n"
           "Bob: (forwarded from News) déjà fait [picture]\nDeleted account: [audio]\n");
    assert_string_equal(result.title, "Project");
    expect_place(2, "Bob 🎉", "2025-03-13T10:01:00");
    /* All chats of an account. */
    expect(reader_read_chat_json,
           "{\"chats\":{\"list\":[{\"name\":\"a\",\"messages\":[{\"type\":\"message\",\"date\":"
           "\"2025-03-12T10:01:00\",\"from\":\"Anna\",\"text\":\"one\"}]},{\"messages\":[{\"type\":"
           "\"message\",\"date\":\"2025-03-12T10:02:00\",\"from\":\"Bob\",\"text\":\"two\"}]}]}}",
           "Anna: one\nBob: two\n");
}

static void test_slack(void **state)
{
    (void)state;
    static const char USERS[] =
        "[{\"id\":\"U1\",\"name\":\"anna\",\"profile\":{\"display_name\":\"\",\"real_name\":\"Anna "
        "Roux\"}},{\"id\":\"U2\",\"name\":\"bob\",\"profile\":{\"display_name\":\"bob\"}}]\n"
        "[{\"type\":\"message\",\"user\":\"U1\",\"text\":\"<@U2> see <https://x.org|the plan> "
        "&amp; "
        "reply :smile: <#C1|dev> <!here>\",\"ts\":\"1741776151.000100\"},"
        "{\"type\":\"message\",\"subtype\":\"channel_join\",\"user\":\"U2\",\"text\":\"<@U2> has "
        "joined\",\"ts\":\"1741776152.0\"},{\"type\":\"message\",\"user\":\"U2\",\"text\":\"\","
        "\"ts\":\"1741776153.0\",\"files\":[{\"mimetype\":\"image/png\"}]}]";
    assert_int_equal(reader_detect("2025-03-12.json", span_from_string(USERS)), READER_SLACK);
    expect(reader_read_chat_json, USERS,
           "Anna Roux: bob see the plan & reply :smile: #dev @here\nbob: [picture]\n");
    expect_place(0, "Anna Roux", "2025-03-12T10:42:31+00:00");
    /* One day alone: the names that its own messages bring. */
    expect(reader_read_chat_json,
           "[{\"user\":\"U1\",\"text\":\"ask <@U2>\",\"ts\":\"1741776151.0\"},{\"user\":\"U2\","
           "\"user_profile\":{\"real_name\":\"Bob\"},\"text\":\"yes\",\"ts\":\"1741776152.0\"}]",
           "U1: ask Bob\nBob: yes\n");
}

static void test_discord(void **state)
{
    (void)state;
    static const char JSON[] =
        "{\"guild\":{\"name\":\"G\"},\"channel\":{\"name\":\"general\"},\"messages\":["
        "{\"id\":\"1\",\"type\":\"Default\",\"timestamp\":\"2025-03-12T10:42:31.123+01:00\","
        "\"content\":\"shall we?\",\"author\":{\"name\":\"anna1\",\"nickname\":\"Anna\"}},"
        "{\"id\":\"2\",\"type\":\"GuildMemberJoin\",\"timestamp\":\"2025-03-12T10:43:31+01:00\","
        "\"content\":\"Joined the server.\",\"author\":{\"name\":\"bob\"}},"
        "{\"id\":\"3\",\"type\":\"Reply\",\"timestamp\":\"2025-03-12T10:44:31+01:00\",\"content\":"
        "\"yes\",\"author\":{\"name\":\"bob\"},\"attachments\":[{\"fileName\":\"a.png\"}]}]}";
    assert_int_equal(reader_detect("x.json", span_from_string(JSON)), READER_DISCORD);
    expect(reader_read_chat_json, JSON, "Anna: shall we?\nbob: yes [picture]\n");
    assert_string_equal(result.title, "general");
    expect_place(0, "Anna", "2025-03-12T10:42:31+01:00");
}

static void test_matrix(void **state)
{
    (void)state;
    static const char JSON[] =
        "{\"room_name\":\"Team\",\"messages\":[{\"type\":\"m.room.member\",\"state_key\":\"@a:x."
        "org\","
        "\"sender\":\"@a:x.org\",\"content\":{\"displayname\":\"Anna\"},\"origin_server_ts\":1},"
        "{\"type\":\"m.room.message\",\"sender\":\"@a:x.org\",\"event_id\":\"$1\",\"content\":{"
        "\"msgtype\":\"m.text\",\"body\":\"at 5\"},\"origin_server_ts\":1741776151000},"
        "{\"type\":\"m.room.message\",\"sender\":\"@a:x.org\",\"event_id\":\"$2\",\"content\":{"
        "\"msgtype\":\"m.text\",\"body\":\"* at 6\",\"m.new_content\":{\"body\":\"at 6\"},"
        "\"m.relates_to\":{\"rel_type\":\"m.replace\",\"event_id\":\"$1\"}},\"origin_server_ts\":2}"
        ","
        "{\"type\":\"m.room.message\",\"sender\":\"@bob:x.org\",\"content\":{\"msgtype\":\"m."
        "text\","
        "\"body\":\"> <@a:x.org> at 5\\n\\nfine\",\"m.relates_to\":{\"m.in_reply_to\":{}}},"
        "\"origin_server_ts\":1741776152000},{\"type\":\"m.room.encrypted\",\"sender\":\"@a:x."
        "org\","
        "\"content\":{},\"origin_server_ts\":3},{\"type\":\"m.reaction\",\"sender\":\"@a:x.org\","
        "\"content\":{},\"origin_server_ts\":3}]}";
    assert_int_equal(reader_detect("x.json", span_from_string(JSON)), READER_MATRIX);
    expect(reader_read_chat_json, JSON, "Anna: at 6\nbob: fine\n");
    assert_string_equal(result.note, "1 messages could not be read (most are encrypted)");
}

static void test_other_json(void **state)
{
    (void)state;
    assert_int_equal(reader_detect("x.json", SPAN("{\"a\": 1}")), READER_JSON);
    assert_int_equal(reader_detect(NULL, SPAN("{\"a\": 1}")), READER_JSON);
    assert_int_equal(reader_detect(NULL, SPAN("[1] a note\n")), READER_TEXT);
    static const char *const OTHERS[] = {"{\"a\": 1}",
                                         "[]",
                                         "{",
                                         "[[[[",
                                         "{\"messages\":[1,2]}",
                                         "{\"messages\":{\"a\":[]}}",
                                         "[\"a\",",
                                         "\xFF\xFE",
                                         "null"};
    for (size_t i = 0; i < sizeof(OTHERS) / sizeof(OTHERS[0]); i++) {
        assert_int_equal(read_span(reader_read_chat_json, span_from_string(OTHERS[i])),
                         HUIS_E_BAD_FILE);
    }
    assert_int_equal(read_span(reader_read_chat_json, SPAN("{\"a\": 1}")), HUIS_E_BAD_FILE);
    assert_non_null(strstr(error.message, "Telegram, Slack, Discord and Matrix"));
    /* Cut in the middle: what there is, and a note. */
    expect(
        reader_read_chat_json,
        "{\"messages\":[{\"type\":\"message\",\"date\":\"2025-03-12T10:01:00\",\"from\":\"Anna\","
        "\"text\":\"one\"},{\"type\":\"message\",\"date\":\"2025-03-12T10:",
        "Anna: one\n");
    assert_string_equal(result.note, "1 messages could not be read; the file ends in the middle");
}

/* --- subtitles --- */

static void test_subtitles(void **state)
{
    (void)state;
    static const char SRT[] =
        "1\n00:00:01,000 --> 00:00:02,000\n<i>Il faisait nuit,</i>\n\n2\n00:00:02,100 --> "
        "00:00:04,000\n{\\an8}et personne ne parlait.\n\n3\n00:00:05,000 --> 00:00:06,000\n- Tu "
        "viens "
        "?\n- Non. (rires)\n\n4\n00:00:12,000 --> 00:00:14,000\nMARC : On part demain matin\npour "
        "Lyon.\n\n5\n00:00:14,500 --> 00:00:15,000\n[musique]\n\n6\n00:00:16,000 --> "
        "00:00:17,000\n♪ "
        "la la ♪\n";
    assert_int_equal(reader_detect("film.srt", span_from_string(SRT)), READER_SUBTITLES);
    assert_int_equal(reader_detect(NULL, span_from_string(SRT)), READER_SUBTITLES);
    expect(reader_read_subtitles, SRT,
           "Il faisait nuit, et personne ne parlait.\n\n— Tu viens ?\n— Non.\n"
           "MARC: On part demain matin pour Lyon.\n");
    expect(reader_read_subtitles,
           "WEBVTT\n\nNOTE a note\n\n1\n00:01.000 --> 00:03.000 align:start\n<v Anna Roux>Good "
           "morning,</v>\n\n00:03.000 --> 00:06.000\n<v Anna Roux>everyone.</v>\n\n00:06.000 --> "
           "00:09.000\n<v Bob>5 &lt; 6 &amp; 7</v>\n",
           "Anna Roux: Good morning, everyone.\nBob: 5 < 6 & 7\n");
    assert_int_equal(result.genre, DOCUMENT_DIALOGUE);
    size_t n = 0;
    const reader_place *const places = reader_places(&result, &n);
    assert_int_equal(n, 2);
    assert_int_equal(places[1].kind, PLACE_CUE);
    assert_string_equal(reader_label(&result, places[1].when), "00:00:06");
    assert_string_equal(reader_label(&result, places[1].who), "Bob");
}

static void test_rolling_captions(void **state)
{
    (void)state;
    expect(reader_read_subtitles,
           "WEBVTT\n\n00:00:00.000 --> 00:00:02.000\n \nhello<00:00:00.500><c> and</c><c> "
           "welcome</c>\n\n00:00:02.000 --> 00:00:02.010\nhello and welcome\n \n\n00:00:02.010 --> "
           "00:00:04.000\nhello and welcome\nto<c> the</c> show [Music]\n\n00:00:04.000 --> "
           "00:00:04.010\nto the show\n\n00:00:04.010 --> 00:00:06.000\nto the show\nof bees\n",
           "hello and welcome to the show of bees\n");
    expect(
        reader_read_subtitles,
        "WEBVTT\n\n00:01.000 --> 00:02.000\nso\n\n00:02.000 --> 00:03.000\nso we\n\n00:03.000 --> "
        "00:04.000\nso we go\n\n00:04.000 --> 00:05.000\nso we go home\n",
        "so we go home\n");
    /* Said twice. */
    expect(reader_read_subtitles,
           "1\n00:00:01,000 --> 00:00:02,000\nNo.\n\n2\n00:00:02,000 --> 00:00:03,000\nNo.\n",
           "No. No.\n");
}

static void test_cues_out_of_order(void **state)
{
    (void)state;
    expect(reader_read_subtitles,
           "2\n00:00:03,000 --> 00:00:04,000\nsecond.\n\n1\n00:00:01,000 --> 00:00:02,000\nFirst "
           "and\n",
           "First and second.\n");
    expect(reader_read_subtitles,
           "1\n99999:99:99,999 --> 00:00:00,000\nend\n\n2\n00:00:01.000 --> 00:00:01.000\nstart\n",
           "start\n\nend\n");
    assert_int_equal(read_span(reader_read_subtitles, SPAN("WEBVTT\n\nnothing\n")), HUIS_E_NO_TEXT);
}

/* --- hostile --- */

static char *repeat(const char *part, size_t n, const char *end, size_t *out_len)
{
    const size_t len = strlen(part);
    char *const text = memory_alloc(len * n + strlen(end) + 1, 1);
    assert_non_null(text);
    for (size_t i = 0; i < n; i++) {
        memcpy(text + i * len, part, len);
    }
    memcpy(text + n * len, end, strlen(end));
    *out_len = n * len + strlen(end);
    return text;
}

/* Reads hostile bytes: any status, within seconds; what comes back is valid. */
static void survive(read_function read, const char *part, size_t n, const char *end)
{
    size_t len = 0;
    char *const text = repeat(part, n, end, &len);
    const int64_t before = clock_monotonic_us();
    const int status = read_span(read, span_from(text, len));
    assert_true(clock_monotonic_us() - before < 20 * 1000 * 1000);
    if (status == 0) {
        const span out = buffer_span(&result.text);
        assert_int_equal(utf8_valid_prefix(out), out.len);
    }
    memory_free(text);
}

static void test_hostile(void **state)
{
    (void)state;
    survive(reader_read_chat_text, "12/03/2025, 10:42 - Anna: \n", 1000000, "");
    survive(reader_read_chat_text, "12/03/2025, 10:42 - Anna: a\n", 300000, "");
    survive(reader_read_chat_text, "12/03/2025, 10:42 - ", 100000, "Anna: x\n");
    survive(reader_read_chat_text, "[", 2000000, "");
    survive(reader_read_chat_text, "From: a\nType: incoming\n", 100000, "\nx\n");
    survive(reader_read_chat_text, "a b c d ", 200000, ": x\n");
    survive(reader_read_chat_json, "[", 1000000, "");
    survive(reader_read_chat_json, "{\"messages\":", 300000, "");
    survive(reader_read_chat_json, "{\"list\":[", 300000, "");
    survive(reader_read_chat_json, "\"\\", 1000000, "");
    survive(reader_read_chat_json, "[{\"ts\":\"1\",\"text\":\"<@<@<@\",\"user\":\"u\"}]", 50000,
            "");
    survive(reader_read_subtitles, "00:00:01.000 --> 00:00:02.000\n", 300000, "x\n");
    survive(reader_read_subtitles, "00:00:01.000 --> 00:00:02.000\nANNA: <v <v <v (((\n\n", 100000,
            "");
    survive(reader_read_subtitles, "1\n", 500000, "");
}

static void test_hostile_names(void **state)
{
    (void)state;
    /* 64 KiB of name are no name: the line is a notice, and left out. */
    size_t len = 0;
    char *const name = repeat("A", 65536, ": words\n", &len);
    buffer chat;
    buffer_init(&chat, LIMIT_MIB);
    (void)buffer_append_string(&chat, "[12/03/2025, 10:42] Bob: one\n[12/03/2025, 10:42] ");
    (void)buffer_append(&chat, span_from(name, len));
    (void)buffer_append_string(&chat, "[12/03/2025, 10:42] Bob: two\n");
    assert_int_equal(read_span(reader_read_chat_text, buffer_span(&chat)), 0);
    assert_string_equal(buffer_string(&result.text), "Bob: one\nBob: two\n");
    buffer_reset(&chat);
    (void)buffer_append_string(&chat,
                               "{\"messages\":[{\"type\":\"message\",\"date\":\"2025-03-12\","
                               "\"text\":\"one\",\"from\":\"");
    (void)buffer_append(&chat, span_from(name, 65536));
    (void)buffer_append_string(&chat, "\"}]}");
    assert_int_equal(read_span(reader_read_chat_json, buffer_span(&chat)), 0);
    assert_true(result.text.len < 60);
    buffer_deinit(&chat);
    memory_free(name);
    /* Marks of direction, line ends and colons in a name make no other turn. */
    expect(
        reader_read_chat_json,
        "{\"messages\":[{\"type\":\"message\",\"date\":\"2025-03-12\",\"text\":\"one\\nBob: two\","
        "\"from\":\"\\u202eAn\\nBob: na\"}]}",
        "An Bob na: one. Bob: two\n");
    expect(reader_read_chat_json,
           "{\"messages\":[{\"type\":\"message\",\"date\":\"2025-03-12\",\"text\":\"one\","
           "\"from\":\"\\ud83c\\udf89\"},{\"type\":\"message\",\"date\":\"2025-03-12\",\"text\":"
           "\"two\",\"from\":\"To\"}]}",
           "@somebody: one\n@To: two\n");
}

/* Every name that is written is read back as the speaker. */
static void test_turns_are_read_back(void **state)
{
    (void)state;
    static const char *const NAMES[] = {"Anna Roux",
                                        "Dr. Durand",
                                        "jean-baptiste.durand@x.org",
                                        "+33 6 12 34 56 78",
                                        "Mme Durand (CFDT)",
                                        "Note",
                                        "3615",
                                        "a very long name of somebody who likes names a lot",
                                        "山田太郎",
                                        "محمد",
                                        "O'Brien; Pat",
                                        "From",
                                        "http://x"};
    for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
        char json[512];
        (void)snprintf(
            json, sizeof(json),
            "{\"messages\":[{\"type\":\"message\",\"date\":\"2025-03-12\",\"text\":\"one "
            "two.\",\"from\":\"%s\"}]}",
            NAMES[i]);
        assert_int_equal(read_span(reader_read_chat_json, span_from_string(json)), 0);
        arena memory;
        document d;
        arena_init(&memory, LIMIT_MIB);
        assert_int_equal(
            document_analyse(&d, buffer_span(&result.text), result.genre, &memory, &error), 0);
        assert_int_equal(d.n_segments, 1);
        assert_int_equal(d.segments[0].kind, SEGMENT_TURN);
        assert_true(d.segments[0].name_end > d.segments[0].name_start);
        arena_deinit(&memory);
    }
}

static void test_no_memory(void **state)
{
    (void)state;
    static const struct {
        read_function read;
        const char *source;
    } CASES[] = {
        {reader_read_chat_text, "[12/03/2025, 10:42] Bob: one\n[13/03/2025, 10:42] Anna: two\n"},
        {reader_read_chat_json,
         "[{\"user\":\"U1\",\"user_profile\":{\"name\":\"a\"},\"text\":\"x\",\"ts\":\"1\"}]"},
        {reader_read_subtitles, "1\n00:00:01,000 --> 00:00:02,000\nANNA: Non.\n"},
    };
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        int status = -1;
        for (uint64_t k = 0; status != 0 && k < 200; k++) {
            memory_fail_after(k);
            status = read_span(CASES[i].read, span_from_string(CASES[i].source));
            memory_fail_after(UINT64_MAX);
        }
        assert_int_equal(status, 0);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_whatsapp_android),
        TEST(test_whatsapp_ios),
        TEST(test_date_forms),
        TEST(test_absurd_dates),
        TEST(test_irc),
        TEST(test_transcripts),
        TEST(test_signal),
        TEST(test_not_a_chat),
        TEST(test_telegram),
        TEST(test_slack),
        TEST(test_discord),
        TEST(test_matrix),
        TEST(test_other_json),
        TEST(test_subtitles),
        TEST(test_rolling_captions),
        TEST(test_cues_out_of_order),
        TEST(test_hostile),
        TEST(test_hostile_names),
        TEST(test_turns_are_read_back),
        TEST(test_no_memory),
    };
    return cmocka_run_group_tests_name("document-chat", tests, start, NULL);
}
