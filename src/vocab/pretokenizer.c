/*
 * pretokenizer.c - see pretokenizer.h.
 *
 * The expressions are those that the tokenizers were published with (tokenizer.json of each model
 * family), run by PCRE2. White space is spelled out as the property White_Space, since PCRE2's own
 * \s holds U+180E too. Matches are limited: a file cannot choose the expressions, but a text of
 * millions of letters must end in an error rather than in minutes.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "vocab/pretokenizer.h"

#include <pcre2.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/memory.h"

#define WS                                                                                         \
    "\\t-\\r "                                                                                     \
    "\\x{85}\\x{A0}\\x{1680}\\x{2000}-\\x{200A}\\x{2028}\\x{2029}\\x{202F}\\x{205F}\\x{3000}"
#define S "[" WS "]"
#define NOT_S "[^" WS "]"
#define CONTRACTION "(?i:'s|'t|'re|'ve|'m|'ll|'d)"

/* Radford et al. 2019; "ByteLevel" of Hugging Face tokenizers. */
#define GPT2                                                                                       \
    "'(?:[stmd]|re|ve|ll)| ?\\p{L}+| ?\\p{N}+| ?[^" WS "\\p{L}\\p{N}]+|" S "+(?!" NOT_S ")|" S "+"

/* The tail that cl100k and its descendants share: symbols with the newlines after them, then white
 * space. */
#define NEWLINES_AND_SPACE S "*[\\r\\n]+|" S "+(?!" NOT_S ")|" S "+"
#define CL100K_TAIL " ?[^" WS "\\p{L}\\p{N}]+[\\r\\n]*|" NEWLINES_AND_SPACE

#define LLAMA3 CONTRACTION "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}|" CL100K_TAIL
#define QWEN2 CONTRACTION "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}|" CL100K_TAIL
#define QWEN35                                                                                     \
    CONTRACTION "|[^\\r\\n\\p{L}\\p{N}]?[\\p{L}\\p{M}]+|\\p{N}| ?[^" WS                            \
                "\\p{L}\\p{M}\\p{N}]+[\\r\\n]*|" NEWLINES_AND_SPACE

/* o200k: a word ends where lower case turns into upper case. */
#define UPPER "[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]"
#define LOWER "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]"
#define CASED(tail)                                                                                \
    "[^\\r\\n\\p{L}\\p{N}]?" UPPER "*" LOWER "+" tail "|[^\\r\\n\\p{L}\\p{N}]?" UPPER "+" LOWER    \
    "*" tail
#define SYMBOLS_SLASH " ?[^" WS "\\p{L}\\p{N}]+[\\r\\n/]*|" NEWLINES_AND_SPACE
#define GPT4O CASED(CONTRACTION "?") "|\\p{N}{1,3}|" SYMBOLS_SLASH
#define TEKKEN CASED("") "|\\p{N}|" SYMBOLS_SLASH

