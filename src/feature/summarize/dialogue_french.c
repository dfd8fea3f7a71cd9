/*
 * dialogue_french.c - a French sentence of a turn told from outside.
 *
 * "Peux-tu m'envoyer le rapport ?" said by Léa to Marc: "Léa demande à Marc de lui envoyer le
 * rapport". Verbs take the third person from their endings; possessives stay possessives only where
 * they are the subject's own ("Léa a perdu son sac"), else they name whose it is or the sentence is
 * refused. The same holds for object pronouns whose case is not known.
 */
#include "evidence/evidence.h"
#include "feature/summarize/dialogue_acts.h"
#include "feature/summarize/dialogue_verbs.h"

enum { MAX_TOLD_TOKENS = 40, MIN_TOLD_TOKENS = 2 };

typedef enum owner { OWNER_NONE, OWNER_SPEAKER, OWNER_ADDRESSEE } owner;

typedef struct telling {
    dialogue_tokens t;
    size_t from, to;
    bool asks, please;
    const dialogue_persons *who;
    buffer *out;
    owner subject; /* who "son" would be */
    bool inside;   /* told after a verb of saying: a possessive of the first person is ambiguous */
    dialogue_told told;
} telling;

static bool at(const telling *r, size_t i, const char *list)
{
    return i < r->to && dialogue_at(&r->t, i, list);
}

static size_t match_any(const telling *r, size_t i, const char *phrases)
{
    return dialogue_match_any(&r->t, i, r->to, phrases);
}

static bool starts_with_vowel(span word)
{
    if (word.len == 0) {
        return false;
    }
    const unsigned char c = (unsigned char)word.ptr[0];
    const unsigned char next = word.len > 1 ? (unsigned char)word.ptr[1] : 0;
    return strchr("aeiouAEIOU", (int)c) != NULL ||
           (c == 0xC3 &&
            (next == 0x89 || next == 0xA9 || next == 0xA0 || next == 0xAA || next == 0x8A));
}

/* "que Anna" becomes "qu'Anna", "de écrire" "d'écrire", "si il" "s'il". */
static void elide(telling *r, span next)
{
    buffer *const b = r->out;
    const span so_far = buffer_span(b);
    const bool que = span_ends_with(so_far, SPAN(" que")) || span_ends_with(so_far, SPAN(" de")) ||
                     span_ends_with(so_far, SPAN(" ne"));
    const bool si = span_ends_with(so_far, SPAN(" si")) &&
                    (span_equal(next, SPAN("il")) || span_equal(next, SPAN("ils")));
    if ((que && starts_with_vowel(next)) || si) {
        buffer_truncate(b, b->len - 1);
        (void)buffer_append_byte(b, '\'');
    }
}

static bool say(telling *r, span word)
{
    elide(r, word);
    const span so_far = buffer_span(r->out);
    const bool space = so_far.len > 0 && so_far.ptr[so_far.len - 1] != '\'';
    return (!space || buffer_append_byte(r->out, ' ')) && buffer_append(r->out, word);
}

static bool say_string(telling *r, const char *word)
{
    return say(r, span_from_string(word));
}

/* "Léa demande à Marc". */
static bool say_to(telling *r, const char *verb, bool needs)
{
    const span you = r->who->addressee;
    return (!needs || you.len > 0) && say(r, r->who->speaker) && say_string(r, verb) &&
           (you.len == 0 || (say_string(r, "à") && say(r, you)));
}

static bool say_speaker(telling *r, const char *verb)
{
    return say(r, r->who->speaker) && say_string(r, verb);
}

static bool finish(telling *r, dialogue_act act, bool ok)
{
    r->told.act = ok ? act : ACT_NONE;
    return ok;
}

/* Ends a noun phrase of one noun. */
static bool ends_noun(const telling *r, size_t i)
{
    return i >= r->to || !r->t.list[i].word ||
           at(r, i,
              "de du des d' à au aux en pour dans sur avec et ou pas demain est a sont "
              "hier ce cet cette ne n' qui que qu' chez par lundi mardi mercredi jeudi vendredi "
              "samedi dimanche aujourd'hui avant après quand si sera va doit");
}

