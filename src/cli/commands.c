/*
 * commands.c - the table of commands and options. Nothing else describes them.
 */
#include "cli/command.h"

#define TEXT(en, fr)                                                                               \
    {                                                                                              \
        en, fr                                                                                     \
    }

const option_spec OPTIONS[] = {
    {OPTION_ALL, "all", '\0', OPTION_FLAG, NULL, NULL, 0, 0,
     TEXT("everything: notifications, what was learnt, contacts, calendar",
          "tout : notifications, préférences apprises, contacts, agenda")},
    {OPTION_APP, "app", '\0', OPTION_STRING, "NAME", NULL, 0, 0,
     TEXT("only for this app", "pour cette application seulement")},
    {OPTION_AT, "at", '\0', OPTION_STRING, "TIMES", NULL, 0, 0,
     TEXT("times of day (default 08:00,18:30)", "heures du jour (par défaut 08:00,18:30)")},
    {OPTION_BASELINES, "baselines", '\0', OPTION_CHOICE, "WHICH", "all|lead|only", 0, 0,
     TEXT("all (default), lead (without the model simply asked) or only (without huis's own)",
          "all (par défaut), lead (sans le modèle simplement interrogé) ou only (sans les résumés "
          "de huis)")},
    {OPTION_BEFORE, "before", '\0', OPTION_STRING, "DATE", NULL, 0, 0,
     TEXT("only what is older (2026-03-03, or RFC 3339)",
          "seulement ce qui est plus ancien (2026-03-03, ou RFC 3339)")},
    {OPTION_BYTES, "max-bytes", '\0', OPTION_UNSIGNED, "N", NULL, 1, 17179869184.0,
     TEXT("read at most N bytes of input (default 268435456)",
          "lit au plus N octets (par défaut 268435456)")},
    {OPTION_CITE, "cite", 'c', OPTION_FLAG, NULL, NULL, 0, 0,
     TEXT("print under each sentence the place it comes from",
          "montre sous chaque phrase l'endroit d'où elle vient")},
    {OPTION_CONTEXT, "context", '\0', OPTION_STRING, "FILE", NULL, 0, 0,
     TEXT("judge by this context (JSON), not by the store", "juge d'après ce contexte (JSON)")},
    {OPTION_DATA, "data", '\0', OPTION_STRING, "DIR", NULL, 0, 0,
     TEXT("the directory of the sets (JSON Lines)", "le dossier des jeux de textes (JSON Lines)")},
    {OPTION_DECODE, "decode", '\0', OPTION_UNSIGNED, "N", NULL, 0, 1048576,
     TEXT("tokens to decode (default 128)", "jetons à produire (par défaut 128)")},
    {OPTION_DEPTH, "depth", '\0', OPTION_UNSIGNED, "N", NULL, 0, 1048576,
     TEXT("tokens held before prefill and decode begin (default 0)",
          "jetons déjà lus quand la mesure commence (par défaut 0)")},
    {OPTION_DESKTOP, "desktop", '\0', OPTION_FLAG, NULL, NULL, 0, 0,
     TEXT("send the digest as one notification, instead of printing it",
          "envoie le résumé comme une notification, au lieu de l'écrire")},
    {OPTION_FOCUS, "focus", '\0', OPTION_STRING, "QUESTION", NULL, 0, 0,
     TEXT("keep what answers this question", "garde ce qui répond à cette question")},
    {OPTION_FORMAT, "format", '\0', OPTION_CHOICE, "FORMAT", "text|markdown|json", 0, 0,
     TEXT("text (default), markdown or json", "text (par défaut), markdown ou json")},
    {OPTION_SUMMARY_FORMAT, "format", '\0', OPTION_CHOICE, "FORMAT", "text|markdown|html|json", 0,
     0,
     TEXT("text (default), markdown, html (one page: click a sentence to see its source) or json",
          "text (par défaut), markdown, html (une page : cliquer une phrase montre sa source) ou "
          "json")},
    {OPTION_NOTIFY_FORMAT, "format", '\0', OPTION_CHOICE, "FORMAT", "text|json", 0, 0,
     TEXT("text (on a terminal) or json (off one)", "text (dans un terminal) ou json (ailleurs)")},
    {OPTION_FREQUENCY_PENALTY, "frequency-penalty", '\0', OPTION_REAL, "X", NULL, -2, 2,
     TEXT("lower tokens by X for each time they occurred (default 0)",
          "baisse un jeton de X à chaque occurrence passée (par défaut 0)")},
    {OPTION_KIND, "kind", 'k', OPTION_CHOICE, "KIND",
     "tldr|key-points|headline|action-items|teaser|table|digest", 0, 0,
     TEXT("tldr (default), key-points, headline, action-items, teaser, table (who, when, how much, "
          "what) or digest (one line for each of many documents)",
          "tldr (par défaut), key-points (points clés), headline (titre), action-items (à faire), "
          "teaser (accroche), table (qui, quand, combien, quoi) ou digest (une ligne par "
          "document)")},
    {OPTION_LANGUAGE, "language", '\0', OPTION_CHOICE, "LANGUAGE", "fr|en", 0, 0,
     TEXT("language of the summary (default: that of the text); another one needs a model",
          "langue du résumé (par défaut celle du texte) ; une autre demande un modèle")},
    {OPTION_LEVEL, "level", '\0', OPTION_STRING, "LEVEL", NULL, 0, 0,
     TEXT(
         "kernel level: avx512vnni, avxvnni, avx2, neon or c (default: the best here)",
         "jeu d'instructions : avx512vnni, avxvnni, avx2, neon ou c (par défaut le meilleur ici)")},
    {OPTION_LIMIT, "limit", '\0', OPTION_UNSIGNED, "N", NULL, 1, 1000000,
     TEXT("at most N items of each set", "au plus N textes de chaque jeu")},
    {OPTION_MAX_TOKENS, "max-tokens", '\0', OPTION_UNSIGNED, "N", NULL, 1, 1048576,
     TEXT("stop after N tokens (default 512)", "s'arrête après N jetons (par défaut 512)")},
    {OPTION_MIN_P, "min-p", '\0', OPTION_REAL, "P", NULL, 0, 1,
     TEXT("drop tokens less likely than P times the best (default 0)",
          "écarte les jetons moins probables que P fois le meilleur (par défaut 0)")},
    {OPTION_MODE, "mode", '\0', OPTION_CHOICE, "MODE", "auto|extract|hybrid|abstract", 0, 0,
     TEXT("auto (default), extract (no model), hybrid or abstract",
          "auto (par défaut), extract (sans modèle), hybrid ou abstract")},
    {OPTION_MODEL, "model", 'm', OPTION_STRING, "NAME|PATH", NULL, 0, 0,
     TEXT("an installed model, or a GGUF file", "un modèle installé, ou un fichier GGUF")},
    {OPTION_PREFILL, "prefill", '\0', OPTION_UNSIGNED, "N", NULL, 0, 1048576,
     TEXT("prompt tokens to read (default 512)", "jetons à lire (par défaut 512)")},
    {OPTION_PRESENCE_PENALTY, "presence-penalty", '\0', OPTION_REAL, "X", NULL, -2, 2,
     TEXT("lower tokens that occurred by X (default 0)",
          "baisse de X les jetons déjà vus (par défaut 0)")},
    {OPTION_RAW, "raw", '\0', OPTION_FLAG, NULL, NULL, 0, 0,
     TEXT("send the prompt without the chat template",
          "envoie le texte sans le gabarit de conversation")},
    {OPTION_NO_DRAFTS, "no-drafts", '\0', OPTION_FLAG, NULL, NULL, 0, 0,
     TEXT("compute one token at a time (the same answer, to compare)",
          "calcule un jeton à la fois (même réponse, pour comparer)")},
    {OPTION_REPEAT, "repeat", '\0', OPTION_UNSIGNED, "N", NULL, 1, 1000,
     TEXT("runs; the median is printed (default 5)",
          "nombre de passages ; la médiane est donnée (par défaut 5)")},
    {OPTION_REPEAT_PENALTY, "repeat-penalty", '\0', OPTION_REAL, "X", NULL, 0.1, 10,
     TEXT("divide the odds of repeated tokens by X (default 1: off)",
          "divise par X les jetons répétés (par défaut 1 : inactif)")},
    {OPTION_ROOFLINE, "roofline", '\0', OPTION_FLAG, NULL, NULL, 0, 0,
     TEXT("what this processor can do at each level, and how near the model comes",
          "ce que peut ce processeur à chaque niveau, et à quelle distance en est le modèle")},
    {OPTION_SAMPLES, "samples", '\0', OPTION_STRING, "FILE", NULL, 0, 0,
     TEXT("write ten outputs of each set to FILE, as Markdown",
          "écrit dix résultats de chaque jeu dans FILE, en Markdown")},
    {OPTION_SEED, "seed", '\0', OPTION_UNSIGNED, "N", NULL, 0, 9007199254740992.0,
     TEXT("the same seed gives the same answer (default 0)",
          "la même graine donne la même réponse (par défaut 0)")},
    {OPTION_SERVE, "serve", '\0', OPTION_FLAG, NULL, NULL, 0, 0,
     TEXT("be the notification server of this session",
          "être le serveur de notifications de cette session")},
    {OPTION_SET, "set", '\0', OPTION_CHOICE, "SET", "mail|news|dialogue|clinical|meetings|own|all",
     0, 0,
     TEXT("mail, news, dialogue, clinical, meetings, own, or all but own (default)",
          "mail, news, dialogue, clinical, meetings, own, ou all : tous sauf own (par défaut)")},
    {OPTION_NOTIFY_SET, "set", '\0', OPTION_CHOICE, "SET", "tuning|second|reporting|day|all", 0, 0,
     TEXT("tuning (default), second, reporting, day or all",
          "tuning (par défaut), second, reporting, day ou all")},
    {OPTION_SHOW_SOURCE, "show-source", '\0', OPTION_FLAG, NULL, NULL, 0, 0,
     TEXT("print the text that was read, with the cited parts coloured on a terminal",
          "montre le texte lu, les passages cités en couleur dans un terminal")},
    {OPTION_SOURCE, "source", '\0', OPTION_STRING, "FILE", NULL, 0, 0,
     TEXT("the text that must support the other", "le texte qui doit appuyer l'autre")},
    {OPTION_STATS, "stats", '\0', OPTION_FLAG, NULL, NULL, 0, 0,
     TEXT("print time and speed on standard error",
          "donne durée et vitesse sur l'erreur standard")},
    {OPTION_STDIN, "stdin", '\0', OPTION_FLAG, NULL, NULL, 0, 0,
     TEXT("read records from standard input, one JSON object a line",
          "lit des notifications sur l'entrée standard, un objet JSON par ligne")},
    {OPTION_STRICT, "strict", '\0', OPTION_FLAG, NULL, NULL, 0, 0,
     TEXT("exit with 5 when a sentence is not supported",
          "sort avec 5 quand une phrase n'est pas appuyée")},
    {OPTION_SYSTEM, "system", '\0', OPTION_STRING, "TEXT", NULL, 0, 0,
     TEXT("the system message", "le message système")},
    {OPTION_TEMPERATURE, "temperature", 't', OPTION_REAL, "X", NULL, 0, 10,
     TEXT("0: always the likeliest token (default)", "0 : toujours le plus probable (par défaut)")},
    {OPTION_TEXT, "text", '\0', OPTION_STRING, "FILE", NULL, 0, 0,
     TEXT("the text to check", "le texte à vérifier")},
    {OPTION_THREADS, "threads", '\0', OPTION_UNSIGNED, "N", NULL, 1, 64,
     TEXT("threads (default: the cores available)",
          "fils d'exécution (par défaut les cœurs libres)")},
    {OPTION_TOP_K, "top-k", '\0', OPTION_UNSIGNED, "N", NULL, 0, 1000000,
     TEXT("draw among the N likeliest (default 40, 0: all)",
          "tire parmi les N plus probables (par défaut 40, 0 : tous)")},
    {OPTION_TOP_P, "top-p", '\0', OPTION_REAL, "P", NULL, 0, 1,
     TEXT("draw among the likeliest that sum to P (default 0.95)",
          "tire parmi les plus probables jusqu'à P (par défaut 0,95)")},
    {OPTION_WORDS, "words", 'w', OPTION_UNSIGNED, "N", NULL, 1, 100000,
     TEXT("at most N words, a hard limit", "au plus N mots, limite stricte")},
    {OPTION_YES, "yes", 'y', OPTION_FLAG, NULL, NULL, 0, 0, TEXT("do not ask", "ne demande rien")},
    {OPTION_QUIET, "quiet", 'q', OPTION_FLAG, NULL, NULL, 0, 0,
     TEXT("results and errors only", "seulement le résultat et les erreurs")},
    {OPTION_HALF, "half", '\0', OPTION_CHOICE, "HALF", "first|second|all", 0, 0,
     TEXT("first (default, for tuning), second (for reporting) or all",
          "first (par défaut, pour régler), second (pour rendre compte) ou all")},
    {OPTION_HELP, "help", 'h', OPTION_FLAG, NULL, NULL, 0, 0, TEXT("this help", "cette aide")},
    {OPTION_VERSION, "version", 'V', OPTION_FLAG, NULL, NULL, 0, 0,
     TEXT("the version", "la version")},
};
const size_t N_OPTIONS = sizeof(OPTIONS) / sizeof(OPTIONS[0]);

