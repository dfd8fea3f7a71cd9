/*
 * reader_chat_json.c - exports of Telegram, Slack, Discord (DiscordChatExporter) and Matrix (Element).
 *
 * Idea: the file is walked with json_scan.h, each message is parsed by jansson alone, and each is
 * told by its own fields, so a wrong name of the format does no harm. Several values one after the
 * other are read too: `cat users.json day1.json day2.json` is a Slack channel with its names. Slack and
 * Matrix name people elsewhere, so their messages are walked twice: names first.
 *
 * Reactions and quotations of earlier messages are left out: the earlier message stands above, and
 * words in the line of somebody who only quotes them would be taken for theirs.
 */
#include "document/reader_chat.h"

#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/map.h"
#include "document/chat_writer.h"
#include "document/encoding.h"
#include "document/json_scan.h"
#include "document/text_chars.h"

enum { NAMES_BYTES = 64 * 1024 * 1024, MAX_NAMES = 1 << 20 };

typedef struct json_chat {
    chat_writer *writer;
    reader_result *out;
    arena memory; /* of names and edited words, with their keys */
    map names;    /* user or event to an index of `values` */
    span *values; /* grows in the arena by doubling */
    uint32_t n_values, capacity;
    buffer body, clean;
    size_t n_known;     /* elements that were messages of a known kind */
    size_t n_broken;    /* ... that could not be parsed */
    size_t n_encrypted; /* ... that only their receiver can read */
    bool cut;           /* the text ends or breaks in the middle */
    bool no_memory;
} json_chat;

/* --- fields --- */

static span text_of(const json_t *value)
{
    return json_is_string(value) ? span_from(json_string_value(value), json_string_length(value))
                                 : span_from(NULL, 0);
}

static span field(const json_t *object, const char *name)
{
    return text_of(json_object_get(object, name));
}

static bool field_is(const json_t *object, const char *name, const char *value)
{
    return span_equal(field(object, name), span_from_string(value));
}

static span first_of(span a, span b)
{
    return a.len > 0 ? a : b;
}

/* --- what is known of people and events --- */

static void remember(json_chat *c, span key, span value)
{
    if (key.len == 0 || value.len == 0 || c->n_values >= MAX_NAMES) {
        return;
    }
    if (c->n_values == c->capacity) {
        const uint32_t bigger = c->capacity > 0 ? 2 * c->capacity : 64;
        span *const values = arena_alloc(&c->memory, bigger, sizeof(*values));
        if (values == NULL) {
            return; /* too many names: the rest keep their numbers */
        }
        memcpy(values, c->values != NULL ? c->values : values, c->n_values * sizeof(*values));
        c->values = values;
        c->capacity = bigger;
    }
    const char *const kept_key = arena_copy(&c->memory, key);
    const char *const kept_value = arena_copy(&c->memory, value);
    if (kept_key == NULL || kept_value == NULL ||
        !map_set(&c->names, span_from(kept_key, key.len), c->n_values)) {
        return;
    }
    c->values[c->n_values++] = span_from(kept_value, value.len);
}

static span recall(const json_chat *c, span key)
{
    uint32_t i = 0;
    return key.len > 0 && map_get(&c->names, key, &i) ? c->values[i] : span_from(NULL, 0);
}

/* --- writing --- */

/* Writes the message with what stands in c->body. */
static void emit(json_chat *c, span who, const timestamp *when)
{
    c->n_known++;
    if (c->body.len == 0) {
        return;
    }
    buffer_reset(&c->clean);
    if (encoding_to_utf8(&c->clean, buffer_span(&c->body), "utf-8", NULL, NULL) != HUIS_OK) {
        return;
    }
    const chat_message message = {
        .who = who, .body = buffer_span(&c->clean), .when = *when, .into_s = -1};
    chat_add(c->writer, &message);
}

static void add_placeholder(json_chat *c, const char *placeholder)
{
    (void)buffer_append_string(&c->body, c->body.len > 0 ? " " : "");
    (void)buffer_append_string(&c->body, placeholder);
}

static const char *placeholder_of_type(span mime)
{
    return span_starts_with(mime, SPAN("image/"))   ? "[picture]"
           : span_starts_with(mime, SPAN("video/")) ? "[video]"
           : span_starts_with(mime, SPAN("audio/")) ? "[audio]"
                                                    : "[file]";
}