/* "à le bureau" is "au bureau". */
static bool say_article(telling *r, const char *article)
{
    static const char *const JOINED[][3] = {
        {" à", "le", " au"}, {" à", "les", " aux"}, {" de", "le", " du"}, {" de", "les", " des"}};
    for (size_t k = 0; k < sizeof(JOINED) / sizeof(JOINED[0]); k++) {
        const span before = span_from_string(JOINED[k][0]);
        if (span_ends_with(buffer_span(r->out), before) && strcmp(article, JOINED[k][1]) == 0) {
            buffer_truncate(r->out, r->out->len - before.len);
            return buffer_append_string(r->out, JOINED[k][2]);
        }
    }
    return say_string(r, article);
}

/* mon, ton and their forms. Returns how many tokens were told, 0: refused or no possessive. */
static size_t tell_possessive(telling *r, size_t i, bool *out_is)
{
    static const struct {
        const char *word;
        owner of;
        const char *own, *article;
    } FORMS[] = {{"mon", OWNER_SPEAKER, "son", "le"},    {"ma", OWNER_SPEAKER, "sa", "la"},
                 {"mes", OWNER_SPEAKER, "ses", "les"},   {"ton", OWNER_ADDRESSEE, "son", "le"},
                 {"ta", OWNER_ADDRESSEE, "sa", "la"},    {"tes", OWNER_ADDRESSEE, "ses", "les"},
                 {"votre", OWNER_ADDRESSEE, NULL, NULL}, {"vos", OWNER_ADDRESSEE, "ses", "les"}};
    for (size_t k = 0; k < sizeof(FORMS) / sizeof(FORMS[0]); k++) {
        if (!at(r, i, FORMS[k].word)) {
            continue;
        }
        *out_is = true;
        if (r->subject == FORMS[k].of && FORMS[k].own != NULL) {
            return say_string(r, FORMS[k].own) ? 1 : 0;
        }
        const span whose = FORMS[k].of == OWNER_SPEAKER ? r->who->speaker : r->who->addressee;
        if (FORMS[k].article == NULL || whose.len == 0 || i + 1 >= r->to || !ends_noun(r, i + 2)) {
            return 0;
        }
        const span noun = r->t.list[i + 1].text;
        const bool elided = starts_with_vowel(noun) && strcmp(FORMS[k].article, "les") != 0;
        return say_article(r, elided ? "l'" : FORMS[k].article) && say(r, noun) &&
                       say_string(r, "de") && say(r, whose)
                   ? 2
                   : 0;
    }
    return 0;
}

/* A verb after a replaced subject. Object pronouns and "ne" stay before it. */
static size_t tell_verb(telling *r, size_t i, bool second)
{
    size_t n = 0;
    while (at(r, i + n, "ne n' y en le la les l' lui leur")) {
        if (!say(r, r->t.list[i + n].low)) {
            return 0;
        }
        n++;
    }
    /* "je t'envoie": "envoie à Marc". */
    const bool to_you = at(r, i + n, "te t' vous");
    const bool to_me = at(r, i + n, "me m'");
    if ((to_you && second) || (to_me && !second)) {
        /* "je me lève": of oneself. */
        if (!say_string(r, "se")) {
            return 0;
        }
        if (i + n + 1 < r->to && starts_with_vowel(r->t.list[i + n + 1].low)) {
            buffer_truncate(r->out, r->out->len - 1);
            (void)buffer_append_byte(r->out, '\'');
        }
        n++;
    } else if (to_you || to_me) {
        const span verb = i + n + 1 < r->to ? r->t.list[i + n + 1].low : SPAN("");
        const span whom = to_you ? r->who->addressee : r->who->speaker;
        const bool gives = dialogue_french_gives(verb);
        buffer form;
        buffer_init(&form, 128);
        const bool ok = whom.len > 0 && (gives || dialogue_french_does(verb)) && n == 0 &&
                        dialogue_french_third(&form, verb, second) && say(r, buffer_span(&form)) &&
                        (!gives || say_string(r, "à")) && say(r, whom);
        buffer_deinit(&form);
        return ok ? 2 : 0;
    }
    if (i + n >= r->to || !r->t.list[i + n].word) {
        return 0;
    }
    buffer form;
    buffer_init(&form, 128);
    const bool ok =
        dialogue_french_third(&form, r->t.list[i + n].low, second) && say(r, buffer_span(&form));
    buffer_deinit(&form);
    return ok ? n + 1 : 0;
}

