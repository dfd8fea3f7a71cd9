/*
 * summarize.c - huis summarize: reads a document, summarises it, shows the sources.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/memory.h"
#include "cli/document_set.h"
#include "cli/document_source.h"
#include "cli/interrupt.h"
#include "cli/model_choice.h"
#include "cli/output.h"
#include "cli/source_parts.h"
#include "cli/summary_view.h"
#include "document/document.h"
#include "huis/summarize.h"

enum {
    NAME_BYTES = 512,
    MAX_LEFT_OUT_TOLD = 5,
    QUIET_US = 400000 /* before a bar is shown */
};

typedef struct model_use {
    huis_model *model;
    huis_session *session;
} model_use;

/* Opens the model that the mode asks for, if it will be used. Without one, `auto` goes on at tier 0
 * and says so. */
static int open_model(model_use *out, const arguments *args, const huis_summarize_options *options,
                      span text, progress *line, huis_error *err)
{
    const huis_summary_mode mode = options->mode;
    if (!huis_summarize_uses_model(text.ptr, text.len, options)) {
        return HUIS_OK;
    }
    progress_say(line, tr("loading the model ...", "chargement du modèle ..."));
    int status = model_choice_open(&out->model, args, err);
    progress_clear(line);
    const bool crosses =
        options->language != NULL && strcmp(document_language(text), options->language) != 0;
    const bool may_go_without =
        mode == HUIS_SUMMARY_AUTO && !argument_flag(args, OPTION_MODEL) && !crosses;
    /* NOT_FOUND: there is no home to look for one in. */
    if ((status == HUIS_E_NO_MODEL || status == HUIS_E_NOT_FOUND) && may_go_without) {
        output_note(args,
                    tr("huis: %s (going on without: the best sentences as they are)",
                       "huis: %s (sans lui : les meilleures phrases telles quelles)"),
                    err->message);
        return HUIS_OK;
    }
    if (status == HUIS_OK) {
        status = huis_session_new(&out->session, out->model, err);
    }
    return status;
}

static void close_model(model_use *use)
{
    huis_session_free(use->session);
    huis_model_unref(use->model);
}

/* The name of the model that was used; false: none was. */
static bool append_model_name(buffer *out, const arguments *args, const huis_summary *s,
                              const huis_model *model)
{
    huis_model_info info = {.struct_size = sizeof(info)};
    return s->tier > 0 && model != NULL && huis_model_get_info(model, &info) == HUIS_OK &&
           model_choice_name(out, args, info.name) == HUIS_OK;
}

/* Text and Markdown are printed as they are found. */
typedef struct item_printer {
    summary_view view;
    size_t n_items;
    int write_error; /* errno; 0: everything could be written */
    progress line;
    bool writes; /* a model is at work */
} item_printer;

static bool on_item(void *user, const huis_summary_item *item)
{
    item_printer *const p = user;
    progress_clear(&p->line);
    summary_view_item(&p->view, item, ++p->n_items);
    const bool ok = fflush(stdout) == 0;
    p->write_error = ok ? 0 : errno;
    if (p->writes) {
        progress_say(&p->line, tr("writing ...", "rédaction ..."));
    }
    return ok;
}

/* Quick work shows no bar. */
static bool on_progress(void *user, const huis_summary_progress *at)
{
    item_printer *const p = user;
    if (interrupt_came()) {
        return false;
    }
    if (clock_monotonic_us() - p->line.started_us < QUIET_US) {
        return true;
    }
    switch (at->stage) {
    case HUIS_SUMMARY_READING:
        progress_show(&p->line, tr("reading", "lecture"), at->n_done, at->n_total, "B");
        break;
    case HUIS_SUMMARY_WRITING:
        if (at->n_done < at->n_total) {
            progress_show(&p->line, tr("the model reads", "le modèle lit"), at->n_done, at->n_total,
                          tr("tokens", "jetons"));
        }
        break;
    case HUIS_SUMMARY_MERGING:
    case HUIS_SUMMARY_RANKING:
        break;
    }
    return true;
}

/* What was not printed item by item. */
static void print_summary(summary_view *view, const huis_summary *s, const model_use *use)
{
    buffer name;
    buffer_init(&name, NAME_BYTES);
    if (append_model_name(&name, view->args, s, use->model)) {
        view->model = buffer_string(&name);
    }
    summary_view_print(view, s);
    view->model = NULL;
    buffer_deinit(&name);
}

