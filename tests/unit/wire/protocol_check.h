/*
 * protocol_check.h - for tests: what has been read can be written and read again, the same.
 */
#ifndef HUIS_TESTS_PROTOCOL_CHECK_H
#define HUIS_TESTS_PROTOCOL_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

/* Reads `json` as the message of frame type `type`. False: refused, or no such type. Otherwise
 * writes it, reads that, writes again: *out_is_same tells whether both texts are equal. */
bool protocol_check_round_trip(uint32_t type, const json_t *json, bool *out_is_same);

#endif
