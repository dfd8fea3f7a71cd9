/*
 * dialogue_topic.c - what a model says a talk is about: "A and B talk about ...", checked.
 *
 * A small model knows the topic of a dialogue nearly always, and who said what in half of the cases.
 * So only the words after "A and B talk about" of its answer are shown, once all of them are in the
 * source, in the same relation (dialogue_close.c), whose things they are fits what the turns say, and
 * most answers speak of the same.
 */
#include "base/error.h"
#include "feature/summarize/dialogue_compose.h"

enum {
    TOPIC_WORDS = 10,
    MAX_CUT_WORDS = 4,
    MORE_QUESTIONS = 2,
    AGREEING = 3,     /* answers of five that must speak of a topic, */
    AGREEING_ONCE = 4 /* of a thing that the talk names once */
};

static const double MIN_TOPIC_SCORE = 0.55, MIN_OWNED_SCORE = 0.18, TOGETHER_SCORE = 0.99;

static size_t find(span text, span what)
{
    const char *const found = text.ptr != NULL && text.len >= what.len && what.len > 0
                                  ? memmem(text.ptr, text.len, what.ptr, what.len)
                                  : NULL;
    return found != NULL ? (size_t)(found - text.ptr) : SIZE_MAX;
}

/* What follows "talk about" up to the end of the clause; empty: the answer does not say so. */
static span topic_of(const summary_job *job, const dialogue_clauses *c, span answer)
{
    static const char *const ABOUT[] = {" talk about ", " talks about ", " parlent de ",
                                        " parlent d'",  " parlent du ",  " parlent des "};
    static const char *const ENDS[] = {". ", ", ", "; ", " while ",       " tandis que ", " but ",
                                       "? ", "! ", ": ", " for a minute", " for a moment"};
    size_t start = SIZE_MAX;
    (void)job;
    for (size_t i = 0; i < sizeof(ABOUT) / sizeof(ABOUT[0]) && start == SIZE_MAX; i++) {
        const size_t at = find(answer, span_from_string(ABOUT[i]));
        /* "du" and "des" hold the article: they stay in the topic. */
        start = at == SIZE_MAX ? at : at + (i < 4 ? strlen(ABOUT[i]) : strlen(" parlent "));
    }
    if (start == SIZE_MAX) {
        return span_from(NULL, 0);
    }
    span topic = span_slice(answer, start, answer.len);
    for (size_t i = 0; i < sizeof(ENDS) / sizeof(ENDS[0]); i++) {
        topic = span_slice(topic, 0, find(topic, span_from_string(ENDS[i])));
    }
    while (topic.len > 0 && strchr(".,;?!:", topic.ptr[topic.len - 1]) != NULL) {
        topic = span_slice(topic, 0, topic.len - 1);
    }
    const span names[] = {c->first, c->second};
    for (size_t k = 0; k < 2; k++) {
        const char *const AND = summary_is_french(job) ? " et " : " and ";
        const size_t at = find(topic, span_from_string(AND));
        const size_t name = at != SIZE_MAX ? at + strlen(AND) : SIZE_MAX;
        if (name != SIZE_MAX && span_starts_with(span_slice(topic, name, topic.len), names[k])) {
            topic = span_slice(topic, 0, at);
        }
    }
    return topic;
}

/* Whether some clause gives the thing to this speaker: "Anna's room". */
static bool is_theirs(const dialogue_clauses *c, span name, span thing)
{
    for (size_t i = 0; i < c->count; i++) {
        const span text = c->list[i].text;
        for (size_t at = 0; at < text.len;) {
            const size_t found = find(span_slice(text, at, text.len), name);
            if (found == SIZE_MAX) {
                break;
            }
            at += found + name.len;
            const span rest = span_slice(text, at, text.len);
            if (span_starts_with(rest, SPAN("'s ")) &&
                span_starts_with(span_slice(rest, 3, rest.len), thing)) {
                return true;
            }
        }
    }
    return false;
}