static void print_stats(const arguments *args, const huis_summary *s, const model_use *use)
{
    huis_model_info info = {.struct_size = sizeof(info)};
    if (s->tier == 0 || huis_model_get_info(use->model, &info) != HUIS_OK) {
        output_note(args,
                    tr("[tier 0, no model, %s, %.1f ms]", "[niveau 0, sans modèle, %s, %.1f ms]"),
                    summary_mode_name(s->mode), s->elapsed_ms);
        return;
    }
    buffer name;
    buffer_init(&name, NAME_BYTES);
    (void)append_model_name(&name, args, s, use->model);
    const huis_usage *const u = &s->usage;
    const uint32_t n_read = u->prompt_tokens - u->cached_tokens;
    output_note(args,
                tr("[tier %u, %s, %s, %s: first sentence after %.1f s, all after %.1f s; %u tokens "
                   "read at %.0f/s, %u reused, %u written at %.0f/s, %u of %u drafts right; "
                   "fallbacks: %u; model loaded "
                   "in %.1f s]",
                   "[niveau %u, %s, %s, %s : première phrase après %.1f s, tout après %.1f s ; %u "
                   "jetons lus à %.0f/s, %u réutilisés, %u écrits à %.0f/s, %u ébauches sur %u "
                   "justes ; replis : %u ; modèle "
                   "chargé en %.1f s]"),
                s->tier, buffer_string(&name), summary_mode_name(s->mode), info.level,
                s->first_item_ms / 1000, s->elapsed_ms / 1000, n_read,
                u->prefill_ms > 0 ? 1000.0 * n_read / u->prefill_ms : 0, u->cached_tokens,
                u->output_tokens, u->decode_ms > 0 ? 1000.0 * u->output_tokens / u->decode_ms : 0,
                u->accepted_tokens, u->drafted_tokens, s->n_fallbacks, info.load_ms / 1000);
    buffer_deinit(&name);
}

static huis_summarize_options options_of(const arguments *args, const reader_result *read,
                                         const huis_text_part *parts, size_t n_parts)
{
    huis_summarize_options options;
    huis_summarize_options_default(&options);
    options.parts = n_parts > 0 ? parts : NULL;
    options.n_parts = n_parts;
    options.kind = (huis_summary_kind)(argument_choice(args, OPTION_KIND, 0) + 1);
    options.mode = (huis_summary_mode)argument_choice(args, OPTION_MODE, 0);
    options.genre = (huis_genre)read->genre;
    options.max_words = (uint32_t)argument_unsigned(args, OPTION_WORDS, 0);
    options.focus = argument_string(args, OPTION_FOCUS, NULL);
    options.language = argument_string(args, OPTION_LANGUAGE, NULL);
    return options;
}

/* The summary, and what is to be said of it. */
static void show(summary_view *view, const huis_summary *s, const model_use *use,
                 const char *wanted_language)
{
    print_summary(view, s, use);
    if (wanted_language != NULL && strcmp(s->language, wanted_language) != 0) {
        output_note(view->args,
                    tr("huis: nothing passed the checks in that language: these are the text's own "
                       "words",
                       "huis : rien n'a passé les contrôles dans cette langue : ce sont les mots "
                       "du texte"));
    }
    if (argument_flag(view->args, OPTION_STATS)) {
        print_stats(view->args, s, use);
    }
}

