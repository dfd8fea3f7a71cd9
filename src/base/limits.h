/*
 * limits.h - every size, count, depth and time that input can grow, with its bound.
 *
 * A limit that belongs to one format stands beside the others of its group here, so that the whole
 * exposure of huis can be read on one page. Each has a test that crosses it.
 */
#ifndef HUIS_BASE_LIMITS_H
#define HUIS_BASE_LIMITS_H

#define LIMIT_KIB 1024u
#define LIMIT_MIB (1024u * 1024u)

/* Text and documents. */
#define LIMIT_TEXT_BYTES (256u * LIMIT_MIB)     /* a document after extraction */
#define LIMIT_DOCUMENT_BYTES (512u * LIMIT_MIB) /* a document as given */
#define LIMIT_LINE_BYTES (1u * LIMIT_MIB)       /* one paragraph; longer ones are split */
#define LIMIT_SENTENCE_BYTES (4u * LIMIT_KIB)   /* longer ones are split at a space */

/* Mail and pages, in huis-reader. */
#define LIMIT_READER_MESSAGES                                                                      \
    (64u * LIMIT_KIB)            /* of one mbox; the newest are kept, and a note says so */
#define LIMIT_READER_PARTS 1000u /* MIME parts of one message */
#define LIMIT_READER_DEPTH 32u   /* of MIME parts in parts, messages in messages */
#define LIMIT_READER_PLACES (1u * LIMIT_MIB) /* marks of pages, messages and the like */
#define LIMIT_READER_LABEL_BYTES (64u * LIMIT_MIB)
#define LIMIT_PDF_PAGES 5000u                           /* that are read */
#define LIMIT_PDF_PAGE_WORDS 200000u                    /* of one page */
#define LIMIT_PDF_LINES (4u * LIMIT_MIB)                /* of all pages */
#define LIMIT_CALENDAR_ENTRIES 50000u                   /* events and tasks of one file */
#define LIMIT_FEED_ENTRIES 10000u                       /* of one feed; the newest are kept */
#define LIMIT_READER_MEMORY_BYTES (4096ull * LIMIT_MIB) /* address space of huis-reader */
#define LIMIT_READER_TIME_MS 20000u                     /* for one document */

/* Several documents as one. */
#define LIMIT_SET_DOCUMENTS 20000u
#define LIMIT_SET_DEPTH 16u /* folders in folders */

/* Zipped documents (office, EPUB), in huis-reader. */
#define LIMIT_ZIP_MEMBERS 50000u
#define LIMIT_ZIP_MEMBER_BYTES (256u * LIMIT_MIB)  /* unpacked */
#define LIMIT_ZIP_TOTAL_BYTES (1024u * LIMIT_MIB)  /* unpacked, all that is read */
#define LIMIT_ZIP_RATIO 250u                       /* unpacked to packed, past 8 MiB */
#define LIMIT_OFFICE_TABLE_BYTES (64u * LIMIT_MIB) /* styles, notes, relations of a document */
#define LIMIT_BOOK_PAGE_BYTES (64u * LIMIT_MIB)    /* a file of a book's spine */
#define LIMIT_SHEET_ROWS 100000u                   /* of one sheet; the first are kept */
/* A summary as a page. */
#define LIMIT_PAGE_RUNS 4096u /* cited runs of the text */

/* Evidence. */
#define LIMIT_EVIDENCE_BYTES (64u * LIMIT_MIB) /* of one index: what is checked against */

