/*
 * notify_markup.h - the small markup that bodies of notifications hold: tags and entities. For
 * notify/ only; pure.
 */
#ifndef HUIS_FEATURE_NOTIFY_NOTIFY_MARKUP_H
#define HUIS_FEATURE_NOTIFY_NOTIFY_MARKUP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"

/* The length of the entity at `pos` ("&amp;", "&#233;", "&eacute;"), its character in *out_code;
 * 0: there is none. */
size_t notify_entity(span text, size_t pos, uint32_t *out_code);

typedef struct notify_tag {
    size_t length; /* in bytes, with what is not shown behind it (a script); 0: no tag */
    bool is_break; /* text before and after it are not one word */
    span address;  /* of a link or picture; as it stands, entities included */
} notify_tag;

/* The tag of a known element, or the comment, at `pos`. "<anna@example.org>" and "a < b" are text. */
notify_tag notify_tag_at(span text, size_t pos);

#endif