/* "me", "te" before an infinitive: "t'envoyer" is "envoyer à Marc". */
static size_t tell_object(telling *r, size_t i)
{
    const bool me = at(r, i, "me m'");
    const span whom = me ? r->who->speaker : r->who->addressee;
    if (i + 1 >= r->to || whom.len == 0 || !dialogue_is_french_infinitive(r->t.list[i + 1].low)) {
        return 0;
    }
    const span verb = r->t.list[i + 1].low;
    if ((me && r->subject == OWNER_SPEAKER) || (!me && r->subject == OWNER_ADDRESSEE)) {
        return say_string(r, starts_with_vowel(verb) ? "s'" : "se") ? 1 : 0;
    }
    const bool gives = dialogue_french_gives(verb);
    if (!gives && !dialogue_french_does(verb)) {
        return 0;
    }
    if (gives && me) {
        return say_string(r, "lui") && say(r, verb) ? 2 : 0;
    }
    return say(r, verb) && (!gives || say_string(r, "à")) && say(r, whom) ? 2 : 0;
}

/* Whether "vous" at i is a subject: its verb says so. */
static bool acts(const telling *r, size_t i)
{
    size_t verb = i + 1;
    while (at(r, verb, "ne n' y en le la les l' lui leur vous me m' nous")) {
        verb++;
    }
    return verb < r->to &&
           (span_ends_with(r->t.list[verb].low, SPAN("ez")) || at(r, verb, "êtes faites dites"));
}

static bool refuses(const telling *r, size_t i)
{
    return at(r, i,
              "nous notre nos mien mienne miens tien tienne tiens vôtre nôtre "
              "vous-même toi-même moi-même ça");
}

/* "rendez-vous", but not "viens-tu": the hyphen joins no pronoun. */
static bool is_joined_pronoun(span low)
{
    static const char *const PRONOUNS[] = {"-tu", "-vous", "-je", "-moi", "-nous", "-toi"};
    for (size_t k = 0; k < sizeof(PRONOUNS) / sizeof(PRONOUNS[0]); k++) {
        if (span_ends_with(low, span_from_string(PRONOUNS[k]))) {
            return true;
        }
    }
    return false;
}

static bool say_addressee(telling *r)
{
    return r->who->addressee.len > 0 && say(r, r->who->addressee);
}

/* "tu" and "vous": who acts, or, of "vous", whom it is done to. */
static size_t tell_you(telling *r, size_t i)
{
    const bool vous = at(r, i, "vous");
    if (vous && i + 1 < r->to && dialogue_is_french_infinitive(r->t.list[i + 1].low)) {
        return tell_object(r, i);
    }
    if (vous && i > r->from && at(r, i - 1, "à pour avec chez de sans sur")) {
        return say_addressee(r) ? 1 : 0;
    }
    if (vous && !acts(r, i)) {
        return 0;
    }
    r->subject = OWNER_ADDRESSEE;
    const size_t n = say_addressee(r) ? tell_verb(r, i + 1, true) : 0;
    return n > 0 ? n + 1 : 0;
}

/* A pronoun of the first or second person; *out_is: it was one. */
static size_t tell_pronoun(telling *r, size_t i, bool *out_is)
{
    *out_is = true;
    if (at(r, i, "je j'")) {
        r->subject = OWNER_SPEAKER;
        const size_t n = say(r, r->who->speaker) ? tell_verb(r, i + 1, false) : 0;
        return n > 0 ? n + 1 : 0;
    }
    if (at(r, i, "moi")) {
        return say(r, r->who->speaker) ? 1 : 0;
    }
    if (at(r, i, "toi")) {
        return say_addressee(r) ? 1 : 0;
    }
    if (at(r, i, "me m' te t'")) {
        return tell_object(r, i);
    }
    if (at(r, i, "tu vous")) {
        return tell_you(r, i);
    }
    *out_is = false;
    return 0;
}

/* One token or more; how many, 0: refused. */
static size_t tell_one(telling *r, size_t i)
{
    const dialogue_token *const token = &r->t.list[i];
    if (!token->word) {
        return token->text.ptr[0] == ',' && buffer_append_byte(r->out, ',') ? 1 : 0;
    }
    bool done = false;
    const size_t possessive = tell_possessive(r, i, &done);
    if (done) {
        return possessive;
    }
    if (refuses(r, i) || is_joined_pronoun(token->low)) {
        return 0;
    }
    const size_t pronoun = tell_pronoun(r, i, &done);
    if (done) {
        return pronoun;
    }
    const bool small = i == r->from && token->capital &&
                       (evidence_is_common_word(token->text) || token->low.len < 3);
    return say(r, small ? token->low : token->text) ? 1 : 0;
}