/* DeepSeek LLM lists the cased letters of an old Unicode one by one. */
#define DEEPSEEK_LETTERS                                                                           \
    "A-Za-z\\x{B5}\\x{C0}-\\x{D6}\\x{D8}-\\x{F6}\\x{F8}-\\x{1BA}\\x{1BC}-\\x{1BF}"                 \
    "\\x{1C4}-\\x{293}\\x{295}-\\x{2AF}\\x{370}-\\x{373}\\x{376}\\x{377}\\x{37B}-\\x{37D}"         \
    "\\x{37F}\\x{386}\\x{388}-\\x{38A}\\x{38C}\\x{38E}-\\x{3A1}\\x{3A3}-\\x{3F5}"                  \
    "\\x{3F7}-\\x{481}\\x{48A}-\\x{52F}\\x{531}-\\x{556}\\x{10A0}-\\x{10C5}\\x{13A0}-\\x{13F5}"    \
    "\\x{13F8}-\\x{13FD}\\x{1C90}-\\x{1CBA}\\x{1CBD}-\\x{1CBF}\\x{1D00}-\\x{1D2B}"                 \
    "\\x{1D6B}-\\x{1D77}\\x{1D79}-\\x{1D9A}\\x{1E00}-\\x{1F15}\\x{1F18}-\\x{1F1D}"                 \
    "\\x{1F20}-\\x{1F45}\\x{1F48}-\\x{1F4D}\\x{1F50}-\\x{1F57}\\x{1F59}\\x{1F5B}\\x{1F5D}"         \
    "\\x{1F5F}-\\x{1F7D}\\x{1F80}-\\x{1FB4}\\x{1FB6}-\\x{1FBC}\\x{1FBE}\\x{1FC2}-\\x{1FC4}"        \
    "\\x{1FC6}-\\x{1FCC}\\x{1FD0}-\\x{1FD3}\\x{1FD6}-\\x{1FDB}\\x{1FE0}-\\x{1FEC}"                 \
    "\\x{1FF2}-\\x{1FF4}\\x{1FF6}-\\x{1FFC}\\x{2102}\\x{2107}\\x{210A}-\\x{2113}\\x{2115}"         \
    "\\x{2119}-\\x{211D}\\x{2124}\\x{2126}\\x{2128}\\x{212A}-\\x{212D}\\x{212F}-\\x{2134}"         \
    "\\x{2139}\\x{213C}-\\x{213F}\\x{2145}-\\x{2149}\\x{214E}\\x{2183}\\x{2184}"                   \
    "\\x{2C00}-\\x{2C7B}\\x{2C7E}-\\x{2CE4}\\x{2CEB}-\\x{2CEE}\\x{2CF2}\\x{2CF3}"                  \
    "\\x{A640}-\\x{A66D}\\x{A680}-\\x{A69B}\\x{A722}-\\x{A76F}\\x{A771}-\\x{A787}"                 \
    "\\x{A78B}-\\x{A78E}\\x{AB70}-\\x{ABBF}\\x{FB00}-\\x{FB06}\\x{FB13}-\\x{FB17}"                 \
    "\\x{FF21}-\\x{FF3A}\\x{FF41}-\\x{FF5A}\\x{10400}-\\x{1044F}\\x{104B0}-\\x{104D3}"             \
    "\\x{104D8}-\\x{104FB}\\x{10C80}-\\x{10CB2}\\x{10CC0}-\\x{10CF2}\\x{118A0}-\\x{118DF}"         \
    "\\x{1E900}-\\x{1E943}"
#define DEEPSEEK_CJK "[\\x{4E00}-\\x{9FA5}\\x{0800}-\\x{4E00}\\x{AC00}-\\x{D7FF}]+"
#define DEEPSEEK_CJK3 "[\\x{4E00}-\\x{9FA5}\\x{3040}-\\x{309F}\\x{30A0}-\\x{30FF}]+"
#define DEEPSEEK3                                                                                  \
    "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\\r\\n\\p{L}\\p{P}\\p{S}]?"           \
    "[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\\r\\n]*|" NEWLINES_AND_SPACE

typedef struct rule {
    const char *passes[PRETOKENIZER_PASSES];
} rule;

static const rule RULE_GPT2 = {{GPT2}};
static const rule RULE_DIGITS_GPT2 = {{"\\p{N}", GPT2}};
static const rule RULE_FALCON = {{"[\\p{P}$+<=>^~|`]+", GPT2, "[0-9][0-9][0-9]"}};
static const rule RULE_LLAMA3 = {{LLAMA3}};
static const rule RULE_QWEN2 = {{QWEN2}};
static const rule RULE_QWEN35 = {{QWEN35}};
static const rule RULE_GPT4O = {{GPT4O}};
static const rule RULE_TEKKEN = {{TEKKEN}};
static const rule RULE_DEEPSEEK_LLM = {
    {"[\\r\\n]", S "?[" DEEPSEEK_LETTERS "]+",
     S "?[!-/:-~\\x{FF01}-\\x{FF0F}\\x{FF1A}-\\x{FF5E}\\x{2018}-\\x{201F}\\x{3000}-\\x{3002}]+",
     S "+$", DEEPSEEK_CJK, "\\p{N}+"}};
static const rule RULE_DEEPSEEK_CODER = {
    {"[\\r\\n]", S "?\\p{L}+", S "?\\p{P}+", DEEPSEEK_CJK, "\\p{N}"}};
static const rule RULE_DEEPSEEK3 = {{"\\p{N}{1,3}", DEEPSEEK_CJK3, DEEPSEEK3}};

enum { IGNORE_MERGES = 1, ADD_BOS = 2, NFC = 4 };

typedef struct row {
    const char *name;
    const rule *rule;
    unsigned flags;
} row;

