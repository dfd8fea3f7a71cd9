/*
 * mail_marks.c - the phrases that give a mail its parts: headers, quotations, greetings,
 * signatures, in French and English. All matching is on one line (attribution: three), folded, with
 * prefixes from tables.
 */
#include <string.h>

#include "document/document_parts.h"
#include "document/text_chars.h"

enum {
    MARK_LINE_BYTES = 240, /* longer lines are no marks */
    GREETING_BYTES = 60
};

typedef struct header_name {
    span name;
    mail_header header;
} header_name;

#define NAME(text, header)                                                                         \
    {                                                                                              \
        {"" text, sizeof(text) - 1}, header                                                        \
    }
static const header_name HEADER_NAMES[] = {
    NAME("from", MAIL_HEADER_FROM),
    NAME("to", MAIL_HEADER_TO),
    NAME("cc", MAIL_HEADER_OTHER),
    NAME("bcc", MAIL_HEADER_OTHER),
    NAME("date", MAIL_HEADER_DATE),
    NAME("sent", MAIL_HEADER_SENT),
    NAME("subject", MAIL_HEADER_SUBJECT),
    NAME("reply-to", MAIL_HEADER_OTHER),
    NAME("attachment", MAIL_HEADER_OTHER),
    NAME("attachments", MAIL_HEADER_OTHER),
    NAME("importance", MAIL_HEADER_OTHER),
    NAME("priority", MAIL_HEADER_OTHER),
    NAME("de", MAIL_HEADER_FROM),
    NAME("à", MAIL_HEADER_TO),
    NAME("cci", MAIL_HEADER_OTHER),
    NAME("copie à", MAIL_HEADER_OTHER),
    NAME("envoyé", MAIL_HEADER_SENT),
    NAME("envoyé le", MAIL_HEADER_SENT),
    NAME("objet", MAIL_HEADER_SUBJECT),
    NAME("sujet", MAIL_HEADER_SUBJECT),
    NAME("répondre à", MAIL_HEADER_OTHER),
    NAME("pièce jointe", MAIL_HEADER_OTHER),
    NAME("pièces jointes", MAIL_HEADER_OTHER),
};
#undef NAME

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define P(text)                                                                                    \
    {                                                                                              \
        "" text, sizeof(text) - 1                                                                  \
    }

static const span FORWARD_WORDS[] = {
    P("original message"),  P("message d'origine"), P("message original"), P("forwarded message"),
    P("message transféré"), P("forwarded by"),      P("transféré par"),    P("message réexpédié"),
};

static const span FORWARD_LINES[] = {
    P("begin forwarded message"),
    P("début du message réexpédié"),
    P("début du message transféré"),
};

static const span DEVICE_LINES[] = {
    P("sent from my "),    P("sent from outlook"),    P("sent via "),      P("sent from mail for"),
    P("get outlook for "), P("envoyé de mon "),       P("envoyé depuis "), P("envoyé à partir de "),
    P("obtenez outlook "), P("télécharger outlook "), P("envoyé avec "),   P("sent with "),
};

static const span SIGN_OFFS[] = {
    P("best regards"),
    P("kind regards"),
    P("warm regards"),
    P("regards"),
    P("best wishes"),
    P("all the best"),
    P("best"),
    P("many thanks"),
    P("thanks"),
    P("thank you"),
    P("thx"),
    P("cheers"),
    P("sincerely"),
    P("yours"),
    P("respectfully"),
    P("take care"),
    P("talk soon"),
    P("see you"),
    P("love"),
    P("warmly"),
    P("cordialement"),
    P("bien cordialement"),
    P("très cordialement"),
    P("bien à vous"),
    P("bien à toi"),
    P("à bientôt"),
    P("a bientôt"),
    P("amicalement"),
    P("amitiés"),
    P("merci"),
    P("bonne journée"),
    P("bonne soirée"),
    P("bon week-end"),
    P("bises"),
    P("bisous"),
    P("salutations"),
    P("bien sincèrement"),
    P("sincères salutations"),
    P("respectueusement"),
    P("à demain"),
    P("à lundi"),
    P("à plus"),
    P("à très vite"),
    P("cdt"),
    P("je vous prie d'agréer"),
    P("veuillez agréer"),
    P("veuillez recevoir"),
    P("je t'embrasse"),
    P("meilleures salutations"),
    P("belle journée"),
    P("excellente journée"),
};

