/*
 * summary_actions.c - what a text asks or promises, with person and deadline.
 *
 * Extraction only: a sentence is an action when it holds one of the patterns below, it is cited as
 * it stands, and person and deadline are words of the text. Nothing is written by a model, so
 * nothing can be invented. Articles are read strictly: their "must" is rarely the reader's.
 */
#include "base/error.h"
#include "feature/summarize/summary.h"
#include "feature/summarize/summary_papers.h"

enum { ACTION_MAX_WORDS = 40, NAME_BYTES = 128 };

typedef enum actor { ACTOR_NONE, ACTOR_YOU, ACTOR_SPEAKER, ACTOR_SUBJECT } actor;

typedef struct pattern {
    const char *phrase;
    actor actor;
} pattern;

/* Anywhere in a sentence. */
static const pattern REQUESTS[] = {
    {"please", ACTOR_YOU},
    {"pls", ACTOR_YOU},
    {"kindly", ACTOR_YOU},
    {"could you", ACTOR_YOU},
    {"can you", ACTOR_YOU},
    {"would you", ACTOR_YOU},
    {"will you", ACTOR_YOU},
    {"need you to", ACTOR_YOU},
    {"want you to", ACTOR_YOU},
    {"like you to", ACTOR_YOU},
    {"you need to", ACTOR_YOU},
    {"you should", ACTOR_YOU},
    {"you must", ACTOR_YOU},
    {"you have to", ACTOR_YOU},
    {"you'll need to", ACTOR_YOU},
    {"make sure", ACTOR_YOU},
    {"be sure to", ACTOR_YOU},
    {"don't forget", ACTOR_YOU},
    {"do not forget", ACTOR_YOU},
    {"remember to", ACTOR_YOU},
    {"let me know", ACTOR_YOU},
    {"send me", ACTOR_YOU},
    {"i need the", ACTOR_YOU},
    {"i'd need", ACTOR_YOU},
    {"merci de", ACTOR_YOU},
    {"merci d'*", ACTOR_YOU},
    {"veuillez", ACTOR_YOU},
    {"pourriez vous", ACTOR_YOU},
    {"pouvez vous", ACTOR_YOU},
    {"peux tu", ACTOR_YOU},
    {"pourrais tu", ACTOR_YOU},
    {"vous devez", ACTOR_YOU},
    {"tu dois", ACTOR_YOU},
    {"vous devrez", ACTOR_YOU},
    {"tu devras", ACTOR_YOU},
    {"n'oublie*", ACTOR_YOU},
    {"pense a", ACTOR_YOU},
    {"pensez a", ACTOR_YOU},
    {"priere de", ACTOR_YOU},
    {"s'il vous plait", ACTOR_YOU},
    {"s'il te plait", ACTOR_YOU},
    {"stp", ACTOR_YOU},
    {"svp", ACTOR_YOU},
    {"je vous demande", ACTOR_YOU},
    {"je te demande", ACTOR_YOU},
    {"je vous prie de", ACTOR_YOU},
    {"j'ai besoin", ACTOR_YOU},
    {"il me faut", ACTOR_YOU},
    {"il me faudrait", ACTOR_YOU},
    {"j'aurais besoin", ACTOR_YOU},
    /* Bills, forms, and the tasks of calendars. */
    {"a faire pour", ACTOR_NONE},
    {"to do by", ACTOR_NONE},
    {"a regler avant", ACTOR_NONE},
    {"a payer avant", ACTOR_NONE},
    {"a rendre avant", ACTOR_NONE},
    {"a renvoyer avant", ACTOR_NONE},
    {"a retourner avant", ACTOR_NONE},
    {"payment is due", ACTOR_NONE},
    {"payable by", ACTOR_NONE},
    {"payable before", ACTOR_NONE},
};

