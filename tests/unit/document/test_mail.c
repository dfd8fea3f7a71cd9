/*
 * test_mail.c - mails and threads, well-formed, broken and hostile.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "document/reader_mail.h"
#include "reader_fixture.h"

static huis_error error;

static int start_gmime(void **state)
{
    (void)state;
    reader_mail_init();
    return 0;
}

static int read_mail(const char *mail, reader_format format)
{
    reader_result_deinit(&result);
    reader_result_init(&result);
    return reader_read_mail(&result, span_from_string(mail), format, &error);
}

/* The text of a mail with these headers and body. */
static void expect(const char *mail, const char *text)
{
    if (read_mail(mail, READER_MAIL) != 0) {
        fail_msg("%s", error.message);
    }
    assert_string_equal(buffer_string(&result.text), text);
    assert_int_equal(result.genre, DOCUMENT_MAIL);
}

static bool has(const char *part)
{
    return strstr(buffer_string(&result.text), part) != NULL;
}

static void test_plain(void **state)
{
    (void)state;
    expect("From: Anna Roux <anna@example.org>\r\nTo: bob@example.org\r\nDate: Tue, 3 Mar 2026 "
           "10:12:00 -0330\r\nSubject: Re: The\r\n plan\r\n\r\nHello Bob,\r\n\r\nit is ready.\r\n",
           "From: Anna Roux <anna@example.org>\nTo: bob@example.org\nDate: 2026-03-03 10:12 "
           "-0330\nSubject: Re: The plan\n\nHello Bob,\n\nit is ready.\n");
    assert_string_equal(result.title, "The plan");
}

static void test_headers(void **state)
{
    (void)state;
    assert_int_equal(read_mail("From: =?utf-8?B?QW5hw69z?= <a@x.org>\nSubject: "
                               "=?iso-8859-1?Q?R=E9union?= =?utf-8?Q?_=C3=A0_midi?=\n\ntext\n",
                               READER_MAIL),
                     0);
    assert_true(has("From: Anaïs <a@x.org>\n"));
    assert_true(has("Subject: Réunion à midi\n"));
    /* No header can bring a line of its own, a control or an override into the text. */
    assert_int_equal(read_mail("From: a@x.org\nSubject: "
                               "=?utf-8?Q?one=0AFrom:_boss=0D=1B[31m=E2=80=AE?=\n\ntext\n",
                               READER_MAIL),
                     0);
    assert_true(has("Subject: one From: boss\n"));
    assert_null(strstr(result.title, "\n"));
}

static void test_transfer_encodings(void **state)
{
    (void)state;
    expect("Content-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: "
           "quoted-printable\n\nl'=E9t=E9 =\nvient\n",
           "l'été vient\n");
    expect("Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: "
           "base64\n\nbCfDqXTDqSB2aWVudAo=\n",
           "l'été vient\n");
    expect("Content-Type: text/plain; charset=utf-8\n\nl'\xE9t\xE9\n", "l'été\n"); /* a lie */
    expect("Content-Type: text/plain; charset=iso-8859-1\n\nl'été\n", "l'été\n");  /* another */
    expect("Content-Type: text/plain; charset=koi8-r\nContent-Transfer-Encoding: "
           "quoted-printable\n\n=F0=D2=C9=D7=C5=D4\n",
           "Привет\n");
    expect("Content-Type: text/plain; charset=utf-8; format=flowed\n\nsoft \nbreak\n",
           "soft break\n");
}

#define PARTS(subtype) "MIME-Version: 1.0\nContent-Type: multipart/" subtype "; boundary=b\n\n"

static void test_alternatives(void **state)
{
    (void)state;
    expect(PARTS("alternative") "--b\nContent-Type: text/plain\n\nplain words\n--b\nContent-Type: "
                                "text/html\n\n<p>html words</p>\n--b--\n",
           "plain words\n");
    expect(PARTS("alternative") "--b\nContent-Type: text/plain\n\n \n--b\nContent-Type: "
                                "text/html\n\n<p>html words</p>\n--b--\n",
           "html words");
    expect(PARTS("alternative") "--b\nContent-Type: text/plain\n\nNo HTML?\n--b\nContent-Type: "
                                "text/html\n\n<p>one two three four five six seven eight nine ten "
                                "eleven twelve</p>\n--b--\n",
           "one two three four five six seven eight nine ten eleven twelve");
    expect(PARTS("alternative") "--b\nContent-Type: text/html\n\n<p>only html</p>\n--b--\n",
           "only html");
}

