/*
 * help.c - help, man page and shell completion, all made from the table of commands.
 */
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "cli/output.h"
#include "huis/huis.h"

enum { HELP_COLUMNS = 79, HELP_INDENT = 28 };

/* Prints `words` folded at HELP_COLUMNS, from column `column` on, later lines indented. */
static void print_folded(const char *words, size_t column, size_t indent)
{
    size_t at = column;
    const char *p = words;
    while (*p != '\0') {
        const size_t n = strcspn(p, " ");
        /* Columns are counted in characters: continuation bytes do not count. */
        size_t width = 0;
        for (size_t i = 0; i < n; i++) {
            width += ((unsigned char)p[i] & 0xC0) != 0x80;
        }
        if (at > indent && at + 1 + width > HELP_COLUMNS) {
            (void)printf("\n%*s", (int)indent, "");
            at = indent;
        } else if (at > indent) {
            (void)putchar(' ');
            at++;
        }
        (void)printf("%.*s", (int)n, p);
        at += width;
        p += n + (p[n] == ' ' ? 1 : 0);
    }
    (void)putchar('\n');
}

static void print_option(const option_spec *o)
{
    char left[64];
    char letter[8] = "    ";
    if (o->letter != '\0') {
        (void)snprintf(letter, sizeof(letter), "-%c, ", o->letter);
    }
    const int n =
        snprintf(left, sizeof(left), "  %s--%s%s%s", letter, o->name,
                 o->value_name != NULL ? " " : "", o->value_name != NULL ? o->value_name : "");
    size_t column = (size_t)n;
    (void)fputs(left, stdout);
    if (column + 1 > HELP_INDENT) {
        (void)printf("\n%*s", HELP_INDENT, "");
    } else {
        (void)printf("%*s", (int)(HELP_INDENT - column), "");
    }
    column = HELP_INDENT;
    print_folded(text_pick(o->help), column, HELP_INDENT);
}

/* Bytes of a command's first word: "notify" of "notify list". */
static size_t group_length(const command *c)
{
    return strcspn(c->name, " ");
}

static bool in_group(const command *c, const char *group, size_t n)
{
    return group_length(c) == n && strncmp(c->name, group, n) == 0;
}

/* The commands of one group, a line each, in the order of the table from `first` on. */
static void print_group(size_t first, const char *group, size_t n)
{
    size_t width = 0;
    for (size_t i = 0; i < N_COMMANDS; i++) {
        const size_t length = strlen(COMMANDS[i].name);
        width = length > width ? length : width;
    }
    for (size_t i = first; i < N_COMMANDS; i++) {
        if (in_group(&COMMANDS[i], group, n)) {
            (void)printf("  %-*s  ", (int)width, COMMANDS[i].name);
            print_folded(text_pick(COMMANDS[i].summary), width + 4, width + 4);
        }
    }
}

void help_print_overview(void)
{
    (void)puts(tr("huis - private intelligence on your own machine",
                  "huis - une intelligence privée, sur votre machine"));
    (void)printf("\n%s\n\n", tr("Usage: huis COMMAND [OPTIONS] [ARGUMENTS]",
                                "Usage : huis COMMANDE [OPTIONS] [ARGUMENTS]"));
    for (size_t i = 0; i < N_COMMANDS; i++) {
        const size_t n = group_length(&COMMANDS[i]);
        size_t first = 0;
        while (!in_group(&COMMANDS[first], COMMANDS[i].name, n)) {
            first++;
        }
        if (first == i) {
            print_group(i, COMMANDS[i].name, n);
        }
    }
    (void)printf("\n%s\n", tr("'huis COMMAND --help' shows options and examples.",
                              "« huis COMMANDE --help » montre les options et des exemples."));
}

bool help_print_group(const char *group)
{
    const size_t n = strlen(group);
    bool found = false;
    for (size_t i = 0; i < N_COMMANDS; i++) {
        found |= in_group(&COMMANDS[i], group, n) && COMMANDS[i].name[n] == ' ';
    }
    if (!found) {
        return false;
    }
    (void)printf(tr("Usage: huis %s COMMAND [OPTIONS] [ARGUMENTS]\n\n",
                    "Usage : huis %s COMMANDE [OPTIONS] [ARGUMENTS]\n\n"),
                 group);
    print_group(0, group, n);
    (void)printf(tr("\n'huis %s COMMAND --help' shows options and examples.\n",
                    "\n« huis %s COMMANDE --help » montre les options et des exemples.\n"),
                 group);
    return true;
}

void help_print_command(const command *c)
{
    (void)printf(tr("Usage: huis %s [OPTIONS]%s%s\n\n", "Usage : huis %s [OPTIONS]%s%s\n\n"),
                 c->name, c->operands[0] != '\0' ? " " : "", c->operands);
    print_folded(text_pick(c->description), 0, 0);
    (void)printf("\n%s\n", tr("Options:", "Options :"));
    for (size_t i = 0; i < N_OPTIONS; i++) {
        if (command_takes(c, OPTIONS[i].id)) {
            print_option(&OPTIONS[i]);
        }
    }
    (void)printf("\n%s\n", tr("Examples:", "Exemples :"));
    for (const char *const *e = c->examples; *e != NULL; e++) {
        (void)printf("  %s\n", *e);
    }
    (void)printf("\n%s\n",
                 tr("Exit codes: 0 done, 1 internal error, 2 usage, 3 bad input, 4 model not\n"
                    "installed, 5 refused by policy, 6 a limit that you can raise.",
                    "Codes de sortie : 0 fait, 1 erreur interne, 2 usage, 3 entrée incorrecte,\n"
                    "4 modèle absent, 5 refusé par une règle, 6 limite que l'on peut relever."));
}

