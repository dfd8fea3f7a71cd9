/*
 * notify_hostile.c - phishing, fraud, taken-over contacts, instructions to an assistant.
 *
 * Who sends comes before what is said: the same words weigh less from an app that speaks for itself,
 * nothing from a verified sender, more from a stranger on an open channel (chat, mail, SMS). A
 * message is hostile when it wants something of value (a code, credentials, money, a click on a host
 * that is not what it says) by the means of fraud (threat, prize, hurry, secrecy, a new number).
 * Instructions are hostile when they are said to an assistant, not told of: what stands between
 * quotation marks does not count, and one family of six alone is not enough.
 */
#include "base/memory.h"
#include "base/utf8.h"
#include "feature/notify/notify_hosts.h"
#include "feature/notify/notify_view.h"

enum { MAX_RAW_BYTES = 16384, MAX_BLOB_BYTES = 1024, MIN_BLOB_BYTES = 24, ARENA_BYTES = 1 << 20 };

static const float HOSTILE_AT = 4.0F; /* a stranger on an open channel */
static const float CONTACT_AT = 4.5F; /* somebody known */
static const float INJECTION_AT = 3.0F;

static float capped(uint8_t hits, float each, float most)
{
    const float sum = each * (float)hits;
    return sum < most ? sum : most;
}

static bool is_open_channel(const notify_view *v)
{
    switch (v->app_kind) {
    case NOTIFY_APP_OTHER:
    case NOTIFY_APP_CHAT:
    case NOTIFY_APP_MAIL:
    case NOTIFY_APP_WORK:
    case NOTIFY_APP_SOCIAL:
    case NOTIFY_APP_PHONE:
    case NOTIFY_APP_SHOP:
    case NOTIFY_APP_CALENDAR:
        return true;
    case NOTIFY_APP_CODE:
    case NOTIFY_APP_ALERT:
    case NOTIFY_APP_SYSTEM:
    case NOTIFY_APP_HOME:
    case NOTIFY_APP_BANK:
    case NOTIFY_APP_HEALTH:
    case NOTIFY_APP_SCHOOL:
    case NOTIFY_APP_TRAVEL:
    case NOTIFY_APP_DELIVERY:
    case NOTIFY_APP_GAME:
    case NOTIFY_APP_NEWS:
    case NOTIFY_APP_MEDIA:
    case NOTIFY_APP_OFFICIAL:
    case NOTIFY_APP_SAFETY:
    case NOTIFY_APP_KINDS:
        return false;
    }
    return true;
}

static float host_weight(const notify_hosts *hosts)
{
    float weight = hosts->look_alike ? 3.0F : 0.0F;
    weight += hosts->shortened ? 2.0F : 0.0F;
    weight += hosts->mail_odd && !hosts->mail_mismatch ? 1.2F : 0.0F;
    weight += hosts->odd ? 1.5F : 0.0F;
    weight += hosts->lure && !hosts->look_alike ? 1.5F : 0.0F;
    weight += hosts->mismatch && !hosts->look_alike ? 2.0F : 0.0F;
    weight += hosts->mail_mismatch ? 2.5F : 0.0F;
    const bool clean = hosts->n_hosts > 0 && hosts->n_genuine == hosts->n_hosts;
    return clean ? -2.0F : weight;
}

static bool asks_to_pay(const notify_hits *h)
{
    return h->bare[SIGNAL_ASK] > 0 || h->bare[SIGNAL_FRAUD_PAY] > 0 || h->bare[SIGNAL_CLICK] > 0 ||
           h->bare[SIGNAL_ASK_CREDENTIALS] > 0;
}