static void test_parts(void **state)
{
    (void)state;
    expect(PARTS("mixed") "preamble\n--b\nContent-Type: text/plain\n\none\n--b\nContent-Type: "
                          "image/png; name=x.png\nContent-Disposition: attachment; "
                          "filename=\"photo.png\"\n\nxx\n--b\nContent-Type: "
                          "text/plain\n\ntwo\n--b\nContent-Type: text/plain\nContent-Disposition: "
                          "attachment; filename=notes.txt\n\nnot read\n--b--\nepilogue\n",
           "Attachment: photo.png\nAttachment: notes.txt\n\none\n\ntwo\n");
    expect(PARTS("signed") "--b\nContent-Type: text/plain\n\nsigned text\n--b\nContent-Type: "
                           "application/pgp-signature\n\nxx\n--b--\n",
           "signed text\n");
    expect(PARTS("related") "--b\nContent-Type: text/html\n\n<p>page</p>\n--b\nContent-Type: "
                            "image/gif\n\nxx\n--b--\n",
           "page");
    expect(PARTS("mixed") "--b\nContent-Type: text/plain\n\nlook\n--b\nContent-Type: "
                          "message/rfc822\n\nFrom: x@y.org\nSubject: old\n\nold text\n--b--\n",
           "look\n\n---------- Forwarded message ----------\nFrom: x@y.org\nSubject: old\n\nold "
           "text\n");
    assert_int_equal(
        read_mail(PARTS("encrypted") "--b\nContent-Type: "
                                     "application/pgp-encrypted\n\nVersion: 1\n--b--\n",
                  READER_MAIL),
        0);
    assert_true(has("(encrypted message)"));
}

static void test_thread(void **state)
{
    (void)state;
    const char *const mbox =
        "From a@x Tue Mar  3 10:00:00 2026\nFrom: a@x.org\nDate: Tue, 3 Mar 2026 10:00:00 +0100\n"
        "Subject: Re: Plan\n\nsecond\n>From here it goes on.\n\n"
        "From b@x Mon Mar  2 10:00:00 2026\nFrom: b@x.org\nDate: Mon, 2 Mar 2026 10:00:00 +0100\n"
        "Subject: Plan\n\nfirst\nFrom now on no new message.\n\n"
        "From c@x Wed\nFrom: c@x.org\nSubject: Re: Plan\n\nthird, without a date\n";
    assert_int_equal(read_mail(mbox, READER_MBOX), 0);
    assert_string_equal(result.title, "Plan");
    const char *const text = buffer_string(&result.text);
    assert_true(
        span_starts_with(buffer_span(&result.text), SPAN("=== 1 / 3 ===\nFrom: b@x.org\n")));
    assert_true(has("\nFrom here it goes on.\n"));
    assert_true(strstr(text, "first") < strstr(text, "third"));
    assert_true(strstr(text, "third") < strstr(text, "second"));
    arena memory;
    arena_init(&memory, LIMIT_MIB);
    document d;
    assert_int_equal(document_analyse(&d, buffer_span(&result.text), result.genre, &memory, NULL),
                     0);
    assert_int_equal(d.segments[0].kind, SEGMENT_HEADER);
    arena_deinit(&memory);
}

static void test_long_mailbox(void **state)
{
    (void)state;
    enum { N = LIMIT_READER_MESSAGES + 500 };
    buffer mbox;
    buffer_init(&mbox, 64 * (size_t)LIMIT_MIB);
    for (int i = 0; i < N; i++) {
        (void)buffer_printf(&mbox, "From a@x\nFrom: a@x.org\nSubject: m%d\n\nmessage %d\n\n", i, i);
    }
    assert_int_equal(read_mail(buffer_string(&mbox), READER_MBOX), 0);
    assert_true(has("=== 65536 / 65536 ==="));
    assert_true(has("\nmessage 66035\n") && has("\nmessage 500\n") && !has("\nmessage 499\n"));
    assert_string_equal(result.note, "the oldest 500 of 66036 messages were left out");
    buffer_deinit(&mbox);
}

static void expect_place(size_t i, const char *label, const char *who, const char *when)
{
    size_t n = 0;
    const reader_place *const places = reader_places(&result, &n);
    assert_true(i < n);
    assert_int_equal(places[i].kind, PLACE_MESSAGE);
    assert_string_equal(reader_label(&result, places[i].label), label);
    assert_string_equal(reader_label(&result, places[i].who), who);
    assert_string_equal(reader_label(&result, places[i].when), when);
}

