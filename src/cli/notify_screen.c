/*
 * notify_screen.c - see notify_screen.h.
 *
 * What matters gets two lines, the text and why; the rest gets one unless there is room. A frame is drawn whole, row by
 * row, each cleared to its end: nothing is left of the one before, whatever the size was.
 */
#include "cli/notify_screen.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include <utf8proc.h>

#include "base/limits.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "cli/output.h"
#include "cli/terminal_text.h"

enum {
    LABEL_COLUMNS = 11,
    WHEN_COLUMNS = 11,
    DAY_S = 86400,
    MIN_ROWS = 4,
    MIN_COLUMNS = 40,
    TEXT_LINES = 2000 /* of an open notification */
};

typedef struct style {
    bilingual name;
    const char *color;
} style;

static const style STYLES[] = {
    [0] = {{"", ""}, ""},
    [HUIS_NOTIFY_CRITICAL] = {{"critical", "urgent"}, "\033[1;31m"},
    [HUIS_NOTIFY_TODAY] = {{"today", "aujourd'hui"}, "\033[33m"},
    [HUIS_NOTIFY_PERSONAL] = {{"personal", "personnel"}, "\033[36m"},
    [HUIS_NOTIFY_LATER] = {{"later", "plus tard"}, ""},
    [HUIS_NOTIFY_NOISE] = {{"noise", "bruit"}, "\033[2m"},
    [HUIS_NOTIFY_HOSTILE] = {{"hostile", "hostile"}, "\033[35m"},
};

static const style *style_of(huis_notify_class cls)
{
    return &STYLES[cls >= HUIS_NOTIFY_CRITICAL && cls <= HUIS_NOTIFY_HOSTILE ? cls : 0];
}

const char *notify_screen_class(huis_notify_class cls)
{
    return text_pick(style_of(cls)->name);
}

void notify_screen_when(const huis_time *when, int64_t now, char out[32])
{
    static const bilingual DAYS[] = {{"Sun", "dim."}, {"Mon", "lun."}, {"Tue", "mar."},
                                     {"Wed", "mer."}, {"Thu", "jeu."}, {"Fri", "ven."},
                                     {"Sat", "sam."}};
    struct tm t, today;
    const time_t at = (time_t)when->seconds;
    const time_t at_now = (time_t)now;
    if (localtime_r(&at, &t) == NULL || localtime_r(&at_now, &today) == NULL) {
        out[0] = '\0';
    } else if (t.tm_year == today.tm_year && t.tm_yday == today.tm_yday) {
        (void)snprintf(out, 32, "%02d:%02d", t.tm_hour, t.tm_min);
    } else if (now > when->seconds && now - when->seconds < 6 * DAY_S) {
        (void)snprintf(out, 32, "%s %02d:%02d", text_pick(DAYS[t.tm_wday % 7]), t.tm_hour,
                       t.tm_min);
    } else {
        (void)snprintf(out, 32, "%04d-%02d-%02d", t.tm_year + 1900, t.tm_mon + 1, t.tm_mday);
    }
}

void notify_screen_init(notify_screen *s, unsigned rows, unsigned columns, bool color)
{
    *s = (notify_screen){.rows = rows, .columns = columns, .color = color};
}

void notify_screen_deinit(notify_screen *s)
{
    s->shown = memory_free(s->shown);
    s->n_shown = s->n_items = 0;
}

const screen_item *notify_screen_selected(const notify_screen *s)
{
    return s->selected < s->n_shown ? &s->items[s->shown[s->selected]] : NULL;
}

/* ---- the filter ---- */

static uint32_t folded(span text, size_t *pos)
{
    uint32_t code = 0;
    *pos += utf8_next(text, *pos, &code);
    return (uint32_t)utf8proc_tolower((utf8proc_int32_t)code);
}

static bool contains(const char *text, span wanted)
{
    const span s = span_from_string(text);
    for (size_t start = 0; start < s.len;) {
        size_t a = start, b = 0;
        while (b < wanted.len && a < s.len) {
            size_t next_a = a, next_b = b;
            if (folded(s, &next_a) != folded(wanted, &next_b)) {
                break;
            }
            a = next_a;
            b = next_b;
        }
        if (b == wanted.len) {
            return true;
        }
        (void)folded(s, &start);
    }
    return false;
}

