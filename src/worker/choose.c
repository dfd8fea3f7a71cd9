/*
 * choose.c - see choose.h.
 */
#include "worker/choose.h"

#include "base/error.h"

int choose_token(engine_context *context, sampler *s, sampler_allow_fn allow, void *user,
                 int32_t *out_token, double *out_logprob, huis_error *err)
{
    const uint32_t n_wanted = out_logprob == NULL ? sampler_n_top(s, allow != NULL) : 0;
    if (n_wanted > 0) {
        engine_candidate best[ENGINE_TOP_MAX];
        const uint32_t n = engine_top(context, best, n_wanted);
        const int32_t token = sampler_choose_top(s, best, n, allow, user);
        if (token != SAMPLER_UNDECIDED) {
            *out_token = token;
            return HUIS_OK;
        }
    }
    const float *logits = NULL;
    RETURN_IF_ERROR(engine_all_logits(context, &logits, err));
    *out_token = sampler_choose(s, logits, allow, user, out_logprob);
    return HUIS_OK;
}
