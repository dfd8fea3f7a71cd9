/*
 * command.h - the one table of commands: arguments, help, completion, the man page and the contract
 * tests are made from it (commands.c).
 *
 * Texts stand in English and French side by side; text_pick chooses by the locale.
 */
#ifndef HUIS_CLI_COMMAND_H
#define HUIS_CLI_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "huis/error.h"

typedef struct bilingual {
    const char *en;
    const char *fr;
} bilingual;

typedef enum option_id {
    OPTION_NONE = 0,
    OPTION_ALL,
    OPTION_APP,
    OPTION_AT,
    OPTION_BASELINES,
    OPTION_BEFORE,
    OPTION_BYTES,
    OPTION_CITE,
    OPTION_CONTEXT,
    OPTION_DATA,
    OPTION_DECODE,
    OPTION_DEPTH,
    OPTION_DESKTOP,
    OPTION_FOCUS,
    OPTION_FORMAT,
    OPTION_FREQUENCY_PENALTY,
    OPTION_HALF,
    OPTION_HELP,
    OPTION_KIND,
    OPTION_LANGUAGE,
    OPTION_LEVEL,
    OPTION_LIMIT,
    OPTION_MAX_TOKENS,
    OPTION_MIN_P,
    OPTION_MODE,
    OPTION_MODEL,
    OPTION_PREFILL,
    OPTION_PRESENCE_PENALTY,
    OPTION_QUIET,
    OPTION_RAW,
    OPTION_NOTIFY_SET,
    OPTION_NO_DRAFTS,
    OPTION_NOTIFY_FORMAT,
    OPTION_REPEAT,
    OPTION_REPEAT_PENALTY,
    OPTION_ROOFLINE,
    OPTION_SAMPLES,
    OPTION_SEED,
    OPTION_SERVE,
    OPTION_SET,
    OPTION_SHOW_SOURCE,
    OPTION_SOURCE,
    OPTION_STATS,
    OPTION_STDIN,
    OPTION_STRICT,
    OPTION_SUMMARY_FORMAT,
    OPTION_SYSTEM,
    OPTION_TEMPERATURE,
    OPTION_TEXT,
    OPTION_THREADS,
    OPTION_TOP_K,
    OPTION_TOP_P,
    OPTION_VERSION,
    OPTION_WORDS,
    OPTION_YES,
    OPTION_COUNT
} option_id;

typedef enum option_type {
    OPTION_FLAG, /* takes no value */
    OPTION_STRING,
    OPTION_CHOICE,   /* one of `choices` */
    OPTION_UNSIGNED, /* min .. max */
    OPTION_REAL      /* min .. max */
} option_type;

typedef struct option_spec {
    option_id id;
    const char *name; /* without the dashes */
    char letter;      /* short form, or '\0' */
    option_type type;
    const char *value_name; /* "N", "FILE"; NULL for flags */
    const char *choices;    /* "tldr|key-points|..."; OPTION_CHOICE only */
    double min, max;        /* numbers only */
    bilingual help;
} option_spec;

/* What the user typed, checked against the table. */
typedef struct arguments {
    const struct command *command;
    const char *values[OPTION_COUNT]; /* NULL: not given; flags: "" */
    const char *const *operands;      /* files, prompts, names */
    int n_operands;
} arguments;

typedef struct command {
    const char *name;     /* "summarize", "model list" */
    const char *operands; /* "FILE...", "" */
    int min_operands, max_operands;
    bilingual summary;                 /* one line */
    bilingual description;             /* paragraphs */
    const option_id *options;          /* ends with OPTION_NONE; the common ones are added */
    const char *const *examples;       /* pairs of command line and what it does, ends with NULL */
    int (*run)(const arguments *args); /* returns an exit code */
} command;

extern const command COMMANDS[];
extern const size_t N_COMMANDS;
extern const option_spec OPTIONS[];
extern const size_t N_OPTIONS;

/* Exit codes (design, section 2). */
enum {
    EXIT_DONE = 0,
    EXIT_INTERNAL = 1,
    EXIT_USAGE = 2,
    EXIT_BAD_INPUT = 3,
    EXIT_NO_MODEL = 4,
    EXIT_POLICY = 5,
    EXIT_LIMIT = 6
};

const option_spec *option_find(option_id id);
/* Whether the option belongs to the command or to all commands. */
bool command_takes(const command *c, option_id id);

/* arguments.c: reads argv. Prints the error itself and returns an exit code, or EXIT_DONE. */
int arguments_parse(arguments *out_args, int argc, char **argv);
bool argument_flag(const arguments *args, option_id id);
/* Whether the option was given with exactly this value. */
bool argument_is(const arguments *args, option_id id, const char *value);
/* The value or `fallback`; numbers were checked by arguments_parse. */
const char *argument_string(const arguments *args, option_id id, const char *fallback);
uint64_t argument_unsigned(const arguments *args, option_id id, uint64_t fallback);
double argument_real(const arguments *args, option_id id, double fallback);
/* The position of a choice's value in its list, or `fallback`. */
int argument_choice(const arguments *args, option_id id, int fallback);

/* help.c: standard output. */
void help_print_overview(void);
/* "huis notify --help": the commands that begin with a word. False: none does. */
bool help_print_group(const char *group);
void help_print_command(const command *c);
void help_print_man(void);
int help_print_completion(const command *c, const char *shell);

/* One function a command, in the file of its subject. */
int run_bench(const arguments *args);
int run_cache_list(const arguments *args);
int run_cache_purge(const arguments *args);
int run_check(const arguments *args);
int run_completion(const arguments *args);
int run_doctor(const arguments *args);
int run_eval(const arguments *args);
int run_generate(const arguments *args);
int run_help(const arguments *args);
int run_man(const arguments *args);
int run_model_info(const arguments *args);
int run_model_list(const arguments *args);
int run_model_pull(const arguments *args);
int run_model_remove(const arguments *args);
int run_model_prepare(const arguments *args);
int run_model_verify(const arguments *args);
int run_notify_context(const arguments *args);
int run_notify_digest(const arguments *args);
int run_notify_disable(const arguments *args);
int run_notify_enable(const arguments *args);
int run_notify_explain(const arguments *args);
int run_notify_export(const arguments *args);
int run_notify_feedback(const arguments *args);
int run_notify_purge(const arguments *args);
int run_notify_rank(const arguments *args);
int run_notify_rules(const arguments *args);
int run_notify_set(const arguments *args);
int run_notify_status(const arguments *args);
int run_notify_list(const arguments *args);
int run_notify_timer(const arguments *args);
int run_notify_watch(const arguments *args);
int run_summarize(const arguments *args);

#endif
