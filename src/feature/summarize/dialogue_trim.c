/*
 * dialogue_trim.c - what of an English sentence is courtesy: openings ("Well,", "Tom,"), endings (", please",
 * ", isn't it"), and sentences that tell nothing.
 */
#include "evidence/evidence.h"
#include "feature/summarize/dialogue_reading.h"
#include "feature/summarize/dialogue_verbs.h"

enum { MAX_COURTESY_TOKENS = 8 };

static const char OPENERS[] =
    "yes yeah yep yea no nope well oh ok okay sure right hmm uh um ah wow hey hi hello actually "
    "anyway so but and then now mm ur er aha ha gee gosh alright aright look listen see honestly "
    "frankly besides however also or really great good fine ouch sorry anyways mhm mmhmm nah huh "
    "exactly absolutely certainly definitely true perfect excellent congratulations";

static const char VOCATIVES[] =
    "sir madam ma'am miss mr mrs dear honey darling man doctor dad mom mum "
    "mommy daddy sweetie baby guys buddy pal please ok okay right too then "
    "though now anyway actually waiter officer professor everyone folks kid";

static const char *const PHRASES[] = {
    "of course",
    "all right",
    "you know",
    "i see",
    "i mean",
    "good morning",
    "thank you",
    "good afternoon",
    "good evening",
    "excuse me",
    "come on",
    "in fact",
    "no problem",
    "not at all",
    "oh my god",
    "my god",
    "you see",
    "pardon me",
    "i'm afraid",
    "to be honest",
    "by the way",
    "that is right",
    "you are right",
    "i am sorry",
    "thanks a lot",
    "thank you very much",
    "me too",
    "no way",
    "for sure",
    "it is ok",
    "as you know",
    "i am afraid",
    "to tell you the truth",
    "let me see",
    "you said it",
    "i know",
    "that is true",
    "i agree",
    "no wonder",
    "for example",
    "at least",
    "i guess",
    "that is great",
    "that is good",
    "that is wonderful",
    "that is fine",
    "that is nice",
    "that is ok",
    "that is too bad",
    "i am sorry to hear that",
    "good idea",
    "what a pity",
    "do not worry",
    "guess what",
    "well done",
    "i know what you mean",
};

static bool mark_ends(const dialogue_tokens *t, size_t i)
{
    return i < t->count && !t->list[i].word && strchr(".!?,;:", t->list[i].text.ptr[0]) != NULL;
}

bool dialogue_is_name(const dialogue_tokens *t, size_t i)
{
    return i < t->count && t->list[i].word && t->list[i].capital &&
           !evidence_is_common_word(t->list[i].text) && !dialogue_at(t, i, "i");
}

/* How many tokens of an opening at i: "Well,", "Of course,", "Tom,"; 0: none. */
static size_t opener(const dialogue_reading *r, size_t i)
{
    const dialogue_tokens *const t = &r->tokens;
    for (size_t k = 0; k < sizeof(PHRASES) / sizeof(PHRASES[0]); k++) {
        const size_t n = dialogue_match(t, i, PHRASES[k]);
        if (n > 0 && mark_ends(t, i + n)) {
            return n + 1;
        }
    }
    const size_t afraid = dialogue_match(t, i, "i am afraid");
    if (afraid > 0 && !dialogue_at(t, i + afraid, "not so of to")) {
        return afraid + (dialogue_at(t, i + afraid, "that") ? 1 : 0);
    }
    const size_t know = dialogue_match(t, i, "you know") + dialogue_match(t, i, "you see");
    if (know > 0 &&
        !dialogue_at(t, i + know, "what how why where who if whether anything the a any")) {
        return know;
    }
    if (dialogue_at(t, i, OPENERS) && mark_ends(t, i + 1)) {
        return 2;
    }
    if (dialogue_at(t, i,
                    "well oh ok okay so but and hey yes yeah yep yup no nope nah wow then hi hello "
                    "anyway") &&
        i + 2 < t->count &&
        !dialogue_at(t, i + 1, "of more one longer doubt problem wonder matter way need if that")) {
        return 1;
    }
    const bool title = dialogue_at(t, i, "mr mrs ms miss dr");
    const size_t name = i + (title ? 1 : 0) + (title && dialogue_is_mark(t, i + 1, '.') ? 1 : 0);
    if ((dialogue_is_name(t, name) || dialogue_at(t, i, VOCATIVES)) && mark_ends(t, name + 1) &&
        !dialogue_at(t, name + 2, "because and or but")) {
        return name + 2 - i;
    }
    return 0;
}

