/*
 * notify_digest_units.c - cuts a title and a body into units, and says what each is worth.
 *
 * A unit is a clause that can stand in a line by itself: it ends with its sentence, or before a comma,
 * colon or dash unless what follows limits what was said ("but", "unless", "sauf"), or, where it would be
 * longer than a line, before a word that opens a phrase. Its worth is that of its words: times, sums and
 * names most, then words of content; a question, a request, a danger more; courtesies nothing.
 */
#include "base/error.h"
#include "base/utf8.h"
#include "document/document.h"
#include "document/text_chars.h"
#include "evidence/evidence.h"
#include "feature/notify/notify_digest.h"

enum {
    UNIT_WORDS = 8, /* a longer unit, or one that no line has room for, is cut at phrases */
    MIN_PHRASE_WORDS = 3,
    LABEL_WORDS = 2,
    LABELLED_WORDS = 7,
    QUOTATION_BYTES = 120,
    SUBJECT_BYTES = 40
};

static const double NUMBER_VALUE = 2.0, NAME_VALUE = 1.3, WORD_VALUE = 1.0, SOME_VALUE = 0.7,
                    LITTLE_VALUE = 0.1;
/* What speaks to a model is not worth a line. */
static const double ORDER_VALUE = -100.0;
static const double ALTERED_SHARE = 0.2;
static const double CLEAN_VALUE = 1.6, PARTED_VALUE = 2.5;
static const double WORD_COST = 0.12, SIGNAL_VALUE = 1.2, MAX_SIGNAL_VALUE = 1.5,
                    QUESTION_VALUE = 0.8, SUBJECT_SHARE = 0.5;

/* ---- where units end ---- */

static bool is_space(char c)
{
    return c == ' ';
}

/* The word that ends before `pos`, without its marks. */
static span word_before(span text, size_t pos)
{
    size_t start = pos;
    while (start > 0 && !is_space(text.ptr[start - 1])) {
        start--;
    }
    return span_slice(text, start, pos);
}

/* The next word, without marks and pictures before it; of "l'eau" the "l". */
static span word_after(span text, size_t pos)
{
    size_t len = 1;
    size_t start = pos;
    while (start < text.len && !char_is_word(char_at(text, start, &len))) {
        start += len;
    }
    size_t stop = start;
    while (stop < text.len && char_is_word(char_at(text, stop, &len))) {
        stop += len;
    }
    return span_slice(text, start, stop);
}

static bool is_one_of(span word, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const span entry = span_from_string(list[i]);
        if (word.len > 0 && char_match(word, 0, word.len, entry) == word.len) {
            return true;
        }
    }
    return false;
}
#define IS_ONE_OF(word, list) is_one_of(word, list, sizeof(list) / sizeof((list)[0]))

/* "Dr. Kerr", "p. 14", "M. Delattre", "J. Walsh" */
static bool is_abbreviation(span word)
{
    static const char *const KNOWN[] = {"dr",  "mr",  "mrs", "ms",  "mme",   "mlle", "st",
                                        "ste", "p",   "pp",  "no",  "n",     "vs",   "art",
                                        "vol", "tel", "tél", "env", "min",   "max",  "av",
                                        "bd",  "apt", "ext", "rm",  "approx"};
    size_t len = 0;
    const bool initial = word.len == 1 && char_is_letter(char_at(word, 0, &len));
    return initial || IS_ONE_OF(word, KNOWN);
}

/* Words that change what stands before them: no unit may end there. */
static bool is_limiting(span word)
{
    static const char *const KNOWN[] = {
        "but", "unless", "except",  "if",      "only",    "mais",     "sauf",      "sinon",
        "si",  "s",      "hormis",  "because", "though",  "although", "not",       "pas",
        "nor", "ni",     "excepté", "sans",    "without", "instead",  "seulement", "otherwise"};
    return IS_ONE_OF(word, KNOWN);
}

/* "demain," */
static bool ends_mark(span word)
{
    const char c = word.len > 0 ? word.ptr[word.len - 1] : ' ';
    return c == ',' || c == ';' || c == ':' || c == '.' || c == '!' || c == '?' || c == ')';
}

