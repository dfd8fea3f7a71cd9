/*
 * mail_unfold.h - the messages that one mail holds: its own words and those it quotes, oldest first.
 * Pure; for the readers of document.
 */
#ifndef HUIS_DOCUMENT_MAIL_UNFOLD_H
#define HUIS_DOCUMENT_MAIL_UNFOLD_H

#include "base/buffer.h"
#include "document/timestamp.h"

typedef struct mail_piece {
    bool own;          /* of the mail's own author: who and when are those of the mail */
    span who;          /* "Anna Roux <anna@example.org>", as the mail has it */
    span said_when;    /* as the mail has it */
    timestamp when;    /* of it; no date: not understood */
    size_t start, end; /* its words in `text` */
} mail_piece;

typedef struct mail_pieces {
    buffer text;      /* the words of all, without quote marks */
    buffer list;      /* of mail_piece; see mail_piece_list */
    bool interleaved; /* somebody answers between the lines */
} mail_pieces;

/* Cuts the body of a mail (after its headers). One piece: it quotes nobody, or nobody who is named.
 * Quotations without a name stay in the words with their marks. `who` and `said_when` point into
 * `body`. False: no memory. */
bool mail_unfold(mail_pieces *out, span body);
void mail_pieces_deinit(mail_pieces *p);
const mail_piece *mail_piece_list(const mail_pieces *p, size_t *out_n);

/* The same for a text as somebody pasted it, with headers or without: appended to `out` with
 * "=== 1 / 3 ===" before each message. False: it is one message only (nothing was written), or `out`
 * has failed. */
bool mail_unfold_text(buffer *out, span text);

#endif
