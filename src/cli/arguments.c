/*
 * arguments.c - reads the command line against the table of commands.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/output.h"

const option_spec *option_find(option_id id)
{
    for (size_t i = 0; i < N_OPTIONS; i++) {
        if (OPTIONS[i].id == id) {
            return &OPTIONS[i];
        }
    }
    return NULL;
}

bool command_takes(const command *c, option_id id)
{
    if (id == OPTION_HELP || id == OPTION_QUIET || id == OPTION_VERSION) {
        return true;
    }
    for (const option_id *o = c->options; o != NULL && *o != OPTION_NONE; o++) {
        if (*o == id) {
            return true;
        }
    }
    return false;
}

/* The command whose words start the command line; the longest name wins ("model list"). */
static const command *find_command(int argc, char **argv, int *out_words)
{
    const command *best = NULL;
    for (size_t i = 0; i < N_COMMANDS; i++) {
        const char *const name = COMMANDS[i].name;
        const char *const space = strchr(name, ' ');
        const size_t first = space != NULL ? (size_t)(space - name) : strlen(name);
        if (strlen(argv[1]) != first || strncmp(argv[1], name, first) != 0) {
            continue;
        }
        if (space == NULL || (argc > 2 && strcmp(argv[2], space + 1) == 0)) {
            best = &COMMANDS[i];
            *out_words = space != NULL ? 2 : 1;
        }
    }
    return best;
}

static const option_spec *find_long(const command *c, const char *name, size_t len)
{
    for (size_t i = 0; i < N_OPTIONS; i++) {
        if (strlen(OPTIONS[i].name) == len && strncmp(OPTIONS[i].name, name, len) == 0 &&
            command_takes(c, OPTIONS[i].id)) {
            return &OPTIONS[i];
        }
    }
    return NULL;
}

static const option_spec *find_short(const command *c, char letter)
{
    for (size_t i = 0; i < N_OPTIONS; i++) {
        if (OPTIONS[i].letter == letter && letter != '\0' && command_takes(c, OPTIONS[i].id)) {
            return &OPTIONS[i];
        }
    }
    return NULL;
}

/* Position of `value` in "a|b|c", or -1. */
static int choice_index(const char *choices, const char *value)
{
    int i = 0;
    const size_t len = strlen(value);
    for (const char *p = choices; p != NULL; i++) {
        const char *const bar = strchr(p, '|');
        const size_t n = bar != NULL ? (size_t)(bar - p) : strlen(p);
        if (n == len && strncmp(p, value, n) == 0) {
            return i;
        }
        p = bar != NULL ? bar + 1 : NULL;
    }
    return -1;
}

static bool is_number_in_range(const option_spec *o, const char *value)
{
    const size_t digits = strspn(value, o->type == OPTION_UNSIGNED ? "0123456789" : "0123456789.-");
    if (value[0] == '\0' || value[digits] != '\0' || digits > 20) {
        return false;
    }
    const double number = strtod(value, NULL);
    return number >= o->min && number <= o->max;
}

static int check_value(const command *c, const option_spec *o, const char *value)
{
    if (o->type == OPTION_CHOICE && choice_index(o->choices, value) < 0) {
        return output_usage_error(
            c, tr("--%s %s: must be one of %s", "--%s %s : doit être l'un de %s"), o->name, value,
            o->choices);
    }
    const bool is_number = o->type == OPTION_UNSIGNED || o->type == OPTION_REAL;
    if (is_number && !is_number_in_range(o, value)) {
        return output_usage_error(c,
                                  tr("--%s %s: must be a number from %.10g to %.10g",
                                     "--%s %s : doit être un nombre de %.10g à %.10g"),
                                  o->name, value, o->min, o->max);
    }
    return EXIT_DONE;
}

