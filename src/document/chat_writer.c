/*
 * chat_writer.c - see chat_writer.h.
 *
 * Idea: what a chat program adds to the words (placeholders of media, marks of editing, notices)
 * stands in tables of phrases, in the languages whose exports differ. A name is cut down to what a
 * turn may have and then tried with turn_parse, so that every written turn is read back as one.
 */
#include "document/chat_writer.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "document/document_parts.h"
#include "document/reader_lines.h"
#include "document/text_chars.h"

enum { NAME_MAX_BYTES = 44, NAME_MAX_WORDS = 5, NOTICE_BYTES = 300 };

typedef struct phrase {
    span words;          /* lower case */
    const char *instead; /* what is written; "": nothing */
} phrase;

#define P(text, instead)                                                                           \
    {                                                                                              \
        {"" text, sizeof(text) - 1}, instead                                                       \
    }
#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* A whole line. */
static const phrase PLACEHOLDERS[] = {
    P("image omitted", "[picture]"),
    P("photo omitted", "[picture]"),
    P("image absente", "[picture]"),
    P("photo absente", "[picture]"),
    P("image omise", "[picture]"),
    P("bild weggelassen", "[picture]"),
    P("imagen omitida", "[picture]"),
    P("imagem ocultada", "[picture]"),
    P("immagine omessa", "[picture]"),
    P("afbeelding weggelaten", "[picture]"),
    P("video omitted", "[video]"),
    P("vidéo absente", "[video]"),
    P("vidéo omise", "[video]"),
    P("video weggelassen", "[video]"),
    P("video omitido", "[video]"),
    P("vídeo ocultado", "[video]"),
    P("video omesso", "[video]"),
    P("video weggelaten", "[video]"),
    P("audio omitted", "[audio]"),
    P("audio omis", "[audio]"),
    P("audio absent", "[audio]"),
    P("audio weggelassen", "[audio]"),
    P("audio omitido", "[audio]"),
    P("áudio ocultado", "[audio]"),
    P("audio omesso", "[audio]"),
    P("audio weggelaten", "[audio]"),
    P("sticker omitted", "[sticker]"),
    P("sticker omis", "[sticker]"),
    P("sticker absent", "[sticker]"),
    P("sticker weggelassen", "[sticker]"),
    P("gif omitted", "[picture]"),
    P("gif omis", "[picture]"),
    P("gif retiré", "[picture]"),
    P("document omitted", "[file]"),
    P("document omis", "[file]"),
    P("document manquant", "[file]"),
    P("dokument weggelassen", "[file]"),
    P("contact card omitted", "[contact]"),
    P("fiche contact omise", "[contact]"),
    P("<media omitted>", "[media]"),
    P("<médias omis>", "[media]"),
    P("<média omis>", "[media]"),
    P("<fichier omis>", "[media]"),
    P("<medien ausgeschlossen>", "[media]"),
    P("<multimedia omitido>", "[media]"),
    P("<arquivo de mídia oculto>", "[media]"),
    P("<mídia oculta>", "[media]"),
    P("<media omessi>", "[media]"),
    P("<media weggelaten>", "[media]"),
    P("this message was deleted", ""),
    P("this message was deleted.", ""),
    P("you deleted this message", ""),
    P("you deleted this message.", ""),
    P("ce message a été supprimé", ""),
    P("ce message a été supprimé.", ""),
    P("vous avez supprimé ce message", ""),
    P("vous avez supprimé ce message.", ""),
    P("diese nachricht wurde gelöscht.", ""),
    P("se eliminó este mensaje.", ""),
    P("null", ""),
};

/* At the end of a line. */
static const phrase ENDINGS[] = {
    P("<this message was edited>", ""),
    P("<ce message a été modifié>", ""),
    P("<diese nachricht wurde bearbeitet.>", ""),
    P("<se editó este mensaje.>", ""),
    P("(edited)", ""),
    P("(modifié)", ""),
    P("(file attached)", "[file]"),
    P("(fichier joint)", "[file]"),
    P("(datei angehängt)", "[file]"),
    P("(archivo adjunto)", "[file]"),
};

/* A line that starts so and ends in ">". */
static const span ATTACHED[] = {{"<attached:", 10},
                                {"<pièce jointe :", 16},
                                {"<pièce jointe:", 15},
                                {"<anhang:", 8},
                                {"<adjunto:", 9}};