/* Words that name a limit in time with what follows them. */
static bool is_limit_word(span form)
{
    static const char *const KNOWN[] = {"by",    "before", "until", "till",
                                        "avant", "jusqu",  "ici",   "within"};
    return IS_ONE_OF(form, KNOWN);
}

/* Words before which a phrase may be left out. */
static bool opens_phrase(span word)
{
    static const char *const KNOWN[] = {
        "and",  "et",   "or",    "ou",   "who",  "which", "qui",   "que",    "that",  "with",
        "avec", "from", "where", "où",   "dans", "in",    "on",    "sur",    "for",   "pour",
        "at",   "à",    "chez",  "via",  "par",  "by",    "when",  "quand",  "while", "car",
        "donc", "so",   "then",  "puis", "as",   "about", "near",  "depuis", "since", "près",
        "is",   "are",  "was",   "were", "est",  "sont",  "je",    "j",      "i",     "we",
        "he",   "she",  "they",  "il",   "elle", "ils",   "elles", "nous",   "entre", "between"};
    return IS_ONE_OF(word, KNOWN);
}

/* Function words that a phrase may end in. */
static bool may_close(span word)
{
    static const char *const KNOWN[] = {
        "pas", "plus", "là",   "out", "up",  "off", "back", "here", "there", "well", "moi",
        "toi", "it",   "them", "me",  "him", "her", "us",   "you",  "lui",   "eux",  "ici"};
    return IS_ONE_OF(word, KNOWN);
}

/* The end of the marks at `pos` (".", "?!", "…") that end a sentence there; `pos`: none do. */
static size_t sentence_marks(span text, size_t pos)
{
    size_t at = pos;
    bool strong = false;
    while (at < text.len) {
        const char c = text.ptr[at];
        const bool dots = at + 2 < text.len && memcmp(text.ptr + at, "\xE2\x80\xA6", 3) == 0;
        if (c != '.' && c != '!' && c != '?' && !dots) {
            break;
        }
        strong = strong || c != '.';
        at += dots ? 3 : 1;
    }
    if (at == pos || (at < text.len && !is_space(text.ptr[at]))) {
        return pos;
    }
    return strong || at > pos + 1 || !is_abbreviation(word_before(text, pos)) ? at : pos;
}

/* The end of the mark at `pos` that parts clauses; `pos`: none does. */
static size_t clause_marks(span text, size_t pos)
{
    static const char *const DASHES[] = {"\xE2\x80\x93", "\xE2\x80\x94", "\xC2\xB7", "-", "|"};
    const char c = text.ptr[pos];
    if ((c == ',' || c == ';' || c == ':') && pos + 1 < text.len && is_space(text.ptr[pos + 1])) {
        return is_limiting(word_after(text, pos + 1)) ? pos : pos + 1;
    }
    for (size_t i = 0; i < sizeof(DASHES) / sizeof(DASHES[0]); i++) {
        const span dash = span_from_string(DASHES[i]);
        const size_t stop = pos + dash.len;
        if (pos > 0 && is_space(text.ptr[pos - 1]) && stop < text.len && is_space(text.ptr[stop]) &&
            span_starts_with(span_slice(text, pos, text.len), dash)) {
            return stop;
        }
    }
    return pos;
}

/* The last byte of the quotation that opens at `pos`, `pos` itself where none does; a mark that is
 * not closed soon opens none. */
static size_t skip_quotation(span text, size_t pos)
{
    static const char *const PAIRS[][2] = {
        {"\"", "\""}, {"\xE2\x80\x9C", "\xE2\x80\x9D"}, {"\xC2\xAB", "\xC2\xBB"}};
    for (size_t i = 0; i < sizeof(PAIRS) / sizeof(PAIRS[0]); i++) {
        const span open = span_from_string(PAIRS[i][0]);
        const span close = span_from_string(PAIRS[i][1]);
        if (span_starts_with(span_slice(text, pos, text.len), open)) {
            const span rest = span_slice(text, pos + open.len, pos + open.len + QUOTATION_BYTES);
            const char *const end =
                rest.len > 0 ? memmem(rest.ptr, rest.len, close.ptr, close.len) : NULL;
            return end != NULL ? (size_t)(end - text.ptr) + close.len - 1 : pos;
        }
    }
    return pos;
}

