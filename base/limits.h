#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H
/* Every bound in the system has its name here. Those that an operator may change are rows of the
 * configuration table in server/config.c whose defaults are these values; the rest are fixed.
 *
 * Worst case for one request that stays within them: head 16 KiB + JSON body 1 MiB + its tree
 * (100,000 values x 64 bytes = 6.4 MiB) + answer 16 MiB = 24 MiB; of 256 workers at most
 * LIMIT_BUSY_READERS build an answer at a time. */

/* HTTP (contract 6, security H-3, H-6) */
#define LIMIT_HEAD_BYTES (16u << 10)
#define LIMIT_HEADERS 60u
#define LIMIT_TARGET_BYTES (8u << 10)
#define LIMIT_PATH_SEGMENTS 136u        /* a repository's name may be 128 letters with slashes between */
#define LIMIT_QUERY_PARAMETERS 100u
#define LIMIT_FORM_PART_LINES 16u       /* head of a part of a multipart form; bytes of one line */
#define LIMIT_FORM_PART_LINE_BYTES 2048u
#define LIMIT_BODY_BYTES (1u << 20)
#define LIMIT_LOGIN_BODY_BYTES (8u << 10)
#define LIMIT_IGNORED_BODY_BYTES 1024u /* of methods whose body means nothing; clients send "{}" */
#define LIMIT_RESPONSE_BYTES (16u << 20)
#define LIMIT_THREADS 256u
#define LIMIT_CONNECTIONS_PER_ADDRESS 100u
#define LIMIT_CONNECTION_QUEUE 256u
#define LIMIT_LISTENERS 8u
#define LIMIT_CHUNK_EXTENSION_BYTES 64u
#define LIMIT_TRAILER_BYTES (8u << 10)
#define LIMIT_ONE_WRITE_BYTES (64u << 10)  /* answers up to here leave in one piece */
#define LIMIT_TRUSTED_PROXIES 32u
#define LIMIT_CORS_ORIGINS 32u

/* Time on a connection (H-8) */
#define LIMIT_HEAD_MS 10000u       /* from a request's first byte to its empty line; TLS handshake: half */
#define LIMIT_IDLE_MS 15000u       /* between two requests */
#define LIMIT_STALL_MS 10000u      /* no byte of a body or an answer moves */
#define LIMIT_REQUEST_MS 30000u    /* to read a body of at most LIMIT_BODY_BYTES */
#define LIMIT_BODY_RATE 1024u      /* bytes a second, asked for after LIMIT_STALL_MS */
#define LIMIT_UPLOAD_RATE (16u << 10)  /* the same for bigger bodies, after LIMIT_REQUEST_MS */
#define LIMIT_LINGER_MS 1000u      /* a refused client's rest is read over, so that it sees its answer */
#define LIMIT_LINGER_BYTES (256u << 10)
#define LIMIT_STOP_MS 10000u       /* what runs may finish */

/* JSON (H-13) */
#define LIMIT_JSON_DEPTH 64u
#define LIMIT_JSON_VALUES 100000u
#define LIMIT_JSON_TREE_DEPTH 256u /* trees put together by us from ones that were read */

/* Memory: chunks that each thread keeps for its next request (x LIMIT_THREADS = 64 MiB at worst) */
#define LIMIT_ARENA_STOCK_BYTES (256u << 10)

/* Log: a line, a value in it, and what waits for a slow sink (twice) */
#define LIMIT_LOG_LINE_BYTES (6u << 10)
#define LIMIT_LOG_VALUE_BYTES (2u << 10)
#define LIMIT_LOG_BYTES (256u << 10)
#define LIMIT_LOG_GATHER_MS 50u      /* how long an info line may wait for company */

/* Files (contract 6, security F-1, F-5): assets and what is made of images */
#define LIMIT_ASSET_BYTES (100u << 20)     /* default of limits.asset */
#define LIMIT_ASSET_BYTES_MOST (4095u << 20)
#define LIMIT_UPLOAD_FILES 20u             /* in one form */
#define LIMIT_UPLOAD_META_BYTES (64u << 10)
#define LIMIT_UPLOADS_OPEN 100u            /* resumable ones of one principal */
#define LIMIT_UPLOAD_S 86400u              /* a resumable one that nothing happens to ends then */
#define LIMIT_SWEEP_GRACE_S 86400u         /* what nobody refers to stays so long */
#define LIMIT_SWEEP_STEP 200u              /* rows that one step of a sweep looks at */
#define LIMIT_WARM_DIGESTS 256u            /* of uploads between two requests, kept so that nothing is read twice */
#define LIMIT_LINK_S 3600u                 /* a signed link to a file lasts at most so long */
#define LIMIT_RANGES 1u                    /* in one answer; more are answered with the whole file */
#define LIMIT_USAGE_ITEMS 100u             /* of a collection, in where-used */
#define LIMIT_IMAGE_PIXELS 100000000u      /* of a picture that is looked into, all its pages together */
#define LIMIT_IMAGE_PAGES 1000u
#define LIMIT_IMAGE_SIDE 8192u             /* of what is made of one */
#define LIMIT_IMAGE_OUT_PIXELS 40000000u
#define LIMIT_IMAGE_OUT_BYTES (64u << 20)
#define LIMIT_IMAGE_MEMORY_BYTES (1u << 30) /* address space of a helper, of which its libraries take 150 MiB */
#define LIMIT_IMAGE_CPU_S 10u
#define LIMIT_IMAGE_MS 20000u              /* then it is killed */
#define LIMIT_IMAGE_HELPERS 2u             /* at a time; others wait, at most: */
#define LIMIT_IMAGE_WAITERS 32u
#define LIMIT_IMAGE_FILTERS 8u
#define LIMIT_IMAGE_CACHE_BYTES (1u << 30) /* default of assets.cache */