static bool tell(telling *r, size_t from, size_t to)
{
    const size_t keep = r->to;
    r->to = to;
    bool ok = true;
    for (size_t i = from; i < to && ok;) {
        const size_t n = tell_one(r, i);
        ok = n > 0;
        i += n;
    }
    r->to = keep;
    return ok;
}

static bool tell_rest(telling *r, size_t i)
{
    return i < r->to && tell(r, i, r->to);
}

static const char OPENERS[] =
    "oui non ouais si bon bien alors eh euh ah oh ok d'accord bonjour salut bonsoir merci dis "
    "dites "
    "mais et donc enfin tiens écoute écoutez parfait super voilà hein "
    "désolé désolée pardon volontiers entendu allo allô sinon "
    "effectivement exactement absolument franchement honnêtement attention";

static bool mark_at(const telling *r, size_t i)
{
    return i < r->t.count && !r->t.list[i].word;
}

static size_t opener(const telling *r, size_t i)
{
    static const char *const PHRASES[] = {
        "bien sûr",       "d' accord",       "très bien",      "pas de problème", "en effet",
        "c' est vrai",    "tout à fait",     "bonne idée",     "merci beaucoup",  "pas du tout",
        "mon dieu",       "dommage",         "au fait",        "tu sais",         "vous savez",
        "bien entendu",   "en fait",         "c' est dommage", "excusez-moi",     "excuse-moi",
        "je suis désolé", "je suis désolée", "bonne question", "c' est gentil",   "c' est parfait",
        "aucun problème", "bien reçu",       "je vois",        "je comprends"};
    for (size_t k = 0; k < sizeof(PHRASES) / sizeof(PHRASES[0]); k++) {
        const size_t n = dialogue_match(&r->t, i, PHRASES[k]);
        if (n > 0 && mark_at(r, i + n)) {
            return n + 1;
        }
    }
    if (dialogue_at(&r->t, i, OPENERS) && mark_at(r, i + 1)) {
        return 2;
    }
    if (dialogue_at(&r->t, i, "alors mais et donc oui non bon ah oh eh euh enfin sinon") &&
        i + 2 < r->t.count && r->t.list[i + 1].word) {
        return 1;
    }
    const bool name = i < r->t.count && r->t.list[i].word && r->t.list[i].capital &&
                      !evidence_is_common_word(r->t.list[i].text);
    const bool greeted =
        dialogue_at(&r->t, i, "salut bonjour bonsoir merci") && i + 1 < r->t.count &&
        r->t.list[i + 1].word &&
        (r->t.list[i + 1].capital || dialogue_at(&r->t, i + 1, "monsieur madame docteur")) &&
        mark_at(r, i + 2);
    if (greeted) {
        return 3;
    }
    const bool called =
        name || dialogue_at(&r->t, i, "monsieur madame mademoiselle docteur maman papa");
    return called && mark_at(r, i + 1) ? 2 : 0;
}

static void drop_marks(telling *r)
{
    while (r->to > r->from && !r->t.list[r->to - 1].word) {
        r->to--;
    }
}

/* Drops "s'il te plaît", "docteur" and the like from the end; false: there is none. */
static bool drop_tail(telling *r)
{
    static const struct {
        const char *words;
        size_t n;
        bool please;
    } TAILS[] = {{"s' il te plaît", 4, true},
                 {"s' il vous plaît", 4, true},
                 {"stp", 1, true},
                 {"svp", 1, true},
                 {"hein", 1, false},
                 {"non", 1, false},
                 {"d' accord", 2, false},
                 {"merci", 1, false},
                 {"alors", 1, false},
                 {"docteur", 1, false},
                 {"monsieur", 1, false},
                 {"madame", 1, false},
                 {"maman", 1, false},
                 {"papa", 1, false}};
    for (size_t k = 0; k < sizeof(TAILS) / sizeof(TAILS[0]); k++) {
        const size_t n = TAILS[k].n;
        if (r->to > r->from + n + 1 && dialogue_match(&r->t, r->to - n, TAILS[k].words) == n) {
            r->please = r->please || TAILS[k].please;
            r->to -= n;
            drop_marks(r);
            return true;
        }
    }
    return false;
}

