/*
 * dialogue_english.c - an English sentence of a turn as an act: asks, requests, suggests, will do,
 * wants, thinks, says.
 *
 * A sentence loses what opens and closes it (well, Tom, please), then the first pattern that fits
 * tells it. A pattern that starts to tell and cannot go on refuses the sentence as a whole.
 */
#include "evidence/evidence.h"
#include "feature/summarize/dialogue_reading.h"
#include "feature/summarize/dialogue_verbs.h"

typedef dialogue_reading reading;

enum {
    MAX_TOLD_TOKENS = 40,
    MIN_TOLD_TOKENS = 2,
    QUESTION_NOUN_WORDS = 8,
    MAX_REPORTED_TOKENS = 9
};

static bool say_addressee(reading *r)
{
    return r->d.who->addressee.len == 0 || dialogue_say(&r->d, r->d.who->addressee);
}

/* "Anna asks Tom". */
static bool say_to(reading *r, const char *verb, bool needs_addressee)
{
    return (!needs_addressee || r->d.who->addressee.len > 0) &&
           dialogue_say(&r->d, r->d.who->speaker) && dialogue_say_string(&r->d, verb) &&
           say_addressee(r);
}

static bool say_speaker(reading *r, const char *verb)
{
    return dialogue_say(&r->d, r->d.who->speaker) && dialogue_say_string(&r->d, verb);
}

static bool tell_rest(reading *r, size_t from)
{
    return from < r->to && dialogue_tell(&r->d, from, r->to);
}

/* From a word that opens the sentence on: it is written small unless it is a name. */
static bool tell_opening(reading *r, size_t i)
{
    if (dialogue_at(&r->tokens, i, "i you we my your our me us mine yours")) {
        return tell_rest(r, i);
    }
    return dialogue_say_opening(&r->d, i) && (i + 1 == r->to || dialogue_tell(&r->d, i + 1, r->to));
}

static bool finish(reading *r, dialogue_act act, bool ok)
{
    r->told.act = ok ? act : ACT_NONE;
    return ok;
}

static size_t match(const reading *r, size_t i, const char *phrase)
{
    const size_t n = dialogue_match(&r->tokens, i, phrase);
    return i + n <= r->to ? n : 0;
}

static size_t match_any(const reading *r, size_t i, const char *phrases)
{
    return dialogue_match_any(&r->tokens, i, r->to, phrases);
}

static bool is_base_at(const reading *r, size_t i)
{
    return i < r->to && r->tokens.list[i].word &&
           (dialogue_is_base(r->tokens.list[i].low) || dialogue_at(&r->tokens, i, "be"));
}

static bool is_determiner(const reading *r, size_t i)
{
    return i < r->to && dialogue_at(&r->tokens, i,
                                    "the a an my your his her our their this that these those some "
                                    "any another no every each");
}

static const char WH[] = "what when where why how who which whose if whether";

/* "give me some napkins": "asks Tom for some napkins"; "tell me about": "asks Tom about". */
static bool tell_asks_for(reading *r, size_t i)
{
    const size_t n = match_any(r, i,
                               "give me|bring me|get me|pass me|show me|hand me|lend me|tell me|"
                               "give us|bring us|tell us|show us|let me know|let us know");
    if (n == 0) {
        return false;
    }
    const size_t next = i + n;
    const bool telling = dialogue_at(&r->tokens, i, "tell let show");
    if (telling && next >= r->to) {
        return finish(r, ACT_ASK, false); /* "Tell me." */
    }
    if (telling && (dialogue_at(&r->tokens, next, WH) || match(r, next, "about") > 0)) {
        return finish(r, ACT_ASK, say_to(r, "asks", false) && tell_rest(r, next));
    }
    if (!dialogue_at(&r->tokens, i, "tell let") && is_determiner(r, next)) {
        return finish(r, ACT_REQUEST,
                      say_to(r, "asks", false) && dialogue_say_string(&r->d, "for") &&
                          tell_rest(r, next));
    }
    return false;
}