/* Registry (contract 6, oci-registry.md 17, security) */
#define LIMIT_MANIFEST_BYTES (4u << 20)    /* default of registry.manifest; more is 413 */
#define LIMIT_LAYER_BYTES (10ull << 30)    /* default of limits.blob */
#define LIMIT_MANIFEST_REFS 1000u          /* layers or manifests that one lists */
#define LIMIT_INDEX_DEPTH 4u               /* indexes within indexes */
#define LIMIT_TAG_BYTES 128u
#define LIMIT_TAGS_AT_ONCE 46u             /* ?tag= of one push */
#define LIMIT_TAG_PAGE 1000u
#define LIMIT_CATALOG_PAGE 1000u
#define LIMIT_REFERRERS 1000u              /* in one answer */
/* the registry's second half: tokens, keeping, trust, mirrors */
#define LIMIT_TOKEN_FORM_BYTES (64u << 10) /* POST /v2/token */
#define LIMIT_REFRESH_TOKEN_S 2592000u     /* of a container client that asked for offline access */
#define LIMIT_REFRESH_TOKENS 50u           /* of one person or key; the oldest goes */
#define LIMIT_RETENTION_RULES 100u
#define LIMIT_RETENTION_ENTRIES 32u        /* of one rule, and patterns of one entry */
#define LIMIT_RETENTION_STEP 200u          /* manifests that one turn of the clock looks at */
#define LIMIT_RETENTION_REST_S 3600u       /* between two rounds over all repositories */
#define LIMIT_RETENTION_PARTS 100000u      /* tags and manifests of a repository; a larger one is left as it is */
#define LIMIT_RETENTION_TOLD 100u          /* rows of a rule's last report */
#define LIMIT_PULLS_WAITING 8192u          /* manifests and tags whose pulls wait to be written; more are not counted */
#define LIMIT_SCRUB_STEP_BYTES (64u << 20) /* that one turn of the clock reads again */
#define LIMIT_TRUST_KEYS 100u
#define LIMIT_TRUST_KEY_BYTES (64u << 10)  /* */
#define LIMIT_IMAGE_SIGNATURES 32u         /* of one manifest, that are verified */
#define LIMIT_SIGNATURE_BYTES (1u << 20)
#define LIMIT_CERTIFICATE_CHAIN 10u
#define LIMIT_UPSTREAMS 32u
#define LIMIT_UPSTREAM_FETCHES 8u          /* blobs on their way in from upstreams at a time */
#define LIMIT_UPSTREAM_STALL_S 30u         /* an upstream that sends nothing for so long is given up */
#define LIMIT_UPSTREAM_FETCH_S 10800u      /* that one blob may take */
#define LIMIT_UPSTREAM_FRESH_S 300u        /* a tag is believed so long when nothing else is said */
#define LIMIT_UPSTREAM_RULES 32u           /* of what is fetched by schedule */
#define LIMIT_UPSTREAM_DAYS 30u            /* between two runs */
#define LIMIT_UPSTREAM_NAMES 10000u        /* repositories of one run, and tags of one repository */
#define LIMIT_UPSTREAM_PAGE_BYTES (4u << 20) /* of a list of names or referrers */
#define LIMIT_UPSTREAM_TOKEN_BYTES (16u << 10)
#define LIMIT_UPSTREAM_TOKENS 64u          /* that are remembered */
#define LIMIT_UPSTREAM_REFERRERS 32u       /* that are fetched with a manifest */
#define LIMIT_UPSTREAM_DEPTH 4u            /* of indexes in indexes */
#define LIMIT_CVE_REPORT_BYTES (16u << 20) /* of a report attached to an image */
#define LIMIT_CVE_REPORTS 8u               /* of one image */
#define LIMIT_ZOT_CONFIG_BYTES (1u << 20)

