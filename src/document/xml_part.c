/*
 * xml_part.c - see xml_part.h.
 *
 * Invariant: libxml2's own bounds stay on (XML_PARSE_HUGE is never given): 256 elements deep, names
 * and attributes of bounded length. No handler for entities is set, so that none can be defined.
 */
#include "document/xml_part.h"

#include <string.h>

#include <libxml/parser.h>

#include "base/error.h"

enum { MAX_DEPTH = 300 }; /* libxml2 stops before */

typedef struct xml_walk {
    const xml_handler *handler;
    void *data;
    xmlParserCtxtPtr parser;
    size_t depth;
    size_t skip_from; /* the depth at which a skipped element stands; 0: none */
    bool chosen[MAX_DEPTH];
    bool entities; /* the document declares entities */
} xml_walk;

span xml_attribute(const xml_element *element, const char *name)
{
    /* Five pointers each: name, prefix, namespace, value, its end. */
    for (int i = 0; i < element->n_attributes; i++) {
        const unsigned char **const a = element->attributes + (ptrdiff_t)5 * i;
        if (strcmp((const char *)a[0], name) == 0) {
            return span_from((const char *)a[3], (size_t)(a[4] - a[3]));
        }
    }
    return span_from(NULL, 0);
}

int64_t xml_attribute_number(const xml_element *element, const char *name, int64_t otherwise)
{
    const span value = xml_attribute(element, name);
    const size_t sign = value.len > 0 && value.ptr[0] == '-' ? 1 : 0;
    int64_t n = 0;
    if (value.len == sign || value.len > 15) {
        return otherwise;
    }
    for (size_t i = sign; i < value.len; i++) {
        if (value.ptr[i] < '0' || value.ptr[i] > '9') {
            return otherwise;
        }
        n = n * 10 + (value.ptr[i] - '0');
    }
    return sign > 0 ? -n : n;
}

bool xml_attribute_is_on(const xml_element *element, const char *name, bool otherwise)
{
    const span value = xml_attribute(element, name);
    return value.ptr == NULL ? otherwise
                             : span_equal(value, SPAN("1")) || span_equal(value, SPAN("true")) ||
                                   span_equal(value, SPAN("on"));
}

/* The first mc:Choice is taken, else the mc:Fallback. */
static bool is_refused_alternative(xml_walk *w, const xml_element *e)
{
    if (strstr(e->space, "markup-compatibility") == NULL || w->depth < 1) {
        return false;
    }
    const bool alternative = strcmp(e->name, "Choice") == 0 || strcmp(e->name, "Fallback") == 0;
    const bool refused = alternative && w->chosen[w->depth - 1];
    w->chosen[w->depth - 1] = w->chosen[w->depth - 1] || alternative;
    return refused;
}

static void on_open(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
                    int n_spaces, const xmlChar **spaces, int n_attributes, int n_defaulted,
                    const xmlChar **attributes)
{
    (void)prefix;
    (void)n_spaces;
    (void)spaces;
    (void)n_defaulted;
    xml_walk *const w = context;
    if (w->depth + 1 >= MAX_DEPTH) {
        xmlStopParser(w->parser);
        return;
    }
    const xml_element element = {.name = (const char *)name,
                                 .space = uri != NULL ? (const char *)uri : "",
                                 .attributes = attributes,
                                 .n_attributes = n_attributes};
    const bool refused = w->skip_from == 0 && is_refused_alternative(w, &element);
    w->depth++;
    w->chosen[w->depth] = false;
    if (w->skip_from == 0 && (refused || !w->handler->open(w->data, &element))) {
        w->skip_from = w->depth;
    }
}

static void on_close(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
    (void)prefix;
    (void)uri;
    xml_walk *const w = context;
    if (w->skip_from == 0 && w->handler->close != NULL) {
        w->handler->close(w->data, (const char *)name);
    }
    w->skip_from = w->skip_from == w->depth ? 0 : w->skip_from;
    w->depth -= w->depth > 0 ? 1 : 0;
}

static void on_text(void *context, const xmlChar *text, int len)
{
    xml_walk *const w = context;
    if (w->skip_from == 0 && w->handler->text != NULL && len > 0) {
        w->handler->text(w->data, span_from((const char *)text, (size_t)len));
    }
}

static void on_entity(void *context, const xmlChar *name, int type, const xmlChar *public_id,
                      const xmlChar *system_id, xmlChar *content)
{
    (void)name;
    (void)type;
    (void)public_id;
    (void)system_id;
    (void)content;
    xml_walk *const w = context;
    w->entities = true;
    xmlStopParser(w->parser);
}

/* Keeps libxml2 from printing. */
static void on_error(void *context, xmlErrorPtr error)
{
    (void)context;
    (void)error;
}

static int read_bytes(void *context, char *out, int size)
{
    return (int)zip_part_read(context, out, (size_t)size);
}

static int close_nothing(void *context)
{
    (void)context;
    return 0;
}

/* What a document that did not parse to its end is told. */
static int parse_error(const xml_walk *w, const char *name, huis_error *err)
{
    const xmlError *const error = xmlCtxtGetLastError(w->parser);
    if (w->entities) {
        return error_set(err, HUIS_E_BAD_FILE,
                         "its part %s declares XML entities, which documents never do", name);
    }
    if (error != NULL && error->code == XML_ERR_NO_MEMORY) {
        return error_no_memory(err, "the XML of the document");
    }
    if (w->depth >= 250) {
        return error_set(err, HUIS_E_BAD_FILE, "its part %s is nested deeper than 256 elements",
                         name);
    }
    return error_set(err, HUIS_E_BAD_FILE, "is damaged: its part %s breaks off in line %d", name,
                     error != NULL ? error->line : 0);
}

int xml_part_read(zip_parts *z, const char *name, const xml_handler *handler, void *data,
                  huis_error *err)
{
    zip_part part;
    RETURN_IF_ERROR(zip_part_open(&part, z, name, err));
    xmlSetStructuredErrorFunc(NULL, on_error); /* for what has no parser: bad encodings */
    xmlSAXHandler sax = {.initialized = XML_SAX2_MAGIC,
                         .startElementNs = on_open,
                         .endElementNs = on_close,
                         .characters = on_text,
                         .ignorableWhitespace = on_text,
                         .cdataBlock = on_text,
                         .entityDecl = on_entity,
                         .serror = on_error};
    xml_walk walk = {.handler = handler, .data = data};
    walk.parser = xmlCreateIOParserCtxt(&sax, &walk, read_bytes, close_nothing, &part,
                                        XML_CHAR_ENCODING_NONE);
    int status = HUIS_OK;
    if (walk.parser == NULL) {
        status = part.status != HUIS_OK
                     ? part.status
                     : error_set(err, HUIS_E_BAD_FILE, "is damaged: its part %s is empty", name);
    } else {
        /* NOENT: "&amp;" in attributes is "&"; there are no entities but the five of XML. */
        (void)xmlCtxtUseOptions(walk.parser, XML_PARSE_NONET | XML_PARSE_NOENT);
        const int parsed = xmlParseDocument(walk.parser);
        if (part.status != HUIS_OK) {
            status = part.status;
        } else if (parsed != 0 || walk.parser->wellFormed == 0) {
            status = parse_error(&walk, name, err);
        }
        xmlFreeDoc(walk.parser->myDoc);
        walk.parser->myDoc = NULL;
        xmlFreeParserCtxt(walk.parser);
    }
    zip_part_close(&part);
    return status;
}