/* Phishing and fraud by a stranger, or in the name of a service. */
static float stranger_weight(const notify_hits *h, const notify_hosts *hosts, const notify_view *v,
                             bool *out_wants)
{
    const float links = host_weight(hosts);
    const float credentials = capped(h->bare[SIGNAL_ASK_CREDENTIALS], 1.5F, 2.5F);
    const float pay = capped(h->bare[SIGNAL_FRAUD_PAY], 1.2F, 2.5F);
    const float code = h->bare[SIGNAL_ASK_CODE] > 0 ? 3.5F : 0.0F;
    const float prize = capped(h->bare[SIGNAL_PRIZE], 1.5F, 4.5F);
    const bool number = h->bare[SIGNAL_NEW_NUMBER] > 0;
    const float kin = h->bare[SIGNAL_KIN] > 0 && number ? 3.5F : number ? 1.5F : 0.0F;
    float sum = links + credentials + pay + code + prize + kin;
    sum += capped(h->bare[SIGNAL_THREAT], 0.8F, 1.6F);
    sum += capped(h->bare[SIGNAL_BAIT_MONEY], 0.5F, 1.0F);
    sum += h->bare[SIGNAL_CLICK] > 0 && hosts->n_hosts > 0 ? 0.5F : 0.0F;
    sum += h->bare[SIGNAL_LURE_LINK] > 0 && hosts->n_hosts > 0 ? 1.5F : 0.0F;
    sum += hosts->mail_mismatch && h->bare[SIGNAL_LOGIN_LURE] > 0 ? 1.5F : 0.0F;
    /* A stranger's link by chat or SMS, to a host of no known service, with talk of money or parcels. */
    const bool links_out = v->app_kind == NOTIFY_APP_CHAT && hosts->n_hosts > hosts->n_genuine;
    sum += links_out && h->bare[SIGNAL_BAIT_MONEY] > 0 ? 1.0F : 0.0F;
    const bool alert = h->bare[SIGNAL_TAKEOVER_ALERT] > 0 || h->bare[SIGNAL_LOGIN_LURE] > 0;
    const bool strange = hosts->odd || hosts->lure || hosts->look_alike || hosts->shortened;
    sum += alert && strange ? 1.5F : 0.0F;
    const bool bait = h->bare[SIGNAL_BAIT_MONEY] > 0;
    const bool call = h->bare[SIGNAL_CALL_NUMBER] > 0 && bait && v->amount;
    sum += call ? 3.0F : 0.0F;
    const float extortion = capped(h->bare[SIGNAL_EXTORTION], 2.0F, 4.0F);
    sum += extortion;
    sum += h->bare[SIGNAL_SECRECY] > 0 ? 0.7F : 0.0F;
    sum += h->bare[SIGNAL_HELP] > 0 && pay > 0.0F ? 0.8F : 0.0F;
    sum += h->bare[SIGNAL_GIFT_CARD] > 0 ? 1.0F : 0.0F;
    sum += h->bare[SIGNAL_GIFT_CARD] > 0 && h->bare[SIGNAL_SECRECY] > 0 ? 2.0F : 0.0F;
    const float payee = h->bare[SIGNAL_PAYEE_CHANGE] > 0 ? 2.5F : 0.0F;
    sum += payee + (payee > 0.0F && asks_to_pay(h) ? 2.0F : 0.0F);
    const bool bank_asks = h->bare[SIGNAL_PAYMENT_CHECK] > 0 && pay == 0.0F;
    sum += links > 0.0F && v->amount && !bank_asks && asks_to_pay(h) ? 1.5F : 0.0F;
    sum += number && pay > 0.0F ? 1.0F : 0.0F;
    sum += v->n_mixed > 0 ? 2.0F : 0.0F;
    sum += v->bad_address ? 2.0F : 0.0F;
    *out_wants = payee > 0.0F || call || extortion >= 4.0F || links > 0.0F || credentials > 0.0F ||
                 pay > 0.0F || code > 0.0F || prize > 0.0F || (number && h->bare[SIGNAL_KIN] > 0);
    return sum;
}

/* A contact who acts unlike the person: codes, gift cards, hurry and secrecy, links out of nowhere. */
static float contact_weight(const notify_hits *h, const notify_hosts *hosts, const notify_view *v)
{
    const float links = host_weight(hosts);
    float sum = h->bare[SIGNAL_ASK_CODE] > 0 ? 5.0F : 0.0F;
    sum += capped(h->bare[SIGNAL_FRAUD_PAY], 1.5F, 3.5F);
    sum += h->bare[SIGNAL_GIFT_CARD] > 0 ? 2.0F : 0.0F;
    sum += h->bare[SIGNAL_PAYEE_CHANGE] > 0 ? 1.5F : 0.0F;
    sum += h->bare[SIGNAL_SECRECY] > 0 ? 1.5F : 0.0F;
    sum += h->bare[SIGNAL_NEW_NUMBER] > 0 ? 1.5F : 0.0F;
    sum += h->bare[SIGNAL_FRAUD_PAY] > 0 && h->bare[SIGNAL_HELP] > 0 ? 0.7F : 0.0F;
    sum += capped(h->bare[SIGNAL_PRIZE], 1.5F, 3.0F);
    sum += links > 0.0F ? links : 0.0F;
    sum += hosts->n_hosts > 0 && h->bare[SIGNAL_LURE_LINK] > 0 ? 3.0F : 0.0F;
    sum += capped(h->bare[SIGNAL_ASK_CREDENTIALS], 1.0F, 2.0F);
    sum += v->n_mixed > 0 ? 1.5F : 0.0F;
    return sum;
}

