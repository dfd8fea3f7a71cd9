/*
 * interrupt.h - Ctrl-C during long work: it ends at the next step, with whole lines printed.
 *
 * interrupt_shield before helpers are started: they inherit that Ctrl-C is ignored, so that the
 * terminal does not end them before they are told to. interrupt_watch notes the signal instead; a
 * second one ends the program at once. interrupt_end puts back what was.
 */
#ifndef HUIS_CLI_INTERRUPT_H
#define HUIS_CLI_INTERRUPT_H

#include <stdbool.h>

void interrupt_shield(void);
void interrupt_watch(void);
/* Whether the signal came since interrupt_watch. */
bool interrupt_came(void);
void interrupt_end(void);
/* Ends the program as the signal would have, so that a shell stops its script (status 130). */
void interrupt_die(void);

#endif
