/*
 * catalogue.c - see catalogue.h.
 */
#include "store/catalogue.h"

#include <string.h>

#include <jansson.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/checked.h"
#include "base/error.h"
#include "base/memory.h"

enum {
    CATALOGUE_MAX_BYTES = 4 * 1024 * 1024,
    CATALOGUE_MAX_MODELS = 1024,
    CATALOGUE_MAX_SOURCES = 16,
    CATALOGUE_MAX_FILES = 1024
};

struct catalogue {
    arena memory;
    catalogue_model models[CATALOGUE_MAX_MODELS];
    size_t n_models;
    const char *default_name;
};

/* What is being read, for messages. */
typedef struct reading {
    catalogue *c;
    const char *origin;
    const char *model;
    huis_error *err;
} reading;

static int refuse(const reading *r, const char *rule)
{
    return error_set(r->err, HUIS_E_BAD_FILE, "%s: model %s: %s", r->origin, r->model, rule);
}

static bool has_only(const char *s, const char *allowed)
{
    return s[0] != '\0' && s[strspn(s, allowed)] == '\0';
}

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define DIGIT "0123456789"

static bool is_name(const char *s)
{
    return has_only(s, LOWER DIGIT "._-") && s[0] != '.' && s[0] != '-' && strlen(s) <= 128;
}

static bool is_sha256(const char *s)
{
    return strlen(s) == 64 && has_only(s, DIGIT "abcdef");
}

/* NAME==VERSION, safe as one word of a command line. */
static bool is_package(const char *s)
{
    const char *const equals = strstr(s, "==");
    return equals != NULL && equals > s && s[0] != '-' &&
           has_only(s, LOWER "ABCDEFGHIJKLMNOPQRSTUVWXYZ" DIGIT "._-=!+") && strlen(s) <= 256;
}

/* A copy of a string field; NULL when it is missing, not a string, or there is no memory. */
static const char *copy_field(reading *r, const json_t *object, const char *key)
{
    const json_t *const value = json_object_get(object, key);
    if (!json_is_string(value)) {
        return NULL;
    }
    return arena_copy(&r->c->memory,
                      span_from(json_string_value(value), json_string_length(value)));
}

static const char *copy_or_empty(reading *r, const json_t *object, const char *key)
{
    const char *const value = copy_field(r, object, key);
    return value != NULL ? value : "";
}

static uint64_t size_field(const json_t *object, const char *key)
{
    const json_int_t value = json_integer_value(json_object_get(object, key));
    return value > 0 ? (uint64_t)value : 0;
}

static int read_file(reading *r, const json_t *object, catalogue_source_kind kind,
                     catalogue_file *out)
{
    const catalogue_file file = {
        .package = copy_field(r, object, "package"),
        .url = copy_field(r, object, "url"),
        .member = copy_or_empty(r, object, "member"),
        .bytes = size_field(object, "bytes"),
        .sha256 = copy_or_empty(r, object, "sha256"),
    };
    if (file.bytes == 0 || !is_sha256(file.sha256)) {
        return refuse(r, "a file needs \"bytes\" and a \"sha256\" of 64 hexadecimal digits");
    }
    if (kind == CATALOGUE_PYPI &&
        (file.package == NULL || !is_package(file.package) || file.member[0] == '\0')) {
        return refuse(r, "a PyPI file needs \"package\": \"NAME==VERSION\" and \"member\"");
    }
    if (kind == CATALOGUE_URL &&
        (file.url == NULL || (strncmp(file.url, "https://", 8) != 0 &&
                              strncmp(file.url, "http://127.0.0.1", 16) != 0))) {
        return refuse(r, "a file needs a \"url\" that starts with https://");
    }
    *out = file;
    return HUIS_OK;
}

/* "PyPI, a==1 to b==1" or "Hugging Face, REPOSITORY" or the URL itself. */
static const char *describe_place(reading *r, const json_t *object, const catalogue_source *s)
{
    buffer text;
    buffer_init(&text, 2048);
    const char *const repository = json_string_value(json_object_get(object, "repository"));
    if (s->kind == CATALOGUE_PYPI && s->n_files > 1) {
        (void)buffer_printf(&text, "PyPI, %s to %s", s->files[0].package,
                            s->files[s->n_files - 1].package);
    } else if (s->kind == CATALOGUE_PYPI) {
        (void)buffer_printf(&text, "PyPI, %s", s->files[0].package);
    } else if (repository != NULL) {
        (void)buffer_printf(&text, "Hugging Face, %s", repository);
    } else {
        (void)buffer_append_string(&text, s->files[0].url);
    }
    const char *const place = arena_copy(&r->c->memory, buffer_span(&text));
    buffer_deinit(&text);
    return place;
}

static int read_source(reading *r, const json_t *object, uint64_t model_bytes,
                       catalogue_source *out)
{
    const char *const kind = json_string_value(json_object_get(object, "kind"));
    const json_t *const files = json_object_get(object, "files");
    const size_t n = json_array_size(files);
    if (kind == NULL || n == 0 || n > CATALOGUE_MAX_FILES) {
        return refuse(r, "a source needs a \"kind\" and 1 to 1024 \"files\"");
    }
    catalogue_source source = {.n_files = n};
    if (strcmp(kind, "pypi") == 0) {
        source.kind = CATALOGUE_PYPI;
    } else if (strcmp(kind, "url") == 0 || strcmp(kind, "huggingface") == 0) {
        source.kind = CATALOGUE_URL;
    } else {
        return refuse(r, "the kind of a source is \"pypi\", \"huggingface\" or \"url\"");
    }
    catalogue_file *const list = arena_alloc(&r->c->memory, n, sizeof(*list));
    if (list == NULL) {
        return error_no_memory(r->err, r->origin);
    }
    uint64_t total = 0;
    for (size_t i = 0; i < n; i++) {
        RETURN_IF_ERROR(read_file(r, json_array_get(files, i), source.kind, &list[i]));
        if (!checked_add_u64(total, list[i].bytes, &total)) {
            return refuse(r, "the sizes of the files overflow");
        }
    }
    if (total != model_bytes) {
        return refuse(r, "the sizes of a source's files do not add up to the model's \"bytes\"");
    }
    source.files = list;
    source.place = describe_place(r, object, &source);
    *out = source;
    return source.place != NULL ? HUIS_OK : error_no_memory(r->err, r->origin);
}

