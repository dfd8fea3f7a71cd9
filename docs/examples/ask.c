/* Opens a model, answers a question as it is written, and summarises a text.
 * cc ask.c $(pkg-config --cflags --libs huis) -o ask && ./ask model.gguf "Why is the sky blue?" */
#include <stdio.h>
#include <string.h>

#include <huis/model.h>
#include <huis/session.h>

static bool print_text(void *user, const huis_event *event)
{
    (void)user;
    if (event->kind == HUIS_EVENT_TEXT) {
        fwrite(event->text, 1, event->text_bytes, stdout);
    }
    return true; /* false would cancel */
}

int main(int argc, char **argv)
{
    const char *const question = argc > 2 ? argv[2] : "Who are you?";
    const huis_message message = {"user", question, strlen(question)};
    huis_model *model = NULL;
    huis_session *session = NULL;
    huis_error err = {0};
    int status = huis_model_open(&model, argc > 1 ? argv[1] : "model.gguf", NULL, &err);
    if (status == HUIS_OK) {
        status = huis_session_new(&session, model, &err);
    }
    if (status == HUIS_OK) {
        status = huis_session_generate(session, &message, 1, NULL, print_text, NULL, NULL, &err);
    }
    printf("\n");
    if (status != HUIS_OK) {
        fprintf(stderr, "ask: %s\n", err.message);
    }
    huis_session_free(session);
    huis_model_unref(model);
    return status == HUIS_OK ? 0 : 1;
}