static bool is_dash(span text, size_t stop)
{
    return text.ptr[stop - 1] != ',' && text.ptr[stop - 1] != ';' && text.ptr[stop - 1] != ':';
}

/* The offset at which the unit that starts at `start` ends, and why; the next one starts there. */
static size_t find_end(span text, size_t start, digest_end *out_end);

/* "Batterie : 3 %": a label and what it names are one unit where they fit; *out_stop: its end. */
static bool names_next(span text, size_t start, size_t colon, digest_end *out_end, size_t *out_stop)
{
    if (document_count_words(span_slice(text, start, colon)) > LABEL_WORDS) {
        return false;
    }
    digest_end end = DIGEST_END_SENTENCE;
    const size_t stop = find_end(text, colon, &end);
    if (document_count_words(span_slice(text, start, stop)) > LABELLED_WORDS) {
        return false;
    }
    *out_end = end;
    *out_stop = stop;
    return true;
}

static size_t find_end(span text, size_t start, digest_end *out_end)
{
    long depth = 0;
    for (size_t pos = start; pos < text.len; pos++) {
        depth += text.ptr[pos] == '(' ? 1 : text.ptr[pos] == ')' ? -1 : 0;
        pos = skip_quotation(text, pos);
        const size_t sentence = sentence_marks(text, pos);
        if (sentence > pos && depth <= 0) {
            *out_end = DIGEST_END_SENTENCE;
            return sentence;
        }
        const size_t clause = clause_marks(text, pos);
        if (clause > pos && depth <= 0 && pos > start) {
            if (text.ptr[pos] == ':' && names_next(text, start, clause, out_end, &pos)) {
                return pos;
            }
            *out_end = is_dash(text, clause) ? DIGEST_END_SENTENCE : DIGEST_END_CLAUSE;
            return clause;
        }
    }
    *out_end = DIGEST_END_SENTENCE;
    return text.len;
}

static bool opens_bracket(span text, size_t pos)
{
    while (pos < text.len && is_space(text.ptr[pos])) {
        pos++;
    }
    return pos < text.len && text.ptr[pos] == '(';
}

/* "de 9 h", "from 8:30" */
static bool opens_hours(span unit, span next)
{
    static const char *const FROM[] = {"de", "from", "dès"};
    const size_t end = next.len > 0 ? (size_t)(next.ptr - unit.ptr) + next.len : unit.len;
    return IS_ONE_OF(next, FROM) && span_has_digit(word_after(unit, end));
}

/* "de 9 h | à 15 h", "fiches | de paie": what belongs together; "le 27 août | de 9 h" does not. */
static bool parts_pair(span unit, size_t end)
{
    const span last = word_before(unit, end);
    const span next = word_after(unit, end);
    if (opens_bracket(unit, end) || opens_hours(unit, next)) {
        return false;
    }
    static const char *const JOINTS[] = {"à", "to", "et", "and", "ou", "or"};
    static const char *const OF[] = {"de", "d", "du", "des", "of"};
    const bool ends_in_number = span_has_digit(last) || span_equal(last, SPAN("h"));
    return (ends_in_number && IS_ONE_OF(next, JOINTS)) || IS_ONE_OF(next, OF);
}

/* ---- what they are worth ---- */

static bool is_time_word(span form)
{
    static const char *const KNOWN[] = {
        "today",    "tonight",  "tomorrow", "midnight", "noon",      "now",        "midi",
        "minuit",   "demain",   "soir",     "matin",    "lundi",     "mardi",      "mercredi",
        "jeudi",    "vendredi", "samedi",   "dimanche", "monday",    "tuesday",    "wednesday",
        "thursday", "friday",   "saturday", "sunday",   "aujourd",   "maintenant", "late",
        "retard",   "quarter",  "half",     "past",     "hour",      "hours",      "heure",
        "heures",   "minutes",  "annule",   "annulee",  "cancelled", "canceled",   "mon",
        "sun"};
    return IS_ONE_OF(form, KNOWN);
}