/* Text inside a man page: backslashes and leading dots are escaped, hyphens are real ones. */
static void print_man_text(const char *s)
{
    if (*s == '.' || *s == '\'') {
        (void)fputs("\\&", stdout);
    }
    for (; *s != '\0'; s++) {
        if (*s == '\\') {
            (void)fputs("\\e", stdout);
        } else if (*s == '-') {
            (void)fputs("\\-", stdout);
        } else {
            (void)putchar(*s);
        }
    }
}

static void print_man_option(const option_spec *o)
{
    (void)fputs(".TP\n.B ", stdout);
    if (o->letter != '\0') {
        (void)printf("\\-%c, ", o->letter);
    }
    (void)fputs("\\-\\-", stdout);
    print_man_text(o->name);
    if (o->value_name != NULL) {
        (void)printf(" \\fI%s\\fR", o->value_name);
    }
    (void)putchar('\n');
    print_man_text(text_pick(o->help));
    (void)putchar('\n');
}

static void print_man_command(const command *c)
{
    (void)printf(".SS huis %s %s\n", c->name, c->operands);
    print_man_text(text_pick(c->description));
    (void)putchar('\n');
    for (size_t i = 0; i < N_OPTIONS; i++) {
        if (command_takes(c, OPTIONS[i].id) && OPTIONS[i].id != OPTION_HELP &&
            OPTIONS[i].id != OPTION_QUIET && OPTIONS[i].id != OPTION_VERSION) {
            print_man_option(&OPTIONS[i]);
        }
    }
    (void)puts(".PP\n.EX");
    for (const char *const *e = c->examples; *e != NULL; e++) {
        print_man_text(*e);
        (void)putchar('\n');
    }
    (void)puts(".EE");
}

void help_print_man(void)
{
    (void)printf(".TH HUIS 1 \"\" \"huis %s\" \"%s\"\n", huis_version(),
                 tr("User commands", "Commandes"));
    (void)printf(".SH %s\nhuis \\- %s\n", tr("NAME", "NOM"),
                 tr("private intelligence on your own machine",
                    "une intelligence privée, sur votre machine"));
    (void)puts(".SH SYNOPSIS\n.B huis\n.I COMMAND\n[\\fIOPTIONS\\fR] [\\fIARGUMENTS\\fR]");
    (void)printf(".SH %s\n", tr("COMMON OPTIONS", "OPTIONS COMMUNES"));
    print_man_option(option_find(OPTION_QUIET));
    print_man_option(option_find(OPTION_HELP));
    print_man_option(option_find(OPTION_VERSION));
    (void)printf(".SH %s\n", tr("COMMANDS", "COMMANDES"));
    for (size_t i = 0; i < N_COMMANDS; i++) {
        print_man_command(&COMMANDS[i]);
    }
    (void)printf(".SH %s\n", tr("EXIT STATUS", "CODE DE SORTIE"));
    (void)puts(
        tr("0 done; 1 internal error; 2 usage; 3 bad input; 4 model not installed; 5 refused "
           "by policy; 6 a limit that the caller can raise.",
           "0 fait ; 1 erreur interne ; 2 usage ; 3 entrée incorrecte ; 4 modèle absent ; "
           "5 refusé par une règle ; 6 limite que l'on peut relever."));
    (void)printf(".SH %s\n", tr("FILES", "FICHIERS"));
    (void)puts(".TP\n.I ~/.local/share/huis/models\nmodels\n.TP\n.I ~/.config/huis/catalogue.json\n"
               "more models, in the form of the built-in catalogue\n.TP\n.I ~/.cache/huis\n"
               "what makes the next run faster (huis cache list, purge)");
}

static bool is_same_group(size_t i, size_t j)
{
    const size_t n = strcspn(COMMANDS[i].name, " ");
    return n == strcspn(COMMANDS[j].name, " ") &&
           strncmp(COMMANDS[i].name, COMMANDS[j].name, n) == 0;
}

/* Of the commands with the same first word, the one that comes first. */
static bool is_first_of_group(size_t i)
{
    for (size_t j = 0; j < i; j++) {
        if (is_same_group(i, j)) {
            return false;
        }
    }
    return true;
}

/* The second words of "model list", "model pull", ... */
static void print_bash_group(size_t i)
{
    (void)printf("    if [ \"$COMP_CWORD\" = 2 ] && [ \"$first\" = %.*s ]; then\n        words=\"",
                 (int)strcspn(COMMANDS[i].name, " "), COMMANDS[i].name);
    for (size_t j = i; j < N_COMMANDS; j++) {
        if (is_same_group(i, j)) {
            (void)printf("%s ", strchr(COMMANDS[j].name, ' ') + 1);
        }
    }
    (void)puts("\"\n    fi");
}

