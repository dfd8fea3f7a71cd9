/*
 * vectors.c - optional vectors of sentences: one more term in ranking and checking.
 *
 * Encoders live elsewhere; here a vector is float32[dim] of unit length, so that a product of two is
 * their cosine. Without vectors nothing changes.
 */
#include <math.h>

#include "base/memory.h"
#include "evidence/index.h"

/* How much of a sentence's score is nearness to the text's mean, and to the question. */
static const double MEAN_SHARE = 0.25;
static const double FOCUS_SHARE = 0.5;

void evidence_set_vectors(evidence_index *x, const float *vectors, size_t dim,
                          const float *focus_vector)
{
    x->vectors = dim > 0 ? vectors : NULL;
    x->focus_vector = dim > 0 ? focus_vector : NULL;
    x->dim = dim;
}

double index_cosine(const evidence_index *x, size_t i_sentence, const float *vector)
{
    const float *const own = x->vectors + i_sentence * x->dim;
    double sum = 0.0;
    for (size_t k = 0; k < x->dim; k++) {
        sum += (double)own[k] * (double)vector[k];
    }
    return isfinite(sum) ? fmin(fmax(sum, -1.0), 1.0) : 0.0;
}

double index_best_cosine(const evidence_index *x, const float *vector)
{
    double best = -1.0;
    for (size_t s = 0; s < x->source->n_sentences; s++) {
        best = fmax(best, index_cosine(x, s, vector));
    }
    return best;
}

/* Each component is summed over the sentences; false: the sum has no direction. */
static bool find_mean(const evidence_index *x, float *out_mean)
{
    double length = 0.0;
    for (size_t k = 0; k < x->dim; k++) {
        double sum = 0.0;
        for (size_t s = 0; s < x->source->n_sentences; s++) {
            sum += (double)x->vectors[s * x->dim + k];
        }
        out_mean[k] = (float)sum;
        length += sum * sum;
    }
    if (!(length > 0.0) || !isfinite(length)) {
        return false;
    }
    for (size_t k = 0; k < x->dim; k++) {
        out_mean[k] = (float)((double)out_mean[k] / sqrt(length));
    }
    return true;
}

bool index_rank_vectors(const evidence_index *x, double *scores)
{
    if (x->vectors == NULL) {
        return true;
    }
    float *const mean = memory_alloc(x->dim, sizeof(*mean));
    if (mean == NULL) {
        return false;
    }
    const bool known = find_mean(x, mean);
    for (size_t s = 0; known && s < x->source->n_sentences; s++) {
        scores[s] *= 1.0 - MEAN_SHARE + MEAN_SHARE * fmax(0.0, index_cosine(x, s, mean));
    }
    memory_free(mean);
    return true;
}

void index_focus_vectors(const evidence_index *x, double *scores)
{
    for (size_t s = 0; x->vectors != NULL && x->focus_vector != NULL && s < x->source->n_sentences;
         s++) {
        scores[s] = (1.0 - FOCUS_SHARE) * scores[s] +
                    FOCUS_SHARE * fmax(0.0, index_cosine(x, s, x->focus_vector));
    }
}
