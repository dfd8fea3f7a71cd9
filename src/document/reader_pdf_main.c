/*
 * reader_pdf_main.c - huis-reader-pdf: as huis-reader, for PDF.
 *
 * A program of its own: poppler brings fifty shared libraries, 6 ms more at each start than a mail
 * needs, and a licence (GPL) that goes no farther than this program. huis-reader becomes it when the
 * format is "pdf".
 */
#include <unistd.h>

#include "document/reader_pdf.h"
#include "document/reader_program.h"

static const reader READERS[] = {
    {READER_PDF, reader_pdf_init, reader_read_pdf},
};

int main(int argc, char **argv)
{
    const reader *const r = argc == 2 ? reader_program_find(READERS, 1, argv[1]) : NULL;
    /* Without the exit handlers of libraries: all is written, and they may not work in here. */
    _exit(reader_program_run(r));
}