static bool passes(const screen_item *item, span wanted)
{
    return wanted.len == 0 || contains(item->app, wanted) || contains(item->sender, wanted) ||
           contains(item->title, wanted) || contains(item->body, wanted) ||
           contains(notify_screen_class(item->cls), wanted);
}

static void apply_filter(notify_screen *s, const char *id)
{
    s->n_shown = 0;
    size_t selected = s->selected;
    for (size_t i = 0; i < s->n_items; i++) {
        if (passes(&s->items[i], span_from_string(s->filter))) {
            selected = id != NULL && strcmp(s->items[i].id, id) == 0 ? s->n_shown : selected;
            s->shown[s->n_shown++] = i;
        }
    }
    s->selected = selected < s->n_shown ? selected : s->n_shown > 0 ? s->n_shown - 1 : 0;
}

bool notify_screen_set(notify_screen *s, const screen_item *items, size_t n_items)
{
    char id[64] = "";
    const screen_item *const before = notify_screen_selected(s);
    (void)snprintf(id, sizeof(id), "%s", before != NULL ? before->id : "");
    size_t *const shown = memory_resize(s->shown, n_items > 0 ? n_items : 1, sizeof(*shown));
    if (shown == NULL) {
        return false;
    }
    s->shown = shown;
    s->items = items;
    s->n_items = n_items;
    /* On the first line the view stays there, where the most important comes in. */
    apply_filter(s, s->selected == 0 && s->mode == SCREEN_LIST ? NULL : id);
    if (s->mode == SCREEN_OPEN || s->mode == SCREEN_WHY) {
        const screen_item *const now = notify_screen_selected(s);
        s->mode = now != NULL && strcmp(now->id, id) == 0 ? s->mode : SCREEN_LIST;
    }
    return true;
}

/* ---- keys ---- */

static size_t escape_key(span b, bool is_all, uint32_t *out_key)
{
    static const struct {
        const char *bytes;
        uint32_t key;
    } KEYS[] = {{"\033[A", KEY_UP},   {"\033[B", KEY_DOWN},     {"\033OA", KEY_UP},
                {"\033OB", KEY_DOWN}, {"\033[5~", KEY_PAGE_UP}, {"\033[6~", KEY_PAGE_DOWN},
                {"\033[H", KEY_HOME}, {"\033[F", KEY_END},      {"\033[1~", KEY_HOME},
                {"\033[4~", KEY_END}, {"\033OH", KEY_HOME},     {"\033OF", KEY_END}};
    for (size_t i = 0; i < sizeof(KEYS) / sizeof(KEYS[0]); i++) {
        const span k = span_from_string(KEYS[i].bytes);
        if (span_starts_with(b, k)) {
            *out_key = KEYS[i].key;
            return k.len;
        }
        if (!is_all && span_starts_with(k, b)) {
            return 0;
        }
    }
    if (b.len > 2 && b.ptr[1] == '[') { /* a key that means nothing here */
        size_t n = 2;
        while (n < b.len && (b.ptr[n] < 0x40 || b.ptr[n] > 0x7E)) {
            n++;
        }
        *out_key = KEY_NONE;
        return n < b.len ? n + 1 : b.len;
    }
    *out_key = KEY_ESCAPE;
    return 1;
}

size_t notify_screen_key(span bytes, bool is_all, uint32_t *out_key)
{
    if (bytes.len == 0) {
        return 0;
    }
    const char c = bytes.ptr[0];
    if (c == '\033') {
        return escape_key(bytes, is_all, out_key);
    }
    if (c == '\r' || c == '\n') {
        *out_key = KEY_ENTER;
        return 1;
    }
    if (c == 0x7F || c == 0x08) {
        *out_key = KEY_BACKSPACE;
        return 1;
    }
    if (!is_all && utf8_complete_prefix(bytes) == 0) {
        return 0;
    }
    return utf8_next(bytes, 0, out_key);
}