static int read_sources(reading *r, const json_t *object, catalogue_model *model)
{
    const json_t *const sources = json_object_get(object, "sources");
    const size_t n = json_array_size(sources);
    if (n == 0 || n > CATALOGUE_MAX_SOURCES) {
        return refuse(r, "a model needs 1 to 16 \"sources\"");
    }
    catalogue_source *const list = arena_alloc(&r->c->memory, n, sizeof(*list));
    if (list == NULL) {
        return error_no_memory(r->err, r->origin);
    }
    for (size_t i = 0; i < n; i++) {
        RETURN_IF_ERROR(read_source(r, json_array_get(sources, i), model->bytes, &list[i]));
    }
    model->sources = list;
    model->n_sources = n;
    return HUIS_OK;
}

static int read_model(reading *r, const json_t *object)
{
    const char *const name = copy_or_empty(r, object, "name");
    r->model = name;
    if (!is_name(name)) {
        return refuse(r, "a name has 1 to 128 of a-z, 0-9, '.', '_' and '-'");
    }
    if (catalogue_find(r->c, name) != NULL) {
        return HUIS_OK;
    }
    if (r->c->n_models == CATALOGUE_MAX_MODELS) {
        return refuse(r, "a catalogue holds at most 1024 models");
    }
    const json_t *const description = json_object_get(object, "description");
    catalogue_model model = {
        .name = name,
        .role = copy_or_empty(r, object, "role"),
        .description_en = copy_or_empty(r, description, "en"),
        .description_fr = copy_or_empty(r, description, "fr"),
        .licence = copy_or_empty(r, object, "licence"),
        .family = copy_or_empty(r, object, "family"),
        .quantisation = copy_or_empty(r, object, "quantisation"),
        .extension = copy_or_empty(r, object, "extension"),
        .context_length = (uint32_t)size_field(object, "context_length"),
        .bytes = size_field(object, "bytes"),
        .sha256 = copy_or_empty(r, object, "sha256"),
    };
    if (model.bytes == 0 || !is_sha256(model.sha256)) {
        return refuse(r, "needs \"bytes\" and a \"sha256\" of 64 hexadecimal digits");
    }
    if (!has_only(model.extension, LOWER DIGIT) || strlen(model.extension) > 16) {
        return refuse(r, "needs an \"extension\" of small letters, such as \"gguf\"");
    }
    RETURN_IF_ERROR(read_sources(r, object, &model));
    r->c->models[r->c->n_models++] = model;
    return HUIS_OK;
}

int catalogue_new(catalogue **out_catalogue, huis_error *err)
{
    catalogue *const c = memory_alloc(1, sizeof(*c));
    if (c == NULL) {
        return error_no_memory(err, "the catalogue");
    }
    arena_init(&c->memory, 4 * (size_t)CATALOGUE_MAX_BYTES);
    c->default_name = "";
    *out_catalogue = c;
    return HUIS_OK;
}

catalogue *catalogue_free(catalogue *c)
{
    if (c != NULL) {
        arena_deinit(&c->memory);
        memory_free(c);
    }
    return NULL;
}

static int read_catalogue(reading *r, const json_t *root)
{
    const json_t *const models = json_object_get(root, "models");
    if (!json_is_array(models)) {
        return error_set(r->err, HUIS_E_BAD_FILE, "%s: needs a list \"models\"", r->origin);
    }
    if (r->c->default_name[0] == '\0') {
        r->c->default_name = copy_or_empty(r, root, "default");
    }
    for (size_t i = 0; i < json_array_size(models); i++) {
        RETURN_IF_ERROR(read_model(r, json_array_get(models, i)));
    }
    return HUIS_OK;
}

int catalogue_add(catalogue *c, span json, const char *origin, huis_error *err)
{
    if (json.len > CATALOGUE_MAX_BYTES) {
        return error_set(err, HUIS_E_BAD_FILE, "%s: larger than 4 MiB", origin);
    }
    json_error_t fault;
    json_t *const root = json_loadb(json.ptr, json.len, JSON_REJECT_DUPLICATES, &fault);
    if (root == NULL) {
        return error_set_at(err, HUIS_E_BAD_FILE, (uint64_t)fault.position, "%s: line %d: %s",
                            origin, fault.line, fault.text);
    }
    reading r = {.c = c, .origin = origin, .model = "?", .err = err};
    const int status = read_catalogue(&r, root);
    json_decref(root);
    return status;
}

size_t catalogue_n_models(const catalogue *c)
{
    return c->n_models;
}

const catalogue_model *catalogue_model_at(const catalogue *c, size_t i)
{
    return &c->models[i];
}

const catalogue_model *catalogue_find(const catalogue *c, const char *name)
{
    for (size_t i = 0; i < c->n_models; i++) {
        if (strcmp(c->models[i].name, name) == 0) {
            return &c->models[i];
        }
    }
    return NULL;
}

const char *catalogue_default(const catalogue *c)
{
    return c->default_name;
}