/* "dont use switches", "n'ouvre jamais" */
static bool forbids(span form)
{
    static const char *const KNOWN[] = {"dont", "don", "never", "jamais", "surtout", "stop"};
    return IS_ONE_OF(form, KNOWN);
}

static bool is_number_word(span form)
{
    static const char *const KNOWN[] = {"two",   "three",  "four", "five",   "six",    "seven",
                                        "eight", "nine",   "ten",  "eleven", "twelve", "deux",
                                        "trois", "quatre", "cinq", "sept",   "huit",   "neuf",
                                        "dix",   "onze",   "douze"};
    return IS_ONE_OF(form, KNOWN);
}

static bool is_you(span form)
{
    static const char *const KNOWN[] = {"you", "your", "tu",   "te",   "toi",
                                        "ton", "ta",   "vous", "votre"};
    return IS_ONE_OF(form, KNOWN);
}

static bool is_courtesy(span form)
{
    static const char *const KNOWN[] = {
        "bonjour", "bonsoir",      "salut",   "coucou",  "hello", "hi",      "hey",
        "dear",    "sorry",        "desole",  "desolee", "merci", "thanks",  "thank",
        "bisous",  "bises",        "love",    "lol",     "mdr",   "haha",    "cheers",
        "regards", "cordialement", "sent",    "iphone",  "votre", "worries", "ok",
        "nice",    "morning",      "evening", "good",    "bonne", "journee", "xx",
        "re",      "fwd",          "please",  "cher",    "chere", "madame",  "monsieur"};
    return IS_ONE_OF(form, KNOWN);
}

static double value_of_word(const notify_word *w)
{
    if (span_has_digit(w->form)) {
        return NUMBER_VALUE;
    }
    if (is_courtesy(w->form)) {
        return 0.0;
    }
    if (is_number_word(w->form) || is_time_word(w->form) || forbids(w->form)) {
        return NAME_VALUE;
    }
    if (is_limit_word(w->form) || is_you(w->form)) {
        return SOME_VALUE;
    }
    if (evidence_is_function_word(w->form) || w->form.len < 3) {
        return LITTLE_VALUE;
    }
    return (w->capital && !w->sentence_start) || w->all_capitals ? NAME_VALUE : WORD_VALUE;
}

/* ---- where a long unit is cut ---- */

/* What the words of text[start, stop) are worth. */
static double value_between(const digest_job *job, bool in_title, size_t start, size_t stop)
{
    const notify_field field = in_title ? NOTIFY_TITLE : NOTIFY_BODY;
    double sum = 0;
    for (size_t i = 0; i < job->words->count; i++) {
        const notify_word *const w = &job->words->items[i];
        sum += w->field == field && w->start >= start && w->start < stop ? value_of_word(w) : 0.0;
    }
    return sum;
}

/* Brackets that are open at the end of a text. */
static long open_brackets(span text)
{
    long depth = 0;
    for (size_t i = 0; i < text.len; i++) {
        depth += text.ptr[i] == '(' ? 1 : text.ptr[i] == ')' ? -1 : 0;
    }
    return depth;
}

/* How good it is to cut a unit there: before a phrase or a bracket, not inside one, not between a
 * number and its noun. */
static double value_of_cut(span unit, size_t end)
{
    const span last = word_before(unit, end);
    const span next = word_after(unit, end);
    const bool bracket = opens_bracket(unit, end) || (end > 0 && unit.ptr[end - 1] == ')');
    const bool clean =
        bracket || opens_phrase(next) || is_limit_word(next) || opens_hours(unit, next);
    double value = clean ? CLEAN_VALUE : 0.0;
    if (open_brackets(span_slice(unit, 0, end)) > 0) {
        value -= PARTED_VALUE;
    }
    if (span_has_digit(last) && !clean && !is_time_word(next)) {
        value -= 2 * PARTED_VALUE; /* "97 | %" */
    }
    if (span_has_digit(next) && !bracket && !ends_mark(last)) {
        value -= PARTED_VALUE; /* "voie | 9" */
    }
    return value;
}

