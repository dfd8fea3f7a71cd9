/*
 * dialogue_close.c - whether a turn says what a topic says: the same words in the same relation.
 *
 * "Driving the test" has the words of "my driving test", "meeting Natbank" those of "my meeting with
 * Natbank", "the house" that of "the specialty of the house"; none is what the talk is about. So the
 * content words of a topic must follow each other in one sentence, with the prepositions between them
 * that the topic has and no others; and what is done ("losing the key") must be what one of the two
 * does there, not somebody else, not denied, not settled already.
 */
#include "feature/summarize/dialogue_compose.h"
#include "feature/summarize/dialogue_verbs.h"

enum { MAX_CONTENT = 12, MAX_GAP = 4, MAX_BACK = 2, SUBJECT_WORDS = 4, NEGATION_WORDS = 3 };

/* Words by what they do, of one language, folded. */
typedef struct word_lists {
    const char *determiners, *prepositions;
    const char *breaks;      /* another clause begins */
    const char *before_verb; /* a verb after it is what the speaker or the other one does */
    const char *others;      /* somebody else does it */
    const char *negations;
} word_lists;

static const word_lists ENGLISH = {
    .determiners = "the a an my your his her our their its this that these those some any no each "
                   "every another",
    .prepositions =
        "of in on at for with from to by about into onto over under after before between "
        "without through during around near off up down out against",
    .breaks = "and or but that which who when if because than as so then he she it they i you we",
    .before_verb = "to i you we let's lets can could will would should may might must shall do did "
                   "please i'll we'll you'll i'd you'd we'd and just really also always usually",
    .others = "he she it they his her their its he's she's it's they're he'll "
              "she'll they'll",
    .negations = "not never cannot t",
};

static const word_lists FRENCH = {
    .determiners =
        "le la les l' un une des du mon ma mes ton ta tes son sa ses notre nos votre vos "
        "leur leurs ce cette ces",
    .prepositions =
        "de d' du des a au aux pour avec dans sur sous chez par sans vers entre en contre",
    .breaks = "et ou mais que qui quand si parce il elle on ils elles je tu nous vous",
    .before_verb = "",
    .others = "il elle on ils elles",
    .negations = "pas jamais",
};

/* A topic's content words and what stands between them. */
typedef struct topic_part {
    summary_words words;
    size_t content[MAX_CONTENT];
    size_t n_content;
    const word_lists *lists;
} topic_part;

static bool read_part(topic_part *p, span part, bool french)
{
    bool ok = summary_split_words(&p->words, part);
    p->n_content = 0;
    p->lists = french ? &FRENCH : &ENGLISH;
    for (size_t i = 0; ok && i < p->words.count; i++) {
        const span word = span_slice(part, p->words.words[i].start, p->words.words[i].end);
        /* The list of function words is of both languages. */
        const bool own = !french && dialogue_is_one_of(p->words.words[i].form, "car son ton pour");
        if (own || !evidence_is_function_word(word)) {
            ok = p->n_content < MAX_CONTENT;
            (void)(ok && (p->content[p->n_content++] = i, true));
        }
    }
    return ok && p->n_content > 0;
}

static bool is_ending(span tail, const char *list)
{
    return tail.len == 0 || dialogue_is_one_of(tail, list);
}

/* Forms of one word, as far as endings tell: "smoke", "smoking"; `noun`: singular and plural only. */
static bool is_alike(span a, span b, bool noun)
{
    static const char NOUN[] = "s es y ies 's x";
    static const char ANY[] =
        "s es y ies 's x e ed d ing er ers tion ation ning ting ming ping ling "
        "ging ned ted med ped led ned n ent ment ments";
    size_t n = 0;
    while (n < a.len && n < b.len && a.ptr[n] == b.ptr[n]) {
        n++;
    }
    const char *const endings = noun ? NOUN : ANY;
    const span x = span_slice(a, n, a.len);
    const span y = span_slice(b, n, b.len);
    const bool whole = x.len == 0 || y.len == 0 || (x.len + y.len == 4); /* "use", "using" */
    return n >= 2 && (n > 2 || whole) && n + 2 >= (a.len < b.len ? a.len : b.len) &&
           is_ending(x, endings) && is_ending(y, endings);
}

static bool is_at(const summary_words *w, size_t i, const char *list)
{
    return i < w->count && dialogue_is_one_of(w->words[i].form, list);
}

static bool has_owner(const topic_part *p, const summary_words *w, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        if (is_at(w, i, p->lists->determiners) || span_ends_with(w->words[i].form, SPAN("'s"))) {
            return true;
        }
    }
    return false;
}