/* --- Telegram --- */

static void append_telegram_text(json_chat *c, const json_t *text)
{
    (void)buffer_append(&c->body, text_of(text));
    for (size_t i = 0; i < json_array_size(text); i++) {
        const json_t *const piece = json_array_get(text, i);
        (void)buffer_append(&c->body,
                            json_is_string(piece) ? text_of(piece) : field(piece, "text"));
    }
}

static const char *telegram_media(const json_t *m)
{
    static const struct {
        const char *key, *value, *placeholder; /* value NULL: any */
    } MEDIA[] = {
        {"media_type", "sticker", "[sticker]"},
        {"media_type", "voice_message", "[audio]"},
        {"media_type", "audio_file", "[audio]"},
        {"media_type", "video_message", "[video]"},
        {"media_type", "video_file", "[video]"},
        {"media_type", "animation", "[picture]"},
        {"photo", NULL, "[picture]"},
        {"location_information", NULL, "[location]"},
        {"contact_information", NULL, "[contact]"},
        {"file", NULL, "[file]"},
    };
    for (size_t i = 0; i < sizeof(MEDIA) / sizeof(MEDIA[0]); i++) {
        const json_t *const value = json_object_get(m, MEDIA[i].key);
        if (value != NULL &&
            (MEDIA[i].value == NULL || field_is(m, MEDIA[i].key, MEDIA[i].value))) {
            return MEDIA[i].placeholder;
        }
    }
    return NULL;
}

static void read_telegram(json_chat *c, const json_t *m)
{
    timestamp when = {.year = 0};
    (void)timestamp_parse_iso(field(m, "date"), &when);
    if (field_is(m, "type", "service")) {
        if (field_is(m, "action", "edit_group_title")) {
            (void)buffer_printf(&c->body, "%s renamed the group to %s",
                                json_string_value(json_object_get(m, "actor")) != NULL
                                    ? json_string_value(json_object_get(m, "actor"))
                                    : "Somebody",
                                json_string_value(json_object_get(m, "title")) != NULL
                                    ? json_string_value(json_object_get(m, "title"))
                                    : "?");
        }
        emit(c, span_from(NULL, 0), &when);
        return;
    }
    const span forwarded = field(m, "forwarded_from");
    if (forwarded.len > 0) {
        (void)buffer_append_string(&c->body, "(forwarded from ");
        (void)buffer_append(&c->body, forwarded);
        (void)buffer_append_string(&c->body, ") ");
    }
    append_telegram_text(c, json_object_get(m, "text"));
    const json_t *const poll = json_object_get(m, "poll");
    if (poll != NULL) {
        add_placeholder(c, "[poll] ");
        (void)buffer_append(&c->body, field(poll, "question"));
    }
    const char *const media = telegram_media(m);
    if (media != NULL) {
        add_placeholder(c, media);
    }
    emit(c, first_of(field(m, "from"), SPAN("Deleted account")), &when);
}

/* --- Slack --- */

static span slack_profile_name(const json_t *profile)
{
    return first_of(field(profile, "display_name"), field(profile, "real_name"));
}

static void learn_slack(json_chat *c, const json_t *m)
{
    const json_t *const profile = json_object_get(m, "profile");
    if (profile != NULL || json_object_get(m, "real_name") != NULL) { /* an entry of users.json */
        const span name = first_of(slack_profile_name(profile),
                                   first_of(field(m, "real_name"), field(m, "name")));
        remember(c, field(m, "id"), name);
        return;
    }
    const json_t *const brief = json_object_get(m, "user_profile");
    if (brief != NULL && recall(c, field(m, "user")).len == 0) {
        remember(c, field(m, "user"), first_of(slack_profile_name(brief), field(brief, "name")));
    }
}

