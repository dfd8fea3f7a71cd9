/*
 * make_toy_model.c - writes a toy model to a file: make_toy_model FAMILY FILE [tiny]. For tests
 * that run whole programs; tiny ones are seeds for fuzzing.
 */
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "toy_model.h"

/* As little as a model can be, of a type by family. */
static toy_options tiny(toy_options options)
{
    const bool is_qwen2 = strcmp(options.family, "qwen2") == 0;
    options.n_layers = strcmp(options.family, "smollm3") == 0 ? 4 : 1;
    options.n_embd = 32;
    options.n_ff = 32;
    options.n_heads = 2;
    options.n_kv_heads = 1;
    options.context_length = 64;
    options.tied = !is_qwen2;
    options.rope_freqs = strcmp(options.family, "llama") == 0;
    options.type = is_qwen2 ? TENSOR_Q8_0 : TENSOR_Q4_1;
    options.down_type = TENSOR_F16;
    options.head_type = TENSOR_Q4_0;
    return options;
}

int main(int argc, char **argv)
{
    if (argc != 3 && !(argc == 4 && strcmp(argv[3], "tiny") == 0)) {
        (void)fprintf(stderr, "usage: make_toy_model FAMILY FILE [tiny]\n");
        return 2;
    }
    const toy_options normal = toy_options_default(argv[1]);
    const toy_options options = argc == 4 ? tiny(normal) : normal;
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