/* ---- instructions to an assistant ---- */

static bool holds(span text, const char *needle)
{
    return text.len > 0 && memmem(text.ptr, text.len, needle, strlen(needle)) != NULL;
}

/* Marks of a chat template or of a system turn, as they are written. */
static bool has_fake_tags(span raw)
{
    static const char *const TAGS[] = {"<|im_",          "<|system",        "<|assistant",
                                       "<|user",         "<|end",           "[INST]",
                                       "[/INST]",        "<<SYS>>",         "<system",
                                       "</system",       "[SYSTEM",         "[system",
                                       "[/SYSTEM",       "<assistant",      "</assistant",
                                       "{{system",       "### Instruction", "###Instruction",
                                       "### System",     "###System",       "<instruction",
                                       "</instruction",  "</notification",  "<tool_call",
                                       "</context",      "</data>",         "[ADMIN",
                                       "&lt;system",     "&lt;|im_",        "&lt;/notif",
                                       "<start_of_turn", "BEGIN SYSTEM",    "END OF NOTIF",
                                       "SYSTEM PROMPT",  "SYSTEM OVERRIDE", "<!-- ",
                                       "<s>[",           "SYSTEM:",         "Assistant:",
                                       "ASSISTANT:",     "\nHuman:",        "\"role\":",
                                       "&lt;/system",    "&lt;instruction", "&lt;tool",
                                       "&lt;assistant",  "System:",         "Syst\xC3\xA8me :",
                                       "SYST\xC3\x88ME"};
    for (size_t i = 0; i < sizeof(TAGS) / sizeof(TAGS[0]); i++) {
        if (holds(raw, TAGS[i])) {
            return true;
        }
    }
    return false;
}

static int base64_value(char c)
{
    if (c >= 'A' && c <= 'Z') {
        return c - 'A';
    }
    if (c >= 'a' && c <= 'z') {
        return c - 'a' + 26;
    }
    if (c >= '0' && c <= '9') {
        return c - '0' + 52;
    }
    return c == '+' || c == '-' ? 62 : c == '/' || c == '_' ? 63 : -1;
}

/* Bytes of a run of base64; 0 when they are no text. */
static size_t decode_base64(span run, char out[MAX_BLOB_BYTES])
{
    uint32_t bits = 0;
    int n_bits = 0;
    size_t n = 0;
    for (size_t i = 0; i < run.len && n < MAX_BLOB_BYTES; i++) {
        bits = (bits << 6) | (uint32_t)base64_value(run.ptr[i]);
        n_bits += 6;
        if (n_bits >= 8) {
            n_bits -= 8;
            out[n++] = (char)((bits >> n_bits) & 0xFFu);
        }
    }
    size_t text = 0;
    for (size_t i = 0; i < n; i++) {
        const unsigned char c = (unsigned char)out[i];
        text += (c >= 0x20 && c < 0x7F) || c == '\n' || c >= 0xC3;
    }
    return n >= 12 && text * 10 >= n * 9 ? n : 0;
}

static float injection_weight(const uint8_t *hits);

/* How much of an instruction a text would be if somebody decoded it. */
static float decoded_weight(span text)
{
    arena memory;
    arena_init(&memory, ARENA_BYTES);
    notify_words *const words = memory_alloc(1, sizeof(*words));
    float weight = 0.0F;
    if (words != NULL) {
        notify_hits hits;
        notify_words_add(words, text, NOTIFY_BODY, &memory);
        notify_signals_find(words, 0, words->count, false, &hits);
        weight = words->out_of_memory ? 0.0F : injection_weight(hits.all);
    }
    (void)memory_free(words);
    arena_deinit(&memory);
    return weight;
}

static float encoded_weight(span raw)
{
    float most = 0.0F;
    for (size_t at = 0; at < raw.len;) {
        size_t end = at;
        while (end < raw.len && base64_value(raw.ptr[end]) >= 0) {
            end++;
        }
        char text[MAX_BLOB_BYTES];
        const span run = span_slice(raw, at, end);
        const size_t n = run.len >= MIN_BLOB_BYTES ? decode_base64(run, text) : 0;
        const float weight = n > 0 ? decoded_weight(span_from(text, n)) : 0.0F;
        most = weight > most ? weight : most;
        at = end + (end == at);
    }
    return most;
}

