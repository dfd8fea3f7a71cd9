/*
 * huis/model.h - open a local model.
 *
 * Opening a model starts one `huis-worker` process that maps the file and holds all inference; the
 * worker has no network, opens no files and starts no programs. A model is immutable, reference
 * counted and may be used from several threads; the sessions on it are served side by side.
 */
#ifndef HUIS_MODEL_H
#define HUIS_MODEL_H

#include <huis/error.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct huis_model huis_model;

typedef struct huis_model_options {
    uint32_t struct_size;    /* sizeof(huis_model_options), set by huis_model_options_default */
    uint32_t n_threads;      /* 0: the cores available to this process, at most 16 */
    uint32_t context_length; /* tokens; 0: the smaller of 4096 and what the model was made for */
    const char *worker_path; /* NULL: huis-worker beside the program, else in libexec */
    const char *level;       /* NULL: the best kernel level of this processor; "c", "avx2", ... */
    bool inspect;            /* check the whole file but load no weights: sessions are refused */
    /* Prefix checkpoints (huis_generate_options.n_fixed_messages) are kept here, as
     * files of mode 0600 in a directory of mode 0700. A cache: it may be deleted. NULL: none. */
    const char *prefix_directory;
    uint64_t prefix_max_bytes; /* of that directory; 0: 256 MiB */
    /* A file that keeps the model as the kernels read it, so that it is ready at once the next
     * time: made, in a directory that is made too, when it is missing, stale or damaged, as the last
     * reference is dropped. A cache: it may be deleted. NULL: none. */
    const char *packed_path;
    const char *sha256; /* of the model file, 64 hexadecimal digits; NULL: not known */
    /* What the worker may keep in memory of prompts that it has read, to find them again when another
     * begins alike. 0: 256 MiB; 1, as any size under 32 tokens' worth: nothing. */
    uint64_t prefix_memory_bytes;
} huis_model_options;

typedef struct huis_model_info {
    uint32_t struct_size;            /* sizeof(huis_model_info), set by the caller */
    const char *name;                /* general.name of the file, or its base name */
    const char *family;              /* "llama", "qwen2", ... */
    const char *quantisation;        /* "Q4_K_M", ... */
    const char *level;               /* kernel level in use: "avx512vnni", "avx2", "c" */
    uint64_t bytes;                  /* size of the file */
    uint32_t context_length;         /* tokens that a session may hold */
    uint32_t trained_context_length; /* tokens that the file declares */
    uint32_t n_threads;
    uint32_t n_vocab;
    double load_ms;             /* from the start of the worker until ready */
    const char *missing_fences; /* of the worker's sandbox: "landlock"; "" when all are up */
    bool is_packed;             /* options.packed_path was used */
} huis_model_info;

HUIS_API void huis_model_options_default(huis_model_options *out_options);

/* Opens the GGUF file at `path`. Blocks until the worker is ready; reads the disk. `options` NULL:
 * defaults. Errors: NOT_FOUND, BAD_FILE (err->offset), UNSUPPORTED, NO_MEMORY, WORKER, IO. */
HUIS_API int huis_model_open(huis_model **out_model, const char *path,
                             const huis_model_options *options, huis_error *err);

HUIS_API huis_model *huis_model_ref(huis_model *model);
/* Drops one reference; the last one ends the worker, which may have options.packed_path to write
 * first (a second for half a GB). NULL is allowed. Returns NULL. */
HUIS_API huis_model *huis_model_unref(huis_model *model);

/* Strings in `out_info` belong to the model. Cheap, any thread. */
HUIS_API int huis_model_get_info(const huis_model *model, huis_model_info *out_info);

#ifdef __cplusplus
}
#endif

#endif