static void trim(telling *r)
{
    size_t n = 0;
    while (r->from < r->t.count && !r->t.list[r->from].word) {
        r->from++;
    }
    r->to = r->t.count;
    r->asks = r->t.count > 0 && dialogue_is_mark(&r->t, r->t.count - 1, '?');
    while ((n = opener(r, r->from)) > 0 && r->from + n < r->t.count) {
        r->from += n;
    }
    for (size_t i = r->from; i < r->to; i++) {
        if (!r->t.list[i].word && strchr(",.?!", r->t.list[i].text.ptr[0]) == NULL) {
            r->to = i;
        }
    }
    drop_marks(r);
    while (drop_tail(r)) {
    }
    /* ", Marc" */
    if (r->to > r->from + 3 && dialogue_is_mark(&r->t, r->to - 2, ',') &&
        r->t.list[r->to - 1].capital && !evidence_is_common_word(r->t.list[r->to - 1].text)) {
        r->to -= 2;
    }
}

/* "peux-tu", "pourriez-vous", "tu peux": the infinitive follows. */
static bool tell_request(telling *r)
{
    const size_t i = r->from;
    const size_t n =
        match_any(r, i,
                  "peux-tu|pourrais-tu|pouvez-vous|pourriez-vous|veux-tu bien|tu peux|"
                  "vous pouvez|tu pourrais|vous pourriez|est-ce que tu peux|est-ce que "
                  "vous pouvez|est-ce que tu pourrais|est-ce que vous pourriez|merci de");
    if (n == 0 || (!r->asks && !at(r, i, "merci")) || i + n >= r->to) {
        return false;
    }
    const size_t verb =
        i + n + (at(r, i + n, "me m' te t' lui leur le la les l' y en nous ne pas") ? 1 : 0);
    r->subject = OWNER_ADDRESSEE;
    return verb < r->to && dialogue_is_french_infinitive(r->t.list[verb].low) &&
           match_any(r, verb, "imaginer|croire") == 0 &&
           finish(r, ACT_REQUEST,
                  say_to(r, "demande", true) && say_string(r, "de") && tell_rest(r, i + n));
}

/* "est-ce que je peux", "puis-je", "je peux avoir". */
static bool tell_permission(telling *r)
{
    const size_t n = match_any(r, r->from,
                               "puis-je|est-ce que je peux|est-ce que je pourrais|je peux|"
                               "je pourrais|pourrais-je");
    if (n == 0 || !r->asks || r->from + n >= r->to ||
        match_any(r, r->from + n, "vous aider|t' aider") > 0) {
        return false;
    }
    r->subject = OWNER_SPEAKER;
    return finish(r, ACT_REQUEST,
                  say_to(r, "demande", false) && say_string(r, "si") && say(r, r->who->speaker) &&
                      say_string(r, "peut") && tell_rest(r, r->from + n));
}

/* A verb joined to its pronoun, "habites-tu": the pronoun's tokens told before the verb. */
static size_t tell_inverted(telling *r, size_t i)
{
    const span low = i < r->to ? r->t.list[i].low : SPAN("");
    const bool tu = span_ends_with(low, SPAN("-tu"));
    const bool vous = span_ends_with(low, SPAN("-vous"));
    const bool je = span_ends_with(low, SPAN("-je"));
    static const char *const OTHERS[] = {"-t-il", "-t-elle", "-t-on",  "-il", "-elle",
                                         "-on",   "-ils",    "-elles", "-ce"};
    if (tu || vous || je) {
        const span verb = span_slice(low, 0, low.len - (tu || je ? 3 : 5));
        const span who = je ? r->who->speaker : r->who->addressee;
        buffer form;
        buffer_init(&form, 128);
        const bool ok = who.len > 0 && !(je && tu) && say(r, who) &&
                        dialogue_french_third(&form, verb, !je) && say(r, buffer_span(&form));
        buffer_deinit(&form);
        r->subject = je ? OWNER_SPEAKER : OWNER_ADDRESSEE;
        return ok ? 1 : 0;
    }
    for (size_t k = 0; k < sizeof(OTHERS) / sizeof(OTHERS[0]); k++) {
        const span tail = span_from_string(OTHERS[k]);
        if (low.len > tail.len && span_ends_with(low, tail)) {
            const span pronoun = span_slice(tail, tail.ptr[1] == 't' ? 3 : 1, tail.len);
            const span verb = span_slice(low, 0, low.len - tail.len);
            r->told.vague = true;
            return (span_equal(pronoun, SPAN("ce"))
                        ? say_string(r, starts_with_vowel(verb) ? "c'" : "ce")
                        : say(r, pronoun)) &&
                           say(r, verb)
                       ? 1
                       : 0;
        }
    }
    return 0;
}

