/*
 * make_toy_model.c - writes a toy model to a file: make_toy_model FAMILY FILE. For tests that run
 * whole programs.
 */
#include <stdio.h>

#include "base/file.h"
#include "toy_model.h"

int main(int argc, char **argv)
{
    if (argc != 3) {
        (void)fprintf(stderr, "usage: make_toy_model FAMILY FILE\n");
        return 2;
    }
    const toy_options options = toy_options_default(argv[1]);
    buffer file;
    huis_error err;
    buffer_init(&file, 64u << 20);
    toy_model_write(&file, &options);
    const int status = file_write_atomic(argv[2], buffer_span(&file), 0644, &err);
    if (status < 0) {
        (void)fprintf(stderr, "%s\n", err.message);
    }
    buffer_deinit(&file);
    return status < 0 ? 1 : 0;
}
