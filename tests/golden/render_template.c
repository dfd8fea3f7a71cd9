/*
 * render_template.c - renders one chat template: the program that templates.py drives.
 *
 * render_template TEMPLATE [VARIABLES...]: for each file of variables (JSON) one line on standard
 * output, {"text","marks":[[start,end],...]} or {"error","status"}.
 */
#include <stdio.h>
#include <stdlib.h>

#include <jansson.h>

#include "base/buffer.h"
#include "base/file.h"
#include "base/limits.h"
#include "chat/chat.h"

static void print_error(const huis_error *err)
{
    json_t *const out =
        json_pack("{s:s,s:s}", "error", err->message, "status", huis_status_name(err->status));
    json_dumpf(out, stdout, JSON_COMPACT);
    (void)putchar('\n');
    json_decref(out);
}

static void print_text(const chat_text *text)
{
    json_t *const marks = json_array();
    for (size_t i = 0; i < text->n_marks; i++) {
        json_array_append_new(marks, json_pack("[I,I]", (json_int_t)text->marks[i].start,
                                               (json_int_t)text->marks[i].end));
    }
    json_t *const out =
        json_pack("{s:s#,s:o}", "text", buffer_string(&text->text), text->text.len, "marks", marks);
    json_dumpf(out, stdout, JSON_COMPACT);
    (void)putchar('\n');
    json_decref(out);
}

static void render(const chat_template *t, const char *path)
{
    huis_error err = {0};
    chat_text text;
    json_t *const variables = json_load_file(path, 0, NULL);
    chat_text_init(&text);
    if (variables == NULL) {
        (void)fprintf(stderr, "%s: not JSON\n", path);
        exit(2);
    }
    if (chat_render(t, variables, &text, &err) < 0) {
        print_error(&err);
    } else {
        print_text(&text);
    }
    chat_text_deinit(&text);
    json_decref(variables);
}

int main(int argc, char **argv)
{
    huis_error err = {0};
    buffer source;
    chat_template *t = NULL;
    buffer_init(&source, LIMIT_TEMPLATE_BYTES);
    if (argc < 2 || file_read(&source, argv[1], &err) < 0) {
        (void)fprintf(stderr, "usage: render_template TEMPLATE VARIABLES...\n");
        return 2;
    }
    if (chat_template_open(&t, buffer_span(&source), argv[1], &err) < 0) {
        for (int i = 2; i < argc; i++) {
            print_error(&err);
        }
    } else {
        for (int i = 2; i < argc; i++) {
            render(t, argv[i]);
        }
    }
    chat_template_free(t);
    buffer_deinit(&source);
    return 0;
}
