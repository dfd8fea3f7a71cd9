/*
 * notify_hosts.c - see notify_hosts.h.
 *
 * A host passes itself off as a service when one of its parts holds the service's name, digits read
 * as the letters that they resemble, and its domain is not the service's. The table lists services
 * that are imitated most in France and in English-speaking countries, with their domains; a service
 * that is not in it is no worse than before: the words of the message still count.
 */
#include "feature/notify/notify_hosts.h"

enum { MAX_HOST_BYTES = 128 };

typedef struct service {
    const char *name;    /* as it stands in hosts, folded */
    const char *words;   /* as it stands in texts (notify_words_match) */
    const char *domains; /* its own, between spaces */
} service;

static const service SERVICES[] = {
    {"ameli", "ameli", "ameli.fr"},
    {"vitale", "carte vitale", "ameli.fr service-public.fr"},
    {"assurance-maladie", "assurance maladie", "ameli.fr service-public.fr"},
    {"impots", "impots", "impots.gouv.fr gouv.fr"},
    {"dgfip", "dgfip", "impots.gouv.fr gouv.fr"},
    {"antai", "antai", "antai.gouv.fr gouv.fr"},
    {"amende", "amende*", "amendes.gouv.fr antai.gouv.fr gouv.fr"},
    {"moncompteformation", "compte formation", "moncompteformation.gouv.fr gouv.fr"},
    {"cpf", "cpf", "moncompteformation.gouv.fr gouv.fr"},
    {"gouv", "gouvernement", "gouv.fr"},
    {"caf", "caf", "caf.fr"},
    {"crit-air", "crit air", "certificat-air.gouv.fr gouv.fr"},
    {"laposte", "la poste", "laposte.fr laposte.net"},
    {"colissimo", "colissimo", "colissimo.fr laposte.fr"},
    {"chronopost", "chronopost", "chronopost.fr"},
    {"mondialrelay", "mondial relay", "mondialrelay.fr mondialrelay.com"},
    {"relaiscolis", "relais colis", "relaiscolis.com"},
    {"dhl", "dhl", "dhl.com dhl.fr dhl.de"},
    {"ups", "ups", "ups.com"},
    {"usps", "usps", "usps.com"},
    {"fedex", "fedex", "fedex.com"},
    {"dpd", "dpd", "dpd.com dpd.fr dpd.co.uk dpdgroup.com"},
    {"evri", "evri", "evri.com"},
    {"hermes", "hermes", "hermes.com evri.com"},
    {"royalmail", "royal mail", "royalmail.com"},
    {"colis", "colis", ""},
    {"parcel", "parcel", ""},
    {"hmrc", "hmrc", "hmrc.gov.uk gov.uk"},
    {"irs", "irs", "irs.gov"},
    {"dvla", "dvla", "gov.uk"},
    {"nhs", "nhs", "nhs.uk"},
    {"paypal", "paypal", "paypal.com paypal.me"},
    {"amazon", "amazon", "amazon.com amazon.fr amazon.co.uk amazon.de amzn.to"},
    {"apple", "apple", "apple.com icloud.com"},
    {"icloud", "icloud", "icloud.com apple.com"},
    {"microsoft", "microsoft", "microsoft.com live.com office.com microsoftonline.com"},
    {"office365", "office 365", "microsoft.com office.com"},
    {"google", "google", "google.com google.fr goo.gl youtube.com"},
    {"facebook", "facebook", "facebook.com fb.com fb.me"},
    {"instagram", "instagram", "instagram.com"},
    {"whatsapp", "whatsapp", "whatsapp.com wa.me"},
    {"netflix", "netflix", "netflix.com"},
    {"spotify", "spotify", "spotify.com"},
    {"disney", "disney", "disneyplus.com disney.com"},
    {"linkedin", "linkedin", "linkedin.com"},
    {"wetransfer", "wetransfer", "wetransfer.com we.tl"},
    {"antai-gouv", "antai", "antai.gouv.fr"},
    {"rbs", "rbs", "rbs.co.uk"},
    {"nhsbsa", "nhsbsa", "nhsbsa.nhs.uk nhs.uk"},
    {"halifax", "halifax", "halifax.co.uk"},
    {"nationwide", "nationwide", "nationwide.co.uk"},
    {"tsb", "tsb", "tsb.co.uk"},
    {"aib", "aib", "aib.ie"},
    {"docusign", "docusign", "docusign.com docusign.net"},
    {"creditagricole", "credit agricole", "credit-agricole.fr ca-sicavam.fr"},
    {"credit-agricole", "credit agricole", "credit-agricole.fr"},
    {"bnp", "bnp", "bnpparibas.com bnpparibas mabanque.bnpparibas bnpparibas.net"},
    {"societegenerale", "societe generale", "societegenerale.fr sg.fr"},
    {"labanquepostale", "banque postale", "labanquepostale.fr"},
    {"banquepostale", "banque postale", "labanquepostale.fr"},
    {"caisse-epargne", "caisse d epargne", "caisse-epargne.fr"},
    {"creditmutuel", "credit mutuel", "creditmutuel.fr"},
    {"boursorama", "boursorama", "boursorama.com boursobank.com"},
    {"boursobank", "boursobank", "boursobank.com"},
    {"lcl", "lcl", "lcl.fr"},
    {"barclays", "barclays", "barclays.co.uk barclays.com"},
    {"hsbc", "hsbc", "hsbc.co.uk hsbc.com hsbc.fr"},
    {"lloyds", "lloyds", "lloydsbank.co.uk lloydsbank.com"},
    {"natwest", "natwest", "natwest.com"},
    {"santander", "santander", "santander.co.uk santander.com"},
    {"monzo", "monzo", "monzo.com"},
    {"revolut", "revolut", "revolut.com"},
    {"n26", "n26", "n26.com"},
    {"wellsfargo", "wells fargo", "wellsfargo.com"},
    {"chase", "chase bank", "chase.com"},
    {"edf", "edf", "edf.fr"},
    {"engie", "engie", "engie.fr engie.com"},
    {"enedis", "enedis", "enedis.fr"},
    {"orange", "orange", "orange.fr orange.com"},
    {"sfr", "sfr", "sfr.fr"},
    {"bouygues", "bouygues", "bouyguestelecom.fr"},
    {"sncf", "sncf", "sncf.com sncf-connect.com"},
    {"navigo", "navigo", "iledefrance-mobilites.fr"},
    {"vinted", "vinted", "vinted.fr vinted.com vinted.co.uk"},
    {"leboncoin", "leboncoin", "leboncoin.fr"},
    {"ebay", "ebay", "ebay.com ebay.fr ebay.co.uk"},
    {"doctolib", "doctolib", "doctolib.fr"},
    {"steam", "steam", "steampowered.com steamcommunity.com"},
    {"metamask", "metamask", "metamask.io"},
    {"coinbase", "coinbase", "coinbase.com"},
    {"binance", "binance", "binance.com"},
    {"ledger", "ledger", "ledger.com"},
    {"ulys", "ulys", "ulys.com vinci-autoroutes.com"},
    {"peage", "peage", "sanef.com vinci-autoroutes.com"},
    {"ezpass", "e zpass", "ezpassny.com e-zpassny.com"},
    {"booking", "booking", "booking.com"},
    {"airbnb", "airbnb", "airbnb.com airbnb.fr"},
    {"secure", "", ""},
    {"verif", "", ""},
    {"login", "", ""},
    {"remboursement", "", ""},
    {"refund", "", ""},
    {"livraison", "", ""},
    {"relais", "", ""},
    {"redeliver", "", ""},
    {"delivery", "", ""},
    {"suivi", "", ""},
    {"tracking", "", ""},
    {"paiement", "", ""},
    {"payment", "", ""},
    {"confirm", "", ""},
    {"update", "", ""},
    {"billing", "", ""},
    {"reglement", "", ""},
    {"renouv", "", ""},
    {"account", "", ""},
    {"claim", "", ""},
    {"cancel", "", ""},
    {"support", "", ""},
};