/* Mails, dialogues and lists only. */
static const pattern DUTIES[] = {
    {"il faut", ACTOR_NONE},           {"il faudra", ACTOR_NONE},
    {"il faudrait", ACTOR_NONE},       {"nous devons", ACTOR_NONE},
    {"on doit", ACTOR_NONE},           {"we need to", ACTOR_NONE},
    {"we must", ACTOR_NONE},           {"we have to", ACTOR_NONE},

    {"il reste a", ACTOR_NONE},        {"todo", ACTOR_NONE},
    {"needs to", ACTOR_SUBJECT},       {"has to", ACTOR_SUBJECT},
    {"must", ACTOR_SUBJECT},           {"is to", ACTOR_SUBJECT},
    {"doit", ACTOR_SUBJECT},           {"devra", ACTOR_SUBJECT},
    {"s'occupe de", ACTOR_SUBJECT},    {"s'en occupe", ACTOR_SUBJECT},
    {"se charge de", ACTOR_SUBJECT},   {"s'en charge", ACTOR_SUBJECT},
    {"will", ACTOR_SUBJECT},           {"to", ACTOR_SUBJECT},
    {"se chargera de", ACTOR_SUBJECT}, {"s'occupera de", ACTOR_SUBJECT},
};

static const pattern PROMISES[] = {
    {"i will", ACTOR_SPEAKER},
    {"i'll", ACTOR_SPEAKER},
    {"i am going to", ACTOR_SPEAKER},
    {"i'm going to", ACTOR_SPEAKER},
    {"i shall", ACTOR_SPEAKER},
    {"we will", ACTOR_NONE},
    {"we'll", ACTOR_NONE},
    {"je vais", ACTOR_SPEAKER},
    {"je m'occupe*", ACTOR_SPEAKER},
    {"je me charge", ACTOR_SPEAKER},
    {"je m'en occupe", ACTOR_SPEAKER},
    {"je m'en charge", ACTOR_SPEAKER},
    {"je vous envoie", ACTOR_SPEAKER},
    {"je t'envoie", ACTOR_SPEAKER},
    {"je te rappelle", ACTOR_SPEAKER},
    {"je vous rappelle", ACTOR_SPEAKER},
    {"nous allons", ACTOR_NONE},
};

/* Not asked of anybody: forms of courtesy and rhetorical questions. */
static const char *const COURTESY[] = {
    "any questions",     "any question",      "not hesitate",
    "don't hesitate",    "n'hesite*",         "feel free",
    "merci d'avance",    "please find",       "veuillez trouver",
    "veuillez agreer",   "veuillez recevoir", "please note",
    "please accept",     "please contact",    "can you believe",
    "can you imagine",   "unsubscribe",       "please disregard",
    "merci d'avoir",     "merci de votre",    "merci de ta",
    "further questions", "need anything",     "merci de m'avoir",
    "have a question",   "merci d'etre",      "pardon",
    "yes please",        "need any more",     "further information",
};

/* Verbs that, opening a sentence, ask for something. */
static const char *const IMPERATIVES[] = {
    "send",      "call",      "review",    "check",      "confirm",  "update",    "prepare",
    "book",      "sign",      "forward",   "reply",      "schedule", "fix",       "complete",
    "submit",    "pay",       "print",     "bring",      "buy",      "join",      "finish",
    "write",     "contact",   "read",      "return",     "fill",     "add",       "remove",
    "verify",    "email",     "upload",    "download",   "register", "organize",  "arrange",
    "order",     "cancel",    "invite",    "ask",        "tell",     "give",      "get",
    "put",       "take",      "set",       "make",       "keep",     "circulate", "draft",
    "approve",   "envoyez",   "envoie",    "appelez",    "appelle",  "verifiez",  "verifie",
    "confirmez", "confirme",  "preparez",  "prepare",    "reservez", "reserve",   "signez",
    "signe",     "repondez",  "reponds",   "payez",      "paie",     "imprimez",  "imprime",
    "apportez",  "apporte",   "achetez",   "achete",     "relisez",  "relis",     "transmettez",
    "transmets", "contactez", "contacte",  "remplissez", "remplis",  "ajoutez",   "ajoute",
    "inscrivez", "organisez", "commandez", "commande",   "annulez",  "annule",    "prevenez",
    "previens",  "rappelez",  "rappelle",  "mettez",     "mets",     "prenez",    "prends",
    "faites",    "fais",      "donnez",    "donne",      "rendez",   "rends",     "completez",
    "retournez", "renvoyez",  "renvoie",
};

