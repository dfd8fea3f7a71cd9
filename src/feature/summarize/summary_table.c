/*
 * summary_table.c - rows of what, with who, when and how much where the sentence says so.
 *
 * A row is a chosen sentence, cut to its share of the words. Its cells are words of that sentence:
 * the speaker or the first name, the date (summary_when.c), the first number with its unit. Nothing
 * is guessed: a cell that is not said is empty.
 */
#include "base/error.h"
#include "base/utf8.h"
#include "feature/summarize/summary.h"

enum {
    ROWS = 8,
    ROW_WORDS = 8, /* fewer do not say what */
    NAME_WORDS = 4,
    CELL_BYTES = 128
};

/* One word of a sentence: a run without spaces. */
static span next_word(span text, size_t *at)
{
    size_t start = *at;
    while (start < text.len && (text.ptr[start] == ' ' || text.ptr[start] == '\n')) {
        start++;
    }
    size_t end = start;
    while (end < text.len && text.ptr[end] != ' ' && text.ptr[end] != '\n') {
        end++;
    }
    *at = end;
    return span_slice(text, start, end);
}

/* The word without what stands around it: quotes, brackets, commas. */
static span bare(span word)
{
    static const char AROUND[] = "\"'()[]{},;:.!?*_";
    while (word.len > 0 && memchr(AROUND, word.ptr[0], sizeof(AROUND) - 1) != NULL) {
        word = span_slice(word, 1, word.len);
    }
    while (word.len > 0 && memchr(AROUND, word.ptr[word.len - 1], sizeof(AROUND) - 1) != NULL) {
        word.len--;
    }
    return word;
}

static bool starts_with_capital(span word)
{
    if (word.len == 0) {
        return false;
    }
    const unsigned char c = (unsigned char)word.ptr[0];
    /* Latin letters with accents: U+00C0 to U+00DE. */
    return (c >= 'A' && c <= 'Z') ||
           (c == 0xC3 && word.len > 1 && (unsigned char)word.ptr[1] >= 0x80 &&
            (unsigned char)word.ptr[1] <= 0x9E);
}

static bool is_name(span word)
{
    return word.len > 1 && starts_with_capital(word) && !span_has_digit(word) &&
           !evidence_is_common_word(word) && !evidence_is_function_word(word);
}

/* "de", "von": between two words of one name. */
static bool is_particle(span word)
{
    static const char *const PARTICLES[] = {"de", "du", "des", "la", "le",  "van", "von", "of",
                                            "Le", "La", "De",  "Du", "Des", "Van", "Von"};
    for (size_t i = 0; i < sizeof(PARTICLES) / sizeof(PARTICLES[0]); i++) {
        if (span_equal(word, span_from_string(PARTICLES[i]))) {
            return true;
        }
    }
    return false;
}

/* The end of the name that starts with `first`; words follow from `at`. */
static size_t name_end(span sentence, span first, size_t at)
{
    size_t end = (size_t)(first.ptr + first.len - sentence.ptr);
    size_t particles = 0;
    for (size_t n = 1; n < NAME_WORDS && sentence.ptr[end] == ' ';) {
        const span raw = next_word(sentence, &at);
        const span word = bare(raw);
        if (is_name(word) && word.ptr == raw.ptr) {
            end = (size_t)(word.ptr + word.len - sentence.ptr);
            n++;
            particles = 0;
            if (word.len != raw.len) {
                break;
            }
        } else if (!is_particle(raw) || particles++ > 0) {
            break;
        }
        if (at >= sentence.len) {
            break;
        }
    }
    return end;
}

/* Whether the one who acts or speaks may be named after this word: at the start, after a mark, after
 * "said" or "selon"; not after "in" or "lycée". */
static bool introduces_actor(span before)
{
    static const char *const WORDS[] = {
        "and",        "et",       "that",    "que",     "selon",  "Selon",     "by",
        "par",        "M",        "Mr",      "Mrs",     "Ms",     "Dr",        "Mme",
        "Mlle",       "said",     "asked",   "added",   "told",   "dit",       "annonce",
        "explique",   "ajoute",   "raconte", "affirme", "estime", "expliqué",  "déclaré",
        "annoncé",    "minister", "maire",   "mayor",   "when",   "quand",     "if",
        "si",         "but",      "mais",    "because", "while",  "president", "président",
        "directrice", "directeur"};
    const span word = bare(before);
    bool found = word.len == 0 || strchr(",.:;?!\"", before.ptr[before.len - 1]) != NULL;
    for (size_t i = 0; i < sizeof(WORDS) / sizeof(WORDS[0]) && !found; i++) {
        found = span_equal(word, span_from_string(WORDS[i]));
    }
    return found;
}