/* Certificates (security CA-1, notary.md 2 and 8) */
#define LIMIT_REVOKED_READ 10000u          /* entries of another desk's list */
#define LIMIT_CSR_BYTES (64u << 10)        /* PEM */
#define LIMIT_CHAIN_BYTES (100u << 10)     /* PEM */
#define LIMIT_REQUEST_NAMES 100u
#define LIMIT_REQUEST_NAME_BYTES 256u      /* of one name, of one part of a subject */
#define LIMIT_OCSP_BYTES (16u << 10)       /* of a request */
#define LIMIT_OCSP_REQUESTS 16u            /* certificates that one asks about */
#define LIMIT_OCSP_REMEMBERED 2048u        /* answers, without a nonce, that are given again … */
#define LIMIT_OCSP_REMEMBERED_BYTES 2048u  /* … unless they are longer … */
#define LIMIT_OCSP_REMEMBERED_S 300u       /* … for so long, and until anything about them changes */
#define LIMIT_CRL_BYTES (20u << 20)        /* of a list's entries; some 450,000 */
#define LIMIT_CRL_AT_ONCE 256u             /* entries of a list that is written with each revocation */
#define LIMIT_KEYS_AT_ONCE 2u              /* RSA keys being made */
#define LIMIT_CERTIFICATE_RSA_BITS 8192u
#define LIMIT_ISSUING_RULES 200u           /* that there are */
#define LIMIT_NOTARY_PAGE 50u              /* rows of a list of Notary's that are read at a time */
#define LIMIT_NOTARY_AUTHORITIES 4u        /* the same of authorities, whose lists of revoked certificates can be long */
#define LIMIT_ACME_NONCES (1u << 17)        /* a bit each */
#define LIMIT_ACME_BODY_BYTES (64u << 10)
#define LIMIT_ACME_NAMES 100u              /* of one order */
#define LIMIT_ACME_CHECKS 16u              /* validations under way; a quarter of them of one API key */
#define LIMIT_ACME_WAITING 1024u           /* with those that wait to be; an eighth of them of one API key */
#define LIMIT_ACME_TRIES 3u                /* of one */
#define LIMIT_ACME_CONTACTS 10u            /* of one account */
#define LIMIT_ACME_ACCOUNTS 1000u          /* of one API key, or of the open role */
#define LIMIT_ACME_ORDERS 300u             /* of one account that wait for something; and that it made within three hours */
#define LIMIT_ACME_LISTED 100u             /* orders in one answer */

/* Problems */
#define LIMIT_FAULTS 100u

/* Queries (contract 6, Q-4) */
#define LIMIT_ROWS 1000u
#define LIMIT_SKIP 10000000u
#define LIMIT_FILTER_NODES 100u
#define LIMIT_FILTER_DEPTH 8u
#define LIMIT_FILTER_HOPS 5u
#define LIMIT_FILTER_PATH 8u       /* members of a path into a document */
#define LIMIT_FILTER_LIST 1000u
#define LIMIT_REGEX_BYTES 256u
#define LIMIT_SORT_KEYS 5u
#define LIMIT_SORT_HOPS 3u         /* references on the way to one of them */
#define LIMIT_EXCERPT 10000u       /* characters */
#define LIMIT_MOMENT_STEPS 8u      /* of $now(…) */
#define LIMIT_SEARCH_SLIPS 3u      /* $distance of $text */
#define LIMIT_AREA_POINTS 1000u    /* of a polygon */
#define LIMIT_GROUP_KEYS 8u        /* groupBy */
#define LIMIT_GROUP_VALUES 16u     /* aggregate[…] */
#define LIMIT_POPULATE_HOPS 5u
#define LIMIT_POPULATE_BRANCHES 500u
#define LIMIT_POPULATE_ITEMS 10000u
#define LIMIT_BATCH_MODELS 20u
#define LIMIT_TREE_ITEMS 10000u
#define LIMIT_TREE_DEPTH 32u       /* levels in one answer: with an item's own depth, what JSON readers take */
#define LIMIT_AGGREGATE_STAGES 20u
#define LIMIT_AGGREGATE_ROWS 100000u
#define LIMIT_AGGREGATE_NODES 1000u   /* of all expressions together */
#define LIMIT_AGGREGATE_DEPTH 16u     /* of one expression */
#define LIMIT_AGGREGATE_LEVELS 200u   /* of a document, below LIMIT_JSON_TREE_DEPTH */
#define LIMIT_AGGREGATE_VALUES 2000000u /* that one stage may leave behind */
#define LIMIT_AGGREGATE_BYTES (128u << 20)
#define LIMIT_STATEMENT_MS 5000u
#define LIMIT_SEARCH_BYTES 512u        /* of what is searched for */
#define LIMIT_SEARCH_TERMS 16u         /* words and phrases of it */
#define LIMIT_SEARCH_RANKED 500u       /* the newest so many that match compete for the first places */
#define LIMIT_SEARCH_MARKED 8u         /* fields of highlight and snippet together */
#define LIMIT_SEARCH_COMMON 5000u      /* matches from which on a sorted search walks the order, not the matches */
#define LIMIT_SEARCH_BEGINNINGS 50u    /* words of the vocabulary that "begin*" is taken apart into */
#define LIMIT_SEARCH_NEAR 5u           /* words of the vocabulary that stand in for a mistyped one */
#define LIMIT_SEARCH_BUILD_ROWS 500u   /* items that one transaction adds to an index that is being built */
#define LIMIT_SEARCH_BUILD_MS 500      /* of each second that goes into it */