/* Infinitives of notes and minutes: "Envoyer le compte rendu". Only in lists. */
static const char *const INFINITIVES[] = {
    "envoyer",   "appeler", "verifier", "confirmer", "preparer",  "reserver", "signer",
    "repondre",  "payer",   "imprimer", "apporter",  "acheter",   "relire",   "transmettre",
    "contacter", "remplir", "ajouter",  "organiser", "commander", "annuler",  "prevenir",
    "rappeler",  "mettre",  "prendre",  "rediger",   "finaliser", "valider",  "planifier",
    "corriger",  "faire",   "rendre",   "confier",   "reporter",  "demander", "relancer",
    "publier",   "reparer", "inviter",  "terminer",  "mesurer",   "choisir",  "remplacer",
};

/* After "will" or "je vais": states, not deeds. */
static const char *const STATES[] = {
    "be",  "have", "not",  "never",  "probably", "see",    "bien", "etre",   "avoir", "mieux",
    "mal", "like", "love", "always", "need",     "depend", "know", "happen", "take"};

typedef struct action {
    actor actor;
    size_t at; /* the first word of the pattern */
} action;

static bool is_courtesy(const summary_words *w)
{
    for (size_t i = 0; i < w->count; i++) {
        if (SUMMARY_MATCHES(w, i, COURTESY) > 0) {
            return true;
        }
    }
    return false;
}

/* The first word after the speaker of a turn, an address ("Anna,") and joining words. */
static size_t first_word(const summary_words *w, size_t from)
{
    static const char *const JOINTS[] = {"and",   "then",  "also", "so",     "ok",
                                         "okay",  "et",    "puis", "alors",  "donc",
                                         "enfin", "first", "next", "finally"};
    size_t i = from;
    if (i + 1 < w->count && w->words[i].capital && w->words[i + 1].comma_before &&
        SUMMARY_MATCHES(w, i, IMPERATIVES) == 0) {
        i++;
    }
    while (i < w->count && SUMMARY_MATCHES(w, i, JOINTS) > 0) {
        i++;
    }
    return i;
}

static bool find_pattern(const summary_words *w, size_t from, const pattern *patterns, size_t n,
                         action *out)
{
    for (size_t i = from; i < w->count; i++) {
        for (size_t k = 0; k < n; k++) {
            const size_t len = summary_match(w, i, patterns[k].phrase);
            /* "He called to make sure": told, not asked. */
            const bool told = i > from && (summary_match(w, i - 1, "to") > 0 ||
                                           summary_match(w, i - 1, "who") > 0);
            const size_t next =
                i + len + (summary_match(w, i + len, "also") + summary_match(w, i + len, "aussi"));
            if (len > 0 && !told && next < w->count && SUMMARY_MATCHES(w, next, STATES) == 0) {
                *out = (action){.actor = patterns[k].actor, .at = i};
                return true;
            }
        }
    }
    return false;
}

/* "j'enverrai", "je vous rappellerai": the first person's future. */
static bool is_french_future(const summary_words *w, size_t i)
{
    const span form = w->words[i].form;
    const bool future = form.len > 5 && span_ends_with(form, SPAN("rai"));
    if (!future || span_ends_with(form, SPAN("serai")) || span_ends_with(form, SPAN("aurai"))) {
        return false;
    }
    if (span_starts_with(form, SPAN("j'"))) {
        return true;
    }
    for (size_t back = 1; back <= 2 && back <= i; back++) {
        if (summary_match(w, i - back, "je") > 0) {
            return true;
        }
    }
    return false;
}

static bool find_promise(const summary_words *w, size_t from, action *out)
{
    for (size_t i = from; i < w->count; i++) {
        if (is_french_future(w, i)) {
            *out = (action){.actor = ACTOR_SPEAKER, .at = i};
            return true;
        }
        for (size_t k = 0; k < sizeof(PROMISES) / sizeof(PROMISES[0]); k++) {
            const size_t len = summary_match(w, i, PROMISES[k].phrase);
            if (len > 0 && SUMMARY_MATCHES(w, i + len, STATES) == 0) {
                *out = (action){.actor = PROMISES[k].actor, .at = i};
                return true;
            }
        }
    }
    return false;
}