/* "Pourrais-tu", "Avez-vous": a verb, not a name. */
static bool is_question_form(span word)
{
    static const char *const ENDINGS[] = {"-tu", "-vous", "-il", "-elle", "-on",
                                          "-je", "-nous", "-ce", "-moi"};
    for (size_t i = 0; i < sizeof(ENDINGS) / sizeof(ENDINGS[0]); i++) {
        const size_t len = strlen(ENDINGS[i]);
        if (word.len > len && memcmp(word.ptr + word.len - len, ENDINGS[i], len) == 0) {
            return true;
        }
    }
    return false;
}

/* Whether the text has the word as a name elsewhere than at the start of a sentence. */
static bool is_used_as_name(const summary_job *job, span word)
{
    const size_t start = (size_t)(word.ptr - job->source->text.ptr);
    evidence_term term;
    return evidence_terms(job->index, start, start + word.len, &term, 1) == 1 && term.name > 0;
}

/* "Marc will", "Anna doit": what follows makes a name of the capital that opens a sentence. */
static bool acts(span sentence, size_t end)
{
    static const char *const VERBS[] = {"will", "to",   "has", "must", "is",  "was", "said",
                                        "says", "doit", "a",   "va",   "dit", "est", "demande"};
    const span after = bare(next_word(sentence, &end));
    bool found = summary_is_future(after);
    for (size_t i = 0; i < sizeof(VERBS) / sizeof(VERBS[0]) && !found; i++) {
        found = span_equal(after, span_from_string(VERBS[i]));
    }
    return found;
}

/* A word with a capital that opens a sentence is seldom a name ("Visitors fell"), one before a colon
 * is a label ("Action: ..."). */
static bool is_doubtful(const summary_job *job, span sentence, span name, bool opens)
{
    const size_t end = (size_t)(name.ptr + name.len - sentence.ptr);
    size_t at = end;
    const span after = next_word(sentence, &at);
    if ((end < sentence.len && sentence.ptr[end] == ':') || span_equal(after, SPAN(":"))) {
        return true;
    }
    return opens && memchr(name.ptr, ' ', name.len) == NULL && !is_used_as_name(job, name) &&
           !acts(sentence, end);
}

/* The first name in a sentence that stands where somebody acts or speaks; empty: none. */
static span find_name(const summary_job *job, span sentence)
{
    span before = {0};
    if (memmem(sentence.ptr, sentence.len, " | ", 3) != NULL) { /* of a table: things */
        return before;
    }
    for (size_t at = 0; at < sentence.len;) {
        const span raw = next_word(sentence, &at);
        span word = bare(raw);
        const bool may = introduces_actor(before) && !is_question_form(word);
        const bool opens = before.len == 0 || before.ptr[before.len - 1] == ':';
        before = raw;
        const char *const apostrophe = word.len > 2 ? memchr(word.ptr, '\'', 3) : NULL;
        if (apostrophe != NULL) { /* "d'Anna" */
            word = span_slice(word, (size_t)(apostrophe + 1 - word.ptr), word.len);
        }
        if (may && is_name(word)) {
            const bool ends = word.ptr + word.len != raw.ptr + raw.len;
            const size_t start = (size_t)(word.ptr - sentence.ptr);
            const size_t end = ends ? start + word.len : name_end(sentence, word, at);
            const span name = span_slice(sentence, start, end);
            if (!is_doubtful(job, sentence, name, opens)) {
                return name;
            }
        }
    }
    return span_from(NULL, 0);
}

/* A word that says what is counted or paid. */
static bool is_unit(span word)
{
    static const char *const UNITS[] = {
        "€",       "$",       "£",         "%",       "euros",    "euro",     "dollars",
        "dollar",  "pounds",  "percent",   "million", "millions", "milliard", "milliards",
        "billion", "km",      "kg",        "m²",      "hours",    "heures",   "days",
        "jours",   "people",  "personnes", "places",  "weeks",    "semaines", "months",
        "mois",    "minutes", "litres"};
    for (size_t i = 0; i < sizeof(UNITS) / sizeof(UNITS[0]); i++) {
        if (span_equal(word, span_from_string(UNITS[i]))) {
            return true;
        }
    }
    return false;
}

static bool has_currency(span word)
{
    return memmem(word.ptr, word.len, "€", 3) != NULL ||
           memmem(word.ptr, word.len, "£", 2) != NULL || memchr(word.ptr, '$', word.len) != NULL ||
           memchr(word.ptr, '%', word.len) != NULL;
}