static bool holds_form(const summary_words *w, size_t from, size_t to, span form)
{
    for (size_t i = from; i < to; i++) {
        if (span_equal(w->words[i].form, form)) {
            return true;
        }
    }
    return false;
}

/* Whether every preposition of `a` from..to also stands in `b` from..to. */
static bool has_prepositions(const topic_part *p, const summary_words *a, const size_t a_run[2],
                             const summary_words *b, const size_t b_run[2])
{
    for (size_t i = a_run[0]; i < a_run[1]; i++) {
        if (is_at(a, i, p->lists->prepositions) &&
            !holds_form(b, b_run[0], b_run[1], a->words[i].form)) {
            return false;
        }
    }
    return true;
}

static bool breaks(const topic_part *p, const summary_words *w, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        if (w->words[i].comma_before || is_at(w, i, p->lists->breaks)) {
            return true;
        }
    }
    return to < w->count && w->words[to].comma_before;
}

static const char NO_THINGS[] = "time times way ways thing things lot kind sort idea bit one ones";

/* Something that is done: "losing the key", not "the meeting", "something". */
static bool is_gerund_at(const topic_part *p, size_t k)
{
    static const char THINGS[] =
        "thing something nothing anything everything morning evening king ring "
        "spring string wing ceiling wedding clothing during";
    const size_t i = p->content[k];
    const span form = p->words.words[i].form;
    return p->lists == &ENGLISH && span_ends_with(form, SPAN("ing")) && form.len > 4 &&
           !dialogue_is_one_of(form, THINGS) && (i == 0 || !has_owner(p, &p->words, i - 1, i));
}

static const char PARTICLES[] = "out up off down away back over in";

/* Whether content word k of the part may stand at `to` in the sentence when the one before stands at
 * `from`. */
static bool follows(const topic_part *p, size_t k, const summary_words *s, size_t from, size_t to)
{
    const size_t between[2] = {p->content[k - 1] + 1, p->content[k]};
    /* "Check this magazine out" is not "checking a magazine"; "late one more time" no "late time". */
    if ((is_gerund_at(p, k - 1) && is_at(s, to + 1, PARTICLES) &&
         !is_at(&p->words, between[1] + 1, PARTICLES)) ||
        (is_at(&p->words, between[1], NO_THINGS) && to != from + 1 && between[0] == between[1])) {
        return false;
    }
    if (to > from) {
        const size_t said[2] = {from + 1, to};
        const bool owned = has_owner(p, &p->words, between[0], between[1]);
        return to - from - 1 <= MAX_GAP && !breaks(p, s, from + 1, to) &&
               has_prepositions(p, s, said, &p->words, between) &&
               has_prepositions(p, &p->words, between, s, said) &&
               (!owned || !is_gerund_at(p, k - 1) || has_owner(p, s, from + 1, to)) &&
               /* "Settled terms" are none where one has "settled the terms". */
               (to == from + 1 || between[0] < between[1] ||
                !span_ends_with(p->words.words[p->content[k - 1]].form, SPAN("ed")));
    }
    /* "A hotel reservation": reserve a hotel room. */
    return between[0] == between[1] && !is_gerund_at(p, k - 1) && from - to - 1 <= MAX_BACK &&
           !breaks(p, s, to + 1, from);
}

/* Whether what is done at i is what one of the two does there, or may do. */
static bool is_own_deed(const topic_part *p, const summary_words *s, size_t i)
{
    const bool gerund = span_ends_with(s->words[i].form, SPAN("ing"));
    const size_t from = i > SUBJECT_WORDS ? i - SUBJECT_WORDS : 0;
    for (size_t k = from; k < i; k++) {
        const span form = s->words[k].form;
        const bool near = k + NEGATION_WORDS >= i;
        if (is_at(s, k, p->lists->others) ||
            (near && (dialogue_is_one_of(form, p->lists->negations) ||
                      span_ends_with(form, SPAN("n't"))))) {
            return false;
        }
    }
    if (i == 0 || s->words[i].comma_before) {
        return true;
    }
    if (gerund) {
        return !is_at(s, i - 1, "is was are were") || is_at(s, i - 2, "i you we") || i < 2;
    }
    /* "Going for a hike" is hiking; "record players" is no recording of players. */
    const size_t next = p->content[0] + 1;
    const bool has_object = p->n_content > 1 && !is_at(&p->words, next, p->lists->prepositions);
    return is_at(s, i - 1, p->lists->before_verb) || (!has_object && has_owner(p, s, i - 1, i));
}

/* A thing by itself: not only as what another thing is of ("the specialty of the house"), and no verb
 * ("you can't smoke here": no "smoke"). */