/* "can you send somebody". */
static bool tell_request(reading *r)
{
    const size_t i = r->from;
    size_t n =
        match_any(r, i, "can you|could you|would you|will you|can you please|could you please");
    if (n == 0) {
        return false;
    }
    while (dialogue_at(&r->tokens, i + n, "please kindly just maybe possibly")) {
        n++;
    }
    if (match(r, i + n, "mind") > 0 && dialogue_at(&r->tokens, i, "would")) {
        return i + n + 1 < r->to && dialogue_is_gerund(r->tokens.list[i + n + 1].low) &&
               finish(r, ACT_REQUEST,
                      say_to(r, "asks", true) && dialogue_say_string(&r->d, "if") &&
                          say_addressee(r) && dialogue_say_string(&r->d, "would") &&
                          tell_rest(r, i + n));
    }
    if (match_any(r, i + n, "like|care for|prefer") > 0 &&
        !dialogue_at(&r->tokens, i, "can could")) {
        return finish(r, ACT_OFFER,
                      say_to(r, "asks", true) && dialogue_say_string(&r->d, "if") &&
                          say_addressee(r) && dialogue_say_string(&r->d, "would") &&
                          tell_rest(r, i + n));
    }
    if (dialogue_at(&r->tokens, i + n, "see hear imagine believe guess feel have be want")) {
        return false;
    }
    /* "Will you need anything" asks for nothing. */
    if (match(r, i, "will you") > 0 &&
        !dialogue_at(&r->tokens, i + n,
                     "help open close call send give bring tell pass hold wait marry do show let "
                     "carry lend hand turn check fix sign join")) {
        return false;
    }
    if (tell_asks_for(r, i + n)) {
        return true;
    }
    return is_base_at(r, i + n) &&
           finish(r, ACT_REQUEST,
                  say_to(r, "asks", true) && dialogue_say_string(&r->d, "to") &&
                      tell_rest(r, i + n));
}

/* "can I have a ticket", "may I come in". */
static bool tell_permission(reading *r)
{
    const size_t i = r->from;
    const size_t n = match_any(r, i, "can i|could i|may i|can we|could we|may we|might i");
    if (n == 0 || match_any(r, i + n, "help|do for|be of|take your order") > 0) {
        return false;
    }
    const size_t have = match_any(r, i + n, "please have|have|get|see");
    if (have > 0 && is_determiner(r, i + n + have)) {
        return finish(r, ACT_REQUEST,
                      say_to(r, "asks", false) && dialogue_say_string(&r->d, "for") &&
                          tell_rest(r, i + n + have));
    }
    const bool i_do = dialogue_at(&r->tokens, i + 1, "i");
    if (match_any(r, i + n, "ask") > 0 && dialogue_at(&r->tokens, i + n + 1, WH)) {
        return finish(r, ACT_ASK, say_to(r, "asks", false) && tell_rest(r, i + n + 1));
    }
    return is_base_at(r, i + n) && !dialogue_at(&r->tokens, i + n, "ask have") &&
           finish(r, ACT_REQUEST,
                  say_to(r, "asks", false) && dialogue_say_string(&r->d, i_do ? "if" : "if they") &&
                      (!i_do || dialogue_say(&r->d, r->d.who->speaker)) &&
                      dialogue_say_string(&r->d, "can") && tell_rest(r, i + n));
}

/* Suggestions: let's, shall we, why don't we: "suggests going". */
static bool tell_gerund(reading *r, size_t i)
{
    if (!is_base_at(r, i)) {
        return false;
    }
    const span base = r->tokens.list[i].low;
    r->d.second = SECOND_GERUND;
    const bool goes = dialogue_at(&r->tokens, i, "go come") && is_base_at(r, i + 1);
    return say_speaker(r, "suggests") && dialogue_say(&r->d, SPAN("")) &&
           dialogue_append_gerund(r->d.out, base) && (!goes || dialogue_say_string(&r->d, "to")) &&
           (i + 1 == r->to || dialogue_tell(&r->d, i + 1, r->to));
}

/* "How about the price of the book?", "how about mileage and gas?" ask; "how about the blue one?",
 * "how about some soup?", "how about Friday?" suggest. */
