/*
 * notify_rules.c - what was learnt as rules in words, and as bytes.
 *
 * A rule is a feature that a person can name, with its weight: "Slack", "payments by Lydia", "Anna". It is
 * told from two verdicts on. Accepted, it counts in full; undone, its weight and its count are zero
 * again, as if nothing had been taught. The bytes are checked whole before anything of them is used:
 * "HUISNW", a version, counts, the weights that are not zero, the rules, the weights of a vector's
 * dimensions where there are any, and a hash over all of it; numbers are little-endian.
 */
#include <math.h>
#include <stdlib.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "feature/notify/notify_weights.h"

enum {
    MIN_VERDICTS = 2,
    VERSION = 1,
    VERSION_DENSE = 2, /* with the weights of a vector's dimensions at the end */
    MAX_TEXT_BYTES = 256,
    MAX_BLOB_BYTES = 8 * 1024 * 1024,
    MAX_COUNT = 1000000000,
};
static const char MAGIC[8] = "HUISNW\n";
static const double LEAST_TOLD = 0.2; /* log-odds */

int huis_notify_weights_new(huis_notify_weights **out_weights, huis_error *err)
{
    huis_notify_weights *const weights = memory_alloc(1, sizeof(*weights));
    if (weights == NULL) {
        return error_no_memory(err, "weights");
    }
    *out_weights = weights;
    return HUIS_OK;
}

huis_notify_weights *huis_notify_weights_free(huis_notify_weights *weights)
{
    if (weights != NULL) {
        weights->dense = memory_free(weights->dense);
    }
    return memory_free(weights);
}

void *huis_notify_bytes_free(void *bytes)
{
    return memory_free(bytes);
}

/* ---- in words ---- */

static const char *const KINDS[NOTIFY_RULE_KINDS] = {"",         "app",         "sender",
                                                     "app-kind", "sender-kind", "conversation"};

typedef struct words_of_form {
    const char *english, *french;
} words_of_form;

static const words_of_form FORMS[NOTIFY_FORMS] = {
    [NOTIFY_FORM_PLAIN] = {"notices", "avis"},
    [NOTIFY_FORM_PERSON] = {"messages", "messages"},
    [NOTIFY_FORM_GROUP] = {"group messages", "messages de groupe"},
    [NOTIFY_FORM_MENTION] = {"mentions", "mentions"},
    [NOTIFY_FORM_CALL] = {"missed calls", "appels manqués"},
    [NOTIFY_FORM_CODE] = {"codes", "codes"},
    [NOTIFY_FORM_SECURITY] = {"security notices", "avis de sécurité"},
    [NOTIFY_FORM_DANGER] = {"alarms", "alarmes"},
    [NOTIFY_FORM_BODY] = {"health alarms", "alarmes de santé"},
    [NOTIFY_FORM_DOWN] = {"failures", "pannes"},
    [NOTIFY_FORM_WARN] = {"warnings", "avertissements"},
    [NOTIFY_FORM_OK] = {"good reports", "comptes rendus sans problème"},
    [NOTIFY_FORM_CALENDAR] = {"events", "événements"},
    [NOTIFY_FORM_DELIVERY] = {"deliveries", "livraisons"},
    [NOTIFY_FORM_DRIVER] = {"arrivals at the door", "arrivées à la porte"},
    [NOTIFY_FORM_PAYMENT] = {"payments", "paiements"},
    [NOTIFY_FORM_PAYMENT_TROUBLE] = {"payment troubles", "incidents de paiement"},
    [NOTIFY_FORM_PAYMENT_CHECK] = {"payment checks", "contrôles de paiement"},
    [NOTIFY_FORM_TRAVEL] = {"journeys", "trajets"},
    [NOTIFY_FORM_ROAD] = {"road warnings", "alertes de la route"},
    [NOTIFY_FORM_MEDICAL] = {"health notices", "avis de santé"},
    [NOTIFY_FORM_MEDICINE] = {"medicine reminders", "rappels de médicaments"},
    [NOTIFY_FORM_SCHOOL] = {"school notices", "avis de l'école"},
    [NOTIFY_FORM_INFO] = {"documents and notices", "documents et avis"},
    [NOTIFY_FORM_BROADCAST] = {"messages to everybody", "messages à tous"},
    [NOTIFY_FORM_PROMO] = {"offers", "offres"},
    [NOTIFY_FORM_SOCIAL] = {"social activity", "activité sociale"},
    [NOTIFY_FORM_GAME] = {"game reminders", "rappels de jeu"},
    [NOTIFY_FORM_NEWS] = {"headlines", "titres d'actualité"},
    [NOTIFY_FORM_NEWSLETTER] = {"newsletters", "lettres d'information"},
    [NOTIFY_FORM_SURVEY] = {"surveys", "enquêtes"},
    [NOTIFY_FORM_TELEMETRY] = {"routine reports", "relevés de routine"},
    [NOTIFY_FORM_PROGRESS] = {"progress reports", "avancements"},
};

