/*
 * dialogue_rewrite.c - English direct speech told from outside.
 *
 * Reads left to right. "I" and "you" as subjects become names and make the next verb agree; objects
 * and possessives become names; "we" becomes "they". Anything that does not fit stops the telling:
 * no sentence is better than a wrong one.
 */
#include "feature/summarize/dialogue_rewrite.h"

#include "evidence/evidence.h"
#include "feature/summarize/dialogue_verbs.h"

enum { MAX_PLURAL_SUBJECT = 6 };

static const char ADVERBS[] =
    "also always just really usually often never still already only actually probably certainly "
    "definitely even truly simply finally recently normally generally sometimes ever mostly almost "
    "currently hardly rather strictly basically kind quite both all especially absolutely totally "
    "sincerely strongly personally first now then soon sure so totally deeply fully";

static const char PREPOSITIONS[] =
    "to for with of about from at by on in than like without between "
    "after before into near behind under over around beside against";

static const char OBJECT_VERBS[] = "help let make see hear watch have thank give tell show send "
                                   "ask bring lend offer call meet miss get find helping making "
                                   "seeing letting giving made gave told helped wish";

bool dialogue_say(dialogue_telling *d, span word)
{
    const bool space = d->out->len > 0;
    return (!space || buffer_append_byte(d->out, ' ')) && buffer_append(d->out, word);
}

bool dialogue_say_string(dialogue_telling *d, const char *word)
{
    return dialogue_say(d, span_from_string(word));
}

bool dialogue_is_adverb(const dialogue_tokens *t, size_t i)
{
    return dialogue_at(t, i, ADVERBS);
}

bool dialogue_is_auxiliary(const dialogue_tokens *t, size_t i)
{
    return i < t->count && t->list[i].word &&
           (dialogue_is_modal(t->list[i].low) ||
            dialogue_at(t, i, "am is are was were be have has had do does did"));
}

bool dialogue_is_verb(const dialogue_tokens *t, size_t i)
{
    if (i >= t->count || !t->list[i].word) {
        return false;
    }
    const span low = t->list[i].low;
    return dialogue_is_auxiliary(t, i) || dialogue_is_base(low) || dialogue_is_past(low);
}

static size_t past_adverbs(const dialogue_tokens *t, size_t i)
{
    while (dialogue_is_adverb(t, i)) {
        i++;
    }
    return i;
}

/* "isn't", "can't": the auxiliary and its negation as one word. */
static bool say_negated(dialogue_telling *d, span auxiliary)
{
    if (span_equal(auxiliary, SPAN("can"))) {
        return dialogue_say_string(d, "can't");
    }
    if (span_equal(auxiliary, SPAN("will"))) {
        return dialogue_say_string(d, "won't");
    }
    if (dialogue_is_one_of(auxiliary, "may might shall")) {
        return dialogue_say(d, auxiliary) && dialogue_say_string(d, "not");
    }
    return dialogue_say(d, auxiliary) && buffer_append_string(d->out, "n't");
}

/* The auxiliary after a name: am and are become is. */
static span agreeing(span low)
{
    return dialogue_is_one_of(low, "am are") ? SPAN("is")
           : span_equal(low, SPAN("were"))   ? SPAN("was")
           : span_equal(low, SPAN("have"))   ? SPAN("has")
           : span_equal(low, SPAN("do"))     ? SPAN("does")
                                             : low;
}

/* "would" that stands for "had": "I'd better", "I'd been", "we'd already planned". */
static span true_auxiliary(const dialogue_tokens *t, size_t i)
{
    const size_t next = past_adverbs(t, i + 1);
    const bool participle = next < t->count && dialogue_is_past(t->list[next].low) &&
                            !dialogue_is_base(t->list[next].low);
    const bool had =
        dialogue_at(t, i, "would") && (participle || dialogue_at(t, i + 1, "better been"));
    return had ? SPAN("had") : t->list[i].low;
}

static bool is_participle_of_talk(const dialogue_tokens *t, size_t i)
{
    return dialogue_at(t, i, "got gotten been gone done seen");
}

static bool say_base(dialogue_telling *d, span base)
{
    return dialogue_say(d, SPAN("")) && dialogue_append_third(d->out, base);
}

