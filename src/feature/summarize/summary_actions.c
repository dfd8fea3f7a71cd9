/*
 * summary_actions.c - what a text asks or promises, with person and deadline.
 *
 * Extraction only: a sentence is an action when it holds one of the patterns below, it is cited as
 * it stands, and person and deadline are words of the text. Nothing is written by a model, so
 * nothing can be invented. Articles are read strictly: their "must" is rarely the reader's.
 */
#include "feature/summarize/summary_actions.h"
#include "base/error.h"
#include "feature/summarize/summary_papers.h"

enum { ACTION_MAX_WORDS = 40, NAME_BYTES = 128 };

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

/* After "je", in a chat: somebody who takes a thing on, whatever the tense says. */
static const char *const DEEDS[] = {
    "commande", "previens", "prevois",   "reserve", "amene",    "apporte",  "ramene",    "envoie",
    "appelle",  "rappelle", "prepare",   "achete",  "imprime",  "relance",  "verifie",   "confirme",
    "organise", "paie",     "regle",     "depose",  "recupere", "contacte", "transmets", "termine",
    "reponds",  "avance",   "rembourse", "invite",  "annule",   "redige",   "m'occupe"};

/* Where a sentence stands: minutes agree on what is said with "will", a section on next steps plans
 * all that it says of people. */
typedef enum setting { SETTING_NONE, SETTING_AGREED, SETTING_PLANNED } setting;