/* "app:Slack", "sender-kind:Anna Berger:1". */
static bool print_key(const notify_learnt_rule *rule, buffer *out)
{
    (void)buffer_printf(out, "%s:%s", KINDS[rule->kind], rule->label);
    if (rule->kind == NOTIFY_RULE_APP_FORM || rule->kind == NOTIFY_RULE_SENDER_FORM) {
        (void)buffer_printf(out, ":%d", (int)rule->form);
    }
    return buffer_ok(out);
}

static bool print_french(const notify_learnt_rule *rule, bool up, buffer *out)
{
    const char *const verb = up ? "vous voulez voir plus tôt " : "vous vous passez volontiers de ";
    (void)buffer_append_string(out, verb);
    switch (rule->kind) {
    case NOTIFY_RULE_APP:
        return buffer_printf(out, "ce que montre %s", rule->label);
    case NOTIFY_RULE_SENDER:
        return buffer_printf(out, "ce que dit %s", rule->label);
    case NOTIFY_RULE_APP_FORM:
    case NOTIFY_RULE_SENDER_FORM:
        return buffer_printf(out, "ceci\u00a0: %s (%s)", FORMS[rule->form].french, rule->label);
    case NOTIFY_RULE_CONVERSATION:
        return buffer_printf(out, "la conversation %s", rule->label);
    case NOTIFY_RULE_NONE:
    case NOTIFY_RULE_KINDS:
        break;
    }
    return false;
}

static bool print_english(const notify_learnt_rule *rule, bool up, buffer *out)
{
    (void)buffer_append_string(out, up ? "you want to see sooner: " : "you can do without: ");
    switch (rule->kind) {
    case NOTIFY_RULE_APP:
        return buffer_printf(out, "what %s shows", rule->label);
    case NOTIFY_RULE_SENDER:
        return buffer_printf(out, "what %s says", rule->label);
    case NOTIFY_RULE_APP_FORM:
    case NOTIFY_RULE_SENDER_FORM:
        return buffer_printf(out, "%s (%s)", FORMS[rule->form].english, rule->label);
    case NOTIFY_RULE_CONVERSATION:
        return buffer_printf(out, "the conversation %s", rule->label);
    case NOTIFY_RULE_NONE:
    case NOTIFY_RULE_KINDS:
        break;
    }
    return false;
}

typedef struct rules_block {
    huis_notify_rules rules;
    arena memory;
} rules_block;

static int strongest_first(const void *a, const void *b)
{
    const huis_notify_rule *const x = a;
    const huis_notify_rule *const y = b;
    const double by = fabs(y->weight) - fabs(x->weight);
    return by < 0.0 ? -1 : by > 0.0 ? 1 : strcmp(x->key, y->key);
}

static double weight_of(const huis_notify_weights *weights, const notify_learnt_rule *rule)
{
    return (double)notify_slot_weight(
        &weights->slots[(rule->hash ^ (rule->hash >> 32)) % NOTIFY_SLOTS]);
}