static bool asks_how_it_is(const reading *r, size_t i)
{
    const dialogue_token *const first = &r->tokens.list[i];
    const bool bare = !first->capital && !dialogue_is_gerund(first->low) && !is_determiner(r, i) &&
                      !dialogue_at(&r->tokens, i,
                                   "at on in around next tomorrow tonight today half one two three "
                                   "four five six seven eight nine ten twelve twenty maybe just") &&
                      !(first->text.ptr[0] >= '0' && first->text.ptr[0] <= '9');
    for (size_t k = i + 1; dialogue_at(&r->tokens, i, "the") && k < r->to; k++) {
        if (dialogue_at(&r->tokens, k,
                        "of price prices cost costs size weather rent salary pay fee rate rates "
                        "quality colour color food service others rest pain")) {
            return true;
        }
    }
    return bare;
}

static bool tell_suggestion(reading *r)
{
    const size_t i = r->from;
    const size_t we = match_any(r, i,
                                "let us|shall we|why do not we|why not|what do you say we|maybe "
                                "we should|perhaps we should|maybe we can|maybe we could");
    if (we > 0 && match_any(r, i + we, "see|go now|say|not") == 0) {
        return finish(r, ACT_SUGGEST, tell_gerund(r, i + we));
    }
    const size_t you = match_any(r, i,
                                 "why do not you|maybe you should|maybe you can|perhaps you "
                                 "should|you should|you ought to|you would better|maybe you could");
    const bool asks = r->asks && !dialogue_at(&r->tokens, i, "why");
    if (you > 0 && is_base_at(r, i + you) && !asks && !dialogue_at(&r->tokens, i + you, "have")) {
        return finish(r, ACT_SUGGEST,
                      say_to(r, "advises", true) && dialogue_say_string(&r->d, "to") &&
                          tell_rest(r, i + you));
    }
    const size_t about = match_any(r, i, "how about|what about");
    if (about > 0 && i + about < r->to &&
        !dialogue_at(&r->tokens, i + about, "you me i it we that this if")) {
        const bool how =
            dialogue_at(&r->tokens, i, "how") && !asks_how_it_is(r, i + about) &&
            (r->to > i + about + 1 || !dialogue_is_name(&r->tokens, i + about)) &&
            !dialogue_at(&r->tokens, i + about, "any anyone anybody anything your his her their");
        const size_t next = i + about + (dialogue_at(&r->tokens, i + about, "at on in") ? 1 : 0);
        return finish(r, how ? ACT_SUGGEST : ACT_ASK,
                      (how ? say_speaker(r, "suggests")
                           : say_to(r, "asks", false) && dialogue_say_string(&r->d, "about")) &&
                          tell_rest(r, next));
    }
    return false;
}

/* The subject of a question at i: a pronoun or a noun phrase up to a base verb; its end, 0: none. */
static size_t subject_end(const reading *r, size_t i, bool before_base)
{
    /* "Is this yours", but not "is this seat taken". */
    const bool points = dialogue_at(&r->tokens, i, "this that these those");
    const bool alone =
        !points || before_base || i + 1 >= r->to || dialogue_is_verb(&r->tokens, i + 1) ||
        is_determiner(r, i + 1) ||
        dialogue_at(&r->tokens, i + 1, "for what how where all too so your not in at on from ok");
    if (dialogue_at(&r->tokens, i,
                    "i you we he she it they there anyone anybody someone everyone") ||
        (points && alone)) {
        return i + 1;
    }
    if (!before_base || (!is_determiner(r, i) && !dialogue_is_name(&r->tokens, i))) {
        return 0;
    }
    for (size_t k = i + 1; k < r->to && k < i + 7; k++) {
        if (is_base_at(r, k) && !is_determiner(r, k - 1)) {
            return k;
        }
    }
    return 0;
}

static bool is_third_subject(const reading *r, size_t i, size_t end)
{
    if (end == i + 1) {
        return dialogue_at(&r->tokens, i, "he she it this that anyone anybody someone everyone") ||
               dialogue_is_name(&r->tokens, i);
    }
    const span last = r->tokens.list[end - 1].low;
    return !span_ends_with(last, SPAN("s")) || span_ends_with(last, SPAN("ss"));
}

/* A subject of one word from outside; empty: nobody is known for "you". */
static span outside(const reading *r, size_t i)
{
    const dialogue_persons *const who = r->d.who;
    return dialogue_at(&r->tokens, i, "i")     ? who->speaker
           : dialogue_at(&r->tokens, i, "you") ? who->addressee
           : dialogue_at(&r->tokens, i, "we")  ? SPAN("they")
                                               : r->tokens.list[i].low;
}

