/*
 * twins.c - levels whose product is built without assembly, from the same source. Not built
 * with sanitizers, where they would only cost time.
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

bool check_make_twin(const kernel_ops *ops, kernel_ops *out_twin)
{
    *out_twin = *ops;
    if (strcmp(ops->level, "avx2") == 0) {
        out_twin->level = "avx2 twin";
        out_twin->matmul = avx2_twin_matmul;
    } else if (strcmp(ops->level, "avx512vnni") == 0) {
        out_twin->level = "avx512vnni twin";
        out_twin->matmul = avx512_twin_matmul;
    } else {
        return false;
    }
    return true;
}
#else
bool check_make_twin(const kernel_ops *ops, kernel_ops *out_twin)
{
    (void)ops;
    (void)out_twin;
    return false;
}
#endif