static int fill_rules(const huis_notify_weights *weights, bool french, rules_block *block,
                      huis_error *err)
{
    huis_notify_rule *const items =
        arena_alloc(&block->memory, weights->n_rules + 1, sizeof(*items));
    buffer text;
    buffer_init(&text, MAX_TEXT_BYTES);
    int status = items != NULL ? HUIS_OK : error_no_memory(err, "rules");
    size_t n = 0;
    for (size_t i = 0; i < weights->n_rules && status == HUIS_OK; i++) {
        const notify_learnt_rule *const rule = &weights->rules[i];
        const double weight = weight_of(weights, rule);
        if (rule->n_verdicts < MIN_VERDICTS || (fabs(weight) < LEAST_TOLD && !rule->accepted)) {
            continue;
        }
        buffer_reset(&text);
        (void)print_key(rule, &text);
        const char *const key = arena_copy(&block->memory, buffer_span(&text));
        buffer_reset(&text);
        (void)(french ? print_french(rule, weight > 0.0, &text)
                      : print_english(rule, weight > 0.0, &text));
        const char *const said = arena_copy(&block->memory, buffer_span(&text));
        status = key != NULL && said != NULL && buffer_ok(&text) ? HUIS_OK
                                                                 : error_no_memory(err, "rules");
        items[n++] = (huis_notify_rule){key, said, weight, rule->n_verdicts, rule->accepted};
    }
    buffer_deinit(&text);
    if (status == HUIS_OK) {
        qsort(items, n, sizeof(*items), strongest_first);
        block->rules = (huis_notify_rules){items, n};
    }
    return status;
}

int huis_notify_rules_list(const huis_notify_weights *weights, const char *language,
                           huis_notify_rules **out_rules, huis_error *err)
{
    rules_block *const block = memory_alloc(1, sizeof(*block));
    if (block == NULL) {
        return error_no_memory(err, "rules");
    }
    arena_init(&block->memory, MAX_BLOB_BYTES);
    const bool french = language != NULL && strncmp(language, "fr", 2) == 0;
    const int status = fill_rules(weights, french, block, err);
    if (status != HUIS_OK) {
        (void)huis_notify_rules_free(&block->rules);
        return status;
    }
    *out_rules = &block->rules;
    return HUIS_OK;
}

huis_notify_rules *huis_notify_rules_free(huis_notify_rules *rules)
{
    rules_block *const block = (rules_block *)(void *)rules; /* its first member */
    if (block != NULL) {
        arena_deinit(&block->memory);
    }
    return memory_free(block);
}

int huis_notify_rule_set(huis_notify_weights *weights, const char *key,
                         huis_notify_rule_action action, huis_error *err)
{
    buffer text;
    buffer_init(&text, MAX_TEXT_BYTES);
    size_t at = weights->n_rules;
    for (size_t i = 0; i < weights->n_rules && at == weights->n_rules; i++) {
        buffer_reset(&text);
        at =
            print_key(&weights->rules[i], &text) && strcmp(buffer_string(&text), key) == 0 ? i : at;
    }
    buffer_deinit(&text);
    if (at == weights->n_rules || (action != HUIS_RULE_ACCEPT && action != HUIS_RULE_UNDO)) {
        return error_set(err, HUIS_E_BAD_ARGUMENT,
                         "rule %.80s: no such rule; list those that were learnt first", key);
    }
    notify_learnt_rule *const rule = &weights->rules[at];
    if (action == HUIS_RULE_ACCEPT) {
        rule->accepted = true;
        return HUIS_OK;
    }
    weights->slots[(rule->hash ^ (rule->hash >> 32)) % NOTIFY_SLOTS] = (notify_slot){0};
    *rule = weights->rules[--weights->n_rules];
    return HUIS_OK;
}

/* ---- as bytes ---- */