#define LIST(type, ...)                                                                            \
    (const type[])                                                                                 \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }
#define NO_OPTIONS LIST(option_id, OPTION_NONE)
#define EXAMPLES(...)                                                                              \
    (const char *const[])                                                                          \
    {                                                                                              \
        __VA_ARGS__, NULL                                                                          \
    }

const command COMMANDS[] = {
    {
        "summarize",
        "FILE...|-",
        1,
        -1,
        TEXT("summarise documents, citing their sources",
             "résume des documents en citant leurs sources"),
        TEXT(
            "Reads text, Markdown, mail (.eml, mbox, Maildir), web pages, PDF, DOCX, ODT, RTF, "
            "PPTX, ODP, XLSX, ODS, EPUB, subtitles (SRT, WebVTT), chats exported from WhatsApp, "
            "Telegram, Slack, Discord, Matrix, Signal or IRC, calendars (.ics), RSS and Atom, in "
            "French or English; several files, or a folder. Writes a summary in the language of "
            "the text. Every sentence cites the place it comes from, and no name or number "
            "appears that is not in the text. Without a model the best sentences are taken as "
            "they are, and chats are told by rules.",
            "Lit du texte, du Markdown, des courriels (.eml, mbox, Maildir), des pages web, PDF, "
            "DOCX, ODT, RTF, PPTX, ODP, XLSX, ODS, EPUB, des sous-titres (SRT, WebVTT), des "
            "conversations exportées de WhatsApp, Telegram, Slack, Discord, Matrix, Signal ou "
            "IRC, des agendas (.ics), RSS et Atom, en français ou en anglais ; plusieurs fichiers, "
            "ou un dossier. Résume dans la langue du texte. Chaque phrase cite l'endroit d'où "
            "elle vient ; aucun nom ni nombre absent du texte n'apparaît. Sans modèle, les "
            "meilleures phrases sont reprises telles quelles, et les conversations racontées par "
            "règles."),
        LIST(option_id, OPTION_KIND, OPTION_WORDS, OPTION_MODE, OPTION_FOCUS, OPTION_LANGUAGE,
             OPTION_SUMMARY_FORMAT, OPTION_CITE, OPTION_SHOW_SOURCE, OPTION_STATS, OPTION_MODEL,
             OPTION_THREADS, OPTION_LEVEL, OPTION_BYTES, OPTION_NONE),
        EXAMPLES("huis summarize article.txt", "huis summarize --kind action-items mail.eml",
                 "huis summarize --kind key-points --words 60 --format json notes.md",
                 "huis summarize --cite --focus \"what does it cost?\" report.pdf",
                 "huis summarize --kind digest ~/Maildir",
                 "huis summarize --format html book.epub > book.html",
                 "xclip -o | huis summarize -"),
        run_summarize,
    },
    {
        "check",
        "",
        0,
        0,
        TEXT("is every sentence of a text supported by its source?",
             "chaque phrase d'un texte est-elle appuyée par sa source ?"),
        TEXT("Checks each sentence, name and number of --text against --source and shows where the "
             "support stands. No model is needed.",
             "Vérifie chaque phrase, nom et nombre de --text dans --source et montre où est "
             "l'appui. "
             "Aucun modèle n'est nécessaire."),
        LIST(option_id, OPTION_SOURCE, OPTION_TEXT, OPTION_STRICT, OPTION_FORMAT, OPTION_BYTES,
             OPTION_NONE),
        EXAMPLES("huis check --source article.txt --text summary.txt",
                 "huis check --strict --source mail.eml --text reply.txt"),
        run_check,
    },
    {
        "generate",
        "PROMPT|-",
        1,
        1,
        TEXT("answer a prompt with a local model", "répond à une demande avec un modèle local"),
        TEXT("Prints the answer as it is written. The prompt is put into the model's own chat "
             "template unless --raw is given.",
             "Écrit la réponse au fur et à mesure. La demande est mise dans le gabarit de "
             "conversation du modèle, sauf avec --raw."),
        LIST(option_id, OPTION_MODEL, OPTION_SYSTEM, OPTION_MAX_TOKENS, OPTION_WORDS,
             OPTION_TEMPERATURE, OPTION_TOP_K, OPTION_TOP_P, OPTION_MIN_P, OPTION_REPEAT_PENALTY,
             OPTION_PRESENCE_PENALTY, OPTION_FREQUENCY_PENALTY, OPTION_SEED, OPTION_RAW,
             OPTION_NO_DRAFTS, OPTION_STATS, OPTION_FORMAT, OPTION_THREADS, OPTION_LEVEL,
             OPTION_NONE),
        EXAMPLES("huis generate \"Explain what a hash table is.\"",
                 "huis generate --temperature 0.7 --seed 7 \"Une devise pour un phare\"",
                 "huis generate --raw --model ./model.gguf \"Once upon a time\""),
        run_generate,
    },
    {
        "model list",
        "",
        0,
        0,
        TEXT("models of the catalogue, and which are installed",
             "modèles du catalogue, et lesquels sont installés"),
        TEXT("Lists every model of the catalogue with its size, licence and role.",
             "Liste les modèles du catalogue avec taille, licence et rôle."),
        LIST(option_id, OPTION_FORMAT, OPTION_NONE),
        EXAMPLES("huis model list"),
        run_model_list,
    },
    {
        "model pull",
        "NAME",
        1,
        1,
        TEXT("download and verify a model", "télécharge et vérifie un modèle"),
        TEXT(
            "Shows size, licence and source, asks, downloads with huis-egress (the only program of "
            "huis with a network), resumes after an interruption, verifies the SHA-256 and stores "
            "the model under the data directory. Nothing is downloaded without being asked.",
            "Montre taille, licence et source, demande l'accord, télécharge avec huis-egress (le "
            "seul programme de huis qui ait le réseau), reprend après une interruption, vérifie le "
            "SHA-256 et range le modèle dans le dossier de données."),
        LIST(option_id, OPTION_YES, OPTION_FORMAT, OPTION_NONE),
        EXAMPLES("huis model pull qwen2.5-coder-0.5b-instruct",
                 "huis model pull --yes smollm2-135m-instruct"),
        run_model_pull,
    },
    {
        "model info",
        "NAME|FILE",
        1,
        1,
        TEXT("what a model file is, and whether huis can run it",
             "ce qu'est un modèle, et si huis sait l'exécuter"),
        TEXT(
            "Shows name, size, family, quantisation and context length, and why not when the model "
            "is not supported.",
            "Montre nom, taille, famille, quantification et contexte, et la raison quand le modèle "
            "n'est pas pris en charge."),
        LIST(option_id, OPTION_FORMAT, OPTION_NONE),
        EXAMPLES("huis model info qwen2.5-coder-0.5b-instruct",
                 "huis model info --format json ./model.gguf"),
        run_model_info,
    },
    {
        "model verify",
        "[NAME...]",
        0,
        -1,
        TEXT("compare installed models with their SHA-256",
             "compare les modèles installés à leur SHA-256"),
        TEXT(
            "Reads the whole file of each named model, or of all installed ones, and its packed "
            "form, which is deleted when it is damaged.",
            "Lit le fichier entier de chaque modèle nommé, ou de tous les modèles installés, et sa "
            "forme préparée, supprimée si elle est abîmée."),
        LIST(option_id, OPTION_FORMAT, OPTION_NONE),
        EXAMPLES("huis model verify"),
        run_model_verify,
    },
    {
        "model prepare",
        "[NAME...]",
        0,
        -1,
        TEXT("keep installed models in the form in which they run, ready at once",
             "garde les modèles installés sous la forme où ils tournent, prêts aussitôt"),
        TEXT("Writes the packed form of each named model, or of all installed ones, into the cache "
             "directory, where it is missing or stale. It takes about as much room as the model. "
             "The first command that uses a model does the same as it ends.",
             "Écrit la forme préparée de chaque modèle nommé, ou de tous les modèles installés, "
             "dans le dossier de cache, si elle manque ou n'est plus à jour. Elle prend à peu près "
             "la place du modèle. La première commande qui utilise un modèle fait de même en "
             "finissant."),
        LIST(option_id, OPTION_FORMAT, OPTION_NONE),
        EXAMPLES("huis model prepare", "huis model prepare qwen2.5-coder-0.5b-instruct"),
        run_model_prepare,
    },
    {
        "model remove",
        "NAME",
        1,
        1,
        TEXT("delete an installed model", "supprime un modèle installé"),
        TEXT("Deletes the file, its packed form in the cache, and what is left of an unfinished "
             "download.",
             "Supprime le fichier, sa forme préparée dans le cache et ce qui reste d'un "
             "téléchargement inachevé."),
        LIST(option_id, OPTION_YES, OPTION_NONE),
        EXAMPLES("huis model remove smollm2-135m-instruct"),
        run_model_remove,
    },
    {
        "bench",
        "",
        0,
        0,
        TEXT("measure the speed of a model on this machine",
             "mesure la vitesse d'un modèle sur cette machine"),
        TEXT("Measures reading a prompt and decoding; then 2 to 8 tokens at once beside one, 1 "
             "to 8 sequences together, a context of 4,096 tokens, one thread and, in fresh worker "
             "processes, loading, peak "
             "memory and the first token after a long constant prompt, read anew and kept on "
             "disk; last 1 to 8 requests at once, and several on one text and a chat, with what "
             "the worker remembers and without. This takes one to some minutes. With --prefill, "
             "--decode or --depth only "
             "reading and decoding are measured, with --roofline also what the processor can do "
             "at most. Tokens are random. Reading computes the scores of the last token only; "
             "both start from an empty context or from --depth tokens. Each figure is a median, "
             "with the lowest and the highest run; runs during which other programs used the "
             "processors are marked. What takes long is repeated less often than --repeat says.",
             "Mesure la lecture d'un texte et l'écriture ; puis 2 à 8 jetons d'un coup par "
             "rapport à un seul, 1 à 8 suites ensemble, un contexte de 4096 jetons, un seul fil "
             "et, dans des processus "
             "neufs, le chargement, la mémoire au plus haut et le premier jeton après une longue "
             "consigne constante, relue ou gardée sur le disque ; enfin 1 à 8 requêtes à la fois, "
             "et "
             "plusieurs sur un même texte et une conversation, avec et sans la mémoire du "
             "processus. Cela prend une à quelques "
             "minutes. Avec --prefill, --decode ou --depth, seules la lecture et l'écriture sont "
             "mesurées, avec --roofline aussi ce que peut le processeur. Les jetons sont tirés au "
             "sort. La lecture ne calcule les scores que du dernier jeton ; les deux partent d'un "
             "contexte vide ou de --depth jetons. Chaque chiffre est une médiane, avec le passage "
             "le plus bas et le plus haut ; les passages gênés par d'autres programmes sont "
             "marqués. Ce qui dure est répété moins souvent que --repeat."),
        LIST(option_id, OPTION_MODEL, OPTION_PREFILL, OPTION_DECODE, OPTION_DEPTH, OPTION_REPEAT,
             OPTION_ROOFLINE, OPTION_THREADS, OPTION_LEVEL, OPTION_FORMAT, OPTION_NONE),
        EXAMPLES("huis bench", "huis bench --prefill 512 --decode 128 --threads 2 --format json",
                 "huis bench --roofline", "huis bench --prefill 0 --decode 64 --depth 4096"),
        run_bench,
    },
    {
        "notify digest",
        "[FILE|-]",
        0,
        1,
        TEXT("tell notifications in a few lines, what matters first",
             "dit les notifications en quelques lignes, l'important d'abord"),
        TEXT(
            "Ranks notifications as huis notify rank does and tells them in their own words: at "
            "most "
            "ten words a line, three lines a conversation or app, 60 words for ten notifications "
            "and 200 for sixty. Hostile ones, one-time codes and noise are held back; links, "
            "telephone numbers and codes are never shown. No model is used. Without a file and "
            "standard "
            "input, the open notifications of the store are told. JSON: text, items with "
            "ids and the bytes of title or body that they come from, held_back.",
            "Trie les notifications comme le fait huis notify rank et les dit avec leurs propres "
            "mots : dix mots par ligne au plus, trois lignes par conversation ou application, 60 "
            "mots pour dix notifications et 200 pour soixante. Les hostiles, les codes à usage "
            "unique et le bruit sont retenus ; liens, numéros de téléphone et codes ne sont jamais "
            "montrés. Aucun modèle n'est utilisé. Sans fichier ni entrée standard, ce sont les "
            "notifications ouvertes de la base. JSON : text, items avec leurs ids et les octets "
            "de "
            "title ou body dont ils viennent, held_back."),
        LIST(option_id, OPTION_CONTEXT, OPTION_LANGUAGE, OPTION_WORDS, OPTION_DESKTOP,
             OPTION_NOTIFY_FORMAT, OPTION_NONE),
        EXAMPLES("huis notify digest records.jsonl --context context.json",
                 "cat records.jsonl | huis notify digest --format text",
                 "huis notify digest --desktop"),
        run_notify_digest,
    },
    {
        "notify rank",
        "[FILE|-]",
        0,
        1,
        TEXT("put notifications in order, what matters first, and say why",
             "trie les notifications, l'important d'abord, et dit pourquoi"),
        TEXT("Reads notifications, one JSON object a line (id, app, title or body, time), and "
             "prints each once, best first: class, whether it may interrupt, reasons, deadline. "
             "With --context the person's contacts, calendar, focus and history come from that "
             "file, and nothing is read from the store or written to it. Without a file and "
             "standard input, the open notifications of the store are ranked. Lines that are no "
             "notifications are told and passed over.",
             "Lit des notifications, un objet JSON par ligne (id, app, title ou body, time), et "
             "donne chacune une fois, la meilleure d'abord : classe, droit d'interrompre, motifs, "
             "échéance. Avec --context, contacts, agenda, concentration et historique viennent de "
             "ce fichier ; rien n'est lu ni écrit ailleurs. Sans fichier ni entrée standard, trie "
             "les notifications ouvertes de la base. Les lignes qui ne sont pas des notifications "
             "sont signalées et ignorées."),
        LIST(option_id, OPTION_CONTEXT, OPTION_LANGUAGE, OPTION_NOTIFY_FORMAT, OPTION_NONE),
        EXAMPLES("huis notify rank records.jsonl --context context.json",
                 "cat records.jsonl | huis notify rank --format text", "huis notify rank"),
        run_notify_rank,
    },
    {
        "notify feedback",
        "ID VERDICT",
        2,
        2,
        TEXT("say what you make of a notification; huis learns from it",
             "dire ce qu'on pense d'une notification ; huis en apprend"),
        TEXT("VERDICT is opened, dismissed, replied, snoozed, up (should have stood higher) or "
             "down. "
             "Prints in words the rules that this changes. A rule counts half until it is accepted "
             "('huis notify rules').",
             "VERDICT : opened (ouverte), dismissed (écartée), replied (répondue), snoozed "
             "(remise), up "
             "(plus haut) ou down (plus bas). Donne en mots les règles qui changent. Une règle "
             "compte "
             "à moitié tant qu'elle n'est pas acceptée (« huis notify rules »)."),
        LIST(option_id, OPTION_NOTIFY_FORMAT, OPTION_NONE),
        EXAMPLES("huis notify feedback dbus-17 up"),
        run_notify_feedback,
    },
    {
        "notify rules",
        "[list|accept KEY|undo KEY|reset|export]",
        0,
        2,
        TEXT("what was learnt, in words; accept it or take it back",
             "ce qui a été appris, en mots ; l'accepter ou l'annuler"),
        TEXT("Lists the rules that your verdicts amount to, strongest first. 'accept' makes one "
             "count "
             "whole, 'undo' forgets it, 'reset' forgets all, 'export' prints JSON Lines. Your own "
             "rules "
             "(always, never, vips, quiet) stand in ~/.config/huis/notify.json and come first.",
             "Liste les règles tirées de vos avis, les plus fortes d'abord. « accept » donne à une "
             "règle "
             "tout son poids, « undo » l'oublie, « reset » oublie tout, « export » écrit du JSON. "
             "Vos "
             "propres règles (always, never, vips, quiet) sont dans ~/.config/huis/notify.json et "
             "passent avant."),
        LIST(option_id, OPTION_NOTIFY_FORMAT, OPTION_NONE),
        EXAMPLES("huis notify rules", "huis notify rules accept app:Boutique",
                 "huis notify rules export > rules.jsonl"),
        run_notify_rules,
    },
    {
        "notify explain",
        "ID",
        1,
        1,
        TEXT("why a notification stands where it stands",
             "pourquoi une notification est à sa place"),
        TEXT("Prints class, reasons and deadline as they are now, your verdict, and what was "
             "decided "
             "before.",
             "Donne la classe, les motifs et l'échéance du moment, votre avis, et ce qui avait été "
             "décidé."),
        LIST(option_id, OPTION_NOTIFY_FORMAT, OPTION_NONE),
        EXAMPLES("huis notify explain dbus-17"),
        run_notify_explain,
    },
    {
        "notify context",
        "import FILE|FOLDER...",
        2,
        -1,
        TEXT("learn contacts and calendar from files", "apprend contacts et agenda de fichiers"),
        TEXT(
            "Reads address books (vCard 2.1, 3.0, 4.0) and calendars (iCalendar), or folders of "
            "them, "
            "into the store. A file or folder that is imported again replaces what it gave before. "
            "Calendars give the occurrences of the next 90 days: import them again now and then.",
            "Lit des carnets d'adresses (vCard 2.1, 3.0, 4.0) et des agendas (iCalendar), ou des "
            "dossiers, dans la base. Un fichier ou dossier importé de nouveau remplace ce qu'il "
            "avait "
            "donné. Un agenda donne les rendez-vous des 90 prochains jours : à réimporter de temps "
            "en "
            "temps."),
        NO_OPTIONS,
        EXAMPLES("huis notify context import contacts.vcf ~/.calendars"),
        run_notify_context,
    },
    {
        "notify status",
        "",
        0,
        0,
        TEXT("what is switched on, and how much is kept", "ce qui est activé, et ce qui est gardé"),
        TEXT("Features, switches of apps, counts, focus.",
             "Fonctions, réglages par application, nombres, concentration."),
        LIST(option_id, OPTION_NOTIFY_FORMAT, OPTION_NONE),
        EXAMPLES("huis notify status"),
        run_notify_status,
    },
    {
        "notify enable",
        "FEATURE",
        1,
        1,
        TEXT("switch a feature on, for all or one app",
             "active une fonction, pour tout ou une appli"),
        TEXT("FEATURE is watch (keep what the desktop shows), digest (by timer), summaries or "
             "learn. "
             "watch and digest are off until you say so.",
             "FEATURE : watch (garder ce que montre le bureau), digest (à heure fixe), summaries "
             "(résumés) ou learn (apprendre). watch et digest sont arrêtés jusqu'à votre accord."),
        LIST(option_id, OPTION_APP, OPTION_NONE),
        EXAMPLES("huis notify enable watch", "huis notify enable digest"),
        run_notify_enable,
    },
    {
        "notify disable",
        "FEATURE",
        1,
        1,
        TEXT("switch a feature off, for all or one app",
             "arrête une fonction, pour tout ou une appli"),
        TEXT("As enable. An app for which watch is off is not kept at all.",
             "Comme enable. Une application dont watch est arrêté n'est pas gardée du tout."),
        LIST(option_id, OPTION_APP, OPTION_NONE),
        EXAMPLES("huis notify disable watch --app Boutique", "huis notify disable learn"),
        run_notify_disable,
    },
    {
        "notify set",
        "KEY VALUE",
        2,
        2,
        TEXT("set focus, owner or retention_days", "règle focus, owner ou retention_days"),
        TEXT(
            "focus is none, personal, work, driving, study or sleep and decides what interrupts; "
            "owner "
            "is your name; retention_days says how long notifications are kept (default 14).",
            "focus (none, personal, work, driving, study, sleep) décide de ce qui interrompt ; "
            "owner est "
            "votre nom ; retention_days dit combien de jours les notifications sont gardées (14)."),
        NO_OPTIONS,
        EXAMPLES("huis notify set focus work", "huis notify set retention_days 7"),
        run_notify_set,
    },
    {
        "notify export",
        "",
        0,
        0,
        TEXT("print what is kept as JSON Lines", "écrit ce qui est gardé, un objet JSON par ligne"),
        TEXT("Every record as 'huis notify rank' reads it, with its class and your verdict. "
             "One-time "
             "codes are left out.",
             "Chaque notification comme « huis notify rank » la lit, avec sa classe et votre avis. "
             "Les "
             "codes à usage unique n'y sont pas."),
        LIST(option_id, OPTION_APP, OPTION_NONE),
        EXAMPLES("huis notify export > notifications.jsonl"),
        run_notify_export,
    },
    {
        "notify purge",
        "",
        0,
        0,
        TEXT("remove what is kept", "supprime ce qui est gardé"),
        TEXT("Removes and overwrites notifications: of an app, older than a date, or everything "
             "with "
             "--all (also what was learnt, contacts and calendar, but not the switches).",
             "Supprime et écrase des notifications : d'une application, plus anciennes qu'une "
             "date, ou "
             "tout avec --all (aussi les préférences apprises, contacts et agenda, pas les "
             "réglages)."),
        LIST(option_id, OPTION_ALL, OPTION_APP, OPTION_BEFORE, OPTION_YES, OPTION_NONE),
        EXAMPLES("huis notify purge --app Boutique", "huis notify purge --before 2026-03-01",
                 "huis notify purge --all --yes"),
        run_notify_purge,
    },
    {
        "eval check",
        "",
        0,
        0,
        TEXT("measure the checker on true and false sentences",
             "mesure le vérificateur sur des phrases vraies et fausses"),
        TEXT("Checks the true and false sentences of --data (english.txt, french.txt, pairs.jsonl) "
             "as huis check does and prints, by set, language, genre and way of corruption, "
             "balanced accuracy (the mean of the share of true sentences that are supported and of "
             "false ones that are not), false alarms and what was found. No model is needed. "
             "Ctrl-C prints what is done. The first half of each set is for tuning, the second for "
             "reporting only.",
             "Vérifie les phrases vraies et fausses de --data (english.txt, french.txt, "
             "pairs.jsonl) comme le fait huis check et donne, par jeu, langue, genre et sorte "
             "d'altération, l'exactitude équilibrée (la moyenne de la part des phrases vraies "
             "appuyées et des fausses qui ne le sont pas), les fausses alertes et ce qui a été "
             "trouvé. Aucun modèle n'est nécessaire. Ctrl-C donne ce qui est fait. La première "
             "moitié de chaque jeu sert à régler, la seconde à rendre compte."),
        LIST(option_id, OPTION_DATA, OPTION_HALF, OPTION_LIMIT, OPTION_FORMAT, OPTION_NONE),
        EXAMPLES("huis eval check --data tests/eval/check --half all"),
        run_eval,
    },
    {
        "eval notifications",
        "",
        0,
        0,
        TEXT("measure ranking and digests on labelled notifications",
             "mesure le classement et les résumés sur des notifications annotées"),
        TEXT("Ranks the scenarios of --data (tuning.jsonl, second.jsonl, ...) as huis "
             "notify rank does and prints, beside the order of arrival, the newest first and the "
             "senders' own hint: NDCG at 5, how often the first is right, critical ones that are "
             "missed, false interruptions, interruptions held back, hostile ones promoted, by "
             "language and with bootstrap intervals (95 %, 1,000 resamples, fixed seed); which "
             "class was taken for which; time. --samples writes every scenario to a file, to be "
             "read by eye. Sets tuning and second are for tuning, the others for reporting only.",
             "Classe les scénarios de --data (tuning.jsonl, second.jsonl, ...) comme le "
             "fait huis notify rank et donne, à côté de l'ordre d'arrivée, des plus récentes "
             "d'abord et de l'urgence dite par l'émetteur : NDCG à 5, combien de fois la première "
             "est juste, les critiques manquées, les interruptions à tort, celles retenues, les "
             "hostiles promues, par langue et avec des intervalles bootstrap (95 %, 1 000 tirages, "
             "graine fixe) ; quelle classe a été prise pour quelle autre ; la durée. --samples "
             "écrit chaque scénario dans un fichier, à lire. Le jeu tuning sert à régler, les "
             "autres seulement à rendre compte."),
        LIST(option_id, OPTION_DATA, OPTION_NOTIFY_SET, OPTION_LIMIT, OPTION_SAMPLES, OPTION_FORMAT,
             OPTION_NONE),
        EXAMPLES("huis eval notifications --data tests/eval/notifications",
                 "huis eval notifications --data tests/eval/notifications --samples out.md"),
        run_eval,
    },
    {
        "eval summaries",
        "",
        0,
        0,
        TEXT("measure summaries on sets of texts with references",
             "mesure les résumés sur des textes avec références"),
        TEXT(
            "Summarises each text of the sets in --data and prints ROUGE-1, 2 and L (F1 on runs of "
            "letters and digits in lower case, no stemming; several references: the mean), words, "
            "texts over the limit, coverage, unsupported names and numbers (by huis check, and by "
            "a plain comparison), the checker's score, fallbacks and seconds; beside it the start "
            "of the text at the same limit and, with a model, the same model simply asked, with "
            "paired bootstrap intervals (95 %, 1,000 resamples, fixed seed). Ctrl-C prints what is "
            "done. The first half of each set is for tuning, the second for reporting only.",
            "Résume chaque texte des jeux de --data et donne ROUGE-1, 2 et L (F1 sur les suites de "
            "lettres et chiffres en minuscules, sans racines ; plusieurs références : la moyenne), "
            "mots, dépassements, couverture, noms et nombres sans appui (par huis check et par "
            "simple comparaison), note du vérificateur, replis et secondes ; à côté, le début du "
            "texte à la même limite et, avec un modèle, ce modèle simplement interrogé, avec des "
            "intervalles bootstrap appariés (95 %, 1 000 tirages, graine fixe). Ctrl-C donne ce "
            "qui est fait. La première moitié de chaque jeu sert à régler, la seconde à rendre "
            "compte."),
        LIST(option_id, OPTION_DATA, OPTION_SET, OPTION_HALF, OPTION_LIMIT, OPTION_MODE,
             OPTION_WORDS, OPTION_KIND, OPTION_BASELINES, OPTION_SAMPLES, OPTION_FORMAT,
             OPTION_MODEL, OPTION_THREADS, OPTION_LEVEL, OPTION_NONE),
        EXAMPLES("huis eval summaries --data ./sets --mode extract",
                 "huis eval summaries --data ./sets --set mail --limit 40 --samples "
                 "out.md"),
        run_eval,
    },
    {
        "notify watch",
        "",
        0,
        0,
        TEXT("follow the desktop's notifications and keep them",
             "suit les notifications du bureau et les garde"),
        TEXT("Follows the session bus (org.freedesktop.Notifications, org.gtk.Notifications, or "
             "Plasma's watcher), judges each notification, keeps it and prints a line. With "
             "--serve huis is the notification server itself, where none runs: what interrupts is "
             "printed, the rest waits for the list and the digest. With --stdin records come from "
             "other programs. Off until 'huis notify enable watch'.",
             "Suit le bus de session (org.freedesktop.Notifications, org.gtk.Notifications, ou "
             "Plasma), juge chaque notification, la garde et écrit une ligne. Avec --serve, huis "
             "est lui-même le serveur, là où il n'y en a pas : ce qui interrompt est écrit, le "
             "reste attend la liste et le résumé. Avec --stdin, d'autres programmes fournissent "
             "les notifications. Arrêté jusqu'à « huis notify enable watch »."),
        LIST(option_id, OPTION_SERVE, OPTION_STDIN, OPTION_NOTIFY_FORMAT, OPTION_NONE),
        EXAMPLES("huis notify watch", "huis notify watch --serve",
                 "huis notify watch --quiet --stdin < records.jsonl"),
        run_notify_watch,
    },
    {
        "notify list",
        "",
        0,
        0,
        TEXT("open notifications, what matters first, and why",
             "les notifications ouvertes, l'important d'abord, et pourquoi"),
        TEXT("A live view on a terminal: arrows move, Enter opens, d dismisses, u and n teach "
             "(higher, lower), e explains, / filters, q ends. Off a terminal the list is printed.",
             "Une vue vivante dans un terminal : flèches, Entrée ouvre, d écarte, u et n jugent "
             "(plus haut, plus bas), e explique, / filtre, q termine. Hors d'un terminal, la liste "
             "est écrite."),
        LIST(option_id, OPTION_NOTIFY_FORMAT, OPTION_NONE),
        EXAMPLES("huis notify list", "huis notify list --format json"),
        run_notify_list,
    },
    {
        "notify timer",
        "[enable|disable|show|print]",
        0,
        1,
        TEXT("a digest in the morning and in the evening, by systemd",
             "un résumé matin et soir, par systemd"),
        TEXT("Writes a service and a timer into ~/.config/systemd/user and starts the timer, which "
             "runs 'huis notify digest --desktop'. Off until turned on; 'print' only shows the "
             "units.",
             "Écrit un service et un minuteur dans ~/.config/systemd/user et lance le minuteur, "
             "qui appelle « huis notify digest --desktop ». Arrêté jusqu'à ce qu'on l'active ; "
             "« print » montre seulement les unités."),
        LIST(option_id, OPTION_AT, OPTION_NONE),
        EXAMPLES("huis notify timer enable --at 08:00,18:30", "huis notify timer show",
                 "huis notify timer disable"),
        run_notify_timer,
    },
    {
        "cache list",
        "",
        0,
        0,
        TEXT("what is kept to be faster: sizes, models, last use",
             "ce qui est gardé pour aller plus vite : tailles, modèles, dernier usage"),
        TEXT(
            "Lists the files of the cache directory: prefix checkpoints (what a model made of a "
            "constant instruction; nothing of your texts is in them) and prepared models. They may "
            "be removed at any time.",
            "Liste les fichiers du dossier de cache : préfixes (ce qu'un modèle a fait d'une "
            "instruction constante ; rien de vos textes n'y est) et modèles préparés. Ils peuvent "
            "être supprimés à tout moment."),
        LIST(option_id, OPTION_FORMAT, OPTION_NONE),
        EXAMPLES("huis cache list", "huis cache list --format json"),
        run_cache_list,
    },
    {
        "cache purge",
        "",
        0,
        0,
        TEXT("remove all of it", "supprime tout cela"),
        TEXT("Removes every file of the cache. It costs time once, nothing else.",
             "Supprime tous les fichiers du cache. Cela coûte un peu de temps, une fois."),
        LIST(option_id, OPTION_YES, OPTION_NONE),
        EXAMPLES("huis cache purge --yes"),
        run_cache_purge,
    },
    {
        "doctor",
        "",
        0,
        0,
        TEXT("what works on this machine, and what to install for the rest",
             "ce qui marche sur cette machine, et ce qu'il faut installer"),
        TEXT("Checks the programs, the models, the processor and the fences of the sandbox.",
             "Vérifie les programmes, les modèles, le processeur et les barrières du bac à sable."),
        LIST(option_id, OPTION_FORMAT, OPTION_NONE),
        EXAMPLES("huis doctor"),
        run_doctor,
    },
    {
        "completion",
        "bash|zsh|fish",
        1,
        1,
        TEXT("print a shell completion script", "écrit un script de complétion"),
        TEXT("Load it from your shell's start-up file.",
             "À charger depuis le fichier de démarrage du shell."),
        NO_OPTIONS,
        EXAMPLES("huis completion bash >> ~/.bash_completion"),
        run_completion,
    },
    {
        "man",
        "",
        0,
        0,
        TEXT("print the manual page", "écrit la page de manuel"),
        TEXT("The page in man format.", "La page au format man."),
        NO_OPTIONS,
        EXAMPLES("huis man | man -l -"),
        run_man,
    },
    {
        "help",
        "[COMMAND]",
        0,
        2,
        TEXT("show help", "montre l'aide"),
        TEXT("The same as --help.", "Comme --help."),
        NO_OPTIONS,
        EXAMPLES("huis help summarize"),
        run_help,
    },
};
const size_t N_COMMANDS = sizeof(COMMANDS) / sizeof(COMMANDS[0]);