static float rot13_weight(span raw)
{
    char text[MAX_BLOB_BYTES];
    const size_t n = raw.len < MAX_BLOB_BYTES ? raw.len : MAX_BLOB_BYTES;
    for (size_t i = 0; i < n; i++) {
        const char c = raw.ptr[i];
        const char base = (char)(c >= 'a' && c <= 'z' ? 'a' : c >= 'A' && c <= 'Z' ? 'A' : 0);
        text[i] = base != 0 ? (char)(base + (c - base + 13) % 26) : c;
    }
    return decoded_weight(span_from(text, n));
}

/* Letters that are spelt with tags (U+E0000..) or between zero-width marks. */
static uint32_t count_tags(span raw)
{
    uint32_t n = 0;
    for (size_t at = 0; at < raw.len;) {
        uint32_t code = 0;
        at += utf8_next(raw, at, &code);
        n += code >= 0xE0020 && code <= 0xE007F;
    }
    return n;
}

static float injection_weight(const uint8_t *hits)
{
    float sum = 0.0F;
    sum += hits[SIGNAL_INJ_ORDER] > 0 ? 1.5F : 0.0F;
    sum += hits[SIGNAL_INJ_ORDER] > 1 ? 0.8F : 0.0F;
    sum += hits[SIGNAL_INJ_ROLE] > 0 ? 1.5F : 0.0F;
    sum += hits[SIGNAL_INJ_TAGS] > 0 ? 1.8F : 0.0F;
    sum += hits[SIGNAL_INJ_AI] > 0 ? 1.5F : 0.0F;
    sum += hits[SIGNAL_INJ_ENCODED] > 0 ? 1.2F : 0.0F;
    sum += hits[SIGNAL_INJ_LEAK] > 0 ? 1.5F : 0.0F;
    sum += hits[SIGNAL_INJ_RANK] > 0 ? 1.5F : 0.0F;
    sum += hits[SIGNAL_INJ_RANK] > 1 ? 0.8F : 0.0F;
    return sum;
}

/* The fields that huis itself writes, or those of a call of a tool. */
static bool forges_fields(span raw)
{
    static const char *const FIELDS[] = {"\"interrupt\"",  "\\\"interrupt",     "\"class\":",
                                         "\\\"class\\\":", "\"rank\":",         "\"tool_calls\"",
                                         "\"hostile\"",    "class: critical",   "class=critical",
                                         "rank=1",         "interrupt=true",    "rank: 1,",
                                         "\"held_back\"",  "&quot;class&quot;", "&quot;rank&quot;"};
    for (size_t i = 0; i < sizeof(FIELDS) / sizeof(FIELDS[0]); i++) {
        if (holds(raw, FIELDS[i])) {
            return true;
        }
    }
    return false;
}

/* "Assistant : ..." or "AI: ...": somebody speaks to the reader's reader. */
static bool addresses_assistant(const notify_reading *r)
{
    static const char *const NAMES[] = {
        "assistant", "assistants", "ai",    "ia",       "llm",        "chatgpt",   "gemini",
        "copilot",   "claude",     "siri",  "alexa",    "huis",       "system",    "systeme",
        "model",     "modele",     "agent", "reviewer", "summarizer", "summariser"};
    for (size_t i = 0; i < r->words.count; i++) {
        const notify_word *const w = &r->words.items[i];
        const span text = w->field == NOTIFY_BODY ? r->body.text : r->title.text;
        bool named = false;
        for (size_t k = 0; k < sizeof(NAMES) / sizeof(NAMES[0]) && !named; k++) {
            named = notify_words_match(&r->words, i, NAMES[k]) > 0;
        }
        const size_t end = (size_t)w->start + w->form.len;
        const bool colon =
            w->field != NOTIFY_SENDER && end + 3 < text.len &&
            (text.ptr[end] == ':' || (text.ptr[end] == ' ' && text.ptr[end + 1] == ':') ||
             memcmp(text.ptr + end, "\xC2\xA0:", 3) == 0);
        if (named && (colon || w->at)) {
            return true;
        }
    }
    return false;
}