static bool put_u32(buffer *out, uint32_t value)
{
    const char bytes[4] = {(char)(value & 0xFFu), (char)(value >> 8 & 0xFFu),
                           (char)(value >> 16 & 0xFFu), (char)(value >> 24 & 0xFFu)};
    return buffer_append(out, span_from(bytes, sizeof(bytes)));
}

static bool put_u64(buffer *out, uint64_t value)
{
    return put_u32(out, (uint32_t)value) && put_u32(out, (uint32_t)(value >> 32));
}

static bool put_float(buffer *out, float value)
{
    uint32_t bits = 0;
    memcpy(&bits, &value, sizeof(bits));
    return put_u32(out, bits);
}

static void put_dense(const huis_notify_weights *weights, buffer *out)
{
    if (weights->n_dense > 0) {
        (void)put_u32(out, (uint32_t)weights->n_dense);
    }
    for (size_t i = 0; i < weights->n_dense; i++) {
        (void)put_float(out, weights->dense[i].z);
        (void)put_float(out, weights->dense[i].n);
    }
}

int huis_notify_weights_write(const huis_notify_weights *weights, void **out_bytes,
                              size_t *out_n_bytes, huis_error *err)
{
    uint32_t n_slots = 0;
    for (size_t i = 0; i < NOTIFY_SLOTS; i++) {
        n_slots += weights->slots[i].n != 0.0F;
    }
    buffer out;
    buffer_init(&out, MAX_BLOB_BYTES);
    (void)buffer_append(&out, span_from(MAGIC, sizeof(MAGIC)));
    (void)put_u32(&out, weights->n_dense > 0 ? VERSION_DENSE : VERSION);
    (void)put_u32(&out, n_slots);
    (void)put_u32(&out, (uint32_t)weights->n_rules);
    (void)put_float(&out, weights->threshold);
    for (uint32_t i = 0; i < NOTIFY_SLOTS; i++) {
        if (weights->slots[i].n != 0.0F) {
            (void)put_u32(&out, i);
            (void)put_float(&out, weights->slots[i].z);
            (void)put_float(&out, weights->slots[i].n);
        }
    }
    for (size_t i = 0; i < weights->n_rules; i++) {
        const notify_learnt_rule *const rule = &weights->rules[i];
        (void)put_u64(&out, rule->hash);
        (void)put_u32(&out, (uint32_t)rule->kind);
        (void)put_u32(&out, (uint32_t)rule->form);
        (void)put_u32(&out, rule->n_verdicts);
        (void)put_u32(&out, rule->accepted);
        (void)buffer_append(&out, span_from(rule->label, sizeof(rule->label)));
    }
    put_dense(weights, &out);
    (void)put_u64(&out, notify_hash(NOTIFY_HASH_SEED, buffer_span(&out)));
    size_t len = 0;
    char *const bytes = buffer_take(&out, &len);
    buffer_deinit(&out);
    if (bytes == NULL) {
        return error_no_memory(err, "weights");
    }
    *out_bytes = bytes;
    *out_n_bytes = len;
    return HUIS_OK;
}

typedef struct byte_reader {
    span left;
    bool ok;
} byte_reader;

static uint32_t get_u32(byte_reader *in)
{
    if (in->left.len < 4) {
        in->ok = false;
        return 0;
    }
    const unsigned char *const b = (const unsigned char *)in->left.ptr;
    const uint32_t value = b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
    in->left = span_slice(in->left, 4, in->left.len);
    return value;
}

static uint64_t get_u64(byte_reader *in)
{
    const uint64_t low = get_u32(in);
    return low | (uint64_t)get_u32(in) << 32;
}

static float get_float(byte_reader *in, float most)
{
    const uint32_t bits = get_u32(in);
    float value = 0.0F;
    memcpy(&value, &bits, sizeof(value));
    in->ok = in->ok && isfinite(value) && fabsf(value) <= most;
    return in->ok ? value : 0.0F;
}

