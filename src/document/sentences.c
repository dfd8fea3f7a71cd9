/*
 * sentences.c - where a sentence ends, in French and English.
 *
 * Idea: a stop ends a sentence when white space follows and the next word could start one; a single
 * full stop must also not belong to an abbreviation. Abbreviations have four classes (see
 * abbreviation_class): "Dr." never ends a sentence, "p." does not before a number, "Inc." does only
 * before a word that typically starts sentences, "etc." does before any capital. Quotes and brackets
 * that close after the stop, footnote marks such as [3], and French " »" belong to the sentence.
 *
 * Invariants: the text is read forward, with looks ahead and back of bounded length; a sentence is
 * at most LIMIT_SENTENCE_BYTES long. Both languages are handled at once: their lists hardly clash.
 */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/utf8.h"
#include "document/document_parts.h"
#include "document/text_chars.h"

enum {
    BRACKET_BYTES = 300, /* how far an opening bracket may lie from its closing one */
    TOKEN_BYTES = 24     /* a longer token before a full stop is no abbreviation */
};

typedef enum abbreviation_class {
    ABBREVIATION_NONE = 0,
    ABBREVIATION_NEVER = 1,   /* a name or the rest of the sentence follows: "Dr.", "cf." */
    ABBREVIATION_NUMBER = 2,  /* no end before a number: "p. 5", "No. 10", "Jan. 3" */
    ABBREVIATION_STARTER = 3, /* an end only before a word that starts sentences: "Inc.", "U.S." */
    ABBREVIATION_END = 4,     /* an end before any capital: "etc." */
    ABBREVIATION_TITLE = 5    /* as NEVER when capitalised ("MM.", "Gen."), else an ordinary word */
} abbreviation_class;

typedef struct abbreviation {
    const char *word; /* lower case, without the last dot */
    uint8_t class;
} abbreviation;

/* Sorted by bytes. */
static const abbreviation ABBREVIATIONS[] = {
    {"adj", 1},   {"adm", 5},   {"al", 3},   {"ap", 1},    {"approx", 1}, {"apr", 2},
    {"art", 2},   {"assoc", 3}, {"aug", 2},  {"av", 1},    {"ave", 3},    {"avr", 2},
    {"bd", 1},    {"blvd", 3},  {"boul", 1}, {"bros", 3},  {"capt", 1},   {"cf", 1},
    {"ch", 2},    {"chap", 2},  {"cie", 3},  {"cmdr", 1},  {"co", 3},     {"col", 5},
    {"coll", 2},  {"comdt", 1}, {"corp", 3}, {"dec", 2},   {"dept", 3},   {"dir", 3},
    {"doc", 3},   {"dr", 1},    {"drs", 1},  {"déc", 2},   {"dép", 2},    {"ed", 3},
    {"eds", 3},   {"env", 1},   {"eq", 2},   {"esq", 3},   {"est", 2},    {"etc", 4},
    {"ets", 1},   {"ex", 3},    {"ext", 2},  {"fasc", 2},  {"feb", 2},    {"fig", 2},
    {"figs", 2},  {"fri", 2},   {"ft", 3},   {"févr", 2},  {"gal", 5},    {"gen", 5},
    {"gov", 5},   {"hab", 3},   {"hon", 5},  {"inc", 3},   {"inv", 2},    {"jan", 2},
    {"janv", 2},  {"jr", 3},    {"juil", 2}, {"jul", 2},   {"jun", 2},    {"lieut", 1},
    {"lt", 1},    {"ltd", 3},   {"maj", 5},  {"mar", 2},   {"max", 3},    {"messrs", 1},
    {"mgr", 1},   {"min", 2},   {"mlle", 1}, {"mlles", 1}, {"mm", 5},     {"mme", 1},
    {"mmes", 1},  {"mon", 2},   {"mr", 1},   {"mrs", 1},   {"ms", 1},     {"mt", 5},
    {"nb", 1},    {"no", 2},    {"nos", 2},  {"nov", 2},   {"nr", 2},     {"n°", 1},
    {"oct", 2},   {"op", 2},    {"para", 2}, {"pl", 3},    {"pp", 2},     {"pr", 5},
    {"pres", 5},  {"prof", 1},  {"pt", 2},   {"pts", 2},   {"rd", 3},     {"rep", 5},
    {"ret", 3},   {"rev", 5},   {"réf", 2},  {"sat", 2},   {"sec", 2},    {"sen", 5},
    {"sep", 2},   {"sept", 2},  {"sgt", 1},  {"sq", 3},    {"sr", 3},     {"st", 3},
    {"ste", 1},   {"sté", 1},   {"sun", 2},  {"supt", 1},  {"tel", 2},    {"thu", 2},
    {"thurs", 2}, {"tue", 2},   {"tues", 2}, {"tél", 2},   {"univ", 3},   {"vol", 2},
    {"vols", 2},  {"vs", 1},    {"wed", 2},  {"éd", 3},    {"éq", 2},
};

