/*
 * dialogue_french_verbs.c - forms of French verbs: the third person from the first and second, the
 * infinitive from the imperative.
 *
 * Irregular forms stand in a table, the rest follows from endings. What no ending tells surely is
 * refused: "tirez" may be present or future.
 */
#include <string.h>

#include "feature/summarize/dialogue_verbs.h"

typedef struct form_pair {
    const char *form, *to;
} form_pair;

static const form_pair THIRD[] = {
    {"suis", "est"},
    {"es", "est"},
    {"êtes", "est"},
    {"ai", "a"},
    {"as", "a"},
    {"avez", "a"},
    {"vais", "va"},
    {"vas", "va"},
    {"allez", "va"},
    {"fais", "fait"},
    {"faites", "fait"},
    {"sais", "sait"},
    {"savez", "sait"},
    {"dites", "dit"},
    {"devez", "doit"},
    {"pouvez", "peut"},
    {"puis", "peut"},
    {"voulez", "veut"},
    {"venez", "vient"},
    {"revenez", "revient"},
    {"tenez", "tient"},
    {"prenez", "prend"},
    {"comprenez", "comprend"},
    {"apprenez", "apprend"},
    {"mettez", "met"},
    {"voyez", "voit"},
    {"croyez", "croit"},
    {"connais", "connaît"},
    {"connaissez", "connaît"},
    {"finissez", "finit"},
    {"choisissez", "choisit"},
    {"attendez", "attend"},
    {"entendez", "entend"},
    {"descendez", "descend"},
    {"rendez", "rend"},
    {"vendez", "vend"},
    {"répondez", "répond"},
    {"perdez", "perd"},
    {"partez", "part"},
    {"sortez", "sort"},
    {"dormez", "dort"},
    {"servez", "sert"},
    {"sentez", "sent"},
    {"lisez", "lit"},
    {"écrivez", "écrit"},
    {"buvez", "boit"},
    {"recevez", "reçoit"},
    {"appelez", "appelle"},
    {"rappelez", "rappelle"},
    {"achetez", "achète"},
    {"préférez", "préfère"},
    {"espérez", "espère"},
    {"envoyez", "envoie"},
    {"payez", "paie"},
    {"essayez", "essaie"},
    {"amenez", "amène"},
    {"irez", "ira"},
    {"devrez", "devra"},
    {"aurez", "aura"},
    {"serez", "sera"},
    {"ferez", "fera"},
    {"plais", "plaît"},
};

/* "Envoyez", "Prends": who is told to do something, and the infinitive. */
static const form_pair IMPERATIVE[] = {
    {"envoyez", "envoyer"},
    {"envoie", "envoyer"},
    {"prenez", "prendre"},
    {"prends", "prendre"},
    {"mettez", "mettre"},
    {"mets", "mettre"},
    {"venez", "venir"},
    {"viens", "venir"},
    {"faites", "faire"},
    {"fais", "faire"},
    {"dites", "dire"},
    {"dis", "dire"},
    {"allez", "aller"},
    {"va", "aller"},
    {"attendez", "attendre"},
    {"attends", "attendre"},
    {"lisez", "lire"},
    {"lis", "lire"},
    {"remplissez", "remplir"},
    {"remplis", "remplir"},
    {"prévenez", "prévenir"},
    {"préviens", "prévenir"},
    {"appelle", "appeler"},
    {"appelez", "appeler"},
    {"rappelle", "rappeler"},
    {"rappelez", "rappeler"},
    {"achète", "acheter"},
    {"achetez", "acheter"},
    {"répondez", "répondre"},
    {"réponds", "répondre"},
    {"donne", "donner"},
    {"donnez", "donner"},
    {"apporte", "apporter"},
    {"apportez", "apporter"},
    {"regarde", "regarder"},
    {"regardez", "regarder"},
    {"laisse", "laisser"},
    {"laissez", "laisser"},
    {"montre", "montrer"},
    {"montrez", "montrer"},
    {"passe", "passer"},
    {"passez", "passer"},
    {"tourne", "tourner"},
    {"tournez", "tourner"},
    {"continuez", "continuer"},
    {"continue", "continuer"},
    {"traversez", "traverser"},
    {"traverse", "traverser"},
    {"signez", "signer"},
    {"signe", "signer"},
    {"vérifiez", "vérifier"},
    {"vérifie", "vérifier"},
    {"réservez", "réserver"},
    {"réserve", "réserver"},
    {"préparez", "préparer"},
    {"prépare", "préparer"},
    {"demandez", "demander"},
    {"demande", "demander"},
    {"oubliez", "oublier"},
    {"oublie", "oublier"},
    {"essayez", "essayer"},
    {"essaie", "essayer"},
    {"cherchez", "chercher"},
    {"cherche", "chercher"},
    {"fermez", "fermer"},
    {"ferme", "fermer"},
    {"ouvrez", "ouvrir"},
    {"ouvre", "ouvrir"},
    {"payez", "payer"},
    {"paie", "payer"},
    {"revenez", "revenir"},
    {"reviens", "revenir"},
    {"restez", "rester"},
    {"reste", "rester"},
    {"ajoutez", "ajouter"},
    {"ajoute", "ajouter"},
    {"commande", "commander"},
    {"commandez", "commander"},
    {"garde", "garder"},
    {"gardez", "garder"},
    {"contacte", "contacter"},
    {"contactez", "contacter"},
    {"écris", "écrire"},
    {"écrivez", "écrire"},
    {"allons", "aller"},
    {"prenons", "prendre"},
    {"faisons", "faire"},
    {"partons", "partir"},
    {"mangeons", "manger"},
    {"commençons", "commencer"},
    {"regardons", "regarder"},
    {"attendons", "attendre"},
    {"essayons", "essayer"},
    {"demandons", "demander"},
    {"achetons", "acheter"},
    {"appelons", "appeler"},
    {"sortons", "sortir"},
    {"commandons", "commander"},
    {"reportons", "reporter"},
    {"parlons", "parler"},
    {"voyons", ""},
    {"disons", "dire"},
};