static const char SHORTENERS[] =
    " bit.ly tinyurl.com cutt.ly t.ly is.gd rb.gy ow.ly shorturl.at s.id tiny.cc rebrand.ly "
    "urlz.fr lstu.fr v.gd soo.gd bl.ink qrco.de t.co shorter.me ";
static const char CHEAP_ENDINGS[] =
    " xyz top icu click link buzz vip live shop online site space website club cyou rest fun sbs "
    "cfd tk ml ga cf gq pw su ru cn cam quest monster bond lol mom hair skin pics zip mov support "
    "help info biz app page dev cc ws ";
static bool is_listed(const char *list, span word)
{
    char pattern[MAX_HOST_BYTES + 2];
    if (word.len == 0 || word.len >= MAX_HOST_BYTES) {
        return false;
    }
    pattern[0] = ' ';
    memcpy(pattern + 1, word.ptr, word.len);
    pattern[word.len + 1] = ' ';
    return memmem(list, strlen(list), pattern, word.len + 2) != NULL;
}

static span last_label(span host)
{
    size_t at = host.len;
    while (at > 0 && host.ptr[at - 1] != '.') {
        at--;
    }
    return span_slice(host, at, host.len);
}

static bool ends_in_domain(span host, span domain)
{
    return span_ends_with(host, domain) &&
           (host.len == domain.len || host.ptr[host.len - domain.len - 1] == '.');
}