static span word_at(span text, size_t at)
{
    size_t end = at;
    while (end < text.len && text.ptr[end] != ' ') {
        end++;
    }
    return span_slice(text, at, end);
}

/* Whether the source calls a word, or somebody names himself so: "Thanks, Doris.", "I'm Doris". */
static bool is_called(span source, span name)
{
    static const char *const NAMING[] = {"I'm ",    "I am ", "This is ", "this is ", "name is ",
                                         "name's ", "Mr. ",  "Mrs. ",    "Miss "};
    for (size_t at = 0; at < source.len;) {
        const size_t found = find(span_slice(source, at, source.len), name);
        if (found == SIZE_MAX) {
            return false;
        }
        const span before = span_slice(source, 0, at + found);
        at += found + name.len;
        const char next = at < source.len ? source.ptr[at] : '\n';
        const bool opens = span_ends_with(before, SPAN(": ")) ||
                           span_ends_with(before, SPAN(", ")) || span_ends_with(before, SPAN(". "));
        if (opens && strchr(",.?!\n", next) != NULL) {
            return true;
        }
        for (size_t k = 0; k < sizeof(NAMING) / sizeof(NAMING[0]); k++) {
            if (span_ends_with(before, span_from_string(NAMING[k]))) {
                return true;
            }
        }
    }
    return false;
}

/* "mom": one of the two, where somebody says "Mom, can I watch TV?". */
static bool is_called_so(span source, span word)
{
    char capital[16];
    if (!dialogue_is_one_of(word, "mom mum mommy mummy dad daddy honey sir madam doctor professor "
                                  "maman papa docteur") ||
        word.len >= sizeof(capital)) {
        return false;
    }
    memcpy(capital, word.ptr, word.len);
    capital[0] = (char)(word.ptr[0] - 'a' + 'A');
    return is_called(source, word) || is_called(source, span_from(capital, word.len));
}

/* A topic that names one of the two: they do not talk about each other. */
static bool names_a_speaker(const summary_job *job, const dialogue_clauses *c, span topic)
{
    bool named = span_equal(topic, c->first) || span_equal(topic, c->second);
    for (size_t at = 0; at < topic.len && !named;) {
        const span word = word_at(topic, at);
        at += word.len + 1;
        const bool capital = word.len > 0 && word.ptr[0] >= 'A' && word.ptr[0] <= 'Z';
        named = is_called_so(job->source->text, word) ||
                (capital && !evidence_is_common_word(word) &&
                 (span_equal(word, c->first) || span_equal(word, c->second) ||
                  is_called(job->source->text, word)));
    }
    return named;
}

/* "Anna's" before a thing: right, the other's, or "the". `word` is the whole word. */
static bool append_owner(const summary_job *job, const dialogue_clauses *c, span word, span next,
                         buffer *out)
{
    const span name = span_slice(word, 0, word.len - 2);
    if (find(job->source->text, word) != SIZE_MAX) {
        const size_t at = find(job->source->text, word);
        const span rest = span_slice(job->source->text, at + word.len, job->source->text.len);
        if (span_starts_with(rest, SPAN(" ")) &&
            span_starts_with(span_slice(rest, 1, rest.len), next)) {
            return buffer_append(out, word);
        }
    }
    const span owners[] = {name, c->first, c->second};
    for (size_t k = 0; k < 3; k++) {
        const bool speaker = k > 0 || span_equal(name, c->first) || span_equal(name, c->second);
        if (speaker && owners[k].len > 0 && is_theirs(c, owners[k], next)) {
            return buffer_append(out, owners[k]) && buffer_append_string(out, "'s");
        }
    }
    return buffer_append_string(out, "the");
}

/* "Oprah Winfrey's article": the last words written are a name of several words. */
static bool continues_name(span so_far, span word)
{
    size_t start = so_far.len;
    while (start > 0 && so_far.ptr[start - 1] != ' ') {
        start--;
    }
    const span last = span_slice(so_far, start, so_far.len);
    return last.len > 0 && last.ptr[0] >= 'A' && last.ptr[0] <= 'Z' && word.ptr[0] >= 'A' &&
           word.ptr[0] <= 'Z' && !evidence_is_common_word(last);
}

