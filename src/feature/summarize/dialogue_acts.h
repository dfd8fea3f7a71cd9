/*
 * dialogue_acts.h - what a sentence of a turn does, and the sentence told from outside
 * (feature/summarize only).
 *
 * "Can you send somebody?" said by Anna to Tom: a request, "Anna asks Tom to send somebody". True by
 * construction: the words are the speaker's own, the verb of saying is that of the form.
 */
#ifndef HUIS_FEATURE_DIALOGUE_ACTS_H
#define HUIS_FEATURE_DIALOGUE_ACTS_H

#include "feature/summarize/dialogue_rewrite.h"

typedef enum dialogue_act {
    ACT_NONE = 0,    /* not told: courtesy, fragment, or beyond the rules */
    ACT_ASK = 1,     /* asks if, asks what, asks about */
    ACT_REQUEST = 2, /* asks somebody to, asks for, tells somebody to */
    ACT_SUGGEST = 3, /* suggests, advises */
    ACT_OFFER = 4,   /* offers to, asks if somebody would like */
    ACT_PROMISE = 5, /* will */
    ACT_WANT = 6,    /* wants, needs, has to */
    ACT_THINK = 7,   /* thinks, hopes, likes */
    ACT_SAY = 8,     /* says that; what the speaker is, has or does */
    ACT_AGREE = 9    /* agrees to what was asked or suggested just before */
} dialogue_act;

typedef struct dialogue_told {
    dialogue_act act;
    bool vague;    /* starts from a pronoun without its noun */
    bool by_other; /* its grammatical subject is not the speaker */
} dialogue_told;

/* How a question that can be answered by yes or no was answered. */
typedef enum dialogue_answer {
    ANSWER_OPEN = 0, /* otherwise, or with a reserve ("yes, but", "not really") */
    ANSWER_YES = 1,
    ANSWER_NO = 2
} dialogue_answer;

/* Appends the sentence told from outside. False: refused; *out is then as it was. */
bool dialogue_tell_english(span sentence, const dialogue_persons *who, buffer *out,
                           dialogue_told *out_told);
bool dialogue_tell_french(span sentence, const dialogue_persons *who, buffer *out,
                          dialogue_told *out_told);
/* Reads the first sentence of an answer. */
dialogue_answer dialogue_read_answer(span sentence, bool french);
/* Appends what question and answer say together: "Do you smoke?" asked of Anna, "No.": "Anna doesn't
 * smoke"; "Any allergies?", "No.": "Anna reports no allergies". who: the asker speaks. False: refused;
 * *out is then as it was. */
bool dialogue_tell_answered(span question, dialogue_answer answer, const dialogue_persons *who,
                            bool french, buffer *out);
/* The two languages of it (dialogue_answers.c only). */
bool dialogue_tell_answered_english(span question, dialogue_answer answer,
                                    const dialogue_persons *who, buffer *out);
/* "Sure", "D'accord": an answer that agrees, at the start of a turn. */
bool dialogue_agrees(span sentence, bool french);

#endif