static bool tell_yes_no(telling *r)
{
    const size_t i = r->from;
    if (!r->asks) {
        return false;
    }
    const size_t est = match_any(r, i, "est-ce que|est-ce qu'");
    if (est > 0) {
        return finish(r, ACT_ASK,
                      say_to(r, "demande", false) && say_string(r, "si") && tell_rest(r, i + est));
    }
    if (memchr(r->t.list[i].low.ptr, '-', r->t.list[i].low.len) != NULL) {
        const size_t mark = r->out->len;
        if (say_to(r, "demande", false) && say_string(r, "si")) {
            const size_t n = tell_inverted(r, i);
            if (n > 0 && (i + n == r->to || tell_rest(r, i + n))) {
                return finish(r, ACT_ASK, true);
            }
        }
        buffer_truncate(r->out, mark);
        return false;
    }
    if (at(r, i, "tu vous")) {
        const bool offers = match_any(r, i, "tu veux|vous voulez|vous désirez") > 0;
        return finish(r, offers ? ACT_OFFER : ACT_ASK,
                      say_to(r, "demande", true) && say_string(r, "si") && tell_rest(r, i));
    }
    return at(r, i, "c' il elle on ils elles") &&
           finish(r, ACT_ASK,
                  say_to(r, "demande", false) && say_string(r, "si") && tell_rest(r, i));
}

/* Questions with a question word. */
static bool tell_wh(telling *r)
{
    const size_t i = r->from;
    if (!r->asks || match_any(r, i,
                              "comment ça va|comment vas-tu|comment allez-vous|"
                              "comment tu vas") > 0) {
        return false;
    }
    const size_t what = match_any(r, i, "qu' est-ce que|qu' est-ce qu'");
    const size_t who = match_any(r, i, "qu' est-ce qui");
    if (what + who > 0) {
        return finish(r, ACT_ASK,
                      say_to(r, "demande", false) &&
                          say_string(r, what > 0 ? "ce que" : "ce qui") &&
                          tell_rest(r, i + what + who));
    }
    size_t end = i;
    const bool prep = at(r, i, "à de depuis pour avec jusqu'à dans");
    const size_t word = i + (prep ? 1 : 0);
    if (!at(r, word, "où quand comment pourquoi combien quel quelle quels quelles qui")) {
        return false;
    }
    end = word + 1;
    const bool noun = at(r, word, "quel quelle quels quelles");
    if (at(r, end, "de d'")) {
        end += 2;
    } else if (noun && !at(r, end, "est sont sera")) {
        end++;
    }
    if (!say_to(r, "demande", false)) {
        return false;
    }
    for (size_t k = i; k < end && k < r->to; k++) {
        if (!say(r, r->t.list[k].low)) {
            return false;
        }
    }
    end += match_any(r, end, "est-ce que|est-ce qu'");
    if (end >= r->to) {
        return false;
    }
    const size_t n = tell_inverted(r, end);
    return finish(r, ACT_ASK,
                  n > 0 ? end + n == r->to || tell_rest(r, end + n) : tell_rest(r, end));
}