#define HEADERS                                                                                    \
    "From: Bob Lee <b@x.org>\nTo: a@x.org\nDate: Wed, 4 Mar 2026 09:00:00 +0100\n"                 \
    "Subject: Re: Plan\n\n"
#define OWN_HEADERS                                                                                \
    "From: Bob Lee <b@x.org>\nTo: a@x.org\nDate: 2026-03-04 09:00 +0100\nSubject: Re: Plan\n\n"

static void test_quoted_thread(void **state)
{
    (void)state;
    expect(HEADERS "I will send them.\n\nOn Tue, 3 Mar 2026 at 10:12, Anna Roux <a@x.org> wrote:\n"
                   "> Thanks. Could you send them?\n>\n> Anna\n>\n> On Mon, Mar 2, 2026 at 6:01 PM "
                   "Bob Lee <b@x.org>\n> wrote:\n>\n>> It is ready.\n>>\n",
           "=== 1 / 3 ===\nFrom: Bob Lee <b@x.org>\nDate: 2026-03-02 18:01\n\nIt is ready.\n\n"
           "=== 2 / 3 ===\nFrom: Anna Roux <a@x.org>\nDate: 2026-03-03 10:12\n\nThanks. Could you "
           "send them?\n\nAnna\n\n=== 3 / 3 ===\n" OWN_HEADERS "I will send them.\n");
    expect_place(0, "Plan", "Bob Lee <b@x.org>", "2026-03-02T18:01:00");
    expect_place(2, "Plan", "Bob Lee <b@x.org>", "2026-03-04T09:00:00+01:00");
    /* Outlook. */
    expect(HEADERS
           "OK.\n\n________________________________\nFrom: Anna Roux <a@x.org>\nSent: "
           "Tuesday, March 3, 2026 10:12 AM\nTo: Bob Lee\nSubject: RE: Plan\n\nOn Monday?\n"
           "\n-----Original Message-----\nFrom: Bob Lee\nSent: Monday, March 2, 2026 6:01 PM\n"
           "To: Anna Roux\nSubject: Plan\n\nIt is ready.\n",
           "=== 1 / 3 ===\nFrom: Bob Lee\nDate: 2026-03-02 18:01\n\nIt is ready.\n\n=== 2 / 3 "
           "===\nFrom: Anna Roux <a@x.org>\nDate: 2026-03-03 10:12\n\nOn Monday?\n\n=== 3 / 3 "
           "===\n" OWN_HEADERS "OK.\n");
    expect(HEADERS "D'accord.\n\nDe : Anna Roux\nEnvoyé : mardi 3 mars 2026 10:12\nÀ : Bob Lee\n"
                   "Objet : Plan\n\nLundi ?\n",
           "=== 1 / 2 ===\nFrom: Anna Roux\nDate: 2026-03-03 10:12\n\nLundi ?\n\n=== 2 / 2 "
           "===\n" OWN_HEADERS "D'accord.\n");
}

static void test_answers_between_lines(void **state)
{
    (void)state;
    expect(
        HEADERS "Bonjour,\n\nLe mar. 3 mars 2026 à 10:12, Anna Roux <a@x.org> a écrit :\n> Peux-tu "
                "venir ?\n\nOui, à 10 h.\n\n> Et qui paie ?\n\nMoi.\n",
        "=== 1 / 4 ===\nFrom: Anna Roux <a@x.org>\nDate: 2026-03-03 10:12\n\nPeux-tu venir ?\n\n"
        "=== 2 / 4 ===\n" OWN_HEADERS "Bonjour,\n\nOui, à 10 h.\n\n=== 3 / 4 ===\nFrom: Anna Roux "
        "<a@x.org>\nDate: 2026-03-03 10:12\n\nEt qui paie ?\n\n=== 4 / 4 ===\nFrom: Bob Lee "
        "<b@x.org>\n\nMoi.\n");
    /* Nobody is named, or somebody else's mail is forwarded: left as it is. */
    expect(HEADERS "> who said that?\n\nNot me.\n", OWN_HEADERS "> who said that?\n\nNot me.\n");
    expect(HEADERS "FYI\n\n---------- Forwarded message ---------\nFrom: Carl\nDate: 2 Mar 2026\n"
                   "Subject: x\nTo: y\n\nwords\n",
           OWN_HEADERS "FYI\n\n---------- Forwarded message ---------\nFrom: Carl\nDate: 2 Mar "
                       "2026\nSubject: x\nTo: y\n\nwords\n");
}

