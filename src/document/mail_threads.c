/*
 * mail_threads.c - see mail_threads.h.
 *
 * Idea: messages that share an id in Message-ID, References or In-Reply-To are one thread (union-find
 * over the ids), and so is a "Re:" without any with the last message of its subject. What a message
 * quotes is unfolded (mail_unfold.h); a quotation that stands in the thread already is dropped: most
 * of its runs of GRAM words were seen there, so that new line breaks do not matter. Short quotations
 * between answers stay with them, marked.
 */
#include "document/mail_threads.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/map.h"
#include "base/memory.h"
#include "document/document_parts.h"
#include "document/mail_unfold.h"
#include "document/reader_lines.h"
#include "document/text_chars.h"

enum {
    GRAM = 4, /* words */
    GRAM_SLOTS_MAX = 1 << 24,
    KNOWN_PERCENT = 60, /* of a quotation's runs of words */
    SHORT_QUOTE_BYTES = 300,
    IDS_MAX = 50 /* of one message */
};

/* --- threads --- */

typedef struct id_sets {
    map nodes; /* id to node */
    uint32_t *parent;
    size_t n, capacity;
} id_sets;

static uint32_t find_root(id_sets *s, uint32_t node)
{
    while (s->parent[node] != node) {
        s->parent[node] = s->parent[s->parent[node]];
        node = s->parent[node];
    }
    return node;
}

static bool add_node(id_sets *s, uint32_t *out)
{
    if (s->n == s->capacity) {
        const size_t bigger = s->capacity > 0 ? 2 * s->capacity : 256;
        uint32_t *const parent = memory_resize(s->parent, bigger, sizeof(*parent));
        if (parent == NULL) {
            return false;
        }
        s->parent = parent;
        s->capacity = bigger;
    }
    *out = (uint32_t)s->n;
    s->parent[s->n++] = *out;
    return true;
}

/* Joins the node with that of a key; a new key is the node's. */
static bool join(id_sets *s, span key, uint32_t node)
{
    uint32_t other = 0;
    if (!map_get(&s->nodes, key, &other)) {
        return map_set(&s->nodes, key, node);
    }
    s->parent[find_root(s, node)] = find_root(s, other);
    return true;
}

static bool join_ids(id_sets *s, const mail_entry *e, uint32_t node)
{
    const span ids = buffer_span(&e->ids);
    int n = 0;
    for (size_t pos = 0; pos < ids.len && n < IDS_MAX; n++) {
        const text_line line = line_at(ids, pos);
        const span id = span_slice(ids, line.first, line.end);
        pos = line.next;
        if (id.len > 0 && !join(s, id, node)) {
            return false;
        }
    }
    return true;
}

static int compare_dates(const void *a, const void *b)
{
    const mail_entry *const x = a;
    const mail_entry *const y = b;
    if (x->date_s != y->date_s) {
        return x->date_s < y->date_s ? -1 : 1;
    }
    return x->index < y->index ? -1 : x->index > y->index;
}

static int compare_threads(const void *a, const void *b)
{
    const mail_entry *const x = a;
    const mail_entry *const y = b;
    return x->thread != y->thread ? (x->thread < y->thread ? -1 : 1) : compare_dates(a, b);
}

/* Numbers the threads by their newest message; entries are in the order of dates. */
static bool number_threads(id_sets *s, mail_entry *entries, size_t n)
{
    uint32_t *const newest = memory_alloc(s->n > 0 ? s->n : 1, sizeof(*newest));
    if (newest == NULL) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        newest[find_root(s, entries[i].thread)] = (uint32_t)i;
    }
    for (size_t i = 0; i < n; i++) {
        entries[i].thread = newest[find_root(s, entries[i].thread)];
    }
    (void)memory_free(newest);
    return true;
}