static bool ends_in_determiner(span so_far)
{
    return span_equal(so_far, SPAN("the ")) || span_ends_with(so_far, SPAN(" the ")) ||
           span_ends_with(so_far, SPAN(" a ")) || span_equal(so_far, SPAN("a "));
}

/* "they're", "you'll": a topic has no verb of its own. */
static bool is_contracted(span word)
{
    static const char *const ENDS[] = {"'re", "'ve", "'ll", "'m", "'d", "n't"};
    for (size_t k = 0; k < sizeof(ENDS) / sizeof(ENDS[0]); k++) {
        if (span_ends_with(word, span_from_string(ENDS[k]))) {
            return true;
        }
    }
    return false;
}

/* Whether the source has a thing, or one like it, as a thing of somebody's: "my office". */
static bool has_determiner(span source, span thing)
{
    static const char *const BEFORE[] = {"the ",  "a ",     "an ",   "my ",    "your ",  "our ",
                                         "his ",  "her ",   "its ",  "their ", "these ", "this ",
                                         "that ", "those ", "some ", "'s "};
    for (size_t at = 0; thing.len > 0 && at < source.len;) {
        const size_t found = find(span_slice(source, at, source.len), thing);
        if (found == SIZE_MAX) {
            return false;
        }
        const span before = span_slice(source, 0, at + found);
        for (size_t k = 0; k < sizeof(BEFORE) / sizeof(BEFORE[0]); k++) {
            if (span_ends_with(before, span_from_string(BEFORE[k]))) {
                return true;
            }
        }
        at += found + thing.len;
    }
    return false;
}

/* Copies the topic with its owners set right. False: it holds words that no topic has. */
static bool mend_topic(const summary_job *job, const dialogue_clauses *c, span topic, buffer *out)
{
    static const char PERSONS[] =
        "i you me my your we he she they him them us it mon ma mes ton ta tes votre vos "
        "je tu vous nous leur leurs son sa ses notre nos";
    for (size_t at = 0; at < topic.len;) {
        const span word = word_at(topic, at);
        const span next = word_at(topic, at + word.len + 1);
        const bool owner = span_ends_with(word, SPAN("'s")) && next.len > 0;
        if (dialogue_is_one_of(word, PERSONS) || word.len == 0 ||
            dialogue_is_one_of(
                word, "Mr Mrs Ms Dr it's that's there's what's he's she's who's how's let's") ||
            is_contracted(word)) {
            return false;
        }
        (void)(out->len > 0 && buffer_append_byte(out, ' '));
        if (owner && find(job->source->text, word) == SIZE_MAX &&
            continues_name(span_slice(buffer_span(out), 0, out->len - 1), word)) {
            return buffer_append(out, span_slice(word, 0, word.len - 2));
        }
        if (owner && ends_in_determiner(buffer_span(out))) {
            /* "the bridegroom's nervousness": as it stands, or not at all. */
            if (find(job->source->text, word) == SIZE_MAX) {
                return buffer_append(out, span_slice(word, 0, word.len - 2));
            }
            (void)buffer_append(out, word);
        } else if (owner) {
            (void)append_owner(job, c, word, next, out);
        } else if (dialogue_is_one_of(word, "their our his her")) {
            /* "their love" is no "the love" where the source only has "in love". */
            if (!has_determiner(job->source->text, next)) {
                (void)(out->len > 0 && (buffer_truncate(out, out->len - 1), true));
                at += word.len + 1;
                continue;
            }
            (void)buffer_append_string(out, "the");
        } else {
            (void)buffer_append(out, word);
        }
        at += word.len + 1;
    }
    return buffer_ok(out);
}

static size_t last_word(span text)
{
    size_t start = text.len;
    while (start > 0 && text.ptr[start - 1] != ' ') {
        start--;
    }
    return start;
}