static bool stands_alone(const topic_part *p, const summary_words *s, size_t i)
{
    const size_t word = p->content[0];
    const bool owned = has_owner(p, &p->words, 0, word);
    const size_t before = i > 0 && has_owner(p, s, i - 1, i) ? i - 1 : i;
    const bool is_of = before > 0 && is_at(s, before - 1, "of de d' du des");
    const bool is_verb =
        owned && before == i && i > 0 && dialogue_is_base(s->words[i].form) &&
        is_at(s, i - 1,
              "to i you we they can could will would should may might must shall do "
              "did don't can't not won't");
    return is_alike(p->words.words[word].form, s->words[i].form, true) && !is_of && !is_verb &&
           !is_at(&p->words, word, NO_THINGS);
}

/* A deed by itself: said so there ("I bought it" is no talk about buying), and not what says what
 * sort of thing the next one is ("a smoking room", "smoking or not"). */
static bool is_deed(const summary_words *s, size_t i)
{
    const bool qualifies =
        i + 1 < s->count && !s->words[i + 1].comma_before &&
        (is_at(s, i + 1, "or") || !evidence_is_function_word(s->words[i + 1].form));
    return span_ends_with(s->words[i].form, SPAN("ing")) && !qualifies;
}

/* How many content words of the part, from its start, follow each other in the sentence from i on. */
static size_t run_from(const topic_part *p, const summary_words *s, size_t i)
{
    size_t n = 1;
    for (size_t at = i; n < p->n_content; n++) {
        const span form = p->words.words[p->content[n]].form;
        const size_t first = at > MAX_BACK + 1 ? at - MAX_BACK - 1 : 0;
        size_t next = SIZE_MAX;
        for (size_t k = first; k < s->count && k <= at + MAX_GAP + 1 && next == SIZE_MAX; k++) {
            if (k != at && is_alike(form, s->words[k].form, false) && follows(p, n, s, at, k)) {
                next = k;
            }
        }
        if (next == SIZE_MAX) {
            break;
        }
        at = next;
    }
    return n;
}

static size_t best_run(const topic_part *p, const summary_words *s)
{
    size_t best = 0;
    const bool gerund = is_gerund_at(p, 0);
    for (size_t i = 0; i < s->count; i++) {
        if (!is_alike(p->words.words[p->content[0]].form, s->words[i].form, false) ||
            (gerund && !is_own_deed(p, s, i))) {
            continue;
        }
        const bool single = p->n_content == 1;
        const bool alone = gerund ? is_deed(s, i) : stands_alone(p, s, i);
        const size_t n = single && !alone ? 0 : run_from(p, s, i);
        best = n > best ? n : best;
    }
    return best;
}

/* The part without what the sentence lacks, if it can be cut before a preposition there; else 0. */
static size_t cut_after(const topic_part *p, span part, size_t n)
{
    if (n == p->n_content) {
        return part.len;
    }
    if (n == 0 || (n == 1 && is_gerund_at(p, 0))) {
        return 0;
    }
    const size_t next = p->content[n - 1] + 1;
    return is_at(&p->words, next, p->lists->prepositions) ? p->words.words[next - 1].end : 0;
}

size_t dialogue_shared_words(span part, span other, bool french, size_t *out_content)
{
    topic_part p;
    summary_words o;
    size_t n = 0;
    bool ok = read_part(&p, part, french);
    ok = summary_split_words(&o, other) && ok;
    for (size_t k = 0; ok && k < p.n_content; k++) {
        bool found = false;
        for (size_t i = 0; i < o.count && !found; i++) {
            found = is_alike(p.words.words[p.content[k]].form, o.words[i].form, false);
        }
        n += found;
    }
    *out_content = ok ? p.n_content : 0;
    summary_words_deinit(&p.words);
    summary_words_deinit(&o);
    return n;
}

size_t dialogue_close_length(const summary_job *job, span part)
{
    topic_part p;
    size_t best = 0;
    const bool french = summary_is_french(job);
    const bool ok = read_part(&p, part, french);
    for (size_t i = 0; ok && i < job->source->n_sentences; i++) {
        summary_words s;
        if (summary_split_words(&s, summary_turn_words(job, i))) {
            const size_t n = best_run(&p, &s);
            best = n > best ? n : best;
        }
        summary_words_deinit(&s);
    }
    const size_t len = ok ? cut_after(&p, part, best) : 0;
    summary_words_deinit(&p.words);
    /* What is left must hold by itself, too: of "the house in Rome", "the house". */
    return len > 0 && len < part.len ? dialogue_close_length(job, span_slice(part, 0, len)) : len;
}