static void type_filter(notify_screen *s, uint32_t key)
{
    size_t len = strlen(s->filter);
    char bytes[4];
    if (key == KEY_BACKSPACE) {
        while (len > 0 && ((unsigned char)s->filter[--len] & 0xC0) == 0x80) {
        }
        s->filter[len] = '\0';
    } else if (key >= 0x20 && key < 0x110000 && !utf8_is_hidden(key)) {
        const size_t n = utf8_encode(key, bytes);
        if (len + n < sizeof(s->filter)) {
            memcpy(&s->filter[len], bytes, n);
            s->filter[len + n] = '\0';
        }
    }
    apply_filter(s, NULL);
    s->selected = s->top = 0;
}

static void move(notify_screen *s, uint32_t key)
{
    const size_t page = s->rows > 6 ? (s->rows - 3) / 2 : 1;
    const size_t last = s->n_shown > 0 ? s->n_shown - 1 : 0;
    size_t *const at = s->mode == SCREEN_LIST ? &s->selected : &s->scroll;
    const size_t end = s->mode == SCREEN_LIST ? last : TEXT_LINES;
    const size_t step = key == KEY_PAGE_UP || key == KEY_PAGE_DOWN ? page : 1;
    if (key == KEY_HOME || key == KEY_END) {
        *at = key == KEY_HOME ? 0 : end;
    } else if (key == KEY_UP || key == KEY_PAGE_UP || key == 'k') {
        *at = *at > step ? *at - step : 0;
    } else {
        *at = *at + step < end ? *at + step : end;
    }
}

static screen_wish press_filter(notify_screen *s, uint32_t key)
{
    if (key == KEY_ESCAPE) {
        s->filter[0] = '\0';
        apply_filter(s, NULL);
    }
    if (key == KEY_ENTER || key == KEY_ESCAPE) {
        s->mode = SCREEN_LIST;
    } else {
        type_filter(s, key);
    }
    return WISH_NONE;
}

static bool moves(uint32_t key)
{
    return (key >= KEY_UP && key <= KEY_END) || key == 'k' || key == 'j';
}

/* Keys that change what is seen; true: that was one. */
static bool press_view(notify_screen *s, uint32_t key)
{
    const bool is_list = s->mode == SCREEN_LIST;
    if (moves(key)) {
        move(s, key);
    } else if (key == '/') {
        s->mode = SCREEN_FILTER;
    } else if (key == 'e' && s->n_shown > 0) {
        s->mode = s->mode == SCREEN_WHY ? SCREEN_LIST : SCREEN_WHY;
        s->scroll = 0;
    } else if (!is_list &&
               (key == KEY_ENTER || key == KEY_ESCAPE || key == KEY_BACKSPACE || key == 'q')) {
        s->mode = SCREEN_LIST;
    } else if (is_list && key == KEY_ESCAPE && s->filter[0] != '\0') {
        s->filter[0] = '\0';
        apply_filter(s, NULL);
    } else {
        return false;
    }
    return true;
}

screen_wish notify_screen_press(notify_screen *s, uint32_t key)
{
    const screen_item *const item = notify_screen_selected(s);
    s->note[0] = '\0';
    if (key == 3) { /* Ctrl-C */
        return WISH_QUIT;
    }
    if (s->mode == SCREEN_FILTER) {
        return press_filter(s, key);
    }
    if (press_view(s, key)) {
        return WISH_NONE;
    }
    if (key == 'q') {
        return WISH_QUIT;
    }
    if (item == NULL) {
        return WISH_NONE;
    }
    if (key == KEY_ENTER) {
        s->mode = SCREEN_OPEN;
        s->scroll = 0;
        return WISH_OPENED;
    }
    if (s->mode == SCREEN_OPEN && key >= '1' && key <= '9' && key - '1' < item->n_actions) {
        s->action = key - '1';
        return WISH_ACTION;
    }
    return key == 'd'   ? WISH_DISMISS
           : key == 'u' ? WISH_HIGHER
           : key == 'n' ? WISH_LOWER
                        : WISH_NONE;
}