/* One option at argv[*i]; moves *i past its value. */
static int parse_option(arguments *args, int argc, char **argv, int *i)
{
    const command *const c = args->command;
    const char *const word = argv[*i];
    const bool is_long = word[1] == '-';
    const char *const name = word + (is_long ? 2 : 1);
    const char *const equals = is_long ? strchr(name, '=') : NULL;
    const size_t name_len = equals != NULL ? (size_t)(equals - name) : strlen(name);
    const option_spec *const o = is_long ? find_long(c, name, name_len) : find_short(c, name[0]);
    if (o == NULL) {
        return output_usage_error(c, tr("unknown option %s", "option inconnue : %s"), word);
    }
    if (o->type == OPTION_FLAG) {
        if (equals != NULL || (!is_long && name[1] != '\0')) {
            return output_usage_error(c, tr("--%s takes no value", "--%s ne prend pas de valeur"),
                                      o->name);
        }
        args->values[o->id] = "";
        return EXIT_DONE;
    }
    const char *value = equals != NULL ? equals + 1 : !is_long && name[1] != '\0' ? name + 1 : NULL;
    if (value == NULL && *i + 1 < argc) {
        value = argv[++*i];
    }
    if (value == NULL) {
        return output_usage_error(c, tr("--%s needs a value", "--%s demande une valeur"), o->name);
    }
    args->values[o->id] = value;
    return check_value(c, o, value);
}

static int check_operands(const arguments *args)
{
    const command *const c = args->command;
    if (args->n_operands < c->min_operands) {
        return output_usage_error(c, tr("%s: missing %s", "%s : il manque %s"), c->name,
                                  c->operands);
    }
    if (c->max_operands >= 0 && args->n_operands > c->max_operands) {
        return output_usage_error(c, tr("%s: unexpected argument %s", "%s : argument en trop : %s"),
                                  c->name, args->operands[c->max_operands]);
    }
    return EXIT_DONE;
}

/* "huis model" alone, or an unknown word after it: says which words may follow. */
static int report_unknown(char **argv)
{
    char words[128] = "";
    for (size_t i = 0; i < N_COMMANDS; i++) {
        const char *const space = strchr(COMMANDS[i].name, ' ');
        const size_t first = space != NULL ? (size_t)(space - COMMANDS[i].name) : 0;
        if (first > 0 && strlen(argv[1]) == first &&
            strncmp(argv[1], COMMANDS[i].name, first) == 0) {
            const size_t at = strlen(words);
            (void)snprintf(words + at, sizeof(words) - at, "%s%s", at > 0 ? ", " : "", space + 1);
        }
    }
    if (words[0] != '\0') {
        return output_usage_error(
            NULL, tr("%s: what follows is one of %s", "%s : la suite est l'un de %s"), argv[1],
            words);
    }
    return output_usage_error(NULL, tr("unknown command %s", "commande inconnue : %s"), argv[1]);
}

int arguments_parse(arguments *out_args, int argc, char **argv)
{
    int words = 0;
    const command *const c = find_command(argc, argv, &words);
    if (c == NULL) {
        return report_unknown(argv);
    }
    *out_args = (arguments){.command = c};
    /* Operands are moved to the front of what follows the command's words. */
    char **const rest = argv + 1 + words;
    bool options_ended = false;
    int n_operands = 0;
    for (int i = 1 + words; i < argc; i++) {
        const bool is_option = !options_ended && argv[i][0] == '-' && argv[i][1] != '\0';
        if (is_option && strcmp(argv[i], "--") == 0) {
            options_ended = true;
        } else if (is_option) {
            const int code = parse_option(out_args, argc, argv, &i);
            if (code != EXIT_DONE) {
                return code;
            }
        } else {
            rest[n_operands++] = argv[i];
        }
    }
    out_args->operands = (const char *const *)rest;
    out_args->n_operands = n_operands;
    const bool asks_help =
        argument_flag(out_args, OPTION_HELP) || argument_flag(out_args, OPTION_VERSION);
    return asks_help ? EXIT_DONE : check_operands(out_args);
}

bool argument_flag(const arguments *args, option_id id)
{
    return args->values[id] != NULL;
}

bool argument_is(const arguments *args, option_id id, const char *value)
{
    return args->values[id] != NULL && strcmp(args->values[id], value) == 0;
}

const char *argument_string(const arguments *args, option_id id, const char *fallback)
{
    return args->values[id] != NULL ? args->values[id] : fallback;
}

uint64_t argument_unsigned(const arguments *args, option_id id, uint64_t fallback)
{
    return args->values[id] != NULL ? strtoull(args->values[id], NULL, 10) : fallback;
}

double argument_real(const arguments *args, option_id id, double fallback)
{
    return args->values[id] != NULL ? strtod(args->values[id], NULL) : fallback;
}

int argument_choice(const arguments *args, option_id id, int fallback)
{
    return args->values[id] != NULL ? choice_index(option_find(id)->choices, args->values[id])
                                    : fallback;
}
