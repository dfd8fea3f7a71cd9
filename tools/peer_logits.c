/*
 * peer_logits.c - asks llama.cpp for greedy continuations with their two largest logits.
 *
 *     peer_logits MODEL N_TOKENS N_THREADS < PROMPTS
 *     peer_logits MODEL all N_THREADS < TOKENS > LOGITS
 *     peer_logits MODEL tokens N_THREADS < TEXTS
 *
 * Prompts end with a NUL byte each. Printed for each: "P" and its token ids, then per step "T", the
 * token with the largest logit, the one with the second largest, and both logits. An end-of-answer
 * token does not stop it. The second form reads lines of token ids and writes the logits of every
 * position as floats. The third prints the token ids of each text, which ends with a NUL byte, on a
 * line. Built by tools/peers.sh against the peer's public header.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "llama.h"

enum { INPUT_MAX = 1 << 20, TOKENS_MAX = 4096, CONTEXT = 2048 };

static void be_quiet(enum ggml_log_level level, const char *text, void *user)
{
    (void)user;
    if (level == GGML_LOG_LEVEL_ERROR) {
        fputs(text, stderr);
    }
}

static void largest_two(const float *logits, int n, int out[2])
{
    out[0] = logits[0] >= logits[1] ? 0 : 1;
    out[1] = 1 - out[0];
    for (int i = 2; i < n; i++) {
        if (logits[i] > logits[out[0]]) {
            out[1] = out[0];
            out[0] = i;
        } else if (logits[i] > logits[out[1]]) {
            out[1] = i;
        }
    }
}

static void decode(struct llama_context *context, llama_token *tokens, int n)
{
    if (llama_decode(context, llama_batch_get_one(tokens, n)) != 0) {
        fprintf(stderr, "peer_logits: decode failed\n");
        exit(1);
    }
}

static void continue_prompt(struct llama_context *context, const struct llama_vocab *vocab,
                            const char *prompt, int n_steps)
{
    llama_token tokens[TOKENS_MAX];
    const int n =
        llama_tokenize(vocab, prompt, (int)strlen(prompt), tokens, TOKENS_MAX, false, true);
    if (n <= 0) {
        fprintf(stderr, "peer_logits: cannot tokenize\n");
        exit(1);
    }
    printf("P");
    for (int i = 0; i < n; i++) {
        printf(" %d", tokens[i]);
    }
    printf("\n");
    llama_memory_clear(llama_get_memory(context), true);
    decode(context, tokens, n);
    for (int i = 0; i < n_steps; i++) {
        const float *const logits = llama_get_logits_ith(context, -1);
        int top[2];
        largest_two(logits, llama_vocab_n_tokens(vocab), top);
        printf("T %d %d %.4f %.4f\n", top[0], top[1], logits[top[0]], logits[top[1]]);
        llama_token next = top[0];
        decode(context, &next, 1);
    }
    fflush(stdout);
}

static void print_tokens(const struct llama_vocab *vocab, const char *text)
{
    static llama_token tokens[INPUT_MAX];
    const int n = llama_tokenize(vocab, text, (int)strlen(text), tokens, INPUT_MAX, false, false);
    for (int i = 0; i < n; i++) {
        printf("%d ", tokens[i]);
    }
    printf("\n");
}

/* Lines of token ids; each line is a sequence of its own. */
static void write_all_logits(struct llama_context *context, const struct llama_vocab *vocab,
                             char *input)
{
    const size_t n_vocab = (size_t)llama_vocab_n_tokens(vocab);
    char *rest = NULL;
    for (char *line = strtok_r(input, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        llama_memory_clear(llama_get_memory(context), true);
        char *end = line;
        for (char *p = line; *p != '\0'; p = end) {
            llama_token token = (llama_token)strtol(p, &end, 10);
            if (end == p) {
                break;
            }
            decode(context, &token, 1);
            fwrite(llama_get_logits_ith(context, -1), sizeof(float), n_vocab, stdout);
        }
    }
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: peer_logits MODEL N_TOKENS N_THREADS < PROMPTS\n");
        return 2;
    }
    static char input[INPUT_MAX];
    const size_t size = fread(input, 1, INPUT_MAX - 1, stdin);
    llama_log_set(be_quiet, NULL);
    llama_backend_init();
    struct llama_model *const model =
        llama_model_load_from_file(argv[1], llama_model_default_params());
    struct llama_context_params parameters = llama_context_default_params();
    parameters.n_ctx = CONTEXT;
    parameters.n_threads = atoi(argv[3]);
    parameters.n_threads_batch = atoi(argv[3]);
    struct llama_context *const context =
        model != NULL ? llama_init_from_model(model, parameters) : NULL;
    if (context == NULL) {
        fprintf(stderr, "peer_logits: cannot open %s\n", argv[1]);
        return 1;
    }
    if (strcmp(argv[2], "all") == 0) {
        write_all_logits(context, llama_model_get_vocab(model), input);
        return 0;
    }
    for (const char *p = input; p < input + size; p += strlen(p) + 1) {
        if (strcmp(argv[2], "tokens") == 0) {
            print_tokens(llama_model_get_vocab(model), p);
            continue;
        }
        continue_prompt(context, llama_model_get_vocab(model), p, atoi(argv[2]));
    }
    return 0;
}