/* "Marc will send", "Anna to prepare": the word before is a name. */
static bool has_named_subject(const summary_words *w, const action *a, size_t from)
{
    if (a->at == from || !w->words[a->at - 1].capital) {
        return false;
    }
    const span form = w->words[a->at - 1].form;
    return form.len > 1 && !evidence_is_common_word(form) &&
           (a->at + 1 >= w->count || !w->words[a->at + 1].capital);
}

static bool find_duty(const summary_words *w, size_t from, action *out)
{
    for (size_t start = from; start < w->count;) {
        action a = {0};
        if (!find_pattern(w, start, DUTIES, sizeof(DUTIES) / sizeof(DUTIES[0]), &a)) {
            return false;
        }
        const bool named = has_named_subject(w, &a, from);
        const bool weak = summary_match(w, a.at, "to") > 0 || summary_match(w, a.at, "will") > 0;
        const bool opens = !weak || a.at - from <= 2;
        if (a.actor == ACTOR_NONE || (named && opens)) {
            *out = a;
            return true;
        }
        start = a.at + 1;
    }
    return false;
}

/* The mark of a task list before a sentence: ' ' open, 'x' done, 0 none. */
static char task_mark(const summary_job *job, size_t i_sentence)
{
    const document_sentence *const s = &job->source->sentences[i_sentence];
    const document_segment *const segment = &job->source->segments[s->segment];
    const span text = job->source->text;
    for (size_t i = segment->start; i + 2 < text.len && i <= s->start; i++) {
        if (text.ptr[i] == '[' && text.ptr[i + 2] == ']') {
            return (char)(text.ptr[i + 1] == 'X' ? 'x' : text.ptr[i + 1]);
        }
    }
    return 0;
}

/* "Marc rédige le règlement avant vendredi", "I collect them on Friday": a list entry, or a sentence
 * of a mail or dialogue in the first person, that says who does what by when. */
static bool find_dated(const summary_words *w, size_t from, bool in_list, bool marked, action *out)
{
    const bool own = summary_match(w, from, "je") > 0 || summary_match(w, from, "i can") > 0 ||
                     summary_match(w, from, "i could") > 0 || summary_match(w, from, "je peux") > 0;
    if (from + 2 >= w->count) {
        return false;
    }
    if (own && SUMMARY_MATCHES(w, from + 1, STATES) == 0 &&
        (in_list || !summary_match(w, from, "je"))) {
        *out = (action){.actor = ACTOR_SPEAKER, .at = from};
        return true;
    }
    const bool everyone = summary_match(w, from, "chacun*") > 0 ||
                          summary_match(w, from, "everyone") > 0 ||
                          summary_match(w, from, "everybody") > 0;
    const bool named = everyone || (w->words[from].capital && w->words[from].form.len > 2 &&
                                    !evidence_is_common_word(w->words[from].form));
    size_t verb = from + 1;
    while (named && verb + 1 < w->count && w->words[verb].capital) {
        verb++;
    }
    if (!named || !in_list || !marked || verb > from + 3 ||
        (evidence_is_function_word(w->words[verb].form) && !everyone)) {
        return false;
    }
    *out = (action){.actor = ACTOR_SUBJECT, .at = verb};
    return true;
}

/* The day from which "tomorrow" is counted. */
bool summary_writing_day(const summary_job *job, summary_day *out)
{
    if (job->options->now != NULL) {
        return summary_read_day(span_from_string(job->options->now), out);
    }
    return summary_read_day(summary_header(job, "Date", "Date"), out);
}

/* The same for the message of a thread. */
static bool find_base(const summary_job *job, size_t i_sentence, summary_day *out)
{
    const span date = summary_header_of(job, i_sentence, "Date", "Date");
    return job->options->now == NULL && date.len > 0 ? summary_read_day(date, out)
                                                     : summary_writing_day(job, out);
}

static bool read_deadline(const summary_job *job, size_t i_sentence, span sentence, size_t from,
                          buffer *out, bool *out_marked)
{
    summary_day base;
    const bool has_base = find_base(job, i_sentence, &base);
    return summary_find_deadline(sentence, from, has_base ? &base : NULL, summary_is_french(job),
                                 out, out_marked);
}