/* ", Tom", ", please", ", isn't it": where the sentence ends before them. */
static size_t without_tail(dialogue_reading *r, size_t to)
{
    const dialogue_tokens *const t = &r->tokens;
    while (to > r->from && !t->list[to - 1].word) {
        to--;
    }
    for (size_t n = 1; n <= 4 && to > r->from + n + 1; n++) {
        const size_t first = to - n;
        if (!dialogue_is_mark(t, first - 1, ',')) {
            continue;
        }
        const bool called =
            (n == 1 && (dialogue_is_name(t, first) || dialogue_at(t, first, VOCATIVES))) ||
            (n == 2 &&
             (dialogue_is_name(t, first + 1) && dialogue_at(t, first, "mr mrs ms miss dr dear")));
        const bool tag = n >= 2 && (dialogue_is_auxiliary(t, first)) &&
                         dialogue_at(t, to - 1, "you it they he she we i not that there");
        if (called || tag) {
            r->please = r->please || dialogue_at(t, first, "please");
            return without_tail(r, first - 1);
        }
    }
    if (dialogue_at(t, to - 1, "please") && to > r->from + 2) {
        r->please = true;
        to--;
    }
    return to;
}

/* "..., so please tell me": a request behind a statement, which cannot be told as part of it. */
static bool asks_aside(const dialogue_tokens *t, size_t from, size_t i)
{
    const size_t please = i + 1 + (dialogue_at(t, i + 1, "so and") ? 1 : 0);
    return i > from + 2 && dialogue_is_mark(t, i, ',') && dialogue_at(t, please, "please") &&
           please + 2 < t->count && t->list[please + 1].word;
}

void dialogue_trim(dialogue_reading *r)
{
    const dialogue_tokens *const t = &r->tokens;
    size_t n = 0;
    while (r->from < t->count && !t->list[r->from].word) {
        r->from++;
    }
    r->to = t->count;
    r->asks = t->count > 0 && dialogue_is_mark(t, t->count - 1, '?');
    while ((n = opener(r, r->from)) > 0 && r->from + n < t->count) {
        r->from += n;
    }
    if (dialogue_at(t, r->from, "please")) {
        r->please = true;
        r->from++;
        r->from += dialogue_is_mark(t, r->from, ',') ? 1 : 0;
    }
    for (size_t i = r->from; i < r->to; i++) {
        if ((!t->list[i].word && strchr(",.?!", t->list[i].text.ptr[0]) == NULL) ||
            asks_aside(t, r->from, i)) {
            r->to = i;
        }
    }
    r->to = without_tail(r, r->to);
}

/* Sentences of courtesy tell nothing: these as a whole, */
static const char WHOLE_COURTESY[] =
    "i see|i know|i understand|that is right|that is true|that is all|that is great|that is good|"
    "that sounds good|sounds good|here you are|here it is|i agree|i do|i am|you are right|i think "
    "so|"
    "i hope so|i do not know|it is ok|that is ok|that is fine|i guess so|you bet|i can not wait|"
    "there you are|there you go|here you go|here we are|it is me|you said it|i am fine|they are|"
    "it is|you are|i did|i will|i have|i would|i would love to|i am sorry|i am terribly sorry|"
    "i am so sorry|that is it|i am afraid so|i hope not|that is very kind of you|you got it|"
    "i am awesome|i am great|i am good|i am pretty good|i am doing well|tell me|"
    "i know what you mean|i can assure you|i assure you|i can tell you|why am i not surprised|are "
    "you kidding me|are you kidding|are you serious|maybe you are "
    "right|are you joking|"
    "i have got it|i got it|you know why|that is a good idea|it is a deal|that is ok|are you sure|"
    "is that right|is that so|you are kidding|you must be kidding|i am just kidding|i beg your "
    "pardon|"
    "that would be great|that would be nice|that would be fine|that is too bad|i am listening|"
    "what is that|what is it|who is it|that is very nice of you|i do not think so|you can not miss "
    "it";