static void read_rule(byte_reader *in, notify_learnt_rule *rule)
{
    rule->hash = get_u64(in);
    const uint32_t kind = get_u32(in);
    const uint32_t form = get_u32(in);
    rule->n_verdicts = get_u32(in);
    rule->accepted = get_u32(in) != 0;
    in->ok = in->ok && kind > NOTIFY_RULE_NONE && kind < NOTIFY_RULE_KINDS && form < NOTIFY_FORMS &&
             rule->n_verdicts < MAX_COUNT && in->left.len >= sizeof(rule->label);
    if (!in->ok) {
        return;
    }
    rule->kind = (notify_rule_kind)kind;
    rule->form = (notify_form)form;
    memcpy(rule->label, in->left.ptr, sizeof(rule->label));
    in->left = span_slice(in->left, sizeof(rule->label), in->left.len);
    const span label = span_from(rule->label, strnlen(rule->label, sizeof(rule->label)));
    in->ok =
        label.len > 0 && label.len < sizeof(rule->label) && utf8_valid_prefix(label) == label.len;
}

static notify_slot get_slot(byte_reader *in)
{
    const float z = get_float(in, 1e6F);
    const float n = get_float(in, 1e9F);
    in->ok = in->ok && n >= 0.0F;
    return in->ok ? (notify_slot){z, n} : (notify_slot){0};
}

static void read_dense(byte_reader *in, huis_notify_weights *weights)
{
    const uint32_t n = get_u32(in);
    in->ok =
        in->ok && n > 0 && n <= NOTIFY_MAX_DIMENSIONS && in->left.len == n * sizeof(notify_slot);
    weights->dense = in->ok ? memory_alloc(n, sizeof(*weights->dense)) : NULL;
    in->ok = weights->dense != NULL;
    for (uint32_t i = 0; i < n && in->ok; i++) {
        weights->dense[i] = get_slot(in);
        weights->n_dense = i + 1;
    }
}

static bool read_all(byte_reader *in, huis_notify_weights *weights)
{
    const uint32_t version = get_u32(in);
    const uint32_t n_slots = get_u32(in);
    const uint32_t n_rules = get_u32(in);
    weights->threshold = get_float(in, 0.3F);
    in->ok = in->ok && (version == VERSION || version == VERSION_DENSE) &&
             n_slots <= NOTIFY_SLOTS && n_rules <= NOTIFY_MAX_RULES;
    for (uint32_t i = 0; i < n_slots && in->ok; i++) {
        const uint32_t at = get_u32(in);
        const notify_slot slot = get_slot(in);
        in->ok = in->ok && at < NOTIFY_SLOTS;
        if (in->ok) {
            weights->slots[at] = slot;
        }
    }
    for (uint32_t i = 0; i < n_rules && in->ok; i++) {
        read_rule(in, &weights->rules[i]);
        weights->n_rules = i + 1;
    }
    if (version == VERSION_DENSE && in->ok) {
        read_dense(in, weights);
    }
    return in->ok && in->left.len == 0;
}

int huis_notify_weights_read(const void *bytes, size_t n_bytes, huis_notify_weights **out_weights,
                             huis_error *err)
{
    const span all = span_from(bytes, n_bytes);
    const size_t body = n_bytes >= sizeof(MAGIC) + 8 ? n_bytes - 8 : 0;
    byte_reader tail = {.left = span_slice(all, body, n_bytes), .ok = body > 0};
    const bool whole = body > 0 && memcmp(bytes, MAGIC, sizeof(MAGIC)) == 0 &&
                       get_u64(&tail) == notify_hash(NOTIFY_HASH_SEED, span_slice(all, 0, body));
    huis_notify_weights *weights = NULL;
    RETURN_IF_ERROR(huis_notify_weights_new(&weights, err));
    byte_reader in = {.left = span_slice(all, sizeof(MAGIC), body), .ok = whole};
    if (!whole || !read_all(&in, weights)) {
        (void)huis_notify_weights_free(weights);
        return error_set(err, HUIS_E_BAD_FILE,
                         "learnt weights: damaged or of another version; reset them to start anew");
    }
    *out_weights = weights;
    return HUIS_OK;
}
