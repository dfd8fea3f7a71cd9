/*
 * dialogue_answers.c - question and answer told as one: "Do you smoke?", "No.": "Anna doesn't smoke".
 *
 * Only answers without reserve count: "no", "yes" and their like, without "but", "only", "not really".
 * What a yes affirms and a no denies must be one thing: "Do you smoke or drink?" can be denied, but
 * not affirmed; "Do you smoke and drink?" the other way round.
 */
#include "feature/summarize/dialogue_acts.h"
#include "feature/summarize/dialogue_verbs.h"

enum { TEXT_BYTES = 1 << 14, MAX_REST_TOKENS = 24 };

/* After a yes or a no, these take some of it back. */
static const char RESERVES[] =
    "but only just except unless though although sometimes rarely occasionally really maybe "
    "perhaps depends until almost nearly either mais seulement sauf parfois rarement vraiment "
    "quelquefois presque";

dialogue_answer dialogue_read_answer(span sentence, bool french)
{
    dialogue_tokens t;
    size_t i = 0;
    if (!dialogue_split(&t, sentence, french)) {
        return ANSWER_OPEN;
    }
    while (i < t.count && (!t.list[i].word || dialogue_at(&t, i,
                                                          "um uh well oh hm hmm euh ben eh "
                                                          "bah ah"))) {
        i++;
    }
    const bool no = dialogue_at(&t, i, french ? "non" : "no nope nah none never");
    const bool yes = dialogue_at(&t, i,
                                 french ? "oui si exact exactement"
                                        : "yes yeah yep yup correct exactly absolutely definitely");
    const bool ends = i + 1 >= t.count || !t.list[i + 1].word;
    if (!(no || yes) || !ends || t.count - i > MAX_REST_TOKENS) {
        return ANSWER_OPEN;
    }
    for (size_t k = i + 1; k < t.count; k++) {
        const bool turns = dialogue_at(
            &t, k, no ? "yes yeah oui si" : "no not never none nothing non ne n' pas jamais");
        if (turns || dialogue_at(&t, k, RESERVES) || dialogue_is_mark(&t, k, '?')) {
            return ANSWER_OPEN;
        }
    }
    return no ? ANSWER_NO : ANSWER_YES;
}

static span next_word(span text, size_t at)
{
    size_t end = at;
    while (end < text.len && text.ptr[end] != ' ') {
        end++;
    }
    return span_slice(text, at, end);
}

/* "has ever had any surgery" as an affirmation: "has had surgery". False: it says too little. */
static bool append_affirmed(buffer *out, span text)
{
    for (size_t at = 0; at < text.len;) {
        const span word = next_word(text, at);
        if (dialogue_is_one_of(word, "or anything anyone anybody anywhere that ou quelque")) {
            return false;
        }
        if (!dialogue_is_one_of(word, "any ever yet")) {
            (void)(at > 0 && buffer_append_byte(out, ' '));
            (void)buffer_append(out, word);
        }
        at += word.len + 1;
    }
    return true;
}

static bool append_denied(buffer *out, span text)
{
    for (size_t at = 0; at < text.len;) {
        const span word = next_word(text, at);
        if (dialogue_is_one_of(word, "and some already et quelque")) {
            return false;
        }
        if (!dialogue_is_one_of(word, "ever yet also still")) {
            (void)(at > 0 && buffer_append_byte(out, ' '));
            (void)buffer_append(out, word);
        }
        at += word.len + 1;
    }
    return true;
}

static const char FRENCH_VOWELS[] = "aeiouyhAEIOUYH\xC3";

/* Appends the word at `at` after a "pas": "des allergies", "de la fièvre", "un chien" become
 * "d'allergies", "de fièvre", "de chien". Returns where the next one is. */
static size_t append_after_not(buffer *out, span text, size_t at)
{
    const span word = next_word(text, at);
    const size_t i_next = at + word.len + 1;
    const span next = next_word(text, i_next);
    const bool de = span_equal(word, SPAN("de"));
    if (de && span_equal(next, SPAN("la"))) {
        (void)buffer_append_string(out, "de");
        return i_next + next.len + 1;
    }
    if (de && span_starts_with(next, SPAN("l'"))) {
        (void)buffer_append_string(out, "d'");
        (void)buffer_append(out, span_slice(next, strlen("l'"), next.len));
        return i_next + next.len + 1;
    }
    if (next.len > 0 && dialogue_is_one_of(word, "des du un une")) {
        (void)buffer_append_string(out, strchr(FRENCH_VOWELS, next.ptr[0]) != NULL ? "d'" : "de ");
        (void)buffer_append(out, next);
        return i_next + next.len + 1;
    }
    (void)buffer_append(out, word);
    return i_next;
}