/* "<@U123>", "<#C1|general>", "<https://x|label>", "<!here>": what a person sees. */
static void append_slack_link(json_chat *c, span link)
{
    const char *const bar = link.len > 0 ? memchr(link.ptr, '|', link.len) : NULL;
    const size_t split = bar != NULL ? (size_t)(bar - link.ptr) : link.len;
    const span target = span_slice(link, 0, split);
    const span label = span_slice(link, split + 1, link.len);
    if (span_starts_with(target, SPAN("@"))) {
        const span id = span_slice(target, 1, target.len);
        const span name = first_of(recall(c, id), first_of(label, id));
        (void)buffer_append(&c->body, name);
        return;
    }
    (void)buffer_append_string(&c->body, span_starts_with(target, SPAN("#")) ? "#" : "");
    if (bar != NULL && label.len > 0) {
        (void)buffer_append(&c->body, label);
    } else {
        const bool mark =
            span_starts_with(target, SPAN("!")) || span_starts_with(target, SPAN("#"));
        (void)buffer_append_string(&c->body, span_starts_with(target, SPAN("!")) ? "@" : "");
        (void)buffer_append(&c->body, span_slice(target, mark ? 1 : 0, target.len));
    }
}

static void append_slack_text(json_chat *c, span text)
{
    static const struct {
        span entity;
        char character;
    } ENTITIES[] = {{{"&amp;", 5}, '&'}, {{"&lt;", 4}, '<'}, {{"&gt;", 4}, '>'}};
    for (size_t pos = 0; pos < text.len;) {
        const char at = text.ptr[pos];
        const span rest = span_slice(text, pos, text.len);
        const char *const close = at == '<' ? memchr(rest.ptr, '>', rest.len) : NULL;
        if (close != NULL) {
            const size_t len = (size_t)(close - rest.ptr);
            append_slack_link(c, span_slice(rest, 1, len));
            pos += len + 1;
            continue;
        }
        size_t len = 1;
        char character = at;
        for (size_t i = 0; at == '&' && i < 3; i++) {
            if (span_starts_with(rest, ENTITIES[i].entity)) {
                character = ENTITIES[i].character;
                len = ENTITIES[i].entity.len;
            }
        }
        (void)buffer_append_byte(&c->body, character);
        pos += len;
    }
}

/* Subtypes that are talk; the others are notices. */
static bool is_slack_talk(span subtype)
{
    static const char *const TALK[] = {"bot_message", "me_message",   "thread_broadcast",
                                       "file_share",  "file_comment", "slackbot_response"};
    for (size_t i = 0; i < sizeof(TALK) / sizeof(TALK[0]); i++) {
        if (span_equal(subtype, span_from_string(TALK[i]))) {
            return true;
        }
    }
    return subtype.len == 0;
}

/* Digits before the point of "1741776151.000100"; false: none or too many. */
static bool parse_seconds(span text, int64_t *out)
{
    int64_t value = 0;
    size_t i = 0;
    while (i < text.len && i < 13 && text.ptr[i] >= '0' && text.ptr[i] <= '9') {
        value = value * 10 + (text.ptr[i] - '0');
        i++;
    }
    *out = value;
    return i > 0 && i < 13;
}

static void read_slack(json_chat *c, const json_t *m)
{
    timestamp when = {.year = 0};
    int64_t seconds = 0;
    if (parse_seconds(field(m, "ts"), &seconds)) {
        (void)timestamp_from_unix(seconds, &when);
    }
    const span subtype = field(m, "subtype");
    const span user = field(m, "user");
    const span who =
        first_of(first_of(recall(c, user), field(m, "username")), first_of(user, SPAN("bot")));
    if (span_equal(subtype, SPAN("channel_name"))) {
        (void)buffer_append(&c->body, who);
        (void)buffer_append_string(&c->body, " renamed the group to ");
        (void)buffer_append(&c->body, field(m, "name"));
        emit(c, span_from(NULL, 0), &when);
        return;
    }
    if (!is_slack_talk(subtype)) {
        c->n_known++;
        return;
    }
    append_slack_text(c, field(m, "text"));
    const json_t *const files = json_object_get(m, "files");
    for (size_t i = 0; i < json_array_size(files) && i < 3; i++) {
        add_placeholder(c, placeholder_of_type(field(json_array_get(files, i), "mimetype")));
    }
    emit(c, who, &when);
}

/* --- Discord --- */