static void test_threads_of_a_mailbox(void **state)
{
    (void)state;
    assert_int_equal(
        read_mail(
            "From x\nFrom: Anna <a@x.org>\nMessage-ID: <1@x>\nDate: Mon, 2 Mar 2026 10:00:00 "
            "+0000\nSubject: Plan\n\nShall we meet on Monday at ten in the hall?\n\n"
            "From x\nFrom: Carl <c@x.org>\nMessage-ID: <2@x>\nDate: Tue, 3 Mar 2026 10:00:00 "
            "+0000\nSubject: Other\n\nSomething else.\n\n"
            "From x\nFrom: Bob <b@x.org>\nMessage-ID: <3@x>\nIn-Reply-To: <1@x>\nDate: Wed, 4 "
            "Mar 2026 10:00:00 +0000\nSubject: A new subject\n\nYes.\n\nOn Mon, 2 Mar 2026, Anna "
            "<a@x.org> wrote:\n> Shall we meet on Monday\n> at ten in the hall?\n",
            READER_MBOX),
        0);
    assert_string_equal(
        buffer_string(&result.text),
        "=== 1 / 3 ===\nFrom: Carl <c@x.org>\nDate: 2026-03-03 10:00 +0000\nSubject: "
        "Other\n\nSomething else.\n\n=== 2 / 3 ===\nFrom: Anna <a@x.org>\nDate: 2026-03-02 10:00 "
        "+0000\nSubject: Plan\n\nShall we meet on Monday at ten in the hall?\n\n=== 3 / 3 "
        "===\nFrom: "
        "Bob <b@x.org>\nDate: 2026-03-04 10:00 +0000\nSubject: A new subject\n\nYes.\n");
    expect_place(1, "Plan", "Anna <a@x.org>", "2026-03-02T10:00:00+00:00");
}

static void test_no_text(void **state)
{
    (void)state;
    static const char *const MAILS[] = {"",
                                        "\n",
                                        "\n\n \n",
                                        "X: y\n\n",
                                        PARTS("mixed") "--b\nContent-Type: image/png\n\n--b--\n",
                                        "From a\n",
                                        "%PDF-1.4\n"};
    for (size_t i = 0; i < sizeof(MAILS) / sizeof(MAILS[0]); i++) {
        const int status = read_mail(MAILS[i], i % 2 == 0 ? READER_MAIL : READER_MBOX);
        assert_true(status == HUIS_E_NO_TEXT || has("Attachment:") || has("PDF"));
    }
}

/* Broken MIME must still give what can be read. */
static void test_broken(void **state)
{
    (void)state;
    static const char *const MAILS[] = {
        PARTS("mixed") "--b\nContent-Type: text/plain\n\nreadable",
        "Content-Type: multipart/mixed; boundary=\n\nreadable\n",
        "Content-Type: multipart/mixed\n\nreadable\n",
        "Content-Type: text/plain; charset\n\nreadable\n",
        "Content-Type: ;;;;\n\nreadable\n",
        "Content-Type: text/plain; charset=\"\n\nreadable\n",
        "Content-Transfer-Encoding: no-such\n\nreadable\n",
        "Content-Transfer-Encoding: quoted-printable\n\nreadable =ZZ =\n",
        "no header at all, only readable text\n\nreadable\n",
        "Date: not a date\nFrom: <<<>>>,,;\nTo: \xFF\xFE\n\nreadable\n",
        "Subject: =?utf-8?B?!!!!?= =?x?Q?y\n\nreadable\n",
        "Subject\n\nreadable\n",
        "Content-Type: text/html\n\n<p>readable",
        "Content-Type: text/html; charset=utf-16\n\n<p>readable</p>",
    };
    for (size_t i = 0; i < sizeof(MAILS) / sizeof(MAILS[0]); i++) {
        const int status = read_mail(MAILS[i], READER_MAIL);
        if (status != 0 || !has("readable")) {
            fail_msg("mail %zu: %s", i, buffer_string(&result.text));
        }
        assert_int_equal(utf8_valid_prefix(buffer_span(&result.text)), result.text.len);
    }
}