/* A name: one row. */
static const row ROWS[] = {
    {"gpt2", &RULE_GPT2, 0},
    {"gpt-2", &RULE_GPT2, 0},
    {"phi-2", &RULE_GPT2, 0},
    {"exaone4", &RULE_GPT2, 0},
    {"olmo", &RULE_GPT2, NFC},
    {"mpt", &RULE_GPT2, NFC},
    {"smollm", &RULE_DIGITS_GPT2, 0},
    {"starcoder", &RULE_DIGITS_GPT2, 0},
    {"refact", &RULE_DIGITS_GPT2, 0},
    {"command-r", &RULE_DIGITS_GPT2, NFC},
    {"codeshell", &RULE_DIGITS_GPT2, 0},
    {"exaone", &RULE_DIGITS_GPT2, 0},
    {"falcon", &RULE_FALCON, 0},
    {"llama3", &RULE_LLAMA3, IGNORE_MERGES | ADD_BOS},
    {"llama-v3", &RULE_LLAMA3, IGNORE_MERGES | ADD_BOS},
    {"llama-bpe", &RULE_LLAMA3, IGNORE_MERGES | ADD_BOS},
    {"falcon3", &RULE_LLAMA3, IGNORE_MERGES | ADD_BOS},
    {"falcon-h1", &RULE_LLAMA3, IGNORE_MERGES | ADD_BOS},
    {"lfm2", &RULE_LLAMA3, IGNORE_MERGES | ADD_BOS},
    {"glm4", &RULE_LLAMA3, IGNORE_MERGES},
    {"chatglm-bpe", &RULE_LLAMA3, 0},
    {"dbrx", &RULE_LLAMA3, 0},
    {"smaug-bpe", &RULE_LLAMA3, 0},
    {"qwen2", &RULE_QWEN2, NFC},
    {"deepseek-r1-qwen", &RULE_QWEN2, NFC},
    {"hunyuan", &RULE_QWEN2, NFC},
    {"stablelm2", &RULE_QWEN2, NFC},
    {"qwen35", &RULE_QWEN35, NFC},
    {"gpt-4o", &RULE_GPT4O, 0},
    {"llama4", &RULE_GPT4O, 0},
    {"tekken", &RULE_TEKKEN, IGNORE_MERGES | ADD_BOS},
    {"deepseek-llm", &RULE_DEEPSEEK_LLM, 0},
    {"deepseek-coder", &RULE_DEEPSEEK_CODER, 0},
    {"deepseek-v3", &RULE_DEEPSEEK3, 0},
    {"hunyuan-dense", &RULE_DEEPSEEK3, 0},
};

enum { N_ROWS = sizeof(ROWS) / sizeof(ROWS[0]) };

static void *regex_alloc(size_t bytes, void *unused)
{
    (void)unused;
    return memory_alloc(bytes, 1);
}

static void regex_free(void *block, void *unused)
{
    (void)unused;
    memory_free(block);
}

static int unsupported(span name, const char *file, huis_error *err)
{
    buffer known;
    buffer_init(&known, 4 * LIMIT_KIB);
    for (size_t i = 0; i < N_ROWS; i++) {
        buffer_printf(&known, "%s%s", i > 0 ? " " : "", ROWS[i].name);
    }
    error_set(err, HUIS_E_UNSUPPORTED, "%s: pre-tokenizer \"%.*s\" is not known (known: %s)", file,
              (int)(name.len < 40 ? name.len : 40), name.ptr, buffer_string(&known));
    buffer_deinit(&known);
    return HUIS_E_UNSUPPORTED;
}

static int compile(pretokenizer *p, const char *pattern, huis_error *err)
{
    pcre2_general_context *const general =
        pcre2_general_context_create(regex_alloc, regex_free, NULL);
    pcre2_compile_context *const context =
        general != NULL ? pcre2_compile_context_create(general) : NULL;
    int code_error = PCRE2_ERROR_NOMEMORY;
    PCRE2_SIZE offset = 0;
    pcre2_code *code = NULL;
    if (context != NULL) {
        code = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED, PCRE2_UTF | PCRE2_UCP,
                             &code_error, &offset, context);
    }
    pcre2_compile_context_free(context);
    pcre2_general_context_free(general);
    if (code == NULL) {
        return code_error == PCRE2_ERROR_NOMEMORY || code_error == PCRE2_ERROR_HEAP_FAILED
                   ? error_no_memory(err, "a pre-tokenizer rule")
                   : error_set(err, HUIS_E_INTERNAL, "pre-tokenizer rule: PCRE2 error %d at %zu",
                               code_error, (size_t)offset);
    }
    /* Where a sandbox forbids new code pages this fails, and matching is interpreted. */
    (void)pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);
    p->codes[p->n_passes++] = code;
    return HUIS_OK;
}