static bool say_subject(reading *r, size_t i, size_t end)
{
    if (end > i + 1 || dialogue_is_name(&r->tokens, i)) {
        return dialogue_tell(&r->d, i, end);
    }
    const span word = outside(r, i);
    r->told.vague = dialogue_at(&r->tokens, i, "he she it they this that these those");
    return word.len > 0 && dialogue_say(&r->d, word);
}

static bool say_form(reading *r, span base, bool third, bool past)
{
    r->d.second = third && !past ? SECOND_THIRD : SECOND_AS_IS;
    r->d.has_verb = true;
    return dialogue_say(&r->d, SPAN("")) && (past    ? dialogue_append_past(r->d.out, base)
                                             : third ? dialogue_append_third(r->d.out, base)
                                                     : buffer_append(r->d.out, base));
}

/* do, does, did + subject + base: the base takes the form. */
static bool tell_do_clause(reading *r, size_t i)
{
    const dialogue_tokens *const t = &r->tokens;
    const size_t subject = i + 1;
    const size_t end = subject_end(r, subject, true);
    size_t verb = end;
    if (end == 0) {
        return false;
    }
    while (dialogue_is_adverb(t, verb)) {
        verb++;
    }
    if (!is_base_at(r, verb) || dialogue_at(t, verb, "be") || !say_subject(r, subject, end)) {
        return false;
    }
    for (size_t k = end; k < verb && r->answer != ANSWER_NO; k++) {
        (void)dialogue_say(&r->d, t->list[k].low);
    }
    const bool third = dialogue_at(t, subject, "i you") || is_third_subject(r, subject, end);
    if (r->answer == ANSWER_NO) {
        const bool past = dialogue_at(t, i, "did");
        return dialogue_say_string(&r->d, past    ? "didn't"
                                          : third ? "doesn't"
                                                  : "don't") &&
               dialogue_say(&r->d, t->list[verb].low) &&
               (verb + 1 == r->to || dialogue_tell(&r->d, verb + 1, r->to));
    }
    return say_form(r, t->list[verb].low, third, dialogue_at(t, i, "did")) &&
           (verb + 1 == r->to || dialogue_tell(&r->d, verb + 1, r->to));
}

/* is, have, will + pronoun + rest, in the order of a statement. */
static bool tell_turned(reading *r, size_t i)
{
    const size_t subject = i + 1;
    if (subject_end(r, subject, false) != subject + 1 || !say_subject(r, subject, subject + 1)) {
        return false;
    }
    const bool no = r->answer == ANSWER_NO;
    if (dialogue_at(&r->tokens, subject, "i you")) {
        return dialogue_tell_verb(&r->d, i) == 1 &&
               (!no || buffer_append_string(r->d.out, "n't")) &&
               (subject + 1 == r->to || dialogue_tell(&r->d, subject + 1, r->to));
    }
    r->d.has_verb = true;
    return dialogue_say(&r->d, r->tokens.list[i].low) &&
           (!no || buffer_append_string(r->d.out, "n't")) &&
           (subject + 1 == r->to || dialogue_tell(&r->d, subject + 1, r->to));
}

/* A question without its question word, from the auxiliary on. */
static bool tell_inverted(reading *r, size_t i)
{
    if (dialogue_at(&r->tokens, i, "do does did")) {
        return tell_do_clause(r, i);
    }
    return dialogue_is_auxiliary(&r->tokens, i) && tell_turned(r, i);
}

static bool tell_yes_no(reading *r)
{
    const size_t i = r->from;
    if (!dialogue_is_auxiliary(&r->tokens, i) || dialogue_at(&r->tokens, i, "be")) {
        return false;
    }
    const size_t know = match(r, i, "do you know");
    if (know > 0 && dialogue_at(&r->tokens, i + know, WH)) {
        return finish(r, ACT_ASK, say_to(r, "asks", false) && tell_rest(r, i + know));
    }
    if (match_any(r, i, "shall i|should i") > 0 && is_base_at(r, i + 2)) {
        return finish(r, ACT_OFFER, say_speaker(r, "offers to") && tell_rest(r, i + 2));
    }
    const bool offer = match_any(r, i, "do you want|would you like") > 0;
    return finish(r, offer ? ACT_OFFER : ACT_ASK,
                  say_to(r, "asks", false) && dialogue_say_string(&r->d, "if") &&
                      tell_inverted(r, i));
}