static const span GREETINGS[] = {
    P("hi"),           P("hello"),          P("dear"),         P("hey"),
    P("good morning"), P("good afternoon"), P("good evening"), P("greetings"),
    P("bonjour"),      P("bonsoir"),        P("salut"),        P("cher"),
    P("chère"),        P("chers"),          P("chères"),       P("coucou"),
    P("madame"),       P("monsieur"),       P("mesdames"),     P("messieurs"),
    P("hi there"),     P("hiya"),
};

static bool is_short(const text_line *line)
{
    return line->end - line->first <= MARK_LINE_BYTES;
}

/* Whether the line starts with one of the phrases, at a word's end; the offset after it. */
static size_t match_any(span text, const text_line *line, const span *phrases, size_t n)
{
    size_t best = 0;
    for (size_t i = 0; i < n; i++) {
        const size_t len = char_match(text, line->first, line->end, phrases[i]);
        const size_t after = line->first + len;
        size_t next_len = 0;
        const bool whole = len > 0 && (after >= line->end || text.ptr[after - 1] == ' ' ||
                                       !char_is_word(char_at(text, after, &next_len)));
        if (whole && after > best) {
            best = after;
        }
    }
    return best;
}

/* Whether the phrase occurs anywhere in the line. */
static bool contains(span text, const text_line *line, span phrase)
{
    for (size_t i = line->first; i + phrase.len <= line->end; i++) {
        if (char_match(text, i, line->end, phrase) > 0) {
            return true;
        }
        while (i + 1 < line->end && ((unsigned char)text.ptr[i + 1] & 0xC0u) == 0x80u) {
            i++;
        }
    }
    return false;
}

mail_header mail_header_of(span text, const text_line *line)
{
    for (size_t i = 0; i < COUNT(HEADER_NAMES); i++) {
        const size_t len = char_match(text, line->first, line->end, HEADER_NAMES[i].name);
        if (len > 0 && line->start == line->first) {
            const size_t colon = char_skip_spaces(text, line->first + len, line->end);
            if (colon < line->end && colon <= line->first + len + 3 && text.ptr[colon] == ':' &&
                (colon + 1 == line->end || text.ptr[colon + 1] != '/')) {
                return HEADER_NAMES[i].header;
            }
        }
    }
    return MAIL_HEADER_NONE;
}

static size_t skip_digits(span text, size_t pos, size_t end)
{
    while (pos < end && text.ptr[pos] >= '0' && text.ptr[pos] <= '9') {
        pos++;
    }
    return pos;
}

bool mail_is_separator(span text, const text_line *line)
{
    const span all = span_slice(text, line->first, line->end);
    if (all.len > 32 || !span_starts_with(all, SPAN("=== ")) ||
        !span_ends_with(all, SPAN(" ==="))) {
        return false;
    }
    const size_t first = skip_digits(all, 4, all.len);
    if (first == 4 || !span_starts_with(span_slice(all, first, all.len), SPAN(" / "))) {
        return false;
    }
    const size_t second = skip_digits(all, first + 3, all.len);
    return second > first + 3 && second + 4 == all.len;
}

bool mail_is_forward_mark(span text, const text_line *line)
{
    if (line_is_blank(line) || !is_short(line)) {
        return false;
    }
    if (match_any(text, line, FORWARD_LINES, COUNT(FORWARD_LINES)) > 0) {
        return true;
    }
    if (!span_starts_with(span_slice(text, line->first, line->end), SPAN("--"))) {
        return false;
    }
    for (size_t i = 0; i < COUNT(FORWARD_WORDS); i++) {
        if (contains(text, line, FORWARD_WORDS[i])) {
            return true;
        }
    }
    return false;
}

