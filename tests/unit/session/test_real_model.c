/*
 * test_real_model.c - the client and the real huis-worker with real models, from the directory that
 * HUIS_TEST_MODELS names; without it, or them, each test is skipped by name.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../../tap.h"
#include "base/blob_cache.h"
#include "base/clock.h"
#include "base/utf8.h"
#include "huis/session.h"

typedef struct opened {
    huis_model *model;
    huis_session *session;
} opened;

/* What a test found wrong; NULL: nothing. */
typedef const char *(*real_test)(const opened *o);

static const huis_result *ask(const opened *o, const char *text,
                              const huis_generate_options *options, huis_event_fn on_event,
                              void *user, int *out_status)
{
    const huis_message message = {"user", text, strlen(text)};
    const huis_result *result = NULL;
    huis_error err = {0};
    *out_status =
        huis_session_generate(o->session, &message, 1, options, on_event, user, &result, &err);
    if (*out_status != HUIS_OK && *out_status != HUIS_E_CANCELLED) {
        printf("# %d %s\n", *out_status, err.message);
    }
    return result;
}

static const char *knows_paris(const opened *o)
{
    huis_generate_options options;
    int status = HUIS_OK;
    huis_generate_options_default(&options);
    options.max_tokens = 24;
    const char question[] = "What is the capital of France? Answer in one word.";
    const huis_result *result = ask(o, question, &options, NULL, NULL, &status);
    if (result == NULL || strstr(result->candidates[0].text, "Paris") == NULL) {
        return "does not say Paris";
    }
    options.copy_source = "The capital of Norway is Oslo.";
    options.copy_source_bytes = strlen(options.copy_source);
    result = ask(o, question, &options, NULL, NULL, &status);
    printf("# copying from a text about Norway: %s\n",
           result != NULL ? result->candidates[0].text : "");
    return result == NULL || strstr(result->candidates[0].text, "Paris") != NULL
               ? "says Paris though the source does not"
               : NULL;
}

/* Every word of `text` stands in `source` after the one before it. */
static bool keeps_order(const char *text, const char *source)
{
    static const char APART[] = " ,.()";
    const char *from = source;
    for (const char *at = text + strspn(text, APART); *at != '\0';) {
        const size_t n = strcspn(at, APART);
        size_t found = 0;
        while (*from != '\0' && found == 0) {
            from += strspn(from, APART);
            const size_t m = strcspn(from, APART);
            /* The first word may have a capital of its own. */
            found = m == n && n > 0 && memcmp(from + 1, at + 1, n - 1) == 0 &&
                            (*from | 0x20) == (*at | 0x20)
                        ? n
                        : 0;
            from += m;
        }
        if (found == 0) {
            return false;
        }
        at += n;
        at += strspn(at, APART);
    }
    return true;
}

/* Greedy and sampled, even what is asked against the sentence. */
static const char *leaves_words_out(const opened *o)
{
    static const char SENTENCE[] =
        "On Tuesday the council of Derby, which met in the old library, voted to close the bridge "
        "(built in 1921) to trucks, because engineers found cracks in two of its pillars.";
    static const char SHORTEN[] =
        "Shorten: On Tuesday the council of Derby, which met in the old library, voted to close "
        "the bridge (built in 1921) to trucks, because engineers found cracks in its pillars.";
    static const char *const ASKED[] = {SHORTEN, "Write a poem about the sea.", "2 + 2 ="};
    huis_generate_options options;
    int status = HUIS_OK;
    huis_generate_options_default(&options);
    options.max_tokens = 60;
    options.keep_order = SENTENCE;
    options.keep_order_bytes = strlen(SENTENCE);
    for (size_t i = 0; i < 2 * sizeof(ASKED) / sizeof(ASKED[0]); i++) {
        options.temperature = i % 2 == 0 ? 0.0f : 1.0f;
        options.n_candidates = i % 2 == 0 ? 1 : 3;
        const huis_result *const result = ask(o, ASKED[i / 2], &options, NULL, NULL, &status);
        if (result == NULL) {
            return "no answer";
        }
        for (uint32_t k = 0; k < result->n_candidates; k++) {
            printf("# %s\n", result->candidates[k].text);
            if (!keeps_order(result->candidates[k].text, SENTENCE)) {
                return "adds or moves words";
            }
        }
    }
    return NULL;
}

static bool is_whole(void *user, const huis_event *event)
{
    bool *const all = user;
    const span text = span_from(event->text, event->text_bytes);
    *all = *all && (event->kind != HUIS_EVENT_TEXT || utf8_valid_prefix(text) == text.len);
    return true;
}