static void test_nested(void **state)
{
    (void)state;
    buffer mail;
    buffer_init(&mail, 16 * (size_t)LIMIT_MIB);
    for (int i = 0; i < 1000; i++) {
        (void)buffer_printf(&mail,
                            "Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\nContent-Type: "
                            "text/plain\n\nlevel %d\n--b%d\n",
                            i, i, i, i);
    }
    const int64_t start_us = clock_monotonic_us();
    const int status = read_mail(buffer_string(&mail), READER_MAIL);
    assert_true(status == 0);
    assert_true(has("level 0\n") && has("level 20\n") && !has("level 100\n"));
    buffer_reset(&mail);
    for (int i = 0; i < 1000; i++) {
        (void)buffer_printf(&mail, "Subject: m%d\nContent-Type: message/rfc822\n\n", i);
    }
    (void)buffer_append_string(&mail, "\nend\n");
    (void)read_mail(buffer_string(&mail), READER_MAIL);
    buffer_reset(&mail);
    (void)buffer_append_string(&mail, PARTS("mixed"));
    for (int i = 0; i < 20000; i++) {
        (void)buffer_printf(&mail, "--b\n\nflat %d\n", i);
    }
    assert_int_equal(read_mail(buffer_string(&mail), READER_MAIL), 0);
    assert_true(has("flat 900\n") && !has("flat 1500\n"));
    assert_true(clock_monotonic_us() - start_us < 60000000);
    buffer_deinit(&mail);
}

static void test_endless_header(void **state)
{
    (void)state;
    buffer mail;
    buffer_init(&mail, 16 * (size_t)LIMIT_MIB);
    (void)buffer_append_string(&mail, "Subject: ");
    for (int i = 0; i < 400000; i++) {
        (void)buffer_append_string(&mail, i % 50 == 0 ? "word\n " : "word ");
    }
    (void)buffer_append_string(&mail, "\nFrom: ");
    for (int i = 0; i < 20000; i++) {
        (void)buffer_append_string(&mail, "a@b.c, ");
    }
    (void)buffer_append_string(&mail, "x@y.z\n\nbody text\n");
    const int64_t start_us = clock_monotonic_us();
    assert_int_equal(read_mail(buffer_string(&mail), READER_MAIL), 0);
    assert_true(has("body text"));
    assert_true(result.text.len < 16000);
    assert_true(clock_monotonic_us() - start_us < 60000000);
    buffer_deinit(&mail);
}

static void read_example(const char *path)
{
    buffer bytes;
    buffer_init(&bytes, LIMIT_MIB);
    assert_int_equal(file_read(&bytes, path, NULL), 0);
    assert_int_equal(read_mail(buffer_string(&bytes), READER_MAIL), 0);
    buffer_deinit(&bytes);
}

static void test_examples(void **state)
{
    (void)state;
    arena memory;
    arena_init(&memory, LIMIT_MIB);
    document d;
    read_example(EXAMPLES_DIR "/mail.en.eml");
    assert_string_equal(result.title,
                        "Moving the archive: what the trustees decided – and four things to do");
    assert_true(has("a budget of £48,500 – a little") && has("Attachment: insurance-list.csv\n"));
    assert_false(has("99213"));
    assert_int_equal(document_analyse(&d, buffer_span(&result.text), 0, &memory, NULL), 0);
    assert_int_equal(d.genre, DOCUMENT_MAIL);
    assert_string_equal(d.language, "en");
    assert_int_equal(d.segments[0].kind, SEGMENT_HEADER);
    assert_true(has("=== 1 / 3 ===\nFrom: Ruth Amsel\n"));
    assert_int_equal(d.segments[d.n_segments - 1].kind, SEGMENT_SIGNATURE);
    read_example(EXAMPLES_DIR "/mail.fr.eml");
    assert_string_equal(result.title, "Voyage à Liège : le point et quatre choses à faire");
    assert_true(has("2 340 € pour 49 places"));
    assert_int_equal(document_analyse(&d, buffer_span(&result.text), 0, &memory, NULL), 0);
    assert_string_equal(d.language, "fr");
    arena_deinit(&memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_plain, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_headers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_transfer_encodings, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_alternatives, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_parts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_thread, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_long_mailbox, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_quoted_thread, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_answers_between_lines, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_threads_of_a_mailbox, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_text, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_broken, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_nested, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_endless_header, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_examples, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, start_gmime, NULL);
}