/* GraphQL (contract 6, security G-1; graphql.md 14) */
#define LIMIT_GRAPHQL_BYTES (64u << 10)  /* a document */
#define LIMIT_GRAPHQL_TOKENS 10000u
#define LIMIT_GRAPHQL_NESTING 200u       /* of { [ ( in the text */
#define LIMIT_GRAPHQL_DEPTH 15u          /* of selections, fragments put in; below __schema and __type: */
#define LIMIT_GRAPHQL_DEPTH_SCHEMA 20u
#define LIMIT_GRAPHQL_SCHEMA_LISTS 2u    /* there: fields, interfaces, possibleTypes and inputFields within each other */
#define LIMIT_GRAPHQL_ALIASES 100u
#define LIMIT_GRAPHQL_ROOT_FIELDS 50u
#define LIMIT_GRAPHQL_DIRECTIVES 200u    /* … of one node: */
#define LIMIT_GRAPHQL_DIRECTIVES_HERE 10u
#define LIMIT_GRAPHQL_FRAGMENTS 200u
#define LIMIT_GRAPHQL_VARIABLES 200u
#define LIMIT_GRAPHQL_VARIABLES_BYTES (4u << 20) /* of their values, wherever they are used */
#define LIMIT_GRAPHQL_ERRORS 100u
#define LIMIT_GRAPHQL_PLACES 100u        /* of one error */
#define LIMIT_GRAPHQL_MESSAGE_BYTES 1000u /* of one error: names in it are as long as a document lets them be */
#define LIMIT_GRAPHQL_WORK 100000u       /* steps of the rules that compare fields */
#define LIMIT_GRAPHQL_COST 200000u       /* default of graphql.cost: three lists of LIMIT_GRAPHQL_PAGE within each other */
#define LIMIT_GRAPHQL_PAGE 50u           /* items of a list whose selection does not say how many */
#define LIMIT_GRAPHQL_BATCH 10u          /* requests in one array, at most */
#define LIMIT_GRAPHQL_SCHEMAS 100u       /* kept in memory … */
#define LIMIT_GRAPHQL_SCHEMAS_BYTES (64u << 20) /* … or as many as take so much */
#define LIMIT_GRAPHQL_DOCUMENTS_BYTES (16u << 20) /* … documents read and found valid */
#define LIMIT_GRAPHQL_ANSWERS_BYTES (16u << 20)  /* … what schemas said of themselves */
#define LIMIT_GRAPHQL_TEXTS_BYTES (4u << 20)     /* … texts that clients registered by their hash */
#define LIMIT_GRAPHQL_GUEST_SHARE 4u     /* the part of both that callers without a credential may have */
#define LIMIT_GRAPHQL_DOCUMENT_ID_BYTES 200u
#define LIMIT_GRAPHQL_FILES 10u          /* of one multipart request … */
#define LIMIT_GRAPHQL_FILE_PATHS 100u    /* … and places in variables where they stand */

/* Models */
#define LIMIT_INTAKE_ROWS 1000u     /* of an import, in one transaction (contract 2) … */
#define LIMIT_INTAKE_BYTES (64u << 20) /* … or as many as take so much memory */
#define LIMIT_FOREIGN_VALUE_BYTES (32u << 20) /* … and of a value or a row in it */
#define LIMIT_NOTARY_ROWS 10000u     /* of a table of Notary's: all come in one transaction */
#define LIMIT_NOTARY_CHAIN_BYTES (128u << 20) /* … and of its requests' chains, each as often as it is kept */
#define LIMIT_FOREIGN_TABLES 2000u  /* of another system's database */
#define LIMIT_LINKS 100000u         /* of one item in one field, told as ids */
#define LIMIT_COLLECTIONS 500u
#define LIMIT_FIELDS 256u          /* per collection, groups' members not counted */
#define LIMIT_FIELD_DEPTH 6u       /* sets within sets */
#define LIMIT_COMPONENTS 64u       /* that one field of blocks may name */
#define LIMIT_MEMBERS_SEEN 20000u /* members of sets and components, of one field, compared with what they were … */
#define LIMIT_MEMBERS_MOVED 2000u  /* … and those of them that are renamed or gone */
#define LIMIT_FIELD_KEYS 256u      /* members of one field's definition */
#define LIMIT_REF_TARGETS 16u      /* collections that one reference may lead to */
#define LIMIT_RULES 64u            /* "unique" and "indexes" of a collection, actions too */
#define LIMIT_NAME_BYTES 64u
#define LIMIT_DEFINITION_BYTES (16u << 20) /* one collection's, printed; what came in was at most a body */
#define LIMIT_TEXT_BYTES (1u << 20)