bool mail_threads_sort(mail_entry *entries, size_t n)
{
    id_sets s = {.n = 0};
    map subjects;
    map_init(&s.nodes);
    map_init(&subjects);
    bool ok = true;
    qsort(entries, n, sizeof(*entries), compare_dates);
    for (size_t i = 0; ok && i < n; i++) {
        mail_entry *const e = &entries[i];
        const span subject = span_from_string(e->subject);
        uint32_t other = 0;
        ok = add_node(&s, &e->thread) && join_ids(&s, e, e->thread);
        if (ok && subject.len > 0) {
            if (e->reply && map_get(&subjects, subject, &other)) {
                s.parent[find_root(&s, e->thread)] = find_root(&s, other);
            }
            ok = map_set(&subjects, subject, e->thread);
        }
    }
    ok = ok && number_threads(&s, entries, n);
    map_deinit(&subjects);
    map_deinit(&s.nodes);
    s.parent = memory_free(s.parent);
    if (ok) {
        qsort(entries, n, sizeof(*entries), compare_threads);
    }
    return ok;
}

/* --- what a thread has said --- */

typedef struct gram_set {
    uint64_t *slots; /* 0: free */
    size_t capacity, n;
    bool failed;
} gram_set;

static void insert_gram(gram_set *set, uint64_t gram)
{
    size_t i = (size_t)gram & (set->capacity - 1);
    while (set->slots[i] != 0 && set->slots[i] != gram) {
        i = (i + 1) & (set->capacity - 1);
    }
    set->n += set->slots[i] == 0;
    set->slots[i] = gram;
}

static bool has_gram(const gram_set *set, uint64_t gram)
{
    size_t i = set->capacity > 0 ? (size_t)gram & (set->capacity - 1) : 0;
    while (set->capacity > 0 && set->slots[i] != 0) {
        if (set->slots[i] == gram) {
            return true;
        }
        i = (i + 1) & (set->capacity - 1);
    }
    return false;
}

/* Full sets take no more: later quotations stay, which is harmless. */
static void add_gram(gram_set *set, uint64_t gram)
{
    if (2 * set->n >= set->capacity) {
        if (set->capacity >= GRAM_SLOTS_MAX) {
            return;
        }
        gram_set bigger = {.capacity = set->capacity > 0 ? 2 * set->capacity : 1024};
        bigger.slots = memory_alloc(bigger.capacity, sizeof(*bigger.slots));
        if (bigger.slots == NULL) {
            set->failed = true;
            return;
        }
        for (size_t i = 0; i < set->capacity; i++) {
            if (set->slots[i] != 0) {
                insert_gram(&bigger, set->slots[i]);
            }
        }
        (void)memory_free(set->slots);
        *set = bigger;
    }
    insert_gram(set, gram);
}

typedef struct gram_count {
    size_t n, known;
} gram_count;

/* Goes over the runs of words of a text; adds them or counts those that are known. */
static gram_count visit_grams(gram_set *set, span text, uint32_t thread, bool add)
{
    uint64_t words[GRAM] = {0};
    gram_count count = {0, 0};
    size_t n = 0;
    size_t pos = 0;
    while (pos < text.len) {
        pos = char_skip_spaces(text, pos, text.len);
        size_t end = pos;
        while (end < text.len && text.ptr[end] != ' ' && text.ptr[end] != '\n') {
            end++;
        }
        const span word = span_slice(text, pos, end);
        pos = end > pos ? end : pos + 1;
        if (word.len == 0 || word.ptr[0] == '>') {
            continue;
        }
        memmove(words, words + 1, sizeof(words) - sizeof(words[0]));
        words[GRAM - 1] = map_hash(word, thread);
        n++;
        if (n < GRAM && pos < text.len && words_up_to(span_slice(text, pos, text.len), 1) > 0) {
            continue;
        }
        const uint64_t gram = map_hash(span_from((const char *)words, sizeof(words)), thread) | 1;
        count.n++;
        count.known += has_gram(set, gram);
        if (add) {
            add_gram(set, gram);
        }
    }
    return count;
}

static bool is_known(gram_set *set, span text, uint32_t thread)
{
    const gram_count count = visit_grams(set, text, thread, false);
    return count.n > 0 && count.known * 100 >= count.n * KNOWN_PERCENT;
}

/* --- writing --- */

