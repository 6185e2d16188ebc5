#ifndef SERVER_CONFIG_TABLE_H
#define SERVER_CONFIG_TABLE_H
#include "base/json.h"
#include "server/config.h"

/* Private to server/config*.c: the table and its types. */
enum config_type {
    CONFIG_TEXT,
    CONFIG_BOOL,
    CONFIG_COUNT,
    CONFIG_BYTES,    /* 1048576 or "1 MiB" */
    CONFIG_DURATION, /* seconds or "30m"; kept in milliseconds */
    CONFIG_WORD,     /* one of `words`, kept as its index */
    CONFIG_LIST      /* of texts */
};

enum { CONFIG_SECRET = 1 };

struct config_row {
    str key; /* "tls.cert"; VITRINE_TLS_CERT */
    enum config_type type;
    unsigned flags;
    size_t offset;        /* in struct config */
    const char *preset;   /* as it would stand in the environment; NULL: none */
    const char *flag;     /* "tls-cert"; NULL: no flag */
    uint64_t least, most; /* of counts, bytes and milliseconds; items of a list */
    const char *words;    /* "a b c" */
    const char *sentence;
};

extern const struct config_row config_rows[];
extern const size_t config_row_count;

const struct config_row *config_find(str key);
const struct config_row *config_nearest(str key); /* by edit distance */
unsigned config_distance(str a, str b); /* changes that make one the other; texts up to 64 bytes */

/* Puts a value in its place. Text is how environment and flags say it; JSON is the file's. */
NODISCARD enum err config_put_text(const struct config_row *row, struct arena *a, str text,
                                   struct config *into, struct problem *why);
NODISCARD enum err config_put_json(const struct config_row *row, struct arena *a,
                                   const struct json *v, struct config *into, struct problem *why);
bool config_word(const struct config_row *row, size_t index, str *out);

/* config_outside.c: mail, other servers, and where we are reached; faults are added to why. */
bool config_check_outside(struct arena *a, struct config *c, struct problem *why);
/* config_dialects.c: façades of other systems; likewise. */
bool config_check_dialects(struct config *c, struct problem *why);

#endif