/* The end of a word with the marks that close it. */
static size_t with_marks(span unit, size_t end)
{
    while (end < unit.len && memchr(").,;:!?", unit.ptr[end], 7) != NULL) {
        end++;
    }
    return end;
}

/* Where a long unit is best cut: behind the words that are worth most, before a phrase if it can be. */
static size_t phrase_end(const digest_job *job, bool in_title, span text, size_t start, size_t stop,
                         size_t max_words)
{
    const span unit = span_slice(text, start, stop);
    size_t best = 0;
    double best_value = 0;
    for (size_t n = max_words; n >= MIN_PHRASE_WORDS; n--) {
        const size_t end = with_marks(unit, document_word_end(unit, n));
        const span last = word_before(unit, end);
        const span next = word_after(unit, end);
        const bool may_end = end < unit.len && !is_limiting(next) && !parts_pair(unit, end) &&
                             (!evidence_is_function_word(last) || may_close(last));
        const double value =
            value_between(job, in_title, start, start + end) + value_of_cut(unit, end);
        if (may_end && (best == 0 || value > best_value)) {
            best = end;
            best_value = value;
        }
    }
    return start + (best > 0 ? best : document_word_end(unit, max_words));
}

static double value_of_signals(const notify_words *words, size_t first, size_t end)
{
    static const notify_signal GOOD[] = {SIGNAL_ASK,    SIGNAL_QUESTION, SIGNAL_HARM,
                                         SIGNAL_DANGER, SIGNAL_STRANDED, SIGNAL_HELP,
                                         SIGNAL_LOSS,   SIGNAL_BODY_BAD, SIGNAL_MACHINE_DOWN};
    static const notify_signal ORDERS[] = {SIGNAL_INJ_ORDER, SIGNAL_INJ_ROLE, SIGNAL_INJ_TAGS,
                                           SIGNAL_INJ_LEAK, SIGNAL_INJ_RANK};
    notify_hits hits;
    notify_signals_find(words, first, end, false, &hits);
    for (size_t i = 0; i < sizeof(ORDERS) / sizeof(ORDERS[0]); i++) {
        if (hits.all[ORDERS[i]] > 0) {
            return ORDER_VALUE;
        }
    }
    double sum = 0;
    for (size_t i = 0; i < sizeof(GOOD) / sizeof(GOOD[0]); i++) {
        sum += hits.all[GOOD[i]] > 0 ? SIGNAL_VALUE : 0.0;
    }
    return sum < MAX_SIGNAL_VALUE ? sum : MAX_SIGNAL_VALUE;
}

/* "Bonjour Mme Roux,", "Samira,": who is spoken to. */
static bool is_address_of(const digest_unit *unit, span text, const notify_words *words,
                          size_t first, size_t end)
{
    bool courteous = false;
    bool number = false; /* or a time */
    for (size_t i = first; i < end; i++) {
        courteous = courteous || is_courtesy(words->items[i].form);
        number =
            number || span_has_digit(words->items[i].form) || is_time_word(words->items[i].form);
    }
    const bool comma = text.ptr[unit->stop - 1] == ',';
    return !number && ((courteous && end - first <= 3) ||
                       (comma && end == first + 1 && words->items[first].capital));
}

static double value_of(const digest_job *job, const digest_unit *unit, span text)
{
    const notify_words *const words = job->words;
    const notify_field field = unit->in_title ? NOTIFY_TITLE : NOTIFY_BODY;
    size_t first = words->count;
    size_t end = 0;
    double sum = 0;
    for (size_t i = 0; i < words->count; i++) {
        const notify_word *const w = &words->items[i];
        if (w->field == field && w->start >= unit->start && w->start < unit->stop) {
            first = i < first ? i : first;
            end = i + 1;
            sum += value_of_word(w) - WORD_COST;
        }
    }
    if (sum <= 0 || end == 0 || is_address_of(unit, text, words, first, end)) {
        return 0.0;
    }
    sum += value_of_signals(words, first, end);
    const bool asks = unit->stop > 0 && text.ptr[unit->stop - 1] == '?';
    sum += asks ? QUESTION_VALUE : 0.0;
    /* "Re: Budget — ...": the subject of a mail. */
    const char last = text.ptr[unit->stop - 1];
    const bool by_dash = unit->stop < text.len && ((unsigned char)last >= 0x80 || last == '-');
    const bool is_subject =
        unit->in_title || (by_dash && unit->start < SUBJECT_BYTES &&
                           !span_has_digit(span_slice(text, unit->start, unit->stop)));
    return sum <= 0 ? 0.0 : is_subject ? SUBJECT_SHARE * sum : sum;
}