/* Drops the last word and what then dangles: "the price of the". What is left must be a thing: after
 * "the broken elevator" no "the broken". Returns whether it is. */
static bool drop_last_word(buffer *topic)
{
    static const char GENERAL[] = "issue issues problem problems plan plans experience experiences "
                                  "situation process details habits skills choice choices needs "
                                  "options conversation relationship interests preferences";
    const span word = span_slice(buffer_span(topic), last_word(buffer_span(topic)), topic->len);
    bool whole = dialogue_is_one_of(word, GENERAL);
    bool dangles = true;
    while (topic->len > 0 && dangles) {
        size_t end = last_word(buffer_span(topic));
        while (end > 0 && topic->ptr[end - 1] == ' ') {
            end--;
        }
        buffer_truncate(topic, end);
        const span left = buffer_span(topic);
        dangles = evidence_is_function_word(span_slice(left, last_word(left), left.len));
        whole = whole || dangles;
    }
    return whole && topic->len > 0;
}

/* Whether one sentence of the source holds all words of a part: "a drought in Australia" is two facts
 * where the drought is in Africa. */
static int stands_together(summary_job *job, const dialogue_clauses *c, span part, bool *out_stands)
{
    evidence_verdict v = {0};
    *out_stands = find(part, c->first) != SIZE_MAX || find(part, c->second) != SIZE_MAX;
    if (*out_stands) {
        return HUIS_OK;
    }
    RETURN_IF_ERROR(evidence_check(job->index, part, &job->scratch, &v, job->err));
    *out_stands = v.n_content < 2 || (v.n_sources > 0 && v.sources[0].score >= TOGETHER_SCORE);
    return HUIS_OK;
}

/* What an answer says the talk is about, or, where it does not say so, its first sentence. */
static span subject_of(const summary_job *job, const dialogue_clauses *c, span answer)
{
    const span topic = topic_of(job, c, answer);
    return topic.len > 0 ? topic : span_slice(answer, 0, find(answer, SPAN(". ")));
}

/* How many answers speak of a part of a topic. */
static size_t count_agreeing(const summary_job *job, const dialogue_clauses *c,
                             const dialogue_answers *answers, span part)
{
    size_t n = 0;
    for (size_t i = 0; i < answers->count; i++) {
        size_t content = 0;
        const size_t shared = dialogue_shared_words(part, subject_of(job, c, answers->list[i]),
                                                    summary_is_french(job), &content);
        n += shared > 0 && shared * 2 >= content;
    }
    return n;
}

/* How many sentences of the dialogue have a word of a topic. */
static size_t count_sentences(const summary_job *job, span part)
{
    size_t n = 0;
    for (size_t i = 0; i < job->source->n_sentences; i++) {
        size_t content = 0;
        n += dialogue_shared_words(part, summary_turn_words(job, i), summary_is_french(job),
                                   &content) > 0;
    }
    return n;
}

/* Appends a part of a topic as far as it holds: one sentence says it, in the same way, and other
 * answers speak of it, too. */
static int append_part(summary_job *job, const dialogue_clauses *c, const dialogue_answers *answers,
                       span part, buffer *out)
{
    bool stands = false;
    RETURN_IF_ERROR(stands_together(job, c, part, &stands));
    const bool owned = find(part, c->first) != SIZE_MAX || find(part, c->second) != SIZE_MAX;
    const span kept = !stands ? span_slice(part, 0, 0)
                      : owned ? part
                              : span_slice(part, 0, dialogue_close_length(job, part));
    size_t content = 0;
    const size_t repeated =
        dialogue_shared_words(kept, buffer_span(out), summary_is_french(job), &content);
    const size_t wanted = content == 1 && count_sentences(job, kept) < 2 ? AGREEING_ONCE : AGREEING;
    if (kept.len > 0 && repeated < content && count_agreeing(job, c, answers, kept) >= wanted) {
        (void)(out->len > 0 &&
               buffer_append_string(out, summary_is_french(job) ? " et " : " and "));
        (void)buffer_append(out, kept);
    }
    return HUIS_OK;
}