/* Messages of the program, whoever they are from. */
static const span NOTICES[] = {
    {"messages and calls are end-to-end encrypted", 43},
    {"messages to this ", 17},
    {"les messages et les appels sont chiffrés", 41},
    {"les messages et appels sont chiffrés", 37},
    {"les messages envoyés dans ce groupe", 36},
    {"nachrichten und anrufe sind ende", 32},
    {"los mensajes y las llamadas están cifrados", 43},
    {"missed voice call", 17},
    {"missed video call", 17},
    {"appel vocal manqué", 19},
    {"appel vidéo manqué", 20},
    {"waiting for this message", 24},
    {"en attente de ce message", 24},
    {"this message can't be displayed", 31},
};

/* After the name of who did it: "Anna added Bob". */
static const span DEEDS[] = {
    {"added ", 6},
    {"removed ", 8},
    {"left", 4},
    {"created this group", 18},
    {"created group ", 14},
    {"joined", 6},
    {"changed this group", 18},
    {"changed the group description", 29},
    {"changed their phone", 19},
    {"pinned a message", 16},
    {"was added", 9},
    {"is a contact", 12},
    {"a ajouté ", 10},
    {"a retiré ", 10},
    {"a supprimé ", 12},
    {"a quitté", 9},
    {"a créé ", 9},
    {"a rejoint", 9},
    {"a changé l'icône", 18},
    {"a changé la photo", 18},
    {"a modifié l'icône", 19},
    {"a modifié la description", 25},
    {"a épinglé", 11},
};

static const span RENAMES[] = {
    {"changed the subject", 19},
    {"changed the group name", 22},
    {"changed this group's name", 25},
    {"a changé le sujet", 18},
    {"a changé l'objet", 17},
    {"a changé le nom du groupe", 26},
    {"a modifié le nom du groupe", 27},
    {"a modifié le sujet", 19},
    {"a renommé", 10},
    {"renamed the group", 17},
};

static bool starts_folded(span text, span words)
{
    return char_match(text, 0, text.len, words) > 0;
}

static bool holds_folded(span text, span words)
{
    const size_t end = text.len < NOTICE_BYTES ? text.len : NOTICE_BYTES;
    for (size_t i = 0; i < end; i++) {
        if (((unsigned char)text.ptr[i] & 0xC0u) != 0x80u &&
            char_match(text, i, text.len, words) > 0) {
            return true;
        }
    }
    return false;
}

bool chat_is_noise(span words)
{
    for (size_t i = 0; i < COUNT(NOTICES); i++) {
        if (starts_folded(words, NOTICES[i])) {
            return true;
        }
    }
    return false;
}

bool chat_is_rename(span words)
{
    for (size_t i = 0; i < COUNT(RENAMES); i++) {
        if (holds_folded(words, RENAMES[i])) {
            return true;
        }
    }
    return false;
}

/* "Anna: Anna added Bob", as some programs write their notices. */
static bool is_deed_of(span who, span body)
{
    if (who.len == 0 || !span_starts_with(body, who) || body.len <= who.len ||
        body.ptr[who.len] != ' ' || memchr(body.ptr, '\n', body.len) != NULL) {
        return false;
    }
    const span rest = span_slice(body, who.len + 1, body.len);
    for (size_t i = 0; i < COUNT(DEEDS); i++) {
        if (starts_folded(rest, DEEDS[i])) {
            return true;
        }
    }
    return false;
}

/* "Anna: Anna changed the subject to Lyon". */
static bool is_rename_by(span who, span body)
{
    return who.len > 0 && span_starts_with(body, who) &&
           chat_is_rename(span_slice(body, who.len, body.len));
}

/* --- names --- */

static bool fits_name(uint32_t code, char_kind kind, size_t len)
{
    if (code == '.') {
        return len > 0 && len <= 3;
    }
    return char_is_word(kind) || (code < 0x80 && strchr("-'_()&+@#", (int)code) != NULL) ||
           code == 0x2019;
}

/* "+33 6 12 34 56 78" and the like: written without spaces. */
static bool is_phone(span name)
{
    size_t digits = 0;
    for (size_t i = 0; i < name.len; i++) {
        const char c = name.ptr[i];
        digits += c >= '0' && c <= '9' ? 1 : 0;
        if (strchr("+0123456789 -().", c) == NULL && (unsigned char)c < 0x80) {
            return false;
        }
    }
    return digits >= 6 && name.len > 0 && name.ptr[0] == '+';
}