/* ---- the whole ---- */

static bool is_altered(span text, arena *memory)
{
    buffer plain;
    buffer_init(&plain, 4 * text.len + 64);
    digest_append_plain(&plain, text, memory);
    const bool differs = document_count_words(buffer_span(&plain)) < document_count_words(text);
    buffer_deinit(&plain);
    return differs;
}

static void add_unit(digest_job *job, digest_entry *entry, digest_unit unit, span text)
{
    while (unit.start < unit.stop && is_space(text.ptr[unit.start])) {
        unit.start++;
    }
    unit.n_words = (uint32_t)document_count_words(span_slice(text, unit.start, unit.stop));
    if (unit.n_words == 0 || entry->n_units == DIGEST_MAX_UNITS) {
        return;
    }
    const span said = span_slice(text, unit.start, unit.stop);
    const bool is_link = memmem(said.ptr, said.len, "://", 3) != NULL;
    unit.is_altered = is_altered(said, &job->memory);
    unit.value = is_link ? 0.0 : value_of(job, &unit, text);
    unit.value *= unit.is_altered ? ALTERED_SHARE : 1.0;
    entry->units[entry->n_units++] = unit;
}

/* ---- words that ask and thank, at the ends of what is too long ---- */

/* The length of the longest of `list` that stands whole at the start of a unit; 0: none does. */
static size_t opener_of(span unit, const char *const *list, size_t n_list)
{
    for (size_t i = 0; i < n_list; i++) {
        const size_t n = char_match(unit, 0, unit.len, span_from_string(list[i]));
        if (n > 0 && n < unit.len && (is_space(unit.ptr[n]) || unit.ptr[n - 1] == '\'')) {
            return n;
        }
    }
    return 0;
}

/* The end of "merci de", "could you please" at the start of a unit; 0: none stands there. "Tu peux"
 * allows unless it asks. */
static size_t opener_end(span unit)
{
    static const char *const KNOWN[] = {"merci de bien vouloir",
                                        "merci de me",
                                        "merci de nous",
                                        "merci de",
                                        "merci d'",
                                        "n'oubliez pas de",
                                        "n'oublie pas de",
                                        "pensez à",
                                        "pense à",
                                        "nous vous informons que",
                                        "nous vous rappelons que",
                                        "je te rappelle que",
                                        "je vous rappelle que",
                                        "could you please",
                                        "can you please",
                                        "please could you",
                                        "please can you",
                                        "could you",
                                        "can you",
                                        "can u",
                                        "please note that",
                                        "please",
                                        "remember to",
                                        "don't forget to",
                                        "just a reminder that",
                                        "just to let you know that",
                                        "patron",
                                        "boss",
                                        "mate",
                                        "du coup"};
    static const char *const ASKING[] = {
        "est-ce que tu peux", "est-ce que vous pouvez", "tu peux",
        "tu pourrais",        "pourriez-vous",          "pouvez-vous",
        "vous pouvez"};
    const bool asks = unit.len > 0 && unit.ptr[unit.len - 1] == '?';
    const size_t n = opener_of(unit, KNOWN, sizeof(KNOWN) / sizeof(KNOWN[0]));
    return n > 0 || !asks ? n : opener_of(unit, ASKING, sizeof(ASKING) / sizeof(ASKING[0]));
}

