/*
 * notify_dense.c - the part of a person's taste that is learnt of a text's vector.
 *
 * One weight of FTRL-Proximal for each dimension, beside the hashed features and moved by the same
 * error: what is near in meaning to what was taught moves along, whoever sends it. A vector is scaled
 * to length 1 and weighs as much as one feature; its components are small, so that no weight is
 * held at zero (L1) here. The first vector that teaches sets the dimension; those of another are
 * as if not given, in learning and in ranking, since they are another encoder's.
 */
#include <math.h>

#include "base/error.h"
#include "base/memory.h"
#include "feature/notify/notify_weights.h"

/* What makes the length 1; 0: no vector, another dimension, or not finite. */
static float scale_of(const huis_notify_weights *weights, const notify_vector *vector)
{
    if (vector == NULL || vector->items == NULL || vector->n_dimensions != weights->n_dense) {
        return 0.0F;
    }
    double squares = 0.0;
    for (size_t i = 0; i < vector->n_dimensions; i++) {
        squares += (double)vector->items[i] * (double)vector->items[i];
    }
    const double scale = 1.0 / sqrt(squares);
    return isfinite(squares) && isfinite((float)scale) ? (float)scale : 0.0F;
}

int notify_dense_prepare(huis_notify_weights *weights, const notify_vector *vector, huis_error *err)
{
    if (weights->n_dense > 0 || vector == NULL || vector->items == NULL ||
        vector->n_dimensions == 0 || vector->n_dimensions > NOTIFY_MAX_DIMENSIONS) {
        return HUIS_OK;
    }
    weights->dense = memory_alloc(vector->n_dimensions, sizeof(*weights->dense));
    if (weights->dense == NULL) {
        return error_no_memory(err, "weights");
    }
    weights->n_dense = vector->n_dimensions;
    return HUIS_OK;
}

float notify_dense_sum(const huis_notify_weights *weights, const notify_vector *vector)
{
    const float scale = scale_of(weights, vector);
    float sum = 0.0F;
    for (size_t i = 0; scale != 0.0F && i < weights->n_dense; i++) {
        sum += notify_slot_solve(&weights->dense[i], 0.0F) * scale * vector->items[i];
    }
    return sum;
}

void notify_dense_update(huis_notify_weights *weights, const notify_vector *vector, float error)
{
    const float scale = scale_of(weights, vector);
    for (size_t i = 0; scale != 0.0F && i < weights->n_dense; i++) {
        notify_slot_move(&weights->dense[i], error * scale * vector->items[i], 0.0F);
    }
}
