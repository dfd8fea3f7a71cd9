/*
 * dialogue_verbs.c - English verbs of everyday talk: which words they are, and their forms.
 *
 * Two tables: irregular verbs with their past, and regular ones as one list. Lookups are linear; a
 * turn has a handful of words.
 */
#include "feature/summarize/dialogue_verbs.h"

#include <string.h>

typedef struct irregular {
    const char *base, *past;
} irregular;

static const irregular IRREGULAR[] = {
    {"become", "became"}, {"begin", "began"},   {"bleed", "bled"},    {"undergo", "underwent"},
    {"blow", "blew"},     {"break", "broke"},   {"bring", "brought"}, {"build", "built"},
    {"buy", "bought"},    {"catch", "caught"},  {"choose", "chose"},  {"come", "came"},
    {"cost", "cost"},     {"cut", "cut"},       {"deal", "dealt"},    {"do", "did"},
    {"draw", "drew"},     {"dream", "dreamed"}, {"drink", "drank"},   {"drive", "drove"},
    {"eat", "ate"},       {"fall", "fell"},     {"feel", "felt"},     {"fight", "fought"},
    {"find", "found"},    {"fly", "flew"},      {"forget", "forgot"}, {"get", "got"},
    {"give", "gave"},     {"go", "went"},       {"grow", "grew"},     {"hang", "hung"},
    {"have", "had"},      {"hear", "heard"},    {"hide", "hid"},      {"hit", "hit"},
    {"hold", "held"},     {"hurt", "hurt"},     {"keep", "kept"},     {"know", "knew"},
    {"lead", "led"},      {"learn", "learned"}, {"leave", "left"},    {"lend", "lent"},
    {"let", "let"},       {"lie", "lay"},       {"lose", "lost"},     {"make", "made"},
    {"mean", "meant"},    {"meet", "met"},      {"pay", "paid"},      {"put", "put"},
    {"quit", "quit"},     {"read", "read"},     {"ride", "rode"},     {"ring", "rang"},
    {"run", "ran"},       {"say", "said"},      {"see", "saw"},       {"sell", "sold"},
    {"send", "sent"},     {"set", "set"},       {"show", "showed"},   {"shut", "shut"},
    {"sing", "sang"},     {"sit", "sat"},       {"sleep", "slept"},   {"speak", "spoke"},
    {"spend", "spent"},   {"spill", "spilled"}, {"stand", "stood"},   {"steal", "stole"},
    {"stick", "stuck"},   {"swim", "swam"},     {"take", "took"},     {"teach", "taught"},
    {"tell", "told"},     {"think", "thought"}, {"throw", "threw"},   {"understand", "understood"},
    {"wake", "woke"},     {"wear", "wore"},     {"win", "won"},       {"write", "wrote"},
};