/* As find_dated, for a sentence that has a date; open entries of a task list need none. */
static bool find_dated_action(const summary_job *job, const summary_words *w, size_t i_sentence,
                              size_t from, action *out)
{
    const bool in_list = summary_sentence_kind(job, i_sentence) == SEGMENT_LIST_ITEM;
    const bool open_task = task_mark(job, i_sentence) == ' ';
    bool marked = false;
    buffer deadline;
    if (job->source->genre == DOCUMENT_ARTICLE && !in_list) {
        return false;
    }
    buffer_init(&deadline, NAME_BYTES);
    const bool dated = read_deadline(job, i_sentence, summary_sentence_text(job, i_sentence), 0,
                                     &deadline, &marked);
    buffer_deinit(&deadline);
    /* "pour le 15 avril" is a limit in a list. */
    const bool limit = marked || (dated && in_list);
    return (dated || open_task) && find_dated(w, from, in_list, limit || open_task, out);
}

/* "Hugo tu peux acheter le gaz ?": a question of a mail or dialogue without inversion. */
static bool find_plain_question(const summary_words *w, size_t from, span sentence, action *out)
{
    static const pattern QUESTIONS[] = {{"tu peux", ACTOR_YOU},
                                        {"tu pourrais", ACTOR_YOU},
                                        {"vous pouvez", ACTOR_YOU},
                                        {"vous pourriez", ACTOR_YOU}};
    return memchr(sentence.ptr, '?', sentence.len) != NULL &&
           find_pattern(w, from, QUESTIONS, sizeof(QUESTIONS) / sizeof(QUESTIONS[0]), out);
}

/* Whether the sentence asks or promises something; where and of whom. */
/* A promise of a French dialogue that only the rules for turns know: "je t'appelle lundi". */
static bool find_told(const summary_job *job, const summary_words *w, size_t from, span sentence,
                      action *out)
{
    if (job->source->genre != DOCUMENT_DIALOGUE || !summary_is_french(job) ||
        !summary_is_promise(span_slice(sentence, w->words[from].start, sentence.len))) {
        return false;
    }
    *out = (action){.actor = ACTOR_SPEAKER, .at = from};
    return true;
}

/* "Yannick Le Goff enverra les factures": a name that opens the sentence, then a future. */
static bool find_named_future(const summary_words *w, size_t from, action *out)
{
    const size_t verb = from + summary_name_words(w, from);
    if (verb == from || verb >= w->count || !summary_is_future(w->words[verb].form)) {
        return false;
    }
    *out = (action){.actor = ACTOR_SUBJECT, .at = verb};
    return true;
}

static bool find_action(const summary_job *job, const summary_words *w, size_t from,
                        segment_kind kind, span sentence, bool agreed, action *out)
{
    const bool strict = job->source->genre == DOCUMENT_ARTICLE && !agreed;
    const size_t first = first_word(w, from);
    if (first >= w->count || is_courtesy(w)) {
        return false;
    }
    if (SUMMARY_MATCHES(w, first, IMPERATIVES) > 0 && w->count - first >= 3 &&
        (!strict || kind == SEGMENT_LIST_ITEM)) {
        *out = (action){.actor = ACTOR_YOU, .at = first};
        return true;
    }
    if (kind == SEGMENT_LIST_ITEM && SUMMARY_MATCHES(w, first, INFINITIVES) > 0) {
        *out = (action){.actor = ACTOR_NONE, .at = first};
        return true;
    }
    if (find_pattern(w, from, REQUESTS, sizeof(REQUESTS) / sizeof(REQUESTS[0]), out)) {
        return true;
    }
    if (strict && kind != SEGMENT_LIST_ITEM) {
        return false;
    }
    return find_promise(w, from, out) || find_duty(w, from, out) ||
           find_plain_question(w, from, sentence, out) || find_told(job, w, from, sentence, out) ||
           (agreed && find_named_future(w, from, out));
}

/* "Anna Lee <anna@example.com>, ..." -> Anna Lee, when it is the only address. */
static span display_name(span value)
{
    if (value.ptr == NULL || memchr(value.ptr, ',', value.len) != NULL ||
        memchr(value.ptr, ';', value.len) != NULL) {
        return span_from(NULL, 0);
    }
    const span name = summary_display_name(value);
    return memchr(name.ptr, '@', name.len) != NULL ? span_from(NULL, 0) : name;
}

