/*
 * summary_forms.c - see summary_forms.h.
 *
 * A clause may go when its opening word says that it only adds (a relative, an apposition, a place or
 * a time), and when nothing in it limits or attributes what is said: without "unless ...", "not ...",
 * "according to ..." a sentence claims more than its source. Each clause stands between two commas,
 * between brackets, before the first comma or after the last one.
 */
#include "feature/summarize/summary_forms.h"
#include "base/utf8.h"
#include "feature/summarize/summary.h"

enum {
    MAX_COMMAS = 12,
    MAX_CLAUSES = 5,
    MAX_DROPPED = 3,   /* clauses of one form */
    CLAUSE_WORDS = 22, /* a longer one carries the sentence */
    SUBJECT_WORDS = 8,
    OPENING_WORDS = 9, /* of an adverbial before the first comma */
    FORM_WORDS = 8,    /* fewer are no sentence */
    BRACKET_BYTES = 160,
    SENTENCE_BYTES = 2000 /* a longer one is no sentence */
};

/* What is left out when a clause is. */
typedef struct clause {
    size_t start, end;
} clause;

/* Relatives, appositions, places and times, folded ("*": any ending). */
static const char *const ADDS[] = {
    "qui",         "dont",      "lequel",    "laquelle",  "lesquels", "lesquelles", "tandis que",
    "apres",       "avant",     "ainsi que", "notamment", "age de",   "agee de",    "ages de",
    "agees de",    "soit",      "en",        "avec",      "lors",     "depuis",     "dans",
    "au",          "aux",       "sur",       "membre*",   "ancien*",  "president*", "directeur*",
    "directrice*", "chef*",     "ministre*", "maire*",    "parmi",    "who",        "which",
    "whose",       "where",     "while",     "after",     "before",   "including",  "especially",
    "aged",        "with",      "in",        "during",    "since",    "at",         "former",
    "a former",    "president", "head of",   "member*",   "among",    "parce que",  "parce qu*",
    "because",     "puisque",   "puisqu*"};

/* Adverbials that open a sentence. */
static const char *const OPENS[] = {
    "en",       "au",     "aux",      "dans",   "depuis",   "apres",    "avant",   "lors",
    "pendant",  "malgre", "avec",     "outre",  "face",     "vers",     "lundi",   "mardi",
    "mercredi", "jeudi",  "vendredi", "samedi", "dimanche", "in",       "on",      "at",
    "after",    "before", "during",   "since",  "despite",  "monday",   "tuesday", "wednesday",
    "thursday", "friday", "saturday", "sunday", "suite a",  "following"};

/* They limit, turn round or attribute: the clause stays. */
static const char *const BINDS[] = {
    "sauf",       "sans",     "mais",     "si",      "s'il",      "s'ils",   "sinon",
    "ne",         "n'*",      "pas",      "aucun*",  "jamais",    "ni",      "seul*",
    "uniquement", "selon",    "d'apres",  "annonc*", "indiqu*",   "declar*", "affirm*",
    "precis*",    "ajout*",   "expliqu*", "dit",     "assur*",    "estim*",  "a-t-il",
    "a-t-elle",   "t",        "unless",   "except",  "but",       "if",      "without",
    "not",        "no",       "never",    "only",    "according", "said",    "confirm*",
    "rapport*",   "raconte*", "reveler*", "revele*", "soulign*",  "rappel*", "reconn*",
    "report*",    "claim*",   "announc*", "says",    "told",      "added",   "nor",
    "condition*", "hormis",   "ou",       "or"};

/* Forms of verbs that often follow a subject. */
static const char *const FINITE[] = {
    "a",      "ont",     "est",   "sont",    "etait",  "etaient", "avait",    "avaient", "sera",
    "seront", "va",      "vont",  "ne",      "n'*",    "se",      "s'*",      "fait",    "font",
    "peut",   "peuvent", "doit",  "doivent", "devait", "devrait", "pourrait", "vient",   "viennent",
    "fut",    "furent",  "reste", "restent", "is",     "are",     "was",      "were",    "has",
    "have",   "had",     "will",  "would",   "can",    "could",   "may",      "must",    "did"};

