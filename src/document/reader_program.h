/*
 * reader_program.h - what huis-reader and huis-reader-pdf share: one document in, one frame out.
 */
#ifndef HUIS_DOCUMENT_READER_PROGRAM_H
#define HUIS_DOCUMENT_READER_PROGRAM_H

#include "document/reader.h"

/* A reader of a format. */
typedef struct reader {
    reader_format format;
    void (*init)(void); /* loads what needs files, before the sandbox; NULL: nothing */
    int (*read)(reader_result *out, span bytes, huis_error *err); /* in the sandbox */
} reader;

/* NULL: none of them reads the format of that name. */
const reader *reader_program_find(const reader *readers, size_t n_readers, const char *name);
/* Initialises the reader (NULL: wrong usage, which is said), reads descriptor 0, enters the sandbox,
 * writes one frame to descriptor 1. Returns the exit code: 0: a frame was written, also when it tells
 * of an error; 1: it could not be; 2: wrong usage. */
int reader_program_run(const reader *r);

#endif