/* The first run of words with a capital in a line: "Hi Anna," -> Anna. */
static span name_in_line(span text)
{
    static const char *const OPENERS[] = {
        "hi",        "hello",     "dear",   "hey",         "bonjour",  "bonsoir",      "salut",
        "cher",      "chere",     "all",    "team",        "everyone", "tous",         "toutes",
        "madame",    "monsieur",  "thanks", "regards",     "best",     "cordialement", "cheers",
        "merci",     "sincerely", "a",      "amicalement", "bien",     "chers",        "good",
        "morning",   "afternoon", "folks",  "there",       "cdt",      "thank",        "kind",
        "messieurs", "mesdames"};
    summary_words w;
    span name = {0};
    if (summary_split_words(&w, text)) {
        size_t n = 0;
        for (size_t i = 0; i < w.count; i++) {
            if (w.words[i].capital && SUMMARY_MATCHES(&w, i, OPENERS) == 0) {
                name = n == 0 ? span_slice(text, w.words[i].start, w.words[i].end)
                              : span_slice(text, (size_t)(name.ptr - text.ptr), w.words[i].end);
                n++;
            } else if (n > 0 && summary_match(&w, i, "and") == 0 &&
                       summary_match(&w, i, "et") == 0) {
                break;
            }
        }
        name = n > 3 ? span_from(NULL, 0) : name;
    }
    summary_words_deinit(&w);
    return name;
}

/* The first line of a segment that holds a name. */
static span name_in(const summary_job *job, const document_segment *s)
{
    for (size_t start = s->start; start < s->end;) {
        const char *const at = job->source->text.ptr;
        const char *const newline = memchr(at + start, '\n', s->end - start);
        const size_t end = newline != NULL ? (size_t)(newline - at) : s->end;
        const span name = name_in_line(span_from(at + start, end - start));
        if (name.len > 0) {
            return name;
        }
        start = end + 1;
    }
    return span_from(NULL, 0);
}

/* In the message of the sentence. */
static span segment_name(const summary_job *job, size_t i_sentence, segment_kind kind, bool last)
{
    span name = {0};
    size_t from = 0;
    size_t to = 0;
    summary_message_of(job, i_sentence, &from, &to);
    for (size_t i = from; i < to; i++) {
        const document_segment *const s = &job->source->segments[i];
        if (s->kind == kind && s->depth == 0) {
            const span found = name_in(job, s);
            if (found.len > 0) {
                name = found;
                if (!last) {
                    break;
                }
            }
        }
    }
    return name;
}

/* In a dialogue of two: the other one. */
static span other_speaker(const summary_job *job, span speaker)
{
    span other = {0};
    for (size_t i = 0; i < job->source->n_segments; i++) {
        const document_segment *const s = &job->source->segments[i];
        const span name = span_slice(job->source->text, s->name_start, s->name_end);
        if (s->kind != SEGMENT_TURN || name.len == 0 || span_equal(name, speaker) ||
            span_equal(name, other)) {
            continue;
        }
        if (other.len > 0) {
            return span_from(NULL, 0);
        }
        other = name;
    }
    return other;
}

static span speaker_of(const summary_job *job, size_t i_sentence)
{
    if (job->source->genre == DOCUMENT_DIALOGUE) {
        return summary_turn_speaker(job, i_sentence);
    }
    const span from = display_name(summary_header_of(job, i_sentence, "From", "De"));
    return from.len > 0 ? from : segment_name(job, i_sentence, SEGMENT_SIGNATURE, true);
}

static span addressee_of(const summary_job *job, size_t i_sentence)
{
    if (job->source->genre == DOCUMENT_DIALOGUE) {
        return other_speaker(job, summary_turn_speaker(job, i_sentence));
    }
    const span to = display_name(summary_header_of(job, i_sentence, "To", "\xC3\x80"));
    return to.len > 0 ? to : segment_name(job, i_sentence, SEGMENT_GREETING, false);
}

