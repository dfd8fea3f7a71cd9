/*
 * notify_learn.c - learns from verdicts: logistic regression on hashed features, FTRL-Proximal.
 *
 * The shipped ranking is the offset of the model, so that nothing learnt means nothing changed. A
 * verdict moves the weights of the record's own features by the error of the prediction; pairs (this
 * was opened before that) move them by the error of the difference. What is hostile or a code teaches
 * nothing. Nothing here is random.
 */
#include <math.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "feature/notify/notify_look.h"
#include "feature/notify/notify_weights.h"

static const float ALPHA = 0.8F; /* the pace */
static const float BETA = 1.0F;
static const float L1 = 0.05F; /* below this a weight stays zero */
static const float L2 = 0.3F;
static const float MOST = 3.0F; /* log-odds that all features together may reach */
static const float UNACCEPTED = 0.5F;

/* ---- weights ---- */

float notify_slot_solve(const notify_slot *slot, float l1)
{
    if (fabsf(slot->z) <= l1) {
        return 0.0F;
    }
    const float sign = slot->z < 0.0F ? -1.0F : 1.0F;
    return -(slot->z - sign * l1) / ((BETA + sqrtf(slot->n)) / ALPHA + L2);
}

void notify_slot_move(notify_slot *slot, float gradient, float l1)
{
    const float square = gradient * gradient;
    const float pace = (sqrtf(slot->n + square) - sqrtf(slot->n)) / ALPHA;
    slot->z += gradient - pace * notify_slot_solve(slot, l1);
    slot->n += square;
}

float notify_slot_weight(const notify_slot *slot)
{
    return notify_slot_solve(slot, L1);
}

static notify_slot *slot_of(huis_notify_weights *weights, uint64_t hash)
{
    return &weights->slots[(hash ^ (hash >> 32)) % NOTIFY_SLOTS];
}

static float sum_of(const huis_notify_weights *weights, const notify_features *features,
                    const notify_vector *vector, bool all_in_full)
{
    const float dense = notify_dense_sum(weights, vector);
    float sum = all_in_full ? dense : UNACCEPTED * dense;
    for (size_t i = 0; i < features->count; i++) {
        const notify_feature *const f = &features->items[i];
        const notify_slot *const slot = &weights->slots[(f->hash ^ (f->hash >> 32)) % NOTIFY_SLOTS];
        const float weight = notify_slot_weight(slot) * f->value;
        const size_t rule = f->kind != NOTIFY_RULE_NONE && weight != 0.0F
                                ? notify_rule_find(weights, f->hash)
                                : weights->n_rules;
        const bool full = all_in_full || (rule < weights->n_rules && weights->rules[rule].accepted);
        sum += full ? weight : UNACCEPTED * weight;
    }
    return sum < -MOST ? -MOST : sum > MOST ? MOST : sum;
}

float notify_weights_sum(const huis_notify_weights *weights, const notify_features *features,
                         const notify_vector *vector)
{
    return sum_of(weights, features, vector, false);
}

static void update(huis_notify_weights *weights, const notify_features *features, float error)
{
    for (size_t i = 0; i < features->count; i++) {
        notify_slot_move(slot_of(weights, features->items[i].hash),
                         error * features->items[i].value, L1);
    }
}

/* ---- rules ---- */

size_t notify_rule_find(const huis_notify_weights *weights, uint64_t hash)
{
    for (size_t i = 0; i < weights->n_rules; i++) {
        if (weights->rules[i].hash == hash) {
            return i;
        }
    }
    return weights->n_rules;
}

/* Room for one more rule: that of the least taught, not accepted one when there is none left. */
static notify_learnt_rule *new_rule(huis_notify_weights *weights)
{
    if (weights->n_rules < NOTIFY_MAX_RULES) {
        return &weights->rules[weights->n_rules++];
    }
    notify_learnt_rule *least = NULL;
    for (size_t i = 0; i < NOTIFY_MAX_RULES; i++) {
        notify_learnt_rule *const rule = &weights->rules[i];
        if (!rule->accepted && (least == NULL || rule->n_verdicts < least->n_verdicts)) {
            least = rule;
        }
    }
    return least;
}

static int count_rule(huis_notify_weights *weights, const notify_feature *feature, notify_form form,
                      arena *memory, huis_error *err)
{
    size_t at = notify_rule_find(weights, feature->hash);
    if (at < weights->n_rules) {
        weights->rules[at].n_verdicts++;
        return HUIS_OK;
    }
    notify_text text;
    const char *const label = arena_copy(memory, feature->label);
    if (label == NULL) {
        return error_no_memory(err, "a rule");
    }
    RETURN_IF_ERROR(notify_text_clean(label, memory, &text, err));
    notify_learnt_rule *const rule = new_rule(weights);
    if (rule == NULL || text.text.len == 0) {
        weights->n_rules -= rule != NULL && rule == &weights->rules[weights->n_rules - 1];
        return HUIS_OK;
    }
    span shown = text.text;
    if (shown.len >= NOTIFY_LABEL_BYTES) {
        shown.len = utf8_complete_prefix(span_slice(shown, 0, NOTIFY_LABEL_BYTES - 1));
    }
    *rule = (notify_learnt_rule){
        .hash = feature->hash, .kind = feature->kind, .form = form, .n_verdicts = 1};
    memcpy(rule->label, shown.ptr, shown.len);
    return HUIS_OK;
}