/* ---- drawing ---- */

/* A frame being drawn: rows from 1. */
typedef struct frame {
    buffer *out;
    const notify_screen *screen;
    unsigned row;
} frame;

static void begin_row(frame *f)
{
    f->row++;
    (void)buffer_printf(f->out, "\033[%u;1H\033[0m", f->row);
}

static void end_row(frame *f)
{
    (void)buffer_append_string(f->out, "\033[0m\033[K");
}

static void put_style(frame *f, const char *sequence)
{
    if (f->screen->color) {
        (void)buffer_append_string(f->out, sequence);
    }
}

static void put_bar(frame *f, const char *left, const char *right)
{
    const size_t columns = f->screen->columns;
    const size_t right_cells = terminal_width(span_from_string(right));
    const size_t room = right_cells + 2 < columns ? columns - right_cells - 1 : columns;
    begin_row(f);
    (void)buffer_append_string(f->out, "\033[7m");
    terminal_put_padded(f->out, span_from_string(left), room);
    if (room < columns) {
        terminal_put_padded(f->out, span_from_string(right), right_cells + 1);
    }
    end_row(f);
}

static bool matters(const screen_item *item)
{
    return item->cls <= HUIS_NOTIFY_PERSONAL && item->n_reasons > 0;
}

static size_t height(const notify_screen *s, const screen_item *item)
{
    const bool has_why = item->n_reasons > 0;
    return has_why && (s->roomy || matters(item) || item->cls == HUIS_NOTIFY_HOSTILE) ? 2 : 1;
}

void notify_screen_line(const screen_item *item, buffer *out)
{
    const bool has_sender = item->sender != NULL && item->sender[0] != '\0';
    const bool titled = item->title != NULL && item->title[0] != '\0' &&
                        (!has_sender || strcmp(item->title, item->sender) != 0);
    const bool has_body = item->body != NULL && item->body[0] != '\0';
    (void)buffer_printf(out, "%s%s%s%s", has_sender ? item->sender : "", has_sender ? " · " : "",
                        item->app, titled || has_body ? "  " : "");
    if (titled) {
        (void)buffer_append_string(out, item->title);
    }
    if (has_body) {
        (void)buffer_printf(out, "%s%s", titled ? " — " : "", item->body);
    }
}

/* "by 21:30" on the day of the notification, else "by 2026-11-28 21:30". */
static void put_deadline(const char *deadline, int64_t day_of, buffer *out)
{
    char day[16];
    struct tm t;
    const time_t at = (time_t)day_of;
    const size_t len = strlen(deadline);
    const bool has_clock = len >= 16 && deadline[10] == 'T';
    day[0] = '\0';
    if (localtime_r(&at, &t) != NULL) {
        (void)strftime(day, sizeof(day), "%Y-%m-%d", &t);
    }
    if (has_clock && strncmp(day, deadline, 10) == 0) {
        (void)buffer_printf(out, tr("by %.5s", "avant %.5s"), deadline + 11);
    } else {
        (void)buffer_printf(out, tr("by %.10s%s%.5s", "avant le %.10s%s%.5s"), deadline,
                            has_clock ? " " : "", has_clock ? deadline + 11 : "");
    }
}

void notify_screen_reasons(const screen_item *item, buffer *out)
{
    for (size_t i = 0; i < item->n_reasons; i++) {
        (void)buffer_printf(out, "%s%s", i > 0 ? " · " : "", item->reasons[i]);
    }
}