/* Writes */
#define LIMIT_CHANGES 1000u        /* per transaction */
#define LIMIT_RESTORED_CHANGES 60000u /* … of what the server itself puts back or brings along as a whole (content/change/change.h, restores) */
#define LIMIT_NUMBER 9007199254740991ll /* of rows that are counted: what every client's numbers hold (2^53 - 1) */
#define LIMIT_BULK_ROWS 10000u     /* that one change over a filter reaches */
#define LIMIT_NESTED_DEPTH 5u      /* items written within items */
#define LIMIT_LIST_STEPS 1000u     /* of one item: links said step by step, elements added to or taken out of a list */
#define LIMIT_ONCE_KEY_BYTES 255u  /* an Idempotency-Key … */
#define LIMIT_ONCE_S 86400u        /* … is remembered so long */
#define LIMIT_STALE_LOOK 100u      /* entries of an item's history that are searched for the revision somebody had */
#define LIMIT_WRITER_QUEUE 1024u   /* waiting transactions; beyond: 503 */
#define LIMIT_WRITER_BATCH 256u    /* transactions per commit */

#define LIMIT_TRASH_DAYS 30u       /* then what was deleted is gone for good */
#define LIMIT_SCHEDULES_AT_ONCE 50u    /* that are done with one look; the others with the next */
#define LIMIT_SCHEDULE_PROBLEM_BYTES 2000u /* of why one failed */

/* Journal */
#define LIMIT_CHECKPOINT_ENTRIES 1000u /* every so many entries are signed for … */
#define LIMIT_TRIM_LOOK_MS 60000      /* between two looks for entries that are too old */
#define LIMIT_CHECKPOINT_MS 600000u    /* … and at least this often while there are new ones */
#define LIMIT_JOURNAL_READ_BYTES (4u << 20) /* images of the entries of one reading */
#define LIMIT_ERAS 200u                /* definitions of one collection that are known from before (content/journal/eras.h) */
#define LIMIT_VERIFY_ENTRIES 20000u    /* of the journal that one request verifies */
#define LIMIT_READ_NOTE_IDS 1000u      /* items that a note of a read names (content/journal/reads.h) */
#define LIMIT_FEEDS 64u                /* named consumers */
#define LIMIT_FEED_NAME_BYTES 64u
#define LIMIT_SHIP_SEGMENT_BYTES (4u << 20)  /* of the log that is shipped, in one piece */
#define LIMIT_SHIP_SEGMENT_FRAMES 4096u
#define LIMIT_SHIP_FILES 1000u         /* that one piece waits for */
#define LIMIT_SHIP_HEADER_BYTES (256u << 10)
#define LIMIT_SHIP_WAITING_BYTES (UINT64_C(256) << 20) /* pieces that the target did not take yet; then the strand ends */
#define LIMIT_SHIP_TURN_FRAMES 4096u   /* of the log, before it begins anew */
#define LIMIT_SHIP_PIECES (1u << 22)   /* names in one strand */
#define LIMIT_S3_PART_BYTES (16u << 20) /* of a large object; 10000 of them make one */
#define LIMIT_S3_ANSWER_BYTES (4u << 20)
#define LIMIT_S3_PAGES (1u << 13)      /* of names in one listing, a thousand each as a rule */
#define LIMIT_S3_ASK_S 60u             /* without a byte moving */