static const char *streams_whole_characters(const opened *o)
{
    huis_generate_options options;
    int status = HUIS_OK;
    bool all = true;
    huis_generate_options_default(&options);
    options.max_tokens = 48;
    options.temperature = 1.5f;
    options.n_candidates = 3;
    const huis_result *const result =
        ask(o, "Réponds avec des émojis 🎉 : où est né Molière ? 日本語も。", &options, is_whole,
            &all, &status);
    return result == NULL || result->n_candidates != 3 || !all ? "half a character" : NULL;
}

static const char *keeps_the_word_limit(const opened *o)
{
    huis_generate_options options;
    int status = HUIS_OK;
    huis_generate_options_default(&options);
    options.max_words = 7;
    const huis_result *const result =
        ask(o, "Write three sentences about the sea.", &options, NULL, NULL, &status);
    if (result == NULL) {
        return "no answer";
    }
    printf("# %s\n", result->candidates[0].text);
    size_t n_spaces = 0;
    for (const char *c = result->candidates[0].text; *c != '\0'; c++) {
        n_spaces += *c == ' ' ? 1 : 0;
    }
    return n_spaces > 6 || result->candidates[0].finish != HUIS_FINISH_LENGTH ? "more than 7 words"
                                                                              : NULL;
}

/* When huis_session_cancel was called. */
typedef struct canceller {
    huis_session *session;
    int64_t when_us;
} canceller;

static void *cancel_soon(void *argument)
{
    canceller *const c = argument;
    const struct timespec pause = {0, 300 * 1000000};
    (void)nanosleep(&pause, NULL);
    c->when_us = clock_monotonic_us();
    huis_session_cancel(c->session);
    return NULL;
}

static const char *stops_when_cancelled(const opened *o)
{
    huis_generate_options options;
    canceller c = {o->session, 0};
    pthread_t thread;
    int status = HUIS_OK;
    huis_generate_options_default(&options);
    options.max_tokens = 4000;
    options.temperature = 1;
    if (pthread_create(&thread, NULL, cancel_soon, &c) != 0) {
        return "no thread";
    }
    (void)ask(o, "Tell a very long story.", &options, NULL, NULL, &status);
    const int64_t end_us = clock_monotonic_us();
    (void)pthread_join(thread, NULL);
    printf("# cancelled in %.1f ms\n", (double)(end_us - c.when_us) / 1000.0);
    return status != HUIS_E_CANCELLED || end_us - c.when_us > 2000000 ? "did not stop" : NULL;
}

/* What an own worker says after four messages, three of them constant; NULL: it failed. */
static char *ask_fresh(const char *path, const char *folder, uint32_t n_threads,
                       const char *question, uint32_t *out_n_cached)
{
    static const char SYSTEM[] =
        "You are given a text. Answer with a few words that say what it is "
        "about. Use only words of the text.";
    static const char SHOT[] =
        "The ferry to Naxos leaves at nine tomorrow, an hour later than usual.";
    const huis_message messages[] = {{"system", SYSTEM, strlen(SYSTEM)},
                                     {"user", SHOT, strlen(SHOT)},
                                     {"assistant", "The ferry to Naxos", 18},
                                     {"user", question, strlen(question)}};
    huis_model_options options;
    huis_generate_options how;
    huis_model *model = NULL;
    huis_session *session = NULL;
    const huis_result *result = NULL;
    char *answer = NULL;
    huis_model_options_default(&options);
    huis_generate_options_default(&how);
    options.worker_path = REAL_WORKER;
    options.n_threads = n_threads;
    options.prefix_directory = folder;
    how.max_tokens = 24;
    how.n_fixed_messages = 3;
    if (huis_model_open(&model, path, &options, NULL) == HUIS_OK &&
        huis_session_new(&session, model, NULL) == HUIS_OK &&
        huis_session_generate(session, messages, 4, &how, NULL, NULL, &result, NULL) == HUIS_OK) {
        char logprob[40];
        (void)snprintf(logprob, sizeof(logprob), "%.17g", result->candidates[0].logprob);
        const size_t bytes = result->candidates[0].text_bytes + sizeof(logprob) + 1;
        answer = malloc(bytes);
        if (answer != NULL) {
            (void)snprintf(answer, bytes, "%s %s", result->candidates[0].text, logprob);
        }
        *out_n_cached = result->usage.cached_tokens;
    }
    huis_session_free(session);
    huis_model_unref(model);
    return answer;
}