/* The parts that hold; nothing may be left. */
static int keep_true_parts(summary_job *job, const dialogue_clauses *c,
                           const dialogue_answers *answers, buffer *topic)
{
    const span joint = summary_is_french(job) ? SPAN(" et ") : SPAN(" and ");
    const bool between = find(buffer_span(topic), SPAN("between ")) != SIZE_MAX;
    buffer kept;
    int status = HUIS_OK;
    buffer_init(&kept, SUMMARY_ITEM_BYTES);
    bool orphan = false;
    for (size_t at = 0; at < topic->len && status == HUIS_OK;) {
        const span rest = span_slice(buffer_span(topic), at, topic->len);
        const size_t end = between ? SIZE_MAX : find(rest, joint);
        const span part = span_slice(rest, 0, end);
        const bool deed = span_ends_with(word_at(part, 0), SPAN("ing"));
        const size_t before = kept.len;
        /* "Ordering a steak and mushrooms": without the first there are no mushrooms. */
        status = orphan && !deed ? HUIS_OK : append_part(job, c, answers, part, &kept);
        orphan = orphan ? !deed || kept.len == before : deed && kept.len == before;
        at = end == SIZE_MAX ? topic->len : at + end + joint.len;
    }
    buffer_reset(topic);
    if (status == HUIS_OK && !buffer_append(topic, buffer_span(&kept))) {
        status = summary_no_memory(job);
    }
    buffer_deinit(&kept);
    return status;
}

/* Whether the source holds all of it. Words at the end that it lacks are cut off: "health issues". */
static int check_topic(summary_job *job, const dialogue_clauses *c, buffer *topic,
                       evidence_verdict *v, bool *out_ok)
{
    *out_ok = false;
    /* "Anna's office" is "your office" in the turn that Tom says: the name stands elsewhere. */
    const bool owned = find(buffer_span(topic), c->first) != SIZE_MAX ||
                       find(buffer_span(topic), c->second) != SIZE_MAX;
    for (size_t cut = 0; cut < MAX_CUT_WORDS && topic->len > 0; cut++) {
        RETURN_IF_ERROR(evidence_check(job->index, buffer_span(topic), &job->scratch, v, job->err));
        const size_t words = document_count_words(buffer_span(topic));
        if (v->n_content > 0 && v->n_unsupported_names + v->n_unsupported_numbers == 0 &&
            v->n_sources > 0 && v->n_found == v->n_content &&
            v->score >= (owned ? MIN_OWNED_SCORE : MIN_TOPIC_SCORE)) {
            *out_ok = words <= TOPIC_WORDS && (cut == 0 || words > 1) &&
                      !names_a_speaker(job, c, buffer_span(topic));
            return HUIS_OK;
        }
        if (!drop_last_word(topic)) {
            break;
        }
    }
    return HUIS_OK;
}

/* Whether two texts share a word of content. */
static bool shares_word(span a, span b)
{
    summary_words x;
    summary_words y;
    bool found = false;
    bool ok = summary_split_words(&x, a);
    ok = summary_split_words(&y, b) && ok;
    for (size_t i = 0; ok && i < x.count && !found; i++) {
        const bool content =
            !evidence_is_function_word(span_slice(a, x.words[i].start, x.words[i].end));
        for (size_t k = 0; content && k < y.count && !found; k++) {
            found = span_equal(x.words[i].form, y.words[k].form);
        }
    }
    summary_words_deinit(&x);
    summary_words_deinit(&y);
    return found;
}