/* The change feed */
#define LIMIT_STREAMS 256u             /* default of http.streams: who waits for news; each has a thread beside those for requests */
#define LIMIT_STREAMS_MOST 4096u
#define LIMIT_STREAMS_ARRIVING 4u      /* a caller's share through this: sockets whose owner has not said who he is */
#define LIMIT_FEED_NAMES 32u           /* collections or verbs of one wish */
#define LIMIT_FEED_EVENTS 1000u        /* of one answer */
#define LIMIT_FEED_LOOK 5000u          /* entries that one reading looks at … */
#define LIMIT_FEED_BYTES (8u << 20)    /* … and memory that it takes for it */
#define LIMIT_FEED_WAIT_S 60u          /* that a request may wait for news */
#define LIMIT_FEED_ASK_MS 15000        /* who somebody is, is asked again after so long at the latest */
#define LIMIT_FEED_BEAT_MS 15000       /* a stream without news shows that it is alive */
#define LIMIT_LIVE_ITEMS 1000u         /* of a live query's set; more is refused */
#define LIMIT_LIVE_BYTES (2u * LIMIT_RESPONSE_BYTES) /* memory that one look at it takes; what is told of it: LIMIT_RESPONSE_BYTES */
#define LIMIT_LIVE_LOOK_MS 200         /* between two looks at a whole set that hangs on other collections */
#define LIMIT_WINDOW_ENTRIES 4096u     /* news that are kept for all who wait … */
#define LIMIT_WINDOW_BYTES (16u << 20) /* … and their size, as texts */
#define LIMIT_WINDOW_BLOCK 256u        /* entries of one reading of the database */
#define LIMIT_WINDOW_GATHER_MS 10      /* after waking everybody, the next news are gathered for so long */

/* Sockets (security B-6; graphql.md 11) */
#define LIMIT_SOCKET_FRAME_BYTES (64u << 10)
#define LIMIT_SOCKET_MESSAGE_BYTES (256u << 10) /* all of its fragments … */
#define LIMIT_SOCKET_FRAGMENTS 1024u   /* … of which there are at most so many */
#define LIMIT_SOCKET_INIT_MS 3000      /* to say who one is */
#define LIMIT_SOCKET_SILENCE_MS 45000  /* who does not even answer pings is gone */
#define LIMIT_SOCKET_CLOSE_MS 1000     /* that the other side has to say good-bye, too */
#define LIMIT_SOCKET_SUBSCRIPTIONS 50u /* of one socket at a time */
#define LIMIT_SOCKET_ID_BYTES 128u     /* of what an operation is called */

/* Engine */
#define LIMIT_READERS 8u
#define LIMIT_STATEMENTS 256u      /* prepared, per connection */
#define LIMIT_READER_WAIT_MS 5000u /* for a free connection; beyond: 503 */
#define LIMIT_SQL_BYTES (256u << 10)

/* Other servers (security SS-1) and mail */
#define LIMIT_OUTBOUND_CONNECT_MS 3000
#define LIMIT_OUTBOUND_MS 10000
#define LIMIT_OUTBOUND_URL_BYTES 2048u
#define LIMIT_OUTBOUND_REDIRECTS 3u
#define LIMIT_OUTBOUND_SLOW 1024           /* bytes a second of a stream, below which it stalls */
#define LIMIT_OUTBOUND_HEADERS 16u         /* of an answer, that are kept */
#define LIMIT_OUTBOUND_HEADER_BYTES (8u << 10)
#define LIMIT_OUTBOUND_NETWORKS 32u    /* outbound.allow */
#define LIMIT_OUTBOUND_PORTS 16u       /* outbound.ports */
/* Outgoing actions (roles/outgoing/outgoing.h) */
#define LIMIT_OUTGOING_CALLS 8u        /* at once: each holds the thread of its request; beyond: 503 */
#define LIMIT_OUTGOING_S 10u           /* one call, unless its action says less … */
#define LIMIT_OUTGOING_MOST_S 30u      /* … or more, up to this */
#define LIMIT_OUTGOING_BYTES (1u << 20) /* what is sent: input and item */
#define LIMIT_OUTGOING_ANSWER_BYTES (256u << 10)
#define LIMIT_OUTGOING_FIELDS 64u      /* of an action's input, and of its output */
#define LIMIT_OUTGOING_SECRETS 1000u   /* rows of action_secrets */
#define LIMIT_OUTGOING_OVERLAP_S 604800 /* that an older secret signs beside a new one */
#define LIMIT_DNS_NAME_BYTES 253u
#define LIMIT_DNS_RECORDS 100u         /* of one kind in one answer */
#define LIMIT_DNS_MS 5000u             /* for one question, its repetitions included */
#define LIMIT_DNS_AGAIN_MS 1500u       /* until it is repeated for the first time */
#define LIMIT_ACME_TRY_MS 10000u       /* one look whether a name is the client's, redirects and all */
#define LIMIT_ACME_REDIRECTS 10u
#define LIMIT_ACME_ADDRESSES 8u        /* of a host, IPv4 and IPv6 each, that are tried */
#define LIMIT_ACME_ANSWER_BYTES 1024u  /* of http-01; what is wanted has some 90 */
#define LIMIT_MAIL_ADDRESS_BYTES 254u
#define LIMIT_MAIL_SUBJECT_BYTES 500u
#define LIMIT_MAIL_TEXT_BYTES (64u << 10)
#define LIMIT_ERRANDS 256u             /* that wait to be done behind requests; beyond: 503 */
#define LIMIT_ERRAND_TRIES 5u
#define LIMIT_RETURN_PATH_BYTES 500u   /* where a sign-in elsewhere comes back to */
#define LIMIT_PROVIDERS 32u            /* whose documents are remembered */
#define LIMIT_PROVIDER_BYTES (256u << 10) /* of one answer of an identity provider */
#define LIMIT_PROVIDER_FETCHES 8u      /* requests that wait for identity providers; beyond: 503 */
#define LIMIT_PROVIDER_AGE_S 600u      /* so long their documents are believed */
#define LIMIT_PROVIDER_PAUSE_S 10u     /* between two looks for a key that is not there */
#define LIMIT_FLOW_S 600u              /* from leaving for a provider to coming back */
#define LIMIT_FLOWS_USED 1024u         /* that are remembered, so that they count once */