/* Where the auxiliary of a question with a question word stands; 0: none near. */
static size_t find_auxiliary(const reading *r, size_t i)
{
    for (size_t k = i + 1; k < r->to && k <= i + 4; k++) {
        if (dialogue_is_auxiliary(&r->tokens, k)) {
            return k;
        }
        if (!r->tokens.list[k].word || is_base_at(r, k)) {
            return 0;
        }
    }
    return 0;
}

static bool say_run(reading *r, size_t from, size_t to)
{
    for (size_t k = from; k < to; k++) {
        if (!dialogue_say(&r->d, r->tokens.list[k].low)) {
            return false;
        }
    }
    return true;
}

/* "where is the station": "where the station is"; "what is your name": "what Tom's name is". */
static bool tell_be_question(reading *r, size_t wh, size_t be)
{
    const dialogue_tokens *const t = &r->tokens;
    if (match_any(r, be + 1, "wrong|the matter|going on|up|happening") > 0) {
        return say_run(r, wh, be) && say_run(r, be, be + 1) && tell_rest(r, be + 1);
    }
    if (!is_determiner(r, be + 1) && !dialogue_is_name(t, be + 1)) {
        return false;
    }
    for (size_t k = be + 1; k < r->to; k++) {
        const bool open =
            k + 1 == r->to && dialogue_at(t, k, "about like for of to from with in on at");
        if (open || !t->list[k].word || dialogue_is_auxiliary(t, k) ||
            dialogue_is_gerund(t->list[k].low) ||
            dialogue_at(t, k, "like when if because today tomorrow")) {
            return false;
        }
    }
    return r->to - be <= QUESTION_NOUN_WORDS && say_run(r, wh, be) &&
           dialogue_tell(&r->d, be + 1, r->to) && dialogue_say(&r->d, t->list[be].low);
}

static bool tell_wh(reading *r)
{
    const size_t i = r->from;
    const dialogue_tokens *const t = &r->tokens;
    if (!r->asks || !dialogue_at(t, i, "what when where why how who which whose") ||
        match_any(r, i,
                  "how are you|how do you do|what is up|how is it going|what can i do|how "
                  "may i|how can i help|what about|how come") > 0) {
        return false;
    }
    const size_t verb = find_auxiliary(r, i);
    if (!say_to(r, "asks", false)) {
        return false;
    }
    if (verb == 0) {
        return finish(r, ACT_ASK,
                      dialogue_at(t, i, "who what which") && dialogue_is_verb(t, i + 1) &&
                          tell_opening(r, i));
    }
    const size_t mark = r->d.out->len;
    if (say_run(r, i, verb) && tell_inverted(r, verb)) {
        return finish(r, ACT_ASK, true);
    }
    buffer_truncate(r->d.out, mark);
    if (dialogue_at(t, verb, "is are was were")) {
        return finish(r, ACT_ASK, tell_be_question(r, i, verb));
    }
    return false;
}

/* "turn left", "don't forget the key", "please sit down". */
static bool tell_imperative(reading *r)
{
    const dialogue_tokens *const t = &r->tokens;
    size_t i = r->from;
    const bool never = match_any(r, i, "do not|never") > 0;
    if (match(r, i, "do not tell me") > 0) {
        return false;
    }
    i += match(r, i, "do not") + match(r, i, "never");
    if (dialogue_at(t, i, "just always")) {
        i++;
    }
    if (!is_base_at(r, i) || r->asks || r->to - i < 2 ||
        dialogue_at(t, i,
                    "let thank welcome look see guess wait mind hope hear believe worry mean "
                    "love like forgive excuse pardon say be have hold sound taste work wonder "
                    "miss matter happen need want care wish feel know think seem") ||
        (i > 0 && dialogue_at(t, i - 1, "and or but")) || dialogue_is_name(t, i + 1) ||
        dialogue_at(t, i + 1, "is are was will and or has of")) {
        return false;
    }
    for (size_t k = i + 1; k + 1 < r->to; k++) {
        if (dialogue_is_mark(t, k, ',') &&
            dialogue_at(t, k + 1, "i you it he she they we that this there")) {
            r->to = k;
        }
    }
    r->please = r->please || dialogue_at(t, i + 1, "me");
    if (!never && tell_asks_for(r, i)) {
        return true;
    }
    const char *const verb = r->please ? "asks" : "tells";
    return finish(r, ACT_REQUEST,
                  say_to(r, verb, true) && dialogue_say_string(&r->d, never ? "not to" : "to") &&
                      tell_opening(r, i));
}