/* The first number with a unit or a currency sign; empty: none. A number alone may be a date. */
static span find_amount(span sentence)
{
    for (size_t at = 0; at < sentence.len;) {
        const span word = bare(next_word(sentence, &at));
        if (!span_has_digit(word)) {
            continue;
        }
        const size_t start = (size_t)(word.ptr - sentence.ptr);
        size_t end = start + word.len;
        bool counted = has_currency(word);
        for (;;) { /* "2 340 €", "3 million euros" */
            size_t next = end;
            const span raw = next_word(sentence, &next);
            const span after = bare(raw);
            if (after.len == 0 || after.ptr != sentence.ptr + end + 1 ||
                !(is_unit(after) || (after.ptr[0] >= '0' && after.ptr[0] <= '9'))) {
                break;
            }
            counted = counted || is_unit(after);
            end = (size_t)(after.ptr + after.len - sentence.ptr);
            if (after.len != raw.len) {
                break;
            }
        }
        if (counted) {
            return span_slice(sentence, start, end);
        }
        at = end > at ? end : at;
    }
    return span_from(NULL, 0);
}

/* A cell as a string in the call's scratch memory; NULL: empty, or too long for one. */
static const char *cell_of(summary_job *job, span text)
{
    return text.len > 0 && text.len <= CELL_BYTES ? arena_copy(&job->scratch, text) : NULL;
}

static const char *find_when(summary_job *job, size_t i_sentence, span sentence)
{
    summary_day base;
    const bool has_base = summary_message_day(job, i_sentence, &base);
    buffer when;
    buffer_init(&when, CELL_BYTES);
    const bool french = summary_is_french(job);
    const char *cell = NULL;
    if (summary_find_day(sentence, has_base ? &base : NULL, french, &when)) {
        cell = cell_of(job, buffer_span(&when));
    }
    buffer_deinit(&when);
    return cell;
}

/* What a row says besides its sentence. */
static summary_draft read_cells(summary_job *job, size_t i_sentence)
{
    const span text = summary_turn_words(job, i_sentence);
    const span speaker = summary_turn_speaker(job, i_sentence);
    return (summary_draft){
        .who = cell_of(job, speaker.len > 0 ? speaker : find_name(job, text)),
        .when = find_when(job, i_sentence, text),
        .amount = cell_of(job, find_amount(text)),
    };
}

/* Tells nobody, no day and no amount, and asks nothing. */
static bool is_bare(const summary_job *job, size_t i_sentence, const summary_draft *cells)
{
    const span text = summary_sentence_text(job, i_sentence);
    const bool asks = text.len > 0 && text.ptr[text.len - 1] == '?';
    return !asks && cells->who == NULL && cells->when == NULL && cells->amount == NULL;
}

static int add_row(summary_job *job, size_t i_sentence, const summary_draft *cells,
                   size_t max_words)
{
    const span who = span_from_string(cells->who != NULL ? cells->who : "");
    const span amount = span_from_string(cells->amount != NULL ? cells->amount : "");
    const size_t named = document_count_words(who) + document_count_words(amount);
    const size_t room = max_words > named + ROW_WORDS ? max_words - named : ROW_WORDS;
    bool added = false;
    return summary_add_cut(job, summary_turn_words(job, i_sentence), room, cells, &added);
}

static bool is_no_row(const summary_job *job, size_t i_sentence)
{
    return summary_is_furniture(summary_sentence_text(job, i_sentence)) ||
           summary_is_table_head(job, i_sentence);
}

/* Reads the cells of the chosen sentences, those alone that make a row: where two tell
 * something, none that tells nothing. Returns how many are left, in order. */
static size_t keep_rows(summary_job *job, uint32_t *chosen, size_t n, summary_draft *out_cells)
{
    size_t n_rows = 0;
    size_t n_telling = 0;
    for (size_t i = 0; i < n; i++) {
        if (n == 1 || !is_no_row(job, chosen[i])) {
            out_cells[n_rows] = read_cells(job, chosen[i]);
            n_telling += !is_bare(job, chosen[i], &out_cells[n_rows]);
            chosen[n_rows++] = chosen[i];
        }
    }
    size_t kept = 0;
    for (size_t i = 0; i < n_rows; i++) {
        if (n_telling < 2 || !is_bare(job, chosen[i], &out_cells[i])) {
            out_cells[kept] = out_cells[i];
            chosen[kept++] = chosen[i];
        }
    }
    return kept;
}

int summary_tabulate(summary_job *job)
{
    uint32_t chosen[ROWS];
    summary_draft cells[ROWS];
    const size_t fit = job->words_left / (ROW_WORDS + 2);
    const size_t room = fit == 0 ? 1 : fit < ROWS ? fit : ROWS;
    const size_t n_chosen = evidence_select(job->index, job->scores, 0, room, chosen);
    const size_t n = keep_rows(job, chosen, n_chosen, cells);
    for (size_t i = 0; i < n && job->words_left > 0; i++) {
        RETURN_IF_ERROR(add_row(job, chosen[i], &cells[i], job->words_left / (n - i)));
    }
    return HUIS_OK;
}