static void draw_item(frame *f, const screen_item *item, bool selected, buffer *line)
{
    const size_t columns = f->screen->columns;
    const size_t indent = 2 + LABEL_COLUMNS + 1;
    char when[32];
    notify_screen_when(&item->time, f->screen->now, when);
    begin_row(f);
    put_style(f, style_of(item->cls)->color);
    (void)buffer_append_string(f->out, selected ? "\033[7m> " : "  ");
    terminal_put_padded(f->out, span_from_string(notify_screen_class(item->cls)), LABEL_COLUMNS);
    (void)buffer_append_byte(f->out, ' ');
    terminal_put_padded(f->out, span_from_string(when), WHEN_COLUMNS);
    buffer_reset(line);
    notify_screen_line(item, line);
    const size_t room = columns > indent + WHEN_COLUMNS ? columns - indent - WHEN_COLUMNS : 0;
    terminal_put_padded(f->out, buffer_span(line), room);
    end_row(f);
    if (height(f->screen, item) == 2 && f->row + 1 < f->screen->rows) {
        begin_row(f);
        put_style(f, "\033[2m");
        terminal_put_padded(f->out, SPAN(""), indent + WHEN_COLUMNS);
        buffer_reset(line);
        notify_screen_reasons(item, line);
        (void)terminal_put(f->out, buffer_span(line), room);
        end_row(f);
    }
}

/* Moves `top` so that the selected item is seen whole. */
static void scroll_to_selected(notify_screen *s)
{
    const size_t room = s->rows - 2;
    s->roomy = 2 * s->n_shown <= room;
    if (s->n_shown == 0) {
        s->top = 0;
        return;
    }
    s->top = s->top > s->selected ? s->selected : s->top;
    size_t used = 0;
    for (size_t i = s->selected + 1; i > s->top; i--) {
        used += height(s, &s->items[s->shown[i - 1]]);
        if (used > room) {
            s->top = i;
            break;
        }
    }
}

static void draw_list(frame *f, notify_screen *s, buffer *line)
{
    scroll_to_selected(s);
    for (size_t i = s->top; i < s->n_shown && f->row + 1 < s->rows; i++) {
        draw_item(f, &s->items[s->shown[i]], i == s->selected, line);
    }
    if (s->n_shown == 0) {
        begin_row(f);
        const char *const words =
            s->n_items > 0 ? tr("  nothing matches", "  rien ne correspond")
            : s->watching
                ? tr("  no notification yet", "  aucune notification pour l'instant")
                : tr("  nothing here: 'huis notify watch' follows the desktop's notifications",
                     "  rien ici : « huis notify watch » suit les notifications du bureau");
        (void)terminal_put(f->out, span_from_string(words), s->columns);
        end_row(f);
    }
}

/* The whole of one notification as text; `why`: how it was judged, not what it says. */
static void compose_text(const screen_item *item, bool why, int64_t now, buffer *out)
{
    char when[32];
    notify_screen_when(&item->time, now, when);
    (void)buffer_printf(out, "%s · %s", item->app, when);
    if (item->sender != NULL) {
        (void)buffer_printf(out, " · %s", item->sender);
    }
    (void)buffer_printf(out, "\n%s\n\n", item->title != NULL ? item->title : "");
    if (!why && item->body != NULL) {
        (void)buffer_printf(out, "%s\n\n", item->body);
    }
    (void)buffer_printf(out, tr("Class: %s (%.0f %%)%s\n", "Classe : %s (%.0f %%)%s\n"),
                        notify_screen_class(item->cls), item->score * 100,
                        item->interrupt ? tr(", interrupts", ", interrompt") : "");
    if (item->deadline != NULL) {
        (void)buffer_append_string(out, "- ");
        put_deadline(item->deadline, item->time.seconds, out);
        (void)buffer_append_byte(out, '\n');
    }
    for (size_t i = 0; i < item->n_reasons; i++) {
        (void)buffer_printf(out, "- %s\n", item->reasons[i]);
    }
    for (size_t i = 0; !why && i < item->n_actions && i < 9; i++) {
        (void)buffer_printf(out, "%s[%zu] %s", i == 0 ? "\n" : "  ", i + 1, item->actions[i]);
    }
    (void)buffer_printf(out, "\nid %s\n", item->id);
}