/* Capitalised words that start sentences rather than names. Sorted by bytes. */
static const char *const STARTERS[] = {
    "a",         "after",  "all",     "also",      "although", "an",      "and",    "après",
    "as",        "at",     "au",      "aucun",     "aujourd",  "aussi",   "aux",    "avant",
    "avec",      "before", "both",    "but",       "by",       "c",       "ce",     "cela",
    "celle",     "celui",  "ces",     "cet",       "cette",    "ceux",    "chaque", "comme",
    "d",         "dans",   "de",      "depuis",    "des",      "despite", "do",     "don",
    "donc",      "du",     "during",  "each",      "elle",     "elles",   "en",     "enfin",
    "ensuite",   "entre",  "et",      "even",      "every",    "for",     "from",   "he",
    "her",       "here",   "his",     "how",       "however",  "i",       "if",     "il",
    "ils",       "in",     "instead", "it",        "its",      "j",       "je",     "just",
    "l",         "la",     "last",    "le",        "les",      "let",     "leur",   "leurs",
    "lors",      "mais",   "many",    "meanwhile", "merci",    "most",    "my",     "n",
    "near",      "next",   "no",      "nos",       "not",      "notre",   "nous",   "now",
    "of",        "on",     "once",    "one",       "or",       "our",     "par",    "pendant",
    "please",    "plus",   "pour",    "puis",      "qu",       "quand",   "que",    "qui",
    "s",         "sa",     "sans",    "selon",     "several",  "she",     "si",     "since",
    "so",        "some",   "son",     "sous",      "such",     "sur",     "t",      "thanks",
    "that",      "the",    "their",   "then",      "there",    "these",   "they",   "this",
    "those",     "though", "thus",    "to",        "today",    "tous",    "tout",   "toute",
    "toutefois", "toutes", "tu",      "two",       "un",       "under",   "une",    "until",
    "vers",      "voici",  "votre",   "vous",      "we",       "what",    "when",   "where",
    "while",     "who",    "why",     "will",      "with",     "without", "would",  "y",
    "yes",       "yet",    "you",     "your",
};