/* "allons au cinéma", "et si on allait" (refused), "on pourrait partir". */
static bool tell_suggestion(telling *r)
{
    const size_t i = r->from;
    const size_t n = match_any(r, i,
                               "on pourrait|on peut|on devrait|nous pourrions|pourquoi ne pas|"
                               "je propose de|je te propose de|je vous propose de|je propose d'");
    if (n > 0 && i + n < r->to && dialogue_is_french_infinitive(r->t.list[i + n].low)) {
        return finish(r, ACT_SUGGEST,
                      say_speaker(r, "propose") && say_string(r, "de") && tell_rest(r, i + n));
    }
    const size_t you = match_any(r, i,
                                 "tu devrais|vous devriez|tu ferais mieux de|vous feriez mieux "
                                 "de|je te conseille de|je vous conseille de|je te conseille d'");
    if (you > 0 && i + you < r->to) {
        r->subject = OWNER_ADDRESSEE;
        return dialogue_is_french_infinitive(r->t.list[i + you].low) &&
               finish(r, ACT_SUGGEST,
                      say_to(r, "conseille", true) && say_string(r, "de") && tell_rest(r, i + you));
    }
    if (i < r->to && span_ends_with(r->t.list[i].low, SPAN("ons"))) {
        buffer verb;
        buffer_init(&verb, 128);
        const bool ok = dialogue_french_infinitive(&verb, r->t.list[i].low) &&
                        say_speaker(r, "propose") && say_string(r, "de") &&
                        say(r, buffer_span(&verb)) && (i + 1 == r->to || tell_rest(r, i + 1));
        buffer_deinit(&verb);
        return finish(r, ACT_SUGGEST, ok);
    }
    return false;
}

/* "Rdv samedi à 18h30 chez Paul". */
static bool tell_appointment(telling *r)
{
    const size_t n = match_any(r, r->from, "rdv|rendez-vous|on se retrouve|on se voit");
    return n > 0 && !r->asks && !at(r, r->from + n, "avec pas chez") &&
           finish(r, ACT_SUGGEST,
                  say_to(r, "donne rendez-vous", false) && tell_rest(r, r->from + n));
}

/* "envoyez-moi le rapport", "n'oublie pas la clé", "prends le train". */
static bool tell_imperative(telling *r)
{
    size_t i = r->from;
    const bool never = at(r, i, "ne n'");
    i += never ? 1 : 0;
    if (i >= r->to || r->asks || at(r, i, "dis dites")) {
        return false;
    }
    for (size_t k = i + 1; k + 1 < r->to; k++) {
        if (!r->t.list[k].word && at(r, k + 1, "je j' tu vous il elle ils elles c' ce on nous")) {
            r->to = k;
        }
    }
    span verb = r->t.list[i].low;
    const bool me = span_ends_with(verb, SPAN("-moi"));
    const bool object = span_ends_with(verb, SPAN("-le")) || span_ends_with(verb, SPAN("-la"));
    const span tail = me       ? SPAN("-moi")
                      : object ? span_slice(verb, verb.len - 3, verb.len)
                               : SPAN("");
    verb = span_slice(verb, 0, verb.len - tail.len);
    buffer form;
    buffer_init(&form, 128);
    bool ok = !span_ends_with(verb, SPAN("ons")) && dialogue_french_infinitive(&form, verb) &&
              (!never || at(r, i + 1, "pas"));
    const bool gives = dialogue_french_gives(verb);
    ok = ok && (!me || gives || dialogue_french_does(verb)) &&
         (me || object || never ||
          (i + 1 < r->to && r->t.list[i + 1].word && !at(r, i + 1, "est a va sera et")));
    r->subject = OWNER_ADDRESSEE;
    ok = ok && say_to(r, r->please ? "demande" : "dit", true) && say_string(r, "de") &&
         (!never || say_string(r, "ne pas")) && (!me || !gives || say_string(r, "lui")) &&
         (!object || say(r, span_slice(tail, 1, tail.len))) && say(r, buffer_span(&form)) &&
         (!me || gives || say(r, r->who->speaker));
    buffer_deinit(&form);
    const size_t next = i + 1 + (never ? 1 : 0);
    return finish(r, ACT_REQUEST, ok && (next == r->to || tell_rest(r, next)));
}

static dialogue_act act_of_je(const telling *r, size_t verb)
{
    /* "je t'appelle lundi" */
    if (at(r, verb, "te t' vous") && verb + 1 < r->to &&
        (dialogue_french_gives(r->t.list[verb + 1].low) ||
         dialogue_french_does(r->t.list[verb + 1].low))) {
        return ACT_PROMISE;
    }
    if (match_any(r, verb,
                  "vais|promets|m' occupe|m' en|te rappelle|vous rappelle|t' envoie|vous "
                  "envoie|passerai|ferai|serai|viendrai|prendrai|appellerai|enverrai") > 0 ||
        (verb < r->to && span_ends_with(r->t.list[verb].low, SPAN("rai")))) {
        return ACT_PROMISE;
    }
    if (match_any(r, verb,
                  "veux|voudrais|aimerais|dois|cherche|ai besoin|souhaite|n' ai pas le temps") >
        0) {
        return ACT_WANT;
    }
    return match_any(r, verb, "pense|crois|trouve|espère|aime|préfère") > 0 ? ACT_THINK : ACT_SAY;
}

