/* Summarises a text, then answers a question about it as the answer is written. Build and run with
 * cc ask.c $(pkg-config --cflags --libs huis) -o ask && ./ask model.gguf "Who pays?" < mail.txt */
#include <huis/huis.h>
#include <huis/model.h>
#include <huis/session.h>
#include <huis/summarize.h>
#include <stdio.h>
#include <string.h>

static bool print_text(void *user, const huis_event *event)
{
    fwrite(event->text, 1, event->kind == HUIS_EVENT_TEXT ? event->text_bytes : 0, user);
    return true; /* false would cancel */
}

int main(int argc, char **argv)
{
    static char text[65536];
    const size_t bytes = fread(text, 1, sizeof(text), stdin);
    const char *const question = argc > 2 ? argv[2] : "What is this about?";
    const huis_message messages[] = {{"system", text, bytes}, {"user", question, strlen(question)}};
    huis_model *model = NULL;
    huis_session *session = NULL;
    huis_summary *summary = NULL;
    huis_error err = {0};
    int status = huis_model_open(&model, argc > 1 ? argv[1] : "model.gguf", NULL, &err);
    status = status ? status : huis_session_new(&session, model, &err);
    status =
        status ? status : huis_summarize(text, bytes, NULL, session, NULL, NULL, &summary, &err);
    if (status == HUIS_OK) {
        printf("In short: %s\n", summary->text);
        status = huis_session_generate(session, messages, 2, NULL, print_text, stdout, NULL, &err);
    }
    fprintf(stderr, "%s\n", status ? err.message : "");
    huis_summary_free(summary);
    huis_session_free(session);
    huis_model_unref(model);
    return status ? 1 : 0;
}