static void draw_text(frame *f, notify_screen *s, buffer *line)
{
    const screen_item *const item = notify_screen_selected(s);
    const size_t columns = s->columns > 4 ? s->columns - 4 : 1;
    const size_t room = s->rows - 2;
    if (item == NULL) {
        return;
    }
    buffer_reset(line);
    compose_text(item, s->mode == SCREEN_WHY, s->now, line);
    const span text = buffer_span(line);
    size_t n_lines = 0;
    span part;
    for (size_t pos = 0; pos < text.len; n_lines++) {
        pos = terminal_line(text, pos, columns, &part);
    }
    s->scroll = n_lines <= room ? 0 : s->scroll > n_lines - room ? n_lines - room : s->scroll;
    size_t i_line = 0;
    for (size_t pos = 0; pos < text.len && f->row + 1 < s->rows; i_line++) {
        pos = terminal_line(text, pos, columns, &part);
        if (i_line >= s->scroll) {
            begin_row(f);
            (void)buffer_append_string(f->out, i_line == 1 ? "  \033[1m" : "  ");
            (void)terminal_put(f->out, part, columns);
            end_row(f);
        }
    }
}

static const char *keys_of(const notify_screen *s)
{
    if (s->mode != SCREEN_LIST) {
        return tr(" Enter back  ↑↓ scroll  d dismiss  u higher  n lower  1-9 action",
                  " Entrée retour  ↑↓ défiler  d écarter  u plus haut  n plus bas  1-9 action");
    }
    if (s->columns < 90) {
        return tr(" Enter open  d dismiss  u/n higher/lower  e why  / filter  q quit",
                  " Entrée ouvrir  d écarter  u/n plus haut/bas  e pourquoi  / filtrer  q fin");
    }
    return tr(" ↑↓ move  Enter open  d dismiss  u higher  n lower  e why  / filter  q quit",
              " ↑↓ aller  Entrée ouvrir  d écarter  u plus haut  n plus bas  e pourquoi  "
              "/ filtrer  q fin");
}

static void draw_bars(frame *f, const notify_screen *s, bool is_head)
{
    char left[SCREEN_NOTE_BYTES + 64], right[64];
    if (!is_head && s->mode == SCREEN_FILTER) {
        (void)snprintf(left, sizeof(left), "/%s_", s->filter);
        put_bar(f, left, "");
    } else if (!is_head) {
        put_bar(f, s->note[0] != '\0' ? s->note : keys_of(s), "");
    } else {
        size_t n_urgent = 0;
        for (size_t i = 0; i < s->n_items; i++) {
            n_urgent += s->items[i].cls == HUIS_NOTIFY_CRITICAL;
        }
        const huis_time now = {.seconds = s->now, .known = true};
        notify_screen_when(&now, s->now, right);
        int n = snprintf(left, sizeof(left), " huis · %zu notification%s", s->n_items,
                         s->n_items == 1 ? "" : "s");
        if (n_urgent > 0) {
            n += snprintf(&left[n], sizeof(left) - (size_t)n,
                          n_urgent == 1 ? tr(" · %zu critical", " · %zu urgente")
                                        : tr(" · %zu critical", " · %zu urgentes"),
                          n_urgent);
        }
        if (s->focus != NULL) {
            n += snprintf(&left[n], sizeof(left) - (size_t)n, " · %s", s->focus);
        }
        if (s->filter[0] != '\0') {
            (void)snprintf(&left[n], sizeof(left) - (size_t)n, " · /%.60s", s->filter);
        }
        put_bar(f, left, right);
    }
}

void notify_screen_draw(notify_screen *s, buffer *out)
{
    frame f = {.out = out, .screen = s};
    buffer line;
    if (s->rows < MIN_ROWS || s->columns < MIN_COLUMNS) {
        (void)buffer_append_string(out, "\033[0m\033[2J\033[H");
        (void)terminal_put(out, span_from_string(tr("too small", "trop petit")), s->columns);
        return;
    }
    buffer_init(&line, LIMIT_SCREEN_TEXT_BYTES);
    draw_bars(&f, s, true);
    if (s->mode == SCREEN_OPEN || s->mode == SCREEN_WHY) {
        draw_text(&f, s, &line);
    } else {
        draw_list(&f, s, &line);
    }
    while (f.row + 1 < s->rows) {
        begin_row(&f);
        end_row(&f);
    }
    draw_bars(&f, s, false);
    buffer_deinit(&line);
}