static size_t clean_name(span name, char out[NAME_MAX_BYTES + 8])
{
    const bool phone = is_phone(name);
    size_t len = 0;
    size_t words = 1;
    bool space = false;
    for (size_t pos = 0; pos < name.len && pos < LIMIT_KIB;) {
        uint32_t code = 0;
        const size_t n = utf8_next(name, pos, &code);
        const char_kind kind = char_kind_of(code);
        const bool fits = fits_name(code, kind, len);
        if (fits && len + n + 1 > NAME_MAX_BYTES) {
            break;
        }
        if (fits && !(phone && code != '+' && kind != CHAR_DIGIT)) {
            words += space && len > 0 ? 1 : 0;
            if (words > NAME_MAX_WORDS) {
                break;
            }
            if (space && len > 0) {
                out[len++] = ' ';
            }
            space = false;
            memcpy(out + len, name.ptr + pos, n);
            len += n;
        } else {
            space = !phone;
        }
        pos += n;
    }
    return len;
}

/* Whether "name: word" is read back as that speaker. */
static bool reads_back(const char *name, size_t len)
{
    char line[NAME_MAX_BYTES + 16];
    memcpy(line, name, len);
    memcpy(line + len, ": x", 3);
    const span text = span_from(line, len + 3);
    const text_line at = line_at(text, 0);
    turn_mark mark;
    return len > 0 && turn_parse(text, &at, &mark) && mark.name_start == 0 && mark.name_end == len;
}

void chat_append_name(buffer *out, span name)
{
    char clean[NAME_MAX_BYTES + 8] = "";
    char marked[NAME_MAX_BYTES + 12];
    /* An address is named by what stands before its host. */
    const char *const at = name.len > 1 ? memchr(name.ptr + 1, '@', name.len - 1) : NULL;
    if (at != NULL && memchr(name.ptr, ' ', name.len) == NULL) {
        name = span_slice(name, 0, (size_t)(at - name.ptr));
    }
    const size_t len = clean_name(name, clean);
    marked[0] = '@';
    memcpy(marked + 1, clean, len);
    if (reads_back(clean, len)) {
        (void)buffer_append(out, span_from(clean, len));
    } else if (len > 0 && reads_back(marked, len + 1)) {
        (void)buffer_append(out, span_from(marked, len + 1));
    } else {
        (void)buffer_append_string(out, "@somebody");
    }
}

/* --- words --- */

/* The length of the ending of `line` that matches, 0: none. */
static size_t match_ending(span line, span words)
{
    /* Folding keeps the lengths of these. */
    if (line.len < words.len) {
        return 0;
    }
    const size_t at = line.len - words.len;
    return char_match(line, at, line.len, words) == words.len ? words.len : 0;
}

/* Appends a line of a message with what the program put in replaced. */
static void append_line(buffer *out, span line)
{
    for (size_t i = 0; i < COUNT(PLACEHOLDERS); i++) {
        if (char_match(line, 0, line.len, PLACEHOLDERS[i].words) == line.len) {
            (void)buffer_append_string(out, PLACEHOLDERS[i].instead);
            return;
        }
    }
    for (size_t i = 0; i < COUNT(ATTACHED); i++) {
        if (starts_folded(line, ATTACHED[i]) && line.ptr[line.len - 1] == '>') {
            (void)buffer_append_string(out, "[file]");
            return;
        }
    }
    for (size_t i = 0; i < COUNT(ENDINGS); i++) {
        const size_t len = match_ending(line, ENDINGS[i].words);
        if (len > 0 && ENDINGS[i].instead[0] != '\0') {
            (void)buffer_append_string(out, ENDINGS[i].instead);
            return;
        }
        if (len > 0) {
            line = span_slice(line, 0, char_trim_end(line, 0, line.len - len));
        }
    }
    (void)buffer_append(out, line);
}

/* What stands between two lines of one message: nothing told their end, so a stop does. */
static const char *joint(const buffer *out, size_t start, span line, bool listed)
{
    if (out->len == start) {
        return "";
    }
    size_t len = 0;
    const char_kind before = char_before(buffer_span(out), start, out->len, &len);
    if (!char_is_word(before)) {
        return " ";
    }
    return listed ? "; " : char_at(line, 0, &len) != CHAR_LOWER ? ". " : " ";
}

/* "- ", "* ", "• ": lists of one message are read as sentences. */
static size_t bullet_len(span line)
{
    static const span BULLETS[] = {{"- ", 2}, {"* ", 2}, {"• ", 4}, {"– ", 4}};
    for (size_t i = 0; i < COUNT(BULLETS); i++) {
        if (span_starts_with(line, BULLETS[i])) {
            return BULLETS[i].len;
        }
    }
    return 0;
}