/* "Let me help you", "let me get the door"; not "let me put on a coat". */
static bool is_for_you(const reading *r, size_t i)
{
    bool found =
        dialogue_at(&r->tokens, i,
                    "help carry get bring show give check take call open fix drive explain "
                    "introduce have look find hold");
    for (size_t k = i; k < r->to; k++) {
        found = found || dialogue_at(&r->tokens, k, "you your us our");
    }
    return found;
}

static bool tell_offer(reading *r)
{
    const size_t n = match_any(r, r->from, "let me|allow me to|i can|i could|would you like me to");
    if (n == 0 || !is_base_at(r, r->from + n)) {
        return false;
    }
    if (match(r, r->from, "let me") > 0) {
        return match_any(r, r->from + n, "see|think|know|guess|tell you|say|have a think") == 0 &&
               is_for_you(r, r->from + n) &&
               finish(r, ACT_OFFER, say_speaker(r, "offers to") && tell_rest(r, r->from + n));
    }
    return match_any(r, r->from, "allow me to|would you like me to") > 0 &&
           finish(r, ACT_OFFER, say_speaker(r, "offers to") && tell_rest(r, r->from + n));
}

static bool starts_clause(const reading *r, size_t i)
{
    const dialogue_tokens *const t = &r->tokens;
    size_t verb = i + 1;
    while (dialogue_is_adverb(t, verb)) {
        verb++;
    }
    return verb < r->to && dialogue_is_verb(t, verb);
}

static dialogue_act act_of_i(const reading *r, size_t verb)
{
    if (match_any(r, verb, "will|am going to|promise|shall") > 0) {
        return ACT_PROMISE;
    }
    if (match_any(r, verb, "want|need|would like|have to|must|have got to|wish|plan|intend") > 0) {
        return ACT_WANT;
    }
    return match_any(r, verb, "think|believe|hope|guess|like|love|hate|prefer|feel|enjoy") > 0
               ? ACT_THINK
               : ACT_SAY;
}

/* "I love hiking because you can …": this "you" is anybody; what it opens is left out. */
static void cut_anybody(reading *r)
{
    for (size_t k = r->from + 3; k + 1 < r->to; k++) {
        if (dialogue_at(&r->tokens, k, "because when where so") &&
            dialogue_at(&r->tokens, k + 1, "you")) {
            r->to = k;
            while (!r->tokens.list[r->to - 1].word) {
                r->to--;
            }
        }
    }
}

/* "I'm trying to be nice, and you still want to fight": the second half is what he says, no fact. */
static bool tells_of_you(const reading *r, size_t from)
{
    for (size_t k = from + 2; k + 2 < r->to; k++) {
        if (dialogue_at(&r->tokens, k, "and but so") &&
            dialogue_at(&r->tokens, k + 1, "you your")) {
            return true;
        }
    }
    return false;
}

/* "I would like to" and "I am going to" in fewer words. */
static bool tell_i(reading *r)
{
    const size_t i = r->from;
    cut_anybody(r);
    size_t verb = i + 1;
    while (dialogue_is_adverb(&r->tokens, verb)) {
        verb++;
    }
    const dialogue_act act = act_of_i(r, verb);
    const size_t like = match(r, verb, "would like");
    if (like > 0 && verb + like < r->to && !dialogue_is_gerund(r->tokens.list[verb + like].low)) {
        const size_t whom = match(r, verb + like, "for you");
        return finish(r, act,
                      say_speaker(r, "wants") && tell_rest(r, verb + like + (whom > 0 ? 1 : 0)));
    }
    const size_t going = match(r, verb, "am going to");
    if (going > 0 && is_base_at(r, verb + going)) {
        return finish(r, act, say_speaker(r, "will") && tell_rest(r, verb + going));
    }
    return finish(r, act, (!tells_of_you(r, i) || say_speaker(r, "says")) && tell_rest(r, i));
}