/* "Anna, could you": a word with a capital before the first comma, when it opens the sentence. */
static span vocative(const summary_words *w, span sentence, size_t from)
{
    if (from + 1 < w->count && w->words[from].capital && w->words[from + 1].comma_before &&
        !evidence_is_common_word(w->words[from].form) && w->words[from].form.len > 2) {
        if (SUMMARY_MATCHES(w, from, IMPERATIVES) == 0) {
            return span_slice(sentence, w->words[from].start, w->words[from].end);
        }
    }
    return span_from(NULL, 0);
}

/* "Pourrais-tu, Leïla, commander": a name between two commas. */
static span vocative_inside(const summary_words *w, span sentence, size_t i)
{
    if (i + 1 < w->count && w->words[i].comma_before && w->words[i].capital &&
        w->words[i + 1].comma_before && !evidence_is_common_word(w->words[i].form)) {
        return span_slice(sentence, w->words[i].start, w->words[i].end);
    }
    return span_from(NULL, 0);
}

/* "Can you clear the logs, Sam?", "Lena please tell": the first or last word is one who takes part
 * in the dialogue. */
static span named_speaker(const summary_job *job, const summary_words *w, span sentence,
                          size_t from)
{
    if (job->source->genre != DOCUMENT_DIALOGUE || from >= w->count) {
        return span_from(NULL, 0);
    }
    const size_t places[] = {from, w->count - 1};
    for (size_t p = 0; p < 2; p++) {
        const summary_word *const word = &w->words[places[p]];
        const span called = span_slice(sentence, word->start, word->end);
        for (size_t i = 0; i < job->source->n_segments; i++) {
            const document_segment *const s = &job->source->segments[i];
            if (s->kind == SEGMENT_TURN &&
                span_equal(called, span_slice(job->source->text, s->name_start, s->name_end))) {
                return called;
            }
        }
    }
    return span_from(NULL, 0);
}

/* "Il faudrait que Sophie confirme". */
static span person_of_duty(const summary_words *w, const action *a, span sentence)
{
    const size_t que = a->at + 2;
    const bool named = que + 2 < w->count && summary_match(w, a->at, "il") > 0 &&
                       summary_match(w, que, "que") > 0 && w->words[que + 1].capital &&
                       !evidence_is_common_word(w->words[que + 1].form);
    return named ? span_slice(sentence, w->words[que + 1].start, w->words[que + 1].end)
                 : span_from(NULL, 0);
}

/* "M.", "Dr": before a name. */
static bool is_title(const summary_words *w, size_t i)
{
    static const char *const TITLES[] = {"m", "mme", "mr*", "ms", "dr"};
    return SUMMARY_MATCHES(w, i, TITLES) > 0;
}

/* The name before the pattern: words with capitals, with the title before it; "Le" only inside one,
 * as in "Yannick Le Goff". */
static span subject(const summary_words *w, const action *a, span sentence, size_t from)
{
    const size_t last = a->at - 1;
    size_t first = last;
    while (first > from && last - first + 1 < SUMMARY_NAME_WORDS && w->words[first - 1].capital &&
           !w->words[first].comma_before &&
           (is_title(w, first - 1) || !evidence_is_function_word(w->words[first - 1].form) ||
            (first > from + 1 && w->words[first - 2].capital &&
             !evidence_is_function_word(w->words[first - 2].form)))) {
        first--;
    }
    return span_slice(sentence, w->words[first].start, w->words[last].end);
}

/* "Can you both", "pouvez-vous tous": no single person. */
static bool asks_several(const summary_words *w, size_t at)
{
    static const char *const SEVERAL[] = {"both", "all", "tous", "toutes"};
    return SUMMARY_MATCHES(w, at + 2, SEVERAL) > 0;
}

static span find_person(const summary_job *job, size_t i_sentence, const summary_words *w,
                        const action *a, size_t from)
{
    const span sentence = summary_sentence_text(job, i_sentence);
    span called = vocative(w, sentence, from);
    for (size_t i = a->at + 1; called.len == 0 && i <= a->at + 3; i++) {
        called = vocative_inside(w, sentence, i);
    }
    switch (a->actor) {
    case ACTOR_YOU:
        if (asks_several(w, a->at)) {
            return span_from(NULL, 0);
        }
        if (called.len == 0) {
            called = named_speaker(job, w, sentence, from);
        }
        return called.len > 0 ? called : addressee_of(job, i_sentence);
    case ACTOR_SPEAKER:
        return speaker_of(job, i_sentence);
    case ACTOR_SUBJECT:
        return subject(w, a, sentence, from);
    case ACTOR_NONE:
        return person_of_duty(w, a, sentence);
    }
    return span_from(NULL, 0);
}