static void print_bash_completion(void)
{
    (void)puts(
        "# bash completion for huis\n_huis() {\n    local cur=${COMP_WORDS[COMP_CWORD]} "
        "first=${COMP_WORDS[1]} second=${COMP_WORDS[2]} words\n    case \"$first $second\" in");
    for (size_t i = 0; i < N_COMMANDS; i++) {
        const command *const c = &COMMANDS[i];
        const bool has_two_words = strchr(c->name, ' ') != NULL;
        (void)printf("    \"%s%s\"*) words=\"", c->name, has_two_words ? "" : " ");
        for (size_t o = 0; o < N_OPTIONS; o++) {
            if (command_takes(c, OPTIONS[o].id)) {
                (void)printf("--%s ", OPTIONS[o].name);
            }
        }
        (void)puts("\" ;;");
    }
    (void)puts("    esac");
    for (size_t i = 0; i < N_COMMANDS; i++) {
        if (strchr(COMMANDS[i].name, ' ') != NULL && is_first_of_group(i)) {
            print_bash_group(i);
        }
    }
    (void)fputs("    if [ \"$COMP_CWORD\" = 1 ]; then words=\"", stdout);
    for (size_t i = 0; i < N_COMMANDS; i++) {
        if (is_first_of_group(i)) {
            (void)printf("%.*s ", (int)strcspn(COMMANDS[i].name, " "), COMMANDS[i].name);
        }
    }
    (void)puts("\"; fi\n    case \"${COMP_WORDS[COMP_CWORD-1]}\" in");
    for (size_t o = 0; o < N_OPTIONS; o++) {
        if (OPTIONS[o].choices != NULL) {
            (void)printf("    --%s) words=\"", OPTIONS[o].name);
            for (const char *p = OPTIONS[o].choices; *p != '\0'; p++) {
                (void)putchar(*p == '|' ? ' ' : *p);
            }
            (void)puts("\" ;;");
        }
    }
    (void)puts("    esac\n    COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
               "    [ ${#COMPREPLY[@]} -gt 0 ] || COMPREPLY=($(compgen -f -- \"$cur\"))\n}\n"
               "complete -o filenames -F _huis huis");
}

static void print_fish_completion(void)
{
    (void)puts("# fish completion for huis");
    for (size_t i = 0; i < N_COMMANDS; i++) {
        const command *const c = &COMMANDS[i];
        const char *const space = strchr(c->name, ' ');
        const int first = space != NULL ? (int)(space - c->name) : (int)strlen(c->name);
        if (space == NULL) {
            (void)printf("complete -c huis -n __fish_use_subcommand -a %s -d \"%s\"\n", c->name,
                         text_pick(c->summary));
        } else {
            (void)printf("complete -c huis -n __fish_use_subcommand -a %.*s\n", first, c->name);
            (void)printf("complete -c huis -n '__fish_seen_subcommand_from %.*s' -a %s -d \"%s\"\n",
                         first, c->name, space + 1, text_pick(c->summary));
        }
        for (size_t o = 0; o < N_OPTIONS; o++) {
            if (command_takes(c, OPTIONS[o].id)) {
                (void)printf("complete -c huis -n '__fish_seen_subcommand_from %s' -l %s%s\n",
                             space != NULL ? space + 1 : c->name, OPTIONS[o].name,
                             OPTIONS[o].type == OPTION_FLAG ? "" : " -r");
            }
        }
    }
}

int help_print_completion(const command *c, const char *shell)
{
    if (strcmp(shell, "bash") == 0) {
        print_bash_completion();
    } else if (strcmp(shell, "zsh") == 0) {
        (void)puts("autoload -U +X bashcompinit && bashcompinit");
        print_bash_completion();
    } else if (strcmp(shell, "fish") == 0) {
        print_fish_completion();
    } else {
        return output_usage_error(c,
                                  tr("%s: completion exists for bash, zsh and fish",
                                     "%s : complétion pour bash, zsh et fish seulement"),
                                  shell);
    }
    return output_finish();
}

int run_completion(const arguments *args)
{
    return help_print_completion(args->command, args->operands[0]);
}

int run_man(const arguments *args)
{
    (void)args;
    help_print_man();
    return output_finish();
}

int run_help(const arguments *args)
{
    char name[64] = "";
    for (int i = 0; i < args->n_operands; i++) {
        const size_t at = strlen(name);
        (void)snprintf(name + at, sizeof(name) - at, "%s%s", i > 0 ? " " : "", args->operands[i]);
    }
    if (name[0] == '\0') {
        help_print_overview();
        return output_finish();
    }
    for (size_t i = 0; i < N_COMMANDS; i++) {
        if (strcmp(COMMANDS[i].name, name) == 0) {
            help_print_command(&COMMANDS[i]);
            return output_finish();
        }
    }
    if (help_print_group(name)) {
        return output_finish();
    }
    return output_usage_error(NULL, tr("unknown command %s", "commande inconnue : %s"), name);
}