static int summarize_with(const arguments *args, const reader_result *read,
                          huis_summarize_options options, huis_error *err)
{
    const span text = buffer_span(&read->text);
    model_use use = {0};
    huis_summary *summary = NULL;
    item_printer printer = {.view = {.args = args, .kind = options.kind, .read = read}};
    const bool waits = summary_view_waits(&printer.view);
    options.on_progress = on_progress;
    options.progress_user = &printer;
    progress_begin(&printer.line, args);
    interrupt_shield();
    int status = open_model(&use, args, &options, text, &printer.line, err);
    interrupt_watch();
    printer.writes = use.session != NULL;
    if (status == HUIS_OK && printer.writes) {
        progress_say(&printer.line, tr("reading ...", "lecture ..."));
    }
    if (status == HUIS_OK) {
        status = huis_summarize(text.ptr, text.len, &options, use.session, waits ? NULL : on_item,
                                &printer, &summary, err);
    }
    interrupt_end();
    progress_end(&printer.line);
    if (status != HUIS_OK && interrupt_came()) {
        status = error_set(err, HUIS_E_CANCELLED,
                           tr("interrupted: what was printed stands", "interrompu : ce qui est "
                                                                      "écrit est valable"));
    } else if (status == HUIS_E_CANCELLED && printer.write_error != 0) {
        status =
            error_set(err, HUIS_E_IO, "%s: %s", tr("cannot write the result", "résultat non écrit"),
                      strerror(printer.write_error));
    }
    if (status == HUIS_OK) {
        show(&printer.view, summary, &use, options.language);
    }
    huis_summary_free(summary);
    close_model(&use);
    return status;
}

static int summarize(const arguments *args, const reader_result *read, huis_error *err)
{
    huis_text_part *parts = NULL;
    huis_text_time *times = NULL;
    size_t n_parts = 0;
    size_t n_times = 0;
    int status = source_parts_new(&parts, &n_parts, read, err);
    if (status == HUIS_OK) {
        status = source_times_new(&times, &n_times, read, err);
    }
    if (status == HUIS_OK) {
        huis_summarize_options options = options_of(args, read, parts, n_parts);
        options.times = times;
        options.n_times = n_times;
        status = summarize_with(args, read, options, err);
    }
    memory_free(times);
    memory_free(parts);
    return status;
}

/* Reading several documents, told as it goes. */
typedef struct reading {
    const arguments *args;
    progress line;
    size_t n_left_out;
    buffer left_out; /* notes, told when something could be read */
} reading;

static void on_document(void *user, const char *name, size_t i_document, size_t n_documents)
{
    reading *const r = user;
    (void)name;
    progress_show(&r->line, tr("reading", "lecture"), i_document, n_documents, "documents");
}

static void on_left_out(void *user, const char *name, const char *why)
{
    reading *const r = user;
    (void)name; /* is in the message */
    if (r->n_left_out++ < MAX_LEFT_OUT_TOLD) {
        (void)buffer_printf(&r->left_out, tr("huis: left out: %s\n", "huis: laissé de côté : %s\n"),
                            why);
    }
}

static int read_documents(reader_result *out, const arguments *args, huis_error *err)
{
    reading r = {.args = args};
    buffer_init(&r.left_out, LIMIT_KIB * 8);
    progress_begin(&r.line, args);
    const document_set_options options = {
        .max_bytes = argument_unsigned(args, OPTION_BYTES, DOCUMENT_SOURCE_MAX_BYTES),
        .on_document = on_document,
        .on_left_out = on_left_out,
        .user = &r};
    const int status =
        document_set_read(out, args->operands, (size_t)args->n_operands, &options, err);
    progress_end(&r.line);
    if (status == HUIS_OK && r.left_out.len > 0) {
        buffer_truncate(&r.left_out, r.left_out.len - 1);
        output_note(args, "%s", buffer_string(&r.left_out));
    }
    buffer_deinit(&r.left_out);
    if (status == HUIS_OK && r.n_left_out > MAX_LEFT_OUT_TOLD) {
        output_note(args,
                    tr("huis: left out: %zu files in all", "huis: laissés de côté : %zu fichiers"),
                    r.n_left_out);
    }
    if (status == HUIS_OK && out->note[0] != '\0') {
        output_note(args, "huis: %s", out->note);
    }
    return status;
}

int run_summarize(const arguments *args)
{
    huis_error err = {0};
    reader_result input;
    reader_result_init(&input);
    int status = read_documents(&input, args, &err);
    /* Off a terminal --show-source prints exactly the text that offsets point into. */
    const bool only_source = argument_flag(args, OPTION_SHOW_SOURCE) && isatty(STDOUT_FILENO) == 0;
    if (status == HUIS_OK && only_source) {
        output_text(buffer_span(&input.text));
    } else if (status == HUIS_OK) {
        status = summarize(args, &input, &err);
    }
    reader_result_deinit(&input);
    const int code = status == HUIS_OK ? output_finish() : output_error(&err);
    if (status == HUIS_E_CANCELLED && interrupt_came()) {
        interrupt_die();
    }
    return code;
}