/* Webhooks (docs/webhooks.md) */
#define LIMIT_WEBHOOKS 100u            /* that there are */
#define LIMIT_WEBHOOK_WORKERS 4u       /* default of webhooks.workers: deliveries on their way at a time … */
#define LIMIT_WEBHOOK_WORKERS_MOST 64u
#define LIMIT_WEBHOOK_WAITING 10000u   /* deliveries of one webhook; then it is switched off */
#define LIMIT_WEBHOOK_LOOK 500u        /* entries of the journal of one reading */
#define LIMIT_WEBHOOK_BODY_BYTES (1u << 20)
#define LIMIT_WEBHOOK_ANSWER_BYTES 1024u   /* of an answer, that are kept … */
#define LIMIT_WEBHOOK_ECHO_BYTES (16u << 10) /* … after secrets were looked for in so many */
#define LIMIT_WEBHOOK_HEADERS 16u      /* of its own, and secret ones */
#define LIMIT_WEBHOOK_HEADER_BYTES 4096u   /* of one's value */
#define LIMIT_WEBHOOK_RETRY_S 86400u   /* a delivery is tried for so long … */
#define LIMIT_WEBHOOK_RETRY_AFTER_S 3600u  /* … and put off by the receiver by at most so much at a time */
#define LIMIT_WEBHOOK_FAILING_S 86400u /* nothing arrives for so long: it is switched off */
#define LIMIT_WEBHOOK_REST_S 300u      /* at most, after failures in a row */
#define LIMIT_WEBHOOK_OVERLAP_MIN 10080u   /* that an old secret may be good beside a new one */
#define LIMIT_WEBHOOK_TESTS 10u        /* of one in a minute */
#define LIMIT_WEBHOOK_TEXT_BYTES 2000u /* of a reason, of an error */
#define LIMIT_DELIVERY_STEP 200u       /* old ones that are taken out at a time */
#define LIMIT_DELIVERIES_OLD 10000u    /* of one webhook, that are over and still kept */