/* Whether the text before `end` ends in "wrote:" or "a écrit :". */
static bool ends_as_attribution(span text, size_t start, size_t end)
{
    if (end <= start + 1 || text.ptr[end - 1] != ':') {
        return false;
    }
    const size_t last = char_trim_end(text, start, end - 1);
    static const span ENDS[] = {P("wrote"), P("a écrit"), P("writes"), P("écrivait")};
    for (size_t i = 0; i < COUNT(ENDS); i++) {
        if (last >= start + ENDS[i].len &&
            char_match(text, last - ENDS[i].len, last, ENDS[i]) == ENDS[i].len) {
            return true;
        }
    }
    return false;
}

static bool has_date_or_address(span text, size_t start, size_t end)
{
    for (size_t i = start; i < end; i++) {
        if ((text.ptr[i] >= '0' && text.ptr[i] <= '9') || text.ptr[i] == '@') {
            return true;
        }
    }
    return false;
}

/* The first line that is not blank from `pos` on, if it comes within three lines, is quoted. */
static bool quote_follows(span text, size_t pos)
{
    for (int i = 0; i < 3 && pos < text.len; i++) {
        const text_line line = line_at(text, pos);
        if (!line_is_blank(&line)) {
            return text.ptr[line.first] == '>';
        }
        pos = line.next;
    }
    return false;
}

size_t mail_attribution_lines(span text, const text_line *line)
{
    static const span STARTS[] = {P("on "), P("le "), P("el "), P("am ")};
    if (line_is_blank(line) || !is_short(line)) {
        return 0;
    }
    const bool dated = match_any(text, line, STARTS, COUNT(STARTS)) > 0;
    text_line last = *line;
    for (size_t n = 1; n <= 3; n++) {
        if (ends_as_attribution(text, line->first, last.end)) {
            const bool known = dated && has_date_or_address(text, line->first, last.end);
            return known || (n == 1 && quote_follows(text, last.next)) ? n : 0;
        }
        if (!dated || last.next >= text.len) {
            return 0;
        }
        last = line_at(text, last.next);
        if (line_is_blank(&last) || !is_short(&last)) {
            return 0;
        }
    }
    return 0;
}

bool mail_is_device_line(span text, const text_line *line)
{
    return is_short(line) && match_any(text, line, DEVICE_LINES, COUNT(DEVICE_LINES)) > 0 &&
           words_up_to(span_slice(text, line->first, line->end), 13) <= 12;
}

bool mail_is_sign_off(span text, const text_line *line)
{
    if (line_is_blank(line) || !is_short(line)) {
        return false;
    }
    const size_t after = match_any(text, line, SIGN_OFFS, COUNT(SIGN_OFFS));
    if (after == 0) {
        return false;
    }
    static const span FORMAL[] = {P("je vous prie d'agréer"), P("veuillez agréer"),
                                  P("veuillez recevoir")};
    if (match_any(text, line, FORMAL, COUNT(FORMAL)) > 0) {
        return true;
    }
    const char last = text.ptr[line->end - 1];
    const size_t rest = words_up_to(span_slice(text, after, line->end), 6);
    /* "Thanks for the report, it is clear." is a sentence; "Thanks for your help," is not. */
    return rest == 0 || (rest <= 4 && last != '.' && last != '?' && last != ':');
}

/* Who is greeted: what stands before a comma or the like. */
typedef struct addressee {
    size_t end; /* the mark's offset, or the line's end */
    size_t n_words;
    bool has_mark;    /* , ; : ! or . */
    bool capitalised; /* starts with a capital */
} addressee;

static bool is_greeting_mark(char c, bool in_word)
{
    return c == ',' || c == ';' || c == ':' || c == '!' || (c == '.' && in_word);
}