size_t dialogue_tell_verb(dialogue_telling *d, size_t i)
{
    const dialogue_tokens *const t = d->t;
    if (i >= t->count || !t->list[i].word) {
        return 0;
    }
    const span low = true_auxiliary(t, i);
    const bool negated = dialogue_at(t, i + 1, "not");
    d->agrees = false;
    d->has_verb = true;
    if (span_equal(low, SPAN("had")) && dialogue_at(t, i + 1, "better")) {
        return dialogue_say_string(d, "should") ? 2 : 0;
    }
    /* "I do have some news". */
    if (span_equal(low, SPAN("do")) && i + 1 < t->count && dialogue_is_base(t->list[i + 1].low) &&
        !dialogue_at(t, i + 1, "work need help")) {
        return dialogue_tell_verb(d, i + 1) == 1 ? 2 : 0;
    }
    /* "I have got" is "has". */
    if (span_equal(low, SPAN("have")) && is_participle_of_talk(t, i + 1) &&
        dialogue_at(t, i + 1, "got") &&
        !dialogue_at(t, i + 2, "married lost you me him her us them rid used")) {
        return dialogue_say_string(d, "has") ? 2 : 0;
    }
    if (dialogue_is_auxiliary(t, i)) {
        const bool main_do = dialogue_at(t, i, "do") && !negated;
        d->second = main_do || dialogue_at(t, i, "have am are") ? SECOND_THIRD : SECOND_AS_IS;
        const bool ok = negated ? say_negated(d, agreeing(low)) : dialogue_say(d, agreeing(low));
        return !ok ? 0 : negated ? 2 : 1;
    }
    if (span_equal(low, SPAN("use")) && dialogue_at(t, i + 1, "to")) {
        return dialogue_say_string(d, "used") ? 1 : 0;
    }
    /* "I read": today or yesterday? */
    if (dialogue_is_base(low) && dialogue_is_past(low)) {
        return 0;
    }
    if (dialogue_is_base(low)) {
        d->second = SECOND_THIRD;
        return say_base(d, low) ? 1 : 0;
    }
    if (dialogue_is_past(low)) {
        d->second = SECOND_AS_IS;
        return dialogue_say(d, low) ? 1 : 0;
    }
    return 0;
}

/* Whether "you" at i is who acts. */
static bool is_subject(const dialogue_tokens *t, size_t i)
{
    const size_t verb = past_adverbs(t, i + 1);
    if (!dialogue_is_verb(t, verb)) {
        return false;
    }
    return i == 0 || !(dialogue_at(t, i - 1, PREPOSITIONS) || dialogue_at(t, i - 1, OBJECT_VERBS));
}

static bool say_possessive(dialogue_telling *d, span name)
{
    return dialogue_say(d, name) && buffer_append_string(d->out, "'s");
}

/* I, you, we and their forms. *out_done: it was one of them. */
static bool tell_person(dialogue_telling *d, size_t i, bool *out_done)
{
    const dialogue_tokens *const t = d->t;
    const span me = d->who->speaker;
    const span you = d->who->addressee;
    *out_done = true;
    if (dialogue_at(t, i, "i")) {
        const bool plural = i > 0 && dialogue_at(t, i - 1, "and") && !d->has_verb &&
                            d->out->len > 0 && i < MAX_PLURAL_SUBJECT;
        d->agrees = !plural;
        d->has_verb = false;
        d->second = SECOND_AS_IS;
        return dialogue_say(d, me);
    }
    if (dialogue_at(t, i, "me")) {
        return dialogue_say(d, me);
    }
    if (dialogue_at(t, i, "my mine")) {
        return say_possessive(d, me);
    }
    if (dialogue_at(t, i, "you")) {
        d->agrees = is_subject(t, i);
        d->second = d->agrees ? SECOND_AS_IS : d->second;
        d->has_verb = d->agrees ? false : d->has_verb;
        return you.len > 0 && dialogue_say(d, you);
    }
    /* "On your left hand" shows the way to anybody. */
    if (dialogue_at(t, i, "your") && dialogue_at(t, i + 1, "left right") && i > 0 &&
        dialogue_at(t, i - 1, "on to at")) {
        return dialogue_say_string(d, "the");
    }
    if (dialogue_at(t, i, "your yours")) {
        return you.len > 0 && say_possessive(d, you);
    }
    static const char *const PLURALS[][2] = {{"we", "they"},
                                             {"us", "them"},
                                             {"our", "their"},
                                             {"ours", "theirs"},
                                             {"ourselves", "themselves"}};
    for (size_t k = 0; k < sizeof(PLURALS) / sizeof(PLURALS[0]); k++) {
        if (dialogue_at(t, i, PLURALS[k][0])) {
            /* "I suggest we go and look": both verbs are theirs. */
            d->second = k == 0 ? SECOND_AS_IS : d->second;
            return dialogue_say_string(d, PLURALS[k][1]);
        }
    }
    *out_done = false;
    return true;
}

/* "and eat" after "works out": the second verb agrees as the first. */
static bool is_second_verb(const dialogue_telling *d, size_t i)
{
    return d->second != SECOND_AS_IS && i > 0 && dialogue_at(d->t, i - 1, "and or but") &&
           (dialogue_is_base(d->t->list[i].low) || dialogue_at(d->t, i, "do have")) &&
           !dialogue_at(d->t, i, "like") && !dialogue_at(d->t, i + 1, "is are");
}

/* A word that is known as nothing but a noun can be: not "think", "that", "if", "because". */
static bool is_plain_noun(const dialogue_tokens *t, size_t i)
{
    return !dialogue_is_verb(t, i) && !dialogue_is_adverb(t, i) &&
           !evidence_is_function_word(t->list[i].low) && !dialogue_is_third(t->list[i].low) &&
           !dialogue_at(t, i,
                        "sure glad afraid sorry happy today tomorrow here there maybe perhaps "
                        "now course though although");
}