/* Where "x", "stp", "thanks" starts at the end of a unit; unit.len: nothing does. */
static size_t closer_start(span unit)
{
    static const char *const KNOWN[] = {"x",     "xx",  "xxx",   "stp",     "svp", "please",
                                        "pls",   "thx", "merci", "thanks",  "lol", "bisous",
                                        "bises", "mdr", "haha",  "remember"};
    size_t stop = unit.len;
    while (stop > 0 && is_space(unit.ptr[stop - 1])) {
        stop--;
    }
    size_t start = stop;
    while (start > 0 && !is_space(unit.ptr[start - 1])) {
        start--;
    }
    const bool asks = stop > 0 && unit.ptr[stop - 1] == '?';
    return start > 0 && !asks && IS_ONE_OF(word_after(unit, start), KNOWN) ? start : unit.len;
}

/* A unit that no line shows. */
static void add_idle(digest_job *job, digest_entry *entry, digest_unit unit, span text)
{
    const size_t before = entry->n_units;
    add_unit(job, entry, unit, text);
    if (entry->n_units > before) {
        entry->units[before].value = 0.0;
    }
}

/* Cuts one clause or sentence that is too long for a line. */
static void cut_long(digest_job *job, digest_entry *entry, span text, digest_unit whole,
                     size_t max_words)
{
    digest_unit unit = whole;
    while (is_space(text.ptr[unit.start]) && unit.start < unit.stop) {
        unit.start++;
    }
    const size_t opener = opener_end(span_slice(text, unit.start, unit.stop));
    if (opener > 0) {
        unit.stop = unit.start + opener;
        unit.end = DIGEST_END_CLAUSE;
        add_idle(job, entry, unit, text);
        unit = whole;
        unit.start = whole.start + opener;
        unit.start = entry->n_units > 0 ? entry->units[entry->n_units - 1].stop : unit.start;
    }
    const size_t closer = unit.start + closer_start(span_slice(text, unit.start, whole.stop));
    const size_t n_before = entry->n_units; /* the units that say what is asked */
    unit.end = DIGEST_END_PHRASE;
    while (document_count_words(span_slice(text, unit.start, closer)) > max_words) {
        unit.stop = phrase_end(job, unit.in_title, text, unit.start, closer, max_words);
        if (unit.stop <= unit.start || unit.stop >= closer) {
            break;
        }
        add_unit(job, entry, unit, text);
        unit.start = unit.stop;
    }
    unit.stop = closer;
    unit.end = closer < whole.stop ? DIGEST_END_SENTENCE : whole.end;
    add_unit(job, entry, unit, text);
    if (opener > 0 && entry->n_units > n_before) {
        entry->units[n_before].value += SIGNAL_VALUE;
    }
    if (closer < whole.stop) {
        unit.start = closer;
        unit.stop = whole.stop;
        unit.end = whole.end;
        add_idle(job, entry, unit, text);
    }
}

static void cut_field(digest_job *job, digest_entry *entry, span text, size_t from, bool in_title)
{
    const size_t n_who = document_count_words(entry->who);
    const size_t max_words = DIGEST_LINE_WORDS - n_who < UNIT_WORDS && n_who < DIGEST_LINE_WORDS
                                 ? DIGEST_LINE_WORDS - n_who
                                 : UNIT_WORDS;
    for (size_t start = from; start < text.len && entry->n_units < DIGEST_MAX_UNITS;) {
        digest_end why = DIGEST_END_SENTENCE;
        const size_t stop = find_end(text, start, &why);
        const digest_unit unit = {.start = start, .stop = stop, .in_title = in_title, .end = why};
        if (document_count_words(span_slice(text, start, stop)) > max_words) {
            cut_long(job, entry, text, unit, max_words);
        } else {
            add_unit(job, entry, unit, text);
        }
        start = stop;
    }
}

int digest_units_cut(digest_job *job, digest_entry *entry, bool with_title, size_t body_from,
                     huis_error *err)
{
    entry->units = arena_alloc(&job->memory, DIGEST_MAX_UNITS, sizeof(*entry->units));
    if (entry->units == NULL) {
        return error_no_memory(err, "a digest");
    }
    if (with_title) {
        cut_field(job, entry, entry->title.text, 0, true);
    }
    cut_field(job, entry, entry->body.text, body_from, false);
    return HUIS_OK;
}