bool summary_is_imperative(const summary_words *w, size_t i)
{
    return SUMMARY_MATCHES(w, i, IMPERATIVES) > 0;
}

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
        !summary_is_imperative(w, i)) {
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
    static const char *const OFFERS[] = {"i can", "i could", "je peux", "je pourrais"};
    const bool offers = SUMMARY_MATCHES(w, from, OFFERS) > 0;
    const bool own = offers || (in_list && summary_match(w, from, "je") > 0);
    if (from + 2 >= w->count) {
        return false;
    }
    if (own && SUMMARY_MATCHES(w, from + (offers ? 2 : 1), STATES) == 0) {
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

/* When the message of a chat was written that holds byte `at`; empty: not known. */
static span time_at(const huis_summarize_options *options, uint64_t at)
{
    size_t low = 0;
    size_t high = options->times != NULL ? options->n_times : 0;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (options->times[middle].start <= at) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    const char *const when = low > 0 ? options->times[low - 1].when : NULL;
    return when != NULL ? span_from_string(when) : span_from(NULL, 0);
}

bool summary_message_day(const summary_job *job, size_t i_sentence, summary_day *out)
{
    const span header = summary_header_of(job, i_sentence, "Date", "Date");
    const span date =
        header.len > 0 ? header : time_at(job->options, job->source->sentences[i_sentence].start);
    return job->options->now == NULL && date.len > 0 ? summary_read_day(date, out)
                                                     : summary_writing_day(job, out);
}

static bool read_deadline(const summary_job *job, size_t i_sentence, span sentence, size_t from,
                          buffer *out, bool *out_marked)
{
    summary_day base;
    const bool has_base = summary_message_day(job, i_sentence, &base);
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

/* "je commande le gâteau", "je te fais un virement ce soir" in a chat. */
static bool find_deed(const summary_job *job, const summary_words *w, size_t from, action *out)
{
    static const char *const OBJECTS[] = {"te", "vous", "lui", "leur", "le", "la", "les"};
    if (job->source->genre != DOCUMENT_DIALOGUE) {
        return false;
    }
    for (size_t i = from; i + 2 < w->count; i++) {
        const bool object = SUMMARY_MATCHES(w, i + 1, OBJECTS) > 0;
        const size_t verb = i + 1 + object;
        const bool gives =
            object && (summary_match(w, verb, "fais") > 0 || summary_match(w, verb, "donne") > 0);
        if (summary_match(w, i, "je") > 0 && verb < w->count &&
            (gives || SUMMARY_MATCHES(w, verb, DEEDS) > 0)) {
            *out = (action){.actor = ACTOR_SPEAKER, .at = i};
            return true;
        }
    }
    return false;
}

/* "Pauline orders the brackets this week", under "Next steps": a name, then a word that is no
 * function word. */
static bool find_named_deed(const summary_words *w, size_t from, action *out)
{
    const size_t verb = from + summary_name_words(w, from);
    if (verb == from || verb + 1 >= w->count || w->words[verb].capital ||
        w->words[verb].comma_before || evidence_is_function_word(w->words[verb].form)) {
        return false;
    }
    *out = (action){.actor = ACTOR_SUBJECT, .at = verb};
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
                        segment_kind kind, span sentence, setting where, action *out)
{
    const bool strict = job->source->genre == DOCUMENT_ARTICLE && where == SETTING_NONE;
    const size_t first = first_word(w, from);
    if (first >= w->count || is_courtesy(w)) {
        return false;
    }
    if (summary_is_imperative(w, first) && w->count - first >= 3 &&
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
           find_deed(job, w, from, out) ||
           (where != SETTING_NONE && find_named_future(w, from, out)) ||
           (where == SETTING_PLANNED && find_named_deed(w, from, out));
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
    const span person = summary_find_person(job, i_sentence, w, a, from);
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

/* What stands after "Action:" is agreed on, too. */
static int add_if_action(summary_job *job, size_t i_sentence, const summary_words *w,
                         segment_kind kind, setting where)
{
    const span sentence = summary_sentence_text(job, i_sentence);
    const size_t start = body_word(job, i_sentence, w);
    const size_t from = summary_skip_task_label(w, start, sentence);
    const bool labelled = from > start && !is_courtesy(w);
    action a = {0};
    if (find_action(job, w, from, kind, sentence,
                    labelled && where == SETTING_NONE ? SETTING_AGREED : where, &a) ||
        (!is_courtesy(w) && find_dated_action(job, w, i_sentence, from, &a))) {
        return add_action(job, i_sentence, w, &a, from);
    }
    if (!labelled) {
        return HUIS_OK;
    }
    const size_t named = summary_is_imperative(w, from) ? 0 : summary_name_words(w, from);
    a.actor = named > 0 && from + named < w->count ? ACTOR_SUBJECT : ACTOR_NONE;
    a.at = a.actor == ACTOR_SUBJECT ? from + named : from;
    return add_action(job, i_sentence, w, &a, from);
}

/* Whether a heading says that what stands below is to be done. */
static bool plans(const summary_job *job, const document_segment *heading)
{
    static const char *const STEPS[] = {"next step*", "action*",         "to do",
                                        "todo",       "follow up*",      "prochaine* etape*",
                                        "a faire",    "suite* a donner", "et maintenant",
                                        "tasks",      "taches"};
    const span text = span_slice(job->source->text, heading->start, heading->end);
    return SUMMARY_TEXT_HOLDS(text, STEPS);
}

/* The setting of a sentence: `planned` by the last heading, or minutes. */
static setting setting_of(bool planned, bool minutes)
{
    return planned ? SETTING_PLANNED : minutes ? SETTING_AGREED : SETTING_NONE;
}

int summary_find_actions(summary_job *job)
{
    const bool minutes =
        job->source->genre == DOCUMENT_ARTICLE && summary_find_paper(job->source) == PAPER_MINUTES;
    bool planned = false;
    size_t segment = 0;
    for (size_t i = 0; i < job->source->n_sentences && job->words_left > 0; i++) {
        const segment_kind kind = summary_sentence_kind(job, i);
        summary_words w;
        int status = HUIS_OK;
        for (; segment < job->source->sentences[i].segment; segment++) {
            const document_segment *const s = &job->source->segments[segment];
            planned = s->kind == SEGMENT_HEADING ? plans(job, s) : planned;
        }
        if (kind == SEGMENT_QUOTE || kind == SEGMENT_CODE || kind == SEGMENT_HEADER ||
            task_mark(job, i) == 'x' || summary_is_answered(job, i)) {
            continue;
        }
        if (!summary_split_words(&w, summary_sentence_text(job, i))) {
            status = summary_no_memory(job);
        } else {
            status = add_if_action(job, i, &w, kind, setting_of(planned, minutes));
        }
        summary_words_deinit(&w);
        RETURN_IF_ERROR(status);
    }
    return HUIS_OK;
}
