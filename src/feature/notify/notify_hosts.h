/*
 * notify_hosts.h - the hosts that a notification links to, and for whom they pass themselves off.
 */
#ifndef HUIS_FEATURE_NOTIFY_HOSTS_H
#define HUIS_FEATURE_NOTIFY_HOSTS_H

#include "feature/notify/notify_signals.h"

typedef struct notify_hosts {
    uint32_t n_hosts;
    uint32_t n_genuine;    /* of a known service's own domain */
    bool look_alike;       /* holds a service's name and is not its domain */
    bool shortened;        /* bit.ly and the like */
    bool odd;              /* a number as the host, punycode, a cheap ending, many hyphens */
    bool mismatch;         /* a service is named in the text, the link leads elsewhere */
    bool mail_mismatch;    /* a service's name over a mail address elsewhere */
} notify_hosts;

/* `raw`: the field as it was given, markup included; `words` for the services that the text names. */
void notify_hosts_find(const char *raw_title, const char *raw_body, const char *raw_sender,
                       const notify_words *words, notify_hosts *out_hosts);

#endif