static bool is_own_domain(span host, const char *domains)
{
    while (*domains != '\0') {
        const span domain = span_from(domains, strcspn(domains, " "));
        if (ends_in_domain(host, domain)) {
            return true;
        }
        domains += domain.len + (domains[domain.len] == ' ');
    }
    return false;
}

/* The host with digits read as letters: "paypa1" is "paypal". */
static void read_as_letters(span host, char *out)
{
    for (size_t i = 0; i < host.len; i++) {
        const char c = host.ptr[i];
        out[i] = c == '0' ? 'o' : c == '1' ? 'l' : c == '3' ? 'e' : c == '5' ? 's' : c;
    }
}

/* The name stands in the host by itself: not "ups" in "groups". */
static bool holds_name(span host, const char *name)
{
    const size_t len = strlen(name);
    for (size_t at = 0; at + len <= host.len; at++) {
        if (memcmp(host.ptr + at, name, len) != 0) {
            continue;
        }
        const bool left = at == 0 || host.ptr[at - 1] == '.' || host.ptr[at - 1] == '-';
        const bool right =
            at + len == host.len || host.ptr[at + len] == '.' || host.ptr[at + len] == '-';
        if ((len >= 6) || (left && right) || (len >= 5 && (left || right))) {
            return true;
        }
    }
    return false;
}

static void judge_host(span host, const notify_words *words, notify_hosts *out)
{
    char letters[MAX_HOST_BYTES];
    read_as_letters(host, letters);
    bool genuine = false;
    bool imitates = false;
    bool lures = false;
    bool named_elsewhere = false;
    for (size_t i = 0; i < sizeof(SERVICES) / sizeof(SERVICES[0]); i++) {
        const service *const s = &SERVICES[i];
        const bool own = is_own_domain(host, s->domains);
        genuine = genuine || own;
        const bool held =
            holds_name(host, s->name) || holds_name(span_from(letters, host.len), s->name);
        const bool lure = s->domains[0] == '\0';
        imitates = imitates || (held && !own && !lure);
        lures = lures || (held && lure);
        for (size_t w = 0; s->words[0] != '\0' && s->domains[0] != '\0' && w < words->count && !own;
             w++) {
            if (notify_words_match(words, w, s->words) > 0) {
                named_elsewhere = true;
                break;
            }
        }
    }
    size_t hyphens = 0;
    size_t letters_seen = 0;
    for (size_t i = 0; i < host.len; i++) {
        hyphens += host.ptr[i] == '-';
        letters_seen += host.ptr[i] >= 'a' && host.ptr[i] <= 'z';
    }
    out->n_hosts++;
    out->n_genuine += genuine;
    out->look_alike = out->look_alike || (imitates && !genuine);
    out->lure = out->lure || (lures && !genuine);
    out->shortened = out->shortened || is_listed(SHORTENERS, host);
    out->odd = out->odd || letters_seen == 0 || hyphens >= 3 ||
               is_listed(CHEAP_ENDINGS, last_label(host)) ||
               memmem(host.ptr, host.len, "xn--", 4) != NULL;
    out->mismatch = out->mismatch || (named_elsewhere && !genuine);
}

/* The host behind the "@" of a mail address. */
static span mail_host(const char *raw_sender, char out[MAX_HOST_BYTES])
{
    const char *const at = raw_sender != NULL ? strrchr(raw_sender, '@') : NULL;
    size_t n = 0;
    for (const char *c = at != NULL ? at + 1 : ""; n + 1 < MAX_HOST_BYTES; c++) {
        const char low = (char)(*c >= 'A' && *c <= 'Z' ? *c + 32 : *c);
        if (!((low >= 'a' && low <= 'z') || (low >= '0' && low <= '9') || low == '.' ||
              low == '-')) {
            break;
        }
        out[n++] = low;
    }
    return span_from(out, n);
}

void notify_hosts_find(const notify_text *title, const notify_text *body, const char *raw_sender,
                       const notify_words *words, notify_hosts *out_hosts)
{
    *out_hosts = (notify_hosts){0};
    const notify_text *const texts[] = {title, body};
    for (size_t t = 0; t < 2; t++) {
        for (size_t i = 0; i < texts[t]->n_hosts; i++) {
            if (texts[t]->hosts[i].len < MAX_HOST_BYTES) {
                judge_host(texts[t]->hosts[i], words, out_hosts);
            }
        }
    }
    char host[MAX_HOST_BYTES];
    const span mail = mail_host(raw_sender, host);
    notify_hosts one = {0};
    if (mail.len > 3) {
        judge_host(mail, words, &one);
    }
    out_hosts->mail_mismatch = one.look_alike || (one.mismatch && one.odd);
    out_hosts->mail_odd = one.odd || one.lure;
}