static bool refuses(const dialogue_tokens *t, size_t i)
{
    const bool turned = i > 0 && dialogue_at(t, i, "you i we") && dialogue_is_auxiliary(t, i - 1) &&
                        !dialogue_at(t, i - 1, "have had did");
    /* ", you know," and "thank you" are said, not told. */
    const bool aside =
        (i > 0 && dialogue_is_mark(t, i - 1, ',') && dialogue_match(t, i, "you know") > 0) ||
        dialogue_match(t, i, "thank you") > 0 || dialogue_match(t, i, "excuse me") > 0;
    /* "between you 2" */
    const bool several = dialogue_at(t, i, "you") && dialogue_at(t, i + 1, "2 two both all guys");
    /* "the kind of pants you can lounge around in": anybody. */
    const bool anybody = i > 1 && dialogue_at(t, i, "you") &&
                         dialogue_at(t, i + 1, "can could have must may might") &&
                         t->list[i - 1].word && is_plain_noun(t, i - 1);
    return turned || aside || several || anybody || dialogue_match(t, i, "let us") > 0 ||
           dialogue_match(t, i, "afraid not") > 0 || dialogue_match(t, i, "afraid so") > 0 ||
           dialogue_at(t, i, "uh um er hmm myself yourself yourselves ya u ur i'ma dunno thee");
}

/* One token; returns how many were told, 0: refused. */
static size_t tell_one(dialogue_telling *d, size_t i)
{
    const dialogue_token *const token = &d->t->list[i];
    bool done = false;
    if (!token->word) {
        const bool comma = token->text.ptr[0] == ',';
        return comma && !d->agrees && buffer_append_byte(d->out, ',') ? 1 : 0;
    }
    if (refuses(d->t, i) || !tell_person(d, i, &done)) {
        return 0;
    }
    if (done) {
        return 1;
    }
    if (d->agrees) {
        if (dialogue_at(d->t, i, "just really actually basically sure simply so sincerely")) {
            return 1;
        }
        if (dialogue_is_adverb(d->t, i)) {
            return dialogue_say(d, token->low) ? 1 : 0;
        }
        return dialogue_tell_verb(d, i);
    }
    if (is_second_verb(d, i)) {
        return d->second == SECOND_THIRD ? dialogue_tell_verb(d, i)
               : dialogue_say(d, SPAN("")) && dialogue_append_gerund(d->out, token->low) ? 1
                                                                                         : 0;
    }
    if (dialogue_at(d->t, i, "would") && span_equal(true_auxiliary(d->t, i), SPAN("had")) &&
        !dialogue_at(d->t, i + 1, "better")) {
        d->has_verb = true;
        return dialogue_say_string(d, "had") ? 1 : 0;
    }
    if (dialogue_at(d->t, i, "is") && dialogue_at(d->t, i + 1, "got been")) {
        d->has_verb = true;
        return dialogue_say_string(d, "has") ? 1 + (size_t)dialogue_at(d->t, i + 1, "got") : 0;
    }
    if (span_equal(token->low, SPAN("to"))) {
        d->second = SECOND_AS_IS;
    }
    if (dialogue_is_auxiliary(d->t, i) && dialogue_at(d->t, i + 1, "not")) {
        d->has_verb = true;
        return say_negated(d, token->low) ? 2 : 0;
    }
    /* "I had all of them and am up to date" */
    if (span_equal(token->text, SPAN("am")) && i > 0 && dialogue_at(d->t, i - 1, "and or but")) {
        d->has_verb = true;
        return dialogue_say_string(d, "is") ? 1 : 0;
    }
    d->has_verb = d->has_verb || dialogue_is_verb(d->t, i) || dialogue_is_third(token->low);
    return dialogue_say(d, token->text) ? 1 : 0;
}

/* Whether the source has the word in small letters. */
static bool is_written_small(span source, span low)
{
    size_t at = 0;
    while (low.len > 0 && at + low.len <= source.len) {
        const char *const found = memmem(source.ptr + at, source.len - at, low.ptr, low.len);
        if (found == NULL) {
            return false;
        }
        const size_t start = (size_t)(found - source.ptr);
        const size_t end = start + low.len;
        if ((start == 0 || strchr(" \n'(\"", source.ptr[start - 1]) != NULL) &&
            (end == source.len || strchr(" \n'.,!?;:)", source.ptr[end]) != NULL)) {
            return true;
        }
        at = start + 1;
    }
    return false;
}

bool dialogue_say_opening(dialogue_telling *d, size_t i)
{
    const dialogue_token *const token = &d->t->list[i];
    const bool small = token->capital && !dialogue_at(d->t, i, "i") &&
                       (evidence_is_common_word(token->text) || dialogue_is_adverb(d->t, i) ||
                        dialogue_is_base(token->low) || dialogue_is_gerund(token->low) ||
                        is_written_small(d->who->source, token->low));
    return dialogue_say(d, small ? token->low : token->text);
}

bool dialogue_tell(dialogue_telling *d, size_t from, size_t to)
{
    for (size_t i = from; i < to;) {
        const size_t n = tell_one(d, i);
        if (n == 0) {
            return false;
        }
        i += n;
    }
    return !d->agrees;
}