int pretokenizer_open(pretokenizer *out_pre, span name, const char *file, huis_error *err)
{
    *out_pre = (pretokenizer){0};
    size_t i = 0;
    while (i < N_ROWS && !span_equal(name, span_from_string(ROWS[i].name))) {
        i++;
    }
    if (i == N_ROWS) {
        return unsupported(name, file, err);
    }
    pretokenizer p = {
        .ignore_merges = (ROWS[i].flags & IGNORE_MERGES) != 0,
        .add_bos = (ROWS[i].flags & ADD_BOS) != 0,
        .normalize = (ROWS[i].flags & NFC) != 0,
    };
    for (size_t k = 0; k < PRETOKENIZER_PASSES && ROWS[i].rule->passes[k] != NULL; k++) {
        const int status = compile(&p, ROWS[i].rule->passes[k], err);
        if (status < 0) {
            pretokenizer_deinit(&p);
            return status;
        }
    }
    *out_pre = p;
    return HUIS_OK;
}

void pretokenizer_deinit(pretokenizer *p)
{
    for (unsigned i = 0; i < p->n_passes; i++) {
        pcre2_code_free(p->codes[i]);
    }
    *p = (pretokenizer){0};
}

/* What one call of pretokenizer_split carries through its passes. */
typedef struct splitter {
    const pretokenizer *pre;
    pcre2_match_context *limits;
    pcre2_match_data *match[PRETOKENIZER_PASSES];
    pretokenizer_word word;
    void *data;
    huis_error *err;
} splitter;

static int match_at(const splitter *s, unsigned pass, span text, size_t pos)
{
    const PCRE2_SPTR subject = (PCRE2_SPTR)text.ptr;
    int n = pcre2_match(s->pre->codes[pass], subject, text.len, pos, PCRE2_NO_UTF_CHECK,
                        s->match[pass], s->limits);
    if (n == PCRE2_ERROR_JIT_STACKLIMIT) {
        n = pcre2_match(s->pre->codes[pass], subject, text.len, pos,
                        PCRE2_NO_UTF_CHECK | PCRE2_NO_JIT, s->match[pass], s->limits);
    }
    return n;
}

static int match_failed(int code, huis_error *err)
{
    if (code == PCRE2_ERROR_NOMEMORY) {
        return error_no_memory(err, "the words of a text");
    }
    return error_set(err, HUIS_E_LIMIT, "text: too many steps to cut a word (PCRE2 error %d)",
                     code);
}

static int split_pass(const splitter *s, unsigned pass, span text) // NOLINT(misc-no-recursion)
{
    if (text.len == 0) {
        return HUIS_OK;
    }
    if (pass == s->pre->n_passes) {
        return s->word(s->data, text, s->err);
    }
    size_t done = 0;
    size_t pos = 0;
    while (pos < text.len) {
        const int n = match_at(s, pass, text, pos);
        if (n == PCRE2_ERROR_NOMATCH) {
            break;
        }
        if (n < 0) {
            return match_failed(n, s->err);
        }
        const PCRE2_SIZE *const at = pcre2_get_ovector_pointer(s->match[pass]);
        const size_t begin = at[0];
        const size_t end = at[1];
        if (end <= pos) {
            return error_set(s->err, HUIS_E_INTERNAL, "pre-tokenizer rule: empty match");
        }
        RETURN_IF_ERROR(split_pass(s, pass + 1, span_from(text.ptr + done, begin - done)));
        RETURN_IF_ERROR(split_pass(s, pass + 1, span_from(text.ptr + begin, end - begin)));
        done = end;
        pos = end;
    }
    return split_pass(s, pass + 1, span_from(text.ptr + done, text.len - done));
}

int pretokenizer_split(const pretokenizer *p, span text, pretokenizer_word word, void *data,
                       huis_error *err)
{
    splitter s = {.pre = p, .word = word, .data = data, .err = err};
    pcre2_general_context *const general =
        pcre2_general_context_create(regex_alloc, regex_free, NULL);
    s.limits = general != NULL ? pcre2_match_context_create(general) : NULL;
    bool ok = s.limits != NULL;
    for (unsigned i = 0; i < p->n_passes && ok; i++) {
        s.match[i] = pcre2_match_data_create(1, general);
        ok = s.match[i] != NULL;
    }
    int status = HUIS_E_NO_MEMORY;
    if (ok) {
        (void)pcre2_set_match_limit(s.limits, LIMIT_REGEX_STEPS);
        (void)pcre2_set_heap_limit(s.limits, LIMIT_REGEX_HEAP_KIB);
        status = split_pass(&s, 0, text);
    } else {
        status = error_no_memory(err, "the words of a text");
    }
    for (unsigned i = 0; i < p->n_passes; i++) {
        pcre2_match_data_free(s.match[i]);
    }
    pcre2_match_context_free(s.limits);
    pcre2_general_context_free(general);
    return status;
}