/* Forms that make a sentence of words. */
static bool has_finite(const telling *r)
{
    static const char *const FUTURE[] = {"era", "ira", "rra", "dra", "ront", "vra"};
    for (size_t i = r->from; i < r->to; i++) {
        for (size_t k = 0; k < sizeof(FUTURE) / sizeof(FUTURE[0]) && i > r->from; k++) {
            if (span_ends_with(r->t.list[i].low, span_from_string(FUTURE[k]))) {
                return true;
            }
        }
        /* "Vers midi, mais il faut réserver" has none of its own. */
        if (at(r, i, "mais car parce")) {
            return false;
        }
        if (at(r, i,
               "est sont a ont était étaient sera seront va vont doit doivent peut "
               "peuvent fait font avait avaient faut vient viennent part arrive commence ferme "
               "ouvre marche fonctionne coûte reste manque veut prend dit habite travaille "
               "devrait pourrait serait aura passe dure se s' semble sort parle mange finit")) {
            return true;
        }
    }
    return false;
}

static bool tell_statement(telling *r)
{
    const size_t i = r->from;
    if (r->asks || at(r, i, "que qui quoi où comment pourquoi combien quel quelle ça")) {
        return false;
    }
    if (at(r, i, "je j'")) {
        const size_t verb = i + 1 + (at(r, i + 1, "ne n'") ? 1 : 0);
        return finish(r, act_of_je(r, verb), tell_rest(r, i));
    }
    if (!at(r, i, "tu vous") && !has_finite(r)) {
        return false;
    }
    r->told.vague =
        at(r, i, "il elle ils elles c' ce cela on ça l' le la les") && !at(r, i, "l' le la les");
    r->told.by_other = true;
    return finish(r, ACT_SAY, say_speaker(r, "dit") && say_string(r, "que") && tell_rest(r, i));
}

static bool is_courtesy(const telling *r)
{
    const size_t n = r->to - r->from;
    return (match_any(r, r->from,
                      "merci|bonjour|bonsoir|salut|au revoir|à bientôt|bonne journée|bonne "
                      "soirée|enchanté|je vous en prie|je t' en prie|de rien|"
                      "comment ça va|comment vas-tu|comment allez-vous|à demain|c' est "
                      "gentil|je vous remercie|je te remercie|je suis désolé|excusez-moi|"
                      "excuse-moi|à plus|bonne chance|bon courage|félicitations|je peux "
                      "vous aider|puis-je vous aider") > 0 &&
            n <= 7) ||
           (n <= 3 && match_any(r, r->from,
                                "je vois|je sais|je comprends|c' est vrai|c' est ça|je crois|c' "
                                "est tout|je pense|moi aussi|c' est parfait|"
                                "c' est bon|ça marche|ça va") == n);
}

typedef bool (*teller)(telling *r);

bool dialogue_tell_french(span sentence, const dialogue_persons *who, buffer *out,
                          dialogue_told *out_told)
{
    static const teller TELLERS[] = {tell_appointment, tell_suggestion, tell_request,
                                     tell_permission,  tell_wh,         tell_yes_no,
                                     tell_imperative,  tell_statement};
    telling r;
    r.from = 0;
    r.please = false;
    r.who = who;
    if (!dialogue_split(&r.t, sentence, true)) {
        return false;
    }
    trim(&r);
    if (r.to < r.from + MIN_TOLD_TOKENS || r.to > r.from + MAX_TOLD_TOKENS || is_courtesy(&r)) {
        return false;
    }
    const size_t start = out->len;
    buffer text;
    buffer_init(&text, sentence.len * 8 + 1024);
    bool told = false;
    for (size_t k = 0; k < sizeof(TELLERS) / sizeof(TELLERS[0]) && !told; k++) {
        buffer_reset(&text);
        r.told = (dialogue_told){0};
        r.subject = OWNER_NONE;
        r.out = &text;
        told = TELLERS[k](&r) && buffer_ok(&text);
    }
    told = told && buffer_append(out, buffer_span(&text));
    buffer_deinit(&text);
    if (!told) {
        buffer_truncate(out, start);
        return false;
    }
    *out_told = r.told;
    return true;
}