/* Text and log-probability, to the last bit, with the checkpoint of one thread or of two. */
static const char *check_warm(const char *path, const char *folder)
{
    static const char QUESTION[] = "The bakery in Mill Street closes for two weeks from Monday on.";
    const char *wrong = NULL;
    uint32_t n_cached = 0;
    char *const wanted = ask_fresh(path, NULL, 1, QUESTION, &n_cached);
    for (uint32_t i = 0; i < 4 && wrong == NULL; i++) {
        uint64_t files = 0;
        uint64_t bytes = 0;
        if (i == 2) {
            (void)blob_cache_purge(folder, &files, &bytes, NULL); /* to be made with two threads */
        }
        char *const got = ask_fresh(path, folder, i == 0 || i == 3 ? 1 : 2, QUESTION, &n_cached);
        if (wanted == NULL || got == NULL || strcmp(wanted, got) != 0) {
            printf("# %s\n# %s\n", wanted != NULL ? wanted : "", got != NULL ? got : "");
            wrong = "another answer";
        } else if ((n_cached > 0) != (i % 2 == 1)) {
            wrong = i % 2 == 1 ? "the checkpoint is not used" : "a checkpoint that should not be";
        }
        free(got);
    }
    free(wanted);
    return wrong;
}

static const char *warm_is_cold(const char *path)
{
    char folder[] = "/tmp/huis-warm-XXXXXX";
    uint64_t files = 0;
    uint64_t bytes = 0;
    if (mkdtemp(folder) == NULL) {
        return "no folder";
    }
    const char *const wrong = check_warm(path, folder);
    (void)blob_cache_purge(folder, &files, &bytes, NULL);
    (void)rmdir(folder);
    return wrong;
}

static const char *run_on(const char *path, real_test run)
{
    opened o = {NULL, NULL};
    huis_model_options options;
    huis_error err = {0};
    const char *wrong = NULL;
    huis_model_options_default(&options);
    options.worker_path = REAL_WORKER;
    if (huis_model_open(&o.model, path, &options, &err) != HUIS_OK ||
        huis_session_new(&o.session, o.model, &err) != HUIS_OK) {
        printf("# %s\n", err.message);
        wrong = "cannot be opened";
    } else {
        wrong = run(&o);
    }
    huis_session_free(o.session);
    huis_model_unref(o.model);
    return wrong;
}

int main(void)
{
    static const struct {
        const char *name, *file;
        real_test run;
    } TESTS[] = {
        {"knows Paris, and not when it must copy", "qwen-0.5b.gguf", knows_paris},
        {"streams whole characters", "smollm2-135m.gguf", streams_whole_characters},
        {"keeps the word limit", "smollm2-135m.gguf", keeps_the_word_limit},
        {"shortens by leaving words out", "smollm2-135m.gguf", leaves_words_out},
        {"stops when cancelled", "smollm2-135m.gguf", stops_when_cancelled},
    };
    tap t = {0, 0};
    const char *const directory = getenv("HUIS_TEST_MODELS");
    for (size_t i = 0; i < sizeof(TESTS) / sizeof(TESTS[0]); i++) {
        char path[4096];
        (void)snprintf(path, sizeof(path), "%s/%s", directory != NULL ? directory : "",
                       TESTS[i].file);
        if (directory == NULL || access(path, R_OK) != 0) {
            tap_skip(&t, TESTS[i].name, "HUIS_TEST_MODELS has no such model");
            continue;
        }
        const char *const wrong = run_on(path, TESTS[i].run);
        if (wrong != NULL) {
            printf("# %s: %s\n", TESTS[i].file, wrong);
        }
        tap_ok(&t, wrong == NULL, TESTS[i].name);
    }
    static const char *const WARM[] = {"smollm2-135m.gguf", "qwen-0.5b.gguf"};
    for (size_t i = 0; i < sizeof(WARM) / sizeof(WARM[0]); i++) {
        char path[4096];
        (void)snprintf(path, sizeof(path), "%s/%s", directory != NULL ? directory : "", WARM[i]);
        if (directory == NULL || access(path, R_OK) != 0) {
            tap_skip(&t, "a warm prefix changes nothing", "HUIS_TEST_MODELS has no such model");
            continue;
        }
        const char *const wrong = warm_is_cold(path);
        if (wrong != NULL) {
            printf("# %s: %s\n", WARM[i], wrong);
        }
        tap_ok(&t, wrong == NULL, "a warm prefix changes nothing");
    }
    return tap_end(&t);
}