static void read_discord(json_chat *c, const json_t *m)
{
    timestamp when = {.year = 0};
    (void)timestamp_parse_iso(field(m, "timestamp"), &when);
    const json_t *const author = json_object_get(m, "author");
    const span who =
        first_of(first_of(field(author, "nickname"), field(author, "name")), SPAN("Deleted user"));
    const span type = field(m, "type");
    if (span_equal(type, SPAN("ChannelNameChange"))) {
        (void)buffer_append(&c->body, who);
        (void)buffer_append_string(&c->body, " renamed the group. ");
        (void)buffer_append(&c->body, field(m, "content"));
        emit(c, span_from(NULL, 0), &when);
        return;
    }
    if (type.len > 0 && !span_equal(type, SPAN("Default")) && !span_equal(type, SPAN("Reply"))) {
        c->n_known++;
        return;
    }
    (void)buffer_append(&c->body, field(m, "content"));
    const json_t *const files = json_object_get(m, "attachments");
    for (size_t i = 0; i < json_array_size(files) && i < 3; i++) {
        const span name = field(json_array_get(files, i), "fileName");
        const bool picture =
            span_ends_with(name, SPAN(".png")) || span_ends_with(name, SPAN(".jpg")) ||
            span_ends_with(name, SPAN(".jpeg")) || span_ends_with(name, SPAN(".gif"));
        add_placeholder(c, picture ? "[picture]" : "[file]");
    }
    emit(c, who, &when);
}

/* --- Matrix --- */

static const json_t *relation(const json_t *m)
{
    return json_object_get(json_object_get(m, "content"), "m.relates_to");
}

static void learn_matrix(json_chat *c, const json_t *m)
{
    const json_t *const content = json_object_get(m, "content");
    if (field_is(m, "type", "m.room.member")) {
        const span user = first_of(field(m, "state_key"), field(m, "sender"));
        remember(c, user, field(content, "displayname"));
    }
    if (field_is(relation(m), "rel_type", "m.replace")) {
        remember(c, field(relation(m), "event_id"),
                 field(json_object_get(content, "m.new_content"), "body"));
    }
}

/* The words after the lines "> <@anna:x.org> ..." with which clients repeat what is answered. */
static span skip_reply_fallback(span body)
{
    size_t pos = 0;
    while (pos < body.len && body.ptr[pos] == '>') {
        const char *const newline = memchr(body.ptr + pos, '\n', body.len - pos);
        pos = newline != NULL ? (size_t)(newline + 1 - body.ptr) : body.len;
    }
    return span_slice(body, pos, body.len);
}

static void append_matrix_words(json_chat *c, const json_t *m)
{
    const json_t *const content = json_object_get(m, "content");
    const span type = field(content, "msgtype");
    static const char *const MEDIA[][2] = {{"m.image", "[picture]"},
                                           {"m.video", "[video]"},
                                           {"m.audio", "[audio]"},
                                           {"m.file", "[file]"},
                                           {"m.location", "[location]"}};
    for (size_t i = 0; i < sizeof(MEDIA) / sizeof(MEDIA[0]); i++) {
        if (span_equal(type, span_from_string(MEDIA[i][0]))) {
            (void)buffer_append_string(&c->body, MEDIA[i][1]);
            return;
        }
    }
    const span edited = recall(c, field(m, "event_id"));
    const span body = field(content, "body");
    const bool reply = json_object_get(relation(m), "m.in_reply_to") != NULL;
    (void)buffer_append(&c->body, edited.len > 0 ? edited
                                  : reply        ? skip_reply_fallback(body)
                                                 : body);
}

static void read_matrix(json_chat *c, const json_t *m)
{
    timestamp when = {.year = 0};
    const json_t *const stamp = json_object_get(m, "origin_server_ts");
    if (json_is_integer(stamp)) {
        (void)timestamp_from_unix(json_integer_value(stamp) / 1000, &when);
    }
    const span sender = field(m, "sender");
    const span bare =
        span_slice(sender, sender.len > 0 && sender.ptr[0] == '@' ? 1 : 0, sender.len);
    const char *const colon = bare.len > 0 ? memchr(bare.ptr, ':', bare.len) : NULL;
    const span local =
        colon != NULL ? span_slice(bare, 0, (size_t)(colon - bare.ptr)) : first_of(bare, SPAN("?"));
    const span who = first_of(recall(c, sender), local);
    if (field_is(m, "type", "m.room.name")) {
        (void)buffer_append(&c->body, who);
        (void)buffer_append_string(&c->body, " renamed the group to ");
        (void)buffer_append(&c->body, field(json_object_get(m, "content"), "name"));
        emit(c, span_from(NULL, 0), &when);
        return;
    }
    c->n_encrypted += field_is(m, "type", "m.room.encrypted");
    if (field_is(m, "type", "m.room.message") && !field_is(relation(m), "rel_type", "m.replace")) {
        append_matrix_words(c, m);
    }
    emit(c, who, &when);
}