void chat_append_body(buffer *out, span body)
{
    const size_t start = out->len;
    for (size_t pos = 0; pos < body.len && buffer_ok(out);) {
        const text_line at = line_at(body, pos);
        pos = at.next;
        span line = span_slice(body, at.first, at.end);
        const size_t bullet = out->len > start || pos < body.len ? bullet_len(line) : 0;
        line = span_slice(line, bullet, line.len);
        if (line.len == 0) {
            continue;
        }
        const size_t before = out->len;
        (void)buffer_append_string(out, joint(out, start, line, bullet > 0));
        const size_t written = out->len;
        append_line(out, line);
        if (buffer_ok(out) && out->len == written) {
            buffer_truncate(out, before);
        }
    }
}

/* --- the chat --- */

void chat_writer_init(chat_writer *w, reader_result *out)
{
    *w = (chat_writer){.out = out};
    buffer_init(&w->line, LIMIT_TEXT_BYTES);
}

void chat_writer_deinit(chat_writer *w)
{
    buffer_deinit(&w->line);
}

/* A new day starts after an empty line. */
static void separate_days(chat_writer *w, const timestamp *when)
{
    if (when->year == 0) {
        return;
    }
    const int day = (when->year * 12 + when->month) * 31 + when->day;
    if (w->day != 0 && day != w->day && w->out->text.len > 0 &&
        !span_ends_with(buffer_span(&w->out->text), SPAN("\n\n"))) {
        (void)buffer_append_byte(&w->out->text, '\n');
    }
    w->day = day;
}

static void add_place(chat_writer *w, const chat_message *m)
{
    char when[TIMESTAMP_BYTES];
    timestamp_format(&m->when, when);
    if (when[0] == '\0' && m->into_s >= 0 && m->into_s < 360000) {
        (void)snprintf(when, sizeof(when), "%02d:%02d:%02d", (int)(m->into_s / 3600),
                       (int)(m->into_s / 60 % 60), (int)(m->into_s % 60));
    }
    const reader_place_draft place = {.start = w->out->text.len,
                                      .kind = PLACE_MESSAGE,
                                      .number = ++w->n_messages,
                                      .genre = DOCUMENT_DIALOGUE,
                                      .who = m->who,
                                      .when = span_from_string(when)};
    reader_add_place(w->out, &place);
}

/* A line of the chat itself, apart from the turns; without what would make it one. */
static void add_neutral(chat_writer *w)
{
    buffer *const text = &w->out->text;
    for (size_t i = 0; i < w->line.len; i++) {
        w->line.ptr[i] = (char)(w->line.ptr[i] == ':' ? ' ' : w->line.ptr[i]);
    }
    if (text->len > 0 && !span_ends_with(buffer_span(text), SPAN("\n\n"))) {
        (void)buffer_append_byte(text, '\n');
    }
    reader_append_line(text, buffer_span(&w->line));
    (void)buffer_append_string(text, "\n\n");
}

void chat_add(chat_writer *w, const chat_message *m)
{
    if (chat_is_noise(m->body) || is_deed_of(m->who, m->body)) {
        return;
    }
    buffer_reset(&w->line);
    chat_append_body(&w->line, m->body);
    if (w->line.len == 0) {
        return;
    }
    separate_days(w, &m->when);
    add_place(w, m);
    if (m->who.len == 0 || is_rename_by(m->who, m->body)) {
        add_neutral(w);
        return;
    }
    chat_append_name(&w->out->text, m->who);
    (void)buffer_append_string(&w->out->text, ": ");
    (void)buffer_append(&w->out->text, buffer_span(&w->line));
    (void)buffer_append_byte(&w->out->text, '\n');
    w->n_turns++;
}

int chat_finish(chat_writer *w, const char *what, huis_error *err)
{
    if (w->line.status == HUIS_E_NO_MEMORY || w->out->text.status == HUIS_E_NO_MEMORY ||
        !reader_places_ok(w->out)) {
        return error_no_memory(err, "the text of the chat");
    }
    if (!buffer_ok(&w->line) || !buffer_ok(&w->out->text)) {
        return error_set(err, HUIS_E_LIMIT, "%s is longer than %zu bytes; export fewer days", what,
                         w->out->text.max_bytes);
    }
    if (words_up_to(buffer_span(&w->out->text), 1) == 0) {
        return error_set(err, HUIS_E_NO_TEXT, "%s holds no message with words", what);
    }
    w->out->genre = DOCUMENT_DIALOGUE;
    return HUIS_OK;
}
