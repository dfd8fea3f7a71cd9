/*
 * notify_weights.h - what a person's verdicts have taught: a table of hashed weights, and the rules that
 * stand for some of them.
 */
#ifndef HUIS_FEATURE_NOTIFY_WEIGHTS_H
#define HUIS_FEATURE_NOTIFY_WEIGHTS_H

#include "feature/notify/notify_view.h"

enum {
    NOTIFY_SLOTS = 1 << 16,
    NOTIFY_MAX_RULES = 1024,
    NOTIFY_LABEL_BYTES = 64,
    NOTIFY_MAX_FEATURES = 24,
    NOTIFY_MAX_DIMENSIONS = 4096,
};

typedef enum notify_rule_kind {
    NOTIFY_RULE_NONE = 0, /* words and forms: no rule of their own */
    NOTIFY_RULE_APP,
    NOTIFY_RULE_SENDER,
    NOTIFY_RULE_APP_FORM,
    NOTIFY_RULE_SENDER_FORM,
    NOTIFY_RULE_CONVERSATION,
    NOTIFY_RULE_KINDS
} notify_rule_kind;

/* One weight of FTRL-Proximal: the sum of gradients less what the weight accounts for, and the sum
 * of their squares. */
typedef struct notify_slot {
    float z, n;
} notify_slot;

typedef struct notify_learnt_rule {
    uint64_t hash; /* of its feature */
    notify_rule_kind kind;
    notify_form form;               /* of the kinds with a form */
    char label[NOTIFY_LABEL_BYTES]; /* app, sender or conversation, cleaned, terminated */
    uint32_t n_verdicts;
    bool accepted;
} notify_learnt_rule;

struct huis_notify_weights {
    notify_slot slots[NOTIFY_SLOTS];
    notify_learnt_rule
        rules[NOTIFY_MAX_RULES]; /* the least taught one goes when there is no room */
    size_t n_rules;
    float threshold;    /* added to what an interruption takes, -0.3..0.3 */
    notify_slot *dense; /* [n_dense], one for each dimension of the vectors; NULL: none yet */
    size_t n_dense;
};

typedef struct notify_feature {
    uint64_t hash;
    float value;
    notify_rule_kind kind;
    span label; /* as it is shown; empty without a kind */
} notify_feature;

typedef struct notify_features {
    notify_feature items[NOTIFY_MAX_FEATURES];
    size_t count;
} notify_features;

/* The vector of a record's text; items NULL: none. */
typedef struct notify_vector {
    const float *items;
    size_t n_dimensions;
} notify_vector;

/* notify_features.c: what can be learnt of a record. Labels live as long as the reading. */
void notify_features_of(const notify_reading *reading, const notify_view *view,
                        notify_features *out_features);

/* notify_learn.c */
float notify_slot_weight(const notify_slot *slot);
/* The weight of a slot, zero while its sum is within `l1`; one step of FTRL-Proximal. */
float notify_slot_solve(const notify_slot *slot, float l1);
void notify_slot_move(notify_slot *slot, float gradient, float l1);
/* Log-odds by what was learnt: rules that were accepted count in full, all else by half. `vector` may
 * be NULL. */
float notify_weights_sum(const huis_notify_weights *weights, const notify_features *features,
                         const notify_vector *vector);

/* notify_dense.c: `vector` may be NULL; one of another dimension is as if not given. */
int notify_dense_prepare(huis_notify_weights *weights, const notify_vector *vector,
                         huis_error *err);
float notify_dense_sum(const huis_notify_weights *weights, const notify_vector *vector);
void notify_dense_update(huis_notify_weights *weights, const notify_vector *vector, float error);

/* notify_rules.c: the index of the rule of a feature; n_rules: none. */
size_t notify_rule_find(const huis_notify_weights *weights, uint64_t hash);

#endif