/* and these however they go on, if not for long. */
static const char OPENING_COURTESY[] =
    "nice to meet|thank|thanks|see you|have a nice|have a good|good bye|goodbye|you are welcome|it "
    "is my pleasure|my pleasure|how are you|it is nice to|it is very nice to|i am sorry to "
    "hear|what a|"
    "can i help|may i help|i appreciate|i mean|how do you do|it is a pleasure|i am glad to|long "
    "time|"
    "what do you mean|welcome to|what can i do for|may i take your order|you are so|you are "
    "very|you are too|hello|"
    "how have you been|how is it going|how is everything|what brings you|fancy |what is new|"
    "glad to|good to|it is good to see|it is great to|it is so good to|pleased to|happy to meet|"
    "happy birthday|have a great|take care|how is life|i have not seen you|look who|"
    "i am fine|i am good, thank|good morning|good afternoon|good evening|good night|sorry to|sorry "
    "for|sorry about|excuse me";

bool dialogue_is_courtesy(const dialogue_reading *r)
{
    const bool opens = dialogue_match_any(&r->tokens, r->from, r->to, OPENING_COURTESY) > 0;
    return (opens && r->to - r->from <= MAX_COURTESY_TOKENS) ||
           dialogue_is_any(&r->tokens, r->from, r->to, WHOLE_COURTESY);
}

/* "That" by itself at i, not "that day", "the one that is". */
static bool is_bare_that(const dialogue_reading *r, size_t i)
{
    const dialogue_tokens *const t = &r->tokens;
    if (!dialogue_at(t, i, "that this")) {
        return false;
    }
    if (i + 1 == r->to) {
        return true;
    }
    const bool opens =
        i == r->from ||
        dialogue_at(t, i - 1,
                    "think thinks thought believe say said guess know hope so because if "
                    "and but suppose sure afraid when");
    return opens && (dialogue_is_auxiliary(t, i + 1) || dialogue_is_third(t->list[i + 1].low));
}

bool dialogue_leans_back(const dialogue_reading *r)
{
    const dialogue_tokens *const t = &r->tokens;
    bool has_question = r->asks;
    bool names_you = false;
    for (size_t i = r->from; i < r->to; i++) {
        if (is_bare_that(r, i) && !(r->asks && i == r->from + 1)) {
            return true;
        }
        /* "How often do you call each other?": "you" would be one of them. */
        if (dialogue_at(t, i, "each both") && dialogue_at(t, i + 1, "other of") && names_you) {
            return true;
        }
        names_you = names_you || dialogue_at(t, i, "you");
        has_question =
            has_question || dialogue_at(t, i, "what where how who which when why if whether");
    }
    const bool answers =
        dialogue_at(t, r->from, "i we you they he she it") &&
        dialogue_is_auxiliary(t, r->from + 1) && r->from + 2 < r->to &&
        (dialogue_is_mark(t, r->from + 2, ',') || dialogue_at(t, r->from + 2, "and but"));
    size_t last = r->to - 1;
    while (last > r->from &&
           dialogue_at(t, last, "too either also anyway now possibly so then not")) {
        last--;
    }
    /* "At 9 AM", "since May" end in no verb. */
    const bool wishes = last > r->from && dialogue_at(t, last, "better") &&
                        dialogue_at(t, last - 1, "i it you he she we they");
    return answers || wishes || dialogue_at(t, r->from, "mine yours ours theirs") ||
           (!has_question && dialogue_is_auxiliary(t, last) && !dialogue_at(t, last, "need") &&
            !t->list[last].capital);
}