/* Word index where the sentence's own words begin: after the speaker of a turn. */
static size_t body_word(const summary_job *job, size_t i_sentence, const summary_words *w)
{
    const document_sentence *const s = &job->source->sentences[i_sentence];
    const document_segment *const segment = &job->source->segments[s->segment];
    size_t i = 0;
    while (i < w->count && s->start + w->words[i].start < segment->body) {
        i++;
    }
    return i;
}

static int add_action(summary_job *job, size_t i_sentence, const summary_words *w, const action *a,
                      size_t from)
{
    const span sentence = summary_sentence_text(job, i_sentence);
    const span person = find_person(job, i_sentence, w, a, from);
    bool marked = false;
    buffer deadline;
    buffer_init(&deadline, NAME_BYTES);
    const bool has_deadline =
        read_deadline(job, i_sentence, sentence, w->words[a->at].start, &deadline, &marked);
    summary_draft like = {.prefix = summary_sentence_speaker(job, i_sentence)};
    like.deadline = has_deadline ? buffer_string(&deadline) : NULL;
    like.person =
        person.len > 0 && person.len < NAME_BYTES ? arena_copy(&job->scratch, person) : NULL;
    bool added = false;
    const size_t limit =
        job->words_left < ACTION_MAX_WORDS ? job->words_left : (size_t)ACTION_MAX_WORDS;
    /* In a very long sentence the words that ask come first. */
    const size_t start = a->at >= limit ? w->words[a->at].start : 0;
    const int status =
        summary_add_cut(job, span_slice(sentence, start, sentence.len), limit, &like, &added);
    buffer_deinit(&deadline);
    return status;
}

/* `agreed`: the text is minutes, whose "will" is a duty. So is what stands after "Action:". */
static int add_if_action(summary_job *job, size_t i_sentence, const summary_words *w,
                         segment_kind kind, bool agreed)
{
    const span sentence = summary_sentence_text(job, i_sentence);
    const size_t start = body_word(job, i_sentence, w);
    const size_t from = summary_skip_task_label(w, start, sentence);
    const bool labelled = from > start && !is_courtesy(w);
    action a = {0};
    if (find_action(job, w, from, kind, sentence, agreed || labelled, &a) ||
        (!is_courtesy(w) && find_dated_action(job, w, i_sentence, from, &a))) {
        return add_action(job, i_sentence, w, &a, from);
    }
    if (!labelled) {
        return HUIS_OK;
    }
    const size_t named =
        SUMMARY_MATCHES(w, from, IMPERATIVES) > 0 ? 0 : summary_name_words(w, from);
    a.actor = named > 0 && from + named < w->count ? ACTOR_SUBJECT : ACTOR_NONE;
    a.at = a.actor == ACTOR_SUBJECT ? from + named : from;
    return add_action(job, i_sentence, w, &a, from);
}

int summary_find_actions(summary_job *job)
{
    const bool minutes =
        job->source->genre == DOCUMENT_ARTICLE && summary_find_paper(job->source) == PAPER_MINUTES;
    for (size_t i = 0; i < job->source->n_sentences && job->words_left > 0; i++) {
        const segment_kind kind = summary_sentence_kind(job, i);
        summary_words w;
        int status = HUIS_OK;
        if (kind == SEGMENT_QUOTE || kind == SEGMENT_CODE || kind == SEGMENT_HEADER ||
            task_mark(job, i) == 'x') {
            continue;
        }
        if (!summary_split_words(&w, summary_sentence_text(job, i))) {
            status = summary_no_memory(job);
        } else {
            status = add_if_action(job, i, &w, kind, minutes);
        }
        summary_words_deinit(&w);
        RETURN_IF_ERROR(status);
    }
    return HUIS_OK;
}