/* Regular verbs. */
static const char *const REGULAR[] = {
    "accept",     "add",       "admire",   "admit",     "advise",    "afford",    "agree",
    "allow",      "announce",  "answer",   "apologize", "appear",    "apply",     "appreciate",
    "argue",      "arrange",   "arrive",   "ask",       "assume",    "attend",    "bake",
    "believe",    "belong",    "blame",    "book",      "borrow",    "bother",    "brush",
    "burn",       "call",      "cancel",   "care",      "carry",     "cause",     "celebrate",
    "change",     "charge",    "chat",     "check",     "claim",     "clean",     "climb",
    "close",      "collect",   "complain", "complete",  "concern",   "confirm",   "consider",
    "consist",    "contact",   "contain",  "continue",  "cook",      "copy",      "count",
    "cover",      "create",    "cross",    "cry",       "dance",     "decide",    "deliver",
    "depend",     "describe",  "deserve",  "design",    "die",       "discuss",   "dislike",
    "doubt",      "download",  "dress",    "drop",      "earn",      "email",     "end",
    "enjoy",      "enter",     "envy",     "exchange",  "exercise",  "expect",    "explain",
    "explore",    "fail",      "fill",     "finish",    "fit",       "fix",       "follow",
    "gain",       "guess",     "hand",     "handle",    "happen",    "hate",      "help",
    "hire",       "hope",      "hurry",    "imagine",   "improve",   "include",   "increase",
    "inform",     "insist",    "intend",   "introduce", "invite",    "iron",      "join",
    "jump",       "kill",      "kiss",     "knock",     "lack",      "laugh",     "like",
    "listen",     "live",      "look",     "love",      "major",     "manage",    "marry",
    "matter",     "mention",   "mind",     "miss",      "mix",       "move",      "need",
    "notice",     "obtain",    "offer",    "open",      "order",     "organize",  "owe",
    "own",        "pack",      "paint",    "park",      "pass",      "phone",     "pick",
    "plan",       "plant",     "play",     "practice",  "prefer",    "prepare",   "present",
    "press",      "print",     "produce",  "promise",   "provide",   "pull",      "push",
    "rain",       "reach",     "realize",  "receive",   "recommend", "record",    "reduce",
    "refuse",     "register",  "relax",    "remain",    "remember",  "remind",    "rent",
    "repair",     "repeat",    "replace",  "reply",     "report",    "request",   "require",
    "reserve",    "respect",   "rest",     "return",    "review",    "save",      "search",
    "seem",       "separate",  "serve",    "share",     "ship",      "shop",      "shout",
    "sign",       "skip",      "smell",    "smile",     "smoke",     "solve",     "sound",
    "specialize", "start",     "stay",     "stop",      "stretch",   "study",     "suffer",
    "suggest",    "suit",      "supply",   "support",   "suppose",   "surprise",  "suspect",
    "switch",     "talk",      "taste",    "thank",     "touch",     "train",     "travel",
    "treat",      "trust",     "try",      "turn",      "type",      "use",       "visit",
    "wait",       "walk",      "want",     "warn",      "wash",      "watch",     "welcome",
    "wish",       "wonder",    "work",     "worry",     "worship",   "yell",      "upgrade",
    "update",     "submit",    "spend",    "waste",     "weigh",     "swear",     "stir",
    "sweep",      "feed",      "attach",   "heat",      "boil",      "fry",       "peel",
    "pour",       "connect",   "click",    "post",      "verify",    "lock",      "unlock",
    "protect",    "avoid",     "protest",  "raise",     "lower",     "restart",   "reboot",
    "install",    "reinstall", "unplug",   "vomit",     "faint",     "swallow",   "breathe",
    "graduate",   "supervise", "develop",  "operate",   "recover",   "prescribe", "diagnose",
    "sneeze",     "adopt",     "injure",
};

/* Past forms that are spelt like nothing else here, and participles used as past in talk. */
static const char *const MODALS[] = {"will", "would", "can",   "could",  "should",
                                     "must", "may",   "might", "cannot", "shall"};

/* Verbs whose last letter is doubled. */
static const char *const DOUBLING[] = {"get",  "sit",    "run",  "stop", "plan", "put",    "let",
                                       "cut",  "swim",   "shop", "chat", "skip", "forget", "begin",
                                       "drop", "fit",    "set",  "hit",  "win",  "admit",  "prefer",
                                       "quit", "submit", "stir", "ship", "shut", "unplug"};

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static bool is_in(span word, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (span_equal(word, span_from_string(list[i]))) {
            return true;
        }
    }
    return false;
}

static const irregular *find_irregular(span word, bool past)
{
    for (size_t i = 0; i < COUNT(IRREGULAR); i++) {
        if (span_equal(word, span_from_string(past ? IRREGULAR[i].past : IRREGULAR[i].base))) {
            return &IRREGULAR[i];
        }
    }
    return NULL;
}

bool dialogue_is_base(span word)
{
    return is_in(word, REGULAR, COUNT(REGULAR)) || find_irregular(word, false) != NULL;
}

bool dialogue_is_modal(span word)
{
    return is_in(word, MODALS, COUNT(MODALS));
}