static int count_rules(huis_notify_weights *weights, const notify_features *features,
                       notify_form form, arena *memory, huis_error *err)
{
    for (size_t i = 0; i < features->count; i++) {
        if (features->items[i].kind != NOTIFY_RULE_NONE) {
            RETURN_IF_ERROR(count_rule(weights, &features->items[i], form, memory, err));
        }
    }
    return HUIS_OK;
}

/* ---- verdicts ---- */

typedef struct lesson {
    float target, weight;
} lesson;

static bool lesson_of(huis_notify_verdict verdict, lesson *out)
{
    switch (verdict) {
    case HUIS_VERDICT_OPENED:
        *out = (lesson){1.0F, 0.7F};
        return true;
    case HUIS_VERDICT_REPLIED:
        *out = (lesson){1.0F, 1.0F};
        return true;
    case HUIS_VERDICT_UP:
        *out = (lesson){1.0F, 1.6F};
        return true;
    case HUIS_VERDICT_DISMISSED:
        *out = (lesson){0.0F, 0.7F};
        return true;
    case HUIS_VERDICT_DOWN:
        *out = (lesson){0.0F, 1.6F};
        return true;
    case HUIS_VERDICT_SNOOZED: /* it matters, but not now */
        *out = (lesson){0.45F, 0.4F};
        return true;
    }
    return false;
}

/* The shipped ranking as log-odds. */
static float offset_of(const notify_view *v)
{
    const float score = v->score < 0.02F ? 0.02F : v->score > 0.98F ? 0.98F : v->score;
    return logf(score / (1.0F - score));
}

static float probability(float log_odds)
{
    return 1.0F / (1.0F + expf(-log_odds));
}

static bool teaches(const notify_view *v)
{
    return v->hostile == NOTIFY_HOSTILE_NONE && !v->learnt_code;
}

/* An interruption that was dismissed makes the next one dearer. */
static void move_threshold(huis_notify_weights *weights, const notify_view *v,
                           huis_notify_verdict verdict)
{
    const bool unwanted = verdict == HUIS_VERDICT_DISMISSED || verdict == HUIS_VERDICT_DOWN;
    const bool missed = verdict == HUIS_VERDICT_UP && !v->interrupt;
    if (v->cls == HUIS_NOTIFY_CRITICAL) {
        return;
    }
    weights->threshold += v->interrupt && unwanted ? 0.04F : missed ? -0.02F : 0.0F;
    weights->threshold = weights->threshold > 0.3F    ? 0.3F
                         : weights->threshold < -0.3F ? -0.3F
                                                      : weights->threshold;
}

/* One step: the features' weights and the vector's by the same error. */
static int take_lesson(huis_notify_weights *weights, notify_looked *looked,
                       const notify_vector *vector, lesson l, huis_error *err)
{
    notify_features features;
    notify_features_of(&looked->reading, &looked->view, &features);
    RETURN_IF_ERROR(notify_dense_prepare(weights, vector, err));
    RETURN_IF_ERROR(count_rules(weights, &features, looked->view.form, &looked->memory, err));
    const float p =
        probability(offset_of(&looked->view) + sum_of(weights, &features, vector, true));
    const float error = (p - l.target) * l.weight;
    update(weights, &features, error);
    notify_dense_update(weights, vector, error);
    return HUIS_OK;
}

int huis_notify_learn_vector(huis_notify_weights *weights, const huis_notification *record,
                             const float *vector, size_t n_dimensions,
                             const huis_notify_context *context, huis_notify_verdict verdict,
                             huis_error *err)
{
    const notify_vector text = {.items = vector, .n_dimensions = n_dimensions};
    lesson l = {0.0F, 0.0F};
    if (!lesson_of(verdict, &l)) {
        return error_set(err, HUIS_E_BAD_ARGUMENT, "verdict %d: no such verdict", (int)verdict);
    }
    notify_looked *looked = NULL;
    RETURN_IF_ERROR(notify_look_one(record, context, &looked, err));
    int status = HUIS_OK;
    if (teaches(&looked->view)) {
        status = take_lesson(weights, looked, &text, l, err);
        if (status == HUIS_OK) {
            move_threshold(weights, &looked->view, verdict);
        }
    }
    (void)notify_looked_free(looked);
    return status;
}

int huis_notify_learn(huis_notify_weights *weights, const huis_notification *record,
                      const huis_notify_context *context, huis_notify_verdict verdict,
                      huis_error *err)
{
    return huis_notify_learn_vector(weights, record, NULL, 0, context, verdict, err);
}

int huis_notify_prefer(huis_notify_weights *weights, const huis_notification *better,
                       const huis_notification *worse, const huis_notify_context *context,
                       huis_error *err)
{
    notify_looked *a = NULL;
    notify_looked *b = NULL;
    RETURN_IF_ERROR(notify_look_one(better, context, &a, err));
    int status = notify_look_one(worse, context, &b, err);
    if (status == HUIS_OK && teaches(&a->view) && teaches(&b->view)) {
        notify_features up;
        notify_features down;
        notify_features_of(&a->reading, &a->view, &up);
        notify_features_of(&b->reading, &b->view, &down);
        const float margin = offset_of(&a->view) + sum_of(weights, &up, NULL, true) -
                             offset_of(&b->view) - sum_of(weights, &down, NULL, true);
        const float error = 0.5F * (probability(margin) - 1.0F);
        update(weights, &up, error);
        update(weights, &down, -error);
    }
    (void)notify_looked_free(a);
    (void)notify_looked_free(b);
    return status;
}