/* A message that will be written: in `store` first, since their number must be known. */
typedef struct outgoing {
    size_t start, end; /* in the store */
    size_t entry;
    bool own;
    span who; /* of one that is quoted; into the entry's text */
    timestamp when;
} outgoing;

typedef struct thread_writer {
    const mail_entry *entries;
    buffer store;
    buffer list; /* of outgoing */
    gram_set known;
    bool several; /* messages in the mailbox */
    bool failed;
} thread_writer;

static span headers_of(const mail_entry *e)
{
    return span_slice(buffer_span(&e->text), 0, e->body);
}

static void start_message(thread_writer *w, size_t entry, const mail_piece *piece, bool first_own)
{
    const mail_entry *const e = &w->entries[entry];
    outgoing m = {.start = w->store.len, .entry = entry, .own = piece->own};
    char when[TIMESTAMP_BYTES];
    if (piece->own && first_own) {
        (void)buffer_append(&w->store, headers_of(e));
    } else {
        m.who = piece->own ? span_from_string(e->who) : piece->who;
        timestamp_format_header(&piece->when, when);
        if (m.who.len > 0) {
            (void)buffer_append_string(&w->store, "From: ");
            reader_append_line(&w->store, m.who);
            (void)buffer_append_byte(&w->store, '\n');
        }
        if (!piece->own && (when[0] != '\0' || piece->said_when.len > 0)) {
            (void)buffer_append_string(&w->store, "Date: ");
            reader_append_line(&w->store,
                               when[0] != '\0' ? span_from_string(when) : piece->said_when);
            (void)buffer_append_byte(&w->store, '\n');
        }
        if (w->store.len > m.start) {
            (void)buffer_append_byte(&w->store, '\n');
        }
    }
    m.when = piece->own ? e->when : piece->when;
    (void)buffer_append(&w->list, span_from((const char *)&m, sizeof(m)));
}

static void end_message(thread_writer *w)
{
    if (buffer_ok(&w->list) && w->list.len > 0) {
        outgoing *const m = (outgoing *)(void *)(w->list.ptr + w->list.len - sizeof(outgoing));
        m->end = w->store.len;
    }
}

static span piece_text(const mail_pieces *p, const mail_piece *piece)
{
    return span_slice(buffer_span(&p->text), piece->start, piece->end);
}

/* The first lines of a quotation, marked. */
static void append_short_quote(buffer *out, span text)
{
    for (size_t pos = 0; pos < text.len && pos < SHORT_QUOTE_BYTES;) {
        const text_line line = line_at(text, pos);
        pos = line.next;
        if (!line_is_blank(&line)) {
            (void)buffer_append_string(out, "> ");
            (void)buffer_append(out, span_slice(text, line.first, line.end));
            (void)buffer_append_byte(out, '\n');
        }
    }
}

/* A message whose quotations stand in the thread already: its own words, with what it answers between
 * the lines. */
static void write_known(thread_writer *w, size_t entry, const mail_pieces *p)
{
    size_t n = 0;
    const mail_piece *const list = mail_piece_list(p, &n);
    const mail_piece own = {.own = true};
    start_message(w, entry, &own, true);
    for (size_t i = 0; i < n; i++) {
        if (list[i].own) {
            (void)buffer_append(&w->store, piece_text(p, &list[i]));
            (void)buffer_append_string(&w->store, i + 1 < n ? "\n" : "");
        } else if (p->interleaved && i + 1 < n && list[i + 1].own) {
            append_short_quote(&w->store, piece_text(p, &list[i]));
            (void)buffer_append_byte(&w->store, '\n');
        }
    }
    end_message(w);
}

static void write_unfolded(thread_writer *w, size_t entry, const mail_pieces *p)
{
    const uint32_t thread = w->entries[entry].thread;
    size_t n = 0;
    const mail_piece *const list = mail_piece_list(p, &n);
    bool first_own = true;
    for (size_t i = 0; i < n; i++) {
        const span text = piece_text(p, &list[i]);
        if (!list[i].own && !p->interleaved && w->several && is_known(&w->known, text, thread)) {
            continue;
        }
        start_message(w, entry, &list[i], first_own);
        (void)buffer_append(&w->store, text);
        end_message(w);
        first_own = first_own && !list[i].own;
    }
}