/* Endings of "je", "tu" and "vous" forms, tried in order; `to` NULL: refused. */
static const form_pair ENDINGS[] = {
    {"eriez", "erait"}, {"driez", "drait"}, {"rriez", "rrait"}, {"vriez", "vrait"},
    {"uriez", "urait"}, {"iriez", "irait"}, {"erez", "era"},    {"drez", "dra"},
    {"rrez", "rra"},    {"irez", NULL},     {"vrez", NULL},     {"issez", "it"},
    {"iez", "ait"},     {"ez", "e"},        {"rai", "ra"},      {"ras", "ra"},
    {"ais", "ait"},     {"ois", "oit"},     {"is", "it"},       {"ds", "d"},
    {"ts", "t"},        {"rs", "rt"},       {"ns", "nt"},       {"ux", "ut"},
    {"ens", "ent"},
};

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static const char *find(const form_pair *list, size_t n, span form)
{
    for (size_t i = 0; i < n; i++) {
        if (span_equal(form, span_from_string(list[i].form))) {
            return list[i].to;
        }
    }
    return NULL;
}

bool dialogue_french_third(buffer *out, span form, bool second)
{
    const char *const known = find(THIRD, COUNT(THIRD), form);
    if (known != NULL) {
        return buffer_append_string(out, known);
    }
    for (size_t i = 0; i < COUNT(ENDINGS); i++) {
        const span ending = span_from_string(ENDINGS[i].form);
        if (form.len > ending.len && span_ends_with(form, ending)) {
            return ENDINGS[i].to != NULL &&
                   buffer_append(out, span_slice(form, 0, form.len - ending.len)) &&
                   buffer_append_string(out, ENDINGS[i].to);
        }
    }
    if (second && form.len > 3 && span_ends_with(form, SPAN("es"))) {
        return buffer_append(out, span_slice(form, 0, form.len - 1));
    }
    return form.len > 2 && span_ends_with(form, SPAN("e")) && buffer_append(out, form);
}

bool dialogue_french_infinitive(buffer *out, span imperative)
{
    const char *const known = find(IMPERATIVE, COUNT(IMPERATIVE), imperative);
    return known != NULL && known[0] != '\0' && buffer_append_string(out, known);
}

bool dialogue_is_french_infinitive(span word)
{
    return word.len > 3 &&
           (span_ends_with(word, SPAN("er")) || span_ends_with(word, SPAN("ir")) ||
            span_ends_with(word, SPAN("re"))) &&
           !span_equal(word, SPAN("hier")) && !span_equal(word, SPAN("votre")) &&
           !span_equal(word, SPAN("notre")) && !span_equal(word, SPAN("encore"));
}

/* What is given to somebody, and what is done to somebody. Stems of the verbs. */
static const char *const GIVING[] = {
    "envo",    "enver",   "donn",     "apport",  "prêt",   "montr", "expliqu", "laiss",
    "rend",    "propos",  "conseill", "demand",  "di",     "écri",  "pass",    "réserv",
    "rapport", "command", "offr",     "confirm", "transm", "trouv", "fourni",  "command"};
static const char *const DOING[] = {
    "appel", "rappel",  "aid",    "attend",  "rejoin",  "invit", "accompagn", "prév",   "retrouv",
    "emm",   "contact", "cherch", "remplac", "conduir", "dépos", "tien",      "entend", "rembours"};

static bool starts_with_any(span word, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (span_starts_with(word, span_from_string(list[i]))) {
            return true;
        }
    }
    return false;
}

bool dialogue_french_gives(span verb)
{
    return starts_with_any(verb, GIVING, COUNT(GIVING)) &&
           !(span_starts_with(verb, SPAN("trouv")) && verb.len < 5);
}

bool dialogue_french_does(span verb)
{
    return starts_with_any(verb, DOING, COUNT(DOING));
}