/* False: nobody within GREETING_BYTES of the line's start. */
static bool read_addressee(span text, const text_line *line, size_t pos, addressee *out)
{
    const size_t reach = line->first + GREETING_BYTES;
    const size_t limit = reach < line->end ? reach : line->end;
    size_t len = 0;
    bool in_word = false;
    *out = (addressee){.capitalised = char_at(text, line->first, &len) == CHAR_UPPER};
    for (; pos < limit; pos += len) {
        if (is_greeting_mark(text.ptr[pos], in_word)) {
            out->has_mark = true;
            break;
        }
        const char_kind kind = char_at(text, pos, &len);
        out->n_words += !in_word && char_is_word(kind) ? 1 : 0;
        in_word = kind != CHAR_SPACE && (in_word || char_is_word(kind));
    }
    out->end = pos;
    return out->n_words <= 5 && (out->has_mark || pos >= line->end);
}

/* Two blanks or a tab after the mark: the line break of a mail that lost its lines. */
static bool has_gap(span text, size_t mark, size_t end)
{
    return mark + 2 < end && (text.ptr[mark + 1] == '\t' ||
                              (text.ptr[mark + 1] == ' ' &&
                               (text.ptr[mark + 2] == ' ' || text.ptr[mark + 2] == '\t')));
}

size_t mail_greeting_end(span text, const text_line *line)
{
    const size_t after = match_any(text, line, GREETINGS, COUNT(GREETINGS));
    addressee who;
    if (line_is_blank(line) || !read_addressee(text, line, after > 0 ? after : line->first, &who)) {
        return 0;
    }
    if (after > 0) {
        return who.has_mark ? who.end + 1 : who.end;
    }
    /* "Phillip," alone on its line, or "Phillip;  Could you": only a short name. */
    const char mark = who.has_mark ? text.ptr[who.end] : '.';
    const bool named =
        who.capitalised && who.n_words >= 1 && who.n_words <= 3 && mark != '.' && mark != '!';
    return named && (who.end + 1 == line->end || has_gap(text, who.end, line->end)) ? who.end + 1
                                                                                    : 0;
}

bool mail_is_name(span text)
{
    size_t pos = char_skip_spaces(text, 0, text.len);
    size_t words = 0;
    size_t len = 0;
    while (pos < text.len) {
        if (char_at(text, pos, &len) != CHAR_UPPER) {
            return false;
        }
        words++;
        while (pos < text.len) {
            const char_kind kind = char_at(text, pos, &len);
            const bool inner = char_is_letter(kind) || text.ptr[pos] == '-' || text.ptr[pos] == '.';
            if (!inner) {
                break;
            }
            pos += len;
        }
        const size_t next = char_skip_spaces(text, pos, text.len);
        if (next == pos && pos < text.len) {
            return false;
        }
        pos = next;
    }
    return words >= 1 && words <= 3 && text.ptr[text.len - 1] != '.';
}

bool mail_addresses_reader(span text, const text_line *line)
{
    static const span NEXT[] = {P("i"),        P("please"), P("we"),    P("you"),  P("attached"),
                                P("here"),     P("could"),  P("can"),   P("as"),   P("je"),
                                P("peux-tu"),  P("tu"),     P("vous"),  P("nous"), P("pouvez-vous"),
                                P("ci-joint"), P("voici"),  P("merci"), P("the"),  P("this")};
    static const span FIRST[] = {
        P("i"),       P("please"),   P("attached"),    P("as you know"),  P("we"),
        P("just"),    P("per your"), P("fyi"),         P("je"),           P("merci"),
        P("voici"),   P("ci-joint"), P("with regard"), P("with regards"), P("thanks"),
        P("here is"), P("here are"), P("suite à"),     P("when:"),        P("thought")};
    if (match_any(text, line, FIRST, COUNT(FIRST)) > 0) {
        return true;
    }
    const size_t reach = line->end - line->first < 48 ? line->end - line->first : 48;
    size_t pos = line->first;
    while (pos < line->first + reach && strchr(",;:-", text.ptr[pos]) == NULL) {
        pos++;
    }
    if (pos == line->first + reach || !mail_is_name(span_slice(text, line->first, pos))) {
        return false;
    }
    while (pos < line->end && strchr(",;:-", text.ptr[pos]) != NULL) {
        pos++;
    }
    text_line rest = *line;
    rest.first = char_skip_spaces(text, pos, line->end);
    return rest.first > pos && match_any(text, &rest, NEXT, COUNT(NEXT)) > 0;
}
