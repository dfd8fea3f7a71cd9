/*
 * xml_part.h - a member of an archive as XML events, with libxml2. For huis-reader and its tests.
 *
 * The member is parsed while it is unpacked: nothing holds it whole. Nothing is fetched; entities
 * that a document declares are refused. Of the alternatives that office documents give
 * (mc:AlternateContent) the first is seen, the others are not.
 */
#ifndef HUIS_DOCUMENT_XML_PART_H
#define HUIS_DOCUMENT_XML_PART_H

#include "base/span.h"
#include "document/zip_parts.h"
#include "huis/error.h"

typedef struct xml_element {
    const char *name;  /* without prefix */
    const char *space; /* its namespace; "" when it has none */
    const unsigned char **attributes;
    int n_attributes;
} xml_element;

typedef struct xml_handler {
    /* False: nothing of what the element holds is seen, nor its end. */
    bool (*open)(void *data, const xml_element *element);
    void (*close)(void *data, const char *name); /* may be NULL */
    void (*text)(void *data, span text);         /* UTF-8, in pieces; may be NULL */
} xml_handler;

/* The value as it stands in the file, entities resolved; ptr NULL when there is no such attribute.
 * Names are without prefix: the first of that name counts. */
span xml_attribute(const xml_element *element, const char *name);
/* ... as a number; `otherwise` when it is none or out of range. */
int64_t xml_attribute_number(const xml_element *element, const char *name, int64_t otherwise);
/* Whether the value is "1", "true" or "on"; `otherwise` when there is none. */
bool xml_attribute_is_on(const xml_element *element, const char *name, bool otherwise);

/* Feeds the whole member to the handler. BAD_FILE (missing, damaged, hostile; what was read till
 * then was handed over), UNSUPPORTED, LIMIT, NO_MEMORY. */
int xml_part_read(zip_parts *z, const char *name, const xml_handler *handler, void *data,
                  huis_error *err);

#endif