/* A verb that makes it a sentence; "Yogurt, because it has protein" has none of its own. */
static bool has_finite(const reading *r)
{
    for (size_t i = r->from + 1; i < r->to; i++) {
        const span low = r->tokens.list[i].low;
        if (dialogue_at(&r->tokens, i, "because since which when if as")) {
            return dialogue_at(&r->tokens, r->from, "when if since as");
        }
        if (r->tokens.list[i].word &&
            (dialogue_at(&r->tokens, i, "is are was were has have had do does did") ||
             dialogue_is_modal(low) || dialogue_is_third(low) || dialogue_is_past(low))) {
            return true;
        }
    }
    return false;
}

/* "you turn it on": an instruction. */
static bool tell_instruction(reading *r)
{
    const size_t i = r->from;
    return !r->asks && dialogue_at(&r->tokens, i, "you") && is_base_at(r, i + 1) &&
           !dialogue_is_auxiliary(&r->tokens, i + 1) &&
           !dialogue_at(&r->tokens, i + 1,
                        "have know need want like look seem mean feel think sound own live work "
                        "love hate believe remember understand deserve belong put read let forget "
                        "cut hit set cost hurt say see hear make promise wish") &&
           finish(r, ACT_REQUEST,
                  say_to(r, "tells", true) && dialogue_say_string(&r->d, "to") &&
                      tell_rest(r, i + 1));
}

static bool tell_statement(reading *r)
{
    const dialogue_tokens *const t = &r->tokens;
    const size_t i = r->from;
    if (dialogue_at(t, i, "i") && !r->asks) {
        return starts_clause(r, i) && tell_i(r);
    }
    /* The rest of a number that was cut: "00, but it is on sale". */
    if (t->list[i].text.ptr[0] == '0') {
        return false;
    }
    if ((dialogue_at(t, i, WH) && !dialogue_at(t, i, "when if")) ||
        dialogue_at(t, i, "or such because except than like which sure thank look")) {
        return false;
    }
    /* An order that the rules for orders did not tell is no statement. */
    if (dialogue_at(t, i, "do does did") ||
        (is_base_at(r, i) &&
         !dialogue_at(t, i + 1, "is are was were will can has had and or of in for at on"))) {
        return false;
    }
    if (!has_finite(r) && !(dialogue_at(t, i, "you we they") && starts_clause(r, i))) {
        return false;
    }
    r->told.vague = dialogue_at(t, i, "he she it they this that these those one there");
    r->told.by_other = true;
    if (r->asks) {
        for (size_t k = i; k < r->to; k++) {
            if (!t->list[k].word) {
                return false;
            }
        }
        return dialogue_at(t, i, "you we they he she it there this that") &&
               finish(r, ACT_ASK,
                      say_to(r, "asks", false) && dialogue_say_string(&r->d, "if") &&
                          tell_opening(r, i));
    }
    return finish(r, ACT_SAY, say_speaker(r, "says") && tell_opening(r, i));
}

typedef bool (*teller)(reading *r);