/* --- telling them apart --- */

typedef enum json_kind {
    KIND_NONE,
    KIND_TELEGRAM,
    KIND_SLACK,
    KIND_DISCORD,
    KIND_MATRIX
} json_kind;

static json_kind kind_of(const json_t *m)
{
    if (json_object_get(m, "ts") != NULL &&
        (json_object_get(m, "text") != NULL || json_object_get(m, "subtype") != NULL)) {
        return KIND_SLACK;
    }
    if (json_is_object(json_object_get(m, "author")) && json_object_get(m, "timestamp") != NULL) {
        return KIND_DISCORD;
    }
    if (json_object_get(m, "sender") != NULL && json_is_object(json_object_get(m, "content"))) {
        return KIND_MATRIX;
    }
    if (json_object_get(m, "date") != NULL && json_object_get(m, "type") != NULL &&
        (json_object_get(m, "text") != NULL || json_object_get(m, "actor") != NULL)) {
        return KIND_TELEGRAM;
    }
    return KIND_NONE;
}

static void read_message(json_chat *c, const json_t *m)
{
    buffer_reset(&c->body);
    switch (kind_of(m)) {
    case KIND_TELEGRAM:
        read_telegram(c, m);
        break;
    case KIND_SLACK:
        read_slack(c, m);
        break;
    case KIND_DISCORD:
        read_discord(c, m);
        break;
    case KIND_MATRIX:
        read_matrix(c, m);
        break;
    case KIND_NONE:
        break;
    }
}

static void learn(json_chat *c, const json_t *m)
{
    if (kind_of(m) == KIND_MATRIX) {
        learn_matrix(c, m);
    } else if (json_is_object(m)) {
        learn_slack(c, m);
    }
}

/* One element, parsed; NULL: broken. */
static json_t *parse(json_chat *c, span value)
{
    json_error_t error;
    json_t *const m = json_loadb(value.ptr, value.len, JSON_ALLOW_NUL | JSON_DECODE_ANY, &error);
    c->no_memory =
        c->no_memory || (m == NULL && json_error_code(&error) == json_error_out_of_memory);
    return m;
}

/* Applies `each` to the objects of an array; stops after the first for which `last` holds. */
static void for_each(json_chat *c, span array, void (*each)(json_chat *, const json_t *))
{
    json_walk walk;
    span key, value;
    bool broken = false;
    if (!json_walk_start(&walk, array)) {
        return;
    }
    while (!c->no_memory && buffer_ok(&c->out->text) &&
           json_walk_next(&walk, &key, &value, &broken)) {
        c->cut = c->cut || broken;
        json_t *const m = parse(c, value);
        c->n_broken += m == NULL && each == read_message;
        if (json_is_object(m)) {
            each(c, m);
        }
        json_decref(m);
    }
    c->cut = c->cut || broken;
}

/* Whether names must be learnt first: not for Telegram and Discord, which are large. */
static bool needs_names(json_chat *c, span array)
{
    json_walk walk;
    span key, value;
    bool broken = false;
    json_kind kind = KIND_NONE;
    (void)json_walk_start(&walk, array);
    for (int i = 0; i < 8 && kind == KIND_NONE && json_walk_next(&walk, &key, &value, &broken);
         i++) {
        json_t *const m = parse(c, value);
        kind = kind_of(m);
        json_decref(m);
    }
    return kind != KIND_TELEGRAM && kind != KIND_DISCORD;
}

static void read_array(json_chat *c, span array)
{
    if (needs_names(c, array)) {
        for_each(c, array, learn);
    }
    for_each(c, array, read_message);
}

