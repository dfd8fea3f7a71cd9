/*
 * notify_screen.h - the live view of notifications: what is drawn, and what keys do.
 *
 * Pure: items and keys in, bytes for the terminal and wishes out. Texts of items come cleaned, and
 * are filtered again as they are drawn (terminal_text.h).
 */
#ifndef HUIS_CLI_NOTIFY_SCREEN_H
#define HUIS_CLI_NOTIFY_SCREEN_H

#include <stdbool.h>

#include "base/buffer.h"
#include "huis/notify.h"

typedef struct screen_item {
    const char *id, *app;
    const char *sender, *title, *body, *deadline; /* NULL: none */
    huis_time time;
    huis_notify_class cls;
    double score;
    bool interrupt, one_time_code;
    const char *const *reasons;
    size_t n_reasons;
    const char *const *actions;
    size_t n_actions;
} screen_item;

typedef enum screen_key {
    KEY_NONE = 0,
    KEY_UP = 0x110000, /* others are Unicode */
    KEY_DOWN,
    KEY_PAGE_UP,
    KEY_PAGE_DOWN,
    KEY_HOME,
    KEY_END,
    KEY_ENTER,
    KEY_ESCAPE,
    KEY_BACKSPACE
} screen_key;

typedef enum screen_wish {
    WISH_NONE = 0,
    WISH_QUIT,
    WISH_OPENED,
    WISH_DISMISS,
    WISH_HIGHER,
    WISH_LOWER,
    WISH_ACTION /* screen->action of the selected item */
} screen_wish;

typedef enum screen_mode { SCREEN_LIST = 0, SCREEN_OPEN, SCREEN_WHY, SCREEN_FILTER } screen_mode;

enum { SCREEN_FILTER_BYTES = 128, SCREEN_NOTE_BYTES = 256 };

typedef struct notify_screen {
    const screen_item *items; /* by rank; the caller's */
    size_t n_items;
    size_t *shown; /* those that pass the filter; n_items long, the screen's */
    size_t n_shown;
    size_t selected, top; /* of `shown` */
    size_t scroll;        /* lines, of an open text */
    size_t action;
    unsigned rows, columns;
    screen_mode mode;
    bool color;
    bool roomy;        /* there is room to say why of each */
    bool watching;     /* something keeps the list up to date */
    const char *focus; /* NULL: none */
    int64_t now;       /* seconds, for "14:02" or "Mon 14:02" */
    char filter[SCREEN_FILTER_BYTES];
    char note[SCREEN_NOTE_BYTES]; /* shown in the last line until the next key */
} notify_screen;

void notify_screen_init(notify_screen *s, unsigned rows, unsigned columns, bool color);
void notify_screen_deinit(notify_screen *s);
/* New items; the selection stays on the same id. False: no memory. */
bool notify_screen_set(notify_screen *s, const screen_item *items, size_t n_items);
const screen_item *notify_screen_selected(const notify_screen *s); /* NULL: none */
screen_wish notify_screen_press(notify_screen *s, uint32_t key);
/* A whole frame. */
void notify_screen_draw(notify_screen *s, buffer *out);

/* The first key of the bytes and how many they are; 0: more are needed (unless `is_all`). */
size_t notify_screen_key(span bytes, bool is_all, uint32_t *out_key);

/* "Anna · Signal  text", less what would be said twice; "asks a question · from Anna". Not made safe for a
 * terminal: terminal_put does that. */
void notify_screen_line(const screen_item *item, buffer *out);
void notify_screen_reasons(const screen_item *item, buffer *out);
/* "critical", "urgent", in the language of the locale. */
const char *notify_screen_class(huis_notify_class cls);
/* "14:02", "Mon 14:02", "24 Nov" in this computer's zone. */
void notify_screen_when(const huis_time *when, int64_t now, char out[32]);

#endif