/* They join the sentence to one that is not shown. */
static const char *const CONNECTS[] = {
    "mais",      "et",       "or",           "car",         "pourtant",    "toutefois",
    "cependant", "ainsi",    "enfin",        "en effet",    "au total",    "d'ailleurs",
    "de plus",   "en outre", "par ailleurs", "en revanche", "de son cote", "pour sa part",
    "but",       "and",      "however",      "moreover",    "meanwhile",   "finally"};

/* "soupçonné", "soupçonnées", "décrivant", "describing": a participle, by its end. */
static bool is_participle(span word)
{
    static const char *const ENDS[] = {"\xC3\xA9",
                                       "\xC3\xA9"
                                       "e",
                                       "\xC3\xA9s",
                                       "\xC3\xA9"
                                       "es",
                                       "ant",
                                       "ing"};
    for (size_t i = 0; i < sizeof(ENDS) / sizeof(ENDS[0]); i++) {
        if (word.len > 5 && span_ends_with(word, span_from_string(ENDS[i]))) {
            return true;
        }
    }
    return false;
}

/* Quotes and brackets must stay in pairs, and what stands beside a colon belongs to it. */
static bool has_pair_mark(span text)
{
    static const char *const MARKS[] = {
        "\"", "(", ")", ":", ";", "\xC2\xAB", "\xC2\xBB", "\xE2\x80\x9C", "\xE2\x80\x9D"};
    for (size_t i = 0; i < sizeof(MARKS) / sizeof(MARKS[0]); i++) {
        if (memmem(text.ptr, text.len, MARKS[i], strlen(MARKS[i])) != NULL) {
            return true;
        }
    }
    return false;
}

/* The end of "Mais ", "However, "; 0: none. */
static size_t connective_end(span s)
{
    summary_words w;
    size_t end = 0;
    if (summary_split_words(&w, s) && w.count > 0) {
        const size_t n = SUMMARY_MATCHES(&w, 0, CONNECTS);
        end = n > 0 && n < w.count ? w.words[n].start : 0;
    }
    summary_words_deinit(&w);
    return end;
}

bool summary_binds(span text)
{
    return SUMMARY_TEXT_HOLDS(text, BINDS);
}

static bool may_go(span text, const char *const *openings, size_t n_openings, size_t max_words)
{
    summary_words w;
    const size_t words = document_count_words(text);
    bool goes = false;
    if (words == 0 || words > max_words || has_pair_mark(text)) {
        return false;
    }
    if (summary_split_words(&w, text) && w.count > 0) {
        /* "où" and "à" are "ou" and "a" once they are folded. */
        const span first = span_slice(text, w.words[0].start, w.words[0].end);
        goes = summary_match_any(&w, 0, openings, n_openings) > 0 || is_participle(first) ||
               span_equal(first, SPAN("o\xC3\xB9")) || span_equal(first, SPAN("\xC3\xA0"));
    }
    summary_words_deinit(&w);
    return goes && !summary_binds(text);
}

bool summary_is_opening(span text)
{
    summary_words w;
    bool connects = false;
    if (summary_split_words(&w, text) && w.count > 0) {
        connects = SUMMARY_MATCHES(&w, 0, CONNECTS) == w.count;
    }
    summary_words_deinit(&w);
    return connects || may_go(text, OPENS, sizeof(OPENS) / sizeof(OPENS[0]), CLAUSE_WORDS);
}