/* Roles */
#define LIMIT_ROLES 32u            /* of a person or account itself; of a group; that a role inherits at once */
#define LIMIT_ROLES_GIVEN 256u     /* of a principal: its own and those of its groups; others do not count */
#define LIMIT_ROLES_HELD 512u      /* with inherited ones; others do not count */
#define LIMIT_ROLE_DEPTH 16u       /* inheritances in a row */
#define LIMIT_GRANTS 10000u
#define LIMIT_SCOPES 50u           /* per key */
#define LIMIT_REPOSITORY_BYTES 255u /* of a repository's name */
#define LIMIT_KEY_GENERATIONS 5u   /* secrets of one key that are good at once */
#define LIMIT_KEY_OVERLAP_MIN 43200    /* minutes that an older one may live on, whatever the operator allows */
#define LIMIT_ZENML_KEY_BYTES 512u
#define LIMIT_BAD_KEYS_PER_MINUTE 20u  /* of one address; further ones are 429 */
#define LIMIT_BAD_KEY_ADDRESSES 8192u
#define LIMIT_LEAK_REPORTS_PER_MINUTE 20u
#define LIMIT_LAST_USES 4096u      /* keys whose last use waits to be written */
#define LIMIT_LAST_USES_AT_ONCE 256u   /* … in one transaction */
#define LIMIT_LAST_USE_REST_S 60u  /* a key's is written at most this often */
#define LIMIT_IDENTITY_CACHE 10000u
#define LIMIT_ATTEMPTS_WINDOW_S 900u   /* failed sign-ins (security 3.4): so many in this time are free */
#define LIMIT_ATTEMPTS_PER_ACCOUNT 10u
#define LIMIT_ATTEMPTS_PER_ADDRESS 30u
#define LIMIT_PROOFS_PER_ACCOUNT 5u     /* the same for second factors and for one's own password */
#define LIMIT_PROOF_FRESH_S 300u        /* a step-up holds so long (SE-7) */
#define LIMIT_PENDING_S 300u            /* from the password to the second factor */
#define LIMIT_RECOVERY_CODES 10u
#define LIMIT_PASSKEYS 20u              /* per person */
#define LIMIT_THROTTLE_KEYS (1u << 17)
#define LIMIT_FIRST_PASSWORD 12u       /* characters of the first administrator's */
#define LIMIT_SESSION_TOUCH_S 300u     /* a session's last use is written at most this often */
#define LIMIT_SESSION_SWEEP 100u       /* ended sessions cleared away by one sign-in */
#define LIMIT_DEVICE_CODE_S 300u       /* a device's code waits to be confirmed; wrong ones that are free; seconds between */
#define LIMIT_DEVICE_FAILED 3          /* two questions; devices that wait, from one address */
#define LIMIT_DEVICE_POLL_S 5u
#define LIMIT_ACTIVATION_S (7u * 86400u)  /* an account that was made for somebody waits for its password */
#define LIMIT_DEVICES_WAITING 20u
#define LIMIT_ZENML_TOKEN_MIN 1440u    /* zenml.token_minutes is at most this */
#define LIMIT_TOKEN_BYTES (8u << 10)   /* of a signed token */
#define LIMIT_TOKEN_KEY_BYTES 32u      /* a shared key that signs tokens has at least so many */
#define LIMIT_CBOR_DEPTH 8u            /* lists and maps within each other, of an authenticator */
#define LIMIT_CBOR_VALUES 256u
#define LIMIT_RSA_BITS_LEAST 2048u     /* of others' keys that sign for a person */
#define LIMIT_RSA_BITS 4096u
#define LIMIT_RSA_EXPONENT_BITS_LEAST 17u  /* 65537 */
#define LIMIT_RSA_EXPONENT_BITS 32u
#define LIMIT_CREDENTIAL_BYTES 1023u   /* a passkey's id; WebAuthn, section 5.8.3 */
#define LIMIT_SIGNATURE_SKEW_S 600u    /* by which the nonce of a signed request may be off, less than that */
#define LIMIT_SIGNED_BODY_BYTES (1u << 20)
#define LIMIT_SIGNATURES (1u << 16)    /* remembered, of requests that change something */
#define LIMIT_SIGNATURE_SHARE 16u      /* the part of them that one account may have when it gets narrow */
#define LIMIT_BASE58_BYTES 64u        /* addresses have 35 */
#define LIMIT_NOTES 1000u              /* sorts of notes remembered; what does not fit is counted */
#define LIMIT_NOTES_AT_ONCE 100u       /* entries that one tick writes of them */
#define LIMIT_NOTE_REFUSALS 2000u      /* entries that an hour has of what was refused; the rest is counted */
#define LIMIT_NOTE_REST_S 60u          /* a note that repeats itself is written this often, with a count */
#define LIMIT_NOTE_KEY_REST_S 3600u    /* the use of a key from one address */
#define LIMIT_PASSWORD_BYTES 1024u
#define LIMIT_BASIC_REMEMBERED_S 300u  /* a password sent with every request is checked again after this */
#define LIMIT_PASSWORD_HASHERS 4u  /* 64 MiB each */
#define LIMIT_PASSWORD_WAITERS 64u
#define LIMIT_PASSWORD_STORED_KIB (256u << 10) /* Argon2 memory a stored hash may ask for */
#define LIMIT_PASSWORD_STORED_PASSES 16u

/* Operations (docs/operate.md) */
#define LIMIT_SPANS 64u                /* parts of one request that are told apart; further ones are counted */
#define LIMIT_SPAN_TEXT_BYTES (16u << 10) /* of a statement that is kept whole */
#define LIMIT_SLOW_KEPT 32u            /* slow requests that are shown, and that wait for their plans */
#define LIMIT_SLOW_STATEMENTS 4u       /* of one of them, the longest */
#define LIMIT_SLOW_PER_MINUTE 60u      /* in the log; others are counted */
#define LIMIT_SLOW_SQL_BYTES 1500u     /* of a statement, as it stands in the log */
#define LIMIT_TRACES_WAITING 2048u     /* to be sent; others are dropped and counted … */
#define LIMIT_TRACES_BYTES (8u << 20)  /* … and their size */
#define LIMIT_TRACES_AT_ONCE 256u      /* in one call to the collector … */
#define LIMIT_TRACES_ONE_BYTES (1u << 20) /* … and their size; one that alone is larger is given up */
#define LIMIT_TRACES_GATHER_MS 1000    /* that the first of them waits for others */
#define LIMIT_TRACES_TRIES 3u          /* then the collector does without them */
#define LIMIT_COUNT_KEEP_MS 60000      /* figures that time alone changes are counted again after this */
#define LIMIT_COUNT_DEAR_US 50000      /* a count that took longer is not repeated before a hundred times as long */

#endif