/* Takes an ending off and says whether a base is left: "needed", "tried", "stopped", "used". */
static bool has_base(span word, const char *ending, bool (*is_form)(span))
{
    const span tail = span_from_string(ending);
    char form[40];
    if (!span_ends_with(word, tail) || word.len <= tail.len + 1 || word.len >= sizeof(form) - 1) {
        return false;
    }
    size_t n = word.len - tail.len;
    memcpy(form, word.ptr, n);
    if (is_form(span_from(form, n))) {
        return true;
    }
    form[n] = 'e';
    if (is_form(span_from(form, n + 1))) {
        return true;
    }
    if (form[n - 1] == 'i') {
        form[n - 1] = 'y';
        return is_form(span_from(form, n));
    }
    return n > 2 && form[n - 1] == form[n - 2] && is_form(span_from(form, n - 1));
}

static bool is_regular(span word)
{
    return is_in(word, REGULAR, COUNT(REGULAR));
}

bool dialogue_is_past(span word)
{
    return span_equal(word, SPAN("was")) || span_equal(word, SPAN("were")) ||
           find_irregular(word, true) != NULL ||
           (!dialogue_is_base(word) && has_base(word, "ed", is_regular));
}

bool dialogue_is_third(span word)
{
    return span_equal(word, SPAN("is")) || span_equal(word, SPAN("has")) ||
           (!dialogue_is_base(word) &&
            (has_base(word, "s", dialogue_is_base) || has_base(word, "es", dialogue_is_base)));
}

bool dialogue_is_gerund(span word)
{
    return has_base(word, "ing", dialogue_is_base);
}

static bool is_vowel(char c)
{
    return c == 'a' || c == 'e' || c == 'i' || c == 'o' || c == 'u';
}

static bool ends_in_consonant_y(span base)
{
    return base.len > 1 && base.ptr[base.len - 1] == 'y' && !is_vowel(base.ptr[base.len - 2]);
}

bool dialogue_append_third(buffer *out, span base)
{
    static const char *const SIBILANTS[] = {"s", "x", "sh", "ch", "o", "z"};
    if (span_equal(base, SPAN("have"))) {
        return buffer_append_string(out, "has");
    }
    if (ends_in_consonant_y(base)) {
        return buffer_append(out, span_slice(base, 0, base.len - 1)) &&
               buffer_append_string(out, "ies");
    }
    bool long_ending = false;
    for (size_t i = 0; i < COUNT(SIBILANTS); i++) {
        long_ending = long_ending || span_ends_with(base, span_from_string(SIBILANTS[i]));
    }
    return buffer_append(out, base) && buffer_append_string(out, long_ending ? "es" : "s");
}

static bool append_doubled(buffer *out, span base, const char *ending)
{
    return buffer_append(out, base) && buffer_append_byte(out, base.ptr[base.len - 1]) &&
           buffer_append_string(out, ending);
}

bool dialogue_append_past(buffer *out, span base)
{
    const irregular *const found = find_irregular(base, false);
    if (found != NULL) {
        return buffer_append_string(out, found->past);
    }
    if (is_in(base, DOUBLING, COUNT(DOUBLING))) {
        return append_doubled(out, base, "ed");
    }
    if (ends_in_consonant_y(base)) {
        return buffer_append(out, span_slice(base, 0, base.len - 1)) &&
               buffer_append_string(out, "ied");
    }
    return buffer_append(out, base) &&
           buffer_append_string(out, span_ends_with(base, SPAN("e")) ? "d" : "ed");
}

bool dialogue_append_gerund(buffer *out, span base)
{
    if (is_in(base, DOUBLING, COUNT(DOUBLING))) {
        return append_doubled(out, base, "ing");
    }
    if (span_equal(base, SPAN("lie")) || span_equal(base, SPAN("die"))) {
        return buffer_append_byte(out, base.ptr[0]) && buffer_append_string(out, "ying");
    }
    const bool silent = span_ends_with(base, SPAN("e")) && !span_ends_with(base, SPAN("ee"));
    return buffer_append(out, span_slice(base, 0, base.len - (silent ? 1 : 0))) &&
           buffer_append_string(out, "ing");
}