static bool starts_with_verb(span text)
{
    summary_words w;
    const bool verb =
        summary_split_words(&w, text) && w.count > 0 && SUMMARY_MATCHES(&w, 0, FINITE) > 0;
    summary_words_deinit(&w);
    return verb;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

static size_t find_commas(span s, size_t *out)
{
    size_t n = 0;
    for (size_t i = 1; i + 1 < s.len && n < MAX_COMMAS; i++) {
        if (s.ptr[i] == ',' && is_blank(s.ptr[i + 1])) {
            out[n++] = i;
        }
    }
    return n;
}

static size_t skip_blanks(span s, size_t at)
{
    while (at < s.len && is_blank(s.ptr[at])) {
        at++;
    }
    return at;
}

/* Where the marks that end the sentence begin. */
static size_t find_tail(span s)
{
    size_t end = s.len;
    while (end > 0 && (s.ptr[end - 1] == '.' || s.ptr[end - 1] == '!' || s.ptr[end - 1] == '?' ||
                       is_blank(s.ptr[end - 1]))) {
        end--;
    }
    return end;
}

/* What follows a comma is no sentence but more of what stands before it. */
static bool goes_on(span after)
{
    static const char *const JOINS[] = {"et", "ou", "and", "or"};
    summary_words w;
    bool more = true;
    if (summary_split_words(&w, after) && w.count > 0) {
        more = SUMMARY_MATCHES(&w, 0, ADDS) > 0 || SUMMARY_MATCHES(&w, 0, BINDS) > 0 ||
               SUMMARY_MATCHES(&w, 0, JOINS) > 0 ||
               is_participle(span_slice(after, w.words[0].start, w.words[0].end));
    }
    summary_words_deinit(&w);
    return more;
}

/* "The bridge, which was built in 1921, carries": a subject and its verb, that no comma parts. */
static bool is_subject(span before, span after)
{
    return document_count_words(before) <= SUBJECT_WORDS && !SUMMARY_TEXT_HOLDS(before, FINITE) &&
           !goes_on(after);
}

/* "deux écoles et l'hôpital": things that are joined, before any verb. */
static bool is_rest_of_list(span after)
{
    static const char *const JOINS[] = {"et", "ou", "and", "or"};
    summary_words w;
    bool list = false;
    if (summary_split_words(&w, after)) {
        for (size_t i = 0; i < w.count && !list; i++) {
            const span word = span_slice(after, w.words[i].start, w.words[i].end);
            /* "à" is "a" once it is folded. */
            if (SUMMARY_MATCHES(&w, i, FINITE) > 0 && !span_equal(word, SPAN("\xC3\xA0"))) {
                break;
            }
            list = i > 0 && SUMMARY_MATCHES(&w, i, JOINS) > 0;
        }
    }
    summary_words_deinit(&w);
    return list;
}

bool summary_parts_list(span before, span after)
{
    return (document_count_words(before) > SUBJECT_WORDS || SUMMARY_TEXT_HOLDS(before, FINITE)) &&
           is_rest_of_list(after);
}

/* Between two commas: one of them stays, unless it would part a subject from its verb. */
static clause middle_clause(span s, size_t comma, size_t next)
{
    const span before = span_slice(s, 0, comma);
    const span after = span_slice(s, next + 1, s.len);
    const bool joins = is_subject(before, after) ||
                       (starts_with_verb(after) && !SUMMARY_TEXT_HOLDS(before, FINITE));
    return (clause){comma, next + (joins ? 1 : 0)};
}

static size_t add_brackets(span s, clause *out, size_t n)
{
    for (size_t at = 1; at < s.len && n < MAX_CLAUSES; at++) {
        const char *const close = s.ptr[at] == '(' ? memchr(s.ptr + at, ')', s.len - at) : NULL;
        const size_t end = close != NULL ? (size_t)(close - s.ptr) + 1 : 0;
        if (end > at && end - at < BRACKET_BYTES &&
            memchr(s.ptr + at + 1, '(', end - at - 1) == NULL && is_blank(s.ptr[at - 1])) {
            out[n++] = (clause){at - 1, end};
            at = end;
        }
    }
    return n;
}

/* Clauses that may go, in the order of their starts within each kind. */
static size_t find_clauses(span s, clause *out)
{
    size_t commas[MAX_COMMAS];
    const size_t n_commas = find_commas(s, commas);
    const size_t tail = find_tail(s);
    size_t n = add_brackets(s, out, 0);
    const size_t n_adds = sizeof(ADDS) / sizeof(ADDS[0]);
    for (size_t i = 0; i + 1 < n_commas && n < MAX_CLAUSES; i++) {
        if (may_go(span_slice(s, commas[i] + 1, commas[i + 1]), ADDS, n_adds, CLAUSE_WORDS) &&
            !summary_parts_list(span_slice(s, 0, commas[i]),
                                span_slice(s, commas[i + 1] + 1, s.len))) {
            out[n++] = middle_clause(s, commas[i], commas[i + 1]);
        }
    }
    if (n_commas > 0 && n < MAX_CLAUSES && commas[n_commas - 1] < tail &&
        may_go(span_slice(s, commas[n_commas - 1] + 1, tail), ADDS, n_adds, CLAUSE_WORDS)) {
        out[n++] = (clause){commas[n_commas - 1], tail};
    }
    if (n_commas > 0 && n < MAX_CLAUSES && !goes_on(span_slice(s, commas[0] + 1, s.len)) &&
        may_go(span_slice(s, 0, commas[0]), OPENS, sizeof(OPENS) / sizeof(OPENS[0]),
               OPENING_WORDS)) {
        out[n++] = (clause){0, skip_blanks(s, commas[0] + 1)};
    }
    return n;
}

/* What is left without the clauses of `mask`. False: they overlap, or too little is left. */
static bool make_form(span s, size_t start, const clause *clauses, size_t n, unsigned mask,
                      summary_form *out)
{
    size_t at = start;
    *out = (summary_form){0};
    while (at < s.len) {
        size_t next = s.len;
        size_t end = s.len;
        for (size_t i = 0; i < n; i++) {
            if ((mask >> i & 1) != 0 && clauses[i].end > at && clauses[i].start < next) {
                next = clauses[i].start;
                end = clauses[i].end;
            }
        }
        if (next < at || out->n_runs == SUMMARY_FORM_RUNS) {
            if (next < at && at == start) {
                at = end; /* what opens the sentence */
                continue;
            }
            return false;
        }
        if (next > at) {
            out->runs[out->n_runs] = span_slice(s, at, next);
            out->n_words += document_count_words(out->runs[out->n_runs++]);
        }
        at = end;
    }
    return out->n_words >= FORM_WORDS || mask == 0;
}

static unsigned count_bits(unsigned mask)
{
    return (unsigned)__builtin_popcount(mask);
}

size_t summary_find_forms(span sentence, summary_form out[SUMMARY_MAX_FORMS])
{
    clause clauses[MAX_CLAUSES];
    const bool is_sentence = sentence.len <= SENTENCE_BYTES;
    const size_t n = is_sentence ? find_clauses(sentence, clauses) : 0;
    const size_t start = is_sentence ? connective_end(sentence) : 0;
    size_t n_forms = 0;
    for (unsigned dropped = 0; dropped <= MAX_DROPPED; dropped++) {
        for (unsigned mask = 0; mask < 1u << n && n_forms < SUMMARY_MAX_FORMS; mask++) {
            if (count_bits(mask) == dropped &&
                make_form(sentence, start, clauses, n, mask, &out[n_forms])) {
                n_forms++;
            }
        }
    }
    return n_forms;
}

/* A, É: the capital of the first letter, where it is a Latin one. */
static void raise_first(char *text, size_t len)
{
    if (len > 0 && text[0] >= 'a' && text[0] <= 'z') {
        text[0] = (char)(text[0] - 32);
    } else if (len > 1 && text[0] == '\xC3' && (unsigned char)text[1] >= 0xA0 &&
               (unsigned char)text[1] != 0xB7 && (unsigned char)text[1] != 0xBF) {
        text[1] = (char)(text[1] - 32);
    }
}

bool summary_append_form(buffer *b, const summary_form *form)
{
    const size_t start = b->len;
    bool space = false;
    bool ok = true;
    for (size_t i = 0; i < form->n_runs; i++) {
        for (size_t k = 0; k < form->runs[i].len && ok; k++) {
            const char c = form->runs[i].ptr[k];
            if (is_blank(c)) {
                space = b->len > start;
                continue;
            }
            ok = (!space || buffer_append_byte(b, ' ')) && buffer_append_byte(b, c);
            space = false;
        }
    }
    if (ok) {
        raise_first(b->ptr + start, b->len - start);
    }
    return ok;
}