/* --- objects that hold messages --- */

static void set_title(json_chat *c, span quoted)
{
    json_t *const title = parse(c, quoted);
    if (c->out->title[0] == '\0' && json_is_string(title)) {
        reader_set_title(c->out, text_of(title));
    }
    json_decref(title);
}

static void read_object(json_chat *c, span object, unsigned depth);

/* "chats": {"list": [...]} and "channel": {"name": ...}. */
static void read_member(json_chat *c, span key, span value, unsigned depth)
{
    if (span_equal(key, SPAN("messages")) && value.ptr[0] == '[') {
        read_array(c, value);
    } else if (span_equal(key, SPAN("name")) || span_equal(key, SPAN("room_name"))) {
        set_title(c, value);
    } else if (span_equal(key, SPAN("chats")) || span_equal(key, SPAN("channel")) ||
               span_equal(key, SPAN("list"))) {
        read_object(c, value, depth + 1);
    }
}

static void read_object(json_chat *c, span object, unsigned depth)
{
    json_walk walk;
    span key, value;
    bool broken = false;
    if (depth > 4 || !json_walk_start(&walk, object)) {
        return;
    }
    while (!c->no_memory && buffer_ok(&c->out->text) &&
           json_walk_next(&walk, &key, &value, &broken)) {
        c->cut = c->cut || broken;
        if (!walk.object) {
            read_object(c, value, depth + 1);
        } else if (value.len > 0) {
            read_member(c, key, value, depth);
        }
    }
    c->cut = c->cut || broken;
}

/* The values of the text, one after the other. A value that does not end (a download that was cut)
 * is taken to the text's end. */
static void read_values(json_chat *c, span text)
{
    size_t pos = span_starts_with(text, SPAN("\xEF\xBB\xBF")) ? 3 : 0;
    for (pos = json_skip_space(text, pos); pos < text.len; pos = json_skip_space(text, pos)) {
        const size_t found = json_value_end(text, pos);
        const size_t end = found > 0 ? found : text.len;
        const span value = span_slice(text, pos, end);
        c->cut = c->cut || found == 0;
        if (value.ptr[0] == '[') {
            read_array(c, value);
        } else {
            read_object(c, value, 0);
        }
        pos = end;
    }
}

static int finish(json_chat *c, huis_error *err)
{
    char note[160];
    if (c->no_memory || c->body.status == HUIS_E_NO_MEMORY || c->clean.status == HUIS_E_NO_MEMORY) {
        return error_no_memory(err, "a message of the chat");
    }
    if (c->n_known == 0) {
        return error_set(err, HUIS_E_BAD_FILE,
                         c->cut
                             ? "its JSON is damaged or nested deeper than %u levels; export the "
                               "chat again"
                             : "holds JSON of an unknown kind (limit of depth %u); known are chat "
                               "exports of Telegram, Slack, Discord and Matrix",
                         LIMIT_JSON_DEPTH);
    }
    const int status = chat_finish(c->writer, "the chat", err);
    if (status == HUIS_OK && (c->n_broken > 0 || c->cut || c->n_encrypted > 0)) {
        (void)snprintf(note, sizeof(note), "%zu messages could not be read%s%s",
                       c->n_broken + c->n_encrypted,
                       c->n_encrypted > 0 ? " (most are encrypted)" : "",
                       c->cut ? "; the file ends in the middle" : "");
        reader_add_note(c->out, span_from_string(note));
    }
    return status;
}

int reader_read_chat_json(reader_result *out, span bytes, huis_error *err)
{
    chat_writer writer;
    json_chat c = {.writer = &writer, .out = out};
    chat_writer_init(&writer, out);
    arena_init(&c.memory, NAMES_BYTES);
    map_init(&c.names);
    buffer_init(&c.body, LIMIT_TEXT_BYTES);
    buffer_init(&c.clean, LIMIT_TEXT_BYTES);
    read_values(&c, bytes);
    const int status = finish(&c, err);
    buffer_deinit(&c.clean);
    buffer_deinit(&c.body);
    map_deinit(&c.names);
    arena_deinit(&c.memory);
    chat_writer_deinit(&writer);
    return status;
}

void reader_chat_init(void)
{
    json_object_seed(0);
}