static float injection_of(const notify_reading *r, const notify_view *v)
{
    const notify_hits *const h = &r->hits;
    const span raw_title = span_slice(span_from_string(r->record->title), 0, MAX_RAW_BYTES);
    const span raw_body = span_slice(span_from_string(r->record->body), 0, MAX_RAW_BYTES);
    /* A stranger's quotation marks are no excuse, unless he speaks of such things. */
    const bool quotes = v->contact != NULL || h->all[SIGNAL_META_TALK] > 0;
    float sum = injection_weight(quotes ? h->bare : h->all);
    const bool comment = holds(raw_body, "<!--") || holds(raw_body, "display:none") ||
                         holds(raw_body, "font-size:0") || holds(raw_body, "<span hidden");
    const float hidden = comment ? decoded_weight(raw_body) : 0.0F;
    sum = hidden > sum ? hidden + 1.5F : sum;
    const bool tags = has_fake_tags(raw_title) || has_fake_tags(raw_body);
    sum += tags && (sum > 0.0F || holds(raw_body, "<|") || holds(raw_title, "<|")) ? 2.0F : 0.0F;
    sum += encoded_weight(raw_body) >= 1.5F ? 4.0F : 0.0F;
    sum += h->bare[SIGNAL_INJ_ENCODED] > 0 && rot13_weight(raw_body) >= 1.5F ? 3.0F : 0.0F;
    sum += forges_fields(raw_title) || forges_fields(raw_body) ? 3.0F : 0.0F;
    sum += (quotes ? h->bare : h->all)[SIGNAL_FAKE_FIELD] > 0 ? 1.0F : 0.0F;
    sum += addresses_assistant(r) ? 1.5F : 0.0F;
    const uint32_t n_tags = count_tags(raw_title) + count_tags(raw_body);
    /* Three flags of regions are spelt with at most six tags each. */
    sum += n_tags > 20 ? 4.0F : 0.0F;
    sum += v->n_hidden >= 4 && sum > 0.0F ? 1.0F : 0.0F;
    sum += v->n_mixed > 0 && sum > 0.0F ? 1.0F : 0.0F;
    /* Somebody who speaks of injections, at work or known, is not injecting. */
    const bool known = v->contact != NULL || v->app_kind == NOTIFY_APP_CODE ||
                       v->app_kind == NOTIFY_APP_WORK || v->app_kind == NOTIFY_APP_NEWS;
    const bool tells = h->all[SIGNAL_META_TALK] > 0 && n_tags <= 20;
    sum -= known && tells ? 1.6F : 0.0F;
    sum -= !known && h->all[SIGNAL_META_TALK] > 1 && h->bare[SIGNAL_INJ_RANK] == 0 ? 0.8F : 0.0F;
    return sum;
}

/* ---- the verdict ---- */

void notify_hostile_look(const notify_reading *reading, arena *memory, notify_view *view)
{
    (void)memory;
    const huis_notification *const record = reading->record;
    const notify_hits *const h = &reading->hits;
    notify_hosts hosts;
    notify_hosts_find(&reading->title, &reading->body, record->sender, &reading->words, &hosts);
    view->has_link = view->has_link || hosts.n_hosts > 0;
    view->hostile = NOTIFY_HOSTILE_NONE;
    const float injection = injection_of(reading, view);
    bool wants = false;
    float sum = stranger_weight(h, &hosts, view, &wants);
    const bool known = view->contact != NULL;
    const float unlike = known ? contact_weight(h, &hosts, view) : 0.0F;
    sum -= record->trust == HUIS_TRUST_VERIFIED ? 4.0F : 0.0F;
    sum += record->trust == HUIS_TRUST_UNKNOWN && wants ? 0.5F : 0.0F;
    sum -= is_open_channel(view) ? 0.0F : 2.0F;
    sum -= view->learnt_code && hosts.n_hosts == 0 && h->all[SIGNAL_ASK_CODE] == 0 ? 3.0F : 0.0F;
    sum -= view->app_kind == NOTIFY_APP_SHOP && view->form == NOTIFY_FORM_PROMO ? 2.0F : 0.0F;
    sum -= h->all[SIGNAL_META_TALK] > 1 && hosts.n_hosts == 0 ? 2.0F : 0.0F;
    view->hostile_score = sum;
    if (injection >= INJECTION_AT) {
        view->hostile = NOTIFY_HOSTILE_INJECTION;
        view->hostile_score = injection;
    } else if (record->trust == HUIS_TRUST_SPOOFED) {
        view->hostile = NOTIFY_HOSTILE_SPOOFED;
        view->hostile_score = HOSTILE_AT;
    } else if (known && unlike >= CONTACT_AT) {
        view->hostile = NOTIFY_HOSTILE_TAKEOVER;
        view->hostile_score = unlike;
    } else if (!known && wants && sum >= HOSTILE_AT) {
        const bool money = h->bare[SIGNAL_FRAUD_PAY] > 0 || h->bare[SIGNAL_PRIZE] > 0 ||
                           h->bare[SIGNAL_NEW_NUMBER] > 0;
        view->hostile =
            money && hosts.n_hosts == 0 ? NOTIFY_HOSTILE_FRAUD : NOTIFY_HOSTILE_PHISHING;
    }
}