/* The message as it is: nobody is quoted by name. */
static void write_whole(thread_writer *w, size_t entry)
{
    const mail_entry *const e = &w->entries[entry];
    const mail_piece own = {.own = true};
    start_message(w, entry, &own, true);
    (void)buffer_append(&w->store, span_slice(buffer_span(&e->text), e->body, e->text.len));
    end_message(w);
}

static void write_entry(thread_writer *w, size_t entry)
{
    const mail_entry *const e = &w->entries[entry];
    const span body = span_slice(buffer_span(&e->text), e->body, e->text.len);
    mail_pieces pieces;
    size_t n = 0;
    size_t n_known = 0;
    size_t n_quoted = 0;
    if (!mail_unfold(&pieces, body)) {
        w->failed = true;
    }
    const mail_piece *const list = mail_piece_list(&pieces, &n);
    for (size_t i = 0; i < n && w->several; i++) {
        n_quoted += !list[i].own;
        n_known += !list[i].own && is_known(&w->known, piece_text(&pieces, &list[i]), e->thread);
    }
    if (n <= 1) {
        write_whole(w, entry);
    } else if (n_quoted > 0 && n_known == n_quoted) {
        write_known(w, entry, &pieces);
    } else {
        write_unfolded(w, entry, &pieces);
    }
    for (size_t i = 0; i < n && w->several; i++) {
        (void)visit_grams(&w->known, piece_text(&pieces, &list[i]), e->thread, true);
    }
    mail_pieces_deinit(&pieces);
}

static void separate(buffer *out)
{
    const span text = buffer_span(out);
    if (text.len > 0 && !span_ends_with(text, SPAN("\n\n"))) {
        (void)buffer_append_string(out, span_ends_with(text, SPAN("\n")) ? "\n" : "\n\n");
    }
}

static void write_out(thread_writer *w, reader_result *out)
{
    const outgoing *const list = (const outgoing *)(const void *)w->list.ptr;
    const size_t n = w->list.len / sizeof(outgoing);
    for (size_t i = 0; i < n && buffer_ok(&out->text); i++) {
        const mail_entry *const e = &w->entries[list[i].entry];
        char when[TIMESTAMP_BYTES];
        if (n > 1) {
            separate(&out->text);
        }
        timestamp_format(&list[i].when, when);
        const reader_place_draft place = {.start = out->text.len,
                                          .kind = PLACE_MESSAGE,
                                          .number = (uint32_t)i + 1,
                                          .genre = DOCUMENT_MAIL,
                                          .label = span_from_string(e->subject),
                                          .who =
                                              list[i].own ? span_from_string(e->who) : list[i].who,
                                          .when = span_from_string(when)};
        reader_add_place(out, &place);
        if (n > 1) {
            (void)buffer_printf(&out->text, "=== %zu / %zu ===\n", i + 1, n);
        }
        (void)buffer_append(&out->text,
                            span_slice(buffer_span(&w->store), list[i].start, list[i].end));
        if (out->title[0] == '\0') {
            memcpy(out->title, e->subject, sizeof(out->title));
        }
    }
}

bool mail_threads_write(reader_result *out, const mail_entry *entries, size_t n)
{
    thread_writer w = {.entries = entries, .several = n > 1};
    buffer_init(&w.store, 2 * (size_t)LIMIT_TEXT_BYTES);
    buffer_init(&w.list, LIMIT_TEXT_BYTES);
    for (size_t i = 0; i < n && !w.failed && buffer_ok(&w.store); i++) {
        write_entry(&w, i);
    }
    const bool ok = !w.failed && !w.known.failed && buffer_ok(&w.store) && buffer_ok(&w.list);
    if (ok) {
        write_out(&w, out);
    }
    w.known.slots = memory_free(w.known.slots);
    buffer_deinit(&w.list);
    buffer_deinit(&w.store);
    return ok;
}
