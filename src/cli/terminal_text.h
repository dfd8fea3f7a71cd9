/*
 * terminal_text.h - text that others wrote, laid out in the cells of a terminal.
 *
 * No byte of the text can reach the terminal as anything but a letter: controls, marks of direction
 * and hidden characters are dropped, line ends and tabs become spaces. Widths are those of utf8proc;
 * joiners and variation selectors are dropped, because terminals disagree about their width.
 */
#ifndef HUIS_CLI_TERMINAL_TEXT_H
#define HUIS_CLI_TERMINAL_TEXT_H

#include "base/buffer.h"
#include "base/span.h"

/* Cells that the text takes. */
size_t terminal_width(span text);
/* Appends what fits in `columns` cells, "…" at the end if that is not all. Returns the cells used. */
size_t terminal_put(buffer *out, span text, size_t columns);
/* The same, filled up with spaces. */
void terminal_put_padded(buffer *out, span text, size_t columns);
/* One line of the text from `start`, broken at a space where it can be, else at a character; line
 * ends of the text are kept. Returns where the next begins, text.len after the last. */
size_t terminal_line(span text, size_t start, size_t columns, span *out_line);

#endif
