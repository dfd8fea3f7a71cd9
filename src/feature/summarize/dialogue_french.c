/*
 * dialogue_french.c - a French sentence of a turn told from outside.
 */
#include "feature/summarize/dialogue_acts.h"

bool dialogue_tell_french(span sentence, const dialogue_persons *who, buffer *out,
                          dialogue_told *out_told)
{
    (void)sentence;
    (void)who;
    (void)out;
    (void)out_told;
    return false;
}