/* "Marc a des allergies" as "Marc n'a pas d'allergies". `from`: where the verb with its pronouns is. */
static bool append_french_denied(buffer *out, span text, size_t from)
{
    size_t verb = from;
    while (dialogue_is_one_of(next_word(text, verb), "y en le la les lui leur se")) {
        verb += next_word(text, verb).len + 1;
    }
    const span form = next_word(text, verb);
    if (form.len == 0 || dialogue_is_one_of(form, "ne pas") || span_starts_with(form, SPAN("n'"))) {
        return false;
    }
    (void)buffer_append(out, span_slice(text, 0, from));
    (void)buffer_append_string(out, strchr(FRENCH_VOWELS, text.ptr[from]) != NULL ? "n'" : "ne ");
    (void)buffer_append(out, span_slice(text, from, verb + form.len));
    const bool being = dialogue_is_one_of(form, "est sont était étaient");
    size_t at = verb + form.len + 1;
    const bool ever = span_equal(next_word(text, at), SPAN("déjà"));
    (void)buffer_append_string(out, ever ? " jamais" : " pas");
    at += ever ? strlen("déjà") + 1 : 0;
    for (size_t n = 0; at < text.len; n++) {
        (void)buffer_append_byte(out, ' ');
        if (n < 2 && !being) {
            at = append_after_not(out, text, at);
        } else {
            (void)buffer_append(out, next_word(text, at));
            at += next_word(text, at).len + 1;
        }
    }
    return true;
}

/* "Léa demande à Marc si Marc fume": what is asked. Empty: no such question. */
static span asked_in_french(span told, const dialogue_persons *who)
{
    static const char *const IFS[] = {" si ", " s'il ", " s'ils "};
    for (size_t k = 0; k < sizeof(IFS) / sizeof(IFS[0]); k++) {
        const size_t len = strlen(IFS[k]);
        const char *const found = told.len > len ? memmem(told.ptr, told.len, IFS[k], len) : NULL;
        if (found != NULL &&
            (size_t)(found - told.ptr) <= who->speaker.len + who->addressee.len + 16) {
            const size_t at = (size_t)(found - told.ptr);
            return span_slice(told, at + (k == 0 ? len : strlen(" s'")), told.len);
        }
    }
    return span_from(NULL, 0);
}

static bool tell_french(span question, dialogue_answer answer, const dialogue_persons *who,
                        buffer *out)
{
    buffer text;
    dialogue_told told = {0};
    buffer_init(&text, TEXT_BYTES);
    bool ok = dialogue_tell_french(question, who, &text, &told) && told.act == ACT_ASK;
    const span asked = ok ? asked_in_french(buffer_span(&text), who) : span_from(NULL, 0);
    const span subject = next_word(asked, 0);
    const bool known =
        span_starts_with(asked, who->addressee) || dialogue_is_one_of(subject, "il elle ils elles");
    const size_t from =
        span_starts_with(asked, who->addressee) ? who->addressee.len + 1 : subject.len + 1;
    ok = ok && known && from < asked.len;
    if (ok) {
        const size_t start = out->len;
        buffer plain;
        buffer_init(&plain, TEXT_BYTES);
        ok = answer == ANSWER_YES ? append_affirmed(out, asked)
                                  : append_denied(&plain, asked) &&
                                        append_french_denied(out, buffer_span(&plain), from);
        buffer_deinit(&plain);
        if (!ok) {
            buffer_truncate(out, start);
        }
    }
    buffer_deinit(&text);
    return ok;
}

bool dialogue_tell_answered(span question, dialogue_answer answer, const dialogue_persons *who,
                            bool french, buffer *out)
{
    if (answer == ANSWER_OPEN || who->addressee.len == 0) {
        return false;
    }
    if (french) {
        return tell_french(question, answer, who, out);
    }
    const size_t start = out->len;
    buffer text;
    buffer_init(&text, TEXT_BYTES);
    bool ok = dialogue_tell_answered_english(question, answer, who, &text);
    ok = ok && (answer == ANSWER_YES ? append_affirmed(out, buffer_span(&text))
                                     : append_denied(out, buffer_span(&text)));
    ok = ok && buffer_ok(out);
    buffer_deinit(&text);
    if (!ok) {
        buffer_truncate(out, start);
    }
    return ok;
}