/* What may follow "9 a.m." inside a sentence. Sorted by bytes. */
static const char *const AFTER_HOUR[] = {
    "april",   "august",   "cest",    "cet",      "cst",       "december", "eastern",
    "edt",     "est",      "et",      "february", "friday",    "gmt",      "january",
    "july",    "june",     "march",   "may",      "monday",    "mst",      "november",
    "october", "pacific",  "pdt",     "pst",      "pt",        "saturday", "september",
    "sunday",  "thursday", "tuesday", "utc",      "wednesday",
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* A word folded to lower case; empty when it does not fit. */
typedef struct folded_word {
    char bytes[TOKEN_BYTES + 1];
    size_t len;
} folded_word;

static void fold_word(folded_word *out, span text, size_t start, size_t end)
{
    out->len = 0;
    while (start < end) {
        uint32_t code = 0;
        start += utf8_next(text, start, &code);
        if (out->len + 4 > TOKEN_BYTES) {
            out->len = 0;
            break;
        }
        out->len += utf8_encode(char_fold(code), out->bytes + out->len);
    }
    out->bytes[out->len] = '\0';
}

static int compare_word(const void *key, const void *entry)
{
    return strcmp(key, *(const char *const *)entry);
}

/* The table is sorted by bytes. */
static bool is_in(const folded_word *word, const char *const *table, size_t n)
{
    return bsearch(word->bytes, table, n, sizeof(table[0]), compare_word) != NULL;
}

static int compare_abbreviation(const void *key, const void *entry)
{
    return strcmp(key, ((const abbreviation *)entry)->word);
}

static abbreviation_class find_abbreviation(const folded_word *word)
{
    const abbreviation *const found = bsearch(word->bytes, ABBREVIATIONS, COUNT(ABBREVIATIONS),
                                              sizeof(ABBREVIATIONS[0]), compare_abbreviation);
    return found != NULL ? (abbreviation_class)found->class : ABBREVIATION_NONE;
}

/* The length of a stop at `pos`: . ! ? … or 0. */
static size_t stop_at(span text, size_t pos, size_t end)
{
    const char c = text.ptr[pos];
    if (c == '.' || c == '!' || c == '?') {
        return 1;
    }
    return (unsigned char)c == 0xE2 && pos + 3 <= end && memcmp(text.ptr + pos, "…", 3) == 0 ? 3
                                                                                             : 0;
}

static size_t skip_stops(span text, size_t pos, size_t end)
{
    while (pos < end) {
        const size_t len = stop_at(text, pos, end);
        if (len > 0) {
            pos += len;
            continue;
        }
        /* French: "Quoi ? !" */
        size_t mark = char_skip_spaces(text, pos, end);
        if (mark == pos || mark >= end || mark > pos + 3 ||
            (text.ptr[mark] != '!' && text.ptr[mark] != '?')) {
            break;
        }
        pos = mark;
    }
    return pos;
}

/* A footnote mark "[12]" at `pos`; its length or 0. */
static size_t footnote_at(span text, size_t pos, size_t end)
{
    size_t i = pos + 1;
    while (i < end && i < pos + 5 && text.ptr[i] >= '0' && text.ptr[i] <= '9') {
        i++;
    }
    return i > pos + 1 && i < end && text.ptr[pos] == '[' && text.ptr[i] == ']' ? i + 1 - pos : 0;
}

static bool is_closing_mark(span text, size_t pos, size_t end, size_t *out_len)
{
    const char c = text.ptr[pos];
    if (c == '"' || c == '\'' || c == '*') {
        *out_len = 1;
        return true;
    }
    if (pos + 3 <= end && memcmp(text.ptr + pos, "’", 3) == 0) {
        *out_len = 3;
        return true;
    }
    *out_len = footnote_at(text, pos, end);
    return *out_len > 0 || char_at(text, pos, out_len) == CHAR_CLOSE;
}

/* What closes after a stop: quotes and brackets right after it, and a French " »". */
static size_t skip_closers(span text, size_t pos, size_t end)
{
    size_t len = 0;
    while (pos < end) {
        if (is_closing_mark(text, pos, end, &len)) {
            pos += len;
            continue;
        }
        const size_t mark = char_skip_spaces(text, pos, end);
        if (mark == pos || mark + 2 > end || mark > pos + 4 ||
            memcmp(text.ptr + mark, "»", 2) != 0) {
            break;
        }
        pos = mark + 2;
    }
    return pos;
}

/* The first character of the next word, past spaces, opening marks, dashes and the like. */
static size_t next_word(span text, size_t pos, size_t end)
{
    size_t len = 0;
    while (pos < end) {
        const char c = text.ptr[pos];
        const char_kind kind = char_at(text, pos, &len);
        const bool dash = c == '-' || (pos + 3 <= end && (memcmp(text.ptr + pos, "–", 3) == 0 ||
                                                          memcmp(text.ptr + pos, "—", 3) == 0));
        const bool quote = c == '"' || c == '\'' || c == '*' || c == '_' ||
                           (pos + 3 <= end && memcmp(text.ptr + pos, "‘", 3) == 0);
        if (kind != CHAR_SPACE && kind != CHAR_OPEN && !dash && !quote) {
            break;
        }
        pos += len;
    }
    return pos;
}

/* What follows a stop. */
typedef struct follower {
    char_kind kind;     /* of the next word's first character; CHAR_SPACE at the end */
    folded_word word;   /* that word's letters */
    folded_word second; /* and those of the word after it, if one space is between */
    bool is_number;     /* a digit, a Roman numeral other than I, or "J.-C." after a year */
    bool goes_on;       /* a mark that belongs to the same sentence: , ; : ) */
} follower;

static bool is_roman(span text, size_t start, size_t end)
{
    for (size_t i = start; i < end; i++) {
        if (strchr("IVXLC", text.ptr[i]) == NULL) {
            return false;
        }
    }
    return end - start >= 1 && end - start <= 6 && !(end - start == 1 && text.ptr[start] == 'I');
}

static void look_ahead(follower *out, span text, size_t pos, size_t end)
{
    *out = (follower){.kind = CHAR_SPACE};
    const size_t direct = char_skip_spaces(text, pos, end);
    if (direct < end && strchr(",;:)]}%", text.ptr[direct]) != NULL) {
        out->goes_on = true;
        return;
    }
    const size_t start = next_word(text, pos, end);
    size_t len = 0;
    size_t stop = start;
    while (stop < end && stop - start < TOKEN_BYTES && char_is_letter(char_at(text, stop, &len))) {
        stop += len;
    }
    if (start < end) {
        out->kind = char_at(text, start, &len);
        out->is_number = out->kind == CHAR_DIGIT || is_roman(text, start, stop) ||
                         span_starts_with(span_slice(text, start, end), SPAN("J.-C"));
        fold_word(&out->word, text, start, stop);
        const size_t second = stop + 1;
        stop = second;
        while (stop < end && stop - second < TOKEN_BYTES &&
               char_is_letter(char_at(text, stop, &len))) {
            stop += len;
        }
        if (second < end && text.ptr[second - 1] == ' ') {
            fold_word(&out->second, text, second, stop);
        }
    }
}

static bool starts_sentence(const follower *next)
{
    return next->kind == CHAR_UPPER && is_in(&next->word, STARTERS, COUNT(STARTERS));
}

/* "Why?" I asked. */
static bool tells_who_spoke(const follower *next)
{
    static const char *const VERBS[] = {"added",   "answered", "asked",   "cried",
                                        "replied", "said",     "shouted", "whispered"};
    return next->kind == CHAR_UPPER && is_in(&next->second, VERBS, COUNT(VERBS));
}

/* The token that ends before a full stop: letters, digits, inner dots, hyphens and "°". */
static size_t token_start(span text, size_t floor, size_t pos)
{
    size_t start = pos;
    size_t len = 0;
    while (start > floor && pos - start < TOKEN_BYTES) {
        const char_kind kind = char_before(text, floor, start, &len);
        const char c = text.ptr[start - 1];
        const bool degree = len == 2 && memcmp(text.ptr + start - 2, "°", 2) == 0;
        if (!char_is_word(kind) && c != '.' && c != '-' && !degree) {
            break;
        }
        start -= len;
    }
    return start;
}

static size_t count_chars(span text, size_t start, size_t end)
{
    size_t n = 0;
    for (size_t i = start; i < end; i++) {
        n += ((unsigned char)text.ptr[i] & 0xC0u) != 0x80u ? 1 : 0;
    }
    return n;
}

/* The part after the last dot or hyphen of a token. */
static size_t last_part(span text, size_t start, size_t end)
{
    size_t part = end;
    while (part > start && text.ptr[part - 1] != '.' && text.ptr[part - 1] != '-') {
        part--;
    }
    return part;
}

/* "U.S", "e.g", "J.-C", "p.m": tokens of single letters between dots. */
static abbreviation_class dotted_class(const folded_word *token)
{
    static const char *const NEVER[] = {"c.-à-d", "c.à.d", "e.g", "i.e", "p.ex"};
    static const char *const HOURS[] = {"a.m", "p.m"};
    if (is_in(token, NEVER, COUNT(NEVER))) {
        return ABBREVIATION_NEVER;
    }
    return is_in(token, HOURS, COUNT(HOURS)) ? ABBREVIATION_END : ABBREVIATION_STARTER;
}

static abbreviation_class classify(span text, size_t start, size_t end)
{
    folded_word word;
    fold_word(&word, text, start, end);
    const size_t part = last_part(text, start, end);
    const size_t part_chars = count_chars(text, part, end);
    size_t len = 0;
    const char_kind last = char_before(text, start, end, &len);
    if (part > start && (part_chars == 1 || strcmp(word.bytes, "ph.d") == 0) &&
        char_is_letter(last)) {
        return dotted_class(&word);
    }
    if (part > start && text.ptr[part - 1] == '.') {
        return strcmp(word.bytes, "p.ex") == 0 ? ABBREVIATION_NEVER : ABBREVIATION_NONE;
    }
    if (part_chars == 1 && last == CHAR_UPPER) {
        return word.bytes[0] == 'm' && word.len == 1 ? ABBREVIATION_NEVER : ABBREVIATION_STARTER;
    }
    if (part_chars == 1 && last == CHAR_LOWER) {
        return text.ptr[part] == 'v' ? ABBREVIATION_NEVER : ABBREVIATION_NUMBER; /* Roe v. Wade */
    }
    const abbreviation_class class = find_abbreviation(&word);
    if (class == ABBREVIATION_TITLE) {
        return char_at(text, start, &len) == CHAR_UPPER ? ABBREVIATION_NEVER : ABBREVIATION_NONE;
    }
    return class;
}

/* A number or a Roman numeral that opens the sentence: "1. First", "IV. Results". */
static bool is_enumeration(span text, size_t start, size_t token, size_t end)
{
    if (token != start || end - token > 4) {
        return false;
    }
    const bool digits = text.ptr[token] >= '0' && text.ptr[token] <= '9' && end - token <= 3;
    return digits || is_roman(text, token, end) || (end - token == 1 && text.ptr[token] == 'I');
}

static bool full_stop_ends(span text, size_t start, size_t pos, const follower *next,
                           bool lower_starts)
{
    const size_t token = token_start(text, start, pos);
    if (is_enumeration(text, start, token, pos)) {
        return false;
    }
    const abbreviation_class class = token < pos ? classify(text, token, pos) : ABBREVIATION_NONE;
    if (next->kind == CHAR_LOWER) {
        return lower_starts && class == ABBREVIATION_NONE && count_chars(text, token, pos) >= 2;
    }
    folded_word word;
    fold_word(&word, text, token, pos);
    const bool hour = word.len == 3 && word.bytes[1] == '.' && word.bytes[2] == 'm';
    switch (class) {
    case ABBREVIATION_NONE:
        return true;
    case ABBREVIATION_NEVER:
    case ABBREVIATION_TITLE:
        return false;
    case ABBREVIATION_NUMBER:
        return !next->is_number;
    case ABBREVIATION_STARTER:
        return starts_sentence(next);
    case ABBREVIATION_END:
        return next->kind != CHAR_DIGIT &&
               !(hour && is_in(&next->word, AFTER_HOUR, COUNT(AFTER_HOUR)));
    }
    return true;
}

/* Whether the run of stops [pos, run_end), closed at `after`, ends the sentence. */
static bool stops_end_sentence(span text, size_t start, size_t end, size_t pos, size_t run_end,
                               size_t after, bool lower_starts)
{
    size_t len = 0;
    if (after >= end) {
        return true;
    }
    if (char_at(text, after, &len) != CHAR_SPACE) {
        return false;
    }
    follower next;
    look_ahead(&next, text, after, end);
    if (next.kind == CHAR_SPACE && !next.goes_on) {
        return true;
    }
    if (next.goes_on) {
        return false;
    }
    if (after > run_end && text.ptr[run_end - 1] != '.' && tells_who_spoke(&next)) {
        return false;
    }
    if (run_end == pos + 1 && text.ptr[pos] == '.') {
        return full_stop_ends(text, start, pos, &next, lower_starts);
    }
    if (next.kind == CHAR_LOWER) {
        return lower_starts;
    }
    return !(next.kind == CHAR_DIGIT && text.ptr[run_end - 1] != '!' &&
             text.ptr[run_end - 1] != '?');
}

/* The end of the bracket that opens at `pos`, when it closes soon and does not start the sentence;
 * else `pos`. A smiley is no bracket. */
static size_t bracket_end(span text, size_t start, size_t pos, size_t end)
{
    const char open = text.ptr[pos];
    if (pos == start || strchr(":;-=8", text.ptr[pos - 1]) != NULL) {
        return pos;
    }
    const size_t reach = end - pos < BRACKET_BYTES ? end - pos : BRACKET_BYTES;
    const char *const close = memchr(text.ptr + pos, open == '(' ? ')' : ']', reach);
    return close != NULL ? (size_t)(close - text.ptr) : pos;
}

/* Where to cut a sentence that has no end: after the last space before the limit. */
static size_t forced_end(span text, size_t start, size_t limit)
{
    while (limit > start + 1 && ((unsigned char)text.ptr[limit] & 0xC0u) == 0x80u) {
        limit--;
    }
    size_t pos = limit;
    size_t len = 0;
    while (pos > start + LIMIT_SENTENCE_BYTES / 2) {
        if (char_before(text, start, pos, &len) == CHAR_SPACE) {
            return pos;
        }
        pos -= len;
    }
    return limit;
}

size_t sentence_end(span text, size_t start, size_t end, bool lower_starts)
{
    size_t pos = start;
    size_t closed = start;   /* inside brackets before this offset */
    size_t no_close = start; /* no bracket closes before this offset */
    while (pos < end) {
        if (pos - start >= LIMIT_SENTENCE_BYTES) {
            return forced_end(text, start, pos);
        }
        const char c = text.ptr[pos];
        if ((c == '(' || c == '[') && pos >= closed && pos >= no_close) {
            closed = bracket_end(text, start, pos, end);
            no_close = closed == pos ? pos + BRACKET_BYTES / 4 : pos;
        }
        if (stop_at(text, pos, end) == 0 || pos < closed) {
            pos++;
            continue;
        }
        const size_t run_end = skip_stops(text, pos, end);
        const size_t after = skip_closers(text, run_end, end);
        if (stops_end_sentence(text, start, end, pos, run_end, after, lower_starts)) {
            return after;
        }
        pos = run_end;
    }
    return end;
}