bool dialogue_tell_english(span sentence, const dialogue_persons *who, buffer *out,
                           dialogue_told *out_told)
{
    static const teller TELLERS[] = {tell_suggestion, tell_request,     tell_permission,
                                     tell_yes_no,     tell_wh,          tell_offer,
                                     tell_imperative, tell_instruction, tell_statement};
    reading r;
    const size_t start = out->len;
    r.from = 0;
    r.please = false;
    r.answer = ANSWER_OPEN;
    if (!dialogue_split(&r.tokens, sentence, false)) {
        return false;
    }
    dialogue_trim(&r);
    if (r.to < r.from + MIN_TOLD_TOKENS || r.to > r.from + MAX_TOLD_TOKENS ||
        dialogue_is_courtesy(&r) || dialogue_leans_back(&r)) {
        return false;
    }
    buffer text;
    buffer_init(&text, sentence.len * 8 + 1024);
    bool told = false;
    for (size_t k = 0; k < sizeof(TELLERS) / sizeof(TELLERS[0]) && !told; k++) {
        buffer_reset(&text);
        r.told = (dialogue_told){0};
        r.d = (dialogue_telling){.t = &r.tokens, .who = who, .out = &text};
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

/* "Any allergies?", "How about alcohol?": a thing without a verb. */
static bool tell_reported(reading *r)
{
    const dialogue_tokens *const t = &r->tokens;
    size_t i = r->from + match_any(r, r->from, "how about|what about|and|or");
    const bool about = i > r->from + 1;
    const bool any = dialogue_at(t, i, "any");
    i += any ? 1 : 0;
    if ((!about && !any) || i >= r->to || r->to - i > MAX_REPORTED_TOKENS || is_determiner(r, i) ||
        dialogue_at(t, i, "you i we he she it they me us him them one thing more") ||
        dialogue_is_name(t, i)) {
        return false;
    }
    for (size_t k = i; k < r->to; k++) {
        if (t->list[k].word ? dialogue_at(t, k,
                                          "you i we that which who is are was were do does "
                                          "did have has had can will would could if when")
                            : !dialogue_is_mark(t, k, ',')) {
            return false;
        }
    }
    return say_addressee(r) &&
           dialogue_say_string(&r->d, r->answer == ANSWER_NO ? "reports no" : "reports") &&
           tell_rest(r, i);
}

/* "Do you smoke", "Is it getting worse", "So you're retired, correct": as a statement. */
static bool tell_confirmed(reading *r)
{
    const dialogue_tokens *const t = &r->tokens;
    const size_t i = r->from;
    if (match_any(r, i,
                  "do you know|do you remember|do you want|do you mean|do you mind|do you "
                  "think|do you have a minute|are you sure|are you ok|is that|is this") > 0) {
        return false;
    }
    if (dialogue_at(t, i, "do does did have has had is are was were")) {
        return tell_inverted(r, i);
    }
    return r->answer == ANSWER_YES && dialogue_at(t, i, "you your") && starts_clause(r, i) &&
           tell_rest(r, i);
}

bool dialogue_tell_answered_english(span question, dialogue_answer answer,
                                    const dialogue_persons *who, buffer *out)
{
    reading r;
    r.from = 0;
    r.please = false;
    r.answer = answer;
    if (who->addressee.len == 0 || !dialogue_split(&r.tokens, question, false)) {
        return false;
    }
    dialogue_trim(&r);
    for (size_t n = 0;
         n < 2 && r.to > r.from + 2 && dialogue_at(&r.tokens, r.to - 1, "right correct yes"); n++) {
        r.to -= dialogue_is_mark(&r.tokens, r.to - 2, ',') ? 2 : 1;
    }
    if (!r.asks || r.to < r.from + MIN_TOLD_TOKENS || r.to > r.from + MAX_TOLD_TOKENS) {
        return false;
    }
    const size_t start = out->len;
    for (size_t k = 0; k < 2; k++) {
        r.told = (dialogue_told){0};
        r.d = (dialogue_telling){.t = &r.tokens, .who = who, .out = out};
        if (k == 0 ? tell_confirmed(&r) : tell_reported(&r)) {
            return buffer_ok(out);
        }
        buffer_truncate(out, start);
    }
    return false;
}

bool dialogue_agrees(span sentence, bool french)
{
    dialogue_tokens t;
    if (!dialogue_split(&t, sentence, french) || t.count == 0) {
        return false;
    }
    for (size_t i = 0; i < t.count; i++) {
        if (dialogue_at(&t, i, french ? "mais pas non" : "but not no afraid sorry")) {
            return false;
        }
    }
    return french ? dialogue_match(&t, 0, "d' accord") > 0 ||
                        dialogue_match(&t, 0, "bien s\xC3\xBBr") > 0 ||
                        dialogue_at(&t, 0, "ok oui volontiers entendu parfait")
                  : dialogue_at(&t, 0, "ok okay sure alright certainly yes yeah deal") ||
                        dialogue_match(&t, 0, "of course") > 0 ||
                        dialogue_match(&t, 0, "all right") > 0 ||
                        dialogue_match(&t, 0, "no problem") > 0 ||
                        dialogue_match(&t, 0, "good idea") > 0;
}
