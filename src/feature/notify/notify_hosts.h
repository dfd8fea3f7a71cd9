/*
 * notify_hosts.h - the hosts that a notification links to, and for whom they pass themselves off.
 */
#ifndef HUIS_FEATURE_NOTIFY_HOSTS_H
#define HUIS_FEATURE_NOTIFY_HOSTS_H

#include "feature/notify/notify.h"
#include "feature/notify/notify_signals.h"

typedef struct notify_hosts {
    uint32_t n_hosts;
    uint32_t n_genuine; /* of a known service's own domain */
    bool look_alike;    /* holds a service's name and is not its domain */
    bool shortened;     /* bit.ly and the like */
    bool lure;          /* words of lures in the name: login, refund, colis */
    bool odd;           /* a number as the host, punycode, a cheap ending, many hyphens */
    bool mismatch;      /* a service is named in the text, the link leads elsewhere */
    bool mail_odd;      /* the mail address is at an odd host */
    bool mail_mismatch; /* a service's name over a mail address elsewhere */
} notify_hosts;

/* The hosts of the title and body, and of the mail address of the sender, as it was given; `words`
 * for the services that the text names. */
void notify_hosts_find(const notify_text *title, const notify_text *body, const char *raw_sender,
                       const notify_words *words, notify_hosts *out_hosts);

#endif