/* Who asks and the other does not, and asks about the topic; empty: both only talk. */
static span find_asker(const dialogue_clauses *c, span topic)
{
    size_t first = 0;
    size_t second = 0;
    bool first_on = false;
    bool second_on = false;
    for (size_t i = 0; i < c->count; i++) {
        const dialogue_clause *const one = &c->list[i];
        if (one->told.act == ACT_ASK) {
            const bool on = shares_word(topic, one->text);
            const bool is_first = span_equal(one->speaker, c->first);
            first += is_first;
            second += !is_first;
            first_on = first_on || (on && is_first);
            second_on = second_on || (on && !is_first);
        }
    }
    return first_on && first >= second + MORE_QUESTIONS    ? c->first
           : second_on && second >= first + MORE_QUESTIONS ? c->second
                                                           : span_from(NULL, 0);
}

/* "Parlent de" and the topic: "du train", "des travaux", "d'un dîner". */
static bool append_french_topic(buffer *text, span topic)
{
    static const char *const JOINED[][2] = {{"le ", "du "}, {"les ", "des "}};
    if (span_starts_with(topic, SPAN("du ")) || span_starts_with(topic, SPAN("des "))) {
        return buffer_append(text, topic);
    }
    for (size_t i = 0; i < sizeof(JOINED) / sizeof(JOINED[0]); i++) {
        const span article = span_from_string(JOINED[i][0]);
        if (span_starts_with(topic, article)) {
            return buffer_append_string(text, JOINED[i][1]) &&
                   buffer_append(text, span_slice(topic, article.len, topic.len));
        }
    }
    const bool vowel = strchr("aeiouAEIOU", topic.ptr[0]) != NULL ||
                       span_starts_with(topic, SPAN("\xC3\xA9")) ||
                       span_starts_with(topic, SPAN("\xC3\x89"));
    return buffer_append_string(text, vowel ? "d'" : "de ") && buffer_append(text, topic);
}

/* "Anna and Tom talk about the heating in Anna's room." */
static bool append_sentence(const summary_job *job, const dialogue_clauses *c, span topic,
                            buffer *text)
{
    const bool french = summary_is_french(job);
    const span asker = french ? span_from(NULL, 0) : find_asker(c, topic);
    if (asker.len > 0) {
        (void)buffer_append(text, asker);
        (void)buffer_append_string(text, " asks ");
        (void)buffer_append(text, span_equal(asker, c->first) ? c->second : c->first);
        (void)buffer_append_string(text, " about ");
        (void)buffer_append(text, topic);
        return buffer_append_byte(text, '.');
    }
    (void)buffer_append(text, c->first);
    (void)buffer_append_string(text, french ? " et " : " and ");
    (void)buffer_append(text, c->second);
    (void)buffer_append_string(text, french ? " parlent " : " talk about ");
    (void)(french ? append_french_topic(text, topic) : buffer_append(text, topic));
    return buffer_append_byte(text, '.');
}

int dialogue_find_topic(summary_job *job, const dialogue_clauses *c,
                        const dialogue_answers *answers, size_t i, dialogue_topic *out,
                        bool *out_found)
{
    buffer topic;
    buffer text;
    evidence_verdict v = {0};
    bool ok = false;
    *out_found = false;
    buffer_init(&topic, SUMMARY_ITEM_BYTES);
    buffer_init(&text, SUMMARY_ITEM_BYTES);
    int status = HUIS_OK;
    if (mend_topic(job, c, topic_of(job, c, answers->list[i]), &topic) && topic.len > 0) {
        status = check_topic(job, c, &topic, &v, &ok);
    }
    if (status == HUIS_OK && ok) {
        status = keep_true_parts(job, c, answers, &topic);
        ok = topic.len > 0;
    }
    if (status == HUIS_OK && ok) {
        *out = (dialogue_topic){.n_sources = v.n_sources};
        for (size_t k = 0; k < v.n_sources; k++) {
            out->sources[k] = (huis_source_span){v.sources[k].start, v.sources[k].end};
        }
        ok = append_sentence(job, c, buffer_span(&topic), &text);
        out->text = span_from_string(ok ? arena_copy(&job->scratch, buffer_span(&text)) : NULL);
        *out_found = out->text.len > 0;
        status = *out_found ? HUIS_OK : summary_no_memory(job);
    }
    buffer_deinit(&topic);
    buffer_deinit(&text);
    return status;
}