/* Notifications. */
#define LIMIT_NOTIFY_INPUT_BYTES (256u * LIMIT_MIB)   /* JSON Lines read at once */
#define LIMIT_NOTIFY_LINE_BYTES (16u * LIMIT_MIB)     /* one record as JSON; longer: skipped */
#define LIMIT_NOTIFY_RECORDS (256u * LIMIT_KIB)       /* read at once */
#define LIMIT_NOTIFY_MEMORY_BYTES (1024u * LIMIT_MIB) /* their texts, or a context's */
#define LIMIT_NOTIFY_BODY_BYTES (64u * LIMIT_KIB)     /* longer: cut at a character */
#define LIMIT_NOTIFY_TITLE_BYTES (4u * LIMIT_KIB)     /* the same */
#define LIMIT_NOTIFY_NAME_BYTES 1024u                 /* app, sender, ...: cut; an id: skipped */
#define LIMIT_NOTIFY_ACTIONS 32u                      /* of one record; more are left out */
#define LIMIT_NOTIFY_SKIPS 100u                       /* lines whose reason is kept */
#define LIMIT_NOTIFY_CONTEXT_BYTES (64u * LIMIT_MIB)  /* a context as JSON */
#define LIMIT_NOTIFY_CONTEXT_ITEMS 100000u            /* of one list of a context */

/* The store of notifications. */
#define LIMIT_STORE_RECORDS 200000u               /* the oldest that are not critical go first */
#define LIMIT_STORE_BYTES (256u * LIMIT_MIB)      /* of their texts; the same */
#define LIMIT_STORE_CHECK_BYTES (16u * LIMIT_MIB) /* a larger file is checked after a death only */
#define LIMIT_STORE_HISTORY 2000u                 /* verdicts that make a context, the newest */

/* Measures of quality (huis eval). */
#define LIMIT_EVAL_DATA_BYTES (256u * LIMIT_MIB)    /* one file of items */
#define LIMIT_EVAL_MEMORY_BYTES (1024u * LIMIT_MIB) /* one text and its tables */

/* Notifications on the bus. */
#define LIMIT_BUS_NOTICE_BYTES (256u * LIMIT_KIB) /* memory of one */
#define LIMIT_BUS_BODY_BYTES (64u * LIMIT_KIB)    /* longer ones are cut */
#define LIMIT_BUS_TITLE_BYTES (4u * LIMIT_KIB)
#define LIMIT_BUS_WORD_BYTES 512u /* names of apps, senders, actions */
#define LIMIT_BUS_ACTIONS 16u     /* of one; the rest is left out */
#define LIMIT_BUS_HINTS 64u       /* that are looked at */
#define LIMIT_BUS_PENDING 512u    /* records that wait to be committed */
#define LIMIT_SERVER_OPEN 512u    /* notifications that are drawn at one time */
#define LIMIT_VIEW_RECORDS 2000u  /* open notifications that are ranked to be looked at */
#define LIMIT_SCREEN_TEXT_BYTES (1u * LIMIT_MIB) /* one of them, drawn whole */

/* GGUF files. */
#define LIMIT_GGUF_STRING_BYTES (16u * LIMIT_MIB)
#define LIMIT_GGUF_KEY_BYTES 65535u
#define LIMIT_GGUF_NAME_BYTES 64u
#define LIMIT_GGUF_KEYS 65536u
#define LIMIT_GGUF_TENSORS 65536u
#define LIMIT_GGUF_ARRAY_ELEMENTS (16u * LIMIT_MIB)
#define LIMIT_GGUF_HEADER_BYTES (256u * LIMIT_MIB)
#define LIMIT_GGUF_DIMS 4u
#define LIMIT_GGUF_STRINGS (2u * LIMIT_MIB) /* elements of all string arrays together */
#define LIMIT_GGUF_ALIGNMENT (1u * LIMIT_MIB)
#define LIMIT_GGUF_TABLE_BYTES (128u * LIMIT_MIB) /* memory of a parsed table */

