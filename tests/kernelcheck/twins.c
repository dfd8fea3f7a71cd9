/*
 * twins.c - products built a second time from the same source, which must give the same bits: without
 * assembly, or with another encoding of the same instruction. Not built with sanitizers, where they
 * would only cost time.
 */
#include <string.h>

#include "kernelcheck.h"

#ifdef KERNELCHECK_SIMDE
extern const kernel_ops SIMDE_OPS;

const kernel_ops *check_simde_level(void)
{
    return kernel_select("avx2") != NULL ? &SIMDE_OPS : NULL;
}
#else
const kernel_ops *check_simde_level(void)
{
    return NULL;
}
#endif

#ifdef KERNELCHECK_TWINS
typedef void matmul_fn(const packed_matrix *w, size_t panel_begin, size_t panel_end,
                       const activations *x, float *y, size_t y_stride,
                       const matmul_options *options);

matmul_fn avx2_twin_matmul;
matmul_fn avx512_twin_matmul;
matmul_fn avxvnni_twin_matmul;
matmul_fn avxvnni_evex_matmul;

typedef struct twin {
    const char *level, *name;
    matmul_fn *matmul;
    const char *needs; /* the level that a processor must have to run it */
} twin;

static const twin TWINS[] = {
    {"avx2", "avx2 twin", avx2_twin_matmul, "avx2"},
    {"avx512vnni", "avx512vnni twin", avx512_twin_matmul, "avx512vnni"},
    {"avxvnni", "avxvnni twin", avxvnni_twin_matmul, "avx2"},
    {"avxvnni", "avxvnni in EVEX form", avxvnni_evex_matmul, "avx512vnni"},
};

bool check_make_twin(const char *level, size_t i, kernel_ops *out_twin)
{
    for (size_t j = 0; j < sizeof(TWINS) / sizeof(TWINS[0]); j++) {
        const twin *const t = &TWINS[j];
        if (strcmp(t->level, level) == 0 && kernel_select(t->needs) != NULL && i-- == 0) {
            *out_twin = *kernel_select(t->needs);
            out_twin->level = t->name;
            out_twin->matmul = t->matmul;
            return true;
        }
    }
    return false;
}
#else
bool check_make_twin(const char *level, size_t i, kernel_ops *out_twin)
{
    (void)level;
    (void)i;
    (void)out_twin;
    return false;
}
#endif
