/*
 * main.c - the huis command: finds the command in the table and runs it.
 */
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "cli/output.h"
#include "huis/huis.h"

static int print_version(void)
{
    (void)printf("huis %s\n", huis_version());
    return output_finish();
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        help_print_overview();
        (void)output_finish();
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        help_print_overview();
        return output_finish();
    }
    if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
        return print_version();
    }
    if (argc == 3 && (strcmp(argv[2], "--help") == 0 || strcmp(argv[2], "-h") == 0) &&
        help_print_group(argv[1])) {
        return output_finish();
    }
    arguments args;
    const int code = arguments_parse(&args, argc, argv);
    if (code != EXIT_DONE) {
        return code;
    }
    if (argument_flag(&args, OPTION_HELP)) {
        help_print_command(args.command);
        return output_finish();
    }
    if (argument_flag(&args, OPTION_VERSION)) {
        return print_version();
    }
    return args.command->run(&args);
}