/* Models. */
#define LIMIT_LAYERS 512u
#define LIMIT_HEADS 1024u
#define LIMIT_HEAD_DIM 1024u
#define LIMIT_EMBEDDING (64u * LIMIT_KIB)
#define LIMIT_FEED_FORWARD (512u * LIMIT_KIB)
#define LIMIT_VOCAB (1u * LIMIT_MIB)
#define LIMIT_TOKEN_BYTES (64u * LIMIT_KIB)
#define LIMIT_SPECIAL_TOKEN_BYTES (1u * LIMIT_KIB)
#define LIMIT_MERGES (4u * LIMIT_MIB)
#define LIMIT_WORD_BYTES (16u * LIMIT_MIB) /* text without a break, to the tokenizer */
#define LIMIT_COMBINING_MARKS 256u         /* on one letter, to compose it */
#define LIMIT_REGEX_STEPS 50000000u        /* to cut one word */
#define LIMIT_REGEX_HEAP_KIB (64u * LIMIT_KIB)
#define LIMIT_CONTEXT (1u * LIMIT_MIB)
#define LIMIT_THREADS 64u

/* Chat templates. */
#define LIMIT_TEMPLATE_BYTES (256u * LIMIT_KIB)
#define LIMIT_TEMPLATE_STEPS 1000000u
#define LIMIT_TEMPLATE_DEPTH 64u   /* nesting in the source */
#define LIMIT_TEMPLATE_FRAMES 768u /* recursion of the interpreter, macros among it */
#define LIMIT_TEMPLATE_TREE_BYTES (64u * LIMIT_MIB)
#define LIMIT_TEMPLATE_MEMORY_BYTES (128u * LIMIT_MIB)
#define LIMIT_TEMPLATE_OUTPUT_BYTES (16u * LIMIT_MIB)

/* Frames between processes. */
#define LIMIT_FRAME_BYTES (64u * LIMIT_MIB)
#define LIMIT_EVENT_FRAME_BYTES (4u * LIMIT_MIB) /* what a worker may send at once */
#define LIMIT_JSON_DEPTH 64u

/* Processes. */
#define LIMIT_SANDBOX_DESCRIPTORS 32u
#define LIMIT_SPAWN_DESCRIPTORS 8u

/* Prefix checkpoints. */
#define LIMIT_PREFIX_BYTES (256u * LIMIT_MIB)                   /* one checkpoint */
#define LIMIT_PREFIX_MEMORY_BYTES (UINT64_C(65536) * LIMIT_MIB) /* in a worker's memory */
#define LIMIT_PREFIX_PART_BYTES (256u * LIMIT_KIB)              /* of it, in one frame */
#define LIMIT_PREFIX_FOLDER_FILES 10000u                        /* that are looked at */

/* Cache files. */
#define LIMIT_PACKED_FOLDER_BYTES (UINT64_C(8192) * LIMIT_MIB) /* packed models together */
#define LIMIT_CACHE_SECTIONS 16384u /* 12 for each of LIMIT_LAYERS, and vocabularies */

/* Requests to a worker. */
#define LIMIT_MESSAGES 4096u
#define LIMIT_CANDIDATES 64u
#define LIMIT_KEEP_ORDER_BYTES 4096 /* a sentence to shorten by leaving words out */
#define LIMIT_STOP_STRINGS 64u
#define LIMIT_CONTINUATIONS 4096u
#define LIMIT_REQUEST_MEMORY_BYTES (16u * LIMIT_MIB) /* tables of one request */
#define LIMIT_ANSWER_BYTES (64u * LIMIT_MIB)         /* text of one candidate */
#define LIMIT_WORKER_DEATHS 3u                       /* within the next, then it stays down */
#define LIMIT_WORKER_DEATHS_MINUTES 10u
#define LIMIT_WORKER_CHANNELS 64u /* sessions that are connected to one worker */
#define LIMIT_WORKER_SEQUENCES 8u /* requests that are served side by side */
#define LIMIT_WORKER_WAITING 32u  /* requests that wait for one of those; more are refused */
#define LIMIT_WORKER_CONTEXTS LIMIT_WORKER_SEQUENCES /* KV caches, one for each session */
#define LIMIT_WORKER_UNREAD_BYTES (1u * LIMIT_MIB) /* of answers; then the caller must read first */
#define LIMIT_WORKER_STALL_SECONDS 30u /* that a caller may make others wait by not reading */
#define LIMIT_CALLER_BYTES 128u        /* the name of a caller */

#endif
