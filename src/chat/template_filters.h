/*
 * template_filters.h - what the two chapters of filters share. Internal to src/chat.
 */
#ifndef HUIS_CHAT_TEMPLATE_FILTERS_H
#define HUIS_CHAT_TEMPLATE_FILTERS_H

#include "chat/template_value.h"

const tpl_native *tpl_find_sequence_filter(span name);
/* The filtered value as text. */
int tpl_self_string(tpl_call *c, tpl_string *out);
/* "filter NAME of TYPE". */
int tpl_wrong_input(tpl_call *c);
/* The truth of an argument. */
bool tpl_flag(const tpl_call *c, int i, bool absent);

#endif
